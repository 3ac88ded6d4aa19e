#pragma once

// The whole library. tools/amalgamate.py folds this file into the fastapi.hpp at the top of the repository.

#include "fastapi/version.hpp"

#include "fastapi/app/fastapi.hpp"
#include "fastapi/json/adapters.hpp"
#include "fastapi/model/model.hpp"
#include "fastapi/model/url.hpp"
#include "fastapi/testing/test_client.hpp"

#if !defined(FASTAPI_COMPILED_LIB) || defined(FASTAPI_IMPLEMENTATION)
#include "fastapi/impl.hpp"
#endif
