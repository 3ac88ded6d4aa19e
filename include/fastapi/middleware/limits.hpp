#pragma once

// What a client may ask for: RateLimitMiddleware, BodySizeLimitMiddleware, TimeoutMiddleware.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "fastapi/app/fastapi.hpp"

namespace fastapi {

// So many requests a client, over a time: a bucket of tokens each, that fills evenly. Beyond it 429 with Retry-After; each answer
// says what is left (RateLimit and RateLimit-Policy, draft-ietf-httpapi-ratelimit-headers-10). Several processes (--workers) each
// count for themselves. Its memory is fixed: when more keys come at once, those that were silent longest are forgotten, and have all
// their tokens again.
template <int Form>
class BasicRateLimitMiddleware {
  public:
    struct Options {
        int limit = 100;             // tokens of a bucket, each a request
        double window_seconds = 60;  // in which an empty one is full again
        std::string (*key)(const Request& request) = nullptr; // who it is; null: the client's address. Empty: not limited
        std::string policy = "default"; // the name in the headers
        std::size_t max_keys = 65536;   // 24 bytes each
    };
    explicit BasicRateLimitMiddleware(Options options);
    BasicRateLimitMiddleware(BasicRateLimitMiddleware&&) = delete;
    ~BasicRateLimitMiddleware();
    bool before(Request& request, Response& response) const;
    void after(const Request& request, Response& response) const;

  private:
    struct Bucket {
        std::uint64_t key; // 0: free
        double tokens;
        std::int64_t at; // microseconds of the steady clock
    };
    static constexpr std::size_t ways = 8;
    static constexpr std::size_t lock_count = 16;
    Bucket& find(std::uint64_t key, std::int64_t now) const;
    Options options_;
    std::string policy_;
    std::uint64_t seed_ = 0;
    std::size_t sets_ = 1; // a power of two
    Bucket* buckets_;
    mutable std::mutex locks_[lock_count];
};
using RateLimitMiddleware = BasicRateLimitMiddleware<0>;

// 413 for a body of more bytes. One that a RequestStream reads is cut off there; any other has been read by then, within
// Limits::max_body_size, which is what guards the memory.
template <int Form>
class BasicBodySizeLimitMiddleware {
  public:
    struct Options {
        std::uint64_t max_bytes = std::uint64_t{1} << 20U;
    };
    explicit BasicBodySizeLimitMiddleware(Options options) : options_(options) {}
    bool before(Request& request, Response& response) const;

  private:
    Options options_;
};
using BodySizeLimitMiddleware = BasicBodySizeLimitMiddleware<0>;

// The time that handlers have whose routes say nothing else (RouteOptions::handler_timeout_ms); 504 beyond, as with
// Limits::handler_timeout_ms.
template <int Form>
class BasicTimeoutMiddleware {
  public:
    struct Options {
        int milliseconds = 30000;
    };
    explicit BasicTimeoutMiddleware(Options options) : options_(options) {}
    bool before(Request& request, Response& response) const;

  private:
    Options options_;
};
using TimeoutMiddleware = BasicTimeoutMiddleware<0>;

} // namespace fastapi
