// expect: fastapi: the handler of a WebSocket route has no body, no Response& and no BackgroundTasks&
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.websocket("/", [](WebSocket& ws, Form<std::string, "name"> name) { ws.send_text(*name); });
}
