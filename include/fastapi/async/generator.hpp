#pragma once

// Generator<T>: what a coroutine returns that gives one value after the other with co_yield. It may co_await between them. As the
// return type of a handler it streams: items as JSON Lines, ServerSentEvent as an event stream, see http/stream.hpp.
//
// g++ before 14 miscompiles structs made on the spot inside co_yield and co_await expressions: give them a name first.

#include <coroutine>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include "fastapi/async/task.hpp"

namespace fastapi {

template <class T>
class [[nodiscard]] Generator {
  public:
    using value_type = std::remove_cvref_t<T>;

    struct promise_type {
        std::remove_reference_t<T>* current = nullptr;
        std::exception_ptr error;
        std::exception_ptr thrown;           // what its co_yield is to throw when it goes on
        std::coroutine_handle<> waiting = {}; // goes on at the next value or the end

        Generator get_return_object() { return Generator(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        struct HandOver {
            promise_type* promise;
            [[nodiscard]] bool await_ready() const noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<>) const noexcept {
                std::coroutine_handle<> next = std::exchange(promise->waiting, {});
                return next ? next : std::noop_coroutine();
            }
            void await_resume() const {
                if (promise->thrown) std::rethrow_exception(std::exchange(promise->thrown, nullptr));
            }
        };
        struct End : HandOver {
            void await_resume() const noexcept {}
        };
        End final_suspend() noexcept { return {{this}}; }
        // The value lives in the coroutine until it goes on.
        HandOver yield_value(std::remove_reference_t<T>& value) noexcept {
            current = std::addressof(value);
            return {this};
        }
        template <class U = std::remove_reference_t<T>>
            requires(!std::is_lvalue_reference_v<U> && std::is_same_v<std::remove_const_t<U>, std::remove_cvref_t<T>>)
        HandOver yield_value(U&& value) noexcept {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
            // g++ 12 copies such a temporary byte by byte into the coroutine and destroys both.
            static_assert(!std::is_aggregate_v<U>,
                          "fastapi: this g++ miscompiles co_yield of a struct that is made on the spot; name it first: "
                          "Item item{...}; co_yield item;");
#endif
            current = std::addressof(value);
            return {this};
        }
        template <class U>
            requires(std::is_convertible_v<U, std::remove_cvref_t<T>> && !std::is_base_of_v<std::remove_cvref_t<T>, std::remove_cvref_t<U>> &&
                     !std::is_same_v<std::remove_cvref_t<U>, std::remove_cvref_t<T>>)
        HandOver yield_value(U&&) noexcept {
            static_assert(sizeof(U) == 0, "fastapi: co_yield hands over the very type of the Generator, which lives in the coroutine: write "
                                          "co_yield std::string(\"text\") in a Generator<std::string>");
            return {this};
        }
        void return_void() {}
        void unhandled_exception() { error = std::current_exception(); }
    };

    Generator() = default;

    // Goes on until there is a value, the end, or something to wait for.
    void advance(detail::Operation& operation) {
        coroutine_.promise().current = nullptr;
        operation.resume(coroutine_.get());
    }
    [[nodiscard]] bool done() const { return coroutine_.done(); }
    // The value that was yielded last, if it has not gone on since.
    [[nodiscard]] std::remove_reference_t<T>* value() const { return done() ? nullptr : coroutine_.promise().current; }
    // What ended it, if it was an exception.
    [[nodiscard]] std::exception_ptr error() const { return coroutine_.get() ? coroutine_.promise().error : nullptr; }
    // Throws it.
    void rethrow() const {
        if (coroutine_.get() && coroutine_.promise().error) std::rethrow_exception(coroutine_.promise().error);
    }
    // For another coroutine: what is to be resumed; at the next value or the end `waiting` goes on.
    std::coroutine_handle<> resume_for(std::coroutine_handle<> waiting) {
        coroutine_.promise().current = nullptr;
        coroutine_.promise().waiting = waiting;
        return coroutine_.get();
    }
    // What the co_yield where it stands is to throw when it goes on.
    void throw_in(std::exception_ptr thrown) { coroutine_.promise().thrown = std::move(thrown); }

  private:
    explicit Generator(std::coroutine_handle<promise_type> handle) : coroutine_(handle) {}
    detail::OwnedCoroutine<promise_type> coroutine_;
};

// A generator whose items are the data of server-sent events, one each: as the return type of a handler.
template <class T>
class [[nodiscard]] EventSource : public Generator<T> {
  public:
    EventSource() = default;
    EventSource(Generator<T>&& items) : Generator<T>(std::move(items)) {}
};

namespace detail {
template <class T>
inline constexpr bool is_generator = false;
template <class T>
inline constexpr bool is_generator<Generator<T>> = true;
template <class T>
inline constexpr bool is_generator<EventSource<T>> = true;
template <class T>
inline constexpr bool is_event_source = false;
template <class T>
inline constexpr bool is_event_source<EventSource<T>> = true;
} // namespace detail

} // namespace fastapi
