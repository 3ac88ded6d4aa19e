#pragma once

// Engine: an SQLite database, and the connections to it that sessions share.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fastapi/meta/owned.hpp"
#include "fastapi/sql/errors.hpp"
#include "fastapi/sql/table.hpp"

namespace fastapi {

// Options of an engine. Those that the URL has too go before these: sqlite:///heroes.db?synchronous=normal&timeout_ms=1000
struct EngineOptions {
    bool echo = false;             // every statement goes to the standard error stream, without its values
    std::size_t pool_size = 16;    // connections at most
    int timeout_ms = 5000;         // how long a statement waits for others that write, and a session for a connection
    const char* journal_mode = "wal"; // of a file: readers and one writer do not wait for each other
    const char* synchronous = "full"; // what was committed is there when the power has gone; normal: the last commits may be gone
    bool foreign_keys = true;
};

namespace detail {
class SqlConnection;
class ConnectionPool;
} // namespace detail

// Safe to use from several threads at once.
class Engine {
  public:
    // "sqlite:///heroes.db" (a path relative to the directory of the process), "sqlite:////var/lib/heroes.db", or
    // "sqlite:///:memory:", which all sessions of this engine share and which goes with it. The file is made when it is
    // first used. Throws std::invalid_argument when the URL is none.
#if !defined(FASTAPI_COMPILED_LIB) && !__has_include(<sqlite3.h>)
    template <class Url>
    explicit Engine(const Url&, const EngineOptions& = {}) {
        static_assert(detail::always_false<Url>, "fastapi: Engine needs SQLite: install libsqlite3-dev (sqlite3.h) and link with -lsqlite3");
    }
#else
    explicit Engine(std::string_view url, const EngineOptions& options = {});
#endif
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    [[nodiscard]] const std::string& url() const;
    // Statements that were run so far, by all sessions.
    [[nodiscard]] std::uint64_t statement_count() const;
    [[nodiscard]] detail::ConnectionPool& pool() const { return *pool_; }

  private:
    detail::ConnectionPool* pool_;
};

namespace detail {
void create_tables(Engine& engine, const SqlTable* const* tables, std::size_t count);
void drop_tables(Engine& engine, const SqlTable* const* tables, std::size_t count);
} // namespace detail

// Makes the tables that are not there yet, in one transaction. Throws DatabaseError.
template <class... T>
void create_all(Engine& engine) {
    const detail::SqlTable* tables[] = {&detail::table_of<T>()...};
    detail::create_tables(engine, tables, sizeof...(T));
}
// Drops those that are there, with all their rows, the last one first.
template <class... T>
void drop_all(Engine& engine) {
    const detail::SqlTable* tables[] = {&detail::table_of<T>()...};
    detail::drop_tables(engine, tables, sizeof...(T));
}

} // namespace fastapi
