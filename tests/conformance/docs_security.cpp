// Ports of FastAPI's documented examples about security, and of its own tests of the schemes.

#include <optional>
#include <string>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace conformance {

namespace {

namespace security_tutorial001 {
inline constexpr OAuth2PasswordBearer<"token"> oauth2_scheme;
json read_items(Depends<oauth2_scheme> token) { return {{"token", token}}; }
void setup(FastAPI& app) { app.get<read_items>("/items/"); }
} // namespace security_tutorial001

namespace security_tutorial002 {
inline constexpr OAuth2PasswordBearer<"token"> oauth2_scheme;
struct User {
    string username;
    optional<string> email;
    optional<string> full_name;
    optional<bool> disabled;
};
User get_current_user(Depends<oauth2_scheme> token) { return {*token + "fakedecoded", "john@example.com", "John Doe", {}}; }
json read_users_me(Depends<get_current_user> current_user) { return current_user; }
void setup(FastAPI& app) { app.get<read_users_me>("/users/me"); }
} // namespace security_tutorial002

namespace security_tutorial007 {
inline constexpr HTTPBasic<> security_scheme;
string get_current_username(Depends<security_scheme> credentials) {
    bool is_correct_username = compare_digest(credentials->username, "stanleyjobson");
    bool is_correct_password = compare_digest(credentials->password, "swordfish");
    if (!is_correct_username || !is_correct_password)
        throw HTTPException(401, "Incorrect username or password", {{"WWW-Authenticate", "Basic"}});
    return credentials->username;
}
json read_current_user(Depends<get_current_username> username) { return {{"username", username}}; }
void setup(FastAPI& app) { app.get<read_current_user>("/users/me"); }
} // namespace security_tutorial007

namespace authentication_error_status_code_tutorial001 {
HTTPException forbidden() { return HTTPException(403, "Not authenticated"); }
inline constexpr HTTPBearer<SchemeName("HTTPBearer403"), NotAuthenticated<forbidden>> bearer;
json read_me(Depends<bearer> credentials) { return {{"message", "You are authenticated"}, {"token", credentials->credentials}}; }
void setup(FastAPI& app) { app.get<read_me>("/me"); }
} // namespace authentication_error_status_code_tutorial001

// --- FastAPI's tests: one route that says what the scheme read --------------------------------------------------------------------

json shown(const string& key) { return {{"username", key}}; }
json shown(const HTTPAuthorizationCredentials& credentials) { return {{"scheme", credentials.scheme}, {"credentials", credentials.credentials}}; }
json shown(const HTTPBasicCredentials& credentials) { return {{"username", credentials.username}, {"password", credentials.password}}; }
template <class T>
json shown(const optional<T>& given) {
    return given ? shown(*given) : json{{"msg", "Create an account first"}};
}

template <auto Scheme>
json get_current_user(Security<Scheme> given) {
    return shown(*given);
}
template <auto Scheme>
void user_route(FastAPI& app) {
    app.get("/users/me", [](Depends<get_current_user<Scheme>> current_user) { return *current_user; }, {.name = "read_current_user"});
}
template <auto Scheme>
void items_route(FastAPI& app) {
    app.get("/items/", [](Security<Scheme> token) -> json {
        if constexpr (requires { token->has_value(); })
            if (!token->has_value()) return {{"msg", "Create an account first"}};
        return {{"token", token}};
    }, {.name = "read_items"});
}

inline constexpr APIKeyCookie<"key"> key_cookie;
inline constexpr APIKeyCookie<"key", Description("An API Cookie Key")> key_cookie_description;
inline constexpr APIKeyCookie<"key", NoAutoError> key_cookie_optional;
inline constexpr APIKeyHeader<"key"> key_header;
inline constexpr APIKeyHeader<"key", Description("An API Key Header")> key_header_description;
inline constexpr APIKeyHeader<"key", NoAutoError> key_header_optional;
inline constexpr APIKeyQuery<"key"> key_query;
inline constexpr APIKeyQuery<"key", Description("API Key Query")> key_query_description;
inline constexpr APIKeyQuery<"key", NoAutoError> key_query_optional;
inline constexpr HTTPBase<"Other"> base;
inline constexpr HTTPBase<"Other", Description("Other Security Scheme")> base_description;
inline constexpr HTTPBase<"Other", NoAutoError> base_optional;
inline constexpr HTTPBasic<NoAutoError> basic_optional;
inline constexpr HTTPBasic<Realm("simple")> basic_realm;
inline constexpr HTTPBasic<Realm("simple"), Description("HTTPBasic scheme")> basic_realm_description;
inline constexpr HTTPBearer<> bearer;
inline constexpr HTTPBearer<Description("HTTP Bearer token scheme")> bearer_description;
inline constexpr HTTPBearer<NoAutoError> bearer_optional;
inline constexpr HTTPDigest<> digest;
inline constexpr HTTPDigest<Description("HTTPDigest scheme")> digest_description;
inline constexpr HTTPDigest<NoAutoError> digest_optional;
inline constexpr OpenIdConnect<"/openid"> oid;
inline constexpr OpenIdConnect<"/openid", Description("OpenIdConnect security scheme")> oid_description;
inline constexpr OpenIdConnect<"/openid", NoAutoError> oid_optional;
inline constexpr OAuth2AuthorizationCodeBearer<"authorize", "token"> code_bearer;
inline constexpr OAuth2AuthorizationCodeBearer<"authorize", "token", Description("OAuth2 Code Bearer")> code_bearer_description;
inline constexpr OAuth2PasswordBearer<"/token", NoAutoError> password_bearer_optional;
inline constexpr OAuth2PasswordBearer<"/token", Description("OAuth2PasswordBearer security scheme"), NoAutoError> password_bearer_description;

namespace code_bearer_scopes {
inline constexpr OAuth2AuthorizationCodeBearer<"authorize", "token", Scope("read", "Read access"), Scope("write", "Write access")> oauth2_scheme;
string get_token(Depends<oauth2_scheme> token) { return token; }
FastAPIOptions options() { return {.dependencies = {depends<get_token>}}; }
json root() { return {{"message", "Hello World"}}; }
json read_with_oauth2_scheme() { return {{"message", "Admin Access"}}; }
json read_with_get_token() { return {{"message", "Admin Access"}}; }
json read_items(Depends<oauth2_scheme> token) { return {{"token", token}}; }
json create_item(Security<oauth2_scheme, Scopes("read", "write")> token) { return {{"token", token}}; }
void setup(FastAPI& app) {
    app.get<root>("/");
    app.get<read_with_oauth2_scheme>("/with-oauth2-scheme", {.dependencies = {security<oauth2_scheme, Scopes("read", "write")>}});
    app.get<read_with_get_token>("/with-get-token", {.dependencies = {security<get_token, Scopes("read", "write")>}});
    app.get<read_items>("/items/", {.dependencies = {security<oauth2_scheme, Scopes("read")>}});
    app.post<create_item>("/items/", {.dependencies = {security<oauth2_scheme, Scopes("read")>}});
}
} // namespace code_bearer_scopes

namespace code_bearer_scopes_simple {
inline constexpr OAuth2AuthorizationCodeBearer<"api/oauth/authorize", "/api/oauth/token", Scope("read", "Read access"), Scope("write", "Write access")>
    oauth2_scheme;
string get_token(Depends<oauth2_scheme> token) { return token; }
FastAPIOptions options() { return {.dependencies = {depends<get_token>}}; }
json read_admin() { return {{"message", "Admin Access"}}; }
void setup(FastAPI& app) { app.get<read_admin>("/admin", {.dependencies = {security<get_token, Scopes("read", "write")>}}); }
} // namespace code_bearer_scopes_simple

namespace top_level {
json get_root() { return {{"message", "Hello, World!"}}; }
void setup(FastAPI& app) { app.get<get_root>("/", {.dependencies = {depends<bearer>}}); }
} // namespace top_level

template <auto Scheme>
void credentials_route(FastAPI& app) {
    app.get("/users/me", [](Security<Scheme> credentials) { return shown(*credentials); }, {.name = "read_current_user"});
}

} // namespace

void add_docs_security(Ports& ports) {
    ports.push_back({"docs/security/tutorial001", &security_tutorial001::setup});
    ports.push_back({"docs/security/tutorial002", &security_tutorial002::setup});
    ports.push_back({"docs/security/tutorial007", &security_tutorial007::setup});
    ports.push_back({"docs/authentication_error_status_code/tutorial001", &authentication_error_status_code_tutorial001::setup});
    ports.push_back({"tests/test_security_api_key_cookie", &user_route<key_cookie>});
    ports.push_back({"tests/test_security_api_key_cookie_description", &user_route<key_cookie_description>});
    ports.push_back({"tests/test_security_api_key_cookie_optional", &user_route<key_cookie_optional>});
    ports.push_back({"tests/test_security_api_key_header", &user_route<key_header>});
    ports.push_back({"tests/test_security_api_key_header_description", &user_route<key_header_description>});
    ports.push_back({"tests/test_security_api_key_header_optional", &user_route<key_header_optional>});
    ports.push_back({"tests/test_security_api_key_query", &user_route<key_query>});
    ports.push_back({"tests/test_security_api_key_query_description", &user_route<key_query_description>});
    ports.push_back({"tests/test_security_api_key_query_optional", &user_route<key_query_optional>});
    ports.push_back({"tests/test_security_http_base", &credentials_route<base>});
    ports.push_back({"tests/test_security_http_base_description", &credentials_route<base_description>});
    ports.push_back({"tests/test_security_http_base_optional", &credentials_route<base_optional>});
    ports.push_back({"tests/test_security_http_basic_optional", &credentials_route<basic_optional>});
    ports.push_back({"tests/test_security_http_basic_realm", &credentials_route<basic_realm>});
    ports.push_back({"tests/test_security_http_basic_realm_description", &credentials_route<basic_realm_description>});
    ports.push_back({"tests/test_security_http_bearer", &credentials_route<bearer>});
    ports.push_back({"tests/test_security_http_bearer_description", &credentials_route<bearer_description>});
    ports.push_back({"tests/test_security_http_bearer_optional", &credentials_route<bearer_optional>});
    ports.push_back({"tests/test_security_http_digest", &credentials_route<digest>});
    ports.push_back({"tests/test_security_http_digest_description", &credentials_route<digest_description>});
    ports.push_back({"tests/test_security_http_digest_optional", &credentials_route<digest_optional>});
    ports.push_back({"tests/test_security_openid_connect", &user_route<oid>});
    ports.push_back({"tests/test_security_openid_connect_description", &user_route<oid_description>});
    ports.push_back({"tests/test_security_openid_connect_optional", &user_route<oid_optional>});
    ports.push_back({"tests/test_security_oauth2_authorization_code_bearer", &items_route<code_bearer>});
    ports.push_back({"tests/test_security_oauth2_authorization_code_bearer_description", &items_route<code_bearer_description>});
    ports.push_back({"tests/test_security_oauth2_authorization_code_bearer_scopes_openapi", &code_bearer_scopes::setup, &code_bearer_scopes::options});
    ports.push_back({"tests/test_security_oauth2_authorization_code_bearer_scopes_openapi_simple", &code_bearer_scopes_simple::setup,
                     &code_bearer_scopes_simple::options});
    ports.push_back({"tests/test_security_oauth2_password_bearer_optional", &items_route<password_bearer_optional>});
    ports.push_back({"tests/test_security_oauth2_password_bearer_optional_description", &items_route<password_bearer_description>});
    ports.push_back({"tests/test_top_level_security_scheme_in_openapi", &top_level::setup});
}

} // namespace conformance
