// IP address field types: what Python's ipaddress reads and writes, Pydantic's errors, and what can be asked.

#include <chrono>
#include <random>
#include <set>
#include <sstream>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace ip_test {

struct Host {
    IPv4Address address;
    Field<IPv6Address> six = "::1";
    Field<IPv4Network> lan = "10.0.0.0/8";
    std::optional<IPvAnyAddress> any;
};
struct StrictHost {
    static constexpr ModelConfig model_config{.strict = true};
    IPv4Network lan;
    IPvAnyAddress any;
};

} // namespace ip_test

using namespace ip_test;

namespace {

// The normal form of a JSON value, without quotes, or "!".
template <class T>
std::string read(std::string_view text) {
    std::string out = outcome<T>(text);
    return out.starts_with('!') ? "!" : out.substr(1, out.size() - 2);
}

template <class T>
void check(std::initializer_list<std::pair<std::string_view, std::string_view>> cases) {
    for (const auto& one : cases) {
        CAPTURE(one.first);
        CHECK(read<T>(one.first) == one.second);
    }
}

constexpr std::string_view wrong = "!";

// A letter for each question that is answered with yes.
template <class T>
std::string uses(const T& ip) {
    std::string out;
    if (ip.is_private()) out += 'p';
    if (ip.is_global()) out += 'g';
    if (ip.is_loopback()) out += 'l';
    if (ip.is_link_local()) out += 'k';
    if (ip.is_multicast()) out += 'm';
    if (ip.is_unspecified()) out += 'u';
    if (ip.is_reserved()) out += 'r';
    return out;
}

} // namespace

TEST_CASE("ip: IPv4 addresses") {
    check<IPv4Address>({{R"("1.2.3.4")", "1.2.3.4"},
                        {R"("255.255.255.255")", "255.255.255.255"},
                        {"0", "0.0.0.0"},
                        {"-0", "0.0.0.0"},
                        {"true", "0.0.0.1"},
                        {"4294967295", "255.255.255.255"},
                        {"4294967296", wrong},
                        {"-1", wrong},
                        {"1.0", wrong},
                        {"null", wrong},
                        {"[1]", wrong},
                        {R"("")", wrong},
                        {R"("1.2.3")", wrong},
                        {R"("1.2.3.4.5")", wrong},
                        {R"("1.2.3.4.")", wrong},
                        {R"("01.2.3.4")", wrong},
                        {R"("00.2.3.4")", wrong},
                        {R"("256.2.3.4")", wrong},
                        {R"("1.2.3.0004")", wrong},
                        {R"(" 1.2.3.4")", wrong},
                        {R"("1.2.3.4/32")", wrong},
                        {R"("1.2.3.\u0664")", wrong}});
}

TEST_CASE("ip: IPv6 addresses") {
    check<IPv6Address>({{R"("::")", "::"},
                        {R"("::1")", "::1"},
                        {R"("1:0:0:2:0:0:0:3")", "1:0:0:2::3"},
                        {R"("2001:DB8:0:0:1:0:0:1")", "2001:db8::1:0:0:1"},
                        {R"("1:2:3:4:5:6:7::")", "1:2:3:4:5:6:7:0"},
                        {R"("::ffff:1.2.3.4")", "::ffff:102:304"},
                        {R"("fe80::1%eth0")", "fe80::1%eth0"},
                        {R"("fe80::1%a\"b")", R"(fe80::1%a\"b)"},
                        {"1", "::1"},
                        {"false", "::"},
                        {"18446744073709551616", "0:0:0:1::"},
                        {"340282366920938463463374607431768211455", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
                        {"340282366920938463463374607431768211456", wrong},
                        {"1e2", wrong},
                        {R"("1")", wrong},
                        {R"(":::")", wrong},
                        {R"(":1:2:3:4:5:6:7")", wrong},
                        {R"("1:2:3:4:5:6:7:8:9")", wrong},
                        {R"("1::2::3")", wrong},
                        {R"("12345::")", wrong},
                        {R"("g::")", wrong},
                        {R"("::1.2.3")", wrong},
                        {R"("::01.2.3.4")", wrong},
                        {R"("::1%")", wrong},
                        {R"("::1%a%b")", wrong},
                        {R"("::1%a/b")", wrong},
                        {R"("fe80::1%\ud800")", wrong},
                        {R"("1.2.3.4")", wrong}});
}

TEST_CASE("ip: networks have no host bits, interfaces may") {
    check<IPv4Network>({{R"("10.0.0.0/8")", "10.0.0.0/8"},
                        {R"("10.0.0.0/255.0.0.0")", "10.0.0.0/8"},
                        {R"("10.0.0.0/0.255.255.255")", "10.0.0.0/8"},
                        {R"("10.0.0.0/0008")", "10.0.0.0/8"},
                        {R"("0.0.0.0/0.0.0.0")", "0.0.0.0/0"},
                        {R"("1.2.3.4")", "1.2.3.4/32"},
                        {"7", "0.0.0.7/32"},
                        {R"("10.0.0.1/8")", wrong},
                        {R"("10.0.0.0/33")", wrong},
                        {R"("10.0.0.0/")", wrong},
                        {R"("10.0.0.0/8/8")", wrong},
                        {R"("10.0.0.0/+8")", wrong},
                        {R"("10.0.0.0/255.0.255.0")", wrong},
                        {R"("/8")", wrong},
                        {R"("::/0")", wrong}});
    check<IPv6Network>({{R"("::/0")", "::/0"},
                        {R"("fe80::%eth0/64")", "fe80::%eth0/64"},
                        {R"("2001:db8::/32")", "2001:db8::/32"},
                        {R"("::1")", "::1/128"},
                        {R"("::1/127")", wrong},
                        {R"("::/129")", wrong},
                        {R"("::/ffff::")", wrong}});
    check<IPv4Interface>({{R"("10.0.0.1/8")", "10.0.0.1/8"},
                          {R"("10.0.0.1/255.255.0.0")", "10.0.0.1/16"},
                          {R"("10.0.0.1")", "10.0.0.1/32"},
                          {R"("10.0.0.1/33")", wrong}});
    check<IPv6Interface>({{R"("fe80::1%eth0/64")", "fe80::1%eth0/64"}, {R"("1.2.3.4/8")", wrong}});
}

TEST_CASE("ip: of either version") {
    check<IPvAnyAddress>({{R"("1.2.3.4")", "1.2.3.4"},
                          {R"("::1")", "::1"},
                          {"4294967295", "255.255.255.255"},
                          {"4294967296", "::1:0:0"},
                          {"-1", wrong},
                          {R"("1.2.3.4/8")", wrong}});
    check<IPvAnyNetwork>({{R"("10.0.0.0/8")", "10.0.0.0/8"}, {R"("::/8")", "::/8"}, {R"("10.1.0.0/8")", wrong}});
    check<IPvAnyInterface>({{R"("10.1.0.0/8")", "10.1.0.0/8"}, {R"("::1/8")", "::1/8"}, {R"("x")", wrong}});
}

TEST_CASE("ip: errors in Pydantic's words") {
    CHECK(errors<IPv4Address>(R"("x")") ==
          parse_json(R"([{"type":"ip_v4_address","loc":[],"msg":"Input is not a valid IPv4 address","input":"x"}])"));
    CHECK(errors<IPv6Address>("[]")[0]["msg"] == "Input is not a valid IPv6 address");
    CHECK(errors<IPv4Network>("{}")[0]["type"] == "ip_v4_network");
    CHECK(errors<IPv6Network>("null")[0]["msg"] == "Input is not a valid IPv6 network");
    CHECK(errors<IPv4Interface>("1.5")[0]["type"] == "ip_v4_interface");
    CHECK(errors<IPv6Interface>("-1")[0]["msg"] == "Input is not a valid IPv6 interface");
    CHECK(errors<IPvAnyAddress>(R"("x")") ==
          parse_json(R"([{"type":"ip_any_address","loc":[],"msg":"value is not a valid IPv4 or IPv6 address",)"
                     R"("input":"x"}])"));
    CHECK(errors<IPvAnyNetwork>(R"("x")")[0]["type"] == "ip_any_network");
    CHECK(errors<IPvAnyInterface>(R"("x")")[0]["msg"] == "value is not a valid IPv4 or IPv6 interface");
    // No value of JSON is an address: a strict model takes none but for the types of either version.
    CHECK(errors<StrictHost>(R"({"lan":"10.0.0.0/8","any":"1.2.3.4"})") ==
          parse_json(R"([{"type":"is_instance_of","loc":["lan"],"msg":"Input should be an instance of IPv4Network",)"
                     R"("input":"10.0.0.0/8","ctx":{"class":"IPv4Network"}}])"));
    CHECK(TypeTraits<IPvAnyAddress>::label == "function-plain[_validate()]");
    CHECK(TypeTraits<IPv6Interface>::label ==
          "lax-or-strict[lax=function-plain[ip_v6_interface_validator()],strict=json-or-python[json=function-after["
          "IPv6Interface(), str],python=is-instance[IPv6Interface]]]");
}

TEST_CASE("ip: as fields and query parameters") {
    CHECK(outcome<Host>(R"({"address":"1.2.3.4"})") ==
          R"({"address":"1.2.3.4","six":"::1","lan":"10.0.0.0/8","any":null})");
    CHECK(outcome<Host>(R"({"address":1,"six":2,"lan":3,"any":"::"})") ==
          R"({"address":"0.0.0.1","six":"::2","lan":"0.0.0.3/32","any":"::"})");
    CHECK(outcome<Host>(R"({"address":"::1","six":"1.2.3.4","lan":"x","any":""})") ==
          "! address: ip_v4_address | six: ip_v6_address | lan: ip_v4_network | any: ip_any_address");
    ErrorList list;
    detail::Context context{list};
    IPv4Address address;
    CHECK(TypeTraits<IPv4Address>::decode(detail::Value::bare("1.2.3.4"), detail::no_info, address, context));
    CHECK(context.exactness == detail::Exactness::lax);
    CHECK(address == "1.2.3.4");
    CHECK(!TypeTraits<IPv4Address>::decode(detail::Value::bare("1"), detail::no_info, address, context));
    context.exactness = detail::Exactness::exact;
    IPvAnyAddress any;
    CHECK(TypeTraits<IPvAnyAddress>::decode(detail::Value::bare("::1"), detail::no_info, any, context));
    CHECK(context.exactness == detail::Exactness::exact);
}

TEST_CASE("ip: schemas") {
    auto format = [](const json& schema) {
        CHECK(schema["type"] == "string");
        return schema["format"];
    };
    CHECK(format(model_json_schema<IPv4Address>()) == "ipv4");
    CHECK(format(model_json_schema<IPv6Address>()) == "ipv6");
    CHECK(format(model_json_schema<IPvAnyAddress>()) == "ipvanyaddress");
    CHECK(format(model_json_schema<IPv4Network>()) == "ipv4network");
    CHECK(format(model_json_schema<IPv6Network>()) == "ipv6network");
    CHECK(format(model_json_schema<IPvAnyNetwork>()) == "ipvanynetwork");
    CHECK(format(model_json_schema<IPv4Interface>()) == "ipv4interface");
    CHECK(format(model_json_schema<IPv6Interface>()) == "ipv6interface");
    CHECK(format(model_json_schema<IPvAnyInterface>()) == "ipvanyinterface");
}

TEST_CASE("ip: values") {
    constexpr IPv4Address here = "127.0.0.1";
    static_assert(here.to_uint32() == 0x7F000001);
    static_assert(here.bytes()[0] == 127 && IPv4Address(here.bytes()) == here);
    static_assert(IPv4Address("1.2.3.4") < here && IPv4Address() == IPv4Address(0));
    CHECK(here.str() == "127.0.0.1");
    CHECK(here == "127.0.0.1");
    IPv6Address six = "2001:db8::ff";
    CHECK(six.bytes()[0] == 0x20);
    CHECK(six.bytes()[15] == 0xFF);
    CHECK(IPv6Address(six.bytes()) == six);
    CHECK(six.scope_id().empty());
    CHECK(IPv6Address("fe80::1%eth0").scope_id() == "eth0");
    CHECK(IPv6Address("fe80::1%eth0") != IPv6Address("fe80::1"));
    CHECK(IPv6Address(six.bytes(), "1").str() == "2001:db8::ff%1");
    CHECK(IPv6Address("::ffff:1.2.3.4").ipv4_mapped() == IPv4Address("1.2.3.4"));
    CHECK(!six.ipv4_mapped());
    CHECK(IPv6Address("::1") < IPv6Address("::2"));
    CHECK(IPv6Address("1::") > IPv6Address("::ffff"));
    CHECK(std::set<IPv6Address>{"::1", "0::1", "::2"}.size() == 2);

    IPvAnyAddress any = "::1";
    CHECK(any.version() == 6);
    CHECK(any.v4() == nullptr);
    REQUIRE(any.v6() != nullptr);
    CHECK(any.is_loopback());
    any = here;
    CHECK(any.version() == 4);
    CHECK(*any.v4() == here);
    CHECK(any.str() == "127.0.0.1");
    CHECK(any == IPvAnyAddress("127.0.0.1"));
    CHECK(any < IPvAnyAddress("::"));
    CHECK(any.visit([](const auto& ip) { return ip.bytes().size(); }) == 4);
}

TEST_CASE("ip: networks and interfaces") {
    IPv4Network lan = "192.168.4.0/22";
    CHECK(lan.network_address() == "192.168.4.0");
    CHECK(lan.broadcast_address() == "192.168.7.255");
    CHECK(lan.netmask() == "255.255.252.0");
    CHECK(lan.hostmask() == "0.0.3.255");
    CHECK(lan.prefixlen() == 22);
    CHECK(lan.contains("192.168.7.9"));
    CHECK(!lan.contains("192.168.8.0"));
    CHECK(lan.supernet_of(IPv4Network("192.168.6.0/23")));
    CHECK(!lan.supernet_of(IPv4Network("192.168.0.0/16")));
    CHECK(lan.overlaps(IPv4Network("192.168.0.0/16")));
    CHECK(!lan.overlaps(IPv4Network("10.0.0.0/8")));
    CHECK(lan == IPv4Network(IPv4Address("192.168.4.0"), 22));
    CHECK(IPv4Network().str() == "0.0.0.0/32");
    CHECK(IPv4Network("0.0.0.0/0").contains("1.2.3.4"));
    IPv6Network net = "2001:db8::/65";
    CHECK(net.netmask() == "ffff:ffff:ffff:ffff:8000::");
    CHECK(net.hostmask() == "::7fff:ffff:ffff:ffff");
    CHECK(net.broadcast_address() == "2001:db8::7fff:ffff:ffff:ffff");
    CHECK(net.contains("2001:db8::1"));
    CHECK(!net.contains("2001:db8:0:0:8000::"));
    IPvAnyNetwork any = "10.0.0.0/8";
    CHECK(any.contains(IPv4Address("10.1.1.1")));
    CHECK(any.contains("10.1.1.1"));
    CHECK(!any.contains(IPv6Address("::1")));
    CHECK(any.contains(IPvAnyAddress("10.1.1.1")));
    CHECK(!any.contains(IPvAnyAddress("::")));
    CHECK(any.prefixlen() == 8);
    IPv4Interface port = "10.1.2.3/8";
    CHECK(port.ip() == "10.1.2.3");
    CHECK(port.network() == IPv4Network("10.0.0.0/8"));
    CHECK(port.netmask() == "255.0.0.0");
    IPv4Network of = port.network();
    CHECK(of.str() == "10.0.0.0/8");
    CHECK(IPv6Interface("fe80::1%a/64").network().str() == "fe80::/64");
    CHECK(IPv6Interface("fe80::%a/64").network().str() == "fe80::%a/64");
    CHECK(IPvAnyInterface("fe80::1/64").prefixlen() == 64);
}

TEST_CASE("ip: exceptions in the words of Python's ipaddress") {
    CHECK(thrown_by([] { IPv4Address("1.2.3"); }) == "Expected 4 octets in '1.2.3'");
    CHECK(thrown_by([] { IPv4Address(""); }) == "Address cannot be empty");
    CHECK(thrown_by([] { IPv4Address("1.2.3.256"); }) == "Octet 256 (> 255) not permitted in '1.2.3.256'");
    CHECK(thrown_by([] { IPv4Address("1.2.3.04"); }) == "Leading zeros are not permitted in '04' in '1.2.3.04'");
    CHECK(thrown_by([] { IPv4Address("1.2.3.a\n"); }) == "Only decimal digits permitted in 'a\\n' in '1.2.3.a\\n'");
    CHECK(thrown_by([] { IPv6Address("1"); }) == "At least 3 parts expected in '1'");
    CHECK(thrown_by([] { IPv6Address("1::2::3"); }) == "At most one '::' permitted in '1::2::3'");
    CHECK(thrown_by([] { IPv6Address("g::'"); }) == "Only hex digits permitted in 'g' in \"g::'\"");
    CHECK(thrown_by([] { IPv6Address("::1%"); }) == "Invalid IPv6 address: \"'::1%'\"");
    CHECK(thrown_by([] { IPv4Network("10.0.0.1/8"); }) == "10.0.0.1/8 has host bits set");
    CHECK(thrown_by([] { IPv4Network("10.0.0.0/99"); }) == "'99' is not a valid netmask");
    CHECK(thrown_by([] { IPv4Network("1/2/3"); }) == "Only one '/' permitted in '1/2/3'");
    CHECK(thrown_by([] { IPv4Network(IPv4Address("10.0.0.1"), 8); }) == "10.0.0.1/8 has host bits set");
    CHECK(thrown_by([] { IPv4Network(IPv4Address(), 33); }) == "33 is not a valid netmask");
    CHECK(thrown_by([] { IPvAnyAddress("x"); }) == "value is not a valid IPv4 or IPv6 address");
}

TEST_CASE("ip: what an address is for") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"0.0.0.0", "pu"},          {"0.1.2.3", "p"},        {"10.1.2.3", "p"},        {"100.64.0.1", ""},
        {"127.0.0.1", "pl"},        {"169.254.1.1", "pk"},   {"172.16.0.1", "p"},      {"172.32.0.1", "g"},
        {"192.0.0.1", "p"},         {"192.0.0.9", "g"},      {"192.0.0.10", "g"},      {"192.0.0.170", "p"},
        {"192.0.2.1", "p"},         {"192.168.1.1", "p"},    {"198.18.0.1", "p"},      {"198.51.100.1", "p"},
        {"203.0.113.1", "p"},       {"224.0.0.1", "gm"},     {"240.0.0.1", "pr"},      {"255.255.255.255", "pr"},
        {"8.8.8.8", "g"},           {"::", "pur"},           {"::1", "plr"},           {"::2", "gr"},
        {"::ffff:127.0.0.1", "pl"}, {"::ffff:8.8.8.8", "g"}, {"::ffff:100.64.0.1", ""}, {"64:ff9b:1::1", "pr"},
        {"100::1", "pr"},           {"200::1", "gr"},        {"2001::1", "p"},         {"2001:1::1", "g"},
        {"2001:1::2", "g"},         {"2001:1::3", "p"},      {"2001:3::1", "g"},       {"2001:4:112::1", "g"},
        {"2001:20::1", "g"},        {"2001:30::1", "g"},     {"2001:db8::1", "p"},     {"2002::1", "p"},
        {"2606:4700::1", "g"},      {"fc00::1", "p"},        {"fe80::1", "pk"},        {"fec0::1", "g"},
        {"ff02::1", "gm"},          {"4000::1", "gr"},       {"8000::1", "gr"},        {"c000::1", "gr"},
        {"e000::1", "gr"},          {"f000::1", "gr"},       {"f800::1", "gr"},        {"fe00::1", "gr"}};
    for (const auto& one : cases) {
        CAPTURE(one.first);
        CHECK(IPvAnyAddress(one.first).visit([](const auto& ip) { return uses(ip); }) == one.second);
    }
    std::ostringstream out;
    out << IPv4Address("1.2.3.4") << ' ' << IPv6Network("::/8") << ' ' << IPvAnyInterface("::1/8");
    CHECK(out.str() == "1.2.3.4 ::/8 ::1/8");
}

TEST_CASE("ip: what is written is read as the same") {
    std::mt19937_64 random{20240229};
    auto same = [](const auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        std::string text = model_dump_json(value);
        CAPTURE(text);
        CHECK(model_validate_json<T>(text) == value);
        CHECK(T(value.str()) == value);
    };
    for (int i = 0; i < 20000; ++i) {
        auto number = static_cast<std::uint32_t>(random());
        detail::IpParts six{true, static_cast<std::uint8_t>(random() % 129), {random(), random()}, {}};
        // Some zeros, for they are written in short.
        for (unsigned piece = 0; piece < 4; ++piece) {
            if (random() % 3 == 0) six.number.high &= ~(0xFFFFULL << (16 * piece));
            if (random() % 3 == 0) six.number.low &= ~(0xFFFFULL << (16 * piece));
        }
        if (random() % 4 == 0) six.scope = "eth\"0";
        detail::IpParts four{false, static_cast<std::uint8_t>(random() % 33), {0, number}, {}};
        same(IPv4Address(number));
        same(IPv4Interface(four));
        same(IPv4Interface(four).network());
        same(IPv6Address(six));
        same(IPv6Interface(six));
        same(IPv6Interface(six).network());
        same(i % 2 ? IPvAnyAddress(IPv4Address(number)) : IPvAnyAddress(IPv6Address(six)));
    }
}

TEST_CASE("ip: long texts take linear time") {
    auto begin = std::chrono::steady_clock::now();
    for (std::string_view part : {":", "1:", "::", ".", "1.", "0", "%", "/", "f", "::%", "9"}) {
        std::string text;
        while (text.size() < 300000) text += part;
        for (const std::string& one : {text, "::%" + text, "1.2.3.4/" + text}) {
            std::string value = model_dump_json(one);
            CHECK(read<IPv4Interface>(value) == wrong);
            CHECK(read<IPv4Address>(value) == wrong);
            CHECK(read<IPvAnyNetwork>(value).size() < 330000);
            CHECK(thrown_by([&] { IPv4Network{one}; }) != "");
            thrown_by([&] { IPv6Interface{one}; });
        }
    }
    CHECK(read<IPvAnyAddress>(std::string(4000, '9')) == wrong);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
}
