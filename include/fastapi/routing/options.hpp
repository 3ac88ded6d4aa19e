#pragma once

// Options of a route, by FastAPI's names.

#include <optional>
#include <string>
#include <vector>

#include "fastapi/json/json.hpp"

namespace fastapi {

struct RouteOptions {
    int status_code = 0;                             // of a good answer; 0: 200
    std::vector<std::string> tags = {};              // groups in the documentation
    std::string summary = "";                        // from the name when empty
    std::string description = "";                    // Markdown
    std::string response_description = "Successful Response";
    bool deprecated = false;
    std::string operation_id = "";                   // from name, path and method when empty
    std::string name = "";                           // of the handler, for those that have none of their own
    bool include_in_schema = true;
    bool response_model_exclude_unset = false;
    bool response_model_exclude_defaults = false;
    bool response_model_exclude_none = false;
    bool response_model_by_alias = true;
    json openapi_extra = nullptr;                    // merged into the operation of the OpenAPI document
};

} // namespace fastapi
