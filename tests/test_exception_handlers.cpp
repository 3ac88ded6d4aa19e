// Exception handlers: which one answers, by status and by class; what they throw; the 500; WebSockets.
#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fastapi/fastapi.hpp"
#include "served.hpp"
#include "socket_client.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

namespace {

struct Unicorn { // no std::exception
    std::string name;
};
struct Base : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct Derived : Base {
    using Base::Base;
};
struct MostDerived : Derived {
    using Derived::Derived;
};
struct OtherSide : std::logic_error {
    using std::logic_error::logic_error;
};
struct Item {
    std::string title;
    int size;
};

template <class E>
Task<json> throw_later(E exception) {
    co_await fastapi::sleep(1ms);
    throw exception;
}

int failing() { throw Derived("from a dependency"); }
Generator<int> guarded() {
    int value = 1;
    try {
        co_yield value;
    } catch (const Base&) {
        throw OtherSide("from the tear-down");
    }
}

void add_routes(FastAPI& app) {
    app.get("/unicorn", []() -> json { throw Unicorn{"yolo"}; });
    app.get("/base", []() -> json { throw Base("b"); });
    app.get("/derived", []() -> json { throw Derived("d"); });
    app.get("/most", []() -> json { throw MostDerived("m"); });
    app.get("/other", []() -> json { throw OtherSide("o"); });
    app.get("/status/{status}", [](int status) -> json { throw HTTPException(status); });
    app.get("/later", [] { return throw_later(Derived("later")); });
    app.get("/later/unicorn", [] { return throw_later(Unicorn{"late"}); });
    app.get("/dependency", [](Depends<failing> value) { return *value; });
    app.get("/guarded", [](Depends<guarded> value) -> int { throw Base(std::to_string(*value)); });
    app.get("/items/{id}", [](int id) { return id; });
    app.post("/items", [](const Item& item) { return item; });
    app.get("/number", []() -> json { throw 42; });
    app.get("/rethrown", []() -> json { throw std::out_of_range("r"); });
}

void add_handlers(FastAPI& app) {
    app.exception_handler<Base>([](const Request&, const Base& error) { return JSONResponse(json{{"base", error.what()}}, 420); });
    app.exception_handler<Unicorn>([](const Request& request, const Unicorn& unicorn) -> Task<JSONResponse> {
        co_await fastapi::sleep(1ms);
        json answer{{"unicorn", unicorn.name}, {"path", request.path()}};
        co_return JSONResponse(answer, 418);
    });
    app.exception_handler<Derived>([](const Derived& error) { return JSONResponse(json{{"derived", error.what()}}, 421); });
    // What a handler throws is looked up once more.
    app.exception_handler<std::out_of_range>([](const std::out_of_range&) -> Response { throw HTTPException(410, "gone"); });
    app.exception_handler<OtherSide>([](const OtherSide&) -> Response { throw OtherSide("again"); });
}

std::string get(TestClient& client, std::string_view path) {
    TestResponse response = client.get(path);
    return std::to_string(response.status_code) + " " + response.content;
}

} // namespace

TEST_CASE("exception handlers: the nearest base class answers") {
    FastAPI app;
    add_routes(app);
    add_handlers(app);
    TestClient client(app, {.raise_server_exceptions = false});
    CHECK(get(client, "/base") == R"(420 {"base":"b"})");
    CHECK(get(client, "/derived") == R"(421 {"derived":"d"})");
    CHECK(get(client, "/most") == R"(421 {"derived":"m"})");
    CHECK(get(client, "/later") == R"(421 {"derived":"later"})");
    CHECK(get(client, "/unicorn") == R"(418 {"path":"/unicorn","unicorn":"yolo"})");
    CHECK(get(client, "/later/unicorn") == R"(418 {"path":"/later/unicorn","unicorn":"late"})");
    CHECK(get(client, "/dependency") == R"(421 {"derived":"from a dependency"})");
    CHECK(get(client, "/rethrown") == R"(410 {"detail":"gone"})");
    CHECK(get(client, "/guarded") == "500 Internal Server Error");
    CHECK(get(client, "/other") == "500 Internal Server Error");
    CHECK(get(client, "/number") == "500 Internal Server Error");
    CHECK(get(client, "/none") == R"(404 {"detail":"Not Found"})");
    CHECK(get(client, "/items/x").starts_with(R"(422 {"detail":[)"));
}

TEST_CASE("exception handlers: the order of registration does not matter, a second one of a class replaces the first") {
    FastAPI app;
    add_routes(app);
    app.exception_handler<MostDerived>([](const MostDerived&) { return PlainTextResponse("most", 401); });
    app.exception_handler<Base>([](const Base&) { return PlainTextResponse("first", 401); });
    app.exception_handler<Derived>([](const Derived&) { return PlainTextResponse("derived", 401); });
    app.exception_handler<std::runtime_error>([](const std::runtime_error&) { return PlainTextResponse("runtime", 401); });
    app.exception_handler<Base>([](const Base&) { return PlainTextResponse("base", 401); });
    TestClient client(app);
    CHECK(get(client, "/base") == "401 base");
    CHECK(get(client, "/derived") == "401 derived");
    CHECK(get(client, "/most") == "401 most");
    // The handlers of the library are nearer than those of their bases: ValidationError is a std::runtime_error.
    CHECK(get(client, "/items/x").starts_with("422 "));
    CHECK(get(client, "/status/403") == R"(403 {"detail":"Forbidden"})");
}

TEST_CASE("exception handlers: by status, before the class") {
    FastAPI app;
    add_routes(app);
    app.exception_handler<HTTPException>([](const Request& request, const HTTPException& error) {
        Response response = http_exception_handler(request, error);
        response.headers.set("x-handler", "class");
        return response;
    });
    app.exception_handler(404, [](const Request& request, const HTTPException&) {
        return PlainTextResponse("nothing at " + std::string(request.path()), 404);
    });
    TestClient client(app);
    CHECK(get(client, "/none") == "404 nothing at /none");
    CHECK(get(client, "/status/404") == "404 nothing at /status/404");
    CHECK(get(client, "/status/403") == R"(403 {"detail":"Forbidden"})");
    CHECK(client.get("/status/403").headers.get("x-handler") == "class");
    CHECK(client.post("/base").headers.get("x-handler") == "class"); // 405
    CHECK_THROWS_AS(app.exception_handler(500, [](const Request&, const HTTPException&) { return PlainTextResponse(""); }), std::logic_error);
}

TEST_CASE("exception handlers: the 500 is reported beside its handler's answer") {
    FastAPI app;
    add_routes(app);
    app.exception_handler(500, [](const Request&, const std::exception& error) { return JSONResponse(json{{"error", error.what()}}, 500); });
    TestClient quiet(app, {.raise_server_exceptions = false});
    CHECK(get(quiet, "/base") == R"(500 {"error":"b"})");
    CHECK(get(quiet, "/later") == R"(500 {"error":"later"})");
    CHECK(get(quiet, "/number") == "500 Internal Server Error"); // no std::exception
    TestClient client(app);
    CHECK_THROWS_AS(client.get("/base"), Base);
    CHECK_THROWS_AS(client.get("/later"), Derived);
    CHECK(get(client, "/status/500") == R"(500 {"detail":"Internal Server Error"})"); // which somebody meant

    app.exception_handler<std::exception>([](const std::exception&) -> Response { throw std::runtime_error("of the handler"); });
    CHECK(get(quiet, "/base") == "500 Internal Server Error");
}

TEST_CASE("exception handlers: parameters that are wrong") {
    FastAPI app;
    add_routes(app);
    app.exception_handler<RequestValidationError>([](const Request&, const RequestValidationError& error) {
        return JSONResponse(json{{"detail", error.errors()}, {"body", error.body()}}, 400);
    });
    TestClient client(app);
    json body = client.post("/items", {.json = json{{"title", "towel"}, {"size", "XL"}}}).json();
    CHECK(body["body"] == json{{"title", "towel"}, {"size", "XL"}});
    CHECK(body["detail"][0]["loc"] == json{"body", "size"});
    TestResponse broken = client.post("/items", {.headers = {{"content-type", "application/json"}}, .content = "{broken"});
    CHECK(broken.status_code == 400);
    CHECK(broken.json()["body"] == "{broken");
    CHECK(broken.json()["detail"][0]["type"] == "json_invalid");
    CHECK(client.get("/items/x").json()["body"] == nullptr);
    CHECK(client.post("/items", {.json = json{{"title", "towel"}, {"size", 1}}}).status_code == 200);

    FastAPI usual;
    add_routes(usual);
    usual.exception_handler<RequestValidationError>([](const Request& request, const RequestValidationError& error) {
        return request_validation_exception_handler(request, error);
    });
    FastAPI plain;
    add_routes(plain);
    TestClient usual_client(usual);
    TestClient plain_client(plain);
    CHECK(usual_client.get("/items/x").content == plain_client.get("/items/x").content);
}

TEST_CASE("exception handlers: one that is thrown by a handler itself is answered without a handler, too") {
    FastAPI app;
    app.get("/", []() -> json {
        ErrorDetail detail;
        detail.type = "custom";
        detail.loc = {"\"query\"", "\"q\""};
        detail.msg = "no";
        detail.input = "1";
        throw RequestValidationError({detail});
    });
    TestClient client(app);
    CHECK(get(client, "/") == R"(422 {"detail":[{"type":"custom","loc":["query","q"],"msg":"no","input":1}]})");
}

TEST_CASE("exception handlers: WebSockets") {
    FastAPI app;
    app.websocket("/unicorn", [](WebSocket&) { throw Unicorn{"foo"}; });
    app.websocket("/late", [](WebSocket& socket) -> Task<> {
        socket.accept();
        co_await fastapi::sleep(1ms);
        throw Unicorn{"late"};
    });
    app.websocket("/usual", [](WebSocket&) { throw WebSocketException(1003, "usual"); });
    app.websocket("/items/{id}", [](WebSocket& socket, int) { socket.accept(); });
    app.exception_handler<Unicorn>([](WebSocket& socket, const Unicorn& unicorn) { socket.close(1002, unicorn.name); });
    app.exception_handler<std::exception>([](WebSocket& socket, const std::exception&) { socket.close(1011, "any"); });
    TestClient client(app);
    auto closed = [&](std::string_view path) {
        try {
            auto session = client.websocket_connect(path);
            session.receive_text();
        } catch (const WebSocketDisconnect& left) {
            return std::to_string(left.code) + " " + left.reason;
        }
        return std::string("open");
    };
    CHECK(closed("/unicorn") == "1002 foo");
    CHECK(closed("/late") == "1002 late");
    CHECK(closed("/usual") == "1003 usual");
    CHECK(closed("/items/x").starts_with("1008 ["));
    app.exception_handler<WebSocketRequestValidationError>([](WebSocket& socket, const WebSocketRequestValidationError& error) {
        socket.close(4000, error.list.front().type);
    });
    CHECK(closed("/items/x") == "4000 int_parsing");
}

TEST_CASE("exception handlers: on a server") {
    Served served([](FastAPI& app) {
        add_routes(app);
        add_handlers(app);
    });
    auto answer = [&](std::string_view path) {
        SocketClient client(served.port);
        client.send("GET " + std::string(path) + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        std::string all = client.rest();
        return all.substr(9, 3) + " " + all.substr(all.find("\r\n\r\n") + 4);
    };
    CHECK(answer("/most") == R"(421 {"derived":"m"})");
    CHECK(answer("/unicorn") == R"(418 {"path":"/unicorn","unicorn":"yolo"})");
    CHECK(answer("/later") == R"(421 {"derived":"later"})");
    CHECK(answer("/later/unicorn") == R"(418 {"path":"/later/unicorn","unicorn":"late"})");
    CHECK(answer("/number") == "500 Internal Server Error");
}
