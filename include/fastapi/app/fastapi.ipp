#pragma once

#include <cstdio>
#include <mutex>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/openapi/docs.hpp"
#include "fastapi/openapi/openapi.hpp"
#include "fastapi/server/counters.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

FASTAPI_COLD RouteOptions::~RouteOptions() = default;

namespace detail {
FASTAPI_COLD const RouteOptions& default_route_options() {
    static const RouteOptions options{};
    return options;
}
} // namespace detail

struct FastAPI::Cache {
    std::mutex mutex;
    std::string openapi;
    Attached* attached = nullptr;
    Attached* routers = nullptr;  // of include_router, one of those above
    Attached* mounts = nullptr;   // as well
    struct Webhooks : Attached {
        const detail::List<detail::Owned<detail::Route>>& (*routes)(Webhooks& self); // for the document
    };
    Webhooks* webhooks = nullptr;
    struct Frontends : Attached { // asked when nothing matches; null: nothing there either
        const detail::Endpoint* (*find)(const Frontends& self, Request& request);
    };
    Frontends* frontends = nullptr;
    const detail::AtomicCounters* counters = nullptr; // of the server that runs; one of several processes' has slots
    const detail::WorkerSlot* slots = nullptr;
    int slot_count = 0;
    ~Cache() {
        while (attached) {
            Attached* last = attached;
            attached = last->next;
            last->dispose(last);
        }
    }
};

FASTAPI_COLD FastAPI::FastAPI(FastAPIOptions options) : Registration(&add_own_route), options_(std::move(options)), cache_(new Cache) {
    add_documentation();
}
FASTAPI_COLD FastAPI::~FastAPI() = default;

FASTAPI_COLD FastAPI::Attached* FastAPI::attach(Attached* made) {
    made->next = cache_->attached;
    return cache_->attached = made;
}

FASTAPI_COLD ServerCounters FastAPI::server_counters() const {
    using detail::AtomicCounters;
    struct Pair {
        std::uint64_t ServerCounters::*number;
        AtomicCounters::Count AtomicCounters::*counter;
    };
    static constexpr Pair pairs[] = {
        {&ServerCounters::accepted, &AtomicCounters::accepted},
        {&ServerCounters::turned_away, &AtomicCounters::turned_away},
        {&ServerCounters::turned_away_client, &AtomicCounters::turned_away_client},
        {&ServerCounters::requests, &AtomicCounters::requests},
        {&ServerCounters::bytes_received, &AtomicCounters::bytes_received},
        {&ServerCounters::bytes_sent, &AtomicCounters::bytes_sent},
        {&ServerCounters::refused, &AtomicCounters::refused},
        {&ServerCounters::refused_syntax, &AtomicCounters::refused_syntax},
        {&ServerCounters::refused_body_size, &AtomicCounters::refused_body_size},
        {&ServerCounters::refused_target_size, &AtomicCounters::refused_target_size},
        {&ServerCounters::refused_head_size, &AtomicCounters::refused_head_size},
        {&ServerCounters::timed_out, &AtomicCounters::timed_out},
        {&ServerCounters::timed_out_head, &AtomicCounters::timed_out_head},
        {&ServerCounters::timed_out_body, &AtomicCounters::timed_out_body},
        {&ServerCounters::timed_out_writing, &AtomicCounters::timed_out_writing},
    };
    ServerCounters sums;
    std::lock_guard lock(cache_->mutex);
    for (int i = 0; cache_->counters && i < (cache_->slots ? cache_->slot_count : 1); ++i) {
        const AtomicCounters& counters = cache_->slots ? cache_->slots[i].counters : *cache_->counters;
        for (const Pair& pair : pairs) sums.*pair.number += (counters.*pair.counter).load(std::memory_order_relaxed);
        sums.open += static_cast<std::uint64_t>(counters.open.load(std::memory_order_relaxed));
    }
    return sums;
}

namespace detail {
FASTAPI_COLD std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) {
        if (!out.empty()) out.push_back(' ');
        out += text;
    }
    return out;
}
} // namespace detail

namespace detail {
// A route of what was registered. prefix: of its path.
FASTAPI_COLD Owned<Route> make_route(std::string_view prefix, std::string_view path, std::string_view methods, Owned<Endpoint> endpoint,
                                     const RouteOptions& options, std::string_view function_name, const FastAPIOptions& app,
                                     RoutePathRule rule) {
    Owned<Route> route(new Route);
    route->path.append(prefix).append(path);
    while (!methods.empty()) {
        std::size_t end = methods.find(' ');
        route->methods.emplace_back(methods.substr(0, end));
        methods.remove_prefix(end == std::string_view::npos ? methods.size() : end + 1);
    }
    route->in_schema = options.include_in_schema && app.include_in_schema;
    route->name = !options.name.empty() ? options.name : std::string(function_name);
    const DependencyList* lists[] = {&app.dependencies, &options.dependencies};
    complete_endpoint(*endpoint, parse_path_template(route->path, rule), lists, 2);
    endpoint->options = options;
    endpoint->options.deprecated = options.deprecated || app.deprecated;
    if (!options.generate_unique_id_function) endpoint->options.generate_unique_id_function = app.generate_unique_id_function;
    const ResponseClass* given = options.response_class.of ? options.response_class.of : app.default_response_class.of;
    InstallReply install = given ? given->install : app.responses.table() ? app.responses.table()->install : options.response_model.install;
    if (install) install(*endpoint, app);
    if (options.max_body_size && !endpoint->uploads)
        throw std::logic_error(concat({"fastapi: the route \"", route->path,
                                       "\" has a max_body_size, which is for handlers that take a RequestStream or a form"}));
    if (app.callbacks.routes()) app.callbacks.routes()->make(*app.callbacks.routes(), *route);
    if (options.callbacks.routes()) options.callbacks.routes()->make(*options.callbacks.routes(), *route);
    route->endpoint = std::move(endpoint);
    return route;
}

// What other files of this room need of an application.
struct AppParts {
    using Cache = FastAPI::Cache;
    using Attached = FastAPI::Attached;
    static FastAPIOptions& options(FastAPI& app) { return app.options_; }
    static const Router& router(const FastAPI& app) { return app.router_; }
    static const Router* websocket_router(const FastAPI& app) {
        const WebSocketSupport* support = app.websocket_support();
        return support ? &support->router() : nullptr;
    }
    static FastAPI::Cache& cache(FastAPI& app) { return *app.cache_; }
    static Attached* attach(FastAPI& app, Attached* made) { return app.attach(made); }
    // Adds a route at a place among the others, or behind them.
    static constexpr std::size_t behind = ~std::size_t{0};
    static Route& install(FastAPI& app, Owned<Route> route, std::size_t at = behind);
    static void install_websocket(FastAPI& app, Owned<Route> route, std::size_t at = behind);
    static const MountSupport*& mounts(FastAPI& app) { return app.mounts_; }
    static WebSocketSupport* websockets(const FastAPI& app) { return app.websockets_; }
    static std::size_t largest_body(const FastAPI& app) {
        std::size_t most = app.options_.limits.max_body_size;
        return most > app.largest_upload_ ? most : app.largest_upload_;
    }
    static const UploadSupport* uploads(const FastAPI& app) { return app.uploads_; }
    static void make_websockets(FastAPI& app);
    static void forget_document(FastAPI& app) {
        std::lock_guard lock(app.cache_->mutex);
        app.cache_->openapi.clear();
    }
};

FASTAPI_COLD Route& AppParts::install(FastAPI& app, Owned<Route> route, std::size_t at) {
    const Endpoint& endpoint = *route->endpoint;
    Route& added = at == behind ? app.router_.add(std::move(route)) : app.router_.insert(std::move(route), at);
    if (added.name.empty() && !added.methods.empty()) added.name = name_from_path(added.methods.front(), added.format);
    if (endpoint.uploads) {
        app.uploads_ = endpoint.uploads;
        if (endpoint.options.max_body_size > app.largest_upload_) app.largest_upload_ = endpoint.options.max_body_size;
    }
    forget_document(app);
    return added;
}
} // namespace detail

FASTAPI_COLD void FastAPI::add_own_route(Registrar& self, std::string_view path, std::string_view methods,
                                         detail::Owned<detail::Endpoint> endpoint, const RouteOptions& options,
                                         std::string_view function_name) {
    auto& app = static_cast<FastAPI&>(self);
    endpoint->strict_content_type = app.options_.strict_content_type;
    detail::AppParts::install(app, detail::make_route({}, path, methods, std::move(endpoint), options, function_name, app.options_,
                                                      detail::RoutePathRule::whole));
}

namespace detail {
// The handler of the document and its pages.
struct DocumentationPage {
    FastAPI* app;
    enum class Page : std::uint8_t { document, docs, explorer, redoc, oauth2_redirect, file } page;
    std::string file; // of Swagger UI
    Response operator()(Request& request) const { return app->documentation(request, *this); }
};
} // namespace detail

FASTAPI_COLD Response FastAPI::documentation(const Request& request, const detail::DocumentationPage& page) {
    using Page = detail::DocumentationPage::Page;
    std::string root = full_root_path(request);
    switch (page.page) {
    case Page::document:
        return Response(root.empty() ? openapi_json() : make_document(root), 200, {}, "application/json");
    case Page::docs: return detail::docs_page(options_, root);
    case Page::explorer: return detail::explorer_page(options_, root);
    case Page::redoc: return detail::redoc_page(options_, root);
    case Page::oauth2_redirect: return detail::oauth2_redirect_page();
    case Page::file: return detail::swagger_ui_file(options_, page.file);
    }
    return Response();
}

// The document and its pages are routes like others, registered first, as FastAPI does.
FASTAPI_COLD void FastAPI::add_documentation() {
    options_.lifespan.give_to(*this);
    if (!options_.openapi_url) return;
    detail::DependencyList kept; // the application's are not for these
    kept.swap(options_.dependencies);
    using Page = detail::DocumentationPage::Page;
    RouteOptions hidden;
    hidden.include_in_schema = false;
    auto add = [&](const std::string& path, Page page, const std::string& file = {}) {
        add_route(path, "GET HEAD", detail::make_endpoint(detail::DocumentationPage{this, page, file}), hidden, {});
    };
    add(*options_.openapi_url, Page::document);
    if (options_.docs_url) {
        add(*options_.docs_url, Page::docs);
        add(*options_.docs_url + "/explorer", Page::explorer);
        for (const std::string& file : detail::swagger_ui_files(options_)) add(detail::concat({*options_.docs_url, "/", file}), Page::file, file);
        if (options_.swagger_ui_oauth2_redirect_url) add(*options_.swagger_ui_oauth2_redirect_url, Page::oauth2_redirect);
    }
    if (options_.redoc_url) add(*options_.redoc_url, Page::redoc);
    kept.swap(options_.dependencies);
}

FASTAPI_COLD std::string FastAPI::full_root_path(const Request& request) const {
    std::string root(request.root_path.empty() ? std::string_view{options_.root_path} : request.root_path);
    while (!root.empty() && root.back() == '/') root.pop_back();
    return root;
}

FASTAPI_COLD const std::string& FastAPI::openapi_json() {
    std::lock_guard lock(cache_->mutex);
    if (cache_->openapi.empty()) cache_->openapi = make_document(options_.root_path);
    return cache_->openapi;
}

FASTAPI_COLD std::string FastAPI::make_document(std::string_view root_path) const {
    return detail::openapi_document(options_, router_.routes(), cache_->webhooks ? &cache_->webhooks->routes(*cache_->webhooks) : nullptr, root_path);
}

namespace detail {
FASTAPI_COLD void append_route_lines(std::string& out, const Router& router) {
    for (const auto& route : router.routes()) {
        std::string methods;
        for (const std::string& method : route->methods) methods += (methods.empty() ? "" : ",") + method;
        methods.resize(methods.size() < 9 ? 9 : methods.size() + 1, ' ');
        out += concat({methods, route->path, "  ", route->name, "\n"});
    }
}
} // namespace detail

FASTAPI_COLD std::string FastAPI::routes_table() const {
    std::string out;
    detail::append_route_lines(out, router_);
    if (websockets_) websockets_->append_routes(*websockets_, out);
    return out;
}

namespace detail {
// To another path of the same application, with the same query.
FASTAPI_COLD Response redirect_to(const Request& request, std::string_view path) {
    std::string_view query = request.query_string();
    return RedirectResponse(concat({request.base_url(), request.root_path, percent_encode(path, "/:@!$&'()*+,;=~"),
                                    query.empty() ? "" : "?", query}));
}
} // namespace detail

FASTAPI_COLD Response FastAPI::answer_unmatched(Request& request, const detail::Route* partial, std::exception_ptr* error) {
    if (partial) {
        std::string allow;
        for (const std::string& method : partial->methods) allow += (allow.empty() ? "" : ", ") + method;
        throw HTTPException(405, nullptr, {{"allow", allow}});
    }
    std::string_view path = request.route_path();
    if (options_.redirect_slashes && path.size() > 1) {
        std::string other(path);
        if (other.back() == '/') {
            while (!other.empty() && other.back() == '/') other.pop_back();
        } else {
            other.push_back('/');
        }
        auto match = router_.find(other, request.method, &request, false);
        if (match.full || match.partial) {
            return detail::redirect_to(request, other);
        }
    }
    if (cache_->frontends)
        if (const detail::Endpoint* endpoint = cache_->frontends->find(*cache_->frontends, request)) return call(*endpoint, request, error);
    throw HTTPException(404);
}

namespace detail {
FASTAPI_INLINE const OverrideTable* overrides_of(const FastAPI& app) { return app.dependency_overrides.active_.load(std::memory_order_acquire); }

// Of a handler that takes a Response&: what it sets there goes into the answer.
FASTAPI_INLINE void call_with_response(const Endpoint& endpoint, Exchange& exchange) {
    Response injected;
    injected.status_code = endpoint.options.status_code ? endpoint.options.status_code : 200;
    exchange.injected = &injected;
    endpoint.call(endpoint, exchange);
}
} // namespace detail

namespace detail {
// A handler that blocks cannot be interrupted. The server may answer for it, and what waits for its client gives up.
FASTAPI_COLD void limit_handler(const Exchange& exchange) {
    const Request& request = exchange.request;
    if (request.watch) request.watch->begin(*request.watch, request, exchange.time_limit_ms);
    if (request.body_source) request.body_source->give_up_at = steady_milliseconds() + exchange.time_limit_ms;
}
} // namespace detail

FASTAPI_INLINE Response FastAPI::dispatch(Request& request, std::exception_ptr* error) {
    if (request.body.size() > options_.limits.max_body_size) throw HTTPException(413);
    auto match = router_.find(request.route_path(), request.method, &request);
    if (!match.full) return answer_unmatched(request, match.partial, error);
    request.route_template = match.full->format;
    return call(*match.full->endpoint, request, error);
}

FASTAPI_INLINE Response FastAPI::call(const detail::Endpoint& endpoint, Request& request, std::exception_ptr* error) {
    Response response;
    detail::Exchange exchange{request, response};
    exchange.max_depth = options_.limits.max_json_depth;
    exchange.strict_content_type = endpoint.strict_content_type;
    exchange.error = error;
    int limit = endpoint.options.handler_timeout_ms;
    if (limit < 0) limit = request.time_limit_ms;
    exchange.time_limit_ms = limit < 0 ? options_.limits.handler_timeout_ms : limit;
    if (exchange.time_limit_ms > 0 && !endpoint.is_coroutine) detail::limit_handler(exchange);
    if (endpoint.form) { // before its parameters are read, and those of its dependencies
        std::size_t most = endpoint.options.max_body_size;
        endpoint.form->load(request, most ? most : options_.limits.max_body_size);
    }
    if (endpoint.call_later) {
        endpoint.call_later(endpoint, exchange);
    } else if (!endpoint.takes_response) {
        endpoint.call(endpoint, exchange);
    } else {
        detail::call_with_response(endpoint, exchange);
    }
    return response;
}

FASTAPI_INLINE bool FastAPI::streams_body(Request& request, std::size_t& most) const {
    if (request.root_path.empty()) request.root_path = options_.root_path;
    request.prepare();
    auto match = router_.find(request.route_path(), request.method, &request);
    if (match.full && match.full->endpoint->mounted) return mounts_->streams_body(*match.full->endpoint, request, most);
    if (!match.full || !match.full->endpoint->uploads) return false;
    most = match.full->endpoint->options.max_body_size;
    if (most == 0) most = options_.limits.max_body_size;
    request.form_support = match.full->endpoint->form;
    return true;
}

namespace detail {
FASTAPI_COLD const UploadSupport& upload_support() {
    static constexpr UploadSupport support{&occupy_with_upload};
    return support;
}
} // namespace detail

FASTAPI_COLD Response FastAPI::finish(detail::PendingResponse& pending) {
    Response response;
    try {
        if (pending.complete) {
            pending.complete(pending, response);
        } else {
            if (pending.expired()) detail::throw_timeout(pending);
            pending.finish(response);
        }
        response.background.join(std::move(pending.background));
        if (response.background) response.background.attach(response);
        return response;
    } catch (...) {
        pending.request->can_wait = false; // nobody can wait for an exception handler here
        FastAPI* app = pending.request ? pending.request->app : this; // one that is mounted answers for itself
        return app->answer_current_exception(*pending.request, nullptr);
    }
}

FASTAPI_INLINE Response FastAPI::handle(Request& request) { return handle(request, nullptr); }

namespace detail {
FASTAPI_COLD Response answer_exception(const HTTPException& exception) {
    if (is_bodiless(exception.status_code)) return Response("", exception.status_code, exception.headers);
    return Response(concat({R"({"detail":)", to_json_text(exception.detail), "}"}), exception.status_code, exception.headers,
                    "application/json");
}

// What happened is for the log alone. The target is printed as it was sent: it holds no line ends.
FASTAPI_COLD Response answer_failure(const Request& request, const char* what, bool debug) {
    std::string line = concat({"ERROR:    Exception in the handler of ", request.method, " ", request.target, ": ", what, "\n"});
    if (!request.client_left) std::fputs(line.c_str(), stderr);
    return PlainTextResponse(concat({"Internal Server Error", debug ? "\n\n" : "", debug ? what : ""}), 500);
}
} // namespace detail

// For somebody who takes whole answers only.
FASTAPI_COLD void FastAPI::collect(Request& request, Response& response, std::exception_ptr* error) {
    if (request.can_pull && response.stream->length >= 0) return;
    response.streamed = response.stream->length < 0;
    try {
        response.stream->reach->collect(*response.stream, response.body);
    } catch (...) { // it had begun: what is there of it was sent
        if (!error) throw;
        answer_current_exception(request, error);
    }
    if (detail::Afterwards* rest = error ? response.stream->afterwards.get() : nullptr) rest->conclude(rest, nullptr, error);
    response.stream = {};
}

FASTAPI_INLINE Response FastAPI::handle(Request& request, std::exception_ptr* error) {
    try {
        request.app = this;
        if (life_ && life_->running) request.state.inherit(&life_->state);
        if (request.root_path.empty()) request.root_path = options_.root_path;
        request.prepare();
        request.error = error;
        Response response = middleware_ ? middleware_->call(*middleware_->first, request) : dispatch(request, error);
        if (response.background) response.background.attach(response);
        if (response.stream && !request.can_wait) collect(request, response, error);
        return response;
    } catch (...) {
        return answer_current_exception(request, error);
    }
}

namespace detail {
FASTAPI_INLINE const ExceptionSupport* exception_support_of(const Request& request) {
    return request.app ? request.app->exceptions_ : nullptr;
}
} // namespace detail

// Called while an exception is handled.
FASTAPI_COLD bool FastAPI::answer_expected(Request& request, Response& response) {
    if (exceptions_) return exceptions_->answer(*exceptions_, request, response);
    try {
        throw;
    } catch (const HTTPException& exception) {
        response = detail::answer_exception(exception);
        return true;
    } catch (...) {
        auto validation = detail::answer_validation_error.load(std::memory_order_relaxed);
        return validation && validation(response);
    }
}

// Called while an exception is handled.
FASTAPI_COLD Response FastAPI::answer_current_exception(Request& request, std::exception_ptr* error) {
    Response response;
    const char* what = "an exception that is no std::exception";
    std::exception_ptr thrown;
    try {
        if (answer_expected(request, response)) return response;
        throw;
    } catch (const std::exception& exception) {
        thrown = std::current_exception();
        what = exception.what();
    } catch (...) {
        thrown = std::current_exception();
    }
    response = detail::answer_failure(request, what, options_.debug);
    if (exceptions_ && exceptions_->fail && !options_.debug) exceptions_->fail(*exceptions_, thrown, request, response);
    if (error) *error = std::move(thrown);
    return response;
}

} // namespace fastapi
