#pragma once

#include <cstring>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/field.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_INLINE std::uint64_t load_raw(const Type& type, const void* source) {
    switch (type.width) {
    case 1: { std::uint8_t v; std::memcpy(&v, source, 1); return type.is_signed ? static_cast<std::uint64_t>(static_cast<std::int8_t>(v)) : v; }
    case 2: { std::uint16_t v; std::memcpy(&v, source, 2); return type.is_signed ? static_cast<std::uint64_t>(static_cast<std::int16_t>(v)) : v; }
    case 4: { std::uint32_t v; std::memcpy(&v, source, 4); return type.is_signed ? static_cast<std::uint64_t>(static_cast<std::int32_t>(v)) : v; }
    default: { std::uint64_t v; std::memcpy(&v, source, 8); return v; }
    }
}

FASTAPI_INLINE void encode_enumeration(const Type& type, const void* source, std::string& out, const DumpOptions&) {
    const auto& traits = *static_cast<const EnumTraits*>(type.traits);
    auto raw = static_cast<std::int64_t>(load_raw(type, source));
    for (std::size_t i = 0; i < traits.size; ++i)
        if (traits.entries[i].value == raw) return write_json_string(out, traits.entries[i].name);
    write_json_integer(out, raw); // a value without a name, cast into the enum by the program
}

FASTAPI_INLINE void encode_list(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    const auto& traits = *static_cast<const ListTraits*>(type.traits);
    struct State {
        const Type* element;
        std::string* out;
        const DumpOptions* options;
        char before;
    } state{traits.element.type, &out, &options, '['};
    traits.each(
        source,
        [](void* opaque, const void* element) {
            auto& s = *static_cast<State*>(opaque);
            s.out->push_back(s.before);
            s.before = ',';
            encode(*s.element, element, *s.out, *s.options);
        },
        &state);
    out += state.before == '[' ? "[]" : "]";
}

FASTAPI_INLINE void encode_map(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    const auto& traits = *static_cast<const MapTraits*>(type.traits);
    struct State {
        const MapTraits* traits;
        std::string* out;
        const DumpOptions* options;
        char before;
    } state{&traits, &out, &options, '{'};
    traits.each(
        source,
        [](void* opaque, const void* key, const void* value) {
            auto& s = *static_cast<State*>(opaque);
            s.out->push_back(s.before);
            s.before = ',';
            // A key is a string in JSON, whatever it is in C++.
            std::size_t at = s.out->size();
            encode(*s.traits->key.type, key, *s.out, *s.options);
            if ((*s.out)[at] != '"') {
                s.out->insert(at, 1, '"');
                s.out->push_back('"');
            }
            s.out->push_back(':');
            encode(*s.traits->value.type, value, *s.out, *s.options);
        },
        &state);
    out += state.before == '{' ? "{}" : "}";
}

FASTAPI_INLINE bool equals_default(const Model& model, const Member& member, const char* base) {
    std::string now;
    std::string initially;
    encode(*member.slot.type, base + member.offset, now, {});
    encode(*member.slot.type, static_cast<const char*>(model.prototype) + member.offset, initially, {});
    return now == initially;
}

// Whether options leave a member out. What the caller did not set (a plain member cannot tell) counts as unset while it
// still has its default.
FASTAPI_INLINE bool left_out(const Model& model, const Member& member, const char* base, const DumpOptions& options) {
    if (member.slot.info->exclude) return true;
    if (options.exclude_none && member.slot.type->kind == Kind::optional) {
        const auto& traits = *static_cast<const OptionalTraits*>(member.slot.type->traits);
        if (!traits.get(base + member.offset)) return true;
    }
    if (options.exclude_none && member.slot.type->kind == Kind::any &&
        reinterpret_cast<const json*>(base + member.offset)->is_null())
        return true;
    if (member.required || !(options.exclude_unset || options.exclude_defaults)) return false;
    bool set = member.has_state && base[member.state_offset] == static_cast<char>(FieldState::set);
    if (set && !options.exclude_defaults) return false;
    return equals_default(model, member, base);
}

FASTAPI_INLINE void encode_model(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    const Model& model = static_cast<const ModelTraits*>(type.traits)->describe();
    auto base = static_cast<const char*>(source);
    char before = '{';
    for (const Member& member : model.members) {
        if (left_out(model, member, base, options)) continue;
        out.push_back(before);
        before = ',';
        if (options.by_alias) {
            out += member.prefix;
        } else {
            write_json_string(out, member.name);
            out.push_back(':');
        }
        encode(*member.slot.type, base + member.offset, out, options);
    }
    out += before == '{' ? "{}" : "}";
}

FASTAPI_INLINE void encode_boolean(const Type&, const void* source, std::string& out, const DumpOptions&) {
    out += *static_cast<const bool*>(source) ? "true" : "false";
}
FASTAPI_INLINE void encode_integer(const Type& type, const void* source, std::string& out, const DumpOptions&) {
    if (type.is_signed) {
        write_json_integer(out, static_cast<std::int64_t>(load_raw(type, source)));
    } else {
        write_json_unsigned(out, load_raw(type, source));
    }
}
FASTAPI_INLINE void encode_floating(const Type& type, const void* source, std::string& out, const DumpOptions&) {
    if (type.width == sizeof(float)) {
        write_json_float(out, *static_cast<const float*>(source));
    } else {
        write_json_double(out, *static_cast<const double*>(source));
    }
}
FASTAPI_INLINE void encode_string(const Type&, const void* source, std::string& out, const DumpOptions&) {
    write_json_string(out, *static_cast<const std::string*>(source));
}
FASTAPI_INLINE void encode_optional(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    const auto& traits = *static_cast<const OptionalTraits*>(type.traits);
    if (const void* inner = traits.get(source)) {
        encode(*traits.inner.type, inner, out, options);
    } else {
        out += "null";
    }
}
FASTAPI_INLINE void encode_field(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    encode(*static_cast<const FieldTraits*>(type.traits)->inner.type, source, out, options);
}
FASTAPI_INLINE void encode_any(const Type&, const void* source, std::string& out, const DumpOptions&) {
    write_json(out, *static_cast<const json*>(source));
}
FASTAPI_INLINE void encode_custom(const Type& type, const void* source, std::string& out, const DumpOptions&) {
    static_cast<const CustomTraits*>(type.traits)->encode(source, out);
}

} // namespace fastapi::detail
