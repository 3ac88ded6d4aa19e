// expect: fastapi: AliasPath takes a name, and then names and numbers of items
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<int, ValidationAlias(AliasPath(0, "names"))> first;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
