#pragma once

// The application: routes are registered on it, and requests go through handle().

#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/app/options.hpp"
#include "fastapi/http/file_response.hpp"
#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/routing/overrides.hpp"
#include "fastapi/routing/router.hpp"

namespace httplib {
class Server;
}

namespace fastapi {

namespace detail {
class WebSocketProtocol;
struct WebSocketHandshake;
struct WebSocketCall;
struct Connection;
class WorkSpace;

// What a server needs of an application with WebSocket routes. It is reached through a pointer that is set when the first
// of them is registered, so that a program without them holds nothing of it.
class WebSocketSupport {
  public:
    virtual ~WebSocketSupport() = default;
    // Whether a request asks for a WebSocket.
    [[nodiscard]] virtual bool wanted(const Request& request) const = 0;
    // The check of the handshake, and the answer when it fails (server/websocket_protocol.hpp).
    [[nodiscard]] virtual WebSocketHandshake check(const Request& request) const = 0;
    [[nodiscard]] virtual Response refuse(const WebSocketHandshake& handshake) const = 0;
    virtual void append_accept(std::string& out, const WebSocketHandshake& handshake, std::string_view subprotocol,
                               const Headers& headers) const = 0;
    [[nodiscard]] virtual Owned<WebSocketProtocol> make_protocol(const WebSocketHandshake& handshake) const = 0;
    // Runs the handler of the request's route to its end, on this thread; the connection is accepted and closed, or denied, when
    // it returns. Never throws: what the handler threw, and the application does not answer, is put into *error.
    virtual void serve(Request& request, WebSocketTransport& transport, std::exception_ptr* error) const = 0;
    // The same for a handler that is a coroutine: begins it, when it is one, and lets it go on until it waits. Null, false:
    // it is none, it is not over.
    virtual Owned<WebSocketCall> start(Request& request, WebSocketTransport& transport) const = 0;
    virtual bool go_on(WebSocketCall& call) const = 0;
    // Two by pointers (see Disposed). A line a route:
    void (*append_routes)(const WebSocketSupport& self, std::string& out);
    // Has a connection of the event loop serve the request (server/websocket.ipp). False: it asks for no WebSocket.
    bool (*take)(const WebSocketSupport& self, Connection& connection, WorkSpace& space, Request& request);
};

struct DocumentationPage;
// The texts with a blank between two.
std::string joined(const std::vector<std::string>& texts);
} // namespace detail

class FastAPI {
  public:
    explicit FastAPI(FastAPIOptions options = {});
    ~FastAPI();
    FastAPI(const FastAPI&) = delete;
    FastAPI& operator=(const FastAPI&) = delete;

    // Each registers a handler under a path and a method. A literal path is checked against the handler at compile
    // time. Throws std::logic_error for what only shows at run time: a model with a wrong default, a wrong pattern.
    //   app.get("/items/{item_id}", [](Path<int, "item_id"> item_id) { … }, {.tags = {"items"}});
    //   app.get<read_item>("/items/{item_id}");                    a function, which gives its name
    //   app.get("/items", &store, &Store::list);                   a member function with its object
// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define FASTAPI_METHOD(function_name_, METHOD)                                                                          \
    template <class F>                                                                                                  \
    void function_name_(RoutePath<std::type_identity_t<std::decay_t<F>>> path, F&& handler, const RouteOptions& options = detail::default_route_options()) { \
        add_route(path.text(), METHOD, detail::make_endpoint(std::forward<F>(handler)), options, {});      \
    }                                                                                                                   \
    template <auto Function>                                                                                            \
    void function_name_(RoutePath<detail::StaticFunction<Function>> path, const RouteOptions& options = detail::default_route_options()) {                  \
        add_route(path.text(), METHOD, detail::make_endpoint(detail::StaticFunction<Function>{}), options, \
                  detail::function_name<Function>());                                                                   \
    }                                                                                                                   \
    template <class C, class M>                                                                                         \
        requires std::is_member_function_pointer_v<M>                                                                   \
    void function_name_(RoutePath<std::type_identity_t<detail::BoundMember<C, M>>> path, C* object, M member,           \
                        const RouteOptions& options = detail::default_route_options()) {                                                                    \
        add_route(path.text(), METHOD, detail::make_endpoint(detail::BoundMember<C, M>{object, member}),              \
                  options, {});                                                                              \
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
    void api_route(RoutePath<std::type_identity_t<std::decay_t<F>>> path, const std::vector<std::string>& methods,
                   F&& handler, const RouteOptions& options = detail::default_route_options()) {
        add_route(path.text(), detail::joined(methods), detail::make_endpoint(std::forward<F>(handler)), options, {});
    }

    // Registers the handler of a WebSocket; it is not in the OpenAPI document. Parameters come from the handshake's request:
    // when they are wrong it is closed with 1008 before it is accepted. A handler has a thread to itself while it runs.
    //   app.websocket("/ws/{client_id}", [](WebSocket& ws, Path<int, "client_id"> client_id) { ws.accept(); … });
    template <class F>
    void websocket(RoutePath<std::type_identity_t<std::decay_t<F>>> path, F&& handler, std::string_view name = {}) {
        add_websocket_route(path.text(), detail::make_websocket_endpoint(std::forward<F>(handler)), name);
    }
    template <auto Function>
    void websocket(RoutePath<detail::StaticFunction<Function>> path, std::string_view name = detail::function_name<Function>()) {
        add_websocket_route(path.text(), detail::make_websocket_endpoint(detail::StaticFunction<Function>{}), name);
    }
    template <class C, class M>
        requires std::is_member_function_pointer_v<M>
    void websocket(RoutePath<std::type_identity_t<detail::BoundMember<C, M>>> path, C* object, M member, std::string_view name = {}) {
        add_websocket_route(path.text(), detail::make_websocket_endpoint(detail::BoundMember<C, M>{object, member}), name);
    }

    // The same with options: {.dependencies = {depends<verify_token>}}.
    template <class F>
    void websocket(RoutePath<std::type_identity_t<std::decay_t<F>>> path, F&& handler, const WebSocketRouteOptions& options) {
        add_websocket_route(path.text(), detail::make_websocket_endpoint(std::forward<F>(handler)), options.name, &options.dependencies);
    }
    template <auto Function>
    void websocket(RoutePath<detail::StaticFunction<Function>> path, const WebSocketRouteOptions& options) {
        add_websocket_route(path.text(), detail::make_websocket_endpoint(detail::StaticFunction<Function>{}),
                            options.name.empty() ? detail::function_name<Function>() : options.name, &options.dependencies);
    }

    // Answers a request; never throws. This is all that a server, a test or a CGI program needs.
    Response handle(Request& request);
    // The same; an exception that no handler of the application answered is put into *error beside the 500.
    Response handle(Request& request, std::exception_ptr* error);

    // The response of a handler that has waited and is done; never throws.
    Response finish(detail::PendingResponse& pending);

    // The OpenAPI document, as text and as JSON. Made once; registering a route makes it anew.
    const std::string& openapi_json();
    json openapi() { return parse_json(openapi_json()); }
    // "GET     /items/{item_id}  read_item", a line a route.
    [[nodiscard]] std::string routes_table() const;

    // Serves until SIGINT or SIGTERM, with the options of the command line; --help lists them. Returns the exit status.
    int run(int argc, char** argv);
    int run();
    // Registers the application on a server that you own, for every path and method. The application must outlive it.
    template <int = 0> // a template, so that programs that do without do not compile it
    void mount_on(httplib::Server& server);

    // What a server needs for WebSockets; null when no route is one.
    [[nodiscard]] const detail::WebSocketSupport* websocket_support() const { return websockets_; }
    // What a server needs for routes that stream bodies; null when there is none.
    [[nodiscard]] const detail::UploadSupport* upload_support() const { return uploads_; }
    // The most bytes that the body of any request may have.
    [[nodiscard]] std::size_t max_body_size() const {
        return options_.limits.max_body_size > largest_upload_ ? options_.limits.max_body_size : largest_upload_;
    }
    // Whether the route of a request streams its body, and how many bytes it takes.
    [[nodiscard]] bool streams_body(Request& request, std::size_t& most) const;
    // What the server of run() has done; zeros while there is none. The portable server does not count.
    [[nodiscard]] ServerCounters server_counters() const;

    [[nodiscard]] const FastAPIOptions& settings() const { return options_; }

    DependencyOverrides dependency_overrides;

  private:
    // methods: with a blank between two.
    void add_route(std::string_view path, std::string_view methods, detail::Owned<detail::Endpoint> endpoint,
                   const RouteOptions& options, std::string_view function_name);
    void add_websocket_route(std::string_view path, detail::Owned<detail::Endpoint> endpoint, std::string_view name,
                             const detail::DependencyList* dependencies = nullptr);
    struct WebSocketRoutes;
    void add_documentation();
    friend struct detail::DocumentationPage;
    Response documentation(const Request& request, const detail::DocumentationPage& page);
    Response dispatch(Request& request);
    Response answer_current_exception(const Request& request, std::exception_ptr* error);
    void collect(const Request& request, Response& response, std::exception_ptr* error);
    Response answer_unmatched(Request& request, const detail::Route* partial);
    [[nodiscard]] std::string full_root_path(const Request& request) const;

    FastAPIOptions options_;
    detail::Router router_;
    detail::WebSocketSupport* websockets_ = nullptr; // owned by cache_
    const detail::UploadSupport* uploads_ = nullptr;
    std::size_t largest_upload_ = 0; // bytes
    struct Cache; // the document, and what mount_on keeps; it needs headers that users of the compiled form need not see
    detail::Owned<Cache> cache_;
};

} // namespace fastapi
