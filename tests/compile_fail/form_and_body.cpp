// expect: fastapi: a body is a form or JSON: a handler cannot take Form or File beside Body or a plain struct
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    std::string name;
};

int main() {
    FastAPI app;
    app.post("/", [](Form<std::string, "token"> token, Item item) { return item.name + *token; });
}
