// expect: fastapi: the function of PlainSerializer<…> cannot be called with the type of this field
#include "fastapi.hpp"
using namespace fastapi;

std::string shown(const std::vector<int>&) { return {}; }
struct Item {
    Field<int, PlainSerializer<shown>> n;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
