// What handlers return becomes an answer: values, Response classes, cookies, status codes, the injected Response.

#include <map>

#include "support.hpp"

using namespace fastapi;

namespace {

struct Item {
    std::string name;
    Field<double> price = 1.0;
};

std::string header(const TestResponse& answer, std::string_view name) {
    return std::string(answer.headers.get(name).value_or("(none)"));
}

// status, content type and body of what a handler gives.
template <class F>
std::string answer_of(F handler, RouteOptions options = {}) {
    FastAPI app;
    app.get("/", handler, std::move(options));
    auto answer = TestClient{app, {.follow_redirects = false}}.get("/");
    return std::to_string(answer.status_code) + " " + header(answer, "content-type") + " " + answer.text();
}

std::string set_cookie_of(std::string_view value, const CookieOptions& options = {}) {
    Response response;
    response.set_cookie("k", value, options);
    return std::string(response.headers.get("set-cookie").value_or("(none)"));
}

} // namespace

TEST_CASE("values are JSON") {
    CHECK(answer_of([] { return 1; }) == "200 application/json 1");
    CHECK(answer_of([] { return 1.0; }) == "200 application/json 1.0");
    CHECK(answer_of([] { return true; }) == "200 application/json true");
    CHECK(answer_of([] { return std::string("é\"x"); }) == "200 application/json \"é\\\"x\"");
    CHECK(answer_of([] { return "literal"; }) == "200 application/json \"literal\"");
    CHECK(answer_of([] { return std::string_view("view"); }) == "200 application/json \"view\"");
    CHECK(answer_of([] {}) == "200 application/json null");
    CHECK(answer_of([] { return json{{"a", {1, 2.5}}}; }) == R"(200 application/json {"a":[1,2.5]})");
    CHECK(answer_of([] { return Item{"n"}; }) == R"(200 application/json {"name":"n","price":1.0})");
    CHECK(answer_of([] {
              return std::vector<Item>{{"a"}, {"b"}};
          }) == R"(200 application/json [{"name":"a","price":1.0},{"name":"b","price":1.0}])");
    CHECK(answer_of([] { return std::optional<Item>(); }) == "200 application/json null");
    CHECK(answer_of([] { return std::optional<Item>(Item{"n"}); }) ==
          R"(200 application/json {"name":"n","price":1.0})");
    CHECK(answer_of([] { return std::map<std::string, int>{{"a", 1}}; }) == R"(200 application/json {"a":1})");
    CHECK(answer_of([] { return std::vector<std::string>{"a"}; }) == R"(200 application/json ["a"])");
    CHECK(answer_of([] { return Literal<"a", "b">("b"); }) == "200 application/json \"b\"");
    CHECK(answer_of([] { return std::numeric_limits<double>::infinity(); }) == "200 application/json null");
    static const Item fixed{"f"};
    CHECK(answer_of([]() -> const Item& { return fixed; }) == R"(200 application/json {"name":"f","price":1.0})");
    CHECK(answer_of([] { return Field<int>(3); }) == "200 application/json 3");
}

TEST_CASE("Response classes") {
    CHECK(answer_of([] { return JSONResponse(json{{"a", 1}}, 201); }) == R"(201 application/json {"a":1})");
    CHECK(answer_of([] { return PlainTextResponse("text"); }) == "200 text/plain; charset=utf-8 text");
    CHECK(answer_of([] { return HTMLResponse("<p>", 404); }) == "404 text/html; charset=utf-8 <p>");
    CHECK(answer_of([] { return Response("bytes"); }) == "200 (none) bytes");
    CHECK(answer_of([] { return Response("a;b", 200, {}, "text/csv"); }) == "200 text/csv; charset=utf-8 a;b");
    CHECK(answer_of([] { return Response("x", 200, {}, "text/css; charset=latin-1"); }) ==
          "200 text/css; charset=latin-1 x");
    CHECK(answer_of([] { return Response("x", 200, {}, "image/png"); }) == "200 image/png x");
    CHECK(answer_of([] { return Response("x", 200, {{"Content-Type", "a/b"}}, "image/png"); }) == "200 a/b x");
    CHECK(answer_of([] { return PlainTextResponse("own"); }, {.status_code = 201}) ==
          "200 text/plain; charset=utf-8 own"); // a Response keeps its status
    CHECK(answer_of([]() -> Response { return HTMLResponse("sliced is fine"); }) ==
          "200 text/html; charset=utf-8 sliced is fine");
}

TEST_CASE("redirects") {
    FastAPI app;
    app.get("/", [](Query<std::string, "to"> to, Query<int, "status", Default(307)> status) {
        return RedirectResponse(*to, status);
    });
    TestClient client{app, {.follow_redirects = false}};
    auto location = [&](const std::string& to) {
        return header(client.get("/", {.params = {{"to", to}}}), "location");
    };
    auto answer = client.get("/?to=/x");
    CHECK(answer.status_code == 307);
    CHECK(answer.text().empty());
    CHECK(header(answer, "content-length") == "0");
    CHECK(header(answer, "content-type") == "(none)");
    CHECK(client.get("/?to=/x&status=303").status_code == 303);
    CHECK(location("https://example.com/a?b=c&d=%20#e") == "https://example.com/a?b=c&d=%20#e");
    CHECK(location("/with space/é") == "/with%20space/%C3%A9");
    CHECK(location("/a\"b<c>`{|}^\\") == "/a%22b%3Cc%3E%60%7B%7C%7D%5E%5C");
    CHECK(location("/x\r\nset-cookie: evil=1") == "/x%0D%0Aset-cookie:%20evil=1");
    CHECK(location("[::1]!$&'()*+,;=~@") == "[::1]!$&'()*+,;=~@");
}

TEST_CASE("the status of a route") {
    CHECK(answer_of([] { return 1; }, {.status_code = 201}) == "201 application/json 1");
    CHECK(answer_of([] { return Item{"n"}; }, {.status_code = 202}).substr(0, 3) == "202");
    CHECK(answer_of([] {}, {.status_code = 204}) == "204 application/json ");
    CHECK(answer_of([] { return 1; }, {.status_code = 304}) == "304 application/json ");
    CHECK(answer_of([] { return Response("body", 204); }) == "204 (none) ");
    CHECK(answer_of([] { return Response("body", 205); }) == "205 (none) ");
}

TEST_CASE("an injected Response gives headers, cookies and status to the answer") {
    FastAPI app;
    app.get("/value", [](Response& response) {
        response.headers.set("x-a", "1");
        response.headers.append("x-a", "2");
        response.set_cookie("c", "v");
        response.status_code = 418;
        return Item{"n"};
    });
    app.get("/route-status", [](Response& response) { response.headers.set("x-a", "1"); }, {.status_code = 202});
    app.get("/response", [](Response& response) {
        response.set_cookie("c", "v");
        response.status_code = 201;
        return PlainTextResponse("own", 203, {{"x-own", "1"}});
    });
    app.get("/no-content", [](Response& response) {
        response.status_code = 204;
        return 1;
    });
    TestClient client{app};
    auto value = client.get("/value");
    CHECK(value.status_code == 418);
    CHECK(value.text() == R"({"name":"n","price":1.0})");
    std::vector<std::string> order;
    for (const auto& [name, text] : value.headers) order.push_back(name + "=" + text);
    REQUIRE(order.size() == 5);
    CHECK(std::vector<std::string>(order.begin(), order.begin() + 4) ==
          std::vector<std::string>{"content-type=application/json", "x-a=1", "x-a=2",
                                   "set-cookie=c=v; Path=/; SameSite=lax"});
    CHECK(client.get("/route-status").status_code == 202);
    auto response = client.get("/response");
    CHECK(response.status_code == 203); // a Response of its own keeps its status
    CHECK(header(response, "x-own") == "1");
    CHECK(header(response, "set-cookie") == "c=v; Path=/; SameSite=lax");
    CHECK(client.get("/no-content").text().empty());
}

TEST_CASE("cookies are written as Python's http.cookies does") {
    CHECK(set_cookie_of("v") == "k=v; Path=/; SameSite=lax");
    CHECK(set_cookie_of("") == "k=\"\"; Path=/; SameSite=lax");
    CHECK(set_cookie_of("v w;x") == "k=\"v w\\073x\"; Path=/; SameSite=lax");
    CHECK(set_cookie_of("a\"b\\c,d") == "k=\"a\\\"b\\\\c\\054d\"; Path=/; SameSite=lax");
    CHECK(set_cookie_of("a=b") == "k=\"a=b\"; Path=/; SameSite=lax");
    CHECK(set_cookie_of("!#$%&'*+-.^_`|~:") == "k=!#$%&'*+-.^_`|~:; Path=/; SameSite=lax");
    CHECK(set_cookie_of("a\r\nb") == "k=\"a\\015\\012b\"; Path=/; SameSite=lax");
    CHECK(set_cookie_of("v", {.max_age = 3,
                              .expires = "Wed, 21 Oct 2026 07:28:00 GMT",
                              .path = "/p",
                              .domain = "d.com",
                              .secure = true,
                              .httponly = true,
                              .samesite = "none"}) == "k=v; expires=Wed, 21 Oct 2026 07:28:00 GMT; Domain=d.com; "
                                                      "HttpOnly; Max-Age=3; Path=/p; SameSite=none; Secure");
    CHECK(set_cookie_of("v", {.path = "", .samesite = ""}) == "k=v");
    Response response;
    response.delete_cookie("k");
    std::string deleted(*response.headers.get("set-cookie"));
    CHECK(deleted.starts_with("k=\"\"; expires="));
    CHECK(deleted.ends_with(" GMT; Max-Age=0; Path=/; SameSite=lax"));
    CHECK_THROWS_AS(response.set_cookie("k\r\nx", "v"), std::invalid_argument);
    CHECK_THROWS_AS(response.set_cookie("k", "v", {.path = "/\r\nset-cookie: evil=1"}), std::invalid_argument);
}

TEST_CASE("a cookie that was set is read back as it was") {
    FastAPI app;
    app.get("/set", [](Query<std::string, "v"> v, Response& response) { response.set_cookie("c", *v); });
    app.get("/get", [](Cookie<std::string, "c"> c) { return *c; });
    for (std::string value : {"plain", "two words", "a;b,c", "q\"uo\\te", "100%", "é", "a=b&c", "[1]"}) {
        CAPTURE(value);
        TestClient client{app};
        client.get("/set", {.params = {{"v", value}}});
        CHECK(client.get("/get").json() == value);
    }
}

TEST_CASE("response headers") {
    Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
    CHECK(headers.size() == 3);
    CHECK(headers.get("a") == "1");
    headers.set("a", "4");
    CHECK(headers.size() == 2);
    CHECK(headers.get("A") == "4");
    headers.append("B", "5");
    CHECK(headers.get("b") == "2");
    headers.remove("B");
    CHECK_FALSE(headers.contains("b"));
    CHECK(headers.size() == 1);
    for (auto [name, value] :
         {std::pair{"x\r", "v"}, {"x", "v\n"}, {"x", "a\r\nb"}, {"", "v"}, {"x y", "v"}, {"x:", "v"}})
        CHECK_THROWS_AS(headers.set(name, value), std::invalid_argument);
    CHECK_THROWS_AS(headers.append("x", std::string_view("a\0b", 3)), std::invalid_argument);
    CHECK_THROWS_AS((Headers{{"x", "\n"}}), std::invalid_argument);
}

TEST_CASE("handlers of every form") {
    struct Store {
        int n = 5;
        int get(Query<int, "d", Default(0)> d) const { return n + *d; }
        int add(int by) { return n += by; }
    };
    struct Callable {
        int operator()(int x) const { return -x; }
    };
    FastAPI app;
    Store store;
    app.get("/store", &store, &Store::get);
    app.post("/store/{by}", &store, &Store::add);
    app.get("/callable/{x}", Callable{});
    int calls = 0;
    app.get("/counted", [&calls, owned = std::make_unique<int>(7)] { return *owned + ++calls; });
    app.get("/noexcept", []() noexcept { return 1; });
    TestClient client{app};
    CHECK(client.get("/store?d=1").text() == "6");
    CHECK(client.post("/store/10").text() == "15");
    CHECK(client.get("/store").text() == "15");
    CHECK(client.get("/callable/4").text() == "-4");
    CHECK(client.get("/counted").text() == "8");
    CHECK(client.get("/counted").text() == "9");
    CHECK(calls == 2);
    CHECK(client.get("/noexcept").text() == "1");
}

TEST_CASE("the request itself") {
    FastAPI app;
    app.api_route("/r/{x}", {"GET", "POST"}, [](Request& request) {
        return json{{"method", request.method},
                    {"target", request.target},
                    {"path", request.path()},
                    {"query", request.query_string()},
                    {"x", *request.path_param("x")},
                    {"none", request.path_param("y").has_value()},
                    {"host", request.headers.get("HOST", "?")},
                    {"client", request.client.host},
                    {"body", request.body},
                    {"url", request.url()},
                    {"app", request.app != nullptr}};
    });
    app.get("/const", [](const Request& request) { return std::string(request.method); });
    TestClient client{app};
    CHECK(
        client.post("/r/a%20b?q=1", {.content = "raw"}).json() ==
        parse_json(
            R"({"method":"POST","target":"/r/a%20b?q=1","path":"/r/a b","query":"q=1","x":"a b","none":false,"host":"testserver","client":"testclient","body":"raw",
                         "url":"http://testserver/r/a%20b?q=1","app":true})"));
    CHECK(client.get("/const").text() == "\"GET\"");
}
