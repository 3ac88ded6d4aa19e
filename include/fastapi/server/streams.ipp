#pragma once

// Answers that take time, on a connection of the event loop: bodies that are made while they are sent, in chunks (RFC 9112
// 7.1), each asked for when the client can take more; and handlers that wait. A client that goes away ends them at once.

#include "fastapi/http/stream.hpp"
#include "fastapi/server/event_loop.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// How others tell an occupant that there is something to do. While it is at work anyway it is not woken, but looks again.
class Alarm {
  public:
    Alarm(EventLoop& loop, Connection& connection) : loop_(loop), connection_(connection) {}
    // Any thread.
    static void ring(void* self) {
        auto alarm = static_cast<Alarm*>(self);
        alarm->rung_.store(true);
        if (!alarm->at_work_.load()) alarm->loop_.wake(alarm->connection_);
    }
    // Rings at that time (milliseconds of the steady clock).
    void set(std::int64_t due) {
        if (due == INT64_MAX || (armed_ <= due && armed_ > steady_milliseconds())) return;
        armed_ = due;
        loop_.wake_at(connection_, due);
    }
    void begin_work() { at_work_.store(true); }
    // Ends the work, unless it was rung meanwhile.
    bool end_work() {
        at_work_.store(false);
        if (!rung_.exchange(false)) return true;
        at_work_.store(true);
        return false;
    }

  private:
    EventLoop& loop_;
    Connection& connection_;
    std::atomic<bool> rung_{false};
    std::atomic<bool> at_work_{true};
    std::int64_t armed_ = 0;
};

class StreamOccupant final : public Occupant {
  public:
    StreamOccupant(BodyStream* stream, EventLoop& loop, Connection& connection, const AnswerForm& form)
        : stream_(stream), alarm_(loop, connection), form_(form) {
        stream_->operation.notify(&Alarm::ring, &alarm_);
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
        if (connection.at_end) return Next::close;
        // An event stream has no end of its own: it does not hold up a server that stops.
        if (space.loop.stopping() && !stream_->keep_alive.empty()) return Next::close;
        for (;;) {
            if (!connection.output.empty()) {
                if (!space.send_rest(connection)) return Next::close;
                if (!connection.output.empty()) return Next::stay;
            }
            connection.deadline.store(no_deadline, std::memory_order_relaxed);
            if (ended_) return Next::leave;
            std::string out;
            BodyStream::Next next = BodyStream::Next::piece;
            try {
                while (next == BodyStream::Next::piece && out.size() < most_at_once) next = add_piece(out);
            } catch (const std::exception& exception) {
                std::fprintf(stderr, "ERROR:    Exception in a stream: %s\n", exception.what());
                return Next::close; // without the last chunk: the client sees that it is not whole
            }
            ended_ = next == BodyStream::Next::end;
            if (ended_ && !form_.old_version) out += "0\r\n\r\n";
            std::int64_t now = steady_milliseconds();
            if (out.empty() && next == BodyStream::Next::wait) {
                if (!stream_->keep_alive.empty() && now >= quiet_since_ + stream_->keep_alive_ms) {
                    frame(out, stream_->keep_alive);
                } else {
                    std::int64_t due = stream_->operation.next_due();
                    if (!stream_->keep_alive.empty()) due = std::min(due, quiet_since_ + stream_->keep_alive_ms);
                    alarm_.set(due);
                    return Next::stay;
                }
            }
            quiet_since_ = now;
            if (!out.empty() && !space.send(connection, out.data(), out.size(), {})) return Next::close;
        }
    }

    static constexpr std::size_t most_at_once = std::size_t{32} << 10U;

    BodyStream::Next add_piece(std::string& out) {
        piece_.clear();
        BodyStream::Next next = stream_->pull(piece_);
        if (!piece_.empty()) frame(out, piece_);
        return next;
    }
    void frame(std::string& out, std::string_view piece) const {
        if (form_.old_version) {
            out += piece;
            return;
        }
        char size[20];
        out.append(size, static_cast<std::size_t>(std::snprintf(size, sizeof size, "%zx\r\n", piece.size())));
        out += piece;
        out += "\r\n";
    }

    Disposed<BodyStream> stream_;
    Alarm alarm_;
    AnswerForm form_;
    std::string piece_;
    std::int64_t quiet_since_ = steady_milliseconds();
    bool ended_ = false;
};

class WaitingOccupant final : public Occupant {
  public:
    WaitingOccupant(PendingResponse* pending, EventLoop& loop, Connection& connection, const AnswerForm& form)
        : pending_(pending), alarm_(loop, connection), form_(form) {
        pending_->operation.notify(&Alarm::ring, &alarm_);
    }
    Next serve(Connection& connection, WorkSpace& space) override {
        if (connection.at_end) return Next::close;
        if (!connection.output.empty() && !space.send_rest(connection)) return Next::close;
        alarm_.begin_work();
        do {
            pending_->operation.run();
            if (!pending_->done()) alarm_.set(pending_->operation.next_due());
        } while (!pending_->done() && !pending_->expired() && !alarm_.end_work());
        if (!pending_->done() && !pending_->expired()) return Next::stay;
        Response response = space.loop.app().finish(*pending_);
        form_.keep_alive = form_.keep_alive && !space.loop.stopping();
        space.deliver(connection, *pending_->request, response, form_);
        if (!space.flush(connection)) return Next::close;
        return connection.successor ? Next::replaced : Next::leave;
    }

  private:
    Disposed<PendingResponse> pending_;
    Alarm alarm_;
    AnswerForm form_;
};

FASTAPI_INLINE void occupy_with(Connection& connection, Occupant* occupant) {
    bool occupied = connection.phase == Connection::Phase::occupied;
    (occupied ? connection.successor : connection.occupant) = Disposed<Occupant>(occupant);
    connection.phase = Connection::Phase::occupied;
    connection.deadline.store(no_deadline, std::memory_order_relaxed);
}

FASTAPI_INLINE void occupy_with_stream(BodyStream& stream, Connection& connection, WorkSpace& space, const AnswerForm& form) {
    if (form.old_version) connection.closing = true; // its end is the connection's
    occupy_with(connection, new StreamOccupant(&stream, space.loop, connection, form));
}
FASTAPI_INLINE void occupy_with_pending(PendingResponse& pending, Connection& connection, WorkSpace& space, const AnswerForm& form) {
    occupy_with(connection, new WaitingOccupant(&pending, space.loop, connection, form));
}

} // namespace fastapi::detail
