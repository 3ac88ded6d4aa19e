// Security schemes: what they read, what they answer, scopes, and what the document says of them.

#include "support.hpp"

using namespace fastapi;

namespace {

inline constexpr OAuth2PasswordBearer<"token", Scope("me", "Read me."), Scope("items", "Read items.")> oauth2_scheme;
inline constexpr OAuth2PasswordBearer<"token", NoAutoError> optional_scheme;
inline constexpr HTTPBasic<> basic;
inline constexpr HTTPBasic<Realm("staff"), NoAutoError> optional_basic;
inline constexpr HTTPBearer<> bearer;
inline constexpr HTTPBearer<BearerFormat("JWT"), Description("A token."), SchemeName("Token")> described;
inline constexpr HTTPDigest<> digest;
inline constexpr HTTPBase<"my-own"> own;
inline constexpr APIKeyHeader<"x-key"> header_key;
inline constexpr APIKeyQuery<"key"> query_key;
inline constexpr APIKeyCookie<"session"> cookie_key;
inline constexpr OpenIdConnect<"/.well-known/openid"> openid;
inline constexpr OAuth2<PasswordFlow("token"), AuthorizationCodeFlow("authorize", "token"), ImplicitFlow("authorize"), ClientCredentialsFlow("token"),
                        Scope("a", "A."), RefreshUrl("refresh")>
    flows;
HTTPException forbidden() { return HTTPException(403, "go away"); }
inline constexpr APIKeyHeader<"x-key", NotAuthenticated<forbidden>> forbidding;

std::string shown(const std::string& text) { return text; }
std::string shown(const HTTPAuthorizationCredentials& one) { return one.scheme + "|" + one.credentials; }
std::string shown(const HTTPBasicCredentials& one) { return one.username + "|" + one.password; }
template <class T>
std::string shown(const std::optional<T>& one) {
    return one ? shown(*one) : "none";
}
template <auto Scheme>
void add(FastAPI& app, const char* path) {
    app.get(runtime(path), [](Depends<Scheme> given) { return shown(*given); });
}

struct App {
    FastAPI app;
    TestClient client{app};
    App() {
        add<oauth2_scheme>(app, "/oauth2");
        add<optional_scheme>(app, "/optional");
        add<basic>(app, "/basic");
        add<optional_basic>(app, "/optional-basic");
        add<bearer>(app, "/bearer");
        add<described>(app, "/described");
        add<digest>(app, "/digest");
        add<own>(app, "/own");
        add<header_key>(app, "/header");
        add<query_key>(app, "/query");
        add<cookie_key>(app, "/cookie");
        add<openid>(app, "/openid");
        add<flows>(app, "/flows");
        add<forbidding>(app, "/forbidding");
    }
    // "value", or "401 challenge".
    std::string get(const char* path, TextPairs headers = {}) {
        TestResponse response = client.get(path, {.headers = std::move(headers)});
        if (response.status_code == 200) return response.json().get<std::string>();
        CHECK(response.json()["detail"] == (response.status_code == 403 ? "go away" : "Not authenticated"));
        return std::to_string(response.status_code) + " " + std::string(response.headers.get("www-authenticate").value_or(""));
    }
    std::string authorized(const char* path, const std::string& value) { return get(path, {{"authorization", value}}); }
};

TEST_CASE("bearer tokens") {
    App app;
    CHECK(app.get("/oauth2") == "401 Bearer");
    CHECK(app.authorized("/oauth2", "Bearer abc") == "abc");
    CHECK(app.authorized("/oauth2", "bEARER   abc ") == "abc");
    CHECK(app.authorized("/oauth2", "Bearer") == "");
    CHECK(app.authorized("/oauth2", "Basic abc") == "401 Bearer");
    CHECK(app.get("/optional") == "none");
    CHECK(app.authorized("/optional", "Other x") == "none");
    CHECK(app.authorized("/optional", "Bearer x") == "x");
    CHECK(app.get("/bearer") == "401 Bearer");
    CHECK(app.authorized("/bearer", "Bearer") == "401 Bearer");
    CHECK(app.authorized("/bearer", "Other abc") == "401 Bearer");
    CHECK(app.authorized("/bearer", "bearer a b") == "bearer|a b");
    CHECK(app.authorized("/digest", "Digest x=y") == "Digest|x=y");
    CHECK(app.authorized("/digest", "Bearer x") == "401 Digest");
    CHECK(app.authorized("/own", "anything x") == "anything|x");
    CHECK(app.get("/own") == "401 My-Own");
    CHECK(app.authorized("/openid", "whatever") == "whatever");
    CHECK(app.get("/openid") == "401 Bearer");
    CHECK(app.authorized("/flows", "") == "401 Bearer");
    // A header in latin-1 is UTF-8 here.
    CHECK(app.authorized("/oauth2", "Bearer \xE9") == "\xC3\xA9");
}

TEST_CASE("user names and passwords") {
    App app;
    CHECK(app.get("/basic") == "401 Basic");
    CHECK(app.authorized("/basic", "Basic am9objpzZWNyZXQ=") == "john|secret");
    CHECK(app.authorized("/basic", "basic am9objpzZTpjcmV0") == "john|se:cret");
    CHECK(app.authorized("/basic", "Basic Og==") == "|");
    CHECK(app.authorized("/basic", "Basic am9objpzZWNyZXQ") == "401 Basic"); // no padding
    CHECK(app.authorized("/basic", "Basic notabase64token") == "401 Basic");
    CHECK(app.authorized("/basic", "Basic am9obnNlY3JldA==") == "401 Basic"); // no colon
    CHECK(app.authorized("/basic", "Basic w6k6eA==") == "401 Basic");         // not ASCII
    CHECK(app.authorized("/basic", "Basic") == "401 Basic");
    CHECK(app.get("/optional-basic") == "none");
    CHECK(app.authorized("/optional-basic", "Basic am9obnNlY3JldA==") == "401 Basic realm=\"staff\"");
}

TEST_CASE("API keys") {
    App app;
    CHECK(app.get("/header") == "401 APIKey");
    CHECK(app.get("/header", {{"X-Key", "k"}}) == "k");
    CHECK(app.get("/header", {{"X-Key", ""}}) == "401 APIKey");
    CHECK(app.get("/query?key=k&key=l") == "l");
    CHECK(app.get("/query?key=") == "401 APIKey");
    CHECK(app.get("/cookie", {{"cookie", "session=k"}}) == "k");
    CHECK(app.get("/cookie") == "401 APIKey");
    CHECK(app.get("/forbidding") == "403 ");
}

std::vector<std::string> scopes_of(const SecurityScopes& scopes) { return scopes.scopes; }
std::string text_of(const SecurityScopes& scopes, Depends<oauth2_scheme> token) { return *token + ":" + scopes.scope_str(); }
json nested(Security<scopes_of, Scopes("inner", "both")> inner, Security<scopes_of, Scopes("both")> other, Depends<scopes_of> none) {
    return {*inner, *other, *none};
}

TEST_CASE("scopes come down the tree, outermost first, each once") {
    FastAPI app;
    app.get("/", [](Security<nested, Scopes("outer", "both")> all) { return *all; });
    app.get("/text", [](Security<text_of, Scopes("me", "items")> text) { return *text; });
    app.get("/listed", [] { return 1; }, {.dependencies = {security<text_of, Scopes("items")>}});
    TestClient client{app};
    CHECK(client.get("/").json() == json{{"outer", "both", "inner"}, {"outer", "both"}, {"outer", "both"}});
    CHECK(client.get("/text", {.headers = {{"authorization", "Bearer t"}}}).json() == "t:me items");
    json document = app.openapi();
    CHECK(document["paths"]["/text"]["get"]["security"] == json::array({{{"OAuth2PasswordBearer", {"me", "items"}}}}));
    CHECK(document["paths"]["/listed"]["get"]["security"] == json::array({{{"OAuth2PasswordBearer", {"items"}}}}));
    CHECK_FALSE(document["paths"]["/"]["get"].contains("security"));
}

TEST_CASE("schemes in the document") {
    App app;
    json schemes = app.app.openapi()["components"]["securitySchemes"];
    CHECK(schemes["OAuth2PasswordBearer"] ==
          json{{"type", "oauth2"}, {"flows", {{"password", {{"tokenUrl", "token"}, {"scopes", {{"me", "Read me."}, {"items", "Read items."}}}}}}}});
    CHECK(schemes["HTTPBasic"] == json{{"type", "http"}, {"scheme", "basic"}});
    CHECK(schemes["HTTPBearer"] == json{{"type", "http"}, {"scheme", "bearer"}});
    CHECK(schemes["Token"] == json{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}, {"description", "A token."}});
    CHECK(schemes["HTTPDigest"] == json{{"type", "http"}, {"scheme", "digest"}});
    CHECK(schemes["HTTPBase"] == json{{"type", "http"}, {"scheme", "my-own"}});
    CHECK(schemes["APIKeyHeader"] == json{{"type", "apiKey"}, {"in", "header"}, {"name", "x-key"}});
    CHECK(schemes["APIKeyQuery"] == json{{"type", "apiKey"}, {"in", "query"}, {"name", "key"}});
    CHECK(schemes["APIKeyCookie"] == json{{"type", "apiKey"}, {"in", "cookie"}, {"name", "session"}});
    CHECK(schemes["OpenIdConnect"] == json{{"type", "openIdConnect"}, {"openIdConnectUrl", "/.well-known/openid"}});
    json scopes = {{"a", "A."}};
    CHECK(schemes["OAuth2"]["flows"] == json{{"password", {{"tokenUrl", "token"}, {"refreshUrl", "refresh"}, {"scopes", scopes}}},
                                             {"authorizationCode", {{"authorizationUrl", "authorize"}, {"tokenUrl", "token"}, {"refreshUrl", "refresh"}, {"scopes", scopes}}},
                                             {"implicit", {{"authorizationUrl", "authorize"}, {"refreshUrl", "refresh"}, {"scopes", scopes}}},
                                             {"clientCredentials", {{"tokenUrl", "token"}, {"refreshUrl", "refresh"}, {"scopes", scopes}}}});
}

TEST_CASE("a scheme on the handshake of a WebSocket") {
    FastAPI app;
    app.websocket("/ws", [](WebSocket& ws, Depends<oauth2_scheme> token) {
        ws.accept();
        ws.send_text(*token);
    });
    TestClient client{app};
    auto socket = client.websocket_connect("/ws", {.headers = {{"authorization", "Bearer t"}}});
    CHECK(socket.receive_text() == "t");
    CHECK_THROWS_AS(client.websocket_connect("/ws"), WebSocketDenialResponse);
}

TEST_CASE("texts are compared in a time that does not tell where they differ") {
    CHECK(compare_digest("", ""));
    CHECK(compare_digest("swordfish", "swordfish"));
    CHECK_FALSE(compare_digest("swordfish", "swordfisH"));
    CHECK_FALSE(compare_digest("swordfish", "Swordfish"));
    CHECK_FALSE(compare_digest("swordfish", "sword"));
    CHECK_FALSE(compare_digest("", "x"));
    CHECK_FALSE(compare_digest("x", ""));
}

} // namespace
