// expect: fastapi: the handler of a WebSocket route takes the socket: WebSocket& ws
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.websocket("/", [] {});
}
