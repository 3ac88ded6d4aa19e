#pragma once

#include <stdexcept>
#include <string>

#include "fastapi/model/pattern.hpp"
#include "fastapi/version.hpp"

#if FASTAPI_HAS_RE2
#include <re2/re2.h>

namespace fastapi::detail {

struct CompiledPattern {
    RE2 expression;
};

// \d, \w and \s know all of Unicode in Rust's syntax and ASCII alone in RE2's: written out as classes.
FASTAPI_COLD std::string with_unicode_classes(std::string_view pattern) {
    std::string out;
    bool inside = false; // of a class in brackets
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        char c = pattern[i];
        if (c == '[') inside = true;
        if (c == ']') inside = false;
        if (c != '\\' || i + 1 == pattern.size()) {
            out.push_back(c);
            continue;
        }
        char escaped = pattern[++i];
        std::string_view set = escaped == 'd' || escaped == 'D'   ? "\\p{Nd}"
                               : escaped == 'w' || escaped == 'W' ? "\\p{L}\\p{M}\\p{Nd}\\p{Pc}"
                               : escaped == 's' || escaped == 'S' ? "\\p{Z}\\t\\n\\v\\f\\r\\x{85}"
                                                                  : "";
        bool negated = escaped >= 'A' && escaped <= 'Z';
        if (set.empty() || (negated && inside)) {
            out.push_back('\\');
            out.push_back(escaped);
        } else if (inside) {
            out += set;
        } else {
            out += negated ? "[^" : "[";
            out += set;
            out += "]";
        }
    }
    return out;
}

FASTAPI_COLD const CompiledPattern* compile_pattern(std::string_view pattern) {
    RE2::Options options(RE2::Quiet);
    auto compiled = new CompiledPattern{RE2(with_unicode_classes(pattern), options)};
    if (!compiled->expression.ok()) {
        std::string reason = compiled->expression.error();
        delete compiled;
        throw std::invalid_argument("fastapi: Pattern(\"" + std::string(pattern) + "\") is no regular expression for RE2: " +
                                    reason);
    }
    return compiled;
}

FASTAPI_COLD bool search_pattern(const CompiledPattern* pattern, std::string_view text) {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern->expression);
}

} // namespace fastapi::detail
#endif
