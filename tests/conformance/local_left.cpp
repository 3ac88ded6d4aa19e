// Ports of further applications that FastAPI's own tests build inside a test function, and of models whose bytes are Base64.

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace {

namespace base64_bytes {
struct DataInput {
    static constexpr ModelConfig model_config{.val_json_bytes = BytesMode::base64};
    string description;
    Bytes data;
};
struct DataOutput {
    static constexpr ModelConfig model_config{.ser_json_bytes = BytesMode::base64};
    string description;
    Bytes data;
};
struct DataInputOutput {
    static constexpr ModelConfig model_config{.ser_json_bytes = BytesMode::base64, .val_json_bytes = BytesMode::base64};
    string description;
    Bytes data;
};
json post_data(DataInput body) { return {{"description", body.description}, {"content", body.data.str()}}; }
DataOutput get_data() { return {"A plumbus", "hello"}; }
DataInputOutput post_data_in_out(DataInputOutput body) { return body; }
void setup(FastAPI& app) {
    app.post<post_data>("/data");
    app.get<get_data>("/data");
    app.post<post_data_in_out>("/data-in-out");
}
} // namespace base64_bytes

namespace arbitrary_types {
struct FakeArray {
    std::vector<double> data = {1.0, 2.0, 3.0};
};
} // namespace arbitrary_types

namespace complex_body {
std::variant<string, std::vector<int>> foo(Body<std::variant<string, std::vector<int>>, "foo"> body) { return *body; }
void setup(FastAPI& app) { app.post<foo>("/"); }
} // namespace complex_body

namespace computed_fields {
struct Rectangle {
    int width;
    int length;
    int area() const { return width * length; }
    static constexpr auto computed_fields = computed<&Rectangle::area>;
};
Rectangle read_root() { return {3, 4}; }
Rectangle read_responses() { return {3, 4}; }
void setup(FastAPI& app) {
    app.get<read_root>("/");
    app.get<read_responses>("/responses", {.responses = {{200, {.model = response_model<Rectangle>}}}});
}
FastAPIOptions joined() { return {.separate_input_output_schemas = false}; }
} // namespace computed_fields

namespace typed_dependency {
int some_value() { return 123; }
using DependedValue = Depends<some_value>;
string get_with_dep(DependedValue value) { return "value: " + std::to_string(*value); }
void setup(FastAPI& app) { app.get<get_with_dep>("/"); }
} // namespace typed_dependency

namespace dependency_scope {
Generator<int> raise_after_yield() {
    co_yield 0;
    throw HTTPException(503, "Exception after yield");
}
json status() { return {{"status", "ok"}}; }
FastAPIOptions of_function() { return {.dependencies = {depends<raise_after_yield, FunctionScope>}}; }
FastAPIOptions of_request() { return {.dependencies = {depends<raise_after_yield, RequestScope>}}; }
} // namespace dependency_scope

namespace sub_model {
string lower_username(string name) {
    if (!name.ends_with('A')) throw ValueError("name must end in A");
    return name;
}
struct ModelB {
    string username;
};
struct ModelA {
    Field<string, AfterValidator<lower_username>> name;
    optional<string> description;
    ModelB foo;
    Field<std::map<string, string>> tags = empty;
};
struct ModelC {
    string username;
    string password;
};
ModelC get_model_c() { return {"test-user", "test-password"}; }
json get_model_a(string name, Depends<get_model_c> model_c) {
    return {{"name", name}, {"description", "model-a-desc"}, {"foo", model_dump(*model_c)}, {"tags", {{"key1", "value1"}, {"key2", "value2"}}}};
}
void setup(FastAPI& app) { app.get<get_model_a>("/model/{name}", {.response_model = response_model<ModelA>}); }
} // namespace sub_model

namespace custom_class {
struct SomeCustomClass {
    UUID a_uuid;
};
json return_fast_uuid() { return {{"fast_uuid", UUID("a10ff360-3b1e-4984-a26f-d3ab460bdb51").str()}}; }
SomeCustomClass return_some_user() { return {UUID("b8799909-f914-42de-91bc-95c819218d01")}; }
void setup(FastAPI& app) {
    app.get<return_fast_uuid>("/fast_uuid");
    app.get<return_some_user>("/get_custom_class");
}
} // namespace custom_class

namespace regex_body {
json read_items(Form<optional<string>, "q", Pattern("^fixedquery$")> q) { return *q ? json("Hello " + **q) : json("Hello World"); }
void setup(FastAPI& app) { app.post<read_items>("/items/"); }
} // namespace regex_body

namespace events {
// What its tests look at: everything has begun while there are requests.
struct Began {
    int count = 0;
};
json with_state(Request& request) {
    bool all = request.state.get<bool>("app") && request.state.get<bool>("router") && request.state.get<bool>("sub_router");
    return {{"message", all ? "Hello World" : "no state"}};
}
json three_began(FastAPI& app) { return {{"message", app.state.get<Began>().count == 3 ? "Hello World" : "not all began"}}; }
void add_events(FastAPI& app) {
    app.state.emplace<Began>();
    auto begin = [](FastAPI& self) { ++self.state.get<Began>().count; };
    auto end = [](FastAPI& self) { --self.state.get<Began>().count; };
    app.get("/", &three_began, {.name = "main"});
    app.on_startup(begin);
    app.on_shutdown(end);
    APIRouter router;
    router.on_startup(begin);
    router.on_shutdown(end);
    APIRouter sub_router;
    sub_router.on_startup(begin);
    sub_router.on_shutdown(end);
    router.include_router(sub_router);
    app.include_router(router);
}
auto yielding(string name) {
    return [name](FastAPI&) -> Lifespan {
        State state;
        state.set(name, true);
        co_yield state;
    };
}
void add_nested(FastAPI& app) {
    APIRouter sub_router{{.lifespan = yielding("sub_router")}};
    APIRouter router{{.lifespan = yielding("router")}};
    router.include_router(sub_router);
    app.include_router(router);
    app.get("/", &with_state, {.name = "main"});
}
FastAPIOptions nested() { return {.lifespan = yielding("app")}; }
} // namespace events

namespace roles {
enum class PlatformRole { admin, user };
struct User {
    string username;
    PlatformRole role; // Python's enum without members, the other branch of the union there, takes nothing
};
User get_user() { return {"alice", PlatformRole::admin}; }
void setup(FastAPI& app) { app.get<get_user>("/users"); }
} // namespace roles

namespace scopes {
string get_db(FastAPI& app) { return "db_" + std::to_string(++app.state.get<int>()); }
string get_user(Depends<get_db>) { return "user"; }
json endpoint(Depends<get_db> db, Security<get_user, Scopes("read")>) { return {{"db", *db}}; }
void setup(FastAPI& app) {
    app.state.emplace<int>(0);
    app.get<endpoint>("/");
}
} // namespace scopes

namespace client_dependency {
struct DummyClient {
    std::vector<json> people() const { return {"John Doe", "Jane Doe"}; }
};
Generator<DummyClient> get_client() {
    DummyClient client;
    co_yield client;
}
std::vector<json> get_people(Depends<get_client> client) { return client->people(); }
void setup(FastAPI& app) { app.get<get_people>("/"); }
} // namespace client_dependency

namespace callable_dependency {
struct Dep {
    string operator()(Request&) const { return "test"; }
};
json call(Depends<Dep{}> test) { return {{"test", *test}}; }
void setup(FastAPI& app) { app.get<call>("/test/"); }
} // namespace callable_dependency

namespace discriminator {
struct FirstItem {
    Literal<"first"> value;
    int price;
};
struct OtherItem {
    Literal<"other"> value;
    double price;
};
using Item = std::variant<FirstItem, OtherItem>;
std::map<string, json> save_union_body_discriminator(Body<Item, "item", Discriminator("value")> item,
                                                     Query<string, "q", WithJsonSchema(R"({"type": "string", "description": "Query string"})")>) {
    return {{"item", model_dump(*item)}};
}
void setup(FastAPI& app) { app.post<save_union_body_discriminator>("/items/"); }
} // namespace discriminator

// A function that discriminates is not there; these answers are the same without. The document is not: oneOf stands there.
namespace called_discriminator {
struct Cat {
    Field<string> pet_type = "cat";
    int meows;
};
struct Dog {
    Field<string> pet_type = "dog";
    double barks;
};
using Pet = std::variant<Cat, Dog>;
json create_pet_assignment(Body<Pet, "pet"> pet) { return model_dump(*pet); }
json create_pet_annotated(Body<Pet, "pet"> pet) { return model_dump(*pet); }
void setup(FastAPI& app) {
    app.post<create_pet_assignment>("/pet/assignment");
    app.post<create_pet_annotated>("/pet/annotated");
}
} // namespace called_discriminator

namespace custom_encoder {
string serialize_datetime(const datetime& moment) { return moment.str().substr(0, 19) + "+00:00"; }
struct ModelWithDatetimeField {
    Field<datetime, PlainSerializer<serialize_datetime>> dt_field;
};
ModelWithDatetimeField get_model() { return {"2019-01-01T08:00:00"}; }
void setup(FastAPI& app) { app.get<get_model>("/model"); }
} // namespace custom_encoder

namespace sessions {
struct Session { // what stands there for the objects of the test
    string name;
};
Generator<Session> dependency_a() {
    Session session{"a"};
    co_yield session;
}
Generator<Session> dependency_b(Depends<dependency_a>) {
    Session session{"b"};
    co_yield session;
}
Generator<Session> dependency_c(Depends<dependency_b>) {
    Session session{"c"};
    co_yield session;
}
template <auto Dependency>
json read_root(Depends<Dependency> c) {
    return {{"c", c->name}};
}
} // namespace sessions

namespace with_computed_field {
struct WithComputedField {
    string name;
    string computed_field() const { return "computed " + name; }
    static constexpr auto computed_fields = computed<&WithComputedField::computed_field>;
};
WithComputedField create_with_computed_field(WithComputedField with_computed_field) { return with_computed_field; }
void setup(FastAPI& app) {
    app.post<create_with_computed_field>("/with-computed-field/");
}
FastAPIOptions joined() { return {.separate_input_output_schemas = false}; }
} // namespace with_computed_field

} // namespace

// The field of that type is written as a list of numbers, and never read.
template <>
struct fastapi::TypeTraits<arbitrary_types::FakeArray> {
    static bool decode(const detail::Value& value, const detail::FieldInfo&, arbitrary_types::FakeArray&, detail::Context& context) {
        return context.fail("is_instance_of", "Input should be an instance of FakeNumpyArray", value);
    }
    static void encode(const arbitrary_types::FakeArray& array, std::string& out) { out += model_dump_json(array.data); }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo&) {
        writer.key("items").begin_object().key("type").string("number").end_object().key("type").string("array");
    }
};

namespace {
namespace arbitrary_types {
struct MyModel {
    FakeArray custom_field;
};
MyModel test() { return {}; }
void setup(FastAPI& app) { app.get<test>("/"); }
} // namespace arbitrary_types
} // namespace

void conformance::add_local_left(Ports& ports) {
    ports.push_back({"docs/json_base64_bytes/tutorial001", &base64_bytes::setup});
#define PORT(file, test, ...) ports.push_back({"local/tests/test_" file ".py::test_" test, __VA_ARGS__})
    PORT("arbitrary_types", "get#0", &arbitrary_types::setup);
    PORT("arbitrary_types", "openapi_schema#0", &arbitrary_types::setup);
    PORT("compat", "complex#0", &complex_body::setup);
    PORT("computed_fields", "get[/-True]#0", &computed_fields::setup);
    PORT("computed_fields", "get[/responses-False]#0", &computed_fields::setup, &computed_fields::joined);
    PORT("datetime_custom_encoder", "pydanticv2#0", &custom_encoder::setup);
    PORT("tutorial/test_dependencies/test_tutorial008", "get_db[tutorial008_py310]#0",
         [](FastAPI& app) { app.get("/", &sessions::read_root<sessions::dependency_c>); });
    PORT("tutorial/test_dependencies/test_tutorial010", "get_db#0",
         [](FastAPI& app) { app.get("/", &sessions::read_root<sessions::dependency_a>); });
    PORT("dependency_pep695", "pep695_type_dependencies#0", &typed_dependency::setup);
    PORT("dependency_yield_scope", "app_level_dep_scope_function#0",
         [](FastAPI& app) { app.get("/app-scope-function", &dependency_scope::status); }, &dependency_scope::of_function);
    PORT("dependency_yield_scope", "app_level_dep_scope_request#0",
         [](FastAPI& app) { app.get("/app-scope-request", &dependency_scope::status); }, &dependency_scope::of_request);
    PORT("filter_pydantic_sub_model_pv2", "validator_is_cloned#0", &sub_model::setup);
    PORT("inherited_custom_class", "pydanticv2#0", &custom_class::setup);
    PORT("regex_deprecated_body", "no_query#0", &regex_body::setup);
    PORT("regex_deprecated_body", "q_fixedquery#0", &regex_body::setup);
    PORT("regex_deprecated_body", "query_nonregexquery#0", &regex_body::setup);
    PORT("regex_deprecated_body", "openapi_schema#0", &regex_body::setup);
    PORT("router_events", "router_events#0", &events::add_events);
    PORT("router_events", "router_nested_lifespan_state#0", &events::add_nested, &events::nested);
    PORT("router_events", "startup_shutdown_handlers_as_parameters#0", &events::add_events);
    PORT("schema_compat_pydantic_v2", "get#0", &roles::setup);
    PORT("security_scopes", "security_scopes_dependency_called_once#0", &scopes::setup);
    PORT("stringified_annotation_dependency", "get#0", &client_dependency::setup);
    PORT("stringified_annotation_dependency", "openapi_schema#0", &client_dependency::setup);
    PORT("stringified_annotations_simple", "stringified_annotations#0", &callable_dependency::setup);
    PORT("union_body_discriminator", "discriminator_pydantic_v2#0", &discriminator::setup);
    PORT("union_body_discriminator_annotated", "union_body_discriminator_assignment#0", &called_discriminator::setup);
    PORT("union_body_discriminator_annotated", "union_body_discriminator_annotated#0", &called_discriminator::setup);
    PORT("openapi_separate_input_output_schemas", "with_computed_field#0", &with_computed_field::setup);
    PORT("openapi_separate_input_output_schemas", "with_computed_field#1", &with_computed_field::setup, &with_computed_field::joined);
#undef PORT
}
