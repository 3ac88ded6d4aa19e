#pragma once

#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "fastapi/json/document.ipp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// Not inlined: the code of an append is long.
[[gnu::noinline]] FASTAPI_INLINE void append_bytes(std::string& out, const char* begin, const char* end) {
    out.append(begin, static_cast<std::size_t>(end - begin));
}

FASTAPI_INLINE void write_escape(std::string& out, char c) {
    constexpr std::string_view characters = "\"\\\n\r\t\b\f";
    constexpr char hex[] = "0123456789abcdef";
    char escape[] = {'\\', 'u', '0', '0', hex[(c >> 4) & 15], hex[c & 15]};
    std::size_t at = characters.find(c);
    if (at < characters.size()) escape[1] = "\"\\nrtbf"[at];
    append_bytes(out, escape, escape + (at < characters.size() ? 2 : 6));
}

// A byte that is no UTF-8: a lone surrogate (from a JSON escape) is escaped again, anything else becomes U+FFFD, so that
// what is written is always JSON. Returns how many bytes were taken.
FASTAPI_COLD std::size_t write_bad_utf8(std::string& out, std::string_view text) {
    auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    if (byte(0) == 0xED && byte(1) >= 0xA0 && (byte(2) & 0xC0U) == 0x80U) {
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\ud%03x", ((byte(1) & 0x3FU) << 6) | (byte(2) & 0x3FU));
        out += escape;
        return 3;
    }
    out += "\xEF\xBF\xBD";
    return 1;
}

FASTAPI_INLINE bool copy_plain(char* target, std::string_view text) {
    const char* p = text.data();
    std::size_t size = text.size();
    if (size >= 8) {
        for (const char* last = p + size - 8;; p += 8, target += 8) {
            if (p > last) { // the rest, together with bytes before it
                target -= p - last;
                p = last;
            }
            std::uint64_t eight;
            std::memcpy(&eight, p, 8);
            if (special_bytes(eight)) return false;
            std::memcpy(target, &eight, 8);
            if (p == last) return true;
        }
    }
    if (size >= 4) {
        std::uint32_t first;
        std::uint32_t last;
        std::memcpy(&first, p, 4);
        std::memcpy(&last, p + size - 4, 4);
        if (special_bytes(first | std::uint64_t{last} << 32)) return false;
        std::memcpy(target, &first, 4);
        std::memcpy(target + size - 4, &last, 4);
        return true;
    }
    for (; size > 0; --size) {
        if (is_special(*p)) return false;
        *target++ = *p++;
    }
    return true;
}

FASTAPI_INLINE void write_json_string(std::string& out, std::string_view text) {
    char quoted[128];
    if (text.size() <= sizeof quoted - 2 && copy_plain(quoted + 1, text)) {
        quoted[0] = quoted[text.size() + 1] = '"';
        return append_bytes(out, quoted, quoted + text.size() + 2);
    }
    out.push_back('"');
    const char* p = text.data();
    const char* end = p + text.size();
    const char* begin = p;
    for (;;) {
        p = skip_utf8(find_special(p, end), end);
        if (p == end) break;
        if (!is_special(*p)) continue;
        append_bytes(out, begin, p);
        if (static_cast<unsigned char>(*p) >= 0x80) {
            p += write_bad_utf8(out, {p, static_cast<std::size_t>(end - p)});
        } else {
            write_escape(out, *p++);
        }
        begin = p;
    }
    append_bytes(out, begin, end);
    out.push_back('"');
}

FASTAPI_INLINE std::optional<std::uint64_t> parse_unsigned(std::string_view digits) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    if (digits.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (char c : digits) {
        auto digit = static_cast<std::uint64_t>(c) - '0';
        if (digit > 9) return std::nullopt;
        if (value >= most / 10 && (value > most / 10 || digit > most % 10)) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

FASTAPI_COLD std::string integer_text(std::int64_t value) {
    std::string out;
    write_json_integer(out, value);
    return out;
}

FASTAPI_INLINE std::string concat(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (std::string_view part : parts) size += part.size();
    std::string out;
    out.reserve(size);
    for (std::string_view part : parts) out += part;
    return out;
}

FASTAPI_INLINE char* put_text(char* p, const char* text, int size) {
    std::memcpy(p, text, static_cast<std::size_t>(size));
    return p + size;
}

template <class Float>
[[gnu::cold]] char* put_shortest(char* p, Float value) {
    if (!std::isfinite(value)) return put_text(p, "null", 4);
    // Scientific form gives digits and exponent; the layout is chosen by Ryu's rule, with a sign in the exponent.
    char text[40];
    const char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    const char* from = text;
    if (*from == '-') *p++ = *from++;
    char digits[24];
    int count = 0;
    for (; from < end && *from != 'e'; ++from)
        if (*from != '.') digits[count++] = *from;
    bool small = from[1] == '-';
    from += 2; // the digits of the exponent: at least two
    int exponent = 0;
    for (const char* digit = from; digit < end; ++digit) exponent = exponent * 10 + (*digit - '0');
    int point = 1 + (small ? -exponent : exponent); // digits before the decimal point
    if (point > 16 || point <= -5) {
        *p++ = digits[0];
        if (count > 1) {
            *p++ = '.';
            p = put_text(p, digits + 1, count - 1);
        }
        *p++ = 'e';
        *p++ = small ? '-' : '+';
        if (*from == '0') ++from;
        return put_text(p, from, static_cast<int>(end - from));
    }
    if (point <= 0) {
        p = put_text(p, "0.0000", 2 - point);
        return put_text(p, digits, count);
    }
    if (count <= point) {
        p = put_text(p, digits, count);
        for (int i = count; i < point; ++i) *p++ = '0';
        return put_text(p, ".0", 2);
    }
    p = put_text(p, digits, point);
    *p++ = '.';
    return put_text(p, digits + point, count - point);
}

inline constexpr double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                           1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

[[gnu::noinline]] FASTAPI_INLINE char* put_json_double(char* p, double value) {
    // Most numbers have few decimals. One of at most 15 digits is the only one of its length near its double, so that
    // the first that reads back as the value is the shortest form. Both steps below are exact or rounded once.
    double size = std::fabs(value);
    if ((size >= 1e-4 && size < 1e9) || (size == 0 && !std::signbit(value))) {
        for (int decimals = 0; decimals <= 6; ++decimals) {
            double scaled = size * powers_of_ten[decimals];
            auto nearest = static_cast<std::int64_t>(scaled + 0.5);
            auto whole = static_cast<double>(nearest);
            if (std::fabs(scaled - whole) > scaled * 0x1p-51 || whole / powers_of_ten[decimals] != size) continue;
            auto digits = static_cast<std::uint64_t>(nearest);
            if (decimals == 0) { // 3.0
                digits *= 10;
                decimals = 1;
            }
            char text[24];
            char* const end = text + sizeof text;
            char* first = end;
            for (; decimals >= 0 || digits > 0; --decimals) {
                if (decimals == 0) *--first = '.';
                *--first = static_cast<char>('0' + digits % 10);
                digits /= 10;
            }
            if (value < 0) *--first = '-';
            return put_text(p, first, static_cast<int>(end - first));
        }
    }
    return put_shortest(p, value);
}
FASTAPI_INLINE char* put_json_float(char* p, float value) { return put_shortest(p, value); }

FASTAPI_INLINE void write_json_double(std::string& out, double value) {
    char text[max_number_size];
    append_bytes(out, text, put_json_double(text, value));
}
FASTAPI_INLINE void write_json_float(std::string& out, float value) {
    char text[max_number_size];
    append_bytes(out, text, put_json_float(text, value));
}

[[gnu::noinline]] FASTAPI_INLINE void write_json_integer(std::string& out, std::int64_t value) {
    char text[24];
    append_bytes(out, text, std::to_chars(text, text + sizeof text, value).ptr);
}
[[gnu::noinline]] FASTAPI_INLINE void write_json_unsigned(std::string& out, std::uint64_t value) {
    char text[24];
    append_bytes(out, text, std::to_chars(text, text + sizeof text, value).ptr);
}

FASTAPI_INLINE std::string number_for_message(double value) {
    std::string text;
    write_json_double(text, value);
    if (text.size() > 2 && text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
}

// Reads digits, or digits with a fraction, of at most 19 characters: when the digits as an integer are a double, one
// division by an exact power of ten gives the nearest one. Returns whether it could.
FASTAPI_INLINE bool parse_short_double(std::string_view text, double& value) {
    if (text.size() > 19 || FLT_EVAL_METHOD != 0) return false; // a machine that calculates with more bits rounds twice
    const char* p = text.data();
    const char* end = p + text.size();
    std::uint64_t digits = 0;
    auto read = [&] {
        for (unsigned digit; p < end && (digit = static_cast<unsigned char>(*p) - unsigned{'0'}) < 10; ++p)
            digits = digits * 10 + digit;
    };
    read();
    std::size_t decimals = 0;
    if (p < end && *p == '.') {
        ++p;
        decimals = static_cast<std::size_t>(end - p);
        read();
    }
    if (p != end || digits > std::uint64_t{1} << 53) return false;
    value = static_cast<double>(digits) / powers_of_ten[decimals];
    return true;
}

FASTAPI_INLINE double parse_double(std::string_view text) {
    bool negative = !text.empty() && text.front() == '-';
    std::string_view digits = text.substr(negative ? 1 : 0);
    double value = 0;
    if (parse_short_double(digits, value)) {
        // Most are.
    } else if (digits == "NaN") {
        value = std::numeric_limits<double>::quiet_NaN();
    } else if (digits == "Infinity") {
        value = std::numeric_limits<double>::infinity();
    } else if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec ==
               std::errc::result_out_of_range) {
        // Too large or too small: decided by the exponent of the first digit that is not zero.
        value = std::strtod(std::string(digits).c_str(), nullptr);
    }
    return negative ? -value : value;
}

FASTAPI_INLINE void write_json(std::string& out, const json& value) {
    switch (value.type()) {
    case json::value_t::null:
    case json::value_t::discarded: out += "null"; return;
    case json::value_t::boolean: out += *value.get_ptr<const json::boolean_t*>() ? "true" : "false"; return;
    case json::value_t::number_integer: write_json_integer(out, *value.get_ptr<const json::number_integer_t*>()); return;
    case json::value_t::number_unsigned:
        write_json_unsigned(out, *value.get_ptr<const json::number_unsigned_t*>());
        return;
    case json::value_t::number_float: write_json_double(out, *value.get_ptr<const json::number_float_t*>()); return;
    case json::value_t::string: write_json_string(out, *value.get_ptr<const json::string_t*>()); return;
    case json::value_t::binary: {
        const auto& bytes = *value.get_ptr<const json::binary_t*>();
        write_json_string(out, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        return;
    }
    case json::value_t::array: {
        char before = '[';
        for (const json& item : *value.get_ptr<const json::array_t*>()) {
            out.push_back(before);
            write_json(out, item);
            before = ',';
        }
        out += before == '[' ? "[]" : "]";
        return;
    }
    case json::value_t::object: {
        char before = '{';
        for (const auto& [key, item] : *value.get_ptr<const json::object_t*>()) {
            out.push_back(before);
            write_json_string(out, key);
            out.push_back(':');
            write_json(out, item);
            before = ',';
        }
        out += before == '{' ? "{}" : "}";
        return;
    }
    }
}

FASTAPI_INLINE void JsonWriter::comma() {
    if (!first_) out.push_back(',');
    first_ = false;
}
FASTAPI_INLINE JsonWriter& JsonWriter::begin_object() {
    comma();
    out.push_back('{');
    first_ = true;
    return *this;
}
FASTAPI_INLINE JsonWriter& JsonWriter::end_object() {
    out.push_back('}');
    first_ = false;
    return *this;
}
FASTAPI_INLINE JsonWriter& JsonWriter::begin_array() {
    comma();
    out.push_back('[');
    first_ = true;
    return *this;
}
FASTAPI_INLINE JsonWriter& JsonWriter::end_array() {
    out.push_back(']');
    first_ = false;
    return *this;
}
FASTAPI_INLINE JsonWriter& JsonWriter::key(std::string_view name) {
    comma();
    write_json_string(out, name);
    out.push_back(':');
    first_ = true;
    return *this;
}
FASTAPI_INLINE JsonWriter& JsonWriter::string(std::string_view text) {
    comma();
    write_json_string(out, text);
    return *this;
}
FASTAPI_INLINE JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
FASTAPI_INLINE JsonWriter& JsonWriter::integer(std::int64_t value) {
    comma();
    write_json_integer(out, value);
    return *this;
}
FASTAPI_INLINE JsonWriter& JsonWriter::raw(std::string_view text) {
    comma();
    out += text;
    return *this;
}
FASTAPI_INLINE JsonWriter& JsonWriter::member(std::string_view name, std::string_view text) {
    if (!text.empty()) key(name).string(text);
    return *this;
}

} // namespace fastapi::detail

namespace fastapi {

FASTAPI_INLINE std::string to_json_text(const json& value) {
    std::string out;
    detail::write_json(out, value);
    return out;
}

} // namespace fastapi
