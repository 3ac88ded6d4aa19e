// expect: the_path_of_a_route_has_an_unknown_convertor_use_str_int_float_uuid_or_path
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/items/{id:integer}", [](Path<int, "id"> id) { return *id; });
}
