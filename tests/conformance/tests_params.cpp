// Ports of the applications in FastAPI's own tests about parameters.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;
using Strings = std::vector<string>;

namespace {

// --- tests/test_request_params: one value, its two kinds of alias, and the same in a model ------------------------------------

template <class T, auto... A>
struct Holder {
    Field<T, A...> p;
};

// What a parameter of one source looks like, alone and in a model.
struct FromQuery {
    template <class T, auto... A>
    using Single = Query<T, "p", A...>;
    template <class M>
    using Model = Query<M>;
};
struct FromHeader {
    template <class T, auto... A>
    using Single = Header<T, "p", A...>;
    template <class M>
    using Model = Header<M>;
};
struct FromCookie {
    template <class T, auto... A>
    using Single = Cookie<T, "p", A...>;
    template <class M>
    using Model = Cookie<M>;
};
struct FromBody {
    template <class T, auto... A>
    using Single = Body<T, "p", Embed, A...>;
    template <class M>
    using Model = Body<M>;
};

template <class Source, class T, auto... A>
void add_pair(FastAPI& app, const string& path) {
    std::vector<string> methods = {std::is_same_v<Source, FromBody> ? "POST" : "GET"};
    app.api_route(runtime("/" + path), methods, [](typename Source::template Single<T, A...> p) -> json {
        return {{"p", *p}};
    });
    app.api_route(runtime("/model-" + path), methods, [](typename Source::template Model<Holder<T, A...>> p) -> json {
        return {{"p", *p->p}};
    });
}
// names: the beginning of the paths, "required-list" or "optional"; plain: the rest of the one without alias.
template <class Source, class T>
void add_all(FastAPI& app, const string& names, const string& plain) {
    add_pair<Source, T>(app, names + plain);
    add_pair<Source, T, Alias("p_alias")>(app, names + "-alias");
    add_pair<Source, T, ValidationAlias("p_val_alias")>(app, names + "-validation-alias");
    add_pair<Source, T, Alias("p_alias"), ValidationAlias("p_val_alias")>(app, names + "-alias-and-validation-alias");
}
template <class Source>
void required_str(FastAPI& app) {
    add_all<Source, string>(app, "required", "-str");
}
template <class Source>
void optional_str(FastAPI& app) {
    add_all<Source, optional<string>>(app, "optional", "-str");
}
template <class Source>
void list(FastAPI& app) {
    add_all<Source, Strings>(app, "required-list", "-str");
}
template <class Source>
void optional_list(FastAPI& app) {
    add_all<Source, optional<Strings>>(app, "optional-list", "-str");
}

// --- tests/main -----------------------------------------------------------------------------------------------------------------

// Answers with the parameter.
template <class P>
void echo(FastAPI& app, const char* path, const char* name) {
    app.get(runtime(path), [](P value) -> json { return *value; }, {.name = name});
}
// Answers "foo bar" and the parameter.
template <class P>
void describe(FastAPI& app, const char* path, const char* name) {
    app.get(runtime(path),
            [](P query) -> json {
                json value = *query;
                if (value.is_null()) return "foo bar";
                return "foo bar " + (value.is_string() ? value.get<string>() : to_json_text(value));
            },
            {.name = name});
}

template <class T, auto... A>
using Id = Path<T, "item_id", A...>;
template <class T, auto... A>
using Q = Query<T, "query", A...>;

void setup_main(FastAPI& app) {
    auto hello = [] { return json{{"message", "Hello World"}}; };
    app.api_route("/api_route", {"GET"}, hello, {.name = "non_operation"});
    app.api_route("/non_decorated_route", {"GET"}, hello, {.name = "non_decorated_route"});
    app.get("/text", []() -> json { return "Hello World"; }, {.name = "get_text"});
    echo<Id<json>>(app, "/path/{item_id}", "get_id");
    echo<Id<string>>(app, "/path/str/{item_id}", "get_str_id");
    echo<Id<int>>(app, "/path/int/{item_id}", "get_int_id");
    echo<Id<double>>(app, "/path/float/{item_id}", "get_float_id");
    echo<Id<bool>>(app, "/path/bool/{item_id}", "get_bool_id");
    echo<Id<optional<string>>>(app, "/path/param/{item_id}", "get_path_param_id");
    echo<Id<string, MinLength(3)>>(app, "/path/param-minlength/{item_id}", "get_path_param_min_length");
    echo<Id<string, MaxLength(3)>>(app, "/path/param-maxlength/{item_id}", "get_path_param_max_length");
    echo<Id<string, MaxLength(3), MinLength(2)>>(app, "/path/param-min_maxlength/{item_id}",
                                                 "get_path_param_min_max_length");
    echo<Id<double, Gt(3)>>(app, "/path/param-gt/{item_id}", "get_path_param_gt");
    echo<Id<double, Gt(0)>>(app, "/path/param-gt0/{item_id}", "get_path_param_gt0");
    echo<Id<double, Ge(3)>>(app, "/path/param-ge/{item_id}", "get_path_param_ge");
    echo<Id<double, Lt(3)>>(app, "/path/param-lt/{item_id}", "get_path_param_lt");
    echo<Id<double, Lt(0)>>(app, "/path/param-lt0/{item_id}", "get_path_param_lt0");
    echo<Id<double, Le(3)>>(app, "/path/param-le/{item_id}", "get_path_param_le");
    echo<Id<double, Lt(3), Gt(1)>>(app, "/path/param-lt-gt/{item_id}", "get_path_param_lt_gt");
    echo<Id<double, Le(3), Ge(1)>>(app, "/path/param-le-ge/{item_id}", "get_path_param_le_ge");
    echo<Id<int, Lt(3)>>(app, "/path/param-lt-int/{item_id}", "get_path_param_lt_int");
    echo<Id<int, Gt(3)>>(app, "/path/param-gt-int/{item_id}", "get_path_param_gt_int");
    echo<Id<int, Le(3)>>(app, "/path/param-le-int/{item_id}", "get_path_param_le_int");
    echo<Id<int, Ge(3)>>(app, "/path/param-ge-int/{item_id}", "get_path_param_ge_int");
    echo<Id<int, Lt(3), Gt(1)>>(app, "/path/param-lt-gt-int/{item_id}", "get_path_param_lt_gt_int");
    echo<Id<int, Le(3), Ge(1)>>(app, "/path/param-le-ge-int/{item_id}", "get_path_param_le_ge_int");
    describe<Q<json>>(app, "/query", "get_query");
    describe<Q<json, Default(nullptr)>>(app, "/query/optional", "get_query_optional");
    describe<Q<int>>(app, "/query/int", "get_query_type");
    describe<Q<optional<int>>>(app, "/query/int/optional", "get_query_type_optional");
    describe<Q<int, Default(10)>>(app, "/query/int/default", "get_query_type_int_default");
    describe<Q<json, Default(nullptr)>>(app, "/query/param", "get_query_param");
    describe<Q<json>>(app, "/query/param-required", "get_query_param_required");
    describe<Q<int>>(app, "/query/param-required/int", "get_query_param_required_type");
    app.get("/enum-status-code", []() -> json { return "foo bar"; },
            {.status_code = 201, .name = "get_enum_status_code"});
    app.get("/query/frozenset",
            [](Q<std::set<int>> query) -> json {
                string joined;
                for (int one : *query) joined += (joined.empty() ? "" : ",") + std::to_string(one);
                return joined;
            },
            {.name = "get_query_type_frozenset"});
    app.get("/query/list", [](Query<std::vector<int>, "device_ids"> device_ids) { return *device_ids; },
            {.name = "get_query_list"});
    app.get("/query/list-default",
            [](Query<std::vector<int>, "device_ids", Default()> device_ids) { return *device_ids; },
            {.name = "get_query_list_default"});
}
FastAPIOptions external_docs() {
    return {
        .openapi_external_docs = {.description = "External API documentation.", .url = "https://docs.example.com/api-general"}};
}

// --- smaller ones -----------------------------------------------------------------------------------------------------------------

namespace multi_query_errors {
json read_items(Query<optional<std::vector<int>>, "q"> q) { return {{"q", q}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace multi_query_errors

namespace put_no_body {
json save_item_no_body(string item_id) { return {{"item_id", item_id}}; }
void setup(FastAPI& app) { app.put<save_item_no_body>("/items/{item_id}"); }
} // namespace put_no_body

namespace param_include_in_schema {
json hidden_cookie(Cookie<optional<string>, "hidden_cookie", ExcludeFromSchema> value) {
    return {{"hidden_cookie", value}};
}
json hidden_header(Header<optional<string>, "hidden_header", ExcludeFromSchema> value) {
    return {{"hidden_header", value}};
}
json hidden_path(Path<string, "hidden_path", ExcludeFromSchema> value) { return {{"hidden_path", value}}; }
json hidden_query(Query<optional<string>, "hidden_query", ExcludeFromSchema> value) {
    return {{"hidden_query", value}};
}
void setup(FastAPI& app) {
    app.get<hidden_cookie>("/hidden_cookie");
    app.get<hidden_header>("/hidden_header");
    app.get<hidden_path>("/hidden_path/{hidden_path}");
    app.get<hidden_query>("/hidden_query");
}
} // namespace param_include_in_schema

namespace annotated {
json with_default(Query<string, "foo", Default("foo")> foo) { return {{"foo", foo}}; }
json required(Query<string, "foo", MinLength(1)> foo) { return {{"foo", foo}}; }
json multiple(Query<string, "foo", MinLength(1)> foo) { return {{"foo", foo}}; }
json unrelated(Query<string, "foo"> foo) { return {{"foo", foo}}; }
void setup(FastAPI& app) {
    app.get<with_default>("/default", {.name = "default"});
    app.get<required>("/required");
    app.get<multiple>("/multiple");
    app.get<unrelated>("/unrelated");
}
} // namespace annotated

namespace param_model_by_alias {
struct Model {
    Field<string, Alias("param_alias")> param;
};
json query_model(Query<Model> data) { return {{"param", data->param}}; }
json header_model(Header<Model> data) { return {{"param", data->param}}; }
json cookie_model(Cookie<Model> data) { return {{"param", data->param}}; }
void setup(FastAPI& app) {
    app.get<query_model>("/query");
    app.get<header_model>("/header");
    app.get<cookie_model>("/cookie");
}
} // namespace param_model_by_alias

namespace nested_annotated_in_sequence {
json read_root(Query<optional<std::set<string>>, "foo", MaxLength(3)> foo) { return {{"foo", foo}}; }
void setup(FastAPI& app) { app.get<read_root>("/"); }
} // namespace nested_annotated_in_sequence

namespace callable_endpoint {
struct Partial {
    string some_arg;
    json operator()(Query<optional<string>, "q"> q) const { return {{"some_arg", some_arg}, {"q", q}}; }
};
void setup(FastAPI& app) { app.get("/", Partial{"foo"}, {.name = "main"}); }
} // namespace callable_endpoint

namespace param_class {
json read_items(Query<optional<string>, "q"> q) { return {{"q", q}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace param_class

namespace openapi_query_parameter_extension {
json route_with_extra_query_parameters(Query<optional<int>, "standard_query_param", Default(50)>) {
    return json::object();
}
void setup(FastAPI& app) {
    app.get<route_with_extra_query_parameters>("/", {.openapi_extra = parse_json(R"({"parameters":[
        {"required":false,"schema":{"title":"Extra Param 1"},"name":"extra_param_1","in":"query"},
        {"required":true,"schema":{"title":"Extra Param 2"},"name":"extra_param_2","in":"query"}]})")});
}
} // namespace openapi_query_parameter_extension

namespace openapi_route_extensions {
json route_with_extras() { return json::object(); }
void setup(FastAPI& app) { app.get<route_with_extras>("/", {.openapi_extra = json{{"x-custom-extension", "value"}}}); }
} // namespace openapi_route_extensions

namespace openapi_servers {
json foo() { return {{"message", "Hello World"}}; }
void setup(FastAPI& app) { app.get<foo>("/foo"); }
FastAPIOptions options() {
    return {.servers = {{.url = "/", .description = "Default, relative server"},
                        {.url = "http://staging.localhost.tiangolo.com:8000",
                         .description = "Staging but actually localhost still"},
                        {.url = "https://prod.example.com"}}};
}
} // namespace openapi_servers

namespace no_swagger_ui_redirect {
json read_items() { return {{"id", "foo"}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
FastAPIOptions options() { return {.swagger_ui_oauth2_redirect_url = std::nullopt}; }
} // namespace no_swagger_ui_redirect

} // namespace

void conformance::add_tests_params(Ports& ports) {
#define SOURCE(folder, test, Source)                                                                                   \
    ports.push_back({"tests/test_request_params/test_" #folder "/test_" #test, &test<Source>})
    SOURCE(body, list, FromBody);
    SOURCE(body, optional_str, FromBody);
    SOURCE(body, required_str, FromBody);
    SOURCE(cookie, optional_str, FromCookie);
    SOURCE(cookie, required_str, FromCookie);
    SOURCE(header, optional_list, FromHeader);
    SOURCE(header, required_str, FromHeader);
    SOURCE(query, list, FromQuery);
    SOURCE(query, optional_list, FromQuery);
    SOURCE(query, optional_str, FromQuery);
    SOURCE(query, required_str, FromQuery);
#undef SOURCE
    ports.push_back({"tests/main", &setup_main, &external_docs});
#define PORT(name, ...) ports.push_back({"tests/test_" #name, &name::setup __VA_OPT__(, ) __VA_ARGS__})
    PORT(multi_query_errors);
    PORT(put_no_body);
    PORT(param_include_in_schema);
    PORT(annotated);
    PORT(nested_annotated_in_sequence);
    PORT(callable_endpoint);
    PORT(param_class);
    PORT(openapi_query_parameter_extension);
    PORT(openapi_route_extensions);
    PORT(openapi_servers, &openapi_servers::options);
    PORT(no_swagger_ui_redirect, &no_swagger_ui_redirect::options);
    ports.push_back({"tests/test_request_param_model_by_alias", &param_model_by_alias::setup});
#undef PORT
}
