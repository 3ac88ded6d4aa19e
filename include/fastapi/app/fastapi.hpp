#pragma once

// The application: routes are registered on it, and requests go through handle().

#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/app/options.hpp"
#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/routing/router.hpp"

namespace httplib {
class Server;
}

namespace fastapi {

namespace detail {
struct DocumentationPage;
// The texts with a blank between two.
std::string joined(const std::vector<std::string>& texts);
} // namespace detail

class FastAPI {
  public:
    explicit FastAPI(const FastAPIOptions& options = {});
    ~FastAPI();
    FastAPI(const FastAPI&) = delete;
    FastAPI& operator=(const FastAPI&) = delete;

    // Each registers a handler under a path and a method. A literal path is checked against the handler at compile
    // time. Throws std::logic_error for what only shows at run time: a model with a wrong default, a wrong pattern.
    //   app.get("/items/{item_id}", [](Path<int, "item_id"> item_id) { … }, {.tags = {"items"}});
    //   app.get<read_item>("/items/{item_id}");                    a function, which gives its name
    //   app.get("/items", &store, &Store::list);                   a member function with its object
// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define FASTAPI_METHOD(function_name_, METHOD)                                                                          \
    template <class F>                                                                                                  \
    void function_name_(RoutePath<std::type_identity_t<std::decay_t<F>>> path, F&& handler, const RouteOptions& options = detail::default_route_options()) { \
        add_route(path.text(), METHOD, detail::make_endpoint(std::forward<F>(handler)), options, {});      \
    }                                                                                                                   \
    template <auto Function>                                                                                            \
    void function_name_(RoutePath<detail::StaticFunction<Function>> path, const RouteOptions& options = detail::default_route_options()) {                  \
        add_route(path.text(), METHOD, detail::make_endpoint(detail::StaticFunction<Function>{}), options, \
                  detail::function_name<Function>());                                                                   \
    }                                                                                                                   \
    template <class C, class M>                                                                                         \
        requires std::is_member_function_pointer_v<M>                                                                   \
    void function_name_(RoutePath<std::type_identity_t<detail::BoundMember<C, M>>> path, C* object, M member,           \
                        const RouteOptions& options = detail::default_route_options()) {                                                                    \
        add_route(path.text(), METHOD, detail::make_endpoint(detail::BoundMember<C, M>{object, member}),              \
                  options, {});                                                                              \
    }
    FASTAPI_METHOD(get, "GET")
    FASTAPI_METHOD(post, "POST")
    FASTAPI_METHOD(put, "PUT")
    FASTAPI_METHOD(patch, "PATCH")
    FASTAPI_METHOD(delete_, "DELETE")
    FASTAPI_METHOD(options, "OPTIONS")
    FASTAPI_METHOD(head, "HEAD")
    FASTAPI_METHOD(trace, "TRACE")
#undef FASTAPI_METHOD
    // NOLINTEND(cppcoreguidelines-macro-usage)

    // One handler for several methods.
    template <class F>
    void api_route(RoutePath<std::type_identity_t<std::decay_t<F>>> path, const std::vector<std::string>& methods,
                   F&& handler, const RouteOptions& options = detail::default_route_options()) {
        add_route(path.text(), detail::joined(methods), detail::make_endpoint(std::forward<F>(handler)), options, {});
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

    // Serves until SIGINT or SIGTERM, with the options of the command line; --help lists them. Returns the exit status.
    int run(int argc, char** argv);
    int run();
    // Registers the application on a server that you own, for every path and method. The application must outlive it.
    template <int = 0> // a template, so that programs that do without do not compile it
    void mount_on(httplib::Server& server);

    [[nodiscard]] const FastAPIOptions& settings() const { return options_; }

  private:
    // methods: with a blank between two.
    void add_route(std::string_view path, std::string_view methods, detail::Owned<detail::Endpoint> endpoint,
                   const RouteOptions& options, std::string_view function_name);
    void add_documentation();
    friend struct detail::DocumentationPage;
    Response documentation(const Request& request, const detail::DocumentationPage& page);
    Response dispatch(Request& request);
    Response answer_current_exception(const Request& request, std::exception_ptr* error);
    Response answer_unmatched(Request& request, const detail::Route* partial);
    [[nodiscard]] std::string full_root_path(const Request& request) const;

    FastAPIOptions options_;
    detail::Router router_;
    struct Cache; // the document, and what mount_on keeps; it needs headers that users of the compiled form need not see
    detail::Owned<Cache> cache_;
};

} // namespace fastapi
