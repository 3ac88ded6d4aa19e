// The applications of examples/heroes.cpp and examples/users.cpp, on a database in memory.
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fastapi.hpp"

#define EXAMPLE_WITHOUT_MAIN
namespace heroes_example {
#include "../examples/heroes.cpp"
}
namespace users_example {
#include "../examples/users.cpp"
}

using fastapi::json;

namespace {

fastapi::Engine* memory = nullptr; // of the test that runs

fastapi::Generator<fastapi::Session&> memory_session() {
    fastapi::Session session(*memory, {.writes = true});
    co_yield session;
    session.commit();
}

} // namespace

TEST_CASE("examples: heroes") {
    namespace example = heroes_example;
    fastapi::Engine engine{"sqlite:///:memory:"};
    memory = &engine;
    fastapi::create_all<example::Team, example::Hero>(engine);
    fastapi::FastAPI app;
    example::add_routes(app);
    app.dependency_overrides.set<example::get_session>(memory_session);
    fastapi::TestClient client(app);

    CHECK(client.post("/teams/", {.json = json{{"name", "Preventers"}, {"headquarters", "Sharp Tower"}}}).content ==
          R"({"id":1,"name":"Preventers","headquarters":"Sharp Tower"})");
    auto made = client.post("/heroes/", {.json = json{{"name", "Rusty-Man"}, {"secret_name", "Tommy Sharp"}, {"age", 48}, {"team_id", 1}}});
    CHECK(made.status_code == 201);
    CHECK(made.content == R"({"id":1,"name":"Rusty-Man","age":48,"team_id":1})"); // without the secret name
    CHECK(client.post("/heroes/", {.json = json{{"name", "Deadpond"}, {"secret_name", "Dive Wilson"}}}).json()["id"] == 2);
    CHECK(client.post("/heroes/", {.json = json{{"name", "Spider-Boy"}, {"secret_name", "Pedro"}, {"team_id", 9}}}).status_code == 409);
    CHECK(client.post("/heroes/", {.json = json{{"name", ""}, {"age", -1}}}).json()["detail"].size() == 3);
    CHECK(client.get("/heroes/?offset=1&limit=1").content == R"([{"id":2,"name":"Deadpond","age":null,"team_id":null}])");
    CHECK(client.get("/heroes/1").json()["team"]["name"] == "Preventers");
    CHECK(client.get("/heroes/2").json()["team"].is_null());
    CHECK(client.get("/heroes/7").content == R"({"detail":"Hero not found"})");
    CHECK(client.get("/teams/1").json()["heroes"].size() == 1);
    CHECK(client.patch("/heroes/2", {.json = json{{"team_id", 1}}}).content == R"({"id":2,"name":"Deadpond","age":null,"team_id":1})");
    CHECK(client.patch("/heroes/1", {.json = json{{"age", nullptr}}}).json()["age"].is_null());
    CHECK(client.get("/teams/1").json()["heroes"].size() == 2);
    CHECK(client.patch("/teams/1", {.json = json{{"headquarters", "New York"}}}).json()["headquarters"] == "New York");
    CHECK(client.delete_("/teams/1").content == R"({"ok":true})");
    CHECK(client.get("/heroes/2").json()["team_id"].is_null()); // ON DELETE SET NULL
    CHECK(client.delete_("/heroes/1").status_code == 200);
    CHECK(client.delete_("/heroes/1").status_code == 404);
    CHECK(client.get("/heroes/").json().size() == 1);
}

TEST_CASE("examples: users") {
    namespace example = users_example;
    fastapi::Engine engine{"sqlite:///:memory:"};
    memory = &engine;
    fastapi::create_all<example::User>(engine);
    fastapi::FastAPI app;
    example::add_routes(app);
    app.dependency_overrides.set<example::get_session>(memory_session);
    fastapi::TestClient client(app);

    auto ann = client.post("/users", {.json = json{{"email", "ann@Example.org"}, {"name", "Ann"}}});
    CHECK(ann.status_code == 201);
    CHECK(ann.json()["email"] == "ann@example.org");
    CHECK(ann.json()["active"] == true);
    CHECK(client.post("/users", {.json = json{{"email", "ann@example.org"}, {"name", "Other"}}}).status_code == 409);
    CHECK(client.post("/users", {.json = json{{"email", "ann"}, {"name", ""}}}).json()["detail"].size() == 2);
    for (int i = 0; i < 4; ++i)
        CHECK(client.post("/users", {.json = json{{"email", "u" + std::to_string(i) + "@example.org"}, {"name", "U"}}}).status_code == 201);
    CHECK(client.patch("/users/2", {.json = json{{"active", false}}}).json()["active"] == false);
    CHECK(client.patch("/users/2", {.json = json{{"email", "ann@example.org"}}}).status_code == 409);
    CHECK(client.patch("/users/2", {.json = json{{"name", nullptr}}}).status_code == 422);
    CHECK(client.patch("/users/9", {.json = json::object()}).status_code == 404);
    auto page = client.get("/users?size=2&page=2").json();
    CHECK(page["total"] == 5);
    CHECK(page["pages"] == 3);
    CHECK(page["items"].size() == 2);
    CHECK(page["items"][0]["id"] == 3);
    CHECK(client.get("/users?active=false").json()["total"] == 1);
    CHECK(client.delete_("/users/1").status_code == 204);
    CHECK(client.get("/users/1").content == R"({"detail":"User not found"})");
    CHECK(client.post("/users", {.json = json{{"email", "ann@example.org"}, {"name", "Ann"}}}).status_code == 201);
}
