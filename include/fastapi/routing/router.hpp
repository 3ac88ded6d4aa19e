#pragma once

// The router: finds the first registered route that a path and method match, in one walk over the path and over a tree
// of path segments, without allocation and without regular expressions (wire.md 8).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/http/request.hpp"
#include "fastapi/meta/list.hpp"
#include "fastapi/routing/handler.hpp"
#include "fastapi/routing/path.hpp"

namespace fastapi::detail {

class OpenApiWriter;

struct Route {
    std::string path; // as registered
    PathTemplate path_template; // views into path
    std::string format; // for OpenAPI
    std::vector<std::string> methods;
    std::string name;
    Owned<Endpoint> endpoint;
    bool in_schema = true;
    // Another condition: of a host's routes.
    bool (*matches)(const Route& route, const Request& request) = nullptr;
    List<Owned<Route>> callbacks; // of its operation in the OpenAPI document
    void (*write_callbacks)(OpenApiWriter& writer, const Route& route) = nullptr;

    // No methods: any.
    [[nodiscard]] bool allows(std::string_view method) const {
        for (const std::string& one : methods)
            if (one == method) return true;
        return methods.empty();
    }
};

class Router {
  public:
    Router();
    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    // Takes a route. Throws std::logic_error for a path with a problem.
    Route& add(Owned<Route> route);
    // The same, before the route that has a place now.
    Route& insert(Owned<Route> route, std::size_t at);

    struct Match {
        const Route* full = nullptr;    // path and method
        const Route* partial = nullptr; // the first whose path matches, when no method does
    };
    // Finds the route; with a full match the placeholders' values are put into the request, behind those of its
    // mounts, if they are to be.
    Match find(std::string_view path, std::string_view method, Request* request, bool fill = true) const;
    [[nodiscard]] const List<Owned<Route>>& routes() const { return routes_; }

  private:
    struct Node;
    struct Search;
    static std::size_t find_literal(const Node& node, std::string_view text);
    static void make_room(Node& node, std::uint32_t at);
    void link(Route& route, std::uint32_t index);
    void walk(const Node& node, std::size_t at, Search& search) const;

    List<Owned<Route>> routes_;
    Owned<Node> root_;
};

} // namespace fastapi::detail
