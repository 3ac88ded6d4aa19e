// expect: fastapi: joinedload is for relationships to one row: selectinload<…> loads lists, and costs one statement
#include "fastapi.hpp"
struct Hero;
struct Team {
    static constexpr auto table = "teams";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
    fastapi::Relationship<std::vector<Hero>> heroes;
};
struct Hero {
    static constexpr auto table = "heroes";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
    fastapi::Field<std::optional<int>, fastapi::ForeignKey("teams.id")> team_id;
};
void find(fastapi::Session& session) { (void)session.exec(fastapi::select<Team>().options(fastapi::joinedload<&Team::heroes>)).all(); }
