// expect: undefined_thing
// never: fastapi: the parameter types of this handler cannot be read
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/items", [](Query<std::string, "q"> q) { return undefined_thing(*q); });
}
