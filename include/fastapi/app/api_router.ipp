#pragma once

// Routers. One holds what was registered on it, its entries. An application that includes it makes routes of its own of them,
// which share the handlers, at the place of the inclusion among its other routes; a router tells the applications that include
// it of what it gets later.

#include "fastapi/app/router_core.hpp"
#include "fastapi/openapi/openapi.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_COLD Inclusion::~Inclusion() {
    if (!router) return;
    List<Inclusion*>& all = router->inclusions;
    for (std::size_t i = all.size(); i-- > 0;) {
        if (all[i] != this) continue;
        all[i] = all.back();
        all.pop_back();
    }
}

// Returns whether an inclusion holds the place, or stands behind it.
FASTAPI_COLD bool grow_inclusion(Inclusion& one, const Inclusion& place, int which, bool& behind) {
    bool counts = behind;
    if (&one == &place) {
        counts = behind = true;
    } else {
        for (Owned<Inclusion>& child : one.children) counts = grow_inclusion(*child, place, which, behind) || counts;
    }
    if (counts) ++one.end[which];
    return counts;
}
FASTAPI_COLD void IncludedRouters::grow(Inclusion& place, int which) {
    Inclusion* root = &place;
    while (root->parent) root = root->parent;
    bool behind = false;
    grow_inclusion(*root, place, which, behind);
}

FASTAPI_COLD Inclusion& inclusions_of(FastAPI& app) {
    AppParts::Cache& cache = AppParts::cache(app);
    if (!cache.routers) {
        cache.routers = AppParts::attach(app, new IncludedRouters);
        static_cast<IncludedRouters*>(cache.routers)->root.app = &app;
    }
    return static_cast<IncludedRouters&>(*cache.routers).root;
}

// --- what is merged -----------------------------------------------------------------------------------------------------------

FASTAPI_COLD void check_prefix(const std::string& prefix) {
    if (prefix.empty()) return;
    if (prefix.front() != '/')
        throw std::logic_error(concat({"fastapi: the prefix \"", prefix, "\" of a router must start with a slash"}));
    if (prefix.back() == '/')
        throw std::logic_error(concat(
            {"fastapi: the prefix \"", prefix, "\" of a router must not end with a slash: its routes start with one"}));
}

// Two lists of callbacks as one.
struct JoinedCallbacks final : CallbackRoutes {
    JoinedCallbacks(Shared<CallbackRoutes> outer, Shared<CallbackRoutes> inner)
        : first(std::move(outer)), second(std::move(inner)) {
        dispose = [](Counted* self) { delete static_cast<JoinedCallbacks*>(self); };
        make = [](const CallbackRoutes& self, Route& route) {
            const auto& both = static_cast<const JoinedCallbacks&>(self);
            both.first->make(*both.first, route);
            both.second->make(*both.second, route);
        };
    }
    Shared<CallbackRoutes> first;
    Shared<CallbackRoutes> second;
};
FASTAPI_COLD void join_callbacks(const CallbackList& outer, CallbackList& inner) {
    if (!outer.routes()) return;
    inner.set(inner.routes() ? Shared<CallbackRoutes>(new JoinedCallbacks(outer.routes(), inner.routes()))
                             : outer.routes());
}

// What a router adds comes before what is inside; of what there can be one of only, the inner one counts.
template <class Options>
FASTAPI_COLD void add_outer(const RouterOptions& outer, Options& inner) {
    std::vector<std::string> tags = outer.tags;
    for (const std::string& tag : inner.tags) tags.push_back(tag);
    tags.swap(inner.tags);
    DependencyList dependencies = outer.dependencies;
    dependencies.append(inner.dependencies);
    dependencies.swap(inner.dependencies);
    inner.deprecated = inner.deprecated || outer.deprecated;
    inner.include_in_schema = inner.include_in_schema && outer.include_in_schema;
    if (!inner.generate_unique_id_function) inner.generate_unique_id_function = outer.generate_unique_id_function;
    join_callbacks(outer.callbacks, inner.callbacks);
    inner.responses = outer.responses | inner.responses;
    if constexpr (requires { inner.default_response_class; }) {
        if (!inner.default_response_class.of) inner.default_response_class = outer.default_response_class;
    } else {
        if (!inner.response_class.of) inner.response_class = outer.default_response_class;
    }
}
FASTAPI_COLD RouterOptions joined_context(const RouterOptions& outer, RouterOptions inner) {
    inner.prefix.insert(0, outer.prefix);
    if (!inner.strict_content_type) inner.strict_content_type = outer.strict_content_type;
    add_outer(outer, inner);
    return inner;
}

// The route that an entry is below a context.
FASTAPI_COLD Owned<Route> make_included_route(const RouterOptions& context, const RouterEntry& entry,
                                              const FastAPIOptions& app, RoutePathRule rule) {
    if (context.prefix.empty() && entry.path.empty())
        throw std::logic_error(concat({"fastapi: prefix and path of a route cannot be both empty (",
                                       entry.name.empty() ? entry.methods : entry.name, ")"}));
    RouteOptions options;
    options = entry.options; // which is there already; a constructor would be made for it
    add_outer(context, options);
    Owned<Endpoint> endpoint(new SharedEndpoint(*entry.endpoint));
    endpoint->strict_content_type =
        context.strict_content_type ? *context.strict_content_type : app.strict_content_type;
    return make_route(context.prefix, entry.path, entry.methods, std::move(endpoint), options, entry.name, app, rule);
}

// --- inclusion ----------------------------------------------------------------------------------------------------------------

FASTAPI_COLD void attach_route(Inclusion& place, RouterEntry& entry) {
    AppParts::install(*place.app,
                      make_included_route(place.context, entry, AppParts::options(*place.app), RoutePathRule::whole),
                      place.end[0]);
    IncludedRouters::grow(place, 0);
}

FASTAPI_COLD void attach_router(Inclusion& place, const Shared<RouterCore>& router, const RouterOptions& included) {
    Owned<Inclusion> made(new Inclusion);
    Inclusion& child = *made;
    child.app = place.app;
    child.parent = &place;
    child.context = joined_context(joined_context(place.context, included), router->options);
    if (place.parent) {
        child.end[0] = place.end[0];
        child.end[1] = place.end[1];
    } else {
        const Router* sockets = AppParts::websocket_router(*place.app);
        child.end[0] = AppParts::router(*place.app).routes().size();
        child.end[1] = sockets ? sockets->routes().size() : 0;
    }
    child.router = router;
    router->inclusions.push_back(&child);
    place.children.push_back(std::move(made));
    for (std::size_t i = 0; i < router->entries.size(); ++i) router->entries[i]->attach(child, *router->entries[i]);
}
FASTAPI_COLD void attach_router_entry(Inclusion& place, RouterEntry& entry) {
    attach_router(place, entry.router, entry.included);
}

FASTAPI_COLD void take_entry(RouterCore& core, Owned<RouterEntry> entry) {
    RouterEntry& added = *core.entries.push_back(std::move(entry));
    std::size_t count = core.inclusions.size();
    for (std::size_t i = 0; i < count; ++i) added.attach(*core.inclusions[i], added);
    if (core.documented_by) AppParts::forget_document(*core.documented_by);
}

FASTAPI_COLD RouterCore::RouterCore(RouterOptions given) : take(&take_entry), options(std::move(given)) {
    dispose = [](Counted* self) { delete static_cast<RouterCore*>(self); };
}

FASTAPI_COLD bool contains_router(const RouterCore& core, const RouterCore& other) {
    if (&core == &other) return true;
    for (const Owned<RouterEntry>& entry : core.entries)
        if (entry->router && contains_router(*entry->router, other)) return true;
    return false;
}

FASTAPI_COLD void add_router_route(Registrar& self, std::string_view path, std::string_view methods,
                                   Owned<Endpoint> endpoint, const RouteOptions& options,
                                   std::string_view function_name) {
    Owned<RouterEntry> entry(new RouterEntry);
    entry->attach = &attach_route;
    entry->is_operation = true;
    entry->path = path;
    entry->methods = methods;
    entry->name = function_name;
    entry->options = options;
    entry->endpoint = std::move(endpoint);
    take_entry(*RouterCore::of(self), std::move(entry));
}

FASTAPI_COLD void Registrar::include_router(const APIRouter& router, const RouterOptions& options) {
    check_prefix(options.prefix);
    if (options.lifespan)
        throw std::logic_error("fastapi: a lifespan is a router's, not that of its inclusion: APIRouter router{{.lifespan = …}}");
    Shared<RouterCore> given(router.core_);
    if (!core_) return attach_router(inclusions_of(static_cast<FastAPI&>(*this)), given, options);
    if (contains_router(*given, *core_))
        throw std::logic_error("fastapi: a router cannot include itself, nor a router that includes it already");
    Owned<RouterEntry> entry(new RouterEntry);
    entry->attach = &attach_router_entry;
    entry->router = std::move(given);
    entry->included = options;
    take_entry(*core_, std::move(entry));
}

// --- callbacks and webhooks ---------------------------------------------------------------------------------------------------

// The routes of a router for the document alone.
FASTAPI_COLD void make_documented_routes(const RouterCore& router, const RouterOptions& context,
                                         List<Owned<Route>>& routes) {
    static const FastAPIOptions none{};
    for (const Owned<RouterEntry>& entry : router.entries) {
        if (entry->router) {
            make_documented_routes(*entry->router,
                                   joined_context(joined_context(context, entry->included), entry->router->options),
                                   routes);
        } else if (entry->is_operation) {
            Route& route = *routes.push_back(make_included_route(context, *entry, none, RoutePathRule::any_text));
            route.path_template = parse_path_template(route.path, RoutePathRule::any_text);
            check_path_template(route.path_template);
            route.format = path_format(route.path_template);
            if (route.name.empty()) route.name = name_from_path(route.methods.front(), route.format);
        }
    }
}

FASTAPI_COLD void OpenApiWriter::write_callbacks(OpenApiWriter& self, const Route& of) {
    JsonWriter& writer = self.writer_;
    writer.key("callbacks").begin_object();
    for (std::size_t i = 0; i < of.callbacks.size(); ++i) {
        const Route& route = *of.callbacks[i];
        bool again = false; // the last of a name is there
        for (std::size_t j = i + 1; j < of.callbacks.size(); ++j) again = again || of.callbacks[j]->name == route.name;
        if (again) continue;
        writer.key(route.name).begin_object().key(route.path).begin_object();
        for (const std::string& method : route.methods)
            if (route.in_schema) self.write_operation(route, method);
        writer.end_object().end_object();
    }
    writer.end_object();
}

struct RouterCallbacks final : CallbackRoutes {
    explicit RouterCallbacks(const Shared<RouterCore>& core) : router(core) {
        dispose = [](Counted* self) { delete static_cast<RouterCallbacks*>(self); };
        make = [](const CallbackRoutes& self, Route& route) {
            const RouterCore& of = *static_cast<const RouterCallbacks&>(self).router;
            make_documented_routes(of, of.options, route.callbacks);
            route.write_callbacks = &OpenApiWriter::write_callbacks;
        };
    }
    Shared<RouterCore> router;
};
FASTAPI_COLD CallbackList::CallbackList(std::initializer_list<RouterRef> routers) {
    for (const RouterRef& ref : routers) {
        CallbackList one;
        one.set(Shared<CallbackRoutes>(new RouterCallbacks(Shared<RouterCore>(ref.router->core_))));
        join_callbacks(*this, one);
        routes_ = one.routes();
    }
}

struct AppWebhooks final : AppParts::Cache::Webhooks {
    AppWebhooks(Owned<fastapi::Webhooks> given, const Shared<RouterCore>& router)
        : core(router), webhooks(std::move(given)) {
        dispose = &destroy<AppWebhooks>;
        routes = [](Webhooks& self) -> const List<Owned<Route>>& { return static_cast<AppWebhooks&>(self).document(); };
    }
    const List<Owned<Route>>& document() {
        std::lock_guard lock(mutex); // the same ones, as long as none is added
        if (made.size() != core->entries.size()) {
            made.clear();
            make_documented_routes(*core, core->options, made);
        }
        return made;
    }
    std::mutex mutex;
    List<Owned<Route>> made;
    Shared<RouterCore> core;
    Owned<fastapi::Webhooks> webhooks;
};

} // namespace detail

FASTAPI_COLD Webhooks& FastAPI::webhooks() {
    if (!cache_->webhooks) {
        detail::Owned<Webhooks> made(new Webhooks(&detail::add_router_route));
        detail::Shared<detail::RouterCore> core(new detail::RouterCore({}));
        core->documented_by = this;
        detail::RouterCore::set(*made, core.get());
        auto* webhooks = new detail::AppWebhooks(std::move(made), core);
        detail::AppParts::attach(*this, webhooks);
        cache_->webhooks = webhooks;
    }
    return *static_cast<detail::AppWebhooks*>(cache_->webhooks)->webhooks;
}

FASTAPI_COLD APIRouter::APIRouter(RouterOptions options) : Registration(&detail::add_router_route) {
    detail::check_prefix(options.prefix);
    core_ = new detail::RouterCore(std::move(options));
    core_->references = 1;
    core_->options.lifespan.give_to(*this);
}
FASTAPI_COLD APIRouter::APIRouter(const APIRouter& same) : Registration(same) { ++core_->references; }
FASTAPI_COLD APIRouter::~APIRouter() {
    if (--core_->references == 0) core_->dispose(core_);
}
FASTAPI_COLD const RouterOptions& APIRouter::settings() const { return core_->options; }

template <int Form>
[[gnu::cold]] void APIRouter::add_life(const detail::Shared<detail::LifeStep>& step) {
    detail::Owned<detail::RouterEntry> entry(new detail::RouterEntry);
    entry->attach = [](detail::Inclusion& place, detail::RouterEntry& part) { place.app->add_life<Form>(part.life, true); };
    entry->life = step;
    core_->take(*core_, std::move(entry));
}
#if defined(FASTAPI_IMPLEMENTATION)
template void APIRouter::add_life<0>(const detail::Shared<detail::LifeStep>&);
#endif

} // namespace fastapi
