#pragma once

// The operations of each kind of type. They are ordinary functions; a type's table points to its kind's.
// Decode: model/decode.ipp. Encode: model/encode.ipp. Schema: model/schema.ipp.

#include "fastapi/model/type.hpp"

namespace fastapi::detail {

// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define FASTAPI_KIND(kind)                                                                                             \
    bool decode_##kind(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context);   \
    void encode_##kind(const Type& type, const void* source, std::string& out, const DumpOptions& options);            \
    void schema_##kind(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info,            \
                       SchemaMode mode);                                                                               \
    inline constexpr TypeOps kind##_ops{&decode_##kind, &encode_##kind, &schema_##kind};
FASTAPI_KIND(boolean)
FASTAPI_KIND(integer)
FASTAPI_KIND(floating)
FASTAPI_KIND(string)
FASTAPI_KIND(enumeration)
FASTAPI_KIND(optional)
FASTAPI_KIND(list)
FASTAPI_KIND(map)
FASTAPI_KIND(field)
FASTAPI_KIND(model)
FASTAPI_KIND(any)
FASTAPI_KIND(custom)
#undef FASTAPI_KIND
// NOLINTEND(cppcoreguidelines-macro-usage)

} // namespace fastapi::detail
