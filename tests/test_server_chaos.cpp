// run()'s server and clients that misbehave: none may disturb those that behave.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "chaos_clients.hpp"
#include "fastapi/fastapi.hpp"

using namespace fastapi;

namespace {

struct Order {
    Field<std::string, MinLength(1)> name;
    Field<int, Ge(1)> count;
};

// run() in a child process, which ends by itself after two minutes.
struct ChildServer {
    pid_t pid = 0;
    int port = 0;

    ChildServer() {
        int out[2];
        REQUIRE(::pipe(out) == 0);
        pid = ::fork();
        REQUIRE(pid >= 0);
        if (pid == 0) {
            ::dup2(out[1], 1);
            ::alarm(120);
            FastAPI app;
            app.get("/", [] { return json{{"message", "Hello World"}}; });
            app.get("/large", [] { return PlainTextResponse(std::string(2000000, 'x')); });
            app.post("/orders", [](Order order) { return order; });
            std::string arguments[] = {"server", "--port", "0", "--no-access-log"};
            char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), arguments[3].data()};
            ::_exit(app.run(4, argv));
        }
        ::close(out[1]);
        std::string text;
        char buffer[512];
        while (text.find("(press") == std::string::npos) {
            auto n = ::read(out[0], buffer, sizeof buffer);
            if (n <= 0) break;
            text.append(buffer, static_cast<std::size_t>(n));
        }
        ::close(out[0]);
        std::size_t at = text.find("http://127.0.0.1:");
        if (at != std::string::npos) port = std::atoi(text.c_str() + at + 17);
    }
    // Its exit status after SIGTERM; -1 when it died of something else.
    int end() {
        int status = 0;
        ::kill(pid, SIGTERM);
        ::waitpid(pid, &status, 0);
        pid = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    ~ChildServer() {
        if (pid == 0) return;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
};

} // namespace

TEST_CASE("server: clients that vanish, dribble and pipeline disturb nobody") {
    ChildServer server;
    REQUIRE(server.port > 0);
    const char* wanted = std::getenv("FASTAPI_STRESS"); // so many connections
    test::ChaosOptions options;
    options.port = server.port;
    options.seed = 20;
    options.connections = wanted ? std::strtoull(wanted, nullptr, 10) : 400;
    options.milliseconds = 60000;
    std::string order = R"({"name":"Tea","count":2})";
    options.requests = {test::chaos_get("/", 200, R"({"message":"Hello World"})"), test::chaos_get("/large"),
                        test::chaos_get("/nothing", 404), test::chaos_post("/orders", order),
                        test::chaos_post("/orders", order, 5), test::chaos_post("/orders", "{", 0, 422)};
    test::ChaosCounts counts = test::run_chaos(options);
    INFO(counts.first_wrong);
    CHECK(counts.wrong == 0);
    CHECK(counts.missing == 0);
    CHECK(counts.not_connected == 0);
    CHECK(counts.answers > 50);
    CHECK(counts.resets > 5);
    CHECK(server.end() == 0); // not ended by a signal or a sanitizer
}
