#pragma once

// Expressions over columns: col<&Hero::age> >= 18, func::count(), col<&Hero::name>.startswith("A"). The compiler checks columns and the
// types of operands; the tables of a query are checked where the expression is put into it.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/meta/callable.hpp"
#include "fastapi/sql/statement.hpp"

namespace fastapi {

namespace detail {

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

// Terms have a namespace of their own, with their operators: these are found where an operand is a term, and nowhere else. A
// compiler asks every operator that it sees whether it takes the operands, whatever they are, and concepts answer slowly.
namespace terms {

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

} // namespace terms
using terms::SqlExpression;

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

namespace terms {
// A column: what col<&Hero::age> is. It has the operations of an expression.
template <auto P>
struct ColumnTerm {
    using model = typename MemberPointer<decltype(P)>::model;
    static_assert(!is_private_attribute<typename MemberPointer<decltype(P)>::member>,
                  "fastapi: col<&Hero::team>: a relationship is no column: compare its foreign key, or join<Team>() and compare a column of that");
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
} // namespace terms
using terms::ColumnTerm;

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

// Comes before what is compared or ordered by its value.
template <class T>
void begin_operand(SqlNodes& nodes) {
    if (SqlType<T>::ops().as_number) nodes.push_back({SqlNode::Op::number, 1});
}
template <SqlTerm E>
void add_comparable(SqlNodes& nodes, const E& term) {
    begin_operand<typename E::value_type>(nodes);
    append_nodes(nodes, term.expression().nodes);
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

template <class Result, bool is_equality = false, class L, class R>
auto sql_combine(const L& left, const char* symbol, const R& right) {
    using T = typename L::value_type;
    SqlExpression<Result, typename CombinedModels<L, R>::type> made;
    bool empty = false; // NULL stands there
    if constexpr (std::is_same_v<R, std::nullopt_t>) {
        static_assert(is_equality, "fastapi: std::nullopt, which is NULL, is compared by == and != only");
        empty = true;
    } else if constexpr (is_optional<R>) {
        empty = !right;
    }
    if (empty && is_equality) {
        made.nodes.push_back({SqlNode::Op::suffix, 1});
        made.nodes.back().text = symbol[1] == '!' ? " IS NOT NULL" : " IS NULL";
        append_nodes(made.nodes, left.expression().nodes);
        return made;
    }
    made.nodes.push_back({SqlNode::Op::binary, 2});
    made.nodes.back().text = symbol;
    add_comparable(made.nodes, left);
    if (empty) {
        made.nodes.push_back({SqlNode::Op::value}); // as NULL makes the result NULL
    } else {
        begin_operand<T>(made.nodes);
        if constexpr (is_optional<R>) {
            add_operand<T>(made.nodes, *right);
        } else if constexpr (!std::is_same_v<R, std::nullopt_t>) {
            add_operand<T>(made.nodes, right);
        }
    }
    return made;
}

template <class T>
concept SqlCondition = SqlTerm<T> && std::is_same_v<typename OptionalInner<typename T::value_type>::type, bool>;

template <class Result, SqlTerm T>
auto sql_wrap(SqlNode::Op op, const char* text, const T& term) {
    SqlExpression<Result, typename T::models> made;
    made.nodes.push_back({op, 1});
    made.nodes.back().text = text;
    append_nodes(made.nodes, term.expression().nodes);
    return made;
}
template <SqlTerm T>
auto sql_extreme(const char* function, const T& term) {
    SqlExpression<std::optional<typename OptionalInner<typename T::value_type>::type>, typename T::models> made;
    made.nodes.push_back({SqlNode::Op::function, 1});
    made.nodes.back().text = function;
    add_comparable(made.nodes, term);
    return made;
}
// A term with a direction, for order_by().
template <class Models>
struct SqlOrdered {
    using models = Models;
    SqlNodes nodes;
    [[nodiscard]] const SqlNodes& ordered() const { return nodes; }
};
template <class T>
inline constexpr bool is_sql_ordered = requires(const T& term) { term.ordered(); };
template <SqlTerm T>
auto sql_ordered(const char* direction, const T& term) {
    SqlOrdered<typename T::models> made;
    made.nodes.push_back({SqlNode::Op::suffix, 1});
    made.nodes.back().text = direction;
    add_comparable(made.nodes, term);
    return made;
}

namespace terms {
template <SqlTerm L, class R>
auto operator==(const L& left, const R& right) {
    return sql_combine<bool, true>(left, " = ", right);
}
template <SqlTerm L, class R>
auto operator!=(const L& left, const R& right) {
    return sql_combine<bool, true>(left, " != ", right);
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
// 18 <= col<&Hero::age>
template <class L, SqlTerm R>
    requires(!SqlTerm<L>)
auto operator<(const L& left, const R& right) {
    return right > left;
}
template <class L, SqlTerm R>
    requires(!SqlTerm<L>)
auto operator<=(const L& left, const R& right) {
    return right >= left;
}
template <class L, SqlTerm R>
    requires(!SqlTerm<L>)
auto operator>(const L& left, const R& right) {
    return right < left;
}
template <class L, SqlTerm R>
    requires(!SqlTerm<L>)
auto operator>=(const L& left, const R& right) {
    return right <= left;
}
template <class L, SqlTerm R>
    requires(!SqlTerm<L>)
auto operator==(const L& left, const R& right) {
    return right == left;
}
template <class L, SqlTerm R>
    requires(!SqlTerm<L>)
auto operator!=(const L& left, const R& right) {
    return right != left;
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

template <SqlCondition L, SqlCondition R>
auto operator&&(const L& left, const R& right) {
    return sql_combine<bool>(left, " AND ", right);
}
template <SqlCondition L, SqlCondition R>
auto operator||(const L& left, const R& right) {
    return sql_combine<bool>(left, " OR ", right);
}
template <SqlCondition T>
auto operator!(const T& term) {
    return sql_wrap<bool>(SqlNode::Op::prefix, "NOT ", term);
}
} // namespace terms

template <class T, class M, class Values>
auto in_values(const SqlExpression<T, M>& left, const Values& values, const char* text) {
    SqlExpression<bool, M> made;
    if (values.size() > 32000) throw std::invalid_argument("fastapi: in() takes at most 32000 values");
    made.nodes.push_back({SqlNode::Op::in, static_cast<std::uint16_t>(1 + values.size())});
    made.nodes.back().text = text;
    add_comparable(made.nodes, left);
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
    add_comparable(made.nodes, *this);
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
    add_comparable(made.nodes, *this);
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
    add_text_pattern(made.nodes, before, pattern, behind, literal);
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

} // namespace detail

// A column of a table.
template <auto P>
    requires std::is_member_object_pointer_v<decltype(P)>
inline constexpr detail::ColumnTerm<P> col{};

template <detail::SqlTerm T>
auto desc(const T& term) {
    return detail::sql_ordered(" DESC", term);
}
template <detail::SqlTerm T>
auto asc(const T& term) {
    return detail::sql_ordered(" ASC", term);
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
    return detail::sql_extreme("min", term);
}
template <detail::SqlTerm T>
auto max(const T& term) {
    return detail::sql_extreme("max", term);
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

} // namespace fastapi
