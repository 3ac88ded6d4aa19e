#pragma once

// How routes are registered: the same for an application, a router, and the webhooks of an application.

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/app/router_options.hpp"
#include "fastapi/app/static_files.hpp"
#include "fastapi/routing/handler.hpp"

namespace fastapi {

class APIRouter;
class FastAPI;

namespace detail {

struct RouterCore;
// The texts with a blank between two.
std::string joined(const std::vector<std::string>& texts);

// What the templates below come down to.
class Registrar {
  public:
    Registrar& operator=(const Registrar&) = delete;

    // Takes over the routes of a router, with what the options add to each; those that it gets later as well. A router may be
    // included several times, and in other routers. Throws std::logic_error for a prefix that is none, a path that is empty
    // together with its prefixes, Path parameters that no placeholder of prefix or path gives, and a router that holds this one.
    //   app.include_router(users, {.prefix = "/api/v1", .tags = {"users"}, .dependencies = {depends<verify_token>}});
    void include_router(const APIRouter& router, const RouterOptions& options = {});

    // Hands all paths below one over to another application, which has its own documents, options and exception handlers, and
    // must outlive this one. The path may have placeholders. Throws std::logic_error for a path that does not start with a slash,
    // and when the other one leads back to this one.
    void mount(std::string_view path, FastAPI& app, std::string_view name = {});
    // The same for the files of a directory: app.mount("/static", StaticFiles("static"), "static").
    template <int Form = 0> // a template, so that programs that do without do not compile it
    void mount(std::string_view path, const StaticFiles& files, std::string_view name = {});
    // Hands all requests to a host over to another application: app.host("api.example.org", api). "{name}.example.org" takes any
    // name. Ports and case do not matter.
    void host(std::string_view host, FastAPI& app, std::string_view name = {});
    // Serves the files that a frontend's build made, where no route matches (app/static_files.hpp).
    template <int Form = 0>
    void frontend(std::string_view path, const FrontendOptions& options);

    // What is often written instead, for a sentence about it.
    template <class Router>
        requires std::is_same_v<Router, APIRouter>
    void mount(std::string_view, const Router&, std::string_view = {}) {
        static_assert(always_false<Router>,
                      "fastapi: a router is included, not mounted: app.include_router(router, {.prefix = \"/path\"})");
    }
    template <class App>
        requires std::is_same_v<App, FastAPI>
    void include_router(const App&, const RouterOptions& = {}) {
        static_assert(always_false<App>, "fastapi: an application is mounted, not included: app.mount(\"/path\", other)");
    }

  protected:
    // methods: with a blank between two.
    using AddRoute = void (*)(Registrar& self, std::string_view path, std::string_view methods, Owned<Endpoint> endpoint,
                              const RouteOptions& options, std::string_view function_name);
    explicit Registrar(AddRoute add) : add_route_(add) {}
    Registrar(const Registrar&) = default; // of a router, which counts
    ~Registrar() = default;
    void add_route(std::string_view path, std::string_view methods, Owned<Endpoint> endpoint, const RouteOptions& options,
                   std::string_view function_name) {
        add_route_(*this, path, methods, std::move(endpoint), options, function_name);
    }
    void add_websocket_route(std::string_view path, Owned<Endpoint> endpoint, std::string_view name,
                             const DependencyList* dependencies = nullptr);
    friend struct RouterCore;

    AddRoute add_route_;
    RouterCore* core_ = nullptr; // of a router; null: an application
};

template <RoutePathRule Rule>
class Registration : public Registrar {
    template <class F>
    using For = RoutePath<std::type_identity_t<F>, Rule>;

  public:
    // Each registers a handler under a path and a method. A literal path is checked against the handler at compile
    // time. Throws std::logic_error for what only shows at run time: a model with a wrong default, a wrong pattern.
    //   app.get("/items/{item_id}", [](Path<int, "item_id"> item_id) { … }, {.tags = {"items"}});
    //   app.get<read_item>("/items/{item_id}");                    a function, which gives its name
    //   app.get("/items", &store, &Store::list);                   a member function with its object
    // In the path of a router a Path parameter may be missing: a prefix may give it, which shows when the router is included.
// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define FASTAPI_METHOD(function_name_, METHOD)                                                                          \
    template <class F>                                                                                                  \
    void function_name_(For<std::decay_t<F>> path, F&& handler, const RouteOptions& options = default_route_options()) { \
        add_route(path.text(), METHOD, make_endpoint(std::forward<F>(handler)), options, {});                           \
    }                                                                                                                   \
    template <auto Function>                                                                                            \
    void function_name_(For<StaticFunction<Function>> path, const RouteOptions& options = default_route_options()) {    \
        add_route(path.text(), METHOD, make_endpoint(StaticFunction<Function>{}), options, detail::function_name<Function>()); \
    }                                                                                                                   \
    template <class C, class M>                                                                                         \
        requires std::is_member_function_pointer_v<M>                                                                   \
    void function_name_(For<BoundMember<C, M>> path, C* object, M member, const RouteOptions& options = default_route_options()) { \
        add_route(path.text(), METHOD, make_endpoint(BoundMember<C, M>{object, member}), options, {});                  \
    }
    FASTAPI_METHOD(get, "GET")
    FASTAPI_METHOD(post, "POST")
    FASTAPI_METHOD(put, "PUT")
    FASTAPI_METHOD(patch, "PATCH")
    FASTAPI_METHOD(delete_, "DELETE")
    FASTAPI_METHOD(options, "OPTIONS")
    FASTAPI_METHOD(head, "HEAD")
    FASTAPI_METHOD(trace, "TRACE")
#undef FASTAPI_METHOD
    // NOLINTEND(cppcoreguidelines-macro-usage)

    // One handler for several methods.
    template <class F>
    void api_route(For<std::decay_t<F>> path, const std::vector<std::string>& methods, F&& handler,
                   const RouteOptions& options = default_route_options()) {
        add_route(path.text(), joined(methods), make_endpoint(std::forward<F>(handler)), options, {});
    }
    template <auto Function>
    void api_route(For<StaticFunction<Function>> path, const std::vector<std::string>& methods,
                   const RouteOptions& options = default_route_options()) {
        add_route(path.text(), joined(methods), make_endpoint(StaticFunction<Function>{}), options, detail::function_name<Function>());
    }

    // Registers the handler of a WebSocket; it is not in the OpenAPI document. Parameters come from the handshake's request:
    // when they are wrong it is closed with 1008 before it is accepted. A handler has a thread to itself while it runs.
    //   app.websocket("/ws/{client_id}", [](WebSocket& ws, Path<int, "client_id"> client_id) { ws.accept(); … });
    template <class F>
    void websocket(For<std::decay_t<F>> path, F&& handler, std::string_view name = {}) {
        add_websocket_route(path.text(), make_websocket_endpoint(std::forward<F>(handler)), name);
    }
    template <auto Function>
    void websocket(For<StaticFunction<Function>> path, std::string_view name = detail::function_name<Function>()) {
        add_websocket_route(path.text(), make_websocket_endpoint(StaticFunction<Function>{}), name);
    }
    template <class C, class M>
        requires std::is_member_function_pointer_v<M>
    void websocket(For<BoundMember<C, M>> path, C* object, M member, std::string_view name = {}) {
        add_websocket_route(path.text(), make_websocket_endpoint(BoundMember<C, M>{object, member}), name);
    }

    // The same with options: {.dependencies = {depends<verify_token>}}.
    template <class F>
    void websocket(For<std::decay_t<F>> path, F&& handler, const WebSocketRouteOptions& options) {
        add_websocket_route(path.text(), make_websocket_endpoint(std::forward<F>(handler)), options.name, &options.dependencies);
    }
    template <auto Function>
    void websocket(For<StaticFunction<Function>> path, const WebSocketRouteOptions& options) {
        add_websocket_route(path.text(), make_websocket_endpoint(StaticFunction<Function>{}),
                            options.name.empty() ? detail::function_name<Function>() : options.name, &options.dependencies);
    }

  protected:
    using Registrar::Registrar;
    ~Registration() = default;
};

} // namespace detail

} // namespace fastapi
