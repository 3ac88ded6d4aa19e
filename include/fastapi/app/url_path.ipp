#pragma once

// Paths of routes by name, as Starlette's url_path_for makes them: the first route in order whose name and placeholders are those
// that are given.

#include "fastapi/app/mount.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

FASTAPI_COLD UrlParam::UrlParam(std::string_view key, std::int64_t number, int)
    : name(key), value(detail::integer_text(number)) {}

FASTAPI_COLD NoMatchFound::NoMatchFound(std::string_view name)
    : std::runtime_error(detail::concat({"fastapi: no route has the name \"", name, "\" and these parameters"})) {}

namespace detail {

// What a name stands for.
struct FoundPath {
    std::string path;
    std::string host;
    bool is_websocket = false;
    bool is_mount = false; // of a scheme like the request's
};

class PathFinder {
  public:
    PathFinder(const UrlParam* params, std::size_t count) : params_(params), count_(count) {}

    // used: bits of the parameters that the mounts above took. The path's beginning is in out already.
    [[gnu::cold]] bool find(const FastAPI& app, std::string_view name, std::uint32_t used, FoundPath& out) const {
        const Router* routers[] = {&AppParts::router(app), AppParts::websocket_router(app)};
        for (const Router* router : routers) {
            if (!router) continue;
            for (const Owned<Route>& route : router->routes())
                if (find(*route, name, used, out)) {
                    if (!route->endpoint->mounted) out.is_websocket = router != routers[0];
                    return true;
                }
        }
        return false;
    }

  private:
    const UrlParam* params_;
    std::size_t count_;

    [[nodiscard]] std::uint32_t all() const { return (std::uint32_t{1} << count_) - 1; }

    // Appends a template with its placeholders' values. skip: a placeholder that stays empty.
    [[gnu::cold]] bool fill(const PathTemplate& path, std::string_view skip, std::uint32_t& used,
                            std::string& out) const {
        std::size_t at = 0;
        for (std::size_t i = 0; i < path.count; ++i) {
            const Placeholder& placeholder = path.placeholders[i];
            out += path.text.substr(at, placeholder.begin - at);
            at = placeholder.end;
            if (placeholder.name == skip) continue;
            std::size_t which = 0;
            while (which < count_ && (params_[which].name != placeholder.name || used >> which & 1U)) ++which;
            if (which == count_) return false;
            std::string_view value = params_[which].value;
            if (!convertor_takes(placeholder.convertor, value)) return false;
            out += value;
            used |= std::uint32_t{1} << which;
        }
        out += path.text.substr(at);
        return true;
    }

    [[gnu::cold]] bool find(const Route& route, std::string_view name, std::uint32_t used, FoundPath& out) const {
        const Mounted* mounted = route.endpoint->mounted;
        std::string before = out.path;
        if (!mounted) {
            if (route.name == name && fill(route.path_template, {}, used, out.path) && used == all()) return true;
            out.path = before;
            return false;
        }
        std::uint32_t taken = used;
        if (!route.name.empty() && route.name == name) { // what it serves: {"path", "/style.css"}
            std::size_t which = 0;
            while (which < count_ && params_[which].name != "path") ++which;
            if (which < count_ && fill_mount(route, *mounted, taken, out)) {
                std::string_view rest = params_[which].value;
                while (rest.starts_with('/')) rest.remove_prefix(1);
                out.path += concat({"/", rest});
                out.is_mount = true;
                if ((taken | std::uint32_t{1} << which) == all()) return true;
            }
        } else if (mounted->app && (route.name.empty() || (name.starts_with(route.name) &&
                                                           name.substr(route.name.size()).starts_with(':')))) {
            if (!route.name.empty()) name.remove_prefix(route.name.size() + 1);
            if (fill_mount(route, *mounted, taken, out) && find(*mounted->app, name, taken, out)) return true;
        }
        out.path = before;
        return false;
    }
    // The path of a mount, without the slash at its end.
    [[gnu::cold]] bool fill_mount(const Route& route, const Mounted& mounted, std::uint32_t& used,
                                  FoundPath& out) const {
        if (!mounted.host.empty()) {
            std::string host;
            if (!fill(mounted.host_template, {}, used, host)) return false;
            out.host = host.substr(1);
        }
        if (!fill(route.path_template, "path", used, out.path)) return false;
        out.path.pop_back();
        return true;
    }
};

FASTAPI_COLD FoundPath find_path(const FastAPI& app, std::string_view name, const UrlParam* params, std::size_t count) {
    FoundPath found;
    if (count > 31 || !PathFinder{params, count}.find(app, name, 0, found))
        throw NoMatchFound(name);
    if (found.path.empty()) found.path = "/";
    if (found.path.starts_with("//")) found.path.insert(1, "%2F").erase(4, 1); // it would be a host
    return found;
}

} // namespace detail

FASTAPI_COLD std::string FastAPI::url_path_for(std::string_view name, std::initializer_list<UrlParam> params) const {
    return detail::find_path(*this, name, params.begin(), params.size()).path;
}

FASTAPI_COLD std::string Request::url_for(std::string_view name, const UrlParam* params, std::size_t count) const {
    const FastAPI* from = outer_app ? outer_app : app;
    if (!from) throw std::logic_error("fastapi: url_for needs a request that an application handles");
    detail::FoundPath found = detail::find_path(*from, name, params, count);
    bool secure = scheme == "https" || scheme == "wss";
    std::string_view protocol = found.is_websocket ? (secure ? "wss" : "ws") : secure ? "https" : "http";
    std::string_view root = outer_app ? outer_root_path : root_path;
    while (root.ends_with('/')) root.remove_suffix(1);
    std::string_view authority = found.host.empty() ? headers.get("host", "localhost") : std::string_view{found.host};
    return detail::concat({found.is_mount ? scheme : protocol, "://", authority, root, found.path});
}

} // namespace fastapi
