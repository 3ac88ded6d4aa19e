#pragma once

// What a server counts (FastAPI::server_counters), where all worker processes can reach it.

#include <atomic>
#include <cstdint>

#include "fastapi/version.hpp"

namespace fastapi::detail {

// What happened since the start. Counted by many threads, in memory that all worker processes share; read by anyone.
struct AtomicCounters {
    using Count = std::atomic<std::uint64_t>;
    Count accepted{0};            // connections
    Count turned_away{0};         // connections beyond the limit
    Count turned_away_client{0};  // of those, the ones beyond the limit for one client
    Count requests{0};
    Count refused{0};             // requests that are no HTTP, or too large
    Count refused_syntax{0};
    Count refused_body_size{0};
    Count refused_target_size{0};
    Count refused_head_size{0};
    Count timed_out{0};           // connections cut at a deadline; those that were idle are not counted
    Count timed_out_head{0};
    Count timed_out_body{0};
    Count timed_out_writing{0};
    Count bytes_received{0};
    Count bytes_sent{0};
    std::atomic<std::int64_t> open{0}; // connections
};

// A worker process, as the others see it.
struct WorkerSlot {
    AtomicCounters counters;
    std::atomic<bool> serving{false};
};

} // namespace fastapi::detail
