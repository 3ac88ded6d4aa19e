// expect: fastapi: app.lifespan takes a coroutine: [](FastAPI& app) -> Lifespan { …; co_yield {}; … }
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.lifespan([](FastAPI&) {});
}
