// expect: fastapi: std::nullopt, which is NULL, is compared by == and != only
#include "fastapi.hpp"
struct Hero {
    static constexpr auto table = "heroes";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
    std::optional<int> age;
};
void find(fastapi::Session& session) { (void)session.exec(fastapi::select<Hero>().where(fastapi::col<&Hero::age> < std::nullopt)).all(); }
