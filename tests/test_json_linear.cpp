// JSON that a careless reader needs quadratic time for: four times the text may take about four times the time.

#include <doctest/doctest.h>

#include <ctime>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi.hpp"
#include "fastapi/json/document.hpp"

using namespace fastapi;

namespace linear {

struct Open {
    std::optional<int> a;
    std::optional<std::string> b;
};
struct Closed {
    static constexpr ModelConfig model_config{.extra = Extra::forbid, .populate_by_name = true};
    Field<std::optional<int>, Alias("x")> a;
    std::optional<std::string> b;
};
struct Row {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;
};
struct Tree {
    std::vector<Tree> c;
};

using Make = std::string (*)(std::size_t size);
using Run = void (*)(std::string_view text);

template <class T>
void validate(std::string_view text) {
    try {
        (void)model_validate_json<T>(text);
    } catch (const ValidationError&) {
        // An error is an answer, too.
    }
}
void parse(std::string_view text) {
    detail::Document document;
    (void)document.parse(text);
}
void rewrite(std::string_view text) {
    detail::Document document;
    if (!document.parse(text)) return;
    std::string out;
    detail::write_value(document.root(), out);
    (void)document.root().raw();
    json value;
    (void)detail::value_to_json(document.root(), value);
    (void)to_json_text(value);
}

std::string repeat(std::string_view piece, std::size_t size) {
    std::string out;
    while (out.size() < size) out += piece;
    return out;
}
std::string quoted(std::string_view piece, std::size_t size) { return "\"" + repeat(piece, size) + "\""; }
std::string list(std::string_view item, std::size_t size) {
    return "[" + repeat(std::string(item) + ",", size) + std::string(item) + "]";
}
std::string object(std::size_t size, bool same_key, std::string_view value) {
    std::string out = "{";
    for (std::size_t i = 0; out.size() < size; ++i) {
        out += same_key ? "\"a\":" : "\"k" + std::to_string(i) + "\":";
        out += value;
        out += ',';
    }
    out.back() = '}';
    return out;
}
// Containers in each other, 400 deep, again and again.
std::string deep(std::string_view open, std::string_view inside, std::string_view close, std::size_t size) {
    std::string one = repeat(open, 400 * open.size()) + std::string(inside) + repeat(close, 400 * close.size());
    return list(one, size);
}

struct Case {
    const char* name;
    Make make;
    Run run;
};
// clang-format off
constexpr Case cases[] = {
    {"digits", [](std::size_t n) { return repeat("7", n); }, rewrite},
    {"digits with a point before them", [](std::size_t n) { return "0." + repeat("7", n); }, validate<double>},
    {"zeros with a point before them", [](std::size_t n) { return "0." + repeat("0", n) + "1"; }, validate<double>},
    {"digits with a point behind them", [](std::size_t n) { return repeat("7", n) + ".5"; }, validate<double>},
    {"digits of an exponent", [](std::size_t n) { return "1e" + repeat("7", n); }, validate<double>},
    {"digits in a string", [](std::size_t n) { return quoted("7", n); }, validate<int>},
    {"digits in a string for a float", [](std::size_t n) { return quoted("7", n); }, validate<double>},
    {"digits and underscores", [](std::size_t n) { return "\"" + repeat("7_", n) + "7\""; }, validate<double>},
    {"open brackets", [](std::size_t n) { return repeat("[", n); }, parse},
    {"open braces", [](std::size_t n) { return repeat("{\"a\":", n); }, parse},
    {"brackets in each other", [](std::size_t n) { return deep("[", "", "]", n); }, rewrite},
    {"objects in each other", [](std::size_t n) { return deep("{\"a\":", "1", "}", n); }, rewrite},
    {"models in each other", [](std::size_t n) { return deep("{\"c\":[", "", "]}", n); }, validate<std::vector<Tree>>},
    {"models in each other, wrong", [](std::size_t n) { return deep("{\"c\":[", "7", "]}", n); }, validate<std::vector<Tree>>},
    {"quotes", [](std::size_t n) { return repeat("\"", n); }, parse},
    {"empty strings", [](std::size_t n) { return list("\"\"", n); }, validate<std::vector<std::string>>},
    {"backslashes", [](std::size_t n) { return quoted("\\\\", n); }, validate<std::string>},
    {"escaped quotes", [](std::size_t n) { return quoted("\\\"", n); }, rewrite},
    {"escaped characters", [](std::size_t n) { return quoted("\\u00e9", n); }, validate<std::string>},
    {"escaped pairs", [](std::size_t n) { return quoted("\\ud83d\\ude00", n); }, rewrite},
    {"escaped lone surrogates", [](std::size_t n) { return quoted("\\ud800", n); }, validate<std::string>},
    {"characters of three bytes", [](std::size_t n) { return quoted("\xe2\x82\xac", n); }, rewrite},
    {"spaces", [](std::size_t n) { return repeat(" ", n) + "7"; }, validate<int>},
    {"spaces behind strings", [](std::size_t n) { return list("\"a\"" + std::string(500, ' '), n); }, validate<std::vector<std::string>>},
    {"one key", [](std::size_t n) { return object(n, true, "12"); }, validate<Open>},
    {"one key, forbidden", [](std::size_t n) { return object(n, true, "12"); }, validate<Closed>},
    {"one key, map", [](std::size_t n) { return object(n, true, "[]"); }, validate<std::map<std::string, int>>},
    {"one key, any", [](std::size_t n) { return object(n, true, "12"); }, rewrite},
    {"unknown keys", [](std::size_t n) { return object(n, false, "1"); }, validate<Open>},
    {"unknown keys of many members", [](std::size_t n) { return object(n, false, "1"); }, validate<Row>},
    {"unknown keys, forbidden", [](std::size_t n) { return object(n, false, "1"); }, validate<Closed>},
    {"keys, map", [](std::size_t n) { return object(n, false, "1"); }, validate<std::map<std::string, int>>},
    {"keys, any", [](std::size_t n) { return object(n, false, "1"); }, rewrite},
    {"integers", [](std::size_t n) { return list("1", n); }, validate<std::vector<int>>},
    {"integers, set", [](std::size_t n) { return list("1", n); }, validate<std::set<int>>},
    {"booleans", [](std::size_t n) { return list("true", n); }, validate<std::vector<bool>>},
    {"empty lists", [](std::size_t n) { return list("[]", n); }, validate<std::vector<std::vector<int>>>},
    {"empty objects", [](std::size_t n) { return list("{}", n); }, validate<std::vector<Open>>},
    {"empty objects, wrong", [](std::size_t n) { return list("{}", n); }, validate<std::vector<Row>>},
    {"wrong items", [](std::size_t n) { return list("\"x\"", n); }, validate<std::vector<int>>},
};
// clang-format on

// CPU seconds of one run; of several, when one is too short to measure.
double seconds(Run run, std::string_view text, int times) {
    std::clock_t start = std::clock();
    for (int i = 0; i < times; ++i) run(text);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

} // namespace linear

TEST_CASE("JSON: time grows with the text, not with its square") {
    constexpr std::size_t size = 40000;
    for (const linear::Case& one : linear::cases) {
        CAPTURE(one.name);
        std::string small = one.make(size);
        std::string large = one.make(4 * size);
        // The clock's step is long and the machine may be busy: the least of several tries counts.
        double least_small = 1e9;
        double least_large = 1e9;
        bool linear = false;
        for (int attempt = 0; attempt < 8 && !linear; ++attempt) {
            double a = linear::seconds(one.run, small, 2);
            double b = linear::seconds(one.run, large, 2);
            if (a < least_small) least_small = a;
            if (b < least_large) least_large = b;
            linear = least_large < 9 * least_small + 0.002; // 4 is linear, 16 is the square
        }
        CAPTURE(least_small);
        CAPTURE(least_large);
        CHECK(linear);
    }
}

TEST_CASE("JSON: a small text that nests deeply and is wrong often makes no large answer") {
    std::string text =
        linear::repeat("{\"c\":[", 6 * 480) + linear::repeat("1,", 20000) + "1" + linear::repeat("]}", 2 * 480);
    try {
        (void)model_validate_json<linear::Tree>(text);
        FAIL("accepted");
    } catch (const ValidationError& error) {
        CHECK(error.error_count() > 100);
        CHECK(errors_to_text(error.list).size() < 2000000);
    }
}
