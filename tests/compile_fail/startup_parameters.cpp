// expect: fastapi: on_startup and on_shutdown take a function without parameters, or one that takes FastAPI&
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.on_startup([](int) {});
}
