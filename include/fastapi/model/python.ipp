#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/python.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// Code points beyond ASCII that str.isprintable() calls unprintable: spaces, separators, controls, formats, surrogates,
// private use. What Unicode has not assigned yet is printed.
inline constexpr struct {
    std::uint32_t first, last;
} unprintable[] = {{0x7F, 0xA0},       {0xAD, 0xAD},       {0x600, 0x605},     {0x61C, 0x61C},     {0x6DD, 0x6DD},
                   {0x70F, 0x70F},     {0x890, 0x891},     {0x8E2, 0x8E2},     {0x1680, 0x1680},   {0x180E, 0x180E},
                   {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F},   {0x3000, 0x3000},   {0xD800, 0xF8FF},
                   {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD},
                   {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE00FF},
                   {0xE01F0, 0x10FFFF}};

FASTAPI_COLD void write_hex(std::string& out, std::uint32_t value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out.push_back("0123456789abcdef"[(value >> shift) & 15U]);
}

FASTAPI_COLD void write_python_string(std::string& out, std::string_view text) {
    bool single = text.find('\'') != std::string_view::npos;
    char quote = single && text.find('"') == std::string_view::npos ? '"' : '\'';
    out.push_back(quote);
    for (std::size_t i = 0; i < text.size();) {
        auto lead = static_cast<unsigned char>(text[i]);
        std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        std::uint32_t c = size == 1 ? lead : lead & (0x7FU >> size);
        for (std::size_t k = 1; k < size && i + k < text.size(); ++k)
            c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
        bool hidden = c < 0x20;
        if (c >= 0x7F)
            for (const auto& range : unprintable) hidden = hidden || (c >= range.first && c <= range.last);
        if (c == '\\' || c == static_cast<unsigned char>(quote)) {
            out.push_back('\\');
            out.push_back(static_cast<char>(c));
        } else if (c == '\n' || c == '\r' || c == '\t') {
            out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
        } else if (hidden) {
            out += c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U";
            write_hex(out, c, c < 0x100 ? 2 : c < 0x10000 ? 4 : 8);
        } else {
            out += text.substr(i, size);
        }
        i += size;
    }
    out.push_back(quote);
}

FASTAPI_COLD void write_python_float(std::string& out, double value) {
    if (!std::isfinite(value)) {
        out += std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
        return;
    }
    // As our writer has it, but for small exponents: 1e-05 for 0.00001, 1e-07 for 1e-7.
    std::string text;
    double size = std::fabs(value);
    if (size != 0 && size < 1e-4) {
        char digits[40];
        text.assign(digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr);
    } else {
        write_json_double(text, value);
    }
    out += text;
}

FASTAPI_COLD void write_python_constant(std::string& out, const Constant& constant) {
    if (constant.kind == Constant::Kind::string) {
        write_python_string(out, constant.text);
    } else if (constant.kind == Constant::Kind::null) {
        out += "None";
    } else if (constant.kind == Constant::Kind::boolean) {
        out += constant.boolean ? "True" : "False";
    } else if (constant.number.kind == Number::Kind::floating) {
        write_python_float(out, constant.number.as_double());
    } else {
        write_constant(out, constant);
    }
}

FASTAPI_COLD void write_python_value(std::string& out, const Value& value) {
    std::string scratch;
    bool lone = false;
    switch (value.kind()) {
    case Value::Kind::undefined:
    case Value::Kind::null: out += "None"; return;
    case Value::Kind::boolean: out += value.boolean() ? "True" : "False"; return;
    case Value::Kind::integer: out += value.number_text() == "-0" ? "0" : value.number_text(); return;
    case Value::Kind::number: write_python_float(out, parse_double(value.number_text())); return;
    case Value::Kind::string: write_python_string(out, value.string(scratch, &lone)); return;
    case Value::Kind::array:
    case Value::Kind::object: {
        bool object = value.is(Value::Kind::object);
        List<bool> overridden;
        bool any_overridden = object && find_overridden(value, overridden);
        out.push_back(object ? '{' : '[');
        std::string_view before;
        std::size_t index = 0;
        for (auto children = value.children(); !children.done(); ++index) {
            Value child = children.next();
            Value item = object ? children.next() : child;
            if (any_overridden && overridden[index]) continue;
            out += before;
            before = ", ";
            if (object) {
                write_python_value(out, child);
                out += ": ";
            }
            write_python_value(out, item);
        }
        out.push_back(object ? '}' : ']');
        return;
    }
    }
}

} // namespace fastapi::detail
