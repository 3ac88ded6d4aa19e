// The quick ways of reading and writing JSON (words of 8 bytes, short numbers, keys in order) against the plain rule.

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/json/writer.hpp"
#include "support.hpp"

using namespace fastapi;

namespace ways {

struct Keys {
    std::optional<int> a;
    std::optional<int> ab;
    std::optional<int> abcd;
    std::optional<int> abcde;
    std::optional<int> abcdefgh;
    std::optional<int> abcdefghi;
    std::optional<int> abcdefghijklmnopq;
};
struct Named {
    static constexpr ModelConfig model_config{.populate_by_name = true};
    Field<int, Alias("first-name")> first;
    Field<int, Alias("second")> other;
};
struct Texts {
    Field<std::string, StripWhitespace, MinLength(2), MaxLength(4)> text;
    std::string plain;
};
struct Inner {
    double number;
    std::optional<std::string> text;
};
struct Outer {
    Inner first;
    std::vector<Inner> list;
    bool flag;
    std::uint64_t large;
    std::int8_t small;
    float single;
};

bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

// The fewest digits that read back as the value.
int digits_needed(double value) {
    char text[40];
    for (int digits = 1; digits < 17; ++digits) {
        std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
        if (same(std::strtod(text, nullptr), value)) return digits;
    }
    return 17;
}
// The digits of a number's text without zeros at either end.
int digits_written(std::string_view text) {
    std::string digits;
    for (char c : text.substr(0, text.find('e')))
        if (c >= '0' && c <= '9') digits.push_back(c);
    std::size_t first = digits.find_first_not_of('0');
    return first == std::string::npos ? 1 : static_cast<int>(digits.find_last_not_of('0') - first + 1);
}

std::string dumped(double value) {
    std::string out;
    detail::write_json_double(out, value);
    return out;
}

} // namespace ways

using namespace ways;

TEST_CASE("JSON: doubles are written in shortest form, whatever way is taken") {
    struct {
        double value;
        const char* text;
    } cases[] = {{0.0, "0.0"},
                 {-0.0, "-0.0"},
                 {1, "1.0"},
                 {-35.4, "-35.4"},
                 {0.05, "0.05"},
                 {-0.0001, "-0.0001"},
                 {0.00012, "0.00012"},
                 {0.00001, "0.00001"},
                 {0.000001, "1e-6"},
                 {0.000123, "0.000123"},
                 {0.1234567, "0.1234567"},
                 {123456789.123456, "123456789.123456"},
                 {999999999.999999, "999999999.999999"},
                 {999999999.9999999, "999999999.9999999"},
                 {1e9, "1000000000.0"},
                 {1e15, "1000000000000000.0"},
                 {1e16, "1e+16"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1.0 / 3, "0.3333333333333333"},
                 {5e-324, "5e-324"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"}};
    for (const auto& one : cases) CHECK(dumped(one.value) == one.text);

    std::mt19937_64 random(1);
    for (int i = 0; i < 20000; ++i) {
        auto whole = static_cast<double>(random() >> (random() % 64));
        double value = whole;
        for (auto n = random() % 10; n > 0; --n) value /= 10;
        std::string text = dumped(value);
        CAPTURE(text);
        REQUIRE(same(std::strtod(text.c_str(), nullptr), value));
        REQUIRE(digits_written(text) == (value == 0 ? 1 : digits_needed(value)));
        REQUIRE(same(detail::parse_double(text), value));
    }
}

TEST_CASE("JSON: numbers are read as the nearest double, whatever way is taken") {
    std::mt19937_64 random(2);
    for (int i = 0; i < 50000; ++i) {
        std::string text = std::to_string(random() >> (random() % 64));
        if (random() % 2) text.insert(1 + random() % text.size(), ".");
        if (text.back() == '.') text += "0";
        if (random() % 8 == 0) text += "e" + std::to_string(static_cast<int>(random() % 60) - 30);
        if (random() % 4 == 0) text.insert(0, "-");
        CAPTURE(text);
        REQUIRE(same(detail::parse_double(text), std::strtod(text.c_str(), nullptr)));
    }
    for (const char* text : {"9007199254740992", "9007199254740993", "9223372036854775807", "18446744073709551615",
                             "99999999999999999999", "0.9007199254740993", "1.7976931348623157e308", "4.9e-324", "1e23"})
        CHECK(same(detail::parse_double(text), std::strtod(text, nullptr)));
}

TEST_CASE("JSON: a string of every length, with every kind of character at every place") {
    struct {
        std::string_view in;
        std::string_view out;
    } kinds[] = {{"x", "x"},     {"\"", "\\\""},       {"\\", "\\\\"},           {"\n", "\\n"},
                 {"\x1f", "\\u001f"}, {"\x7f", "\x7f"}, {"\xc3\xa9", "\xc3\xa9"}, {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
                 {"\xff", "\xef\xbf\xbd"}, {" ", " "},  {"!", "!"},              {"#", "#"}};
    for (std::size_t size = 0; size < 40; ++size) {
        for (std::size_t at = 0; at <= size; ++at) {
            for (const auto& kind : kinds) {
                std::string before(at, 'a');
                std::string after(size - at, 'z');
                std::string out;
                detail::write_json_string(out, before + std::string(kind.in) + after);
                std::string expected = "\"" + before + std::string(kind.out) + after + "\"";
                REQUIRE(out == expected);
                detail::Document document;
                REQUIRE(document.parse(out));
                std::string scratch;
                std::string_view read = document.root().string(scratch);
                REQUIRE(read == (kind.in == "\xff" ? before + "\xef\xbf\xbd" + after : before + std::string(kind.in) + after));
                REQUIRE(document.root().raw() == out);
            }
        }
    }
}

TEST_CASE("JSON: keys that begin alike, in any order, with escapes") {
    CHECK(test::outcome<Keys>(R"({"a":1,"ab":2,"abcd":3,"abcde":4,"abcdefgh":5,"abcdefghi":6,"abcdefghijklmnopq":7})") ==
          R"({"a":1,"ab":2,"abcd":3,"abcde":4,"abcdefgh":5,"abcdefghi":6,"abcdefghijklmnopq":7})");
    CHECK(test::outcome<Keys>(R"({ "abcdefghijklmnopq" : 7 , "abcdefghi" : 6 , "abcdefgh":5,"abcde":4,"abcd":3,"ab":2,"a" :1})") ==
          R"({"a":1,"ab":2,"abcd":3,"abcde":4,"abcdefgh":5,"abcdefghi":6,"abcdefghijklmnopq":7})");
    CHECK(test::outcome<Keys>(R"({"\u0061":1,"a\u0062":2,"":0,"aa":0,"abc":0,"abcdefghijklmnopr":0,"a\"":0})") ==
          R"({"a":1,"ab":2,"abcd":null,"abcde":null,"abcdefgh":null,"abcdefghi":null,"abcdefghijklmnopq":null})");
    CHECK(test::outcome<Keys>(R"({"a":"x","ab":2,"a":1,"ab":3})") ==
          R"({"a":1,"ab":3,"abcd":null,"abcde":null,"abcdefgh":null,"abcdefghi":null,"abcdefghijklmnopq":null})");
    CHECK(test::outcome<Named>(R"({"first-name":1,"second":2})") == R"({"first-name":1,"second":2})");
    CHECK(test::outcome<Named>(R"({"first":1,"first-name":2,"first":3,"other":4})") == R"({"first-name":2,"second":4})");
}

TEST_CASE("JSON: escapes, white space and lengths of a string together") {
    CHECK(test::outcome<Texts>(R"({"text":" \u00e9\n\t","plain":"\ud83d\ude00 x"})") == "! text: string_too_short");
    CHECK(test::outcome<Texts>(R"({"text":" \n\u00e9a\t ","plain":"\ud83d\ude00 x"})") ==
          "{\"text\":\"\xc3\xa9" "a\",\"plain\":\"\xf0\x9f\x98\x80 x\"}");
    CHECK(test::outcome<Texts>("{\"text\":\"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\",\"plain\":\"\"}") ==
          "{\"text\":\"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\",\"plain\":\"\"}");
    CHECK(test::outcome<Texts>("{\"text\":\"\xe2\x82\xac\",\"plain\":\"\"}") == "! text: string_too_short");
    CHECK(test::outcome<Texts>(R"({"text":"12345","plain":"\ud800"})") == "! text: string_too_long | plain: string_unicode");
}

TEST_CASE("JSON: documents of every size up to some thousand tokens") {
    std::string items;
    for (int n = 0; n < 1500; ++n) {
        if (n % 7 == 0 || n > 1490) {
            std::string text = "[" + items + "]";
            detail::Document document;
            REQUIRE(document.parse(text));
            REQUIRE(document.root().child_count() == static_cast<std::size_t>(n));
            std::string out;
            detail::write_value(document.root(), out);
            REQUIRE(out == text);
            REQUIRE(document.root().raw() == text);
            REQUIRE(document.parse("[1,[2]]")); // again, with the room that is there
            REQUIRE(document.root().child_count() == 2);
        }
        constexpr const char* kinds[] = {"1", "\"a\"", "[]", "{}", "[[1.5],{\"b\":null}]", "true", "\"\\n\""};
        items += (n ? "," : "") + std::string(kinds[n % 7]);
    }
}

TEST_CASE("JSON: a model is written the same in pieces of any size") {
    for (std::size_t size : {0UL, 7UL, 100UL, 199UL, 200UL, 201UL, 510UL, 511UL, 512UL, 513UL, 2000UL}) {
        std::string text(size, 'x');
        Outer outer{{1.5, text}, {{0.25, std::nullopt}, {1e300, text + "\n"}}, true, 18446744073709551615U, -128, 0.1F};
        CHECK(model_dump_json(outer) == "{\"first\":{\"number\":1.5,\"text\":\"" + text +
                                            "\"},\"list\":[{\"number\":0.25,\"text\":null},{\"number\":1e+300,\"text\":\"" + text +
                                            "\\n\"}],\"flag\":true,\"large\":18446744073709551615,\"small\":-128,\"single\":0.1}");
    }
}
