// expect: fastapi: the function of AfterValidator<…> cannot be called with the type of this field
#include "fastapi.hpp"
using namespace fastapi;

void check(const std::string&) {}
struct Item {
    Field<int, AfterValidator<check>> n;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
