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
FASTAPI_COLD std::string cursor_text(const SqlValue& value) {
    std::string plain;
    switch (value.kind) {
    case SqlValue::Kind::integer: plain = "i" + integer_text(value.integer); break;
    case SqlValue::Kind::real:
        plain = "r";
        write_json_double(plain, value.real);
        break;
    case SqlValue::Kind::text: plain = concat({"t", value.bytes}); break;
    case SqlValue::Kind::blob: plain = concat({"b", value.bytes}); break;
    default: plain = "n";
    }
    return write_base64(plain, true);
}

// Whether a column of that type has such values. Types with a form of their own may have any but null.
FASTAPI_COLD bool fits_column(SqlValue::Kind kind, const Type& type) {
    switch (type.kind) {
    case Kind::boolean:
    case Kind::integer: return kind == SqlValue::Kind::integer;
    case Kind::floating: return kind == SqlValue::Kind::real;
    case Kind::string: return kind == SqlValue::Kind::text;
    default: return kind != SqlValue::Kind::null;
    }
}

FASTAPI_COLD StoredValue cursor_value(std::string_view text, const SqlNodes& column) {
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
        if (!digits || *digits > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + (negative ? 1 : 0)) throw wrong();
        value.kind = SqlValue::Kind::integer;
        value.integer = static_cast<std::int64_t>(negative ? 0 - *digits : *digits);
        break;
    }
    case 'r': {
        auto number = parse_lax_float(rest);
        if (!number || *number != *number) throw wrong();
        value.kind = SqlValue::Kind::real;
        value.real = *number;
        break;
    }
    case 't': value.kind = SqlValue::Kind::text; value.bytes = rest; break;
    case 'b': value.kind = SqlValue::Kind::blob; value.bytes = rest; break;
    default: throw wrong();
    }
    if (!fits_column(value.kind, *column.front().column->type)) throw wrong();
    return value;
}

} // namespace fastapi::detail
