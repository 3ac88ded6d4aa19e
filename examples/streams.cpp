// Coroutines and streams: a handler that waits without holding a thread, JSON Lines, server-sent events.
// make run EXAMPLE=streams   then curl -N http://127.0.0.1:8000/clock
#include <chrono>

#include "fastapi.hpp"
using namespace fastapi;
using namespace std::chrono_literals;

struct Reading {
    int number;
    double celsius;
};

Task<double> measure(int sensor) { // something that takes its time
    co_await fastapi::sleep(100ms);
    co_return 20.0 + sensor;
}

int main(int argc, char** argv) {
    FastAPI app{{.title = "Streams"}};

    // Both sensors are asked at once; while they answer, no thread waits.
    app.get("/average", []() -> Task<json> {
        auto [first, second] = co_await gather(measure(1), measure(2));
        co_return json{{"celsius", (first + second) / 2}};
    }, {.summary = "The average of two sensors"});

    // What blocks runs on a thread of its own.
    app.get("/blocking", []() -> Task<int> { co_return co_await run_in_thread([] { return 42; }); });

    // JSON Lines: an item a line, each made when the client can take it.
    app.get("/readings", [](Query<int, "count", Default(10), Ge(1), Le(1000000)> count) -> Generator<Reading> {
        for (int i = 1; i <= *count; ++i) {
            Reading reading{i, co_await measure(i % 2)};
            co_yield reading;
        }
    }, {.summary = "Readings, as they come"});

    // Server-sent events: when the client goes away, the coroutine is destroyed where it waits.
    app.get("/clock", [](Query<int, "count", Default(5)> count) -> Generator<ServerSentEvent> {
        for (int i = 0; i < *count; ++i) {
            ServerSentEvent event{.data = {{"tick", i}}, .id = std::to_string(i)};
            co_yield event;
            co_await fastapi::sleep(1s);
        }
    }, {.summary = "A clock"});

    return app.run(argc, argv);
}
