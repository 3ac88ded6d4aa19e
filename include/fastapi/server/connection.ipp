#pragma once

// One connection of run()'s server: reads a request's head whole, checks it strictly (RFC 9112) before cpp-httplib sees
// it, and sends an answer with one write. cpp-httplib itself would take lines of any length, lines that end in a bare
// LF, and lines that are no header; it would decode %XX in header values, and it writes head and body apart.

#include <httplib.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>

#include "fastapi/app/options.hpp"
#include "fastapi/http/headers.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// The head of a request as it came: views into the connection's buffer.
struct RawHead {
    RequestHeaders headers;
    int status = 0; // 0: fine, else how to refuse it
};

// The head that is being handled on this thread; null below a server that somebody else set up.
FASTAPI_INLINE RawHead*& current_head() {
    thread_local RawHead* head = nullptr;
    return head;
}

FASTAPI_INLINE bool is_token_char(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos;
}

// Splits a head (request line and header lines, with the empty line behind) and checks its form.
FASTAPI_INLINE void parse_head(std::string_view text, const Limits& limits, RawHead& head) {
    std::size_t line_end = text.find("\r\n");
    std::string_view line = text.substr(0, line_end);
    std::size_t first = line.find(' ');
    std::size_t last = line.rfind(' ');
    head.status = 400;
    if (first == std::string_view::npos || first == 0 || last == first) return;
    for (char c : line.substr(0, first))
        if (!is_token_char(c)) return;
    std::string_view target = line.substr(first + 1, last - first - 1);
    for (char c : target) // visible characters; bytes beyond ASCII are let through, as most clients send them
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return;
    std::string_view version = line.substr(last + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        head.status = version.starts_with("HTTP/") ? 505 : 400;
        return;
    }
    if (target.size() > limits.max_target_size) {
        head.status = 414;
        return;
    }
    std::size_t at = line_end + 2;
    while (text.substr(at, 2) != "\r\n") {
        line_end = text.find("\r\n", at);
        line = text.substr(at, line_end - at);
        at = line_end + 2;
        std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) return;
        for (char c : line.substr(0, colon)) // no space before the colon, no folded line
            if (!is_token_char(c)) return;
        std::string_view value = trim(line.substr(colon + 1));
        for (char c : value)
            if (c == '\r' || c == '\n' || c == '\0') return;
        head.headers.add(line.substr(0, colon), value);
        if (head.headers.size() > limits.max_header_count) {
            head.status = 431;
            return;
        }
    }
    head.status = 0;
}

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winconsistent-missing-override" // which functions override depends on the version
#endif
class Connection final : public httplib::Stream {
  public:
    Connection(socket_t socket, const Limits& limits, const std::atomic<bool>& stopping)
        : socket_(socket), limits_(limits), stopping_(stopping) {
        endpoint(&::getpeername, remote_, remote_port_);
        endpoint(&::getsockname, local_, local_port_);
    }

    // Waits for a request's head. Returns false when the connection is over: closed, silent for too long, refused.
    bool read_head(RawHead& head) {
        input_.erase(0, consumed_);
        consumed_ = 0;
        auto begin = Clock::now();
        std::size_t searched = 0;
        for (;;) {
            // Empty lines before a request are allowed (RFC 9112 2.2).
            while (searched == 0 && input_.starts_with("\r\n")) input_.erase(0, 2);
            std::size_t end = input_.find("\r\n\r\n", searched);
            if (end != std::string::npos) {
                head_size_ = end + 4;
                break;
            }
            searched = input_.size() < 3 ? 0 : input_.size() - 3;
            std::size_t line = input_.find("\r\n");
            std::size_t line_size = line == std::string::npos ? input_.size() : line;
            if (line_size > limits_.max_target_size + 64) return refuse(414);
            if (input_.size() > limits_.max_head_size) return refuse(431);
            std::chrono::milliseconds limit(input_.empty() ? limits_.keep_alive_timeout_ms : limits_.head_timeout_ms);
            if (Clock::now() - begin > limit) return input_.empty() ? false : refuse(408);
            if (stopping_ && input_.empty()) return false;
            if (!readable(100)) continue;
            if (receive() <= 0) return false;
        }
        parse_head(std::string_view(input_).substr(0, head_size_), limits_, head);
        return head.status == 0 || refuse(head.status);
    }

    // Sends what was written. False when the client is gone.
    bool flush() {
        std::size_t sent = 0;
        while (good_ && sent < output_.size()) {
            auto n = ::send(socket_, output_.data() + sent, output_.size() - sent, MSG_NOSIGNAL);
            if (n > 0) {
                sent += static_cast<std::size_t>(n);
            } else if (errno != EINTR) {
                good_ = false; // gone, or taking nothing for as long as the write time-out says
            }
        }
        output_.clear();
        return good_;
    }

    // Ends the connection such that the client can still read the answer: what it sends on is read for a moment.
    void close() {
        ::shutdown(socket_, SHUT_WR);
        auto end = Clock::now() + std::chrono::milliseconds(refused_ ? 500 : 20);
        std::size_t drained = 0;
        char buffer[16384];
        while (Clock::now() < end && drained < (16U << 20U) && readable(20)) {
            auto n = ::recv(socket_, buffer, sizeof buffer, 0);
            if (n <= 0) break;
            drained += static_cast<std::size_t>(n);
        }
        ::close(socket_);
    }

    // httplib::Stream. Its virtual functions have changed names: those of every version are here.
    virtual bool is_readable() const { return consumed_ < input_.size() || readable(5000); }
    virtual bool is_writable() const { return good_; }
    virtual bool wait_readable() const { return is_readable(); }
    virtual bool wait_writable() const { return good_; }
    virtual bool is_peer_alive() const { return good_; }
    ssize_t read(char* target, std::size_t size) override {
        if (consumed_ == input_.size()) {
            if (!output_.empty()) flush(); // "100 Continue" waits there
            auto n = ::recv(socket_, target, size, 0);
            return n;
        }
        std::size_t n = std::min(size, input_.size() - consumed_);
        std::memcpy(target, input_.data() + consumed_, n);
        consumed_ += n;
        return static_cast<ssize_t>(n);
    }
    ssize_t write(const char* data, std::size_t size) override {
        output_.append(data, size);
        if (output_.size() > (256U << 10U) && !flush()) return -1;
        return static_cast<ssize_t>(size);
    }
    void get_remote_ip_and_port(std::string& ip, int& port) const override {
        ip = remote_;
        port = remote_port_;
    }
    void get_local_ip_and_port(std::string& ip, int& port) const override {
        ip = local_;
        port = local_port_;
    }
    socket_t socket() const override { return socket_; }
    virtual time_t duration() const { return 0; }
    [[nodiscard]] const std::string& remote() const { return remote_; }
    [[nodiscard]] int remote_port() const { return remote_port_; }
    [[nodiscard]] const std::string& local() const { return local_; }
    [[nodiscard]] int local_port() const { return local_port_; }
    void mark_refused() { refused_ = true; }

  private:
    using Clock = std::chrono::steady_clock;

    template <class Get>
    void endpoint(Get get, std::string& ip, int& port) const {
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        if (get(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
        char text[INET6_ADDRSTRLEN] = "";
        if (address.ss_family == AF_INET) {
            auto v4 = reinterpret_cast<const sockaddr_in*>(&address);
            ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
            port = ntohs(v4->sin_port);
        } else if (address.ss_family == AF_INET6) {
            auto v6 = reinterpret_cast<const sockaddr_in6*>(&address);
            ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
            port = ntohs(v6->sin6_port);
        }
        ip = text;
    }
    [[nodiscard]] bool readable(int milliseconds) const {
        pollfd one{socket_, POLLIN, 0};
        return ::poll(&one, 1, milliseconds) > 0;
    }
    ssize_t receive() {
        char buffer[16384];
        auto n = ::recv(socket_, buffer, sizeof buffer, 0);
        if (n > 0) input_.append(buffer, static_cast<std::size_t>(n));
        return n;
    }
    [[gnu::cold]] bool refuse(int status) {
        std::string body = concat({R"({"detail":")", reason_phrase(status), R"("})"});
        output_ = concat({"HTTP/1.1 ", integer_text(status), " ", reason_phrase(status),
                          "\r\nConnection: close\r\ncontent-type: application/json\r\nContent-Length: ",
                          integer_text(static_cast<std::int64_t>(body.size())), "\r\n\r\n", body});
        flush();
        refused_ = true;
        return false;
    }

    socket_t socket_;
    const Limits& limits_;
    const std::atomic<bool>& stopping_;
    std::string input_;         // what was received
    std::size_t consumed_ = 0;  // how much of it httplib has read
    std::size_t head_size_ = 0;
    std::string output_;
    bool good_ = true;
    bool refused_ = false;
    std::string remote_;
    std::string local_;
    int remote_port_ = 0;
    int local_port_ = 0;
};
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

} // namespace fastapi::detail
