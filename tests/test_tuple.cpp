// Tuples, arrays of a fixed length, and the containers that C++ has more of than Python.

#include <array>
#include <deque>
#include <list>
#include <memory>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;

namespace {

struct Line {
    std::tuple<int, std::string> head;
    std::pair<double, Field<int, Ge(1)>> pair;
    std::array<double, 3> point;
};
struct StrictLine {
    static constexpr ModelConfig model_config{.strict = true};
    std::optional<std::tuple<int>> tuple;
    std::optional<std::set<int>> set;
    std::optional<FrozenSet<int>> frozen;
    std::optional<VariadicTuple<int>> variadic;
    std::optional<std::array<int, 1>> array;
    std::optional<std::vector<int>> list;
    std::optional<Json<std::set<int>>> text;
};

} // namespace

TEST_CASE("tuple: one type a place") {
    using T = std::tuple<int, std::string>;
    CHECK(outcome<T>(R"([1,"a"])") == R"([1,"a"])");
    CHECK(outcome<T>(R"(["1","a"])") == R"([1,"a"])");
    CHECK(outcome<T>("[]") == "! 0: missing | 1: missing");
    CHECK(outcome<T>(R"(["x"])") == "! 0: int_parsing | 1: missing");
    CHECK(outcome<T>(R"(["x",1])") == "! 0: int_parsing | 1: string_type");
    for (auto other : {"{}", "\"ab\"", "null", "1"}) CHECK(outcome<T>(other) == "! .: tuple_type");
    // What is too long is one error, whatever is in it.
    CHECK(errors<T>(R"(["x",1,2])") == parse_json(R"([{"type":"too_long","loc":[],
        "msg":"Tuple should have at most 2 items after validation, not 3","input":["x",1,2],
        "ctx":{"field_type":"Tuple","max_length":2,"actual_length":3}}])"));
    CHECK(outcome<std::tuple<>>("[]") == "[]");
    CHECK(outcome<std::tuple<>>("[1]") == "! .: too_long");
    CHECK(outcome<std::pair<int, std::optional<int>>>("[1,null]") == "[1,null]");
    T read = model_validate_json<T>(R"([3,"b"])");
    CHECK(std::get<0>(read) == 3);
    CHECK(std::get<1>(read) == "b");
}

TEST_CASE("tuple: an array is a list of exactly that many") {
    using A = std::array<double, 3>;
    CHECK(outcome<A>("[1,2.5,\"3\"]") == "[1.0,2.5,3.0]");
    CHECK(errors<A>("[1]") == parse_json(R"([{"type":"too_short","loc":[],
        "msg":"List should have at least 3 items after validation, not 1","input":[1],
        "ctx":{"field_type":"List","min_length":3,"actual_length":1}}])"));
    CHECK(outcome<A>("[1,2,3,4]") == "! .: too_long");
    CHECK(outcome<A>("[1,\"x\"]") == "! 1: float_parsing"); // errors of items go before the length
    CHECK(outcome<A>("{}") == "! .: list_type");
    CHECK(outcome<std::array<std::array<bool, 2>, 2>>("[[true,0],[1,false]]") == "[[true,false],[true,false]]");
    CHECK(outcome<std::array<int, 0>>("[]") == "[]");
}

TEST_CASE("tuple: in models, with their schemas") {
    CHECK(outcome<Line>(R"({"head":[1,"a"],"pair":[1,2],"point":[1,2,3]})") ==
          R"({"head":[1,"a"],"pair":[1.0,2],"point":[1.0,2.0,3.0]})");
    CHECK(outcome<Line>(R"({"head":[1],"pair":[1,0],"point":[1,2]})") ==
          "! head/1: missing | pair/1: greater_than_equal | point: too_short");
    json properties = model_json_schema<Line>()["properties"];
    CHECK(properties["head"] == parse_json(R"({"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],
        "minItems":2,"maxItems":2,"title":"Head"})"));
    CHECK(properties["pair"]["prefixItems"][1] == parse_json(R"({"type":"integer","minimum":1})"));
    CHECK(properties["point"] ==
          parse_json(R"({"type":"array","items":{"type":"number"},"minItems":3,"maxItems":3,"title":"Point"})"));
    CHECK(model_json_schema<std::tuple<>>() == parse_json(R"({"type":"array","minItems":0,"maxItems":0})"));
}

TEST_CASE("tuple: of any length, with Pydantic's order of errors") {
    using V = Field<VariadicTuple<int>, MinLength(2), MaxLength(3)>;
    CHECK(outcome<V>("[1,\"2\"]") == "[1,2]");
    CHECK(outcome<V>("\"x\"") == "! .: tuple_type");
    CHECK(outcome<V>("[\"x\",1]") == "! 0: int_parsing | .: too_short");
    CHECK(outcome<V>("[\"x\",\"y\",1,2,3]") == "! 0: int_parsing | 1: int_parsing"); // three are good
    CHECK(errors<V>("[\"x\",1,2,3,4]") == parse_json(R"([{"type":"too_long","loc":[],
        "msg":"Tuple should have at most 3 items after validation, not 5","input":["x",1,2,3,4],
        "ctx":{"field_type":"Tuple","max_length":3,"actual_length":5}}])"));
    CHECK(model_json_schema<V>() == parse_json(R"({"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3})"));
    VariadicTuple<int> made{1, 2, 3};
    CHECK(made.size() == 3);
    CHECK(model_dump_json(made) == "[1,2,3]");
}

TEST_CASE("tuple: frozen sets") {
    using F = Field<FrozenSet<int>, MinLength(2), MaxLength(3)>;
    CHECK(outcome<F>("[3,1,1,\"3\"]") == "[1,3]");
    CHECK(outcome<F>("{}") == "! .: frozen_set_type");
    CHECK(errors<F>("[1,1]")[0]["msg"] == "Frozenset should have at least 2 items after validation, not 1");
    CHECK(errors<F>("[1,2,3,4]")[0]["msg"] == "Frozenset should have at most 3 items after validation, not more");
    CHECK(outcome<F>("[\"x\"]") == "! 0: int_parsing");
    CHECK(model_json_schema<FrozenSet<std::string>>() ==
          parse_json(R"({"type":"array","uniqueItems":true,"items":{"type":"string"}})"));
}

TEST_CASE("tuple: a JSON array is a list; strict types take it for nothing else, but in a Json<T>") {
    CHECK(outcome<StrictLine>(R"({"list":[1],"array":[1],"text":null})") ==
          R"({"tuple":null,"set":null,"frozen":null,"variadic":null,"array":[1],"list":[1],"text":null})");
    CHECK(outcome<StrictLine>(R"({"tuple":[1],"set":[1],"frozen":[1],"variadic":[1],"text":"[2,1]"})") ==
          "! tuple: tuple_type | set: set_type | frozen: frozen_set_type | variadic: tuple_type");
}

TEST_CASE("tuple: deque, list and the unordered containers are lists, sets and maps") {
    CHECK(outcome<std::deque<int>>("[1,\"2\"]") == "[1,2]");
    CHECK(outcome<std::list<bool>>("[true,0]") == "[true,false]");
    CHECK(outcome<std::list<int>>("{}") == "! .: list_type");
    CHECK(outcome<std::unordered_set<int>>("[1,1]") == "[1]");
    CHECK(outcome<std::unordered_set<int>>("{}") == "! .: set_type");
    CHECK(outcome<std::unordered_map<std::string, int>>(R"({"a":"1"})") == R"({"a":1})");
    CHECK(outcome<std::unordered_map<int, std::vector<int>>>(R"({"x":[1]})") == "! x/[key]: int_parsing");
    CHECK(outcome<std::shared_ptr<int>>("3") == "3");
    CHECK(outcome<std::shared_ptr<int>>("null") == "null");
    CHECK(outcome<std::map<std::string, std::unique_ptr<int>>>(R"({"a":1,"b":null})") == R"({"a":1,"b":null})");
}

TEST_CASE("tuple: parameters take all values of a key") {
    FastAPI app;
    app.get("/tuple", [](Query<std::tuple<int, std::string>, "q"> q) { return *q; });
    app.get("/array", [](Query<std::array<int, 2>, "q"> q) { return *q; });
    app.get("/frozen", [](Header<FrozenSet<std::string>, "x_tag"> tags) { return *tags; });
    app.post("/body", [](std::tuple<int, bool> body) { return body; });
    TestClient client{app};
    CHECK(client.get("/tuple?q=1&q=a").content == R"([1,"a"])");
    CHECK(test::short_errors(client.get("/tuple?q=1").json()) == "query/q/1: missing");
    CHECK(test::short_errors(client.get("/tuple").json()) == "query/q: missing");
    CHECK(client.get("/array?q=1&q=2").content == "[1,2]");
    CHECK(client.get("/frozen", {.headers = {{"X-Tag", "b"}, {"X-Tag", "a"}}}).content == R"(["a","b"])");
    CHECK(client.post("/body", {.json = json::array({1, true})}).content == "[1,true]");
}
