#pragma once

// std::variant, std::monostate and tuples by their looks: nobody who uses none has to parse <variant>.

#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/meta/reflect.hpp"

namespace fastapi::detail {

template <class T>
inline constexpr bool is_variant = false;
template <template <class...> class V, class... A>
    requires requires(const V<A...>& v) {
        v.valueless_by_exception();
        v.index();
    }
inline constexpr bool is_variant<V<A...>> = true;

// Whether check<A>() is true of every alternative A.
template <class V>
struct Alternatives;
template <template <class...> class V, class... A>
struct Alternatives<V<A...>> {
    template <class C>
    static constexpr bool all(C check) {
        return (check.template operator()<A>() && ...);
    }
};
template <class V, class C>
constexpr bool all_alternatives(C check) {
    return Alternatives<V>::all(check);
}

template <class T>
constexpr bool named_monostate() {
    constexpr std::string_view name = qualified_type_name<T>();
    return name.starts_with("std::") && name.ends_with("::monostate");
}
template <class T>
inline constexpr bool is_monostate = false;
template <class T>
    requires(std::is_class_v<T> && std::is_empty_v<T>)
inline constexpr bool is_monostate<T> = named_monostate<T>();

// What holds null and nothing else: Python's None.
template <class T>
inline constexpr bool is_none = std::is_same_v<T, std::nullptr_t> || is_monostate<T>;

// std::tuple, std::pair, std::array.
template <class T>
inline constexpr bool is_tuple = requires { std::tuple_size<T>::value; };

} // namespace fastapi::detail
