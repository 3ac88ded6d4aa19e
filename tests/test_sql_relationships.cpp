// SQL: relationships: loaded with a fixed number of statements, written with the objects that have them, refused when they were not loaded.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "fastapi/fastapi.hpp"

using namespace fastapi;

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" // what the database gives is left out

namespace sql_relationships_test {

struct Hero;
struct Power;
struct City {
    static constexpr auto table = "cities";
    Field<std::optional<int>, PrimaryKey> id;
    std::string name;
};
struct Team {
    static constexpr auto table = "teams";
    Field<std::optional<int>, PrimaryKey> id;
    std::string name;
    Field<int, ForeignKey("cities.id")> city_id;
    Relationship<City> city;
    Relationship<std::vector<Hero>> heroes;
};
struct HeroPower {
    static constexpr auto table = "hero_powers";
    Field<int, PrimaryKey, ForeignKey("heroes.id", OnDelete::cascade)> hero_id;
    Field<int, PrimaryKey, ForeignKey("powers.id")> power_id;
};
struct Hero {
    static constexpr auto table = "heroes";
    Field<std::optional<int>, PrimaryKey> id;
    std::string name;
    Field<std::optional<int>, ForeignKey("teams.id")> team_id;
    Relationship<std::optional<Team>> team;
    Relationship<std::vector<Power>, LinkModel<HeroPower>> powers;
};
struct Power {
    static constexpr auto table = "powers";
    Field<std::optional<int>, PrimaryKey> id;
    std::string name;
    Relationship<std::vector<Hero>, LinkModel<HeroPower>> heroes;
};
struct Follow {
    static constexpr auto table = "follows";
    Field<int, PrimaryKey, ForeignKey("nodes.id")> follower_id;
    Field<int, PrimaryKey, ForeignKey("nodes.id")> followed_id;
};
struct Node { // refers to itself, in three ways
    static constexpr auto table = "nodes";
    Field<std::optional<int>, PrimaryKey> id;
    std::string name;
    Field<std::optional<int>, ForeignKey("nodes.id")> parent_id;
    Field<std::optional<int>, ForeignKey("nodes.id")> friend_id;
    Relationship<std::optional<Node>, ForeignKeys("parent_id")> parent;
    Relationship<std::vector<Node>, ForeignKeys("parent_id")> children;
    Relationship<std::optional<Node>, ForeignKeys("friend_id")> best_friend;
    Relationship<std::vector<Node>, LinkModel<Follow>, ForeignKeys("follower_id", "followed_id")> follows;
    Relationship<std::vector<Node>, LinkModel<Follow>, ForeignKeys("followed_id", "follower_id")> followers;
};
struct Profile;
struct User {
    static constexpr auto table = "users";
    Field<std::string, PrimaryKey> name;
    Relationship<std::optional<Profile>> profile;
};
struct Profile {
    static constexpr auto table = "profiles";
    Field<std::optional<int>, PrimaryKey> id;
    Field<std::string, Unique, ForeignKey("users.name")> user_name;
    std::string text;
    Relationship<User> user;
};

struct Database {
    Engine engine{"sqlite:///:memory:"};
    Database() { create_all<City, Team, Hero, Power, HeroPower, Node, Follow, User, Profile>(engine); }
};

// Two cities, three teams, of which the second has no heroes, five heroes, of whom the last has no team.
void fill(Session& session) {
    City paris{{}, "Paris"};
    City rome{{}, "Rome"};
    session.add(paris);
    session.add(rome);
    std::vector<Team> teams{{{}, "A", *paris.id.value()}, {{}, "B", *rome.id.value()}, {{}, "C", *rome.id.value()}};
    session.add_all(teams);
    int at = 0;
    for (const char* name : {"one", "two", "three", "four"}) session.add(Hero{{}, name, teams[at++ % 2 ? 2 : 0].id});
    session.add(Hero{{}, "five"});
}

TEST_CASE("sql relationships: what was not loaded is an error that says how it is") {
    Database database;
    Session session(database.engine);
    fill(session);
    Hero hero = *session.get<Hero>(1);
    CHECK_FALSE(hero.team.is_loaded());
    CHECK_THROWS_WITH_AS((void)*hero.team, doctest::Contains("this relationship to Team was not loaded"), std::logic_error);
    CHECK_THROWS_AS((void)hero.team->name, std::logic_error);
    session.load<&Hero::team>(hero);
    CHECK(hero.team->name == "A");
    CHECK_FALSE(hero.team->city.is_loaded());
    Hero alone = *session.get<Hero>(5);
    session.load<&Hero::team>(alone);
    CHECK(alone.team.is_loaded());
    CHECK_FALSE(*alone.team);
}

TEST_CASE("sql relationships: a list costs a fixed number of statements") {
    Database database;
    Session session(database.engine);
    fill(session);
    auto counted = [&](const auto& what) {
        auto before = database.engine.statement_count();
        auto found = what();
        CHECK(database.engine.statement_count() - before == 2);
        return found;
    };
    auto teams = counted([&] { return session.exec(select<Team>().options(selectinload<&Team::heroes>).order_by(col<&Team::id>)).all(); });
    REQUIRE(teams.size() == 3);
    REQUIRE(teams[0].heroes->size() == 2);
    CHECK((*teams[0].heroes)[0].name == "one");
    CHECK((*teams[0].heroes)[1].name == "three");
    CHECK(teams[1].heroes->empty());
    CHECK((*teams[2].heroes)[1].name == "four");

    auto heroes = counted([&] { return session.exec(select<Hero>().options(selectinload<&Hero::team>).order_by(col<&Hero::id>)).all(); });
    CHECK(heroes[0].team->name == "A");
    CHECK(heroes[2].team->name == "A"); // one row, for two objects
    CHECK_FALSE(heroes[4].team.value().has_value());

    auto before = database.engine.statement_count();
    heroes = session.exec(select<Hero>().options(joinedload<&Hero::team, &Team::city>).where(col<&Hero::name> != "two").order_by(desc(col<&Hero::id>))).all();
    CHECK(database.engine.statement_count() - before == 1);
    REQUIRE(heroes.size() == 4);
    CHECK_FALSE(heroes[0].team.value().has_value());
    CHECK(heroes[1].team->city->name == "Rome");
    CHECK(heroes[3].team->city->name == "Paris");
    // joined beside the same table in the query itself, and counted without it
    auto query = select<Hero>().options(joinedload<&Hero::team>).join<Team>().where(col<&Team::name> == "C").order_by(col<&Hero::id>).limit(1);
    CHECK(session.count(query) == 2);
    CHECK(session.exec(query).one().team->name == "C");

    before = database.engine.statement_count();
    std::string names;
    for (Team& team : session.exec(select<Team>().options(selectinload<&Team::heroes, &Hero::team>, joinedload<&Team::city>).order_by(col<&Team::id>)))
        for (Hero& hero : *team.heroes) names += hero.name + hero.team->name + team.city->name + " ";
    CHECK(names == "oneAParis threeAParis twoCRome fourCRome ");
    CHECK(database.engine.statement_count() - before == 3);

    auto first = session.exec(select<Team>().options(selectinload<&Team::heroes>).where(col<&Team::name> == "C")).first();
    CHECK(first->heroes->size() == 2);
    CHECK(session.exec(select<Team>().options(selectinload<&Team::heroes>).where(col<&Team::name> == "C")).one().heroes->size() == 2);
    CHECK_FALSE(session.exec(select<Team>().options(selectinload<&Team::heroes>).where(col<&Team::name> == "no")).one_or_none());
    CHECK(session.exec(select<Team>().options(selectinload<&Team::heroes>).where(col<&Team::name> == "no")).all().empty());
}

TEST_CASE("sql relationships: thousands of rows are loaded in portions") {
    Database database;
    Session session(database.engine);
    City city{{}, "Rome"};
    session.add(city);
    for (int i = 0; i != 1203; ++i) {
        Team team{{}, std::to_string(i), *city.id.value()};
        session.add(team);
        session.add(Hero{{}, "hero of " + team.name, team.id});
    }
    auto before = database.engine.statement_count();
    auto teams = session.exec(select<Team>().options(selectinload<&Team::heroes>)).all();
    CHECK(database.engine.statement_count() - before == 4); // 500, 500, 203
    for (Team& team : teams) CHECK((*team.heroes)[0].name == "hero of " + team.name);
    int seen = 0;
    for (Team& team : session.exec(select<Team>().options(selectinload<&Team::heroes>))) seen += static_cast<int>(team.heroes->size());
    CHECK(seen == 1203);
}

TEST_CASE("sql relationships: many to many") {
    Database database;
    Session session(database.engine);
    fill(session);
    Power fly{{}, "fly"};
    Hero hero = *session.get<Hero>(1);
    hero.powers = std::vector<Power>{{{}, "swim"}, {{}, "run"}};
    session.add(hero); // the powers and the links
    CHECK(hero.powers->front().id.value().has_value());
    hero.powers->push_back(fly);
    session.add(hero);
    session.add(hero); // nothing more
    Hero other = *session.get<Hero>(2);
    other.powers = std::vector<Power>{(*hero.powers)[0]};
    session.add(other);
    CHECK(session.count(select<Power>()) == 3);
    CHECK(session.count(select<HeroPower>()) == 4);

    auto heroes = session.exec(select<Hero>().options(selectinload<&Hero::powers, &Power::heroes>).order_by(col<&Hero::id>)).all();
    REQUIRE(heroes[0].powers->size() == 3);
    CHECK((*heroes[0].powers)[0].name == "swim");
    REQUIRE((*heroes[0].powers)[0].heroes->size() == 2);
    CHECK((*(*heroes[0].powers)[0].heroes)[1].name == "two");
    CHECK(heroes[1].powers->size() == 1);
    CHECK(heroes[2].powers->empty());
}

TEST_CASE("sql relationships: a table that refers to itself, and one to one") {
    Database database;
    Session session(database.engine);
    Node root{{}, "root"};
    root.children = {Node{{}, "left"}, Node{{}, "right"}};
    root.children->front().children = std::vector<Node>{{{}, "leaf"}};
    session.add(root);
    Node left = root.children->front();
    Node right = (*root.children)[1];
    CHECK(left.parent_id.value() == root.id.value());
    right.best_friend = left;
    right.follows = {left, root};
    session.add(right);
    auto nodes = session
                     .exec(select<Node>()
                               .options(joinedload<&Node::parent, &Node::parent>, selectinload<&Node::children, &Node::children>, selectinload<&Node::followers>,
                                        selectinload<&Node::follows>, joinedload<&Node::best_friend>)
                               .order_by(col<&Node::name>))
                     .all();
    REQUIRE(nodes.size() == 4); // leaf, left, right, root
    CHECK(nodes[0].parent->parent->name == "root");
    CHECK(nodes[0].children->empty());
    CHECK(nodes[1].children->front().name == "leaf");
    CHECK(nodes[2].best_friend->name == "left");
    CHECK(nodes[2].follows->size() == 2);
    CHECK(nodes[2].followers->empty());
    CHECK(nodes[3].followers->front().name == "right");
    CHECK(nodes[3].children->front().children->front().name == "leaf");
    CHECK_FALSE(nodes[3].parent.value().has_value());

    User user{"Ann"};
    user.profile = Profile{{}, {}, "hello"};
    session.add(user);
    session.add(User{"Bob"});
    auto users = session.exec(select<User>().options(selectinload<&User::profile, &Profile::user>).order_by(col<&User::name>)).all();
    CHECK(users[0].profile->text == "hello");
    CHECK(users[0].profile->user->name.value() == "Ann");
    CHECK_FALSE(users[1].profile.value().has_value());
}

TEST_CASE("sql relationships: what is written with an object") {
    Database database;
    Session session(database.engine);
    fill(session);
    Hero hero{{}, "six"};
    hero.team = Team{{}, "D", 1};
    session.add(hero);
    REQUIRE(hero.team_id.value().has_value());
    CHECK(hero.team_id.value() == hero.team->id.value());
    hero.team->name = "E";
    session.add(hero); // what is loaded is a copy, and is written when it is added itself
    CHECK(session.get<Team>(*hero.team_id.value())->name == "D");
    session.add(**hero.team);
    CHECK(session.get<Team>(*hero.team_id.value())->name == "E");
    auto before = database.engine.statement_count();
    session.add(hero); // nothing has changed
    CHECK(database.engine.statement_count() == before);
    hero.team_id = 1; // the member says where it belongs, when the relationship was not assigned
    session.add(hero);
    CHECK(session.get<Hero>(*hero.id.value())->team_id.value() == 1);
    hero.team = std::nullopt;
    session.add(hero);
    CHECK_FALSE(session.get<Hero>(*hero.id.value())->team_id.value().has_value());

    Team team = *session.get<Team>(2);
    Hero moved = *session.get<Hero>(1);
    team.heroes = {moved};
    CHECK_THROWS_WITH_AS(session.add(team), doctest::Contains("says that it belongs to another one"), std::logic_error);
    team.heroes->front().team_id = team.id;
    session.add(team);
    CHECK(session.get<Hero>(1)->team_id.value() == 2);

    session.refresh(team); // not loaded any more
    CHECK_FALSE(team.heroes.is_loaded());
    Team copy = team;
    copy.heroes = std::vector<Hero>{};
    team = copy;
    CHECK(team.heroes->empty());

    Profile profile{{}, {}, "text"};
    CHECK_THROWS_AS(session.load<&Profile::user>(profile), DataError); // there must be one
}

struct HeroPublic {
    int id;
    std::string name;
};
struct CityPublic {
    std::string name;
};
struct TeamPublic {
    int id;
    std::string name;
    CityPublic city;
    std::vector<HeroPublic> heroes;
};
struct TeamWithCity {
    std::string name;
    CityPublic city;
};
struct HeroPublicWithTeam {
    std::string name;
    std::optional<TeamWithCity> team = std::nullopt;
};
struct HeroCreate {
    std::string name;
    std::optional<int> team_id = std::nullopt;
};
struct TeamCreate {
    std::string name;
    int city_id;
    std::vector<HeroCreate> heroes;
};

TEST_CASE("sql relationships: models of what comes in and goes out") {
    Database database;
    {
        Session session(database.engine);
        fill(session);
        session.commit();
    }
    static Engine* engine = nullptr;
    engine = &database.engine;
    FastAPI app;
    app.get("/teams", [] {
        Session session(*engine);
        std::vector<TeamPublic> found;
        for (const Team& team : session.exec(select<Team>().options(selectinload<&Team::heroes>, joinedload<&Team::city>).order_by(col<&Team::id>)))
            found.push_back(model_cast<TeamPublic>(team));
        return found;
    });
    app.get("/unloaded", [] {
        Session session(*engine);
        return model_cast<TeamPublic>(*session.get<Team>(1));
    });
    app.post("/teams", [](TeamCreate given) {
        Session session(*engine);
        Team team = model_cast<Team>(given);
        session.add(team);
        session.load<&Team::city>(team);
        session.commit();
        return model_cast<TeamPublic>(team);
    });
    app.get("/plain", [] {
        Session session(*engine);
        return session.exec(select<Team>().options(selectinload<&Team::heroes>)).all();
    });
    app.get("/model", [] {
        Session session(*engine);
        return session.exec(select<Team>().options(selectinload<&Team::heroes>, joinedload<&Team::city>).order_by(col<&Team::id>)).all();
    }, {.response_model = response_model<std::vector<TeamPublic>>});
    app.get("/optional", [] { return *Session(*engine).get<Hero>(1); }, {.response_model = response_model<HeroPublicWithTeam>});
    app.get("/loaded", [] {
        Session session(*engine);
        Hero hero = *session.get<Hero>(1);
        session.load<&Hero::team, &Team::city>(hero);
        return hero;
    }, {.response_model = response_model<HeroPublicWithTeam>});
    TestClient client{app, {.raise_server_exceptions = false}};
    json teams = client.get("/teams").json();
    CHECK(teams[0] == json{{"id", 1}, {"name", "A"}, {"city", {{"name", "Paris"}}}, {"heroes", {{{"id", 1}, {"name", "one"}}, {{"id", 3}, {"name", "three"}}}}});
    CHECK(client.get("/unloaded").status_code == 500);
    CHECK(client.post("/teams", {.json = json{{"name", "New"}, {"city_id", 2}, {"heroes", {{{"name", "x"}}, {{"name", "y"}}}}}}).json() ==
          json{{"id", 4}, {"name", "New"}, {"city", {{"name", "Rome"}}}, {"heroes", {{{"id", 6}, {"name", "x"}}, {{"id", 7}, {"name", "y"}}}}});
    CHECK(client.get("/plain").json()[0] == json{{"id", 1}, {"name", "A"}, {"city_id", 1}}); // a relationship is no field
    json by_model = client.get("/model").json();
    CHECK(by_model[0] == teams[0]);
    CHECK(by_model[1] == json{{"id", 2}, {"name", "B"}, {"city", {{"name", "Rome"}}}, {"heroes", json::array()}});
    CHECK(client.get("/optional").status_code == 500); // never null for what was not loaded
    CHECK(client.get("/loaded").json() == json{{"name", "one"}, {"team", {{"name", "A"}, {"city", {{"name", "Paris"}}}}}});
    CHECK(client.get("/openapi.json").json()["components"]["schemas"]["Team"]["properties"].size() == 3);
}

Engine crud_engine{"sqlite:///:memory:"};
struct PowerOfHero {
    std::string name;
};
struct HeroOfTeam {
    int id;
    std::string name;
    std::vector<PowerOfHero> powers;
};
struct CityOfTeam {
    std::string name;
};
struct TeamDetail {
    int id;
    std::string name;
    CityOfTeam city;
    std::vector<HeroOfTeam> heroes;
};
struct PlainTeam {
    std::string name;
    int city_id;
};
struct TeamChanges {
    Field<std::optional<std::string>> name;
    Field<std::optional<int>> city_id;
};

TEST_CASE("sql relationships: crud_router loads those that its public model has members for") {
    create_all<City, Team, Hero, Power, HeroPower>(crud_engine);
    {
        Session session(crud_engine);
        fill(session);
        Hero hero = *session.get<Hero>(1);
        hero.powers = std::vector<Power>{{{}, "swim"}, {{}, "run"}};
        session.add(hero);
        session.commit();
    }
    FastAPI app;
    app.include_router(crud_router<crud_engine, Team, PlainTeam, TeamChanges, TeamDetail>("/teams"));
    TestClient client{app};
    json one{{"id", 1}, {"name", "one"}, {"powers", {{{"name", "swim"}}, {{"name", "run"}}}}};
    json three{{"id", 3}, {"name", "three"}, {"powers", json::array()}};
    json first{{"id", 1}, {"name", "A"}, {"city", {{"name", "Paris"}}}, {"heroes", {one, three}}};
    auto before = crud_engine.statement_count();
    json page = client.get("/teams").json();
    CHECK(crud_engine.statement_count() - before <= 7); // the page, its total, cities, heroes, powers; a transaction begins and ends
    CHECK(page["items"].size() == 3);
    CHECK(page["items"][0] == first);
    CHECK(page["items"][1]["heroes"] == json::array());
    CHECK(client.get("/teams/1").json() == first);
    CHECK(client.post("/teams", {.json = json{{"name", "D"}, {"city_id", 2}}}).json() ==
          json{{"id", 4}, {"name", "D"}, {"city", {{"name", "Rome"}}}, {"heroes", json::array()}});
    first["city"]["name"] = "Rome";
    CHECK(client.patch("/teams/1", {.json = json{{"city_id", 2}}}).json() == first);
    CHECK(client.get("/teams?page=9").json()["items"] == json::array());
}

// A team's heroes have a team, which has heroes: what was seen on the way is not loaded again.
struct NodeLine {
    std::string name;
    std::vector<NodeLine> children;
};
struct NodeCreate {
    std::string name;
    std::optional<int> parent_id;
    std::optional<int> friend_id;
};
Engine node_engine{"sqlite:///:memory:"};

TEST_CASE("sql relationships: crud_router stops where a public model comes again") {
    create_all<Node, Follow>(node_engine);
    FastAPI app;
    app.include_router(crud_router<node_engine, Node, NodeCreate, NodeCreate, NodeLine>("/nodes"));
    TestClient client{app, {.raise_server_exceptions = false}};
    CHECK(client.post("/nodes", {.json = json{{"name", "root"}}}).json() == json{{"name", "root"}, {"children", json::array()}});
    // the child's children were not loaded, and nothing stands for that
    client.post("/nodes", {.json = json{{"name", "leaf"}, {"parent_id", 1}}});
    CHECK(client.get("/nodes/1").status_code == 500);
}

struct Lost {
    static constexpr auto table = "lost";
    Field<std::optional<int>, PrimaryKey> id;
    Relationship<std::vector<City>> cities;
    Relationship<std::optional<Node>> node;
};

TEST_CASE("sql relationships: what joins no tables is said") {
    Database database;
    create_all<Lost>(database.engine);
    Session session(database.engine);
    Lost lost;
    session.add(lost);
    CHECK_THROWS_WITH_AS(session.load<&Lost::cities>(lost), "fastapi: the relationship Lost.cities to City: no foreign key of cities leads to lost", std::logic_error);
    CHECK(session.scalar(select(func::count()).select_from<Lost>()) == 1);
}

} // namespace sql_relationships_test
