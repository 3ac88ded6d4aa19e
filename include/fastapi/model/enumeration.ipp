#pragma once

// Enums and literals: decode, encode, schema.

#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/model/python.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_INLINE Constant constant_of(const EnumTraits& traits, std::size_t i) {
    if (traits.form != EnumTraits::Form::strings) return traits.wire[i];
    return {Constant::Kind::string, false, {}, traits.entries[i].name};
}

// "'a', 'b' or 'c'"
FASTAPI_COLD std::string expected_names(const EnumTraits& traits) {
    std::string out;
    for (std::size_t i = 0; i < traits.size; ++i) {
        if (i > 0) out += i + 1 == traits.size ? " or " : ", ";
        write_python_constant(out, constant_of(traits, i));
    }
    return out;
}

FASTAPI_COLD bool fail_enumeration(const EnumTraits& traits, const Value& value, Context& context) {
    if (context.quiet) return false;
    std::string expected = expected_names(traits);
    std::string quoted;
    write_json_string(quoted, expected);
    return context.fail(traits.name.empty() ? "literal_error" : "enum", "Input should be " + expected, value,
                        ctx_of("expected", quoted));
}

// A number of the input, for comparisons as Python makes them: true is 1, and 1.0 is 1.
struct InputNumber {
    enum class From : std::uint8_t { none, boolean, integer, floating } from = From::none;
    bool fits = true; // std::int64_t
    std::int64_t integer = 0;
    double floating = 0;
};

FASTAPI_INLINE InputNumber number_of(const Value& value) {
    InputNumber made;
    switch (value.kind()) {
    case Value::Kind::boolean:
        made.from = InputNumber::From::boolean;
        made.integer = value.boolean();
        made.floating = static_cast<double>(made.integer);
        break;
    case Value::Kind::integer: {
        std::string_view text = value.number_text();
        made.from = InputNumber::From::integer;
        made.fits = std::from_chars(text.data(), text.data() + text.size(), made.integer).ec == std::errc{};
        made.floating = parse_double(text);
        break;
    }
    case Value::Kind::number:
        made.from = InputNumber::From::floating;
        made.floating = parse_double(value.number_text());
        made.fits = std::fabs(made.floating) < 9223372036854775808.0 && std::trunc(made.floating) == made.floating;
        if (made.fits) made.integer = static_cast<std::int64_t>(made.floating);
        break;
    default: break;
    }
    return made;
}

FASTAPI_INLINE bool equals(const Constant& constant, const InputNumber& number) {
    if (number.from == InputNumber::From::none) return false;
    if (constant.kind == Constant::Kind::boolean) return number.fits && number.integer == (constant.boolean ? 1 : 0);
    if (constant.kind != Constant::Kind::number) return false;
    if (constant.number.kind == Number::Kind::floating) return number.floating == constant.number.as_double();
    return number.fits && number.integer == constant.number.integer;
}

inline constexpr std::size_t no_entry = static_cast<std::size_t>(-1);

// Finds what a value stands for, as pydantic-core's LiteralLookup does: exactly; then by Python's equality, booleans and
// floats before integers, of equal ones the last.
FASTAPI_INLINE std::size_t find_constant(const EnumTraits& traits, const Value& value) {
    if (value.is(Value::Kind::string) || value.is(Value::Kind::null)) {
        std::string scratch;
        bool null = value.is(Value::Kind::null);
        std::string_view text = null ? std::string_view{} : value.string(scratch);
        for (std::size_t i = 0; i < traits.size; ++i) {
            Constant constant = constant_of(traits, i);
            if (constant.kind == (null ? Constant::Kind::null : Constant::Kind::string) && constant.text == text) return i;
        }
        return no_entry;
    }
    if (traits.form == EnumTraits::Form::strings) return no_entry;
    InputNumber number = number_of(value);
    std::size_t found = no_entry;
    bool by_primitive = true;
    for (std::size_t i = 0; i < traits.size; ++i) {
        const Constant& constant = traits.wire[i];
        if (!equals(constant, number)) continue;
        bool boolean = constant.kind == Constant::Kind::boolean;
        bool integer = !boolean && constant.number.kind == Number::Kind::integer;
        if (boolean ? number.from == InputNumber::From::boolean : integer && number.from == InputNumber::From::integer) return i;
        if (integer && !by_primitive) continue;
        found = i;
        by_primitive = integer;
    }
    return found;
}

// The number that a string means to an enum of integers or of floats.
FASTAPI_INLINE bool number_of_text(const EnumTraits& traits, std::string_view text, InputNumber& number) {
    if (traits.form == EnumTraits::Form::integers) {
        if (text.size() > 4300) return false;
        LaxInteger parsed = parse_lax_integer(text);
        if (!parsed.valid) return false;
        std::uint64_t raw = parsed.negative ? 0 - parsed.magnitude : parsed.magnitude;
        number.from = InputNumber::From::integer;
        number.fits = !parsed.too_large && (parsed.negative || parsed.magnitude <= 0x7FFFFFFFFFFFFFFFULL);
        number.integer = static_cast<std::int64_t>(raw);
        return true;
    }
    auto parsed = parse_lax_float(text);
    if (!parsed) return false;
    number.from = InputNumber::From::floating;
    number.floating = *parsed;
    return true;
}

FASTAPI_COLD bool has_integers(const EnumTraits& traits) {
    for (std::size_t i = 0; i < traits.size && traits.form != EnumTraits::Form::strings; ++i)
        if (traits.wire[i].number.kind == Number::Kind::integer) return true;
    return false;
}

FASTAPI_INLINE void store_raw(const Type& type, std::int64_t value, void* target) {
    auto raw = static_cast<std::uint64_t>(value);
    switch (type.width) {
    case 1: { auto v = static_cast<std::uint8_t>(raw); std::memcpy(target, &v, 1); break; }
    case 2: { auto v = static_cast<std::uint16_t>(raw); std::memcpy(target, &v, 2); break; }
    case 4: { auto v = static_cast<std::uint32_t>(raw); std::memcpy(target, &v, 4); break; }
    default: std::memcpy(target, &raw, 8); break;
    }
}

// An integer beyond 64 bits. Pydantic reports the number, also when the input was a string.
FASTAPI_COLD bool fail_enum_size(const Value& value, Context& context) {
    std::string scratch;
    std::string digits;
    for (char c : value.is(Value::Kind::string) ? value.string(scratch) : value.number_text()) {
        if (c == '.') break;
        if (c == '-' || (c >= '1' && c <= '9') || (c == '0' && !digits.empty() && digits != "-")) digits.push_back(c);
    }
    return context.fail_raw("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size", digits);
}

FASTAPI_INLINE bool decode_enumeration(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    const auto& traits = *static_cast<const EnumTraits*>(type.traits);
    bool literal = traits.name.empty();
    bool strict = info.strict || context.strict;
    if (!literal) {
        if (strict && !context.json_text) {
            std::string quoted;
            write_json_string(quoted, traits.name);
            return context.fail("is_instance_of", concat({"Input should be an instance of ", traits.name}), value,
                                ctx_of("class", quoted));
        }
        context.lower(Exactness::lax);
    }
    std::size_t found = find_constant(traits, value);
    if (found == no_entry) {
        InputNumber number;
        std::string scratch;
        bool texts = !literal && !strict && (traits.form == EnumTraits::Form::integers || traits.form == EnumTraits::Form::floats);
        if (texts && value.is(Value::Kind::string)) {
            if (number_of_text(traits, value.string(scratch), number))
                for (std::size_t i = 0; i < traits.size; ++i)
                    if (equals(traits.wire[i], number)) found = i;
        } else if (value.is(Value::Kind::integer) && has_integers(traits)) {
            number = number_of(value);
        }
        if (found == no_entry && number.from == InputNumber::From::integer && !number.fits) return fail_enum_size(value, context);
        if (found == no_entry) return fail_enumeration(traits, value, context);
    }
    store_raw(type, traits.entries[found].value, target);
    return true;
}

FASTAPI_COLD void refuse_nameless(const EnumTraits& traits, std::int64_t value) {
    std::string text;
    write_json_integer(text, value);
    throw std::logic_error(concat({"fastapi: ", traits.qualified, " has no name for its value ", text,
                                   ": no enumerator has it, or it is not one of -16 to 127, of which names are read; a function "
                                   "enum_values beside the enum says what stands for it"}));
}

FASTAPI_INLINE void encode_enumeration(const Type& type, const void* source, std::string& out, const DumpOptions&) {
    const auto& traits = *static_cast<const EnumTraits*>(type.traits);
    auto raw = static_cast<std::int64_t>(load_raw(type, source));
    for (std::size_t i = 0; i < traits.size; ++i) {
        if (traits.entries[i].value != raw) continue;
        if (traits.form == EnumTraits::Form::strings) return write_json_string(out, traits.entries[i].name);
        return write_constant(out, traits.wire[i]);
    }
    refuse_nameless(traits, raw);
}

FASTAPI_COLD void write_enum(JsonWriter& writer, const EnumTraits& traits) {
    // A type is said when all constants have the same.
    std::string_view common;
    for (std::size_t i = 0; i < traits.size; ++i) {
        Constant constant = constant_of(traits, i);
        std::string_view type = constant.kind == Constant::Kind::string    ? "string"
                                : constant.kind == Constant::Kind::boolean ? "boolean"
                                : constant.kind == Constant::Kind::null    ? "null"
                                : constant.number.kind == Number::Kind::floating ? "number"
                                                                                 : "integer";
        common = i == 0 || common == type ? type : "";
        if (common.empty()) break;
    }
    if (common != "null") writer.member("type", common);
    bool single = traits.size == 1 && traits.name.empty();
    single ? writer.key("const") : writer.key("enum").begin_array();
    for (std::size_t i = 0; i < traits.size; ++i) {
        std::string text;
        write_constant(text, constant_of(traits, i));
        writer.raw(text);
    }
    if (!single) writer.end_array();
    writer.member("title", traits.name);
}

FASTAPI_COLD void collect_enumeration(Schemas& schemas, const Type& type, SchemaMode mode) {
    const auto& traits = *static_cast<const EnumTraits*>(type.traits);
    if (traits.name.empty()) return;
    Schemas::Component component{&traits, traits.name, traits.qualified};
    component.write = [](const Schemas&, JsonWriter& writer, const void* identity, SchemaMode) {
        writer.begin_object();
        write_enum(writer, *static_cast<const EnumTraits*>(identity));
        writer.end_object();
    };
    schemas.add(component, mode);
}

FASTAPI_COLD void schema_enumeration(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo&, SchemaMode mode) {
    const auto& traits = *static_cast<const EnumTraits*>(type.traits);
    if (!traits.name.empty()) return schemas.write_ref(writer, &traits, mode);
    write_enum(writer, traits);
}

} // namespace fastapi::detail
