// The time limit of handlers: coroutines are cancelled, those that block are answered for.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
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

std::atomic<int> ended{0};
struct Frame {
    ~Frame() { ++ended; }
};

void add_routes(FastAPI& app) {
    app.get("/ended", [] { return ended.load(); });
    app.get("/hello", [] { return "hello"; });
    app.get("/wait/{ms}", [](int ms) -> Task<std::string> {
        Frame frame;
        co_await fastapi::sleep(std::chrono::milliseconds(ms));
        co_return "waited";
    });
    app.get("/wait/as/it/likes", []() -> Task<std::string> {
        co_await fastapi::sleep(600ms);
        co_return "waited";
    }, {.handler_timeout_ms = 0});
    app.get("/short", []() -> Task<std::string> {
        co_await fastapi::sleep(200ms);
        co_return "waited";
    }, {.handler_timeout_ms = 50});
    app.get("/thread", []() -> Task<int> {
        Frame frame;
        co_return co_await run_in_thread([] {
            std::this_thread::sleep_for(600ms);
            return 1;
        });
    });
    app.api_route("/block/{ms}", {"GET", "HEAD"}, [](int ms) {
        Frame frame;
        std::this_thread::sleep_for(std::chrono::milliseconds(ms));
        return "blocked";
    });
    app.get("/block/as/it/likes", [] {
        std::this_thread::sleep_for(600ms);
        return "blocked";
    }, {.handler_timeout_ms = 0});
    app.get("/lines", []() -> Generator<int> { // has begun to answer: no limit
        for (int i = 0; i < 3; ++i) {
            co_yield i;
            co_await fastapi::sleep(150ms);
        }
    });
    app.post("/upload", [](RequestStream stream) -> Task<int> {
        Frame frame;
        int pieces = 0;
        while (co_await stream.next()) ++pieces;
        co_return pieces;
    });
    app.post("/upload/block", [](RequestStream stream) {
        Frame frame;
        std::string_view piece;
        while (stream.receive(piece)) {}
        return 1;
    });
}

FastAPIOptions limited() {
    FastAPIOptions settings;
    settings.limits.handler_timeout_ms = 300;
    settings.limits.body_grace_ms = 1000;
    return settings;
}

using Client = SocketClient;
std::string request(std::string_view target, std::string_view method = "GET") {
    return detail::concat({method, " ", target, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"});
}
std::string get(int port, std::string_view target, std::string_view method = "GET") {
    Client client(port);
    client.send(request(target, method));
    return client.rest();
}
bool becomes(int port, const std::string& number) {
    for (int i = 0; i < 300; ++i) {
        if (get(port, "/ended").ends_with("\r\n\r\n" + number)) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}
constexpr std::string_view timeout = "{\"detail\":\"Gateway Timeout\"}";

} // namespace

TEST_CASE("handlers that take too long: in process") {
    ended = 0;
    FastAPI app{limited()};
    add_routes(app);
    TestClient client{app};
    CHECK(client.get("/wait/1").json() == "waited");
    auto begin = Clock::now();
    auto answer = client.get("/wait/60000");
    CHECK(Clock::now() - begin < 5s);
    CHECK(answer.status_code == 504);
    CHECK(answer.text() == timeout);
    CHECK(ended == 2);
    CHECK(client.get("/wait/as/it/likes").status_code == 200);
    CHECK(client.get("/short").status_code == 504);
    CHECK(client.get("/block/400").json() == "blocked"); // here nobody can answer for it
}

TEST_CASE("handlers that take too long: over sockets") {
    ended = 0;
    for (bool by_option : {false, true}) {
        CAPTURE(by_option);
        Served server(add_routes, by_option ? std::vector<std::string>{"--no-access-log", "--timeout-handler", "1"} : std::vector<std::string>{"--no-access-log"},
                      by_option ? FastAPIOptions{} : limited());
        auto begin = Clock::now();
        CHECK(get(server.port, "/wait/60000").ends_with(timeout));
        CHECK(Clock::now() - begin > (by_option ? 990ms : 290ms));
        CHECK(Clock::now() - begin < 5s);
        CHECK(becomes(server.port, "1"));
        if (by_option) continue;
        CHECK(get(server.port, "/wait/1").ends_with("\"waited\""));
        CHECK(get(server.port, "/wait/as/it/likes").ends_with("\"waited\""));
        CHECK(get(server.port, "/short").starts_with("HTTP/1.1 504 "));
        CHECK(get(server.port, "/thread").ends_with(timeout)); // the thread ends when it ends
        CHECK(get(server.port, "/lines").ends_with("0\r\n\r\n"));

        // A connection goes on behind a coroutine that was cancelled.
        Client client(server.port);
        client.send("GET /wait/60000 HTTP/1.1\r\nHost: a\r\n\r\n" + request("/hello"));
        std::string all = client.rest();
        CHECK(all.find(timeout) != std::string::npos);
        CHECK(all.ends_with("\"hello\""));
    }
}

TEST_CASE("handlers that take too long: those that block are answered for") {
    ended = 0;
    Served server(add_routes, {"--no-access-log"}, limited());
    auto begin = Clock::now();
    std::string answer = get(server.port, "/block/1000");
    CHECK(answer.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
    CHECK(answer.ends_with(timeout));
    CHECK(answer.find("connection: close\r\n") != std::string::npos);
    CHECK(Clock::now() - begin > 290ms);
    Client early(server.port); // is told in time; the connection ends with the handler
    auto asked = Clock::now();
    early.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /block/1000 HTTP/1.1\r\nHost: a\r\n\r\n" + request("/hello"));
    std::string first = early.read_until(timeout);
    CHECK(Clock::now() - asked < 900ms);
    CHECK(first.find("\"hello\"") < first.find("504"));
    CHECK(early.rest() == first); // nothing behind it
    CHECK(early.over);
    CHECK(becomes(server.port, "2")); // they have run to their end
    CHECK(get(server.port, "/block/1").ends_with("\"blocked\""));
    CHECK(get(server.port, "/block/as/it/likes").ends_with("\"blocked\""));
    CHECK(get(server.port, "/block/600", "HEAD").ends_with("connection: close\r\n\r\n"));

    std::vector<std::unique_ptr<Client>> many;
    for (int i = 0; i < 40; ++i) {
        many.push_back(std::make_unique<Client>(server.port));
        many.back()->send(request(i % 2 ? "/block/500" : "/block/20"));
    }
    for (int i = 0; i < 40; ++i) CHECK(many[static_cast<std::size_t>(i)]->rest().ends_with(i % 2 ? timeout : "\"blocked\""));
}

TEST_CASE("handlers that take too long: uploads") {
    ended = 0;
    Served server(add_routes, {"--no-access-log"}, limited());
    int count = 0;
    for (const char* path : {"/upload", "/upload/block"}) {
        CAPTURE(path);
        Client client(server.port);
        client.send(detail::concat({"POST ", path, " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nsome"}));
        CHECK(client.rest().ends_with(timeout));
        CHECK(becomes(server.port, std::to_string(++count)));
    }
}
