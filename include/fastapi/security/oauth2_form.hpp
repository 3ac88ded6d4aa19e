#pragma once

// The form with which a client asks for a token (RFC 6749, 4.3.2):
//   app.post("/token", [](Depends<instance_of<OAuth2PasswordRequestForm>> form) { return json{{"access_token", form->username}}; });

#include <optional>
#include <string>
#include <vector>

#include "fastapi/model/annotations.hpp"
#include "fastapi/routing/parameters.hpp"

namespace fastapi {

struct OAuth2PasswordRequestForm {
    std::optional<std::string> grant_type; // "password", when it is there
    std::string username;
    std::string password;
    std::vector<std::string> scopes; // "scope", split at white space
    std::optional<std::string> client_id;
    std::optional<std::string> client_secret;

    static OAuth2PasswordRequestForm make(Form<std::optional<std::string>, "grant_type", Pattern("^password$")> grant_type,
                                          Form<std::string, "username"> username,
                                          Form<std::string, "password", SchemaFormat("password")> password,
                                          Form<std::string, "scope", Default("")> scope,
                                          Form<std::optional<std::string>, "client_id"> client_id,
                                          Form<std::optional<std::string>, "client_secret", SchemaFormat("password")> client_secret);
};

// The same, where the client must say grant_type=password, as the RFC has it.
struct OAuth2PasswordRequestFormStrict : OAuth2PasswordRequestForm {
    static OAuth2PasswordRequestFormStrict make(Form<std::string, "grant_type", Pattern("^password$")> grant_type,
                                                Form<std::string, "username"> username, Form<std::string, "password"> password,
                                                Form<std::string, "scope", Default("")> scope,
                                                Form<std::optional<std::string>, "client_id"> client_id,
                                                Form<std::optional<std::string>, "client_secret"> client_secret);
};

} // namespace fastapi
