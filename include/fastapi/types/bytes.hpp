#pragma once

// Bytes: bytes, Base64Bytes, Base64Str, Base64UrlBytes, Base64UrlStr.

#include "fastapi/model/types.hpp"

namespace fastapi {

} // namespace fastapi
