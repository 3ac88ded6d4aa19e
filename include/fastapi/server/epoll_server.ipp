#pragma once

// run()'s server on Linux: cpp-httplib accepts, an event loop has the connections.

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

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
        new_task_queue = [] { return new Handover; };
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
        ::setsockopt(svr_sock_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!loop_.start()) return false;
        StopOnSignal stop(loop_.bell(), loop_.stop_flag(), loop_.options().is_worker);
        begin_accepting(loop_.options().slot);
        listen_after_bind();
        // Connections that the system has taken for us meanwhile are ours to serve, unless somebody else does.
        for (int left = loop_.options().backlog, waiting = 0; left > 0 && (waiting = next_waiting()) >= 0; --left) process_and_close_socket(waiting);
        close_listening();
        loop_.accepting_ended();
        loop_.join();
        return true;
    }
    const AtomicCounters* counted() const override { return &loop_.counters; }

  private:
    // What the accept loop takes for its threads: a task only hands its socket over, so it is done at once.
    class Handover final : public httplib::TaskQueue {
      public:
        using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::function<void()>{}));
        Enqueued enqueue(std::function<void()> task) override {
            task();
            return static_cast<Enqueued>(true);
        }
        void shutdown() override {}
    };

    bool process_and_close_socket(socket_t socket) override {
        ::fcntl(socket, F_SETFD, FD_CLOEXEC); // old versions do not
        loop_.adopt(socket);
        return true;
    }
    // Every 10 ms from the stop on. Who waits to be accepted is accepted; who is connecting may be on his way for a while.
    static void stop_accepting(void* self) {
        auto server = static_cast<EpollServer*>(self);
        if (server->rounds_ == 0) server->shut_door();
        if (server->rounds_++ < 10 && (server->rounds_ < 3 || server->somebody_waits())) return;
        server->end_accepting();
    }
    static void rung(void* self) {
        auto server = static_cast<EpollServer*>(self);
        if (StopOnSignal::restart_asked()) server->successor.start(server->listening, server->ours);
    }

    int rounds_ = 0;
    EventLoop loop_;
};

} // namespace fastapi::detail
