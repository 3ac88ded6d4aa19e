#pragma once

#include <pthread.h>

#include <cerrno>
#include <climits>
#include <ctime>
#include <stdexcept>
#include <utility>

#include <poll.h>

#include "fastapi/async/operation.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_INLINE std::int64_t steady_milliseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
}
FASTAPI_COLD std::int64_t steady_microseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000;
}

FASTAPI_INLINE void OperationLink::ready(std::coroutine_handle<> coroutine) {
    std::lock_guard lock(mutex_);
    if (!operation_) return;
    ready_.push_back(coroutine);
    if (operation_->notify_) operation_->notify_(operation_->notify_argument_);
}
FASTAPI_INLINE void OperationLink::add_reference() {
    std::lock_guard lock(mutex_);
    ++references_;
}
FASTAPI_INLINE void OperationLink::drop_reference() {
    bool last = false;
    {
        std::lock_guard lock(mutex_);
        last = --references_ == 0;
    }
    if (last) delete this;
}

FASTAPI_INLINE void Sleeper::leave() {
    if (!link) return;
    *link = next;
    if (next) next->link = link;
    link = nullptr;
}

FASTAPI_INLINE Operation::Operation() : link_(new OperationLink) { link_->operation_ = this; }
FASTAPI_INLINE Operation::~Operation() {
    {
        std::lock_guard lock(link_->mutex_);
        link_->operation_ = nullptr;
        link_->ready_.clear();
    }
    while (sleepers_) sleepers_->leave();
    link_->drop_reference();
}

FASTAPI_INLINE Operation*& Operation::current_pointer() {
    thread_local Operation* operation = nullptr;
    return operation;
}
FASTAPI_INLINE Operation& Operation::current() {
    if (!current_pointer()) throw std::logic_error("fastapi: co_await needs a running operation: a handler, a stream or run_until_complete");
    return *current_pointer();
}

FASTAPI_INLINE void Operation::notify(void (*function)(void*), void* argument) {
    std::lock_guard lock(link_->mutex_);
    notify_ = function;
    notify_argument_ = argument;
    if (function && !link_->ready_.empty()) function(argument);
}

FASTAPI_INLINE void Operation::resume(std::coroutine_handle<> coroutine) {
    Operation* outer = std::exchange(current_pointer(), this);
    coroutine.resume();
    current_pointer() = outer;
}

FASTAPI_INLINE bool Operation::run() {
    bool ran = false;
    for (;;) {
        std::coroutine_handle<> coroutine;
        {
            std::lock_guard lock(link_->mutex_);
            if (!link_->ready_.empty()) {
                coroutine = link_->ready_.front();
                link_->ready_.pop_front();
            }
        }
        if (!coroutine && sleepers_) {
            std::int64_t now = steady_milliseconds();
            for (Sleeper* sleeper = sleepers_; sleeper && !coroutine; sleeper = sleeper->next) {
                if (sleeper->due > now) continue;
                coroutine = sleeper->coroutine;
                sleeper->leave();
            }
        }
        if (!coroutine) return ran;
        ran = true;
        resume(coroutine);
    }
}

FASTAPI_INLINE std::int64_t Operation::next_due() const {
    std::int64_t first = INT64_MAX;
    for (const Sleeper* sleeper = sleepers_; sleeper; sleeper = sleeper->next)
        if (sleeper->due < first) first = sleeper->due;
    return first;
}

FASTAPI_INLINE void Operation::sleep(Sleeper& sleeper) {
    sleeper.next = sleepers_;
    sleeper.link = &sleepers_;
    if (sleepers_) sleepers_->link = &sleeper.next;
    sleepers_ = &sleeper;
}

FASTAPI_COLD void run_until(Operation& operation, bool (*done)(void*), void* argument) {
    struct Bell {
        pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
        pthread_cond_t rung{};
        bool ringing = false;
        Bell() {
            pthread_condattr_t attributes;
            ::pthread_condattr_init(&attributes);
            ::pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
            ::pthread_cond_init(&rung, &attributes);
            ::pthread_condattr_destroy(&attributes);
        }
        ~Bell() { ::pthread_cond_destroy(&rung); }
        static void ring(void* self) {
            auto bell = static_cast<Bell*>(self);
            ::pthread_mutex_lock(&bell->mutex);
            bell->ringing = true;
            ::pthread_cond_signal(&bell->rung);
            ::pthread_mutex_unlock(&bell->mutex);
        }
    } bell;
    operation.notify(&Bell::ring, &bell);
    while (!done(argument)) {
        if (operation.run()) continue;
        std::int64_t due = operation.next_due();
        ::pthread_mutex_lock(&bell.mutex);
        while (!bell.ringing) {
            if (due == INT64_MAX) {
                ::pthread_cond_wait(&bell.rung, &bell.mutex);
                continue;
            }
            timespec until{};
            until.tv_sec = static_cast<std::time_t>(due / 1000);
            until.tv_nsec = static_cast<long>(due % 1000) * 1000000;
            if (::pthread_cond_timedwait(&bell.rung, &bell.mutex, &until) == ETIMEDOUT) break;
        }
        bell.ringing = false;
        ::pthread_mutex_unlock(&bell.mutex);
    }
    operation.notify(nullptr, nullptr);
}

// --- threads that may block -----------------------------------------------------------------------------------------------

// Threads for run_in_thread: one is started when none is idle, up to a limit, and ends after ten idle seconds.
class JobThreads {
  public:
    static JobThreads& shared() {
        // Never deleted: its threads may outlive main. A process that is forked has none of them, and gets others.
        static JobThreads* pool = (::pthread_atfork(nullptr, nullptr, [] { pool = new JobThreads; }), new JobThreads);
        return *pool;
    }
    void add(void* (*function)(void*), void* job) {
        ::pthread_mutex_lock(&mutex_);
        jobs_.push_back({function, job});
        if (jobs_.size() > idle_ && threads_ < 256) {
            pthread_t thread{};
            if (::pthread_create(&thread, nullptr, &JobThreads::run, this) == 0) {
                ::pthread_detach(thread);
                ++threads_;
            }
        }
        ::pthread_cond_signal(&wake_);
        bool none = threads_ == 0;
        if (none) jobs_.pop_back();
        ::pthread_mutex_unlock(&mutex_);
        if (none) function(job); // no thread to be had: here, then
    }

  private:
    static void* run(void* pool) {
        static_cast<JobThreads*>(pool)->work();
        return nullptr;
    }
    void work() {
        ::pthread_mutex_lock(&mutex_);
        for (;;) {
            if (jobs_.empty()) {
                timespec until{};
                ::clock_gettime(CLOCK_REALTIME, &until);
                until.tv_sec += 10;
                ++idle_;
                int result = 0;
                while (jobs_.empty() && result == 0) result = ::pthread_cond_timedwait(&wake_, &mutex_, &until);
                --idle_;
                if (jobs_.empty()) break;
            }
            auto [function, job] = jobs_.front();
            jobs_.pop_front();
            ::pthread_mutex_unlock(&mutex_);
            function(job);
            ::pthread_mutex_lock(&mutex_);
        }
        --threads_;
        ::pthread_mutex_unlock(&mutex_);
    }
    struct Job {
        void* (*function)(void*);
        void* job;
    };
    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t wake_ = PTHREAD_COND_INITIALIZER;
    List<Job> jobs_;
    std::size_t idle_ = 0;
    std::size_t threads_ = 0;
};

FASTAPI_INLINE ThreadJob::~ThreadJob() = default;

FASTAPI_INLINE void ThreadJob::start(Operation& operation, std::coroutine_handle<> coroutine) {
    link_ = &operation.link();
    link_->add_reference();
    coroutine_ = coroutine;
    references_ = 2;
    JobThreads::shared().add(&ThreadJob::run, this);
}
FASTAPI_INLINE void* ThreadJob::run(void* self) {
    auto job = static_cast<ThreadJob*>(self);
    job->work();
    OperationLink* link = job->link_;
    std::coroutine_handle<> coroutine = job->coroutine_;
    bool awaited = false;
    {
        std::lock_guard lock(job->mutex_);
        awaited = job->references_ == 2;
        // The coroutine waits for as long as it has not dropped the job, and it does so under this lock.
        if (awaited) link->ready(coroutine);
    }
    link->drop_reference();
    job->drop();
    return nullptr;
}
FASTAPI_INLINE void ThreadJob::drop() {
    bool last = false;
    {
        std::lock_guard lock(mutex_);
        last = --references_ == 0;
    }
    if (last) delete this;
}

} // namespace fastapi::detail
