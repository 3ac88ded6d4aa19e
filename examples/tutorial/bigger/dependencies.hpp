#pragma once

#include "fastapi.hpp"

// What several parts need. Throws HTTPException (403).
void check_key(fastapi::Header<std::string, "x_key"> key);
