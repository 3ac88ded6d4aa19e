#pragma once

// What is known of a program while it runs: AccessLogMiddleware, MetricsMiddleware, TraceContextMiddleware. Add them last, so that
// they see what the others answer.

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/meta/list.hpp"

namespace fastapi {

// A line a request, with the route and the time that it took: as text, or as a JSON object a line. run()'s own log is switched off
// with --no-access-log.
template <int Form>
class BasicAccessLogMiddleware {
  public:
    struct Options {
        bool json = false;
        std::FILE* out = stdout;
    };
    explicit BasicAccessLogMiddleware(Options options) : options_(options) {}
    bool before(Request& request, Response& response) const;
    void after(const Request& request, Response& response) const { write(request, response.status_code); }
    void failed(const Request& request) const { write(request, 500); }
    void abandoned(const Request& request) const { write(request, 499); } // as nginx has it

  private:
    void write(const Request& request, int status) const;
    Options options_;
};
using AccessLogMiddleware = BasicAccessLogMiddleware<0>;

// Counts requests and their times by method, route and status, and answers with that at a path of its own, in Prometheus' text format,
// beside the counters of the server. The times end when there is a response: a stream is sent later. Several processes (--workers)
// each count for themselves.
template <int Form>
class BasicMetricsMiddleware {
  public:
    struct Options {
        std::string path = "/metrics";
        std::vector<double> buckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}; // seconds
    };
    explicit BasicMetricsMiddleware(Options options);
    BasicMetricsMiddleware(BasicMetricsMiddleware&&) = delete;
    ~BasicMetricsMiddleware();
    bool before(Request& request, Response& response) const;
    void after(const Request& request, Response& response) const { count(request, response.status_code); }
    void failed(const Request& request) const { count(request, 500); }
    void abandoned(const Request& request) const { count(request, 499); }

  private:
    struct Series;
    void count(const Request& request, int status) const;
    [[nodiscard]] std::string text(const FastAPI& app) const;
    Options options_;
    mutable std::mutex mutex_; // of what follows
    mutable detail::List<Series*> series_; // sorted
    mutable std::uint64_t begun_ = 0;
    mutable std::uint64_t ended_ = 0;
};
using MetricsMiddleware = BasicMetricsMiddleware<0>;

// Takes up a trace from the traceparent header (W3C Trace Context), or begins one. traceparent(request) is what calls to other services
// are to send on, beside the tracestate header as it came.
template <int Form>
class BasicTraceContextMiddleware {
  public:
    bool before(Request& request, Response& response) const; // NOLINT: a middleware is an object
};
using TraceContextMiddleware = BasicTraceContextMiddleware<0>;
// "00-<trace>-<this request>-<flags>"; empty without TraceContextMiddleware.
std::string_view traceparent(const Request& request);

namespace detail {
// Of a traceparent header; empty when it is none (Trace Context, 3.2).
struct TraceParent {
    std::string_view trace;
    std::string_view flags;
};
TraceParent read_traceparent(std::string_view header);
} // namespace detail

} // namespace fastapi
