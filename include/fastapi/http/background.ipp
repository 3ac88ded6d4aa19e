#pragma once

// Background tasks at work: on threads of their own, when the answer was sent, before the dependencies are torn down.

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <string>

#include "fastapi/async/operation.ipp"
#include "fastapi/http/background.hpp"
#include "fastapi/http/stream.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// How many answers have tasks that have not ended, for a server that stops.
struct BackgroundCount {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
    std::size_t running = 0;
    static BackgroundCount& shared() {
        // Never deleted: the threads may outlive main. A process that is forked has none of them.
        static BackgroundCount* count = (::pthread_atfork(nullptr, nullptr, [] { count = new BackgroundCount; }), new BackgroundCount);
        return *count;
    }
    void add(int by) {
        ::pthread_mutex_lock(&mutex);
        running += static_cast<std::size_t>(by);
        ::pthread_cond_broadcast(&changed);
        ::pthread_mutex_unlock(&mutex);
    }
    // Waits until all have ended, or so long.
    void wait(int milliseconds) {
        timespec until{};
        ::clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += milliseconds / 1000;
        until.tv_nsec += milliseconds % 1000 * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            ++until.tv_sec;
            until.tv_nsec -= 1000000000L;
        }
        ::pthread_mutex_lock(&mutex);
        while (running > 0 && ::pthread_cond_timedwait(&changed, &mutex, &until) != ETIMEDOUT) {}
        if (running > 0) std::fputs("WARNING:  Background tasks did not end in time; they are ended\n", stderr);
        ::pthread_mutex_unlock(&mutex);
    }
};

// Waits for the tasks in flight when a server stops; null as long as there were none.
inline std::atomic<void (*)(int milliseconds)> wait_for_background{nullptr};

FASTAPI_COLD std::string what_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& exception) {
        return exception.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

// What comes behind an answer that has tasks: they, then what would come without them.
struct BackgroundRun : Afterwards {
    TaskSlot slot; // a stream may add to it until its end
    Disposed<Afterwards> rest;
    bool done = false;

    // Runs the tasks. Returns what one of them threw.
    std::exception_ptr run() {
        std::exception_ptr error;
        while (BackgroundWork* work = error ? nullptr : slot.get().take()) {
            try {
                work->run(work);
            } catch (...) {
                error = std::current_exception();
            }
            work->dispose(work);
        }
        if (!error) return error;
        std::string line = concat({"ERROR:    Exception in a background task: ", what_of(error), "\n"});
        std::fputs(line.c_str(), stderr);
        return error;
    }
    void finish(std::exception_ptr error, std::exception_ptr* thrown) {
        if (!error) {
            error = run();
            if (error && thrown) *thrown = error;
        }
        if (rest) rest->conclude(rest.get(), error, thrown);
        slot = {};
        rest = {};
        done = true;
    }
    static void conclude_now(Afterwards* self, std::exception_ptr error, std::exception_ptr* thrown) {
        static_cast<BackgroundRun*>(self)->finish(std::move(error), thrown);
    }
    static void* finish_and_delete(void* argument) {
        auto self = static_cast<BackgroundRun*>(argument);
        self->finish(nullptr, nullptr);
        delete self;
        BackgroundCount::shared().add(-1);
        return nullptr;
    }
    static void dispose_later(Afterwards* given) {
        auto self = static_cast<BackgroundRun*>(given);
        if (self->done || self->slot.get().empty()) {
            delete self;
            return;
        }
        BackgroundCount::shared().add(1);
        wait_for_background = +[](int milliseconds) { BackgroundCount::shared().wait(milliseconds); };
        if (self->rest && !self->rest->owns_request) { // it refers to the request, which is gone soon
            finish_and_delete(self);
        } else {
            JobThreads::shared().add(&finish_and_delete, self);
        }
    }
};

FASTAPI_COLD void attach_background(TaskSlot& slot, Response& response) {
    Disposed<Afterwards>& place = response.stream ? response.stream->afterwards : response.afterwards;
    auto made = new BackgroundRun;
    made->dispose = &BackgroundRun::dispose_later;
    made->conclude = &BackgroundRun::conclude_now;
    made->owns_request = true;
    made->slot = std::move(slot);
    made->rest = std::move(place);
    place = Disposed<Afterwards>(made);
}

} // namespace fastapi::detail
