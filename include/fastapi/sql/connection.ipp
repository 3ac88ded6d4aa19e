#pragma once

// Connections to SQLite: what they prepare and run, what goes wrong with them, and the pool that has them. Nothing else calls SQLite
// but what opens an engine and runs migrations.

#include "fastapi/sql/connection.hpp"
#include "fastapi/sql/engine.hpp"
#include "fastapi/sql/table.ipp"
#include "fastapi/version.hpp"

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
    bool in_use = false;
    std::uint64_t last_use = 0;
};

class SqlConnection {
  public:
    static constexpr std::size_t max_statements = 64;

    SqlConnection(ConnectionPool& owner, sqlite3* database);
    ~SqlConnection() {
        leave_pool();
        for (Owned<PreparedStatement>& one : statements) sqlite3_finalize(one->statement);
        sqlite3_close(db);
    }
    SqlConnection(const SqlConnection&) = delete;
    SqlConnection& operator=(const SqlConnection&) = delete;

    PreparedStatement& prepare(std::string_view sql);
    PreparedStatement& prepare(const TableStatement& statement);
    void leave_pool();

    // Of the statements about single rows, those that ran last, each in the place that its description gives.
    struct Recent {
        TableStatement statement{};
        PreparedStatement* prepared = nullptr;
    };

    ConnectionPool& pool;
    sqlite3* db;
    List<Owned<PreparedStatement>> statements;
    Recent recent[32];
    std::uint64_t clock = 0;
    int users = 0;
    std::atomic<std::uint64_t> started{0}; // statements; only its user's thread adds to it
    bool broken = false; // its file is corrupt, gone or another one: it is closed when it is given back
    std::chrono::steady_clock::time_point waits_since{}; // for others' lock
    std::chrono::steady_clock::time_point looked_at{};   // its file, whether it is still there
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
    std::vector<SqlConnection*> opened;  // all of them
    std::uint64_t statements = 0;        // of those that are closed
    List<Owned<SqlConnection>> idle;
    std::size_t open = 0;
    std::uint64_t next_ticket = 0; // of writers
    std::vector<std::uint64_t> writers; // who writes, and who waits for it
    Owned<SqlConnection> anchor;           // keeps a database in memory there
    pid_t process = ::getpid();            // whose connections these are
};

// What SQLite says, as an exception.
[[noreturn]] FASTAPI_COLD void throw_database_error(int code, const std::string& message, std::string statement) {
    using Constraint = IntegrityError::Constraint;
    using Reason = OperationalError::Reason;
    switch (code & 0xFF) {
    case SQLITE_CONSTRAINT: {
        // ON DELETE RESTRICT is a trigger of SQLite's own, and has that one's code.
        bool restricted = code == SQLITE_CONSTRAINT_TRIGGER && message == "FOREIGN KEY constraint failed";
        Constraint constraint = code == SQLITE_CONSTRAINT_UNIQUE       ? Constraint::unique
                                : code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID ? Constraint::primary_key
                                : code == SQLITE_CONSTRAINT_FOREIGNKEY || restricted ? Constraint::foreign_key
                                : code == SQLITE_CONSTRAINT_NOTNULL    ? Constraint::not_null
                                : code == SQLITE_CONSTRAINT_CHECK      ? Constraint::check
                                                                       : Constraint::other;
        std::size_t colon = message.find(": ");
        throw IntegrityError(message, std::move(statement), code, constraint, colon == std::string::npos ? std::string{} : message.substr(colon + 2));
    }
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: // others opened the log at the same time, again and again
        throw OperationalError(code == SQLITE_BUSY_SNAPSHOT ? "another session has written since this one began to read: call session.begin() "
                                                              "before what is read and then written"
                                                            : message,
                               std::move(statement), code, Reason::busy);
    case SQLITE_FULL: throw OperationalError(message, std::move(statement), code, Reason::full);
    case SQLITE_READONLY: throw OperationalError(message, std::move(statement), code, Reason::read_only);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: throw OperationalError(message, std::move(statement), code, Reason::corrupt);
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: throw OperationalError(message, std::move(statement), code, Reason::cannot_open);
    case SQLITE_IOERR: throw OperationalError(message, std::move(statement), code, Reason::io);
    case SQLITE_NOMEM:
    case SQLITE_ABORT:
    case SQLITE_SCHEMA:
    case SQLITE_INTERRUPT: throw OperationalError(message, std::move(statement), code, Reason::other);
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH: throw DataError(message, std::move(statement), code);
    default: throw ProgrammingError(message, std::move(statement), code);
    }
}
// Errors behind which a connection may stay of no use, however the file is put right.
FASTAPI_COLD bool breaks_connection(int code) {
    code &= 0xFF;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_CANTOPEN || code == SQLITE_IOERR || code == SQLITE_READONLY;
}
[[noreturn]] FASTAPI_COLD void throw_database_error(SqlConnection& connection, int code, std::string_view statement) {
    int extended = sqlite3_extended_errcode(connection.db);
    connection.broken = connection.broken || breaks_connection(code);
    throw_database_error((extended & 0xFF) == (code & 0xFF) ? extended : code, sqlite3_errmsg(connection.db), std::string(statement));
}

FASTAPI_INLINE SqlConnection::SqlConnection(ConnectionPool& owner, sqlite3* database) : pool(owner), db(database) {
    std::lock_guard lock(pool.mutex);
    pool.opened.push_back(this);
}
FASTAPI_INLINE void SqlConnection::leave_pool() {
    std::lock_guard lock(pool.mutex);
    if (std::erase(pool.opened, this) != 0) pool.statements += started.load(std::memory_order_relaxed);
}

FASTAPI_INLINE PreparedStatement& SqlConnection::prepare(std::string_view sql) {
    for (Owned<PreparedStatement>& one : statements)
        if (one->sql == sql && !one->in_use) {
            one->last_use = ++clock;
            return *one;
        }
    Owned<PreparedStatement> made{new PreparedStatement};
    made->sql = sql;
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
            for (Recent& one : recent)
                if (one.prepared == statements[oldest].get()) one.prepared = nullptr;
            sqlite3_finalize(statements[oldest]->statement);
            statements[oldest] = std::move(made);
            return *statements[oldest];
        }
    }
    statements.push_back(std::move(made));
    return *statements.back();
}

FASTAPI_INLINE PreparedStatement& SqlConnection::prepare(const TableStatement& statement) {
    std::uint64_t place = (reinterpret_cast<std::uintptr_t>(statement.table) / alignof(SqlTable) + static_cast<std::uint64_t>(statement.kind)) * 8 + statement.columns;
    Recent& one = recent[(place * 0x9E3779B97F4A7C15U) >> 59U];
    if (!one.prepared || one.prepared->in_use || !(one.statement == statement)) {
        one.prepared = &prepare(sql_of(statement));
        one.statement = statement;
    } else {
        one.prepared->last_use = ++clock;
    }
    return *one.prepared;
}

FASTAPI_INLINE ConnectionUse::ConnectionUse(SqlConnection* connection) : connection_(connection) {
    if (connection_) ++connection_->users;
}
FASTAPI_INLINE ConnectionUse::~ConnectionUse() {
    if (connection_ && --connection_->users == 0) give_back(connection_);
}
FASTAPI_INLINE void ConnectionUse::give_back(SqlConnection* connection) {
    ConnectionPool& pool = connection->pool;
    // What was left open by an error is undone.
    if (!sqlite3_get_autocommit(connection->db)) sqlite3_exec(connection->db, "ROLLBACK", nullptr, nullptr, nullptr);
    Owned<SqlConnection> given{connection};
    if (given->broken && !pool.memory) given = {}; // the next one opens the file anew
    std::lock_guard lock(pool.mutex);
    if (given) {
        pool.idle.push_back(std::move(given));
    } else {
        --pool.open;
    }
    pool.changed.notify_all();
}

FASTAPI_INLINE Cursor::Cursor(const ConnectionUse& use, std::string_view sql) : use_(use) { start(use_.get()->prepare(sql)); }
FASTAPI_INLINE Cursor::Cursor(const ConnectionUse& use, const TableStatement& statement) : use_(use) { start(use_.get()->prepare(statement)); }
FASTAPI_INLINE void Cursor::start(PreparedStatement& prepared) {
    prepared_ = &prepared;
    prepared_->in_use = true;
    statement_ = prepared_->statement;
    SqlConnection& connection = *use_.get();
    connection.started.store(connection.started.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (connection.pool.echo) std::fprintf(stderr, "SQL:      %s\n", prepared_->sql.c_str());
}
FASTAPI_INLINE const std::string& Cursor::sql() const { return prepared_->sql; }

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
FASTAPI_INLINE void Cursor::bound(int code) {
    if (code != SQLITE_OK) throw_database_error(*use_.get(), code, prepared_->sql);
}
FASTAPI_INLINE void Cursor::bind(int index, const SqlValue& value) { bound(bind_value(statement_, index, value, SQLITE_STATIC)); }
FASTAPI_INLINE void Cursor::bind(int index, std::int64_t value) { bound(sqlite3_bind_int64(statement_, index, value)); }
FASTAPI_INLINE void Cursor::bind(int index, double value) { bound(sqlite3_bind_double(statement_, index, value)); }
FASTAPI_INLINE void Cursor::bind(int index, std::string_view text) {
    bound(sqlite3_bind_text64(statement_, index, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8)); // null would be NULL
}
FASTAPI_INLINE void Cursor::bind(int index, std::nullptr_t) { bound(sqlite3_bind_null(statement_, index)); }
FASTAPI_INLINE void Cursor::bind_copy(int index, const SqlValue& value) {
    copies_ = true;
    bound(bind_value(statement_, index, value, SQLITE_TRANSIENT));
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
    connection.broken = connection.broken || breaks_connection(extended);
    close();
    throw_database_error(extended, message, std::move(sql));
}

FASTAPI_INLINE void Cursor::begin() { begun_ = step() ? Begun::row : Begun::done; }
FASTAPI_INLINE bool Cursor::is_read_only() const { return sqlite3_stmt_readonly(statement_) != 0; }
FASTAPI_INLINE int Cursor::column_count() const { return sqlite3_column_count(statement_); }
// One look at the column instead of one for its kind, its bytes and their size. SQLite allows it where no other thread uses the
// connection ("not threadsafe", sqlite.org/c3ref/column_blob.html), which is so here.
FASTAPI_INLINE Cell Cursor::cell(int index) const { return Cell(sqlite3_column_value(statement_, index)); }
FASTAPI_INLINE SqlValue::Kind Cell::kind() const {
    static_assert(SQLITE_INTEGER == 1 && SQLITE_FLOAT == 2 && SQLITE_TEXT == 3 && SQLITE_BLOB == 4 && SQLITE_NULL == 5);
    int type = sqlite3_value_type(value_);
    return type == SQLITE_NULL ? SqlValue::Kind::null : static_cast<SqlValue::Kind>(type);
}
FASTAPI_INLINE std::int64_t Cell::integer() const { return sqlite3_value_int64(value_); }
FASTAPI_INLINE double Cell::real() const { return sqlite3_value_double(value_); }
FASTAPI_INLINE std::string_view Cell::text() const {
    auto text = reinterpret_cast<const char*>(sqlite3_value_text(value_));
    if (!text) throw_database_error(SQLITE_NOMEM, "out of memory", {}); // it is converted from UTF-16
    return {text, static_cast<std::size_t>(sqlite3_value_bytes(value_))};
}
FASTAPI_INLINE std::string_view Cell::blob() const {
    auto bytes = static_cast<const char*>(sqlite3_value_blob(value_));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_value_bytes(value_))};
}
FASTAPI_INLINE SqlValue Cell::value() const {
    switch (kind()) {
    case SqlValue::Kind::integer: return SqlValue::of(integer());
    case SqlValue::Kind::real: return SqlValue::of(real());
    case SqlValue::Kind::text: return SqlValue::of(text());
    case SqlValue::Kind::blob: return SqlValue::of_blob(blob());
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

// SQLite's order of decimal numbers that are text: by their exact value, and what is no number behind them.
FASTAPI_INLINE int compare_decimal_texts(void*, int left_size, const void* left, int right_size, const void* right) {
    std::string_view texts[] = {{static_cast<const char*>(left), static_cast<std::size_t>(left_size)},
                                {static_cast<const char*>(right), static_cast<std::size_t>(right_size)}};
    try {
        std::optional<Decimal> numbers[2];
        for (int i = 0; i != 2; ++i) {
            try {
                numbers[i].emplace(texts[i]);
                if (numbers[i]->is_nan()) numbers[i].reset();
            } catch (const ValueError&) { // it is none
            }
        }
        if (numbers[0].has_value() != numbers[1].has_value()) return numbers[0] ? -1 : 1;
        if (numbers[0]) {
            std::partial_ordering order = *numbers[0] <=> *numbers[1];
            return order < 0 ? -1 : order > 0 ? 1 : 0;
        }
    } catch (const std::exception&) { // no memory: nothing may be thrown through SQLite
    }
    return texts[0].compare(texts[1]);
}

FASTAPI_INLINE bool in_transaction(const ConnectionUse& use) { return sqlite3_get_autocommit(use.get()->db) == 0; }

// Waits for another process, or a reader of a database in memory. SQLite's own way is to look every 100 ms in the end: whoever writes
// without a pause is hardly ever met between two transactions.
FASTAPI_COLD int wait_for_lock(void* data, int tries) {
    auto& connection = *static_cast<SqlConnection*>(data);
    auto now = std::chrono::steady_clock::now();
    if (tries == 0) connection.waits_since = now;
    if (now - connection.waits_since >= std::chrono::milliseconds{connection.pool.timeout_ms}) return 0;
    ::usleep(tries < 10 ? 200 : 2000);
    return 1;
}

// Whether what it has open is not, or no longer, the file of that name: what is written there is lost. Who reads finds it out a little
// later: to ask costs a quarter of what a small session does.
FASTAPI_INLINE bool has_moved(SqlConnection& connection, bool writes) {
    if (connection.pool.memory) return false;
    auto now = std::chrono::steady_clock::now();
    if (!writes && now - connection.looked_at < std::chrono::milliseconds{100}) return false;
    connection.looked_at = now;
    int moved = 0;
    return sqlite3_file_control(connection.db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}
FASTAPI_INLINE void check_file(const ConnectionUse& use) {
    if (!has_moved(*use.get(), true)) return;
    use.get()->broken = true;
    throw OperationalError("the file of the database is gone, or another one", {}, SQLITE_READONLY_DBMOVED, OperationalError::Reason::cannot_open);
}

FASTAPI_COLD Owned<SqlConnection> open_connection(ConnectionPool& pool, int flags) {
    sqlite3* db = nullptr;
    int code = sqlite3_open_v2(pool.path.c_str(), &db, flags, nullptr);
    Owned<SqlConnection> made{new SqlConnection(pool, db)};
    if (code != SQLITE_OK) throw_database_error(code, concat({"the database ", pool.url, " cannot be opened: ", db ? sqlite3_errmsg(db) : "no memory"}), {});
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_handler(db, &wait_for_lock, made.get());
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr); // "name" is a name, and never text
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_create_collation_v2(db, "fastapi_decimal", SQLITE_UTF8, nullptr, compare_decimal_texts, nullptr);
    auto pragma = [&](std::string_view name, std::string_view value) {
        std::string sql = concat({"PRAGMA ", name, " = ", value});
        auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{pool.timeout_ms};
        do { // several processes that open a new file: SQLite does not wait where they could wait for each other
            code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
        } while ((code & 0xFF) == SQLITE_BUSY && std::chrono::steady_clock::now() < end && ::usleep(1000) == 0);
        if (code != SQLITE_OK) throw_database_error(*made, code, sql);
    };
    pragma("foreign_keys", pool.foreign_keys ? "ON" : "OFF");
    if (!pool.memory) {
        if (!sqlite3_db_readonly(db, "main")) pragma("journal_mode", pool.journal_mode);
        pragma("synchronous", pool.synchronous);
    }
    return made;
}

// In a worker process: SQLite forbids to use, or close, what was opened before the fork, and the parent's writers are not here.
FASTAPI_INLINE void forget_parent(ConnectionPool& pool) {
    pid_t process = ::getpid();
    if (pool.process == process) return;
    for (Owned<SqlConnection>& inherited : pool.idle) (void)inherited.release();
    pool.idle.clear();
    pool.opened.clear();
    pool.writers.clear();
    pool.open = 0;
    pool.process = process;
}

FASTAPI_INLINE ConnectionUse acquire_connection(ConnectionPool& pool, bool writes) {
    std::unique_lock lock(pool.mutex);
    forget_parent(pool);
    bool there = pool.changed.wait_for(lock, std::chrono::milliseconds{pool.timeout_ms}, [&] { return !pool.idle.empty() || pool.open < pool.size; });
    if (!there)
        throw OperationalError(concat({"all ", integer_text(static_cast<std::int64_t>(pool.size)), " connections of the engine are in use (pool_size)"}), {},
                               0, OperationalError::Reason::busy);
    Owned<SqlConnection> found;
    if (!pool.idle.empty()) {
        found = std::move(pool.idle.back());
        pool.idle.pop_back();
    } else {
        ++pool.open;
    }
    int flags = pool.flags;
    lock.unlock();
    if (found && !has_moved(*found, writes)) return ConnectionUse{found.release()};
    found = {};
    try {
        Owned<SqlConnection> made = open_connection(pool, flags);
        lock.lock();
        pool.flags &= ~SQLITE_OPEN_CREATE; // a file that is gone is an error, and no new one is made in its place
        lock.unlock();
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
    forget_parent(pool); // before others queue up behind this one
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

} // namespace detail

} // namespace fastapi
