// expect: fastapi: this is no condition: where() and having() take comparisons, col<&Hero::age> >= 18
#include "fastapi.hpp"
struct Hero {
    static constexpr auto table = "heroes";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
};
void queries(fastapi::Session& session) { (void)session.exec(fastapi::select<Hero>().where(fastapi::col<&Hero::id>)).all(); }
