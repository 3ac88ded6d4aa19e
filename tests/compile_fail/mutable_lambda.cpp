// expect: mutable
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [n = 0]() mutable { return ++n; });
}
