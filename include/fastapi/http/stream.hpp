#pragma once

// Answers whose body is not all there when they begin: streams, and handlers that wait.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fastapi/async/generator.hpp"
#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"

namespace fastapi {

namespace detail {

struct Connection;
class WorkSpace;

// How an answer is to be written.
struct AnswerForm {
    bool keep_alive = true;
    bool is_head = false;     // to a HEAD request: without its body
    bool old_version = false; // HTTP/1.0
};

// The rest of a body, in pieces. Whoever sends it asks for the next piece when the client can take more.
class BodyStream {
  public:
    virtual ~BodyStream();
    enum class Next : std::uint8_t { piece, wait, end };
    // Appends the next piece to out; wait: there is none yet, the operation will tell. Throws when the stream fails.
    virtual Next next(std::string& out) = 0;
    // Has a connection of the event loop send it; takes possession of itself. Defined by the server.
    virtual void occupy(Connection& connection, WorkSpace& space, const AnswerForm& form);
    // Bytes to send while it waits, and after how many milliseconds of silence; none: nothing is sent.
    std::string_view keep_alive;
    int keep_alive_ms = 15000;
    Operation operation;
    Owned<Request> request; // that the coroutine may refer to
};

// A handler that is a coroutine and waits.
class PendingResponse {
  public:
    virtual ~PendingResponse();
    virtual void start() = 0;
    [[nodiscard]] virtual bool done() const = 0;
    // Makes the response of what the coroutine returned; throws what it threw.
    virtual void finish(Response& response) = 0;
    // Has a connection of the event loop wait for it; takes possession of itself. Defined by the server.
    virtual void occupy(Connection& connection, WorkSpace& space, const AnswerForm& form);
    Operation operation;
    Owned<Request> request;
};

// Waits for a pending response, and collects a stream, on this thread.
void wait_for(PendingResponse& pending);
std::string collect(BodyStream& stream);

template <class T>
class GeneratorStream : public BodyStream {
  public:
    explicit GeneratorStream(Generator<T> made) : generator(std::move(made)) {}
    Next next(std::string& out) override {
        if (!waiting_) generator.advance(operation);
        waiting_ = false;
        while (operation.run() && !generator.value() && !generator.done()) {}
        if (generator.done()) {
            generator.rethrow();
            return Next::end;
        }
        if (auto value = generator.value()) {
            write(out, *value);
            return Next::piece;
        }
        waiting_ = true;
        return Next::wait;
    }

  protected:
    virtual void write(std::string& out, const std::remove_cvref_t<T>& value) = 0;
    Generator<T> generator;

  private:
    bool waiting_ = false;
};

class TextStream final : public GeneratorStream<std::string> {
  public:
    using GeneratorStream::GeneratorStream;
    void write(std::string& out, const std::string& value) override { out += value; }
};

} // namespace detail

// Streams the texts of a generator as they are made (Starlette's StreamingResponse).
class StreamingResponse : public Response {
  public:
    explicit StreamingResponse(Generator<std::string> content, int status = 200, Headers extra = {}, std::string_view media_type = "");
};

// One server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct ServerSentEvent {
    json data = json(json::value_t::discarded);         // sent as JSON, unless it is left as it is
    std::optional<std::string> raw_data = std::nullopt; // sent as it is; not beside data
    std::optional<std::string> event = std::nullopt;    // one line
    std::optional<std::string> id = std::nullopt;       // one line, without NUL
    std::optional<int> retry = std::nullopt;            // milliseconds, not negative
    std::optional<std::string> comment = std::nullopt;
};

namespace detail {
// Throws std::invalid_argument for an event that cannot be written.
void write_event(std::string& out, const ServerSentEvent& event);
void write_event_data(std::string& out, std::string_view data);

class EventStream final : public GeneratorStream<ServerSentEvent> {
  public:
    explicit EventStream(Generator<ServerSentEvent> made) : GeneratorStream(std::move(made)) { keep_alive = ": ping\n\n"; }
    void write(std::string& out, const ServerSentEvent& event) override { write_event(out, event); }
};
} // namespace detail

// Streams server-sent events; while there is none a comment is sent every 15 seconds.
class EventSourceResponse : public Response {
  public:
    explicit EventSourceResponse(Generator<ServerSentEvent> content, int status = 200, Headers extra = {});
};

} // namespace fastapi
