#pragma once


#include "fastapi/http/url.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_INLINE int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Replaces each maximal invalid part by U+FFFD, as Python's errors="replace" does.
FASTAPI_COLD std::string replace_invalid_utf8(std::string_view text) {
    std::string out;
    const char* p = text.data();
    const char* end = p + text.size();
    while (p < end) {
        std::size_t n = utf8_sequence(p, end);
        if (n > 0) {
            out.append(p, n);
            p += n;
            continue;
        }
        out += "\xEF\xBF\xBD";
        auto lead = static_cast<unsigned char>(*p);
        std::size_t want = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 1;
        auto second_ok = [&](unsigned char c) {
            if ((c & 0xC0U) != 0x80U) return false;
            if (lead == 0xE0) return c >= 0xA0;
            if (lead == 0xED) return c < 0xA0;
            if (lead == 0xF0) return c >= 0x90;
            if (lead == 0xF4) return c < 0x90;
            return true;
        };
        ++p;
        for (std::size_t i = 1; i < want && p < end; ++i, ++p) {
            auto c = static_cast<unsigned char>(*p);
            if (i == 1 ? !second_ok(c) : (c & 0xC0U) != 0x80U) break;
        }
    }
    return out;
}

FASTAPI_INLINE std::string percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    bool high = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            c = static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        high = high || static_cast<unsigned char>(c) >= 0x80;
        out.push_back(c);
    }
    if (high && !is_valid_utf8(out)) return replace_invalid_utf8(out);
    return out;
}

FASTAPI_INLINE std::string percent_encode(std::string_view text, std::string_view keep) {
    constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
                     c == '_' || c == '~' || keep.find(c) != std::string_view::npos;
        if (plain) {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back(hex[byte >> 4]);
            out.push_back(hex[byte & 15]);
        }
    }
    return out;
}

// Bytes that are no UTF-8 are latin-1, as headers may be.
FASTAPI_COLD std::string latin1_to_utf8(std::string_view text) {
    std::string out;
    for (char c : text) append_utf8(out, static_cast<unsigned char>(c));
    return out;
}

// A cookie value in quotes, with Python's octal escapes: "a\073b".
FASTAPI_COLD std::string unquote_cookie(std::string_view text) {
    std::string out;
    text = text.substr(1, text.size() - 2);
    auto octal = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '7'; };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out.push_back(text[i]);
        } else if (text[i + 1] >= '0' && text[i + 1] <= '3' && octal(i + 2) && octal(i + 3)) {
            out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0'));
            i += 3;
        } else {
            out.push_back(text[++i]);
        }
    }
    return out;
}

FASTAPI_INLINE std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

} // namespace detail

FASTAPI_INLINE std::optional<std::string_view> MultiParams::get(std::string_view key) const {
    for (std::size_t i = entries_.size(); i > 0; --i)
        if (entries_[i - 1].first == key) return entries_[i - 1].second;
    return std::nullopt;
}

FASTAPI_INLINE std::vector<std::string_view> MultiParams::get_all(std::string_view key) const {
    std::vector<std::string_view> values;
    for (const Entry& entry : entries_)
        if (entry.first == key) values.push_back(entry.second);
    return values;
}

// A query that needs no decoding stays a view into the request.
FASTAPI_INLINE std::string_view MultiParams::decode(std::string_view text) {
    if (all_plain_) return text;
    return *storage_.emplace_back(new std::string(detail::percent_decode(text, true)));
}

FASTAPI_INLINE void MultiParams::parse_query(std::string_view query) {
    std::size_t count = query.empty() ? 0 : 1;
    for (char c : query) {
        count += c == '&';
        all_plain_ = all_plain_ && c != '%' && c != '+' && static_cast<unsigned char>(c) < 0x80;
    }
    entries_.reserve(count);
    while (!query.empty()) {
        std::size_t end = query.find('&');
        std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        if (pair.empty()) continue;
        std::size_t equals = pair.find('=');
        std::string_view key = decode(pair.substr(0, equals));
        std::string_view value = equals == std::string_view::npos ? std::string_view{""} : decode(pair.substr(equals + 1));
        entries_.push_back({key, value});
    }
}

FASTAPI_INLINE void MultiParams::parse_cookies(std::string_view header) {
    while (!header.empty()) {
        std::size_t end = header.find(';');
        std::string_view pair = header.substr(0, end);
        header = end == std::string_view::npos ? std::string_view{} : header.substr(end + 1);
        std::size_t equals = pair.find('=');
        std::string_view key = equals == std::string_view::npos ? std::string_view{""} : detail::trim(pair.substr(0, equals));
        std::string_view value = detail::trim(equals == std::string_view::npos ? pair : pair.substr(equals + 1));
        if (key.empty() && value.empty()) continue;
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = *storage_.emplace_back(new std::string(detail::unquote_cookie(value)));
        for (std::string_view* part : {&key, &value})
            if (!detail::is_valid_utf8(*part)) *part = *storage_.emplace_back(new std::string(detail::latin1_to_utf8(*part)));
        entries_.push_back({key, value});
    }
}

} // namespace fastapi
