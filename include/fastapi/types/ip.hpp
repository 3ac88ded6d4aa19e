#pragma once

// IP addresses, interfaces and networks as field types, as Pydantic has them: IPv4Address, IPv6Address, IPvAnyAddress
// and the same with Interface and Network. What is read and written is what Python's ipaddress reads and writes: a text,
// or the address as a number. A network must not have host bits; an interface is an address together with its network.

#include <array>
#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

namespace detail {

// 128 bits. Of an IPv4 address the lowest 32 count.
struct IpNumber {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend constexpr auto operator<=>(const IpNumber&, const IpNumber&) = default;
    friend constexpr IpNumber operator&(IpNumber a, IpNumber b) { return {a.high & b.high, a.low & b.low}; }
    friend constexpr IpNumber operator|(IpNumber a, IpNumber b) { return {a.high | b.high, a.low | b.low}; }
};

enum class IpForm : std::uint8_t { addresses, interfaces, networks };

// What a text or a number was read as.
struct IpParts {
    bool six = false;
    std::uint8_t prefix = 32;
    IpNumber number{};
    std::string scope{}; // of an IPv6 address: what stands behind the %
};

// The text of four numbers and dots. Returns false when it is none.
constexpr bool parse_ipv4(std::string_view text, std::uint32_t& number) {
    number = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0) {
            if (text.empty() || text[0] != '.') return false;
            text.remove_prefix(1);
        }
        std::uint32_t value = 0;
        std::size_t size = 0;
        for (; size < text.size() && text[size] >= '0' && text[size] <= '9'; ++size) {
            value = value * 10 + static_cast<std::uint32_t>(text[size] - '0');
            if (size > 2 || value > 255 || (size == 1 && text[0] == '0')) return false; // no leading zeros
        }
        if (size == 0) return false;
        text.remove_prefix(size);
        number = number << 8U | value;
    }
    return text.empty();
}

// Which versions a type is about: 4, 6, or 0 for either.
IpParts read_ip(std::string_view text, int version, IpForm form); // throws ValueError in the words of Python's ipaddress
[[noreturn]] void refuse_ip(std::string_view text, int version, IpForm form);
// Throws ValueError when there are bits behind the first prefix ones, or there are not so many bits.
void check_ip_network(const IpParts& parts, unsigned prefix);
std::string ip_text(const IpParts& parts, IpForm form);
// The first so many bits of 32 or 128 set.
IpNumber ip_mask(bool six, unsigned prefix);
// What an address is for, by the registries of IANA, as Python's ipaddress 3.13 has them.
enum class IpUse : std::uint8_t { multicast, private_use, global, unspecified, reserved, loopback, link_local };
bool ip_is(bool six, IpNumber number, IpUse use);

// What IPv4Address and IPv6Address have in common.
template <class Address>
class IpQuestions {
  public:
    // Not reachable from everywhere: 10.0.0.0/8, 192.168.0.0/16, fc00::/7, documentation, loopback …
    [[nodiscard]] bool is_private() const { return ask(IpUse::private_use); }
    // Reachable from everywhere. 100.64.0.0/10 is neither private nor global.
    [[nodiscard]] bool is_global() const { return ask(IpUse::global); }
    [[nodiscard]] bool is_loopback() const { return ask(IpUse::loopback); }
    [[nodiscard]] bool is_link_local() const { return ask(IpUse::link_local); }
    [[nodiscard]] bool is_multicast() const { return ask(IpUse::multicast); }
    [[nodiscard]] bool is_unspecified() const { return ask(IpUse::unspecified); } // 0.0.0.0, ::
    [[nodiscard]] bool is_reserved() const { return ask(IpUse::reserved); }

    friend constexpr auto operator<=>(const IpQuestions&, const IpQuestions&) = default;

  private:
    [[nodiscard]] bool ask(IpUse use) const {
        return ip_is(Address::max_prefixlen == 128, static_cast<const Address&>(*this).number(), use);
    }
};

// A stream takes their text.
template <class T>
concept IpValue = requires(const T& value) {
    { value.parts() } -> std::same_as<IpParts>;
};

} // namespace detail

template <class Stream, detail::IpValue T>
auto operator<<(Stream& stream, const T& value) -> decltype(stream << std::string_view{}) {
    return stream << std::string_view{value.str()};
}

// An IPv4 address. Can be made at compile time: constexpr IPv4Address host = "127.0.0.1";
class IPv4Address : public detail::IpQuestions<IPv4Address> {
  public:
    static constexpr unsigned max_prefixlen = 32;

    constexpr IPv4Address() = default; // 0.0.0.0
    // Throws ValueError when number has more than 32 bits.
    template <std::integral I>
    constexpr explicit IPv4Address(I number) : number_(static_cast<std::uint32_t>(number)) {
        if (!std::in_range<std::uint32_t>(number)) throw ValueError("an IPv4 address has 32 bits");
    }
    constexpr explicit IPv4Address(std::array<std::uint8_t, 4> bytes) { // in network order
        for (std::uint8_t byte : bytes) number_ = number_ << 8U | byte;
    }
    // Each throws ValueError when text is no address: "Expected 4 octets in '1.2.3'".
    constexpr IPv4Address(std::string_view text) { // NOLINT: implicit
        if (!detail::parse_ipv4(text, number_)) detail::refuse_ip(text, 4, detail::IpForm::addresses);
    }
    constexpr IPv4Address(const char* text) : IPv4Address(std::string_view{text ? text : ""}) {} // NOLINT: implicit
    IPv4Address(const std::string& text) : IPv4Address(std::string_view{text}) {}                // NOLINT: implicit
    explicit IPv4Address(const detail::IpParts& parts) : number_(static_cast<std::uint32_t>(parts.number.low)) {}

    [[nodiscard]] constexpr std::uint32_t to_uint32() const { return number_; }
    // In network order.
    [[nodiscard]] constexpr std::array<std::uint8_t, 4> bytes() const {
        std::array<std::uint8_t, 4> out{};
        for (unsigned i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(number_ >> (24 - 8 * i));
        return out;
    }
    [[nodiscard]] std::string str() const { return detail::ip_text(parts(), detail::IpForm::addresses); }

    friend constexpr auto operator<=>(const IPv4Address& a, const IPv4Address& b) { return a.number_ <=> b.number_; }
    friend constexpr bool operator==(const IPv4Address&, const IPv4Address&) = default;

    [[nodiscard]] constexpr detail::IpNumber number() const { return {0, number_}; }
    [[nodiscard]] detail::IpParts parts() const { return {false, 32, number(), {}}; }

  private:
    std::uint32_t number_ = 0;
};

// An IPv6 address, with the zone it is valid in when the text names one: "fe80::1%eth0".
class IPv6Address : public detail::IpQuestions<IPv6Address> {
  public:
    static constexpr unsigned max_prefixlen = 128;

    IPv6Address() = default; // ::
    explicit IPv6Address(const std::array<std::uint8_t, 16>& bytes, std::string_view scope_id = {}) : scope_(scope_id) {
        for (std::size_t i = 0; i < 8; ++i) {
            number_.high = number_.high << 8U | bytes[i];
            number_.low = number_.low << 8U | bytes[i + 8];
        }
    }
    // Each throws ValueError when text is no address: "At least 3 parts expected in '1'".
    IPv6Address(std::string_view text) // NOLINT: implicit
        : IPv6Address(detail::read_ip(text, 6, detail::IpForm::addresses)) {}
    IPv6Address(const char* text) : IPv6Address(std::string_view{text ? text : ""}) {} // NOLINT: implicit
    IPv6Address(const std::string& text) : IPv6Address(std::string_view{text}) {}      // NOLINT: implicit
    explicit IPv6Address(const detail::IpParts& parts) : number_(parts.number), scope_(parts.scope) {}

    // In network order.
    [[nodiscard]] std::array<std::uint8_t, 16> bytes() const {
        std::array<std::uint8_t, 16> out{};
        for (unsigned i = 0; i < 16; ++i)
            out[i] = static_cast<std::uint8_t>((i < 8 ? number_.high : number_.low) >> (56 - 8 * (i % 8)));
        return out;
    }
    // The shortest form: "::1".
    [[nodiscard]] std::string str() const { return detail::ip_text(parts(), detail::IpForm::addresses); }
    // What stands behind the %, or nothing.
    [[nodiscard]] const std::string& scope_id() const noexcept { return scope_; }
    // The IPv4 address in ::ffff:1.2.3.4. The questions (is_private …) are answered for it.
    [[nodiscard]] std::optional<IPv4Address> ipv4_mapped() const {
        if (number_.high != 0 || number_.low >> 32U != 0xFFFF) return std::nullopt;
        return IPv4Address(static_cast<std::uint32_t>(number_.low));
    }

    friend auto operator<=>(const IPv6Address&, const IPv6Address&) = default;
    friend bool operator==(const IPv6Address&, const IPv6Address&) = default;

    [[nodiscard]] detail::IpNumber number() const { return number_; }
    [[nodiscard]] detail::IpParts parts() const { return {true, 128, number_, scope_}; }

  private:
    detail::IpNumber number_;
    std::string scope_;
};

// A network: "10.0.0.0/8", also "10.0.0.0/255.0.0.0". Without a prefix it is one address.
template <class Address>
class IPNetwork {
  public:
    static constexpr unsigned max_prefixlen = Address::max_prefixlen;

    IPNetwork() = default; // one address, of zeros
    // Each throws ValueError when text is no network or has host bits: "10.0.0.1/8 has host bits set".
    IPNetwork(std::string_view text) : IPNetwork(read(text)) {}                    // NOLINT: implicit
    IPNetwork(const char* text) : IPNetwork(std::string_view{text ? text : ""}) {} // NOLINT: implicit
    IPNetwork(const std::string& text) : IPNetwork(std::string_view{text}) {}      // NOLINT: implicit
    IPNetwork(const Address& address, unsigned prefixlen) : address_(address), prefix_(prefixlen) {
        detail::check_ip_network(parts(), prefixlen);
    }
    explicit IPNetwork(const detail::IpParts& parts) : address_(parts), prefix_(parts.prefix) {}

    [[nodiscard]] const Address& network_address() const noexcept { return address_; } // the first one
    [[nodiscard]] Address broadcast_address() const {                                  // the last one
        return of(address_.number() | hostmask().number());
    }
    [[nodiscard]] unsigned prefixlen() const noexcept { return prefix_; }
    [[nodiscard]] Address netmask() const { return of(mask(prefix_)); }
    [[nodiscard]] Address hostmask() const {
        detail::IpNumber net = mask(prefix_), all = mask(max_prefixlen);
        return of({net.high ^ all.high, net.low ^ all.low});
    }
    [[nodiscard]] bool contains(const Address& address) const {
        return (address.number() & mask(prefix_)) == address_.number();
    }
    // Whether all of another network is in this one.
    [[nodiscard]] bool supernet_of(const IPNetwork& other) const {
        return other.prefix_ >= prefix_ && contains(other.address_);
    }
    [[nodiscard]] bool overlaps(const IPNetwork& other) const {
        return contains(other.address_) || other.contains(address_);
    }
    [[nodiscard]] std::string str() const { return detail::ip_text(parts(), detail::IpForm::networks); }

    friend auto operator<=>(const IPNetwork&, const IPNetwork&) = default;
    friend bool operator==(const IPNetwork&, const IPNetwork&) = default;

    [[nodiscard]] detail::IpParts parts() const {
        detail::IpParts parts = address_.parts();
        parts.prefix = static_cast<std::uint8_t>(prefix_);
        return parts;
    }

  private:
    static detail::IpParts read(std::string_view text) {
        return detail::read_ip(text, max_prefixlen == 128 ? 6 : 4, detail::IpForm::networks);
    }
    static detail::IpNumber mask(unsigned prefix) { return detail::ip_mask(max_prefixlen == 128, prefix); }
    static Address of(detail::IpNumber number) {
        return Address(detail::IpParts{max_prefixlen == 128, static_cast<std::uint8_t>(max_prefixlen), number, {}});
    }
    Address address_;
    unsigned prefix_ = max_prefixlen;
};

class IPv4Network;
class IPv6Network;

// An address and the network it is in: "10.1.2.3/8".
template <class Address>
class IPInterface {
  public:
    static constexpr unsigned max_prefixlen = Address::max_prefixlen;
    using Network = std::conditional_t<max_prefixlen == 32, IPv4Network, IPv6Network>;

    IPInterface() = default;
    // Each throws ValueError when text is none: "'33' is not a valid netmask".
    IPInterface(std::string_view text) : IPInterface(read(text)) {}                    // NOLINT: implicit
    IPInterface(const char* text) : IPInterface(std::string_view{text ? text : ""}) {} // NOLINT: implicit
    IPInterface(const std::string& text) : IPInterface(std::string_view{text}) {}      // NOLINT: implicit
    explicit IPInterface(const detail::IpParts& parts) : address_(parts), prefix_(parts.prefix) {}

    [[nodiscard]] const Address& ip() const noexcept { return address_; }
    [[nodiscard]] unsigned prefixlen() const noexcept { return prefix_; }
    [[nodiscard]] Network network() const {
        detail::IpParts parts = this->parts();
        detail::IpNumber whole = parts.number;
        parts.number = whole & detail::ip_mask(parts.six, prefix_);
        if (parts.number != whole) parts.scope.clear();
        return Network(parts);
    }
    [[nodiscard]] Address netmask() const { return network().netmask(); }
    [[nodiscard]] std::string str() const { return detail::ip_text(parts(), detail::IpForm::interfaces); }

    friend auto operator<=>(const IPInterface&, const IPInterface&) = default;
    friend bool operator==(const IPInterface&, const IPInterface&) = default;

    [[nodiscard]] detail::IpParts parts() const {
        detail::IpParts parts = address_.parts();
        parts.prefix = static_cast<std::uint8_t>(prefix_);
        return parts;
    }

  private:
    static detail::IpParts read(std::string_view text) {
        return detail::read_ip(text, max_prefixlen == 128 ? 6 : 4, detail::IpForm::interfaces);
    }
    Address address_;
    unsigned prefix_ = max_prefixlen;
};

// One of either version. Form: which of the three Four and Six are.
template <class Four, class Six, detail::IpForm Form>
class IPvAny {
  public:
    IPvAny() = default;                                     // the default of Four
    IPvAny(const Four& four) : four_(four) {}               // NOLINT: implicit
    IPvAny(const Six& six) : six_(six), version_(6) {}      // NOLINT: implicit
    // Each throws ValueError when text is none: "value is not a valid IPv4 or IPv6 address".
    IPvAny(std::string_view text) : IPvAny(detail::read_ip(text, 0, Form)) {}   // NOLINT: implicit
    IPvAny(const char* text) : IPvAny(std::string_view{text ? text : ""}) {}    // NOLINT: implicit
    IPvAny(const std::string& text) : IPvAny(std::string_view{text}) {}         // NOLINT: implicit
    explicit IPvAny(const detail::IpParts& parts) : version_(parts.six ? 6 : 4) {
        parts.six ? void(six_ = Six(parts)) : void(four_ = Four(parts));
    }

    [[nodiscard]] int version() const noexcept { return version_; } // 4 or 6
    // Null when it is of the other version.
    [[nodiscard]] const Four* v4() const noexcept { return version_ == 4 ? &four_ : nullptr; }
    [[nodiscard]] const Six* v6() const noexcept { return version_ == 6 ? &six_ : nullptr; }
    [[nodiscard]] std::string str() const { return visit([](const auto& one) { return one.str(); }); }
    [[nodiscard]] detail::IpParts parts() const { return visit([](const auto& one) { return one.parts(); }); }
    // Calls see with the IPv4 or the IPv6 value.
    template <class See>
    decltype(auto) visit(See&& see) const {
        return version_ == 4 ? see(four_) : see(six_);
    }

    // Of an address.
    [[nodiscard]] bool is_private() const { return visit([](const auto& ip) { return ip.is_private(); }); }
    [[nodiscard]] bool is_global() const { return visit([](const auto& ip) { return ip.is_global(); }); }
    [[nodiscard]] bool is_loopback() const { return visit([](const auto& ip) { return ip.is_loopback(); }); }
    // Of a network or interface.
    [[nodiscard]] unsigned prefixlen() const { return visit([](const auto& one) { return one.prefixlen(); }); }
    // Of a network: whether an address, of the same version, is in it.
    [[nodiscard]] bool contains(const IPvAny<IPv4Address, IPv6Address, detail::IpForm::addresses>& ip) const {
        if (ip.version() != version_) return false;
        return version_ == 4 ? four_.contains(*ip.v4()) : six_.contains(*ip.v6());
    }

    friend auto operator<=>(const IPvAny& a, const IPvAny& b) {
        if (a.version_ != b.version_) return a.version_ <=> b.version_;
        return a.version_ == 4 ? a.four_ <=> b.four_ : a.six_ <=> b.six_;
    }
    friend bool operator==(const IPvAny&, const IPvAny&) = default;

  private:
    Four four_;
    Six six_;
    int version_ = 4;
};

// The field types.
class IPv4Network : public IPNetwork<IPv4Address> {
    using IPNetwork::IPNetwork;
};
class IPv6Network : public IPNetwork<IPv6Address> {
    using IPNetwork::IPNetwork;
};
class IPv4Interface : public IPInterface<IPv4Address> {
    using IPInterface::IPInterface;
};
class IPv6Interface : public IPInterface<IPv6Address> {
    using IPInterface::IPInterface;
};
class IPvAnyAddress : public IPvAny<IPv4Address, IPv6Address, detail::IpForm::addresses> {
    using IPvAny::IPvAny;
};
class IPvAnyNetwork : public IPvAny<IPv4Network, IPv6Network, detail::IpForm::networks> {
    using IPvAny::IPvAny;
};
class IPvAnyInterface : public IPvAny<IPv4Interface, IPv6Interface, detail::IpForm::interfaces> {
    using IPvAny::IPvAny;
};

namespace detail {

// The members of TypeTraits<T> for every type of this file.
bool decode_ip(const Value& value, const FieldInfo& info, int version, IpForm form, IpParts& parts, Context& context);
void write_ip_schema(JsonWriter& writer, int version, IpForm form);

// The names of the branches of a union, by version and form.
// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define FASTAPI_IP_LABEL(Name, validator)                                                                              \
    "lax-or-strict[lax=function-plain[" validator "_validator()],strict=json-or-python[json=function-after[" Name      \
    "(), str],python=is-instance[" Name "]]]"
// NOLINTEND(cppcoreguidelines-macro-usage)
inline constexpr std::string_view ip_labels[3][3] = {
    {"function-plain[_validate()]", "function-plain[_validate()]", "function-plain[_validate()]"},
    {FASTAPI_IP_LABEL("IPv4Address", "ip_v4_address"), FASTAPI_IP_LABEL("IPv4Interface", "ip_v4_interface"),
     FASTAPI_IP_LABEL("IPv4Network", "ip_v4_network")},
    {FASTAPI_IP_LABEL("IPv6Address", "ip_v6_address"), FASTAPI_IP_LABEL("IPv6Interface", "ip_v6_interface"),
     FASTAPI_IP_LABEL("IPv6Network", "ip_v6_network")}};
#undef FASTAPI_IP_LABEL

template <class T, int Version, IpForm Form>
struct IpTraits {
    static constexpr std::string_view label = ip_labels[Version / 2 - (Version > 0)][static_cast<int>(Form)];
    static bool decode(const Value& value, const FieldInfo& info, T& target, Context& context) {
        IpParts parts;
        if (!decode_ip(value, info, Version, Form, parts, context)) return false;
        target = T(parts);
        return true;
    }
    static void encode(const T& ip, std::string& out) { write_json_string(out, ip.str()); }
    static void schema(JsonWriter& writer, const FieldInfo&) { write_ip_schema(writer, Version, Form); }
};

} // namespace detail

template <>
struct TypeTraits<IPv4Address> : detail::IpTraits<IPv4Address, 4, detail::IpForm::addresses> {};
template <>
struct TypeTraits<IPv6Address> : detail::IpTraits<IPv6Address, 6, detail::IpForm::addresses> {};
template <>
struct TypeTraits<IPv4Network> : detail::IpTraits<IPv4Network, 4, detail::IpForm::networks> {};
template <>
struct TypeTraits<IPv6Network> : detail::IpTraits<IPv6Network, 6, detail::IpForm::networks> {};
template <>
struct TypeTraits<IPv4Interface> : detail::IpTraits<IPv4Interface, 4, detail::IpForm::interfaces> {};
template <>
struct TypeTraits<IPv6Interface> : detail::IpTraits<IPv6Interface, 6, detail::IpForm::interfaces> {};
template <>
struct TypeTraits<IPvAnyAddress> : detail::IpTraits<IPvAnyAddress, 0, detail::IpForm::addresses> {};
template <>
struct TypeTraits<IPvAnyNetwork> : detail::IpTraits<IPvAnyNetwork, 0, detail::IpForm::networks> {};
template <>
struct TypeTraits<IPvAnyInterface> : detail::IpTraits<IPvAnyInterface, 0, detail::IpForm::interfaces> {};

} // namespace fastapi
