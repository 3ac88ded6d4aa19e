#pragma once

// What is known of where a request came to, and from: TrustedHostMiddleware, HTTPSRedirectMiddleware, ProxyHeadersMiddleware.
// All three look at WebSockets, too.

#include <string>
#include <string_view>
#include <vector>

#include "fastapi/app/fastapi.hpp"

namespace fastapi {

// Refuses requests whose Host is none of these with 400.
template <int Form>
class BasicTrustedHostMiddleware {
  public:
    struct Options {
        std::vector<std::string> allowed_hosts = {"*"}; // without a port; "*.example.org": what is below that; "*": any
        bool www_redirect = true; // example.org goes to www.example.org when only that is allowed
    };
    // Throws std::logic_error for a star that is not at the beginning.
    explicit BasicTrustedHostMiddleware(Options options);
    bool before(Request& request, Response& response) const;
    bool before_websocket(Request& request, Response& response) const { return before(request, response); }

  private:
    Options options_;
    bool any_;
};
using TrustedHostMiddleware = BasicTrustedHostMiddleware<0>;

// Sends http to https, and ws to wss, with 307.
template <int Form>
class BasicHTTPSRedirectMiddleware {
  public:
    bool before(Request& request, Response& response) const; // NOLINT: a middleware is an object
    bool before_websocket(Request& request, Response& response) const { return before(request, response); }
};
using HTTPSRedirectMiddleware = BasicHTTPSRedirectMiddleware<0>;

// Believes X-Forwarded-For and X-Forwarded-Proto when they come from a proxy of ours: request.client and request.scheme are the
// client's then. Add it last, so that all others see them.
template <int Form>
class BasicProxyHeadersMiddleware {
  public:
    struct Options {
        std::vector<std::string> trusted_hosts = {"127.0.0.1"}; // addresses, networks ("10.0.0.0/8"); "*": anybody
    };
    // Throws std::logic_error for a network that is none.
    explicit BasicProxyHeadersMiddleware(Options options);
    bool before(Request& request, Response& response) const;
    bool before_websocket(Request& request, Response& response) const { return before(request, response); }

  private:
    struct Network {
        unsigned char address[16]; // of IPv4 mapped into IPv6
        int bits;
    };
    static bool read_address(std::string_view text, unsigned char* address);
    [[nodiscard]] bool trusts(std::string_view host) const;
    std::vector<Network> networks_;
    std::vector<std::string> literals_;
    bool any_ = false;
};
using ProxyHeadersMiddleware = BasicProxyHeadersMiddleware<0>;

} // namespace fastapi
