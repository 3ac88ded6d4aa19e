// expect: fastapi: the parameter types of this handler cannot be read: it must be a function or a lambda without auto parameters and with one operator()
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/{a}", [](auto a) { return a; });
}
