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
#include "fastapi/server/listener.hpp"
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
FASTAPI_INLINE void occupy_with_pending(PendingResponse&, Connection&, WorkSpace&, const AnswerForm&) {}
FASTAPI_INLINE void occupy_with_websocket(const WebSocketSupport&, Connection&, WorkSpace&, Request&) {}
} // namespace fastapi::detail
#endif
#if !defined(__linux__) || defined(FASTAPI_IMPLEMENTATION) || defined(FASTAPI_PORTABLE_SERVER)
#define FASTAPI_HAS_PORTABLE_SERVER
#include "fastapi/server/portable.ipp"
#endif

namespace fastapi::detail {

struct RunOptions {
    std::string host = "127.0.0.1";
    int port = 8000;
    ServerOptions server;
    TlsFiles tls;
    std::optional<bool> portable; // --server
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
    "  --threads N        how many threads serve at most, when handlers block (1000)\n"
    "  --server NAME      epoll (the default on Linux) or portable\n"
    "  --ssl-certfile FILE, --ssl-keyfile FILE\n"
    "                     speak HTTPS, with a certificate and its key in PEM form; SIGHUP reads the files again\n"
    "  --ssl-keyfile-password TEXT\n"
    "                     what the key is encrypted with\n"
    "  --ssl-ca-certs FILE\n"
    "                     serve only clients with a certificate of one of these authorities\n"
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
        const char** file = name == "--ssl-certfile"           ? &options.tls.certificate
                            : name == "--ssl-keyfile"          ? &options.tls.key
                            : name == "--ssl-ca-certs"         ? &options.tls.authorities
                            : name == "--ssl-keyfile-password" ? &options.tls.password
                                                               : nullptr;
        bool takes_value = file || name == "--host" || name == "--port" || name == "--root-path" || name == "--threads" ||
                           name == "--server";
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
        if (file) {
            *file = value->data(); // to the end of the argument
        } else if (name == "--host") {
            options.host = *value;
        } else if (name == "--port") {
            if (!number(options.port, 0, 65535)) return "--port needs a number from 0 to 65535, not \"" + std::string(*value) + "\"";
        } else if (name == "--threads") {
            if (!number(options.server.threads, 1, 100000)) return "--threads needs a number from 1 to 100000, not \"" + std::string(*value) + "\"";
        } else if (name == "--server") {
            if (*value != "epoll" && *value != "portable") return "--server needs epoll or portable, not \"" + std::string(*value) + "\"";
            options.portable = *value == "portable";
        } else if (name == "--root-path") {
            options.root_path = *value;
        } else if (name == "--no-access-log") {
            options.server.access_log = false;
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
    if (options.portable.value_or(true)) return Owned<Listener>(new PortableServer(app, options.server.threads, options.server.access_log));
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
    int port = server->bind(options.host, options.port);
    if (port <= 0) {
        std::string why = errno == EADDRINUSE ? "the port is taken: another program listens there; choose another with --port"
                          : errno == EACCES   ? "ports below 1024 need a privilege; choose another with --port"
                          : errno             ? std::strerror(errno)
                                              : "the address is not one of this machine";
        std::fprintf(stderr, "%s: cannot listen on %s:%d: %s\n", program, options.host.c_str(), options.port, why.c_str());
        return 1;
    }
    bool ipv6 = options.host.find(':') != std::string::npos;
    const char* scheme = options.tls.certificate ? "https://" : "http://";
    std::string url = scheme + (ipv6 ? "[" + options.host + "]" : options.host) + ":" + detail::integer_text(port);
    std::printf("INFO:     Serving \"%s\" on %s (press CTRL+C to quit)\n", options_.title.c_str(), url.c_str());
    if (options_.openapi_url && options_.docs_url) std::printf("INFO:     Documentation on %s%s\n", url.c_str(), options_.docs_url->c_str());
    std::fflush(stdout);
    if (!server->serve()) {
        std::fprintf(stderr, "%s: cannot serve: %s\n", program, std::strerror(errno));
        return 1;
    }
    std::puts("INFO:     Stopped");
    std::fflush(stdout);
    return 0;
}

} // namespace fastapi
