// Enums and literals: read and written by name, wherever they are declared.

#include <cstdint>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;

namespace enum_test {
enum class Colour { red = 1, green = 5, dark_blue = -3 };
enum class Small : std::uint8_t { zero, one };
enum class Wide { least = -16, most = 127 };
enum class WithCount { a, b, c = 10, d };
} // namespace enum_test

using namespace enum_test;

namespace {

enum class Hidden { first, second };

} // namespace

TEST_CASE("an enum is read and written by name, whatever its values are") {
    CHECK(outcome<Colour>("\"red\"") == "\"red\"");
    CHECK(outcome<Colour>("\"dark_blue\"") == "\"dark_blue\"");
    CHECK(model_validate_json<Colour>("\"green\"") == Colour::green);
    CHECK(model_validate_json<Colour>("\"dark_blue\"") == Colour::dark_blue);
    CHECK(outcome<Small>("\"one\"") == "\"one\"");
    // In the order of the values, which is that of the declaration in most enums.
    CHECK(errors<Colour>("\"Red\"")[0]["msg"] == "Input should be 'dark_blue', 'red' or 'green'");
    for (std::string_view other : {"1", "null", "true", "[\"red\"]", "\"\"", "\"RED\"", "5"})
        CHECK(outcome<Colour>(other) == "! .: enum");
    CHECK_THROWS_AS(model_dump_json(static_cast<Colour>(77)), std::logic_error); // no name: the program's own doing
}

TEST_CASE("enums may be anywhere: in an unnamed namespace, in a function, in a class") {
    enum class Local { here, there };
    struct Outer {
        enum class Inner { in, out };
    };
    CHECK(outcome<Hidden>("\"second\"") == "\"second\"");
    CHECK(model_dump_json(Hidden::first) == "\"first\"");
    CHECK(errors<Hidden>("1")[0]["msg"] == "Input should be 'first' or 'second'");
    CHECK(outcome<Local>("\"there\"") == "\"there\"");
    CHECK(errors<Local>("1")[0]["msg"] == "Input should be 'here' or 'there'");
    CHECK(outcome<Outer::Inner>("\"in\"") == "\"in\"");
}

TEST_CASE("enumerators from -16 to 127, with gaps") {
    CHECK(model_validate_json<Wide>("\"least\"") == Wide::least);
    CHECK(model_validate_json<Wide>("\"most\"") == Wide::most);
    CHECK(model_dump_json(WithCount::d) == "\"d\"");
    CHECK(errors<WithCount>("0")[0]["msg"] == "Input should be 'a', 'b', 'c' or 'd'");
}

TEST_CASE("a Literal is one of its texts") {
    using Kind = Literal<"a", "b", "c">;
    CHECK(outcome<Kind>("\"b\"") == "\"b\"");
    CHECK(
        errors<Kind>("\"x\"") ==
        parse_json(
            R"([{"type":"literal_error","loc":[],"msg":"Input should be 'a', 'b' or 'c'","input":"x","ctx":{"expected":"'a', 'b' or 'c'"}}])"));
    CHECK(errors<Literal<"only">>("1")[0]["msg"] == "Input should be 'only'");
    CHECK(errors<Literal<"a", "b">>("null")[0]["msg"] == "Input should be 'a' or 'b'");
}
