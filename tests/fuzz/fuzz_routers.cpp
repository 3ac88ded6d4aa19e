// libFuzzer: bytes as targets and headers of requests to routers, mounts, directories and frontends.
// What must hold: nothing crashes; the answer is one of those that there are; nothing outside the directory is served; what
// url_path_for makes leads to the route that it was asked for.

#include <stdlib.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "fastapi.hpp"

using namespace fastapi;
namespace fs = std::filesystem;

namespace {

// With a character that no answer can have from the request: JSON escapes it.
constexpr std::string_view secret = "\x01SECRET";

[[noreturn]] void fail(const char* what, std::string_view text) {
    std::fprintf(stderr, "%s\n%.*s\n", what, static_cast<int>(text.size()), text.data());
    std::abort();
}

struct World {
    World() {
        std::string name = (fs::temp_directory_path() / "fastapi-fuzz-XXXXXX").string();
        if (!mkdtemp(name.data())) std::abort();
        base = name;
        fs::create_directories(base / "site/a/b");
        std::ofstream(base / "secret.txt") << secret;
        std::ofstream(base / "site/index.html") << "index";
        std::ofstream(base / "site/a/index.html") << "a index";
        std::ofstream(base / "site/a/b/c.txt") << "text c";
        fs::create_symlink("../secret.txt", base / "site/s");
        fs::create_symlink("..", base / "site/u");
        fs::create_symlink("b/..", base / "site/a/l");
        fs::create_symlink((base / "site/a").string(), base / "site/t");
        router.get("/x/{a}/{b:path}",
                   [](Request& request, Path<std::string, "a"> a, Path<std::string, "b"> b) {
                       if (!request.path_param("p")) fail("no placeholder of the prefix", request.path());
                       return json{*a, *b};
                   },
                   {.name = "route"});
        sub.get("/{n:int}/y", [](Request& request, Path<int, "n">) { return std::string(request.root_path); },
                {.name = "sub"});
        sub.mount("/again/{m}", inner);
        inner.get("/{z}", [](Path<std::string, "z"> z) { return *z; });
        app.include_router(router, {.prefix = "/r/{p}"});
        app.mount("/m/{q}", sub, "mounted");
        app.host("{h}.example.org", sub);
        app.mount("/s", StaticFiles((base / "site").string(), {.html = true}));
        app.frontend("/", {.directory = (base / "site").string(), .fallback = "index.html"});
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World() {
        std::error_code ignored;
        fs::remove_all(base, ignored);
    }
    fs::path base;
    APIRouter router;
    FastAPI inner;
    FastAPI sub;
    FastAPI app;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static World world;
    static constexpr std::string_view beginnings[] = {"/",   "/s/",   "/r/",           "/r/1/x/",
                                                      "/m/", "/m/1/", "/m/1/again/2/", "/a/"};
    static constexpr std::string_view names[] = {"host", "accept", "if-none-match", "if-modified-since"};
    static constexpr std::string_view methods[] = {"GET", "HEAD", "POST"};
    if (size < 2) return 0;
    std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    std::size_t end = text.find('\n');
    std::string target(beginnings[data[0] % std::size(beginnings)]);
    for (char c : text.substr(0, end))
        target += c == ' ' || static_cast<unsigned char>(c) < 0x21 ? std::string("%20") : std::string(1, c);
    Request request;
    request.method = methods[data[1] / 8 % std::size(methods)];
    request.target = target;
    if (end != std::string_view::npos) request.headers.add(names[data[1] % 4], text.substr(end + 1));
    std::exception_ptr error;
    Response response = world.app.handle(request, &error);
    if (error) fail("an exception", target);
    if (response.body.find(secret) != std::string::npos) fail("a file outside the directory", target);
    switch (response.status_code) {
    case 200:
    case 304:
    case 307:
    case 404:
    case 405:
    case 422: break;
    default: fail("another status", target);
    }
    if (request.app != &world.app || request.mounted_path.data() || request.mounted_params)
        fail("the request is still below a mount", target);

    std::string_view value = text.substr(0, end);
    if (value.empty() || value.find_first_of("/?#%{}\\") != std::string_view::npos) return 0;
    for (char c : value)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F) return 0;
    std::string path = world.app.url_path_for("route", {{"p", value}, {"a", value}, {"b", value}});
    Request again;
    again.target = path;
    if (world.app.handle(again).status_code != 200) fail("a path that leads nowhere", path);
    return 0;
}
