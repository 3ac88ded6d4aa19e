// expect: fastapi: a dependency of a WebSocket route has no body to read
#include "fastapi.hpp"
using namespace fastapi;
struct Item { int n; };
int one(Item item) { return item.n; }
void setup(FastAPI& app) { app.websocket("/", [](WebSocket& ws, Depends<one>) { ws.accept(); }); }
