// Dependencies: what they take and give, once a request, set-up and tear-down, coroutines, overrides, WebSockets, the document.

#include <atomic>
#include <chrono>
#include <memory>

#include "support.hpp"

using namespace fastapi;
using namespace std::chrono_literals;
using test::short_errors;

namespace {

struct Log {
    std::string text;
    void add(std::string_view word) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    std::string take() { return std::exchange(text, {}); }
};
Log events;

// --- plain dependencies -------------------------------------------------------------------------------------------------------

std::string get_name(Query<std::string, "name"> name) { return name; }
int name_length(Depends<get_name> name, Header<int, "x_add", Default(0)> add) { return static_cast<int>(name->size()) + *add; }

inline constexpr auto doubled = [](Depends<name_length> length) { return *length * 2; };

struct AtLeast {
    int smallest;
    bool operator()(Query<int, "size", Default(0)> size) const { return *size >= smallest; }
};
struct Counting {
    std::atomic<int> calls = 0;
    int operator()() { return ++calls; }
};
Counting counting;

struct Pagination {
    Query<int, "skip", Default(0), Ge(0)> skip;
    Query<int, "limit", Default(100), Le(1000)> limit;
};
struct Search { // with a dependency among its members
    Query<std::string, "q", Default("")> q;
    Depends<instance_of<Pagination>> page;
};
class Checker {
  public:
    Checker(Query<std::string, "fixed"> fixed, Depends<name_length> length) : text_(*fixed + std::to_string(*length)) {}
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};
struct Made {
    int value;
    static Made make(Query<int, "value"> value) { return {*value + 1}; }
};
struct Store {
    int base;
    int current(Query<int, "plus", Default(0)> plus) const { return base + *plus; }
};
inline constexpr Store store{40};

struct Unmovable {
    explicit Unmovable(int given) : value(given) { events.add("made"); }
    Unmovable(const Unmovable&) = delete;
    Unmovable& operator=(const Unmovable&) = delete;
    ~Unmovable() { events.add("gone"); }
    int value;
};
Unmovable unmovable() { return Unmovable(7); }

const int seven = 7;
const int& by_reference() { return seven; }
void says_so(Response& response) {
    response.headers.set("x-said", "so");
    response.status_code = 201;
}
void refuse(Header<std::string, "x_token"> token) {
    if (*token != "right") throw HTTPException(400, "wrong token");
}

TEST_CASE("a dependency is a function, a lambda, an object, a class, a member function") {
    FastAPI app;
    app.get("/function", [](Depends<name_length> length, Depends<get_name> name) { return json{{"length", length}, {"name", *name}}; });
    app.get("/lambda", [](Depends<doubled> twice) { return *twice; });
    app.get("/object", [](Depends<AtLeast{3}> enough) { return *enough; });
    app.get("/pointer", [](Depends<&counting> count) { return *count; });
    app.get("/struct", [](const Depends<instance_of<Search>>& search) {
        return json{{"q", search->q}, {"skip", search->page->skip}, {"limit", search->page->limit}};
    });
    app.get("/constructor", [](Depends<instance_of<Checker, Query<std::string, "fixed">, Depends<name_length>>> checker) { return checker->text(); });
    app.get("/make", [](Depends<instance_of<Made>> made) { return made->value; });
    app.get("/method", [](Depends<method_of<&store, &Store::current>> current) { return *current; });
    app.get("/unmovable", [](Depends<unmovable> one) { return one->value; });
    app.get("/reference", [](Depends<by_reference> one) { return &*one == &seven; });
    TestClient client{app};
    CHECK(client.get("/function?name=abc").json() == json{{"length", 3}, {"name", "abc"}});
    CHECK(client.get("/function?name=abc", {.headers = {{"x-add", "4"}}}).json()["length"] == 7);
    CHECK(client.get("/lambda?name=abc").json() == 6);
    CHECK(client.get("/object?size=3").json() == true);
    CHECK(client.get("/object?size=2").json() == false);
    CHECK(client.get("/pointer").json() == 1);
    CHECK(client.get("/pointer").json() == 2);
    CHECK(client.get("/struct?q=x&skip=2").json() == json{{"q", "x"}, {"skip", 2}, {"limit", 100}});
    CHECK(short_errors(client.get("/struct?skip=-1&limit=1001").json()) == "query/skip: greater_than_equal | query/limit: less_than_equal");
    CHECK(client.get("/constructor?fixed=a&name=xyz").json() == "a3");
    CHECK(client.get("/make?value=1").json() == 2);
    CHECK(client.get("/method?plus=2").json() == 42);
    events.take();
    CHECK(client.get("/unmovable").json() == 7);
    CHECK(events.take() == "made gone");
    CHECK(client.get("/reference").json() == true);
}

TEST_CASE("the parameters of the whole tree are validated at once, in FastAPI's order") {
    FastAPI app;
    app.get("/{id}", [](Path<int, "id"> id, Query<int, "own"> own, Depends<name_length> length, Depends<get_name> name) {
        return *id + *own + *length + static_cast<int>(name->size());
    });
    TestClient client{app};
    // A dependency that is needed twice is wrong twice.
    CHECK(short_errors(client.get("/x", {.headers = {{"x-add", "y"}}}).json()) ==
          "query/name: missing | header/x-add: int_parsing | query/name: missing | path/id: int_parsing | query/own: missing");
    CHECK(client.get("/1?own=2&name=abc").json() == 9);
}

TEST_CASE("a dependency that throws ends the request before the route's own parameters are looked at") {
    FastAPI app;
    app.get("/", [](Query<int, "n"> n) { return *n; }, {.dependencies = {depends<get_name>, depends<refuse>}});
    TestClient client{app};
    CHECK(client.get("/", {.headers = {{"x-token", "wrong"}}}).status_code == 400);
    CHECK(short_errors(client.get("/", {.headers = {{"x-token", "right"}}}).json()) == "query/name: missing | query/n: missing");
    CHECK(short_errors(client.get("/").json()) == "query/name: missing | header/x-token: missing | query/n: missing");
    CHECK(client.get("/?name=a&n=3", {.headers = {{"x-token", "right"}}}).json() == 3);
}

struct Item {
    std::string name;
};
std::string item_name(Body<Item, "item"> item) { return item->name; }
int call_count = 0;
int counted() { return ++call_count; }

TEST_CASE("bodies of dependencies count for the keys of the body") {
    FastAPI app;
    app.post("/one", [](Depends<item_name> name) { return *name; });
    app.post("/same", [](Body<Item, "item"> item, Depends<item_name> name) { return item->name + *name; });
    app.post("/two", [](Body<Item, "other"> other, Depends<item_name> name) { return other->name + *name; });
    app.post("/throws", [](Body<Item, "other"> other, Depends<refuse>) { return other->name; });
    TestClient client{app};
    CHECK(client.post("/one", {.json = json{{"name", "a"}}}).json() == "a");
    CHECK(short_errors(client.post("/one", {.json = json{{"n", "a"}}}).json()) == "body/name: missing");
    CHECK(client.post("/same", {.json = json{{"name", "a"}}}).json() == "aa");
    CHECK(client.post("/two", {.json = json{{"other", {{"name", "o"}}}, {"item", {{"name", "i"}}}}}).json() == "oi");
    CHECK(short_errors(client.post("/two", {.json = json{{"other", 1}}}).json()) == "body/item: missing | body/other: model_attributes_type");
    // The body is read before the dependencies: what is no JSON is said first.
    TestRequest broken{.headers = {{"content-type", "application/json"}, {"x-token", "wrong"}}, .content = "{"};
    CHECK(short_errors(client.post("/throws", broken).json()) == "body/1: json_invalid");
    json document = app.openapi();
    CHECK(document["paths"]["/one"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/Item");
    CHECK(document["components"]["schemas"]["Body_post_two_two_post"]["required"] == json{"other", "item"});
    struct Other {
        int n;
    };
    FastAPI unnamed;
    CHECK(test::thrown_by([&] { unnamed.post("/", [](Other, Depends<item_name>) { return 1; }); }).find("need names") != std::string::npos);
}

int uses_count(Depends<counted> count) { return *count; }
int uses_count_anew(Depends<counted, NoCache> count) { return *count; }

TEST_CASE("a dependency is called once a request, unless it is said otherwise") {
    FastAPI app;
    app.get("/once", [](Depends<counted> a, Depends<uses_count> b, Depends<counted> c) { return json{*a, *b, *c, &*a == &*c}; });
    app.get("/anew", [](Depends<counted> a, Depends<uses_count_anew> b, Depends<counted, NoCache> c) { return json{*a, *b, *c}; });
    TestClient client{app};
    call_count = 0;
    CHECK(client.get("/once").json() == json{1, 1, 1, true});
    CHECK(client.get("/once").json() == json{2, 2, 2, true});
    call_count = 0;
    CHECK(client.get("/anew").json() == json{1, 2, 3});
}

TEST_CASE("what a dependency sets on the response reaches the answer") {
    FastAPI app;
    app.get("/", [](Depends<says_so>) { return 1; });
    app.get("/task", [](Depends<says_so>) -> Task<int> { co_return 2; });
    app.get("/both", [](Depends<says_so>, Response& response) -> Task<int> {
        response.headers.set("x-own", "1");
        co_return 2;
    });
    app.get("/stream", [](Depends<says_so>) -> Generator<int> {
        int one = 1;
        co_yield one;
    });
    app.get("/listed", [] { return 3; }, {.dependencies = {depends<says_so>}});
    TestClient client{app};
    for (const char* path : {"/", "/task", "/both", "/listed"}) {
        TestResponse response = client.get(path);
        CHECK_MESSAGE(response.status_code == 201, path);
        CHECK_MESSAGE(response.headers.get("x-said").value_or("") == "so", path);
    }
    CHECK(client.get("/both").headers.get("x-own").value_or("") == "1");
    CHECK(client.get("/stream").headers.get("x-said").value_or("") == "so");
}

TEST_CASE("dependencies of the application and of the route come before those of the handler") {
    static auto one = [] { events.add("app"); };
    static auto two = [] { events.add("route"); };
    static auto three = [] {
        events.add("handler");
        return 3;
    };
    FastAPI app{{.dependencies = {depends<&one>}}};
    app.get("/", [](Depends<&three> n) { return *n; }, {.dependencies = {depends<&two>}});
    app.get("/plain", [] { return 1; });
    TestClient client{app};
    events.take();
    CHECK(client.get("/").json() == 3);
    CHECK(events.take() == "app route handler");
    CHECK(client.get("/plain").json() == 1);
    CHECK(events.take() == "app");
    CHECK(client.get("/openapi.json").status_code == 200);
    CHECK(client.get("/nothing").status_code == 404);
    CHECK(events.take() == "");
}

// --- set-up and tear-down -----------------------------------------------------------------------------------------------------

struct OpenSession {
    bool open = true;
};
Generator<OpenSession&> get_session() {
    events.add("open");
    OpenSession session;
    try {
        co_yield session;
        events.add("commit");
    } catch (const HTTPException&) {
        events.add("http");
        throw;
    } catch (const RequestValidationError& error) {
        events.add("invalid" + std::to_string(error.list.size()));
        throw;
    } catch (const std::exception&) {
        events.add("rollback");
        throw;
    }
    session.open = false;
    events.add("close");
}
Generator<int> numbered(Depends<get_session> session) {
    int number = session->open ? 5 : 0;
    events.add("begin");
    co_yield number;
    events.add("end");
}
Generator<int> soon() {
    int number = 1;
    events.add("soon");
    co_yield number;
    events.add("over");
}
Generator<int> swallows() {
    int number = 1;
    try {
        co_yield number;
    } catch (...) {
        events.add("swallowed");
    }
}
Generator<int> replaces() {
    int number = 1;
    try {
        co_yield number;
    } catch (const std::runtime_error& error) {
        throw HTTPException(418, error.what());
    }
}
Generator<int> fails_late() {
    int number = 1;
    co_yield number;
    throw std::runtime_error("late");
}
Generator<int> yields_twice() {
    int number = 1;
    co_yield number;
    co_yield number;
}
Generator<int> never_yields() { co_return; }
Generator<int> waits() {
    co_await fastapi::sleep(2ms);
    int number = 8;
    co_yield number;
    co_await fastapi::sleep(2ms);
    events.add("waited");
}

TEST_CASE("a generator is torn down behind the answer, in reverse order") {
    FastAPI app;
    app.get("/plain", [](Depends<numbered> n) {
        events.add("handler");
        return *n;
    });
    app.get("/task", [](Depends<numbered> n) -> Task<int> {
        co_await fastapi::sleep(1ms);
        events.add("handler");
        co_return *n;
    });
    app.get("/scopes", [](Depends<numbered> n, Depends<soon, FunctionScope> s) {
        events.add("handler");
        return *n + *s;
    });
    app.get("/task-scopes", [](Depends<soon, FunctionScope> s, Depends<numbered> n) -> Task<int> { co_return *n + *s; });
    app.get("/waits", [](Depends<waits> n) { return *n; });
    app.get("/task-waits", [](Depends<waits, FunctionScope> n) -> Task<int> { co_return *n; });
    TestClient client{app};
    for (const char* path : {"/plain", "/task"}) {
        events.take();
        CHECK(client.get(path).json() == 5);
        CHECK(events.take() == "open begin handler end commit close");
    }
    CHECK(client.get("/scopes").json() == 6);
    CHECK(events.take() == "open begin soon handler over end commit close");
    CHECK(client.get("/task-scopes").json() == 6);
    CHECK(events.take() == "soon open begin over end commit close");
    CHECK(client.get("/waits").json() == 8);
    CHECK(client.get("/task-waits").json() == 8);
    CHECK(events.take() == "waited waited");
    // Whoever calls handle() has the answer before the tear-down.
    Request request;
    request.target = "/plain";
    {
        Response response = app.handle(request);
        CHECK(response.body == "5");
        CHECK(events.take() == "open begin handler");
    }
    CHECK(events.take() == "end commit close");
}

TEST_CASE("what a handler throws is thrown at co_yield") {
    FastAPI app;
    app.get("/http", [](Depends<numbered>) -> int { throw HTTPException(404); });
    app.get("/other", [](Depends<numbered>) -> int { throw std::runtime_error("no"); });
    app.get("/task", [](Depends<numbered>) -> Task<int> {
        co_await fastapi::sleep(1ms);
        throw HTTPException(404);
    });
    app.get("/invalid", [](Depends<numbered>, Query<int, "a">, Query<int, "b">) { return 1; });
    app.get("/task-invalid", [](Depends<numbered>, Query<int, "a">, Query<int, "b">) -> Task<int> { co_return 1; });
    app.get("/dependency", [](Depends<numbered>, Depends<refuse>) { return 1; });
    app.get("/replaced", [](Depends<replaces>) -> int { throw std::runtime_error("teapot"); });
    app.get("/task-replaced", [](Depends<replaces, FunctionScope>) -> Task<int> {
        throw std::runtime_error("teapot");
        co_return 1;
    });
    TestClient client{app, {.raise_server_exceptions = false}};
    events.take();
    CHECK(client.get("/http").status_code == 404);
    CHECK(events.take() == "open begin http");
    CHECK(client.get("/other").status_code == 500);
    CHECK(events.take() == "open begin rollback");
    CHECK(client.get("/task").status_code == 404);
    CHECK(events.take() == "open begin http");
    for (const char* path : {"/invalid", "/task-invalid"}) {
        TestResponse response = client.get(path);
        CHECK(response.status_code == 422);
        CHECK(short_errors(response.json()) == "query/a: missing | query/b: missing");
        CHECK(events.take() == "open begin invalid2");
    }
    CHECK(client.get("/dependency", {.headers = {{"x-token", "wrong"}}}).status_code == 400);
    CHECK(events.take() == "open begin http");
    for (const char* path : {"/replaced", "/task-replaced"}) {
        CHECK(client.get(path).status_code == 418);
        CHECK(client.get(path).json()["detail"] == "teapot");
    }
}

TEST_CASE("an exception that is swallowed, thrown late, or two co_yields are mistakes that show") {
    FastAPI app;
    app.get("/swallowed", [](Depends<swallows>) -> int { throw std::runtime_error("no"); });
    app.get("/swallowed-soon", [](Depends<swallows, FunctionScope>) -> int { throw std::runtime_error("no"); });
    app.get("/swallowed-task", [](Depends<swallows>) -> Task<int> {
        throw std::runtime_error("no");
        co_return 1;
    });
    app.get("/swallowed-invalid", [](Depends<swallows>, Query<int, "n">) { return 1; });
    app.get("/late", [](Depends<fails_late>) { return 1; });
    app.get("/late-soon", [](Depends<fails_late, FunctionScope>) { return 1; });
    app.get("/twice", [](Depends<yields_twice, FunctionScope>) { return 1; });
    app.get("/never", [](Depends<never_yields>) { return 1; });
    TestClient client{app};
    for (const char* path : {"/swallowed", "/swallowed-soon", "/swallowed-task", "/swallowed-invalid"})
        CHECK_MESSAGE(test::thrown_by([&] { static_cast<void>(client.get(path)); }).find("Response not awaited") == 0, path);
    CHECK(test::thrown_by([&] { static_cast<void>(client.get("/late")); }) == "late");
    CHECK(test::thrown_by([&] { static_cast<void>(client.get("/late-soon")); }) == "late");
    CHECK(test::thrown_by([&] { static_cast<void>(client.get("/twice")); }).find("second co_yield") != std::string::npos);
    CHECK(test::thrown_by([&] { static_cast<void>(client.get("/never")); }).find("without a co_yield") != std::string::npos);
    TestClient quiet{app, {.raise_server_exceptions = false}};
    CHECK(quiet.get("/late").status_code == 200); // it was sent already
    CHECK(quiet.get("/late-soon").status_code == 500);
    CHECK(quiet.get("/twice").status_code == 500);
}

Task<int> slowly(Depends<name_length> length) {
    co_await fastapi::sleep(2ms);
    co_return *length + 1;
}
Task<int> fails_slowly() {
    co_await fastapi::sleep(1ms);
    throw HTTPException(403);
}
int after_slowly(Depends<slowly> n) { return *n * 10; }
Task<> slow_nothing() {
    co_await fastapi::sleep(1ms);
    events.add("nothing");
}

TEST_CASE("dependencies that are coroutines, in handlers of every kind") {
    FastAPI app;
    app.get("/plain", [](Depends<after_slowly> n) { return *n; });
    app.get("/task", [](Depends<after_slowly> n) -> Task<int> {
        co_await fastapi::sleep(1ms);
        co_return *n;
    });
    app.get("/stream", [](Depends<after_slowly> n, Depends<get_session> session) -> Generator<int> {
        for (int i = 0; i < 2; ++i) {
            int value = *n + i + (session->open ? 0 : 100);
            co_yield value;
        }
        events.add("streamed");
    });
    app.get("/fails", [](Depends<fails_slowly> n) { return *n; });
    app.get("/fails-task", [](Depends<fails_slowly> n, Depends<get_session>) -> Task<int> { co_return *n; });
    app.get("/void", [](Depends<slow_nothing>) { return 1; });
    TestClient client{app};
    CHECK(client.get("/plain?name=ab").json() == 30);
    CHECK(client.get("/task?name=ab").json() == 30);
    CHECK(short_errors(client.get("/task").json()) == "query/name: missing");
    events.take();
    CHECK(client.get("/stream?name=ab").content == "30\n31\n");
    CHECK(events.take() == "open streamed commit close");
    CHECK(short_errors(client.get("/stream").json()) == "query/name: missing");
    CHECK(events.take() == "open invalid1");
    CHECK(client.get("/fails").status_code == 403);
    CHECK(client.get("/fails-task").status_code == 403);
    CHECK(client.get("/void").json() == 1);
    CHECK(events.take() == "nothing");
}

// What its destructor reads must be there.
struct Leaves {
    Request* request;
    Leaves(Request& given) : request(&given) {} // NOLINT: implicit
    Leaves(const Leaves&) = delete;
    Leaves& operator=(const Leaves&) = delete;
    ~Leaves() { events.add(request->path()); }
};
Leaves leaves(Request& request) { return request; }

TEST_CASE("values live as long as what may refer to them, and the request as long as they") {
    FastAPI app;
    app.get("/plain", [](Depends<leaves> one) { return one->request != nullptr; });
    app.get("/open", [](Depends<leaves> one, Depends<soon> n) { return one->request && *n; });
    app.get("/task", [](Depends<leaves> one, Depends<soon>) -> Task<bool> { co_return one->request != nullptr; });
    app.get("/generator", [](Depends<leaves> one) -> Generator<int> {
        int n = one->request ? 1 : 0;
        co_yield n;
    });
    app.get("/streaming", [](Depends<leaves> one) {
        auto texts = [](Leaves& kept) -> Generator<std::string> {
            std::string text(kept.request->path());
            co_yield text;
        };
        return StreamingResponse(texts(*one));
    });
    app.get("/throws", [](Depends<leaves>, Depends<soon>) -> int { throw HTTPException(404); });
    TestClient client{app};
    for (bool can_wait : {false, true}) {
        for (std::string path : {"/plain", "/open", "/task", "/generator", "/streaming", "/throws"}) {
            events.take();
            if (!can_wait) {
                static_cast<void>(client.get(path));
            } else {
                Response response;
                {
                    auto request = std::make_unique<Request>();
                    request->target = path;
                    request->can_wait = path != "/open"; // whose answer must go before the request does
                    response = app.handle(*request);
                    if (path == "/open") response = Response();
                }
                if (response.stream) {
                    std::string out;
                    response.stream->collect(out);
                    CHECK(out == (path == "/streaming" ? path : "1\n"));
                }
                response = Response();
            }
            std::string seen = events.take();
            CHECK_MESSAGE(seen.find(path) != std::string::npos, seen);
        }
    }
}

// --- overrides ----------------------------------------------------------------------------------------------------------------

struct Settings {
    std::string name;
};
Settings get_settings() { return {"real"}; }
Settings other_settings(Query<std::string, "as"> as) { return {*as}; }
Settings louder_settings(Depends<get_settings> settings) { return {settings->name + "!"}; }
Generator<OpenSession&> test_session() {
    OpenSession session{false};
    events.add("test");
    co_yield session;
    events.add("tested");
}

TEST_CASE("overrides are there at once, and go again") {
    FastAPI app;
    app.get("/", [](Depends<get_settings> settings) { return settings->name; });
    app.get("/session", [](Depends<numbered> n) { return *n; });
    app.get("/listed", [] { return 1; }, {.dependencies = {depends<refuse>}});
    TestClient client{app};
    CHECK(client.get("/").json() == "real");
    app.dependency_overrides.set<get_settings>([] { return Settings{"test"}; });
    CHECK(client.get("/").json() == "test");
    app.dependency_overrides.set<get_settings>(other_settings);
    CHECK(short_errors(client.get("/").json()) == "query/as: missing");
    CHECK(client.get("/?as=me").json() == "me");
    app.dependency_overrides.set<get_settings, louder_settings>();
    CHECK(client.get("/").json() == "real!");
    std::string captured = "captured";
    app.dependency_overrides.set<get_settings>([&captured] { return Settings{captured}; });
    CHECK(client.get("/").json() == "captured");
    app.dependency_overrides.set<get_session>(test_session);
    events.take();
    CHECK(client.get("/session").json() == 0);
    CHECK(events.take() == "test begin end tested");
    CHECK(client.get("/").json() == "captured");
    CHECK(client.get("/listed").status_code == 422);
    app.dependency_overrides.set<refuse>([] {});
    CHECK(client.get("/listed").status_code == 200);
    app.dependency_overrides.reset<get_settings>();
    CHECK(client.get("/").json() == "real");
    CHECK(client.get("/session").json() == 0);
    app.dependency_overrides.reset();
    CHECK(client.get("/session").json() == 5);
    CHECK(client.get("/listed").status_code == 422);
    CHECK(app.openapi()["paths"]["/"]["get"].contains("parameters") == false);
}

// --- WebSockets ---------------------------------------------------------------------------------------------------------------

std::string ws_token(WebSocket&, Query<std::optional<std::string>, "token"> token) {
    if (!token->has_value()) throw WebSocketException(1008, "no token");
    return **token;
}
int ws_number(Request& request, Query<int, "n", Default(1)> n) { return *n + static_cast<int>(request.query_params().size()); }

TEST_CASE("dependencies of WebSockets") {
    FastAPI app;
    app.websocket("/plain", [](WebSocket& ws, Depends<ws_token> token, Depends<ws_number> n, Depends<get_session> session) {
        ws.accept();
        ws.send_text(*token + std::to_string(*n) + (session->open ? "open" : "closed"));
        events.add("handler");
    });
    app.websocket("/task", [](WebSocket& ws, Depends<ws_token> token, Depends<ws_number> n, Depends<waits> w) -> Task<> {
        ws.accept();
        ws.send_text(*token + std::to_string(*n + *w));
        co_return;
    });
    app.websocket("/listed", [](WebSocket& ws) { ws.accept(); }, {.dependencies = {depends<ws_token>}});
    TestClient client{app};
    events.take();
    {
        auto socket = client.websocket_connect("/plain?token=t");
        CHECK(socket.receive_text() == "t2open");
        CHECK_THROWS_AS(static_cast<void>(socket.receive_text()), WebSocketDisconnect);
    }
    CHECK(events.take() == "open handler commit close");
    {
        auto socket = client.websocket_connect("/task?token=t&n=2");
        CHECK(socket.receive_text() == "t12");
        CHECK_THROWS_AS(static_cast<void>(socket.receive_text()), WebSocketDisconnect);
    }
    CHECK(events.take() == "waited");
    for (const char* path : {"/plain", "/task", "/plain?token=t&n=x", "/task?token=t&n=x", "/listed"}) {
        int code = 0;
        try {
            auto socket = client.websocket_connect(path);
        } catch (const WebSocketDisconnect& gone) {
            code = gone.code;
        }
        CHECK_MESSAGE(code == 1008, path);
    }
}

// --- the document ---------------------------------------------------------------------------------------------------------------

std::string by_id(Path<int, "id"> id, Cookie<std::string, "c", Default("")> c) { return std::to_string(*id) + *c; }

TEST_CASE("the parameters of dependencies are documented, each once") {
    FastAPI app;
    app.get("/items/{id}", [](Depends<by_id> text, Query<int, "own"> own, Depends<name_length> length) { return *text + std::to_string(*own + *length); });
    TestClient client{app};
    CHECK(client.get("/items/3?own=1&name=ab").json() == "33");
    std::string order;
    json document = app.openapi();
    for (const json& one : document["paths"]["/items/{id}"]["get"]["parameters"]) order += one["in"].get<std::string>() + ":" + one["name"].get<std::string>() + " ";
    CHECK(order == "path:id query:own query:name header:x-add cookie:c ");
}

TEST_CASE("a listed dependency whose placeholder the path lacks is refused at registration") {
    FastAPI app;
    CHECK(test::thrown_by([&] { app.get("/x", [] { return 1; }, {.dependencies = {depends<by_id>}}); }).find("the dependency by_id of the route \"/x\"") !=
          std::string::npos);
}

TEST_CASE("a request with very many errors calls no dependency whose parameters are wrong") {
    static bool called = false;
    static auto dangerous = [](Query<int, "n">) { called = true; };
    FastAPI app;
    app.post("/", [](Depends<item_name>, Depends<&dangerous>) { return 1; });
    struct Numbers {
        std::vector<int> list;
    };
    static auto numbers = [](Body<Numbers, "numbers"> given) { return given->list.size(); };
    app.post("/many", [](Depends<&numbers>, Depends<&dangerous>) { return 1; });
    TestClient client{app};
    json list = json::array();
    for (int i = 0; i < 12000; ++i) list.push_back("x");
    CHECK(client.post("/many?n=x", {.json = json{{"list", list}}}).status_code == 422);
    CHECK_FALSE(called);
}

} // namespace
