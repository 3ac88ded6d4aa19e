// expect: fastapi: the keys of a map must be strings, numbers, enums, literals or field types that are written as such, because JSON has string keys only
#include "fastapi.hpp"
using namespace fastapi;

struct Key {
    int a;
    auto operator<=>(const Key&) const = default;
};
struct Item {
    std::map<Key, int> map;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item.map.size(); });
}
