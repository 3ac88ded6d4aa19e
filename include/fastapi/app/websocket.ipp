#pragma once

// WebSocket routes: a router of their own, and what runs a handler (wire.md 16).

#include "fastapi/app/fastapi.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/server/websocket_protocol.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {
void occupy_with_websocket(const WebSocketSupport& support, Connection& connection, WorkSpace& space, Request& request);
} // namespace detail

// Its functions are declared inline, so that none of them carries the table of the virtual ones into every program.
struct FastAPI::WebSocketRoutes final : FastAPI::Cache::Attached, detail::WebSocketSupport {
    static constexpr std::string_view method = "WEBSOCKET";

    explicit WebSocketRoutes(FastAPI& application) : app(application) {
        dispose = [](Attached* self) { delete static_cast<WebSocketRoutes*>(self); };
        append_routes = [](const WebSocketSupport& self, std::string& out) {
            detail::append_route_lines(out, static_cast<const WebSocketRoutes&>(self).router);
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
    inline void serve(Request& request, WebSocketTransport& transport, std::exception_ptr* error) const override;

    inline detail::Owned<detail::WebSocketCall> start(Request& request, WebSocketTransport& transport) const override;
    inline bool go_on(detail::WebSocketCall& call) const override;

    // Calls the handler; a coroutine is put into the response. False: it was refused. What it throws is the caller's to answer.
    inline bool call(WebSocket& socket, Response& response) const;
    inline void prepare(Request& request) const;
    inline void conclude(WebSocket& socket) const;
    template <class Step>
    void guard(WebSocket& socket, std::exception_ptr* error, Step step) const;
    // Answers what is neither of ours nor the end of the connection.
    inline void answer_failure(WebSocket& socket, const char* what) const;

    FastAPI& app;
    detail::Router router;
};

FASTAPI_COLD void FastAPI::add_websocket_route(std::string_view path, detail::Owned<detail::Endpoint> endpoint, std::string_view name,
                                               const detail::DependencyList* dependencies) {
    if (!websockets_) {
        auto* made = new WebSocketRoutes(*this);
        made->next = std::exchange(cache_->attached, made);
        websockets_ = made;
    }
    detail::Owned<detail::Route> route(new detail::Route);
    route->path = path;
    route->methods.emplace_back(WebSocketRoutes::method);
    route->in_schema = false;
    route->name = name;
    const detail::DependencyList* lists[] = {&options_.dependencies, dependencies};
    detail::complete_endpoint(*endpoint, detail::parse_path_template(route->path), lists, dependencies ? 2 : 1);
    route->endpoint = std::move(endpoint);
    detail::Route& added = static_cast<WebSocketRoutes*>(websockets_)->router.add(std::move(route));
    if (added.name.empty()) added.name = detail::name_from_path(WebSocketRoutes::method, added.format);
}

inline bool FastAPI::WebSocketRoutes::call(WebSocket& socket, Response& response) const {
    Request& request = socket.request();
    auto match = router.find(request.route_path(), method, &request);
    if (!match.full) {
        socket.close();
        return false;
    }
    detail::Exchange exchange{request, response};
    exchange.websocket = &socket;
    const detail::Endpoint& endpoint = *match.full->endpoint;
    if (endpoint.dependencies) {
        endpoint.call_later(endpoint, exchange);
    } else {
        endpoint.call(exchange);
    }
    if (exchange.errors.empty()) return true;
    socket.close(1008, errors_to_text(exchange.errors));
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
    try {
        try {
            step();
        } catch (const WebSocketException& exception) {
            if (open() || undecided()) socket.close(exception.code, exception.reason);
        } catch (const WebSocketDisconnect&) { // the client left, and the handler let that end it
            if (open() && socket.client_state() == WebSocketState::connected) socket.close();
            if (undecided()) socket.close();
        } catch (const HTTPException& exception) {
            if (!undecided()) throw;
            socket.send_denial_response(detail::answer_exception(exception));
        }
    } catch (const std::exception& exception) {
        if (error) *error = std::current_exception();
        answer_failure(socket, exception.what());
    } catch (...) {
        if (error) *error = std::current_exception();
        answer_failure(socket, "an exception that is no std::exception");
    }
}

inline void FastAPI::WebSocketRoutes::prepare(Request& request) const {
    request.app = &app;
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
    auto match = router.find(request.route_path(), method, &request);
    if (!match.full || !match.full->endpoint->is_coroutine) return {};
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
