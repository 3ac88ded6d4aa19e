#pragma once

#include <stdexcept>
#include <utility>

#include "fastapi/model/decode.ipp"
#include "fastapi/types/bytes.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// --- UTF-8 ------------------------------------------------------------------------------------------------------------

// As CPython's decoder has it: which byte, or bytes, of the first wrong sequence are blamed, and for what.
FASTAPI_COLD std::string utf8_failure(std::string_view text) {
    const char* begin = text.data();
    const char* end = begin + text.size();
    const char* p = begin;
    for (std::size_t n = 1; p < end && n > 0; p += n) n = utf8_sequence(p, end);
    if (p >= end) return {};
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(p[i]); };
    std::size_t left = static_cast<std::size_t>(end - p);
    std::size_t size = byte(0) < 0xC2 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : byte(0) < 0xF5 ? 4 : 1;
    std::size_t wrong = 1; // bytes of the sequence that are blamed
    std::string_view reason = "invalid start byte";
    if (size > 1) {
        auto fits = [&](std::size_t i) {
            if ((byte(i) & 0xC0U) != 0x80) return false;
            if (i > 1) return true;
            switch (byte(0)) {
            case 0xE0: return byte(1) >= 0xA0;
            case 0xED: return byte(1) < 0xA0;
            case 0xF0: return byte(1) >= 0x90;
            case 0xF4: return byte(1) < 0x90;
            default: return true;
            }
        };
        while (wrong < left && wrong < size && fits(wrong)) ++wrong;
        reason = wrong == left ? "unexpected end of data" : "invalid continuation byte";
    }
    std::string place;
    write_json_integer(place, p - begin);
    if (wrong == 1) {
        constexpr char digits[] = "0123456789abcdef";
        char hex[] = {digits[byte(0) >> 4U], digits[byte(0) & 15U]};
        return concat({"'utf-8' codec can't decode byte 0x", {hex, 2}, " in position ", place, ": ", reason});
    }
    std::string last;
    write_json_integer(last, p - begin + static_cast<std::ptrdiff_t>(wrong) - 1);
    return concat({"'utf-8' codec can't decode bytes in position ", place, "-", last, ": ", reason});
}

// --- reading ----------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool read_bytes(const Value& value, const FieldInfo& info, std::string& target, Context& context) {
    if (context.form && context.form->read && context.form->read(value, context, target)) return true;
    if (!value.is(Value::Kind::string) || info.strict || context.strict)
        return context.fail("bytes_type", "Input should be a valid bytes", value);
    bool lone = false;
    std::string scratch;
    std::string_view text = value.string(scratch, &lone);
    if (lone)
        return context.fail("string_unicode",
                            "Input should be a valid string, unable to parse raw data as a unicode string", value);
    context.lower(Exactness::lax);
    target.assign(text);
    return true;
}

FASTAPI_INLINE bool decode_bytes(const Value& value, const FieldInfo& info, Bytes& bytes, Context& context) {
    std::string data;
    if (!read_bytes(value, info, data, context)) return false;
    if (context.bytes != BytesMode::utf8 && value.is(Value::Kind::string)) {
        std::string decoded;
        std::string wrong = read_text_bytes(context.bytes, data, decoded);
        if (!wrong.empty()) {
            std::string_view name = context.bytes == BytesMode::hex ? "hex" : "base64";
            std::string reason;
            write_json_string(reason, wrong);
            return context.fail("bytes_invalid_encoding", concat({"Data should be valid ", name, ": ", wrong}), value,
                                concat({R"({"encoding":")", name, R"(","encoding_error":)", reason, "}"}));
        }
        data = std::move(decoded);
    }
    auto size = static_cast<std::int64_t>(data.size());
    bool is_short = info.min_length >= 0 && size < info.min_length;
    if (is_short || (info.max_length >= 0 && size > info.max_length)) {
        std::int64_t bound = is_short ? info.min_length : info.max_length;
        std::string number;
        write_json_integer(number, bound);
        return context.fail(is_short ? "bytes_too_short" : "bytes_too_long",
                            concat({"Data should have at ", is_short ? "least " : "most ", plural(bound, "byte")}), value,
                            ctx_of(is_short ? "min_length" : "max_length", number));
    }
    bytes = Bytes(std::move(data));
    return true;
}

FASTAPI_INLINE bool check_value_length(const FieldInfo& info, std::size_t length, const Value& value,
                                       Context& context) {
    return check_items(info, "Value", static_cast<std::int64_t>(length), false, value, context);
}

FASTAPI_INLINE bool decode_encoded(const Value& value, const FieldInfo& info, const Encoding& encoding,
                                   std::string& target, Context& context) {
    std::string text;
    bool good = encoding.is_text ? decode_string(value, no_info, text, context) : read_bytes(value, info, text, context);
    if (!good) return false;
    bool decoded = run_validator(value, context, [&] {
        target = encoding.decode(text);
        if (!encoding.is_text || is_valid_utf8(target)) return;
        throw ValueError(utf8_failure(target));
    });
    return decoded &&
           check_value_length(info, encoding.is_text ? count_characters(target) : target.size(), value, context);
}

FASTAPI_INLINE void write_bytes(const Bytes& bytes, std::string& out) {
    if (!is_valid_utf8(bytes))
        throw std::invalid_argument("fastapi: these bytes are not UTF-8 and have no JSON: make the field a Base64Bytes");
    write_json_string(out, bytes);
}

FASTAPI_INLINE void encode_bytes(const Type&, const void* source, std::string& out, const DumpOptions& options) {
    const Bytes& bytes = *static_cast<const Bytes*>(source);
    if (options.bytes == BytesMode::utf8) return write_bytes(bytes, out);
    write_json_string(out, write_text_bytes(options.bytes, bytes));
}
FASTAPI_COLD void schema_bytes(const Schemas& schemas, JsonWriter& writer, const Type&, const FieldInfo& info, SchemaMode) {
    write_bytes_schema(writer, info, {}, true);
    if (schemas.bytes == BytesMode::base64) writer.key("contentEncoding").string("base64");
}

FASTAPI_COLD void write_bytes_schema(JsonWriter& writer, const FieldInfo& info, std::string_view format, bool bytes) {
    writer.key("type").string("string");
    writer.member("format", format);
    if (bytes) writer.key("contentMediaType").string("application/octet-stream");
    if (info.min_length >= 0) writer.key("minLength").integer(info.min_length);
    if (info.max_length >= 0) writer.key("maxLength").integer(info.max_length);
}

// --- Base64 -----------------------------------------------------------------------------------------------------------

FASTAPI_INLINE int base64_digit(char c, bool url) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || (url && c == '-')) return 62;
    if (c == '/' || (url && c == '_')) return 63;
    return -1;
}

// As CPython's binascii.a2b_base64.
FASTAPI_INLINE std::string read_base64(std::string_view text, bool url) {
    std::string out;
    out.reserve(text.size() / 4 * 3 + 3);
    unsigned held = 0;    // the digits since the last whole byte
    unsigned quad = 0;    // how many of a group of four digits are read
    unsigned padding = 0; // of the equals signs since the last digit, those that can be padding
    for (char c : text) {
        if (c == '=') {
            if (quad >= 2 && quad + ++padding >= 4) return out;
            continue;
        }
        int digit = base64_digit(c, url);
        if (digit < 0) continue;
        padding = 0;
        held = (held << 6U | static_cast<unsigned>(digit)) & 0xFFFFU;
        quad = (quad + 1) % 4;
        if (quad != 1) out.push_back(static_cast<char>(held >> ((4 - quad) % 4 * 2) & 0xFFU));
    }
    if (quad == 0) return out;
    std::string reason = "Incorrect padding";
    if (quad == 1)
        reason = concat({"Invalid base64-encoded string: number of data characters (",
                         detail::integer_text(static_cast<std::int64_t>(out.size() / 3 * 4 + 1)), ") cannot be 1 more than a multiple of 4"});
    json context = json::object();
    context[std::string("error")] = std::string(reason);
    throw PydanticCustomError("base64_decode", concat({"Base64 decoding error: '", reason, "'"}), std::move(context));
}

FASTAPI_INLINE std::string write_base64(std::string_view data, bool url) {
    const char* digits = url ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                             : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((data.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < data.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8U | (i + k < data.size() ? static_cast<unsigned char>(data[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            out.push_back(i + k > data.size() ? '=' : digits[group >> (18 - 6 * k) & 63U]);
    }
    return out;
}
FASTAPI_INLINE std::string unpadded_base64(std::string_view data, bool url) {
    std::string text = write_base64(data, url);
    text.resize((data.size() * 4 + 2) / 3);
    return text;
}

// --- of the configuration of a model: ser_json_bytes, val_json_bytes -----------------------------------------------------------

// Whole groups of four digits, and the rest, which may have its padding or none; bits that would be lost are wrong. What is wrong
// first, and how that is called, is as Pydantic has it.
FASTAPI_INLINE std::string read_whole_base64(std::string_view text, bool url, std::string& bytes, char& culprit) {
    auto digit = [url](char c) { return url ? (c == '+' || c == '/' ? -1 : base64_digit(c, true)) : base64_digit(c, false); };
    auto symbol = [&](std::size_t at) {
        culprit = text[at];
        return concat({"Invalid symbol ", integer_text(static_cast<unsigned char>(text[at])), ", offset ",
                       integer_text(static_cast<std::int64_t>(at)), "."});
    };
    std::size_t rest = text.size() % 4;
    if (rest == 1 && text.back() != '=' && digit(text.back()) < 0) return symbol(text.size() - 1);
    std::size_t whole = rest ? text.size() - rest : text.size() < 4 ? 0 : text.size() - 4;
    bytes.clear();
    unsigned held = 0;
    for (std::size_t i = 0; i < whole; ++i) {
        int value = digit(text[i]);
        if (value < 0) return symbol(i);
        held = held << 6U | static_cast<unsigned>(value);
        if (i % 4 != 3) continue;
        for (unsigned shift : {16U, 8U, 0U}) bytes.push_back(static_cast<char>(held >> shift & 0xFFU));
        held = 0;
    }
    std::size_t digits = 0;
    std::size_t padding = 0; // where it begins; 0: not yet
    unsigned last = 0;
    for (std::size_t i = 0; whole + i < text.size(); ++i) {
        if (text[whole + i] == '=') {
            if (i < 2) return symbol(whole + i);
            if (padding == 0) padding = whole + i;
            continue;
        }
        if (padding > 0) return symbol(padding);
        int value = digit(text[whole + i]);
        if (value < 0) return symbol(whole + i);
        last = static_cast<unsigned>(value);
        held = held << 6U | last;
        ++digits;
    }
    if (text.empty()) return {};
    if (digits < 2) return concat({"Invalid input length: ", integer_text(static_cast<std::int64_t>(whole + digits))});
    unsigned lost = digits == 2 ? 4 : digits == 3 ? 2 : 0; // bits
    if ((held & ((1U << lost) - 1U)) != 0) {
        constexpr char hex[] = "0123456789abcdef";
        char at = text[whole + digits - 1];
        auto code = static_cast<unsigned char>(at);
        const char two[] = {hex[code >> 4U], hex[code & 15U]};
        char bits[8];
        for (unsigned i = 0; i < 8; ++i) bits[i] = last >> (7 - i) & 1U ? '1' : '0';
        return concat({"Invalid last symbol 0x", {two, 2}, " ('", {&at, 1}, "') at offset ",
                       integer_text(static_cast<std::int64_t>(whole + digits - 1)), ", decoded as 0b", {bits, 8}, "."});
    }
    held >>= lost;
    for (std::size_t i = digits * 6 / 8; i-- > 0;) bytes.push_back(static_cast<char>(held >> (8 * i) & 0xFFU));
    return {};
}

// A byte in the words of an error message: as a character of Latin-1, what is not printed as an escape.
FASTAPI_COLD std::string quoted_byte(unsigned char byte) {
    constexpr char hex[] = "0123456789abcdef";
    switch (byte) {
    case 0: return "'\\0'";
    case '\t': return "'\\t'";
    case '\n': return "'\\n'";
    case '\r': return "'\\r'";
    case '\'': return "'\\''";
    case '\\': return "'\\\\'";
    default: break;
    }
    if (byte < 0x20 || (byte >= 0x7F && byte <= 0xA0) || byte == 0xAD) {
        std::string digits;
        if (byte >= 16) digits.push_back(hex[byte >> 4U]);
        digits.push_back(hex[byte & 15U]);
        return concat({"'\\u{", digits, "}'"});
    }
    std::string character(1, static_cast<char>(byte));
    if (byte >= 0x80) character = {static_cast<char>(0xC0U | byte >> 6U), static_cast<char>(0x80U | (byte & 0x3FU))};
    return concat({"'", character, "'"});
}

FASTAPI_INLINE std::string read_text_bytes(BytesMode mode, std::string_view text, std::string& bytes) {
    if (mode == BytesMode::base64) {
        char culprit = 0;
        std::string wrong = read_whole_base64(text, true, bytes, culprit);
        return culprit == '+' || culprit == '/' ? read_whole_base64(text, false, bytes, culprit) : wrong;
    }
    if (text.size() % 2 != 0) return "Odd number of digits";
    bytes.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        unsigned value = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                         : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A') + 10
                                                : 16;
        if (value == 16)
            return concat({"Invalid character ", quoted_byte(static_cast<unsigned char>(c)), " at position ", integer_text(static_cast<std::int64_t>(i))});
        if (i % 2 == 0) {
            bytes.push_back(static_cast<char>(value << 4U));
        } else {
            bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) | value);
        }
    }
    return {};
}

FASTAPI_INLINE std::string write_text_bytes(BytesMode mode, std::string_view bytes) {
    if (mode == BytesMode::base64) return write_base64(bytes, true);
    constexpr char hex[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        out.push_back(hex[byte >> 4U]);
        out.push_back(hex[byte & 15U]);
    }
    return out;
}

} // namespace detail

FASTAPI_INLINE std::string Base64Encoder::decode(std::string_view text) { return detail::read_base64(text, false); }
FASTAPI_INLINE std::string Base64Encoder::encode(std::string_view data) { return detail::write_base64(data, false); }
FASTAPI_INLINE std::string Base64UrlEncoder::decode(std::string_view text) { return detail::read_base64(text, true); }
FASTAPI_INLINE std::string Base64UrlEncoder::encode(std::string_view data) { return detail::write_base64(data, true); }

} // namespace fastapi
