#pragma once

// The dependencies of one request: DependencyRun walks over the steps of a plan (routing/depends.ipp makes it at registration), and
// DependentCall is the request while it goes on.

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/routing/dependency.hpp"
#include "fastapi/routing/options.hpp"

namespace fastapi::detail {

struct DependencyStep;

// The dependencies of a request: frames and values, in the order of the plan's steps. Destroying it tears down what is left.
class DependencyRun : public Afterwards {
  public:
    // room: of plan.memory bytes at least, or null.
    DependencyRun(const Endpoint& endpoint, const DependencyPlan& plan, Exchange& exchange, void* room);
    ~DependencyRun();
    DependencyRun(const DependencyRun&) = delete;
    DependencyRun& operator=(const DependencyRun&) = delete;

    // Reads the body. False: the answer is there already.
    bool read_body();
    [[nodiscard]] const DependencyStep* first() const;
    [[nodiscard]] const DependencyStep* last() const;
    [[nodiscard]] static const DependencyStep* after(const DependencyStep* step);
    [[nodiscard]] static const DependencyStep* before(const DependencyStep* step);
    // Begins a step. True: it is a coroutine that has to run before end() takes its value.
    bool begin(const DependencyStep& step);
    void end(const DependencyStep& step);
    // All steps, on this thread.
    void solve();
    // What the handler is given.
    void finish_arguments();

    [[nodiscard]] bool has_open() const { return open_ > 0; } // generators that wait at their co_yield
    [[nodiscard]] bool wants_close(const DependencyStep& step, DependencyScope scope) const;
    void begin_close(const DependencyStep& step, std::exception_ptr error);
    std::exception_ptr end_close(const DependencyStep& step);
    // Tears down the generators of a scope in reverse order, on this thread. Returns what is still an error then.
    std::exception_ptr close(DependencyScope scope, std::exception_ptr error);
    // After the answer: the rest. What is thrown is written to the log, and to *thrown.
    void close_rest(std::exception_ptr error, std::exception_ptr* thrown);

    [[nodiscard]] void* frame(const DependencyStep& step) const;
    void run(const DependencyStep& step); // its coroutine, on this thread
    Owned<Request> request;               // that the coroutines may refer to
    Response injected;                    // of dependencies and a handler that take a Response&

    struct State;

  private:
    struct Body;
    [[nodiscard]] State& state(const DependencyStep& step) const;
    void read_parameters(const DependencyStep& step, void* frame);

    const Endpoint& endpoint_;
    const DependencyPlan& plan_;
    Exchange* exchange_; // null when the handler has returned
    unsigned char* memory_;
    bool owns_memory_;
    std::size_t begun_ = 0;
    std::size_t open_ = 0;
    Owned<Body> body_;
    Owned<Operation> operation_; // of coroutines that run on this thread
};

// Lets a step's coroutine run, and goes on when it has a value or ended.
struct DependencyAwaiter {
    const DependencyCoroutine* coroutine;
    void* frame;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) const { return coroutine->resume(frame, waiting); }
    void await_resume() const noexcept {}
};
struct PendingAwaiter {
    PendingResponse* pending;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) const { return pending->begin(waiting); }
    void await_resume() const noexcept {}
};
const DependencyCoroutine* coroutine_of(const DependencyStep& step);
void call_endpoint(const Endpoint& endpoint, Exchange& exchange);

// What a dependency threw in place of an answer, or what is to be thrown when none of them passed an exception on.
std::exception_ptr swallowed_exception();
std::exception_ptr validation_exception(const ErrorList& errors);
std::exception_ptr disconnect_exception();
bool is_validation_exception(const std::exception_ptr& error);
void close_with_errors(WebSocket& socket, const ErrorList& errors);

// A handler that is a coroutine, with dependencies: they are solved, it runs, they are torn down, all without a thread that waits.
// Nothing is void: a template, so that a program without dependencies does not compile it.
template <class Nothing>
struct DependentCall final : PendingResponse {
    DependentCall(const Endpoint& of, const DependencyPlan& plan, Exchange& given)
        : endpoint(of), exchange{given.request, answer}, run(new DependencyRun(of, plan, exchange, nullptr)) {
        exchange.detached = std::move(given.detached);
        exchange.websocket = given.websocket;
        exchange.max_depth = given.max_depth;
        exchange.strict_content_type = given.strict_content_type;
    }
    DependentCall(const DependentCall&) = delete;
    DependentCall& operator=(const DependentCall&) = delete;
    ~DependentCall() override { DependentCall::give_up(disconnect_exception()); }
    const Endpoint& endpoint;
    Response answer;
    Exchange exchange;
    Owned<DependencyRun> run;
    Disposed<PendingResponse> handler; // may refer to what run holds
    Task<Nothing> driver;

    void start() override {
        driver = drive(*this);
        driver.start(this->operation);
    }
    std::coroutine_handle<> begin(std::coroutine_handle<> waiting) override {
        driver = drive(*this);
        auto awaiter = driver.operator co_await();
        return awaiter.await_suspend(waiting);
    }
    [[nodiscard]] bool done() const override { return driver.done(); }
    void occupy(Connection& connection, WorkSpace& space, const AnswerForm& form) override {
        occupy_with_pending(*this, connection, space, form);
    }
    void give_up(std::exception_ptr why) override {
        if (driver.done()) return;
        driver = {};
        this->request = std::move(handler && handler->request ? handler->request : exchange.detached);
        handler = {};
        run->close_rest(std::move(why), nullptr);
        run = {};
    }
    void finish(Response& response) override {
        driver.result();
        if (exchange.websocket) return;
        response = std::move(answer);
        if (!run->has_open() && !response.stream) return;
        // The dependencies outlive this, and may refer to the request.
        Owned<Request> copy = this->request->detached();
        run->request = std::move(this->request);
        run->owns_request = true;
        this->request = std::move(copy);
        (response.stream ? response.stream->afterwards : response.afterwards) = Disposed<Afterwards>(run.release());
    }

    static Task<Nothing> solve(DependentCall& call) {
        DependencyRun& run = *call.run;
        if (!run.read_body()) co_return;
        for (const DependencyStep* step = run.first(); step; step = DependencyRun::after(step)) {
            if (!run.begin(*step)) continue;
            DependencyAwaiter awaiter{coroutine_of(*step), run.frame(*step)};
            co_await awaiter;
            run.end(*step);
        }
        run.finish_arguments();
        call_endpoint(call.endpoint, call.exchange);
        if (!call.answer.pending) co_return;
        call.handler = std::move(call.answer.pending);
        PendingAwaiter awaiter{call.handler.get()};
        co_await awaiter;
        call.handler->finish(call.answer);
    }
    static Task<Nothing> close(DependentCall& call, DependencyScope scope, std::exception_ptr& error) {
        DependencyRun& run = *call.run;
        for (const DependencyStep* step = run.last(); step; step = DependencyRun::before(step)) {
            if (!run.wants_close(*step, scope)) continue;
            run.begin_close(*step, error);
            DependencyAwaiter awaiter{coroutine_of(*step), run.frame(*step)};
            co_await awaiter;
            error = run.end_close(*step);
        }
    }
    static Task<Nothing> drive(DependentCall& call) {
        std::exception_ptr error;
        try {
            Task<Nothing> solved = solve(call);
            co_await solved;
        } catch (...) {
            error = std::current_exception();
        }
        call.request = std::move(call.handler && call.handler->request ? call.handler->request : call.exchange.detached);
        bool refused = !error && !call.exchange.errors.empty();
        if (refused && call.exchange.websocket) close_with_errors(*call.exchange.websocket, call.exchange.errors);
        if (call.run->has_open()) {
            if (refused) error = validation_exception(call.exchange.errors);
            bool failed = static_cast<bool>(error);
            Task<Nothing> first = close(call, DependencyScope::function, error);
            co_await first;
            if (failed && !error) error = swallowed_exception();
            failed = static_cast<bool>(error);
            if (failed || call.exchange.websocket) {
                Task<Nothing> second = close(call, DependencyScope::request, error);
                co_await second;
                if (failed && !error && !call.exchange.websocket) error = swallowed_exception();
            }
        }
        if (error && !(refused && is_validation_exception(error))) std::rethrow_exception(error);
    }
};

void plan_dependencies(Endpoint& endpoint, const PathTemplate& path, const DependencyList* const* lists, std::size_t count);

template <class T>
void begin_dependent_call(const Endpoint& endpoint, const DependencyPlan& plan, Exchange& exchange) {
    exchange.response.pending = Disposed<PendingResponse>(new DependentCall<T>(endpoint, plan, exchange));
}

} // namespace fastapi::detail
