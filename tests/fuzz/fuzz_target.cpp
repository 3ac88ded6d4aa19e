// libFuzzer: bytes as a request (target, headers, body) through FastAPI::handle of a small application.
// The input: a line "METHOD target", a line a header "name: value", an empty line, the body.
// What must hold: nothing crashes or throws; no handler here fails, so no answer is 500; JSON answers are JSON in valid
// UTF-8; a header of the answer holds no line end.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi.hpp"
#include "fastapi/json/document.hpp"

using namespace fastapi;

namespace fuzzed {

enum class Size { small, large };
struct Item {
    Field<std::string, MinLength(1), MaxLength(10)> name;
    Field<double, Gt(0)> price = 1;
    std::vector<std::string> tags;
};
struct Page {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    Field<int, Ge(0)> skip = 0;
    Field<std::vector<std::string>> tags = empty;
    Field<Size> size = Size::small;
};
struct Head {
    std::string x_token;
    Field<std::vector<int>> x_list = empty;
};
struct Cook {
    std::string session;
    Field<int> n = 0;
};

struct App : FastAPI {
    App() {
        get("/", [] { return "root"; });
        get("/items/{id:int}", [](Path<int, "id", Ge(1)> id, Query<std::optional<std::string>, "q"> q) {
            return json{{"id", id}, {"q", q}};
        });
        get("/items/{name}.{ext}",
            [](Path<std::string, "name"> name, Path<std::string, "ext"> ext) { return *name + *ext; });
        get("/files/{p:path}/edit", [](Path<std::string, "p"> p) { return *p; });
        get("/u/{u:uuid}/{f:float}", [](Path<std::string, "u"> u, Path<double, "f"> f) { return json{u, f}; });
        get("/scalars",
            [](Query<int, "i", Default(1)> i, Query<double, "f", Default(1.5)> f, Query<bool, "b", Default(false)> b,
               Query<Size, "e", Default(Size::small)> e, Query<std::set<int>, "l", Default{}> l,
               Header<std::optional<std::string>, "x_h"> h,
               Cookie<std::optional<std::string>, "c"> c) { return json{i, f, b, model_dump(*e), l, h, c}; });
        get("/page", [](Query<Page> page) { return *page; });
        get("/head", [](Header<Head> head) { return *head; });
        get("/cook", [](Cookie<Cook> cook) { return *cook; });
        get("/go", [](Query<std::string, "to"> to) { return RedirectResponse(*to); });
        get("/set", [](Query<std::string, "v"> v, Response& response) { response.set_cookie("c", *v); });
        post("/item", [](Item item) { return item; });
        post("/items/", [](std::vector<Item> items) { return items; });
        post("/several", [](Body<Item, "item"> item, Body<int, "n", Default(3)> n) { return json{item, n}; });
        post("/any", [](json any) { return any; });
        put("/echo", [](Request& request) {
            json out = json::array();
            for (auto [key, value] : request.query_params()) out.push_back(std::string(key) + std::string(value));
            for (auto [key, value] : request.cookies()) out.push_back(std::string(key) + std::string(value));
            return out.size();
        });
    }
};

} // namespace fuzzed

namespace {

[[noreturn]] void fail(const char* what, std::string_view text) {
    std::fprintf(stderr, "%s\n%.*s\n", what, static_cast<int>(text.size()), text.data());
    std::abort();
}

std::string_view take_line(std::string_view& text) {
    std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static fuzzed::App app;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    Request request;
    std::string_view first = take_line(text);
    std::size_t space = first.find(' ');
    request.method = first.substr(0, space);
    request.target = space == std::string_view::npos ? std::string_view{} : first.substr(space + 1);
    for (std::string_view line; !(line = take_line(text)).empty();) {
        std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos) request.headers.add(line.substr(0, colon), line.substr(colon + 2));
    }
    request.body = text;
    Response response = app.handle(request);
    if (response.status_code == 500) fail("an answer of 500", response.body);
    for (const auto& [name, value] : response.headers)
        if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
            fail("a header with a line end", value);
    if (response.headers.get("content-type") == "application/json" && !response.body.empty()) {
        detail::Document document;
        if (!document.parse(response.body, 100000) && document.error().kind != detail::JsonError::Kind::digits)
            fail("an answer that is no JSON", response.body);
    }
    return 0;
}
