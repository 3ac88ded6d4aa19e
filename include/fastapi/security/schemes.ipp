#pragma once

#include "fastapi/routing/resolve.ipp"
#include "fastapi/security/schemes.hpp"
#include "fastapi/types/bytes.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_COLD void throw_not_authenticated(std::string_view challenge) {
    throw HTTPException(401, "Not authenticated", {{"WWW-Authenticate", std::string(challenge)}});
}

FASTAPI_INLINE bool read_authorization_header(const Request& request, std::string& out) {
    auto value = request.headers.get("authorization");
    if (!value || value->empty()) return false;
    std::string scratch;
    out = header_text(*value, scratch);
    return true;
}

FASTAPI_INLINE bool read_authorization(const Request& request, std::string_view wanted, bool needs_credentials, HTTPAuthorizationCredentials& out) {
    std::string text;
    if (!read_authorization_header(request, text)) return false;
    std::size_t blank = text.find(' ');
    out.scheme = text.substr(0, blank);
    if (blank != std::string::npos) out.credentials = trim_unicode(std::string_view(text).substr(blank + 1));
    if (needs_credentials && (out.scheme.empty() || out.credentials.empty())) return false;
    return wanted.empty() || same_header(out.scheme, wanted);
}

FASTAPI_INLINE bool read_basic(std::string_view base64, HTTPBasicCredentials& out) {
    std::string text;
    try {
        text = Base64Encoder::decode(base64);
    } catch (const std::exception&) { // PydanticCustomError, ValueError
        return false;
    }
    for (char c : text)
        if (static_cast<unsigned char>(c) >= 0x80U) return false;
    std::size_t colon = text.find(':');
    if (colon == std::string::npos) return false;
    out.username = text.substr(0, colon);
    out.password = text.substr(colon + 1);
    return true;
}

FASTAPI_INLINE bool read_api_key(const Request& request, KeyPlace place, std::string_view name, std::string& out) {
    std::optional<std::string_view> found;
    std::string scratch;
    switch (place) {
    case KeyPlace::query: found = request.query_params().get(name); break;
    case KeyPlace::cookie: found = request.cookies().get(name); break;
    case KeyPlace::header:
        found = request.headers.get(name);
        if (found) found = header_text(*found, scratch);
        break;
    }
    if (!found || found->empty()) return false;
    out = *found;
    return true;
}

} // namespace detail

FASTAPI_INLINE bool compare_digest(std::string_view a, std::string_view b) {
    // volatile: no compiler may see that the end is certain.
    volatile unsigned char different = a.size() == b.size() ? 0 : 1;
    const std::string_view against = a.size() == b.size() ? b : a;
    for (std::size_t i = 0; i < a.size(); ++i)
        different = static_cast<unsigned char>(different | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(against[i])));
    return different == 0;
}

} // namespace fastapi
