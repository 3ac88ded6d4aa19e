#pragma once

// The handler: the user's callable together with the table of what it takes and gives. A template only where types
// must be known: storage of the arguments, the call, the type of the result.

#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/async/task.hpp"
#include "fastapi/http/stream.hpp"
#include "fastapi/meta/owned.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/routing/depends.hpp"
#include "fastapi/routing/exchange.hpp"
#include "fastapi/routing/options.hpp"
#include "fastapi/routing/parameters.hpp"
#include "fastapi/routing/path.hpp"
#include "fastapi/routing/replies.hpp"

namespace fastapi {

namespace detail {

// What a handler returns, as the OpenAPI document needs it.
struct ReturnInfo {
    const Type* type = nullptr; // of the response model; null when there is none
    bool is_response = false;   // a Response of any kind
    bool is_void = false;
    bool is_stream = false;      // of items of that type, or of events
    bool streams_text = false;   // their texts as they are, as its response_class has it
    bool streams_events = false; // as server-sent events
    std::string_view media_type; // of a Response class that has one, or of the stream
    std::string_view documented_type = "application/json"; // empty: nothing is said of a body
    bool is_text = false;        // as its response_class has it, whatever its type
    int status_code = 200;       // that such a class answers with
};

// A table of parameters, made once.
class ParameterTable {
  public:
    ParameterTable() = default;
    ParameterTable(const ParameterTable&) = delete;
    ParameterTable& operator=(const ParameterTable&) = delete;
    ~ParameterTable();
    void make(std::size_t size);
    Parameter& add() { return items_[size_++]; }
    [[nodiscard]] const Parameter* begin() const { return items_; }
    [[nodiscard]] const Parameter* end() const { return items_ + size_; }

  private:
    Parameter* items_ = nullptr;
    std::size_t size_ = 0;
};

class JsonWriter;
struct Mounted;

// The dependencies of an endpoint that has some (routing/depends.ipp).
struct EndpointDependencies {
    void (*dispose)(EndpointDependencies* self) = nullptr;
    ParameterTable parameters; // of the endpoint and all that it depends on, as they are documented
    // Adds the security schemes to those of the document, and writes which of them the operation needs.
    void (*write_security)(const EndpointDependencies& self, JsonWriter& operation, SchemaList& schemes) = nullptr;
};

struct Endpoint {
    ParameterTable parameters; // in the order in which errors are reported; made by complete_endpoint
    const ParameterSpec* specs = nullptr; // in the order of the handler's arguments
    std::size_t spec_count = 0;
    ReturnInfo returns;
    RouteOptions options;
    Context::WriteInput write_input = &write_bare_value; // for the errors of its parameters
    bool takes_response = false;
    bool has_body = false;
    bool embed_body = false;
    void (*reply)(const Endpoint& endpoint, Exchange& exchange) = nullptr; // of a route with a response_model or response_class
    const UploadSupport* uploads = nullptr; // of a handler that takes a RequestStream, or a form
    const FormSupport* form = nullptr;      // of one that takes a form, itself or by a dependency
    bool is_coroutine = false; // it may go on when the call has returned
    const DependencySupport* support = nullptr; // of a handler that takes Depends
    const Mounted* mounted = nullptr; // of what takes all paths below its own: another application, a directory
    bool strict_content_type = true;  // a body is JSON only when its content type says so
    Disposed<EndpointDependencies> dependencies;
    [[nodiscard]] const ParameterTable& documented() const { return dependencies ? dependencies->parameters : parameters; }
    // Of a coroutine, which needs the request when the call has returned: call_coroutine. Of one with dependencies:
    // call_with_dependencies.
    void (*call_later)(const Endpoint& endpoint, Exchange& exchange) = nullptr;

    Endpoint(const ParameterSpec* first, std::size_t count, const ReturnInfo& result);
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    virtual ~Endpoint();
    // Runs the handler. endpoint: of the route that matched, which is another when a router was included. What it throws is the
    // caller's to answer.
    virtual void call(const Endpoint& endpoint, Exchange& exchange) const = 0;
};

// Calls an endpoint whose handler is a coroutine, with a request of its own, and waits for it if need be.
void call_coroutine(const Endpoint& endpoint, Exchange& exchange);
// Starts the pending response of an exchange, and waits for it if need be.
void start_pending(Exchange& exchange);

// Brings the parameters into FastAPI's order, binds positional ones, checks names against the route. The lists: dependencies
// of the application and of the route.
void complete_endpoint(Endpoint& endpoint, const PathTemplate& path, const DependencyList* const* lists, std::size_t count);

template <class R>
constexpr ReturnInfo describe_return() {
    ReturnInfo info;
    using V = std::remove_cvref_t<R>;
    if constexpr (std::is_void_v<R>) {
        info.is_void = true;
    } else if constexpr (is_task<V>) {
        return describe_return<typename V::value_type>();
    } else if constexpr (is_generator<V>) {
        using Item = typename V::value_type;
        info.is_stream = true;
        info.media_type = std::is_same_v<Item, ServerSentEvent> || is_event_source<V> ? "text/event-stream" : "application/jsonl";
        info.documented_type = info.media_type;
        if constexpr (!std::is_same_v<Item, ServerSentEvent> && !std::is_same_v<Item, json>) info.type = &type_of<Item>;
    } else if constexpr (std::is_base_of_v<Response, V>) {
        info.is_response = true;
        if constexpr (requires { V::media_type; }) info.media_type = V::media_type;
        if constexpr (std::is_same_v<V, RedirectResponse>) info.status_code = 307;
        if constexpr (std::is_same_v<V, JSONResponse> || std::is_same_v<V, Response>) info.media_type = "application/json";
        info.documented_type = info.media_type;
    } else if constexpr (std::is_same_v<V, json>) {
        // Any JSON: no schema.
    } else if constexpr (std::is_convertible_v<V, std::string_view> && !is_literal<V>) {
        info.type = &type_of<std::string>;
    } else {
        info.type = &type_of<V>;
    }
    return info;
}

template <class R>
void respond_value(const Endpoint& endpoint, Exchange& exchange, R&& result) {
    using V = std::remove_cvref_t<R>;
    if constexpr (std::is_base_of_v<Response, V>) {
        respond_with(endpoint, exchange, Response(std::forward<R>(result)));
    } else if constexpr (std::is_same_v<V, json>) {
        respond_json(endpoint, exchange, result);
    } else if constexpr (std::is_convertible_v<V, std::string_view> && !is_literal<V>) {
        respond_string(endpoint, exchange, result);
    } else {
        respond(endpoint, exchange, type_of<V>, &result);
    }
}

// A call of a handler that is a coroutine: what it may refer to, for as long as it runs.
template <class Base, class... A>
struct HeldCall : Base {
    using Base::Base;
    Pack<ArgumentStorage<A>...> storage{};
    Response injected;
    Response* given = nullptr; // the one of its dependencies, in place of that
};

// co_return in a handler.
template <class R, class... A>
struct HeldTask final : TaskResponse<R, HeldCall<PendingResponse, A...>> {
    explicit HeldTask(const Endpoint& of) : endpoint(of) {}
    const Endpoint& endpoint;
    void finish(Response& response) override {
        if (!this->request) return static_cast<void>(this->task.result()); // of a WebSocket: there is nothing to answer
        Exchange exchange{*this->request, response};
        exchange.injected = this->given;
        if (endpoint.takes_response && !this->given) exchange.injected = &this->injected;
        if constexpr (std::is_void_v<typename R::value_type>) {
            this->task.result();
            respond_null(endpoint, exchange);
        } else {
            respond_value(endpoint, exchange, this->task.result());
        }
    }
};

// co_yield in a handler: its items as JSON Lines, or as server-sent events. What has no type is written as Python's json.dumps
// does, with spaces and in ASCII, because FastAPI does so.
template <class R, class... A>
struct HeldGenerator final : GeneratorStream<typename R::value_type, HeldCall<BodyStream, A...>> {
    using Item = typename R::value_type;
    explicit HeldGenerator(const Endpoint& of) : endpoint(of), dump(dump_options(of.options)) {
        bool events = of.returns.streams_events || std::is_same_v<Item, ServerSentEvent> || is_event_source<R>;
        if (events) this->keep_alive = ": ping\n\n";
    }
    const Endpoint& endpoint;
    DumpOptions dump;
    void write(std::string& out, const Item& item) override {
        if constexpr (std::is_same_v<Item, ServerSentEvent>) {
            write_event(out, item);
        } else {
            if constexpr (std::is_convertible_v<const Item&, std::string_view>) {
                if (endpoint.returns.streams_text) return static_cast<void>(out += std::string_view(item));
            }
            bool events = is_event_source<R> || endpoint.returns.streams_events;
            if (events) out += "data: "; // JSON is one line
            if constexpr (std::is_same_v<Item, json>) {
                write_python_json(out, item);
            } else {
                encode(type_of<Item>, &item, out, dump);
            }
            out += events ? "\n\n" : "\n";
        }
    }
};

template <class F, class List>
struct Handler;

template <class F, class... A>
struct Handler<F, TypeList<A...>> final : Endpoint {
    F function;

    static constexpr bool takes_body = ((Argument<A>::source == Source::body) || ...);
    static constexpr bool takes_stream = (Argument<A>::is_stream || ...);
    static constexpr bool takes_form = ((Argument<A>::source == Source::form) || ...);
    static constexpr bool takes_json = ((Argument<A>::reads_json) || ...); // lists and models of parameters are made JSON
    static constexpr ParameterSpec table[sizeof...(A) + 1] = {Argument<A>::spec()..., {}};

    explicit Handler(F callable)
        : Endpoint(table, sizeof...(A), describe_return<typename CallSignature<F>::Result>()), function(std::move(callable)) {
        if constexpr (takes_json) write_input = &write_value;
        if constexpr (is_coroutine_function) {
            is_coroutine = true;
            call_later = &call_coroutine;
        }
        if constexpr ((Argument<A>::is_dependency || ...)) support = &dependency_support<std::conditional_t<true, void, R>>; // only when it is used
        if constexpr (takes_stream) uploads = &upload_support();
    }

    void call(const Endpoint& endpoint, Exchange& exchange) const override {
        if constexpr (is_coroutine_function) {
            begin_call(endpoint, exchange, std::index_sequence_for<A...>{});
        } else {
            call_with(endpoint, exchange, std::index_sequence_for<A...>{});
        }
    }

  private:
    using R = typename CallSignature<F>::Result;
    static constexpr bool is_coroutine_function = is_task<R> || is_generator<R>;
    static_assert(!takes_stream || !(takes_body || takes_form),
                  "fastapi: a handler that takes a RequestStream reads the body itself: it cannot take it as a parameter too");
    static_assert(!takes_form || !takes_body,
                  "fastapi: a body is a form or JSON: a handler cannot take Form or File beside Body or a plain struct; a struct whose "
                  "members are fields of the form is Form<LoginData>");
    static_assert(!takes_stream || !is_generator<R>,
                  "fastapi: a handler that takes a RequestStream answers when it has read: it returns a value or a Task, no Generator");

    template <class Arg, class Storage>
    static void* slot(Storage& storage) {
        if constexpr (std::is_same_v<Storage, NoStorage>) {
            return nullptr;
        } else {
            return Argument<Arg>::slot(storage);
        }
    }
    template <std::size_t I, class Arg, class Storage>
    static decltype(auto) argument(Exchange& exchange, Storage& storage) {
        if constexpr (Argument<Arg>::is_dependency) {
            return std::remove_cvref_t<Arg>(exchange.dependencies[I]);
        } else {
            return given_argument<Arg>(exchange, storage);
        }
    }
    // Begins a coroutine; what it has to say comes later.
    template <std::size_t... I>
    void begin_call(const Endpoint& endpoint, Exchange& exchange, std::index_sequence<I...>) const {
        using Held = typename std::conditional_t<is_task<R>, std::type_identity<HeldTask<R, A...>>, std::type_identity<HeldGenerator<R, A...>>>::type;
        auto held = new Held(endpoint);
        Owned<Held> owned(held);
        auto& storage = held->storage;
        void* slots[sizeof...(A) + 1] = {slot<A>(get<I>(storage))..., nullptr};
        if constexpr (takes_body) {
            if (!resolve_with_body(endpoint, exchange, slots)) return;
        } else {
            if (!resolve(endpoint, exchange, slots)) return;
        }
        held->given = exchange.injected;
        held->injected.status_code = endpoint.options.status_code ? endpoint.options.status_code : 200;
        if (!held->given) exchange.injected = &held->injected;
        held->request = std::move(exchange.detached);
        if constexpr (is_task<R>) {
            held->task = function(argument<I, A>(exchange, get<I>(storage))...);
            exchange.response.pending = Disposed<PendingResponse>(owned.release());
        } else {
            held->generator = function(argument<I, A>(exchange, get<I>(storage))...);
            respond_stream(endpoint, exchange, Disposed<BodyStream>(owned.release()));
        }
    }
    template <std::size_t... I>
    void call_with(const Endpoint& endpoint, Exchange& exchange, std::index_sequence<I...>) const {
        Pack<ArgumentStorage<A>...> storage{};
        void* slots[sizeof...(A) + 1] = {slot<A>(get<I>(storage))..., nullptr};
        if constexpr (takes_body) {
            if (!resolve_with_body(endpoint, exchange, slots)) return;
        } else {
            if (!resolve(endpoint, exchange, slots)) return;
        }
        if constexpr (std::is_void_v<R>) {
            function(argument<I, A>(exchange, get<I>(storage))...);
            respond_null(endpoint, exchange);
        } else {
            respond_value(endpoint, exchange, function(argument<I, A>(exchange, get<I>(storage))...));
        }
    }
};

// A member function together with its object, which must outlive the application.
template <class C, class M>
struct BoundMember {
    C* object;
    M member;
    template <class... A>
    decltype(auto) operator()(A&&... arguments) const {
        return (object->*member)(std::forward<A>(arguments)...);
    }
};
template <class C, class M>
struct CallSignature<BoundMember<C, M>> : MemberSignature<M> {};

template <class F>
constexpr void check_handler() {
    static_assert(CallSignature<F>::known || has_error_inside<F>(),
                  "fastapi: the parameter types of this handler cannot be read: it must be a function or a lambda without "
                  "auto parameters and with one operator()");
    static_assert(!is_mutable_callable<F>(),
                  "fastapi: a handler runs on several threads at once and cannot be a mutable lambda: share state by reference, "
                  "with a lock or an atomic");
}

template <class... A>
consteval bool takes_websocket(TypeList<A...>) {
    return (Argument<A>::is_websocket || ...);
}
template <class... A>
consteval bool takes_body_or_response(TypeList<A...>) {
    return ((Argument<A>::source == Source::body || Argument<A>::source == Source::form || Argument<A>::is_response ||
             Argument<A>::is_stream || Argument<A>::is_tasks) || ...);
}

template <class... A>
consteval bool takes_stream(TypeList<A...>) {
    return (Argument<A>::is_stream || ...);
}

template <Source From, class... A>
consteval bool takes_from(TypeList<A...>) {
    return ((Argument<A>::source == From) || ...);
}

template <class List>
inline constexpr bool has_dependency = false;
// Whether a dependency among the arguments needs something from a source. (Never the reason for a cycle: that is a sentence of
// its own.)
template <Source From, class... A>
consteval bool depends_on(TypeList<A...>) {
    if constexpr ((check_dependency_cycle<A>() && ...)) return (false || ... || (Argument<A>::is_dependency && comes_from<From, A>()));
    return false;
}
template <class... A>
inline constexpr bool has_dependency<TypeList<A...>> = (Argument<A>::is_dependency || ...);

template <class F>
Owned<Endpoint> make_endpoint(F&& function) {
    using V = std::decay_t<F>;
    check_handler<V>();
    if constexpr (CallSignature<V>::known && !is_mutable_callable<V>()) {
        using Arguments = typename CallSignature<V>::Arguments;
        static_assert(!takes_websocket(Arguments{}),
                      "fastapi: a handler that takes a WebSocket& is registered with app.websocket(path, handler)");
        if constexpr (has_dependency<Arguments>)
            static_assert(takes_websocket(Arguments{}) || !depends_on<Source::websocket>(Arguments{}),
                          "fastapi: a dependency of this handler takes a WebSocket&, which only routes of app.websocket() have; a Request& "
                          "is there on both");
        if constexpr (has_dependency<Arguments> && takes_stream(Arguments{}))
            static_assert(!depends_on<Source::body>(Arguments{}) && !depends_on<Source::form>(Arguments{}),
                          "fastapi: a handler that takes a RequestStream reads the body itself: a dependency of it cannot take it too");
        if constexpr (has_dependency<Arguments>)
            static_assert(!(takes_from<Source::body>(Arguments{}) || depends_on<Source::body>(Arguments{})) ||
                              !(takes_from<Source::form>(Arguments{}) || depends_on<Source::form>(Arguments{})),
                          "fastapi: a body is a form or JSON: of a handler and its dependencies some take Form or File, others Body");
        return Owned<Endpoint>(new Handler<V, Arguments>(std::forward<F>(function)));
    } else {
        return {};
    }
}

// The handler of a WebSocket route.
template <class F>
Owned<Endpoint> make_websocket_endpoint(F&& function) {
    using V = std::decay_t<F>;
    check_handler<V>();
    if constexpr (CallSignature<V>::known && !is_mutable_callable<V>()) {
        using Arguments = typename CallSignature<V>::Arguments;
        static_assert(takes_websocket(Arguments{}), "fastapi: the handler of a WebSocket route takes the socket: WebSocket& ws");
        static_assert(!takes_body_or_response(Arguments{}),
                      "fastapi: the handler of a WebSocket route has no body, no Response& and no BackgroundTasks&: messages come from ws.receive_text()");
        if constexpr (has_dependency<Arguments>)
            static_assert(!depends_on<Source::body>(Arguments{}) && !depends_on<Source::form>(Arguments{}),
                          "fastapi: a dependency of a WebSocket route has no body to read");
        static_assert(std::is_void_v<typename CallSignature<V>::Result> || std::is_same_v<typename CallSignature<V>::Result, Task<>>,
                      "fastapi: the handler of a WebSocket route returns nothing: messages are sent with ws.send_text()");
        return Owned<Endpoint>(new Handler<V, Arguments>(std::forward<F>(function)));
    } else {
        return {};
    }
}

// --- the check of a route against its handler, at compile time ------------------------------------------------------------

// What a compiler prints when one of these is reached is their name: they are never defined.
namespace route_errors {
void the_path_of_a_route_must_start_with_a_slash();
void the_path_of_a_route_has_a_brace_that_is_not_closed();
void the_path_of_a_route_has_a_closing_brace_without_an_opening_one();
void the_path_of_a_route_has_a_placeholder_without_a_name();
void the_path_of_a_route_has_an_unknown_convertor_use_str_int_float_uuid_or_path();
void the_path_of_a_route_has_two_placeholders_of_one_name();
void the_path_of_a_route_has_more_than_16_placeholders();
void the_handler_has_a_Path_parameter_whose_name_is_not_in_the_path_of_the_route();
void a_dependency_has_a_Path_parameter_whose_name_is_not_in_the_path_of_the_route();
void the_path_of_the_route_has_a_placeholder_that_no_parameter_of_the_handler_takes();
void the_handler_must_take_as_many_plain_scalars_as_the_path_of_the_route_has_placeholders();
} // namespace route_errors

template <RoutePathRule Rule, class... A>
constexpr void check_route(const PathTemplate& path, TypeList<A...>) {
    constexpr bool whole = Rule == RoutePathRule::whole; // else the path has a prefix that is known later
    if (path.problem == PathProblem::no_slash) route_errors::the_path_of_a_route_must_start_with_a_slash();
    if (path.problem == PathProblem::open_brace) route_errors::the_path_of_a_route_has_a_brace_that_is_not_closed();
    if (path.problem == PathProblem::stray_brace) route_errors::the_path_of_a_route_has_a_closing_brace_without_an_opening_one();
    if (path.problem == PathProblem::no_name) route_errors::the_path_of_a_route_has_a_placeholder_without_a_name();
    if (path.problem == PathProblem::unknown_convertor)
        route_errors::the_path_of_a_route_has_an_unknown_convertor_use_str_int_float_uuid_or_path();
    if (path.problem == PathProblem::duplicate) route_errors::the_path_of_a_route_has_two_placeholders_of_one_name();
    if (path.problem == PathProblem::too_many) route_errors::the_path_of_a_route_has_more_than_16_placeholders();

    constexpr std::size_t positional = (std::size_t{0} + ... + (Argument<A>::is_positional ? 1 : 0));
    constexpr bool takes_request = ((Argument<A>::is_request || Argument<A>::is_websocket) || ...);
    if (positional > 0 && (whole ? positional != path.count : positional < path.count))
        route_errors::the_handler_must_take_as_many_plain_scalars_as_the_path_of_the_route_has_placeholders();
    std::uint32_t taken = 0; // a bit each
    constexpr std::string_view names[sizeof...(A) + 1] = {Argument<A>::path_name()..., {}};
    for (std::string_view name : names) taken |= placeholder_bit(path, name);
    if (whole && taken >> 31U) route_errors::the_handler_has_a_Path_parameter_whose_name_is_not_in_the_path_of_the_route();
    if constexpr ((Argument<A>::is_dependency || ...)) {
        taken |= (std::uint32_t{0} | ... | check_dependency_argument_tree<A>(path));
        if (whole && taken >> 31U) route_errors::a_dependency_has_a_Path_parameter_whose_name_is_not_in_the_path_of_the_route();
    }
    for (std::size_t i = 0; i < path.count; ++i) // {$request.body#/url} of a callback is the client's business
        if (!whole && path.placeholders[i].name.front() == '$') taken |= std::uint32_t{1} << i;
    if (positional == 0 && (taken & ~(std::uint32_t{1} << 31U)) != (std::uint32_t{1} << path.count) - 1 && !takes_request)
        route_errors::the_path_of_the_route_has_a_placeholder_that_no_parameter_of_the_handler_takes();
}

} // namespace detail

// A route path that is known at run time only; checked at registration.
struct RuntimePath {
    std::string text;
};
inline RuntimePath runtime(std::string path) { return {std::move(path)}; }

// A route path, checked against the handler F when it is a literal.
template <class F, detail::RoutePathRule Rule = detail::RoutePathRule::whole>
class RoutePath {
  public:
    template <std::size_t N>
    consteval RoutePath(const char (&literal)[N]) : text_(literal, N - 1) { // NOLINT: implicit on purpose
        detail::check_handler<F>();
        if constexpr (detail::CallSignature<F>::known)
            detail::check_route<Rule>(detail::parse_path_template(text_, Rule), typename detail::CallSignature<F>::Arguments{});
    }
    template <class S>
        requires(!std::is_array_v<S> && std::is_convertible_v<const S&, std::string_view>)
    RoutePath(const S&) { // NOLINT: implicit on purpose, to say this
        static_assert(detail::always_false<S>,
                      "fastapi: the path of a route is a string literal, so that it can be checked against the handler; one that is "
                      "known at run time only is given as runtime(path)");
    }
    RoutePath(const RuntimePath& path) : text_(path.text) {} // NOLINT: implicit on purpose
    [[nodiscard]] constexpr std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

} // namespace fastapi
