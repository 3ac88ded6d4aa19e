// expect: fastapi: a middleware returns the response
#include "fastapi.hpp"
using namespace fastapi;
void setup(FastAPI& app) {
    app.middleware([](Request& request, CallNext next) { next(request).headers.set("x", "y"); });
}
