#pragma once

// The threads of run()'s server on Linux: those that serve, and the clock.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "fastapi/server/connection.ipp"
#include "fastapi/server/event_loop.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_INLINE std::uintptr_t Worker::take() {
    std::uint64_t now = window.load(std::memory_order_acquire);
    for (;;) {
        std::uint64_t index = (now >> 16U) & 0xFFFFU;
        if (index >= (now & 0xFFFFU)) return 0;
        std::uintptr_t taken = ready[index].load(std::memory_order_relaxed);
        if (window.compare_exchange_weak(now, now + 0x10000U, std::memory_order_acq_rel)) return taken;
    }
}

FASTAPI_INLINE void Worker::publish(unsigned count) {
    std::uint64_t generation = (window.load(std::memory_order_relaxed) >> 32U) + 1;
    window.store(generation << 32U | count, std::memory_order_release);
}

// Milliseconds of a clock that never goes back, as fine as the kernel's tick (1 to 10), without a system call.
FASTAPI_INLINE std::int64_t EventLoop::refresh_time() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    std::int64_t milliseconds = std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
    now_.store(milliseconds, std::memory_order_relaxed);
    return milliseconds;
}

FASTAPI_COLD EventLoop::EventLoop(FastAPI& app, const ServerOptions& options)
    : counters(options.slot ? options.slot->counters : own_counters_), app_(app), options_(options), limits_(app.settings().limits),
      head_limits_(limits_), connections_(counters.open) {
    head_limits_.max_body_size = app.max_body_size();
}

FASTAPI_COLD bool EventLoop::start() {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    bell_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    gate_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    if (epoll_ < 0 || bell_ < 0 || gate_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, gate_, &event) != 0) return false;
    cpu_set_t set;
    processors_ = options_.processors;
    if (processors_ <= 0) processors_ = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    if (options_.tls) options_.tls->start(bell_);
    if (processors_ > options_.threads) processors_ = options_.threads;
    refresh_time();
    connections_.store(0); // what a process that died has left
    first_request_ = counters.requests.load();
    if (!add_worker()) return false;
    has_clock_ = ::pthread_create(&clock_, nullptr, &EventLoop::run_clock, this) == 0;
    return has_clock_;
}

FASTAPI_COLD EventLoop::~EventLoop() {
    accepting_ended();
    stop();
    join();
    for (Worker* worker = workers_.load(); worker != nullptr;) {
        Worker* next = worker->next;
        delete worker;
        worker = next;
    }
    for (unsigned i = 0; i < chunk_count_.load(); ++i) delete[] chunks_[i];
    std::free(clients_);
    for (int descriptor : {epoll_, bell_, gate_})
        if (descriptor >= 0) ::close(descriptor);
}

FASTAPI_COLD void EventLoop::join() {
    if (has_clock_) ::pthread_join(clock_, nullptr);
    has_clock_ = false;
}

FASTAPI_COLD void EventLoop::stop() {
    stop_asked_.store(true);
    ring();
}

FASTAPI_COLD void EventLoop::ring() const {
    std::uint64_t one = 1;
    [[maybe_unused]] auto n = ::write(bell_, &one, sizeof one);
}

FASTAPI_COLD void EventLoop::open_gate() const {
    std::uint64_t one = 1;
    [[maybe_unused]] auto n = ::write(gate_, &one, sizeof one);
}

FASTAPI_INLINE bool EventLoop::read_bell(int descriptor) {
    std::uint64_t count = 0;
    return ::read(descriptor, &count, sizeof count) > 0;
}

// --- connections ----------------------------------------------------------------------------------------------------------

// FNV-1a from a start that nobody outside knows.
FASTAPI_COLD std::size_t EventLoop::client_place(const char* address) const {
    std::uint64_t hash = client_seed_;
    for (; *address; ++address) hash = (hash ^ static_cast<unsigned char>(*address)) * 0x100000001B3U;
    return static_cast<std::size_t>(hash ^ hash >> 32U) & (client_places_ - 1);
}

FASTAPI_COLD bool EventLoop::count_client(const char* address) {
    if (client_count_ * 2 >= client_places_) { // twice the room
        std::size_t old_places = client_places_;
        Client* old = clients_;
        auto fresh = static_cast<Client*>(std::calloc(old_places ? old_places * 2 : 64, sizeof(Client)));
        if (!fresh) return false;
        if (!old) client_seed_ = (reinterpret_cast<std::uintptr_t>(fresh) ^ static_cast<std::uint64_t>(std::time(nullptr))) * 0x9E3779B97F4A7C15U;
        if (!old && ::getrandom(&client_seed_, sizeof client_seed_, GRND_NONBLOCK) < 0) errno = 0;
        clients_ = fresh;
        client_places_ = old_places ? old_places * 2 : 64;
        for (std::size_t i = 0; i < old_places; ++i) {
            if (!old[i].connections) continue;
            std::size_t at = client_place(old[i].address);
            while (clients_[at].connections) at = (at + 1) & (client_places_ - 1);
            clients_[at] = old[i];
        }
        std::free(old);
    }
    std::size_t at = client_place(address);
    while (clients_[at].connections && std::strcmp(clients_[at].address, address) != 0) at = (at + 1) & (client_places_ - 1);
    if (clients_[at].connections >= limits_.max_connections_per_client) return false;
    if (clients_[at].connections++ == 0) {
        std::memcpy(clients_[at].address, address, std::strlen(address) + 1);
        ++client_count_;
    }
    return true;
}

FASTAPI_COLD void EventLoop::forget_client(const char* address) {
    std::size_t mask = client_places_ - 1;
    std::size_t at = client_place(address);
    while (clients_[at].connections && std::strcmp(clients_[at].address, address) != 0) at = (at + 1) & mask;
    if (!clients_[at].connections || --clients_[at].connections > 0) return;
    --client_count_;
    // Who stands behind in the same run moves up, unless it stands between its own place and the gap.
    for (std::size_t next = (at + 1) & mask; clients_[next].connections; next = (next + 1) & mask) {
        if (((next - client_place(clients_[next].address)) & mask) < ((next - at) & mask)) continue;
        clients_[at] = clients_[next];
        clients_[next].connections = 0;
        at = next;
    }
}

FASTAPI_COLD void EventLoop::adopt(int socket) {
    Connection* connection = nullptr;
    char client[46] = "";
    std::uint16_t port = 0;
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        if (address.ss_family == AF_INET) {
            auto v4 = reinterpret_cast<const sockaddr_in*>(&address);
            ::inet_ntop(AF_INET, &v4->sin_addr, client, sizeof client);
            port = ntohs(v4->sin_port);
        } else if (address.ss_family == AF_INET6) {
            auto v6 = reinterpret_cast<const sockaddr_in6*>(&address);
            ::inet_ntop(AF_INET6, &v6->sin6_addr, client, sizeof client);
            port = ntohs(v6->sin6_port);
        }
    }
    bool limited = limits_.max_connections_per_client > 0 && client[0] != '\0';
    bool one_too_many = false;
    if (connections_.load() < limits_.max_connections) {
        std::lock_guard lock(mutex_);
        unsigned count = chunk_count_.load(std::memory_order_relaxed);
        if (!first_unused_ && count < most_chunks) {
            chunks_[count] = new Connection[chunk_size(count)];
            for (unsigned i = chunk_size(count); i-- > 0;) {
                chunks_[count][i].next_unused = first_unused_;
                first_unused_ = &chunks_[count][i];
            }
            chunk_count_.store(count + 1, std::memory_order_release);
        }
        if (first_unused_) one_too_many = limited && !count_client(client);
        connection = one_too_many ? nullptr : first_unused_;
        if (connection) first_unused_ = connection->next_unused;
    }
    if (!connection) {
        counters.turned_away.fetch_add(1, std::memory_order_relaxed);
        if (one_too_many) counters.turned_away_client.fetch_add(1, std::memory_order_relaxed);
        constexpr std::string_view busy = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n";
        if (!options_.tls) ::send(socket, busy.data(), busy.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        ::shutdown(socket, SHUT_WR);
        char unread[4096]; // a socket that is closed with bytes unread takes the answer with it
        [[maybe_unused]] auto n = ::recv(socket, unread, sizeof unread, MSG_DONTWAIT);
        ::close(socket);
        return;
    }
    counters.accepted.fetch_add(1, std::memory_order_relaxed);
    connections_.fetch_add(1);
    connection->socket = socket;
    connection->began = 0;
    std::memcpy(connection->address, client, sizeof client);
    connection->port = port;
    connection->deadline.store(refresh_time() + (options_.tls ? limits_.head_timeout_ms : limits_.keep_alive_timeout_ms),
                               std::memory_order_relaxed);
    if (options_.tls && !options_.tls->open(*connection)) return release(*connection);
    connection->state.store(0, std::memory_order_release);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    event.data.ptr = connection;
    bool added = false;
    {
        std::lock_guard lock(mutex_); // an event of the place's last connection may have it run, and closed, already
        added = connection->socket >= 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->socket, &event) == 0;
    }
    if (!added) {
        std::uint32_t state = 0;
        if (connection->state.compare_exchange_strong(state, Connection::running, std::memory_order_acq_rel)) release(*connection);
        return;
    }
    if (clock_sleeps_.exchange(false)) ring();
}

// With the lock, under which sockets are closed: else the number could be another connection's by then.
FASTAPI_INLINE void EventLoop::wake(Connection& connection) {
    std::lock_guard lock(mutex_);
    wake_locked(connection);
}

FASTAPI_INLINE void EventLoop::wake_locked(Connection& connection) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET; // it is told at once when the socket takes more, as it mostly does
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket, &event);
}

FASTAPI_COLD void EventLoop::wake_at(Connection& connection, std::int64_t due) {
    bool first = false;
    {
        std::lock_guard lock(mutex_);
        first = timers_.empty() || due < timers_.front().due;
        timers_.push_back({due, &connection});
        for (std::size_t i = timers_.size() - 1; i > 0 && timers_[i].due < timers_[(i - 1) / 2].due; i = (i - 1) / 2)
            std::swap(timers_[i], timers_[(i - 1) / 2]);
    }
    fire_timers_.store(&EventLoop::fire_timers);
    if (first) ring();
}

// Wakes whose time has come, and lowers the timeout to when the next is due.
FASTAPI_COLD void EventLoop::fire_timers(EventLoop& loop, int& timeout) {
    std::int64_t now = steady_milliseconds();
    std::lock_guard lock(loop.mutex_);
    List<Timer>& timers = loop.timers_;
    while (!timers.empty() && timers.front().due <= now) {
        loop.wake_locked(*timers.front().connection);
        timers.front() = timers.back();
        timers.pop_back();
        for (std::size_t i = 0;;) {
            std::size_t least = i;
            for (std::size_t child : {2 * i + 1, 2 * i + 2})
                if (child < timers.size() && timers[child].due < timers[least].due) least = child;
            if (least == i) break;
            std::swap(timers[i], timers[least]);
            i = least;
        }
    }
    if (timers.empty()) return;
    std::int64_t left = timers.front().due - now;
    if (timeout < 0 || left < timeout) timeout = static_cast<int>(left);
}

// While a thread is busy the clock looks every ten milliseconds.
FASTAPI_COLD void EventLoop::watch(LimitedHandler& handler) {
    std::lock_guard lock(mutex_);
    handler.answered = false;
    handler.next = limited_;
    handler.link = &limited_;
    if (limited_) limited_->link = &handler.next;
    limited_ = &handler;
    answer_for_handlers_.store(&EventLoop::answer_for_handlers);
}

FASTAPI_COLD bool EventLoop::unwatch(LimitedHandler& handler) {
    std::lock_guard lock(mutex_);
    if (handler.answered) return true;
    *handler.link = handler.next;
    if (handler.next) handler.next->link = handler.link;
    return false;
}

// The handler's thread does not touch the connection while it is in the list, and nobody else may.
FASTAPI_COLD void EventLoop::answer_for_handlers(EventLoop& loop) {
    std::int64_t now = steady_milliseconds();
    std::lock_guard lock(loop.mutex_);
    for (LimitedHandler* handler = loop.limited_; handler;) {
        LimitedHandler* next = handler->next;
        if (handler->due <= now) {
            *handler->link = next;
            if (next) next->link = handler->link;
            handler->answered = true;
            constexpr std::string_view answer = "HTTP/1.1 504 Gateway Timeout\r\ncontent-length: 28\r\ncontent-type: application/json\r\n"
                                                "connection: close\r\n\r\n{\"detail\":\"Gateway Timeout\"}";
            static_assert(answer.size() - answer.find('{') == 28);
            std::string_view text = answer.substr(0, handler->is_head ? answer.find('{') : answer.size());
            Connection& connection = *handler->connection;
            // It is empty, so that little fits into the socket.
            auto n = connection.tls ? loop.options_.tls->send(connection, text, {})
                                    : ::send(connection.socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n > 0) loop.counters.bytes_sent.fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
        }
        handler = next;
    }
}

FASTAPI_INLINE void EventLoop::release(Connection& connection) {
    if (connection.tls) options_.tls->release(connection);
    connection.occupant = {};
    connection.successor = {};
    connection.partial = {};
    std::free(connection.input);
    connection.input = nullptr;
    connection.input_size = 0;
    connection.input_room = 0;
    connection.output = {};
    connection.output_sent = 0;
    connection.phase = Connection::Phase::idle;
    connection.closing = connection.refused = connection.at_end = connection.look_again = connection.wants_output = false;
    connection.deadline.store(no_deadline, std::memory_order_relaxed);
    connection.state.store(Connection::unused, std::memory_order_release);
    {
        std::lock_guard lock(mutex_);
        ::close(connection.socket.exchange(-1));
        if (limits_.max_connections_per_client > 0 && connection.address[0]) forget_client(connection.address);
        connection.next_unused = first_unused_;
        first_unused_ = &connection;
    }
    if (connections_.fetch_sub(1) == 1 && stopping()) stop(); // the last one
}

// --- threads that serve ---------------------------------------------------------------------------------------------------

FASTAPI_COLD void* EventLoop::run_worker(void* worker) {
    auto self = static_cast<Worker*>(worker);
    self->thread.store(static_cast<int>(::syscall(SYS_gettid)));
    try {
        self->loop->work(*self);
    } catch (...) { // no memory for its buffers
    }
    self->alive.store(false);
    return nullptr;
}
FASTAPI_COLD void* EventLoop::run_clock(void* loop) {
    static_cast<EventLoop*>(loop)->keep_time();
    return nullptr;
}

FASTAPI_COLD bool EventLoop::add_worker() {
    Worker* worker = workers_.load();
    while (worker && worker->alive.load()) worker = worker->next;
    if (!worker) {
        worker = new Worker;
        worker->loop = this;
        worker->next = workers_.load();
        workers_.store(worker);
    }
    worker->busy = false;
    worker->waiting.store(false);
    worker->alive.store(true);
    pthread_t thread{};
    bool started = ::pthread_create(&thread, nullptr, &EventLoop::run_worker, worker) == 0;
    if (started) {
        ::pthread_detach(thread);
    } else {
        worker->alive.store(false);
    }
    return started;
}

FASTAPI_INLINE void EventLoop::work(Worker& self) {
    WorkSpace space(*this);
    epoll_event events[Worker::batch];
    int most = 1;
    steal(space);
    for (;;) {
        self.waiting.store(true);
        int count = ::epoll_wait(epoll_, events, most, -1);
        self.waiting.store(false);
        if (count <= 0) continue; // interrupted
        if (clock_sleeps_.load() && clock_sleeps_.exchange(false)) ring();
        unsigned used = 0;
        bool called = false;
        for (int i = 0; i < count; ++i) {
            if (!events[i].data.ptr) {
                called = true;
                continue;
            }
            bool hung_up = (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
            self.ready[used++].store(reinterpret_cast<std::uintptr_t>(events[i].data.ptr) | (hung_up ? 1U : 0U), std::memory_order_relaxed);
        }
        self.publish(used);
        std::int64_t began = refresh_time();
        space.begin_batch();
        while (std::uintptr_t event = self.take()) {
            self.serial.fetch_add(1, std::memory_order_relaxed);
            take_event(event, space);
        }
        space.end_batch();
        // A thread whose handlers are slow takes one event at a time, so that other threads can have the rest.
        most = refresh_time() - began > 4 ? 1 : most < static_cast<int>(Worker::batch) ? most * 2 : most;
        if (!called) continue;
        if (ending_.load()) return; // the gate stays open for the others
        read_bell(gate_);
        steal(space);
        for (int surplus = surplus_.load(); surplus > 0;) {
            if (!surplus_.compare_exchange_weak(surplus, surplus - 1)) continue;
            if (surplus > 1) open_gate();
            return;
        }
    }
}

// Takes what lies before threads that are held up.
FASTAPI_COLD void EventLoop::steal(WorkSpace& space) {
    space.begin_batch();
    for (Worker* worker = workers_.load(); worker; worker = worker->next)
        while (std::uintptr_t event = worker->alive.load() ? worker->take() : 0) take_event(event, space);
    space.end_batch();
}

FASTAPI_INLINE void EventLoop::take_event(std::uintptr_t event, WorkSpace& space) {
    auto& connection = *reinterpret_cast<Connection*>(event & ~std::uintptr_t{1});
    std::uint32_t added = Connection::event | ((event & 1U) ? Connection::hung_up : 0U);
    std::uint32_t state = connection.state.fetch_or(added, std::memory_order_acq_rel) | added;
    do {
        if (state & (Connection::running | Connection::unused)) return; // whoever runs it looks again
    } while (!connection.state.compare_exchange_weak(state, Connection::running, std::memory_order_acq_rel));
    if (state & Connection::hung_up) look_for_end(connection);
    run(connection, space);
}

// Runs a connection that is this thread's until there is nothing more to do.
FASTAPI_INLINE void EventLoop::run(Connection& connection, WorkSpace& space) {
    for (;;) {
        bool open = false;
        try {
            open = space.serve(connection);
        } catch (...) { // no memory
        }
        if (!open) return release(connection);
        std::uint32_t state = Connection::running;
        if (connection.state.compare_exchange_strong(state, 0, std::memory_order_acq_rel)) return;
        state = connection.state.fetch_and(~(Connection::event | Connection::hung_up), std::memory_order_acq_rel);
        if (state & Connection::hung_up) look_for_end(connection);
    }
}

// The event may be one of the place's last connection, which a thread that was held up brings late: the socket itself is asked.
FASTAPI_INLINE void EventLoop::look_for_end(Connection& connection) {
    pollfd one{connection.socket, POLLRDHUP, 0};
    if (::poll(&one, 1, 0) > 0) connection.at_end = true;
}

// --- the clock ------------------------------------------------------------------------------------------------------------

FASTAPI_COLD void EventLoop::keep_time() {
    WorkSpace space(*this);
    std::int64_t swept = 0;
    std::int64_t stop_by = no_deadline;
    for (;;) {
        int timeout = -1;
        if (stopping() || quiet_looks_ < 100) {
            timeout = 10;
        } else if (connections_.load() > 0) {
            timeout = 250;
        }
        if (auto fire = fire_timers_.load()) fire(*this, timeout);
        if (auto answer = answer_for_handlers_.load()) answer(*this);
        pollfd bell{bell_, POLLIN, 0};
        if (::poll(&bell, 1, timeout) > 0 && read_bell(bell_)) {
            quiet_looks_ = 0;
            if (rung) rung(stop_argument);
        }
        if (options_.max_requests > 0 && !stopping() &&
            counters.requests.load() - first_request_ >= static_cast<std::uint64_t>(options_.max_requests)) {
            std::fprintf(stderr, "WARNING:  As many requests as --limit-max-requests says: this process ends\n");
            stop_asked_.store(true);
        }
        std::int64_t now = refresh_time();
        if (options_.tls) options_.tls->tick();
        if (stop_asked_.load() && !stopping()) {
            stopping_.store(true);
            stop_by = now + limits_.stop_timeout_ms;
        }
        // Until it has ended: a server that has not begun to accept cannot be told to stop.
        if (stopping() && accepting_.load()) stop_accepting(stop_argument);
        if (look_at_workers()) {
            quiet_looks_ = 0;
        } else if (++quiet_looks_ == 100) {
            // Whoever gets an event from now on rings. One who got it just before is seen here.
            clock_sleeps_.store(true);
            if (look_at_workers() && clock_sleeps_.exchange(false)) quiet_looks_ = 0;
        }
        if (now - swept >= (stopping() ? 20 : 250)) {
            swept = now;
            sweep(space);
        }
        if (stopping() && !accepting_.load() && ((connections_.load() == 0 && guests.load() == 0) || now > stop_by)) break;
    }
    ending_.store(true);
    open_gate();
    for (int waited = 0; waited < 2000; ++waited) {
        bool alive = false;
        for (Worker* worker = workers_.load(); worker; worker = worker->next) alive = alive || worker->alive.load();
        if (!alive) return;
        ::poll(nullptr, 0, 1);
    }
    std::fputs("ERROR:    A handler did not end in time; the program ends without it\n", stderr);
    ::_exit(1);
}

// Sees to it that as many threads serve as there are processors, beside those that are held up in a handler. True: there
// was something to do since the last look.
// Whether a thread of ours could go on, if only it had a processor: "R" behind the name, see proc(5).
FASTAPI_COLD bool is_runnable(int thread) {
    char path[48];
    char text[128];
    std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    int file = ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t size = ::read(file, text, sizeof text);
    ::close(file);
    std::string_view line(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    std::size_t name_end = line.rfind(')');
    return name_end != std::string_view::npos && name_end + 2 < line.size() && line[name_end + 2] == 'R';
}

FASTAPI_COLD bool EventLoop::look_at_workers() {
    int alive = 0;
    int runnable = 0; // of those that are held up: they compute, or the machine has other things to do
    int waiting = 0;
    int held_up = 0;
    bool active = false;
    bool left_lying = false;
    for (Worker* worker = workers_.load(); worker; worker = worker->next) {
        if (!worker->alive.load()) continue;
        ++alive;
        bool waits = worker->waiting.load();
        std::uint32_t serial = worker->serial.load(std::memory_order_relaxed);
        if (waits) ++waiting;
        bool same = serial == worker->seen;
        if (!same || !waits) active = true;
        if (!waits && worker->busy && same) {
            // More threads than processors that compute would only share what there is.
            if (!is_runnable(worker->thread.load()) || ++runnable <= processors_) ++held_up;
            std::uint64_t window = worker->window.load(std::memory_order_acquire);
            if (((window >> 16U) & 0xFFFFU) < (window & 0xFFFFU)) left_lying = true;
        }
        worker->seen = serial;
        worker->busy = !waits;
    }
    crowded_looks_ = waiting == 0 ? crowded_looks_ + 1 : 0;
    int free = alive - held_up;
    if (waiting == 0 && (free < processors_ && (held_up > 0 || crowded_looks_ > 1))) {
        // The more are held up, the more come at once: hundreds of blocking handlers are soon at work.
        int wanted = free > 0 ? processors_ - free : (held_up > processors_ ? held_up : processors_);
        while (wanted-- > 0 && alive < options_.threads && add_worker()) ++alive;
    } else if (left_lying && waiting > 0) {
        open_gate();
    }
    if (free > processors_ && waiting > processors_) {
        if (++idle_looks_ > 100) { // a second long
            surplus_.store(free - processors_);
            open_gate();
            idle_looks_ = 0;
        }
    } else {
        idle_looks_ = 0;
    }
    return active;
}

// Ends connections whose deadline has passed.
FASTAPI_COLD void EventLoop::sweep(WorkSpace& space) {
    std::int64_t now = this->now();
    unsigned count = chunk_count_.load(std::memory_order_acquire);
    for (unsigned i = 0; i < count; ++i) {
        for (unsigned j = 0; j < chunk_size(i); ++j) {
            Connection& connection = chunks_[i][j];
            std::int64_t deadline = connection.deadline.load(std::memory_order_relaxed);
            if (deadline > now && !stopping()) continue;
            std::uint32_t state = 0;
            if (!connection.state.compare_exchange_strong(state, Connection::running, std::memory_order_acq_rel)) continue;
            bool open = true;
            deadline = connection.deadline.load(std::memory_order_relaxed);
            if (deadline <= now) {
                char next = 0; // a request that has come is answered, however late
                bool asked = connection.phase == Connection::Phase::idle && ::recv(connection.socket, &next, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
                if (asked) {
                    connection.state.fetch_or(Connection::event, std::memory_order_relaxed);
                } else {
                    open = space.expire(connection);
                }
            } else if (connection.phase == Connection::Phase::occupied) {
                wake(connection); // to end, or to go on
            } else if (connection.phase == Connection::Phase::idle) { // a request may be on its way, the more so as the first
                std::int64_t grace = connection.began == 0 ? first_grace : stop_grace;
                if (deadline > now + grace) connection.deadline.store(now + grace, std::memory_order_relaxed);
            }
            if (!open) {
                release(connection);
            } else if (connection.state.exchange(0, std::memory_order_acq_rel) != Connection::running) {
                wake(connection);
            }
        }
    }
}

} // namespace fastapi::detail
