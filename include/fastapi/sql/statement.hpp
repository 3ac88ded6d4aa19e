#pragma once

// A query as a plain description: what select(), sql::update() and their kind build, and a dialect writes (sql/sqlite_writer.ipp).
// Values are always bound.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "fastapi/meta/list.hpp"
#include "fastapi/sql/table.hpp"

namespace fastapi::detail {

// A value that a statement has of its own.
struct StoredValue {
    SqlValue::Kind kind = SqlValue::Kind::null;
    std::int64_t integer = 0;
    double real = 0;
    std::string bytes{};

    static StoredValue of(const SqlValue& value) { return {value.kind, value.integer, value.real, std::string(value.bytes)}; }
    [[nodiscard]] SqlValue view() const { return {kind, integer, real, bytes}; }
};

struct SelectStatement;

// A query in a query.
class SubQuery {
  public:
    SubQuery() = default;
    explicit SubQuery(const SelectStatement& statement);
    SubQuery(const SubQuery& other);
    SubQuery(SubQuery&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    SubQuery& operator=(SubQuery other) noexcept {
        std::swap(statement_, other.statement_);
        return *this;
    }
    ~SubQuery();
    const SelectStatement& operator*() const { return *statement_; }
    explicit operator bool() const { return statement_ != nullptr; }

  private:
    SelectStatement* statement_ = nullptr;
};

// An expression is its nodes in prefix order: each is followed by its arguments.
struct SqlNode {
    enum class Op : std::uint8_t {
        column,
        columns, // all of a table
        value,
        binary,   // text between two
        prefix,   // text before one
        suffix,   // text behind one
        function, // text(…)
        in,       // one in the others; text: " IN " or " NOT IN "
        between,
        like,     // with an escape character; text: " LIKE " or " NOT LIKE "
        number,   // text that is compared as the exact decimal number that it is
        select,   // a query in parentheses
        star,
        excluded // the column of the row that an INSERT could not add
    };
    Op op;
    std::uint16_t arguments = 0;
    const SqlTable* table = nullptr;
    const SqlColumn* column = nullptr;
    const Model* base = nullptr; // of a column whose table the query has still to say: a Flatten's
    const char* text = "";
    StoredValue value{};
    SubQuery query{};
};
using SqlNodes = Sequence<SqlNode>;

struct SqlJoin {
    const SqlTable* table;
    bool left;
    SqlNodes on; // empty: by the foreign key
};

struct SelectStatement {
    SqlNodes columns;
    Sequence<const SqlTable*> from;
    Sequence<SqlJoin> joins;
    SqlNodes where, group_by, having, order_by; // where and having: all of them; the others are lists
    StoredValue limit{SqlValue::Kind::integer, -1, 0, {}}; // negative: none
    StoredValue offset{SqlValue::Kind::integer, 0, 0, {}};
    bool distinct = false;
    Sequence<SqlLoad> loads{};           // of the outermost query: what is read beside its first table
    SubQuery from_query{};                  // instead of tables
    const char* set_operation = nullptr;    // " UNION ", of the queries in set_operands; the parts above but the last three are not used
    Sequence<SubQuery> set_operands{};
};
// INSERT, UPDATE and DELETE.
struct ChangeStatement {
    enum class Kind : std::uint8_t { insert, update, remove };
    const SqlTable* table = nullptr;
    Kind kind = Kind::update;
    SqlNodes set; // column, expression, column, …
    SqlNodes where;
    SqlNodes returning;
    Sequence<const SqlColumn*> columns; // of an INSERT
    Sequence<StoredValue> rows;         // those columns of each
    bool conflict_nothing = false;
    SqlNodes conflict; // the columns that another row may have already: then set applies
};
// The values of an object, behind those that are there. Throws std::invalid_argument when a row has a primary key and another has none.
void add_row(ChangeStatement& statement, const void* object);
// SELECT count(*) of what a query gives, without limit, offset and order.
SelectStatement counted(const SelectStatement& statement);

// What a dialect makes of it.
struct WrittenStatement {
    std::string sql;
    Sequence<const StoredValue*> values; // of the statement that was written, which must outlive this
};
void write_select(const SelectStatement& statement, WrittenStatement& out);
void write_change(const ChangeStatement& statement, WrittenStatement& out);

void append_nodes(SqlNodes& to, const SqlNodes& nodes);
// Sets the table of the columns that came by way of a Flatten.
void resolve_base(SqlNodes& nodes, const Model& base, const SqlTable& table);
// The node of a column: by the name that lies at offset in a model which may be part of the table's.
SqlNode column_node(const SqlTable* table, const Model& model, std::size_t offset);
// What LIKE compares with. literal: % and _ of the text are these characters. SQLite's LIKE ends at a NUL, so that one with a NUL would
// match what it should not: NULL stands for it, which matches nothing, and neither does its opposite.
void add_text_pattern(SqlNodes& nodes, std::string_view before, std::string_view text, std::string_view behind, bool literal);

} // namespace fastapi::detail
