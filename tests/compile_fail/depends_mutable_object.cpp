// expect: fastapi: the operator() of a dependency that is an object must be const
#include "fastapi.hpp"
using namespace fastapi;
struct Counter { int n = 0; int operator()() { return ++n; } };
void setup(FastAPI& app) { app.get("/", [](Depends<Counter{}> n) { return *n; }); }
