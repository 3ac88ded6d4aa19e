// Answers that come piece by piece: JSON Lines, text, server-sent events; a handler that waits without a thread.
#include <chrono>

#include "fastapi.hpp"
using namespace fastapi;
using namespace std::chrono_literals;

struct Line {
    int number;
    std::string text;
};

// [jsonl]
Generator<Line> read_lines(Query<int, "count", Default(3), Le(1000)> count) {
    for (int n = 1; n <= *count; ++n) {
        Line line{n, "some words"};
        co_yield line;
        co_await fastapi::sleep(10ms); // no thread waits
    }
}
// [/jsonl]

// [text]
Generator<std::string> read_text() {
    for (int page = 1; page <= 3; ++page) co_yield "page " + std::to_string(page) + "\n";
}
// [/text]

// [events]
Generator<ServerSentEvent> ticks(Query<int, "count", Default(2)> count) {
    for (int n = 1; n <= *count; ++n) {
        ServerSentEvent event{.data = {{"tick", n}}, .event = "tick", .id = std::to_string(n)};
        co_yield event;
        co_await fastapi::sleep(10ms);
    }
}
// [/events]

// [task]
Task<int> weigh(int grams) {
    co_await fastapi::sleep(10ms); // a scale that is slow
    co_return grams;
}

Task<json> weigh_both() {
    auto [first, second] = co_await gather(weigh(290), weigh(340)); // side by side
    json answer{{"grams", first + second}};
    co_return answer;
}
// [/task]

int main(int argc, char** argv) {
    FastAPI app;
    app.get<read_lines>("/lines");
    app.get<read_text>("/text", {.response_class = response_class<StreamingResponse>});
    app.get<ticks>("/ticks");
    app.get<weigh_both>("/weight");
    return app.run(argc, argv);
}
