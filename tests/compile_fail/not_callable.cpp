// expect: fastapi: the parameter types of this handler cannot be read
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", 42);
}
