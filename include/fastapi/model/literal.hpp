#pragma once

// Literal<"a", 1, true, nullptr>: one of a fixed set of constants (Pydantic: Literal["a", 1, True, None]), and the
// constants that an enum stands for.

#include <compare>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include "fastapi/model/info.hpp"

namespace fastapi {

// A constant of JSON: a string, a number, true, false or null. Converts from each; the text of a string must outlive it.
class LiteralValue {
  public:
    constexpr LiteralValue(std::nullptr_t = nullptr) {} // NOLINT: implicit on purpose, as those below
    constexpr LiteralValue(std::string_view text) {     // NOLINT
        constant_.kind = detail::Constant::Kind::string;
        constant_.text = text;
    }
    constexpr LiteralValue(const char* text) : LiteralValue(std::string_view{text}) {} // NOLINT
    template <class T>
        requires std::is_arithmetic_v<T>
    constexpr LiteralValue(T value) { // NOLINT
        if constexpr (std::is_same_v<T, bool>) {
            constant_.kind = detail::Constant::Kind::boolean;
            constant_.boolean = value;
        } else {
            constant_.kind = detail::Constant::Kind::number;
            constant_.number = detail::Number{value};
        }
    }
    [[nodiscard]] constexpr bool is_null() const { return constant_.kind == detail::Constant::Kind::null; }
    [[nodiscard]] constexpr bool is_string() const { return constant_.kind == detail::Constant::Kind::string; }
    [[nodiscard]] constexpr bool is_boolean() const { return constant_.kind == detail::Constant::Kind::boolean; }
    [[nodiscard]] constexpr bool is_integer() const { return constant_.number.kind == detail::Number::Kind::integer; }
    [[nodiscard]] constexpr bool is_floating() const { return constant_.number.kind == detail::Number::Kind::floating; }
    // What it holds; of another kind: an empty text, zero, false.
    [[nodiscard]] constexpr std::string_view string() const { return constant_.text; }
    [[nodiscard]] constexpr bool boolean() const { return constant_.boolean; }
    [[nodiscard]] constexpr std::int64_t integer() const { return constant_.number.integer; }
    [[nodiscard]] constexpr double floating() const { return constant_.number.as_double(); }
    [[nodiscard]] constexpr const detail::Constant& constant() const { return constant_; }
    // Of the same kind and equal: 1 is neither true nor 1.0.
    friend constexpr bool operator==(const LiteralValue& a, const LiteralValue& b) {
        const detail::Constant& x = a.constant_;
        const detail::Constant& y = b.constant_;
        return x.kind == y.kind && x.text == y.text && x.boolean == y.boolean && x.number.kind == y.number.kind &&
               x.number.integer == y.number.integer && x.number.bits == y.number.bits;
    }

  private:
    detail::Constant constant_;
};

namespace detail {

// A constant as a template argument.
template <class T>
struct LiteralItem {
    static_assert(std::is_integral_v<T> || std::is_same_v<T, std::nullptr_t>,
                  "fastapi: a Literal is made of string literals, integers, true, false and nullptr");
    T item;
    constexpr LiteralItem(T value) : item(value) { // NOLINT: implicit on purpose
        LiteralValue made = value;
        if (!made.is_integer() && std::is_integral_v<T> && !std::is_same_v<T, bool>)
            throw std::invalid_argument("fastapi: an integer of a Literal must fit std::int64_t");
    }
    [[nodiscard]] constexpr LiteralValue value() const { return item; }
};
template <std::size_t N>
struct LiteralItem<char[N]> {
    char item[N]{};
    constexpr LiteralItem(const char (&text)[N]) { // NOLINT: implicit on purpose
        for (std::size_t i = 0; i < N; ++i) item[i] = text[i];
    }
    [[nodiscard]] constexpr LiteralValue value() const { return std::string_view{item, N - 1}; }
};
template <class T>
LiteralItem(T) -> LiteralItem<T>;
template <std::size_t N>
LiteralItem(const char (&)[N]) -> LiteralItem<char[N]>;

} // namespace detail

// One of a fixed set of constants. Compares and converts to what it holds.
template <detail::LiteralItem... Items>
struct Literal {
    static_assert(sizeof...(Items) > 0, "fastapi: a Literal needs a constant: Literal<\"a\", \"b\">");
    static constexpr bool strings = (Items.value().is_string() && ...);
    static constexpr bool integers = (Items.value().is_integer() && ...);
    static constexpr bool booleans = (Items.value().is_boolean() && ...);
    // What a T may be given for.
    template <class T>
    static constexpr bool takes = (std::is_same_v<T, bool> && (Items.value().is_boolean() || ...)) ||
                                  (std::is_integral_v<T> && !std::is_same_v<T, bool> && (Items.value().is_integer() || ...)) ||
                                  (std::is_same_v<T, std::nullptr_t> && (Items.value().is_null() || ...));

    std::uint16_t index = 0; // of the constant that it holds

    constexpr Literal() = default;
    // Throws std::invalid_argument when it is none of the constants; at compile time that is an error.
    constexpr Literal(const char* text) // NOLINT: implicit on purpose, as those below
        requires((Items.value().is_string() || ...))
        : index(find(std::string_view{text})) {}
    constexpr Literal(std::string_view text) // NOLINT
        requires((Items.value().is_string() || ...))
        : index(find(text)) {}
    template <class T>
        requires takes<T>
    constexpr Literal(T value) : index(find(value)) {} // NOLINT

    // A std::string_view, std::int64_t or bool when all constants are of that kind, else a LiteralValue.
    [[nodiscard]] constexpr auto value() const {
        constexpr LiteralValue values[] = {Items.value()...};
        if constexpr (strings) {
            return values[index].string();
        } else if constexpr (integers) {
            return values[index].integer();
        } else if constexpr (booleans) {
            return values[index].boolean();
        } else {
            return values[index];
        }
    }
    constexpr operator std::string_view() const // NOLINT
        requires strings
    {
        return value();
    }
    constexpr operator std::int64_t() const // NOLINT
        requires integers
    {
        return value();
    }
    friend constexpr bool operator==(const Literal&, const Literal&) = default;
    friend constexpr auto operator<=>(const Literal&, const Literal&) = default; // in the order of the constants
    friend constexpr bool operator==(const Literal& a, std::string_view b) { return LiteralValue(a.value()) == b; }
    friend constexpr bool operator==(const Literal& a, const char* b) { return LiteralValue(a.value()) == b; }
    template <class T>
        requires takes<T>
    friend constexpr bool operator==(const Literal& a, T b) {
        return LiteralValue(a.value()) == LiteralValue(b);
    }

  private:
    static constexpr std::uint16_t find(LiteralValue wanted) {
        bool found = false;
        std::uint16_t i = 0;
        ((Items.value() == wanted ? (found = true) : (found ? found : (++i, found))), ...);
        if (!found) throw std::invalid_argument("fastapi: not one of the constants of this Literal");
        return i;
    }
};

} // namespace fastapi
