// Dates, times, durations: field types of vectors.jsonl and schemas.jsonl.

#include "types.hpp"

using namespace fastapi;

void conformance::add_dates_types([[maybe_unused]] TypePorts& types) {}
