// OAuth2's password flow: a form gives a token, the token a reader.
#include <map>

#include "fastapi.hpp"
using namespace fastapi;

// [readers]
struct Reader {
    std::string name;
    Field<bool> disabled = false;
};
struct StoredReader {
    Reader reader;
    std::string password; // a real one is stored as a hash
};
const std::map<std::string, StoredReader> readers = {{"ann", {{"ann"}, "secret"}}, {"bob", {{"bob", true}, "secret2"}}};
// [/readers]

// [login]
json login(Depends<instance_of<OAuth2PasswordRequestForm>> form) {
    auto found = readers.find(form->username);
    if (found == readers.end() || !compare_digest(form->password, found->second.password))
        throw HTTPException(400, "Incorrect username or password");
    return {{"access_token", found->first}, {"token_type", "bearer"}};
}
// [/login]

// [current]
inline constexpr OAuth2PasswordBearer<"token"> oauth2_scheme;

Reader current_reader(Depends<oauth2_scheme> token) {
    auto found = readers.find(*token);
    if (found == readers.end()) throw HTTPException(401, "Not authenticated", {{"WWW-Authenticate", "Bearer"}});
    return found->second.reader;
}

Reader active_reader(Depends<current_reader> reader) {
    if (reader->disabled) throw HTTPException(400, "Inactive reader");
    return *reader;
}

Reader read_me(Depends<active_reader> reader) { return *reader; }
// [/current]

int main(int argc, char** argv) {
    FastAPI app;
    app.post<login>("/token");
    app.get<read_me>("/me");
    return app.run(argc, argv);
}
