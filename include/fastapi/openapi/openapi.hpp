#pragma once

// The OpenAPI 3.1 document of an application (wire.md 13).

#include <string>
#include <string_view>
#include <vector>

#include "fastapi/routing/router.hpp"

namespace fastapi {

struct FastAPIOptions;

namespace detail {

// "read_items" and "/items/{id}" for GET give "read_items_items__id__get".
std::string operation_id(std::string_view name, std::string_view path_format, std::string_view method);
// A name for a handler that has none: "get_items_item_id".
std::string name_from_path(std::string_view method, std::string_view path_format);

// The document as JSON text. webhooks: null when there are none. root_path: prepended to the servers when it is not empty.
std::string openapi_document(const FastAPIOptions& options, const List<Owned<Route>>& routes, const List<Owned<Route>>* webhooks,
                             std::string_view root_path);

} // namespace detail

} // namespace fastapi
