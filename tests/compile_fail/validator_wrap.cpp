// expect: fastapi: the function of WrapValidator<…> must take json and a const ValidatorHandler<T>&, where T is the type of this field, and return a T
#include "fastapi.hpp"
using namespace fastapi;

int doubled(json value, const ValidatorHandler<std::string>&) { return value.get<int>() * 2; }
struct Item {
    Field<int, WrapValidator<doubled>> n;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
