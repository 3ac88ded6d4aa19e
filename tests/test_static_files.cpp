// StaticFiles and frontends: what is served, what is not, and what is sent again.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "fastapi/fastapi.hpp"

using namespace fastapi;
namespace fs = std::filesystem;

namespace {

// A directory with a site in it, and a secret beside it.
class Site {
  public:
    Site() {
        std::string name = (fs::temp_directory_path() / "fastapi-static-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()));
        base = name;
        write("secret.txt", "secret");
        write("site/a.txt", "text a");
        write("site/index.html", "index");
        write("site/sub/index.html", "sub index");
        write("site/sub/b.txt", "text b");
        fs::create_directories(base / "site/empty");
        fs::create_directories(base / "sitelike");
        write("sitelike/c.txt", "c");
    }
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;
    ~Site() {
        std::error_code ignored;
        fs::remove_all(base, ignored);
    }
    void write(const std::string& name, std::string_view text) const {
        fs::create_directories((base / name).parent_path());
        std::ofstream(base / name) << text;
    }
    void link(const std::string& to, const std::string& name) const { fs::create_symlink(to, base / name); }
    [[nodiscard]] std::string root() const { return (base / "site").string(); }
    fs::path base;
};

int asked = 0;
void ask(Response& response) {
    ++asked;
    response.headers.set("x-asked", "yes");
}

} // namespace

TEST_CASE("static files: what is there and what is not") {
    Site site;
    FastAPI app;
    app.mount("/static", StaticFiles(site.root()), "static");
    TestClient client(app, {.follow_redirects = false});
    auto good = client.get("/static/a.txt");
    CHECK(good.text() == "text a");
    CHECK(good.headers.get("content-type") == "text/plain; charset=utf-8");
    CHECK(good.headers.get("content-length") == "6");
    CHECK(good.headers.contains("etag"));
    CHECK(client.get("/static/sub/../a.txt").text() == "text a");
    CHECK(client.get("/static//sub///b.txt").text() == "text b");
    CHECK(client.get("/static/%61.txt").text() == "text a");
    CHECK(client.head("/static/a.txt").status_code == 200);
    for (const char* path : {"/static/", "/static/sub", "/static/sub/", "/static/empty/", "/static/none.txt",
                             "/static/a.txt/", "/static/a.txt/x"}) {
        CAPTURE(path);
        bool is_file = std::string_view(path) == "/static/a.txt/"; // as Python's normpath has it
        CHECK(client.get(path).status_code == (is_file ? 200 : 404));
    }
    CHECK(client.get("/static/none.txt").json() == json{{"detail", "Not Found"}});
    auto refused = client.post("/static/a.txt");
    CHECK(refused.status_code == 405);
    CHECK(refused.headers.get("allow") == "GET, HEAD");
    CHECK(client.get("/static/" + std::string(300, 'x')).status_code == 404);
    auto part = client.get("/static/a.txt", {.headers = {{"range", "bytes=5-"}}});
    CHECK(part.status_code == 206);
    CHECK(part.text() == "a");
    CHECK(app.url_path_for("static", {{"path", "/a.txt"}}) == "/static/a.txt");
    CHECK_THROWS_AS(client.websocket_connect("/static/a.txt"), WebSocketDisconnect);
}

TEST_CASE("static files: nothing outside the directory") {
    Site site;
    site.link("../secret.txt", "site/link.txt");
    site.link((site.base / "secret.txt").string(), "site/absolute.txt");
    site.link("..", "site/up");
    site.link("../sitelike", "site/like");
    site.link(site.root() + "like/c.txt", "site/prefix.txt");
    site.link("a.txt", "site/good.txt");
    site.link((site.base / "site/a.txt").string(), "site/good2.txt");
    site.link("../sub", "site/empty/to_sub");
    site.link("loop2", "site/loop");
    site.link("loop", "site/loop2");
    site.link("gone", "site/dangling");
    FastAPI app;
    app.mount("/static", StaticFiles(site.root()));
    app.mount("/free", StaticFiles(site.root(), {.follow_symlink = true}));
    TestClient client(app);
    for (const char* path :
         {"/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/..%2fsecret.txt",
          "/static/sub/../../secret.txt", "/static/%5c..%5csecret.txt", "/static/a.txt%00.html", "/static/link.txt",
          "/static/absolute.txt", "/static/up/secret.txt", "/static/up/site/a.txt", "/static/like/c.txt",
          "/static/prefix.txt", "/static/loop", "/static/dangling", "/static//etc/passwd", "/static/%2fetc/passwd",
          "/free/../secret.txt", "/free/..%2f..%2fsecret.txt"}) {
        CAPTURE(path);
        auto answer = client.get(path);
        CHECK(answer.status_code == 404);
        CHECK(answer.text().find("secret") == std::string::npos);
    }
    for (const char* path : {"/static/good.txt", "/static/good2.txt", "/free/up/site/a.txt"})
        CHECK(client.get(path).text() == "text a");
    CHECK(client.get("/static/empty/to_sub/b.txt").text() == "text b");
    CHECK(client.get("/free/link.txt").text() == "secret");
    std::string deep = "site";
    std::string wanted = "/static";
    for (int i = 0; i < 120; ++i) {
        deep += "/d";
        wanted += "/d";
    }
    site.write(deep + "/x.txt", "deep");
    CHECK(client.get(wanted + "/x.txt").status_code == 404);
    CHECK(client.get(wanted.substr(0, 7 + 2 * 90) + "/").status_code == 404);
    ::mkfifo((site.base / "site/fifo").c_str(), 0600);
    CHECK(client.get("/static/fifo").status_code == 404); // and does not wait for a writer
    if (::geteuid() != 0) {
        site.write("site/closed/x.txt", "x");
        ::chmod((site.base / "site/closed").c_str(), 0);
        CHECK(client.get("/static/closed/x.txt").status_code == 401);
        ::chmod((site.base / "site/closed").c_str(), 0700);
    }
}

// Somebody who may write below the directory swaps a folder for a link out of it, all the time.
TEST_CASE("static files: nothing outside the directory, in a race") {
    Site site;
    site.write("site/swap/secret.txt", "harmless");
    site.link(site.base.string(), "site/evil");
    FastAPI app;
    app.mount("/static", StaticFiles(site.root()));
    std::atomic<bool> stop = false;
    std::thread swapper([&] {
        std::string a = (site.base / "site/swap").string();
        std::string b = (site.base / "site/evil").string();
        std::string c = (site.base / "site/other").string();
        while (!stop) {
            ::rename(a.c_str(), c.c_str());
            ::rename(b.c_str(), a.c_str());
            ::rename(a.c_str(), b.c_str());
            ::rename(c.c_str(), a.c_str());
        }
    });
    TestClient client(app);
    int found = 0;
    bool leaked = false;
    for (int i = 0; i < 3000; ++i) {
        auto answer = client.get("/static/swap/secret.txt");
        found += answer.status_code == 200;
        leaked = leaked || answer.text() == "secret";
    }
    stop = true;
    swapper.join();
    CHECK(!leaked);
    CHECK(found > 0);
}

TEST_CASE("static files: conditional requests") {
    Site site;
    FastAPI app;
    app.mount("/static", StaticFiles(site.root()));
    TestClient client(app);
    ::timespec times[2] = {{784111777, 0}, {784111777, 0}}; // Sun, 06 Nov 1994 08:49:37 GMT
    REQUIRE(::utimensat(AT_FDCWD, (site.root() + "/a.txt").c_str(), times, 0) == 0);
    auto first = client.get("/static/a.txt");
    std::string etag(*first.headers.get("etag"));
    CHECK(first.headers.get("last-modified") == "Sun, 06 Nov 1994 08:49:37 GMT");
    auto status = [&](std::string_view name, std::string value) {
        return client.get("/static/a.txt", {.headers = {{std::string(name), std::move(value)}}}).status_code;
    };
    for (const std::string& tags : {etag, "W/" + etag, "\"x\", W/" + etag + " , \"y\"", std::string("*")})
        CHECK(status("if-none-match", tags) == 304);
    for (const std::string& tags : {std::string("\"x\""), std::string("x"), etag.substr(1)})
        CHECK(status("if-none-match", tags) == 200);
    for (const char* date :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
          "Sun, 06 Nov 1994 08:49:38 GMT", "Thu, 01 Jan 2032 00:00:00 GMT"}) {
        CAPTURE(date);
        CHECK(status("if-modified-since", date) == 304);
    }
    for (const char* date : {"Sun, 06 Nov 1994 08:49:36 GMT", "Sat, 05 Nov 1994 23:59:59 GMT",
                             "Thu, 01 Jan 1970 00:00:00 GMT", "", "tomorrow", "06 Nov 1994", "99 Nov 2094 08:49:37",
                             "1 2 3 4 5 6", "Sun, 06 Nov 1994 8:4:", "06 Nov 19944 08:49:37"}) {
        CAPTURE(date);
        CHECK(status("if-modified-since", date) == 200);
    }
    auto unchanged = client.get("/static/a.txt", {.headers = {{"if-none-match", etag}}});
    CHECK(unchanged.text().empty());
    CHECK(unchanged.headers.get("etag") == etag);
    CHECK(!unchanged.headers.contains("last-modified"));
    auto both =
        client.get("/static/a.txt",
                   {.headers = {{"if-none-match", "\"x\""}, {"if-modified-since", "Thu, 01 Jan 2032 00:00:00 GMT"}}});
    CHECK(both.status_code == 200); // If-None-Match goes before
}

TEST_CASE("static files: html") {
    Site site;
    FastAPI app;
    app.mount("/s", StaticFiles(site.root(), {.html = true}));
    TestClient client(app, {.follow_redirects = false});
    CHECK(client.get("/s/").text() == "index");
    CHECK(client.get("/s").headers.get("location") == "http://testserver/s/");
    CHECK(client.get("/s/sub/").text() == "sub index");
    auto redirect = client.get("/s/sub?a=1");
    CHECK(redirect.status_code == 307);
    CHECK(redirect.headers.get("location") == "http://testserver/s/sub/?a=1");
    CHECK(client.get("/s/empty/").status_code == 404);
    CHECK(client.get("/s/none").json() == json{{"detail", "Not Found"}});
    site.write("site/404.html", "not here");
    for (const char* path : {"/s/none", "/s/empty/", "/s/../x"}) {
        auto missing = client.get(path);
        CHECK(missing.status_code == 404);
        CHECK(missing.text() == "not here");
        CHECK(missing.headers.get("content-type") == "text/html; charset=utf-8");
    }
}

TEST_CASE("static files: the directory is looked for") {
    CHECK_THROWS_WITH(StaticFiles("/nonexistent-fastapi"), "Directory '/nonexistent-fastapi' does not exist");
    FastAPI app;
    app.mount("/s", StaticFiles("/nonexistent-fastapi", {.check_dir = false}));
    TestClient client(app);
    CHECK_THROWS_WITH(client.get("/s/x"), "StaticFiles directory '/nonexistent-fastapi' does not exist.");
    Site site;
    CHECK_THROWS_WITH(app.frontend("", {.directory = site.root()}),
                      "fastapi: the path \"\" of a frontend must start with a slash");
    CHECK_THROWS_AS(app.frontend("/", {.directory = site.root(), .fallback = "other.html"}), std::logic_error);
    CHECK_THROWS_WITH(app.frontend("/", {.directory = "/nonexistent-fastapi"}),
                      "Frontend directory '/nonexistent-fastapi' does not exist.");
    CHECK_THROWS_AS(app.frontend("/", {.directory = site.root(), .fallback = "404.html"}), std::runtime_error);
}

TEST_CASE("frontend: behind all routes") {
    asked = 0;
    Site site;
    FastAPI app;
    APIRouter router{{.prefix = "/admin", .dependencies = {depends<ask>}}};
    router.frontend("/", {.directory = (site.base / "site/sub").string(), .fallback = "index.html"});
    app.frontend("/", {.directory = site.root()});
    app.get("/api", [] { return 1; });
    app.get("/dir/", [] { return 2; });
    app.include_router(router);
    TestClient client(app, {.follow_redirects = false});
    auto page = [&](std::string_view path) {
        return client.get(path, {.headers = {{"accept", "text/html,*/*;q=0.8"}}});
    };
    CHECK(page("/api").text() == "1");
    CHECK(client.post("/api").status_code == 405);
    CHECK(page("/dir").status_code == 307);
    CHECK(page("/").text() == "index");
    CHECK(page("/any/page").text() == "index");
    CHECK(client.get("/any/page").status_code == 404); // not a browser
    CHECK(page("/sub").headers.get("location") == "http://testserver/sub/");
    CHECK(client.get("/a.txt").text() == "text a");
    CHECK(client.post("/a.txt").status_code == 405);
    CHECK(client.post("/any/page").status_code == 404);
    CHECK(asked == 0);
    auto admin = page("/admin/page");
    CHECK(admin.text() == "sub index");
    CHECK(admin.headers.get("x-asked") == "yes");
    CHECK(asked == 1);
    CHECK(page("/admin/b.txt").text() == "text b");
    CHECK(page("/administrator").text() == "index");
    CHECK(app.openapi()["paths"].size() == 2);
    FastAPI outer;
    outer.mount("/below", app);
    TestClient mounted(outer);
    CHECK(mounted.get("/below/a.txt").text() == "text a");
    CHECK(mounted.get("/below/admin/b.txt").text() == "text b");
}
