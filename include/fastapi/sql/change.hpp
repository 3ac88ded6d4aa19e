#pragma once

// What adds, changes and deletes rows, and SQL as text: sql::insert<Hero>(), sql::update<Hero>().set(col<&Hero::age>, 5), sql::text("…").

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/sql/query.hpp"

namespace fastapi {

namespace detail {

namespace terms {
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
} // namespace terms
using terms::ExcludedTerm;

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
    [[nodiscard]] const detail::Sequence<std::pair<std::string, detail::StoredValue>>& values() const { return values_; }

  private:
    std::string sql_;
    detail::Sequence<std::pair<std::string, detail::StoredValue>> values_;
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

} // namespace sql

} // namespace fastapi
