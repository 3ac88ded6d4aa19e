// expect: fastapi: a middleware takes (Request& request, CallNext next)
#include "fastapi.hpp"
using namespace fastapi;
void setup(FastAPI& app) { app.middleware([](Request&) { return PlainTextResponse(""); }); }
