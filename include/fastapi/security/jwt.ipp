#pragma once

#include <atomic>
#include <cmath>
#include <cstdio>
#include <utility>

#include "fastapi/security/jwt.hpp"
#include "fastapi/security/schemes.hpp"
#include "fastapi/security/signatures.ipp"
#include "fastapi/types/bytes.ipp"
#include "fastapi/version.hpp"

namespace fastapi::jwt {

FASTAPI_COLD MissingRequiredClaimError::MissingRequiredClaimError(std::string_view name)
    : InvalidTokenError(detail::concat({"Token is missing the \"", name, "\" claim"})), claim(name) {}

FASTAPI_COLD Texts::Texts(std::string one) : given_(true) { items_.push_back(std::move(one)); }
FASTAPI_COLD Texts::Texts(std::string_view one) : Texts(std::string(one)) {}
FASTAPI_COLD Texts::Texts(const char* one) : Texts(std::string(one)) {}
FASTAPI_COLD Texts::Texts(std::initializer_list<std::string_view> some) : given_(true) {
    for (std::string_view one : some) items_.push_back(std::string(one));
}
FASTAPI_COLD Texts::Texts(std::vector<std::string> some) : items_(std::move(some)), given_(true) {}

FASTAPI_COLD bool Texts::contains(std::string_view text) const {
    for (const std::string& item : items_)
        if (item == text) return true;
    return false;
}

#if defined(FASTAPI_LIBCRYPTO)

} // namespace fastapi::jwt

namespace fastapi::detail {

// The bodies are members of a template so that only a program with tokens compiles them.
template <int Form>
struct JwtTokens {
    struct Parts {
        std::string_view signing_input;
        json header;
        std::string payload;
        std::string signature;
    };

    // RFC 7515, 2: no other character, no bit that is set and means nothing. Padding is taken as PyJWT takes it, when it is right.
    static std::string read_segment(std::string_view text, std::string_view name) {
        std::size_t digits = text.size();
        while (digits > 0 && text[digits - 1] == '=') --digits;
        std::size_t padding = text.size() - digits;
        bool good = padding <= 2 && (padding == 0 || text.size() % 4 == 0) && digits % 4 != 1;
        std::string bytes;
        bytes.reserve(digits / 4 * 3 + 2);
        unsigned held = 0;
        unsigned bits = 0;
        for (char c : text.substr(0, digits)) {
            int digit = c == '+' || c == '/' ? -1 : base64_digit(c, true);
            if (digit < 0) good = false;
            if (!good) break;
            held = (held << 6U | static_cast<unsigned>(digit)) & 0xFFFFU;
            bits += 6;
            if (bits < 8) continue;
            bits -= 8;
            bytes.push_back(static_cast<char>(held >> bits & 0xFFU));
        }
        if (!good || (held & ((1U << bits) - 1U)) != 0) throw jwt::DecodeError(concat({"Invalid ", name, " padding"}));
        return bytes;
    }

    static json read_object(std::string_view text, std::string_view name) {
        json value;
        try {
            value = parse_json(text);
        } catch (const std::invalid_argument& error) {
            throw jwt::DecodeError(concat({"Invalid ", name, " string: ", error.what()}));
        }
        if (!value.is_object()) throw jwt::DecodeError(concat({"Invalid ", name, " string: must be a json object"}));
        return value;
    }

    static const json* member(const json& object, const char* name) {
        auto found = object.find(name);
        return found == object.end() ? nullptr : &*found;
    }

    static void check_kid(const json& header) {
        if (const json* kid = member(header, "kid"); kid && !kid->is_string())
            throw jwt::InvalidTokenError("Key ID header parameter must be a string");
    }

    // RFC 7515, 4.1.11: what is critical must be understood. We understand b64 (RFC 7797) where it is true.
    static void check_critical(const json& header) {
        const json* critical = member(header, "crit");
        if (critical && (!critical->is_array() || critical->empty()))
            throw jwt::InvalidTokenError("Invalid 'crit' header: must be a non-empty list");
        for (std::size_t i = 0; critical && i < critical->size(); ++i) {
            const json& one = (*critical)[i];
            if (!one.is_string()) throw jwt::InvalidTokenError("Invalid 'crit' header: values must be strings");
            std::string name = one.template get<std::string>();
            if (name != "b64") throw jwt::InvalidTokenError(concat({"Unsupported critical extension: ", name}));
            if (!header.contains("b64"))
                throw jwt::InvalidTokenError("Critical extension 'b64' is missing from headers");
        }
        if (const json* b64 = member(header, "b64"); b64 && is_false(*b64)) {
            if (!critical)
                throw jwt::InvalidTokenError("The 'b64' header parameter requires 'b64' to be listed in 'crit'.");
            throw jwt::DecodeError("Tokens with a detached payload (b64 is false) are not supported");
        }
    }

    static Parts take_apart(std::string_view token, std::size_t max_size) {
        if (token.size() > max_size)
            throw jwt::DecodeError(
                concat({"The token is longer than ", integer_text(static_cast<std::int64_t>(max_size)), " bytes"}));
        std::size_t first = token.find('.');
        std::size_t last = token.rfind('.');
        if (first == last) throw jwt::DecodeError("Not enough segments");
        Parts parts{token.substr(0, last), {}, {}, {}};
        parts.header = read_object(read_segment(token.substr(0, first), "header"), "header");
        std::string_view payload = token.substr(first + 1, last - first - 1);
        if (const json* b64 = member(parts.header, "b64"); b64 && is_false(*b64)) {
            if (!payload.empty()) throw jwt::DecodeError("Payload segment must be empty when 'b64' is false.");
        } else {
            parts.payload = read_segment(payload, "payload");
        }
        parts.signature = read_segment(token.substr(last + 1), "crypto");
        check_kid(parts.header);
        check_critical(parts.header);
        return parts;
    }

    // ---- keys ----

    // Names another key of JSON's web keys (RFC 7517) anywhere inside.
    static bool has_key_type(const json& value) {
        if (value.is_object() && value.contains("kty")) return true;
        if (!value.is_structured()) return false;
        for (const json& one : value)
            if (has_key_type(one)) return true;
        return false;
    }
    static bool looks_like_jwk(std::string_view key) {
        std::size_t begin = key.find_first_not_of(" \t\r\n");
        if (begin == std::string_view::npos || (key[begin] != '{' && key[begin] != '[')) return false;
        try {
            return has_key_type(parse_json(key));
        } catch (const std::invalid_argument&) {
            return key.find("\"kty\"") != std::string_view::npos;
        }
    }

    // An HMAC secret that is a public key would let anyone who knows that key sign (RFC 8725, 3.1).
    static void check_secret(std::string_view key) {
        if (key.empty()) throw jwt::InvalidKeyError("HMAC key must not be empty.");
        bool asymmetric = key.find("-----BEGIN ") != std::string_view::npos ||
                          key.find("---- BEGIN ") != std::string_view::npos || key.starts_with("ssh-ed25519") ||
                          key.starts_with("ssh-rsa") || key.starts_with("ssh-dss") ||
                          key.starts_with("ecdsa-sha2-nistp") || JwtSignatures<Form>::is_der_key(key);
        if (asymmetric)
            throw jwt::InvalidKeyError(
                "The specified key is an asymmetric key or x509 certificate and should not be used as an HMAC secret.");
        if (looks_like_jwk(key))
            throw jwt::InvalidKeyError(
                "The specified key looks like a JWK and should not be used directly as an HMAC secret.");
    }

    static void check_length(const JwtAlgorithm& algorithm, const JwtKey& key, bool enforce) {
        std::string what = JwtSignatures<Form>::weakness(algorithm, key);
        if (what.empty()) return;
        if (enforce) throw jwt::InvalidKeyError(what);
        static std::atomic<bool> said{false};
        if (!said.exchange(true)) std::fprintf(stderr, "fastapi: jwt: %s\n", what.c_str());
    }

    // ---- claims ----

    static double now() {
        return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    }

    // Python's int(): numbers without their fraction, true and false, and texts of decimal digits. False when it is none.
    static bool read_integer(const json& value, double& seconds) {
        switch (value.type()) {
        case json::value_t::boolean: seconds = value.template get<bool>() ? 1 : 0; return true;
        case json::value_t::number_integer:
            seconds = static_cast<double>(value.template get<std::int64_t>());
            return true;
        case json::value_t::number_unsigned:
            seconds = static_cast<double>(value.template get<std::uint64_t>());
            return true;
        case json::value_t::number_float:
            seconds = std::trunc(value.template get<double>());
            return std::isfinite(seconds);
        case json::value_t::string: break;
        default: return false;
        }
        std::string text = value.template get<std::string>();
        std::size_t begin = text.find_first_not_of(" \t\n\r\f\v");
        if (begin == std::string::npos) return false;
        text = text.substr(begin, text.find_last_not_of(" \t\n\r\f\v") + 1 - begin);
        bool negative = text[0] == '-';
        std::string_view digits = text;
        if (negative || text[0] == '+') digits.remove_prefix(1);
        if (digits.empty() || digits.size() > 4300) return false; // Python's limit
        double read = 0;
        bool digit_before = false; // an underscore stands between two digits
        for (char c : digits) {
            bool is_digit = c >= '0' && c <= '9';
            if (!is_digit && !(c == '_' && digit_before)) return false;
            digit_before = is_digit;
            if (is_digit) read = read * 10 + (c - '0');
        }
        seconds = negative ? -read : read;
        return digit_before;
    }

    // Through pointers: an operator with a json operand makes g++ look at two dozen types that a json converts to.
    static bool is_false(const json& value) {
        const bool* truth = value.template get_ptr<const bool*>();
        return truth && !*truth;
    }
    static bool is_falsy(const json& value) {
        const auto* integer = value.template get_ptr<const json::number_integer_t*>();
        const auto* number = value.template get_ptr<const json::number_float_t*>();
        const auto* text = value.template get_ptr<const std::string*>();
        return value.is_null() || is_false(value) || (integer && *integer == 0) || (number && *number == 0) || (text && text->empty()) ||
               (value.is_structured() && value.empty());
    }

    static void check_audience(const json& claims, const jwt::DecodeOptions& options) {
        const json* audience = member(claims, "aud");
        bool there = audience && !is_falsy(*audience);
        if (!options.audience.given()) {
            if (there) throw jwt::InvalidAudienceError("Invalid audience");
            return;
        }
        if (!there) throw jwt::MissingRequiredClaimError("aud");
        if (options.strict_aud) {
            if (options.audience.end() - options.audience.begin() != 1)
                throw jwt::InvalidAudienceError("Invalid audience (strict)");
            if (!audience->is_string()) throw jwt::InvalidAudienceError("Invalid claim format in token (strict)");
        }
        const auto* several = audience->template get_ptr<const json::array_t*>();
        const json* first = several ? several->data() : audience;
        const json* last = first + (several ? several->size() : 1);
        for (const json* one = first; one != last; ++one)
            if (!one->is_string()) throw jwt::InvalidAudienceError("Invalid claim format in token");
        for (const json* one = first; one != last; ++one)
            if (options.audience.contains(one->template get_ref<const std::string&>())) return;
        throw jwt::InvalidAudienceError(options.strict_aud ? "Audience doesn't match (strict)"
                                                           : "Audience doesn't match");
    }

    // In PyJWT's order, which decides what is said of a token with several faults.
    static void check_claims(const json& claims, const jwt::DecodeOptions& options) {
        for (const std::string& name : options.require)
            if (const json* value = member(claims, name.c_str()); !value || value->is_null())
                throw jwt::MissingRequiredClaimError(name);
        double at = now();
        double leeway = std::chrono::duration<double>(options.leeway).count();
        double seconds = 0;
        if (const json* iat = member(claims, "iat"); iat && options.verify_iat) {
            if (!read_integer(*iat, seconds))
                throw jwt::InvalidIssuedAtError("Issued At claim (iat) must be an integer.");
            if (seconds > at + leeway) throw jwt::ImmatureSignatureError("The token is not yet valid (iat)");
        }
        if (const json* nbf = member(claims, "nbf"); nbf && options.verify_nbf) {
            if (!read_integer(*nbf, seconds)) throw jwt::DecodeError("Not Before claim (nbf) must be an integer.");
            if (seconds > at + leeway) throw jwt::ImmatureSignatureError("The token is not yet valid (nbf)");
        }
        if (const json* exp = member(claims, "exp"); exp && options.verify_exp) {
            if (!read_integer(*exp, seconds)) throw jwt::DecodeError("Expiration Time claim (exp) must be an integer.");
            if (seconds <= at - leeway) throw jwt::ExpiredSignatureError("Signature has expired");
        }
        if (options.verify_iss && options.issuer.given()) {
            const json* iss = member(claims, "iss");
            if (!iss) throw jwt::MissingRequiredClaimError("iss");
            if (!iss->is_string()) throw jwt::InvalidIssuerError("Payload Issuer (iss) must be a string");
            if (!options.issuer.contains(iss->template get_ref<const std::string&>()))
                throw jwt::InvalidIssuerError("Invalid issuer");
        }
        if (options.verify_aud) check_audience(claims, options);
        if (const json* sub = member(claims, "sub"); sub && options.verify_sub) {
            if (!sub->is_string()) throw jwt::InvalidSubjectError("Subject must be a string");
            if (options.subject.given() && !options.subject.contains(sub->template get_ref<const std::string&>()))
                throw jwt::InvalidSubjectError("Invalid subject");
        }
        if (const json* jti = member(claims, "jti"); jti && options.verify_jti && !jti->is_string())
            throw jwt::InvalidJTIError("JWT ID must be a string");
    }

    // ---- whole tokens ----

    static json decode(std::string_view token, std::string_view key, const jwt::DecodeOptions& options) {
        if (options.algorithms.begin() == options.algorithms.end())
            throw jwt::DecodeError(
                "It is required that you pass in a value for the \"algorithms\" argument when calling decode().");
        Parts parts = take_apart(token, options.max_size);
        const json* name = member(parts.header, "alg");
        if (!name) throw jwt::InvalidAlgorithmError("Algorithm not specified");
        if (!name->is_string() || !options.algorithms.contains(name->template get_ref<const std::string&>()))
            throw jwt::InvalidAlgorithmError("The specified alg value is not allowed");
        const JwtAlgorithm* algorithm = JwtSignatures<Form>::find(name->template get_ref<const std::string&>());
        if (!algorithm) throw jwt::InvalidAlgorithmError("Algorithm not supported");
        if (algorithm->kind == JwtKind::hmac) check_secret(key);
        JwtKey prepared = JwtSignatures<Form>::prepare(*algorithm, key, false);
        check_length(*algorithm, prepared, options.enforce_minimum_key_length);
        if (!JwtSignatures<Form>::verify(*algorithm, prepared, parts.signing_input, parts.signature))
            throw jwt::InvalidSignatureError("Signature verification failed");
        json claims = read_object(parts.payload, "payload");
        check_claims(claims, options);
        return claims;
    }

    static std::string encode(const json& claims, std::string_view key, const jwt::EncodeOptions& options) {
        if (!claims.is_object()) throw std::invalid_argument("jwt::encode: the claims must be a JSON object");
        if (const json* iss = member(claims, "iss"); iss && !iss->is_string())
            throw std::invalid_argument("jwt::encode: Issuer (iss) must be a string.");
        json header = json::object();
        header["alg"] = std::string(options.algorithm);
        header["typ"] = "JWT";
        if (options.headers.is_object()) {
            check_kid(options.headers);
            if (const json* b64 = member(options.headers, "b64"); b64 && is_false(*b64))
                throw std::invalid_argument("jwt::encode: detached payloads (b64 is false) are not supported");
            for (const auto& [name, value] : options.headers.items())
                if (name != "b64" && (name != "alg" || !is_falsy(value))) header[name] = value;
            if (is_falsy(header["typ"])) header.erase("typ");
        } else if (!options.headers.is_null()) {
            throw std::invalid_argument("jwt::encode: the headers must be a JSON object");
        }
        const json& name = header["alg"];
        const JwtAlgorithm* algorithm =
            name.is_string() ? JwtSignatures<Form>::find(name.template get_ref<const std::string&>()) : nullptr;
        if (!algorithm) throw jwt::InvalidAlgorithmError("Algorithm not supported");
        if (algorithm->kind == JwtKind::hmac) check_secret(key);
        JwtKey prepared = JwtSignatures<Form>::prepare(*algorithm, key, true);
        check_length(*algorithm, prepared, false);
        std::string payload;
        if (options.expires_in == jwt::never) {
            payload = to_json_text(claims);
        } else {
            json more = claims;
            more["exp"] =
                static_cast<std::int64_t>(std::floor(now())) + static_cast<std::int64_t>(options.expires_in.count());
            payload = to_json_text(more);
        }
        std::string token = concat({unpadded_base64(to_json_text(header), true), ".", unpadded_base64(payload, true)});
        return concat({token, ".", unpadded_base64(JwtSignatures<Form>::sign(*algorithm, prepared, token), true)});
    }
};

} // namespace fastapi::detail

namespace fastapi::jwt {

template <int Form>
std::string encode(const json& claims, std::string_view key, const EncodeOptions& options) {
    return detail::JwtTokens<Form>::encode(claims, key, options);
}
template <int Form>
json decode(std::string_view token, std::string_view key, const DecodeOptions& options) {
    return detail::JwtTokens<Form>::decode(token, key, options);
}
template <int Form>
json get_unverified_header(std::string_view token, std::size_t max_size) {
    return detail::JwtTokens<Form>::take_apart(token, max_size).header;
}

#if defined(FASTAPI_IMPLEMENTATION)
template std::string encode<0>(const json&, std::string_view, const EncodeOptions&);
template json decode<0>(std::string_view, std::string_view, const DecodeOptions&);
template json get_unverified_header<0>(std::string_view, std::size_t);
#endif

#else

template <int Form>
std::string encode(const json&, std::string_view, const EncodeOptions&) {
    static_assert(Form < 0, "fastapi: jwt signs with OpenSSL 3, whose headers are not there (libssl-dev), or FASTAPI_NO_OPENSSL is defined");
    return {};
}
template <int Form>
json decode(std::string_view, std::string_view, const DecodeOptions&) {
    static_assert(Form < 0, "fastapi: jwt verifies with OpenSSL 3, whose headers are not there (libssl-dev), or FASTAPI_NO_OPENSSL is defined");
    return {};
}
template <int Form>
json get_unverified_header(std::string_view, std::size_t) {
    static_assert(Form < 0, "fastapi: jwt needs OpenSSL 3, whose headers are not there (libssl-dev), or FASTAPI_NO_OPENSSL is defined");
    return {};
}

#endif

} // namespace fastapi::jwt
