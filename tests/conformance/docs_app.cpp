// Ports of FastAPI's applications about responses, background tasks, lifespans, settings and the documentation's pages.

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace {

// --- further responses ------------------------------------------------------------------------------------------------------

namespace additional_responses {
struct Item {
    string id;
    string value;
};
struct Message {
    string message;
};
Response read_item(string item_id) {
    if (item_id == "foo") return JSONResponse(model_dump(Item{"foo", "there goes my hero"}));
    return JSONResponse(json{{"message", "Item not found"}}, 404);
}
void tutorial001(FastAPI& app) {
    app.get<read_item>("/items/{item_id}", {.response_model = response_model<Item>, .responses = {{404, {.model = response_model<Message>}}}});
}
Response read_item_or_image([[maybe_unused]] string item_id, Query<optional<bool>, "img"> img) {
    if (img->value_or(false)) return FileResponse("image.png", {.media_type = "image/png"});
    return JSONResponse(model_dump(Item{"foo", "there goes my hero"}));
}
void tutorial002(FastAPI& app) {
    app.get<read_item_or_image>("/items/{item_id}", {.name = "read_item", .response_model = response_model<Item>,
                                 .responses = {{200, {.description = "Return the JSON item or an image.", .content = json{{"image/png", json::object()}}}}}});
}
void tutorial004(FastAPI& app) {
    const Responses responses = {{404, {.description = "Item not found"}}, {302, {.description = "The item was moved"}},
                                 {403, {.description = "Not enough privileges"}}};
    app.get<read_item_or_image>("/items/{item_id}", {.name = "read_item", .response_model = response_model<Item>,
                                                     .responses = responses | Responses{{200, {.content = json{{"image/png", json::object()}}}}}});
}
bool image(std::string_view) { return false; } // a picture of FastAPI's documentation
} // namespace additional_responses

struct JsonApiResponse : JSONResponse {
    static constexpr std::string_view media_type = "application/vnd.api+json";
};
struct Error {
    string status;
    string title;
};
struct JsonApiError {
    std::vector<Error> errors;
};
void custom_validation_error(FastAPI& app) {
    app.get("/a/{id}", [](Path<json, "id">) {}, {.name = "a", .response_class = response_class<JsonApiResponse>,
            .responses = {{422, {.description = "Error", .model = response_model<JsonApiError>}}}});
}
json nothing() { return nullptr; }
void class_of_responses(FastAPI& app) {
    app.get("/a", &nothing, {.name = "a", .response_class = response_class<JsonApiResponse>,
                             .responses = {{500, {.description = "Error", .model = response_model<JsonApiError>}}}});
    app.get("/b", &nothing, {.name = "b", .responses = {{500, {.description = "Error", .model = response_model<Error>}}}});
}
void no_media_type(FastAPI& app) {
    app.get("/a", &nothing, {.name = "a", .response_class = response_class<Response>,
                             .responses = {{500, {.description = "Error", .model = response_model<JsonApiError>}}}});
    app.get("/b", &nothing, {.name = "b", .responses = {{500, {.description = "Error", .model = response_model<Error>}}}});
}
void no_body(FastAPI& app) {
    app.get("/a", &nothing, {.status_code = 204, .name = "a", .response_class = response_class<JsonApiResponse>,
                             .responses = {{500, {.description = "Error", .model = response_model<JsonApiError>}}}});
    app.get("/b", &nothing, {.name = "b", .responses = {{204, {.description = "No Content"}}}});
}

namespace union_of_responses {
struct ModelA {
    string a;
};
struct ModelB {
    string b;
};
void setup(FastAPI& app) {
    app.get("/route1", &nothing, {.name = "route1"});
    app.get("/route2", &nothing, {.name = "route2"});
}
FastAPIOptions options() {
    return {.responses = {{500, {.model = response_model<std::variant<ModelA, ModelB>>,
                                 .content = json{{"application/json", {{"examples", {{"Case A", {{"value", "a"}}}}}}}}}}}};
}
} // namespace union_of_responses

// --- response models ----------------------------------------------------------------------------------------------------------

namespace users {
struct UserBase {
    string username;
    EmailStr email;
    optional<string> full_name;
};
struct UserIn {
    string username;
    EmailStr email;
    optional<string> full_name;
    string password;
};
struct UserOut {
    string username;
    EmailStr email;
    optional<string> full_name;
};
struct UserInDB {
    string username;
    EmailStr email;
    optional<string> full_name;
    string hashed_password;
};
UserInDB save_user(const UserIn& user) { return {user.username, user.email, user.full_name, "supersecret" + user.password}; }
void extra_models_tutorial002(FastAPI& app) {
    app.post("/user/", [](UserIn user) { return save_user(user); }, {.name = "create_user", .response_model = response_model<UserOut>});
}
namespace order {
struct UserIn {
    string username;
    string password;
    EmailStr email;
    optional<string> full_name;
};
} // namespace order
void response_model_tutorial003(FastAPI& app) {
    app.post("/user/", [](order::UserIn user) { return user; }, {.name = "create_user", .response_model = response_model<UserOut>});
}
struct BaseUser {
    string username;
    EmailStr email;
    optional<string> full_name;
};
void response_model_tutorial003_01(FastAPI& app) {
    app.post("/user/", [](UserIn user) { return user; }, {.name = "create_user", .response_model = response_model<BaseUser>});
}
} // namespace users

namespace vehicles {
struct CarItem {
    string description;
    Field<string> type = "car";
};
struct PlaneItem {
    string description;
    Field<string> type = "plane";
    int size;
};
std::variant<PlaneItem, CarItem> read_item(string item_id) {
    if (item_id == "item1") return CarItem{"All my friends drive a low rider", "car"};
    return PlaneItem{"Music is my aeroplane, it's my aeroplane", "plane", 5};
}
void setup(FastAPI& app) { app.get<read_item>("/items/{item_id}"); }
} // namespace vehicles

namespace response_model_tutorial006 {
struct Item {
    string name;
    optional<string> description;
    double price;
    Field<double> tax = 10.5;
};
json find(const string& item_id) {
    static const json items = {{"foo", {{"name", "Foo"}, {"price", 50.2}}},
                               {"bar", {{"name", "Bar"}, {"description", "The Bar fighters"}, {"price", 62}, {"tax", 20.2}}},
                               {"baz", {{"name", "Baz"}, {"description", "There goes my baz"}, {"price", 50.2}, {"tax", 10.5}}}};
    return items.at(item_id);
}
json read_item_name(string item_id) { return find(item_id); }
json read_item_public_data(string item_id) { return find(item_id); }
void setup(FastAPI& app) {
    app.get<read_item_name>("/items/{item_id}/name", {.response_model = response_model<Item>, .response_model_include = {"name", "description"}});
    app.get<read_item_public_data>("/items/{item_id}/public", {.response_model = response_model<Item>, .response_model_exclude = {"tax"}});
}
} // namespace response_model_tutorial006

namespace include_exclude {
struct Model1 {
    string foo;
    string bar;
};
struct Model2 {
    Model1 ref;
    string baz;
};
struct Model3 {
    string name;
    int age;
    Model2 ref2;
};
Model2 two(const string& name) { return {{name + " model foo", name + " model bar"}, name + " model2 baz"}; }
json two_json(const string& name) { return model_dump(two(name)); }
void setup(FastAPI& app) {
    app.get("/simple_include", [] { return two("simple_include"); }, {.name = "simple_include", .response_model_include = {"baz", "ref.foo"}});
    app.get("/simple_include_dict", [] { return two_json("simple_include_dict"); },
            {.name = "simple_include_dict", .response_model = response_model<Model2>, .response_model_include = {"baz", "ref.foo"}});
    app.get("/simple_exclude", [] { return two("simple_exclude"); }, {.name = "simple_exclude", .response_model_exclude = {"ref.bar"}});
    app.get("/simple_exclude_dict", [] { return two_json("simple_exclude_dict"); },
            {.name = "simple_exclude_dict", .response_model = response_model<Model2>, .response_model_exclude = {"ref.bar"}});
    app.get("/mixed", [] { return Model3{"mixed model3 name", 3, two("mixed")}; },
            {.name = "mixed", .response_model_include = {"ref2", "name"}, .response_model_exclude = {"ref2.baz"}});
    app.get("/mixed_dict", [] { return model_dump(Model3{"mixed_dict model3 name", 3, two("mixed_dict")}); },
            {.name = "mixed_dict", .response_model = response_model<Model3>, .response_model_include = {"ref2", "name"}, .response_model_exclude = {"ref2.baz"}});
}
} // namespace include_exclude

namespace return_annotation {
struct User {
    string name;
    string surname;
};
struct DBUser {
    string name;
    string surname;
    string password_hash;
};
struct Item {
    string name;
    double price;
};
User same() { return {"John", "Doe"}; }
json exact_dict() { return {{"name", "John"}, {"surname", "Doe"}}; }
json invalid_dict() { return {{"name", "John"}}; }
Item invalid_model() { return {"Foo", 42.0}; }
json extra_dict() { return {{"name", "John"}, {"surname", "Doe"}, {"password_hash", "secret"}}; }
DBUser submodel() { return {"John", "Doe", "secret"}; }
std::vector<DBUser> list() { return {{"John", "Doe", "secret"}, {"Jane", "Does", "secret2"}}; }
using Union = std::variant<User, Item>;

// The path, with dashes and underscores as Python has them, and the name that is made of it.
template <class F>
void add(FastAPI& app, const string& path, F handler, detail::ResponseModelRef model = {}) {
    string name = path;
    for (char& c : name)
        if (c == '-') c = '_';
    app.get(runtime("/" + path), handler, {.name = name, .response_model = model});
}
void setup(FastAPI& app) {
    constexpr auto user = response_model<User>;
    add(app, "no_response_model-no_annotation-return_model", &same, no_response_model);
    add(app, "no_response_model-no_annotation-return_dict", &exact_dict);
    for (const string before : {"response_model-no_annotation-", "no_response_model-annotation-", "response_model_model1-annotation_model2-"}) {
        add(app, before + "return_same_model", &same, user);
        add(app, before + "return_exact_dict", &exact_dict, user);
        add(app, before + "return_invalid_dict", &invalid_dict, user);
        add(app, before + "return_invalid_model", &invalid_model, user);
        add(app, before + "return_dict_with_extra_data", &extra_dict, user);
        add(app, before + "return_submodel_with_extra_data", &submodel, user);
    }
    const string none = "response_model_none-annotation-";
    add(app, none + "return_same_model", &same, no_response_model);
    add(app, none + "return_exact_dict", &exact_dict, no_response_model);
    add(app, none + "return_invalid_dict", &invalid_dict, no_response_model);
    add(app, none + "return_invalid_model", &invalid_model, no_response_model);
    add(app, none + "return_dict_with_extra_data", &extra_dict, no_response_model);
    add(app, none + "return_submodel_with_extra_data", &submodel, no_response_model);
    add(app, "response_model_filtering_model-annotation_submodel-return_submodel", &submodel, user);
    add(app, "response_model_list_of_model-no_annotation", &list, response_model<std::vector<User>>);
    add(app, "no_response_model-annotation_list_of_model", &list, response_model<std::vector<User>>);
    add(app, "no_response_model-annotation_forward_ref_list_of_model", &list, response_model<std::vector<User>>);
    add(app, "response_model_union-no_annotation-return_model1", &submodel, response_model<Union>);
    add(app, "response_model_union-no_annotation-return_model2", &invalid_model, response_model<Union>);
    add(app, "no_response_model-annotation_union-return_model1", &submodel, response_model<Union>);
    add(app, "no_response_model-annotation_union-return_model2", &invalid_model, response_model<Union>);
    add(app, "no_response_model-annotation_response_class", [] { return Response("Foo"); });
    add(app, "no_response_model-annotation_json_response_class", [] { return JSONResponse(json{{"foo", "bar"}}); });
}
} // namespace return_annotation

namespace duplicate_models {
struct Model {};
struct Model2 {
    Model a;
};
struct Model3 {
    Model c;
    Model2 d;
};
Model3 f() { return {}; }
void setup(FastAPI& app) { app.get<f>("/"); }
} // namespace duplicate_models

namespace get_with_body {
struct Product {
    string name;
    Field<string> description = "";
    double price;
};
Product create_item(Product product) { return product; }
void setup(FastAPI& app) { app.get<create_item>("/product", {.response_model = no_response_model}); }
} // namespace get_with_body

namespace extra_parameters {
struct Model {
    static constexpr ModelConfig model_config{.extra = Extra::allow};
    string param;
    ExtraFields<> extra;
};
struct AuthHeaders {
    string x_user_id;
};
void setup(FastAPI& app) {
    app.get("/query", [](Query<Model> data) { return *data; }, {.name = "query_model_with_extra"});
    app.get("/header", [](Header<Model> data) { return *data; }, {.name = "header_model_with_extra"});
    app.get("/cookie", [](Cookie<Model> data) { return *data; }, {.name = "cookies_model_with_extra"});
    app.get("/header-requires-hyphen", [](Header<AuthHeaders> data) { return *data; }, {.name = "header_model_requires_hyphen"});
}
} // namespace extra_parameters

namespace repeated_cookies {
json set_cookie(Response& response) {
    response.set_cookie("cookie-name", "cookie-value");
    return json::object();
}
json set_indirect_cookie(Depends<set_cookie> dep) { return *dep; }
void setup(FastAPI& app) {
    app.get("/directCookie", [](Depends<set_cookie> dep) { return json{{"dep", *dep}}; });
    app.get("/indirectCookie", [](Depends<set_indirect_cookie> dep) { return json{{"dep", *dep}}; });
}
} // namespace repeated_cookies

// --- streams ----------------------------------------------------------------------------------------------------------------------

namespace stream_status {
using Message = std::map<string, string>;
Generator<Message> created() {
    Message message{{"message", "created"}};
    co_yield message;
}
Generator<Message> accepted() {
    Message message{{"message", "accepted"}};
    co_yield message;
}
Generator<Message> overridden() {
    Message message{{"message", "overridden"}};
    co_yield message;
}
Generator<string> text(string given) { co_yield given; }
void set_accepted(Response& response) { response.status_code = 202; }
void setup(FastAPI& app) {
    constexpr auto events = response_class<EventSourceResponse>;
    constexpr auto plain = response_class<StreamingResponse>;
    const json content_schema = {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
    json data = {{"type", "string"}, {"contentMediaType", "application/json"}, {"contentSchema", content_schema}};
    data["contentSchema"]["title"] = "SSE stream item";
    const json event_schema = {{"type", "object"},
                               {"properties", {{"data", data}, {"event", {{"type", "string"}}}, {"id", {{"type", "string"}}},
                                               {"retry", {{"type", "integer"}, {"minimum", 0}}}}},
                               {"required", {"data"}}};
    json line_schema = content_schema;
    line_schema["title"] = "JSONL stream item";
    const Responses as_events = {{202, {.description = "Successful Response", .content = json{{"text/event-stream", {{"itemSchema", event_schema}}}}}}};
    const Responses as_lines = {{202, {.description = "Successful Response", .content = json{{"application/jsonl", {{"itemSchema", line_schema}}}}}}};
    const Responses as_text = {{202, {.description = "Accepted"}}};
    app.post("/sse", &created, {.status_code = 201, .name = "sse", .response_class = events});
    app.post("/jsonl", &created, {.status_code = 201, .name = "jsonl"});
    app.post("/raw", [] { return text("accepted"); }, {.status_code = 201, .name = "raw", .response_class = plain});
    app.post("/sse-dependency", [](Depends<set_accepted>) { return accepted(); }, {.name = "sse_dependency", .response_class = events, .responses = as_events});
    app.post("/jsonl-dependency", [](Depends<set_accepted>) { return accepted(); }, {.name = "jsonl_dependency", .responses = as_lines});
    app.post("/raw-dependency", [](Depends<set_accepted>) { return text("accepted"); }, {.name = "raw_dependency", .response_class = plain, .responses = as_text});
    app.post("/sse-dependency-override", [](Depends<set_accepted>) { return overridden(); },
             {.status_code = 201, .name = "sse_dependency_override", .response_class = events, .responses = as_events});
    app.post("/jsonl-dependency-override", [](Depends<set_accepted>) { return overridden(); },
             {.status_code = 201, .name = "jsonl_dependency_override", .responses = as_lines});
    app.post("/raw-dependency-override", [](Depends<set_accepted>) { return text("overridden"); },
             {.status_code = 201, .name = "raw_dependency_override", .response_class = plain, .responses = as_text});
}
} // namespace stream_status

// --- background tasks ---------------------------------------------------------------------------------------------------------------

namespace background_tasks {
void write_log(const string& message) {
    if (std::FILE* log = std::fopen("/dev/null", "a")) { // theirs is log.txt
        std::fputs(message.c_str(), log);
        std::fclose(log);
    }
}
void write_notification(const string& email, const string& message) { write_log("notification for " + email + ": " + message); }
json send_notification(string email, BackgroundTasks& tasks) {
    tasks.add_task(write_notification, email, "some notification");
    return {{"message", "Notification sent in the background"}};
}
void tutorial001(FastAPI& app) { app.post<send_notification>("/send-notification/{email}"); }
optional<string> get_query(BackgroundTasks& tasks, Query<optional<string>, "q"> q) {
    if (*q) tasks.add_task(write_log, "found query: " + **q + "\n");
    return *q;
}
void tutorial002(FastAPI& app) {
    app.post("/send-notification/{email}",
             [](Path<string, "email"> email, BackgroundTasks& tasks, Depends<get_query>) {
                 tasks.add_task(write_log, "message to " + *email + "\n");
                 return json{{"message", "Message sent"}};
             },
             {.name = "send_notification"});
}
} // namespace background_tasks

// --- the life of the application --------------------------------------------------------------------------------------------------------

namespace events {
using Items = std::map<string, json>;
json read_items(string item_id, FastAPI& app) { return app.state.get<Items>().at(item_id); }
void fill(FastAPI& app) { app.state.emplace<Items>(Items{{"foo", {{"name", "Fighters"}}}, {"bar", {{"name", "Tenders"}}}}); }
void tutorial001(FastAPI& app) {
    app.on_startup(&fill);
    app.get<read_items>("/items/{item_id}");
}
using Model = double (*)(double);
void tutorial003(FastAPI& app) {
    app.lifespan([]() -> Lifespan {
        State state;
        state.emplace<Model>([](double x) { return x * 42; });
        co_yield state;
    });
    app.get("/predict", [](Request& request, Query<double, "x"> x) { return json{{"result", request.state.get<Model>()(*x)}}; }, {.name = "predict"});
}
void testing_tutorial004(FastAPI& app) {
    app.lifespan([](FastAPI& self) -> Lifespan {
        fill(self);
        co_yield {};
        self.state.get<Items>().clear();
    });
    app.get<read_items>("/items/{item_id}");
}
void testing_tutorial003(FastAPI& app) { testing_tutorial004(app); }
json root() { return {{"message", "Tomato"}}; }
void async_tests(FastAPI& app) { app.get<root>("/"); }
} // namespace events

namespace app_testing_app_b {
struct Item {
    string id;
    string title;
    optional<string> description;
};
using Items = std::map<string, Item>;
void check(const string& token) {
    if (token != "coneofsilence") throw HTTPException(400, "Invalid X-Token header");
}
Item read_main(string item_id, Header<string, "x_token"> x_token, FastAPI& app) {
    check(*x_token);
    auto& items = app.state.get<Items>();
    if (!items.contains(item_id)) throw HTTPException(404, "Item not found");
    return items.at(item_id);
}
Item create_item(Item item, Header<string, "x_token"> x_token, FastAPI& app) {
    check(*x_token);
    auto& items = app.state.get<Items>();
    if (items.contains(item.id)) throw HTTPException(409, "Item already exists");
    return items[item.id] = item;
}
void setup(FastAPI& app) {
    app.state.emplace<Items>(Items{{"foo", {"foo", "Foo", "There goes my hero"}}, {"bar", {"bar", "Bar", "The bartenders"}}});
    app.get<read_main>("/items/{item_id}");
    app.post<create_item>("/items/");
}
} // namespace app_testing_app_b

namespace settings {
struct Settings {
    Field<string> app_name = "Awesome API";
    string admin_email;
    Field<int> items_per_user = 50;
};
Settings get_settings() { return load_settings<Settings>(); }
void setup(FastAPI& app) {
    app.get("/info", [](Depends<get_settings> settings) {
        return json{{"app_name", *settings->app_name}, {"admin_email", settings->admin_email}, {"items_per_user", *settings->items_per_user}};
    }, {.name = "info"});
}
Settings get_overridden() { return load_settings<Settings>({.values = json{{"admin_email", "testing_admin@example.com"}}}); }
// Their tests give the address in the environment, or override the dependency.
bool environment(std::string_view) {
    ::setenv("ADMIN_EMAIL", "admin@example.com", 1);
    return true;
}
void override_settings(FastAPI& app, std::string_view, std::string_view) { app.dependency_overrides.set<get_settings>(get_overridden); }
} // namespace settings

// --- the documentation ------------------------------------------------------------------------------------------------------------------

namespace docs_ui {
json read_user(string username) { return {{"message", "Hello " + username}}; }
void setup(FastAPI& app) { app.get<read_user>("/users/{username}"); }
FastAPIOptions theme() { return {.swagger_ui_parameters = json{{"syntaxHighlight", {{"theme", "obsidian"}}}}, .docs_fallback = false}; }
FastAPIOptions no_links() { return {.swagger_ui_parameters = json{{"deepLinking", false}}, .docs_fallback = false}; }
FastAPIOptions own_pages() { return {.docs_url = std::nullopt, .redoc_url = std::nullopt}; }
FastAPIOptions oauth() { return {.swagger_ui_init_oauth = json{{"clientId", "the-foo-clients"}, {"appName", "The Predendapp"}}, .docs_fallback = false}; }
void add_pages(FastAPI& app, const string& swagger, const string& redoc) {
    app.get("/docs", [swagger](FastAPI& self) {
        return get_swagger_ui_html({.openapi_url = *self.settings().openapi_url, .title = self.settings().title + " - Swagger UI",
                                    .swagger_js_url = swagger + "swagger-ui-bundle.js", .swagger_css_url = swagger + "swagger-ui.css",
                                    .oauth2_redirect_url = self.settings().swagger_ui_oauth2_redirect_url});
    }, {.include_in_schema = false});
    app.get(runtime(*app.settings().swagger_ui_oauth2_redirect_url), [] { return get_swagger_ui_oauth2_redirect_html(); }, {.include_in_schema = false});
    app.get("/redoc", [redoc](FastAPI& self) {
        return get_redoc_html({.openapi_url = *self.settings().openapi_url, .title = self.settings().title + " - ReDoc", .redoc_js_url = redoc + "redoc.standalone.js"});
    }, {.include_in_schema = false});
    setup(app);
}
void custom_tutorial001(FastAPI& app) { add_pages(app, "https://unpkg.com/swagger-ui-dist@5/", "https://unpkg.com/redoc@2/bundles/"); }
void custom_tutorial002(FastAPI& app) { add_pages(app, "/static/", "/static/"); }
void items(FastAPI& app) { app.get("/items/", [] { return json{{"id", "foo"}}; }, {.name = "read_items"}); }
json read_items() { return json::array({json{{"name", "Foo"}}}); }
void extending_openapi(FastAPI& app) {
    app.get<read_items>("/items/");
    app.extend_openapi([](json& document) { document["info"]["x-logo"] = {{"url", "https://fastapi.tiangolo.com/img/logo-margin/logo-teal.png"}}; });
}
FastAPIOptions custom_info() {
    return {.title = "Custom title", .summary = "This is a very custom OpenAPI schema",
            .description = "Here's a longer description of the custom **OpenAPI** schema", .version = "2.5.0"};
}
} // namespace docs_ui

namespace examples {
struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
};
json result(int item_id, const Item& item) { return {{"item_id", item_id}, {"item", model_dump(item)}}; }
void tutorial005(FastAPI& app) {
    app.put("/items/{item_id}",
            [](Path<int, "item_id"> item_id, Body<Item, "item", OpenApiExamples(R"({
                "normal": {"summary": "A normal example", "description": "A **normal** item works correctly.",
                           "value": {"name": "Foo", "description": "A very nice Item", "price": 35.4, "tax": 3.2}},
                "converted": {"summary": "An example with converted data",
                              "description": "FastAPI can convert price `strings` to actual `numbers` automatically",
                              "value": {"name": "Bar", "price": "35.4"}},
                "invalid": {"summary": "Invalid data is rejected with an error",
                            "value": {"name": "Baz", "price": "thirty five point four"}}})")> item) { return result(*item_id, *item); },
            {.name = "update_item"});
}
} // namespace examples

// --- values ---------------------------------------------------------------------------------------------------------------------------------

namespace encoder {
struct Item {
    string title;
    datetime timestamp;
    optional<string> description;
};
void update_item(string id, Item item, FastAPI& app) { app.state.get<std::map<string, json>>()[id] = model_dump(item); }
void setup(FastAPI& app) {
    app.state.emplace<std::map<string, json>>();
    app.put<update_item>("/items/{id}");
}
} // namespace encoder

} // namespace

namespace conformance {

void add_docs_app(Ports& ports) {
    ports.push_back({"docs/additional_responses/tutorial001", &additional_responses::tutorial001});
    ports.push_back({"docs/additional_responses/tutorial002", &additional_responses::tutorial002, nullptr, &additional_responses::image});
    ports.push_back({"docs/additional_responses/tutorial004", &additional_responses::tutorial004, nullptr, &additional_responses::image});
    ports.push_back({"tests/test_additional_responses_custom_validationerror", &custom_validation_error});
    ports.push_back({"tests/test_additional_responses_response_class", &class_of_responses});
    ports.push_back({"tests/test_additional_responses_union_duplicate_anyof", &union_of_responses::setup, &union_of_responses::options});
    ports.push_back({"tests/test_response_class_no_mediatype", &no_media_type});
    ports.push_back({"tests/test_response_code_no_body", &no_body});
    ports.push_back({"docs/extra_models/tutorial002", &users::extra_models_tutorial002});
    ports.push_back({"docs/extra_models/tutorial003", &vehicles::setup});
    ports.push_back({"docs/response_model/tutorial003", &users::response_model_tutorial003});
    ports.push_back({"docs/response_model/tutorial003_01", &users::response_model_tutorial003_01});
    ports.push_back({"docs/response_model/tutorial006", &response_model_tutorial006::setup});
    ports.push_back({"tests/test_response_model_include_exclude", &include_exclude::setup});
    ports.push_back({"tests/test_response_model_as_return_annotation", &return_annotation::setup});
    ports.push_back({"tests/test_duplicate_models_openapi", &duplicate_models::setup});
    ports.push_back({"tests/test_get_request_body", &get_with_body::setup});
    ports.push_back({"tests/test_query_cookie_header_model_extra_params", &extra_parameters::setup});
    ports.push_back({"tests/test_repeated_cookie_headers", &repeated_cookies::setup});
    ports.push_back({"tests/test_stream_status_code", &stream_status::setup});
    ports.push_back({"docs/background_tasks/tutorial001", &background_tasks::tutorial001});
    ports.push_back({"docs/background_tasks/tutorial002", &background_tasks::tutorial002});
    ports.push_back({"docs/events/tutorial001", &events::tutorial001});
    ports.push_back({"docs/events/tutorial003", &events::tutorial003});
    for (std::string_view name : {"docs/settings/app01/main", "docs/settings/app02/main", "docs/settings/app03/main", "docs/settings/tutorial001"})
        ports.push_back({name, &settings::setup, nullptr, &settings::environment, &settings::override_settings});
    ports.push_back({"docs/app_testing/app_b/main", &app_testing_app_b::setup});
    ports.push_back({"docs/app_testing/tutorial003", &events::testing_tutorial003});
    ports.push_back({"docs/app_testing/tutorial004", &events::testing_tutorial004});
    ports.push_back({"docs/async_tests/app_a/main", &events::async_tests});
    ports.push_back({"docs/configure_swagger_ui/tutorial002", &docs_ui::setup, &docs_ui::theme});
    ports.push_back({"docs/configure_swagger_ui/tutorial003", &docs_ui::setup, &docs_ui::no_links});
    ports.push_back({"docs/custom_docs_ui/tutorial001", &docs_ui::custom_tutorial001, &docs_ui::own_pages});
    ports.push_back({"docs/custom_docs_ui/tutorial002", &docs_ui::custom_tutorial002, &docs_ui::own_pages});
    ports.push_back({"docs/extending_openapi/tutorial001", &docs_ui::extending_openapi, &docs_ui::custom_info});
    ports.push_back({"tests/test_swagger_ui_init_oauth", &docs_ui::items, &docs_ui::oauth});
    ports.push_back({"docs/schema_extra_example/tutorial005", &examples::tutorial005});
    ports.push_back({"docs/encoder/tutorial001", &encoder::setup});
}

} // namespace conformance
