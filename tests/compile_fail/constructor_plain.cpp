// expect: fastapi: no rule says where this handler parameter comes from
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Item() {}
    int a = 0;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item.a; });
}
