#pragma once

// Middleware: what runs round the routes of an application (reference: Starlette's BaseHTTPMiddleware and its classes).
//   app.middleware([](Request& request, CallNext next) {
//       Response response = next(request);
//       response.headers.set("X-Process-Time", …);
//       return response;
//   });
// One that returns a Task<Response> awaits: Response response = co_await next(request). One that only looks at a request before
// the routes see it, or at its response, is best a class with before() and after(): it never waits, whatever the handler does.

#include <coroutine>
#include <type_traits>
#include <utility>

#include "fastapi/async/task.hpp"
#include "fastapi/http/request.hpp"
#include "fastapi/http/stream.hpp"

namespace fastapi {

class CallNext;

namespace detail {

// One middleware of an application.
class MiddlewareLayer {
  public:
    virtual ~MiddlewareLayer() = default; // all of it here: a function elsewhere would put the table into every program
    [[nodiscard]] virtual Response call(Request& request) const = 0;
    // Of the handshake of a WebSocket. False: it is refused with that response.
    virtual bool before_websocket(Request&, Response&) const { return true; }
    const MiddlewareLayer* next = nullptr; // towards the routes; null: they are next
    FastAPI* app = nullptr;
};

// Passes a request on, to a layer or behind the last; what is thrown and has an answer is answered.
Response call_layer(const MiddlewareLayer& layer, Request& request);
Response call_behind(const MiddlewareLayer& layer, Request& request);
bool ask_before_websocket(const MiddlewareLayer& first, Request& request, Response& response);
// Makes the response of what has ended, or has no more time, and has those look at it that stand round it.
void complete_pending(PendingResponse& pending, Response& response);
void abandon_pending(PendingResponse& pending);

// How an application reaches its middleware: the functions are set when there is some.
struct MiddlewareSupport {
    Response (*call)(const MiddlewareLayer& layer, Request& request) = nullptr;
    bool (*before_websocket)(const MiddlewareLayer& first, Request& request, Response& response) = nullptr;
    const MiddlewareLayer* first = nullptr; // the outermost
};

// A middleware with before() and after().
class HookLayer : public MiddlewareLayer {
  public:
    // False: the response is the answer, and nobody else sees the request.
    virtual bool before(Request& request, Response& response) const = 0;
    virtual void after(const Request& request, Response& response) const = 0;
    virtual void failed(const Request& request) const = 0;    // there is an exception instead of a response
    virtual void abandoned(const Request& request) const = 0; // there is neither: the client has left
};

Response call_hooks(const HookLayer& layer, Request& request);

// A middleware that is a coroutine, while it runs.
class PendingMiddleware : public PendingResponse {
  public:
    PendingMiddleware() { complete = &complete_pending; }
    PendingResponse* inner = nullptr;   // what it waits for
    const BodyStream* passed = nullptr; // the stream that came from inside
};

// Opens a stream that a middleware itself answers with: a FileResponse.
void open_stream(const Request& request, Response& response, const BodyStream* passed);
// Starts what is pending, unless it is carried; when it has ended, or may not be waited for elsewhere, the response is made.
void settle(Request& request, Response& response);

class NextAwaiter;

} // namespace detail

// The response of what is further inside. A coroutine awaits it.
class [[nodiscard("co_await next(request) gives the response")]] NextResponse : public Response {
  public:
    NextResponse() = default;
    NextResponse(NextResponse&& other) noexcept : Response(std::move(other)), owner_(std::exchange(other.owner_, nullptr)) {}
    NextResponse& operator=(NextResponse&&) = delete;
    ~NextResponse() {
        if (owner_) owner_->inner = nullptr;
    }
    detail::NextAwaiter operator co_await() noexcept;

  private:
    friend CallNext;
    friend detail::NextAwaiter;
    detail::PendingMiddleware* owner_ = nullptr; // while it waits
};

// What a middleware calls to pass the request on; at most once a request, unless the body is in memory. It throws what the handler
// threw, when no exception handler answers that.
class CallNext {
  public:
    explicit CallNext(const detail::MiddlewareLayer& layer, const detail::BodyStream** passed) : layer_(&layer), passed_(passed) {}
    explicit CallNext(const detail::MiddlewareLayer& layer, detail::PendingMiddleware& pending)
        : layer_(&layer), passed_(&pending.passed), pending_(&pending) {}
    // In a middleware that is no coroutine it waits: the response is whole, but for a stream.
    NextResponse operator()(Request& request) const;

  private:
    friend detail::NextAwaiter;
    const detail::MiddlewareLayer* layer_;
    const detail::BodyStream** passed_;
    detail::PendingMiddleware* pending_ = nullptr;
};

// The whole body of a response, a stream collected: for a middleware that must see it.
std::string& collect_body(Response& response);

namespace detail {

class NextAwaiter {
  public:
    explicit NextAwaiter(NextResponse& response) : response_(response) {}
    [[nodiscard]] bool await_ready() const noexcept { return !response_.pending; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) { return response_.pending->begin(waiting); }
    Response await_resume();

  private:
    NextResponse& response_;
};

template <class R>
struct MiddlewareTask final : TaskResponse<R, PendingMiddleware> {
    void finish(Response& response) override {
        response = Response(this->task.result());
        open_stream(*this->request, response, this->passed);
    }
    void give_up(std::exception_ptr why) override {
        if (this->inner) this->inner->give_up(std::move(why));
    }
};

template <class R>
inline constexpr bool is_response_task = false;
template <class T>
inline constexpr bool is_response_task<Task<T>> = std::is_base_of_v<Response, T>;

// A function as middleware, or an object that is called as one.
template <class F>
class FunctionLayer final : public MiddlewareLayer {
  public:
    template <class... A>
    explicit FunctionLayer(A&&... arguments) : function_(std::forward<A>(arguments)...) {}
    [[nodiscard]] Response call(Request& request) const override {
        using R = std::invoke_result_t<const F&, Request&, CallNext>;
        if constexpr (is_task<R>) {
            auto held = new MiddlewareTask<R>;
            Response response;
            response.pending = Disposed<PendingResponse>(held);
            held->request = request.detached();
            if (!request.carrier) held->request->carrier = held;
            held->task = function_(*held->request, CallNext(*this, *held));
            settle(request, response);
            return response;
        } else {
            const BodyStream* passed = nullptr;
            Response response(function_(request, CallNext(*this, &passed)));
            open_stream(request, response, passed);
            return response;
        }
    }

  private:
    F function_;
};

// A class with before(), after() or both.
template <class M>
class HooksOf final : public HookLayer {
  public:
    template <class... A>
    explicit HooksOf(A&&... arguments) : hooks_(std::forward<A>(arguments)...) {}
    [[nodiscard]] Response call(Request& request) const override { return call_hooks(*this, request); }
    bool before(Request& request, Response& response) const override {
        if constexpr (requires { hooks_.before(request, response); }) return hooks_.before(request, response);
        return true;
    }
    void after(const Request& request, Response& response) const override {
        if constexpr (requires { hooks_.after(request, response); }) hooks_.after(request, response);
    }
    void failed(const Request& request) const override {
        if constexpr (requires { hooks_.failed(request); }) hooks_.failed(request);
    }
    void abandoned(const Request& request) const override {
        if constexpr (requires { hooks_.abandoned(request); }) hooks_.abandoned(request);
    }
    bool before_websocket(Request& request, Response& response) const override {
        if constexpr (requires { hooks_.before_websocket(request, response); }) return hooks_.before_websocket(request, response);
        return true;
    }

  private:
    M hooks_;
};

template <class M>
concept HasHooks = requires(const M& hooks, Request& request, Response& response) { hooks.before(request, response); } ||
                   requires(const M& hooks, const Request& request, Response& response) { hooks.after(request, response); };

template <class M>
constexpr bool check_middleware() {
    constexpr bool called = std::is_invocable_v<const M&, Request&, CallNext>;
    static_assert(HasHooks<M> || called || !std::is_invocable_v<M&, Request&, CallNext>,
                  "fastapi: a middleware is called by several threads at once: it cannot be a mutable lambda, and its operator() is const");
    static_assert(HasHooks<M> || called || std::is_invocable_v<M&, Request&, CallNext>,
                  "fastapi: a middleware takes (Request& request, CallNext next), or is a class with "
                  "bool before(Request&, Response&) const or void after(const Request&, Response&) const");
    if constexpr (!HasHooks<M> && called) {
        using R = std::invoke_result_t<const M&, Request&, CallNext>;
        static_assert(std::is_base_of_v<Response, R> || is_response_task<R>,
                      "fastapi: a middleware returns the response: that of next(request), or another; as a coroutine, Task<Response>");
        return std::is_base_of_v<Response, R> || is_response_task<R>;
    } else {
        return HasHooks<M>;
    }
}

template <class M, class... A>
Owned<MiddlewareLayer> make_middleware(A&&... arguments) {
    if constexpr (!check_middleware<M>()) {
        return {};
    } else if constexpr (HasHooks<M>) {
        return Owned<MiddlewareLayer>(new HooksOf<M>(std::forward<A>(arguments)...));
    } else {
        return Owned<MiddlewareLayer>(new FunctionLayer<M>(std::forward<A>(arguments)...));
    }
}

} // namespace detail

inline detail::NextAwaiter NextResponse::operator co_await() noexcept { return detail::NextAwaiter(*this); }

} // namespace fastapi
