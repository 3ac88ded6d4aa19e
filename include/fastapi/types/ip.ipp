#pragma once

#include <array>
#include <bit>
#include <string>
#include <string_view>
#include <utility>

#include "fastapi/types/characters.ipp"
#include "fastapi/types/ip.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- text ---------------------------------------------------------------------------------------------------------------

// The value of a hexadecimal digit, or -1.
FASTAPI_INLINE int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c + 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The IPv6 parser (URL Standard 3.5, the same language as Python's). Returns false when text is no address.
FASTAPI_INLINE bool parse_ipv6(std::string_view text, IpNumber& number) {
    std::array<std::uint16_t, 8> pieces{};
    std::size_t count = 0, compress = 9, at = 0; // compress: the piece that "::" begins at
    if (text.starts_with("::")) {
        compress = 0;
        at = 2;
    } else if (text.empty() || text[0] == ':') {
        return false;
    }
    while (at < text.size()) {
        if (count == 8) return false;
        if (text[at] == ':') {
            if (compress != 9) return false;
            compress = count;
            ++at;
            continue;
        }
        std::size_t begin = at;
        unsigned value = 0;
        for (; at < text.size() && at < begin + 4 && hex_value(text[at]) >= 0; ++at)
            value = value * 16 + static_cast<unsigned>(hex_value(text[at]));
        if (at < text.size() && text[at] == '.') {
            std::uint32_t dotted = 0;
            if (at == begin || count > 6 || !parse_ipv4(text.substr(begin), dotted)) return false;
            pieces[count++] = static_cast<std::uint16_t>(dotted >> 16U);
            pieces[count++] = static_cast<std::uint16_t>(dotted);
            break;
        }
        if (at < text.size() && (text[at] != ':' || ++at == text.size())) return false;
        pieces[count++] = static_cast<std::uint16_t>(value);
    }
    if (compress == 9 ? count != 8 : count == 8) return false;
    if (compress != 9)
        for (std::size_t n = count - compress; n > 0; --n)
            std::swap(pieces[7 - (count - compress - n)], pieces[compress + n - 1]);
    for (std::size_t i = 0; i < 4; ++i) {
        number.high = number.high << 16U | pieces[i];
        number.low = number.low << 16U | pieces[i + 4];
    }
    return true;
}

// The IPv6 serializer (URL Standard 3.6, RFC 5952): the longest run of zeros becomes "::".
FASTAPI_INLINE void append_ipv6(std::string& out, IpNumber number) {
    auto piece = [&](std::size_t i) { return ((i < 4 ? number.high : number.low) >> (48 - 16 * (i % 4))) & 0xFFFFU; };
    std::size_t best = 8, best_size = 1;
    for (std::size_t i = 0, run = 0; i < 8; ++i) {
        run = piece(i) == 0 ? run + 1 : 0;
        if (run > best_size) {
            best = i + 1 - run;
            best_size = run;
        }
    }
    for (std::size_t i = 0; i < 8;) {
        if (i == best) {
            out += i == 0 ? "::" : ":";
            i += best_size;
            continue;
        }
        bool leading = true;
        for (unsigned shift = 16; shift > 0; shift -= 4) {
            unsigned digit = (piece(i) >> (shift - 4)) & 15U;
            if (leading && digit == 0 && shift > 4) continue;
            leading = false;
            out.push_back("0123456789abcdef"[digit]);
        }
        if (++i < 8) out.push_back(':');
    }
}

FASTAPI_INLINE std::string ip_text(const IpParts& parts, IpForm form) {
    std::string out;
    if (parts.six) {
        append_ipv6(out, parts.number);
        if (!parts.scope.empty()) (out += '%') += parts.scope;
    } else {
        for (unsigned shift = 32; shift > 0; shift -= 8) {
            write_json_unsigned(out, (parts.number.low >> (shift - 8)) & 255U);
            if (shift > 8) out.push_back('.');
        }
    }
    if (form != IpForm::addresses) {
        out.push_back('/');
        write_json_unsigned(out, parts.prefix);
    }
    return out;
}

FASTAPI_INLINE IpNumber ip_mask(bool six, unsigned prefix) {
    auto ones = [](unsigned n) { return n == 0 ? 0 : n >= 64 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} >> n); };
    if (!six) return {0, ones(prefix) >> 32U};
    return {ones(prefix), ones(prefix > 64 ? prefix - 64 : 0)};
}

FASTAPI_INLINE bool has_host_bits(const IpParts& parts) {
    return (parts.number & ip_mask(parts.six, parts.prefix)) != parts.number;
}

// --- reading ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool parse_ip_address(std::string_view text, bool six, IpParts& parts) {
    parts.six = six;
    parts.prefix = six ? 128 : 32;
    if (!six) {
        std::uint32_t number = 0;
        if (!parse_ipv4(text, number)) return false;
        parts.number = {0, number};
        return true;
    }
    if (std::size_t percent = text.find('%'); percent != std::string_view::npos) {
        std::string_view scope = text.substr(percent + 1);
        if (scope.empty() || scope.find_first_of("%/") != std::string_view::npos) return false;
        parts.scope = scope;
        text = text.substr(0, percent);
    }
    return parse_ipv6(text, parts.number);
}

// What stands behind the slash: a number of bits, and of IPv4 also a mask of the network or of the hosts.
FASTAPI_INLINE bool parse_ip_prefix(std::string_view text, IpParts& parts) {
    if (text.empty()) return false;
    if (text.find_first_not_of("0123456789") == std::string_view::npos) {
        if (text.size() > 4300) return false; // Python's limit of int()
        unsigned prefix = 0;
        for (char c : text)
            if (prefix <= 128) prefix = prefix * 10 + static_cast<unsigned>(c - '0');
        if (prefix > parts.prefix) return false;
        parts.prefix = static_cast<std::uint8_t>(prefix);
        return true;
    }
    std::uint32_t mask = 0;
    if (parts.six || !parse_ipv4(text, mask)) return false;
    for (std::uint32_t ones : {mask, ~mask}) {
        auto bits = static_cast<unsigned>(std::countl_one(ones));
        if (ip_mask(false, bits).low != ones) continue;
        parts.prefix = static_cast<std::uint8_t>(bits);
        return true;
    }
    return false;
}

FASTAPI_INLINE bool parse_ip(std::string_view text, bool six, IpForm form, IpParts& parts) {
    parts = {};
    if (form == IpForm::addresses) return parse_ip_address(text, six, parts);
    std::size_t slash = text.find('/');
    if (!parse_ip_address(text.substr(0, slash), six, parts)) return false;
    if (slash != std::string_view::npos && !parse_ip_prefix(text.substr(slash + 1), parts)) return false;
    return form == IpForm::interfaces || !has_host_bits(parts);
}

FASTAPI_INLINE IpParts read_ip(std::string_view text, int version, IpForm form) {
    IpParts parts;
    bool good = (version != 6 && parse_ip(text, false, form, parts)) || (version != 4 && parse_ip(text, true, form, parts));
    if (!good) refuse_ip(text, version, form);
    return parts;
}

FASTAPI_COLD void check_ip_network(const IpParts& parts, unsigned prefix) {
    if (prefix > (parts.six ? 128U : 32U)) {
        std::string text;
        write_json_unsigned(text, prefix);
        throw ValueError(text + " is not a valid netmask");
    }
    if (has_host_bits(parts)) throw ValueError(ip_text(parts, IpForm::networks) + " has host bits set");
}

// --- why a text was refused, in the words of Python's ipaddress -----------------------------------------------------------

FASTAPI_COLD std::string ipv4_reason(std::string_view text) {
    if (text.empty()) return "Address cannot be empty";
    std::size_t parts = 1;
    for (char c : text) parts += c == '.';
    if (parts != 4) return "Expected 4 octets in " + python_repr(text);
    for (std::string_view rest = text;;) {
        std::string_view part = rest.substr(0, rest.find('.'));
        std::string what;
        if (part.empty()) {
            what = "Empty octet not permitted";
        } else if (part.find_first_not_of("0123456789") != std::string_view::npos) {
            what = "Only decimal digits permitted in " + python_repr(part);
        } else if (part.size() > 3) {
            what = "At most 3 characters permitted in " + python_repr(part);
        } else if (part.size() > 1 && part[0] == '0') {
            what = "Leading zeros are not permitted in " + python_repr(part);
        } else if (part.size() == 3 && part > "255") {
            what = concat({"Octet ", part, " (> 255) not permitted"});
        }
        if (!what.empty()) return what + " in " + python_repr(text);
        rest.remove_prefix(part.size() + 1);
    }
}

FASTAPI_COLD std::string ipv6_reason(std::string_view text) {
    if (text.empty()) return "Address cannot be empty";
    std::string in = " in " + python_repr(text);
    std::array<std::string_view, 10> parts{};
    std::size_t count = 0;
    for (std::string_view rest = text;; rest.remove_prefix(parts[9].size() + 1)) {
        parts[9] = rest.substr(0, rest.find(':'));
        if (count < 9) parts[count] = parts[9];
        ++count;
        if (parts[9].size() == rest.size()) break;
    }
    if (count < 3) return "At least 3 parts expected" + in;
    if (std::string_view last = parts[9]; last.find('.') != std::string_view::npos) { // stands for two
        std::uint32_t number = 0;
        if (!parse_ipv4(last, number)) return ipv4_reason(last) + in;
        if (count < 9) parts[count - 1] = parts[count] = "0";
        ++count;
    }
    if (count > 9) return "At most 8 colons permitted" + in;
    std::size_t skip = 0; // the empty part that stands for zeros
    for (std::size_t i = 1; i + 1 < count; ++i) {
        if (!parts[i].empty()) continue;
        if (skip > 0) return "At most one '::' permitted" + in;
        skip = i;
    }
    bool first = parts[0].empty(), last = parts[count - 1].empty();
    if (skip == 0 && count != 8) return "Exactly 8 parts expected without '::'" + in;
    if (first && skip != 1) return "Leading ':' only permitted as part of '::'" + in;
    if (last && (skip == 0 || skip + 2 != count)) return "Trailing ':' only permitted as part of '::'" + in;
    if (skip > 0 && count - 1 - (first ? 1U : 0U) - (last ? 1U : 0U) > 7)
        return "Expected at most 7 other parts with '::'" + in;
    for (std::string_view part : parts) {
        if (part.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
            return "Only hex digits permitted in " + python_repr(part) + in;
        if (part.size() > 4) return "At most 4 characters permitted in " + python_repr(part) + in;
        if (--count == 0) break;
    }
    return "Not an IPv6 address" + in;
}

FASTAPI_COLD std::string ip_address_reason(std::string_view text, bool six) {
    if (text.find('/') != std::string_view::npos) return "Unexpected '/' in " + python_repr(text);
    if (!six) return ipv4_reason(text);
    std::size_t percent = text.find('%');
    if (percent != std::string_view::npos && (percent + 1 == text.size() || text.find('%', percent + 1) < text.size()))
        return "Invalid IPv6 address: \"" + python_repr(text) + "\"";
    return ipv6_reason(text.substr(0, percent));
}

FASTAPI_COLD void refuse_ip(std::string_view text, int version, IpForm form) {
    constexpr std::string_view nouns[] = {"address", "interface", "network"};
    if (version == 0) throw ValueError(concat({"value is not a valid IPv4 or IPv6 ", nouns[static_cast<int>(form)]}));
    bool six = version == 6;
    if (form == IpForm::addresses) throw ValueError(ip_address_reason(text, six));
    std::size_t slash = text.find('/');
    if (slash != text.rfind('/')) throw ValueError("Only one '/' permitted in " + python_repr(text));
    IpParts parts;
    std::string_view address = text.substr(0, slash);
    if (!parse_ip_address(address, six, parts)) throw ValueError(ip_address_reason(address, six));
    if (slash != std::string_view::npos && !parse_ip_prefix(text.substr(slash + 1), parts))
        throw ValueError(python_repr(text.substr(slash + 1)) + " is not a valid netmask");
    throw ValueError(ip_text(parts, form) + " has host bits set");
}

// --- what an address is for -----------------------------------------------------------------------------------------------

struct IpBlock {
    IpNumber number;
    unsigned prefix;
    IpUse use;
};
// Sources: https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry. global: what is
// excepted from the private blocks.
inline constexpr IpBlock ipv4_blocks[] = {
    {{0, 0xA9FE0000}, 16, IpUse::link_local},  {{0, 0x7F000000}, 8, IpUse::loopback},
    {{0, 0xE0000000}, 4, IpUse::multicast},    {{0, 0xF0000000}, 4, IpUse::reserved},
    {{0, 0}, 32, IpUse::unspecified},          {{0, 0}, 8, IpUse::private_use},
    {{0, 0x0A000000}, 8, IpUse::private_use},  {{0, 0x7F000000}, 8, IpUse::private_use},
    {{0, 0xA9FE0000}, 16, IpUse::private_use}, {{0, 0xAC100000}, 12, IpUse::private_use},
    {{0, 0xC0000000}, 24, IpUse::private_use}, {{0, 0xC0000200}, 24, IpUse::private_use},
    {{0, 0xC0A80000}, 16, IpUse::private_use}, {{0, 0xC6120000}, 15, IpUse::private_use},
    {{0, 0xC6336400}, 24, IpUse::private_use}, {{0, 0xCB007100}, 24, IpUse::private_use},
    {{0, 0xF0000000}, 4, IpUse::private_use},  {{0, 0xC0000009}, 32, IpUse::global},
    {{0, 0xC000000A}, 32, IpUse::global},
};
inline constexpr IpBlock ipv6_blocks[] = {
    {{0xFE80ULL << 48U, 0}, 10, IpUse::link_local},
    {{0, 1}, 128, IpUse::loopback},
    {{0xFFULL << 56U, 0}, 8, IpUse::multicast},
    {{0, 0}, 128, IpUse::unspecified},
    {{0, 0}, 8, IpUse::reserved},
    {{0x01ULL << 56U, 0}, 8, IpUse::reserved},
    {{0x02ULL << 56U, 0}, 7, IpUse::reserved},
    {{0x04ULL << 56U, 0}, 6, IpUse::reserved},
    {{0x08ULL << 56U, 0}, 5, IpUse::reserved},
    {{0x10ULL << 56U, 0}, 4, IpUse::reserved},
    {{0x40ULL << 56U, 0}, 2, IpUse::reserved},
    {{0x80ULL << 56U, 0}, 2, IpUse::reserved},
    {{0xC0ULL << 56U, 0}, 3, IpUse::reserved},
    {{0xE0ULL << 56U, 0}, 4, IpUse::reserved},
    {{0xF0ULL << 56U, 0}, 5, IpUse::reserved},
    {{0xF8ULL << 56U, 0}, 6, IpUse::reserved},
    {{0xFEULL << 56U, 0}, 9, IpUse::reserved},
    {{0, 0}, 127, IpUse::private_use},
    {{0x0064FF9B0001ULL << 16U, 0}, 48, IpUse::private_use},
    {{0x0100ULL << 48U, 0}, 64, IpUse::private_use},
    {{0x20010000ULL << 32U, 0}, 23, IpUse::private_use},
    {{0x20010DB8ULL << 32U, 0}, 32, IpUse::private_use},
    {{0x2002ULL << 48U, 0}, 16, IpUse::private_use},
    {{0xFC00ULL << 48U, 0}, 7, IpUse::private_use},
    {{0xFE80ULL << 48U, 0}, 10, IpUse::private_use},
    {{0x20010001ULL << 32U, 1}, 128, IpUse::global},
    {{0x20010001ULL << 32U, 2}, 128, IpUse::global},
    {{0x20010003ULL << 32U, 0}, 32, IpUse::global},
    {{0x200100040112ULL << 16U, 0}, 48, IpUse::global},
    {{0x20010020ULL << 32U, 0}, 28, IpUse::global},
    {{0x20010030ULL << 32U, 0}, 28, IpUse::global},
};

FASTAPI_COLD bool ip_is(bool six, IpNumber number, IpUse use) {
    if (six && number.high == 0 && number.low >> 32U == 0xFFFF) { // ::ffff:1.2.3.4
        six = false;
        number.low &= 0xFFFFFFFFU;
    }
    auto in = [&](IpUse wanted) {
        const IpBlock* blocks = six ? ipv6_blocks : ipv4_blocks;
        for (std::size_t i = 0; i < (six ? std::size(ipv6_blocks) : std::size(ipv4_blocks)); ++i)
            if (blocks[i].use == wanted && (number & ip_mask(six, blocks[i].prefix)) == blocks[i].number) return true;
        return false;
    };
    if (use == IpUse::private_use) return in(use) && !in(IpUse::global);
    if (use != IpUse::global) return in(use);
    bool shared = !six && (number.low & 0xFFC00000U) == 0x64400000U; // 100.64.0.0/10
    return !shared && (!in(IpUse::private_use) || in(use));
}

// --- field types --------------------------------------------------------------------------------------------------------

// The digits of a JSON integer. Returns false when it is negative or has more than 128 bits.
FASTAPI_INLINE bool parse_ip_number(std::string_view text, IpNumber& number) {
    bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    std::array<std::uint64_t, 4> limbs{}; // 32 bits each, the lowest first
    for (char c : text) {
        auto carry = static_cast<std::uint64_t>(c - '0');
        for (std::uint64_t& limb : limbs) {
            carry += limb * 10;
            limb = carry & 0xFFFFFFFFU;
            carry >>= 32U;
        }
        if (carry > 0) return false;
    }
    number = {limbs[3] << 32U | limbs[2], limbs[1] << 32U | limbs[0]};
    return !negative || number == IpNumber{};
}

FASTAPI_COLD bool fail_ip(const Value& value, int version, IpForm form, bool strict, Context& context) {
    constexpr std::string_view nouns[] = {"address", "interface", "network"};
    constexpr std::string_view names[] = {"Address", "Interface", "Network"};
    auto at = static_cast<std::size_t>(form);
    std::string_view digit = version == 6 ? "6" : "4";
    if (strict) {
        std::string name = concat({"IPv", digit, names[at]});
        return context.fail("is_instance_of", "Input should be an instance of " + name, value,
                            concat({R"({"class":")", name, "\"}"}));
    }
    if (version == 0)
        return context.fail(concat({"ip_any_", nouns[at]}), concat({"value is not a valid IPv4 or IPv6 ", nouns[at]}),
                            value);
    return context.fail(concat({"ip_v", digit, "_", nouns[at]}),
                        concat({"Input is not a valid IPv", digit, " ", nouns[at]}), value);
}

FASTAPI_INLINE bool decode_ip(const Value& value, const FieldInfo& info, int version, IpForm form, IpParts& parts,
                              Context& context) {
    bool strict = version != 0 && (info.strict || context.strict); // what either version takes knows no strictness
    bool good = false;
    if (!strict && value.is(Value::Kind::string)) {
        bool lone = false;
        std::string scratch;
        std::string_view text = value.string(scratch, &lone);
        good = !lone && ((version != 6 && parse_ip(text, false, form, parts)) ||
                         (version != 4 && parse_ip(text, true, form, parts)));
    } else if (!strict && (value.is(Value::Kind::integer) || value.is(Value::Kind::boolean))) {
        IpNumber number;
        if (value.is(Value::Kind::boolean)) {
            number.low = value.boolean() ? 1 : 0;
            good = true;
        } else {
            good = parse_ip_number(value.number_text(), number);
        }
        parts = {};
        parts.number = number;
        parts.six = version == 6 || (version == 0 && (number & ip_mask(false, 32)) != number);
        good = good && (parts.six || (number & ip_mask(false, 32)) == number);
        parts.prefix = parts.six ? 128 : 32;
    }
    if (!good) return fail_ip(value, version, form, strict, context);
    if (version != 0) context.lower(Exactness::lax);
    return true;
}

FASTAPI_COLD void write_ip_schema(JsonWriter& writer, int version, IpForm form) {
    constexpr std::string_view forms[] = {"", "interface", "network"};
    std::string_view name = version == 0 ? "ipvany" : version == 6 ? "ipv6" : "ipv4";
    std::string_view tail = version == 0 && form == IpForm::addresses ? "address" : forms[static_cast<std::size_t>(form)];
    writer.key("type").string("string").key("format").string(concat({name, tail}));
}

} // namespace fastapi::detail
