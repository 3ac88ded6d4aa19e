// Ports of FastAPI's documented examples about JSON bodies and response models.
// A handler without a return annotation there returns json here: it has no response model either.

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

struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
};
struct User {
    string username;
    optional<string> full_name;
};

json joined(json into, const json& from) {
    into.update(from);
    return into;
}

// --- body -----------------------------------------------------------------------------------------------------------------

namespace body_tutorial001 {
json create_item(Item item) { return item; }
void setup(FastAPI& app) { app.post<create_item>("/items/"); }
} // namespace body_tutorial001

namespace body_tutorial002 {
json create_item(Item item) {
    json item_dict = item;
    if (item.tax) item_dict["price_with_tax"] = item.price + *item.tax;
    return item_dict;
}
void setup(FastAPI& app) { app.post<create_item>("/items/"); }
} // namespace body_tutorial002

namespace body_tutorial003 {
json update_item(int item_id, Item item) { return joined({{"item_id", item_id}}, item); }
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_tutorial003

namespace body_tutorial004 {
json update_item(int item_id, Item item, Query<optional<string>, "q"> q) {
    json result = joined({{"item_id", item_id}}, item);
    if (*q && !(*q)->empty()) result["q"] = q;
    return result;
}
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_tutorial004

namespace body_fields_tutorial001 {
struct Item {
    string name;
    Field<optional<string>, Title("The description of the item"), MaxLength(300)> description;
    Field<double, Gt(0), Description("The price must be greater than zero")> price;
    optional<double> tax;
};
json update_item(int item_id, Body<Item, "item", Embed> item) { return {{"item_id", item_id}, {"item", item}}; }
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_fields_tutorial001

namespace body_multiple_params_tutorial002 {
json update_item(int item_id, Body<Item, "item"> item, Body<User, "user"> user) {
    return {{"item_id", item_id}, {"item", item}, {"user", user}};
}
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_multiple_params_tutorial002

namespace body_multiple_params_tutorial003 {
json update_item(int item_id, Body<Item, "item"> item, Body<User, "user"> user, Body<int, "importance"> importance) {
    return {{"item_id", item_id}, {"item", item}, {"user", user}, {"importance", importance}};
}
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_multiple_params_tutorial003

namespace body_nested_models_tutorial001 {
struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
    Field<std::vector<json>> tags = empty;
};
json update_item(int item_id, Item item) { return {{"item_id", item_id}, {"item", item}}; }
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_nested_models_tutorial001

namespace body_nested_models_tutorial002 {
struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
    Field<std::vector<string>> tags = empty;
};
json update_item(int item_id, Item item) { return {{"item_id", item_id}, {"item", item}}; }
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_nested_models_tutorial002

namespace tagged {
struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
    Field<std::set<string>> tags = empty;
};
} // namespace tagged

namespace body_nested_models_tutorial003 {
json update_item(int item_id, tagged::Item item) { return {{"item_id", item_id}, {"item", item}}; }
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_nested_models_tutorial003

namespace body_nested_models_tutorial004 {
struct Image {
    string url;
    string name;
};
struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
    Field<std::set<string>> tags = empty;
    optional<Image> image;
};
json update_item(int item_id, Item item) { return {{"item_id", item_id}, {"item", item}}; }
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_nested_models_tutorial004

namespace body_nested_models_tutorial005 {
struct Image {
    HttpUrl url;
    string name;
};
struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
    Field<std::set<string>> tags = empty;
    optional<Image> image;
};
json update_item(int item_id, Item item) { return {{"item_id", item_id}, {"item", item}}; }
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace body_nested_models_tutorial005

namespace body_nested_models_tutorial009 {
json create_index_weights(Body<std::map<int, double>, "weights"> weights) { return model_dump(*weights); }
void setup(FastAPI& app) { app.post<create_index_weights>("/index-weights/"); }
} // namespace body_nested_models_tutorial009

// --- updates ----------------------------------------------------------------------------------------------------------------

namespace body_updates {
struct Item {
    Field<optional<string>> name;
    Field<optional<string>> description;
    Field<optional<double>> price;
    Field<double> tax = 10.5;
    Field<std::vector<string>> tags = empty;
};
struct Store {
    std::map<string, json> items = {
        {"foo", parse_json(R"({"name":"Foo","price":50.2})")},
        {"bar", parse_json(R"({"name":"Bar","description":"The bartenders","price":62,"tax":20.2})")},
        {"baz", parse_json(R"({"name":"Baz","description":null,"price":50.2,"tax":10.5,"tags":[]})")}};
    Item read(const string& id) const { return model_validate<Item>(items.at(id)); }
};
} // namespace body_updates

namespace body_updates_tutorial001 {
using body_updates::Item;
void setup(FastAPI& app) {
    auto store = std::make_shared<body_updates::Store>();
    app.get("/items/{item_id}", [store](string item_id) { return store->read(item_id); }, {.name = "read_item"});
    app.put("/items/{item_id}",
            [store](string item_id, Item item) {
                store->items[item_id] = item;
                return item;
            },
            {.name = "update_item"});
}
} // namespace body_updates_tutorial001

namespace body_updates_tutorial002 {
using body_updates::Item;
void setup(FastAPI& app) {
    auto store = std::make_shared<body_updates::Store>();
    app.get("/items/{item_id}", [store](string item_id) { return store->read(item_id); }, {.name = "read_item"});
    app.patch("/items/{item_id}",
              [store](string item_id, Item item) {
                  json& stored = store->items[item_id];
                  stored = model_dump(store->read(item_id));
                  stored.update(model_dump(item, {.exclude_unset = true}));
                  return store->read(item_id);
              },
              {.name = "update_item"});
}
} // namespace body_updates_tutorial002

// --- response models --------------------------------------------------------------------------------------------------------

namespace response_model_tutorial001 {
struct Item {
    string name;
    optional<string> description;
    double price;
    optional<double> tax;
    Field<std::vector<string>> tags = empty;
};
Item create_item(Item item) { return item; }
std::vector<Item> read_items() { return {{"Portal Gun", {}, 42.0, {}}, {"Plumbus", {}, 32.0, {}}}; }
void setup(FastAPI& app) {
    app.post<create_item>("/items/");
    app.get<read_items>("/items/");
}
} // namespace response_model_tutorial001

namespace response_model_tutorial003_02 {
Response get_portal(Query<bool, "teleport", Default(false)> teleport) {
    if (teleport) return RedirectResponse("https://www.youtube.com/watch?v=dQw4w9WgXcQ");
    return JSONResponse(json{{"message", "Here's your interdimensional portal."}});
}
void setup(FastAPI& app) { app.get<get_portal>("/portal"); }
} // namespace response_model_tutorial003_02

namespace response_model_tutorial004 {
struct Item {
    string name;
    Field<optional<string>> description;
    double price;
    Field<double> tax = 10.5;
    Field<std::vector<string>> tags = empty;
};
Item read_item(string item_id) {
    static const std::map<string, string> items = {
        {"foo", R"({"name":"Foo","price":50.2})"},
        {"bar", R"({"name":"Bar","description":"The bartenders","price":62,"tax":20.2})"},
        {"baz", R"({"name":"Baz","description":null,"price":50.2,"tax":10.5,"tags":[]})"}};
    return model_validate_json<Item>(items.at(item_id));
}
void setup(FastAPI& app) { app.get<read_item>("/items/{item_id}", {.response_model_exclude_unset = true}); }
} // namespace response_model_tutorial004

namespace extra_models_tutorial004 {
struct Item {
    string name;
    string description;
};
std::vector<Item> read_items() { return {{"Foo", "There comes my hero"}, {"Red", "It's my aeroplane"}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace extra_models_tutorial004

namespace extra_models_tutorial005 {
std::map<string, double> read_keyword_weights() { return {{"foo", 2.3}, {"bar", 3.4}}; }
void setup(FastAPI& app) { app.get<read_keyword_weights>("/keyword-weights/"); }
} // namespace extra_models_tutorial005

namespace schema_extra_example_tutorial002 {
struct Item {
    Field<string, Examples("Foo")> name;
    Field<optional<string>, Examples("A very nice Item")> description;
    Field<double, Examples(35.4)> price;
    Field<optional<double>, Examples(3.2)> tax;
};
json update_item(int item_id, Item item) { return {{"item_id", item_id}, {"item", item}}; }
void setup(FastAPI& app) { app.put<update_item>("/items/{item_id}"); }
} // namespace schema_extra_example_tutorial002

namespace generate_clients_tutorial001 {
struct Item {
    string name;
    double price;
};
struct ResponseMessage {
    string message;
};
ResponseMessage create_item(Item) { return {"item received"}; }
std::vector<Item> get_items() { return {{"Plumbus", 3}, {"Portal Gun", 9001}}; }
void setup(FastAPI& app) {
    app.post<create_item>("/items/");
    app.get<get_items>("/items/");
}
} // namespace generate_clients_tutorial001

namespace generate_clients_tutorial002 {
using generate_clients_tutorial001::get_items;
using generate_clients_tutorial001::Item;
using generate_clients_tutorial001::ResponseMessage;
struct User {
    string username;
    string email;
};
ResponseMessage create_item(Item) { return {"Item received"}; }
ResponseMessage create_user(User) { return {"User received"}; }
void setup(FastAPI& app) {
    app.post<create_item>("/items/", {.tags = {"items"}});
    app.get<get_items>("/items/", {.tags = {"items"}});
    app.post<create_user>("/users/", {.tags = {"users"}});
}
} // namespace generate_clients_tutorial002

namespace separate_openapi_schemas_tutorial001 {
struct Item {
    string name;
    optional<string> description;
};
json create_item(Item item) { return item; }
std::vector<Item> read_items() {
    return {{"Portal Gun", "Device to travel through the multi-rick-verse"}, {"Plumbus", {}}};
}
void setup(FastAPI& app) {
    app.post<create_item>("/items/");
    app.get<read_items>("/items/");
}
} // namespace separate_openapi_schemas_tutorial001

FastAPIOptions one_schema() { return {.separate_input_output_schemas = false}; }

namespace strict_content_type_tutorial001 {
struct Item {
    string name;
    double price;
};
json create_item(Item item) { return item; }
void setup(FastAPI& app) { app.post<create_item>("/items/"); }
} // namespace strict_content_type_tutorial001

FastAPIOptions any_content_type() { return {.strict_content_type = false}; }

namespace dataclasses__tutorial001 {
struct Item {
    string name;
    double price;
    optional<string> description;
    optional<double> tax;
};
json create_item(Item item) { return item; }
void setup(FastAPI& app) { app.post<create_item>("/items/"); }
} // namespace dataclasses__tutorial001

namespace dataclasses__tutorial002 {
struct Item {
    string name;
    double price;
    Field<std::vector<string>> tags = empty;
    optional<string> description;
    optional<double> tax;
};
Item read_next_item() {
    return {"Island In The Moon", 12.99, std::vector<string>{"breater"}, "A place to be playin' and havin' fun", {}};
}
void setup(FastAPI& app) { app.get<read_next_item>("/items/next"); }
} // namespace dataclasses__tutorial002

namespace dataclasses__tutorial003 {
struct Item {
    string name;
    optional<string> description;
};
struct Author {
    string name;
    Field<std::vector<Item>> items = empty;
};
Author create_author_items(string author_id, Body<std::vector<Item>, "items"> items) { return {author_id, *items}; }
std::vector<Author> get_authors() {
    std::vector<Item> breaters = {{"Island In The Moon", "A place to be playin' and havin' fun"}, {"Holy Buddies", {}}};
    std::vector<Item> system = {{"Salt", "The kombucha mushroom people's favorite"},
                                {"Pad Thai", {}},
                                {"Lonely Night", "The mostests lonliest nightiest of allest"}};
    return {{"Breaters", breaters}, {"System of an Up", system}};
}
void setup(FastAPI& app) {
    app.post<create_author_items>("/authors/{author_id}/items/");
    app.get<get_authors>("/authors/");
}
} // namespace dataclasses__tutorial003

} // namespace

void conformance::add_docs_body(Ports& ports) {
#define PORT(topic, tutorial, ...)                                                                                     \
    ports.push_back({"docs/" #topic "/" #tutorial, &topic##_##tutorial::setup __VA_OPT__(, ) __VA_ARGS__})
    PORT(body, tutorial001);
    PORT(body, tutorial002);
    PORT(body, tutorial003);
    PORT(body, tutorial004);
    PORT(body_fields, tutorial001);
    PORT(body_multiple_params, tutorial002);
    PORT(body_multiple_params, tutorial003);
    PORT(body_nested_models, tutorial001);
    PORT(body_nested_models, tutorial002);
    PORT(body_nested_models, tutorial003);
    PORT(body_nested_models, tutorial004);
    PORT(body_nested_models, tutorial005);
    PORT(body_nested_models, tutorial009);
    PORT(body_updates, tutorial001);
    PORT(body_updates, tutorial002);
    PORT(response_model, tutorial001);
    ports.push_back({"docs/response_model/tutorial001_01", &response_model_tutorial001::setup});
    PORT(response_model, tutorial003_02);
    ports.push_back({"docs/response_model/tutorial003_05", &response_model_tutorial003_02::setup});
    PORT(response_model, tutorial004);
    PORT(extra_models, tutorial005);
    PORT(schema_extra_example, tutorial002);
    PORT(generate_clients, tutorial001);
    PORT(generate_clients, tutorial002);
    PORT(separate_openapi_schemas, tutorial001);
    ports.push_back(
        {"docs/separate_openapi_schemas/tutorial002", &separate_openapi_schemas_tutorial001::setup, &one_schema});
    PORT(strict_content_type, tutorial001, &any_content_type);
    PORT(dataclasses_, tutorial001);
    PORT(dataclasses_, tutorial002);
    PORT(dataclasses_, tutorial003);
    PORT(extra_models, tutorial004);
#undef PORT
}
