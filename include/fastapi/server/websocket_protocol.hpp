#pragma once

// One WebSocket connection as bytes, without its socket (RFC 6455, RFC 7692): what arrives becomes messages, what is sent
// becomes frames. Pings are answered, a close frame is echoed and a breach of the protocol is answered with a close frame,
// all into a text that the caller sends.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fastapi/app/options.hpp"
#include "fastapi/http/headers.hpp"
#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/http/websocket.hpp"
#include "fastapi/meta/owned.hpp"

namespace fastapi::detail {

enum class WebSocketOpcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct WebSocketEvent {
    enum class Kind : std::uint8_t {
        text,   // a whole message, valid UTF-8
        binary, // a whole message
        ping,   // answered already
        pong,
        close, // of the other side: code (1005 when it gave none) and reason; echoed already
        error, // the other side broke the protocol: data says how, code is what it was told
    };
    Kind kind = Kind::text;
    std::uint16_t code = 0;
    std::string_view data; // valid until the next call of next()
};

// permessage-deflate as negotiated (RFC 7692 7.1).
struct WebSocketDeflate {
    bool enabled = false;
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    int server_max_window_bits = 15;
    int client_max_window_bits = 15;
};

// Checks UTF-8 that comes in pieces: refuses at the first byte that no valid text could go on with (RFC 3629 4).
class Utf8Stream {
  public:
    // Returns false when the bytes do not continue a valid text.
    bool take(const char* p, const char* end);
    // Whether no character is cut off.
    [[nodiscard]] bool complete() const { return missing_ == 0; }
    void reset() { missing_ = 0; }

  private:
    std::uint8_t missing_ = 0; // bytes of the current character
    std::uint8_t low_ = 0x80;  // what its next byte may be
    std::uint8_t high_ = 0xBF;
};

// Compresses and inflates the messages of a connection.
class WebSocketCompression {
  public:
    enum class Result : std::uint8_t { ok, too_big, invalid };
    virtual ~WebSocketCompression() = default;
    // Inflates a piece of a message, behind what is in out, which does not grow beyond limit.
    virtual Result inflate(const char* data, std::size_t size, std::string& out, std::size_t limit) = 0;
    // Inflates what is left of a message whose last piece was given.
    virtual Result finish(std::string& out, std::size_t limit) = 0;
    // Appends a compressed message to out, without the four bytes at its end that are always the same (RFC 7692 7.2.1).
    virtual void deflate(std::string_view message, std::string& out) = 0;
};
// Null when the program was built without zlib.
Owned<WebSocketCompression> make_websocket_compression(const WebSocketDeflate& parameters, bool client);
// Whether the program was built with zlib.
bool websocket_can_compress();

// One frame, header and payload, behind what is in out. mask: four bytes, of a client's frame; null of a server's.
void append_websocket_frame(std::string& out, unsigned first_byte, std::string_view payload, const char* mask = nullptr);
// XORs the bytes with the four bytes of the key in turn, starting with its first.
void mask_websocket_payload(char* data, std::size_t size, std::uint32_t key);

// A class without data, so that whoever calls it does not hold its code. Not thread-safe: calls are serialised by whoever owns
// it, those that send as well as those that receive.
class WebSocketProtocol {
  public:
    enum class Role : std::uint8_t { server, client }; // the client is there for tests; its masking keys are no secret

    virtual ~WebSocketProtocol() = default;

    // Gives the bytes that arrived. They are changed in place and used until next() has returned false.
    virtual void feed(char* data, std::size_t size) = 0;
    // The next thing that happened; false when more bytes are needed. What is to be sent is put behind what is in out.
    virtual bool next(WebSocketEvent& event, std::string& out) = 0;

    // Each puts a frame behind what is in out, or returns false because a close frame was sent.
    virtual bool send(std::string& out, std::string_view message, bool binary) = 0;
    virtual bool ping(std::string& out, std::string_view payload) = 0; // up to 125 bytes, else cut off
    virtual bool pong(std::string& out, std::string_view payload) = 0;
    // A code that no close frame may carry becomes an empty close frame. The reason is cut off behind 123 bytes.
    virtual bool close(std::string& out, unsigned code, std::string_view reason) = 0;

    // A close frame went out: nothing else may.
    [[nodiscard]] virtual bool close_sent() const = 0;
    // A close frame came, or the protocol was broken: nothing more is read. With close_sent() the connection is over, and
    // the server is the one to close it (RFC 6455 7.1.1).
    [[nodiscard]] virtual bool ended() const = 0;
};
// options must outlive what is made.
Owned<WebSocketProtocol> make_websocket_protocol(WebSocketProtocol::Role role, const WebSocketOptions& options,
                                                 const WebSocketDeflate& deflate);

// What came of the check of an upgrade request (RFC 6455 4.2).
struct WebSocketHandshake {
    int status = 101; // else how to refuse: 400, 405, 426
    std::string_view why = {};
    std::string accept_key = {}; // of the answer
    WebSocketDeflate deflate = {};
};

// Whether a request asks for a WebSocket: `Upgrade: websocket` and `Connection: upgrade`.
bool wants_websocket(const Request& request);
WebSocketHandshake check_websocket_handshake(const Request& request, const WebSocketOptions& options);
// The answer to a handshake that is refused.
Response refuse_websocket_handshake(const WebSocketHandshake& handshake);
// The head of the 101 answer, with its empty line, behind what is in out.
void append_websocket_accept(std::string& out, const WebSocketHandshake& handshake, std::string_view subprotocol, const Headers& headers);
// "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" for "dGhlIHNhbXBsZSBub25jZQ==" (RFC 6455 4.2.2).
std::string websocket_accept_key(std::string_view key);

} // namespace fastapi::detail
