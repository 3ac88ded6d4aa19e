// SQL: tables, sessions, queries, engines.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "fastapi/fastapi.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" // what the database gives is left out

namespace sql_test {

struct Team {
    static constexpr auto table = "teams";
    Field<std::optional<int>, PrimaryKey> id;
    Field<std::string, Unique> name;
};
struct Hero {
    static constexpr auto table = "heroes";
    Field<std::optional<int>, PrimaryKey> id;
    Field<std::string, Index, MinLength(1)> name;
    std::string secret_name;
    Field<std::optional<int>, Index, Ge(0)> age;
    Field<std::optional<int>, ForeignKey("teams.id", OnDelete::cascade)> team_id;
};
struct Link {
    static constexpr auto table = "links";
    Field<int, PrimaryKey> left;
    Field<std::string, PrimaryKey> right;
    int weight;
    static constexpr auto table_args = TableArgs(UniqueConstraint("weight", "right"), IndexConstraint("weight", "left"), CheckConstraint("weight < 1000"));
};
struct Base {
    Field<std::string, Index> name;
    std::optional<int> age;
};
struct Derived {
    static constexpr auto table = "derived rows"; // a name that must be quoted
    Flatten<Base> base;
    Field<UUID, PrimaryKey> id;
};
enum class Color { red, green };
struct Inner {
    int x;
    std::vector<std::string> names;
};
struct Everything {
    static constexpr auto table = "everything";
    Field<std::optional<std::int64_t>, PrimaryKey> id;
    bool flag;
    std::int8_t small;
    std::uint16_t unsigned_small;
    std::int64_t large;
    float narrow;
    double wide;
    std::string text;
    Color color;
    date day;
    time_of_day hour;
    datetime naive;
    std::optional<datetime> aware;
    timedelta length;
    Decimal price;
    UUID uuid;
    Bytes bytes;
    SecretStr secret;
    Inner inner;
    std::vector<int> numbers;
    std::map<std::string, int> table_of_numbers;
    json anything;
    std::optional<std::string> maybe;
    IPv4Address address;
};

struct Database {
    Engine engine{"sqlite:///:memory:"};
    Database() { create_all<Team, Hero, Link, Derived, Everything>(engine); }
};
struct File {
    std::string path = (std::filesystem::temp_directory_path() / ("fastapi-sql-" + std::to_string(::getpid()) + ".db")).string();
    File() { remove(); }
    ~File() { remove(); }
    void remove() const {
        for (const char* end : {"", "-wal", "-shm", "-journal"}) std::remove((path + end).c_str());
    }
    [[nodiscard]] std::string url(const std::string& options = "") const { return "sqlite:///" + path + options; }
};

TEST_CASE("sql: a table's SQL") {
    CHECK(create_sql<Hero>() ==
          "CREATE TABLE \"heroes\" (\n\t\"id\" INTEGER NOT NULL,\n\t\"name\" VARCHAR NOT NULL CONSTRAINT \"ck_heroes_name\" CHECK (length(\"name\") >= 1),\n"
          "\t\"secret_name\" VARCHAR NOT NULL,\n\t\"age\" INTEGER CONSTRAINT \"ck_heroes_age\" CHECK (\"age\" >= 0),\n\t\"team_id\" INTEGER,\n\tPRIMARY KEY (\"id\"),\n"
          "\tFOREIGN KEY (\"team_id\") REFERENCES \"teams\" (\"id\") ON DELETE CASCADE\n);\n"
          "CREATE INDEX \"ix_heroes_name\" ON \"heroes\" (\"name\");\nCREATE INDEX \"ix_heroes_age\" ON \"heroes\" (\"age\");\n");
    CHECK(create_sql<Link>() ==
          "CREATE TABLE \"links\" (\n\t\"left\" INTEGER NOT NULL,\n\t\"right\" VARCHAR NOT NULL,\n\t\"weight\" INTEGER NOT NULL,\n"
          "\tPRIMARY KEY (\"left\", \"right\"),\n\tUNIQUE (\"weight\", \"right\"),\n\tCHECK (weight < 1000)\n);\n"
          "CREATE INDEX \"ix_links_weight_left\" ON \"links\" (\"weight\", \"left\");\n");
}

TEST_CASE("sql: values of every type come back as they were") {
    Database database;
    Session session(database.engine);
    Everything one{.flag = true, .small = -128, .unsigned_small = 65535, .large = INT64_MIN, .narrow = 0.1F, .wide = 1e300,
                   .text = std::string("\0'\"\n\xC3\xA4", 6), .color = Color::green, .day = "2024-02-29", .hour = "23:59:59.999999",
                   .naive = "2024-01-31T12:00:00", .aware = datetime("2024-01-31T12:00:00.5+02:00"), .length = timedelta(-90s),
                   .price = "1.50", .uuid = "6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab", .bytes = Bytes("\0\xFF\x80", 3), .secret = SecretStr("hush"),
                   .inner = {7, {"a", "b\""}}, .numbers = {1, 2}, .table_of_numbers = {{"k", 1}}, .anything = {{"n", nullptr}},
                   .maybe = std::nullopt, .address = "127.0.0.1"};
    session.add(one);
    session.commit();
    auto found = session.get<Everything>(*one.id);
    REQUIRE(found);
    CHECK(found->text == one.text);
    CHECK(found->small == -128);
    CHECK(found->unsigned_small == 65535);
    CHECK(found->large == INT64_MIN);
    CHECK(found->narrow == 0.1F);
    CHECK(found->wide == 1e300);
    CHECK(found->color == Color::green);
    CHECK(found->day == one.day);
    CHECK(found->hour == one.hour);
    CHECK(found->naive == one.naive);
    CHECK(found->naive.str() == "2024-01-31T12:00:00");
    CHECK(found->aware == one.aware);
    CHECK(found->aware->str() == "2024-01-31T10:00:00.500000Z");
    CHECK(found->length == one.length);
    CHECK(found->price.str() == "1.50");
    CHECK(found->uuid == one.uuid);
    CHECK(found->bytes == one.bytes);
    CHECK(found->secret.get_secret_value() == "hush");
    CHECK(found->inner.names == one.inner.names);
    CHECK(found->numbers == one.numbers);
    CHECK(found->table_of_numbers == one.table_of_numbers);
    CHECK(found->anything == one.anything);
    CHECK(!found->maybe);
    CHECK(found->address == one.address);
    // A decimal number is compared as such, a time by the instant.
    CHECK(session.exec(select<Everything>().where(col<&Everything::price> == Decimal("1.5"))).all().size() == 1);
    CHECK(session.exec(select<Everything>().where(col<&Everything::price> > 1)).all().size() == 1);
    CHECK(session.exec(select<Everything>().where(col<&Everything::price> > 10)).all().empty());
    CHECK(session.exec(select<Everything>().where(col<&Everything::aware> == datetime("2024-01-31T10:00:00.5Z"))).all().size() == 1);
    CHECK(session.exec(select<Everything>().where(col<&Everything::color> == Color::green, col<&Everything::flag> == true)).all().size() == 1);
    CHECK(session.exec(select<Everything>().where(col<&Everything::maybe> == std::nullopt)).all().size() == 1);
    CHECK(session.exec(select<Everything>().where(col<&Everything::maybe> != std::nullopt)).all().empty());
    CHECK(session.scalar(select(func::max(col<&Everything::day>))) == date("2024-02-29"));
    CHECK(session.exec(select(col<&Everything::flag>)).all() == std::vector<bool>{true});
    for (bool flag : session.exec(select(col<&Everything::flag>))) CHECK(flag);
}

TEST_CASE("sql: add, get, refresh, delete, and what was changed alone is written") {
    Database database;
    Session session(database.engine);
    Hero hero{.name = "Deadpond", .secret_name = "Dive Wilson", .age = 30};
    CHECK(!*hero.id);
    session.add(hero);
    CHECK(hero.id == 1);
    session.commit();
    CHECK(session.get<Hero>(1)->secret_name == "Dive Wilson");
    CHECK(!session.get<Hero>(2));
    CHECK_THROWS_AS((void)session.get<Hero>("1"), std::logic_error);
    CHECK_THROWS_AS((void)session.get<Hero>(1, 2), std::logic_error);
    session.commit();

    // Two sessions change different columns of one row: both changes stay.
    Hero mine = *session.get<Hero>(1);
    session.commit();
    {
        Session other(database.engine);
        Hero theirs = *other.get<Hero>(1);
        theirs.age = 31;
        other.add(theirs);
        other.commit();
    }
    mine.name = "Wade";
    session.add(mine);
    session.commit();
    Hero both = *session.get<Hero>(1);
    CHECK(both.name == "Wade");
    CHECK(both.age == 31);

    // Nothing changed: no statement.
    std::uint64_t before = database.engine.statement_count();
    session.add(both);
    CHECK(database.engine.statement_count() == before);

    session.refresh(mine);
    CHECK(mine.age == 31);
    Hero stale = both;
    session.delete_(both);
    session.commit();
    CHECK(!session.get<Hero>(1));
    stale.age = 5;
    CHECK_THROWS_AS(session.add(stale), StaleDataError);
    CHECK_THROWS_AS(session.refresh(stale), StaleDataError);
    CHECK_THROWS_AS(session.delete_(stale), StaleDataError);
    stale.id = std::nullopt; // a new row
    session.add(stale);
    session.commit();
    CHECK(session.exec(select<Hero>()).one().age == 5);

    Hero merged{.id = 77, .name = "M", .secret_name = "m"};
    session.merge(merged);
    Hero again{.id = 77, .name = "N", .secret_name = "m"};
    session.merge(again);
    session.commit();
    CHECK(session.get<Hero>(77)->name == "N");
    CHECK(session.exec(select<Hero>()).all().size() == 2);

    Link link{.left = 1, .right = "r", .weight = 5};
    session.add(link);
    link.weight = 6;
    session.add(link);
    session.commit();
    CHECK(session.get<Link>(1, "r")->weight == 6);

    Derived derived{.base = {{.name = "d", .age = 1}}, .id = UUID("6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab")};
    session.add(derived);
    CHECK(session.get<Derived>(UUID("6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab"))->base->name == "d");
    CHECK(session.exec(select<Derived>().where(col<&Base::name> == "d", col<&Base::age> > 0)).one().id == derived.id);
}

TEST_CASE("sql: constraints") {
    Database database;
    Session session(database.engine);
    using Constraint = IntegrityError::Constraint;
    auto broken = [&](auto object, Constraint constraint, const std::string& columns) {
        try {
            session.add(object);
            FAIL_CHECK("it was taken");
        } catch (const IntegrityError& error) {
            CHECK(error.constraint() == constraint);
            CHECK(error.columns() == columns);
            CHECK(std::string(error.what()).find("Preventers") == std::string::npos); // no values
        }
    };
    Team team{.name = "Preventers"};
    session.add(team);
    broken(Team{.name = "Preventers"}, Constraint::unique, "teams.name");
    broken(Team{.id = 1, .name = "x"}, Constraint::primary_key, "teams.id");
    broken(Hero{.name = "", .secret_name = "s"}, Constraint::check, "ck_heroes_name");
    broken(Hero{.name = "n", .secret_name = "s", .age = -1}, Constraint::check, "ck_heroes_age");
    broken(Hero{.name = "n", .secret_name = "s", .team_id = 99}, Constraint::foreign_key, "");
    broken(Link{.left = 1, .right = "a", .weight = 1000}, Constraint::check, "weight < 1000");
    session.add(Link{.left = 1, .right = "a", .weight = 1});
    broken(Link{.left = 2, .right = "a", .weight = 1}, Constraint::unique, "links.weight, links.right");
    // The session goes on, and what it did before stays.
    session.commit();
    CHECK(session.exec(select<Team>()).all().size() == 1);
    session.add(Hero{.name = "n", .secret_name = "s", .team_id = team.id});
    session.delete_(team);
    session.commit();
    CHECK(session.exec(select<Hero>()).all().empty()); // cascade
}

struct Parent {
    static constexpr auto table = "parents";
    Field<int, PrimaryKey> id;
};
struct Child {
    static constexpr auto table = "children";
    Field<int, PrimaryKey> id;
    Field<int, ForeignKey("parents.id", OnDelete::restrict)> parent_id;
};

TEST_CASE("sql: a row that others refer to, and ON DELETE RESTRICT") {
    Engine engine{"sqlite:///:memory:"};
    create_all<Parent, Child>(engine);
    Session session(engine);
    Parent parent{.id = 1};
    session.add(parent);
    session.add(Child{.id = 1, .parent_id = 1});
    try {
        session.delete_(parent);
        FAIL_CHECK("it went");
    } catch (const IntegrityError& error) {
        CHECK(error.constraint() == IntegrityError::Constraint::foreign_key);
        CHECK(error.columns().empty());
    }
}

TEST_CASE("sql: queries") {
    Database database;
    Session session(database.engine);
    Team first{.name = "first"};
    Team second{.name = "second"};
    session.add(first);
    session.add(second);
    int age = 10;
    for (const char* name : {"Ann", "Bob", "Cid", "Dan", "100%", "a_b"}) {
        Hero hero{.name = name, .secret_name = std::string("secret ") + name, .age = age == 30 ? std::optional<int>{} : age,
                  .team_id = age < 30 ? *first.id : age < 50 ? *second.id : std::optional<int>{}};
        age += 10;
        session.add(hero);
    }
    session.commit();
    auto names = [&](auto query) {
        std::string out;
        for (const Hero& hero : session.exec(query.order_by(col<&Hero::id>))) out += *hero.name + ",";
        return out;
    };
    CHECK(names(select<Hero>()) == "Ann,Bob,Cid,Dan,100%,a_b,");
    CHECK(names(select<Hero>().where(col<&Hero::age> > 15)) == "Bob,Dan,100%,a_b,");
    CHECK(names(select<Hero>().where(col<&Hero::age> > 15 && col<&Hero::age> <= 40)) == "Bob,Dan,");
    CHECK(names(select<Hero>().where(col<&Hero::age> > 15).where(col<&Hero::age> <= 40)) == "Bob,Dan,");
    CHECK(names(select<Hero>().where(or_(col<&Hero::name> == "Ann", col<&Hero::age> == 60))) == "Ann,a_b,");
    CHECK(names(select<Hero>().where(not_(col<&Hero::name> == "Ann"))) == "Bob,Cid,Dan,100%,a_b,");
    CHECK(names(select<Hero>().where(!(col<&Hero::age> > 15))) == "Ann,"); // NULL is neither
    std::optional<int> unknown; // so is the opposite
    CHECK(names(select<Hero>().where(col<&Hero::age> < unknown)) == "");
    CHECK(names(select<Hero>().where(!(!(col<&Hero::age> < unknown)))) == "");
    CHECK(names(select<Hero>().where(!(col<&Hero::age> < unknown && col<&Hero::name> == "Ann"))) == "Bob,Cid,Dan,100%,a_b,");
    CHECK(names(select<Hero>().where(col<&Hero::age>.is_null())) == "Cid,");
    CHECK(names(select<Hero>().where(col<&Hero::age>.is_not_null(), col<&Hero::age> != 10)) == "Bob,Dan,100%,a_b,");
    CHECK(names(select<Hero>().where(col<&Hero::name>.in({"Ann", "Dan", "none"}))) == "Ann,Dan,");
    CHECK(names(select<Hero>().where(col<&Hero::age>.in(std::vector<int>{}))) == "");
    CHECK(names(select<Hero>().where(col<&Hero::age>.not_in({10, 20}))) == "Dan,100%,a_b,");
    CHECK(names(select<Hero>().where(col<&Hero::age>.between(20, 40))) == "Bob,Dan,");
    CHECK(names(select<Hero>().where(col<&Hero::name>.like("_a%"))) == "Dan,");
    CHECK(names(select<Hero>().where(col<&Hero::name>.ilike("a%"))) == "Ann,a_b,");
    CHECK(names(select<Hero>().where(col<&Hero::name>.contains("%"))) == "100%,");
    CHECK(names(select<Hero>().where(col<&Hero::name>.contains("_"))) == "a_b,");
    CHECK(names(select<Hero>().where(col<&Hero::name>.startswith("a_"))) == "a_b,");
    CHECK(names(select<Hero>().where(col<&Hero::name>.endswith("n"))) == "Ann,Dan,");
    CHECK(names(select<Hero>().where(col<&Hero::age> * 2 + 5 == 45)) == "Bob,");
    CHECK(names(select<Hero>().where(col<&Hero::age> > 19.5).limit(1)) == "Bob,");
    CHECK(names(select<Hero>().limit(2).offset(1)) == "Bob,Cid,");
    CHECK(names(select<Hero>().offset(4)) == "100%,a_b,");
    CHECK(names(select<Hero>().where(func::lower(col<&Hero::name>) == "ann")) == "Ann,");
    CHECK(names(select<Hero>().where(func::length(col<&Hero::name>) == 4)) == "100%,");
    CHECK(names(select<Hero>().where(col<&Hero::age> == select(func::max(col<&Hero::age>)))) == "a_b,");
    CHECK(names(select<Hero>().where(col<&Hero::team_id>.in(select(col<&Team::id>).where(col<&Team::name> == "second")))) == "Cid,Dan,");
    CHECK(names(select<Hero>().join<Team>().where(col<&Team::name> == "first")) == "Ann,Bob,");
    CHECK(names(select<Hero>().join<Team>(col<&Hero::team_id> == col<&Team::id>).where(col<&Team::name> == "second")) == "Cid,Dan,");

    auto pairs = session.exec(select<Hero, std::optional<Team>>().left_join<Team>().order_by(col<&Hero::id>)).all();
    REQUIRE(pairs.size() == 6);
    CHECK(std::get<1>(pairs[0])->name == "first");
    CHECK(!std::get<1>(pairs[5]));
    auto counts = session.exec(select(col<&Team::name>, func::count(col<&Hero::id>), func::avg(col<&Hero::age>))
                                   .join<Hero>()
                                   .group_by(col<&Team::name>)
                                   .having(func::count() > 1)
                                   .order_by(desc(col<&Team::name>)))
                      .all();
    CHECK(counts == decltype(counts){{"second", 2, 40.0}, {"first", 2, 15.0}});
    CHECK(session.exec(select(col<&Hero::name>).order_by(asc(col<&Hero::name>)).limit(2)).all() == std::vector<std::string>{"100%", "Ann"});
    CHECK(session.exec(select(col<&Hero::team_id>).distinct().order_by(col<&Hero::team_id>)).all() ==
          std::vector<std::optional<int>>{std::nullopt, 1, 2});
    CHECK(session.scalar(select(func::count(col<&Hero::id>))) == 6);
    CHECK(session.scalar(select(func::sum(col<&Hero::age>))) == 10 + 20 + 40 + 50 + 60);
    CHECK(session.scalar(select(func::sum(col<&Hero::age>)).where(col<&Hero::name> == "none")) == std::nullopt);
    CHECK(session.exec(select<Hero>().where(col<&Hero::name> == "Bob")).one().age == 20);
    CHECK_THROWS_AS((void)session.exec(select<Hero>().where(col<&Hero::name> == "none")).one(), NoResultFound);
    CHECK_THROWS_AS((void)session.exec(select<Hero>()).one(), MultipleResultsFound);
    CHECK(!session.exec(select<Hero>().where(col<&Hero::name> == "none")).first());
    CHECK(!session.exec(select<Hero>().where(col<&Hero::name> == "none")).one_or_none());

    CHECK(session.exec(sql::update<Hero>().set(col<&Hero::age>, col<&Hero::age> + 1).set(col<&Hero::secret_name>, "?").where(col<&Hero::age> < 30)) == 2);
    CHECK(session.exec(sql::update<Hero>().set(col<&Hero::age>, std::nullopt).where(col<&Hero::age> == 60)) == 1);
    CHECK(session.exec(sql::delete_<Hero>().where(col<&Hero::age>.is_null())) == 2);
    session.rollback();
    CHECK(names(select<Hero>().where(col<&Hero::age>.is_null())) == "Cid,");
    CHECK_THROWS_AS(select<Hero>().limit(-1), std::invalid_argument);
}

TEST_CASE("sql: hostile texts are values and nothing else") {
    Database database;
    Session session(database.engine);
    const std::vector<std::string> hostile = {"'; DROP TABLE heroes; --", "\" OR 1=1 --", "%", "_", "\\", "'", "\"", "?", ":id", std::string("a\0b", 3),
                                              "\xFF\xFE", "${x}", "1); DELETE FROM heroes", std::string(100000, '\'')};
    for (const std::string& text : hostile) session.add(Hero{.name = text, .secret_name = text});
    session.commit();
    for (const std::string& text : hostile) {
        CHECK(session.exec(select<Hero>().where(col<&Hero::name> == text)).one().secret_name == text);
        CHECK(session.exec(select<Hero>().where(col<&Hero::name>.in({text}))).one().secret_name == text);
        if (text.find('\0') == std::string::npos && text.size() < 40000) // LIKE ends at a zero; its patterns have a limit
            CHECK(session.exec(select<Hero>().where(col<&Hero::name>.startswith(text), col<&Hero::name>.endswith(text))).all().size() >= 1);
        CHECK(session.exec(sql::update<Hero>().set(col<&Hero::secret_name>, "x" + text).where(col<&Hero::name> == text)) == 1);
    }
    CHECK(session.exec(select<Hero>()).all().size() == hostile.size());
}

TEST_CASE("sql: transactions") {
    Database database;
    {
        Session session(database.engine);
        session.add(Team{.name = "lost"});
    } // no commit
    Session session(database.engine);
    CHECK(session.exec(select<Team>()).all().empty());
    session.commit();
    Team team{.name = "kept"};
    session.add(team);
    {
        auto nested = session.begin_nested();
        session.add(Team{.name = "undone"});
    }
    {
        auto nested = session.begin_nested();
        session.add(Team{.name = "also kept"});
        nested.commit();
    }
    session.commit();
    CHECK(session.exec(select<Team>()).all().size() == 2);
    {
        auto nested = session.begin_nested();
        session.add(Team{.name = "undone with all"});
        session.rollback();
        auto another = session.begin_nested();
        session.add(Team{.name = "of another"});
        CHECK_THROWS_AS(nested.commit(), std::logic_error);
        another.commit();
        CHECK(session.exec(select<Team>()).all().size() == 3);
        session.rollback();
    }
    CHECK(session.exec(select<Team>()).all().size() == 2);
    session.commit();
    // What is read stays as it is until the transaction ends, whatever others write.
    File file;
    Engine engine(file.url());
    create_all<Team>(engine);
    Session reader(engine);
    CHECK(reader.exec(select<Team>()).all().empty());
    Session writer(engine);
    writer.add(Team{.name = "new"});
    writer.commit();
    CHECK(reader.exec(select<Team>()).all().empty());
    try {
        reader.add(Team{.name = "late"}); // it has not seen what is there
        FAIL_CHECK("it was taken");
    } catch (const OperationalError& error) {
        CHECK(error.reason() == OperationalError::Reason::busy);
    }
    reader.rollback();
    CHECK(reader.exec(select<Team>()).all().size() == 1);
    // A result is read while the session goes on.
    reader.rollback();
    int seen = 0;
    for (const Team& each : reader.exec(select<Team>())) {
        (void)each;
        ++seen;
        reader.commit();
    }
    CHECK(seen == 1);
}

TEST_CASE("sql: eight threads move money, and none is lost") {
    File file;
    for (const std::string& url : {file.url(), std::string("sqlite:///:memory:")}) {
        Engine engine(url);
        create_all<Team, Hero>(engine);
        {
            Session session(engine);
            for (int i = 0; i < 10; ++i) session.add(Hero{.name = "account", .secret_name = "", .age = 1000});
            session.commit();
        }
        std::atomic<int> failed{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&, t] {
                unsigned random = static_cast<unsigned>(t) * 7919U + 1;
                for (int i = 0; i < 40; ++i) {
                    random = random * 1103515245U + 12345U;
                    int from = static_cast<int>(random / 65536U % 10U) + 1;
                    int to = static_cast<int>(random / 655360U % 10U) + 1;
                    try {
                        Session session(engine, {.writes = true});
                        Hero a = *session.get<Hero>(from);
                        if (from == to || **a.age < 10) continue;
                        Hero b = *session.get<Hero>(to);
                        a.age = **a.age - 10;
                        b.age = **b.age + 10;
                        session.add(a);
                        session.add(b);
                        session.commit();
                    } catch (const std::exception&) {
                        ++failed;
                    }
                }
            });
        for (std::thread& thread : threads) thread.join();
        CHECK(failed == 0);
        Session session(engine);
        CHECK(session.scalar(select(func::sum(col<&Hero::age>))) == 10000);
    }
}

TEST_CASE("sql: what is wrong with a URL or a file is said") {
    CHECK_THROWS_WITH_AS(Engine("mysql://x"), "fastapi: Engine: \"mysql://x\" is no URL of a database: sqlite:///heroes.db, or sqlite:///:memory:",
                         std::invalid_argument);
    CHECK_THROWS_AS(Engine("sqlite://heroes.db"), std::invalid_argument);
    CHECK_THROWS_AS(Engine("sqlite:///heroes.db?timeout_ms=x"), std::invalid_argument);
    CHECK_THROWS_AS(Engine("sqlite:///heroes.db?unknown=1"), std::invalid_argument);
    CHECK_THROWS_AS(Engine("sqlite:///heroes.db?synchronous=maybe"), std::invalid_argument);
    using Reason = OperationalError::Reason;
    auto reason = [](const std::string& url) {
        try {
            Engine engine(url);
            create_all<Team>(engine);
            return std::optional<Reason>{};
        } catch (const OperationalError& error) {
            return std::optional<Reason>{error.reason()};
        }
    };
    CHECK(reason("sqlite:////no/such/folder/x.db") == Reason::cannot_open);
    File file;
    std::ofstream(file.path) << "this is no database, whatever its name says, and it is long enough for a header of one hundred bytes. "
                                "Twice: this is no database, whatever its name says.";
    CHECK(reason(file.url()) == Reason::corrupt);
    file.remove();
    CHECK(reason(file.url("?mode=rw")) == Reason::cannot_open);
    CHECK(!reason(file.url()));
    CHECK(!reason(file.url("?mode=ro"))); // the table is there already
    try {
        Engine engine(file.url("?mode=ro"));
        Session session(engine);
        CHECK(session.exec(select<Team>()).all().empty());
        session.commit();
        session.add(Team{.name = "x"});
        FAIL_CHECK("it was written");
    } catch (const OperationalError& error) {
        CHECK(error.reason() == Reason::read_only);
    }
    // A lock that does not go away.
    Engine engine(file.url("?timeout_ms=50"));
    Engine other(file.url("?timeout_ms=50"));
    Session holder(engine);
    holder.begin();
    for (Engine* which : {&engine, &other}) { // of this process' sessions, and as of another process
        Session session(*which);
        try {
            session.add(Team{.name = "x"});
            FAIL_CHECK("it was written");
        } catch (const OperationalError& error) {
            CHECK(error.reason() == Reason::busy);
        }
    }
    holder.commit();
    // No table, and what does not fit the member.
    Engine empty("sqlite:///:memory:");
    Session session(empty);
    CHECK_THROWS_AS((void)session.exec(select<Team>()), ProgrammingError);
    CHECK_THROWS_AS((void)session.get<Team>(1), ProgrammingError);
}

TEST_CASE("sql: insert, upsert, returning, text, unions, exists, other models") {
    Database database;
    Session session(database.engine);
    CHECK(session.exec(sql::insert<Team>().values({Team{.name = "a"}, Team{.name = "b"}})) == 2);
    CHECK(session.exec(sql::insert<Team>().values(Team{.name = "a"}).on_conflict_do_nothing()) == 0);
    CHECK_THROWS_AS(session.exec(sql::insert<Team>().values(Team{.name = "a"})), IntegrityError);
    CHECK_THROWS_AS(sql::insert<Team>().values({Team{.name = "c"}, Team{.id = 9, .name = "d"}}), std::invalid_argument);
    CHECK_THROWS_AS(session.exec(sql::insert<Team>()), std::logic_error);
    Link link{.left = 1, .right = "r", .weight = 1};
    auto upsert = [&] {
        return session.exec(sql::insert<Link>()
                                .values(link)
                                .on_conflict_do_update(col<&Link::left>, col<&Link::right>)
                                .set(col<&Link::weight>, col<&Link::weight> + sql::excluded<&Link::weight>)
                                .returning())
            .one();
    };
    CHECK(upsert().weight == 1);
    CHECK(upsert().weight == 2);
    CHECK(session.exec(sql::update<Team>().set(col<&Team::name>, "z").where(col<&Team::id> == 2).returning(col<&Team::name>)).all() ==
          std::vector<std::string>{"z"});
    CHECK(session.exec(sql::delete_<Team>().where(col<&Team::id> == 2).returning(col<&Team::id>, col<&Team::name>)).all() ==
          std::vector<std::tuple<std::optional<int>, std::string>>{{2, "z"}});
    // The change was made once, however much of what it returns is read.
    (void)session.exec(sql::insert<Team>().values(Team{.name = "once"}).returning());
    CHECK(session.count(select<Team>()) == 2);

    session.add(Hero{.name = "h", .secret_name = "s", .age = 5, .team_id = 1});
    CHECK(session.exec<std::tuple<int, std::string>>(sql::text("SELECT id, name FROM heroes WHERE age > :age OR name = :name").bind("age", 4).bind("name", "'")).all() ==
          std::vector<std::tuple<int, std::string>>{{1, "h"}});
    CHECK(session.exec<Hero>(sql::text("SELECT * FROM heroes")).one().secret_name == "s");
    CHECK(session.exec<std::optional<int>>(sql::text("SELECT NULL")).one() == std::nullopt);
    CHECK(session.execute(sql::text("UPDATE heroes SET age = :age").bind("age", std::optional<int>{})) == 1);
    CHECK_THROWS_AS((void)session.exec<int>(sql::text("SELECT 1").bind("x", 1)), ProgrammingError);
    CHECK_THROWS_AS((void)session.exec<int>(sql::text("SELECT 1; DROP TABLE heroes")), ProgrammingError);
    CHECK_THROWS_AS((void)session.exec<int>(sql::text("SELECT \"nothing\"")), ProgrammingError); // a name, and no text
    CHECK_THROWS_AS((void)session.exec<int>(sql::text("SELECT 'x'")).one(), DataError);

    auto names = [&](const auto& query) { return session.exec(query).all(); };
    CHECK(names(union_(select(col<&Team::name>), select(col<&Hero::name>)).order_by(desc(col<&Team::name>))) == std::vector<std::string>{"once", "h", "a"});
    CHECK(names(union_all(select(col<&Team::name>), select(col<&Team::name>)).limit(3)).size() == 3);
    CHECK(names(except_(select(col<&Team::name>), select(col<&Team::name>).where(col<&Team::name> == "a"))) == std::vector<std::string>{"once"});
    CHECK(names(union_all(select(col<&Team::name>).order_by(col<&Team::id>).limit(1), select(col<&Hero::name>))) == std::vector<std::string>{"a", "h"});
    CHECK(session.count(union_(select(col<&Team::name>), select(col<&Hero::name>))) == 3);
    auto with_heroes = sql::exists(select<Hero>().correlate<Team>().where(col<&Hero::team_id> == col<&Team::id>));
    CHECK(session.exec(select<Team>().where(with_heroes)).one().name == "a");
    CHECK(session.exec(select<Team>().where(!with_heroes)).one().name == "once");
    CHECK(session.exec(sql::update<Team>().set(col<&Team::name>, "A").where(with_heroes).returning(col<&Team::name>)).all() == std::vector<std::string>{"A"});
    CHECK(session.exec(sql::update<Team>().set(col<&Team::name>, "a").where(with_heroes)) == 1);
    {
        auto nested = session.begin_nested();
        CHECK(session.exec(sql::delete_<Team>().where(!with_heroes).returning(col<&Team::name>)).all() == std::vector<std::string>{"once"});
    }
    struct Public {
        std::string name;
        Field<std::optional<int>> age;
    };
    CHECK(model_dump_json(session.exec(select<Hero>().as<Public>()).all()) == R"([{"name":"h","age":null}])");
}

struct HeroUpdate {
    Field<std::optional<std::string>> name;
    Field<std::optional<int>> age;
};
struct HeroPublic {
    int id;
    std::string name;
    std::optional<int> age;
};
Engine crud_engine{"sqlite:///:memory:"};

TEST_CASE("sql: pages, cursors, the routes of a table") {
    drop_all<Team, Hero>(crud_engine);
    create_all<Team, Hero>(crud_engine);
    FastAPI app;
    app.include_router(crud_router<crud_engine, Hero, Hero, HeroUpdate, HeroPublic>("/heroes", {.tags = {"heroes"}}));
    app.get("/cursor", [](sql::PaginateByCursor wanted, SqlSession<crud_engine> session) {
        return sql::paginate_by<&Hero::id>(*session, select<Hero>().where(col<&Hero::age> < 100), *wanted);
    });
    app.get("/names", [](sql::PaginateByCursor wanted, SqlSession<crud_engine> session) { return sql::paginate_by<&Hero::name>(*session, select<Hero>(), *wanted); });
    TestClient client(app, {.raise_server_exceptions = false});
    auto post = [&](const json& body) { return client.post("/heroes", {.json = body}); };
    auto first = post({{"name", "Ann"}, {"secret_name", "s"}, {"age", 1}});
    CHECK(first.status_code == 201);
    CHECK(first.content == R"({"id":1,"name":"Ann","age":1})");
    CHECK(post({{"id", 1}, {"name", "Bob"}, {"secret_name", "s"}}).content == R"({"detail":"There is one with the same id already"})");
    CHECK(post({{"name", "Bob"}, {"secret_name", "s"}, {"team_id", 5}}).status_code == 409);
    CHECK(post({{"name", ""}}).status_code == 422);
    for (int i = 2; i <= 7; ++i) CHECK(post({{"name", "n" + std::to_string(i)}, {"secret_name", "s"}, {"age", i}}).status_code == 201);
    CHECK(client.get("/heroes?size=3&page=3").content == R"({"items":[{"id":7,"name":"n7","age":7}],"total":7,"page":3,"size":3,"pages":3})");
    CHECK(client.get("/heroes?page=9223372036854775807").json()["items"].empty());
    CHECK(client.get("/heroes?page=0&size=101").json()["detail"].size() == 2);
    CHECK(client.get("/heroes/2").content == R"({"id":2,"name":"n2","age":2})");
    CHECK(client.get("/heroes/99").content == R"({"detail":"Hero not found"})");
    CHECK(client.get("/heroes/x").status_code == 422);
    CHECK(client.patch("/heroes/2", {.json = json{{"age", nullptr}}}).content == R"({"id":2,"name":"n2","age":null})");
    CHECK(client.patch("/heroes/2", {.json = json::object()}).content == R"({"id":2,"name":"n2","age":null})");
    CHECK(client.patch("/heroes/2", {.json = json{{"name", nullptr}}}).status_code == 422);
    CHECK(client.patch("/heroes/2", {.json = json{{"age", -1}}}).status_code == 422);
    CHECK(client.patch("/heroes/99", {.json = json::object()}).status_code == 404);
    CHECK(client.delete_("/heroes/2").status_code == 204);
    CHECK(client.delete_("/heroes/2").status_code == 404);

    for (const std::string path : {"/cursor", "/names"}) {
        std::string seen;
        TestRequest request{.params = {{"size", "2"}}};
        for (int pages = 0; pages < 10; ++pages) {
            auto page = client.get(path, request).json();
            for (const json& hero : page["items"]) seen += std::to_string(hero["id"].get<int>());
            if (page["next"].is_null()) break;
            request.params = {{"size", "2"}, {"cursor", page["next"].get<std::string>()}};
        }
        CHECK(seen == "134567");
    }
    for (const char* bad : {"", "x", "aTE", "i1", "eHg=", "aTk5OTk5OTk5OTk5OTk5OTk5OTk5"})
        CHECK(client.get("/cursor", {.params = {{"cursor", bad}}}).status_code == 400);
    auto document = client.get("/openapi.json").json();
    CHECK(document["paths"]["/heroes"]["get"]["operationId"] == "read_heroes_heroes_get");
    CHECK(document["paths"]["/heroes/{id}"]["patch"]["summary"] == "Update Hero");
    CHECK(document["paths"]["/heroes/{id}"]["delete"]["responses"].contains("204"));
}

TEST_CASE("sql: migrations") {
    File file;
    Engine engine(file.url());
    using Migrations = std::vector<sql::Migration>;
    Migrations list = {{1, "teams", "CREATE TABLE teams (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR NOT NULL);", "DROP TABLE teams;"},
                       {2, "unique names", "CREATE UNIQUE INDEX names ON teams (name); INSERT INTO teams (name) VALUES ('first');", "DROP INDEX names;"}};
    auto failure = [&](const Migrations& migrations, sql::MigrateOptions options = {}) {
        try {
            sql::migrate(engine, migrations, options);
            return std::string("it was done");
        } catch (const sql::MigrationError& error) {
            return std::string(error.what());
        }
    };
    CHECK(sql::migration_number(engine) == 0);
    CHECK_THROWS_WITH_AS(sql::check_migrations(engine, list), "the database lacks 2 of the migrations, from 1, \"teams\", on: call sql::migrate(), or start the program with --migrate", sql::MigrationError);
    CHECK(sql::migrate(engine, list, {.dry_run = true}).size() == 2);
    CHECK(sql::migration_number(engine) == 0);
    CHECK(sql::migrate(engine, list) == std::vector<std::string>{list[0].up, list[1].up});
    CHECK(sql::migrate(engine, list).empty());
    sql::check_migrations(engine, list);
    CHECK(sql::diff<Team>(engine).empty());

    Migrations more = list;
    more.push_back({3, "wrong", "CREATE TABLE a (x); CREATE TABEL b (x);"});
    CHECK(failure(more).find("migration 3: near \"TABEL\"") == 0);
    more[2].up = "CREATE TABLE a (x); COMMIT;";
    CHECK(failure(more) == "migration 3 ends the transaction that it runs in: leave BEGIN and COMMIT out");
    more[2].up = "CREATE TABLE a (x REFERENCES teams (id)); INSERT INTO a VALUES (77);";
    CHECK(failure(more) == "the migrations leave rows of a that refer to nothing");
    {
        Session session(engine);
        CHECK(session.exec<std::string>(sql::text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")).all() ==
              std::vector<std::string>{"fastapi_migrations", "teams"});
        CHECK_THROWS_AS((void)session.exec<int>(sql::text("INSERT INTO heroes VALUES (1)")), ProgrammingError);
    }
    Migrations changed = list;
    changed[0].up += " ";
    CHECK(failure(changed).find("the migration 1, \"teams\", was changed after it was applied") == 0);
    CHECK(failure({list[0]}).find("the database is newer than this program") == 0);
    CHECK(failure({{2, "x", ""}}).find("migrations are numbered 1, 2") == 0);
    CHECK(failure(list, {.target = 5}) == "there is no migration 5");
    CHECK(sql::migrate(engine, list, {.target = 0}) == std::vector<std::string>{list[1].down, list[0].down});
    CHECK(sql::migration_number(engine) == 0);
    list[0].down = "";
    sql::migrate(engine, list, {.target = 1});
    CHECK(failure(list, {.target = 0}) == "there is no way back from migration 1, \"teams\"");

    Session(engine).execute(sql::text("PRAGMA user_version"));
    {
        Session session(engine);
        session.execute(sql::text("CREATE TABLE heroes (id INTEGER PRIMARY KEY, name TEXT, old INTEGER, age INTEGER)"));
        session.commit();
    }
    CHECK(sql::diff<Hero>(engine) ==
          "-- heroes.name is TEXT in the database, and VARCHAR in the model: the table is to be made anew\n"
          "-- heroes.name may be NULL in the database, and is never empty in the model: the table is to be made anew\n"
          "-- heroes.secret_name is never NULL: give the rows that are there a value by DEFAULT\n"
          "ALTER TABLE \"heroes\" ADD COLUMN \"secret_name\" VARCHAR NOT NULL DEFAULT …;\n"
          "ALTER TABLE \"heroes\" ADD COLUMN \"team_id\" INTEGER;\n"
          "-- heroes.old is no member of the model: ALTER TABLE \"heroes\" DROP COLUMN \"old\";\n"
          "CREATE INDEX \"ix_heroes_name\" ON \"heroes\" (\"name\");\nCREATE INDEX \"ix_heroes_age\" ON \"heroes\" (\"age\");\n");
}

TEST_CASE("sql: run() looks at the migrations before it serves") {
    File file;
    auto run = [](FastAPI& app, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"program", "--uds", "/a directory that is not there/socket"}); // what would serve ends with 1
        std::vector<char*> argv;
        for (std::string& one : arguments) argv.push_back(one.data());
        return app.run(static_cast<int>(argv.size()), argv.data());
    };
    auto columns = [&](Engine& engine) { return Session(engine).exec<std::int64_t>(sql::text("SELECT count(*) FROM pragma_table_info('teams')")).one(); };
    std::vector<sql::Migration> migrations{{1, "teams", "CREATE TABLE teams (id INTEGER PRIMARY KEY);", "DROP TABLE teams;"},
                                           {2, "names", "ALTER TABLE teams ADD COLUMN name TEXT;", "ALTER TABLE teams DROP COLUMN name;"}};
    Engine engine{file.url()};
    FastAPI plain;
    CHECK(run(plain, {"--migrate"}) == 2); // it has none
    FastAPI app;
    app.migrations(engine, migrations);
    CHECK(run(app, {}) == 1);
    CHECK(sql::migration_number(engine) == 0);
    CHECK(run(app, {"--migrate=dry-run"}) == 0);
    CHECK(columns(engine) == 0);
    CHECK(run(app, {"--migrate=1"}) == 0);
    CHECK(columns(engine) == 1);
    CHECK(run(app, {"--migrate"}) == 1); // migrated, and no place to listen
    CHECK(columns(engine) == 2);
    CHECK(run(app, {"--migrate=1"}) == 0);
    CHECK(columns(engine) == 1);
    CHECK(run(app, {"--migrate=9"}) == 1);
    CHECK(run(app, {"--migrate=x"}) == 2);
    CHECK(run(app, {"--migrate="}) == 2);
    CHECK(run(app, {"--migrate"}) == 1);
    FastAPI older;
    older.migrations(engine, {migrations[0]});
    CHECK(run(older, {}) == 1);
    CHECK(run(older, {"--migrate"}) == 1); // never down by itself
    CHECK(columns(engine) == 2);
    app.migrations(engine, migrations);
    CHECK(run(app, {"--migrate=1"}) == 2); // of which database?
}

TEST_CASE("sql: an engine goes on in a forked process") {
    File file;
    Engine engine(file.url());
    create_all<Team>(engine);
    {
        Session session(engine);
        session.add(Team{.name = "before"});
        session.commit();
    }
    pid_t child = ::fork();
    if (child == 0) {
        int status = 1;
        try {
            Session session(engine);
            session.add(Team{.name = "child"});
            session.commit();
            status = session.count(select<Team>()) == 2 ? 0 : 2;
        } catch (...) {
        }
        ::_exit(status);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    Session session(engine);
    session.add(Team{.name = "parent"});
    session.commit();
    CHECK(session.count(select<Team>()) == 3);
}

// Each reader has a connection while more sessions wait to write than there are connections.
TEST_CASE("sql: sessions that wait to write leave connections to readers") {
    File file;
    Engine engine(file.url("?pool_size=2"));
    create_all<Team>(engine);
    Session holder(engine);
    holder.begin();
    std::vector<std::thread> writers;
    for (int i = 0; i < 6; ++i)
        writers.emplace_back([&, i] {
            Session session(engine, {.writes = true});
            session.add(Team{.name = "t" + std::to_string(i)});
            session.commit();
        });
    std::this_thread::sleep_for(50ms);
    {
        Session reader(engine);
        CHECK(reader.count(select<Team>()) == 0);
    }
    holder.commit();
    for (std::thread& writer : writers) writer.join();
    Session session(engine);
    CHECK(session.count(select<Team>()) == 6);
}

Engine* current = nullptr;
Generator<Session&> get_session(Request& request) {
    Session session(*current, {.writes = request.method != "GET"});
    co_yield session;
    session.commit();
}

TEST_CASE("sql: a session for each request commits, or undoes everything") {
    Database database;
    current = &database.engine;
    FastAPI app;
    using Sql = Depends<get_session, FunctionScope>;
    app.post("/teams", [](Team team, Sql session, Query<bool, "fail", Default(false)> fail) {
        session->add(team);
        if (*fail) throw HTTPException(409, "no");
        return team;
    }, {.status_code = 201});
    app.get("/teams", [](Sql session) { return session->exec(select<Team>()).all(); });
    TestClient client(app, {.raise_server_exceptions = false});
    CHECK(client.post("/teams", {.json = json{{"name", "a"}}}).content == R"({"id":1,"name":"a"})");
    CHECK(client.post("/teams", {.params = {{"fail", "true"}}, .json = json{{"name", "b"}}}).status_code == 409);
    auto twice = client.post("/teams", {.json = json{{"name", "a"}}});
    CHECK(twice.status_code == 500);
    CHECK(twice.content == "Internal Server Error");
    CHECK(client.get("/teams").content == R"([{"id":1,"name":"a"}])");
}

} // namespace sql_test
