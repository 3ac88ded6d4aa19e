// expect: fastapi: exception_handler<E> is for a class of exceptions
#include "fastapi.hpp"
using namespace fastapi;
struct Unicorn {};
void setup(FastAPI& app) { app.exception_handler<const Unicorn&>([](const Request&, const Unicorn&) { return PlainTextResponse(""); }); }
