// expect: fastapi: set(): this column is never NULL
#include "fastapi.hpp"
struct Hero {
    static constexpr auto table = "heroes";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
    int age;
};
void queries(fastapi::Session& session) { session.exec(fastapi::sql::update<Hero>().set(fastapi::col<&Hero::age>, std::nullopt)); }
