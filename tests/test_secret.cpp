// Secrets: shown as stars wherever they are printed or written, read like a text or bytes.

#include <sstream>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;

namespace secret_test {

struct Login {
    std::string name;
    Field<SecretStr, MinLength(2), MaxLength(3)> password;
};
struct Key {
    static constexpr ModelConfig model_config{.str_strip_whitespace = true};
    Field<SecretBytes, MaxLength(3)> key = "k";
    Field<SecretStr> text = "";
};
struct Strictly {
    static constexpr ModelConfig model_config{.strict = true};
    std::optional<SecretStr> text;
    std::optional<SecretBytes> bytes;
};

} // namespace secret_test

using namespace secret_test;

TEST_CASE("secret: is never shown") {
    SecretStr secret = "hunter2";
    CHECK(secret.get_secret_value() == "hunter2");
    CHECK(secret.str() == "**********");
    CHECK(SecretStr().str() == "");
    std::ostringstream out;
    out << secret << SecretBytes("x") << SecretStr() << Field<SecretStr>("y");
    CHECK(out.str() == "******************************");
    CHECK(model_dump_json(secret) == "\"**********\"");
    CHECK(model_dump_json(SecretBytes()) == "\"\"");
    CHECK(model_dump(Login{"a", "xyz"}) == parse_json(R"({"name":"a","password":"**********"})"));
}

TEST_CASE("secret: as a field") {
    Login login = model_validate_json<Login>(R"({"name":"a","password":"pw"})");
    CHECK(login.password->get_secret_value() == "pw");
    CHECK(outcome<SecretStr>("\"\"") == "\"\"");
    CHECK(outcome<SecretStr>("\"x\"") == "\"**********\"");
    CHECK(outcome<SecretStr>("1") == "! .: string_type");
    CHECK(outcome<SecretBytes>("1") == "! .: bytes_type");
    CHECK(outcome<SecretStr>(R"("\ud800")") == "! .: string_unicode");
    CHECK(outcome<Login>(R"({"name":"a","password":null})") == "! password: string_type");
    Key key = model_validate_json<Key>(R"({"key":" k ","text":" t "})");
    CHECK(key.key->get_secret_value() == " k ");
    CHECK(key.text->get_secret_value() == "t");
    CHECK(outcome<Strictly>(R"({"text":"a"})") == R"({"text":"**********","bytes":null})");
    CHECK(outcome<Strictly>(R"({"bytes":"a"})") == "! bytes: bytes_type");
}

TEST_CASE("secret: lengths; the caller sees what the caller sent") {
    json low = errors<Login>(R"({"name":"a","password":"é"})")[0];
    CHECK(low["type"] == "too_short");
    CHECK(low["msg"] == "Value should have at least 2 items after validation, not 1");
    CHECK(low["ctx"] == parse_json(R"({"field_type":"Value","min_length":2,"actual_length":1})"));
    CHECK(low["input"] == "é");
    CHECK(outcome<Login>(R"({"name":"a","password":"ééé"})") == R"({"name":"a","password":"**********"})");
    CHECK(outcome<Login>(R"({"name":"a","password":"abcd"})") == "! password: too_long");
    CHECK(outcome<Key>(R"({"key":"éé"})") == "! key: too_long"); // four bytes
}

TEST_CASE("secret: schemas") {
    CHECK(model_json_schema<SecretStr>() == parse_json(R"({"type":"string","format":"password","writeOnly":true})"));
    CHECK(model_json_schema<SecretBytes>() == model_json_schema<SecretStr>());
    json password = model_json_schema<Login>()["properties"]["password"];
    CHECK(password["minLength"] == 2);
    CHECK(password["maxLength"] == 3);
}

TEST_CASE("secret: compares, copies, moves") {
    SecretStr a = "secret";
    SecretStr b = a;
    CHECK(a == b);
    CHECK(a != SecretStr("secrets"));
    CHECK(a != SecretStr("Secret"));
    SecretStr moved = std::move(b);
    CHECK(moved.get_secret_value() == "secret");
    CHECK(b.get_secret_value().empty()); // NOLINT: that is the point
    std::string long_text(1000, 'x');
    b = SecretStr(long_text);
    SecretStr c = std::move(b);
    CHECK(c.get_secret_value() == long_text);
    c = a;
    CHECK(c == a);
    const SecretStr& same = c;
    c = same;
    CHECK(c == a);
    CHECK(SecretStr() == "");
}

TEST_CASE("secret: its memory is overwritten") {
    alignas(SecretStr) unsigned char room[sizeof(SecretStr)];
    auto* secret = new (room) SecretStr("short");
    secret->~SecretStr();
    std::string left(reinterpret_cast<char*>(room), sizeof room);
    CHECK(left.find("short") == std::string::npos);
    auto* first = new (room) SecretStr("short");
    SecretStr second = std::move(*first);
    left.assign(reinterpret_cast<char*>(room), sizeof room);
    CHECK(left.find("short") == std::string::npos);
    first->~SecretStr();
    CHECK(second == "short");
    std::string text = "wiped";
    text.reserve(100);
    detail::wipe(text);
    CHECK(text.empty());
    CHECK(std::string(text.data(), 5) == std::string(5, '\0'));
}
