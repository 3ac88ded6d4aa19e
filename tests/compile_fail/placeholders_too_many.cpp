// expect: the_path_of_a_route_has_more_than_16_placeholders
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}/{k}/{l}/{m}/{n}/{o}/{p}/{q}", [](Request&) { return 1; });
}
