// What the clients of this folder talk to: server --port 0
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

#include "fastapi.hpp"

using namespace fastapi;

namespace {

std::atomic<int> alive{0}; // handlers of /count

struct Counted {
    Counted() { ++alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --alive; }
};

// Sends everything back; a coroutine.
Task<> echo(WebSocket& ws) {
    ws.accept();
    for (;;) {
        WebSocketMessage message = co_await ws.next();
        if (message.kind == WebSocketMessage::Kind::disconnect) co_return;
        if (message.kind == WebSocketMessage::Kind::text) ws.send_text(message.data);
        else ws.send_bytes(message.data);
    }
}

// The same on a thread of its own.
void echo_blocking(WebSocket& ws) {
    ws.accept();
    for (;;) {
        WebSocketMessage message = ws.receive();
        if (message.kind == WebSocketMessage::Kind::disconnect) return;
        if (message.kind == WebSocketMessage::Kind::text) ws.send_text(message.data);
        else ws.send_bytes(message.data);
    }
}

void add_routes(FastAPI& app) {
    app.get("/", [] { return HTMLResponse("<!doctype html><title>WebSocket</title>"); });
    app.websocket("/echo", echo);
    app.websocket("/blocking", echo_blocking);
    // How it sees the end of the connection is the next connection's first message.
    app.websocket("/ending", [](WebSocket& ws) -> Task<> {
        static std::string last; // one client at a time
        ws.accept();
        ws.send_text(last);
        WebSocketMessage message = co_await ws.next();
        last = std::to_string(message.code) + " " + message.data;
    });
    app.websocket("/count", [](WebSocket& ws) -> Task<> {
        Counted counted;
        ws.accept();
        ws.send_text("in");
        co_await ws.next();
    });
    app.get("/alive", [] { return alive.load(); });
    app.websocket("/chosen", [](WebSocket& ws, Query<std::optional<std::string>, "choose"> choose) -> Task<> {
        Headers headers;
        headers.set("x-greeting", "hello");
        headers.set("set-cookie", "seen=1; Path=/");
        ws.accept(choose->value_or(""), headers);
        json said{{"offered", json::array()}, {"cookie", nullptr}};
        for (std::string_view offered : ws.subprotocols()) said["offered"].push_back(offered);
        if (auto cookie = ws.cookies().get("seen")) said["cookie"] = *cookie;
        ws.send_json(said);
        co_await ws.next();
    });
    // Closes at once.
    app.websocket("/close/{code}", [](WebSocket& ws, int code, Query<std::string, "reason", Default("")> reason) -> Task<> {
        ws.accept();
        ws.close(code, *reason);
        co_return;
    });
    app.websocket("/returns", [](WebSocket& ws) -> Task<> {
        ws.accept();
        ws.send_text("bye");
        co_return;
    });
    app.websocket("/throws", [](WebSocket& ws) -> Task<> {
        ws.accept();
        co_await fastapi::sleep(std::chrono::milliseconds(1));
        throw std::runtime_error("thrown on purpose");
    });
    // Messages without being asked: texts of `size` bytes.
    app.websocket("/pour/{count}/{size}", [](WebSocket& ws, int count, int size) {
        ws.accept();
        for (int i = 0; i < count; ++i) ws.send_text(std::string(static_cast<std::size_t>(size), static_cast<char>('a' + i % 26)));
    });
    app.websocket("/refused", [](WebSocket& ws) -> Task<> {
        ws.close(1008, "no");
        co_return;
    });
    app.websocket("/refused/blocking", [](WebSocket&) { throw WebSocketException(1008, "no"); });
    app.websocket("/denied", [](WebSocket&) -> Task<> {
        co_await fastapi::sleep(std::chrono::milliseconds(1));
        throw HTTPException(401, "who are you?", {{"www-authenticate", "Bearer"}});
    });
}

} // namespace

int main(int argc, char** argv) {
    FastAPIOptions options;
    options.websocket.max_message_size = std::size_t{4} << 20U;
    options.websocket.ping_interval_ms = 300;
    options.websocket.ping_timeout_ms = 600;
    FastAPI app{options};
    add_routes(app);
    return app.run(argc, argv);
}
