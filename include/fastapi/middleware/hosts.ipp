#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <stdexcept>

#include "fastapi/json/writer.hpp"
#include "fastapi/middleware/cors.ipp"
#include "fastapi/middleware/hosts.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {
// The URL of a request with another scheme and host; its path and query as they were sent.
FASTAPI_COLD std::string url_with(const Request& request, std::string_view scheme, std::string_view host) {
    return concat({scheme, "://", host, request.target.starts_with("/") ? request.target : request.path()});
}
} // namespace detail

// --- Host -----------------------------------------------------------------------------------------------------------------

template <int Form>
[[gnu::cold]] BasicTrustedHostMiddleware<Form>::BasicTrustedHostMiddleware(Options options)
    : options_(std::move(options)), any_(detail::holds(options_.allowed_hosts, "*")) {
    for (const std::string& pattern : options_.allowed_hosts)
        if (pattern.find('*', 1) != std::string::npos ||
            (pattern.starts_with("*") && pattern != "*" && !pattern.starts_with("*.")))
            throw std::logic_error(
                detail::concat({"fastapi: a wildcard of allowed_hosts is like \"*.example.com\", not \"", pattern, "\""}));
}

template <int Form>
[[gnu::cold]] bool BasicTrustedHostMiddleware<Form>::before(Request& request, Response& response) const {
    if (any_) return true;
    std::string_view full = request.headers.get("host", "");
    std::string_view host = full.substr(0, full.find(':'));
    bool redirect = false;
    for (const std::string& pattern : options_.allowed_hosts) {
        if (host == pattern || (pattern.starts_with("*") && host.ends_with(std::string_view(pattern).substr(1)))) return true;
        if (detail::concat({"www.", host}) == pattern) redirect = true;
    }
    if (redirect && options_.www_redirect) {
        response = RedirectResponse(detail::url_with(request, request.scheme, detail::concat({"www.", full})));
    } else {
        response = PlainTextResponse("Invalid host header", 400);
    }
    return false;
}

template <int Form>
[[gnu::cold]] bool BasicHTTPSRedirectMiddleware<Form>::before(Request& request, Response& response) const {
    if (request.scheme != "http" && request.scheme != "ws") return true;
    std::string host(request.headers.get("host", "localhost"));
    for (std::string_view port : {":80", ":443"})
        if (host.ends_with(port)) host = detail::lower_case(std::string_view(host).substr(0, host.size() - port.size()));
    response = RedirectResponse(detail::url_with(request, request.scheme == "http" ? "https" : "wss", host));
    return false;
}

// --- proxies --------------------------------------------------------------------------------------------------------------

template <int Form>
[[gnu::cold]] bool BasicProxyHeadersMiddleware<Form>::read_address(std::string_view text, unsigned char* address) {
    char copy[INET6_ADDRSTRLEN + 1];
    if (text.empty() || text.size() >= sizeof copy) return false;
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    static constexpr unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    std::memcpy(address, mapped, sizeof mapped);
    return ::inet_pton(AF_INET, copy, address + 12) == 1 || ::inet_pton(AF_INET6, copy, address) == 1;
}

template <int Form>
[[gnu::cold]] BasicProxyHeadersMiddleware<Form>::BasicProxyHeadersMiddleware(Options options) {
    for (const std::string& host : options.trusted_hosts) {
        if (host == "*") any_ = true;
        std::size_t slash = host.find('/');
        Network network{};
        bool is_address = read_address(std::string_view(host).substr(0, slash), network.address);
        bool is_short = is_address && host.find(':') == std::string::npos;
        network.bits = 128;
        if (slash != std::string::npos) {
            auto bits = detail::parse_unsigned(std::string_view(host).substr(slash + 1));
            if (!is_address || !bits || *bits > (is_short ? 32U : 128U))
                throw std::logic_error(detail::concat({"fastapi: \"", host, "\" of trusted_hosts is no network, like 10.0.0.0/8"}));
            network.bits = static_cast<int>(*bits) + (is_short ? 96 : 0);
        }
        if (is_address) {
            networks_.push_back(network);
        } else {
            literals_.push_back(host); // a client over a Unix socket has no address
        }
    }
}

template <int Form>
[[gnu::cold]] bool BasicProxyHeadersMiddleware<Form>::trusts(std::string_view host) const {
    if (any_) return true;
    unsigned char address[16];
    if (!read_address(host, address)) return detail::holds(literals_, host);
    for (const Network& network : networks_) {
        auto whole = static_cast<std::size_t>(network.bits / 8);
        int rest = network.bits % 8;
        if (std::memcmp(address, network.address, whole) != 0) continue;
        if (rest == 0 || (address[whole] ^ network.address[whole]) >> (8 - rest) == 0) return true;
    }
    return false;
}

template <int Form>
[[gnu::cold]] bool BasicProxyHeadersMiddleware<Form>::before(Request& request, Response&) const {
    if (!trusts(request.client.host)) return true;
    std::string_view proto;
    std::string forwarded;
    for (const auto& [name, value] : request.headers) {
        if (detail::same_header(name, "x-forwarded-proto")) proto = detail::trim(value);
        if (detail::same_header(name, "x-forwarded-for")) forwarded += detail::concat({forwarded.empty() ? "" : ", ", value});
    }
    bool socket = request.scheme == "ws" || request.scheme == "wss";
    if (proto == "http" || proto == "ws") request.scheme = socket ? "ws" : proto == "http" ? "http" : "ws";
    if (proto == "https" || proto == "wss") request.scheme = socket ? "wss" : proto == "https" ? "https" : "wss";
    // Each proxy appends the address that it was asked from: the last that is none of ours is the client's.
    for (std::string_view rest = forwarded; !rest.empty();) {
        std::size_t comma = rest.rfind(',');
        std::string_view host = detail::trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
        std::string_view port;
        std::size_t bracket = host.find(']');
        if (host.starts_with("[") && bracket != std::string_view::npos) { // [2001:db8::1]:443
            std::string_view behind = host.substr(bracket + 1);
            if (behind.empty() || behind.front() == ':') {
                port = behind.empty() ? behind : behind.substr(1);
                host = host.substr(1, bracket - 1);
            }
        } else if (std::size_t colon = host.find(':');
                   colon != std::string_view::npos && host.find(':', colon + 1) == std::string_view::npos) {
            if (detail::parse_unsigned(host.substr(colon + 1))) {
                port = host.substr(colon + 1);
                host = host.substr(0, colon);
            }
        }
        bool last = rest.empty();
        if (any_ ? !last : (trusts(host) && !last)) continue;
        if (host.empty()) return true;
        auto number = detail::parse_unsigned(port);
        request.client = {std::string(host), number && *number <= 65535 ? static_cast<int>(*number) : 0};
        return true;
    }
    return true;
}

#if defined(FASTAPI_IMPLEMENTATION)
template class BasicTrustedHostMiddleware<0>;
template class BasicHTTPSRedirectMiddleware<0>;
template class BasicProxyHeadersMiddleware<0>;
#endif

} // namespace fastapi
