// expect: fastapi: Gt, Ge, Lt, Le, MultipleOf and AllowInfNan need a number, and this field or parameter is none
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<std::vector<int>, Ge(0)> list;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
