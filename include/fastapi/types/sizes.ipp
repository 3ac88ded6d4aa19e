#pragma once

#include "fastapi/types/sizes.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

} // namespace fastapi::detail
