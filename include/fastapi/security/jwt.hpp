#pragma once

// JSON Web Tokens (RFC 7519) with the names and rules of PyJWT 2: signed with HMAC, RSA, ECDSA or EdDSA.
// It needs OpenSSL 3: link with -lcrypto.
//   std::string token = jwt::encode({{"sub", user.name}}, secret_key, {.expires_in = 30min});
//   json claims = jwt::decode(token, secret_key, {.audience = "shop", .require = {"exp", "sub"}});
//   struct Claims { std::string sub; std::string scope; };
//   auto claims = jwt::decode<Claims>(token, secret_key);

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/json/json.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/model.hpp"

namespace fastapi::jwt {

// ---- errors: PyJWT's classes and sentences -------------------------------------------------------------------------------

struct PyJWTError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
// The base of all that is wrong with a token: what a handler catches and answers with 401.
struct InvalidTokenError : PyJWTError {
    using PyJWTError::PyJWTError;
};
// The key does not fit the algorithm: a mistake of the program, not of the caller.
struct InvalidKeyError : PyJWTError {
    using PyJWTError::PyJWTError;
};
struct DecodeError : InvalidTokenError {
    using InvalidTokenError::InvalidTokenError;
};
struct InvalidSignatureError : DecodeError {
    using DecodeError::DecodeError;
};
struct InvalidAlgorithmError : InvalidTokenError {
    using InvalidTokenError::InvalidTokenError;
};
struct ExpiredSignatureError : InvalidTokenError {
    using InvalidTokenError::InvalidTokenError;
};
// nbf or iat is in the future.
struct ImmatureSignatureError : InvalidTokenError {
    using InvalidTokenError::InvalidTokenError;
};
struct InvalidIssuedAtError : InvalidTokenError {
    using InvalidTokenError::InvalidTokenError;
};
struct InvalidAudienceError : InvalidTokenError {
    using InvalidTokenError::InvalidTokenError;
};
struct InvalidIssuerError : InvalidTokenError {
    using InvalidTokenError::InvalidTokenError;
};
struct InvalidSubjectError : InvalidTokenError {
    using InvalidTokenError::InvalidTokenError;
};
struct InvalidJTIError : InvalidTokenError {
    using InvalidTokenError::InvalidTokenError;
};
struct MissingRequiredClaimError : InvalidTokenError {
    explicit MissingRequiredClaimError(std::string_view name);
    std::string claim;
};

// ---- options ----------------------------------------------------------------------------------------------------------------

// One text, several, or none: "a", {"a", "b"}, a std::vector<std::string>.
class Texts {
  public:
    Texts() = default;
    Texts(const char* one);                              // NOLINT: implicit on purpose
    Texts(std::string one);                              // NOLINT: implicit on purpose
    Texts(std::string_view one);                         // NOLINT: implicit on purpose
    Texts(std::initializer_list<std::string_view> some); // NOLINT: implicit on purpose
    Texts(std::vector<std::string> some);                // NOLINT: implicit on purpose

    [[nodiscard]] bool contains(std::string_view text) const;
    [[nodiscard]] bool given() const { return given_; }
    [[nodiscard]] auto begin() const { return items_.begin(); }
    [[nodiscard]] auto end() const { return items_.end(); }

  private:
    std::vector<std::string> items_;
    bool given_ = false;
};

inline constexpr std::chrono::seconds never = std::chrono::seconds::max();

struct EncodeOptions {
    std::string_view algorithm = "HS256";
    std::chrono::seconds expires_in = never; // from now: becomes the claim exp
    json headers = {};                       // more of the header: {{"kid", "2024-05"}}
};

struct DecodeOptions {
    // What is accepted, never what the token asks for. HS256 HS384 HS512, RS256 RS384 RS512, PS256 PS384 PS512, ES256 ES256K ES384
    // ES512, EdDSA (Ed25519, Ed448). There is no "none". Do not mix HS… with the others: the key means something else.
    Texts algorithms = "HS256";
    Texts audience = {}; // one of these must be in aud; a token with an aud is refused when this is not given
    Texts issuer = {};   // iss must be one of these
    Texts subject = {};  // sub must be one of these
    std::chrono::milliseconds leeway{0}; // for clocks that differ: exp, nbf and iat
    Texts require = {};                  // claims that must be there and not null
    bool verify_exp = true;
    bool verify_nbf = true;
    bool verify_iat = true;
    bool verify_aud = true;
    bool verify_iss = true;
    bool verify_sub = true;
    bool verify_jti = true;
    bool strict_aud = false; // aud must be one text, not a list
    // HMAC keys shorter than the digest (RFC 7518, 3.2) and RSA keys below 2048 bits are refused; else they are warned of once.
    bool enforce_minimum_key_length = false;
    std::size_t max_size = 65536; // bytes; a longer token is not looked at
};

// ---- functions --------------------------------------------------------------------------------------------------------------

// A signed token. The key is the secret of an HS… algorithm, else a private key as PEM (not encrypted). claims is an object: json or a
// model. Throws InvalidKeyError; InvalidAlgorithmError; std::invalid_argument for claims that are no object, or an iss that is no text.
template <int Form = 0>
std::string encode(const json& claims, std::string_view key, const EncodeOptions& options = {});

// The claims of a token whose signature is good, after exp, nbf, iat, iss, aud, sub and jti were checked. The key is the secret or, as
// PEM, the public key (a private one does as well). Throws an InvalidTokenError; InvalidKeyError.
template <int Form = 0>
json decode(std::string_view token, std::string_view key, const DecodeOptions& options = {});

// The same, read into a model. Throws DecodeError when they do not fit it.
template <class Claims, int Form = 0>
Claims decode(std::string_view token, std::string_view key, const DecodeOptions& options = {}) {
    json claims = decode<Form>(token, key, options);
    try {
        return model_validate<Claims>(claims);
    } catch (const ValidationError& error) {
        throw DecodeError(fastapi::detail::concat({"Invalid payload: ", error.what()}));
    }
}

// The header of a token that nothing is known of yet: to choose a key by its kid. Throws DecodeError, InvalidTokenError.
template <int Form = 0>
json get_unverified_header(std::string_view token, std::size_t max_size = 65536);

} // namespace fastapi::jwt
