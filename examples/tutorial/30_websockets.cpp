// WebSockets: an echo, and its test in process.
#include "fastapi.hpp"
using namespace fastapi;

// [echo]
void echo(WebSocket& ws, Path<std::string, "room"> room, Query<std::optional<std::string>, "token"> token) {
    if (!token->has_value()) throw WebSocketException(1008, "no token");
    ws.accept();
    for (std::string text : ws.iter_text()) ws.send_text(*room + ": " + text);
}
// [/echo]

// [coroutine]
Task<> count(WebSocket& ws) {
    ws.accept();
    for (int n = 1;; ++n) {
        WebSocketMessage message = co_await ws.next();
        if (message.kind == WebSocketMessage::Kind::disconnect) co_return;
        ws.send_json(json{{"n", n}, {"text", message.data}});
    }
}
// [/coroutine]

int main() {
    FastAPI app;
    app.websocket<echo>("/rooms/{room}");
    app.websocket<count>("/count");

    // [test]
    TestClient client{app};
    auto hall = client.websocket_connect("/rooms/hall", {.params = {{"token", "x"}}});
    hall.send_text("hello");
    bool good = hall.receive_text() == "hall: hello";
    hall.close();

    auto numbers = client.websocket_connect("/count");
    numbers.send_text("a");
    numbers.send_text("b");
    good = good && numbers.receive_json()["n"] == 1 && numbers.receive_json() == json{{"n", 2}, {"text", "b"}};
    numbers.close();

    try {
        client.websocket_connect("/rooms/hall");
        good = false;
    } catch (const WebSocketDisconnect& refused) {
        good = good && refused.code == 1008;
    }
    // [/test]
    return good ? 0 : 1;
}
