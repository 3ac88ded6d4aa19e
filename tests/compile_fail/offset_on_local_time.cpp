// expect: fastapi: the bound of a datetime without an offset has no offset either
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<std::chrono::local_seconds, Ge("2024-01-01T00:00Z")> at;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
