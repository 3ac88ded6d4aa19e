// expect: fastapi: a bound of a Decimal is a number: Ge(\"0.01\")
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<Decimal, Ge("one cent")> price;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
