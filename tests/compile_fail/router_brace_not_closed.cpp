// expect: the_path_of_a_route_has_a_brace_that_is_not_closed
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    APIRouter router;
    router.get("/items/{item_id", [](Request&) { return 1; });
}
