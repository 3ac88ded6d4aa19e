// JSON Schema of models and types, in Pydantic's form.

#include <map>
#include <set>

#include "fastapi/model/schema.hpp"
#include "support.hpp"

using namespace fastapi;

// Not in an unnamed namespace: the names of these types stand in the schemas.
namespace shop {

enum class Size { small, medium, large };
struct Image {
    static constexpr auto description = "A picture.";
    std::string url;
    std::string name;
};
struct Tree {
    int v;
    Field<std::vector<Tree>> children = empty;
};
struct Base {
    std::string username;
    std::optional<std::string> full;
};
struct Item {
    static constexpr auto description = "An item of the shop.";
    static constexpr ModelConfig model_config{.title = "The item", .extra = Extra::forbid};
    Flatten<Base> base;
    Field<std::string, MinLength(1), MaxLength(100), Description("What it is called"), Title("Its name")> name;
    Field<double, Gt(0), Le(10.5), Examples(3.5, 4)> price;
    Field<int, Ge(1), Lt(10), MultipleOf(2), Deprecated> count = 2;
    Field<std::string, Pattern("^[a-z]+$")> code = "abc";
    Field<std::vector<std::string>, MaxLength(10), Examples("a", "bcd")> tags = empty;
    Field<std::vector<Size>> sizes = empty;
    Field<Size, Alias("itemSize"), Description("How large")> size = Size::medium;
    std::optional<Size> maybe_size;
    Image image;
    std::optional<Image> maybe_image;
    std::vector<Image> images;
    std::map<std::string, Image> by_name;
    Field<std::map<std::string, int>> numbers = empty;
    Field<std::set<int>, MinLength(1)> unique = std::set<int>{1};
    Field<Literal<"a", "b">> lit = "b";
    Literal<"x"> one;
    json anything;
    Field<bool> flag = false;
    std::vector<Field<int, Ge(2)>> ints;
    Field<std::optional<std::string>, MaxLength(3)> opt;
    std::optional<Tree> tree;
    std::vector<std::vector<std::optional<int>>> nested;
};
struct Numbers {
    std::uint8_t tiny;
    Field<std::uint32_t, Ge(1)> positive;
    float single;
    std::int64_t wide;
};
template <class T>
struct Page {
    std::vector<T> items;
    int total;
};
template <class A, class B>
struct Both {
    A a;
    B b;
};
struct Extras {
    static constexpr ModelConfig model_config{.json_schema_extra = R"({"examples":[{"a":1}],"x-note":"n"})"};
    int a;
};
struct Shown {
    Field<Image, Examples(JsonLiteral(R"({"url": "a.png"})"), JsonLiteral("[]"))> image;
    Field<std::optional<Image>, Description("As it is"), WithJsonSchema(R"({"type": ["object", "null"]})")> as_it_is;
    Field<std::string, WithJsonSchema("{}")> anything;
};
struct Hidden {
    int shown;
    Field<int, Exclude> written_never;
    Field<int, ExcludeFromSchema> hidden;
};
struct Nothing_required {
    std::optional<int> my_own_value;
    Field<int> HTTPCode = 1;
    Field<int> x2y_z = 1;
};

} // namespace shop

TEST_CASE("examples that are JSON, and a schema instead of the type's") {
    json schema = model_json_schema<shop::Shown>();
    const json& properties = schema["properties"];
    CHECK(properties["image"] == parse_json(R"({"$ref":"#/$defs/Image","examples":[{"url":"a.png"},[]]})"));
    CHECK(properties["as_it_is"] == parse_json(R"({"type":["object","null"],"title":"As It Is","description":"As it is"})"));
    CHECK(properties["anything"] == parse_json(R"({"title":"Anything"})"));
    CHECK(schema["$defs"].size() == 1);
}

TEST_CASE("the schema of a model is Pydantic's") {
    json expected = parse_json(R"j({"$defs":{
        "Image":{"description":"A picture.","properties":{"url":{"title":"Url","type":"string"},"name":{"title":"Name","type":"string"}},"required":["url","name"],"title":"Image","type":"object"},
        "Size":{"enum":["small","medium","large"],"title":"Size","type":"string"},
        "Tree":{"properties":{"v":{"title":"V","type":"integer"},"children":{"default":[],"items":{"$ref":"#/$defs/Tree"},"title":"Children","type":"array"}},"required":["v"],"title":"Tree","type":"object"}},
      "additionalProperties":false,"description":"An item of the shop.","title":"The item","type":"object",
      "required":["username","name","price","image","images","by_name","one","anything","ints","nested"],
      "properties":{
        "username":{"title":"Username","type":"string"},
        "full":{"anyOf":[{"type":"string"},{"type":"null"}],"title":"Full"},
        "name":{"description":"What it is called","maxLength":100,"minLength":1,"title":"Its name","type":"string"},
        "price":{"examples":[3.5,4],"exclusiveMinimum":0,"maximum":10.5,"title":"Price","type":"number"},
        "count":{"default":2,"deprecated":true,"exclusiveMaximum":10,"minimum":1,"multipleOf":2,"title":"Count","type":"integer"},
        "code":{"default":"abc","pattern":"^[a-z]+$","title":"Code","type":"string"},
        "tags":{"default":[],"examples":["a","bcd"],"items":{"type":"string"},"maxItems":10,"title":"Tags","type":"array"},
        "sizes":{"default":[],"items":{"$ref":"#/$defs/Size"},"title":"Sizes","type":"array"},
        "itemSize":{"$ref":"#/$defs/Size","default":"medium","description":"How large"},
        "maybe_size":{"anyOf":[{"$ref":"#/$defs/Size"},{"type":"null"}]},
        "image":{"$ref":"#/$defs/Image"},
        "maybe_image":{"anyOf":[{"$ref":"#/$defs/Image"},{"type":"null"}]},
        "images":{"items":{"$ref":"#/$defs/Image"},"title":"Images","type":"array"},
        "by_name":{"additionalProperties":{"$ref":"#/$defs/Image"},"title":"By Name","type":"object"},
        "numbers":{"additionalProperties":{"type":"integer"},"default":{},"title":"Numbers","type":"object"},
        "unique":{"default":[1],"items":{"type":"integer"},"minItems":1,"title":"Unique","type":"array","uniqueItems":true},
        "lit":{"default":"b","enum":["a","b"],"title":"Lit","type":"string"},
        "one":{"const":"x","title":"One","type":"string"},
        "anything":{"title":"Anything"},
        "flag":{"default":false,"title":"Flag","type":"boolean"},
        "ints":{"items":{"minimum":2,"type":"integer"},"title":"Ints","type":"array"},
        "opt":{"anyOf":[{"maxLength":3,"type":"string"},{"type":"null"}],"title":"Opt"},
        "tree":{"anyOf":[{"$ref":"#/$defs/Tree"},{"type":"null"}]},
        "nested":{"items":{"items":{"anyOf":[{"type":"integer"},{"type":"null"}]},"type":"array"},"title":"Nested","type":"array"}}})j");
    json schema = model_json_schema<shop::Item>();
    for (const auto& [name, wanted] : expected["properties"].items()) {
        CAPTURE(name);
        CHECK(schema["properties"].value(name, json()) == wanted);
    }
    CHECK(schema["$defs"] == expected["$defs"]);
    CHECK(schema == expected);
}

TEST_CASE("a model that refers to itself is a reference") {
    CHECK(model_json_schema<shop::Tree>() ==
          parse_json(R"({"$ref":"#/$defs/Tree","$defs":{"Tree":{"properties":{"v":{"title":"V","type":"integer"},
        "children":{"default":[],"items":{"$ref":"#/$defs/Tree"},"title":"Children","type":"array"}},"required":["v"],"title":"Tree","type":"object"}}})"));
}

TEST_CASE("schemas of types that are no model") {
    CHECK(model_json_schema<int>() == json{{"type", "integer"}});
    CHECK(model_json_schema<double>() == json{{"type", "number"}});
    CHECK(model_json_schema<bool>() == json{{"type", "boolean"}});
    CHECK(model_json_schema<std::string>() == json{{"type", "string"}});
    CHECK(model_json_schema<std::optional<int>>() == parse_json(R"({"anyOf":[{"type":"integer"},{"type":"null"}]})"));
    CHECK(model_json_schema<std::vector<int>>() == parse_json(R"({"items":{"type":"integer"},"type":"array"})"));
    CHECK(model_json_schema<std::map<std::string, json>>() ==
          parse_json(R"({"additionalProperties":true,"type":"object"})"));
    CHECK(model_json_schema<json>() == json::object());
    CHECK(model_json_schema<Literal<"a">>() == parse_json(R"({"const":"a","type":"string"})"));
    CHECK(model_json_schema<std::vector<shop::Image>>()["items"] == json{{"$ref", "#/$defs/Image"}});
    CHECK(model_json_schema<std::vector<shop::Image>>()["$defs"].size() == 1);
}

TEST_CASE("unsigned integers have a minimum") {
    json properties = model_json_schema<shop::Numbers>()["properties"];
    CHECK(properties["tiny"] == parse_json(R"({"title":"Tiny","type":"integer","minimum":0})"));
    CHECK(properties["positive"] == parse_json(R"({"title":"Positive","type":"integer","minimum":1})"));
    CHECK(properties["single"] == parse_json(R"({"title":"Single","type":"number"})"));
    CHECK(properties["wide"] == parse_json(R"({"title":"Wide","type":"integer"})"));
}

TEST_CASE("titles are Python's str.title()") {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {{"item_id", "Item Id"},
                                                                       {"itemSize", "Itemsize"},
                                                                       {"HTTPCode", "Httpcode"},
                                                                       {"x-token", "X-Token"},
                                                                       {"x2y_z", "X2Y Z"},
                                                                       {"q", "Q"},
                                                                       {"", ""},
                                                                       {"_private_", " Private "},
                                                                       {"a__b", "A  B"},
                                                                       {"it's", "It'S"},
                                                                       {"create_my_thing2x", "Create My Thing2X"}};
    for (auto [name, title] : cases) CHECK(detail::title_of(name) == title);
    json properties = model_json_schema<shop::Nothing_required>();
    CHECK_FALSE(properties.contains("required"));
    CHECK(properties["properties"]["my_own_value"]["title"] == "My Own Value");
    CHECK(properties["properties"]["HTTPCode"]["title"] == "Httpcode");
}

TEST_CASE("generic models are named by their arguments") {
    json page = model_json_schema<shop::Page<shop::Image>>();
    CHECK(page["title"] == "Page[Image]");
    CHECK(page["properties"]["items"] ==
          parse_json(R"({"items":{"$ref":"#/$defs/Image"},"title":"Items","type":"array"})"));
    json pages = model_json_schema<std::vector<shop::Page<shop::Image>>>();
    CHECK(pages["items"] == json{{"$ref", "#/$defs/Page_Image_"}});
    CHECK(pages["$defs"]["Page_Image_"]["title"] == "Page[Image]");
    CHECK(model_json_schema<shop::Page<int>>()["title"] == "Page[int]");
    json both = model_json_schema<std::vector<shop::Both<shop::Image, shop::Page<shop::Tree>>>>();
    CHECK(both["items"] == json{{"$ref", "#/$defs/Both_Image_Page_Tree__"}});
    CHECK(both["$defs"]["Both_Image_Page_Tree__"]["title"] == "Both[Image, Page[Tree]]");
    // Arguments with long names of their own are short here.
    CHECK(model_json_schema<shop::Page<std::string>>()["title"] == "Page[str]");
}

TEST_CASE("extra schema text and hidden members") {
    CHECK(
        model_json_schema<shop::Extras>() ==
        parse_json(
            R"({"examples":[{"a":1}],"x-note":"n","properties":{"a":{"title":"A","type":"integer"}},"required":["a"],"title":"Extras","type":"object"})"));
    CHECK(model_json_schema<shop::Hidden>()["required"] == json{"shown", "written_never"});
    CHECK_FALSE(model_json_schema<shop::Hidden>()["properties"].contains("hidden"));
}

TEST_CASE("the components of several schemas are collected once") {
    detail::Schemas schemas;
    struct Local {
        shop::Image image;
    };
    schemas.collect(detail::type_of<Local>, detail::SchemaMode::input);
    schemas.collect(detail::type_of<shop::Image>, detail::SchemaMode::output);
    schemas.name();
    std::string names;
    for (const auto& component : schemas.components()) names += component->name + " ";
    CHECK(names == "Image Local ");
}
