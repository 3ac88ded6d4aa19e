#pragma once

// Encode: an object is written as JSON text by its description, straight into the output.

#include <string>
#include <string_view>
#include <vector>

#include "fastapi/model/type.hpp"

namespace fastapi {

namespace detail {
struct DumpPath { // a chain on the stack
    const DumpPath* parent = nullptr;
    std::string_view name; // of a member; empty: an item
    std::size_t index = 0;
};
} // namespace detail

// What of a model is written (Pydantic: model_dump).
struct DumpOptions {
    // What the caller did not give. Only a Field knows; for a plain std::optional, where nothing and null are one, model_dump and
    // model_dump_json throw std::logic_error, unless exclude_none or exclude_defaults leave it out as well.
    bool exclude_unset = false;
    bool exclude_defaults = false;
    bool exclude_none = false;
    bool by_alias = true;
    bool round_trip = false; // what can be read again: no computed fields; a Json<T> as text
    // Fields by their names in C++, those of nested models with dots: "user.name", "items.0.id", "items.*.id". An empty
    // include means all.
    std::vector<std::string> include = {};
    std::vector<std::string> exclude = {};
    mutable const detail::DumpPath* path = nullptr; // where the value stands, for include and exclude: not for users
    BytesMode bytes = BytesMode::utf8; // of the model that is written: not for users
    mutable const detail::Type* response = nullptr; // the response_model that reads what is written: not for users
    mutable bool refuses_plain = false; // exclude_unset of a plain std::optional throws: not for users
};

namespace detail {

inline void encode(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    type.ops->encode(type, source, out, options);
}

// The same of a place with annotations: a serializer of the user's goes first.
inline void encode(const Slot& slot, const void* source, std::string& out, const DumpOptions& options) {
    if (slot.info->serializer) return slot.info->serializer->write(source, out, options);
    slot.type->ops->encode(*slot.type, source, out, options);
}

// Whether two values are equal, as Python's == has it.
bool equal_values(const Type& type, const void* a, const void* b);

} // namespace detail

} // namespace fastapi
