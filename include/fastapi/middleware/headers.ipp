#pragma once

#include "fastapi/http/request_notes.hpp"
#include "fastapi/middleware/headers.hpp"
#include "fastapi/types/uuid.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {
// Random bytes as hexadecimal digits.
FASTAPI_COLD std::string random_digits(std::size_t bytes) {
    unsigned char random[32];
    fill_random(random, bytes);
    std::string out;
    for (std::size_t i = 0; i < bytes; ++i) {
        out.push_back("0123456789abcdef"[random[i] >> 4U]);
        out.push_back("0123456789abcdef"[random[i] & 15U]);
    }
    return out;
}
} // namespace detail

template <int Form>
[[gnu::cold]] void BasicSecurityHeadersMiddleware<Form>::after(const Request& request, Response& response) const {
    const struct {
        std::string_view name;
        const std::string& value;
    } headers[] = {
        {"content-security-policy", options_.content_security_policy},
        {"cross-origin-opener-policy", options_.cross_origin_opener_policy},
        {"cross-origin-resource-policy", options_.cross_origin_resource_policy},
        {"origin-agent-cluster", options_.origin_agent_cluster},
        {"permissions-policy", options_.permissions_policy},
        {"referrer-policy", options_.referrer_policy},
        {"strict-transport-security", options_.strict_transport_security},
        {"x-content-type-options", options_.x_content_type_options},
        {"x-dns-prefetch-control", options_.x_dns_prefetch_control},
        {"x-download-options", options_.x_download_options},
        {"x-frame-options", options_.x_frame_options},
        {"x-permitted-cross-domain-policies", options_.x_permitted_cross_domain_policies},
        {"x-xss-protection", options_.x_xss_protection},
    };
    for (const auto& [name, value] : headers) {
        if (value.empty() || response.headers.contains(name)) continue;
        if (name == "strict-transport-security" && request.scheme != "https") continue; // RFC 6797 7.2
        response.headers.append(name, value);
    }
}

template <int Form>
[[gnu::cold]] bool BasicRequestIdMiddleware<Form>::before(Request& request, Response&) const {
    std::string_view given = options_.trust_incoming ? request.headers.get(options_.header, "") : std::string_view{};
    bool good = !given.empty() && given.size() <= 128;
    for (char c : given) {
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        good = good && (letter || std::string_view("-_.:+/=").find(c) != std::string_view::npos);
    }
    request.notes().id = good ? std::string(given) : detail::random_digits(16);
    return true;
}

template <int Form>
[[gnu::cold]] void BasicRequestIdMiddleware<Form>::after(const Request& request, Response& response) const {
    response.headers.set(options_.header, request_id(request));
}

FASTAPI_COLD std::string_view request_id(const Request& request) {
    const detail::RequestNotes* notes = request.notes_if_any();
    return notes ? std::string_view(notes->id) : std::string_view{};
}

#if defined(FASTAPI_IMPLEMENTATION)
template class BasicSecurityHeadersMiddleware<0>;
template class BasicRequestIdMiddleware<0>;
#endif

} // namespace fastapi
