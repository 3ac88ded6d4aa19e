// expect: fastapi: a router is included, not mounted: app.include_router(router, {.prefix = "/path"})
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    APIRouter users;
    app.mount("/users", users);
}
