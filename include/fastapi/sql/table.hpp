#pragma once

// Tables: a model with `static constexpr auto table = "heroes";` is one. Its columns are its members, under their names in C++;
// it is described once, and everything that walks the description is ordinary code.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fastapi/meta/list.hpp"
#include "fastapi/model/cast.hpp"
#include "fastapi/model/describe.hpp"
#include "fastapi/sql/annotations.hpp"
#include "fastapi/sql/column_types.hpp"
#include "fastapi/sql/relationship.hpp"

namespace fastapi {

namespace detail {

struct SqlColumn {
    // Values that are what the database has, which need no function of ops: then it holds kind, too.
    enum class Direct : std::uint8_t { no, text, int32, int64, float64 };

    std::string_view name;
    std::size_t offset = 0;
    std::size_t state_offset = 0; // of the Field's state, when has_state
    const Type* type = nullptr;   // of the value, without its optional
    const OptionalTraits* optional = nullptr;
    const ColumnOps* ops = nullptr;
    const FieldInfo* info = &no_info;
    Direct direct = Direct::no;
    SqlValue::Kind kind = SqlValue::Kind::null; // of direct
    bool has_state = false;
    bool primary_key = false;
    bool nullable = false; // in the database
};

// What a table says beyond its columns: static constexpr auto table_args.
struct TableConstraint {
    enum class Kind : std::uint8_t { unique, index, check };
    Kind kind;
    std::vector<std::string_view> columns{};
    std::string_view text{}; // of a check
};

struct SqlTable {
    std::string_view name;
    std::string_view model; // the name of the struct, for messages
    Sequence<SqlColumn> columns;
    Sequence<std::uint16_t> keys; // the columns of the primary key
    Sequence<TableConstraint> constraints;
    Sequence<SqlRelationship> relationships;
    bool key_by_database = false; // one optional integer, which a new row gets from the database
    std::string insert;           // INSERT INTO "heroes" (…) VALUES (?, …)
    std::string insert_without_key;
    std::string select;           // SELECT … FROM "heroes"
    std::string by_key;           //  WHERE "id" = ?
    std::string select_by_key;    // the last two
};

// What is done with single rows of a table. A connection finds such a statement again without its text.
struct TableStatement {
    enum class Kind : std::uint8_t { insert, insert_without_key, select, update, remove };
    static constexpr std::size_t max_columns = 64; // of a table of whose rows some are updated so

    const SqlTable* table = nullptr;
    Kind kind = Kind::select;
    std::uint64_t columns = 0; // those that an update writes: bit n is the n-th

    friend bool operator==(const TableStatement& a, const TableStatement& b) {
        return a.table == b.table && a.kind == b.kind && a.columns == b.columns;
    }
};
std::string sql_of(const TableStatement& statement);
// UPDATE … SET each = ?, … WHERE "id" = ?
struct ChangedColumn {
    const SqlColumn* column;
    char* was; // its value in a RowMemory; null when that is not known
};
std::string update_sql(const SqlTable& table, const Sequence<ChangedColumn>& columns);

// The column that lies at offset. Throws std::logic_error when there is none.
const SqlColumn& column_at(const SqlTable& table, std::size_t offset);
// Whether the database gives the object its key, which is still empty.
bool awaits_key(const SqlTable& table, const void* object);
// A value of a column in an object; NULL when it is empty.
SqlValue column_value(const SqlColumn& column, const void* object, std::string& scratch);
void read_column(const SqlTable& table, const SqlColumn& column, const SqlValue& found, void* object);

void begin_table(SqlTable& table, const Model& model, std::string_view name);
void set_column_ops(SqlTable& table, std::size_t offset, const ColumnOps& ops);
// Fills in what follows from the columns. Throws std::logic_error with a sentence when they make no table.
void finish_table(SqlTable& table);
// "name", quoted for SQL.
std::string sql_name(std::string_view name);

} // namespace detail

// Constraints over several columns, in static constexpr auto table_args = TableArgs(UniqueConstraint("team_id", "name"), …);
template <std::size_t N>
struct UniqueConstraint {
    std::array<const char*, N> columns;
    template <class... Name>
    constexpr explicit UniqueConstraint(const Name*... name) : columns{name...} {}
    void add_to(detail::SqlTable& table) const {
        table.constraints.push_back({detail::TableConstraint::Kind::unique, {columns.begin(), columns.end()}, {}});
    }
};
template <class... Name>
UniqueConstraint(const Name*...) -> UniqueConstraint<sizeof...(Name)>;
template <std::size_t N>
struct IndexConstraint {
    std::array<const char*, N> columns;
    template <class... Name>
    constexpr explicit IndexConstraint(const Name*... name) : columns{name...} {}
    void add_to(detail::SqlTable& table) const {
        table.constraints.push_back({detail::TableConstraint::Kind::index, {columns.begin(), columns.end()}, {}});
    }
};
template <class... Name>
IndexConstraint(const Name*...) -> IndexConstraint<sizeof...(Name)>;
struct CheckConstraint { // an SQL expression
    const char* text;
    constexpr explicit CheckConstraint(const char* expression) : text(expression) {}
    void add_to(detail::SqlTable& table) const { table.constraints.push_back({detail::TableConstraint::Kind::check, {}, text}); }
};
template <class... Constraint>
constexpr auto TableArgs(Constraint... constraints) {
    return detail::Pack<Constraint...>{{{constraints}...}};
}

namespace detail {

// The columns whose types have a form of their own, and the relationships.
template <class T>
void add_column_ops(SqlTable& table, const T& object, const char* base) {
    visit_members(object, [&](const auto&... member) {
        auto one = [&]<std::size_t N, class M>(std::integral_constant<std::size_t, N>, const M& m) {
            if constexpr (is_flatten<M>) {
                add_column_ops(table, m.value, base);
            } else if constexpr (is_relationship<M>) {
                table.relationships.push_back(describe_relationship(m, member_name<T, N>(), static_cast<std::size_t>(reinterpret_cast<const char*>(&m) - base)));
            } else {
                const void* place = &m;
                using Declared = typename decltype([] {
                    if constexpr (is_field<M>) {
                        return std::type_identity<typename M::value_type>{};
                    } else {
                        return std::type_identity<M>{};
                    }
                }())::type;
                if constexpr (is_field<M>) place = &FieldAccess::value(m);
                if (const ColumnOps* ops = own_column_ops<typename OptionalInner<Declared>::type>())
                    set_column_ops(table, static_cast<std::size_t>(static_cast<const char*>(place) - base), *ops);
            }
        };
        [&]<std::size_t... I>(std::index_sequence<I...>) { (one(std::integral_constant<std::size_t, I>{}, member), ...); }(std::make_index_sequence<sizeof...(member)>{});
    });
}

template <class T>
SqlTable make_table() {
    static_assert(is_table<T>, "fastapi: this model is no table: give it a name, static constexpr auto table = \"heroes\";");
    SqlTable table;
    const Model& model = describe_model<T>();
    begin_table(table, model, T::table);
    const T& prototype = *static_cast<const T*>(model.prototype);
    add_column_ops(table, prototype, reinterpret_cast<const char*>(&prototype));
    if constexpr (requires { T::table_args; })
        [&]<class... C>(const Pack<C...>& args) {
            [&]<std::size_t... I>(std::index_sequence<I...>) { (get<I>(args).add_to(table), ...); }(std::index_sequence_for<C...>{});
        }(T::table_args);
    finish_table(table);
    return table;
}

template <class T>
const SqlTable& table_of() {
    static const SqlTable table = make_table<T>();
    return table;
}

// CREATE TABLE, and CREATE INDEX for each index.
std::vector<std::string> create_statements(const SqlTable& table, bool if_not_exists);

} // namespace detail

// The SQL that makes the table and its indices, each statement ended by ";\n".
template <class T>
std::string create_sql() {
    std::string out;
    for (const std::string& statement : detail::create_statements(detail::table_of<T>(), false)) out += statement + ";\n";
    return out;
}

} // namespace fastapi
