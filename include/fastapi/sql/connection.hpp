#pragma once

// One connection to SQLite with its prepared statements; a statement that is being run; a connection that somebody uses.
// Statements and values are all that the rest of this room knows of the database (with sql/sqlite_writer.ipp's text).

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "fastapi/sql/column_types.hpp"

struct sqlite3_stmt;
struct sqlite3_value;

namespace fastapi::detail {

class SqlConnection;
class ConnectionPool;
struct PreparedStatement;
struct TableStatement;

// Keeps a connection from going back to the pool.
class ConnectionUse {
  public:
    ConnectionUse() = default;
    explicit ConnectionUse(SqlConnection* connection); // counts it
    ConnectionUse(const ConnectionUse& other) : ConnectionUse(other.connection_) {}
    ConnectionUse(ConnectionUse&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
    ConnectionUse& operator=(ConnectionUse other) noexcept {
        std::swap(connection_, other.connection_);
        return *this;
    }
    ~ConnectionUse();
    [[nodiscard]] SqlConnection* get() const { return connection_; }
    explicit operator bool() const { return connection_ != nullptr; }

  private:
    static void give_back(SqlConnection* connection);
    SqlConnection* connection_ = nullptr;
};

// A value of a cursor's row, until the next step. Each function is for values of that kind only.
class Cell {
  public:
    explicit Cell(sqlite3_value* value) : value_(value) {}
    [[nodiscard]] SqlValue::Kind kind() const;
    [[nodiscard]] std::int64_t integer() const;
    [[nodiscard]] double real() const;
    [[nodiscard]] std::string_view text() const;
    [[nodiscard]] std::string_view blob() const;
    [[nodiscard]] SqlValue value() const;

  private:
    sqlite3_value* value_;
};

// A statement on its way. Throws DatabaseError and its kinds.
class Cursor {
  public:
    Cursor() = default;
    Cursor(const ConnectionUse& use, std::string_view sql);
    Cursor(const ConnectionUse& use, const TableStatement& statement);
    Cursor(Cursor&& other) noexcept
        : use_(std::move(other.use_)), prepared_(std::exchange(other.prepared_, nullptr)), statement_(other.statement_), begun_(other.begun_), copies_(other.copies_) {}
    Cursor& operator=(Cursor&& other) noexcept {
        std::swap(use_, other.use_);
        std::swap(prepared_, other.prepared_);
        std::swap(statement_, other.statement_);
        std::swap(begun_, other.begun_);
        std::swap(copies_, other.copies_);
        return *this;
    }
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    ~Cursor() { close(); }

    // Values are numbered from 1, and live until the cursor is closed.
    void bind(int index, const SqlValue& value);
    void bind(int index, std::int64_t value);
    void bind(int index, double value);
    void bind(int index, std::string_view text);
    void bind(int index, std::nullptr_t);
    // The same, of a value that may go before the cursor.
    void bind_copy(int index, const SqlValue& value);
    // ":name"; throws when the statement has none of that name.
    void bind_copy(std::string_view name, const SqlValue& value);
    // The next row; false: there is none.
    bool step();
    // Takes the first step now: the next call of step() tells what it gave.
    void begin();
    [[nodiscard]] bool is_read_only() const;
    [[nodiscard]] int column_count() const;
    // Of the current row, from 0.
    [[nodiscard]] Cell cell(int index) const;
    [[nodiscard]] SqlValue column(int index) const { return cell(index).value(); }
    [[nodiscard]] std::string_view column_name(int index) const;
    [[nodiscard]] const std::string& sql() const;
    // Rows that the statement has changed; the number of the last row that was inserted.
    [[nodiscard]] std::int64_t changes() const;
    [[nodiscard]] std::int64_t last_row_id() const;
    void close();
    [[nodiscard]] bool is_open() const { return prepared_ != nullptr; }
    [[nodiscard]] const ConnectionUse& use() const { return use_; }

  private:
    void start(PreparedStatement& prepared);
    void bound(int code);
    ConnectionUse use_;
    PreparedStatement* prepared_ = nullptr;
    sqlite3_stmt* statement_ = nullptr;
    enum class Begun : unsigned char { no, row, done } begun_ = Begun::no; // what begin() found
    bool copies_ = false;                                        // are bound
};

// Runs a statement without values and rows.
void run_statement(const ConnectionUse& use, std::string_view sql);

// Whether a transaction is open there: SQLite ends one itself after some errors (a full disk).
bool in_transaction(const ConnectionUse& use);

// From a pool; waits for one. Throws OperationalError.
ConnectionUse acquire_connection(ConnectionPool& pool, bool writes = true);
// Before a session that has read writes. Throws OperationalError when the file was deleted or replaced meanwhile.
void check_file(const ConnectionUse& use);
// One writer of a process at a time, in order of arrival: nobody starves, and SQLite's own waiting is for other processes.
void lock_writer(ConnectionPool& pool);
void unlock_writer(ConnectionPool& pool);

} // namespace fastapi::detail
