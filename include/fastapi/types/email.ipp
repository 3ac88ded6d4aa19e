#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/model/decode.ipp"
#include "fastapi/types/email.hpp"
#include "fastapi/types/idna.ipp"
#include "fastapi/types/ip.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// The rules are those of email-validator 2.4 with the options that Pydantic sets, in its order, for the first one that is
// broken is reported. Every function returns why, or an empty text.

// --- characters -----------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool is_alphanumeric(char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
// atext of RFC 5322 3.2.3.
FASTAPI_INLINE bool is_atom_character(char32_t c) {
    return is_alphanumeric(c) ||
           (c < 0x80 && std::string_view{"_!#$%&'*+-/=?^`{|}~"}.find(static_cast<char>(c)) != std::string_view::npos);
}
// What may stand in a domain, beyond ASCII anything.
FASTAPI_INLINE bool is_domain_character(char32_t c) { return is_alphanumeric(c) || c == '-' || c == '.' || c >= 0x80; }

// A character in quotes, or the name or number of one that cannot be shown.
FASTAPI_COLD std::string shown_character(char32_t c) {
    if (c == '\\') return "\"\\\"";
    CharacterKind kind = character_kind(c);
    if (kind == CharacterKind::letter || kind == CharacterKind::symbol) return python_repr(std::u32string_view{&c, 1});
    std::string name = character_name(c);
    return name.empty() ? code_point_text(c, c < 0xFFFF ? 4 : 8) : name;
}

FASTAPI_COLD int compare_characters(const void* a, const void* b) {
    char32_t x = *static_cast<const char32_t*>(a), y = *static_cast<const char32_t*>(b);
    return x < y ? -1 : x > y;
}
FASTAPI_COLD int compare_strings(const void* a, const void* b) {
    return (*static_cast<const std::string* const*>(a))->compare(**static_cast<const std::string* const*>(b));
}

// The characters, each once, in the order of their numbers or of what is shown.
FASTAPI_COLD std::string shown_characters(std::u32string characters, bool by_number) {
    std::qsort(characters.data(), characters.size(), sizeof(char32_t), &compare_characters);
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < characters.size(); ++i)
        if (i == 0 || characters[i] != characters[i - 1]) shown.push_back(shown_character(characters[i]));
    std::vector<const std::string*> order;
    for (const std::string& one : shown) order.push_back(&one);
    if (!by_number) std::qsort(order.data(), order.size(), sizeof(const std::string*), &compare_strings);
    std::string out;
    for (const std::string* one : order) (out += out.empty() ? "" : ", ") += *one;
    return out;
}

// The characters that are not good, as "words: a, b." Empty when all are.
template <class Good>
FASTAPI_INLINE std::string refuse_characters(std::string_view words, std::u32string_view text, Good good) {
    std::u32string bad;
    for (char32_t c : text)
        if (!good(c)) bad.push_back(c);
    if (bad.empty()) return {};
    return concat({words, ": ", shown_characters(std::move(bad), false), "."});
}

// Characters that make no sense, are not seen, or join with what stands before the text.
FASTAPI_INLINE std::string refuse_unsafe(std::u32string_view text, bool allow_space) {
    std::u32string bad;
    for (std::size_t i = 0; i < text.size(); ++i) {
        CharacterKind kind = character_kind(text[i]);
        bool good = kind == CharacterKind::letter || kind == CharacterKind::symbol ||
                    (kind == CharacterKind::mark && i > 0) || (kind == CharacterKind::space && allow_space);
        if (!good) bad.push_back(text[i]);
    }
    if (bad.empty()) return {};
    return concat({"The email address contains unsafe characters: ", shown_characters(std::move(bad), true), "."});
}

FASTAPI_COLD std::string count_text(std::size_t n, std::string_view noun) {
    std::string out;
    write_json_unsigned(out, n);
    return concat({out, " ", noun, n == 1 ? "" : "s"});
}
FASTAPI_COLD std::string too_many(std::size_t size, std::size_t most) {
    return concat({" (", count_text(size - most, "character"), " too many)."});
}

FASTAPI_INLINE std::u32string_view strip_python_space(std::u32string_view text) {
    while (!text.empty() && is_python_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_python_space(text.back())) text.remove_suffix(1);
    return text;
}

// --- the parts of an address ------------------------------------------------------------------------------------------------

// Whether the character at text[at] stays what it is with the marks that follow it.
FASTAPI_INLINE bool stands_alone(std::u32string_view text, std::size_t at) {
    if (text[at] < 0x80 && (at + 1 == text.size() || text[at + 1] < 0x80)) return true;
    return normalised(text.substr(at, 32))[0] == text[at];
}

// The place of the first at-sign, or when angle is set also <, that is not in quotes.
FASTAPI_INLINE std::string find_at_sign(std::u32string_view text, bool angle, std::size_t& at) {
    bool quoted = false, escaped = false;
    for (at = 0; at < text.size(); ++at) {
        char32_t c = text[at];
        if (!stands_alone(text, at)) continue;
        if (quoted) {
            bool escape = c == '\\' && !escaped;
            if (c == '"' && !escaped) quoted = false;
            escaped = escape;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '@' || (angle && c == '<')) {
            return {};
        }
    }
    if (text.find(U'\uFF20') != std::u32string_view::npos)
        return "The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign.";
    if (text.find(U'\uFE6B') != std::u32string_view::npos)
        return "The email address has the \"small commercial at\" character instead of a regular at-sign.";
    return "An email address must have an @-sign.";
}

// Takes quotes and escapes away.
FASTAPI_INLINE std::string unquote(std::u32string_view text, std::u32string& out, bool& quoted) {
    quoted = text.starts_with(U'"');
    if (!quoted) {
        out = text;
        return {};
    }
    bool escaped = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        char32_t c = text[i];
        if (!escaped && c == '"') {
            if (i + 1 == text.size()) break;
            std::string rest;
            for (char32_t other : text.substr(i + 1)) (rest += rest.empty() ? "" : ", ") += shown_character(other);
            return "Extra character(s) found after close quote: " + rest;
        }
        if (!escaped && c == '\\') {
            escaped = true;
            continue;
        }
        escaped = false;
        out.push_back(c);
    }
    return {};
}

struct EmailPieces {
    std::u32string local; // unquoted
    std::u32string_view written_local;
    std::u32string_view domain;
    bool quoted = false;
    bool display_name = false; // "Name <a@b.co>"
};

FASTAPI_INLINE std::string split_email(std::u32string_view text, EmailPieces& pieces) {
    std::size_t at = 0;
    std::string why = find_at_sign(text, true, at);
    if (!why.empty()) return why;
    if (text[at] == '<') {
        pieces.display_name = true;
        std::u32string_view name = text.substr(0, at);
        while (!name.empty() && is_python_space(name.back())) name.remove_suffix(1);
        std::u32string unquoted;
        bool quoted = false;
        if (why = unquote(name, unquoted, quoted); !why.empty()) return why;
        if (!quoted)
            why = refuse_characters("The display name contains invalid characters when not quoted", unquoted,
                                    [](char32_t c) { return is_atom_character(c) || c == ' '; });
        if (why.empty()) why = refuse_unsafe(unquoted, true);
        if (!why.empty()) return why;
        text.remove_prefix(at);
        if (text.find(U'>') == std::u32string_view::npos)
            return "An open angle bracket at the start of the email address has to be followed by a close angle bracket "
                   "at the end.";
        while (text.back() == ' ') text.remove_suffix(1);
        if (text.back() != '>') return "There can't be anything after the email address.";
        text = text.substr(1, text.size() - 2);
        if (why = find_at_sign(text, false, at); !why.empty()) return why;
    }
    pieces.written_local = text.substr(0, at);
    pieces.domain = text.substr(at + 1);
    return unquote(pieces.written_local, pieces.local, pieces.quoted);
}

// Periods (and in a domain hyphens) at the ends and side by side.
FASTAPI_INLINE std::string check_dots(std::u32string_view text, bool domain) {
    auto ends = [&](bool last, std::string_view what) {
        constexpr std::string_view start = "An email address cannot start with a ", after = " immediately after the @-sign.",
                                   end = "An email address cannot end with a ", have = "An email address cannot have a ";
        return domain ? (last ? concat({end, what, "."}) : concat({have, what, after}))
                      : (last ? concat({have, what, " immediately before the @-sign."}) : concat({start, what, "."}));
    };
    auto has = [&](std::u32string_view two) { return text.find(two) != std::u32string_view::npos; };
    if (text.ends_with(U'.')) return ends(true, "period");
    if (text.starts_with(U'.')) return ends(false, "period");
    if (has(U"..")) return "An email address cannot have two periods in a row.";
    if (!domain) return {};
    if (text.ends_with(U'-')) return ends(true, "hyphen");
    if (text.starts_with(U'-')) return ends(false, "hyphen");
    if (has(U".-") || has(U"-.")) return "An email address cannot have a period and a hyphen next to each other.";
    return {};
}

// What stands before the at-sign, without its quotes.
FASTAPI_INLINE std::string check_local_part(const std::u32string& local, bool quoted) {
    if (local.empty()) return "There must be something before the @-sign.";
    bool atoms = !local.starts_with(U'.') && !local.ends_with(U'.') && local.find(U"..") == std::u32string::npos;
    bool ascii = true;
    for (char32_t c : local) {
        ascii = ascii && c < 0x80;
        atoms = atoms && (c == '.' || c >= 0x80 || is_atom_character(c));
    }
    if (atoms) return ascii ? std::string{} : refuse_unsafe(local, false);
    if (quoted) {
        std::string why =
            refuse_characters("The email address contains invalid characters in quotes before the @-sign", local,
                              [](char32_t c) { return c >= ' ' && c != 0x7F; });
        return why.empty() ? refuse_unsafe(local, true) : why;
    }
    std::string why = refuse_characters("The email address contains invalid characters before the @-sign", local,
                                        [](char32_t c) { return c == '.' || c >= 0x80 || is_atom_character(c); });
    return why.empty() ? check_dots(local, false) : why;
}

// --- domains ----------------------------------------------------------------------------------------------------------------

// [127.0.0.1] or [IPv6:::1]: never allowed, but what is wrong in it comes first. text has no brackets.
FASTAPI_COLD std::string refuse_domain_literal(std::u32string_view text) {
    std::string literal = to_utf8(text);
    std::string_view digits = literal;
    if (digits.ends_with('\n')) digits.remove_suffix(1);
    std::string tag = literal.substr(0, 5);
    for (char& c : tag) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    IpParts parts;
    if (!digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos) {
        if (!parse_ip_address(literal, false, parts))
            return concat({"The address in brackets after the @-sign is not valid: It is not an IPv4 address (",
                           ip_address_reason(literal, false), ") or is missing an address literal tag."});
    } else if (tag == "ipv6:") {
        literal.erase(0, 5);
        constexpr std::string_view invalid = "The IPv6 address in brackets after the @-sign is not valid (";
        if (!parse_ip_address(literal, true, parts))
            return concat({invalid, ip_address_reason(literal, true), ")."});
        if (!parts.scope.empty()) return concat({invalid, "It has a zone index)."});
    } else if (literal.find(':') == std::string::npos) {
        return "The part after the @-sign in brackets is not an IPv4 address and has no address literal tag.";
    } else {
        std::string why = refuse_characters("The part after the @-sign contains invalid characters in brackets", text,
                                            [](char32_t c) { return c > ' ' && c <= 0xFA; });
        return why.empty() ? "The part after the @-sign contains an invalid address literal tag in brackets." : why;
    }
    return "A bracketed IP address after the @-sign is not allowed here.";
}

// Characters that UTS 46 would refuse, and some more.
FASTAPI_INLINE bool is_mappable(char32_t c) {
    if (c <= 0x9F) return c < 0x80;
    if ((c >= 0x2010 && c <= 0x2060 && !(c >= 0x2024 && c <= 0x2026) && !(c >= 0x2028 && c <= 0x202E)) || c == 0xAD ||
        c == 0x2064 || c == 0xFF0E || (c >= 0x200B && c <= 0x200D) || (c >= 0x1BCA0 && c <= 0x1BCA3))
        return true;
    CharacterKind kind = character_kind(c);
    if (kind != CharacterKind::letter && kind != CharacterKind::symbol && kind != CharacterKind::mark) return false;
    // What is made of others with a full stop among them.
    return !((c >= 0x2024 && c <= 0x2026) || (c >= 0x2488 && c <= 0x249B) || c == 0x33C2 || c == 0x33C7 || c == 0x33D8 ||
             c == 0xFE52 || c == 0x1F100);
}

// UTS 46 and normalisation form C.
FASTAPI_INLINE std::string map_domain(std::u32string_view domain, std::u32string& out) {
    for (std::size_t i = 0; i < domain.size(); ++i) {
        if (map_host_character(domain[i], out)) continue;
        return concat({"The part after the @-sign contains invalid characters (",
                       at_position("Codepoint ", domain[i], " not allowed at position ", i, " in ", std::u32string(domain)),
                       ")."});
    }
    out = normalised(out);
    return {};
}

// Calls see(label) for each label of a domain, until it says why not.
template <class Text, class See>
FASTAPI_INLINE std::string each_label(Text domain, See see) {
    for (;;) {
        std::size_t dot = domain.find('.');
        if (std::string why = see(domain.substr(0, dot)); !why.empty()) return why;
        if (dot == Text::npos) return {};
        domain.remove_prefix(dot + 1);
    }
}

// A domain name in ASCII that has Punycode in it, to Unicode.
FASTAPI_INLINE std::string decode_domain(std::string_view ascii, std::u32string& out) {
    auto invalid = [](std::string_view why) {
        return concat({"The part after the @-sign is not valid IDNA (", why, ")."});
    };
    std::string why = each_label(ascii, [&](std::string_view label) {
        std::u32string decoded;
        std::string wrong = label_to_unicode(label, decoded);
        if (!wrong.empty()) return invalid(wrong);
        if (!out.empty()) out.push_back('.');
        out += decoded;
        return std::string{};
    });
    if (why.empty()) why = refuse_unsafe(out, false);
    if (!why.empty()) return why;
    bool right_to_left = false;
    for (char32_t c : out) right_to_left = right_to_left || (c >= 0x80 && is_right_to_left(c));
    if (!right_to_left) return {};
    return each_label(std::u32string_view{out}, [&](std::u32string_view label) {
        std::string wrong = check_bidi(std::u32string(label), true);
        return wrong.empty() ? wrong : invalid(wrong);
    });
}

// The checks of a name in ASCII that needs no mapping any more.
FASTAPI_INLINE std::string check_ascii_domain(std::string_view ascii) {
    if (ascii.size() > 253)
        return concat({"The email address is too long after the @-sign (", count_text(ascii.size() - 253, "byte"),
                       " too many after IDNA encoding)."});
    std::string why = each_label(ascii, [](std::string_view label) {
        return label.size() > 63 ? "After the @-sign, periods cannot be separated by so many characters" +
                                       too_many(label.size(), 63)
                                 : std::string{};
    });
    if (!why.empty()) return why;
    if (ascii.find('.') == std::string_view::npos)
        return "The part after the @-sign is not valid. It should have a period.";
    if (ascii.back() < 'a' || ascii.back() > 'z')
        return "The part after the @-sign is not valid. It is not within a valid top-level domain.";
    // Names of special use (RFC 6761) that no mail can reach.
    std::string_view top = ascii.substr(ascii.rfind('.') + 1);
    for (std::string_view special : {"arpa", "invalid", "local", "localhost", "onion", "test"})
        if (top == special)
            return "The part after the @-sign is a special-use or reserved name that cannot be used with email.";
    return {};
}

// domain to its normal form, in ASCII and in Unicode.
FASTAPI_INLINE std::string check_domain(std::u32string_view domain, std::string& ascii, std::string& unicode) {
    if (domain.size() > 253)
        return "The email address is too long after the @-sign" + too_many(domain.size(), 253);
    constexpr std::string_view invalid = "The part after the @-sign contains invalid characters";
    std::string why = refuse_characters(invalid, domain, &is_domain_character);
    if (why.empty()) why = refuse_unsafe(domain, false);
    if (why.empty()) why = refuse_characters(invalid, domain, &is_mappable);
    std::u32string mapped;
    if (why.empty()) why = map_domain(domain, mapped);
    if (why.empty())
        why = refuse_characters("The part after the @-sign contains invalid characters after Unicode normalization",
                                mapped, &is_domain_character);
    if (why.empty()) why = check_dots(mapped, true);
    if (why.empty())
        why = each_label(std::u32string_view{mapped}, [](std::u32string_view label) -> std::string {
            if (label.size() < 4 || label[2] != '-' || label[3] != '-' || label.starts_with(U"xn")) return {};
            return "An email address cannot have two letters followed by two dashes immediately after the @-sign or "
                   "after a period, except Punycode.";
        });
    if (!why.empty()) return why;
    if (all_ascii(mapped)) {
        ascii = to_utf8(mapped);
    } else {
        why = each_label(std::u32string_view{mapped}, [&](std::u32string_view label) {
            std::string encoded;
            std::string wrong = label_to_ascii(std::u32string(label), encoded);
            if (!wrong.empty()) return concat({"The part after the @-sign is invalid (", wrong, ")."});
            if (!ascii.empty()) ascii.push_back('.');
            ascii += encoded;
            return wrong;
        });
    }
    if (why.empty()) why = check_ascii_domain(ascii);
    unicode = ascii;
    if (!why.empty() || ascii.find("xn--") == std::string::npos) return why;
    std::u32string decoded;
    why = decode_domain(ascii, decoded);
    unicode = to_utf8(decoded);
    return why;
}

// --- the address --------------------------------------------------------------------------------------------------------------

// At most 254 bytes (RFC 5321 4.5.3.1.3), as it was written, in normal form and with its domain in ASCII.
FASTAPI_INLINE std::string check_email_length(const EmailPieces& pieces, const std::string& local,
                                              const std::string& ascii, const std::string& unicode) {
    constexpr std::size_t most = 254;
    constexpr std::string_view words = "The email address is too long";
    std::string written = to_utf8(pieces.written_local) + "@" + to_utf8(pieces.domain);
    if (written.size() > most) {
        std::size_t over = written.size() - most, widest = 1;
        std::size_t characters = pieces.written_local.size() + 1 + pieces.domain.size();
        if (characters == written.size()) return std::string(words) + too_many(characters, most);
        for (std::u32string_view part : {pieces.written_local, pieces.domain})
            for (char32_t c : part) widest = std::max(widest, std::size_t{c < 0x80 ? 1U : c < 0x800 ? 2U : c < 0x10000 ? 3U : 4U});
        std::size_t least = std::max(std::size_t{1}, over / widest);
        std::string range;
        if (least != over) {
            write_json_unsigned(range, least);
            range.push_back('-');
        }
        return concat({words, " (", range, count_text(over, "character"), " too many)."});
    }
    for (bool in_ascii : {false, true}) {
        std::size_t size = local.size() + 1 + (in_ascii ? ascii : unicode).size();
        if (size > most)
            return concat({words, in_ascii ? " when the part after the @-sign is converted to IDNA ASCII" : " after normalization",
                           " (", count_text(size - most, "byte"), " too many)."});
    }
    return {};
}

// One address without a name. parts: the normal form, and what stands before its at-sign.
FASTAPI_INLINE std::string read_address(std::u32string_view text, EmailParts& parts) {
    EmailPieces pieces;
    std::string why = split_email(text, pieces);
    if (why.empty()) why = check_local_part(pieces.local, pieces.quoted);
    if (!why.empty()) return why;
    std::u32string normal = normalised(pieces.local);
    if (normal != pieces.local)
        if (why = check_local_part(normal, pieces.quoted); !why.empty()) return "After Unicode normalization: " + why;
    if (pieces.quoted) return "Quoting the part before the @-sign is not allowed here.";
    parts.name = to_utf8(normal);
    // Mailbox names that every host has are known in any case (RFC 2142).
    for (std::string_view known : {"info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster",
                                   "hostmaster", "usenet", "news", "webmaster", "www", "uucp", "ftp"})
        if (equals_ignoring_case(parts.name, known)) parts.name = known;
    if (pieces.domain.empty()) return "There must be something after the @-sign.";
    if (pieces.domain.starts_with(U'[') && pieces.domain.ends_with(U']'))
        return refuse_domain_literal(pieces.domain.substr(1, pieces.domain.size() - 2));
    std::string ascii, unicode;
    why = check_domain(pieces.domain, ascii, unicode);
    if (why.empty()) why = check_email_length(pieces, parts.name, ascii, unicode);
    if (why.empty() && pieces.display_name)
        why = "A display name and angle brackets around the email address are not permitted here.";
    parts.email = concat({parts.name, "@", unicode});
    return why;
}

// "Name <address>" or "\"Name\" <address>", as Pydantic sees it before the address is looked at: when text is of this
// form, it becomes the address, and name the name.
FASTAPI_INLINE void cut_name(std::u32string_view& text, std::u32string_view& name) {
    std::u32string_view whole = strip_python_space(text);
    if (!whole.ends_with(U'>')) return;
    whole.remove_suffix(1);
    std::size_t line = whole.rfind(U'\n'); // the address has no newline in it
    std::size_t open = std::u32string_view::npos;
    auto address_at = [&](std::size_t at) { // whether the address begins behind a < that stands at at, after spaces
        while (at < whole.size() && is_python_space(whole[at])) ++at;
        if (at + 1 >= whole.size() || whole[at] != '<' || (line != std::u32string_view::npos && line > at)) return false;
        open = at;
        return true;
    };
    std::u32string_view found;
    if (whole.starts_with(U'"')) { // the longest text in quotes that an address follows
        std::size_t close = whole.rfind(U'"');
        while (close > 1 && !address_at(close + 1)) close = whole.rfind(U'"', close - 1);
        if (close > 1) found = whole.substr(1, close - 1);
    } else {
        std::size_t end = whole.find(U'<');
        if (end == std::u32string_view::npos) return;
        found = strip_python_space(whole.substr(0, end));
        for (char32_t c : found) {
            bool word = c >= 0x80 ? character_kind(c) == CharacterKind::letter : is_atom_character(c);
            if (!word && !is_python_space(c)) return;
        }
        address_at(end);
    }
    if (open == std::u32string_view::npos) return;
    name = found;
    text = whole.substr(open + 1);
}

FASTAPI_INLINE std::string read_email(std::string_view text, EmailParts& parts) {
    constexpr std::size_t most = 2048; // characters
    if (count_characters(text) > most) return "Length must not exceed 2048 characters";
    std::u32string characters = to_code_points(text);
    std::u32string_view address = characters, name;
    cut_name(address, name);
    std::string why = read_address(strip_python_space(address), parts);
    if (!name.empty()) parts.name = to_utf8(name);
    return why;
}

FASTAPI_INLINE EmailParts parse_email(std::string_view text) {
    EmailParts parts;
    std::string why = is_valid_utf8(text) ? read_email(text, parts) : "The text is no valid UTF-8.";
    if (!why.empty()) throw ValueError(concat({"value is not a valid email address: ", why}));
    return parts;
}

// --- field types --------------------------------------------------------------------------------------------------------

FASTAPI_COLD bool fail_email(const Value& value, std::string_view why, Context& context) {
    std::string reason;
    write_json_string(reason, why);
    return context.fail("value_error", concat({"value is not a valid email address: ", why}), value,
                        ctx_of("reason", reason));
}

FASTAPI_COLD bool fail_unicode(const Value& value, Context& context) {
    return context.fail("string_unicode", "Input should be a valid string, unable to parse raw data as a unicode string",
                        value);
}

// As decode_string, but surrogates are left to the reader unless white space is stripped.
FASTAPI_INLINE bool decode_email_parts(const Value& value, EmailParts& parts, bool& lone, Context& context) {
    std::string scratch;
    std::string_view text = value.string(scratch, &lone);
    if (context.strip_whitespace) {
        if (lone) return fail_unicode(value, context);
        text = trim_unicode(text);
    }
    std::string why = read_email(text, parts);
    return why.empty() || fail_email(value, why, context);
}

FASTAPI_INLINE bool decode_email(const Value& value, const FieldInfo& info, std::string& email, Context& context) {
    if (!value.is(Value::Kind::string)) return context.fail("string_type", "Input should be a valid string", value);
    EmailParts parts;
    bool lone = false;
    if (!decode_email_parts(value, parts, lone, context)) return false;
    email = std::move(parts.email);
    if (!check_items(info, "Value", static_cast<std::int64_t>(count_characters(email)), false, value, context)) return false;
    if (!info.matches && !info.to_lower && !info.to_upper) return true;
    FieldInfo rest; // a step of its own in Pydantic, on the normal form
    rest.to_lower = info.to_lower;
    rest.to_upper = info.to_upper;
    rest.pattern = info.pattern;
    rest.matches = info.matches;
    std::string normal = email;
    return decode_string(Value::bare(normal), rest, email, context);
}

FASTAPI_INLINE bool decode_name_email(const Value& value, EmailParts& parts, Context& context) {
    if (!value.is(Value::Kind::string)) return context.fail("name_email_type", "Input is not a valid NameEmail", value);
    bool lone = false;
    if (!decode_email_parts(value, parts, lone, context)) return false;
    return !lone || is_valid_utf8(parts.name) || fail_unicode(value, context);
}

FASTAPI_COLD void write_email_schema(JsonWriter& writer, const FieldInfo& info) {
    writer.key("type").string("string").key("format").string("email");
    if (info.min_length >= 0) writer.key("minLength").integer(info.min_length);
    if (info.max_length >= 0) writer.key("maxLength").integer(info.max_length);
    writer.member("pattern", info.pattern);
}

} // namespace fastapi::detail
