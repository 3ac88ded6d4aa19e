// expect: fastapi: validate_before of a model is a function static json validate_before(json input)
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    int n;
    json validate_before(json value) const { return value; }
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
