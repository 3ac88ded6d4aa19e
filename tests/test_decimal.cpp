// Decimal: Python's rules of reading and printing, Pydantic's constraints and errors, exact arithmetic.

#include <cstdint>
#include <limits>
#include <random>
#include <set>
#include <sstream>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace decimal_test {

struct Order {
    Field<Decimal, Gt(0), MaxDigits(8), DecimalPlaces(2)> price;
    Field<Decimal> discount = "0.00";
    std::optional<Decimal> tax;
};
struct Bounds {
    Field<Decimal, Ge("0.01"), Le("2.50")> text = 1;
    Field<Decimal, Ge(0.1), Lt(1e20)> floating = 1;
    Field<Decimal, Gt(-10), Lt(10)> integer = 1;
    Field<Decimal, Gt("-1E+3")> power = 1;
};
struct Digits {
    Field<Decimal, MaxDigits(4), DecimalPlaces(2)> both = 0;
    Field<Decimal, MaxDigits(3)> digits = 0;
    Field<Decimal, DecimalPlaces(1)> places = 0;
};
struct Steps {
    Field<Decimal, MultipleOf("0.05")> text = 0;
    Field<Decimal, MultipleOf(0.1)> floating = 0;
    Field<Decimal, MultipleOf(3)> integer = 0;
    Field<Decimal, MultipleOf(9223372036854775807)> large = 0;
};
struct Any {
    Field<Decimal, AllowInfNan(true)> any;
};
struct Strictly {
    static constexpr ModelConfig model_config{.strict = true};
    Decimal d;
};

} // namespace decimal_test

using namespace decimal_test;

namespace {

// What Decimal makes of a text, or "!".
std::string read(std::string_view text) {
    try {
        return Decimal(text).str();
    } catch (const ValueError& error) {
        CHECK(error.what() == std::string("Input should be a valid decimal"));
        return "!";
    }
}

void check(std::initializer_list<std::pair<std::string_view, std::string_view>> cases) {
    for (const auto& one : cases) {
        CAPTURE(one.first);
        CHECK(read(one.first) == one.second);
    }
}

// {"name": value} through a model with that member: "ok", or the error's type.
template <class T>
std::string with(std::string_view name, std::string_view value) {
    json list = errors<T>("{\"" + std::string(name) + "\":" + std::string(value) + "}");
    return list.empty() ? "ok" : list[0]["type"].get<std::string>();
}

} // namespace

TEST_CASE("decimal: is kept and printed as Python does") {
    check({{"0", "0"},           {"1.50", "1.50"},         {"+1", "1"},           {"-1", "-1"},
           {"007", "7"},         {"1.", "1"},              {".5", "0.5"},         {"-.50", "-0.50"},
           {"00.00", "0.00"},    {"-0", "-0"},             {"-0.0", "-0.0"},      {"1e3", "1E+3"},
           {"1E+2", "1E+2"},     {"1.0e2", "1.0E+2"},      {"12.34e1", "123.4"},  {"12.34e2", "1234"},
           {"1e-6", "0.000001"}, {"0.0000001", "1E-7"},    {"1.5e-7", "1.5E-7"},  {"0e5", "0E+5"},
           {"0e-10", "0E-10"},   {"0.000000", "0.000000"}, {"0.0000000", "0E-7"}, {"123e-3", "0.123"}});
    std::string digits(200, '7');
    CHECK(read("-" + digits + "." + digits) == "-" + digits + "." + digits);
}

TEST_CASE("decimal: underscores, white space and digits of any script") {
    check({{" 1 ", "1"},
           {"\t1.5\n", "1.5"},
           {"\u00a01\u2003", "1"},
           {"\x1c"
            "1\x1f",
            "1"},
           {"\u30001.5", "1.5"},
           {"1_000", "1000"},
           {"__1__0_._5_", "10.5"},
           {"1e_1", "1E+1"},
           {"\uff11\uff12", "12"},
           {"\u0661.\u0f25", "1.5"},
           {"\U0001d7cf", "1"},
           {"1e\u0663", "1E+3"}});
    check({{"", "!"},         {" ", "!"},     {"_", "!"},      {".", "!"},       {"-", "!"},   {"+-1", "!"},
           {"--1", "!"},      {"1 2", "!"},   {"1,5", "!"},    {"1.2.3", "!"},   {"e1", "!"},  {".e1", "!"},
           {"1e", "!"},       {"1e+", "!"},   {"1e1.5", "!"},  {"0x10", "!"},    {"abc", "!"}, {"\u00b2", "!"},
           {"1\u200b", "!"},  {"1\x80", "!"}, {"infi", "!"},   {"nanx", "!"},    {"snan_x", "!"}, {"\u200b1", "!"}});
    CHECK(read(std::string_view("1\0", 2)) == "!");
    CHECK(read(std::string_view("\0", 1)) == "!");
}

TEST_CASE("decimal: infinity and NaN") {
    check({{"inf", "Infinity"},     {"-Infinity", "-Infinity"}, {"INFINITY", "Infinity"}, {"nan", "NaN"},
           {"-nan", "-NaN"},        {"NaN0012", "NaN12"},       {"nan0", "NaN"},          {"snan", "sNaN"},
           {"-sNaN_1", "-sNaN1"}});
    CHECK(Decimal("inf").is_infinite());
    CHECK(!Decimal("inf").is_finite());
    CHECK(!Decimal("inf").is_zero());
    CHECK(Decimal("nan").is_nan());
    CHECK(Decimal("snan").is_nan());
    CHECK(outcome<Decimal>("\"inf\"") == "! .: finite_number");
    CHECK(outcome<Decimal>("\"-sNaN1\"") == "! .: finite_number");
    CHECK(outcome<Decimal>("1e999") == "! .: finite_number");
    CHECK(outcome<Any>(R"({"any":"-inf"})") == R"({"any":"-Infinity"})");
    CHECK(outcome<Any>(R"({"any":"nan"})") == R"({"any":"NaN"})");
    CHECK(outcome<Any>(R"({"any":NaN})") == R"({"any":"NaN"})");
    CHECK(outcome<Any>(R"({"any":-1e999})") == R"({"any":"-Infinity"})");
}

TEST_CASE("decimal: exponents have a limit, and take no room") {
    check({{"1e999999999", "1E+999999999"},
           {"1e999999999999999999", "1E+999999999999999999"},
           {"1e1000000000000000000", "!"},
           {"0.1e1000000000000000000", "1E+999999999999999999"},
           {"10e999999999999999999", "!"},
           {"0e999999999999999999", "0E+999999999999999999"},
           {"0e1000000000000000000", "!"},
           {"1e-1999999999999999997", "1E-1999999999999999997"},
           {"1e-1999999999999999998", "!"},
           {"1.5e-1999999999999999997", "!"},
           {"0e-1999999999999999998", "!"},
           {"1e99999999999999999999999999999999", "!"},
           {"1e-99999999999999999999999999999999", "!"},
           {"0e99999999999999999999999999999999", "!"}});
    CHECK(Decimal("1e999999999") > Decimal("9e999999998"));
    CHECK(Decimal("1e-999999999") > 0);
    CHECK(static_cast<double>(Decimal("1e999999999")) == std::numeric_limits<double>::infinity());
    CHECK(static_cast<double>(Decimal("-1e-999999999")) == 0);
    CHECK(thrown_by([] { (void)(Decimal("1e999999999") + 1); }) == "fastapi: a Decimal has no room for this result");
    CHECK(thrown_by([] { (void)Decimal("1e999999999").round(2); }) != "");
    CHECK(thrown_by([] { (void)(Decimal("1e900000000000000000") * Decimal("1e900000000000000000")); }) != "");
    CHECK(Decimal("1e-999999999").round(2).str() == "0.00");
}

TEST_CASE("decimal: from numbers") {
    CHECK(outcome<Decimal>("2") == "\"2\"");
    CHECK(outcome<Decimal>("-0") == "\"0\"");
    CHECK(outcome<Decimal>("123456789012345678901234567890") == "\"123456789012345678901234567890\"");
    for (const auto& one : std::initializer_list<std::pair<const char*, const char*>>{
             {"1.0", "1.0"},       {"0.1", "0.1"},   {"1e2", "100.0"},  {"-0.0", "-0.0"},    {"1.50", "1.5"},
             {"1e15", "1000000000000000.0"},         {"1e16", "1E+16"}, {"0.0001", "0.0001"}, {"0.00001", "0.00001"},
             {"1.5e-7", "1.5E-7"}, {"1e22", "1E+22"}, {"5e-324", "5E-324"}, {"1234567.25", "1234567.25"}}) {
        CAPTURE(one.first);
        CHECK(outcome<Decimal>(one.first) == "\"" + std::string(one.second) + "\"");
    }
    CHECK(Decimal(0.1).str() == "0.1");
    CHECK(Decimal(-2.0).str() == "-2.0");
    CHECK(Decimal(std::numeric_limits<double>::quiet_NaN()).is_nan());
    CHECK(Decimal(-std::numeric_limits<double>::infinity()).str() == "-Infinity");
    CHECK(Decimal(std::numeric_limits<std::int64_t>::min()).str() == "-9223372036854775808");
    CHECK(Decimal(std::numeric_limits<std::uint64_t>::max()).str() == "18446744073709551615");
    CHECK(Decimal(std::int8_t{-128}).str() == "-128");
}

TEST_CASE("decimal: to numbers") {
    CHECK(static_cast<double>(Decimal("1.50")) == 1.5);
    CHECK(static_cast<double>(Decimal("-123.456")) == -123.456);
    CHECK(static_cast<double>(Decimal("1e400")) == std::numeric_limits<double>::infinity());
    CHECK(static_cast<double>(Decimal("-inf")) == -std::numeric_limits<double>::infinity());
    auto integer = [](std::string_view text) { return static_cast<std::int64_t>(Decimal(text)); };
    CHECK(integer("1.99") == 1);
    CHECK(integer("-1.99") == -1);
    CHECK(integer("1e3") == 1000);
    CHECK(integer("0.001") == 0);
    CHECK(integer("0e999999") == 0);
    CHECK(integer("9223372036854775807.9") == 9223372036854775807);
    CHECK(integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
    for (const char* text : {"9223372036854775808", "-9223372036854775809", "1e19", "99999999999999999999", "1e999999999", "inf", "nan"})
        CHECK_THROWS_AS(integer(text), std::overflow_error);
}

TEST_CASE("decimal: compares by value") {
    CHECK(Decimal("1.0") == Decimal("1.00"));
    CHECK(Decimal("-0") == Decimal("0e9"));
    CHECK(Decimal("1e2") == 100);
    CHECK(Decimal("1.5") == "1.50");
    CHECK(Decimal("1.5") != 1);
    CHECK(Decimal("0.1") < Decimal("0.11"));
    CHECK(Decimal("-0.1") > Decimal("-0.11"));
    CHECK(Decimal("99") < Decimal("1e2"));
    CHECK(Decimal("-5") < 0);
    CHECK(Decimal("0") > "-1e-99");
    CHECK(Decimal("inf") > Decimal("1e999999999999999999"));
    CHECK(Decimal("-inf") < Decimal("-1e999999999999999999"));
    CHECK(Decimal("inf") == Decimal("Infinity"));
    CHECK(Decimal("nan") != Decimal("nan"));
    CHECK(!(Decimal("nan") < 1));
    CHECK(!(Decimal("nan") > 1));
    std::set<Decimal> set{"1.0", "1.00", "2", "0.5"};
    CHECK(set.size() == 3);
    CHECK(set.begin()->str() == "0.5");
    std::ostringstream out;
    out << Decimal("1.50");
    CHECK(out.str() == "1.50");
}

TEST_CASE("decimal: exact arithmetic") {
    CHECK((Decimal("0.1") + Decimal("0.2")).str() == "0.3");
    CHECK((Decimal("1.50") + 1).str() == "2.50");
    CHECK((Decimal("1") - "0.01").str() == "0.99");
    CHECK((Decimal("9.99") * 3).str() == "29.97");
    CHECK((Decimal("-1.5") * Decimal("0.20")).str() == "-0.300");
    CHECK((Decimal("5") - 5).str() == "0");
    CHECK((Decimal("-0") + Decimal("-0")).str() == "-0");
    CHECK((Decimal("1e3") + Decimal("1e-3")).str() == "1000.001");
    CHECK((Decimal("999") + Decimal("1")).str() == "1000");
    CHECK((Decimal("1e-5") - Decimal("1")).str() == "-0.99999");
    CHECK((-Decimal("1.5")).str() == "-1.5");
    Decimal total = 0;
    for (int i = 0; i < 10; ++i) total += "0.1";
    CHECK(total == 1);
    total -= 3;
    total *= 2;
    CHECK(total.str() == "-4.0");
    CHECK_THROWS_AS((void)(Decimal("inf") + 1), std::overflow_error);
    CHECK_THROWS_AS((void)(Decimal("nan") * 1), std::overflow_error);
    std::string nines(4000, '9');
    CHECK_THROWS_AS((void)(Decimal(nines) * Decimal(nines)), std::overflow_error);
    CHECK((Decimal(nines) + 1).str() == "1" + std::string(4000, '0'));
}

TEST_CASE("decimal: rounding, half to even") {
    auto round = [](std::string_view text, int places) { return Decimal(text).round(places).str(); };
    CHECK(round("1.005", 2) == "1.00");
    CHECK(round("1.015", 2) == "1.02");
    CHECK(round("1.0151", 2) == "1.02");
    CHECK(round("1.025000001", 2) == "1.03");
    CHECK(round("-2.675", 2) == "-2.68");
    CHECK(round("2.5", 0) == "2");
    CHECK(round("3.5", 0) == "4");
    CHECK(round("9.999", 2) == "10.00");
    CHECK(round("1", 2) == "1.00");
    CHECK(round("0", 2) == "0.00");
    CHECK(round("0.5", 0) == "0");
    CHECK(round("0.51", 0) == "1");
    CHECK(round("0.04", 0) == "0");
    CHECK(round("1250", -2) == "1.2E+3");
    CHECK(round("1e2", 1) == "100.0");
    CHECK(round("nan", 1) == "NaN");
}

TEST_CASE("decimal: arithmetic agrees with integers") {
    std::mt19937_64 random(7);
    for (int i = 0; i < 20000; ++i) {
        auto a = static_cast<std::int64_t>(random() % 4000000001) - 2000000000;
        auto b = static_cast<std::int64_t>(random() % 4000000001) - 2000000000;
        auto places = static_cast<int>(random() % 5);
        std::string exponent = "e-" + std::to_string(places);
        Decimal x(std::to_string(a) + exponent);
        Decimal y(std::to_string(b) + exponent);
        Decimal z(std::to_string(b));
        CAPTURE(x);
        CAPTURE(y);
        CHECK(x + y == Decimal(std::to_string(a + b) + exponent));
        CHECK(x - y == Decimal(std::to_string(a - b) + exponent));
        CHECK(x * z == Decimal(std::to_string(a * b) + exponent));
        CHECK((x < y) == (a < b));
        CHECK((x == y) == (a == b));
        CHECK(Decimal(x.str()) == x);
        CHECK(Decimal(x.str()).exponent() == x.exponent());
    }
}

TEST_CASE("decimal: as a field") {
    CHECK(outcome<Order>(R"({"price":"9.90","tax":1.5})") == R"({"price":"9.90","discount":"0.00","tax":"1.5"})");
    CHECK(outcome<Order>(R"({"price":"1e2","discount":0})") == R"({"price":"1E+2","discount":"0","tax":null})");
    CHECK(outcome<Order>(R"({"price":0})") == "! price: greater_than");
    CHECK(outcome<Order>("{}") == "! price: missing");
    for (const char* value : {"null", "true", "[]", "[1]", "{}"}) CHECK(outcome<Decimal>(value) == "! .: decimal_type");
    CHECK(outcome<Decimal>("\"x\"") == "! .: decimal_parsing");
    CHECK(outcome<Decimal>(R"("\ud800")") == "! .: decimal_parsing");
    Order order{.price = "9.99", .discount = 0, .tax = {}};
    CHECK(order.price == Decimal("9.99"));
    CHECK(order.price > 9);
    CHECK((*order.price * 3).str() == "29.97");
    for (const char* value : {"\"1\"", "1", "1.5", "null", "[]"}) {
        json error = errors<Strictly>("{\"d\":" + std::string(value) + "}")[0];
        CHECK(error["type"] == "is_instance_of");
        CHECK(error["msg"] == "Input should be an instance of Decimal");
        CHECK(error["ctx"]["class"] == "Decimal");
    }
}

TEST_CASE("decimal: errors in Pydantic's words") {
    CHECK(errors<Decimal>("[]") ==
          parse_json(R"([{"type":"decimal_type","loc":[],"input":[],)"
                     R"("msg":"Decimal input should be an integer, float, string or Decimal object"}])"));
    CHECK(errors<Decimal>("\"x\"") ==
          parse_json(R"([{"type":"decimal_parsing","loc":[],"msg":"Input should be a valid decimal","input":"x"}])"));
    json low = errors<Bounds>(R"({"text":0})")[0];
    CHECK(low["msg"] == "Input should be greater than or equal to 0.01");
    CHECK(low["ctx"] == parse_json(R"({"ge":0.01})"));
    json high = errors<Bounds>(R"({"text":"2.51"})")[0];
    CHECK(high["msg"] == "Input should be less than or equal to 2.50");
    CHECK(high["ctx"] == parse_json(R"({"le":2.5})"));
    CHECK(errors<Bounds>(R"({"floating":0})")[0]["msg"] == "Input should be greater than or equal to 0.1");
    json large = errors<Bounds>(R"({"floating":"1e20"})")[0];
    CHECK(large["msg"] == "Input should be less than 1E+20");
    CHECK(large["ctx"] == parse_json(R"({"lt":"100000000000000000000"})")); // beyond 64 bits: as text in a json
    json integer = errors<Bounds>(R"({"integer":10})")[0];
    CHECK(integer["msg"] == "Input should be less than 10");
    CHECK(integer["ctx"] == parse_json(R"({"lt":10})"));
    json power = errors<Bounds>(R"({"power":-1000})")[0];
    CHECK(power["msg"] == "Input should be greater than -1E+3");
    CHECK(power["ctx"] == parse_json(R"({"gt":-1000})"));
    json digits = errors<Digits>(R"({"both":"123.456"})")[0];
    CHECK(digits["msg"] == "Decimal input should have no more than 4 digits in total");
    CHECK(digits["ctx"] == parse_json(R"({"max_digits":4})"));
    json places = errors<Digits>(R"({"both":"0.123"})")[0];
    CHECK(places["msg"] == "Decimal input should have no more than 2 decimal places");
    CHECK(places["ctx"] == parse_json(R"({"decimal_places":2})"));
    CHECK(errors<Digits>(R"({"places":"0.12"})")[0]["msg"] == "Decimal input should have no more than 1 decimal place");
    json whole = errors<Digits>(R"({"both":"123"})")[0];
    CHECK(whole["msg"] == "Decimal input should have no more than 2 digits before the decimal point");
    CHECK(whole["ctx"] == parse_json(R"({"whole_digits":2})"));
    json step = errors<Steps>(R"({"text":"0.07"})")[0];
    CHECK(step["msg"] == "Input should be a multiple of 0.05");
    CHECK(step["ctx"] == parse_json(R"({"multiple_of":0.05})"));
}

TEST_CASE("decimal: digits and places, with and without the zeros at the end") {
    for (const char* good : {"0", "1e1", "10", "99.99", "0.00", "\"0e10\"", "\"0e-10\"", "\"1.000\"", "\"1.2300000\"",
                             "\"0.0100\"", "\"00001\"", "\"10e-3\"", "\"100e-1\"", "\"0.1000000000000000000000000000001\""})
        CHECK_MESSAGE(with<Digits>("both", good) == "ok", good);
    for (const char* bad : {"\"12.345\"", "\"1e4\"", "\"1e999999999\"", "99999", "12345678901234567890"})
        CHECK_MESSAGE(with<Digits>("both", bad) == "decimal_max_digits", bad);
    for (const char* bad : {"0.001", "\"1e-3\"", "\"0.999\"", "1.234"})
        CHECK_MESSAGE(with<Digits>("both", bad) == "decimal_max_places", bad);
    for (const char* bad : {"100", "\"1e2\"", "1000", "\"1000.00\"", "\"123.4\""})
        CHECK_MESSAGE(with<Digits>("both", bad) == "decimal_whole_digits", bad);
    CHECK(with<Digits>("digits", "999") == "ok");
    CHECK(with<Digits>("digits", "\"1e2\"") == "ok");
    CHECK(with<Digits>("digits", "0.001") == "ok");
    CHECK(with<Digits>("digits", "\"1e3\"") == "decimal_max_digits");
    CHECK(with<Digits>("digits", "0.0001") == "decimal_max_digits");
    CHECK(with<Digits>("places", "\"1e999999999\"") == "ok");
    CHECK(with<Digits>("places", "\"1e-999999\"") == "decimal_max_places");
    CHECK(with<Digits>("digits", "\"inf\"") == "finite_number");
}

TEST_CASE("decimal: multiples") {
    for (const char* good : {"0", "0.05", "\"0.350\"", "-100", "\"1e40\"", "\"12345678901234567890.15\"", "\"0e-9\""})
        CHECK_MESSAGE(with<Steps>("text", good) == "ok", good);
    for (const char* bad : {"0.01", "\"1e-30\"", "\"12345678901234567890.14\"", "0.051"})
        CHECK_MESSAGE(with<Steps>("text", bad) == "multiple_of", bad);
    CHECK(with<Steps>("floating", "0.3") == "ok");
    CHECK(with<Steps>("floating", "0.35") == "multiple_of");
    CHECK(with<Steps>("integer", "9") == "ok");
    CHECK(with<Steps>("integer", "10") == "multiple_of");
    CHECK(with<Steps>("integer", "\"" + std::string(100, '3') + "\"") == "ok");
    CHECK(with<Steps>("integer", "\"" + std::string(100, '3') + "4\"") == "multiple_of");
    CHECK(with<Steps>("integer", "\"1e999999999999\"") == "multiple_of");
    CHECK(with<Steps>("integer", "\"3e999999999999\"") == "ok");
    CHECK(with<Steps>("large", "9223372036854775807") == "ok");
    CHECK(with<Steps>("large", "92233720368547758070") == "ok");
    CHECK(with<Steps>("large", "9223372036854775806") == "multiple_of");
    CHECK(with<Steps>("large", "\"85070591730234615847396907784232501249\"") == "ok");
    CHECK(with<Steps>("large", "\"27670116110564327420\"") == "multiple_of");
    // As Python, whose quotients have 28 digits.
    CHECK(with<Steps>("integer", "\"3.0000000000000000000000000000000001\"") == "ok");
    CHECK(with<Steps>("integer", "\"2.9999999999999999999999999999999999\"") == "ok");
    CHECK(with<Steps>("integer", "\"2.9999999999999999\"") == "multiple_of");
}

TEST_CASE("decimal: schemas of what is read and of what is written") {
    json item = model_json_schema<Order>();
    json price = item["properties"]["price"];
    CHECK(price["anyOf"][0] == parse_json(R"({"type":"number","exclusiveMinimum":0})"));
    CHECK(price["anyOf"][1]["pattern"] ==
          R"(^(?!^[-+.]*$)[+-]?0*(?:\d{0,6}|(?=[\d.]{1,9}0*$)\d{0,6}\.\d{0,2}0*$))");
    CHECK(item["properties"]["discount"]["default"] == "0.00");
    auto pattern = [](std::string_view member) {
        return model_json_schema<Digits>()["properties"][member.data()]["anyOf"][1]["pattern"].get<std::string>();
    };
    CHECK(pattern("digits") == R"(^(?!^[-+.]*$)[+-]?0*(?:\d{0,3}|(?=[\d.]{1,4}0*$)\d*\.\d*0*$))");
    CHECK(pattern("places") == R"(^(?!^[-+.]*$)[+-]?0*\d*\.?\d{0,1}0*$)");
    json bounds = model_json_schema<Bounds>()["properties"];
    CHECK(bounds["text"]["anyOf"][0] == parse_json(R"({"type":"number","minimum":0.01,"maximum":2.5})"));
    CHECK(bounds["integer"]["anyOf"][0] == parse_json(R"({"type":"number","exclusiveMinimum":-10,"exclusiveMaximum":10})"));
    CHECK(model_json_schema<Steps>()["properties"]["floating"]["anyOf"][0]["multipleOf"] == 0.1);

    FastAPI app;
    app.post("/orders", [](Order order) { return order; });
    json schemas = app.openapi()["components"]["schemas"];
    CHECK(schemas["Order-Input"]["properties"]["price"] == price);
    CHECK(schemas["Order-Output"]["properties"]["discount"] ==
          parse_json(R"({"type":"string","pattern":"^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$","title":"Discount","default":"0.00"})"));
}

TEST_CASE("decimal: as a parameter") {
    FastAPI app;
    app.get("/q", [](Query<Decimal, "amount", Default("1.50"), Ge("0.5")> amount) { return *amount * 2; });
    TestClient client{app};
    CHECK(client.get("/q").text() == "\"3.00\"");
    CHECK(client.get("/q?amount=2.25").text() == "\"4.50\"");
    CHECK(client.get("/q?amount=0.4").status_code == 422);
    CHECK(client.get("/q?amount=1e3").text() == "\"2E+3\"");
}

TEST_CASE("decimal: long texts take linear time") {
    std::string digits(1000000, '7');
    std::string quoted = "\"" + digits + "." + digits + "\"";
    CHECK(outcome<Decimal>(quoted) == quoted);
    CHECK(read(std::string(1000000, '_')) == "!");
    CHECK(read("1" + std::string(1000000, '_') + "2") == "12");
    CHECK(read(std::string(1000000, ' ') + "1" + std::string(1000000, ' ')) == "1");
    CHECK(read(std::string(1000000, '0') + "1") == "1");
    CHECK(read("1e" + std::string(1000000, '9')) == "!");
    CHECK(read("1e" + std::string(1000000, '0') + "1") == "1E+1");
    CHECK(read("nan" + digits) == "NaN" + digits);
    CHECK(with<Digits>("both", quoted) == "decimal_max_digits");
    CHECK(with<Steps>("integer", quoted) == "multiple_of");
    CHECK(with<Steps>("integer", "\"" + std::string(1000000, '3') + "\"") == "ok");
    CHECK(with<Bounds>("text", quoted) == "less_than_equal");
    CHECK(Decimal(digits) < Decimal(digits + "8"));
    CHECK(static_cast<double>(Decimal("0." + digits)) == 0.7777777777777778);
    std::string full;
    for (int i = 0; i < 300000; ++i) full += "\uff11";
    CHECK(read(full) == std::string(300000, '1'));
}
