#pragma once

// The process side of run(): sockets that are no port of ours (a Unix socket's file, one that is inherited), worker processes
// under a supervisor, and restarts without a pause. All that is shared is the listening socket: whoever has it may accept.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>

#if defined(__linux__)
#include <linux/filter.h>
#include <sched.h>
#include <sys/prctl.h>
#endif

#include "fastapi/server/listener.hpp"
#include "fastapi/version.hpp"

extern "C" char** environ;

namespace fastapi::detail {

// --- sockets --------------------------------------------------------------------------------------------------------------

// Binds a socket to a port (0: any free one) of an address or a name of this machine. The port is ours alone: nobody shares it in
// silence. Returns the socket, or -1: errno says why, 0 that there is no such address.
FASTAPI_COLD int bind_port(const std::string& host, int port) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    errno = 0;
    int socket = -1;
    if (::getaddrinfo(host.c_str(), integer_text(port).c_str(), &wanted, &found) != 0) {
        errno = 0;
        return -1;
    }
    for (const addrinfo* one = found; one && socket < 0; one = one->ai_next) {
        socket = ::socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (socket < 0) continue;
        int on = 1;
        int off = 0;
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); // of one that was closed just now
        if (one->ai_family == AF_INET6) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off); // "::" is everybody
        if (::bind(socket, one->ai_addr, one->ai_addrlen) == 0) break;
        int why = errno;
        ::close(socket);
        errno = why;
        socket = -1;
    }
    ::freeaddrinfo(found);
    return socket;
}

// Binds a socket to a file; what a program that has died left there is replaced. As with uvicorn, everybody may connect, or
// whoever could before: a directory's permissions say who gets there. Returns the socket, or -1 and says why.
FASTAPI_COLD int bind_unix_socket(const std::string& path, std::string& why) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        why = "a path of 1 to " + integer_text(sizeof address.sun_path - 1) + " bytes is needed";
        return -1;
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    auto name = reinterpret_cast<const sockaddr*>(&address);
    mode_t mode = 0666;
    struct stat file {};
    if (::lstat(path.c_str(), &file) == 0) {
        if (!S_ISSOCK(file.st_mode)) {
            why = "a file is there that is no socket";
            return -1;
        }
        int probe = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (probe >= 0) ::fcntl(probe, F_SETFL, O_NONBLOCK);
        bool stale = probe >= 0 && ::connect(probe, name, sizeof address) != 0 && errno == ECONNREFUSED;
        if (probe >= 0) ::close(probe);
        if (!stale) {
            why = "another program listens there";
            return -1;
        }
        mode = file.st_mode & 0777U;
        ::unlink(path.c_str());
    }
    int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (socket >= 0 && ::bind(socket, name, sizeof address) == 0 && ::chmod(path.c_str(), mode) == 0) return socket;
    why = std::strerror(errno);
    if (socket >= 0) ::close(socket);
    return -1;
}

// Takes a number out of the environment, which children shall not see. -1: it is not there.
FASTAPI_COLD int take_from_environment(const char* name) {
    const char* text = std::getenv(name);
    int number = text && *text ? std::atoi(text) : -1;
    if (text) ::unsetenv(name);
    return number;
}

// The socket that this process was started with: by the program that it replaces, or by systemd (sd_listen_fds(3)); `given`
// is what --fd says, or -1. Returns -1 when there is none, and says why if there should be.
FASTAPI_COLD int inherited_socket(int given, int& replaced, bool& ours, std::string& why) {
    int handed = take_from_environment("FASTAPI_LISTEN_FD");
    replaced = take_from_environment("FASTAPI_REPLACES");
    ours = take_from_environment("FASTAPI_LISTEN_OURS") == 1;
    int process = take_from_environment("LISTEN_PID");
    int count = take_from_environment("LISTEN_FDS");
    ::unsetenv("LISTEN_FDNAMES");
    if (replaced != ::getppid()) handed = replaced = -1;
    ours = ours && handed >= 0;
    int socket = handed >= 0 ? handed : given;
    if (socket < 0 && process == ::getpid() && count > 0) {
        socket = 3;
        if (count > 1) why = "LISTEN_FDS says " + integer_text(count) + " sockets, and this program listens on one";
    }
    if (socket < 0) return -1;
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM)
        why = "file descriptor " + integer_text(socket) + " is no stream socket";
    if (!why.empty()) return -1;
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
    return socket;
}

// Where clients reach a socket: "http://127.0.0.1:8000" or "unix socket /run/app.sock".
FASTAPI_COLD std::string socket_name(int socket, const char* scheme) {
    union {
        sockaddr any;
        sockaddr_in v4;
        sockaddr_in6 v6;
        sockaddr_un file;
    } address{};
    socklen_t size = sizeof address;
    char text[INET6_ADDRSTRLEN] = "";
    if (::getsockname(socket, &address.any, &size) != 0) return {};
    if (address.any.sa_family == AF_UNIX) return std::string("unix socket ") + address.file.sun_path;
    bool v6 = address.any.sa_family == AF_INET6;
    ::inet_ntop(address.any.sa_family, v6 ? static_cast<void*>(&address.v6.sin6_addr) : &address.v4.sin_addr, text, sizeof text);
    std::uint16_t port = ntohs(v6 ? address.v6.sin6_port : address.v4.sin_port);
    return concat({scheme, v6 ? "[" : "", text, v6 ? "]:" : ":", integer_text(port)});
}

// What a kernel makes of a listening socket that is closed: a client that it has just connected is reset. So connections are
// no longer begun, and those that have begun are accepted, before it is closed: a filter drops the first segment (SYN without
// ACK), which the client repeats a second later, when it is refused, or served by whoever listens then. A Unix socket's file
// is taken away.
FASTAPI_COLD void Listener::shut_door() {
    if (!ours || successor.alive()) return;
    struct stat now {};
    if (!file.empty() && ::stat(file.c_str(), &now) == 0 && now.st_ino == file_number) ::unlink(file.c_str());
#if defined(__linux__)
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), // the flags
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF),
    };
    sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
    if (file.empty()) ::setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
#endif
}

// --- restarts -------------------------------------------------------------------------------------------------------------

FASTAPI_COLD bool Successor::alive() {
    if (pid.load() > 0 && ::waitpid(pid, nullptr, WNOHANG) != 0) pid = 0;
    return pid.load() > 0;
}

// The same program with the same arguments: the file that is there now, under the name it was called by. It gets the socket,
// and says SIGTERM to us when it serves.
FASTAPI_COLD bool Successor::start(int socket, bool ours) {
    if (socket < 0 || alive()) return false;
    static constexpr std::size_t most = std::size_t{256} << 10U; // bytes of arguments
    auto text = static_cast<char*>(std::calloc(1, most + 1));
    std::size_t variables = 0;
    while (environ[variables]) ++variables;
    auto environment = static_cast<char**>(std::calloc(variables + 4, sizeof(char*)));
    auto arguments = static_cast<char**>(std::calloc(most / 2, sizeof(char*)));
    int file = ::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    bool known = text && environment && arguments && file >= 0;
    if (known) {
        std::size_t size = 0;
        for (ssize_t n = 1; n > 0 && size < most; size += n > 0 ? static_cast<std::size_t>(n) : 0) n = ::read(file, text + size, most - size);
        std::size_t count = 0;
        for (std::size_t at = 0; at < size && count + 1 < most / 2; at += std::strlen(text + at) + 1) arguments[count++] = text + at;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < variables; ++i) environment[kept++] = environ[i];
        char handed[48];
        char replaces[48];
        std::snprintf(handed, sizeof handed, "FASTAPI_LISTEN_FD=%d", socket);
        std::snprintf(replaces, sizeof replaces, "FASTAPI_REPLACES=%d", static_cast<int>(::getpid()));
        environment[kept++] = handed;
        environment[kept++] = replaces;
        char owned[] = "FASTAPI_LISTEN_OURS=1";
        if (ours) environment[kept] = owned;
        // A program that was replaced on the disk is "/path (deleted)" to the system.
        char path[4096] = "";
        ssize_t length = ::readlink("/proc/self/exe", path, sizeof path - 1);
        static constexpr char deleted[] = " (deleted)";
        if (length > 10 && std::strcmp(path + length - 10, deleted) == 0) path[length - 10] = '\0';
        std::fflush(stdout);
        int child = ::fork();
        if (child == 0) {
            sigset_t none;
            sigemptyset(&none);
            ::sigprocmask(SIG_SETMASK, &none, nullptr);
            ::fcntl(socket, F_SETFD, 0);
            if (arguments[0] && std::strchr(arguments[0], '/')) ::execve(arguments[0], arguments, environment);
            ::execve(path, arguments, environment);
            ::execve("/proc/self/exe", arguments, environment);
            ::_exit(127);
        }
        known = child > 0;
        if (known) pid = child;
        std::printf(known ? "INFO:     Started process [%d] in place of this one\n" : "ERROR:    Cannot start anew\n", child);
        std::fflush(stdout);
    }
    if (file >= 0) ::close(file);
    std::free(text);
    std::free(environment);
    std::free(arguments);
    return known;
}

// --- workers --------------------------------------------------------------------------------------------------------------

#if defined(__linux__)
struct SupervisedWorker {
    pid_t pid;
    int delay;            // milliseconds before the next one, when this one dies at once
    std::int64_t started; // milliseconds of the steady clock
    std::int64_t due;     // when to start the next one
};

// While this lives, the thread that made it is the one that waits for these signals (sigtimedwait). It blocks them; the program's other
// threads may not, and the system may choose any of them, where the signal would end the program or be ignored: from there it is passed on.
class AwaitedSignals {
  public:
    FASTAPI_COLD AwaitedSignals() {
        waiting() = ::pthread_self();
        sigemptyset(&set);
        for (int number : numbers) sigaddset(&set, number);
        ::sigprocmask(SIG_BLOCK, &set, &mask);
        struct sigaction action {};
        action.sa_handler = [](int number) {
            if (!::pthread_equal(waiting(), ::pthread_self())) ::pthread_kill(waiting(), number);
        };
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
        for (std::size_t i = 0; i < std::size(numbers); ++i) ::sigaction(numbers[i], &action, &old_[i]);
    }
    FASTAPI_COLD ~AwaitedSignals() {
        if (!restored_) restore_actions();
        ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    }
    AwaitedSignals(const AwaitedSignals&) = delete;
    AwaitedSignals& operator=(const AwaitedSignals&) = delete;

    FASTAPI_COLD void restore_actions() {
        restored_ = true;
        for (std::size_t i = 0; i < std::size(numbers); ++i) ::sigaction(numbers[i], &old_[i], nullptr);
    }

    sigset_t set;
    sigset_t mask; // what was blocked before

  private:
    static constexpr int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};
    static pthread_t& waiting() {
        static pthread_t thread;
        return thread;
    }
    struct sigaction old_[std::size(numbers)];
    bool restored_ = false;
};

// Becomes a worker: what a process does that a supervisor has just forked.
FASTAPI_COLD void become_worker(Listener& server, ServerOptions& options, int index, int count, pid_t supervisor, AwaitedSignals& awaited) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != supervisor) ::_exit(0);
    awaited.restore_actions();
    std::signal(SIGUSR2, SIG_IGN); // the supervisor's business, as is the terminal's
    struct sigaction hang_up {}; // is passed on to whoever wants it
    if (::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_DFL) std::signal(SIGHUP, SIG_IGN);
    sigaddset(&awaited.mask, SIGINT);
    ::sigprocmask(SIG_SETMASK, &awaited.mask, nullptr);
    options.is_worker = true;
    options.slot = options.slots + index;
    options.slot->serving.store(false);
    server.ours = false;
    server.told = supervisor;
    server.told_signal = SIGUSR1;
    cpu_set_t set;
    if (options.processors <= 0 && ::sched_getaffinity(0, sizeof set, &set) == 0) options.processors = (CPU_COUNT(&set) + count - 1) / count;
}

// Keeps `count` workers alive until it is told to stop. Returns the exit status; in a worker, which is to serve, -1.
FASTAPI_COLD int supervise(Listener& server, ServerOptions& options, int count, int stop_timeout_ms) {
    void* shared = ::mmap(nullptr, sizeof(WorkerSlot) * static_cast<std::size_t>(count), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto workers = static_cast<SupervisedWorker*>(std::calloc(static_cast<std::size_t>(count), sizeof(SupervisedWorker)));
    if (shared == MAP_FAILED || !workers) return 1;
    options.slots = static_cast<WorkerSlot*>(shared);
    options.slot_count = count;
    pid_t self = ::getpid();
    int replaced = server.told; // is told when all serve
    std::signal(SIGCHLD, SIG_DFL);
    AwaitedSignals awaited;
    bool stopping = false;
    int status = 0;
    int alive = 0;
    std::int64_t kill_at = INT64_MAX;
    auto tell_all = [&](int number) {
        for (int i = 0; i < count; ++i)
            if (workers[i].pid > 0) ::kill(workers[i].pid, number);
    };
    while (!stopping || alive > 0) {
        std::int64_t now = steady_milliseconds();
        std::int64_t next = kill_at < now + 60000 ? kill_at : now + 60000;
        int serving = 0;
        for (int i = 0; i < count; ++i) {
            SupervisedWorker& worker = workers[i];
            if (worker.pid == 0 && !stopping && worker.due <= now) {
                std::fflush(stdout);
                options.slots[i].serving.store(false);
                worker.pid = ::fork();
                if (worker.pid == 0) {
                    std::free(workers);
                    become_worker(server, options, i, count, self, awaited);
                    return -1;
                }
                worker.started = now;
                if (worker.pid > 0) {
                    ++alive;
                    std::printf("INFO:     Started worker [%d]\n", static_cast<int>(worker.pid));
                    std::fflush(stdout);
                } else {
                    worker.pid = 0;
                    worker.due = now + 1000;
                }
            }
            if (worker.pid == 0 && !stopping && worker.due < next) next = worker.due;
            if (options.slots[i].serving.load()) ++serving;
        }
        if (serving == count && replaced > 0 && ::getppid() == replaced) ::kill(replaced, SIGTERM);
        if (serving == count) replaced = 0;
        std::int64_t left = next > now ? next - now : 0;
        timespec timeout{static_cast<time_t>(left / 1000), static_cast<long>(left % 1000 * 1000000)};
        int number = ::sigtimedwait(&awaited.set, nullptr, &timeout);
        switch (number) {
        case SIGTERM:
        case SIGINT:
            if (stopping && number == SIGINT) { // for those in a hurry
                tell_all(SIGKILL);
                status = 130;
            }
            if (stopping) break;
            server.shut_door();
            tell_all(SIGTERM);
            stopping = true;
            kill_at = steady_milliseconds() + stop_timeout_ms + 3000;
            ::close(server.listening);
            break;
        case SIGHUP: tell_all(SIGHUP); break;
        case SIGUSR2:
            if (!stopping) server.successor.start(server.listening, server.ours);
            break;
        default: break;
        }
        now = steady_milliseconds();
        if (now >= kill_at) {
            std::fputs("ERROR:    Workers did not stop in time; they are ended\n", stderr);
            tell_all(SIGKILL);
            status = 1;
            kill_at = INT64_MAX;
        }
        int ended = 0;
        for (pid_t pid; (pid = ::waitpid(-1, &ended, WNOHANG)) > 0;) {
            if (pid == server.successor.pid.load()) server.successor.pid = 0;
            for (int i = 0; i < count; ++i) {
                SupervisedWorker& worker = workers[i];
                if (worker.pid != pid) continue;
                worker.pid = 0;
                --alive;
                options.slots[i].counters.open.store(0);
                options.slots[i].serving.store(false);
                if (stopping || (WIFEXITED(ended) && WEXITSTATUS(ended) == 0)) continue;
                if (WIFEXITED(ended) && WEXITSTATUS(ended) == startup_failed) { // the next one would fail as well
                    server.shut_door();
                    tell_all(SIGTERM);
                    stopping = true;
                    status = startup_failed;
                    kill_at = now + stop_timeout_ms + 3000;
                    ::close(server.listening);
                    continue;
                }
                // At once, unless they die as soon as they live: then after 0.1 s, 0.2 s … half a minute.
                bool at_once = now - worker.started < 1000 + worker.delay;
                worker.delay = !at_once ? 0 : worker.delay == 0 ? 100 : worker.delay < 15000 ? worker.delay * 2 : 30000;
                worker.due = now + worker.delay;
                std::fprintf(stderr, "ERROR:    Worker [%d] died (%s %d)\n", static_cast<int>(pid), WIFSIGNALED(ended) ? "signal" : "status",
                             WIFSIGNALED(ended) ? WTERMSIG(ended) : WEXITSTATUS(ended));
            }
        }
    }
    std::free(workers);
    return status;
}
#endif

} // namespace fastapi::detail
