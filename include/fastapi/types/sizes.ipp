#pragma once

#include <cstdio>
#include <sys/stat.h>
#include <utility>

#include "fastapi/model/decode.ipp"
#include "fastapi/model/schema.ipp"
#include "fastapi/types/sizes.hpp"
#include "fastapi/types/text.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// --- sizes ------------------------------------------------------------------------------------------------------------

// The bytes of a unit; 0 when there is no such unit.
FASTAPI_INLINE double bytes_of_unit(std::string_view unit) {
    std::string lower;
    for (std::size_t at = 0; at < unit.size() && lower.size() < 8;) {
        char32_t c = python_character(unit, at);
        if (c == 0x212A) c = 'k'; // the Kelvin sign is a capital k
        if (c >= 'A' && c <= 'Z') c += 32;
        lower.push_back(c < 0x80 ? static_cast<char>(c) : '?');
    }
    std::string_view rest = lower;
    constexpr std::string_view prefixes = "kmgtpe";
    std::size_t power = rest.empty() ? std::string_view::npos : prefixes.find(rest[0]);
    double base = 1000;
    if (power != std::string_view::npos) {
        rest.remove_prefix(1);
        if (rest.empty()) rest = "b";
        if (rest == "ib" || rest == "ibit") {
            base = 1024;
            rest.remove_prefix(1);
        }
    }
    if (rest != "b" && rest != "bit") return 0;
    double bytes = rest == "b" ? 1 : 0.125;
    for (std::size_t i = 0; power != std::string_view::npos && i <= power; ++i) bytes *= base;
    return bytes;
}

enum class SizeResult : unsigned char { good, no_size, no_unit, too_large };

// As Python's int(text): digits of any script with single underscores between them, a sign, white space around.
// Returns false when it is no integer.
FASTAPI_INLINE bool read_python_integer(std::string_view text, std::uint64_t& magnitude, bool& negative, bool& too_large) {
    text = trim_unicode(text); // str.isspace has four control characters more, which int() does not skip
    negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    magnitude = 0;
    too_large = false;
    bool after_digit = false;
    for (std::size_t at = 0; at < text.size();) {
        char32_t c = python_character(text, at);
        int digit = python_digit(c);
        if (digit < 0) {
            if (c != '_' || !after_digit) return false;
            after_digit = false;
            continue;
        }
        auto value = static_cast<std::uint64_t>(digit);
        too_large = too_large || magnitude > (~std::uint64_t{0} - value) / 10;
        magnitude = magnitude * 10 + value;
        after_digit = true;
    }
    return after_digit;
}

// Number and unit at the start of text; what stands behind them does not count, as in Pydantic.
FASTAPI_INLINE SizeResult read_size(std::string_view text, std::uint64_t& bytes, std::string_view& unit) {
    std::string number; // in ASCII
    std::size_t at = 0;
    auto skip_space = [&] {
        for (std::size_t next = at; at < text.size(); at = next)
            if (!is_python_space(python_character(text, next))) return;
    };
    auto take_digits = [&] {
        std::size_t before = number.size();
        for (std::size_t next = at; at < text.size(); at = next) {
            int digit = python_digit(python_character(text, next));
            if (digit < 0) break;
            number.push_back(static_cast<char>('0' + digit));
        }
        return number.size() > before;
    };
    skip_space();
    bool whole = take_digits();
    if (at < text.size() && text[at] == '.') {
        std::size_t point = at++;
        number.push_back('.');
        if (!take_digits()) {
            if (!whole) return SizeResult::no_size;
            number.pop_back();
            at = point;
        }
    } else if (!whole) {
        return SizeResult::no_size;
    }
    bool negative = false;
    bool too_large = false;
    if (read_python_integer(text, bytes, negative, too_large)) return too_large ? SizeResult::too_large : SizeResult::good;
    skip_space();
    std::size_t begin = at;
    for (std::size_t next = at; at < text.size(); at = next)
        if (!is_python_word(python_character(text, next))) break;
    unit = text.substr(begin, at - begin);
    double factor = unit.empty() ? 1 : bytes_of_unit(unit);
    if (factor == 0) return SizeResult::no_unit;
    double product = parse_double(number) * factor;
    if (!(product < 18446744073709551616.0)) return SizeResult::too_large;
    bytes = static_cast<std::uint64_t>(product);
    return SizeResult::good;
}

FASTAPI_COLD bool fail_size(Context& context, const Value& value) {
    return context.fail("byte_size", "could not parse value and unit from byte string", value);
}

// A text is a number with a unit, or else an integer as a field of type int reads it.
FASTAPI_INLINE bool decode_size_text(const Value& value, bool strict, std::uint64_t& bytes, Context& context) {
    bool lone = false;
    std::string scratch;
    std::string_view text = value.string(scratch, &lone);
    if (context.strip_whitespace) text = trim_unicode(text);
    // White space in front is Unicode's, not Python's, which has four control characters more.
    bool control = false;
    for (std::size_t at = 0; at < text.size();) {
        char32_t c = python_character(text, at);
        if (!is_python_space(c)) break;
        control = control || (c >= 0x1C && c <= 0x1F);
    }
    std::string_view unit;
    SizeResult result = lone || control ? SizeResult::no_size : read_size(text, bytes, unit);
    if (result == SizeResult::no_size && !strict && !lone) {
        LaxInteger parsed = parse_lax_integer(text);
        if (parsed.valid && (!parsed.negative || (parsed.magnitude == 0 && !parsed.too_large))) {
            bytes = parsed.magnitude;
            result = parsed.too_large ? SizeResult::too_large : SizeResult::good;
            context.lower(Exactness::lax);
        }
    }
    if (result == SizeResult::no_size) return fail_size(context, value);
    if (result == SizeResult::too_large) return fail_integer_size(value, context);
    if (result == SizeResult::good) return true;
    std::string quoted;
    write_json_string(quoted, unit);
    return context.fail("byte_size_unit", concat({"could not interpret byte unit: ", unit}), value, ctx_of("unit", quoted));
}

FASTAPI_INLINE bool decode_size(const Value& value, const FieldInfo& info, ByteSize& size, Context& context) {
    bool strict = info.strict || context.strict;
    std::uint64_t bytes = 0;
    switch (value.kind()) {
    case Value::Kind::string:
        if (!decode_size_text(value, strict, bytes, context)) return false;
        break;
    case Value::Kind::integer: {
        std::string_view text = value.number_text();
        bool negative = false;
        bool too_large = false;
        read_python_integer(text, bytes, negative, too_large);
        if (negative && (bytes != 0 || too_large)) return fail_size(context, value);
        if (too_large) return fail_integer_size(value, context);
        break;
    }
    case Value::Kind::number: {
        double number = parse_double(value.number_text());
        if (strict || !(number >= 0 && number < 9223372036854775808.0) || std::trunc(number) != number)
            return fail_size(context, value);
        bytes = static_cast<std::uint64_t>(number);
        context.lower(Exactness::lax);
        break;
    }
    case Value::Kind::boolean:
        if (strict) return fail_size(context, value);
        bytes = value.boolean() ? 1 : 0;
        context.lower(Exactness::lax);
        break;
    default: return fail_size(context, value);
    }
    size = ByteSize(bytes);
    if (info.multiple_of) { // Pydantic looks at the bounds first
        FieldInfo bounds = info;
        bounds.multiple_of = {};
        if (!check_integer(bounds, bytes, false, value, context)) return false;
    }
    return check_integer(info, bytes, false, value, context);
}

FASTAPI_COLD void write_size_schema(JsonWriter& writer, const FieldInfo& info, SchemaMode mode) {
    if (mode == SchemaMode::input)
        writer.key("anyOf")
            .begin_array()
            .begin_object()
            .key("type")
            .string("string")
            .key("pattern")
            .string(R"(^\s*(\d*\.?\d+)\s*(\w+)?)")
            .end_object()
            .begin_object();
    writer.key("type").string("integer");
    write_bounds(writer, info);
    if (!info.ge && !info.gt) writer.key("minimum").integer(0);
    if (mode == SchemaMode::input) writer.end_object().end_array();
}

// --- paths ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool path_is(const std::string& path, PathRule rule) {
    struct stat found {};
    if (path.find('\0') != std::string::npos || stat(path.c_str(), &found) != 0) return false;
    if (rule == PathRule::any) return true;
    return (found.st_mode & S_IFMT) == (rule == PathRule::directory ? S_IFDIR : S_IFREG);
}

FASTAPI_INLINE bool decode_path(const Value& value, const FieldInfo& info, PathRule rule, AnyPath& path, Context& context) {
    if (info.strict || context.strict) return fail_instance(context, value, "Path");
    bool lone = false;
    std::string scratch;
    std::string_view text = value.is(Value::Kind::string) ? value.string(scratch, &lone) : std::string_view{};
    if (!value.is(Value::Kind::string) || lone)
        return context.fail("path_type", "Input is not a valid path for <class 'pathlib.Path'>", value);
    context.lower(Exactness::lax);
    path = AnyPath(context.strip_whitespace ? trim_unicode(text) : text);
    if (rule == PathRule::any) return true;
    if (rule == PathRule::fresh) {
        if (path_is(path.str(), PathRule::any)) return context.fail("path_exists", "Path already exists", value);
        return path_is(path.parent().str(), PathRule::any) ||
               context.fail("parent_does_not_exist", "Parent directory does not exist", value);
    }
    if (path_is(path.str(), rule)) return true;
    return rule == PathRule::file ? context.fail("path_not_file", "Path does not point to a file", value)
                                  : context.fail("path_not_directory", "Path does not point to a directory", value);
}

FASTAPI_COLD void write_path_schema(JsonWriter& writer, PathRule rule) {
    std::string_view format = rule == PathRule::file ? "file-path" : rule == PathRule::directory ? "directory-path" : "path";
    writer.key("type").string("string").key("format").string(format);
}

} // namespace detail

FASTAPI_INLINE ByteSize::ByteSize(std::string_view text) {
    std::string_view unit;
    detail::SizeResult result = detail::read_size(text, bytes_, unit);
    if (result == detail::SizeResult::no_size) throw ValueError("could not parse value and unit from byte string");
    if (result == detail::SizeResult::no_unit)
        throw ValueError(detail::concat({"could not interpret byte unit: ", unit}));
    if (result == detail::SizeResult::too_large) throw ValueError("a ByteSize has no more than 64 bits");
}

FASTAPI_INLINE std::string ByteSize::human_readable(bool decimal, std::string_view separator) const {
    constexpr std::string_view prefixes = " KMGTPE";
    double divisor = decimal ? 1000 : 1024;
    auto number = static_cast<double>(bytes_);
    std::size_t power = 0;
    for (; power < 6 && number >= divisor; ++power) number /= divisor;
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.*f", power == 0 ? 0 : 1, number);
    return detail::concat({digits, separator, prefixes.substr(power, power == 0 ? 0 : 1), power == 0 || decimal ? "" : "i", "B"});
}

FASTAPI_INLINE double ByteSize::to(std::string_view unit) const {
    double bytes = detail::bytes_of_unit(unit);
    if (bytes == 0) throw ValueError(detail::concat({"Could not interpret byte unit: ", unit}));
    return static_cast<double>(bytes_) / bytes;
}

FASTAPI_INLINE void AnyPath::assign(std::string_view text) {
    // Two slashes at the front mean something of their own in Posix; three are one again.
    std::size_t slashes = text.find_first_not_of('/');
    if (slashes == std::string_view::npos) slashes = text.size();
    text_.assign(slashes == 2 ? 2 : slashes > 0 ? 1 : 0, '/');
    std::size_t root = text_.size();
    for (std::size_t at = slashes; at < text.size();) {
        std::size_t end = text.find('/', at);
        if (end == std::string_view::npos) end = text.size();
        std::string_view part = text.substr(at, end - at);
        at = end + 1;
        if (part.empty() || part == ".") continue;
        if (text_.size() > root) text_.push_back('/');
        text_ += part;
    }
    if (text_.empty()) text_ = ".";
}

FASTAPI_INLINE std::string_view AnyPath::name() const {
    std::size_t slash = text_.rfind('/');
    std::string_view last = std::string_view{text_}.substr(slash == std::string::npos ? 0 : slash + 1);
    return last == "." ? std::string_view{} : last;
}

FASTAPI_INLINE std::string_view AnyPath::suffix() const {
    std::string_view last = name();
    std::size_t dot = last.rfind('.');
    return dot != std::string_view::npos && dot > 0 && dot + 1 < last.size() ? last.substr(dot) : std::string_view{};
}

FASTAPI_INLINE AnyPath AnyPath::parent() const {
    std::string_view before = std::string_view{text_}.substr(0, text_.size() - name().size());
    return before.empty() ? AnyPath() : AnyPath(before);
}

} // namespace fastapi
