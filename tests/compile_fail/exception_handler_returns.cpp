// expect: fastapi: an exception handler returns a Response
#include "fastapi.hpp"
using namespace fastapi;
struct Unicorn {};
void setup(FastAPI& app) { app.exception_handler<Unicorn>([](const Request&, const Unicorn&) { return json{{"detail", "no"}}; }); }
