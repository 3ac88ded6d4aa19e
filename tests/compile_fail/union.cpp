// expect: fastapi: a union cannot be a model: use std::variant
#include "fastapi.hpp"
using namespace fastapi;

union Value {
    int a;
    double b;
};

int main() {
    FastAPI app;
    app.post("/", [](Body<Value> value) { return value->a; });
}
