// expect: fastapi: this enum has no enumerator between -16 and 127, the range in which names are read
#include "fastapi.hpp"
using namespace fastapi;

enum class Status { ok = 200, missing = 404 };
struct Item {
    Status status;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
