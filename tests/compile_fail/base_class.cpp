// expect: fastapi: a model cannot have a base class: write Flatten<Base> base; as its first member
#include "fastapi.hpp"
using namespace fastapi;

struct Base {
    int a;
};
struct Item : Base {
    int b;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
