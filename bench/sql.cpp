// The work of sql.hpp with fastapi.hpp's tables and sessions.
#include "fastapi.hpp"
#include "sql.hpp"

namespace {

using namespace fastapi;

struct Hero {
    static constexpr auto table = "heroes";
    Field<std::optional<std::int64_t>, PrimaryKey> id;
    std::string name;
    std::string secret_name;
    std::optional<int> age;
    double score;
};

std::uint64_t sum_of(const Hero& hero) { return bench::sum_of(*hero.id.value(), hero.name, hero.secret_name, hero.age, hero.score); }

struct Ours {
    Engine engine;
    explicit Ours(std::string_view url) : engine(url) { create_all<Hero>(engine); }

    [[gnu::hot]] std::uint64_t insert(int rows) {
        std::uint64_t sum = 0;
        Session session(engine);
        for (int i = 1; i <= rows; ++i) {
            Hero hero{.id = {}, .name = bench::hero_name(i), .secret_name = bench::hero_secret(i), .age = bench::hero_age(i), .score = bench::hero_score(i)};
            session.add(hero);
            sum += sum_of(hero);
        }
        session.commit();
        return sum;
    }
    [[gnu::hot]] std::uint64_t get(int rows) {
        std::uint64_t sum = 0;
        Session session(engine);
        for (int i = 1; i <= rows; ++i) sum += sum_of(*session.get<Hero>(i));
        return sum;
    }
    [[gnu::hot]] std::uint64_t pages(int rows) {
        std::uint64_t sum = 0;
        Session session(engine);
        for (int i = 0; i < rows; i += bench::page_size)
            for (const Hero& hero : session.exec(select<Hero>().where(col<&Hero::id> > i).order_by(col<&Hero::id>).limit(bench::page_size)).all()) sum += sum_of(hero);
        return sum;
    }
    [[gnu::hot]] std::uint64_t update(int rows) {
        std::uint64_t sum = 0;
        Session session(engine);
        for (int i = 1; i <= rows; ++i) {
            Hero hero = session.get<Hero>(i).value();
            hero.age = hero.age.value_or(0) + 1;
            session.add(hero);
            sum += sum_of(hero);
        }
        session.commit();
        return sum;
    }
};

} // namespace

int main(int argc, char** argv) { return bench::run<Ours>(argc, argv); }
