#pragma once

// What the OpenAPI document says of a security scheme: a constant beside the scheme's callable.

#include <cstddef>
#include <string_view>

namespace fastapi::detail {

struct SecurityScope {
    std::string_view name;
    std::string_view description;
};
struct OAuthFlow {
    std::string_view kind; // password, authorizationCode, implicit, clientCredentials
    std::string_view authorization_url;
    std::string_view token_url;
    std::string_view refresh_url;
};
struct SecurityScheme {
    std::string_view scheme_name = {}; // in components.securitySchemes
    std::string_view type = {};        // http, apiKey, oauth2, openIdConnect
    std::string_view description = {};
    std::string_view in = {}; // of an API key: header, query, cookie
    std::string_view name = {};
    std::string_view scheme = {}; // of HTTP authentication
    std::string_view bearer_format = {};
    std::string_view open_id_connect_url = {};
    const OAuthFlow* flows = nullptr;
    std::size_t flow_count = 0;
    const SecurityScope* scopes = nullptr; // that the flows know
    std::size_t scope_count = 0;
};

} // namespace fastapi::detail
