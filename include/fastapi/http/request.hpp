#pragma once

// A request as handlers and middleware see it. It belongs to no server: whoever has bytes fills it in and calls
// FastAPI::handle. Its text is views into the server's buffer, valid until the answer is given.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/http/headers.hpp"
#include "fastapi/http/request_stream.hpp"
#include "fastapi/http/state.hpp"
#include "fastapi/http/url.hpp"
#include "fastapi/json/json.hpp"
#include "fastapi/meta/owned.hpp"

namespace fastapi {

class FastAPI;
class ReceivedForm;

namespace detail {
class PendingResponse;
struct RequestNotes; // middleware/notes.hpp

// Whoever looks at the time of a handler that blocks, and answers for it when its limit is over: a server.
struct HandlerWatch {
    void (*begin)(HandlerWatch& self, const Request& request, int milliseconds) = nullptr;
};

struct Endpoint;
struct Parameter;
// The form of a request, read or being read (http/form_data.ipp).
struct RequestForm {
    void (*dispose)(RequestForm* self);
};
// What routes that take forms need; it is reached through pointers that they set.
struct FormSupport {
    void (*begin)(Request& request);
    bool (*feed)(Request& request, std::string_view piece); // false: no more of the body is wanted
    void (*fail)(Request& request, int status);             // with which it shall be answered
    void (*load)(Request& request, std::size_t most);       // ends the form, or reads all of it; throws HTTPException
    void (*take)(Endpoint& endpoint, const Parameter& parameter); // at registration
    std::string_view (*media_type)(const Endpoint& endpoint);     // for the document
};
} // namespace detail

struct Address {
    std::string host;
    int port = 0;
};

// A placeholder's value, for a URL: text, or a whole number.
struct UrlParam {
    std::string_view name;
    std::string value;
    UrlParam(std::string_view key, std::string_view text) : name(key), value(text) {}
    UrlParam(std::string_view key, const char* text) : name(key), value(text) {}
    template <std::integral T>
    UrlParam(std::string_view key, T number) : UrlParam(key, static_cast<std::int64_t>(number), 0) {}

  private:
    UrlParam(std::string_view key, std::int64_t number, int);
};

// No route has the name and the parameters that a URL was asked for with.
class NoMatchFound : public std::runtime_error {
  public:
    explicit NoMatchFound(std::string_view name);
};

class Request {
  public:
    std::string_view method = "GET";
    std::string_view target = "/"; // as sent: path and query, percent-encoded
    std::string_view scheme = "http";
    std::string_view http_version = "1.1";
    std::string_view root_path; // where a proxy has mounted the application
    RequestHeaders headers;
    std::string_view body; // the whole body; empty where the handler takes a RequestStream or a form
    Address client;
    FastAPI* app = nullptr;
    mutable State state; // objects that middleware, dependencies and the handler share; what the lifespan handed over is there
    bool can_wait = false; // whoever asks takes a response that is pending or streams; else it is waited for
    std::int64_t began = 0; // microseconds of the steady clock, when the server measures
    bool can_pull = false; // whoever asks takes a stream of known length, which never waits

    // The path, percent-decoded; valid after prepare().
    [[nodiscard]] std::string_view path() const { return path_; }
    // The path below root_path, which a proxy may have left in or taken out.
    [[nodiscard]] std::string_view route_path() const {
        if (mounted_path.data()) return mounted_path;
        bool below = !root_path.empty() && path_.starts_with(root_path) &&
                     (path_.size() == root_path.size() || path_[root_path.size()] == '/');
        return below ? path_.substr(root_path.size()) : path_;
    }
    // The query as sent, without the question mark.
    [[nodiscard]] std::string_view query_string() const { return query_; }
    // The values of the route's placeholders, in order.
    [[nodiscard]] std::optional<std::string_view> path_param(std::string_view name) const;

    [[nodiscard]] const MultiParams& query_params() const;
    [[nodiscard]] const MultiParams& cookies() const;
    // The body as JSON. Throws std::invalid_argument when it is none.
    [[nodiscard]] json json_body() const { return parse_json(body); }
    // scheme://host, without a slash at the end.
    [[nodiscard]] std::string base_url() const;
    [[nodiscard]] std::string url() const { return base_url() + std::string(target); }

    // The body in pieces: one, unless the handler takes a RequestStream.
    [[nodiscard]] RequestStream stream() { return RequestStream(*this); }

    // The body as a form, urlencoded or multipart; empty when its content type says something else. For a handler that takes no
    // Form. Throws HTTPException 400 for one that is wrong.
    [[nodiscard]] const ReceivedForm& form();
    // The absolute URL of a route, by its name: url_for("read_item", {{"item_id", 7}}). Throws NoMatchFound when there is none.
    [[nodiscard]] std::string url_for(std::string_view name, std::initializer_list<UrlParam> params = {}) const {
        return url_for(name, params.begin(), params.size());
    }
    [[nodiscard]] std::string url_for(std::string_view name, const UrlParam* params, std::size_t count) const;
    // What the client's signed cookie holds; what is changed there goes back with the answer. Throws std::logic_error without
    // SessionMiddleware.
    [[nodiscard]] json& session() const;

    // Keeps a text as long as the request lives.
    std::string_view keep(std::string text);

    // A copy that holds its text itself, for a handler that outlives the server's buffer.
    [[nodiscard]] detail::Owned<Request> detached() const;

    // Splits and decodes the target. Called by FastAPI::handle.
    void prepare();

    Request();
    ~Request();
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    // Placeholder values, filled in by the router.
    static constexpr std::size_t max_mounted_params = 8; // of all mounts of a request together
    static constexpr std::size_t max_path_params = 16 + max_mounted_params;
    std::pair<std::string_view, std::string_view> path_params[max_path_params];
    std::size_t path_param_count = 0;

    std::string_view route_template; // of the route that was found: "/items/{item_id}"
    int time_limit_ms = -1;          // of a handler whose route sets none; -1: the application's
    std::exception_ptr* error = nullptr; // for what no handler of a mounted application answers
    detail::PendingResponse* carrier = nullptr; // of a middleware that is a coroutine, and runs what is pending
    // In an application that is mounted in another: what is left of the path, how many of the placeholders are those of the
    // mounts, and the outermost application with its root_path.
    std::string_view mounted_path;
    std::size_t mounted_params = 0;
    FastAPI* outer_app = nullptr;
    std::string_view outer_root_path;

    detail::HandlerWatch* watch = nullptr;
    detail::BodySource* body_source = nullptr; // of a body that has not been read yet
    bool body_given = false;  // by stream(), of one that has
    bool client_left = false; // in the middle of its body
    const detail::FormSupport* form_support = nullptr; // of a route that takes a form, set by FastAPI::streams_body
    mutable detail::Disposed<detail::RequestForm> received_form; // goes along with a copy that is detached

    // What middleware leaves for others, of this request and its copies; made when it is first asked for.
    [[nodiscard]] detail::RequestNotes& notes();
    [[nodiscard]] detail::RequestNotes* notes_if_any() const { return notes_; }
    // Keeps a copy of this one as long as this one lives.
    void adopt(detail::Owned<Request> copy);

  private:
    detail::RequestNotes* notes_ = nullptr; // counted
    detail::Owned<Request> adopted_;
    std::string_view path_;
    std::string_view query_;
    mutable detail::Owned<MultiParams> query_params_;
    mutable detail::Owned<MultiParams> cookies_;
    detail::List<detail::Owned<std::string>> kept_;
};

} // namespace fastapi
