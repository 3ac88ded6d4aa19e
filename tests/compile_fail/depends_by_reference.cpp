// expect: fastapi: a handler takes its parameters by value or by const reference
#include "fastapi.hpp"
using namespace fastapi;
int one() { return 1; }
void setup(FastAPI& app) { app.get("/", [](Depends<one>& a) { return *a; }); }
