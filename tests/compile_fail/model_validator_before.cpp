// expect: fastapi: validate_before of a model is a function static json validate_before(json input)
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    int n;
    static int validate_before(int value) { return value; }
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
