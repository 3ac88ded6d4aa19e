#pragma once

// A request's body in pieces, as they come from the client: so that an upload is never wholly in memory.
//   app.post("/uploads", [](RequestStream stream) -> Task<json> {       // holds no thread while it waits
//       std::size_t size = 0;
//       while (auto piece = co_await stream.next()) size += piece->size();
//       co_return json{{"size", size}};
//   });
//   app.post("/blocking", [](RequestStream stream) {                    // has a thread to itself
//       std::size_t size = 0;
//       for (std::string_view piece : stream) size += piece.size();
//       return size;
//   });

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>

namespace fastapi {

class FastAPI;
class Request;

// The client went away (Starlette's name): in the middle of its body, which its reader sees, or while a coroutine was at work for it,
// which those see who tear down. A handler that lets it through ends; nobody is answered.
class ClientDisconnect : public std::exception {
  public:
    [[nodiscard]] const char* what() const noexcept override { return "the client went away"; }
};

namespace detail {

struct Connection;
class WorkSpace;
struct RequestHead;

// Where the pieces come from: a connection, a test.
class BodySource {
  public:
    virtual ~BodySource() = default;
    enum class Next : std::uint8_t { piece, end, wait };
    // Takes the next piece, which stays where it is until the next call. wait: nothing has come, and it may not block. Throws what
    // RequestStream::next throws.
    virtual Next next(std::string_view& piece, bool may_block) = 0;
    std::int64_t give_up_at = INT64_MAX; // of the steady clock, in milliseconds: it is not waited for beyond; 504
    std::uint64_t limit = UINT64_MAX; // bytes that its reader gets; 413 beyond
    std::uint64_t given = 0;
    bool blocks = false;             // the thread waits anyway: a coroutine reads as others do
    std::coroutine_handle<> waiting; // to be resumed when there is something to take
};

// What a server needs for routes that stream bodies; it is reached through a pointer that the first of them sets, so that
// a program without them holds nothing of it.
struct UploadSupport {
    // Has a connection of the event loop handle a request whose head has come, if its route streams the body. Returns 0: it does
    // not; 200: it has the connection now; 413: there is too much of it.
    int (*occupy)(Connection& connection, WorkSpace& space, RequestHead& head);
};
const UploadSupport& upload_support();
int occupy_with_upload(Connection& connection, WorkSpace& space, RequestHead& head);

// co_await stream.next()
class PieceAwaiter {
  public:
    explicit PieceAwaiter(Request& request) : request_(request) {}
    PieceAwaiter(const PieceAwaiter&) = delete;
    PieceAwaiter& operator=(const PieceAwaiter&) = delete;
    ~PieceAwaiter();
    [[nodiscard]] bool await_ready();
    void await_suspend(std::coroutine_handle<> waiting);
    std::optional<std::string_view> await_resume();

  private:
    Request& request_;
    std::string_view piece_;
    BodySource::Next next_ = BodySource::Next::wait;
    bool suspended_ = false;
};

} // namespace detail

// As the parameter of a handler it says that the body is not to be read before the handler is called: request.body is empty then.
// In every other handler request.stream() gives the body, which has come by then, as one piece. It stands for the request, as long as
// that lives. A piece stays where it is until the next one is asked for. What the client sends is read when the handler asks, so
// that one which is slow slows the client down. One handler's coroutine, or thread, reads.
//
// Each throws ClientDisconnect when the client is gone; HTTPException 413 for a body beyond RouteOptions::max_body_size (or
// Limits::max_body_size), 408 for a client that sends more slowly than Limits::min_body_rate while it is waited for, 400 for
// chunks that are none. Those are answers too, when the handler lets them through.
class RequestStream {
  public:
    explicit RequestStream(Request& request) : request_(&request) {}

    // The next piece, never empty; nothing at the end: while (auto piece = co_await stream.next()) …
    [[nodiscard]] detail::PieceAwaiter next() { return detail::PieceAwaiter(*request_); }
    // The same, where the thread may block. Returns false at the end.
    bool receive(std::string_view& piece);

    // for (std::string_view piece : stream) …
    class Iterator {
      public:
        explicit Iterator(RequestStream* stream) : stream_(stream) { ++*this; }
        std::string_view operator*() const { return piece_; }
        Iterator& operator++() {
            if (!stream_->receive(piece_)) stream_ = nullptr;
            return *this;
        }
        bool operator==(std::nullptr_t) const { return stream_ == nullptr; }

      private:
        RequestStream* stream_;
        std::string_view piece_;
    };
    Iterator begin() { return Iterator(this); }
    static std::nullptr_t end() { return nullptr; }

  private:
    Request* request_;
};

} // namespace fastapi
