#pragma once

#include <charconv>
#include <stdexcept>
#include <utility>

#include "fastapi/model/decode.ipp"
#include "fastapi/types/decimal.hpp"
#include "fastapi/types/text.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// What works on the parts of a Decimal.
struct DecimalParts {
    using Kind = Decimal::Kind;
    // Of Python's default context: digits of a result, and the exponent of the smallest.
    static constexpr int precision = 28;
    static constexpr std::int64_t smallest = -1000026;
    // Reads text as Python's Decimal(text) does; returns false when it is no decimal number.
    static bool read(std::string_view text, Decimal& number);
    static bool read_plain(std::string_view text, Decimal& number);
    static bool in_range(const Decimal& number);
    // Takes so many digits off the end, rounding half to even; the exponent rises by as many.
    static void drop_digits(Decimal& number, std::uint64_t count);
    // What Python's normalize() makes of it: 28 digits at most, without zeros at the end.
    static Decimal normalized(const Decimal& number);
    static Decimal of(const Number& bound);
    // Where the first digit stands: 0 for units, 2 for hundreds, -1 for tenths.
    static std::int64_t adjusted(const Decimal& n) { return n.exponent_ + static_cast<std::int64_t>(n.digits_.size()) - 1; }
    static Decimal result(std::string digits, std::int64_t exponent, bool negative);
    // < 0, 0, > 0 as the magnitudes of two finite numbers.
    static int compare(const Decimal& a, const Decimal& b);
    [[noreturn]] static void overflow() { throw std::overflow_error("fastapi: a Decimal has no room for this result"); }
};

FASTAPI_INLINE bool DecimalParts::in_range(const Decimal& number) {
    std::int64_t most = number.digits_ == "0" ? number.exponent_ : adjusted(number);
    return number.exponent_ >= Decimal::min_exponent && most <= Decimal::max_exponent;
}

// Sign, digits with a point, exponent; or infinity, or NaN. ASCII only.
FASTAPI_INLINE bool DecimalParts::read_plain(std::string_view text, Decimal& number) {
    number = Decimal();
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        number.negative_ = text[0] == '-';
        text.remove_prefix(1);
    }
    auto skip_digits = [&](std::size_t at) {
        while (at < text.size() && is_digit(text[at])) ++at;
        return at;
    };
    std::string& digits = number.digits_;
    std::size_t whole = skip_digits(0);
    std::size_t end = whole;
    if (whole < text.size() && text[whole] == '.') end = skip_digits(whole + 1);
    if (end - whole < 2 && whole == 0) { // no digit
        if (equals_ignoring_case(text, "inf") || equals_ignoring_case(text, "infinity")) {
            number.kind_ = Kind::infinite;
            return true;
        }
        bool signaling = !text.empty() && (text[0] | 32) == 's';
        if (signaling) text.remove_prefix(1);
        if (!equals_ignoring_case(text.substr(0, 3), "nan") || skip_digits(3) != text.size()) return false;
        number.kind_ = signaling ? Kind::signaling_nan : Kind::nan;
        text.remove_prefix(3);
        digits = text.substr(text.find_first_not_of('0') == std::string_view::npos ? text.size() : text.find_first_not_of('0'));
        return true;
    }
    std::size_t first = 0; // the first digit that counts
    while (first < end && (text[first] == '0' || text[first] == '.')) ++first;
    if (first < end) {
        digits.clear();
        if (first < whole) digits.append(text.substr(first, whole - first));
        std::size_t from = first > whole ? first : whole + 1;
        if (from < end) digits.append(text.substr(from, end - from));
    }
    constexpr std::int64_t huge = 4000000000000000000; // beyond any exponent, with room for the places
    std::int64_t exponent = 0;
    if (end < text.size()) {
        if ((text[end] | 32) != 'e') return false;
        std::size_t at = end + 1;
        bool negative = at < text.size() && text[at] == '-';
        if (negative || (at < text.size() && text[at] == '+')) ++at;
        if (at == text.size() || skip_digits(at) != text.size()) return false;
        for (; at < text.size(); ++at)
            exponent = exponent > huge / 10 - 1 ? huge : exponent * 10 + (text[at] - '0');
        if (negative) exponent = -exponent;
    }
    number.exponent_ = exponent - static_cast<std::int64_t>(end > whole ? end - whole - 1 : 0);
    return in_range(number);
}

// Python takes digits of any script, white space around, and underscores anywhere.
FASTAPI_INLINE bool DecimalParts::read(std::string_view text, Decimal& number) {
    text = python_strip(text);
    bool plain = true;
    for (char c : text) plain = plain && c != '_' && static_cast<unsigned char>(c) < 0x80;
    if (plain) return read_plain(text, number);
    std::string ascii;
    for (std::size_t at = 0; at < text.size();) {
        char32_t c = python_character(text, at);
        int digit = python_digit(c);
        if (c == '_') continue;
        if (c >= 0x80 && digit < 0) return false;
        ascii.push_back(static_cast<char>(digit < 0 ? static_cast<int>(c) : '0' + digit));
    }
    return read_plain(ascii, number);
}

FASTAPI_INLINE void DecimalParts::drop_digits(Decimal& number, std::uint64_t count) {
    if (count == 0) return;
    std::string& digits = number.digits_;
    number.exponent_ += static_cast<std::int64_t>(count);
    if (count > digits.size()) {
        digits = "0";
        return;
    }
    std::size_t keep = digits.size() - static_cast<std::size_t>(count);
    bool more = digits.find_first_not_of('0', keep + 1) != std::string::npos;
    bool odd = keep > 0 && (digits[keep - 1] - '0') % 2 == 1;
    bool up = digits[keep] > '5' || (digits[keep] == '5' && (more || odd));
    digits.resize(keep);
    for (std::size_t i = keep; up && i > 0; --i) {
        up = digits[i - 1] == '9';
        digits[i - 1] = up ? '0' : static_cast<char>(digits[i - 1] + 1);
    }
    if (up) digits.insert(0, 1, '1');
    if (digits.empty()) digits = "0";
}

FASTAPI_COLD Decimal DecimalParts::normalized(const Decimal& number) {
    constexpr std::int64_t largest = 999999;
    Decimal made = number;
    std::uint64_t drop = made.digits_.size() > precision ? made.digits_.size() - precision : 0;
    if (made.exponent_ < smallest - static_cast<std::int64_t>(drop))
        drop = static_cast<std::uint64_t>(smallest) - static_cast<std::uint64_t>(made.exponent_);
    drop_digits(made, drop);
    if (!number.is_zero() && adjusted(made) > largest) return number;
    std::size_t end = made.digits_.find_last_not_of('0') + 1; // 0 of zero
    made.exponent_ = end == 0 ? 0 : made.exponent_ + static_cast<std::int64_t>(made.digits_.size() - end);
    made.digits_.resize(end == 0 ? 1 : end);
    return made;
}

FASTAPI_COLD Decimal DecimalParts::of(const Number& bound) {
    switch (bound.kind) {
    case Number::Kind::floating: return Decimal(bound.as_double());
    case Number::Kind::large: return bound.bits;
    case Number::Kind::text: return bound.text;
    default: return bound.integer;
    }
}

FASTAPI_INLINE int DecimalParts::compare(const Decimal& a, const Decimal& b) {
    if (a.is_zero() || b.is_zero()) return static_cast<int>(!a.is_zero()) - static_cast<int>(!b.is_zero());
    if (adjusted(a) != adjusted(b)) return adjusted(a) < adjusted(b) ? -1 : 1;
    std::string_view x = a.digits_;
    std::string_view y = b.digits_;
    std::size_t both = x.size() < y.size() ? x.size() : y.size();
    if (int order = x.substr(0, both).compare(y.substr(0, both))) return order;
    return static_cast<int>(x.find_first_not_of('0', both) != x.npos) -
           static_cast<int>(y.find_first_not_of('0', both) != y.npos);
}

FASTAPI_INLINE Decimal DecimalParts::result(std::string digits, std::int64_t exponent, bool negative) {
    Decimal made;
    std::size_t first = digits.find_first_not_of('0');
    digits.erase(0, first == std::string::npos ? digits.size() - 1 : first);
    made.digits_ = std::move(digits);
    made.exponent_ = exponent;
    made.negative_ = negative;
    if (!in_range(made) || made.digits_.size() > Decimal::max_result_digits) overflow();
    return made;
}

// --- field type -------------------------------------------------------------------------------------------------------

// An error about a bound: Decimals are numbers in a ctx, as FastAPI writes them.
FASTAPI_COLD bool fail_decimal_bound(Context& context, const Value& value, std::string_view type, std::string_view words,
                                     std::string_view key, const Decimal& bound) {
    std::string number;
    if (bound.exponent() >= 0) {
        if (bound.is_negative() && !bound.is_zero()) number.push_back('-');
        number += bound.digits();
        if (!bound.is_zero()) number.append(static_cast<std::size_t>(bound.exponent()), '0');
    } else {
        write_json_double(number, static_cast<double>(bound));
    }
    return context.fail(type, concat({"Input should be ", words, " ", bound.str()}), value, ctx_of(key, number));
}

FASTAPI_COLD bool fail_decimal_digits(Context& context, const Value& value, std::string_view type, std::string_view key,
                                      std::int64_t most, std::string_view what, std::string_view where) {
    std::string number;
    write_json_integer(number, most);
    return context.fail(type, concat({"Decimal input should have no more than ", plural(most, what), where}), value,
                        ctx_of(key, number));
}

// Digits in all and behind the point. A number is good when it is as it was given, or without the zeros at its end.
FASTAPI_COLD bool check_decimal_digits(const Decimal& number, const FieldInfo& info, const Value& value,
                                       Context& context) {
    struct Size {
        std::int64_t places, all;
        explicit Size(const Decimal& n) : places(n.exponent() < 0 ? -n.exponent() : 0) {
            auto digits = static_cast<std::int64_t>(n.digits().size());
            all = n.exponent() >= 0 ? digits + n.exponent() : digits > places ? digits : places;
        }
        [[nodiscard]] std::int64_t whole() const { return all - places; }
    };
    Size given{number};
    Size least{DecimalParts::normalized(number)};
    std::int64_t digits = info.max_digits;
    std::int64_t places = info.decimal_places;
    if (digits >= 0 && given.all > digits && least.all > digits)
        return fail_decimal_digits(context, value, "decimal_max_digits", "max_digits", digits, "digit", " in total");
    if (places < 0) return true;
    if (given.places > places && least.places > places)
        return fail_decimal_digits(context, value, "decimal_max_places", "decimal_places", places, "decimal place", "");
    std::int64_t whole = digits > places ? digits - places : 0;
    if (digits >= 0 && given.whole() > whole && least.whole() > whole)
        return fail_decimal_digits(context, value, "decimal_whole_digits", "whole_digits", whole, "digit",
                                   " before the decimal point");
    return true;
}

// Whether number / step is an integer, with the quotient rounded half to even to 28 digits, as in Python's context.
// Where Python gives up, at integers of more digits, the answer is exact.
FASTAPI_COLD bool is_decimal_multiple(const Decimal& number, const Decimal& step) {
    constexpr int precision = DecimalParts::precision;
    constexpr std::int64_t smallest = DecimalParts::smallest;
    std::uint64_t divisor = 0;
    for (char c : step.digits()) divisor = divisor * 10 + static_cast<std::uint64_t>(c - '0');
    if (!number.is_finite() || divisor == 0) return false;
    std::string_view digits = number.digits();
    auto size = static_cast<std::int64_t>(digits.size());
    // Long division, one digit of the quotient for each of the number and the zeros behind it.
    std::int64_t units = size - 1 + number.exponent() - step.exponent(); // which digit of the quotient counts ones
    std::uint64_t rest = 0;
    int kept = 0;               // digits since the first that is not zero
    bool exact = false;         // there are too many before the point
    int last = 0;
    bool zeros = true;          // those behind the point
    bool nines = units >= -1;
    for (std::int64_t i = 0;; ++i) {
        bool inside = i < size;
        if (!inside && rest == 0) return zeros;
        if (i > size + 64) return false; // a power of ten that helps has helped by now
        int quotient = 0;
        std::uint64_t once = rest; // the divisor has up to 63 bits: ten times the rest is added up
        for (int k = 0; k < 10; ++k) {
            rest += k < 9 ? once : static_cast<std::uint64_t>(inside ? digits[static_cast<std::size_t>(i)] - '0' : 0);
            for (; rest >= divisor; ++quotient) rest -= divisor;
        }
        bool rounding = kept == precision && !exact;
        bool tiny = kept == 0 && quotient > 0 && units - i < smallest; // there is but one digit to be had, or none
        if (rounding || tiny) {
            bool more = rest != 0 || (inside && digits.find_first_not_of('0', static_cast<std::size_t>(i) + 1) != digits.npos);
            bool up = quotient > 5 || (quotient == 5 && (more || last % 2 == 1));
            return tiny ? units - i < smallest - 1 || !up : i == units + 1 || (up ? nines : zeros);
        }
        if (i > units) {
            zeros = zeros && quotient == 0;
            nines = nines && quotient == 9;
            if (!zeros && !nines) return false;
        }
        if (kept < precision && (kept > 0 || quotient > 0)) exact = ++kept == precision && i < units;
        last = quotient;
    }
}

FASTAPI_COLD bool check_decimal(const Decimal& number, const FieldInfo& info, const Value& value, Context& context) {
    bool digits = info.max_digits >= 0 || info.decimal_places >= 0;
    if (!number.is_finite() && (digits || !info.asks_inf_nan))
        return context.fail("finite_number", "Input should be a finite number", value);
    if (digits && !check_decimal_digits(number, info, value, context)) return false;
    if (info.multiple_of) {
        Decimal step = DecimalParts::of(info.multiple_of);
        if (!is_decimal_multiple(number, step))
            return fail_decimal_bound(context, value, "multiple_of", "a multiple of", "multiple_of", step);
    }
    // A NaN keeps no bound.
    auto fails = [&](const Number& bound, bool below, bool equal) {
        if (!bound) return false;
        auto order = number <=> DecimalParts::of(bound);
        return !(order == 0 ? equal : below ? order < 0 : order > 0);
    };
    auto fail = [&](const Number& bound, std::string_view type, std::string_view words, std::string_view key) {
        return fail_decimal_bound(context, value, type, words, key, DecimalParts::of(bound));
    };
    if (fails(info.le, true, true)) return fail(info.le, "less_than_equal", "less than or equal to", "le");
    if (fails(info.lt, true, false)) return fail(info.lt, "less_than", "less than", "lt");
    if (fails(info.ge, false, true)) return fail(info.ge, "greater_than_equal", "greater than or equal to", "ge");
    if (fails(info.gt, false, false)) return fail(info.gt, "greater_than", "greater than", "gt");
    return true;
}

FASTAPI_INLINE bool decode_decimal(const Value& value, const FieldInfo& info, Decimal& number, Context& context) {
    if (info.strict || context.strict) return fail_instance(context, value, "Decimal");
    switch (value.kind()) {
    case Value::Kind::integer:
        DecimalParts::read_plain(value.number_text(), number);
        if (number.is_zero()) number = Decimal(); // an integer has no -0
        break;
    case Value::Kind::number: number = Decimal(parse_double(value.number_text())); break;
    case Value::Kind::string: {
        std::string scratch;
        bool lone = false;
        if (!DecimalParts::read(value.string(scratch, &lone), number))
            return context.fail("decimal_parsing", "Input should be a valid decimal", value);
        break;
    }
    default:
        return context.fail("decimal_type", "Decimal input should be an integer, float, string or Decimal object", value);
    }
    context.lower(Exactness::lax);
    return check_decimal(number, info, value, context);
}

// The pattern of a number as text, which is Pydantic's.
FASTAPI_COLD std::string decimal_pattern(const FieldInfo& info) {
    auto text = [](std::int64_t n) { return detail::integer_text(static_cast<std::int64_t>(n)); };
    std::string pattern = R"(^(?!^[-+.]*$)[+-]?0*)";
    std::int64_t digits = info.max_digits;
    std::int64_t places = info.decimal_places;
    if (digits < 0) {
        pattern += R"(\d*\.?\d)";
        pattern += places < 0 ? "*$" : "{0," + text(places) + "}0*$";
        return pattern;
    }
    std::string whole = R"(\d{0,)" + text(places < 0 ? digits : digits > places ? digits - places : 0) + "}";
    pattern += "(?:" + whole + R"(|(?=[\d.]{1,)" + text(digits + 1) + "}0*$)";
    pattern += places < 0 ? R"(\d*\.\d*)" : whole + R"(\.\d{0,)" + text(places) + "}";
    return pattern + "0*$)";
}

FASTAPI_COLD void write_decimal_schema(JsonWriter& writer, const FieldInfo& info, SchemaMode mode) {
    if (mode == SchemaMode::input) {
        writer.key("anyOf").begin_array().begin_object().key("type").string("number");
        auto write = [&](std::string_view key, const Number& bound) {
            if (!bound) return;
            std::string number;
            write_json_double(number, static_cast<double>(DecimalParts::of(bound)));
            writer.key(key).raw(number);
        };
        write("exclusiveMinimum", info.gt);
        write("minimum", info.ge);
        write("exclusiveMaximum", info.lt);
        write("maximum", info.le);
        write("multipleOf", info.multiple_of);
        writer.end_object().begin_object();
    }
    writer.key("type").string("string").key("pattern").string(decimal_pattern(info));
    if (mode == SchemaMode::input) writer.end_object().end_array();
}

} // namespace detail

// --- the number -------------------------------------------------------------------------------------------------------

FASTAPI_INLINE Decimal::Decimal(std::string_view text) {
    if (!detail::DecimalParts::read(text, *this)) throw ValueError("Input should be a valid decimal");
}

FASTAPI_INLINE void Decimal::assign(bool negative, std::uint64_t magnitude) {
    negative_ = negative;
    digits_.clear();
    detail::write_json_unsigned(digits_, magnitude);
}

FASTAPI_INLINE Decimal::Decimal(double number) : negative_(std::signbit(number)) {
    if (!std::isfinite(number)) {
        kind_ = std::isinf(number) ? Kind::infinite : Kind::nan;
        negative_ = negative_ && kind_ == Kind::infinite;
        digits_.clear();
        return;
    }
    char text[40];
    auto end = std::to_chars(text, text + sizeof text, std::fabs(number), std::chars_format::scientific).ptr;
    detail::DecimalParts::read_plain({text, static_cast<std::size_t>(end - text)}, *this);
    negative_ = std::signbit(number);
    // Python writes numbers below 1e16 without an exponent, with at least one digit behind the point: 100 is 100.0.
    if (exponent_ >= 0 && detail::DecimalParts::adjusted(*this) < 16) {
        digits_.append(is_zero() ? 0 : static_cast<std::size_t>(exponent_) + 1, '0');
        exponent_ = -1;
    }
}

FASTAPI_INLINE std::string Decimal::str() const {
    std::string out = negative_ ? "-" : "";
    if (kind_ == Kind::infinite) return out + "Infinity";
    if (is_nan()) return out + (kind_ == Kind::nan ? "NaN" : "sNaN") + digits_;
    auto size = static_cast<std::int64_t>(digits_.size());
    std::int64_t point = exponent_ + size; // digits before it
    bool plain = exponent_ <= 0 && point > -6;
    std::int64_t left = plain ? point : 1;
    if (left <= 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-left), '0');
        out += digits_;
    } else {
        out.append(digits_, 0, static_cast<std::size_t>(left));
        if (left < size) {
            out.push_back('.');
            out.append(digits_, static_cast<std::size_t>(left));
        }
    }
    if (!plain) {
        out += point - 1 < 0 ? "E" : "E+";
        detail::write_json_integer(out, point - 1);
    }
    return out;
}

FASTAPI_INLINE Decimal::operator double() const {
    double value = std::numeric_limits<double>::quiet_NaN();
    if (is_infinite()) value = std::numeric_limits<double>::infinity();
    if (is_finite()) {
        std::string text = digits_ + "e";
        detail::write_json_integer(text, exponent_);
        value = detail::parse_double(text);
    }
    return negative_ ? -value : value;
}

FASTAPI_INLINE Decimal::operator std::int64_t() const {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::int64_t size = is_finite() ? detail::DecimalParts::adjusted(*this) + 1 : 100;
    if (is_zero() || size <= 0) return 0;
    std::uint64_t magnitude = 0;
    for (std::int64_t i = 0; i < size; ++i) {
        if (i == 19) detail::DecimalParts::overflow();
        magnitude *= 10;
        if (i < static_cast<std::int64_t>(digits_.size()))
            magnitude += static_cast<std::uint64_t>(digits_[static_cast<std::size_t>(i)] - '0');
    }
    if (magnitude > most + (negative_ ? 1 : 0)) detail::DecimalParts::overflow();
    return static_cast<std::int64_t>(negative_ ? 0 - magnitude : magnitude);
}

FASTAPI_INLINE Decimal Decimal::round(int places) const {
    if (!is_finite()) return *this;
    Decimal made = *this;
    std::int64_t wanted = -std::int64_t{places};
    if (exponent_ > wanted) {
        auto zeros = static_cast<std::uint64_t>(exponent_ - wanted);
        if (!is_zero() && zeros > max_result_digits) detail::DecimalParts::overflow();
        if (!is_zero()) made.digits_.append(static_cast<std::size_t>(zeros), '0');
    } else {
        detail::DecimalParts::drop_digits(made, static_cast<std::uint64_t>(wanted - exponent_));
    }
    return detail::DecimalParts::result(std::move(made.digits_), wanted, negative_);
}

FASTAPI_INLINE Decimal operator+(const Decimal& a, const Decimal& b) {
    using Parts = detail::DecimalParts;
    if (!a.is_finite() || !b.is_finite()) Parts::overflow();
    // Both with the exponent of the lower one, and as many digits.
    std::int64_t exponent = a.exponent_ < b.exponent_ ? a.exponent_ : b.exponent_;
    auto aligned = [&](const Decimal& number) {
        auto zeros = static_cast<std::uint64_t>(number.exponent_ - exponent);
        if (number.is_zero()) zeros = 0;
        if (zeros > Decimal::max_result_digits || number.digits_.size() > Decimal::max_result_digits) Parts::overflow();
        return number.digits_ + std::string(static_cast<std::size_t>(zeros), '0');
    };
    std::string x = aligned(a);
    std::string y = aligned(b);
    std::size_t size = (x.size() > y.size() ? x.size() : y.size()) + 1;
    x.insert(0, size - x.size(), '0');
    y.insert(0, size - y.size(), '0');
    bool negative = a.negative_;
    bool same = a.negative_ == b.negative_;
    if (!same && x < y) {
        x.swap(y);
        negative = b.negative_;
    }
    if (!same && x == y) negative = false;
    int carry = 0;
    for (std::size_t i = size; i-- > 0;) {
        int digit = same ? x[i] - '0' + (y[i] - '0') + carry : x[i] - y[i] - carry;
        carry = digit > 9 || digit < 0 ? 1 : 0;
        if (carry) digit += same ? -10 : 10;
        x[i] = static_cast<char>('0' + digit);
    }
    return Parts::result(std::move(x), exponent, negative);
}

FASTAPI_INLINE Decimal operator*(const Decimal& a, const Decimal& b) {
    using Parts = detail::DecimalParts;
    const std::string& x = a.digits_;
    const std::string& y = b.digits_;
    if (!a.is_finite() || !b.is_finite() || x.size() + y.size() > Decimal::max_result_digits + 1) Parts::overflow();
    std::string out(x.size() + y.size(), '0');
    for (std::size_t i = x.size(); i-- > 0;) {
        int carry = 0;
        for (std::size_t j = y.size(); j-- > 0;) {
            int digit = out[i + j + 1] - '0' + (x[i] - '0') * (y[j] - '0') + carry;
            out[i + j + 1] = static_cast<char>('0' + digit % 10);
            carry = digit / 10;
        }
        out[i] = static_cast<char>('0' + carry);
    }
    return Parts::result(std::move(out), a.exponent_ + b.exponent_, a.negative_ != b.negative_);
}

FASTAPI_INLINE std::partial_ordering operator<=>(const Decimal& a, const Decimal& b) {
    if (a.is_nan() || b.is_nan()) return std::partial_ordering::unordered;
    // -2 to 2: the infinities are beyond any other number.
    auto rank = [](const Decimal& n) {
        int sign = n.is_zero() ? 0 : n.negative_ ? -1 : 1;
        return n.is_infinite() ? 2 * sign : sign;
    };
    int order = rank(a) - rank(b);
    if (order == 0 && a.is_finite()) order = rank(a) * detail::DecimalParts::compare(a, b);
    return order <=> 0;
}

} // namespace fastapi
