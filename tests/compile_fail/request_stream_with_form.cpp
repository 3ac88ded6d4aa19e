// expect: fastapi: a handler that takes a RequestStream reads the body itself: it cannot take it as a parameter too
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.post("/", [](RequestStream stream, Form<std::string, "name"> name) {
        for (std::string_view piece : stream) *name += piece;
        return *name;
    });
}
