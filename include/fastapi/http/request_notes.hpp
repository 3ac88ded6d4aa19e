#pragma once

// What middleware leaves with a request for the handler and for other middleware. A request and its copies share it.

#include <atomic>
#include <string>

#include "fastapi/http/request.hpp"

namespace fastapi::detail {

struct RequestNotes {
    std::atomic<int> references{1};
    void (*dispose)(RequestNotes* self) = nullptr;
    json session = json(json::value_t::discarded); // discarded: there is no SessionMiddleware
    json session_before;                           // as it came; null: there was none
    bool session_used = false;
    std::string id;                                // of RequestIdMiddleware
    std::string trace;                             // of TraceContextMiddleware: a traceparent, whose parent is this request
    std::string rate;                              // of RateLimitMiddleware: the value of its header
    std::int64_t began = 0;                        // microseconds of the steady clock, where somebody measures
};

} // namespace fastapi::detail
