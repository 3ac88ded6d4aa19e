// Dependencies where an answer does not come as usual: clients that leave, time limits, streamed bodies, files.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "served.hpp"
#include "socket_client.hpp"
#include "support.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

namespace {

// What has happened, in order; the server is one process.
std::string& events() {
    static std::string list;
    return list;
}
std::mutex events_mutex;
void note(std::string_view event) {
    std::lock_guard lock(events_mutex);
    events() += std::string(event) + " ";
}

struct OpenSession {
    std::string name = std::string(100, 's'); // long enough to be on the heap
    bool open = true;
    ~OpenSession() { open = false; }
};

Generator<OpenSession&> get_session(Request& request) {
    OpenSession session;
    try {
        co_yield session;
        note("commit");
    } catch (const ClientDisconnect&) {
        note("left");
        throw;
    } catch (const HTTPException& error) {
        note(std::to_string(error.status_code));
        throw;
    }
    if (request.path().empty()) note("no path");
}

// Something of the handler's that needs the session when it goes.
struct Guard {
    OpenSession& session;
    ~Guard() { note(session.open && session.name.size() == 100 ? "handler" : "late"); }
};

void add_routes(FastAPI& app) {
    app.get("/events", [] {
        std::lock_guard lock(events_mutex);
        return std::exchange(events(), {});
    });
    app.get("/wait", [](Depends<get_session> session) -> Task<int> {
        Guard guard{*session};
        co_await fastapi::sleep(60s);
        co_return 1;
    });
    app.get("/limited", [](Depends<get_session> session) -> Task<int> {
        Guard guard{*session};
        co_await fastapi::sleep(60s);
        co_return 1;
    }, {.handler_timeout_ms = 100});
    app.get("/blocked", [](Depends<get_session> session) {
        Guard guard{*session};
        std::this_thread::sleep_for(300ms);
        return 1;
    }, {.handler_timeout_ms = 100});
    app.post("/upload", [](RequestStream stream, Depends<get_session> session) {
        Guard guard{*session};
        std::size_t size = 0;
        for (std::string_view piece : stream) size += piece.size();
        return size;
    });
    app.post("/upload/task", [](RequestStream stream, Depends<get_session> session) -> Task<std::size_t> {
        Guard guard{*session};
        std::size_t size = 0;
        while (auto piece = co_await stream.next()) size += piece->size();
        co_return size;
    });
    app.get("/file/{size}", [](Path<int, "size"> size, Depends<get_session> session) {
        Guard guard{*session};
        std::string name = "/tmp/fastapi-dependency-" + std::to_string(::getpid());
        std::ofstream(name) << std::string(static_cast<std::size_t>(*size), 'x');
        return FileResponse(name);
    });
}

std::string request(std::string_view target, std::string_view method = "GET", std::string_view more = "\r\n") {
    return detail::concat({method, " ", target, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", more});
}
std::string get(int port, std::string_view target) {
    SocketClient client(port);
    client.send(request(target));
    return client.rest();
}
// Waits for events; others are a failure.
void check_events(int port, const std::string& wanted) {
    std::string came;
    for (int i = 0; i < 200 && came.size() < wanted.size(); ++i) {
        if (i > 0) std::this_thread::sleep_for(20ms);
        std::string answer = get(port, "/events");
        std::string text = answer.substr(answer.find("\r\n\r\n") + 4);
        if (text.size() > 2) came += text.substr(1, text.size() - 2);
    }
    CHECK(came == wanted);
}

} // namespace

TEST_CASE("dependencies: a client that leaves ends the handler, then what it was given") {
    Served server(add_routes);
    for (int i = 0; i < 3; ++i) {
        SocketClient client(server.port);
        client.send(request("/wait"));
        std::this_thread::sleep_for(50ms);
    }
    check_events(server.port, "handler left handler left handler left ");
    {
        SocketClient client(server.port);
        client.send(request("/upload/task", "POST", "Content-Length: 10\r\n\r\nsome"));
        std::this_thread::sleep_for(50ms);
    }
    check_events(server.port, "handler left ");
}

TEST_CASE("dependencies: the time limit of a handler") {
    Served server(add_routes);
    CHECK(get(server.port, "/limited").find(" 504 ") != std::string::npos);
    check_events(server.port, "handler 504 ");
    CHECK(get(server.port, "/blocked").find(" 504 ") != std::string::npos);
    check_events(server.port, "handler commit ");

    FastAPI app; // in process
    add_routes(app);
    TestClient client{app};
    CHECK(client.get("/limited").status_code == 504);
    CHECK(client.get("/events").json() == "handler 504 ");
}

TEST_CASE("dependencies: bodies in pieces, and files") {
    for (const char* name : {"epoll", "portable"}) {
#if !defined(FASTAPI_COMPILED_LIB)
        if (name == std::string_view("portable")) continue; // is not in a header-only program
#endif
        CAPTURE(name);
        Served server(add_routes, {"--no-access-log", "--server", name});
        std::string body(300000, 'b');
        for (const char* path : {"/upload", "/upload/task"}) {
            SocketClient client(server.port);
            client.send(request(path, "POST", "Content-Length: 300000\r\n\r\n"));
            client.send(body);
            CHECK(client.rest().ends_with("\r\n\r\n300000"));
            check_events(server.port, "handler commit ");
        }
        for (std::size_t size : {10U, 3000000U}) {
            std::string answer = get(server.port, "/file/" + std::to_string(size));
            CHECK(answer.size() - answer.find("\r\n\r\n") - 4 == size);
            check_events(server.port, "handler commit ");
        }
    }
    FastAPI app; // in process
    add_routes(app);
    TestClient client{app};
    for (const char* path : {"/upload", "/upload/task"}) CHECK(client.post(path, {.content = "text"}).json() == 4);
    CHECK(client.get("/file/3000000").content.size() == 3000000);
    CHECK(client.get("/events").json() == "handler commit handler commit handler commit ");
}
