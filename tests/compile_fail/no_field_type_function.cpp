// expect: fastapi: a pointer or reference cannot be read from JSON
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    void (*function)();
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
