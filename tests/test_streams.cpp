// Coroutines as handlers and dependencies of time: Task, Generator, streams, server-sent events; in process and over sockets.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fastapi/fastapi.hpp"
#include "served.hpp"
#include "socket_client.hpp"

using namespace fastapi;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

struct Item {
    std::string name;
    int count;
};

Task<int> after(int milliseconds, int value) {
    co_await fastapi::sleep(std::chrono::milliseconds(milliseconds));
    co_return value;
}
Task<> fails() {
    co_await fastapi::sleep(1ms);
    throw std::runtime_error("it failed");
}
Task<int> immediate(int value) { co_return value; }

Generator<std::string> pieces(int count, std::size_t size) {
    for (int i = 0; i < count; ++i) co_yield std::string(size, static_cast<char>('a' + i % 26));
}
Generator<ServerSentEvent> ticks(int count) {
    for (int i = 0; i < count; ++i) {
        ServerSentEvent event{.data = i, .id = std::to_string(i)};
        co_yield event;
        co_await fastapi::sleep(5ms);
    }
}

struct Counted { // how many are alive
    explicit Counted(std::atomic<int>& count) : alive(count) { ++alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --alive; }
    std::atomic<int>& alive;
};

void add_routes(FastAPI& app, std::atomic<int>& alive) {
    app.get("/alive", [&alive] { return alive.load(); });
    app.get("/task/{id}", [](int id) -> Task<Item> {
        if (co_await after(10, id) == 0) throw HTTPException(404, "none");
        co_return Item{"x", id};
    });
    app.post("/items", [](const Item& item, Request& request, Response& response) -> Task<Item> {
        auto work = [name = item.name] { return name + "!"; };
        std::string name = co_await run_in_thread(work);
        response.headers.set("x-path", request.path());
        Item made{name, item.count + 1};
        co_return made;
    }, {.status_code = 201});
    app.get("/nothing", []() -> Task<> { co_await fastapi::sleep(1ms); });
    app.get("/broken", []() -> Task<int> {
        co_await fails();
        co_return 1;
    });
    app.get("/wait", [&alive]() -> Task<int> {
        Counted counted(alive);
        co_await fastapi::sleep(60s);
        co_return 1;
    });
    app.get("/lines", [](Query<int, "count", Default(3), Le(100000)> count) -> Generator<Item> {
        for (int i = 0; i < *count; ++i) {
            Item item{"a", i};
            co_yield item;
        }
    });
    app.get("/events", [&alive](Query<int, "count", Default(2)> count) -> Generator<ServerSentEvent> {
        Counted counted(alive);
        for (int i = 0; i < *count; ++i) {
            ServerSentEvent event{.data = {{"i", i}}, .event = "tick", .id = std::to_string(i), .retry = 5, .comment = "c"};
            co_yield event;
            co_await fastapi::sleep(10ms);
        }
    });
    app.get("/ticks", [] { return EventSourceResponse(ticks(2)); });
    app.get("/text", [](Query<int, "count", Default(3)> count) { return StreamingResponse(pieces(*count, 10000), 200, {}, "text/plain"); });
    app.get("/torn", []() -> Generator<Item> {
        Item item{"a", 1};
        co_yield item;
        throw std::runtime_error("torn");
    });
    app.get("/large", []() -> Task<Response> {
        co_await fastapi::sleep(1ms);
        Response response(std::string(20000000, 'x'), 200);
        co_return response;
    });
    app.websocket("/back", [](WebSocket& socket) -> Task<> {
        socket.accept();
        for (;;) {
            WebSocketMessage message = co_await socket.next();
            if (message.kind == WebSocketMessage::Kind::disconnect) co_return;
            socket.send_bytes(message.data);
        }
    });
    app.websocket("/echo", [](WebSocket& socket) {
        socket.accept();
        for (std::string text; socket.receive(text);) socket.send_text("you wrote " + text);
    });
    app.websocket("/waits", [&alive](WebSocket& socket) -> Task<> {
        Counted counted(alive);
        socket.accept();
        for (;;) {
            WebSocketMessage message = co_await socket.next();
            if (message.kind == WebSocketMessage::Kind::disconnect) co_return;
            co_await fastapi::sleep(1ms);
            socket.send_text("you wrote " + message.data);
        }
    });
}

void add_all(FastAPI& app) {
    static std::atomic<int> alive{0};
    add_routes(app, alive);
}

using Client = SocketClient;

std::string upgrade(const std::string& path) {
    return "GET " + path +
           " HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}
// A binary frame of a client, its key zero; of `said` bytes, whatever is behind the header.
std::string frame(std::uint64_t said, std::string_view payload) {
    std::string out("\x82\xff", 2);
    for (int i = 7; i >= 0; --i) out += static_cast<char>(said >> (8 * i));
    return out.append(4, '\0').append(payload);
}

std::string get(int port, const std::string& path) {
    Client client(port);
    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return client.read_until("\x01never", 5000);
}
bool becomes(int port, std::string_view alive) {
    for (int i = 0; i < 100; ++i) {
        if (get(port, "/alive").ends_with(alive)) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

} // namespace

TEST_CASE("untyped items are written as Python does") {
    auto text = [](const json& value) {
        std::string out;
        detail::write_python_json(out, value);
        return out;
    };
    CHECK(text(json{{"a", {1, "x,:\"y\\", nullptr}}, {"b", json::object()}}) == R"({"a": [1, "x,:\"y\\", null], "b": {}})");
    CHECK(text("é€😀\n\x7f") == "\"\\u00e9\\u20ac\\ud83d\\ude00\\n\\u007f\"");
    CHECK(text("\xff|\xf0\x9f").find('|') != std::string::npos); // no UTF-8: some characters in their place
}

TEST_CASE("server-sent events that cannot be written") {
    auto text = [](const ServerSentEvent& event) {
        std::string out;
        detail::write_event(out, event);
        return out;
    };
    CHECK(text({.raw_data = "a\nb"}) == "data: a\ndata: b\n\n");
    CHECK(text({.data = "x\ny"}) == "data: \"x\\ny\"\n\n");
    CHECK_THROWS_AS(text({.data = 1, .raw_data = "a"}), std::invalid_argument);
    CHECK_THROWS_AS(text({.data = 1, .event = "a\nb"}), std::invalid_argument);
    CHECK_THROWS_AS(text({.data = 1, .id = std::string("a\0b", 3)}), std::invalid_argument);
    CHECK_THROWS_AS(text({.data = 1, .retry = -1}), std::invalid_argument);
}

TEST_CASE("coroutine handlers and streams: over sockets") {
    Served server(add_all);
    REQUIRE(server.port > 0);
    CHECK(get(server.port, "/task/4").ends_with(R"({"name":"x","count":4})"));
    CHECK(get(server.port, "/task/0").find("404 Not Found") != std::string::npos);
    CHECK(get(server.port, "/broken").find("500 Internal Server Error") != std::string::npos);
    std::string lines = get(server.port, "/lines");
    CHECK(lines.find("transfer-encoding: chunked\r\n") != std::string::npos);
    CHECK(lines.ends_with("\r\n0\r\n\r\n"));
    CHECK(!get(server.port, "/torn").ends_with("\r\n0\r\n\r\n")); // the client can tell that it is not whole
    CHECK(get(server.port, "/text?count=2000").size() > 20000000U);

    // Several on one connection, one behind the other.
    Client client(server.port);
    client.send("GET /task/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /lines HTTP/1.1\r\nHost: a\r\n\r\nGET /task/2 HTTP/1.1\r\nHost: a\r\n\r\n"
                "GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    std::string all = client.read_until("\x01never");
    CHECK(client.over);
    std::size_t first = all.find(R"("count":1})");
    std::size_t second = all.find("0\r\n\r\n");
    std::size_t third = all.find(R"("x","count":2})");
    CHECK(first < second);
    CHECK(second < third);
    CHECK(all.ends_with("\r\n\r\n0"));

    // HTTP/1.0 knows no chunks: the end is the connection's.
    Client old(server.port);
    old.send("GET /lines HTTP/1.0\r\n\r\n");
    std::string answer = old.read_until("\x01never");
    CHECK(answer.find("chunked") == std::string::npos);
    CHECK(answer.ends_with("\"count\":2}\n"));
}

TEST_CASE("streams: a client that goes away ends them at once, many wait without threads") {
    Served server(add_all);
    {
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < 50; ++i) {
            clients.push_back(std::make_unique<Client>(server.port));
            clients.back()->send(i % 2 ? "GET /events?count=100000 HTTP/1.1\r\nHost: a\r\n\r\n" : "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        CHECK(becomes(server.port, "\r\n50"));
        auto begin = Clock::now();
        CHECK(get(server.port, "/task/1").ends_with("}"));
        CHECK(Clock::now() - begin < 1s);
        CHECK(clients[1]->read_until("id: 3\n").find("id: 3\n") != std::string::npos);
    }
    CHECK(becomes(server.port, "\r\n0"));
}

TEST_CASE("coroutine handlers: a large answer is whole before the connection is closed") {
    Served server(add_all);
    Client client(server.port);
    client.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    std::this_thread::sleep_for(200ms); // the socket takes no more by now
    CHECK(client.read_until("\x01never").size() > 20000000U);
}

// An event that says a client has gone may come late, when its place has another connection, whose client has not.
TEST_CASE("coroutine handlers: every one of many clients that come and go at once is answered") {
    Served server([](FastAPI& app) {
        app.get("/", []() -> Task<int> { co_return co_await after(1, 7); });
    });
    constexpr int clients = 16;
    std::atomic<int> answered{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 500; ++j) {
                SocketClient client(server.port);
                if (!client.try_send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")) continue;
                if (client.rest().ends_with("\r\n\r\n7")) ++answered;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(answered.load() == clients * 500);
}

TEST_CASE("websocket: a coroutine may be sent much before it is read") {
    Served server(add_all);
    Client client(server.port);
    client.send(upgrade("/back"));
    client.read_until("\r\n\r\n");
    client.received.clear();
    constexpr std::size_t size = 1000000;
    constexpr std::size_t count = 30;
    std::thread sender([&] {
        for (std::size_t i = 0; i < count; ++i) client.send(frame(size, std::string(size, static_cast<char>('a' + i))));
        client.send(std::string("\x82\x84\0\0\0\0last", 10));
    });
    std::this_thread::sleep_for(300ms);
    std::string all = client.read_until("last", 20000);
    sender.join();
    REQUIRE(all.size() == count * (size + 10) + 6);
    bool in_order = true;
    for (std::size_t i = 0; i < count; ++i)
        in_order = in_order && all[i * (size + 10) + 10] == static_cast<char>('a' + i);
    CHECK(in_order);
}

TEST_CASE("websocket: the reason of its end reaches a client that is still sending") {
    Served server(add_all);
    Client client(server.port);
    client.send(upgrade("/back"));
    client.read_until("\r\n\r\n");
    client.received.clear();
    client.send(frame(std::uint64_t{1} << 40U, std::string(300000, 'x')));
    std::this_thread::sleep_for(100ms);
    CHECK(client.read_until("\x01never").find("\x03\xf1") != std::string::npos); // 1009
    CHECK(client.over);
}

TEST_CASE("websocket: over sockets") {
    Served server(add_all);
    for (const char* path : {"/echo", "/waits"}) {
        CAPTURE(path);
        Client client(server.port);
        client.send("GET " + std::string(path) +
                    " HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        CHECK(client.read_until("\r\n\r\n").find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
        client.received.clear();
        client.send(std::string("\x81\x83\0\0\0\0Tea", 9));
        CHECK(client.read_until("Tea") == "\x81\x0dyou wrote Tea");
        client.received.clear();
        client.send(std::string("\x88\x82\0\0\0\0\x03\xe8", 8)); // close, 1000
        client.read_until("\x01never");
        CHECK(client.over);
        CHECK(client.received == "\x88\x02\x03\xe8");
    }
    {
        Client client(server.port);
        client.send("GET /waits HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        client.read_until("\r\n\r\n");
        CHECK(becomes(server.port, "\r\n1"));
    }
    CHECK(becomes(server.port, "\r\n0")); // it went away without a word
    CHECK(get(server.port, "/echo").find("404") != std::string::npos);
    Client none(server.port);
    none.send("GET /none HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    CHECK(none.read_until("\r\n\r\n").find("403 Forbidden") != std::string::npos);
}

// The last two: they leave threads behind, which a server that is forked afterwards must not inherit under the thread sanitizer.
TEST_CASE("coroutine handlers: in process") {
    std::atomic<int> alive{0};
    FastAPI app;
    add_routes(app, alive);
    TestClient client(app);
    CHECK(client.get("/task/4").json() == json{{"name", "x"}, {"count", 4}});
    auto missing = client.get("/task/0");
    CHECK(missing.status_code == 404);
    CHECK(missing.json() == json{{"detail", "none"}});
    CHECK(client.get("/task/x").status_code == 422);
    auto made = client.post("/items", {.json = json{{"name", "q"}, {"count", 1}}});
    CHECK(made.status_code == 201);
    CHECK(made.json() == json{{"name", "q!"}, {"count", 2}});
    CHECK(made.headers.get("x-path") == "/items");
    CHECK(client.post("/items", {.json = json{{"name", 1}}}).status_code == 422);
    CHECK(client.get("/nothing").text() == "null");
    CHECK_THROWS_WITH(client.get("/broken"), "it failed");
    auto lines = client.get("/lines");
    CHECK(lines.headers.get("content-type") == "application/jsonl");
    CHECK(lines.text() == "{\"name\":\"a\",\"count\":0}\n{\"name\":\"a\",\"count\":1}\n{\"name\":\"a\",\"count\":2}\n");
    auto events = client.get("/events");
    CHECK(events.headers.get("content-type") == "text/event-stream; charset=utf-8");
    CHECK(events.headers.get("cache-control") == "no-cache");
    CHECK(events.text() == ": c\nevent: tick\ndata: {\"i\":0}\nid: 0\nretry: 5\n\n: c\nevent: tick\ndata: {\"i\":1}\nid: 1\nretry: 5\n\n");
    CHECK(client.get("/ticks").text() == "data: 0\nid: 0\n\ndata: 1\nid: 1\n\n");
    CHECK(client.get("/text").text().size() == 30000);
    CHECK(alive == 0);

    json paths = app.openapi()["paths"];
    CHECK(paths["/task/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/Item");
    CHECK(paths["/lines"]["get"]["responses"]["200"]["content"]["application/jsonl"]["itemSchema"]["$ref"] == "#/components/schemas/Item");
    CHECK(paths["/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]["itemSchema"]["properties"]["retry"]["minimum"] == 0);
}

TEST_CASE("task: results, exceptions, gather, threads") {
    CHECK(run_until_complete(after(2, 5)) == 5);
    CHECK_THROWS_WITH(run_until_complete(fails()), "it failed");
    auto together = []() -> Task<int> {
        auto begin = Clock::now();
        auto [a, nothing, b] = co_await gather(after(100, 1), [](int) -> Task<> { co_await fastapi::sleep(100ms); }(0), after(100, 2));
        static_cast<void>(nothing);
        CHECK(Clock::now() - begin < 250ms);
        co_return a + b;
    };
    CHECK(run_until_complete(together()) == 3);
    auto many = []() -> Task<int> {
        int sum = 0;
        for (int i = 0; i < 1000; ++i) sum += co_await immediate(i);
        co_return sum;
    };
    CHECK(run_until_complete(many()) == 499500);
    auto threads = []() -> Task<bool> {
        auto here = std::this_thread::get_id();
        auto there = co_await run_in_thread([] { return std::this_thread::get_id(); });
        bool thrown = false;
        try {
            co_await run_in_thread([] { throw std::runtime_error("there"); });
        } catch (const std::runtime_error&) {
            thrown = true;
        }
        co_return thrown && here != there && here == std::this_thread::get_id();
    };
    CHECK(run_until_complete(threads()));
    auto one_fails = []() -> Task<> { co_await gather(after(1, 1), fails()); };
    CHECK_THROWS_WITH(run_until_complete(one_fails()), "it failed");
    // One that is never awaited is destroyed, and begins nothing.
    { auto unused = after(1, 1); }
}

TEST_CASE("what a route says of its response model holds for the items of a stream") {
    struct Note {
        std::string text;
        std::optional<int> page;
    };
    FastAPI app;
    auto notes = []() -> Generator<Note> {
        Note note{"a", std::nullopt};
        co_yield note;
    };
    app.get("/notes", notes);
    app.get("/short", notes, {.response_model_exclude_none = true});
    app.get("/page", notes, {.response_model_exclude = {"text"}});
    TestClient client{app};
    CHECK(client.get("/notes").text() == "{\"text\":\"a\",\"page\":null}\n");
    CHECK(client.get("/short").text() == "{\"text\":\"a\"}\n");
    CHECK(client.get("/page").text() == "{\"page\":null}\n");
}
