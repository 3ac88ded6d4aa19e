// expect: fastapi: this class cannot be a model
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    std::shared_ptr<int> shared;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
