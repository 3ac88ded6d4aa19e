// Ports of FastAPI's documented examples about path, query, header and cookie parameters.

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;
using Strings = std::vector<string>;

namespace {

namespace first_steps_tutorial001 {
json root() { return {{"message", "Hello World"}}; }
void setup(FastAPI& app) { app.get<root>("/"); }
} // namespace first_steps_tutorial001

// --- path ---------------------------------------------------------------------------------------------------------------

namespace path_params_tutorial002 {
json read_item(int item_id) { return {{"item_id", item_id}}; }
void setup(FastAPI& app) { app.get<read_item>("/items/{item_id}"); }
} // namespace path_params_tutorial002

namespace path_params_tutorial003 {
json read_user_me() { return {{"user_id", "the current user"}}; }
json read_user(string user_id) { return {{"user_id", user_id}}; }
void setup(FastAPI& app) {
    app.get<read_user_me>("/users/me");
    app.get<read_user>("/users/{user_id}");
}
} // namespace path_params_tutorial003

namespace path_params_tutorial003b {
json read_users() { return {"Rick", "Morty"}; }
json read_users2() { return {"Bean", "Elfo"}; }
void setup(FastAPI& app) {
    app.get<read_users>("/users");
    app.get<read_users2>("/users");
}
} // namespace path_params_tutorial003b

namespace path_params_tutorial005 {
enum class ModelName { alexnet, resnet, lenet };
json get_model(ModelName model_name) {
    json name = model_dump(model_name);
    if (model_name == ModelName::alexnet) return {{"model_name", name}, {"message", "Deep Learning FTW!"}};
    if (model_name == ModelName::lenet) return {{"model_name", name}, {"message", "LeCNN all the images"}};
    return {{"model_name", name}, {"message", "Have some residuals"}};
}
void setup(FastAPI& app) { app.get<get_model>("/models/{model_name}"); }
} // namespace path_params_tutorial005

json with_query(json results, const optional<string>& q) {
    if (q && !q->empty()) results["q"] = *q;
    return results;
}

namespace path_params_numeric_validations_tutorial001 {
json read_items(Path<int, "item_id", Title("The ID of the item to get")> item_id,
                Query<optional<string>, "q", Alias("item-query")> q) {
    return with_query({{"item_id", item_id}}, q);
}
void setup(FastAPI& app) { app.get<read_items>("/items/{item_id}"); }
} // namespace path_params_numeric_validations_tutorial001

namespace path_params_numeric_validations_tutorial004 {
json read_items(Path<int, "item_id", Title("The ID of the item to get"), Ge(1)> item_id, Query<string, "q"> q) {
    return with_query({{"item_id", item_id}}, *q);
}
void setup(FastAPI& app) { app.get<read_items>("/items/{item_id}"); }
} // namespace path_params_numeric_validations_tutorial004

namespace path_params_numeric_validations_tutorial005 {
json read_items(Path<int, "item_id", Title("The ID of the item to get"), Gt(0), Le(1000)> item_id,
                Query<string, "q"> q) {
    return with_query({{"item_id", item_id}}, *q);
}
void setup(FastAPI& app) { app.get<read_items>("/items/{item_id}"); }
} // namespace path_params_numeric_validations_tutorial005

namespace path_params_numeric_validations_tutorial006 {
json read_items(Path<int, "item_id", Title("The ID of the item to get"), Ge(0), Le(1000)> item_id, Query<string, "q"> q,
                Query<double, "size", Gt(0), Lt(10.5)> size) {
    json results = with_query({{"item_id", item_id}}, *q);
    if (size != 0) results["size"] = size;
    return results;
}
void setup(FastAPI& app) { app.get<read_items>("/items/{item_id}"); }
} // namespace path_params_numeric_validations_tutorial006

// --- query --------------------------------------------------------------------------------------------------------------

namespace query_params_tutorial001 {
json read_item(Query<int, "skip", Default(0)> skip, Query<int, "limit", Default(10)> limit) {
    const Strings fake_items_db = {"Foo", "Bar", "Baz"};
    json items = json::array();
    for (int i = skip; i < skip + limit && i < static_cast<int>(fake_items_db.size()); ++i)
        items.push_back({{"item_name", fake_items_db[static_cast<std::size_t>(i)]}});
    return items;
}
void setup(FastAPI& app) { app.get<read_item>("/items/"); }
} // namespace query_params_tutorial001

namespace query_params_tutorial002 {
json read_item(string item_id, Query<optional<string>, "q"> q) { return with_query({{"item_id", item_id}}, q); }
void setup(FastAPI& app) { app.get<read_item>("/items/{item_id}"); }
} // namespace query_params_tutorial002

namespace query_params_tutorial003 {
json read_item(string item_id, Query<optional<string>, "q"> q, Query<bool, "short", Default(false)> is_short) {
    json item = with_query({{"item_id", item_id}}, q);
    if (!is_short) item["description"] = "This is an amazing item that has a long description";
    return item;
}
void setup(FastAPI& app) { app.get<read_item>("/items/{item_id}"); }
} // namespace query_params_tutorial003

namespace query_params_tutorial005 {
json read_user_item(string item_id, Query<string, "needy"> needy) { return {{"item_id", item_id}, {"needy", needy}}; }
void setup(FastAPI& app) { app.get<read_user_item>("/items/{item_id}"); }
} // namespace query_params_tutorial005

namespace query_params_tutorial006 {
json read_user_item(string item_id, Query<string, "needy"> needy, Query<int, "skip", Default(0)> skip,
                    Query<optional<int>, "limit"> limit) {
    return {{"item_id", item_id}, {"needy", needy}, {"skip", skip}, {"limit", limit}};
}
void setup(FastAPI& app) { app.get<read_user_item>("/items/{item_id}"); }
} // namespace query_params_tutorial006

json two_items(const optional<string>& q) {
    return with_query({{"items", {{{"item_id", "Foo"}}, {{"item_id", "Bar"}}}}}, q);
}

namespace query_params_str_validations_tutorial001 {
json read_items(Query<optional<string>, "q"> q) { return two_items(q); }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial001

namespace query_params_str_validations_tutorial002 {
json read_items(Query<optional<string>, "q", MaxLength(50)> q) { return two_items(q); }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial002

namespace query_params_str_validations_tutorial003 {
json read_items(Query<optional<string>, "q", MinLength(3), MaxLength(50)> q) { return two_items(q); }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial003

namespace query_params_str_validations_tutorial004 {
json read_items(Query<optional<string>, "q", MinLength(3), MaxLength(50), Pattern("^fixedquery$")> q) {
    return two_items(q);
}
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial004

namespace query_params_str_validations_tutorial005 {
json read_items(Query<string, "q", MinLength(3), Default("fixedquery")> q) { return two_items(*q); }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial005

namespace query_params_str_validations_tutorial008 {
json read_items(Query<optional<string>, "q", Title("Query string"), MinLength(3),
                      Description("Query string for the items to search in the database that have a good match")>
                    q) {
    return two_items(q);
}
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial008

namespace query_params_str_validations_tutorial010 {
json read_items(Query<optional<string>, "q", Alias("item-query"), Title("Query string"),
                      Description("Query string for the items to search in the database that have a good match"),
                      MinLength(3), MaxLength(50), Pattern("^fixedquery$"), Deprecated>
                    q) {
    return two_items(q);
}
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial010

namespace query_params_str_validations_tutorial011 {
json read_items(Query<optional<Strings>, "q"> q) { return {{"q", q}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial011

namespace query_params_str_validations_tutorial012 {
json read_items(Query<Strings, "q", Default("foo", "bar")> q) { return {{"q", q}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial012

namespace query_params_str_validations_tutorial014 {
json read_items(Query<optional<string>, "hidden_query", ExcludeFromSchema> hidden_query) {
    return {{"hidden_query", hidden_query->value_or("Not found")}};
}
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial014

namespace query_params_str_validations_tutorial015 {
const std::map<string, string> data = {{"isbn-9781529046137", "The Hitchhiker's Guide to the Galaxy"},
                                       {"imdb-tt0371724", "The Hitchhiker's Guide to the Galaxy"},
                                       {"isbn-9781439512982", "Isaac Asimov: The Complete Stories, Vol. 2"}};
void check_valid_id(const optional<string>& id) {
    if (id && !id->starts_with("isbn-") && !id->starts_with("imdb-"))
        throw ValueError("Invalid ID format, it must start with \"isbn-\" or \"imdb-\"");
}
json read_items(Query<optional<string>, "id", AfterValidator<check_valid_id>> id) {
    auto found = data.begin();
    if (*id) {
        found = data.find(**id);
    } else {
        static std::mt19937 generator{std::random_device{}()};
        std::advance(found, generator() % data.size());
        *id = found->first;
    }
    return {{"id", id}, {"name", found == data.end() ? json() : json(found->second)}};
}
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_params_str_validations_tutorial015

// --- models of parameters -------------------------------------------------------------------------------------------------

namespace query_param_models_tutorial001 {
struct FilterParams {
    Field<int, Gt(0), Le(100)> limit = 100;
    Field<int, Ge(0)> offset = 0;
    Field<Literal<"created_at", "updated_at">> order_by = "created_at";
    Field<Strings> tags = empty;
};
json read_items(Query<FilterParams> filter_query) { return filter_query; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_param_models_tutorial001

namespace query_param_models_tutorial002 {
struct FilterParams {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    Field<int, Gt(0), Le(100)> limit = 100;
    Field<int, Ge(0)> offset = 0;
    Field<Literal<"created_at", "updated_at">> order_by = "created_at";
    Field<Strings> tags = empty;
};
json read_items(Query<FilterParams> filter_query) { return filter_query; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace query_param_models_tutorial002

namespace header_param_models_tutorial001 {
struct CommonHeaders {
    string host;
    bool save_data;
    optional<string> if_modified_since;
    optional<string> traceparent;
    Field<Strings> x_tag = empty;
};
json read_items(Header<CommonHeaders> headers) { return headers; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace header_param_models_tutorial001

namespace cookie_param_models_tutorial001 {
struct Cookies {
    string session_id;
    optional<string> fatebook_tracker;
    optional<string> googall_tracker;
};
json read_items(Cookie<Cookies> cookies) { return cookies; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace cookie_param_models_tutorial001

namespace cookie_param_models_tutorial002 {
struct Cookies {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    string session_id;
    optional<string> fatebook_tracker;
    optional<string> googall_tracker;
};
json read_items(Cookie<Cookies> cookies) { return cookies; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace cookie_param_models_tutorial002

// --- headers and cookies ----------------------------------------------------------------------------------------------------

namespace header_params_tutorial001 {
json read_items(Header<optional<string>, "user_agent"> user_agent) { return {{"User-Agent", user_agent}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace header_params_tutorial001

namespace header_params_tutorial002 {
json read_items(Header<optional<string>, "strange_header", KeepUnderscores> strange_header) {
    return {{"strange_header", strange_header}};
}
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace header_params_tutorial002

namespace header_params_tutorial003 {
json read_items(Header<optional<Strings>, "x_token"> x_token) { return {{"X-Token values", x_token}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace header_params_tutorial003

namespace cookie_params_tutorial001 {
json read_items(Cookie<optional<string>, "ads_id"> ads_id) { return {{"ads_id", ads_id}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace cookie_params_tutorial001

} // namespace

void conformance::add_docs_params(Ports& ports) {
#define PORT(topic, tutorial) ports.push_back({"docs/" #topic "/" #tutorial, &topic##_##tutorial::setup})
    PORT(first_steps, tutorial001);
    ports.push_back({"docs/first_steps/tutorial003", &first_steps_tutorial001::setup});
    PORT(path_params, tutorial002);
    PORT(path_params, tutorial003);
    PORT(path_params, tutorial003b);
    PORT(path_params, tutorial005);
    PORT(path_params_numeric_validations, tutorial001);
    PORT(path_params_numeric_validations, tutorial004);
    PORT(path_params_numeric_validations, tutorial005);
    PORT(path_params_numeric_validations, tutorial006);
    PORT(query_params, tutorial001);
    PORT(query_params, tutorial002);
    PORT(query_params, tutorial003);
    PORT(query_params, tutorial005);
    PORT(query_params, tutorial006);
    PORT(query_params_str_validations, tutorial001);
    PORT(query_params_str_validations, tutorial002);
    PORT(query_params_str_validations, tutorial003);
    PORT(query_params_str_validations, tutorial004);
    PORT(query_params_str_validations, tutorial005);
    PORT(query_params_str_validations, tutorial008);
    PORT(query_params_str_validations, tutorial010);
    PORT(query_params_str_validations, tutorial011);
    PORT(query_params_str_validations, tutorial012);
    PORT(query_params_str_validations, tutorial014);
    PORT(query_params_str_validations, tutorial015);
    PORT(query_param_models, tutorial001);
    PORT(query_param_models, tutorial002);
    PORT(header_params, tutorial001);
    PORT(header_params, tutorial002);
    PORT(header_params, tutorial003);
    PORT(header_param_models, tutorial001);
    PORT(cookie_params, tutorial001);
    PORT(cookie_param_models, tutorial001);
    PORT(cookie_param_models, tutorial002);
#undef PORT
}
