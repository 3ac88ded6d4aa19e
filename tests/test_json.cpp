// JSON text in: the document that decoding works on. Places and messages of errors are those of CPython's json module.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "fastapi.hpp"
#include "fastapi/json/document.hpp"

using namespace fastapi;
using namespace std::literals;
using detail::Document;
using detail::JsonError;
using detail::Value;

namespace {

// The compact text of what was parsed, or "! offset message", or "! " and the kind of another error.
std::string parsed(std::string_view text, std::size_t max_depth = Document::default_max_depth) {
    Document document;
    if (document.parse(text, max_depth)) {
        std::string out;
        detail::write_value(document.root(), out);
        return out;
    }
    const JsonError& error = document.error();
    switch (error.kind) {
    case JsonError::Kind::syntax: return "! " + std::to_string(error.offset) + " " + error.message;
    case JsonError::Kind::encoding: return "! encoding";
    case JsonError::Kind::depth: return "! depth";
    case JsonError::Kind::digits: return "! digits";
    default: return "! something else";
    }
}

std::string repeat(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

// Each character of an ASCII text in units of some bytes.
std::string wide(std::string_view text, std::size_t unit, bool big) {
    std::string out;
    for (char c : text) {
        std::string zeros(unit - 1, '\0');
        out += big ? zeros + c : c + zeros;
    }
    return out;
}

constexpr const char* value = "Expecting value";
constexpr const char* name = "Expecting property name enclosed in double quotes";
constexpr const char* colon = "Expecting ':' delimiter";
constexpr const char* comma = "Expecting ',' delimiter";
constexpr const char* extra = "Extra data";
constexpr const char* unterminated = "Unterminated string starting at";
constexpr const char* control = "Invalid control character at";
constexpr const char* escape = "Invalid \\escape";
constexpr const char* unicode = "Invalid \\uXXXX escape";

// What CPython 3.11 says of each: offset in characters, message.
struct Broken {
    std::string_view text;
    std::size_t offset;
    const char* message;
};
// clang-format off
constexpr Broken broken[] = {
    {""sv, 0, value}, {"  "sv, 2, value}, {"\n\t"sv, 2, value}, {"{"sv, 1, name}, {"["sv, 1, value},
    {"\""sv, 0, unterminated}, {"-"sv, 0, value}, {"t"sv, 0, value}, {"tru"sv, 0, value}, {"nul"sv, 0, value},
    {"fals"sv, 0, value}, {"N"sv, 0, value}, {"Na"sv, 0, value}, {"I"sv, 0, value}, {"Infinit"sv, 0, value},
    {"-I"sv, 0, value}, {"-Infinit"sv, 0, value}, {"+1"sv, 0, value}, {".5"sv, 0, value}, {"01"sv, 1, extra},
    {"-01"sv, 2, extra}, {"1."sv, 1, extra}, {"1.e5"sv, 1, extra}, {"1e"sv, 1, extra}, {"1e+"sv, 1, extra},
    {"1E-x"sv, 1, extra}, {"0x10"sv, 1, extra}, {"1_000"sv, 1, extra}, {"--1"sv, 0, value}, {"[1"sv, 2, comma},
    {"[1,"sv, 3, value}, {"[1,]"sv, 3, value}, {"[,1]"sv, 1, value}, {"[1 2]"sv, 3, comma}, {"[1,,2]"sv, 3, value},
    {"[1;2]"sv, 2, comma}, {"]"sv, 0, value}, {"}"sv, 0, value}, {"[}"sv, 1, value}, {"{]"sv, 1, name},
    {"{\"a\""sv, 4, colon}, {"{\"a\":"sv, 5, value}, {"{\"a\":1"sv, 6, comma}, {"{\"a\":1,"sv, 7, name},
    {"{\"a\":1,}"sv, 7, name}, {"{\"a\" 1}"sv, 5, colon}, {"{\"a\";1}"sv, 4, colon}, {"{a:1}"sv, 1, name},
    {"{'a':1}"sv, 1, name}, {"{1:2}"sv, 1, name}, {"{null:1}"sv, 1, name}, {"{\"a\":}"sv, 5, value},
    {"{\"a\":,}"sv, 5, value}, {"{\"a\":1 \"b\":2}"sv, 7, comma}, {"{\"a\":1,,}"sv, 7, name}, {"{,}"sv, 1, name},
    {"{\"a\":1]"sv, 6, comma}, {"[1}"sv, 2, comma}, {"[1]]"sv, 3, extra}, {"{}{}"sv, 2, extra}, {"{} x"sv, 3, extra},
    {"1 2"sv, 2, extra}, {"\"a\" \"b\""sv, 4, extra}, {"null,"sv, 4, extra}, {"\"abc"sv, 0, unterminated},
    {"\"abc\\"sv, 0, unterminated}, {"\"a\\x\""sv, 2, escape}, {"\"a\\"sv, 0, unterminated}, {"\"\\u"sv, 2, unicode},
    {"\"\\u12"sv, 2, unicode}, {"\"\\u12g4\""sv, 2, unicode}, {"\"\\uD83D\\u\""sv, 8, unicode},
    {"\"\\u123\""sv, 2, unicode}, {"\"\\U0041\""sv, 1, escape}, {"\"\\u00e9"sv, 2, unicode},
    {"{\"k\\u0041"sv, 4, unicode}, {"\"a\nb\""sv, 2, control}, {"\"a\tb\""sv, 2, control}, {"\"\x00\""sv, 1, control},
    {"\"\x1f\""sv, 1, control}, {"{\"a\n\":1}"sv, 3, control},
    {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"sv, 0, unterminated}, {"[\"\xc3\xa9\",x]"sv, 5, value},
    {"{\"\xc3\xa9\":\xf0\x9f\x98\x80}"sv, 5, value}, {"[\"\xf0\x9f\x98\x80\" 1]"sv, 5, comma},
    {"\xef\xbb\xbfx"sv, 0, value}, {"\xc2\xa0" "1"sv, 0, value}, {"[1,\xe2\x80\xa8" "2]"sv, 3, value},
    {"'a'"sv, 0, value}, {"None"sv, 0, value}, {"True"sv, 0, value}, {"undefined"sv, 0, value}, {"NaNa"sv, 3, extra},
    {"Infinity1"sv, 8, extra}, {"-NaN"sv, 0, value}, {"[1, 2"sv, 5, comma}, {"{\"a\": {\"b\": [}}"sv, 13, value},
    {"[[["sv, 3, value}, {"{\"a\":{\"b\":{"sv, 11, name}, {"[1.5.5]"sv, 4, comma}, {"[1e5e5]"sv, 4, comma},
    {"/* c */1"sv, 0, value}, {"[1] // c"sv, 4, extra}, {"{\"a\":1}\x00"sv, 7, extra},
};
// clang-format on

} // namespace

TEST_CASE("a text that is not JSON has CPython's message and offset") {
    for (const Broken& one : broken) {
        CAPTURE(one.text);
        CHECK(parsed(one.text) == "! " + std::to_string(one.offset) + " " + one.message);
    }
}

TEST_CASE("every beginning of a JSON text is refused") {
    std::string_view text = R"({"a":[1,-2.5e3,{"b":"\u00e9\n"}],"c":null,"d":true,"e":{}})";
    REQUIRE(parsed(text).front() == '{');
    for (std::size_t n = 0; n < text.size(); ++n) {
        CAPTURE(n);
        CHECK(parsed(text.substr(0, n)).substr(0, 2) == "! ");
    }
}

TEST_CASE("JSON text is read and written compactly") {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"null", "null"},
        {" true ", "true"},
        {"\t\n\r false", "false"},
        {"0", "0"},
        {"-0", "0"},
        {"-0.0", "-0.0"},
        {"42", "42"},
        {"-17", "-17"},
        {"1.5", "1.5"},
        {"1e5", "1e5"},
        {"1E-05", "1E-05"},
        {"0.1e+3", "0.1e+3"},
        {"[]", "[]"},
        {"{}", "{}"},
        {"[ ]", "[]"},
        {"{ }", "{}"},
        {"\"\"", "\"\""},
        {"[1 , 2\n, 3]", "[1,2,3]"},
        {R"( { "a" : 1 , "b" : [ true , null ] } )", R"({"a":1,"b":[true,null]})"},
        {R"("\"\\\/\b\f\n\r\t")", R"("\"\\/\b\f\n\r\t")"},
        {R"("\u0041\u00e9\u20AC")", "\"Aé€\""},
        {R"("\ud83d\ude00")", "\"😀\""},
        {R"("\uD83D\uDE00x")", "\"😀x\""},
        {R"("\u0000\u001f\u007f")", "\"\\u0000\\u001f\x7f\""},
        {R"("a\u2028b")", "\"a\u2028b\""},
        {"\"é€😀\"", "\"é€😀\""},
        {R"({"\u0061":1})", R"({"a":1})"},
        {R"(["123456789012345678901234567890",123456789012345678901234567890])",
         R"(["123456789012345678901234567890",123456789012345678901234567890])"},
        {"[[[[[]]]],{}]", "[[[[[]]]],{}]"},
        {R"({"a":{"b":{"c":[{}]}}})", R"({"a":{"b":{"c":[{}]}}})"},
        // Python reads these three; what is written must be JSON.
        {"NaN", "null"},
        {"Infinity", "null"},
        {"[-Infinity]", "[null]"}};
    for (auto [text, expected] : cases) {
        CAPTURE(text);
        CHECK(parsed(text) == expected);
    }
}

TEST_CASE("the last of duplicate keys wins, as in a Python dict") {
    CHECK(parse_json(R"({"a":1,"b":2,"a":3})") == json{{"a", 3}, {"b", 2}});
    CHECK(parsed(R"({"a":1,"a":2})") == R"({"a":2})");
    CHECK(json::parse(parsed(R"({"a":1,"b":{"c":1,"c":1},"\u0061":2})")) == json::parse(R"({"a":2,"b":{"c":1}})"));
}

TEST_CASE("values know their kind and their children") {
    Document document;
    REQUIRE(document.parse(
        R"({"i":-12,"d":1.0,"e":1e3,"s":"x\ny","p":"plain","l":[1,[2],{"k":3}],"n":null,"t":true,"o":{}})"));
    Value root = document.root();
    CHECK(root.is(Value::Kind::object));
    CHECK(root.child_count() == 18);
    CHECK(root.find("i").is(Value::Kind::integer));
    CHECK(root.find("i").number_text() == "-12");
    CHECK(root.find("d").is(Value::Kind::number));
    CHECK(root.find("e").is(Value::Kind::number));
    CHECK(root.find("n").is(Value::Kind::null));
    CHECK(root.find("t").boolean());
    CHECK(root.find("o").child_count() == 0);
    CHECK_FALSE(root.find("absent"));
    CHECK(root.find("absent").is(Value::Kind::undefined));
    CHECK_FALSE(root.find("i").find("x"));
    std::string scratch;
    CHECK(root.find("s").string(scratch) == "x\ny");
    CHECK(root.find("p").string(scratch) == "plain");
    Value list = root.find("l");
    REQUIRE(list.is(Value::Kind::array));
    CHECK(list.child_count() == 3);
    auto children = list.children();
    CHECK(children.next().number_text() == "1");
    CHECK(children.next().raw() == "[2]");
    CHECK(children.next().raw() == R"({"k":3})");
    CHECK(children.done());
    CHECK(root.find("s").raw() == R"("x\ny")");
    CHECK(root.raw().size() == root.raw().find("}}") + 2);
    CHECK(root.find("l").find("l").is(Value::Kind::undefined));
}

TEST_CASE("a bare string is a string value") {
    Value bare = Value::bare("12");
    std::string scratch;
    CHECK(bare.is(Value::Kind::string));
    CHECK(bare.string(scratch) == "12");
    CHECK(bare.child_count() == 0);
    CHECK(Value::bare({}).is(Value::Kind::string));
    CHECK(Value{}.is(Value::Kind::undefined));
    std::string out;
    detail::write_value(bare, out);
    CHECK(out == "\"12\"");
}

TEST_CASE("a lone surrogate is noticed") {
    for (std::string_view text :
         {R"("\ud800")"sv, R"("x\udfffy")"sv, R"("\ud83dA")"sv, R"("\ud83d\u0041")"sv, R"("\ude00\ud83d")"sv}) {
        CAPTURE(text);
        Document document;
        REQUIRE(document.parse(text));
        bool lone = false;
        std::string scratch;
        static_cast<void>(document.root().string(scratch, &lone));
        CHECK(lone);
    }
    Document document;
    REQUIRE(document.parse(R"("\ud83d\ude00")"));
    bool lone = false;
    std::string scratch;
    CHECK(document.root().string(scratch, &lone) == "😀");
    CHECK_FALSE(lone);
}

TEST_CASE("what is written is valid UTF-8, whatever was read") {
    for (std::string_view text : {R"("\ud800")"sv, R"({"\udc00":1})"sv, R"(["a\udbffb"])"sv}) {
        CAPTURE(text);
        CHECK(detail::is_valid_utf8(parsed(text)));
    }
}

TEST_CASE("bytes that are no UTF-8 are an error of encoding, wherever they stand") {
    for (std::string_view text :
         {"\"\xff\""sv, "\"\xc3\""sv, "\"\xc0\x80\""sv, "\"\xed\xa0\x80\""sv, "\"\xf4\x90\x80\x80\""sv,
          "\"\xe2\x82\""sv, "[1,\xff]"sv, "{bad \xff"sv, "x\x80"sv, "\"\xf0\x9f\x98\""sv, "\"\x80\""sv}) {
        CAPTURE(text);
        CHECK(parsed(text) == "! encoding");
    }
}

TEST_CASE("UTF-16 and UTF-32 are recognised as CPython does") {
    std::string_view text = R"({"a":[1,"b"]})";
    std::string expected = R"({"a":[1,"b"]})";
    for (std::size_t unit : {2U, 4U}) {
        for (bool big : {true, false}) {
            CAPTURE(unit);
            CAPTURE(big);
            std::string mark =
                unit == 2 ? (big ? "\xfe\xff"s : "\xff\xfe"s) : (big ? "\0\0\xfe\xff"s : "\xff\xfe\0\0"s);
            CHECK(parsed(wide(text, unit, big)) == expected);
            CHECK(parsed(mark + wide(text, unit, big)) == expected);
            CHECK(parsed(wide("1", unit, big)) == "1");
            std::string cut = wide(text, unit, big);
            cut.pop_back();
            CHECK(parsed(cut) == "! encoding");
            CHECK(parsed(wide("[1,]", unit, big)) == "! 3 Expecting value");
        }
    }
    CHECK(parsed("\xef\xbb\xbf[1]") == "[1]");
    CHECK(parsed("\xef\xbb\xbf\xef\xbb\xbf[1]") == "! 0 Expecting value");
    CHECK(parsed("\xef\xbb\xbf") == "! 0 Expecting value");
    CHECK(parsed("\"\0=\xd8\0\xde\"\0"sv) == "\"😀\""); // a surrogate pair in UTF-16
    CHECK(parsed("\"\0=\xd8\"\0"sv) == "! encoding");   // half of one
    CHECK(parsed("\"\0\0\0\0\xd8\0\0\"\0\0\0"sv) == "! encoding");
    CHECK(parsed("\"\0\0\0\0\0\x11\0\"\0\0\0"sv) == "! encoding"); // beyond U+10FFFF
    CHECK(parsed("\"\0\0\0\0\xf6\x01\0\"\0\0\0"sv) == "\"😀\"");
}

TEST_CASE("nesting is bounded") {
    CHECK(parsed(repeat("[", 990) + repeat("]", 990)) == repeat("[", 990) + repeat("]", 990));
    CHECK(parsed(repeat("[", 991) + repeat("]", 991)) == "! depth");
    CHECK(parsed(repeat(R"({"a":)", 990) + "1" + repeat("}", 990)).size() == 990 * 6 + 1);
    CHECK(parsed(repeat(R"({"a":)", 991) + "1" + repeat("}", 991)) == "! depth");
    CHECK(parsed("[[[]]]", 3) == "[[[]]]");
    CHECK(parsed("[[[]]]", 2) == "! depth");
    CHECK(parsed("[[],[],[]]", 2) == "[[],[],[]]");
    CHECK(parsed(repeat("[", 1000000)) == "! depth");
}

TEST_CASE("integers have at most 4300 digits") {
    CHECK(parsed(repeat("1", 4300)) == repeat("1", 4300));
    CHECK(parsed("-" + repeat("1", 4300)) == "-" + repeat("1", 4300));
    CHECK(parsed(repeat("1", 4301)) == "! digits");
    CHECK(parsed("[-" + repeat("1", 4301) + "]") == "! digits");
    CHECK(parsed(repeat("1", 5000) + ".5").size() == 5002);
    CHECK(parsed(repeat("1", 5000) + "e1").size() == 5002);
}

TEST_CASE("parse_json gives a DOM, and a sentence when it cannot") {
    CHECK(parse_json(R"({"a":[1,2.5,"x",true,null,{}]})") == json{{"a", {1, 2.5, "x", true, nullptr, json::object()}}});
    CHECK(parse_json("9223372036854775807").get<std::int64_t>() == 9223372036854775807LL);
    CHECK(parse_json("-9223372036854775808").get<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
    CHECK(parse_json("18446744073709551615").get<std::uint64_t>() == 18446744073709551615ULL);
    CHECK_THROWS_WITH_AS(parse_json("18446744073709551616"), "JSON: an integer does not fit 64 bits",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(parse_json("[1,]"), "JSON: Expecting value (at character 3)", std::invalid_argument);
    CHECK_THROWS_AS(parse_json(""), std::invalid_argument);
    CHECK(parse_json("1").is_number_integer());
    CHECK(parse_json("1.0").is_number_float());
}

TEST_CASE("characters are counted and UTF-8 is checked") {
    CHECK(detail::count_characters("") == 0);
    CHECK(detail::count_characters("aé€😀") == 4);
    CHECK(detail::is_valid_utf8("aé€😀"));
    CHECK(detail::is_valid_utf8(""));
    for (std::string_view bad : {"\x80"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv, "\xed\xa0\x80"sv, "\xf0\x8f\xbf\xbf"sv,
                                 "\xf5\x80\x80\x80"sv, "a\xc3"sv})
        CHECK_FALSE(detail::is_valid_utf8(bad));
    std::string out;
    for (std::uint32_t c : {0x41U, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xffffU, 0x10000U, 0x10ffffU})
        detail::append_utf8(out, c);
    CHECK(out == "\x41\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

TEST_CASE("a document can be used again") {
    Document document;
    CHECK(document.parse("[1,2]"));
    CHECK_FALSE(document.parse("[1,"));
    CHECK(document.error().offset == 3);
    CHECK(document.parse("{\"a\":1}"));
    CHECK(document.error().kind == JsonError::Kind::none);
    CHECK(document.root().child_count() == 2);
    CHECK(document.parse(wide("[7]", 2, true)));
    CHECK(document.root().children().next().number_text() == "7");
    CHECK(document.parse(wide("[8]", 2, false)));
    CHECK(document.root().children().next().number_text() == "8");
}
