// HTTPException, unhandled exceptions, and what of them a client sees.

#include "fastapi/http/status.hpp"
#include "support.hpp"

using namespace fastapi;

namespace {

std::string header(const TestResponse& answer, std::string_view name) {
    return std::string(answer.headers.get(name).value_or("(none)"));
}

struct App : FastAPI {
    explicit App(FastAPIOptions options = {}) : FastAPI(std::move(options)) {
        get("/detail", []() -> int { throw HTTPException(404, "Item not found"); });
        get("/phrase", []() -> int { throw HTTPException(418); });
        get("/object", []() -> int { throw HTTPException(400, json{{"code", 7}, {"why", {"a", "b"}}}); });
        get("/headers", []() -> int {
            throw HTTPException(401, "Not authenticated", {{"WWW-Authenticate", "Bearer"}, {"x-more", "1"}});
        });
        get("/bodiless/{status}", [](int status) -> int { throw HTTPException(status, "never seen", {{"x-a", "b"}}); });
        get("/own-type", []() -> int {
            throw HTTPException(400, "x", {{"content-type", "application/problem+json"}});
        });
        get("/void", [] { throw HTTPException(403, "no"); });
        get("/response", []() -> Response { throw HTTPException(409, "conflict"); });
        get("/model/{n}", [](int n) {
            if (n < 0) throw HTTPException(422, "negative");
            return n;
        });
        get("/injected", [](Response& response) -> int {
            response.headers.set("x-lost", "1");
            response.status_code = 201;
            throw HTTPException(400, "bad");
        });
        get("/runtime", []() -> int { throw std::runtime_error("secret: /etc/password"); });
        get("/logic", []() -> int { throw std::logic_error("secret"); });
        get("/int", []() -> int { throw 42; });
        get("/bad-header", [](Response& response) { response.headers.set("x-a", "1\r\nset-cookie: evil=1"); });
        get("/value", []() -> int { throw ValueError("not a validation"); });
        get("/fine", [] { return 1; });
    }
};

} // namespace

TEST_CASE("an HTTPException is its status and its detail") {
    App app;
    TestClient client{app};
    auto answer = client.get("/detail");
    CHECK(answer.status_code == 404);
    CHECK(answer.text() == R"({"detail":"Item not found"})");
    CHECK(header(answer, "content-type") == "application/json");
    CHECK(client.get("/phrase").status_code == 418);
    CHECK(client.get("/phrase").text() == R"({"detail":"I'm a Teapot"})");
    CHECK(client.get("/object").text() == R"({"detail":{"code":7,"why":["a","b"]}})");
    CHECK(client.get("/void").text() == R"({"detail":"no"})");
    CHECK(client.get("/response").status_code == 409);
    CHECK(client.get("/model/3").text() == "3");
    CHECK(client.get("/model/-3").status_code == 422);
    CHECK(client.get("/model/-3").text() == R"({"detail":"negative"})");
}

TEST_CASE("an HTTPException's headers come with it") {
    App app;
    TestClient client{app};
    auto answer = client.get("/headers");
    CHECK(answer.status_code == 401);
    CHECK(header(answer, "www-authenticate") == "Bearer");
    CHECK(header(answer, "x-more") == "1");
    CHECK(header(answer, "content-type") == "application/json");
    CHECK(header(client.get("/own-type"), "content-type") == "application/problem+json");
    auto injected = client.get("/injected");
    CHECK(injected.status_code == 400);
    CHECK(header(injected, "x-lost") == "(none)"); // what was meant for the other answer
}

TEST_CASE("an HTTPException of a status without body has none") {
    App app;
    TestClient client{app};
    for (int status : {204, 205, 304}) {
        auto answer = client.get("/bodiless/" + std::to_string(status));
        CHECK(answer.status_code == status);
        CHECK(answer.text().empty());
        CHECK(header(answer, "x-a") == "b");
        CHECK(header(answer, "content-type") == "(none)");
    }
}

TEST_CASE("an exception of the program is 500, and nothing of it leaks") {
    App app;
    TestClient client{app, {.raise_server_exceptions = false}};
    for (const char* path : {"/runtime", "/logic", "/int", "/bad-header", "/value"}) {
        CAPTURE(std::string(path));
        auto answer = client.get(path);
        CHECK(answer.status_code == 500);
        CHECK(answer.text() == "Internal Server Error");
        CHECK(header(answer, "content-type") == "text/plain; charset=utf-8");
        CHECK(header(answer, "set-cookie") == "(none)");
    }
    CHECK(client.get("/fine").text() == "1"); // and the application goes on
}

TEST_CASE("debug tells the client what happened") {
    App app{{.debug = true}};
    TestClient client{app, {.raise_server_exceptions = false}};
    CHECK(client.get("/runtime").status_code == 500);
    CHECK(client.get("/runtime").text().find("secret: /etc/password") != std::string::npos);
}

TEST_CASE("the TestClient throws what the program threw, unless told otherwise") {
    App app;
    TestClient client{app};
    CHECK_THROWS_WITH_AS(client.get("/runtime"), "secret: /etc/password", std::runtime_error);
    CHECK_THROWS_AS(client.get("/logic"), std::logic_error);
    CHECK_THROWS_AS(client.get("/int"), int);
    CHECK_THROWS_AS(client.get("/bad-header"), std::invalid_argument);
    CHECK_NOTHROW(client.get("/detail"));
}

TEST_CASE("handle never throws, and hands the exception over when asked") {
    App app;
    Request request;
    request.target = "/runtime";
    std::exception_ptr error;
    Response response = app.handle(request, &error);
    CHECK(response.status_code == 500);
    REQUIRE(error);
    CHECK_THROWS_AS(std::rethrow_exception(error), std::runtime_error);
    Request second;
    second.target = "/int";
    CHECK_NOTHROW(response = app.handle(second));
    CHECK(response.status_code == 500);
    Request third;
    third.target = "/detail";
    std::exception_ptr none;
    CHECK(app.handle(third, &none).status_code == 404);
    CHECK_FALSE(none);
}

TEST_CASE("what() of an HTTPException reads well") {
    CHECK(std::string(HTTPException(404).what()) == "404: Not Found");
    CHECK(std::string(HTTPException(400, "bad").what()) == "400: bad");
    CHECK(std::string(HTTPException(400, json{{"a", 1}}).what()) == R"(400: {"a":1})");
    CHECK_THROWS_AS(HTTPException(400, "x", {{"a\n", "b"}}), std::invalid_argument);
}

TEST_CASE("reason phrases") {
    constexpr std::pair<int, std::string_view> cases[] = {{100, "Continue"},
                                                          {200, "OK"},
                                                          {201, "Created"},
                                                          {204, "No Content"},
                                                          {301, "Moved Permanently"},
                                                          {304, "Not Modified"},
                                                          {307, "Temporary Redirect"},
                                                          {400, "Bad Request"},
                                                          {401, "Unauthorized"},
                                                          {404, "Not Found"},
                                                          {405, "Method Not Allowed"},
                                                          {409, "Conflict"},
                                                          {418, "I'm a Teapot"},
                                                          {422, "Unprocessable Entity"},
                                                          {429, "Too Many Requests"},
                                                          {500, "Internal Server Error"},
                                                          {503, "Service Unavailable"},
                                                          {299, ""},
                                                          {0, ""},
                                                          {999, ""}};
    for (auto [status, phrase] : cases) CHECK(reason_phrase(status) == phrase);
    for (int status : {100, 101, 199, 204, 205, 304}) CHECK(detail::is_bodiless(status));
    for (int status : {200, 201, 206, 300, 303, 400, 500}) CHECK_FALSE(detail::is_bodiless(status));
}

TEST_CASE("a very long list of errors is bounded") {
    FastAPI app;
    app.post("/", [](std::vector<int> list) { return list.size(); });
    TestClient client{app};
    json body = json::array();
    for (int i = 0; i < 20000; ++i) body.push_back("x");
    auto answer = client.post("/", {.json = body});
    CHECK(answer.status_code == 422);
    CHECK(answer.json()["detail"].size() <= 10000);
    // The same input many times over does not multiply.
    struct Wide {
        int a, b, c, d, e, f, g, h;
    };
    FastAPI models;
    models.post("/", [](std::vector<Wide> list) { return list.size(); });
    json large = json::array();
    for (int i = 0; i < 100; ++i) large.push_back(json{{"text", std::string(50000, 'x')}});
    CHECK(TestClient{models}.post("/", {.json = large}).text().size() < 40U << 20U);
}

TEST_CASE("errors: places and details as text, headers by name") {
    struct Part {
        int n;
    };
    try {
        model_validate_json<std::map<std::string, std::vector<Part>>>(R"({"a":[{"n":1},{"n":"x"}]})");
        FAIL("this is wrong");
    } catch (const ValidationError& error) {
        CHECK(error.list[0].loc_text() == "a.1.n");
    }
    CHECK(HTTPException(404).detail_text() == "Not Found");
    CHECK(HTTPException(400, "a b: c").detail_text() == "a b: c");
    CHECK(HTTPException(400, json{{"a", 1}}).detail_text() == R"({"a":1})");
    FastAPI app;
    app.get("/", [](Request& request) { return std::string(request.headers["X-Name"]) + "," + std::string(request.headers["x-none"]); });
    TestClient client{app};
    CHECK(client.get("/", {.headers = {{"x-name", "n"}}}).json() == "n,");
}
