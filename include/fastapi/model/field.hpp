#pragma once

// Field<T, annotations…>: a member of a model that holds a T, carries annotations, and remembers whether it was set.

#include <compare>
#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include "fastapi/meta/reflect.hpp"
#include "fastapi/meta/variant.hpp"
#include "fastapi/model/annotations.hpp"

namespace fastapi {

// A default of "nothing in it": Field<std::vector<std::string>> tags = empty;
struct Empty {};
inline constexpr Empty empty{};

namespace detail {

// unset: a member without initialiser, so far; initial: holds what the initialiser gave; set: given by the caller; stored: given by
// a database that has a row for it.
enum class FieldState : unsigned char { unset, initial, set, stored };

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
struct OptionalInner {
    using type = T;
};
template <class T>
struct OptionalInner<std::optional<T>> : OptionalInner<T> {};

template <class T>
inline constexpr bool is_any_member = false;
template <class T>
inline constexpr bool is_any_member<AnyMember<T>> = true;
template <class T>
inline constexpr bool is_any_member<AnyBase<T>> = true;

template <class T>
inline constexpr bool has_length = (requires(const T& t) { t.size(); } && !is_tuple<T>) || requires { typename T::has_length; };
template <class T>
inline constexpr bool is_number = (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) ||
                                  requires { typename T::is_number; };
// Types of their own that have Gt, Ge, Lt and Le, but are no numbers: dates.
template <class T>
inline constexpr bool has_bounds = requires(std::string_view text) { TypeTraits<T>::bound(text); };
template <class T>
inline constexpr bool is_text = requires(const T& t) { t.c_str(); } || requires { typename T::is_text; };
template <class T>
inline constexpr bool is_decimal = requires { typename T::is_decimal; };

// Refuses annotations that cannot mean anything on a T.
template <class T, auto... Annotations>
constexpr void check_annotations() {
    using V = typename OptionalInner<T>::type;
    static_assert(((Annotations.fits != Fits::numbers || is_number<V> || has_bounds<V>) && ...),
                  "fastapi: Gt, Ge, Lt, Le, MultipleOf and AllowInfNan need a number, and this field or parameter is none");
    static_assert(is_number<V> || !has_bounds<V> ||
                      (!info_table<T, Annotations...>.multiple_of && info_table<T, Annotations...>.allow_inf_nan),
                  "fastapi: MultipleOf and AllowInfNan need a number, and this field or parameter is none");
    static_assert(((Annotations.fits != Fits::lengths || has_length<V>) && ...),
                  "fastapi: MinLength and MaxLength need a string, list, set or map, and this field or parameter is none");
    static_assert(((Annotations.fits != Fits::strings || is_text<V>) && ...),
                  "fastapi: Pattern, StripWhitespace, ToLower and ToUpper need a string, and this field or parameter is "
                  "none");
    static_assert(((Annotations.fits != Fits::decimals || is_decimal<V>) && ...),
                  "fastapi: MaxDigits and DecimalPlaces need a Decimal, and this field or parameter is none");
    static_assert(((Annotations.fits != Fits::unions || is_variant<V>) && ...),
                  "fastapi: Discriminator and LeftToRight need a std::variant, and this field or parameter is none; of a list "
                  "they stand at its elements: std::vector<Field<std::variant<Cat, Dog>, Discriminator(\"kind\")>>");
    static_assert(((Annotations.fits != Fits::aliases) && ...),
                  "fastapi: AliasChoices and AliasPath stand in a ValidationAlias: ValidationAlias(AliasChoices(\"id\", \"user_id\"))");
    static_assert(((!std::is_same_v<std::remove_cvref_t<decltype(Annotations)>, StrictAnnotation> || !is_variant<V>) && ...),
                  "fastapi: Strict cannot stand on a union: put it on the alternatives, std::variant<Field<int, Strict>, …>");
    static_assert(((!PatternOf<Annotations>::value || FASTAPI_HAS_RE2) && ...),
                  "fastapi: Pattern needs RE2: install libre2-dev (or re2) and link with -lre2");
}

} // namespace detail

namespace field_operators {
// Field has a base of this namespace, so that its operators are found where an operand is a field, and nowhere else (terms of
// sql/expression.hpp). Each has its own: two bases of one type in one place would take room.
template <class T, auto... Annotations>
struct Found {};
} // namespace field_operators

template <class T, auto... Annotations>
class Field : field_operators::Found<T, Annotations...> {
  public:
    using value_type = T;
    static constexpr const detail::FieldInfo& info() {
        detail::check_annotations<T, Annotations...>();
        return detail::info_table<T, Annotations...>;
    }

    constexpr Field() = default;
    constexpr Field(Empty) : state_(detail::FieldState::initial) {} // NOLINT: implicit on purpose
    template <class U = T>
        requires(!std::is_same_v<std::remove_cvref_t<U>, Field> && !std::is_same_v<std::remove_cvref_t<U>, Empty> &&
                 !detail::is_any_member<std::remove_cvref_t<U>> && std::is_convertible_v<U &&, T>)
    constexpr Field(U&& value) // NOLINT: implicit on purpose
        : value_(convert(std::forward<U>(value))), state_(detail::FieldState::initial) {}
    template <class U>
        requires(!std::is_same_v<std::remove_cvref_t<U>, Field> && std::is_assignable_v<T&, U &&>)
    constexpr Field& operator=(U&& value) {
        static_assert(!detail::info_table<T, Annotations...>.frozen, "fastapi: this field is Frozen and cannot be assigned to");
        value_ = convert(std::forward<U>(value));
        state_ = detail::FieldState::set;
        return *this;
    }

    constexpr operator const T&() const noexcept { return value_; } // NOLINT: implicit on purpose
    [[nodiscard]] constexpr const T& value() const noexcept { return value_; }
    [[nodiscard]] constexpr T& value() noexcept { return value_; }
    [[nodiscard]] constexpr const T& operator*() const noexcept { return value_; }
    [[nodiscard]] constexpr T& operator*() noexcept { return value_; }
    [[nodiscard]] constexpr auto operator->() const noexcept { return arrow(value_); }
    [[nodiscard]] constexpr auto operator->() noexcept { return arrow(value_); }

    // Whether the caller gave a value (Pydantic: model_fields_set).
    [[nodiscard]] constexpr bool is_set() const noexcept { return state_ >= detail::FieldState::set; }

    template <class Stream>
    friend auto operator<<(Stream& stream, const Field& field) -> decltype(stream << std::declval<const T&>()) {
        return stream << field.value_;
    }

  private:
    // A pointer-like T (optional, unique_ptr) gives its own arrow, anything else its address.
    template <class V>
    static constexpr auto arrow(V& value) {
        if constexpr (requires { value.operator->(); }) {
            return value.operator->();
        } else {
            return &value;
        }
    }
    // Field<std::int8_t> n = 0 is meant: no warning about the literal's type from in here.
    template <class U>
    static constexpr decltype(auto) convert(U&& value) {
        if constexpr (std::is_arithmetic_v<T> && std::is_arithmetic_v<std::remove_cvref_t<U>>) {
            return static_cast<T>(value);
        } else {
            return std::forward<U>(value);
        }
    }
    friend struct FieldAccess;
    T value_{};
    detail::FieldState state_ = detail::FieldState::unset;
};

// For the library's tables: where value and state of a field lie.
struct FieldAccess {
    template <class F>
    static const auto& value(const F& field) {
        return field.value_;
    }
    template <class F>
    static const detail::FieldState& state(const F& field) {
        return field.state_;
    }
};

// The members of another model, as if they were written here (Pydantic's base class): Flatten<UserBase> base;
template <class T>
struct Flatten {
    T value{};
    constexpr const T* operator->() const { return &value; }
    constexpr T* operator->() { return &value; }
    constexpr const T& operator*() const { return value; }
    constexpr T& operator*() { return value; }
    friend bool operator==(const Flatten&, const Flatten&) = default;
};

namespace detail {
template <class T, class U>
concept EqualityComparable = requires(const T& t, const U& u) {
    { t == u } -> std::convertible_to<bool>;
};
template <class T, class U>
concept LessComparable = requires(const T& t, const U& u) {
    { t < u } -> std::convertible_to<bool>;
    { u < t } -> std::convertible_to<bool>;
};
template <class T, class U>
constexpr std::partial_ordering order(const T& a, const U& b) {
    if (a < b) return std::partial_ordering::less;
    return b < a ? std::partial_ordering::greater : std::partial_ordering::equivalent;
}

template <class T>
inline constexpr bool is_field = false;
template <class T, auto... A>
inline constexpr bool is_field<Field<T, A...>> = true;
template <class T>
inline constexpr bool is_flatten = false;
template <class T>
inline constexpr bool is_flatten<Flatten<T>> = true;
// A member that is no field: it is neither read, written nor described. Pydantic: a private attribute.
template <class M>
inline constexpr bool is_private_attribute = requires { typename M::private_attribute; };
} // namespace detail

namespace field_operators {
// A field compares with whatever its value compares with.
template <class T, auto... A, class U>
    requires(!detail::is_field<U>) && detail::EqualityComparable<T, U>
constexpr bool operator==(const Field<T, A...>& a, const U& b) {
    return a.value() == b;
}
template <class T, auto... A, class U> // std::optional compares with anything: this one is nearer
    requires detail::EqualityComparable<T, std::optional<U>>
constexpr bool operator==(const Field<T, A...>& a, const std::optional<U>& b) {
    return a.value() == b;
}
template <class T, auto... A, class U, auto... B>
    requires detail::EqualityComparable<T, U>
constexpr bool operator==(const Field<T, A...>& a, const Field<U, B...>& b) {
    return a.value() == b.value();
}
template <class T, auto... A, class U>
    requires(!detail::is_field<U>) && detail::LessComparable<T, U>
constexpr auto operator<=>(const Field<T, A...>& a, const U& b) {
    return detail::order(a.value(), b);
}
template <class T, auto... A, class U, auto... B>
    requires detail::LessComparable<T, U>
constexpr auto operator<=>(const Field<T, A...>& a, const Field<U, B...>& b) {
    return detail::order(a.value(), b.value());
}
} // namespace field_operators

} // namespace fastapi
