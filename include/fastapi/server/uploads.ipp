#pragma once

// Requests whose body is read by their handler, in pieces (RequestStream), on a connection of the event loop. What the handler does
// not ask for stays in the socket, and the client is held up by TCP. A coroutine holds no thread while it waits for the client; any
// other handler blocks the thread that serves it, which reads the socket itself. A form is parsed while it comes, without a thread
// that waits, and its handler is called behind it.

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "fastapi/server/event_loop.ipp"
#include "fastapi/server/streams.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// A body as its connection brings it. Bytes that came with the head, or with the end of the body, lie in connection.input.
class ConnectionBody final : public BodySource {
  public:
    ConnectionBody(Connection& connection, EventLoop& loop, const RequestHead& head, std::size_t most)
        : connection_(connection), loop_(loop), limits_(with_size(loop.limits(), most)), decoder_(limits_), left_(head.content_length),
          chunked_(head.chunked), expected_(head.expect_continue), credit_(limits_.body_grace_ms) {}

    Next next(std::string_view& piece, bool may_block) override {
        if (!get(may_block)) return Next::wait;
        if (gone_) throw ClientDisconnect();
        if (refusal_) throw HTTPException(refusal_);
        piece = std::exchange(piece_, {});
        return piece.empty() ? Next::end : Next::piece;
    }

    // Sees to it that there is a piece, the end, or a reason why there is neither. False: nothing has come yet.
    bool get(bool may_block) {
        while (piece_.empty() && !ended_ && !gone_ && !refusal_)
            if (!(connection_.input_size > used_ ? take_input() : receive(may_block))) return false;
        return true;
    }
    // Where nothing has come: when that has lasted too long.
    [[nodiscard]] std::int64_t due() const { return waiting_since_ && limits_.min_body_rate ? waiting_since_ + credit_ : INT64_MAX; }
    [[nodiscard]] bool ended() const { return ended_; }
    [[nodiscard]] bool gone() const { return gone_; }
    // The thread that serves the connection now.
    void enter(WorkSpace& space) {
        space_ = &space;
        budget_ = most_at_once;
    }
    // There may be more, but other connections want to be served as well.
    [[nodiscard]] bool paused() const { return budget_ == 0; }

    // Behind the handler: reads a rest that is short. read: the next request follows; lost: nobody knows where that would begin.
    enum class Rest : std::uint8_t { read, coming, lost };
    Rest read_rest() {
        if (expected_ && connection_.input_size == used_) return Rest::lost; // the client may send it, or not (RFC 9110 10.1.1)
        for (piece_ = {}; !ended_; piece_ = {}) {
            if (left_ > most_thrown_away) return Rest::lost;
            if (!get(false)) return Rest::coming;
            if (gone_ || refusal_) return Rest::lost;
            thrown_away_ += piece_.size();
            if (thrown_away_ > most_thrown_away) return Rest::lost;
        }
        if (gone_ || refusal_) return Rest::lost;
        std::size_t rest = connection_.input_size - used_;
        if (rest > 0) {
            WorkSpace::keep_input(connection_, connection_.input + used_, rest);
        } else {
            WorkSpace::forget_input(connection_);
        }
        connection_.look_again = rest > 0;
        used_ = 0;
        return Rest::read;
    }

  private:
    static Limits with_size(Limits limits, std::size_t most) {
        limits.max_body_size = most;
        return limits;
    }

    // Takes a piece off bytes that have come. Returns how many are read.
    std::size_t decode(char* data, std::size_t size) {
        if (!chunked_) {
            auto used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, size));
            piece_ = {data, used};
            left_ -= used;
            ended_ = left_ == 0;
            return used;
        }
        ChunkedDecoder::Result result = decoder_.feed(data, size, data);
        piece_ = {data, result.produced};
        ended_ = result.done;
        if (result.status) refuse(result.status);
        return result.consumed;
    }

    bool take_input() {
        expected_ = false; // RFC 9110 10.1.1: it may be left out when content has come
        used_ += decode(connection_.input + used_, connection_.input_size - used_);
        return true;
    }

    // False: nothing has come.
    bool receive(bool may_block) {
        if (used_ > 0) WorkSpace::forget_input(connection_);
        used_ = 0;
        if (std::exchange(expected_, false)) {
            constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            gone_ = !space_->send(connection_, go_on.data(), go_on.size(), {});
            if (gone_) return true;
        }
        if (!may_block && budget_ == 0) return false;
        std::size_t room = WorkSpace::buffer_size;
        if (!chunked_ && left_ < room) room = static_cast<std::size_t>(left_); // what is behind the body is for others
        std::ptrdiff_t size = space_->receive(connection_, space_->buffer(), room);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait(may_block);
        if (size <= 0) {
            gone_ = true;
            return true;
        }
        std::int64_t now = steady_milliseconds();
        if (waiting_since_) credit_ -= now - std::exchange(waiting_since_, 0);
        auto received = static_cast<std::size_t>(size);
        if (limits_.min_body_rate) // what it sends buys time, at the rate; not for ever
            credit_ = std::min<std::int64_t>(credit_ + static_cast<std::int64_t>(received * 1000 / limits_.min_body_rate),
                                             std::int64_t{12} * limits_.body_grace_ms);
        char* data = space_->buffer();
        std::size_t read = decode(data, received);
        if (read < received) WorkSpace::keep_input(connection_, data + read, received - read);
        if (may_block) return true;
        budget_ -= std::min(budget_, received);
        kept_.assign(piece_); // the buffer is the thread's, who has other connections as well
        piece_ = kept_;
        return true;
    }

    // The client is slow. True: something may have come, or it is too slow.
    bool wait(bool may_block) {
        std::int64_t now = steady_milliseconds();
        if (!waiting_since_) waiting_since_ = now;
        if (now >= due() || now >= give_up_at) {
            refuse(now >= give_up_at ? 504 : 408);
            return true;
        }
        if (!may_block) {
            kept_ = {};
            return false;
        }
        if (loop_.ending() || (!connection_.output.empty() && !space_->send_rest(connection_))) {
            gone_ = true;
            return true;
        }
        pollfd one{connection_.socket, POLLIN, 0};
        ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(std::min(due(), give_up_at) - now, 250)));
        return true;
    }

    void refuse(int status) {
        refusal_ = status;
        if (status == 504) return;
        loop_.count_refusal(status);
        if (status != 408) return;
        loop_.counters.timed_out.fetch_add(1, std::memory_order_relaxed);
        loop_.counters.timed_out_body.fetch_add(1, std::memory_order_relaxed);
    }

    static constexpr std::size_t most_at_once = std::size_t{1} << 20U;
    static constexpr std::size_t most_thrown_away = std::size_t{256} << 10U;

    Connection& connection_;
    EventLoop& loop_;
    WorkSpace* space_ = nullptr;
    const Limits limits_;
    ChunkedDecoder decoder_;
    std::uint64_t left_; // bytes that have not come, of a body with a length
    bool chunked_;
    bool expected_;      // the client waits for "100 Continue"
    bool ended_ = false;
    bool gone_ = false;
    int refusal_ = 0;
    std::string_view piece_;
    std::string kept_;        // a piece that a coroutine has, while it waits for something else
    std::size_t used_ = 0;    // bytes of connection.input
    std::size_t thrown_away_ = 0;
    std::size_t budget_ = 0;  // bytes that a coroutine may have before others are served
    std::int64_t credit_;     // milliseconds that the client may let us wait
    std::int64_t waiting_since_ = 0;
};

class UploadOccupant final : public Occupant {
  public:
    UploadOccupant(const Request& request, EventLoop& loop, Connection& connection, const RequestHead& head, std::size_t most)
        : body_(connection, loop, head, most), request_(request.detached()), alarm_(loop, connection),
          form_{head.keep_alive, request.method == "HEAD", head.version == "1.0"} {
        request_->body_source = &body_;
    }

    Next serve(Connection& connection, WorkSpace& space) override {
        body_.enter(space);
        alarm_.begin_work();
        if (!connection.output.empty() && !space.send_rest(connection)) return Next::close;
        if (answered_) return wait_for_rest(connection, space);
        if (!pending_) {
            if (!connection.output.empty()) return Next::stay; // the client shall take what there is before more is done for it
            connection.deadline.store(no_deadline, std::memory_order_relaxed);
            if (request_->form_support && !read_form()) return body_.gone() ? Next::close : Next::stay;
            if (space.loop.options().access_log_json) request_->began = steady_microseconds();
            Response response = space.loop.app().handle(*request_);
            if (!response.pending) return answer(connection, space, *request_, response);
            pending_ = std::move(response.pending);
            pending_->operation.notify(&Alarm::ring, &alarm_);
        }
        if (connection.output.empty()) connection.deadline.store(no_deadline, std::memory_order_relaxed);
        do {
            do {
                pending_->operation.run();
            } while (!pending_->done() && take_piece());
            if (pending_->done() || pending_->expired()) break;
            if (connection.at_end && body_.ended()) return Next::close; // nobody waits for the answer
            std::int64_t due = pending_->operation.next_due();
            alarm_.set(body_.waiting ? std::min(due, body_.due()) : due);
        } while (!alarm_.end_work());
        if (!pending_->done() && !pending_->expired()) {
            if (body_.waiting && body_.paused()) Alarm::ring(&alarm_);
            return Next::stay;
        }
        Response response = space.loop.app().finish(*pending_);
        return answer(connection, space, *pending_->request, response);
    }

  private:
    // Parses what has come of a form; the handler is called when that is all of it. False: there is more to come, or nobody there.
    bool read_form() {
        const FormSupport& form = *request_->form_support;
        if (!request_->received_form) form.begin(*request_);
        try {
            std::string_view piece;
            do {
                for (BodySource::Next next = body_.next(piece, false); next != BodySource::Next::wait; next = body_.next(piece, false))
                    if (next == BodySource::Next::end || !form.feed(*request_, piece)) return true;
                alarm_.set(body_.due());
            } while (!alarm_.end_work());
        } catch (const ClientDisconnect&) {
            return false;
        } catch (const HTTPException& exception) { // too much of it, too slow, chunks that are none
            form.fail(*request_, exception.status_code);
            return true;
        } catch (const std::exception& exception) { // no room on the disk
            std::fputs(concat({"ERROR:    A form cannot be kept: ", exception.what(), "\n"}).c_str(), stderr);
            form.fail(*request_, 500);
            return true;
        }
        if (body_.paused()) Alarm::ring(&alarm_);
        return false;
    }

    // Lets a coroutine go on that waits for a piece.
    bool take_piece() {
        if (!body_.waiting || !body_.get(false)) return false;
        pending_->operation.resume(body_.waiting);
        return true;
    }

    Next answer(Connection& connection, WorkSpace& space, const Request& request, Response& response) {
        space.loop.counters.requests.fetch_add(1, std::memory_order_relaxed);
        ConnectionBody::Rest rest = body_.read_rest();
        if (body_.gone()) return Next::close;
        if (rest == ConnectionBody::Rest::lost || (rest == ConnectionBody::Rest::coming && response.stream) || space.loop.stopping())
            form_.keep_alive = false;
        if (!form_.keep_alive) space.forget_input(connection);
        space.deliver(connection, request, response, form_);
        if (!space.flush(connection)) return Next::close;
        if (connection.successor) return Next::replaced;
        if (!form_.keep_alive || rest == ConnectionBody::Rest::read) return Next::leave;
        answered_ = true;
        response.afterwards = {}; // may refer to the request
        pending_ = {};
        return wait_for_rest(connection, space);
    }

    // The answer does not wait for the rest of the body, but the next request does.
    Next wait_for_rest(Connection& connection, WorkSpace& space) {
        if (connection.output.empty()) connection.deadline.store(no_deadline, std::memory_order_relaxed);
        do {
            ConnectionBody::Rest rest = space.loop.stopping() ? ConnectionBody::Rest::lost : body_.read_rest();
            if (rest == ConnectionBody::Rest::lost) {
                space.forget_input(connection);
                connection.closing = true;
            }
            if (rest != ConnectionBody::Rest::coming) return Next::leave;
            alarm_.set(body_.due());
        } while (!alarm_.end_work());
        if (body_.paused()) Alarm::ring(&alarm_);
        return Next::stay;
    }

    ConnectionBody body_;
    Owned<Request> request_;
    Disposed<PendingResponse> pending_; // refers to what is above
    Alarm alarm_;
    AnswerForm form_;
    bool answered_ = false; // and some of the body is still to come
};

FASTAPI_INLINE int occupy_with_upload(Connection& connection, WorkSpace& space, RequestHead& head) {
    Request request;
    space.fill(request, connection, head);
    std::size_t most = 0;
    if (!space.loop.app().streams_body(request, most)) {
        head.headers = std::move(request.headers);
        return 0;
    }
    if (head.content_length > most) return 413;
    constexpr std::uint64_t short_form = std::uint64_t{64} << 10U; // is read as any other body
    if (request.form_support && !head.chunked && head.content_length <= std::min(short_form, std::uint64_t{space.loop.limits().max_body_size})) {
        head.headers = std::move(request.headers);
        return 0;
    }
    occupy_with(connection, new UploadOccupant(request, space.loop, connection, head, most));
    return 200;
}

} // namespace fastapi::detail
