// Users with passwords, a login that gives a JWT, and scopes that say what it is good for.
// make run EXAMPLE=security   then open http://127.0.0.1:8000/docs and authorize as ann, swordfish
#include <map>

#include "fastapi.hpp"
using namespace fastapi;
using namespace std::chrono_literals;

struct Settings {
    Field<SecretStr> secret_key =
        "0123456789abcdef0123456789abcdef"; // for trying only: APP_SECRET_KEY=$(openssl rand -hex 32)
    Field<int> minutes = 30;
};
const Settings settings = load_settings<Settings>({.env_prefix = "APP_"});
const std::string& secret_key = settings.secret_key->get_secret_value();

// --- who there is ------------------------------------------------------------------------------------------------------------

struct User {
    std::string username;
    std::optional<std::string> full_name;
    bool disabled;
};
struct StoredUser {
    User user;
    std::string hashed_password;
    std::vector<std::string> scopes; // what this user may ask for
};
const StoredUser* find_user(const std::string& username) {
    static const std::map<std::string, StoredUser> users = {
        {"ann", {{"ann", "Ann Archer", false}, hash_password("swordfish"), {"me", "items"}}},
        {"bob", {{"bob", {}, true}, hash_password("hunter2"), {"me"}}},
    };
    auto found = users.find(username);
    return found == users.end() ? nullptr : &found->second;
}

// --- who asks ----------------------------------------------------------------------------------------------------------------

inline constexpr OAuth2PasswordBearer<"token", Scope("me", "Read about yourself."), Scope("items", "Read your items.")>
    oauth2_scheme;

struct Claims {
    std::string sub;
    std::vector<std::string> scopes;
};

bool contains(const std::vector<std::string>& all, const std::string& one) {
    for (const std::string& each : all)
        if (each == one) return true;
    return false;
}

User current_user(const SecurityScopes& wanted, Depends<oauth2_scheme> token) {
    auto refuse = [&](std::string_view why) {
        return HTTPException(401, std::string(why),
                             {{"WWW-Authenticate", "Bearer scope=\"" + wanted.scope_str() + "\""}});
    };
    Claims claims;
    try {
        claims = jwt::decode<Claims>(*token, secret_key, {.leeway = 10s, .require = {"exp", "sub"}});
    } catch (const jwt::ExpiredSignatureError&) {
        throw refuse("Your login is over");
    } catch (const jwt::InvalidTokenError&) {
        throw refuse("Could not validate credentials");
    }
    const StoredUser* stored = find_user(claims.sub);
    if (!stored) throw refuse("Could not validate credentials");
    for (const std::string& scope : wanted.scopes)
        if (!contains(claims.scopes, scope)) throw refuse("Not enough permissions");
    return stored->user;
}
User active_user(Security<current_user, Scopes("me")> user) {
    if (user->disabled) throw HTTPException(400, "Inactive user");
    return user;
}

// --- what is served ----------------------------------------------------------------------------------------------------------

struct Token {
    std::string access_token;
    Field<std::string> token_type = "bearer";
};

Token log_in(Depends<instance_of<OAuth2PasswordRequestForm>> form) {
    const StoredUser* stored = find_user(form->username);
    bool good =
        stored ? verify_password(form->password, stored->hashed_password) : verify_dummy_password(form->password);
    if (!good) throw HTTPException(401, "Incorrect username or password", {{"WWW-Authenticate", "Bearer"}});
    Claims claims{stored->user.username, {}};
    for (const std::string& scope : form->scopes)
        if (contains(stored->scopes, scope)) claims.scopes.push_back(scope);
    return {jwt::encode(claims, secret_key, {.expires_in = std::chrono::minutes(*settings.minutes)})};
}

int main(int argc, char** argv) {
    FastAPI app{{.title = "Security"}};
    app.post<log_in>("/token");
    app.get("/users/me", [](Depends<active_user> user) { return *user; });
    app.get("/users/me/items", [](Security<active_user, Scopes("items")> user) {
        return json::array({{{"item_id", "Foo"}, {"owner", user->username}}});
    });
    return app.run(argc, argv);
}
