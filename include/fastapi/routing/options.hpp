#pragma once

// Options of a route, by FastAPI's names.

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/json/json.hpp"
#include "fastapi/meta/shared.hpp"
#include "fastapi/routing/replies.hpp"

namespace fastapi {

class APIRouter;

namespace detail {
// Merges JSON into the text of an operation.
void merge_operation(std::string& operation, const json& extra);
} // namespace detail

// JSON that is merged into an operation of the OpenAPI document. Who gives none does not pay for the merge.
class OpenApiExtra {
  public:
    OpenApiExtra() = default;
    template <class J>
        requires std::is_same_v<std::remove_cvref_t<J>, json>
    OpenApiExtra(J&& extra) : value(std::forward<J>(extra)), merge(&detail::merge_operation) {} // NOLINT: implicit on purpose
    json value = nullptr;
    void (*merge)(std::string& operation, const json& extra) = nullptr;
};

namespace detail {

struct DependencyUse;
struct DependencyPlan;
struct Endpoint;
struct Exchange;
struct PathTemplate;
struct Route;
class DependencyList;

// The code that routes with dependencies need (routing/depends.hpp).
struct DependencySupport {
    // Brings all dependencies of an endpoint into steps; of the lists first.
    void (*plan)(Endpoint& endpoint, const PathTemplate& path, const DependencyList* const* lists, std::size_t count);
    // Calls a handler that is a coroutine.
    void (*begin)(const Endpoint& endpoint, const DependencyPlan& plan, Exchange& exchange);
};
// depends<verify_token>
struct DependencyRef {
    const DependencyUse* use = nullptr;
    const DependencySupport* support = nullptr;
    constexpr DependencyRef() = default;
    constexpr DependencyRef(const DependencyUse* given, const DependencySupport* code) : use(given), support(code) {}
    template <class F>
    constexpr DependencyRef(const F&) { // NOLINT: implicit on purpose, to say this
        static_assert(std::is_void_v<F>, "fastapi: a dependency in a list is written depends<verify_token>, or security<…> with scopes");
    }
};

// Dependencies that are no parameters: .dependencies = {depends<verify_token>, depends<verify_key>}.
class DependencyList {
  public:
    DependencyList() = default;
    DependencyList(std::initializer_list<DependencyRef> list) { assign(list.begin(), list.size()); }
    DependencyList(const DependencyList& other) { assign(other.items_, other.size_); }
    DependencyList& operator=(const DependencyList& other) {
        if (this != &other) assign(other.items_, other.size_);
        return *this;
    }
    ~DependencyList() { delete[] items_; }
    [[nodiscard]] const DependencyRef* begin() const { return items_; }
    [[nodiscard]] const DependencyRef* end() const { return items_ + size_; }
    // Adds those of another behind its own.
    void append(const DependencyList& other);
    void swap(DependencyList& other) noexcept {
        std::swap(items_, other.items_);
        std::swap(size_, other.size_);
    }

  private:
    void assign(const DependencyRef* list, std::size_t size);
    DependencyRef* items_ = nullptr;
    std::size_t size_ = 0;
};

// Routers whose routes an operation calls back: .callbacks = {invoice_callbacks}. The code is in app/api_router.ipp.
struct CallbackRoutes : Counted {
    // Makes their routes, for the document.
    void (*make)(const CallbackRoutes& self, Route& route) = nullptr;
};
struct RouterRef {
    const APIRouter* router;
    RouterRef(const APIRouter& given) : router(&given) {} // NOLINT: implicit on purpose
};
class CallbackList {
  public:
    CallbackList() = default;
    CallbackList(std::initializer_list<RouterRef> routers);
    [[nodiscard]] const Shared<CallbackRoutes>& routes() const { return routes_; }
    void set(Shared<CallbackRoutes> routes) { routes_ = std::move(routes); }

  private:
    Shared<CallbackRoutes> routes_;
};

} // namespace detail

// An operation, as a function that gives it an operationId sees it.
struct RouteInfo {
    std::string_view name;        // of the handler
    std::string_view path_format; // "/items/{item_id}", with all prefixes
    std::string_view method;      // "GET"
    const std::vector<std::string>& tags;
};
using GenerateUniqueId = std::string (*)(const RouteInfo& route);

struct RouteOptions {
    int status_code = 0;                             // of a good answer; 0: 200
    std::vector<std::string> tags = {};              // groups in the documentation
    std::string summary = "";                        // from the name when empty
    std::string description = "";                    // Markdown
    std::string response_description = "Successful Response";
    bool deprecated = false;
    std::string operation_id = "";                   // from name, path and method when empty
    std::string name = "";                           // of the handler, for those that have none of their own
    bool include_in_schema = true;
    detail::ResponseModelRef response_model = {};    // response_model<UserOut>, when it is not what the handler returns
    detail::ResponseClassRef response_class = {};    // response_class<HTMLResponse>; else FastAPIOptions::default_response_class
    std::vector<std::string> response_model_include = {}; // fields by their names in C++; empty: all
    std::vector<std::string> response_model_exclude = {};
    bool response_model_exclude_unset = false;
    bool response_model_exclude_defaults = false;
    bool response_model_exclude_none = false;
    bool response_model_by_alias = true;
    Responses responses = {};                        // further ones, for the documentation: {{404, {.description = "…"}}}
    std::size_t max_body_size = 0;                   // bytes of a RequestStream or a form; 413 beyond; 0: Limits::max_body_size
    int handler_timeout_ms = -1;                     // 0: as long as it likes; -1: Limits::handler_timeout_ms
    OpenApiExtra openapi_extra = {};                 // merged into the operation of the OpenAPI document
    detail::DependencyList dependencies = {};        // {depends<verify_token>}: solved before those of the handler
    GenerateUniqueId generate_unique_id_function = nullptr; // makes the operation_id, when there is none
    detail::CallbackList callbacks = {};             // {router}: what the operation calls back, for the document

    ~RouteOptions(); // out of line: registration is many calls, and each would hold this code
};

// Of a WebSocket route.
struct WebSocketRouteOptions {
    std::string_view name = {};               // of the handler, for those that have none of their own
    detail::DependencyList dependencies = {}; // {depends<verify_token>}
};

namespace detail {
const RouteOptions& default_route_options();
}

} // namespace fastapi
