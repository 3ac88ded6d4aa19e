#pragma once

// CORSMiddleware: which other origins a browser lets read the answers (https://fetch.spec.whatwg.org/#http-cors-protocol; wire.md 14).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/model/pattern.hpp"

namespace fastapi {

// A regular expression that a whole origin must match: "https://.*\\.example\\.org". A template, so that programs that give none
// need no RE2.
class OriginPattern {
  public:
    template <class Text>
        requires std::is_convertible_v<const Text&, std::string_view>
    OriginPattern(const Text& pattern) // NOLINT: implicit on purpose
        : pattern_(kept(detail::compile_pattern(whole(pattern)))), search_(&detail::search_pattern) {}
    [[nodiscard]] bool matches(std::string_view origin) const { return search_(pattern_, origin); }

  private:
    static std::string whole(std::string_view pattern);
    template <int = 0>
    static const detail::CompiledPattern* kept(const detail::CompiledPattern* pattern); // for the life of the program
    const detail::CompiledPattern* pattern_;
    bool (*search_)(const detail::CompiledPattern* pattern, std::string_view text);
};

// This and the other classes of the room are templates, so that programs that do without do not compile them.
template <int Form>
class BasicCORSMiddleware {
  public:
    struct Options {
        std::vector<std::string> allow_origins = {}; // {"*"}: any
        std::vector<std::string> allow_methods = {"GET"};
        std::vector<std::string> allow_headers = {}; // beside those that every browser may send
        bool allow_credentials = false;
        std::optional<OriginPattern> allow_origin_regex = std::nullopt;
        bool allow_private_network = false;
        std::vector<std::string> expose_headers = {};
        int max_age = 600; // seconds that a browser keeps the answer to a preflight
    };
    explicit BasicCORSMiddleware(Options options);
    bool before(Request& request, Response& response) const;
    void after(const Request& request, Response& response) const;

  private:
    [[nodiscard]] bool allows(std::string_view origin) const;
    void answer_preflight(const Request& request, Response& response, std::string_view origin, std::string_view method) const;
    Options options_;
    bool all_origins_;
    bool all_headers_;
    std::string methods_;
    std::string headers_;
    std::vector<std::string> lower_headers_;
    std::string exposed_;
};
using CORSMiddleware = BasicCORSMiddleware<0>;

} // namespace fastapi
