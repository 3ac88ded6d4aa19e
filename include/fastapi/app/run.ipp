#pragma once

// app.run(argc, argv): the command line, listening, the access log, and a clean stop on SIGINT and SIGTERM.

#include <atomic>
#include <cerrno>
#include <climits>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/server/access_log.ipp"
#include "fastapi/server/listener.hpp"
#include "fastapi/server/process.ipp"
#include "fastapi/version.hpp"

// The server for Linux, the portable one, or both: then --server chooses.
#if defined(__linux__)
#define FASTAPI_HAS_EPOLL_SERVER
#include "fastapi/server/epoll_server.ipp"
#if defined(FASTAPI_TLS) || (defined(FASTAPI_IMPLEMENTATION) && !defined(FASTAPI_NO_TLS) && __has_include(<openssl/ssl.h>))
#define FASTAPI_HAS_TLS
#include "fastapi/server/tls.ipp"
#endif
#else
namespace fastapi::detail { // other servers wait for a response and collect a stream
FASTAPI_INLINE void occupy_with_stream(BodyStream&, Connection&, WorkSpace&, const AnswerForm&) {}
FASTAPI_INLINE void occupy_with_file(BodyStream&, FileReader&, Connection&) {}
FASTAPI_INLINE void occupy_with_pending(PendingResponse&, Connection&, WorkSpace&, const AnswerForm&) {}
FASTAPI_INLINE int occupy_with_upload(Connection&, WorkSpace&, RequestHead&) { return 0; }
FASTAPI_INLINE void occupy_with_websocket(const WebSocketSupport&, Connection&, WorkSpace&, Request&) {}
} // namespace fastapi::detail
#endif
#if !defined(__linux__) || defined(FASTAPI_PORTABLE_SERVER)
#define FASTAPI_HAS_PORTABLE_SERVER
#include "fastapi/server/portable.ipp"
#endif

namespace fastapi::detail {

struct RunOptions {
    std::string host = "127.0.0.1";
    int port = 8000;
    std::optional<std::string> uds = std::nullopt; // path of a Unix socket
    int fd = -1;                    // an inherited socket
    int workers = 1;
    ServerOptions server;
    TlsFiles tls;
    Limits limits;
    std::optional<bool> portable; // --server
    bool print_openapi = false;
    bool print_routes = false;
    bool print_help = false;
    bool print_version = false;
    std::optional<std::string> migrate = std::nullopt; // empty: and serve
    std::optional<std::string> root_path = std::nullopt;
};

inline constexpr const char* run_help =
    "  --host ADDRESS     where to listen (127.0.0.1; 0.0.0.0 for every interface)\n"
    "  --port PORT        which port (8000; 0 for any free one)\n"
    "  --uds PATH         listen on a Unix socket instead\n"
    "  --fd N             listen on an inherited socket instead (one from systemd is taken by itself)\n"
    "  --backlog N        how many connections wait to be accepted at most (2048)\n"
    "  --workers N        how many processes serve (1); those that die are replaced\n"
    "  --root-path PATH   the path under which a proxy has mounted the application\n"
    "  --threads N        how many threads serve at most, when handlers block (1000)\n"
    "  --server NAME      epoll (the default on Linux) or portable\n"
    "  --ssl-certfile FILE, --ssl-keyfile FILE\n"
    "                     speak HTTPS, with a certificate and its key in PEM form; SIGHUP reads the files again\n"
    "  --ssl-keyfile-password TEXT\n"
    "                     what the key is encrypted with\n"
    "  --ssl-ca-certs FILE\n"
    "                     serve only clients with a certificate of one of these authorities\n"
    "  --limit-concurrency N\n"
    "                     how many connections at most; 503 beyond (65536)\n"
    "  --limit-connections-per-client N\n"
    "                     how many from one IP address; 503 beyond (0: any)\n"
    "  --limit-max-requests N\n"
    "                     a process ends after about so many requests; a worker is replaced (0: never)\n"
    "  --timeout-keep-alive SECONDS\n"
    "                     how long a connection may stay silent between requests (5)\n"
    "  --timeout-handler SECONDS\n"
    "                     how long a handler may take; 504 beyond (0: any)\n"
    "  --timeout-graceful-shutdown SECONDS\n"
    "                     how long requests in flight may take when the server stops (30)\n"
    "  --no-access-log    do not print a line a request\n"
    "  --access-log-format NAME\n"
    "                     text, or json: an object a line, with route and duration\n"
    "  --migrate          apply the migrations that the database lacks, then serve; --migrate=NUMBER goes to that one\n"
    "                     and ends, --migrate=dry-run prints their SQL and ends\n"
    "  --openapi          print the OpenAPI document and end\n"
    "  --routes           print the routes and end\n"
    "  --version          print the version of fastapi.hpp and end\n"
    "  --help             print this and end\n"
    "SIGTERM and SIGINT stop it when the requests in flight are answered. SIGUSR2 starts the program anew with the same\n"
    "socket; this one stops when that one serves.\n";

// Returns a sentence about what is wrong, or nothing.
FASTAPI_COLD std::string parse_run_options(int argc, char** argv, RunOptions& options) {
    for (int i = 1; i < argc; ++i) {
        std::string_view name = argv[i];
        std::optional<std::string_view> value;
        if (std::size_t equals = name.find('='); equals != std::string_view::npos) {
            value = name.substr(equals + 1);
            name = name.substr(0, equals);
        }
        const char** file = name == "--ssl-certfile"           ? &options.tls.certificate
                            : name == "--ssl-keyfile"          ? &options.tls.key
                            : name == "--ssl-ca-certs"         ? &options.tls.authorities
                            : name == "--ssl-keyfile-password" ? &options.tls.password
                                                               : nullptr;
        const struct {
            std::string_view name;
            int* target;
            int least;
            int most;
            int scale;
        } numbers[] = {
            {"--port", &options.port, 0, 65535, 1},
            {"--threads", &options.server.threads, 1, 100000, 1},
            {"--workers", &options.workers, 1, 1000, 1},
            {"--fd", &options.fd, 0, 1000000, 1},
            {"--backlog", &options.server.backlog, 1, 1000000, 1},
            {"--limit-concurrency", &options.limits.max_connections, 1, 1000000, 1},
            {"--limit-connections-per-client", &options.limits.max_connections_per_client, 0, 1000000, 1},
            {"--limit-max-requests", &options.server.max_requests, 0, INT_MAX, 1},
            {"--timeout-keep-alive", &options.limits.keep_alive_timeout_ms, 1, 86400, 1000},
            {"--timeout-handler", &options.limits.handler_timeout_ms, 0, 86400, 1000},
            {"--timeout-graceful-shutdown", &options.limits.stop_timeout_ms, 0, 86400, 1000},
        };
        auto number = std::begin(numbers);
        while (number != std::end(numbers) && number->name != name) ++number;
        bool is_number = number != std::end(numbers);
        bool takes_value = is_number || file || name == "--host" || name == "--uds" || name == "--root-path" || name == "--server" ||
                           name == "--access-log-format";
        if (takes_value && !value) {
            if (i + 1 == argc) return std::string(name) + " needs a value";
            value = argv[++i];
        }
        if (is_number) {
            auto parsed = parse_unsigned(*value);
            if (!parsed || *parsed < static_cast<std::uint64_t>(number->least) || *parsed > static_cast<std::uint64_t>(number->most))
                return concat({name, " needs a number from ", integer_text(number->least), " to ", integer_text(number->most), ", not \"", *value, "\""});
            *number->target = static_cast<int>(*parsed) * number->scale;
        } else if (file) {
            *file = value->data(); // to the end of the argument
        } else if (name == "--host") {
            bool bracketed = value->size() > 2 && value->front() == '[' && value->back() == ']';
            options.host = bracketed ? value->substr(1, value->size() - 2) : *value;
        } else if (name == "--uds") {
            options.uds = *value;
        } else if (name == "--server") {
            if (*value != "epoll" && *value != "portable") return "--server needs epoll or portable, not \"" + std::string(*value) + "\"";
            options.portable = *value == "portable";
        } else if (name == "--access-log-format") {
            if (*value != "text" && *value != "json") return concat({name, " needs text or json, not \"", *value, "\""});
            options.server.access_log_json = *value == "json";
            if (options.server.access_log_json && !has_json_access_log)
                return "this program holds no JSON access log: compile it with -DFASTAPI_JSON_ACCESS_LOG";
        } else if (name == "--root-path") {
            options.root_path = *value;
        } else if (name == "--no-access-log") {
            options.server.access_log = false;
        } else if (name == "--migrate") {
            if (value && value->empty()) return "--migrate= needs a number, or dry-run";
            options.migrate = value.value_or("");
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
    if (!options.tls.certificate && (options.tls.key || options.tls.authorities || options.tls.password))
        return "--ssl-certfile is missing, which the other options of TLS belong to";
    if (options.tls.certificate && options.portable.value_or(false)) return "the portable server speaks no TLS: use --server epoll";
    return {};
}

// The server that was asked for; none when this program does not hold it.
FASTAPI_COLD Owned<Listener> make_server(FastAPI& app, const RunOptions& options) {
#if defined(FASTAPI_HAS_EPOLL_SERVER)
    if (!options.portable.value_or(false)) return Owned<Listener>(new EpollServer(app, options.server));
#endif
#if defined(FASTAPI_HAS_PORTABLE_SERVER)
    if (options.portable.value_or(true)) return Owned<Listener>(new PortableServer(app, options.server));
#endif
    return {};
}

} // namespace fastapi::detail

namespace fastapi {

FASTAPI_COLD int FastAPI::run() {
    char name[] = "app";
    char* argv[] = {name, nullptr};
    return run(1, argv);
}

FASTAPI_COLD int FastAPI::run(int argc, char** argv) {
    detail::RunOptions options;
    options.limits = options_.limits;
    std::string problem = detail::parse_run_options(argc, argv, options);
    const char* program = argc > 0 ? argv[0] : "app";
    if (!problem.empty()) {
        std::fprintf(stderr, "%s: %s\n", program, problem.c_str());
        return 2;
    }
    if (options.root_path) options_.root_path = *options.root_path;
    options_.limits = options.limits;
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
    if (options.migrate && !migrations_) {
        std::fprintf(stderr, "%s: this program has no migrations: app.migrations(engine, …)\n", program);
        return 2;
    }
    if (migrations_)
        if (int status = migrations_->run(*migrations_, program, options.migrate); status >= 0) return status;
    std::signal(SIGPIPE, SIG_IGN);
#if defined(FASTAPI_HAS_TLS)
    detail::Owned<detail::OpenSslTls> tls;
    if (options.tls.certificate) {
        tls = detail::Owned<detail::OpenSslTls>(new detail::OpenSslTls(options.tls));
        problem = tls->load();
        options.server.tls = tls.get();
    }
#elif defined(FASTAPI_HAS_EPOLL_SERVER)
    if (options.tls.certificate) problem = "this program holds no TLS: compile it with -DFASTAPI_TLS and link -lssl -lcrypto";
#else
    if (options.tls.certificate) problem = "this program holds no TLS: there is one on Linux only";
#endif
    if (!problem.empty()) {
        std::fprintf(stderr, "%s: %s\n", program, problem.c_str());
        return 1;
    }
    detail::Owned<detail::Listener> server = detail::make_server(*this, options);
    if (!server) {
        bool portable = options.portable.value_or(false);
        std::fprintf(stderr, "%s: this program holds no %s server: %s\n", program, portable ? "portable" : "epoll",
                     portable ? "define FASTAPI_PORTABLE_SERVER before the include of fastapi.hpp" : "there is one on Linux only");
        return 2;
    }
    std::string why;
    std::string where;
    const char* scheme = options.tls.certificate ? "https://" : "http://";
    int replaced = -1;
    int socket = detail::inherited_socket(options.fd, replaced, server->ours, why);
    if (socket < 0 && why.empty()) {
        server->ours = true;
        if (options.uds) {
            where = "unix socket " + *options.uds;
            socket = detail::bind_unix_socket(*options.uds, why);
        } else {
            bool v6 = options.host.find(':') != std::string::npos;
            where = detail::concat({v6 ? "[" : "", options.host, v6 ? "]:" : ":", detail::integer_text(options.port)});
            socket = detail::bind_port(options.host, options.port);
        }
    }
    if (socket >= 0) ::fcntl(socket, F_SETFD, FD_CLOEXEC);
    if (why.empty() && (socket < 0 || !server->use(socket, options.server.backlog)))
        why = errno == EADDRINUSE ? "the port is taken: another program listens there; choose another with --port"
              : errno == EACCES   ? "ports below 1024 need a privilege; choose another with --port"
              : errno             ? std::strerror(errno)
                                  : "the address is not one of this machine";
    if (!why.empty()) {
        std::fprintf(stderr, "%s: cannot listen%s%s: %s\n", program, where.empty() ? "" : " on ", where.c_str(), why.c_str());
        return 1;
    }
    where = detail::socket_name(socket, scheme);
    struct stat file {};
    if (server->ours && options.uds && ::stat(options.uds->c_str(), &file) == 0) {
        server->file = *options.uds;
        server->file_number = file.st_ino;
    }
    if (life_ && options.workers <= 1 && !life_->run(*life_, true)) { // each worker starts by itself
        server->shut_door();
        return detail::startup_failed;
    }
    std::printf("INFO:     Serving \"%s\" on %s (press CTRL+C to quit)\n", options_.title.c_str(), where.c_str());
    if (options_.openapi_url && options_.docs_url && where.compare(0, 4, "http") == 0)
        std::printf("INFO:     Documentation on %s%s\n", where.c_str(), options_.docs_url->c_str());
    std::fflush(stdout);
    server->told = replaced;
    server->told_signal = SIGTERM;
    int status = -1; // -1: serve
#if defined(__linux__)
    if (options.workers > 1) {
        status = detail::supervise(*server, options.server, options.workers, options_.limits.stop_timeout_ms);
        if (status < 0) { // a worker, which counts in its own place
            int told = server->told;
            socket = server->give_up();
            server = detail::make_server(*this, options);
            server->use(socket, options.server.backlog);
            server->told = told;
            server->told_signal = SIGUSR1;
            if (life_ && !life_->run(*life_, true)) return detail::startup_failed;
        }
    }
#else
    if (options.workers > 1) std::fputs("WARNING:  --workers needs Linux; one process serves\n", stderr);
#endif
    if (status < 0) {
        {
            std::lock_guard lock(cache_->mutex);
            cache_->counters = server->counted();
            cache_->slots = options.server.slots;
            cache_->slot_count = options.server.slot_count;
        }
        bool served = server->serve();
        status = served ? 0 : 1;
        if (!served) {
            std::fprintf(stderr, "%s: cannot serve: %s\n", program, std::strerror(errno));
            server->shut_door();
        }
        if (auto wait = detail::wait_for_background.load()) wait(options_.limits.stop_timeout_ms);
        if (life_ && !life_->run(*life_, false)) status = 1;
        std::lock_guard lock(cache_->mutex);
        cache_->counters = nullptr;
    }
    if (options.server.is_worker || status != 0) return status;
    std::puts("INFO:     Stopped");
    std::fflush(stdout);
    return 0;
}

} // namespace fastapi
