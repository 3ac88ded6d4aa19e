#pragma once

// WebSocket routes: a router of their own, and what runs a handler (wire.md 16).

#include "fastapi/app/fastapi.hpp"
#include "fastapi/app/router_core.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/server/websocket_protocol.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {
void occupy_with_websocket(const WebSocketSupport& support, Connection& connection, WorkSpace& space, Request& request);
} // namespace detail

// Its functions are declared inline, so that none of them carries the table of the virtual ones into every program.
struct FastAPI::WebSocketRoutes final : FastAPI::Attached, detail::WebSocketSupport {
    static constexpr std::string_view method = "WEBSOCKET";

    explicit WebSocketRoutes(FastAPI& application) : app(application) {
        dispose = &destroy<WebSocketRoutes>;
        append_routes = [](const WebSocketSupport& self, std::string& out) {
            detail::append_route_lines(out, static_cast<const WebSocketRoutes&>(self).routes);
        };
        take = [](const WebSocketSupport& self, detail::Connection& connection, detail::WorkSpace& space, Request& request) {
            if (!self.wanted(request)) return false;
            detail::occupy_with_websocket(self, connection, space, request);
            return true;
        };
    }

    bool wanted(const Request& request) const override { return detail::wants_websocket(request); }
    detail::WebSocketHandshake check(const Request& request) const override {
        return detail::check_websocket_handshake(request, app.options_.websocket);
    }
    Response refuse(const detail::WebSocketHandshake& handshake) const override { return detail::refuse_websocket_handshake(handshake); }
    void append_accept(std::string& out, const detail::WebSocketHandshake& handshake, std::string_view subprotocol,
                       const Headers& headers) const override {
        detail::append_websocket_accept(out, handshake, subprotocol, headers);
    }
    detail::Owned<detail::WebSocketProtocol> make_protocol(const detail::WebSocketHandshake& handshake) const override {
        return detail::make_websocket_protocol(detail::WebSocketProtocol::Role::server, app.options_.websocket, handshake.deflate);
    }
    const detail::Router& router() const override { return routes; }
    void extend(FastAPI& other) const override { detail::AppParts::make_websockets(other); }
    void add_mount(detail::Owned<detail::Route> route, std::size_t at) override {
        if (at > routes.routes().size()) at = routes.routes().size();
        routes.insert(std::move(route), at);
    }
    inline void serve(Request& request, WebSocketTransport& transport, std::exception_ptr* error) const override;

    inline detail::Owned<detail::WebSocketCall> start(Request& request, WebSocketTransport& transport) const override;
    inline bool go_on(detail::WebSocketCall& call) const override;

    // Calls the handler; a coroutine is put into the response. False: it was refused. What it throws is the caller's to answer.
    inline bool call(WebSocket& socket, Response& response) const;
    inline const detail::Endpoint* find(Request& request) const;
    inline void prepare(Request& request) const;
    inline void conclude(WebSocket& socket) const;
    template <class Step>
    void guard(WebSocket& socket, std::exception_ptr* error, Step step) const;
    // Answers what is neither of ours nor the end of the connection.
    inline void answer_failure(WebSocket& socket, const char* what) const;

    FastAPI& app;
    detail::Router routes;
};

FASTAPI_COLD FastAPI::WebSocketRoutes& FastAPI::make_websockets() {
    if (!websockets_) {
        auto* made = new WebSocketRoutes(*this);
        attach(made);
        websockets_ = made;
        if (mounts_) mounts_->copy(*this, made->routes);
    }
    return static_cast<WebSocketRoutes&>(*websockets_);
}

namespace detail {
FASTAPI_COLD void AppParts::make_websockets(FastAPI& app) { app.make_websockets(); }
FASTAPI_COLD void AppParts::install_websocket(FastAPI& app, Owned<Route> route, std::size_t at) {
    Router& router = app.make_websockets().routes;
    Route& added = at == behind ? router.add(std::move(route)) : router.insert(std::move(route), at);
    if (added.name.empty() && !added.methods.empty()) added.name = name_from_path(added.methods.front(), added.format);
}
FASTAPI_COLD void attach_websocket(Inclusion& place, RouterEntry& entry) {
    AppParts::install_websocket(*place.app, make_included_route(place.context, entry, AppParts::options(*place.app), RoutePathRule::whole),
                                place.end[1]);
    IncludedRouters::grow(place, 1);
}

FASTAPI_COLD void Registrar::add_websocket_route(std::string_view path, Owned<Endpoint> endpoint, std::string_view name,
                                                 const DependencyList* dependencies) {
    RouteOptions options;
    options.include_in_schema = false;
    if (dependencies) options.dependencies = *dependencies;
    if (!core_) {
        auto& app = static_cast<FastAPI&>(*this);
        return AppParts::install_websocket(app, make_route({}, path, FastAPI::WebSocketRoutes::method, std::move(endpoint),
                                                           options, name, AppParts::options(app), RoutePathRule::whole));
    }
    Owned<RouterEntry> entry(new RouterEntry);
    entry->options = options;
    entry->attach = &attach_websocket;
    entry->path = path;
    entry->methods = FastAPI::WebSocketRoutes::method;
    entry->name = name;
    entry->endpoint = std::move(endpoint);
    core_->take(*core_, std::move(entry));
}
} // namespace detail

// Null: nothing matches. Of a mounted application's route, the request is in that application then.
inline const detail::Endpoint* FastAPI::WebSocketRoutes::find(Request& request) const {
    auto match = routes.find(request.route_path(), method, &request);
    if (!match.full) return nullptr;
    const detail::Endpoint& endpoint = *match.full->endpoint;
    return endpoint.mounted ? app.mounts_->find_websocket(endpoint, request) : &endpoint;
}

inline bool FastAPI::WebSocketRoutes::call(WebSocket& socket, Response& response) const {
    Request& request = socket.request();
    if (app.middleware_) {
        Response refusal;
        if (!app.middleware_->before_websocket(*app.middleware_->first, request, refusal)) {
            socket.send_denial_response(std::move(refusal));
            return false;
        }
    }
    const detail::Endpoint* found = find(request);
    if (!found) {
        socket.close();
        return false;
    }
    detail::Exchange exchange{request, response};
    exchange.websocket = &socket;
    const detail::Endpoint& endpoint = *found;
    if (endpoint.dependencies) {
        endpoint.call_later(endpoint, exchange);
    } else {
        endpoint.call(endpoint, exchange);
    }
    if (exchange.errors.empty()) return true;
    detail::close_with_errors(socket, exchange.errors);
    return false;
}

inline void FastAPI::WebSocketRoutes::answer_failure(WebSocket& socket, const char* what) const {
    Response response = detail::answer_failure(socket.request(), what, app.options_.debug);
    if (socket.application_state() == WebSocketState::connecting) return socket.send_denial_response(std::move(response));
    if (socket.application_state() == WebSocketState::connected) socket.close(1011);
}

// What a handler throws becomes the end of its socket.
template <class Step>
void FastAPI::WebSocketRoutes::guard(WebSocket& socket, std::exception_ptr* error, Step step) const {
    auto open = [&] { return socket.application_state() == WebSocketState::connected; };
    auto undecided = [&] { return socket.application_state() == WebSocketState::connecting; };
    std::string what;
    try {
        try {
            try {
                step();
            } catch (...) {
                if (!app.exceptions_ || !app.exceptions_->close(*app.exceptions_, socket)) throw;
            }
        } catch (const WebSocketException& exception) {
            if (open() || undecided()) socket.close(exception.code, exception.reason);
        } catch (const WebSocketDisconnect&) { // the client left, and the handler let that end it
            if (open() && socket.client_state() == WebSocketState::connected) socket.close();
            if (undecided()) socket.close();
        } catch (const HTTPException& exception) {
            if (!undecided()) throw;
            socket.send_denial_response(detail::answer_exception(exception));
        }
        return;
    } catch (const std::exception& exception) {
        if (error) *error = std::current_exception();
        what = exception.what();
    } catch (...) {
        if (error) *error = std::current_exception();
        what = "an exception that is no std::exception";
    }
    answer_failure(socket, what.c_str()); // whoever is given the error with that may free it: it is no longer being handled here
}

inline void FastAPI::WebSocketRoutes::prepare(Request& request) const {
    request.app = &app;
    if (request.outer_app) { // it was looked at already
        request.root_path = request.outer_root_path;
        request.mounted_path = {};
        request.mounted_params = 0;
        request.outer_app = nullptr;
    }
    if (app.life_ && app.life_->running) request.state.inherit(&app.life_->state);
    if (request.root_path.empty()) request.root_path = app.options_.root_path;
    if (request.scheme == "http") request.scheme = "ws";
    if (request.scheme == "https") request.scheme = "wss";
    request.prepare();
}

// Behind the handler.
inline void FastAPI::WebSocketRoutes::conclude(WebSocket& socket) const {
    if (socket.application_state() == WebSocketState::connecting)
        throw std::logic_error("the handler of a WebSocket returned without accept() or close()");
    if (socket.application_state() == WebSocketState::connected && socket.client_state() == WebSocketState::connected) socket.close();
}

inline void FastAPI::WebSocketRoutes::serve(Request& request, WebSocketTransport& transport, std::exception_ptr* error) const {
    WebSocket socket(request, transport);
    guard(socket, error, [&] {
        prepare(request);
        Response response;
        if (!call(socket, response)) return;
        if (response.pending) {
            response.pending->start();
            detail::wait_for(*response.pending);
            response.pending->finish(response);
        }
        conclude(socket);
    });
}

namespace detail {
struct WebSocketCall {
    WebSocketCall(Request& request, WebSocketTransport& transport) : socket(request, transport) {}
    WebSocket socket;
    Response response;
};
} // namespace detail

inline detail::Owned<detail::WebSocketCall> FastAPI::WebSocketRoutes::start(Request& request, WebSocketTransport& transport) const {
    prepare(request);
    const detail::Endpoint* endpoint = find(request);
    prepare(request); // out of a mounted application
    if (!endpoint || !endpoint->is_coroutine) return {};
    detail::Owned<detail::WebSocketCall> made(new detail::WebSocketCall(request, transport));
    guard(made->socket, nullptr, [&] {
        if (call(made->socket, made->response)) made->response.pending->start();
    });
    return made;
}

inline bool FastAPI::WebSocketRoutes::go_on(detail::WebSocketCall& call) const {
    if (!call.response.pending) return true;
    call.response.pending->operation.run();
    if (!call.response.pending->done()) return false;
    guard(call.socket, nullptr, [&] {
        call.response.pending->finish(call.response);
        conclude(call.socket);
    });
    call.response.pending = {};
    return true;
}

} // namespace fastapi
