// expect: a_dependency_has_a_Path_parameter_whose_name_is_not_in_the_path_of_the_route
#include "fastapi.hpp"
using namespace fastapi;
int item(Path<int, "item_id"> id) { return *id; }
void setup(FastAPI& app) { app.get("/items/{id}", [](Path<int, "id">, Depends<item> p) { return *p; }); }
