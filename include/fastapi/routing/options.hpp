#pragma once

// Options of a route, by FastAPI's names.

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/json/json.hpp"

namespace fastapi {

namespace detail {
// Merges JSON into the text of an operation.
void merge_operation(std::string& operation, const json& extra);
} // namespace detail

// JSON that is merged into an operation of the OpenAPI document. Who gives none does not pay for the merge.
class OpenApiExtra {
  public:
    OpenApiExtra() = default;
    template <class J>
        requires std::is_same_v<std::remove_cvref_t<J>, json>
    OpenApiExtra(J&& extra) : value(std::forward<J>(extra)), merge(&detail::merge_operation) {} // NOLINT: implicit on purpose
    json value = nullptr;
    void (*merge)(std::string& operation, const json& extra) = nullptr;
};

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
    std::vector<std::string> response_model_include = {}; // fields by their names in C++; empty: all
    std::vector<std::string> response_model_exclude = {};
    bool response_model_exclude_unset = false;
    bool response_model_exclude_defaults = false;
    bool response_model_exclude_none = false;
    bool response_model_by_alias = true;
    std::size_t max_body_size = 0;                   // bytes that a RequestStream gives; 413 beyond; 0: Limits::max_body_size
    int handler_timeout_ms = -1;                     // 0: as long as it likes; -1: Limits::handler_timeout_ms
    OpenApiExtra openapi_extra = {};                 // merged into the operation of the OpenAPI document

    ~RouteOptions(); // out of line: registration is many calls, and each would hold this code
};

namespace detail {
const RouteOptions& default_route_options();
}

} // namespace fastapi
