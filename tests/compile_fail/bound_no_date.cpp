// expect: fastapi: this bound is no date: write it as 2024-01-31
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<date, Ge("2024-02-30")> day;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
