#pragma once

#include <cstdio>
#include <mutex>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/app/lifespan.hpp"
#include "fastapi/async/operation.ipp"
#include "fastapi/http/background.ipp"
#include "fastapi/routing/depends.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// The order is FastAPI's (wire.md 18): lifespans of the application, start-up functions of all, lifespans of routers; and back.
template <class Nothing>
struct RunningLife : Life {
    explicit RunningLife(FastAPI& of) : app(of) {}
    RunningLife(const RunningLife&) = delete;
    RunningLife& operator=(const RunningLife&) = delete;
    ~RunningLife() {
        for (auto& lifespan : entered) delete lifespan;
    }
    FastAPI& app;
    List<Shared<LifeStep>> lifespans; // of the application: round everything
    List<Shared<LifeStep>> events;    // what is called at the start and at the end, of the application and its routers
    List<Shared<LifeStep>> inner;     // the lifespans of routers
    List<Lifespan*> entered;          // those at their co_yield
    List<State> given;                // what they yielded
    std::mutex mutex;
    int starts = 0;

    // Lets a lifespan go on until it yields or ends.
    [[gnu::cold]] static void advance(Lifespan& lifespan) {
        struct Waiting {
            Lifespan& lifespan;
        } waiting{lifespan};
        Operation operation;
        lifespan.advance(operation);
        run_until(operation, [](void* argument) {
            Lifespan& one = static_cast<Waiting*>(argument)->lifespan;
            return one.done() || one.value() != nullptr;
        }, &waiting);
        lifespan.rethrow();
    }
    template <class T>
    [[gnu::cold]] static void end_task(Task<T> task) {
        run_until_complete(std::move(task));
    }
    [[gnu::cold]] void enter(LifeStep& step) {
        Owned<Lifespan> lifespan(new Lifespan(step.enter(&step, app)));
        advance(*lifespan);
        if (lifespan->done()) throw FastAPIError("fastapi: the lifespan of the application ended without a co_yield");
        given.push_back(*lifespan->value()).inherit(nullptr);
        entered.push_back(lifespan.release());
    }
    [[gnu::cold]] void call_events(LifeStep::Kind kind, std::exception_ptr* error) {
        for (Shared<LifeStep>& step : events) {
            if (step->kind != kind) continue;
            if (!error) {
                end_task(step->call(step.get(), app));
                continue;
            }
            try {
                end_task(step->call(step.get(), app));
            } catch (...) {
                if (!*error) *error = std::current_exception();
            }
        }
    }
    // Ends what was entered behind the first `keep`, the last first. Keeps the first exception.
    [[gnu::cold]] void leave(std::size_t keep, std::exception_ptr& error) {
        while (entered.size() > keep) {
            Owned<Lifespan> last(entered.back());
            entered.pop_back();
            try {
                advance(*last);
                if (!last->done()) throw FastAPIError("fastapi: the lifespan of the application has a second co_yield");
            } catch (...) {
                if (!error) error = std::current_exception();
            }
        }
        if (keep > 0) return;
        running = false;
        state = {};
        given.clear();
    }
    [[gnu::cold]] void start_all() {
        std::lock_guard lock(mutex);
        if (starts > 0) {
            ++starts;
            return;
        }
        try {
            for (Shared<LifeStep>& step : lifespans) enter(*step);
            call_events(LifeStep::Kind::startup, nullptr);
            for (Shared<LifeStep>& step : inner) enter(*step);
        } catch (...) {
            std::exception_ptr error = std::current_exception();
            leave(0, error);
            std::rethrow_exception(error);
        }
        for (std::size_t i = given.size(); i-- > 0;) state.adopt(given[i]); // of two under one key that of the outer one
        starts = 1;
        running = true;
    }
    [[gnu::cold]] void stop_all() {
        std::lock_guard lock(mutex);
        if (starts == 0 || --starts > 0) return;
        std::exception_ptr error;
        if (entered.size() > lifespans.size()) leave(lifespans.size(), error);
        call_events(LifeStep::Kind::shutdown, &error);
        leave(0, error);
        if (error) std::rethrow_exception(error);
    }
};

} // namespace detail

template <int Form>
[[gnu::cold]] void FastAPI::add_life(const detail::Shared<detail::LifeStep>& step, bool of_router) {
    using RunningLife = detail::RunningLife<std::conditional_t<Form == 0, void, int>>;
    if (!life_) {
        auto made = new RunningLife(*this);
        made->dispose = [](detail::Life* self) { delete static_cast<RunningLife*>(self); };
        made->start = [](detail::Life& self) { static_cast<RunningLife&>(self).start_all(); };
        made->stop = [](detail::Life& self) { static_cast<RunningLife&>(self).stop_all(); };
        made->run = [](detail::Life& self, bool start) {
            try {
                (start ? self.start : self.stop)(self);
                return true;
            } catch (...) {
                std::string line = detail::concat({"ERROR:    Application ", start ? "startup" : "shutdown", " failed: ",
                                                   detail::what_of(std::current_exception()), "\n"});
                std::fputs(line.c_str(), stderr);
                return false;
            }
        };
        life_ = detail::Disposed<detail::Life>(made);
    }
    auto& life = static_cast<RunningLife&>(*life_);
    (step->kind != detail::LifeStep::Kind::lifespan ? life.events : of_router ? life.inner : life.lifespans).push_back(step);
}
#if defined(FASTAPI_IMPLEMENTATION)
template void FastAPI::add_life<0>(const detail::Shared<detail::LifeStep>&, bool);
#endif

} // namespace fastapi
