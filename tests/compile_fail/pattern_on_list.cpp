// expect: fastapi: Pattern, StripWhitespace, ToLower and ToUpper need a string, and this field or parameter is none
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<std::vector<std::string>, Pattern("^a$")> list;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
