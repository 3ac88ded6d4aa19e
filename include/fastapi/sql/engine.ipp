#pragma once

#include "fastapi/json/writer.hpp"
#include "fastapi/sql/connection.hpp"
#include "fastapi/sql/engine.hpp"
#include "fastapi/sql/table.ipp"
#include "fastapi/version.hpp"

#if !defined(FASTAPI_NO_SQLITE) && !__has_include(<sqlite3.h>)
#define FASTAPI_NO_SQLITE
#endif

#if !defined(FASTAPI_NO_SQLITE)

#include <sqlite3.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace fastapi {

namespace detail {

struct PreparedStatement {
    std::string sql;
    sqlite3_stmt* statement = nullptr;
    SqlConnection* connection = nullptr;
    bool in_use = false;
    bool cached = true;
    std::uint64_t last_use = 0;
};

class SqlConnection {
  public:
    static constexpr std::size_t max_statements = 64;

    SqlConnection(ConnectionPool& owner, sqlite3* database) : pool(owner), db(database) {}
    ~SqlConnection() {
        for (Owned<PreparedStatement>& one : statements) sqlite3_finalize(one->statement);
        sqlite3_close(db);
    }
    SqlConnection(const SqlConnection&) = delete;
    SqlConnection& operator=(const SqlConnection&) = delete;

    PreparedStatement& prepare(std::string_view sql);

    ConnectionPool& pool;
    sqlite3* db;
    std::vector<Owned<PreparedStatement>> statements;
    std::uint64_t clock = 0;
    int users = 0;
};

class ConnectionPool {
  public:
    std::string url;
    std::string path; // what SQLite opens
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    bool memory = false;
    bool echo = false;
    std::size_t size = 16;
    int timeout_ms = 5000;
    std::string journal_mode;
    std::string synchronous;
    bool foreign_keys = true;

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Owned<SqlConnection>> idle;
    std::size_t open = 0;
    std::uint64_t next_ticket = 0; // of writers
    std::vector<std::uint64_t> writers; // who writes, and who waits for it
    Owned<SqlConnection> anchor;           // keeps a database in memory there
    pid_t process = ::getpid();            // whose connections these are
    std::atomic<std::uint64_t> statements{0};
};

// What SQLite says, as an exception.
[[noreturn]] FASTAPI_COLD void throw_database_error(int code, const std::string& message, std::string statement) {
    using Constraint = IntegrityError::Constraint;
    using Reason = OperationalError::Reason;
    switch (code & 0xFF) {
    case SQLITE_CONSTRAINT: {
        Constraint constraint = code == SQLITE_CONSTRAINT_UNIQUE       ? Constraint::unique
                                : code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID ? Constraint::primary_key
                                : code == SQLITE_CONSTRAINT_FOREIGNKEY ? Constraint::foreign_key
                                : code == SQLITE_CONSTRAINT_NOTNULL    ? Constraint::not_null
                                : code == SQLITE_CONSTRAINT_CHECK      ? Constraint::check
                                                                       : Constraint::other;
        std::size_t colon = message.find(": ");
        throw IntegrityError(message, std::move(statement), code, constraint, colon == std::string::npos ? std::string{} : message.substr(colon + 2));
    }
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw OperationalError(code == SQLITE_BUSY_SNAPSHOT ? "another session has written since this one began to read: call session.begin() "
                                                              "before what is read and then written"
                                                            : message,
                               std::move(statement), code, Reason::busy);
    case SQLITE_FULL: throw OperationalError(message, std::move(statement), code, Reason::full);
    case SQLITE_READONLY: throw OperationalError(message, std::move(statement), code, Reason::read_only);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: throw OperationalError(message, std::move(statement), code, Reason::corrupt);
    case SQLITE_CANTOPEN: throw OperationalError(message, std::move(statement), code, Reason::cannot_open);
    case SQLITE_IOERR: throw OperationalError(message, std::move(statement), code, Reason::io);
    case SQLITE_NOMEM:
    case SQLITE_ABORT:
    case SQLITE_INTERRUPT: throw OperationalError(message, std::move(statement), code, Reason::other);
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH: throw DataError(message, std::move(statement), code);
    default: throw ProgrammingError(message, std::move(statement), code);
    }
}
[[noreturn]] FASTAPI_COLD void throw_database_error(SqlConnection& connection, int code, std::string_view statement) {
    int extended = sqlite3_extended_errcode(connection.db);
    throw_database_error((extended & 0xFF) == (code & 0xFF) ? extended : code, sqlite3_errmsg(connection.db), std::string(statement));
}

FASTAPI_INLINE PreparedStatement& SqlConnection::prepare(std::string_view sql) {
    for (Owned<PreparedStatement>& one : statements)
        if (one->sql == sql && !one->in_use) {
            one->last_use = ++clock;
            return *one;
        }
    Owned<PreparedStatement> made{new PreparedStatement};
    made->sql = sql;
    made->connection = this;
    made->last_use = ++clock;
    const char* rest = nullptr;
    int code = sqlite3_prepare_v3(db, made->sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &made->statement, &rest);
    if (code != SQLITE_OK) throw_database_error(*this, code, sql);
    if (!made->statement) throw ProgrammingError("there is no statement", made->sql);
    for (; rest != made->sql.data() + sql.size(); ++rest)
        if (std::string_view{" \t\r\n;"}.find(*rest) == std::string_view::npos) {
            sqlite3_finalize(made->statement);
            throw ProgrammingError("one statement at a time", made->sql);
        }
    if (statements.size() >= max_statements) {
        std::size_t oldest = statements.size();
        for (std::size_t i = 0; i != statements.size(); ++i)
            if (!statements[i]->in_use && (oldest == statements.size() || statements[i]->last_use < statements[oldest]->last_use)) oldest = i;
        if (oldest != statements.size()) {
            sqlite3_finalize(statements[oldest]->statement);
            statements[oldest] = std::move(made);
            return *statements[oldest];
        }
    }
    statements.push_back(std::move(made));
    return *statements.back();
}

FASTAPI_INLINE ConnectionUse::ConnectionUse(SqlConnection* connection) : connection_(connection) {
    if (connection_) ++connection_->users;
}
FASTAPI_INLINE ConnectionUse::~ConnectionUse() {
    if (!connection_ || --connection_->users > 0) return;
    ConnectionPool& pool = connection_->pool;
    // What was left open by an error is undone.
    if (!sqlite3_get_autocommit(connection_->db)) sqlite3_exec(connection_->db, "ROLLBACK", nullptr, nullptr, nullptr);
    std::lock_guard lock(pool.mutex);
    pool.idle.push_back(Owned<SqlConnection>{connection_});
    pool.changed.notify_all();
}

FASTAPI_INLINE Cursor::Cursor(const ConnectionUse& use, std::string_view sql) : use_(use) {
    SqlConnection& connection = *use_.get();
    prepared_ = &connection.prepare(sql);
    prepared_->in_use = true;
    statement_ = prepared_->statement;
    connection.pool.statements.fetch_add(1, std::memory_order_relaxed);
    if (connection.pool.echo) std::fprintf(stderr, "SQL:      %s\n", prepared_->sql.c_str());
}

FASTAPI_INLINE int bind_value(sqlite3_stmt* statement, int index, const SqlValue& value, sqlite3_destructor_type lifetime) {
    const char* bytes = value.bytes.data() ? value.bytes.data() : ""; // null would be NULL
    switch (value.kind) {
    case SqlValue::Kind::integer: return sqlite3_bind_int64(statement, index, value.integer);
    case SqlValue::Kind::real: return sqlite3_bind_double(statement, index, value.real);
    case SqlValue::Kind::text: return sqlite3_bind_text64(statement, index, bytes, value.bytes.size(), lifetime, SQLITE_UTF8);
    case SqlValue::Kind::blob: return sqlite3_bind_blob64(statement, index, bytes, value.bytes.size(), lifetime);
    default: return sqlite3_bind_null(statement, index);
    }
}
FASTAPI_INLINE void Cursor::bind(int index, const SqlValue& value) {
    int code = bind_value(statement_, index, value, SQLITE_STATIC);
    if (code != SQLITE_OK) throw_database_error(*use_.get(), code, prepared_->sql);
}
FASTAPI_INLINE void Cursor::bind_copy(int index, const SqlValue& value) {
    copies_ = true;
    int code = bind_value(statement_, index, value, SQLITE_TRANSIENT);
    if (code != SQLITE_OK) throw_database_error(*use_.get(), code, prepared_->sql);
}
FASTAPI_COLD void Cursor::bind_copy(std::string_view name, const SqlValue& value) {
    std::string key = concat({":", name});
    int index = sqlite3_bind_parameter_index(statement_, key.c_str());
    if (index == 0) throw ProgrammingError(concat({"the statement has no :", name}), prepared_->sql);
    bind_copy(index, value);
}

FASTAPI_INLINE bool Cursor::step() {
    if (!prepared_) return false;
    if (begun_ == Begun::done) return false; // another step would run it again
    if (begun_ == Begun::row) {
        begun_ = Begun::no;
        return true;
    }
    int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        begun_ = Begun::done;
        return false;
    }
    SqlConnection& connection = *use_.get();
    std::string sql = prepared_->sql;
    std::string message = sqlite3_errmsg(connection.db);
    int extended = sqlite3_extended_errcode(connection.db);
    close();
    throw_database_error(extended, message, std::move(sql));
}

FASTAPI_INLINE void Cursor::begin() { begun_ = step() ? Begun::row : Begun::done; }
FASTAPI_INLINE bool Cursor::is_read_only() const { return sqlite3_stmt_readonly(statement_) != 0; }
FASTAPI_INLINE int Cursor::column_count() const { return sqlite3_column_count(statement_); }
FASTAPI_INLINE SqlValue Cursor::column(int index) const {
    switch (sqlite3_column_type(statement_, index)) {
    case SQLITE_INTEGER: return SqlValue::of(std::int64_t{sqlite3_column_int64(statement_, index)});
    case SQLITE_FLOAT: return SqlValue::of(sqlite3_column_double(statement_, index));
    case SQLITE_TEXT: {
        auto text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, index));
        return SqlValue::of(std::string_view{text ? text : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, index))});
    }
    case SQLITE_BLOB: {
        auto bytes = static_cast<const char*>(sqlite3_column_blob(statement_, index));
        return SqlValue::of_blob({bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, index))});
    }
    default: return {};
    }
}
FASTAPI_INLINE std::string_view Cursor::column_name(int index) const { return sqlite3_column_name(statement_, index); }
FASTAPI_INLINE std::int64_t Cursor::changes() const { return sqlite3_changes64(use_.get()->db); }
FASTAPI_INLINE std::int64_t Cursor::last_row_id() const { return sqlite3_last_insert_rowid(use_.get()->db); }

FASTAPI_INLINE void Cursor::close() {
    if (!prepared_) return;
    sqlite3_reset(statement_);
    if (copies_) sqlite3_clear_bindings(statement_); // what is bound by place is bound anew each time
    prepared_->in_use = false;
    prepared_ = nullptr;
    use_ = {};
}

FASTAPI_INLINE void run_statement(const ConnectionUse& use, std::string_view sql) {
    Cursor cursor(use, sql);
    while (cursor.step()) {
    }
}

FASTAPI_COLD Owned<SqlConnection> open_connection(ConnectionPool& pool) {
    sqlite3* db = nullptr;
    int code = sqlite3_open_v2(pool.path.c_str(), &db, pool.flags, nullptr);
    Owned<SqlConnection> made{new SqlConnection(pool, db)};
    if (code != SQLITE_OK) throw_database_error(code, concat({"the database ", pool.url, " cannot be opened: ", db ? sqlite3_errmsg(db) : "no memory"}), {});
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, pool.timeout_ms);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr); // "name" is a name, and never text
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    auto pragma = [&](std::string_view name, std::string_view value) {
        std::string sql = concat({"PRAGMA ", name, " = ", value});
        code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) throw_database_error(*made, code, sql);
    };
    pragma("foreign_keys", pool.foreign_keys ? "ON" : "OFF");
    if (!pool.memory) {
        if (!sqlite3_db_readonly(db, "main")) pragma("journal_mode", pool.journal_mode);
        pragma("synchronous", pool.synchronous);
    }
    return made;
}

FASTAPI_INLINE ConnectionUse acquire_connection(ConnectionPool& pool) {
    std::unique_lock lock(pool.mutex);
    if (pid_t process = ::getpid(); pool.process != process) { // a worker: SQLite forbids to use, or close, what was opened before the fork
        for (Owned<SqlConnection>& inherited : pool.idle) (void)inherited.release();
        pool.idle.clear();
        pool.writers.clear();
        pool.open = 0;
        pool.process = process;
    }
    bool there = pool.changed.wait_for(lock, std::chrono::milliseconds{pool.timeout_ms}, [&] { return !pool.idle.empty() || pool.open < pool.size; });
    if (!there)
        throw OperationalError(concat({"all ", integer_text(static_cast<std::int64_t>(pool.size)), " connections of the engine are in use (pool_size)"}), {},
                               0, OperationalError::Reason::busy);
    if (!pool.idle.empty()) {
        SqlConnection* connection = pool.idle.back().release();
        pool.idle.pop_back();
        return ConnectionUse{connection};
    }
    ++pool.open;
    lock.unlock();
    try {
        Owned<SqlConnection> made = open_connection(pool);
        return ConnectionUse{made.release()};
    } catch (...) {
        lock.lock();
        --pool.open;
        pool.changed.notify_all();
        throw;
    }
}

FASTAPI_INLINE void lock_writer(ConnectionPool& pool) {
    std::unique_lock lock(pool.mutex);
    std::uint64_t ticket = pool.next_ticket++;
    pool.writers.push_back(ticket);
    auto mine = [&] { return pool.writers.front() == ticket; };
    if (pool.changed.wait_for(lock, std::chrono::milliseconds{pool.timeout_ms}, mine)) return;
    std::erase(pool.writers, ticket);
    throw OperationalError("database is locked: another session of this process writes", {}, SQLITE_BUSY, OperationalError::Reason::busy);
}
FASTAPI_INLINE void unlock_writer(ConnectionPool& pool) {
    std::lock_guard lock(pool.mutex);
    if (!pool.writers.empty()) pool.writers.erase(pool.writers.begin()); // empty: the process has forked since
    pool.changed.notify_all();
}

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
        pool->anchor = detail::open_connection(*pool);
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
FASTAPI_INLINE std::uint64_t Engine::statement_count() const { return pool_->statements.load(std::memory_order_relaxed); }

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

#endif
