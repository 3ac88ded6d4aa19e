#pragma once

// Reads a request into a handler's parameters, collecting every error in FastAPI's order (wire.md 2, 5, 6, 10), and
// writes results as answers.

#include <algorithm>
#include <stdexcept>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/routing/handler.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- registration -------------------------------------------------------------------------------------------------------

FASTAPI_INLINE std::string dashed(std::string_view name) {
    std::string out(name);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

FASTAPI_COLD Endpoint::Endpoint(const ParameterSpec* first, std::size_t count, const ReturnInfo& result)
    : specs(first), spec_count(count), returns(result) {}
FASTAPI_COLD Endpoint::~Endpoint() = default;
FASTAPI_COLD ParameterTable::~ParameterTable() { delete[] items_; }
FASTAPI_COLD void ParameterTable::make(std::size_t size) { items_ = new Parameter[size]; }

// Reflects every model that a type holds, so that a wrong one is refused at registration, not at the first request.
FASTAPI_COLD void reflect_models(const Type& type, SchemaMode mode) {
    Schemas found;
    found.collect(type, mode);
}

// Fills in what follows from a parameter's specification.
FASTAPI_COLD void complete_parameter(Parameter& parameter) {
    const FieldInfo& info = *parameter.slot.info;
    std::string_view alias = !info.validation_alias.empty() ? info.validation_alias : info.alias;
    if (parameter.source == Source::path || alias.empty()) {
        bool convert = parameter.source == Source::header && info.convert_underscores;
        parameter.alias = convert ? dashed(parameter.bound_name) : parameter.bound_name;
    } else {
        parameter.alias = alias;
    }
    const Type* type = parameter.slot.type;
    bool optional = type->kind == Kind::optional;
    while (type->kind == Kind::optional) type = static_cast<const OptionalTraits*>(type->traits)->inner.type;
    reflect_models(*type, SchemaMode::input);
    if (parameter.slot.info->check) parameter.slot.info->check(parameter.slot);
    parameter.is_model = type->kind == Kind::model && parameter.source < Source::body;
    parameter.required = parameter.source == Source::path || info.required || !(optional || parameter.write_default);
    if (parameter.write_default) parameter.write_default(parameter.default_json);
    if (info.matches) info.matches({}); // a wrong pattern is refused now
}

// Finds a parameter's placeholder; returns what is wrong, or null.
FASTAPI_COLD const char* bind_placeholder(Parameter& parameter, const PathTemplate& path, std::size_t& positional) {
    if (parameter.positional) {
        if (positional == path.count) return "takes more plain scalars than the path has placeholders";
        parameter.bound_name = path.placeholders[positional++].name;
        return nullptr;
    }
    for (std::size_t i = 0; i < path.count; ++i)
        if (path.placeholders[i].name == parameter.name) return nullptr;
    return "has a Path parameter whose name is not in the path";
}

// The parameters of a handler or a dependency, in the order in which FastAPI reports errors.
FASTAPI_COLD void fill_parameters(ParameterTable& table, const ParameterSpec* specs, std::size_t count, const PathTemplate& path,
                                  std::size_t& positional, const char*& problem) {
    table.make(count);
    for (Source source : {Source::path, Source::query, Source::header, Source::cookie, Source::body, Source::form}) {
        for (std::size_t i = 0; i < count; ++i) {
            if (specs[i].source != source) continue;
            Parameter& parameter = table.add();
            static_cast<ParameterSpec&>(parameter) = specs[i];
            parameter.index = i;
            parameter.bound_name = parameter.name;
            if (const char* wrong = source == Source::path ? bind_placeholder(parameter, path, positional) : nullptr) problem = wrong;
            complete_parameter(parameter);
        }
    }
}

FASTAPI_COLD void complete_endpoint(Endpoint& endpoint, const PathTemplate& path, const DependencyList* const* lists, std::size_t count) {
    const char* problem = nullptr;
    std::size_t positional = 0;
    std::size_t bodies = 0;
    fill_parameters(endpoint.parameters, endpoint.specs, endpoint.spec_count, path, positional, problem);
    for (const Parameter& parameter : endpoint.parameters) bodies += parameter.source == Source::body;
    if (positional > 0 && positional != path.count) problem = "takes fewer plain scalars than the path has placeholders";
    for (std::size_t i = 0; i < endpoint.spec_count; ++i)
        endpoint.takes_response = endpoint.takes_response || endpoint.specs[i].source == Source::response;
    for (const Parameter& parameter : endpoint.parameters) {
        if (parameter.form) parameter.form->take(endpoint, parameter);
        if (parameter.source != Source::body) continue;
        endpoint.has_body = true;
        endpoint.embed_body = bodies > 1 || parameter.slot.info->embed;
        if (endpoint.embed_body && parameter.name.empty())
            problem = "has body parameters that need names, because each is a key of the body: write Body<Item, \"item\">";
    }
    if (problem) throw std::logic_error(concat({"fastapi: the handler of \"", path.text, "\" ", problem}));
    if (endpoint.returns.type) reflect_models(*endpoint.returns.type, SchemaMode::output);
    for (std::size_t i = 0; i < count; ++i)
        for (const DependencyRef& ref : *lists[i]) endpoint.support = ref.support;
    if (endpoint.support) endpoint.support->plan(endpoint, path, lists, count);
}

// --- parameters of a request ----------------------------------------------------------------------------------------------

FASTAPI_INLINE std::string_view source_name(Source source) {
    switch (source) {
    case Source::path: return "path";
    case Source::query: return "query";
    case Source::header: return "header";
    case Source::cookie: return "cookie";
    default: return "body";
    }
}

// Header bytes are latin-1 (RFC 9110 allows them); JSON and std::string here are UTF-8.
FASTAPI_INLINE std::string_view header_text(std::string_view value, std::string& scratch) {
    bool ascii = std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) return value;
    scratch.clear();
    for (char c : value) append_utf8(scratch, static_cast<unsigned char>(c));
    return scratch;
}

// All values of one key, in order, as the source has them.
template <class V>
FASTAPI_INLINE void each_value(const Request& request, Source source, std::string_view alias, V visit) {
    std::string scratch;
    switch (source) {
    case Source::query:
        for (const auto& [key, value] : request.query_params())
            if (key == alias) visit(value);
        return;
    case Source::cookie:
        for (const auto& [key, value] : request.cookies())
            if (key == alias) visit(value);
        return;
    case Source::header:
        for (const auto& [key, value] : request.headers)
            if (same_header(key, alias)) visit(header_text(value, scratch));
        return;
    default: return;
    }
}

// Whether all values of a key are read, and not one.
[[gnu::noinline]] FASTAPI_COLD bool is_list_type(const Type* type) {
    while (type->kind == Kind::optional) type = static_cast<const OptionalTraits*>(type->traits)->inner.type;
    if (type->kind == Kind::json_text) return is_list_type(static_cast<const JsonTextTraits*>(type->traits)->inner.type);
    if (type->kind == Kind::variant) {
        const auto& traits = *static_cast<const VariantTraits*>(type->traits);
        for (std::size_t i = 0; i < traits.size; ++i)
            if (traits.branches[i].type && is_list_type(traits.branches[i].type)) return true;
    }
    return type->kind == Kind::list || type->kind == Kind::tuple;
}

// One text for a scalar, or none: its default, or an error.
FASTAPI_INLINE void read_scalar(const Parameter& parameter, std::optional<std::string_view> value, void* target, Context& context) {
    LocScope from{context, source_name(parameter.source)};
    LocScope scope{context, parameter.alias};
    // An empty text for the JSON of a list is no value, as FastAPI has it.
    if (value && value->empty() && parameter.slot.type->kind == Kind::json_text && is_list_type(parameter.slot.type)) value.reset();
    if (value) {
        decode(parameter.slot, Value::bare(*value), target, context);
    } else if (parameter.required) {
        context.fail("missing", "Field required", {});
    } else if (parameter.slot.info->decode_default) {
        parameter.slot.info->decode_default(parameter.slot, target, context);
    }
}

FASTAPI_INLINE void read_path(const Parameter& parameter, Request& request, void* target, Context& context) {
    read_scalar(parameter, request.path_param(parameter.alias), target, context);
}
// The last of several values, as FastAPI does.
FASTAPI_INLINE void read_query(const Parameter& parameter, Request& request, void* target, Context& context) {
    read_scalar(parameter, request.query_params().get(parameter.alias), target, context);
}
FASTAPI_INLINE void read_cookie(const Parameter& parameter, Request& request, void* target, Context& context) {
    read_scalar(parameter, request.cookies().get(parameter.alias), target, context);
}
// The first of several headers.
FASTAPI_INLINE void read_header(const Parameter& parameter, Request& request, void* target, Context& context) {
    std::string scratch;
    auto value = request.headers.get(parameter.alias);
    if (value) value = header_text(*value, scratch);
    read_scalar(parameter, value, target, context);
}

// The values of a repeated key as a JSON array of strings.
FASTAPI_INLINE std::string list_text(const Request& request, Source source, std::string_view alias) {
    std::string out;
    each_value(request, source, alias, [&](std::string_view value) {
        out.push_back(out.empty() ? '[' : ',');
        write_json_string(out, value);
    });
    if (!out.empty()) out.push_back(']');
    return out;
}

// The name of a parameter that is a member of a model; FastAPI does not look at AliasChoices here, the validation does.
FASTAPI_COLD std::string_view parameter_name(const Member& member) {
    const FieldInfo& info = *member.slot.info;
    if (!info.alias_paths) return member.key;
    return info.alias.empty() ? member.name : info.alias;
}

// A model of parameters reads an object: each field under its alias (defaults included, as FastAPI does), then every
// other key received.
FASTAPI_COLD std::string parameters_as_object(const Request& request, const Parameter& parameter) {
    const Model& model = static_cast<const ModelTraits*>(parameter.slot.type->traits)->describe();
    JsonWriter writer;
    writer.begin_object();
    std::vector<std::string> processed;
    for (const Member& member : model.members) {
        std::string alias(parameter_name(member));
        bool convert = parameter.source == Source::header && member.slot.info->convert_underscores &&
                       parameter.slot.info->convert_underscores;
        std::string key = alias;
        if (convert && alias == member.name) alias = dashed(alias);
        std::string values = list_text(request, parameter.source, alias);
        std::string text;
        if (values.empty()) {
            if (member.has_default && !member.required)
                encode(*member.slot.type, static_cast<const char*>(model.prototype) + member.offset, text, {});
            if (text == "null") text.clear();
        } else if (is_list_type(member.slot.type) && member.slot.type->kind != Kind::json_text) {
            text = values;
        } else {
            std::optional<std::string> chosen; // the first of a header, the last of anything else
            each_value(request, parameter.source, alias, [&](std::string_view value) {
                if (!chosen || parameter.source != Source::header) chosen = value;
            });
            write_json_string(text, *chosen);
        }
        if (!text.empty()) writer.key(key).raw(text);
        processed.push_back(std::move(alias));
        processed.push_back(std::move(key));
    }
    auto extra = [&](std::string_view key) {
        bool known = std::any_of(processed.begin(), processed.end(), [&](const std::string& one) {
            return parameter.source == Source::header ? same_header(one, key) : one == key;
        });
        if (known) return;
        processed.emplace_back(key);
        std::string values = list_text(request, parameter.source, key);
        Document document;
        document.parse(values);
        auto children = document.root().children();
        std::string single;
        // One value alone; of a cookie the last, as cookies are a plain dictionary in FastAPI.
        bool last_only = parameter.source == Source::cookie || document.root().child_count() == 1;
        if (last_only) {
            Value last;
            while (!children.done()) last = children.next();
            write_value(last, single);
        }
        writer.key(parameter.source == Source::header ? lower_case(key) : std::string(key)).raw(single.empty() ? values : single);
    };
    if (parameter.source == Source::header) {
        for (const auto& [key, value] : request.headers) extra(key);
    } else {
        for (const auto& [key, value] : parameter.source == Source::query ? request.query_params() : request.cookies()) extra(key);
    }
    return std::move(writer.end_object().out);
}

FASTAPI_INLINE void read_model(const Parameter& parameter, Request& request, void* target, Context& context) {
    LocScope from{context, source_name(parameter.source)};
    std::string text = parameters_as_object(request, parameter);
    Document document;
    if (document.parse(text)) decode(parameter.slot, document.root(), target, context);
}

FASTAPI_INLINE void read_list(const Parameter& parameter, Request& request, void* target, Context& context) {
    std::string text = list_text(request, parameter.source, parameter.alias);
    if (text.empty()) return read_scalar(parameter, std::nullopt, target, context);
    LocScope from{context, source_name(parameter.source)};
    LocScope scope{context, parameter.alias};
    Document document;
    if (document.parse(text)) decode(parameter.slot, document.root(), target, context);
}

// --- the body ---------------------------------------------------------------------------------------------------------------

// Whether a content type names JSON: application/json or application/…+json, parameters ignored.
FASTAPI_INLINE bool is_json_type(std::string_view content_type) {
    std::string type = lower_case(trim(content_type.substr(0, content_type.find(';'))));
    return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

FASTAPI_COLD void answer_error(Response& response, int status, std::string_view detail) {
    std::string text = R"({"detail":)";
    write_json_string(text, detail);
    response = Response(text + "}", status, {}, "application/json");
}

FASTAPI_INLINE void resolve_body_parameter(const Parameter& parameter, const Value& value, void* target, Context& context) {
    bool absent = !value || value.is(Value::Kind::null);
    if (!absent) {
        decode(parameter.slot, value, target, context);
    } else if (parameter.required) {
        context.fail("missing", "Field required", {});
    }
}

FASTAPI_INLINE void resolve_body(const ParameterTable& parameters, bool embed, const Value& body, void* const* slots, Context& context) {
    LocScope scope{context, "body"};
    for (const Parameter& parameter : parameters) {
        if (parameter.source != Source::body) continue;
        void* target = slots[parameter.index];
        if (!embed) {
            resolve_body_parameter(parameter, body, target, context);
            continue;
        }
        LocScope key{context, parameter.alias};
        // A body that is no object has none of the keys, whatever their defaults.
        if (body && !body.is(Value::Kind::object) && !body.is(Value::Kind::null)) {
            context.fail("missing", "Field required", {});
        } else {
            resolve_body_parameter(parameter, body.find(parameter.alias), target, context);
        }
    }
}

FASTAPI_COLD void answer_validation_errors(const Endpoint& endpoint, Exchange& exchange) {
    const ExceptionSupport* handlers = exchange.websocket ? nullptr : exception_support_of(exchange.request);
    if (handlers && handlers->refuse) handlers->refuse(endpoint, exchange);
    exchange.response = Response(concat({R"({"detail":)", errors_to_text(exchange.errors), "}"}), 422, {}, "application/json");
}

// Parses the body into document. Returns false when the answer is there already.
FASTAPI_INLINE bool read_body(const Endpoint& endpoint, Exchange& exchange, Document& document, Value& body) {
    const Request& request = exchange.request;
    if (request.body.empty()) return true;
    auto content_type = request.headers.get("content-type");
    if (!(content_type ? is_json_type(*content_type) : !exchange.strict_content_type)) {
        // Any other content is a text to the validation, which refuses it as FastAPI does; it has no keys.
        if (is_valid_utf8(request.body)) {
            if (!endpoint.embed_body) body = Value::bare(request.body);
            return true;
        }
        answer_error(exchange.response, 415, "Unsupported Media Type");
        return false;
    }
    if (document.parse(request.body, exchange.max_depth)) {
        body = document.root();
        return true;
    }
    const JsonError& error = document.error();
    if (error.kind != JsonError::Kind::syntax) {
        answer_error(exchange.response, 400, "There was an error parsing the body");
        return false;
    }
    Context context{exchange.errors};
    LocScope from{context, "body"};
    LocScope at{context, error.offset};
    std::string reason;
    write_json_string(reason, error.message);
    context.fail_raw("json_invalid", "JSON decode error", "{}", ctx_of("error", reason));
    answer_validation_errors(endpoint, exchange);
    return false;
}

FASTAPI_INLINE bool resolve(const Endpoint& endpoint, Exchange& exchange, void* const* slots) {
    Context context{exchange.errors, endpoint.write_input};
    for (const Parameter& parameter : endpoint.parameters)
        if (parameter.read) parameter.read(parameter, exchange.request, slots[parameter.index], context);
    if (exchange.errors.empty()) return true;
    answer_validation_errors(endpoint, exchange);
    return false;
}

FASTAPI_INLINE bool resolve_with_body(const Endpoint& endpoint, Exchange& exchange, void* const* slots) {
    // The body is read first: when it is no JSON, nothing else is reported.
    Document document;
    Value body;
    if (exchange.body) {
        body = exchange.body->value;
    } else if (!read_body(endpoint, exchange, document, body)) {
        return false;
    }
    Context context{exchange.errors};
    for (const Parameter& parameter : endpoint.parameters)
        if (parameter.read) parameter.read(parameter, exchange.request, slots[parameter.index], context);
    resolve_body(endpoint.parameters, endpoint.embed_body, body, slots, context);
    if (exchange.errors.empty()) return true;
    answer_validation_errors(endpoint, exchange);
    return false;
}

// --- results ----------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE void finish_response(const Endpoint& endpoint, Exchange& exchange) {
    Response& response = exchange.response;
    if (endpoint.reply) endpoint.reply(endpoint, exchange);
    if (endpoint.options.status_code) response.status_code = endpoint.options.status_code;
    if (exchange.injected) {
        response.status_code = exchange.injected->status_code;
        response.background.join(std::move(exchange.injected->background));
        for (const auto& [name, value] : exchange.injected->headers) response.headers.append(name, value);
    }
    if (is_bodiless(response.status_code)) response.body.clear();
}

FASTAPI_INLINE void begin_json(Exchange& exchange) { exchange.response.headers.append_trusted("content-type", "application/json"); }

FASTAPI_INLINE DumpOptions dump_options(const RouteOptions& options) {
    DumpOptions dump{options.response_model_exclude_unset, options.response_model_exclude_defaults,
                     options.response_model_exclude_none, options.response_model_by_alias};
    if (!options.response_model_include.empty()) dump.include = options.response_model_include;
    if (!options.response_model_exclude.empty()) dump.exclude = options.response_model_exclude;
    return dump;
}
FASTAPI_INLINE void respond(const Endpoint& endpoint, Exchange& exchange, const Type& type, const void* value) {
    begin_json(exchange);
    const DumpOptions dump = dump_options(endpoint.options.response_model ? default_route_options() : endpoint.options);
    dump.response = endpoint.options.response_model.type;
    exchange.response.body.reserve(256);
    encode(type, value, exchange.response.body, dump);
    finish_response(endpoint, exchange);
}
FASTAPI_INLINE void respond_json(const Endpoint& endpoint, Exchange& exchange, const json& value) {
    begin_json(exchange);
    write_json(exchange.response.body, value);
    finish_response(endpoint, exchange);
}
FASTAPI_INLINE void respond_null(const Endpoint& endpoint, Exchange& exchange) {
    begin_json(exchange);
    exchange.response.body = "null";
    finish_response(endpoint, exchange);
}
FASTAPI_INLINE void respond_string(const Endpoint& endpoint, Exchange& exchange, std::string_view text) {
    begin_json(exchange);
    write_json_string(exchange.response.body, text);
    finish_response(endpoint, exchange);
}
// A Response that the handler made keeps its own status; headers of an injected Response are added.
FASTAPI_INLINE void respond_with(const Endpoint&, Exchange& exchange, Response&& response) {
    exchange.response = std::move(response); // swaps what they own
    if (response.background) { // those that were asked for come first
        response.background.join(std::move(exchange.response.background));
        exchange.response.background = std::move(response.background);
    }
    if (exchange.injected)
        for (const auto& [name, value] : exchange.injected->headers) exchange.response.headers.append(name, value);
    if (exchange.response.stream && !exchange.response.stream->reach->open(*exchange.response.stream, exchange.request, exchange.response)) exchange.response.stream = {};
    if (is_bodiless(exchange.response.status_code)) exchange.response.body.clear();
}
FASTAPI_COLD void call_coroutine(const Endpoint& endpoint, Exchange& exchange) {
    Owned<Request> detached = exchange.request.detached();
    Exchange own{*detached, exchange.response};
    own.detached = std::move(detached);
    own.max_depth = exchange.max_depth;
    own.strict_content_type = exchange.strict_content_type;
    endpoint.call(endpoint, own);
    start_pending(exchange);
}
FASTAPI_COLD void start_pending(Exchange& exchange) {
    if (!exchange.response.pending) return;
    PendingResponse& pending = *exchange.response.pending;
    PendingResponse* carrier = exchange.request.carrier;
    pending.background = std::move(exchange.response.background);
    if (exchange.time_limit_ms > 0) (carrier ? *carrier : pending).limit(exchange.time_limit_ms);
    if (carrier) return; // which starts it
    pending.start();
    if (!pending.done()) {
        if (exchange.request.can_wait) return;
        wait_for(pending);
    }
    Disposed<PendingResponse> ended = std::move(exchange.response.pending);
    if (ended->expired()) throw_timeout(*ended);
    ended->finish(exchange.response);
    exchange.response.background.join(std::move(ended->background));
}

FASTAPI_COLD void respond_stream(const Endpoint& endpoint, Exchange& exchange, Disposed<BodyStream> stream) {
    bool events = endpoint.returns.media_type == "text/event-stream";
    int status = endpoint.options.status_code ? endpoint.options.status_code : 200;
    if (exchange.injected) status = exchange.injected->status_code;
    TaskSlot background = std::move(exchange.response.background);
    exchange.response = Response("", status, {}, endpoint.returns.media_type);
    exchange.response.background = std::move(background);
    if (events) add_event_stream_headers(exchange.response.headers);
    if (exchange.injected)
        for (const auto& [name, value] : exchange.injected->headers) exchange.response.headers.append(name, value);
    exchange.response.stream = std::move(stream);
}

} // namespace fastapi::detail
