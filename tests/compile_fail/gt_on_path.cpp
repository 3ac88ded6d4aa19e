// expect: fastapi: Gt, Ge, Lt, Le, MultipleOf and AllowInfNan need a number, and this field or parameter is none
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/{a}", [](Path<std::string, "a", Gt(1)> a) { return *a; });
}
