// expect: fastapi: the function of PlainValidator<…> must take json and return the type of this field
#include "fastapi.hpp"
using namespace fastapi;

std::vector<int> listed(json) { return {}; }
struct Item {
    Field<int, PlainValidator<listed>> n;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
