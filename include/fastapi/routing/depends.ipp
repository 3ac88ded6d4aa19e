#pragma once

// Dependencies: the tree below a route is brought into steps when the route is registered, and solved for each request in
// FastAPI's order (wire.md 2): depth first, each dependency's own path, query, header, cookie and body parameters before it is
// called; one with errors is not called, its siblings still are.

#include <cstdio>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/routing/depends.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/routing/handler.hpp"
#include "fastapi/routing/overrides.ipp"
#include "fastapi/routing/resolve.ipp"
#include "fastapi/routing/security_scheme.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

FASTAPI_COLD std::string SecurityScopes::scope_str() const {
    std::string out;
    for (const std::string& scope : scopes) out += detail::concat({out.empty() ? "" : " ", scope});
    return out;
}

namespace detail {

FASTAPI_COLD void DependencyList::assign(const DependencyRef* list, std::size_t size) {
    auto made = size ? new DependencyRef[size] : nullptr;
    for (std::size_t i = 0; i < size; ++i) made[i] = list[i];
    delete[] items_;
    items_ = made;
    size_ = size;
}

FASTAPI_COLD void DependencyList::append(const DependencyList& other) {
    auto made = new DependencyRef[size_ + other.size_];
    std::size_t size = 0;
    for (const DependencyList* list : {static_cast<const DependencyList*>(this), &other})
        for (const DependencyRef& ref : *list) made[size++] = ref;
    delete[] items_;
    items_ = made;
    size_ = size;
}

// --- the plan -----------------------------------------------------------------------------------------------------------------

// One call of a dependency, or one more use of what a step before has made.
struct DependencyStep {
    DependencyStep* next = nullptr;
    DependencyStep* previous = nullptr;
    const DependencyUse* use = nullptr;
    const DependencySpec* spec = nullptr; // of the use, or what overrides it
    std::size_t index = 0;                // of its state
    std::size_t frame = 0;                // where in the memory of a request
    ParameterTable parameters;            // its own, in the order in which errors are reported
    bool has_body = false;
    bool uses_scopes = false;          // which scopes are asked for makes a difference below
    DependencyStep* same_as = nullptr; // the step whose value this is
    DependencyStep* first_below = nullptr; // the first step of what it needs; itself when it needs nothing
    DependencyStep** arguments = nullptr;  // by argument; null for what is no dependency
    DependencyScope scope = DependencyScope::automatic; // of a generator
    SecurityScopes scopes;

    DependencyStep() = default;
    DependencyStep(const DependencyStep&) = delete;
    DependencyStep& operator=(const DependencyStep&) = delete;
    ~DependencyStep() { delete[] arguments; }
};

struct DependencyRun::State {
    void* value = nullptr;
    std::size_t errors_before = 0; // in the list, when its own parameters were read; and behind them
    std::size_t errors_after = 0;
    bool has_frame = false;
    bool is_open = false; // a generator at its co_yield
};

struct DependencyPlan : EndpointDependencies {
    DependencyStep* first = nullptr;
    DependencyStep* last = nullptr;
    std::size_t step_count = 0;
    std::size_t memory = 0;        // of a request: frames, states, values by argument
    std::size_t states = 0;        // where in it
    std::size_t values = 0;
    std::size_t value_count = 0;   // the most arguments of one callable
    DependencyStep** extra = nullptr; // of the options
    std::size_t extra_count = 0;
    DependencyStep** arguments = nullptr; // of the handler
    std::size_t argument_count = 0;
    bool outlives_call = false; // there are generators that are torn down after the answer
    bool has_coroutines = false;
    bool takes_response = false;
    bool takes_tasks = false; // background tasks, behind which its generators are torn down

    inline DependencyPlan();
    DependencyPlan(const DependencyPlan&) = delete;
    DependencyPlan& operator=(const DependencyPlan&) = delete;
    ~DependencyPlan() {
        while (first) delete std::exchange(first, first->next);
        delete[] extra;
        delete[] arguments;
    }
    PathTemplate path;      // what it was made from, for another with overrides
    DependencyList lists[2];
};

// Makes the plan of an endpoint; what is overridden is replaced.
class DependencyPlanner {
  public:
    DependencyPlanner(DependencyPlan& plan, const OverrideTable* overrides) : plan_(plan), overrides_(overrides) {}

    [[gnu::cold]] void make(const Endpoint& endpoint) {
        for (std::size_t i = 0; i < endpoint.spec_count; ++i) {
            is_websocket_ = is_websocket_ || endpoint.specs[i].source == Source::websocket;
            plan_.takes_tasks = plan_.takes_tasks || endpoint.specs[i].source == Source::tasks;
        }
        for (const DependencyList& list : plan_.lists) plan_.extra_count += static_cast<std::size_t>(list.end() - list.begin());
        plan_.extra = new DependencyStep*[plan_.extra_count + 1]{};
        std::size_t at = 0;
        for (const DependencyList& list : plan_.lists)
            for (const DependencyRef& ref : list) plan_.extra[at++] = add(*ref.use, {}, nullptr);
        plan_.argument_count = endpoint.spec_count;
        plan_.arguments = new DependencyStep*[endpoint.spec_count + 1]{};
        widen(endpoint.spec_count);
        for (std::size_t i = 0; i < endpoint.spec_count; ++i)
            if (endpoint.specs[i].dependency) plan_.arguments[i] = add(*endpoint.specs[i].dependency, {}, nullptr);
        auto place = [&](std::size_t& where, std::size_t size) {
            frames_ = (frames_ + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);
            where = frames_;
            frames_ += size;
        };
        place(plan_.states, plan_.step_count * sizeof(DependencyRun::State));
        place(plan_.values, 2 * (plan_.value_count + 1) * sizeof(void*)); // of a step, and of the handler
        plan_.memory = frames_;
    }

  private:
    struct Above { // the chain of dependencies that need the one at hand
        const DependencySpec* spec;
        const Above* up;
    };
    DependencyPlan& plan_;
    const OverrideTable* overrides_;
    std::size_t frames_ = 0;
    bool is_websocket_ = false;

    [[gnu::cold]] void widen(std::size_t arguments) {
        if (arguments > plan_.value_count) plan_.value_count = arguments;
    }

    static DependencyScope scope_of(const DependencyUse& use) {
        if (use.scope != DependencyScope::automatic) return use.scope;
        return use.spec->is_generator ? DependencyScope::request : DependencyScope::automatic;
    }

    [[gnu::cold]] DependencyStep* add(const DependencyUse& use, const SecurityScopes& asked, const Above* above) {
        Owned<DependencyStep> owned(new DependencyStep);
        DependencyStep& step = *owned;
        step.use = &use;
        step.spec = overrides_ ? overrides_->replacement(*use.spec) : use.spec;
        for (const Above* up = above; up; up = up->up)
            if (up->spec == step.spec) step.spec = use.spec; // what an override replaces is there for the override
        const DependencySpec& spec = *step.spec;
        for (const Above* up = above; up; up = up->up)
            if (up->spec == &spec) throw std::logic_error(concat({"fastapi: the dependency ", spec.name, spec.name.empty() ? "" : " ", "needs itself"}));
        step.scopes = asked;
        for (std::string_view rest = use.scopes; !rest.empty();) {
            std::size_t end = rest.find(' ');
            std::string scope(rest.substr(0, end));
            bool known = false;
            for (const std::string& one : step.scopes.scopes) known = known || one == scope;
            if (!known) step.scopes.scopes.push_back(std::move(scope));
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
        step.uses_scopes = !use.scopes.empty() || spec.scheme;
        step.scope = scope_of(use);
        step.arguments = new DependencyStep*[spec.spec_count + 1]{};
        widen(spec.spec_count);
        Above here{&spec, above};
        for (std::size_t i = 0; i < spec.spec_count; ++i) {
            const ParameterSpec& one = spec.specs[i];
            if (one.source == Source::scopes) step.uses_scopes = true;
            if (one.source == Source::response) plan_.takes_response = true;
            if (one.source == Source::tasks) plan_.takes_tasks = true;
            if (one.source == Source::tasks && is_websocket_) refuse(spec, "takes BackgroundTasks&, and a WebSocket has no answer to run them behind");
            if ((one.source == Source::websocket && !is_websocket_) || (one.source == Source::body && is_websocket_))
                refuse(spec, is_websocket_ ? "reads a body, which a WebSocket has not" : "takes a WebSocket&, and the route is none");
            if (!one.dependency) continue;
            step.arguments[i] = add(*one.dependency, step.scopes, &here);
            if (!step.first_below) step.first_below = step.arguments[i]->first_below;
            step.uses_scopes = step.uses_scopes || step.arguments[i]->uses_scopes;
        }
        if (!step.first_below) step.first_below = &step;
        step.same_as = use.use_cache ? find(step) : nullptr;
        if (!step.same_as) fill(step);
        step.index = plan_.step_count++;
        step.previous = plan_.last;
        (plan_.last ? plan_.last->next : plan_.first) = &step;
        plan_.last = owned.release();
        return &step;
    }

    [[noreturn, gnu::cold]] void refuse(const DependencySpec& spec, std::string_view why) const {
        throw std::logic_error(concat({"fastapi: the dependency ", spec.name, spec.name.empty() ? "" : " ", "of the route \"",
                                       plan_.path.text, "\" ", why}));
    }

    // The first step that makes the same: FastAPI's key is the callable, the scopes it is asked for, and when it is torn down.
    [[gnu::cold]] DependencyStep* find(const DependencyStep& step) const {
        for (DependencyStep* one = plan_.first; one; one = one->next)
            if (!one->same_as && one->use->spec == step.use->spec && one->spec == step.spec && one->scope == step.scope &&
                same_scopes(*one, step))
                return one;
        return nullptr;
    }
    [[gnu::cold]] static bool same_scopes(const DependencyStep& a, const DependencyStep& b) {
        if (a.uses_scopes != b.uses_scopes) return false;
        if (!a.uses_scopes) return true;
        if (a.scopes.scopes.size() != b.scopes.scopes.size()) return false; // none is there twice
        for (const std::string& scope : a.scopes.scopes) {
            bool found = false;
            for (const std::string& other : b.scopes.scopes) found = found || other == scope;
            if (!found) return false;
        }
        return true;
    }

    [[gnu::cold]] void fill(DependencyStep& step) {
        const DependencySpec& spec = *step.spec;
        std::size_t positional = 0;
        const char* problem = nullptr;
        fill_parameters(step.parameters, spec.specs, spec.spec_count, plan_.path, positional, problem);
        if (problem) refuse(spec, problem);
        for (const Parameter& parameter : step.parameters) step.has_body = step.has_body || parameter.source == Source::body;
        if (is_websocket_)
            for (const Parameter& parameter : step.parameters)
                if (parameter.form) refuse(spec, "reads a form, which a WebSocket has not");
        frames_ = (frames_ + spec.alignment - 1) / spec.alignment * spec.alignment;
        step.frame = frames_;
        frames_ += spec.size;
        plan_.has_coroutines = plan_.has_coroutines || spec.coroutine;
        plan_.outlives_call = plan_.outlives_call || (spec.is_generator && step.scope != DependencyScope::function);
    }
};

// Each step once, before what it needs: the order of the documentation.
template <class Visit>
FASTAPI_COLD void visit_step(const DependencyStep& step, Visit& visit) {
    if (!step.same_as) visit(step);
    for (std::size_t i = 0; i < step.spec->spec_count; ++i)
        if (step.arguments[i]) visit_step(*step.arguments[i], visit);
}
template <class Visit>
FASTAPI_COLD void visit_plan(const DependencyPlan& plan, Visit visit) {
    for (std::size_t i = 0; i < plan.extra_count; ++i) visit_step(*plan.extra[i], visit);
    for (std::size_t i = 0; i < plan.argument_count; ++i)
        if (plan.arguments[i]) visit_step(*plan.arguments[i], visit);
}

struct CopyParameters {
    const Endpoint& endpoint;
    ParameterTable& target;
    Source source;
    [[gnu::cold]] void copy(const ParameterTable& table) const {
        for (const Parameter& parameter : table)
            if (parameter.source == source) target.add() = parameter;
    }
    [[gnu::cold]] void operator()(const DependencyStep& step) const { copy(step.parameters); }
};

// Whether the body's parameters are keys of it: when there are several names among them, or Embed is there.
FASTAPI_COLD void embed_bodies(Endpoint& endpoint, const DependencyPlan& plan, const PathTemplate& path) {
    const Parameter* first = nullptr;
    bool several = false;
    bool unnamed = false;
    for (const Parameter& parameter : plan.parameters) {
        if (parameter.source != Source::body) continue;
        if (!first) first = &parameter;
        several = several || parameter.name != first->name || (parameter.name.empty() && parameter.slot.type != first->slot.type);
        unnamed = unnamed || parameter.name.empty();
    }
    if (!first) return;
    endpoint.has_body = true;
    endpoint.embed_body = several || first->slot.info->embed;
    if (endpoint.embed_body && unnamed)
        throw std::logic_error(concat({"fastapi: the handler of \"", path.text,
                                       "\" and its dependencies have body parameters that need names, because each is a key of the body: "
                                       "write Body<Item, \"item\">"}));
}

FASTAPI_INLINE void call_with_dependencies(const Endpoint& endpoint, Exchange& exchange);

FASTAPI_COLD void plan_dependencies(Endpoint& endpoint, const PathTemplate& path, const DependencyList* const* lists, std::size_t count) {
    auto plan = new DependencyPlan;
    endpoint.dependencies = Disposed<EndpointDependencies>(plan);
    plan->path = path;
    for (std::size_t i = 0; i < count && i < 2; ++i) plan->lists[i] = *lists[i];
    DependencyPlanner(*plan, nullptr).make(endpoint);
    std::size_t size = 0;
    for (const Parameter& parameter : endpoint.parameters) size += parameter.slot.type != nullptr;
    for (const DependencyStep* step = plan->first; step; step = step->next)
        for (const Parameter& parameter : step->parameters) size += parameter.slot.type != nullptr;
    plan->parameters.make(size);
    for (Source source : {Source::path, Source::query, Source::header, Source::cookie, Source::body, Source::form}) {
        CopyParameters copy{endpoint, plan->parameters, source};
        copy.copy(endpoint.parameters);
        visit_plan(*plan, copy);
    }
    embed_bodies(endpoint, *plan, path);
    for (const Parameter& parameter : plan->parameters)
        if (parameter.form) parameter.form->take(endpoint, parameter);
    endpoint.takes_response = endpoint.takes_response || plan->takes_response;
    endpoint.call_later = &call_with_dependencies;
}

// The plan of an endpoint while dependencies are overridden. The document and what it says of the body stay as they are.
FASTAPI_COLD Disposed<EndpointDependencies> plan_with_overrides(const Endpoint& endpoint, const OverrideTable& overrides) {
    const auto& plan = static_cast<const DependencyPlan&>(*endpoint.dependencies);
    auto made = new DependencyPlan;
    Disposed<EndpointDependencies> owned(made);
    made->path = plan.path;
    for (std::size_t i = 0; i < 2; ++i) made->lists[i] = plan.lists[i];
    DependencyPlanner(*made, &overrides).make(endpoint);
    return owned;
}

// --- security in the OpenAPI document -------------------------------------------------------------------------------------------

FASTAPI_COLD void write_scopes(JsonWriter& writer, const SecurityScheme& scheme) {
    writer.key("scopes").begin_object();
    for (std::size_t i = 0; i < scheme.scope_count; ++i) writer.key(scheme.scopes[i].name).string(scheme.scopes[i].description);
    writer.end_object();
}

FASTAPI_COLD std::string security_scheme_text(const SecurityScheme& scheme) {
    JsonWriter writer;
    writer.begin_object().key("type").string(scheme.type).member("description", scheme.description);
    writer.member("in", scheme.in).member("name", scheme.name).member("scheme", scheme.scheme);
    writer.member("bearerFormat", scheme.bearer_format).member("openIdConnectUrl", scheme.open_id_connect_url);
    if (scheme.flow_count) {
        writer.key("flows").begin_object();
        for (std::size_t i = 0; i < scheme.flow_count; ++i) {
            const OAuthFlow& flow = scheme.flows[i];
            writer.key(flow.kind).begin_object().member("refreshUrl", flow.refresh_url);
            write_scopes(writer, scheme);
            writer.member("authorizationUrl", flow.authorization_url).member("tokenUrl", flow.token_url).end_object();
        }
        writer.end_object();
    }
    return std::move(writer.end_object().out);
}

// The schemes that a route uses, in the order of their first uses, and the scopes of each as JSON with commas in between.
struct UsedSchemes {
    std::vector<std::string>& names;
    std::vector<std::string>& scopes;
    SchemaList& schemes;
    [[gnu::cold]] void operator()(const DependencyStep& step) const {
        const SecurityScheme* scheme = step.spec->scheme;
        if (!scheme) return;
        bool known = false; // in the document
        for (const auto& one : schemes) known = known || one->name == scheme->scheme_name;
        if (!known) add_schema(schemes, std::string(scheme->scheme_name), security_scheme_text(*scheme));
        std::size_t at = 0;
        while (at < names.size() && names[at] != scheme->scheme_name) ++at;
        if (at == names.size()) {
            names.emplace_back(scheme->scheme_name);
            scopes.emplace_back("");
        }
        for (const std::string& scope : step.scopes.scopes) {
            std::string text;
            write_json_string(text, scope);
            if (scopes[at].find(text) == std::string::npos) scopes[at] += concat({scopes[at].empty() ? "" : ",", text});
        }
    }
};

FASTAPI_COLD void write_plan_security(const EndpointDependencies& plan, JsonWriter& operation, SchemaList& schemes) {
    std::vector<std::string> names;
    std::vector<std::string> scopes;
    visit_plan(static_cast<const DependencyPlan&>(plan), UsedSchemes{names, scopes, schemes});
    if (names.empty()) return;
    operation.key("security").begin_array();
    for (std::size_t i = 0; i < names.size(); ++i)
        operation.begin_object().key(names[i]).raw(concat({"[", scopes[i], "]"})).end_object();
    operation.end_array();
}

inline DependencyPlan::DependencyPlan() {
    dispose = [](EndpointDependencies* self) { delete static_cast<DependencyPlan*>(self); };
    write_security = &write_plan_security;
}

// --- one request ----------------------------------------------------------------------------------------------------------------

struct DependencyRun::Body : BodyRead {};

FASTAPI_INLINE DependencyRun::DependencyRun(const Endpoint& endpoint, const DependencyPlan& plan, Exchange& exchange, void* room)
    : Afterwards{[](Afterwards* self) { delete static_cast<DependencyRun*>(self); },
                 [](Afterwards* self, std::exception_ptr error, std::exception_ptr* thrown) {
                     static_cast<DependencyRun*>(self)->close_rest(std::move(error), thrown);
                 }},
      endpoint_(endpoint), plan_(plan), exchange_(&exchange), owns_memory_(room == nullptr) {
    memory_ = room ? static_cast<unsigned char*>(room) : static_cast<unsigned char*>(::operator new(plan.memory));
    auto states = reinterpret_cast<State*>(memory_ + plan.states);
    for (std::size_t i = 0; i < plan.step_count; ++i) ::new (states + i) State;
    if (endpoint.takes_response || plan.takes_response) {
        injected.status_code = endpoint.options.status_code ? endpoint.options.status_code : 200;
        exchange.injected = &injected;
    }
}

FASTAPI_INLINE DependencyRun::~DependencyRun() {
    if (open_ > 0) close_rest(nullptr, nullptr);
    for (const DependencyStep* step = plan_.last; step; step = step->previous)
        if (step->index < begun_ && state(*step).has_frame) step->spec->destroy(frame(*step));
    if (owns_memory_) ::operator delete(memory_);
}

FASTAPI_INLINE DependencyRun::State& DependencyRun::state(const DependencyStep& step) const {
    return *std::launder(reinterpret_cast<State*>(memory_ + plan_.states) + step.index);
}
FASTAPI_INLINE void* DependencyRun::frame(const DependencyStep& step) const { return memory_ + step.frame; }
FASTAPI_INLINE const DependencyStep* DependencyRun::first() const { return plan_.first; }
FASTAPI_INLINE const DependencyStep* DependencyRun::last() const { return plan_.last; }
FASTAPI_INLINE const DependencyStep* DependencyRun::after(const DependencyStep* step) { return step->next; }
FASTAPI_INLINE const DependencyStep* DependencyRun::before(const DependencyStep* step) { return step->previous; }
FASTAPI_INLINE void call_endpoint(const Endpoint& endpoint, Exchange& exchange) { endpoint.call(endpoint, exchange); }
FASTAPI_INLINE const DependencyCoroutine* coroutine_of(const DependencyStep& step) { return step.spec->coroutine; }

FASTAPI_INLINE bool DependencyRun::read_body() {
    if (!endpoint_.has_body) return true;
    body_ = Owned<Body>(new Body);
    exchange_->body = body_.get();
    return detail::read_body(endpoint_, *exchange_, body_->document, body_->value);
}

FASTAPI_INLINE void DependencyRun::read_parameters(const DependencyStep& step, void* frame) {
    auto slots = reinterpret_cast<void**>(memory_ + plan_.values);
    step.spec->slots(frame, slots);
    Context context{exchange_->errors};
    for (const Parameter& parameter : step.parameters)
        if (parameter.read) parameter.read(parameter, exchange_->request, slots[parameter.index], context);
    if (step.has_body) resolve_body(step.parameters, endpoint_.embed_body, body_ ? body_->value : Value{}, slots, context);
}

FASTAPI_INLINE bool DependencyRun::begin(const DependencyStep& step) {
    ErrorList& errors = exchange_->errors;
    State& here = state(step);
    here.errors_before = errors.size();
    begun_ = step.index + 1;
    if (step.same_as) { // its parameters are wrong once more
        const State& made = state(*step.same_as);
        here.value = made.value;
        for (std::size_t i = made.errors_before; i < made.errors_after && errors.size() < Context::max_errors; ++i) {
            ErrorDetail copy = errors[i];
            errors.push_back(std::move(copy));
        }
        here.errors_after = errors.size();
        return false;
    }
    void* storage = frame(step);
    step.spec->make(storage);
    here.has_frame = true;
    if (step.parameters.begin() != step.parameters.end()) read_parameters(step, storage);
    here.errors_after = errors.size();
    // When no more errors are collected, one may be missing from the list.
    if (errors.size() != state(*step.first_below).errors_before || errors.size() >= Context::max_errors) return false;
    auto values = reinterpret_cast<void**>(memory_ + plan_.values);
    for (std::size_t i = 0; i < step.spec->spec_count; ++i) values[i] = step.arguments[i] ? state(*step.arguments[i]).value : nullptr;
    step.spec->call(storage, DependencyCall{step.spec->function, *exchange_, values, step.scopes});
    if (step.spec->coroutine) return true;
    here.value = step.spec->value(storage);
    return false;
}

FASTAPI_INLINE void DependencyRun::end(const DependencyStep& step) {
    State& here = state(step);
    step.spec->coroutine->collect(frame(step));
    here.value = step.spec->value(frame(step));
    here.is_open = step.spec->is_generator;
    if (here.is_open) ++open_;
}

FASTAPI_INLINE void DependencyRun::run(const DependencyStep& step) {
    if (!operation_) operation_ = Owned<Operation>(new Operation);
    const DependencyCoroutine& coroutine = *step.spec->coroutine;
    operation_->resume(coroutine.resume(frame(step), {}));
    if (!coroutine.waits(frame(step))) return;
    struct Waiting {
        const DependencyCoroutine& coroutine;
        void* frame;
    } waiting{coroutine, frame(step)};
    run_until(*operation_, [](void* argument) {
        auto one = static_cast<Waiting*>(argument);
        return !one->coroutine.waits(one->frame);
    }, &waiting);
}

FASTAPI_INLINE void DependencyRun::solve() {
    for (const DependencyStep* step = plan_.first; step; step = step->next) {
        if (!begin(*step)) continue;
        run(*step);
        end(*step);
    }
    finish_arguments();
}

FASTAPI_INLINE void DependencyRun::finish_arguments() {
    auto values = reinterpret_cast<void**>(memory_ + plan_.values) + plan_.value_count + 1;
    for (std::size_t i = 0; i < plan_.argument_count; ++i) values[i] = plan_.arguments[i] ? state(*plan_.arguments[i]).value : nullptr;
    exchange_->dependencies = values;
}

FASTAPI_INLINE bool DependencyRun::wants_close(const DependencyStep& step, DependencyScope scope) const {
    if (step.index >= begun_ || !state(step).is_open) return false;
    return (scope == DependencyScope::function) == (step.scope == DependencyScope::function);
}
FASTAPI_INLINE void DependencyRun::begin_close(const DependencyStep& step, std::exception_ptr error) {
    state(step).is_open = false;
    --open_;
    step.spec->coroutine->begin_close(frame(step), std::move(error));
}
FASTAPI_INLINE std::exception_ptr DependencyRun::end_close(const DependencyStep& step) {
    return step.spec->coroutine->end_close(frame(step));
}

FASTAPI_INLINE std::exception_ptr DependencyRun::close(DependencyScope scope, std::exception_ptr error) {
    for (const DependencyStep* step = plan_.last; step; step = step->previous) {
        if (!wants_close(*step, scope)) continue;
        begin_close(*step, std::move(error));
        run(*step);
        error = end_close(*step);
    }
    return error;
}

FASTAPI_INLINE void DependencyRun::close_rest(std::exception_ptr error, std::exception_ptr* thrown) {
    bool failed = static_cast<bool>(error);
    error = close(DependencyScope::function, std::move(error));
    error = close(DependencyScope::request, std::move(error));
    if (!error || failed) return; // what ended the answer is reported by whoever was sending it
    if (thrown) *thrown = error;
    const char* what = "an exception that is no std::exception";
    std::string text;
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& exception) {
        text = exception.what();
        what = text.c_str();
    } catch (...) { // what says it
    }
    std::string line = concat({"ERROR:    Exception in a dependency, after the answer was sent: ", what, "\n"});
    std::fputs(line.c_str(), stderr);
}

FASTAPI_COLD std::exception_ptr swallowed_exception() {
    try {
        throw FastAPIError("Response not awaited. There's a high chance that the application code is raising an exception and a dependency "
                           "with co_yield has a catch (...) block that does not throw it again.");
    } catch (...) { // less to compile than std::make_exception_ptr
        return std::current_exception();
    }
}
FASTAPI_COLD std::exception_ptr validation_exception(const ErrorList& errors) {
    try {
        throw RequestValidationError(errors);
    } catch (...) {
        return std::current_exception();
    }
}
FASTAPI_COLD std::exception_ptr disconnect_exception() {
    try {
        throw ClientDisconnect();
    } catch (...) {
        return std::current_exception();
    }
}
FASTAPI_COLD bool is_validation_exception(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const RequestValidationError&) {
        return true;
    } catch (...) {
        return false;
    }
}
FASTAPI_COLD void close_with_errors(WebSocket& socket, const ErrorList& errors) {
    const ExceptionSupport* handlers = exception_support_of(socket.request());
    if (handlers && handlers->refuse_socket) return handlers->refuse_socket(socket, errors);
    socket.close(1008, errors_to_text(errors));
}

// Solves, calls, and tears down what is to be gone before the answer is sent.
FASTAPI_INLINE void run_dependent_call(const Endpoint& endpoint, Exchange& exchange, DependencyRun& run) {
    if (!run.read_body()) return;
    std::exception_ptr error;
    try {
        run.solve();
        endpoint.call(endpoint, exchange);
    } catch (...) {
        if (!run.has_open()) throw;
        error = std::current_exception();
    }
    if (!run.has_open()) return;
    bool refused = !error && !exchange.errors.empty();
    if (refused) error = validation_exception(exchange.errors);
    bool failed = static_cast<bool>(error);
    error = run.close(DependencyScope::function, std::move(error));
    if (failed && !error) error = swallowed_exception();
    failed = static_cast<bool>(error);
    if (failed || exchange.websocket) {
        error = run.close(DependencyScope::request, std::move(error));
        if (failed && !error && !exchange.websocket) error = swallowed_exception();
    }
    if (error && !(refused && is_validation_exception(error))) std::rethrow_exception(error);
}

// The plan of an endpoint as it stands, or with what is overridden now.
FASTAPI_INLINE const DependencyPlan& plan_of(const Endpoint& endpoint, const Exchange& exchange) {
    const auto& plan = static_cast<const DependencyPlan&>(*endpoint.dependencies);
    FastAPI* app = exchange.request.app;
    const OverrideTable* overrides = app ? overrides_of(*app) : nullptr;
    return overrides ? static_cast<const DependencyPlan&>(overrides->plan(endpoint)) : plan;
}

FASTAPI_INLINE Exchange exchange_with(const Exchange& exchange, Owned<Request>& detached) {
    Exchange own{*detached, exchange.response};
    own.detached = std::move(detached);
    own.websocket = exchange.websocket;
    own.max_depth = exchange.max_depth;
    own.strict_content_type = exchange.strict_content_type;
    return own;
}

// Has the dependencies live as long as a stream that may refer to them, or until they are torn down when the answer was sent.
FASTAPI_INLINE void keep_run(Response& response, Owned<DependencyRun>& run) {
    if (response.stream) {
        response.stream->afterwards = Disposed<Afterwards>(run.release());
    } else if (run->has_open()) {
        response.afterwards = Disposed<Afterwards>(run.release());
    }
}

FASTAPI_INLINE void call_with_dependencies(const Endpoint& endpoint, Exchange& exchange) {
    const DependencyPlan& plan = plan_of(endpoint, exchange);
    if (endpoint.is_coroutine && !endpoint.returns.is_stream) {
        if (exchange.websocket) return endpoint.support->begin(endpoint, plan, exchange);
        Owned<Request> detached = exchange.request.detached();
        Exchange own = exchange_with(exchange, detached);
        endpoint.support->begin(endpoint, plan, own);
        return start_pending(exchange);
    }
    // A stream may outlive the call, as background tasks do, and its dependencies with it: they see a request of its own.
    bool streams = plan.takes_tasks || endpoint.returns.is_stream || (endpoint.returns.is_response && (exchange.request.can_wait || exchange.request.can_pull));
    constexpr std::size_t room_size = 1024;
    if (!streams && !endpoint.returns.is_response && !plan.outlives_call && plan.memory <= room_size) {
        alignas(std::max_align_t) unsigned char room[room_size];
        DependencyRun run(endpoint, plan, exchange, room);
        return run_dependent_call(endpoint, exchange, run);
    }
    if (!streams) {
        Owned<DependencyRun> run(new DependencyRun(endpoint, plan, exchange, nullptr));
        run_dependent_call(endpoint, exchange, *run);
        return keep_run(exchange.response, run);
    }
    Owned<Request> detached = exchange.request.detached();
    Exchange own = exchange_with(exchange, detached);
    Owned<DependencyRun> run(new DependencyRun(endpoint, plan, own, nullptr));
    run_dependent_call(endpoint, own, *run);
    run->request = std::move(own.detached);
    run->owns_request = static_cast<bool>(run->request);
    keep_run(exchange.response, run);
}

} // namespace detail

} // namespace fastapi
