// expect: fastapi: a middleware takes (Request& request, CallNext next), or is a class with
#include "fastapi.hpp"
using namespace fastapi;
struct Hooks {
    void before(Request&) const {}
};
void setup(FastAPI& app) { app.add_middleware<Hooks>(); }
