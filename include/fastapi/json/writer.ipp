#pragma once

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "fastapi/json/document.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_INLINE bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

FASTAPI_INLINE void write_escape(std::string& out, char c) {
    constexpr char hex[] = "0123456789abcdef";
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default:
        out += "\\u00";
        out.push_back(hex[(c >> 4) & 15]);
        out.push_back(hex[c & 15]);
    }
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

FASTAPI_INLINE void write_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    const char* p = text.data();
    const char* end = p + text.size();
    const char* begin = p;
    while (p < end) {
        auto c = static_cast<unsigned char>(*p);
        if (c >= 0x80) {
            if (std::size_t n = utf8_sequence(p, end)) {
                p += n;
                continue;
            }
        } else if (!needs_escape(*p)) {
            ++p;
            continue;
        }
        out.append(begin, p);
        if (c >= 0x80) {
            p += write_bad_utf8(out, {p, static_cast<std::size_t>(end - p)});
        } else {
            write_escape(out, *p++);
        }
        begin = p;
    }
    out.append(begin, end);
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

template <class Float>
void write_shortest(std::string& out, Float value) {
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    // Scientific form gives digits and exponent; the layout is chosen by Ryu's rule, with a sign in the exponent.
    char text[40];
    auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    char* p = text;
    if (*p == '-') out.push_back(*p++);
    char digits[24];
    int count = 0;
    for (; p < end && *p != 'e'; ++p)
        if (*p != '.') digits[count++] = *p;
    int exponent = 0;
    if (p < end) std::from_chars(p + (p[1] == '+' ? 2 : 1), end, exponent);
    int point = exponent + 1; // digits before the decimal point
    auto append = [&](int from, int to) { out.append(digits + from, static_cast<std::size_t>(to - from)); };
    if (point > 16 || point <= -5) {
        append(0, 1);
        if (count > 1) {
            out.push_back('.');
            append(1, count);
        }
        out += exponent < 0 ? "e-" : "e+";
        out += integer_text(exponent < 0 ? -exponent : exponent);
    } else if (point <= 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-point), '0');
        append(0, count);
    } else if (count <= point) {
        append(0, count);
        out.append(static_cast<std::size_t>(point - count), '0');
        out += ".0";
    } else {
        append(0, point);
        out.push_back('.');
        append(point, count);
    }
}

FASTAPI_INLINE void write_json_double(std::string& out, double value) { write_shortest(out, value); }
FASTAPI_INLINE void write_json_float(std::string& out, float value) { write_shortest(out, value); }

FASTAPI_INLINE void write_json_integer(std::string& out, std::int64_t value) {
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}
FASTAPI_INLINE void write_json_unsigned(std::string& out, std::uint64_t value) {
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

FASTAPI_INLINE std::string number_for_message(double value) {
    std::string text;
    write_json_double(text, value);
    if (text.size() > 2 && text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
}

FASTAPI_INLINE double parse_double(std::string_view text) {
    bool negative = !text.empty() && text.front() == '-';
    std::string_view digits = text.substr(negative ? 1 : 0);
    double value = 0;
    if (digits == "NaN") {
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
