// The application over real sockets: run() in a child process, raw bytes from here.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "fastapi/fastapi.hpp"

using namespace fastapi;
using Clock = std::chrono::steady_clock;

namespace {

struct Order {
    Field<std::string, MinLength(1)> name;
    Field<int, Ge(1)> count;
};

void add_routes(FastAPI& app) {
    app.get("/", [] { return json{{"message", "Hello World"}}; });
    app.get("/items/{item_id}", [](Path<int, "item_id"> id, Query<std::optional<std::string>, "q"> q) {
        return json{{"item_id", id}, {"q", q}};
    });
    app.post("/orders", [](Order order) { return order; }, {.status_code = 201});
    app.delete_("/orders/{id}", [](int) {}, {.status_code = 204});
    app.get("/slow", [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(400));
        return json{{"slow", true}};
    });
    app.get("/compute", [] {
        auto end = Clock::now() + std::chrono::milliseconds(100);
        while (Clock::now() < end) {}
        return json{{"done", true}};
    });
    app.get("/broken", []() -> json { throw std::runtime_error("secret of the database"); });
    app.get("/headers", [](Request& request) {
        json all = json::object();
        for (const auto& [name, value] : request.headers) all[std::string(name)] = std::string(value);
        return all;
    });
}

// run() in a child process; its standard output can be read here. Ended by SIGTERM, at the latest with this object.
class ServerProcess {
  public:
    explicit ServerProcess(std::vector<std::string> options = {}, std::size_t max_body = 1 << 20) {
        int out[2];
        REQUIRE(::pipe(out) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::dup2(out[1], 1);
            ::close(out[0]);
            ::alarm(120); // bounded in time, whatever happens to the parent
            FastAPIOptions settings;
            settings.limits.max_body_size = max_body;
            FastAPI app{settings};
            add_routes(app);
            std::vector<std::string> arguments{"server", "--port", "0"};
            arguments.insert(arguments.end(), options.begin(), options.end());
            std::vector<char*> argv;
            for (std::string& argument : arguments) argv.push_back(argument.data());
            ::_exit(app.run(static_cast<int>(argv.size()), argv.data()));
        }
        ::close(out[1]);
        output_ = out[0];
        std::string line = read_output("(press");
        std::size_t at = line.find("http://127.0.0.1:");
        if (at != std::string::npos) port = std::atoi(line.c_str() + at + 17);
    }
    ~ServerProcess() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(output_);
    }
    // What the server printed until a text comes, for five seconds at most.
    std::string read_output(const std::string& until) {
        std::string text;
        auto end = Clock::now() + std::chrono::seconds(5);
        while (text.find(until) == std::string::npos && Clock::now() < end) {
            pollfd one{output_, POLLIN, 0};
            if (::poll(&one, 1, 100) <= 0) continue;
            char buffer[4096];
            auto n = ::read(output_, buffer, sizeof buffer);
            if (n <= 0) break;
            text.append(buffer, static_cast<std::size_t>(n));
        }
        return text;
    }
    void signal(int number) const { ::kill(pid_, number); }
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    [[nodiscard]] bool alive() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    int port = 0;

  private:
    pid_t pid_ = 0;
    int output_ = -1;
};

class Connection {
  public:
    explicit Connection(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~Connection() { ::close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Sends all, or as much as the other side takes; reads what comes back meanwhile, so that nobody blocks.
    void send(std::string_view data) {
        ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
        auto end = Clock::now() + std::chrono::seconds(10);
        while (!data.empty() && Clock::now() < end) {
            pollfd one{fd_, POLLIN | POLLOUT, 0};
            ::poll(&one, 1, 1000);
            if (one.revents & POLLIN && !receive_some()) return;
            if (!(one.revents & POLLOUT)) continue;
            auto n = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN) return;
            if (n > 0) data.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    // Reads until the head and the announced body are there, or the connection ends.
    std::string answer(int milliseconds = 8000) {
        auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
        while (Clock::now() < end) {
            std::size_t size = complete();
            if (size > 0) {
                std::string one = received_.substr(0, size);
                received_.erase(0, size);
                return one;
            }
            pollfd one{fd_, POLLIN, 0};
            if (::poll(&one, 1, 50) > 0 && !receive_some()) break;
        }
        return std::exchange(received_, {});
    }
    // Whether the other side has closed, within a time.
    bool closed(int milliseconds = 3000) {
        auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
        while (Clock::now() < end) {
            pollfd one{fd_, POLLIN, 0};
            if (::poll(&one, 1, 50) > 0 && !receive_some()) return true;
        }
        return false;
    }
    bool head_only = false; // answers to HEAD
    bool connected = false;
    [[nodiscard]] const std::string& rest() const { return received_; }

  private:
    bool receive_some() {
        char buffer[65536];
        auto n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
        if (n > 0) received_.append(buffer, static_cast<std::size_t>(n));
        return n > 0 || (n < 0 && errno == EAGAIN);
    }
    [[nodiscard]] std::size_t complete() const {
        std::size_t head = received_.find("\r\n\r\n");
        if (head == std::string::npos) return 0;
        std::size_t length = 0;
        std::size_t at = std::min(received_.find("content-length: "), received_.find("Content-Length: "));
        if (at < head && !head_only) length = static_cast<std::size_t>(std::atol(received_.c_str() + at + 16));
        return received_.size() >= head + 4 + length ? head + 4 + length : 0;
    }
    int fd_;
    std::string received_;
};

std::string ask(int port, std::string_view request) {
    Connection connection(port);
    connection.send(request);
    return connection.answer();
}
int status_of(const std::string& answer) { return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0; }
std::string body_of(const std::string& answer) {
    std::size_t at = answer.find("\r\n\r\n");
    return at == std::string::npos ? "" : answer.substr(at + 4);
}
std::string post(std::string_view path, std::string_view body, std::string_view extra = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + std::string(extra) + "\r\n" + std::string(body);
}

} // namespace

TEST_CASE("server: answers over a socket, several on one connection") {
    ServerProcess server;
    REQUIRE(server.port > 0);
    Connection connection(server.port);
    connection.send("GET /items/42?q=x HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string first = connection.answer();
    CHECK(status_of(first) == 200);
    CHECK(body_of(first) == R"({"item_id":42,"q":"x"})");
    CHECK(first.find("content-type: application/json\r\n") != std::string::npos);
    CHECK(first.find("date: ") != std::string::npos);
    connection.send(post("/orders", R"({"name":"Tea","count":2})"));
    std::string second = connection.answer();
    CHECK(status_of(second) == 201);
    CHECK(body_of(second) == R"({"name":"Tea","count":2})");
    connection.send("GET /items/abc HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(status_of(connection.answer()) == 422);
    connection.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(body_of(connection.answer()) == R"({"detail":"Not Found"})");
    connection.send("DELETE /orders/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string none = connection.answer();
    CHECK(status_of(none) == 204);
    CHECK(none.find("ontent-length") == std::string::npos);
    connection.head_only = true;
    connection.send("HEAD /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(status_of(connection.answer()) == 200);
}

TEST_CASE("server: a POST without a length is answered at once") {
    ServerProcess server;
    auto begin = Clock::now();
    std::string answer = ask(server.port, "POST /orders HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(status_of(answer) == 422);
    CHECK(Clock::now() - begin < std::chrono::seconds(2));
}

TEST_CASE("server: requests whose end is not certain are refused, and the connection ends") {
    ServerProcess server;
    std::string hidden = "GET /items/7 HTTP/1.1\r\nHost: a\r\n\r\n";
    struct Case {
        std::string request;
        int status;
    };
    std::vector<Case> cases = {
        {"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, 400},
        {"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + hidden, 400},
        {"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 3x\r\n\r\nabc" + hidden, 400},
        {"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n" + hidden, 400},
        {"POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + hidden, 501},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\nX-B: c\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n folded\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413},
    };
    for (const Case& one : cases) {
        CAPTURE(one.request);
        Connection connection(server.port);
        connection.send(one.request);
        CHECK(status_of(connection.answer()) == one.status);
        CHECK(connection.closed());
        CHECK(connection.rest().find("item_id") == std::string::npos); // the hidden request was not served
    }
}

TEST_CASE("server: a GET may have a body, and it is no request") {
    ServerProcess server;
    std::string hidden = "GET /items/7 HTTP/1.1\r\nHost: a\r\n\r\n";
    Connection connection(server.port);
    connection.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" + hidden);
    CHECK(body_of(connection.answer()) == R"({"message":"Hello World"})");
    CHECK(!connection.closed(200));
    CHECK(connection.rest().empty());
}

TEST_CASE("server: a chunked body is read, and cut at the limit") {
    ServerProcess server;
    std::string head = "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string body = R"({"name":"Tea","count":2})";
    char size[16];
    std::snprintf(size, sizeof size, "%zx", body.size());
    CHECK(status_of(ask(server.port, head + size + "\r\n" + body + "\r\n0\r\n\r\n")) == 201);
    std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    Connection connection(server.port);
    std::string endless = head;
    for (int i = 0; i < 40; ++i) endless += chunk;
    connection.send(endless);
    CHECK(status_of(connection.answer()) == 413);
}

TEST_CASE("server: the library's own ideas are kept out: ranges, compression, decoding of bodies") {
    ServerProcess server;
    std::string ranged = ask(server.port, "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-3\r\nAccept-Encoding: br, gzip\r\n\r\n");
    CHECK(status_of(ranged) == 200);
    CHECK(body_of(ranged) == R"({"message":"Hello World"})");
    CHECK(ranged.find("ncoding") == std::string::npos);
    std::string headers = ask(server.port, "GET /headers HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\nX-Token: t%0d%0a\r\n\r\n");
    json seen = json::parse(body_of(headers));
    CHECK(seen["X-Token"] == "t%0d%0a"); // as sent: old versions of httplib decode it
    CHECK(seen["Accept-Encoding"] == "br");
    CHECK(!seen.contains("REMOTE_ADDR"));
    std::string multipart = "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Encoding: "
                            "gzip\r\nContent-Length: 5\r\n\r\n--x--";
    CHECK(status_of(ask(server.port, multipart)) == 422);
    std::string broken = ask(server.port, "GET /broken HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(status_of(broken) == 500);
    CHECK(broken.find("secret") == std::string::npos);
    CHECK(body_of(broken) == "Internal Server Error");
}

TEST_CASE("server: 40 silent clients delay nobody") {
    ServerProcess server;
    std::vector<std::unique_ptr<Connection>> silent;
    for (int i = 0; i < 40; ++i) silent.push_back(std::make_unique<Connection>(server.port));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ask(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    auto begin = Clock::now();
    std::string answer = ask(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
    CHECK(status_of(answer) == 200);
    CHECK(took < 50);
}

TEST_CASE("server: random bytes as bodies, targets and headers get a 4xx and harm nobody") {
    ServerProcess server({"--no-access-log"}, std::size_t{2} << 20);
    const char* wanted = std::getenv("FASTAPI_STRESS");
    int rounds = wanted ? std::atoi(wanted) : 100;
    std::mt19937_64 random(7);
    std::string noise(1 << 20, '\0');
    int wrong = 0;
    for (int i = 0; i < rounds; ++i) {
        for (std::size_t k = 0; k + 8 <= noise.size(); k += 8) {
            std::uint64_t word = random();
            std::memcpy(noise.data() + k, &word, 8);
        }
        std::string request;
        switch (i % 3) {
        case 0: request = post("/orders", noise); break;
        case 1: request = "GET /" + noise + " HTTP/1.1\r\nHost: a\r\n\r\n"; break;
        default: request = "GET / HTTP/1.1\r\nHost: a\r\nX-Noise: " + noise + "\r\n\r\n"; break;
        }
        int status = status_of(ask(server.port, request));
        if (status < 400 || status > 499) {
            ++wrong;
            MESSAGE("round " << i << ": status " << status);
        }
    }
    CHECK(wrong == 0);
    CHECK(server.alive());
    CHECK(status_of(ask(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")) == 200);
}

TEST_CASE("server: many clients at once") {
    ServerProcess server({"--no-access-log"});
    std::atomic<int> good{0};
    std::vector<std::thread> clients;
    for (int t = 0; t < 8; ++t) {
        clients.emplace_back([&, t] {
            Connection connection(server.port);
            for (int i = 0; i < 50; ++i) {
                std::string body = R"({"name":"c)" + std::to_string(t) + R"(","count":)" + std::to_string(i + 1) + "}";
                connection.send(post("/orders", body));
                if (body_of(connection.answer()) == body) ++good;
            }
        });
    }
    for (std::thread& client : clients) client.join();
    CHECK(good == 400);
}

TEST_CASE("server: SIGTERM lets the request in flight finish") {
    ServerProcess server;
    Connection connection(server.port);
    connection.send("GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    server.signal(SIGTERM);
    CHECK(body_of(connection.answer()) == R"({"slow":true})");
    CHECK(server.wait() == 0);
}

TEST_CASE("server: the access log has uvicorn's form, and no line can be forged in it") {
    ServerProcess server;
    ask(server.port, "GET /items/1?q=%0aINFO HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string log = server.read_output("OK\n");
    CHECK(log.find("\"GET /items/1?q=%0aINFO HTTP/1.1\" 200 OK\n") != std::string::npos);
    CHECK(log.find("INFO:     127.0.0.1:") != std::string::npos);
}

TEST_CASE("server: the access log as JSON, an object a line") {
    for (const char* kind : {"epoll", "portable"}) {
        ServerProcess server({"--access-log-format", "json", "--server", kind});
        ask(server.port, "GET /items/1?q=%0a HTTP/1.1\r\nHost: a\r\nUser-Agent: a\"b\r\n\r\n");
        std::string log = server.read_output("}\n");
        log = log.substr(log.find("{\"time\""));
        json line = parse_json(log.substr(0, log.find('\n')));
        CHECK(line["client"] == "127.0.0.1");
        CHECK(line["method"] == "GET");
        CHECK(line["target"] == "/items/1?q=%0a");
        CHECK(line["route"] == "/items/{item_id}");
        CHECK(line["status"] == 200);
        CHECK(line["duration_ms"].get<double>() > 0);
        CHECK(line["user_agent"] == "a\"b");
        CHECK(line["time"].get<std::string>().size() == 24);
        CHECK(!line.contains("request_id"));
    }
}

TEST_CASE("server: a port that is taken is said in a sentence") {
    ServerProcess first;
    std::string port = std::to_string(first.port);
    ServerProcess second({"--port", port});
    CHECK(second.port == 0);
    CHECK(second.wait() == 1);
}

TEST_CASE("server: handlers that compute get no more threads than help") {
    ServerProcess server({"--no-access-log"});
    REQUIRE(server.port > 0);
    auto threads = [&] {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator("/proc/" + std::to_string(server.pid()) + "/task")) ++count;
        return count;
    };
    std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::unique_ptr<Connection>> clients;
    for (std::size_t i = 0; i < 12 * processors; ++i) {
        clients.push_back(std::make_unique<Connection>(server.port));
        clients.back()->send("GET /compute HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }
    std::size_t most = 0;
    for (int i = 0; i < 40; ++i) {
        ::usleep(10000);
        most = std::max(most, threads());
    }
    CHECK(most <= 2 * processors + 7); // the acceptor, the clock, and those of a sanitizer among them
    for (const auto& client : clients) CHECK(status_of(client->answer()) == 200);
}
