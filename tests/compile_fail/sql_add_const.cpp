// expect: fastapi: session.add() and its kind write into the object (a new row's number, say), and this one is const
#include "fastapi.hpp"
struct Hero {
    static constexpr auto table = "heroes";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
};
void keep(fastapi::Session& session, const Hero& hero) { session.add(hero); }
