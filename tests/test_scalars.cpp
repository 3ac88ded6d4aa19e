// Numbers, booleans, strings, enums and literals: what each takes, what each refuses and in which words.

#include <cmath>
#include <cstdint>
#include <limits>

#include "fastapi/model/decode.hpp"
#include "support.hpp"

using namespace fastapi;
using namespace std::literals;
using test::errors;
using test::outcome;

namespace {

template <auto... Annotations>
struct IntField {
    Field<int, Annotations...> n;
};
template <auto... Annotations>
struct FloatField {
    Field<double, Annotations...> n;
};
template <auto... Annotations>
struct TextField {
    Field<std::string, Annotations...> s;
};
struct WideBound {
    Field<std::uint64_t, Le(18446744073709551615ULL), Ge(1)> n;
};
struct StrictConfig {
    static constexpr ModelConfig model_config{.strict = true};
    int a;
    double b;
    bool c;
    std::string d;
    std::vector<int> l;
};
struct Stripped {
    static constexpr ModelConfig model_config{.str_strip_whitespace = true};
    std::string s;
};
struct StrictFields {
    Field<int, Strict> a;
    Field<double, Strict> b;
    Field<bool, Strict> c;
};

std::string in_quotes(std::string_view text) { return json(std::string(text)).dump(); }

// The borders of an integer type: they are in, one beyond is out, and nothing ever wraps.
template <class T>
void check_borders() {
    using Limits = std::numeric_limits<T>;
    std::string least = std::to_string(Limits::min());
    std::string most = std::to_string(Limits::max());
    CAPTURE(least);
    CHECK(outcome<T>(least) == least);
    CHECK(outcome<T>(most) == most);
    CHECK(outcome<T>(in_quotes(least)) == least);
    CHECK(outcome<T>(in_quotes(most)) == most);
    CHECK(outcome<T>(most + "0").substr(0, 3) == "! .");
    CHECK(outcome<T>("-" + most + "0").substr(0, 3) == "! .");
    CHECK(outcome<T>("1e30").substr(0, 3) == "! .");
    CHECK(outcome<T>("-1e30").substr(0, 3) == "! .");
    CHECK(outcome<T>("123456789012345678901234567890") == "! .: int_parsing_size");
    CHECK(outcome<T>("-123456789012345678901234567890") == "! .: int_parsing_size");
    CHECK(outcome<T>("\"123456789012345678901234567890\"") == "! .: int_parsing_size");
    if constexpr (sizeof(T) < 8) {
        std::string above = std::to_string(static_cast<std::int64_t>(Limits::max()) + 1);
        std::string below = std::to_string(static_cast<std::int64_t>(Limits::min()) - 1);
        CHECK(outcome<T>(above) == "! .: less_than_equal");
        CHECK(outcome<T>(below) == "! .: greater_than_equal");
        CHECK(outcome<T>(in_quotes(above)) == "! .: less_than_equal");
        CHECK(outcome<T>(above + ".0") == "! .: less_than_equal");
        CHECK(outcome<T>(below + ".0") == "! .: greater_than_equal");
        CHECK(errors<T>(above)[0]["ctx"] == json{{"le", Limits::max()}});
        CHECK(errors<T>(below)[0]["ctx"] == json{{"ge", Limits::min()}});
    }
}

} // namespace

TEST_CASE("integers of every width keep to their borders") {
    check_borders<std::int8_t>();
    check_borders<std::uint8_t>();
    check_borders<std::int16_t>();
    check_borders<std::uint16_t>();
    check_borders<std::int32_t>();
    check_borders<std::uint32_t>();
    check_borders<std::int64_t>();
    check_borders<std::uint64_t>();
    CHECK(outcome<std::int64_t>("9223372036854775808").substr(0, 3) == "! .");
    CHECK(outcome<std::int64_t>("-9223372036854775809").substr(0, 3) == "! .");
    CHECK(outcome<std::uint64_t>("18446744073709551616").substr(0, 3) == "! .");
    CHECK(outcome<std::uint64_t>("-1") == "! .: greater_than_equal");
    CHECK(outcome<std::uint64_t>("-0") == "0");
    CHECK(outcome<std::uint8_t>("-0.0") == "0");
    CHECK(outcome<std::uint8_t>("\"-0\"") == "0");
    CHECK(outcome<std::int64_t>("9223372036854774784.0") == "9223372036854774784");
    CHECK(outcome<std::int64_t>("9223372036854775807.0") == "! .: int_parsing_size");
    CHECK(outcome<long>("5") == "5");
    CHECK(outcome<unsigned long long>("5") == "5");
    CHECK(outcome<short>("-5") == "-5");
}

TEST_CASE("an unsigned 64-bit bound is itself") {
    CHECK(outcome<WideBound>(R"({"n":18446744073709551615})") == R"({"n":18446744073709551615})");
    CHECK(outcome<WideBound>(R"({"n":5})") == R"({"n":5})");
    CHECK(outcome<WideBound>(R"({"n":0})") == "! n: greater_than_equal");
}

TEST_CASE("what an integer takes from JSON") {
    // Asked of Pydantic: the value, or the type of the error.
    constexpr std::pair<std::string_view, std::string_view> cases[] = {{"0", "0"},
                                                                       {"-7", "-7"},
                                                                       {"1.0", "1"},
                                                                       {"1e2", "100"},
                                                                       {"-0.0", "0"},
                                                                       {"true", "1"},
                                                                       {"false", "0"},
                                                                       {"1.5", "int_from_float"},
                                                                       {"0.1", "int_from_float"},
                                                                       {"NaN", "finite_number"},
                                                                       {"Infinity", "finite_number"},
                                                                       {"1e400", "finite_number"},
                                                                       {"null", "int_type"},
                                                                       {"[]", "int_type"},
                                                                       {"{}", "int_type"},
                                                                       {"[1]", "int_type"},
                                                                       {R"("1")", "1"},
                                                                       {R"("+1")", "1"},
                                                                       {R"("-1")", "-1"},
                                                                       {R"("007")", "7"},
                                                                       {R"("1_000")", "1000"},
                                                                       {R"(" 12 ")", "12"},
                                                                       {R"("\t12\n")", "12"},
                                                                       {R"("\u00a012\u2003")", "12"},
                                                                       {R"("1.0")", "1"},
                                                                       {R"("1.000")", "1"},
                                                                       {R"("1_0.0")", "10"},
                                                                       {R"("-0")", "0"},
                                                                       {R"("1.")", "int_parsing"},
                                                                       {R"(".5")", "int_parsing"},
                                                                       {R"("1.5")", "int_parsing"},
                                                                       {R"("1e3")", "int_parsing"},
                                                                       {R"("0x10")", "int_parsing"},
                                                                       {R"("１")", "int_parsing"},
                                                                       {R"("")", "int_parsing"},
                                                                       {R"(" ")", "int_parsing"},
                                                                       {R"("true")", "int_parsing"},
                                                                       {R"("1__0")", "int_parsing"},
                                                                       {R"("_1")", "int_parsing"},
                                                                       {R"("1_")", "int_parsing"},
                                                                       {R"("+ 1")", "int_parsing"},
                                                                       {R"("--1")", "int_parsing"},
                                                                       {R"("+-1")", "int_parsing"},
                                                                       {R"("1 2")", "int_parsing"},
                                                                       {R"("inf")", "int_parsing"},
                                                                       {R"("1\u0000")", "int_parsing"},
                                                                       {R"("1\u001f")", "int_parsing"}};
    for (auto [text, expected] : cases) {
        CAPTURE(text);
        std::string wanted = std::isalpha(static_cast<unsigned char>(expected[0])) ? "! .: " + std::string(expected)
                                                                                   : std::string(expected);
        CHECK(outcome<int>(text) == wanted);
    }
    CHECK(errors<int>("1.5")[0]["msg"] == "Input should be a valid integer, got a number with a fractional part");
    CHECK(errors<int>("\"x\"")[0]["msg"] == "Input should be a valid integer, unable to parse string as an integer");
    CHECK(errors<int>("null")[0]["msg"] == "Input should be a valid integer");
    // An input beyond 64 bits is an error, and the list of errors can be had all the same.
    json large;
    CHECK_NOTHROW(large = errors<int>("123456789012345678901234567890"));
    CHECK(large.dump().find("Unable to parse input string as an integer, exceeded maximum size") != std::string::npos);
}

TEST_CASE("what a float takes from JSON") {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {{"0", "0.0"},
                                                                       {"1", "1.0"},
                                                                       {"-1.5", "-1.5"},
                                                                       {"true", "1.0"},
                                                                       {"false", "0.0"},
                                                                       {"1e400", "null"},
                                                                       {"NaN", "null"},
                                                                       {"null", "float_type"},
                                                                       {"[]", "float_type"},
                                                                       {"{}", "float_type"},
                                                                       {R"("1")", "1.0"},
                                                                       {R"("1.")", "1.0"},
                                                                       {R"(".5")", "0.5"},
                                                                       {R"("1e3")", "1000.0"},
                                                                       {R"("1E-3")", "0.001"},
                                                                       {R"("+1.5")", "1.5"},
                                                                       {R"(" 1.5 ")", "1.5"},
                                                                       {R"("1_000.5")", "1000.5"},
                                                                       {R"("inf")", "null"},
                                                                       {R"("-Infinity")", "null"},
                                                                       {R"("nan")", "null"},
                                                                       {R"("1e400")", "null"},
                                                                       {R"("1e")", "float_parsing"},
                                                                       {R"("")", "float_parsing"},
                                                                       {R"(".")", "float_parsing"},
                                                                       {R"("0x10")", "float_parsing"},
                                                                       {R"("1__0")", "float_parsing"},
                                                                       {R"("_1")", "float_parsing"},
                                                                       {R"("1_")", "float_parsing"},
                                                                       {R"("1,5")", "float_parsing"},
                                                                       {R"("infinit")", "float_parsing"},
                                                                       {R"("true")", "float_parsing"},
                                                                       {R"("1f")", "float_parsing"},
                                                                       {R"("1 2")", "float_parsing"},
                                                                       {R"("1\u001f")", "float_parsing"},
                                                                       {"9007199254740993", "9007199254740992.0"},
                                                                       {"0.1", "0.1"}};
    for (auto [text, expected] : cases) {
        CAPTURE(text);
        bool wrong = expected.starts_with("float_");
        CHECK(outcome<double>(text) == (wrong ? "! .: " + std::string(expected) : std::string(expected)));
    }
    CHECK(model_validate_json<double>("\"inf\"") == std::numeric_limits<double>::infinity());
    CHECK(std::isnan(model_validate_json<double>("\"NaN\"")));
    CHECK(outcome<double>(std::string(401, '1')) == "! .: float_type"); // an integer too large for a double
    CHECK(outcome<float>("0.1") == "0.1");
    CHECK(outcome<float>("1e39") == "! .: finite_number");
    CHECK(errors<double>("\"x\"")[0]["msg"] == "Input should be a valid number, unable to parse string as a number");
    CHECK(errors<double>("null")[0]["msg"] == "Input should be a valid number");
}

TEST_CASE("what a boolean takes from JSON") {
    for (std::string_view yes : {"true", "1", "1.0", "1e0", "\"1\"", "\"true\"", "\"TRUE\"", "\"tRuE\"", "\"t\"",
                                 "\"T\"", "\"on\"", "\"yes\"", "\"Y\""})
        CHECK(outcome<bool>(yes) == "true");
    for (std::string_view no :
         {"false", "0", "0.0", "-0", "-0.0", "\"0\"", "\"false\"", "\"F\"", "\"off\"", "\"OFF\"", "\"no\"", "\"n\""})
        CHECK(outcome<bool>(no) == "false");
    for (std::string_view parsing : {"2", "-1", "2.0", "\"\"", "\" true\"", "\"true \"", "\"yess\"", "\"10\"",
                                     "9223372036854775807", "-9223372036854775808"})
        CHECK(outcome<bool>(parsing) == "! .: bool_parsing");
    for (std::string_view type : {"1.5", "null", "[]", "{}", "1e30", "123456789012345678901234567890", "NaN"})
        CHECK(outcome<bool>(type) == "! .: bool_type");
    CHECK(errors<bool>("2")[0]["msg"] == "Input should be a valid boolean, unable to interpret input");
    CHECK(errors<bool>("null")[0]["msg"] == "Input should be a valid boolean");
}

TEST_CASE("a string takes strings only") {
    for (std::string_view other : {"1", "1.5", "true", "null", "[]", "{}"})
        CHECK(outcome<std::string>(other) == "! .: string_type");
    CHECK(outcome<std::string>(R"("\u00e9\n")") == "\"é\\n\"");
    CHECK(outcome<std::string>(R"("")") == "\"\"");
    json lone = errors<std::string>(R"("a\ud800")");
    REQUIRE(lone.size() == 1);
    CHECK(lone[0]["type"] == "string_unicode");
    CHECK(lone[0]["msg"] == "Input should be a valid string, unable to parse raw data as a unicode string");
    CHECK_NOTHROW(static_cast<void>(lone.dump())); // what is answered is valid UTF-8
}

TEST_CASE("bounds of numbers") {
    CHECK(outcome<IntField<Gt(3)>>(R"({"n":3})") == "! n: greater_than");
    CHECK(outcome<IntField<Gt(3)>>(R"({"n":4})") == R"({"n":4})");
    CHECK(outcome<IntField<Ge(3)>>(R"({"n":2})") == "! n: greater_than_equal");
    CHECK(outcome<IntField<Ge(3)>>(R"({"n":"3"})") == R"({"n":3})");
    CHECK(outcome<IntField<Lt(3)>>(R"({"n":3})") == "! n: less_than");
    CHECK(outcome<IntField<Le(3)>>(R"({"n":4})") == "! n: less_than_equal");
    CHECK(outcome<IntField<Ge(-5), Le(-1)>>(R"({"n":-6})") == "! n: greater_than_equal");
    CHECK(outcome<IntField<Ge(-5), Le(-1)>>(R"({"n":-3})") == R"({"n":-3})");
    CHECK(outcome<IntField<Gt(0)>>(R"({"n":true})") == R"({"n":1})");
    CHECK(outcome<IntField<Gt(1)>>(R"({"n":true})") == "! n: greater_than");
    CHECK(outcome<IntField<MultipleOf(3)>>(R"({"n":-9})") == R"({"n":-9})");
    CHECK(outcome<IntField<MultipleOf(3)>>(R"({"n":10})") == "! n: multiple_of");
    CHECK(outcome<IntField<MultipleOf(3)>>(R"({"n":0})") == R"({"n":0})");
    CHECK(outcome<IntField<MultipleOf(2), Le(3), Gt(10)>>(R"({"n":5})") == "! n: multiple_of"); // the first only
    CHECK(
        errors<FloatField<Gt(1.5)>>(R"({"n":1})") ==
        parse_json(
            R"([{"type":"greater_than","loc":["n"],"msg":"Input should be greater than 1.5","input":1,"ctx":{"gt":1.5}}])"));
    CHECK(
        errors<FloatField<Le(2)>>(R"({"n":3})") ==
        parse_json(
            R"([{"type":"less_than_equal","loc":["n"],"msg":"Input should be less than or equal to 2","input":3,"ctx":{"le":2.0}}])"));
    CHECK(errors<IntField<Le(2)>>(R"({"n":3})")[0]["ctx"].dump() == R"({"le":2})");
    CHECK(outcome<FloatField<MultipleOf(0.1)>>(R"({"n":0.3})") == R"({"n":0.3})");
    CHECK(outcome<FloatField<MultipleOf(0.1)>>(R"({"n":0.35})") == "! n: multiple_of");
    CHECK(outcome<FloatField<MultipleOf(0.5), Gt(1), Lt(3)>>(R"({"n":0.7})") == "! n: multiple_of");
    CHECK(outcome<FloatField<Gt(1), Lt(3)>>(R"({"n":"NaN"})") == "! n: less_than");
    CHECK(outcome<FloatField<Ge(1)>>(R"({"n":"nan"})") == "! n: greater_than_equal");
    CHECK(outcome<FloatField<AllowInfNan(false)>>(R"({"n":"inf"})") == "! n: finite_number");
    CHECK(outcome<FloatField<AllowInfNan(false)>>(R"({"n":1})") == R"({"n":1.0})");
}

TEST_CASE("lengths count characters, pattern is searched") {
    CHECK(outcome<TextField<MinLength(2), MaxLength(3)>>(R"({"s":"é😀"})") == "{\"s\":\"é😀\"}");
    CHECK(outcome<TextField<MinLength(2)>>(R"({"s":"😀"})") == "! s: string_too_short");
    CHECK(outcome<TextField<MaxLength(3)>>(R"({"s":"éééé"})") == "! s: string_too_long");
    CHECK(errors<TextField<MinLength(2)>>(R"({"s":"a"})")[0]["msg"] == "String should have at least 2 characters");
    CHECK(errors<TextField<MaxLength(1)>>(R"({"s":"ab"})")[0]["msg"] == "String should have at most 1 character");
    CHECK(outcome<TextField<Pattern("b+")>>(R"({"s":"abc"})") == R"({"s":"abc"})");
    CHECK(outcome<TextField<Pattern("^b+$")>>(R"({"s":"abc"})") == "! s: string_pattern_mismatch");
    CHECK(
        errors<TextField<Pattern("^\\d\"$")>>(R"({"s":"x"})") ==
        parse_json(
            R"([{"type":"string_pattern_mismatch","loc":["s"],"msg":"String should match pattern '^\\d\"$'","input":"x","ctx":{"pattern":"^\\d\"$"}}])"));
    CHECK(outcome<TextField<Pattern("^a$")>>(R"({"s":"a\n"})") == "! s: string_pattern_mismatch"); // $ is the very end
    CHECK(outcome<TextField<MinLength(3), Pattern("^a")>>(R"({"s":"b"})") == "! s: string_too_short");
    CHECK(test::thrown_by([] {
              model_json_schema<TextField<Pattern("a(b")>>();
          }).find("Pattern(\"a(b\") is no regular expression") != std::string::npos);
}

TEST_CASE("strings are stripped before they are measured, and change their case behind that") {
    CHECK(outcome<TextField<StripWhitespace>>(R"({"s":" \t\n a b \u00a0\u3000"})") == R"({"s":"a b"})");
    CHECK(outcome<TextField<StripWhitespace>>(R"({"s":"\u001fa\u001f"})") == "{\"s\":\"\\u001fa\\u001f\"}");
    CHECK(outcome<TextField<StripWhitespace, MinLength(1)>>(R"({"s":"   "})") == "! s: string_too_short");
    CHECK(outcome<TextField<ToLower, Pattern("^[a-z]+$")>>(R"({"s":"ABC"})") == "! s: string_pattern_mismatch");
    CHECK(outcome<TextField<ToLower, Pattern("^[A-Z]+$")>>(R"({"s":"ABC"})") == R"({"s":"abc"})");
    CHECK(outcome<TextField<ToUpper, MaxLength(1)>>(R"({"s":"ß"})") == R"({"s":"SS"})");
    CHECK(outcome<TextField<ToUpper, ToLower>>(R"({"s":"aB"})") == R"({"s":"ab"})");
    CHECK(outcome<TextField<ToUpper>>(R"({"s":"abC1"})") == R"({"s":"ABC1"})");
    CHECK(outcome<Stripped>(R"({"s":"  x "})") == R"({"s":"x"})");
}

TEST_CASE("an optional takes its annotations inside") {
    struct Maybe {
        Field<std::optional<int>, Ge(1)> n;
        Field<std::optional<std::string>, MinLength(2)> s;
    };
    CHECK(outcome<Maybe>("{}") == R"({"n":null,"s":null})");
    CHECK(outcome<Maybe>(R"({"n":0,"s":"a"})") == "! n: greater_than_equal | s: string_too_short");
    CHECK(outcome<Maybe>(R"({"n":1,"s":null})") == R"({"n":1,"s":null})");
}

TEST_CASE("strict takes no other type") {
    CHECK(outcome<StrictConfig>(R"({"a":1.0,"b":1,"c":1,"d":"x","l":[1,"2"]})") ==
          "! a: int_type | c: bool_type | l/1: int_type");
    CHECK(outcome<StrictConfig>(R"({"a":true,"b":true,"c":"true","d":1,"l":[true]})") ==
          "! a: int_type | b: float_type | c: bool_type | d: string_type | l/0: int_type");
    CHECK(outcome<StrictConfig>(R"({"a":1,"b":1.5,"c":true,"d":"x","l":[]})") ==
          R"({"a":1,"b":1.5,"c":true,"d":"x","l":[]})");
    CHECK(outcome<StrictFields>(R"({"a":"1","b":"1","c":"1"})") == "! a: int_type | b: float_type | c: bool_type");
    CHECK(outcome<StrictFields>(R"({"a":1,"b":1,"c":false})") == R"({"a":1,"b":1.0,"c":false})");
}

TEST_CASE("the readings of texts that all sources share") {
    CHECK(detail::trim_unicode(" \t\u00a0x y\u3000\n") == "x y");
    CHECK(detail::trim_unicode("") == "");
    CHECK(detail::trim_unicode(" \u2003 ") == "");
    CHECK(detail::trim_unicode("\u200bx") == "\u200bx"); // no white space
    CHECK(detail::parse_lax_integer("12").magnitude == 12);
    CHECK(detail::parse_lax_integer("-12").negative);
    CHECK(detail::parse_lax_integer("99999999999999999999").too_large);
    CHECK_FALSE(detail::parse_lax_integer("x").valid);
    CHECK(detail::parse_lax_float("1_0.5") == 10.5);
    CHECK_FALSE(detail::parse_lax_float("1e+"));
    CHECK(detail::parse_lax_bool("Yes") == true);
    CHECK(detail::parse_lax_bool("yes ") == std::nullopt);
}
