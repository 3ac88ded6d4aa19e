// Middleware: functions, coroutines and classes with hooks, round every kind of answer; in process and over sockets.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fastapi/fastapi.hpp"
#include "served.hpp"
#include "socket_client.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

namespace {

struct Boom : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::atomic<int> torn_down{0};
std::atomic<int> frames{0};
struct Frame {
    Frame() { ++frames; }
    ~Frame() { --frames; }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;
};

Generator<int> resource() {
    int value = 7;
    co_yield value;
    ++torn_down;
}
Generator<std::string> lines() {
    for (int i = 0; i < 3; ++i) {
        co_await fastapi::sleep(1ms);
        std::string line = "line " + std::to_string(i) + "\n";
        co_yield line;
    }
}

void add_routes(FastAPI& app) {
    app.get("/now", [] { return "now"; });
    app.get("/slow", []() -> Task<std::string> {
        Frame frame;
        co_await fastapi::sleep(3ms);
        co_return "slow";
    });
    app.get("/long", []() -> Task<std::string> {
        Frame frame;
        co_await fastapi::sleep(60s);
        co_return "long";
    });
    app.get("/frames", [] { return frames.load(); });
    app.get("/ready", []() -> Task<std::string> { co_return "ready"; });
    app.get("/resource", [](Depends<resource> value, const Request& request) { return std::to_string(*value) + std::string(request.path()); });
    app.get("/resource/slow", [](Depends<resource> value, const Request& request) -> Task<std::string> {
        co_await fastapi::sleep(1ms);
        co_return std::to_string(*value) + std::string(request.path());
    });
    app.get("/stream", [] { return StreamingResponse(lines(), 200, {}, "text/plain"); });
    app.get("/yield", []() -> Generator<int> {
        for (int i = 0; i < 3; ++i) co_yield i;
    });
    app.get("/file", [] { return FileResponse("/etc/passwd", {.media_type = "text/plain"}); });
    app.get("/boom", []() -> std::string { throw Boom("boom"); });
    app.get("/boom/slow", []() -> Task<std::string> {
        co_await fastapi::sleep(1ms);
        throw Boom("slow");
    });
    app.get("/limited", []() -> Task<std::string> {
        Frame frame;
        co_await fastapi::sleep(60s);
        co_return "never";
    }, {.handler_timeout_ms = 30});
    app.post("/upload", [](RequestStream stream) -> Task<std::size_t> {
        std::size_t size = 0;
        while (auto piece = co_await stream.next()) size += piece->size();
        co_return size;
    });
    app.post("/upload/block", [](RequestStream stream) {
        std::size_t size = 0;
        for (std::string_view piece : stream) size += piece.size();
        return size;
    });
    app.websocket("/ws", [](WebSocket& socket) {
        socket.accept();
        socket.send_text("hello");
    });
}

Response blocking(Request& request, CallNext next) {
    Response response = next(request);
    response.headers.append("x-trail", "blocking");
    return response;
}
Task<Response> waiting(Request& request, CallNext next) {
    Frame frame;
    co_await fastapi::sleep(1ms);
    Response response = co_await next(request);
    response.headers.append("x-trail", "waiting");
    co_return response;
}
Task<Response> passing(Request& request, CallNext next) {
    Response response = co_await next(request);
    response.headers.append("x-trail", "passing");
    co_return response;
}
struct Hooks {
    struct Options {
        std::string name = "hooks";
    };
    explicit Hooks(Options given) : options(std::move(given)) {}
    void after(const Request&, Response& response) const { response.headers.append("x-trail", options.name); }
    Options options;
};

std::string values(const Headers& headers, std::string_view wanted) {
    std::string out;
    for (const auto& [name, value] : headers)
        if (name == wanted) out += (out.empty() ? "" : " ") + value;
    return out;
}

// The same routes round which the four kinds stand in an order.
void add_layers(FastAPI& app, std::string_view kinds) {
    for (char kind : kinds) {
        if (kind == 'b') app.middleware(blocking);
        if (kind == 'w') app.middleware(waiting);
        if (kind == 'p') app.middleware(passing);
        if (kind == 'h') app.add_middleware<Hooks>();
    }
}
std::string expected_trail(std::string_view kinds) {
    std::string out;
    for (char kind : kinds)
        out += std::string(out.empty() ? "" : " ") + (kind == 'b' ? "blocking" : kind == 'w' ? "waiting" : kind == 'p' ? "passing" : "hooks");
    return out;
}

const std::vector<std::pair<std::string, std::string>> answers = {
    {"/now", "\"now\""},          {"/slow", "\"slow\""},    {"/ready", "\"ready\""},
    {"/resource", "\"7/resource\""}, {"/resource/slow", "\"7/resource/slow\""}, {"/stream", "line 0\nline 1\nline 2\n"},
    {"/yield", "0\n1\n2\n"},      {"/none", R"({"detail":"Not Found"})"},
};

std::string decoded(std::string_view body) { // of chunks
    std::string out;
    while (!body.empty()) {
        std::size_t size = std::stoul(std::string(body.substr(0, body.find('\r'))), nullptr, 16);
        body.remove_prefix(body.find('\n') + 1);
        out += body.substr(0, size);
        body.remove_prefix(size + 2);
    }
    return out;
}

struct Answer {
    int status = 0;
    std::string head;
    std::string body;
};
Answer ask(int port, std::string_view text) {
    SocketClient client(port);
    client.send(text);
    std::string all = client.rest();
    Answer answer;
    if (all.size() < 12) return answer;
    answer.status = std::stoi(all.substr(9, 3));
    std::size_t end = all.find("\r\n\r\n");
    answer.head = all.substr(0, end + 2);
    answer.body = all.substr(end + 4);
    if (answer.head.find("transfer-encoding: chunked") != std::string::npos) answer.body = decoded(answer.body);
    return answer;
}
Answer get(int port, std::string_view path) {
    return ask(port, "GET " + std::string(path) + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
}
std::string header_values(const std::string& head, std::string_view name) {
    std::string out;
    for (std::size_t at = 0; (at = head.find("\r\n" + std::string(name) + ": ", at)) != std::string::npos;) {
        at += name.size() + 4;
        out += (out.empty() ? "" : " ") + head.substr(at, head.find('\r', at) - at);
    }
    return out;
}

} // namespace

TEST_CASE("middleware: every order of every kind, in process") {
    for (std::string kinds : {"b", "w", "p", "h", "bw", "wb", "hw", "wh", "bh", "hb", "pp", "ww", "hwbp", "bphw", "wbhp", "hhbbww", "bpbpbp"}) {
        FastAPI app;
        add_routes(app);
        add_layers(app, kinds);
        TestClient client(app);
        for (const auto& [path, body] : answers) {
            INFO(kinds << " " << path);
            TestResponse response = client.get(path);
            CHECK(response.content == body);
            CHECK(values(response.headers, "x-trail") == expected_trail(kinds));
        }
        CHECK(client.post("/upload", {.pieces = {"abc", "de"}}).content == "5");
        CHECK(client.post("/upload/block", {.pieces = {"abc", "de"}}).content == "5");
        CHECK(client.get("/file").content.find("root") != std::string::npos);
        CHECK_THROWS_AS(client.get("/boom"), Boom);
        CHECK(frames == 0);
        auto session = client.websocket_connect("/ws");
        CHECK(session.receive_text() == "hello"); // which it does not see
    }
    CHECK(torn_down == 2 * 17);
}

TEST_CASE("middleware: every order of every kind, on a server") {
    static std::string kinds; // of the server that is being started
    for (std::string order : {"b", "w", "h", "bw", "wb", "hw", "wbhp", "bphw", "portable wbhp"}) {
        std::vector<std::string> options{"--no-access-log"};
        if (order.starts_with("portable ")) {
#if !defined(FASTAPI_COMPILED_LIB)
            continue; // is not in a header-only program
#endif
            options.insert(options.end(), {"--server", "portable"});
            order.erase(0, 9);
        }
        kinds = order;
        Served served([](FastAPI& app) {
            add_routes(app);
            add_layers(app, kinds);
        }, options);
        for (const auto& [path, body] : answers) {
            INFO(order << " " << path);
            Answer answer = get(served.port, path);
            CHECK(answer.body == body);
            CHECK(header_values(answer.head, "x-trail") == expected_trail(order));
        }
        std::string body = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
        for (std::string path : {"/upload", "/upload/block"}) {
            INFO(order << " " << path);
            SocketClient client(served.port);
            client.send("POST " + path + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n");
            client.send(body.substr(0, 7));
            std::this_thread::sleep_for(20ms);
            client.send(body.substr(7));
            CHECK(client.rest().ends_with("\r\n\r\n11"));
        }
        CHECK(get(served.port, "/file").body.find("root") != std::string::npos);
        CHECK(get(served.port, "/boom").status == 500);
        CHECK(header_values(get(served.port, "/boom").head, "x-trail").empty());
        CHECK(get(served.port, "/boom/slow").status == 500);
        CHECK(get(served.port, "/limited").status == 504);
        CHECK(get(served.port, "/frames").body == (order.find('w') == std::string::npos ? "0" : "1")); // its own
    }
}

TEST_CASE("middleware: a client that leaves ends the coroutines of its request") {
    for (bool wait : {false, true}) {
        Served served(wait ? [](FastAPI& app) { add_routes(app); app.add_middleware<MetricsMiddleware>(); add_layers(app, "wphw"); }
                           : [](FastAPI& app) { add_routes(app); add_layers(app, "php"); app.add_middleware<MetricsMiddleware>(); });
        {
            SocketClient client(served.port);
            client.send("GET /long HTTP/1.1\r\nhost: x\r\n\r\n");
            std::this_thread::sleep_for(100ms);
        }
        std::this_thread::sleep_for(100ms);
        CHECK(get(served.port, "/frames").body == (wait ? "2" : "0"));
        CHECK(get(served.port, "/metrics").body.find(R"(http_requests_total{method="GET",route="/long",status="499"} 1)") != std::string::npos);
    }
}

TEST_CASE("middleware: many at once wait without a thread each, pipelined requests keep their order") {
    Served served([](FastAPI& app) {
        add_routes(app);
        add_layers(app, "hwp");
    }, {"--no-access-log", "--threads", "2"});
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            SocketClient client(served.port);
            std::string wanted;
            for (int k = 0; k < 10; ++k) {
                client.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\nGET /now HTTP/1.1\r\nhost: x\r\n\r\n");
                client.received.clear();
                client.read_until("\"now\"");
                right += client.received.find("\"slow\"") < client.received.find("\"now\"");
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(right == 80);
}

TEST_CASE("middleware: it may answer itself, change the request and the body, and see exceptions") {
    FastAPI app;
    add_routes(app);
    app.middleware([](Request& request, CallNext next) -> Response {
        if (request.headers.contains("x-deny")) return JSONResponse(json{{"detail", "denied"}}, 403);
        if (request.headers.contains("x-file")) return FileResponse("/etc/passwd");
        return next(request);
    });
    app.middleware([](Request& request, CallNext next) -> Response {
        try {
            return next(request);
        } catch (const Boom& boom) {
            return PlainTextResponse(std::string("caught ") + boom.what(), 599);
        }
    });
    app.middleware([](Request& request, CallNext next) -> Task<Response> {
        Response response = co_await next(request);
        if (request.headers.contains("x-shout")) collect_body(response) += "!";
        co_return response;
    });
    TestClient client(app);
    CHECK(client.get("/now", {.headers = {{"x-deny", "1"}}}).status_code == 403);
    CHECK(client.get("/now", {.headers = {{"x-file", "1"}}}).content.find("root") != std::string::npos);
    CHECK(client.get("/boom").content == "caught boom");
    CHECK(client.get("/boom/slow").content == "caught slow");
    CHECK(client.get("/stream", {.headers = {{"x-shout", "1"}}}).content == "line 0\nline 1\nline 2\n!");
    // What a middleware throws and has an answer is answered.
    app.middleware([](Request& request, CallNext next) -> Response {
        if (request.headers.contains("x-throw")) throw HTTPException(401, "who");
        if (request.headers.contains("x-boom")) throw Boom("outside");
        return next(request);
    });
    CHECK(client.get("/now", {.headers = {{"x-throw", "1"}}}).status_code == 401);
    CHECK_THROWS_AS(client.get("/now", {.headers = {{"x-boom", "1"}}}), Boom);

    FastAPI wrong;
    add_routes(wrong);
    wrong.middleware([](Request& request, CallNext next) -> Task<Response> {
        Response response = next(request); // without co_await
        co_return response;
    });
    TestClient wrong_client(wrong);
    CHECK(wrong_client.get("/now").status_code == 200);
    CHECK_THROWS_AS(wrong_client.get("/slow"), std::logic_error);
}

TEST_CASE("middleware: classes with hooks see what fails, and handshakes") {
    struct Counting {
        std::atomic<int>* failures;
        explicit Counting(std::atomic<int>* count) : failures(count) {}
        bool before(Request& request, Response& response) const {
            if (!request.headers.contains("x-deny")) return true;
            response = PlainTextResponse("denied", 403);
            return false;
        }
        bool before_websocket(Request& request, Response& response) const { return before(request, response); }
        void failed(const Request&) const { ++*failures; }
    };
    std::atomic<int> failures{0};
    FastAPI app;
    add_routes(app);
    app.add_middleware<Counting>(&failures);
    TestClient client(app, {.raise_server_exceptions = false});
    CHECK(client.get("/boom").status_code == 500);
    CHECK(client.get("/boom/slow").status_code == 500);
    CHECK(client.get("/none").status_code == 404);
    CHECK(failures == 2);
    CHECK(client.get("/now", {.headers = {{"x-deny", "1"}}}).status_code == 403);
    CHECK_THROWS_AS(client.websocket_connect("/ws", {.headers = {{"x-deny", "1"}}}), WebSocketDenialResponse);
    CHECK(client.websocket_connect("/ws").receive_text() == "hello");
}
