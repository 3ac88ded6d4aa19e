// expect: fastapi: a parameter has one name: AliasChoices and AliasPath are for the members of models
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](Query<int, "n", ValidationAlias(AliasChoices("a", "b"))> n) { return n.value(); });
}
