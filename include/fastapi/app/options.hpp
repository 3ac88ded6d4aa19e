#pragma once

// Options of an application, by FastAPI's names, and the limits that a server needs.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fastapi/app/lifespan.hpp"
#include "fastapi/meta/list.hpp"
#include "fastapi/openapi/docs_pages.hpp"
#include "fastapi/routing/options.hpp"

namespace fastapi {

struct Contact {
    std::string name = "";
    std::string url = "";
    std::string email = "";
};
struct License {
    std::string name = "";
    std::string identifier = ""; // SPDX
    std::string url = "";
};
struct ExternalDocs {
    std::string description = "";
    std::string url = "";
};
struct Tag {
    std::string name = "";
    std::string description = "";
    ExternalDocs external_docs = {};
};
struct Server {
    std::string url = "";
    std::string description = "";
};

// What a client may send before it is refused.
struct Limits {
    std::size_t max_body_size = std::size_t{100} * 1024 * 1024; // bytes; 413 beyond
    std::size_t max_json_depth = 990;                           // nested arrays and objects; 400 beyond
    std::size_t max_header_count = 100;                         // 431 beyond
    std::size_t max_head_size = std::size_t{64} * 1024;         // bytes of request line and headers; 431 beyond
    std::size_t max_target_size = 8192;                         // bytes of path and query; 414 beyond
    std::size_t max_chunk_line = 1024;                          // bytes of a chunk's size and extensions; 413 beyond
    std::size_t max_trailer_size = std::size_t{8} * 1024;       // bytes of the headers behind the chunks; 431 beyond
    int keep_alive_timeout_ms = 5000; // how long a connection may stay silent between requests
    int head_timeout_ms = 10000;      // how long a request's head may take, in all; 408 beyond
    int body_grace_ms = 5000;         // how long a request's body may come more slowly than the rate that follows; 408 beyond
    std::size_t min_body_rate = 240;  // bytes a second; 0: as slowly as it likes
    int write_timeout_ms = 20000;     // how long a client may take nothing of an answer
    int handler_timeout_ms = 0;       // how long a handler may take; 504 beyond; 0: as long as it likes
    int stop_timeout_ms = 30000;      // how long requests in flight may take when the server stops
    int max_connections = 65536;      // 503 beyond
    int max_connections_per_client = 0; // with one IP address; 503 beyond; 0: as many as it likes
};

// What run()'s server has done since it started, in all its processes together.
struct ServerCounters {
    std::uint64_t open = 0;     // connections now
    std::uint64_t accepted = 0; // connections
    std::uint64_t turned_away = 0;        // connections beyond a limit
    std::uint64_t turned_away_client = 0; // of those, the ones beyond the limit for one client
    std::uint64_t requests = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t refused = 0;             // requests that never reached the application
    std::uint64_t refused_syntax = 0;      // of those: 400
    std::uint64_t refused_body_size = 0;   // 413
    std::uint64_t refused_target_size = 0; // 414
    std::uint64_t refused_head_size = 0;   // 431
    std::uint64_t timed_out = 0;           // connections cut at a deadline; the end of a silent one is not counted
    std::uint64_t timed_out_head = 0;      // of those: while a head came
    std::uint64_t timed_out_body = 0;
    std::uint64_t timed_out_writing = 0;   // the client took nothing of an answer
};

// What WebSocket connections may do.
struct WebSocketOptions {
    std::size_t max_message_size = std::size_t{16} * 1024 * 1024; // bytes, after inflating; closed with 1009 beyond
    std::size_t max_frame_size = std::size_t{16} * 1024 * 1024;   // bytes as sent; closed with 1009 beyond
    std::size_t max_queue = 32;            // messages that wait for the handler; beyond, no more are read
    int ping_interval_ms = 20000;          // how long a connection may stay silent before it is asked; 0: never
    int ping_timeout_ms = 20000;           // how long the answer to that may take
    int close_timeout_ms = 10000;          // how long the other side's close frame may take
    bool per_message_deflate = true;       // offered compression is accepted (RFC 7692), where zlib is there
    std::size_t deflate_threshold = 1024;  // bytes; shorter messages are sent as they are
    int server_max_window_bits = 12;       // 9 to 15: what compressing keeps of earlier messages, 2^n bytes and as much again
    int client_max_window_bits = 12;       // 8 to 15: what inflating keeps, of clients that can be told
    bool server_no_context_takeover = false; // each message by itself: less memory between messages, less compression
    bool client_no_context_takeover = false;
};

struct FastAPIOptions {
    std::string title = "FastAPI";
    std::string summary = "";
    std::string description = "";
    std::string version = "0.1.0";
    std::string terms_of_service = "";
    Contact contact = {};
    License license_info = {};
    detail::Sequence<Tag> openapi_tags = {};
    detail::Sequence<Server> servers = {};
    ExternalDocs openapi_external_docs = {};
    std::optional<std::string> openapi_url = "/openapi.json"; // std::nullopt: no document and no docs pages
    std::optional<std::string> docs_url = "/docs";
    std::optional<std::string> redoc_url = "/redoc";
    std::optional<std::string> swagger_ui_oauth2_redirect_url = "/docs/oauth2-redirect";
    SwaggerUIParameters swagger_ui_parameters = {}; // json{{"deepLinking", false}}
    SwaggerUIInitOAuth swagger_ui_init_oauth = {};  // json{{"clientId", "…"}}
    std::string swagger_ui_directory = "swagger-ui"; // Swagger UI's files; used for /docs when the directory is there
    bool docs_fallback = true;   // the built-in explorer takes over when Swagger UI does not load within two seconds
    bool docs_explorer = false;  // the built-in explorer is the only page
    std::string root_path = "";  // where a proxy has mounted the application
    bool root_path_in_servers = true;
    bool separate_input_output_schemas = true;
    bool redirect_slashes = true;
    bool strict_content_type = true; // a body is JSON only when its content type says so
    bool debug = false;              // a 500 tells what happened
    GenerateUniqueId generate_unique_id_function = nullptr; // makes the operation_id of routes that have none
    Limits limits = {};
    WebSocketOptions websocket = {};
    detail::DependencyList dependencies = {}; // {depends<verify_token>}: of every route, before those of the route
    detail::ResponseClassRef default_response_class = {}; // response_class<ORJSONResponse>: of routes without one
    detail::LifespanOption<FastAPI> lifespan = {}; // [](FastAPI& app) -> Lifespan { …; co_yield {}; … }: as app.lifespan()
    Responses responses = {};                 // of every route, for the documentation
    detail::CallbackList callbacks = {};      // {router}: what every operation calls back, for the document
    bool deprecated = false;                  // all routes
    bool include_in_schema = true;            // false: none of them
    void (*extend_openapi)(std::string& document) = nullptr; // changes the document: see FastAPI::extend_openapi
};

} // namespace fastapi
