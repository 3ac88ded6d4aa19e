// expect: fastapi: the handler of a WebSocket route has no body, no Response& and no BackgroundTasks&: messages come from ws.receive_text()
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    std::string name;
};

int main() {
    FastAPI app;
    app.websocket("/", [](WebSocket& ws, Item item) { ws.send_text(item.name); });
}
