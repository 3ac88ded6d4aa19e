// Heroes and teams in an SQLite file: tables from models, a session for each request, what comes in and what goes out as models of
// their own. Its tests are in tests/test_sql_examples.cpp.
// make run EXAMPLE=heroes   then http://127.0.0.1:8000/docs
#include "fastapi.hpp"
using namespace fastapi;

struct TeamBase {
    Field<std::string, Index, MinLength(1)> name;
    std::string headquarters;
};
struct Hero;
struct Team {
    static constexpr auto table = "team";
    Field<std::optional<int>, PrimaryKey> id;
    Flatten<TeamBase> base;
    Relationship<std::vector<Hero>> heroes; // by hero.team_id; read when a query says so
};
struct TeamCreate {
    Flatten<TeamBase> base;
};
struct TeamPublic {
    int id;
    Flatten<TeamBase> base;
};
struct TeamUpdate { // what is not sent stays as it is
    Field<std::optional<std::string>> name;
    Field<std::optional<std::string>> headquarters;
};

struct HeroBase {
    Field<std::string, Index, MinLength(1)> name;
    std::string secret_name;
    Field<std::optional<int>, Index, Ge(0)> age;
    Field<std::optional<int>, ForeignKey("team.id", OnDelete::set_null)> team_id;
};
struct Hero {
    static constexpr auto table = "hero";
    Field<std::optional<int>, PrimaryKey> id;
    Flatten<HeroBase> base;
    Relationship<std::optional<Team>> team;
};
struct HeroCreate {
    Flatten<HeroBase> base;
};
struct HeroPublic {
    int id;
    std::string name;
    std::optional<int> age;
    std::optional<int> team_id;
};
struct HeroUpdate {
    Field<std::optional<std::string>> name;
    Field<std::optional<std::string>> secret_name;
    Field<std::optional<int>> age;
    Field<std::optional<int>> team_id;
};
struct HeroPublicWithTeam {
    Flatten<HeroPublic> hero;
    std::optional<TeamPublic> team;
};
struct TeamPublicWithHeroes {
    Flatten<TeamPublic> team;
    std::vector<HeroPublic> heroes;
};

Engine& engine() { // the file is opened when it is first needed, and not where the tests have another one
    static Engine made{"sqlite:///heroes.db"};
    return made;
}

Generator<Session&> get_session(Request& request) {
    Session session(engine(), {.writes = request.method != "GET"});
    co_yield session;
    session.commit();
}
using SessionDep = Depends<get_session, FunctionScope>; // committed before the answer is sent

using Heroes = sql::Repository<Hero, HeroCreate, HeroUpdate>;
using Teams = sql::Repository<Team, TeamCreate, TeamUpdate>;
using Offset = Query<int, "offset", Default(0), Ge(0)>;
using Limit = Query<int, "limit", Default(100), Ge(1), Le(100)>;

void add_routes(FastAPI& app) {
    app.post("/heroes/", [](HeroCreate hero, SessionDep session) { return model_cast<HeroPublic>(Heroes(*session).create(hero)); },
             {.status_code = 201, .tags = {"heroes"}, .name = "create_hero"});
    app.get("/heroes/", [](SessionDep session, Offset offset, Limit limit) {
        return session->exec(select<Hero>().as<HeroPublic>().order_by(col<&Hero::id>).offset(*offset).limit(*limit)).all();
    }, {.tags = {"heroes"}, .name = "read_heroes"});
    app.get("/heroes/{hero_id}", [](int hero_id, SessionDep session) {
        auto hero = session->exec(select<Hero>().options(joinedload<&Hero::team>).where(col<&Hero::id> == hero_id)).one_or_none();
        if (!hero) throw HTTPException(404, "Hero not found");
        return model_cast<HeroPublicWithTeam>(*hero); // one statement for both
    }, {.tags = {"heroes"}, .name = "read_hero"});
    app.patch("/heroes/{hero_id}", [](int hero_id, HeroUpdate hero, SessionDep session) {
        return model_cast<HeroPublic>(Heroes(*session).update(hero_id, hero));
    }, {.tags = {"heroes"}, .name = "update_hero"});
    app.delete_("/heroes/{hero_id}", [](int hero_id, SessionDep session) {
        Heroes(*session).remove(hero_id);
        return json{{"ok", true}};
    }, {.tags = {"heroes"}, .name = "delete_hero"});

    app.post("/teams/", [](TeamCreate team, SessionDep session) { return model_cast<TeamPublic>(Teams(*session).create(team)); },
             {.status_code = 201, .tags = {"teams"}, .name = "create_team"});
    app.get("/teams/", [](SessionDep session, Offset offset, Limit limit) {
        return session->exec(select<Team>().as<TeamPublic>().order_by(col<&Team::id>).offset(*offset).limit(*limit)).all();
    }, {.tags = {"teams"}, .name = "read_teams"});
    app.get("/teams/{team_id}", [](int team_id, SessionDep session) {
        Team team = Teams(*session).get(team_id);
        session->load<&Team::heroes>(team);
        return model_cast<TeamPublicWithHeroes>(team);
    }, {.tags = {"teams"}, .name = "read_team"});
    app.patch("/teams/{team_id}", [](int team_id, TeamUpdate team, SessionDep session) {
        return model_cast<TeamPublic>(Teams(*session).update(team_id, team));
    }, {.tags = {"teams"}, .name = "update_team"});
    app.delete_("/teams/{team_id}", [](int team_id, SessionDep session) {
        Teams(*session).remove(team_id);
        return json{{"ok", true}};
    }, {.tags = {"teams"}, .name = "delete_team"});
}

#if !defined(EXAMPLE_WITHOUT_MAIN)
int main(int argc, char** argv) {
    FastAPI app{{.title = "Heroes"}};
    app.lifespan([](FastAPI&) -> Lifespan {
        create_all<Team, Hero>(engine());
        co_yield {};
    });
    add_routes(app);
    return app.run(argc, argv);
}
#endif
