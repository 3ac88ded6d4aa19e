#pragma once

// Regular expressions, by RE2 alone: linear time whatever the pattern and the text. Optional: a program that uses no
// Pattern needs no RE2. Rust's syntax (FastAPI's) and RE2's agree but for rare Unicode classes.

#include <string_view>

#if !defined(FASTAPI_NO_RE2) && __has_include(<re2/re2.h>)
#define FASTAPI_HAS_RE2 1
#else
#define FASTAPI_HAS_RE2 0
#endif

namespace fastapi::detail {

struct CompiledPattern;
// Compiles a pattern for the life of the program. Throws std::invalid_argument with RE2's reason when it is wrong.
const CompiledPattern* compile_pattern(std::string_view pattern);
// Whether the pattern is found anywhere in text.
bool search_pattern(const CompiledPattern* pattern, std::string_view text);

} // namespace fastapi::detail
