// URL field types: the URL Standard's parser in Pydantic's reading, constraints, errors and the parts of a URL.

#include <set>
#include <sstream>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace url_test {

inline constexpr UrlConstraints ftp_rules{.max_length = 20, .allowed_schemes = "ftp"};
using FtpUrl = ConstrainedUrl<ftp_rules>;
inline constexpr UrlConstraints broker_rules{
    .allowed_schemes = "nats ws", .default_host = "localhost", .default_port = 4222, .multi_host = true};
using BrokerUrl = ConstrainedUrl<broker_rules>;

struct Link {
    Field<HttpUrl> url;
    Field<AnyUrl> next = "urn:none";
    std::optional<WebsocketUrl> live;
};
struct Bounded {
    Field<HttpUrl, MinLength(12), MaxLength(16)> url;
};
struct StrictLink {
    static constexpr ModelConfig model_config{.strict = true};
    HttpUrl url;
};

} // namespace url_test

using namespace url_test;

namespace {

// The normal form of a text, or "! " and the reason.
template <class T = AnyUrl>
std::string read(std::string_view text) {
    try {
        return T(text).str();
    } catch (const ValueError& error) {
        constexpr std::string_view head = "Input should be a valid URL, ";
        std::string_view what = error.what();
        return "! " + std::string(what.starts_with(head) ? what.substr(head.size()) : what);
    }
}

void check(std::initializer_list<std::pair<std::string_view, std::string_view>> cases) {
    for (const auto& one : cases) {
        CAPTURE(one.first);
        CHECK(read(one.first) == one.second);
    }
}

constexpr std::string_view no_base = "! relative URL without a base";
constexpr std::string_view empty_host = "! empty host";
constexpr std::string_view bad_port = "! invalid port number";
constexpr std::string_view bad_name = "! invalid international domain name";
constexpr std::string_view bad_character = "! invalid domain character";
constexpr std::string_view bad_ipv4 = "! invalid IPv4 address";
constexpr std::string_view bad_ipv6 = "! invalid IPv6 address";

} // namespace

TEST_CASE("url: schemes, slashes and what is stripped") {
    check({{"http://x.com", "http://x.com/"},
           {"HTTP://X.COM:80/a b?q=\u00e9#f", "http://x.com/a%20b?q=%C3%A9#f"},
           {"http:x.com", "http://x.com/"},
           {"http:/x.com", "http://x.com/"},
           {"http:///x", "http://x/"},
           {"http:\\\\x\\y", "http://x/y"},
           {" \t http://x.com/ \n", "http://x.com/"},
           {"ht\ntp://x\t.com/a\r\nb", "http://x.com/ab"},
           {"mailto:a@b.co", "mailto:a@b.co"},
           {"a:b c\u00e9", "a:b c%C3%A9"},
           {"C:\\x", "c:\\x"},
           {"a://h", "a://h"},
           {"a://", "a://"},
           {"a:/.//x", "a:/.//x"},
           {"a:/b/..//x", "a:/.//x"},
           {"", "! input is empty"},
           {" ", no_base},
           {"abc", no_base},
           {"1a://x", no_base},
           {"//x", no_base},
           {"http://", empty_host},
           {"http:///", empty_host}});
}

TEST_CASE("url: user, password and port") {
    check({{"https://user:pa%20ss@x.com:8443/p/../q", "https://user:pa%20ss@x.com:8443/q"},
           {"http://a@b@c/", "http://a%40b@c/"},
           {"http://:p@h", "http://:p@h/"},
           {"http://u:@h", "http://u@h/"},
           {"http://:@h", "http://h/"},
           {"http://@h", "http://h/"},
           {"http://[a]^|;=@h", "http://%5Ba%5D%5E%7C%3B%3D@h/"},
           {"http://@/x", empty_host},
           {"a://u@/x", empty_host},
           {"a://:80", empty_host},
           {"https://x:443", "https://x/"},
           {"https://x:80", "https://x:80/"},
           {"ftp://x:00021", "ftp://x/"},
           {"http://x:", "http://x/"},
           {"http://x:0", "http://x:0/"},
           {"http://x:65535", "http://x:65535/"},
           {"http://x:65536", bad_port},
           {"http://x:99999999999999999999", bad_port},
           {"http://x:8a", bad_port},
           {"http://x:-1", bad_port}});
}

TEST_CASE("url: paths, dot segments and percent-encoding") {
    check({{"http://x/a/./b/../c", "http://x/a/c"},
           {"http://x/../../a/..", "http://x/"},
           {"http://x/a/%2e%2E/b/.%2e/c/%2e", "http://x/c/"},
           {"http://x/a//../b", "http://x/a/b"},
           {"http://x/...", "http://x/..."},
           {"http://x/ \"#<>?`{}^|", "http://x/%20%22#%3C%3E?%60{}^|"},
           {"http://x/`{}^|%zz\x7f", "http://x/%60%7B%7D^|%zz%7F"},
           {"http://x?a=1&b='<>\"`", "http://x/?a=1&b=%27%3C%3E%22`"},
           {"a://x?'", "a://x?'"},
           {"http://x#", "http://x/#"},
           {"http://x/?", "http://x/?"},
           {"http://x/C:/../y", "http://x/C:/y"}, // the crate's drive letters in any scheme
           {"a://h/x\\y", "a://h/x\\y"},
           {"file:///etc", "file:///etc"},
           {"file:etc", "file:///etc"},
           {"file://localhost/x", "file:///x"},
           {"file://h/x", "file://h/x"},
           {"file:c|/x/..", "file:///c:/"},
           {"file:////x", "file:///x"}});
}

TEST_CASE("url: IPv4 addresses in all their forms") {
    check({{"http://127.0.0.1:8000", "http://127.0.0.1:8000/"},
           {"http://0x7f.1", "http://127.0.0.1/"},
           {"http://017700000001", "http://127.0.0.1/"},
           {"http://256", "http://0.0.1.0/"},
           {"http://1.2.3.", "http://1.2.0.3/"},
           {"http://0x", "http://0.0.0.0/"},
           {"http://4294967295", "http://255.255.255.255/"},
           {"http://4294967296", bad_ipv4},
           {"http://1.256.1.1", bad_ipv4},
           {"http://1.2.3.4.5", bad_ipv4},
           {"http://a.09", bad_ipv4},
           {"http://1..2", bad_ipv4},
           {"http://1.a", "http://1.a/"},
           {"a://0x7f.1", "a://0x7f.1"}});
}

TEST_CASE("url: IPv6 addresses") {
    check({{"http://[::1]/", "http://[::1]/"},
           {"http://[1:0:0:2:0:0:0:3]", "http://[1:0:0:2::3]/"},
           {"http://[ABCD:0::00EF]", "http://[abcd::ef]/"},
           {"http://[1:2:3:4:5:6:7::]", "http://[1:2:3:4:5:6:7:0]/"},
           {"http://[::ffff:1.2.3.4]:80", "http://[::ffff:102:304]/"},
           {"a://[::]:80", "a://[::]:80"},
           {"http://[::1", bad_ipv6},
           {"http://[]", bad_ipv6},
           {"http://[:::]", bad_ipv6},
           {"http://[1:2:3:4:5:6:7:8:9]", bad_ipv6},
           {"http://[1:2:3:4:5:6:7::8]", bad_ipv6},
           {"http://[12345::]", bad_ipv6},
           {"http://[::1.2.3]", bad_ipv6},
           {"http://[::01.2.3.4]", bad_ipv6},
           {"http://[::1]x", bad_ipv6}});
}

TEST_CASE("url: names") {
    check({{"http://x_y.com", "http://x_y.com/"},
           {"http://a%41%2e", "http://aa./"},
           {"http://\u00fc.de/\u00fc", "http://xn--tda.de/%C3%BC"},
           {"http://%C3%9C.DE", "http://xn--tda.de/"},
           {"http://\u65e5\u672c\u8a9e\u3002jp", "http://xn--wgv71a119e.jp/"},
           {"http://\u041c\u043e\u0441\u043a\u0432\u0430.\u0440\u0444", "http://xn--80adxhks.xn--p1ai/"},
           {"http://\u03a3\u03a3\u03c2", "http://xn--3xaba/"},
           {"http://stra\u00dfe", "http://xn--strae-oqa/"},
           {"http://\uff27\uff4f\u00ad.com", "http://go.com/"},
           {"http://\u2603.net", "http://xn--n3h.net/"},
           {"http://XN--TDA.de", "http://xn--tda.de/"},
           {"http://xn--a", bad_name},
           {"http://xn--", bad_name},
           {"http://\u2126", "http://xn--bya/"},
           {"http://e\u0301", "http://xn--9ca/"},
           {"http://\ufb03\u3399", "http://ffifm/"},
           {"http://\u1e9e", "http://xn--zca/"},
           {"http://\u05d0\u05d1.com", "http://xn--4dbc.com/"},
           {"http://\u05d0\u05d1.1com", bad_name}, // the Bidi Rule is about every label
           {"http://1\u05d0", bad_name},
           {"http://\u0301a", bad_name},
           {"http://\u0915\u094d\u200d\u0937", "http://xn--11b2ezcw70k/"},
           {"http://a\u200db", bad_name},
           {"http://\u0378", bad_name}, // not assigned
           {"http://\uff1a", bad_name},
           {"http://xn--e\u0301", bad_name},
           {"http://xn--ssa", bad_name}, // not in form C
           {"http://\u00ad", empty_host},
           {"http://exa mple.com", bad_name},
           {"http://a%00b", bad_name},
           {"http://a%ff", bad_name},
           {"http://a<b", bad_name},
           {"a://a%zz\u00e9", "a://a%zz%C3%A9"},
           {"a://a b", bad_character},
           {"a://a|b", bad_character}});
}

TEST_CASE("url: each type takes its own schemes") {
    CHECK(read<HttpUrl>("https://x") == "https://x/");
    CHECK(read<HttpUrl>("ftp://x") == "! URL scheme should be 'http' or 'https'");
    CHECK(read<AnyHttpUrl>("ws://x") == "! URL scheme should be 'http' or 'https'");
    CHECK(read<WebsocketUrl>("ws://x") == "ws://x/");
    CHECK(read<WebsocketUrl>("http://x") == "! URL scheme should be 'ws' or 'wss'");
    CHECK(read<FtpUrl>("ftp://x") == "ftp://x/");
    CHECK(read<FtpUrl>("http://x") == "! URL scheme should be 'ftp'");
    CHECK(read<FtpUrl>("ftp://x/too/long/for/it") == "! URL should have at most 20 characters");
    CHECK(read<PostgresDsn>("mysql://h").ends_with("'postgresql+py-postgresql' or 'postgresql+pygresql'"));
    std::string most = "http://x/" + std::string(2074, 'a');
    CHECK(read<HttpUrl>(most) == most);
    CHECK(read<HttpUrl>(most + "a") == "! URL should have at most 2083 characters");
    CHECK(read<AnyHttpUrl>(most + "a") == most + "a");
}

TEST_CASE("url: what a DSN leaves out is filled in") {
    CHECK(read<RedisDsn>("redis://") == "redis://localhost:6379/0");
    CHECK(read<RedisDsn>("redis:/3") == "redis://localhost:6379/3");
    CHECK(read<RedisDsn>("rediss://:p@h/?q#f") == "rediss://:p@h:6379/0?q#f");
    CHECK(read<RedisDsn>("redis://h:1/2") == "redis://h:1/2");
    CHECK(read<RedisDsn>("redis:x") == "! a cannot-be-a-base URL doesn\u2019t have a host to set");
    CHECK(read<PostgresDsn>("postgres://") == empty_host);
    CHECK(read<PostgresDsn>("postgres:db") == empty_host);
    CHECK(read<BrokerUrl>("nats://") == "nats://localhost:4222");
    CHECK(read<BrokerUrl>("ws://a:80,b") == "ws://a,b:4222/");
}

TEST_CASE("url: several hosts") {
    PostgresDsn dsn = "postgresql://u:p@a:1,[::1],v@B/db?x=1";
    CHECK(dsn.str() == "postgresql://u:p@a:1,[::1],v@B/db?x=1");
    CHECK(dsn.hosts() == std::vector<UrlHost>{{"u", "p", "a", 1}, {"", "", "[::1]", {}}, {"v", "", "B", {}}});
    CHECK(dsn.host() == "a");
    CHECK(dsn.username() == "u");
    CHECK(dsn.port() == 1);
    CHECK(dsn.path() == "/db");
    CHECK(dsn.query() == "x=1");
    CHECK(PostgresDsn("postgres://h/db").hosts().size() == 1);
    CHECK(read<PostgresDsn>("postgres://a,,b") == empty_host);
    CHECK(read<PostgresDsn>("postgres://a,/db") == empty_host);
    CHECK(read<PostgresDsn>("postgres://a,b:x") == bad_port);
    CHECK(read<PostgresDsn>("postgres://a:x,b") == bad_port);
    CHECK(read<PostgresDsn>("postgres://a b,c") == bad_character);
    CHECK(read<AnyUrl>("postgres://a,b") == "postgres://a,b");
}

TEST_CASE("url: the parts of a URL") {
    HttpUrl url = "https://us%20er:pw@X.com:8443/p/q?a=1#f";
    CHECK(url.scheme() == "https");
    CHECK(url.username() == "us%20er");
    CHECK(url.password() == "pw");
    CHECK(url.host() == "x.com");
    CHECK(url.port() == 8443);
    CHECK(url.path() == "/p/q");
    CHECK(url.query() == "a=1");
    CHECK(url.fragment() == "f");
    HttpUrl bare = "http://[::1]?";
    CHECK(bare.username().empty());
    CHECK(bare.host() == "[::1]");
    CHECK(bare.port() == 80);
    CHECK(bare.query() == "");
    CHECK(!bare.fragment());
    AnyUrl opaque = "mailto:a@b.co";
    CHECK(opaque.host().empty());
    CHECK(!opaque.port());
    CHECK(opaque.path() == "a@b.co");
    CHECK(!opaque.query());
    CHECK(AnyUrl("a:/.//x").path() == "//x");
    CHECK(AnyUrl().str().empty());
}

TEST_CASE("url: a value like any other") {
    HttpUrl url = std::string("http://x");
    CHECK(url == HttpUrl("HTTP://X/"));
    CHECK(url == "http://x/");
    CHECK(url != "http://x");
    CHECK(url < HttpUrl("http://y"));
    std::string_view text = url;
    CHECK(text == "http://x/");
    CHECK(HttpUrl(AnyUrl("http://x")) == url);
    CHECK(thrown_by([] { HttpUrl(AnyUrl("ws://x")); }) == "URL scheme should be 'http' or 'https'");
    CHECK(thrown_by([] { HttpUrl("x"); }) == "Input should be a valid URL, relative URL without a base");
    std::set<HttpUrl> set{"http://b", "http://a", "http://B"};
    CHECK(set.size() == 2);
    HttpUrl copy = url;
    url = "http://z/1";
    CHECK(copy.path() == "/");
    CHECK(url.path() == "/1");
    std::ostringstream out;
    out << url;
    CHECK(out.str() == "http://z/1");
}

TEST_CASE("url: as a field") {
    CHECK(outcome<Link>(R"({"url":" HTTP://X"})") == R"({"url":"http://x/","next":"urn:none","live":null})");
    CHECK(outcome<Link>(R"({"url":"http://x","live":"ws://y","next":"a:b"})") ==
          R"({"url":"http://x/","next":"a:b","live":"ws://y/"})");
    CHECK(outcome<Link>(R"({"url":1,"next":null,"live":"http://y"})") ==
          "! url: url_type | next: url_type | live: url_scheme");
    CHECK(outcome<Link>("{}") == "! url: missing");
    CHECK(outcome<std::vector<AnyUrl>>(R"(["a:b","x"])") == "! 1: url_parsing");
    CHECK(outcome<AnyUrl>(R"("http://\ud800")") == "! .: string_unicode");
    CHECK(outcome<AnyUrl>(R"("http:\/\/\u00fc")") == R"("http://xn--tda/")");
}

TEST_CASE("url: errors in Pydantic's words") {
    CHECK(errors<HttpUrl>("[]") ==
          parse_json(R"([{"type":"url_type","loc":[],"msg":"URL input should be a string or URL","input":[]}])"));
    CHECK(errors<HttpUrl>(R"("http://x:99999")") ==
          parse_json(R"([{"type":"url_parsing","loc":[],"msg":"Input should be a valid URL, invalid port number",)"
                     R"("input":"http://x:99999","ctx":{"error":"invalid port number"}}])"));
    CHECK(errors<HttpUrl>(R"("a:b")") ==
          parse_json(R"([{"type":"url_scheme","loc":[],"msg":"URL scheme should be 'http' or 'https'","input":"a:b",)"
                     R"("ctx":{"expected_schemes":"'http' or 'https'"}}])"));
    CHECK(errors<HttpUrl>("\"" + std::string(2084, 'x') + "\"")[0]["ctx"] == parse_json(R"({"max_length":2083})"));
    CHECK(errors<HttpUrl>("\"" + std::string(2084, 'x') + "\"")[0]["type"] == "url_too_long");
}

TEST_CASE("url: a bare string, as a query parameter is, is echoed as it came") {
    ErrorList list;
    detail::Context context{list};
    HttpUrl url;
    CHECK(!TypeTraits<HttpUrl>::decode(detail::Value::bare(" \"x\"\t"), detail::no_info, url, context));
    CHECK(list[0].input == R"(" \"x\"\t")");
    CHECK(url.str().empty());
    CHECK(TypeTraits<HttpUrl>::decode(detail::Value::bare(" http://x "), detail::no_info, url, context));
    CHECK(url == "http://x/");
}

TEST_CASE("url: lengths count the normal form, strict refuses what needs repair") {
    CHECK(outcome<Bounded>(R"({"url":"http://x.com"})") == R"({"url":"http://x.com/"})");
    json wrong = errors<Bounded>(R"({"url":"http:xyz"})");
    CHECK(wrong[0]["msg"] == "Value should have at least 12 items after validation, not 11");
    CHECK(wrong[0]["ctx"] == parse_json(R"({"field_type":"Value","min_length":12,"actual_length":11})"));
    CHECK(outcome<Bounded>(R"({"url":"http://x.com/abcd"})") == "! url: too_long");
    CHECK(outcome<StrictLink>(R"({"url":"http://u:p@x"})") == R"({"url":"http://u:p@x/"})");
    json repaired = errors<StrictLink>(R"({"url":"http:\\\\x"})");
    CHECK(repaired[0]["type"] == "url_syntax_violation");
    CHECK(repaired[0]["msg"] == "Input violated strict URL syntax rules, expected //");
    CHECK(errors<StrictLink>(R"({"url":"http://x/ y"})")[0]["ctx"]["error"] == "non-URL code point");
    CHECK(errors<StrictLink>(R"({"url":"http://x/%g0"})")[0]["ctx"]["error"] == "expected 2 hex digits after %");
}

TEST_CASE("url: schemas") {
    CHECK(model_json_schema<HttpUrl>() ==
          parse_json(R"({"type":"string","format":"uri","minLength":1,"maxLength":2083})"));
    CHECK(model_json_schema<AnyUrl>() == parse_json(R"({"type":"string","format":"uri","minLength":1})"));
    CHECK(model_json_schema<WebsocketUrl>()["maxLength"] == 2083);
    CHECK(model_json_schema<PostgresDsn>() ==
          parse_json(R"({"type":"string","format":"multi-host-uri","minLength":1})"));
    json bounded = model_json_schema<Bounded>()["properties"]["url"];
    CHECK(bounded["minLength"] == 12);
    CHECK(bounded["maxLength"] == 16);
}

TEST_CASE("url: long and hostile texts take linear time") {
    std::string many;
    for (int i = 0; i < 200000; ++i) many += "/..";
    CHECK(read("http://x/a" + many) == "http://x/");
    CHECK(read("http://" + std::string(1000000, '@') + "x").size() == 3 * 999999 + 10);
    CHECK(read("http://" + std::string(1000000, '[')) == bad_ipv6);
    CHECK(read("http://" + std::string(1000000, '1')) == bad_ipv4);
    std::string hosts = "postgres://";
    for (int i = 0; i < 200000; ++i) hosts += "a,";
    CHECK(PostgresDsn(hosts + "b").hosts().size() == 200001);
    std::string labels = "http://";
    for (int i = 0; i < 100000; ++i) labels += "\u00fc.";
    CHECK(read(labels) == bad_name); // over the limit for international names
}
