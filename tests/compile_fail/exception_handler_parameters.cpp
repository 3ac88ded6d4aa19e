// expect: fastapi: an exception handler takes (const Request&, const E&) or (const E&)
#include "fastapi.hpp"
using namespace fastapi;
struct Unicorn {};
void setup(FastAPI& app) { app.exception_handler<Unicorn>([](int) { return PlainTextResponse(""); }); }
