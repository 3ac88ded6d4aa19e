// Route paths: how they are parsed, what is wrong with them, how OpenAPI has them.

#include "fastapi/routing/path.hpp"
#include "support.hpp"

using namespace fastapi;
using detail::Convertor;
using detail::parse_path_template;
using detail::PathProblem;
using detail::PathTemplate;

namespace {

std::string refusal(std::string path) {
    FastAPI app;
    return test::thrown_by([&] { app.get(runtime(std::move(path)), [](Request&) {}); });
}

// A path of n placeholders: "/{a0}/{a1}/…".
std::string many(int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += "/{a" + std::to_string(i) + "}";
    return out;
}

} // namespace

TEST_CASE("placeholders are found with their convertors and places") {
    PathTemplate path = parse_path_template("/a/{x}/b-{y:int}.{z:float}/{u:uuid}/{p:path}");
    CHECK(path.problem == PathProblem::none);
    REQUIRE(path.count == 5);
    constexpr std::pair<std::string_view, Convertor> expected[] = {{"x", Convertor::str},
                                                                   {"y", Convertor::integer},
                                                                   {"z", Convertor::floating},
                                                                   {"u", Convertor::uuid},
                                                                   {"p", Convertor::path}};
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(path.placeholders[i].name == expected[i].first);
        CHECK((path.placeholders[i].convertor == expected[i].second));
        CHECK(path.text[path.placeholders[i].begin] == '{');
        CHECK(path.text[path.placeholders[i].end - 1] == '}');
    }
    CHECK(parse_path_template("/{a:str}").placeholders[0].convertor == Convertor::str);
    CHECK(parse_path_template("/").count == 0);
    CHECK(parse_path_template("/plain/é").count == 0);
}

TEST_CASE("a path is parsed at compile time as at run time") {
    constexpr PathTemplate path = parse_path_template("/items/{item_id:int}");
    static_assert(path.problem == PathProblem::none && path.count == 1);
    static_assert(path.placeholders[0].name == "item_id");
    static_assert(parse_path_template("items").problem == PathProblem::no_slash);
    CHECK(path.count == 1);
}

TEST_CASE("what is wrong with a path") {
    constexpr std::pair<std::string_view, PathProblem> cases[] = {{"", PathProblem::no_slash},
                                                                  {"items", PathProblem::no_slash},
                                                                  {"{x}", PathProblem::no_slash},
                                                                  {"/{x", PathProblem::open_brace},
                                                                  {"/a/{", PathProblem::open_brace},
                                                                  {"/x}", PathProblem::stray_brace},
                                                                  {"/{x}}", PathProblem::stray_brace},
                                                                  {"/{}", PathProblem::no_name},
                                                                  {"/{:int}", PathProblem::no_name},
                                                                  {"/{{x}}", PathProblem::no_name},
                                                                  {"/{x:}", PathProblem::unknown_convertor},
                                                                  {"/{x:integer}", PathProblem::unknown_convertor},
                                                                  {"/{x:int:int}", PathProblem::unknown_convertor},
                                                                  {"/{x: int}", PathProblem::unknown_convertor},
                                                                  {"/{x}/{x}", PathProblem::duplicate},
                                                                  {"/{x}/{y}/{x:int}", PathProblem::duplicate}};
    for (auto [text, problem] : cases) {
        CAPTURE(text);
        CHECK((parse_path_template(text).problem == problem));
    }
    CHECK((parse_path_template(many(16)).problem == PathProblem::none));
    CHECK((parse_path_template(many(17)).problem == PathProblem::too_many));
}

TEST_CASE("a wrong path that is known at run time only is refused with a sentence") {
    constexpr std::pair<const char*, const char*> cases[] = {
        {"items", "fastapi: the route \"items\" must start with a slash"},
        {"", "fastapi: the route \"\" must start with a slash"},
        {"/{x", "fastapi: the route \"/{x\" has a brace that is not closed"},
        {"/x}", "fastapi: the route \"/x}\" has a closing brace without an opening one"},
        {"/{}", "fastapi: the route \"/{}\" has a placeholder without a name"},
        {"/{x:nat}", "fastapi: the route \"/{x:nat}\" has an unknown convertor: use str, int, float, uuid or path"},
        {"/{x}/{x}", "fastapi: the route \"/{x}/{x}\" has two placeholders of one name"}};
    for (auto [path, sentence] : cases) CHECK(refusal(path) == sentence);
    CHECK(refusal(many(17)).find("has more than 16 placeholders") != std::string::npos);
    CHECK(refusal(many(16)) == "");
    CHECK(refusal("/fine/{x}") == "");
}

TEST_CASE("a handler that does not fit a path known at run time only is refused") {
    FastAPI app;
    std::string unknown = test::thrown_by([&] { app.get(runtime("/{a}"), [](Path<int, "b"> b) { return *b; }); });
    CHECK(unknown.starts_with("fastapi: the handler of \"/{a}\" has a Path parameter"));
    CHECK(unknown.ends_with("is not in the path"));
    CHECK(test::thrown_by([&] { app.get(runtime("/{a}"), [](int a, int b) { return a + b; }); }) ==
          "fastapi: the handler of \"/{a}\" takes more plain scalars than the path has placeholders");
    CHECK(test::thrown_by([&] { app.get(runtime("/{a}/{b}"), [](int a) { return a; }); }) ==
          "fastapi: the handler of \"/{a}/{b}\" takes fewer plain scalars than the path has placeholders");
    CHECK(test::thrown_by([&] { app.get(runtime("/{a}/{b}"), [](int a, int b) { return a + b; }); }) == "");
}

TEST_CASE("OpenAPI has placeholders without their convertors") {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {{"/", "/"},
                                                                       {"/a/b", "/a/b"},
                                                                       {"/{x}", "/{x}"},
                                                                       {"/{x:int}/y", "/{x}/y"},
                                                                       {"/f/{p:path}", "/f/{p}"},
                                                                       {"/{a:uuid}.{b:float}x{c}", "/{a}.{b}x{c}"}};
    for (auto [text, format] : cases) CHECK(detail::path_format(parse_path_template(text)) == format);
}
