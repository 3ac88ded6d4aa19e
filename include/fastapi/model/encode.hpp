#pragma once

// Encode: an object is written as JSON text by its description, straight into the output.

#include <string>

#include "fastapi/model/type.hpp"

namespace fastapi {

// What of a model is written (Pydantic: model_dump).
struct DumpOptions {
    bool exclude_unset = false;
    bool exclude_defaults = false;
    bool exclude_none = false;
    bool by_alias = true;
};

namespace detail {

inline void encode(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    type.ops->encode(type, source, out, options);
}

} // namespace detail

} // namespace fastapi
