#pragma once

// sql::OrderBy: the columns that a client may sort by, as a parameter. What is asked for is one of a list, never a part of the SQL.
//   app.get("/heroes", [](Query<sql::OrderBy<Hero, "name", "age">, "order_by", Default("name")> order, SqlSession<engine> session) {
//       return session->exec(select<Hero>().order_by(*order, col<&Hero::id>)).all(); // ?order_by=-age: the oldest first
//   });

#include <cstddef>
#include <string_view>

#include "fastapi/meta/fixed_string.hpp"
#include "fastapi/model/cast.hpp"
#include "fastapi/model/enums.hpp"
#include "fastapi/sql/query.hpp"

namespace fastapi {

namespace detail {

// Literal<"name", "-name", "age", "-age">
template <class... Literals>
struct JoinedLiterals { // of none: OrderBy says so
    using type = Literal<nullptr>;
};
template <LiteralItem... Items>
struct JoinedLiterals<Literal<Items...>> {
    using type = Literal<Items...>;
};
template <LiteralItem... A, LiteralItem... B, class... Rest>
struct JoinedLiterals<Literal<A...>, Literal<B...>, Rest...> : JoinedLiterals<Literal<A..., B...>, Rest...> {};

template <FixedString Name>
struct BothOrders {
    static constexpr std::size_t size = Name.view().size() + 1;
    struct Text {
        char characters[size + 1]{'-'};
    };
    static constexpr Text descending = [] {
        Text made;
        for (std::size_t i = 0; i != size; ++i) made.characters[i + 1] = Name.text[i];
        return made;
    }();
    using type = Literal<LiteralItem<char[size]>(Name.text), LiteralItem<char[size + 1]>(descending.characters)>;
};
template <FixedString... Names>
using OrderNames = typename JoinedLiterals<typename BothOrders<Names>::type...>::type;

// ORDER BY of a column, by its name or "-" and its name.
SqlNodes order_nodes(const SqlTable& table, std::string_view name);

} // namespace detail

namespace sql {

// One of the named columns of the table T, or one with a "-" in front: descending. Otherwise it is a Literal of these texts.
// It is a term of order_by(); a std::vector of it is what a repeated parameter asks for: query.order_by(each) for each.
template <class T, FixedString... Columns>
struct OrderBy : detail::OrderNames<Columns...> {
    static_assert(detail::is_table<T>, "fastapi: sql::OrderBy<Hero, \"name\">: the first is a table");
    static_assert(sizeof...(Columns) > 0, "fastapi: sql::OrderBy<Hero, \"name\"> needs the names of columns");
    static_assert((detail::has_member<T, false>(Columns.view()) && ...), "fastapi: sql::OrderBy<Hero, \"name\">: the table has no such column");
    using Names = detail::OrderNames<Columns...>;
    using Names::Names; // from "name" or "-name": throws std::invalid_argument when it is none of them

    [[nodiscard]] constexpr bool descending() const { return this->index % 2 != 0; }
    using models = detail::TypeList<T>;
    [[nodiscard]] detail::SqlNodes ordered() const { return detail::order_nodes(detail::table_of<T>(), this->value()); }
};

} // namespace sql

namespace detail {

template <class T, FixedString... Columns>
struct LiteralOps<sql::OrderBy<T, Columns...>> : LiteralOps<OrderNames<Columns...>> {};

} // namespace detail

} // namespace fastapi
