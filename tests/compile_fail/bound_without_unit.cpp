// expect: fastapi: the bound of a duration has a unit: Le(1h)
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<timedelta, Le(3600)> length;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
