#pragma once

#include <stdexcept>

#include "fastapi/http/request.hpp"
#include "fastapi/http/request_notes.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

FASTAPI_INLINE Request::Request() = default;
namespace detail {
FASTAPI_COLD void release_notes(RequestNotes* notes) {
    if (notes->references.fetch_sub(1, std::memory_order_acq_rel) == 1) notes->dispose(notes);
}
} // namespace detail
FASTAPI_INLINE Request::~Request() {
    if (notes_) detail::release_notes(notes_);
}
FASTAPI_COLD detail::RequestNotes& Request::notes() {
    if (!notes_) {
        notes_ = new detail::RequestNotes;
        notes_->dispose = [](detail::RequestNotes* self) { delete self; };
    }
    return *notes_;
}
FASTAPI_COLD json& Request::session() const {
    if (!notes_ || notes_->session.is_discarded())
        throw std::logic_error("fastapi: request.session() needs a SessionMiddleware: app.add_middleware<SessionMiddleware>({.secret_key = …})");
    notes_->session_used = true;
    return notes_->session;
}
FASTAPI_COLD void Request::adopt(detail::Owned<Request> copy) {
    if (!copy) return;
    detail::Owned<Request>* last = &copy;
    while ((*last)->adopted_) last = &(*last)->adopted_;
    (*last)->adopted_ = std::move(adopted_);
    adopted_ = std::move(copy);
}

FASTAPI_INLINE std::string_view Request::keep(std::string text) { return *kept_.emplace_back(new std::string(std::move(text))); }

FASTAPI_INLINE void Request::prepare() {
    std::string_view raw = target.substr(0, target.find('#'));
    std::size_t question = raw.find('?');
    query_ = question == std::string_view::npos ? std::string_view{} : raw.substr(question + 1);
    raw = raw.substr(0, question);
    bool plain = true;
    for (char c : raw) plain = plain && c != '%' && static_cast<unsigned char>(c) < 0x80;
    path_ = plain ? raw : keep(detail::percent_decode(raw, false));
}

FASTAPI_COLD detail::Owned<Request> Request::detached() const {
    detail::Owned<Request> made(new Request);
    Request& copy = *made;
    std::size_t size = method.size() + target.size() + http_version.size() + body.size() + path_.size() + query_.size() + root_path.size() +
                       mounted_path.size() + outer_root_path.size();
    for (const auto& [name, value] : headers) size += name.size() + value.size();
    for (std::size_t i = 0; i < path_param_count; ++i) size += path_params[i].second.size();
    std::string& text = *copy.kept_.emplace_back(new std::string);
    text.reserve(size);
    auto take = [&text](std::string_view part) {
        const char* at = text.data() + text.size();
        text += part;
        return std::string_view(at, part.size());
    };
    copy.method = take(method);
    copy.target = take(target);
    copy.scheme = scheme;
    copy.http_version = take(http_version);
    copy.root_path = take(root_path);
    for (const auto& [name, value] : headers) {
        std::string_view kept = take(name);
        copy.headers.add(kept, take(value));
    }
    copy.body = take(body);
    copy.client = client;
    copy.app = app;
    copy.state = state.shared();
    copy.can_wait = can_wait;
    copy.body_source = body_source;
    copy.can_pull = can_pull;
    copy.route_template = route_template;
    copy.time_limit_ms = time_limit_ms;
    copy.began = began;
    copy.carrier = carrier;
    if (!can_wait) copy.error = error;
    if (notes_) notes_->references.fetch_add(1, std::memory_order_relaxed);
    copy.notes_ = notes_;
    copy.path_ = take(path_);
    copy.query_ = take(query_);
    for (std::size_t i = 0; i < path_param_count; ++i) copy.path_params[i] = {path_params[i].first, take(path_params[i].second)};
    copy.path_param_count = path_param_count;
    copy.form_support = form_support;
    copy.received_form = std::move(received_form);
    copy.mounted_params = mounted_params;
    if (mounted_path.data()) copy.mounted_path = take(mounted_path);
    copy.outer_app = outer_app;
    copy.outer_root_path = take(outer_root_path);
    return made;
}

FASTAPI_INLINE std::optional<std::string_view> Request::path_param(std::string_view name) const {
    for (std::size_t i = path_param_count; i-- > 0;) // the innermost of several mounted applications first
        if (path_params[i].first == name) return path_params[i].second;
    return std::nullopt;
}

FASTAPI_INLINE const MultiParams& Request::query_params() const {
    if (!query_params_) {
        query_params_ = detail::Owned<MultiParams>(new MultiParams);
        query_params_->parse_query(query_);
    }
    return *query_params_;
}

FASTAPI_INLINE const MultiParams& Request::cookies() const {
    if (!cookies_) {
        cookies_ = detail::Owned<MultiParams>(new MultiParams);
        for (const auto& [name, value] : headers)
            if (detail::same_header(name, "cookie")) cookies_->parse_cookies(value);
    }
    return *cookies_;
}

FASTAPI_COLD std::string Request::base_url() const {
    return detail::concat({scheme, "://", headers.get("host", "localhost")});
}

} // namespace fastapi
