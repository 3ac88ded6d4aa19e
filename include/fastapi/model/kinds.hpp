#pragma once

// The operations of each kind of type. They are ordinary functions; a type's table points to its kind's.
// Decode: model/decode.ipp. Encode: model/encode.ipp. Schema: model/schema.ipp. Of the kinds that have a file of their
// own, all three are there: model/enumeration.ipp, model/tuple.ipp, model/union.ipp, model/json_text.ipp.

#include "fastapi/model/type.hpp"

namespace fastapi::detail {

void collect_enumeration(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_inner(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_map(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_model(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_field(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_tuple(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_variant(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_json_value(Schemas& schemas, const Type& type, SchemaMode mode);

// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define FASTAPI_KIND(kind, collects)                                                                                         \
    bool decode_##kind(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context);   \
    void encode_##kind(const Type& type, const void* source, std::string& out, const DumpOptions& options);            \
    void schema_##kind(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info,            \
                       SchemaMode mode);                                                                               \
    inline constexpr TypeOps kind##_ops{&decode_##kind, &encode_##kind, &schema_##kind, collects};
FASTAPI_KIND(boolean, nullptr)
FASTAPI_KIND(integer, nullptr)
FASTAPI_KIND(floating, nullptr)
FASTAPI_KIND(string, nullptr)
FASTAPI_KIND(enumeration, &collect_enumeration)
FASTAPI_KIND(optional, &collect_inner)
FASTAPI_KIND(list, &collect_inner)
FASTAPI_KIND(map, &collect_map)
FASTAPI_KIND(field, &collect_field)
FASTAPI_KIND(model, &collect_model)
FASTAPI_KIND(any, nullptr)
FASTAPI_KIND(custom, nullptr)
FASTAPI_KIND(none, nullptr)
FASTAPI_KIND(tuple, &collect_tuple)
FASTAPI_KIND(variant, &collect_variant)
FASTAPI_KIND(json_text, &collect_inner)
FASTAPI_KIND(json_value, &collect_json_value)
#undef FASTAPI_KIND
// NOLINTEND(cppcoreguidelines-macro-usage)

} // namespace fastapi::detail
