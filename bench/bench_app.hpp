// The bench's four endpoints with fastapi.hpp; shared by fastapi_hpp.cpp and in_process.cpp. add_streams() has those that
// load.cpp asks besides.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fastapi.hpp"

namespace bench {

using namespace fastapi;

struct Message {
    std::string message;
};

struct ItemRef {
    int item_id;
    std::string q;
    int limit;
};

struct Item {
    Field<std::string, MinLength(1), MaxLength(100)> name;
    Field<double, Gt(0)> price;
    Field<int, Ge(0)> quantity;
    std::optional<std::string> description;
    std::vector<std::string> tags;
};

struct ItemOut {
    std::string name;
    double price;
    int quantity;
    std::optional<std::string> description;
    std::vector<std::string> tags;
    double total;
};

inline void add_routes(FastAPI& app) {
    app.get("/plaintext", [] { return PlainTextResponse("Hello, World!"); });
    app.get("/json", [] { return Message{"Hello, World!"}; });
    app.get("/items/{item_id}", [](Path<int, "item_id"> item_id, Query<std::string, "q"> q,
                                   Query<int, "limit", Default(10), Ge(1), Le(100)> limit) {
        return ItemRef{*item_id, *q, *limit};
    });
    app.post("/items", [](Item item) {
        double total = *item.price * *item.quantity;
        return ItemOut{std::move(*item.name),       *item.price,          *item.quantity,
                       std::move(item.description), std::move(item.tags), total};
    });
}

// The endpoints of load.cpp; fastapi_app.py has them all. One that is not here is reported as skipped.
//   POST /upload               reads any body, in pieces, and answers {"size": bytes}
//   GET  /download?size=N      N bytes "x", application/octet-stream
//   GET  /sse                  an event every 100 ms whose data is CLOCK_MONOTONIC in nanoseconds, without end
//   /ws                        a WebSocket that echoes text and binary messages
inline void add_streams(FastAPI& app) {
    app.post("/upload", [](RequestStream stream) -> Task<json> {
        std::size_t size = 0;
        while (auto piece = co_await stream.next()) size += piece->size();
        co_return json{{"size", size}};
    });
    app.get("/download", [](Query<std::int64_t, "size", Ge(0)> size) {
        return Response(std::string(static_cast<std::size_t>(*size), 'x'), 200, {}, "application/octet-stream");
    });
    app.get("/sse", []() -> Generator<ServerSentEvent> {
        for (;;) {
            timespec now{};
            ::clock_gettime(CLOCK_MONOTONIC, &now);
            ServerSentEvent event{.raw_data = std::to_string(std::int64_t{now.tv_sec} * 1000000000 + now.tv_nsec)};
            co_yield event;
            co_await fastapi::sleep(std::chrono::milliseconds(100));
        }
    });
    app.websocket("/ws", [](WebSocket& ws) -> Task<> {
        ws.accept();
        for (;;) {
            WebSocketMessage message = co_await ws.next();
            if (message.kind == WebSocketMessage::Kind::disconnect) co_return;
            if (message.kind == WebSocketMessage::Kind::text) ws.send_text(message.data);
            else ws.send_bytes(message.data);
        }
    });
}

} // namespace bench
