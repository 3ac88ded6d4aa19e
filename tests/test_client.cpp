// The TestClient: what it sends, redirects, cookies.

#include "support.hpp"

using namespace fastapi;

namespace {

struct App : FastAPI {
    App() {
        api_route("/echo", {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"}, [](Request& request) {
            json headers = json::array();
            for (auto [name, value] : request.headers) headers.push_back(std::string(name) + ": " + std::string(value));
            return json{{"method", request.method},
                        {"target", request.target},
                        {"headers", headers},
                        {"body", request.body},
                        {"scheme", request.scheme}};
        });
        get("/to", [](Query<std::string, "url"> url, Query<int, "status", Default(307)> status) {
            return RedirectResponse(*url, status);
        });
        post("/to", [](Query<std::string, "url"> url, Query<int, "status", Default(307)> status) {
            return RedirectResponse(*url, status);
        });
        get("/loop", [] { return RedirectResponse("/loop"); });
        get("/dir/here", [] { return RedirectResponse("there"); });
        get("/dir/there", [] { return "there"; });
        get("/set", [](Response& response, Query<std::string, "name"> name, Query<std::string, "value"> value) {
            response.set_cookie(*name, *value);
        });
        get("/delete", [](Response& response, Query<std::string, "name"> name) { response.delete_cookie(*name); });
        get("/set-and-go", [] {
            RedirectResponse response("/cookies");
            response.set_cookie("seen", "1");
            return response;
        });
        get("/cookies", [](Request& request) { return std::string(request.headers.get("cookie", "none")); });
    }
};

bool sent(const TestResponse& answer, const std::string& header) {
    const json headers = answer.json()["headers"];
    for (const json& one : headers)
        if (one == header) return true;
    return false;
}

} // namespace

TEST_CASE("the headers that every request has") {
    App app;
    TestClient client{app};
    auto answer = client.get("/echo");
    CHECK(answer.status_code == 200);
    CHECK(answer.is_success());
    CHECK(answer.json()["headers"] == json{"host: testserver", "accept: */*", "accept-encoding: gzip, deflate",
                                           "connection: keep-alive", "user-agent: testclient"});
    CHECK(answer.json()["scheme"] == "http");
    CHECK(answer.url == "http://testserver/echo");
    CHECK(answer.headers.get("content-length") == std::to_string(answer.content.size()));
}

TEST_CASE("each method has its function") {
    App app;
    TestClient client{app};
    CHECK(client.get("/echo").json()["method"] == "GET");
    CHECK(client.post("/echo").json()["method"] == "POST");
    CHECK(client.put("/echo").json()["method"] == "PUT");
    CHECK(client.patch("/echo").json()["method"] == "PATCH");
    CHECK(client.delete_("/echo").json()["method"] == "DELETE");
    CHECK(client.options("/echo").json()["method"] == "OPTIONS");
    CHECK(client.head("/echo").status_code == 200);
    CHECK(client.head("/echo").text().empty());
    CHECK(client.request("BREW", "/echo").status_code == 405);
}

TEST_CASE("params join the query, encoded") {
    App app;
    TestClient client{app};
    CHECK(client.get("/echo", {.params = {{"a", "1"}, {"b", "x y&=é"}, {"a", "2"}}}).json()["target"] ==
          "/echo?a=1&b=x%20y%26%3D%C3%A9&a=2");
    CHECK(client.get("/echo?z=0", {.params = {{"a", "1"}}}).json()["target"] == "/echo?z=0&a=1");
    CHECK(client.get("/echo").json()["target"] == "/echo");
    CHECK(client.get("echo").json()["target"] == "/echo");
}

TEST_CASE("headers replace defaults, and may come several times") {
    App app;
    TestClient client{app, {.headers = {{"X-Client", "c"}, {"X-Both", "client"}}}};
    auto answer = client.get(
        "/echo", {.headers = {{"User-Agent", "me"}, {"x-both", "request"}, {"x-list", "1"}, {"x-list", "2"}}});
    CHECK(sent(answer, "User-Agent: me"));
    CHECK_FALSE(sent(answer, "user-agent: testclient"));
    CHECK(sent(answer, "X-Client: c"));
    CHECK(sent(answer, "x-both: request"));
    CHECK_FALSE(sent(answer, "X-Both: client"));
    CHECK(sent(answer, "x-list: 1"));
    CHECK(sent(answer, "x-list: 2"));
}

TEST_CASE("bodies: JSON, form, raw") {
    App app;
    TestClient client{app};
    auto with_json = client.post("/echo", {.json = json{{"a", {1, 2.0, "é"}}}});
    CHECK(with_json.json()["body"] == R"({"a":[1,2.0,"é"]})");
    CHECK(sent(with_json, "content-type: application/json"));
    CHECK(sent(with_json, "content-length: 18"));
    auto form = client.post("/echo", {.data = {{"a", "1 2"}, {"b", "&"}}});
    CHECK(form.json()["body"] == "a=1%202&b=%26");
    CHECK(sent(form, "content-type: application/x-www-form-urlencoded"));
    auto raw = client.post("/echo", {.content = "bytes"});
    CHECK(raw.json()["body"] == "bytes");
    CHECK(sent(raw, "content-length: 5"));
    CHECK(raw.json()["headers"].dump().find("content-type") == std::string::npos);
    CHECK(sent(client.post("/echo"), "content-length: 0"));
    CHECK(client.get("/echo").json()["headers"].dump().find("content-length") == std::string::npos);
    CHECK(client.post("/echo", {.json = json()}).json()["body"] == "null");
    CHECK(client.request("GET", "/echo", {.json = json(1)}).json()["body"] == "1");
    auto own = client.post("/echo", {.headers = {{"Content-Type", "application/x+json"}}, .json = json(1)});
    CHECK(sent(own, "Content-Type: application/x+json"));
    CHECK_FALSE(sent(own, "content-type: application/json"));
}

TEST_CASE("redirects are followed, with the rules of browsers for methods") {
    App app;
    TestClient client{app};
    auto answer = client.get("/to", {.params = {{"url", "/echo?x=1"}}});
    CHECK(answer.status_code == 200);
    CHECK(answer.json()["target"] == "/echo?x=1");
    CHECK(answer.url == "http://testserver/echo?x=1");
    auto post = [&](int status) {
        return client.post("/to?url=/echo&status=" + std::to_string(status), {.json = json{{"a", 1}}}).json();
    };
    for (int status : {307, 308}) {
        CHECK(post(status)["method"] == "POST");
        CHECK(post(status)["body"] == R"({"a":1})");
    }
    for (int status : {301, 302, 303}) {
        CHECK(post(status)["method"] == "GET");
        CHECK(post(status)["body"] == "");
        CHECK(post(status)["headers"].dump().find("content-type") == std::string::npos);
    }
    CHECK(client.get("/to?url=https://other.example/echo").json()["scheme"] == "https");
    CHECK(sent(client.get("/to?url=https://other.example/echo"), "host: other.example"));
    CHECK_THROWS_AS(client.get("/loop"), std::runtime_error);
}

TEST_CASE("a redirect may be relative to where it came from") {
    App app;
    TestClient client{app};
    CHECK(client.get("/dir/here").text() == "\"there\"");
    CHECK(client.get("/dir/here").url == "http://testserver/dir/there");
    CHECK(client.get("/to", {.params = {{"url", "//other.example/echo"}}}).url == "http://other.example/echo");
    CHECK(client.get("/to", {.params = {{"url", "?url=/echo"}}}).json()["target"] == "/echo");
}

TEST_CASE("redirects are not followed when told so") {
    App app;
    TestClient client{app, {.follow_redirects = false}};
    CHECK(client.get("/to?url=/echo").status_code == 307);
    CHECK(client.get("/to?url=/echo", {.follow_redirects = true}).status_code == 200);
    TestClient following{app};
    CHECK(following.get("/to?url=/echo", {.follow_redirects = false}).headers.get("location") == "/echo");
    CHECK(following.get("/to?url=/echo&status=304").status_code == 304); // has a location, is no redirect
}

TEST_CASE("cookies are kept from call to call") {
    App app;
    TestClient client{app, {.cookies = {{"first", "1"}}}};
    CHECK(client.get("/cookies").text() == "\"first=1\"");
    client.get("/set?name=second&value=two");
    CHECK(client.get("/cookies").text() == "\"first=1; second=two\"");
    client.get("/set?name=second&value=2");
    CHECK(client.get("/cookies").text() == "\"first=1; second=2\"");
    CHECK(client.get("/cookies", {.cookies = {{"own", "x"}}}).text() == "\"first=1; second=2; own=x\"");
    client.get("/delete?name=first");
    CHECK(client.get("/cookies").text() == "\"second=2\"");
    CHECK(client.cookies == TextPairs{{"second", "2"}});
    client.cookies.clear();
    CHECK(client.get("/cookies").text() == "\"none\"");
    CHECK(client.get("/set-and-go").text() == "\"seen=1\""); // also within a redirect
}

TEST_CASE("another base URL") {
    App app;
    TestClient client{app, {.base_url = "https://api.example.com:8443"}};
    auto answer = client.get("/echo");
    CHECK(answer.json()["scheme"] == "https");
    CHECK(sent(answer, "host: api.example.com:8443"));
    CHECK(sent(client.get("http://elsewhere/echo"), "host: elsewhere"));
    CHECK(client.get("http://elsewhere?x=1").status_code == 404);
}

TEST_CASE("an answer that is no JSON says so") {
    FastAPI app;
    app.get("/", [] { return PlainTextResponse("plain"); });
    auto answer = TestClient{app}.get("/");
    CHECK(answer.text() == "plain");
    CHECK_THROWS_AS(static_cast<void>(answer.json()), std::invalid_argument);
    CHECK_FALSE(TestClient{app}.get("/nope").is_success());
}
