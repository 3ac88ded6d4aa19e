// expect: the_path_of_a_route_must_start_with_a_slash
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("", [] { return 1; });
}
