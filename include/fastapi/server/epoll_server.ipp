#pragma once

// run()'s server on Linux: cpp-httplib accepts, an event loop has the connections.

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "fastapi/server/event_loop.ipp"
#include "fastapi/server/listener.hpp"
#include "fastapi/server/streams.ipp"
#include "fastapi/server/websocket.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

class EpollServer final : public Listener {
  public:
    EpollServer(FastAPI& app, const ServerOptions& options) : loop_(app, options) {
        new_task_queue = [this] { return new Handover(loop_); };
        loop_.stop_accepting = &EpollServer::stop_accepting;
        loop_.stop_argument = this;
    }
    bool serve() override {
        rlimit files{}; // a connection is a descriptor: as many as the system allows
        if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
            files.rlim_cur = files.rlim_max;
            ::setrlimit(RLIMIT_NOFILE, &files);
        }
        int on = 1; // inherited by the sockets that are accepted
        ::setsockopt(svr_sock_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!loop_.start()) return false;
        StopOnSignal stop(loop_.bell(), loop_.stop_flag());
        listen_after_bind();
        loop_.accepting_ended();
        loop_.join();
        return true;
    }

  private:
    // What the accept loop takes for its threads: a task only hands its socket over, so it is done at once.
    class Handover final : public httplib::TaskQueue {
      public:
        explicit Handover(EventLoop& loop) : loop_(loop) {}
        using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::function<void()>{}));
        Enqueued enqueue(std::function<void()> task) override {
            task();
            return static_cast<Enqueued>(true);
        }
        void shutdown() override {
            loop_.accepting_ended();
            loop_.join();
        }

      private:
        EventLoop& loop_;
    };

    bool process_and_close_socket(socket_t socket) override {
        loop_.adopt(socket);
        return true;
    }
    static void stop_accepting(void* self) {
        auto server = static_cast<EpollServer*>(self);
        int socket = server->svr_sock_;
        if (socket < 0 || !server->is_running()) return;
        // Connections that the system has taken for us are ours to serve.
        ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
        for (;;) {
            int waiting = ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
            if (waiting < 0) break;
            server->loop_.adopt(waiting);
        }
        server->stop();
    }

    EventLoop loop_;
};

} // namespace fastapi::detail
