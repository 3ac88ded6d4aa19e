// expect: fastapi: as<Model>(): the model has a member that the table lacks
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
struct HeroPublic {
    std::string team;
};
auto query = fastapi::select<Hero>().as<HeroPublic>();
