// Ports of FastAPI's documented streams: JSON Lines and server-sent events.

#include <sstream>

#include "conformance.hpp"

using namespace fastapi;

namespace conformance {

namespace {

namespace described {
struct Item {
    std::string name;
    Field<std::optional<std::string>, Required> description;
};
} // namespace described
const described::Item described_items[] = {{"Plumbus", "A multi-purpose household device."},
                                         {"Portal Gun", "A portal opening device."},
                                         {"Meeseeks Box", "A box that summons a Meeseeks."}};

json untyped(const described::Item& item) { return json{{"name", item.name}, {"description", *item.description.value()}}; }

namespace stream_json_lines_tutorial001 {
Generator<described::Item> stream_items() {
    for (described::Item item : described_items) co_yield item;
}
Generator<json> stream_items_no_annotation() {
    for (const described::Item& item : described_items) {
        json one = untyped(item);
        co_yield one;
    }
}
void setup(FastAPI& app) {
    app.get("/items/stream", &stream_items, {.name = "stream_items"});
    app.get("/items/stream-no-async", &stream_items, {.name = "stream_items_no_async"});
    app.get("/items/stream-no-annotation", &stream_items_no_annotation, {.name = "stream_items_no_annotation"});
    app.get("/items/stream-no-async-no-annotation", &stream_items_no_annotation, {.name = "stream_items_no_async_no_annotation"});
}
} // namespace stream_json_lines_tutorial001

namespace server_sent_events_tutorial001 {
EventSource<described::Item> sse_items() {
    for (described::Item item : described_items) co_yield item;
}
EventSource<json> sse_items_no_annotation() {
    for (const described::Item& item : described_items) {
        json one = untyped(item);
        co_yield one;
    }
}
void setup(FastAPI& app) {
    app.get("/items/stream", &sse_items, {.name = "sse_items"});
    app.get("/items/stream-no-async", &sse_items, {.name = "sse_items_no_async"});
    app.get("/items/stream-no-annotation", &sse_items_no_annotation, {.name = "sse_items_no_annotation"});
    app.get("/items/stream-no-async-no-annotation", &sse_items_no_annotation, {.name = "sse_items_no_async_no_annotation"});
}
} // namespace server_sent_events_tutorial001

namespace priced {
struct Item {
    std::string name;
    double price;
};
} // namespace priced
const priced::Item priced_items[] = {{"Plumbus", 32.99}, {"Portal Gun", 999.99}, {"Meeseeks Box", 49.99}};

namespace server_sent_events_tutorial002 {
Generator<ServerSentEvent> stream_items() {
    ServerSentEvent comment{.comment = "stream of item updates"};
    co_yield comment;
    int id = 0;
    for (const priced::Item& item : priced_items) {
        ServerSentEvent event{.data = model_dump(item), .event = "item_update", .id = std::to_string(++id), .retry = 5000};
        co_yield event;
    }
}
void setup(FastAPI& app) { app.get("/items/stream", &stream_items, {.name = "stream_items"}); }
} // namespace server_sent_events_tutorial002

namespace server_sent_events_tutorial003 {
Generator<ServerSentEvent> stream_logs() {
    for (const char* line : {"2025-01-01 INFO  Application started", "2025-01-01 DEBUG Connected to database",
                             "2025-01-01 WARN  High memory usage detected"}) {
        ServerSentEvent event{.raw_data = line};
        co_yield event;
    }
}
void setup(FastAPI& app) { app.get("/logs/stream", &stream_logs, {.name = "stream_logs"}); }
} // namespace server_sent_events_tutorial003

namespace server_sent_events_tutorial004 {
Generator<ServerSentEvent> stream_items(Header<std::optional<int>, "last_event_id"> last_event_id) {
    for (int id = last_event_id->has_value() ? **last_event_id + 1 : 0; id < 3; ++id) {
        ServerSentEvent event{.data = model_dump(priced_items[id]), .id = std::to_string(id)};
        co_yield event;
    }
}
void setup(FastAPI& app) { app.get("/items/stream", &stream_items, {.name = "stream_items"}); }
} // namespace server_sent_events_tutorial004

namespace server_sent_events_tutorial005 {
struct Prompt {
    std::string text;
};
Generator<ServerSentEvent> stream_chat(Prompt prompt) {
    std::istringstream words(prompt.text);
    for (std::string word; words >> word;) {
        ServerSentEvent event{.data = word, .event = "token"};
        co_yield event;
    }
    ServerSentEvent done{.raw_data = "[DONE]", .event = "done"};
    co_yield done;
}
void setup(FastAPI& app) { app.post("/chat/stream", &stream_chat, {.name = "stream_chat"}); }
} // namespace server_sent_events_tutorial005

} // namespace

void add_docs_streams(Ports& ports) {
    ports.push_back({"docs/stream_json_lines/tutorial001", &stream_json_lines_tutorial001::setup});
    ports.push_back({"docs/server_sent_events/tutorial001", &server_sent_events_tutorial001::setup});
    ports.push_back({"docs/server_sent_events/tutorial002", &server_sent_events_tutorial002::setup});
    ports.push_back({"docs/server_sent_events/tutorial003", &server_sent_events_tutorial003::setup});
    ports.push_back({"docs/server_sent_events/tutorial004", &server_sent_events_tutorial004::setup});
    ports.push_back({"docs/server_sent_events/tutorial005", &server_sent_events_tutorial005::setup});
}

} // namespace conformance
