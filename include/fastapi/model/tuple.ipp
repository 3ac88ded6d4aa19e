#pragma once

// A fixed number of items. std::tuple and std::pair are Python's tuple[A, B]; std::array<T, N> is a list of exactly N
// (conlist(T, min_length=N, max_length=N)).

#include "fastapi/json/writer.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_INLINE const Slot& item_slot(const TupleTraits& traits, std::size_t i) { return traits.items[traits.uniform ? 0 : i]; }

// Whether the number of items is right, or an error in the words of a list or tuple of a fixed length.
FASTAPI_COLD bool check_size(std::size_t size, std::size_t count, std::string_view noun, const Value& value, Context& context) {
    FieldInfo lengths;
    lengths.min_length = lengths.max_length = static_cast<std::int64_t>(size);
    return check_items(lengths, noun, static_cast<std::int64_t>(count), false, value, context);
}

FASTAPI_INLINE bool decode_tuple(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    const auto& traits = *static_cast<const TupleTraits*>(type.traits);
    bool list = traits.uniform;
    bool python_strict = (info.strict || context.strict) && !context.json_text; // a list is no tuple then
    if (!value.is(Value::Kind::array) || (!list && python_strict))
        return list ? context.fail("list_type", "Input should be a valid list", value)
                    : context.fail("tuple_type", "Input should be a valid tuple", value);
    if (!list) context.lower(context.json_text ? Exactness::strict : Exactness::lax);
    std::size_t count = value.child_count();
    // What is too long is known before the items are looked at, which are not reported then.
    if (count > traits.size) return check_size(traits.size, count, list ? "List" : "Tuple", value, context);
    Exactness exactness = context.exactness;
    bool good = true;
    std::size_t index = 0;
    for (auto children = value.children(); !children.done() && (good || !context.quiet); ++index) {
        Value child = children.next();
        LocScope scope{context, index};
        good = decode(item_slot(traits, index), child, traits.item(target, index), context) && good;
    }
    if (!list) {
        for (; index < traits.size && (good || !context.quiet); ++index) {
            LocScope scope{context, index};
            good = context.fail("missing", "Field required", value);
        }
        return good;
    }
    if (takes_anything(traits.items[0])) context.exactness = exactness;
    return good && (count == traits.size || check_size(traits.size, count, "List", value, context));
}

FASTAPI_INLINE void encode_tuple(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    const auto& traits = *static_cast<const TupleTraits*>(type.traits);
    out.push_back('[');
    for (std::size_t i = 0; i < traits.size; ++i) {
        if (i > 0) out.push_back(',');
        encode(*item_slot(traits, i).type, traits.item(const_cast<void*>(source), i), out, options);
    }
    out.push_back(']');
}

FASTAPI_COLD void collect_tuple(Schemas& schemas, const Type& type, SchemaMode mode) {
    const auto& traits = *static_cast<const TupleTraits*>(type.traits);
    for (std::size_t i = 0; i < traits.size && !(i > 0 && traits.uniform); ++i) schemas.collect(*traits.items[i].type, mode);
}

FASTAPI_COLD void schema_tuple(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo&, SchemaMode mode) {
    const auto& traits = *static_cast<const TupleTraits*>(type.traits);
    if (traits.uniform) {
        writer.key("items");
        schemas.write_type(writer, traits.items[0], mode);
    } else if (traits.size > 0) {
        writer.key("prefixItems").begin_array();
        for (std::size_t i = 0; i < traits.size; ++i) schemas.write_type(writer, traits.items[i], mode);
        writer.end_array();
    }
    auto size = static_cast<std::int64_t>(traits.size);
    writer.key("type").string("array").key("minItems").integer(size).key("maxItems").integer(size);
}

} // namespace fastapi::detail
