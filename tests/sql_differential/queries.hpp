#pragma once

// Conditions, orders and queries of the differential test, made of JSON with the calls that a program makes. What the compiler
// knows of tables is given up on the way (TypeList<>), so that one function's result may be of any of them.

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "models.hpp"

namespace differential {

using NoTable = detail::TypeList<>;
template <class T>
using Term = detail::SqlExpression<T, NoTable>;
using Condition = Term<bool>;

template <class T>
using Inner = typename detail::OptionalInner<T>::type;
template <class T>
inline constexpr bool is_comparable = !std::is_same_v<Inner<T>, std::vector<int>> && !std::is_same_v<Inner<T>, Gear>;

template <class E>
auto loose(const E& term) {
    return Term<Inner<typename E::value_type>>{term.expression().nodes};
}

template <class L, class R>
Condition compared(const L& left, const std::string& by, const R& right) {
    if (by == "==") return loose(left == right);
    if (by == "!=") return loose(left != right);
    if (by == "<") return loose(left < right);
    if (by == "<=") return loose(left <= right);
    if (by == ">") return loose(left > right);
    return loose(left >= right);
}

Condition condition(const json& c);
inline void add_where(auto& query, const json& conditions) {
    for (const json& one : conditions) query.where(condition(one));
}

// A column of type T; throws when it is of another.
template <class T>
Term<T> column_of_type(const json& place) {
    std::optional<Term<T>> found;
    with_place(place, [&](const auto& column) {
        if constexpr (std::is_same_v<Inner<typename std::remove_cvref_t<decltype(column)>::value_type>, T>)
            found = loose(column);
    });
    return found.value();
}
// SELECT column FROM its table WHERE …, of type T.
template <class T>
sql::Select<T, NoTable> query_of_type(const json& place, const json& conditions) {
    std::optional<sql::Select<T, NoTable>> found;
    with_place(place, [&](const auto& column) {
        if constexpr (std::is_same_v<Inner<typename std::remove_cvref_t<decltype(column)>::value_type>, T>)
            found.emplace(select(column).statement());
    });
    add_where(found.value(), conditions);
    return std::move(*found);
}

template <class Of, class Outer>
Condition exists_with(const auto& mine, const auto& theirs, const json& conditions) {
    auto query = select<Of>().template correlate<Outer>().where(mine == theirs);
    add_where(query, conditions);
    return loose(sql::exists(query));
}
inline Condition exists_condition(const std::string& pair, const json& conditions) {
    if (pair == "teams-heroes") return exists_with<Hero, Team>(col<&Hero::team_id>, col<&Team::id>, conditions);
    if (pair == "heroes-missions")
        return exists_with<Mission, Hero>(col<&Mission::hero_id>, col<&Hero::id>, conditions);
    if (pair == "heroes-links") return exists_with<Link, Hero>(col<&Link::hero_id>, col<&Hero::id>, conditions);
    return exists_with<Team, Country>(col<&Team::country>, col<&Country::code>, conditions);
}

template <class T>
Condition text_condition(const Term<T>& left, const std::string& how, const std::string& pattern) {
    if (how == "like") return loose(left.like(pattern));
    if (how == "ilike") return loose(left.ilike(pattern));
    if (how == "not_like") return loose(left.not_like(pattern));
    if (how == "contains") return loose(left.contains(pattern));
    if (how == "startswith") return loose(left.startswith(pattern));
    return loose(left.endswith(pattern));
}

template <class T>
Condition column_condition(const Term<T>& left, const json& c) {
    const std::string what = c[0];
    if (what == "null") return loose(left.is_null());
    if (what == "not_null") return loose(left.is_not_null());
    if constexpr (is_comparable<T>) {
        if (what == "compare") {
            if (!c[3].is_null()) return compared(left, c[2], read<T>(c[3]));
            if (c[2] == "==") return loose(left == std::nullopt);
            if (c[2] == "!=") return loose(left != std::nullopt);
            return compared(left, c[2], std::optional<T>{});
        }
        if (what == "columns") return compared(left, c[2], column_of_type<T>(c[3]));
        if (what == "in_query") return loose(left.in(query_of_type<T>(c[2], c[3])));
        if constexpr (!std::is_same_v<T, bool> && !std::is_same_v<T, Decimal>) {
            if (what == "in" || what == "not_in") {
                std::vector<T> values;
                for (const json& one : c[2]) values.push_back(read<T>(one));
                return what == "in" ? loose(left.in(values)) : loose(left.not_in(values));
            }
            if (what == "scalar_query") {
                auto values = query_of_type<T>(c[4], c[5]);
                auto statement = values.statement();
                statement.columns =
                    (c[3] == "min" ? func::min(column_of_type<T>(c[4])) : func::max(column_of_type<T>(c[4]))).nodes;
                return compared(left, c[2], sql::Select<std::optional<T>, NoTable>(std::move(statement)));
            }
        }
        if (what == "between") return loose(left.between(read<T>(c[2]), read<T>(c[3])));
    }
    if constexpr (std::is_same_v<T, std::string>)
        if (what == "like") return text_condition(left, c[2], c[3]);
    if constexpr (detail::is_sql_number<T>) {
        if (what == "arithmetic") {
            auto changed = [&] {
                int number = c[3];
                if (c[2] == "+") return loose(left + number);
                if (c[2] == "-") return loose(left - number);
                if (c[2] == "*") return loose(left * number);
                return loose(left / number);
            }();
            return c[5].is_number_integer() ? compared(changed, c[4], c[5].get<std::int64_t>())
                                            : compared(changed, c[4], c[5].get<double>());
        }
    }
    throw std::invalid_argument("no condition " + c.dump());
}

inline Condition condition(const json& c) {
    const std::string what = c[0];
    if (what == "and" || what == "or") {
        Condition made = condition(c[1]);
        for (std::size_t i = 2; i < c.size(); ++i)
            made = what == "and" ? loose(and_(made, condition(c[i]))) : loose(made || condition(c[i]));
        return made;
    }
    if (what == "not") return loose(not_(condition(c[1])));
    if (what == "exists") return exists_condition(c[1], c[2]);
    if (what == "function") {
        auto text = column_of_type<std::string>(c[2]);
        if (c[1] == "lower") return compared(func::lower(text), c[3], c[4].get<std::string>());
        if (c[1] == "upper") return compared(func::upper(text), c[3], c[4].get<std::string>());
        return compared(func::length(text), c[3], c[4].get<int>());
    }
    std::optional<Condition> made;
    with_place(c[1], [&](const auto& column) { made = column_condition(loose(column), c); });
    return std::move(*made);
}

// A term of ORDER BY: ["heroes.age", "desc"].
inline Condition order_term(const json& place, const std::string& direction) {
    Condition made;
    with_place(place, [&](const auto& column) {
        made.nodes = direction == "desc"  ? desc(column).nodes
                     : direction == "asc" ? asc(column).nodes
                                          : loose(column).nodes;
    });
    return made;
}

// WHERE, ORDER BY, DISTINCT, LIMIT and OFFSET of an operation.
void limit_query(auto& query, const json& op) {
    if (op.contains("limit")) query.limit(op["limit"].template get<int>());
    if (op.contains("offset")) query.offset(op["offset"].template get<int>());
}
void finish_query(auto& query, const json& op) {
    add_where(query, op["where"]);
    for (const json& one : op["order"]) query.order_by(order_term(one[0], one[1]));
    if (op.value("distinct", false)) query.distinct();
    limit_query(query, op);
}

} // namespace differential
