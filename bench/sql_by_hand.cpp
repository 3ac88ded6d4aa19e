// The work of sql.hpp with SQLite's own functions, as one would write it by hand: statements are prepared once, text is bound where it
// lies, the columns are read straight into a struct. Schema and settings are those of sql.cpp.
#include <sqlite3.h>

#include <vector>

#include "sql.hpp"

namespace {

struct Hero {
    std::int64_t id;
    std::string name;
    std::string secret_name;
    std::optional<int> age;
    double score;
};

std::uint64_t sum_of(const Hero& hero) { return bench::sum_of(hero.id, hero.name, hero.secret_name, hero.age, hero.score); }

struct ByHand {
    sqlite3* db = nullptr;
    sqlite3_stmt* insert_row = nullptr;
    sqlite3_stmt* select_row = nullptr;
    sqlite3_stmt* select_page = nullptr;
    sqlite3_stmt* update_age = nullptr;

    void check(bool good) {
        if (good) return;
        std::fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(db));
        std::exit(1);
    }
    void execute(const char* sql) { check(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK); }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) == SQLITE_OK);
        return statement;
    }
    void bind_text(sqlite3_stmt* statement, int index, const std::string& text) {
        check(sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC) == SQLITE_OK);
    }
    static void read_text(sqlite3_stmt* statement, int index, std::string& text) {
        auto bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
        text.assign(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
    }
    static void read(sqlite3_stmt* statement, Hero& hero) {
        hero.id = sqlite3_column_int64(statement, 0);
        read_text(statement, 1, hero.name);
        read_text(statement, 2, hero.secret_name);
        if (sqlite3_column_type(statement, 3) != SQLITE_NULL) {
            hero.age = sqlite3_column_int(statement, 3);
        } else {
            hero.age.reset();
        }
        hero.score = sqlite3_column_double(statement, 4);
    }
    Hero find(int id) {
        Hero hero;
        check(sqlite3_bind_int64(select_row, 1, id) == SQLITE_OK);
        check(sqlite3_step(select_row) == SQLITE_ROW);
        read(select_row, hero);
        sqlite3_reset(select_row);
        return hero;
    }

    explicit ByHand(std::string_view url) {
        std::string file{url.substr(std::string_view{"sqlite:///"}.size())};
        bool memory = file == ":memory:";
        file = memory ? "file:/by-hand?vfs=memdb" : "file:" + file;
        check(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nullptr) == SQLITE_OK);
        sqlite3_extended_result_codes(db, 1);
        execute("PRAGMA foreign_keys = ON");
        if (!memory) execute("PRAGMA journal_mode = wal; PRAGMA synchronous = full");
        execute("CREATE TABLE heroes (id INTEGER NOT NULL, name VARCHAR NOT NULL, secret_name VARCHAR NOT NULL, age INTEGER, score FLOAT NOT NULL, "
                "PRIMARY KEY (id))");
        insert_row = prepare("INSERT INTO heroes (name, secret_name, age, score) VALUES (?, ?, ?, ?)");
        select_row = prepare("SELECT id, name, secret_name, age, score FROM heroes WHERE id = ?");
        select_page = prepare("SELECT id, name, secret_name, age, score FROM heroes WHERE id > ? ORDER BY id LIMIT ?");
        update_age = prepare("UPDATE heroes SET age = ? WHERE id = ?");
    }
    ~ByHand() {
        for (sqlite3_stmt* statement : {insert_row, select_row, select_page, update_age}) sqlite3_finalize(statement);
        sqlite3_close(db);
    }

    [[gnu::hot]] std::uint64_t insert(int rows) {
        std::uint64_t sum = 0;
        execute("BEGIN IMMEDIATE");
        for (int i = 1; i <= rows; ++i) {
            Hero hero{0, bench::hero_name(i), bench::hero_secret(i), bench::hero_age(i), bench::hero_score(i)};
            bind_text(insert_row, 1, hero.name);
            bind_text(insert_row, 2, hero.secret_name);
            check((hero.age ? sqlite3_bind_int(insert_row, 3, *hero.age) : sqlite3_bind_null(insert_row, 3)) == SQLITE_OK);
            check(sqlite3_bind_double(insert_row, 4, hero.score) == SQLITE_OK);
            check(sqlite3_step(insert_row) == SQLITE_DONE);
            sqlite3_reset(insert_row);
            hero.id = sqlite3_last_insert_rowid(db);
            sum += sum_of(hero);
        }
        execute("COMMIT");
        return sum;
    }
    [[gnu::hot]] std::uint64_t get(int rows) {
        std::uint64_t sum = 0;
        execute("BEGIN");
        for (int i = 1; i <= rows; ++i) sum += sum_of(find(i));
        execute("ROLLBACK");
        return sum;
    }
    [[gnu::hot]] std::uint64_t pages(int rows) {
        std::uint64_t sum = 0;
        execute("BEGIN");
        for (int i = 0; i < rows; i += bench::page_size) {
            std::vector<Hero> heroes;
            heroes.reserve(bench::page_size);
            check(sqlite3_bind_int64(select_page, 1, i) == SQLITE_OK);
            check(sqlite3_bind_int64(select_page, 2, bench::page_size) == SQLITE_OK);
            while (sqlite3_step(select_page) == SQLITE_ROW) read(select_page, heroes.emplace_back());
            check(sqlite3_reset(select_page) == SQLITE_OK);
            for (const Hero& hero : heroes) sum += sum_of(hero);
        }
        execute("ROLLBACK");
        return sum;
    }
    [[gnu::hot]] std::uint64_t update(int rows) {
        std::uint64_t sum = 0;
        execute("BEGIN IMMEDIATE");
        for (int i = 1; i <= rows; ++i) {
            Hero hero = find(i);
            hero.age = hero.age.value_or(0) + 1;
            check(sqlite3_bind_int(update_age, 1, *hero.age) == SQLITE_OK);
            check(sqlite3_bind_int64(update_age, 2, hero.id) == SQLITE_OK);
            check(sqlite3_step(update_age) == SQLITE_DONE);
            check(sqlite3_changes(db) == 1);
            sqlite3_reset(update_age);
            sum += sum_of(hero);
        }
        execute("COMMIT");
        return sum;
    }
};

} // namespace

int main(int argc, char** argv) { return bench::run<ByHand>(argc, argv); }
