// Unions, tuples, enums by value, literals, Json, and models of other kinds: field types of vectors.jsonl and schemas.jsonl.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "types.hpp"

using namespace fastapi;

namespace {

struct Sub {
    std::int64_t a;
    Field<std::string> b = "x";
};
struct SubForbid {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    std::int64_t a;
};
struct SubAllow {
    static constexpr ModelConfig model_config{.extra = Extra::allow};
    std::int64_t a;
    ExtraFields<> extra;
};
struct Cat {
    Literal<"cat"> kind;
    std::int64_t lives;
};
struct Dog {
    Literal<"dog", "wolf"> kind;
    Field<std::string> bark = "woof";
};

enum class Color { red, green, dark_blue };
constexpr auto enum_values(Color) {
    return wire_values<Color>({{Color::red, "red"}, {Color::green, "green"}, {Color::dark_blue, "dark blue"}});
}
enum class Num { one = 1, two = 2 };
constexpr auto enum_values(Num) { return underlying_values; }
enum class Mixed { a, one, one_and_a_half };
constexpr auto enum_values(Mixed) {
    return wire_values<Mixed>({{Mixed::a, "a"}, {Mixed::one, 1}, {Mixed::one_and_a_half, 1.5}});
}

using Int = std::int64_t;
using IntOrStr = std::variant<Int, std::string>;
using StrOrInt = std::variant<std::string, Int>;
using IntOrFloat = std::variant<Int, double>;
using FloatOrInt = std::variant<double, Int>;
using BoolOrInt = std::variant<bool, Int>;
using IntBoolNull = std::variant<Int, bool, std::monostate>;
using ListOrInt = std::variant<std::vector<Int>, Int>;
using SubOrInt = std::variant<Sub, Int>;
using Subs = std::variant<Sub, SubForbid, SubAllow>;
using Pet = std::variant<Cat, Dog>;
using Tagged = Field<Pet, Discriminator("kind")>;
using IntAndStr = std::tuple<Int, std::string>;

} // namespace

using UuidOrInt = std::variant<UUID, std::int64_t>;
using IntOrDate = std::variant<std::int64_t, date>;
using DateOrDatetime = std::variant<date, datetime>;
SCALAR(uuid_or_int, UuidOrInt)
SCALAR(int_or_date, IntOrDate)
SCALAR(date_or_datetime, DateOrDatetime)
SCALAR(int_or_str, IntOrStr)
SCALAR(str_or_int, StrOrInt)
SCALAR(int_or_float, IntOrFloat)
SCALAR(float_or_int, FloatOrInt)
SCALAR(bool_or_int, BoolOrInt)
SCALAR(int_bool_null, IntBoolNull)
LIST(list_or_int, ListOrInt)
OBJECT(sub_or_int, SubOrInt)
OBJECT(subs, Subs)
OBJECT(pet, Pet)
OBJECT(tagged, Pet, Discriminator("kind"))
OBJECT(list_tagged, std::vector<Tagged>)
LIST(tuple_int_str, IntAndStr)
LIST(tuple_ints, VariadicTuple<Int>)
LIST(tuple_ints_min2, VariadicTuple<Int>, MinLength(2))
LIST(frozenset_int, FrozenSet<Int>)
SCALAR(enum_str, Color)
SCALAR(enum_int, Num)
SCALAR(enum_mixed, Mixed)
using OneTwo = Literal<1, 2>;
using MixedLiteral = Literal<"a", 1, true, nullptr>;
SCALAR(literal_int, OneTwo)
SCALAR(literal_mixed, MixedLiteral)
SCALAR(none, std::nullptr_t)
SCALAR(json_any, Json<>)
LIST(json_list, Json<std::vector<Int>>)
OBJECT(json_value, JsonValue)
OBJECT(sub_allow, SubAllow)

void conformance::add_unions_types(TypePorts& types) {
    TYPE("uuid|int", uuid_or_int);
    TYPE("int|date", int_or_date);
    TYPE("date|datetime", date_or_datetime);
    TYPE("int|str", int_or_str);
    TYPE("str|int", str_or_int);
    TYPE("int|float", int_or_float);
    TYPE("float|int", float_or_int);
    TYPE("bool|int", bool_or_int);
    TYPE("int|bool|null", int_bool_null);
    TYPE("list[int]|int", list_or_int);
    TYPE("Sub|int", sub_or_int);
    TYPE("Sub|SubForbid|SubAllow", subs);
    TYPE("Cat|Dog", pet);
    TYPE("Cat|Dog disc=kind", tagged);
    TYPE("list[Cat|Dog disc=kind]", list_tagged);
    TYPE("tuple[int,str]", tuple_int_str);
    TYPE("tuple[int,...]", tuple_ints);
    TYPE("tuple[int,...] min_length=2", tuple_ints_min2);
    TYPE("frozenset[int]", frozenset_int);
    TYPE("enum str{red,green,dark blue}", enum_str);
    TYPE("enum int{1,2}", enum_int);
    TYPE("enum mixed{a,1,1.5}", enum_mixed);
    TYPE("literal{1,2}", literal_int);
    TYPE("literal{a,1,true,null}", literal_mixed);
    TYPE("None", none);
    TYPE("Json", json_any);
    TYPE("Json[list[int]]", json_list);
    types.push_back({"JsonValue", &json_value::R::values, nullptr}); // FastAPI has no such parameter
    TYPE("Sub extra=allow", sub_allow);
}
