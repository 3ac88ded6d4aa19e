#pragma once

// An operation: a coroutine and all that it waits for. One thread at a time runs it; while it waits it holds none. What it
// waits for tells its link, from any thread, which coroutine can go on, and whoever drives the operation (a server, or a
// thread that blocks until the end) is notified.

#include <coroutine>
#include <cstdint>
#include <mutex>

#include "fastapi/meta/list.hpp"

namespace fastapi::detail {

class Operation;

// What outlives the operation: threads and timers may still speak to it when the operation is long gone.
class OperationLink {
  public:
    // A coroutine can go on. Any thread.
    void ready(std::coroutine_handle<> coroutine);
    void add_reference();
    void drop_reference();

  private:
    friend class Operation;
    std::mutex mutex_;
    Operation* operation_ = nullptr; // null when it has ended
    List<std::coroutine_handle<>> ready_;
    int references_ = 1;
};

// A coroutine that sleeps; lives in its frame, and is in the operation's list while it waits.
struct Sleeper {
    std::int64_t due = 0; // milliseconds of the steady clock
    std::coroutine_handle<> coroutine;
    Sleeper* next = nullptr;
    Sleeper** link = nullptr; // what points here
    Sleeper() = default;
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    ~Sleeper() { leave(); }
    void leave();
};

class Operation {
  public:
    Operation();
    ~Operation();
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    // Lets a coroutine run until it waits, in this operation.
    void resume(std::coroutine_handle<> coroutine);
    // Resumes whatever can go on: ready coroutines and sleepers that are due. False: there was nothing.
    bool run();
    // When the next sleeper is due; INT64_MAX when none is.
    [[nodiscard]] std::int64_t next_due() const;
    void sleep(Sleeper& sleeper);
    // Called from any thread when something became ready; with the link locked, so it must be short and not come back.
    void notify(void (*function)(void*), void* argument);
    [[nodiscard]] OperationLink& link() const { return *link_; }

    // The operation that this thread runs. Throws std::logic_error outside of one.
    static Operation& current();
    static Operation*& current_pointer();

  private:
    friend class OperationLink;
    OperationLink* link_;
    void (*notify_)(void*) = nullptr;
    void* notify_argument_ = nullptr;
    Sleeper* sleepers_ = nullptr;
};

// The steady clock.
std::int64_t steady_milliseconds();
std::int64_t steady_microseconds();

// Waits on this thread for an operation to have something to run, and runs it, until done(argument) is true.
void run_until(Operation& operation, bool (*done)(void*), void* argument);

// Work on a thread that may block.
class ThreadJob {
  public:
    ThreadJob() = default;
    ThreadJob(const ThreadJob&) = delete;
    ThreadJob& operator=(const ThreadJob&) = delete;
    virtual ~ThreadJob();
    virtual void work() noexcept = 0;
    void start(Operation& operation, std::coroutine_handle<> coroutine);
    void drop(); // by the coroutine, and by the thread

  private:
    static void* run(void* job);
    OperationLink* link_ = nullptr;
    std::coroutine_handle<> coroutine_;
    std::mutex mutex_;
    int references_ = 1;
};

} // namespace fastapi::detail
