// Literals of all kinds of constants, enums by value, and None.

#include <cstdint>
#include <map>
#include <variant>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

// Not in an unnamed namespace: the names of the enums stand in schemas and messages.
namespace literal_test {

enum class Colour { red, green, dark_blue };
constexpr auto enum_values(Colour) {
    return wire_values<Colour>({{Colour::red, "red"}, {Colour::green, "green"}, {Colour::dark_blue, "dark blue"}});
}
enum class Level : std::int16_t { low = 1, high = 900, none = -900 };
constexpr auto enum_values(Level) { return wire_values<Level>({{Level::low, 1}, {Level::high, 900}, {Level::none, -900}}); }
enum class Bit : std::uint8_t { zero, one };
constexpr auto enum_values(Bit) { return underlying_values; }
enum class Ratio { half, full };
constexpr auto enum_values(Ratio) { return wire_values<Ratio>({{Ratio::half, 0.5}, {Ratio::full, 1.0}}); }
enum class Mixed { text, number, fraction, yes, nothing };
constexpr auto enum_values(Mixed) {
    return wire_values<Mixed>(
        {{Mixed::text, "it's"}, {Mixed::number, 2}, {Mixed::fraction, 1.5}, {Mixed::yes, true}, {Mixed::nothing, nullptr}});
}
enum class Far { near = 1, far = 1000 };

struct Holder {
    Field<Colour> colour = Colour::dark_blue;
    Field<Level> level = Level::high;
    Field<Literal<1, 2>> number = 2;
    Field<Literal<"a", 1, true, nullptr>> any = nullptr;
    std::map<Level, int> levels;
    std::map<Literal<"x", "y">, int> texts;
};
struct StrictHolder {
    static constexpr ModelConfig model_config{.strict = true};
    std::optional<Colour> colour;
    std::optional<Literal<1>> number;
    std::optional<Json<Colour>> text;
};

} // namespace literal_test

using namespace literal_test;

TEST_CASE("literal: constants of one kind and of several") {
    CHECK(outcome<Literal<1, 2>>("2") == "2");
    CHECK(outcome<Literal<1, 2>>("2.0") == "2"); // as Python compares
    CHECK(outcome<Literal<1, 2>>("true") == "1");
    for (auto other : {"\"1\"", "3", "null", "1.5", "[]", "{}", "false"}) CHECK(outcome<Literal<1, 2>>(other) == "! .: literal_error");
    CHECK(errors<Literal<1, 2>>("3")[0]["msg"] == "Input should be 1 or 2");
    using Any = Literal<"a", 1, true, nullptr>;
    CHECK(outcome<Any>("\"a\"") == "\"a\"");
    CHECK(outcome<Any>("1") == "1");
    CHECK(outcome<Any>("1.0") == "true");
    CHECK(outcome<Any>("true") == "true");
    CHECK(outcome<Any>("null") == "null");
    CHECK(errors<Any>("false")[0]["ctx"]["expected"] == "'a', 1, True or None");
    CHECK(outcome<Literal<0, false>>("0.0") == "false");
    CHECK(outcome<Literal<true>>("1") == "true");
    CHECK(outcome<Literal<1>>("1180591620717411303424") == "! .: int_parsing_size");
    CHECK(outcome<Literal<"a">>("1180591620717411303424") == "! .: literal_error");
    CHECK(errors<Literal<"it's", "q\"q", "\n\xC3\xA9\xE2\x80\x8B">>("1")[0]["ctx"]["expected"] ==
          "\"it's\", 'q\"q' or '\\n\xC3\xA9\\u200b'");
}

TEST_CASE("literal: values in C++") {
    Literal<"a", "b"> text = "b";
    CHECK(text == "b");
    CHECK(text.value() == std::string_view{"b"});
    std::string_view view = text;
    CHECK(view == "b");
    Literal<1, 2> number = 2;
    CHECK(number == 2);
    CHECK(number != 1);
    CHECK(number + 1 == 3);
    static_assert(std::is_same_v<decltype(number.value()), std::int64_t>);
    Literal<true, false> flag = false;
    CHECK(flag == false);
    static_assert(std::is_same_v<decltype(flag.value()), bool>);
    Literal<"a", 1, true, nullptr> any = nullptr;
    CHECK(any == nullptr);
    CHECK(any.value().is_null());
    any = 1;
    CHECK(any == 1);
    CHECK(any != true);
    CHECK(any.value().integer() == 1);
    any = "a";
    CHECK(any == "a");
    CHECK(any.value() == LiteralValue("a"));
    any = true;
    CHECK(any.value().boolean());
    static_assert(Literal<1, 2>(2).index == 1);
    CHECK_THROWS_AS(number = 3, std::invalid_argument);
    CHECK_THROWS_AS(text = "c", std::invalid_argument);
    CHECK(Literal<-5, 7>(-5) == -5);
    Field<Literal<1, 2>> field = 2;
    CHECK(field == 2);
}

TEST_CASE("literal: schemas say a type when there is one") {
    CHECK(model_json_schema<Literal<1, 2>>() == parse_json(R"({"type":"integer","enum":[1,2]})"));
    CHECK(model_json_schema<Literal<1>>() == parse_json(R"({"type":"integer","const":1})"));
    CHECK(model_json_schema<Literal<true>>() == parse_json(R"({"type":"boolean","const":true})"));
    CHECK(model_json_schema<Literal<"a", 1, true, nullptr>>() == parse_json(R"({"enum":["a",1,true,null]})"));
    CHECK(model_json_schema<Literal<"a">>() == parse_json(R"({"type":"string","const":"a"})"));
    CHECK(model_json_schema<Colour>()["$defs"]["Colour"] == parse_json(R"({"type":"string","enum":["red","green","dark blue"],"title":"Colour"})"));
    CHECK(model_json_schema<Level>()["$defs"]["Level"] == parse_json(R"({"type":"integer","enum":[1,900,-900],"title":"Level"})"));
    CHECK(model_json_schema<Ratio>()["$defs"]["Ratio"] == parse_json(R"({"type":"number","enum":[0.5,1.0],"title":"Ratio"})"));
    CHECK(model_json_schema<Mixed>()["$defs"]["Mixed"] == parse_json(R"({"enum":["it's",2,1.5,true,null],"title":"Mixed"})"));
    json holder = model_json_schema<Holder>()["properties"];
    CHECK(holder["colour"] == json{{"$ref", "#/$defs/Colour"}, {"default", "dark blue"}});
    CHECK(holder["level"]["default"] == 900);
    CHECK(holder["number"] == parse_json(R"({"type":"integer","enum":[1,2],"default":2,"title":"Number"})"));
    CHECK(holder["levels"]["propertyNames"] == json{{"$ref", "#/$defs/Level"}});
    CHECK(holder["texts"]["propertyNames"] == parse_json(R"({"enum":["x","y"]})"));
}

TEST_CASE("literal: an enum by the strings of its table") {
    CHECK(outcome<Colour>("\"dark blue\"") == "\"dark blue\"");
    CHECK(model_validate_json<Colour>("\"dark blue\"") == Colour::dark_blue);
    CHECK(errors<Colour>("\"dark_blue\"")[0]["msg"] == "Input should be 'red', 'green' or 'dark blue'");
    CHECK(outcome<Holder>(R"({"levels":{"900":1,"-900":2},"texts":{"y":1}})") ==
          R"({"colour":"dark blue","level":900,"number":2,"any":null,"levels":{"-900":2,"900":1},"texts":{"y":1}})");
    CHECK(outcome<Holder>(R"({"levels":{"7":1},"texts":{"z":1}})") == "! levels/7/[key]: enum | texts/z/[key]: literal_error");
}

TEST_CASE("literal: an enum of integers reads as Pydantic's IntEnum") {
    for (auto one : {"1", "1.0", "\"1\"", "true", "\" 01 \"", "\"1.0\""}) CHECK(outcome<Level>(one) == "1");
    CHECK(outcome<Level>("900") == "900"); // far outside of the range in which names are read
    CHECK(outcome<Level>("\"-900\"") == "-900");
    for (auto other : {"2", "\"low\"", "1.5", "null", "[]", "\"\"", "1e30"}) CHECK(outcome<Level>(other) == "! .: enum");
    CHECK(errors<Level>("2")[0]["msg"] == "Input should be 1, 900 or -900");
    CHECK(errors<Level>("\"+00_9223372036854775808.0\"")[0] ==
          parse_json(R"({"type":"int_parsing_size","loc":[],"msg":"Unable to parse input string as an integer, exceeded maximum size",
                         "input":9223372036854775808})"));
    CHECK(outcome<Bit>("1") == "1");
    CHECK(model_validate_json<Bit>("\"0\"") == Bit::zero);
    CHECK(outcome<Bit>("\"zero\"") == "! .: enum");
}

TEST_CASE("literal: enums of floats and of anything") {
    for (auto half : {"0.5", "\"0.5\"", "\" 5e-1 \""}) CHECK(outcome<Ratio>(half) == "0.5");
    for (auto full : {"1", "1.0", "true", "\"1\""}) CHECK(outcome<Ratio>(full) == "1.0");
    CHECK(errors<Ratio>("0")[0]["msg"] == "Input should be 0.5 or 1.0");
    CHECK(outcome<Mixed>("\"it's\"") == "\"it's\"");
    CHECK(outcome<Mixed>("2.0") == "2");
    CHECK(outcome<Mixed>("1.5") == "1.5");
    CHECK(outcome<Mixed>("1") == "true");
    CHECK(outcome<Mixed>("null") == "null");
    CHECK(outcome<Mixed>("\"2\"") == "! .: enum"); // no conversion, as in a plain Enum
    CHECK(errors<Mixed>("0")[0]["msg"] == "Input should be \"it's\", 2, 1.5, True or None");
}

TEST_CASE("literal: strict models take no JSON for an enum, but in a Json<T>") {
    CHECK(errors<StrictHolder>(R"({"colour":"red","number":1})") ==
          parse_json(R"([{"type":"is_instance_of","loc":["colour"],"msg":"Input should be an instance of Colour","input":"red",
                          "ctx":{"class":"Colour"}}])"));
    CHECK(outcome<StrictHolder>(R"({"number":1,"text":"\"red\""})") == R"({"colour":null,"number":1,"text":"red"})");
}

TEST_CASE("literal: an enumerator that has no name cannot be written") {
    CHECK(model_dump_json(Far::near) == "\"near\"");
    CHECK(thrown_by([] { model_dump_json(Far::far); }) ==
          "fastapi: literal_test::Far has no name for its value 1000: no enumerator has it, or it is not one of -16 to 127, of which "
          "names are read; a function enum_values beside the enum says what stands for it");
    CHECK(!thrown_by([] { model_dump_json(static_cast<Colour>(7)); }).empty());
    FastAPI app;
    app.get("/", [] { return Far::far; });
    TestClientOptions options;
    options.raise_server_exceptions = false;
    TestClient client{app, options};
    CHECK(client.get("/").status_code == 500);
    // An enum without zero is no obstacle to a plain member.
    struct Plain {
        Level level;
    };
    CHECK(outcome<Plain>(R"({"level":1})") == R"({"level":1})");
}

TEST_CASE("literal: None") {
    CHECK(outcome<std::nullptr_t>("null") == "null");
    CHECK(outcome<std::monostate>("null") == "null");
    for (auto other : {"0", "false", "\"\"", "[]", "{}"}) CHECK(outcome<std::nullptr_t>(other) == "! .: none_required");
    CHECK(errors<std::monostate>("1")[0]["msg"] == "Input should be None");
    CHECK(model_json_schema<std::nullptr_t>() == json{{"type", "null"}});
    CHECK(model_json_schema<std::optional<std::nullptr_t>>() == json{{"type", "null"}});
    CHECK(outcome<std::map<Literal<nullptr, true>, int>>("{}") == "{}");
    struct Nothing {
        std::nullptr_t a;
        Field<std::monostate> b = std::monostate{};
    };
    CHECK(outcome<Nothing>(R"({"a":null})") == R"({"a":null,"b":null})");
    CHECK(outcome<Nothing>("{}") == "! a: missing");
}
