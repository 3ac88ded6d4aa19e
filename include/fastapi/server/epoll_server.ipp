#pragma once

// run()'s server on Linux: one thread accepts, an event loop has the connections.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "fastapi/server/event_loop.ipp"
#include "fastapi/server/files.ipp"
#include "fastapi/server/listener.hpp"
#include "fastapi/server/streams.ipp"
#include "fastapi/server/uploads.ipp"
#include "fastapi/server/websocket.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

class EpollServer final : public Listener {
  public:
    [[gnu::cold]] EpollServer(FastAPI& app, const ServerOptions& options) : loop_(app, options) {
        loop_.stop_accepting = &EpollServer::stop_accepting;
        loop_.rung = &EpollServer::rung;
        loop_.stop_argument = this;
    }
    [[gnu::cold]] bool serve() override {
        acceptor_ = ::pthread_self();
        rlimit files{}; // a connection is a descriptor: as many as the system allows
        if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
            files.rlim_cur = files.rlim_max;
            ::setrlimit(RLIMIT_NOFILE, &files);
        }
        int on = 1; // inherited by the sockets that are accepted
        ::setsockopt(listening, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!loop_.start()) return false;
        StopOnSignal stop(loop_.bell(), loop_.stop_flag(), loop_.options().is_worker);
        begin_accepting(loop_.options().slot);
        while (!ended_) accept_one();
        // Connections that the system has taken for us meanwhile are ours to serve, unless somebody else does.
        for (int left = loop_.options().backlog; left > 0 && somebody_waits() && accept_one(); --left) {}
        close_listening();
        loop_.accepting_ended();
        loop_.join();
        return true;
    }
    const AtomicCounters* counted() const override { return &loop_.counters; }

  private:
    // Waits for a client, unless the socket is one that does not. Nothing that accept(2) may say ends the server: the client has gone, the
    // network is away, there are no descriptors or no memory for a moment.
    bool accept_one() {
        int socket = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket >= 0) {
            loop_.adopt(socket);
        } else if (errno == EAGAIN) { // whom the socket is shared with may have set that
            pollfd one{listening, POLLIN, 0};
            ::poll(&one, 1, 100);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            ::usleep(10000);
        }
        return socket >= 0;
    }
    // Every 10 ms from the stop on. Who waits to be accepted is accepted; who is connecting may be on his way for a while.
    static void stop_accepting(void* self) {
        auto server = static_cast<EpollServer*>(self);
        if (server->rounds_ == 0) server->shut_door();
        if (server->rounds_++ < 10 && (server->rounds_ < 3 || server->somebody_waits())) return;
        server->ended_ = true;
        server->interrupt_accepting();
    }
    static void rung(void* self) {
        auto server = static_cast<EpollServer*>(self);
        if (StopOnSignal::restart_asked()) server->successor.start(server->listening, server->ours);
    }

    int rounds_ = 0;
    std::atomic<bool> ended_{false};
    EventLoop loop_;
};

} // namespace fastapi::detail
