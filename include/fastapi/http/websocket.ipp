#pragma once

#include <stdexcept>

#include "fastapi/http/stream.hpp"
#include "fastapi/http/websocket.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_INLINE bool is_websocket_close_code(unsigned code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) || (code >= 3000 && code <= 4999);
}

// Messages in order. A list, which costs a compiler less than a std::deque.
class MessageQueue {
  public:
    MessageQueue() = default;
    MessageQueue(const MessageQueue&) = delete;
    MessageQueue& operator=(const MessageQueue&) = delete;
    ~MessageQueue() {
        while (first_) drop();
    }
    void push(WebSocketMessage&& message) {
        auto* made = new Entry{std::move(message)};
        ++size_;
        (last_ ? last_->next : first_) = made;
        last_ = made;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return first_ == nullptr; }
    WebSocketMessage pop() {
        WebSocketMessage message = std::move(first_->message);
        drop();
        return message;
    }

  private:
    struct Entry {
        WebSocketMessage message;
        Entry* next = nullptr;
    };
    void drop() {
        delete std::exchange(first_, first_->next);
        if (!first_) last_ = nullptr;
        --size_;
    }
    Entry* first_ = nullptr;
    Entry* last_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace detail

FASTAPI_COLD WebSocketDisconnect::WebSocketDisconnect(int close_code, std::string why)
    : code(close_code), reason(std::move(why)),
      text_(detail::concat({"the WebSocket was closed with ", detail::integer_text(code), reason.empty() ? "" : ": ", reason})) {}
FASTAPI_COLD WebSocketException::WebSocketException(int close_code, std::string why) : code(close_code), reason(std::move(why)) {}

FASTAPI_COLD WebSocket::WebSocket(Request& request, WebSocketTransport& transport)
    : request_(request), transport_(transport), headers(request.headers), client(request.client) {}

FASTAPI_COLD std::vector<std::string_view> WebSocket::subprotocols() const {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : request_.headers) {
        if (!detail::same_header(name, "sec-websocket-protocol")) continue;
        std::string_view rest = value;
        for (std::size_t comma = 0; comma != std::string_view::npos; rest.remove_prefix(comma == std::string_view::npos ? 0 : comma + 1)) {
            comma = rest.find(',');
            std::string_view one = detail::trim(rest.substr(0, comma));
            if (!one.empty()) names.push_back(one);
        }
    }
    return names;
}

FASTAPI_COLD void WebSocket::accept(std::string_view subprotocol, const Headers& extra) {
    if (application_state() != WebSocketState::connecting)
        throw std::runtime_error("fastapi: WebSocket::accept: the handshake was answered already");
    if (!subprotocol.empty()) {
        bool offered = false;
        for (std::string_view one : subprotocols()) offered = offered || one == subprotocol;
        // RFC 6455 4.2.2: the client would fail the connection.
        if (!offered)
            throw std::invalid_argument(
                detail::concat({"fastapi: WebSocket::accept: the client does not offer the subprotocol \"", subprotocol, "\""}));
    }
    for (const auto& [name, value] : extra) {
        for (std::string_view reserved :
             {"upgrade", "connection", "sec-websocket-accept", "sec-websocket-protocol", "sec-websocket-extensions"})
            if (detail::same_header(name, reserved))
                throw std::invalid_argument(detail::concat({"fastapi: WebSocket::accept: the header ", name, " belongs to the handshake"}));
    }
    client_state_ = WebSocketState::connected;
    application_state_ = WebSocketState::connected;
    if (transport_.accept(subprotocol, extra)) return;
    application_state_ = WebSocketState::disconnected;
    client_state_ = WebSocketState::disconnected;
    throw WebSocketDisconnect(1006);
}

FASTAPI_COLD void WebSocket::send_denial_response(Response response) {
    if (application_state() != WebSocketState::connecting)
        throw std::runtime_error("fastapi: WebSocket::send_denial_response: the handshake was answered already");
    application_state_ = WebSocketState::response;
    if (response.stream && !response.stream->open(request_, response)) response.stream = {};
    transport_.deny(std::move(response));
    application_state_ = WebSocketState::disconnected;
}

namespace detail {
FASTAPI_INLINE WebSocketAwaiter::~WebSocketAwaiter() {
    if (!link_) return;
    socket_.transport().on_message(nullptr, nullptr);
    link_->drop_reference();
}
FASTAPI_INLINE void WebSocketAwaiter::await_suspend(std::coroutine_handle<> waiting) {
    link_ = &Operation::current().link();
    link_->add_reference();
    coroutine_ = waiting;
    socket_.transport().on_message(&WebSocketAwaiter::came, this);
}
FASTAPI_INLINE void WebSocketAwaiter::came(void* self) {
    auto awaiter = static_cast<WebSocketAwaiter*>(self);
    awaiter->link_->ready(awaiter->coroutine_);
}
FASTAPI_INLINE WebSocketMessage WebSocketAwaiter::await_resume() { return socket_.receive(); }
} // namespace detail

FASTAPI_INLINE WebSocketMessage WebSocket::receive() {
    if (client_state() == WebSocketState::connecting) throw std::runtime_error("fastapi: WebSocket: accept() comes before messages");
    WebSocketMessage message;
    if (client_state() == WebSocketState::disconnected) throw std::runtime_error("fastapi: WebSocket::receive: the connection is over");
    transport_.receive(message);
    if (message.kind == WebSocketMessage::Kind::disconnect) client_state_ = WebSocketState::disconnected;
    return message;
}

FASTAPI_INLINE bool WebSocket::receive(std::string& message) {
    if (client_state() == WebSocketState::disconnected) return false;
    WebSocketMessage received = receive();
    if (received.kind == WebSocketMessage::Kind::disconnect) return false;
    message = std::move(received.data);
    return true;
}

FASTAPI_INLINE WebSocketMessage WebSocket::receive_kind(WebSocketMessage::Kind kind) {
    WebSocketMessage message = receive();
    if (message.kind == WebSocketMessage::Kind::disconnect) throw WebSocketDisconnect(message.code, std::move(message.data));
    if (message.kind == kind) return message;
    throw std::runtime_error(kind == WebSocketMessage::Kind::text ? "fastapi: WebSocket: a binary message came where a text was expected"
                                                                  : "fastapi: WebSocket: a text came where a binary message was expected");
}

FASTAPI_INLINE std::string WebSocket::receive_text() { return receive_kind(WebSocketMessage::Kind::text).data; }
FASTAPI_INLINE std::string WebSocket::receive_bytes() { return receive_kind(WebSocketMessage::Kind::binary).data; }
FASTAPI_INLINE json WebSocket::receive_json(WebSocketMode mode) {
    return parse_json(receive_kind(mode == WebSocketMode::text ? WebSocketMessage::Kind::text : WebSocketMessage::Kind::binary).data);
}

FASTAPI_INLINE bool WebSocket::next_text(WebSocket& socket, std::string& message) {
    try {
        message = socket.receive_text();
        return true;
    } catch (const WebSocketDisconnect&) {
        return false;
    }
}
FASTAPI_INLINE bool WebSocket::next_bytes(WebSocket& socket, std::string& message) {
    try {
        message = socket.receive_bytes();
        return true;
    } catch (const WebSocketDisconnect&) {
        return false;
    }
}
FASTAPI_INLINE bool WebSocket::next_json(WebSocket& socket, json& message) {
    try {
        message = socket.receive_json();
        return true;
    } catch (const WebSocketDisconnect&) {
        return false;
    }
}

FASTAPI_INLINE void WebSocket::send(std::string_view message, bool binary) {
    WebSocketState state = application_state();
    if (state == WebSocketState::connecting) throw std::runtime_error("fastapi: WebSocket: accept() comes before messages");
    if (state != WebSocketState::connected) throw std::runtime_error("fastapi: WebSocket: nothing can be sent after close()");
    if (!transport_.send(message, binary)) throw WebSocketDisconnect(1006);
}

FASTAPI_INLINE void WebSocket::send_text(std::string_view text) {
    if (!detail::is_valid_utf8(text))
        throw std::invalid_argument("fastapi: WebSocket::send_text: a text is UTF-8; send_bytes takes any bytes");
    send(text, false);
}
FASTAPI_INLINE void WebSocket::send_bytes(std::string_view bytes) { send(bytes, true); }
FASTAPI_INLINE void WebSocket::send_json(const json& value, WebSocketMode mode) {
    send(to_json_text(value), mode == WebSocketMode::binary);
}

FASTAPI_COLD void WebSocket::close(int code, std::string_view reason) {
    if (code < 0 || !detail::is_websocket_close_code(static_cast<unsigned>(code)))
        throw std::invalid_argument(detail::concat({"fastapi: WebSocket::close: ", detail::integer_text(code),
                                                    " is no code that may be sent: 1000 to 1014 without "
                                                    "1004, 1005 and 1006, and 3000 to 4999"}));
    WebSocketState state = application_state_.exchange(WebSocketState::disconnected);
    if (state == WebSocketState::disconnected || state == WebSocketState::response)
        throw std::runtime_error("fastapi: WebSocket::close: the connection was closed already");
    transport_.close(code, reason);
}

} // namespace fastapi
