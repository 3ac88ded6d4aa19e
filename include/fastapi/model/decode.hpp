#pragma once

// Decode and validate: a Value goes into an object by its description. All errors are collected, in FastAPI's order
// and words (wire.md 2 to 5: Pydantic's Python-mode lax rules on parsed JSON).

#include <optional>

#include "fastapi/model/errors.hpp"
#include "fastapi/model/type.hpp"

namespace fastapi::detail {

// Decodes value into target, which holds a default-constructed object of the slot's type. Returns whether it is valid;
// errors are in the context.
bool decode(const Slot& slot, const Value& value, void* target, Context& context);

// The scalar readings that custom types build on. Each reports its own error.
bool decode_string(const Value& value, const FieldInfo& info, std::string& target, Context& context);

// A bound of a field that a value breaks, and the words of the error; without bound it breaks none.
struct BrokenBound {
    const Number* bound = nullptr;
    std::string_view type{};
    std::string_view words{};
    std::string_view key{}; // of ctx
};
BrokenBound broken_bound(const FieldInfo& info, int (*order)(const Number& bound, const void* value), const void* value);

// The exactness of a list of anything is that of a list: its elements are not looked at.
bool takes_anything(const Slot& element);

// Text without white space (Unicode's) at both ends.
std::string_view trim_unicode(std::string_view text);
// A string as int() reads it: white space, sign, underscores between digits, a fraction of zeros.
// Returns nothing when it is no integer; *too_large is set when it is one of more than 64 bits.
struct LaxInteger {
    std::uint64_t magnitude = 0;
    bool negative = false;
    bool too_large = false;
    bool valid = true; // it is an integer at all
};
LaxInteger parse_lax_integer(std::string_view text);
// The low bytes of a number, as an integer of the type.
void put_integer(const Type& type, std::uint64_t raw, void* target);
std::optional<double> parse_lax_float(std::string_view text);
std::optional<bool> parse_lax_bool(std::string_view text);

} // namespace fastapi::detail
