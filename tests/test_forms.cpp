// Form and File parameters: what they read, what is wrong and where, dependencies, the document, the test client.
#include "support.hpp"

#include <variant>

using namespace fastapi;

namespace {

struct Login {
    std::string username;
    Field<std::string, MinLength(3)> password;
    Field<int> age = 18;
    Field<std::vector<std::string>> tags = empty;
};
struct Strict {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    std::string name;
};
struct Album {
    UploadFile cover;
    Field<std::vector<UploadFile>> pictures = empty;
    std::string title;
};
struct Cat {
    std::string meow;
};
struct Dog {
    std::string bark;
};

std::string token(Form<std::string, "token"> given) { return *given; }
json seen(File<UploadFile, "file"> file, Depends<token> given) { return {file->filename, *given}; }
Generator<std::string> content(File<UploadFile, "file"> file) { co_yield file->read(); }

void add_routes(FastAPI& app) {
    app.post("/fields", [](Form<std::string, "name", MinLength(2)> name, Form<std::optional<int>, "age"> age, Form<std::vector<int>, "n"> n,
                           Form<std::string, "kind", Default("plain"), Alias("k")> kind) {
        return json{{"name", *name}, {"age", *age}, {"n", *n}, {"kind", *kind}};
    });
    app.post("/model", [](Form<Login> login) { return *login; });
    app.post("/strict", [](Form<Strict> form) { return *form; });
    app.post("/album", [](Form<Album, "", MediaType("multipart/form-data")> album) {
        return json{album->cover.read(), album->pictures->size(), album->title};
    });
    app.post("/union", [](Form<std::variant<Cat, Dog>, "pet"> pet) { return *pet; });
    app.post("/files", [](File<UploadFile, "file"> file, File<Bytes, "bytes", MaxLength(5)> bytes, Form<std::string, "note"> note) {
        return json{file->filename, file->content_type, file->read(), bytes->str(), *note};
    });
    app.post("/optional", [](File<std::optional<UploadFile>, "file"> file, File<std::optional<std::vector<Bytes>>, "list"> list) {
        return json{file->has_value(), *list ? json((*list)->size()) : json()};
    });
    app.post("/list", [](File<std::vector<UploadFile>, "files"> files) {
        json names = json::array();
        for (UploadFile& file : *files) names.push_back(file.filename + ":" + file.read());
        return names;
    });
    app.post("/depends", [](Depends<seen> one, Depends<content> text, Depends<token> given, Form<int, "n"> n) {
        return json{*one, *text, *given, *n};
    });
    app.post("/coroutine", [](File<UploadFile, "file"> file, Depends<token> given) -> Task<json> {
        co_return json{file->read(), *given};
    });
    app.post("/request", [](Request& request) {
        const ReceivedForm& form = request.form();
        return json{form.size(), form.text("a") ? *form.text("a") : "none", form.file("f") ? form.file("f")->filename : "none", request.body.size()};
    });
    app.post("/small", [](Form<std::string, "a"> a) { return a->size(); }, {.max_body_size = 100});
}

struct Fixture {
    FastAPI app;
    TestClient client{(add_routes(app), app)};
    // What is wrong with a form, in short.
    std::string wrong(std::string_view path, const TestRequest& request) {
        TestResponse response = client.post(path, request);
        CHECK(response.status_code == 422);
        return response.status_code == 422 ? test::short_errors(response.json()) : response.text();
    }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "forms: fields") {
    auto good = client.post("/fields", {.data = {{"name", "a b&c=é"}, {"n", "1"}, {"n", "2"}, {"k", "x"}, {"name", "the last"}}});
    CHECK(good.json() == json{{"name", "the last"}, {"age", nullptr}, {"n", {1, 2}}, {"kind", "x"}});
    CHECK(client.post("/fields", {.data = {{"name", "ab"}, {"n", "1"}, {"age", ""}, {"k", ""}}}).json()["kind"] == "plain"); // empty: missing
    CHECK(wrong("/fields", {}) == "body/name: missing | body/n: missing");
    CHECK(wrong("/fields", {.data = {{"name", ""}, {"n", "x"}, {"age", "y"}}}) == "body/name: missing | body/age: int_parsing | body/n/0: int_parsing");
    CHECK(wrong("/fields", {.json = json{{"name", "abc"}, {"n", {1}}}}) == "body/name: missing | body/n: missing"); // no form
    auto bad = client.post("/fields", {.data = {{"name", "a"}, {"n", "1"}}}).json();
    CHECK(bad["detail"][0]["input"] == "a");
    CHECK(bad["detail"][0]["ctx"] == json{{"min_length", 2}});
    CHECK(client.post("/fields", {}).json()["detail"][0]["input"] == nullptr);
    auto parts = client.post("/fields", {.data = {{"name", "in parts"}, {"n", "1"}}, .files = {{"other", "x"}}});
    CHECK(parts.json()["name"] == "in parts");
    CHECK(wrong("/fields", {.files = {{"name", "x"}, {"n", "1"}}}) == "body/name: string_type | body/n/0: int_type"); // files, where texts belong
}

TEST_CASE_FIXTURE(Fixture, "forms: models") {
    CHECK(client.post("/model", {.data = {{"username", "ann"}, {"password", "secret"}, {"tags", "a"}, {"tags", "b"}}}).text() ==
          R"({"username":"ann","password":"secret","age":18,"tags":["a","b"]})");
    CHECK(wrong("/model", {.data = {{"password", ""}, {"age", "x"}}}) ==
          "body/username: missing | body/password: string_too_short | body/age: int_parsing"); // in a model an empty text is one
    CHECK(client.post("/model", {.data = {{"password", "secret"}}}).json()["detail"][0]["input"] ==
          json{{"password", "secret"}, {"age", 18}, {"tags", json::array()}});
    CHECK(wrong("/strict", {.data = {{"name", "a"}, {"x", "1"}, {"x", "2"}}}) == "body/x: extra_forbidden");
    CHECK(client.post("/union", {.data = {{"bark", "loud"}}}).text() == R"({"bark":"loud"})");
    CHECK(wrong("/union", {}) == "body/Cat/meow: missing | body/Dog/bark: missing");
    CHECK(client.post("/album", {.data = {{"title", "t"}}, .files = {{"cover", "C"}, {"pictures", "1"}, {"pictures", "2"}}}).json() ==
          json{"C", 2, "t"});
    CHECK(wrong("/album", {.data = {{"title", "t"}, {"cover", "text"}}}) == "body/cover: value_error");
}

TEST_CASE_FIXTURE(Fixture, "forms: files") {
    auto good = client.post("/files", {.data = {{"note", "n"}}, .files = {{"file", "a.txt", "text"}, {"bytes", "b", "1\xff", "x/y"}}});
    CHECK(good.status_code == 200);
    CHECK(good.json()[0] == "a.txt");
    CHECK(good.json()[1] == "text/plain");
    CHECK(good.json()[2] == "text");
    CHECK(wrong("/files", {}) == "body/file: missing | body/bytes: missing | body/note: missing");
    CHECK(wrong("/files", {.data = {{"file", "text"}, {"bytes", "text"}, {"note", "n"}}}) == "body/file: value_error"); // Bytes take a text
    auto text = client.post("/files", {.data = {{"file", "text"}, {"bytes", "t"}, {"note", "n"}}}).json()["detail"][0];
    CHECK(text == json{{"type", "value_error"}, {"loc", {"body", "file"}}, {"input", "text"}, {"ctx", {{"error", json::object()}}},
                       {"msg", "Value error, Expected UploadFile, received: <class 'str'>"}});
    auto long_one = client.post("/files", {.data = {{"note", "n"}}, .files = {{"file", ""}, {"bytes", "too long"}}}).json()["detail"][0];
    CHECK(long_one["type"] == "bytes_too_long");
    CHECK(long_one["input"] == "too long");
    CHECK(client.post("/optional", {}).json() == json{false, nullptr});
    CHECK(client.post("/optional", {.files = {{"file", ""}, {"list", "a"}, {"list", "\xff"}}}).json() == json{true, 2});
    CHECK(client.post("/list", {.files = {{"files", "b", "2"}, {"files", "a", "1"}}}).json() == json{"b:2", "a:1"});
    CHECK(wrong("/list", {.data = {{"files", "x"}}, .files = {{"files", "y"}}}) == "body/files/0: value_error");
    std::string large(3 << 20, 'x');
    CHECK(client.post("/list", {.files = {{"files", "big", large}}}).json()[0] == "big:" + large);
}

TEST_CASE_FIXTURE(Fixture, "forms: in dependencies, coroutines and pieces") {
    TestRequest request{.data = {{"token", "t"}, {"n", "3"}}, .files = {{"file", "a.txt", "text"}}};
    CHECK(client.post("/depends", request).json() == json{{"a.txt", "t"}, "text", "t", 3});
    CHECK(client.post("/coroutine", request).json() == json{"text", "t"});
    CHECK(wrong("/depends", {}) ==
          "body/token: missing | body/file: missing | body/file: missing | body/token: missing | body/n: missing"); // in the order of dependencies
    CHECK(client.post("/request", {.data = {{"a", "1"}}, .files = {{"f", "x.txt", "x"}}}).json() == json{2, "1", "x.txt", 0});
    CHECK(client.post("/request", {.json = json{}}).json()[0] == 0);
    TestRequest pieces{.headers = {{"content-type", "application/x-www-form-urlencoded"}}, .pieces = {"na", "me=ab", "&n=1", "&n", "=2"}};
    CHECK(client.post("/fields", pieces).json()["n"] == json{1, 2});
    // What is wrong with the form goes before what is wrong with anything else, and before dependencies.
    auto broken = client.post("/depends", {.headers = {{"content-type", "multipart/form-data"}}, .content = "x"});
    CHECK(broken.status_code == 400);
    CHECK(broken.text() == R"({"detail":"Missing boundary in multipart."})");
    CHECK(client.post("/small", {.data = {{"a", std::string(98, 'x')}}}).text() == "98");
    CHECK(client.post("/small", {.data = {{"a", std::string(99, 'x')}}}).status_code == 413);
    // Whoever has the body in memory gives it whole.
    Request whole;
    whole.method = "POST";
    whole.target = "/small";
    whole.headers.add("content-type", "application/x-www-form-urlencoded");
    std::string text = "a=" + std::string(99, 'x');
    whole.body = text;
    CHECK(app.handle(whole).status_code == 413);
    whole.body = "a=12";
    CHECK(app.handle(whole).body == "2");
}

TEST_CASE_FIXTURE(Fixture, "forms: the document") {
    json document = app.openapi();
    auto body = [&](const char* path) { return document["paths"][path]["post"]["requestBody"]; };
    auto ref = [](const char* media, const std::string& name, bool required) {
        json made = {{"content", {{media, {{"schema", {{"$ref", "#/components/schemas/" + name}}}}}}}};
        if (required) made["required"] = true;
        return made;
    };
    const char* form = "application/x-www-form-urlencoded";
    const char* parts = "multipart/form-data";
    CHECK(body("/fields") == ref(form, "Body_post_fields_fields_post", true));
    CHECK(body("/model") == ref(form, "Login", true));
    CHECK(body("/files") == ref(parts, "Body_post_files_files_post", true));
    CHECK(body("/optional") == ref(parts, "Body_post_optional_optional_post", false));
    CHECK(body("/depends") == ref(parts, "Body_post_depends_depends_post", true));
    CHECK(body("/album")["content"].contains(parts));
    CHECK(document["components"]["schemas"]["Body_post_depends_depends_post"]["required"].size() == 3);
    CHECK(document["components"]["schemas"]["Body_post_optional_optional_post"]["properties"]["file"] ==
          json{{"anyOf", {{{"type", "string"}, {"contentMediaType", "application/octet-stream"}}, {{"type", "null"}}}}, {"title", "File"}});
    CHECK(document["components"]["schemas"]["Album"]["properties"]["cover"] ==
          json{{"type", "string"}, {"contentMediaType", "application/octet-stream"}, {"title", "Cover"}});
}

TEST_CASE("forms: dependencies of a list, and overrides") {
    FastAPI app;
    static constexpr auto user = [] { return std::string("nobody"); };
    app.post("/listed", [] { return 1; }, {.dependencies = {depends<token>}});
    app.post("/user", [](Depends<user> name) { return *name; });
    TestClient client{app};
    CHECK(client.post("/listed", {.data = {{"token", "t"}}}).text() == "1");
    CHECK(test::short_errors(client.post("/listed", {}).json()) == "body/token: missing");
    CHECK(app.openapi()["paths"]["/listed"]["post"]["requestBody"]["required"] == true);
    CHECK(client.post("/user", {}).text() == R"("nobody")");
    app.dependency_overrides.set<user>([](Form<std::string, "name"> name) { return *name; });
    CHECK(client.post("/user", {.data = {{"name", "ann"}}}).text() == R"("ann")");
    CHECK(client.post("/user", {.headers = {{"content-type", "multipart/form-data"}}, .content = "x"}).status_code == 400);
}

TEST_CASE("forms: what registration refuses") {
    FastAPI app;
    CHECK(test::thrown_by([&] { app.post("/", [](Form<Login> login, Form<int, "n"> n) { return login->age + *n; }); }) ==
          "fastapi: a model of a form takes all of it: it cannot stand beside other fields, in a handler and its dependencies");
    struct Item {
        int n;
    };
    CHECK(test::thrown_by([&] { app.post("/", [](Item item) { return item.n; }, {.dependencies = {depends<token>}}); }) ==
          "fastapi: a body is a form or JSON: of a handler and its dependencies some take Form or File, others Body");
    CHECK(test::thrown_by([&] { app.get("/", [] { return 1; }, {.max_body_size = 5}); }).find("for handlers that take a RequestStream or a form") !=
          std::string::npos);
}

TEST_CASE("forms: the password form of OAuth2") {
    FastAPI app;
    app.post("/token", [](Depends<instance_of<OAuth2PasswordRequestForm>> form) { return json{form->username, form->scopes, form->grant_type}; });
    app.post("/strict", [](Depends<instance_of<OAuth2PasswordRequestFormStrict>> form) { return json{form->password, form->client_id}; });
    TestClient client{app};
    CHECK(client.post("/token", {.data = {{"username", "a"}, {"password", "b"}, {"scope", " items:read  me "}}}).json() ==
          json{"a", {"items:read", "me"}, nullptr});
    CHECK(test::short_errors(client.post("/token", {.data = {{"grant_type", "passwords"}}}).json()) ==
          "body/grant_type: string_pattern_mismatch | body/username: missing | body/password: missing");
    CHECK(client.post("/strict", {.data = {{"grant_type", "password"}, {"username", "a"}, {"password", "b"}, {"client_id", "c"}}}).json() ==
          json{"b", "c"});
    CHECK(test::short_errors(client.post("/strict", {.data = {{"username", "a"}, {"password", "b"}}}).json()) == "body/grant_type: missing");
    json schema = app.openapi()["components"]["schemas"]["Body_post_token_token_post"]["properties"];
    CHECK(schema["password"] == json{{"type", "string"}, {"format", "password"}, {"title", "Password"}});
}
