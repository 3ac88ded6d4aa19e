// Ports of FastAPI's documented examples about dependencies, and of its own tests of them.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace conformance {

namespace {

// --- functions and classes ----------------------------------------------------------------------------------------------------

json common_parameters(Query<optional<string>, "q"> q, Query<int, "skip", Default(0)> skip, Query<int, "limit", Default(100)> limit) {
    return {{"q", q}, {"skip", skip}, {"limit", limit}};
}
using CommonsDep = Depends<common_parameters>;

namespace dependencies_tutorial001 {
json read_items(CommonsDep commons) { return commons; }
json read_users(CommonsDep commons) { return commons; }
void setup(FastAPI& app) {
    app.get<read_items>("/items/");
    app.get<read_users>("/users/");
}
} // namespace dependencies_tutorial001

namespace dependencies_tutorial002 {
struct CommonQueryParams {
    Query<optional<string>, "q"> q;
    Query<int, "skip", Default(0)> skip;
    Query<int, "limit", Default(100)> limit;
};
json read_items(Depends<instance_of<CommonQueryParams>> commons) {
    const json fake_items_db = {{{"item_name", "Foo"}}, {{"item_name", "Bar"}}, {{"item_name", "Baz"}}};
    json response = json::object();
    if (*commons->q && !(*commons->q)->empty()) response["q"] = **commons->q;
    json items = json::array();
    for (int i = *commons->skip; i < *commons->skip + *commons->limit && i < 3; ++i) items.push_back(fake_items_db[static_cast<std::size_t>(i)]);
    response["items"] = items;
    return response;
}
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace dependencies_tutorial002

void verify_token(Header<string, "x_token"> x_token) {
    if (*x_token != "fake-super-secret-token") throw HTTPException(400, "X-Token header invalid");
}
string verify_key(Header<string, "x_key"> x_key) {
    if (*x_key != "fake-super-secret-key") throw HTTPException(400, "X-Key header invalid");
    return x_key;
}

namespace dependencies_tutorial006 {
json read_items() { return {{{"item", "Foo"}}, {{"item", "Bar"}}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/", {.dependencies = {depends<verify_token>, depends<verify_key>}}); }
} // namespace dependencies_tutorial006

namespace dependencies_tutorial012 {
json read_items() { return {{{"item", "Portal Gun"}}, {{"item", "Plumbus"}}}; }
json read_users() { return {{{"username", "Rick"}}, {{"username", "Morty"}}}; }
FastAPIOptions options() { return {.dependencies = {depends<verify_token>, depends<verify_key>}}; }
void setup(FastAPI& app) {
    app.get<read_items>("/items/");
    app.get<read_users>("/users/");
}
} // namespace dependencies_tutorial012

// --- set-up and tear-down -------------------------------------------------------------------------------------------------------

namespace dependencies_tutorial008b {
struct OwnerError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
Generator<string> get_username() {
    string name = "Rick";
    try {
        co_yield name;
    } catch (const OwnerError& error) {
        throw HTTPException(400, string("Owner error: ") + error.what());
    }
}
json get_item(Path<string, "item_id"> item_id, Depends<get_username> username) {
    const std::map<string, json> data = {
        {"plumbus", {{"description", "Freshly pickled plumbus"}, {"owner", "Morty"}}},
        {"portal-gun", {{"description", "Gun to create portals"}, {"owner", "Rick"}}},
    };
    auto found = data.find(*item_id);
    if (found == data.end()) throw HTTPException(404, "Item not found");
    if (found->second["owner"] != *username) throw OwnerError(*username);
    return found->second;
}
void setup(FastAPI& app) { app.get<get_item>("/items/{item_id}"); }
} // namespace dependencies_tutorial008b

struct InternalError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
template <auto Dependency>
void add_portal_gun(FastAPI& app) {
    app.get(
        "/items/{item_id}",
        [](Path<string, "item_id"> item_id, Depends<Dependency> username) -> json {
            if (*item_id == "portal-gun") throw InternalError("The portal gun is too dangerous to be owned by " + *username);
            if (*item_id != "plumbus") throw HTTPException(404, "Item not found, there's only a plumbus here");
            return *item_id;
        },
        {.name = "get_item"});
}

Generator<string> swallowing_username() {
    string name = "Rick";
    try {
        co_yield name;
    } catch (const InternalError&) { // and nothing: that is the mistake of the example
    }
}
Generator<string> raising_username() {
    string name = "Rick";
    try {
        co_yield name;
    } catch (const InternalError&) {
        throw;
    }
}

namespace dependencies_tutorial008e {
Generator<string> get_username() {
    string name = "Rick";
    co_yield name;
}
string get_user_me(Depends<get_username, FunctionScope> username) { return username; }
json untyped(Depends<get_username, FunctionScope> username) { return get_user_me(username); }
void setup(FastAPI& app) { app.get<untyped>("/users/me", {.name = "get_user_me"}); }
} // namespace dependencies_tutorial008e

namespace test_after_yield_raise {
struct CustomError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
Generator<string> catching_dep() {
    string s = "s";
    try {
        co_yield s;
    } catch (const CustomError&) {
        throw HTTPException(418, "Session error");
    }
}
Generator<string> broken_dep() {
    string s = "s";
    co_yield s;
    throw std::invalid_argument("Broken after yield");
}
json catching(Depends<catching_dep>) { throw CustomError("Simulated error during streaming"); }
json broken(Depends<broken_dep>) { return {{"message", "all good?"}}; }
void setup(FastAPI& app) {
    app.get<catching>("/catching");
    app.get<broken>("/broken");
}
} // namespace test_after_yield_raise

namespace sessions {
struct OpenSession {
    std::vector<string> data = {"foo", "bar", "baz"};
    bool open = true;
    const string& at(std::size_t i) const {
        if (!open) throw std::invalid_argument("Session closed");
        return data[i];
    }
};
struct Opened {
    OpenSession session;
    ~Opened() { session.open = false; }
};
Generator<OpenSession&> dep_session() {
    Opened opened;
    co_yield opened.session;
}
Generator<OpenSession&> broken_dep_session() {
    Opened opened;
    opened.session.open = false;
    co_yield opened.session;
}
template <class Dependency>
json data(Dependency session) {
    json out = json::array();
    for (std::size_t i = 0; i < 3; ++i) out.push_back(session->at(i));
    return out;
}
Generator<string> iterate(const OpenSession& session) {
    for (std::size_t i = 0; i < 3; ++i) {
        string item = session.at(i);
        co_yield item;
    }
}
Generator<string> simple() {
    for (const char* one : {"x", "y", "z"}) {
        string item = one;
        co_yield item;
    }
}
template <auto Given>
StreamingResponse stream(Depends<Given> session) {
    return StreamingResponse(iterate(*session));
}
void setup(FastAPI& app) {
    app.get("/data", [](Depends<dep_session> session) { return data(session); }, {.name = "get_data"});
    app.get("/stream-simple", [](Depends<dep_session>) { return StreamingResponse(simple()); }, {.name = "get_stream_simple"});
    app.get<stream<dep_session>>("/stream-session", {.name = "get_stream_session"});
    app.get("/broken-session-data", [](Depends<broken_dep_session> session) { return data(session); }, {.name = "get_broken_session_data"});
    app.get<stream<broken_dep_session>>("/broken-session-stream", {.name = "get_broken_session_stream"});
}
void setup_websockets(FastAPI& app) {
    app.websocket("/ws", [](WebSocket& ws, Depends<dep_session> session) {
        ws.accept();
        for (std::size_t i = 0; i < 3; ++i) ws.send_text(session->at(i));
    });
    app.websocket("/ws-broken", [](WebSocket& ws, Depends<broken_dep_session> session) {
        ws.accept();
        for (std::size_t i = 0; i < 3; ++i) ws.send_text(session->at(i));
    });
}
} // namespace sessions

namespace yield_scope {
struct OpenSession {
    bool open = true;
};
struct Sessions {
    bool* named;
    bool* plain;
};
Generator<OpenSession&> dep_session() {
    OpenSession session;
    co_yield session;
    session.open = false;
}
Generator<Sessions> get_named_session(Depends<dep_session, RequestScope> session, Depends<dep_session> session_b) {
    if (&*session != &*session_b) throw std::logic_error("two sessions");
    OpenSession named;
    Sessions both{&named.open, &session_b->open};
    co_yield both;
    named.open = false;
}
Generator<Sessions> get_named_func_session(Depends<dep_session, FunctionScope> session) {
    OpenSession named;
    Sessions both{&named.open, &session->open};
    co_yield both;
    named.open = false;
}
struct NamedRegular {
    OpenSession named;
    OpenSession* session;
};
NamedRegular get_named_regular_func_session(Depends<dep_session, FunctionScope> session) { return {{}, &*session}; }
Generator<int> raise_after_yield() {
    int nothing = 0;
    co_yield nothing;
    throw HTTPException(503, "Exception after yield");
}
// Text as Python's json.dumps has it.
Generator<string> said(const char* first, const bool* one, const char* second, const bool* other) {
    string text = string("{\"") + first + "\": " + (*one ? "true" : "false");
    if (second) text += string(", \"") + second + "\": " + (*other ? "true" : "false");
    text += "}";
    co_yield text;
}
json get_index() { return {{"status", "ok"}}; }
void setup(FastAPI& app) {
    app.get("/function-scope", [](Depends<dep_session, FunctionScope> s) { return StreamingResponse(said("is_open", &s->open, nullptr, nullptr)); });
    app.get("/request-scope", [](Depends<dep_session, RequestScope> s) { return StreamingResponse(said("is_open", &s->open, nullptr, nullptr)); });
    app.get("/two-scopes", [](Depends<dep_session, FunctionScope> f, Depends<dep_session, RequestScope> r) {
        return StreamingResponse(said("func_is_open", &f->open, "req_is_open", &r->open));
    });
    app.get("/sub", [](Depends<get_named_session> s) { return StreamingResponse(said("named_session_open", s->named, "session_open", s->plain)); });
    app.get("/named-function-scope", [](Depends<get_named_func_session, FunctionScope> s) {
        return StreamingResponse(said("named_session_open", s->named, "session_open", s->plain));
    });
    app.get("/regular-function-scope", [](Depends<get_named_regular_func_session> s) {
        return StreamingResponse(said("named_session_open", &s->named.open, "session_open", &s->session->open));
    });
    app.get<get_index>("/router-scope-function/", {.dependencies = {depends<raise_after_yield, FunctionScope>}});
    app.get<get_index>("/router-scope-request/", {.dependencies = {depends<raise_after_yield, RequestScope>}});
}
void setup_websockets(FastAPI& app) {
    app.websocket("/function-scope", [](WebSocket& ws, Depends<dep_session, FunctionScope> s) {
        ws.accept();
        ws.send_json({{"is_open", s->open}});
    });
    app.websocket("/request-scope", [](WebSocket& ws, Depends<dep_session, RequestScope> s) {
        ws.accept();
        ws.send_json({{"is_open", s->open}});
    });
    app.websocket("/two-scopes", [](WebSocket& ws, Depends<dep_session, FunctionScope> f, Depends<dep_session, RequestScope> r) {
        ws.accept();
        ws.send_json({{"func_is_open", f->open}, {"req_is_open", r->open}});
    });
    app.websocket("/sub", [](WebSocket& ws, Depends<get_named_session> s) {
        ws.accept();
        ws.send_json({{"named_session_open", *s->named}, {"session_open", *s->plain}});
    });
    app.websocket("/named-function-scope", [](WebSocket& ws, Depends<get_named_func_session, FunctionScope> s) -> Task<> {
        ws.accept();
        ws.send_json({{"named_session_open", *s->named}, {"session_open", *s->plain}});
        co_return;
    });
    app.websocket("/regular-function-scope", [](WebSocket& ws, Depends<get_named_regular_func_session> s) {
        ws.accept();
        ws.send_json({{"named_session_open", s->named.open}, {"session_open", s->session->open}});
    });
}
} // namespace yield_scope

// --- one value a request ----------------------------------------------------------------------------------------------------------

namespace test_cache {
int counter = 0;
int dep_counter() { return ++counter; }
int super_dep(Depends<dep_counter> count) { return count; }
bool fixture(std::string_view test) {
    static string last;
    if (last != test) counter = 0;
    last = test;
    return true;
}
json get_counter(Depends<dep_counter> count) { return {{"counter", count}}; }
json get_sub_counter(Depends<super_dep> subcount, Depends<dep_counter> count) { return {{"counter", count}, {"subcounter", subcount}}; }
json get_sub_counter_no_cache(Depends<super_dep> subcount, Depends<dep_counter, NoCache> count) {
    return {{"counter", count}, {"subcounter", subcount}};
}
json get_scope_counter(Security<dep_counter> count, Security<dep_counter, Scopes("scope")> scope_count_1,
                       Security<dep_counter, Scopes("scope")> scope_count_2) {
    return {{"counter", count}, {"scope_counter_1", scope_count_1}, {"scope_counter_2", scope_count_2}};
}
void setup(FastAPI& app) {
    counter = 0;
    app.get<get_counter>("/counter/");
    app.get<get_sub_counter>("/sub-counter/");
    app.get<get_sub_counter_no_cache>("/sub-counter-no-cache/");
    app.get<get_scope_counter>("/scope-counter");
}
} // namespace test_cache

namespace test_class {
struct CallableDependency {
    string operator()(Query<string, "value"> value) const { return value; }
};
struct CallableGenDependency {
    Generator<string> operator()(Query<string, "value"> value) const { co_yield *value; }
};
struct AsyncCallableDependency {
    Task<string> operator()(Query<string, "value"> value) const { co_return *value; }
};
struct MethodsDependency {
    string synchronous(Query<string, "value"> value) const { return value; }
    Task<string> asynchronous(Query<string, "value"> value) const { co_return *value; }
    Generator<string> synchronous_gen(Query<string, "value"> value) const { co_yield *value; }
};
inline constexpr CallableDependency callable_dependency;
inline constexpr CallableGenDependency callable_gen_dependency;
inline constexpr AsyncCallableDependency async_callable_dependency;
inline constexpr MethodsDependency methods_dependency;
json instance_called(Query<string, "value"> value, Depends<instance_of<CallableDependency>> instance) { return (*instance)(value); }
template <auto Given>
json value_of(Depends<Given> value) {
    return *value;
}
void setup(FastAPI& app) {
    for (const char* path : {"/callable-dependency-class", "/callable-gen-dependency-class", "/async-callable-dependency-class", "/async-callable-gen-dependency-class"})
        app.get<instance_called>(runtime(path));
    app.get<value_of<callable_dependency>>("/callable-dependency");
    app.get<value_of<callable_gen_dependency>>("/callable-gen-dependency");
    app.get<value_of<async_callable_dependency>>("/async-callable-dependency");
    app.get<value_of<callable_gen_dependency>>("/async-callable-gen-dependency");
    app.get<value_of<method_of<&methods_dependency, &MethodsDependency::synchronous>>>("/synchronous-method-dependency");
    app.get<value_of<method_of<&methods_dependency, &MethodsDependency::synchronous_gen>>>("/synchronous-method-gen-dependency");
    app.get<value_of<method_of<&methods_dependency, &MethodsDependency::asynchronous>>>("/asynchronous-method-dependency");
    app.get<value_of<method_of<&methods_dependency, &MethodsDependency::synchronous_gen>>>("/asynchronous-method-gen-dependency");
}
} // namespace test_class

namespace test_duplicates {
struct Item {
    string data;
};
using ItemBody = Body<Item, "item">;
Item duplicate_dependency(ItemBody item) { return item; }
Item dependency(Body<Item, "item2"> item2) { return item2; }
std::vector<Item> sub_duplicate_dependency(ItemBody item, Depends<duplicate_dependency> sub_item) { return {item, sub_item}; }
json with_duplicates(ItemBody item, Depends<duplicate_dependency> item2) { return {item, item2}; }
json no_duplicates(ItemBody item, Depends<dependency> item2) { return {item, item2}; }
json no_duplicates_sub(ItemBody item, Depends<sub_duplicate_dependency> sub_items) { return {item, sub_items}; }
void setup(FastAPI& app) {
    app.post<with_duplicates>("/with-duplicates");
    app.post<no_duplicates>("/no-duplicates");
    app.post<no_duplicates_sub>("/with-duplicates-sub");
}
} // namespace test_duplicates

namespace test_repeated_schema {
string get_header(Header<string, "someheader"> someheader) { return someheader; }
string get_something_else(Depends<get_header> someheader) { return *someheader + "123"; }
json get_deps(Depends<get_header> dep1, Depends<get_something_else> dep2) { return {{"dep1", dep1}, {"dep2", dep2}}; }
void setup(FastAPI& app) { app.get<get_deps>("/"); }
} // namespace test_repeated_schema

namespace test_param_in_path {
bool user_exists(Path<int, "user_id">) { return true; }
json read_users(Path<int, "user_id">) { return nullptr; }
void setup(FastAPI& app) { app.get<read_users>("/users/{user_id}", {.dependencies = {depends<user_exists>}}); }
} // namespace test_param_in_path

// --- overrides ----------------------------------------------------------------------------------------------------------------------

namespace dependency_testing_tutorial001 {
json read_items(CommonsDep commons) { return {{"message", "Hello Items!"}, {"params", commons}}; }
json read_users(CommonsDep commons) { return {{"message", "Hello Users!"}, {"params", commons}}; }
json override_dependency(Query<optional<string>, "q"> q) { return {{"q", q}, {"skip", 5}, {"limit", 10}}; }
void setup(FastAPI& app) {
    app.get<read_items>("/items/");
    app.get<read_users>("/users/");
}
bool fixture(std::string_view) { return true; }
void overrides(FastAPI& app, std::string_view, std::string_view) { app.dependency_overrides.set<common_parameters>(override_dependency); }
} // namespace dependency_testing_tutorial001

namespace test_security_overrides {
using UserData = std::pair<string, std::vector<string>>;
UserData get_user(const SecurityScopes& required_scopes) { return {"john", required_scopes.scopes}; }
UserData get_user_override(const SecurityScopes& required_scopes) { return {"alice", required_scopes.scopes}; }
std::vector<int> get_data() { return {1, 2, 3}; }
std::vector<int> get_data_override() { return {3, 4, 5}; }
json read_user(Security<get_user, Scopes("foo", "bar")> user_data, Depends<get_data> data) {
    return {{"user", user_data->first}, {"scopes", user_data->second}, {"data", data}};
}
void setup(FastAPI& app) { app.get<read_user>("/user"); }
void overrides(FastAPI& app, std::string_view name, std::string_view) {
    if (name == "get_user") app.dependency_overrides.set<get_user>(get_user_override);
    if (name == "get_data") app.dependency_overrides.set<get_data>(get_data_override);
}
} // namespace test_security_overrides

namespace test_overrides {
json needed_parameters(Query<string, "q"> q, Query<int, "skip", Default(0)> skip, Query<int, "limit", Default(100)> limit) {
    return {{"q", q}, {"skip", skip}, {"limit", limit}};
}
json main_depends(Depends<needed_parameters> commons) { return {{"in", "main-depends"}, {"params", commons}}; }
json decorator_depends() { return {{"in", "decorator-depends"}}; }
json router_depends(Depends<needed_parameters> commons) { return {{"in", "router-depends"}, {"params", commons}}; }
json router_decorator_depends() { return {{"in", "router-decorator-depends"}}; }
json overrider_dependency_simple(Query<optional<string>, "q"> q) { return {{"q", q}, {"skip", 5}, {"limit", 10}}; }
json overrider_sub_dependency(Query<string, "k"> k) { return {{"k", k}}; }
json overrider_dependency_with_sub(Depends<overrider_sub_dependency> msg) { return msg; }
void setup(FastAPI& app) {
    app.get<main_depends>("/main-depends/");
    app.get<decorator_depends>("/decorator-depends/", {.dependencies = {depends<needed_parameters>}});
    app.get<router_depends>("/router-depends/");
    app.get<router_decorator_depends>("/router-decorator-depends/", {.dependencies = {depends<needed_parameters>}});
}
void overrides(FastAPI& app, std::string_view, std::string_view test) {
    if (test.find("with_sub") == std::string_view::npos) {
        app.dependency_overrides.set<needed_parameters, overrider_dependency_simple>();
    } else {
        app.dependency_overrides.set<needed_parameters>(overrider_dependency_with_sub);
    }
}
} // namespace test_overrides

namespace test_generic {
struct A {};
struct B {};
json a(Depends<instance_of<A>>) { return {{"cls", "A"}}; }
json b(Depends<instance_of<B>>) { return {{"cls", "B"}}; }
void setup(FastAPI& app) {
    app.get<a>("/a");
    app.get<b>("/b");
}
} // namespace test_generic

namespace test_paramless {
inline constexpr OAuth2PasswordBearer<"token"> oauth2_scheme;
json process_auth(Security<oauth2_scheme> credentials, const SecurityScopes& security_scopes) {
    const std::vector<string>& scopes = security_scopes.scopes;
    for (const char* one : {"a", "b"})
        if (std::find(scopes.begin(), scopes.end(), one) == scopes.end()) throw HTTPException(401, "a or b not in scopes");
    return {{"token", credentials}, {"scopes", scopes}};
}
json get_credentials(Security<process_auth, Scopes("a", "b")> credentials) { return credentials; }
json ok() { return {{"status", "ok"}}; }
void setup(FastAPI& app) {
    app.get<get_credentials>("/get-credentials");
    app.get<ok>("/parameterless-with-scopes", {.dependencies = {security<process_auth, Scopes("a", "b")>}});
    app.get<ok>("/parameterless-without-scopes", {.dependencies = {security<process_auth>}});
}
} // namespace test_paramless

} // namespace

void add_docs_dependencies(Ports& ports) {
    ports.push_back({"docs/dependencies/tutorial001", &dependencies_tutorial001::setup});
    ports.push_back({"docs/dependencies/tutorial001_02", &dependencies_tutorial001::setup});
    ports.push_back({"docs/dependencies/tutorial002", &dependencies_tutorial002::setup});
    ports.push_back({"docs/dependencies/tutorial003", &dependencies_tutorial002::setup});
    ports.push_back({"docs/dependencies/tutorial006", &dependencies_tutorial006::setup});
    ports.push_back({"docs/dependencies/tutorial008b", &dependencies_tutorial008b::setup});
    ports.push_back({"docs/dependencies/tutorial008c", &add_portal_gun<swallowing_username>});
    ports.push_back({"docs/dependencies/tutorial008d", &add_portal_gun<raising_username>});
    ports.push_back({"docs/dependencies/tutorial008e", &dependencies_tutorial008e::setup});
    ports.push_back({"docs/dependencies/tutorial012", &dependencies_tutorial012::setup, &dependencies_tutorial012::options});
    ports.push_back({"docs/dependency_testing/tutorial001", &dependency_testing_tutorial001::setup, nullptr,
                     &dependency_testing_tutorial001::fixture, &dependency_testing_tutorial001::overrides});
    ports.push_back({"tests/test_dependency_after_yield_raise", &test_after_yield_raise::setup});
    ports.push_back({"tests/test_dependency_after_yield_streaming", &sessions::setup});
    ports.push_back({"tests/test_dependency_after_yield_websockets", &sessions::setup_websockets});
    ports.push_back({"tests/test_dependency_yield_scope", &yield_scope::setup});
    ports.push_back({"tests/test_dependency_yield_scope_websockets", &yield_scope::setup_websockets});
    ports.push_back({"tests/test_dependency_cache", &test_cache::setup, nullptr, &test_cache::fixture});
    ports.push_back({"tests/test_dependency_class", &test_class::setup});
    ports.push_back({"tests/test_dependency_duplicates", &test_duplicates::setup});
    ports.push_back({"tests/test_repeated_dependency_schema", &test_repeated_schema::setup});
    ports.push_back({"tests/test_param_in_path_and_dependency", &test_param_in_path::setup});
    ports.push_back({"tests/test_dependency_overrides", &test_overrides::setup, nullptr, nullptr, &test_overrides::overrides});
    ports.push_back({"tests/test_generic_parameterless_depends", &test_generic::setup});
    ports.push_back({"tests/test_dependency_paramless", &test_paramless::setup});
    ports.push_back({"tests/test_dependency_security_overrides", &test_security_overrides::setup, nullptr, nullptr, &test_security_overrides::overrides});
}

} // namespace conformance
