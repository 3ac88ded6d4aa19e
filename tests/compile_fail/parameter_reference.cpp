// expect: fastapi: a handler takes its parameters by value or by const reference; only Request&, Response&, BackgroundTasks&, FastAPI& and WebSocket& are references
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    std::string name;
};

int main() {
    FastAPI app;
    app.post("/", [](Item& item) { return item.name; });
}
