// expect: fastapi: a query parameter is a text or a list of texts: no map
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    int a;
};

int main() {
    FastAPI app;
    app.get("/", [](Query<std::optional<Item>, "item"> item) { return item->has_value(); });
}
