// Validators of the user's: AfterValidator on a field, validate() on a model, and what they throw.

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;

namespace {

int calls = 0;

std::string upper(std::string text) {
    ++calls;
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return text;
}
void no_foo(const std::string& text) {
    if (text == "FOO") throw ValueError("foo is taken");
}
int twice(int n) { return 2 * n; }
void odd_only(const int& n) {
    if (n % 2 == 0) throw AssertionError("must be odd");
}
double custom(double value) {
    if (value > 100)
        throw PydanticCustomError("too_hot", "That is too hot: " + std::to_string(static_cast<int>(value)),
                                  json{{"limit", 100}});
    if (value < 0) throw PydanticCustomError("too_cold", "That is too cold");
    return value;
}
std::vector<int> sorted(std::vector<int> list) {
    std::sort(list.begin(), list.end());
    return list;
}
void not_empty(const std::optional<std::string>& text) {
    if (text && text->empty()) throw ValueError("empty");
}
int broken(int) { throw std::runtime_error("a bug of the program"); }

struct Account {
    Field<std::string, MinLength(2), AfterValidator<upper>, AfterValidator<no_foo>> name;
    Field<int, AfterValidator<odd_only>, AfterValidator<twice>> number = 1;
    Field<double, AfterValidator<custom>> heat = 20;
    Field<std::vector<int>, AfterValidator<sorted>> list = empty;
    Field<std::optional<std::string>, AfterValidator<not_empty>> note;
};

struct Range {
    int low;
    int high;
    void validate() const {
        if (low > high) throw ValueError("low is above high");
        if (high == 13) throw AssertionError("not thirteen");
        if (high == 14) throw PydanticCustomError("fourteen", "never fourteen", json{{"found", high}});
    }
};
struct StaticRange {
    int low;
    int high;
    static void validate(const StaticRange& range) {
        if (range.low > range.high) throw ValueError("low is above high");
    }
};
struct Ranges {
    Range one;
    Field<std::vector<Range>> more = empty;
    std::optional<StaticRange> last;
};
struct Lambda {
    Field<int, AfterValidator<[](int n) { return n + 1; }>> n;
    std::vector<Field<int, AfterValidator<odd_only>>> odd;
};
struct Broken {
    Field<int, AfterValidator<broken>> n = 0;
};

} // namespace

TEST_CASE("validators look at values, change them and run in order") {
    CHECK(outcome<Account>(R"({"name":"ab"})") == R"({"name":"AB","number":1,"heat":20.0,"list":[],"note":null})");
    CHECK(outcome<Account>(R"({"name":"ab","number":3,"list":[3,1,2],"note":"x"})") ==
          R"({"name":"AB","number":6,"heat":20.0,"list":[1,2,3],"note":"x"})");
    CHECK(outcome<Lambda>(R"({"n":1,"odd":[1,3]})") == R"({"n":2,"odd":[1,3]})");
    CHECK(outcome<Lambda>(R"({"n":1,"odd":[1,2,4]})") == "! odd/1: assertion_error | odd/2: assertion_error");
}

TEST_CASE("what a validator throws is an error at its field") {
    CHECK(errors<Account>(R"({"name":"foo","number":2,"heat":101,"note":""})") == parse_json(R"([
        {"type":"value_error","loc":["name"],"msg":"Value error, foo is taken","input":"foo","ctx":{"error":{}}},
        {"type":"assertion_error","loc":["number"],"msg":"Assertion failed, must be odd","input":2,"ctx":{"error":{}}},
        {"type":"too_hot","loc":["heat"],"msg":"That is too hot: 101","input":101,"ctx":{"limit":100}},
        {"type":"value_error","loc":["note"],"msg":"Value error, empty","input":"","ctx":{"error":{}}}])"));
    CHECK(errors<Account>(R"({"name":"ab","heat":-1})") ==
          parse_json(R"([{"type":"too_cold","loc":["heat"],"msg":"That is too cold","input":-1}])"));
}

TEST_CASE("a validator does not see a value that is wrong already") {
    calls = 0;
    CHECK(outcome<Account>(R"({"name":"a"})") == "! name: string_too_short");
    CHECK(outcome<Account>(R"({"name":1})") == "! name: string_type");
    CHECK(outcome<Account>("{}") == "! name: missing");
    CHECK(calls == 0);
    CHECK(outcome<Account>(R"({"name":"ok"})").substr(0, 12) == R"({"name":"OK")");
    CHECK(calls == 1);
}

TEST_CASE("a validator does not run on a default") {
    // 20 degrees is fine, 1 stays 1 and is not doubled.
    CHECK(outcome<Account>(R"({"name":"ab"})").find("\"number\":1") != std::string::npos);
    CHECK(outcome<Broken>("{}") == R"({"n":0})");
}

TEST_CASE("a whole model is validated when its fields are right") {
    CHECK(outcome<Range>(R"({"low":1,"high":2})") == R"({"low":1,"high":2})");
    CHECK(
        errors<Range>(R"({"low":3,"high":2})") ==
        parse_json(
            R"([{"type":"value_error","loc":[],"msg":"Value error, low is above high","input":{"low":3,"high":2},"ctx":{"error":{}}}])"));
    CHECK(outcome<Range>(R"({"low":1,"high":13})") == "! .: assertion_error");
    CHECK(
        errors<Range>(R"({"low":1,"high":14})") ==
        parse_json(
            R"([{"type":"fourteen","loc":[],"msg":"never fourteen","input":{"low":1,"high":14},"ctx":{"found":14}}])"));
    CHECK(outcome<Range>(R"({"low":3,"high":"x"})") == "! high: int_parsing");
    CHECK(outcome<StaticRange>(R"({"low":3,"high":2})") == "! .: value_error");
    CHECK(outcome<StaticRange>(R"({"low":2,"high":2})") == R"({"low":2,"high":2})");
}

TEST_CASE("nested models validate where they stand, and all errors are told") {
    CHECK(
        outcome<Ranges>(
            R"({"one":{"low":2,"high":1},"more":[{"low":1,"high":2},{"low":9,"high":1},{"low":1}],"last":{"low":5,"high":4}})") ==
        "! one: value_error | more/1: value_error | more/2/high: missing | last: value_error");
    CHECK(outcome<Ranges>(R"({"one":{"low":1,"high":2}})") == R"({"one":{"low":1,"high":2},"more":[],"last":null})");
}

TEST_CASE("any other exception is the program's, not the client's") {
    CHECK_THROWS_WITH_AS(model_validate_json<Broken>(R"({"n":1})"), "a bug of the program", std::runtime_error);
    FastAPI app;
    app.post("/broken", [](Broken b) { return b; });
    TestClient client{app, {.raise_server_exceptions = false}};
    auto answer = client.post("/broken", {.json = json{{"n", 1}}});
    CHECK(answer.status_code == 500);
    CHECK(answer.text() == "Internal Server Error");
}

TEST_CASE("validators answer through an application") {
    FastAPI app;
    app.post("/accounts", [](Account account) { return account; });
    app.post("/ranges", [](Body<std::vector<Range>, "ranges", Embed> ranges) { return *ranges; });
    app.get("/odd", [](Query<int, "n", AfterValidator<odd_only>> n) { return *n; });
    app.get("/double/{n}", [](Path<int, "n", AfterValidator<twice>> n) { return *n; });
    TestClient client{app};
    CHECK(client.post("/accounts", {.json = json{{"name", "ab"}, {"number", 5}}}).json()["number"] == 10);
    CHECK(test::short_errors(client.post("/accounts", {.json = json{{"name", "foo"}}}).json()) ==
          "body/name: value_error");
    CHECK(test::short_errors(client.post("/ranges", {.json = json{{"ranges", {{{"low", 2}, {"high", 1}}}}}}).json()) ==
          "body/ranges/0: value_error");
    CHECK(
        client.get("/odd?n=2").text() ==
        R"({"detail":[{"type":"assertion_error","loc":["query","n"],"msg":"Assertion failed, must be odd","input":"2","ctx":{"error":{}}}]})");
    CHECK(client.get("/odd?n=3").text() == "3");
    CHECK(client.get("/double/21").text() == "42");
}

// --- before, wrap, plain ---------------------------------------------------------------------------------------------------

namespace {

json append_one(json value) { return value.is_string() ? json(value.get<std::string>() + "1") : value; }
json append_two(json value) { return value.is_string() ? json(value.get<std::string>() + "2") : value; }
json refuse(json) { throw ValueError("refused"); }
int plus_one(int n) { return n + 1; }
int lenient(json value, const ValidatorHandler<int>& handler) {
    try {
        return handler(value);
    } catch (const ValidationError&) {
        if (value == "none") return -1;
        if (value == "bad") throw ValueError("bad one");
        throw;
    }
}
struct InnerNumber {
    int n;
};
int through_a_model(json value) { return model_validate<InnerNumber>(json{{"n", value}}).n; }
int size_of_list(json value) {
    if (!value.is_array()) throw AssertionError("no list");
    return static_cast<int>(value.size());
}

struct Ordered {
    Field<int, AfterValidator<plus_one>, AfterValidator<twice>, BeforeValidator<append_one>, BeforeValidator<append_two>> x;
};
struct Mixed {
    Field<int, BeforeValidator<append_one>, AfterValidator<plus_one>, BeforeValidator<append_two>, AfterValidator<twice>> x;
};
using Lenient = Field<int, WrapValidator<lenient>>;
struct Wrapped {
    std::vector<Lenient> x;
};
struct Plain {
    Field<int, PlainValidator<size_of_list>> x;
};
struct Nested {
    Field<int, PlainValidator<through_a_model>> x;
};
struct Refused {
    Field<int, BeforeValidator<refuse>> x;
    int y;
};
struct Renamed {
    int a;
    static json validate_before(json data) {
        if (data == "boom") throw ValueError("no");
        if (data.is_object() && data.contains("A")) data["a"] = data["A"];
        return data;
    }
};
struct Outer {
    Renamed b;
};

} // namespace

TEST_CASE("of several validators the last one is the outermost") {
    CHECK(model_validate_json<Ordered>(R"({"x":"5"})").x == 1044);
    CHECK(model_validate_json<Mixed>(R"({"x":"5"})").x == 1044);
    CHECK(errors<Ordered>(R"({"x":"q"})") == parse_json(R"([{"type":"int_parsing","loc":["x"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"q21"}])"));
    CHECK(outcome<Refused>(R"({"x":1,"y":"b"})") == "! x: value_error | y: int_parsing");
}

TEST_CASE("a wrap validator calls what it stands around, and may answer for its errors") {
    CHECK(outcome<Wrapped>(R"({"x":["1","none",3]})") == R"({"x":[1,-1,3]})");
    CHECK(outcome<Wrapped>(R"({"x":["1","bad","z",[]]})") == "! x/1: value_error | x/2: int_parsing | x/3: int_type");
    CHECK(errors<Wrapped>(R"({"x":["z"]})") == parse_json(R"([{"type":"int_parsing","loc":["x",0],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"z"}])"));
}

TEST_CASE("a plain validator stands instead of the type") {
    CHECK(outcome<Plain>(R"({"x":[1,"a",null]})") == R"({"x":3})");
    CHECK(outcome<Plain>(R"({"x":1})") == "! x: assertion_error");
    CHECK(outcome<Plain>("{}") == "! x: missing");
    CHECK(model_json_schema<Plain>()["properties"]["x"] == json{{"title", "X"}});
    CHECK(model_json_schema<Plain>(JsonSchemaMode::serialization)["properties"]["x"] == json{{"title", "X"}, {"type", "integer"}});
    CHECK(outcome<Nested>(R"({"x":"7"})") == R"({"x":7})");
    CHECK(outcome<Nested>(R"({"x":"u"})") == "! x/n: int_parsing");
}

TEST_CASE("a model sees its input before it is validated") {
    CHECK(outcome<Outer>(R"({"b":{"A":"3"}})") == R"({"b":{"a":3}})");
    CHECK(outcome<Outer>(R"({"b":{"A":"x"}})") == "! b/a: int_parsing");
    CHECK(errors<Outer>(R"({"b":"boom"})") == parse_json(R"([{"type":"value_error","loc":["b"],"msg":"Value error, no","input":"boom","ctx":{"error":{}}}])"));
    CHECK(outcome<Outer>(R"({"b":[]})") == "! b: model_attributes_type");
}

TEST_CASE("validators of parameters see the text that was sent") {
    FastAPI app;
    app.get("/q", [](Query<int, "n", BeforeValidator<append_one>> n) { return *n; });
    app.get("/w", [](Query<int, "n", WrapValidator<lenient>> n) { return *n; });
    TestClient client{app};
    CHECK(client.get("/q?n=4").content == "41");
    CHECK(client.get("/q?n=x").json()["detail"][0]["input"] == "x1");
    CHECK(client.get("/w?n=none").content == "-1");
    CHECK(client.get("/w?n=x").json()["detail"][0]["loc"] == json{"query", "n"});
}
