// expect: fastapi: a middleware is called by several threads at once
#include "fastapi.hpp"
using namespace fastapi;
void setup(FastAPI& app) {
    app.middleware([count = 0](Request& request, CallNext next) mutable {
        ++count;
        return next(request);
    });
}
