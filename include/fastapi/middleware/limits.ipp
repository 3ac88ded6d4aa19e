#pragma once

#include <cmath>
#include <stdexcept>

#include "fastapi/http/request_notes.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/middleware/limits.hpp"
#include "fastapi/types/uuid.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {
FASTAPI_COLD Response error_response(int status, std::string_view detail) {
    std::string text = R"({"detail":)";
    write_json_string(text, detail);
    return Response(text + "}", status, {}, "application/json");
}
} // namespace detail

template <int Form>
[[gnu::cold]] BasicRateLimitMiddleware<Form>::BasicRateLimitMiddleware(Options options) : options_(std::move(options)) {
    if (options_.limit < 1 || !(options_.window_seconds > 0))
        throw std::logic_error("fastapi: RateLimitMiddleware needs a limit and a window");
    while (sets_ * ways < options_.max_keys) sets_ *= 2;
    buckets_ = new Bucket[sets_ * ways]();
    unsigned char random[8];
    detail::fill_random(random, sizeof random);
    for (unsigned char byte : random) seed_ = seed_ << 8U | byte;
    policy_ = detail::concat({"\"", options_.policy, "\";q=", detail::integer_text(options_.limit),
                              ";w=", detail::integer_text(static_cast<std::int64_t>(std::ceil(options_.window_seconds)))});
}
template <int Form>
[[gnu::cold]] BasicRateLimitMiddleware<Form>::~BasicRateLimitMiddleware() { delete[] buckets_; }

// Of the key, or else the one of its set that has been silent longest, full again.
template <int Form>
[[gnu::cold]] auto BasicRateLimitMiddleware<Form>::find(std::uint64_t key, std::int64_t now) const -> Bucket& {
    Bucket* set = buckets_ + (key >> 8U & (sets_ - 1)) * ways;
    Bucket* oldest = set;
    for (std::size_t i = 0; i < ways; ++i) {
        if (set[i].key == key) return set[i];
        if (set[i].at < oldest->at) oldest = set + i;
    }
    *oldest = {key, static_cast<double>(options_.limit), now};
    return *oldest;
}

template <int Form>
[[gnu::cold]] bool BasicRateLimitMiddleware<Form>::before(Request& request, Response& response) const {
    std::string text = options_.key ? options_.key(request) : request.client.host;
    if (text.empty()) return true;
    std::uint64_t key = seed_; // FNV-1a from a secret beginning, then mixed
    for (char c : text) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    key = (key ^ key >> 31U ^ seed_) * 0x9E3779B97F4A7C15U;
    key ^= key >> 29U;
    if (key == 0) key = 1;
    std::int64_t now = detail::steady_microseconds();
    double rate = options_.limit / options_.window_seconds; // tokens a second
    double left = 0;
    bool allowed = false;
    {
        std::lock_guard lock(locks_[(key >> 8U & (sets_ - 1)) % lock_count]);
        Bucket& bucket = find(key, now);
        double filled = bucket.tokens + static_cast<double>(now - bucket.at) / 1e6 * rate;
        bucket.tokens = filled < options_.limit ? filled : options_.limit;
        bucket.at = now;
        allowed = bucket.tokens >= 1;
        if (allowed) bucket.tokens -= 1;
        left = bucket.tokens;
    }
    // Until there is a token more than there are now.
    auto wait = static_cast<std::int64_t>(std::ceil((std::floor(left) + 1 - left) / rate));
    std::string value = detail::concat({"\"", options_.policy, "\";r=", detail::integer_text(static_cast<std::int64_t>(left)),
                                        ";t=", detail::integer_text(wait)});
    if (allowed) {
        request.notes().rate = std::move(value);
        return true;
    }
    response = detail::error_response(429, "Too Many Requests");
    response.headers.append("retry-after", detail::integer_text(wait));
    response.headers.append("ratelimit-policy", policy_);
    response.headers.append("ratelimit", value);
    return false;
}

template <int Form>
[[gnu::cold]] void BasicRateLimitMiddleware<Form>::after(const Request& request, Response& response) const {
    const detail::RequestNotes* notes = request.notes_if_any();
    if (!notes || notes->rate.empty()) return;
    response.headers.append("ratelimit-policy", policy_);
    response.headers.append("ratelimit", notes->rate);
}

template <int Form>
[[gnu::cold]] bool BasicBodySizeLimitMiddleware<Form>::before(Request& request, Response& response) const {
    auto length = detail::parse_unsigned(request.headers.get("content-length", ""));
    bool too_large = request.body.size() > options_.max_bytes || (length && *length > options_.max_bytes);
    if (request.body_source && options_.max_bytes < request.body_source->limit) request.body_source->limit = options_.max_bytes;
    if (too_large) response = detail::error_response(413, reason_phrase(413));
    return !too_large;
}

template <int Form>
[[gnu::cold]] bool BasicTimeoutMiddleware<Form>::before(Request& request, Response&) const {
    request.time_limit_ms = options_.milliseconds;
    return true;
}

#if defined(FASTAPI_IMPLEMENTATION)
template class BasicRateLimitMiddleware<0>;
template class BasicBodySizeLimitMiddleware<0>;
template class BasicTimeoutMiddleware<0>;
#endif

} // namespace fastapi
