// The field types of vectors.jsonl and schemas.jsonl, as fields and parameters.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
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
struct SubStrict {
    static constexpr ModelConfig model_config{.strict = true};
    std::int64_t a;
};
struct SubAlias {
    Field<std::int64_t, Alias("A-a")> a;
};
struct SubBoth {
    static constexpr ModelConfig model_config{.populate_by_name = true};
    Field<std::int64_t, Alias("A-a")> a;
};
struct Tree {
    std::int64_t v;
    Field<std::vector<Tree>> kids = empty;
};

} // namespace

using Int = std::int64_t;
using AtLeastTwo = Field<Int, Ge(2)>;
using IntMap = std::map<std::string, Int>;
using NumberedTexts = std::map<Int, std::string>;

SCALAR(int_plain, Int)
SCALAR(int_gt, Int, Gt(3))
SCALAR(int_ge, Int, Ge(3))
SCALAR(int_lt, Int, Lt(3))
SCALAR(int_le, Int, Le(3))
SCALAR(int_multiple, Int, MultipleOf(2))
SCALAR(int_range, Int, Ge(1), Le(100))
SCALAR(int_strict, Int, Strict)
SCALAR(int_positive, Int, Gt(0))
SCALAR(int_non_negative, Int, Ge(0))
SCALAR(int_negative, Int, Lt(0))
SCALAR(int_non_positive, Int, Le(0))
SCALAR(float_plain, double)
SCALAR(float_gt, double, Gt(0.5))
SCALAR(float_ge, double, Ge(0.0))
SCALAR(float_lt, double, Lt(10.5))
SCALAR(float_le, double, Le(1.0))
SCALAR(float_multiple, double, MultipleOf(0.5))
SCALAR(float_finite, double, AllowInfNan(false))
SCALAR(float_strict, double, Strict)
SCALAR(bool_plain, bool)
SCALAR(bool_strict, bool, Strict)
SCALAR(str_plain, std::string)
SCALAR(str_min3, std::string, MinLength(3))
SCALAR(str_max3, std::string, MaxLength(3))
SCALAR(str_min1, std::string, MinLength(1))
SCALAR(str_max1, std::string, MaxLength(1))
SCALAR(str_pattern, std::string, Pattern("^a+$"))
SCALAR(str_digit, std::string, Pattern("\\d"))
SCALAR(str_strip, std::string, StripWhitespace)
SCALAR(str_lower, std::string, ToLower)
SCALAR(str_upper, std::string, ToUpper, StripWhitespace, MinLength(2))
SCALAR(str_strict, std::string, Strict)
SCALAR(any, json)
SCALAR(literal_a, Literal<"a">)
SCALAR(literal_abc, Literal<"a", "b", "c">)
SCALAR(int_or_null, std::optional<Int>, Required)
SCALAR(str_or_null, std::optional<std::string>, Required)
SCALAR(http_url, HttpUrl)
SCALAR(any_url, AnyUrl)
SCALAR(any_http_url, AnyHttpUrl)
SCALAR(websocket_url, WebsocketUrl)
SCALAR(postgres_dsn, PostgresDsn)
SCALAR(redis_dsn, RedisDsn)
LIST(list_int, std::vector<Int>)
LIST(list_str, std::vector<std::string>)
LIST(list_int_min2, std::vector<Int>, MinLength(2))
LIST(list_int_max2, std::vector<Int>, MaxLength(2))
LIST(list_int_min1, std::vector<Int>, MinLength(1))
LIST(list_int_ge2, std::vector<AtLeastTwo>)
LIST(list_int_or_null, std::vector<std::optional<Int>>)
LIST(set_int, std::set<Int>)
LIST(set_str_max1, std::set<std::string>, MaxLength(1))
OBJECT(list_any, std::vector<json>)
OBJECT(list_list_int, std::vector<std::vector<Int>>)
OBJECT(list_sub, std::vector<Sub>)
OBJECT(object_any, std::map<std::string, json>)
OBJECT(dict_str_int, IntMap)
OBJECT(dict_int_str, NumberedTexts)
OBJECT(dict_str_sub, std::map<std::string, Sub>)
OBJECT(dict_str_int_min1, IntMap, MinLength(1))
OBJECT(dict_str_list, std::map<std::string, std::vector<Int>>)
OBJECT(sub_plain, Sub)
OBJECT(sub_forbid, SubForbid)
OBJECT(sub_strict, SubStrict)
OBJECT(sub_alias, SubAlias)
OBJECT(sub_both, SubBoth)
OBJECT(tree, Tree)
OBJECT(sub_or_null, std::optional<Sub>, Required)

void conformance::add_types(TypePorts& types) {
    TYPE("int", int_plain);
    TYPE("int gt=3", int_gt);
    TYPE("int ge=3", int_ge);
    TYPE("int lt=3", int_lt);
    TYPE("int le=3", int_le);
    TYPE("int multiple_of=2", int_multiple);
    TYPE("int ge=1 le=100", int_range);
    TYPE("int strict", int_strict);
    TYPE("PositiveInt", int_positive);
    TYPE("NonNegativeInt", int_non_negative);
    TYPE("NegativeInt", int_negative);
    TYPE("NonPositiveInt", int_non_positive);
    TYPE("float", float_plain);
    TYPE("float gt=0.5", float_gt);
    TYPE("float ge=0", float_ge);
    TYPE("float lt=10.5", float_lt);
    TYPE("float le=1", float_le);
    TYPE("float multiple_of=0.5", float_multiple);
    TYPE("float allow_inf_nan=false", float_finite);
    TYPE("FiniteFloat", float_finite);
    TYPE("float strict", float_strict);
    TYPE("bool", bool_plain);
    TYPE("bool strict", bool_strict);
    TYPE("str", str_plain);
    TYPE("str min_length=3", str_min3);
    TYPE("str max_length=3", str_max3);
    TYPE("str min_length=1", str_min1);
    TYPE("str max_length=1", str_max1);
    TYPE("str pattern=^a+$", str_pattern);
    TYPE("str pattern=\\d", str_digit);
    TYPE("str strip", str_strip);
    TYPE("str lower", str_lower);
    TYPE("str upper strip min_length=2", str_upper);
    TYPE("str strict", str_strict);
    TYPE("Any", any);
    TYPE("literal{a}", literal_a);
    TYPE("literal{a,b,c}", literal_abc);
    TYPE("int|null", int_or_null);
    TYPE("str|null", str_or_null);
    TYPE("HttpUrl", http_url);
    TYPE("AnyUrl", any_url);
    TYPE("AnyHttpUrl", any_http_url);
    TYPE("WebsocketUrl", websocket_url);
    TYPE("PostgresDsn", postgres_dsn);
    TYPE("RedisDsn", redis_dsn);
    TYPE("list[int]", list_int);
    TYPE("list[str]", list_str);
    TYPE("list[int] min_length=2", list_int_min2);
    TYPE("list[int] max_length=2", list_int_max2);
    TYPE("list[int] min_length=1", list_int_min1);
    TYPE("list[int ge=2]", list_int_ge2);
    TYPE("list[int|null]", list_int_or_null);
    TYPE("set[int]", set_int);
    TYPE("set[str] max_length=1", set_str_max1);
    TYPE("list[list[int]]", list_list_int);
    TYPE("list[Sub]", list_sub);
    TYPE("object", object_any);
    TYPE("dict[str,int]", dict_str_int);
    TYPE("dict[int,str]", dict_int_str);
    TYPE("dict[str,Sub]", dict_str_sub);
    TYPE("dict[str,int] min_length=1", dict_str_int_min1);
    TYPE("dict[str,list[int]]", dict_str_list);
    TYPE("Sub{a:int,b:str=x}", sub_plain);
    TYPE("Sub extra=forbid", sub_forbid);
    TYPE("Sub strict", sub_strict);
    TYPE("Sub alias=A-a", sub_alias);
    TYPE("Sub alias=A-a populate_by_name", sub_both);
    TYPE("Tree", tree);
    TYPE("Sub|null", sub_or_null);
    types.push_back({"list", &list_any::R::values, nullptr}); // as a parameter it was a form field
}
