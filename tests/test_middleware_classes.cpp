// The middleware that comes with the library.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <zlib.h>

#include "fastapi/fastapi.hpp"
#include "served.hpp"
#include "socket_client.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

namespace {

std::string header(const TestResponse& response, std::string_view name) { return std::string(response.headers.get(name).value_or("-")); }

std::string unzipped(std::string_view text) {
    z_stream stream{};
    REQUIRE(::inflateInit2(&stream, 15 + 16) == Z_OK);
    std::string out(std::size_t{1} << 20U, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    int result = ::inflate(&stream, Z_FINISH);
    CHECK(result == Z_STREAM_END);
    CHECK(stream.avail_in == 0);
    out.resize(out.size() - stream.avail_out);
    ::inflateEnd(&stream);
    return out;
}

std::string random_like(std::size_t size) {
    std::string text;
    std::uint32_t x = 1;
    while (text.size() < size) text.push_back(static_cast<char>('!' + (x = x * 1664525U + 1013904223U) / 50000000U));
    return text;
}

Generator<std::string> pieces() {
    for (int i = 0; i < 3; ++i) {
        std::string piece(10000, static_cast<char>('a' + i));
        co_yield piece;
        co_await fastapi::sleep(1ms);
    }
}

void add_bodies(FastAPI& app) {
    app.get("/size/{size}", [](std::size_t size) { return PlainTextResponse(random_like(size)); });
    app.get("/stream", [] { return StreamingResponse(pieces(), 200, {}, "text/plain"); });
    app.get("/slow", []() -> Task<PlainTextResponse> {
        co_await fastapi::sleep(2ms);
        co_return PlainTextResponse(std::string(1000, 'x'));
    });
    app.get("/events", []() -> EventSource<json> {
        json one{{"n", 1}};
        co_yield one;
    });
    app.get("/encoded", [] { return Response(std::string(1000, 'x'), 200, {{"content-encoding", "br"}}, "text/plain"); });
    app.get("/tagged", [] { return Response(std::string(1000, 'x'), 200, {{"etag", "\"1\""}, {"vary", "Origin"}}, "text/plain"); });
    app.get("/file", [] { return FileResponse("/etc/services", {.media_type = "text/plain"}); });
}

} // namespace

TEST_CASE("GZipMiddleware") {
    FastAPI app;
    add_bodies(app);
    app.add_middleware<GZipMiddleware>();
    TestClient client(app);
    for (std::size_t size : {500U, 501U, 4000U, 70000U, 300000U}) {
        TestResponse response = client.get("/size/" + std::to_string(size));
        CHECK(header(response, "content-encoding") == "gzip");
        CHECK(header(response, "vary") == "Accept-Encoding");
        CHECK(header(response, "content-length") == std::to_string(response.content.size()));
        CHECK(unzipped(response.content) == random_like(size));
    }
    CHECK(client.get("/size/499").content == random_like(499));
    CHECK(header(client.get("/size/499"), "vary") == "-");
    TestRequest plain{.headers = {{"accept-encoding", "identity"}}};
    CHECK(client.get("/size/1000", plain).content == random_like(1000));
    CHECK(header(client.get("/size/1000", plain), "vary") == "Accept-Encoding");
    TestResponse stream = client.get("/stream");
    CHECK(unzipped(stream.content) == std::string(10000, 'a') + std::string(10000, 'b') + std::string(10000, 'c'));
    CHECK(header(stream, "content-length") == "-");
    CHECK(unzipped(client.get("/slow").content) == std::string(1000, 'x'));
    CHECK(client.get("/events").content == "data: {\"n\": 1}\n\n");
    CHECK(header(client.get("/encoded"), "content-encoding") == "br");
    CHECK(header(client.get("/tagged"), "etag") == "W/\"1\"");
    CHECK(header(client.get("/tagged"), "vary") == "Origin, Accept-Encoding");
    std::string file = client.get("/file", plain).content;
    CHECK(unzipped(client.get("/file").content) == file);
    TestResponse part = client.get("/file", {.headers = {{"range", "bytes=0-999"}}});
    CHECK(part.content == file.substr(0, 1000));
    CHECK_THROWS_AS(app.add_middleware<GZipMiddleware>({.compresslevel = 10}), std::logic_error);
}

TEST_CASE("GZipMiddleware: on a server, streams come piece by piece") {
    Served served([](FastAPI& app) {
        add_bodies(app);
        app.add_middleware<GZipMiddleware>({.minimum_size = 1000, .compresslevel = 5});
    });
    for (std::string path : {"/stream", "/slow", "/file", "/size/70000", "/size/10"}) {
        INFO(path);
        SocketClient client(served.port);
        client.send("GET " + path + " HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n");
        std::string all = client.rest();
        std::string body = all.substr(all.find("\r\n\r\n") + 4);
        std::size_t chunks = 0;
        if (all.find("chunked") != std::string::npos) {
            std::string_view rest = body;
            std::string whole;
            while (!rest.empty()) {
                std::size_t size = std::stoul(std::string(rest.substr(0, rest.find('\r'))), nullptr, 16);
                rest.remove_prefix(rest.find('\n') + 1);
                whole += rest.substr(0, size);
                rest.remove_prefix(size + 2);
                ++chunks;
            }
            body = whole;
        }
        if (path == "/stream") CHECK(chunks == 5); // three pieces, the end of gzip, the end
        if (path == "/size/10") {
            CHECK(body == random_like(10));
        } else {
            CHECK(unzipped(body).size() == (path == "/stream" ? 30000 : path == "/slow" ? 1000 : path == "/file" ? unzipped(body).size() : 70000));
        }
    }
}

TEST_CASE("CORSMiddleware") {
    FastAPI app;
    app.get("/", [] { return 1; });
    app.get("/boom", []() -> int { throw std::runtime_error("boom"); });
    app.get("/slow", []() -> Task<int> {
        co_await fastapi::sleep(1ms);
        co_return 1;
    });
    app.add_middleware<CORSMiddleware>({.allow_origins = {"https://example.org"},
                                        .allow_headers = {"X-Token"},
                                        .allow_credentials = true,
                                        .allow_origin_regex = "https://.*\\.example\\.com",
                                        .expose_headers = {"X-A", "X-B"}});
    TestClient client(app, {.raise_server_exceptions = false});
    TestRequest from{.headers = {{"origin", "https://example.org"}}};
    for (std::string_view path : {"/", "/slow", "/none"}) {
        TestResponse response = client.get(path, from);
        CHECK(header(response, "access-control-allow-origin") == "https://example.org");
        CHECK(header(response, "access-control-allow-credentials") == "true");
        CHECK(header(response, "access-control-expose-headers") == "X-A, X-B");
        CHECK(header(response, "vary") == "Origin");
    }
    CHECK(header(client.get("/"), "vary") == "-");
    CHECK(header(client.get("/boom", from), "access-control-allow-origin") == "-");
    CHECK(header(client.get("/", {.headers = {{"origin", "https://a.example.com"}}}), "access-control-allow-origin") == "https://a.example.com");
    CHECK(header(client.get("/", {.headers = {{"origin", "https://a.example.com.evil"}}}), "access-control-allow-origin") == "-");
    CHECK(client.options("/", from).status_code == 405);
    auto preflight = [&](const TextPairs& headers) { return client.options("/", {.headers = headers}); };
    TestResponse allowed = preflight({{"origin", "https://example.org"}, {"access-control-request-method", "GET"},
                                      {"access-control-request-headers", "x-token, Accept"}});
    CHECK(allowed.status_code == 200);
    CHECK(allowed.content == "OK");
    CHECK(header(allowed, "access-control-allow-headers") == "Accept, Accept-Language, Content-Language, Content-Type, X-Token");
    TestResponse refused = preflight({{"origin", "http://evil"}, {"access-control-request-method", "PUT"},
                                      {"access-control-request-headers", "x-other"}, {"access-control-request-private-network", "true"}});
    CHECK(refused.status_code == 400);
    CHECK(refused.content == "Disallowed CORS origin, method, headers, private-network");
    CHECK_THROWS_AS(OriginPattern("("), std::invalid_argument);
}

TEST_CASE("TrustedHostMiddleware and HTTPSRedirectMiddleware answer as Starlette's") {
    FastAPI app;
    app.get("/", [] { return 1; });
    app.websocket("/", [](WebSocket& socket) { socket.accept(); });
    app.add_middleware<TrustedHostMiddleware>({.allowed_hosts = {"example.com", "*.b.org", "www.c.net"}});
    TestClient client(app, {.follow_redirects = false});
    auto ask = [&](std::string_view host) {
        TestResponse response = client.get("/?q=%20", {.headers = {{"host", std::string(host)}}});
        return std::to_string(response.status_code) + " " + (response.status_code == 307 ? header(response, "location") : response.content);
    };
    for (std::string_view host : {"example.com", "example.com:8000", "x.b.org", "x.y.b.org:1"}) CHECK(ask(host) == "200 1");
    for (std::string_view host : {"EXAMPLE.com", "b.org", "xb.org", "[::1]:80", ""}) CHECK(ask(host) == "400 Invalid host header");
    CHECK(ask("c.net") == "307 http://www.c.net/?q=%20");
    CHECK(ask("c.net:80") == "307 http://www.c.net:80/?q=%20");
    CHECK_THROWS_AS(client.websocket_connect("/"), WebSocketDenialResponse);
    CHECK_THROWS_AS(app.add_middleware<TrustedHostMiddleware>({.allowed_hosts = {"a.*"}}), std::logic_error);
    CHECK_THROWS_AS(app.add_middleware<TrustedHostMiddleware>({.allowed_hosts = {"*a"}}), std::logic_error);

    FastAPI secure;
    secure.get("/", [] { return 1; });
    secure.add_middleware<HTTPSRedirectMiddleware>();
    TestClient redirected(secure, {.follow_redirects = false});
    auto location = [&](std::string_view host) { return header(redirected.get("/a%20b?q=%C3%A9", {.headers = {{"host", std::string(host)}}}), "location"); };
    CHECK(location("example.com") == "https://example.com/a%20b?q=%C3%A9");
    CHECK(location("example.com:80") == "https://example.com/a%20b?q=%C3%A9");
    CHECK(location("Example.com:443") == "https://example.com/a%20b?q=%C3%A9");
    CHECK(location("example.com:8080") == "https://example.com:8080/a%20b?q=%C3%A9");
    CHECK(TestClient(secure, {.base_url = "https://testserver"}).get("/").status_code == 200);
}

TEST_CASE("ProxyHeadersMiddleware believes proxies of ours alone") {
    auto ask = [](std::vector<std::string> trusted, std::string_view client, std::string_view forwarded, std::string_view proto = "https") {
        FastAPI app;
        app.get("/", [](const Request& request) {
            return std::string(request.scheme) + " " + request.client.host + " " + std::to_string(request.client.port);
        });
        app.add_middleware<ProxyHeadersMiddleware>({.trusted_hosts = std::move(trusted)});
        Request request;
        request.client = {std::string(client), 5};
        request.headers.add("x-forwarded-for", forwarded);
        request.headers.add("x-forwarded-proto", proto);
        return app.handle(request).body;
    };
    CHECK(ask({"127.0.0.1"}, "127.0.0.1", "1.2.3.4") == "\"https 1.2.3.4 0\"");
    CHECK(ask({"127.0.0.1"}, "9.9.9.9", "1.2.3.4") == "\"http 9.9.9.9 5\"");
    CHECK(ask({"127.0.0.1"}, "127.0.0.1", "6.6.6.6, 1.2.3.4, 127.0.0.1") == "\"https 1.2.3.4 0\"");
    CHECK(ask({"127.0.0.1", "10.0.0.0/8"}, "10.1.2.3", "6.6.6.6, 1.2.3.4:80, 10.9.9.9") == "\"https 1.2.3.4 80\"");
    CHECK(ask({"10.0.0.0/9"}, "10.128.0.0", "1.2.3.4") == "\"http 10.128.0.0 5\"");
    CHECK(ask({"2001:db8::/33"}, "2001:db8:7fff::1", "[2001:db9::1]:443") == "\"https 2001:db9::1 443\"");
    CHECK(ask({"2001:db8::/33"}, "2001:db8:8000::1", "1.2.3.4") == "\"http 2001:db8:8000::1 5\"");
    CHECK(ask({"*"}, "9.9.9.9", "1.1.1.1, 2.2.2.2", "nonsense") == "\"http 1.1.1.1 0\"");
    CHECK(ask({"127.0.0.1"}, "127.0.0.1", "127.0.0.1", "http") == "\"http 127.0.0.1 0\"");
    CHECK(ask({"127.0.0.1"}, "127.0.0.1", "") == "\"https 127.0.0.1 5\"");
    CHECK_THROWS_AS(ask({"10.0.0.0/33"}, "", ""), std::logic_error);
    CHECK_THROWS_AS(ask({"nonsense/8"}, "", ""), std::logic_error);
}

TEST_CASE("SessionMiddleware: SHA-1, HMAC and signatures are Python's") {
    std::string a(1000, 'a');
    auto digits = [](std::string_view bytes) {
        std::string out;
        for (char c : bytes) {
            char text[3];
            std::snprintf(text, sizeof text, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += text;
        }
        return out;
    };
    const std::pair<std::size_t, const char*> sums[] = {
        {0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},   {55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
        {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},  {63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
        {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},  {65, "11655326c708d70319be2610e8a57d9a5b959d3b"},
        {119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"}, {120, "f34c1488385346a55709ba056ddd08280dd4c6d6"},
        {1000, "291e9a6c66994949b57ba5e650361e98fc36b1ba"},
    };
    for (const auto& [size, sum] : sums) CHECK(digits(detail::sha1(std::string_view(a).substr(0, size))) == sum);
    CHECK(digits(detail::hmac_sha1(std::string(100, 'k'), "text")) == "ee65a3d3561c057d49fb181c09b0b6dd599cf43e");
    std::string key = detail::sha1("itsdangerous.Signersignersecret-key");
    std::string signed_text = "eyJ1c2VyIjogIlx1MDBlOSIsICJuIjogWzEsIDJdfQ==.ZVPxAA.6bSkVzXe9JxN-DeohV8tSHBhRvI";
    std::string value = signed_text.substr(0, signed_text.find('.'));
    CHECK(detail::sign_with_time(key, value, 1700000000) == signed_text);
    CHECK(detail::sign_with_time(key, "", 1700000000) == ".ZVPxAA.VXja0dsEe9ppV6ftALRkyioY5Rs");
    CHECK(detail::unsign_with_time(key, signed_text, 1700000010, 10) == value);
    CHECK(!detail::unsign_with_time(key, signed_text, 1700000011, 10));
    CHECK(!detail::unsign_with_time(key, signed_text, 1699999999, 10)); // from the future
    CHECK(detail::unsign_with_time(key, signed_text, 1800000000, std::nullopt) == value);
    for (std::size_t i = 0; i < signed_text.size(); ++i) { // any byte changed, any length
        std::string wrong = signed_text;
        wrong[i] = wrong[i] == 'x' ? 'y' : 'x';
        CHECK(!detail::unsign_with_time(key, wrong, 1700000000, 10));
        CHECK(!detail::unsign_with_time(key, signed_text.substr(0, i), 1700000000, 10));
    }
}

TEST_CASE("SessionMiddleware") {
    FastAPI app;
    app.get("/visits", [](Request& request) {
        json& session = request.session();
        session["visits"] = session.value("visits", 0) + 1;
        return session["visits"];
    });
    app.get("/visits/slow", [](Request& request) -> Task<json> {
        co_await fastapi::sleep(1ms);
        json& session = request.session();
        session["visits"] = session.value("visits", 0) + 1;
        co_return session["visits"];
    });
    app.get("/read", [](Request& request) { return request.session(); });
    app.get("/clear", [](Request& request) {
        request.session().clear();
        return 0;
    });
    app.get("/none", [] { return 0; });
    app.websocket("/ws", [](WebSocket& socket) {
        socket.accept();
        socket.send_json(socket.request().session());
    });
    CHECK_THROWS_AS(TestClient(app).get("/visits"), std::logic_error);
    app.add_middleware<SessionMiddleware>({.secret_key = "secret", .https_only = true, .domain = "example.org"});
    TestClient client(app);
    CHECK(header(client.get("/none"), "set-cookie") == "-");
    CHECK(header(client.get("/none"), "vary") == "-");
    TestResponse first = client.get("/visits");
    CHECK(first.content == "1");
    CHECK(header(first, "vary") == "Cookie");
    CHECK(header(first, "set-cookie").ends_with("; path=/; Max-Age=1209600; httponly; samesite=lax; secure; domain=example.org"));
    CHECK(client.get("/visits").content == "2");
    CHECK(client.get("/visits/slow").content == "3");
    CHECK(client.get("/read").content == R"({"visits":3})");
    CHECK(header(client.get("/read"), "set-cookie") == "-"); // nothing was changed
    CHECK(client.websocket_connect("/ws").receive_json() == json{{"visits", 3}});
    CHECK(header(client.get("/clear"), "set-cookie").starts_with("session=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly"));
    client.cookies = {{"session", "eyJ2aXNpdHMiOiA5fQ==.ZVPxAA.6bSkVzXe9JxN-DeohV8tSHBhRvI"}}; // not signed by us
    CHECK(client.get("/visits").content == "1");
    CHECK_THROWS_AS(app.add_middleware<SessionMiddleware>(), std::logic_error);
}

TEST_CASE("RateLimitMiddleware") {
    FastAPI app;
    app.get("/", [] { return 1; });
    app.add_middleware<RateLimitMiddleware>({.limit = 3, .window_seconds = 0.6, .key = [](const Request& request) {
        return std::string(request.headers.get("x-user", ""));
    }, .policy = "users", .max_keys = 8});
    TestClient client(app);
    auto ask = [&](const std::string& user) { return client.get("/", {.headers = {{"x-user", user}}}); };
    CHECK(header(ask("a"), "ratelimit") == "\"users\";r=2;t=1");
    CHECK(header(ask("a"), "ratelimit-policy") == "\"users\";q=3;w=1");
    CHECK(ask("a").status_code == 200);
    TestResponse refused = ask("a");
    CHECK(refused.status_code == 429);
    CHECK(refused.content == R"({"detail":"Too Many Requests"})");
    CHECK(header(refused, "retry-after") == "1");
    CHECK(header(refused, "ratelimit") == "\"users\";r=0;t=1");
    CHECK(ask("b").status_code == 200);
    CHECK(header(ask(""), "ratelimit") == "-"); // nobody: not limited
    std::this_thread::sleep_for(250ms);
    CHECK(ask("a").status_code == 200);
    CHECK(ask("a").status_code == 429);
    for (int i = 0; i < 1000; ++i) CHECK(ask("other" + std::to_string(i)).status_code == 200); // in eight places
}

TEST_CASE("RateLimitMiddleware: many threads get no more tokens than there are") {
    FastAPI app;
    app.get("/", [] { return 1; });
    app.add_middleware<RateLimitMiddleware>({.limit = 100, .window_seconds = 3600});
    std::atomic<int> allowed{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int k = 0; k < 100; ++k) {
                Request request;
                request.client.host = "1.2.3.4";
                allowed += app.handle(request).status_code == 200;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(allowed == 100);
}

TEST_CASE("BodySizeLimitMiddleware and TimeoutMiddleware") {
    FastAPI app;
    app.post("/", [](const Request& request) { return request.body.size(); });
    app.post("/stream", [](RequestStream stream) -> Task<std::size_t> {
        std::size_t size = 0;
        while (auto piece = co_await stream.next()) size += piece->size();
        co_return size;
    });
    app.get("/slow", []() -> Task<int> {
        co_await fastapi::sleep(60s);
        co_return 1;
    });
    app.get("/own", []() -> Task<int> {
        co_await fastapi::sleep(60ms);
        co_return 1;
    }, {.handler_timeout_ms = 0});
    app.add_middleware<BodySizeLimitMiddleware>({.max_bytes = 10});
    app.add_middleware<TimeoutMiddleware>({.milliseconds = 30});
    TestClient client(app);
    CHECK(client.post("/", {.content = "0123456789"}).status_code == 200);
    CHECK(client.post("/", {.content = "0123456789a"}).status_code == 413);
    CHECK(client.post("/stream", {.pieces = {"01234", "56789"}}).content == "10");
    CHECK(client.post("/stream", {.pieces = {"01234", "567890"}}).status_code == 413);
    CHECK(client.get("/slow").status_code == 504);
    CHECK(client.get("/own").status_code == 200);
}

TEST_CASE("SecurityHeadersMiddleware and RequestIdMiddleware") {
    FastAPI app;
    app.get("/", [](const Request& request) { return std::string(request_id(request)); });
    app.get("/framed", [] { return Response("", 200, {{"x-frame-options", "DENY"}}); });
    app.add_middleware<SecurityHeadersMiddleware>({.content_security_policy = "default-src 'self'", .referrer_policy = ""});
    app.add_middleware<RequestIdMiddleware>();
    TestClient client(app);
    TestResponse response = client.get("/");
    CHECK(header(response, "x-frame-options") == "SAMEORIGIN");
    CHECK(header(response, "content-security-policy") == "default-src 'self'");
    CHECK(header(response, "referrer-policy") == "-");
    CHECK(header(response, "strict-transport-security") == "-");
    CHECK(header(client.get("/framed"), "x-frame-options") == "DENY");
    CHECK(header(TestClient(app, {.base_url = "https://x"}).get("/"), "strict-transport-security") == "max-age=31536000; includeSubDomains");
    CHECK(header(response, "x-request-id").size() == 32);
    CHECK(response.content == "\"" + header(response, "x-request-id") + "\"");
    CHECK(header(client.get("/", {.headers = {{"x-request-id", "abc-1.2"}}}), "x-request-id") == "abc-1.2");
    for (std::string bad : {std::string("a b"), std::string("a\"b"), std::string(129, 'a'), std::string()})
        CHECK(header(client.get("/", {.headers = {{"x-request-id", bad}}}), "x-request-id").size() == 32);
}

TEST_CASE("TraceContextMiddleware") {
    const char* good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    CHECK(detail::read_traceparent(good).trace == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(detail::read_traceparent(good).flags == "01");
    CHECK(!detail::read_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").trace.empty());
    for (std::string_view bad : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                 "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                 "00-4BF92F3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"})
        CHECK(detail::read_traceparent(bad).trace.empty());
    FastAPI app;
    app.get("/", [](const Request& request) { return std::string(traceparent(request)); });
    app.add_middleware<TraceContextMiddleware>();
    TestClient client(app);
    std::string given = client.get("/", {.headers = {{"traceparent", good}}}).json();
    CHECK(given.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
    CHECK(given.ends_with("-01"));
    CHECK(given.substr(36, 16) != "00f067aa0ba902b7");
    std::string made = client.get("/").json();
    CHECK(!detail::read_traceparent(made).trace.empty());
}

TEST_CASE("AccessLogMiddleware and MetricsMiddleware") {
    std::FILE* log = std::tmpfile();
    REQUIRE(log);
    FastAPI app;
    app.get("/items/{id}", [](int id) { return id; });
    app.get("/boom", []() -> int { throw std::runtime_error("boom"); });
    app.add_middleware<RequestIdMiddleware>();
    app.add_middleware<TraceContextMiddleware>();
    app.add_middleware<AccessLogMiddleware>({.json = true, .out = log});
    app.add_middleware<AccessLogMiddleware>({.json = false, .out = log});
    app.add_middleware<MetricsMiddleware>({.buckets = {0.5, 60}});
    TestClient client(app, {.raise_server_exceptions = false});
    CHECK(client.get("/items/7?q=\"x\n\xFF", {.headers = {{"x-request-id", "abc"}, {"user-agent", "a\"\xFF"}}}).status_code == 200);
    CHECK(client.get("/items/x").status_code == 422);
    CHECK(client.get("/boom").status_code == 500);
    for (int i = 0; i < 50; ++i) CHECK(client.request("METHOD" + std::to_string(i), "/none" + std::to_string(i)).status_code == 404);
    std::rewind(log);
    std::string text(std::size_t{1} << 16U, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), log));
    std::fclose(log);
    std::size_t lines = 0;
    for (char c : text) lines += c == '\n';
    CHECK(lines == 106);
    json first = parse_json(text.substr(0, text.find('\n')));
    CHECK(first["route"] == "/items/{id}");
    CHECK(first["status"] == 200);
    CHECK(first["method"] == "GET");
    CHECK(first["trace_id"].get<std::string>().size() == 32);
    CHECK(first["duration_ms"].get<double>() >= 0);
    std::string second = text.substr(text.find('\n') + 1);
    CHECK(second.starts_with("INFO:     testclient:50000 - \"GET /items/7?q=\"x%0A%FF HTTP/1.1\" 200 OK "));
    CHECK(second.find(" ms id=abc trace=") != std::string::npos);
    std::string metrics = client.get("/metrics").content;
    auto has = [&](std::string_view line) { return ("\n" + metrics).find("\n" + std::string(line) + "\n") != std::string::npos; };
    CHECK(has(R"(http_requests_total{method="GET",route="/items/{id}",status="200"} 1)"));
    CHECK(has(R"(http_requests_total{method="GET",route="/items/{id}",status="422"} 1)"));
    CHECK(has(R"(http_requests_total{method="GET",route="/boom",status="500"} 1)"));
    CHECK(has(R"(http_requests_total{method="other",route="none",status="404"} 50)"));
    CHECK(has(R"(http_request_duration_seconds_bucket{method="other",route="none",status="404",le="60"} 50)"));
    CHECK(has(R"(http_request_duration_seconds_bucket{method="other",route="none",status="404",le="+Inf"} 50)"));
    CHECK(has("http_requests_in_progress 0"));
    CHECK(has("server_requests_total 0"));
    CHECK_THROWS_AS(app.add_middleware<MetricsMiddleware>({.buckets = {1, 1}}), std::logic_error);
}
