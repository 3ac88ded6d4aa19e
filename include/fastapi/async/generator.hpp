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

        Generator get_return_object() { return Generator(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        // The value lives in the coroutine until it goes on.
        std::suspend_always yield_value(std::remove_reference_t<T>& value) noexcept {
            current = std::addressof(value);
            return {};
        }
        template <class U = std::remove_reference_t<T>>
            requires(!std::is_lvalue_reference_v<U> && std::is_same_v<std::remove_const_t<U>, std::remove_cvref_t<T>>)
        std::suspend_always yield_value(U&& value) noexcept {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
            // g++ 12 copies such a temporary byte by byte into the coroutine and destroys both.
            static_assert(!std::is_aggregate_v<U>,
                          "fastapi: this g++ miscompiles co_yield of a struct that is made on the spot; name it first: "
                          "Item item{...}; co_yield item;");
#endif
            current = std::addressof(value);
            return {};
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
    // Throws what ended it.
    void rethrow() const {
        if (coroutine_.get() && coroutine_.promise().error) std::rethrow_exception(coroutine_.promise().error);
    }

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
