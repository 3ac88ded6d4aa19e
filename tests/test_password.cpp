// Hashes of passwords: what hash_password makes, what verify_password reads, and what it refuses.

#include "support.hpp"

using namespace fastapi;

namespace password_test {

bool has_argon2() {
    static const bool has = hash_password("").starts_with("$argon2id$");
    return has;
}
// What verify_password says of a hash that it does not take.
std::string refused(std::string_view hash) {
    try {
        static_cast<void>(verify_password("secret", hash));
        return "";
    } catch (const UnknownHashError& error) {
        return error.what();
    }
}

} // namespace password_test

using namespace password_test;

TEST_CASE("password: there and back") {
    std::string hash = hash_password("secret");
    CHECK(verify_password("secret", hash));
    CHECK_FALSE(verify_password("Secret", hash));
    CHECK_FALSE(verify_password("", hash));
    if (has_argon2())
        CHECK_FALSE(
            verify_password(std::string_view("secret\0", 7), hash)); // HMAC, below scrypt, fills up with zeros itself
    CHECK(hash != hash_password("secret"));
    CHECK_FALSE(needs_rehash(hash));
    CHECK(hash.starts_with(has_argon2() ? "$argon2id$v=19$m=65536,t=3,p=4$" : "$scrypt$ln=15,r=8,p=3$"));
    CHECK_FALSE(verify_dummy_password("secret"));
    CHECK_THROWS_AS(static_cast<void>(hash_password(std::string((1U << 20U) + 1, 'x'))), std::length_error);
    CHECK_FALSE(verify_password(std::string((1U << 20U) + 1, 'x'), hash));
    std::string with_zero("a\0b", 3);
    CHECK(verify_password(with_zero, hash_password(with_zero)));
}

TEST_CASE("password: scrypt, RFC 7914, 12") {
    CHECK(verify_password("password", "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/"
                                      "nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA"));
    CHECK(verify_password("pleaseletmein", "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/"
                                           "2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw"));
    CHECK_FALSE(verify_password("pleaseletmeout", "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/"
                                                  "2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw"));
    // Python's hashlib made these.
    CHECK(verify_password("secret",
                          "$scrypt$ln=4,r=1,p=1$c29tZXNhbHRzb21lc2FsdA$dr+CF+h9TgcknCKKMauX6HQToTIJgVKKpanv0ZYstLc"));
    std::string usual = "$scrypt$ln=15,r=8,p=3$T9kZAULxGAlTWEtxhBlFqA$Gh+0YmkYQI6Yewc8h/xe/FqV0fJPB8oQ0mCF0jpKuDA";
    CHECK(verify_password("secret", usual));
    CHECK(needs_rehash(usual) == has_argon2());
    CHECK(needs_rehash("$scrypt$ln=4,r=1,p=1$c29tZXNhbHRzb21lc2FsdA$dr+CF+h9TgcknCKKMauX6HQToTIJgVKKpanv0ZYstLc"));
}

TEST_CASE("password: PBKDF2 of passlib and Django") {
    for (const char* hash :
         {"$pbkdf2-sha256$1000$a0htarTV.YLT0lPlyDit2g$rloyzGenRh8i6nzGi70kOMGi1ByVw2CytqLatGKy70M",
          "$pbkdf2-sha512$1000$CEwY7.ctvGDeu/E9./"
          "XYgw$c.4MxfbBDE9B930wvfUFETxs.11V7Kif1E.9r6ob.16bYtIZW66ZOQe.ddmO56plCP6.uEMZU6fmAzH7XOo9ug",
          "pbkdf2_sha256$1000$salty$imBvJbHNIPG2OemW+ljTjYuZpnyIMfbTv3AYD+KaXEA="}) {
        CHECK(verify_password("secret", hash));
        CHECK_FALSE(verify_password("secret ", hash));
        CHECK(needs_rehash(hash));
    }
}

TEST_CASE("password: argon2 of pwdlib and argon2-cffi") {
    std::string id =
        "$argon2id$v=19$m=65536,t=3,p=4$7CoKT3/egfvfx+IFtdQglw$YQDdWdKvlHDgQSAknHizGpM297TQ24whzawpO80ftdY";
    if (!has_argon2()) {
        CHECK(refused(id).find("install libargon2-dev") != std::string::npos);
        return;
    }
    CHECK(verify_password("secret", id));
    CHECK_FALSE(verify_password("secrets", id));
    CHECK_FALSE(needs_rehash(id));
    for (const char* other :
         {"$argon2i$v=19$m=8,t=1,p=1$KRi6sAWHRfvGF6Efy/9n1Q$yIJr9ugiCZ0sq3hn2T3EObh50AHjxgcJwoh48TcCfRw",
          "$argon2d$v=19$m=8,t=1,p=1$/o73KeKRgCpY+tU7PPP5sQ$QtExRHDc668Xl8YvaNV3j0lh7zPFrDxG2s+ru01cszg"}) {
        CHECK(verify_password("secret", other));
        CHECK(needs_rehash(other));
    }
}

TEST_CASE("password: hashes that are none, or that ask for too much") {
    for (std::string_view hash :
         {"", "secret", "$", "$$", "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "$scrypt$",
          "$scrypt$ln=15,r=8,p=3$c2FsdA", "$scrypt$ln=15,r=8$c2FsdA$YWFhYWFhYWFhYQ",
          "$scrypt$r=8,ln=15,p=3$c2FsdA$YWFhYWFhYWFhYQ", "$scrypt$ln=x,r=8,p=3$c2FsdA$YWFhYWFhYWFhYQ",
          "$scrypt$ln=15,r=0,p=3$c2FsdA$YWFhYWFhYWFhYQ", "$scrypt$ln=15,r=8,p=0$c2FsdA$YWFhYWFhYWFhYQ",
          "$scrypt$ln=0,r=8,p=1$c2FsdA$YWFhYWFhYWFhYQ", "$scrypt$ln=15,r=8,p=3$!!$YWFhYWFhYWFhYQ",
          "$scrypt$ln=15,r=8,p=3$c2FsdA$YQ", "$scrypt$ln=15,r=8,p=3$c2FsdA$YWFhYWFhYWFhYQ$x",
          // too much memory, too much work
          "$scrypt$ln=21,r=8,p=1$c2FsdA$YWFhYWFhYWFhYQ", "$scrypt$ln=64,r=8,p=1$c2FsdA$YWFhYWFhYWFhYQ",
          "$scrypt$ln=4,r=1073741824,p=1$c2FsdA$YWFhYWFhYWFhYQ", "$scrypt$ln=17,r=8,p=64$c2FsdA$YWFhYWFhYWFhYQ",
          "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$YWFhYWFhYWFhYQ",
          "$argon2id$v=19$m=65536,t=4294967295,p=1$c29tZXNhbHQ$YWFhYWFhYWFhYQ",
          "$argon2id$v=19$m=18446744073709551615,t=3,p=1$c29tZXNhbHQ$YWFhYWFhYWFhYQ",
          "$argon2id$v=7$m=8,t=1,p=1$c29tZXNhbHQ$YWFhYWFhYWFhYQ",
          "$argon2id$v=19$m=1,t=1,p=64$c29tZXNhbHQ$YWFhYWFhYWFhYQ", "$pbkdf2-sha256$99999999$c2FsdA$YWFhYWFhYWFhYQ",
          "$pbkdf2-sha256$0$c2FsdA$YWFhYWFhYWFhYQ"}) {
        CAPTURE(hash);
        CHECK(refused(hash).starts_with("fastapi: verify_password: this "));
    }
    CHECK(refused("$scrypt$ln=21,r=8,p=1$c2FsdA$YWFhYWFhYWFhYQ").find("more memory or work") != std::string::npos);
}
