#pragma once

// The application: routes are registered on it, and requests go through handle().

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/app/lifespan.hpp"
#include "fastapi/app/options.hpp"
#include "fastapi/app/exceptions.hpp"
#include "fastapi/app/registration.hpp"
#include "fastapi/http/file_response.hpp"
#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/app/middleware.hpp"
#include "fastapi/routing/overrides.hpp"
#include "fastapi/routing/router.hpp"

namespace httplib {
class Server; // for mount_on(): #include <httplib.h>, anywhere before you make one
}

namespace fastapi {

class Webhooks;
class Engine;
namespace sql {
struct Migration;
}

namespace detail {
class WebSocketProtocol;
struct WebSocketHandshake;
struct WebSocketCall;
struct Connection;
class WorkSpace;

// The migrations of an application, which run() looks at before it serves. how: of --migrate. Returns -1, or the status to end with.
struct MigrationsAtStart {
    void (*dispose)(MigrationsAtStart* self) = nullptr;
    int (*run)(MigrationsAtStart& self, const char* program, const std::optional<std::string>& how) = nullptr;
};

// What a server needs of an application with WebSocket routes. It is reached through a pointer that is set when the first
// of them is registered, so that a program without them holds nothing of it.
class WebSocketSupport {
  public:
    virtual ~WebSocketSupport() = default;
    // Whether a request asks for a WebSocket.
    [[nodiscard]] virtual bool wanted(const Request& request) const = 0;
    // The check of the handshake, and the answer when it fails (server/websocket_protocol.hpp).
    [[nodiscard]] virtual WebSocketHandshake check(const Request& request) const = 0;
    [[nodiscard]] virtual Response refuse(const WebSocketHandshake& handshake) const = 0;
    virtual void append_accept(std::string& out, const WebSocketHandshake& handshake, std::string_view subprotocol,
                               const Headers& headers) const = 0;
    [[nodiscard]] virtual Owned<WebSocketProtocol> make_protocol(const WebSocketHandshake& handshake) const = 0;
    [[nodiscard]] virtual const Router& router() const = 0;
    // Has another application, on which this one is mounted, take WebSockets as well.
    virtual void extend(FastAPI& app) const = 0;
    virtual void add_mount(Owned<Route> route, std::size_t at) = 0;
    // Runs the handler of the request's route to its end, on this thread; the connection is accepted and closed, or denied, when
    // it returns. Never throws: what the handler threw, and the application does not answer, is put into *error.
    virtual void serve(Request& request, WebSocketTransport& transport, std::exception_ptr* error) const = 0;
    // The same for a handler that is a coroutine: begins it, when it is one, and lets it go on until it waits. Null, false:
    // it is none, it is not over.
    virtual Owned<WebSocketCall> start(Request& request, WebSocketTransport& transport) const = 0;
    virtual bool go_on(WebSocketCall& call) const = 0;
    // Two by pointers (see Disposed). A line a route:
    void (*append_routes)(const WebSocketSupport& self, std::string& out);
    // Has a connection of the event loop serve the request (server/websocket.ipp). False: it asks for no WebSocket.
    bool (*take)(const WebSocketSupport& self, Connection& connection, WorkSpace& space, Request& request);
};

struct DocumentationPage;

// What an application with others mounted on it needs (app/mount.ipp); reached through a pointer that the first of them sets.
struct MountSupport {
    // What a server needs of the application, because of those that are mounted on it.
    const WebSocketSupport* (*websockets)(const FastAPI& app);
    const UploadSupport* (*uploads)(const FastAPI& app);
    std::size_t (*largest_body)(const FastAPI& app);
    bool (*streams_body)(const Endpoint& endpoint, Request& request, std::size_t& most);
    void (*copy)(const FastAPI& app, Router& websockets);
    // The endpoint of a WebSocket below a mount; null when there is none.
    const Endpoint* (*find_websocket)(const Endpoint& endpoint, Request& request);
};
struct AppParts;
} // namespace detail

class FastAPI : public detail::Registration<detail::RoutePathRule::whole> {
  public:
    explicit FastAPI(FastAPIOptions options = {});
    ~FastAPI();
    FastAPI(const FastAPI&) = delete;
    FastAPI& operator=(const FastAPI&) = delete;

    // The routes of the webhooks that the application sends, for its OpenAPI document. Their paths may be any text.
    //   app.webhooks().post<new_subscription>("new-subscription");
    Webhooks& webhooks();

    // The path of a route by its name: url_path_for("read_item", {{"item_id", 7}}); "sub:read_item" for one of an application that
    // is mounted with a name, and {{"path", "/style.css"}} for what that serves. Throws NoMatchFound when there is none.
    [[nodiscard]] std::string url_path_for(std::string_view name, std::initializer_list<UrlParam> params = {}) const;

    // Registers what answers exceptions of a class, thrown by handlers, dependencies and other exception handlers:
    //   app.exception_handler<UnicornException>([](const Request& request, const UnicornException& exception) {
    //       return JSONResponse(json{…}, 418);
    //   });
    // It takes (Request&, const E&) or (const E&) and returns a Response, or as a coroutine a Task of one. The nearest base class of
    // what was thrown counts. HTTPException and RequestValidationError have handlers already, which this replaces. One for
    // std::exception makes the body of the 500, beside which the exception is reported as ever. For exceptions of WebSocket routes it
    // takes (WebSocket&, const E&), and closes the socket.
    template <class E, class F>
    void exception_handler(F&& handler) {
        add_exception_handler(detail::make_exception_handler<E>(std::forward<F>(handler)), std::is_same_v<E, std::exception> ? -1 : 0);
    }
    // For HTTPExceptions of a status, before their class is looked at; for 500 the same as for std::exception. Throws std::logic_error
    // for 500 and a handler that takes an HTTPException: a 500 is any exception.
    template <class F>
    void exception_handler(int status_code, F&& handler) {
        using V = std::decay_t<F>;
        if constexpr (std::is_invocable_v<const V&, Request&, const std::exception&> || std::is_invocable_v<const V&, const std::exception&>)
            if (status_code == 500) return exception_handler<std::exception>(std::forward<F>(handler));
        add_exception_handler(detail::make_exception_handler<HTTPException>(std::forward<F>(handler)), status_code);
    }

    // Registers middleware round all routes, and round what is answered without one; the last one is the outermost. A 500 is made
    // outside of it. It is called by several threads at once.
    //   app.middleware([](Request& request, CallNext next) { Response response = next(request); …; return response; });
    //   app.add_middleware<CORSMiddleware>({.allow_origins = {"https://example.org"}});
    // A class has an operator() of that kind, or before() and after() (app/middleware.hpp), and a constructor from M::Options.
    template <class F>
    void middleware(F&& function) {
        add_middleware_layer(detail::make_middleware<std::decay_t<F>>(std::forward<F>(function)));
    }
    template <class M>
    void add_middleware(typename M::Options options = {}) {
        add_middleware_layer(detail::make_middleware<M>(std::move(options)));
    }
    template <class M, class... A>
        requires(!requires { typename M::Options; })
    void add_middleware(A&&... arguments) {
        add_middleware_layer(detail::make_middleware<M>(std::forward<A>(arguments)...));
    }

    // Answers a request; never throws. This is all that a server, a test or a CGI program needs.
    Response handle(Request& request);
    // The same; an exception that no handler of the application answered is put into *error beside the 500.
    Response handle(Request& request, std::exception_ptr* error);

    // The response of a handler that has waited and is done; never throws.
    Response finish(detail::PendingResponse& pending);

    // The OpenAPI document, as text and as JSON. Made once; registering a route makes it anew.
    const std::string& openapi_json();
    json openapi() { return parse_json(openapi_json()); }
    // "GET     /items/{item_id}  read_item", a line a route.
    [[nodiscard]] std::string routes_table() const;

    // What is done before the first request and behind the last one: up to co_yield, and from it on. What it throws before is the
    // end of the start. The State that it yields is seen by every request: request.state.get<Pool>(). Each process of run() does
    // it, and TestClient as long as it lives. The option .lifespan of the constructor is the same.
    //   app.lifespan([](FastAPI& app) -> Lifespan { app.state.emplace<Pool>("db"); co_yield {}; app.state.get<Pool>().close(); });
    template <class F>
    void lifespan(F&& function) {
        add_life<0>(detail::make_life_step(std::forward<F>(function)));
    }
    // The same in two parts: functions that take nothing or FastAPI&, and return nothing or a Task<>.
    template <class F>
    void on_startup(F&& function) {
        add_life<0>(detail::make_event_step<true>(std::forward<F>(function)));
    }
    template <class F>
    void on_shutdown(F&& function) {
        add_life<0>(detail::make_event_step<false>(std::forward<F>(function)));
    }
    // For a server of your own: runs that. The second start and the first of two ends do nothing.
    void startup() {
        if (life_) life_->start(*life_);
    }
    void shutdown() {
        if (life_) life_->stop(*life_);
    }

    // The migrations of a database (sql/migrations.hpp), which must outlive the application. run() refuses to start when the database is
    // newer than they are, or lacks some; --migrate applies these first, --migrate=3 goes to the third and ends, --migrate=dry-run
    // prints the SQL and ends.
    void migrations(Engine& engine, std::vector<sql::Migration> steps);

    // Serves until SIGINT or SIGTERM, with the options of the command line; --help lists them. Returns the exit status.
    int run(int argc, char** argv);
    int run();
    // Registers the application on a cpp-httplib server that you own, for every path and method. The application must outlive it. (A
    // template, so that httplib.h is only needed where it is called.)
    template <class Server = httplib::Server>
    void mount_on(std::type_identity_t<Server>& server);

    // What a server needs for WebSockets; null when no route is one.
    [[nodiscard]] const detail::WebSocketSupport* websocket_support() const { return mounts_ ? mounts_->websockets(*this) : websockets_; }
    // What a server needs for routes that stream bodies; null when there is none.
    [[nodiscard]] const detail::UploadSupport* upload_support() const { return mounts_ ? mounts_->uploads(*this) : uploads_; }
    // The most bytes that the body of any request may have.
    [[nodiscard]] std::size_t max_body_size() const {
        if (mounts_) return mounts_->largest_body(*this);
        return options_.limits.max_body_size > largest_upload_ ? options_.limits.max_body_size : largest_upload_;
    }
    // Whether the route of a request streams its body, and how many bytes it takes.
    [[nodiscard]] bool streams_body(Request& request, std::size_t& most) const;
    // What the server of run() has done; zeros while there is none. The portable server does not count.
    [[nodiscard]] ServerCounters server_counters() const;

    [[nodiscard]] const FastAPIOptions& settings() const { return options_; }

    // Changes the document behind its making: app.extend_openapi([](json& document) { document["info"]["x-logo"] = …; }). A lambda
    // without captures; the last one given.
    template <class F>
    void extend_openapi(F) {
        static_assert(std::is_empty_v<F> && std::is_invocable_v<F, json&>, "fastapi: extend_openapi takes a lambda without captures: [](json& document) { … }");
        options_.extend_openapi = [](std::string& text) {
            json document = parse_json(text);
            F{}(document);
            text = to_json_text(document);
        };
    }

    DependencyOverrides dependency_overrides;
    State state; // objects of the application: app.state.emplace<Pool>(…)

  private:
    template <int = 0> // a template, so that programs that do without do not compile it
    void add_life(const detail::Shared<detail::LifeStep>& step, bool of_router = false);
    friend class APIRouter;
    friend class detail::LifespanOption<FastAPI>;
    struct WebSocketRoutes;
    template <int = 0>
    void add_exception_handler(detail::Owned<detail::ExceptionEntry> entry, int status_code);
    void add_middleware_layer(detail::Owned<detail::MiddlewareLayer> layer);
    template <int>
    struct ExceptionHandlers;
    struct Middleware;
    friend detail::MiddlewareLayer;
    friend Response detail::call_layer(const detail::MiddlewareLayer& layer, Request& request);
    friend Response detail::call_behind(const detail::MiddlewareLayer& layer, Request& request);
    friend void detail::complete_pending(detail::PendingResponse& pending, Response& response);
    friend const detail::ExceptionSupport* detail::exception_support_of(const Request& request);
    bool answer_expected(Request& request, Response& response);
    friend struct detail::AppParts;
    friend class detail::Registrar;
    static void add_own_route(Registrar& self, std::string_view path, std::string_view methods, detail::Owned<detail::Endpoint> endpoint,
                              const RouteOptions& options, std::string_view function_name);
    WebSocketRoutes& make_websockets();
    [[nodiscard]] std::string make_document(std::string_view root_path) const;
    void add_documentation();
    friend struct detail::DocumentationPage;
    Response documentation(const Request& request, const detail::DocumentationPage& page);
    Response dispatch(Request& request, std::exception_ptr* error);
    Response call(const detail::Endpoint& endpoint, Request& request, std::exception_ptr* error);
    Response answer_current_exception(Request& request, std::exception_ptr* error);
    void collect(Request& request, Response& response, std::exception_ptr* error);
    Response answer_unmatched(Request& request, const detail::Route* partial, std::exception_ptr* error);
    [[nodiscard]] std::string full_root_path(const Request& request) const;

    FastAPIOptions options_;
    detail::Router router_;
    detail::WebSocketSupport* websockets_ = nullptr; // owned by cache_
    detail::ExceptionSupport* exceptions_ = nullptr; // so are these
    detail::MiddlewareSupport* middleware_ = nullptr;
    const detail::UploadSupport* uploads_ = nullptr;
    const detail::MountSupport* mounts_ = nullptr;
    detail::Disposed<detail::Life> life_; // when there is a lifespan
    detail::Disposed<detail::MigrationsAtStart> migrations_;
    std::size_t largest_upload_ = 0; // bytes
    struct Attached { // what lives as long as the application does
        Attached* next = nullptr;
        void (*dispose)(Attached* self);
        template <class T>
        static void destroy(Attached* self) { // the `dispose` of a T
            delete static_cast<T*>(self);
        }
    };
    Attached* attach(Attached* made); // returns it
    struct Cache; // the document, and what is attached; it needs headers that users of the compiled form need not see
    detail::Owned<Cache> cache_;
};

} // namespace fastapi
