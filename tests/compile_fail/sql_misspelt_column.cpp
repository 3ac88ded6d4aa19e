// expect: 'agee' is not a member of 'Hero'
#include "fastapi.hpp"
struct Hero {
    static constexpr auto table = "heroes";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
    int age;
};
void queries(fastapi::Session& session) { (void)session.exec(fastapi::select<Hero>().where(fastapi::col<&Hero::agee> == 1)).all(); }
