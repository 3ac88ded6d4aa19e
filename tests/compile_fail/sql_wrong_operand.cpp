// expect: fastapi: this value does not have the type of the column that it is compared or combined with
#include "fastapi.hpp"
struct Hero {
    static constexpr auto table = "heroes";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
};
void queries(fastapi::Session& session) { (void)session.exec(fastapi::select<Hero>().where(fastapi::col<&Hero::id> == "1")).all(); }
