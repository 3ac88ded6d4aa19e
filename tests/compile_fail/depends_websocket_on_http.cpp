// expect: fastapi: a dependency of this handler takes a WebSocket&
#include "fastapi.hpp"
using namespace fastapi;
int one(WebSocket&) { return 1; }
void setup(FastAPI& app) { app.get("/", [](Depends<one> n) { return *n; }); }
