#pragma once

// What signs and verifies tokens (RFC 7518, 3; RFC 8037; RFC 8812), by OpenSSL's libcrypto.

#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include "fastapi/security/jwt.hpp"
#include "fastapi/security/schemes.hpp"
#include "fastapi/version.hpp"

#if !defined(FASTAPI_NO_OPENSSL) && !(defined(FASTAPI_IMPLEMENTATION) && defined(FASTAPI_NO_TLS)) &&                   \
    __has_include(<openssl/decoder.h>)
#define FASTAPI_LIBCRYPTO
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace fastapi::detail {

enum class JwtKind : std::uint8_t { hmac, rsa, pss, ecdsa, eddsa };

struct JwtAlgorithm {
    std::string_view name;
    JwtKind kind;
    const EVP_MD* (*digest)(); // null: the algorithm has one of its own
    const char* curve;         // in OpenSSL's words
    std::size_t size;          // bytes of a digest (hmac) or of a coordinate (ecdsa)
};

// The secret (a view of the caller's) or the key that was read from it.
struct JwtKey {
    std::string_view secret;
    EVP_PKEY* key = nullptr;

    explicit JwtKey(std::string_view text) : secret(text) {}
    JwtKey(JwtKey&& other) noexcept : secret(other.secret), key(other.key) { other.key = nullptr; }
    JwtKey(const JwtKey&) = delete;
    JwtKey& operator=(const JwtKey&) = delete;
    JwtKey& operator=(JwtKey&&) = delete;
    ~JwtKey() { EVP_PKEY_free(key); }
};

template <int Form>
struct JwtSignatures {
    static const JwtAlgorithm* find(std::string_view name) {
        using enum JwtKind;
        static constexpr JwtAlgorithm all[] = {
            {"HS256", hmac, &EVP_sha256, "", 32},
            {"HS384", hmac, &EVP_sha384, "", 48},
            {"HS512", hmac, &EVP_sha512, "", 64},
            {"RS256", rsa, &EVP_sha256, "", 0},
            {"RS384", rsa, &EVP_sha384, "", 0},
            {"RS512", rsa, &EVP_sha512, "", 0},
            {"PS256", pss, &EVP_sha256, "", 0},
            {"PS384", pss, &EVP_sha384, "", 0},
            {"PS512", pss, &EVP_sha512, "", 0},
            {"ES256", ecdsa, &EVP_sha256, "prime256v1", 32},
            {"ES256K", ecdsa, &EVP_sha256, "secp256k1", 32},
            {"ES384", ecdsa, &EVP_sha384, "secp384r1", 48},
            {"ES512", ecdsa, &EVP_sha512, "secp521r1", 66},
            {"EdDSA", eddsa, nullptr, "", 0},
        };
        for (const JwtAlgorithm& one : all)
            if (one.name == name) return &one;
        return nullptr;
    }

    // ---- keys ----

    // Null when the PEM text holds no key of that type. A passphrase is never asked for. Leaves no error in OpenSSL's queue, where
    // a connection of the same thread would take it for its own.
    static EVP_PKEY* read_pem(std::string_view text, const char* type, int selection) {
        EVP_PKEY* key = nullptr;
        OSSL_DECODER_CTX* decoder =
            OSSL_DECODER_CTX_new_for_pkey(&key, "PEM", nullptr, type, selection, nullptr, nullptr);
        if (!decoder) throw std::bad_alloc();
        OSSL_DECODER_CTX_set_passphrase(decoder, reinterpret_cast<const unsigned char*>(""), 0);
        auto data = reinterpret_cast<const unsigned char*>(text.data());
        std::size_t size = text.size();
        if (!OSSL_DECODER_from_data(decoder, &data, &size)) {
            EVP_PKEY_free(key);
            key = nullptr;
        }
        OSSL_DECODER_CTX_free(decoder);
        ERR_clear_error();
        return key;
    }

    static JwtKey prepare(const JwtAlgorithm& algorithm, std::string_view text, bool to_sign) {
        JwtKey prepared(text);
        if (algorithm.kind == JwtKind::hmac) return prepared;
        const char* types[] = {"RSA", nullptr};
        if (algorithm.kind == JwtKind::ecdsa) types[0] = "EC";
        if (algorithm.kind == JwtKind::eddsa) types[0] = "ED25519", types[1] = "ED448";
        if (text.find("-----BEGIN ") != std::string_view::npos) {
            for (const char* type : types)
                for (int selection : {EVP_PKEY_KEYPAIR, EVP_PKEY_PUBLIC_KEY})
                    if (type && !prepared.key && !(to_sign && selection == EVP_PKEY_PUBLIC_KEY))
                        prepared.key = read_pem(text, type, selection);
        }
        if (!prepared.key)
            throw jwt::InvalidKeyError(concat({"Could not parse the provided key: ", algorithm.name, " needs ",
                                               algorithm.kind == JwtKind::ecdsa   ? "an elliptic curve"
                                               : algorithm.kind == JwtKind::eddsa ? "an Ed25519 or Ed448"
                                                                                  : "an RSA",
                                               to_sign ? " private key" : " public key", " as PEM, not encrypted."}));
        char curve[64] = "";
        std::size_t size = 0;
        if (algorithm.kind == JwtKind::ecdsa && (!EVP_PKEY_get_group_name(prepared.key, curve, sizeof curve, &size) ||
                                                 std::string_view(curve) != algorithm.curve))
            throw jwt::InvalidKeyError(concat({"The key's curve '", curve, "' does not match the expected curve '",
                                               algorithm.curve, "' for this algorithm"}));
        return prepared;
    }

    // What is wrong with the length of the key; empty when nothing is (RFC 7518, 3.2 and 3.3).
    static std::string weakness(const JwtAlgorithm& algorithm, const JwtKey& key) {
        auto number = [](std::size_t n) { return integer_text(static_cast<std::int64_t>(n)); };
        if (algorithm.kind == JwtKind::hmac && key.secret.size() < algorithm.size) {
            return concat({"The HMAC key is ", number(key.secret.size()), " bytes long, which is below the minimum ",
                           "recommended length of ", number(algorithm.size), " bytes for SHA", algorithm.name.substr(2),
                           ". See RFC 7518 Section 3.2."});
        }
        bool is_rsa = algorithm.kind == JwtKind::rsa || algorithm.kind == JwtKind::pss;
        if (!is_rsa || EVP_PKEY_get_bits(key.key) >= 2048) return {};
        return concat({"The RSA key is ", number(static_cast<std::size_t>(EVP_PKEY_get_bits(key.key))),
                       " bits long, which is below the minimum recommended size of 2048 bits. See NIST SP 800-131A."});
    }

    // One element of DER: its tag, and its contents; what follows stays in text. False when it is none.
    static bool take_der(std::string_view& text, unsigned& tag, std::string_view& contents) {
        if (text.size() < 2) return false;
        tag = static_cast<unsigned char>(text[0]);
        std::size_t size = static_cast<unsigned char>(text[1]);
        std::size_t head = 2;
        if (size >= 0x80U) {
            std::size_t count = size & 0x7FU;
            if (count == 0 || count > 3 || text.size() < head + count) return false;
            size = 0;
            for (std::size_t i = 0; i < count; ++i) size = size << 8U | static_cast<unsigned char>(text[head++]);
        }
        if (text.size() - head < size) return false;
        contents = text.substr(head, size);
        text.remove_prefix(head + size);
        return true;
    }

    // A public key (RFC 5280, 4.1: an algorithm and a bit string; RFC 8017, A.1.1: two integers) or a certificate (what is signed, an
    // algorithm, a bit string) in DER.
    static bool is_der_key(std::string_view text) {
        unsigned tag = 0;
        std::string_view inside;
        std::string_view contents;
        if (!take_der(text, tag, inside) || tag != 0x30U || !text.empty()) return false;
        unsigned tags[4] = {};
        std::size_t count = 0;
        while (count < 4 && take_der(inside, tags[count], contents)) ++count;
        if (!inside.empty()) return false;
        return (count == 2 && tags[0] == 0x30U && tags[1] == 0x03U) ||
               (count == 2 && tags[0] == 0x02U && tags[1] == 0x02U) ||
               (count == 3 && tags[0] == 0x30U && tags[1] == 0x30U && tags[2] == 0x03U);
    }

    // ---- ECDSA: a token has r and s in fixed width (RFC 7518, 3.4), OpenSSL a DER sequence of two integers ----

    static void append_der(std::string& out, unsigned tag, std::string_view contents) {
        out.push_back(static_cast<char>(tag));
        if (contents.size() >= 0x80U)
            out.push_back(static_cast<char>(0x81U)); // never above 255: the longest curve has 66 bytes
        out.push_back(static_cast<char>(contents.size()));
        out += contents;
    }
    static std::string der_of(std::string_view raw) {
        std::string both;
        for (std::string_view half : {raw.substr(0, raw.size() / 2), raw.substr(raw.size() / 2)}) {
            while (half.size() > 1 && half[0] == '\0') half.remove_prefix(1);
            std::string integer;
            if (static_cast<unsigned char>(half[0]) >= 0x80U) integer.push_back('\0'); // else it would be negative
            integer += half;
            append_der(both, 0x02U, integer);
        }
        std::string out;
        append_der(out, 0x30U, both);
        return out;
    }
    static std::string raw_of(std::string_view der, std::size_t size) {
        unsigned tag = 0;
        std::string_view both;
        std::string_view integer;
        std::string out;
        take_der(der, tag, both);
        for (int i = 0; i < 2; ++i) {
            if (!take_der(both, tag, integer)) return {};
            while (!integer.empty() && integer[0] == '\0') integer.remove_prefix(1);
            if (integer.size() > size) return {};
            out.append(size - integer.size(), '\0');
            out += integer;
        }
        return out;
    }

    // ---- signatures ----

    static std::string mac(const JwtAlgorithm& algorithm, std::string_view key, std::string_view text) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        auto bytes = reinterpret_cast<const unsigned char*>(text.data());
        if (key.size() > 0x7FFFFFFFU ||
            !HMAC(algorithm.digest(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest, &size))
            throw std::bad_alloc();
        return {reinterpret_cast<const char*>(digest), size};
    }

    struct Operation {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        Operation() = default;
        Operation(const Operation&) = delete;
        Operation& operator=(const Operation&) = delete;
        ~Operation() {
            EVP_MD_CTX_free(context);
            ERR_clear_error();
        }
    };
    // PSS with MGF1 of the same digest and a salt of its length (RFC 7518, 3.5).
    static bool set_padding(const JwtAlgorithm& algorithm, EVP_PKEY_CTX* context) {
        return algorithm.kind != JwtKind::pss || (EVP_PKEY_CTX_ctrl_str(context, "rsa_padding_mode", "pss") > 0 &&
                                                  EVP_PKEY_CTX_ctrl_str(context, "rsa_pss_saltlen", "digest") > 0);
    }

    static std::string sign(const JwtAlgorithm& algorithm, const JwtKey& key, std::string_view text) {
        if (algorithm.kind == JwtKind::hmac) return mac(algorithm, key.secret, text);
        Operation operation;
        EVP_PKEY_CTX* context = nullptr;
        auto bytes = reinterpret_cast<const unsigned char*>(text.data());
        std::size_t size = 0;
        std::string out;
        bool good = EVP_DigestSignInit(operation.context, &context, algorithm.digest ? algorithm.digest() : nullptr,
                                       nullptr, key.key) > 0 &&
                    set_padding(algorithm, context) &&
                    EVP_DigestSign(operation.context, nullptr, &size, bytes, text.size()) > 0;
        out.resize(size);
        good = good && EVP_DigestSign(operation.context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes,
                                      text.size()) > 0;
        if (!good) throw jwt::InvalidKeyError(concat({"The key cannot sign with ", algorithm.name}));
        out.resize(size);
        return algorithm.kind == JwtKind::ecdsa ? raw_of(out, algorithm.size) : out;
    }

    static bool verify(const JwtAlgorithm& algorithm, const JwtKey& key, std::string_view text,
                       std::string_view signature) {
        if (algorithm.kind == JwtKind::hmac) return compare_digest(signature, mac(algorithm, key.secret, text));
        std::string der;
        if (algorithm.kind == JwtKind::ecdsa) {
            if (signature.size() != 2 * algorithm.size) return false;
            der = der_of(signature);
            signature = der;
        }
        Operation operation;
        EVP_PKEY_CTX* context = nullptr;
        auto bytes = reinterpret_cast<const unsigned char*>(text.data());
        return EVP_DigestVerifyInit(operation.context, &context, algorithm.digest ? algorithm.digest() : nullptr,
                                    nullptr, key.key) > 0 &&
               set_padding(algorithm, context) &&
               EVP_DigestVerify(operation.context, reinterpret_cast<const unsigned char*>(signature.data()),
                                signature.size(), bytes, text.size()) > 0;
    }
};

} // namespace fastapi::detail

#endif
