// expect: fastapi: sql::OrderBy<Hero, "name">: the table has no such column
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
using Order = fastapi::sql::OrderBy<Hero, "team">;
Order order{"team"};
