// EmailStr and NameEmail: the rules and words of email-validator as Pydantic uses it.

#include <chrono>
#include <random>
#include <set>
#include <sstream>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace email_test {

struct Letter {
    EmailStr email;
    Field<NameEmail> from = "Bot <bot@example.com>";
    std::optional<EmailStr> copy;
};
struct Bounded {
    Field<EmailStr, MinLength(8), MaxLength(12)> email;
};
struct Lowered {
    Field<EmailStr, ToLower> email;
};
struct Stripped {
    static constexpr ModelConfig model_config{.strict = true, .str_strip_whitespace = true};
    EmailStr email;
};

} // namespace email_test

using namespace email_test;

namespace {

// The normal form of a text, or "! " and the reason.
template <class T = EmailStr>
std::string read(std::string_view text) {
    try {
        return T(text).str();
    } catch (const ValueError& error) {
        constexpr std::string_view head = "value is not a valid email address: ";
        std::string_view what = error.what();
        CHECK(what.starts_with(head));
        return "! " + std::string(what.substr(head.size()));
    }
}

template <class T = EmailStr>
void check(std::initializer_list<std::pair<std::string_view, std::string_view>> cases) {
    for (const auto& one : cases) {
        CAPTURE(one.first);
        CHECK(read<T>(one.first) == one.second);
    }
}

constexpr std::string_view no_at = "! An email address must have an @-sign.";
constexpr std::string_view special =
    "! The part after the @-sign is a special-use or reserved name that cannot be used with email.";
constexpr std::string_view two_periods = "! An email address cannot have two periods in a row.";

std::string repeated(std::string_view part, std::size_t size) {
    std::string out;
    while (out.size() < size) out += part;
    return out;
}

} // namespace

TEST_CASE("email: what stands before the at-sign") {
    check({{"a@b.co", "a@b.co"},
           {" \n a@b.co\u3000", "a@b.co"},
           {"John.Doe+tag@b.co", "John.Doe+tag@b.co"},
           {"!#$%&'*+-/=?^_`{|}~@b.co", "!#$%&'*+-/=?^_`{|}~@b.co"},
           {"PostMaster@b.co", "postmaster@b.co"},
           {"\u00fc@b.de", "\u00fc@b.de"},
           {"u\u0308@b.de", "\u00fc@b.de"},
           {"", no_at},
           {"a", no_at},
           {"a\uff20b.co", "! The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign."},
           {"a\ufe6bb.co", "! The email address has the \"small commercial at\" character instead of a regular at-sign."},
           {"a@\u0338b.co", "! The email address contains unsafe characters: COMBINING LONG SOLIDUS OVERLAY."},
           {"@b.co", "! There must be something before the @-sign."},
           {".a@b.co", "! An email address cannot start with a period."},
           {"a.@b.co", "! An email address cannot have a period immediately before the @-sign."},
           {"a..b@b.co", two_periods},
           {"a b,c@b.co", "! The email address contains invalid characters before the @-sign: ',', SPACE."},
           {"a\"b@b.co", no_at},
           {"a\t\x01'\\(@b.co",
            "! The email address contains invalid characters before the @-sign: \"\\\", '(', U+0001, U+0009."},
           {"\u0301a@b.co", "! The email address contains unsafe characters: COMBINING ACUTE ACCENT."},
           {"a\u200db\u00a0@b.co", "! The email address contains unsafe characters: NO-BREAK SPACE, ZERO WIDTH JOINER."},
           {"a\ue000@b.co", "! The email address contains unsafe characters: U+E000."},
           {"a\U0001fbff@b.co", "! The email address contains unsafe characters: U+0001FBFF."}});
}

TEST_CASE("email: quotes before the at-sign are read and refused") {
    constexpr std::string_view quoting = "! Quoting the part before the @-sign is not allowed here.";
    check({{"\"q\"@b.co", quoting},
           {"\"a@b \\\" c\"@b.co", quoting},
           {"\"\"@b.co", "! There must be something before the @-sign."},
           {"\"a\"b@c.co", "! Extra character(s) found after close quote: 'b'"},
           {"\"a\tb\"@c.co",
            "! The email address contains invalid characters in quotes before the @-sign: U+0009."},
           {"\"a@b.co", no_at},
           {"\"a\"@", quoting}});
}

TEST_CASE("email: domains") {
    check({{"a@B.CO", "a@b.co"},
           {"a@b.c", "a@b.c"},
           {"a@x-y.b1.co", "a@x-y.b1.co"},
           {"a@", "! There must be something after the @-sign."},
           {"a@b", "! The part after the @-sign is not valid. It should have a period."},
           {"a@b.123", "! The part after the @-sign is not valid. It is not within a valid top-level domain."},
           {"a@.co", "! An email address cannot have a period immediately after the @-sign."},
           {"a@b.", "! An email address cannot end with a period."},
           {"a@b..co", two_periods},
           {"a@-b.co", "! An email address cannot have a hyphen immediately after the @-sign."},
           {"a@b.co-", "! An email address cannot end with a hyphen."},
           {"a@b-.co", "! An email address cannot have a period and a hyphen next to each other."},
           {"a@ab--c.co", "! An email address cannot have two letters followed by two dashes immediately after the "
                          "@-sign or after a period, except Punycode."},
           {"a@b c_d.co", "! The part after the @-sign contains invalid characters: '_', SPACE."},
           {"a@b@c.co", "! The part after the @-sign contains invalid characters: '@'."},
           {"a@x.test", special},
           {"a@X.LOCAL", special},
           {"a@localhost.", "! An email address cannot end with a period."},
           {"a@x.localhost", special},
           {"a@x.arpa", special},
           {"a@test.co", "a@test.co"},
           {"a@example.com", "a@example.com"}});
}

TEST_CASE("email: international domains are kept in Unicode") {
    check({{"a@\u00fc.de", "a@\u00fc.de"},
           {"a@\u00dc.DE", "a@\u00fc.de"},
           {"a@u\u0308.de", "a@\u00fc.de"},
           {"a@xn--tda.de", "a@\u00fc.de"},
           {"a@XN--TDA.de", "a@\u00fc.de"},
           {"a@stra\u00dfe.de", "a@stra\u00dfe.de"},
           {"a@\u65e5\u672c\u8a9e\u3002jp", "a@\u65e5\u672c\u8a9e.jp"},
           {"a@\uff42\uff0eco", "a@b.co"},
           {"a@\u05d0\u05d1.com", "a@\u05d0\u05d1.com"},
           {"a@l\u00b7l.com", "a@l\u00b7l.com"},
           {"a@\u30a2\u30fb\u30a2.jp", "a@\u30a2\u30fb\u30a2.jp"},
           {"a@a\u00b7l.com", "! The part after the @-sign is invalid (Codepoint U+00B7 not allowed at position 2 in 'a\u00b7l')."},
           {"a@\u2603.net", "! The part after the @-sign is invalid (Codepoint U+2603 at position 1 of '\u2603' not allowed)."},
           {"a@\u0301a.de", "! The email address contains unsafe characters: COMBINING ACUTE ACCENT."},
           {"a@b.\u2488co", "! The part after the @-sign contains invalid characters: '\u2488'."},
           {"a@b\uff5f.co", "! The part after the @-sign is invalid (Codepoint U+2985 at position 2 of 'b\u2985' not allowed)."},
           {"a@b\uff1a.co", "! The part after the @-sign contains invalid characters after Unicode normalization: ':'."},
           {"a@\u05d01.1.com", "! The part after the @-sign is not valid IDNA (First codepoint in label '1' must be "
                               "directionality L, R or AL)."},
           {"a@1\u05d0.com", "! The part after the @-sign is invalid (First codepoint in label '1\u05d0' must be "
                             "directionality L, R or AL)."},
           {"a@\u0627\u0661\u06f1.com", "! The part after the @-sign is invalid (Codepoint U+0661 not allowed at position "
                                        "2 in '\u0627\u0661\u06f1')."},
           {"a@xn--.de", "! An email address cannot have a period and a hyphen next to each other."},
           {"a@xn--99999999.de", "! The part after the @-sign is not valid IDNA (Invalid A-label)."},
           {"a@xn--a.de", "! The part after the @-sign is not valid IDNA (Codepoint U+0080 at position 1 of '\\x80' not "
                          "allowed)."},
           {"a@xn---bbk.de", "! The part after the @-sign is not valid IDNA (A-label is not the canonical Punycode "
                             "encoding of its U-label)."},
           {"a@xn--a-b-\u00fc.de", "! The part after the @-sign is invalid (Label has disallowed hyphens in 3rd and 4th "
                                   "position)."},
           {"a@axn--b.co", "a@axn--b.co"}});
}

TEST_CASE("email: addresses in brackets are read and refused") {
    constexpr std::string_view refused = "! A bracketed IP address after the @-sign is not allowed here.";
    check({{"a@[127.0.0.1]", refused},
           {"a@[IPv6:::1]", refused},
           {"a@[ipv6:::1]", refused},
           {"a@[1.2.3]", "! The address in brackets after the @-sign is not valid: It is not an IPv4 address (Expected 4 "
                         "octets in '1.2.3') or is missing an address literal tag."},
           {"a@[IPv6:1]", "! The IPv6 address in brackets after the @-sign is not valid (At least 3 parts expected in '1')."},
           {"a@[IPv6:fe80::1%a]", "! The IPv6 address in brackets after the @-sign is not valid (It has a zone index)."},
           {"a@[x]", "! The part after the @-sign in brackets is not an IPv4 address and has no address literal tag."},
           {"a@[x: ]", "! The part after the @-sign contains invalid characters in brackets: SPACE."},
           {"a@[x:y]", "! The part after the @-sign contains an invalid address literal tag in brackets."}});
}

TEST_CASE("email: lengths") {
    std::string l63(63, 'l');
    CHECK(read("a@" + l63 + ".co") == "a@" + l63 + ".co");
    CHECK(read("a@" + l63 + "l.co") ==
          "! After the @-sign, periods cannot be separated by so many characters (1 character too many).");
    CHECK(read(std::string(249, 'a') + "@b.co").size() == 254);
    CHECK(read(std::string(250, 'a') + "@b.co") == "! The email address is too long (1 character too many).");
    CHECK(read(repeated("\u00e9", 252) + "@b.co") == "! The email address is too long (1-3 characters too many).");
    CHECK(read("a@" + repeated("ab.", 252) + "co") == "! The email address is too long after the @-sign (1 character too many).");
    CHECK(read("a@" + repeated("\u00e9.", 180) + "co") ==
          "! The email address is too long after the @-sign (229 bytes too many after IDNA encoding).");
    CHECK(read(std::string(200, 'a') + "@" + repeated("\u00e9.", 30) + "co") ==
          "! The email address is too long when the part after the @-sign is converted to IDNA ASCII (29 bytes too many).");
    CHECK(read(std::string(2048, 'a')) == no_at);
    CHECK(read(std::string(2049, 'a')) == "! Length must not exceed 2048 characters");
    CHECK(read(repeated("\u00e9", 4096)) == no_at);
}

TEST_CASE("email: with a name") {
    check<NameEmail>({{"a@b.co", "a <a@b.co>"},
                      {"Name <a@b.co>", "Name <a@b.co>"},
                      {" Jo  Do\u00e9 \n < A@B.CO >\t", "Jo  Do\u00e9 <A@b.co>"},
                      {"\"N, M\" <a@b.co>", "N, M <a@b.co>"},
                      {"\"a@b\" <a@b.co>", "\"a@b\" <a@b.co>"},
                      {"\"a\" \"b\"<a@b.co>", "a\" \"b <a@b.co>"},
                      {"<a@b.co>", "a <a@b.co>"},
                      {"INFO@b.co", "info <info@b.co>"},
                      {"a@xn--tda.de", "a <a@\u00fc.de>"},
                      {"N, M <a@b.co>", "! The display name contains invalid characters when not quoted: ','."},
                      {"a.b <a@b.co>", "! The display name contains invalid characters when not quoted: '.'."},
                      {"N <a@b.co> x", "! There can't be anything after the email address."},
                      {"N <a@b.co", "! An open angle bracket at the start of the email address has to be followed by a "
                                    "close angle bracket at the end."},
                      {"x <N <a@b.co>>", "! A display name and angle brackets around the email address are not permitted here."},
                      {"N <>", no_at},
                      {"N <a\n@b.co>", "! The email address contains invalid characters before the @-sign: U+000A."}});
    check({{"Name <a@b.co>", "a@b.co"}, {"\"N, M\" <INFO@b.co>", "info@b.co"}});
    NameEmail from = "Fred <f@b.co>";
    CHECK(from.name() == "Fred");
    CHECK(from.email() == "f@b.co");
    CHECK(NameEmail("Fred", "f@B.co") == from);
    CHECK(NameEmail("a@b", "f@b.co").str() == "\"a@b\" <f@b.co>");
    CHECK(from < NameEmail("Gus <a@b.co>"));
}

TEST_CASE("email: a value like any other") {
    EmailStr email = "Jo@B.CO";
    CHECK(email.str() == "Jo@b.co");
    CHECK(email == "Jo@b.co");
    CHECK(email == std::string("Jo@b.co"));
    CHECK(email == EmailStr(std::string("Jo@b.CO")));
    CHECK(email.local_part() == "Jo");
    CHECK(email.domain() == "b.co");
    CHECK(EmailStr().domain().empty());
    std::string_view text = email;
    CHECK(text == "Jo@b.co");
    CHECK(std::set<EmailStr>{"a@b.co", "a@B.co"}.size() == 1);
    std::ostringstream out;
    out << email << ' ' << NameEmail("a@b.co");
    CHECK(out.str() == "Jo@b.co a <a@b.co>");
    CHECK(thrown_by([] { EmailStr("x"); }) ==
          "value is not a valid email address: An email address must have an @-sign.");
    CHECK(thrown_by([] { EmailStr("a\xff@b.co"); }) == "value is not a valid email address: The text is no valid UTF-8.");
}

TEST_CASE("email: as fields") {
    CHECK(outcome<Letter>(R"({"email":"A@B.CO"})") ==
          R"({"email":"A@b.co","from":"Bot <bot@example.com>","copy":null})");
    CHECK(outcome<Letter>(R"({"email":1,"from":null,"copy":"x"})") ==
          "! email: string_type | from: name_email_type | copy: value_error");
    CHECK(errors<NameEmail>("[]") == parse_json(R"([{"type":"name_email_type","loc":[],)"
                                                R"("msg":"Input is not a valid NameEmail","input":[]}])"));
    CHECK(errors<EmailStr>(R"(" a b@c.co")") ==
          parse_json(R"([{"type":"value_error","loc":[],"msg":"value is not a valid email address: The email address )"
                     R"(contains invalid characters before the @-sign: SPACE.","input":" a b@c.co","ctx":{"reason":)"
                     R"("The email address contains invalid characters before the @-sign: SPACE."}}])"));
    CHECK(errors<EmailStr>(R"("a@b.co\ud800")")[0]["ctx"]["reason"] ==
          "The email address contains unsafe characters: U+D800.");
    CHECK(outcome<EmailStr>(R"("\"\ud800\" <a@b.co>")") == R"("a@b.co")");
    CHECK(outcome<NameEmail>(R"("\"\ud800\" <a@b.co>")") == "! .: string_unicode"); // cannot be written
    CHECK(outcome<Bounded>(R"({"email":"abc@b.co"})") == R"({"email":"abc@b.co"})");
    CHECK(errors<Bounded>(R"({"email":"a@b.co"})") ==
          parse_json(R"([{"type":"too_short","loc":["email"],"msg":"Value should have at least 8 items after validation, )"
                     R"(not 6","input":"a@b.co","ctx":{"field_type":"Value","min_length":8,"actual_length":6}}])"));
    CHECK(outcome<Bounded>(R"({"email":"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc@b.co"})").starts_with("{"));
    CHECK(outcome<Bounded>(R"({"email":"Name <abc@b.co>"})") == R"({"email":"abc@b.co"})");
    CHECK(outcome<Bounded>(R"({"email":"abcdefgh@b.co"})") == "! email: too_long");
    CHECK(outcome<Lowered>(R"({"email":"A@B.co"})") == R"({"email":"a@b.co"})");
    CHECK(outcome<Stripped>(R"({"email":" A@B.co "})") == R"({"email":"A@b.co"})");
    CHECK(outcome<Stripped>(R"({"email":"a@b.co\ud800"})") == "! email: string_unicode");
}

TEST_CASE("email: schemas and union labels") {
    CHECK(model_json_schema<EmailStr>() == parse_json(R"({"type":"string","format":"email"})"));
    CHECK(model_json_schema<NameEmail>() == parse_json(R"({"type":"string","format":"name-email"})"));
    json bounded = model_json_schema<Bounded>()["properties"]["email"];
    CHECK(bounded["minLength"] == 8);
    CHECK(bounded["maxLength"] == 12);
    CHECK(TypeTraits<EmailStr>::label == "function-after[_validate(), str]");
    CHECK(TypeTraits<NameEmail>::label ==
          "function-after[_validate(), json-or-python[json=str,python=union[is-instance[NameEmail],str]]]");
}

TEST_CASE("email: what is written is read as the same") {
    std::mt19937_64 random{5321};
    auto pick = [&](std::u32string_view from) { return from[random() % from.size()]; };
    auto word = [&](std::u32string_view from, std::size_t most) {
        std::string out;
        for (std::size_t n = 1 + random() % most; n > 0; --n) detail::append_utf8(out, pick(from));
        return out;
    };
    constexpr std::u32string_view atoms = U"abcXYZ019!#$%&'*+-/=?^_`{|}~\u00e9\u00df\u65e5\u0434\u03a9\u0301\U0001f600";
    constexpr std::u32string_view letters = U"abcXYZ019\u00c9\u00df\u65e5\u672c\u0434\u0429\u03a9\u03c2\u0301\uff21";
    int valid = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text = word(atoms, 6);
        if (random() % 3 == 0) text += "." + word(atoms, 4);
        text += "@" + word(letters, 6) + (random() % 2 ? "." + word(letters, 4) : "") + ".co";
        EmailStr email;
        try {
            email = text;
        } catch (const ValueError&) {
            continue;
        }
        ++valid;
        CAPTURE(text);
        CHECK(EmailStr(email.str()) == email);
        CHECK(model_validate_json<EmailStr>(model_dump_json(email)) == email);
        NameEmail named(word(U"abc\u00e9 ", 5) + "x", email);
        named = NameEmail(named.str()); // without white space at the ends
        CHECK(model_validate_json<NameEmail>(model_dump_json(named)) == named);
    }
    CHECK(valid > 10000);
}

TEST_CASE("email: long and hostile texts take linear time") {
    auto begin = std::chrono::steady_clock::now();
    for (std::string_view part : {"@", ".", "\"", "\\", "<", ">", "\" ", "a<", "\u0301", "\u0315\u0300", "xn--", "a.", " ", "\n", "\u200d", "\u00e9"}) {
        CHECK(read(repeated(part, 1000000)) == "! Length must not exceed 2048 characters");
        std::size_t characters = part.size() - detail::count_characters(part) + 1;
        std::string most = repeated(part, 2000 * characters - 100);
        for (const std::string& text : {most, "a@" + most, "\"" + most + "\"@b.co", most + "@b.co", "\"" + most + "\" <a@b.co>",
                                        most + " <a@b.co>", "N <" + most + ">", "<" + most})
            for (int i = 0; i < 5; ++i) CHECK(read<NameEmail>(text) != "");
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
}
