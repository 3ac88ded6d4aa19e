// expect: fastapi: MaxDigits and DecimalPlaces need a Decimal, and this field or parameter is none
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<int, MaxDigits(4)> n;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
