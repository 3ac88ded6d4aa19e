// Path, query, header and cookie parameters: from where, which of several values, defaults, models, errors in order.

#include <map>
#include <set>

#include "support.hpp"

using namespace fastapi;
using namespace std::literals;
using test::short_errors;

namespace params_test {
enum class Size { small, large };
}
using params_test::Size;

namespace {

struct Pagination {
    Field<int, Ge(0)> skip = 0;
    Field<int, Ge(1), Le(100)> limit = 100;
    Field<std::vector<std::string>> tags = empty;
    Field<Size> size = Size::small;
    std::optional<std::string> q;
};
struct StrictQuery {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    int a;
    Field<std::string, Alias("myAlias")> my_alias = "x";
};
struct HeaderModel {
    std::string x_token;
    Field<int> x_num = 3;
    Field<std::vector<std::string>> x_list = empty;
    std::optional<std::string> under;
};
struct StrictHeaders {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    std::string x_token;
};
struct CookieModel {
    std::string session;
    Field<int> n = 0;
};
struct StrictCookies {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    std::string session;
};

struct App : FastAPI {
    App() {
        get("/order/{p}/{r}",
            [](Cookie<int, "c"> c, Header<int, "x_num"> x, Query<int, "q"> q, Path<int, "r"> r, Path<int, "p", Ge(1)> p,
               Query<std::string, "q2", MaxLength(2)> q2) { return json{p, r, q, q2, x, c}; });
        get("/page", [](Query<Pagination> page) { return *page; });
        get("/strict", [](Query<StrictQuery> query) { return *query; });
        get("/head", [](Header<HeaderModel> headers) { return *headers; });
        get("/headstrict", [](Header<StrictHeaders> headers) { return *headers; });
        get("/cook", [](Cookie<CookieModel> cookies) { return *cookies; });
        get("/cookstrict", [](Cookie<StrictCookies> cookies) { return *cookies; });
        get("/scalars",
            [](Query<int, "i", Default(1)> i, Query<double, "f", Default(1.5)> f, Query<bool, "b", Default(false)> b,
               Query<std::string, "s", Default("d")> s, Query<Size, "e", Default(Size::small)> e,
               Query<Literal<"a", "b">, "l", Default("a")> l,
               Query<std::optional<int>, "o"> o) { return json{i, f, b, s, model_dump(*e), l->value(), o}; });
        get("/lists",
            [](Query<std::vector<std::string>, "a"> a, Query<std::vector<int>, "b", Default{}> b,
               Query<std::optional<std::vector<int>>, "c", MaxLength(2)> c, Query<std::set<int>, "d", Default(1, 2)> d,
               Query<std::vector<std::string>, "e", Default("x", "y")> e) {
                return json{a, b, c, d, e};
            });
        get("/headers",
            [](Header<std::string, "user_agent"> agent, Header<std::vector<std::string>, "x_list", Default{}> list,
               Header<std::optional<std::string>, "x_opt"> opt,
               Header<std::optional<std::string>, "strange_name", KeepUnderscores> strange,
               Header<std::optional<int>, "al", Alias("X-Alias")> alias) {
                return json{agent, list, opt, strange, alias};
            });
        get("/cookies", [](Cookie<std::optional<std::string>, "a"> a, Cookie<int, "b", Default(0)> b) {
            return json{a, b};
        });
        get("/alias", [](Query<int, "v", Alias("item-query"), Ge(3)> v) { return *v; });
        get("/position/{a}/{b}/{c}", [](int a, const std::string& b, Size c) { return json{a, b, model_dump(c)}; });
        get("/both/{a}", [](Path<int, "a"> a, Query<int, "a"> again) { return *a + *again; });
    }
};

struct Got {
    std::string operator()(std::string_view target, TextPairs headers = {}) {
        headers.emplace_back("user-agent", "me");
        TestResponse answer = client.get(target, {.headers = std::move(headers)});
        return std::to_string(answer.status_code) + " " + answer.text();
    }
    std::string errors(std::string_view target, TextPairs headers = {}) {
        TestResponse answer = client.get(target, {.headers = std::move(headers)});
        return answer.status_code == 422 ? short_errors(answer.json())
                                         : std::to_string(answer.status_code) + " " + answer.text();
    }
    App app;
    TestClient client{app};
};

} // namespace

TEST_CASE("errors come in the order path, query, header, cookie; within it in that of the handler") {
    Got get;
    CHECK(get("/order/1/2?q=3&q2=ab", {{"x-num", "4"}, {"cookie", "c=5"}}) == R"(200 [1,2,3,"ab",4,5])");
    CHECK(
        get("/order/x/y") ==
        R"(422 {"detail":[{"type":"int_parsing","loc":["path","r"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"y"},)"
        R"({"type":"int_parsing","loc":["path","p"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},)"
        R"({"type":"missing","loc":["query","q"],"msg":"Field required","input":null},{"type":"missing","loc":["query","q2"],"msg":"Field required","input":null},)"
        R"({"type":"missing","loc":["header","x-num"],"msg":"Field required","input":null},{"type":"missing","loc":["cookie","c"],"msg":"Field required","input":null}]})");
    CHECK(get.errors("/order/0/1?q=x&q2=abc", {{"x-num", "z"}, {"cookie", "c=w"}}) ==
          "path/p: greater_than_equal | query/q: int_parsing | query/q2: string_too_long | header/x-num: int_parsing | "
          "cookie/c: int_parsing");
    CHECK(
        get("/alias?item-query=2") ==
        R"(422 {"detail":[{"type":"greater_than_equal","loc":["query","item-query"],"msg":"Input should be greater than or equal to 3","input":"2","ctx":{"ge":3}}]})");
    CHECK(get.errors("/alias?v=5") == "query/item-query: missing");
}

TEST_CASE("of several values: the last in a query or cookie, the first header") {
    Got get;
    CHECK(get("/order/1/2?q=3&q=4&q2=a", {{"x-num", "1"}, {"X-Num", "2"}, {"cookie", "c=1; c=2"}}) ==
          R"(200 [1,2,4,"a",1,2])");
    CHECK(get("/page?skip=1&skip=2&q=1&q=2") == R"(200 {"skip":2,"limit":100,"tags":[],"size":"small","q":"2"})");
    CHECK(get("/head", {{"x-token", "t"}, {"x-token", "u"}}) ==
          R"(200 {"x_token":"t","x_num":3,"x_list":[],"under":null})");
    CHECK(get("/cookies", {{"cookie", "a=1; a=2"}, {"cookie", "a=3"}}) == R"(200 ["3",0])");
    CHECK(get("/both/1?a=2") == "200 3");
}

TEST_CASE("scalars of a query") {
    Got get;
    CHECK(get("/scalars") == R"(200 [1,1.5,false,"d","small","a",null])");
    CHECK(get("/scalars?i=5&f=2&b=on&s=&e=large&l=b&o=3") == R"(200 [5,2.0,true,"","large","b",3])");
    CHECK(get.errors("/scalars?i=&f=&b=&s=&e=&l=&o=") ==
          "query/i: int_parsing | query/f: float_parsing | query/b: bool_parsing | query/e: enum | query/l: "
          "literal_error | query/o: int_parsing");
    CHECK(get.errors("/scalars?i=1.5&f=x&b=maybe&e=Small&l=c&o=null") ==
          "query/i: int_parsing | query/f: float_parsing | query/b: bool_parsing | query/e: enum | query/l: "
          "literal_error | query/o: int_parsing");
    CHECK(get.errors("/scalars?i") == "query/i: int_parsing"); // the empty string
    constexpr std::pair<std::string_view, std::string_view> texts[] = {{"a+b%2Bc%20d", "\"a b+c d\""},
                                                                       {"%C3%A9", "\"é\""},
                                                                       {"%FF%C3%A9", "\"\uFFFDé\""},
                                                                       {"%zz%", "\"%zz%\""},
                                                                       {"a=b=c", "\"a=b=c\""},
                                                                       {"a;i=9", "\"a;i=9\""},
                                                                       {"%00", "\"\\u0000\""},
                                                                       {"%26%3D", "\"&=\""},
                                                                       {"a[]", "\"a[]\""},
                                                                       {"é", "\"é\""}};
    for (auto [sent, text] : texts) {
        CAPTURE(sent);
        CHECK(get("/scalars?s=" + std::string(sent)) ==
              "200 [1,1.5,false," + std::string(text) + R"(,"small","a",null])");
    }
    CHECK(get("/scalars?&&i=3&&=5&") == R"(200 [3,1.5,false,"d","small","a",null])");
    CHECK(get("/scalars?%69=4&i=%2B5") == R"(200 [5,1.5,false,"d","small","a",null])");
    CHECK(get("/scalars?i=+7+&f=%20.5") == R"(200 [7,0.5,false,"d","small","a",null])");
}

TEST_CASE("a query of many texts that need decoding stays whole") {
    // Each decoded text is kept somewhere; what was handed out before must stay where it is.
    FastAPI app;
    app.get("/", [](Request& request) {
        json out = json::array();
        for (auto [key, value] : request.query_params()) out.push_back(std::string(key) + "=" + std::string(value));
        for (auto [key, value] : request.cookies()) out.push_back(std::string(key) + "=" + std::string(value));
        return out;
    });
    TestClient client{app};
    std::string raw, percent;
    json expected = json::array();
    for (int i = 0; i < 40; ++i) {
        raw += "é" + std::to_string(i) + "=ü&";
        percent += "%C3%A9" + std::to_string(i) + "=%C3%BC&";
        expected.push_back("é" + std::to_string(i) + "=ü");
    }
    CHECK(client.get("/?" + raw).json() == expected);
    CHECK(client.get("/?" + percent).json() == expected);
    TextPairs headers;
    json cookies = json::array();
    for (int i = 0; i < 20; ++i) {
        headers.emplace_back("cookie", "a" + std::to_string(i) + "=\"v " + std::to_string(i) + "\"");
        cookies.push_back("a" + std::to_string(i) + "=v " + std::to_string(i));
    }
    CHECK(client.get("/", {.headers = headers}).json() == cookies);
}

TEST_CASE("lists take every value") {
    Got get;
    CHECK(get("/lists?a=1&a=2&b=3&c=4&c=5&d=6&d=6&e=z") == R"(200 [["1","2"],[3],[4,5],[6],["z"]])");
    CHECK(get("/lists?a=") == R"(200 [[""],[],null,[1,2],["x","y"]])");
    CHECK(get.errors("/lists") == "query/a: missing");
    CHECK(get.errors("/lists?a[]=1") == "query/a: missing");
    CHECK(get("/lists?a=1,2") == R"(200 [["1,2"],[],null,[1,2],["x","y"]])");
    CHECK(get.errors("/lists?a=&b=x&b=1&b=y&d=q") ==
          "query/b/0: int_parsing | query/b/2: int_parsing | query/d/0: int_parsing");
    CHECK(get.errors("/lists?a=1&c=1&c=2&c=3") == "query/c: too_long");
}

TEST_CASE("headers: dashes for underscores, any case, latin-1") {
    Got get;
    CHECK(
        get("/headers", {{"X-LIST", "a,b"}, {"x-list", "c"}, {"x-opt", ""}, {"strange_name", "s"}, {"x-alias", "7"}}) ==
        R"(200 ["me",["a,b","c"],"","s",7])");
    CHECK(get("/headers", {{"strange-name", "s"}}) == R"(200 ["me",[],null,null,null])");
    CHECK(get.errors("/headers", {{"x-alias", "q"}}) == "header/X-Alias: int_parsing");
    CHECK(get("/headers", {{"x-opt", "\xe9\xff"}, {"x-list", "\xe9"}}) == "200 [\"me\",[\"é\"],\"éÿ\",null,null]");
}

TEST_CASE("cookies: quotes, escapes, spaces, several headers") {
    Got get;
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"a=1;b=2", R"(["1",2])"},
        {"a; b=3", "[null,3]"},
        {"a=\"x y\"; b=4", R"(["x y",4])"},
        {"a=x=y; b= 5 ", R"(["x=y",5])"},
        {"a=\"unclosed; b=2", R"(["\"unclosed",2])"},
        {"=x; a=1", R"(["1",0])"},
        {"a=\"\\\"q\\\"\\073\\\\\"", R"(["\"q\";\\",0])"},
        {"a=%20", R"(["%20",0])"},
        {"a=\"\"", R"(["",0])"},
        {"A=1", "[null,0]"},
        {" a = 1 ;; b=2;", R"(["1",2])"},
        {"a=\"\\351\"", "[\"é\",0]"}};
    for (auto [sent, expected] : cases) {
        CAPTURE(sent);
        CHECK(get("/cookies", {{"cookie", std::string(sent)}}) == "200 " + std::string(expected));
    }
    CHECK(get("/cook", {{"cookie", "session=a"}, {"cookie", "n=2; session=b"}}) == R"(200 {"session":"b","n":2})");
    CHECK(get.errors("/cookies", {{"cookie", "b="}}) == "cookie/b: int_parsing");
}

TEST_CASE("a cookie is latin-1 text as any header is") {
    Got get;
    CHECK(get("/cookies", {{"cookie", "a=\xe9"}}) == "200 [\"é\",0]");
    CHECK(get("/cook", {{"cookie", "session=\xe9"}}) == "200 {\"session\":\"é\",\"n\":0}");
    CHECK(get.errors("/cook", {{"cookie", "other=\xe9"}}) == "cookie/session: missing");
}

TEST_CASE("a model of query parameters") {
    Got get;
    CHECK(get("/page") == R"(200 {"skip":0,"limit":100,"tags":[],"size":"small","q":null})");
    CHECK(get("/page?skip=1&limit=5&tags=a&tags=b&size=large&q=x&unknown=1") ==
          R"(200 {"skip":1,"limit":5,"tags":["a","b"],"size":"large","q":"x"})");
    CHECK(get.errors("/page?skip=-1&limit=101&size=huge&tags=") ==
          "query/skip: greater_than_equal | query/limit: less_than_equal | query/size: enum");
    CHECK(get("/strict?a=1&myAlias=z") == R"(200 {"a":1,"myAlias":"z"})");
    CHECK(get.errors("/strict?a=1&my_alias=z") == "query/my_alias: extra_forbidden");
    CHECK(
        get("/strict?a=x&b=1&c=2&c=3") ==
        R"(422 {"detail":[{"type":"int_parsing","loc":["query","a"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},)"
        R"({"type":"extra_forbidden","loc":["query","b"],"msg":"Extra inputs are not permitted","input":"1"},)"
        R"({"type":"extra_forbidden","loc":["query","c"],"msg":"Extra inputs are not permitted","input":["2","3"]}]})");
}

TEST_CASE("models of headers and cookies") {
    Got get;
    CHECK(get("/head", {{"X-Token", "t"}, {"x-num", "5"}, {"x-list", "a"}, {"X-List", "b"}, {"under", "\xe9"}}) ==
          "200 {\"x_token\":\"t\",\"x_num\":5,\"x_list\":[\"a\",\"b\"],\"under\":\"é\"}");
    CHECK(get.errors("/head", {{"x_token", "t"}}) == "header/x_token: missing");
    CHECK(get.errors("/head", {{"x-num", "z"}}) == "header/x_token: missing | header/x_num: int_parsing");
    CHECK(get.errors("/headstrict", {{"x-token", "t"}}).find("header/accept: extra_forbidden") != std::string::npos);
    CHECK(get("/cook", {{"cookie", R"(session="a\"b\\c\073"; n="5")"}}) == R"(200 {"session":"a\"b\\c;","n":5})");
    CHECK(
        get("/cook", {{"cookie", "n=x"}}) ==
        R"(422 {"detail":[{"type":"missing","loc":["cookie","session"],"msg":"Field required","input":{"n":"x"}},)"
        R"({"type":"int_parsing","loc":["cookie","n"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}]})");
    CHECK(
        get("/cookstrict", {{"cookie", "session=a; b=c; b=d"}}) ==
        R"(422 {"detail":[{"type":"extra_forbidden","loc":["cookie","b"],"msg":"Extra inputs are not permitted","input":"d"}]})");
}

TEST_CASE("plain scalars are the placeholders by position") {
    Got get;
    CHECK(get("/position/1/two/large") == R"(200 [1,"two","large"])");
    CHECK(get.errors("/position/x/two/huge") == "path/a: int_parsing | path/c: enum");
}

TEST_CASE("parameters stand for their values") {
    FastAPI app;
    app.get("/{n}", [](Path<int, "n"> n, Query<std::string, "s", Default("abc")> s, Query<std::optional<int>, "o"> o) {
        int twice = n + n;
        std::size_t length = s->size();
        bool given = o->has_value();
        const std::string& text = s;
        return json{twice, length, given, text + "!", *n, o->value_or(-1)};
    });
    CHECK(TestClient{app}.get("/21").text() == R"([42,3,false,"abc!",21,-1])");
    CHECK(TestClient{app}.get("/21?o=4&s=x").text() == R"([42,1,true,"x!",21,4])");
}

TEST_CASE("parameters compare as their values") {
    auto comparable = []<class A, class B>(const A*, const B*) { return requires(const A& a, const B& b) { a == b; }; };
    constexpr Query<std::string, "s">* text = nullptr;
    constexpr Path<int, "n">* number = nullptr;
    constexpr Query<double, "d">* fraction = nullptr;
    constexpr Query<std::optional<std::string>, "o">* maybe = nullptr;
    constexpr std::string* string = nullptr;
    constexpr std::string_view* view = nullptr;
    constexpr char(*literal)[4] = nullptr;
    constexpr int* integer = nullptr;
    CHECK(comparable(text, literal));
    CHECK(comparable(text, string));
    CHECK(comparable(text, view));
    CHECK(comparable(number, integer));
    CHECK(comparable(fraction, integer));
    CHECK(comparable(maybe, literal));
    CHECK(comparable(number, number));
    CHECK(comparable(text, text));
    CHECK_FALSE(comparable(text, integer));
}

TEST_CASE("a wrong pattern of a parameter is found at registration") {
    FastAPI app;
    CHECK(test::thrown_by([&] {
              app.get("/", [](Query<std::string, "q", Pattern("[")> q) { return *q; });
          }).find("Pattern(\"[\") is no regular expression") != std::string::npos);
}

TEST_CASE("a model with a lost default is found at registration, wherever it stands") {
    FastAPI app;
    struct Wrong {
        int n = 5;
    };
    CHECK(test::thrown_by([&] {
              app.get("/m", [](Query<Wrong> q) { return q->n; });
          }).find("Wrong::n is a plain member with a default (5)") != std::string::npos);
    CHECK(test::thrown_by([&] { app.post("/b", [](Wrong w) { return w.n; }); }).find("Wrong::n") != std::string::npos);
    CHECK(test::thrown_by([&] { app.get("/r", [] { return Wrong{}; }); }).find("Wrong::n") != std::string::npos);
    struct Holder {
        std::optional<Wrong> wrong;
    };
    CHECK(test::thrown_by([&] { app.post("/h", [](Holder h) { return h.wrong.has_value(); }); }).find("Wrong::n") !=
          std::string::npos);
    CHECK(test::thrown_by([&] { app.get("/l", [] { return std::vector<Wrong>{}; }); }).find("Wrong::n") !=
          std::string::npos);
    CHECK(test::thrown_by([&] {
              app.post("/o", [](Body<std::vector<std::optional<Wrong>>> w) { return w->size(); });
          }).find("Wrong::n") != std::string::npos);
}
