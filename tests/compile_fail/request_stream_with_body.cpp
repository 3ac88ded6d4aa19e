// expect: fastapi: a handler that takes a RequestStream reads the body itself: it cannot take it as a parameter too
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    std::string name;
};

int main() {
    FastAPI app;
    app.post("/", [](RequestStream stream, Item item) {
        for (std::string_view piece : stream) item.name += piece;
        return item;
    });
}
