// expect: fastapi: AliasChoices and AliasPath stand in a ValidationAlias: ValidationAlias(AliasChoices("id", "user_id"))
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<int, AliasChoices("id", "item_id")> id;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
