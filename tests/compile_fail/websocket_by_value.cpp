// expect: fastapi: a WebSocket is taken by reference: WebSocket& ws
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.websocket("/", [](WebSocket ws) { ws.accept(); });
}
