#pragma once

// Background tasks: work that is done when the answer was sent (wire.md 18).

#include <functional>
#include <type_traits>
#include <utility>

#include "fastapi/async/task.hpp"

namespace fastapi {

class Response;

namespace detail {

// One task. A program without tasks holds none of the code behind the pointers.
struct BackgroundWork {
    BackgroundWork* next = nullptr;
    void (*run)(BackgroundWork* self) = nullptr; // throws what the task throws
    void (*dispose)(BackgroundWork* self) = nullptr;
};
template <class Call>
struct BoundWork : BackgroundWork {
    explicit BoundWork(Call made) : call(std::move(made)) {
        run = [](BackgroundWork* self) {
            auto& bound = static_cast<BoundWork*>(self)->call;
            if constexpr (is_task<decltype(bound())>) {
                run_until_complete(bound());
            } else {
                bound();
            }
        };
        dispose = [](BackgroundWork* self) { delete static_cast<BoundWork*>(self); };
    }
    Call call;
};

} // namespace detail

// What a handler or a dependency takes as BackgroundTasks&, to have things done behind its answer.
//   app.post("/notify", [](BackgroundTasks& tasks, Query<std::string, "email"> email) { tasks.add_task(send_mail, *email, "Hello"); });
class BackgroundTasks {
  public:
    BackgroundTasks() = default;
    BackgroundTasks(BackgroundTasks&& other) noexcept { swap(other); }
    BackgroundTasks& operator=(BackgroundTasks&& other) noexcept {
        swap(other);
        return *this;
    }
    BackgroundTasks(const BackgroundTasks&) = delete;
    BackgroundTasks& operator=(const BackgroundTasks&) = delete;
    ~BackgroundTasks() {
        while (first_) {
            detail::BackgroundWork* work = std::exchange(first_, first_->next);
            work->dispose(work);
        }
    }

    // Calls function(arguments…), which are copied or moved here, when the answer was sent; one after the other, in the order in
    // which they were added, on a thread of their own. A function that returns a Task is run to its end. What one throws is
    // written to the log, and ends the list. std::ref(object) passes a reference, to what must live on.
    template <class F, class... A>
    void add_task(F&& function, A&&... arguments) {
        static_assert(std::is_invocable_v<std::decay_t<F>, std::decay_t<A>...>,
                      "fastapi: add_task(function, arguments...): the function cannot be called with copies of these arguments; one that "
                      "takes a reference to something that lives on is given std::ref(object)");
        if constexpr (std::is_invocable_v<std::decay_t<F>, std::decay_t<A>...>) {
            auto call = [f = std::decay_t<F>(std::forward<F>(function)), ... a = std::decay_t<A>(std::forward<A>(arguments))]() mutable {
                return std::invoke(std::move(f), std::move(a)...);
            };
            add(new detail::BoundWork<decltype(call)>(std::move(call)));
        }
    }
    [[nodiscard]] bool empty() const { return !first_; }

    // For the framework: takes the tasks of another list, behind its own; takes the first one out.
    void join(BackgroundTasks& other) {
        while (detail::BackgroundWork* work = other.take()) add(work);
    }
    detail::BackgroundWork* take() {
        detail::BackgroundWork* work = first_;
        if (work) first_ = std::exchange(work->next, nullptr);
        return work;
    }

  private:
    void add(detail::BackgroundWork* work) {
        detail::BackgroundWork** end = &first_;
        while (*end) end = &(*end)->next;
        *end = work;
    }
    void swap(BackgroundTasks& other) noexcept { std::swap(first_, other.first_); }
    detail::BackgroundWork* first_ = nullptr;
};

namespace detail {

// The tasks of an answer, made when the first one is added; they stay in their place. What a program without tasks does not
// need is behind pointers.
class TaskSlot {
  public:
    TaskSlot() = default;
    TaskSlot(TaskSlot&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    TaskSlot& operator=(TaskSlot&& other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    TaskSlot(const TaskSlot&) = delete;
    TaskSlot& operator=(const TaskSlot&) = delete;
    ~TaskSlot() {
        if (held_) held_->dispose(held_);
    }
    // response.background = background_task(write_log, "…"); replaces what is there.
    template <class Tasks>
        requires std::is_same_v<Tasks, BackgroundTasks>
    TaskSlot& operator=(Tasks&& tasks) {
        get() = std::move(tasks);
        return *this;
    }
    template <class F, class... A>
    void add_task(F&& function, A&&... arguments) {
        get().add_task(std::forward<F>(function), std::forward<A>(arguments)...);
    }
    [[nodiscard]] explicit operator bool() const { return held_ != nullptr; }
    inline BackgroundTasks& get();
    // Has them run when the response was sent.
    void attach(Response& response) { held_->attach(*this, response); }
    // Those of another behind these.
    void join(TaskSlot&& other) {
        if (!other.held_) return;
        if (held_) {
            other.held_->move_to(other.held_, held_);
        } else {
            std::swap(held_, other.held_);
        }
    }

  private:
    struct Held {
        void (*dispose)(Held* self);
        void (*attach)(TaskSlot& slot, Response& response);
        void (*move_to)(Held* self, Held* other);
    };
    struct HeldTasks;
    Held* held_ = nullptr;
};
void attach_background(TaskSlot& slot, Response& response);
struct TaskSlot::HeldTasks : Held {
    BackgroundTasks tasks;
};
inline BackgroundTasks& TaskSlot::get() {
    if (!held_) {
        auto made = new HeldTasks;
        made->dispose = [](Held* self) { delete static_cast<HeldTasks*>(self); };
        made->attach = &attach_background;
        made->move_to = [](Held* self, Held* other) { static_cast<HeldTasks*>(other)->tasks.join(static_cast<HeldTasks*>(self)->tasks); };
        held_ = made;
    }
    return static_cast<HeldTasks*>(held_)->tasks;
}

} // namespace detail

// A task for a response of one's own: response.background = background_task(write_log, text).
template <class F, class... A>
BackgroundTasks background_task(F&& function, A&&... arguments) {
    BackgroundTasks tasks;
    tasks.add_task(std::forward<F>(function), std::forward<A>(arguments)...);
    return tasks;
}

} // namespace fastapi
