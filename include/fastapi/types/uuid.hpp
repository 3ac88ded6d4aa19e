#pragma once

// UUID and its versions.

#include "fastapi/model/types.hpp"

namespace fastapi {

} // namespace fastapi
