#pragma once

// One connection to SQLite with its prepared statements; a statement that is being run; a connection that somebody uses.
// Statements and values are all that the rest of this room knows of the database (with sql/sqlite_writer.ipp's text).

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "fastapi/sql/column_types.hpp"

struct sqlite3_stmt;

namespace fastapi::detail {

class SqlConnection;
class ConnectionPool;
struct PreparedStatement;

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
    SqlConnection* connection_ = nullptr;
};

// A statement on its way. Throws DatabaseError and its kinds.
class Cursor {
  public:
    Cursor() = default;
    Cursor(const ConnectionUse& use, std::string_view sql);
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
    [[nodiscard]] SqlValue column(int index) const;
    [[nodiscard]] std::string_view column_name(int index) const;
    // Rows that the statement has changed; the number of the last row that was inserted.
    [[nodiscard]] std::int64_t changes() const;
    [[nodiscard]] std::int64_t last_row_id() const;
    void close();
    [[nodiscard]] bool is_open() const { return prepared_ != nullptr; }
    [[nodiscard]] const ConnectionUse& use() const { return use_; }

  private:
    ConnectionUse use_;
    PreparedStatement* prepared_ = nullptr;
    sqlite3_stmt* statement_ = nullptr;
    enum class Begun : unsigned char { no, row, done } begun_ = Begun::no; // what begin() found
    bool copies_ = false;                                        // are bound
};

// Runs a statement without values and rows.
void run_statement(const ConnectionUse& use, std::string_view sql);

// From a pool; waits for one. Throws OperationalError.
ConnectionUse acquire_connection(ConnectionPool& pool);
// One writer of a process at a time, in order of arrival: nobody starves, and SQLite's own waiting is for other processes.
void lock_writer(ConnectionPool& pool);
void unlock_writer(ConnectionPool& pool);

} // namespace fastapi::detail
