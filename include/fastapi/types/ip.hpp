#pragma once

// IP addresses, interfaces and networks.

#include "fastapi/model/types.hpp"

namespace fastapi {

} // namespace fastapi
