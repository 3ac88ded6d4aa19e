#pragma once

// HTTP/1.1 requests from bytes (RFC 9110, 9112): the head, and content in chunks. It knows no sockets: whoever has bytes
// hands them in as they come, in pieces of any size, and the result is the same however they were cut.
//
// It is strict. What two programs could read in two ways (lengths, transfer codings, line ends, white space, Host) is
// refused, because the one in front of us may have read it the other way: that is how requests are smuggled.
//
//   std::size_t scanned = 0;                                       // a new request begins
//   for (;;) {
//       HeadResult result = parse_request_head(input, scanned, limits, head);
//       if (result.state == HeadState::complete) break;            // head.size bytes of input are the head
//       if (result.state == HeadState::refused) { …answer result.status and close… }
//       …receive, append to input (it may move in memory)…
//   }
//   if (head.chunked) …feed what follows to a ChunkedDecoder until done…
//   else …the content is the head.content_length bytes that follow…
//
// After a refusal the connection is of no use: nobody knows where the next request would begin.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fastapi/app/options.hpp"
#include "fastapi/http/headers.hpp"

namespace fastapi::detail {

// What a request's head says. Its text is views into the bytes that were parsed; valid when the head is complete, and
// as long as those bytes stay where they are. An object serves one request after the other without allocating anew.
struct RequestHead {
    std::string_view method;
    // As sent: path and query, or "*". Of the absolute form (http://host/path) path and query are left, and its host
    // replaces the value of Host (RFC 9112 3.2.2).
    std::string_view target;
    std::string_view version; // "1.1" or "1.0"
    RequestHeaders headers;
    std::size_t size = 0;             // bytes of the head, with empty lines before and behind it
    std::uint64_t content_length = 0; // bytes
    bool has_length = false;          // there is a Content-Length
    bool chunked = false;
    bool keep_alive = true;         // by version and Connection (RFC 9112 9.3)
    bool expect_continue = false;   // the client waits for "100 Continue" before it sends the content
    bool upgrade_websocket = false; // GET, HTTP/1.1, no content, Connection: upgrade, Upgrade: websocket (RFC 6455 4.1)

    [[nodiscard]] bool has_body() const { return chunked || content_length > 0; }

    RequestHead() = default;
    RequestHead(const RequestHead&) = delete;
    RequestHead& operator=(const RequestHead&) = delete;

    // How far the parser has come in an unfinished head; its own business.
    struct Progress {
        const char* begin = nullptr;  // where the bytes were at the last call
        std::size_t line = 0;         // where the line begins that has no end yet
        std::size_t host = 0;         // which header is Host
        unsigned seen = 0;            // bits, see http1.ipp
        unsigned empty_lines = 0;     // before the request line
        bool has_request_line = false;
        bool moved = false;           // the bytes are elsewhere now: views are stale
        std::string_view authority;   // of a target in absolute form
    } progress;
    std::string own_target; // for the target that is no part of the input: http://host?query
};

enum class HeadState : unsigned char { incomplete, complete, refused };
struct HeadResult {
    HeadState state = HeadState::incomplete;
    int status = 0; // how to refuse: 400, 413, 414, 417, 431, 501 or 505
};

// Looks at what has been received of one request. `scanned` is kept by the caller: 0 for a new request, and left as it
// is for the next call with the same bytes and more behind them. A line is judged when it is there whole, so a head is
// refused at its first bad line. Time is linear in the bytes, however many calls bring them.
HeadResult parse_request_head(std::string_view data, std::size_t& scanned, const Limits& limits, RequestHead& head);

// Content in chunks (RFC 9112 7.1), decoded in place as it comes in. Extensions and trailers are checked and dropped.
class ChunkedDecoder {
  public:
    struct Result {
        std::size_t consumed = 0; // bytes read: all, unless done or refused; what is behind belongs to the next request
        std::size_t produced = 0; // bytes of content written to `out`
        bool done = false;
        int status = 0; // not 0: refused, with 400, 413 (content or extensions too large) or 431 (trailers too large)
    };

    explicit ChunkedDecoder(const Limits& limits) : limits_(&limits) {}
    // Begins a new request's content.
    void reset() { *this = ChunkedDecoder(*limits_); }
    // Decodes data[0, size) and moves the content to `out`: data itself, any place in front of it, or another buffer.
    Result feed(char* data, std::size_t size, char* out);
    // Bytes of content so far.
    [[nodiscard]] std::uint64_t total() const { return total_; }

  private:
    enum class State : unsigned char {
        size, extension, size_end, content, content_cr, content_end, // a chunk
        trailer, trailer_name, trailer_value, trailer_end, end,      // behind the last one
        done
    };
    // Takes one byte that is no content. Returns a status to refuse, or 0.
    int take(char c);
    int end_of_size_line();

    const Limits* limits_;
    std::uint64_t left_ = 0;       // bytes of the chunk that are still to come
    std::uint64_t total_ = 0;
    std::size_t line_ = 0;         // bytes of the size line so far
    std::size_t overhead_ = 0;     // bytes of size lines beyond what the content justifies
    std::size_t trailers_ = 0;     // bytes
    std::size_t trailer_count_ = 0;
    int status_ = 0;
    State state_ = State::size;
};

} // namespace fastapi::detail
