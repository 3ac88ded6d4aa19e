// expect: fastapi: a dependency in a list is written depends<verify_token>
#include "fastapi.hpp"
using namespace fastapi;
int one() { return 1; }
void setup(FastAPI& app) { app.get("/", [] { return 1; }, {.dependencies = {one}}); }
