// Middleware and exception handlers: one of each form, and some that are there already.
// make run EXAMPLE=middleware   then
//   curl -i http://127.0.0.1:8000/items/3                      409, from an exception handler
//   curl -i -b jar -c jar http://127.0.0.1:8000/visits         a session in a signed cookie
//   curl -i -H 'origin: https://example.org' --compressed http://127.0.0.1:8000/items/1
//   curl http://127.0.0.1:8000/metrics
#include <chrono>
#include <stdexcept>
#include <string>

#include "fastapi.hpp"
using namespace fastapi;

struct OutOfStock : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A class with hooks never waits, whatever the handler does.
struct VersionMiddleware {
    void after(const Request&, Response& response) const { response.headers.set("x-version", "1.2.3"); }
};

int main(int argc, char** argv) {
    FastAPI app{{.title = "Middleware"}};
    app.add_middleware<GZipMiddleware>({.minimum_size = 1000});
    app.add_middleware<CORSMiddleware>({.allow_origins = {"https://example.org"}, .allow_methods = {"*"}});
    app.add_middleware<SessionMiddleware>({.secret_key = "change me"});
    app.add_middleware<SecurityHeadersMiddleware>();
    app.add_middleware<RateLimitMiddleware>({.limit = 1000, .window_seconds = 60});
    app.add_middleware<VersionMiddleware>();
    app.add_middleware<MetricsMiddleware>();
    // A coroutine: no thread waits while the handler does.
    app.middleware([](Request& request, CallNext next) -> Task<Response> {
        auto start = std::chrono::steady_clock::now();
        Response response = co_await next(request);
        std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        response.headers.set("server-timing", "app;dur=" + std::to_string(took.count()));
        co_return response;
    });

    app.exception_handler<OutOfStock>([](const Request& request, const OutOfStock& error) {
        return JSONResponse(json{{"message", error.what()}, {"path", request.path()}}, 409);
    });
    app.exception_handler(404, [](const Request& request, const HTTPException&) {
        return JSONResponse(json{{"message", "there is nothing at " + std::string(request.path())}}, 404);
    });

    app.get("/", [] { return "Hello World"; });
    app.get("/items/{item_id}", [](int item_id) -> Task<json> {
        co_await fastapi::sleep(std::chrono::milliseconds(5));
        if (item_id == 3) throw OutOfStock("none left of 3");
        json item{{"item_id", item_id}, {"text", std::string(2000, 'x')}};
        co_return item;
    });
    app.get("/visits", [](Request& request) {
        json& session = request.session();
        session["visits"] = session.value("visits", 0) + 1;
        return session["visits"];
    });
    return app.run(argc, argv);
}
