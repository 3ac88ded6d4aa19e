#pragma once

// Who listens: a socket that is bound, the port ours alone, and a queue of connections that bears a burst. Who accepts, and what
// becomes of an accepted socket, is its heirs' business (epoll_server.ipp, portable.ipp); the socket itself, whether we bind it or
// it comes from elsewhere, worker processes and restarts are process.ipp's.

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>

#include "fastapi/server/counters.hpp"
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
    int max_requests = 0; // the server stops after about as many; 0: never
    int backlog = 2048; // connections that wait to be accepted
    bool access_log = true;
    bool access_log_json = false;
    Tls* tls = nullptr; // null: plain HTTP
    bool is_worker = false;     // of a supervisor
    WorkerSlot* slot = nullptr; // of this process
    WorkerSlot* slots = nullptr; // of all workers
    int slot_count = 0;
};

// While this lives, SIGINT and SIGTERM set a flag (if there is one) and write eight bytes to a descriptor; a SIGINT behind
// another signal ends the program. (Not SIGTERM: more than one may send it.) SIGUSR2 asks for a restart.
class StopOnSignal {
  public:
    StopOnSignal(int descriptor, std::atomic<bool>* flag, bool is_worker) {
        target().descriptor.store(descriptor);
        target().flag.store(flag);
        target().is_worker.store(is_worker);
        struct sigaction action {};
        action.sa_handler = [](int number) {
            int saved = errno;
            if (number == SIGURG) return; // it only interrupts accept()
            if (number == SIGUSR2) {
                target().restart.store(true);
            } else {
                if (target().count.fetch_add(1) > 0 && number == SIGINT) ::_exit(130);
                if (auto asked = target().flag.load()) asked->store(true);
            }
            std::uint64_t one = 1;
            [[maybe_unused]] auto n = ::write(target().descriptor.load(), &one, sizeof one);
            errno = saved;
        };
        sigemptyset(&action.sa_mask);
        for (int i = 0; i < 4; ++i)
            if (numbers[i] != SIGUSR2 || !is_worker) sigaction(numbers[i], &action, &old_[i]);
    }
    ~StopOnSignal() {
        for (int i = 0; i < 4; ++i)
            if (numbers[i] != SIGUSR2 || !target().is_worker.load()) sigaction(numbers[i], &old_[i], nullptr);
        target().count.store(0);
    }
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;

    // True once for each time that a restart was asked for.
    static bool restart_asked() { return target().restart.exchange(false); }

  private:
    static constexpr int numbers[] = {SIGINT, SIGTERM, SIGURG, SIGUSR2};
    struct Target {
        std::atomic<int> descriptor{-1};
        std::atomic<std::atomic<bool>*> flag{nullptr};
        std::atomic<int> count{0};
        std::atomic<bool> is_worker{false};
        std::atomic<bool> restart{false};
    };
    static Target& target() {
        static Target one;
        return one;
    }
    struct sigaction old_[4] {};
};

// The program, started anew with our listening socket (process.ipp).
struct Successor {
    std::atomic<int> pid{0};
    // False when the system refuses, or one that was started before is there still.
    bool start(int socket, bool ours);
    [[nodiscard]] bool alive();
};

// The exit status of a process whose application did not start.
inline constexpr int startup_failed = 3;

class Listener {
  public:
    Listener() = default;
    virtual ~Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Takes a socket that is bound. False when the system refuses; errno says why.
    bool use(int socket, int backlog) {
        listening = socket;
        return ::listen(socket, backlog) == 0;
    }
    // Gives the socket up, for another listener of this process.
    int give_up() { return listening.exchange(-1); }
    // Serves until SIGINT or SIGTERM. False when the system refuses; errno says why.
    virtual bool serve() = 0;
    // Reads the counters of a server that counts. (In a supervisor's workers: of this one.)
    virtual const AtomicCounters* counted() const { return nullptr; }

    // Turns new clients away while those who are there are served, if nobody else serves them.
    void shut_door();

    std::atomic<int> listening{-1}; // the socket; other processes may have it too, so it is never shut down
    bool ours = false;   // nobody but this program has it, in all its processes
    std::string file;    // of a Unix socket of ours
    std::uint64_t file_number = 0;
    int told = 0;        // a process that wants to know when this one serves: a restarted program's old one, a supervisor
    int told_signal = 0;
    Successor successor;

  protected:
    // What the heirs call when they can serve, on the thread that accepts.
    void begin_accepting(WorkerSlot* slot) {
        if (slot) slot->serving.store(true);
        if (told > 0 && ::getppid() == told) ::kill(told, told_signal);
    }
    // Interrupts accept() on its thread, from another one. (A shutdown of the socket would end it for all who share it.) The signal may
    // come between two steps of the loop: call it until the loop has ended.
    void interrupt_accepting() const { ::pthread_kill(acceptor_, SIGURG); }
    [[nodiscard]] bool somebody_waits() const {
        pollfd one{listening, POLLIN, 0};
        return ::poll(&one, 1, 0) > 0 && (one.revents & POLLIN);
    }
    void close_listening() {
        ::close(listening.exchange(-1));
    }

    pthread_t acceptor_ = ::pthread_self(); // set at the beginning of serve()
};

} // namespace fastapi::detail
