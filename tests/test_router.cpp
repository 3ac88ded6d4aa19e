// The router: which route answers, with which values; 404, 405 and the redirect of a slash. Starlette's rules.

#include <chrono>

#include "fastapi/routing/router.hpp"
#include "support.hpp"

using namespace fastapi;
using detail::Router;

namespace {

struct Entry {
    std::string path;
    std::string method = "GET";
};

// Which route of a list answers: "1 x=5 y=a", "405 of 0", or "404".
class Table {
  public:
    explicit Table(const std::vector<Entry>& entries) {
        for (const Entry& entry : entries) {
            detail::Owned<detail::Route> route(new detail::Route);
            route->path = entry.path;
            route->methods = {entry.method};
            route->endpoint = detail::make_endpoint([](Request&) {});
            routes_.push_back(&router_.add(std::move(route)));
        }
    }
    std::string find(std::string_view path, std::string_view method = "GET") {
        Request request;
        auto match = router_.find(path, method, &request);
        if (match.partial) return "405 of " + index(match.partial);
        if (!match.full) return "404";
        std::string out = index(match.full);
        for (std::size_t i = 0; i < request.path_param_count; ++i)
            out += " " + std::string(request.path_params[i].first) + "=" + std::string(request.path_params[i].second);
        return out;
    }

  private:
    std::string index(const detail::Route* route) const {
        for (std::size_t i = 0; i < routes_.size(); ++i)
            if (routes_[i] == route) return std::to_string(i);
        return "?";
    }
    Router router_;
    std::vector<const detail::Route*> routes_;
};

std::string repeat(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

constexpr const char* uuid = "f47ac10b-58cc-4372-a567-0e02b2c3d479";

} // namespace

TEST_CASE("literal paths match whole and exactly") {
    Table table({{"/"}, {"/items"}, {"/items/all"}, {"/items/"}, {"/é b"}});
    CHECK(table.find("/") == "0");
    CHECK(table.find("/items") == "1");
    CHECK(table.find("/items/all") == "2");
    CHECK(table.find("/items/") == "3");
    CHECK(table.find("/é b") == "4");
    for (std::string_view path :
         {"", "items", "//", "/item", "/itemss", "/Items", "/items//", "/items/all/", "/items/all/x", "/x", "*"})
        CHECK(table.find(path) == "404");
}

TEST_CASE("the first registered route that matches answers") {
    Table table({{"/users/me"}, {"/users/{id}"}, {"/users/you"}, {"/users/{other:int}"}, {"/{any}/me"}, {"/{p:path}"}});
    CHECK(table.find("/users/me") == "0");
    CHECK(table.find("/users/you") == "1 id=you"); // not 2: registered later
    CHECK(table.find("/users/5") == "1 id=5");
    CHECK(table.find("/x/me") == "4 any=x");
    CHECK(table.find("/x/y/z") == "5 p=x/y/z");
    CHECK(table.find("/") == "5 p=");
    Table reversed({{"/{p:path}"}, {"/users/me"}});
    CHECK(reversed.find("/users/me") == "0 p=users/me");
}

TEST_CASE("a route that does not take the method is passed over, and remembered for 405") {
    Table table({{"/a/{x}", "GET"}, {"/a/{y}", "POST"}, {"/a/b", "PUT"}, {"/{z:path}", "DELETE"}});
    CHECK(table.find("/a/b", "GET") == "0 x=b");
    CHECK(table.find("/a/b", "POST") == "1 y=b");
    CHECK(table.find("/a/b", "PUT") == "2");
    CHECK(table.find("/a/b", "DELETE") == "3 z=a/b");
    CHECK(table.find("/a/b", "PATCH") == "405 of 0");
    CHECK(table.find("/q", "GET") == "405 of 3");
    CHECK(table.find("/a/b", "get") == "405 of 0"); // methods are upper case
}

TEST_CASE("convertors take what Starlette's take") {
    Table table({{"/i/{v:int}"}, {"/f/{v:float}"}, {"/u/{v:uuid}"}, {"/s/{v:str}"}, {"/p/{v:path}"}});
    struct Case {
        const char* path;
        const char* expected;
    };
    const std::string uuid_path = std::string("/u/") + uuid;
    const std::string uuid_found = std::string("2 v=") + uuid;
    const Case cases[] = {{"/i/0", "0 v=0"},
                          {"/i/007", "0 v=007"},
                          {"/i/12345678901234567890", "0 v=12345678901234567890"},
                          {"/i/-1", "404"},
                          {"/i/+1", "404"},
                          {"/i/1.0", "404"},
                          {"/i/", "404"},
                          {"/i/1a", "404"},
                          {"/i/ 1", "404"},
                          {"/f/1", "1 v=1"},
                          {"/f/1.5", "1 v=1.5"},
                          {"/f/01.50", "1 v=01.50"},
                          {"/f/1.", "404"},
                          {"/f/.5", "404"},
                          {"/f/1.5.2", "404"},
                          {"/f/-1.5", "404"},
                          {"/f/1e5", "404"},
                          {"/f/", "404"},
                          {uuid_path.c_str(), uuid_found.c_str()},
                          {"/u/F47AC10B58CC4372A5670E02B2C3D479", "2 v=F47AC10B58CC4372A5670E02B2C3D479"},
                          {"/u/f47ac10b-58cc4372-a567-0e02b2c3d479", "2 v=f47ac10b-58cc4372-a567-0e02b2c3d479"},
                          {"/u/f47ac10b-58cc-4372-a567-0e02b2c3d47", "404"},
                          {"/u/g47ac10b-58cc-4372-a567-0e02b2c3d479", "404"},
                          {"/u/f47ac10b--58cc-4372-a567-0e02b2c3d479", "404"},
                          {"/s/é b", "3 v=é b"},
                          {"/s/", "404"},
                          {"/s/a/b", "404"},
                          {"/p/", "4 v="},
                          {"/p/a", "4 v=a"},
                          {"/p/a//b/", "4 v=a//b/"},
                          {"/p", "404"},
                          {"/p//", "4 v=/"}};
    for (const Case& one : cases) {
        CAPTURE(one.path);
        CHECK(table.find(one.path) == one.expected);
    }
}

TEST_CASE("segments that are more than a placeholder") {
    // Asked of Starlette, whose routes are greedy regular expressions.
    Table table({{"/j/{name}.json"},
                 {"/v/v{n:int}"},
                 {"/d/{a}-{b}"},
                 {"/t/{p:path}/edit"},
                 {"/n/{n:int}{rest}"},
                 {"/x/{p:path}.txt"},
                 {"/z/{a:path}/{b:path}"},
                 {"/m/{u:uuid}.x"},
                 {"/k/{f:float}x"},
                 {"/e/pre{p:path}"}});
    constexpr std::pair<const char*, const char*> cases[] = {{"/j/a.json", "0 name=a"},
                                                             {"/j/a.json.json", "0 name=a.json"},
                                                             {"/j/.json", "404"},
                                                             {"/j/a.jsonx", "404"},
                                                             {"/j/a/b.json", "404"},
                                                             {"/v/v12", "1 n=12"},
                                                             {"/v/v", "404"},
                                                             {"/v/12", "404"},
                                                             {"/d/a-b", "2 a=a b=b"},
                                                             {"/d/a-b-c", "2 a=a-b b=c"},
                                                             {"/d/-", "404"},
                                                             {"/d/a-", "404"},
                                                             {"/t/a/edit", "3 p=a"},
                                                             {"/t/a/b/edit", "3 p=a/b"},
                                                             {"/t//edit", "3 p="},
                                                             {"/t/edit", "404"},
                                                             {"/t/a/edit/edit", "3 p=a/edit"},
                                                             {"/t/a/edit/", "404"},
                                                             {"/n/12ab", "4 n=12 rest=ab"},
                                                             {"/n/123", "4 n=12 rest=3"},
                                                             {"/n/1", "404"},
                                                             {"/n/a", "404"},
                                                             {"/x/a/b.txt", "5 p=a/b"},
                                                             {"/x/.txt", "5 p="},
                                                             {"/z/a/b/c", "6 a=a/b b=c"},
                                                             {"/z/a/", "6 a=a b="},
                                                             {"/z//", "6 a= b="},
                                                             {"/z/a", "404"},
                                                             {"/k/1.5x", "8 f=1.5"},
                                                             {"/k/1x", "8 f=1"},
                                                             {"/k/1.x", "404"},
                                                             {"/e/pre", "9 p="},
                                                             {"/e/prefix/y", "9 p=fix/y"},
                                                             {"/e/pr", "404"}};
    for (auto [path, expected] : cases) {
        CAPTURE(path);
        CHECK(table.find(path) == expected);
    }
    CHECK(table.find(std::string("/m/") + uuid + ".x") == std::string("7 u=") + uuid);
}

TEST_CASE("16 placeholders, in their order") {
    std::string path;
    std::string target;
    std::string expected = "0";
    for (int i = 0; i < 16; ++i) {
        path += "/{p" + std::to_string(i) + (i % 2 ? ":int}" : "}");
        target += "/" + std::to_string(i * i);
        expected += " p" + std::to_string(i) + "=" + std::to_string(i * i);
    }
    Table table({{path}});
    CHECK(table.find(target) == expected);
    CHECK(table.find(target + "/x") == "404");
}

TEST_CASE("values of a branch that fails are forgotten") {
    Table table({{"/a/{x}/b/{y}/c"}, {"/a/{n:int}/b/{z}"}, {"/a/{w}/b/{v}/d/{u}"}});
    CHECK(table.find("/a/1/b/2/c") == "0 x=1 y=2");
    CHECK(table.find("/a/1/b/2") == "1 n=1 z=2");
    CHECK(table.find("/a/1/b/2/d/3") == "2 w=1 v=2 u=3");
    CHECK(table.find("/a/x/b/2") == "404");
}

TEST_CASE("hostile paths take bounded time") {
    Table table({{"/{a:path}/x/{b:path}/y/{c:path}/z"},
                 {"/{a:path}{b:path}{c:path}end"},
                 {"/{a}-{b}-{c}-{d}-{e}!"},
                 {"/{a:int}{b:int}{c:int}{d:int}!"},
                 {"/q/{a:float}{b:float}{c:float}!"},
                 {"/u/{a:uuid}{b:uuid}{c:path}!"},
                 {"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}"}});
    const std::string attacks[] = {"/" + repeat("x/y/", 2000),
                                   "/" + repeat("a-", 4000),
                                   "/" + repeat("1", 8000),
                                   "/q/" + repeat("1.", 4000),
                                   "/u/" + repeat("f47ac10b58cc4372a5670e02b2c3d479", 250),
                                   "/" + repeat("a/", 4000),
                                   repeat("/", 8000),
                                   "/" + repeat("end", 2500) + "x"};
    auto start = std::chrono::steady_clock::now();
    for (const std::string& path : attacks) {
        CAPTURE(path.substr(0, 40));
        CHECK(table.find(path) == "404");
    }
    auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    CHECK(seconds < 2.0); // a backtracking regular expression would need years
    // And long paths that do match are found.
    Table files({{"/files/{p:path}/edit"}});
    std::string deep = repeat("folder/", 1100) + "file";
    CHECK(files.find("/files/" + deep + "/edit") == "0 p=" + deep);
}

TEST_CASE("many routes") {
    std::vector<Entry> entries;
    for (int i = 0; i < 500; ++i) entries.push_back({"/r" + std::to_string(i) + "/{x}"});
    Table table(entries);
    CHECK(table.find("/r0/a") == "0 x=a");
    CHECK(table.find("/r499/a") == "499 x=a");
    CHECK(table.find("/r500/a") == "404");
}

TEST_CASE("through the application: 404, 405, redirects") {
    FastAPI app;
    app.get("/items/", [] { return "items"; });
    app.post("/items/", [] { return "posted"; });
    app.get("/users", [] { return "users"; });
    app.put("/users/{id}", [](int id) { return id; });
    app.get("/files/{p:path}", [](Path<std::string, "p"> p) { return *p; });
    app.api_route("/both", {"GET", "POST"}, [](Request& request) { return std::string(request.method); });
    TestClient client{app, {.follow_redirects = false}};

    auto missing = client.get("/nope");
    CHECK(missing.status_code == 404);
    CHECK(missing.text() == R"({"detail":"Not Found"})");
    CHECK(missing.headers.get("content-type") == "application/json");
    auto wrong = client.delete_("/users");
    CHECK(wrong.status_code == 405);
    CHECK(wrong.text() == R"({"detail":"Method Not Allowed"})");
    CHECK(wrong.headers.get("allow") == "GET");
    CHECK(client.request("BREW", "/users/1").headers.get("allow") == "PUT");
    CHECK(client.head("/users").status_code == 405);
    CHECK(client.options("/users").status_code == 405);
    CHECK(client.get("/both").text() == "\"GET\"");
    CHECK(client.post("/both").text() == "\"POST\"");
    CHECK(client.put("/both").headers.get("allow") == "GET, POST");

    auto redirect = client.get("/items?a=1&b=%20x");
    CHECK(redirect.status_code == 307);
    CHECK(redirect.headers.get("location") == "http://testserver/items/?a=1&b=%20x");
    CHECK(redirect.text().empty());
    CHECK(client.post("/items").headers.get("location") == "http://testserver/items/"); // any method
    CHECK(client.get("/users/").headers.get("location") == "http://testserver/users");
    CHECK(client.delete_("/users/").status_code == 307); // 405 comes after the redirect
    CHECK(client.get("/users//").headers.get("location") == "http://testserver/users");
    CHECK(client.get("/items//").status_code == 404); // all slashes go at once, and /items has none
    CHECK(client.get("/files").headers.get("location") == "http://testserver/files/");
    CHECK(client.get("//").status_code == 404);
    CHECK(client.get("/nope/").status_code == 404);

    FastAPI strict{{.redirect_slashes = false}};
    strict.get("/items/", [] { return "items"; });
    CHECK(TestClient{strict}.get("/items").status_code == 404);
}

TEST_CASE("paths are decoded before they are matched") {
    FastAPI app;
    app.get("/t/{x}", [](Path<std::string, "x"> x) { return *x; });
    app.get("/p/{x:path}", [](Path<std::string, "x"> x) { return *x; });
    app.get("/plain path", [] { return "plain"; });
    TestClient client{app};
    CHECK(client.get("/t/a%20b").text() == "\"a b\"");
    CHECK(client.get("/t/%C3%A9").text() == "\"é\"");
    CHECK(client.get("/t/a+b").text() == "\"a+b\""); // a plus is a plus in a path
    CHECK(client.get("/t/%zz%4").text() == "\"%zz%4\"");
    CHECK(client.get("/t/%FF").text() == "\"\uFFFD\"");
    CHECK(client.get("/t/a%2Fb").status_code == 404);
    CHECK(client.get("/p/a%2Fb").text() == "\"a/b\"");
    CHECK(client.get("/t/%25").text() == "\"%\"");
    CHECK(client.get("/t/a%00b").text() == "\"a\\u0000b\"");
    CHECK(client.get("/%70lain%20path").text() == "\"plain\"");
    CHECK(client.get("/t/x?y#z").text() == "\"x\"");
    CHECK(client.get("/t/%3Fq").text() == "\"?q\"");
}
