// Ports of FastAPI's applications about routers, mounts, static files and frontends, callbacks and webhooks.

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace {

// --- files ------------------------------------------------------------------------------------------------------------------

// Directories of this program; they go when it ends.
class Sites {
  public:
    Sites() = default;
    Sites(const Sites&) = delete;
    Sites& operator=(const Sites&) = delete;
    ~Sites() {
        std::error_code ignored;
        for (const std::filesystem::path& path : made_) std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path make() {
        string name = (std::filesystem::temp_directory_path() / "fastapi-site-XXXXXX").string();
        if (!mkdtemp(name.data())) throw std::runtime_error("no directory for a site");
        made_.emplace_back(name);
        return made_.back();
    }

  private:
    std::vector<std::filesystem::path> made_;
};
Sites sites;

using Files = std::map<string, string>;

void write_files(const std::filesystem::path& directory, const Files& files) {
    std::filesystem::create_directories(directory);
    for (const auto& [name, text] : files) {
        std::filesystem::create_directories((directory / name).parent_path());
        std::ofstream(directory / name) << text;
    }
}
// The directory dist, with these files in it.
string dist(const Files& files) {
    std::filesystem::path directory = sites.make() / "dist";
    write_files(directory, files);
    return directory.string();
}

// --- bigger applications ------------------------------------------------------------------------------------------------------

namespace bigger_applications {
void get_token_header(Header<string, "x_token"> x_token) {
    if (*x_token != "fake-super-secret-token") throw HTTPException(400, "X-Token header invalid");
}
void get_query_token(Query<string, "token"> token) {
    if (*token != "jessica") throw HTTPException(400, "No Jessica token provided");
}
json read_users() { return {{{"username", "Rick"}}, {{"username", "Morty"}}}; }
json read_user_me() { return {{"username", "fakecurrentuser"}}; }
json read_user(Path<string, "username"> username) { return {{"username", *username}}; }

const std::map<string, json> fake_items_db = {{"plumbus", {{"name", "Plumbus"}}}, {"gun", {{"name", "Portal Gun"}}}};
json read_items() { return fake_items_db; }
json read_item(Path<string, "item_id"> item_id) {
    auto found = fake_items_db.find(*item_id);
    if (found == fake_items_db.end()) throw HTTPException(404, "Item not found");
    return {{"name", found->second["name"]}, {"item_id", *item_id}};
}
json update_item(Path<string, "item_id"> item_id) {
    if (*item_id != "plumbus") throw HTTPException(403, "You can only update the item: plumbus");
    return {{"item_id", *item_id}, {"name", "The great Plumbus"}};
}
json update_admin() { return {{"message", "Admin getting schwifty"}}; }
json root() { return {{"message", "Hello Bigger Applications!"}}; }

// The additional responses of the document, until there are options for them.
OpenApiExtra with_responses(json responses) { return json{{"responses", std::move(responses)}}; }

FastAPIOptions options() { return {.dependencies = {depends<get_query_token>}}; }
void setup(FastAPI& app) {
    APIRouter users;
    users.get<read_users>("/users/", {.tags = {"users"}});
    users.get<read_user_me>("/users/me", {.tags = {"users"}});
    users.get<read_user>("/users/{username}", {.tags = {"users"}});

    const json not_found = {{"description", "Not found"}};
    APIRouter items{{.prefix = "/items", .tags = {"items"}, .dependencies = {depends<get_token_header>}}};
    items.get<read_items>("/", {.openapi_extra = with_responses({{"404", not_found}})});
    items.get<read_item>("/{item_id}", {.openapi_extra = with_responses({{"404", not_found}})});
    items.put<update_item>("/{item_id}", {.tags = {"custom"},
                                          .openapi_extra = with_responses({{"404", not_found}, {"403", {{"description", "Operation forbidden"}}}})});

    APIRouter admin;
    admin.post<update_admin>("/", {.openapi_extra = with_responses({{"418", {{"description", "I'm a teapot"}}}})});

    app.include_router(users);
    app.include_router(items);
    app.include_router(admin, {.prefix = "/admin", .tags = {"admin"}, .dependencies = {depends<get_token_header>}});
    app.get<root>("/");
}
} // namespace bigger_applications

namespace sub_applications {
json read_main() { return {{"message", "Hello World from main app"}}; }
json read_sub() { return {{"message", "Hello World from sub API"}}; }
void setup(FastAPI& app) {
    static std::vector<std::unique_ptr<FastAPI>> kept;
    FastAPI& subapi = *kept.emplace_back(std::make_unique<FastAPI>());
    app.get<read_main>("/app");
    subapi.get<read_sub>("/sub");
    app.mount("/subapi", subapi);
}
} // namespace sub_applications

namespace static_files {
void setup(FastAPI& app) { app.mount("/static", StaticFiles(dist({{"sample.txt", "This is a sample static file."}})), "static"); }
bool fixture(std::string_view) { return true; }
} // namespace static_files

// --- the document -------------------------------------------------------------------------------------------------------------

namespace openapi_callbacks {
struct Invoice {
    string id;
    optional<string> title;
    string customer;
    double total;
};
struct InvoiceEvent {
    string description;
    bool paid;
};
struct InvoiceEventReceived {
    bool ok;
};
InvoiceEventReceived invoice_notification(InvoiceEvent) { return {true}; }
json create_invoice(Invoice, Query<optional<HttpUrl>, "callback_url">) { return {{"msg", "Invoice received"}}; }
void setup(FastAPI& app) {
    APIRouter invoices;
    invoices.post<invoice_notification>("{$callback_url}/invoices/{$request.body.id}");
    app.post<create_invoice>("/invoices/", {.description = "Create an invoice.\n\n"
                                                           "This will (let's imagine) let the API user (some external developer) create an\n"
                                                           "invoice.\n\nAnd this path operation will:\n\n* Send the invoice to the client.\n"
                                                           "* Collect the money from the client.\n"
                                                           "* Send a notification back to the API user (the external developer), as a callback.\n"
                                                           "    * At this point is that the API will somehow send a POST request to the\n"
                                                           "        external API with the notification of the invoice event\n"
                                                           "        (e.g. \"payment successful\").",
                                            .callbacks = {invoices}});
}
} // namespace openapi_callbacks

namespace webhooks_security {
inline constexpr HTTPBearer bearer_scheme;
struct Subscription {
    string username;
    double monthly_fee;
    datetime start_date;
};
void new_subscription(Subscription, Security<bearer_scheme>) {}
void setup(FastAPI& app) {
    app.webhooks().post<new_subscription>("new-subscription",
                                          {.description = "When a new user subscribes to your service we'll send you a POST request with this\n"
                                                          "data to the URL that you register for the event `new-subscription` in the dashboard."});
}
} // namespace webhooks_security

namespace generate_clients_tutorial003 {
struct Item {
    string name;
    double price;
};
struct ResponseMessage {
    string message;
};
struct User {
    string username;
    string email;
};
ResponseMessage create_item(Item) { return {"Item received"}; }
std::vector<Item> get_items() { return {{"Plumbus", 3}, {"Portal Gun", 9001}}; }
ResponseMessage create_user(User) { return {"User received"}; }
FastAPIOptions options() {
    return {.generate_unique_id_function = [](const RouteInfo& route) { return route.tags[0] + "-" + string(route.name); }};
}
void setup(FastAPI& app) {
    app.post<create_item>("/items/", {.tags = {"items"}});
    app.get<get_items>("/items/", {.tags = {"items"}});
    app.post<create_user>("/users/", {.tags = {"users"}});
}
} // namespace generate_clients_tutorial003

namespace duplicate_operation_id {
struct Item {
    string name;
    double price;
};
json post_root(Item item1) { return item1; }
json post_second(Item item1) { return item1; }
json post_third(Item item1) { return item1; }
FastAPIOptions options() {
    return {.generate_unique_id_function = [](const RouteInfo&) { return string("foo"); }};
}
void setup(FastAPI& app) {
    app.post<post_root>("/");
    app.post<post_second>("/second");
    app.post<post_third>("/third");
}
} // namespace duplicate_operation_id

// --- routers ------------------------------------------------------------------------------------------------------------------

namespace custom_route_class { // what a class of routes would do is the business of dependencies here
json get_a() { return {{"msg", "A"}}; }
json get_b() { return {{"msg", "B"}}; }
json get_c() { return {{"msg", "C"}}; }
void setup(FastAPI& app) {
    APIRouter a;
    APIRouter b;
    APIRouter c;
    a.get<get_a>("/");
    b.get<get_b>("/");
    c.get<get_c>("/");
    b.include_router(c, {.prefix = "/c"});
    a.include_router(b, {.prefix = "/b"});
    app.include_router(a, {.prefix = "/a"});
}
} // namespace custom_route_class

namespace empty_router {
json get_empty() { return {"OK"}; }
void setup(FastAPI& app) {
    APIRouter router;
    router.get<get_empty>("");
    app.include_router(router, {.prefix = "/prefix"});
}
} // namespace empty_router

namespace include_route {
void setup(FastAPI& app) {
    APIRouter router;
    router.get("/items/", [](Request&) { return json{{"hello", "world"}}; }, {.include_in_schema = false});
    app.include_router(router);
}
} // namespace include_route

namespace prefix_with_template {
json read_user(Path<string, "segment"> segment, Path<string, "id"> id) { return {{"segment", *segment}, {"id", *id}}; }
void setup(FastAPI& app) {
    APIRouter router;
    router.get<read_user>("/users/{id}");
    app.include_router(router, {.prefix = "/{segment}"});
}
} // namespace prefix_with_template

namespace same_name_body {
json compute(Body<int, "a"> a, Body<string, "b"> b) { return {{"a", *a}, {"b", *b}}; }
void setup(FastAPI& app) {
    APIRouter a;
    APIRouter b;
    a.post<compute>("/compute");
    b.post<compute>("/compute/");
    app.include_router(a, {.prefix = "/a"});
    app.include_router(b, {.prefix = "/b"});
}
} // namespace same_name_body

namespace strict_content_type {
using Data = std::map<string, json>;
json post(Data data) { return data; }
FastAPIOptions lax() { return {.strict_content_type = false}; }
void nested(FastAPI& app) {
    APIRouter outer{{.prefix = "/outer"}};
    APIRouter strict{{.prefix = "/strict", .strict_content_type = true}};
    APIRouter by_default{{.prefix = "/default"}};
    strict.post<post>("/items/");
    by_default.post<post>("/items/");
    outer.include_router(strict);
    outer.include_router(by_default);
    app.include_router(outer);
}
void mixed(FastAPI& app) {
    APIRouter outer{{.prefix = "/outer", .strict_content_type = false}};
    APIRouter inner{{.prefix = "/inner", .strict_content_type = true}};
    outer.post<post>("/items/");
    inner.post<post>("/items/");
    outer.include_router(inner);
    app.include_router(outer);
}
void router_level(FastAPI& app) {
    APIRouter lax_router{{.prefix = "/lax", .strict_content_type = false}};
    APIRouter strict{{.prefix = "/strict", .strict_content_type = true}};
    APIRouter by_default{{.prefix = "/default"}};
    for (APIRouter* router : {&lax_router, &strict, &by_default}) {
        router->post<post>("/items/");
        app.include_router(*router);
    }
}
void app_level(FastAPI& app) { app.post<post>("/items/"); }
} // namespace strict_content_type

namespace redirect_slashes {
string hello_page() { return "Hello, World!"; }
FastAPIOptions disabled() { return {.redirect_slashes = false}; }
void setup(FastAPI& app) {
    APIRouter router;
    router.get<hello_page>("/hello/");
    app.include_router(router);
}
} // namespace redirect_slashes

namespace cache_root_path {
json read_root() { return {{"ok", true}}; }
FastAPIOptions configured() { return {.servers = {{.url = "https://prod.example.com"}}}; }
void setup(FastAPI& app) { app.get<read_root>("/"); }
} // namespace cache_root_path

namespace include_context {
json read_items() { return json::array(); }
json one_item() { return {"item"}; }
json read_later() { return {{"later", true}}; }
json created() { return {{"method", "post"}}; }
void added_later(FastAPI& app) {
    APIRouter parent;
    APIRouter child;
    app.include_router(parent, {.prefix = "/api"});
    parent.include_router(child, {.prefix = "/child", .tags = {"child"}});
    child.get("/items", &one_item, {.name = "read_items"});
}
void cached_document(FastAPI& app) {
    APIRouter router;
    app.include_router(router, {.prefix = "/api"});
    static_cast<void>(app.openapi_json());
    router.get<read_later>("/later");
}
void included_dependency() {}
void live_metadata(FastAPI& app) {
    APIRouter router;
    app.include_router(router, {.prefix = "/api", .tags = {"included"}, .dependencies = {depends<included_dependency>}});
    router.get<read_later>("/later", {.openapi_extra = bigger_applications::with_responses({{"418", {{"description", "Teapot"}}}})});
}
void repeated(FastAPI& app) {
    APIRouter shared;
    APIRouter parent;
    shared.get<read_items>("/items");
    parent.include_router(shared, {.prefix = "/a"});
    parent.include_router(shared, {.prefix = "/b"});
    app.include_router(parent, {.prefix = "/v1"});
    app.include_router(parent, {.prefix = "/v2"});
}
void api_items(FastAPI& app) {
    APIRouter router;
    router.get<read_items>("/items");
    app.include_router(router, {.prefix = "/api"});
}
json read_item(Path<int, "version"> version, Path<int, "tenant_id"> tenant_id, Path<int, "item_id"> item_id) {
    return {{"version", *version}, {"tenant_id", *tenant_id}, {"item_id", *item_id}};
}
void prefixes(FastAPI& app) {
    APIRouter router{{.prefix = "/tenants/{tenant_id}"}};
    router.get<read_item>("/items/{item_id}");
    app.include_router(router, {.prefix = "/api/{version}"});
}
void app_body_dependency(Body<string, "app_body">) {}
void router_body_dependency(Body<int, "router_body">) {}
void include_body_dependency(Body<bool, "include_body">) {}
json create_item(Body<double, "route_body"> route_body) { return {{"route_body", *route_body}}; }
FastAPIOptions body_options() { return {.dependencies = {depends<app_body_dependency>}}; }
void bodies(FastAPI& app) {
    APIRouter router{{.dependencies = {depends<router_body_dependency>}}};
    router.post<create_item>("/items");
    app.include_router(router, {.prefix = "/api", .dependencies = {depends<include_body_dependency>}});
}
void later_full_match(FastAPI& app) {
    APIRouter get_router;
    APIRouter post_router;
    get_router.get<read_items>("/items");
    post_router.post<created>("/items");
    app.include_router(get_router, {.prefix = "/api"});
    app.include_router(post_router, {.prefix = "/api"});
}
void slash_and_exact(FastAPI& app) {
    APIRouter redirect;
    APIRouter exact;
    redirect.get("/items/", [] { return json{{"path", "slash"}}; });
    exact.get("/items", [] { return json{{"path", "exact"}}; });
    app.include_router(redirect, {.prefix = "/api"});
    app.include_router(exact, {.prefix = "/api"});
}
FastAPI& hosted() {
    static std::vector<std::unique_ptr<FastAPI>> kept;
    FastAPI& app = *kept.emplace_back(std::make_unique<FastAPI>());
    app.get("/items/{item_id}", [](Request&) { return PlainTextResponse("hosted"); });
    return app;
}
void host_with_prefix(FastAPI& app) {
    APIRouter router;
    router.host("{subdomain}.example.com", hosted(), "hosted");
    app.include_router(router, {.prefix = "/api"});
}
void host_without_prefix(FastAPI& app) {
    APIRouter router;
    router.host("{subdomain}.example.com", hosted(), "hosted");
    app.include_router(router);
}
void many(FastAPI& app) {
    APIRouter router;
    for (int index = 0; index < 120; ++index) router.get(runtime("/items/" + std::to_string(index)), [index] { return json{{"index", index}}; });
    app.include_router(router);
}
void child_items(FastAPI& app) {
    APIRouter child;
    APIRouter parent;
    child.get("/items", [](Request&) { return PlainTextResponse("ok"); });
    parent.include_router(child, {.prefix = "/child"});
    app.include_router(parent);
}
} // namespace include_context

// --- frontends ----------------------------------------------------------------------------------------------------------------

namespace frontends {
const Files shell = {{"index.html", "app shell"}};
void serve(FastAPI& app, const Files& files, optional<string> fallback = "auto") {
    app.frontend("/", {.directory = dist(files), .fallback = std::move(fallback)});
}
void index(FastAPI& app) { serve(app, shell, "index.html"); }
void automatic(FastAPI& app) { serve(app, shell); }
json source_api() { return {{"source", "api"}}; }

void require_cookie(Request& request) {
    if (request.cookies().get("session") != "ok") throw HTTPException(401);
}
void allow_cookie() {}
FastAPIOptions protected_options() { return {.dependencies = {depends<require_cookie>}}; }
void router_at(FastAPI& app, std::string_view prefix, const Files& files, optional<string> fallback = "index.html") {
    APIRouter router;
    router.frontend("/", {.directory = dist(files), .fallback = std::move(fallback)});
    app.include_router(router, {.prefix = string(prefix)});
}
void under_prefixes(FastAPI& app) {
    APIRouter router{{.prefix = "/internal"}};
    router.frontend("/ui", {.directory = dist({{"asset.txt", "asset"}})});
    app.include_router(router, {.prefix = "/prefix"});
}
void selected(FastAPI& app) {
    APIRouter site;
    APIRouter admin;
    site.frontend("/", {.directory = dist({{"index.html", "site"}})});
    admin.frontend("/", {.directory = dist({{"index.html", "admin"}})});
    app.include_router(site, {.dependencies = {depends<require_cookie>}}); // which would refuse
    app.include_router(admin, {.prefix = "/admin", .dependencies = {depends<allow_cookie>}});
}
void api_before(FastAPI& app) {
    app.get<source_api>("/api");
    serve(app, {{"api", "frontend"}});
}
void api_beside(FastAPI& app) {
    APIRouter router{{.dependencies = {depends<require_cookie>}}};
    router.frontend("/", {.directory = dist({{"api", "frontend"}})});
    app.get<source_api>("/api");
    app.include_router(router);
}
void users_before(FastAPI& app) {
    app.get<source_api>("/api/users");
    serve(app, {{"api/users", "frontend"}});
}
void api_missing(FastAPI& app) {
    app.get("/api/users", []() -> json { throw HTTPException(404, "api missing"); });
    serve(app, {{"index.html", "frontend"}}, "index.html");
}
void two(FastAPI& app, const Files& site, const Files& admin, optional<string> fallback) {
    app.frontend("/", {.directory = dist(site), .fallback = std::move(fallback)});
    app.frontend("/admin", {.directory = dist(admin), .fallback = "index.html"});
}
void across_routers(FastAPI& app) {
    APIRouter api;
    router_at(app, "", {{"index.html", "site"}});
    api.get<source_api>("/api/users");
    app.include_router(api);
}
void outside_link(FastAPI& app) {
    std::filesystem::path base = sites.make();
    write_files(base, {{"secret.txt", "secret"}});
    std::filesystem::create_directories(base / "dist");
    std::filesystem::create_symlink(base / "secret.txt", base / "dist/secret.txt");
    app.frontend("/", {.directory = (base / "dist").string()});
}
void beside_secret(FastAPI& app) {
    std::filesystem::path base = sites.make();
    write_files(base, {{"secret.txt", "secret"}});
    write_files(base / "dist", {{"index.html", "app"}});
    app.frontend("/", {.directory = (base / "dist").string()});
}
} // namespace frontends

} // namespace

namespace conformance {

void add_docs_routers(Ports& ports) {
    ports.insert(ports.end(), {
        {"docs/bigger_applications/app/main", bigger_applications::setup, bigger_applications::options},
        {"docs/sub_applications/tutorial001", sub_applications::setup},
        {"docs/static_files/tutorial001", static_files::setup, nullptr, static_files::fixture},
        {"docs/openapi_callbacks/tutorial001", openapi_callbacks::setup},
        {"docs/generate_clients/tutorial003", generate_clients_tutorial003::setup, generate_clients_tutorial003::options},
        {"tests/test_webhooks_security", webhooks_security::setup},
        {"tests/test_custom_route_class", custom_route_class::setup},
        {"tests/test_empty_router", empty_router::setup},
        {"tests/test_include_route", include_route::setup},
        {"tests/test_router_prefix_with_template", prefix_with_template::setup},
        {"tests/test_modules_same_name_body/app/main", same_name_body::setup},
        {"tests/test_strict_content_type_nested#app_nested", strict_content_type::nested, strict_content_type::lax},
        {"tests/test_strict_content_type_nested#app_mixed", strict_content_type::mixed},
        {"tests/test_strict_content_type_router_level", strict_content_type::router_level},
        {"tests/test_strict_content_type_app_level#app_default", strict_content_type::app_level},
        {"tests/test_strict_content_type_app_level#app_lax", strict_content_type::app_level, strict_content_type::lax},
    });
    auto local = [&ports](std::string_view name, void (*setup)(FastAPI& app), FastAPIOptions (*options)() = nullptr) {
        ports.push_back({name, setup, options});
    };
    local("local/tests/test_router_redirect_slashes.py::test_redirect_slashes_enabled#0", redirect_slashes::setup);
    local("local/tests/test_router_redirect_slashes.py::test_redirect_slashes_disabled#0", redirect_slashes::setup, redirect_slashes::disabled);
    local("local/tests/test_openapi_cache_root_path.py::test_root_path_does_not_persist_across_requests#0", cache_root_path::setup);
    local("local/tests/test_openapi_cache_root_path.py::test_multiple_different_root_paths_do_not_accumulate#0", cache_root_path::setup);
    local("local/tests/test_openapi_cache_root_path.py::test_legitimate_root_path_still_appears#0", cache_root_path::setup);
    local("local/tests/test_openapi_cache_root_path.py::test_configured_servers_not_mutated#0", cache_root_path::setup, cache_root_path::configured);
    local("local/tests/test_generate_unique_id_function.py::test_warn_duplicate_operation_id#0", duplicate_operation_id::setup,
          duplicate_operation_id::options);

    using namespace include_context;
    local("local/tests/test_router_include_context.py::test_live_route_addition_uses_include_metadata_for_runtime_and_openapi#0", live_metadata);
    local("local/tests/test_router_include_context.py::test_nested_router_added_after_parent_inclusion_is_live#0", added_later);
    local("local/tests/test_router_include_context.py::test_openapi_cache_updates_after_live_route_addition#0", cached_document);
    local("local/tests/test_router_include_context.py::test_repeated_deep_inclusions_handle_all_concrete_paths#0", repeated);
    local("local/tests/test_router_include_context.py::test_original_api_route_subclass_instance_is_called_after_inclusion#0", api_items);
    local("local/tests/test_router_include_context.py::test_router_and_include_prefix_path_params_reach_endpoint_and_openapi#0", prefixes);
    local("local/tests/test_router_include_context.py::test_effective_body_fields_from_app_router_include_and_route_match_openapi#0", bodies,
          body_options);
    local("local/tests/test_router_include_context.py::test_later_full_match_wins_over_earlier_included_partial_match#0", later_full_match);
    local("local/tests/test_router_include_context.py::test_included_partial_match_returns_405_when_no_later_full_match_exists#0", api_items);
    local("local/tests/test_router_include_context.py::test_included_slash_redirect_does_not_block_later_exact_match#0", slash_and_exact);
    local("local/tests/test_router_include_context.py::test_included_starlette_host_keeps_prefix_runtime_and_url_path_for#0", host_with_prefix);
    local("local/tests/test_router_include_context.py::test_included_starlette_host_without_prefix_keeps_original_app#0", host_without_prefix);
    local("local/tests/test_router_include_context.py::test_included_router_candidate_cache_is_thread_safe#0", many);
    local("local/tests/test_router_include_context.py::test_no_prefix_include_validation_sees_effective_starlette_route_path#0", child_items);

    using namespace frontends;
#define FRONTEND "local/tests/test_frontend.py::test_"
    local(FRONTEND "frontend_exact_prefix_path_serves_index#0", [](FastAPI& app) { serve(app, {{"index.html", "app"}}); });
    local(FRONTEND "apirouter_frontend_with_router_prefix_and_frontend_subpath#0", under_prefixes);
    local(FRONTEND "index_fallback_ignores_invalid_q_value#0", index);
    local(FRONTEND "normal_route_partial_match_wins_before_frontend#0", api_before);
    local(FRONTEND "app_frontend_dependencies_protect_root_asset_and_fallback#0",
          [](FastAPI& app) { serve(app, {{"index.html", "app"}, {"assets/app.js", "console.log('ok')"}}, "index.html"); }, protected_options);
    local(FRONTEND "frontend_dependencies_do_not_run_when_api_route_wins#0", api_beside);
    local(FRONTEND "only_selected_frontend_mount_dependencies_run#0", selected);
    local(FRONTEND "existing_api_route_wins_over_frontend#0", users_before);
    local(FRONTEND "api_route_404_is_not_replaced_by_frontend_fallback#0", api_missing);
    for (std::string_view name : {FRONTEND "index_fallback_for_navigation_request[/users/jane.doe-text/html]#0",
                                  FRONTEND "index_fallback_for_navigation_request[/v/1.2.3-application/xhtml+xml]#0",
                                  FRONTEND "index_fallback_parses_accept_parameters#0", FRONTEND "index_fallback_ignores_q_zero_accept#0",
                                  FRONTEND "index_fallback_respects_explicit_xhtml_rejection_with_wildcard#0",
                                  FRONTEND "index_fallback_requires_explicit_html_acceptance[/assets/missing.js-*/*]#0",
                                  FRONTEND "index_fallback_requires_explicit_html_acceptance[/assets/missing.css-text/css]#0",
                                  FRONTEND "index_fallback_requires_explicit_html_acceptance[/assets/missing.png-image/png]#0",
                                  FRONTEND "index_fallback_requires_explicit_html_acceptance[/api/missing-application/json]#0",
                                  FRONTEND "index_fallback_requires_explicit_html_acceptance[/dashboard/settings-]#0",
                                  FRONTEND "head_fallback_request_works#0",
                                  FRONTEND "unsupported_methods_to_fallback_only_routes_return_404[POST]#0",
                                  FRONTEND "unsupported_methods_to_fallback_only_routes_return_404[PUT]#0",
                                  FRONTEND "unsupported_methods_to_fallback_only_routes_return_404[DELETE]#0",
                                  FRONTEND "unsupported_methods_to_fallback_only_routes_return_404[OPTIONS]#0"})
        local(name, index);
    local(FRONTEND "404_fallback_handles_missing_assets#0", [](FastAPI& app) { serve(app, {{"404.html", "missing"}}, "404.html"); });
    local(FRONTEND "auto_fallback_prefers_404_over_index#0",
          [](FastAPI& app) { serve(app, {{"index.html", "app shell"}, {"404.html", "missing"}}); });
    local(FRONTEND "auto_fallback_uses_index_when_404_is_missing#0", automatic);
    local(FRONTEND "no_fallback_returns_normal_404#0", [](FastAPI& app) { serve(app, shell, std::nullopt); });
    local(FRONTEND "directory_index_and_redirect#0", [](FastAPI& app) { serve(app, {{"about/index.html", "about"}}); });
    local(FRONTEND "path_validation_and_trailing_slash_normalization#0",
          [](FastAPI& app) { app.frontend("/app/", {.directory = dist({{"asset.txt", "ok"}})}); });
    local(FRONTEND "frontend_path_matching_uses_segment_boundaries#0",
          [](FastAPI& app) { app.frontend("/app", {.directory = dist({{"index.html", "app"}}), .fallback = "index.html"}); });
    local(FRONTEND "multiple_frontends_use_longest_matching_prefix#0",
          [](FastAPI& app) { two(app, {{"index.html", "site"}}, {{"index.html", "admin"}}, "index.html"); });
    local(FRONTEND "apirouter_frontend_uses_include_prefix#0", [](FastAPI& app) { router_at(app, "/admin", {{"index.html", "admin"}}); });
    local(FRONTEND "global_priority_across_included_routers#0", across_routers);
    local(FRONTEND "frontend_respects_root_path#0",
          [](FastAPI& app) { app.frontend("/app", {.directory = dist({{"assets/app.js", "console.log('ok')"}})}); });
    local(FRONTEND "websocket_route_wins_over_frontend#0", [](FastAPI& app) {
        app.websocket("/ws", [](WebSocket& ws) {
            ws.accept();
            ws.send_text("websocket");
            ws.close();
        });
        serve(app, {{"ws", "frontend"}});
    });
    local(FRONTEND "head_requests_work#0", [](FastAPI& app) { serve(app, {{"asset.txt", "ok"}}); });
    local(FRONTEND "unsupported_methods_to_fallback_only_routes_return_404_for_fallback_modes[404.html-files0]#0",
          [](FastAPI& app) { serve(app, {{"404.html", "missing"}}, "404.html"); });
    local(FRONTEND "unsupported_methods_to_fallback_only_routes_return_404_for_fallback_modes[auto-files1]#0", automatic);
    local(FRONTEND "unsupported_methods_to_fallback_only_routes_return_404_for_fallback_modes[None-files2]#0",
          [](FastAPI& app) { serve(app, shell, std::nullopt); });
    local(FRONTEND "apirouter_frontend_unsupported_method_to_fallback_only_route_returns_404#0",
          [](FastAPI& app) { router_at(app, "/admin", {{"index.html", "admin"}}); });
    local(FRONTEND "unsupported_method_uses_longest_matching_frontend_prefix#0",
          [](FastAPI& app) { two(app, {{"admin/client-route", "site asset"}}, {{"index.html", "admin"}}, "auto"); });
    for (std::string_view name : {FRONTEND "path_traversal_cannot_escape_directory[/%2e%2e/secret.txt]#0",
                                  FRONTEND "path_traversal_cannot_escape_directory[/..%2fsecret.txt]#0",
                                  FRONTEND "path_traversal_cannot_escape_directory[/%5c..%5csecret.txt]#0"})
        local(name, beside_secret);
    local(FRONTEND "symlink_outside_directory_is_not_served#0", outside_link);
    local(FRONTEND "check_dir_false_allows_missing_directory_and_fails_on_request#0",
          [](FastAPI& app) { app.frontend("/", {.directory = "/nonexistent-fastapi/dist", .check_dir = false}); });
    local(FRONTEND "explicit_fallback_files_fail_clearly_when_missing#0",
          [](FastAPI& app) { app.frontend("/", {.directory = dist({}), .fallback = "404.html", .check_dir = false}); });
    local(FRONTEND "frontend_routes_are_not_in_openapi#0", [](FastAPI& app) {
        app.get("/api", [] { return json{{"ok", true}}; }, {.name = "read_api"});
        serve(app, {{"index.html", "app"}});
    });
    local(FRONTEND "docs_frontend_examples[tutorial001_py310.py-files0-/asset.txt-200-asset]#0",
          [](FastAPI& app) { serve(app, {{"asset.txt", "asset"}}); });
    local(FRONTEND "docs_frontend_examples[tutorial002_py310.py-files1-/dashboard-200-index]#0",
          [](FastAPI& app) { serve(app, {{"index.html", "index"}}, "index.html"); });
    local(FRONTEND "docs_frontend_examples[tutorial003_py310.py-files2-/missing-404-missing]#0",
          [](FastAPI& app) { serve(app, {{"404.html", "missing"}}, "404.html"); });
    local(FRONTEND "docs_frontend_examples[tutorial004_py310.py-files3-/app/dashboard-200-index]#0",
          [](FastAPI& app) { router_at(app, "/app", {{"index.html", "index"}}); });
#undef FRONTEND
    for (std::string_view name : {"docs/frontend/tutorial001", "docs/frontend/tutorial005", "docs/frontend/tutorial006"}) local(name, automatic);
}

} // namespace conformance
