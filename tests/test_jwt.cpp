// JSON Web Tokens: what is signed and verified, what is refused, and which error says so.

#include <chrono>
#include <ctime>

#include "jwt_keys.hpp"
#include "support.hpp"

using namespace fastapi;
using namespace std::chrono_literals;
using namespace jwt_keys;

namespace jwt_test {

const std::string secret = "a secret of more than 64 bytes, so that it is long enough for SHA-512 as well";

struct Claims {
    std::string sub;
    std::optional<std::string> scope;
};

std::string base64url(const std::string& bytes) {
    std::string text = Base64UrlEncoder::encode(bytes);
    while (text.ends_with('=')) text.pop_back();
    return text;
}

// The class of the error and its words; "" when there is none.
template <class F>
std::string error_of(const F& f) {
    try {
        f();
        return "";
    } catch (const jwt::InvalidSignatureError& e) {
        return std::string("signature: ") + e.what();
    } catch (const jwt::DecodeError& e) {
        return std::string("decode: ") + e.what();
    } catch (const jwt::ExpiredSignatureError& e) {
        return std::string("expired: ") + e.what();
    } catch (const jwt::ImmatureSignatureError& e) {
        return std::string("immature: ") + e.what();
    } catch (const jwt::InvalidAlgorithmError& e) {
        return std::string("algorithm: ") + e.what();
    } catch (const jwt::InvalidAudienceError& e) {
        return std::string("audience: ") + e.what();
    } catch (const jwt::InvalidIssuerError& e) {
        return std::string("issuer: ") + e.what();
    } catch (const jwt::InvalidIssuedAtError& e) {
        return std::string("issued at: ") + e.what();
    } catch (const jwt::InvalidSubjectError& e) {
        return std::string("subject: ") + e.what();
    } catch (const jwt::InvalidJTIError& e) {
        return std::string("jti: ") + e.what();
    } catch (const jwt::MissingRequiredClaimError& e) {
        return "missing " + e.claim + ": " + e.what();
    } catch (const jwt::InvalidTokenError& e) {
        return std::string("token: ") + e.what();
    } catch (const jwt::InvalidKeyError& e) {
        return std::string("key: ") + e.what();
    } catch (const std::exception& e) {
        return std::string("other: ") + e.what();
    }
}
std::string refused(const std::string& token, std::string_view key = secret, const jwt::DecodeOptions& options = {}) {
    return error_of([&] { jwt::decode(token, key, options); });
}
std::string refused(const json& claims, const jwt::DecodeOptions& options) {
    return refused(jwt::encode(claims, secret), secret, options);
}

std::int64_t now() { return static_cast<std::int64_t>(std::time(nullptr)); }

} // namespace jwt_test

using namespace jwt_test;

TEST_CASE("jwt: there and back") {
    json claims = {{"sub", "ann"}, {"n", 1.5}, {"list", {1, "\xC3\xA9", nullptr}}};
    std::string token = jwt::encode(claims, secret);
    CHECK(jwt::decode(token, secret) == claims);
    CHECK(token.substr(0, token.find('.')) == base64url(R"({"alg":"HS256","typ":"JWT"})"));

    std::string later = jwt::encode(claims, secret, {.expires_in = 30min, .headers = {{"kid", "k1"}}});
    std::int64_t exp = jwt::decode(later, secret, {.require = {"exp", "sub"}})["exp"].get<std::int64_t>();
    CHECK(std::abs(exp - now() - 1800) <= 2);
    CHECK(jwt::get_unverified_header(later) == json{{"alg", "HS256"}, {"typ", "JWT"}, {"kid", "k1"}});

    CHECK(jwt::decode<Claims>(token, secret).sub == "ann");
    CHECK(jwt::decode(jwt::encode(Claims{"bob", "me"}, secret), secret) == json{{"sub", "bob"}, {"scope", "me"}});
    CHECK(error_of([] {
              jwt::decode<Claims>(jwt::encode({{"scope", "x"}}, secret), secret);
          }).starts_with("decode: Invalid payload: "));
    CHECK(jwt::get_unverified_header(jwt::encode(claims, secret, {.headers = {{"typ", ""}, {"alg", "HS512"}}})) ==
          json{{"alg", "HS512"}});
}

TEST_CASE("jwt: vectors of RFC 7515, 7519 and 8037") {
    jwt::DecodeOptions any_time{.algorithms = {"HS256", "RS256", "ES256", "EdDSA"}, .verify_exp = false};
    json joe = parse_json(R"({"iss":"joe","exp":1300819380,"http://example.com/is_root":true})");
    // RFC 7515, A.1 (and RFC 7519, 3.1)
    std::string key = Base64UrlEncoder::decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==");
    std::string a1 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
                     "Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    CHECK(jwt::decode(a1, key, any_time) == joe);
    CHECK(refused(a1, key) == "expired: Signature has expired");
    // A.2
    CHECK(jwt::decode("eyJhbGciOiJSUzI1NiJ9."
                      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
                      "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
                      "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
                      "xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
                      "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
                      rfc7515_rsa_public, any_time) == joe);
    // A.3
    CHECK(jwt::decode("eyJhbGciOiJFUzI1NiJ9."
                      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
                      rfc7515_p256_public, any_time) == joe);
    // A.5, and RFC 7519, 6.1: there is no "none".
    std::string none =
        "eyJhbGciOiJub25lIn0."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    CHECK(refused(none, "", any_time) == "algorithm: The specified alg value is not allowed");
    CHECK(refused(none, "", {.algorithms = "none"}) == "algorithm: Algorithm not supported");
    // RFC 8037, A.5: the signature is good, what is signed is no JSON.
    std::string ed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
                     "09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g"
                     "7sVvpAr_MuM0KAg";
    CHECK(refused(ed, ed25519_public, any_time).starts_with("decode: Invalid payload string"));
    ed[ed.size() - 5] = ed[ed.size() - 5] == 'A' ? 'B' : 'A';
    CHECK(refused(ed, ed25519_public, any_time).starts_with("signature: "));
}

TEST_CASE("jwt: every algorithm, with PyJWT's tokens and with ours") {
    struct Row {
        const char* algorithm;
        const char* private_key;
        const char* public_key;
        const char* token; // of PyJWT
    };
    for (const Row& row :
         {Row{"RS256", rsa_private, rsa_public, rs256_token}, Row{"PS512", rsa_private, rsa_public, ps512_token},
          Row{"ES256", p256_private, p256_public, es256_token}, Row{"ES384", p384_private, p384_public, es384_token},
          Row{"EdDSA", ed25519_private, ed25519_public, eddsa_token}, Row{"RS384", rsa_private, rsa_public, nullptr},
          Row{"RS512", rsa_private, rsa_public, nullptr}, Row{"PS256", rsa_private, rsa_public, nullptr},
          Row{"PS384", rsa_private, rsa_public, nullptr}, Row{"HS256", secret.c_str(), secret.c_str(), nullptr},
          Row{"HS384", secret.c_str(), secret.c_str(), nullptr},
          Row{"HS512", secret.c_str(), secret.c_str(), nullptr}}) {
        CAPTURE(row.algorithm);
        jwt::DecodeOptions only{.algorithms = row.algorithm};
        json ann = {{"sub", "ann"}};
        if (row.token) CHECK(jwt::decode(row.token, row.public_key, only) == ann);
        std::string token = jwt::encode(ann, row.private_key, {.algorithm = row.algorithm});
        CHECK(jwt::decode(token, row.public_key, only) == ann);
        CHECK(jwt::decode(token, row.private_key, only) == ann);
        if (std::string_view(row.algorithm).starts_with("RS2") || std::string_view(row.algorithm) == "EdDSA")
            CHECK(token == row.token);
        // No bit of it can change.
        std::size_t signature = token.rfind('.') + 1;
        for (std::size_t i = 0; i < token.size(); i += 7) {
            if (token[i] == '.') continue;
            std::string wrong = token;
            wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
            std::string said = refused(wrong, row.public_key, only);
            CHECK(said != "");
            if (i >= signature && i + 4 < token.size()) CHECK(said == "signature: Signature verification failed");
        }
        CHECK(refused(token.substr(0, signature), row.public_key, only) == "signature: Signature verification failed");
    }
}

TEST_CASE("jwt: keys and algorithms that do not belong together") {
    std::string hs = jwt::encode({{"sub", "ann"}}, secret);
    std::string asymmetric =
        "key: The specified key is an asymmetric key or x509 certificate and should not be used as an HMAC secret.";
    CHECK(refused(hs, rsa_public, {.algorithms = {"RS256", "HS256"}}) == asymmetric);
    CHECK(error_of([] { jwt::encode({}, rsa_public); }).starts_with("other: ")); // claims that are no object
    CHECK(error_of([] { jwt::encode(json::object(), rsa_public); }) == asymmetric);
    CHECK(error_of([] { jwt::encode(json::object(), "ssh-ed25519 AAAA"); }) == asymmetric);
    std::string pem = ed25519_public;
    std::string der = Base64Encoder::decode(pem.substr(27, pem.find("-----END") - 27));
    CHECK(error_of([&] { jwt::encode(json::object(), der); }) == asymmetric);
    CHECK(error_of([] {
              jwt::encode(json::object(), R"( {"keys":[{"kty":"oct"}]})");
          }).starts_with("key: The specified key looks like a JWK"));
    CHECK(error_of([] { jwt::encode(json::object(), ""); }) == "key: HMAC key must not be empty.");
    CHECK(refused(hs, secret, {.algorithms = {"HS384", "HS512"}}) ==
          "algorithm: The specified alg value is not allowed");
    CHECK(refused(hs, secret, {.algorithms = {}}).starts_with("decode: It is required"));
    CHECK(refused(rs256_token, p256_public, {.algorithms = "RS256"})
              .starts_with("key: Could not parse the provided key: RS256 needs an RSA"));
    CHECK(refused(rs256_token, "no key", {.algorithms = "RS256"}).starts_with("key: "));
    CHECK(refused(es256_token, p384_public, {.algorithms = "ES256"}) ==
          "key: The key's curve 'secp384r1' does not match the expected curve 'prime256v1' for this algorithm");
    CHECK(refused(eddsa_token, p256_public, {.algorithms = "EdDSA"}).starts_with("key: "));
    CHECK(error_of([] { jwt::encode(json::object(), rsa_public, {.algorithm = "RS256"}); }).starts_with("key: "));
    CHECK(error_of([] { jwt::encode(json::object(), secret, {.algorithm = "none"}); }) ==
          "algorithm: Algorithm not supported");
    CHECK(error_of([] { jwt::encode(json::object(), "short", {}); }) == "");
    std::string weak = jwt::encode(json::object(), "short");
    CHECK(refused(weak, "short") == "");
    CHECK(refused(weak, "short", {.enforce_minimum_key_length = true}) ==
          "key: The HMAC key is 5 bytes long, which is below the minimum recommended length of 32 bytes for SHA256. "
          "See RFC 7518 Section 3.2.");
}

TEST_CASE("jwt: what is no token") {
    std::string good = jwt::encode({{"sub", "ann"}}, secret);
    std::string head = good.substr(0, good.find('.'));
    std::string rest = good.substr(good.find('.'));
    for (const char* none : {"", "a", "ab.cd"}) CHECK(refused(none).starts_with("decode: "));
    CHECK(refused("") == "decode: Not enough segments");
    CHECK(refused("a.b") == "decode: Not enough segments");
    CHECK(refused("!." + good) == "decode: Invalid header padding");
    CHECK(refused(good + ".x") == "decode: Invalid payload padding");
    CHECK(refused(good + "==") == "decode: Invalid crypto padding");
    CHECK(refused(good + "\n") == "decode: Invalid crypto padding");
    CHECK(refused("e30" + rest) == "algorithm: Algorithm not specified");
    CHECK(refused("e31" + rest) == "decode: Invalid header padding"); // a bit that means nothing is set
    CHECK(refused(base64url("[]") + rest) == "decode: Invalid header string: must be a json object");
    CHECK(refused(base64url("{") + rest).starts_with("decode: Invalid header string: "));
    CHECK(refused(base64url(R"({"alg":"HS256","kid":1})") + rest) == "token: Key ID header parameter must be a string");
    CHECK(refused(base64url(R"({"alg":"HS256","crit":[]})") + rest) ==
          "token: Invalid 'crit' header: must be a non-empty list");
    CHECK(refused(base64url(R"({"alg":"HS256","crit":["x"]})") + rest) == "token: Unsupported critical extension: x");
    CHECK(refused(base64url(R"({"alg":"HS256","b64":false})") + rest) ==
          "decode: Payload segment must be empty when 'b64' is false.");
    CHECK(refused(base64url(R"({"alg":["HS256"]})") + rest) == "algorithm: The specified alg value is not allowed");
    CHECK(refused(std::string(65537, 'a')) == "decode: The token is longer than 65536 bytes");
    CHECK(refused(good, secret, {.max_size = good.size() - 1}).starts_with("decode: The token is longer"));
    CHECK(refused(good, secret, {.max_size = good.size()}) == "");
    // Padding that is right is taken, as by PyJWT.
    std::string padded = head + std::string((4 - head.size() % 4) % 4, '=');
    CHECK(jwt::get_unverified_header(padded + rest)["alg"] == "HS256");
    // Nothing is said of claims before the signature is good.
    std::string expired = jwt::encode({{"exp", 1}}, secret);
    CHECK(refused(expired, secret + "x") == "signature: Signature verification failed");
}

TEST_CASE("jwt: times") {
    CHECK(refused({{"exp", now() - 5}}, {}) == "expired: Signature has expired");
    CHECK(refused({{"exp", now() - 5}}, {.leeway = 30s}) == "");
    CHECK(refused({{"exp", now() - 5}}, {.verify_exp = false}) == "");
    CHECK(refused({{"exp", now() + 5}}, {}) == "");
    CHECK(refused({{"nbf", now() + 60}}, {}) == "immature: The token is not yet valid (nbf)");
    CHECK(refused({{"iat", now() + 60}}, {}) == "immature: The token is not yet valid (iat)");
    CHECK(refused({{"nbf", now() + 60}, {"iat", now() + 60}}, {.leeway = 90s}) == "");
    for (const json& odd : {json("x"), json(nullptr), json::array(), json(""), json("1_"), json("1__0"), json(" ")}) {
        CAPTURE(odd.dump());
        CHECK(refused({{"exp", odd}}, {}) == "decode: Expiration Time claim (exp) must be an integer.");
        CHECK(refused({{"nbf", odd}}, {}) == "decode: Not Before claim (nbf) must be an integer.");
        CHECK(refused({{"iat", odd}}, {}) == "issued at: Issued At claim (iat) must be an integer.");
    }
    CHECK(refused({{"exp", " +99_999_999_999 "}, {"nbf", true}, {"iat", "-5"}}, {}) == "");
    CHECK(refused({{"exp", 1e300}}, {}) == "");
    CHECK(refused({{"exp", static_cast<double>(now()) + 0.5 - 60}}, {}) == "expired: Signature has expired");
    CHECK(refused(jwt::encode(json::object(), secret, {.expires_in = -1s})) == "expired: Signature has expired");
}

TEST_CASE("jwt: aud, iss, sub, jti and what must be there") {
    CHECK(refused({{"aud", "shop"}}, {}) == "audience: Invalid audience");
    CHECK(refused({{"aud", ""}}, {}) == "");
    CHECK(refused({{"aud", "shop"}}, {.verify_aud = false}) == "");
    CHECK(refused({{"aud", "shop"}}, {.audience = "shop"}) == "");
    CHECK(refused({{"aud", {"a", "shop"}}}, {.audience = {"shop", "other"}}) == "");
    CHECK(refused({{"aud", {"a", "b"}}}, {.audience = "shop"}) == "audience: Audience doesn't match");
    CHECK(refused({{"aud", {"shop", 1}}}, {.audience = "shop"}) == "audience: Invalid claim format in token");
    CHECK(refused({{"aud", 7}}, {.audience = "shop"}) == "audience: Invalid claim format in token");
    CHECK(refused(json::object(), {.audience = "shop"}) == "missing aud: Token is missing the \"aud\" claim");
    CHECK(refused({{"aud", json::array({"shop"})}}, {.audience = "shop", .strict_aud = true}) ==
          "audience: Invalid claim format in token (strict)");
    CHECK(refused({{"aud", "shop"}}, {.audience = std::vector<std::string>()}) == "audience: Audience doesn't match");
    CHECK(refused({{"iss", "me"}}, {.issuer = "me"}) == "");
    CHECK(refused({{"iss", "me"}}, {.issuer = {"you", "me"}}) == "");
    CHECK(refused({{"iss", "me"}}, {.issuer = "you"}) == "issuer: Invalid issuer");
    CHECK(refused(json::object(), {.issuer = "you"}) == "missing iss: Token is missing the \"iss\" claim");
    CHECK(error_of([] { jwt::encode({{"iss", 1}}, secret); }) == "other: jwt::encode: Issuer (iss) must be a string.");
    CHECK(refused({{"sub", 1}}, {}) == "subject: Subject must be a string");
    CHECK(refused({{"sub", "ann"}}, {.subject = "bob"}) == "subject: Invalid subject");
    CHECK(refused({{"sub", "ann"}}, {.subject = "ann"}) == "");
    CHECK(refused({{"jti", 1}}, {}) == "jti: JWT ID must be a string");
    CHECK(refused({{"exp", nullptr}, {"sub", "a"}}, {.require = {"sub", "exp"}}) ==
          "missing exp: Token is missing the \"exp\" claim");
    // All are one class to catch.
    CHECK_THROWS_AS(jwt::decode("x", secret), jwt::InvalidTokenError);
    CHECK_THROWS_AS(jwt::decode(jwt::encode({{"exp", 1}}, secret), secret), jwt::PyJWTError);
}
