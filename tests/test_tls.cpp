// HTTPS: run() in a child process, OpenSSL as the client.
#if defined(__linux__) && __has_include(<openssl/ssl.h>) && !defined(FASTAPI_NO_TLS)
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "fastapi/fastapi.hpp"

using namespace fastapi;
using Clock = std::chrono::steady_clock;

namespace {

// --- certificates -----------------------------------------------------------------------------------------------

struct Identity {
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
};

void name(X509_NAME* target, const char* text) {
    X509_NAME_add_entry_by_txt(target, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
}

// Signed by an issuer, or by itself.
Identity make_identity(const char* common_name, const Identity* issuer = nullptr) {
    static long serial = 1;
    Identity made{EVP_EC_gen("P-256"), X509_new()};
    X509_set_version(made.certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made.certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.certificate), 24 * 3600);
    X509_set_pubkey(made.certificate, made.key);
    name(X509_get_subject_name(made.certificate), common_name);
    X509_set_issuer_name(made.certificate, X509_get_subject_name(issuer ? issuer->certificate : made.certificate));
    X509_EXTENSION* basic = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, issuer ? "CA:FALSE" : "critical,CA:TRUE");
    X509_add_ext(made.certificate, basic, -1);
    X509_EXTENSION_free(basic);
    X509_sign(made.certificate, issuer ? issuer->key : made.key, EVP_sha256());
    return made;
}

void write_files(const Identity& identity, const std::string& certificate, const std::string& key, const char* password = nullptr) {
    // Renamed into place, as tools that renew certificates do.
    FILE* file = std::fopen((certificate + ".new").c_str(), "w");
    PEM_write_X509(file, identity.certificate);
    std::fclose(file);
    file = std::fopen((key + ".new").c_str(), "w");
    const char* text = password ? password : "";
    PEM_write_PrivateKey(file, identity.key, password ? EVP_aes_256_cbc() : nullptr, reinterpret_cast<const unsigned char*>(text),
                         static_cast<int>(std::strlen(text)), nullptr, nullptr);
    std::fclose(file);
    std::filesystem::rename(key + ".new", key);
    std::filesystem::rename(certificate + ".new", certificate);
}

// A directory with the certificates of one test.
struct Files {
    std::string directory;
    std::string certificate;
    std::string key;
    Identity first = make_identity("first");
    Identity second = make_identity("second");

    Files() {
        char pattern[] = "/tmp/fastapi_tls_XXXXXX";
        REQUIRE(::mkdtemp(pattern));
        directory = pattern;
        certificate = directory + "/server.pem";
        key = directory + "/server.key";
        write_files(first, certificate, key);
    }
    ~Files() {
        std::filesystem::remove_all(directory);
        for (Identity* one : {&first, &second}) {
            EVP_PKEY_free(one->key);
            X509_free(one->certificate);
        }
    }
};

int connect_to(int port, int receive_buffer = 0) {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval limit{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    return fd;
}

// --- the server -------------------------------------------------------------------------------------------------

std::string large_text() {
    std::string text;
    text.reserve(10 << 20);
    for (unsigned i = 0; text.size() < (10U << 20U); ++i) text += std::to_string(i * 2654435761U) + '\n';
    return text;
}

void add_routes(FastAPI& app) {
    app.get("/", [](Request& request) { return json{{"url", request.url()}}; });
    app.post("/size", [](Request& request) {
        unsigned sum = 0;
        for (char c : request.body) sum = sum * 31 + static_cast<unsigned char>(c);
        return json{{"size", request.body.size()}, {"sum", sum}};
    });
    app.post("/pieces", [](RequestStream stream) {
        unsigned sum = 0;
        std::size_t size = 0;
        for (std::string_view piece : stream) {
            size += piece.size();
            for (char c : piece) sum = sum * 31 + static_cast<unsigned char>(c);
        }
        return json{{"size", size}, {"sum", sum}};
    });
    app.post("/pieces/wait", [](RequestStream stream) -> Task<json> {
        unsigned sum = 0;
        std::size_t size = 0;
        while (auto piece = co_await stream.next()) {
            size += piece->size();
            for (char c : *piece) sum = sum * 31 + static_cast<unsigned char>(c);
            if (size % 3 == 0) co_await sleep(std::chrono::milliseconds(1));
        }
        co_return json{{"size", size}, {"sum", sum}};
    });
    app.get("/file", [](Query<std::string, "path"> path) { return FileResponse(*path); });
    app.get("/large", [] { return PlainTextResponse(large_text()); });
    app.get("/slow", [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        return json{{"slow", true}};
    });
    auto count = []() -> Generator<std::string> {
        for (int i = 0; i < 50000; ++i) co_yield std::to_string(i) + "\n";
    };
    app.get("/stream", [count] { return StreamingResponse(count()); });
    app.get("/later", []() -> Task<json> {
        co_await sleep(std::chrono::milliseconds(50));
        co_return json{{"later", true}};
    });
}

class ServerProcess {
  public:
    explicit ServerProcess(const Files& files, std::vector<std::string> options = {}, Limits limits = {}) {
        int out[2];
        REQUIRE(::pipe(out) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::dup2(out[1], 1);
            ::dup2(out[1], 2);
            ::close(out[0]);
            ::alarm(120);
            FastAPIOptions settings;
            settings.limits = limits;
            FastAPI app{settings};
            add_routes(app);
            std::vector<std::string> arguments{"server", "--port", "0", "--ssl-certfile", files.certificate, "--ssl-keyfile", files.key};
            arguments.insert(arguments.end(), options.begin(), options.end());
            std::vector<char*> argv;
            for (std::string& argument : arguments) argv.push_back(argument.data());
            ::_exit(app.run(static_cast<int>(argv.size()), argv.data()));
        }
        ::close(out[1]);
        output_ = out[0];
        first_output = read_output("(press");
        std::size_t at = first_output.find("https://127.0.0.1:");
        if (at != std::string::npos) port = std::atoi(first_output.c_str() + at + 18);
    }
    ~ServerProcess() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(output_);
    }
    // What it printed until a text comes, for five seconds at most.
    std::string read_output(const std::string& until) {
        std::string text;
        auto end = Clock::now() + std::chrono::seconds(5);
        while (text.find(until) == std::string::npos && Clock::now() < end) {
            pollfd one{output_, POLLIN, 0};
            if (::poll(&one, 1, 100) <= 0) continue;
            char buffer[4096];
            auto n = ::read(output_, buffer, sizeof buffer);
            if (n <= 0) break;
            text.append(buffer, static_cast<std::size_t>(n));
        }
        return text;
    }
    void signal(int number) const { ::kill(pid_, number); }
    // SIGHUP. The connection is for the thread sanitizer, which keeps a signal until accept returns.
    void reload() const {
        signal(SIGHUP);
        ::close(connect_to(port));
    }
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    // SIGTERM must end it, and in good order: sanitizers say there what they have found.
    void ends_well() {
        signal(SIGTERM);
        CHECK(wait() == 0);
    }
    int port = 0;
    std::string first_output;

  private:
    pid_t pid_ = 0;
    int output_ = -1;
};

// --- the client -------------------------------------------------------------------------------------------------

struct ClientOptions {
    int version = 0; // the only one; 0: any
    int receive_buffer = 0;
    const Identity* identity = nullptr;
    const char* protocol = "\x08http/1.1";
    SSL_SESSION* session = nullptr;
};

class Client {
  public:
    explicit Client(int port, const ClientOptions& options = {}) : context_(SSL_CTX_new(TLS_client_method())) {
        std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
        if (options.version != 0) {
            SSL_CTX_set_min_proto_version(context_, options.version);
            SSL_CTX_set_max_proto_version(context_, options.version);
            if (options.version < TLS1_2_VERSION) SSL_CTX_set_cipher_list(context_, "DEFAULT:@SECLEVEL=0");
        }
        if (options.identity) {
            SSL_CTX_use_certificate(context_, options.identity->certificate);
            SSL_CTX_use_PrivateKey(context_, options.identity->key);
        }
        std::string_view protocol = options.protocol;
        SSL_CTX_set_alpn_protos(context_, reinterpret_cast<const unsigned char*>(protocol.data()), static_cast<unsigned>(protocol.size()));
        fd_ = connect_to(port, options.receive_buffer);
        ssl = SSL_new(context_);
        SSL_set_fd(ssl, fd_);
        if (options.session) SSL_set_session(ssl, options.session);
        connected = SSL_connect(ssl) == 1;
        if (!connected) note_reason();
    }
    ~Client() {
        SSL_free(ssl);
        SSL_CTX_free(context_);
        ::close(fd_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool send(std::string_view data) {
        while (!data.empty()) {
            std::size_t n = 0;
            if (SSL_write_ex(ssl, data.data(), data.size(), &n) != 1) {
                note_reason();
                return false;
            }
            data.remove_prefix(n);
        }
        return true;
    }
    // Reads until the head and the announced body are there, or the connection ends.
    std::string answer(std::size_t at_once = 65536, int pause_ms = 0) {
        for (;;) {
            std::size_t size = complete();
            if (size > 0) {
                std::string one = received_.substr(0, size);
                received_.erase(0, size);
                return one;
            }
            if (pause_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
            if (!receive_some(at_once)) return std::exchange(received_, {});
        }
    }
    // Reads to the end. Whether the server said good-bye.
    bool ended_well() {
        while (receive_some(65536)) {}
        return SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN;
    }
    [[nodiscard]] std::string common_name() const {
        X509* certificate = SSL_get1_peer_certificate(ssl);
        char text[64] = "";
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof text);
        X509_free(certificate);
        return text;
    }
    [[nodiscard]] std::string protocol() const {
        const unsigned char* text = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl, &text, &size);
        return {reinterpret_cast<const char*>(text), size};
    }
    [[nodiscard]] int socket() const { return fd_; }
    bool connected = false;
    std::string reason; // of a failure
    SSL* ssl = nullptr;

  private:
    bool receive_some(std::size_t most) {
        char buffer[65536];
        std::size_t n = 0;
        if (SSL_read_ex(ssl, buffer, std::min(most, sizeof buffer), &n) != 1) {
            note_reason();
            return false;
        }
        received_.append(buffer, n);
        return true;
    }
    void note_reason() {
        const char* text = ERR_reason_error_string(ERR_peek_error());
        reason = text ? text : "";
        ERR_clear_error();
    }
    [[nodiscard]] std::size_t complete() const {
        std::size_t head = received_.find("\r\n\r\n");
        if (head == std::string::npos) return 0;
        std::string_view lines = std::string_view(received_).substr(0, head + 2);
        if (lines.find("transfer-encoding: chunked\r\n") != lines.npos) return received_.ends_with("\r\n0\r\n\r\n") ? received_.size() : 0;
        std::size_t at = lines.find("content-length: ");
        std::size_t length = at != lines.npos ? static_cast<std::size_t>(std::atol(received_.c_str() + at + 16)) : 0;
        return received_.size() >= head + 4 + length ? head + 4 + length : 0;
    }
    SSL_CTX* context_;
    int fd_ = -1;
    std::string received_;
};

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

int status_of(const std::string& answer) { return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0; }
std::string body_of(const std::string& answer) {
    std::size_t at = answer.find("\r\n\r\n");
    return at == std::string::npos ? "" : answer.substr(at + 4);
}
std::string without_chunks(std::string_view body) {
    std::string text;
    while (!body.empty()) {
        std::size_t line = body.find("\r\n");
        std::size_t size = std::stoul(std::string(body.substr(0, line)), nullptr, 16);
        text += body.substr(line + 2, size);
        body.remove_prefix(std::min(body.size(), line + 4 + size));
    }
    return text;
}
std::string ask(int port) {
    Client client(port);
    return client.send(get) ? client.answer() : "";
}
long milliseconds_since(Clock::time_point begin) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count());
}

} // namespace

TEST_CASE("tls: requests in turn and several at once, with TLS 1.2 and 1.3") {
    Files files;
    ServerProcess server(files);
    REQUIRE(server.port > 0);
    CHECK(server.first_output.find("https://127.0.0.1:") != std::string::npos);
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Client client(server.port, {.version = version});
        REQUIRE(client.connected);
        CHECK(client.protocol() == "http/1.1");
        CHECK(client.common_name() == "first");
        CHECK(SSL_get_current_compression(client.ssl) == nullptr);
        for (int i = 0; i < 3; ++i) {
            client.send(get);
            CHECK(body_of(client.answer()) == R"({"url":"https://a/"})");
        }
        client.send(get + get + "GET /none HTTP/1.1\r\nHost: a\r\n\r\n" + get);
        std::vector<int> seen;
        for (int i = 0; i < 4; ++i) seen.push_back(status_of(client.answer()));
        CHECK(seen == std::vector<int>{200, 200, 404, 200});
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(body_of(client.answer()) == R"({"later":true})");
        for (char c : get) client.send({&c, 1}); // each a record
        CHECK(status_of(client.answer()) == 200);
        if (version == TLS1_3_VERSION) { // the server must write to go on reading
            SSL_key_update(client.ssl, SSL_KEY_UPDATE_REQUESTED);
            client.send(get);
            CHECK(status_of(client.answer()) == 200);
        }
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        CHECK(status_of(client.answer()) == 200);
        CHECK(client.ended_well());
    }
    server.ends_well();
}

TEST_CASE("tls: a body of 1 MB, whole and in chunks") {
    Files files;
    ServerProcess server(files);
    std::string body = large_text().substr(0, 1 << 20);
    unsigned sum = 0;
    for (char c : body) sum = sum * 31 + static_cast<unsigned char>(c);
    std::string expected = json{{"size", body.size()}, {"sum", sum}}.dump();
    int number = 0;
    for (std::string path : {"/size", "/pieces", "/pieces/wait", "/size", "/pieces", "/pieces/wait"}) {
        CAPTURE(path);
        Client client(server.port, {.version = number++ < 3 ? TLS1_2_VERSION : TLS1_3_VERSION});
        client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        CHECK(json::parse(body_of(client.answer())).dump() == expected);
        std::string chunked = "POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < body.size(); at += 50000) {
            std::string piece = body.substr(at, 50000);
            char size[32];
            std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
            chunked += size + piece + "\r\n";
        }
        client.send(chunked + "0\r\n\r\n" + get);
        CHECK(json::parse(body_of(client.answer())).dump() == expected);
        CHECK(status_of(client.answer()) == 200); // what came behind it in the same records
    }
    server.ends_well();
}

TEST_CASE("tls: 10 MB to a client that reads slowly, and a stream") {
    Files files;
    ServerProcess server(files);
    std::string large = large_text();
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Client client(server.port, {.version = version, .receive_buffer = 8192});
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(300)); // all that fits waits
        client.send(get);                                            // is read behind the answer
        std::string answer = body_of(client.answer(16384, 1));
        CHECK(answer.size() == large.size());
        CHECK((answer == large));
        CHECK(status_of(client.answer()) == 200);
        client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
        std::string lines;
        for (int i = 0; i < 50000; ++i) lines += std::to_string(i) + "\n";
        CHECK((without_chunks(body_of(client.answer(4000))) == lines));
        client.send(get);
        CHECK(status_of(client.answer()) == 200);
    }
    // An answer that ends with the connection ends with close_notify.
    Client old(server.port, {.receive_buffer = 8192, .protocol = "\x08http/1.0"});
    old.send("GET /stream HTTP/1.0\r\nHost: a\r\n\r\n");
    CHECK(old.ended_well());
    server.ends_well();
}

TEST_CASE("tls: a file to a client that reads slowly") {
    Files files;
    ServerProcess server(files);
    std::string large = large_text();
    std::string path = files.directory + "/large.txt";
    std::FILE* file = std::fopen(path.c_str(), "wb");
    REQUIRE(file != nullptr);
    std::fwrite(large.data(), 1, large.size(), file);
    std::fclose(file);
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Client client(server.port, {.version = version, .receive_buffer = 8192});
        client.send("GET /file?path=" + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        client.send("GET /file?path=" + path + " HTTP/1.1\r\nHost: a\r\nRange: bytes=1000000-1999999\r\n\r\n" + get);
        CHECK((body_of(client.answer(16384, 1)) == large));
        CHECK((body_of(client.answer()) == large.substr(1000000, 1000000)));
        CHECK(status_of(client.answer()) == 200);
    }
    server.ends_well();
}

TEST_CASE("tls: a handler that takes too long is answered for") {
    Files files;
    Limits limits;
    limits.handler_timeout_ms = 200;
    ServerProcess server(files, {}, limits);
    Client client(server.port);
    client.send(get + "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + get);
    CHECK(status_of(client.answer()) == 200);
    CHECK(status_of(client.answer()) == 504);
    CHECK(client.ended_well());
    server.ends_well();
}

TEST_CASE("tls: a client may close its side and still reads the answer") {
    Files files;
    ServerProcess server(files);
    Client polite(server.port);
    polite.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    SSL_shutdown(polite.ssl);
    CHECK((body_of(polite.answer()) == large_text()));
    CHECK(polite.ended_well());
    Client abrupt(server.port);
    abrupt.send(get);
    ::shutdown(abrupt.socket(), SHUT_WR);
    CHECK(status_of(abrupt.answer()) == 200);
    server.ends_well();
}

TEST_CASE("tls: what is too old is refused, and what is no TLS ends the connection only") {
    Files files;
    ServerProcess server(files);
    Client old(server.port, {.version = TLS1_1_VERSION});
    CHECK(!old.connected);
    CHECK(old.reason == "tlsv1 alert protocol version");
    Client h2(server.port, {.protocol = "\x02h2"});
    CHECK(!h2.connected);
    CHECK(h2.reason == "tlsv1 alert no application protocol");

    auto read_all = [](int fd) {
        std::string text;
        char buffer[4096];
        for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
        return text;
    };
    int plain = connect_to(server.port);
    std::string request = "GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(20000, 'x') + "\r\n\r\n";
    ::send(plain, request.data(), request.size(), MSG_NOSIGNAL);
    std::string answer = read_all(plain);
    CHECK(status_of(answer) == 400);
    CHECK(body_of(answer) == R"({"detail":"This port speaks HTTPS only"})");
    ::close(plain);

    std::mt19937 random(7);
    for (int i = 0; i < 200; ++i) { // noise at once, behind the beginning of a handshake, and behind a whole one
        std::string noise(1 + random() % 300, '\0');
        for (char& c : noise) c = static_cast<char>(random());
        if (i % 3 == 0) {
            Client client(server.port);
            ::send(client.socket(), noise.data(), noise.size(), MSG_NOSIGNAL);
            ::shutdown(client.socket(), SHUT_WR);
            read_all(client.socket());
            continue;
        }
        if (i % 3 == 1) noise = std::string("\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03", 11) + noise;
        int fd = connect_to(server.port);
        ::send(fd, noise.data(), noise.size(), MSG_NOSIGNAL);
        ::shutdown(fd, SHUT_WR);
        read_all(fd);
        ::close(fd);
    }
    CHECK(status_of(ask(server.port)) == 200);
    server.ends_well();
}

TEST_CASE("tls: silence is cut: in the handshake as a head, behind it as between requests") {
    Files files;
    Limits limits;
    limits.head_timeout_ms = 1000;
    limits.keep_alive_timeout_ms = 1000;
    ServerProcess server(files, {"--no-access-log"}, limits);
    auto begin = Clock::now();
    int silent = connect_to(server.port);
    char byte = 0;
    CHECK(::recv(silent, &byte, 1, 0) == 0);
    CHECK(milliseconds_since(begin) > 700);
    CHECK(milliseconds_since(begin) < 3000);
    ::close(silent);

    begin = Clock::now(); // bytes that come now and then do not prolong it
    int slow = connect_to(server.port);
    std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    ssize_t got = -1;
    for (int i = 0; i < 60 && got < 0; ++i) {
        char next = i < 11 ? hello[static_cast<std::size_t>(i)] : 'x';
        ::send(slow, &next, 1, MSG_NOSIGNAL);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        got = ::recv(slow, &byte, 1, MSG_DONTWAIT);
        if (got < 0 && errno != EAGAIN) got = 0;
    }
    CHECK(got == 0);
    CHECK(milliseconds_since(begin) < 3500);
    ::close(slow);

    begin = Clock::now();
    Client idle(server.port);
    CHECK(idle.ended_well());
    CHECK(milliseconds_since(begin) > 700);
    Client busy(server.port); // the time that a handler takes is not silence
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(status_of(busy.answer()) == 200);
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    CHECK(busy.send(get));
    CHECK(status_of(busy.answer()) == 200);
    Client half(server.port);
    half.send("GET / HTTP/1.1\r\nHost:");
    CHECK(status_of(half.answer()) == 408);
    CHECK(half.ended_well());
    server.ends_well();
}

TEST_CASE("tls: only clients with a certificate of the right authority") {
    Files files;
    Identity authority = make_identity("authority");
    Identity good = make_identity("good", &authority);
    Identity stranger = make_identity("authority");
    Identity bad = make_identity("bad", &stranger);
    write_files(authority, files.directory + "/ca.pem", files.directory + "/ca.key");
    ServerProcess server(files, {"--ssl-ca-certs=" + files.directory + "/ca.pem"});
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        auto status = [&](const Identity* identity, std::string& reason) {
            Client client(server.port, {.version = version, .identity = identity});
            int code = client.connected && client.send(get) ? status_of(client.answer()) : 0; // 1.3: the client learns it later
            reason = client.reason;
            return code;
        };
        std::string reason;
        CHECK(status(&good, reason) == 200);
        CHECK(status(nullptr, reason) == 0);
        CHECK(reason.find(version == TLS1_3_VERSION ? "certificate required" : "handshake failure") != std::string::npos);
        CHECK(status(&bad, reason) == 0);
        CHECK(status(&files.first, reason) == 0);
    }
    server.ends_well();
    for (Identity* one : {&authority, &good, &stranger, &bad}) {
        EVP_PKEY_free(one->key);
        X509_free(one->certificate);
    }
}

TEST_CASE("tls: a session is resumed by its ticket") {
    Files files;
    ServerProcess server(files);
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Client first(server.port, {.version = version});
        first.send(get);
        first.answer();
        SSL_SESSION* session = SSL_get1_session(first.ssl);
        CHECK(SSL_SESSION_has_ticket(session));
        Client second(server.port, {.version = version, .session = session});
        CHECK(SSL_session_reused(second.ssl) == 1);
        second.send(get);
        CHECK(status_of(second.answer()) == 200);
        server.reload(); // new keys for tickets: a whole handshake, no failure
        CHECK(server.read_output("New connections use").find("New connections use") != std::string::npos);
        Client third(server.port, {.version = version, .session = session});
        CHECK(third.connected);
        third.send(get);
        CHECK(status_of(third.answer()) == 200);
        SSL_SESSION_free(session);
    }
    server.ends_well();
}

TEST_CASE("tls: SIGHUP under load: the new certificate, and no request fails") {
    Files files;
    ServerProcess server(files, {"--no-access-log"});
    std::atomic<bool> stop{false};
    std::atomic<int> good{0};
    std::atomic<int> failed{0};
    std::vector<std::thread> clients;
    for (int t = 0; t < 100; ++t) {
        clients.emplace_back([&, t] {
            while (!stop) {
                Client client(server.port);
                // Some stay through all reloads, the others come anew.
                for (int i = 0; !stop && (t % 2 == 0 || i < 2); ++i) {
                    bool well = client.connected && client.send(get) && status_of(client.answer()) == 200;
                    ++(well ? good : failed);
                    if (!well) return;
                    std::this_thread::sleep_for(std::chrono::milliseconds(5));
                }
            }
        });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    bool loaded = true;
    for (int i = 0; i < 10; ++i) {
        write_files(i % 2 == 0 ? files.second : files.first, files.certificate, files.key);
        server.reload();
        loaded = loaded && server.read_output("now\n").find("New connections use") != std::string::npos;
        Client seen(server.port);
        CHECK(seen.common_name() == (i % 2 == 0 ? "second" : "first"));
    }
    CHECK(loaded);
    // A certificate that does not fit its key: the old one stays, and one sentence says so.
    write_files(files.second, files.certificate, files.directory + "/other.key");
    server.reload();
    std::string said = server.read_output(".pem\"\n");
    CHECK(said.find("ERROR:    The certificate stays as it was: the key in ") == 0);
    CHECK(std::count(said.begin(), said.end(), '\n') == 1);
    Client seen(server.port);
    CHECK(seen.common_name() == "first");
    stop = true;
    for (std::thread& client : clients) client.join();
    CHECK(failed == 0);
    CHECK(good > 200);
    MESSAGE(good.load() << " requests");
    server.ends_well();
}

TEST_CASE("tls: what is wrong with the files is said in a sentence") {
    Files files;
    write_files(files.second, files.directory + "/encrypted.pem", files.directory + "/encrypted.key", "secret");
    struct Case {
        std::vector<std::string> options;
        const char* sentence; // of what is behind the option's own
    };
    std::string encrypted = files.directory + "/encrypted";
    std::vector<Case> cases = {
        {{"--ssl-certfile", "/none"}, "the certificate in \"/none\" cannot be used: No such file or directory\n"},
        {{"--ssl-certfile", files.key}, "it holds no certificate in PEM form\n"},
        {{"--ssl-keyfile", files.certificate}, "it holds no key in PEM form\n"},
        {{"--ssl-certfile", encrypted + ".pem"}, "is not the one of the certificate in"},
        {{"--ssl-keyfile", encrypted + ".key"}, "needs a password: --ssl-keyfile-password\n"},
        {{"--ssl-keyfile", encrypted + ".key", "--ssl-keyfile-password", "guess"}, "the password is not the one of the key in"},
        {{"--ssl-ca-certs", "/none"}, "No such file or directory\n"},
        {{"--server", "portable"}, "the portable server speaks no TLS"},
        {{"--ssl-ca-certs"}, "--ssl-ca-certs needs a value\n"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.sentence);
        ServerProcess server(files, one.options);
        CHECK(server.port == 0);
        CHECK(server.first_output.find(one.sentence) != std::string::npos);
        CHECK(server.wait() > 0);
    }
    ServerProcess server(files, {"--ssl-certfile", encrypted + ".pem", "--ssl-keyfile", encrypted + ".key",
                                 "--ssl-keyfile-password=secret"});
    CHECK(Client(server.port).common_name() == "second");
    server.ends_well();
}
#endif
