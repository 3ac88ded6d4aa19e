// expect: fastapi: selectinload<&Team::heroes>, joinedload<…> and session.load<…> take members that are a Relationship
// never: is not a member of
#include "fastapi.hpp"
struct Team {
    static constexpr auto table = "teams";
    fastapi::Field<std::optional<int>, fastapi::PrimaryKey> id;
    std::string name;
};
void look(fastapi::Session& session, Team& team) { session.load<&Team::name>(team); }
