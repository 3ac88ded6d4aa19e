// SQL and hostile input: strings in every place of a value, cursors and pages that were tampered with, orders that nobody offers.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "fastapi/fastapi.hpp"
#include "sanitizers.hpp"
#include "support.hpp"

using namespace fastapi;

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" // what the database gives is left out

namespace sql_hostile {

struct Item {
    static constexpr auto table = "items";
    Field<std::optional<int>, PrimaryKey> id;
    Field<std::string, Index> name;
    std::optional<std::string> other;
    int age = 0;
};
struct Word {
    static constexpr auto table = "words";
    Field<std::string, PrimaryKey> word;
    int number = 0;
};
struct WordUpdate {
    Field<std::optional<int>> number;
};

Engine engine{"sqlite:///:memory:"};

std::string schema_of(Session& session) {
    std::string all;
    for (const auto& [name, text] : session.exec<std::tuple<std::string, std::string>>(sql::text("SELECT name, coalesce(sql, '') FROM sqlite_master ORDER BY name")).all())
        all += name + "\n" + text + "\n";
    return all;
}
// Makes the tables anew, and finds the schema as it was at the end.
struct Tables {
    Tables() {
        drop_all<Item, Word>(engine);
        create_all<Item, Word>(engine);
        Session session(engine);
        schema = schema_of(session);
    }
    ~Tables() {
        Session session(engine);
        CHECK(schema_of(session) == schema);
        CHECK(session.exec<std::string>(sql::text("PRAGMA integrity_check")).one() == "ok");
    }
    Tables(const Tables&) = delete;
    Tables& operator=(const Tables&) = delete;
    std::string schema;
};

using namespace std::string_literals;
const std::vector<std::string>& corpus() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> made{
            "", " ", "Robert'); DROP TABLE words;--", "' OR '1'='1", "' OR 1=1 --", "\" OR \"\"=\"", "1; DROP TABLE items", "'; DELETE FROM items WHERE 'a'='a",
            "' UNION SELECT sql FROM sqlite_master --", "') UNION SELECT 1, 2, 3, 4 --", "x' AND randomblob(1000000000) --", "'||(SELECT word FROM words)||'",
            "admin'--", "admin'/*", "*/ OR 1=1 /*", "%' OR name LIKE '%", "\\' OR 1=1 --", "\\'; DROP TABLE items; --", "'; ATTACH DATABASE '/tmp/x' AS x; --",
            "'; PRAGMA writable_schema = 1; --", "load_extension('x')", "NULL", "null", "CURRENT_TIMESTAMP", "x'41'", "0x41", "1e400", "-0", "NaN", "Infinity",
            "9223372036854775808", "007", " 1", "1 ", "1.0", "true", "%", "_", "%%", "__", "\\", "\\\\", "\\%", "\\_", "%\\", "100%", "100_", "a\\%b\\_c", "[a-z]",
            "*", "?", "?1", ":name", "@name", "$name", "{0}", "%s%n%x", "<script>", "\r\nSet-Cookie: a=b", "\0"s, "a\0b"s, "\0\0\0"s, "a\0'; DROP TABLE items; --"s,
            "\xff", "\xc0\xa7", "\xe0\x80\xa7", "\xbf'", "\xc2", "a\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xfe\xff", "\xef\xbc\x87 OR 1=1", "\xca\xbc OR 1=1",
            "\xe2\x80\x99", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xc2\x85", "\xc2\xa0", "\xef\xbb\xbf", "\xe2\x80\xae", "\xef\xbf\xbe", "\xf0\x9f\xa6\x80", "\xcc\x81",
            "\xc3\xa9", "e\xcc\x81", "\xc3\x89", "\xc5\xbf", "\xe2\x84\xaa", "\xc4\xb0", "\xc3\x9f"};
        const std::string pieces[] = {"'", "''", "\"", "`", ";", "--", "/*", "*/", "\\", "%", "_", "[", "]", "(", ")", "?", "?1", ":a", "@a", "$a", "#", "|", "&",
                                      "=", "<", ",", "\0"s, "\n", "\r", "\t", "\x1a", "\b", "\x7f", "\xff", "\xc0\xaf", "\xe2\x80\xa8", "\xf0\x9f\xa6\x80"};
        for (const std::string& piece : pieces)
            for (const std::string& text : {"a" + piece + "b", piece + piece + "z", "' OR 1=1 " + piece, piece + "'); DROP TABLE words;--", "A" + piece})
                made.push_back(text);
        made.push_back(std::string(1U << 20U, '\''));
        made.push_back(std::string((1U << 20U) - 1, '%') + "'");
        std::string mixed;
        for (std::size_t i = 0; mixed.size() < (1U << 20U); ++i) mixed += pieces[i % std::size(pieces)];
        made.push_back(mixed);
        std::sort(made.begin(), made.end());
        made.erase(std::unique(made.begin(), made.end()), made.end());
        return made;
    }();
    return all;
}
bool is_utf8(const std::string& text) {
    try {
        (void)json(text).dump();
        return true;
    } catch (const json::exception&) {
        return false;
    }
}
// What LIKE sees as it is: SQLite ends text at a zero, and takes what is no UTF-8 for something else.
bool is_plain(const std::string& text) { return is_utf8(text) && text.find('\0') == std::string::npos; }
constexpr std::size_t longest_pattern = 50000; // bytes: SQLITE_LIMIT_LIKE_PATTERN_LENGTH

TEST_CASE("sql hostile: strings in every place of a value") {
    Tables tables;
    CHECK(corpus().size() > 250);
    Session session(engine, {.writes = true});
    session.add(Item{.name = "not one of them", .other = "kept"});
    for (const std::string& text : corpus()) {
        CAPTURE(text.substr(0, 100));
        Item item{.name = text, .other = text, .age = 5};
        session.add(item);
        int id = *item.id.value();
        session.expunge(item);
        auto found = session.get<Item>(id);
        REQUIRE(found);
        CHECK((found->name == text && found->other == text));
        CHECK(session.exec(select(col<&Item::id>).where(col<&Item::name> == text)).all() == std::vector<std::optional<int>>{id});
        CHECK(session.count(select<Item>().where(col<&Item::name> != text)) == 1);
        CHECK(session.count(select<Item>().where(col<&Item::name>.in({text, "another"}))) == 1);
        CHECK(session.count(select<Item>().where(col<&Item::name>.not_in({text}))) == 1);
        CHECK(session.count(select<Item>().where(col<&Item::name>.between(text, text))) == 1);
        CHECK(session.count(select<Item>().where(col<&Item::name> >= text, col<&Item::name> <= text)) == 1);
        auto groups = session.exec(select(col<&Item::name>, func::count()).group_by(col<&Item::name>).having(col<&Item::name> == text)).all();
        CHECK(groups == std::vector<std::tuple<std::string, std::int64_t>>{{text, 1}});
        CHECK(session.exec(sql::update<Item>().set(col<&Item::other>, text).set(col<&Item::age>, 6).where(col<&Item::other> == text)) == 1);
        CHECK(session.exec(sql::update<Item>().set(col<&Item::other>, text + "!").where(col<&Item::name> == text).returning(col<&Item::other>)).one() == text + "!");
        session.refresh(*found);
        CHECK((found->other == text + "!" && found->age == 6));
        CHECK(session.exec<int>(sql::text("SELECT id FROM items WHERE name = :name").bind("name", text)).one() == id);
        CHECK(session.exec<std::string>(sql::text("SELECT :text").bind("text", text)).one() == text);

        Word word{.word = text, .number = 1};
        session.merge(word);
        word.number = 2;
        session.merge(word);
        CHECK(session.get<Word>(text)->number == 2);
        CHECK(session.exec(sql::insert<Word>()
                               .values(Word{.word = text, .number = 40})
                               .on_conflict_do_update(col<&Word::word>)
                               .set(col<&Word::number>, col<&Word::number> + sql::excluded<&Word::number>)) == 1);
        CHECK(session.exec(select(col<&Word::number>).where(col<&Word::word> == text)).one() == 42);
        CHECK(session.exec(sql::insert<Word>().values(Word{.word = text}).on_conflict_do_nothing()) == 0);
        CHECK(session.exec(sql::delete_<Word>().where(col<&Word::word> == text)) == 1);
        CHECK(session.exec(sql::delete_<Item>().where(col<&Item::name> == text)) == 1);
    }
    CHECK(session.exec(select<Item>()).one().other == "kept");
    session.commit();
}

TEST_CASE("sql hostile: the statements of text() and the names in it") {
    Tables tables;
    Session session(engine);
    for (const std::string& name : corpus()) {
        if (name.size() > 1000) continue;
        CAPTURE(name);
        CHECK_THROWS_AS(session.execute(sql::text("SELECT 1").bind(name, 1)), ProgrammingError);
    }
    for (const char* more : {"SELECT 1; DROP TABLE words", "SELECT 1; SELECT 2", "", ";", "-- nothing", "/*", "SELECT '", "SELECT \"words\" FROM \"sqlite_master\" WHERE"})
        CHECK_THROWS_AS(session.execute(sql::text(more)), ProgrammingError);
    CHECK_THROWS_AS(session.execute(sql::text("SELECT 1\0; DROP TABLE words"s)), ProgrammingError);
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
}

TEST_CASE("sql hostile: patterns") {
    Tables tables;
    Session session(engine, {.writes = true});
    std::vector<std::string> plain;
    for (const std::string& text : corpus())
        if (is_plain(text) && text.size() < 1000) plain.push_back(text);
    for (const std::string& text : plain) session.add(Item{.name = text});
    using Names = std::vector<std::string>;
    auto names = [&](const auto& condition) { return session.exec(select(col<&Item::name>).where(condition).order_by(col<&Item::id>)).all(); };
    for (const std::string& text : plain) {
        CAPTURE(text);
        Names containing, starting, ending;
        for (const std::string& each : plain) {
            std::string a = lower(each), b = lower(text);
            if (a.find(b) != std::string::npos) containing.push_back(each);
            if (a.starts_with(b)) starting.push_back(each);
            if (a.ends_with(b)) ending.push_back(each);
        }
        CHECK(names(col<&Item::name>.contains(text)) == containing);
        CHECK(names(col<&Item::name>.startswith(text)) == starting);
        CHECK(names(col<&Item::name>.endswith(text)) == ending);
    }
    for (const std::string& text : corpus()) { // whatever they find
        CAPTURE(text.substr(0, 100));
        if (text.find('\0') != std::string::npos) { // which LIKE cannot tell from its end: unknown, and so is the opposite
            CHECK(names(col<&Item::name>.contains(text)).empty());
            CHECK(names(col<&Item::name>.like(text)).empty());
            CHECK(names(col<&Item::name>.not_like(text)).empty());
            continue;
        }
        if (text.size() > longest_pattern) {
            CHECK_THROWS_AS((void)names(col<&Item::name>.contains(text)), ProgrammingError);
            continue;
        }
        std::size_t found = names(col<&Item::name>.like(text)).size() + names(col<&Item::name>.ilike(text)).size() + names(col<&Item::name>.contains(text)).size();
        CHECK(found <= 3 * plain.size());
        CHECK(names(col<&Item::name>.like(text)).size() + names(col<&Item::name>.not_like(text)).size() == plain.size());
    }
    session.commit();
}

// --- by HTTP ------------------------------------------------------------------------------------------------------------

using Sql = SqlSession<engine>;
using Order = sql::OrderBy<Item, "name", "age">;

void add_routes(FastAPI& app) {
    app.include_router(crud_router<engine, Word, Word, WordUpdate>("/words"));
    app.get("/items", [](Query<Order, "order_by", Default("name")> order, Query<int, "offset", Default(0), Ge(0)> offset,
                         Query<int, "limit", Default(100), Ge(0), Le(100)> limit, Sql session) {
        return session->exec(select<Item>().order_by(*order, col<&Item::id>).offset(*offset).limit(*limit)).all();
    });
    app.get("/orders", [](Query<std::vector<Order>, "by", Default("name")> by, Query<std::optional<Order>, "then"> then, Sql session) {
        auto query = select<Item>();
        for (const Order& each : *by) query.order_by(each);
        if (*then) query.order_by(**then);
        return session->exec(query.order_by(desc(col<&Item::id>))).all();
    });
    app.get("/search", [](Query<std::string, "text", Default(""), MaxLength(1000)> text, Sql session) {
        return session->count(select<Item>().where(col<&Item::name>.contains(*text)));
    });
    app.get("/by-id", [](sql::PaginateByCursor wanted, Sql session) { return sql::paginate_by<&Item::id>(*session, select<Item>(), *wanted); });
    app.get("/by-name", [](sql::PaginateByCursor wanted, Sql session) { return sql::paginate_by<&Item::name>(*session, select<Item>(), *wanted); });
}

std::string quoted(const std::string& text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string made;
    for (char c : text) made += {'%', digits[static_cast<unsigned char>(c) >> 4U], digits[static_cast<unsigned char>(c) & 15U]};
    return made;
}

TEST_CASE("sql hostile: bodies, paths and queries") {
    Tables tables;
    FastAPI app;
    add_routes(app);
    TestClient client{app, {.raise_server_exceptions = false}};
    int made = 0;
    for (const std::string& text : corpus()) {
        CAPTURE(text.substr(0, 100));
        std::string path = "/words/" + quoted(text);
        if (!is_utf8(text)) {
            CHECK(client.get(path).status_code < 500);
            CHECK(client.post("/words", {.headers = {{"content-type", "application/json"}}, .content = "{\"number\":1,\"word\":\"" + text + "\"}"}).status_code < 500);
            CHECK(client.get("/search?text=" + quoted(text)).status_code < 500);
            continue;
        }
        json body{{"word", text}, {"number", 3}};
        auto created = client.post("/words", {.json = body});
        CHECK(created.status_code == 201);
        CHECK(created.json() == body);
        CHECK(client.post("/words", {.json = body}).status_code == 409);
        ++made;
        CHECK(client.get("/search?text=" + quoted(text)).status_code == (text.size() <= 1000 ? 200 : 422));
        CHECK(client.get("/words?page=" + quoted(text)).status_code < 500);
        if (text.empty() || text.find('/') != std::string::npos) continue; // no path of one segment
        CHECK(client.get(path).json() == body);
        CHECK(client.patch(path, {.json = json{{"number", 4}}}).json()["number"] == 4);
        CHECK(client.delete_(path).status_code == 204);
        --made;
        CHECK(client.get(path).status_code == 404);
    }
    CHECK(client.get("/words").json()["total"] == made);
}

TEST_CASE("sql hostile: limits, offsets and pages") {
    Tables tables;
    FastAPI app;
    add_routes(app);
    {
        Session session(engine);
        for (int i = 0; i < 5; ++i) session.add(Item{.name = "n" + std::to_string(i), .age = i});
        session.commit();
    }
    TestClient client{app, {.raise_server_exceptions = false}};
    for (const char* number : {"-1", "-9223372036854775809", "99999999999999999999999", "1e3", "NaN", "0x10", "1; DROP TABLE items", "1 OR 1=1", "", "'", "1.5"})
        for (const char* name : {"/items?limit=", "/items?offset=", "/words?page=", "/words?size=", "/by-id?size="}) {
            CAPTURE(name);
            CAPTURE(number);
            CHECK(client.get(name + quoted(number)).status_code == 422);
        }
    CHECK(client.get("/items?offset=2147483647").json() == json::array());
    CHECK(client.get("/items?limit=0").json() == json::array());
    for (const char* page : {"9223372036854775807", "4611686018427387904", "92233720368547759"}) {
        auto answer = client.get("/words?size=100&page="s + page);
        CHECK(answer.status_code == 200);
        CHECK(answer.json()["items"] == json::array());
    }
    Session session(engine);
    CHECK_THROWS_AS(select<Item>().limit(-1), std::invalid_argument);
    CHECK_THROWS_AS(select<Item>().offset(-1), std::invalid_argument);
    CHECK(session.exec(select<Item>().limit(INT64_MAX).offset(INT64_MAX)).all().empty());
}

TEST_CASE("sql hostile: cursors that were tampered with") {
    Tables tables;
    FastAPI app;
    add_routes(app);
    std::size_t items = 0;
    {
        Session session(engine);
        for (int i = 0; i < 9; ++i) session.add(Item{.name = "n" + std::to_string(i)});
        for (const std::string& text : corpus())
            if (is_utf8(text) && text.size() < 1000) session.add(Item{.name = text});
        for (int id : {-2147483647 - 1, -5, 2147483647}) session.add(Item{.id = id, .name = "of a far number " + std::to_string(id)});
        items = static_cast<std::size_t>(session.count(select<Item>()));
        session.commit();
    }
    TestClient client{app, {.raise_server_exceptions = false}};
    std::vector<std::string> good;
    for (const char* way : {"/by-id", "/by-name"}) { // each item once, whatever its name is
        std::size_t seen = 0;
        std::string cursor;
        do {
            auto page = client.get(way + "?size=7"s + (cursor.empty() ? "" : "&cursor=" + cursor)).json();
            seen += page["items"].size();
            cursor = page["next"].is_null() ? "" : page["next"].get<std::string>();
            if (!cursor.empty()) good.push_back(cursor);
        } while (!cursor.empty());
        CHECK(seen == items);
    }
    int refused = 0;
    auto ask = [&](const std::string& cursor) {
        CAPTURE(cursor);
        for (const char* way : {"/by-id", "/by-name"}) {
            int status = client.get(way + "?cursor="s + quoted(cursor)).status_code;
            CHECK((status == 200 || status == 400 || status == 422));
            refused += status != 200;
        }
    };
    for (const std::string& text : corpus())
        if (text.size() < 1000) {
            ask(text);
            for (const char* kind : {"i", "r", "t", "b", "n", "x"}) ask(Base64UrlEncoder::encode(kind + text));
        }
    std::minstd_rand random(1);
    for (int i = 0; i < (TESTS_SANITIZED ? 300 : 3000); ++i) {
        std::string cursor = good[random() % good.size()];
        switch (random() % 4) {
        case 0: cursor[random() % cursor.size()] = static_cast<char>(random() % 256); break;
        case 1: cursor.resize(random() % cursor.size()); break;
        case 2: cursor.insert(random() % cursor.size(), 1, static_cast<char>('0' + random() % 75)); break;
        default: cursor += cursor;
        }
        ask(cursor);
    }
    CHECK(refused > 1000);
    auto status = [&](const char* way, const std::string& plain) { return client.get(way + "?cursor="s + Base64UrlEncoder::encode(plain)).status_code; };
    CHECK(status("/by-id", "i-2147483648") == 200);
    CHECK(status("/by-id", "i-9223372036854775808") == 200);
    CHECK(status("/by-id", "i9223372036854775807") == 200);
    for (const char* wrong : {"i9223372036854775808", "i-9223372036854775809", "i--5", "i+5", "i 5", "i5x", "i", "", "tn1", "r5", "bn1", "n", "x"}) {
        CAPTURE(wrong);
        CHECK(status("/by-id", wrong) == 400);
    }
    for (const char* wrong : {"i5", "r5", "bn1", "n"}) CHECK(status("/by-name", wrong) == 400);
    CHECK(client.get("/by-id?cursor=" + std::string(4097, 'A')).status_code == 422);
}

TEST_CASE("sql hostile: an order that a client asks for") {
    Tables tables;
    FastAPI app;
    add_routes(app);
    {
        Session session(engine);
        for (const auto& [name, age] : {std::pair{"b", 1}, {"a", 2}, {"c", 1}}) session.add(Item{.name = name, .age = age});
        session.commit();
    }
    TestClient client{app, {.raise_server_exceptions = false}};
    auto order = [&](const std::string& target) {
        std::string names;
        for (const json& item : client.get(target).json()) names += item["name"].get<std::string>();
        return names;
    };
    CHECK(order("/items") == "abc");
    CHECK(order("/items?order_by=name") == "abc");
    CHECK(order("/items?order_by=-name") == "cba");
    CHECK(order("/items?order_by=age") == "bca");
    CHECK(order("/items?order_by=-age") == "abc");
    CHECK(order("/orders") == "abc");
    CHECK(order("/orders?by=age&by=-name") == "cba");
    CHECK(order("/orders?by=-age&by=name") == "abc");
    CHECK(order("/orders?by=age&then=-name") == "cba");
    auto wrong = client.get("/items?order_by=id");
    CHECK(wrong.status_code == 422);
    CHECK(wrong.json()["detail"][0]["type"] == "literal_error");
    CHECK(wrong.json()["detail"][0]["msg"] == "Input should be 'name', '-name', 'age' or '-age'");
    for (const std::string& text : corpus()) {
        if (text.size() > 1000) continue;
        CAPTURE(text);
        for (const std::string& each : {text, "name" + text, "-" + text, "age " + text}) {
            if (each == "name") continue;
            CHECK(client.get("/items?order_by=" + quoted(each)).status_code == 422);
            CHECK(client.get("/orders?by=name&by=" + quoted(each)).status_code == 422);
        }
    }
    for (const char* each : {"--age", "+age", "Age", "AGE", "age ", " age", "age,name", "items.age", "\"age\"", "age DESC", "1", "rowid", "other"})
        CHECK(client.get("/items?order_by=" + quoted(each)).status_code == 422);

    json parameter = client.get("/openapi.json").json()["paths"]["/items"]["get"]["parameters"][0];
    CHECK(parameter == json::parse(R"({"name": "order_by", "in": "query", "required": false,
        "schema": {"enum": ["name", "-name", "age", "-age"], "type": "string", "default": "name", "title": "Order By"}})"));
    static_assert(Order("-age").descending() && Order("-age") == "-age" && !Order().descending() && Order().value() == "name");
    CHECK_THROWS_AS(Order("id"), std::invalid_argument);
}

} // namespace sql_hostile
