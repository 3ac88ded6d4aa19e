// expect: the_handler_must_take_as_many_plain_scalars_as_the_path_of_the_route_has_placeholders
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    APIRouter router;
    router.get("/sums/{a}/{b}", [](int a) { return a; });
}
