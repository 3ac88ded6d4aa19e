// expect: fastapi: a dependency of a WebSocket route has no body to read
#include "fastapi.hpp"
using namespace fastapi;
std::string one(Form<std::string, "name"> name) { return *name; }
void setup(FastAPI& app) { app.websocket("/", [](WebSocket& ws, Depends<one>) { ws.accept(); }); }
