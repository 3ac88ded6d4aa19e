#pragma once

// Queries: select<Hero>().where(col<&Hero::age> >= 18).order_by(desc(col<&Hero::id>)).limit(10). The compiler checks that the tables of
// its columns are there; what comes out is a SelectStatement.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

#include "fastapi/sql/expression.hpp"

namespace fastapi {

namespace detail {

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
// Of what a query is ordered or grouped by.
template <class Tables, class E>
SqlNodes comparable_nodes_of(const E& term) {
    static_assert(SqlTerm<E> || is_sql_ordered<E>, "fastapi: a query is ordered and grouped by columns, col<&Hero::name>, and what is made of them");
    if constexpr (is_sql_ordered<E>) {
        return nodes_in<Tables>(term.ordered(), typename E::models{});
    } else if constexpr (SqlTerm<E>) {
        SqlNodes nodes;
        add_comparable(nodes, term);
        return nodes_in<Tables>(std::move(nodes), typename E::models{});
    } else {
        return {};
    }
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
        (detail::append_nodes(statement_.order_by, detail::comparable_nodes_of<Tables>(terms)), ...);
        return *this;
    }
    template <class... E>
    Select& group_by(const E&... terms) {
        (detail::append_nodes(statement_.group_by, detail::comparable_nodes_of<Tables>(terms)), ...);
        return *this;
    }
    template <class... E>
    Select& having(const E&... conditions) {
        (add_condition(statement_.having, conditions), ...);
        return *this;
    }
    // In the order of the first table's primary key.
    Select& order_by_key() {
        if (statement_.from.empty()) throw std::logic_error("fastapi: order_by_key(): this query has no first table");
        for (std::uint16_t key : statement_.from.front()->keys) {
            detail::SqlNode node{detail::SqlNode::Op::column};
            node.table = statement_.from.front();
            node.column = &node.table->columns[key];
            if (node.column->ops->as_number) statement_.order_by.push_back({detail::SqlNode::Op::number, 1});
            statement_.order_by.push_back(std::move(node));
        }
        return *this;
    }
    // A table whose columns are not among what is selected: select(func::count()).select_from<Hero>().
    template <class T>
    auto select_from() const {
        static_assert(detail::is_table<T>, "fastapi: select_from<T>(): T is no table");
        Select<Row, decltype(detail::join_lists(Tables{}, detail::TypeList<T>{}))> made{statement_};
        made.add_from(detail::table_of<T>());
        return made;
    }
    // Where a column is greater than a value of its own, for pages.
    template <auto P>
    Select& after(const detail::ColumnTerm<P>& column, detail::StoredValue value) {
        statement_.where.push_back({detail::SqlNode::Op::binary, 2});
        statement_.where.back().text = " > ";
        detail::append_nodes(statement_.where, detail::comparable_nodes_of<Tables>(column));
        statement_.where.push_back({detail::SqlNode::Op::value});
        statement_.where.back().value = std::move(value);
        return *this;
    }
    // What is read beside each row: .options(selectinload<&Team::heroes>, joinedload<&Team::leader>).
    template <class... Load>
    Select& options(const Load&...) {
        static_assert(detail::is_table<Row>, "fastapi: options(…) is for select<Table>()");
        if (statement_.set_operation) throw std::logic_error("fastapi: options(…) is not for unions");
        (statement_.loads.push_back(Load::template load<Row>()), ...);
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
        made.statement_.loads.clear();
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
            static_assert(detail::has_member<Row, false>(detail::member_name<Other, I>()), "fastapi: as<Model>(): the model has a member that the table lacks");
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
    void add_from(const detail::SqlTable& table) {
        for (const detail::SqlTable* known : statement_.from)
            if (known == &table) return;
        statement_.from.push_back(&table);
    }
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

namespace sql {

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
