// expect: fastapi: the function of BeforeValidator<…> must take and return json
#include "fastapi.hpp"
using namespace fastapi;

std::vector<int> listed(int value) { return {value}; }
struct Item {
    Field<int, BeforeValidator<listed>> n;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
