#pragma once

// SecretStr, SecretBytes: never printed, logged or serialised.

#include "fastapi/model/types.hpp"

namespace fastapi {

} // namespace fastapi
