// expect: fastapi: not one of the constants of this Literal
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    constexpr Literal<"a", "b"> kind = "c";
    static_cast<void>(kind);
}
