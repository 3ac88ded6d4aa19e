#pragma once

// Answers whose body is not all there when they begin: streams, and handlers that wait.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/async/generator.hpp"
#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"

namespace fastapi {

namespace detail {

struct Connection;
class WorkSpace;
class FileReader;
class HookLayer;

// How an answer is to be written.
struct AnswerForm {
    bool keep_alive = true;
    bool is_head = false;     // to a HEAD request: without its body
    bool old_version = false; // HTTP/1.0
};

// What a middleware does to the pieces of a stream.
struct BodyFilter {
    void (*dispose)(BodyFilter* self);
    // Replaces a piece; at the end there may be more, whether that one is empty or not.
    void (*feed)(BodyFilter& self, std::string& piece, bool at_end);
};

// The rest of a body, in pieces. Whoever sends it asks for the next piece when the client can take more.
class BodyStream {
  public:
    // What code that every program has calls in place of the virtual functions (see Disposed).
    struct Reach {
        void (*dispose)(BodyStream* self);
        bool (*open)(BodyStream& self, const Request& of, Response& response);
        void (*occupy)(BodyStream& self, Connection& connection, WorkSpace& space, const AnswerForm& form);
        void (*collect)(BodyStream& self, std::string& out);
    };
    BodyStream();
    virtual ~BodyStream();
    static void dispose(BodyStream* self) { self->reach->dispose(self); }
    const Reach* reach;
    enum class Next : std::uint8_t { piece, wait, end };
    // Appends the next piece to out; wait: there is none yet, the operation will tell. Throws when the stream fails.
    virtual Next next(std::string& out) = 0;
    // The same, as it is to be sent.
    Next pull(std::string& out) { return filter ? filtered(out) : next(out); }
    // Has a connection of the event loop send it, which takes possession of it: occupy_with_stream.
    virtual void occupy(Connection& connection, WorkSpace& space, const AnswerForm& form) = 0;
    // Appends all of it, made on this thread: collect_stream.
    virtual void collect(std::string& out) = 0;
    // The request that it answers; called before anything is sent. Returns false when the response has all of its body already.
    virtual bool open(const Request& of, Response& response) = 0;
    std::int64_t length = -1; // bytes in all, when that is known
    // Bytes to send while it waits, and after how many milliseconds of silence; none: nothing is sent.
    std::string_view keep_alive;
    int keep_alive_ms = 15000;
    Operation operation;
    Owned<Request> request; // that the coroutine may refer to
    Disposed<Afterwards> afterwards;
    Disposed<BodyFilter> filter; // whoever sets it sees to `length`, which is not known any more

  private:
    Next filtered(std::string& out);
};

// A handler that is a coroutine and waits.
class PendingResponse {
  public:
    struct Reach {
        void (*dispose)(PendingResponse* self);
        void (*occupy)(PendingResponse& self, Connection& connection, WorkSpace& space, const AnswerForm& form);
    };
    PendingResponse();
    virtual ~PendingResponse();
    static void dispose(PendingResponse* self) { self->reach->dispose(self); }
    const Reach* reach;
    virtual void start() = 0;
    // For another coroutine, in its operation: what is to be resumed; at the end `waiting` goes on.
    virtual std::coroutine_handle<> begin(std::coroutine_handle<> waiting) = 0;
    [[nodiscard]] virtual bool done() const = 0;
    // Makes the response of what the coroutine returned; throws what it threw.
    virtual void finish(Response& response) = 0;
    // Has a connection of the event loop wait for it, which takes possession of it: occupy_with_pending.
    virtual void occupy(Connection& connection, WorkSpace& space, const AnswerForm& form) = 0;
    // Nobody waits for it any more: what it holds goes, in order. why: what those see who tear down. When it has ended, nothing.
    virtual void give_up(std::exception_ptr why);
    // Its time begins.
    void limit(int milliseconds);
    // It has not ended, and its time has.
    [[nodiscard]] bool expired() const { return time_limit_.due > 0 && !done() && steady_milliseconds() >= time_limit_.due; }
    Operation operation;
    Owned<Request> request;
    List<const HookLayer*> around; // middleware that looks at the response when there is one, innermost first
    // In place of finish(), where middleware has to do with it; and when there is to be no response any more.
    void (*complete)(PendingResponse& self, Response& response) = nullptr;
    void (*abandon)(PendingResponse& self) = nullptr;
    TaskSlot background; // of the response that it will make

  private:
    Sleeper time_limit_; // in the operation, so that whoever drives it looks in time
};

// Gives up one that has expired, with 504.
[[noreturn]] void throw_timeout(PendingResponse& pending);
// Waits for a pending response on this thread.
void wait_for(PendingResponse& pending);
void collect_stream(BodyStream& stream, std::string& out);
void occupy_with_stream(BodyStream& stream, Connection& connection, WorkSpace& space, const AnswerForm& form); // see server/
void occupy_with_file(BodyStream& stream, FileReader& file, Connection& connection);
void occupy_with_pending(PendingResponse& pending, Connection& connection, WorkSpace& space, const AnswerForm& form);

// A Task that makes a response; Base says how, with finish().
template <class R, class Base = PendingResponse>
class TaskResponse : public Base {
  public:
    void start() override { task.start(this->operation); }
    std::coroutine_handle<> begin(std::coroutine_handle<> waiting) override {
        auto awaiter = task.operator co_await();
        return awaiter.await_suspend(waiting);
    }
    [[nodiscard]] bool done() const override { return task.done(); }
    void occupy(Connection& connection, WorkSpace& space, const AnswerForm& form) override {
        occupy_with_pending(*this, connection, space, form);
    }
    R task;
};

// A generator's values, written one after the other.
template <class T, class Base = BodyStream>
class GeneratorStream : public Base {
  public:
    using Next = BodyStream::Next;
    GeneratorStream() = default;
    explicit GeneratorStream(Generator<T> made) : generator(std::move(made)) {}
    Next next(std::string& out) override {
        if (!waiting_) generator.advance(this->operation);
        this->operation.run();
        waiting_ = !generator.done() && !generator.value();
        if (waiting_) return Next::wait;
        if (generator.done()) {
            // At a good end what comes afterwards waits until all was sent.
            if (this->afterwards && generator.error()) this->afterwards->conclude(this->afterwards.get(), generator.error(), nullptr);
            generator.rethrow();
            return Next::end;
        }
        write(out, *generator.value());
        return Next::piece;
    }
    void occupy(Connection& connection, WorkSpace& space, const AnswerForm& form) override {
        occupy_with_stream(*this, connection, space, form);
    }
    void collect(std::string& out) override { collect_stream(*this, out); }
    bool open(const Request&, Response&) override { return true; }
    Generator<T> generator;

  protected:
    virtual void write(std::string& out, const std::remove_cvref_t<T>& value) = 0;

  private:
    bool waiting_ = false;
};

// Templates, like the constructors that use them, so that programs that stream nothing do not compile them.
template <class Text>
class TextStream final : public GeneratorStream<Text> {
  public:
    using GeneratorStream<Text>::GeneratorStream;
    void write(std::string& out, const Text& value) override { out += value; }
};

} // namespace detail

// Streams the texts of a generator as they are made (Starlette's StreamingResponse).
class StreamingResponse : public Response {
  public:
    template <class Text>
        requires(std::is_same_v<Text, std::string>)
    explicit StreamingResponse(Generator<Text> content, int status = 200, Headers extra = {}, std::string_view media_type = "")
        : Response("", status, std::move(extra), media_type) {
        stream = detail::Disposed<detail::BodyStream>(new detail::TextStream<Text>(std::move(content)));
    }
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
// As Python's json.dumps writes it: a space behind commas and colons, and ASCII alone.
void write_python_json(std::string& out, const json& value);

template <class Event>
class EventStream final : public GeneratorStream<Event> {
  public:
    explicit EventStream(Generator<Event> made) : GeneratorStream<Event>(std::move(made)) { this->keep_alive = ": ping\n\n"; }
    void write(std::string& out, const Event& event) override { write_event(out, event); }
};
// The headers of an event stream.
void add_event_stream_headers(Headers& headers);
} // namespace detail

// Streams server-sent events; while there is none a comment is sent every 15 seconds.
class EventSourceResponse : public Response {
  public:
    template <class Event>
        requires(std::is_same_v<Event, ServerSentEvent>)
    explicit EventSourceResponse(Generator<Event> content, int status = 200, Headers extra = {})
        : Response("", status, std::move(extra), "text/event-stream") {
        detail::add_event_stream_headers(headers);
        stream = detail::Disposed<detail::BodyStream>(new detail::EventStream<Event>(std::move(content)));
    }
};

} // namespace fastapi
