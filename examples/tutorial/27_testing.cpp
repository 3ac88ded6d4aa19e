// Tests of an application, with doctest.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "fastapi.hpp"
using namespace fastapi;

// [app]
struct Book {
    std::string title;
    Field<double, Gt(0)> price;
};

std::string current_reader(Header<std::string, "x_token"> token) {
    if (*token != "secret") throw HTTPException(401, "Who are you?");
    return "ann";
}

void add_routes(FastAPI& app) {
    app.get("/me", [](Depends<current_reader> reader) { return json{{"reader", *reader}}; });
    app.post("/books", [](Book book) { return book; }, {.status_code = 201});
}
// [/app]

// [tests]
TEST_CASE("a book is created") {
    FastAPI app;
    add_routes(app);
    TestClient client{app};
    auto answer = client.post("/books", {.json = json{{"title", "Momo"}, {"price", 9.9}}});
    CHECK(answer.status_code == 201);
    CHECK(answer.json() == json{{"title", "Momo"}, {"price", 9.9}});
}

TEST_CASE("a book that costs nothing is refused") {
    FastAPI app;
    add_routes(app);
    TestClient client{app};
    auto answer = client.post("/books", {.json = json{{"title", "Momo"}, {"price", 0}}});
    CHECK(answer.status_code == 422);
    CHECK(answer.json()["detail"][0]["loc"] == json{"body", "price"});
}

TEST_CASE("who asks must have a token") {
    FastAPI app;
    add_routes(app);
    TestClient client{app, {.headers = {{"x-token", "secret"}}}};
    CHECK(client.get("/me").json()["reader"] == "ann");
    CHECK(client.get("/me", {.headers = {{"x-token", "wrong"}}}).status_code == 401);
}
// [/tests]

// [override]
TEST_CASE("with another reader") {
    FastAPI app;
    add_routes(app);
    app.dependency_overrides.set<current_reader>([] { return std::string("tester"); });
    TestClient client{app};
    CHECK(client.get("/me").json()["reader"] == "tester");
    app.dependency_overrides.reset();
    CHECK(client.get("/me").status_code == 422); // the header is missing
}
// [/override]
