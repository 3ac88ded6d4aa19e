#pragma once

// What a router holds, and what an application holds of the routers that it includes.

#include "fastapi/app/api_router.hpp"
#include "fastapi/app/fastapi.ipp"
#include "fastapi/routing/router.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

struct Inclusion;

// What was registered on a router.
struct RouterEntry {
    // Brings it into an application. It stands here so that a program holds the code of the kinds that it uses.
    void (*attach)(Inclusion& place, RouterEntry& entry) = nullptr;
    bool is_operation = false; // of HTTP
    std::string path;          // behind the prefix; of a host its name
    std::string methods;       // with a blank between two
    std::string name;          // of the handler, or the mount
    RouteOptions options;
    Owned<Endpoint> endpoint;
    Shared<RouterCore> router; // that is included
    RouterOptions included;    // what its inclusion adds
    Shared<LifeStep> life;     // a part of its life
};

struct RouterCore : Counted {
    inline explicit RouterCore(RouterOptions given);
    RouterCore(const RouterCore&) = delete;
    RouterCore& operator=(const RouterCore&) = delete;
    // Takes an entry, and tells those that include the router.
    void (*take)(RouterCore& self, Owned<RouterEntry> entry) = nullptr;

    static RouterCore* of(const Registrar& registrar) { return registrar.core_; }
    static void set(Registrar& registrar, RouterCore* core) { registrar.core_ = core; }

    RouterOptions options;
    List<Owned<RouterEntry>> entries;
    List<Inclusion*> inclusions;      // in applications
    FastAPI* documented_by = nullptr; // of webhooks
};

// Forwards to a handler that several routes have, with what the route is in its application.
struct SharedEndpoint final : Endpoint {
    explicit SharedEndpoint(const Endpoint& of) : Endpoint(of.specs, of.spec_count, of.returns), handler(of) {
        write_input = of.write_input;
        uploads = of.uploads;
        is_coroutine = of.is_coroutine;
        support = of.support;
        mounted = of.mounted;
        call_later = of.call_later;
    }
    void call(const Endpoint& endpoint, Exchange& exchange) const override { handler.call(endpoint, exchange); }
    const Endpoint& handler;
};

// A router in an application, once for each time that it is included, directly or by others.
struct Inclusion {
    Inclusion() = default;
    Inclusion(const Inclusion&) = delete;
    Inclusion& operator=(const Inclusion&) = delete;
    inline ~Inclusion();

    Shared<RouterCore> router;
    RouterOptions context; // of all routers above, this inclusion and the router
    Inclusion* parent = nullptr;
    List<Owned<Inclusion>> children;
    FastAPI* app = nullptr;
    std::size_t end[2] = {
        0, 0}; // behind its last route, and its last route for WebSockets, among those of the application
};

// All inclusions of an application, in the order of their routes: below `root`, which stands for the application.
struct IncludedRouters final : AppParts::Attached {
    IncludedRouters() { dispose = &destroy<IncludedRouters>; }
    Inclusion root;
    // What stands at or behind the end of an inclusion that gets one more route is one further now.
    static inline void grow(Inclusion& place, int which);
};

// The route that an entry is below a context.
Owned<Route> make_included_route(const RouterOptions& context, const RouterEntry& entry, const FastAPIOptions& app,
                                 RoutePathRule rule);

} // namespace fastapi::detail
