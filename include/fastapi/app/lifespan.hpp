#pragma once

// The life of an application: what is done before the first request and behind the last one (wire.md 18).

#include <type_traits>
#include <utility>

#include "fastapi/async/generator.hpp"
#include "fastapi/async/task.hpp"
#include "fastapi/http/state.hpp"
#include "fastapi/meta/owned.hpp"
#include "fastapi/meta/shared.hpp"

namespace fastapi {

class FastAPI;

// What the function of app.lifespan() returns: it yields once, a State for the requests or nothing.
using Lifespan = Generator<State>;

namespace detail {

// A part of it, as the user gave it; one of a router belongs to each inclusion.
struct LifeStep : Counted {
    enum class Kind : unsigned char { lifespan, startup, shutdown } kind = Kind::lifespan;
    Lifespan (*enter)(LifeStep* self, FastAPI& app) = nullptr;
    Task<void> (*call)(LifeStep* self, FastAPI& app) = nullptr;
};
template <class F>
struct LifeStepOf : LifeStep {
    explicit LifeStepOf(F given) : function(std::move(given)) {
        dispose = [](Counted* self) { delete static_cast<LifeStepOf*>(self); };
    }
    F function; // a coroutine may refer to what it captured
    decltype(auto) operator()([[maybe_unused]] FastAPI& app) {
        if constexpr (std::is_invocable_v<F&, FastAPI&>) {
            return function(app);
        } else {
            return function();
        }
    }
};

template <class F>
Shared<LifeStep> make_life_step(F&& function) {
    using V = std::decay_t<F>;
    using Step = LifeStepOf<V>;
    constexpr bool good = requires(V& f, FastAPI& app) { { f(app) } -> std::same_as<Lifespan>; } || requires(V& f) { { f() } -> std::same_as<Lifespan>; };
    static_assert(good, "fastapi: app.lifespan takes a coroutine: [](FastAPI& app) -> Lifespan { …; co_yield {}; … }");
    if constexpr (good) {
        auto made = new Step(std::forward<F>(function));
        made->enter = [](LifeStep* self, FastAPI& app) { return (*static_cast<Step*>(self))(app); };
        return Shared<LifeStep>(made);
    } else {
        return {};
    }
}

template <class Step>
Task<void> call_event(Step& step, FastAPI& app) {
    if constexpr (is_task<decltype(step(app))>) {
        co_await step(app);
    } else {
        step(app);
        co_return;
    }
}
template <bool Start, class F>
Shared<LifeStep> make_event_step(F&& function) {
    using V = std::decay_t<F>;
    using Step = LifeStepOf<V>;
    constexpr bool good = std::is_invocable_v<V&, FastAPI&> || std::is_invocable_v<V&>;
    static_assert(good, "fastapi: on_startup and on_shutdown take a function without parameters, or one that takes FastAPI&");
    if constexpr (good) {
        auto made = new Step(std::forward<F>(function));
        made->kind = Start ? LifeStep::Kind::startup : LifeStep::Kind::shutdown;
        made->call = [](LifeStep* self, FastAPI& app) { return call_event(*static_cast<Step*>(self), app); };
        return Shared<LifeStep>(made);
    } else {
        return {};
    }
}

// The option .lifespan of an application or a router (Owner), a function as lifespan() of that takes it. The code that runs it is reached
// through a pointer, so that a program without holds none of it.
template <class Owner>
class LifespanOption {
  public:
    LifespanOption() = default;
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, LifespanOption>)
    LifespanOption(F&& function) // NOLINT: implicit on purpose
        : step_(make_life_step(std::forward<F>(function))), add_([](Owner& owner, const Shared<LifeStep>& step) { owner.template add_life<0>(step); }) {}
    void give_to(Owner& owner) const {
        if (add_) add_(owner, step_);
    }
    explicit operator bool() const { return add_ != nullptr; }

  private:
    Shared<LifeStep> step_;
    void (*add_)(Owner& owner, const Shared<LifeStep>& step) = nullptr;
};

// All of it. The code is behind pointers, so that an application without holds none of it.
struct Life {
    void (*dispose)(Life* self) = nullptr;
    void (*start)(Life& self) = nullptr; // throws what a part throws, when the parts before it were ended
    void (*stop)(Life& self) = nullptr;  // throws what the first part to fail throws, when all were ended
    // The same for a server: what is thrown is written to stderr. Returns whether nothing was.
    bool (*run)(Life& self, bool start) = nullptr;
    State state;                         // what was yielded
    bool running = false;
};

} // namespace detail

} // namespace fastapi
