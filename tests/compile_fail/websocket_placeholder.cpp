// expect: the_handler_has_a_Path_parameter_whose_name_is_not_in_the_path_of_the_route
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.websocket("/ws/{client_id}", [](WebSocket& ws, Path<int, "client"> client) { ws.send_json(json(*client)); });
}
