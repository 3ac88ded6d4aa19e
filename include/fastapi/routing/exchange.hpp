#pragma once

// One request on its way through a handler: what the resolver reads from and the handler writes to.

#include <exception>

#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/http/websocket.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/model/errors.hpp"

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

// Reads the request into the slots of the endpoint's parameters. Returns false when the answer is already there: a 422
// with every error, a 400 for a body that cannot be read.
bool resolve(const Endpoint& endpoint, Exchange& exchange, void* const* slots);
// The same for a handler that takes the body.
bool resolve_with_body(const Endpoint& endpoint, Exchange& exchange, void* const* slots);
// Writes a value as the JSON answer.
void respond(const Endpoint& endpoint, Exchange& exchange, const Type& type, const void* value);
void respond_json(const Endpoint& endpoint, Exchange& exchange, const json& value);
void respond_null(const Endpoint& endpoint, Exchange& exchange);
void respond_string(const Endpoint& endpoint, Exchange& exchange, std::string_view text);
void respond_with(const Endpoint& endpoint, Exchange& exchange, Response&& response);
void respond_stream(const Endpoint& endpoint, Exchange& exchange, Disposed<BodyStream> stream);

} // namespace fastapi::detail
