#pragma once

// What URLs are made of: character sets and hosts. Included by types/url.ipp.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "fastapi/json/document.hpp"
#include "fastapi/types/idna.ipp"
#include "fastapi/types/ip.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- characters -----------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool is_url_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
FASTAPI_INLINE bool is_url_digit(char c) { return c >= '0' && c <= '9'; }
FASTAPI_INLINE char url_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
FASTAPI_INLINE bool is_special_scheme(std::string_view scheme) {
    for (std::string_view special : {"http", "https", "ws", "wss", "ftp", "file"})
        if (scheme == special) return true;
    return false;
}
FASTAPI_INLINE std::optional<std::uint16_t> known_port(std::string_view scheme) {
    if (scheme == "http" || scheme == "ws") return std::uint16_t{80};
    if (scheme == "https" || scheme == "wss") return std::uint16_t{443};
    if (scheme == "ftp") return std::uint16_t{21};
    return std::nullopt;
}

// The percent-encode sets (URL Standard 1.3), one bit each. As in the crate, ^ is in the userinfo set only.
enum UrlSet : unsigned char {
    control_set = 1,
    fragment_set = 2,
    query_set = 4,
    special_query_set = 8,
    path_set = 16,
    userinfo_set = 32
};
constexpr std::array<unsigned char, 128> make_url_sets() {
    std::array<unsigned char, 128> sets{};
    auto add = [&](std::string_view characters, unsigned bits) {
        for (char c : characters) sets[static_cast<std::size_t>(c)] |= static_cast<unsigned char>(bits);
    };
    constexpr unsigned all = 63;
    for (std::size_t i = 0; i < 32; ++i) sets[i] = all;
    sets[127] = all;
    add(" \"<>", all & ~1U);
    add("`", fragment_set | path_set | userinfo_set);
    add("#", all & ~3U);
    add("'", special_query_set);
    add("?{}", path_set | userinfo_set);
    add("/:;=@[\\]^|", userinfo_set);
    return sets;
}
inline constexpr std::array<unsigned char, 128> url_sets = make_url_sets();

FASTAPI_INLINE void append_url_encoded(std::string& out, std::string_view text, UrlSet set) {
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (byte < 128 && !(url_sets[byte] & set)) {
            out.push_back(c);
        } else {
            constexpr char digits[] = "0123456789ABCDEF";
            out.push_back('%');
            out.push_back(digits[byte >> 4U]);
            out.push_back(digits[byte & 15U]);
        }
    }
}

// Whether a code point may stand in a URL as it is (URL Standard 4.3).
FASTAPI_INLINE bool is_url_code_point(char32_t c) {
    if (c < 0x80)
        return is_url_alpha(static_cast<char>(c)) || is_url_digit(static_cast<char>(c)) ||
               std::string_view{"!$&'()*+,-./:;=?@_~"}.find(static_cast<char>(c)) != std::string_view::npos;
    return c >= 0xA0 && !(c >= 0xFDD0 && c <= 0xFDEF) && (c & 0xFFFEU) != 0xFFFEU;
}

// --- hosts: international names ---------------------------------------------------------------------------------------

// The forbidden domain code points (URL Standard 3.2).
FASTAPI_INLINE bool is_forbidden_in_domain(char32_t c) {
    return c <= ' ' || c == 0x7F ||
           (c < 0x80 && std::string_view{"%#/:<>?@[\\]^|"}.find(static_cast<char>(c)) != std::string_view::npos);
}

// The crate knows Unicode 15.1; our tables of kinds are older, that of the mapping is younger.
struct HostRange {
    char32_t first, last;
};
inline constexpr HostRange host_newer[] = {
    {0xCF3, 0xCF3},     {0xECE, 0xECE},     {0x10EFD, 0x10EFF}, {0x1123F, 0x11241}, {0x11B00, 0x11B09},
    {0x11F00, 0x11F10}, {0x11F12, 0x11F3A}, {0x11F3E, 0x11F59}, {0x1342F, 0x1342F}, {0x13439, 0x13455},
    {0x1B132, 0x1B132}, {0x1B155, 0x1B155}, {0x1D2C0, 0x1D2D3}, {0x1DF25, 0x1DF2A}, {0x1E030, 0x1E06D},
    {0x1E08F, 0x1E08F}, {0x1E4D0, 0x1E4F9}, {0x1F6DC, 0x1F6DC}, {0x1F774, 0x1F776}, {0x1F77B, 0x1F77F},
    {0x1F7D9, 0x1F7D9}, {0x1FA75, 0x1FA77}, {0x1FA87, 0x1FA88}, {0x1FAAD, 0x1FAAF}, {0x1FABB, 0x1FABD},
    {0x1FABF, 0x1FABF}, {0x1FACE, 0x1FACF}, {0x1FADA, 0x1FADB}, {0x1FAE8, 0x1FAE8}, {0x1FAF7, 0x1FAF8},
    {0x2B739, 0x2B739}, {0x2EBF0, 0x2EE5D}, {0x31350, 0x323AF}};
inline constexpr HostRange host_refused[] = {
    {0x4C0, 0x4C0},   {0x10A0, 0x10C5}, {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x1806, 0x1806}, {0x180E, 0x180E},
    {0x2061, 0x2063}, {0x206A, 0x206F}, {0x2132, 0x2132}, {0x2183, 0x2183}, {0x3164, 0x3164}, {0xFFA0, 0xFFA0},
    {0x1D173, 0x1D17A}};

// As map_host_character, for a URL.
FASTAPI_INLINE bool map_url_character(char32_t c, std::u32string& out) {
    bool known = c < 0x80 || character_kind(c) != CharacterKind::other;
    for (const HostRange& range : host_newer) known = known || (c >= range.first && c <= range.last);
    for (const HostRange& range : host_refused) known = known && (c < range.first || c > range.last);
    return known && map_host_character(c, out);
}

// The validity criteria of a label (UTS 46 4.1) but the Bidi Rule. Characters of a label that was Punycode were not
// mapped: they must be such as stand for themselves.
FASTAPI_INLINE bool is_host_label(const std::u32string& label, bool was_punycode) {
    if (label.empty()) return true;
    if (character_kind(label[0]) == CharacterKind::mark) return false;
    std::u32string mapped;
    for (std::size_t i = 0; i < label.size(); ++i) {
        if ((label[i] == 0x200C || label[i] == 0x200D) && !joiner_fits(label, i)) return false;
        if (was_punycode && !map_url_character(label[i], mapped)) return false;
    }
    return !was_punycode || (mapped == label && is_normal(label));
}

// The labels of a name that is mapped, in ASCII. When bidi is set, every label must follow the Bidi Rule; when one has
// right-to-left characters, right_to_left is set.
FASTAPI_INLINE bool append_host_labels(std::string_view name, bool bidi, bool& right_to_left, std::string& out) {
    std::u32string characters;
    for (std::string_view label; next_label(name, label);) {
        bool ascii = all_ascii(label), punycode = label.starts_with("xn--");
        characters = to_code_points(label);
        if (punycode) characters.clear();
        if (punycode && !(ascii && Punycode::decode(label.substr(4), characters))) return false;
        if (!is_host_label(characters, punycode)) return false;
        for (char32_t c : characters) right_to_left = right_to_left || (c >= 0x80 && is_right_to_left(c));
        if (bidi && !characters.empty() && !check_bidi(characters, true).empty()) return false;
        out += ascii ? label : "xn--";
        if (!ascii && !Punycode::encode(characters, out)) return false;
        if (name.data()) out.push_back('.');
    }
    return true;
}

// Domain to ASCII (URL Standard 3.3). domain is percent-decoded. Returns false when it is no domain.
FASTAPI_INLINE bool domain_to_ascii(std::string_view domain, std::string& out) {
    bool plain = true;
    for (std::size_t i = 0; i < domain.size() && plain; ++i) {
        auto is = [&](std::size_t at, char c) { return at < domain.size() && url_lower(domain[at]) == c; };
        bool punycode = (i == 0 || domain[i - 1] == '.') && is(i, 'x') && is(i + 1, 'n') && is(i + 2, '-') && is(i + 3, '-');
        plain = static_cast<unsigned char>(domain[i]) < 0x80 && !punycode;
    }
    if (plain) {
        for (char c : domain) {
            if (is_forbidden_in_domain(static_cast<unsigned char>(c))) return false;
            out.push_back(url_lower(c));
        }
        return true;
    }
    // A limit of ours: DNS has names of 253 bytes at most, and punycode of long labels is slow.
    constexpr std::size_t max_international = 8192;
    if (domain.size() > max_international || !is_valid_utf8(domain)) return false;
    std::u32string mapped;
    for (std::size_t at = 0; at < domain.size();)
        if (!map_url_character(next_code_point(domain, at), mapped)) return false;
    normalise(mapped);
    for (char32_t c : mapped)
        if (is_forbidden_in_domain(c)) return false;
    bool right_to_left = false;
    std::string name = to_utf8(mapped);
    if (!append_host_labels(name, false, right_to_left, out)) return false;
    if (!right_to_left) return true;
    out.clear();
    return append_host_labels(name, true, right_to_left, out);
}

// --- hosts: addresses -------------------------------------------------------------------------------------------------

// A reason is a text of the crate's; null is success.
using UrlReason = const char*;
inline constexpr UrlReason empty_host = "empty host";
inline constexpr UrlReason bad_ipv4 = "invalid IPv4 address";
inline constexpr UrlReason bad_ipv6 = "invalid IPv6 address";

// The IPv4 number parser (URL Standard 3.5): decimal, 0x… or 0…. Values over 32 bits are 2^32.
FASTAPI_INLINE std::optional<std::uint64_t> parse_ipv4_number(std::string_view text) {
    if (text.empty()) return std::nullopt;
    unsigned radix = 10;
    if (text.size() >= 2 && text[0] == '0') {
        radix = url_lower(text[1]) == 'x' ? 16 : 8;
        text.remove_prefix(radix == 16 ? 2 : 1);
    }
    std::uint64_t number = 0;
    for (char c : text) {
        int digit = hex_value(c);
        if (digit < 0 || digit >= static_cast<int>(radix)) return std::nullopt;
        number = number * radix + static_cast<unsigned>(digit);
        if (number >> 32U) number = std::uint64_t{1} << 32U;
    }
    return number;
}

// Writes host, a domain in ASCII, as an IPv4 address when its last label is a number (URL Standard 3.5).
FASTAPI_INLINE UrlReason normalise_ipv4(std::string& host) {
    std::string_view text = host;
    if (text.back() == '.') text.remove_suffix(1);
    std::size_t dot = text.rfind('.');
    std::string_view last = dot == std::string_view::npos ? text : text.substr(dot + 1);
    bool digits = !last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits && !parse_ipv4_number(last)) return nullptr;
    std::uint64_t address = 0;
    for (unsigned part = 0;; ++part) {
        std::size_t end = text.find('.');
        auto number = parse_ipv4_number(text.substr(0, end));
        if (!number || part > 3) return bad_ipv4;
        if (end == std::string_view::npos) {
            unsigned bits = 8 * (4 - part);
            if (*number >> bits) return bad_ipv4;
            address = (address << bits) | *number;
            break;
        }
        if (*number > 255) return bad_ipv4;
        address = (address << 8U) | *number;
        text.remove_prefix(end + 1);
    }
    host.clear();
    for (unsigned shift = 32; shift > 0; shift -= 8)
        host += detail::integer_text(static_cast<std::int64_t>((address >> (shift - 8)) & 255U)) + (shift > 8 ? "." : "");
    return nullptr;
}

// The host parser (URL Standard 3.5) without its brackets, ports and empty hosts.
FASTAPI_INLINE UrlReason parse_url_host(std::string_view text, bool special, std::string& out) {
    if (text.starts_with('[')) {
        IpNumber address;
        if (text.size() < 2 || text.back() != ']' || !parse_ipv6(text.substr(1, text.size() - 2), address))
            return bad_ipv6;
        out = "[";
        append_ipv6(out, address);
        out.push_back(']');
        return nullptr;
    }
    if (!special) {
        constexpr std::string_view forbidden{"\0\t\n\r #/:<>?@[\\]^|", 17};
        if (text.find_first_of(forbidden) != std::string_view::npos) return "invalid domain character";
        append_url_encoded(out, text, control_set);
        return nullptr;
    }
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
        decoded.push_back(escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i]);
        if (escape) i += 2;
    }
    if (!domain_to_ascii(decoded, out)) return "invalid international domain name";
    return out.empty() ? empty_host : normalise_ipv4(out);
}

} // namespace fastapi::detail
