// Ports of the applications that FastAPI's own tests build inside a test function.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace {

namespace cache_root_path {
json read_root() { return {{"ok", true}}; }
void setup(FastAPI& app) { app.get<read_root>("/"); }
FastAPIOptions servers() { return {.servers = {{.url = "https://prod.example.com"}}}; }
} // namespace cache_root_path

namespace redirect_slashes {
string hello_page() { return "Hello, World!"; }
void setup(FastAPI& app) { app.get<hello_page>("/hello/"); }
FastAPIOptions off() { return {.redirect_slashes = false}; }
} // namespace redirect_slashes

template <class T>
void typing(FastAPI& app) {
    app.post("/", [](Body<T, "input"> input) { return *input; });
}

namespace schema_ref {
struct ModelWithRef {
    Field<string, ValidationAlias("$ref"), SerializationAlias("$ref")> ref;
};
ModelWithRef read_root() { return {"some-ref"}; }
void setup(FastAPI& app) { app.get<read_root>("/"); }
} // namespace schema_ref

namespace formfeed_escape {
struct Address {
    static constexpr const char* description =
        "This is a public description of an Address\n\f\nYou can't see this part of the docstring, it's private!";
    string line_1;
    string city;
    string state_province;
};
struct Facility {
    string id;
    Address address;
};
Facility get_facility(string facility_id) { return {facility_id, {"123 Main St", "Anytown", "CA"}}; }
void setup(FastAPI& app) { app.get<get_facility>("/facilities/{facility_id}"); }
} // namespace formfeed_escape

namespace no_content {
void return_no_content() {}
void setup(FastAPI& app) { app.get<return_no_content>("/no-content", {.status_code = 204}); }
} // namespace no_content

namespace orm_mode {
struct PersonCreate {
    string name;
    string lastname;
};
struct PersonRead {
    string name;
    string lastname;
    string full_name;
};
PersonRead create_person(PersonCreate person) {
    return {person.name, person.lastname, person.name + " " + person.lastname};
}
void setup(FastAPI& app) { app.post<create_person>("/people/"); }
} // namespace orm_mode

namespace forward_reference {
struct ForwardRefModel {
    Field<int> x = 0;
};
ForwardRefModel forwardref_method(Body<ForwardRefModel, "input", Embed> input) { return {input->x + 1}; }
void setup(FastAPI& app) {
    app.post<forwardref_method>("/endpoint");
    app.post<forwardref_method>("/endpoint2");
}
} // namespace forward_reference

namespace regex_deprecated {
json read_items(Query<optional<string>, "q", Pattern("^fixedquery$")> q) {
    return *q ? json("Hello " + **q) : json("Hello World");
}
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace regex_deprecated

namespace deprecated_responses {
struct Item {
    string name;
    double price;
};
Item get_items() { return {"widget", 9.99}; }
void setup(FastAPI& app) { app.get<get_items>("/items"); }
} // namespace deprecated_responses

namespace multiple_path {
json test(Query<string, "var", Default("bar")> var) { return {{"foo", var}}; }
void setup(FastAPI& app) {
    app.get<test>("/test1");
    app.get<test>("/test2");
}
} // namespace multiple_path

namespace separate_schemas {
struct SubItem {
    string subname;
    optional<string> sub_description;
    Field<std::vector<string>> tags = empty;
};
struct Item {
    string name;
    optional<string> description;
    optional<SubItem> sub;
};
Item create_item(Item item) { return item; }
json create_item_list(Body<std::vector<Item>, "item"> item) { return *item; }
std::vector<Item> read_items() {
    return {{"Portal Gun", "Device to travel through the multi-rick-verse", SubItem{"subname", {}, empty}},
            {"Plumbus", {}, {}}};
}
void setup(FastAPI& app) {
    app.post<create_item>("/items/");
    app.post<create_item_list>("/items-list/");
    app.get<read_items>("/items/");
}
FastAPIOptions joined() { return {.separate_input_output_schemas = false}; }
} // namespace separate_schemas

} // namespace

void conformance::add_tests_local(Ports& ports) {
#define PORT(file, test, ...) ports.push_back({"local/tests/test_" file ".py::test_" test, __VA_ARGS__})
    PORT("openapi_cache_root_path", "root_path_does_not_persist_across_requests#0", &cache_root_path::setup);
    PORT("openapi_cache_root_path", "multiple_different_root_paths_do_not_accumulate#0", &cache_root_path::setup);
    PORT("openapi_cache_root_path", "legitimate_root_path_still_appears#0", &cache_root_path::setup);
    PORT("openapi_cache_root_path", "configured_servers_not_mutated#0", &cache_root_path::setup,
         &cache_root_path::servers);
    PORT("router_redirect_slashes", "redirect_slashes_enabled#0", &redirect_slashes::setup);
    PORT("router_redirect_slashes", "redirect_slashes_disabled#0", &redirect_slashes::setup, &redirect_slashes::off);
    PORT("typing_python39", "typing#0", &typing<std::vector<int>>);
    PORT("typing_python39", "typing#1", &typing<std::map<string, std::vector<int>>>);
    PORT("typing_python39", "typing#2", &typing<std::set<int>>);
    PORT("typing_python39", "typing#3", &typing<std::vector<int>>);
    PORT("schema_ref_pydantic_v2", "get#0", &schema_ref::setup);
    PORT("schema_ref_pydantic_v2", "openapi_schema#0", &schema_ref::setup);
    PORT("get_model_definitions_formfeed_escape", "get#0", &formfeed_escape::setup);
    PORT("get_model_definitions_formfeed_escape", "openapi_schema#0", &formfeed_escape::setup);
    PORT("return_none_stringified_annotations", "no_content#0", &no_content::setup);
    PORT("read_with_orm_mode", "read_with_orm_mode#0", &orm_mode::setup);
    PORT("wrapped_method_forward_reference", "wrapped_method_type_inference#0", &forward_reference::setup);
    PORT("regex_deprecated_params", "query_params_str_validations_no_query#0", &regex_deprecated::setup);
    PORT("regex_deprecated_params", "query_params_str_validations_q_fixedquery#0", &regex_deprecated::setup);
    PORT("regex_deprecated_params", "query_params_str_validations_item_query_nonregexquery#0",
         &regex_deprecated::setup);
    PORT("regex_deprecated_params", "openapi_schema#0", &regex_deprecated::setup);
    PORT("deprecated_responses", "orjson_response_returns_correct_data#0", &deprecated_responses::setup);
    PORT("deprecated_responses", "ujson_response_returns_correct_data#0", &deprecated_responses::setup);
    PORT("annotated", "multiple_path#0", &multiple_path::setup);
    PORT("openapi_separate_input_output_schemas", "create_item#0", &separate_schemas::setup);
    PORT("openapi_separate_input_output_schemas", "create_item_with_sub#0", &separate_schemas::setup);
    PORT("openapi_separate_input_output_schemas", "create_item_with_sub#1", &separate_schemas::setup,
         &separate_schemas::joined);
    PORT("openapi_separate_input_output_schemas", "create_item_list#0", &separate_schemas::setup);
    PORT("openapi_separate_input_output_schemas", "create_item_list#1", &separate_schemas::setup,
         &separate_schemas::joined);
    PORT("openapi_separate_input_output_schemas", "read_items#0", &separate_schemas::setup);
#undef PORT
}
