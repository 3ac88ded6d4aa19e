#pragma once

// Depends<thing>: a parameter that another callable makes, whose own parameters are resolved first. What a dependency takes
// and gives is a constant DependencySpec; the tree below a route is brought into steps once, at registration
// (routing/depends.ipp), and each request walks over them.

#include <coroutine>
#include <cstddef>
#include <exception>
#include <initializer_list>
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

template <auto... Annotations>
struct DependencyAnnotations {
    template <class A>
    static constexpr bool check() {
        static_assert(is_depends_annotation<A>, "fastapi: Depends takes NoCache, FunctionScope, RequestScope and Scopes(\"…\") as annotations");
        return true;
    }
    static_assert((check<std::remove_cvref_t<decltype(Annotations)>>() && ...));
    template <auto A>
    static constexpr void read(DependencyUse& use) {
        using V = std::remove_cvref_t<decltype(A)>;
        if constexpr (requires { V::no_cache; }) use.use_cache = false;
        if constexpr (requires { V::scope; }) use.scope = V::scope;
        if constexpr (requires { V::is_scopes; }) use.scopes = kept_constant<A>.view();
    }
    static constexpr DependencyUse use(const DependencySpec* spec) {
        DependencyUse made{spec, {}, DependencyScope::automatic, true};
        (read<Annotations>(made), ...);
        return made;
    }
};

// What stands for the value of a dependency: a pointer to it. It lives as long as the request's dependencies do.
template <class T>
class DependencyHandle {
  public:
    using value_type = T;
    explicit DependencyHandle(void* value) : value_(static_cast<T*>(value)) {}
    [[nodiscard]] T& value() const noexcept { return *value_; }
    [[nodiscard]] T& operator*() const noexcept { return *value_; }
    T* operator->() const noexcept { return value_; }
    operator T&() const noexcept // NOLINT: implicit on purpose
        requires(!std::is_same_v<std::remove_const_t<T>, json>) // which is made of anything already
    {
        return *value_;
    }

  private:
    T* value_;
};
template <>
class DependencyHandle<void> {
  public:
    using value_type = void;
    explicit DependencyHandle(void*) {}
};

template <class T, class U>
    requires(!is_depends<U>) && EqualityComparable<T, U>
constexpr bool operator==(const DependencyHandle<T>& a, const U& b) {
    return a.value() == b;
}

} // namespace detail

// A parameter that is made by another callable, whose own parameters are resolved from the request. It is called once a
// request, however often it is needed. *dep and dep-> are its value, to which it converts as well.
//
//   User current_user(Depends<get_session> session, Header<std::string, "x_token"> token);
//   app.get("/me", [](Depends<current_user> user) { return *user; });
//
// A function that returns Generator<T> hands one value over at its co_yield and goes on when the answer was sent; what the
// handler throws is thrown there.
template <auto Given, auto... Annotations>
class Depends : public detail::DependencyHandle<typename detail::DependencyOf<Given>::value_type> {
  public:
    static constexpr bool is_dependency_handle = true;
    using Dependency = detail::DependencyOf<Given>;
    using detail::DependencyHandle<typename detail::DependencyOf<Given>::value_type>::DependencyHandle;
    static constexpr detail::DependencyUse use = detail::DependencyAnnotations<Annotations...>::use(&detail::dependency_spec<Given>);
};

// The same, that asks for scopes: Security<current_user, Scopes("items:read")>.
template <auto Given, auto... Annotations>
class Security : public Depends<Given, Annotations...> {
  public:
    using Depends<Given, Annotations...>::Depends;
};

namespace detail {

// --- classes ----------------------------------------------------------------------------------------------------------------

template <class List, class T>
struct InstanceSignature;
template <class... M, class T>
struct InstanceSignature<Pack<M*...>, T> : SignatureOf<T, M...> {};

template <class T>
inline constexpr bool has_static_make = requires { &T::make; };

// Makes a T of its members, of the arguments of T::make, or of the constructor whose parameters are A.
template <class T, class... A>
struct InstanceOf {
    template <class... Given>
    T operator()(Given&&... arguments) const {
        if constexpr (sizeof...(A) == 0 && has_static_make<T>) {
            return T::make(std::forward<Given>(arguments)...);
        } else if constexpr (sizeof...(A) == 0) {
            return T{std::forward<Given>(arguments)...};
        } else {
            return T(std::forward<Given>(arguments)...);
        }
    }
    friend constexpr bool operator==(const InstanceOf&, const InstanceOf&) = default;
};
template <class T, class First, class... A>
struct CallSignature<InstanceOf<T, First, A...>> : SignatureOf<T, First, A...> {
    static_assert(std::is_constructible_v<T, First, A...>,
                  "fastapi: instance_of<T, A...> names the parameters of a constructor that T does not have");
};
template <class T>
    requires has_static_make<T>
struct CallSignature<InstanceOf<T>> : CallSignature<decltype(&T::make)> {};
template <class T>
    requires(!has_static_make<T>)
struct CallSignature<InstanceOf<T>> : InstanceSignature<decltype(member_pointers<T>()), T> {
    static_assert(std::is_aggregate_v<T>,
                  "fastapi: instance_of<T> needs a struct whose members are parameters, a static T make(...), or the parameters of a "
                  "constructor: instance_of<T, Query<int, \"skip\">>; C++20 cannot see those of a constructor by itself");
};

// A member function with its object.
template <auto Object, auto Member>
struct MethodOf {
    template <class... A>
    decltype(auto) operator()(A&&... arguments) const {
        return (Object->*Member)(std::forward<A>(arguments)...);
    }
};
template <auto Object, auto Member>
struct CallSignature<MethodOf<Object, Member>> : MemberSignature<decltype(Member)> {};

// --- checks of a tree at compile time ----------------------------------------------------------------------------------------

template <class D, class... Above>
constexpr std::uint32_t check_dependency_tree(const PathTemplate& path);

template <class A, class... Above>
constexpr std::uint32_t check_dependency_argument_tree(const PathTemplate& path);

// Which placeholders of the path the arguments of a dependency take, one bit each. Bit 31: a name that the path does not have.
template <class D, class List, class... Above>
struct DependencyTree;
template <class D, class... A, class... Above>
struct DependencyTree<D, TypeList<A...>, Above...> {
    static constexpr bool tears_down_late = DependencyResult<typename D::Dependency::Result>::waits && D::use.spec->is_generator &&
                                            D::use.scope != DependencyScope::function;
    template <class Arg>
    static constexpr bool check_scope() {
        if constexpr (Argument<Arg>::is_dependency) {
            static_assert(!tears_down_late || std::remove_cvref_t<Arg>::use.scope != DependencyScope::function,
                          "fastapi: a generator that is torn down after the answer was sent cannot need a dependency with "
                          "FunctionScope, which is gone by then: give it FunctionScope as well");
        }
        return true;
    }
    static_assert((check_scope<A>() && ...));
    static constexpr std::uint32_t placeholders(const PathTemplate& path) {
        return (std::uint32_t{0} | ... | check_dependency_argument_tree<A, Above..., typename D::Dependency>(path));
    }
};

template <class A, class... Above>
constexpr std::uint32_t check_dependency_argument_tree([[maybe_unused]] const PathTemplate& path) {
    if constexpr (Argument<A>::is_dependency) {
        return check_dependency_tree<std::remove_cvref_t<A>, Above...>(path);
    } else {
        return placeholder_bit(path, Argument<A>::path_name());
    }
}

template <class D, class... Above>
constexpr std::uint32_t check_dependency_tree(const PathTemplate& path) {
    constexpr bool cycle = (std::is_same_v<typename D::Dependency, Above> || ...);
    static_assert(!cycle, "fastapi: a dependency needs itself, directly or through others");
    if constexpr (cycle) {
        return 0;
    } else {
        return DependencyTree<D, typename D::Dependency::Signature::Arguments, Above...>::placeholders(path);
    }
}

// False: a dependency needs itself.
template <class A, class... Above>
constexpr bool check_dependency_cycle();
template <class D, class... A, class... Above>
constexpr bool check_dependency_cycles(TypeList<A...>, TypeList<Above...>) {
    return (check_dependency_cycle<A, Above..., D>() && ...);
}
template <class A, class... Above>
constexpr bool check_dependency_cycle() {
    if constexpr (Argument<A>::is_dependency) {
        using D = typename std::remove_cvref_t<A>::Dependency;
        if constexpr ((std::is_same_v<D, Above> || ...)) {
            return false;
        } else {
            return check_dependency_cycles<D>(typename D::Signature::Arguments{}, TypeList<Above...>{});
        }
    }
    return true;
}

// Whether an argument, or what it depends on, comes from somewhere that only some routes have.
template <Source From, class A>
constexpr bool comes_from();
template <Source From, class... A>
constexpr bool any_comes_from(TypeList<A...>) {
    return (comes_from<From, A>() || ...);
}
template <Source From, class A>
constexpr bool comes_from() {
    if constexpr (Argument<A>::is_dependency) {
        return any_comes_from<From>(typename std::remove_cvref_t<A>::Dependency::Signature::Arguments{});
    } else {
        return Argument<A>::source == From;
    }
}

// --- what registration and requests need ------------------------------------------------------------------------------------

void plan_dependencies(Endpoint& endpoint, const PathTemplate& path, const DependencyList* const* lists, std::size_t count);

template <class = void>
void begin_dependent_call(const Endpoint& endpoint, const DependencyPlan& plan, Exchange& exchange);

inline constexpr PathTemplate any_path{};

// Reached through pointers, so that a program without dependencies holds nothing of it.
template <class T>
inline constexpr DependencySupport dependency_support{&plan_dependencies, &begin_dependent_call<T>};

template <class D>
constexpr DependencyRef make_dependency_ref() {
    static_cast<void>(check_dependency_tree<D>(any_path));
    return {&D::use, &dependency_support<std::conditional_t<true, void, D>>};
}

// --- one request ------------------------------------------------------------------------------------------------------------

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

template <class T>
void begin_dependent_call(const Endpoint& endpoint, const DependencyPlan& plan, Exchange& exchange) {
    exchange.response.pending = Disposed<PendingResponse>(new DependentCall<T>(endpoint, plan, exchange));
}

} // namespace detail

// A class as a dependency: Depends<instance_of<Pagination>>. Its members are parameters (a struct), or it has a static
// make(...), or the parameters of its constructor follow: instance_of<Checker, Query<int, "limit">>.
template <class T, class... ConstructorParameters>
inline constexpr detail::InstanceOf<T, ConstructorParameters...> instance_of{};

// A member function of a static object as a dependency: Depends<method_of<&store, &Store::current>>.
template <auto Object, auto Member>
    requires std::is_member_function_pointer_v<decltype(Member)>
inline constexpr detail::MethodOf<Object, Member> method_of{};

// A dependency without a value, for the options of a route or an application: .dependencies = {depends<verify_token>}.
template <auto Given, auto... Annotations>
inline constexpr detail::DependencyRef depends = detail::make_dependency_ref<Depends<Given, Annotations...>>();
template <auto Given, auto... Annotations>
inline constexpr detail::DependencyRef security = detail::make_dependency_ref<Security<Given, Annotations...>>();

} // namespace fastapi
