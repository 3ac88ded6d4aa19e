// expect: fastapi: Relationship<T>: T is a table, a std::optional<Table>, or a std::vector<Table>
#include "fastapi.hpp"
struct Team {
    static constexpr auto table = "teams";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
    fastapi::Relationship<std::vector<int>> heroes;
};
void make(fastapi::Engine& engine) { fastapi::create_all<Team>(engine); }
