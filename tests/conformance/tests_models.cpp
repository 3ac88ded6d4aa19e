// Ports of the applications in FastAPI's own tests about bodies and response models.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace {

namespace skip_defaults {
struct SubModel {
    Field<optional<string>> a = "foo";
};
struct Model {
    Field<optional<int>> x;
    SubModel sub;
};
struct ModelDefaults {
    Field<optional<string>> w;
    Field<optional<string>> x;
    Field<string> y = "y";
    Field<string> z = "z";
};
ModelDefaults defaults() {
    ModelDefaults made;
    made.x = std::nullopt;
    made.y = "y";
    return made;
}
void setup(FastAPI& app) {
    app.get("/", [] { return Model{}; }, {.response_model_exclude_unset = true});
    auto one = [] { return defaults(); };
    app.get("/exclude_unset", one, {.response_model_exclude_unset = true});
    app.get("/exclude_defaults", one, {.response_model_exclude_defaults = true});
    app.get("/exclude_none", one, {.response_model_exclude_none = true});
    app.get("/exclude_unset_none", one, {.response_model_exclude_unset = true, .response_model_exclude_none = true});
    auto several = [] { return std::vector<ModelDefaults>{defaults()}; };
    app.get("/iterable_exclude_unset", several, {.response_model_exclude_unset = true});
    app.get("/iterable_exclude_defaults", several, {.response_model_exclude_defaults = true});
    app.get("/iterable_exclude_none", several, {.response_model_exclude_none = true});
}
} // namespace skip_defaults

namespace additional_properties_bool {
struct Foo {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
};
json post(Body<optional<Foo>, "foo"> foo) { return foo; }
void setup(FastAPI& app) { app.post<post>("/"); }
} // namespace additional_properties_bool

namespace strict_content_type_app_level {
void setup(FastAPI& app) {
    app.post("/items/", [](Body<std::map<string, json>, "data"> data) -> json { return *data; });
}
FastAPIOptions lax() { return {.strict_content_type = false}; }
} // namespace strict_content_type_app_level

namespace request_body_parameters_media_type {
struct Product {
    string name;
    double price;
};
struct Shop {
    string name;
};
json create_product(Body<Product, "data", MediaType("application/vnd.api+json"), Embed>) { return nullptr; }
json create_shop(Body<Shop, "data", MediaType("application/vnd.api+json")>,
                 Body<std::vector<Product>, "included", Default(), MediaType("application/vnd.api+json")>) {
    return nullptr;
}
void setup(FastAPI& app) {
    app.post<create_product>("/products");
    app.post<create_shop>("/shops");
}
} // namespace request_body_parameters_media_type

namespace openapi_model_description_trim_on_formfeed {
struct MyModel {
    static constexpr const char* description =
        "A model with a form feed character in the title.\n\fText after form feed character.";
};
json foo(Body<MyModel, "v">) { return nullptr; }
void setup(FastAPI& app) { app.get<foo>("/foo"); }
} // namespace openapi_model_description_trim_on_formfeed

namespace orjson_response_class {
void setup(FastAPI& app) {
    app.get("/orjson_non_str_keys", [] { return json{{"msg", "Hello World"}, {"1", 1}}; });
}
} // namespace orjson_response_class

// In C++ an answer of the wrong type does not compile; what can still fail is validating data inside the handler.
namespace validate_response_dataclass {
struct Item {
    string name;
    optional<double> price;
    optional<std::vector<int>> owner_ids;
};
Item get_invalid() { return model_validate_json<Item>(R"({"name":"invalid","price":"foo"})"); }
Item get_innerinvalid() {
    return model_validate_json<Item>(R"({"name":"double invalid","price":"foo","owner_ids":["foo","bar"]})");
}
std::vector<Item> get_invalidlist() {
    return model_validate_json<std::vector<Item>>(
        R"([{"name":"foo"},{"name":"bar","price":"bar"},{"name":"baz","price":"baz"}])");
}
void setup(FastAPI& app) {
    app.get<get_invalid>("/items/invalid");
    app.get<get_innerinvalid>("/items/innerinvalid");
    app.get<get_invalidlist>("/items/invalidlist");
}
} // namespace validate_response_dataclass

namespace response_model_default_factory {
struct ResponseModel {
    Field<int> code = 200;
    Field<string> message = "Successful operation.";
};
void setup(FastAPI& app) {
    app.get("/response_model_has_default_factory_return_dict", [] {
        return model_validate<ResponseModel>({{"code", 200}});
    });
    app.get("/response_model_has_default_factory_return_model", [] { return ResponseModel{}; });
}
} // namespace response_model_default_factory

namespace response_model_data_filter {
struct UserCreate {
    string email;
    string password;
};
struct User {
    string email;
};
struct PetOut {
    string name;
    User owner;
};
const User john = {"johndoe@example.com"};
void setup(FastAPI& app) {
    app.post("/users/", [](UserCreate user) { return User{user.email}; });
    app.get("/pets/{pet_id}", [](int) { return PetOut{"Nibbler", john}; });
    app.get("/pets/", [] { return std::vector<PetOut>{{"Nibbler", john}, {"Zoidberg", john}}; });
}
} // namespace response_model_data_filter

} // namespace

void conformance::add_tests_models(Ports& ports) {
#define PORT(name) ports.push_back({"tests/test_" #name, &name::setup})
    PORT(skip_defaults);
    ports.push_back({"tests/test_strict_content_type_app_level#app_default", &strict_content_type_app_level::setup});
    ports.push_back({"tests/test_strict_content_type_app_level#app_lax", &strict_content_type_app_level::setup,
                     &strict_content_type_app_level::lax});
    PORT(request_body_parameters_media_type);
    PORT(orjson_response_class);
    PORT(validate_response_dataclass);
    PORT(response_model_default_factory);
    PORT(response_model_data_filter);
    ports.push_back({"tests/test_response_model_data_filter_no_inheritance", &response_model_data_filter::setup});
    PORT(additional_properties_bool);
    PORT(openapi_model_description_trim_on_formfeed);
#undef PORT
}
