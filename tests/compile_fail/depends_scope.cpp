// expect: cannot need a dependency with FunctionScope
#include "fastapi.hpp"
using namespace fastapi;
Generator<int> inner() { int x = 1; co_yield x; }
Generator<int> outer(Depends<inner, FunctionScope> i) { int x = *i; co_yield x; }
void setup(FastAPI& app) { app.get("/", [](Depends<outer> a) { return *a; }); }
