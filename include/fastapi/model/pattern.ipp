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

FASTAPI_COLD const CompiledPattern* compile_pattern(std::string_view pattern) {
    RE2::Options options(RE2::Quiet);
    auto compiled = new CompiledPattern{RE2(re2::StringPiece(pattern.data(), pattern.size()), options)};
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
