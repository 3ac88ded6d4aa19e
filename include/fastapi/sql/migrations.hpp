#pragma once

// Migrations: numbered steps from one form of a database to the next, each in a transaction, each recorded with a checksum.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/sql/engine.hpp"

namespace fastapi {

namespace detail {
std::string diff_tables(Engine& engine, const SqlTable* const* tables, std::size_t count);
} // namespace detail

namespace sql {

// SQL of one or several statements, without BEGIN and COMMIT. A migration that was applied anywhere is never changed: another one follows it.
struct Migration {
    std::int64_t number; // 1, 2, …
    std::string name;
    std::string up;
    std::string down = ""; // the way back; empty: there is none
};

struct MigrateOptions {
    std::int64_t target = -1; // the number to go to, up or down; negative: the last one
    bool dry_run = false;     // everything is tried, and then undone
};

// The migrations do not fit the database: it is newer than this program, one was changed after it was applied, one fails.
class MigrationError : public DatabaseError {
  public:
    explicit MigrationError(const std::string& message) : DatabaseError(message, {}) {}
};

// Applies what is missing, all of it or nothing. Returns the SQL that was run, a text for each step. Throws MigrationError.
std::vector<std::string> migrate(Engine& engine, const std::vector<Migration>& migrations, const MigrateOptions& options = {});
// The number of the last migration that was applied; 0: none.
std::int64_t migration_number(Engine& engine);
// For the start of a server. Throws MigrationError when the database is newer than the migrations, or some are missing.
void check_migrations(Engine& engine, const std::vector<Migration>& migrations);

// The SQL for what the tables want and the database lacks, and comments for what only a person can decide. Empty: nothing.
template <class... T>
std::string diff(Engine& engine) {
    const detail::SqlTable* tables[] = {&detail::table_of<T>()...};
    return detail::diff_tables(engine, tables, sizeof...(T));
}

} // namespace sql

} // namespace fastapi
