// expect: the_path_of_a_route_has_a_closing_brace_without_an_opening_one
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/items/item_id}", [] { return 1; });
}
