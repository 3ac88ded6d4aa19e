#pragma once

// What URLs are made of: character sets, international names, IPv4 and IPv6 addresses. Included by types/url.ipp.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fastapi/json/document.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- characters -----------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool is_url_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
FASTAPI_INLINE bool is_url_digit(char c) { return c >= '0' && c <= '9'; }
FASTAPI_INLINE char url_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
FASTAPI_INLINE int url_hex(char c) {
    if (is_url_digit(c)) return c - '0';
    c = url_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
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

// The code point at text[at] of valid UTF-8; at moves behind it.
FASTAPI_INLINE char32_t next_url_code_point(std::string_view text, std::size_t& at) {
    auto byte = [&] { return at < text.size() ? static_cast<unsigned char>(text[at++]) : 0U; };
    char32_t c = byte();
    if (c < 0xC0) return c;
    int more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    c &= 0x3FU >> static_cast<unsigned>(more);
    for (; more > 0; --more) c = (c << 6U) | (byte() & 0x3FU);
    return c;
}

// Whether a code point may stand in a URL as it is (URL Standard 4.3).
FASTAPI_INLINE bool is_url_code_point(char32_t c) {
    if (c < 0x80)
        return is_url_alpha(static_cast<char>(c)) || is_url_digit(static_cast<char>(c)) ||
               std::string_view{"!$&'()*+,-./:;=?@_~"}.find(static_cast<char>(c)) != std::string_view::npos;
    return c >= 0xA0 && !(c >= 0xFDD0 && c <= 0xFDEF) && (c & 0xFFFEU) != 0xFFFEU;
}

// --- hosts: international names ---------------------------------------------------------------------------------------
// Names beyond ASCII go through a part of UTS 46 (https://www.unicode.org/reports/tr46, Unicode 15.1), which as a whole
// takes tables larger than this library: letters of the Latin, Greek, Cyrillic, Armenian and Georgian scripts go to
// lower case, full-width ASCII and ideographic full stops to their plain form, invisible characters are dropped. What
// UTS 46 replaces by something that is not in these tables (ligatures, circled letters, accents written as a character
// of their own, rarer capitals) is refused, so that a name does not become another one in silence. Not checked: the
// order of several marks on one letter, marks at the start of a label, right-to-left rules, unassigned characters.

struct HostFold {
    char32_t first, last;
    std::uint32_t step; // every first + n * step
    std::int32_t delta; // to the character that stands for it
};
inline constexpr HostFold host_folds[] = {
    {0xC0, 0xD6, 1, 32},          {0xD8, 0xDE, 1, 32},          {0x100, 0x12E, 2, 1},
    {0x134, 0x136, 2, 1},         {0x139, 0x13D, 2, 1},         {0x141, 0x147, 2, 1},
    {0x14A, 0x176, 2, 1},         {0x178, 0x178, 1, -121},      {0x179, 0x17D, 2, 1},
    {0x1A0, 0x1A4, 2, 1},         {0x1AF, 0x1AF, 1, 1},         {0x1CD, 0x1DB, 2, 1},
    {0x1DE, 0x1EE, 2, 1},         {0x1F8, 0x21E, 2, 1},         {0x222, 0x232, 2, 1},
    {0x246, 0x24E, 2, 1},         {0x370, 0x372, 2, 1},         {0x386, 0x386, 1, 38},
    {0x388, 0x38A, 1, 37},        {0x38C, 0x38C, 1, 64},        {0x38E, 0x38F, 1, 63},
    {0x391, 0x3A1, 1, 32},        {0x3A3, 0x3AB, 1, 32},        {0x3D8, 0x3EE, 2, 1},
    {0x400, 0x40F, 1, 80},        {0x410, 0x42F, 1, 32},        {0x460, 0x480, 2, 1},
    {0x48A, 0x4BE, 2, 1},         {0x4C1, 0x4CD, 2, 1},         {0x4D0, 0x52E, 2, 1},
    {0x531, 0x556, 1, 48},        {0x1C90, 0x1CBA, 1, -3008},   {0x1CBD, 0x1CBF, 1, -3008},
    {0x1E00, 0x1E94, 2, 1},       {0x1EA0, 0x1EFE, 2, 1},       {0x3002, 0x3002, 1, -0x2FD4},
    {0xFF01, 0xFF20, 1, -0xFEE0}, {0xFF21, 0xFF3A, 1, -0xFEC0}, {0xFF3B, 0xFF5E, 1, -0xFEE0},
    {0xFF61, 0xFF61, 1, -0xFF33},
};
struct HostRange {
    char32_t first, last;
};
inline constexpr HostRange host_dropped[] = {{0xAD, 0xAD},     {0x34F, 0x34F},    {0x180B, 0x180D}, {0x180F, 0x180F},
                                             {0x200B, 0x200B}, {0x2060, 0x2060},  {0x2064, 0x2064}, {0xFE00, 0xFE0F},
                                             {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF}};
// Looked up after the two tables above. Joiners (200C, 200D) have a rule of their own.
inline constexpr HostRange host_refused[] = {
    {0x80, 0xA0},        {0xA8, 0xA8},       {0xAA, 0xAA},       {0xAF, 0xAF},       {0xB2, 0xB5},
    {0xB8, 0xBA},        {0xBC, 0xBE},       {0x130, 0x130},     {0x132, 0x133},     {0x13F, 0x140},
    {0x149, 0x149},      {0x17F, 0x17F},     {0x181, 0x182},     {0x184, 0x184},     {0x186, 0x19F},
    {0x1A6, 0x1AE},      {0x1B1, 0x1BC},     {0x1C4, 0x1CC},     {0x1F1, 0x1F4},     {0x1F6, 0x1F7},
    {0x220, 0x220},      {0x23A, 0x245},     {0x2B0, 0x2B8},     {0x2D8, 0x2E4},     {0x300, 0x36F},
    {0x374, 0x376},      {0x37A, 0x37A},     {0x37E, 0x385},     {0x387, 0x387},     {0x3CF, 0x3D6},
    {0x3F0, 0x3F2},      {0x3F4, 0x3F7},     {0x3F9, 0x3FA},     {0x3FD, 0x3FF},     {0x4C0, 0x4C0},
    {0x587, 0x587},      {0x600, 0x605},     {0x61C, 0x61C},     {0x675, 0x678},     {0x6DD, 0x6DD},
    {0x70F, 0x70F},      {0x890, 0x891},     {0x8E2, 0x8E2},     {0x958, 0x95F},     {0x9DC, 0x9DF},
    {0xA33, 0xA36},      {0xA59, 0xA5E},     {0xB5C, 0xB5D},     {0xE33, 0xE33},     {0xEB3, 0xEB3},
    {0xEDC, 0xEDD},      {0xF0C, 0xF0C},     {0xF43, 0xF43},     {0xF4D, 0xF4D},     {0xF52, 0xF52},
    {0xF57, 0xF57},      {0xF5C, 0xF5C},     {0xF69, 0xF69},     {0xF73, 0xF81},     {0xF93, 0xFAC},
    {0xFB9, 0xFB9},      {0x10A0, 0x10CD},   {0x10FC, 0x10FC},   {0x1100, 0x11FF},   {0x13F8, 0x13FD},
    {0x1680, 0x1680},    {0x17B4, 0x17B5},   {0x1806, 0x180E},   {0x1C80, 0x1C88},   {0x1D2C, 0x1D6A},
    {0x1D78, 0x1D78},    {0x1D9B, 0x1DBF},   {0x1E9A, 0x1E9E},   {0x1F08, 0x1F0F},   {0x1F18, 0x1F1D},
    {0x1F28, 0x1F2F},    {0x1F38, 0x1F3F},   {0x1F48, 0x1F4D},   {0x1F59, 0x1F5F},   {0x1F68, 0x1FCF},
    {0x1FD3, 0x1FDF},    {0x1FE3, 0x1FE3},   {0x1FE8, 0x2017},   {0x2024, 0x2049},   {0x2057, 0x20A8},
    {0x2100, 0x2183},    {0x2189, 0x2189},   {0x222C, 0x2230},   {0x2329, 0x232A},   {0x2460, 0x24EA},
    {0x2A0C, 0x2A0C},    {0x2A74, 0x2A76},   {0x2ADC, 0x2ADC},   {0x2C00, 0x2C2F},   {0x2C60, 0x2C75},
    {0x2C7C, 0x2CE2},    {0x2CEB, 0x2CF2},   {0x2D6F, 0x2D6F},   {0x2E9F, 0x2E9F},   {0x2EF3, 0x3000},
    {0x3036, 0x303A},    {0x3099, 0x309F},   {0x30FF, 0x30FF},   {0x3131, 0x319F},   {0x3200, 0x3247},
    {0x3250, 0x33FF},    {0xA640, 0xA66C},   {0xA680, 0xA69D},   {0xA722, 0xA72E},   {0xA732, 0xA770},
    {0xA779, 0xA792},    {0xA796, 0xA7D0},   {0xA7D6, 0xA7F9},   {0xAB5C, 0xAB5F},   {0xAB69, 0xABBF},
    {0xD800, 0xFA26},    {0xFA2A, 0xFBB1},   {0xFBD3, 0xFD3D},   {0xFD50, 0xFDFC},   {0xFE10, 0xFE19},
    {0xFE30, 0xFEFC},    {0xFF5F, 0xFFFF},   {0x10400, 0x10427}, {0x104B0, 0x104D3}, {0x10570, 0x10595},
    {0x10781, 0x107BA},  {0x10C80, 0x10CB2}, {0x110BD, 0x110CD}, {0x118A0, 0x118BF}, {0x13430, 0x13438},
    {0x16E40, 0x16E5F},  {0x1BCA0, 0x1BCA3}, {0x1D15E, 0x1D164}, {0x1D173, 0x1D17A}, {0x1D1BB, 0x1D1C0},
    {0x1D400, 0x1D7FF},  {0x1E030, 0x1E06D}, {0x1E900, 0x1E921}, {0x1EE00, 0x1EEBB}, {0x1F100, 0x1F14F},
    {0x1F16A, 0x1F16C},  {0x1F190, 0x1F190}, {0x1F200, 0x1F251}, {0x1FBF0, 0x1FFFF}, {0x2F800, 0x2FFFF},
    {0x3FFFE, 0x10FFFF},
};
inline constexpr char32_t dropped_character = 0xFFFFFFFF;
inline constexpr char32_t refused_character = 0xFFFFFFFE;

// What stands for a character in a name: itself or another, dropped_character when it is dropped, refused_character.
FASTAPI_INLINE char32_t fold_host_character(char32_t c) {
    if (c < 0x80) { // the forbidden domain code points (URL Standard 3.2)
        bool forbidden = c <= ' ' || c == 0x7F ||
                         std::string_view{"%#/:<>?@[\\]^|"}.find(static_cast<char>(c)) != std::string_view::npos;
        return forbidden ? refused_character : static_cast<unsigned char>(url_lower(static_cast<char>(c)));
    }
    for (const HostFold& fold : host_folds) {
        if (c < fold.first || c > fold.last || (c - fold.first) % fold.step != 0) continue;
        char32_t folded = c + static_cast<char32_t>(fold.delta);
        return folded < 0x80 ? fold_host_character(folded) : folded;
    }
    for (const HostRange& range : host_dropped)
        if (c >= range.first && c <= range.last) return dropped_character;
    if (c == 0x200C || c == 0x200D) return c;
    for (const HostRange& range : host_refused)
        if (c >= range.first && c <= range.last) return refused_character;
    return c;
}

// Punycode (RFC 3492 5 and 6).
struct Punycode {
    static constexpr std::uint32_t base = 36, first_bias = 72, first_character = 0x80, most = 0x7FFFFFFF;
    // More is refused, as in ICU: encoding and decoding take quadratic time.
    static constexpr std::size_t max_decoded = 1000, max_encoded = 2000;

    static std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, bool first) {
        delta = first ? delta / 700 : delta / 2;
        delta += delta / points;
        std::uint32_t k = 0;
        for (; delta > 455; k += base) delta /= 35;
        return k + 36 * delta / (delta + 38);
    }
    static std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) {
        return k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
    }
    static bool encode(const std::u32string& label, std::string& out);
    static bool decode(std::string_view text, std::u32string& label);
};

FASTAPI_INLINE bool Punycode::encode(const std::u32string& label, std::string& out) {
    if (label.size() > max_decoded) return false;
    std::uint32_t basic = 0;
    for (char32_t c : label) {
        if (c >= 0x80) continue;
        out.push_back(static_cast<char>(c));
        ++basic;
    }
    if (basic > 0) out.push_back('-');
    std::uint32_t n = first_character, delta = 0, bias = first_bias, done = basic;
    for (; done < label.size(); ++delta, ++n) {
        std::uint32_t next = most;
        for (char32_t c : label)
            if (c >= n && c < next) next = c;
        delta += (next - n) * (done + 1); // fits: 0x10FFFF * 1001
        n = next;
        for (char32_t c : label) {
            if (c < n) ++delta;
            if (c != n) continue;
            std::uint32_t q = delta;
            for (std::uint32_t k = base;; k += base) {
                std::uint32_t t = threshold(k, bias);
                std::uint32_t digit = q < t ? q : t + (q - t) % (base - t);
                out.push_back(static_cast<char>(digit < 26 ? 'a' + digit : '0' + (digit - 26)));
                if (q < t) break;
                q = (q - t) / (base - t);
            }
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            ++done;
        }
    }
    return true;
}

FASTAPI_INLINE bool Punycode::decode(std::string_view text, std::u32string& label) {
    if (text.empty() || text.size() > max_encoded || text.back() == '-') return false;
    std::size_t at = 0;
    if (std::size_t hyphen = text.rfind('-'); hyphen != std::string_view::npos && hyphen > 0) {
        for (char c : text.substr(0, hyphen)) label.push_back(static_cast<unsigned char>(c));
        at = hyphen + 1;
    }
    std::uint32_t n = first_character, i = 0, bias = first_bias;
    bool first = true;
    while (at < text.size()) {
        std::uint32_t before = i, weight = 1;
        for (std::uint32_t k = base;; k += base) {
            if (at == text.size()) return false;
            char c = url_lower(text[at++]);
            if (!is_url_alpha(c) && !is_url_digit(c)) return false;
            auto digit = static_cast<std::uint32_t>(is_url_digit(c) ? c - '0' + 26 : c - 'a');
            if (digit > (most - i) / weight) return false;
            i += digit * weight;
            std::uint32_t t = threshold(k, bias);
            if (digit < t) break;
            if (weight > most / (base - t)) return false;
            weight *= base - t;
        }
        auto size = static_cast<std::uint32_t>(label.size() + 1);
        bias = adapt(i - before, size, first);
        first = false;
        n += i / size;
        i %= size;
        if (n > 0x10FFFF) return false;
        label.insert(i++, 1, static_cast<char32_t>(n));
    }
    return true;
}

FASTAPI_INLINE bool starts_with_xn(std::string_view label) {
    return label.size() >= 4 && url_lower(label[0]) == 'x' && url_lower(label[1]) == 'n' && label[2] == '-' &&
           label[3] == '-';
}

// Appends a label whose characters are folded, in ASCII. Returns false when it is not allowed.
FASTAPI_INLINE bool append_host_label(const std::u32string& label, std::string& out) {
    bool ascii = true;
    for (std::size_t i = 0; i < label.size(); ++i) {
        if (label[i] >= 0x80) ascii = false;
        // A joiner stands behind a letter of a script that joins.
        if ((label[i] == 0x200C || label[i] == 0x200D) && (i == 0 || label[i - 1] < 0x600)) return false;
    }
    std::string text;
    if (ascii) {
        for (char32_t c : label) text.push_back(static_cast<char>(c));
        if (starts_with_xn(text)) { // it must decode, to characters that need no folding
            std::u32string decoded;
            if (!Punycode::decode(std::string_view{text}.substr(4), decoded) || decoded.size() > Punycode::max_decoded)
                return false;
            for (std::size_t i = 0; i < decoded.size(); ++i) {
                if (decoded[i] == '.' || fold_host_character(decoded[i]) != decoded[i]) return false;
                if ((decoded[i] == 0x200C || decoded[i] == 0x200D) && (i == 0 || decoded[i - 1] < 0x600)) return false;
            }
        }
    } else {
        text = "xn--";
        if (label.size() >= 4 && label.compare(0, 4, U"xn--") == 0) return false;
        if (!Punycode::encode(label, text)) return false;
    }
    out += text;
    return true;
}

// Domain to ASCII (URL Standard 3.3). domain is percent-decoded. Returns false when it is no domain.
FASTAPI_INLINE bool domain_to_ascii(std::string_view domain, std::string& out) {
    bool plain = true;
    for (std::size_t i = 0; i < domain.size() && plain; ++i)
        plain = static_cast<unsigned char>(domain[i]) < 0x80 &&
                !((i == 0 || domain[i - 1] == '.') && starts_with_xn(domain.substr(i)));
    if (plain) {
        for (char c : domain) {
            char32_t folded = fold_host_character(static_cast<unsigned char>(c));
            if (folded == refused_character) return false;
            out.push_back(static_cast<char>(folded));
        }
        return true;
    }
    // A limit of ours: DNS has names of 253 bytes at most, and punycode of long labels is slow.
    constexpr std::size_t max_international = 8192;
    if (domain.size() > max_international || !is_valid_utf8(domain)) return false;
    std::u32string label;
    for (std::size_t at = 0; at < domain.size();) {
        char32_t c = fold_host_character(next_url_code_point(domain, at));
        if (c == refused_character) return false;
        if (c == '.') {
            if (!append_host_label(label, out)) return false;
            out.push_back('.');
            label.clear();
        } else if (c != dropped_character) {
            label.push_back(c);
        }
    }
    return append_host_label(label, out);
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
        int digit = url_hex(c);
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
        host += std::to_string((address >> (shift - 8)) & 255U) + (shift > 8 ? "." : "");
    return nullptr;
}

// The dotted part at the end of an IPv6 address, two pieces. Returns false when it is wrong.
FASTAPI_INLINE bool parse_dotted_pieces(std::string_view text, std::uint16_t* pieces) {
    std::size_t at = 0;
    for (int seen = 0; seen < 4; ++seen) {
        if (seen > 0 && (at >= text.size() || text[at++] != '.')) return false;
        std::size_t begin = at;
        unsigned value = 0;
        for (; at < text.size() && is_url_digit(text[at]); ++at) {
            if (at > begin && value == 0) return false; // a leading zero
            value = value * 10 + static_cast<unsigned>(text[at] - '0');
            if (value > 255) return false;
        }
        if (at == begin) return false;
        pieces[seen / 2] = static_cast<std::uint16_t>(pieces[seen / 2] * 256 + value);
    }
    return at == text.size();
}

// The IPv6 parser (URL Standard 3.5). text is what stands between the brackets.
FASTAPI_INLINE bool parse_ipv6(std::string_view text, std::array<std::uint16_t, 8>& pieces) {
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
        for (; at < text.size() && at < begin + 4 && url_hex(text[at]) >= 0; ++at)
            value = value * 16 + static_cast<unsigned>(url_hex(text[at]));
        if (at < text.size() && text[at] == '.') {
            if (at == begin || count > 6 || !parse_dotted_pieces(text.substr(begin), &pieces[count])) return false;
            count += 2;
            break;
        }
        if (at < text.size() && (text[at] != ':' || ++at == text.size())) return false;
        pieces[count++] = static_cast<std::uint16_t>(value);
    }
    if (compress == 9) return count == 8;
    if (count == 8) return false;
    for (std::size_t n = count - compress; n > 0; --n)
        std::swap(pieces[7 - (count - compress - n)], pieces[compress + n - 1]);
    return true;
}

// The IPv6 serializer (URL Standard 3.6): the longest run of zeros becomes "::".
FASTAPI_INLINE std::string ipv6_text(const std::array<std::uint16_t, 8>& pieces) {
    std::size_t best = 8, best_size = 1;
    for (std::size_t i = 0, run = 0; i < 8; ++i) {
        run = pieces[i] == 0 ? run + 1 : 0;
        if (run > best_size) {
            best = i + 1 - run;
            best_size = run;
        }
    }
    std::string out = "[";
    for (std::size_t i = 0; i < 8;) {
        if (i == best) {
            out += i == 0 ? "::" : ":";
            i += best_size;
            continue;
        }
        bool leading = true;
        for (unsigned shift = 16; shift > 0; shift -= 4) {
            unsigned digit = (pieces[i] >> (shift - 4)) & 15U;
            if (leading && digit == 0 && shift > 4) continue;
            leading = false;
            out.push_back("0123456789abcdef"[digit]);
        }
        if (++i < 8) out.push_back(':');
    }
    return out + "]";
}

// The host parser (URL Standard 3.5) without its brackets, ports and empty hosts.
FASTAPI_INLINE UrlReason parse_url_host(std::string_view text, bool special, std::string& out) {
    if (text.starts_with('[')) {
        std::array<std::uint16_t, 8> pieces{};
        if (text.size() < 2 || text.back() != ']' || !parse_ipv6(text.substr(1, text.size() - 2), pieces))
            return bad_ipv6;
        out = ipv6_text(pieces);
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
        bool escape = text[i] == '%' && i + 2 < text.size() && url_hex(text[i + 1]) >= 0 && url_hex(text[i + 2]) >= 0;
        decoded.push_back(escape ? static_cast<char>(url_hex(text[i + 1]) * 16 + url_hex(text[i + 2])) : text[i]);
        if (escape) i += 2;
    }
    if (!domain_to_ascii(decoded, out)) return "invalid international domain name";
    return out.empty() ? empty_host : normalise_ipv4(out);
}

} // namespace fastapi::detail
