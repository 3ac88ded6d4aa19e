#pragma once

// What is said on a connection: requests are read and checked (http1.ipp), handled, and answered in their order. Most
// come whole with one receive into the thread's buffer, and go with one send; only what came in part is kept with the
// connection. Deadlines: a head has a time in all, a body a least rate, silence and a client that takes nothing a limit.

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>

#include "fastapi/server/access_log.ipp"
#include "fastapi/server/event_loop.hpp"
#include "fastapi/server/http1.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// A request that did not come whole.
struct Connection::Partial {
    explicit Partial(const Limits& limits) : decoder(limits) {}
    RequestHead head;
    std::size_t scanned = 0;
    bool has_head = false;
    std::size_t needed = 0;  // bytes of head and body
    ChunkedDecoder decoder;
    std::size_t content = 0; // bytes decoded of a body in chunks; they lie behind the head
    bool whole = false;      // all of that body
    std::size_t raw = 0;     // bytes of that body's coding behind the content, when it is whole
};

FASTAPI_INLINE Occupant::Occupant()
    : dispose([](Occupant* self) { delete self; }),
      go([](Occupant& self, Connection& connection, WorkSpace& space) { return self.serve(connection, space); }) {}
FASTAPI_INLINE Occupant::~Occupant() = default;

FASTAPI_INLINE WorkSpace::WorkSpace(EventLoop& of) : loop(of), buffer_(static_cast<char*>(std::malloc(buffer_size))) {
    if (!buffer_) throw std::bad_alloc();
    limited_.begin = &WorkSpace::begin_limit;
    limited_.space = this;
}
FASTAPI_INLINE WorkSpace::~WorkSpace() { std::free(buffer_); }

FASTAPI_INLINE void WorkSpace::begin_batch() {
    now_ = loop.refresh_time();
    std::time_t seconds = std::time(nullptr);
    if (seconds == date_at_) return;
    date_at_ = seconds;
    date_ = concat({"date: ", http_date(seconds), "\r\n"});
}

FASTAPI_INLINE void WorkSpace::end_batch() {
    if (received_) loop.counters.bytes_received.fetch_add(std::exchange(received_, 0), std::memory_order_relaxed);
    if (sent_) loop.counters.bytes_sent.fetch_add(std::exchange(sent_, 0), std::memory_order_relaxed);
    if (log_.empty()) return;
    std::fwrite(log_.data(), 1, log_.size(), stdout);
    std::fflush(stdout);
    log_.clear();
}

FASTAPI_INLINE bool WorkSpace::serve(Connection& connection) {
    using Phase = Connection::Phase;
    do {
        while (connection.phase == Phase::occupied) {
            Occupant::Next next = connection.occupant->go(*connection.occupant, connection, *this);
            if (next == Occupant::Next::stay || next == Occupant::Next::close) return next == Occupant::Next::stay;
            connection.occupant = std::move(connection.successor);
            connection.successor = {};
            if (next == Occupant::Next::replaced) continue;
            connection.phase = connection.output.empty() ? Phase::idle : Phase::sending;
            if (connection.closing && connection.output.empty()) return finish(connection, false);
        }
        if (connection.phase == Phase::sending) {
            if (!send_rest(connection)) return false;
            if (!connection.output.empty()) return true;
            if (connection.closing) return finish(connection, false);
            connection.phase = Phase::idle;
        }
        if (connection.phase == Phase::draining) return drain(connection);
        if (!receive_and_answer(connection)) return false;
    } while (connection.phase == Phase::occupied);
    return true;
}

// --- receiving ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE std::ptrdiff_t WorkSpace::receive(Connection& connection, char* target, std::size_t room) {
    for (;;) {
        ssize_t n = connection.tls ? loop.options().tls->receive(connection, loop, target, room)
                                   : ::recv(connection.socket, target, room, MSG_DONTWAIT);
        if (n > 0) received_ += static_cast<std::uint64_t>(n);
        if (n >= 0 || errno != EINTR) return n;
    }
}

FASTAPI_INLINE bool WorkSpace::receive_and_answer(Connection& connection) {
    for (;;) {
        bool kept = connection.input_size > 0;
        if (kept && !grow_input(connection)) return false;
        char* data = kept ? connection.input : buffer_;
        std::size_t room = kept ? connection.input_room - connection.input_size : buffer_size;
        std::ptrdiff_t n = 0;
        if (connection.look_again) {
            connection.look_again = false;
            room = 0;
        } else {
            n = receive(connection, data + connection.input_size, room);
            if (n == 0) return false; // the client has gone; what it left half said is void
            if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return false;
            if (n < 0) break;
        }
        // Less than was asked for is all there is, unless the end is behind it.
        bool drained = static_cast<std::size_t>(n) < room && !connection.at_end;
        if (connection.phase == Connection::Phase::idle) {
            connection.phase = Connection::Phase::head;
            connection.began = now_;
        }
        std::size_t size = connection.input_size + static_cast<std::size_t>(n);
        std::size_t used = answer_whole_requests(connection, data, size);
        if (used < size && !connection.closing) {
            keep_input(connection, data + used, size - used);
        } else {
            forget_input(connection);
        }
        if (!flush(connection)) return false;
        if (connection.phase == Connection::Phase::sending) return true; // nothing is read before it takes what there is
        if (connection.phase == Connection::Phase::occupied) return true; // goes on in serve
        if (connection.closing) return finish(connection, drained);
        if (drained) break;
    }
    park(connection);
    return true;
}

// Answers the requests in data[0, size) that are whole. Returns how many bytes those are; decoding chunks takes bytes off
// size. When the connection is to be closed, or somebody else has it now, nothing behind is looked at.
FASTAPI_INLINE std::size_t WorkSpace::answer_whole_requests(Connection& connection, char* data, std::size_t& size) {
    std::size_t used = 0;
    while (used < size && !connection.closing) {
        std::size_t total = 0; // bytes of this request
        std::string_view body;
        if (connection.partial) {
            std::size_t rest = size - used;
            if (!go_on(connection, data + used, rest, total)) {
                size = used + rest;
                if (connection.phase != Connection::Phase::occupied) break;
                connection.partial = {};
                used += total; // the head: whoever has the connection now reads the body
                break;
            }
            // The bytes may be elsewhere since the head was read: again, for the views.
            std::size_t scanned = 0;
            parse_request_head({data + used, rest}, scanned, loop.head_limits(), head_);
            body = {data + used + head_.size,
                    head_.chunked ? connection.partial->content : static_cast<std::size_t>(head_.content_length)};
            connection.partial = {};
        } else {
            std::size_t scanned = 0;
            HeadResult result = parse_request_head({data + used, size - used}, scanned, loop.head_limits(), head_);
            if (result.state != HeadState::complete || head_.chunked || head_.content_length > size - used - head_.size) {
                if (result.state == HeadState::refused) {
                    refuse(connection, result.status);
                    break;
                }
                connection.partial = Owned<Connection::Partial>(new Connection::Partial(loop.limits()));
                continue;
            }
            if (head_.content_length > 0 && begin_body(connection, head_)) {
                used += head_.size;
                break;
            }
            body = {data + used + head_.size, static_cast<std::size_t>(head_.content_length)};
            total = head_.size + body.size();
        }
        connection.phase = Connection::Phase::head;
        connection.began = now_;
        answer(connection, body);
        used += total;
        // The client shall take what there is before more is done for it.
        if (output_.size() > (std::size_t{256} << 10U) && !flush(connection)) connection.closing = true;
        if (connection.phase == Connection::Phase::head) continue;
        connection.look_again = used < size;
        break;
    }
    return used;
}

// Reads on in a request that came in part: data[0, size) is what there is of it. True: it is whole, in the first `total`
// bytes. False: it is not, or it was refused, or somebody else has the connection now, and reads on behind those bytes.
FASTAPI_INLINE bool WorkSpace::go_on(Connection& connection, char* data, std::size_t& size, std::size_t& total) {
    Connection::Partial& partial = *connection.partial;
    if (!partial.has_head) {
        HeadResult result = parse_request_head({data, size}, partial.scanned, loop.head_limits(), partial.head);
        if (result.state == HeadState::refused) refuse(connection, result.status);
        if (result.state != HeadState::complete) return false;
        partial.has_head = true;
        if (partial.head.has_body() && begin_body(connection, partial.head)) {
            total = partial.head.size;
            return false;
        }
        partial.needed = partial.head.size + static_cast<std::size_t>(partial.head.content_length);
        connection.phase = Connection::Phase::body;
        connection.began = now_;
        bool waiting = partial.head.chunked ? size == partial.head.size : size < partial.needed;
        if (partial.head.expect_continue && waiting) output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    if (!partial.head.chunked) {
        total = partial.needed;
        return size >= total;
    }
    std::size_t known = partial.head.size + partial.content;
    ChunkedDecoder::Result result = partial.decoder.feed(data + known, size - known, data + known);
    partial.content += result.produced;
    if (result.status) refuse(connection, result.status);
    if (result.done) {
        total = known + result.consumed;
        return true;
    }
    size = known + result.produced;
    return false;
}

// Keeps the beginning of a request until more comes.
FASTAPI_INLINE void WorkSpace::keep_input(Connection& connection, char* data, std::size_t size) {
    if (data >= connection.input && data < connection.input + connection.input_room) {
        if (data != connection.input) std::memmove(connection.input, data, size);
        connection.input_size = size;
        return;
    }
    std::size_t room = size < 1024 ? 2048 : size * 2;
    auto fresh = static_cast<char*>(std::malloc(room));
    if (!fresh) throw std::bad_alloc();
    std::memcpy(fresh, data, size);
    std::free(connection.input);
    connection.input = fresh;
    connection.input_size = size;
    connection.input_room = room;
}

// Makes room for more of a request: as much as it is known to need, but never much more than has come.
FASTAPI_INLINE bool WorkSpace::grow_input(Connection& connection) {
    if (connection.input_size < connection.input_room) return true;
    std::size_t room = connection.input_room * 2;
    std::size_t needed = connection.partial ? connection.partial->needed : 0;
    if (needed > connection.input_size && needed < room) room = needed;
    auto larger = static_cast<char*>(std::realloc(connection.input, room));
    if (!larger) return false;
    connection.input = larger;
    connection.input_room = room;
    return true;
}

FASTAPI_INLINE void WorkSpace::forget_input(Connection& connection) {
    std::free(connection.input);
    connection.input = nullptr;
    connection.input_size = 0;
    connection.input_room = 0;
    connection.phase = connection.phase == Connection::Phase::head ? Connection::Phase::idle : connection.phase;
}

// --- answering ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE void WorkSpace::fill(Request& request, const Connection& connection, RequestHead& head) {
    request.method = head.method;
    request.target = head.target;
    request.http_version = head.version;
    request.scheme = connection.tls ? "https" : "http";
    request.headers = std::move(head.headers);
    request.client.host = connection.address;
    request.client.port = connection.port;
    request.can_wait = true;
}

// A head with a body behind it. True: the request was refused, or its route streams the body and has the connection now.
FASTAPI_INLINE bool WorkSpace::begin_body(Connection& connection, RequestHead& head) {
    int status = 0;
    if (const UploadSupport* uploads = loop.app().upload_support()) status = uploads->occupy(connection, *this, head);
    if (status == 0 && head.content_length > loop.limits().max_body_size) status = 413;
    if (status == 413) refuse(connection, status);
    return status != 0;
}

// Handles the request in head_ and puts the answer in the line to be sent.
FASTAPI_INLINE void WorkSpace::answer(Connection& connection, std::string_view body) {
    Request request;
    fill(request, connection, head_);
    request.body = body;
    if (head_.upgrade_websocket && loop.app().websocket_support()) {
        const WebSocketSupport& support = *loop.app().websocket_support();
        if (support.take(support, connection, *this, request)) return;
    }
    request.watch = &limited_;
    limited_.connection = &connection;
    if (loop.options().access_log_json) request.began = steady_microseconds();
    Response response = loop.app().handle(request);
    loop.counters.requests.fetch_add(1, std::memory_order_relaxed);
    if (limited_.begun && end_limit(request)) {
        connection.closing = true;
        return;
    }
    AnswerForm form{head_.keep_alive && !loop.stopping(), request.method == "HEAD", head_.version == "1.0"};
    if (response.pending) {
        PendingResponse& pending = *response.pending.release();
        pending.reach->occupy(pending, connection, *this, form);
    } else {
        deliver(connection, request, response, form);
        if (response.afterwards) flush(connection); // what comes afterwards comes when the answer was sent
    }
    head_.headers = std::move(request.headers); // for its memory
}

FASTAPI_COLD void WorkSpace::begin_limit(HandlerWatch& handler, const Request& request, int milliseconds) {
    auto& limited = static_cast<LimitedHandler&>(handler);
    WorkSpace& self = *limited.space;
    // What was answered before goes first. Where the client does not take that, it shall have nothing behind it.
    if (!self.flush(*limited.connection) || !limited.connection->output.empty()) return;
    limited.limit_ms = milliseconds;
    limited.due = steady_milliseconds() + milliseconds;
    limited.is_head = request.method == "HEAD";
    limited.begun = true;
    self.loop.watch(limited);
}

// Behind the handler. True: its client was answered meanwhile.
FASTAPI_COLD bool WorkSpace::end_limit(const Request& request) {
    limited_.begun = false;
    if (!loop.unwatch(limited_)) return false;
    std::int64_t late = steady_milliseconds() - limited_.due;
    std::fprintf(stderr, "WARNING:  The handler of %.*s %.*s took %lld ms; its client was told after %d ms\n",
                 static_cast<int>(request.method.size()), request.method.data(), static_cast<int>(request.target.size()),
                 request.target.data(), static_cast<long long>(limited_.limit_ms + late), limited_.limit_ms);
    if (loop.options().access_log) log_ += access_log_line(request, 504, loop.options().access_log_json);
    return true;
}

FASTAPI_INLINE void WorkSpace::deliver(Connection& connection, const Request& request, Response& response, const AnswerForm& form) {
    if (!form.keep_alive) connection.closing = true;
    write_head(response, form);
    if (loop.options().access_log) log_ += access_log_line(request, response.status_code, loop.options().access_log_json);
    if (is_bodiless(response.status_code) || form.is_head) return;
    if (response.stream) {
        BodyStream& stream = *response.stream.release();
        return stream.reach->occupy(stream, connection, *this, form);
    }
    if (response.body.size() <= copied_body) {
        output_ += response.body;
        return;
    }
    if (!send(connection, output_.data(), output_.size(), std::move(response.body))) connection.closing = true;
    output_.clear();
}

FASTAPI_INLINE void WorkSpace::write_head(const Response& response, const AnswerForm& form) {
    if (response.status_code == 200) {
        output_ += "HTTP/1.1 200 OK\r\n";
    } else {
        output_ += "HTTP/1.1 ";
        write_json_integer(output_, response.status_code);
        output_ += ' ';
        output_ += reason_phrase(response.status_code);
        output_ += "\r\n";
    }
    output_ += date_;
    if (response.stream && response.stream->length < 0) {
        if (!form.old_version) output_ += "transfer-encoding: chunked\r\n";
    } else if (!is_bodiless(response.status_code)) {
        output_ += "content-length: ";
        write_json_unsigned(output_, response.stream ? static_cast<std::uint64_t>(response.stream->length) : response.body.size());
        output_ += "\r\n";
    }
    for (const auto& [name, value] : response.headers) {
        output_ += name;
        output_ += ": ";
        output_ += value;
        output_ += "\r\n";
    }
    if (!form.keep_alive) {
        output_ += "connection: close\r\n";
    } else if (form.old_version) {
        output_ += "connection: keep-alive\r\n";
    }
    output_ += "\r\n";
}

FASTAPI_COLD void EventLoop::count_refusal(int status) {
    if (status != 408) counters.refused.fetch_add(1, std::memory_order_relaxed);
    if (status == 400) counters.refused_syntax.fetch_add(1, std::memory_order_relaxed);
    if (status == 413) counters.refused_body_size.fetch_add(1, std::memory_order_relaxed);
    if (status == 414) counters.refused_target_size.fetch_add(1, std::memory_order_relaxed);
    if (status == 431) counters.refused_head_size.fetch_add(1, std::memory_order_relaxed);
}

// Answers with an error and closes.
[[gnu::cold]] FASTAPI_INLINE void WorkSpace::refuse(Connection& connection, int status) {
    std::string_view phrase = reason_phrase(status);
    std::string body = concat({R"({"detail":")", phrase, R"("})"});
    output_ += concat({"HTTP/1.1 ", integer_text(status), " ", phrase, "\r\n", date_, "content-length: ",
                       integer_text(static_cast<std::int64_t>(body.size())),
                       "\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n", body});
    connection.closing = true;
    connection.refused = true;
    loop.count_refusal(status);
    if (!loop.options().access_log) return;
    log_ += concat({"WARNING:  ", connection.address, ":", integer_text(connection.port), " - refused: ", integer_text(status), " ", phrase, "\n"});
}

// --- sending --------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool WorkSpace::flush(Connection& connection) {
    if (output_.empty()) return true;
    bool alive = send(connection, output_.data(), output_.size(), {});
    output_.clear();
    return alive;
}

FASTAPI_INLINE bool WorkSpace::send(Connection& connection, const char* data, std::size_t size, std::string&& body) {
    std::size_t sent = 0;
    if (connection.output.empty()) {
        for (;;) {
            ssize_t n = 0;
            if (connection.tls) {
                n = loop.options().tls->send(connection, {data, size}, body);
            } else if (body.empty()) {
                n = ::send(connection.socket, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
            } else {
                iovec parts[2] = {{const_cast<char*>(data), size}, {body.data(), body.size()}};
                msghdr message{};
                message.msg_iov = parts;
                message.msg_iovlen = 2;
                n = ::sendmsg(connection.socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
            }
            if (n >= 0) {
                sent = static_cast<std::size_t>(n);
                sent_ += sent;
                break;
            }
            if (errno == EAGAIN || errno == EWOULDBLOCK) break;
            if (errno != EINTR) return false;
        }
    }
    if (sent == size + body.size()) return true;
    if (connection.output.empty() && sent >= size) {
        connection.output = std::move(body);
        connection.output_sent = sent - size;
    } else {
        connection.output.append(data + sent, size - sent);
        connection.output += body;
    }
    return send_rest(connection);
}

FASTAPI_INLINE bool WorkSpace::send_rest(Connection& connection) {
    std::string& output = connection.output;
    now_ = loop.now(); // a handler may have taken its time
    while (connection.output_sent < output.size()) {
        std::string_view rest = std::string_view(output).substr(connection.output_sent);
        ssize_t n = connection.tls ? loop.options().tls->send(connection, rest, {})
                                   : ::send(connection.socket, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0) {
            connection.output_sent += static_cast<std::size_t>(n);
            sent_ += static_cast<std::uint64_t>(n);
            connection.deadline.store(now_ + loop.limits().write_timeout_ms, std::memory_order_relaxed);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (connection.phase != Connection::Phase::sending) {
                connection.deadline.store(now_ + loop.limits().write_timeout_ms, std::memory_order_relaxed);
                if (connection.phase != Connection::Phase::occupied) connection.phase = Connection::Phase::sending;
            }
            if (!connection.wants_output) loop.want_output(connection);
            return true;
        } else if (errno != EINTR) {
            return false;
        }
    }
    output.clear();
    output.shrink_to_fit();
    connection.output_sent = 0;
    return true;
}

// --- ending ---------------------------------------------------------------------------------------------------------------

// Ends a connection when all is sent, such that the client can read the answer: a socket that is closed with bytes unread
// resets the connection, and the answer may be lost with it (RFC 9112 9.6). drained: nothing unread is known of.
FASTAPI_INLINE bool WorkSpace::finish(Connection& connection, bool drained) {
    if (drained && !connection.refused && !connection.tls) return false;
    if (connection.tls) { // a client says good-bye in its turn
        loop.options().tls->shutdown(connection, loop);
    } else {
        ::shutdown(connection.socket, SHUT_WR);
    }
    connection.phase = Connection::Phase::draining;
    connection.deadline.store(now_ + 1000, std::memory_order_relaxed);
    connection.began = 0; // counts the bytes that are thrown away
    return drain(connection);
}

FASTAPI_INLINE bool WorkSpace::drain(Connection& connection) {
    while (connection.began < (16 << 20)) {
        std::ptrdiff_t n = receive(connection, buffer_, buffer_size);
        if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        if (n == 0) return false;
        connection.began += n;
    }
    return false;
}

FASTAPI_INLINE void WorkSpace::park(Connection& connection) {
    const Limits& limits = loop.limits();
    now_ = loop.now(); // a handler may have taken its time
    std::int64_t until = 0;
    if (connection.tls_state == Connection::TlsState::handshake) return; // has a time in all
    switch (connection.phase) {
    case Connection::Phase::idle: until = now_ + (loop.stopping() ? stop_grace : limits.keep_alive_timeout_ms); break;
    case Connection::Phase::head: until = connection.began + limits.head_timeout_ms; break;
    case Connection::Phase::body:
        until = connection.began + limits.body_grace_ms +
                static_cast<std::int64_t>(connection.input_size * 1000 / (limits.min_body_rate ? limits.min_body_rate : 1));
        if (!limits.min_body_rate) until = no_deadline;
        break;
    default: return; // set already
    }
    connection.deadline.store(until, std::memory_order_relaxed);
}

[[gnu::cold]] FASTAPI_INLINE bool WorkSpace::expire(Connection& connection) {
    using Phase = Connection::Phase;
    now_ = loop.now();
    if (connection.phase == Phase::idle || connection.phase == Phase::draining) return false;
    AtomicCounters& counters = loop.counters;
    counters.timed_out.fetch_add(1, std::memory_order_relaxed);
    bool reading = connection.phase == Phase::head || connection.phase == Phase::body;
    (!reading                          ? counters.timed_out_writing
     : connection.phase == Phase::head ? counters.timed_out_head
                                       : counters.timed_out_body).fetch_add(1, std::memory_order_relaxed);
    if (connection.phase == Phase::sending) return false;
    if (connection.phase == Phase::occupied) { // it is told by the socket, on a thread that serves
        connection.deadline.store(no_deadline, std::memory_order_relaxed);
        ::shutdown(connection.socket, SHUT_RDWR);
        return true;
    }
    begin_batch();
    refuse(connection, 408);
    forget_input(connection);
    bool alive = flush(connection) && (connection.phase == Phase::sending || finish(connection, false));
    end_batch();
    return alive;
}

} // namespace fastapi::detail
