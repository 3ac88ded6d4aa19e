// expect: the_path_of_the_route_has_a_placeholder_that_no_parameter_of_the_handler_takes
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    APIRouter router;
    router.get("/items/{item_id}", [](Path<int, "tenant_id"> tenant_id) { return *tenant_id; });
}
