#pragma once

// A WebSocket as handlers see it, with Starlette's names (wire.md 16). It stands on a transport: the server's, or the one
// of TestClient, which has no sockets.
//   app.websocket("/ws/{client_id}", [](WebSocket& ws, Path<int, "client_id"> client_id) {
//       ws.accept();
//       for (std::string text; ws.receive(text);) ws.send_text("you wrote " + text);
//   });

#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/async/operation.hpp"
#include "fastapi/http/headers.hpp"
#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/json/json.hpp"

namespace fastapi {

// The connection is over: code and reason are those of the other side's close frame; 1005 when it gave no code, 1006 when it
// went away without a close frame (RFC 6455 7.4.1).
class WebSocketDisconnect : public std::exception {
  public:
    explicit WebSocketDisconnect(int close_code = 1000, std::string why = "");
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

    int code;
    std::string reason;

  private:
    std::string text_;
};

// Thrown by a handler: closes the connection, before accept() as well as after it.
class WebSocketException : public std::exception {
  public:
    explicit WebSocketException(int close_code, std::string why = "");
    [[nodiscard]] const char* what() const noexcept override { return reason.c_str(); }

    int code;
    std::string reason;
};

// What arrives.
struct WebSocketMessage {
    enum class Kind : std::uint8_t { text, binary, disconnect };
    Kind kind = Kind::text;
    std::string data;       // of a disconnect: the reason
    std::uint16_t code = 0; // of a disconnect
};

// What carries a WebSocket: whoever runs the handler provides one. send(), close() and on_message() may be called from any
// thread at any time; the others are called by the handler alone.
class WebSocketTransport {
  public:
    virtual ~WebSocketTransport() = default;
    // Answers the handshake. Returns false when the client is gone.
    virtual bool accept(std::string_view subprotocol, const Headers& headers) = 0;
    // Answers the handshake with an HTTP response; nothing is called after that.
    virtual void deny(Response&& response) = 0;
    // Sends a whole message. Returns false when the client is gone or the connection was closed.
    virtual bool send(std::string_view message, bool binary) = 0;
    // Sends a close frame; before accept(), a server answers 403 instead. Returns false when the client is gone.
    virtual bool close(int code, std::string_view reason) = 0;
    // Waits for the next message. Not called again once it has given a disconnect.
    virtual void receive(WebSocketMessage& message) = 0;
    // Calls once, from any thread, when receive() will not wait: at once when that is so already. Null takes the call back.
    virtual void on_message(void (*call)(void* context), void* context) = 0;
};

enum class WebSocketState : std::uint8_t { connecting, connected, disconnected, response };
// How JSON is sent: as a text message or as a binary one.
enum class WebSocketMode : std::uint8_t { text, binary };

class WebSocket;

// The messages of a WebSocket as a range; it ends when the connection does.
template <class T>
class WebSocketMessages {
  public:
    using Next = bool (*)(WebSocket& socket, T& message);
    WebSocketMessages(WebSocket& socket, Next next) : socket_(socket), next_(next) {}

    class Iterator {
      public:
        explicit Iterator(WebSocketMessages* messages) : messages_(messages) { ++*this; }
        T& operator*() const { return messages_->current_; }
        Iterator& operator++() {
            if (!messages_->next_(messages_->socket_, messages_->current_)) messages_ = nullptr;
            return *this;
        }
        bool operator==(std::nullptr_t) const { return messages_ == nullptr; }

      private:
        WebSocketMessages* messages_;
    };
    Iterator begin() { return Iterator(this); }
    static std::nullptr_t end() { return nullptr; }

  private:
    WebSocket& socket_;
    Next next_;
    T current_{};
};

class WebSocket {
  public:
    WebSocket(Request& request, WebSocketTransport& transport);
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;

    // Answers the handshake. subprotocol: one of subprotocols(), or none. Throws std::invalid_argument for another one and for
    // headers that belong to the handshake, std::runtime_error when called twice.
    void accept(std::string_view subprotocol = {}, const Headers& headers = {});
    // Answers the handshake with an HTTP response.
    void send_denial_response(Response response);

    // Waits for the next message, text or binary. Returns false when the connection is over.
    bool receive(std::string& message);
    // The same with its kind; a disconnect is a message as well.
    WebSocketMessage receive();
    // The same in a coroutine, which holds no thread while it waits: WebSocketMessage message = co_await ws.next();
    auto next();
    // Each waits for the next message. Throws WebSocketDisconnect when the connection is over, std::runtime_error for a
    // message of the other kind, std::invalid_argument for what is no JSON.
    std::string receive_text();
    std::string receive_bytes();
    json receive_json(WebSocketMode mode = WebSocketMode::text);
    // The messages to the end of the connection: for (std::string text : ws.iter_text()) …
    WebSocketMessages<std::string> iter_text() { return {*this, &next_text}; }
    WebSocketMessages<std::string> iter_bytes() { return {*this, &next_bytes}; }
    WebSocketMessages<json> iter_json() { return {*this, &next_json}; }

    // Each sends a message; several threads may. Throws WebSocketDisconnect when the client is gone, std::runtime_error
    // before accept() and after close(), std::invalid_argument for a text that is not UTF-8.
    void send_text(std::string_view text);
    void send_bytes(std::string_view bytes);
    void send_json(const json& value, WebSocketMode mode = WebSocketMode::text);
    // Closes the connection; before accept() it refuses the handshake, on the wire with 403. A reason is cut off behind 123
    // bytes. Throws std::invalid_argument for a code that may not be sent (RFC 6455 7.4), std::runtime_error when called twice.
    void close(int code = 1000, std::string_view reason = {});

    [[nodiscard]] Request& request() const { return request_; } // of the handshake
    [[nodiscard]] const MultiParams& query_params() const { return request_.query_params(); }
    [[nodiscard]] const MultiParams& cookies() const { return request_.cookies(); }
    [[nodiscard]] std::optional<std::string_view> path_param(std::string_view name) const { return request_.path_param(name); }
    [[nodiscard]] std::string url() const { return request_.url(); } // ws://… or wss://…
    // What the client offers, in its order of preference.
    [[nodiscard]] std::vector<std::string_view> subprotocols() const;
    [[nodiscard]] FastAPI& app() const { return *request_.app; }
    [[nodiscard]] WebSocketState client_state() const { return client_state_.load(std::memory_order_acquire); }
    [[nodiscard]] WebSocketState application_state() const { return application_state_.load(std::memory_order_acquire); }
    [[nodiscard]] WebSocketTransport& transport() const { return transport_; }

  private:
    Request& request_;
    WebSocketTransport& transport_;
    std::atomic<WebSocketState> client_state_{WebSocketState::connecting};
    std::atomic<WebSocketState> application_state_{WebSocketState::connecting};

  public:
    const RequestHeaders& headers;
    const Address& client;

  private:
    WebSocketMessage receive_kind(WebSocketMessage::Kind kind);
    void send(std::string_view message, bool binary);
    static bool next_text(WebSocket& socket, std::string& message);
    static bool next_bytes(WebSocket& socket, std::string& message);
    static bool next_json(WebSocket& socket, json& message);
};

namespace detail {
class WebSocketAwaiter {
  public:
    explicit WebSocketAwaiter(WebSocket& socket) : socket_(socket) {}
    WebSocketAwaiter(const WebSocketAwaiter&) = delete;
    WebSocketAwaiter& operator=(const WebSocketAwaiter&) = delete;
    ~WebSocketAwaiter();
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    WebSocketMessage await_resume();

  private:
    static void came(void* self);
    WebSocket& socket_;
    OperationLink* link_ = nullptr;
    std::coroutine_handle<> coroutine_;
};
} // namespace detail

inline auto WebSocket::next() { return detail::WebSocketAwaiter(*this); }

namespace detail {
// Whether a close frame may carry this code (RFC 6455 7.4 and IANA's registry).
bool is_websocket_close_code(unsigned code);
} // namespace detail

} // namespace fastapi
