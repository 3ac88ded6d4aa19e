// expect: the_path_of_a_route_has_a_placeholder_without_a_name
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/items/{}", [](int id) { return id; });
}
