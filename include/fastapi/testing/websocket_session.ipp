#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "fastapi/http/url.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/testing/test_client.hpp"
#include "fastapi/testing/websocket_session.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// What a session and the handler's thread share; whoever leaves last deletes it.
class InProcessWebSocket final : public WebSocketTransport {
  public:
    enum class Answer : std::uint8_t { none, accepted, denied, closed };

    // What the request is made of. Fixed before the thread starts.
    std::string scheme, target, root_path;
    std::vector<std::pair<std::string, std::string>> headers;
    const WebSocketSupport* support = nullptr;
    bool raise_server_exceptions = true;
    std::chrono::milliseconds timeout{5000};

    void start() { std::thread(&InProcessWebSocket::run, static_cast<void*>(this)).detach(); }
    void release() {
        if (owners_.fetch_sub(1) == 1) delete this;
    }

    // --- the handler's side ---

    bool accept(std::string_view subprotocol, const Headers& extra) override {
        std::lock_guard lock(mutex_);
        accepted_subprotocol = subprotocol;
        extra_headers = extra;
        answer_ = Answer::accepted;
        changed_.notify_all();
        return true;
    }
    void deny(Response&& response) override {
        std::lock_guard lock(mutex_);
        take_error();
        denial = std::move(response);
        if (denial.stream) denial.stream->collect(denial.body);
        denial.stream = {};
        answer_ = Answer::denied;
        changed_.notify_all();
    }
    bool send(std::string_view message, bool binary) override {
        std::lock_guard lock(mutex_);
        from_handler_.push({binary ? WebSocketMessage::Kind::binary : WebSocketMessage::Kind::text, std::string(message), 0});
        changed_.notify_all();
        return true;
    }
    bool close(int code, std::string_view reason) override {
        std::lock_guard lock(mutex_);
        take_error();
        if (answer_ == Answer::none) answer_ = Answer::closed;
        from_handler_.push({WebSocketMessage::Kind::disconnect, std::string(reason), static_cast<std::uint16_t>(code)});
        changed_.notify_all();
        return true;
    }
    void receive(WebSocketMessage& message) override {
        std::unique_lock lock(mutex_);
        while (to_handler_.empty()) changed_.wait(lock);
        message = to_handler_.pop();
    }
    void on_message(void (*call)(void*), void* context) override {
        std::unique_lock lock(mutex_);
        if (call && !to_handler_.empty()) {
            lock.unlock();
            return call(context);
        }
        call_ = call;
        context_ = context;
    }

    // --- the test's side ---

    void give(WebSocketMessage::Kind kind, std::string_view data, int code) {
        std::unique_lock lock(mutex_);
        if (client_closed_) throw std::runtime_error("fastapi: WebSocketTestSession: the session was closed already");
        client_closed_ = kind == WebSocketMessage::Kind::disconnect;
        to_handler_.push({kind, std::string(data), static_cast<std::uint16_t>(code)});
        changed_.notify_all();
        auto* call = std::exchange(call_, nullptr);
        void* context = context_;
        lock.unlock();
        if (call) call(context);
    }
    // Waits for the answer to the handshake.
    Answer wait_for_answer() {
        std::unique_lock lock(mutex_);
        wait(lock, timeout, [](const InProcessWebSocket& self) { return self.answer_ != Answer::none || self.ended_; });
        return answer_;
    }
    bool wait_for_message(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        return wait(lock, limit, [](const InProcessWebSocket& self) { return !self.from_handler_.empty() || self.ended_; });
    }
    bool wait_for_end() {
        std::unique_lock lock(mutex_);
        return wait(lock, timeout, [](const InProcessWebSocket& self) { return self.ended_; });
    }
    // The handler's next message. Throws when there is none.
    WebSocketMessage take() {
        bool came = wait_for_message(timeout);
        std::unique_lock lock(mutex_);
        if (!came)
            throw std::runtime_error(
                concat({"fastapi: the handler of ", target, " sent nothing within ", integer_text(timeout.count()), " ms"}));
        if (from_handler_.empty()) {
            rethrow(lock);
            throw WebSocketDisconnect(1006, "the handler has ended");
        }
        WebSocketMessage message = from_handler_.pop();
        if (message.kind != WebSocketMessage::Kind::disconnect) return message;
        rethrow(lock);
        throw WebSocketDisconnect(message.code, std::move(message.data));
    }
    // Throws what the handler threw, once.
    void raise() {
        std::unique_lock lock(mutex_);
        rethrow(lock);
    }
    [[nodiscard]] bool client_closed() {
        std::lock_guard lock(mutex_);
        return client_closed_;
    }

    std::string accepted_subprotocol;
    Headers extra_headers;
    Response denial;

  private:
    ~InProcessWebSocket() override = default;

    bool wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds limit, bool (*ready)(const InProcessWebSocket&)) {
        auto end = std::chrono::steady_clock::now() + limit;
        while (!ready(*this))
            if (changed_.wait_until(lock, end) == std::cv_status::timeout) return ready(*this);
        return true;
    }
    void rethrow(std::unique_lock<std::mutex>& lock) {
        if (!error_ || !raise_server_exceptions || raised_) return;
        raised_ = true;
        std::exception_ptr error = std::exchange(error_, nullptr); // nobody else frees it
        lock.unlock();
        std::rethrow_exception(error);
    }
    // What the handler threw is known before its close frame is; only the handler's thread may look.
    void take_error() {
        if (std::this_thread::get_id() == handler_ && thrown_) error_ = std::exchange(thrown_, nullptr);
    }
    static void run(void* shared) { static_cast<InProcessWebSocket*>(shared)->work(); }
    void work() {
        handler_ = std::this_thread::get_id();
        {
            Request request;
            request.scheme = scheme;
            request.target = target;
            request.root_path = root_path;
            request.client = {"testclient", 50000};
            for (const auto& [name, value] : headers) request.headers.add(name, value);
            support->serve(request, *this, &thrown_);
        }
        {
            std::lock_guard lock(mutex_);
            take_error();
            ended_ = true;
            changed_.notify_all();
        }
        release();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    MessageQueue to_handler_;
    MessageQueue from_handler_;
    std::thread::id handler_;
    std::exception_ptr thrown_; // of the handler's thread
    std::exception_ptr error_;  // what the test may see
    void (*call_)(void*) = nullptr;
    void* context_ = nullptr;
    std::atomic<int> owners_{2};
    Answer answer_ = Answer::none;
    bool client_closed_ = false;
    bool raised_ = false;
    bool ended_ = false;
};

} // namespace detail

FASTAPI_COLD WebSocketDenialResponse::WebSocketDenialResponse(Response answer)
    : WebSocketDisconnect(1006, detail::concat({"the handshake was answered with ", detail::integer_text(answer.status_code)})),
      status_code(answer.status_code), headers(std::move(answer.headers)), content(std::move(answer.body)) {}

FASTAPI_COLD WebSocketTestSession::WebSocketTestSession(WebSocketTestSession&& other) noexcept
    : shared_(std::exchange(other.shared_, nullptr)) {}
FASTAPI_COLD WebSocketTestSession& WebSocketTestSession::operator=(WebSocketTestSession&& other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
}
FASTAPI_COLD WebSocketTestSession::~WebSocketTestSession() { leave(); }

FASTAPI_COLD void WebSocketTestSession::leave() noexcept {
    if (!shared_) return;
    try {
        if (!shared_->client_closed()) shared_->give(WebSocketMessage::Kind::disconnect, {}, 1000);
        if (!shared_->wait_for_end())
            std::fputs(
                detail::concat({"ERROR:    The WebSocket handler of ", shared_->target, " did not end when the test left it\n"}).c_str(),
                stderr);
    } catch (...) { // no memory: nothing better can be done
    }
    std::exchange(shared_, nullptr)->release();
}

FASTAPI_COLD void WebSocketTestSession::send_text(std::string_view text) {
    if (!detail::is_valid_utf8(text)) throw std::invalid_argument("fastapi: WebSocketTestSession::send_text: a text is UTF-8");
    shared_->give(WebSocketMessage::Kind::text, text, 0);
}
FASTAPI_COLD void WebSocketTestSession::send_bytes(std::string_view bytes) { shared_->give(WebSocketMessage::Kind::binary, bytes, 0); }
FASTAPI_COLD void WebSocketTestSession::send_json(const json& value, WebSocketMode mode) {
    shared_->give(mode == WebSocketMode::text ? WebSocketMessage::Kind::text : WebSocketMessage::Kind::binary, to_json_text(value), 0);
}

FASTAPI_COLD std::string WebSocketTestSession::receive(WebSocketMessage::Kind kind) {
    WebSocketMessage message = shared_->take();
    if (message.kind == kind) return std::move(message.data);
    throw std::runtime_error(kind == WebSocketMessage::Kind::text ? "fastapi: a binary message came where a text was expected"
                                                                  : "fastapi: a text came where a binary message was expected");
}
FASTAPI_COLD std::string WebSocketTestSession::receive_text() { return receive(WebSocketMessage::Kind::text); }
FASTAPI_COLD std::string WebSocketTestSession::receive_bytes() { return receive(WebSocketMessage::Kind::binary); }
FASTAPI_COLD json WebSocketTestSession::receive_json(WebSocketMode mode) {
    return parse_json(receive(mode == WebSocketMode::text ? WebSocketMessage::Kind::text : WebSocketMessage::Kind::binary));
}
FASTAPI_COLD bool WebSocketTestSession::poll(int milliseconds) {
    return shared_->wait_for_message(std::chrono::milliseconds(milliseconds));
}

FASTAPI_COLD void WebSocketTestSession::close(int code, std::string_view reason) {
    shared_->give(WebSocketMessage::Kind::disconnect, reason, code);
}
FASTAPI_COLD void WebSocketTestSession::wait() {
    if (!shared_->client_closed()) close();
    if (!shared_->wait_for_end())
        throw std::runtime_error(detail::concat({"fastapi: the WebSocket handler of ", shared_->target, " does not end"}));
    shared_->raise();
}

FASTAPI_COLD const std::string& WebSocketTestSession::accepted_subprotocol() const { return shared_->accepted_subprotocol; }
FASTAPI_COLD const Headers& WebSocketTestSession::extra_headers() const { return shared_->extra_headers; }

FASTAPI_COLD WebSocketTestSession TestClient::websocket_connect(std::string_view url, const TestWebSocketRequest& request) {
    const detail::WebSocketSupport* support = app_.websocket_support();
    if (!support) throw WebSocketDisconnect(1000); // as where no route has the path
    TestRequest http;
    http.params = request.params;
    http.headers = request.headers;
    std::string protocols;
    for (const std::string& one : request.subprotocols) protocols += detail::concat({protocols.empty() ? "" : ", ", one});
    auto add = [&](std::string_view name, std::string_view value) {
        for (const auto& header : http.headers)
            if (detail::same_header(header.first, name)) return;
        detail::add_pair(http.headers, name, value);
    };
    add("connection", "upgrade");
    add("sec-websocket-key", "testserver==");
    add("sec-websocket-version", "13");
    if (!protocols.empty()) add("sec-websocket-protocol", protocols);
    Prepared prepared = prepare("GET", url, http);
    std::string cookie_text = cookie_header(prepared, request.cookies);
    if (!cookie_text.empty()) detail::add_pair(prepared.headers, "cookie", cookie_text);

    auto* shared = new detail::InProcessWebSocket;
    shared->scheme = prepared.scheme == "https" || prepared.scheme == "wss" ? "wss" : "ws";
    shared->target = std::move(prepared.target);
    shared->root_path = options_.root_path;
    shared->headers = std::move(prepared.headers);
    shared->support = support;
    shared->raise_server_exceptions = options_.raise_server_exceptions;
    shared->timeout = std::chrono::milliseconds(options_.websocket_timeout_ms);
    WebSocketTestSession session(shared);
    shared->start();
    using Answer = detail::InProcessWebSocket::Answer;
    switch (shared->wait_for_answer()) {
    case Answer::accepted: return session;
    case Answer::closed: shared->take(); break; // throws
    case Answer::denied: shared->raise(); throw WebSocketDenialResponse(std::move(shared->denial));
    case Answer::none: break;
    }
    throw std::runtime_error(detail::concat({"fastapi: the WebSocket handler of ", shared->target, " does not answer the handshake"}));
}

} // namespace fastapi
