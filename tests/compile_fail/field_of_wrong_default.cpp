// expect: Field<int>'
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<int> number = "text";
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
