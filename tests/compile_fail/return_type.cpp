// expect: fastapi: this class cannot be a model
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [] { return std::make_shared<int>(1); });
}
