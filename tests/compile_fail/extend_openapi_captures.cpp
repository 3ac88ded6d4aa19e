// expect: fastapi: extend_openapi takes a lambda without captures: [](json& document) { … }
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    int number = 1;
    app.extend_openapi([number](json& document) { document["number"] = number; });
}
