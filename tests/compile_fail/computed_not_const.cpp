// expect: fastapi: computed<…> takes const member functions without parameters: computed<&Box::area>
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    int n;
    int twice() { return n * 2; }
    static constexpr auto computed_fields = computed<&Item::twice>;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
