// expect: fastapi: this is a std::optional of an object, as session.get<Hero>(…) gives it: pass *hero
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
void keep(fastapi::Session& session) {
    auto hero = session.get<Hero>(1);
    session.load<&Hero::team>(hero);
}
