// expect: fastapi: col<&Hero::team>: a relationship is no column: compare its foreign key, or join<Team>() and compare a column of that
#include "fastapi.hpp"
struct Team {
    static constexpr auto table = "teams";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
    std::string name;
};
struct Hero {
    static constexpr auto table = "heroes";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
    fastapi::Field<std::optional<int>, fastapi::ForeignKey("teams.id")> team_id;
    fastapi::Relationship<std::optional<Team>> team;
};
auto query = fastapi::select<Hero>().where(fastapi::col<&Hero::team> == 1);
