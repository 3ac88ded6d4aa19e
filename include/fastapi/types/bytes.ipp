#pragma once

#include "fastapi/types/bytes.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

} // namespace fastapi::detail
