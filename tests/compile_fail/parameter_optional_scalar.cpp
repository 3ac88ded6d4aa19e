// expect: fastapi: no rule says where this handler parameter comes from
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](std::optional<int> q) { return q; });
}
