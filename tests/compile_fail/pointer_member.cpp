// expect: fastapi: a pointer or reference cannot be read from JSON: hold the value, std::optional or std::unique_ptr
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    int* pointer;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
