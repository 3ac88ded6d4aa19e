#pragma once

// What a callable is as a dependency: what it takes, what it gives and when it is called, as a constant DependencySpec.

#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/async/generator.hpp"
#include "fastapi/async/task.hpp"
#include "fastapi/http/stream.hpp"
#include "fastapi/meta/reflect.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/routing/exchange.hpp"
#include "fastapi/routing/parameters.hpp"
#include "fastapi/routing/path.hpp"

namespace fastapi {

// The scopes that the Security<…> above a dependency ask for, outermost first: taken as const SecurityScopes&.
struct SecurityScopes {
    std::vector<std::string> scopes;
    // With a blank between two.
    [[nodiscard]] std::string scope_str() const;
};

// The request's parameters are wrong: what exception handlers of that class get, and what a dependency that has handed over a value
// sees at its co_yield. Thrown by a handler it is answered with 422, too.
class RequestValidationError : public ValidationError {
  public:
    explicit RequestValidationError(ErrorList list_of_errors, std::string body_text = {});
    // What the client sent: JSON, or a string that holds what is none; null when the route takes no body.
    [[nodiscard]] json body() const;

  private:
    std::string body_text_; // JSON
};

// The framework was used in a way that cannot be answered: a dependency swallowed the exception of a handler, say.
class FastAPIError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace detail {

// When a generator is torn down: after the answer was sent, or before.
enum class DependencyScope : std::uint8_t { automatic, request, function };

struct NoCacheAnnotation {
    static constexpr bool no_cache = true;
};
template <DependencyScope When>
struct ScopeAnnotation {
    static constexpr DependencyScope scope = When;
};
template <class A>
inline constexpr bool is_depends_annotation = requires { A::no_cache; } || requires { A::scope; } || requires { A::is_scopes; };

} // namespace detail

// Annotations of Depends: called anew for each use, instead of once a request;
inline constexpr detail::NoCacheAnnotation NoCache{};
// torn down before the answer is sent, instead of after;
inline constexpr detail::ScopeAnnotation<detail::DependencyScope::function> FunctionScope{};
// torn down after the answer was sent, which is what a generator without an annotation does.
inline constexpr detail::ScopeAnnotation<detail::DependencyScope::request> RequestScope{};

// The scopes that a Security<…> asks for: Scopes("items:read", "items:write").
template <std::size_t Size>
struct Scopes {
    static constexpr bool is_scopes = true;
    char text[Size]{}; // with a blank behind each
    template <std::size_t... N>
    constexpr explicit Scopes(const char (&... names)[N]) {
        char* at = text;
        ((at = append(at, names, N - 1)), ...);
    }
    [[nodiscard]] constexpr std::string_view view() const { return {text, Size == 0 ? 0 : Size - 1}; }

  private:
    static constexpr char* append(char* at, const char* name, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) *at++ = name[i];
        *at++ = ' ';
        return at;
    }
};
template <std::size_t... N>
Scopes(const char (&... names)[N]) -> Scopes<(std::size_t{0} + ... + N)>;

namespace detail {

struct DependencyCall;
struct DependencyPlan;
struct SecurityScheme;

// How a dependency that is a coroutine is driven.
struct DependencyCoroutine {
    // What is to be resumed; it goes on with `waiting` when there is a value, or the end.
    std::coroutine_handle<> (*resume)(void* frame, std::coroutine_handle<> waiting);
    bool (*waits)(void* frame);   // neither is there yet
    void (*collect)(void* frame); // takes the value; throws what the coroutine threw
    // Of a generator: what its co_yield is to throw, null for nothing; and what came of that.
    void (*begin_close)(void* frame, std::exception_ptr error);
    std::exception_ptr (*end_close)(void* frame);
};

// What a dependency takes and gives, as its type says it. Its address stands for the dependency.
struct DependencySpec {
    const ParameterSpec* specs = nullptr; // in the order of its arguments
    std::size_t spec_count = 0;
    std::size_t size = 0; // of its frame: storage of arguments and value
    std::size_t alignment = 1;
    const void* function = nullptr;
    std::string_view name;
    void (*make)(void* frame) = nullptr;
    void (*destroy)(void* frame) = nullptr;
    void (*slots)(void* frame, void** slots) = nullptr; // where each argument is read to
    void (*call)(void* frame, const DependencyCall& call) = nullptr;
    void* (*value)(void* frame) = nullptr;
    const DependencyCoroutine* coroutine = nullptr;
    const SecurityScheme* scheme = nullptr;
    bool is_generator = false;
};

// One use of it.
struct DependencyUse {
    const DependencySpec* spec = nullptr;
    std::string_view scopes; // with a blank between two
    DependencyScope scope = DependencyScope::automatic;
    bool use_cache = true;
};

// What a dependency is called with.
struct DependencyCall {
    const void* function;
    Exchange& exchange;
    void* const* values; // of the dependencies below, by argument
    const SecurityScopes& scopes;
};

// --- what a dependency returns ----------------------------------------------------------------------------------------------

// Storage of a value that is made in place, so that it need not move: a std::lock_guard will do.
template <class T>
class InPlace {
  public:
    InPlace() = default;
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;
    ~InPlace() {
        if (made_) get()->~T();
    }
    template <class Make>
    void make(Make&& make_value) {
        ::new (static_cast<void*>(bytes_)) T(make_value());
        made_ = true;
    }
    T* get() { return std::launder(reinterpret_cast<T*>(bytes_)); }

  private:
    alignas(T) unsigned char bytes_[sizeof(T)];
    bool made_ = false;
};

// How a result is kept and handed on: the type below Depends, and the storage.
template <class R>
struct DependencyResult {
    using value_type = std::remove_const_t<R>;
    static constexpr bool waits = false;
    InPlace<value_type> storage;
    template <class Call>
    void begin(Call&& call) {
        storage.make(std::forward<Call>(call));
    }
    void* value() { return storage.get(); }
};
template <class R>
struct DependencyResult<R&> {
    using value_type = R;
    static constexpr bool waits = false;
    R* pointer = nullptr;
    template <class Call>
    void begin(Call&& call) {
        pointer = std::addressof(call());
    }
    void* value() { return const_cast<std::remove_const_t<R>*>(pointer); }
};
template <>
struct DependencyResult<void> {
    using value_type = void;
    static constexpr bool waits = false;
    template <class Call>
    void begin(Call&& call) {
        call();
    }
    void* value() { return this; }
};
template <class T>
struct DependencyResult<Task<T>> {
    using value_type = T;
    static constexpr bool waits = true;
    static constexpr bool is_generator = false;
    Task<T> task;
    InPlace<std::conditional_t<std::is_void_v<T>, char, T>> storage;
    template <class Call>
    void begin(Call&& call) {
        task = call();
    }
    std::coroutine_handle<> resume(std::coroutine_handle<> waiting) {
        auto awaiter = task.operator co_await();
        return awaiter.await_suspend(waiting);
    }
    [[nodiscard]] bool is_waiting() const { return !task.done(); }
    void collect() {
        if constexpr (std::is_void_v<T>) {
            task.result();
        } else {
            storage.make([this] { return task.result(); });
        }
    }
    void* value() { return storage.get(); }
};
template <class T>
struct DependencyResult<Generator<T>> {
    using value_type = std::remove_reference_t<T>;
    static constexpr bool waits = true;
    static constexpr bool is_generator = true;
    Generator<T> generator;
    template <class Call>
    void begin(Call&& call) {
        generator = call();
    }
    std::coroutine_handle<> resume(std::coroutine_handle<> waiting) { return generator.resume_for(waiting); }
    [[nodiscard]] bool is_waiting() const { return !generator.done() && !generator.value(); }
    void collect() {
        generator.rethrow();
        if (generator.done()) throw FastAPIError("fastapi: a dependency that is a generator ended without a co_yield");
    }
    void* value() { return const_cast<std::remove_const_t<value_type>*>(generator.value()); }
    void begin_close(std::exception_ptr error) { generator.throw_in(std::move(error)); }
    std::exception_ptr end_close() {
        if (!generator.done())
            return std::make_exception_ptr(FastAPIError("fastapi: a dependency that is a generator has a second co_yield"));
        return generator.error();
    }
};
template <class T>
struct DependencyResult<EventSource<T>> {
    static_assert(always_false<T>, "fastapi: a dependency returns Generator<T> to hand over one value; EventSource is for handlers");
};

// An argument that is no dependency.
template <class Arg, class Storage>
decltype(auto) given_argument([[maybe_unused]] Exchange& exchange, [[maybe_unused]] Storage& storage) {
    static_assert(!Argument<Arg>::is_scopes, "fastapi: SecurityScopes is for dependencies: Security<…, Scopes(\"…\")> tells them");
    if constexpr (Argument<Arg>::is_request) {
        return static_cast<Arg>(exchange.request);
    } else if constexpr (Argument<Arg>::is_response) {
        return static_cast<Arg>(*exchange.injected);
    } else if constexpr (Argument<Arg>::is_websocket) {
        return static_cast<Arg>(*exchange.websocket);
    } else if constexpr (Argument<Arg>::is_tasks) {
        return static_cast<Arg>(exchange.response.background.get());
    } else if constexpr (Argument<Arg>::is_app) {
        return static_cast<Arg>(*exchange.request.app);
    } else if constexpr (Argument<Arg>::is_stream) {
        return exchange.request.stream();
    } else {
        return pass_argument<Arg>(storage);
    }
}

// --- a callable as a dependency ---------------------------------------------------------------------------------------------

// Of the arguments of a dependency: a scalar could be anything.
template <class A>
constexpr bool check_dependency_argument() {
    static_assert(!Argument<A>::is_positional,
                  "fastapi: a dependency says where each parameter comes from: Path<int, \"item_id\">, Query<int, \"skip\">, "
                  "Header, Cookie, Body, or another Depends");
    static_assert(!Argument<A>::is_stream, "fastapi: a RequestStream is for the handler alone: a dependency cannot take it");
    return true;
}

template <class F, class List>
struct DependencyKind;
template <class F, class... A>
struct DependencyKind<F, TypeList<A...>> {
    using R = typename CallSignature<std::remove_const_t<F>>::Result;
    struct Frame {
        Pack<ArgumentStorage<A>...> arguments{};
        DependencyResult<R> result; // may refer to the arguments
    };
    static_assert((check_dependency_argument<A>() && ...));
    static_assert(alignof(Frame) <= alignof(std::max_align_t), "fastapi: what a dependency returns has an alignment beyond that of new");
    static constexpr ParameterSpec table[sizeof...(A) + 1] = {Argument<A>::spec()..., {}};

    static void make(void* frame) { ::new (frame) Frame; }
    static void destroy(void* frame) { static_cast<Frame*>(frame)->~Frame(); }
    static void slots(void* frame, void** out) { fill(*static_cast<Frame*>(frame), out, std::index_sequence_for<A...>{}); }
    static void call(void* frame, const DependencyCall& call) {
        call_with(*static_cast<Frame*>(frame), call, std::index_sequence_for<A...>{});
    }
    static void* value(void* frame) { return static_cast<Frame*>(frame)->result.value(); }

    static std::coroutine_handle<> resume(void* frame, std::coroutine_handle<> waiting) {
        return static_cast<Frame*>(frame)->result.resume(waiting);
    }
    static bool waits(void* frame) { return static_cast<Frame*>(frame)->result.is_waiting(); }
    static void collect(void* frame) { static_cast<Frame*>(frame)->result.collect(); }
    static void begin_close(void* frame, std::exception_ptr error) {
        static_cast<Frame*>(frame)->result.begin_close(std::move(error));
    }
    static std::exception_ptr end_close(void* frame) { return static_cast<Frame*>(frame)->result.end_close(); }
    static constexpr DependencyCoroutine coroutine_of() {
        DependencyCoroutine made{&resume, &waits, &collect, nullptr, nullptr};
        if constexpr (DependencyResult<R>::is_generator) {
            made.begin_close = &begin_close;
            made.end_close = &end_close;
        }
        return made;
    }
    template <class Result> // a template, because most have none
    static constexpr DependencyCoroutine coroutine = coroutine_of();

    static constexpr DependencySpec spec(const void* function, std::string_view name) {
        DependencySpec made;
        made.specs = table;
        made.spec_count = sizeof...(A);
        made.size = sizeof(Frame);
        made.alignment = alignof(Frame);
        made.function = function;
        made.name = name;
        made.make = &make;
        made.destroy = &destroy;
        made.slots = &slots;
        made.call = &call;
        made.value = &value;
        if constexpr (DependencyResult<R>::waits) {
            made.coroutine = &coroutine<R>;
            made.is_generator = DependencyResult<R>::is_generator;
        }
        if constexpr (requires { F::security_scheme; }) made.scheme = &F::security_scheme;
        return made;
    }

  private:
    template <std::size_t... I>
    static void fill([[maybe_unused]] Frame& frame, [[maybe_unused]] void** out, std::index_sequence<I...>) {
        ((out[I] = slot<A>(get<I>(frame.arguments))), ...);
    }
    template <class Arg, class Storage>
    static void* slot([[maybe_unused]] Storage& storage) {
        if constexpr (std::is_same_v<Storage, NoStorage>) {
            return nullptr;
        } else {
            return Argument<Arg>::slot(storage);
        }
    }
    template <std::size_t I, class Arg, class Storage>
    static decltype(auto) argument([[maybe_unused]] const DependencyCall& call, [[maybe_unused]] Storage& storage) {
        using V = std::remove_cvref_t<Arg>;
        if constexpr (Argument<Arg>::is_scopes) {
            return static_cast<const SecurityScopes&>(call.scopes);
        } else if constexpr (Argument<Arg>::is_dependency) {
            return V(call.values[I]);
        } else {
            return given_argument<Arg>(call.exchange, storage);
        }
    }
    template <std::size_t... I>
    static void call_with([[maybe_unused]] Frame& frame, const DependencyCall& call, std::index_sequence<I...>) {
        F& function = *static_cast<F*>(const_cast<void*>(call.function));
        frame.result.begin([&]() -> R { return function(argument<I, A>(call, get<I>(frame.arguments))...); });
    }
};

// What may stand in the angle brackets of Depends: a function, a pointer to an object, or the object itself.
template <auto Given>
struct DependencyTarget {
    using V = std::remove_cvref_t<decltype(Given)>;
    using Function = std::add_const_t<V>;
    static constexpr std::string_view name = {};
    static constexpr const void* function() { return &kept_constant<Given>; }
};
template <auto Given>
    requires(std::is_pointer_v<decltype(Given)>)
struct DependencyTarget<Given> {
    using Pointee = std::remove_pointer_t<decltype(Given)>;
    static constexpr bool is_function = std::is_function_v<Pointee>;
    using Function = std::conditional_t<is_function, const StaticFunction<Given>, Pointee>;
    static constexpr std::string_view name_of() {
        if constexpr (is_function) {
            return function_name<Given>();
        } else {
            return {};
        }
    }
    static constexpr std::string_view name = name_of();
    static constexpr const void* function() {
        if constexpr (is_function) {
            return &static_function<Given>;
        } else {
            return Given;
        }
    }
};

// Whether the type of a callable says what it takes, in a sentence.
template <class F>
constexpr bool check_dependency() {
    static_assert(CallSignature<std::remove_const_t<F>>::known || has_error_inside<std::remove_const_t<F>>(),
                  "fastapi: the parameters of this dependency cannot be read: Depends takes a function, a lambda without auto "
                  "parameters, an object with one operator(), or a pointer to a static object; a class is Depends<instance_of<T>>");
    constexpr bool callable = !std::is_const_v<F> || !is_mutable_callable<std::remove_const_t<F>>();
    static_assert(callable, "fastapi: the operator() of a dependency that is an object must be const: requests run on several threads at once; "
                            "for one that changes, give a pointer to a static object: Depends<&counter>");
    return CallSignature<std::remove_const_t<F>>::known && callable;
}
// In place of the signature of a wrong callable, so that the sentence above is not followed by many others.
struct UnknownCallable {
    int operator()() const;
};

template <auto Given>
struct DependencyOf {
    using Target = DependencyTarget<Given>;
    using Function = std::conditional_t<check_dependency<typename Target::Function>(), typename Target::Function, const UnknownCallable>;
    using Signature = CallSignature<std::remove_const_t<Function>>;
    using Result = std::remove_const_t<typename Signature::Result>;
    using value_type = typename DependencyResult<Result>::value_type;
    using Kind = DependencyKind<Function, typename Signature::Arguments>;
};
template <auto Given>
inline constexpr DependencySpec dependency_spec = DependencyOf<Given>::Kind::spec(DependencyTarget<Given>::function(), DependencyTarget<Given>::name);

} // namespace detail

} // namespace fastapi
