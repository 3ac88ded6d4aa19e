#pragma once

#include "fastapi/types/email.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

} // namespace fastapi::detail
