// expect: fastapi: this type is no field type
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    long double number;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
