// Ports of FastAPI's applications with a database.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;

namespace {

std::unique_ptr<Engine> engine; // a new one for each test

Generator<Session&> get_session() {
    Session session(*engine);
    co_yield session;
}
using HeroSession = Depends<get_session>;

using Offset = Query<int, "offset", Default(0)>;
using Limit = Query<int, "limit", Default(100), Le(100)>;

template <class Hero>
Hero found_or_404(Session& session, int hero_id) {
    auto hero = session.get<Hero>(hero_id);
    if (!hero) throw HTTPException(404, "Hero not found");
    return *hero;
}

namespace tutorial001 {
struct Hero {
    static constexpr auto table = "hero";
    Field<optional<int>, PrimaryKey> id;
    Field<string, Index> name;
    Field<optional<int>, Index> age;
    string secret_name;
};
Hero create_hero(Hero hero, HeroSession session) {
    session->add(hero);
    session->commit();
    session->refresh(hero);
    return hero;
}
std::vector<Hero> read_heroes(HeroSession session, Offset offset, Limit limit) {
    return session->exec(select<Hero>().offset(*offset).limit(*limit)).all();
}
Hero read_hero(int hero_id, HeroSession session) { return found_or_404<Hero>(*session, hero_id); }
json delete_hero(int hero_id, HeroSession session) {
    session->delete_(found_or_404<Hero>(*session, hero_id));
    session->commit();
    return {{"ok", true}};
}
void setup(FastAPI& app) {
    engine = std::make_unique<Engine>("sqlite:///:memory:");
    create_all<Hero>(*engine);
    app.post<create_hero>("/heroes/");
    app.get<read_heroes>("/heroes/");
    app.get<read_hero>("/heroes/{hero_id}");
    app.delete_<delete_hero>("/heroes/{hero_id}");
}
} // namespace tutorial001

namespace tutorial002 {
struct HeroBase {
    Field<string, Index> name;
    Field<optional<int>, Index> age;
};
struct Hero {
    static constexpr auto table = "hero";
    Flatten<HeroBase> base;
    Field<optional<int>, PrimaryKey> id;
    string secret_name;
};
struct HeroPublic {
    Flatten<HeroBase> base;
    int id;
};
struct HeroCreate {
    Flatten<HeroBase> base;
    string secret_name;
};
struct HeroUpdate {
    Field<optional<string>> name;
    Field<optional<int>> age;
    Field<optional<string>> secret_name;
};
HeroPublic create_hero(HeroCreate hero, HeroSession session) {
    Hero stored = model_cast<Hero>(hero);
    session->add(stored);
    session->commit();
    session->refresh(stored);
    return model_cast<HeroPublic>(stored);
}
std::vector<HeroPublic> read_heroes(HeroSession session, Offset offset, Limit limit) {
    std::vector<HeroPublic> heroes;
    for (const Hero& hero : session->exec(select<Hero>().offset(*offset).limit(*limit))) heroes.push_back(model_cast<HeroPublic>(hero));
    return heroes;
}
HeroPublic read_hero(int hero_id, HeroSession session) { return model_cast<HeroPublic>(found_or_404<Hero>(*session, hero_id)); }
HeroPublic update_hero(int hero_id, HeroUpdate hero, HeroSession session) {
    Hero stored = model_copy(found_or_404<Hero>(*session, hero_id), {.update = model_dump(hero, {.exclude_unset = true})});
    session->add(stored);
    session->commit();
    session->refresh(stored);
    return model_cast<HeroPublic>(stored);
}
json delete_hero(int hero_id, HeroSession session) {
    session->delete_(found_or_404<Hero>(*session, hero_id));
    session->commit();
    return {{"ok", true}};
}
void setup(FastAPI& app) {
    engine = std::make_unique<Engine>("sqlite:///:memory:");
    create_all<Hero>(*engine);
    app.post<create_hero>("/heroes/");
    app.get<read_heroes>("/heroes/");
    app.get<read_hero>("/heroes/{hero_id}");
    app.patch<update_hero>("/heroes/{hero_id}");
    app.delete_<delete_hero>("/heroes/{hero_id}");
}
bool empty_database(std::string_view) { return true; } // it is one already
} // namespace tutorial002

} // namespace

namespace conformance {
void add_docs_sql(Ports& ports) {
    ports.push_back({"docs/sql_databases/tutorial001", &tutorial001::setup});
    ports.push_back({"docs/sql_databases/tutorial002", &tutorial002::setup, nullptr, &tutorial002::empty_database});
}
} // namespace conformance
