// expect: fastapi: validate of a model must take it as const: static void validate(const Model& model)
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    int n;
    static void validate(Item& item) {
        if (item.n == 0) throw ValueError("zero");
    }
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
