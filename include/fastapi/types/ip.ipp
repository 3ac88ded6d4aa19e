#pragma once

#include "fastapi/types/ip.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

} // namespace fastapi::detail
