// expect: fastapi: MinLength and MaxLength need a string, list, set or map, and this field or parameter is none
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](Query<int, "q", MinLength(1)> q) { return *q; });
}
