#pragma once

#include <stdexcept>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/app/middleware.hpp"
#include "fastapi/routing/handler.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_INLINE Response call_layer(const MiddlewareLayer& layer, Request& request) {
    Response response;
    try {
        return layer.call(request);
    } catch (...) {
        if (!layer.app->answer_expected(request, response)) throw;
    }
    return response;
}
FASTAPI_INLINE Response call_behind(const MiddlewareLayer& layer, Request& request) {
    if (layer.next) return call_layer(*layer.next, request);
    Response response;
    try {
        return layer.app->dispatch(request, request.error);
    } catch (...) {
        if (!layer.app->answer_expected(request, response)) throw;
    }
    return response;
}

FASTAPI_INLINE void complete_pending(PendingResponse& pending, Response& response) {
    List<const HookLayer*> around = std::move(pending.around);
    try {
        try {
            if (pending.expired()) throw_timeout(pending);
            pending.finish(response);
            response.background.join(std::move(pending.background));
        } catch (...) {
            // Nobody can wait for an exception handler here.
            pending.request->can_wait = false;
            pending.request->carrier = nullptr;
            if (!pending.request->app->answer_expected(*pending.request, response)) throw;
        }
    } catch (...) {
        for (const HookLayer* layer : around) layer->failed(*pending.request);
        throw;
    }
    for (const HookLayer* layer : around) layer->after(*pending.request, response);
}

FASTAPI_INLINE void abandon_pending(PendingResponse& pending) {
    if (!pending.request) return;
    for (const HookLayer* layer : pending.around) layer->abandoned(*pending.request);
}

FASTAPI_INLINE Response call_hooks(const HookLayer& layer, Request& request) {
    Response response;
    if (!layer.before(request, response)) {
        open_stream(request, response, nullptr);
        return response;
    }
    try {
        response = call_behind(layer, request);
    } catch (...) {
        layer.failed(request);
        throw;
    }
    if (response.pending) {
        response.pending->around.push_back(&layer);
        response.pending->complete = &complete_pending;
        response.pending->abandon = &abandon_pending;
    } else {
        layer.after(request, response);
    }
    return response;
}

FASTAPI_INLINE void open_stream(const Request& request, Response& response, const BodyStream* passed) {
    if (response.pending) throw std::logic_error("fastapi: a middleware that is a coroutine writes co_await next(request)");
    if (response.stream && response.stream.get() != passed && !response.stream->reach->open(*response.stream, request, response)) response.stream = {};
}

FASTAPI_INLINE void finish_pending(Request& request, Response& response) {
    Disposed<PendingResponse> ended = std::move(response.pending);
    complete_pending(*ended, response);
    request.route_template = ended->request->route_template;
    request.adopt(std::move(ended->request)); // the response may refer to it
}

FASTAPI_INLINE void settle(Request& request, Response& response) {
    if (request.carrier) return;
    PendingResponse& pending = *response.pending;
    pending.start();
    if (!pending.done()) {
        if (request.can_wait) return;
        wait_for(pending);
    }
    finish_pending(request, response);
}

FASTAPI_INLINE Response NextAwaiter::await_resume() {
    PendingMiddleware* owner = std::exchange(response_.owner_, nullptr);
    if (owner) owner->inner = nullptr;
    if (response_.pending) finish_pending(*owner->request, response_);
    if (owner) owner->passed = response_.stream.get();
    return Response(std::move(response_));
}

FASTAPI_INLINE bool ask_before_websocket(const MiddlewareLayer& first, Request& request, Response& response) {
    for (const MiddlewareLayer* layer = &first; layer; layer = layer->next)
        if (!layer->before_websocket(request, response)) return false;
    return true;
}

} // namespace detail

struct FastAPI::Middleware final : FastAPI::Attached, detail::MiddlewareSupport {
    Middleware() {
        call = &detail::call_layer;
        before_websocket = &detail::ask_before_websocket;
        dispose = &destroy<Middleware>;
    }
    ~Middleware() {
        while (first) delete std::exchange(first, first->next);
    }
    Middleware(const Middleware&) = delete;
    Middleware& operator=(const Middleware&) = delete;
};

FASTAPI_COLD void FastAPI::add_middleware_layer(detail::Owned<detail::MiddlewareLayer> layer) {
    if (!middleware_) {
        auto* made = new Middleware;
        attach(made);
        middleware_ = made;
    }
    layer->app = this;
    layer->next = middleware_->first;
    middleware_->first = layer.release();
}

FASTAPI_INLINE NextResponse CallNext::operator()(Request& request) const {
    NextResponse made;
    if (pending_) {
        static_cast<Response&>(made) = detail::call_behind(*layer_, request);
        // For those who look at the outermost while this one waits.
        if (request.carrier && request.carrier->request) request.carrier->request->route_template = request.route_template;
        made.owner_ = pending_;
        pending_->inner = made.pending.get();
        return made;
    }
    // The thread waits: for a coroutine inside, and for the body that it reads.
    if (request.body_source) request.body_source->blocks = true;
    struct Uncarried {
        Request& request;
        detail::PendingResponse* carrier;
        ~Uncarried() { request.carrier = carrier; }
    } uncarried{request, std::exchange(request.carrier, nullptr)};
    static_cast<Response&>(made) = detail::call_behind(*layer_, request);
    if (made.pending) {
        detail::wait_for(*made.pending);
        detail::finish_pending(request, made);
    }
    *passed_ = made.stream.get();
    return made;
}

FASTAPI_INLINE std::string& collect_body(Response& response) {
    if (response.stream) {
        response.streamed = response.stream->length < 0;
        response.stream->collect(response.body);
        response.stream = {};
    }
    return response.body;
}

} // namespace fastapi
