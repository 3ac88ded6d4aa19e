// expect: fastapi: an application is mounted, not included: app.mount("/path", other)
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    FastAPI other;
    app.include_router(other, {.prefix = "/other"});
}
