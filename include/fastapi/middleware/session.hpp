#pragma once

// SessionMiddleware: a JSON object in a cookie, signed, so that the client can read it but not change it. The cookie is that of
// Starlette's SessionMiddleware (itsdangerous' TimestampSigner): a program in Python with the same secret reads it, and the reverse.
// It needs OpenSSL: link with -lcrypto.
//   app.add_middleware<SessionMiddleware>({.secret_key = "…"});
//   app.get("/visits", [](Request& request) {
//       json& session = request.session();
//       session["visits"] = session.value("visits", 0) + 1;
//       return session["visits"];
//   });

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fastapi/app/fastapi.hpp"

namespace fastapi {

template <int Form>
class BasicSessionMiddleware {
  public:
    struct Options {
        std::string secret_key = "";
        std::string session_cookie = "session";
        std::optional<std::int64_t> max_age = std::int64_t{14} * 24 * 60 * 60; // seconds; std::nullopt: as long as the browser runs
        std::string path = "/";
        std::string same_site = "lax"; // lax, strict or none
        bool https_only = false;
        std::string domain = "";
    };
    // Throws std::logic_error for an empty secret_key.
    explicit BasicSessionMiddleware(Options options);
    bool before(Request& request, Response& response) const;
    bool before_websocket(Request& request, Response& response) const { return before(request, response); }
    void after(const Request& request, Response& response) const;

  private:
    Options options_;
    std::string key_;
};
using SessionMiddleware = BasicSessionMiddleware<0>;

namespace detail {
// SHA-1 and HMAC with it, by OpenSSL: what itsdangerous signs with.
std::string sha1(std::string_view text);
std::string hmac_sha1(std::string_view key, std::string_view text);
// "value.timestamp.signature", and back; nothing when it is not signed with this key, or is older than that.
std::string sign_with_time(std::string_view key, std::string_view value, std::int64_t now);
std::optional<std::string_view> unsign_with_time(std::string_view key, std::string_view text, std::int64_t now,
                                                 std::optional<std::int64_t> max_age);
} // namespace detail

} // namespace fastapi
