// expect: fastapi: no rule says where this handler parameter comes from: use Path, Query, Header, Cookie, Body, Form or File
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](std::shared_ptr<int> p) { return *p; });
}
