#pragma once

// The pages that show the OpenAPI document to people: /docs with Swagger UI (from a local directory, else from its
// CDN) and the built-in explorer when that does not load; /redoc. The HTML itself is made from tools/docs/.

#include <string>
#include <string_view>
#include <vector>

#include "fastapi/app/options.hpp"
#include "fastapi/http/response.hpp"

namespace fastapi::detail {

Response docs_page(const FastAPIOptions& options, const std::string& root_path);
Response redoc_page(const FastAPIOptions& options, const std::string& root_path);
Response explorer_page(const FastAPIOptions& options, const std::string& root_path);
Response oauth2_redirect_page();
// The files of Swagger UI that the local directory holds; none when it is not there.
std::vector<std::string> swagger_ui_files(const FastAPIOptions& options);
Response swagger_ui_file(const FastAPIOptions& options, const std::string& name);

} // namespace fastapi::detail
