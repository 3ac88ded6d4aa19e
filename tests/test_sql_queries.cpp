// SQL: what queries mean: decimal numbers as numbers, NULL, operands on both sides; transactions that the database has ended.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "fastapi/fastapi.hpp"

using namespace fastapi;

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" // what the database gives is left out

namespace sql_queries_test {

struct Price {
    static constexpr auto table = "prices";
    Field<std::optional<int>, PrimaryKey> id;
    Decimal amount;
    Field<std::optional<int>> pieces;
};

struct Database {
    Engine engine{"sqlite:///:memory:"};
    Database() { create_all<Price>(engine); }
};

std::vector<std::string> amounts(Session& session, const auto& query) {
    std::vector<std::string> found;
    for (const Price& price : session.exec(query)) found.push_back(price.amount.str());
    return found;
}

TEST_CASE("sql queries: decimal numbers are compared and ordered exactly, and stay as they were written") {
    Database database;
    Session session(database.engine);
    for (const char* text : {"10", "9", "100", "1.50", "-2", "12345678901234567890.01", "12345678901234567890.02", "1E+3"}) session.add(Price{{}, Decimal(text)});
    using Texts = std::vector<std::string>;
    CHECK(amounts(session, select<Price>().order_by(col<&Price::amount>)) ==
          Texts{"-2", "1.50", "9", "10", "100", "1E+3", "12345678901234567890.01", "12345678901234567890.02"});
    CHECK(amounts(session, select<Price>().order_by(desc(col<&Price::amount>)).limit(2)) == Texts{"12345678901234567890.02", "12345678901234567890.01"});
    CHECK(amounts(session, select<Price>().order_by(asc(col<&Price::amount>)).limit(1)) == Texts{"-2"});
    CHECK(amounts(session, select<Price>().where(col<&Price::amount> == Decimal("1.5"))) == Texts{"1.50"});
    CHECK(amounts(session, select<Price>().where(col<&Price::amount>.in({Decimal("1.500"), Decimal("1000")})).order_by(col<&Price::amount>)) == Texts{"1.50", "1E+3"});
    CHECK(amounts(session, select<Price>().where(col<&Price::amount>.not_in({Decimal("1.500"), Decimal("-2.0")}), col<&Price::amount> < 10)) == Texts{"9"});
    CHECK(amounts(session, select<Price>().where(col<&Price::amount>.between(Decimal("9.5"), Decimal("99")))) == Texts{"10"});
    CHECK(amounts(session, select<Price>().where(col<&Price::amount> > Decimal("12345678901234567890.01"))) == Texts{"12345678901234567890.02"});
    CHECK(amounts(session, select<Price>().where(Decimal("0") > col<&Price::amount>)) == Texts{"-2"});
    CHECK((*session.scalar(select(func::max(col<&Price::amount>)))).str() == "12345678901234567890.02");
    CHECK((*session.scalar(select(func::min(col<&Price::amount>)))).str() == "-2");
    session.add(Price{{}, Decimal("1.5")});
    CHECK(session.exec(select(col<&Price::amount>, func::count()).group_by(col<&Price::amount>).having(func::count() == 2)).all().size() == 1);
    session.rollback();

    for (const char* text : {"10", "9", "100", "1.5"}) session.add(Price{{}, Decimal(text)}); // pages by a cursor
    auto page = sql::paginate_by<&Price::amount>(session, select<Price>(), std::nullopt, 3);
    CHECK(page.items.back().amount.str() == "10");
    page = sql::paginate_by<&Price::amount>(session, select<Price>(), page.next, 3);
    REQUIRE(page.items.size() == 1);
    CHECK(page.items[0].amount.str() == "100");
    CHECK_FALSE(page.next);
}

TEST_CASE("sql queries: an empty optional is NULL") {
    Database database;
    Session session(database.engine);
    session.add(Price{{}, Decimal("1"), 5});
    session.add(Price{{}, Decimal("2"), std::optional<int>{}});
    std::optional<int> none;
    auto count = [&](const auto& condition) { return session.count(select<Price>().where(condition)); };
    CHECK(count(col<&Price::pieces> == none) == 1);
    CHECK(count(col<&Price::pieces> != none) == 1);
    CHECK(count(col<&Price::pieces> == std::nullopt) == 1);
    CHECK(count(col<&Price::pieces> < none) == 0);
    CHECK(count(!(col<&Price::pieces> < none)) == 0); // neither true nor false
    CHECK(count((col<&Price::pieces> + none).is_null()) == 2);
    CHECK(count(col<&Price::pieces> + std::optional{1} == 6) == 1);
}

TEST_CASE("sql queries: a value may stand on the left") {
    Database database;
    Session session(database.engine);
    for (int pieces : {1, 2, 3}) session.add(Price{{}, Decimal("1"), pieces});
    auto count = [&](const auto& condition) { return session.count(select<Price>().where(condition)); };
    CHECK(count(2 < col<&Price::pieces>) == 1);
    CHECK(count(2 <= col<&Price::pieces>) == 2);
    CHECK(count(2 > col<&Price::pieces>) == 1);
    CHECK(count(3 >= col<&Price::pieces>) == 3);
    CHECK(count(2 == col<&Price::pieces>) == 1);
    CHECK(count(2 != col<&Price::pieces>) == 2);
}

struct Note {
    static constexpr auto table = "notes";
    Field<std::optional<int>, PrimaryKey> id;
    std::string text;
};

TEST_CASE("sql queries: a pattern with a NUL matches nothing, and not everything") {
    Engine engine{"sqlite:///:memory:"};
    create_all<Note>(engine);
    Session session(engine);
    session.add(Note{{}, "public"});
    std::string nul(1, char{});
    auto count = [&](const auto& condition) { return session.count(select<Note>().where(condition)); };
    for (const std::string& text : {nul, nul + "x", "pub" + nul}) {
        CHECK(count(col<&Note::text>.contains(text)) == 0);
        CHECK(count(col<&Note::text>.startswith(text)) == 0);
        CHECK(count(col<&Note::text>.endswith(text)) == 0);
        CHECK(count(col<&Note::text>.like("%" + text)) == 0);
        CHECK(count(col<&Note::text>.ilike(text + "%")) == 0);
        CHECK(count(col<&Note::text>.not_like(text)) == 0);
    }
    CHECK(count(col<&Note::text>.like("%UB%")) == 1);
}

TEST_CASE("sql queries: a transaction that ended by itself is said, and nothing is written behind it") {
    Database database;
    Session session(database.engine);
    session.add(Price{{}, Decimal("1")});
    session.execute(sql::text("ROLLBACK")); // what the database does itself when the disk is full
    CHECK_THROWS_WITH_AS(session.add(Price{{}, Decimal("2")}), doctest::Contains("the transaction has ended"), OperationalError);
    CHECK_THROWS_AS(session.commit(), OperationalError);
    session.rollback(); // is quiet, and the session is as new
    session.add(Price{{}, Decimal("3")});
    session.commit();
    CHECK(amounts(session, select<Price>()) == std::vector<std::string>{"3"});
    session.rollback();

    { // others are not held up by it
        Session first(database.engine);
        first.begin();
        first.execute(sql::text("COMMIT"));
        CHECK_THROWS_AS(first.commit(), OperationalError);
        first.rollback();
        Session second(database.engine);
        second.begin();
        second.commit();
    }
    { // nor by one that goes
        Session first(database.engine);
        first.begin();
        first.execute(sql::text("COMMIT"));
    }
    Session second(database.engine);
    second.begin();
    {
        auto nested = second.begin_nested();
        second.execute(sql::text("ROLLBACK"));
        CHECK_THROWS_AS(nested.commit(), OperationalError);
    }
    second.rollback();
    auto nested = second.begin_nested();
    second.commit();
    CHECK_THROWS_WITH_AS(nested.commit(), "fastapi: a nested transaction cannot be committed when the one around it has ended", std::logic_error);
}

} // namespace sql_queries_test
