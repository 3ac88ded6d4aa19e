// expect: fastapi: the handler of a WebSocket route returns nothing: messages are sent with ws.send_text()
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.websocket("/", [](WebSocket&) { return 1; });
}
