// expect: fastapi: a character type is neither number nor text in JSON: use std::string or std::int8_t
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    char letter;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
