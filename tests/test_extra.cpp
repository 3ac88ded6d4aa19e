// Models that keep the keys they do not know, and Json<T>, a string that is JSON.

#include <map>
#include <variant>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace extra_test {

struct Open {
    static constexpr ModelConfig model_config{.extra = Extra::allow};
    int a;
    Field<std::optional<int>> b;
    ExtraFields<> extra;
};
struct Typed {
    int a;
    ExtraFields<Field<int, Ge(1)>> others;
    std::string last;
};
struct Aliased {
    Field<int, Alias("A")> a;
    ExtraFields<> extra;
};
struct Filter {
    Field<int> limit = 10;
    ExtraFields<std::variant<int, std::string>> where;
};
struct Texts {
    Json<std::vector<int>> list;
    Field<Json<>> any = Json<>{json(nullptr)};
};
struct Sub {
    int a;
    Field<std::string> b = "x";
};
struct Closed {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    int a;
};

struct Lost {
    static constexpr ModelConfig model_config{.extra = Extra::allow};
    int a;
};
struct Torn {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    ExtraFields<> extra;
};
struct Twice {
    ExtraFields<> one;
    ExtraFields<> two;
};

// The error of jiter about a text, without "Invalid JSON: ".
std::string jiter(std::string_view text) {
    json found = errors<Json<>>(to_json_text(json(std::string(text))));
    return found.empty() ? "" : found[0]["ctx"]["error"].get<std::string>();
}

} // namespace extra_test

using namespace extra_test;

TEST_CASE("extra: unknown keys are kept, in order, behind the fields") {
    CHECK(outcome<Open>(R"({"z":1,"a":2,"y":{"q":[null]},"x":"t"})") == R"({"a":2,"b":null,"z":1,"y":{"q":[null]},"x":"t"})");
    CHECK(outcome<Open>(R"({"a":1,"z":1,"z":2})") == R"({"a":1,"b":null,"z":2})");
    Open open = model_validate_json<Open>(R"({"a":1,"z":[1],"y":null})");
    CHECK(open.extra.size() == 2);
    CHECK(open.extra.contains("z"));
    CHECK(open.extra.at("z") == json::array({1}));
    CHECK(open.extra.find("a") == nullptr);
    CHECK_THROWS_AS(static_cast<void>(open.extra.at("a")), std::out_of_range);
    open.extra["w"] = 7;
    open.extra["z"] = "new";
    CHECK(model_dump_json(open) == R"({"a":1,"b":null,"z":"new","y":null,"w":7})");
    CHECK(model_dump_json(open, {.exclude_none = true}) == R"({"a":1,"z":"new","w":7})");
    CHECK(model_dump_json(open, {.exclude_unset = true}) == R"({"a":1,"z":"new","y":null,"w":7})");
    CHECK(model_dump_json(open, {.exclude_defaults = true}) == R"({"a":1,"z":"new","y":null,"w":7})");
    CHECK(model_json_schema<Open>()["additionalProperties"] == true);
    CHECK(model_json_schema<Open>()["properties"].size() == 2);
}

TEST_CASE("extra: typed, behind the errors of the fields") {
    CHECK(outcome<Typed>(R"({"x":"2","a":1,"last":"l"})") == R"({"a":1,"last":"l","x":2})");
    CHECK(outcome<Typed>(R"({"x":"q","a":"r","y":0,"last":1,"z":3})") ==
          "! a: int_parsing | last: string_type | x: int_parsing | y: greater_than_equal");
    CHECK(model_json_schema<Typed>()["additionalProperties"] == parse_json(R"({"type":"integer","minimum":1})"));
    // A name beside its alias is an unknown key.
    CHECK(outcome<Aliased>(R"({"A":1,"a":2})") == R"({"A":1,"a":2})");
    CHECK(outcome<Aliased>(R"({"a":2})") == "! A: missing");
}

TEST_CASE("extra: queries and answers") {
    FastAPI app;
    app.get("/", [](Query<Filter> filter) { return *filter; });
    app.post("/", [](Open open) { return open; });
    TestClient client{app};
    CHECK(client.get("/?limit=3&age=7&name=x").content == R"({"limit":3,"age":"7","name":"x"})");
    CHECK(client.post("/", {.json = json{{"a", 1}, {"c", 2}}}).content == R"({"a":1,"b":null,"c":2})");
    CHECK(parse_json(app.openapi_json())["components"]["schemas"]["Open"]["additionalProperties"] == true);
}

TEST_CASE("extra: a configuration that does not fit is refused in a sentence") {
    CHECK(thrown_by([] { model_validate_json<Lost>("{}"); }) ==
          "fastapi: Lost allows extra fields and has no place for them: give it a member ExtraFields<>");
    CHECK(thrown_by([] { model_validate_json<Torn>("{}"); }) ==
          "fastapi: Torn forbids extra fields and has a member ExtraFields: one of the two must go");
    CHECK(thrown_by([] { model_validate_json<Twice>("{}"); }) ==
          "fastapi: Twice has two members ExtraFields: one keeps all unknown keys");
}

TEST_CASE("extra: Json<T> reads the JSON in a string") {
    CHECK(outcome<Texts>(R"({"list":"[1, \"2\"]"})") == R"({"list":[1,2],"any":null})");
    CHECK(outcome<Texts>(R"({"list":"[1,\"x\"]","any":"{\"a\":[1.0]}"})") == "! list/1: int_parsing");
    CHECK(outcome<Texts>(R"({"list":[1],"any":1})") == "! list: json_type | any: json_type");
    CHECK(errors<Json<>>("null")[0]["msg"] == "JSON input should be string, bytes or bytearray");
    CHECK(errors<Json<>>(R"("[1,")") == parse_json(R"([{"type":"json_invalid","loc":[],
        "msg":"Invalid JSON: EOF while parsing a value at line 1 column 3","input":"[1,",
        "ctx":{"error":"EOF while parsing a value at line 1 column 3"}}])"));
    CHECK(outcome<Json<>>(R"("\ud800")") == "! .: string_unicode");
    Texts texts = model_validate_json<Texts>(R"({"list":"[1,2]","any":"{\"a\":\"b\"}"})");
    CHECK(texts.list->size() == 2);
    CHECK(texts.list.value()[1] == 2);
    CHECK((**texts.any)["a"] == "b");
    CHECK(model_dump_json(texts) == R"({"list":[1,2],"any":{"a":"b"}})");
    CHECK(model_dump_json(texts, {.round_trip = true}) == R"({"list":"[1,2]","any":"{\"a\":\"b\"}"})");
    Json<std::vector<int>> made = std::vector<int>{3};
    CHECK(made == Json<std::vector<int>>(std::vector<int>{3}));
}

TEST_CASE("extra: inside a Json<T> Pydantic has the rules of JSON") {
    CHECK(errors<Json<Sub>>(R"("[]")")[0] ==
          parse_json(R"({"type":"model_type","loc":[],"msg":"Input should be a valid dictionary or instance of Sub","input":[],
                         "ctx":{"class_name":"Sub"}})"));
    CHECK(outcome<Json<std::set<int>>>(R"("[2,1,1]")") == "[1,2]");
    // A set is as near as a tuple there, and a string no nearer than what is written as one.
    CHECK(outcome<Json<std::variant<std::set<int>, VariadicTuple<int>>>>(R"("[2,1]")") == "[1,2]");
    CHECK(outcome<Json<std::map<int, int>>>(R"("{\"x\":1}")") == "! x/[key]: int_parsing");
    // Errors of unknown keys go first, one for each time they come.
    CHECK(outcome<Json<Closed>>(R"("{\"z\":1,\"z\":2}")") == "! z: extra_forbidden | z: extra_forbidden | a: missing");
    CHECK(outcome<Json<Field<std::variant<Sub, Closed>, LeftToRight>>>(R"("[]")") == "! Sub: model_type | Closed: model_type");
}

TEST_CASE("extra: schemas of Json<T> differ in and out") {
    FastAPI app;
    app.post("/", [](Texts texts) { return texts; });
    json schemas = parse_json(app.openapi_json())["components"]["schemas"];
    CHECK(schemas["Texts-Input"]["properties"]["list"] ==
          parse_json(R"({"type":"string","contentMediaType":"application/json",
                         "contentSchema":{"type":"array","items":{"type":"integer"}},"title":"List"})"));
    CHECK(schemas["Texts-Output"]["properties"]["list"] == parse_json(R"({"type":"array","items":{"type":"integer"},"title":"List"})"));
    CHECK(schemas["Texts-Output"]["properties"]["any"] == json{{"title", "Any"}});
}

TEST_CASE("extra: Json<T> as a parameter") {
    FastAPI app;
    app.get("/", [](Query<Json<std::vector<int>>, "q"> q) { return q->value().size(); });
    TestClient client{app};
    CHECK(client.get("/?q=[1,2]").content == "2");
    CHECK(client.get("/?q=[1,[2]]").json()["detail"][0]["input"] == json::array({2}));
    CHECK(test::short_errors(client.get("/?q=").json()) == "query/q: missing"); // as FastAPI has it for a list
    CHECK(test::short_errors(client.get("/?q=[").json()) == "query/q: json_invalid");
}

TEST_CASE("extra: the words and places of jiter") {
    CHECK(jiter("") == "EOF while parsing a value at line 1 column 0");
    CHECK(jiter("  1 ") == "");
    CHECK(jiter("1 2") == "trailing characters at line 1 column 3");
    CHECK(jiter("{") == "EOF while parsing an object at line 1 column 1");
    CHECK(jiter("{\"a\"") == "EOF while parsing an object at line 1 column 4");
    CHECK(jiter("{\"a\" 1}") == "expected `:` at line 1 column 6");
    CHECK(jiter("{1:2}") == "key must be a string at line 1 column 2");
    CHECK(jiter("{\"a\":1,}") == "trailing comma at line 1 column 8");
    CHECK(jiter("{\"a\":1 \"b\"}") == "expected `,` or `}` at line 1 column 8");
    CHECK(jiter("[1 2]") == "expected `,` or `]` at line 1 column 4");
    CHECK(jiter("[\n\n1,]") == "trailing comma at line 3 column 3");
    CHECK(jiter("[") == "EOF while parsing a list at line 1 column 1");
    CHECK(jiter("nul") == "EOF while parsing a value at line 1 column 3");
    CHECK(jiter("nulx") == "expected ident at line 1 column 4");
    CHECK(jiter("'a'") == "expected value at line 1 column 1");
    CHECK(jiter("01") == "invalid number at line 1 column 2");
    CHECK(jiter("-") == "EOF while parsing a value at line 1 column 1");
    CHECK(jiter("1.x") == "invalid number at line 1 column 3");
    CHECK(jiter("1e+") == "EOF while parsing a value at line 1 column 3");
    CHECK(jiter("\"\\x\"") == "invalid escape at line 1 column 3");
    CHECK(jiter("\"\\u12g4\"") == "invalid escape at line 1 column 6");
    CHECK(jiter("\"\\udc00\"") == "lone leading surrogate in hex escape at line 1 column 7");
    CHECK(jiter("\"\\ud800\"") == "unexpected end of hex escape at line 1 column 8");
    CHECK(jiter("\"\\ud83d\\ude00\"") == "");
    CHECK(jiter("\"a") == "EOF while parsing a string at line 1 column 2");
    CHECK(jiter("\"a\nb\"") == "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0");
    for (auto good : {"NaN", "Infinity", "-Infinity", "-0.0e-5", "[[],{}]"}) CHECK(jiter(good) == "");
    CHECK(jiter(std::string(200, '[') + std::string(200, ']')) == "");
    CHECK(jiter(std::string(202, '[') + std::string(202, ']')) == "recursion limit exceeded at line 1 column 202");
    CHECK(jiter(std::string(4301, '1')) == "number out of range at line 1 column 4301");
    // A megabyte takes linear time.
    for (char c : {'[', '"', '{', ' ', '1', '\\', ','}) CHECK(!jiter(std::string(1'000'000, c)).empty());
}

TEST_CASE("extra: JsonValue is any JSON, under a name") {
    struct Holder {
        JsonValue value;
        Field<std::vector<JsonValue>> list = empty;
    };
    CHECK(outcome<Holder>(R"({"value":{"a":[1,2.5,"x",null,true]}})") == R"({"value":{"a":[1,2.5,"x",null,true]},"list":[]})");
    json schema = model_json_schema<Holder>();
    CHECK(schema["properties"]["value"] == json{{"$ref", "#/$defs/JsonValue"}});
    CHECK(schema["$defs"]["JsonValue"] == json::object());
    Holder holder;
    holder.value = json::array({1, 2});
    json copy = holder.value;
    CHECK(copy == json::array({1, 2}));
    CHECK(json{{"v", holder.value}}["v"] == json::array({1, 2}));
}
