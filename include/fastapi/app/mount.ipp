#pragma once

// A mounted application sees the request with a longer root_path and the rest of the path; it answers what its handlers throw
// itself. WebSockets find their way through the mounts in app/websocket.ipp.

#include "fastapi/app/mount.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// --- the request below a mount --------------------------------------------------------------------------------------------------

// Where a request is; put back when its time with another application is over.
class RequestPlace {
  public:
    explicit RequestPlace(Request& request)
        : request_(request), app_(request.app), root_path_(request.root_path), mounted_path_(request.mounted_path),
          outer_app_(request.outer_app), outer_root_path_(request.outer_root_path),
          mounted_params_(request.mounted_params) {}
    RequestPlace(const RequestPlace&) = delete;
    RequestPlace& operator=(const RequestPlace&) = delete;
    ~RequestPlace() {
        request_.app = app_;
        request_.root_path = root_path_;
        request_.mounted_path = mounted_path_;
        request_.outer_app = outer_app_;
        request_.outer_root_path = outer_root_path_;
        request_.mounted_params = mounted_params_;
    }

  private:
    Request& request_;
    FastAPI* app_;
    std::string_view root_path_;
    std::string_view mounted_path_;
    FastAPI* outer_app_;
    std::string_view outer_root_path_;
    std::size_t mounted_params_;
};

FASTAPI_COLD std::string_view path_below(const Request& request) {
    return request.path_param_count ? request.path_params[request.path_param_count - 1].second : std::string_view{};
}

// The name in the Host header with a slash before it, in lower case and without a port.
FASTAPI_COLD std::string requested_host(const Request& request) {
    std::string_view host = request.headers.get("host", "");
    std::size_t colon = host.rfind(':');
    if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
        host = host.substr(0, colon);
    return "/" + lower_case(host);
}
FASTAPI_COLD bool is_for_host(const Route& route, const Request& request) {
    const PathTemplate& wanted = route.endpoint->mounted->host_template;
    std::string_view values[max_placeholders];
    return TailMatcher{wanted, values}.match(0, 0, requested_host(request));
}

// Goes below the mount that the request's path and placeholders are those of.
FASTAPI_COLD void enter_mount(const Mounted& mounted, Request& request) {
    if (!request.outer_app) {
        request.outer_app = request.app;
        request.outer_root_path = request.root_path;
    }
    std::string_view path = request.route_path();
    std::string_view above = path.substr(0, path.size() - path_below(request).size() - 1);
    if (!above.empty()) request.root_path = request.keep(concat({request.root_path, above}));
    request.mounted_path = path.substr(above.size());
    request.mounted_params = --request.path_param_count;
    if (request.mounted_params + mounted.host_template.count > Request::max_mounted_params)
        throw std::logic_error(
            "fastapi: the paths that applications are mounted at have more than 8 placeholders together");
    if (mounted.host_template.count > 0) {
        std::string_view values[max_placeholders];
        std::string_view host = request.keep(requested_host(request));
        TailMatcher{mounted.host_template, values}.match(0, 0, host);
        for (std::size_t i = 0; i < mounted.host_template.count; ++i)
            request.path_params[request.mounted_params++] = {mounted.host_template.placeholders[i].name, values[i]};
        request.path_param_count = request.mounted_params;
    }
    request.app = mounted.app;
}

// --- the routes -----------------------------------------------------------------------------------------------------------------

struct MountEndpoint final : Endpoint {
    explicit MountEndpoint(FastAPI& app) : Endpoint(nullptr, 0, {}) {
        place.app = &app;
        mounted = &place;
        options.handler_timeout_ms = 0; // as the mounted application says
    }
    Mounted place;
    void call(const Endpoint&, Exchange& exchange) const override {
        RequestPlace back(exchange.request);
        enter_mount(place, exchange.request);
        exchange.response = place.app->handle(exchange.request, exchange.error);
    }
};

FASTAPI_COLD Owned<Route> make_mount_route(std::string_view prefix, std::string_view path, std::string_view name,
                                           Owned<Endpoint> endpoint) {
    if (!path.empty() && path.front() != '/')
        throw std::logic_error(concat({"fastapi: the path \"", path, "\" of a mount must start with a slash"}));
    Owned<Route> route(new Route);
    route->path = concat({prefix, path});
    while (route->path.ends_with('/')) route->path.pop_back();
    route->path += "/{path:path}";
    route->name = name;
    route->in_schema = false;
    endpoint->options.handler_timeout_ms = 0;
    if (endpoint->mounted && !endpoint->mounted->host.empty()) route->matches = &is_for_host;
    route->endpoint = std::move(endpoint);
    return route;
}

// --- what servers ask of an application with mounts -----------------------------------------------------------------------------

struct Mounts final : AppParts::Attached {
    Mounts() { dispose = &destroy<Mounts>; }
    List<FastAPI*> apps;
    std::mutex mutex; // several threads may find at once that WebSockets have been added somewhere
    static Mounts& of(const FastAPI& app) {
        return static_cast<Mounts&>(*AppParts::cache(const_cast<FastAPI&>(app)).mounts);
    }
};

FASTAPI_COLD const WebSocketSupport* mounted_websockets(const FastAPI& app) {
    Mounts& mounts = Mounts::of(app);
    std::lock_guard lock(mounts.mutex);
    for (std::size_t i = 0; i < mounts.apps.size() && !AppParts::websockets(app); ++i)
        if (const WebSocketSupport* below = mounts.apps[i]->websocket_support())
            below->extend(const_cast<FastAPI&>(app));
    return AppParts::websockets(app);
}
FASTAPI_COLD const UploadSupport* mounted_uploads(const FastAPI& app) {
    const UploadSupport* found = AppParts::uploads(app);
    for (FastAPI* below : Mounts::of(app).apps)
        if (!found) found = below->upload_support();
    return found;
}
FASTAPI_COLD std::size_t mounted_largest_body(const FastAPI& app) {
    std::size_t most = AppParts::largest_body(app);
    for (FastAPI* below : Mounts::of(app).apps) most = std::max(most, below->max_body_size());
    return most;
}
FASTAPI_COLD bool mounted_streams_body(const Endpoint& endpoint, Request& request, std::size_t& most) {
    if (!endpoint.mounted->app) return false;
    RequestPlace back(request);
    enter_mount(*endpoint.mounted, request);
    return endpoint.mounted->app->streams_body(request, most);
}
// The mount once more, for WebSockets.
FASTAPI_COLD Owned<Route> copy_mount(const Route& route) {
    Owned<Route> copy(new Route);
    copy->path = route.path;
    copy->name = route.name;
    copy->in_schema = false;
    copy->matches = route.matches;
    copy->endpoint = Owned<Endpoint>(new SharedEndpoint(*route.endpoint));
    return copy;
}
FASTAPI_COLD std::size_t count_mounts(const Router& router, std::size_t before) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < before; ++i) count += router.routes()[i]->endpoint->mounted != nullptr;
    return count;
}
FASTAPI_COLD void count_inclusions(Inclusion& one) {
    one.end[1] = count_mounts(AppParts::router(*one.app), one.end[0]);
    for (Owned<Inclusion>& child : one.children) count_inclusions(*child);
}
FASTAPI_COLD void copy_mounts(const FastAPI& app, Router& websockets) {
    for (const Owned<Route>& route : AppParts::router(app).routes())
        if (route->endpoint->mounted) websockets.add(copy_mount(*route));
    AppParts::Cache& cache = AppParts::cache(const_cast<FastAPI&>(app));
    if (cache.routers)
        for (Owned<Inclusion>& child : static_cast<IncludedRouters*>(cache.routers)->root.children)
            count_inclusions(*child);
}
FASTAPI_COLD const Endpoint* find_mounted_websocket(const Endpoint& endpoint, Request& request) {
    const Endpoint* at = &endpoint;
    while (at && at->mounted) {
        FastAPI* app = at->mounted->app;
        if (!app) return nullptr;
        enter_mount(*at->mounted, request);
        const Router* sockets = AppParts::websocket_router(*app);
        Router::Match match = sockets ? sockets->find(request.route_path(), "WEBSOCKET", &request) : Router::Match{};
        at = match.full ? match.full->endpoint.get() : nullptr;
    }
    return at;
}
inline constexpr MountSupport mount_support{&mounted_websockets,   &mounted_uploads, &mounted_largest_body,
                                            &mounted_streams_body, &copy_mounts,     &find_mounted_websocket};

// --- registration ---------------------------------------------------------------------------------------------------------------

FASTAPI_COLD bool leads_to(FastAPI& from, const FastAPI& app) {
    if (&from == &app) return true;
    if (AppParts::cache(from).mounts)
        for (FastAPI* below : Mounts::of(from).apps)
            if (leads_to(*below, app)) return true;
    return false;
}

FASTAPI_COLD void install_mount(FastAPI& app, Owned<Route> route, std::size_t at, std::size_t websocket_at) {
    FastAPI* below = route->endpoint->mounted->app;
    if (below && leads_to(*below, app))
        throw std::logic_error("fastapi: an application cannot be mounted on itself, directly or through others");
    Route& added = AppParts::install(app, std::move(route), at);
    AppParts::Cache& cache = AppParts::cache(app);
    if (!cache.mounts) {
        cache.mounts = AppParts::attach(app, new Mounts);
        AppParts::mounts(app) = &mount_support;
    }
    if (below) Mounts::of(app).apps.push_back(below);
    if (WebSocketSupport* sockets = AppParts::websockets(app)) sockets->add_mount(copy_mount(added), websocket_at);
}

FASTAPI_COLD void attach_mount(Inclusion& place, RouterEntry& entry) {
    bool sockets = AppParts::websockets(*place.app) != nullptr;
    install_mount(*place.app,
                  make_mount_route(place.context.prefix, entry.path, entry.name,
                                   Owned<Endpoint>(new SharedEndpoint(*entry.endpoint))),
                  place.end[0], place.end[1]);
    IncludedRouters::grow(place, 0);
    if (sockets) IncludedRouters::grow(place, 1);
}

FASTAPI_COLD void add_mount(Registrar& registrar, std::string_view path, std::string_view name,
                            Owned<Endpoint> endpoint) {
    RouterCore* core = RouterCore::of(registrar);
    if (!core)
        return install_mount(static_cast<FastAPI&>(registrar), make_mount_route("", path, name, std::move(endpoint)),
                             AppParts::behind, AppParts::behind);
    Owned<RouterEntry> entry(new RouterEntry);
    entry->attach = &attach_mount;
    entry->path = path;
    entry->name = name;
    entry->endpoint = std::move(endpoint);
    core->take(*core, std::move(entry));
}

FASTAPI_COLD void Registrar::mount(std::string_view path, FastAPI& app, std::string_view name) {
    add_mount(*this, path, name, Owned<Endpoint>(new MountEndpoint(app)));
}

FASTAPI_COLD void Registrar::host(std::string_view host, FastAPI& app, std::string_view name) {
    if (host.empty() || host.front() == '/')
        throw std::logic_error(
            concat({"fastapi: the host \"", host, "\" is a name without a slash: \"api.example.org\""}));
    auto endpoint = new MountEndpoint(app);
    Owned<Endpoint> owned(endpoint);
    endpoint->place.host = "/" + lower_case(host);
    endpoint->place.host_template = parse_path_template(endpoint->place.host);
    check_path_template(endpoint->place.host_template);
    add_mount(*this, "", name, std::move(owned));
}

} // namespace detail

} // namespace fastapi
