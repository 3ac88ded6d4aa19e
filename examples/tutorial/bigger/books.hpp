#pragma once

#include "fastapi.hpp"

fastapi::APIRouter books_router();
