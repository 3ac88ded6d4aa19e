// Loads that wrk cannot make, from one thread, against 127.0.0.1. Prints lines "bench: MODE METRIC VALUE", or one line
// "skipped: …" when the server does not have what the mode needs; ends with 1 when something was answered wrongly.
//
//   load busy                requests one after the other on --busy connections (closed loop): p50, p99, CPU time a request
//   load idle N              N parked connections: bytes of the server for each, and what they cost the busy ones
//   load slow N              N clients that send a byte a second (half of them a head, half a body) and --silent M that send
//                            nothing: when each is cut, and what they cost the busy ones
//   load sse N               N readers of GET /sse. An event whose data is the server's CLOCK_MONOTONIC in ns tells its delay
//   load websocket N         N echo clients on /ws (RFC 6455, frames masked), --interval-ms between their messages
//   load upload BYTES        POST /upload; --chunked sends it in chunks
//   load download BYTES      GET /download?size=BYTES; --rate MB reads no faster than that a second
//   load tls                 https: as busy, then handshakes, full and resumed
//   load chaos SEED          tests/chaos_clients.hpp for --seconds, and readers of /sse and WebSocket clients that vanish
//
// Options: --port N, --pid N (the server's, for its CPU time and memory), --seconds N (of each measurement), --limit N
// (seconds after which the program ends in any case), --path /target (of the busy ones; with sse, websocket, upload and
// download: theirs), --busy N, --busy-rate N (requests a second of all of them together; 0: closed loop), --silent N,
// --size N (bytes of a message), --tls (any mode over TLS).
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cinttypes>
#include <thread>

#include "../tests/chaos_clients.hpp"

namespace {

using test::AnswerReader;
using Micros = std::int64_t;

struct Options {
    std::string mode;
    std::int64_t count = 0;
    int port = 8000;
    int pid = 0;
    double seconds = 5;
    int limit = 300;
    std::string path;
    int busy = 8;
    int busy_rate = 2000;
    int silent = -1;
    int interval_ms = -1;
    int size = 32;
    double rate = 0;
    bool chunked = false;
    bool tls = false;
} options;

int exit_code = 0;

void result(const char* metric, double value) {
    const char* form = value == static_cast<double>(static_cast<std::int64_t>(value)) || value >= 1000 ? "%.0f" : "%.3g";
    char text[40];
    std::snprintf(text, sizeof text, form, value);
    std::printf("bench: %s %s %s\n", options.mode.c_str(), metric, text);
}
[[noreturn]] void fail(const std::string& what) {
    std::fflush(stdout);
    std::fprintf(stderr, "load: %s: %s\n", options.mode.c_str(), what.c_str());
    std::exit(1);
}
[[noreturn]] void skip(const std::string& why) {
    std::printf("skipped: %s: %s\n", options.mode.c_str(), why.c_str());
    std::exit(0);
}
void wrong(const std::string& what) {
    std::printf("wrong: %s: %s\n", options.mode.c_str(), what.c_str());
    exit_code = 1;
}

Micros now() { return test::chaos_detail::microseconds(); }

// ---------------------------------------------------------------------------------------------------- the server's process

// CPU time of the server's threads, those that have ended included, in microseconds.
double cpu_micros(int pid) {
    timespec time{};
    // The clock of another process: what clock_getcpuclockid() gives.
    clockid_t clock;
    if (pid == 0 || ::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// A line of /proc/PID/status: kB, or a count.
double status_of(const char* name) {
    char file[64];
    char line[256];
    double value = 0;
    std::snprintf(file, sizeof file, "/proc/%d/status", options.pid);
    std::FILE* in = std::fopen(file, "r");
    if (!in) return 0;
    while (std::fgets(line, sizeof line, in))
        if (std::strncmp(line, name, std::strlen(name)) == 0 && line[std::strlen(name)] == ':')
            value = std::strtod(line + std::strlen(name) + 1, nullptr);
    std::fclose(in);
    return value;
}
// VmHWM begins anew.
void reset_peak() {
    char file[64];
    std::snprintf(file, sizeof file, "/proc/%d/clear_refs", options.pid);
    if (std::FILE* out = std::fopen(file, "w")) {
        std::fputs("5", out);
        std::fclose(out);
    }
}

// ---------------------------------------------------------------------------------------------------- connections

SSL_CTX* tls_context() {
    static SSL_CTX* context = [] {
        SSL_CTX* made = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr); // the bench's certificate signs itself
        SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        return made;
    }();
    return context;
}

int epoll_set = -1;

// A non-blocking connection that is in the epoll set (edge-triggered) as long as it lives.
class Client {
  public:
    Client() = default;
    virtual ~Client() { close(false); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // index picks a source address: one address has some 28,000 ports.
    bool open(std::size_t index) {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd_ < 0) return false;
        int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        if (index >= 8000) {
            ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(index / 8000));
            if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
        }
        address.sin_port = htons(static_cast<std::uint16_t>(options.port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) return false;
        if (options.tls) {
            ssl_ = SSL_new(tls_context());
            SSL_set_fd(ssl_, fd_);
            SSL_set_connect_state(ssl_);
        }
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        event.data.ptr = this;
        return ::epoll_ctl(epoll_set, EPOLL_CTL_ADD, fd_, &event) == 0;
    }
    void close(bool reset) {
        if (ssl_) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); // or its session could not be resumed
        if (ssl_) SSL_free(ssl_);
        ssl_ = nullptr;
        if (fd_ < 0) return;
        linger at_once{1, 0};
        if (reset) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(fd_);
        fd_ = -1;
    }
    // As recv and send: -1 with EAGAIN when it must wait.
    ssize_t receive(char* data, std::size_t size) {
        if (!ssl_) return ::recv(fd_, data, size, 0);
        ERR_clear_error(); // SSL_get_error() looks at what is left there
        std::size_t n = 0;
        int good = SSL_read_ex(ssl_, data, size, &n);
        return tls_outcome(good, n);
    }
    ssize_t transmit(const char* data, std::size_t size) {
        if (!ssl_) return ::send(fd_, data, size, MSG_NOSIGNAL);
        ERR_clear_error(); // SSL_get_error() looks at what is left there
        std::size_t n = 0;
        int good = SSL_write_ex(ssl_, data, size, &n);
        return tls_outcome(good, n);
    }
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] SSL* ssl() const { return ssl_; }

    virtual void on_event(std::uint32_t events) = 0;
    virtual Micros due() { return -1; } // when on_time() is to be called; -1: never
    virtual void on_time() {}

  private:
    ssize_t tls_outcome(int good, std::size_t n) const {
        if (good) return static_cast<ssize_t>(n);
        int error = SSL_get_error(ssl_, 0);
        if (error == SSL_ERROR_ZERO_RETURN) return 0;
        errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
        return -1;
    }
    int fd_ = -1;
    SSL* ssl_ = nullptr;
};

// Handles events for some time, or until a condition holds. Those with a clock are few: they are gone through each time.
std::vector<Client*> timed;
template <class Condition>
bool run_until(Micros end, Condition done) {
    epoll_event events[512];
    while (!done()) {
        Micros at = now();
        if (at >= end) return false;
        Micros wake = end;
        for (Client* client : timed) {
            Micros due = client->due();
            if (due >= 0 && due <= at) client->on_time(), due = client->due();
            if (due >= 0) wake = std::min(wake, due);
        }
        Micros wait = std::min<Micros>(std::max<Micros>(wake - now(), 0), 50000);
        timespec time{wait / 1000000, wait % 1000000 * 1000};
        int count = ::epoll_pwait2(epoll_set, events, 512, &time, nullptr);
        for (int i = 0; i < count; ++i) static_cast<Client*>(events[i].data.ptr)->on_event(events[i].events);
    }
    return true;
}
void run_for(double seconds) {
    run_until(now() + static_cast<Micros>(seconds * 1e6), [] { return false; });
}

// ---------------------------------------------------------------------------------------------------- latencies

struct Latencies {
    std::vector<std::uint32_t> micros;
    bool on = false;

    void add(Micros value) {
        if (on) micros.push_back(static_cast<std::uint32_t>(std::min<Micros>(value, UINT32_MAX)));
    }
    double part(double fraction) {
        if (micros.empty()) return -1; // none came through
        auto at = std::min(micros.size() - 1, static_cast<std::size_t>(fraction * static_cast<double>(micros.size())));
        std::nth_element(micros.begin(), micros.begin() + static_cast<std::ptrdiff_t>(at), micros.end());
        return micros[at];
    }
    double longest() { return micros.empty() ? -1 : *std::max_element(micros.begin(), micros.end()); }
} latencies;

std::uint64_t busy_lost = 0; // connections that the server ended
std::uint64_t busy_wrong = 0;

// Asks again and again; with a rate, by a clock that does not wait for late answers: their delay counts from when they were
// due.
class Busy : public Client {
  public:
    Busy(std::string request, Micros interval, Micros first) : request_(std::move(request)), interval_(interval), due_(first) {
        reader_.keep_body = false;
    }
    bool stopped = false;

    Micros due() override { return interval_ == 0 || waiting_ || stopped ? -1 : due_; }
    void on_time() override { ask(); }
    void ask() {
        if (stopped) return;
        if (fd() < 0) open(0);
        sent_ = 0;
        waiting_ = true;
        asked_ = now();
        if (interval_ > 0 && due_ + interval_ < asked_) asked_ = due_ + interval_ / 2; // late because the one before was late
        due_ += interval_;
        on_event(0);
    }
    void on_event(std::uint32_t) override {
        if (fd() < 0) return;
        char buffer[16384];
        for (bool more = true; more;) {
            more = false;
            while (waiting_ && sent_ < request_.size()) {
                auto n = transmit(request_.data() + sent_, request_.size() - sent_);
                if (n <= 0) break;
                sent_ += static_cast<std::size_t>(n);
            }
            for (;;) {
                auto n = receive(buffer, sizeof buffer);
                if (n < 0 && errno == EAGAIN) break;
                if (n <= 0) return lost();
                reader_.read({buffer, static_cast<std::size_t>(n)});
                if (reader_.broken()) ++busy_wrong;
                if (!reader_.complete()) continue;
                if (reader_.status != 200) ++busy_wrong;
                reader_.reset();
                latencies.add(now() - asked_);
                waiting_ = false;
                if (interval_ == 0 && !stopped) {
                    sent_ = 0;
                    waiting_ = more = true;
                    asked_ = now();
                    break;
                }
            }
        }
    }
    // The age of a question without an answer: a server that stopped answering must not look good.
    void count_waiting() {
        if (waiting_) latencies.add(now() - asked_);
    }

  private:
    void lost() {
        ++busy_lost;
        close(false);
        reader_.reset();
        if (!waiting_ && interval_ > 0) return; // the next question opens one
        if (!open(0)) return;
        sent_ = 0;
        waiting_ = true;
    }

    std::string request_;
    Micros interval_;
    Micros due_;
    Micros asked_ = 0;
    std::size_t sent_ = 0;
    bool waiting_ = false;
    AnswerReader reader_;
};

std::string get(std::string_view target) { return "GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"; }

std::vector<std::unique_ptr<Busy>> busy_clients;

void start_busy(int rate) {
    std::string request = get(options.path.empty() || options.mode == "sse" || options.mode == "websocket" ? "/json" : options.path);
    Micros interval = rate > 0 ? Micros{1000000} * options.busy / rate : 0;
    for (int i = 0; i < options.busy; ++i) {
        busy_clients.push_back(std::make_unique<Busy>(request, interval, now() + interval * i / options.busy));
        if (!busy_clients.back()->open(0)) fail("cannot connect");
        if (interval > 0) timed.push_back(busy_clients.back().get());
        else busy_clients.back()->ask();
    }
}

// What the busy ones see for some time; the names of the figures end in a suffix.
void measure_busy(const std::string& suffix) {
    latencies.micros.clear();
    latencies.on = true;
    std::uint64_t lost_before = busy_lost;
    double cpu = cpu_micros(options.pid);
    Micros begin = now();
    run_for(options.seconds);
    double took = static_cast<double>(now() - begin);
    cpu = cpu_micros(options.pid) - cpu;
    auto count = static_cast<double>(latencies.micros.size());
    for (auto& client : busy_clients) client->count_waiting();
    latencies.on = false;
    result(("requests_per_second" + suffix).c_str(), count / took * 1e6);
    result(("p50_us" + suffix).c_str(), latencies.part(0.5));
    result(("p99_us" + suffix).c_str(), latencies.part(0.99));
    result(("longest_us" + suffix).c_str(), latencies.longest());
    if (options.pid && count > 0) result(("cpu_us" + suffix).c_str(), cpu / count);
    if (busy_lost > lost_before) result(("busy_lost" + suffix).c_str(), static_cast<double>(busy_lost - lost_before));
    if (busy_wrong) wrong(std::to_string(busy_wrong) + " answers were not 200");
    busy_wrong = 0;
}

// One request and its answer, on a connection of its own; status 0: no answer.
class Once : public Client {
  public:
    AnswerReader reader;
    bool over = false;
    Once(std::string request, double seconds) : request_(std::move(request)) {
        if (open(0)) run_until(now() + static_cast<Micros>(seconds * 1e6), [this] { return over; });
        close(true);
    }
    void on_event(std::uint32_t) override {
        if (over) return;
        while (sent_ < request_.size()) {
            auto n = transmit(request_.data() + sent_, request_.size() - sent_);
            if (n <= 0) break;
            sent_ += static_cast<std::size_t>(n);
        }
        char buffer[16384];
        for (;;) {
            auto n = receive(buffer, sizeof buffer);
            if (n < 0 && errno == EAGAIN) return;
            if (n > 0) reader.read({buffer, static_cast<std::size_t>(n)});
            if (n <= 0) reader.end_of_stream();
            if (n <= 0 || reader.complete() || reader.broken() || (reader.head_complete() && head_is_enough)) {
                over = true;
                return;
            }
        }
    }
    bool head_is_enough = true;

  private:
    std::string request_;
    std::size_t sent_ = 0;
};

// Ends with "skipped" unless the server has this endpoint.
AnswerReader require_endpoint(const std::string& request, int status) {
    Once once(request, 5);
    std::string first = request.substr(0, request.find(" HTTP"));
    if (once.reader.status == 0) fail(first + ": no answer");
    if (once.reader.status != status) skip(first + " answers " + std::to_string(once.reader.status));
    return std::move(once.reader);
}

// ---------------------------------------------------------------------------------------------------- parked, slow, silent

// Sends a request and reads one answer, at once or a byte a second, and waits for the server to end the connection.
class Waiter : public Client {
  public:
    enum class Kind { parked, slow_head, slow_body, silent };
    Waiter(Kind kind, std::string request) : kind_(kind), request_(std::move(request)) { reader_.keep_body = false; }
    bool answered = false;
    Micros opened = now();
    Micros cut = 0; // when the server ended it
    int status = 0;
    [[nodiscard]] Kind kind() const { return kind_; }

    void on_event(std::uint32_t) override {
        if (fd() < 0) return;
        if (kind_ == Kind::parked) send_on(request_.size());
        char buffer[4096];
        for (;;) {
            auto n = receive(buffer, sizeof buffer);
            if (n < 0 && errno == EAGAIN) return;
            if (n <= 0) return end();
            reader_.read({buffer, static_cast<std::size_t>(n)});
            if (!reader_.complete() && !reader_.broken()) continue;
            status = reader_.status;
            answered = status == 200;
            reader_.reset();
        }
    }
    void send_on(std::size_t most) {
        while (fd() >= 0 && sent_ < request_.size() && most > 0) {
            auto n = transmit(request_.data() + sent_, std::min(most, request_.size() - sent_));
            if (n < 0 && errno != EAGAIN) return end();
            if (n <= 0) return;
            sent_ += static_cast<std::size_t>(n);
            most -= static_cast<std::size_t>(n);
        }
    }

  private:
    void end() {
        cut = now();
        close(false);
    }
    Kind kind_;
    std::string request_;
    std::size_t sent_ = 0;
    AnswerReader reader_;
};

void idle() {
    std::vector<std::unique_ptr<Waiter>> parked;
    start_busy(options.busy_rate);
    run_for(0.5);
    measure_busy("_without");
    double before = status_of("VmRSS");
    double threads_before = status_of("Threads");
    std::string request = get(options.path.empty() ? "/json" : options.path);
    auto wanted = static_cast<std::size_t>(options.count);
    std::size_t waiting = 0; // for their answer
    Micros begin = now();
    Micros progress = begin;
    std::size_t good = 0;
    while (good < wanted && now() - progress < 3000000) {
        while (parked.size() < wanted && waiting < 128) {
            parked.push_back(std::make_unique<Waiter>(Waiter::Kind::parked, request));
            if (!parked.back()->open(parked.size() - 1)) fail(std::string("cannot open a connection: ") + std::strerror(errno));
            ++waiting;
        }
        run_for(0.002);
        std::size_t now_good = 0;
        waiting = 0;
        for (auto& client : parked) {
            if (client->answered) ++now_good;
            else if (client->cut == 0) ++waiting;
        }
        if (now_good > good) progress = now();
        good = now_good;
    }
    double took = static_cast<double>((good == wanted ? now() : progress) - begin) / 1e6;
    run_for(0.3);
    std::size_t held = 0;
    for (auto& client : parked) held += client->answered && client->cut == 0;
    double after = status_of("VmRSS");
    result("wanted", static_cast<double>(wanted));
    result("answered", static_cast<double>(good));
    result("held", static_cast<double>(held));
    result("opened_per_second", static_cast<double>(good) / took);
    if (options.pid && held > 0) {
        result("bytes_per_connection", (after - before) * 1024 / static_cast<double>(held));
        result("rss_mb", after / 1024);
        result("threads_more", status_of("Threads") - threads_before);
    }
    measure_busy("_with");
    std::size_t still = 0;
    for (auto& client : parked) still += client->answered && client->cut == 0;
    result("held_at_end", static_cast<double>(still));
    for (auto& client : parked) client->close(true); // RST: no TIME_WAIT that takes the ports of the next run
}

void slow() {
    start_busy(options.busy_rate);
    run_for(0.5);
    measure_busy("_without");
    std::vector<std::unique_ptr<Waiter>> clients;
    std::string endless = "GET /json HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + std::string(4000, 'a');
    std::string body = "POST /items HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n" +
                       std::string(4000, ' ');
    std::size_t body_head = body.find("\r\n\r\n") + 4;
    auto silent = static_cast<std::int64_t>(options.silent < 0 ? options.count : options.silent);
    for (std::int64_t i = 0; i < options.count + silent; ++i) {
        auto kind = i >= options.count ? Waiter::Kind::silent : i % 2 == 0 ? Waiter::Kind::slow_head : Waiter::Kind::slow_body;
        clients.push_back(std::make_unique<Waiter>(kind, kind == Waiter::Kind::slow_head   ? endless
                                                         : kind == Waiter::Kind::slow_body ? body
                                                                                           : std::string()));
        if (!clients.back()->open(clients.size() - 1)) fail("cannot open a connection");
        if (i % 100 == 99) run_for(0.002);
    }
    run_for(0.2);
    for (auto& client : clients)
        if (client->kind() == Waiter::Kind::slow_body) client->send_on(body_head);
    // The drips of all come within each second, a hundredth of them every 10 ms.
    class Drip : public Client {
      public:
        explicit Drip(std::vector<std::unique_ptr<Waiter>>& all) : all_(all) {}
        void on_event(std::uint32_t) override {}
        Micros due() override { return due_; }
        void on_time() override {
            for (std::size_t i = turn_; i < all_.size(); i += 100) all_[i]->send_on(1);
            turn_ = (turn_ + 1) % 100;
            due_ += 10000;
        }

      private:
        std::vector<std::unique_ptr<Waiter>>& all_;
        std::size_t turn_ = 0;
        Micros due_ = now();
    } drip(clients);
    timed.push_back(&drip);
    Micros begin = now();
    measure_busy("_with");
    // Whoever is still there after 40 s is not cut at all, as far as this goes.
    run_until(begin + 40000000, [&] {
        return std::all_of(clients.begin(), clients.end(), [](const auto& client) { return client->cut != 0; });
    });
    timed.clear();
    const char* names[] = {"", "slow_head", "slow_body", "silent"};
    for (auto kind : {Waiter::Kind::slow_head, Waiter::Kind::slow_body, Waiter::Kind::silent}) {
        std::vector<double> cuts;
        std::size_t count = 0;
        for (auto& client : clients) {
            if (client->kind() != kind) continue;
            ++count;
            if (client->cut) cuts.push_back(static_cast<double>(client->cut - client->opened) / 1e6);
        }
        std::string name = names[static_cast<int>(kind)];
        result((name + "_clients").c_str(), static_cast<double>(count));
        result((name + "_cut").c_str(), static_cast<double>(cuts.size()));
        if (cuts.empty()) continue;
        std::sort(cuts.begin(), cuts.end());
        result((name + "_cut_after_s_first").c_str(), cuts.front());
        result((name + "_cut_after_s_median").c_str(), cuts[cuts.size() / 2]);
        result((name + "_cut_after_s_last").c_str(), cuts.back());
    }
    for (auto& client : clients) client->close(true);
}

// ---------------------------------------------------------------------------------------------------- event streams

std::uint64_t events_seen = 0;
std::uint64_t events_dated = 0;
bool events_timed = true; // their delays are among the latencies

class EventReader : public Client {
  public:
    explicit EventReader(std::string request) : request_(std::move(request)) {}
    bool streaming = false;
    bool ended = false;
    int status = 0;
    std::uint64_t events = 0;

    void on_event(std::uint32_t) override {
        if (fd() < 0) return;
        while (sent_ < request_.size()) {
            auto n = transmit(request_.data() + sent_, request_.size() - sent_);
            if (n <= 0) break;
            sent_ += static_cast<std::size_t>(n);
        }
        char buffer[16384];
        for (;;) {
            auto n = receive(buffer, sizeof buffer);
            if (n < 0 && errno == EAGAIN) break;
            if (n > 0) reader_.read({buffer, static_cast<std::size_t>(n)});
            if (n <= 0 || reader_.complete() || reader_.broken()) {
                ended = true;
                close(false);
                break;
            }
        }
        status = reader_.status;
        streaming = status == 200;
        timespec time{};
        ::clock_gettime(CLOCK_MONOTONIC, &time);
        std::int64_t nanos = std::int64_t{time.tv_sec} * 1000000000 + time.tv_nsec;
        std::string& body = reader_.body;
        std::size_t used = 0;
        for (std::size_t end; (end = body.find('\n', used)) != std::string::npos; used = end + 1) {
            std::string_view line = std::string_view(body).substr(used, end - used);
            if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
            if (line.starts_with("data:")) {
                data_ = line.substr(5);
            } else if (line.empty() && !data_.empty()) {
                ++events;
                ++events_seen;
                std::int64_t stamp = std::strtoll(data_.c_str(), nullptr, 10);
                if (stamp > 0 && nanos - stamp >= 0 && nanos - stamp < 60000000000) {
                    ++events_dated;
                    if (events_timed) latencies.add((nanos - stamp) / 1000);
                }
                data_.clear();
            }
        }
        body.erase(0, used);
    }

  private:
    std::string request_;
    std::size_t sent_ = 0;
    std::string data_;
    AnswerReader reader_;
};

template <class Made>
std::vector<std::unique_ptr<Made>> open_many(const std::string& request, bool Made::*ready) {
    std::vector<std::unique_ptr<Made>> made;
    auto wanted = static_cast<std::size_t>(options.count);
    Micros progress = now();
    std::size_t good = 0;
    while (good < wanted && now() - progress < 5000000) {
        for (int i = 0; i < 64 && made.size() < wanted && made.size() < good + 256; ++i) {
            made.push_back(std::make_unique<Made>(request));
            if (!made.back()->open(made.size() - 1)) fail("cannot open a connection");
        }
        run_for(0.002);
        std::size_t now_good = 0;
        for (auto& client : made) now_good += (*client).*ready;
        if (now_good > good) progress = now();
        good = now_good;
    }
    result("connected", static_cast<double>(good));
    if (good < wanted) wrong(std::to_string(wanted - good) + " of " + std::to_string(wanted) + " did not get through");
    return made;
}

void sse() {
    std::string target = options.path.empty() ? "/sse" : options.path;
    std::string request = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";
    AnswerReader probe = require_endpoint(request, 200);
    if (!probe.header("content-type").starts_with("text/event-stream")) wrong("content-type " + probe.header("content-type"));
    double before = status_of("VmRSS");
    double threads = status_of("Threads");
    auto readers = open_many<EventReader>(request, &EventReader::streaming);
    run_for(1);
    if (options.pid) {
        result("bytes_per_connection", (status_of("VmRSS") - before) * 1024 / static_cast<double>(readers.size()));
        result("threads_more", status_of("Threads") - threads);
    }
    latencies.micros.clear();
    latencies.on = true;
    std::uint64_t seen = events_seen;
    std::uint64_t dated = events_dated;
    double cpu = cpu_micros(options.pid);
    Micros begin = now();
    run_for(options.seconds);
    double took = static_cast<double>(now() - begin) / 1e6;
    cpu = cpu_micros(options.pid) - cpu;
    latencies.on = false;
    auto count = static_cast<double>(events_seen - seen);
    result("events_per_second", count / took);
    if (options.pid && count > 0) result("cpu_us", cpu / count);
    if (events_dated > dated) {
        result("delay_p50_us", latencies.part(0.5));
        result("delay_p99_us", latencies.part(0.99));
    }
    std::uint64_t least = UINT64_MAX;
    std::uint64_t most = 0;
    std::size_t ended = 0;
    for (auto& reader : readers) {
        least = std::min(least, reader->events);
        most = std::max(most, reader->events);
        ended += reader->ended;
    }
    result("events_least", static_cast<double>(least));
    result("events_most", static_cast<double>(most));
    if (ended) wrong(std::to_string(ended) + " streams were ended by the server");
    events_timed = false;
    start_busy(options.busy_rate); // the busy ones beside the streams
    run_for(0.3);
    measure_busy("_busy");
    for (auto& reader : readers) reader->close(true);
}

// ---------------------------------------------------------------------------------------------------- WebSocket

test::chaos_detail::Random random_source{42};

std::string base64(const unsigned char* data, std::size_t size) {
    std::string out((size + 2) / 3 * 4 + 1, '\0');
    out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), data, static_cast<int>(size))));
    return out;
}

// What the server must answer to a Sec-WebSocket-Key (RFC 6455 4.2.2).
std::string accept_of(const std::string& key) {
    std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    return base64(digest, sizeof digest);
}

// A client's frame (RFC 6455 5.2): final, masked.
std::string frame(int opcode, std::string_view payload) {
    std::string out(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
        out += static_cast<char>(0x80 | payload.size());
    } else {
        int bytes = payload.size() < 65536 ? 2 : 8;
        out += static_cast<char>(0x80 | (bytes == 2 ? 126 : 127));
        for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> (8 * i));
    }
    std::uint64_t bits = random_source.next();
    char mask[4];
    std::memcpy(mask, &bits, 4);
    out.append(mask, 4);
    std::size_t from = out.size();
    out += payload;
    for (std::size_t i = 0; i < payload.size(); ++i) out[from + i] = static_cast<char>(out[from + i] ^ mask[i % 4]);
    return out;
}

std::uint64_t echoes_wrong = 0;

class Echo : public Client {
  public:
    explicit Echo(const std::string& target) {
        unsigned char key[16];
        for (unsigned char& byte : key) byte = static_cast<unsigned char>(random_source.next());
        key_ = base64(key, sizeof key);
        out_ = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " +
               key_ + "\r\nSec-WebSocket-Version: 13\r\n\r\n";
    }
    bool ready = false;
    bool ended = false;
    bool sending = false;
    Micros interval = 0;
    Micros next = 0;

    Micros due() override { return sending && ready && !waiting_ && !ended ? next : -1; }
    void on_time() override {
        waiting_ = true;
        message_.clear();
        for (int i = 0; i < options.size; ++i) message_ += static_cast<char>('a' + random_source.below(26));
        sent_at_ = now();
        if (interval > 0 && next + interval < sent_at_) sent_at_ = next + interval / 2; // late because the one before was late
        next = interval > 0 ? next + interval : sent_at_;
        out_ += frame(1, message_);
        on_event(0);
    }
    void on_event(std::uint32_t) override {
        if (fd() < 0) return;
        flush();
        char buffer[16384];
        for (;;) {
            auto n = receive(buffer, sizeof buffer);
            if (n < 0 && errno == EAGAIN) break;
            if (n <= 0) {
                ended = true;
                return close(false);
            }
            std::string_view data(buffer, static_cast<std::size_t>(n));
            if (!ready) {
                data.remove_prefix(reader_.read(data));
                if (!reader_.complete()) continue;
                ready = reader_.status == 101 && reader_.header("sec-websocket-accept") == accept_of(key_);
                if (!ready) {
                    ended = true;
                    return close(false);
                }
            }
            in_ += data;
        }
        while (read_frame()) {}
        flush();
    }

  private:
    void flush() {
        while (!out_.empty()) {
            auto n = transmit(out_.data(), out_.size());
            if (n <= 0) return;
            out_.erase(0, static_cast<std::size_t>(n));
        }
    }
    bool read_frame() {
        if (in_.size() < 2) return false;
        auto byte = [this](std::size_t at) { return static_cast<unsigned char>(in_[at]); };
        std::uint64_t size = byte(1) & 0x7FU;
        std::size_t head = 2;
        if (size >= 126) {
            std::size_t bytes = size == 126 ? 2 : 8;
            if (in_.size() < 2 + bytes) return false;
            size = 0;
            for (std::size_t i = 0; i < bytes; ++i) size = size << 8U | byte(2 + i);
            head += bytes;
        }
        if (byte(1) & 0x80U || byte(0) & 0x70U || size > (1U << 26U)) { // a server never masks
            ++echoes_wrong;
            ended = true;
            close(true);
            return false;
        }
        if (in_.size() < head + size) return false;
        std::string payload = in_.substr(head, static_cast<std::size_t>(size));
        bool final = byte(0) & 0x80U;
        int opcode = byte(0) & 0x0F;
        in_.erase(0, head + static_cast<std::size_t>(size));
        if (opcode == 9) {
            out_ += frame(10, payload);
        } else if (opcode == 8) {
            out_ += frame(8, payload);
            ended = true;
        } else if (opcode < 3) {
            text_ += payload;
            if (!final) return true;
            if (text_ != message_ || !waiting_) ++echoes_wrong;
            text_.clear();
            waiting_ = false;
            latencies.add(now() - sent_at_);
        }
        return true;
    }

    std::string key_;
    std::string out_;
    std::string in_;
    std::string text_; // of a message in several frames
    std::string message_;
    Micros sent_at_ = 0;
    bool waiting_ = false;
    AnswerReader reader_;
};

void websocket() {
    std::string target = options.path.empty() ? "/ws" : options.path;
    require_endpoint("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", 101);
    double before = status_of("VmRSS");
    double threads = status_of("Threads");
    auto clients = open_many<Echo>(target, &Echo::ready);
    run_for(0.5);
    if (options.pid) {
        result("bytes_per_connection", (status_of("VmRSS") - before) * 1024 / static_cast<double>(clients.size()));
        result("threads_more", status_of("Threads") - threads);
    }
    // 2,000 messages a second in all, unless told otherwise.
    Micros interval = options.interval_ms >= 0 ? Micros{options.interval_ms} * 1000 : static_cast<Micros>(clients.size()) * 500;
    Micros begin = now();
    for (std::size_t i = 0; i < clients.size(); ++i) {
        clients[i]->interval = interval;
        clients[i]->next = begin + interval * static_cast<Micros>(i) / static_cast<Micros>(clients.size());
        clients[i]->sending = true;
        timed.push_back(clients[i].get());
    }
    run_for(0.5);
    latencies.micros.clear();
    latencies.on = true;
    double cpu = cpu_micros(options.pid);
    begin = now();
    run_for(options.seconds);
    double took = static_cast<double>(now() - begin) / 1e6;
    cpu = cpu_micros(options.pid) - cpu;
    latencies.on = false;
    auto count = static_cast<double>(latencies.micros.size());
    result("echoes_per_second", count / took);
    result("echo_p50_us", latencies.part(0.5));
    result("echo_p99_us", latencies.part(0.99));
    if (options.pid && count > 0) result("cpu_us", cpu / count);
    std::size_t ended = 0;
    for (auto& client : clients) ended += client->ended;
    if (echoes_wrong) wrong(std::to_string(echoes_wrong) + " echoes were not what was sent");
    if (ended) wrong(std::to_string(ended) + " connections were ended by the server");
    timed.clear();
    for (auto& client : clients) client->close(true);
}

// ---------------------------------------------------------------------------------------------------- large bodies

class Transfer : public Client {
  public:
    AnswerReader reader;
    bool over = false;
    std::uint64_t size = 0; // of the body to send
    std::uint64_t sent = 0;
    double read_rate = 0; // bytes a second; 0: as they come
    explicit Transfer(std::string head) : out_(std::move(head)) { reader.keep_body = false; }

    void on_event(std::uint32_t) override { go_on(); }
    // With a rate the clock drives the reading.
    Micros due() override { return read_rate > 0 && !over ? due_ : -1; }
    void on_time() override {
        due_ = now() + 1000;
        go_on();
    }
    bool chunked = false;

  private:
    static constexpr std::size_t piece = std::size_t{256} << 10U;
    void go_on() {
        if (over || fd() < 0) return;
        static const std::string filling(piece, 'x');
        for (;;) {
            if (at_ == out_.size()) {
                std::size_t next = static_cast<std::size_t>(std::min<std::uint64_t>(piece, size - sent));
                if (next == 0) break;
                sent += next;
                at_ = 0;
                if (chunked) {
                    char head[24];
                    std::snprintf(head, sizeof head, "%zx\r\n", next);
                    out_ = head;
                    out_.append(filling, 0, next).append(sent == size ? "\r\n0\r\n\r\n" : "\r\n");
                } else if (out_.size() != next || out_[0] != 'x') {
                    out_.assign(filling, 0, next);
                }
            }
            auto n = transmit(out_.data() + at_, out_.size() - at_);
            if (n <= 0) {
                if (errno != EAGAIN) size = sent, at_ = out_.size(); // refused; the answer may still be there
                break;
            }
            at_ += static_cast<std::size_t>(n);
        }
        static char buffer[piece];
        if (begin_ == 0) begin_ = now();
        for (;;) {
            std::size_t most = sizeof buffer;
            if (read_rate > 0) {
                double allowed = static_cast<double>(now() - begin_) / 1e6 * read_rate - static_cast<double>(reader.body_size);
                if (allowed < 1) return;
                most = std::min(most, static_cast<std::size_t>(allowed));
            }
            auto n = receive(buffer, most);
            if (n < 0 && errno == EAGAIN) return;
            if (n > 0) reader.read({buffer, static_cast<std::size_t>(n)});
            if (n <= 0) reader.end_of_stream();
            if (n <= 0 || reader.complete() || reader.broken()) {
                over = true;
                return;
            }
        }
    }
    std::string out_;
    std::size_t at_ = 0;
    Micros due_ = 0;
    Micros begin_ = 0;
};

void transfer(bool up) {
    auto bytes = static_cast<std::uint64_t>(options.count);
    std::string target = options.path.empty() ? (up ? "/upload" : "/download") : options.path;
    std::string length = std::to_string(bytes);
    std::string head = up ? "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n" +
                                (options.chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + length) + "\r\n\r\n"
                          : get(target + "?size=" + length);
    if (up)
        require_endpoint("POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n"
                                            "Content-Length: 1\r\n\r\nx", 200);
    else
        require_endpoint(get(target + "?size=1"), 200);
    reset_peak();
    double before = status_of("VmRSS");
    Transfer client(head);
    client.size = up ? bytes : 0;
    client.chunked = options.chunked;
    client.read_rate = options.rate * 1e6;
    if (client.read_rate > 0) timed.push_back(&client);
    double cpu = cpu_micros(options.pid);
    Micros begin = now();
    if (!client.open(0)) fail("cannot connect");
    bool in_time = run_until(begin + Micros{options.limit - 5} * 1000000, [&] { return client.over; });
    double took = static_cast<double>(now() - begin) / 1e6;
    cpu = cpu_micros(options.pid) - cpu;
    if (up && client.reader.status == 413) skip("POST " + target + " of " + length + " bytes answers 413");
    if (!in_time || client.reader.status != 200 || !client.reader.complete()) {
        wrong("status " + std::to_string(client.reader.status) + (in_time ? ", answer cut after " : ", not done in time, ") +
              std::to_string(up ? client.sent : client.reader.body_size) + " bytes");
        return;
    }
    if (!up && client.reader.body_size != bytes) wrong(std::to_string(client.reader.body_size) + " bytes instead of " + length);
    double megabytes = static_cast<double>(bytes) / 1e6;
    result("mb_per_second", megabytes / took);
    if (options.pid) {
        result("cpu_ms_per_gb", cpu / 1e3 / megabytes * 1e3);
        result("peak_mb", status_of("VmHWM") / 1024);
        result("peak_over_idle_mb", (status_of("VmHWM") - before) / 1024);
        result("rss_after_mb", status_of("VmRSS") / 1024);
    }
}

// ---------------------------------------------------------------------------------------------------- TLS

class Handshake : public Client {
  public:
    bool done = false;
    bool failed = false;
    bool resumed = false;
    explicit Handshake(SSL_SESSION* old) : old_(old) {}
    void on_event(std::uint32_t) override {
        if (done || failed) return;
        if (!started_ && old_) { // a copy: OpenSSL takes a session of TLS 1.3 for used up
            SSL_SESSION* copy = SSL_SESSION_dup(old_);
            SSL_set_session(ssl(), copy);
            SSL_SESSION_free(copy);
        }
        started_ = true;
        ERR_clear_error();
        int good = SSL_do_handshake(ssl());
        if (good == 1) {
            resumed = SSL_session_reused(ssl());
            done = true;
        } else {
            int error = SSL_get_error(ssl(), good);
            failed = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
        }
    }

  private:
    SSL_SESSION* old_;
    bool started_ = false;
};

void tls() {
    options.tls = true;
    {
        Handshake probe(nullptr);
        if (!probe.open(0)) fail("cannot connect");
        run_until(now() + 5000000, [&] { return probe.done || probe.failed; });
        if (!probe.done) skip("the server at this port does not speak TLS");
        std::printf("%s, %s\n", SSL_get_version(probe.ssl()), SSL_get_cipher(probe.ssl()));
    }
    start_busy(0);
    run_for(0.5);
    measure_busy("");
    for (auto& client : busy_clients) client->stopped = true;
    run_for(0.2);
    busy_clients.clear();
    // TLS 1.3 sends the tickets for resumption after the handshake: they come with the first answer.
    static SSL_SESSION* session = nullptr;
    SSL_CTX_set_session_cache_mode(tls_context(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(tls_context(), [](SSL*, SSL_SESSION* one) {
        if (session) return 0;
        session = one;
        return 1; // ours now
    });
    if (Once once(get(options.path.empty() ? "/json" : options.path), 5); once.reader.status != 200) wrong("no answer over TLS");
    for (bool resume : {false, true}) {
        int count = 0;
        int resumed = 0;
        double cpu = cpu_micros(options.pid);
        Micros begin = now();
        Micros end = begin + static_cast<Micros>(options.seconds * 5e5);
        while (now() < end) {
            Handshake one(resume ? session : nullptr);
            if (!one.open(0)) fail("cannot connect");
            run_until(now() + 5000000, [&] { return one.done || one.failed; });
            if (!one.done) {
                wrong("a handshake failed");
                break;
            }
            ++count;
            resumed += one.resumed;
            one.close(true);
        }
        double took = static_cast<double>(now() - begin) / 1e6;
        cpu = cpu_micros(options.pid) - cpu;
        std::string name = resume ? "resumed" : "handshakes";
        if (resume) result("resumed_share", count ? static_cast<double>(resumed) / count : 0);
        result((name + "_per_second").c_str(), count / took);
        if (options.pid && count) result((name + "_cpu_us").c_str(), cpu / count);
    }
}

// ---------------------------------------------------------------------------------------------------- clients that vanish

// A reader of /sse, or a WebSocket client, that is gone after a while: by FIN, by RST, or having closed its side only; in the
// middle of the handshake, of a frame, or of what it is sent. Some read nothing, some send what is no frame.
class Vanishing : public Client {
  public:
    explicit Vanishing(bool websocket) {
        text_ = "GET " + std::string(websocket ? "/ws" : "/sse") + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        if (websocket) text_ += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
        if (websocket && random_source.one_in(2)) text_ += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
        text_ += "\r\n";
        for (std::size_t left = websocket ? random_source.below(20) : 0; left > 0; --left) add_frame();
        stop_at_ = random_source.one_in(2) ? text_.size() : random_source.below(text_.size());
        reads_ = !random_source.one_in(4);
        end_ = now() + static_cast<Micros>(random_source.below(random_source.one_in(3) ? 10000 : 500000));
        next_ = now();
    }
    bool begin(std::size_t index) {
        if (!open(index)) return false;
        int small = 4096;
        if (!reads_) ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        return true;
    }
    bool over = false;

    Micros due() override { return over ? -1 : sent_ < stop_at_ ? std::min(next_, end_) : end_; }
    void on_time() override {
        if (now() >= end_) return leave();
        next_ = now() + static_cast<Micros>(random_source.below(20000));
        send_piece(random_source.one_in(2) ? stop_at_ : 1 + random_source.below(200));
    }
    void on_event(std::uint32_t) override {
        static char buffer[65536];
        while (reads_ && !over) {
            auto n = receive(buffer, sizeof buffer);
            if (n < 0 && errno == EAGAIN) return;
            if (n <= 0) return end(false);
        }
    }

  private:
    void add_frame() {
        std::string payload(random_source.one_in(5) ? random_source.below(200000) : random_source.below(200), 'v');
        std::size_t kind = random_source.below(12);
        std::string one = frame(kind < 5 ? 1 : kind < 8 ? 2 : kind == 8 ? 9 : kind == 9 ? 8 : 1, kind == 8 || kind == 9 ? "" : payload);
        if (kind == 10) { // in fragments
            one[0] = 1;
            one += frame(9, "between") + frame(0, payload);
        }
        if (kind == 11 && random_source.one_in(3))
            for (char& byte : one) byte = static_cast<char>(random_source.next());
        text_ += one;
    }
    void send_piece(std::size_t most) {
        std::size_t size = std::min(most, stop_at_ - sent_);
        auto n = size == 0 ? 0 : transmit(text_.data() + sent_, size);
        if (n > 0) sent_ += static_cast<std::size_t>(n);
        if (n < 0 && errno != EAGAIN) end(false);
    }
    void leave() {
        if (half_closed_ || options.tls || !random_source.one_in(4)) return end(random_source.one_in(2));
        half_closed_ = true;
        ::shutdown(fd(), SHUT_WR);
        sent_ = stop_at_;
        end_ = now() + static_cast<Micros>(random_source.below(100000));
    }
    void end(bool reset) {
        over = true;
        close(reset);
    }

    std::string text_;
    std::size_t stop_at_ = 0;
    std::size_t sent_ = 0;
    bool reads_ = true;
    bool half_closed_ = false;
    Micros end_ = 0;
    Micros next_ = 0;
};

// They come and go for some time; beside them are a few that stay, whose events and echoes must go on coming.
void vanish(double seconds) {
    std::vector<std::unique_ptr<Vanishing>> crowd(static_cast<std::size_t>(options.busy) * 8);
    std::vector<std::unique_ptr<EventReader>> readers;
    std::vector<std::unique_ptr<Echo>> echoes;
    for (int i = 0; i < options.busy; ++i) {
        readers.push_back(std::make_unique<EventReader>(get("/sse")));
        echoes.push_back(std::make_unique<Echo>("/ws"));
        if (!readers.back()->open(0) || !echoes.back()->open(0)) fail("cannot connect");
        echoes.back()->interval = 20000;
        echoes.back()->next = now();
        echoes.back()->sending = true;
    }
    std::uint64_t gone = 0;
    latencies.micros.clear();
    latencies.on = true;
    events_timed = false;
    for (Micros end = now() + static_cast<Micros>(seconds * 1e6); now() < end;) {
        timed.clear();
        for (auto& echo : echoes) timed.push_back(echo.get());
        for (std::size_t i = 0; i < crowd.size(); ++i) {
            if (crowd[i] && !crowd[i]->over) {
                timed.push_back(crowd[i].get());
                continue;
            }
            gone += crowd[i] != nullptr;
            crowd[i] = std::make_unique<Vanishing>(i % 2 == 0);
            if (!crowd[i]->begin(8000 * (1 + i % 4))) wrong("a client cannot connect");
            timed.push_back(crowd[i].get());
        }
        run_for(0.005);
    }
    timed.clear();
    latencies.on = false;
    std::uint64_t least = UINT64_MAX;
    for (auto& reader : readers) {
        least = std::min(least, reader->events);
        if (reader->ended) wrong("a stream was ended by the server");
    }
    for (auto& echo : echoes)
        if (echo->ended) wrong("a WebSocket was ended by the server");
    if (echoes_wrong) wrong(std::to_string(echoes_wrong) + " echoes were not what was sent");
    result("streams_and_websockets_gone", static_cast<double>(gone));
    result("events_least", static_cast<double>(least));
    result("echoes", static_cast<double>(latencies.micros.size()));
    result("echo_p50_us", latencies.part(0.5));
    result("echo_p99_us", latencies.part(0.99));
}

void chaos() {
    test::ChaosOptions what;
    what.port = options.port;
    what.seed = static_cast<std::uint64_t>(options.count);
    what.milliseconds = static_cast<int>(options.seconds * 1000);
    what.clients = options.busy * 4;
    std::string item = R"({"name":"Foo","price":35.4,"quantity":3,"description":"A very nice item","tags":["red","blue"]})";
    what.requests = {test::chaos_get("/plaintext", 200, "Hello, World!"), test::chaos_get("/json", 200, R"({"message":"Hello, World!"})"),
                     test::chaos_post("/items", item)};
    // What only a whole framework can: several answers of these are large or read in chunks.
    Once whole(get("/openapi.json"), 5);
    if (whole.reader.status == 200) {
        what.requests.push_back(test::chaos_get("/openapi.json"));
        what.requests.push_back(test::chaos_post("/items", item, 7));
        what.requests.push_back(test::chaos_post("/items", "{\"name\":", 0, 422));
    }
    Once large(get("/download?size=1"), 5);
    if (large.reader.status == 200) what.requests.push_back(test::chaos_get("/download?size=3000000"));
    std::string upgrade = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    bool streams = Once(get("/sse"), 5).reader.status == 200 && Once(upgrade, 5).reader.status == 101;
    double before = status_of("VmRSS");
    test::ChaosCounts counts;
    std::thread http([&] {
        if (!options.tls) counts = test::run_chaos(what); // they do not speak TLS
    });
    if (streams) vanish(options.seconds);
    http.join();
    if (options.pid) {
        result("rss_before_mb", before / 1024);
        result("rss_after_mb", status_of("VmRSS") / 1024);
    }
    const std::pair<const char*, std::uint64_t> all[] = {
        {"connections", counts.connections}, {"requests", counts.requests}, {"answers", counts.answers},
        {"pipelined", counts.pipelined}, {"pieces", counts.pieces}, {"resets", counts.resets}, {"vanished", counts.vanished},
        {"half_closed", counts.half_closed}, {"cut_in_request", counts.cut_in_request}, {"left_reading", counts.left_reading},
        {"garbage", counts.garbage}, {"refused", counts.refused}, {"not_connected", counts.not_connected},
        {"lingering", counts.lingering}, {"wrong", counts.wrong}, {"missing", counts.missing}};
    for (auto [name, value] : all) result(name, static_cast<double>(value));
    if (!counts.right()) wrong(counts.first_wrong);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fprintf(stderr, "usage: load MODE [N] --port N [--pid N] [option …]; modes: see load.cpp\n"), 2;
    options.mode = argv[1];
    for (int i = 2; i < argc; ++i) {
        std::string_view name = argv[i];
        if (name == "--tls") options.tls = true;
        else if (name == "--chunked") options.chunked = true;
        else if (!name.starts_with("--")) options.count = std::strtoll(argv[i], nullptr, 10);
        else if (i + 1 == argc) fail("an option without a value: " + std::string(name));
        else {
            const char* value = argv[++i];
            if (name == "--port") options.port = std::atoi(value);
            else if (name == "--pid") options.pid = std::atoi(value);
            else if (name == "--seconds") options.seconds = std::strtod(value, nullptr);
            else if (name == "--limit") options.limit = std::atoi(value);
            else if (name == "--path") options.path = value;
            else if (name == "--busy") options.busy = std::atoi(value);
            else if (name == "--busy-rate") options.busy_rate = std::atoi(value);
            else if (name == "--silent") options.silent = std::atoi(value);
            else if (name == "--interval-ms") options.interval_ms = std::atoi(value);
            else if (name == "--size") options.size = std::atoi(value);
            else if (name == "--rate") options.rate = std::strtod(value, nullptr);
            else fail("there is no option " + std::string(name));
        }
    }
    ::alarm(static_cast<unsigned>(options.limit)); // ends the program
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    rlimit more = files;
    more.rlim_cur = more.rlim_max = std::max<rlim_t>(files.rlim_max, 200000);
    if (::setrlimit(RLIMIT_NOFILE, &more) != 0) { // only root may raise the hard limit
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    epoll_set = ::epoll_create1(EPOLL_CLOEXEC);
    struct Mode {
        const char* name;
        void (*run)();
    };
    static constexpr Mode modes[] = {
        {"busy", [] { start_busy(0); run_for(0.3); measure_busy(""); }},
        {"idle", idle},
        {"slow", slow},
        {"sse", sse},
        {"websocket", websocket},
        {"upload", [] { transfer(true); }},
        {"download", [] { transfer(false); }},
        {"tls", tls},
        {"chaos", chaos},
    };
    for (const Mode& mode : modes) {
        if (options.mode != mode.name) continue;
        if (options.count < 1) options.count = 1;
        mode.run();
        timed.clear();
        return exit_code;
    }
    fail("there is no such mode");
}
