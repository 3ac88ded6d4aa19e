#pragma once

// A client that asks one request after the other on its connection, and opens a new one when that has ended.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

class KeepAliveClient {
  public:
    struct Answer {
        int status = 0; // 0: none came, or no whole one
        std::string head, body;
    };
    explicit KeepAliveClient(int port, int timeout_seconds = 30) : port_(port), timeout_(timeout_seconds) {}
    ~KeepAliveClient() { close(); }
    KeepAliveClient(const KeepAliveClient&) = delete;
    KeepAliveClient& operator=(const KeepAliveClient&) = delete;

    Answer get(std::string_view target) { return ask("GET", target, {}); }
    Answer post(std::string_view target, std::string_view json = {}) { return ask("POST", target, json); }
    Answer ask(std::string_view method, std::string_view target, std::string_view json) {
        if (fd_ < 0 && !connect()) return {};
        std::string request(method);
        request.append(" ").append(target).append(" HTTP/1.1\r\nhost: a\r\n");
        if (!json.empty()) request += "content-type: application/json\r\n";
        if (method != "GET") request += "content-length: " + std::to_string(json.size()) + "\r\n";
        request.append("\r\n").append(json);
        for (std::string_view rest = request; !rest.empty();) {
            auto n = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (n <= 0) break; // what it answered before it hung up is read all the same
            rest.remove_prefix(static_cast<std::size_t>(n));
        }
        Answer answer = read();
        if (answer.status == 0 || answer.head.find("\r\nconnection: close") != std::string::npos) close();
        return answer;
    }

  private:
    bool connect() {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval timeout{timeout_, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port_));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
        close();
        return false;
    }
    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }
    Answer read() {
        std::string all;
        std::size_t head = std::string::npos;
        std::size_t length = 0;
        char buffer[16384];
        for (;;) {
            auto n = ::recv(fd_, buffer, sizeof buffer, 0);
            if (n <= 0) return {};
            all.append(buffer, static_cast<std::size_t>(n));
            if (head == std::string::npos) {
                head = all.find("\r\n\r\n");
                if (head == std::string::npos) continue;
                for (std::size_t i = 0; i != head; ++i) all[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(all[i])));
                std::size_t at = all.find("\r\ncontent-length: ");
                length = at < head ? static_cast<std::size_t>(std::atol(all.c_str() + at + 18)) : 0;
            }
            if (all.size() >= head + 4 + length) return {std::atoi(all.c_str() + 9), all.substr(0, head), all.substr(head + 4)};
        }
    }
    int port_;
    int timeout_;
    int fd_ = -1;
};
