// expect: fastapi: validate of a model must be const: void validate() const
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    int n;
    void validate() {
        if (n == 0) throw ValueError("zero");
    }
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
