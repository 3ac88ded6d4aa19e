// libFuzzer: bytes as a token, as the header and the claims of a token with a good signature, as a secret, and as a stored hash.
// What must hold: only our own errors are thrown; a token that is taken has the signature that we would make; what is signed is read.

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../jwt_keys.hpp"
#include "fastapi.hpp"

using namespace fastapi;

namespace {

const std::string secret = "a secret of more than 64 bytes, so that it is long enough for SHA-512 as well";

std::string base64url(std::string_view bytes) {
    std::string text = Base64UrlEncoder::encode(bytes);
    while (text.ends_with('=')) text.pop_back();
    return text;
}
std::string signed_token(std::string_view header, std::string_view claims) {
    std::string text = base64url(header) + "." + base64url(claims);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
    return text + "." + base64url({reinterpret_cast<const char*>(digest), size});
}

// Whether the token was taken.
bool decode(std::string_view token, std::string_view key, const jwt::DecodeOptions& options, json& claims) {
    try {
        claims = jwt::decode(token, key, options);
        return true;
    } catch (const jwt::PyJWTError&) {
        return false;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    json claims;
    jwt::DecodeOptions lax{
        .audience = {"a", "b"}, .issuer = "i", .verify_exp = false, .verify_aud = false, .verify_iss = false};
    // Nobody who does not know the secret has his token taken.
    if (decode(input, secret, lax, claims)) std::abort();
    static const char* const keys[] = {jwt_keys::rsa_public, jwt_keys::p256_public, jwt_keys::ed25519_public};
    static const char* const algorithms[] = {"RS256", "ES256", "EdDSA"};
    if (input.find('.') != std::string_view::npos)
        for (int i = 0; i < 3; ++i)
            if (decode(input, keys[i], {.algorithms = algorithms[i]}, claims)) std::abort();
    try {
        static_cast<void>(jwt::get_unverified_header(input));
    } catch (const jwt::InvalidTokenError&) {
    }

    // With a good signature.
    decode(signed_token(R"({"alg":"HS256"})", input), secret, {}, claims);
    decode(signed_token(R"({"alg":"HS256"})", input), secret,
           {.audience = {"a", "b"}, .issuer = "i", .require = {"exp"}}, claims);
    decode(signed_token(input, R"({"sub":"ann"})"), secret, lax, claims);
    // Where a signature is changed it is not taken.
    std::string token = signed_token(R"({"alg":"HS256"})", R"({"sub":"ann"})");
    if (!decode(token, secret, lax, claims) || claims["sub"] != "ann") std::abort();
    std::size_t signature = token.rfind('.') + 1;
    std::string other = token.substr(0, signature) + std::string(input);
    if (decode(other, secret, lax, claims) && input.substr(0, token.size() - signature) != token.substr(signature))
        std::abort();

    // As a secret: what it signs, it reads.
    try {
        std::string made = jwt::encode({{"sub", "ann"}}, input);
        if (jwt::decode(made, input) != json{{"sub", "ann"}}) std::abort();
    } catch (const jwt::InvalidKeyError&) {
    }
    // As a PEM text, and as a stored hash, which is only taken apart: to compute it is slow by intention.
    decode("eyJhbGciOiJFUzI1NiJ9.e30.AAAA", input, {.algorithms = "ES256"}, claims);
    try {
        static_cast<void>(needs_rehash(input));
    } catch (const UnknownHashError&) {
    }
    return 0;
}
