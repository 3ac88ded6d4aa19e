#pragma once

#include <ctime>

#include "fastapi/http/response.hpp"
#include "fastapi/http/stream.hpp"
#include "fastapi/http/url.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

FASTAPI_INLINE Response::Response() = default;
FASTAPI_INLINE Response::Response(Response&&) noexcept = default;
FASTAPI_COLD Response::Response(const Response& other) : status_code(other.status_code), headers(other.headers), body(other.body) {
    if (other.stream || other.pending || other.afterwards || other.background)
        throw std::logic_error("fastapi: a response that streams or has background tasks cannot be copied");
}
FASTAPI_INLINE Response& Response::operator=(Response&&) noexcept = default;
FASTAPI_COLD Response& Response::operator=(const Response& other) {
    Response copy(other);
    *this = std::move(copy);
    return *this;
}
FASTAPI_INLINE Response::~Response() = default;

FASTAPI_COLD JSONResponse::JSONResponse(const json& content, int status, Headers extra)
    : Response(to_json_text(content), status, std::move(extra), "application/json") {}

FASTAPI_COLD HTTPException::HTTPException(int status, json what_happened, Headers extra)
    : status_code(status), detail(std::move(what_happened)), headers(std::move(extra)) {
    if (detail.is_null()) detail = std::string(reason_phrase(status));
    text_ = detail::integer_text(status_code) + ": " + (detail.is_string() ? detail.get_ref<const std::string&>() : to_json_text(detail));
}
FASTAPI_COLD HTTPException::HTTPException(const HTTPException&) = default;
FASTAPI_COLD HTTPException::~HTTPException() = default;

FASTAPI_INLINE Response::Response(std::string content, int status, Headers extra, std::string_view media_type)
    : status_code(status), headers(std::move(extra)), body(std::move(content)) {
    if (media_type.empty() || headers.contains("content-type")) return;
    bool add_charset = media_type.starts_with("text/") && media_type.find("charset=") == std::string_view::npos;
    if (!add_charset) {
        headers.append_trusted("content-type", media_type);
    } else if (media_type == "text/plain") {
        headers.append_trusted("content-type", "text/plain; charset=utf-8");
    } else {
        headers.append_trusted("content-type", std::string(media_type) + "; charset=utf-8");
    }
}

FASTAPI_COLD RedirectResponse::RedirectResponse(std::string_view url, int status, Headers extra)
    : Response("", status, std::move(extra)) {
    headers.set("location", detail::percent_encode(url, ":/%#?=@[]!$&'()*+,;"));
}

namespace detail {

// Python's http.cookies quotes what is not a token character; special bytes become octal escapes.
FASTAPI_COLD std::string quote_cookie(std::string_view value) {
    constexpr std::string_view legal = "!#$%&'*+-.^_`|~:";
    auto plain = [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || legal.find(c) != std::string_view::npos;
    };
    bool quote = false;
    for (char c : value) quote = quote || !plain(c);
    if (!quote && !value.empty()) return std::string(value);
    std::string out = "\"";
    for (char c : value) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20 || byte >= 0x7F || c == ',' || c == ';') {
            out.push_back('\\');
            for (int shift : {6, 3, 0}) out.push_back(static_cast<char>('0' + ((byte >> shift) & 7)));
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
    return out;
}

FASTAPI_COLD std::string http_date(std::time_t when) {
    constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&when, &utc);
    char text[40];
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday], utc.tm_mday,
                  months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    return text;
}

} // namespace detail

FASTAPI_COLD void Response::set_cookie(std::string_view key, std::string_view value, const CookieOptions& options) {
    std::string text = std::string(key) + "=" + detail::quote_cookie(value);
    if (!options.expires.empty()) text += "; expires=" + options.expires;
    if (!options.domain.empty()) text += "; Domain=" + options.domain;
    if (options.httponly) text += "; HttpOnly";
    if (options.max_age) text += "; Max-Age=" + detail::integer_text(*options.max_age);
    if (!options.path.empty()) text += "; Path=" + options.path;
    if (!options.samesite.empty()) text += "; SameSite=" + options.samesite;
    if (options.secure) text += "; Secure";
    headers.append("set-cookie", text);
}

FASTAPI_COLD void Response::delete_cookie(std::string_view key, CookieOptions options) {
    options.max_age = 0;
    options.expires = detail::http_date(std::time(nullptr));
    set_cookie(key, "", options);
}

} // namespace fastapi
