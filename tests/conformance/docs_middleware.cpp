// Ports of FastAPI's examples and tests about exception handlers and middleware.

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "conformance.hpp"

using namespace fastapi;
using std::string;

namespace {

namespace handling_errors_tutorial003 {
struct UnicornException {
    string name;
};
json read_unicorn(string name) {
    if (name == "yolo") throw UnicornException{name};
    return {{"unicorn_name", name}};
}
void setup(FastAPI& app) {
    app.exception_handler<UnicornException>([](const Request&, const UnicornException& exception) {
        return JSONResponse(json{{"message", "Oops! " + exception.name + " did something. There goes a rainbow..."}}, 418);
    });
    app.get<read_unicorn>("/unicorns/{name}");
}
} // namespace handling_errors_tutorial003

namespace handling_errors_tutorial004 {
json read_item(Path<int, "item_id"> item_id) {
    if (*item_id == 3) throw HTTPException(418, "Nope! I don't like 3.");
    return {{"item_id", *item_id}};
}
void setup(FastAPI& app) {
    app.exception_handler<HTTPException>([](const Request&, const HTTPException& exception) {
        return PlainTextResponse(exception.detail.get<string>(), exception.status_code);
    });
    app.exception_handler<RequestValidationError>([](const RequestValidationError& error) {
        string message = "Validation errors:";
        for (const json& one : error.errors()) {
            string place;
            for (const json& part : one["loc"]) place += (place.empty() ? "'" : ", '") + part.get<string>() + "'";
            message += "\nField: (" + place + "), Error: " + one["msg"].get<string>();
        }
        return PlainTextResponse(message, 400);
    });
    app.get<read_item>("/items/{item_id}");
}
} // namespace handling_errors_tutorial004

namespace handling_errors_tutorial005 {
struct Item {
    string title;
    int size;
};
json create_item(Item item) { return item; }
void setup(FastAPI& app) {
    app.exception_handler<RequestValidationError>([](const Request&, const RequestValidationError& error) {
        return JSONResponse(json{{"detail", error.errors()}, {"body", error.body()}}, 422);
    });
    app.post<create_item>("/items/");
}
} // namespace handling_errors_tutorial005

namespace handling_errors_tutorial006 {
void setup(FastAPI& app) {
    app.exception_handler<HTTPException>([](const Request& request, const HTTPException& exception) -> Task<Response> {
        co_return http_exception_handler(request, exception);
    });
    app.exception_handler<RequestValidationError>([](const Request& request, const RequestValidationError& error) -> Task<Response> {
        co_return request_validation_exception_handler(request, error);
    });
    app.get<handling_errors_tutorial004::read_item>("/items/{item_id}");
}
} // namespace handling_errors_tutorial006

namespace middleware_tutorial001 {
void setup(FastAPI& app) {
    app.middleware([](Request& request, CallNext next) -> Task<Response> {
        auto start = std::chrono::steady_clock::now();
        Response response = co_await next(request);
        std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        response.headers.set("X-Process-Time", std::to_string(took.count()));
        co_return response;
    });
}
} // namespace middleware_tutorial001

json hello_world() { return {{"message", "Hello World"}}; }

namespace cors_tutorial001 {
Task<json> main() { co_return hello_world(); }
void setup(FastAPI& app) {
    app.add_middleware<CORSMiddleware>({
        .allow_origins = {"http://localhost.tiangolo.com", "https://localhost.tiangolo.com", "http://localhost", "http://localhost:8080"},
        .allow_methods = {"*"},
        .allow_headers = {"*"},
        .allow_credentials = true,
    });
    app.get<main>("/");
}
} // namespace cors_tutorial001

namespace advanced_middleware {
json main() { return hello_world(); }
void https(FastAPI& app) {
    app.add_middleware<HTTPSRedirectMiddleware>();
    app.get<main>("/");
}
void hosts(FastAPI& app) {
    app.add_middleware<TrustedHostMiddleware>({.allowed_hosts = {"example.com", "*.example.com"}});
    app.get<main>("/");
}
namespace gzip {
json main() { return "somebigcontent"; }
void setup(FastAPI& app) {
    app.add_middleware<GZipMiddleware>({.minimum_size = 1000, .compresslevel = 5});
    app.get<main>("/");
    app.get("/large", [] { return PlainTextResponse(string(4000, 'x')); }, {.include_in_schema = false}); // by the test
}
bool fixture(std::string_view) { return true; }
} // namespace gzip
} // namespace advanced_middleware

namespace custom_request_and_route_tutorial003 {
Task<json> not_timed() { co_return json{{"message", "Not timed"}}; }
Task<json> timed() { co_return json{{"message", "It's the time of my life"}}; }
void setup(FastAPI& app) {
    app.middleware([](Request& request, CallNext next) -> Task<Response> {
        auto start = std::chrono::steady_clock::now();
        Response response = co_await next(request);
        std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (request.route_template == "/timed") response.headers.set("X-Response-Time", std::to_string(took.count()));
        co_return response;
    });
    app.get<not_timed>("/");
    app.get<timed>("/timed");
}
} // namespace custom_request_and_route_tutorial003

namespace exception_handlers {
Generator<int> dependency_with_yield() {
    throw std::invalid_argument("");
    co_yield 0;
}
void with_yield() {}
json route_with_http_exception() { throw HTTPException(400); }
void route_with_request_validation_exception(Path<int, "param">) {}
json route_with_server_error() { throw std::runtime_error("Oops!"); }
void setup(FastAPI& app) {
    app.exception_handler<HTTPException>([](const Request&, const HTTPException&) { return JSONResponse(json{{"exception", "http-exception"}}); });
    app.exception_handler<RequestValidationError>(
        [](const Request&, const RequestValidationError&) { return JSONResponse(json{{"exception", "request-validation"}}); });
    app.exception_handler<std::exception>(
        [](const Request&, const std::exception&) { return JSONResponse(json{{"exception", "server-error"}}, 500); });
    app.get<with_yield>("/dependency-with-yield", {.dependencies = {depends<dependency_with_yield>}});
    app.get<route_with_http_exception>("/http-exception");
    app.get<route_with_request_validation_exception>("/request-validation/{param}/");
    app.get<route_with_server_error>("/server-error");
}
} // namespace exception_handlers

// Dependencies whose state a middleware shows: when each is set up and torn down.
namespace dependency_contextmanager {
struct State {
    std::array<std::pair<string, string>, 8> items;
    string& operator[](std::string_view name) {
        for (auto& [key, value] : items)
            if (key == name) return value;
        return items[0].second;
    }
    [[nodiscard]] string text() const {
        string out;
        for (const auto& [key, value] : items) out += (out.empty() ? "{\"" : ", \"") + key + "\": \"" + value + "\"";
        return out + "}";
    }
    [[nodiscard]] json copy() const {
        json out;
        for (const auto& [key, value] : items) out[key] = value;
        return out;
    }
};
State state;
struct AsyncDependencyError : std::exception {};
struct SyncDependencyError : std::exception {};
struct OtherDependencyError : std::exception {};

struct Finally {
    string* target;
    string value;
    ~Finally() { *target = value; }
};
Generator<string> asyncgen_state() {
    state["/async"] = "asyncgen started";
    co_yield state["/async"];
    state["/async"] = "asyncgen completed";
}
Generator<string> generator_state() {
    state["/sync"] = "generator started";
    co_yield state["/sync"];
    state["/sync"] = "generator completed";
}
Generator<string> asyncgen_state_try() {
    state["/async_raise"] = "asyncgen raise started";
    Finally last{&state["/async_raise"], "asyncgen raise finalized"};
    co_yield state["/async_raise"];
}
Generator<string> generator_state_try() {
    state["/sync_raise"] = "generator raise started";
    Finally last{&state["/sync_raise"], "generator raise finalized"};
    co_yield state["/sync_raise"];
}
Generator<int> context_a() {
    state["context_a"] = "started a";
    Finally last{&state["context_a"], "finished a"};
    int value = 0;
    co_yield value;
}
Generator<int> context_b(Depends<context_a>) {
    state["context_b"] = "started b";
    int value = 0;
    std::exception_ptr error;
    try {
        co_yield value;
    } catch (...) {
        error = std::current_exception();
    }
    state["context_b"] = "finished b with a: " + state["context_a"];
    if (error) std::rethrow_exception(error);
}
// What a background task does: when the answer was sent, before context_b is torn down.
template <bool Sync>
Generator<int> background(Depends<context_b>) {
    int value = 0;
    co_yield value;
    state[Sync ? "sync_bg" : "bg"] = string(Sync ? "sync_bg" : "bg") + " set - b: " + state["context_b"] + " - a: " + state["context_a"];
}

Task<string> get_async(Depends<asyncgen_state> value) { co_return *value; }
Task<string> get_sync(Depends<generator_state> value) { co_return *value; }
Task<json> get_async_raise(Depends<asyncgen_state_try>) { throw AsyncDependencyError(); co_return json(); }
Task<json> get_sync_raise(Depends<generator_state_try>) { throw SyncDependencyError(); co_return json(); }
Task<json> get_async_raise_other(Depends<asyncgen_state_try>) { throw OtherDependencyError(); co_return json(); }
Task<json> get_sync_raise_other(Depends<generator_state_try>) { throw OtherDependencyError(); co_return json(); }
Task<json> get_context_b(Depends<context_b>) { co_return state.copy(); }
Task<json> get_context_b_raise(Depends<context_b>) { throw OtherDependencyError(); co_return json(); }
Task<json> get_context_b_bg(Depends<background<false>>) { co_return state.copy(); }
string get_sync_async(Depends<asyncgen_state> value) { return *value; }
string get_sync_sync(Depends<generator_state> value) { return *value; }
json get_sync_async_raise(Depends<asyncgen_state_try>) { throw AsyncDependencyError(); }
json get_sync_sync_raise(Depends<generator_state_try>) { throw SyncDependencyError(); }
json get_sync_async_raise_other(Depends<asyncgen_state_try>) { throw OtherDependencyError(); }
json get_sync_sync_raise_other(Depends<generator_state_try>) { throw OtherDependencyError(); }
json get_sync_context_b(Depends<context_b>) { return state.copy(); }
json get_sync_context_b_raise(Depends<context_b>) { throw OtherDependencyError(); }
Task<json> get_sync_context_b_bg(Depends<background<true>>) { co_return state.copy(); }

void setup(FastAPI& app) {
    state.items = {{{"/async", "asyncgen not started"},
                    {"/sync", "generator not started"},
                    {"/async_raise", "asyncgen raise not started"},
                    {"/sync_raise", "generator raise not started"},
                    {"context_a", "not started a"},
                    {"context_b", "not started b"},
                    {"bg", "not set"},
                    {"sync_bg", "not set"}}};
    app.get<get_async>("/async");
    app.get<get_sync>("/sync");
    app.get<get_async_raise>("/async_raise");
    app.get<get_sync_raise>("/sync_raise");
    app.get<get_async_raise_other>("/async_raise_other");
    app.get<get_sync_raise_other>("/sync_raise_other");
    app.get<get_context_b>("/context_b");
    app.get<get_context_b_raise>("/context_b_raise");
    app.get<get_context_b_bg>("/context_b_bg");
    app.get<get_sync_async>("/sync_async");
    app.get<get_sync_sync>("/sync_sync");
    app.get<get_sync_async_raise>("/sync_async_raise");
    app.get<get_sync_sync_raise>("/sync_sync_raise");
    app.get<get_sync_async_raise_other>("/sync_async_raise_other");
    app.get<get_sync_sync_raise_other>("/sync_sync_raise_other");
    app.get<get_sync_context_b>("/sync_context_b");
    app.get<get_sync_context_b_raise>("/sync_context_b_raise");
    app.get<get_sync_context_b_bg>("/sync_context_b_bg");
    app.middleware([](Request& request, CallNext next) -> Task<Response> {
        Response response = co_await next(request);
        response.headers.set("x-state", state.text());
        co_return response;
    });
}
} // namespace dependency_contextmanager

namespace ws_router {
struct CustomError {};
void depend_err_handler(FastAPI& app) {
    app.exception_handler<CustomError>([](WebSocket& socket, const CustomError&) { socket.close(1002, "foo"); });
    app.websocket("/custom_error/", [](WebSocket&) -> Task<> { throw CustomError(); co_return; });
}
void ws_dependency_validate(Header<string, "x-missing">) {}
void depend_validation(FastAPI& app) {
    app.websocket("/depends-validate/", [](WebSocket&) -> Task<> { co_return; }, {.dependencies = {depends<ws_dependency_validate>}});
}
} // namespace ws_router

} // namespace

namespace conformance {

void add_docs_middleware(Ports& ports) {
    ports.insert(ports.end(),
                 {
                     {"docs/handling_errors/tutorial003", handling_errors_tutorial003::setup},
                     {"docs/handling_errors/tutorial004", handling_errors_tutorial004::setup},
                     {"docs/handling_errors/tutorial005", handling_errors_tutorial005::setup},
                     {"docs/handling_errors/tutorial006", handling_errors_tutorial006::setup},
                     {"docs/middleware/tutorial001", middleware_tutorial001::setup},
                     {"docs/cors/tutorial001", cors_tutorial001::setup},
                     {"docs/advanced_middleware/tutorial001", advanced_middleware::https},
                     {"docs/advanced_middleware/tutorial002", advanced_middleware::hosts},
                     {"docs/advanced_middleware/tutorial003", advanced_middleware::gzip::setup, nullptr, advanced_middleware::gzip::fixture},
                     {"docs/custom_request_and_route/tutorial003", custom_request_and_route_tutorial003::setup},
                     {"tests/test_exception_handlers", exception_handlers::setup},
                     {"tests/test_dependency_contextmanager", dependency_contextmanager::setup},
                     {"local/tests/test_ws_router.py::test_depend_err_handler#0", ws_router::depend_err_handler},
                     {"local/tests/test_ws_router.py::test_depend_validation#0", ws_router::depend_validation},
                 });
}

} // namespace conformance
