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

template <class Nothing>
struct RunningLife : Life {
    explicit RunningLife(FastAPI& of) : app(of) {}
    RunningLife(const RunningLife&) = delete;
    RunningLife& operator=(const RunningLife&) = delete;
    ~RunningLife() {
        for (auto& lifespan : entered) delete lifespan;
        while (first) {
            LifeStep* step = std::exchange(first, first->next);
            step->dispose(step);
        }
    }
    FastAPI& app;
    LifeStep* first = nullptr;
    List<Lifespan*> entered; // those at their co_yield
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
        State given = *lifespan->value();
        given.inherit(nullptr);
        state.adopt(given);
        entered.push_back(lifespan.release());
    }
    // Ends what has begun, the last first. Keeps the first exception.
    [[gnu::cold]] void leave(std::exception_ptr& error) {
        while (!entered.empty()) {
            Owned<Lifespan> last(entered.back());
            entered.pop_back();
            try {
                advance(*last);
                if (!last->done()) throw FastAPIError("fastapi: the lifespan of the application has a second co_yield");
            } catch (...) {
                if (!error) error = std::current_exception();
            }
        }
        state = {};
    }
    [[gnu::cold]] void start_all() {
        std::lock_guard lock(mutex);
        if (starts > 0) {
            ++starts;
            return;
        }
        try {
            for (LifeStep* step = first; step; step = step->next)
                if (step->kind == LifeStep::Kind::lifespan) enter(*step);
            for (LifeStep* step = first; step; step = step->next)
                if (step->kind == LifeStep::Kind::startup) end_task(step->call(step, app));
        } catch (...) {
            std::exception_ptr error = std::current_exception();
            leave(error);
            std::rethrow_exception(error);
        }
        starts = 1;
    }
    [[gnu::cold]] void stop_all() {
        std::lock_guard lock(mutex);
        if (starts == 0 || --starts > 0) return;
        std::exception_ptr error;
        for (LifeStep* step = first; step; step = step->next) {
            if (step->kind != LifeStep::Kind::shutdown) continue;
            try {
                end_task(step->call(step, app));
            } catch (...) {
                if (!error) error = std::current_exception();
            }
        }
        leave(error);
        if (error) std::rethrow_exception(error);
    }
};

} // namespace detail

template <int Form>
[[gnu::cold]] void FastAPI::add_life(detail::LifeStep* step) {
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
    detail::LifeStep** end = &static_cast<RunningLife&>(*life_).first;
    while (*end) end = &(*end)->next;
    *end = step;
}
#if defined(FASTAPI_IMPLEMENTATION)
template void FastAPI::add_life<0>(detail::LifeStep*);
#endif

} // namespace fastapi
