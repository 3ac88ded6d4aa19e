// expect: the_path_of_the_route_has_a_placeholder_that_no_parameter_of_the_handler_takes
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/items/{item_id}", [](Query<int, "q"> q) { return *q; });
}
