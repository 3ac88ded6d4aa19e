// expect: fastapi: a handler runs on several threads at once and cannot be a mutable lambda
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [n = 0]() mutable { return ++n; });
}
