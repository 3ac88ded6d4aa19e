#pragma once

// Responses: status, headers, body. The classes below are FastAPI's; they differ only in what they put in.

#include <concepts>
#include <cstdint>
#include <ctime>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fastapi/http/background.hpp"
#include "fastapi/http/headers.hpp"
#include "fastapi/http/status.hpp"
#include "fastapi/json/json.hpp"
#include "fastapi/meta/owned.hpp"

namespace fastapi {

namespace detail {
class BodyStream;
class PendingResponse;

// What is to be done when an answer was sent. Disposing of it does what conclude has not.
struct Afterwards {
    void (*dispose)(Afterwards* self);
    // error: that ended the answer before its end, or null. What goes wrong is written to the log, and to *thrown.
    void (*conclude)(Afterwards* self, std::exception_ptr error, std::exception_ptr* thrown);
    bool owns_request = false; // refers to none that somebody else holds
};

// "Sat, 21 Nov 2026 04:26:00 GMT" (RFC 9110 5.6.7).
std::string http_date(std::time_t when);
} // namespace detail

// Attributes of a cookie to set (RFC 6265bis).
struct CookieOptions {
    std::optional<std::int64_t> max_age = std::nullopt; // seconds
    std::string expires = "";                           // an HTTP date
    std::string path = "/";
    std::string domain = "";
    bool secure = false;
    bool httponly = false;
    std::string samesite = "lax"; // lax, strict, none, or empty
};

class Response {
  public:
    int status_code = 200;
    Headers headers;
    std::string body;
    detail::Disposed<detail::BodyStream> stream;    // more of the body, made while it is sent
    bool streamed = false;                          // the body was collected from a stream, whose length nobody knew before
    detail::Disposed<detail::PendingResponse> pending; // all of it is still to come: the handler waits
    detail::TaskSlot background; // tasks for when it was sent: response.background = background_task(write_log, text)
    detail::Disposed<detail::Afterwards> afterwards; // dependencies that are torn down when it was sent; may refer to the request

    Response();
    Response(Response&&) noexcept;
    Response(const Response&); // throws std::logic_error for one that streams
    Response& operator=(Response&&) noexcept;
    Response& operator=(const Response&);
    ~Response();
    // media_type: text/* gets "; charset=utf-8" when it names no charset; empty: no content-type.
    explicit Response(std::string content, int status = 200, Headers extra = {}, std::string_view media_type = "");

    // Adds a set-cookie header; a value with special characters is quoted (wire.md 12).
    void set_cookie(std::string_view key, std::string_view value, const CookieOptions& options = {});
    void delete_cookie(std::string_view key, CookieOptions options = {});
};

class JSONResponse : public Response {
  public:
    explicit JSONResponse(const json& content, int status = 200, Headers extra = {});
};

class PlainTextResponse : public Response {
  public:
    static constexpr std::string_view media_type = "text/plain";
    explicit PlainTextResponse(std::string content, int status = 200, Headers extra = {})
        : Response(std::move(content), status, std::move(extra), media_type) {}
};

class HTMLResponse : public Response {
  public:
    static constexpr std::string_view media_type = "text/html";
    explicit HTMLResponse(std::string content, int status = 200, Headers extra = {})
        : Response(std::move(content), status, std::move(extra), media_type) {}
};

class RedirectResponse : public Response {
  public:
    explicit RedirectResponse(std::string_view url, int status = 307, Headers extra = {});
};

// Ends a request with a status and {"detail": …}. No detail: the status's reason phrase.
class HTTPException : public std::exception {
  public:
    explicit HTTPException(int status, json what_happened = nullptr, Headers extra = {});
    // A text. (json is made of each length of a literal by a function of its own, which takes a compiler 15 ms.)
    template <std::same_as<char> C>
    explicit HTTPException(int status, const C* text, Headers extra = {}) : HTTPException(status, json(std::string(text)), std::move(extra)) {}
    HTTPException(const HTTPException& other);
    ~HTTPException() override;
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
    // The detail that it was made with: a string as it is, anything else as JSON text.
    [[nodiscard]] std::string detail_text() const { return text_.substr(text_.find(' ') + 1); }

    int status_code;
    json detail;
    Headers headers;

  private:
    std::string text_;
};

} // namespace fastapi
