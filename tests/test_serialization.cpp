// What a model writes: include and exclude, computed fields, serializers, copies and casts, alias generators. What is
// expected was taken from Pydantic 2.13.

#include "support.hpp"

using namespace fastapi;

namespace {

std::string in_hex(const int& value) {
    char text[20];
    std::snprintf(text, sizeof text, "0x%x", static_cast<unsigned>(value));
    return text;
}

struct Box {
    Field<int> width = 2;
    Field<int> height = 3;
    Field<int, PlainSerializer<in_hex>> colour = 255;
    std::optional<std::string> note;
    int area() const { return width * height; }
    std::optional<std::string> label() const { return note; }
    static constexpr auto computed_fields = computed<&Box::area, &Box::label>;
};
struct Shelf {
    std::string name;
    std::vector<Box> boxes;
    Field<Box> first = empty;
};

struct UserBase {
    Field<std::string, MinLength(1)> name;
    std::optional<int> age;
};
struct UserIn {
    Flatten<UserBase> base;
    std::string password;
};
struct UserOut {
    Field<std::string> name;
    Field<std::optional<int>> age;
};
struct Team {
    UserIn captain;
    std::vector<UserIn> members;
    std::optional<UserIn> coach;
};
struct TeamOut {
    Field<UserOut> captain;
    std::vector<UserOut> members;
    std::optional<UserOut> coach;
};

struct Camel {
    static constexpr ModelConfig model_config{.populate_by_name = true, .alias_generator = to_camel};
    int item_size;
    Field<int, Alias("other")> second_one;
};

Shelf shelf() { return {"s", std::vector<Box>(2), empty}; }

} // namespace

TEST_CASE("computed fields are written behind the others, and read-only in the schema of the output") {
    CHECK(model_dump_json(Box{}) == R"({"width":2,"height":3,"colour":"0xff","note":null,"area":6,"label":null})");
    CHECK(model_dump_json(Box{}, {.exclude_none = true}) == R"({"width":2,"height":3,"colour":"0xff","area":6})");
    CHECK(model_dump_json(Box{}, {.round_trip = true}) == R"({"width":2,"height":3,"colour":"0xff","note":null})");
    CHECK(model_validate_json<Box>(R"({"area":7})").width == 2);
    json in = model_json_schema<Box>();
    CHECK(!in["properties"].contains("area"));
    CHECK(in["properties"]["colour"] == json{{"type", "integer"}, {"title", "Colour"}, {"default", 255}});
    json out = model_json_schema<Box>(JsonSchemaMode::serialization);
    CHECK(out["properties"]["area"] == json{{"type", "integer"}, {"title", "Area"}, {"readOnly", true}});
    CHECK(out["properties"]["colour"] == json{{"type", "string"}, {"title", "Colour"}, {"default", "0xff"}});
    CHECK(out["required"] == json{"area", "label"});
}

TEST_CASE("computed fields and serializers split a component into input and output") {
    FastAPI app;
    app.post("/boxes", [](Box box) { return box; });
    json schemas = app.openapi()["components"]["schemas"];
    CHECK(schemas.contains("Box-Input"));
    CHECK(schemas["Box-Output"]["properties"].contains("area"));
}

TEST_CASE("include and exclude") {
    CHECK(model_dump_json(Box{}, {.include = {"width", "area"}}) == R"({"width":2,"area":6})");
    CHECK(model_dump_json(Box{}, {.exclude = {"width", "colour", "note", "label"}}) == R"({"height":3,"area":6})");
    CHECK(model_dump_json(Box{}, {.include = {"width", "height"}, .exclude = {"width"}}) == R"({"height":3})");
    CHECK(model_dump_json(Box{}, {.include = {"nothing"}}) == "{}");
    CHECK(model_dump_json(shelf(), {.include = {"name", "first.width"}}) == R"({"name":"s","first":{"width":2}})");
    CHECK(model_dump_json(shelf(), {.include = {"boxes.*.height"}}) == R"({"boxes":[{"height":3},{"height":3}]})");
    CHECK(model_dump_json(shelf(), {.include = {"boxes.1.height"}}) == R"({"boxes":[{"height":3}]})");
    CHECK(model_dump_json(shelf(), {.exclude = {"boxes.0", "boxes.1.note", "boxes.1.colour", "boxes.1.label", "first"}}) ==
          R"({"name":"s","boxes":[{"width":2,"height":3,"area":6}]})");
    CHECK(model_dump_json(std::vector<Box>(2), {.include = {"*.width"}}) == R"([{"width":2},{"width":2}])");
    const DumpOptions kept{.include = {"width"}};
    for (int i = 0; i < 2; ++i) CHECK(model_dump_json(Box{}, kept) == R"({"width":2})");
    CHECK(model_dump(Box{}, kept) == json{{"width", 2}});
}

TEST_CASE("include and exclude of a route") {
    FastAPI app;
    app.get("/in", [] { return Box{}; }, {.response_model_include = {"width", "area"}});
    app.get("/ex", [] { return std::vector<Box>(1); }, {.response_model_exclude = {"*.colour", "*.note", "*.label"}});
    TestClient client{app};
    CHECK(client.get("/in").content == R"({"width":2,"area":6})");
    CHECK(client.get("/ex").content == R"([{"width":2,"height":3,"area":6}])");
}

TEST_CASE("model_copy") {
    Box box;
    Box other = model_copy(box, {.update = json{{"width", "7"}, {"note", "n"}}});
    CHECK(other.width == 7);
    CHECK(other.width.is_set());
    CHECK(other.note == "n");
    CHECK(box.width == 2);
    CHECK(model_copy(other).width == 7);
    CHECK_THROWS_WITH(model_copy(box, {.update = json{{"width", "x"}, {"depth", 1}}}),
                      "2 validation errors for Box\n"
                      "depth\n  Object has no attribute 'depth' [type=no_such_attribute, input_value=1, input_type=int]\n"
                      "width\n  Input should be a valid integer, unable to parse string as an integer "
                      "[type=int_parsing, input_value='x', input_type=str]");
    CHECK_THROWS_AS(model_copy(box, {.update = json::array()}), ValidationError);
}

TEST_CASE("model_cast") {
    UserIn user{{{"bob", 3}}, "secret"};
    CHECK(model_dump_json(model_cast<UserOut>(user)) == R"({"name":"bob","age":3})");
    CHECK(model_dump_json(model_cast<UserIn>(user)) == R"({"name":"bob","age":3,"password":"secret"})");
    Team team{user, {user, user}, user};
    CHECK(model_dump_json(model_cast<TeamOut>(team)) ==
          R"({"captain":{"name":"bob","age":3},"members":[{"name":"bob","age":3},{"name":"bob","age":3}],"coach":{"name":"bob","age":3}})");
    team.coach.reset();
    CHECK(!model_cast<TeamOut>(team).coach);
}

TEST_CASE("TypeAdapter") {
    using Adapter = TypeAdapter<std::map<std::string, std::vector<int>>>;
    auto value = Adapter::validate_json(R"({"a":[1,"2"]})");
    CHECK(value["a"] == std::vector{1, 2});
    CHECK(Adapter::dump_json(value) == R"({"a":[1,2]})");
    CHECK(Adapter::dump(value) == json{{"a", {1, 2}}});
    CHECK(Adapter::validate(json{{"b", {3}}})["b"][0] == 3);
    CHECK(Adapter::json_schema()["type"] == "object");
    CHECK_THROWS_AS(Adapter::validate_json(R"({"a":[null]})"), ValidationError);
}

TEST_CASE("alias generators") {
    struct Row {
        const char *name, *camel, *pascal, *snake;
    };
    for (const Row& row : {Row{"a_b", "aB", "AB", "a_b"}, Row{"item_size", "itemSize", "ItemSize", "item_size"},
                           Row{"_private_x", "_privateX", "_PrivateX", "_private_x"}, Row{"x1_y2", "x1Y2", "X1Y2", "x_1_y_2"},
                           Row{"a__b", "a__B", "A__B", "a__b"}, Row{"ABC_def", "abcDef", "AbcDef", "abc_def"},
                           Row{"already", "already", "Already", "already"}, Row{"alreadyCamel", "alreadyCamel", "Alreadycamel", "already_camel"},
                           Row{"x2y", "x2Y", "X2Y", "x_2y"}, Row{"HTTPServer_name", "httpserverName", "HttpserverName", "http_server_name"},
                           Row{"a_1", "a1", "A1", "a_1"}}) {
        CAPTURE(row.name);
        CHECK(to_camel(row.name) == row.camel);
        CHECK(to_pascal(row.name) == row.pascal);
        CHECK(to_snake(row.name) == row.snake);
    }
    CHECK(to_snake("getHTTPResponseCode") == "get_http_response_code");
    CHECK(to_snake("kebab-case") == "kebab_case");
    CHECK(to_snake("a1b2") == "a_1b_2");
    CHECK(model_dump_json(model_validate_json<Camel>(R"({"itemSize":1,"other":2})")) == R"({"itemSize":1,"other":2})");
    CHECK(model_dump_json(model_validate_json<Camel>(R"({"item_size":1,"second_one":2})"), {.by_alias = false}) ==
          R"({"item_size":1,"second_one":2})");
    CHECK(model_json_schema<Camel>()["required"] == json{"itemSize", "other"});
}

TEST_CASE("the text of a ValidationError is laid out as Pydantic's") {
    CHECK_THROWS_WITH(
        model_validate_json<Box>(R"({"width":"a\"b'c","height":{"a":[true,null,1.5]},"colour":"this is a very long string that is over fifty characters long"})"),
        "3 validation errors for Box\n"
        "width\n  Input should be a valid integer, unable to parse string as an integer [type=int_parsing, input_value='a\"b\\'c', input_type=str]\n"
        "height\n  Input should be a valid integer [type=int_type, input_value={'a': [True, None, 1.5]}, input_type=dict]\n"
        "colour\n  Input should be a valid integer, unable to parse string as an integer [type=int_parsing, "
        "input_value='this is a very long stri...r fifty characters long', input_type=str]");
}
