// expect: fastapi: an exception handler for WebSocket routes returns nothing
#include "fastapi.hpp"
using namespace fastapi;
struct Unicorn {};
void setup(FastAPI& app) { app.exception_handler<Unicorn>([](WebSocket&, const Unicorn&) { return PlainTextResponse(""); }); }
