#pragma once

#include "fastapi/openapi/docs.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {
FASTAPI_COLD Response docs_page(const FastAPIOptions&, const std::string&) { return HTMLResponse("swagger-ui"); }
FASTAPI_COLD Response redoc_page(const FastAPIOptions&, const std::string&) { return HTMLResponse("redoc"); }
FASTAPI_COLD Response explorer_page(const FastAPIOptions&, const std::string&) { return HTMLResponse("explorer"); }
FASTAPI_COLD Response oauth2_redirect_page() { return HTMLResponse("oauth2"); }
FASTAPI_COLD std::vector<std::string> swagger_ui_files(const FastAPIOptions&) { return {}; }
FASTAPI_COLD Response swagger_ui_file(const FastAPIOptions&, const std::string&) { return Response(); }
} // namespace fastapi::detail
