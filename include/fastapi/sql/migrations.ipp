#pragma once

#include "fastapi/sql/engine.ipp"
#include "fastapi/sql/migrations.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

using sql::Migration;
using sql::MigrationError;

struct AppliedMigration {
    std::int64_t number;
    std::string name;
    std::string checksum;
};

// FNV-1a: it finds what was changed by mistake.
FASTAPI_COLD std::string checksum_of(std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    std::string out;
    for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[hash >> shift & 15];
    return out;
}

FASTAPI_COLD List<AppliedMigration> applied_migrations(const ConnectionUse& use) {
    {
        Cursor there(use, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'fastapi_migrations'");
        if (!there.step()) return {};
    }
    List<AppliedMigration> applied;
    Cursor cursor(use, "SELECT number, name, checksum FROM fastapi_migrations ORDER BY number");
    while (cursor.step()) applied.push_back({cursor.column(0).integer, std::string(cursor.column(1).bytes), std::string(cursor.column(2).bytes)});
    return applied;
}

// Throws when the list is none, or not that of the database.
FASTAPI_COLD void compare_migrations(const std::vector<Migration>& migrations, const List<AppliedMigration>& applied) {
    for (std::size_t i = 0; i != migrations.size(); ++i)
        if (migrations[i].number != static_cast<std::int64_t>(i) + 1)
            throw MigrationError(concat({"migrations are numbered 1, 2, …: \"", migrations[i].name, "\" has the number ", integer_text(migrations[i].number)}));
    if (applied.size() > migrations.size())
        throw MigrationError(concat({"the database is newer than this program: it has the migration ", integer_text(applied.back().number), ", \"",
                                     applied.back().name, "\", and the program ends with ", integer_text(static_cast<std::int64_t>(migrations.size()))}));
    for (std::size_t i = 0; i != applied.size(); ++i) {
        const Migration& known = migrations[i];
        if (applied[i].number != known.number || applied[i].checksum != checksum_of(known.up))
            throw MigrationError(concat({"the migration ", integer_text(known.number), ", \"", known.name,
                                         "\", was changed after it was applied to this database: undo the change and write another migration"}));
    }
}

FASTAPI_COLD void run_script(const ConnectionUse& use, std::int64_t number, const std::string& script) {
    sqlite3* db = use.get()->db;
    bool ends = false;
    auto refuse = [](void* state, int action, const char*, const char*, const char*, const char*) {
        if (action != SQLITE_TRANSACTION) return SQLITE_OK;
        *static_cast<bool*>(state) = true;
        return SQLITE_DENY;
    };
    sqlite3_set_authorizer(db, refuse, &ends);
    char* message = nullptr;
    int code = sqlite3_exec(db, script.c_str(), nullptr, nullptr, &message);
    sqlite3_set_authorizer(db, nullptr, nullptr);
    std::string text = message ? message : "";
    sqlite3_free(message);
    if (ends) throw MigrationError(concat({"migration ", integer_text(number), " ends the transaction that it runs in: leave BEGIN and COMMIT out"}));
    if (code != SQLITE_OK) throw MigrationError(concat({"migration ", integer_text(number), ": ", text}));
}

FASTAPI_COLD void run_migrations(const ConnectionUse& use, const std::vector<Migration>& migrations, std::int64_t target, std::vector<std::string>& done) {
    run_statement(use, "CREATE TABLE IF NOT EXISTS fastapi_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, "
                       "applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)");
    List<AppliedMigration> applied = applied_migrations(use);
    compare_migrations(migrations, applied);
    auto at = static_cast<std::int64_t>(applied.size());
    for (; at < target; ++at) {
        const Migration& one = migrations[static_cast<std::size_t>(at)];
        run_script(use, one.number, one.up);
        Cursor record(use, "INSERT INTO fastapi_migrations (number, name, checksum) VALUES (?, ?, ?)");
        std::string checksum = checksum_of(one.up);
        record.bind(1, SqlValue::of(one.number));
        record.bind(2, SqlValue::of(std::string_view{one.name}));
        record.bind(3, SqlValue::of(std::string_view{checksum}));
        record.step();
        done.push_back(one.up);
    }
    for (; at > target; --at) {
        const Migration& one = migrations[static_cast<std::size_t>(at) - 1];
        if (one.down.empty()) throw MigrationError(concat({"there is no way back from migration ", integer_text(one.number), ", \"", one.name, "\""}));
        run_script(use, one.number, one.down);
        Cursor record(use, "DELETE FROM fastapi_migrations WHERE number = ?");
        record.bind(1, SqlValue::of(one.number));
        record.step();
        done.push_back(one.down);
    }
    Cursor broken(use, "PRAGMA foreign_key_check");
    if (broken.step()) throw MigrationError(concat({"the migrations leave rows of ", broken.column(0).bytes, " that refer to nothing"}));
}

// Foreign keys hold when all is done, and not before: a table that is made anew is dropped in between.
struct WithoutForeignKeys {
    explicit WithoutForeignKeys(const ConnectionUse& connection) : use(connection) { run_statement(use, "PRAGMA foreign_keys = OFF"); }
    ~WithoutForeignKeys() {
        if (use.get()->pool.foreign_keys) sqlite3_exec(use.get()->db, "PRAGMA foreign_keys = ON", nullptr, nullptr, nullptr);
    }
    WithoutForeignKeys(const WithoutForeignKeys&) = delete;
    WithoutForeignKeys& operator=(const WithoutForeignKeys&) = delete;
    const ConnectionUse& use;
};

FASTAPI_COLD std::string column_definition(const SqlColumn& column) {
    const ColumnInfo& info = column.info->column;
    std::string out = concat({sql_name(column.name), " ", column.ops->sql_type});
    if (!info.server_default.empty()) out += concat({" DEFAULT (", info.server_default, ")"});
    return out;
}

FASTAPI_COLD void diff_table(const ConnectionUse& use, const SqlTable& table, std::string& out) {
    struct Found {
        std::string name, type;
        bool not_null;
    };
    List<Found> found;
    {
        Cursor cursor(use, "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)");
        cursor.bind(1, SqlValue::of(table.name));
        while (cursor.step())
            found.push_back({std::string(cursor.column(0).bytes), std::string(cursor.column(1).bytes), cursor.column(2).integer != 0 || cursor.column(3).integer != 0});
    }
    std::vector<std::string> statements = create_statements(table, false);
    if (found.empty()) {
        for (const std::string& statement : statements) out += statement + ";\n";
        return;
    }
    std::string name = concat({table.name, "."});
    for (const SqlColumn& column : table.columns) {
        const Found* same = found.begin();
        while (same != found.end() && same->name != column.name) ++same;
        if (same == found.end()) {
            bool needs_default = !column.nullable && column.info->column.server_default.empty();
            if (needs_default) out += concat({"-- ", name, column.name, " is never NULL: give the rows that are there a value by DEFAULT\n"});
            out += concat({"ALTER TABLE ", sql_name(table.name), " ADD COLUMN ", column_definition(column), column.nullable ? "" : " NOT NULL",
                           needs_default ? " DEFAULT …" : "", ";\n"});
            continue;
        }
        if (same->type != column.ops->sql_type)
            out += concat({"-- ", name, column.name, " is ", same->type, " in the database, and ", column.ops->sql_type, " in the model: the table is to be made anew\n"});
        if (same->not_null == column.nullable)
            out += concat({"-- ", name, column.name, same->not_null ? " is NOT NULL in the database, and may be empty in the model" : " may be NULL in the database, and is never empty in the model",
                           ": the table is to be made anew\n"});
    }
    for (const Found& one : found) {
        bool known = false;
        for (const SqlColumn& column : table.columns) known = known || column.name == one.name;
        if (!known)
            out += concat({"-- ", name, one.name, " is no member of the model: ALTER TABLE ", sql_name(table.name), " DROP COLUMN ", sql_name(one.name), ";\n"});
    }
    for (std::size_t i = 1; i < statements.size(); ++i) { // the indices
        std::string_view statement = statements[i];
        std::size_t begin = statement.find('"') + 1;
        std::string_view index = statement.substr(begin, statement.find('"', begin) - begin);
        Cursor cursor(use, "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?");
        cursor.bind(1, SqlValue::of(index));
        if (!cursor.step()) out += concat({statement, ";\n"});
    }
}

FASTAPI_COLD std::string diff_tables(Engine& engine, const SqlTable* const* tables, std::size_t count) {
    ConnectionUse use = acquire_connection(engine.pool());
    std::string out;
    for (std::size_t i = 0; i != count; ++i) diff_table(use, *tables[i], out);
    return out;
}

} // namespace detail

namespace sql {

FASTAPI_COLD std::vector<std::string> migrate(Engine& engine, const std::vector<Migration>& migrations, const MigrateOptions& options) {
    auto last = static_cast<std::int64_t>(migrations.size());
    std::int64_t target = options.target < 0 ? last : options.target;
    if (target > last) throw MigrationError(detail::concat({"there is no migration ", detail::integer_text(target)}));
    std::vector<std::string> done;
    detail::ConnectionUse use = detail::acquire_connection(engine.pool());
    detail::WithoutForeignKeys without(use);
    detail::run_statement(use, "BEGIN IMMEDIATE"); // a second program that migrates waits here
    try {
        detail::run_migrations(use, migrations, target, done);
        detail::run_statement(use, options.dry_run ? "ROLLBACK" : "COMMIT");
    } catch (...) {
        sqlite3_exec(use.get()->db, "ROLLBACK", nullptr, nullptr, nullptr);
        throw;
    }
    return done;
}

FASTAPI_COLD std::int64_t migration_number(Engine& engine) {
    return static_cast<std::int64_t>(detail::applied_migrations(detail::acquire_connection(engine.pool())).size());
}

FASTAPI_COLD void check_migrations(Engine& engine, const std::vector<Migration>& migrations) {
    detail::List<detail::AppliedMigration> applied = detail::applied_migrations(detail::acquire_connection(engine.pool()));
    detail::compare_migrations(migrations, applied);
    if (applied.size() < migrations.size())
        throw MigrationError(detail::concat({"the database lacks ", detail::integer_text(static_cast<std::int64_t>(migrations.size() - applied.size())),
                                             " of the migrations, from ", detail::integer_text(migrations[applied.size()].number), ", \"",
                                             migrations[applied.size()].name, "\", on: call sql::migrate(), or start the program with --migrate"}));
}

} // namespace sql

} // namespace fastapi
