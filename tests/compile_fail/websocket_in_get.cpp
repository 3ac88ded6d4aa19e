// expect: fastapi: a handler that takes a WebSocket& is registered with app.websocket(path, handler)
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](WebSocket& ws) { ws.accept(); });
}
