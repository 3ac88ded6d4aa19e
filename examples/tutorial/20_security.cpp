// Security: a token, and the reader it belongs to. HTTP Basic.
#include "fastapi.hpp"
using namespace fastapi;

// [scheme]
inline constexpr OAuth2PasswordBearer<"token"> oauth2_scheme;

json show_token(Depends<oauth2_scheme> token) { return {{"token", *token}}; }
// [/scheme]

// [user]
struct Reader {
    std::string name;
    std::optional<std::string> email;
    Field<bool> disabled = false;
};

Reader current_reader(Depends<oauth2_scheme> token) {
    if (*token != "ann-token") throw HTTPException(401, "This token is nobody's", {{"WWW-Authenticate", "Bearer"}});
    return {.name = "ann", .email = "ann@example.com"};
}

json read_me(Depends<current_reader> reader) { return *reader; }
// [/user]

// [basic]
inline constexpr HTTPBasic<> basic;

std::string staff(Depends<basic> credentials) {
    bool name = compare_digest(credentials->username, "ann");
    bool password = compare_digest(credentials->password, "swordfish");
    if (!name || !password) throw HTTPException(401, "Who are you?", {{"WWW-Authenticate", "Basic"}});
    return credentials->username;
}

json show_staff(Depends<staff> name) { return {{"name", *name}}; }
// [/basic]

int main(int argc, char** argv) {
    FastAPI app;
    app.get<show_token>("/token");
    app.get<read_me>("/me");
    app.get<show_staff>("/staff");
    return app.run(argc, argv);
}
