// Unions: which branch of a std::variant takes a value, errors, tags, schemas, and what they cost.

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <variant>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

// Not in an unnamed namespace: the names of these types stand in labels and schemas.
namespace union_test {

struct Sub {
    int a;
    Field<std::string> b = "x";
};
struct Closed {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    int a;
};
struct Open {
    int a;
    ExtraFields<> extra;
};
struct Cat {
    Literal<"cat"> kind;
    int lives;
};
struct Dog {
    Literal<"dog", "wolf"> kind;
    Field<std::string> bark = "woof";
};
using Pet = Field<std::variant<Cat, Dog>, Discriminator("kind")>;

// A type of its own that reads texts and integers, as a date does.
struct Day {
    std::int64_t number = 0;
};

} // namespace union_test

template <>
struct fastapi::TypeTraits<union_test::Day> {
    static constexpr std::string_view label = "day";
    static bool decode(const detail::Value& value, const detail::FieldInfo&, union_test::Day& day, detail::Context& context) {
        std::string scratch;
        auto text = value.is(detail::Value::Kind::string) ? value.string(scratch) : std::string_view{};
        if (text.size() != 2 || text[0] != 'd') return context.fail("day_type", "Input should be a valid day", value);
        context.lower(detail::Exactness::lax);
        day.number = text[1] - '0';
        return true;
    }
    static void encode(const union_test::Day& day, std::string& out) { out += "\"d" + std::to_string(day.number) + "\""; }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo&) {
        writer.key("type").string("string").key("format").string("day");
    }
};

using namespace union_test;

namespace {

// The branch that takes a text, and what it makes of it.
template <class V>
std::string branch(std::string_view text) {
    try {
        V value = model_validate_json<V>(text);
        return std::to_string(value.index()) + " " + model_dump_json(value);
    } catch (const ValidationError& error) {
        return "! " + test::short_errors(error.list);
    }
}

} // namespace

TEST_CASE("union: the very type goes before a conversion, then the first branch") {
    using IntOrText = std::variant<int, std::string>;
    CHECK(branch<IntOrText>("1") == "0 1");
    CHECK(branch<IntOrText>("\"1\"") == "1 \"1\"");
    CHECK(branch<IntOrText>("1.0") == "0 1");
    CHECK(branch<IntOrText>("true") == "0 1");
    using BoolOrInt = std::variant<bool, int>;
    CHECK(branch<BoolOrInt>("1") == "1 1");
    CHECK(branch<BoolOrInt>("true") == "0 true");
    CHECK(branch<BoolOrInt>("\"1\"") == "0 true");
    CHECK(branch<BoolOrInt>("1.0") == "0 true");
    CHECK(branch<BoolOrInt>("2.0") == "1 2");
    using FloatOrInt = std::variant<double, int>;
    CHECK(branch<FloatOrInt>("1") == "1 1");
    CHECK(branch<FloatOrInt>("1.0") == "0 1.0");
    CHECK(branch<FloatOrInt>("\"1\"") == "0 1.0");
    CHECK(branch<FloatOrInt>("true") == "0 1.0");
    // An integer is nearer to a float than a string that converts is to anything.
    CHECK(branch<std::variant<bool, double>>("1") == "1 1.0");
    // Any JSON goes before conversions, but not before the very type.
    CHECK(branch<std::variant<double, json>>("\"3\"") == "1 \"3\"");
    CHECK(branch<std::variant<double, json>>("3") == "0 3.0");
    CHECK(branch<std::variant<json, int>>("3") == "1 3");
    CHECK(branch<std::variant<int, JsonValue>>("\"3\"") == "1 \"3\"");
}

TEST_CASE("union: containers are as near as the farthest of what is in them") {
    using Lists = std::variant<std::vector<int>, std::vector<std::string>>;
    CHECK(branch<Lists>(R"(["1","2"])") == R"(1 ["1","2"])");
    CHECK(branch<Lists>("[1,2]") == "0 [1,2]");
    CHECK(branch<Lists>("[]") == "0 []");
    CHECK(branch<Lists>(R"([1,"2"])") == "0 [1,2]");
    using SetOrList = std::variant<std::set<int>, std::vector<int>>; // JSON has lists
    CHECK(branch<SetOrList>("[2,1]") == "1 [2,1]");
    CHECK(branch<std::variant<std::set<int>, std::vector<bool>>>("[2,1]") == "0 [1,2]");
    using Maps = std::variant<std::map<std::string, int>, std::map<std::string, double>>;
    CHECK(branch<Maps>(R"({"a":1.5})") == R"(1 {"a":1.5})");
    CHECK(branch<Maps>(R"({"a":1})") == R"(0 {"a":1})");
    using Tuples = std::variant<std::tuple<int, int>, std::tuple<std::string, int>, std::array<json, 2>>;
    CHECK(branch<Tuples>("[1,2]") == "2 [1,2]");
    CHECK(branch<Tuples>("[1,2,3]") == "! tuple[int, int]: too_long | tuple[str, int]: too_long | list[any]: too_long");
}

TEST_CASE("union: of models the one that finds more fields, then the first") {
    using Subs = std::variant<Closed, Sub, Open>;
    CHECK(branch<Subs>(R"({"a":1})") == R"(0 {"a":1})");
    CHECK(branch<Subs>(R"({"a":1,"b":"c"})") == R"(1 {"a":1,"b":"c"})");
    CHECK(branch<Subs>(R"({"a":1,"c":2})") == R"(2 {"a":1,"c":2})");
    // A field counts more than an extra key.
    CHECK(branch<Subs>(R"({"a":1,"b":"c","d":2})") == R"(1 {"a":1,"b":"c"})");
    CHECK(branch<Subs>(R"({"a":"x","c":2})") ==
          "! Closed/a: int_parsing | Closed/c: extra_forbidden | Sub/a: int_parsing | Open/a: int_parsing");
    CHECK(branch<std::variant<Sub, json>>(R"({"a":1})") == R"(0 {"a":1,"b":"x"})");
    CHECK(branch<std::variant<Sub, json>>(R"({"c":1})") == R"(1 {"c":1})");
    // The fields of models inside count too.
    using Nested = std::variant<std::vector<Closed>, std::vector<Sub>>;
    CHECK(branch<Nested>(R"([{"a":1}])") == R"(0 [{"a":1}])");
    CHECK(branch<Nested>(R"([{"a":1},{"a":1,"b":"c"}])") == R"(1 [{"a":1,"b":"x"},{"a":1,"b":"c"}])");
}

TEST_CASE("union: types of one's own say how near a value was") {
    CHECK(branch<std::variant<Day, std::string>>("\"d7\"") == "1 \"d7\"");
    CHECK(branch<std::variant<int, Day>>("\"d7\"") == "1 \"d7\"");
    CHECK(branch<std::variant<int, Day>>("\"7\"") == "0 7");
    CHECK(branch<std::variant<int, Day>>("\"x\"") == "! int: int_parsing | day: day_type");
    CHECK(branch<std::variant<Day, json>>("\"d7\"") == "1 \"d7\"");
    CHECK(outcome<std::map<Day, int, decltype([](const Day& a, const Day& b) { return a.number < b.number; })>>(
              R"({"d7":1,"x":2})") == "! x/[key]: day_type");
}

TEST_CASE("union: null, optionals and unions inside") {
    using MaybeInt = std::variant<int, bool, std::monostate>;
    CHECK(branch<MaybeInt>("null") == "2 null");
    CHECK(branch<MaybeInt>("[]") == "! int: int_type | bool: bool_type");
    CHECK(branch<std::variant<std::nullptr_t, int>>("null") == "0 null");
    CHECK(branch<std::variant<int, std::optional<std::string>>>("null") == "1 null");
    CHECK(branch<std::variant<int, std::optional<std::string>>>("[]") == "! int: int_type | str: string_type");
    CHECK(branch<std::optional<std::variant<int, std::string>>::value_type>("\"a\"") == "1 \"a\"");
    CHECK(outcome<std::optional<std::variant<int, std::string>>>("null") == "null");
    CHECK(outcome<std::optional<std::variant<int, std::string>>>("[]") == "! int: int_type | str: string_type");
    // One type and null is no union: no label.
    CHECK(branch<std::variant<int, std::monostate>>("[]") == "! .: int_type");
    // Python flattens unions: one branch after the other, each type once.
    using Inner = std::variant<std::string, int>;
    CHECK(branch<std::variant<int, Inner>>("[]") == "! int: int_type | str: string_type");
    CHECK(branch<std::variant<int, Inner>>("\"1\"") == "1 \"1\"");
    CHECK(branch<std::variant<double, std::optional<Inner>>>("null") == "1 null");
    // One in a Field stays a union of its own.
    CHECK(branch<std::variant<double, Field<Inner>>>("[]") ==
          "! float: float_type | union[str,int]/str: string_type | union[str,int]/int: int_type");
    CHECK(outcome<std::variant<std::monostate>>("1") == "! .: none_required");
}

TEST_CASE("union: annotations stand at the alternatives; labels say so") {
    using V = std::variant<Field<int, Ge(3)>, Field<std::string, MinLength(2)>, Field<double, AllowInfNan(false)>>;
    CHECK(branch<V>("1") == "2 1.0");
    CHECK(branch<V>("\"a\"") ==
          "! constrained-int: int_parsing | constrained-str: string_too_short | constrained-float: float_parsing");
    CHECK(branch<V>("\"nan\"") == "1 \"nan\"");
    using Strictly = std::variant<Field<int, Strict>, std::vector<bool>>;
    CHECK(branch<Strictly>("\"1\"") == "! int: int_type | list[bool]: list_type");
}

TEST_CASE("union: labels of all kinds of branches") {
    using V = std::variant<std::map<int, std::vector<Sub>>, std::set<std::string>, FrozenSet<int>, std::pair<int, double>,
                           VariadicTuple<std::optional<int>>, Literal<"it's", 1, true, nullptr>, Json<std::vector<int>>, Json<>,
                           std::vector<Pet>, std::vector<json>, std::vector<std::variant<int, std::monostate>>, Sub>;
    CHECK(branch<V>("1.5") ==
          "! dict[int,list[Sub]]: dict_type | set[str]: set_type | frozenset[int]: frozen_set_type | tuple[int, float]: tuple_type | "
          "tuple[nullable[int], ...]: tuple_type | literal[\\\"it's\\\",1,True,None]: literal_error | json[list[int]]: json_type | "
          "json[any]: json_type | list[tagged-union[Cat,Dog,Dog]]: list_type | list[any]: list_type | "
          "list[nullable[int]]: list_type | Sub: model_attributes_type");
}

TEST_CASE("union: left to right") {
    using V = Field<std::variant<int, std::string>, LeftToRight>;
    CHECK(outcome<V>("\"1\"") == "1");
    CHECK(outcome<V>("\"a\"") == "\"a\"");
    CHECK(outcome<V>("[]") == "! int: int_type | str: string_type");
}

TEST_CASE("union: a discriminator chooses the branch") {
    CHECK(outcome<Pet>(R"({"kind":"cat","lives":9})") == R"({"kind":"cat","lives":9})");
    CHECK(outcome<Pet>(R"({"kind":"wolf"})") == R"({"kind":"wolf","bark":"woof"})");
    CHECK(outcome<Pet>(R"({"kind":"cat","lives":"x"})") == "! cat/lives: int_parsing");
    CHECK(outcome<Pet>("[]") == "! .: model_attributes_type");
    CHECK(errors<Pet>(R"({"lives":9})") ==
          parse_json(R"([{"type":"union_tag_not_found","loc":[],"msg":"Unable to extract tag using discriminator 'kind'",
                          "input":{"lives":9},"ctx":{"discriminator":"'kind'"}}])"));
    CHECK(errors<Pet>(R"({"kind":"cow"})") == parse_json(R"([{"type":"union_tag_invalid","loc":[],
        "msg":"Input tag 'cow' found using 'kind' does not match any of the expected tags: 'cat', 'dog', 'wolf'",
        "input":{"kind":"cow"},"ctx":{"discriminator":"'kind'","tag":"cow","expected_tags":"'cat', 'dog', 'wolf'"}}])"));
    // Tags in Python's words.
    for (auto [tag, shown] : {std::pair{"null", "None"}, {"true", "True"}, {"1.0", "1.0"}, {"1e-5", "1e-05"}, {"\"it's\"", "it's"},
                              {R"(["a",{"b":"\n\u200b'"},1e22,{}])", R"(['a', {'b': "\n\u200b'"}, 1e+22, {}])"}})
        CHECK(errors<Pet>(std::string(R"({"kind":)") + tag + "}")[0]["ctx"]["tag"] == shown);
    CHECK(outcome<std::vector<Pet>>(R"([{"kind":"cat","lives":1},{"kind":"cat"}])") == "! 1/cat/lives: missing");
    CHECK(outcome<std::optional<Pet>>("null") == "null");
    CHECK(outcome<Field<std::optional<std::variant<Cat, Dog>>, Discriminator("kind")>>("null") == "null");
    CHECK(branch<std::variant<Pet, int>>("\"a\"") ==
          "! tagged-union[Cat,Dog,Dog]: model_attributes_type | int: int_parsing");
}

namespace union_test {
struct One {
    Field<Literal<1, "one">> k = 1;
    int x;
};
struct No {
    Field<Literal<false, nullptr>> k = false;
    int x;
};
enum class Colour { black, white };
struct Black {
    Literal<"cat"> pet;
    Field<Colour> colour;
    int b;
};
struct White {
    Literal<"cat"> pet;
    Literal<"white"> colour;
    int w;
};
struct Lizard {
    Literal<"lizard"> pet;
    Literal<"green"> colour;
};
struct ByAlias {
    Field<Literal<"a">, Alias("kk")> k;
};
struct ByAlias2 {
    Field<Literal<"b">, Alias("kk")> k;
};
struct Plain {
    std::string kind;
};
struct OtherCat {
    Literal<"cat"> kind;
};
struct Black2 {
    Literal<"black"> colour;
    Literal<"cat"> pet;
    int b;
};
} // namespace union_test

TEST_CASE("union: tags may be integers, booleans, null and enumerators") {
    using V = Field<std::variant<One, No>, Discriminator("k")>;
    CHECK(outcome<V>(R"({"k":1,"x":2})") == R"({"k":1,"x":2})");
    CHECK(outcome<V>(R"({"k":1})") == "! 1/x: missing");
    CHECK(outcome<V>(R"({"k":true})") == "! 1/x: missing"); // as Python compares
    CHECK(outcome<V>(R"({"k":1.0})") == "! 1.0/x: missing");
    CHECK(outcome<V>(R"({"k":"one"})") == "! one/x: missing");
    CHECK(outcome<V>(R"({"k":null})") == "! None/x: missing");
    CHECK(outcome<V>(R"({"k":0})") == "! 0/x: missing");
    CHECK(outcome<V>(R"({"x":1})") == "! .: union_tag_not_found"); // a default is no tag
    CHECK(errors<V>(R"({"k":2})")[0]["ctx"]["expected_tags"] == "1, 'one', False, None");
    CHECK(model_json_schema<V>()["discriminator"]["mapping"] ==
          json{{"1", "#/$defs/One"}, {"one", "#/$defs/One"}, {"False", "#/$defs/No"}, {"None", "#/$defs/No"}});
}

TEST_CASE("union: discriminated unions inside one another") {
    using Cats = Field<std::variant<Black2, White>, Discriminator("colour")>;
    using Pets = Field<std::variant<Cats, Lizard>, Discriminator("pet")>;
    CHECK(outcome<Pets>(R"({"pet":"cat","colour":"white","w":1})") == R"({"pet":"cat","colour":"white","w":1})");
    CHECK(outcome<Pets>(R"({"pet":"cat","colour":"white"})") == "! cat/white/w: missing");
    CHECK(outcome<Pets>(R"({"pet":"cat"})") == "! cat: union_tag_not_found");
    CHECK(outcome<Pets>(R"({"pet":"dog"})") == "! .: union_tag_invalid");
    CHECK(branch<std::variant<Pets, int>>("\"a\"") ==
          "! tagged-union[tagged-union[Black2,White],Lizard]: model_attributes_type | int: int_parsing");
    json schema = model_json_schema<Pets>();
    CHECK(schema["discriminator"] == json{{"propertyName", "pet"}, {"mapping", {{"lizard", "#/$defs/Lizard"}}}});
    CHECK(schema["oneOf"][0]["discriminator"]["mapping"].size() == 2);
    // One of the same discriminator, or of none, adds its alternatives to the union around it.
    using Merged = Field<std::variant<std::variant<Black2, White>, Lizard>, Discriminator("colour")>;
    CHECK(outcome<Merged>(R"({"colour":"white"})") == "! white/pet: missing | white/w: missing");
    CHECK(outcome<Merged>(R"({"colour":"green","pet":"lizard"})") == R"({"pet":"lizard","colour":"green"})");
    CHECK(model_json_schema<Merged>()["oneOf"].size() == 3);
    // An enum by its names is a tag as a Literal is.
    using ByEnum = Field<std::variant<Black, Lizard>, Discriminator("colour")>;
    CHECK(errors<ByEnum>("{}")[0]["type"] == "union_tag_not_found");
    CHECK(outcome<ByEnum>(R"({"colour":"white","pet":"cat","b":1})") == R"({"pet":"cat","colour":"white","b":1})");
}

TEST_CASE("union: a discriminator under another name on the wire") {
    using V = Field<std::variant<ByAlias, ByAlias2>, Discriminator("k")>;
    CHECK(outcome<V>(R"({"kk":"b"})") == R"({"kk":"b"})");
    CHECK(outcome<V>(R"({"k":"b"})") == "! b/kk: missing"); // found by its own name, but not read
    CHECK(errors<V>("{}")[0]["msg"] == "Unable to extract tag using discriminator 'k' | 'kk'");
    CHECK(model_json_schema<V>()["discriminator"]["propertyName"] == "kk");
}

TEST_CASE("union: what cannot be told apart is refused at registration, in a sentence") {
    auto refused = []<class T>(T) {
        return thrown_by([] {
            FastAPI app;
            app.post("/", [](Body<T> body) { return body->index() == 0; });
        });
    };
    struct Holder {
        std::vector<Field<std::variant<Cat, Plain>, Discriminator("kind")>> pets;
    };
    CHECK(thrown_by([] {
              FastAPI app;
              app.post("/", [](Holder holder) { return holder.pets.size(); });
          }) == "fastapi: Discriminator(\"kind\"): Plain::kind is neither a Literal nor an enum");
    static_cast<void>(refused);
    auto check = []<auto D, class... A>() {
        return thrown_by([] {
            FastAPI app;
            app.post("/", [](Body<std::variant<A...>, "", D> body) { return body->index() == 0; });
        });
    };
    CHECK(check.template operator()<Discriminator("kind"), Cat, Sub>() ==
          "fastapi: Discriminator(\"kind\"): Sub has no member of this name");
    CHECK(check.template operator()<Discriminator("kind"), Cat, OtherCat>() ==
          "fastapi: Discriminator(\"kind\"): the value 'cat' stands for two alternatives");
    CHECK(check.template operator()<Discriminator("kind"), Cat, int>() ==
          "fastapi: Discriminator(\"kind\"): an alternative of the std::variant is no model: int");
    struct Unnamed {
        Literal<"c"> k;
    };
    CHECK(check.template operator()<Discriminator("k"), ByAlias, Unnamed>() ==
          "fastapi: Discriminator(\"k\"): ByAlias and Unnamed have different names for it on the wire, \"kk\" and \"k\"");
    CHECK(check.template operator()<Discriminator("kind"), Cat, Dog>().empty());
}

TEST_CASE("union: schemas") {
    CHECK(model_json_schema<std::variant<int, std::string>>() == parse_json(R"({"anyOf":[{"type":"integer"},{"type":"string"}]})"));
    CHECK(model_json_schema<std::variant<int, std::monostate, std::variant<bool, int>>>() ==
          parse_json(R"({"anyOf":[{"type":"integer"},{"type":"boolean"},{"type":"null"}]})"));
    CHECK(model_json_schema<std::optional<std::variant<int, std::optional<double>>>>() ==
          parse_json(R"({"anyOf":[{"type":"integer"},{"type":"number"},{"type":"null"}]})"));
    CHECK(model_json_schema<std::variant<Field<int, Ge(3), Title("T")>, std::vector<Field<double, Le(1)>>>>() ==
          parse_json(R"({"anyOf":[{"type":"integer","minimum":3,"title":"T"},{"type":"array","items":{"type":"number","maximum":1.0}}]})"));
    CHECK(model_json_schema<std::variant<int>>() == parse_json(R"({"type":"integer"})"));
    CHECK(model_json_schema<std::variant<int, std::nullptr_t>>() == parse_json(R"({"anyOf":[{"type":"integer"},{"type":"null"}]})"));
    json pet = model_json_schema<std::optional<Pet>>();
    CHECK(pet["anyOf"][0]["oneOf"] == parse_json(R"([{"$ref":"#/$defs/Cat"},{"$ref":"#/$defs/Dog"}])"));
    CHECK(pet["anyOf"][0]["discriminator"] == parse_json(R"({"propertyName":"kind",
        "mapping":{"cat":"#/$defs/Cat","dog":"#/$defs/Dog","wolf":"#/$defs/Dog"}})"));
    CHECK(pet["anyOf"][1] == json{{"type", "null"}});
    CHECK(pet["$defs"].size() == 2);
    CHECK(model_json_schema<std::variant<Day, std::string>>()["anyOf"][0]["format"] == "day");
}

TEST_CASE("union: parameters, bodies and answers") {
    FastAPI app;
    app.get("/path/{id}", [](Path<std::variant<int, std::string>, "id"> id) { return *id; });
    app.get("/position/{id}", [](std::variant<int, std::string> id) { return id; });
    app.get("/query", [](Query<std::variant<std::vector<int>, int>, "q"> q) { return *q; });
    app.get("/scalar", [](Query<std::optional<std::variant<int, bool>>, "q"> q) { return *q; });
    app.post("/pet", [](Body<std::variant<Cat, Dog>, "", Discriminator("kind")> pet) { return *pet; });
    app.post("/plain", [](std::variant<Cat, Dog> pet) { return pet; });
    app.get("/json", [] {
        std::variant<Cat, int> value = 3;
        return json{{"value", value}, {"literal", Literal<1, 2>(2)}, {"list", std::vector<std::variant<int, std::string>>{1, "a"}}};
    });
    TestClient client{app};
    CHECK(client.get("/path/7").content == "\"7\"");
    CHECK(client.get("/position/a").content == "\"a\"");
    CHECK(client.get("/query?q=1&q=2").content == "[1,2]");
    CHECK(client.get("/query?q=1").content == "[1]");
    CHECK(test::short_errors(client.get("/query?q=a").json()) == "query/q/list[int]/0: int_parsing | query/q/int: int_type");
    CHECK(client.get("/scalar").content == "null");
    CHECK(client.get("/scalar?q=true").content == "true");
    CHECK(client.post("/pet", {.json = json{{"kind", "dog"}}}).content == R"({"kind":"dog","bark":"woof"})");
    CHECK(test::short_errors(client.post("/pet", {.json = json{{"kind", "cat"}}}).json()) == "body/cat/lives: missing");
    CHECK(client.post("/plain", {.json = json{{"kind", "wolf"}}}).content == R"({"kind":"wolf","bark":"woof"})");
    CHECK(client.get("/json").content == R"({"list":[1,"a"],"literal":2,"value":3})");
    json document = parse_json(app.openapi_json());
    CHECK(document["paths"]["/plain"]["post"]["requestBody"]["content"]["application/json"]["schema"]["anyOf"].size() == 2);
    CHECK(document["paths"]["/pet"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"].size() == 2);
}

TEST_CASE("union: exclude_none leaves out a union that holds null") {
    struct Holder {
        Field<std::variant<int, std::monostate>> a = std::monostate{};
        Field<std::variant<int, std::optional<double>>> b = std::optional<double>{};
        std::nullptr_t c;
        std::variant<int, std::monostate> d;
    };
    Holder holder{};
    holder.d = 1;
    CHECK(model_dump_json(holder) == R"({"a":null,"b":null,"c":null,"d":1})");
    CHECK(model_dump_json(holder, {.exclude_none = true}) == R"({"d":1})");
}

// --- recursion and limits ---------------------------------------------------------------------------------------------------

namespace union_test {

struct Add;
struct Number {
    double value;
};
using Expression = std::variant<Number, std::unique_ptr<Add>>;
struct Add {
    Field<Expression, Required> left;
    Field<Expression, Required> right;
};

// Each level may be either of two models, and each has the level below: two to the power of the depth without memory.
struct Left;
struct Right;
using Either = std::variant<int, std::unique_ptr<Left>, std::unique_ptr<Right>>;
struct Left {
    Field<Either, Required> child;
    std::optional<int> l;
};
struct Right {
    Field<Either, Required> child;
    std::optional<int> r;
};
struct ListNode;
struct MapNode;
struct ListNode {
    std::vector<std::variant<ListNode, MapNode>> items;
};
struct MapNode {
    Field<std::vector<std::variant<ListNode, MapNode>>> items = empty;
    Field<std::map<std::string, std::variant<std::shared_ptr<MapNode>, int>>> map = empty;
};

std::string chain(std::size_t depth, std::string_view inside) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += R"({"child":)";
    text += inside;
    text.append(depth, '}');
    return text;
}

double seconds(auto action) {
    auto start = std::chrono::steady_clock::now();
    action();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace union_test

TEST_CASE("union: recursive models") {
    CHECK(outcome<Expression>(R"({"left":{"value":1},"right":{"left":{"value":2},"right":{"value":3}}})") ==
          R"({"left":{"value":1.0},"right":{"left":{"value":2.0},"right":{"value":3.0}}})");
    CHECK(outcome<Expression>(R"({"left":{"value":1}})") == "! Number/value: missing | Add/right: missing");
    CHECK(model_json_schema<Expression>()["$defs"]["Add"]["properties"]["left"]["anyOf"].size() == 3);
    CHECK(outcome<ListNode>(R"({"items":[{"items":[]},{"map":{"a":{"map":{"b":2}},"c":null}}]})") ==
          R"({"items":[{"items":[]},{"items":[],"map":{"a":{"items":[],"map":{"b":2}},"c":null}}]})");
}

TEST_CASE("union: the work in nested unions grows with the input, not with its powers") {
    CHECK(seconds([] { CHECK(outcome<Either>(chain(900, "1")).size() > 900); }) < 10);
    CHECK(seconds([] {
              // What makes it right or wrong stands at the very bottom.
              std::string deep = chain(400, R"({"child":1,"r":2})");
              CHECK(outcome<Either>(deep).find(R"("r":2)") != std::string::npos);
          }) < 10);
    CHECK(seconds([] {
              std::string result;
              try {
                  model_validate_json<Either>(chain(900, "\"x\""));
              } catch (const ValidationError& error) {
                  CHECK(error.error_count() <= detail::Context::max_errors);
                  CHECK(error.error_count() > 100);
                  std::size_t deepest = 0;
                  for (const ErrorDetail& one : error.list) deepest = std::max(deepest, one.loc.size());
                  CHECK(deepest > 1000);
              }
          }) < 30);
}

TEST_CASE("union: what takes too much work is refused, not computed") {
    // A long list under many unions is read again by each of them.
    std::string bottom = R"({"items":[)";
    for (int i = 0; i < 20'000; ++i) bottom += i ? R"(,{"items":[]})" : R"({"items":[]})";
    bottom += "]}";
    std::string text;
    for (int i = 0; i < 400; ++i) text += R"({"items":[)";
    text += bottom;
    for (int i = 0; i < 400; ++i) text += "]}";
    std::string result;
    CHECK(seconds([&] { result = outcome<std::variant<ListNode, MapNode>>(text); }) < 60);
    CHECK(result == "! .: union_too_complex");
    CHECK(outcome<std::variant<ListNode, MapNode>>(bottom).size() > 20'000); // once is no harm
}

TEST_CASE("union: errors of branches that do not count leave no trace") {
    std::string text = "[";
    for (int i = 0; i < 20'000; ++i) text += "\"a\",";
    text += "[]]";
    // Each text is an error of the first branch; the one list at the end is the only error that counts.
    using V = std::vector<std::variant<int, std::string>>;
    CHECK(outcome<V>(text) == "! 20000/int: int_type | 20000/str: string_type");
}
