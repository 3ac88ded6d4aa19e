// JSON text out: strings, the shortest form of doubles, and the small writer that documents are made with.

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "fastapi.hpp"
#include "fastapi/json/writer.hpp"

using namespace fastapi;
using namespace std::literals;

namespace {

std::string in_quotes(std::string_view text) {
    std::string out;
    detail::write_json_string(out, text);
    return out;
}
std::string number(double value) {
    std::string out;
    detail::write_json_double(out, value);
    return out;
}
std::string number32(float value) {
    std::string out;
    detail::write_json_float(out, value);
    return out;
}

constexpr double infinity = std::numeric_limits<double>::infinity();

} // namespace

TEST_CASE("only quote, backslash and control characters are escaped") {
    CHECK(in_quotes("") == R"("")");
    CHECK(in_quotes("plain") == R"("plain")");
    CHECK(in_quotes("a\"b\\c/d") == R"("a\"b\\c/d")");
    CHECK(in_quotes("\n\r\t\b\f") == R"("\n\r\t\b\f")");
    CHECK(in_quotes("\x01\x1f\v"sv) == R"("\u0001\u001f\u000b")");
    CHECK(in_quotes("a\0b"sv) == R"("a\u0000b")");
    CHECK(in_quotes("\x7f<>&'") == "\"\x7f<>&'\"");
    CHECK(in_quotes("é€😀\u2028\u2029") == "\"é€😀\u2028\u2029\"");
    for (int c = 0; c < 0x20; ++c) {
        std::string text = in_quotes(std::string(1, static_cast<char>(c)));
        CAPTURE(c);
        CHECK(json::parse(text) == std::string(1, static_cast<char>(c)));
    }
}

TEST_CASE("doubles are written in the form of Pydantic's serialiser") {
    // Asked of pydantic_core.to_json.
    constexpr std::pair<double, const char*> cases[] = {{0.0, "0.0"},
                                                        {-0.0, "-0.0"},
                                                        {1.0, "1.0"},
                                                        {-1.5, "-1.5"},
                                                        {0.1, "0.1"},
                                                        {0.3, "0.3"},
                                                        {1.0 / 3, "0.3333333333333333"},
                                                        {0.1 + 0.2, "0.30000000000000004"},
                                                        {100.0, "100.0"},
                                                        {1e15, "1000000000000000.0"},
                                                        {1e16, "1e+16"},
                                                        {1e17, "1e+17"},
                                                        {123456789012345680.0, "1.2345678901234568e+17"},
                                                        {9007199254740993.0, "9007199254740992.0"},
                                                        {1234567890123456.0, "1234567890123456.0"},
                                                        {12345678901234567.0, "1.2345678901234568e+16"},
                                                        {0.001, "0.001"},
                                                        {0.0001, "0.0001"},
                                                        {0.00001, "0.00001"},
                                                        {0.000012345, "0.000012345"},
                                                        {1e-6, "1e-6"},
                                                        {1.5e-7, "1.5e-7"},
                                                        {1e-10, "1e-10"},
                                                        {1e20, "1e+20"},
                                                        {1e100, "1e+100"},
                                                        {-1e-100, "-1e-100"},
                                                        {5e-324, "5e-324"},
                                                        {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                        {2.2250738585072014e-308, "2.2250738585072014e-308"},
                                                        {42.5, "42.5"},
                                                        {3.14159, "3.14159"},
                                                        {99999999999999.9, "99999999999999.9"},
                                                        {infinity, "null"},
                                                        {-infinity, "null"}};
    for (auto [value, expected] : cases) CHECK(number(value) == expected);
    CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "null");
}

TEST_CASE("every double reads back as itself") {
    std::uint64_t state = 0x9E3779B97F4A7C15ULL;
    int different = 0;
    for (int i = 0; i < 20000; ++i) {
        state ^= state << 13U, state ^= state >> 7U, state ^= state << 17U;
        double value = 0;
        std::memcpy(&value, &state, sizeof value);
        if (!std::isfinite(value)) continue;
        double back = detail::parse_double(number(value));
        different += std::memcmp(&value, &back, sizeof value) != 0;
    }
    CHECK(different == 0);
}

TEST_CASE("floats have their own shortest form") {
    CHECK(number32(0.1F) == "0.1");
    CHECK(number32(1.0F) == "1.0");
    CHECK(number32(16777216.0F) == "16777216.0");
    CHECK(number32(3.4028235e38F) == "3.4028235e+38");
    CHECK(number32(std::numeric_limits<float>::infinity()) == "null");
}

TEST_CASE("integers are written whole") {
    std::string out;
    detail::write_json_integer(out, std::numeric_limits<std::int64_t>::min());
    out.push_back(' ');
    detail::write_json_integer(out, std::numeric_limits<std::int64_t>::max());
    out.push_back(' ');
    detail::write_json_unsigned(out, std::numeric_limits<std::uint64_t>::max());
    out.push_back(' ');
    detail::write_json_integer(out, 0);
    CHECK(out == "-9223372036854775808 9223372036854775807 18446744073709551615 0");
}

TEST_CASE("a number in a message has no fraction that is zero") {
    CHECK(detail::number_for_message(1.0) == "1");
    CHECK(detail::number_for_message(0.0) == "0");
    CHECK(detail::number_for_message(-2.0) == "-2");
    CHECK(detail::number_for_message(0.5) == "0.5");
    CHECK(detail::number_for_message(10.25) == "10.25");
}

TEST_CASE("numbers are read from JSON and Python texts") {
    CHECK(detail::parse_double("1.5") == 1.5);
    CHECK(detail::parse_double("-1e3") == -1000.0);
    CHECK(std::signbit(detail::parse_double("-0.0")));
    CHECK(detail::parse_double("1e999") == infinity);
    CHECK(detail::parse_double("-1e999") == -infinity);
    CHECK(detail::parse_double("1e-999") == 0.0);
    CHECK(detail::parse_double("Infinity") == infinity);
    CHECK(detail::parse_double("-Infinity") == -infinity);
    CHECK(std::isnan(detail::parse_double("NaN")));
    CHECK(detail::parse_double("9007199254740993") == 9007199254740992.0);
}

TEST_CASE("a DOM is written as Pydantic would") {
    json value = {{"b", {1, 2.0, "x\n", true, nullptr}},
                  {"a", json::object()},
                  {"c", json::array()},
                  {"big", 18446744073709551615ULL}};
    CHECK(to_json_text(value) == R"({"a":{},"b":[1,2.0,"x\n",true,null],"big":18446744073709551615,"c":[]})");
    CHECK(to_json_text(json()) == "null");
    CHECK(to_json_text(json(1e16)) == "1e+16");
    CHECK(to_json_text(json(std::nan(""))) == "null");
    CHECK(to_json_text(json(-5)) == "-5");
}

TEST_CASE("the writer puts the commas") {
    detail::JsonWriter writer;
    writer.begin_object()
        .key("a")
        .begin_array()
        .integer(1)
        .string("x")
        .boolean(true)
        .raw("null")
        .begin_object()
        .end_object();
    writer.begin_array()
        .end_array()
        .end_array()
        .key("b")
        .boolean(false)
        .member("left out", "")
        .member("c", "d")
        .end_object();
    CHECK(writer.out == R"({"a":[1,"x",true,null,{},[]],"b":false,"c":"d"})");
}

TEST_CASE("json holds what handlers put into it") {
    Query<std::optional<std::string>, "q"> absent;
    Query<int, "n", Default(7)> number_parameter;
    Field<std::string> field = "text";
    std::optional<int> maybe = 3;
    struct Point {
        int x;
        Field<double> y = 1.0;
    };
    json made{{"absent", absent}, {"n", number_parameter},  {"field", field},
              {"maybe", maybe},   {"point", Point{1, 2.5}}, {"points", std::vector<Point>{{1, {}}}}};
    CHECK(made == json{{"absent", nullptr},
                       {"n", 7},
                       {"field", "text"},
                       {"maybe", 3},
                       {"point", {{"x", 1}, {"y", 2.5}}},
                       {"points", {{{"x", 1}, {"y", 0.0}}}}});
    CHECK(json(std::optional<int>{}).is_null());
    CHECK(json(4).get<std::optional<int>>() == 4);
    CHECK(json().get<std::optional<int>>() == std::nullopt);
}
