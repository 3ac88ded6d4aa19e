#pragma once

#include <stdexcept>

#include "fastapi/async/operation.ipp"
#include "fastapi/http/stream.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_INLINE BodyStream::BodyStream() {
    static constexpr Reach functions{
        [](BodyStream* self) { delete self; },
        [](BodyStream& self, const Request& of, Response& response) { return self.open(of, response); },
        [](BodyStream& self, Connection& connection, WorkSpace& space, const AnswerForm& form) { self.occupy(connection, space, form); },
        [](BodyStream& self, std::string& out) { self.collect(out); },
    };
    reach = &functions;
}
FASTAPI_INLINE BodyStream::~BodyStream() = default;

FASTAPI_INLINE PendingResponse::PendingResponse() {
    static constexpr Reach functions{
        [](PendingResponse* self) { delete self; },
        [](PendingResponse& self, Connection& connection, WorkSpace& space, const AnswerForm& form) { self.occupy(connection, space, form); },
    };
    reach = &functions;
}
FASTAPI_INLINE PendingResponse::~PendingResponse() {
    if (abandon) abandon(*this);
}

FASTAPI_COLD BodyStream::Next BodyStream::filtered(std::string& out) {
    std::string piece;
    Next got = next(piece);
    if (got != Next::wait || !piece.empty()) filter->feed(*filter, piece, got == Next::end);
    out += piece;
    return got;
}

FASTAPI_COLD void PendingResponse::give_up(std::exception_ptr) {}

FASTAPI_COLD void throw_timeout(PendingResponse& pending) {
    try {
        throw HTTPException(504);
    } catch (...) {
        pending.give_up(std::current_exception());
        throw;
    }
}

FASTAPI_COLD void PendingResponse::limit(int milliseconds) {
    time_limit_.leave(); // of a middleware that asks twice
    time_limit_.coroutine = std::noop_coroutine();
    time_limit_.due = steady_milliseconds() + milliseconds;
    operation.sleep(time_limit_);
}

FASTAPI_COLD void wait_for(PendingResponse& pending) {
    auto ended = [](void* waiting) {
        auto response = static_cast<PendingResponse*>(waiting);
        return response->done() || response->expired();
    };
    run_until(pending.operation, ended, &pending);
}

FASTAPI_COLD void collect_stream(BodyStream& stream, std::string& out) {
    struct Collected {
        BodyStream& stream;
        std::string& text;
    } collected{stream, out};
    auto step = [](void* argument) {
        auto state = static_cast<Collected*>(argument);
        BodyStream::Next next = BodyStream::Next::piece;
        while (next == BodyStream::Next::piece) next = state->stream.pull(state->text);
        return next == BodyStream::Next::end;
    };
    run_until(stream.operation, step, &collected);
}

FASTAPI_COLD void write_lines(std::string& out, std::string_view name, std::string_view text) {
    for (;;) {
        std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        out += name;
        out += line;
        out += '\n';
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

FASTAPI_COLD void write_python_json(std::string& out, const json& value) {
    std::string compact;
    write_json(compact, value);
    bool inside = false; // a string
    for (std::size_t at = 0; at < compact.size();) {
        auto c = static_cast<unsigned char>(compact[at]);
        std::size_t length = c < 0x80U ? 1 : c < 0xE0U ? 2 : c < 0xF0U ? 3 : 4;
        if (c == 0x7FU) {
            out += "\\u007f";
            ++at;
            continue;
        }
        if (length == 1) {
            if (c == '"') inside = !inside;
            out += compact[at++];
            if (inside && c == '\\') out += compact[at++];
            if (!inside && (c == ',' || c == ':')) out += ' ';
            continue;
        }
        unsigned code = c & (0x7FU >> length);
        for (std::size_t i = 1; i < length; ++i) code = code << 6U | (static_cast<unsigned char>(compact[at + i]) & 0x3FU);
        at += length;
        char text[16];
        if (code < 0x10000U) {
            std::snprintf(text, sizeof text, "\\u%04x", code);
        } else {
            std::snprintf(text, sizeof text, "\\u%04x\\u%04x", 0xD800U + ((code - 0x10000U) >> 10U), 0xDC00U + (code & 0x3FFU));
        }
        out += text;
    }
}

FASTAPI_COLD void write_event(std::string& out, const ServerSentEvent& event) {
    auto one_line = [](const std::optional<std::string>& text) { return !text || text->find_first_of("\r\n") == std::string::npos; };
    if (!one_line(event.event) || !one_line(event.id)) throw std::invalid_argument("fastapi: the event and id of a ServerSentEvent are one line");
    if (event.id && event.id->find('\0') != std::string::npos) throw std::invalid_argument("fastapi: the id of a ServerSentEvent holds no NUL");
    if (event.retry && *event.retry < 0) throw std::invalid_argument("fastapi: the retry of a ServerSentEvent is not negative");
    if (!event.data.is_discarded() && event.raw_data) throw std::invalid_argument("fastapi: a ServerSentEvent has data or raw_data, not both");
    if (event.comment) write_lines(out, ": ", *event.comment);
    if (event.event) write_lines(out, "event: ", *event.event);
    if (!event.data.is_discarded()) {
        out += "data: ";
        write_json(out, event.data);
        out += '\n';
    }
    if (event.raw_data) write_lines(out, "data: ", *event.raw_data);
    if (event.id) write_lines(out, "id: ", *event.id);
    if (event.retry) write_lines(out, "retry: ", integer_text(*event.retry));
    out += '\n';
}

FASTAPI_COLD void add_event_stream_headers(Headers& headers) {
    if (!headers.contains("cache-control")) headers.append_trusted("cache-control", "no-cache");
    if (!headers.contains("x-accel-buffering")) headers.append_trusted("x-accel-buffering", "no");
}

} // namespace detail

} // namespace fastapi
