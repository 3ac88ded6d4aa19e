// Dependencies and security: a connection for each request, users by token, scopes, and a test with another connection.
// make run EXAMPLE=dependencies   then curl -H "Authorization: Bearer ann" http://127.0.0.1:8000/notes
#include <algorithm>
#include <map>
#include <mutex>

#include "fastapi.hpp"
using namespace fastapi;

// --- something like a database --------------------------------------------------------------------------------------------

struct Note {
    int id;
    std::string owner;
    std::string text;
};
struct Database {
    std::mutex mutex;
    std::vector<Note> notes = {{1, "ann", "Buy milk"}, {2, "bob", "Call ann"}};
};
Database database;

// A connection sees a copy; what was changed is stored when the handler came to a good end.
class Connection {
  public:
    explicit Connection(Database& of) : database_(of), lock_(of.mutex), notes(of.notes) {}
    void commit() { database_.notes = notes; }

  private:
    Database& database_;
    std::lock_guard<std::mutex> lock_;

  public:
    std::vector<Note> notes;
};

// Set-up, hand-over, tear-down. What the handler throws is thrown at co_yield, so that nothing is committed then.
Generator<Connection&> get_connection() {
    Connection connection(database);
    co_yield connection;
    connection.commit();
}
using ConnectionDep = Depends<get_connection, FunctionScope>; // stored before the answer is sent

// --- who asks ---------------------------------------------------------------------------------------------------------------

inline constexpr OAuth2PasswordBearer<"token", Scope("notes:read", "Read notes."), Scope("notes:write", "Write notes.")> oauth2_scheme;

struct User {
    std::string name;
    std::vector<std::string> scopes;
};

User current_user(const SecurityScopes& wanted, Depends<oauth2_scheme> token) {
    static const std::map<std::string, User> users = {{"ann", {"ann", {"notes:read", "notes:write"}}}, {"bob", {"bob", {"notes:read"}}}};
    auto found = users.find(*token);
    if (found == users.end()) throw HTTPException(401, "Not authenticated", {{"WWW-Authenticate", "Bearer"}});
    for (const std::string& scope : wanted.scopes)
        if (std::find(found->second.scopes.begin(), found->second.scopes.end(), scope) == found->second.scopes.end())
            throw HTTPException(403, "Not enough permissions");
    return found->second;
}
using Reader = Security<current_user, Scopes("notes:read")>;
using Writer = Security<current_user, Scopes("notes:write")>;

// --- what is asked for --------------------------------------------------------------------------------------------------------

struct Page { // a struct whose members are parameters
    Query<int, "skip", Default(0), Ge(0)> skip;
    Query<int, "limit", Default(20), Ge(1), Le(100)> limit;
};

struct NewNote {
    Field<std::string, MinLength(1)> text;
};

void no_robots(Header<std::string, "user_agent", Default("")> agent) {
    if (agent->find("robot") != std::string::npos) throw HTTPException(403, "Robots write no notes");
}

int main(int argc, char** argv) {
    FastAPI app{{.title = "Notes", .dependencies = {depends<no_robots>}}};

    app.get("/notes", [](Reader user, ConnectionDep connection, Depends<instance_of<Page>> page) {
        std::vector<Note> own;
        for (const Note& note : connection->notes)
            if (note.owner == user->name) own.push_back(note);
        auto begin = own.begin() + std::min<std::ptrdiff_t>(*page->skip, static_cast<std::ptrdiff_t>(own.size()));
        auto end = begin + std::min<std::ptrdiff_t>(*page->limit, own.end() - begin);
        return std::vector<Note>(begin, end);
    }, {.summary = "Your notes"});

    app.post("/notes", [](NewNote note, Writer user, ConnectionDep connection) {
        Note made{static_cast<int>(connection->notes.size()) + 1, user->name, note.text};
        connection->notes.push_back(made);
        return made;
    }, {.status_code = 201, .summary = "Write a note"});

    return app.run(argc, argv);
}
