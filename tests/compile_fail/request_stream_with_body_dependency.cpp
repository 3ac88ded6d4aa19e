// expect: a handler that takes a RequestStream reads the body itself: a dependency of it cannot take it too
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    std::string name;
};
std::string name(Item item) { return item.name; }

int main() {
    FastAPI app;
    app.post("/", [](RequestStream, Depends<name> of) { return *of; });
}
