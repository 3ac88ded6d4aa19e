#pragma once

#include "fastapi.hpp"

fastapi::APIRouter readers_router();
