#pragma once

// A client on a socket of its own: what it sends is sent as it is.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

class SocketClient {
  public:
    // option: SO_SNDBUF or SO_RCVBUF, to be of so many bytes.
    explicit SocketClient(int port, int option = 0, int buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (buffer) ::setsockopt(fd_, SOL_SOCKET, option, &buffer, sizeof buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    ~SocketClient() { ::close(fd_); }
    SocketClient(const SocketClient&) = delete;
    SocketClient& operator=(const SocketClient&) = delete;

    void send(std::string_view text) const { CHECK(try_send(text)); }
    // False: the other side is gone.
    [[nodiscard]] bool try_send(std::string_view text) const {
        while (!text.empty()) {
            auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    // Reads until a text has come, or the end, or a time has passed. Returns all that was ever received.
    std::string read_until(std::string_view text, int milliseconds = 10000) {
        std::size_t seen = 0; // has been searched
        auto came = [&] {
            bool found = received.find(text, seen) != std::string::npos;
            seen = received.size() < text.size() ? 0 : received.size() - text.size() + 1;
            return found;
        };
        auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
        while (!came() && !over && std::chrono::steady_clock::now() < end) {
            char buffer[65536];
            std::size_t size = receive(buffer, sizeof buffer);
            received.append(buffer, size);
        }
        return received;
    }
    std::string rest(int milliseconds = 10000) { return read_until("\x01never", milliseconds); }

    std::string received;
    bool over = false; // the other side has closed

  protected:
    // What has come within 20 ms.
    std::size_t receive(char* buffer, std::size_t room) {
        pollfd one{fd_, POLLIN, 0};
        if (::poll(&one, 1, 20) <= 0) return 0;
        auto n = ::recv(fd_, buffer, room, 0);
        over = n <= 0;
        return over ? 0 : static_cast<std::size_t>(n);
    }
    int fd_;
};
