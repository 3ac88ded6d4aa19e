// Background tasks: when they run, in which order, what happens to what they throw, and what they hold up.

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

#include "served.hpp"
#include "socket_client.hpp"
#include "support.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

namespace {

// What has happened, in order.
class Notes {
  public:
    void add(std::string_view text) {
        std::lock_guard lock(mutex_);
        text_ += std::string(text) + " ";
    }
    std::string take() {
        std::lock_guard lock(mutex_);
        return std::exchange(text_, {});
    }

  private:
    std::mutex mutex_;
    std::string text_;
};
Notes& notes() {
    static Notes all;
    return all;
}
void note(const std::string& text) { notes().add(text); }

Task<> note_later(std::string text) {
    co_await fastapi::sleep(5ms);
    note(text);
}

Generator<int> session(BackgroundTasks& tasks, Request& request) {
    tasks.add_task(note, "dependency");
    try {
        co_yield 7;
        note("closed:" + std::string(request.path()));
    } catch (const std::runtime_error& error) {
        note(std::string("closed by ") + error.what());
    }
}
void fail(const std::string& what) { throw std::runtime_error(what); }

void add_routes(FastAPI& app) {
    app.get("/order", [](BackgroundTasks& tasks) {
        tasks.add_task(note, "one");
        tasks.add_task(note_later, std::string(100, 'x'));
        tasks.add_task([](std::unique_ptr<int> number) { note("moved:" + std::to_string(*number)); }, std::make_unique<int>(5));
        note("handler");
        return 1;
    });
    app.get("/dependency", [](Depends<session> value, BackgroundTasks& tasks) {
        tasks.add_task(note, "task");
        return *value;
    });
    app.get("/dependency/task", [](Depends<session> value, BackgroundTasks& tasks) -> Task<int> {
        co_await fastapi::sleep(1ms);
        tasks.add_task(note, "task");
        co_return *value;
    });
    app.get("/coroutine", [](BackgroundTasks& tasks) -> Task<int> {
        tasks.add_task(note, "before");
        co_await fastapi::sleep(1ms);
        tasks.add_task(note, "after");
        co_return 1;
    });
    app.get("/response", [](BackgroundTasks& tasks) {
        tasks.add_task(note, "injected");
        PlainTextResponse response("text");
        response.background = background_task(note, "own");
        return response;
    });
    app.get("/stream", [](BackgroundTasks& tasks) -> Generator<int> {
        tasks.add_task(note, "streamed");
        co_yield 1;
        note("yielded");
    });
    app.get("/stream/dependency", [](Depends<session>, BackgroundTasks& tasks) -> Generator<int> {
        tasks.add_task(note, "streamed");
        co_yield 1;
        note("yielded");
    });
    app.get("/error", [](BackgroundTasks& tasks) {
        tasks.add_task(note, "never");
        throw HTTPException(418);
    });
    app.get("/invalid", [](BackgroundTasks& tasks, Query<int, "n"> n) {
        tasks.add_task(note, "never");
        return *n;
    });
    app.get("/failing", [](BackgroundTasks& tasks, Depends<session>) {
        tasks.add_task(fail, "the task failed");
        tasks.add_task(note, "never");
        return 1;
    });
    app.get("/empty", [](BackgroundTasks&) { return 1; });
    app.get("/slow", [](BackgroundTasks& tasks) {
        tasks.add_task([] {
            std::this_thread::sleep_for(400ms);
            note("slow");
        });
        return 1;
    });
    app.get("/file", [](Query<std::string, "name"> name, BackgroundTasks& tasks) {
        tasks.add_task([](const std::string& path) {
            std::this_thread::sleep_for(300ms);
            std::ofstream(path) << "written";
        }, *name);
        return 1;
    });
    app.get("/notes", [] { return notes().take(); });
}

std::string read_file(const std::string& name) {
    std::stringstream text;
    text << std::ifstream(name).rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("background tasks run behind the answer, in their order, before dependencies are torn down") {
    FastAPI app;
    add_routes(app);
    TestClient client{app};
    auto noted = [&](const char* target) {
        auto answer = client.get(target);
        return std::to_string(answer.status_code) + " " + notes().take();
    };
    CHECK(noted("/order") == "200 handler one " + std::string(100, 'x') + " moved:5 ");
    CHECK(noted("/dependency") == "200 dependency task closed:/dependency ");
    CHECK(noted("/dependency/task") == "200 dependency task closed:/dependency/task ");
    CHECK(noted("/coroutine") == "200 before after ");
    CHECK(noted("/response") == "200 injected own ");
    CHECK(noted("/stream") == "200 yielded streamed ");
    CHECK(noted("/stream/dependency") == "200 yielded dependency streamed closed:/stream/dependency ");
    CHECK(noted("/error") == "418 ");
    CHECK(noted("/invalid?n=x") == "422 ");
    CHECK(noted("/empty") == "200 ");
}

TEST_CASE("background tasks: an exception ends the list, and is seen by dependencies and the test") {
    FastAPI app;
    add_routes(app);
    TestClient client{app};
    CHECK(test::thrown_by([&] { client.get("/failing"); }) == "the task failed");
    CHECK(notes().take() == "dependency closed by the task failed ");
    TestClient quiet{app, {.raise_server_exceptions = false}};
    CHECK(quiet.get("/failing").status_code == 200);
    notes().take();
}

TEST_CASE("background tasks: a response with tasks is not copied") {
    Response response("x");
    response.background.add_task(note, "never");
    CHECK(!test::thrown_by([&] { Response copy(response); }).empty());
    Response moved(std::move(response));
    CHECK(moved.background);
}

TEST_CASE("background tasks of a server hold up neither the client's next request nor others") {
    for (const char* kind : {"epoll", "portable"}) {
        CAPTURE(kind);
        Served server(add_routes, {"--no-access-log", "--server", kind});
        SocketClient client(server.port);
        auto begin = std::chrono::steady_clock::now();
        client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /empty HTTP/1.1\r\nHost: a\r\n\r\nGET /notes HTTP/1.1\r\nHost: a\r\n\r\n");
        client.read_until("\"\"");
        CHECK(client.received.find("\"\"") != std::string::npos); // nothing was noted yet
        CHECK(std::chrono::steady_clock::now() - begin < 350ms);
        for (const char* target : {"/dependency", "/dependency/task", "/stream/dependency", "/coroutine", "/response"}) {
            CAPTURE(target);
            SocketClient one(server.port);
            one.send(std::string("GET ") + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            CHECK(one.rest().starts_with("HTTP/1.1 200"));
        }
        std::this_thread::sleep_for(600ms);
        client.received.clear();
        client.send("GET /notes HTTP/1.1\r\nHost: a\r\n\r\n");
        client.read_until("\" \"", 300);
        for (const char* text : {"slow ", "closed:/dependency ", "closed:/dependency/task ", "closed:/stream/dependency ", "before after ", "injected own "})
            CHECK_MESSAGE(client.received.find(text) != std::string::npos, text, " in ", client.received);
    }
}

TEST_CASE("background tasks end before a server that stops does") {
    std::string name = "/tmp/fastapi-background-" + std::to_string(::getpid());
    ::unlink(name.c_str());
    {
        Served server(add_routes);
        SocketClient client(server.port);
        client.send("GET /file?name=" + name + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        CHECK(client.rest().find(" 200 ") != std::string::npos);
    }
    CHECK(read_file(name) == "written");
    ::unlink(name.c_str());
}
