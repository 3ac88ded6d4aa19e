#pragma once

// The portable server: cpp-httplib's own loop with a thread for each connection, behind the adapter (httplib.hpp). It serves
// where there is no epoll, and with --server portable. A request's head is read whole and checked strictly (http1.ipp)
// before cpp-httplib sees it, and an answer is sent with one write; cpp-httplib itself would take lines of any length and
// lines that end in a bare LF, would decode %XX in header values, and writes head and body apart.

#include <httplib.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "fastapi/server/http1.ipp"
#include "fastapi/server/httplib.hpp"
#include "fastapi/server/listener.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// httplib gives each connection a thread until it closes. This pool starts a thread when none is idle, so that silent
// connections do not keep others waiting; idle threads end after some seconds.
class ElasticPool final : public httplib::TaskQueue {
  public:
    explicit ElasticPool(std::size_t most) : most_(most) {}

    using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::function<void()>{}));
    Enqueued enqueue(std::function<void()> task) override {
        {
            std::lock_guard lock(mutex_);
            tasks_.push_back(std::move(task));
            if (tasks_.size() > idle_ && threads_ < most_) start();
        }
        wake_.notify_one();
        return static_cast<Enqueued>(true);
    }

    // Waits for the tasks that run and those that wait.
    void shutdown() override {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
        while (threads_ > 0) ended_.wait(lock);
    }

  private:
    void start() {
        ++threads_;
        std::thread(&ElasticPool::run, static_cast<void*>(this)).detach();
    }
    static void run(void* pool) { static_cast<ElasticPool*>(pool)->work(); }
    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            ++idle_;
            auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
            while (!stopping_ && tasks_.empty() && wake_.wait_until(lock, end) == std::cv_status::no_timeout) {}
            --idle_;
            if (tasks_.empty()) break; // idle for long, or stopping
            std::function<void()> task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            try {
                task();
            } catch (...) { // httplib lets some exceptions out; none may end the program
            }
            task = nullptr;
            lock.lock();
        }
        --threads_;
        ended_.notify_all();
    }

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable ended_;
    std::deque<std::function<void()>> tasks_;
    std::size_t threads_ = 0;
    std::size_t idle_ = 0;
    bool stopping_ = false;
};

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winconsistent-missing-override" // which functions override depends on the version
#endif
class HttplibConnection final : public httplib::Stream {
  public:
    HttplibConnection(socket_t socket, const Limits& limits, const std::atomic<bool>& stopping)
        : socket_(socket), limits_(limits), stopping_(stopping) {
        endpoint(&::getpeername, remote_, remote_port_);
        endpoint(&::getsockname, local_, local_port_);
    }

    // Waits for a request's head. Returns false when the connection is over: closed, silent for too long, refused.
    bool read_head(RequestHead& head) {
        input_.erase(0, consumed_);
        consumed_ = 0;
        auto begin = Clock::now();
        std::size_t scanned = 0;
        for (;;) {
            HeadResult result = input_.empty() ? HeadResult{} : parse_request_head(input_, scanned, limits_, head);
            if (result.state == HeadState::complete) return true;
            if (result.state == HeadState::refused) return refuse(result.status);
            std::chrono::milliseconds limit(input_.empty() ? limits_.keep_alive_timeout_ms : limits_.head_timeout_ms);
            if (Clock::now() - begin > limit) return input_.empty() ? false : refuse(408);
            if (!readable(100)) {
                if (stopping_ && input_.empty()) return false;
                continue;
            }
            if (receive() <= 0) return false;
        }
    }

    // httplib answers ranges itself, and refuses those that it does not know: it shall see none.
    void hide_ranges(RequestHead& head) {
        std::size_t index = 0;
        for (const auto& [name, value] : head.headers) {
            if (same_header(name, "range")) {
                input_[static_cast<std::size_t>(name.data() - input_.data())] = '-';
                head.headers.set_name(index, "range");
            }
            ++index;
        }
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

// A server whose accept loop hands each connection to a thread.
class PortableServer final : public Listener, private httplib::Server {
    using Adapter = HttplibAdapter<httplib::Server>;

  public:
    PortableServer(FastAPI& app, const ServerOptions& options)
        : adapter_(app, options.access_log, options.access_log_json), limits_(app.settings().limits), is_worker_(options.is_worker), slot_(options.slot) {
        new_task_queue = [threads = options.threads] { return new ElasticPool(static_cast<std::size_t>(threads)); };
        adapter_.install(*this);
    }
    bool serve() override {
        acceptor_ = ::pthread_self();
        int pipe[2];
        if (::pipe(pipe) != 0) return false;
        std::thread waiter(&PortableServer::wait_for_signal, this, pipe[0]);
        {
            StopOnSignal stop(pipe[1], &stop_asked_, is_worker_);
            begin_accepting(slot_);
            svr_sock_ = listening.load();
            listen_after_bind();
            done_ = true;
        }
        close_listening();
        std::uint64_t one = 1;
        [[maybe_unused]] auto n = ::write(pipe[1], &one, sizeof one);
        waiter.join();
        ::close(pipe[0]);
        ::close(pipe[1]);
        return true;
    }

  private:
    // Ends idle connections soon and lets the others finish their request.
    void wait_for_signal(int descriptor) {
        std::uint64_t count = 0;
        while (!stop_asked_ && !done_) {
            if (::read(descriptor, &count, sizeof count) < 0 && errno != EINTR) break;
            if (StopOnSignal::restart_asked()) successor.start(listening, ours);
        }
        stopping_ = true;
        shut_door();
        for (int rounds = 0; !done_; ++rounds) { // until it has ended: the interruption may be missed
            if (rounds > 10 || (rounds > 1 && !somebody_waits())) {
                svr_sock_ = -1; // stop() would shut the socket down for all who share it
                interrupt_accepting();
            }
            ::usleep(10000);
        }
    }
    bool process_and_close_socket(socket_t socket) override {
        HttplibConnection connection(socket, limits_, stopping_);
        RequestHead head;
        bool open = true;
        while (open && connection.read_head(head)) {
            connection.hide_ranges(head);
            Adapter::own_headers() = &head.headers;
            bool closing = stopping_;
            open = handle_one(*this, connection, closing) && !closing;
            Adapter::own_headers() = nullptr;
            open = connection.flush() && open;
        }
        connection.close();
        return true;
    }

    // process_request has taken the addresses as arguments since 0.18. It may throw what a hook threw.
    template <class Self>
    static bool handle_one(Self& self, HttplibConnection& connection, bool& closing) {
        bool closed = false;
        bool good = false;
        try {
            if constexpr (requires { self.process_request(connection, false, closed, nullptr); }) {
                good = self.process_request(connection, closing, closed, nullptr);
            } else {
                good = self.process_request(connection, connection.remote(), connection.remote_port(), connection.local(),
                                            connection.local_port(), closing, closed, nullptr);
            }
        } catch (...) {
            good = false;
        }
        if (!good) connection.mark_refused();
        return good && !closed;
    }

    Adapter adapter_;
    const Limits& limits_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> stop_asked_{false};
    std::atomic<bool> done_{false};
    bool is_worker_;
    WorkerSlot* slot_;
};

} // namespace fastapi::detail
