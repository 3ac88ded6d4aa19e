// WebSocket routes through TestClient: what a handler is given, how a connection begins and ends, many threads.

#include "support.hpp"

#include <atomic>
#include <mutex>
#include <thread>

using namespace fastapi;

namespace {

struct Store {
    void echo(WebSocket& ws) const {
        ws.accept();
        ws.send_text(prefix + ws.receive_text());
    }
    std::string prefix = "stored: ";
};

void named(WebSocket& ws) {
    ws.accept();
    ws.send_text("named");
}

struct App : FastAPI {
    Store store;
    App() {
        websocket("/echo", [](WebSocket& ws) {
            ws.accept();
            for (std::string text; ws.receive(text);) ws.send_text("you wrote " + text);
        });
        websocket("/ws/{client_id}",
                  [](WebSocket& ws, Path<int, "client_id"> id, Query<std::optional<int>, "q"> q,
                     Header<std::optional<std::string>, "x_token"> token, Cookie<std::optional<std::string>, "session"> session) {
                      ws.accept();
                      ws.send_json(json{{"id", *id}, {"q", *q}, {"token", *token}, {"session", *session}});
                  });
        websocket("/plain/{a}/{b}", [](int a, std::string b, WebSocket& ws) {
            ws.accept();
            ws.send_text(b + std::to_string(a));
        });
        websocket<named>("/named");
        websocket("/stored", &store, &Store::echo);
        websocket("/about/{rest:path}", [](WebSocket& ws) {
            ws.accept();
            json protocols = json::array();
            for (std::string_view one : ws.subprotocols()) protocols.push_back(one);
            ws.send_json(json{{"url", ws.url()},
                              {"client", ws.client.host},
                              {"rest", ws.path_param("rest").value()},
                              {"q", ws.query_params().get("q").value_or("none")},
                              {"cookie", ws.cookies().get("c").value_or("none")},
                              {"key", ws.headers.get("sec-websocket-key", "none")},
                              {"connection", ws.headers.get("connection", "none")},
                              {"title", ws.app().settings().title},
                              {"protocols", protocols}});
        });
        websocket("/subprotocol", [](WebSocket& ws) { ws.accept("chat.v2", {{"x-extra", "1"}}); });
        websocket("/wrong-subprotocol", [](WebSocket& ws) { ws.accept("other"); });
        websocket("/wrong-header", [](WebSocket& ws) { ws.accept("", {{"Sec-WebSocket-Accept", "1"}}); });
        websocket("/iterate", [](WebSocket& ws) {
            ws.accept();
            std::string all;
            for (const std::string& text : ws.iter_text()) {
                all += text + ";";
                ws.send_text(all);
            }
        });
        websocket("/iterate-json", [](WebSocket& ws) {
            ws.accept();
            for (const json& value : ws.iter_json()) ws.send_json(json{{"got", value}}, WebSocketMode::binary);
        });
        websocket("/bytes", [](WebSocket& ws) {
            ws.accept();
            for (std::string bytes : ws.iter_bytes()) ws.send_bytes(bytes + bytes);
        });
        websocket("/throws/{what}/{accepted}", [](WebSocket& ws, std::string what, bool accepted) {
            if (accepted) ws.accept();
            if (what == "websocket") throw WebSocketException(1008, "not you");
            if (what == "http") throw HTTPException(401, "no", {{"x-why", "because"}});
            if (what == "disconnect") throw WebSocketDisconnect(4000);
            if (what == "error") throw std::runtime_error("broken");
            if (what == "number") throw 1;
            if (what == "close") ws.close(3001, "bye");
            if (what == "twice") {
                ws.close();
                ws.close();
            }
            if (what == "code") ws.close(1005);
            if (what == "text") ws.send_text("early");
            if (what == "not-utf8") ws.send_text("\xff");
            if (what == "after") {
                ws.close();
                ws.send_text("late");
            }
            if (what == "kind") (void)ws.receive_text();
            if (what == "json") (void)ws.receive_json();
            if (what == "denial") ws.send_denial_response(PlainTextResponse("closed today", 503));
        });
        websocket("/disconnect", [this](WebSocket& ws) {
            ws.accept();
            try {
                (void)ws.receive_text();
            } catch (const WebSocketDisconnect& gone) {
                std::lock_guard lock(mutex);
                seen = std::to_string(gone.code) + " " + gone.reason;
                std::string text;
                if (ws.receive(text)) seen += " more";
            }
        });
        websocket("/deaf", [this](WebSocket& ws) {
            ws.accept();
            while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        });
        websocket("/silent", [](WebSocket& ws) {
            ws.accept();
            (void)ws.receive();
        });
        websocket("/seam", [](WebSocket& ws) {
            ws.accept();
            std::atomic<int> called{0};
            auto call = [](void* context) { ++*static_cast<std::atomic<int>*>(context); };
            ws.transport().on_message(call, &called);
            ws.send_text("ready");
            while (called == 0) std::this_thread::yield();
            std::string text = ws.receive_text();
            ws.transport().on_message(nullptr, nullptr);
            ws.send_text(text + " " + std::to_string(called));
        });
        get("/echo", [] { return "http"; });
    }
    std::mutex mutex;
    std::string seen;
    std::atomic<bool> stop{false};
};

// "1000" or "1008 reason" of a connection that is not accepted, "401 body" of one that is answered.
std::string refused(TestClient& client, std::string_view url, const TestWebSocketRequest& request = {}) {
    try {
        auto session = client.websocket_connect(url, request);
        return "accepted";
    } catch (const WebSocketDenialResponse& denial) {
        return std::to_string(denial.status_code) + " " + denial.content;
    } catch (const WebSocketDisconnect& closed) {
        return std::to_string(closed.code) + (closed.reason.empty() ? "" : " " + closed.reason);
    } catch (const std::exception& error) {
        return std::string("threw ") + error.what();
    }
}

// How an accepted connection ends when nothing is sent.
std::string ending(TestClient& client, std::string_view url) {
    auto session = client.websocket_connect(url);
    try {
        return session.receive_text();
    } catch (const WebSocketDisconnect& closed) {
        return std::to_string(closed.code) + (closed.reason.empty() ? "" : " " + closed.reason);
    } catch (const std::exception& error) {
        return std::string("threw ") + error.what();
    } catch (int number) {
        return "threw a number " + std::to_string(number);
    }
}

} // namespace

TEST_CASE("websocket: echo") {
    App app;
    TestClient client{app};
    auto session = client.websocket_connect("/echo");
    session.send_text("one");
    CHECK(session.receive_text() == "you wrote one");
    session.send_text("two");
    session.send_text("three");
    CHECK(session.receive_text() == "you wrote two");
    CHECK(session.receive_text() == "you wrote three");
    session.close();
    CHECK_THROWS_AS(session.send_text("four"), std::runtime_error);
    session.wait();
    CHECK(client.get("/echo").json() == "http"); // routes of HTTP are others
}

TEST_CASE("websocket: parameters") {
    App app;
    TestClient client{app};
    auto session =
        client.websocket_connect("/ws/7", {.params = {{"q", "3"}}, .headers = {{"X-Token", "t"}}, .cookies = {{"session", "s"}}});
    CHECK(session.receive_json() == json{{"id", 7}, {"q", 3}, {"token", "t"}, {"session", "s"}});
    CHECK(client.websocket_connect("/ws/7").receive_json() == json{{"id", 7}, {"q", nullptr}, {"token", nullptr}, {"session", nullptr}});
    CHECK(client.websocket_connect("/plain/1/b").receive_text() == "b1");
    CHECK(client.websocket_connect("/named").receive_text() == "named");
    auto stored = client.websocket_connect("/stored");
    stored.send_text("x");
    CHECK(stored.receive_text() == "stored: x");
    client.cookies = {{"c", "jar"}};
    auto about = client.websocket_connect("/about/a/b%20c?q=1", {.subprotocols = {"soap", "wamp"}});
    CHECK(about.receive_json() == json{{"url", "ws://testserver/about/a/b%20c?q=1"},
                                       {"client", "testclient"},
                                       {"rest", "a/b c"},
                                       {"q", "1"},
                                       {"cookie", "jar"},
                                       {"key", "testserver=="},
                                       {"connection", "upgrade"},
                                       {"title", "FastAPI"},
                                       {"protocols", {"soap", "wamp"}}});
}

TEST_CASE("websocket: wrong parameters and unknown routes close before they accept") {
    App app;
    TestClient client{app};
    CHECK(
        refused(client, "/ws/x?q=y") ==
        R"(1008 [{"type":"int_parsing","loc":["path","client_id"],"msg":"Input should be a valid integer, unable to parse )"
          R"(string as an integer","input":"x"},)"
        R"({"type":"int_parsing","loc":["query","q"],"msg":"Input should be a valid integer, unable to parse string as an )"
          R"(integer","input":"y"}])");
    CHECK(refused(client, "/nowhere") == "1000");
    CHECK(refused(client, "/echo/") == "1000"); // no redirects
    FastAPI without;
    TestClient other{without};
    CHECK(refused(other, "/") == "1000");
}

TEST_CASE("websocket: subprotocols and headers of the handshake") {
    App app;
    TestClient client{app};
    auto session = client.websocket_connect("/subprotocol", {.subprotocols = {"chat.v1", "chat.v2"}});
    CHECK(session.accepted_subprotocol() == "chat.v2");
    CHECK(session.extra_headers().get("x-extra") == "1");
    CHECK(refused(client, "/wrong-subprotocol", {.subprotocols = {"chat"}}) ==
          "threw fastapi: WebSocket::accept: the client does not offer the subprotocol \"other\"");
    CHECK(refused(client, "/wrong-header") == "threw fastapi: WebSocket::accept: the header Sec-WebSocket-Accept belongs to the handshake");
}

TEST_CASE("websocket: iteration, JSON, bytes") {
    App app;
    TestClient client{app};
    auto texts = client.websocket_connect("/iterate");
    texts.send_text("a");
    texts.send_text("b");
    CHECK(texts.receive_text() == "a;");
    CHECK(texts.receive_text() == "a;b;");
    texts.wait();
    auto values = client.websocket_connect("/iterate-json");
    values.send_json(json{{"a", 1.0}});
    CHECK(values.receive_bytes() == R"({"got":{"a":1.0}})");
    values.send_json(json("\xc3\xa4"));
    CHECK(values.receive_json(WebSocketMode::binary) == json{{"got", "\xc3\xa4"}});
    values.send_text("{");
    CHECK_THROWS_AS(values.receive_json(), std::invalid_argument);
    auto bytes = client.websocket_connect("/bytes");
    bytes.send_bytes(std::string("\0\xff", 2));
    CHECK(bytes.receive_bytes() == std::string("\0\xff\0\xff", 4));
}

TEST_CASE("websocket: how a connection ends") {
    App app;
    TestClient client{app};
    CHECK(ending(client, "/throws/nothing/1") == "1000");
    CHECK(ending(client, "/throws/close/1") == "3001 bye");
    CHECK(ending(client, "/throws/websocket/1") == "1008 not you");
    CHECK(ending(client, "/throws/disconnect/1") == "1000");
    CHECK(ending(client, "/throws/error/1") == "threw broken");
    CHECK(ending(client, "/throws/number/1") == "threw a number 1");
    CHECK(ending(client, "/throws/http/1") == "threw 401: no");
    CHECK(ending(client, "/throws/code/1").starts_with("threw fastapi: WebSocket::close: 1005 is no code that may be sent"));
    CHECK(ending(client, "/throws/not-utf8/1").starts_with("threw fastapi: WebSocket::send_text: a text is UTF-8"));
    CHECK(refused(client, "/throws/close/0") == "3001 bye");
    CHECK(refused(client, "/throws/websocket/0") == "1008 not you");
    CHECK(refused(client, "/throws/http/0") == R"(401 {"detail":"no"})");
    CHECK(refused(client, "/throws/denial/0") == "503 closed today");
    CHECK(refused(client, "/throws/error/0") == "threw broken");
    CHECK(refused(client, "/throws/nothing/0") == "threw the handler of a WebSocket returned without accept() or close()");
    CHECK(refused(client, "/throws/text/0") == "threw fastapi: WebSocket: accept() comes before messages");
    CHECK(refused(client, "/throws/kind/0") == "threw fastapi: WebSocket: accept() comes before messages");

    TestClient tolerant{app, {.raise_server_exceptions = false}};
    CHECK(ending(tolerant, "/throws/error/1") == "1011");
    CHECK(ending(tolerant, "/throws/http/1") == "1011");
    CHECK(refused(tolerant, "/throws/error/0") == "500 Internal Server Error");
    CHECK(refused(tolerant, "/throws/nothing/0") == "500 Internal Server Error");

    for (const char* what : {"twice", "after"}) { // closed, then misused
        auto session = client.websocket_connect(std::string("/throws/") + what + "/1");
        CHECK_THROWS_AS(session.wait(), std::runtime_error);
    }
    auto binary = client.websocket_connect("/throws/kind/1");
    binary.send_bytes("x");
    CHECK_THROWS_WITH(binary.receive_text(), "fastapi: WebSocket: a binary message came where a text was expected");
    auto no_json = client.websocket_connect("/throws/json/1");
    no_json.send_text("{");
    CHECK_THROWS_AS(no_json.wait(), std::invalid_argument);
}

TEST_CASE("websocket: the client leaves") {
    App app;
    TestClient client{app};
    auto session = client.websocket_connect("/disconnect");
    session.close(4001, "enough");
    session.wait();
    CHECK(app.seen == "4001 enough");
    CHECK_THROWS_AS(session.receive_text(), WebSocketDisconnect);
    { auto dropped = client.websocket_connect("/disconnect"); }
    CHECK(app.seen == "1000 ");
    auto first = client.websocket_connect("/disconnect");
    first = client.websocket_connect("/silent"); // moved over
    auto second = std::move(first);
    second.wait();
}

TEST_CASE("websocket: waiting is bounded") {
    App app;
    TestClient client{app, {.websocket_timeout_ms = 50}};
    auto session = client.websocket_connect("/deaf");
    CHECK_FALSE(session.poll(1));
    CHECK_THROWS_AS(session.receive_text(), std::runtime_error);
    CHECK_THROWS_AS(session.wait(), std::runtime_error);
    app.stop = true;
    session.wait();
}

TEST_CASE("websocket: a callback instead of waiting") {
    App app;
    TestClient client{app};
    auto session = client.websocket_connect("/seam");
    CHECK(session.receive_text() == "ready");
    session.send_text("hello");
    CHECK(session.receive_text() == "hello 1");
}

TEST_CASE("websocket: several threads broadcast to each other") {
    struct Room {
        std::mutex mutex;
        std::vector<WebSocket*> sockets;
        void broadcast(const std::string& text) {
            std::lock_guard lock(mutex);
            for (WebSocket* one : sockets) one->send_text(text);
        }
    } room;
    FastAPI app;
    app.websocket("/room", [&room](WebSocket& ws) {
        {
            std::lock_guard lock(room.mutex);
            room.sockets.push_back(&ws);
        }
        ws.accept();
        for (std::string text; ws.receive(text);) room.broadcast(text);
        std::lock_guard lock(room.mutex);
        std::erase(room.sockets, &ws);
    });
    TestClient client{app};
    constexpr int people = 4;
    constexpr int messages = 50;
    std::vector<WebSocketTestSession> sessions;
    for (int i = 0; i < people; ++i) sessions.push_back(client.websocket_connect("/room"));
    std::vector<std::thread> threads;
    for (auto& session : sessions)
        threads.emplace_back([&session] {
            for (int i = 0; i < messages; ++i) session.send_text("m");
        });
    for (std::thread& thread : threads) thread.join();
    for (auto& session : sessions)
        for (int i = 0; i < people * messages; ++i) CHECK(session.receive_text() == "m");
    for (auto& session : sessions) session.wait();
    CHECK(room.sockets.empty());
}

TEST_CASE("websocket: routes are in the table, not in the document") {
    App app;
    CHECK(app.openapi()["paths"].size() == 1);
    CHECK(app.routes_table().find("WEBSOCKET /ws/{client_id}") != std::string::npos);
    CHECK(app.routes_table().find("WEBSOCKET /named  named") != std::string::npos);
    FastAPI other;
    CHECK(other.websocket_support() == nullptr);
    CHECK_THROWS_AS(other.websocket(runtime("no-slash"), [](WebSocket& ws) { ws.accept(); }), std::logic_error);
}
