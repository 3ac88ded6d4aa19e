#pragma once

// URLs as field types, as Pydantic has them: AnyUrl, AnyHttpUrl, HttpUrl, WebsocketUrl, RedisDsn and PostgresDsn.
// What a caller sends is read by the URL Standard (https://url.spec.whatwg.org), in the reading of the Rust crate `url`
// that Pydantic uses, and is kept and answered in its normal form: "HTTP://X.COM:80" is "http://x.com/".

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

// What a URL type asks for (Pydantic: UrlConstraints).
struct UrlConstraints {
    std::size_t max_length = 0;         // bytes of the text as given; 0: no limit
    std::string_view allowed_schemes{}; // lower case, separated by a space; empty: any
    bool host_required = false;
    std::string_view default_host{}; // these three stand in for what the text leaves out
    std::uint16_t default_port = 0;
    std::string_view default_path{};
    bool multi_host = false; // several hosts, separated by commas
};

// One host of a URL, with what belongs to it. Percent-encoded, in normal form; empty is none.
struct UrlHost {
    std::string username;
    std::string password;
    std::string host;
    std::optional<std::uint16_t> port; // that of the scheme when the text has none
    friend bool operator==(const UrlHost&, const UrlHost&) = default;
};

class Url;

namespace detail {

struct UrlParts;

// Why a text is no such URL, as an error of the 422 answer. No type: nothing is wrong.
struct UrlFailure {
    std::string_view type{};
    std::string message{};
    std::string ctx{}; // JSON
};
// Reads text into url. strict: what the parser would repair is an error too (Pydantic: strict=True).
UrlFailure read_url(std::string_view text, const UrlConstraints& constraints, bool strict, Url& url);

} // namespace detail

// A URL in normal form: ASCII, percent-encoded, host in lower case and punycode. Holds nothing until it is read.
class Url {
  public:
    using has_length = void; // MinLength and MaxLength are allowed: they count the normal form, as in Pydantic

    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    operator std::string_view() const noexcept { return text_; } // NOLINT: implicit on purpose

    // The parts, percent-encoded as they stand in the URL. Empty: the URL has none. With several hosts username,
    // password, host and port are those of the first.
    [[nodiscard]] std::string_view scheme() const { return part(scheme_); }
    [[nodiscard]] std::string_view username() const { return part(username_); }
    [[nodiscard]] std::string_view password() const { return part(password_); }
    [[nodiscard]] std::string_view host() const { return part(host_); } // IPv6 with its brackets
    [[nodiscard]] std::string_view path() const { return part(path_); }
    // The port, or else the one the scheme is known for: 80, 443, 21.
    [[nodiscard]] std::optional<std::uint16_t> port() const { return port_; }
    // Without the ? or #. Nothing is not the same as empty: "http://x/" and "http://x/?".
    [[nodiscard]] std::optional<std::string_view> query() const { return optional_part(query_); }
    [[nodiscard]] std::optional<std::string_view> fragment() const { return optional_part(fragment_); }

    friend bool operator==(const Url& a, const Url& b) { return a.text_ == b.text_; }
    friend bool operator==(const Url& a, std::string_view b) { return a.text_ == b; }
    friend std::strong_ordering operator<=>(const Url& a, const Url& b) { return a.text_ <=> b.text_; }
    template <class Stream>
    friend auto operator<<(Stream& stream, const Url& url) -> decltype(stream << std::string_view{}) {
        return stream << std::string_view{url.text_};
    }

  protected:
    Url() = default;
    // Reads text. Throws ValueError with Pydantic's message when it is no such URL.
    void assign(std::string_view text, const UrlConstraints& constraints);
    std::vector<UrlHost> hosts_; // filled when the type allows several

  private:
    friend detail::UrlFailure detail::read_url(std::string_view, const UrlConstraints&, bool, Url&);
    struct Part {
        std::uint32_t at = 0; // offset in the text; of a query or fragment that is not there, 0
        std::uint32_t size = 0;
    };
    [[nodiscard]] std::string_view part(Part p) const { return std::string_view{text_}.substr(p.at, p.size); }
    [[nodiscard]] std::optional<std::string_view> optional_part(Part p) const {
        return p.at ? std::optional{part(p)} : std::nullopt;
    }
    Part add(std::string_view text);
    void write(const detail::UrlParts& parts);

    std::string text_;
    Part scheme_, username_, password_, host_, path_, query_, fragment_;
    std::optional<std::uint16_t> port_;
};

// A URL with several hosts: "postgres://a,b:5433/db".
class MultiHostUrl : public Url {
  public:
    // The hosts in order; empty when the URL has none.
    [[nodiscard]] const std::vector<UrlHost>& hosts() const noexcept { return hosts_; }

  protected:
    MultiHostUrl() = default;
};

// A URL type by its constraints. One of your own:
//   inline constexpr fastapi::UrlConstraints ftp{.allowed_schemes = "ftp"};
//   using FtpUrl = fastapi::ConstrainedUrl<ftp>;
template <const UrlConstraints& Constraints>
class ConstrainedUrl : public std::conditional_t<Constraints.multi_host, MultiHostUrl, Url> {
  public:
    static constexpr const UrlConstraints& constraints = Constraints;

    ConstrainedUrl() = default;
    // Each throws ValueError when text is no such URL: "Input should be a valid URL, empty host".
    ConstrainedUrl(std::string_view text) { this->assign(text, Constraints); }               // NOLINT: implicit
    ConstrainedUrl(const std::string& text) : ConstrainedUrl(std::string_view{text}) {}      // NOLINT: implicit
    ConstrainedUrl(const char* text) : ConstrainedUrl(std::string_view{text ? text : ""}) {} // NOLINT: implicit
};

namespace detail {

inline constexpr UrlConstraints any_url{};
inline constexpr UrlConstraints any_http_url{.allowed_schemes = "http https"};
inline constexpr UrlConstraints http_url{.max_length = 2083, .allowed_schemes = "http https"};
inline constexpr UrlConstraints websocket_url{.max_length = 2083, .allowed_schemes = "ws wss"};
inline constexpr UrlConstraints redis_dsn{.allowed_schemes = "redis rediss",
                                          .host_required = true,
                                          .default_host = "localhost",
                                          .default_port = 6379,
                                          .default_path = "/0"};
inline constexpr UrlConstraints postgres_dsn{
    .allowed_schemes =
        "postgres postgresql postgresql+asyncpg postgresql+pg8000 postgresql+psycopg postgresql+psycopg2 "
        "postgresql+psycopg2cffi postgresql+py-postgresql postgresql+pygresql",
    .host_required = true,
    .multi_host = true};

// The members of TypeTraits<T> for every URL type.
bool decode_url(const Value& value, const FieldInfo& info, const UrlConstraints& constraints, Url& url,
                Context& context);
void write_url_schema(JsonWriter& writer, const FieldInfo& info, const UrlConstraints& constraints);

template <class T>
struct UrlTraits {
    static bool decode(const Value& value, const FieldInfo& info, T& target, Context& context) {
        return decode_url(value, info, T::constraints, target, context);
    }
    static void encode(const T& url, std::string& out) { write_json_string(out, url.str()); }
    static void schema(JsonWriter& writer, const FieldInfo& info) { write_url_schema(writer, info, T::constraints); }
};

} // namespace detail

// Any scheme, with or without a host.
class AnyUrl : public ConstrainedUrl<detail::any_url> {
    using ConstrainedUrl::ConstrainedUrl;
};
// http or https.
class AnyHttpUrl : public ConstrainedUrl<detail::any_http_url> {
    using ConstrainedUrl::ConstrainedUrl;
};
// http or https, at most 2083 bytes.
class HttpUrl : public ConstrainedUrl<detail::http_url> {
    using ConstrainedUrl::ConstrainedUrl;
};
// ws or wss, at most 2083 bytes.
class WebsocketUrl : public ConstrainedUrl<detail::websocket_url> {
    using ConstrainedUrl::ConstrainedUrl;
};
// redis or rediss. What is left out becomes localhost, 6379 and /0.
class RedisDsn : public ConstrainedUrl<detail::redis_dsn> {
    using ConstrainedUrl::ConstrainedUrl;
};
// postgres, postgresql or postgresql+driver, with one host or several.
class PostgresDsn : public ConstrainedUrl<detail::postgres_dsn> {
    using ConstrainedUrl::ConstrainedUrl;
};

template <const UrlConstraints& Constraints>
struct TypeTraits<ConstrainedUrl<Constraints>> : detail::UrlTraits<ConstrainedUrl<Constraints>> {};
template <>
struct TypeTraits<AnyUrl> : detail::UrlTraits<AnyUrl> {};
template <>
struct TypeTraits<AnyHttpUrl> : detail::UrlTraits<AnyHttpUrl> {};
template <>
struct TypeTraits<HttpUrl> : detail::UrlTraits<HttpUrl> {};
template <>
struct TypeTraits<WebsocketUrl> : detail::UrlTraits<WebsocketUrl> {};
template <>
struct TypeTraits<RedisDsn> : detail::UrlTraits<RedisDsn> {};
template <>
struct TypeTraits<PostgresDsn> : detail::UrlTraits<PostgresDsn> {};

} // namespace fastapi
