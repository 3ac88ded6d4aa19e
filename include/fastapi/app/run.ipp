#pragma once

// app.run(argc, argv): the command line, listening, the access log, and a clean stop on SIGINT and SIGTERM.

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/server/httplib.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

struct RunOptions {
    std::string host = "127.0.0.1";
    int port = 8000;
    int threads = 1000;
    bool access_log = true;
    bool print_openapi = false;
    bool print_routes = false;
    bool print_help = false;
    bool print_version = false;
    std::optional<std::string> root_path = std::nullopt;
};

inline constexpr const char* run_help =
    "  --host ADDRESS     where to listen (127.0.0.1; 0.0.0.0 for every interface)\n"
    "  --port PORT        which port (8000; 0 for any free one)\n"
    "  --root-path PATH   the path under which a proxy has mounted the application\n"
    "  --threads N        how many threads serve at most (1000)\n"
    "  --no-access-log    do not print a line a request\n"
    "  --openapi          print the OpenAPI document and end\n"
    "  --routes           print the routes and end\n"
    "  --version          print the version of fastapi.hpp and end\n"
    "  --help             print this and end\n";

// Returns a sentence about what is wrong, or nothing.
FASTAPI_COLD std::string parse_run_options(int argc, char** argv, RunOptions& options) {
    for (int i = 1; i < argc; ++i) {
        std::string_view name = argv[i];
        std::optional<std::string_view> value;
        if (std::size_t equals = name.find('='); equals != std::string_view::npos) {
            value = name.substr(equals + 1);
            name = name.substr(0, equals);
        }
        bool takes_value = name == "--host" || name == "--port" || name == "--root-path" || name == "--threads";
        if (takes_value && !value) {
            if (i + 1 == argc) return std::string(name) + " needs a value";
            value = argv[++i];
        }
        auto number = [&](int& target, std::uint64_t least, std::uint64_t most) {
            auto parsed = parse_unsigned(*value);
            if (!parsed || *parsed < least || *parsed > most) return false;
            target = static_cast<int>(*parsed);
            return true;
        };
        if (name == "--host") {
            options.host = *value;
        } else if (name == "--port") {
            if (!number(options.port, 0, 65535)) return "--port needs a number from 0 to 65535, not \"" + std::string(*value) + "\"";
        } else if (name == "--threads") {
            if (!number(options.threads, 1, 100000)) return "--threads needs a number from 1 to 100000, not \"" + std::string(*value) + "\"";
        } else if (name == "--root-path") {
            options.root_path = *value;
        } else if (name == "--no-access-log") {
            options.access_log = false;
        } else if (name == "--openapi") {
            options.print_openapi = true;
        } else if (name == "--routes") {
            options.print_routes = true;
        } else if (name == "--version") {
            options.print_version = true;
        } else if (name == "--help" || name == "-h") {
            options.print_help = true;
        } else {
            return "there is no option \"" + std::string(argv[i]) + "\"; --help lists them";
        }
    }
    return {};
}

// The listening server: cpp-httplib's accept loop and request handling, with connections of our own, the port ours
// alone, and a queue of connections that bears a burst.
class ListeningServer : public httplib::Server {
  public:
    ListeningServer(const Limits& limits, int threads) : limits_(limits) {
        // httplib's default shares the port with any other program that does so too, in silence.
        set_socket_options([](socket_t socket) {
            int on = 1;
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        });
        new_task_queue = [threads] { return new ElasticPool(static_cast<std::size_t>(threads)); };
    }
    // Returns the port, or -1 (errno says why).
    int bind(const std::string& host, int port) {
        errno = 0;
        if (port == 0) {
            port = bind_to_any_port(host);
        } else if (!bind_to_port(host, port)) {
            return -1;
        }
        if (port > 0) ::listen(svr_sock_, 1024);
        return port;
    }
    // Ends idle connections at once and lets the others finish their request.
    void stop_gracefully() {
        stopping_ = true;
        stop();
    }

  private:
    bool process_and_close_socket(socket_t socket) override {
        Connection connection(socket, limits_, stopping_);
        bool open = true;
        while (open) {
            RawHead head;
            if (!connection.read_head(head)) break;
            current_head() = &head;
            bool closing = stopping_;
            open = handle_one(*this, connection, closing) && !closing && !stopping_;
            current_head() = nullptr;
            open = connection.flush() && open;
        }
        connection.close();
        return true;
    }

    // process_request has taken the addresses as arguments since 0.18. It may throw what a hook threw.
    template <class Self>
    static bool handle_one(Self& self, Connection& connection, bool& closing) {
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

    const Limits& limits_;
    std::atomic<bool> stopping_{false};
};

// SIGINT and SIGTERM write into a pipe; a thread reads it and stops the server. A second signal ends the program.
class StopOnSignal {
  public:
    explicit StopOnSignal(ListeningServer& server) : server_(server) {
        if (::pipe(pipe_) != 0) return;
        write_end().store(pipe_[1]);
        struct sigaction action {};
        action.sa_handler = [](int) {
            static std::atomic<int> count{0};
            if (count.fetch_add(1) > 0) ::_exit(130);
            int saved = errno;
            [[maybe_unused]] auto n = ::write(write_end().load(), "s", 1);
            errno = saved;
        };
        sigemptyset(&action.sa_mask);
        sigaction(SIGINT, &action, &old_int_);
        sigaction(SIGTERM, &action, &old_term_);
        waiter_ = std::thread(&StopOnSignal::run, static_cast<void*>(this));
    }
    ~StopOnSignal() {
        done_.store(true);
        if (!waiter_.joinable()) return;
        [[maybe_unused]] auto n = ::write(pipe_[1], "e", 1);
        waiter_.join();
        sigaction(SIGINT, &old_int_, nullptr);
        sigaction(SIGTERM, &old_term_, nullptr);
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;

  private:
    static void run(void* self) { static_cast<StopOnSignal*>(self)->wait(); }
    void wait() {
        char byte = 0;
        while (::read(pipe_[0], &byte, 1) < 0 && errno == EINTR) {}
        if (byte != 's') return;
        // stop() does nothing before the server has begun: ask until it has ended.
        while (!done_.load()) {
            server_.stop_gracefully();
            ::usleep(20000);
        }
    }
    static std::atomic<int>& write_end() {
        static std::atomic<int> end{-1};
        return end;
    }
    ListeningServer& server_;
    int pipe_[2] = {-1, -1};
    struct sigaction old_int_ {};
    struct sigaction old_term_ {};
    std::atomic<bool> done_{false};
    std::thread waiter_;
};

} // namespace fastapi::detail

namespace fastapi {

FASTAPI_COLD int FastAPI::run() {
    char name[] = "app";
    char* argv[] = {name, nullptr};
    return run(1, argv);
}

FASTAPI_COLD int FastAPI::run(int argc, char** argv) {
    detail::RunOptions options;
    std::string problem = detail::parse_run_options(argc, argv, options);
    const char* program = argc > 0 ? argv[0] : "app";
    if (!problem.empty()) {
        std::fprintf(stderr, "%s: %s\n", program, problem.c_str());
        return 2;
    }
    if (options.root_path) options_.root_path = *options.root_path;
    if (options.print_help) {
        std::printf("usage: %s [option …]\nServes \"%s\".\n\n%s", program, options_.title.c_str(), detail::run_help);
        return 0;
    }
    if (options.print_version) {
        std::puts("fastapi.hpp " FASTAPI_VERSION);
        return 0;
    }
    if (options.print_openapi) {
        std::puts(openapi_json().c_str());
        return 0;
    }
    if (options.print_routes) {
        std::fputs(routes_table().c_str(), stdout);
        return 0;
    }
    std::signal(SIGPIPE, SIG_IGN);
    detail::ListeningServer server(options_.limits, options.threads);
    detail::HttplibAdapter adapter(*this, options.access_log);
    adapter.install(server);
    int port = server.bind(options.host, options.port);
    if (port <= 0) {
        std::string why = errno == EADDRINUSE ? "the port is taken: another program listens there; choose another with --port"
                          : errno == EACCES   ? "ports below 1024 need a privilege; choose another with --port"
                          : errno             ? std::strerror(errno)
                                              : "the address is not one of this machine";
        std::fprintf(stderr, "%s: cannot listen on %s:%d: %s\n", program, options.host.c_str(), options.port, why.c_str());
        return 1;
    }
    bool ipv6 = options.host.find(':') != std::string::npos;
    std::string url = "http://" + (ipv6 ? "[" + options.host + "]" : options.host) + ":" + detail::integer_text(port);
    std::printf("INFO:     Serving \"%s\" on %s (press CTRL+C to quit)\n", options_.title.c_str(), url.c_str());
    if (options_.openapi_url && options_.docs_url) std::printf("INFO:     Documentation on %s%s\n", url.c_str(), options_.docs_url->c_str());
    std::fflush(stdout);
    {
        detail::StopOnSignal stop(server);
        server.listen_after_bind();
    }
    std::puts("INFO:     Stopped");
    std::fflush(stdout);
    return 0;
}

} // namespace fastapi
