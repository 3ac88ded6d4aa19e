#pragma once

#include "fastapi/types/uuid.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

} // namespace fastapi::detail
