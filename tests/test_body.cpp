// The JSON body of a request: one model, several, embedded, optional; content types; bodies that cannot be read.

#include <map>

#include "support.hpp"

using namespace fastapi;
using namespace std::literals;
using test::short_errors;

namespace {

struct Item {
    std::string name;
    Field<double> price = 1.0;
};
struct User {
    std::string username;
};

struct App : FastAPI {
    explicit App(FastAPIOptions options = {}) : FastAPI(std::move(options)) {
        post("/single", [](Item item) { return item; });
        post("/const", [](const Item& item) { return item; });
        post("/body", [](Body<Item> item) { return *item; });
        post("/embed", [](Body<Item, "item", Embed> item) { return *item; });
        post("/several",
             [](Body<Item, "item"> item, Body<User, "user"> user, Body<int, "n"> n, Body<int, "m", Default(7)> m) {
                 return json{item, user, n, m};
             });
        post("/optional", [](std::optional<Item> item) { return item; });
        post("/optional2", [](Body<std::optional<Item>, "item"> item, Body<std::optional<User>, "user"> user) {
            return json{item, user};
        });
        post("/list", [](std::vector<Item> items) { return items; });
        post("/dict", [](std::map<std::string, int> dict) { return dict; });
        post("/intdict", [](std::map<int, double> dict) { return dict; });
        post("/scalar", [](Body<int, "n", Ge(2)> n) { return *n; });
        post("/text", [](Body<std::string> text) { return *text; });
        post("/any", [](json any) { return any; });
        post("/default", [](Body<int, "n", Default(5)> n) { return *n; });
        post("/mixed/{id}", [](Path<int, "id"> id, Item item, Query<int, "q"> q) { return json{id, item, q}; });
        post("/none", [] { return "none"; });
    }
};

struct Post {
    explicit Post(FastAPIOptions options = {}) : app(std::move(options)) {}
    std::string operator()(std::string_view target, std::string body,
                           std::optional<std::string> content_type = "application/json") {
        TestRequest request{.content = std::move(body)};
        if (content_type) request.headers.emplace_back("content-type", *content_type);
        TestResponse answer = client.post(target, request);
        return std::to_string(answer.status_code) + " " +
               (answer.status_code == 422 ? short_errors(answer.json()) : answer.text());
    }
    App app;
    TestClient client{app};
};

constexpr const char* unreadable = R"(400 {"detail":"There was an error parsing the body"})";

std::string repeat(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

} // namespace

TEST_CASE("a single model is the body") {
    Post post;
    for (std::string_view path : {"/single", "/const", "/body"}) {
        CHECK(post(path, R"({"name":"a","price":"2"})") == R"(200 {"name":"a","price":2.0})");
        CHECK(post(path, " {\"name\":\"a\"}\n") == R"(200 {"name":"a","price":1.0})");
        CHECK(post(path, "{}") == "422 body/name: missing");
        CHECK(post(path, R"({"name":1,"price":"x"})") == "422 body/name: string_type | body/price: float_parsing");
        for (std::string_view other : {"[]", "\"x\"", "5", "true"})
            CHECK(post(path, std::string(other)) == "422 body: model_attributes_type");
        CHECK(post(path, "null") == "422 body: missing");
        CHECK(post(path, "") == "422 body: missing");
    }
    CHECK(post.client.post("/single").text() ==
          R"({"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]})");
    CHECK(post.client.post("/single", {.json = json{{"price", 1}}}).text() ==
          R"({"detail":[{"type":"missing","loc":["body","name"],"msg":"Field required","input":{"price":1}}]})");
    CHECK(post("/none", "{bad") == "200 \"none\""); // a body that nobody reads is no error
}

TEST_CASE("an embedded body, and several bodies, are keys") {
    Post post;
    CHECK(post("/embed", R"({"item":{"name":"a"}})") == R"(200 {"name":"a","price":1.0})");
    CHECK(post("/embed", R"({"name":"a"})") == "422 body/item: missing");
    CHECK(post("/embed", R"({"item":null})") == "422 body/item: missing");
    CHECK(post("/embed", R"({"item":5})") == "422 body/item: model_attributes_type");
    CHECK(post("/embed", R"({"item":{}})") == "422 body/item/name: missing");
    CHECK(post("/several", R"({"item":{"name":"a"},"user":{"username":"u"},"n":1,"m":2})") ==
          R"(200 [{"name":"a","price":1.0},{"username":"u"},1,2])");
    CHECK(post("/several", R"({"item":{"name":"a"},"user":{"username":"u"},"n":1})") ==
          R"(200 [{"name":"a","price":1.0},{"username":"u"},1,7])");
    CHECK(post("/several", R"({"item":{"name":"a"},"user":{},"n":"x","m":null})") ==
          "422 body/user/username: missing | body/n: int_parsing");
    CHECK(post("/several", R"({"item":5,"user":[],"n":[]})") ==
          "422 body/item: model_attributes_type | body/user: model_attributes_type | body/n: int_type");
    CHECK(post("/several", "{}") == "422 body/item: missing | body/user: missing | body/n: missing");
    CHECK(post("/several", "") == "422 body/item: missing | body/user: missing | body/n: missing");
    CHECK(post("/several", "null") == "422 body/item: missing | body/user: missing | body/n: missing");
    // What is no object has none of the keys, not even those with a default.
    for (std::string_view other : {"[1]", "5", "\"x\"", "true"})
        CHECK(post("/several", std::string(other)) ==
              "422 body/item: missing | body/user: missing | body/n: missing | body/m: missing");
}

TEST_CASE("optional bodies") {
    Post post;
    CHECK(post("/optional", "") == "200 null");
    CHECK(post("/optional", "null") == "200 null");
    CHECK(post("/optional", R"({"name":"a"})") == R"(200 {"name":"a","price":1.0})");
    CHECK(post("/optional", "{}") == "422 body/name: missing");
    CHECK(post("/optional", "[]") == "422 body: model_attributes_type");
    CHECK(post("/optional2", "") == "200 [null,null]");
    CHECK(post("/optional2", R"({"user":{"username":"u"}})") == R"(200 [null,{"username":"u"}])");
    CHECK(post("/optional2", R"({"item":null,"user":5})") == "422 body/user: model_attributes_type");
    CHECK(post("/optional2", "[]") == "422 body/item: missing | body/user: missing");
    CHECK(post("/default", "") == "200 5");
    CHECK(post("/default", "6") == "200 6");
}

TEST_CASE("lists, dictionaries, scalars and anything") {
    Post post;
    CHECK(post("/list", R"([{"name":"a"},{"name":"b","price":2}])") ==
          R"(200 [{"name":"a","price":1.0},{"name":"b","price":2.0}])");
    CHECK(post("/list", "[]") == "200 []");
    CHECK(post("/list", R"([{"name":"a"},{"price":1},3])") ==
          "422 body/1/name: missing | body/2: model_attributes_type");
    CHECK(post("/list", "{}") == "422 body: list_type");
    CHECK(post("/dict", R"({"b":"2","a":1})") == R"(200 {"a":1,"b":2})");
    CHECK(post("/dict", R"({"a":1,"b":"x"})") == "422 body/b: int_parsing");
    CHECK(post("/dict", "[]") == "422 body: dict_type");
    CHECK(post("/dict", R"({"a":"x","a":"y"})") == "422 body/a: int_parsing"); // a dict has a key once
    CHECK(post("/intdict", R"({"1":2,"x":"y"})") == "422 body/x/[key]: int_parsing | body/x: float_parsing");
    CHECK(post("/intdict", R"({"1":2})") == R"(200 {"1":2.0})");
    CHECK(post("/scalar", "5") == "200 5");
    CHECK(post("/scalar", "\"5\"") == "200 5");
    CHECK(post("/scalar", "1") == "422 body: greater_than_equal");
    CHECK(post("/scalar", R"({"n":5})") == "422 body: int_type");
    CHECK(post("/text", "\"é\"") == "200 \"é\"");
    CHECK(post("/any", R"({"a":[1,2.5,null,"x"]})") == R"(200 {"a":[1,2.5,null,"x"]})");
    CHECK(post("/any", "null") == "422 body: missing");
    CHECK(post("/any", "false") == "200 false");
}

TEST_CASE("errors of the path and query come before those of the body") {
    Post post;
    CHECK(post("/mixed/1?q=2", R"({"name":"a"})") == R"(200 [1,{"name":"a","price":1.0},2])");
    CHECK(post("/mixed/x", R"({"name":1})") == "422 path/id: int_parsing | query/q: missing | body/name: string_type");
    // A body that is no JSON is the only error.
    CHECK(post("/mixed/x", "{") == "422 body/1: json_invalid");
}

TEST_CASE("a body that is no JSON says where") {
    Post post;
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"{\"name\":}",
         R"({"detail":[{"type":"json_invalid","loc":["body",8],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}]})"},
        {"{\"é\": 1",
         R"({"detail":[{"type":"json_invalid","loc":["body",7],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting ',' delimiter"}}]})"},
        {"{'a':1}",
         R"({"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting property name enclosed in double quotes"}}]})"},
        {"{}x",
         R"({"detail":[{"type":"json_invalid","loc":["body",2],"msg":"JSON decode error","input":{},"ctx":{"error":"Extra data"}}]})"},
        {"\"a\\q\"",
         R"({"detail":[{"type":"json_invalid","loc":["body",2],"msg":"JSON decode error","input":{},"ctx":{"error":"Invalid \\escape"}}]})"},
        {"  ",
         R"({"detail":[{"type":"json_invalid","loc":["body",2],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}]})"}};
    for (auto [body, expected] : cases) {
        CAPTURE(body);
        auto answer = post.client.post(
            "/single", {.headers = {{"content-type", "application/json"}}, .content = std::string(body)});
        CHECK(answer.status_code == 422);
        CHECK(answer.text() == expected);
    }
}

TEST_CASE("which content types are JSON") {
    Post post;
    std::string body = R"({"name":"a"})";
    for (const char* type : {"application/json", "APPLICATION/JSON", "application/json; charset=utf-8",
                             "application/vnd.api+json", "application/geo+json ; x=y", " application/json "})
        CHECK(post("/single", body, type) == R"(200 {"name":"a","price":1.0})");
    for (const char* type :
         {"text/plain", "text/json", "application/jsonx", "json", "", "application/x-www-form-urlencoded",
          "application/json/x", "application/xml", "application/json, text/plain"})
        CHECK(post("/single", body, type) == "422 body: model_attributes_type");
    CHECK(post("/single", body, std::nullopt) == "422 body: model_attributes_type");
    CHECK(
        post.client.post("/single", {.headers = {{"content-type", "text/plain"}}, .content = body}).text() ==
        R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":"{\"name\":\"a\"}"}]})");
    CHECK(post("/text", "hello", "text/plain") == "200 \"hello\"");
    CHECK(post("/any", "hello", "text/plain") == "200 \"hello\"");
    CHECK(post("/scalar", "12", "text/plain") == "200 12");
    CHECK(post("/list", "[]", "text/plain") == "422 body: list_type");
    CHECK(post("/embed", R"({"item":{"name":"a"}})", "text/plain") == "422 body/item: missing");
    CHECK(post("/optional2", body, "text/plain") == "200 [null,null]");
    CHECK(post("/single", "", "text/plain") == "422 body: missing");
    CHECK(post("/single", "\xff", "text/plain") == R"(415 {"detail":"Unsupported Media Type"})");
    Post lax{{.strict_content_type = false}};
    CHECK(lax("/single", body, std::nullopt) == R"(200 {"name":"a","price":1.0})");
    CHECK(lax("/single", body, "text/plain") == "422 body: model_attributes_type");
}

TEST_CASE("bodies that cannot be read are 400") {
    Post post;
    CHECK(post("/single", "{\"name\":\"\xff\"}") == unreadable);
    CHECK(post("/single", "\xff{\"name\":\"a\"}") == unreadable);
    CHECK(post("/single", "{\"name\":\"a\xc3") == unreadable);
    CHECK(post("/any", repeat("[", 990) + repeat("]", 990)).substr(0, 4) == "200 ");
    CHECK(post("/any", repeat("[", 991) + repeat("]", 991)) == unreadable);
    CHECK(post("/any", repeat("{\"a\":", 100000)) == unreadable);
    CHECK(post("/any", "{\"n\":" + repeat("1", 4301) + "}") == unreadable);
    Post shallow{{.limits = {.max_json_depth = 3}}};
    CHECK(shallow("/any", "[[[1]]]") == "200 [[[1]]]");
    CHECK(shallow("/any", "[[[[1]]]]") == unreadable);
}

TEST_CASE("UTF-16, UTF-32 and a byte order mark are read") {
    Post post;
    CHECK(post("/text", "\xef\xbb\xbf\"a\"") == "200 \"a\"");
    CHECK(post("/text", "\"\0a\0\"\0"s) == "200 \"a\"");
    CHECK(post("/text", "\0\"\0a\0\""s) == "200 \"a\"");
    CHECK(post("/text", "\xff\xfe\"\0\xe9\0\"\0"s) == "200 \"é\"");
    CHECK(post("/text", "\0\0\0\"\0\0\0a\0\0\0\""s) == "200 \"a\"");
    CHECK(post("/text", "\"\0a\0\""s) == unreadable);
}

TEST_CASE("a body beyond the limit is 413") {
    Post post{{.limits = {.max_body_size = 20}}};
    CHECK(post("/text", "\"" + repeat("x", 18) + "\"") == "200 \"" + repeat("x", 18) + "\"");
    auto answer = post.client.post(
        "/text", {.headers = {{"content-type", "application/json"}}, .content = "\"" + repeat("x", 19) + "\""});
    CHECK(answer.status_code == 413);
    CHECK(answer.json()["detail"].is_string());
    CHECK(post.client.post("/nowhere", {.content = repeat("x", 21)}).status_code >= 404);
}

TEST_CASE("an answer is valid UTF-8 whatever the body was") {
    Post post;
    for (std::string_view body :
         {R"({"name":1,"x":"\ud800"})"sv, R"({"name":"\ud800"})"sv, R"({"\udfff":1})"sv, R"("\ud83d")"sv}) {
        for (std::string_view path : {"/single", "/list", "/dict", "/any", "/text"}) {
            CAPTURE(body);
            CAPTURE(path);
            auto answer = post.client.post(
                path, {.headers = {{"content-type", "application/json"}}, .content = std::string(body)});
            CHECK_NOTHROW(static_cast<void>(answer.json()));
        }
    }
}

TEST_CASE("NaN and infinities in a body are null when they are shown") {
    Post post;
    CHECK(post("/any", "NaN") == "200 null");
    CHECK(post("/single", R"({"name":NaN})") == "422 body/name: string_type");
    CHECK(post.client
              .post("/single", {.headers = {{"content-type", "application/json"}}, .content = R"({"name":Infinity})"})
              .json()["detail"][0]["input"] == nullptr);
}

TEST_CASE("bodies without names are refused when there are several") {
    FastAPI app;
    CHECK(test::thrown_by([&] { app.post("/", [](Item, User) {}); }).find("has body parameters that need names") !=
          std::string::npos);
    CHECK(test::thrown_by([&] { app.post("/x", [](Body<Item, "item">, User) {}); }).find("Body<Item, \"item\">") !=
          std::string::npos);
}
