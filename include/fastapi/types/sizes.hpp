#pragma once

// ByteSize, and paths of files.

#include "fastapi/model/types.hpp"

namespace fastapi {

} // namespace fastapi
