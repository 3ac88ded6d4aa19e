// expect: fastapi: this query has a column of a table that it does not select from: join<Team>(…) comes before it
#include "fastapi.hpp"
struct Team {
    static constexpr auto table = "teams";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
};
struct Hero {
    static constexpr auto table = "heroes";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
};
void queries(fastapi::Session& session) { (void)session.exec(fastapi::select<Hero>().where(fastapi::col<&Team::id> == 1)).all(); }
