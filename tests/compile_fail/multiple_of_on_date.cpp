// expect: fastapi: MultipleOf and AllowInfNan need a number, and this field or parameter is none
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<date, MultipleOf("2024-01-31")> day;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
