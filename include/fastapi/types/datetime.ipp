#pragma once

#include "fastapi/types/datetime.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

} // namespace fastapi::detail
