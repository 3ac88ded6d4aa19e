#pragma once

// The operations of each kind of type. They are ordinary functions; a type's table points to its kind's.
// Decode: model/decode.ipp. Encode: model/encode.ipp. Schema: model/schema.ipp.

#include "fastapi/model/type.hpp"

namespace fastapi::detail {

void collect_enumeration(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_inner(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_map(Schemas& schemas, const Type& type, SchemaMode mode);
void collect_model(Schemas& schemas, const Type& type, SchemaMode mode);

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
FASTAPI_KIND(field, &collect_inner)
FASTAPI_KIND(model, &collect_model)
FASTAPI_KIND(any, nullptr)
FASTAPI_KIND(custom, nullptr)
#undef FASTAPI_KIND
// NOLINTEND(cppcoreguidelines-macro-usage)

} // namespace fastapi::detail
