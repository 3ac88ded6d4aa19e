// expect: fastapi: MinLength and MaxLength need a string, list, set or map, and this field or parameter is none
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<int, MinLength(1)> n;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
