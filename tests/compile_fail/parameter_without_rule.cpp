// expect: fastapi: no rule says where this handler parameter comes from: use Path, Query, Header, Cookie or Body
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](std::shared_ptr<int> p) { return *p; });
}
