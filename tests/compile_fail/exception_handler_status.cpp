// expect: fastapi: an exception handler takes (const Request&, const E&) or (const E&)
#include "fastapi.hpp"
using namespace fastapi;
void setup(FastAPI& app) { app.exception_handler(404, [](Response&) { return PlainTextResponse(""); }); }
