#pragma once

#include "fastapi/security/oauth2_form.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {
FASTAPI_INLINE std::vector<std::string> split_scopes(std::string_view text) {
    std::vector<std::string> scopes;
    for (std::size_t at = 0; (at = text.find_first_not_of(" \t\n\r\f\v", at)) != std::string_view::npos;) {
        std::size_t end = std::min(text.find_first_of(" \t\n\r\f\v", at), text.size());
        scopes.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return scopes;
}
} // namespace detail

FASTAPI_INLINE OAuth2PasswordRequestForm OAuth2PasswordRequestForm::make(
    Form<std::optional<std::string>, "grant_type", Pattern("^password$")> grant_type, Form<std::string, "username"> username,
    Form<std::string, "password", SchemaFormat("password")> password, Form<std::string, "scope", Default("")> scope,
    Form<std::optional<std::string>, "client_id"> client_id,
    Form<std::optional<std::string>, "client_secret", SchemaFormat("password")> client_secret) {
    return {std::move(*grant_type), std::move(*username),  std::move(*password),
            detail::split_scopes(*scope), std::move(*client_id), std::move(*client_secret)};
}

FASTAPI_INLINE OAuth2PasswordRequestFormStrict OAuth2PasswordRequestFormStrict::make(
    Form<std::string, "grant_type", Pattern("^password$")> grant_type, Form<std::string, "username"> username,
    Form<std::string, "password"> password, Form<std::string, "scope", Default("")> scope,
    Form<std::optional<std::string>, "client_id"> client_id, Form<std::optional<std::string>, "client_secret"> client_secret) {
    return {{std::move(*grant_type), std::move(*username), std::move(*password), detail::split_scopes(*scope), std::move(*client_id),
             std::move(*client_secret)}};
}

} // namespace fastapi
