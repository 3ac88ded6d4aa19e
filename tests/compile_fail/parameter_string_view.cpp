// expect: fastapi: no rule says where this handler parameter comes from
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/{a}", [](std::string_view a) { return std::string(a); });
}
