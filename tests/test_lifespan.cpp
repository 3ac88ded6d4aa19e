// The life of an application, and what it keeps: lifespan, start-up and shutdown, app.state and request.state.

#include <fcntl.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "served.hpp"
#include "socket_client.hpp"
#include "support.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

namespace {

struct Pool {
    std::string name;
    bool open = true;
    void close() { open = false; }
};

std::string& events() {
    static std::string list;
    return list;
}
void note(const std::string& event) { events() += event + " "; }
std::string noted() { return std::exchange(events(), {}); }

struct Loud { // says when it goes
    std::string name;
    ~Loud() { note("~" + name); }
};

// Serves with standard error in a file. Returns the exit status and what was written.
std::string serve(void (*add_routes)(FastAPI&), std::vector<std::string> options) {
    std::string name = "/tmp/fastapi-lifespan-" + std::to_string(::getpid());
    pid_t child = ::fork();
    if (child == 0) {
        int file = ::open(name.c_str(), O_CREAT | O_TRUNC | O_RDWR, 0600);
        ::dup2(file, 1);
        ::dup2(file, 2);
        ::alarm(60);
        FastAPI app;
        add_routes(app);
        options.insert(options.begin(), {"server", "--port", "0"});
        std::vector<char*> argv;
        for (std::string& option : options) argv.push_back(option.data());
        ::_exit(app.run(static_cast<int>(argv.size()), argv.data()));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    std::stringstream text;
    text << std::ifstream(name).rdbuf();
    ::unlink(name.c_str());
    return std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1) + " " + text.str();
}

} // namespace

TEST_CASE("state: by type and by name, copies share, the last one wins") {
    State state;
    CHECK(state.find<int>() == nullptr);
    CHECK(test::thrown_by([&] { static_cast<void>(state.get<int>()); }) == "fastapi: the state holds no object of this type");
    CHECK(test::thrown_by([&] { static_cast<void>(state.get<int>("n")); }) ==
          "fastapi: the state holds no object of this type under the name \"n\"");
    int& first = state.emplace<int>(1);
    state.set("n", 2);
    state.set("text", std::string("a"));
    CHECK(state.get<int>() == 1);
    CHECK(state.get<int>("n") == 2);
    CHECK(state.find<double>("n") == nullptr);
    CHECK(state.get<const std::string>("text") == "a");
    State copy = state;
    copy.emplace<int>(3);
    CHECK(state.get<int>() == 3);
    CHECK(first == 1); // still there
    State other;
    other.inherit(&state);
    CHECK(other.get<int>() == 3);
    other.emplace<int>(4);
    CHECK(other.get<int>() == 4);
    CHECK(state.get<int>() == 3);
    {
        State loud;
        loud.emplace<Loud>("a");
        loud.set("b", std::make_unique<Loud>("b"));
    }
    CHECK(noted() == "~b ~a ");
}

TEST_CASE("state: reading while another thread adds") {
    State state;
    state.emplace<long>(0);
    std::thread writer([&] {
        for (long i = 1; i < 2000; ++i) state.emplace<long>(i);
    });
    long last = 0;
    for (int i = 0; i < 2000; ++i) {
        long now = state.get<long>();
        CHECK(now >= last);
        last = now;
    }
    writer.join();
    CHECK(state.get<long>() == 1999);
}

TEST_CASE("lifespan: around the requests of a TestClient, in order") {
    FastAPI app;
    app.lifespan([](FastAPI& self) -> Lifespan {
        self.state.emplace<Pool>("db");
        note("up");
        co_yield {};
        self.state.get<Pool>().close();
        note("down");
    });
    std::string captured = "captured, and long enough to be on the heap";
    app.lifespan([captured]() -> Lifespan {
        State state;
        state.emplace<Loud>("handed over");
        co_await fastapi::sleep(1ms);
        note("second");
        co_yield state;
        CHECK(captured == "captured, and long enough to be on the heap");
        note("second down");
    });
    app.on_startup([] { note("started"); });
    app.on_startup([](FastAPI& self) -> Task<> {
        co_await fastapi::sleep(1ms);
        CHECK(self.state.get<Pool>().open);
        note("started later");
    });
    app.on_shutdown([] { note("stopped"); });
    app.get("/", [](FastAPI& self, Request& request) {
        request.state.set("user", std::string("Rick"));
        return self.state.get<Pool>().name + " " + request.state.get<Loud>().name + " " + request.state.get<std::string>("user");
    });
    app.get("/task", [](Request& request) -> Task<std::string> {
        co_await fastapi::sleep(1ms);
        co_return request.state.get<Loud>().name;
    });
    app.websocket("/ws", [](WebSocket& socket) {
        socket.accept();
        socket.send_text(socket.request().state.get<Loud>().name);
        socket.close();
    });
    for (int i = 0; i < 2; ++i) {
        {
            TestClient client{app};
            CHECK(noted() == "up second started started later ");
            CHECK(client.get("/").json() == "db handed over Rick");
            CHECK(client.get("/task").json() == "handed over");
            CHECK(client.websocket_connect("/ws").receive_text() == "handed over");
            TestClient another{app}; // the same life
            CHECK(noted().empty());
        }
        CHECK(noted() == "stopped second down down ~handed over ");
    }
    TestClient without{app, {.lifespan = false}};
    CHECK(noted().empty());
    TestClient client{app};
    noted();
    client.close();
    CHECK(noted() == "stopped second down down ~handed over ");
}

TEST_CASE("lifespan: what it throws") {
    FastAPI app;
    app.lifespan([]() -> Lifespan {
        note("first");
        co_yield {};
        note("first down");
    });
    app.lifespan([]() -> Lifespan {
        throw std::runtime_error("no database");
        co_yield {};
    });
    CHECK(test::thrown_by([&] { TestClient client{app}; }) == "no database");
    CHECK(noted() == "first first down ");

    FastAPI late;
    late.lifespan([]() -> Lifespan {
        co_yield {};
        throw std::runtime_error("cannot close");
    });
    TestClient client{late};
    CHECK(test::thrown_by([&] { client.close(); }) == "cannot close");

    FastAPI none;
    none.lifespan([]() -> Lifespan { co_return; });
    CHECK(test::thrown_by([&] { TestClient one{none}; }).find("ended without a co_yield") != std::string::npos);
    FastAPI two;
    two.lifespan([]() -> Lifespan {
        co_yield {};
        co_yield {};
    });
    TestClient one{two};
    CHECK(test::thrown_by([&] { one.close(); }).find("a second co_yield") != std::string::npos);
}

TEST_CASE("lifespan: of routers, inside that of the application, as FastAPI nests them") {
    auto life = [](const std::string& name) {
        return [name](FastAPI& self) -> Lifespan {
            note("+" + name + (self.settings().title == "outer" ? "" : "?"));
            State state;
            state.set("name", name);
            state.set(name, 1);
            co_yield state;
            note("-" + name);
        };
    };
    APIRouter sub{{.lifespan = life("sub")}};
    APIRouter first{{.prefix = "/first", .lifespan = life("first")}};
    APIRouter second{{.lifespan = life("second")}};
    first.include_router(sub);
    first.on_startup([] { note("up"); });
    first.on_shutdown([] { note("down"); });
    FastAPI app{{.title = "outer", .lifespan = life("app")}};
    app.include_router(first);
    app.include_router(second);
    app.on_startup([] { note("late up"); });
    app.get("/", [](Request& request) {
        int all = request.state.get<int>("app") + request.state.get<int>("first") + request.state.get<int>("sub") + request.state.get<int>("second");
        return request.state.get<std::string>("name") + std::to_string(all); // the outer one's wins
    });
    FastAPI mounted{{.title = "mounted", .lifespan = life("mounted")}};
    mounted.get("/name", [](Request& request) { return request.state.get<std::string>("name"); });
    app.mount("/mounted", mounted); // whose lifespan nobody begins; what the outer one handed over is there
    for (int i = 0; i < 2; ++i) {
        TestClient client{app};
        CHECK(noted() == "+app up late up +first +sub +second ");
        CHECK(client.get("/").json() == "app4");
        CHECK(client.get("/mounted/name").json() == "app");
        client.close();
        CHECK(noted() == "-second -sub -first down -app ");
    }
    FastAPI twice{{.title = "outer"}};
    twice.include_router(first);
    twice.include_router(first, {.prefix = "/again"});
    {
        TestClient client{twice};
        CHECK(noted() == "up up +first +sub +first +sub ");
    }
    CHECK(noted() == "-sub -first -sub -first down down ");
    {
        TestClient client{mounted};
        CHECK(noted() == "+mounted? ");
        CHECK(client.get("/name").json() == "mounted");
    }
    noted();
    CHECK(test::thrown_by([&] { app.include_router(sub, {.lifespan = life("no")}); }) ==
          "fastapi: a lifespan is a router's, not that of its inclusion: APIRouter router{{.lifespan = …}}");
}

TEST_CASE("lifespan: of a mounted application, begun in that of the outer one") {
    FastAPI mounted{{.lifespan = [](FastAPI& self) -> Lifespan {
        co_await fastapi::sleep(1ms);
        self.state.emplace<Pool>("mounted");
        note("mounted");
        co_yield {};
        note("mounted down");
    }}};
    mounted.get("/", [](FastAPI& self) { return self.state.get<Pool>().name; });
    FastAPI app{{.lifespan = [&mounted]() -> Lifespan {
        mounted.startup();
        note("app");
        co_yield {};
        mounted.shutdown();
    }}};
    app.mount("/mounted", mounted);
    TestClient client{app};
    CHECK(noted() == "mounted app ");
    CHECK(client.get("/mounted/").json() == "mounted");
    client.close();
    CHECK(noted() == "mounted down ");
}

TEST_CASE("lifespan: of a router that cannot begin") {
    FastAPI app{{.lifespan = []() -> Lifespan {
        note("+app");
        co_yield {};
        note("-app");
    }}};
    app.on_shutdown([] { note("not called"); });
    APIRouter router{{.lifespan = []() -> Lifespan {
        throw std::runtime_error("no queue");
        co_yield {};
    }}};
    app.include_router(router);
    CHECK(test::thrown_by([&] { TestClient client{app}; }) == "no queue");
    CHECK(noted() == "+app -app ");
}

TEST_CASE("lifespan: a server whose application does not start ends with status 3") {
    auto failing = [](FastAPI& app) {
        app.on_startup([] { throw std::runtime_error("no database"); });
    };
    std::string text = serve(failing, {});
    CHECK(text.starts_with("3 "));
    CHECK(text.find("ERROR:    Application startup failed: no database\n") != std::string::npos);
    CHECK(text.find("Serving") == std::string::npos);
    text = serve(failing, {"--workers", "2"});
    CHECK(text.starts_with("3 "));
    CHECK(text.find("ERROR:    Application startup failed: no database\n") != std::string::npos);
}

TEST_CASE("lifespan: each worker has its own, and it ends with the worker") {
    std::string name = "/tmp/fastapi-workers-" + std::to_string(::getpid());
    ::unlink(name.c_str());
    ::setenv("LIFESPAN_FILE", name.c_str(), 1);
    {
        Served server([](FastAPI& app) {
            app.lifespan([](FastAPI& self) -> Lifespan {
                self.state.emplace<Pool>(std::to_string(::getpid()));
                std::ofstream(std::getenv("LIFESPAN_FILE"), std::ios::app) << "up\n";
                co_yield {};
                std::ofstream(std::getenv("LIFESPAN_FILE"), std::ios::app) << "down\n";
            });
            app.get("/", [](FastAPI& self) { return self.state.get<Pool>().name == std::to_string(::getpid()); });
        }, {"--no-access-log", "--workers", "2"});
        SocketClient client(server.port);
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        CHECK(client.rest().ends_with("true"));
        std::this_thread::sleep_for(200ms);
    }
    std::stringstream text;
    text << std::ifstream(name).rdbuf();
    CHECK(text.str() == "up\nup\ndown\ndown\n");
    ::unlink(name.c_str());
}
