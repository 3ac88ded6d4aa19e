// expect: fastapi: the bound of a duration has a unit: Le(1h)
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<timedelta, Le(date{std::chrono::year{2024} / 1 / 1})> length;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
