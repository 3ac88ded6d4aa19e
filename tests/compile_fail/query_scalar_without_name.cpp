// expect: fastapi: a parameter without a name must be a model of parameters: write Query<int, "skip">, or Query<Pagination> with a struct
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](Query<int> q) { return *q; });
}
