#pragma once

// Headers that every answer gets: SecurityHeadersMiddleware, RequestIdMiddleware.

#include <string>
#include <string_view>

#include "fastapi/app/fastapi.hpp"

namespace fastapi {

// Tells browsers to be careful; the values are those of Helmet 8. An empty one is left out, as is one that the handler has set.
template <int Form>
class BasicSecurityHeadersMiddleware {
  public:
    struct Options {
        std::string content_security_policy = ""; // depends on the pages; /docs needs scripts from a CDN unless it has Swagger UI's files
        std::string cross_origin_opener_policy = "same-origin";
        std::string cross_origin_resource_policy = "same-origin";
        std::string origin_agent_cluster = "?1";
        std::string referrer_policy = "no-referrer";
        std::string strict_transport_security = "max-age=31536000; includeSubDomains"; // over https only
        std::string x_content_type_options = "nosniff";
        std::string x_dns_prefetch_control = "off";
        std::string x_download_options = "noopen";
        std::string x_frame_options = "SAMEORIGIN";
        std::string x_permitted_cross_domain_policies = "none";
        std::string x_xss_protection = "0";
        std::string permissions_policy = "";
    };
    explicit BasicSecurityHeadersMiddleware(Options options) : options_(std::move(options)) {}
    void after(const Request& request, Response& response) const;

  private:
    Options options_;
};
using SecurityHeadersMiddleware = BasicSecurityHeadersMiddleware<0>;

// Gives every request an id, for the log and for the client: the one that it came with, if that is one (1 to 128 letters, digits and
// -_.:+/=), or else 32 random hexadecimal digits.
template <int Form>
class BasicRequestIdMiddleware {
  public:
    struct Options {
        std::string header = "x-request-id";
        bool trust_incoming = true;
    };
    explicit BasicRequestIdMiddleware(Options options) : options_(std::move(options)) {}
    bool before(Request& request, Response& response) const;
    void after(const Request& request, Response& response) const;

  private:
    Options options_;
};
using RequestIdMiddleware = BasicRequestIdMiddleware<0>;
// The id of a request; empty without RequestIdMiddleware.
std::string_view request_id(const Request& request);

} // namespace fastapi
