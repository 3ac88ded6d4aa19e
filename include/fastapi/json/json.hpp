#pragma once

// Our boundary to nlohmann/json. `json` is what users build and read; the library itself parses text into a Document
// and writes text with a JsonWriter, so that the normal path of a request makes no DOM and so that nlohmann's parser
// and serialiser are compiled only where a user calls them.

// nlohmann/json converts std::filesystem::path, for which it includes <filesystem>: a tenth of its compile time. Define this
// as 1 before the first include to have it.
#ifndef JSON_HAS_FILESYSTEM
#define JSON_HAS_FILESYSTEM 0
#endif
// The same of <ranges>, which its iterators are made for.
#ifndef JSON_HAS_RANGES
#define JSON_HAS_RANGES 0
#endif
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace fastapi {

using json = nlohmann::json;

// Compact UTF-8 JSON text of a value. Floats keep a fraction (1.0) and are in shortest form, NaN and infinities are
// null (as Pydantic's serialiser prints them).
std::string to_json_text(const json& value);

// The value of a JSON text. Throws std::invalid_argument with the place and the reason when it is not JSON, or when an
// integer does not fit 64 bits.
json parse_json(std::string_view text);

} // namespace fastapi

// What every file that makes a value would compile anew (a quarter of hello's time) is in the library of the compiled form.
#if (defined(FASTAPI_COMPILED_LIB) || defined(FASTAPI_IMPLEMENTATION)) && NLOHMANN_JSON_VERSION_MAJOR == 3 && \
    (NLOHMANN_JSON_VERSION_MINOR == 11 || NLOHMANN_JSON_VERSION_MINOR == 12)
#if defined(FASTAPI_IMPLEMENTATION)
#define FASTAPI_IN_LIBRARY
#else
#define FASTAPI_IN_LIBRARY extern
#endif
namespace nlohmann {
FASTAPI_IN_LIBRARY template basic_json<>::basic_json(initializer_list_t, bool, value_t);
FASTAPI_IN_LIBRARY template basic_json<>::basic_json(const basic_json<>&);
FASTAPI_IN_LIBRARY template basic_json<>::basic_json(basic_json<>&&) noexcept;
FASTAPI_IN_LIBRARY template basic_json<>::~basic_json() noexcept;
FASTAPI_IN_LIBRARY template basic_json<>::json_value::json_value(value_t);
FASTAPI_IN_LIBRARY template void basic_json<>::json_value::destroy(value_t);
} // namespace nlohmann
#undef FASTAPI_IN_LIBRARY
#endif
