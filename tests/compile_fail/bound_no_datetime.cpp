// expect: fastapi: this bound is no datetime: write it as 2024-01-31T12:00:00Z
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](Query<datetime, "since", Gt("2024-01-01T25:00")>) {});
}
