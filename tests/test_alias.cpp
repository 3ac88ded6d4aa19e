// AliasChoices and AliasPath, ExcludeIf, ValidateDefault, and what the configuration of a model says of its strings. What is
// expected was taken from Pydantic 2.13 and FastAPI 0.141.

#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <variant>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;

namespace {

struct Choices {
    Field<int, ValidationAlias(AliasChoices("a", "b", AliasPath("c", 0), AliasPath("d", "e", -1)))> x;
};
struct Named {
    static constexpr ModelConfig model_config{.extra = Extra::forbid, .validate_by_name = true};
    Field<int, ValidationAlias(AliasChoices("a", "b", AliasPath("c", 0)))> x;
};
struct Pair {
    Field<int, ValidationAlias(AliasPath("names", 1))> x;
    Field<int, ValidationAlias(AliasPath("names", 0))> y;
    ExtraFields<> rest;
};
struct Several {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    Field<int, ValidationAlias(AliasPath("user", "id"))> x = 3;
    Field<int, Alias("al"), ValidationAlias(AliasChoices("y1", "y2")), SerializationAlias("sa")> y;
};
struct Inside {
    Json<Several> several;
    std::vector<Choices> list;
};
struct Order {
    Field<int, ValidationAlias(AliasPath("a"))> x;
    Field<int, ValidationAlias(AliasChoices(AliasPath("b", "c"), "y1"))> y;
    struct User {
        int id;
    };
    std::optional<User> b; // read beside the path through it
};

constexpr bool is_zero(int n) { return n == 0; }
constexpr bool is_none(const std::optional<std::string>& text) { return !text; }
struct Sparse {
    Field<int, ExcludeIf<is_zero>> a;
    Field<std::optional<std::string>, ExcludeIf<is_none>> b;
    Field<int, Exclude, ExcludeIf<is_zero>> c = 5;
    Field<int, ExcludeIf<[](int n) { return n == 5; }>> d = 5;
};
struct SparseList {
    std::vector<Sparse> items;
};

std::string shout(std::string text) { return text + "!"; }
json four(json input) { return input.is_null() ? json(4) : input; }
struct Defaults {
    Field<int, Ge(0), ValidateDefault> a = -1;
    Field<std::string, MinLength(5), Alias("bb"), ValidateDefault> b = "ABC";
    Field<std::string, AfterValidator<shout>, ValidateDefault> c = "c";
    Field<std::optional<int>, BeforeValidator<four>, ValidateDefault> d;
    Field<int, Ge(0)> e = -1;
    Field<int, Ge(0), ValidateDefault> required;
};
struct Inner {
    Field<int, Ge(0)> i = -3;
};
struct Kinds {
    static constexpr ModelConfig model_config{.strict = true, .str_to_lower = true};
    Field<std::string, ValidateDefault> a = "ABC";
    Field<std::optional<std::string>, ValidateDefault> b = "ABC";
    Field<double, ValidateDefault> n = std::numeric_limits<double>::infinity();
    Field<float, ValidateDefault> f = -std::numeric_limits<float>::infinity();
    Field<date, ValidateDefault> day = "2024-01-02";
    Field<std::set<int>, ValidateDefault> set = std::set<int>{1};
    Field<std::tuple<int, std::string>, ValidateDefault> tuple = std::tuple{1, std::string("A")};
    Field<std::variant<int, std::string>, ValidateDefault> either = std::string("AB");
    Field<Inner, ValidateDefault> inner = Inner{};
    Field<std::variant<std::string, date>, ValidateDefault> when = date("2024-01-02");
    Field<std::optional<int>, ValidateDefault> none;
    Field<std::string> kept = "ABC";
};
struct ListDefault {
    Field<std::vector<Field<int, Ge(0)>>, ValidateDefault> list = std::vector<Field<int, Ge(0)>>{1, -1};
    Field<int, ValidationAlias(AliasPath("p", "q")), Ge(0), ValidateDefault> path = -1;
};

struct Texts {
    static constexpr ModelConfig model_config{.str_to_lower = true, .str_min_length = 2, .str_max_length = 4};
    std::optional<std::string> a;
    std::vector<std::string> b;
    std::map<std::string, std::string> c;
    Field<std::string, MinLength(1)> d = "Q";
    Field<std::string, MaxLength(6)> e = "Q";
    Field<Literal<"AB", "CDEFGH">> g = "AB";
    Field<std::variant<int, std::string>> h = 1;
    Field<std::string, ToUpper> m = "x";
    Field<std::string, Pattern("^[A-Z]+$")> o = "x";
    Field<SecretStr> i = "a";
    Field<HttpUrl> n = HttpUrl("http://a.com");
    json q;
};
struct Mail {
    static constexpr ModelConfig model_config{.str_to_lower = true, .str_max_length = 16};
    EmailStr mail;
};
struct Plain {
    std::string b;
};
struct Both {
    static constexpr ModelConfig model_config{
        .str_strip_whitespace = true, .str_to_lower = true, .str_to_upper = true, .str_min_length = 2};
    std::string a;
    std::optional<Plain> inner;
    std::optional<std::string> behind;
};
struct Left {
    static constexpr ModelConfig model_config{.str_max_length = 1};
    std::variant<int, std::vector<std::variant<int, std::string>>> v;
};
struct Right {
    static constexpr ModelConfig model_config{.str_to_upper = true};
    std::variant<int, std::vector<std::variant<int, std::string>>> v;
};
struct Sides {
    std::variant<Left, Right> side;
};

struct Filter {
    Field<int, ValidationAlias(AliasChoices("a", "b"))> x;
    Field<int, ValidationAlias(AliasChoices("c", "d"))> y = 3;
    Field<std::vector<int>, ValidationAlias(AliasChoices("e", "f"))> z = empty;
    Field<int, ValidationAlias(AliasPath("g", 0))> p = 9;
    Field<int, Alias("al"), ValidationAlias(AliasChoices("h", "i"))> w = 1;
};

template <class T>
std::string changed(std::string_view text, std::string_view key) {
    try {
        return model_dump(model_validate_json<T>(text)).at(std::string(key)).dump();
    } catch (const ValidationError& error) {
        return "! " + test::short_errors(error.list);
    }
}

} // namespace

TEST_CASE("AliasChoices are tried in order, and an error stands where the value does") {
    for (auto [text, expected] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({"a":1})", R"({"x":1})"},
             {R"({"b":2})", R"({"x":2})"},
             {R"({"b":1,"a":2})", R"({"x":2})"},
             {R"({"c":[3]})", R"({"x":3})"},
             {R"({"d":{"e":[1,2]}})", R"({"x":2})"},
             {R"({"d":{"e":[1]},"d":{"e":[2,3]}})", R"({"x":3})"},
             {"{}", "! a: missing"},
             {R"({"x":1})", "! a: missing"},
             {R"({"a":"x"})", "! a: int_parsing"},
             {R"({"b":"x"})", "! b: int_parsing"},
             {R"({"c":["x"]})", "! c/0: int_parsing"},
             {R"({"d":{"e":["q"]}})", "! d/e/-1: int_parsing"},
             {R"({"a":null,"b":2})", "! a: int_type"},
             {R"({"c":[]})", "! a: missing"},
             {R"({"c":{"0":1}})", "! a: missing"},
             {R"({"c":"7x"})", "! a: missing"},
             {R"({"d":{"e":[]}})", "! a: missing"},
             {R"({"d":null})", "! a: missing"},
             {R"({"d":{"e":{"-1":4}}})", "! a: missing"},
             {R"({"d":[{"e":1}]})", "! a: missing"},
             {"[]", "! .: model_attributes_type"},
         }) {
        CAPTURE(text);
        CHECK(outcome<Choices>(text) == expected);
    }
    CHECK(errors<Choices>(R"({"c":[]})") ==
          json::parse(R"([{"type":"missing","loc":["a"],"msg":"Field required","input":{"c":[]}}])"));
    CHECK(errors<Choices>(R"({"d":{"e":["q"]}})")[0]["loc"] == json::parse(R"(["d","e",-1])"));
}

TEST_CASE("AliasChoices beside the name of the member and forbidden keys") {
    for (auto [text, expected] : std::initializer_list<std::pair<const char*, const char*>>{
             {"{}", "! a: missing"},
             {R"({"x":1})", R"({"x":1})"},
             {R"({"x":"q"})", "! x: int_parsing"},
             {R"({"a":1,"x":2})", "! x: extra_forbidden"},
             {R"({"x":2,"a":1})", "! x: extra_forbidden"},
             {R"({"a":1,"b":2})", "! b: extra_forbidden"},
             {R"({"c":[1,2]})", R"({"x":1})"},
             {R"({"c":[1,2],"a":1})", "! c: extra_forbidden"},
             {R"({"c":["s"]})", "! c/0: int_parsing"},
             {R"({"c":[]})", "! a: missing | c: extra_forbidden"},
             {R"({"zz":1,"b":1})", "! zz: extra_forbidden"},
         }) {
        CAPTURE(text);
        CHECK(outcome<Named>(text) == expected);
    }
    CHECK(outcome<Several>("{}") == "! y1: missing");
    CHECK(outcome<Several>(R"({"user":{"id":4},"y1":1})") == R"({"x":4,"sa":1})");
    CHECK(outcome<Several>(R"({"user":{},"y2":3})") == "! user: extra_forbidden");
    CHECK(outcome<Several>(R"({"user":{"id":4},"user2":1,"y1":1,"y2":2})") == "! user2: extra_forbidden | y2: extra_forbidden");
    // Pydantic's JSON takes a name that it did not need.
    CHECK(outcome<Inside>(R"({"several":"{\"user\":{\"id\":4},\"user2\":1,\"y1\":1,\"y2\":2}","list":[]})") ==
          "! several/user2: extra_forbidden");
    CHECK(outcome<Inside>(R"({"several":"{\"y2\":1}","list":[{"b":1},{"c":["x"]}]})") == "! list/1/c/0: int_parsing");
}

TEST_CASE("AliasPath: several members may be read from one value") {
    CHECK(outcome<Pair>("{}") == "! names/1: missing | names/0: missing");
    CHECK(outcome<Pair>(R"({"names":[1]})") == "! names/1: missing");
    CHECK(outcome<Pair>(R"({"names":[1,2]})") == R"({"x":2,"y":1})");
    CHECK(outcome<Pair>(R"({"names":["a","b"]})") == "! names/1: int_parsing | names/0: int_parsing");
    CHECK(outcome<Pair>(R"({"names":"ab"})") == "! names/1: missing | names/0: missing");
    CHECK(outcome<Pair>(R"({"names":[1,2],"z":5})") == R"({"x":2,"y":1,"z":5})");
    CHECK(outcome<Order>("{}") == "! a: missing | b/c: missing");
    CHECK(outcome<Order>(R"({"a":1,"b":{"c":2,"id":3}})") == R"({"x":1,"y":2,"b":{"id":3}})");
    CHECK(outcome<Order>(R"({"a":"x","y1":"x"})") == "! a: int_parsing | y1: int_parsing");
}

TEST_CASE("the schema has the first choice of one step, or the name of the member") {
    auto names = [](const json& schema) {
        std::string out;
        for (const auto& [name, one] : schema["properties"].items()) out += name + "=" + one["title"].get<std::string>() + " ";
        return out + schema.value("required", json::array()).dump();
    };
    CHECK(names(model_json_schema<Choices>()) == R"(a=A ["a"])");
    CHECK(names(model_json_schema<Choices>(JsonSchemaMode::serialization)) == R"(x=X ["x"])");
    CHECK(names(model_json_schema<Pair>()) == R"(x=X y=Y ["x","y"])");
    CHECK(names(model_json_schema<Several>()) == R"(x=X y1=Y1 ["y1"])");
    CHECK(names(model_json_schema<Several>(JsonSchemaMode::serialization)) == R"(sa=Sa x=X ["sa"])");
    struct Path {
        Field<int, ValidationAlias(AliasPath("a"))> x;
        Field<int, ValidationAlias(AliasChoices(AliasPath("b", "c"), "y1"))> y;
    };
    CHECK(names(model_json_schema<Path>()) == R"(x=X y1=Y1 ["x","y1"])");
}

TEST_CASE("a model of parameters is read by its choices, and documented by its names") {
    FastAPI app;
    app.get("/q", [](Query<Filter> filter) { return filter.value(); });
    app.post("/b", [](Filter filter) { return filter; });
    TestClient client(app);
    auto get = [&](const char* query) { return client.get(std::string("/q") + query).text(); };
    CHECK(get("?a=1") == R"({"x":1,"y":3,"z":[],"p":9,"al":1})");
    CHECK(get("?b=1") == R"({"x":1,"y":3,"z":[],"p":9,"al":1})");
    CHECK(get("?a=1&b=2&d=4&f=1&f=2") == R"({"x":1,"y":4,"z":[1,2],"p":9,"al":1})");
    CHECK(get("?a=1&g=1&g=2") == R"({"x":1,"y":3,"z":[],"p":1,"al":1})");
    CHECK(get("?a=1&y=5") == R"({"x":1,"y":3,"z":[],"p":9,"al":1})");
    CHECK(get("?a=1&al=5") == R"({"x":1,"y":3,"z":[],"p":9,"al":1})");
    CHECK(get("?x=1") == R"({"detail":[{"type":"missing","loc":["query","a"],"msg":"Field required",)"
                         R"("input":{"x":"1","y":3,"z":[],"p":9,"al":1}}]})");
    CHECK(client.post("/b", {.json = json{{"b", 4}, {"g", {8}}}}).text() == R"({"x":4,"y":3,"z":[],"p":8,"al":1})");
    CHECK(test::short_errors(client.post("/b", {.json = json{{"g", {"q"}}}}).json()) == "body/a: missing | body/g/0: int_parsing");
    std::string names;
    json document = app.openapi();
    for (const json& parameter : document["paths"]["/q"]["get"]["parameters"]) names += parameter["name"].get<std::string>() + " ";
    CHECK(names == "x y z p al ");
    names.clear();
    for (const auto& [name, schema] : document["components"]["schemas"].begin()->at("properties").items()) names += name + " ";
    CHECK(names == "a c e h p ");
}

TEST_CASE("a discriminator has one name") {
    struct Cat {
        Field<Literal<"cat">, ValidationAlias(AliasChoices("kind", "type"))> kind;
    };
    struct Dog {
        Field<Literal<"dog">> kind;
    };
    struct Owner {
        Field<std::variant<Cat, Dog>, Discriminator("kind")> pet;
    };
    CHECK(test::thrown_by([] { model_json_schema<Owner>(); }).find("a discriminator has one name") != std::string::npos);
}

TEST_CASE("ExcludeIf leaves out what its function says, and is not required in what is written") {
    CHECK(outcome<Sparse>(R"({"a":0})") == "{}");
    CHECK(outcome<Sparse>(R"({"a":1,"b":"x","c":7,"d":6})") == R"({"a":1,"b":"x","d":6})");
    CHECK(outcome<SparseList>(R"({"items":[{"a":0},{"a":2}]})") == R"({"items":[{},{"a":2}]})");
    Sparse sparse = model_validate_json<Sparse>(R"({"a":0})");
    CHECK(model_dump_json(sparse, {.round_trip = true}) == "{}");
    CHECK(model_dump_json(sparse, {.include = {"a"}}) == "{}");
    CHECK(model_dump_json(sparse, {.exclude_none = true}) == "{}");
    json written = model_json_schema<Sparse>(JsonSchemaMode::serialization);
    CHECK(!written.contains("required"));
    CHECK(written["properties"].size() == 3);
    CHECK(model_json_schema<Sparse>()["required"] == json{"a"});
}

TEST_CASE("ValidateDefault: a default goes through the validation, its error stands at the member's own name") {
    CHECK(errors<Defaults>(R"({"required":1})") ==
          json::parse(R"([{"type":"greater_than_equal","loc":["a"],"msg":"Input should be greater than or equal to 0","input":-1,)"
                      R"("ctx":{"ge":0}},{"type":"string_too_short","loc":["b"],"msg":"String should have at least 5 characters",)"
                      R"("input":"ABC","ctx":{"min_length":5}}])"));
    CHECK(outcome<Defaults>(R"({"a":1,"bb":"hello"})") == "! required: missing");
    CHECK(outcome<Defaults>(R"({"a":1,"bb":"hello","required":2})") ==
          R"({"a":1,"bb":"hello","c":"c!","d":4,"e":-1,"required":2})");
    auto made = model_validate_json<Defaults>(R"({"a":1,"bb":"hello","required":2})");
    CHECK(made.a.is_set());
    CHECK(!made.c.is_set());
    CHECK(!made.d.is_set());
    CHECK(outcome<ListDefault>("{}") == "! list/1: greater_than_equal | path: greater_than_equal");
    CHECK(outcome<ListDefault>(R"({"list":[],"p":{"q":-2}})") == "! p/q: greater_than_equal");
    CHECK(model_json_schema<Defaults>()["properties"]["a"]["default"] == -1);
}

TEST_CASE("ValidateDefault on many types, in a strict model") {
    auto made = model_validate_json<Kinds>("{}");
    CHECK(made.n == std::numeric_limits<double>::infinity());
    CHECK(made.f == -std::numeric_limits<float>::infinity());
    CHECK(std::holds_alternative<date>(*made.when));
    CHECK(made.inner->i == -3); // a model that is there is not validated anew
    CHECK(model_dump_json(made) == R"({"a":"abc","b":"abc","n":null,"f":null,"day":"2024-01-02","set":[1],"tuple":[1,"a"],)"
                                   R"("either":"ab","inner":{"i":-3},"when":"2024-01-02","none":null,"kept":"ABC"})");
}

TEST_CASE("ValidateDefault on a parameter") {
    FastAPI app;
    app.get("/", [](Query<int, "v", Ge(0), Default(-1), ValidateDefault> v) { return v.value(); });
    TestClient client(app);
    CHECK(client.get("/").text() == R"({"detail":[{"type":"greater_than_equal","loc":["query","v"],)"
                                    R"("msg":"Input should be greater than or equal to 0","input":-1,"ctx":{"ge":0}}]})");
    CHECK(client.get("/?v=3").text() == "3");
}

TEST_CASE("the configuration of a model is about all its strings") {
    for (auto [key, value, expected] : std::initializer_list<std::tuple<const char*, const char*, const char*>>{
             {"a", R"("A")", "! a: string_too_short"},
             {"a", R"("AB")", R"("ab")"},
             {"a", R"("ABCDE")", "! a: string_too_long"},
             {"a", R"(" A ")", R"(" a ")"},
             {"a", "null", "null"},
             {"b", R"(["A"])", "! b/0: string_too_short"},
             {"b", R"(["QW"])", R"(["qw"])"},
             {"c", R"({"A":"QW"})", "! c/A/[key]: string_too_short"},
             {"c", R"({"QW":"A"})", "! c/QW: string_too_short"},
             {"c", R"({"QW":"QW"})", R"({"qw":"qw"})"},
             {"d", R"("Q")", R"("q")"},
             {"d", R"("QQQQQ")", "! d: string_too_long"},
             {"e", R"("Q")", "! e: string_too_short"},
             {"e", R"("QQQQQ")", R"("qqqqq")"},
             {"e", R"("QQQQQQQ")", "! e: string_too_long"},
             {"g", R"("CDEFGH")", R"("CDEFGH")"},
             {"g", R"("ab")", "! g: literal_error"},
             {"h", R"("QW")", R"("qw")"},
             {"h", "3", "3"},
             {"h", R"("Q")", "! h/int: int_parsing | h/constrained-str: string_too_short"},
             {"m", R"("aB")", R"("ab")"},
             {"o", R"("AB")", R"("ab")"},
             {"o", R"("ab")", "! o: string_pattern_mismatch"},
             {"i", R"("Q")", "! i: string_type"},
             {"i", R"("QWERT")", "! i: string_type"},
             {"i", R"("QW")", R"("**********")"},
             {"n", R"("HTTP://EXAMPLE.com/ABC")", R"("http://example.com/ABC")"},
             {"q", R"("QWERTY")", R"("QWERTY")"},
         }) {
        CAPTURE(key);
        CAPTURE(value);
        std::string text = R"({"b":[],"c":{},"q":1,")" + std::string(key) + "\":" + value + "}";
        CHECK(changed<Texts>(text, key) == expected);
    }
    CHECK(model_validate_json<Texts>(R"({"b":[],"c":{},"q":1,"i":"QW"})").i->get_secret_value() == "qw");
    CHECK(outcome<Mail>(R"({"mail":"Abc@EXAMPLE.com"})") == R"({"mail":"abc@example.com"})");
    CHECK(outcome<Mail>(R"({"mail":"Abcdef@EXAMPLE.com"})") == "! mail: string_too_long");
}

TEST_CASE("the configuration of a model is not about the models inside it") {
    CHECK(outcome<Both>(R"({"a":" aB ","inner":{"b":" aB"},"behind":"AB "})") == R"({"a":"ab","inner":{"b":" aB"},"behind":"ab"})");
    CHECK(outcome<Both>(R"({"a":" a "})") == "! a: string_too_short");
    // One value, which two models read in their own ways.
    CHECK(outcome<Sides>(R"({"side":{"v":["ab"]}})") == R"({"side":{"v":["AB"]}})");
}
