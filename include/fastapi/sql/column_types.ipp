#pragma once

#include <charconv>
#include <cstring>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/model.hpp"
#include "fastapi/sql/column_types.hpp"
#include "fastapi/sql/errors.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_COLD void throw_data_error(std::string_view expected, const SqlValue& found) {
    static constexpr std::string_view kinds[] = {"NULL", "an integer", "a number", "text", "bytes"};
    throw DataError(concat({"it holds ", kinds[static_cast<int>(found.kind)], " where ", expected, " is expected"}), {});
}

FASTAPI_INLINE std::string_view text_of(const SqlValue& found, std::string_view expected) {
    if (found.kind != SqlValue::Kind::text && found.kind != SqlValue::Kind::blob) throw_data_error(expected, found);
    return found.bytes;
}

FASTAPI_INLINE SqlValue write_sql_boolean(const Type&, const void* value, std::string&) {
    return SqlValue::of(std::int64_t{*static_cast<const bool*>(value)});
}
FASTAPI_INLINE void read_sql_boolean(const Type&, const SqlValue& found, void* target) {
    if (found.kind != SqlValue::Kind::integer || found.integer < 0 || found.integer > 1) throw_data_error("true or false (1 or 0)", found);
    *static_cast<bool*>(target) = found.integer == 1;
}

FASTAPI_INLINE std::int64_t load_integer(const Type& type, const void* value) {
    auto load = [&]<class N>(N number) {
        std::memcpy(&number, value, sizeof number);
        return static_cast<std::int64_t>(number);
    };
    switch (type.width) {
    case 1: return type.is_signed ? load(std::int8_t{}) : load(std::uint8_t{});
    case 2: return type.is_signed ? load(std::int16_t{}) : load(std::uint16_t{});
    case 4: return type.is_signed ? load(std::int32_t{}) : load(std::uint32_t{});
    default: return load(std::int64_t{});
    }
}
FASTAPI_INLINE SqlValue write_sql_integer(const Type& type, const void* value, std::string&) {
    std::int64_t number = load_integer(type, value);
    if (number < 0 && !type.is_signed) throw DataError("a number beyond 9223372036854775807 has no place in an INTEGER column", {});
    return SqlValue::of(number);
}
FASTAPI_INLINE void read_sql_integer(const Type& type, const SqlValue& found, void* target) {
    if (found.kind != SqlValue::Kind::integer) throw_data_error("an integer", found);
    std::int64_t number = found.integer;
    bool fits = true;
    if (type.width < 8) {
        std::int64_t limit = std::int64_t{1} << (type.width * 8 - (type.is_signed ? 1 : 0));
        fits = number < limit && number >= (type.is_signed ? -limit : 0);
    } else {
        fits = type.is_signed || number >= 0;
    }
    if (!fits) throw DataError(concat({"the number ", integer_text(number), " does not fit the member's type"}), {});
    put_integer(type, static_cast<std::uint64_t>(number), target);
}

FASTAPI_INLINE SqlValue write_sql_floating(const Type& type, const void* value, std::string&) {
    double number = type.width == sizeof(float) ? double{*static_cast<const float*>(value)} : *static_cast<const double*>(value);
    if (number != number) throw DataError("a database has no NaN: it would read it as NULL", {});
    return SqlValue::of(number);
}
FASTAPI_INLINE void read_sql_floating(const Type& type, const SqlValue& found, void* target) {
    double number = 0;
    if (found.kind == SqlValue::Kind::real) {
        number = found.real;
    } else if (found.kind == SqlValue::Kind::integer) {
        number = static_cast<double>(found.integer);
    } else {
        throw_data_error("a number", found);
    }
    if (type.width == sizeof(float)) {
        *static_cast<float*>(target) = static_cast<float>(number);
    } else {
        *static_cast<double*>(target) = number;
    }
}

FASTAPI_INLINE SqlValue write_sql_string(const Type&, const void* value, std::string&) {
    return SqlValue::of(std::string_view{*static_cast<const std::string*>(value)});
}
FASTAPI_INLINE void read_sql_string(const Type&, const SqlValue& found, void* target) {
    if (found.kind != SqlValue::Kind::text) throw_data_error("text", found);
    *static_cast<std::string*>(target) = found.bytes;
}

// Everything else by way of its JSON text: a string is stored without quotes, a number as a number.
FASTAPI_INLINE SqlValue write_sql_json(const Type& type, const void* value, std::string& scratch) {
    scratch.clear();
    encode(type, value, scratch, {.round_trip = true});
    if (type.kind != Kind::custom && type.kind != Kind::enumeration) return SqlValue::of(std::string_view{scratch});
    if (scratch.starts_with('"')) {
        if (scratch.find('\\') == std::string::npos) return SqlValue::of(std::string_view{scratch}.substr(1, scratch.size() - 2));
        Document document;
        document.parse(scratch);
        std::string plain;
        plain = document.root().string(plain);
        scratch = std::move(plain);
        return SqlValue::of(std::string_view{scratch});
    }
    std::int64_t integer = 0;
    const char* end = scratch.data() + scratch.size();
    if (auto [at, error] = std::from_chars(scratch.data(), end, integer); error == std::errc{} && at == end) return SqlValue::of(integer);
    return SqlValue::of(std::string_view{scratch});
}
FASTAPI_INLINE void read_sql_json(const Type& type, const SqlValue& found, void* target) {
    std::string text;
    if (found.kind == SqlValue::Kind::integer) {
        text = integer_text(found.integer);
    } else if (found.kind == SqlValue::Kind::real) {
        write_json_double(text, found.real);
    } else if (type.kind == Kind::custom || type.kind == Kind::enumeration) {
        std::string_view plain = text_of(found, "text");
        if (plain.starts_with('{') || plain.starts_with('[')) {
            text = plain;
        } else {
            write_json_string(text, plain);
        }
    } else {
        text = text_of(found, "JSON text");
    }
    decode_text(type, text, target);
}

inline constexpr ColumnOps boolean_column{"BOOLEAN", &write_sql_boolean, &read_sql_boolean};
inline constexpr ColumnOps integer_column{"INTEGER", &write_sql_integer, &read_sql_integer};
inline constexpr ColumnOps floating_column{"FLOAT", &write_sql_floating, &read_sql_floating};
inline constexpr ColumnOps string_column{"VARCHAR", &write_sql_string, &read_sql_string};
inline constexpr ColumnOps enum_column{"VARCHAR", &write_sql_json, &read_sql_json};
inline constexpr ColumnOps integer_enum_column{"INTEGER", &write_sql_json, &read_sql_json};
inline constexpr ColumnOps date_column{"DATE", &write_sql_json, &read_sql_json};
inline constexpr ColumnOps json_column{"TEXT", &write_sql_json, &read_sql_json};

FASTAPI_COLD const ColumnOps& column_ops_of(const Type& type) {
    switch (type.kind) {
    case Kind::boolean: return boolean_column;
    case Kind::integer: return integer_column;
    case Kind::floating: return floating_column;
    case Kind::string: return string_column;
    case Kind::enumeration:
        return static_cast<const EnumTraits*>(type.traits)->form == EnumTraits::Form::integers ? integer_enum_column : enum_column;
    case Kind::custom: {
        std::string_view label = static_cast<const CustomTraits*>(type.traits)->label;
        return label == "date" ? date_column : json_column;
    }
    default: return json_column;
    }
}

FASTAPI_INLINE SqlValue write_sql_datetime(const datetime& value, std::string& scratch) {
    datetime written = value.is_aware() ? value.astimezone(std::chrono::minutes{0}) : value;
    scratch = written.str();
    if (scratch.size() > 10) scratch[10] = ' ';
    bool aware = scratch.ends_with('Z');
    if (aware) scratch.pop_back();
    if (scratch.size() == 19) scratch += ".000000";
    if (aware) scratch += "+00:00";
    return SqlValue::of(std::string_view{scratch});
}

FASTAPI_INLINE SqlValue write_sql_uuid(const UUID& value, std::string& scratch) {
    static constexpr char digits[] = "0123456789abcdef";
    scratch.resize(32);
    for (std::size_t i = 0; i < 16; ++i) {
        scratch[2 * i] = digits[value.data()[i] >> 4];
        scratch[2 * i + 1] = digits[value.data()[i] & 15];
    }
    return SqlValue::of(std::string_view{scratch});
}

FASTAPI_INLINE std::int64_t micros_of(const timedelta& value) {
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(TemporalAccess::seconds(value), second_micros, &micros) ||
        __builtin_add_overflow(micros, std::int64_t{TemporalAccess::microseconds(value)}, &micros))
        throw DataError("this duration is too long for a column, which counts microseconds", {});
    return micros;
}
FASTAPI_INLINE timedelta duration_of(const SqlValue& found) {
    if (found.kind != SqlValue::Kind::integer) throw_data_error("an integer", found);
    return TemporalAccess::duration(found.integer / second_micros, found.integer % second_micros);
}

} // namespace detail

FASTAPI_INLINE void ColumnTraits<Decimal>::read(const detail::SqlValue& found, Decimal& target) {
    using Kind = detail::SqlValue::Kind;
    if (found.kind == Kind::integer) {
        target = Decimal(found.integer);
    } else if (found.kind == Kind::real) {
        target = Decimal(found.real);
    } else {
        target = Decimal(detail::text_of(found, "a decimal number"));
    }
}

} // namespace fastapi
