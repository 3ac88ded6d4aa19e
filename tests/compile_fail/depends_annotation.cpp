// expect: fastapi: Depends takes NoCache, FunctionScope, RequestScope and Scopes
#include "fastapi.hpp"
using namespace fastapi;
int one() { return 1; }
void setup(FastAPI& app) { app.get("/", [](Depends<one, Ge(1)> a) { return *a; }); }
