#pragma once

// Options of a router, and of its inclusion, by FastAPI's names.

#include <optional>
#include <string>
#include <vector>

#include "fastapi/app/lifespan.hpp"
#include "fastapi/routing/options.hpp"

namespace fastapi {

// What a router, or its inclusion, adds to each of its routes.
struct RouterOptions {
    std::string prefix = ""; // of all paths: starts with a slash and does not end with one; may have placeholders
    std::vector<std::string> tags = {};       // before those of the routes
    detail::DependencyList dependencies = {}; // {depends<verify_token>}: solved before those of the routes
    bool deprecated = false;                  // all of them
    bool include_in_schema = true;            // false: none of them
    Responses responses = {};                 // of each route, for the documentation; those of the routes win
    detail::ResponseClassRef default_response_class = {}; // response_class<HTMLResponse>: for routes that have none of their own
    GenerateUniqueId generate_unique_id_function = nullptr; // for routes that have none of their own
    detail::CallbackList callbacks = {};                    // of each route
    std::optional<bool> strict_content_type =
        std::nullopt; // of a router, not of its inclusion: else as what includes it
    detail::LifespanOption<APIRouter> lifespan = {}; // of a router, not of its inclusion: as router.lifespan()
};

} // namespace fastapi
