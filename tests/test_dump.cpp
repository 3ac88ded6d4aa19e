// Models as JSON: what is written, and what exclude_unset, exclude_defaults and exclude_none leave out.

#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "support.hpp"

using namespace fastapi;

namespace {

struct Inner {
    Field<int> x = 1;
    Field<std::optional<int>> y;
};
struct Item {
    int a;
    Field<std::optional<std::string>> b;
    Field<std::vector<int>> c = std::vector<int>{1};
    Field<double> d = 1.5;
    Field<Inner> inner = Inner{};
};
struct Hidden {
    std::string user;
    Field<std::string, Exclude> password;
    Field<int, SerializationAlias("n")> number = 3;
};
struct AllKinds {
    bool flag;
    std::int8_t small;
    std::uint64_t large;
    float single;
    double twice;
    std::string text;
    std::optional<int> nothing;
    std::vector<std::string> list;
    std::set<int> set;
    std::map<std::string, double> map;
    std::map<int, bool> by_number;
    Literal<"a", "b"> literal;
    json any;
};

std::string dump(std::string_view text, const DumpOptions& options) {
    return model_dump_json(model_validate_json<Item>(text), options);
}

} // namespace

TEST_CASE("exclude_unset leaves out what the caller did not give") {
    // Pydantic's answers for the same model.
    CHECK(dump(R"({"a":1})", {.exclude_unset = true}) == R"({"a":1})");
    CHECK(dump(R"({"a":1,"b":null,"c":[1],"d":1.5})", {.exclude_unset = true}) ==
          R"({"a":1,"b":null,"c":[1],"d":1.5})");
    CHECK(dump(R"({"a":1,"b":"x","c":[],"d":2})", {.exclude_unset = true}) == R"({"a":1,"b":"x","c":[],"d":2.0})");
    CHECK(dump(R"({"a":1,"inner":{"y":2}})", {.exclude_unset = true}) == R"({"a":1,"inner":{"y":2}})");
    CHECK(dump(R"({"a":1,"inner":{}})", {.exclude_unset = true}) == R"({"a":1,"inner":{}})");
    CHECK(dump(R"({"a":1,"c":[]})", {.exclude_unset = true}) == R"({"a":1,"c":[]})");
}

TEST_CASE("exclude_unset is an error where null and nothing are one") {
    struct Part {
        std::optional<int> plain;
    };
    struct Whole {
        int id;
        Field<std::vector<Part>> parts = empty;
    };
    const std::string sentence = "fastapi: exclude_unset: Part::plain is a plain std::optional, which does not know whether null was sent or "
                                 "nothing: make it a Field<std::optional<T>>, or leave out every null, with exclude_none";
    auto thrown = [](std::string_view text, const DumpOptions& options) {
        return test::thrown_by([&] { static_cast<void>(model_dump(model_validate_json<Whole>(text), options)); });
    };
    // Whatever was sent: a program that is wrong for some clients is wrong for all.
    for (const char* parts : {R"({"id":1,"parts":[{"plain":null}]})", R"({"id":1,"parts":[{}]})", R"({"id":1,"parts":[{"plain":3}]})"}) {
        CHECK(thrown(parts, {.exclude_unset = true}) == sentence);
        CHECK(thrown(parts, {.exclude_unset = true, .exclude_none = true}).empty()); // the same whatever was sent
        CHECK(thrown(parts, {.exclude_unset = true, .exclude_defaults = true}).empty());
        CHECK(thrown(parts, {.exclude_unset = true, .exclude = {"parts.*.plain"}}).empty());
    }
    CHECK(thrown(R"({"id":1})", {.exclude_unset = true}).empty());
    CHECK(model_dump_json(Part{}, {.exclude_unset = true, .exclude_none = true}) == "{}");

    // An answer is made by the program, which loses nothing: what it left empty is left out.
    FastAPI app;
    app.get("/", [] { return Whole{1, std::vector<Part>{{}, {3}}}; }, {.response_model_exclude_unset = true});
    TestClient client{app};
    CHECK(client.get("/").text() == R"({"id":1,"parts":[{},{"plain":3}]})");
}

TEST_CASE("exclude_defaults leaves out what equals its default, given or not") {
    CHECK(dump(R"({"a":1})", {.exclude_defaults = true}) == R"({"a":1})");
    CHECK(dump(R"({"a":0,"b":null,"c":[1],"d":1.5})", {.exclude_defaults = true}) ==
          R"({"a":0})"); // required: no default
    CHECK(dump(R"({"a":1,"b":"x","c":[],"d":2})", {.exclude_defaults = true}) == R"({"a":1,"b":"x","c":[],"d":2.0})");
    CHECK(dump(R"({"a":1,"inner":{"x":1,"y":null}})", {.exclude_defaults = true}) == R"({"a":1})");
    CHECK(dump(R"({"a":1,"inner":{"x":2}})", {.exclude_defaults = true}) == R"({"a":1,"inner":{"x":2}})");
}

TEST_CASE("exclude_defaults compares JSON as Python does") {
    struct Holder {
        Field<json> any = json{{"a", {1, 2.5, nullptr, "x", true}}, {"b", {{"c", 18446744073709551615U}}}};
    };
    auto is_default = [](std::string_view text) {
        return model_dump(model_validate_json<Holder>(text), {.exclude_defaults = true}).empty();
    };
    CHECK(is_default(R"({"any":{"b":{"c":18446744073709551615},"a":[1.0,2.5,null,"x",true]}})"));
    for (const char* other : {R"({"b":{"c":18446744073709551614},"a":[1,2.5,null,"x",true]})", R"({"b":{"c":-1},"a":[1,2.5,null,"x",true]})",
                              R"({"b":{"d":18446744073709551615},"a":[1,2.5,null,"x",true]})", R"({"b":{},"a":[1,2.5,null,"x",true]})",
                              R"({"b":{"c":18446744073709551615},"a":[1,2.5,null,"x"]})", R"({"b":{"c":18446744073709551615},"a":[1,2.5,null,"x",false]})",
                              R"({"b":{"c":18446744073709551615},"a":[1,2.5,0,"x",true]})", R"({"b":{"c":18446744073709551615},"a":[1,2.5,null,"y",true]})", "null"})
        CHECK_MESSAGE(!is_default("{\"any\":" + std::string(other) + "}"), other);
}

namespace {
template <auto Default>
struct DefaultsTo {
    Field<json> any = json(Default);
};
// Which of the numbers are equal to the default, by a 1.
template <auto Default>
std::string equal_to_default(std::initializer_list<const char*> numbers) {
    std::string found;
    for (const char* number : numbers) {
        auto model = model_validate_json<DefaultsTo<Default>>("{\"any\":" + std::string(number) + "}");
        found += model_dump(model, {.exclude_defaults = true}).empty() ? '1' : '0';
    }
    return found;
}
} // namespace

TEST_CASE("exclude_defaults compares whole numbers of 64 bits exactly, with numbers that have a point too") {
    CHECK(equal_to_default<9007199254740993>({"9007199254740993", "9007199254740992", "9007199254740992.0", "-9007199254740993"}) == "1000");
    CHECK(equal_to_default<9007199254740992>({"9007199254740992.0", "9007199254740993", "9.007199254740992e15"}) == "101");
    CHECK(equal_to_default<18446744073709551615U>({"18446744073709551615", "18446744073709551616.0", "18446744073709551614", "-1"}) == "1000");
    CHECK(equal_to_default<std::numeric_limits<std::int64_t>::min()>({"-9223372036854775808", "-9223372036854775808.0", "9223372036854775808", "-9223372036854775807"}) == "1100");
    CHECK(equal_to_default<0>({"0", "0.0", "-0.0", "0.5", "1", "false", "null"}) == "1110010");
    CHECK(equal_to_default<1>({"1", "1.0", "-1", "1.5", "1e300", "true"}) == "110001");
}

TEST_CASE("exclude_defaults compares values, not what is written") {
    struct Nested {
        Field<SecretStr> key = "a";
        Field<int, Exclude> hidden = 1;
    };
    struct Compared {
        Field<SecretStr> secret = "a";
        Field<std::optional<SecretBytes>> bytes = SecretBytes("b");
        Field<std::vector<SecretStr>> secrets = std::vector<SecretStr>{"x", "y"};
        Field<std::map<std::string, SecretStr>> by_name = std::map<std::string, SecretStr>{{"k", "v"}};
        Field<std::unordered_set<std::string>> set = std::unordered_set<std::string>{"p", "q", "r"};
        Field<std::unordered_map<int, double>> map = std::unordered_map<int, double>{{1, 0.5}, {2, 0.0}};
        Field<std::pair<int, SecretStr>> pair = std::pair<int, SecretStr>{1, "s"};
        Field<std::variant<int, SecretStr>> either = SecretStr("e");
        Field<std::vector<bool>> flags = std::vector<bool>{true, false};
        Field<Json<SecretStr>> text = SecretStr("j");
        Field<Decimal> decimal = "1.5";
        Field<datetime> moment = "2024-01-01T12:00:00Z";
        Field<json> any = json{{"a", 1}};
        Field<Nested> nested = empty;
    };
    auto kept = [](std::string_view text) {
        json dumped = model_dump(model_validate_json<Compared>(text), {.exclude_defaults = true});
        std::string names;
        for (const auto& [name, value] : dumped.items()) names += name + " ";
        return names;
    };
    // As Pydantic has it: what is equal is left out, in whatever words it was given.
    CHECK(kept("{}") == "");
    CHECK(kept(R"({"secret":"a","bytes":"b","secrets":["x","y"],"by_name":{"k":"v"},"set":["r","p","q"],"map":{"2":0,"1":"0.5"},
        "pair":[1,"s"],"either":"e","flags":[1,0],"text":"\"j\"","decimal":"1.50","moment":"2024-01-01T14:00:00+02:00",
        "any":{"a":1.0},"nested":{"key":"a","hidden":1}})") == "");
    CHECK(kept(R"({"secret":"z","bytes":"z","secrets":["x","z"],"by_name":{"k":"z"}})") == "by_name bytes secret secrets ");
    CHECK(kept(R"({"bytes":null,"secrets":["x"],"by_name":{"z":"v"},"set":["p","q","z"]})") == "by_name bytes secrets set ");
    CHECK(kept(R"({"set":["p"],"map":{"1":0.5,"2":1},"pair":[1,"z"],"either":1})") == "either map pair set ");
    CHECK(kept(R"({"either":"z","flags":[1,1],"text":"\"z\"","decimal":"1.51"})") == "decimal either flags text ");
    CHECK(kept(R"({"moment":"2024-01-01T12:00:00","any":{"a":2},"nested":{"key":"z"}})") == "any moment nested ");
    CHECK(kept(R"({"nested":{"hidden":2}})") == "nested "); // {}: what is excluded differs
}

TEST_CASE("exclude_none leaves out nulls, in nested models too") {
    CHECK(dump(R"({"a":1})", {.exclude_none = true}) == R"({"a":1,"c":[1],"d":1.5,"inner":{"x":1}})");
    CHECK(dump(R"({"a":1,"b":null,"c":[1],"d":1.5})", {.exclude_unset = true, .exclude_none = true}) ==
          R"({"a":1,"c":[1],"d":1.5})");
    struct WithAny {
        std::map<std::string, std::optional<int>> map;
        json any;
    };
    // As in Pydantic: a member that is null is left out whatever its type, a null in a dict stays.
    CHECK(model_dump_json(WithAny{{{"a", std::nullopt}}, nullptr}, {.exclude_none = true}) == R"({"map":{"a":null}})");
}

TEST_CASE("what a program assigns counts as set, what it changes in place is written") {
    auto item = model_validate_json<Item>(R"({"a":1})");
    item.d = 1.5;
    CHECK(model_dump_json(item, {.exclude_unset = true}) == R"({"a":1,"d":1.5})");
    item.c->push_back(2);
    CHECK(model_dump_json(item, {.exclude_unset = true}) == R"({"a":1,"c":[1,2],"d":1.5})");
    item.inner->x = 5;
    CHECK(model_dump_json(item, {.exclude_unset = true}) == R"({"a":1,"c":[1,2],"d":1.5,"inner":{"x":5}})");
}

TEST_CASE("an excluded field is read but never written") {
    auto hidden = model_validate_json<Hidden>(R"({"user":"u","password":"secret","number":4})");
    CHECK(*hidden.password == "secret");
    CHECK(model_dump_json(hidden) == R"({"user":"u","n":4})");
    CHECK(model_dump_json(hidden, {.by_alias = false}) == R"({"user":"u","number":4})");
    CHECK(model_dump(hidden) == json{{"user", "u"}, {"n", 4}});
}

TEST_CASE("every kind is written as Pydantic writes it, and reads back the same") {
    AllKinds all{true,
                 -128,
                 18446744073709551615ULL,
                 0.1F,
                 1e-7,
                 "é\"\n",
                 std::nullopt,
                 {"x", ""},
                 {3, 1},
                 {{"k", 1.0}},
                 {{-2, true}},
                 "b",
                 json{{"z", {1, nullptr}}}};
    std::string text =
        R"({"flag":true,"small":-128,"large":18446744073709551615,"single":0.1,"twice":1e-7,"text":"é\"\n","nothing":null,)"
        R"("list":["x",""],"set":[1,3],"map":{"k":1.0},"by_number":{"-2":true},"literal":"b","any":{"z":[1,null]}})";
    CHECK(model_dump_json(all) == text);
    CHECK(test::outcome<AllKinds>(text) == text);
}

TEST_CASE("a route's response options are the same options") {
    FastAPI app;
    auto give = [] { return model_validate_json<Item>(R"({"a":1,"d":1.5})"); };
    app.get("/all", give);
    app.get("/unset", give, {.response_model_exclude_unset = true});
    app.get("/defaults", give, {.response_model_exclude_defaults = true});
    app.get("/none", give, {.response_model_exclude_none = true});
    app.get("/names", [] { return Hidden{"u", "p", 1}; }, {.response_model_by_alias = false});
    app.get("/list", [give] { return std::vector<Item>{give()}; }, {.response_model_exclude_unset = true});
    TestClient client{app};
    CHECK(client.get("/all").text() == R"({"a":1,"b":null,"c":[1],"d":1.5,"inner":{"x":1,"y":null}})");
    CHECK(client.get("/unset").text() == R"({"a":1,"d":1.5})");
    CHECK(client.get("/defaults").text() == R"({"a":1})");
    CHECK(client.get("/none").text() == R"({"a":1,"c":[1],"d":1.5,"inner":{"x":1}})");
    CHECK(client.get("/names").text() == R"({"user":"u","number":1})");
    CHECK(client.get("/list").text() == R"([{"a":1,"d":1.5}])");
}
