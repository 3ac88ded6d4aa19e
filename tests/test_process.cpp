// The processes of run(): workers and their supervisor, sockets of all kinds, restarts, stops and limits.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "fastapi/fastapi.hpp"
#include "sanitizers.hpp"

using namespace fastapi;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

int serve(int argc, char** argv) {
    FastAPI app;
    app.get("/", [] { return json{{"message", "Hello World"}}; });
    app.get("/pid", [] { return static_cast<int>(::getpid()); });
    app.get("/slow", [] {
        std::this_thread::sleep_for(milliseconds(300));
        return json{{"slow", true}};
    });
    app.get("/thread", []() -> Task<json> {
        bool other = co_await run_in_thread([] { return std::this_thread::get_id(); }) != std::this_thread::get_id();
        co_return json{{"other", other}};
    });
    if (::getenv("FASTAPI_THREADS_BEFORE")) { // as a program may that prepares something
        run_until_complete([]() -> Task<> { co_await run_in_thread([] {}); }());
        ::usleep(100000); // the thread rests: the address sanitizer's locks are not free in a child that is forked while it works
    }
    app.get("/die", []() -> int { ::_exit(3); });
    app.get("/counters", [&app] {
        ServerCounters counters = app.server_counters();
        return json{{"open", counters.open},           {"accepted", counters.accepted}, {"requests", counters.requests},
                    {"refused", counters.refused},     {"syntax", counters.refused_syntax}, {"received", counters.bytes_received},
                    {"sent", counters.bytes_sent},     {"turned_away", counters.turned_away}, {"client", counters.turned_away_client},
                    {"head", counters.timed_out_head}, {"timed_out", counters.timed_out}};
    });
    return app.run(argc, argv);
}

// A process of its own, so that it can be started anew: this program, told by a variable to serve.
class ServerProcess {
  public:
    explicit ServerProcess(std::vector<std::string> options = {}, int inherited = -1, bool from_systemd = false) {
        int out[2];
        REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
        std::vector<std::string> arguments{"/proc/self/exe", "-tc=process: the server itself", "--no-access-log"};
        bool has_place = inherited >= 0;
        for (const std::string& option : options) {
            arguments.push_back(option);
            has_place = has_place || option == "--port" || option == "--uds";
        }
        if (!has_place) arguments.insert(arguments.end(), {"--port", "0"});
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        pid = ::fork();
        REQUIRE(pid >= 0);
        if (pid == 0) {
            ::dup2(out[1], 1);
            ::dup2(out[1], 2);
            ::alarm(20); // bounded in time, whatever happens to the parent
            ::setenv("FASTAPI_SERVE_INSTEAD", "1", 1);
            if (inherited >= 0 && inherited != 3) ::dup2(inherited, 3);
            if (inherited >= 0) ::fcntl(3, F_SETFD, 0);
            if (from_systemd) {
                ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
                ::setenv("LISTEN_FDS", "1", 1);
            }
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
        ::close(out[1]);
        output_ = out[0];
        printed = read_output("(press");
        std::size_t at = printed.rfind(':', printed.find(" (press"));
        if (at != std::string::npos && printed.find("(press") != std::string::npos) port = std::atoi(printed.c_str() + at + 1);
    }
    ~ServerProcess() {
        for (int child : children()) ::kill(child, SIGKILL);
        if (pid > 0) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
        if (successor > 0) ::kill(successor, SIGKILL);
        ::close(output_);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    std::string read_output(const std::string& until, int most = 8000) {
        std::string text;
        auto end = Clock::now() + milliseconds(most);
        while (text.find(until) == std::string::npos && Clock::now() < end) {
            pollfd one{output_, POLLIN, 0};
            if (::poll(&one, 1, 50) <= 0) continue;
            char buffer[4096];
            auto n = ::read(output_, buffer, sizeof buffer);
            if (n <= 0) break;
            text.append(buffer, static_cast<std::size_t>(n));
        }
        return text;
    }
    [[nodiscard]] std::vector<int> children() const {
        std::string id = std::to_string(pid);
        std::istringstream text(pid > 0 ? file_text("/proc/" + id + "/task/" + id + "/children") : "");
        std::vector<int> all;
        for (int child = 0; text >> child;) all.push_back(child);
        return all;
    }
    // The exit status; -1 when it died of a signal, -2 when it does not end in time.
    int wait(int most = 6000) {
        int status = 0;
        for (auto end = Clock::now() + milliseconds(most); Clock::now() < end; ::usleep(5000)) {
            if (::waitpid(pid, &status, WNOHANG) == 0) continue;
            pid = 0;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        return -2;
    }
    pid_t pid = 0;
    pid_t successor = 0;
    int port = 0;
    std::string printed;

  private:
    int output_ = -1;
};

class Client {
  public:
    explicit Client(int port, const char* from = nullptr) : from_(from) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    explicit Client(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path.begin(), path.end(), address.sun_path);
        connect(reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    Client(const sockaddr* address, socklen_t size) { connect(address, size); }
    ~Client() { ::close(fd_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // The whole answer, or what there is of it when the connection ends.
    std::string ask(std::string_view path) {
        std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        [[maybe_unused]] auto n = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
        return answer();
    }
    void send(std::string_view text) { [[maybe_unused]] auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
    std::string answer() {
        std::string all;
        whole = false;
        for (;;) {
            std::size_t head = all.find("\r\n\r\n");
            if (head != std::string::npos) {
                for (std::size_t i = 0; i < head; ++i) all[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(all[i])));
                std::size_t at = all.find("content-length: ");
                std::size_t length = at < head ? static_cast<std::size_t>(std::atol(all.c_str() + at + 16)) : 0;
                whole = all.size() >= head + 4 + length;
                closes = all.find("connection: close\r\n") < head;
                if (whole) return all;
            }
            char buffer[4096];
            auto received = ::recv(fd_, buffer, sizeof buffer, 0);
            if (received <= 0) return all;
            all.append(buffer, static_cast<std::size_t>(received));
        }
    }
    bool connected = false;
    bool whole = false;
    bool closes = false;

  private:
    void connect(const sockaddr* address, socklen_t size) {
        fd_ = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval timeout{5, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        sockaddr_in own{};
        own.sin_family = AF_INET;
        if (from_ && ::inet_pton(AF_INET, from_, &own.sin_addr) == 1) ::bind(fd_, reinterpret_cast<sockaddr*>(&own), sizeof own);
        connected = ::connect(fd_, address, size) == 0;
    }
    int fd_ = -1;
    const char* from_ = nullptr;
};

std::string body_of(const std::string& answer) {
    std::size_t at = answer.find("\r\n\r\n");
    return at == std::string::npos ? "" : answer.substr(at + 4);
}
int status_of(const std::string& answer) { return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0; }

// Clients that ask without a pause, on connections that they keep for some requests.
struct Load {
    Load(int port, int count, bool until_refused = false) {
        for (int i = 0; i < count; ++i) threads_.emplace_back([this, port, until_refused] { run(port, until_refused); });
    }
    ~Load() { end(); }
    void end() {
        over_ = true;
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }
    std::atomic<int> answered{0};
    std::atomic<int> failed{0};  // asked, and not answered
    std::atomic<int> refused{0}; // no connection

  private:
    void run(int port, bool until_refused) {
        while (!over_) {
            Client client(port);
            if (!client.connected) {
                ++refused;
                if (until_refused) return;
                std::this_thread::sleep_for(milliseconds(5));
                continue;
            }
            bool idle = false; // for so long that the server may have ended the connection
            for (int i = 0; i < 20 && !over_; ++i) {
                auto begin = Clock::now();
                std::string answer = client.ask("/pid");
                if (!client.whole || status_of(answer) != 200) {
                    if (i > 0 && idle && answer.empty()) break;
                    ++failed;
                    break;
                }
                ++answered;
                idle = Clock::now() - begin > milliseconds(60);
                if (client.closes) break;
            }
        }
    }
    std::atomic<bool> over_{false};
    std::vector<std::thread> threads_;
};

// One of the server's counters; -1 when it did not answer.
int counter(Client&& client, const char* name) {
    json all = json::parse(body_of(client.ask("/counters")), nullptr, false);
    return all.is_object() ? all.value(name, -1) : -1;
}

template <class F>
bool within(int most, F&& holds) {
    for (auto end = Clock::now() + milliseconds(most); Clock::now() < end; ::usleep(10000))
        if (holds()) return true;
    return holds();
}

std::string temporary(const char* name) { return "/tmp/fastapi-" + std::to_string(::getpid()) + "-" + name; }

} // namespace

TEST_CASE("process: the server itself") {
    if (!::getenv("FASTAPI_SERVE_INSTEAD")) return;
    for (int number : {SIGINT, SIGTERM}) ::signal(number, SIG_DFL); // doctest's handlers are for a test that crashes
    ::alarm(20);
    std::string line = file_text("/proc/self/cmdline");
    std::vector<std::string> arguments;
    for (std::size_t at = 0; at < line.size(); at += arguments.back().size() + 1) arguments.emplace_back(line.c_str() + at);
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        if (&argument != &arguments[1]) argv.push_back(argument.data());
    std::exit(serve(static_cast<int>(argv.size()), argv.data()));
}

TEST_CASE("process: SIGTERM under 64 busy clients leaves no request unanswered") {
    ServerProcess server;
    REQUIRE(server.port > 0);
    Load load(server.port, 64, true);
    REQUIRE(within(5000, [&] { return load.answered > 2000; }));
    ::kill(server.pid, SIGTERM);
    CHECK(server.wait() == 0);
    load.end();
    CHECK(load.failed == 0);
    CHECK(load.refused > 0);
    CHECK(server.read_output("Stopped").find("Stopped") != std::string::npos);
}

TEST_CASE("process: a deadline for the graceful stop") {
    ServerProcess server({"--timeout-graceful-shutdown", "0"});
    Client client(server.port);
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    ::usleep(50000);
    auto begin = Clock::now();
    ::kill(server.pid, SIGTERM);
    CHECK(server.wait(3000) == 0);
    CHECK(Clock::now() - begin < milliseconds(1500));
}

TEST_CASE("process: of four workers one is killed: only its requests are lost, and another takes its place") {
    ServerProcess server({"--workers", "4"});
    REQUIRE(server.port > 0);
    REQUIRE(within(4000, [&] { return server.children().size() == 4; }));
    Load load(server.port, 8);
    REQUIRE(within(4000, [&] { return load.answered > 500; }));
    CHECK(load.failed == 0);
    int victim = server.children()[1];
    ::kill(victim, SIGKILL);
    CHECK(within(1000, [&] {
        std::vector<int> now = server.children();
        return now.size() == 4 && std::find(now.begin(), now.end(), victim) == now.end();
    }));
    int lost = load.failed;
    CHECK(lost <= 8);
    int before = load.answered;
    CHECK(within(3000, [&] { return load.answered > before + 500; }));
    CHECK(load.failed == lost);
    CHECK(load.refused == 0);
    load.end();
    ::kill(server.pid, SIGTERM);
    CHECK(server.wait() == 0);
    CHECK(!Client(server.port).connected);
}

TEST_CASE("process: workers answer what they have on SIGTERM, also when each gets it twice") {
    ServerProcess server({"--workers", "2"});
    Client slow(server.port);
    slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    ::usleep(100000);
    for (int child : server.children()) ::kill(child, SIGTERM); // as systemd does, to all processes of a service
    ::kill(server.pid, SIGTERM);
    ::usleep(20000);
    ::kill(server.pid, SIGTERM);
    CHECK(body_of(slow.answer()) == R"({"slow":true})");
    CHECK(server.wait() == 0);
    // SIGINT as the second one is for those in a hurry.
    for (const char* count : {"1", "2"}) {
        ServerProcess other({"--workers", count});
        Client client(other.port);
        client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        ::usleep(100000);
        auto begin = Clock::now();
        ::kill(other.pid, SIGTERM);
        ::usleep(20000);
        ::kill(other.pid, SIGINT);
        CHECK(other.wait() == 130);
        CHECK(Clock::now() - begin < milliseconds(200));
    }
}

TEST_CASE("process: workers that die at once are replaced more and more slowly; a hang-up is passed on") {
    ServerProcess server({"--workers", "1"}); // one is no worker: no supervisor
    CHECK(server.children().empty());
    ServerProcess two({"--workers", "2"});
    REQUIRE(within(4000, [&] { return two.children().size() == 2; }));
    std::vector<int> before = two.children();
    ::kill(two.pid, SIGHUP);
    ::usleep(100000);
    CHECK(two.children() == before);
    int killed = 0;
    for (auto end = Clock::now() + milliseconds(1500); Clock::now() < end; ::usleep(5000)) {
        for (int child : two.children()) {
            ::kill(child, SIGKILL);
            ++killed;
        }
    }
    CHECK(killed >= 4);
    CHECK(killed <= 30);
    CHECK(within(4000, [&] { return status_of(Client(two.port).ask("/")) == 200; }));
}

TEST_CASE("process: workers end when their supervisor dies") {
    ServerProcess server({"--workers", "2"});
    REQUIRE(within(4000, [&] { return server.children().size() == 2; }));
    REQUIRE(status_of(Client(server.port).ask("/")) == 200);
    std::vector<int> workers = server.children();
    ::kill(server.pid, SIGKILL);
    CHECK(server.wait() == -1);
    CHECK(within(3000, [&] { return !Client(server.port).connected; }));
}

TEST_CASE("process: a restart under load fails no request") {
    for (std::vector<std::string> options : {std::vector<std::string>{}, {"--workers", "2"}, {"--server", "portable", "--workers=1"}}) {
        CAPTURE(options.size());
        ServerProcess server(options);
        REQUIRE(server.port > 0);
        Load load(server.port, 8);
        REQUIRE(within(4000, [&] { return load.answered > 300; }));
        ::kill(server.pid, SIGUSR2);
        std::string said = server.read_output("in place of this one");
        std::size_t at = said.find("Started process [");
        REQUIRE(at != std::string::npos);
        server.successor = std::atoi(said.c_str() + at + 17);
        CHECK(server.wait() == 0);
        int before = load.answered;
        CHECK(within(4000, [&] { return load.answered > before + 300; }));
        load.end();
        CHECK(load.failed == 0);
        CHECK(load.refused == 0);
        if (options.empty()) CHECK(body_of(Client(server.port).ask("/pid")) == std::to_string(server.successor));
        ::kill(server.successor, SIGTERM);
        CHECK(within(4000, [&] { return !Client(server.port).connected; }));
        CHECK(within(4000, [&] { return ::kill(server.successor, 0) != 0 || file_text("/proc/" + std::to_string(server.successor) + "/cmdline").empty(); }));
    }
}

TEST_CASE("process: a Unix socket") {
    std::string path = temporary("socket");
    {
        ServerProcess server({"--uds", path});
        CHECK(server.printed.find("on unix socket " + path + " (press") != std::string::npos);
        CHECK(body_of(Client(path).ask("/")) == R"({"message":"Hello World"})");
        struct stat file {};
        REQUIRE(::stat(path.c_str(), &file) == 0);
        CHECK((file.st_mode & 0777U) == 0666);
        ServerProcess second({"--uds", path});
        CHECK(second.printed.find("another program listens there") != std::string::npos);
        CHECK(second.wait() == 1);
        ::kill(server.pid, SIGKILL); // leaves its file behind
        CHECK(server.wait() == -1);
        REQUIRE(::chmod(path.c_str(), 0600) == 0);
    }
    {
        ServerProcess server({"--uds", path});
        CHECK(status_of(Client(path).ask("/")) == 200);
        struct stat file {};
        REQUIRE(::stat(path.c_str(), &file) == 0);
        CHECK((file.st_mode & 0777U) == 0600);
        // A restart keeps the file, the end removes it.
        ::kill(server.pid, SIGUSR2);
        std::string said = server.read_output("in place of this one");
        std::size_t at = said.find("Started process [");
        REQUIRE(at != std::string::npos);
        server.successor = std::atoi(said.c_str() + at + 17);
        CHECK(server.wait() == 0);
        CHECK(body_of(Client(path).ask("/pid")) == std::to_string(server.successor));
        ::kill(server.successor, SIGTERM);
        CHECK(within(3000, [&] { return ::access(path.c_str(), F_OK) != 0; }));
    }
    std::ofstream(path) << "precious";
    ServerProcess third({"--uds", path});
    CHECK(third.printed.find("a file is there that is no socket") != std::string::npos);
    CHECK(third.wait() == 1);
    CHECK(file_text(path) == "precious");
    ::unlink(path.c_str());
    ServerProcess fourth({"--uds", "/tmp/" + std::string(200, 'a')});
    CHECK(fourth.printed.find("a path of 1 to 107 bytes") != std::string::npos);
}

TEST_CASE("process: IPv6") {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    int probe = ::socket(AF_INET6, SOCK_STREAM, 0);
    bool there = probe >= 0 && ::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    if (!there) return;
    for (const char* host : {"::1", "::", "[::1]"}) {
        CAPTURE(host);
        ServerProcess server({"--host", host});
        std::string bare = *host == '[' ? "::1" : host;
        CHECK(server.printed.find("http://[" + bare + "]:") != std::string::npos);
        address.sin6_port = htons(static_cast<std::uint16_t>(server.port));
        CHECK(status_of(Client(reinterpret_cast<sockaddr*>(&address), sizeof address).ask("/")) == 200);
        CHECK(Client(server.port).connected == (bare == "::")); // both, when it is every interface
    }
}

TEST_CASE("process: sockets that are inherited") {
    for (bool from_systemd : {false, true}) {
        CAPTURE(from_systemd);
        int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        socklen_t size = sizeof address;
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
        if (from_systemd) REQUIRE(::listen(socket, 10) == 0);
        ServerProcess server(from_systemd ? std::vector<std::string>{} : std::vector<std::string>{"--fd", "3"}, socket, from_systemd);
        CHECK(server.port == ntohs(address.sin_port));
        CHECK(server.printed.find("http://127.0.0.1:") != std::string::npos);
        CHECK(status_of(Client(server.port).ask("/")) == 200);
        ::kill(server.pid, SIGTERM);
        CHECK(server.wait() == 0);
        CHECK(Client(ntohs(address.sin_port)).connected); // the socket is whole: who else has it may serve
        ::close(socket);
    }
    ServerProcess wrong({"--fd", "77"}, 0);
    CHECK(wrong.printed.find("file descriptor 77 is no stream socket") != std::string::npos);
    CHECK(wrong.wait() == 1);
}

TEST_CASE("process: a port that is taken, and options that are wrong") {
    ServerProcess first({"--workers", "2"});
    ServerProcess second({"--port", std::to_string(first.port), "--workers", "2"});
    CHECK(second.printed.find("the port is taken") != std::string::npos);
    CHECK(second.wait() == 1);
    ServerProcess wrong({"--workers", "0"});
    CHECK(wrong.printed.find("--workers needs a number from 1 to 1000, not \"0\"") != std::string::npos);
    CHECK(wrong.wait() == 2);
}

TEST_CASE("process: limits of connections, and the counters") {
    ServerProcess server({"--limit-concurrency", "6", "--limit-connections-per-client", "3"});
    {
        Client first(server.port);
        Client second(server.port);
        Client third(server.port);
        CHECK(status_of(first.ask("/")) == 200);
        CHECK(status_of(second.ask("/")) == 200);
        CHECK(status_of(third.ask("/")) == 200);
        for (int i = 0; i < 3; ++i) CHECK(status_of(Client(server.port).ask("/")) == 503);
        // Another client's connections are its own.
        Client other(server.port, "127.0.0.2");
        CHECK(status_of(other.ask("/")) == 200);
        json counters = json::parse(body_of(first.ask("/counters")));
        CHECK(counters["open"] == 4);
        CHECK(counters["accepted"] == 4);
        CHECK(counters["turned_away"] == 3);
        CHECK(counters["client"] == 3);
        CHECK(counters["requests"] >= 3);
        CHECK(counters["received"] >= 3 * 29);
        CHECK(counters["sent"] > 300);
    }
    CHECK(within(2000, [&] { return counter(Client(server.port), "open") == 1; }));
    Client broken(server.port);
    broken.send("nonsense\r\n\r\n");
    CHECK(status_of(broken.answer()) == 400);
    json counters = json::parse(body_of(Client(server.port).ask("/counters")));
    CHECK(counters["refused"] == 1);
    CHECK(counters["syntax"] == 1);
    ServerProcess all({"--limit-concurrency", "2"});
    Client one(all.port);
    Client two(all.port);
    CHECK(status_of(one.ask("/")) == 200);
    CHECK(status_of(two.ask("/")) == 200);
    CHECK(status_of(Client(all.port).ask("/")) == 503);
}

TEST_CASE("process: a limit for each of many clients is exact, as connections come and go") {
    ServerProcess server({"--limit-connections-per-client", "2"});
    Client watcher(server.port);
    std::mt19937 random(3);
    std::vector<std::string> addresses;
    for (int i = 0; i < 300; ++i) addresses.push_back("127.0." + std::to_string(1 + i % 7) + "." + std::to_string(2 + i / 2));
    std::vector<std::vector<std::unique_ptr<Client>>> open(addresses.size());
    int wrong = 0;
    int held = 1;
    for (int round = 0; round < 6; ++round) {
        for (int i = 0; i < 150; ++i) {
            std::size_t who = random() % addresses.size();
            auto client = std::make_unique<Client>(server.port, addresses[who].c_str());
            int status = status_of(client->ask("/"));
            if (status != (open[who].size() < 2 ? 200 : 503)) ++wrong;
            if (status != 200) continue;
            open[who].push_back(std::move(client));
            ++held;
        }
        for (auto& clients : open) {
            if (clients.empty() || random() % 2) continue;
            held -= static_cast<int>(clients.size());
            clients.clear();
        }
        CHECK(within(2000, [&] { return counter(std::move(watcher), "open") == held; }));
    }
    CHECK(wrong == 0);
}

#if !TESTS_THREAD_SANITIZED // which does not support threads in a child that was forked beside others
TEST_CASE("process: run_in_thread works in workers, whatever threads there were before them") {
    ::setenv("FASTAPI_THREADS_BEFORE", "1", 1);
    ServerProcess server({"--workers", "2"});
    ::unsetenv("FASTAPI_THREADS_BEFORE");
    for (int i = 0; i < 8; ++i) CHECK(body_of(Client(server.port).ask("/thread")) == R"({"other":true})");
}

// The system may give a process's signal to any thread that does not block it.
TEST_CASE("process: signals come to the supervisor, whatever threads there are") {
    ::setenv("FASTAPI_THREADS_BEFORE", "1", 1);
    ServerProcess server({"--workers", "2"});
    ::unsetenv("FASTAPI_THREADS_BEFORE");
    REQUIRE(within(5000, [&] { return server.children().size() == 2; }));
    for (int i = 0; i < 300; ++i) {
        REQUIRE(::kill(server.pid, i % 3 ? SIGUSR1 : SIGCHLD) == 0);
        if (i % 16 == 0) ::usleep(1000);
    }
    CHECK(body_of(Client(server.port).ask("/")) == R"({"message":"Hello World"})");
    for (int i = 0; i < 3; ++i) { // each that dies is seen at once
        auto before = server.children();
        REQUIRE(before.size() == 2);
        ::kill(before[0], SIGKILL);
        CHECK(within(5000, [&] {
            auto now = server.children();
            return now.size() == 2 && now[0] != before[0] && now[1] != before[0];
        }));
    }
    ::kill(server.pid, SIGTERM);
    CHECK(server.wait() == 0);
}
#endif

TEST_CASE("process: counters of all workers") {
    ServerProcess server({"--workers", "3"});
    Load load(server.port, 6);
    REQUIRE(within(4000, [&] { return load.answered > 200; }));
    load.end();
    int answered = load.answered;
    CHECK(within(2000, [&] { return counter(Client(server.port), "requests") >= answered; }));
}

TEST_CASE("process: a process ends after so many requests; a worker is replaced") {
    {
        ServerProcess server({"--limit-max-requests", "50"});
        Load load(server.port, 2, true);
        CHECK(server.wait() == 0);
        load.end();
        CHECK(load.failed == 0);
        CHECK(load.answered >= 50);
    }
    ServerProcess server({"--limit-max-requests", "200", "--workers", "2"});
    REQUIRE(within(4000, [&] { return server.children().size() == 2; }));
    std::vector<int> first = server.children();
    Load load(server.port, 4);
    CHECK(within(5000, [&] {
        std::vector<int> now = server.children();
        return now.size() == 2 && now[0] != first[0] && now[0] != first[1] && now[1] != first[0] && now[1] != first[1];
    }));
    load.end();
    CHECK(load.failed == 0);
    CHECK(load.refused == 0);
}

TEST_CASE("process: silence between requests ends with --timeout-keep-alive") {
    ServerProcess server({"--timeout-keep-alive", "1"});
    Client client(server.port);
    CHECK(status_of(client.ask("/")) == 200);
    auto begin = Clock::now();
    CHECK(client.answer().empty());
    CHECK(Clock::now() - begin < milliseconds(2000));
    CHECK(Clock::now() - begin > milliseconds(700));
}
