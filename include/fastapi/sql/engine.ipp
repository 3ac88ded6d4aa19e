#pragma once

#include "fastapi/sql/connection.ipp"
#include "fastapi/sql/engine.hpp"
#include "fastapi/version.hpp"

#include <algorithm>
#include <stdexcept>

namespace fastapi {

namespace detail {

FASTAPI_COLD void engine_option(ConnectionPool& pool, std::string_view name, std::string_view value, std::string_view url) {
    auto bad = [&](std::string_view why) { throw std::invalid_argument(concat({"fastapi: Engine: ", url, ": ", name, "=", value, ": ", why})); };
    auto number = [&] {
        std::optional<std::uint64_t> found = parse_unsigned(value);
        if (!found || *found > 86400000) bad("this is no number, or too large");
        return *found;
    };
    auto one_of = [&](std::initializer_list<std::string_view> allowed) {
        std::string list;
        for (std::string_view one : allowed) {
            if (one == value) return std::string(value);
            list += concat({list.empty() ? "" : ", ", one});
        }
        bad("it is one of " + list);
        return std::string{};
    };
    if (name == "timeout_ms") {
        pool.timeout_ms = static_cast<int>(number());
    } else if (name == "pool_size") {
        pool.size = static_cast<std::size_t>(number());
        if (pool.size == 0) bad("there is at least one connection");
    } else if (name == "journal_mode") {
        pool.journal_mode = one_of({"wal", "delete", "truncate", "persist", "memory", "off"});
    } else if (name == "synchronous") {
        pool.synchronous = one_of({"full", "normal", "extra", "off"});
    } else if (name == "foreign_keys") {
        pool.foreign_keys = one_of({"on", "off"}) == "on";
    } else if (name == "echo") {
        pool.echo = one_of({"on", "off"}) == "on";
    } else if (name == "mode") {
        std::string mode = one_of({"ro", "rw", "rwc"});
        pool.flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        pool.flags |= mode == "ro" ? SQLITE_OPEN_READONLY : mode == "rw" ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    } else {
        bad("there is no such option; there are timeout_ms, pool_size, journal_mode, synchronous, foreign_keys, echo and mode");
    }
}


} // namespace detail

FASTAPI_COLD Engine::Engine(std::string_view url, const EngineOptions& options) {
    // SQLite counts its memory under one lock for the whole process, at each allocation, unless it is told before its first use that nobody
    // wants to know (sqlite.org/compile.html, recommended options). It cannot be told afterwards: then it goes on counting.
    static const int counted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(counted);
    detail::Owned<detail::ConnectionPool> pool{new detail::ConnectionPool};
    pool->url = url;
    pool->echo = options.echo;
    pool->foreign_keys = options.foreign_keys;
    std::string_view rest = url;
    if (!rest.starts_with("sqlite://"))
        throw std::invalid_argument(detail::concat({"fastapi: Engine: \"", url, "\" is no URL of a database: sqlite:///heroes.db, or sqlite:///:memory:"}));
    rest.remove_prefix(9);
    std::string_view query;
    if (std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
        query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    if (!rest.empty() && rest.front() != '/')
        throw std::invalid_argument(detail::concat({"fastapi: Engine: \"", url, "\": an SQLite database has no host: sqlite:///heroes.db has three slashes"}));
    if (!rest.empty()) rest.remove_prefix(1);
    auto set = [&](const char* name, std::string_view value) { detail::engine_option(*pool, name, value, url); };
    set("timeout_ms", detail::integer_text(options.timeout_ms));
    set("pool_size", detail::integer_text(static_cast<std::int64_t>(options.pool_size)));
    set("journal_mode", options.journal_mode);
    set("synchronous", options.synchronous);
    while (!query.empty()) {
        std::string_view one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), one.size() + 1));
        std::size_t equals = one.find('=');
        detail::engine_option(*pool, one.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : one.substr(equals + 1), url);
    }
    if (rest.empty() || rest == ":memory:") {
        static std::atomic<int> databases{0};
        pool->memory = true;
        pool->path = detail::concat({"file:/fastapi-", detail::integer_text(databases++), "?vfs=memdb"});
        pool->anchor = detail::open_connection(*pool, pool->flags);
    } else {
        pool->path = "file:";
        for (char c : rest) { // a path, and nothing of a URI
            static constexpr char digits[] = "0123456789ABCDEF";
            if (c == '?' || c == '#' || c == '%') {
                pool->path += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
            } else {
                pool->path += c;
            }
        }
    }
    pool_ = pool.release();
}
FASTAPI_COLD Engine::~Engine() { delete pool_; }
FASTAPI_INLINE const std::string& Engine::url() const { return pool_->url; }
FASTAPI_INLINE std::uint64_t Engine::statement_count() const {
    std::lock_guard lock(pool_->mutex);
    std::uint64_t count = pool_->statements;
    for (const detail::SqlConnection* one : pool_->opened) count += one->started.load(std::memory_order_relaxed);
    return count;
}

namespace detail {

FASTAPI_COLD void create_tables(Engine& engine, const SqlTable* const* tables, std::size_t count) {
    ConnectionUse use = acquire_connection(engine.pool());
    run_statement(use, "BEGIN IMMEDIATE");
    for (std::size_t i = 0; i != count; ++i)
        for (const std::string& statement : create_statements(*tables[i], true)) run_statement(use, statement);
    run_statement(use, "COMMIT");
}
FASTAPI_COLD void drop_tables(Engine& engine, const SqlTable* const* tables, std::size_t count) {
    ConnectionUse use = acquire_connection(engine.pool());
    run_statement(use, "BEGIN IMMEDIATE");
    while (count) run_statement(use, concat({"DROP TABLE IF EXISTS ", sql_name(tables[--count]->name)}));
    run_statement(use, "COMMIT");
}

} // namespace detail

} // namespace fastapi
