// expect: fastapi: an exception handler takes (const Request&, const E&) or (const E&)
#include "fastapi.hpp"
using namespace fastapi;
struct Unicorn {};
struct Horse {};
void setup(FastAPI& app) { app.exception_handler<Unicorn>([](const Request&, const Horse&) { return PlainTextResponse(""); }); }
