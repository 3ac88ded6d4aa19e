#pragma once

#include <cstdint>
#include <new>
#include <optional>

#include "fastapi/json/writer.hpp"
#include "fastapi/security/password.hpp"
#include "fastapi/security/signatures.ipp"
#include "fastapi/types/bytes.ipp"
#include "fastapi/version.hpp"

// What is one file for all programs must not ask them for another library, unless whoever builds it says so.
#if !defined(FASTAPI_NO_ARGON2) && __has_include(<argon2.h>) && (!defined(FASTAPI_IMPLEMENTATION) || defined(FASTAPI_ARGON2))
#define FASTAPI_LIBARGON2
#include <argon2.h>
#endif

namespace fastapi {

#if defined(FASTAPI_LIBCRYPTO)

namespace detail {

// A stored hash, taken apart.
struct StoredHash {
    enum class Kind : std::uint8_t { argon2, scrypt, pbkdf2 };
    Kind kind = Kind::scrypt;
    unsigned variant = 0;       // argon2: 0 is d, 1 is i, 2 is id; pbkdf2: bits of the digest
    std::uint32_t version = 19; // argon2
    std::uint64_t memory = 0;   // argon2: KiB; scrypt: N
    std::uint64_t passes = 0;   // argon2: t; scrypt: r; pbkdf2: iterations
    std::uint64_t lanes = 1;    // p
    std::string salt;
    std::string hash;
};

template <int Form>
struct Passwords {
    // pwdlib's and argon2-cffi's, which are the second of RFC 9106, 4; of OWASP's for scrypt those that take 32 MiB.
    static constexpr std::uint64_t argon2_memory = 65536, argon2_passes = 3, argon2_lanes = 4;
    static constexpr unsigned scrypt_log = 15;
    static constexpr std::uint64_t scrypt_block = 8, scrypt_lanes = 3;
    static constexpr std::size_t salt_size = 16, hash_size = 32;
    // What a stored hash may ask for: bytes, KiB or blocks that are mixed, iterations.
    static constexpr std::uint64_t most_memory = std::uint64_t{256} << 20U;
    static constexpr std::uint64_t most_argon2_work = 16 * argon2_memory * argon2_passes;
    static constexpr std::uint64_t most_scrypt_work =
        16 * (std::uint64_t{1} << scrypt_log) * scrypt_block * scrypt_lanes;
    static constexpr std::uint64_t most_iterations = 10'000'000;
    static constexpr std::size_t most_password = std::size_t{1} << 20U;

    [[noreturn]] static void fail(std::string_view why) {
        throw UnknownHashError(concat({"fastapi: verify_password: ", why}));
    }

    static std::string_view take(std::string_view& text, char until) {
        std::size_t end = text.find(until);
        std::string_view part = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        return part;
    }
    // "m=65536" with the name m.
    static std::uint64_t number(std::string_view part, std::string_view name) {
        if (!part.starts_with(name)) fail("this hash has other parameters than those of its kind");
        auto read = parse_unsigned(part.substr(name.size()));
        if (!read) fail("this hash has a parameter that is no number");
        return *read;
    }
    // Base64 without padding; passlib writes a dot for the plus of pbkdf2.
    static std::string bytes(std::string_view text) {
        std::string digits(text);
        while (digits.ends_with('=')) digits.pop_back();
        for (char& c : digits) {
            if (c == '.') c = '+';
            if (base64_digit(c, false) < 0) fail("this hash is no Base64");
        }
        if (digits.empty() || digits.size() % 4 == 1 || digits.size() > 1024) fail("this hash is no Base64");
        digits.append((4 - digits.size() % 4) % 4, '=');
        return read_base64(digits, false);
    }
    static StoredHash read(std::string_view text) {
        StoredHash stored;
        if (text.size() > 4096) fail("this hash is too long");
        if (text.starts_with("pbkdf2_sha256$")) { // Django: the salt is text
            take(text, '$');
            stored.kind = StoredHash::Kind::pbkdf2;
            stored.variant = 256;
            stored.passes = number(take(text, '$'), "");
            stored.salt = std::string(take(text, '$'));
            stored.hash = bytes(text);
            return checked(stored);
        }
        if (!text.starts_with('$')) fail("this hash is of no kind that is known here");
        text.remove_prefix(1);
        std::string_view kind = take(text, '$');
        if (kind == "argon2id" || kind == "argon2i" || kind == "argon2d") {
            stored.kind = StoredHash::Kind::argon2;
            stored.variant = kind == "argon2id" ? 2 : kind == "argon2i" ? 1 : 0;
            stored.version = 16; // before it was written down
            if (text.starts_with("v=")) {
                std::uint64_t version = number(take(text, '$'), "v=");
                if (version != 16 && version != 19) fail("this hash is of a version of Argon2 that is not known here");
                stored.version = static_cast<std::uint32_t>(version);
            }
            std::string_view parameters = take(text, '$');
            stored.memory = number(take(parameters, ','), "m=");
            stored.passes = number(take(parameters, ','), "t=");
            stored.lanes = number(parameters, "p=");
        } else if (kind == "scrypt") {
            std::string_view parameters = take(text, '$');
            std::uint64_t log = number(take(parameters, ','), "ln=");
            if (log < 1 || log > 32) fail("this hash asks for too much memory");
            stored.memory = std::uint64_t{1} << log;
            stored.passes = number(take(parameters, ','), "r=");
            stored.lanes = number(parameters, "p=");
        } else if (kind == "pbkdf2-sha256" || kind == "pbkdf2-sha512") {
            stored.kind = StoredHash::Kind::pbkdf2;
            stored.variant = kind == "pbkdf2-sha256" ? 256 : 512;
            stored.passes = number(take(text, '$'), "");
        } else {
            fail("this hash is of no kind that is known here");
        }
        stored.salt = bytes(take(text, '$'));
        stored.hash = bytes(text);
        return checked(stored);
    }

    static StoredHash checked(StoredHash& stored) {
        std::uint64_t least = ~std::uint64_t{0};
        for (std::uint64_t value : {stored.passes, stored.lanes}) least = value < least ? value : least;
        bool small = stored.passes < (std::uint64_t{1} << 31U) && stored.lanes <= 64; // products below cannot overflow
        bool good = least > 0 && small && stored.salt.size() <= 1024 && stored.hash.size() >= 8;
        if (!good) fail("this hash has a parameter that makes no sense");
        bool light = true;
        switch (stored.kind) {
        case StoredHash::Kind::argon2:
            light = stored.memory <= most_memory / 1024 && stored.memory * stored.passes <= most_argon2_work;
            break;
        case StoredHash::Kind::scrypt:
            light = stored.passes <= 1024 && 128 * stored.memory * stored.passes <= most_memory &&
                    stored.memory * stored.passes * stored.lanes <= most_scrypt_work;
            break;
        case StoredHash::Kind::pbkdf2: light = stored.passes <= most_iterations; break;
        }
        if (!light) fail("this hash asks for more memory or work than is allowed");
        return std::move(stored);
    }

    // The hash of a password by the parameters and the salt of stored; as many bytes as stored.hash has.
    static std::string compute(std::string_view password, const StoredHash& stored) {
        std::string out(stored.hash.size(), '\0');
        auto salt = reinterpret_cast<const unsigned char*>(stored.salt.data());
        auto made = reinterpret_cast<unsigned char*>(out.data());
        bool good = false;
        switch (stored.kind) {
        case StoredHash::Kind::argon2:
#if defined(FASTAPI_LIBARGON2)
            good = argon2_hash(static_cast<std::uint32_t>(stored.passes), static_cast<std::uint32_t>(stored.memory),
                               static_cast<std::uint32_t>(stored.lanes), password.data(), password.size(), salt,
                               stored.salt.size(), made, out.size(), nullptr, 0,
                               static_cast<argon2_type>(stored.variant), stored.version) == ARGON2_OK;
            break;
#else
            fail("this is a hash of Argon2, which is read with libargon2 (docs/security.md): install libargon2-dev and "
                 "link with -largon2");
#endif
        case StoredHash::Kind::scrypt:
            good =
                EVP_PBE_scrypt(password.data(), password.size(), salt, stored.salt.size(), stored.memory, stored.passes,
                               stored.lanes, most_memory + (most_memory >> 1U), made, out.size()) == 1;
            break;
        case StoredHash::Kind::pbkdf2:
            good = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt,
                                     static_cast<int>(stored.salt.size()), static_cast<int>(stored.passes),
                                     stored.variant == 256 ? EVP_sha256() : EVP_sha512(), static_cast<int>(out.size()),
                                     made) == 1;
            break;
        }
        if (!good) {
            ERR_clear_error();
            fail("this hash cannot be computed: its parameters make no sense, or there is too little memory");
        }
        return out;
    }

    // What hash_password makes, without salt and hash.
    static StoredHash current() {
        StoredHash stored;
#if defined(FASTAPI_LIBARGON2)
        stored.kind = StoredHash::Kind::argon2;
        stored.variant = 2;
        stored.memory = argon2_memory;
        stored.passes = argon2_passes;
        stored.lanes = argon2_lanes;
#else
        stored.memory = std::uint64_t{1} << scrypt_log;
        stored.passes = scrypt_block;
        stored.lanes = scrypt_lanes;
#endif
        stored.salt.assign(salt_size, 's');
        stored.hash.assign(hash_size, '\0');
        return stored;
    }

    static std::string hash(std::string_view password) {
        if (password.size() > most_password)
            throw std::length_error("fastapi: hash_password: the password is longer than 1 MiB");
        StoredHash stored = current();
        if (RAND_bytes(reinterpret_cast<unsigned char*>(stored.salt.data()), static_cast<int>(salt_size)) != 1)
            throw std::runtime_error("fastapi: hash_password: the system has no random bytes");
        stored.hash = compute(password, stored);
        auto text = [](std::uint64_t n) { return integer_text(static_cast<std::int64_t>(n)); };
        std::string parameters =
            stored.kind == StoredHash::Kind::argon2
                ? concat(
                      {"$argon2id$v=19$m=", text(argon2_memory), ",t=", text(argon2_passes), ",p=", text(argon2_lanes)})
                : concat({"$scrypt$ln=", text(scrypt_log), ",r=", text(scrypt_block), ",p=", text(scrypt_lanes)});
        return concat({parameters, "$", unpadded_base64(stored.salt, false), "$", unpadded_base64(stored.hash, false)});
    }

    static bool verify(std::string_view password, const StoredHash& stored) {
        if (password.size() > most_password) return false;
        std::string made = compute(password, stored);
        bool same = CRYPTO_memcmp(made.data(), stored.hash.data(), made.size()) == 0;
        OPENSSL_cleanse(made.data(), made.size());
        return same;
    }
};

} // namespace detail

template <int Form>
std::string hash_password(std::string_view password) {
    return detail::Passwords<Form>::hash(password);
}
template <int Form>
bool verify_password(std::string_view password, std::string_view hash) {
    return detail::Passwords<Form>::verify(password, detail::Passwords<Form>::read(hash));
}
template <int Form>
bool verify_dummy_password(std::string_view password) {
    detail::Passwords<Form>::verify(password, detail::Passwords<Form>::current());
    return false;
}
template <int Form>
bool needs_rehash(std::string_view hash) {
    detail::StoredHash wanted = detail::Passwords<Form>::current();
    detail::StoredHash stored = detail::Passwords<Form>::read(hash);
    return stored.kind != wanted.kind || stored.variant != wanted.variant || stored.version != wanted.version ||
           stored.memory != wanted.memory || stored.passes != wanted.passes || stored.lanes != wanted.lanes ||
           stored.salt.size() != wanted.salt.size() || stored.hash.size() != wanted.hash.size();
}

#if defined(FASTAPI_IMPLEMENTATION)
template std::string hash_password<0>(std::string_view);
template bool verify_password<0>(std::string_view, std::string_view);
template bool verify_dummy_password<0>(std::string_view);
template bool needs_rehash<0>(std::string_view);
#endif

#else

template <int Form>
std::string hash_password(std::string_view) {
    static_assert(Form < 0, "fastapi: hash_password needs OpenSSL 3, whose headers are not there (libssl-dev), or FASTAPI_NO_OPENSSL is defined");
    return {};
}
template <int Form>
bool verify_password(std::string_view, std::string_view) {
    static_assert(Form < 0,
                  "fastapi: verify_password needs OpenSSL 3, whose headers are not there (libssl-dev), or FASTAPI_NO_OPENSSL is defined");
    return false;
}
template <int Form>
bool verify_dummy_password(std::string_view) {
    static_assert(Form < 0,
                  "fastapi: verify_dummy_password needs OpenSSL 3, whose headers are not there (libssl-dev), or FASTAPI_NO_OPENSSL is defined");
    return false;
}
template <int Form>
bool needs_rehash(std::string_view) {
    static_assert(Form < 0, "fastapi: needs_rehash needs OpenSSL 3, whose headers are not there (libssl-dev), or FASTAPI_NO_OPENSSL is defined");
    return false;
}

#endif

} // namespace fastapi
