// expect: fastapi: a parameter without a name must be a model of parameters
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.post("/", [](Form<int> age) { return *age; });
}
