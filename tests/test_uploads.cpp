// Request bodies that handlers read in pieces (RequestStream): in process and over sockets.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "fastapi/fastapi.hpp"
#include "sanitizers.hpp"
#include "served.hpp"
#include "socket_client.hpp"

using namespace fastapi;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

struct Sum {
    std::size_t size = 0;
    unsigned value = 0;
    void add(std::string_view piece) {
        size += piece.size();
        for (char c : piece) value = value * 31 + static_cast<unsigned char>(c);
    }
    [[nodiscard]] json report() const { return {{"size", size}, {"sum", value}}; }
};
std::string report_of(std::string_view body) {
    Sum sum;
    sum.add(body);
    return to_json_text(sum.report());
}

long memory_line(std::string_view name) { // kB
    std::FILE* file = std::fopen("/proc/self/status", "r");
    char line[256];
    long found = -1;
    while (std::fgets(line, sizeof line, file))
        if (std::string_view(line).starts_with(name)) found = std::atol(line + name.size() + 1);
    std::fclose(file);
    return found;
}

// The sanitizers keep memory that was given back.
#if TESTS_SANITIZED
constexpr long most_memory = 1000000; // kB
#else
constexpr long most_memory = 8000;
#endif

std::atomic<int> left{0};  // clients that did, as handlers saw it
std::atomic<int> ended{0}; // coroutines whose frames are gone
struct Frame {
    ~Frame() { ++ended; }
};

void add_routes(FastAPI& app) {
    app.get("/hello", [] { return "hello"; });
    app.get("/left", [] { return left.load(); });
    app.get("/ended", [] { return ended.load(); });
    app.get("/memory/begin", [] {
        if (std::FILE* file = std::fopen("/proc/self/clear_refs", "w")) {
            std::fputs("5", file);
            std::fclose(file);
        }
        return memory_line("VmRSS");
    });
    app.get("/memory/most", [] { return memory_line("VmHWM"); });
    app.post("/wait/{ms}", [](int ms, RequestStream stream) -> Task<json> {
        Frame frame;
        Sum sum;
        try {
            while (auto piece = co_await stream.next()) {
                sum.add(*piece);
                if (ms > 0) co_await fastapi::sleep(std::chrono::milliseconds(ms));
            }
        } catch (const ClientDisconnect&) {
            ++left;
            throw;
        }
        co_return sum.report();
    });
    app.post("/block/{ms}", [](int ms, RequestStream stream) {
        Frame frame;
        Sum sum;
        try {
            for (std::string_view piece : stream) {
                sum.add(piece);
                if (ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
            }
        } catch (const ClientDisconnect&) {
            ++left;
            throw;
        }
        return sum.report();
    });
    app.post("/large", [](RequestStream stream) -> Task<json> {
        Sum sum;
        while (auto piece = co_await stream.next()) sum.size += piece->size();
        co_return sum.report();
    }, {.max_body_size = std::size_t{4} << 30U});
    app.post("/large/block", [](RequestStream stream) {
        Sum sum;
        for (std::string_view piece : stream) sum.size += piece.size();
        return sum.report();
    }, {.max_body_size = std::size_t{4} << 30U});
    app.post("/first", [](RequestStream stream) -> Task<std::string> { // leaves the rest
        auto piece = co_await stream.next();
        co_return piece ? "some" : "none";
    });
    app.post("/none", [](RequestStream) { return "unread"; });
    app.post("/typed/{number}", [](Path<int, "number", Ge(1)> number, RequestStream stream) {
        std::string_view piece;
        while (stream.receive(piece)) {}
        return *number;
    });
    app.post("/whole", [](Request& request) {
        std::size_t pieces = 0;
        for (std::string_view piece : request.stream()) pieces += piece == request.body ? 1 : 100;
        return pieces;
    });
    app.post("/whole/wait", [](Request& request) -> Task<int> {
        int pieces = 0;
        auto stream = request.stream();
        while (auto piece = co_await stream.next()) pieces += *piece == request.body ? 1 : 100;
        co_return pieces;
    });
    app.post("/model", [](json body) { return body; });
}

class Client : public SocketClient {
  public:
    explicit Client(int port, int buffer = 0) : SocketClient(port, SO_SNDBUF, buffer) {}
    bool send(std::string_view text) const { return try_send(text); }
    void send_end() const { ::shutdown(fd_, SHUT_WR); }
    void reset_at_end() const { // what is on its way is thrown away
        linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    // How many bytes the socket takes in half a second.
    std::size_t push(std::string_view text) const {
        std::size_t sent = 0;
        for (auto end = Clock::now() + 500ms; Clock::now() < end && sent < text.size();) {
            auto n = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n > 0) sent += static_cast<std::size_t>(n);
            if (n <= 0) std::this_thread::sleep_for(20ms);
        }
        return sent;
    }
};

std::string head(std::string_view target, std::string_view more) { return detail::concat({"POST ", target, " HTTP/1.1\r\nHost: a\r\n", more, "\r\n"}); }
std::string with_length(std::string_view target, std::string_view body, std::string_view more = {}) {
    return head(target, "Content-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more)) + std::string(body);
}
std::string chunk(std::string_view text) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    return size + std::string(text) + "\r\n";
}
std::string in_chunks(std::string_view target, std::string_view body, std::size_t size, std::string_view more = {}) {
    std::string out = head(target, "Transfer-Encoding: chunked\r\n" + std::string(more));
    for (std::size_t at = 0; at < body.size(); at += size) out += chunk(body.substr(at, size));
    return out + "0\r\n\r\n";
}
std::string get(int port, std::string_view target) {
    Client client(port);
    client.send(detail::concat({"GET ", target, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}));
    std::string all = client.rest();
    return all.substr(all.find("\r\n\r\n") + 4);
}
bool becomes(int port, std::string_view target, std::string_view text) {
    for (int i = 0; i < 200; ++i) {
        if (get(port, target) == text) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}
std::size_t count(std::string_view all, std::string_view text) {
    std::size_t found = 0;
    for (std::size_t at = all.find(text); at != std::string_view::npos; at = all.find(text, at + 1)) ++found;
    return found;
}
std::string noise(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string out(size, ' ');
    for (char& c : out) c = static_cast<char>(random());
    return out;
}

FastAPIOptions small_limits() {
    FastAPIOptions settings;
    settings.limits.max_body_size = 100000;
    settings.limits.body_grace_ms = 300;
    settings.limits.min_body_rate = 1000;
    return settings;
}

} // namespace

TEST_CASE("request streams in process") {
    FastAPI app{small_limits()};
    add_routes(app);
    TestClient client{app, {.raise_server_exceptions = false}};
    for (const char* path : {"/wait/0", "/wait/1", "/block/0"}) {
        CAPTURE(path);
        CHECK(client.post(path, {.content = "some text"}).text() == report_of("some text"));
        CHECK(client.post(path, {.pieces = {"some", "", " te", "xt"}}).text() == report_of("some text"));
        CHECK(client.post(path).text() == report_of(""));
        CHECK(client.post(path, {.content = noise(100000, 1)}).text() == report_of(noise(100000, 1)));
        CHECK(client.post(path, {.content = std::string(100001, 'x')}).status_code == 413);
    }
    CHECK(client.post("/large", {.content = std::string(200000, 'x')}).json()["size"] == 200000);
    CHECK(client.post("/first", {.content = "a"}).json() == "some");
    CHECK(client.post("/first").json() == "none");
    CHECK(client.post("/none", {.content = "a"}).json() == "unread");
    CHECK(client.post("/typed/0", {.content = "a"}).status_code == 422);
    CHECK(client.post("/typed/2", {.content = "a"}).json() == 2);
    // Without a RequestStream the body is there before the handler is called, and is one piece.
    for (const char* path : {"/whole", "/whole/wait"}) {
        CHECK(client.post(path, {.content = "some text"}).json() == 1);
        CHECK(client.post(path, {.pieces = {"some", " text"}}).json() == 1);
        CHECK(client.post(path).json() == 0);
    }
    CHECK(client.get("/openapi.json").json()["paths"]["/large"]["post"].contains("requestBody") == false);
    auto limited = [&] { app.post("/wrong", [] { return 1; }, {.max_body_size = 5}); };
    CHECK_THROWS_WITH(limited(), "fastapi: the route \"/wrong\" has a max_body_size, which is for handlers that take a RequestStream or a form");
}

TEST_CASE("uploads: with a length and in chunks, cut anywhere, one behind the other") {
    Served server(add_routes, {"--no-access-log"}, small_limits());
    std::mt19937 random(11);
    const char* targets[] = {"/wait/0", "/block/0", "/wait/1", "/typed/1", "/none", "/first", "/model"};
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        std::string input;
        std::string expected;
        for (int i = 0; i < 6; ++i) {
            std::size_t which = random() % 7;
            std::string body = noise(random() % 4 == 0 ? random() % 60000 : random() % 40, static_cast<unsigned>(random()));
            bool chunked = random() % 2 == 0;
            if (which == 6) body = R"({"a":1})";
            std::string_view type = which == 6 ? "Content-Type: application/json\r\n" : "";
            input += chunked ? in_chunks(targets[which], body, 1 + random() % 5000, type) : with_length(targets[which], body, type);
            expected += which < 3    ? report_of(body)
                        : which == 3 ? "1"
                        : which == 4 ? "\"unread\""
                        : which == 5 ? (body.empty() ? "\"none\"" : "\"some\"")
                                     : body;
            if (random() % 3 == 0) {
                input += "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
                expected += "\"hello\"";
            }
        }
        input += "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        expected += "\"hello\"";
        Client client(server.port);
        std::thread sender([&] {
            unsigned seed = static_cast<unsigned>(round);
            std::mt19937 cuts(seed);
            for (std::size_t at = 0; at < input.size();) {
                std::size_t size = round % 3 == 0 ? input.size() : 1 + cuts() % (cuts() % 4 == 0 ? 20000 : 200);
                client.send(std::string_view(input).substr(at, size));
                at += size;
                if (cuts() % 20 == 0) std::this_thread::sleep_for(1ms);
            }
        });
        std::string all = client.rest();
        sender.join();
        CHECK(client.over);
        std::string bodies;
        for (std::size_t at = 0; (at = all.find("content-length: ", at)) != std::string::npos;) {
            auto size = static_cast<std::size_t>(std::atol(all.c_str() + at + 16));
            std::size_t begin = all.find("\r\n\r\n", at) + 4;
            bodies += all.substr(begin, size);
            at = begin + size;
        }
        CHECK(bodies == expected);
    }
}

TEST_CASE("uploads: 100 Continue is sent when the body is asked for") {
    Served server(add_routes, {"--no-access-log"}, small_limits());
    for (const char* path : {"/wait/0", "/block/0"}) {
        CAPTURE(path);
        Client client(server.port);
        client.send(head(path, "Content-Length: 4\r\nExpect: 100-continue\r\n"));
        CHECK(client.read_until("Continue\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
        client.send("textGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        std::string all = client.read_until("\"hello\"");
        CHECK(all.find(report_of("text")) != std::string::npos);
        CHECK(count(all, "100 Continue") == 1);
    }
    for (const char* path : {"/none", "/typed/0", "/missing"}) { // nobody asks
        CAPTURE(path);
        Client client(server.port);
        client.send(head(path, "Content-Length: 4\r\nExpect: 100-continue\r\n"));
        if (std::string_view(path) == "/missing") { // is no route that streams: it is read, as ever
            CHECK(client.read_until("Continue\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
            continue;
        }
        std::string all = client.rest();
        CHECK(count(all, "100 Continue") == 0);
        CHECK(all.find("connection: close\r\n") != std::string::npos);
        CHECK(client.over);
    }
    Client client(server.port); // it has come already
    client.send(with_length("/wait/0", "text", "Expect: 100-continue\r\nConnection: close\r\n"));
    CHECK(count(client.rest(), "100 Continue") == 0);
}

TEST_CASE("uploads: what is too large, malformed or too slow") {
    Served server(add_routes, {"--no-access-log"}, small_limits());
    auto answer = [&](const std::string& text) {
        Client client(server.port);
        client.send(text);
        return client.rest();
    };
    for (std::string path : {"/wait/0", "/block/0"}) {
        CAPTURE(path);
        CHECK(answer(head(path, "Content-Length: 100001\r\n")).starts_with("HTTP/1.1 413 "));
        CHECK(answer(in_chunks(path, std::string(100001, 'x'), 7000)).starts_with("HTTP/1.1 413 "));
        CHECK(answer(in_chunks(path, std::string(100000, 'x'), 7000, "Connection: close\r\n")).starts_with("HTTP/1.1 200 "));
        CHECK(answer(head(path, "Transfer-Encoding: chunked\r\n") + "4\r\ntext\r\nx").starts_with("HTTP/1.1 400 "));
        CHECK(answer(head(path, "Transfer-Encoding: chunked\r\n") + "4\r\ntextx").starts_with("HTTP/1.1 400 "));
        auto begin = Clock::now();
        CHECK(answer(head(path, "Content-Length: 10\r\n") + "text").starts_with("HTTP/1.1 408 "));
        CHECK(Clock::now() - begin > 250ms);
        CHECK(Clock::now() - begin < 5s);
        Client slow(server.port); // but not too slow
        slow.send(head(path, "Content-Length: 2000\r\nConnection: close\r\n"));
        for (int i = 0; i < 10; ++i) {
            slow.send(std::string(200, 'x'));
            std::this_thread::sleep_for(100ms);
        }
        CHECK(slow.rest().starts_with("HTTP/1.1 200 "));
    }
    CHECK(answer(in_chunks("/large", std::string(200000, 'x'), 7000, "Connection: close\r\n")).ends_with("{\"size\":200000,\"sum\":0}"));
    CHECK(answer(with_length("/large", std::string(200000, 'x'), "Connection: close\r\n")).ends_with("{\"size\":200000,\"sum\":0}"));
    // The others keep to the application's limit.
    CHECK(answer(head("/model", "Content-Length: 100001\r\n")).starts_with("HTTP/1.1 413 "));
    CHECK(answer(head("/large/none", "Content-Length: 100001\r\n")).starts_with("HTTP/1.1 413 "));
    CHECK(answer(in_chunks("/model", std::string(100001, 'x'), 7000)).starts_with("HTTP/1.1 413 "));
    CHECK(answer(head("/large", "Content-Length: 4294967297\r\n")).starts_with("HTTP/1.1 413 "));
}

TEST_CASE("uploads: malformed chunks are refused as everywhere else") {
    Served server(add_routes, {"--no-access-log"}, small_limits());
    std::mt19937 random(5);
    auto any = [&random](std::size_t below) { return static_cast<std::size_t>(random()) % below; };
    for (int round = 0; round < 150; ++round) {
        std::string body = in_chunks("/", noise(any(300), static_cast<unsigned>(round)), 1 + any(40));
        body.erase(0, body.find("\r\n\r\n") + 4);
        for (std::size_t i = 1 + any(3); i > 0; --i) {
            std::size_t at = any(body.size());
            switch (any(4)) {
            case 0: body.erase(at, 1 + any(4)); break;
            case 1: body.insert(at, 1, "0aF;\r\n \t-:"[any(10)]); break;
            case 2: body[at] = static_cast<char>(random()); break;
            default: body = body.substr(0, at) + body.substr(any(body.size())); break;
            }
            if (body.empty()) body = "x";
        }
        CAPTURE(body);
        std::string statuses[3];
        const char* targets[] = {"/whole", "/wait/0", "/block/0"};
        for (int i = 0; i < 3; ++i) {
            Client client(server.port);
            client.send(head(targets[i], "Transfer-Encoding: chunked\r\nConnection: close\r\n") + body);
            client.send_end();
            statuses[i] = client.rest().substr(0, 12);
            CHECK(client.over);
        }
        CHECK(statuses[1] == statuses[0]);
        CHECK(statuses[2] == statuses[0]);
    }
}

TEST_CASE("uploads: a handler that is slow slows its client down, and is not held against it") {
    Served server(add_routes, {"--no-access-log"}, [] {
        FastAPIOptions settings = small_limits();
        settings.limits.max_body_size = std::size_t{1} << 30U;
        return settings;
    }());
    for (std::string path : {"/wait/60", "/block/60"}) {
        CAPTURE(path);
        std::string body(64 << 20, 'x');
        Client client(server.port, 65536);
        client.send(head(path, "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n"));
        client.reset_at_end();
        CHECK(client.push(body) < body.size() / 4); // what sockets hold, and some pieces
    }
    for (std::string path : {"/wait/400", "/block/400"}) { // longer than the client may take
        Client client(server.port);
        client.send(head(path, "Content-Length: 12\r\nConnection: close\r\n"));
        for (int i = 0; i < 3; ++i) {
            client.send("text");
            std::this_thread::sleep_for(100ms);
        }
        CHECK(client.rest().ends_with(report_of("texttexttext")));
    }
}

TEST_CASE("uploads: a client that goes away") {
    left = ended = 0; // the server is a copy of this process
    Served server(add_routes, {"--no-access-log"}, small_limits());
    int gone = 0;
    for (std::string path : {"/wait/0", "/block/0", "/wait/30", "/block/30"}) {
        for (bool chunked : {false, true}) {
            CAPTURE(path);
            {
                Client client(server.port);
                client.send(head(path, chunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: 1000\r\n") + (chunked ? "4\r\ntext\r\n" : "text"));
                std::this_thread::sleep_for(20ms);
            }
            CHECK(becomes(server.port, "/left", std::to_string(++gone)));
            CHECK(becomes(server.port, "/ended", std::to_string(gone)));
        }
    }
    {
        Client client(server.port);
        client.send(with_length("/wait/5000", "text")); // all is there, and the coroutine waits for something else
        std::this_thread::sleep_for(50ms);
    }
    CHECK(becomes(server.port, "/ended", std::to_string(gone + 1))); // it is destroyed there
    CHECK(get(server.port, "/left") == std::to_string(gone));
}

TEST_CASE("uploads: a rest that nobody reads") {
    Served server(add_routes, {"--no-access-log"}, small_limits());
    for (std::string path : {"/none", "/first"}) {
        CAPTURE(path);
        Client client(server.port); // short, and there: the connection goes on
        client.send(with_length(path, std::string(5000, 'x')) + in_chunks(path, std::string(5000, 'x'), 100) + "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        std::string all = client.read_until("\"hello\"");
        CHECK(all.find("\"hello\"") != std::string::npos);
        CHECK(count(all, "200 OK") == 3);
        Client later(server.port); // the answer does not wait for it
        later.send(head(path, "Content-Length: 5000\r\n") + "some");
        CHECK(later.read_until("\r\n\r\n\"").find("connection: close") == std::string::npos);
        later.send(std::string(4996, 'x') + "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(later.read_until("\"hello\"").find("\"hello\"") != std::string::npos);
        Client missing(server.port); // it does not come
        missing.send(head(path, "Transfer-Encoding: chunked\r\n") + chunk("some"));
        auto begin = Clock::now();
        CHECK(missing.rest().starts_with("HTTP/1.1 200 OK"));
        CHECK(missing.over);
        CHECK(Clock::now() - begin < 5s);
        Client much(server.port); // it is too much
        much.send(head(path, "Transfer-Encoding: chunked\r\n") + chunk("some"));
        much.read_until("\r\n\r\n\"");
        for (int i = 0; i < 20; ++i) much.send(chunk(std::string(20000, 'x')));
        CHECK(count(much.rest(), "HTTP/1.1") == 1);
        CHECK(much.over);
    }
    Served large(add_routes, {"--no-access-log"});
    Client client(large.port); // the answer reaches a client that is still sending
    std::thread sender([&] { client.send(with_length("/none", std::string(8 << 20, 'x'))); });
    std::string all = client.rest();
    sender.join();
    CHECK(all.starts_with("HTTP/1.1 200 OK"));
    CHECK(all.ends_with("\"unread\""));
}

TEST_CASE("uploads: many that wait hold no thread") {
    Served server(add_routes, {"--no-access-log", "--threads", "3"});
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(std::make_unique<Client>(server.port));
        clients.back()->send(head("/wait/0", "Content-Length: 8\r\nConnection: close\r\n") + "some");
    }
    CHECK(get(server.port, "/hello") == "\"hello\"");
    for (auto& client : clients) client->send("text");
    for (auto& client : clients) CHECK(client->rest().ends_with(report_of("sometext")));
}

TEST_CASE("uploads: memory stays small") {
    Served server(add_routes, {"--no-access-log"});
    constexpr std::size_t pieces = 300;
    std::string piece(1000000, 'x');
    for (std::string path : {"/large", "/large/block"}) {
        CAPTURE(path);
        long before = std::atol(get(server.port, "/memory/begin").c_str());
        Client client(server.port);
        client.send(head(path, "Content-Length: " + std::to_string(piece.size() * pieces) + "\r\nConnection: close\r\n"));
        for (std::size_t i = 0; i < pieces; ++i) REQUIRE(client.send(piece));
        CHECK(client.rest().ends_with("{\"size\":" + std::to_string(piece.size() * pieces) + ",\"sum\":0}"));
        long most = std::atol(get(server.port, "/memory/most").c_str());
        CHECK(most - before < most_memory);
    }
}

TEST_CASE("uploads: the portable server gives a body as one piece") {
    Served server(add_routes, {"--no-access-log", "--server", "portable"});
    for (std::string path : {"/wait/0", "/block/0"}) {
        Client client(server.port);
        client.send(with_length(path, "some text") + in_chunks(path, "some text", 2) + "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        CHECK(count(client.rest(), report_of("some text")) == 2);
    }
}
