#pragma once

// Applications, and directories, below a path or a host of another application.

#include "fastapi/app/router_core.hpp"

namespace fastapi::detail {

// What a route that takes all paths below its own hands them to.
struct Mounted {
    FastAPI* app = nullptr;     // null: a directory
    std::string host;           // with a slash before it, when the host decides
    PathTemplate host_template; // of it
};

// The route of a mount: any method, and the rest of the path as the placeholder "path". prefix: of a router.
Owned<Route> make_mount_route(std::string_view prefix, std::string_view path, std::string_view name,
                              Owned<Endpoint> endpoint);
// Adds a mount to an application or a router.
void add_mount(Registrar& registrar, std::string_view path, std::string_view name, Owned<Endpoint> endpoint);
// What is left of the path below a mount, without the slash.
std::string_view path_below(const Request& request);

} // namespace fastapi::detail
