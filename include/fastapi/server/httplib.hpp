#pragma once

// The way to cpp-httplib: an adapter on its public hooks, from 0.11.4 (Debian 12) to the newest release. It turns httplib's
// request into ours and our response into httplib's, and guards what the library lets through. mount_on() and the portable
// server (portable.ipp) stand on it.
//
// Where things happen: the pre-routing hook sees a request before its body is read. It answers what has no body there
// and then. A request with a body is sent on to one route, "/", whose handler reads the body with our limits.
// Differences between versions are found with requires, never by version. All of httplib's types are the server's, which is a
// template's parameter: who calls mount_on() has httplib.h, nobody else needs it.

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

void write_access_log(const Request& request, int status, bool json);

template <class Server, class HandlerWithContentReader = typename Server::HandlerWithContentReader>
class HttplibAdapter;
template <class Server, class Incoming, class Outgoing, class ContentReader>
class HttplibAdapter<Server, std::function<void(const Incoming&, Outgoing&, const ContentReader&)>> {
  public:
    using Handled = typename Server::HandlerResponse;
    using HeaderMap = decltype(Incoming::headers);

    HttplibAdapter(FastAPI& app, bool access_log, bool json = false) : app_(app), access_log_(access_log), access_log_json_(json) {}

    // Installs the hooks. The adapter must outlive the server.
    [[gnu::cold]] void install(Server& server) {
        server.set_tcp_nodelay(true); // else Nagle and delayed ACK cost 40 ms a request
        server.set_payload_max_length(app_.settings().limits.max_body_size);
        server.set_keep_alive_max_count(1000000);
        server.set_pre_routing_handler([this](const Incoming& request, Outgoing& response) {
            return guard(request, response, [&] { return before_body(const_cast<Incoming&>(request), response); });
        });
        typename Server::HandlerWithContentReader with_body = [this](const Incoming& request, Outgoing& response,
                                                                     const ContentReader& read) {
            guard(request, response, [&] {
                after_body(const_cast<Incoming&>(request), response, read);
                return Handled::Handled;
            });
        };
        server.Post("/", with_body);
        server.Put("/", with_body);
        server.Patch("/", with_body);
        server.Delete("/", with_body);
        server.set_post_routing_handler([](const Incoming&, Outgoing& response) { clean_headers(response); });
        // What fails before the hooks (a request line that is none, a target that is too long) gets a JSON answer too.
        server.set_error_handler(typename Server::HandlerWithResponse(
            [](const Incoming&, Outgoing& response) {
                if (!response.body.empty() || !response.headers.empty()) return Handled::Unhandled;
                response.body = R"({"detail":)";
                write_json_string(response.body, reason_phrase(response.status));
                response.body += "}";
                response.set_header("content-type", "application/json");
                return Handled::Handled;
            }));
    }

    // The headers of the request that is handled on this thread, when the connection is ours (portable.ipp) and has read them
    // itself; null below a server that somebody else set up.
    static RequestHeaders*& own_headers() {
        thread_local RequestHeaders* headers = nullptr;
        return headers;
    }

  private:
    FastAPI& app_;
    bool access_log_;
    bool access_log_json_;

    // What the hook before the body leaves for the one behind it, on the same thread: the headers, unless the connection
    // is ours and holds them.
    struct Pending {
        Headers headers;
        bool active = false;
    };
    static Pending& pending() {
        thread_local Pending state;
        return state;
    }

    // "Sat, 21 Nov 2026 04:26:00 GMT", made once a second a thread.
    static const std::string& date() {
        thread_local std::time_t made_at = 0;
        thread_local std::string text;
        std::time_t now = std::time(nullptr);
        if (now != made_at) {
            made_at = now;
            text = http_date(now);
        }
        return text;
    }

    template <class F>
    auto guard(const Incoming&, Outgoing& response, F run) -> decltype(run()) {
        try {
            return run();
        } catch (...) {
            response.status = 500;
            response.body = "Internal Server Error";
            return Handled::Handled;
        }
    }

    // Headers that versions before 0.27 put in themselves.
    static bool is_inserted(std::string_view name) {
        return name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" || name == "LOCAL_PORT";
    }

    struct Refusal {
        int status = 0;
        bool has_body = false;
        bool framed = false; // it says where it ends
    };

    // The framing of a request, checked against what lets two servers disagree about where it ends (RFC 9112 6.3).
    Refusal check_framing(const Incoming& request, const RequestHeaders& headers) const {
        const Limits& limits = app_.settings().limits;
        Refusal result;
        std::size_t lengths = 0;
        std::size_t encodings = 0;
        std::size_t hosts = 0;
        std::size_t length = 0;
        bool bad = false;
        for (const auto& [name, value] : headers) {
            for (char c : value) bad = bad || c == '\r' || c == '\n' || c == '\0';
            if (same_header(name, "content-length")) {
                ++lengths;
                auto digits = parse_unsigned(value);
                length = digits.value_or(0);
                bad = bad || !digits;
            } else if (same_header(name, "transfer-encoding")) {
                ++encodings;
                if (!same_header(value, "chunked")) result.status = 501;
            } else if (same_header(name, "host")) {
                ++hosts;
            }
        }
        result.has_body = length > 0 || encodings > 0;
        result.framed = lengths > 0 || encodings > 0;
        if (bad || lengths > 1 || encodings > 1 || (lengths > 0 && encodings > 0) || hosts > 1) result.status = 400;
        if (hosts == 0 && request.version == "HTTP/1.1") result.status = 400;
        if (!result.status && headers.size() > limits.max_header_count) result.status = 431;
        if (!result.status && request.target.size() > limits.max_target_size) result.status = 414;
        if (!result.status && length > limits.max_body_size) result.status = 413;
        return result;
    }

    // Answers and closes the connection: the rest of the request is not read. A content provider that fails behind its
    // last byte is the one way to make every version of httplib close.
    [[gnu::cold]] void refuse(const Incoming& request, Outgoing& response, int status) const {
        std::string text = R"({"detail":)";
        write_json_string(text, reason_phrase(status));
        text += "}";
        response.status = status;
        response.body.clear();
        response.set_header("Connection", "close");
        response.set_header("date", date());
        std::size_t size = text.size();
        response.set_content_provider(size, "application/json",
                                      [text = std::move(text)](std::size_t, std::size_t, auto& sink) {
                                          sink.write(text.data(), text.size());
                                          return false;
                                      });
        if (!access_log_) return;
        Request log;
        fill(log, request);
        write_access_log(log, status, access_log_json_);
    }

    static void fill(Request& ours, const Incoming& theirs) {
        ours.method = theirs.method;
        ours.target = theirs.target;
        ours.http_version = theirs.version.size() > 5 ? std::string_view(theirs.version).substr(5) : std::string_view{"1.1"};
        ours.client = {theirs.remote_addr, theirs.remote_port};
    }

    // The headers as they came in: from our own connection, or else as httplib read them.
    static RequestHeaders take_headers(const Incoming& theirs) {
        if (RequestHeaders* ours = own_headers()) return std::move(*ours);
        RequestHeaders headers;
        for (const auto& [name, value] : theirs.headers)
            if (!is_inserted(name)) headers.add(name, value);
        return headers;
    }

    // Out of line: a multimap's operations are much code at each place.
    [[gnu::noinline]] static void erase_header(HeaderMap& headers, const char* name) { headers.erase(name); }
    [[gnu::noinline]] static void add_header(HeaderMap& headers, std::string_view name, std::string_view value) {
        headers.emplace(name, value);
    }

    static bool may_have_body(const std::string& method) {
        return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
    }

    Handled before_body(Incoming& theirs, Outgoing& response) {
        theirs.ranges.clear(); // httplib would cut any answer to the range asked for
        pending().active = false;
        RequestHeaders headers = take_headers(theirs);
        Refusal refusal = check_framing(theirs, headers);
        // A body with a method that has none in httplib would be taken for the next request.
        if (!refusal.status && refusal.has_body && !may_have_body(theirs.method)) refusal.status = 400;
        if (refusal.status) {
            refuse(theirs, response, refusal.status);
            return Handled::Handled;
        }
        if (!may_have_body(theirs.method)) {
            Request request;
            fill(request, theirs);
            request.headers = std::move(headers);
            answer(request, response);
            erase_header(theirs.headers, "Accept-Encoding"); // httplib would compress what it likes
            return Handled::Handled;
        }
        Pending& state = pending();
        state.active = true;
        if (RequestHeaders* ours = own_headers()) {
            *ours = std::move(headers);
        } else {
            state.headers = {};
            for (const auto& [name, value] : headers) state.headers.append_trusted(name, value);
        }
        // Keep from httplib what it would act on: compress, decompress, split multipart.
        for (const char* name : {"Accept-Encoding", "Content-Encoding", "Content-Type"}) erase_header(theirs.headers, name);
        if (!refusal.framed) add_header(theirs.headers, "Content-Length", "0"); // else old versions wait for a body
        theirs.path = "/";
        return Handled::Unhandled;
    }

    void after_body(Incoming& theirs, Outgoing& response, const ContentReader& read) {
        Pending& state = pending();
        if (!state.active) return; // a route of its own on a server that somebody else set up
        std::string body;
        std::size_t most = app_.settings().limits.max_body_size;
        bool too_large = false;
        bool whole = read([&](const char* data, std::size_t size) {
            too_large = body.size() + size > most;
            if (too_large) return false;
            body.append(data, size);
            return true;
        });
        if (!whole) return refuse(theirs, response, too_large ? 413 : 400);
        Request request;
        fill(request, theirs);
        request.body = body;
        if (RequestHeaders* ours = own_headers()) {
            request.headers = std::move(*ours);
        } else {
            for (const auto& [name, value] : state.headers) request.headers.add(name, value);
        }
        answer(request, response);
    }

    void answer(Request& request, Outgoing& response) {
        request.can_pull = true;
        if (access_log_json_) request.began = steady_microseconds();
        Response ours = app_.handle(request);
        response.status = ours.status_code;
        if (ours.stream && !is_bodiless(ours.status_code)) pull(ours, response);
        for (const auto& [name, value] : ours.headers) add_header(response.headers, name, value);
        add_header(response.headers, "date", date());
        response.body = std::move(ours.body);
        if (access_log_) write_access_log(request, ours.status_code, access_log_json_);
    }

    // Has httplib ask for a stream of known length piece by piece.
    static void pull(Response& ours, Outgoing& response) {
        std::string type(ours.headers.get("content-type").value_or(""));
        ours.headers.remove("content-type"); // httplib adds it itself
        auto length = static_cast<std::size_t>(ours.stream->length);
        BodyStream* stream = ours.stream.release();
        response.set_content_provider(
            length, type,
            [stream](std::size_t, std::size_t, auto& sink) {
                std::string piece;
                try {
                    return stream->next(piece) == BodyStream::Next::piece && (piece.empty() || sink.write(piece.data(), piece.size()));
                } catch (const std::exception& exception) {
                    std::fprintf(stderr, "ERROR:    Exception in a stream: %s\n", exception.what());
                    return false;
                }
            },
            [stream](auto...) { delete stream; });
    }

    // Takes out what httplib adds and FastAPI has not: a content type of its own, a length where there is no body.
    static void clean_headers(Outgoing& response) {
        if (is_bodiless(response.status)) erase_header(response.headers, "Content-Length");
        auto type = response.headers.find("Content-Type");
        if (type != response.headers.end() && type->first == "Content-Type" && type->second == "text/plain")
            response.headers.erase(type);
        auto ranges = response.headers.find("Accept-Ranges");
        if (ranges != response.headers.end() && ranges->first == "Accept-Ranges") response.headers.erase(ranges);
    }
};

} // namespace fastapi::detail

namespace fastapi {

template <class Server>
void FastAPI::mount_on(std::type_identity_t<Server>& server) {
    struct Kept final : Attached {
        explicit Kept(FastAPI& app) : adapter(app, false) { dispose = &Attached::destroy<Kept>; }
        detail::HttplibAdapter<Server> adapter;
    };
    auto kept = new Kept(*this);
    attach(kept);
    kept->adapter.install(server);
}

} // namespace fastapi
