// expect: the_path_of_a_route_must_start_with_a_slash
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    APIRouter router{{.prefix = "/items"}};
    router.get("all", [] { return 1; });
}
