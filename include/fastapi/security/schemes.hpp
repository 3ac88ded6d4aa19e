#pragma once

// Security schemes: dependencies that read credentials from a request and put themselves into the OpenAPI document.
//
//   inline constexpr OAuth2PasswordBearer<"token"> oauth2_scheme;
//   User current_user(Depends<oauth2_scheme> token);
//
// Without credentials they answer 401, with the challenge that RFC 9110 (11.6.1) asks for; NoAutoError makes their value a
// std::optional instead. (Bad credentials of HTTPBasic are a 401 all the same.)

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/meta/fixed_string.hpp"
#include "fastapi/model/annotations.hpp"
#include "fastapi/routing/security_scheme.hpp"

namespace fastapi {

struct HTTPAuthorizationCredentials {
    std::string scheme;
    std::string credentials;
};
struct HTTPBasicCredentials {
    std::string username;
    std::string password;
};

// --- annotations of schemes -------------------------------------------------------------------------------------------------

// The name in the document, in place of the class's.
template <std::size_t N>
struct SchemeName {
    FixedString<N> name;
    constexpr explicit SchemeName(const char (&literal)[N]) : name(literal) {}
};
// A scope that tokens may have: Scope("items:read", "Read items.").
template <std::size_t N, std::size_t M>
struct Scope {
    FixedString<N> name;
    FixedString<M> description;
    constexpr Scope(const char (&scope_name)[N], const char (&text)[M]) : name(scope_name), description(text) {}
};
// Where a token is renewed.
template <std::size_t N>
struct RefreshUrl {
    FixedString<N> refresh_url;
    constexpr explicit RefreshUrl(const char (&literal)[N]) : refresh_url(literal) {}
};
// The realm of HTTPBasic (RFC 7617, 2).
template <std::size_t N>
struct Realm {
    FixedString<N> realm;
    constexpr explicit Realm(const char (&literal)[N]) : realm(literal) {}
};
// The format of HTTPBearer's tokens, for readers of the document: BearerFormat("JWT").
template <std::size_t N>
struct BearerFormat {
    FixedString<N> bearer_format;
    constexpr explicit BearerFormat(const char (&literal)[N]) : bearer_format(literal) {}
};
// The flows of OAuth2.
template <std::size_t N>
struct PasswordFlow {
    FixedString<N> token_url;
    static constexpr std::string_view flow = "password";
    constexpr explicit PasswordFlow(const char (&literal)[N]) : token_url(literal) {}
};
template <std::size_t N>
struct ClientCredentialsFlow {
    FixedString<N> token_url;
    static constexpr std::string_view flow = "clientCredentials";
    constexpr explicit ClientCredentialsFlow(const char (&literal)[N]) : token_url(literal) {}
};
template <std::size_t N>
struct ImplicitFlow {
    FixedString<N> authorization_url;
    static constexpr std::string_view flow = "implicit";
    constexpr explicit ImplicitFlow(const char (&literal)[N]) : authorization_url(literal) {}
};
template <std::size_t N, std::size_t M>
struct AuthorizationCodeFlow {
    FixedString<N> authorization_url;
    FixedString<M> token_url;
    static constexpr std::string_view flow = "authorizationCode";
    constexpr AuthorizationCodeFlow(const char (&authorization)[N], const char (&token)[M]) : authorization_url(authorization), token_url(token) {}
};

namespace detail {

struct NoAutoErrorAnnotation {
    static constexpr bool no_auto_error = true;
};
template <HTTPException (*Make)()>
struct NotAuthenticatedAnnotation {
    static constexpr HTTPException (*make)() = Make;
};

} // namespace detail

// No credentials are no error: the value is a std::optional.
inline constexpr detail::NoAutoErrorAnnotation NoAutoError{};
// What is thrown when there are none: NotAuthenticated<forbidden>, with HTTPException forbidden().
template <HTTPException (*Make)()>
inline constexpr detail::NotAuthenticatedAnnotation<Make> NotAuthenticated{};

namespace detail {

[[noreturn]] void throw_not_authenticated(std::string_view challenge);
// The parts of the Authorization header; false without the scheme (any, when it is empty), or when credentials are needed and
// there are none.
bool read_authorization(const Request& request, std::string_view wanted, bool needs_credentials, HTTPAuthorizationCredentials& out);
// The whole header; false when it is empty or not there.
bool read_authorization_header(const Request& request, std::string& out);
// Reads user name and password (RFC 7617, in ASCII). False: they are none.
bool read_basic(std::string_view base64, HTTPBasicCredentials& out);
enum class KeyPlace : std::uint8_t { query, header, cookie };
bool read_api_key(const Request& request, KeyPlace place, std::string_view name, std::string& out);

// What the annotations of a scheme say.
template <auto... A>
struct SchemeAnnotations {
    template <class V>
    static constexpr bool is_known = requires(V a) { a.name; } || requires(V a) { a.text; } || requires(V a) { a.refresh_url; } ||
                                     requires(V a) { a.realm; } || requires(V a) { a.bearer_format; } || requires { V::flow; } ||
                                     requires { V::no_auto_error; } || requires { V::make; };
    static_assert((is_known<std::remove_cvref_t<decltype(A)>> && ...),
                  "fastapi: a security scheme takes SchemeName, Description, Scope, RefreshUrl, NoAutoError and NotAuthenticated as annotations");
    static constexpr bool auto_error = !(requires { A.no_auto_error; } || ...);
    template <class T>
    using Result = std::conditional_t<auto_error, T, std::optional<T>>;

    template <auto One>
    static constexpr void describe(SecurityScheme& scheme) {
        if constexpr (requires { One.name; } && !requires { One.description; }) scheme.scheme_name = kept_constant<One>.name.view();
        if constexpr (requires { One.text; }) scheme.description = kept_constant<One>.text.view();
        if constexpr (requires { One.bearer_format; }) scheme.bearer_format = kept_constant<One>.bearer_format.view();
    }
    struct Tables {
        SecurityScope scopes[sizeof...(A) + 1]{};
        OAuthFlow flows[sizeof...(A) + 1]{};
        std::size_t scope_count = 0;
        std::size_t flow_count = 0;
        template <auto One>
        constexpr void add() {
            if constexpr (requires { One.name; One.description; })
                scopes[scope_count++] = {kept_constant<One>.name.view(), kept_constant<One>.description.view()};
            if constexpr (requires { One.flow; }) {
                OAuthFlow& made = flows[flow_count++];
                made.kind = One.flow;
                if constexpr (requires { One.authorization_url; }) made.authorization_url = kept_constant<One>.authorization_url.view();
                if constexpr (requires { One.token_url; }) made.token_url = kept_constant<One>.token_url.view();
            }
        }
        template <auto One>
        constexpr void add_refresh() {
            if constexpr (requires { One.refresh_url; })
                for (std::size_t i = 0; i < flow_count; ++i) flows[i].refresh_url = kept_constant<One>.refresh_url.view();
        }
    };
    static constexpr Tables tables = [] {
        Tables made;
        (made.template add<A>(), ...);
        (made.template add_refresh<A>(), ...);
        return made;
    }();
    static constexpr SecurityScheme apply(SecurityScheme scheme) {
        (describe<A>(scheme), ...);
        scheme.flows = tables.flows;
        scheme.flow_count = tables.flow_count;
        scheme.scopes = tables.scopes;
        scheme.scope_count = tables.scope_count;
        return scheme;
    }

    template <auto One>
    static void fail_with() {
        if constexpr (requires { One.make; }) throw One.make();
    }
    // What a scheme gives when there are no credentials.
    template <class T>
    static Result<T> missing([[maybe_unused]] std::string_view challenge) {
        if constexpr (auto_error) {
            fail(challenge);
        } else {
            return std::nullopt;
        }
    }
    [[noreturn]] static void fail(std::string_view challenge) {
        (fail_with<A>(), ...);
        throw_not_authenticated(challenge);
    }
};

// "WWW-Authenticate: Basic realm="…"".
template <auto... A>
struct BasicChallenge {
    template <auto One>
    static constexpr std::string_view one() {
        if constexpr (requires { One.realm; }) {
            return kept_constant<One>.realm.view();
        } else {
            return {};
        }
    }
    static std::string text() {
        std::string out = "Basic";
        for (std::string_view realm : {std::string_view{}, one<A>()...})
            if (!realm.empty()) out += " realm=\"" + std::string(realm) + "\"";
        return out;
    }
};

// What schemes of one kind share. Default: what the document says when no annotation says otherwise.
template <const SecurityScheme& Default, auto... Annotations>
struct SchemeOf {
    using Says = SchemeAnnotations<Annotations...>;
    static constexpr SecurityScheme security_scheme = Says::apply(Default);
};
template <const SecurityScheme& Default, auto... Annotations>
struct BearerToken : SchemeOf<Default, Annotations...> {
    using Says = SchemeAnnotations<Annotations...>;
    typename Says::template Result<std::string> operator()(const Request& request) const {
        HTTPAuthorizationCredentials read;
        if (!read_authorization(request, "bearer", false, read)) return Says::template missing<std::string>("Bearer");
        return read.credentials;
    }
};
template <const SecurityScheme& Default, auto... Annotations>
struct AuthorizationHeader : SchemeOf<Default, Annotations...> {
    using Says = SchemeAnnotations<Annotations...>;
    typename Says::template Result<std::string> operator()(const Request& request) const {
        std::string read;
        if (!read_authorization_header(request, read)) return Says::template missing<std::string>("Bearer");
        return read;
    }
};
// wanted: the scheme that is taken; empty: any.
template <const SecurityScheme& Default, FixedString Wanted, FixedString Challenge, auto... Annotations>
struct HTTPCredentials : SchemeOf<Default, Annotations...> {
    using Says = SchemeAnnotations<Annotations...>;
    typename Says::template Result<HTTPAuthorizationCredentials> operator()(const Request& request) const {
        HTTPAuthorizationCredentials read;
        if (!read_authorization(request, Wanted.view(), true, read)) return Says::template missing<HTTPAuthorizationCredentials>(Challenge.view());
        return read;
    }
};
template <const SecurityScheme& Default, KeyPlace Place, auto... Annotations>
struct APIKey : SchemeOf<Default, Annotations...> {
    using Says = SchemeAnnotations<Annotations...>;
    typename Says::template Result<std::string> operator()(const Request& request) const {
        std::string read;
        if (!read_api_key(request, Place, Default.name, read)) return Says::template missing<std::string>("APIKey");
        return read;
    }
};

inline constexpr SecurityScheme oauth2_password_scheme{.scheme_name = "OAuth2PasswordBearer", .type = "oauth2"};
inline constexpr SecurityScheme oauth2_code_scheme{.scheme_name = "OAuth2AuthorizationCodeBearer", .type = "oauth2"};
inline constexpr SecurityScheme oauth2_scheme{.scheme_name = "OAuth2", .type = "oauth2"};
inline constexpr SecurityScheme bearer_scheme{.scheme_name = "HTTPBearer", .type = "http", .scheme = "bearer"};
inline constexpr SecurityScheme digest_scheme{.scheme_name = "HTTPDigest", .type = "http", .scheme = "digest"};
inline constexpr SecurityScheme basic_scheme{.scheme_name = "HTTPBasic", .type = "http", .scheme = "basic"};
template <FixedString Name>
inline constexpr SecurityScheme http_scheme{
    .scheme_name = "HTTPBase", .type = "http", .scheme = kept_constant<Name>.view()};
template <FixedString Url>
inline constexpr SecurityScheme openid_scheme{
    .scheme_name = "OpenIdConnect", .type = "openIdConnect", .open_id_connect_url = kept_constant<Url>.view()};
template <FixedString Name>
inline constexpr SecurityScheme key_header_scheme{
    .scheme_name = "APIKeyHeader", .type = "apiKey", .in = "header", .name = kept_constant<Name>.view()};
template <FixedString Name>
inline constexpr SecurityScheme key_query_scheme{
    .scheme_name = "APIKeyQuery", .type = "apiKey", .in = "query", .name = kept_constant<Name>.view()};
template <FixedString Name>
inline constexpr SecurityScheme key_cookie_scheme{
    .scheme_name = "APIKeyCookie", .type = "apiKey", .in = "cookie", .name = kept_constant<Name>.view()};

// A scheme's name as Python's str.title() writes it.
template <FixedString Name>
struct TitledName {
    static constexpr auto kept = [] {
        auto made = Name;
        bool inside = false; // a word
        for (char& c : made.text) {
            bool upper = c >= 'A' && c <= 'Z';
            bool lower = c >= 'a' && c <= 'z';
            if (upper && inside) c = static_cast<char>(c + ('a' - 'A'));
            if (lower && !inside) c = static_cast<char>(c - ('a' - 'A'));
            inside = upper || lower;
        }
        return made;
    }();
};

} // namespace detail

// --- the schemes ------------------------------------------------------------------------------------------------------------

// A bearer token that is got with user name and password (RFC 6749, 4.3): its value is the token.
template <FixedString TokenUrl, auto... Annotations>
struct OAuth2PasswordBearer : detail::BearerToken<detail::oauth2_password_scheme, PasswordFlow(TokenUrl.text), Annotations...> {};
// A bearer token that is got by the authorization code flow (RFC 6749, 4.1).
template <FixedString AuthorizationUrl, FixedString TokenUrl, auto... Annotations>
struct OAuth2AuthorizationCodeBearer
    : detail::BearerToken<detail::oauth2_code_scheme, AuthorizationCodeFlow(AuthorizationUrl.text, TokenUrl.text), Annotations...> {};
// OAuth 2 with flows of any kind: OAuth2<PasswordFlow("token"), Scope("me", "Read.")>. Its value is the whole Authorization header.
template <auto... Annotations>
struct OAuth2 : detail::AuthorizationHeader<detail::oauth2_scheme, Annotations...> {};
template <FixedString Url, auto... Annotations>
struct OpenIdConnect : detail::AuthorizationHeader<detail::openid_scheme<Url>, Annotations...> {};

// Authorization: Bearer … (RFC 6750, 2.1).
template <auto... Annotations>
struct HTTPBearer : detail::HTTPCredentials<detail::bearer_scheme, "bearer", "Bearer", Annotations...> {};
// Authorization: Digest …, unread.
template <auto... Annotations>
struct HTTPDigest : detail::HTTPCredentials<detail::digest_scheme, "digest", "Digest", Annotations...> {};
// HTTP authentication of another scheme: the name is for the document and the challenge, whatever comes is taken.
template <FixedString Name, auto... Annotations>
struct HTTPBase : detail::HTTPCredentials<detail::http_scheme<Name>, "", detail::TitledName<Name>::kept, Annotations...> {};
// User name and password (RFC 7617): HTTPBasic<Realm("simple")>.
template <auto... Annotations>
struct HTTPBasic : detail::SchemeOf<detail::basic_scheme, Annotations...> {
    using Says = detail::SchemeAnnotations<Annotations...>;
    typename Says::template Result<HTTPBasicCredentials> operator()(const Request& request) const {
        HTTPAuthorizationCredentials read;
        HTTPBasicCredentials credentials;
        if (!detail::read_authorization(request, "basic", false, read))
            return Says::template missing<HTTPBasicCredentials>(detail::BasicChallenge<Annotations...>::text());
        if (!detail::read_basic(read.credentials, credentials)) Says::fail(detail::BasicChallenge<Annotations...>::text());
        return credentials;
    }
};

// A key in a header, a query parameter or a cookie. An empty one is none.
template <FixedString Name, auto... Annotations>
struct APIKeyHeader : detail::APIKey<detail::key_header_scheme<Name>, detail::KeyPlace::header, Annotations...> {};
template <FixedString Name, auto... Annotations>
struct APIKeyQuery : detail::APIKey<detail::key_query_scheme<Name>, detail::KeyPlace::query, Annotations...> {};
template <FixedString Name, auto... Annotations>
struct APIKeyCookie : detail::APIKey<detail::key_cookie_scheme<Name>, detail::KeyPlace::cookie, Annotations...> {};

// Whether two texts are the same, in a time that tells nothing of where they differ (only of the length of the first): for
// passwords and tokens.
bool compare_digest(std::string_view a, std::string_view b);

} // namespace fastapi
