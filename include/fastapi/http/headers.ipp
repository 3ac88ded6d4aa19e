#pragma once

#include <stdexcept>

#include "fastapi/http/headers.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_INLINE char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
FASTAPI_INLINE std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

FASTAPI_INLINE bool same_header(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
    return true;
}

// A header that would end the line is response splitting (RFC 9110 5.5).
FASTAPI_INLINE void check_header(std::string_view name, std::string_view value) {
    bool bad = name.empty();
    for (char c : name) bad = bad || c == '\r' || c == '\n' || c == '\0' || c == ' ' || c == '\t' || c == ':';
    for (char c : value) bad = bad || c == '\r' || c == '\n' || c == '\0';
    if (bad) throw std::invalid_argument("fastapi: a header name or value holds a character that HTTP does not allow");
}

} // namespace detail

FASTAPI_INLINE void RequestHeaders::add(std::string_view name, std::string_view value) {
    entries_.push_back({name, value});
}

FASTAPI_INLINE std::optional<std::string_view> RequestHeaders::get(std::string_view name) const {
    for (const Entry& entry : entries_)
        if (detail::same_header(entry.first, name)) return entry.second;
    return std::nullopt;
}

FASTAPI_INLINE std::string_view RequestHeaders::get(std::string_view name, std::string_view otherwise) const {
    return get(name).value_or(otherwise);
}

FASTAPI_INLINE std::vector<std::string_view> RequestHeaders::get_all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const Entry& entry : entries_)
        if (detail::same_header(entry.first, name)) values.push_back(entry.second);
    return values;
}

FASTAPI_COLD Headers::Headers(const Headers&) = default;
FASTAPI_COLD Headers& Headers::operator=(const Headers&) = default;
FASTAPI_INLINE Headers::Headers(Headers&&) noexcept = default;
FASTAPI_INLINE Headers& Headers::operator=(Headers&&) noexcept = default;
FASTAPI_INLINE Headers::~Headers() = default;
FASTAPI_COLD Headers::Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> entries) {
    for (const auto& [name, value] : entries) append(name, value);
}

FASTAPI_COLD void Headers::set(std::string_view name, std::string_view value) {
    detail::check_header(name, value);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (!detail::same_header(entries_[i].first, name)) continue;
        entries_[i].second = value;
        for (std::size_t j = entries_.size(); --j > i;)
            if (detail::same_header(entries_[j].first, name)) entries_.erase(j);
        return;
    }
    append_trusted(name, value);
}

FASTAPI_INLINE void Headers::append(std::string_view name, std::string_view value) {
    detail::check_header(name, value);
    append_trusted(name, value);
}

FASTAPI_INLINE void Headers::append_trusted(std::string_view name, std::string_view value) { entries_.emplace_back(name, value); }

FASTAPI_INLINE void Headers::remove(std::string_view name) {
    for (std::size_t i = entries_.size(); i-- > 0;)
        if (detail::same_header(entries_[i].first, name)) entries_.erase(i);
}

FASTAPI_INLINE std::optional<std::string_view> Headers::get(std::string_view name) const {
    for (const Entry& entry : entries_)
        if (detail::same_header(entry.first, name)) return entry.second;
    return std::nullopt;
}

} // namespace fastapi
