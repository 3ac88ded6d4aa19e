#pragma once

// Models on their own, without server or application: Pydantic's functions by Pydantic's names.

#include <string>
#include <string_view>
#include <type_traits>

#include "fastapi/model/decode.hpp"
#include "fastapi/model/describe.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/errors.hpp"

namespace fastapi {

namespace detail {
// Decodes JSON text into an object. Throws ValidationError with every error.
void decode_text(const Type& type, std::string_view title, std::string_view text, void* target);
json dump_to_json(const Type& type, const void* source, const DumpOptions& options);
json schema_of(const Type& type);
// Copies members of equal name and type from one described object into another through their JSON form.
} // namespace detail

// Reads JSON text into a T: a model, a container of models, a scalar. Throws ValidationError with every error.
template <class T>
T model_validate_json(std::string_view text) {
    T made{};
    detail::decode_text(detail::type_of<T>, detail::type_name<T>(), text, &made);
    return made;
}

// The same from a JSON value.
template <class T>
T model_validate(const json& value) {
    return model_validate_json<T>(to_json_text(value));
}

// The JSON text of a value, as a response has it.
template <class T>
std::string model_dump_json(const T& value, const DumpOptions& options = {}) {
    std::string out;
    detail::encode(detail::type_of<T>, &value, out, options);
    return out;
}

// The same as a JSON value.
template <class T>
json model_dump(const T& value, const DumpOptions& options = {}) {
    return detail::dump_to_json(detail::type_of<T>, &value, options);
}

// The JSON Schema of T, with $defs for the models it refers to.
template <class T>
json model_json_schema() {
    return detail::schema_of(detail::type_of<T>);
}

} // namespace fastapi
