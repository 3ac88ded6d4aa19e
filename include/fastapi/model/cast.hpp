#pragma once

// model_cast<UserOut>(user): a model from another one, member by member of the same name. Checked at compile time.

#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/meta/callable.hpp"
#include "fastapi/meta/reflect.hpp"
#include "fastapi/model/describe.hpp"
#include "fastapi/model/field.hpp"

namespace fastapi {

template <class To, class From>
To model_cast(const From& from);

namespace detail {

// attributes: whether those count that are no fields, a Relationship.
template <class T, bool attributes = true>
constexpr bool has_member(std::string_view name);

template <class T, bool attributes, class... M, std::size_t... I>
constexpr bool has_member_of(std::string_view name, TypeList<M...>, std::index_sequence<I...>) {
    bool found = false;
    auto look = [&]<class Member, std::size_t N>(std::type_identity<Member>, std::integral_constant<std::size_t, N>) {
        if constexpr (is_flatten<Member>) {
            found = found || has_member<decltype(Member::value), attributes>(name);
        } else if constexpr (attributes || !is_private_attribute<Member>) {
            found = found || member_name<T, N>() == name;
        }
    };
    (look(std::type_identity<M>{}, std::integral_constant<std::size_t, I>{}), ...);
    return found;
}
template <class T>
using MemberTypes = decltype(visit_members(std::declval<T&>(), []<class... M>(M&...) { return TypeList<M...>{}; }));
template <class T, bool attributes>
constexpr bool has_member(std::string_view name) {
    return has_member_of<T, attributes>(name, MemberTypes<T>{}, std::make_index_sequence<member_count<T>>{});
}

// A Field<std::optional<int>, PrimaryKey>: empty until the database gives it.
template <class M>
inline constexpr bool is_key_of_database = [] {
    if constexpr (is_field<M>) {
        return M::info().column.primary_key && is_optional<typename M::value_type>;
    } else {
        return false;
    }
}();

template <class V, class S>
void cast_value(V& to, const S& from) {
    if constexpr (is_private_attribute<V>) { // a relationship
        typename V::value_type value{};
        cast_value(value, from);
        to = std::move(value);
    } else if constexpr (is_private_attribute<S>) {
        cast_value(to, from.value());
    } else if constexpr (is_field<V> && is_key_of_database<S>) {
        typename V::value_type value{};
        cast_value(value, from);
        to = std::move(value);
    } else if constexpr (is_key_of_database<S> && !is_optional<V>) {
        if (!from.value()) throw std::logic_error("fastapi: model_cast: the row has no primary key yet: session.add() gives it one");
        cast_value(to, *from.value());
    } else if constexpr (is_field<S>) {
        cast_value(to, from.value());
    } else if constexpr (is_field<V>) {
        typename V::value_type value{};
        cast_value(value, from);
        to = std::move(value);
    } else if constexpr (std::is_assignable_v<V&, const S&>) {
        to = from;
    } else if constexpr (is_optional<V> && !is_optional<S>) {
        cast_value(to.emplace(), from);
    } else if constexpr (is_optional<V> && is_optional<S>) {
        to.reset();
        if (from) cast_value(to.emplace(), *from);
    } else if constexpr (ListLike<V> && ListLike<S>) {
        to.clear();
        for (const auto& item : from) {
            typename V::value_type made{};
            cast_value(made, item);
            to.insert(to.end(), std::move(made));
        }
    } else if constexpr (is_model<V> && is_model<S>) {
        to = model_cast<V>(from);
    } else {
        static_assert(always_false<V>, "fastapi: model_cast: a member has a type in the source that cannot become its type in the target");
    }
}

// Calls use(member) with the member of that name.
template <std::size_t TargetIndex, class Target, class From, class Use>
void with_member(const From& from, const Use& use) {
    visit_members(from, [&](const auto&... member) {
        auto one = [&]<std::size_t N, class M>(std::integral_constant<std::size_t, N>, const M& m) {
            if constexpr (is_flatten<M>) {
                if constexpr (has_member<std::remove_cvref_t<decltype(m.value)>>(member_name<Target, TargetIndex>()))
                    with_member<TargetIndex, Target>(m.value, use);
            } else if constexpr (member_name<From, N>() == member_name<Target, TargetIndex>()) {
                use(m);
            }
        };
        [&]<std::size_t... N>(std::index_sequence<N...>) {
            (one(std::integral_constant<std::size_t, N>{}, member), ...);
        }(std::make_index_sequence<sizeof...(member)>{});
    });
}

template <class To, class From>
void cast_members(To& to, const From& from) {
    visit_members(to, [&](auto&... member) {
        auto one = [&]<std::size_t N, class M>(std::integral_constant<std::size_t, N>, M& m) {
            if constexpr (is_flatten<M>) {
                cast_members(m.value, from);
            } else {
                static_assert(has_member<From>(member_name<To, N>()) || is_key_of_database<M> || is_private_attribute<M>,
                              "fastapi: model_cast: the target has a member that the source lacks");
                if constexpr (has_member<From>(member_name<To, N>()))
                    with_member<N, To>(from, [&](const auto& source) { cast_value(m, source); });
            }
        };
        [&]<std::size_t... N>(std::index_sequence<N...>) {
            (one(std::integral_constant<std::size_t, N>{}, member), ...);
        }(std::make_index_sequence<sizeof...(member)>{});
    });
}

} // namespace detail

// The members of To are taken from those of From with the same name, nested models and lists of them as well; what From
// has beyond them is left out. A member that From lacks is a compile error. Every field counts as set.
template <class To, class From>
To model_cast(const From& from) {
    To made{};
    detail::cast_members(made, from);
    return made;
}

} // namespace fastapi
