#pragma once

#include "fastapi/types/decimal.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

} // namespace fastapi::detail
