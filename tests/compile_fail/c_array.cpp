// expect: fastapi: the members of this struct cannot be read
// expect: C array
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    int numbers[3];
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
