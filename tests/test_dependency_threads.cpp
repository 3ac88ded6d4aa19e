// Dependencies on several threads: overrides that change while requests run, and when a server tears down.

#include <atomic>
#include <chrono>
#include <thread>

#include "served.hpp"
#include "socket_client.hpp"
#include "support.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

namespace {

struct Settings {
    std::string name;
};
Settings get_settings() { return {"real"}; }

TEST_CASE("overrides change while requests run") {
    FastAPI app;
    app.get("/", [](Depends<get_settings> settings) { return settings->name; });
    app.get("/task", [](Depends<get_settings> settings) -> Task<std::string> { co_return settings->name; });
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
            TestClient client{app};
            while (!stop) {
                std::string text = client.get(i % 2 ? "/" : "/task").content;
                if (text != "\"real\"" && text != "\"test\"") ++wrong;
            }
        });
    }
    for (int i = 0; i < 100; ++i) {
        app.dependency_overrides.set<get_settings>([] { return Settings{"test"}; });
        std::this_thread::sleep_for(100us);
        app.dependency_overrides.reset();
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
}

std::atomic<int> torn_down = 0;

Generator<int> slow_end() {
    int number = 5;
    co_yield number;
    std::this_thread::sleep_for(400ms);
    ++torn_down;
}
Generator<int> patient_end(Request& request) {
    int number = 5;
    co_yield number;
    co_await fastapi::sleep(400ms);
    if (request.path().starts_with("/")) ++torn_down;
}

void add_all(FastAPI& app) {
    app.get("/plain", [](Depends<slow_end> n) { return *n; });
    app.get("/task", [](Depends<patient_end> n) -> Task<int> {
        co_await fastapi::sleep(1ms);
        co_return *n;
    });
    app.get("/patient", [](Depends<patient_end> n) { return *n; });
    app.get("/stream", [](Depends<patient_end> n) -> Generator<int> {
        for (int i = 0; i < 2; ++i) {
            int item = *n;
            co_yield item;
        }
    });
    app.get("/task-stream", [](Depends<patient_end>) -> Task<Response> {
        co_await fastapi::sleep(1ms);
        auto texts = []() -> Generator<std::string> {
            std::string text = "55";
            co_yield text;
        };
        co_return StreamingResponse(texts());
    });
    app.get("/soon", [](Depends<patient_end, FunctionScope> n) { return *n; });
    app.get("/soon-task", [](Depends<patient_end, FunctionScope> n) -> Task<int> { co_return *n; });
    app.get("/torn-down", [] { return torn_down.load(); });
}

// One request on a connection of its own; reads until `end` is there, or all when it is empty.
std::string get(int port, const std::string& path, std::string_view end) {
    SocketClient client(port);
    client.send("GET " + path + " HTTP/1.1\r\nhost: x\r\n" + (end.empty() ? "connection: close\r\n\r\n" : "\r\n"));
    return end.empty() ? client.rest() : client.read_until(end);
}

TEST_CASE("a server tears down when the answer is on its way") {
    Served server(add_all);
    auto milliseconds = [&](const std::string& path, std::string_view end) {
        auto begin = std::chrono::steady_clock::now();
        CHECK_MESSAGE(get(server.port, path, end).find("200 OK") != std::string::npos, path);
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
    };
    for (const char* path : {"/plain", "/task", "/patient"}) CHECK_MESSAGE(milliseconds(path, "\r\n\r\n5") < 390, path);
    for (const char* path : {"/soon", "/soon-task"}) CHECK_MESSAGE(milliseconds(path, "\r\n\r\n5") >= 390, path);
    CHECK(milliseconds("/stream", "5\n") < 390);
    CHECK(milliseconds("/task-stream", "55") < 390);
    std::string count;
    for (int i = 0; i < 100 && count != "7"; ++i) {
        std::this_thread::sleep_for(50ms);
        std::string answer = get(server.port, "/torn-down", "");
        count = answer.substr(answer.rfind('\n') + 1);
    }
    CHECK(count == "7");
}

} // namespace
