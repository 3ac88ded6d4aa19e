// Middleware: a function round every request, a class with hooks, CORS.
#include <chrono>

#include "fastapi.hpp"
using namespace fastapi;

// [class]
struct VersionMiddleware {
    void after(const Request&, Response& response) const { response.headers.set("x-version", "1.2.3"); }
};
// [/class]

int main(int argc, char** argv) {
    FastAPI app;
    // [function]
    app.middleware([](Request& request, CallNext next) -> Task<Response> {
        auto start = std::chrono::steady_clock::now();
        Response response = co_await next(request);
        std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        response.headers.set("x-process-time", std::to_string(took.count()));
        co_return response;
    });
    // [/function]
    // [add]
    app.add_middleware<VersionMiddleware>();
    app.add_middleware<GZipMiddleware>({.minimum_size = 1000});
    // [/add]
    // [cors]
    app.add_middleware<CORSMiddleware>({.allow_origins = {"https://books.example.org"},
                                        .allow_methods = {"GET", "POST"},
                                        .allow_headers = {"x-key"},
                                        .max_age = 600});
    // [/cors]
    app.get("/", [] { return json{{"message", "Hello"}}; });
    app.get("/long", [] { return std::string(5000, 'x'); });
    return app.run(argc, argv);
}
