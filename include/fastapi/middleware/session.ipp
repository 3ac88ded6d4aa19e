#pragma once

#include <ctime>
#include <new>
#include <stdexcept>

#include "fastapi/http/request_notes.hpp"
#include "fastapi/middleware/cors.ipp"
#include "fastapi/middleware/session.hpp"
#include "fastapi/security/schemes.hpp"
#include "fastapi/types/bytes.ipp"
#include "fastapi/version.hpp"

#if !defined(FASTAPI_NO_OPENSSL) && !(defined(FASTAPI_IMPLEMENTATION) && defined(FASTAPI_NO_TLS)) && __has_include(<openssl/hmac.h>)
#define FASTAPI_SIGNED_SESSIONS
#include <openssl/evp.h>
#include <openssl/hmac.h>
#endif

namespace fastapi {

namespace detail {

#if defined(FASTAPI_SIGNED_SESSIONS)
FASTAPI_COLD std::string sha1(std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr)) throw std::bad_alloc();
    return {reinterpret_cast<const char*>(digest), size};
}

FASTAPI_COLD std::string hmac_sha1(std::string_view key, std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    auto bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (!HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest, &size)) throw std::bad_alloc();
    return {reinterpret_cast<const char*>(digest), size};
}

FASTAPI_COLD std::string sign_with_time(std::string_view key, std::string_view value, std::int64_t now) {
    std::string bytes; // the time, big endian, without zeros in front
    for (int shift = 56; shift >= 0; shift -= 8)
        if (char c = static_cast<char>(now >> shift & 0xFF); c != 0 || !bytes.empty()) bytes.push_back(c);
    std::string text = concat({value, ".", unpadded_base64(bytes, true)});
    return concat({text, ".", unpadded_base64(hmac_sha1(key, text), true)});
}

FASTAPI_COLD std::optional<std::string_view> unsign_with_time(std::string_view key, std::string_view text, std::int64_t now,
                                                                std::optional<std::int64_t> max_age) {
    std::size_t last = text.rfind('.');
    if (last == std::string_view::npos) return std::nullopt;
    std::string_view signature = text.substr(last + 1);
    text = text.substr(0, last);
    if (!compare_digest(signature, unpadded_base64(hmac_sha1(key, text), true))) return std::nullopt;
    std::size_t dot = text.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    std::string_view time = text.substr(dot + 1);
    std::string padded(time);
    while (padded.size() % 4) padded.push_back('=');
    std::uint64_t made = 0;
    try {
        for (char c : read_base64(padded, true)) made = made << 8U | static_cast<unsigned char>(c);
    } catch (const std::exception&) {
        return std::nullopt;
    }
    if (made > INT64_MAX) return std::nullopt;
    std::int64_t age = now - static_cast<std::int64_t>(made);
    if (max_age && (age > *max_age || age < 0)) return std::nullopt;
    return text.substr(0, dot);
}
#endif

} // namespace detail

template <int Form>
[[gnu::cold]] BasicSessionMiddleware<Form>::BasicSessionMiddleware(Options options) : options_(std::move(options)) {
#if !defined(FASTAPI_SIGNED_SESSIONS)
    static_assert(Form < 0, "fastapi: SessionMiddleware signs with OpenSSL, whose headers are not there (libssl-dev), or FASTAPI_NO_OPENSSL is defined");
#endif
    if (options_.secret_key.empty()) throw std::logic_error("fastapi: SessionMiddleware needs a secret_key");
    // itsdangerous' key derivation "django-concat", with the salt of its Signer.
    key_ = detail::sha1(detail::concat({"itsdangerous.Signer", "signer", options_.secret_key}));
}

template <int Form>
[[gnu::cold]] bool BasicSessionMiddleware<Form>::before(Request& request, Response&) const {
    detail::RequestNotes& notes = request.notes();
    notes.session = json::object();
    notes.session_before = nullptr; // no cookie
    auto cookie = request.cookies().get(options_.session_cookie);
    auto value = cookie ? detail::unsign_with_time(key_, *cookie, std::time(nullptr), options_.max_age) : std::nullopt;
    if (!value) return true;
    try {
        json content = parse_json(detail::read_base64(*value, false));
        if (!content.is_object()) return true;
        notes.session = content;
        notes.session_before = std::move(content);
    } catch (const std::exception&) { // signed, but none of ours
    }
    return true;
}

template <int Form>
[[gnu::cold]] void BasicSessionMiddleware<Form>::after(const Request& request, Response& response) const {
    const detail::RequestNotes* notes = request.notes_if_any();
    if (!notes || notes->session.is_discarded()) return;
    const json& session = notes->session;
    bool was_there = !notes->session_before.is_null();
    if (notes->session_used) detail::add_vary(response.headers, "Cookie");
    if (was_there ? to_json_text(session) == to_json_text(notes->session_before) : session.empty()) return;
    std::string flags = detail::concat({"httponly; samesite=", options_.same_site, options_.https_only ? "; secure" : "",
                                        options_.domain.empty() ? "" : "; domain=", options_.domain});
    if (session.empty()) {
        response.headers.append("set-cookie", detail::concat({options_.session_cookie, "=null; path=", options_.path,
                                                              "; expires=Thu, 01 Jan 1970 00:00:00 GMT; ", flags}));
        return;
    }
    std::string text;
    detail::write_python_json(text, session);
    std::string value = detail::sign_with_time(key_, detail::write_base64(text, false), std::time(nullptr));
    std::string age = options_.max_age ? detail::concat({"Max-Age=", detail::integer_text(*options_.max_age), "; "}) : std::string();
    response.headers.append("set-cookie",
                            detail::concat({options_.session_cookie, "=", value, "; path=", options_.path, "; ", age, flags}));
}

#if defined(FASTAPI_IMPLEMENTATION) && defined(FASTAPI_SIGNED_SESSIONS)
template class BasicSessionMiddleware<0>;
#endif

} // namespace fastapi
