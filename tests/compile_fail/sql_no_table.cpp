// expect: fastapi: this model is no table: give it a name, static constexpr auto table = "heroes";
#include "fastapi.hpp"
struct Hero {
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
};
void queries(fastapi::Session& session) { (void)session.get<Hero>(1); }
