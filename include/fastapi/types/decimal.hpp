#pragma once

// Decimal: exact decimal numbers.

#include "fastapi/model/types.hpp"

namespace fastapi {

} // namespace fastapi
