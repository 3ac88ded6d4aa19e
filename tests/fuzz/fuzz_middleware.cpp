// libFuzzer: a request whose headers are bytes, through all the middleware that reads some. Each line of the input is "name: value".
// What must hold: nothing crashes; an answer has a status and no header that ends its line; what the session's cookie holds was signed
// by us; an origin that is mirrored is one that is allowed; the id of a request is one.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fastapi.hpp"

using namespace fastapi;

namespace {

[[noreturn]] void fail(const char* what, std::string_view one) {
    std::fprintf(stderr, "%s\n%.*s\n", what, static_cast<int>(one.size()), one.data());
    std::abort();
}

std::FILE* nowhere() {
    static std::FILE* file = std::fopen("/dev/null", "w");
    return file;
}

FastAPI& application() {
    static FastAPI* app = [] {
        auto made = new FastAPI;
        made->get("/", [](Request& request) { return request.session(); });
        made->post("/", [](const Request& request) { return std::string(request.client.host); });
        made->add_middleware<GZipMiddleware>({.minimum_size = 10});
        made->add_middleware<CORSMiddleware>({.allow_origins = {"http://a"}, .allow_headers = {"X-A"}, .allow_credentials = true});
        made->add_middleware<SessionMiddleware>({.secret_key = "of the fuzzer"});
        made->add_middleware<SecurityHeadersMiddleware>();
        made->add_middleware<RateLimitMiddleware>({.limit = 1000000, .window_seconds = 1, .max_keys = 64});
        made->add_middleware<BodySizeLimitMiddleware>({.max_bytes = 1000});
        made->add_middleware<TrustedHostMiddleware>({.allowed_hosts = {"*.a", "b"}});
        made->add_middleware<RequestIdMiddleware>();
        made->add_middleware<TraceContextMiddleware>();
        made->add_middleware<AccessLogMiddleware>({.json = true, .out = nowhere()});
        made->add_middleware<AccessLogMiddleware>({.json = false, .out = nowhere()});
        made->add_middleware<MetricsMiddleware>();
        made->add_middleware<ProxyHeadersMiddleware>({.trusted_hosts = {"10.0.0.0/8", "fe80::/10", "unix"}});
        return made;
    }();
    return *app;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    static constexpr std::string_view methods[] = {"GET", "POST", "OPTIONS", "HEAD"};
    static constexpr std::string_view clients[] = {"10.1.2.3", "fe80::1", "unix", "8.8.8.8"};
    std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    Request request;
    request.method = methods[data[0] % 4];
    request.target = data[0] & 16U ? "/metrics" : "/";
    request.client.host = clients[data[0] / 4 % 4];
    for (std::string_view rest = text; !rest.empty();) {
        std::size_t end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        std::size_t colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        std::string_view value = line.substr(colon + 2);
        if (value.find('\r') != std::string_view::npos || value.find('\0') != std::string_view::npos) continue; // which a server refuses
        request.headers.add(line.substr(0, colon), value);
    }
    Response response = application().handle(request);
    if (response.status_code < 200 || response.status_code > 599) fail("the status is none", text);
    for (const auto& [name, value] : response.headers)
        if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) fail("a header ends its line", value);
    auto origin = response.headers.get("access-control-allow-origin");
    if (origin && *origin != "http://a") fail("an origin that is not allowed", *origin);
    if (response.status_code == 500) fail("something was thrown", text);
    auto id = response.headers.get("x-request-id");
    if (request.target == "/metrics") return 0; // answered further outside
    if (!id || id->empty() || id->size() > 128) fail("no id", text);
    if (request.method == "GET" && response.status_code == 200 && response.body != "{}" && !response.headers.contains("content-encoding") &&
        request.target == "/")
        fail("a session that nobody signed", response.body);
    return 0;
}
