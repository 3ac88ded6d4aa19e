// Ports of FastAPI's documented examples about status codes, errors, responses, metadata and route options.

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace {

// --- status codes and errors ------------------------------------------------------------------------------------------------

namespace response_status_code_tutorial001 {
json create_item(Query<string, "name"> name) { return {{"name", name}}; }
void setup(FastAPI& app) { app.post<create_item>("/items/", {.status_code = 201}); }
} // namespace response_status_code_tutorial001

const std::map<string, string> wrestlers = {{"foo", "The Foo Wrestlers"}};

namespace handling_errors_tutorial001 {
json read_item(string item_id) {
    auto found = wrestlers.find(item_id);
    if (found == wrestlers.end()) throw HTTPException(404, "Item not found");
    return {{"item", found->second}};
}
void setup(FastAPI& app) { app.get<read_item>("/items/{item_id}"); }
} // namespace handling_errors_tutorial001

namespace handling_errors_tutorial002 {
json read_item_header(string item_id) {
    auto found = wrestlers.find(item_id);
    if (found == wrestlers.end()) throw HTTPException(404, "Item not found", {{"X-Error", "There goes my error"}});
    return {{"item", found->second}};
}
void setup(FastAPI& app) { app.get<read_item_header>("/items-header/{item_id}"); }
} // namespace handling_errors_tutorial002

namespace additional_status_codes_tutorial001 {
struct Item {
    optional<string> name;
    optional<int> size;
};
void setup(FastAPI& app) {
    auto items = std::make_shared<std::map<string, Item>>();
    *items = {{"foo", {"Fighters", 6}}, {"bar", {"Tenders", 3}}};
    app.put("/items/{item_id}",
            [items](string item_id, Body<optional<string>, "name"> name, Body<optional<int>, "size"> size) -> Response {
                bool known = items->contains(item_id);
                Item& item = (*items)[item_id] = {*name, *size};
                return JSONResponse(item, known ? 200 : 201);
            },
            {.name = "upsert_item"});
}
} // namespace additional_status_codes_tutorial001

// --- route options and metadata -----------------------------------------------------------------------------------------------

struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
    Field<std::set<string>> tags = empty;
};

json read_items() { return {{{"name", "Foo"}, {"price", 42}}}; }
json read_users() { return {{{"username", "johndoe"}}}; }
Item create_item(Item item) { return item; }

namespace path_operation_configuration_tutorial002 {
void setup(FastAPI& app) {
    app.post<create_item>("/items/", {.tags = {"items"}});
    app.get<read_items>("/items/", {.tags = {"items"}});
    app.get<read_users>("/users/", {.tags = {"users"}});
}
} // namespace path_operation_configuration_tutorial002

namespace path_operation_configuration_tutorial002b {
json get_items() { return {"Portal gun", "Plumbus"}; }
json read_users() { return {"Rick", "Morty"}; }
void setup(FastAPI& app) {
    app.get<get_items>("/items/", {.tags = {"items"}});
    app.get<path_operation_configuration_tutorial002b::read_users>("/users/", {.tags = {"users"}});
}
} // namespace path_operation_configuration_tutorial002b

namespace path_operation_configuration_tutorial003 {
void setup(FastAPI& app) {
    app.post<create_item>("/items/",
                          {.summary = "Create an item",
                           .description = "Create an item with all the information, name, description, price, "
                                          "tax and a set of unique tags"});
}
} // namespace path_operation_configuration_tutorial003

constexpr const char* docstring = R"(Create an item with all the information:

- **name**: each item must have a name
- **description**: a long description
- **price**: required
- **tax**: if the item doesn't have tax, you can omit this
- **tags**: a set of unique tag strings for this item)";

namespace path_operation_configuration_tutorial005 {
void setup(FastAPI& app) {
    app.post<create_item>(
        "/items/", {.summary = "Create an item", .description = docstring, .response_description = "The created item"});
}
} // namespace path_operation_configuration_tutorial005

namespace path_operation_configuration_tutorial006 {
json read_elements() { return {{{"item_id", "Foo"}}}; }
void setup(FastAPI& app) {
    app.get<read_items>("/items/", {.tags = {"items"}});
    app.get<read_users>("/users/", {.tags = {"users"}});
    app.get<read_elements>("/elements/", {.tags = {"items"}, .deprecated = true});
}
} // namespace path_operation_configuration_tutorial006

namespace path_operation_advanced_configuration_tutorial001 {
json read_items() { return {{{"item_id", "Foo"}}}; }
void setup(FastAPI& app) {
    app.get<path_operation_advanced_configuration_tutorial001::read_items>(
        "/items/", {.operation_id = "some_specific_id_you_define"});
}
} // namespace path_operation_advanced_configuration_tutorial001

namespace path_operation_advanced_configuration_tutorial003 {
void setup(FastAPI& app) {
    app.get<path_operation_advanced_configuration_tutorial001::read_items>("/items/", {.include_in_schema = false});
}
} // namespace path_operation_advanced_configuration_tutorial003

namespace path_operation_advanced_configuration_tutorial004 {
void setup(FastAPI& app) {
    app.post<create_item>(
        "/items/", {.summary = "Create an item", .description = string(docstring) + "\n\f\n:param item: User input."});
}
} // namespace path_operation_advanced_configuration_tutorial004

namespace path_operation_advanced_configuration_tutorial005 {
json read_items() { return {{{"item_id", "portal-gun"}}}; }
void setup(FastAPI& app) {
    app.get<path_operation_advanced_configuration_tutorial005::read_items>(
        "/items/", {.openapi_extra = json{{"x-aperture-labs-portal", "blue"}}});
}
} // namespace path_operation_advanced_configuration_tutorial005

namespace path_operation_advanced_configuration_tutorial006 {
json create_item(Request& request) {
    return {{"size", request.body.size()},
            {"content", {{"name", "Maaaagic"}, {"price", 42}, {"description", "Just kiddin', no magic here. ✨"}}}};
}
void setup(FastAPI& app) {
    json extra = parse_json(
        R"({"requestBody":{"content":{"application/json":{"schema":{"required":["name","price"],"type":"object",
        "properties":{"name":{"type":"string"},"price":{"type":"number"},"description":{"type":"string"}}}}},"required":true}})");
    app.post<path_operation_advanced_configuration_tutorial006::create_item>("/items/", {.openapi_extra = extra});
}
} // namespace path_operation_advanced_configuration_tutorial006

namespace metadata {
json read_katana() { return {{{"name", "Katana"}}}; }
void setup(FastAPI& app) {
    app.get("/items/", [] { return read_katana(); }, {.name = "read_items"});
}
FastAPIOptions options() {
    return {.title = "ChimichangApp",
            .summary = "Deadpool's favorite app. Nuff said.",
            .description = R"(
ChimichangApp API helps you do awesome stuff. 🚀

## Items

You can **read items**.

## Users

You will be able to:

* **Create users** (_not implemented_).
* **Read users** (_not implemented_).
)",
            .version = "0.0.1",
            .terms_of_service = "http://example.com/terms/",
            .contact = {.name = "Deadpoolio the Amazing",
                        .url = "http://x-force.example.com/contact/",
                        .email = "dp@x-force.example.com"},
            .license_info = {.name = "Apache 2.0", .url = "https://www.apache.org/licenses/LICENSE-2.0.html"}};
}
FastAPIOptions options_with_identifier() {
    FastAPIOptions made = options();
    made.license_info = {.name = "Apache 2.0", .identifier = "Apache-2.0"};
    return made;
}
void setup_foo(FastAPI& app) {
    app.get("/items/", [] { return json{{{"name", "Foo"}}}; }, {.name = "read_items"});
}
FastAPIOptions other_openapi_url() { return {.openapi_url = "/api/v1/openapi.json"}; }
FastAPIOptions other_docs_url() { return {.docs_url = "/documentation", .redoc_url = std::nullopt}; }

json get_users() { return {{{"name", "Harry"}}, {{"name", "Ron"}}}; }
json get_items() { return {{{"name", "wand"}}, {{"name", "flying broom"}}}; }
void setup_tags(FastAPI& app) {
    app.get<get_users>("/users/", {.tags = {"users"}});
    app.get<get_items>("/items/", {.tags = {"items"}});
}
FastAPIOptions tags() {
    return {.openapi_tags = {
                {.name = "users", .description = "Operations with users. The **login** logic is also here."},
                {.name = "items",
                 .description = "Manage items. So _fancy_ they have their own docs.",
                 .external_docs = {.description = "Items external docs", .url = "https://fastapi.tiangolo.com/"}}}};
}
} // namespace metadata

// --- responses ------------------------------------------------------------------------------------------------------------------

namespace custom_response_tutorial001 {
json read_items() { return {{{"item_id", "Foo"}}}; }
void setup(FastAPI& app) { app.get<custom_response_tutorial001::read_items>("/items/"); }
} // namespace custom_response_tutorial001

namespace custom_response_tutorial001b {
JSONResponse read_items() { return JSONResponse(json{{{"item_id", "Foo"}}}); }
void setup(FastAPI& app) { app.get<custom_response_tutorial001b::read_items>("/items/"); }
} // namespace custom_response_tutorial001b

HTMLResponse html_page() {
    return HTMLResponse(R"(
    <html>
        <head>
            <title>Some HTML in here</title>
        </head>
        <body>
            <h1>Look ma! HTML!</h1>
        </body>
    </html>
    )");
}
namespace custom_response_tutorial002 {
HTMLResponse read_items() { return html_page(); }
void setup(FastAPI& app) { app.get<custom_response_tutorial002::read_items>("/items/"); }
} // namespace custom_response_tutorial002

namespace custom_response_tutorial003 {
Response read_items() { return html_page(); }
void setup(FastAPI& app) { app.get<custom_response_tutorial003::read_items>("/items/"); }
} // namespace custom_response_tutorial003

namespace custom_response_tutorial005 {
// Not called main: no other function may have that name.
PlainTextResponse main_page() { return PlainTextResponse("Hello World"); }
void setup(FastAPI& app) { app.get<main_page>("/", {.name = "main"}); }
} // namespace custom_response_tutorial005

namespace custom_response_tutorial006 {
Response redirect_typer() { return RedirectResponse("https://typer.tiangolo.com"); }
void setup(FastAPI& app) { app.get<redirect_typer>("/typer"); }
} // namespace custom_response_tutorial006

namespace custom_response_tutorial006b {
RedirectResponse redirect_fastapi() { return RedirectResponse("https://fastapi.tiangolo.com"); }
void setup(FastAPI& app) { app.get<redirect_fastapi>("/fastapi"); }
} // namespace custom_response_tutorial006b

namespace custom_response_tutorial006c {
RedirectResponse redirect_pydantic() { return RedirectResponse("https://docs.pydantic.dev/", 302); }
void setup(FastAPI& app) { app.get<redirect_pydantic>("/pydantic", {.status_code = 302}); }
} // namespace custom_response_tutorial006c

namespace custom_response_tutorial007 {
Generator<string> fake_video_streamer() {
    for (int i = 0; i < 10; ++i) {
        string piece = "some fake video bytes";
        co_yield piece;
    }
}
void setup(FastAPI& app) {
    app.get("/", []() -> Response { return StreamingResponse(fake_video_streamer()); }, {.name = "main"});
}
} // namespace custom_response_tutorial007

// The test writes the file that the next two read.
const string& video_file() {
    static const string path = [] {
        char name[] = "/tmp/fastapi-video-XXXXXX.mp4";
        int file = ::mkstemps(name, 4);
        constexpr std::string_view bytes = "Fake video bytes";
        if (file < 0 || ::write(file, bytes.data(), bytes.size()) < 0) std::perror(name);
        ::close(file);
        static const string kept = name;
        std::atexit([] { ::unlink(kept.c_str()); });
        return kept;
    }();
    return path;
}
bool video_fixture(std::string_view) { return !video_file().empty(); }

namespace custom_response_tutorial008 {
Generator<string> iterfile() {
    std::ifstream file(video_file(), std::ios::binary);
    char buffer[4];
    while (file.read(buffer, sizeof buffer)) {
        string piece(buffer, sizeof buffer);
        co_yield piece;
    }
}
void setup(FastAPI& app) {
    app.get("/", []() -> Response { return StreamingResponse(iterfile(), 200, {}, "video/mp4"); }, {.name = "main"});
}
} // namespace custom_response_tutorial008

namespace custom_response_tutorial009 {
void setup(FastAPI& app) {
    app.get("/", []() -> Response { return FileResponse(video_file()); }, {.name = "main"});
}
} // namespace custom_response_tutorial009

namespace custom_response_tutorial010 {
HTMLResponse read_items() { return HTMLResponse("<h1>Items</h1><p>This is a list of items.</p>"); }
void setup(FastAPI& app) { app.get<custom_response_tutorial010::read_items>("/items/"); }
} // namespace custom_response_tutorial010

constexpr const char* cookies = "Come to the dark side, we have cookies";

namespace response_cookies_tutorial001 {
Response create_cookie() {
    JSONResponse response(json{{"message", cookies}});
    response.set_cookie("fakesession", "fake-cookie-session-value");
    return response;
}
void setup(FastAPI& app) { app.post<create_cookie>("/cookie/"); }
} // namespace response_cookies_tutorial001

namespace response_cookies_tutorial002 {
json create_cookie(Response& response) {
    response.set_cookie("fakesession", "fake-cookie-session-value");
    return {{"message", cookies}};
}
void setup(FastAPI& app) { app.post<create_cookie>("/cookie-and-object/"); }
} // namespace response_cookies_tutorial002

namespace response_headers_tutorial002 {
json get_headers(Response& response) {
    response.headers.set("X-Cat-Dog", "alone in the world");
    return {{"message", "Hello World"}};
}
void setup(FastAPI& app) { app.get<get_headers>("/headers-and-object/"); }
} // namespace response_headers_tutorial002

namespace response_change_status_code_tutorial001 {
void setup(FastAPI& app) {
    auto tasks = std::make_shared<std::map<string, string>>();
    *tasks = {{"foo", "Listen to the Bar Fighters"}};
    app.put("/get-or-create-task/{task_id}",
            [tasks](string task_id, Response& response) -> json {
                auto [task, made] = tasks->try_emplace(task_id, "This didn't exist before");
                if (made) response.status_code = 201;
                return task->second;
            },
            {.status_code = 200, .name = "get_or_create_task"});
}
} // namespace response_change_status_code_tutorial001

namespace response_directly_tutorial002 {
Response get_legacy_data() {
    return Response(R"(<?xml version="1.0"?>
    <shampoo>
    <Header>
        Apply shampoo here.
    </Header>
    <Body>
        You'll have to use soap here.
    </Body>
    </shampoo>
    )",
                    200, {}, "application/xml");
}
void setup(FastAPI& app) { app.get<get_legacy_data>("/legacy/"); }
} // namespace response_directly_tutorial002

// --- applications -----------------------------------------------------------------------------------------------------------------

namespace behind_a_proxy {
json read_main(Request& request) { return {{"message", "Hello World"}, {"root_path", request.root_path}}; }
void setup(FastAPI& app) { app.get<read_main>("/app"); }
FastAPIOptions servers() {
    return {.servers = {{.url = "https://stag.example.com", .description = "Staging environment"},
                        {.url = "https://prod.example.com", .description = "Production environment"}},
            .root_path = "/api/v1"};
}
FastAPIOptions servers_only() {
    FastAPIOptions made = servers();
    made.root_path_in_servers = false;
    return made;
}
} // namespace behind_a_proxy

namespace app_testing_tutorial001 {
json read_main() { return {{"msg", "Hello World"}}; }
void setup(FastAPI& app) { app.get<read_main>("/"); }
} // namespace app_testing_tutorial001

namespace conditional_openapi_tutorial001 {
json root() { return {{"message", "Hello World"}}; }
void setup(FastAPI& app) { app.get<root>("/"); }
} // namespace conditional_openapi_tutorial001

} // namespace

void conformance::add_docs_misc(Ports& ports) {
#define PORT(topic, tutorial) ports.push_back({"docs/" #topic "/" #tutorial, &topic##_##tutorial::setup})
    PORT(response_status_code, tutorial001);
    PORT(handling_errors, tutorial001);
    PORT(handling_errors, tutorial002);
    PORT(additional_status_codes, tutorial001);
    PORT(path_operation_configuration, tutorial002);
    PORT(path_operation_configuration, tutorial002b);
    PORT(path_operation_configuration, tutorial003);
    PORT(path_operation_configuration, tutorial005);
    PORT(path_operation_configuration, tutorial006);
    PORT(path_operation_advanced_configuration, tutorial001);
    PORT(path_operation_advanced_configuration, tutorial003);
    PORT(path_operation_advanced_configuration, tutorial004);
    PORT(path_operation_advanced_configuration, tutorial005);
    PORT(path_operation_advanced_configuration, tutorial006);
    ports.push_back({"docs/metadata/tutorial001", &metadata::setup, &metadata::options});
    ports.push_back({"docs/metadata/tutorial001_1", &metadata::setup, &metadata::options_with_identifier});
    ports.push_back({"docs/metadata/tutorial002", &metadata::setup_foo, &metadata::other_openapi_url});
    ports.push_back({"docs/metadata/tutorial003", &metadata::setup_foo, &metadata::other_docs_url});
    ports.push_back({"docs/metadata/tutorial004", &metadata::setup_tags, &metadata::tags});
    PORT(custom_response, tutorial001);
    PORT(custom_response, tutorial001b);
    PORT(custom_response, tutorial002);
    PORT(custom_response, tutorial003);
    ports.push_back({"docs/custom_response/tutorial004", &custom_response_tutorial002::setup});
    PORT(custom_response, tutorial005);
    PORT(custom_response, tutorial006);
    PORT(custom_response, tutorial006b);
    PORT(custom_response, tutorial006c);
    PORT(custom_response, tutorial007);
    ports.push_back({"docs/custom_response/tutorial008", &custom_response_tutorial008::setup, nullptr, &video_fixture});
    ports.push_back({"docs/custom_response/tutorial009", &custom_response_tutorial009::setup, nullptr, &video_fixture});
    PORT(custom_response, tutorial010);
    PORT(response_cookies, tutorial001);
    PORT(response_cookies, tutorial002);
    PORT(response_headers, tutorial002);
    PORT(response_change_status_code, tutorial001);
    PORT(response_directly, tutorial002);
    ports.push_back({"docs/behind_a_proxy/tutorial001", &behind_a_proxy::setup});
    ports.push_back({"docs/behind_a_proxy/tutorial003", &behind_a_proxy::setup, &behind_a_proxy::servers});
    ports.push_back({"docs/behind_a_proxy/tutorial004", &behind_a_proxy::setup, &behind_a_proxy::servers_only});
    PORT(app_testing, tutorial001);
    ports.push_back({"docs/app_testing/app_a/main", &app_testing_tutorial001::setup});
    PORT(conditional_openapi, tutorial001);
#undef PORT
}
