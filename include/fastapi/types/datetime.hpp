#pragma once

// Dates, times and durations on std::chrono.

#include "fastapi/model/types.hpp"

namespace fastapi {

} // namespace fastapi
