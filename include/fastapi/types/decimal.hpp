#pragma once

// Decimal: exact decimal numbers, as Python's decimal.Decimal has them. "1.50" stays 1.50, and 0.1 + 0.2 is 0.3.
//
// A number is a sign, a coefficient (a string of digits without zeros in front) and an exponent: 1.50 is 150 and -2.
// That keeps a number exactly as it was given, whatever its length, without a library for large integers: nothing here
// ever writes out the zeros that an exponent stands for, so 1e999999999 takes no more room than 1. The price is that
// arithmetic goes digit by digit: fine for amounts of money, not made for numerics.

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

namespace detail {
struct DecimalParts;
}

class Decimal {
  public:
    using is_number = void;
    using is_decimal = void;
    // A number between 1e-1999999999999999997 and 9.99…e999999999999999999 can be held, as in Python.
    static constexpr std::int64_t max_exponent = 999999999999999999;
    static constexpr std::int64_t min_exponent = -1999999999999999997;
    // The results of + - * and round() have no more digits than this: what is longer throws std::overflow_error.
    static constexpr std::size_t max_result_digits = 4300;

    Decimal() = default; // 0
    template <class Integer>
        requires std::is_integral_v<Integer> && (!std::is_same_v<Integer, bool>)
    Decimal(Integer number) { // NOLINT: implicit on purpose
        bool negative = number < 0;
        auto magnitude = static_cast<std::uint64_t>(number);
        assign(negative, negative ? 0 - magnitude : magnitude);
    }
    // Each throws ValueError when text is no decimal number: "Input should be a valid decimal".
    Decimal(std::string_view text);                                      // NOLINT: implicit on purpose
    Decimal(const char* text) : Decimal(std::string_view{text}) {}       // NOLINT: implicit on purpose
    Decimal(const std::string& text) : Decimal(std::string_view{text}) {} // NOLINT: implicit on purpose
    // The shortest number that reads back as the same double: 0.1 is 0.1, 1.0 is 1.0.
    explicit Decimal(double number);

    // As Python prints it: 1.50, 1E+3, 0E-10, NaN, -Infinity.
    [[nodiscard]] std::string str() const;
    // The nearest double.
    explicit operator double() const;
    // The integer part. Throws std::overflow_error when it has more than 64 bits or there is none.
    explicit operator std::int64_t() const;

    [[nodiscard]] bool is_finite() const noexcept { return kind_ == Kind::finite; }
    [[nodiscard]] bool is_infinite() const noexcept { return kind_ == Kind::infinite; }
    [[nodiscard]] bool is_nan() const noexcept { return kind_ >= Kind::nan; }
    [[nodiscard]] bool is_zero() const noexcept { return is_finite() && digits_ == "0"; }
    [[nodiscard]] bool is_negative() const noexcept { return negative_; } // true of -0
    // The coefficient, without zeros in front; and what power of ten it counts.
    [[nodiscard]] const std::string& digits() const noexcept { return digits_; }
    [[nodiscard]] std::int64_t exponent() const noexcept { return exponent_; }

    // With so many places behind the point, zeros added or rounded half to even (Python: round(number, places)).
    // places < 0 rounds to tens, hundreds … Of what is not finite the same.
    [[nodiscard]] Decimal round(int places) const;

    // Exact. What is not finite throws std::overflow_error here.
    friend Decimal operator+(const Decimal& a, const Decimal& b);
    friend Decimal operator-(const Decimal& a, const Decimal& b) { return a + -b; }
    friend Decimal operator*(const Decimal& a, const Decimal& b);
    Decimal operator-() const {
        Decimal opposite = *this;
        opposite.negative_ = !negative_;
        return opposite;
    }
    Decimal& operator+=(const Decimal& other) { return *this = *this + other; }
    Decimal& operator-=(const Decimal& other) { return *this = *this - other; }
    Decimal& operator*=(const Decimal& other) { return *this = *this * other; }

    // By value: 1.0 equals 1.00, and -0 equals 0. NaN is no value, and unordered.
    friend std::partial_ordering operator<=>(const Decimal& a, const Decimal& b);
    friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }
    template <class Stream>
    friend auto operator<<(Stream& stream, const Decimal& number) -> decltype(stream << std::string_view{}) {
        return stream << std::string_view{number.str()};
    }

  private:
    friend struct detail::DecimalParts;
    enum class Kind : unsigned char { finite, infinite, nan, signaling_nan };
    void assign(bool negative, std::uint64_t magnitude);

    std::string digits_ = "0"; // of a NaN the digits behind it, or none
    std::int64_t exponent_ = 0;
    Kind kind_ = Kind::finite;
    bool negative_ = false;
};

namespace detail {

bool decode_decimal(const Value& value, const FieldInfo& info, Decimal& number, Context& context);
void write_decimal_schema(JsonWriter& writer, const FieldInfo& info, SchemaMode mode);

// Whether a bound is written as a number: sign, at most 18 digits with a point among them, an exponent of up to two
// digits.
constexpr bool is_decimal_bound(std::string_view text) {
    auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    std::size_t digits = 0;
    std::size_t points = 0;
    for (; !text.empty() && (digit(text[0]) || text[0] == '.'); text.remove_prefix(1)) ++(text[0] == '.' ? points : digits);
    if (digits == 0 || digits > 18 || points > 1) return false;
    if (text.empty()) return true;
    if (text[0] != 'e' && text[0] != 'E') return false;
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    return (text.size() == 1 || text.size() == 2) && digit(text[0]) && digit(text.back());
}

} // namespace detail

template <>
struct TypeTraits<Decimal> {
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, Decimal& target,
                       detail::Context& context) {
        return detail::decode_decimal(value, info, target, context);
    }
    static void encode(const Decimal& number, std::string& out) { detail::write_json_string(out, number.str()); }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo& info, detail::SchemaMode mode) {
        detail::write_decimal_schema(writer, info, mode);
    }
    // The text of Ge("0.01"), which has static storage and ends with a zero byte.
    static constexpr detail::Number bound(std::string_view text) {
        if (!detail::is_decimal_bound(text))
            throw std::invalid_argument("fastapi: a bound of a Decimal is a number: Ge(\"0.01\")");
        return detail::Number{text.data()};
    }
    static constexpr std::string_view label = "decimal";
};

} // namespace fastapi
