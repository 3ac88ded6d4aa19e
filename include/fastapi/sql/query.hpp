#pragma once

// Queries: select<Hero>().where(col<&Hero::age> >= 18).order_by(desc(col<&Hero::id>)).limit(10). The compiler checks columns, the
// types of operands and that the tables are there; what comes out is a plain description (SelectStatement), which a dialect writes
// (sql/sqlite_writer.ipp). Values are always bound.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/meta/callable.hpp"
#include "fastapi/sql/table.hpp"

namespace fastapi {

namespace detail {

// --- the description ------------------------------------------------------------------------------------------------

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
        number,   // text that is compared as a number
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
using SqlNodes = std::vector<SqlNode>;

struct SqlJoin {
    const SqlTable* table;
    bool left;
    SqlNodes on; // empty: by the foreign key
};

struct SelectStatement {
    SqlNodes columns;
    std::vector<const SqlTable*> from;
    std::vector<SqlJoin> joins;
    SqlNodes where, group_by, having, order_by; // where and having: all of them; the others are lists
    StoredValue limit{SqlValue::Kind::integer, -1, 0, {}}; // negative: none
    StoredValue offset{SqlValue::Kind::integer, 0, 0, {}};
    bool distinct = false;
    SubQuery from_query{};                  // instead of tables
    const char* set_operation = nullptr;    // " UNION ", of the queries in set_operands; the parts above but the last three are not used
    std::vector<SubQuery> set_operands{};
};
// INSERT, UPDATE and DELETE.
struct ChangeStatement {
    enum class Kind : std::uint8_t { insert, update, remove };
    const SqlTable* table = nullptr;
    Kind kind = Kind::update;
    SqlNodes set; // column, expression, column, …
    SqlNodes where;
    SqlNodes returning;
    std::vector<StoredValue> rows; // of an INSERT: all columns of each
    bool without_key = false;      // the database gives it
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
    std::vector<const StoredValue*> values; // of the statement that was written, which must outlive this
};
void write_select(const SelectStatement& statement, WrittenStatement& out);
void write_change(const ChangeStatement& statement, WrittenStatement& out);

void append_nodes(SqlNodes& to, const SqlNodes& nodes);
// Sets the table of the columns that came by way of a Flatten.
void resolve_base(SqlNodes& nodes, const Model& base, const SqlTable& table);
// The node of a column: by the name that lies at offset in a model which may be part of the table's.
SqlNode column_node(const SqlTable* table, const Model& model, std::size_t offset);
void add_text_pattern(SqlNodes& nodes, std::string_view before, std::string_view text, std::string_view behind);

// --- expressions ------------------------------------------------------------------------------------------------------

template <class T>
struct SqlType { // how values of T are written and read
    using inner = typename OptionalInner<T>::type;
    static const ColumnOps& ops() {
        const ColumnOps* own = own_column_ops<inner>();
        return own ? *own : column_ops_of(type_of<inner>);
    }
    static StoredValue store(const inner& value) {
        std::string scratch;
        return StoredValue::of(ops().write(type_of<inner>, &value, scratch));
    }
    static void read(const SqlValue& found, T& target) {
        if constexpr (is_optional<T>) {
            if (found.kind == SqlValue::Kind::null) return target.reset();
            ops().read(type_of<inner>, found, &target.emplace());
        } else {
            ops().read(type_of<inner>, found, &target);
        }
    }
};

// An expression of type T over the columns of some models.
template <class T, class Models>
struct SqlExpression {
    using value_type = T;
    using models = Models;
    SqlNodes nodes;
    [[nodiscard]] const SqlExpression& expression() const { return *this; }

    auto in(const std::vector<typename OptionalInner<T>::type>& values) const;
    auto in(std::initializer_list<typename OptionalInner<T>::type> values) const;
    auto not_in(const std::vector<typename OptionalInner<T>::type>& values) const;
    template <class Query>
        requires requires(const Query& query) { query.statement(); }
    auto in(const Query& query) const;
    auto is_null() const;
    auto is_not_null() const;
    template <class A, class B>
    auto between(const A& low, const B& high) const;
    // SQL's LIKE: % stands for any text, _ for one character. SQLite does not tell ASCII letters' cases apart.
    auto like(std::string_view pattern) const;
    auto ilike(std::string_view pattern) const;
    auto not_like(std::string_view pattern) const;
    // The text itself, whatever % and _ it has.
    auto contains(std::string_view text) const;
    auto startswith(std::string_view text) const;
    auto endswith(std::string_view text) const;
};

template <class... A, class... B>
auto join_lists(TypeList<A...>, TypeList<B...>) -> TypeList<A..., B...>;
template <class A, class B>
using JoinedModels = decltype(join_lists(A{}, B{}));
template <class... Lists>
struct AllModels {
    using type = TypeList<>;
};
template <class First, class... Rest>
struct AllModels<First, Rest...> {
    using type = JoinedModels<First, typename AllModels<Rest...>::type>;
};

template <class T>
inline constexpr bool is_sql_term = requires(const T& term) {
    typename T::models;
    term.expression();
};
template <class T>
concept SqlTerm = is_sql_term<T>;

template <class P>
struct MemberPointer;
template <class C, class M>
struct MemberPointer<M C::*> {
    using model = C;
    using member = M;
};
template <class M>
struct MemberValue {
    using type = M;
};
template <class M>
    requires is_field<M>
struct MemberValue<M> {
    using type = typename M::value_type;
};


// A column: what col<&Hero::age> is. It has the operations of an expression.
template <auto P>
struct ColumnTerm {
    using model = typename MemberPointer<decltype(P)>::model;
    using value_type = typename MemberValue<typename MemberPointer<decltype(P)>::member>::type;
    using inner = typename OptionalInner<value_type>::type;
    using models = TypeList<model>;

    [[nodiscard]] SqlExpression<value_type, models> expression() const {
        const Model& described = describe_model<model>();
        const model& object = *static_cast<const model*>(described.prototype);
        const void* place = nullptr;
        if constexpr (is_field<std::remove_cvref_t<decltype(object.*P)>>) {
            place = &FieldAccess::value(object.*P);
        } else {
            place = &(object.*P);
        }
        const SqlTable* table = nullptr;
        if constexpr (is_table<model>) table = &table_of<model>();
        std::size_t offset = static_cast<std::size_t>(static_cast<const char*>(place) - reinterpret_cast<const char*>(&object));
        return {{column_node(table, described, offset)}};
    }
    auto in(const std::vector<inner>& values) const { return expression().in(values); }
    auto in(std::initializer_list<inner> values) const { return expression().in(values); }
    auto not_in(const std::vector<inner>& values) const { return expression().not_in(values); }
    template <class Query>
        requires requires(const Query& query) { query.statement(); }
    auto in(const Query& query) const {
        return expression().in(query);
    }
    auto is_null() const { return expression().is_null(); }
    auto is_not_null() const { return expression().is_not_null(); }
    template <class A, class B>
    auto between(const A& low, const B& high) const {
        return expression().between(low, high);
    }
    auto like(std::string_view pattern) const { return expression().like(pattern); }
    auto ilike(std::string_view pattern) const { return expression().ilike(pattern); }
    auto not_like(std::string_view pattern) const { return expression().not_like(pattern); }
    auto contains(std::string_view text) const { return expression().contains(text); }
    auto startswith(std::string_view text) const { return expression().startswith(text); }
    auto endswith(std::string_view text) const { return expression().endswith(text); }
};

template <class T>
inline constexpr bool is_sql_number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

// Whether a value of type R may stand beside a T.
template <class T, class R>
constexpr bool fits_sql() {
    using V = typename OptionalInner<T>::type;
    using W = typename OptionalInner<R>::type;
    if constexpr (std::is_same_v<V, W> || (is_sql_number<V> && is_sql_number<W>)) {
        return true;
    } else if constexpr (std::is_same_v<V, bool> || std::is_same_v<W, bool> || is_sql_number<V>) {
        return false;
    } else {
        return std::is_convertible_v<const W&, V>;
    }
}

template <class T, class R>
void add_operand(SqlNodes& nodes, const R& right) {
    if constexpr (SqlTerm<R>) {
        static_assert(fits_sql<T, typename R::value_type>() || fits_sql<typename R::value_type, T>(),
                      "fastapi: these columns cannot be compared or combined: their types differ");
        append_nodes(nodes, right.expression().nodes);
    } else if constexpr (requires { right.statement(); }) {
        SqlNode node{SqlNode::Op::select};
        node.query = SubQuery(right.statement());
        nodes.push_back(std::move(node));
    } else {
        static_assert(fits_sql<T, R>(), "fastapi: this value does not have the type of the column that it is compared or combined with");
        if constexpr (fits_sql<T, R>()) {
            using V = typename OptionalInner<T>::type;
            SqlNode node{SqlNode::Op::value};
            if constexpr (is_sql_number<V> && is_sql_number<R>) { // not cut to the column's type
                using Wide = std::conditional_t<std::is_floating_point_v<R>, double, R>;
                node.value = SqlType<Wide>::store(static_cast<Wide>(right));
            } else {
                node.value = SqlType<V>::store(V(right));
            }
            nodes.push_back(std::move(node));
        }
    }
}

template <class T>
void begin_operand(SqlNodes& nodes) {
    if (SqlType<T>::ops().as_number) nodes.push_back({SqlNode::Op::number, 1});
}

template <class L, class R>
struct CombinedModels {
    using type = typename L::models;
};
template <class L, class R>
    requires SqlTerm<R>
struct CombinedModels<L, R> {
    using type = JoinedModels<typename L::models, typename R::models>;
};

template <class Result, class L, class R>
auto sql_combine(const L& left, const char* symbol, const R& right) {
    using T = typename L::value_type;
    SqlExpression<Result, typename CombinedModels<L, R>::type> made;
    if constexpr (std::is_same_v<R, std::nullopt_t>) {
        made.nodes.push_back({SqlNode::Op::suffix, 1});
        made.nodes.back().text = symbol[1] == '!' ? " IS NOT NULL" : " IS NULL";
        append_nodes(made.nodes, left.expression().nodes);
    } else {
        if constexpr (is_optional<R>)
            if (!right) {
                made.nodes.push_back({SqlNode::Op::suffix, 1});
                made.nodes.back().text = symbol[1] == '!' ? " IS NOT NULL" : symbol[1] == '=' ? " IS NULL" : " AND 0";
                append_nodes(made.nodes, left.expression().nodes);
                return made;
            }
        made.nodes.push_back({SqlNode::Op::binary, 2});
        made.nodes.back().text = symbol;
        begin_operand<T>(made.nodes);
        append_nodes(made.nodes, left.expression().nodes);
        begin_operand<T>(made.nodes);
        if constexpr (is_optional<R>) {
            add_operand<T>(made.nodes, *right);
        } else {
            add_operand<T>(made.nodes, right);
        }
    }
    return made;
}


template <SqlTerm L, class R>
auto operator==(const L& left, const R& right) {
    return sql_combine<bool>(left, " = ", right);
}
template <SqlTerm L, class R>
auto operator!=(const L& left, const R& right) {
    return sql_combine<bool>(left, " != ", right);
}
template <SqlTerm L, class R>
auto operator<(const L& left, const R& right) {
    return sql_combine<bool>(left, " < ", right);
}
template <SqlTerm L, class R>
auto operator<=(const L& left, const R& right) {
    return sql_combine<bool>(left, " <= ", right);
}
template <SqlTerm L, class R>
auto operator>(const L& left, const R& right) {
    return sql_combine<bool>(left, " > ", right);
}
template <SqlTerm L, class R>
auto operator>=(const L& left, const R& right) {
    return sql_combine<bool>(left, " >= ", right);
}
// Arithmetic has the type of the left operand.
template <SqlTerm L, class R>
    requires is_sql_number<typename OptionalInner<typename L::value_type>::type>
auto operator+(const L& left, const R& right) {
    return sql_combine<typename L::value_type>(left, " + ", right);
}
template <SqlTerm L, class R>
    requires is_sql_number<typename OptionalInner<typename L::value_type>::type>
auto operator-(const L& left, const R& right) {
    return sql_combine<typename L::value_type>(left, " - ", right);
}
template <SqlTerm L, class R>
    requires is_sql_number<typename OptionalInner<typename L::value_type>::type>
auto operator*(const L& left, const R& right) {
    return sql_combine<typename L::value_type>(left, " * ", right);
}
template <SqlTerm L, class R>
    requires is_sql_number<typename OptionalInner<typename L::value_type>::type>
auto operator/(const L& left, const R& right) {
    return sql_combine<typename L::value_type>(left, " / ", right);
}

template <class T>
concept SqlCondition = SqlTerm<T> && std::is_same_v<typename OptionalInner<typename T::value_type>::type, bool>;

template <SqlCondition L, SqlCondition R>
auto operator&&(const L& left, const R& right) {
    return sql_combine<bool>(left, " AND ", right);
}
template <SqlCondition L, SqlCondition R>
auto operator||(const L& left, const R& right) {
    return sql_combine<bool>(left, " OR ", right);
}
template <class Result, SqlTerm T>
auto sql_wrap(SqlNode::Op op, const char* text, const T& term) {
    SqlExpression<Result, typename T::models> made;
    made.nodes.push_back({op, 1});
    made.nodes.back().text = text;
    append_nodes(made.nodes, term.expression().nodes);
    return made;
}
template <SqlCondition T>
auto operator!(const T& term) {
    return sql_wrap<bool>(SqlNode::Op::prefix, "NOT ", term);
}

template <class T, class M, class Values>
auto in_values(const SqlExpression<T, M>& left, const Values& values, const char* text) {
    SqlExpression<bool, M> made;
    if (values.size() > 32000) throw std::invalid_argument("fastapi: in() takes at most 32000 values");
    made.nodes.push_back({SqlNode::Op::in, static_cast<std::uint16_t>(1 + values.size())});
    made.nodes.back().text = text;
    append_nodes(made.nodes, left.nodes);
    for (const auto& value : values) add_operand<T>(made.nodes, static_cast<const typename OptionalInner<T>::type&>(value));
    return made;
}

template <class T, class M>
auto SqlExpression<T, M>::in(const std::vector<typename OptionalInner<T>::type>& values) const {
    return in_values(*this, values, " IN ");
}
template <class T, class M>
auto SqlExpression<T, M>::in(std::initializer_list<typename OptionalInner<T>::type> values) const {
    return in_values(*this, values, " IN ");
}
template <class T, class M>
auto SqlExpression<T, M>::not_in(const std::vector<typename OptionalInner<T>::type>& values) const {
    return in_values(*this, values, " NOT IN ");
}
template <class T, class M>
template <class Query>
    requires requires(const Query& query) { query.statement(); }
auto SqlExpression<T, M>::in(const Query& query) const {
    SqlExpression<bool, M> made;
    made.nodes.push_back({SqlNode::Op::binary, 2});
    made.nodes.back().text = " IN ";
    append_nodes(made.nodes, nodes);
    add_operand<T>(made.nodes, query);
    return made;
}
template <class T, class M>
auto SqlExpression<T, M>::is_null() const {
    return sql_wrap<bool>(SqlNode::Op::suffix, " IS NULL", *this);
}
template <class T, class M>
auto SqlExpression<T, M>::is_not_null() const {
    return sql_wrap<bool>(SqlNode::Op::suffix, " IS NOT NULL", *this);
}
template <class T, class M>
template <class A, class B>
auto SqlExpression<T, M>::between(const A& low, const B& high) const {
    SqlExpression<bool, M> made;
    made.nodes.push_back({SqlNode::Op::between, 3});
    begin_operand<T>(made.nodes);
    append_nodes(made.nodes, nodes);
    begin_operand<T>(made.nodes);
    add_operand<T>(made.nodes, low);
    begin_operand<T>(made.nodes);
    add_operand<T>(made.nodes, high);
    return made;
}

template <class T, class M>
auto like_text(const SqlExpression<T, M>& left, const char* text, std::string_view before, std::string_view pattern, std::string_view behind, bool literal,
               const char* function = nullptr) {
    static_assert(std::is_same_v<typename OptionalInner<T>::type, std::string>, "fastapi: like() and its kind are for columns of text");
    SqlExpression<bool, M> made;
    made.nodes.push_back({literal ? SqlNode::Op::like : SqlNode::Op::binary, 2});
    made.nodes.back().text = text;
    if (function) {
        made.nodes.push_back({SqlNode::Op::function, 1});
        made.nodes.back().text = function;
    }
    append_nodes(made.nodes, left.nodes);
    if (function) {
        made.nodes.push_back({SqlNode::Op::function, 1});
        made.nodes.back().text = function;
    }
    if (literal) {
        add_text_pattern(made.nodes, before, pattern, behind);
    } else {
        add_operand<std::string>(made.nodes, std::string(pattern));
    }
    return made;
}
template <class T, class M>
auto SqlExpression<T, M>::like(std::string_view pattern) const {
    return like_text(*this, " LIKE ", "", pattern, "", false);
}
template <class T, class M>
auto SqlExpression<T, M>::ilike(std::string_view pattern) const {
    return like_text(*this, " LIKE ", "", pattern, "", false, "lower");
}
template <class T, class M>
auto SqlExpression<T, M>::not_like(std::string_view pattern) const {
    return like_text(*this, " NOT LIKE ", "", pattern, "", false);
}
template <class T, class M>
auto SqlExpression<T, M>::contains(std::string_view text) const {
    return like_text(*this, " LIKE ", "%", text, "%", true);
}
template <class T, class M>
auto SqlExpression<T, M>::startswith(std::string_view text) const {
    return like_text(*this, " LIKE ", "", text, "%", true);
}
template <class T, class M>
auto SqlExpression<T, M>::endswith(std::string_view text) const {
    return like_text(*this, " LIKE ", "%", text, "", true);
}

// --- which tables a query has -------------------------------------------------------------------------------------------

template <class Base, class T>
constexpr bool flattens();
template <class Base, class... M>
constexpr bool any_flattens(TypeList<M...>) {
    return ([] {
        if constexpr (is_flatten<M>) {
            using Inner = std::remove_cvref_t<decltype(std::declval<M&>().value)>;
            return std::is_same_v<Inner, Base> || flattens<Base, Inner>();
        } else {
            return false;
        }
    }() || ...);
}
// Whether Base is part of T by way of Flatten.
template <class Base, class T>
constexpr bool flattens() {
    return any_flattens<Base>(MemberTypes<T>{});
}

template <class Model, class... T>
void check_model_in(SqlNodes& nodes, TypeList<T...>) {
    constexpr bool there = (std::is_same_v<Model, T> || ...);
    constexpr int flattened = (0 + ... + (flattens<Model, T>() ? 1 : 0));
    static_assert(there || flattened == 1, "fastapi: this query has a column of a table that it does not select from: join<Team>(…) comes before it");
    if constexpr (!there && flattened == 1)
        ((flattens<Model, T>() ? resolve_base(nodes, describe_model<Model>(), table_of<T>()) : void()), ...);
}
// The nodes of an expression that stands in a query over the tables.
template <class Tables, class... M>
SqlNodes nodes_in(SqlNodes nodes, TypeList<M...>) {
    (check_model_in<M>(nodes, Tables{}), ...);
    return nodes;
}
template <class Tables, class E>
SqlNodes nodes_of(const E& term) {
    static_assert(SqlTerm<E>, "fastapi: a query takes columns, col<&Hero::name>, and what is made of them");
    return nodes_in<Tables>(term.expression().nodes, typename E::models{});
}

// --- rows ---------------------------------------------------------------------------------------------------------------

class Cursor;
class RowMemory;
void read_model(const SqlTable& table, Cursor& cursor, int first, void* object, RowMemory& memory);
bool row_is_null(const SqlTable& table, Cursor& cursor, int first);
SqlValue sql_cell(Cursor& cursor, int index);

// The columns of a model that is no table, by which it is read.
template <class T>
const SqlTable& projection_of() {
    static const SqlTable table = [] {
        SqlTable made;
        const Model& model = describe_model<T>();
        begin_table(made, model, model.name);
        const T& prototype = *static_cast<const T*>(model.prototype);
        add_column_ops(made, prototype, reinterpret_cast<const char*>(&prototype));
        return made;
    }();
    return table;
}
void read_projection(const SqlTable& projection, Cursor& cursor, int first, void* object);
// The columns of a table that have the names of a projection's.
void select_projection(SelectStatement& statement, const SqlTable& table, const SqlTable& projection);

template <class V>
inline constexpr bool is_projection = is_model<V> && !is_table<V> && !requires { ColumnTraits<V>::sql_type; };

// How one thing that is selected is read; returns the number of columns that it takes.
template <class T>
int read_item(Cursor& cursor, int first, T& target, RowMemory& memory) {
    using V = typename OptionalInner<T>::type;
    if constexpr (is_table<V>) {
        const SqlTable& table = table_of<V>();
        int count = static_cast<int>(table.columns.size());
        if constexpr (is_optional<T>) {
            if (row_is_null(table, cursor, first)) {
                target.reset();
                return count;
            }
            read_model(table, cursor, first, &target.emplace(), memory);
        } else {
            read_model(table, cursor, first, &target, memory);
        }
        return count;
    } else if constexpr (is_projection<T>) {
        const SqlTable& projection = projection_of<T>();
        read_projection(projection, cursor, first, &target);
        return static_cast<int>(projection.columns.size());
    } else {
        SqlType<T>::read(sql_cell(cursor, first), target);
        return 1;
    }
}
template <class T>
inline constexpr bool is_std_tuple = false;
template <class... T>
inline constexpr bool is_std_tuple<std::tuple<T...>> = true;

template <class Row>
void read_row(Cursor& cursor, Row& row, RowMemory& memory) {
    if constexpr (is_std_tuple<Row>) {
        int at = 0;
        std::apply([&](auto&... item) { ((at += read_item(cursor, at, item, memory)), ...); }, row);
    } else {
        read_item(cursor, 0, row, memory);
    }
}

template <class... T>
struct RowOf {
    using type = std::tuple<T...>;
};
template <class T>
struct RowOf<T> {
    using type = T;
};

template <class T>
    requires is_table<typename OptionalInner<T>::type>
void select_item(SelectStatement& statement) {
    SqlNode node{SqlNode::Op::columns};
    node.table = &table_of<typename OptionalInner<T>::type>();
    statement.columns.push_back(std::move(node));
    if constexpr (!is_optional<T>) statement.from.push_back(&table_of<T>()); // an optional one comes by left_join
}

} // namespace detail

// A column of a table.
template <auto P>
    requires std::is_member_object_pointer_v<decltype(P)>
inline constexpr detail::ColumnTerm<P> col{};

template <detail::SqlTerm T>
auto desc(const T& term) {
    return detail::sql_wrap<typename T::value_type>(detail::SqlNode::Op::suffix, " DESC", term);
}
template <detail::SqlTerm T>
auto asc(const T& term) {
    return detail::sql_wrap<typename T::value_type>(detail::SqlNode::Op::suffix, " ASC", term);
}
template <detail::SqlCondition First, detail::SqlCondition... Rest>
auto and_(const First& first, const Rest&... rest) {
    if constexpr (sizeof...(Rest) == 0) {
        return first.expression();
    } else {
        return first && and_(rest...);
    }
}
template <detail::SqlCondition First, detail::SqlCondition... Rest>
auto or_(const First& first, const Rest&... rest) {
    if constexpr (sizeof...(Rest) == 0) {
        return first.expression();
    } else {
        return first || or_(rest...);
    }
}
template <detail::SqlCondition T>
auto not_(const T& term) {
    return !term;
}

namespace func {
inline auto count() {
    detail::SqlExpression<std::int64_t, detail::TypeList<>> made;
    made.nodes.push_back({detail::SqlNode::Op::function, 1});
    made.nodes.back().text = "count";
    made.nodes.push_back({detail::SqlNode::Op::star});
    return made;
}
template <detail::SqlTerm T>
auto count(const T& term) {
    return detail::sql_wrap<std::int64_t>(detail::SqlNode::Op::function, "count", term);
}
// Of no rows: nothing.
template <detail::SqlTerm T>
auto sum(const T& term) {
    using V = typename detail::OptionalInner<typename T::value_type>::type;
    static_assert(detail::is_sql_number<V>, "fastapi: func::sum is for numbers");
    using Sum = std::conditional_t<std::is_floating_point_v<V>, double, std::int64_t>;
    return detail::sql_wrap<std::optional<Sum>>(detail::SqlNode::Op::function, "sum", term);
}
template <detail::SqlTerm T>
auto avg(const T& term) {
    static_assert(detail::is_sql_number<typename detail::OptionalInner<typename T::value_type>::type>, "fastapi: func::avg is for numbers");
    return detail::sql_wrap<std::optional<double>>(detail::SqlNode::Op::function, "avg", term);
}
template <detail::SqlTerm T>
auto min(const T& term) {
    return detail::sql_wrap<std::optional<typename detail::OptionalInner<typename T::value_type>::type>>(detail::SqlNode::Op::function, "min", term);
}
template <detail::SqlTerm T>
auto max(const T& term) {
    return detail::sql_wrap<std::optional<typename detail::OptionalInner<typename T::value_type>::type>>(detail::SqlNode::Op::function, "max", term);
}
template <detail::SqlTerm T>
auto lower(const T& term) {
    return detail::sql_wrap<typename T::value_type>(detail::SqlNode::Op::function, "lower", term);
}
template <detail::SqlTerm T>
auto upper(const T& term) {
    return detail::sql_wrap<typename T::value_type>(detail::SqlNode::Op::function, "upper", term);
}
template <detail::SqlTerm T>
auto length(const T& term) {
    return detail::sql_wrap<std::conditional_t<detail::is_optional<typename T::value_type>, std::optional<std::int64_t>, std::int64_t>>(
        detail::SqlNode::Op::function, "length", term);
}
} // namespace func

namespace sql {

// A query whose rows are of type Row, over the Tables.
template <class RowType, class Tables>
class Select {
  public:
    using Row = RowType;
    Select() = default;
    explicit Select(detail::SelectStatement statement) : statement_(std::move(statement)) {}
    [[nodiscard]] const detail::SelectStatement& statement() const { return statement_; }

    // All of the conditions; a further where() adds to them.
    template <class... E>
    Select& where(const E&... conditions) {
        (add_condition(statement_.where, conditions), ...);
        return *this;
    }
    template <class... E>
    Select& order_by(const E&... terms) {
        (detail::append_nodes(statement_.order_by, detail::nodes_of<Tables>(terms)), ...);
        return *this;
    }
    template <class... E>
    Select& group_by(const E&... terms) {
        (detail::append_nodes(statement_.group_by, detail::nodes_of<Tables>(terms)), ...);
        return *this;
    }
    template <class... E>
    Select& having(const E&... conditions) {
        (add_condition(statement_.having, conditions), ...);
        return *this;
    }
    // In the order of the first table's primary key.
    Select& order_by_key() {
        for (std::uint16_t key : statement_.from.front()->keys) {
            detail::SqlNode node{detail::SqlNode::Op::column};
            node.table = statement_.from.front();
            node.column = &node.table->columns[key];
            statement_.order_by.push_back(std::move(node));
        }
        return *this;
    }
    // Where a column is greater than a value of its own, for pages.
    template <auto P>
    Select& after(const detail::ColumnTerm<P>& column, detail::StoredValue value) {
        statement_.where.push_back({detail::SqlNode::Op::binary, 2});
        statement_.where.back().text = " > ";
        detail::append_nodes(statement_.where, detail::nodes_of<Tables>(column));
        statement_.where.push_back({detail::SqlNode::Op::value});
        statement_.where.back().value = std::move(value);
        return *this;
    }
    // Rows at most; rows left out before. Neither is negative: throws std::invalid_argument.
    Select& limit(std::int64_t rows) {
        if (rows < 0) throw std::invalid_argument("fastapi: limit of a query is negative");
        statement_.limit.integer = rows;
        return *this;
    }
    Select& offset(std::int64_t rows) {
        if (rows < 0) throw std::invalid_argument("fastapi: offset of a query is negative");
        statement_.offset.integer = rows;
        return *this;
    }
    Select& distinct() {
        statement_.distinct = true;
        return *this;
    }
    // Rows of T beside those of the others, where on holds, or where their foreign key says so.
    template <class T, class... On>
    auto join(const On&... on) const {
        return joined<T>(false, on...);
    }
    // The rows as another model, whose members are members of the table's: select<Hero>().as<HeroPublic>().
    template <class Other>
    auto as() const {
        static_assert(detail::is_table<Row>, "fastapi: as<Model>() is for select<Table>()");
        static_assert(detail::is_projection<Other>, "fastapi: as<Model>(): it is no model");
        check_projection<Other>(std::make_index_sequence<detail::member_count<Other>>{}, detail::MemberTypes<Other>{});
        Select<Other, Tables> made{statement_};
        made.project(detail::table_of<Row>(), detail::projection_of<Other>());
        return made;
    }
    // Columns of T, a table of the query around this one, may stand in its conditions.
    template <class T>
    auto correlate() const {
        return Select<Row, decltype(detail::join_lists(Tables{}, detail::TypeList<T>{}))>{statement_};
    }
    // The same; a row without one stays, with nothing beside it: its T is a std::optional<T>.
    template <class T, class... On>
    auto left_join(const On&... on) const {
        return joined<T>(true, on...);
    }

  private:
    template <class Other, std::size_t... I, class... M>
    static void check_projection(std::index_sequence<I...>, detail::TypeList<M...>) {
        (check_projected<Other, I, M>(), ...);
    }
    template <class Other, std::size_t I, class M>
    static void check_projected() {
        if constexpr (detail::is_flatten<M>) {
            using Inner = std::remove_cvref_t<decltype(std::declval<M&>().value)>;
            check_projection<Inner>(std::make_index_sequence<detail::member_count<Inner>>{}, detail::MemberTypes<Inner>{});
        } else {
            static_assert(detail::has_member<Row>(detail::member_name<Other, I>()), "fastapi: as<Model>(): the model has a member that the table lacks");
        }
    }
    void project(const detail::SqlTable& table, const detail::SqlTable& projection) { detail::select_projection(statement_, table, projection); }
    template <class E>
    void add_condition(detail::SqlNodes& nodes, const E& condition) {
        static_assert(detail::SqlCondition<E>, "fastapi: this is no condition: where() and having() take comparisons, col<&Hero::age> >= 18");
        if constexpr (detail::SqlCondition<E>) detail::append_nodes(nodes, detail::nodes_of<Tables>(condition));
    }
    template <class T, class... On>
    auto joined(bool left, const On&... on) const {
        static_assert(detail::is_table<T>, "fastapi: join<T>(…): T is no table");
        static_assert(sizeof...(On) <= 1, "fastapi: join<T>(on): one condition; several are combined with &&");
        using Wider = decltype(detail::join_lists(Tables{}, detail::TypeList<T>{}));
        Select<Row, Wider> made{statement_};
        made.add_join(detail::table_of<T>(), left, on...);
        return made;
    }
    template <class R, class T>
    friend class Select;
    template <class... On>
    void add_join(const detail::SqlTable& table, bool left, const On&... on) {
        detail::SqlJoin join{&table, left, {}};
        (detail::append_nodes(join.on, detail::nodes_of<Tables>(on)), ...);
        statement_.joins.push_back(std::move(join));
    }

    detail::SelectStatement statement_;
};

} // namespace sql

namespace detail {

template <class... T>
void add_tables_of(SelectStatement& statement, TypeList<T...>) {
    (
        [&] {
            static_assert(is_table<T>, "fastapi: select(col<…>): this member's struct is no table; select<Hero>() says which one is meant");
            const SqlTable* table = &table_of<T>();
            for (const SqlTable* known : statement.from)
                if (known == table) return;
            statement.from.push_back(table);
        }(),
        ...);
}

} // namespace detail

// Whole rows: select<Hero>(); several: select<Hero, std::optional<Team>>().left_join<Team>(…) gives std::tuple<Hero, std::optional<Team>>.
template <class... T>
    requires(sizeof...(T) > 0)
auto select() {
    static_assert((detail::is_table<typename detail::OptionalInner<T>::type> && ...),
                  "fastapi: select<T>(): T is no table: give it a name, static constexpr auto table = \"heroes\";");
    detail::SelectStatement statement;
    (detail::select_item<T>(statement), ...);
    return sql::Select<typename detail::RowOf<T...>::type, detail::TypeList<typename detail::OptionalInner<T>::type...>>(std::move(statement));
}

// Columns and what is made of them: select(col<&Hero::name>, func::count()) gives std::tuple<std::string, std::int64_t>, of one its type.
template <detail::SqlTerm... Term>
    requires(sizeof...(Term) > 0)
auto select(const Term&... terms) {
    using Models = typename detail::AllModels<typename Term::models...>::type;
    detail::SelectStatement statement;
    (detail::append_nodes(statement.columns, terms.expression().nodes), ...);
    detail::add_tables_of(statement, Models{});
    return sql::Select<typename detail::RowOf<typename Term::value_type...>::type, Models>(std::move(statement));
}

namespace detail {

// excluded<&Hero::age>: what the row that could not be added has there.
template <auto P>
struct ExcludedTerm {
    using value_type = typename ColumnTerm<P>::value_type;
    using models = typename ColumnTerm<P>::models;
    [[nodiscard]] SqlExpression<value_type, models> expression() const {
        SqlExpression<value_type, models> made = ColumnTerm<P>{}.expression();
        made.nodes.front().op = SqlNode::Op::excluded;
        return made;
    }
};

} // namespace detail

namespace sql {

template <auto P>
    requires std::is_member_object_pointer_v<decltype(P)>
inline constexpr detail::ExcludedTerm<P> excluded{};

// A change that gives rows back.
template <class RowType>
class Returning {
  public:
    using Row = RowType;
    explicit Returning(detail::ChangeStatement statement) : statement_(std::move(statement)) {}
    [[nodiscard]] const detail::ChangeStatement& change() const { return statement_; }

  private:
    detail::ChangeStatement statement_;
};

// What adds, changes or deletes rows.
template <class T>
class Change {
  public:
    explicit Change(detail::ChangeStatement::Kind kind) {
        static_assert(detail::is_table<T>, "fastapi: insert<T>(), update<T>() and delete_<T>(): T is no table");
        statement_.table = &detail::table_of<T>();
        statement_.kind = kind;
    }
    [[nodiscard]] const detail::ChangeStatement& change() const { return statement_; }

    // Of an INSERT: a row, or several.
    Change& values(const T& object) {
        detail::add_row(statement_, &object);
        return *this;
    }
    Change& values(const std::vector<T>& objects) {
        for (const T& object : objects) detail::add_row(statement_, &object);
        return *this;
    }
    // A row that would break a unique constraint is left out.
    Change& on_conflict_do_nothing() {
        statement_.conflict_nothing = true;
        return *this;
    }
    // Where another row has these columns already, that one is changed as set(…) says; excluded<&Hero::age> is the new row's value.
    template <auto... P>
    Change& on_conflict_do_update(const detail::ColumnTerm<P>&... columns) {
        (detail::append_nodes(statement_.conflict, detail::nodes_of<detail::TypeList<T>>(columns)), ...);
        return *this;
    }
    // set(col<&Hero::age>, 5), set(col<&Hero::age>, col<&Hero::age> + 1)
    template <auto P, class V>
    Change& set(const detail::ColumnTerm<P>& column, const V& value) {
        using Declared = typename detail::ColumnTerm<P>::value_type;
        detail::append_nodes(statement_.set, detail::nodes_of<detail::TypeList<T>>(column));
        if constexpr (std::is_same_v<V, std::nullopt_t>) {
            static_assert(detail::is_optional<Declared>, "fastapi: set(): this column is never NULL");
            statement_.set.push_back({detail::SqlNode::Op::value});
        } else if constexpr (detail::is_optional<V>) {
            static_assert(detail::is_optional<Declared>, "fastapi: set(): this column is never NULL");
            if (value) {
                detail::add_operand<Declared>(statement_.set, *value);
            } else {
                statement_.set.push_back({detail::SqlNode::Op::value});
            }
        } else {
            if constexpr (detail::SqlTerm<V>) (void)detail::nodes_of<detail::TypeList<T>>(value); // its tables are checked
            detail::add_operand<Declared>(statement_.set, value);
        }
        return *this;
    }
    template <class... E>
    Change& where(const E&... conditions) {
        (add_condition(conditions), ...);
        return *this;
    }
    // The rows as they are now (of a DELETE: as they were), or some of their columns.
    auto returning() const {
        detail::SqlNode all{detail::SqlNode::Op::columns};
        all.table = statement_.table;
        detail::ChangeStatement made = statement_;
        made.returning.push_back(std::move(all));
        return Returning<T>(std::move(made));
    }
    template <detail::SqlTerm... Term>
        requires(sizeof...(Term) > 0)
    auto returning(const Term&... terms) const {
        detail::ChangeStatement made = statement_;
        (detail::append_nodes(made.returning, detail::nodes_of<detail::TypeList<T>>(terms)), ...);
        return Returning<typename detail::RowOf<typename Term::value_type...>::type>(std::move(made));
    }

  private:
    template <class E>
    void add_condition(const E& condition) {
        static_assert(detail::SqlCondition<E>, "fastapi: this is no condition: where() takes comparisons, col<&Hero::age> >= 18");
        if constexpr (detail::SqlCondition<E>) detail::append_nodes(statement_.where, detail::nodes_of<detail::TypeList<T>>(condition));
    }
    detail::ChangeStatement statement_;
};

// SQL as text: text("SELECT name FROM heroes WHERE id = :id").bind("id", 5). Values are bound, never pasted.
class Text {
  public:
    explicit Text(std::string_view statement) : sql_(statement) {}
    template <class V>
    Text& bind(std::string_view name, const V& value) {
        detail::StoredValue stored;
        if constexpr (std::is_same_v<V, std::nullopt_t>) {
        } else if constexpr (detail::is_optional<V>) {
            if (value) stored = detail::SqlType<typename V::value_type>::store(*value);
        } else if constexpr (std::is_convertible_v<const V&, std::string_view> && !detail::is_field<V>) {
            stored = detail::StoredValue::of(detail::SqlValue::of(std::string_view{value}));
        } else {
            stored = detail::SqlType<V>::store(value);
        }
        values_.emplace_back(name, std::move(stored));
        return *this;
    }
    [[nodiscard]] const std::string& sql() const { return sql_; }
    [[nodiscard]] const std::vector<std::pair<std::string, detail::StoredValue>>& values() const { return values_; }

  private:
    std::string sql_;
    std::vector<std::pair<std::string, detail::StoredValue>> values_;
};

// The functions with names that programs have themselves are here: sql::update<Hero>().
template <class T>
Change<T> insert() {
    return Change<T>(detail::ChangeStatement::Kind::insert);
}
template <class T>
Change<T> update() {
    return Change<T>(detail::ChangeStatement::Kind::update);
}
template <class T>
Change<T> delete_() {
    return Change<T>(detail::ChangeStatement::Kind::remove);
}
inline Text text(std::string_view statement) { return Text(statement); }

// Whether a query has a row: exists(select<Hero>().correlate<Team>().where(col<&Hero::team_id> == col<&Team::id>)).
template <class Row, class Tables>
auto exists(const Select<Row, Tables>& query) {
    detail::SqlExpression<bool, detail::TypeList<>> made;
    made.nodes.push_back({detail::SqlNode::Op::prefix, 1});
    made.nodes.back().text = "EXISTS ";
    made.nodes.push_back({detail::SqlNode::Op::select});
    made.nodes.back().query = detail::SubQuery(query.statement());
    return made;
}

} // namespace sql

namespace detail {
template <class Row, class Tables, class... Query>
auto set_operation(const char* word, const Query&... queries) {
    static_assert((std::is_same_v<typename Query::Row, Row> && ...), "fastapi: the queries of a union have rows of one type");
    SelectStatement statement;
    statement.set_operation = word;
    (statement.set_operands.push_back(SubQuery(queries.statement())), ...);
    return sql::Select<Row, Tables>(std::move(statement));
}
} // namespace detail

// The rows of several queries; limit(), offset() and order_by() of the result are about all of them.
template <class Row, class Tables, class... Query>
auto union_(const sql::Select<Row, Tables>& first, const Query&... rest) {
    return detail::set_operation<Row, Tables>(" UNION ", first, rest...);
}
template <class Row, class Tables, class... Query>
auto union_all(const sql::Select<Row, Tables>& first, const Query&... rest) {
    return detail::set_operation<Row, Tables>(" UNION ALL ", first, rest...);
}
template <class Row, class Tables, class... Query>
auto intersect_(const sql::Select<Row, Tables>& first, const Query&... rest) {
    return detail::set_operation<Row, Tables>(" INTERSECT ", first, rest...);
}
template <class Row, class Tables, class... Query>
auto except_(const sql::Select<Row, Tables>& first, const Query&... rest) {
    return detail::set_operation<Row, Tables>(" EXCEPT ", first, rest...);
}

} // namespace fastapi
