// The one translation unit of the compiled form: everything that is not a template is compiled here, once.
// Inside this project it is built from the source tree; anywhere else from the folded header.
#define FASTAPI_IMPLEMENTATION
#if __has_include("fastapi/fastapi.hpp")
#include "fastapi/fastapi.hpp"
#else
#include "fastapi.hpp"
#endif
