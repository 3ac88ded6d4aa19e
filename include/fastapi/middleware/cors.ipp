#pragma once

#include <algorithm>
#include <mutex>

#include "fastapi/json/writer.hpp"
#include "fastapi/middleware/cors.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {
FASTAPI_COLD bool holds(const std::vector<std::string>& texts, std::string_view text) {
    bool found = false;
    for (const std::string& one : texts) found = found || one == text;
    return found;
}
FASTAPI_COLD std::string joined_with_commas(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += concat({out.empty() ? "" : ", ", text});
    return out;
}
// Adds a name to Vary (RFC 9110 12.5.5).
FASTAPI_COLD void add_vary(Headers& headers, std::string_view name) {
    auto existing = headers.get("vary");
    headers.set("vary", existing ? concat({*existing, ", ", name}) : std::string(name));
}
} // namespace detail

FASTAPI_COLD std::string OriginPattern::whole(std::string_view pattern) { return detail::concat({"\\A(?:", pattern, ")\\z"}); }
template <int>
[[gnu::cold]] const detail::CompiledPattern* OriginPattern::kept(const detail::CompiledPattern* pattern) {
    static std::mutex mutex;
    static auto& all = *new detail::List<const detail::CompiledPattern*>;
    std::lock_guard lock(mutex);
    return all.push_back(pattern);
}

template <int Form>
[[gnu::cold]] BasicCORSMiddleware<Form>::BasicCORSMiddleware(Options options)
    : options_(std::move(options)), all_origins_(detail::holds(options_.allow_origins, "*")),
      all_headers_(detail::holds(options_.allow_headers, "*")), exposed_(detail::joined_with_commas(options_.expose_headers)) {
    if (detail::holds(options_.allow_methods, "*"))
        options_.allow_methods = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"};
    methods_ = detail::joined_with_commas(options_.allow_methods);
    std::vector<std::string> names = options_.allow_headers;
    for (const char* name : {"Accept", "Accept-Language", "Content-Language", "Content-Type"}) names.emplace_back(name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    headers_ = detail::joined_with_commas(names);
    for (const std::string& name : names) lower_headers_.push_back(detail::lower_case(name));
}

template <int Form>
[[gnu::cold]] bool BasicCORSMiddleware<Form>::allows(std::string_view origin) const {
    return all_origins_ || (options_.allow_origin_regex && options_.allow_origin_regex->matches(origin)) ||
           detail::holds(options_.allow_origins, origin);
}

template <int Form>
[[gnu::cold]] bool BasicCORSMiddleware<Form>::before(Request& request, Response& response) const {
    if (request.method != "OPTIONS") return true;
    auto origin = request.headers.get("origin");
    auto method = request.headers.get("access-control-request-method");
    if (!origin || !method) return true;
    answer_preflight(request, response, *origin, *method);
    return false;
}

template <int Form>
[[gnu::cold]] void BasicCORSMiddleware<Form>::answer_preflight(const Request& request, Response& response, std::string_view origin,
                                                     std::string_view method) const {
    auto requested = request.headers.get("access-control-request-headers");
    auto private_network = request.headers.get("access-control-request-private-network");
    Headers headers;
    std::string failures;
    auto fail = [&](std::string_view what) { failures += detail::concat({failures.empty() ? "" : ", ", what}); };
    bool mirrored = !all_origins_ || options_.allow_credentials; // the origin, instead of a star
    headers.append_trusted(mirrored ? "vary" : "access-control-allow-origin", mirrored ? "Origin" : "*");
    headers.append("access-control-allow-methods", methods_);
    headers.append_trusted("access-control-max-age", detail::integer_text(options_.max_age));
    if (!all_headers_) headers.append("access-control-allow-headers", headers_);
    if (options_.allow_credentials) headers.append_trusted("access-control-allow-credentials", "true");
    if (!allows(origin)) {
        fail("origin");
    } else if (mirrored) {
        headers.append("access-control-allow-origin", origin);
    }
    if (!detail::holds(options_.allow_methods, method)) fail("method");
    if (all_headers_ && requested) {
        headers.append("access-control-allow-headers", *requested);
    } else if (requested) {
        for (std::string_view rest = *requested;;) {
            std::size_t comma = rest.find(',');
            if (!detail::holds(lower_headers_, detail::lower_case(detail::trim(rest.substr(0, comma))))) {
                fail("headers");
                break;
            }
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    if (private_network && options_.allow_private_network) headers.append_trusted("access-control-allow-private-network", "true");
    if (private_network && !options_.allow_private_network) fail("private-network");
    bool allowed = failures.empty();
    response = PlainTextResponse(allowed ? "OK" : detail::concat({"Disallowed CORS ", failures}), allowed ? 200 : 400, std::move(headers));
}

template <int Form>
[[gnu::cold]] void BasicCORSMiddleware<Form>::after(const Request& request, Response& response) const {
    auto origin = request.headers.get("origin");
    if (!origin) return;
    Headers& headers = response.headers;
    if (all_origins_) headers.set("access-control-allow-origin", "*");
    if (options_.allow_credentials) headers.set("access-control-allow-credentials", "true");
    if (!exposed_.empty()) headers.set("access-control-expose-headers", exposed_);
    if (all_origins_ ? !options_.allow_credentials : !allows(*origin)) return;
    headers.set("access-control-allow-origin", *origin);
    detail::add_vary(headers, "Origin");
}

#if defined(FASTAPI_IMPLEMENTATION)
template const detail::CompiledPattern* OriginPattern::kept<0>(const detail::CompiledPattern* pattern);
template class BasicCORSMiddleware<0>;
#endif

} // namespace fastapi
