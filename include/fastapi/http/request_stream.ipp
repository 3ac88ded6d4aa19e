#pragma once

#include <utility>

#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// The next piece of a request's body; one that is in memory is one piece.
FASTAPI_INLINE BodySource::Next next_piece(Request& request, std::string_view& piece, bool may_block) {
    if (!request.body_source) {
        piece = request.body_given ? std::string_view{} : request.body;
        request.body_given = true;
        return piece.empty() ? BodySource::Next::end : BodySource::Next::piece;
    }
    try {
        BodySource& source = *request.body_source;
        BodySource::Next next = source.next(piece, may_block || source.blocks);
        if (next == BodySource::Next::piece) source.given += piece.size();
        if (source.given > source.limit) throw HTTPException(413);
        return next;
    } catch (const ClientDisconnect&) {
        request.client_left = true;
        throw;
    }
}

FASTAPI_INLINE PieceAwaiter::~PieceAwaiter() {
    if (suspended_) request_.body_source->waiting = nullptr;
}
FASTAPI_INLINE bool PieceAwaiter::await_ready() {
    next_ = next_piece(request_, piece_, false);
    return next_ != BodySource::Next::wait;
}
FASTAPI_INLINE void PieceAwaiter::await_suspend(std::coroutine_handle<> waiting) {
    if (request_.body_source->waiting) throw std::logic_error("fastapi: two coroutines wait for a piece of one request's body");
    request_.body_source->waiting = waiting;
    suspended_ = true;
}
FASTAPI_INLINE std::optional<std::string_view> PieceAwaiter::await_resume() {
    if (std::exchange(suspended_, false)) {
        request_.body_source->waiting = nullptr;
        next_ = next_piece(request_, piece_, false);
    }
    if (next_ != BodySource::Next::piece) return std::nullopt;
    return piece_;
}

} // namespace detail

FASTAPI_INLINE bool RequestStream::receive(std::string_view& piece) {
    return detail::next_piece(*request_, piece, true) == detail::BodySource::Next::piece;
}

} // namespace fastapi
