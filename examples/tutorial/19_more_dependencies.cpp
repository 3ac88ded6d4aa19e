// Dependencies without a value, of a route and of all routes, and those with a tear-down.
#include <atomic>

#include "fastapi.hpp"
using namespace fastapi;

// [check]
void check_key(Header<std::string, "x_key"> key) {
    if (*key != "sesame") throw HTTPException(403, "This key opens nothing");
}
// [/check]

// [global]
void no_robots(Header<std::string, "user_agent", Default("")> agent) {
    if (agent->find("robot") != std::string::npos) throw HTTPException(403, "Robots read no books");
}
// [/global]

// [teardown]
std::atomic<int> open_connections{0};
std::atomic<int> committed{0};

struct Connection {
    std::string name = "connection";
};

Generator<Connection&> get_connection() {
    Connection connection;
    ++open_connections;
    try {
        co_yield connection; // the handler runs here
        ++committed;
    } catch (...) {
        --open_connections;
        throw;
    }
    --open_connections;
}

using ConnectionDep = Depends<get_connection, FunctionScope>;

json lend(int book_id, ConnectionDep connection) {
    if (book_id == 13) throw HTTPException(409, "This one is lent");
    return {{"lent", book_id}, {"by", connection->name}, {"open", open_connections.load()}};
}
// [/teardown]

int main(int argc, char** argv) {
    // [app]
    FastAPI app{{.dependencies = {depends<no_robots>}}};
    // [/app]
    // [route]
    app.get("/cellar", [] { return json{{"wine", 7}}; }, {.dependencies = {depends<check_key>}});
    // [/route]
    app.post<lend>("/loans/{book_id}");
    app.get("/connections", [] { return json{{"open", open_connections.load()}, {"committed", committed.load()}}; });
    return app.run(argc, argv);
}
