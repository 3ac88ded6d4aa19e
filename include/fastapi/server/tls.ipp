#pragma once

// HTTPS on the event loop, by OpenSSL on the accepted sockets: TLS 1.2 and 1.3 (RFC 5246, 8446), HTTP/1.1 by ALPN (RFC 7301).
// Part of the compiled form, and of a program that defines FASTAPI_TLS. SIGHUP reads the certificates again; connections
// that are there go on with the old ones.

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

#include "fastapi/meta/owned.hpp"
#include "fastapi/server/event_loop.ipp"
#include "fastapi/server/listener.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// While this lives, SIGHUP sets a flag and writes eight bytes to a descriptor, once there is one.
class ReloadOnSignal {
  public:
    ReloadOnSignal() {
        struct sigaction action {};
        action.sa_handler = [](int) {
            int saved = errno;
            target().asked.store(true);
            std::uint64_t one = 1;
            int bell = target().bell.load();
            if (bell >= 0) [[maybe_unused]] auto n = ::write(bell, &one, sizeof one);
            errno = saved;
        };
        action.sa_flags = SA_RESTART; // the accept loop would end, and handlers may not expect EINTR
        sigemptyset(&action.sa_mask);
        sigaction(SIGHUP, &action, &old_);
    }
    ~ReloadOnSignal() {
        sigaction(SIGHUP, &old_, nullptr);
        target().bell.store(-1);
    }
    ReloadOnSignal(const ReloadOnSignal&) = delete;
    ReloadOnSignal& operator=(const ReloadOnSignal&) = delete;
    void start(int bell) { target().bell.store(bell); }
    // Whether there was a signal since the last call.
    bool take() { return target().asked.load(std::memory_order_relaxed) && target().asked.exchange(false); }

  private:
    struct Target {
        std::atomic<int> bell{-1};
        std::atomic<bool> asked{false};
    };
    static Target& target() {
        static Target one;
        return one;
    }
    struct sigaction old_ {};
};

class OpenSslTls final : public Tls {
  public:
    explicit OpenSslTls(const TlsFiles& files) : files_(files) {}
    ~OpenSslTls() override { SSL_CTX_free(context_); }
    OpenSslTls(const OpenSslTls&) = delete;
    OpenSslTls& operator=(const OpenSslTls&) = delete;

    // Reads the files. Returns a sentence about what is wrong with them, or nothing; then new connections use them.
    std::string load();

    void start(int bell) override { signal_.start(bell); }
    void tick() override;
    bool open(Connection& connection) override;
    std::ptrdiff_t receive(Connection& connection, EventLoop& loop, char* target, std::size_t room) override;
    std::ptrdiff_t send(Connection& connection, std::string_view data, std::string_view body) override;
    void shutdown(Connection& connection, EventLoop& loop) override;
    void release(Connection& connection) override;

  private:
    using TlsState = Connection::TlsState;

    static SSL* session(const Connection& connection) { return static_cast<SSL*>(connection.tls); }
    std::string configure(SSL_CTX* context) const;
    std::string read_key(SSL_CTX* context) const;
    static std::string sentence(std::string_view what, const char* file);
    static int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered, unsigned offered_size,
                               void*);
    static void fail(Connection& connection, EventLoop& loop, int error);

    TlsFiles files_;
    ReloadOnSignal signal_;
    std::mutex mutex_; // of the pointer that follows
    SSL_CTX* context_ = nullptr;
};

// --- certificates ---------------------------------------------------------------------------------------------------------

FASTAPI_COLD std::string OpenSslTls::load() {
    SSL_CTX* fresh = SSL_CTX_new(TLS_server_method());
    if (!fresh) return "OpenSSL cannot begin: there is no memory, or its configuration is broken";
    std::string problem = configure(fresh);
    if (problem.empty()) {
        std::lock_guard lock(mutex_);
        std::swap(context_, fresh);
    }
    SSL_CTX_free(fresh); // sessions hold it as long as they need it
    ERR_clear_error();
    return problem;
}

FASTAPI_COLD void OpenSslTls::tick() {
    if (!signal_.take()) return;
    std::string problem = load();
    if (problem.empty()) {
        std::printf("INFO:     New connections use the certificate that is in \"%s\" now\n", files_.certificate);
        std::fflush(stdout);
    } else {
        std::fprintf(stderr, "ERROR:    The certificate stays as it was: %s\n", problem.c_str());
    }
}

FASTAPI_COLD std::string OpenSslTls::configure(SSL_CTX* context) const {
    ERR_clear_error();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // A request says itself where it ends, so a client may leave without saying good-bye.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1); // fewer system calls
    // Of TLS 1.2 what TLS 1.3 has kept: forward secrecy and authenticated encryption (RFC 9325 4.2).
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // tickets hold the sessions (RFC 5077, RFC 8446 4.6.1)
    constexpr unsigned char name[] = {'f', 'a', 's', 't', 'a', 'p', 'i'};
    SSL_CTX_set_session_id_context(context, name, sizeof name);
    SSL_CTX_set_alpn_select_cb(context, &OpenSslTls::choose_protocol, nullptr);

    if (SSL_CTX_use_certificate_chain_file(context, files_.certificate) != 1) return sentence("certificate", files_.certificate);
    if (std::string problem = read_key(context); !problem.empty()) return problem;
    if (!files_.authorities) return {};
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(files_.authorities);
    if (!names) return sentence("certificate", files_.authorities);
    SSL_CTX_set_client_CA_list(context, names); // owns them now
    if (SSL_CTX_load_verify_locations(context, files_.authorities, nullptr) != 1) return sentence("certificate", files_.authorities);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

FASTAPI_COLD std::string OpenSslTls::read_key(SSL_CTX* context) const {
    struct Password {
        const char* text;
        bool asked;
    } password{files_.password, false};
    // Never OpenSSL's own, which asks the terminal.
    auto give = [](char* target, int room, int, void* data) {
        auto known = static_cast<Password*>(data);
        known->asked = true;
        std::size_t size = known->text ? std::strlen(known->text) : 0;
        if (!known->text || size > static_cast<std::size_t>(room)) return -1;
        std::memcpy(target, known->text, size);
        return static_cast<int>(size);
    };
    SSL_CTX_set_default_passwd_cb(context, give);
    SSL_CTX_set_default_passwd_cb_userdata(context, &password);
    const char* file = files_.key ? files_.key : files_.certificate;
    bool good = SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb(context, nullptr);
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    if (good && SSL_CTX_check_private_key(context) == 1) return {};
    if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH)
        return concat({"the key in \"", file, "\" is not the one of the certificate in \"", files_.certificate, "\""});
    if (password.asked && !password.text) return concat({"the key in \"", file, "\" needs a password: --ssl-keyfile-password"});
    if (password.asked) return concat({"the password is not the one of the key in \"", file, "\""});
    std::string problem = sentence("key", file);
    return files_.key ? problem : problem + "; --ssl-keyfile names another file for the key";
}

// Why a file could not be used, by the first error that OpenSSL has noted.
FASTAPI_COLD std::string OpenSslTls::sentence(std::string_view what, const char* file) {
    unsigned long code = ERR_peek_error();
    std::string why;
    if (ERR_SYSTEM_ERROR(code)) {
        why = std::strerror(ERR_GET_REASON(code));
    } else if (ERR_GET_REASON(code) == PEM_R_NO_START_LINE || ERR_GET_REASON(code) == ERR_R_UNSUPPORTED) {
        why = concat({"it holds no ", what, " in PEM form"});
    } else {
        const char* reason = ERR_reason_error_string(code);
        why = reason ? reason : "OpenSSL does not say why";
    }
    return concat({"the ", what, " in \"", file, "\" cannot be used: ", why});
}

// A client that offers protocols must offer HTTP/1.1 or 1.0; one that offers none speaks it (RFC 7301 3.2).
FASTAPI_COLD int OpenSslTls::choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                                             unsigned offered_size, void*) {
    for (std::string_view spoken : {"http/1.1", "http/1.0"}) {
        for (unsigned at = 0; at < offered_size; at += 1U + offered[at]) {
            if (std::string_view(reinterpret_cast<const char*>(offered) + at + 1, offered[at]) != spoken) continue;
            *chosen = offered + at + 1;
            *size = offered[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// --- connections ----------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool OpenSslTls::open(Connection& connection) {
    SSL* made = nullptr;
    {
        std::lock_guard lock(mutex_);
        made = SSL_new(context_);
    }
    if (!made || SSL_set_fd(made, connection.socket) != 1) {
        SSL_free(made);
        return false;
    }
    ::fcntl(connection.socket, F_SETFL, ::fcntl(connection.socket, F_GETFL) | O_NONBLOCK);
    SSL_set_accept_state(made);
    connection.tls = made;
    connection.tls_state = TlsState::handshake;
    return true;
}

FASTAPI_INLINE std::ptrdiff_t OpenSslTls::receive(Connection& connection, EventLoop& loop, char* target, std::size_t room) {
    SSL* ssl = session(connection);
    if (connection.tls_state == TlsState::broken) return 0;
    if (connection.tls_state == TlsState::ending) shutdown(connection, loop);
    std::size_t total = 0;
    while (total < room) { // a record at a time
        ERR_clear_error();
        std::size_t size = 0;
        int result = SSL_read_ex(ssl, target + total, room - total, &size);
        if (connection.tls_state == TlsState::handshake && SSL_is_init_finished(ssl)) connection.tls_state = TlsState::open;
        if (result == 1) {
            total += size;
            continue;
        }
        int error = SSL_get_error(ssl, result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
            if (error == SSL_ERROR_WANT_WRITE && !connection.wants_output) loop.want_output(connection);
            errno = EAGAIN;
            return total > 0 ? static_cast<std::ptrdiff_t>(total) : -1;
        }
        if (error != SSL_ERROR_ZERO_RETURN) fail(connection, loop, error);
        connection.at_end = true; // asked again, it is 0
        break;
    }
    return static_cast<std::ptrdiff_t>(total);
}

// The client does not keep to TLS, or has broken off. OpenSSL has sent the alert that says so.
FASTAPI_COLD void OpenSslTls::fail(Connection& connection, EventLoop& loop, int error) {
    connection.tls_state = TlsState::broken;
    unsigned long code = ERR_peek_error();
    if (error == SSL_ERROR_SSL) {
        if (ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST) {
            constexpr std::string_view answer = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json\r\n"
                                                "content-length: 40\r\n\r\n{\"detail\":\"This port speaks HTTPS only\"}";
            static_assert(answer.size() - answer.find('{') == 40);
            ::send(connection.socket, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        loop.counters.refused.fetch_add(1, std::memory_order_relaxed);
        if (loop.options().access_log) {
            const char* reason = ERR_reason_error_string(code);
            std::printf("WARNING:  %s:%d - refused: TLS, %s\n", connection.address, connection.port, reason ? reason : "no reason known");
            std::fflush(stdout);
        }
    }
    // A socket that is closed with bytes unread resets the connection, and the client may not see why.
    ::shutdown(connection.socket, SHUT_WR);
    char unread[4096];
    for (int i = 0; i < 64 && ::recv(connection.socket, unread, sizeof unread, MSG_DONTWAIT) > 0; ++i) {}
    ERR_clear_error();
}

FASTAPI_INLINE std::ptrdiff_t OpenSslTls::send(Connection& connection, std::string_view data, std::string_view body) {
    char record[SSL3_RT_MAX_PLAIN_LENGTH];
    if (!body.empty() && data.size() < sizeof record) { // both begin in one record
        std::size_t behind = std::min(body.size(), sizeof record - data.size());
        std::memcpy(record, data.data(), data.size());
        std::memcpy(record + data.size(), body.data(), behind);
        data = {record, data.size() + behind};
    }
    errno = EPIPE;
    if (connection.tls_state == TlsState::broken) return -1;
    ERR_clear_error();
    std::size_t sent = 0;
    int result = SSL_write_ex(session(connection), data.data(), data.size(), &sent);
    if (result == 1) return static_cast<std::ptrdiff_t>(sent);
    int error = SSL_get_error(session(connection), result);
    bool again = error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ;
    if (!again) connection.tls_state = TlsState::broken;
    errno = again ? EAGAIN : EPIPE;
    return -1;
}

FASTAPI_INLINE void OpenSslTls::shutdown(Connection& connection, EventLoop& loop) {
    if (connection.tls_state == TlsState::open || connection.tls_state == TlsState::ending) {
        ERR_clear_error();
        int result = SSL_shutdown(session(connection));
        if (result < 0 && SSL_get_error(session(connection), result) == SSL_ERROR_WANT_WRITE) {
            connection.tls_state = TlsState::ending; // tried again when the socket takes more
            if (!connection.wants_output) loop.want_output(connection);
            return;
        }
        connection.tls_state = TlsState::open;
    }
    ::shutdown(connection.socket, SHUT_WR);
}

FASTAPI_INLINE void OpenSslTls::release(Connection& connection) {
    // An answer that was cut off shall not look whole: without close_notify it does not (RFC 8446 6.1).
    bool whole = connection.phase != Connection::Phase::occupied && connection.output.empty();
    ERR_clear_error();
    if (connection.tls_state == TlsState::open && whole && !(SSL_get_shutdown(session(connection)) & SSL_SENT_SHUTDOWN))
        SSL_shutdown(session(connection));
    SSL_free(session(connection));
    ERR_clear_error();
    connection.tls = nullptr;
    connection.tls_state = TlsState::open;
}

} // namespace fastapi::detail
