#pragma once

// Clients that misbehave, against a server on 127.0.0.1, in this process or another: bytes in random pieces, pipelining,
// connections that vanish (RST or FIN) in the middle of a head, a body, a chunk, or while a large answer is read. Between
// them are clients that behave and count whether they were answered rightly. One thread; bounded in time; what the n-th client
// does follows from the seed alone, when it happens does not. Needs nothing of the library, so that bench/load.cpp has it too.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace test {

// Reads answers (RFC 9112 6.3) as their bytes come in.
class AnswerReader {
  public:
    int status = 0;
    std::string head;            // with the empty line
    std::string body;            // decoded; whoever wants it in pieces may take it out at any time
    std::uint64_t body_size = 0; // bytes of the body so far, kept or not
    bool keep_body = true;
    bool head_only = false; // the request was a HEAD

    [[nodiscard]] bool complete() const { return state_ == State::complete; }
    [[nodiscard]] bool broken() const { return state_ == State::broken; }
    [[nodiscard]] bool head_complete() const { return status != 0; }

    void reset() {
        AnswerReader fresh;
        fresh.keep_body = keep_body;
        *this = std::move(fresh);
    }

    // Returns how many bytes were used: fewer than there are when the answer is complete before.
    std::size_t read(std::string_view data) {
        std::string_view rest = data;
        while (!rest.empty() && state_ != State::complete && state_ != State::broken) {
            switch (state_) {
            case State::head: read_head(rest); break;
            case State::sized:
                take(rest);
                if (left_ == 0) state_ = State::complete;
                break;
            case State::until_end: left_ = rest.size(), take(rest); break;
            case State::chunk_size:
                if (line(rest)) {
                    left_ = std::strtoull(line_.c_str(), nullptr, 16);
                    if (line_.find_first_of("0123456789abcdefABCDEF") != 0) state_ = State::broken;
                    else state_ = left_ == 0 ? State::trailer : State::chunk;
                    line_.clear();
                }
                break;
            case State::chunk:
                take(rest);
                if (left_ == 0) state_ = State::chunk_end;
                break;
            case State::chunk_end:
                if (line(rest)) {
                    state_ = line_ == "\r\n" ? State::chunk_size : State::broken;
                    line_.clear();
                }
                break;
            case State::trailer:
                if (line(rest)) {
                    if (line_ == "\r\n") state_ = State::complete;
                    line_.clear();
                }
                break;
            default: break;
            }
        }
        return data.size() - rest.size();
    }

    // The server has closed: the end of an answer without a length.
    void end_of_stream() {
        if (state_ == State::until_end) state_ = State::complete;
    }

    // The value of a header, or "".
    [[nodiscard]] std::string header(std::string_view name) const {
        for (std::size_t at = head.find("\r\n"); at != std::string::npos && at + 4 < head.size(); at = head.find("\r\n", at + 2)) {
            std::size_t from = at + 2;
            if (from + name.size() >= head.size() || head[from + name.size()] != ':') continue;
            if (::strncasecmp(head.c_str() + from, name.data(), name.size()) != 0) continue;
            from = head.find_first_not_of(" \t", from + name.size() + 1);
            return head.substr(from, head.find("\r\n", from) - from);
        }
        return {};
    }

  private:
    enum class State { head, sized, until_end, chunk_size, chunk, chunk_end, trailer, complete, broken };

    void read_head(std::string_view& rest) {
        std::size_t before = head.size();
        head.append(rest);
        std::size_t end = head.find("\r\n\r\n", before < 3 ? 0 : before - 3);
        if (end == std::string::npos) {
            rest = {};
            if (head.size() > 65536) state_ = State::broken;
            return;
        }
        rest.remove_prefix(end + 4 - before);
        head.resize(end + 4);
        if (head.compare(0, 9, "HTTP/1.1 ") != 0 && head.compare(0, 9, "HTTP/1.0 ") != 0) {
            state_ = State::broken;
            return;
        }
        status = std::atoi(head.c_str() + 9);
        if (status == 100 || status == 102 || status == 103) { // an interim answer: the real one follows
            status = 0;
            head.clear();
            return;
        }
        std::string length = header("content-length");
        if (head_only || status == 101 || status == 204 || status == 304) {
            state_ = State::complete;
        } else if (::strcasecmp(header("transfer-encoding").c_str(), "chunked") == 0) {
            state_ = State::chunk_size;
        } else if (!length.empty()) {
            left_ = std::strtoull(length.c_str(), nullptr, 10);
            state_ = left_ == 0 ? State::complete : State::sized;
        } else {
            state_ = State::until_end;
        }
    }
    void take(std::string_view& rest) {
        std::size_t size = rest.size() < left_ ? rest.size() : static_cast<std::size_t>(left_);
        if (keep_body) body.append(rest.substr(0, size));
        body_size += size;
        left_ -= size;
        rest.remove_prefix(size);
    }
    // Whether a whole line has come into line_.
    bool line(std::string_view& rest) {
        std::size_t end = rest.find('\n');
        std::size_t size = end == std::string_view::npos ? rest.size() : end + 1;
        line_.append(rest.substr(0, size));
        rest.remove_prefix(size);
        if (line_.size() > 4096) state_ = State::broken;
        return end != std::string_view::npos;
    }

    State state_ = State::head;
    std::uint64_t left_ = 0;
    std::string line_;
};

// A request that the server answers, and how.
struct ChaosRequest {
    std::string bytes;
    int status = 200;
    std::string body = ""; // what the answer's body must be; empty: anything
    std::size_t may_lack = 0; // bytes at the end without which it may be answered already
};

// A POST with a length, or in chunks of some bytes each.
inline ChaosRequest chaos_post(std::string_view target, std::string_view body, std::size_t chunk = 0, int status = 200) {
    std::string text = "POST " + std::string(target) + " HTTP/1.1\r\nHost: chaos\r\nContent-Type: application/json\r\n";
    if (chunk == 0) {
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
        return {text, status};
    }
    text += "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += chunk) {
        std::string_view piece = body.substr(at, chunk);
        char size[24];
        std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
        text.append(size).append(piece).append("\r\n");
    }
    return {text + "0\r\n\r\n", status, "", 2}; // whole when the last chunk has come (RFC 9112 8)
}
inline ChaosRequest chaos_get(std::string_view target, int status = 200, std::string body = "") {
    return {"GET " + std::string(target) + " HTTP/1.1\r\nHost: chaos\r\n\r\n", status, std::move(body)};
}

struct ChaosOptions {
    int port = 0;
    std::uint64_t seed = 1;
    int milliseconds = 1000;           // after that nothing new begins
    int grace_milliseconds = 10000;    // how long those that behave may still wait for their answers
    int clients = 16;                  // at once
    bool half_close_is_answered = true; // whether a client that has sent FIN after its requests must get its answers
    std::uint64_t connections = ~std::uint64_t{0}; // in all, at most
    std::vector<ChaosRequest> requests;            // at least one
};

struct ChaosCounts {
    std::uint64_t connections = 0;
    std::uint64_t requests = 0;   // sent whole
    std::uint64_t answers = 0;    // complete and as they should be
    std::uint64_t pipelined = 0;  // requests sent before the answer to the one in front
    std::uint64_t pieces = 0;     // sends
    std::uint64_t resets = 0;     // RST in the middle of a request
    std::uint64_t vanished = 0;   // FIN both ways in the middle of a request
    std::uint64_t half_closed = 0;      // FIN of our side only, after whole requests: still to be answered
    std::uint64_t cut_in_request = 0;   // FIN of our side only, in the middle of a request
    std::uint64_t left_reading = 0;     // RST or FIN in the middle of an answer
    std::uint64_t garbage = 0;          // connections that sent no HTTP
    std::uint64_t refused = 0;          // garbage or cut requests that were answered by 4xx or 5xx
    std::uint64_t not_connected = 0;    // connect failed
    std::uint64_t lingering = 0;        // misbehaved, and the server had not ended it after five seconds
    // What a right server leaves at 0:
    std::uint64_t wrong = 0;   // an answer of another status or body, or no HTTP
    std::uint64_t missing = 0; // a client that behaved got no answer: closed, reset or too late
    std::string first_wrong;   // what the first of these was

    [[nodiscard]] bool right() const { return wrong == 0 && missing == 0 && not_connected == 0; }
};

namespace chaos_detail {

// splitmix64: the same everywhere.
struct Random {
    std::uint64_t state;
    std::uint64_t next() {
        std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound); }
    bool one_in(std::size_t n) { return below(n) == 0; }
};

enum class Manner {
    behave,         // sends everything, reads everything
    half_close,     // sends everything, then FIN, reads everything
    reset,          // RST at some byte
    vanish,         // close at some byte
    cut,            // FIN at some byte, then reads what comes
    leave_reading,  // sends everything, RST or close after some bytes of the answers
    never_read,     // sends everything, waits, RST
    garbage,        // random bytes
};

struct Client {
    Random random{0};
    int fd = -1;
    Manner manner = Manner::behave;
    std::vector<const ChaosRequest*> expected;
    std::vector<std::size_t> ends; // of each request in text
    std::string text;
    std::size_t sent = 0;
    std::size_t stop_at = 0;      // the byte of text at which the manner shows
    std::size_t read_at_most = 0; // leave_reading
    std::size_t received = 0;
    std::size_t answered = 0;
    bool pipelining = false;
    bool slow_pieces = false;
    bool connected = false;
    bool over = false;
    std::int64_t begin = 0;
    std::int64_t not_before = 0; // when the next piece may be sent, or the next thing happen
    AnswerReader reader;
};

inline std::int64_t microseconds() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Crowd {
  public:
    explicit Crowd(const ChaosOptions& options) : options_(options) {}

    ChaosCounts run() {
        std::int64_t begin = microseconds();
        std::int64_t no_new = begin + std::int64_t{options_.milliseconds} * 1000;
        std::int64_t end = no_new + std::int64_t{options_.grace_milliseconds} * 1000;
        std::vector<std::unique_ptr<Client>> clients;
        std::vector<pollfd> polled;
        for (;;) {
            std::int64_t now = microseconds();
            for (std::size_t i = 0; i < clients.size();) {
                if (clients[i]->over) {
                    clients[i] = std::move(clients.back());
                    clients.pop_back();
                } else {
                    ++i;
                }
            }
            while (now < no_new && counts_.connections < options_.connections &&
                   clients.size() < static_cast<std::size_t>(options_.clients)) {
                clients.push_back(std::make_unique<Client>());
                start(*clients.back());
            }
            if (clients.empty() && (now >= no_new || counts_.connections >= options_.connections)) break;
            if (now >= end) break;
            polled.clear();
            for (const auto& client : clients) polled.push_back({client->fd, wanted(*client, now), 0});
            ::poll(polled.data(), polled.size(), 1);
            now = microseconds();
            for (std::size_t i = 0; i < clients.size(); ++i) {
                Client& client = *clients[i];
                if (client.over) continue;
                if (polled[i].revents & (POLLIN | POLLHUP | POLLERR)) receive(client, now);
                if (!client.over && now >= client.not_before) go_on(client, now, (polled[i].revents & POLLOUT) != 0);
                if (!client.over && now - client.begin > 5000000 && !must_be_answered(client)) {
                    ++counts_.lingering;
                    finish(client, true);
                }
            }
        }
        for (const auto& client : clients) {
            if (!client->over) give_up(*client, "no answer in time");
        }
        return counts_;
    }

  private:
    void start(Client& client) {
        Random seeds{options_.seed + counts_.connections * 0xD1B54A32D192ED03U};
        client.random.state = seeds.next();
        ++counts_.connections;
        std::size_t kind = client.random.below(16);
        client.manner = kind < 5    ? Manner::behave
                        : kind == 5 ? Manner::half_close
                        : kind < 9  ? Manner::reset
                        : kind < 11 ? Manner::vanish
                        : kind < 12 ? Manner::cut
                        : kind < 14 ? Manner::leave_reading
                        : kind < 15 ? Manner::never_read
                                    : Manner::garbage;
        client.pipelining = client.random.one_in(2);
        client.slow_pieces = client.random.one_in(4);
        std::size_t count = 1 + client.random.below(client.random.one_in(4) ? 12 : 4);
        if (client.manner == Manner::garbage) {
            std::size_t size = 1 + client.random.below(2000);
            for (std::size_t i = 0; i < size; ++i) client.text += static_cast<char>(client.random.next());
            if (client.random.one_in(2)) client.text += "\r\n\r\n";
            client.stop_at = client.text.size();
        } else {
            for (std::size_t i = 0; i < count; ++i) {
                const ChaosRequest& request = options_.requests[client.random.below(options_.requests.size())];
                client.expected.push_back(&request);
                client.text += request.bytes;
                client.ends.push_back(client.text.size());
            }
            client.stop_at = client.text.size();
            if (client.manner == Manner::reset || client.manner == Manner::vanish || client.manner == Manner::cut) {
                // Strictly inside one of the requests: its first or last bytes more often than chance would have it.
                std::size_t last = client.random.below(client.expected.size());
                std::size_t size = client.expected[last]->bytes.size();
                std::size_t inside = client.random.one_in(4)   ? 1 + client.random.below(8)
                                     : client.random.one_in(4) ? size - 1 - client.random.below(8)
                                                         : 1 + client.random.below(size - 1);
                if (inside == 0 || inside >= size) inside = 1;
                client.stop_at = client.ends[last] - size + inside;
            }
            client.read_at_most = client.random.one_in(2) ? client.random.below(400) : client.random.below(400000);
        }
        client.begin = microseconds();
        client.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (client.manner == Manner::never_read || (client.manner == Manner::leave_reading && client.read_at_most < 400)) {
            int small = 4096; // so that the server cannot get rid of its answer; to read much this way would take long
            ::setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        }
        int on = 1;
        ::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (client.fd < 0 ||
            (::connect(client.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)) {
            ++counts_.not_connected;
            finish(client, false);
        }
    }

    // How far may be sent now: without pipelining, no request before the one in front is answered.
    [[nodiscard]] std::size_t sendable(const Client& client) const {
        if (client.pipelining || client.manner == Manner::garbage || client.answered >= client.ends.size()) return client.stop_at;
        if (client.manner == Manner::never_read) return client.stop_at;
        return client.ends[client.answered] < client.stop_at ? client.ends[client.answered] : client.stop_at;
    }
    [[nodiscard]] bool reading(const Client& client) const {
        return client.manner != Manner::never_read &&
               !(client.manner == Manner::leave_reading && client.received >= client.read_at_most);
    }
    [[nodiscard]] short wanted(const Client& client, std::int64_t now) const {
        short events = reading(client) ? POLLIN : static_cast<short>(0);
        if (!client.connected || (client.sent < sendable(client) && now >= client.not_before)) events |= POLLOUT;
        return events;
    }

    void go_on(Client& client, std::int64_t now, bool writable) {
        if (!client.connected) {
            if (!writable) return;
            client.connected = true;
        }
        if (client.sent < sendable(client)) {
            if (!writable) return;
            std::size_t rest = sendable(client) - client.sent;
            std::size_t size = client.random.one_in(3)   ? rest
                               : client.random.one_in(2) ? 1 + client.random.below(16)
                                                   : 1 + client.random.below(rest);
            if (size > rest) size = rest;
            auto n = ::send(client.fd, client.text.data() + client.sent, size, MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN) return lost(client, "connection lost while sending");
            if (n > 0) {
                ++counts_.pieces;
                std::size_t before = client.sent;
                client.sent += static_cast<std::size_t>(n);
                for (std::size_t i = 0; i < client.ends.size(); ++i) {
                    if (client.ends[i] <= before || client.ends[i] > client.sent) continue;
                    ++counts_.requests;
                    if (i > client.answered) ++counts_.pipelined;
                }
            }
            if (client.slow_pieces) client.not_before = now + static_cast<std::int64_t>(client.random.below(3000));
            if (client.sent == client.stop_at) after_sending(client, now);
            return;
        }
        bool has_read_enough = client.manner == Manner::leave_reading && client.received >= client.read_at_most;
        if (client.sent < client.stop_at && !has_read_enough) return; // waits for an answer
        switch (client.manner) { // its pause is over
        case Manner::reset:
            ++counts_.resets;
            return finish(client, true);
        case Manner::vanish:
            ++counts_.vanished;
            return finish(client, false);
        case Manner::never_read:
            ++counts_.left_reading;
            return finish(client, true);
        case Manner::leave_reading:
            if (has_read_enough || client.answered == client.expected.size()) {
                ++counts_.left_reading;
                return finish(client, client.random.one_in(2));
            }
            return;
        case Manner::garbage:
            if (client.not_before != 0) finish(client, client.random.one_in(2)); // it waited long enough for a refusal
            return;
        default: return;
        }
    }

    void after_sending(Client& client, std::int64_t now) {
        switch (client.manner) {
        case Manner::half_close:
            ++counts_.half_closed;
            ::shutdown(client.fd, SHUT_WR);
            return;
        case Manner::cut:
            ++counts_.cut_in_request;
            ::shutdown(client.fd, SHUT_WR);
            return;
        case Manner::garbage:
            ++counts_.garbage;
            client.not_before = now + 20000;
            return;
        case Manner::never_read: client.not_before = now + static_cast<std::int64_t>(client.random.below(20000)); return;
        case Manner::reset:
        case Manner::vanish:
            if (client.random.one_in(2)) client.not_before = now + static_cast<std::int64_t>(client.random.below(4000));
            return;
        default: return;
        }
    }

    void receive(Client& client, std::int64_t now) {
        if (!client.connected) {
            int error = 0;
            socklen_t size = sizeof error;
            ::getsockopt(client.fd, SOL_SOCKET, SO_ERROR, &error, &size);
            if (error != 0) {
                ++counts_.not_connected;
                return finish(client, false);
            }
        }
        if (!reading(client)) { // a hang-up that poll reports all the same
            char one;
            if (::recv(client.fd, &one, 1, MSG_PEEK) <= 0 && errno != EAGAIN) lost(client, "");
            return;
        }
        char buffer[16384];
        std::size_t size = sizeof buffer;
        if (client.manner == Manner::leave_reading && client.read_at_most - client.received < size)
            size = client.read_at_most - client.received;
        auto n = ::recv(client.fd, buffer, size, 0);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) {
            client.reader.end_of_stream();
            if (client.reader.complete()) one_answer(client);
            return lost(client, n == 0 ? "closed by the server" : "reset by the server");
        }
        client.received += static_cast<std::size_t>(n);
        std::string_view data(buffer, static_cast<std::size_t>(n));
        while (!data.empty() && !client.over) {
            data.remove_prefix(client.reader.read(data));
            if (client.reader.broken()) {
                note_wrong(client, "not HTTP: " + client.reader.head.substr(0, 100));
                return finish(client, true);
            }
            if (client.reader.complete()) one_answer(client);
        }
        if (client.manner == Manner::leave_reading && client.received >= client.read_at_most) client.not_before = now;
    }

    void one_answer(Client& client) {
        AnswerReader& reader = client.reader;
        bool whole = client.answered < client.ends.size() &&
                     client.ends[client.answered] <= client.sent + client.expected[client.answered]->may_lack;
        if (!whole) { // an answer to what was no whole request: it must be a refusal
            if (reader.status < 400) note_wrong(client, "status " + std::to_string(reader.status) + " for no request");
            else ++counts_.refused;
            return finish(client, false);
        }
        const ChaosRequest& request = *client.expected[client.answered];
        if (client.ends[client.answered++] > client.sent && reader.status >= 400) { // cut where both are right
            ++counts_.refused;
            return finish(client, false);
        }
        if (reader.status != request.status || (!request.body.empty() && reader.body != request.body)) {
            note_wrong(client, "status " + std::to_string(reader.status) + ", body " + reader.body.substr(0, 100) + " for " +
                                   request.bytes.substr(0, request.bytes.find("\r\n")));
            return finish(client, true);
        }
        ++counts_.answers;
        reader.reset();
        bool all = client.answered == client.expected.size();
        if (all && (client.manner == Manner::behave || client.manner == Manner::half_close)) finish(client, false);
    }

    [[nodiscard]] bool must_be_answered(const Client& client) const {
        return client.manner == Manner::behave || (client.manner == Manner::half_close && options_.half_close_is_answered);
    }
    // The connection ended from the other side.
    void lost(Client& client, const char* how) {
        if (must_be_answered(client) && client.answered < client.expected.size()) return give_up(client, how);
        finish(client, false);
    }
    void give_up(Client& client, const char* how) {
        if (must_be_answered(client)) {
            ++counts_.missing;
            if (counts_.first_wrong.empty())
                counts_.first_wrong = std::string(how) + " after " + std::to_string(client.answered) + " of " +
                                      std::to_string(client.expected.size()) + " answers" +
                                      (client.manner == Manner::half_close ? ", half-closed" : "") +
                                      (client.pipelining ? ", pipelined" : "");
        }
        finish(client, true);
    }
    void note_wrong(const Client& client, std::string what) {
        ++counts_.wrong;
        if (client.pipelining) what += ", pipelined";
        what += ", " + std::to_string(client.sent) + " of " + std::to_string(client.text.size()) + " bytes sent, manner " +
                std::to_string(static_cast<int>(client.manner));
        if (counts_.first_wrong.empty()) counts_.first_wrong = std::move(what);
    }
    static void finish(Client& client, bool reset) {
        if (client.fd >= 0) {
            linger now{1, 0};
            if (reset) ::setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            ::close(client.fd);
        }
        client.fd = -1;
        client.over = true;
    }

    const ChaosOptions& options_;
    ChaosCounts counts_;
};

} // namespace chaos_detail

inline ChaosCounts run_chaos(const ChaosOptions& options) { return chaos_detail::Crowd(options).run(); }

} // namespace test
