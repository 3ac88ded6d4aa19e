#pragma once

// Task<T>: what a coroutine returns that is a handler, or that a handler waits for. While it waits it holds no thread.
//
//   Task<User> load_user(int id) { co_await sleep(10ms); co_return User{…}; }
//   app.get("/users/{id}", [](int id) -> Task<User> { co_return co_await load_user(id); });
//
// A Task begins when it is awaited; one that is destroyed before its end is cancelled: what it holds is destroyed, and what
// it waits for is forgotten. (g++ before 14 miscompiles structs and lambdas with captures that are made on the spot inside
// a co_await or co_yield expression: give them a name first.) Arguments of a coroutine that are references must outlive it: the arguments of a handler do.

#include <chrono>
#include <coroutine>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "fastapi/async/operation.hpp"

namespace fastapi {

template <class T = void>
class Task;

namespace detail {

struct TaskPromiseBase {
    std::coroutine_handle<> continuation;
    std::exception_ptr error;

    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
            auto next = ended.promise().continuation;
            return next ? next : std::noop_coroutine();
        }
        void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void unhandled_exception() { error = std::current_exception(); }
};

template <class T>
struct TaskPromise : TaskPromiseBase {
    std::optional<T> value;
    Task<T> get_return_object();
    template <class U>
        requires std::is_convertible_v<U&&, T>
    void return_value(U&& result) {
        value.emplace(std::forward<U>(result));
    }
    T result() {
        if (error) std::rethrow_exception(error);
        return std::move(*value);
    }
};
template <>
struct TaskPromise<void> : TaskPromiseBase {
    Task<void> get_return_object();
    void return_void() {}
    void result() const {
        if (error) std::rethrow_exception(error);
    }
};

// The handle of a coroutine, destroyed with this.
template <class Promise>
class OwnedCoroutine {
  public:
    OwnedCoroutine() = default;
    explicit OwnedCoroutine(std::coroutine_handle<Promise> handle) : handle_(handle) {}
    OwnedCoroutine(OwnedCoroutine&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    OwnedCoroutine& operator=(OwnedCoroutine&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~OwnedCoroutine() {
        if (handle_) handle_.destroy();
    }
    [[nodiscard]] std::coroutine_handle<Promise> get() const { return handle_; }
    [[nodiscard]] bool done() const { return !handle_ || handle_.done(); }
    [[nodiscard]] Promise& promise() const { return handle_.promise(); }

  private:
    std::coroutine_handle<Promise> handle_;
};

} // namespace detail

template <class T>
class [[nodiscard("a Task does nothing before it is awaited")]] Task {
  public:
    using promise_type = detail::TaskPromise<T>;
    using value_type = T;
    Task() = default;

    struct Awaiter {
        std::coroutine_handle<promise_type> awaited;
        bool await_ready() const noexcept { return awaited.done(); }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
            awaited.promise().continuation = waiting;
            return awaited;
        }
        T await_resume() { return awaited.promise().result(); }
    };
    Awaiter operator co_await() && noexcept { return Awaiter{coroutine_.get()}; }
    Awaiter operator co_await() & noexcept { return Awaiter{coroutine_.get()}; }

    [[nodiscard]] bool done() const { return coroutine_.done(); }
    // What a Task that is done gave; throws what it threw.
    T result() { return coroutine_.promise().result(); }
    // Begins it, in an operation.
    void start(detail::Operation& operation) { operation.resume(coroutine_.get()); }

  private:
    friend promise_type;
    explicit Task(std::coroutine_handle<promise_type> handle) : coroutine_(handle) {}
    detail::OwnedCoroutine<promise_type> coroutine_;
};

namespace detail {
template <class T>
Task<T> TaskPromise<T>::get_return_object() {
    return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() { return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this)); }

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;

struct SleepAwaiter {
    std::int64_t milliseconds;
    Sleeper sleeper;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        sleeper.coroutine = waiting;
        sleeper.due = steady_milliseconds() + (milliseconds < 0 ? 0 : milliseconds);
        Operation::current().sleep(sleeper);
    }
    void await_resume() const noexcept {}
};

template <class F, class R>
struct FunctionJob final : ThreadJob {
    explicit FunctionJob(F&& function_to_run) : function(std::move(function_to_run)) {}
    F function;
    std::conditional_t<std::is_void_v<R>, bool, std::optional<R>> value{};
    std::exception_ptr error;
    void work() noexcept override {
        try {
            if constexpr (std::is_void_v<R>) {
                function();
            } else {
                value.emplace(function());
            }
        } catch (...) {
            error = std::current_exception();
        }
    }
};

template <class F, class R>
class ThreadAwaiter {
  public:
    explicit ThreadAwaiter(F&& function) : job_(new FunctionJob<F, R>(std::move(function))) {}
    ThreadAwaiter(const ThreadAwaiter&) = delete;
    ThreadAwaiter& operator=(const ThreadAwaiter&) = delete;
    ~ThreadAwaiter() { job_->drop(); }
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) { job_->start(Operation::current(), waiting); }
    R await_resume() {
        if (job_->error) std::rethrow_exception(job_->error);
        if constexpr (!std::is_void_v<R>) return std::move(*job_->value);
    }

  private:
    FunctionJob<F, R>* job_;
};

// A coroutine that nobody awaits: it tells a counter when its task has ended.
struct Part {
    struct promise_type {
        Part get_return_object() { return Part{OwnedCoroutine(std::coroutine_handle<promise_type>::from_promise(*this))}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); } // run_part catches
    };
    OwnedCoroutine<promise_type> coroutine;
};
struct PartsLeft {
    std::size_t count;
    std::coroutine_handle<> waiting;
    OperationLink* link;
};
template <class T>
Part run_part(Task<T>& task, PartsLeft& left) {
    struct Wait { // awaits without taking the result, which may be an exception
        std::coroutine_handle<TaskPromise<T>> awaited;
        bool await_ready() const noexcept { return awaited.done(); }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
            awaited.promise().continuation = waiting;
            return awaited;
        }
        void await_resume() const noexcept {}
    };
    co_await Wait{(task.operator co_await()).awaited};
    if (--left.count == 0) left.link->ready(left.waiting);
}

struct NoValue {}; // of a Task<void>
template <class T>
using GatheredType = std::conditional_t<std::is_void_v<T>, NoValue, T>;

template <class... T>
class GatherAwaiter {
  public:
    explicit GatherAwaiter(Task<T>&&... tasks) : tasks_(std::move(tasks)...) {}
    [[nodiscard]] bool await_ready() const noexcept { return sizeof...(T) == 0; }
    void await_suspend(std::coroutine_handle<> waiting) {
        Operation& operation = Operation::current();
        left_ = {sizeof...(T), waiting, &operation.link()};
        begin(operation, std::index_sequence_for<T...>{});
    }
    std::tuple<GatheredType<T>...> await_resume() { return take(std::index_sequence_for<T...>{}); }

  private:
    template <std::size_t... I>
    void begin(Operation& operation, std::index_sequence<I...>) {
        ((parts_[I] = run_part(std::get<I>(tasks_), left_)), ...);
        (operation.resume(parts_[I].coroutine.get()), ...);
    }
    template <class U>
    static GatheredType<U> take_one(Task<U>& task) {
        if constexpr (std::is_void_v<U>) {
            task.result();
            return {};
        } else {
            return task.result();
        }
    }
    template <std::size_t... I>
    std::tuple<GatheredType<T>...> take(std::index_sequence<I...>) {
        return std::tuple<GatheredType<T>...>{take_one(std::get<I>(tasks_))...};
    }
    std::tuple<Task<T>...> tasks_;
    Part parts_[sizeof...(T) + 1];
    PartsLeft left_{};
};

} // namespace detail

// co_await sleep(20ms): goes on after that time, to the millisecond.
template <class Rep, class Period>
detail::SleepAwaiter sleep(std::chrono::duration<Rep, Period> duration) {
    return {std::chrono::ceil<std::chrono::milliseconds>(duration).count(), {}};
}

// co_await run_in_thread([&] { return read_file(path); }): runs what blocks on a thread of its own, and gives what it
// returns or throws. When the Task is cancelled meanwhile, the thread ends its work and the result is dropped; the function
// must not use what the Task owns then (capture by value).
template <class F>
auto run_in_thread(F&& function) {
    using V = std::decay_t<F>;
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
    static_assert(std::is_lvalue_reference_v<F> || std::is_trivially_copyable_v<V>,
                  "fastapi: this g++ miscompiles a lambda with captures that is made on the spot inside co_await; name it first: "
                  "auto work = [text] { ... }; co_await run_in_thread(work);");
#endif
    V copy(std::forward<F>(function));
    return detail::ThreadAwaiter<V, std::invoke_result_t<V&>>(std::move(copy));
}

// auto [a, b] = co_await gather(load_a(), load_b()): runs several Tasks side by side. The first exception, in the order of the
// arguments, is thrown when all have ended. The place of a Task<void> holds nothing.
template <class... T>
detail::GatherAwaiter<T...> gather(Task<T>... tasks) {
    return detail::GatherAwaiter<T...>(std::move(tasks)...);
}

// Runs a Task on this thread until it has ended; for main, tests and plain code. Returns or throws what it does.
template <class T>
T run_until_complete(Task<T> task) {
    detail::Operation operation;
    task.start(operation);
    detail::run_until(operation, [](void* running) { return static_cast<Task<T>*>(running)->done(); }, &task);
    return task.result();
}

} // namespace fastapi
