#pragma once

// What goes wrong with a database. Names are SQLAlchemy's. what() has the statement, never its values.

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace fastapi {

// Everything below.
class DatabaseError : public std::runtime_error {
  public:
    DatabaseError(const std::string& message, std::string statement, int code = 0)
        : std::runtime_error(statement.empty() ? message : message + "\n[SQL: " + statement + "]"), statement_(std::move(statement)), code_(code) {}
    [[nodiscard]] const std::string& statement() const noexcept { return statement_; }
    // SQLite's extended result code; 0 when the library found the error.
    [[nodiscard]] int code() const noexcept { return code_; }

  private:
    std::string statement_;
    int code_;
};

// A row breaks a constraint.
class IntegrityError : public DatabaseError {
  public:
    enum class Constraint : unsigned char { other, unique, primary_key, foreign_key, not_null, check };
    IntegrityError(const std::string& message, std::string statement, int code, Constraint constraint, std::string columns)
        : DatabaseError(message, std::move(statement), code), constraint_(constraint), columns_(std::move(columns)) {}
    [[nodiscard]] Constraint constraint() const noexcept { return constraint_; }
    // "users.email", "a.x, a.y"; of a check its name or expression; empty for a foreign key, which SQLite does not name.
    [[nodiscard]] const std::string& columns() const noexcept { return columns_; }

  private:
    Constraint constraint_;
    std::string columns_;
};

// The database cannot do it now: busy, full, read-only, corrupt, not there.
class OperationalError : public DatabaseError {
  public:
    enum class Reason : unsigned char { other, busy, full, read_only, corrupt, cannot_open, io };
    OperationalError(const std::string& message, std::string statement, int code, Reason reason)
        : DatabaseError(message, std::move(statement), code), reason_(reason) {}
    [[nodiscard]] Reason reason() const noexcept { return reason_; }

  private:
    Reason reason_;
};

// The statement is wrong: a table that is not there, say.
class ProgrammingError : public DatabaseError {
    using DatabaseError::DatabaseError;
};
// A value in the database does not fit the member that it is for.
class DataError : public DatabaseError {
    using DatabaseError::DatabaseError;
};
// A row that should be changed is not there.
class StaleDataError : public DatabaseError {
    using DatabaseError::DatabaseError;
};
// one() found no row, or more than one.
class NoResultFound : public DatabaseError {
  public:
    NoResultFound() : DatabaseError("No row was found when one was required", {}) {}
};
class MultipleResultsFound : public DatabaseError {
  public:
    MultipleResultsFound() : DatabaseError("Multiple rows were found when exactly one was required", {}) {}
};

} // namespace fastapi
