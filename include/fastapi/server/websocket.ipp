#pragma once

// A WebSocket on a connection of the event loop. A handler that is a coroutine runs on the thread that has the connection and
// holds none while it waits; any other gets a thread of its own. Whoever sends, from whatever thread, leaves frames in
// the session; the thread that has the connection sends them.

#include <pthread.h>


#include "fastapi/app/websocket.ipp"
#include "fastapi/server/streams.ipp"
#include "fastapi/server/websocket_protocol.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// What the connection and the handler share. It lives as long as either.
class WebSocketSession final : public WebSocketTransport {
  public:
    WebSocketSession(const WebSocketSupport& support, EventLoop& loop, Owned<Request> handshake_request)
        : support_(support), loop_(loop), request(std::move(handshake_request)),
          handshake(support.check(*request)), protocol(support.make_protocol(handshake)) {
        pthread_condattr_t attributes;
        ::pthread_condattr_init(&attributes);
        ::pthread_mutex_init(&mutex_, nullptr);
        ::pthread_cond_init(&came_, &attributes);
        ::pthread_condattr_destroy(&attributes);
    }
    ~WebSocketSession() override {
        ::pthread_cond_destroy(&came_);
        ::pthread_mutex_destroy(&mutex_);
    }
    WebSocketSession(const WebSocketSession&) = delete;
    WebSocketSession& operator=(const WebSocketSession&) = delete;

    struct Lock {
        explicit Lock(WebSocketSession& session) : mutex(session.mutex_) { ::pthread_mutex_lock(&mutex); }
        ~Lock() { ::pthread_mutex_unlock(&mutex); }
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;
        pthread_mutex_t& mutex;
    };

    // --- the handler's side ---
    bool accept(std::string_view subprotocol, const Headers& headers) override {
        Lock lock(*this);
        if (over) return false;
        support_.append_accept(outbox, handshake, subprotocol, headers);
        accepted = true;
        tell();
        return true;
    }
    void deny(Response&& response) override {
        Lock lock(*this);
        if (accepted || denied) return;
        denial = std::move(response);
        denied = true;
        tell();
    }
    bool send(std::string_view message, bool binary) override {
        Lock lock(*this);
        if (over) return false;
        // A client that does not read what it is sent holds up whoever sends to it, as far as that may block.
        while (outbox.size() > most_waiting && may_block_ && !over) ::pthread_cond_wait(&came_, &mutex_);
        if (over || outbox.size() > 4 * most_waiting || !protocol->send(outbox, message, binary)) return false;
        tell();
        return true;
    }
    bool close(int code, std::string_view reason) override {
        Lock lock(*this);
        if (over) return false;
        if (!accepted) {
            denial = Response("", 403);
            denied = true;
        } else if (!protocol->close(outbox, static_cast<unsigned>(code), reason)) {
            return false;
        }
        tell();
        return true;
    }
    void receive(WebSocketMessage& message) override {
        Lock lock(*this);
        while (queue.empty() && !over) ::pthread_cond_wait(&came_, &mutex_);
        if (queue.empty()) {
            message.kind = WebSocketMessage::Kind::disconnect;
            message.code = 1006;
            return;
        }
        message = queue.pop();
        queued -= message.data.size();
        if (!paused || queue.size() > most_queued() / 2) return;
        go_on_reading();
    }
    void on_message(void (*call)(void*), void* context) override {
        Lock lock(*this);
        call_ = call;
        context_ = context;
        ring();
    }

    // --- the connection's side; with the lock ---
    void put(WebSocketMessage&& message) {
        queued += message.data.size();
        queue.push(std::move(message));
        ring();
    }
    void end(std::uint16_t code) {
        if (over) return;
        over = true;
        if (!ended) put({WebSocketMessage::Kind::disconnect, {}, code});
        ended = true;
        ring();
    }
    void ring() {
        ::pthread_cond_broadcast(&came_);
        // A coroutine cannot be held up where it sends; it is where it asks for the next message.
        if ((queue.empty() || outbox.size() > most_waiting) && !over) return;
        if (auto call = std::exchange(call_, nullptr)) call(context_);
    }
    // The connection is gone.
    void leave() {
        Lock lock(*this);
        end(1006);
        alarm_ = nullptr;
    }
    void enter(Alarm& alarm) { alarm_ = &alarm; }
    // Nothing more is read while the handler, or the client, has not taken what there is.
    [[nodiscard]] bool full() const { return queue.size() >= most_queued() || queued > most_waiting || outbox.size() > most_waiting; }
    void go_on_reading() {
        if (!paused || full()) return;
        paused = false;
        tell();
    }
    [[nodiscard]] std::size_t most_queued() const { return loop_.app().settings().websocket.max_queue; }

    // Runs a handler that may block, on this thread.
    static void* run_handler(void* argument) {
        auto session = static_cast<WebSocketSession*>(argument);
        EventLoop& loop = session->loop_;
        session->support_.serve(*session->request, *session, nullptr);
        session->handler_ended();
        session->drop();
        loop.guests.fetch_sub(1);
        return nullptr;
    }
    void handler_ended() {
        Lock lock(*this);
        handler_done = true;
        tell();
    }
    void drop() {
        bool last = false;
        {
            Lock lock(*this);
            last = --references == 0;
        }
        if (last) delete this;
    }

    static constexpr std::size_t most_waiting = std::size_t{1} << 20U; // bytes to be sent

  private:
    // Has the connection's thread look.
    void tell() {
        if (alarm_) Alarm::ring(alarm_);
    }
    pthread_mutex_t mutex_{};
    pthread_cond_t came_{};
    const WebSocketSupport& support_;
    EventLoop& loop_;
    Alarm* alarm_ = nullptr; // of the connection, while there is one
    void (*call_)(void*) = nullptr;
    void* context_ = nullptr;
    bool may_block_ = false;

  public:
    Owned<Request> request;
    WebSocketHandshake handshake;
    Owned<WebSocketProtocol> protocol;
    std::string outbox;
    MessageQueue queue;
    std::size_t queued = 0; // bytes
    Response denial;
    bool denied = false;
    bool accepted = false;
    bool over = false;   // nothing can be sent any more
    bool ended = false;  // the disconnect was put into the queue
    bool paused = false; // nothing is read before the handler has taken some
    bool handler_done = false;
    int references = 1;
    void may_block() {
        may_block_ = true;
        ++references;
    }
};

class WebSocketOccupant final : public Occupant {
  public:
    WebSocketOccupant(const WebSocketSupport& support, WebSocketSession* session, EventLoop& loop, Connection& connection)
        : support_(support), session_(session), options_(loop.app().settings().websocket), alarm_(loop, connection) {
        session_->enter(alarm_);
    }
    ~WebSocketOccupant() override {
        session_->leave();
        call_ = {};
        session_->drop();
    }
    WebSocketOccupant(const WebSocketOccupant&) = delete;
    WebSocketOccupant& operator=(const WebSocketOccupant&) = delete;

    // Begins the handler. False: there is no thread for it.
    bool begin(EventLoop& loop) {
        if (session_->handshake.status != 101) {
            session_->deny(support_.refuse(session_->handshake));
            session_->handler_done = true;
            return true;
        }
        call_ = support_.start(*session_->request, *session_);
        if (call_) {
            if (call_->response.pending) call_->response.pending->operation.notify(&Alarm::ring, &alarm_);
            return true;
        }
        if (loop.guests.fetch_add(1) >= loop.options().threads) {
            loop.guests.fetch_sub(1);
            return false;
        }
        session_->may_block();
        pthread_t thread{};
        if (::pthread_create(&thread, nullptr, &WebSocketSession::run_handler, session_) != 0) {
            loop.guests.fetch_sub(1);
            session_->drop();
            return false;
        }
        ::pthread_detach(thread);
        return true;
    }

    Next serve(Connection& connection, WorkSpace& space) override {
        alarm_.begin_work();
        Next next = Next::stay;
        do {
            next = work(connection, space);
        } while (next == Next::stay && !alarm_.end_work());
        return next;
    }

  private:
    Next work(Connection& connection, WorkSpace& space) {
        if (!read(connection, space)) {
            WebSocketSession::Lock lock(*session_);
            session_->end(1006);
        }
        if (call_ && support_.go_on(*call_)) {
            call_ = {};
            session_->handler_ended();
        }
        if (!write(connection, space)) {
            WebSocketSession::Lock lock(*session_);
            session_->end(1006);
        }
        WebSocketSession::Lock lock(*session_);
        if (session_->denied) {
            connection.output.clear();
            space.deliver(connection, *session_->request, session_->denial, {false, false, false});
            return space.flush(connection) ? Next::leave : Next::close;
        }
        if (space.loop.stopping() && session_->accepted) session_->protocol->close(session_->outbox, 1012, {});
        std::int64_t now = steady_milliseconds();
        if (!session_->over && session_->protocol->ended() && session_->protocol->close_sent() && session_->outbox.empty() && !blocked_) {
            said_all_ = true;
            session_->end(1006);
        }
        // A coroutine is told, and has a while to end; a thread ends by itself. What the client still sends is read, or the
        // close frame could be lost.
        if (session_->over && !call_) {
            connection.closing = said_all_;
            return said_all_ ? Next::leave : Next::close;
        }
        if (session_->over && ended_at_ == 0) {
            ended_at_ = now;
            Alarm::ring(&alarm_);
        }
        if (session_->over && now >= ended_at_ + options_.close_timeout_ms) return Next::close;
        if (!session_->outbox.empty() && !blocked_ && !session_->over) Alarm::ring(&alarm_);
        session_->go_on_reading();
        watch(connection, now);
        return Next::stay;
    }

    // Reads what has come. False: the client is gone.
    bool read(Connection& connection, WorkSpace& space) {
        if (connection.input_size > 0) { // what came with the handshake
            take(connection.input, connection.input_size);
            WorkSpace::forget_input(connection);
        }
        for (;;) {
            {
                WebSocketSession::Lock lock(*session_);
                if (session_->over || session_->protocol->ended()) return true;
                if (session_->full()) {
                    session_->paused = true;
                    return true;
                }
            }
            std::ptrdiff_t n = space.receive(connection, space.buffer(), WorkSpace::buffer_size);
            if (n == 0) return false;
            if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
            heard_ = steady_milliseconds();
            asked_ = false;
            take(space.buffer(), static_cast<std::size_t>(n));
        }
    }

    void take(char* data, std::size_t size) {
        WebSocketSession::Lock lock(*session_);
        session_->protocol->feed(data, size);
        WebSocketEvent event;
        while (session_->protocol->next(event, session_->outbox)) {
            switch (event.kind) {
            case WebSocketEvent::Kind::text:
                session_->put({WebSocketMessage::Kind::text, std::string(event.data), 0});
                break;
            case WebSocketEvent::Kind::binary:
                session_->put({WebSocketMessage::Kind::binary, std::string(event.data), 0});
                break;
            case WebSocketEvent::Kind::close:
            case WebSocketEvent::Kind::error:
                if (!session_->ended) session_->put({WebSocketMessage::Kind::disconnect, std::string(event.data), event.code});
                session_->ended = true;
                break;
            default: break;
            }
        }
    }

    // Sends what the session has to say. False: the client is gone.
    bool write(Connection& connection, WorkSpace& space) {
        for (;;) {
            if (!connection.output.empty() && !space.send_rest(connection)) return false;
            blocked_ = !connection.output.empty();
            if (blocked_) return true;
            std::string out;
            {
                WebSocketSession::Lock lock(*session_);
                if (session_->outbox.empty() || session_->over) return true;
                out.swap(session_->outbox);
                session_->ring();
            }
            if (!space.send(connection, out.data(), out.size(), {})) return false;
        }
    }

    // Sees to it that silence does not last for ever. With the lock.
    void watch(Connection& connection, std::int64_t now) {
        if (!blocked_) connection.deadline.store(no_deadline, std::memory_order_relaxed);
        std::int64_t due = call_ && call_->response.pending ? call_->response.pending->operation.next_due() : INT64_MAX;
        if (session_->over) {
            due = std::min(due, ended_at_ + options_.close_timeout_ms);
        } else if (session_->protocol->close_sent()) {
            if (closing_since_ == 0) closing_since_ = now;
            if (now >= closing_since_ + options_.close_timeout_ms) {
                session_->end(1006);
                due = now;
            } else {
                due = std::min(due, closing_since_ + options_.close_timeout_ms);
            }
        } else if (session_->accepted && options_.ping_interval_ms > 0) {
            if (session_->paused || blocked_) { // its answer could not be heard, or the question not sent
                heard_ = now;
                asked_ = false;
            }
            if (asked_ && now >= asked_at_ + options_.ping_timeout_ms) {
                session_->end(1006);
                due = now;
            } else if (!asked_ && now >= heard_ + options_.ping_interval_ms) {
                session_->protocol->ping(session_->outbox, {});
                asked_ = true;
                asked_at_ = now;
                Alarm::ring(&alarm_);
            }
            due = std::min(due, asked_ ? asked_at_ + options_.ping_timeout_ms : heard_ + options_.ping_interval_ms);
        }
        alarm_.set(due);
    }

    const WebSocketSupport& support_;
    WebSocketSession* session_;
    const WebSocketOptions& options_;
    Alarm alarm_;
    Owned<WebSocketCall> call_;
    std::int64_t heard_ = steady_milliseconds();
    std::int64_t asked_at_ = 0;
    std::int64_t closing_since_ = 0;
    bool asked_ = false; // a ping is on its way
    std::int64_t ended_at_ = 0;
    bool blocked_ = false; // the socket takes no more
    bool said_all_ = false; // the close frames as well
};

FASTAPI_INLINE void occupy_with_websocket(const WebSocketSupport& support, Connection& connection, WorkSpace& space, Request& request) {
    auto session = new WebSocketSession(support, space.loop, request.detached());
    auto occupant = new WebSocketOccupant(support, session, space.loop, connection);
    occupy_with(connection, occupant);
    if (!occupant->begin(space.loop)) session->deny(Response("", 503));
}

} // namespace fastapi::detail
