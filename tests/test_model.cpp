// Models: which members are required, names on the wire, nested models, containers, and errors in Pydantic's words.

#include <list>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace model_test {
enum class Size { small, medium, large };
}
using model_test::Size;

namespace {

struct Image {
    std::string url;
    std::string name;
};
struct Item {
    Field<std::string, MinLength(1), MaxLength(5)> name;
    Field<double, Gt(0), Le(10.5)> price;
    std::optional<std::string> description;
    Field<int, Ge(1), Lt(10), MultipleOf(2)> count = 2;
    Field<std::vector<std::string>, MaxLength(2)> tags = empty;
    std::optional<std::vector<Image>> images;
    Field<std::map<std::string, int>> numbers = empty;
    Field<std::map<int, double>> by_number = empty;
    Field<std::set<int>, MinLength(1), MaxLength(2)> unique = std::set<int>{1};
    Field<Size, Alias("itemSize")> size = Size::medium;
};
struct Rules {
    int plain;
    std::optional<int> maybe;
    Field<int> field;
    Field<int> with_default = 7;
    Field<std::optional<int>> field_maybe;
    Field<std::optional<int>, Required> must_be_there;
    Field<std::vector<int>> list = empty;
    Field<std::vector<int>> required_list;
    std::unique_ptr<int> owned;
};
struct Tree {
    int v;
    Field<std::vector<Tree>> children = empty;
};
struct Chain {
    int v;
    std::unique_ptr<Chain> next;
};
struct Aliases {
    Field<int, Alias("bothWays")> both;
    Field<int, ValidationAlias("read-as")> read;
    Field<int, SerializationAlias("writtenAs")> written;
    Field<int, Alias("a"), ValidationAlias("v"), SerializationAlias("s")> all;
};
struct Strictly {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    int a;
    Field<int> b = 1;
};
struct ByName {
    static constexpr ModelConfig model_config{.extra = Extra::forbid, .populate_by_name = true};
    Field<int, Alias("myName")> my_name;
    Field<int> other = 0;
};
struct UserBase {
    std::string username;
    Field<std::string, Alias("fullName")> full_name = "";
};
struct UserIn {
    Flatten<UserBase> base;
    std::string password;
};
struct Twice {
    int before;
    Flatten<UserIn> user;
    int after;
};

} // namespace

TEST_CASE("which members are required") {
    CHECK(outcome<Rules>("{}") ==
          "! plain: missing | field: missing | must_be_there: missing | required_list: missing");
    CHECK(
        outcome<Rules>(R"({"plain":1,"field":2,"must_be_there":null,"required_list":[]})") ==
        R"({"plain":1,"maybe":null,"field":2,"with_default":7,"field_maybe":null,"must_be_there":null,"list":[],"required_list":[],"owned":null})");
    CHECK(
        outcome<Rules>(
            R"({"plain":1,"maybe":2,"field":3,"with_default":4,"field_maybe":5,"must_be_there":6,"list":[7],"required_list":[8],"owned":9})") ==
        R"({"plain":1,"maybe":2,"field":3,"with_default":4,"field_maybe":5,"must_be_there":6,"list":[7],"required_list":[8],"owned":9})");
    // null is allowed for optionals only.
    CHECK(
        outcome<Rules>(
            R"({"plain":null,"maybe":null,"field":null,"with_default":null,"field_maybe":null,"must_be_there":null,"list":null,"required_list":null,"owned":null})") ==
        "! plain: int_type | field: int_type | with_default: int_type | list: list_type | required_list: list_type");
}

TEST_CASE("a default that a plain member would lose is refused") {
    struct SilentInt {
        int x = 3;
    };
    struct SilentText {
        std::string name = "anonymous";
        int y;
    };
    struct SilentList {
        std::vector<int> list{1};
    };
    struct SilentOptional {
        std::optional<int> maybe = 4;
    };
    struct ZeroDefaults {
        int x = 0;
        std::string s = "";
        std::optional<int> o = std::nullopt;
        std::vector<int> v{};
    };
    CHECK(thrown_by([] { model_json_schema<SilentInt>(); }) ==
          "fastapi: SilentInt::x is a plain member with a default (3), which a plain member cannot keep: write "
          "Field<…> x = …;");
    CHECK(thrown_by([] {
              model_validate_json<SilentText>("{}");
          }).find("SilentText::name is a plain member with a default (\"anonymous\")") != std::string::npos);
    CHECK(thrown_by([] { model_dump_json(SilentList{}); }).find("SilentList::list") != std::string::npos);
    CHECK(thrown_by([] { model_dump_json(SilentOptional{}); }).find("SilentOptional::maybe") != std::string::npos);
    CHECK(thrown_by([] { model_dump_json(ZeroDefaults{}); }) == "");
    CHECK(outcome<ZeroDefaults>("{}") == "! x: missing | s: missing | v: missing");
}

TEST_CASE("two members of one name on the wire are refused") {
    struct Same {
        Field<int, Alias("b")> a;
        int b;
    };
    struct SameThroughFlatten {
        Flatten<UserBase> base;
        int username;
    };
    CHECK(thrown_by([] { model_json_schema<Same>(); }) ==
          "fastapi: the members a and b of Same have the same name on the wire, \"b\": give one of them another Alias");
    CHECK(thrown_by([] { model_json_schema<SameThroughFlatten>(); }).find("username") != std::string::npos);
}

TEST_CASE("all errors come at once, in Pydantic's order and words") {
    // The same model and input in Pydantic 2.13; FastAPI's words for what is no dictionary.
    json found = errors<Item>(R"({"name":1,"price":"x","count":0,"tags":["a",1],"images":[{"url":1},5,null],
                                  "numbers":{"a":"x","b":null},"by_number":{"q":1,"2":"z"},"unique":[1,2,3],"itemSize":"huge"})");
    json expected = parse_json(R"([
        {"type":"string_type","loc":["name"],"msg":"Input should be a valid string","input":1},
        {"type":"float_parsing","loc":["price"],"msg":"Input should be a valid number, unable to parse string as a number","input":"x"},
        {"type":"greater_than_equal","loc":["count"],"msg":"Input should be greater than or equal to 1","input":0,"ctx":{"ge":1}},
        {"type":"string_type","loc":["tags",1],"msg":"Input should be a valid string","input":1},
        {"type":"string_type","loc":["images",0,"url"],"msg":"Input should be a valid string","input":1},
        {"type":"missing","loc":["images",0,"name"],"msg":"Field required","input":{"url":1}},
        {"type":"model_attributes_type","loc":["images",1],"msg":"Input should be a valid dictionary or object to extract fields from","input":5},
        {"type":"model_attributes_type","loc":["images",2],"msg":"Input should be a valid dictionary or object to extract fields from","input":null},
        {"type":"int_parsing","loc":["numbers","a"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},
        {"type":"int_type","loc":["numbers","b"],"msg":"Input should be a valid integer","input":null},
        {"type":"int_parsing","loc":["by_number","q","[key]"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"q"},
        {"type":"float_parsing","loc":["by_number","2"],"msg":"Input should be a valid number, unable to parse string as a number","input":"z"},
        {"type":"too_long","loc":["unique"],"msg":"Set should have at most 2 items after validation, not more","input":[1,2,3],"ctx":{"field_type":"Set","max_length":2,"actual_length":null}},
        {"type":"enum","loc":["itemSize"],"msg":"Input should be 'small', 'medium' or 'large'","input":"huge","ctx":{"expected":"'small', 'medium' or 'large'"}}])");
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(found[i] == expected[i]);
}

TEST_CASE("constraints have their messages and contexts") {
    CHECK(errors<Item>(R"({"name":"","price":0})") == parse_json(R"([
        {"type":"string_too_short","loc":["name"],"msg":"String should have at least 1 character","input":"","ctx":{"min_length":1}},
        {"type":"greater_than","loc":["price"],"msg":"Input should be greater than 0","input":0,"ctx":{"gt":0.0}}])"));
    CHECK(errors<Item>(R"({"name":"abcdef","price":11,"count":3,"tags":["a","b","c"],"unique":[]})") == parse_json(R"([
        {"type":"string_too_long","loc":["name"],"msg":"String should have at most 5 characters","input":"abcdef","ctx":{"max_length":5}},
        {"type":"less_than_equal","loc":["price"],"msg":"Input should be less than or equal to 10.5","input":11,"ctx":{"le":10.5}},
        {"type":"multiple_of","loc":["count"],"msg":"Input should be a multiple of 2","input":3,"ctx":{"multiple_of":2}},
        {"type":"too_long","loc":["tags"],"msg":"List should have at most 2 items after validation, not 3","input":["a","b","c"],"ctx":{"field_type":"List","max_length":2,"actual_length":3}},
        {"type":"too_short","loc":["unique"],"msg":"Set should have at least 1 item after validation, not 0","input":[],"ctx":{"field_type":"Set","min_length":1,"actual_length":0}}])"));
    CHECK(
        errors<Item>(R"({"name":"x","price":1,"count":12})") ==
        parse_json(
            R"([{"type":"less_than","loc":["count"],"msg":"Input should be less than 10","input":12,"ctx":{"lt":10}}])"));
    CHECK(
        outcome<Item>(R"({"name":"éééé😀","price":10.5,"count":8,"tags":["a","b"],"unique":[1,1,2,2]})").substr(0, 1) ==
        "{");
}

TEST_CASE("a list that is too long is that error alone, whatever its items are") {
    CHECK(outcome<Item>(R"({"name":"x","price":1,"tags":["a",1,"c"]})") == "! tags: too_long");
    CHECK(outcome<Item>(R"({"name":"x","price":1,"tags":[1,2,3,4]})") == "! tags: too_long");
    CHECK(outcome<Item>(R"({"name":"x","price":1,"tags":[1,2]})") == "! tags/0: string_type | tags/1: string_type");
    CHECK(outcome<Item>(R"({"name":"x","price":1,"unique":["x",2,2]})") == "! unique/0: int_parsing");
    CHECK(outcome<Item>(R"({"name":"x","price":1,"unique":[1,2,"x",3]})") == "! unique: too_long");
}

TEST_CASE("what is no object is refused whole") {
    for (std::string_view text : {"[]", "null", "\"x\"", "5", "true", "1.5", "[{}]"}) {
        CAPTURE(text);
        CHECK(outcome<Item>(text) == "! .: model_attributes_type");
    }
    CHECK(outcome<Item>(R"({"name":"x","price":1,"numbers":[],"images":{},"unique":{},"tags":"a"})") ==
          "! tags: list_type | images: list_type | numbers: dict_type | unique: set_type");
}

TEST_CASE("recursion, through lists and through pointers") {
    CHECK(outcome<Tree>(R"({"v":1,"children":[{"v":2},{"v":3,"children":[{"v":4}]}]})") ==
          R"({"v":1,"children":[{"v":2,"children":[]},{"v":3,"children":[{"v":4,"children":[]}]}]})");
    CHECK(outcome<Tree>(R"({"v":1,"children":[{"v":"x","children":[{"v":2},{"v":"y"}]}]})") ==
          "! children/0/v: int_parsing | children/0/children/1/v: int_parsing");
    CHECK(outcome<Chain>(R"({"v":1,"next":{"v":2,"next":{"v":3,"next":null}}})") ==
          R"({"v":1,"next":{"v":2,"next":{"v":3,"next":null}}})");
    CHECK(outcome<Chain>(R"({"v":1,"next":{"v":2,"next":{}}})") == "! next/next/v: missing");
}

TEST_CASE("recursion as deep as a body may be") {
    std::string text = "1";
    for (int i = 0; i < 980; ++i) text = R"({"v":1,"next":)" + (i ? text : "null") + "}";
    CHECK(outcome<Chain>(text) == text);
    std::string wrong = text;
    wrong.replace(wrong.rfind("\"v\":1"), 5, "\"v\":[");
    wrong.insert(wrong.rfind('[') + 1, "]");
    json list = errors<Chain>(wrong);
    REQUIRE(list.size() == 1);
    CHECK(list[0]["loc"].size() == 980);
    CHECK(list[0]["type"] == "int_type");
    std::string trees = "[]";
    for (int i = 0; i < 490; ++i) trees = R"([{"v":1,"children":)" + trees + "}]";
    CHECK(outcome<std::vector<Tree>>(trees) == trees);
}

TEST_CASE("aliases name a member on the wire, both ways or one way") {
    CHECK(outcome<Aliases>(R"({"bothWays":1,"read-as":2,"written":3,"v":4})") ==
          R"({"bothWays":1,"read":2,"writtenAs":3,"s":4})");
    CHECK(outcome<Aliases>(R"({"both":1,"read":2,"writtenAs":3,"a":4})") ==
          "! bothWays: missing | read-as: missing | written: missing | v: missing");
    auto made = model_validate_json<Aliases>(R"({"bothWays":1,"read-as":2,"written":3,"v":4})");
    CHECK(model_dump_json(made, {.by_alias = false}) == R"({"both":1,"read":2,"written":3,"all":4})");
}

TEST_CASE("unknown keys are ignored, or forbidden after all fields") {
    CHECK(outcome<Item>(R"({"x":1,"name":"n","price":1,"y":{"z":[]}})").substr(0, 1) == "{");
    CHECK(outcome<Strictly>(R"({"z":1,"a":"x","y":[2]})") ==
          "! a: int_parsing | z: extra_forbidden | y: extra_forbidden");
    CHECK(errors<Strictly>(R"({"a":1,"x":{"k":1}})") ==
          parse_json(
              R"([{"type":"extra_forbidden","loc":["x"],"msg":"Extra inputs are not permitted","input":{"k":1}}])"));
    CHECK(outcome<Strictly>(R"({"a":1,"x":1,"x":2})") == "! x: extra_forbidden"); // a dict has a key once
    CHECK(outcome<Strictly>(R"({"a":1,"a":2})") == R"({"a":2,"b":1})");
    CHECK(outcome<Strictly>(R"({"\u0061":3})") == R"({"a":3,"b":1})");
}

TEST_CASE("populate_by_name: the name beside the alias") {
    CHECK(outcome<ByName>(R"({"myName":1})") == R"({"myName":1,"other":0})");
    CHECK(outcome<ByName>(R"({"my_name":1})") == R"({"myName":1,"other":0})");
    CHECK(outcome<ByName>("{}") == "! myName: missing");
    // The alias wins, and then the name is one key too many.
    CHECK(outcome<ByName>(R"({"my_name":1,"myName":2})") == "! my_name: extra_forbidden");
    CHECK(outcome<ByName>(R"({"myName":2,"my_name":"x"})") == "! my_name: extra_forbidden");
}

TEST_CASE("Flatten splices another model's members") {
    CHECK(outcome<UserIn>(R"({"username":"u","password":"p"})") == R"({"username":"u","fullName":"","password":"p"})");
    CHECK(outcome<UserIn>("{}") == "! username: missing | password: missing");
    CHECK(outcome<Twice>(R"({"before":1,"username":"u","fullName":"f","password":"p","after":2})") ==
          R"({"before":1,"username":"u","fullName":"f","password":"p","after":2})");
    auto made = model_validate_json<Twice>(R"({"before":1,"username":"u","fullName":"f","password":"p","after":2})");
    CHECK(made.user->base->username == "u");
    CHECK(made.user->base->full_name.is_set());
    CHECK(made.user->password == "p");
}

TEST_CASE("the containers of the standard library") {
    CHECK(outcome<std::vector<int>>("[1,\"2\",3.0,true]") == "[1,2,3,1]");
    CHECK(outcome<std::list<std::string>>(R"(["a","b"])") == R"(["a","b"])");
    CHECK(outcome<std::vector<bool>>("[true,0,\"yes\"]") == "[true,false,true]");
    CHECK(outcome<std::set<int>>("[3,1,2,1,3]") == "[1,2,3]");
    CHECK(outcome<std::unordered_set<std::string>>(R"(["a","a"])") == R"(["a"])");
    CHECK(outcome<std::map<std::string, std::vector<int>>>(R"({"b":[1],"a":[]})") == R"({"a":[],"b":[1]})");
    CHECK(outcome<std::unordered_map<std::string, int>>(R"({"a":"1"})") == R"({"a":1})");
    CHECK(outcome<std::map<int, int>>(R"({"1":1," +2 ":2})") == R"({"1":1,"2":2})");
    CHECK(outcome<std::map<Size, int>>(R"({"small":1,"huge":2})") == "! huge/[key]: enum");
    CHECK(outcome<std::map<Size, int>>(R"({"large":1})") == R"({"large":1})");
    CHECK(outcome<std::map<bool, int>>(R"({"yes":1,"off":2})") == R"({"false":2,"true":1})");
    CHECK(outcome<std::map<Field<std::string, MinLength(2)>, int>>(R"({"ab":1,"a":2})") ==
          "! a/[key]: string_too_short");
    CHECK(outcome<std::map<std::string, int>>(R"({"a":"x","a":1})") == R"({"a":1})"); // the last value only
    CHECK(outcome<std::vector<Field<int, Ge(2)>>>("[2,1,3,0]") == "! 1: greater_than_equal | 3: greater_than_equal");
    CHECK(outcome<std::vector<std::vector<int>>>("[[1],[],[2,3]]") == "[[1],[],[2,3]]");
    CHECK(outcome<std::vector<std::optional<int>>>("[1,null]") == "[1,null]");
    CHECK(outcome<std::vector<Image>>(R"([{"url":"u","name":"n"},{}])") == "! 1/url: missing | 1/name: missing");
    CHECK(outcome<std::optional<Image>>("null") == "null");
    CHECK(outcome<json>(R"({"any":[1,2.5,"x",null,{"k":true}]})") == R"({"any":[1,2.5,"x",null,{"k":true}]})");
}

TEST_CASE("a text that is no JSON is an error of its own") {
    json found = errors<Image>("{\"url\":}");
    REQUIRE(found.size() == 1);
    CHECK(found[0]["type"] == "json_invalid");
    CHECK(found[0]["loc"] == json::array());
    CHECK(found[0]["ctx"] == json{{"error", "Expecting value"}});
}

TEST_CASE("ValidationError reads well") {
    try {
        model_validate_json<Image>(R"({"url":1})");
        FAIL("it must throw");
    } catch (const ValidationError& error) {
        CHECK(error.error_count() == 2);
        CHECK(std::string(error.what()) ==
              "2 validation errors for Image\nurl\n  Input should be a valid string [type=string_type, "
              "input_value=1, input_type=int]\nname\n  Field required [type=missing, input_value={'url': 1}, input_type=dict]");
    }
}

namespace {
struct Titled {
    static constexpr ModelConfig model_config{.title = "My Title"};
    int a;
};
enum class Direction { north, south };
template <class T>
std::string title(std::string_view text) {
    try {
        model_validate_json<T>(text);
    } catch (const ValidationError& error) {
        std::string what = error.what();
        std::size_t begin = what.find(" for ") + 5;
        return what.substr(begin, what.find('\n') - begin);
    }
    return "none";
}
} // namespace

TEST_CASE("ValidationError is titled as in Pydantic") {
    CHECK(title<int>("{}") == "int");
    CHECK(title<double>("{}") == "float");
    CHECK(title<std::string>("{}") == "str");
    CHECK(title<Field<int, Gt(0)>>("{}") == "constrained-int");
    CHECK(title<std::optional<int>>("{}") == "nullable[int]");
    CHECK(title<std::vector<int>>("5") == "list[int]");
    CHECK(title<std::vector<Image>>("5") == "list[Image]");
    CHECK(title<std::vector<Field<int, Gt(0)>>>("5") == "list[constrained-int]");
    CHECK(title<std::map<std::string, int>>("5") == "dict[str,int]");
    CHECK(title<std::set<int>>("5") == "set[int]");
    CHECK(title<FrozenSet<int>>("5") == "frozenset[int]");
    CHECK(title<VariadicTuple<int>>("5") == "tuple[int, ...]");
    CHECK(title<std::tuple<int, std::string>>("5") == "tuple[int, str]");
    CHECK(title<std::variant<int, std::string>>("{}") == "union[int,str]");
    CHECK(title<std::variant<int, std::string, std::monostate>>("{}") == "nullable[union[int,str]]");
    CHECK(title<Literal<"a", 1>>("5") == "literal['a',1]");
    CHECK(title<Direction>("5") == "str-enum[Direction]");
    CHECK(title<Decimal>("{}") == "decimal");
    CHECK(title<date>("{}") == "date");
    CHECK(title<UUID>("{}") == "uuid");
    CHECK(title<std::nullptr_t>("5") == "none");
    CHECK(title<Json<std::vector<int>>>("5") == "json[list[int]]");
    CHECK(title<Image>("{}") == "Image");
    CHECK(title<Titled>("{}") == "My Title");
    CHECK(title<std::vector<Titled>>("5") == "list[Titled]"); // the title is that of the model alone
    CHECK(title<Image>("{") == "Image");
    try {
        TypeAdapter<std::vector<int>>::validate_json("[1,\"x\"]");
        FAIL("it must throw");
    } catch (const ValidationError& error) {
        CHECK(std::string(error.what()) == "1 validation error for list[int]\n1\n  Input should be a valid integer, unable to parse "
                                           "string as an integer [type=int_parsing, input_value='x', input_type=str]");
    }
    CHECK_THROWS_WITH_AS(model_copy(Titled{1}, {.update = json{{"a", "x"}}}), doctest::Contains("for My Title"), ValidationError);
}

TEST_CASE("models are made from and dumped to JSON values") {
    auto made = model_validate<Image>(json{{"url", "u"}, {"name", "n"}});
    CHECK(made.name == "n");
    CHECK(model_dump(made) == json{{"url", "u"}, {"name", "n"}});
    CHECK_THROWS_AS(model_validate<Image>(json::array()), ValidationError);
    CHECK(model_validate<int>(json("12")) == 12);
}
