// Routers, mounted applications, hosts, URLs of routes, callbacks and webhooks.

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "fastapi/fastapi.hpp"
#include "served.hpp"
#include "socket_client.hpp"

using namespace fastapi;

namespace {

std::string calls; // what dependencies note down
template <char Name>
void note() {
    calls.push_back(Name);
}

json list_users() { return {"ann"}; }
json read_user(Path<std::string, "user_id"> user_id) { return {{"user_id", *user_id}}; }
json three(Path<int, "version"> version, Path<int, "tenant_id"> tenant, Path<int, "item_id"> item) {
    return {*version, *tenant, *item};
}

// The message of what a call throws.
template <class Call>
std::string message_of(Call&& call) {
    try {
        call();
    } catch (const std::exception& exception) {
        return exception.what();
    }
    return "nothing was thrown";
}

std::string text_of(TestClient& client, std::string_view path) { return client.get(path).text(); }

Response answer(std::string text) { return PlainTextResponse(std::move(text)); }

} // namespace

// --- routers ------------------------------------------------------------------------------------------------------------------

TEST_CASE("routers: prefix, tags, deprecated and what is hidden") {
    FastAPI app;
    APIRouter users{{.prefix = "/users", .tags = {"users"}}};
    users.get<list_users>("");
    users.get<read_user>("/{user_id}", {.tags = {"one"}});
    APIRouter hidden{{.include_in_schema = false}};
    hidden.get("/hidden", [] { return 1; });
    app.include_router(users, {.prefix = "/api", .tags = {"api"}, .deprecated = true});
    app.include_router(hidden);
    TestClient client(app);
    CHECK(text_of(client, "/api/users") == R"(["ann"])");
    CHECK(text_of(client, "/api/users/7") == R"({"user_id":"7"})");
    CHECK(text_of(client, "/hidden") == "1");
    json paths = app.openapi()["paths"];
    CHECK(paths.size() == 2);
    json one = paths["/api/users/{user_id}"]["get"];
    CHECK(one["tags"] == json{"api", "users", "one"});
    CHECK(one["deprecated"] == true);
    CHECK(one["operationId"] == "read_user_api_users__user_id__get");
    CHECK(app.routes_table().find("/api/users/{user_id}  read_user") != std::string::npos);
}

TEST_CASE("routers: dependencies run from the outermost to the route's") {
    calls.clear();
    FastAPI app{{.dependencies = {depends<note<'a'>>}}};
    APIRouter parent{{.dependencies = {depends<note<'c'>>}}};
    APIRouter child{{.dependencies = {depends<note<'e'>>}}};
    child.get("/x", [](Depends<note<'g'>>) { return 1; }, {.dependencies = {depends<note<'f'>>}});
    child.websocket(
        "/ws", [](WebSocket& ws) { ws.accept(); }, WebSocketRouteOptions{.dependencies = {depends<note<'f'>>}});
    parent.include_router(child, {.prefix = "/child", .dependencies = {depends<note<'d'>>}});
    app.include_router(parent, {.prefix = "/parent", .dependencies = {depends<note<'b'>>}});
    TestClient client(app);
    CHECK(client.get("/parent/child/x").status_code == 200);
    CHECK(calls == "abcdefg");
    calls.clear();
    client.websocket_connect("/parent/child/ws");
    CHECK(calls == "abcdef");
    calls.clear();
    app.dependency_overrides.set<note<'d'>, note<'D'>>();
    client.get("/parent/child/x");
    CHECK(calls == "abcDefg");
}

TEST_CASE("routers: included repeatedly, and what is added later is there") {
    FastAPI app;
    APIRouter shared;
    shared.get("/items", [](Request& request) { return std::string(request.path()); }, {.status_code = 202});
    {
        APIRouter parent; // goes away before the first request
        parent.include_router(shared, {.prefix = "/a"});
        parent.include_router(shared, {.prefix = "/b"});
        app.include_router(parent, {.prefix = "/v1"});
        app.include_router(parent, {.prefix = "/v2"});
        APIRouter late;
        parent.include_router(late, {.prefix = "/late"});
        late.get("/x", [] { return 1; });
    }
    shared.get("/more", [] { return 2; });
    TestClient client(app);
    for (std::string path : {"/v1/a/items", "/v1/b/items", "/v2/a/items", "/v2/b/items"}) {
        auto response = client.get(path);
        CHECK(response.status_code == 202);
        CHECK(response.json() == path);
    }
    for (std::string path : {"/v1/a/more", "/v2/b/more"}) CHECK(text_of(client, path) == "2");
    for (std::string path : {"/v1/late/x", "/v2/late/x"}) CHECK(text_of(client, path) == "1");
    CHECK(app.openapi()["paths"].size() == 10);
}

TEST_CASE("routers: a router outlives an application") {
    APIRouter router;
    router.get("/a", [] { return 1; });
    {
        FastAPI gone;
        gone.include_router(router, {.prefix = "/gone"});
        gone.include_router(router);
    }
    FastAPI app;
    app.include_router(router);
    router.get("/b", [] { return 2; });
    TestClient client(app);
    CHECK(text_of(client, "/a") == "1");
    CHECK(text_of(client, "/b") == "2");
}

namespace {
APIRouter made_router() {
    APIRouter router{{.prefix = "/made"}};
    router.get("/a", [] { return 1; });
    return router;
}
} // namespace

TEST_CASE("routers: a copy is the same router") {
    APIRouter router = made_router();
    APIRouter same = router; // NOLINT
    same.get("/b", [] { return 2; });
    FastAPI app;
    app.include_router(router);
    same.get("/c", [] { return 3; });
    TestClient client(app);
    for (int i = 0; i < 3; ++i) CHECK(text_of(client, std::string("/made/") + "abc"[i]) == std::to_string(i + 1));
}

TEST_CASE("routers: the first of the routes in order answers, also of those that came later") {
    FastAPI app;
    APIRouter first;
    APIRouter inner;
    APIRouter second;
    app.get("/{a}/own", [](Request&) { return answer("own"); });
    app.include_router(first);
    app.include_router(second);
    app.get("/{a}/{b}", [](Request&) { return answer("last"); }, {.name = "last"});
    TestClient client(app);
    auto who = [&] { return text_of(client, "/x/y"); };
    second.get("/{a}/y", [](Request&) { return answer("second"); });
    CHECK(who() == "second");
    first.include_router(inner);
    first.get("/x/{b}", [](Request&) { return answer("first"); });
    CHECK(who() == "first");
    inner.get("/{a:str}/{b:str}", [](Request&) { return answer("inner"); });
    CHECK(who() == "inner");
    CHECK(text_of(client, "/x/own") == "own");
    first.post("/x/y", [] { return answer("post"); });
    CHECK(client.post("/x/y").text() == "post");
    CHECK(client.put("/x/y").status_code == 405);
    for (int i = 0; i < 20; ++i) {
        std::string path = "/n" + std::to_string(i);
        (i % 2 ? first : inner).get(runtime(path + "/{b}"), [path](Request&) { return answer(path); });
        CHECK(text_of(client, path + "/q") == "inner"); // which stands before all of them
        (i % 3 ? second : first).get(runtime(path), [path](Request&) { return answer(path); });
        CHECK(text_of(client, path) == path);
    }
}

TEST_CASE("routers: the order of WebSocket routes") {
    FastAPI app;
    APIRouter first;
    APIRouter second;
    auto says = [](std::string text) {
        return [text](WebSocket& ws) {
            ws.accept();
            ws.send_text(text);
        };
    };
    app.include_router(first);
    app.include_router(second);
    TestClient client(app);
    auto who = [&] { return client.websocket_connect("/ws").receive_text(); };
    second.websocket("/ws", says("second"));
    CHECK(who() == "second");
    first.websocket("/{any}", [](WebSocket& ws, Path<std::string, "any"> any) {
        ws.accept();
        ws.send_text("first " + *any);
    });
    CHECK(who() == "first ws");
}

TEST_CASE("routers: a full match wins over an earlier partial one, slashes are redirected") {
    FastAPI app;
    APIRouter readers;
    APIRouter writers;
    readers.get("/items", [] { return 1; });
    readers.get("/slash/", [] { return 2; });
    writers.post("/items", [] { return 3; });
    app.include_router(readers, {.prefix = "/api"});
    app.include_router(writers, {.prefix = "/api"});
    TestClient client(app, {.follow_redirects = false});
    CHECK(client.post("/api/items").text() == "3");
    auto refused = client.put("/api/items");
    CHECK(refused.status_code == 405);
    CHECK(refused.headers.get("allow") == "GET");
    CHECK(client.get("/api/slash").headers.get("location") == "http://testserver/api/slash/");
}

TEST_CASE("routers: placeholders of prefixes") {
    FastAPI app;
    APIRouter items{{.prefix = "/tenants/{tenant_id}"}};
    items.get<three>("/items/{item_id}");
    items.get("/sums/{b}", [](int version, int tenant, int b) { return version + tenant + b; });
    app.include_router(items, {.prefix = "/api/{version}"});
    TestClient client(app);
    CHECK(text_of(client, "/api/1/tenants/2/items/3") == "[1,2,3]");
    CHECK(text_of(client, "/api/1/tenants/2/sums/3") == "6");
    CHECK(client.get("/api/x/tenants/2/items/y").json()["detail"].size() == 2);
    CHECK(app.openapi()["paths"]["/api/{version}/tenants/{tenant_id}/items/{item_id}"]["get"]["parameters"].size() ==
          3);
}

TEST_CASE("routers: what is wrong is said") {
    FastAPI app;
    APIRouter router;
    CHECK(message_of([] { APIRouter bad{{.prefix = "users"}}; }) ==
          "fastapi: the prefix \"users\" of a router must start with a slash");
    CHECK(message_of([&] { app.include_router(router, {.prefix = "/users/"}); }).find("must not end with a slash") !=
          std::string::npos);
    router.get<list_users>("");
    CHECK(message_of([&] { app.include_router(router); }) ==
          "fastapi: prefix and path of a route cannot be both empty (list_users)");
    APIRouter missing;
    missing.get("/{a}", [](Path<int, "a">, Path<int, "b">) { return 1; });
    CHECK(message_of([&] { app.include_router(missing, {.prefix = "/{c}"}); }) ==
          "fastapi: the handler of \"/{c}/{a}\" has a Path parameter whose name is not in the path");
    APIRouter plain;
    plain.get("/{a}", [](int a, int b) { return a + b; });
    CHECK(message_of([&] { app.include_router(plain); }) ==
          "fastapi: the handler of \"/{a}\" takes more plain scalars than the path has placeholders");
    APIRouter twice{{.prefix = "/{a}"}};
    twice.get("/{a}", [](Path<int, "a"> a) { return *a; });
    CHECK(message_of([&] { app.include_router(twice); }).find("two placeholders of one name") != std::string::npos);
    APIRouter parent;
    APIRouter child;
    parent.include_router(child, {.prefix = "/child"});
    for (APIRouter* one : {&parent, &child})
        CHECK(message_of([&] { child.include_router(*one, {.prefix = "/x"}); }).find("cannot include itself") !=
              std::string::npos);
}

TEST_CASE("routers: all kinds of handlers") {
    struct Item {
        std::string name;
        std::optional<int> size;
    };
    FastAPI app;
    APIRouter router;
    router.post("/body", [](Item item) { return item; }, {.status_code = 201, .response_model_exclude_none = true});
    router.get("/task", [](Query<int, "n"> n, Response& response) -> Task<int> {
        response.headers.set("x-n", "yes");
        co_await sleep(std::chrono::milliseconds(1));
        co_return *n;
    });
    router.get("/stream", []() -> Generator<int> {
        co_yield 1;
        co_yield 2;
    });
    router.post("/upload",
                [](RequestStream stream) {
                    std::size_t size = 0;
                    for (std::string_view piece : stream) size += piece.size();
                    return size;
                },
                {.max_body_size = 1000});
    router.api_route("/both", {"GET", "POST"}, [](Request& request) { return std::string(request.method); });
    struct Store {
        int size = 5;
        int count() { return size; }
    } store;
    router.get("/count", &store, &Store::count);
    app.include_router(router, {.prefix = "/r"});
    TestClient client(app);
    auto made = client.post("/r/body", {.json = json{{"name", "x"}}});
    CHECK(made.status_code == 201);
    CHECK(made.text() == R"({"name":"x"})");
    auto task = client.get("/r/task?n=4");
    CHECK(task.text() == "4");
    CHECK(task.headers.get("x-n") == "yes");
    CHECK(text_of(client, "/r/stream") == "1\n2\n");
    CHECK(client.post("/r/upload", {.pieces = {"abc", "de"}}).text() == "5");
    CHECK(client.post("/r/upload", {.pieces = {std::string(1001, 'x')}}).status_code == 413);
    CHECK(client.post("/r/both").text() == "\"POST\"");
    CHECK(text_of(client, "/r/count") == "5");
}

TEST_CASE("routers: who names an operation") {
    auto name = [](char first) { return first; };
    static_cast<void>(name);
    FastAPI app{
        {.generate_unique_id_function = [](const RouteInfo& route) { return "app_" + std::string(route.name); }}};
    APIRouter plain;
    APIRouter named{{.generate_unique_id_function = [](const RouteInfo& route) {
        return "router_" + std::string(route.path_format);
    }}};
    plain.get<list_users>("/plain");
    named.get<list_users>("/named");
    named.get<list_users>("/own", {.generate_unique_id_function = [](const RouteInfo& route) {
                              return "own_" + std::string(route.method);
                          }});
    app.get<list_users>("/");
    app.include_router(plain);
    app.include_router(named);
    app.include_router(plain, {.prefix = "/again", .generate_unique_id_function = [](const RouteInfo& route) {
                                   return "include_" + std::string(route.name);
                               }});
    json paths = app.openapi()["paths"];
    CHECK(paths["/"]["get"]["operationId"] == "app_list_users");
    CHECK(paths["/plain"]["get"]["operationId"] == "app_list_users");
    CHECK(paths["/named"]["get"]["operationId"] == "router_/named");
    CHECK(paths["/own"]["get"]["operationId"] == "own_GET");
    CHECK(paths["/again/plain"]["get"]["operationId"] == "include_list_users");
}

// --- callbacks and webhooks ---------------------------------------------------------------------------------------------------

namespace {
struct Event {
    std::string what;
};
void event_happened(Event) {}
void other_event(Event) {}
} // namespace

TEST_CASE("routers: callbacks and webhooks are in the document") {
    FastAPI app;
    APIRouter outer;
    APIRouter inner;
    outer.post<event_happened>("{$callback_url}/events/{$request.body#/id}");
    inner.put<other_event>("{$callback_url}/others");
    APIRouter router{{.callbacks = {outer}}};
    router.post("/orders", [](Query<std::string, "callback_url">) { return 1; }, {.callbacks = {inner}});
    app.include_router(router);
    CHECK(!app.openapi().contains("webhooks"));
    app.webhooks().post<event_happened>("new-event", {.tags = {"hooks"}});
    json document = app.openapi();
    json callbacks = document["paths"]["/orders"]["post"]["callbacks"];
    CHECK(callbacks["event_happened"]["{$callback_url}/events/{$request.body#/id}"]["post"]["summary"] ==
          "Event Happened");
    CHECK(callbacks["other_event"]["{$callback_url}/others"].contains("put"));
    CHECK(document["webhooks"]["new-event"]["post"]["tags"] == json{"hooks"});
    CHECK(document["components"]["schemas"].contains("Event"));
    TestClient client(app);
    CHECK(client.post("/new-event").status_code == 404);
}

// --- mounts -------------------------------------------------------------------------------------------------------------------

TEST_CASE("mounts: an application of its own") {
    FastAPI app{{.title = "Main"}};
    FastAPI sub{{.title = "Sub", .dependencies = {depends<note<'s'>>}}};
    sub.get("/hello", [](Request& request) { return std::string(request.root_path); });
    sub.get("/fails", []() -> int { throw std::runtime_error("oh"); });
    app.get("/sub/first", [] { return answer("the main one"); });
    app.mount("/sub", sub);
    app.get("/sub/hello", [] { return answer("never"); });
    TestClient client(app, {.raise_server_exceptions = false, .follow_redirects = false});
    calls.clear();
    CHECK(text_of(client, "/sub/hello") == "\"/sub\"");
    CHECK(calls == "s");
    CHECK(text_of(client, "/sub/first") == "the main one");
    CHECK(client.get("/sub/nothing").status_code == 404);
    CHECK(client.get("/subway").status_code == 404);
    CHECK(client.get("/sub").headers.get("location") == "http://testserver/sub/");
    CHECK(client.get("/sub/hello/?q=1").headers.get("location") == "http://testserver/sub/hello?q=1");
    CHECK(client.post("/sub/hello").status_code == 405);
    CHECK(client.get("/sub/openapi.json").json()["info"]["title"] == "Sub");
    CHECK(client.get("/sub/openapi.json").json()["servers"] == json{{{"url", "/sub"}}});
    CHECK(text_of(client, "/sub/docs").find("/sub/openapi.json") != std::string::npos);
    CHECK(!app.openapi()["paths"].contains("/sub/hello/never"));
    CHECK(!app.openapi()["paths"].contains("/sub/{path}"));
    CHECK(client.get("/sub/fails").status_code == 500);
    TestClient raising(app);
    CHECK_THROWS_WITH(raising.get("/sub/fails"), "oh");
    TestClient behind_proxy(app, {.root_path = "/proxy"});
    CHECK(text_of(behind_proxy, "/sub/hello") == "\"/proxy/sub\"");
    CHECK(text_of(behind_proxy, "/proxy/sub/hello") == "\"/proxy/sub\"");
    sub.dependency_overrides.set<note<'s'>, note<'o'>>();
    calls.clear();
    client.get("/sub/hello");
    CHECK(calls == "o");
}

TEST_CASE("mounts: placeholders, mounts in mounts and in routers") {
    FastAPI app;
    FastAPI middle;
    FastAPI inner;
    inner.get("/items/{c}", [](Request& request) {
        std::string out(request.root_path);
        for (const char* name : {"a", "b", "c"}) out += " " + std::string(request.path_param(name).value_or("?"));
        return out;
    });
    inner.get("/of/{a}", [](Path<int, "a"> a) { return *a; });
    middle.mount("/{b}/inner/", inner);
    APIRouter router{{.prefix = "/r/{a}"}};
    router.mount("/middle", middle);
    app.include_router(router, {.prefix = "/api"});
    TestClient client(app);
    CHECK(text_of(client, "/api/r/1/middle/2/inner/items/3") == "\"/api/r/1/middle/2/inner 1 2 3\"");
    CHECK(text_of(client, "/api/r/1/middle/2/inner/of/9") == "9"); // not the mount's
    CHECK(client.get("/api/r/1/middle/2/inner/of/x").status_code == 422);
    CHECK_THROWS_WITH_AS(app.mount("/x", app),
                         "fastapi: an application cannot be mounted on itself, directly or through others",
                         std::logic_error);
    CHECK_THROWS_AS(inner.mount("/x", app), std::logic_error);
    FastAPI deep;
    deep.mount("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", inner);
    TestClient lost(deep);
    CHECK_THROWS_WITH_AS(lost.get("/1/2/3/4/5/6/7/8/9/items/1"),
                         "fastapi: the paths that applications are mounted at have more than 8 placeholders together",
                         std::logic_error);
}

TEST_CASE("mounts: WebSockets, coroutines, streams and uploads") {
    FastAPI app;
    FastAPI sub;
    app.mount("/before", sub);
    sub.websocket("/ws/{n}", [](WebSocket& ws, Path<int, "n"> n, Request& request) {
        ws.accept();
        ws.send_text(std::to_string(*n) + std::string(request.root_path));
    });
    sub.websocket("/task", [](WebSocket& ws) -> Task<> {
        ws.accept();
        WebSocketMessage message = co_await ws.next();
        ws.send_text(message.data + "!");
    });
    app.websocket(
        "/after/ws/{n}",
        [](WebSocket& ws) {
            ws.accept();
            ws.send_text("own");
        },
        "own");
    app.mount("/after", sub);
    sub.get("/task", [](Request& request) -> Task<std::string> {
        co_await sleep(std::chrono::milliseconds(1));
        co_return std::string(request.root_path) + std::string(request.route_path());
    });
    sub.get("/throws", []() -> Task<int> {
        co_await sleep(std::chrono::milliseconds(1));
        throw HTTPException(418);
    });
    sub.get("/stream", []() -> Generator<int> { co_yield 7; });
    sub.post("/upload",
             [](RequestStream stream) {
                 std::size_t size = 0;
                 for (std::string_view piece : stream) size += piece.size();
                 return size;
             },
             {.max_body_size = 2000});
    TestClient client(app);
    CHECK(client.websocket_connect("/before/ws/3").receive_text() == "3/before");
    CHECK(client.websocket_connect("/after/ws/3").receive_text() == "own");
    auto session = client.websocket_connect("/after/task");
    session.send_text("hi");
    CHECK(session.receive_text() == "hi!");
    CHECK_THROWS_AS(client.websocket_connect("/before/nothing"), WebSocketDisconnect);
    CHECK(text_of(client, "/after/task") == "\"/after/task\"");
    CHECK(client.get("/after/throws").status_code == 418);
    CHECK(text_of(client, "/before/stream") == "7\n");
    CHECK(client.post("/before/upload", {.pieces = {"abc", "de"}}).text() == "5");
    CHECK(client.post("/before/upload", {.pieces = {std::string(2001, 'x')}}).status_code == 413);
    CHECK(app.upload_support() != nullptr);
    FastAPI none;
    FastAPI nothing;
    none.mount("/x", nothing);
    CHECK(none.upload_support() == nullptr);
    CHECK(none.websocket_support() == nullptr);
}

TEST_CASE("mounts: through a server") {
    Served server([](FastAPI& app) {
        static FastAPI sub;
        sub.get("/task", [](Request& request) -> Task<std::string> {
            co_await sleep(std::chrono::milliseconds(5));
            co_return std::string(request.root_path) + std::string(request.path());
        });
        sub.get("/throws", []() -> Task<int> {
            co_await sleep(std::chrono::milliseconds(5));
            throw HTTPException(418);
        });
        sub.get("/stream", []() -> Generator<int> {
            co_yield 1;
            co_await sleep(std::chrono::milliseconds(5));
            co_yield 2;
        });
        sub.post("/upload", [](RequestStream stream) {
            std::size_t size = 0;
            for (std::string_view piece : stream) size += piece.size();
            return size;
        });
        sub.websocket("/ws", [](WebSocket& ws) {
            ws.accept();
            ws.send_text("hello");
        });
        app.mount("/{name}", sub);
    });
    auto get = [&](const std::string& head, const std::string& body = "") {
        SocketClient client(server.port);
        client.send(head + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" +
                    (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body);
        return client.rest();
    };
    CHECK(get("GET /ab%20c/task").find("\"/ab c/ab c/task\"") != std::string::npos);
    CHECK(get("GET /a/throws").find("418") != std::string::npos);
    CHECK(get("GET /a/stream").find("2\n") != std::string::npos);
    CHECK(get("POST /a/upload", std::string(100000, 'x')).find("\r\n\r\n100000") != std::string::npos);
    SocketClient socket(server.port);
    socket.send(
        "GET /a/ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    CHECK(socket.read_until("hello").find("hello") != std::string::npos);
}

TEST_CASE("hosts: another application for each") {
    FastAPI app;
    FastAPI api;
    FastAPI any;
    api.get("/", [](Request& request) { return answer("api" + std::string(request.root_path)); });
    any.get("/x/{y}", [](Request& request, Path<std::string, "y"> y) {
        return answer(std::string(*request.path_param("sub")) + " " + *y);
    });
    app.host("API.example.org", api, "api");
    app.host("{sub}.example.com", any);
    app.get("/", [] { return answer("main"); });
    app.get("/x/{y}", [](Path<std::string, "y">) { return answer("main x"); });
    TestClient client(app);
    auto at = [&](std::string host, std::string_view path) {
        return client.get(path, {.headers = {{"host", host}}}).text();
    };
    CHECK(at("api.example.org", "/") == "api");
    CHECK(at("Api.Example.org:8000", "/") == "api");
    CHECK(at("example.org", "/") == "main");
    CHECK(at("Ann.example.com:1", "/x/1") == "ann 1");
    CHECK(at("a.b.example.com", "/x/1") == "a.b 1");
    CHECK(at(".example.com", "/x/1") == "main x");
    CHECK(at("[::1]:80", "/x/1") == "main x");
    CHECK(message_of([&] { app.host("/x", api); }).find("is a name without a slash") != std::string::npos);
}

// --- URLs ---------------------------------------------------------------------------------------------------------------------

TEST_CASE("urls: of routes by their names") {
    FastAPI app;
    FastAPI sub;
    FastAPI unnamed;
    FastAPI hosted;
    APIRouter router;
    app.get("/", [] { return 1; }, {.name = "root"});
    router.get<read_user>("/users/{user_id}");
    router.websocket(
        "/ws", [](WebSocket& ws) { ws.accept(); }, "socket");
    app.include_router(router, {.prefix = "/v1"});
    app.include_router(router, {.prefix = "/v2"});
    sub.get("/deep/{n:int}",
            [](Request& request) {
                return request.url_for("read_user", {{"user_id", "ann"}});
            },
            {.name = "deep"});
    unnamed.get("/here", [] { return 1; }, {.name = "here"});
    hosted.get("/h", [] { return 1; }, {.name = "h"});
    app.mount("/sub/{a}", sub, "sub");
    app.mount("/unnamed", unnamed);
    app.host("{who}.example.org", hosted, "hosts");
    CHECK(app.url_path_for("root") == "/");
    CHECK(app.url_path_for("read_user", {{"user_id", "ann"}}) == "/v1/users/ann");
    CHECK(app.url_path_for("socket") == "/v1/ws");
    CHECK(app.url_path_for("sub:deep", {{"a", "x"}, {"n", 7}}) == "/sub/x/deep/7");
    CHECK(app.url_path_for("sub", {{"a", "x"}, {"path", "/any/thing"}}) == "/sub/x/any/thing");
    CHECK(app.url_path_for("here") == "/unnamed/here");
    CHECK(app.url_path_for("hosts:h", {{"who", "ann"}}) == "/h");
    for (const char* name : {"nobody", "sub:nobody", "nobody:deep"})
        CHECK_THROWS_AS(static_cast<void>(app.url_path_for(name)), NoMatchFound);
    CHECK_THROWS_AS(static_cast<void>(app.url_path_for("read_user")), NoMatchFound);
    CHECK_THROWS_AS(static_cast<void>(app.url_path_for("read_user", {{"user_id", "a/b"}})), NoMatchFound);
    CHECK_THROWS_AS(static_cast<void>(app.url_path_for("read_user", {{"user_id", "a"}, {"more", 1}})), NoMatchFound);
    CHECK_THROWS_AS(static_cast<void>(app.url_path_for("sub:deep", {{"a", "x"}, {"n", "seven"}})), NoMatchFound);
    app.get("/urls", [](Request& request) {
        return json{request.url_for("read_user", {{"user_id", 5}}), request.url_for("socket"),
                    request.url_for("hosts:h", {{"who", "ann"}})};
    });
    TestClient client(app, {.base_url = "https://example.com:8443", .root_path = "/proxy"});
    CHECK(client.get("/urls").json() == json{"https://example.com:8443/proxy/v1/users/5",
                                             "wss://example.com:8443/proxy/v1/ws", "https://ann.example.org/proxy/h"});
    CHECK(client.get("/sub/x/deep/1").json() == "https://example.com:8443/proxy/v1/users/ann");
}
