// Ports of FastAPI's documented examples with JWT and hashed passwords, and of the one that reads YAML (where yaml-cpp is there).

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conformance.hpp"

#if __has_include(<yaml-cpp/yaml.h>)
#define CONFORMANCE_YAML
#include <yaml-cpp/yaml.h>
#endif

using namespace fastapi;
using namespace std::chrono_literals;
using std::optional;
using std::string;

namespace conformance {

namespace {

// --- security/tutorial004, tutorial005 ----------------------------------------------------------------------------------------

struct Token {
    string access_token;
    string token_type;
};
struct User {
    string username;
    optional<string> email;
    optional<string> full_name;
    optional<bool> disabled;
};
struct UserInDB {
    User user;
    string hashed_password;
};
using Users = std::map<string, UserInDB>;

const char* const hash_of_secret =
    "$scrypt$ln=15,r=8,p=3$T9kZAULxGAlTWEtxhBlFqA$Gh+0YmkYQI6Yewc8h/xe/FqV0fJPB8oQ0mCF0jpKuDA";
const char* const hash_of_secretalice =
    "$scrypt$ln=15,r=8,p=3$erXsLBLkkteYaKrwrFsHNA$FV5KcbQslbPp+AxvFd3keuTwuwv16YF1UCmPr8uwg8Y";

UserInDB john() { return {{"johndoe", "johndoe@example.com", "John Doe", false}, hash_of_secret}; }
UserInDB alice() { return {{"alice", "alicechains@example.com", "Alice Chains", true}, hash_of_secretalice}; }

const UserInDB* find_user(const Users& users, const string& username) {
    auto found = users.find(username);
    return found == users.end() ? nullptr : &found->second;
}
const UserInDB* authenticate_user(const Users& users, const string& username, const string& password) {
    const UserInDB* user = find_user(users, username);
    bool good = user ? verify_password(password, user->hashed_password) : verify_dummy_password(password);
    return good ? user : nullptr;
}
HTTPException unauthorized(const string& detail, const string& challenge = "Bearer") {
    return HTTPException(401, detail, {{"WWW-Authenticate", challenge}});
}
json own_items(const User& user) { return json::array({{{"item_id", "Foo"}, {"owner", user.username}}}); }

namespace security_tutorial004 {
Users users;
inline constexpr OAuth2PasswordBearer<"token"> oauth2_scheme;

struct Claims {
    optional<string> sub;
};
User get_current_user(Depends<oauth2_scheme> token) {
    try {
        auto claims = jwt::decode<Claims>(*token, jwt_secret);
        const UserInDB* user = claims.sub ? find_user(users, *claims.sub) : nullptr;
        if (user) return user->user;
    } catch (const jwt::InvalidTokenError&) {
    }
    throw unauthorized("Could not validate credentials");
}
User get_current_active_user(Depends<get_current_user> current_user) {
    if (current_user->disabled.value_or(false)) throw HTTPException(400, "Inactive user");
    return current_user;
}
Token login_for_access_token(Depends<instance_of<OAuth2PasswordRequestForm>> form_data) {
    const UserInDB* user = authenticate_user(users, form_data->username, form_data->password);
    if (!user) throw unauthorized("Incorrect username or password");
    return {jwt::encode({{"sub", user->user.username}}, jwt_secret, {.expires_in = 30min}), "bearer"};
}
User read_users_me(Depends<get_current_active_user> current_user) { return current_user; }
json read_own_items(Depends<get_current_active_user> current_user) { return own_items(*current_user); }
void setup(FastAPI& app) {
    users = {{"johndoe", john()}};
    app.post<login_for_access_token>("/token");
    app.get<read_users_me>("/users/me/");
    app.get<read_own_items>("/users/me/items/");
}
// The test of an inactive user puts that user into the database.
bool fixture(std::string_view test) {
    users = {{"johndoe", john()}};
    if (test.find("inactive_user") != std::string_view::npos) users["alice"] = alice();
    return true;
}
} // namespace security_tutorial004

namespace security_tutorial005 {
Users users;
inline constexpr OAuth2PasswordBearer<"token", Scope("me", "Read information about the current user."),
                                      Scope("items", "Read items.")>
    oauth2_scheme;

struct Claims {
    optional<string> sub;
    string scope;
};
User get_current_user(const SecurityScopes& security_scopes, Depends<oauth2_scheme> token) {
    string challenge =
        security_scopes.scopes.empty() ? "Bearer" : "Bearer scope=\"" + security_scopes.scope_str() + "\"";
    const UserInDB* user = nullptr;
    string granted;
    try {
        auto claims = jwt::decode<Claims>(*token, jwt_secret);
        if (claims.sub) user = find_user(users, *claims.sub);
        granted = " " + claims.scope + " ";
    } catch (const jwt::InvalidTokenError&) {
    }
    if (!user) throw unauthorized("Could not validate credentials", challenge);
    for (const string& scope : security_scopes.scopes)
        if (granted.find(" " + scope + " ") == string::npos) throw unauthorized("Not enough permissions", challenge);
    return user->user;
}
User get_current_active_user(Security<get_current_user, Scopes("me")> current_user) {
    if (current_user->disabled.value_or(false)) throw HTTPException(400, "Inactive user");
    return current_user;
}
Token login_for_access_token(Depends<instance_of<OAuth2PasswordRequestForm>> form_data) {
    const UserInDB* user = authenticate_user(users, form_data->username, form_data->password);
    if (!user) throw HTTPException(400, "Incorrect username or password");
    string scope;
    for (const string& one : form_data->scopes) scope += (scope.empty() ? "" : " ") + one;
    return {jwt::encode({{"sub", user->user.username}, {"scope", scope}}, jwt_secret, {.expires_in = 30min}), "bearer"};
}
User read_users_me(Depends<get_current_active_user> current_user) { return current_user; }
json read_own_items(Security<get_current_active_user, Scopes("items")> current_user) {
    return own_items(*current_user);
}
json read_system_status(Depends<get_current_user>) { return {{"status", "ok"}}; }
void setup(FastAPI& app) {
    users = {{"johndoe", john()}, {"alice", alice()}};
    app.post<login_for_access_token>("/token");
    app.get<read_users_me>("/users/me/");
    app.get<read_own_items>("/users/me/items/");
    app.get<read_system_status>("/status/");
}
} // namespace security_tutorial005

// --- path_operation_advanced_configuration/tutorial007 ---------------------------------------------------------------------------

#if defined(CONFORMANCE_YAML)
namespace path_operation_advanced_configuration_tutorial007 {
struct Item {
    string name;
    std::vector<string> tags;
};

json yaml_scalar(const YAML::Node& node) {
    const string& text = node.Scalar();
    if (node.Tag() == "!") return text; // in quotes
    if (text.empty() || text == "~" || text == "null") return nullptr;
    bool flag = false;
    if (YAML::convert<bool>::decode(node, flag)) return flag;
    std::int64_t integer = 0;
    if (YAML::convert<std::int64_t>::decode(node, integer)) return integer;
    double number = 0;
    if (YAML::convert<double>::decode(node, number)) return number;
    return text;
}
json yaml_json(const YAML::Node& node) {
    json value;
    if (node.IsScalar()) value = yaml_scalar(node);
    if (node.IsSequence()) {
        value = json::array();
        for (const YAML::Node& item : node) value.push_back(yaml_json(item));
    }
    if (node.IsMap()) {
        value = json::object();
        for (const auto& member : node) value[member.first.Scalar()] = yaml_json(member.second);
    }
    return value;
}

Item create_item(Request& request) {
    json data;
    try {
        data = yaml_json(YAML::Load(string(request.body)));
    } catch (const YAML::Exception&) {
        throw HTTPException(422, "Invalid YAML");
    }
    try {
        return model_validate<Item>(data);
    } catch (const ValidationError& error) {
        throw HTTPException(422, error.errors());
    }
}
void setup(FastAPI& app) {
    json content = {{"application/x-yaml", {{"schema", model_json_schema<Item>()}}}};
    app.post(
        "/items/", [](Request& request) -> json { return create_item(request); },
        {.name = "create_item", .openapi_extra = json{{"requestBody", {{"content", content}, {"required", true}}}}});
}
} // namespace path_operation_advanced_configuration_tutorial007
#endif

} // namespace

void add_docs_security_jwt(Ports& ports) {
    ports.push_back(
        {"docs/security/tutorial004", &security_tutorial004::setup, nullptr, &security_tutorial004::fixture});
    ports.push_back({"docs/security/tutorial005", &security_tutorial005::setup});
#if defined(CONFORMANCE_YAML)
    ports.push_back({"docs/path_operation_advanced_configuration/tutorial007",
                     &path_operation_advanced_configuration_tutorial007::setup});
#endif
}

} // namespace conformance
