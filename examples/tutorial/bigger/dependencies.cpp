#include "dependencies.hpp"

using namespace fastapi;

void check_key(Header<std::string, "x_key"> key) {
    if (*key != "sesame") throw HTTPException(403, "This key opens nothing");
}
