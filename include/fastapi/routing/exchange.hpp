#pragma once

// One request on its way through a handler: what the resolver reads from and the handler writes to.

#include <atomic>
#include <exception>

#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/http/websocket.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/model/errors.hpp"

namespace fastapi {
struct DumpOptions;
struct RouteOptions;
} // namespace fastapi

namespace fastapi::detail {

struct Endpoint;
struct Type;

// A body that was read before the handler was called.
struct BodyRead {
    Document document;
    Value value;
};

struct Exchange {
    Request& request;
    Response& response; // what will be answered
    Response* injected = nullptr; // what a handler that takes Response& writes to
    Owned<Request> detached = {}; // the request itself, for a handler that outlives the call
    WebSocket* websocket = nullptr; // of a WebSocket route
    ErrorList errors = {};
    std::size_t max_depth = Document::default_max_depth; // of a JSON body
    int time_limit_ms = 0;               // of the handler; 0: none
    bool strict_content_type = true;     // JSON only when the content type says so
    void* const* dependencies = nullptr; // their values, by argument of the handler
    const BodyRead* body = nullptr;      // when dependencies needed it
    std::exception_ptr* error = nullptr; // for what no handler of a mounted application answered
};

// What an application has of exception handlers that the resolver must know of.
struct ExceptionSupport {
    // Throws a RequestValidationError, where somebody handles that.
    void (*refuse)(const Endpoint& endpoint, Exchange& exchange) = nullptr;
    // Closes a WebSocket whose parameters are wrong, where somebody handles a WebSocketRequestValidationError.
    void (*refuse_socket)(WebSocket& socket, const ErrorList& errors) = nullptr;
    bool (*answer)(const ExceptionSupport& self, Request& request, Response& response) = nullptr; // FastAPI::answer_expected
    // Replaces the response of an exception that nobody expected; null: there is no handler for that.
    void (*fail)(const ExceptionSupport& self, const std::exception_ptr& thrown, Request& request, Response& response) = nullptr;
    // Called while an exception is handled: false: it is not one for which there is a handler.
    bool (*close)(const ExceptionSupport& self, WebSocket& socket) = nullptr;
};
// Answers a RequestValidationError where nobody handles it; set when the first one is made, so that a program without knows nothing
// of it. Called while an exception is handled; false: it is another.
inline std::atomic<bool (*)(Response& response)> answer_validation_error{nullptr};
// Of the request's application; null when it has none.
const ExceptionSupport* exception_support_of(const Request& request);

// Reads the request into the slots of the endpoint's parameters. Returns false when the answer is already there: a 422
// with every error, a 400 for a body that cannot be read.
bool resolve(const Endpoint& endpoint, Exchange& exchange, void* const* slots);
// The same for a handler that takes the body.
bool resolve_with_body(const Endpoint& endpoint, Exchange& exchange, void* const* slots);
// Writes a value as the JSON answer.
// What a route says of its response model.
DumpOptions dump_options(const RouteOptions& options);
void respond(const Endpoint& endpoint, Exchange& exchange, const Type& type, const void* value);
void respond_json(const Endpoint& endpoint, Exchange& exchange, const json& value);
void respond_null(const Endpoint& endpoint, Exchange& exchange);
void respond_string(const Endpoint& endpoint, Exchange& exchange, std::string_view text);
void respond_with(const Endpoint& endpoint, Exchange& exchange, Response&& response);
void respond_stream(const Endpoint& endpoint, Exchange& exchange, Disposed<BodyStream> stream);

} // namespace fastapi::detail
