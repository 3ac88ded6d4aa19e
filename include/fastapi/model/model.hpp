#pragma once

// Models on their own, without server or application: Pydantic's functions by Pydantic's names.

#include <string>
#include <string_view>
#include <type_traits>

#include "fastapi/model/alias.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/describe.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/serializers.hpp"

namespace fastapi {

namespace detail {
// Decodes JSON text into an object. Throws ValidationError with every error.
void decode_text(const Type& type, std::string_view text, void* target);
std::string dump_to_text(const Type& type, const void* source, const DumpOptions& options);
json dump_to_json(const Type& type, const void* source, const DumpOptions& options);
json schema_of(const Type& type, SchemaMode mode);
// Decodes the members that an object of JSON names. Throws ValidationError.
void update_model(const Type& type, const json& update, void* target);
} // namespace detail

// Reads JSON text into a T: a model, a container of models, a scalar. Throws ValidationError with every error.
template <class T>
T model_validate_json(std::string_view text) {
    T made{};
    detail::decode_text(detail::type_of<T>, text, &made);
    return made;
}

// The same from a JSON value.
template <class T>
T model_validate(const json& value) {
    return model_validate_json<T>(to_json_text(value));
}

// The JSON text of a value, as a response has it. Throws std::logic_error when exclude_unset is asked of a plain std::optional.
template <class T>
std::string model_dump_json(const T& value, const DumpOptions& options = {}) {
    return detail::dump_to_text(detail::type_of<T>, &value, options);
}

// The same as a JSON value.
template <class T>
json model_dump(const T& value, const DumpOptions& options = {}) {
    return detail::dump_to_json(detail::type_of<T>, &value, options);
}

// What a schema describes: what is read, or what is written.
enum class JsonSchemaMode : unsigned char { validation, serialization };

// The JSON Schema of T, with $defs for the models it refers to.
template <class T>
json model_json_schema(JsonSchemaMode mode = JsonSchemaMode::validation) {
    return detail::schema_of(detail::type_of<T>,
                             mode == JsonSchemaMode::validation ? detail::SchemaMode::input : detail::SchemaMode::output);
}

struct CopyOptions {
    json update = nullptr; // an object: new values of some members, by their names in C++
};

// A copy of a model, with some members changed. What update holds is validated, and counts as set; unlike Pydantic's,
// which takes anything. Throws ValidationError.
template <class T>
T model_copy(const T& object, const CopyOptions& options = {}) {
    static_assert(std::is_copy_constructible_v<T>, "fastapi: this model cannot be copied: it holds a std::unique_ptr");
    T made = object;
    if (!options.update.is_null()) detail::update_model(detail::type_of<T>, options.update, &made);
    return made;
}

// The functions of models for any type that can be a field: TypeAdapter<std::vector<int>>::validate_json("[1,2]").
template <class T>
struct TypeAdapter {
    static T validate_json(std::string_view text) { return model_validate_json<T>(text); }
    static T validate(const json& value) { return model_validate<T>(value); }
    static std::string dump_json(const T& value, const DumpOptions& options = {}) { return model_dump_json(value, options); }
    static json dump(const T& value, const DumpOptions& options = {}) { return model_dump(value, options); }
    static json json_schema(JsonSchemaMode mode = JsonSchemaMode::validation) { return model_json_schema<T>(mode); }
};

} // namespace fastapi
