#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/field.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/model/unicode.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- text of scalars ------------------------------------------------------------------------------------------------

FASTAPI_INLINE std::size_t space_at(std::string_view text) {
    auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    unsigned c = byte(0);
    if (text.empty()) return 0;
    if (c == ' ' || (c >= 9 && c <= 13)) return 1;
    if (c == 0xC2 && (byte(1) == 0x85 || byte(1) == 0xA0)) return 2;
    if (c == 0xE1 && byte(1) == 0x9A && byte(2) == 0x80) return 3;
    if (c == 0xE2 && byte(1) == 0x80 && ((byte(2) >= 0x80 && byte(2) <= 0x8A) || byte(2) == 0xA8 || byte(2) == 0xA9 || byte(2) == 0xAF))
        return 3;
    if (c == 0xE2 && byte(1) == 0x81 && byte(2) == 0x9F) return 3;
    if (c == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) return 3;
    return 0;
}

FASTAPI_INLINE std::string_view trim_unicode(std::string_view text) {
    while (std::size_t n = space_at(text)) text.remove_prefix(n);
    for (;;) {
        std::size_t before = text.size();
        for (std::size_t n = 1; n <= 3 && n <= before; ++n) {
            if (space_at(text.substr(before - n)) == n) {
                text.remove_suffix(n);
                break;
            }
        }
        if (text.size() == before) return text;
    }
}

FASTAPI_INLINE bool is_digit(char c) { return c >= '0' && c <= '9'; }

FASTAPI_INLINE LaxInteger parse_lax_integer(std::string_view text) {
    if (!text.empty() && (!is_digit(text.front()) || !is_digit(text.back()))) text = trim_unicode(text);
    LaxInteger result;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        result.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    // A fraction is allowed when it is all zeros: "1.000".
    if (text.empty() || !is_digit(text.front())) return {.valid = false};
    bool overflow = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_digit(text[i])) {
            if (text[i] == '_' && text[i - 1] != '_' && i + 1 < text.size() && text[i + 1] != '.') continue;
            std::string_view zeros = text.substr(i + 1);
            bool fraction = text[i] == '.' && !zeros.empty() && zeros.find_first_not_of('0') == std::string_view::npos;
            if (!fraction) return {.valid = false};
            break;
        }
        auto d = static_cast<std::uint64_t>(text[i] - '0');
        constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        if (result.magnitude > (most - d) / 10) overflow = true;
        result.magnitude = result.magnitude * 10 + d;
    }
    result.too_large = overflow || (result.negative && result.magnitude > 0x8000000000000000ULL);
    return result;
}

FASTAPI_INLINE bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        if (c != lower[i]) return false;
    }
    return true;
}

FASTAPI_INLINE std::optional<double> parse_lax_float(std::string_view text) {
    text = trim_unicode(text);
    bool negative = false;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    double sign = negative ? -1.0 : 1.0;
    if (equals_ignoring_case(text, "inf") || equals_ignoring_case(text, "infinity"))
        return sign * std::numeric_limits<double>::infinity();
    if (equals_ignoring_case(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
    std::string plain;
    if (text.find('_') != std::string_view::npos) {
        // An underscore is allowed between two digits.
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '_') {
                plain.push_back(text[i]);
            } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
                return std::nullopt;
            }
        }
        text = plain;
    }
    bool digits = false;
    std::size_t i = 0;
    for (; i < text.size() && is_digit(text[i]); ++i) digits = true;
    if (i < text.size() && text[i] == '.')
        for (++i; i < text.size() && is_digit(text[i]); ++i) digits = true;
    if (!digits) return std::nullopt;
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        ++i;
        if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
        if (i == text.size()) return std::nullopt;
        for (; i < text.size() && is_digit(text[i]); ++i) {}
    }
    if (i != text.size()) return std::nullopt;
    return sign * parse_double(text);
}

FASTAPI_INLINE std::optional<bool> parse_lax_bool(std::string_view text) {
    for (std::string_view word : {"1", "true", "t", "on", "yes", "y"})
        if (equals_ignoring_case(text, word)) return true;
    for (std::string_view word : {"0", "false", "f", "off", "no", "n"})
        if (equals_ignoring_case(text, word)) return false;
    return std::nullopt;
}

// --- constraints ------------------------------------------------------------------------------------------------------

FASTAPI_COLD std::string number_json(const Number& number, bool integer) {
    std::string out;
    if (integer && number.kind == Number::Kind::integer) {
        write_json_integer(out, number.integer);
    } else if (integer && number.kind == Number::Kind::large) {
        write_json_unsigned(out, number.bits);
    } else {
        write_json_double(out, number.as_double());
    }
    return out;
}
FASTAPI_COLD std::string number_text(const Number& number) {
    return number.kind == Number::Kind::floating ? number_for_message(number.as_double()) : number_json(number, true);
}

// The bound that a value breaks, if any: order(bound, value) is less than, equal to or greater than 0 as the value is to
// the bound. In Pydantic's order.
FASTAPI_INLINE BrokenBound broken_bound(const FieldInfo& info, int (*order)(const Number& bound, const void* value),
                                        const void* value) {
    if (info.le && order(info.le, value) > 0) return {&info.le, "less_than_equal", "less than or equal to ", "le"};
    if (info.lt && order(info.lt, value) >= 0) return {&info.lt, "less_than", "less than ", "lt"};
    if (info.ge && order(info.ge, value) < 0) return {&info.ge, "greater_than_equal", "greater than or equal to ", "ge"};
    if (info.gt && order(info.gt, value) <= 0) return {&info.gt, "greater_than", "greater than ", "gt"};
    return {};
}
FASTAPI_COLD bool fail_bound(Context& context, const Value& value, const BrokenBound& broken, std::string_view text, std::string_view json) {
    return context.fail(broken.type, concat({"Input should be ", broken.words, text}), value, ctx_of(broken.key, json));
}
FASTAPI_INLINE bool check_bounds(const FieldInfo& info, int (*order)(const Number& bound, const void* number), const void* number,
                                 bool integer, const Value& value, Context& context) {
    BrokenBound broken = broken_bound(info, order, number);
    return !broken.bound || fail_bound(context, value, broken, number_text(*broken.bound), number_json(*broken.bound, integer));
}

struct WideInteger {
    std::uint64_t magnitude;
    bool negative;
};

FASTAPI_INLINE int order_integer(const Number& bound, const void* number) {
    const WideInteger& a = *static_cast<const WideInteger*>(number);
    if (bound.kind == Number::Kind::floating) {
        double as_double = a.negative ? -static_cast<double>(a.magnitude) : static_cast<double>(a.magnitude);
        double b = bound.as_double();
        return as_double < b ? -1 : as_double > b;
    }
    bool negative = bound.kind == Number::Kind::integer && bound.integer < 0;
    std::uint64_t b = bound.kind == Number::Kind::large ? bound.bits : negative ? 0 - static_cast<std::uint64_t>(bound.integer) : static_cast<std::uint64_t>(bound.integer);
    if (a.negative != negative) return a.negative ? -1 : 1;
    int order = a.magnitude < b ? -1 : a.magnitude > b;
    return negative ? -order : order;
}

FASTAPI_COLD bool fail_multiple(Context& context, const Value& value, const Number& step, bool integer) {
    return context.fail("multiple_of", concat({"Input should be a multiple of ", number_text(step)}), value,
                        ctx_of("multiple_of", number_json(step, integer)));
}

FASTAPI_INLINE bool check_integer(const FieldInfo& info, std::uint64_t magnitude, bool negative, const Value& value, Context& context) {
    if (info.multiple_of) {
        bool multiple;
        if (info.multiple_of.kind == Number::Kind::integer && info.multiple_of.integer != 0) {
            auto step = info.multiple_of.integer;
            multiple = magnitude % static_cast<std::uint64_t>(step < 0 ? -step : step) == 0;
        } else {
            multiple = std::fmod(static_cast<double>(magnitude), info.multiple_of.as_double()) == 0;
        }
        if (!multiple) return fail_multiple(context, value, info.multiple_of, true);
    }
    WideInteger number{magnitude, negative};
    return check_bounds(info, &order_integer, &number, true, value, context);
}

// An integer beyond 64 bits breaks a bound if there is one on its side.
FASTAPI_COLD bool check_beyond(const FieldInfo& info, bool negative, const Value& value, Context& context) {
    auto order = [](const Number&, const void* sign) { return *static_cast<const int*>(sign); };
    int sign = negative ? -1 : 1;
    return check_bounds(info, order, &sign, true, value, context);
}

FASTAPI_INLINE int order_floating(const Number& bound, const void* number) {
    double a = *static_cast<const double*>(number);
    double b = bound.as_double();
    return a < b ? -1 : a > b ? 1 : 0;
}

FASTAPI_INLINE bool check_floating(const FieldInfo& info, double number, const Value& value, Context& context) {
    if (!info.allow_inf_nan && !std::isfinite(number))
        return context.fail("finite_number", "Input should be a finite number", value);
    if (info.multiple_of) {
        // Pydantic's tolerance; NaN and infinities pass.
        double step = info.multiple_of.as_double();
        if (std::fabs(number - std::round(number / step) * step) > 1e-9) return fail_multiple(context, value, info.multiple_of, false);
    }
    if (std::isnan(number)) { // passes no bound
        bool below = !info.le && !info.lt;
        auto order = [](const Number&, const void* sign) { return *static_cast<const int*>(sign); };
        int sign = below ? -1 : 1;
        return check_bounds(info, order, &sign, false, value, context);
    }
    return check_bounds(info, &order_floating, &number, false, value, context);
}

FASTAPI_COLD std::string plural(std::int64_t n, std::string_view noun) {
    std::string number;
    write_json_integer(number, n);
    return concat({number, " ", noun, n == 1 ? "" : "s"});
}

// actual < 0: not known (a set that is cut short).
FASTAPI_COLD bool check_items(const FieldInfo& info, std::string_view noun, std::int64_t actual, bool more,
                                const Value& value, Context& context) {
    auto ctx = [&](std::string_view key, std::int64_t bound) {
        JsonWriter writer;
        writer.begin_object().key("field_type").string(noun).key(key).integer(bound).key("actual_length");
        more ? writer.raw("null") : writer.integer(actual);
        return std::move(writer.end_object().out);
    };
    if (info.min_length >= 0 && actual < info.min_length)
        return context.fail("too_short",
                            std::string(noun) + " should have at least " + plural(info.min_length, "item") +
                                " after validation, not " + integer_text(actual),
                            value, ctx("min_length", info.min_length));
    if (info.max_length >= 0 && actual > info.max_length)
        return context.fail("too_long",
                            std::string(noun) + " should have at most " + plural(info.max_length, "item") +
                                " after validation, not " + (more ? "more" : integer_text(actual)),
                            value, ctx("max_length", info.max_length));
    return true;
}

// --- scalars ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool decode_boolean(const Type&, const FieldInfo& info, const Value& value, void* target, Context& context) {
    constexpr std::string_view parsing = "Input should be a valid boolean, unable to interpret input";
    bool strict = info.strict || context.strict;
    switch (value.kind()) {
    case Value::Kind::boolean: *static_cast<bool*>(target) = value.boolean(); return true;
    case Value::Kind::string: {
        if (strict) break;
        std::string scratch;
        auto word = parse_lax_bool(value.string(scratch));
        if (!word) return context.fail("bool_parsing", std::string(parsing), value);
        context.lower(Exactness::lax);
        *static_cast<bool*>(target) = *word;
        return true;
    }
    case Value::Kind::integer:
    case Value::Kind::number: {
        if (strict) break;
        std::string_view text = value.number_text();
        double number = parse_double(text);
        // What does not fit 64 bits, or has a fraction, is no number that could mean a boolean.
        bool negative = text.front() == '-';
        auto magnitude = value.is(Value::Kind::integer) ? parse_unsigned(text.substr(negative)) : std::nullopt;
        bool fits = magnitude ? *magnitude < 0x8000000000000000ULL + negative : std::fabs(number) < 9223372036854775808.0;
        if (!fits || std::trunc(number) != number) break;
        if (number != 0 && number != 1) return context.fail("bool_parsing", std::string(parsing), value);
        context.lower(Exactness::lax);
        *static_cast<bool*>(target) = number == 1;
        return true;
    }
    default: break;
    }
    return context.fail("bool_type", "Input should be a valid boolean", value);
}

FASTAPI_COLD bool fail_integer_size(const Value& value, Context& context) {
    return context.fail("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size", value);
}

// A number outside the range of its C++ type, of which bound is the end: a magnitude.
FASTAPI_COLD bool fail_width(const Value& value, bool negative, std::uint64_t bound, Context& context) {
    std::string text = negative && bound ? "-" : "";
    write_json_unsigned(text, bound);
    BrokenBound broken = negative ? BrokenBound{nullptr, "greater_than_equal", "greater than or equal to ", "ge"}
                                  : BrokenBound{nullptr, "less_than_equal", "less than or equal to ", "le"};
    return fail_bound(context, value, broken, text, text);
}

FASTAPI_INLINE void put_integer(const Type& type, std::uint64_t raw, void* target) {
    switch (type.width) {
    case 1: { auto v = static_cast<std::uint8_t>(raw); std::memcpy(target, &v, 1); break; }
    case 2: { auto v = static_cast<std::uint16_t>(raw); std::memcpy(target, &v, 2); break; }
    case 4: { auto v = static_cast<std::uint32_t>(raw); std::memcpy(target, &v, 4); break; }
    default: std::memcpy(target, &raw, 8); break;
    }
}

FASTAPI_INLINE bool store_integer(const Type& type, WideInteger number, const FieldInfo& info, const Value& value,
                                  void* target, Context& context) {
    if (info.number && !info.number->integer(info, number.magnitude, number.negative, value, context)) return false;
    // The range of the C++ type: never a wrap. 64 bits and less.
    unsigned bits = type.width * 8U;
    std::uint64_t most = type.is_signed ? (std::uint64_t{1} << (bits - 1)) - 1
                                        : (bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1);
    std::uint64_t least = type.is_signed ? most + 1 : 0; // magnitude of the most negative value
    bool outside = number.magnitude > (number.negative ? least : most);
    if (outside && type.width == 8 && type.is_signed) return fail_integer_size(value, context);
    if (outside) return fail_width(value, number.negative, number.negative ? least : most, context);
    put_integer(type, number.negative ? 0 - number.magnitude : number.magnitude, target);
    return true;
}

// An integer beyond 64 bits: it breaks a bound if there is one on its side, else it is too large for us.
FASTAPI_COLD bool fail_large_integer(const FieldInfo& info, bool negative, const Value& value, Context& context) {
    return (!info.number || info.number->beyond(info, negative, value, context)) && fail_integer_size(value, context);
}

// The digits of a JSON integer as a number; nothing when it does not fit.
FASTAPI_INLINE std::optional<std::uint64_t> token_magnitude(std::string_view text) {
    if (text.size() > 19) return parse_unsigned(text);
    std::uint64_t number = 0;
    for (char c : text) number = number * 10 + static_cast<std::uint64_t>(c - '0');
    return number;
}

FASTAPI_INLINE bool decode_integer(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    bool strict = info.strict || context.strict;
    if (value.is_integer()) {
        std::string_view text = value.number_text();
        bool negative = text.front() == '-';
        if (negative) text.remove_prefix(1);
        auto magnitude = token_magnitude(text);
        if (!magnitude || (negative && *magnitude > 0x8000000000000000ULL))
            return fail_large_integer(info, negative, value, context);
        return store_integer(type, {*magnitude, negative && *magnitude != 0}, info, value, target, context);
    }
    switch (value.kind()) {
    case Value::Kind::number: {
        if (strict) break;
        context.lower(Exactness::lax);
        double number = parse_double(value.number_text());
        if (!std::isfinite(number)) return context.fail("finite_number", "Input should be a finite number", value);
        if (std::trunc(number) != number)
            return context.fail("int_from_float", "Input should be a valid integer, got a number with a fractional part", value);
        if (number >= 9223372036854775808.0 || number <= -9223372036854775808.0) return fail_integer_size(value, context);
        return store_integer(type, {static_cast<std::uint64_t>(std::fabs(number)), number < 0}, info, value, target, context);
    }
    case Value::Kind::string: {
        if (strict) break;
        context.lower(Exactness::lax);
        std::string scratch;
        std::string_view text = value.string(scratch);
        if (text.size() > 4300) return fail_integer_size(value, context);
        LaxInteger parsed = parse_lax_integer(text);
        if (!parsed.valid)
            return context.fail("int_parsing", "Input should be a valid integer, unable to parse string as an integer", value);
        if (parsed.too_large) return fail_large_integer(info, parsed.negative, value, context);
        return store_integer(type, {parsed.magnitude, parsed.negative && parsed.magnitude != 0}, info, value, target, context);
    }
    case Value::Kind::boolean:
        if (strict) break;
        context.lower(Exactness::lax);
        return store_integer(type, {value.boolean() ? 1U : 0U, false}, info, value, target, context);
    default: break;
    }
    return context.fail("int_type", "Input should be a valid integer", value);
}

FASTAPI_INLINE bool decode_floating(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    double number = 0;
    bool strict = info.strict || context.strict;
    switch (value.kind()) {
    case Value::Kind::integer:
        number = parse_double(value.number_text());
        if (std::isinf(number)) return context.fail("float_type", "Input should be a valid number", value); // as Python's int
        context.lower(Exactness::strict);
        break;
    case Value::Kind::number: number = parse_double(value.number_text()); break;
    case Value::Kind::string: {
        if (strict) return context.fail("float_type", "Input should be a valid number", value);
        context.lower(Exactness::lax);
        std::string scratch;
        auto parsed = parse_lax_float(value.string(scratch));
        if (!parsed)
            return context.fail("float_parsing", "Input should be a valid number, unable to parse string as a number", value);
        number = *parsed;
        break;
    }
    case Value::Kind::boolean:
        if (strict) return context.fail("float_type", "Input should be a valid number", value);
        context.lower(Exactness::lax);
        number = value.boolean();
        break;
    default: return context.fail("float_type", "Input should be a valid number", value);
    }
    if (info.number && !info.number->floating(info, number, value, context)) return false;
    if (type.width == sizeof(float)) {
        auto narrow = static_cast<float>(number);
        if (std::isfinite(number) && !std::isfinite(narrow))
            return context.fail("finite_number", "Input should be a finite number", value);
        std::memcpy(target, &narrow, sizeof narrow);
    } else {
        std::memcpy(target, &number, sizeof number);
    }
    return true;
}

FASTAPI_INLINE bool decode_string(const Value& value, const FieldInfo& info, std::string& target, Context& context) {
    if (!value.is_string()) return context.fail("string_type", "Input should be a valid string", value);
    if (context.json_text) context.lower(Exactness::strict);
    bool lone = false;
    std::string_view text = value.string(target, &lone);
    if (lone)
        return context.fail("string_unicode", "Input should be a valid string, unable to parse raw data as a unicode string",
                            value);
    if (context.strip_whitespace) text = trim_unicode(text);
    if (text.data() == target.data()) {
        target.resize(text.size()); // escapes were undone in there
    } else if (text.size() > target.capacity()) {
        target = std::string(text);
    } else {
        target.assign(text);
    }
    if (context.text_model) return context.text_model->check_text(info, target, value, context);
    return !info.text || info.text(info, target, value, context);
}

FASTAPI_COLD bool fail_text_length(std::string_view type, std::string_view words, std::string_view key, std::int64_t length,
                                   const Value& value, Context& context) {
    std::string number;
    write_json_integer(number, length);
    return context.fail(type, concat({"String should have at ", words, " ", plural(length, "character")}), value, ctx_of(key, number));
}

FASTAPI_INLINE bool check_text(const FieldInfo& info, std::string& text, const Value& value, Context& context) {
    if (info.strip_whitespace) {
        std::string_view trimmed = trim_unicode(text);
        if (trimmed.size() != text.size()) text = std::string(trimmed);
    }
    // Between a quarter and all of the bytes are characters: mostly there is nothing to count.
    auto most = static_cast<std::int64_t>(text.size());
    if ((most + 3) / 4 < info.min_length || (info.max_length >= 0 && most > info.max_length)) {
        auto length = static_cast<std::int64_t>(count_characters(text));
        if (info.min_length >= 0 && length < info.min_length)
            return fail_text_length("string_too_short", "least", "min_length", info.min_length, value, context);
        if (info.max_length >= 0 && length > info.max_length)
            return fail_text_length("string_too_long", "most", "max_length", info.max_length, value, context);
    }
    if (info.matches && !info.matches(text)) {
        std::string pattern;
        write_json_string(pattern, info.pattern);
        return context.fail("string_pattern_mismatch", concat({"String should match pattern '", info.pattern, "'"}),
                            value, ctx_of("pattern", pattern));
    }
    if (info.to_lower || info.to_upper) text = with_case(text, !info.to_lower);
    return true;
}

FASTAPI_INLINE bool check_model_text(const FieldInfo& info, std::string& text, const Value& value, Context& context) {
    const ModelConfig& config = context.text_model->config;
    FieldInfo both = info;
    both.to_lower = info.to_lower || config.str_to_lower;
    both.to_upper = info.to_upper || config.str_to_upper;
    if (info.min_length < 0) both.min_length = config.str_min_length;
    if (info.max_length < 0) both.max_length = config.str_max_length;
    return check_text(both, text, value, context);
}

// --- other places than a member's own key ---------------------------------------------------------------------------------

// The value where a path leads; undefined when it leads nowhere.
FASTAPI_INLINE Value follow_alias_path(const AliasStep* step, const AliasStep* end, Value at) {
    do {
        if (step->name.data()) {
            at = at.is(Value::Kind::object) ? at.find(step->name) : Value{};
        } else {
            auto index = step->index;
            auto count = at.is(Value::Kind::array) ? static_cast<std::int64_t>(at.child_count()) : 0;
            if (index < 0) index += count;
            if (index < 0 || index >= count) return {};
            auto children = at.children();
            for (; index > 0; --index) children.next();
            at = children.next();
        }
        ++step;
    } while (at && step != end && !step->first);
    return at;
}

FASTAPI_INLINE const AliasStep* find_alias_path(const AliasPaths& paths, const Value& object, Value& found) {
    const AliasStep* end = paths.steps + paths.size;
    for (const AliasStep* step = paths.steps; step != end; ++step) {
        if (!step->first) continue;
        if (Value value = follow_alias_path(step, end, object)) {
            found = value;
            return step;
        }
    }
    return found ? nullptr : paths.steps;
}

FASTAPI_INLINE bool decode_alias_path(const AliasPaths& paths, const AliasStep* path, const Slot& slot, const Value& object,
                                      const Value& found, void* target, Context& context) {
    if (++path == paths.steps + paths.size || path->first)
        return found ? decode(slot, found, target, context) : context.fail("missing", "Field required", object);
    LocScope scope{context, Loc{context.loc, path->name, path->index}};
    return decode_alias_path(paths, path, slot, object, found, target, context);
}

FASTAPI_INLINE bool decode_default(const Slot& slot, void* target, Context& context) {
    FieldInfo info = *slot.info;
    Slot at{slot.type, &info};
    // What it holds is what it is: as JSON, a date in a union of dates and strings would be taken for a string.
    while (target && !at.info->validate && (at.type->kind == Kind::optional || at.type->kind == Kind::variant)) {
        const void* held;
        if (at.type->kind == Kind::optional) {
            const auto& traits = *static_cast<const OptionalTraits*>(at.type->traits);
            held = traits.get(target);
            at.type = traits.inner.type;
        } else {
            const auto& traits = *static_cast<const VariantTraits*>(at.type->traits);
            std::size_t index = 0;
            held = traits.get(target, index);
            if (held) info = *traits.branches[index].info;
            if (held) at.type = traits.branches[index].type;
        }
        target = const_cast<void*>(held);
    }
    if (!target) return true;
    if (at.type->kind == Kind::model && !info.validate) return true; // Pydantic does not validate a model that is there
    info.strict = false; // of a type that is right, though its JSON may be of another one
    std::string text;
    DumpOptions options;
    options.round_trip = true;
    encode(*at.type, target, text, options);
    if (at.type->kind == Kind::floating && text == "null") { // JSON has no word for it, the parser has Python's
        double number = 0;
        float narrow = 0;
        if (at.type->width == sizeof number) {
            std::memcpy(&number, target, sizeof number);
        } else {
            std::memcpy(&narrow, target, sizeof narrow);
            number = narrow;
        }
        text = std::isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity";
    }
    Document document;
    document.parse(text);
    Context inner{context.errors}; // neither exactness nor the fields that were set are touched
    inner.loc = context.loc;
    inner.quiet = context.quiet;
    inner.strip_whitespace = context.strip_whitespace;
    inner.text_model = context.text_model;
    inner.bytes = context.bytes;
    return decode(at, document.root(), target, inner);
}

// --- containers ---------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool takes_anything(const Slot& element) {
    if (element.type->kind == Kind::any) return !element.type->traits && element.info->validator_count == 0;
    return element.type->kind == Kind::field && takes_anything(static_cast<const FieldTraits*>(element.type->traits)->inner);
}

FASTAPI_INLINE bool decode_list(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    const auto& traits = *static_cast<const ListTraits*>(type.traits);
    using Shape = ListTraits::Shape;
    bool is_list = traits.shape == Shape::list;
    bool is_tuple = traits.shape == Shape::tuple;
    bool is_set = !is_list && !is_tuple;
    bool python_strict = (info.strict || context.strict) && !context.json_text; // JSON's arrays are Python's lists
    if (!value.is(Value::Kind::array) || (!is_list && python_strict)) {
        switch (traits.shape) {
        case Shape::list: return context.fail("list_type", "Input should be a valid list", value);
        case Shape::set: return context.fail("set_type", "Input should be a valid set", value);
        case Shape::frozenset: return context.fail("frozen_set_type", "Input should be a valid frozenset", value);
        case Shape::tuple: return context.fail("tuple_type", "Input should be a valid tuple", value);
        }
    }
    if (!is_list) context.lower(context.json_text ? Exactness::strict : Exactness::lax);
    std::string_view noun = is_list ? "List" : is_tuple ? "Tuple" : traits.shape == Shape::set ? "Set" : "Frozenset";
    std::size_t count = value.child_count();
    auto most = static_cast<std::size_t>(info.max_length);
    if (is_list && info.max_length >= 0 && count > most) // known before the items are looked at, which are not reported then
        return check_items(info, noun, static_cast<std::int64_t>(count), false, value, context);
    traits.clear(target, count);
    std::size_t errors_before = context.errors.size();
    struct State {
        const Slot* slot;
        Value item;
        Context* context;
    } state{&traits.element, {}, &context};
    auto fill = [](void* opaque, void* element) {
        auto& s = *static_cast<State*>(opaque);
        return decode(*s.slot, s.item, element, *s.context);
    };
    Exactness exactness = context.exactness;
    bool good = true;
    bool cut_short = false; // a set or tuple is too long as soon as it holds one more than it may
    std::size_t index = 0;
    if (count > 0) {
        LocScope scope{context, index};
        for (auto children = value.children(); !children.done() && !cut_short; ++index) {
            state.item = children.next();
            scope.move_to(index);
            bool added = traits.add(target, fill, &state);
            if (!added && (context.quiet || (!is_set && context.full()))) return false; // nothing more would be reported
            good = added && good;
            cut_short = !is_list && info.max_length >= 0 && traits.size(target) > most;
        }
    }
    if (is_list && takes_anything(traits.element)) context.exactness = exactness;
    auto held = static_cast<std::int64_t>(traits.size(target));
    if (cut_short) {
        context.errors.resize(errors_before);
        if (is_tuple) held = static_cast<std::int64_t>(count);
    } else if (!good) {
        if (is_tuple) check_items(info, noun, held, false, value, context); // that it is too short is said all the same
        return false;
    }
    return check_items(info, noun, held, cut_short && is_set, value, context);
}

FASTAPI_INLINE bool decode_map(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    const auto& traits = *static_cast<const MapTraits*>(type.traits);
    if (!value.is(Value::Kind::object)) return context.fail("dict_type", "Input should be a valid dictionary", value);
    traits.clear(target);
    struct State {
        const MapTraits* traits;
        Value key;
        Value item;
        std::string_view name;
        Context* context;
    } state{&traits, {}, {}, {}, &context};
    auto fill_key = [](void* opaque, void* element) {
        auto& s = *static_cast<State*>(opaque);
        LocScope scope{*s.context, Loc{s.context->loc, s.name, -1, true}};
        return decode(s.traits->key, s.key, element, *s.context);
    };
    auto fill_value = [](void* opaque, void* element) {
        auto& s = *static_cast<State*>(opaque);
        LocScope scope{*s.context, s.name};
        return decode(s.traits->value, s.item, element, *s.context);
    };
    std::size_t errors_before = context.errors.size();
    auto run = [&](const List<bool>* skip) {
        bool good = true;
        std::string scratch;
        std::size_t index = 0;
        for (auto children = value.children(); !children.done(); ++index) {
            state.key = children.next();
            state.item = children.next();
            if (skip && (*skip)[index]) continue;
            state.name = state.key.string(scratch);
            bool added = traits.add(target, fill_key, fill_value, &state);
            if (!added && (context.quiet || context.full())) return false; // nothing more would be reported
            good = added && good;
        }
        return good;
    };
    bool good = run(nullptr);
    if (!good && !context.json_text) {
        // Of a key that comes several times only the last counts. Looked for when there is an error only: it may be in
        // a value that does not count.
        List<bool> skip;
        if (find_overridden(value, skip)) {
            context.errors.resize(errors_before);
            traits.clear(target);
            good = run(&skip);
        }
    }
    if (!good) return false;
    return check_items(info, "Dictionary", static_cast<std::int64_t>(traits.size(target)), false, value, context);
}

bool decode_members(const Model& model, const Value& value, void* target, Context& context);

// Finds the value of each member in an object. Keys mostly come in the order of declaration: the search starts behind
// the member found last.
class MemberValues {
  public:
    MemberValues(const Model& model, const Value& object) : object_(object), count_(model.members.size()) {
        found_ = count_ <= inline_size ? inline_ : (heap_.resize(count_), heap_.data());
        std::memset(found_, 0, count_ * sizeof *found_);
        const Member* members = model.members.data();
        std::size_t expected = model.config.populate_by_name || model.has_alias_paths ? 0 : count_;
        std::size_t hint = 0;
        for (auto entries = object.children(); !entries.done(); entries.skip_entry()) {
            std::uint32_t index = entries.value_index();
            if (hint < expected && entries.key_is(members[hint].key)) {
                found_[hint++] = index;
            } else {
                add(model, index, hint);
            }
        }
    }
    // The value of a member, or undefined.
    [[nodiscard]] Value operator[](std::size_t i) const { return found_[i] ? object_.at(found_[i]) : Value{}; }
    [[nodiscard]] bool has_extra() const { return has_extra_; }
    // Whether a member was found by its name, where the model allows that beside its alias.
    [[nodiscard]] bool named(std::size_t i) const { return any_named_ && named_[i]; }

    static std::size_t find(const Model& model, std::string_view key, std::size_t hint) {
        std::size_t n = model.members.size();
        for (std::size_t step = 0; step < n; ++step) {
            std::size_t i = hint + step < n ? hint + step : hint + step - n;
            const Member& member = model.members[i];
            if (member.key == key && !member.slot.info->alias_paths) return i;
            if (model.config.populate_by_name && member.name == key) return i;
        }
        return n;
    }

  private:
    void add(const Model& model, std::uint32_t index, std::size_t& hint) {
        std::string scratch;
        std::string_view key = object_.at(index - 1).string(scratch);
        std::size_t at = find(model, key, hint);
        if (at == count_) {
            has_extra_ = true;
            return;
        }
        hint = at + 1;
        bool by_name = key != model.members[at].key || model.members[at].slot.info->alias_paths;
        if (by_name && found_[at] && !named(at)) { // the alias goes before the name
            has_extra_ = true;
            return;
        }
        if (!by_name && named(at)) has_extra_ = true;
        found_[at] = index;
        if (model.config.populate_by_name) {
            named_.resize(count_);
            named_[at] = by_name;
            any_named_ = true;
        }
    }

    static constexpr std::size_t inline_size = 32;
    Value object_;
    std::uint32_t* found_; // indexes of tokens; 0 is none, because a member stands in something
    std::size_t count_;
    List<bool> named_;
    bool any_named_ = false;
    bool has_extra_ = false;
    List<std::uint32_t> heap_;
    std::uint32_t inline_[inline_size];
};

FASTAPI_COLD bool fail_model(const Model& model, const Value& value, Context& context) {
    if (!context.json_text)
        return context.fail("model_attributes_type", "Input should be a valid dictionary or object to extract fields from", value);
    std::string name = generic_name(model.name, '[', ']');
    std::string quoted;
    write_json_string(quoted, name);
    return context.fail("model_type", concat({"Input should be a valid dictionary or instance of ", name}), value,
                        ctx_of("class_name", quoted));
}

// Visits the keys of an object that the model has no members for: visit(key, value, last of equal keys). Of equal keys
// Python has the last; of the JSON in a Json<T>, all are looked at, and names beside aliases are not taken for unknown.
template <class V>
FASTAPI_INLINE void each_extra(const Model& model, const MemberValues& values, const Value& object, bool json_text, V visit) {
    std::string scratch;
    List<bool> overridden;
    bool any_overridden = find_overridden(object, overridden);
    std::vector<std::string_view> aliases; // where members with paths are: the place that counts, or all of the JSON in a Json<T>
    for (std::size_t i = 0; i < model.members.size() && model.has_alias_paths; ++i) {
        if (!model.members[i].slot.info->alias_paths) continue;
        AliasPaths paths = *model.members[i].slot.info->alias_paths;
        bool any = false;
        while (json_text || !any) {
            Value found;
            const AliasStep* path = paths.find(paths, object, found);
            if (!found) break;
            any = true;
            aliases.push_back(path->name);
            paths.size -= static_cast<std::size_t>(path + 1 - paths.steps);
            paths.steps = path + 1;
        }
        if (values.named(i) && (json_text || !any)) aliases.push_back(model.members[i].name);
    }
    std::size_t index = 0;
    for (auto children = object.children(); !children.done(); ++index) {
        std::string_view key = children.next().string(scratch);
        Value extra = children.next();
        bool last = !any_overridden || !overridden[index];
        if (!last && !json_text) continue;
        bool known = std::find(aliases.begin(), aliases.end(), key) != aliases.end();
        for (std::size_t i = 0; i < model.members.size() && !known; ++i) {
            const Member& member = model.members[i];
            if (!member.slot.info->alias_paths) known = key == member.key || (key == member.name && (json_text || values.named(i)));
        }
        if (!known) visit(key, extra, last);
    }
}

// The unknown keys of an object are errors, or kept. Returns whether all is good; adds to the number of fields set.
FASTAPI_COLD bool decode_extra(const Model& model, const MemberValues& values, const Value& object, char* base, Context& context,
                               std::int64_t& fields_set) {
    struct State {
        const Slot* slot;
        Value value;
        Context* context;
    } state{model.extra ? &model.extra->value : nullptr, {}, &context};
    auto fill = [](void* opaque, void* element) {
        auto& s = *static_cast<State*>(opaque);
        return decode(*s.slot, s.value, element, *s.context);
    };
    bool good = true;
    each_extra(model, values, object, context.json_text, [&](std::string_view key, const Value& extra, bool last) {
        LocScope scope{context, key};
        if (!model.extra) {
            good = context.fail("extra_forbidden", "Extra inputs are not permitted", extra);
            return;
        }
        state.value = extra;
        good = model.extra->add(base + model.extra_offset, key, last, fill, &state) && good;
        bool set = false; // a member of this name, which goes by an alias
        for (std::size_t i = 0; i < model.members.size() && !set; ++i) set = model.members[i].name == key && values[i];
        if (last && !set) ++fields_set;
    });
    return good;
}

FASTAPI_INLINE bool decode_model(const Type& type, const FieldInfo&, const Value& value, void* target, Context& context) {
    const Model& model = static_cast<const ModelTraits*>(type.traits)->describe();
    if (model.before) return model.before(model, value, target, context);
    return decode_members(model, value, target, context);
}

FASTAPI_INLINE bool decode_members(const Model& model, const Value& value, void* target, Context& context) {
    if (!value.is_object()) return fail_model(model, value, context);
    context.lower(Exactness::strict);
    bool outer_strict = context.strict;
    bool outer_strip = context.strip_whitespace;
    context.strict = model.config.strict;
    const Model* outer_text_model = context.text_model;
    context.strip_whitespace = model.config.str_strip_whitespace;
    context.text_model = model.check_text ? &model : nullptr;
    const BytesMode outer_bytes = context.bytes;
    context.bytes = model.config.val_json_bytes;
    MemberValues values{model, value};
    bool good = true;
    std::int64_t fields_set = 0;
    auto base = static_cast<char*>(target);
    bool extras = values.has_extra() && (model.extra || model.config.extra == Extra::forbid);
    if (model.extra) model.extra->clear(base + model.extra_offset);
    if (extras && context.json_text) good = decode_extra(model, values, value, base, context, fields_set);
    {
        LocScope scope{context, std::string_view{}};
        std::size_t i = 0;
        for (const Member& member : model.members) {
            if (!good && context.quiet) break;
            Value found = values[i];
            scope.move_to(values.named(i++) ? member.name : std::string_view(member.key));
            const FieldInfo& info = *member.slot.info;
            const AliasStep* path = info.alias_paths ? info.alias_paths->find(*info.alias_paths, value, found) : nullptr;
            if (!found && !member.required) {
                if (!info.decode_default) continue;
                scope.move_to(member.name);
                good = info.decode_default(member.slot, base + member.offset, context) && good;
                continue;
            }
            if (path) {
                scope.move_to(path->name);
                good = info.alias_paths->decode(*info.alias_paths, path, member.slot, value, found, base + member.offset, context) && good;
            } else if (found) {
                good = decode(member.slot, found, base + member.offset, context) && good;
            } else {
                good = context.fail("missing", "Field required", value);
            }
            if (!found) continue;
            // Pydantic counts a field twice in Python's mode, once among the fields set, which extra ones are too.
            fields_set += context.json_text ? 1 : 2;
            if (member.has_state) {
                constexpr auto set = FieldState::set;
                std::memcpy(base + member.state_offset, &set, sizeof set);
            }
        }
    }
    if (extras && !context.json_text && (good || !context.quiet))
        good = decode_extra(model, values, value, base, context, fields_set) && good;
    context.strict = outer_strict;
    context.strip_whitespace = outer_strip;
    context.text_model = outer_text_model;
    context.bytes = outer_bytes;
    if (good) context.add_fields_set(fields_set);
    return good && (!model.validate || model.validate(model, value, target, context));
}

// --- what stands for something else ------------------------------------------------------------------------------------

FASTAPI_INLINE bool decode_string(const Type&, const FieldInfo& info, const Value& value, void* target, Context& context) {
    return decode_string(value, info, *static_cast<std::string*>(target), context);
}

FASTAPI_INLINE bool decode_optional(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    const auto& traits = *static_cast<const OptionalTraits*>(type.traits);
    if (value.is(Value::Kind::null)) {
        traits.reset(target);
        return true;
    }
    const Type& inner = *traits.inner.type;
    return inner.ops->decode(inner, info, value, traits.emplace(target), context);
}

FASTAPI_INLINE bool decode_field(const Type& type, const FieldInfo&, const Value& value, void* target, Context& context) {
    return decode(static_cast<const FieldTraits*>(type.traits)->inner, value, target, context);
}

FASTAPI_INLINE bool decode_any(const Type&, const FieldInfo&, const Value& value, void* target, Context& context) {
    context.lower(Exactness::strict); // better than a conversion, worse than the very type
    return value_to_json(value, *static_cast<json*>(target)) || fail_integer_size(value, context);
}

FASTAPI_INLINE bool decode_custom(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    return static_cast<const CustomTraits*>(type.traits)->decode(value, info, target, context);
}

FASTAPI_INLINE bool decode(const Slot& slot, const Value& value, void* target, Context& context) {
    const FieldInfo& info = *slot.info;
    if (info.validate) return info.validate(slot, value, target, context);
    return slot.type->ops->decode(*slot.type, info, value, target, context);
}

} // namespace fastapi::detail
