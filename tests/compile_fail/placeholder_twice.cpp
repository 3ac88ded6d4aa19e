// expect: the_path_of_a_route_has_two_placeholders_of_one_name
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/{id}/{id}", [](Path<int, "id"> id) { return *id; });
}
