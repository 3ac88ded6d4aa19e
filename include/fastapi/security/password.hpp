#pragma once

// Passwords are stored as hashes that take long to make: argon2id with libargon2, else scrypt with OpenSSL.
//   user.hashed_password = hash_password(form->password);
//   if (!user) return verify_dummy_password(form->password); // as slow as a wrong password, so that nobody learns which users exist
//   return verify_password(form->password, user->hashed_password);
// A call takes 0.1 to 0.3 s, and 64 MiB with argon2id, 32 MiB with scrypt (docs/security.md). It needs OpenSSL: link with -lcrypto, and
// with -largon2 where <argon2.h> is there, unless FASTAPI_NO_ARGON2 is defined. The compiled form has argon2id when it is built with
// FASTAPI_ARGON2.

#include <stdexcept>
#include <string>
#include <string_view>

namespace fastapi {

// A stored hash that is of no kind that is known here, or that asks for too much memory or work.
struct UnknownHashError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A hash in PHC's form with a random salt: "$argon2id$v=19$m=65536,t=3,p=4$salt$hash", the recommended one of Python's pwdlib (RFC 9106),
// or "$scrypt$ln=15,r=8,p=3$salt$hash" (RFC 7914, parameters of OWASP). Throws std::bad_alloc; std::length_error above 1 MiB.
template <int Form = 0>
std::string hash_password(std::string_view password);

// Whether it is the password. Reads $argon2id$ $argon2i$ $argon2d$ (with libargon2), $scrypt$, $pbkdf2-sha256$ $pbkdf2-sha512$ (passlib's),
// pbkdf2_sha256$ (Django's). Throws UnknownHashError: also when 256 MiB or 16 times the work of hash_password would not be enough.
template <int Form = 0>
bool verify_password(std::string_view password, std::string_view hash);

// False, after the time that verify_password takes with a hash of hash_password: for a user who is not there.
template <int Form = 0>
bool verify_dummy_password(std::string_view password);

// Whether hash_password would now make another kind of hash, or use other parameters: after a good login, store a new one.
template <int Form = 0>
bool needs_rehash(std::string_view hash);

} // namespace fastapi
