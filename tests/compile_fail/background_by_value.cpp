// expect: fastapi: background tasks are taken by reference: BackgroundTasks& tasks
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](BackgroundTasks tasks) { return 1; });
}
