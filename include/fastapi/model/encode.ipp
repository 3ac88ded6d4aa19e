#pragma once

#include <cstring>
#include <stdexcept>

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

FASTAPI_INLINE bool is_filtered(const DumpOptions& options) { return !options.include.empty() || !options.exclude.empty(); }

// How a dotted pattern and a place are to each other: the place or one above it; a place inside it; neither.
enum class Reach : std::uint8_t { none, inside, whole, above };
FASTAPI_COLD Reach pattern_reach(std::string_view pattern, const DumpPath* const* parts, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (pattern.empty()) return Reach::above;
        std::string_view part = pattern.substr(0, pattern.find('.'));
        const DumpPath& at = *parts[i];
        bool same = !at.name.empty() ? at.name == part : part == "*" || part == integer_text(static_cast<std::int64_t>(at.index));
        if (!same) return Reach::none;
        pattern.remove_prefix(part.size() < pattern.size() ? part.size() + 1 : part.size());
    }
    return pattern.empty() ? Reach::whole : Reach::inside;
}

// Whether include and exclude let the value at options.path through.
FASTAPI_COLD bool selects(const DumpOptions& options) {
    constexpr std::size_t most = 64; // deeper places are not looked at
    const DumpPath* parts[most];
    std::size_t depth = 0;
    for (const DumpPath* at = options.path; at; at = at->parent) ++depth;
    if (depth > most) return true;
    std::size_t i = depth;
    for (const DumpPath* at = options.path; at; at = at->parent) parts[--i] = at;
    bool wanted = options.include.empty();
    for (const std::string& pattern : options.include) wanted = wanted || pattern_reach(pattern, parts, depth) != Reach::none;
    for (const std::string& pattern : options.exclude) {
        Reach reach = pattern_reach(pattern, parts, depth);
        if (reach == Reach::whole || reach == Reach::above) return false;
    }
    return wanted;
}

// Gathers small pieces: an append to the output for each would cost more than the piece. What it holds is not in the
// output before flush().
class Pieces {
  public:
    explicit Pieces(std::string& out) : out_(out) {}
    void flush() {
        out_.append(buffer_, static_cast<std::size_t>(p_ - buffer_));
        p_ = buffer_;
    }
    // The text so far, to write behind.
    std::string& flushed() {
        flush();
        return out_;
    }
    void put(char c) { *room(1) = c, ++p_; }
    void text(std::string_view text) {
        if (text.size() > longest) return flush(), void(out_.append(text));
        // Whole words while there are, because most texts are short.
        char* p = room(text.size());
        const char* from = text.data();
        std::size_t rest = text.size();
        for (; rest >= 8; rest -= 8, from += 8, p += 8) std::memcpy(p, from, 8);
        if (rest >= 4) {
            std::memcpy(p, from, 4);
            std::memcpy(p + rest - 4, from + rest - 4, 4);
            p += rest;
        } else {
            for (; rest > 0; --rest) *p++ = *from++;
        }
        p_ = p;
    }
    void string(std::string_view text) {
        if (text.size() <= longest) {
            char* p = room(text.size() + 2);
            if (copy_plain(p + 1, text)) {
                *p = p[text.size() + 1] = '"';
                p_ = p + text.size() + 2;
                return;
            }
        }
        flush();
        write_json_string(out_, text);
    }
    void value(const Type& type, const void* source, const DumpOptions& options);

  private:
    static constexpr std::size_t longest = 200;
    char* room(std::size_t size) {
        if (static_cast<std::size_t>(buffer_ + sizeof buffer_ - p_) < size) flush();
        return p_;
    }
    std::string& out_;
    char buffer_[512];
    char* p_ = buffer_;
};

FASTAPI_INLINE void encode_list(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    const auto& traits = *static_cast<const ListTraits*>(type.traits);
    struct State {
        const Slot* element;
        std::string* out;
        const DumpOptions* options;
        char before;
        bool filtered;
        DumpPath path;
        std::size_t next;
    } state{&traits.element, &out, &options, '[', is_filtered(options), {options.path, {}, 0}, 0};
    traits.each(
        source,
        [](void* opaque, const void* element) {
            auto& s = *static_cast<State*>(opaque);
            if (s.filtered) {
                s.path.index = s.next++;
                s.options->path = &s.path;
                if (!selects(*s.options)) return;
            }
            s.out->push_back(s.before);
            s.before = ',';
            encode(*s.element, element, *s.out, *s.options);
        },
        &state);
    if (state.filtered) options.path = state.path.parent;
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
            encode(s.traits->key, key, *s.out, *s.options);
            if ((*s.out)[at] == 'n') s.out->replace(at, std::string::npos, "None"); // as Python has it
            if ((*s.out)[at] != '"') {
                s.out->insert(at, 1, '"');
                s.out->push_back('"');
            }
            s.out->push_back(':');
            encode(s.traits->value, value, *s.out, *s.options);
        },
        &state);
    out += state.before == '{' ? "{}" : "}";
}

FASTAPI_INLINE bool holds_null(const Type& type, const void* value) {
    std::size_t index = 0;
    switch (type.kind) {
    case Kind::optional: {
        const auto& traits = *static_cast<const OptionalTraits*>(type.traits);
        const void* inner = traits.get(value);
        return !inner || holds_null(*traits.inner.type, inner);
    }
    case Kind::variant: {
        const auto& traits = *static_cast<const VariantTraits*>(type.traits);
        const void* inner = traits.get(value, index);
        return !inner || holds_null(*traits.branches[index].type, inner);
    }
    case Kind::any: return type.traits ? static_cast<const JsonValue*>(value)->is_null() : static_cast<const json*>(value)->is_null();
    case Kind::none: return true;
    case Kind::field: return holds_null(*static_cast<const FieldTraits*>(type.traits)->inner.type, value);
    case Kind::json_text: return holds_null(*static_cast<const JsonTextTraits*>(type.traits)->inner.type, value);
    default: return false;
    }
}

FASTAPI_INLINE bool equals_default(const Model& model, const Member& member, const char* base) {
    return equal_values(*member.slot.type, base + member.offset, static_cast<const char*>(model.prototype) + member.offset);
}

FASTAPI_INLINE bool is_excluded(const Member& member, const char* base) {
    const FieldInfo& info = *member.slot.info;
    return info.exclude || (info.exclude_if && info.exclude_if(base + member.offset));
}

FASTAPI_COLD void throw_plain_optional(const Model& model, const Member& member) {
    throw std::logic_error(concat({"fastapi: exclude_unset: ", model.name, "::", member.name,
                                   " is a plain std::optional, which does not know whether null was sent or nothing: make it a "
                                   "Field<std::optional<T>>, or leave out every null, with exclude_none"}));
}

// Whether options leave a member out. What the caller did not set (a plain member cannot tell) counts as unset while it
// still has its default.
FASTAPI_INLINE bool left_out(const Model& model, const Member& member, const char* base, const DumpOptions& options) {
    if (is_excluded(member, base)) return true;
    if (options.exclude_none && holds_null(*member.slot.type, base + member.offset)) return true;
    if (member.required || !(options.exclude_unset || options.exclude_defaults)) return false;
    if (options.refuses_plain && !member.has_state) throw_plain_optional(model, member);
    bool set = member.has_state && base[member.state_offset] >= static_cast<char>(FieldState::set);
    if (set && !options.exclude_defaults) return false;
    return equals_default(model, member, base);
}

FASTAPI_INLINE void encode_extra(const Model& model, const void* extra, char& before, std::string& out, const DumpOptions& options) {
    struct State {
        const Type* type;
        std::string* out;
        const DumpOptions* options;
        char* before;
    } state{model.extra->value.type, &out, &options, &before};
    model.extra->each(
        extra,
        [](void* opaque, std::string_view key, const void* value) {
            auto& s = *static_cast<State*>(opaque);
            if (s.options->exclude_none && holds_null(*s.type, value)) return;
            s.out->push_back(*s.before);
            *s.before = ',';
            write_json_string(*s.out, key);
            s.out->push_back(':');
            encode(*s.type, value, *s.out, *s.options);
        },
        &state);
}

// Whether include and exclude let a member of the model at path.parent through.
FASTAPI_INLINE bool selects_member(const DumpOptions& options, DumpPath& path, std::string_view name) {
    path.name = name;
    options.path = &path;
    return selects(options);
}

FASTAPI_COLD void encode_computed(const Model& model, const void* object, char& before, std::string& out, const DumpOptions& options,
                                  DumpPath& path) {
    for (const Computed& computed : model.computed) {
        if (is_filtered(options) && !selects_member(options, path, computed.name)) continue;
        std::size_t at = out.size();
        out.push_back(before);
        out += computed.prefix;
        std::size_t value_at = out.size();
        computed.write(object, out, options);
        if (options.exclude_none && std::string_view(out).substr(value_at) == "null") {
            out.resize(at);
        } else {
            before = ',';
        }
    }
}

// The attributes that the response model has as fields.
FASTAPI_COLD void encode_attributes(const Model& model, const char* base, char& before, std::string& out, const DumpOptions& options) {
    const Type* response = options.response;
    while (response->kind == Kind::optional || response->kind == Kind::list || response->kind == Kind::field)
        response = response->kind == Kind::optional ? static_cast<const OptionalTraits*>(response->traits)->inner.type
                   : response->kind == Kind::list   ? static_cast<const ListTraits*>(response->traits)->element.type
                                                    : static_cast<const FieldTraits*>(response->traits)->inner.type;
    if (response->kind != Kind::model) return;
    for (const Member& wanted : static_cast<const ModelTraits*>(response->traits)->describe().members)
        for (const Attribute& attribute : model.attributes) {
            if (attribute.name != wanted.name) continue;
            out += before;
            before = ',';
            write_json_string(out, wanted.key);
            out += ':';
            options.response = wanted.slot.type;
            encode(*attribute.type, attribute.value(base + attribute.offset), out, options);
            options.response = response;
        }
}

FASTAPI_INLINE void encode_members(const Model& model, const char* base, Pieces& pieces, const DumpOptions& options) {
    if (model.config.ser_json_bytes != options.bytes) {
        DumpOptions own = options;
        own.bytes = model.config.ser_json_bytes;
        return encode_members(model, base, pieces, own);
    }
    char before = '{';
    bool filtered = is_filtered(options);
    bool some = options.exclude_none || options.exclude_unset || options.exclude_defaults;
    DumpPath path{options.path, {}, 0};
    for (const Member& member : model.members) {
        if (filtered && !selects_member(options, path, member.name)) continue;
        if (some ? left_out(model, member, base, options) : is_excluded(member, base)) continue;
        pieces.put(before);
        before = ',';
        if (options.by_alias) {
            pieces.text(member.prefix);
        } else {
            pieces.string(member.name);
            pieces.put(':');
        }
        if (member.slot.info->serializer) {
            encode(member.slot, base + member.offset, pieces.flushed(), options);
        } else {
            pieces.value(*member.slot.type, base + member.offset, options);
        }
    }
    options.path = path.parent;
    if (model.extra) encode_extra(model, base + model.extra_offset, before, pieces.flushed(), options);
    if (!model.computed.empty() && !options.round_trip) {
        encode_computed(model, base, before, pieces.flushed(), options, path);
        options.path = path.parent;
    }
    if (options.response && !model.attributes.empty()) encode_attributes(model, base, before, pieces.flushed(), options);
    pieces.text(before == '{' ? "{}" : "}");
}

// The kinds that models mostly hold are written here, the others by their own operation.
FASTAPI_INLINE void Pieces::value(const Type& type, const void* source, const DumpOptions& options) {
    switch (type.kind) {
    case Kind::string: return string(*static_cast<const std::string*>(source));
    case Kind::integer: {
        char* p = room(max_number_size);
        std::uint64_t raw = load_raw(type, source);
        p_ = type.is_signed ? std::to_chars(p, p + max_number_size, static_cast<std::int64_t>(raw)).ptr
                            : std::to_chars(p, p + max_number_size, raw).ptr;
        return;
    }
    case Kind::floating:
        if (type.width != sizeof(double)) break;
        p_ = put_json_double(room(max_number_size), *static_cast<const double*>(source));
        return;
    case Kind::boolean: return text(*static_cast<const bool*>(source) ? "true" : "false");
    case Kind::optional: {
        const auto& traits = *static_cast<const OptionalTraits*>(type.traits);
        const void* inner = traits.get(source);
        return inner ? value(*traits.inner.type, inner, options) : text("null");
    }
    case Kind::model:
        return encode_members(static_cast<const ModelTraits*>(type.traits)->describe(),
                              static_cast<const char*>(source), *this, options);
    default: break;
    }
    encode(type, source, flushed(), options);
}

FASTAPI_INLINE void encode_model(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    Pieces pieces(out);
    const Model& model = static_cast<const ModelTraits*>(type.traits)->describe();
    encode_members(model, static_cast<const char*>(source), pieces, options);
    pieces.flush();
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
    encode(static_cast<const FieldTraits*>(type.traits)->inner, source, out, options);
}
FASTAPI_INLINE void encode_any(const Type&, const void* source, std::string& out, const DumpOptions&) {
    write_json(out, *static_cast<const json*>(source));
}
FASTAPI_INLINE void encode_custom(const Type& type, const void* source, std::string& out, const DumpOptions&) {
    static_cast<const CustomTraits*>(type.traits)->encode(source, out);
}

} // namespace fastapi::detail
