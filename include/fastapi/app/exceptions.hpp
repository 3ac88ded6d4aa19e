#pragma once

// Exception handlers: what answers an exception in place of the 500 (reference: Starlette's ExceptionMiddleware).

#include <exception>
#include <type_traits>
#include <utility>

#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/http/stream.hpp"
#include "fastapi/http/websocket.hpp"
#include "fastapi/routing/handler.hpp"

namespace fastapi {

// The parameters of a WebSocket route are wrong. Only exception handlers see it; without one the socket is closed with 1008.
class WebSocketRequestValidationError : public ValidationError {
  public:
    explicit WebSocketRequestValidationError(ErrorList list_of_errors) : ValidationError("handshake", std::move(list_of_errors)) {}
};

// What answers these where no handler was registered; for handlers that do something besides.
Response http_exception_handler(const Request& request, const HTTPException& exception);
Response request_validation_exception_handler(const Request& request, const RequestValidationError& error);
void websocket_request_validation_exception_handler(WebSocket& socket, const WebSocketRequestValidationError& error);

namespace detail {

// One exception handler. Its functions are called while an exception is handled; what the handler throws leaves them.
class ExceptionEntry {
  public:
    virtual ~ExceptionEntry() = default; // all of it here: a function elsewhere would put the table into every program
    enum class Result : std::uint8_t { another, answered, usual }; // it is of another class; usual: as if there were no handler
    virtual Result answer(Request& request, Response& response) const = 0;
    virtual Result close(WebSocket& socket) const = 0;
    // Throws a pointer to the class; and whether what that of another throws is a pointer to one derived from this class.
    virtual void throw_pointer() const = 0;
    [[nodiscard]] virtual bool is_base_of(const ExceptionEntry& other) const = 0;
    ExceptionEntry* next = nullptr; // less derived, or not related
    int status_code = 0;            // of HTTPException alone; 0: of any
    bool is_default = false;
    bool for_websockets = false;
};

// The response of a handler that is a coroutine.
class PendingHandler : public PendingResponse {
  public:
    std::exception_ptr exception; // which the handler refers to
};
template <class R>
struct HandlerTask final : TaskResponse<R, PendingHandler> {
    void finish(Response& response) override { response = Response(this->task.result()); }
};
// Starts it, and waits for it where nobody else can.
void start_handler(Request& request, Response& response);

template <class E, class F>
class ExceptionHandler final : public ExceptionEntry {
    static constexpr bool with_request = std::is_invocable_v<const F&, Request&, const E&>;
    static constexpr bool with_socket = !with_request && std::is_invocable_v<const F&, WebSocket&, const E&>;

  public:
    explicit ExceptionHandler(F function) : function_(std::move(function)) { for_websockets = with_socket; }

    Result answer(Request& request, Response& response) const override {
        if constexpr (!with_socket) {
            try {
                throw;
            } catch (const E& exception) {
                call(request, response, exception);
                return Result::answered;
            } catch (...) { // another's
            }
        }
        return Result::another;
    }
    Result close(WebSocket& socket) const override {
        if constexpr (with_socket) {
            try {
                throw;
            } catch (const E& exception) {
                if constexpr (is_task<std::invoke_result_t<const F&, WebSocket&, const E&>>) {
                    run_until_complete(function_(socket, exception));
                } else {
                    function_(socket, exception);
                }
                return Result::answered;
            } catch (...) {
            }
        }
        return Result::another;
    }
    void throw_pointer() const override { throw static_cast<const E*>(nullptr); }
    [[nodiscard]] bool is_base_of(const ExceptionEntry& other) const override {
        try {
            other.throw_pointer();
        } catch (const E*) {
            return true;
        } catch (...) { // unrelated
        }
        return false;
    }

  private:
    template <class... A>
    decltype(auto) invoke(Request& request, const E& exception) const {
        if constexpr (with_request) {
            return function_(request, exception);
        } else {
            return function_(exception);
        }
    }
    void call(Request& request, Response& response, const E& exception) const {
        using R = decltype(invoke(request, exception));
        if constexpr (is_task<R>) {
            auto held = new HandlerTask<R>;
            response.pending = Disposed<PendingResponse>(held);
            held->request = request.detached();
            held->exception = std::current_exception();
            held->task = invoke(*held->request, exception);
            start_handler(request, response);
        } else {
            response = Response(invoke(request, exception));
            if (response.stream && !response.stream->open(request, response)) response.stream = {};
        }
    }
    F function_;
};

template <class R>
inline constexpr bool answers_exceptions = std::is_base_of_v<Response, R>;
template <class T>
inline constexpr bool answers_exceptions<Task<T>> = std::is_base_of_v<Response, T>;

template <class E, class F>
constexpr bool check_exception_handler() {
    static_assert(std::is_class_v<E>,
                  "fastapi: exception_handler<E> is for a class of exceptions, as it is thrown: no reference, no pointer");
    if constexpr (!std::is_class_v<E>) {
        return false;
    } else {
        constexpr bool request = std::is_invocable_v<const F&, Request&, const E&>;
        constexpr bool socket = std::is_invocable_v<const F&, WebSocket&, const E&>;
        constexpr bool alone = std::is_invocable_v<const F&, const E&>;
        static_assert(request || socket || alone,
                      "fastapi: an exception handler takes (const Request&, const E&) or (const E&), or, for WebSocket routes, "
                      "(WebSocket&, const E&), and its operator() is const");
        if constexpr (request || alone) {
            using R = typename std::conditional_t<request, std::invoke_result<const F&, Request&, const E&>,
                                                  std::invoke_result<const F&, const E&>>::type;
            static_assert(answers_exceptions<R>,
                          "fastapi: an exception handler returns a Response, such as JSONResponse(content, status), or a Task of one");
            return answers_exceptions<R>;
        } else if constexpr (socket) {
            using R = std::invoke_result_t<const F&, WebSocket&, const E&>;
            static_assert(std::is_void_v<R> || std::is_same_v<R, Task<>>,
                          "fastapi: an exception handler for WebSocket routes returns nothing: it closes the socket");
            return std::is_void_v<R> || std::is_same_v<R, Task<>>;
        } else {
            return false;
        }
    }
}

template <class E, class F>
Owned<ExceptionEntry> make_exception_handler(F&& function) {
    using V = std::decay_t<F>;
    if constexpr (check_exception_handler<E, V>()) {
        return Owned<ExceptionEntry>(new ExceptionHandler<E, V>(std::forward<F>(function)));
    } else {
        return {};
    }
}

} // namespace detail

} // namespace fastapi
