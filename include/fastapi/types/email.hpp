#pragma once

// EmailStr and NameEmail.

#include "fastapi/model/types.hpp"

namespace fastapi {

} // namespace fastapi
