#pragma once

// A WebSocket of TestClient: the handler runs on a thread of its own, in process, without sockets and frames (wire.md 19).

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/http/websocket.hpp"
#include "fastapi/json/json.hpp"

namespace fastapi {

namespace detail {
class InProcessWebSocket;
}

// What a test asks for beside the URL.
struct TestWebSocketRequest {
    std::vector<std::string> subprotocols = {};
    std::vector<std::pair<std::string, std::string>> params = {};  // added to the query, percent-encoded
    std::vector<std::pair<std::string, std::string>> headers = {}; // added to the defaults; a default of the same name is replaced
    std::vector<std::pair<std::string, std::string>> cookies = {}; // beside those of the jar
};

// The handshake was answered with an HTTP response.
class WebSocketDenialResponse : public WebSocketDisconnect {
  public:
    explicit WebSocketDenialResponse(Response answer);
    // The body as JSON. Throws std::invalid_argument when it is none.
    [[nodiscard]] fastapi::json json() const { return parse_json(content); }

    int status_code;
    Headers headers;
    std::string content;
};

// The client's side of a connection. The destructor closes it and waits for the handler; when that does not end in time it says so
// and goes on without it.
class WebSocketTestSession {
  public:
    WebSocketTestSession(WebSocketTestSession&& other) noexcept;
    WebSocketTestSession& operator=(WebSocketTestSession&& other) noexcept;
    WebSocketTestSession(const WebSocketTestSession&) = delete;
    WebSocketTestSession& operator=(const WebSocketTestSession&) = delete;
    ~WebSocketTestSession();

    void send_text(std::string_view text);
    void send_bytes(std::string_view bytes);
    void send_json(const json& value, WebSocketMode mode = WebSocketMode::text);
    // Each waits for the handler's next message. Throws WebSocketDisconnect(code, reason) when the handler closed the connection,
    // what the handler threw when it did (unless raise_server_exceptions is off), std::runtime_error when nothing comes in time.
    std::string receive_text();
    std::string receive_bytes();
    json receive_json(WebSocketMode mode = WebSocketMode::text);
    // Whether a message, or the end, comes within some milliseconds.
    bool poll(int milliseconds);
    // Closes the connection as a client does: the handler gets a disconnect.
    void close(int code = 1000, std::string_view reason = {});
    // Closes the connection, unless that was done, and waits for the handler's end. Throws what the handler threw, and
    // std::runtime_error when it does not end in time.
    void wait();

    [[nodiscard]] const std::string& accepted_subprotocol() const;
    [[nodiscard]] const Headers& extra_headers() const; // that accept() was given

  private:
    friend class TestClient;
    explicit WebSocketTestSession(detail::InProcessWebSocket* shared) : shared_(shared) {}
    std::string receive(WebSocketMessage::Kind kind);
    void leave() noexcept;
    detail::InProcessWebSocket* shared_;
};

} // namespace fastapi
