// expect: fastapi: app.lifespan takes a coroutine: [](FastAPI& app) -> Lifespan { …; co_yield {}; … }
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app{{.lifespan = [](FastAPI&) {}}};
    APIRouter router{{.lifespan = [](FastAPI&) {}}};
}
