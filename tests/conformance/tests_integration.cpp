// Ports of the applications of FastAPI's own tests that put several of its parts together.

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace {

// --- what routers hand down ---------------------------------------------------------------------------------------------------

namespace defaults_overrides {
constexpr std::string_view media_types[] = {"application/x-level-0", "application/x-level-1", "application/x-level-2",
                                            "application/x-level-3", "application/x-level-4", "application/x-level-5"};
constexpr std::string_view headers[] = {"x-level0", "x-level1", "x-level2", "x-level3", "x-level4", "x-level5"};
template <int Level>
struct LevelResponse : JSONResponse {
    static constexpr std::string_view media_type = media_types[Level];
};
template <int Level>
void dependency(Response& response) {
    response.headers.set(headers[Level], "True");
}
template <FixedString Name>
json answer(Query<string, Name> level) {
    return *level;
}
template <FixedString Name>
void called_back(Query<string, Name>) {}
template <FixedString Name>
APIRouter callback(const string& name) {
    APIRouter router;
    router.get<called_back<Name>>("/", {.name = name});
    return router;
}
Responses errors(int level) {
    const string words = std::to_string(level);
    return {{400 + level, {.description = "Client error level " + words}}, {500 + level, {.description = "Server error level " + words}}};
}

struct Callbacks {
    APIRouter level0 = callback<"level0">("callback0");
    APIRouter level1 = callback<"level1">("callback1");
    APIRouter level2 = callback<"level2">("callback2");
    APIRouter level3 = callback<"level3">("callback3");
    APIRouter level4 = callback<"level4">("callback4");
    APIRouter level5 = callback<"level5">("callback5");
};
template <int Level>
RouterOptions inclusion(const APIRouter& callbacks) {
    const string level = "level" + std::to_string(Level);
    return {.prefix = "/" + level, .tags = {level + "a", level + "b"}, .dependencies = {depends<dependency<Level>>}, .responses = errors(Level),
            .default_response_class = response_class<LevelResponse<Level>>, .callbacks = {callbacks}};
}
template <int Level>
RouterOptions router_options(const APIRouter& callbacks) {
    RouterOptions options = inclusion<Level>(callbacks);
    options.deprecated = true;
    return options;
}
template <int Level>
RouteOptions overridden(const string& name, const APIRouter& callbacks) {
    const string path = "path" + std::to_string(Level);
    return {.tags = {path + "a", path + "b"}, .deprecated = true, .name = name, .response_class = response_class<LevelResponse<Level>>,
            .responses = errors(Level), .dependencies = {depends<dependency<Level>>}, .callbacks = {callbacks}};
}

FastAPIOptions options() {
    return {.dependencies = {depends<dependency<0>>}, .default_response_class = response_class<LevelResponse<0>>, .responses = errors(0)};
}
void setup(FastAPI& app) {
    Callbacks callbacks;
    // An application has no callbacks of its own: they are those of a router with all of it.
    APIRouter root{{.callbacks = {callbacks.level0}}};
    APIRouter router2_override{router_options<2>(callbacks.level2)};
    APIRouter router2_default;
    APIRouter router4_override{router_options<4>(callbacks.level4)};
    APIRouter router4_default;

    root.get<answer<"level1">>("/override1", overridden<1>("path1_override", callbacks.level1));
    root.get<answer<"level1">>("/default1", {.name = "path1_default"});
    router2_override.get<answer<"level3">>("/override3", overridden<3>("path3_override_router2_override", callbacks.level3));
    router2_override.get<answer<"level3">>("/default3", {.name = "path3_default_router2_override"});
    router2_default.get<answer<"level3">>("/override3", overridden<3>("path3_override_router2_default", callbacks.level3));
    router2_default.get<answer<"level3">>("/default3", {.name = "path3_default_router2_default"});
    router4_override.get<answer<"level5">>("/override5", overridden<5>("path5_override_router4_override", callbacks.level5));
    router4_override.get<answer<"level5">>("/default5", {.name = "path5_default_router4_override"});
    router4_default.get<answer<"level5">>("/override5", overridden<5>("path5_override_router4_default", callbacks.level5));
    router4_default.get<answer<"level5">>("/default5", {.name = "path5_default_router4_default"});

    for (APIRouter* outer : {&router2_override, &router2_default}) {
        outer->include_router(router4_override, inclusion<3>(callbacks.level3));
        outer->include_router(router4_default, inclusion<3>(callbacks.level3));
        outer->include_router(router4_override);
        outer->include_router(router4_default);
    }
    root.include_router(router2_override, inclusion<1>(callbacks.level1));
    root.include_router(router2_default, inclusion<1>(callbacks.level1));
    root.include_router(router2_override);
    root.include_router(router2_default);
    app.include_router(root);
}
} // namespace defaults_overrides

namespace default_response_class {
struct ORJSONResponse : JSONResponse {
    static constexpr std::string_view media_type = "application/x-orjson";
};
struct OverrideResponse : JSONResponse {
    static constexpr std::string_view media_type = "application/x-override";
};
template <FixedString Text>
json message() {
    return {{"msg", string(Text.view())}};
}
template <FixedString Text>
string text() {
    return string(Text.view());
}
FastAPIOptions options() { return {.default_response_class = response_class<ORJSONResponse>}; }
void setup(FastAPI& app) {
    APIRouter a;
    APIRouter a_a;
    APIRouter a_b;
    APIRouter b;
    APIRouter b_a;
    APIRouter b_a_c;
    app.get<message<"Hello World">>("/");
    app.get<text<"Hello World">>("/override", {.response_class = response_class<PlainTextResponse>});
    a.get<message<"Hello A">>("/");
    a.get<text<"Hello A">>("/override", {.response_class = response_class<PlainTextResponse>});
    a_a.get<message<"Hello A A">>("/");
    a_a.get<text<"Hello A A">>("/override", {.response_class = response_class<PlainTextResponse>});
    a_b.get<text<"Hello A B">>("/");
    a_b.get<text<"Hello A B">>("/override", {.response_class = response_class<HTMLResponse>});
    b.get<text<"Hello B">>("/");
    b.get<text<"Hello B">>("/override", {.response_class = response_class<HTMLResponse>});
    b_a.get<text<"Hello B A">>("/");
    b_a.get<text<"Hello B A">>("/override", {.response_class = response_class<HTMLResponse>});
    b_a_c.get<text<"Hello B A C">>("/");
    b_a_c.get<message<"Hello B A C">>("/override", {.response_class = response_class<OverrideResponse>});
    b_a.include_router(b_a_c, {.prefix = "/c", .default_response_class = response_class<HTMLResponse>});
    b.include_router(b_a, {.prefix = "/a"});
    a.include_router(a_a, {.prefix = "/a"});
    a.include_router(a_b, {.prefix = "/b", .default_response_class = response_class<PlainTextResponse>});
    app.include_router(a, {.prefix = "/a"});
    app.include_router(b, {.prefix = "/b", .default_response_class = response_class<PlainTextResponse>});
}
} // namespace default_response_class

// One router below a prefix that has the name of its query parameter: here the handler says where its parameter comes from.
namespace param_optionality {
json get_users() { return json::array({json{{"user_id", "u1"}}, json{{"user_id", "u2"}}}); }
json get_user(Path<string, "user_id"> user_id) { return {{"user_id", *user_id}}; }
template <class UserId>
json get_items(UserId user_id) {
    if (*user_id) return json::array({json{{"item_id", "i2"}, {"user_id", **user_id}}});
    return json::array({json{{"item_id", "i1"}, {"user_id", "u1"}}, json{{"item_id", "i2"}, {"user_id", "u2"}}});
}
template <class UserId>
json get_item(Path<string, "item_id"> item_id, UserId user_id) {
    json item = {{"item_id", *item_id}};
    if (*user_id) item["user_id"] = **user_id;
    return item;
}
template <class UserId>
APIRouter items() {
    APIRouter router;
    router.get<get_items<UserId>>("/", {.name = "get_items"});
    router.get<get_item<UserId>>("/{item_id}", {.name = "get_item"});
    return router;
}
void setup(FastAPI& app) {
    APIRouter users;
    users.get<get_users>("/");
    users.get<get_user>("/{user_id}");
    app.include_router(users, {.prefix = "/users"});
    app.include_router(items<Query<optional<string>, "user_id">>(), {.prefix = "/items"});
    app.include_router(items<Path<optional<string>, "user_id">>(), {.prefix = "/users/{user_id}/items"});
}
} // namespace param_optionality

// --- dependencies ---------------------------------------------------------------------------------------------------------------

namespace wrapped {
// Goes on with another generator.
struct Next {
    Generator<bool>& generator;
    [[nodiscard]] bool await_ready() const { return false; }
    [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) const { return generator.resume_for(waiting); }
    [[nodiscard]] bool* await_resume() const {
        generator.rethrow();
        return generator.value();
    }
};
Generator<bool> forward(Generator<bool> inner) {
    while (bool* value = co_await Next{inner}) co_yield *value;
}
// A wrapper that is an ordinary function, and one that is a coroutine.
template <auto F>
auto noop_wrap() {
    return F();
}
template <auto F>
auto noop_wrap_async() {
    using Result = decltype(F());
    if constexpr (std::is_same_v<Result, Generator<bool>>) {
        return forward(F());
    } else if constexpr (std::is_same_v<Result, Task<bool>>) {
        return [](Task<bool> inner) -> Task<bool> { co_return co_await std::move(inner); }(F());
    } else {
        return []() -> Task<Result> { co_return F(); }();
    }
}

bool plain() { return true; }
Generator<bool> generator() { co_yield true; }
Task<bool> coroutine() { co_return true; }
Generator<bool> waiting_generator() {
    co_await fastapi::sleep(std::chrono::milliseconds(0));
    co_yield true;
}
struct Instance {
    bool operator()() const { return true; }
};
struct CoroutineInstance {
    Task<bool> operator()() const { co_return true; }
};
struct GeneratorInstance {
    Generator<bool> operator()() const { co_yield true; }
};
struct WaitingGeneratorInstance {
    Generator<bool> operator()() const { return waiting_generator(); }
};
struct ClassDependency {
    bool value = true;
};
ClassDependency make_class() { return {}; }
// An object whose call operator is what is wrapped.
template <auto F>
struct Calls {
    auto operator()() const { return F(); }
};

template <auto F>
bool get_value(Depends<F> value) {
    return *value;
}
template <auto F>
bool get_value_of_class(Depends<F> value) {
    return value->value;
}
template <auto F>
void route(FastAPI& app, std::string_view path) {
    app.get(runtime(string(path)), &get_value<F>, {.name = "get_value"});
}
void setup(FastAPI& app) {
    route<&noop_wrap<&plain>>(app, "/wrapped-dependency/");
    route<&noop_wrap<&generator>>(app, "/wrapped-gen-dependency/");
    route<&noop_wrap<&coroutine>>(app, "/async-wrapped-dependency/");
    route<&noop_wrap<&waiting_generator>>(app, "/async-wrapped-gen-dependency/");
    route<&noop_wrap<Instance{}>>(app, "/wrapped-class-instance-dependency/");
    route<&noop_wrap<CoroutineInstance{}>>(app, "/wrapped-class-instance-async-dependency/");
    route<&noop_wrap<GeneratorInstance{}>>(app, "/wrapped-class-instance-gen-dependency/");
    route<&noop_wrap<WaitingGeneratorInstance{}>>(app, "/wrapped-class-instance-async-gen-dependency/");
    route<Calls<&noop_wrap<&plain>>{}>(app, "/class-instance-wrapped-dependency/");
    route<Calls<&noop_wrap_async<&plain>>{}>(app, "/class-instance-wrapped-async-dependency/");
    route<Calls<&noop_wrap<&coroutine>>{}>(app, "/class-instance-async-wrapped-dependency/");
    route<Calls<&noop_wrap_async<&coroutine>>{}>(app, "/class-instance-async-wrapped-async-dependency/");
    route<Calls<&noop_wrap<&generator>>{}>(app, "/class-instance-wrapped-gen-dependency/");
    route<Calls<&noop_wrap_async<&generator>>{}>(app, "/class-instance-wrapped-async-gen-dependency/");
    route<Calls<&noop_wrap<&waiting_generator>>{}>(app, "/class-instance-async-wrapped-gen-dependency/");
    route<Calls<&noop_wrap_async<&waiting_generator>>{}>(app, "/class-instance-async-wrapped-gen-async-dependency/");
    app.get("/wrapped-class-dependency/", &get_value_of_class<&noop_wrap<&make_class>>, {.name = "get_wrapped_class_dependency"});
    app.get("/wrapped-endpoint/", &noop_wrap<&plain>, {.name = "get_wrapped_endpoint"});
    app.get("/async-wrapped-endpoint/", &noop_wrap<&coroutine>, {.name = "async_wrapped_endpoint"});
    route<&noop_wrap_async<&plain>>(app, "/wrapped-dependency-async-wrapper/");
    route<&noop_wrap_async<&generator>>(app, "/wrapped-gen-dependency-async-wrapper/");
    route<&noop_wrap_async<&coroutine>>(app, "/async-wrapped-dependency-async-wrapper/");
    route<&noop_wrap_async<&waiting_generator>>(app, "/async-wrapped-gen-dependency-async-wrapper/");
    route<&noop_wrap_async<Instance{}>>(app, "/wrapped-class-instance-dependency-async-wrapper/");
    route<&noop_wrap_async<CoroutineInstance{}>>(app, "/wrapped-class-instance-async-dependency-async-wrapper/");
    app.get("/wrapped-class-dependency-async-wrapper/", &get_value_of_class<&noop_wrap_async<&make_class>>,
            {.name = "get_wrapped_class_dependency_async_wrapper"});
    app.get("/wrapped-endpoint-async-wrapper/", &noop_wrap_async<&plain>, {.name = "get_wrapped_endpoint_async_wrapper"});
    app.get("/async-wrapped-endpoint-async-wrapper/", &noop_wrap_async<&coroutine>, {.name = "get_async_wrapped_endpoint_async_wrapper"});
}
} // namespace wrapped

namespace partial {
string function(string value) { return value; }
Task<string> async_function(string value) { co_return value; }
Generator<string> generator(string value) { co_yield value; }
Generator<string> async_generator(string value) {
    co_await fastapi::sleep(std::chrono::milliseconds(0));
    co_yield value;
}
template <auto F>
struct Callable {
    auto operator()(string value) const { return F(std::move(value)); }
};
struct Methods {
    string synchronous(string value) const { return value; }
    Task<string> asynchronous(string value) const { co_return value; }
    Generator<string> synchronous_gen(string value) const { co_yield value; }
    Generator<string> asynchronous_gen(string value) const { return async_generator(std::move(value)); }
};
constexpr Methods methods;
template <auto Method>
constexpr auto method_of_methods = [](string value) { return (methods.*Method)(std::move(value)); };
// A callable with its first argument.
template <auto F, FixedString Value>
struct Partial {
    auto operator()() const { return F(string(Value.view())); }
};
template <auto F, FixedString Name>
string get(Depends<Partial<F, Name>{}> value) {
    return *value;
}
template <auto F, FixedString Name>
void route(FastAPI& app) {
    app.get(runtime("/" + string(Name.view())), &get<F, Name>, {.name = "get"});
}
void setup(FastAPI& app) {
    route<&function, "partial-function-dependency">(app);
    route<&async_function, "partial-async-function-dependency">(app);
    route<&generator, "partial-gen-dependency">(app);
    route<&async_generator, "partial-async-gen-dependency">(app);
    route<Callable<&function>{}, "partial-callable-dependency">(app);
    route<Callable<&generator>{}, "partial-callable-gen-dependency">(app);
    route<Callable<&async_function>{}, "partial-async-callable-dependency">(app);
    route<Callable<&async_generator>{}, "partial-async-callable-gen-dependency">(app);
    route<method_of_methods<&Methods::synchronous>, "partial-synchronous-method-dependency">(app);
    route<method_of_methods<&Methods::synchronous_gen>, "partial-synchronous-method-gen-dependency">(app);
    route<method_of_methods<&Methods::asynchronous>, "partial-asynchronous-method-dependency">(app);
    route<method_of_methods<&Methods::asynchronous_gen>, "partial-asynchronous-method-gen-dependency">(app);
}
} // namespace partial

namespace contextvars { // what a request has for itself is its state
struct RequestState {
    string user;
};
Generator<RequestState&> set_up_request_state(Request& request) {
    RequestState& state = request.state.emplace<RequestState>();
    state.user = "deadpond";
    co_yield state;
}
string get_user(Request& request) { return request.state.get<RequestState>().user; }
void setup(FastAPI& app) {
    app.middleware([](Request& request, CallNext next) {
        Response response = next(request);
        response.headers.set("custom", "foo");
        return response;
    });
    app.get<get_user>("/user", {.dependencies = {depends<set_up_request_state>}});
}
} // namespace contextvars

namespace response_dependency {
Response& modify_response(Response& response) {
    response.headers.set("X-Custom", "modified");
    return response;
}
Response& first_modifier(Response& response) {
    response.headers.set("X-First", "1");
    return response;
}
Response& second_modifier(Depends<first_modifier> response) {
    response->headers.set("X-Second", "2");
    return *response;
}
Response default_response() { return JSONResponse(json{{"status", "ok"}}, 200, {{"X-Custom", "initial"}}); }
json ok() { return {{"status", "ok"}}; }
void with_depends(FastAPI& app) {
    app.get("/", [](Depends<modify_response>) { return ok(); });
}
void without_depends(FastAPI& app) {
    app.get("/", [](Response& response) {
        response.headers.set("X-Direct", "set");
        return ok();
    });
}
void chain(FastAPI& app) {
    app.get("/", [](Depends<second_modifier>) { return ok(); });
}
void another_response(FastAPI& app) {
    app.get("/", [](Depends<default_response> given) {
        Response response = *given;
        response.headers.set("X-Custom", "modified");
        return response;
    });
}
} // namespace response_dependency

// --- values -------------------------------------------------------------------------------------------------------------------

namespace schema_extra_example {
struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
};
json update_item(Path<int, "item_id"> item_id,
                 Body<Item, "item", Examples(JsonLiteral(R"({"name": "Foo", "description": "A very nice Item", "price": 35.4, "tax": 3.2})"),
                                             JsonLiteral(R"({"name": "Bar", "price": "35.4"})"),
                                             JsonLiteral(R"({"name": "Baz", "price": "thirty five point four"})"))> item) {
    return {{"item_id", *item_id}, {"item", model_dump(*item)}};
}
void tutorial004(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace schema_extra_example

namespace openapi_examples {
struct Item {
    string data;
};
json examples(Body<Item, "item", Examples(JsonLiteral(R"({"data": "Data in Body examples, example1"})")), OpenApiExamples(R"({
    "Example One": {"summary": "Example One Summary", "description": "Example One Description",
                    "value": {"data": "Data in Body examples, example1"}},
    "Example Two": {"value": {"data": "Data in Body examples, example2"}}})")> item) {
    return model_dump(*item);
}
json path_examples(Path<string, "item_id", Examples("json_schema_item_1", "json_schema_item_2"), OpenApiExamples(R"({
    "Path One": {"summary": "Path One Summary", "description": "Path One Description", "value": "item_1"},
    "Path Two": {"value": "item_2"}})")> item_id) {
    return *item_id;
}
json text(const optional<string>& data) { return data ? json(*data) : json(nullptr); }
json query_examples(Query<optional<string>, "data", Examples("json_schema_query1", "json_schema_query2"), OpenApiExamples(R"({
    "Query One": {"summary": "Query One Summary", "description": "Query One Description", "value": "query1"},
    "Query Two": {"value": "query2"}})")> data) {
    return text(*data);
}
json header_examples(Header<optional<string>, "data", Examples("json_schema_header1", "json_schema_header2"), OpenApiExamples(R"({
    "Header One": {"summary": "Header One Summary", "description": "Header One Description", "value": "header1"},
    "Header Two": {"value": "header2"}})")> data) {
    return text(*data);
}
json cookie_examples(Cookie<optional<string>, "data", Examples("json_schema_cookie1", "json_schema_cookie2"), OpenApiExamples(R"({
    "Cookie One": {"summary": "Cookie One Summary", "description": "Cookie One Description", "value": "cookie1"},
    "Cookie Two": {"value": "cookie2"}})")> data) {
    return text(*data);
}
void setup(FastAPI& app) {
    app.post<examples>("/examples/");
    app.get<path_examples>("/path_examples/{item_id}");
    app.get<query_examples>("/query_examples/");
    app.get<header_examples>("/header_examples/");
    app.get<cookie_examples>("/cookie_examples/");
}
} // namespace openapi_examples

namespace custom_schema_fields {
struct Item {
    static constexpr ModelConfig model_config{.json_schema_extra = R"({"x-something-internal": {"level": 4}})"};
    string name;
    Field<optional<string>, WithJsonSchema(R"({"type": ["string", "null"]})")> description = {};
};
Item foo() { return {"Foo item"}; }
void setup(FastAPI& app) { app.get<foo>("/foo"); }
} // namespace custom_schema_fields

namespace tuples {
struct ItemGroup {
    std::vector<std::tuple<string, string>> items;
};
struct Coordinate {
    double x;
    double y;
};
ItemGroup post_model_with_tuple(ItemGroup item_group) { return item_group; }
std::tuple<Coordinate, Coordinate> post_tuple_of_models(Body<std::tuple<Coordinate, Coordinate>, "square"> square) { return *square; }
std::tuple<int, int> hello(Form<std::tuple<int, int>, "values"> values) { return *values; }
void setup(FastAPI& app) {
    app.post<post_model_with_tuple>("/model-with-tuple/", {.response_model = no_response_model});
    app.post<post_tuple_of_models>("/tuple-of-models/", {.response_model = no_response_model});
    app.post<hello>("/tuple-form/", {.response_model = no_response_model});
}
} // namespace tuples

namespace extra_data_types {
// As Python's isoformat() has it, and so FastAPI in what is no model.
string isoformat(const datetime& value) {
    string text = value.str();
    if (text.ends_with('Z')) text.replace(text.size() - 1, 1, "+00:00");
    return text;
}
json read_items(Path<UUID, "item_id"> item_id, Body<datetime, "start_datetime"> start_datetime, Body<datetime, "end_datetime"> end_datetime,
                Body<timedelta, "process_after"> process_after, Body<optional<time_of_day>, "repeat_at"> repeat_at) {
    datetime start_process = *start_datetime + *process_after;
    timedelta duration = *end_datetime - start_process;
    return {{"item_id", model_dump(*item_id)}, {"start_datetime", isoformat(*start_datetime)}, {"end_datetime", isoformat(*end_datetime)},
            {"process_after", process_after->total_seconds()}, {"repeat_at", model_dump(*repeat_at)}, {"start_process", isoformat(start_process)},
            {"duration", duration.total_seconds()}};
}
void setup(FastAPI& app) { app.put<read_items>("/items/{item_id}"); }
} // namespace extra_data_types

namespace json_type {
using Texts = std::vector<string>;
Texts form_json_list(Form<Json<Texts>, "items"> items) { return **items; }
Texts query_json_list(Query<Json<Texts>, "items"> items) { return **items; }
Texts header_json_list(Header<Json<Texts>, "x_items"> items) { return **items; }
Texts cookie_json_list(Cookie<Json<Texts>, "items"> items) { return **items; }
void setup(FastAPI& app) {
    app.post<form_json_list>("/form-json-list");
    app.get<query_json_list>("/query-json-list");
    app.get<header_json_list>("/header-json-list");
    app.get<cookie_json_list>("/cookie-json-list");
}
} // namespace json_type

// --- further responses ----------------------------------------------------------------------------------------------------------

namespace additional_responses {
struct ResponseModel {
    string message;
};
json a() { return "a"; }
json b() { return "b"; }
json c() { return "c"; }
json d() { return "d"; }
void router(FastAPI& app) {
    APIRouter router;
    router.get<a>("/a", {.responses = {{501, {.description = "Error 1"}}}});
    router.get<b>("/b", {.responses = {{502, {.description = "Error 2"}}, {"4XX", {.description = "Error with range, upper"}}}});
    router.get<c>("/c", {.responses = {{"400", {.description = "Error with str"}}, {"5xx", {.description = "Error with range, lower"}},
                                       {"default", {.description = "A default response"}}}});
    router.get<d>("/d", {.responses = {{"400", {.description = "Error with str"}}, {"5XX", {.model = response_model<ResponseModel>}},
                                       {"default", {.model = response_model<ResponseModel>}}}});
    app.include_router(router);
}
json read_item() { return {{"id", "foo"}}; }
void nested(FastAPI& app) {
    APIRouter router;
    APIRouter sub_router;
    sub_router.get<read_item>("/");
    router.include_router(sub_router, {.prefix = "/items"});
    app.include_router(router);
}
struct CustomModel {
    int a;
};
json nothing() { return nullptr; }
void callback(FastAPI& app) {
    APIRouter callbacks{{.default_response_class = response_class<JSONResponse>}};
    callbacks.get("{$callback_url}/callback/", &nothing, {.name = "callback_route", .responses = {{400, {.model = response_model<CustomModel>}}}});
    app.post("/", [](Query<HttpUrl, "callback_url">) {}, {.name = "main_route", .callbacks = {callbacks}});
}
void bad(FastAPI& app) { app.get("/a", &nothing, {.name = "a", .responses = {{"hello", {.description = "Not a valid additional response"}}}}); }
void default_validation_error(FastAPI& app) {
    app.get("/a/{id}", [](Path<json, "id">) {}, {.name = "a"});
}
} // namespace additional_responses

// --- middleware, streams ---------------------------------------------------------------------------------------------------------

namespace middleware_exception {
json run_middleware(File<UploadFile, "file", Description("Big File")>) { return {{"message", "OK"}}; }
void setup(FastAPI& app) {
    APIRouter router;
    router.post<run_middleware>("/middleware");
    app.include_router(router);
    app.middleware([](Request& request, CallNext next) -> Response {
        constexpr std::size_t max_content_size = 256;
        std::size_t declared = 0;
        if (const auto length = request.headers.get("content-length")) declared = std::stoul(string(*length));
        if (std::max(declared, request.body.size()) <= max_content_size) return next(request);
        const json detail = {{"name", "ContentSizeLimitExceeded"}, {"code", 999}, {"message", "File limit exceeded"}};
        return JSONResponse(json{{"detail", detail}}, 422);
    });
}
} // namespace middleware_exception

namespace stream_bare_type {
Generator<json> stream_bare_async() {
    json item = {{"name", "foo"}};
    co_await fastapi::sleep(std::chrono::milliseconds(0));
    co_yield item;
}
Generator<json> stream_bare_sync() {
    json item = {{"name", "bar"}};
    co_yield item;
}
struct Item {
    string name;
    std::optional<string> optional;
};
Generator<Item> stream_events_jsonl() {
    Item item{"foo", std::nullopt};
    co_yield item;
}
void setup(FastAPI& app) {
    app.get<stream_bare_async>("/items/stream-bare-async");
    app.get<stream_bare_sync>("/items/stream-bare-sync");
    APIRouter router;
    router.get<stream_events_jsonl>("/events-jsonl", {.response_model_exclude_none = true});
    app.include_router(router, {.prefix = "/api"});
}
} // namespace stream_bare_type

namespace events_by_default {
struct Item {
    string name;
    optional<string> description;
};
Generator<Item> stream() {
    for (Item item : {Item{"Plumbus", "A multi-purpose household device."}, Item{"Portal Gun", "A portal opening device."},
                      Item{"Meeseeks Box", "A box that summons a Meeseeks."}})
        co_yield item;
}
FastAPIOptions options() { return {.default_response_class = response_class<EventSourceResponse>}; }
void of_app(FastAPI& app) {
    APIRouter router;
    router.get<stream>("/stream");
    app.include_router(router, {.prefix = "/api"});
}
void of_parent(FastAPI& app) {
    APIRouter parent{{.default_response_class = response_class<EventSourceResponse>}};
    APIRouter child;
    child.get<stream>("/stream");
    parent.include_router(child);
    app.include_router(parent, {.prefix = "/api"});
}
} // namespace events_by_default

// --- operation ids, events -------------------------------------------------------------------------------------------------------

namespace unique_id {
struct Item {
    string name;
    double price;
};
struct Message {
    string title;
    string description;
};
using Items = std::vector<Item>;
string foo(const RouteInfo& route) { return "foo_" + string(route.name); }
string bar(const RouteInfo& route) { return "bar_" + string(route.name); }
string baz(const RouteInfo& route) { return "baz_" + string(route.name); }
Items post_root(Body<Item, "item1"> item1, Body<Item, "item2"> item2) { return {*item1, *item2}; }
Items post_router(Body<Item, "item1"> item1, Body<Item, "item2"> item2) { return {*item1, *item2}; }
Items post_subrouter(Body<Item, "item1"> item1, Body<Item, "item2"> item2) { return {*item1, *item2}; }
RouteOptions with_messages(GenerateUniqueId generate = nullptr) {
    return {.responses = {{404, {.model = response_model<std::vector<Message>>}}}, .generate_unique_id_function = generate};
}
FastAPIOptions options() { return {.generate_unique_id_function = &foo}; }
void add(FastAPI& app, GenerateUniqueId of_root, GenerateUniqueId of_router, GenerateUniqueId of_route, GenerateUniqueId of_inclusion) {
    APIRouter router{{.generate_unique_id_function = of_router}};
    app.post<post_root>("/", with_messages(of_root));
    router.post<post_router>("/router", with_messages(of_route));
    app.include_router(router, {.generate_unique_id_function = of_inclusion});
}
void of_router(FastAPI& app) { add(app, nullptr, &bar, nullptr, nullptr); }
void of_inclusion(FastAPI& app) { add(app, nullptr, &bar, nullptr, &baz); }
void of_route(FastAPI& app) { add(app, nullptr, &bar, &baz, nullptr); }
void of_root(FastAPI& app) { add(app, &baz, &bar, nullptr, nullptr); }
void of_subrouter(FastAPI& app) {
    APIRouter router;
    APIRouter sub_router{{.generate_unique_id_function = &bar}};
    app.post<post_root>("/", with_messages());
    router.post<post_router>("/router", with_messages());
    sub_router.post<post_subrouter>("/subrouter", with_messages());
    router.include_router(sub_router);
    app.include_router(router, {.generate_unique_id_function = &baz});
}
} // namespace unique_id

namespace router_events {
std::map<string, string> hello() { return {{"message", "Hello World"}}; }
struct Life {
    bool started = false;
    bool stopped = false;
};
void app_lifespan(FastAPI& app) {
    app.lifespan([](FastAPI& self) -> Lifespan {
        self.state.emplace<Life>().started = true;
        co_yield {};
        self.state.get<Life>().stopped = true;
    });
    app.get("/", [](FastAPI& self) {
        const Life& life = self.state.get<Life>();
        if (!life.started || life.stopped) throw HTTPException(500, "the lifespan is elsewhere");
        return hello();
    });
}
} // namespace router_events

} // namespace

namespace conformance {

void add_tests_integration(Ports& ports) {
    ports.push_back({"tests/test_include_router_defaults_overrides", &defaults_overrides::setup, &defaults_overrides::options});
    ports.push_back({"tests/test_default_response_class", &default_response_class::setup, &default_response_class::options});
    ports.push_back({"tests/test_infer_param_optionality", &param_optionality::setup});
    ports.push_back({"tests/test_dependency_wrapped", &wrapped::setup});
    ports.push_back({"tests/test_dependency_partial", &partial::setup});
    ports.push_back({"tests/test_dependency_contextvars", &contextvars::setup});
    ports.push_back({"tests/test_tuples", &tuples::setup});
    ports.push_back({"docs/schema_extra_example/tutorial004", &schema_extra_example::tutorial004});
    ports.push_back({"tests/test_openapi_examples", &openapi_examples::setup});
    ports.push_back({"tests/test_custom_schema_fields", &custom_schema_fields::setup});
    ports.push_back({"docs/extra_data_types/tutorial001", &extra_data_types::setup});
    ports.push_back({"tests/test_json_type", &json_type::setup});
    ports.push_back({"tests/test_additional_responses_router", &additional_responses::router});
    ports.push_back({"tests/test_additional_response_extra", &additional_responses::nested});
    ports.push_back({"tests/test_additional_responses_custom_model_in_callback", &additional_responses::callback});
    ports.push_back({"tests/test_additional_responses_bad", &additional_responses::bad});
    ports.push_back({"tests/test_additional_responses_default_validationerror", &additional_responses::default_validation_error});
    ports.push_back({"tests/test_custom_middleware_exception", &middleware_exception::setup});
    ports.push_back({"tests/test_stream_bare_type", &stream_bare_type::setup});
    ports.push_back({"tests/test_sse#default_app_app", &events_by_default::of_app, &events_by_default::options});
    ports.push_back({"tests/test_sse#default_parent_app", &events_by_default::of_parent});

    auto local = [&](std::string_view name, void (*setup)(FastAPI&), FastAPIOptions (*options)() = nullptr) {
        ports.push_back({name, setup, options});
    };
#define RESPONSE "local/tests/test_response_dependency.py::test_response_"
    local(RESPONSE "with_depends_annotated#0", response_dependency::with_depends);
    local(RESPONSE "without_depends#0", response_dependency::without_depends);
    local(RESPONSE "dependency_chain#0", response_dependency::chain);
    local(RESPONSE "dependency_returns_different_response_instance#0", response_dependency::another_response);
#undef RESPONSE
#define UNIQUE_ID "local/tests/test_generate_unique_id_function.py::test_"
    local(UNIQUE_ID "router_overrides_generate_unique_id#0", unique_id::of_router, unique_id::options);
    local(UNIQUE_ID "router_include_overrides_generate_unique_id#0", unique_id::of_inclusion, unique_id::options);
    local(UNIQUE_ID "subrouter_top_level_include_overrides_generate_unique_id#0", unique_id::of_subrouter, unique_id::options);
    local(UNIQUE_ID "router_path_operation_overrides_generate_unique_id#0", unique_id::of_route, unique_id::options);
    local(UNIQUE_ID "app_path_operation_overrides_generate_unique_id#0", unique_id::of_root, unique_id::options);
#undef UNIQUE_ID
    local("local/tests/test_router_events.py::test_app_lifespan_state#0", router_events::app_lifespan);
}

} // namespace conformance
