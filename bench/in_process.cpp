// COUNT requests to ENDPOINT without a network, for callgrind. Usage: in_process ENDPOINT COUNT [--bare]
// --bare runs the handlers written by hand (bare_handlers.hpp), routed by string comparison, for comparison.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bare_handlers.hpp"
#include "bench_app.hpp"

namespace {

constexpr const char* body =
    R"({"name":"Foo","price":35.4,"quantity":3,"description":"A very nice item","tags":["red","blue"]})";

struct Endpoint {
    std::string_view name, method, target, payload;
};

constexpr Endpoint endpoints[] = {
    {"plaintext", "GET", "/plaintext", ""},
    {"json", "GET", "/json", ""},
    {"params", "GET", "/items/42?q=hello&limit=20", ""},
    {"post", "POST", "/items", body},
};

std::size_t run_bare(const Endpoint& endpoint, long count) {
    std::size_t bytes = 0;
    for (long i = 0; i < count; ++i) {
        httplib::Request req;
        req.method = endpoint.method;
        std::size_t question = endpoint.target.find('?');
        req.target = endpoint.target;
        req.path = httplib::detail::decode_url(std::string(endpoint.target.substr(0, question)), false);
        req.headers.emplace("Host", "127.0.0.1");
        if (question != endpoint.target.npos)
            httplib::detail::parse_query_text(std::string(endpoint.target.substr(question + 1)), req.params);
        if (!endpoint.payload.empty()) {
            req.headers.emplace("Content-Type", "application/json");
            req.body = endpoint.payload;
        }
        httplib::Response res;
        if (!bare::dispatch(req, res) || (res.status != 200 && res.status != -1)) return 0;
        bytes += res.body.size();
    }
    return bytes;
}

std::size_t run_ours(const Endpoint& endpoint, long count) {
    fastapi::FastAPI app{{.title = "Bench"}};
    bench::add_routes(app);
    std::size_t bytes = 0;
    for (long i = 0; i < count; ++i) {
        fastapi::Request request;
        request.method = endpoint.method;
        request.target = endpoint.target;
        request.headers.add("host", "127.0.0.1");
        if (!endpoint.payload.empty()) request.headers.add("content-type", "application/json");
        request.body = endpoint.payload;
        fastapi::Response response = app.handle(request);
        if (response.status_code != 200) return 0;
        bytes += response.body.size();
    }
    return bytes;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) return std::fprintf(stderr, "usage: in_process ENDPOINT COUNT [--bare]\n"), 2;
    long count = std::atol(argv[2]);
    for (const Endpoint& endpoint : endpoints) {
        if (endpoint.name != argv[1]) continue;
        std::size_t bytes = argc > 3 ? run_bare(endpoint, count) : run_ours(endpoint, count);
        std::printf("%ld requests, %zu bytes\n", count, bytes);
        return bytes == 0;
    }
    return std::fprintf(stderr, "no endpoint %s\n", argv[1]), 2;
}
