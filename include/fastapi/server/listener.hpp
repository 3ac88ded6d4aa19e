#pragma once

// Who listens: cpp-httplib's bind and accept, the port ours alone, and a queue of connections that bears a burst. What
// becomes of an accepted socket is its heirs' business (epoll_server.ipp, portable.ipp).

#include <httplib.h>

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>

#include "fastapi/version.hpp"

namespace fastapi::detail {

class Tls;

// Names of files in PEM form; null where there is none.
struct TlsFiles {
    const char* certificate = nullptr; // and those that lead to an authority, behind it
    const char* key = nullptr;         // null: in the file of the certificate
    const char* authorities = nullptr; // clients must have a certificate of one of these
    const char* password = nullptr;    // of the key: the text itself
};

struct ServerOptions {
    int threads = 1000; // at most this many, when handlers block
    int processors = 0; // how many threads serve while none blocks; 0: as many as the process may use processors
    bool access_log = true;
    Tls* tls = nullptr; // null: plain HTTP
};

class Listener : public httplib::Server {
  public:
    // Returns the port, or -1 (errno says why).
    int bind(const std::string& host, int port) {
        // httplib's default shares the port with any other program that does so too, in silence.
        set_socket_options([](socket_t socket) {
            int on = 1;
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        });
        errno = 0;
        if (port == 0) {
            port = bind_to_any_port(host);
        } else if (!bind_to_port(host, port)) {
            return -1;
        }
        if (port > 0) ::listen(svr_sock_, 1024);
        return port;
    }
    // Serves until SIGINT or SIGTERM. False when the system refuses; errno says why.
    virtual bool serve() = 0;
};

// While this lives, SIGINT and SIGTERM set a flag (if there is one) and write eight bytes to a descriptor; a second signal
// ends the program.
class StopOnSignal {
  public:
    StopOnSignal(int descriptor, std::atomic<bool>* flag) {
        target().descriptor.store(descriptor);
        target().flag.store(flag);
        struct sigaction action {};
        action.sa_handler = [](int) {
            if (target().count.fetch_add(1) > 0) ::_exit(130);
            int saved = errno;
            if (auto asked = target().flag.load()) asked->store(true);
            std::uint64_t one = 1;
            [[maybe_unused]] auto n = ::write(target().descriptor.load(), &one, sizeof one);
            errno = saved;
        };
        sigemptyset(&action.sa_mask);
        sigaction(SIGINT, &action, &old_int_);
        sigaction(SIGTERM, &action, &old_term_);
    }
    ~StopOnSignal() {
        sigaction(SIGINT, &old_int_, nullptr);
        sigaction(SIGTERM, &old_term_, nullptr);
        target().count.store(0);
    }
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;

  private:
    struct Target {
        std::atomic<int> descriptor{-1};
        std::atomic<std::atomic<bool>*> flag{nullptr};
        std::atomic<int> count{0};
    };
    static Target& target() {
        static Target one;
        return one;
    }
    struct sigaction old_int_ {};
    struct sigaction old_term_ {};
};

} // namespace fastapi::detail
