#pragma once

#include "fastapi/json/writer.hpp"
#include "fastapi/sql/page.hpp"
#include "fastapi/types/bytes.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD std::int64_t page_offset(std::int64_t page, std::int64_t size) {
    std::int64_t offset = 0;
    if (page < 1 || size < 1 || __builtin_mul_overflow(page - 1, size, &offset)) return std::numeric_limits<std::int64_t>::max();
    return offset;
}

// A letter for the kind, and the value: i5, r0.5, tAnn. Base64, so that nobody takes it for something else.
FASTAPI_COLD std::string cursor_text(const StoredValue& value) {
    std::string plain;
    switch (value.kind) {
    case SqlValue::Kind::integer: plain = "i" + integer_text(value.integer); break;
    case SqlValue::Kind::real:
        plain = "r";
        write_json_double(plain, value.real);
        break;
    case SqlValue::Kind::text: plain = "t" + value.bytes; break;
    case SqlValue::Kind::blob: plain = "b" + value.bytes; break;
    default: plain = "n";
    }
    return write_base64(plain, true);
}

FASTAPI_COLD StoredValue cursor_value(std::string_view text) {
    auto wrong = [] { return HTTPException(400, "Invalid cursor"); };
    std::string plain;
    try {
        plain = Base64UrlEncoder::decode(text);
    } catch (const std::exception&) {
        throw wrong();
    }
    if (plain.empty()) throw wrong();
    StoredValue value;
    std::string_view rest = std::string_view{plain}.substr(1);
    switch (plain.front()) {
    case 'i': {
        bool negative = rest.starts_with('-');
        if (negative) rest.remove_prefix(1);
        auto digits = parse_unsigned(rest);
        if (!digits || *digits > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) throw wrong();
        value.kind = SqlValue::Kind::integer;
        value.integer = negative ? -static_cast<std::int64_t>(*digits) : static_cast<std::int64_t>(*digits);
        break;
    }
    case 'r': {
        auto number = parse_lax_float(rest);
        if (!number) throw wrong();
        value.kind = SqlValue::Kind::real;
        value.real = *number;
        break;
    }
    case 't': value.kind = SqlValue::Kind::text; value.bytes = rest; break;
    case 'b': value.kind = SqlValue::Kind::blob; value.bytes = rest; break;
    default: throw wrong();
    }
    return value;
}

} // namespace fastapi::detail
