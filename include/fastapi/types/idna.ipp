#pragma once

// International domain names: Punycode, the mapping of UTS 46 and the rules of IDNA 2008 (RFC 5891 to 5893) for a label.
// Used by URLs and e-mail addresses.

#include <string>
#include <string_view>

#include "fastapi/types/characters.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

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
    static int digit_of(char c) {
        if (c >= '0' && c <= '9') return c - '0' + 26;
        if (c >= 'A' && c <= 'Z') return c - 'A';
        return c >= 'a' && c <= 'z' ? c - 'a' : -1;
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
        std::uint32_t before = i;
        std::uint64_t weight = 1;
        for (std::uint32_t k = base;; k += base) {
            if (at == text.size()) return false;
            int value = digit_of(text[at++]);
            if (value < 0) return false;
            auto digit = static_cast<std::uint32_t>(value);
            if (digit > (most - i) / weight) return false; // a weight beyond 32 bits leaves 0 only
            i += digit * static_cast<std::uint32_t>(weight);
            std::uint32_t t = threshold(k, bias);
            if (digit < t) break;
            weight = weight > most ? weight : weight * (base - t);
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

// --- the mapping of UTS 46 (https://www.unicode.org/reports/tr46) ---------------------------------------------------------

struct IdnaTables {
    RunTable valid{packed(idna_valid)}; // PVALID (RFC 5892)
    RunTable joining{packed(idna_joining)};
    RunTable scripts{packed(idna_scripts)};
    std::u32string starts; // of runs: first character * 8 + what happens: see mappings() in tools/generate_unicode.py
    std::u32string values; // of each run: the distance, or where its texts begin
    std::u32string texts;  // length and characters
    IdnaTables();
};

FASTAPI_COLD IdnaTables::IdnaTables() {
    PackedReader reader(packed(idna_mappings));
    for (char32_t at = 0x80; !reader.done();) {
        std::uint32_t run = reader.number(), what = run % 8, end = at + run / 8;
        while (at < end) {
            starts.push_back(at * 8 + what);
            values.push_back(what == 3 ? reader.distance() : static_cast<char32_t>(texts.size()));
            at = what == 5 ? at + 1 : end;
            if (what != 5) continue;
            std::uint32_t length = reader.number();
            texts.push_back(length);
            for (char32_t c = 'a'; length > 0; --length) texts.push_back(c += reader.distance());
        }
    }
}

FASTAPI_INLINE const IdnaTables& idna_tables() {
    static const IdnaTables tables;
    return tables;
}

// Appends what stands for c in a name: itself, others, nothing. Returns false when c is not allowed. What normalisation
// form C does by itself is left to it.
FASTAPI_INLINE bool map_host_character(char32_t c, std::u32string& out) {
    if (c < 0x80) {
        out.push_back(c >= 'A' && c <= 'Z' ? c + 32 : c);
        return true;
    }
    const IdnaTables& tables = idna_tables();
    std::size_t run = 0;
    for (std::size_t size = tables.starts.size(); size > 1;) {
        std::size_t half = size / 2;
        if (tables.starts[run + half] / 8 <= c) run += half;
        size -= half;
    }
    char32_t what = tables.starts[run] % 8, value = tables.values[run];
    if (what == 1) return false;
    if (what == 0) out.push_back(c);
    if (what == 3) out.push_back(c + value);
    if (what == 4) out.push_back(c + ((c ^ (tables.starts[run] / 8)) & 1U ? 0 : 1));
    for (char32_t n = what == 5 ? tables.texts[value] : 0; n > 0; --n) out.push_back(tables.texts[++value]);
    return true;
}

// --- the rules for a label --------------------------------------------------------------------------------------------------

// Why a label is refused, in the words of Python's idna package. Empty: it is not.
FASTAPI_COLD std::string at_position(std::string_view what, char32_t c, std::string_view where, std::size_t at,
                                     std::string_view of, std::string_view label) {
    std::string position;
    write_json_unsigned(position, at + 1);
    return concat({what, code_point_text(c), where, position, of, python_repr(label)});
}

// A joiner stands behind a virama, or a non-joiner between letters that join (RFC 5892 A.1 and A.2).
FASTAPI_INLINE bool joiner_fits(const std::u32string& label, std::size_t at) {
    if (at == 0) return false;
    if (character_tables().combining[label[at - 1]] == 9) return true;
    if (label[at] == 0x200D) return false;
    const RunTable& joining = idna_tables().joining; // 1 transparent, 2 dual, 3 left, 4 right
    std::size_t before = at, after = at + 1;
    while (before > 0 && joining[label[before - 1]] == 1) --before;
    while (after < label.size() && joining[label[after]] == 1) ++after;
    unsigned left = before > 0 ? joining[label[before - 1]] : 0, right = after < label.size() ? joining[label[after]] : 0;
    return (left == 2 || left == 3) && (right == 2 || right == 4);
}

// The other characters that are allowed in some places only (RFC 5892 A.3 to A.9).
FASTAPI_INLINE bool context_fits(const std::u32string& label, std::size_t at) {
    const RunTable& scripts = idna_tables().scripts; // 1 Greek, 2 Hebrew, 3 Hiragana, Katakana and Han
    char32_t c = label[at], before = at > 0 ? label[at - 1] : 0, after = at + 1 < label.size() ? label[at + 1] : 0;
    if (c == 0xB7) return before == 'l' && after == 'l';
    if (c == 0x375) return scripts[after] == 1;
    if (c == 0x5F3 || c == 0x5F4) return scripts[before] == 2;
    bool dot = c == 0x30FB, found = false; // else a digit, not to be mixed with those of the other kind
    char32_t others = c < 0x6F0 ? 0x6F0 : 0x660;
    for (char32_t other : label)
        found = found || (dot ? other != c && scripts[other] == 3 : other >= others && other <= others + 9);
    return dot == found;
}

FASTAPI_INLINE bool is_context_character(char32_t c) {
    return c == 0xB7 || c == 0x375 || c == 0x5F3 || c == 0x5F4 || c == 0x30FB || (c >= 0x660 && c <= 0x669) ||
           (c >= 0x6F0 && c <= 0x6F9);
}

FASTAPI_INLINE BidiGroup bidi_group(char32_t c) {
    if (character_kind(c) == CharacterKind::other && (c < 0xE000 || (c > 0xF8FF && c < 0xF0000))) return BidiGroup::unknown;
    return static_cast<BidiGroup>(character_tables().bidi[c]);
}
FASTAPI_INLINE bool is_right_to_left(char32_t c) {
    BidiGroup group = bidi_group(c);
    return group == BidiGroup::right || group == BidiGroup::arabic_number;
}

// The Bidi Rule (RFC 5893 2). Without always it is about labels with right-to-left characters only.
FASTAPI_INLINE std::string check_bidi(const std::u32string& label, bool always) {
    bool applies = always;
    for (std::size_t i = 0; i < label.size(); ++i) {
        if (label[i] < 0x80) continue;
        if (bidi_group(label[i]) == BidiGroup::unknown) {
            std::string position;
            write_json_unsigned(position, i + 1);
            return concat({"Unknown directionality in label ", python_repr(to_utf8(label)), " at position ", position});
        }
        applies = applies || is_right_to_left(label[i]);
    }
    if (!applies) return {};
    BidiGroup first = bidi_group(label[0]);
    bool right = first == BidiGroup::right;
    if (!right && first != BidiGroup::left)
        return concat({"First codepoint in label ", python_repr(to_utf8(label)), " must be directionality L, R or AL"});
    bool good_end = false;
    BidiGroup numbers = BidiGroup::unknown;
    for (std::size_t i = 0; i < label.size(); ++i) {
        BidiGroup group = bidi_group(label[i]);
        bool number = group == BidiGroup::number || (right && group == BidiGroup::arabic_number);
        bool strong = group == first;
        if (!number && !strong && group != BidiGroup::neutral && group != BidiGroup::mark) {
            std::string position;
            write_json_unsigned(position, i + 1);
            return concat({"Invalid direction for codepoint at position ", position,
                           right ? " in a right-to-left label" : " in a left-to-right label"});
        }
        if (group != BidiGroup::mark) good_end = number || strong;
        if (!right || !number) continue;
        if (numbers == BidiGroup::unknown) numbers = group;
        if (numbers != group) return "Can not mix numeral types in a right-to-left label";
    }
    return good_end ? std::string{} : "Label ends with illegal codepoint directionality";
}

// Whether it is in normalisation form C.
FASTAPI_INLINE bool is_normal(const std::u32string& label) {
    std::u32string normal = label;
    normalise(normal);
    return normal == label;
}

// The rules of IDNA 2008 for a label in Unicode.
FASTAPI_INLINE std::string check_label(const std::u32string& label) {
    if (label.empty()) return "Empty Label";
    if (label.size() > 254) return "Label too long";
    if (!is_normal(label)) return "Label must be in Normalization Form C";
    if (label.size() > 3 && label[2] == '-' && label[3] == '-')
        return "Label has disallowed hyphens in 3rd and 4th position";
    if (label.front() == '-' || label.back() == '-') return "Label must not start or end with a hyphen";
    if (character_kind(label[0]) == CharacterKind::mark) return "Label begins with an illegal combining character";
    for (std::size_t i = 0; i < label.size(); ++i) {
        char32_t c = label[i];
        if (idna_tables().valid[c] == 1) continue;
        std::string shown = to_utf8(label);
        if (c == 0x200C || c == 0x200D) {
            if (i > 0 && character_kind(label[i - 1]) == CharacterKind::other)
                return at_position("Unknown codepoint adjacent to joiner ", c, " at position ", i, " in ", shown);
            if (joiner_fits(label, i)) continue;
            return at_position("Joiner ", c, " not allowed at position ", i, " in ", shown);
        }
        if (!is_context_character(c)) return at_position("Codepoint ", c, " at position ", i, " of ", shown) + " not allowed";
        if (!context_fits(label, i)) return at_position("Codepoint ", c, " not allowed at position ", i, " in ", shown);
    }
    return check_bidi(label, false);
}

// A label in ASCII and lower case to Unicode (RFC 5891 5.4). Returns why it cannot be.
FASTAPI_INLINE std::string label_to_unicode(std::string_view label, std::u32string& out) {
    bool punycode = label.starts_with("xn--");
    if (punycode) label.remove_prefix(4);
    if (punycode && label.empty()) return "Malformed A-label, no Punycode eligible content found";
    if (punycode && label.back() == '-') return "A-label must not end with a hyphen";
    if (punycode) {
        bool hyphen = label.rfind('-') == 0; // nothing before it: never written like this
        if (!Punycode::decode(hyphen ? label.substr(1) : label, out)) return "Invalid A-label";
        std::string again;
        if (hyphen || !Punycode::encode(out, again) || again != label)
            return "A-label is not the canonical Punycode encoding of its U-label";
    } else {
        out = to_code_points(label);
    }
    return check_label(out);
}

// A label to ASCII, at most 63 bytes of it (RFC 5891 4). Returns why it cannot be.
FASTAPI_INLINE std::string label_to_ascii(std::string_view label, std::string& out) {
    std::string why;
    std::u32string characters;
    if (all_ascii(label)) {
        out = label;
        why = label_to_unicode(out, characters);
    } else {
        out = "xn--";
        characters = to_code_points(label);
        why = check_label(characters);
        if (why.empty()) Punycode::encode(characters, out);
    }
    return why.empty() && out.size() > 63 ? "Label too long" : why;
}

// Takes the next label off a domain. Returns false when there is none left.
FASTAPI_INLINE bool next_label(std::string_view& rest, std::string_view& label) {
    if (!rest.data()) return false;
    label = rest.substr(0, rest.find('.'));
    rest = label.size() < rest.size() ? rest.substr(label.size() + 1) : std::string_view{};
    return true;
}

} // namespace fastapi::detail
