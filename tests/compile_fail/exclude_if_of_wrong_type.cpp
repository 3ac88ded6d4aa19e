// expect: fastapi: the function of ExcludeIf<…> must take the type of this field and return bool
#include "fastapi.hpp"
using namespace fastapi;

bool is_empty(const std::string& text) { return text.empty(); }
struct Item {
    Field<int, ExcludeIf<is_empty>> n;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
