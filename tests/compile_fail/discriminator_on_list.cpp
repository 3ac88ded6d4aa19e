// expect: fastapi: Discriminator and LeftToRight need a std::variant, and this field or parameter is none
#include "fastapi.hpp"
using namespace fastapi;

struct Cat {
    Literal<"cat"> kind;
};
struct Item {
    Field<std::vector<Cat>, Discriminator("kind")> pets;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
