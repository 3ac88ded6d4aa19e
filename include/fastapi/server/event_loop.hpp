#pragma once

// The shape of run()'s server on Linux. Connections are parked in one epoll set, edge-triggered, which a few threads share:
// the thread that gets an event reads, parses, handles and answers, with no hand-over. A clock thread looks after what takes
// long. What is said on a connection is connection.ipp's, the threads are event_loop.ipp's, who listens is run.ipp's.

#include <atomic>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <pthread.h>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/http/stream.hpp"
#include "fastapi/meta/list.hpp"
#include "fastapi/server/http1.hpp"
#include "fastapi/server/listener.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

class EventLoop;
class WorkSpace;
struct Connection;

// Who has a connection when it is no longer one request after another: a streamed answer, a WebSocket, a coroutine.
class Occupant {
  public:
    enum class Next : std::uint8_t { stay, leave, close, replaced };
    Occupant();
    virtual ~Occupant();
    void (*dispose)(Occupant* self);
    Next (*go)(Occupant& self, Connection& connection, WorkSpace& space); // serve(), see Disposed
    // Something happened on the socket, or EventLoop::wake was called: it reads and writes what it can. leave: the
    // connection goes on with the next request; replaced: with connection.successor.
    virtual Next serve(Connection& connection, WorkSpace& space) = 0;
};

inline constexpr std::int64_t no_deadline = INT64_MAX;
inline constexpr std::int64_t stop_grace = 100;  // milliseconds: how long a silent connection is kept when the server stops
inline constexpr std::int64_t first_grace = 500; // one that has not said anything yet

// Connections over TLS: what they do in place of ::recv, ::send and ::shutdown. tls.ipp has it, where that is compiled.
class Tls {
  public:
    virtual ~Tls() = default;
    // The loop begins. `bell` is to be written to (eight bytes) when something is to be done by tick, which the clock calls.
    virtual void start(int bell) = 0;
    virtual void tick() = 0;
    // For a socket that was accepted. False: no memory.
    virtual bool open(Connection& connection) = 0;
    // As ::recv; makes the handshake first. Less than there is room for is all there is, or at_end is set.
    virtual std::ptrdiff_t receive(Connection& connection, EventLoop& loop, char* target, std::size_t room) = 0;
    // As ::send of both; what has been refused with EAGAIN must be first in the next call, with no less behind it.
    virtual std::ptrdiff_t send(Connection& connection, std::string_view data, std::string_view body) = 0;
    // Tells the client that nothing more comes, and shuts the sending side.
    virtual void shutdown(Connection& connection, EventLoop& loop) = 0;
    // The socket is about to be closed.
    virtual void release(Connection& connection) = 0;
};

// One connection. Its place serves one after another and is not given back while the loop lives, so that an event that
// comes late, when it has another connection, does no harm: it is only a reason to look.
struct alignas(64) Connection {
    // Who may touch the rest: whoever sets `running`. Others leave `event`, and the one who runs looks again.
    static constexpr std::uint32_t running = 1;
    static constexpr std::uint32_t event = 2;
    static constexpr std::uint32_t hung_up = 4; // with an event: the client has closed its side, or all of it
    static constexpr std::uint32_t unused = 8;
    std::atomic<std::uint32_t> state{unused};
    enum class Phase : std::uint8_t { idle, head, body, sending, draining, occupied };
    Phase phase = Phase::idle;
    bool closing = false;        // when what is in `output` has been sent
    bool refused = false;        // the client may be sending what nobody will read
    bool at_end = false;         // the client has closed its side: read until nothing comes
    bool look_again = false;     // there may be whole requests in `input`
    bool wants_output = false;   // the epoll set tells when the socket takes more
    std::uint16_t port = 0;      // of the client
    std::atomic<int> socket{-1};
    std::atomic<std::int64_t> deadline{no_deadline}; // milliseconds of the loop's clock
    std::int64_t began = 0;      // when the head, or the body, began; 0: there was none
    char* input = nullptr;       // what came of a request that is not whole; null while parked between requests
    std::size_t input_size = 0;
    std::size_t input_room = 0;
    struct Partial;
    Owned<Partial> partial;      // how far that request has been read
    std::string output;          // what the socket has not taken yet
    std::size_t output_sent = 0;
    Disposed<Occupant> occupant;
    Disposed<Occupant> successor;
    void* tls = nullptr;         // the session, when it goes over TLS
    enum class TlsState : std::uint8_t { open, handshake, broken, ending };
    TlsState tls_state = TlsState::open; // ending: the last record has not been taken yet
    Connection* next_unused = nullptr;
    char address[46] = "";       // of the client, as text
};

// A handler that blocks, and has a time limit. When that is over the clock tells the client, and the handler's own answer is
// dropped.
struct LimitedHandler : HandlerWatch {
    WorkSpace* space = nullptr;
    Connection* connection = nullptr;
    std::int64_t due = 0; // milliseconds of the steady clock
    int limit_ms = 0;
    bool begun = false;
    bool is_head = false;
    bool answered = false; // by the clock
    LimitedHandler* next = nullptr;
    LimitedHandler** link = nullptr; // what points here, while the loop has it in its list
};

// A thread's buffers, and the protocol: what it does with a connection that is its own for the moment.
class WorkSpace {
  public:
    explicit WorkSpace(EventLoop& loop);
    ~WorkSpace();
    WorkSpace(const WorkSpace&) = delete;
    WorkSpace& operator=(const WorkSpace&) = delete;

    // Does all that can be done on a connection now. False: it is over.
    bool serve(Connection& connection);
    // Its deadline has passed. False: it is over.
    bool expire(Connection& connection);
    // Before and behind a batch of connections.
    void begin_batch();
    void end_batch();

    // Makes a request of its head, which gives its headers.
    static void fill(Request& request, const Connection& connection, RequestHead& head);
    // Puts an answer in the line to the client; one that streams occupies the connection.
    void deliver(Connection& connection, const Request& request, Response& response, const AnswerForm& form);
    // Sends bytes, and a body behind them; what the socket does not take waits with the connection. False: the client is gone.
    bool send(Connection& connection, const char* data, std::size_t size, std::string&& body);
    bool send_rest(Connection& connection);
    bool flush(Connection& connection);
    // As recv: bytes, 0 at the end, -1 with errno.
    std::ptrdiff_t receive(Connection& connection, char* target, std::size_t room);
    // Keeps what came of a request, or forgets it.
    static void keep_input(Connection& connection, char* data, std::size_t size);
    static void forget_input(Connection& connection);

    EventLoop& loop;
    static constexpr std::size_t buffer_size = std::size_t{64} << 10U;
    [[nodiscard]] char* buffer() const { return buffer_; } // for what is received and used at once

  private:
    static constexpr std::size_t copied_body = std::size_t{16} << 10U; // longer ones are sent from where they are

    bool receive_and_answer(Connection& connection);
    std::size_t answer_whole_requests(Connection& connection, char* data, std::size_t& size);
    bool go_on(Connection& connection, char* data, std::size_t& size, std::size_t& total);
    void wait_for_rest(Connection& connection, const HeadResult& result);
    void answer(Connection& connection, std::string_view body);
    static void begin_limit(HandlerWatch& handler, const Request& request, int milliseconds);
    bool end_limit(const Request& request);
    bool begin_body(Connection& connection, RequestHead& head);
    void write_head(const Response& response, const AnswerForm& form);
    void refuse(Connection& connection, int status);
    bool grow_input(Connection& connection);
    bool finish(Connection& connection, bool drained);
    bool drain(Connection& connection);
    void park(Connection& connection);

    char* buffer_ = nullptr; // for connections that have nothing waiting
    RequestHead head_;
    LimitedHandler limited_;
    std::string output_;     // answers of this turn
    std::string log_;
    std::int64_t now_ = 0;   // milliseconds of the loop's clock, at the batch's beginning
    std::uint64_t received_ = 0; // bytes, of this batch
    std::uint64_t sent_ = 0;
    std::time_t date_at_ = 0;
    std::string date_;       // the header's line
};

// A thread that serves. The events that it got at once lie in `ready`; `window` says which are still to be taken, so that
// another thread can take them when this one is held up: generation (32 bits), next (16), end (16).
struct Worker {
    static constexpr unsigned batch = 32;
    EventLoop* loop = nullptr;
    Worker* next = nullptr; // in the loop's list, which only grows; the place of one that has ended is used again
    std::atomic<std::uint64_t> window{0};
    std::atomic<std::uintptr_t> ready[batch]; // the connection, and in bit 0 whether it hung up
    std::atomic<std::uint32_t> serial{0};     // grows with each event
    std::atomic<bool> waiting{false};         // for events
    std::atomic<bool> alive{false};
    std::atomic<int> thread{0};               // the system's number
    std::uint32_t seen = 0; // by the clock, at its last look
    bool busy = false;      // at the clock's last look

    std::uintptr_t take();
    void publish(unsigned count);
};

class EventLoop {
  public:
    EventLoop(FastAPI& app, const ServerOptions& options);
    ~EventLoop(); // waits for the threads
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Opens the epoll set and starts the threads. False when the system refuses; errno says why.
    bool start();
    // Takes a socket over.
    void adopt(int socket);
    // Asks the loop to stop: requests in flight are finished. A signal handler sets the flag and writes to the bell.
    void stop();
    [[nodiscard]] int bell() const { return bell_; }
    [[nodiscard]] std::atomic<bool>* stop_flag() { return &stop_asked_; }
    // Called by the clock when that begins: no more is adopted from then on.
    void (*stop_accepting)(void*) = nullptr;
    // Called by the clock when the bell was rung.
    void (*rung)(void*) = nullptr;
    void* stop_argument = nullptr;
    // Nothing more will be adopted.
    void accepting_ended() { accepting_.store(false); }
    // Waits until the loop has stopped.
    void join();

    // Has a thread look at a connection as if its socket had something to say.
    void wake(Connection& connection);
    // Wants to be told when the socket takes more.
    void want_output(Connection& connection) {
        connection.wants_output = true;
        wake(connection);
    }
    // Wakes it at that time (milliseconds of the steady clock).
    void wake_at(Connection& connection, std::int64_t due);
    // Has the clock answer for a handler when its time is over; until the second is called. True: it has.
    void watch(LimitedHandler& handler);
    bool unwatch(LimitedHandler& handler);
    void release(Connection& connection);
    // Counts a request that is answered with an error before, or instead of, its handler.
    void count_refusal(int status);

    [[nodiscard]] FastAPI& app() const { return app_; }
    [[nodiscard]] const Limits& limits() const { return limits_; }
    // With the most bytes that any route takes.
    [[nodiscard]] const Limits& head_limits() const { return head_limits_; }
    [[nodiscard]] const ServerOptions& options() const { return options_; }
    [[nodiscard]] bool stopping() const { return stopping_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool ending() const { return ending_.load(std::memory_order_relaxed); } // nothing is waited for any more
    [[nodiscard]] std::int64_t now() const { return now_.load(std::memory_order_relaxed); }
    std::int64_t refresh_time();
    // Threads of handlers that hold one for as long as their connection lasts; the loop ends when they have.
    std::atomic<int> guests{0};

  private:
    AtomicCounters own_counters_;

  public:
    AtomicCounters& counters;

  private:
    // How many connections each client has, when that is limited: open addressing, never more than half full.
    struct Client {
        char address[46];
        int connections; // 0: the place is free
    };
    // Adds a connection of the client's. False when it has as many as it may have. Both need the mutex.
    bool count_client(const char* address);
    void forget_client(const char* address);
    std::size_t client_place(const char* address) const;
    // Places for connections come in chunks, larger ones as they become many.
    static constexpr unsigned most_chunks = 1024;
    static constexpr unsigned chunk_size(unsigned chunk) { return chunk < 4 ? 64U << chunk : 1024; }

    static void* run_worker(void* worker);
    static void* run_clock(void* loop);
    void work(Worker& self);
    void steal(WorkSpace& space);
    void take_event(std::uintptr_t event, WorkSpace& space);
    void run(Connection& connection, WorkSpace& space);
    static void look_for_end(Connection& connection);
    bool add_worker();
    void keep_time();
    bool look_at_workers();
    void sweep(WorkSpace& space);
    void wake_locked(Connection& connection);
    static void fire_timers(EventLoop& loop, int& timeout);
    static void answer_for_handlers(EventLoop& loop);
    void ring() const; // wakes the clock
    void open_gate() const;
    static bool read_bell(int descriptor);

    FastAPI& app_;
    const ServerOptions& options_;
    const Limits& limits_;
    Limits head_limits_;
    int epoll_ = -1;
    int bell_ = -1; // wakes the clock
    int gate_ = -1; // wakes one thread that waits for events
    pthread_t clock_{};
    bool has_clock_ = false;
    std::atomic<Worker*> workers_{nullptr};
    int processors_ = 1;
    std::uint64_t first_request_ = 0; // the counter at the start
    std::atomic<int> surplus_{0};    // threads that are to end
    std::atomic<bool> clock_sleeps_{false};
    std::atomic<bool> stop_asked_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> accepting_{true};
    std::atomic<bool> ending_{false};
    std::atomic<std::int64_t> now_{0};
    int quiet_looks_ = 0;
    int crowded_looks_ = 0;
    int idle_looks_ = 0;
    std::atomic<void (*)(EventLoop& loop, int& timeout)> fire_timers_{nullptr}; // set by the first timer
    std::atomic<void (*)(EventLoop& loop)> answer_for_handlers_{nullptr}; // set by the first that has a limit
    std::mutex mutex_; // of what follows
    LimitedHandler* limited_ = nullptr;
    struct Timer {
        std::int64_t due;
        Connection* connection;
    };
    List<Timer> timers_; // a heap: the first to fire is in front
    Connection* first_unused_ = nullptr;
    std::atomic<unsigned> chunk_count_{0};
    Connection* chunks_[most_chunks] = {};
    Client* clients_ = nullptr;
    std::size_t client_places_ = 0; // a power of two
    std::size_t client_count_ = 0;
    std::uint64_t client_seed_ = 0;
    std::atomic<std::int64_t>& connections_;
};

} // namespace fastapi::detail
