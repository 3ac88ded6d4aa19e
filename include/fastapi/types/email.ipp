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
// broken is reported. Every function that returns a text returns why not, or an empty text. All text is UTF-8.

// --- characters -----------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool is_alphanumeric(char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
// atext of RFC 5322 3.2.3.
FASTAPI_INLINE bool is_atom_character(char32_t c) {
    return is_alphanumeric(c) ||
           (c < 0x80 && std::string_view{"_!#$%&'*+-/=?^`{|}~"}.find(static_cast<char>(c)) != std::string_view::npos);
}
// Beyond ASCII anything.
FASTAPI_INLINE bool is_local_character(char32_t c) { return is_atom_character(c) || c == '.' || c >= 0x80; }
FASTAPI_INLINE bool is_quoted_character(char32_t c) { return c >= ' ' && c != 0x7F; }
FASTAPI_INLINE bool is_name_character(char32_t c) { return is_atom_character(c) || c == ' '; }
FASTAPI_INLINE bool is_domain_character(char32_t c) { return is_alphanumeric(c) || c == '-' || c == '.' || c >= 0x80; }
FASTAPI_INLINE bool is_literal_character(char32_t c) { return c > ' ' && c <= 0xFA; }

// What UTS 46 does not refuse in a domain.
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

// A character in quotes, or the name or number of one that cannot be shown.
FASTAPI_COLD std::string shown_character(char32_t c) {
    if (c == '\\') return "\"\\\"";
    CharacterKind kind = character_kind(c);
    std::string out;
    append_utf8(out, c);
    if (kind == CharacterKind::letter || kind == CharacterKind::symbol) return python_repr(out);
    out = character_name(c);
    return out.empty() ? code_point_text(c, c < 0xFFFF ? 4 : 8) : out;
}

FASTAPI_COLD int compare_characters(const void* a, const void* b) {
    char32_t x = *static_cast<const char32_t*>(a), y = *static_cast<const char32_t*>(b);
    return x < y ? -1 : x > y;
}

// The characters, each once, in the order of their numbers or of what is shown.
FASTAPI_COLD std::string shown_characters(std::u32string& characters, bool by_number) {
    std::qsort(characters.data(), characters.size(), sizeof(char32_t), &compare_characters);
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < characters.size(); ++i)
        if (i == 0 || characters[i] != characters[i - 1]) shown.push_back(shown_character(characters[i]));
    // Shell's sort: there may be thousands.
    for (std::size_t gap = by_number ? 0 : shown.size() / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (std::size_t i = gap; i < shown.size(); ++i)
            for (std::size_t j = i; j >= gap && shown[j] < shown[j - gap]; j -= gap) shown[j].swap(shown[j - gap]);
    std::string out;
    for (const std::string& one : shown) (out += out.empty() ? "" : ", ") += one;
    return out;
}

// "words: a, b." for the characters that are not good.
FASTAPI_INLINE std::string refuse_characters(std::string_view words, std::string_view text, bool (*good)(char32_t)) {
    std::u32string bad;
    for (std::size_t at = 0; at < text.size();)
        if (char32_t c = next_code_point(text, at); !good(c)) bad.push_back(c);
    if (bad.empty()) return {};
    return concat({words, ": ", shown_characters(bad, false), "."});
}

// Characters that make no sense, are not seen, or join with what stands before the text.
FASTAPI_INLINE std::string refuse_unsafe(std::string_view text, bool allow_space) {
    std::u32string bad;
    for (std::size_t at = 0; at < text.size();) {
        bool first = at == 0;
        char32_t c = next_code_point(text, at);
        CharacterKind kind = character_kind(c);
        bool good = kind == CharacterKind::letter || kind == CharacterKind::symbol ||
                    (kind == CharacterKind::mark && !first) || (kind == CharacterKind::space && allow_space);
        if (!good) bad.push_back(c);
    }
    if (bad.empty()) return {};
    return concat({"The email address contains unsafe characters: ", shown_characters(bad, true), "."});
}

// "3 characters"
FASTAPI_COLD std::string count_text(std::size_t n, std::string_view noun) {
    std::string out;
    write_json_unsigned(out, n);
    return concat({out, " ", noun, n == 1 ? "" : "s"});
}

FASTAPI_INLINE std::string_view strip_python_space(std::string_view text, bool front = true) {
    for (std::size_t at = 0; front && at < text.size(); at = 0) {
        if (!is_python_space(next_code_point(text, at))) break;
        text.remove_prefix(at);
    }
    while (!text.empty()) {
        std::size_t begin = text.size() - 1;
        while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80) --begin;
        std::size_t at = begin;
        if (!is_python_space(next_code_point(text, at))) break;
        text.remove_suffix(text.size() - begin);
    }
    return text;
}

// --- the parts of an address ------------------------------------------------------------------------------------------------

// Whether the character c before text[next] stays what it is with the marks that follow: 32 characters are looked at.
FASTAPI_INLINE bool stands_alone(char32_t c, std::string_view text, std::size_t next) {
    if (c < 0x80 && (next == text.size() || static_cast<unsigned char>(text[next]) < 0x80)) return true;
    std::u32string window(1, c);
    while (window.size() < 32 && next < text.size()) window.push_back(next_code_point(text, next));
    normalise(window);
    return window[0] == c;
}

// The place of the first at-sign, or when angle is set also <, that is not in quotes.
FASTAPI_INLINE std::string find_at_sign(std::string_view text, bool angle, std::size_t& at) {
    bool quoted = false, escaped = false;
    for (std::size_t next = 0; next < text.size();) {
        at = next;
        char32_t c = next_code_point(text, next);
        if (!stands_alone(c, text, next)) continue;
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
    if (text.find("\uFF20") != std::string_view::npos)
        return "The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign.";
    if (text.find("\uFE6B") != std::string_view::npos)
        return "The email address has the \"small commercial at\" character instead of a regular at-sign.";
    return "An email address must have an @-sign.";
}

// Takes quotes and escapes away.
FASTAPI_INLINE std::string unquote(std::string_view text, std::string& out, bool& quoted) {
    quoted = text.starts_with('"');
    if (!quoted) out = text;
    bool escaped = false;
    for (std::size_t i = 1; quoted && i < text.size(); ++i) {
        char c = text[i];
        if (!escaped && c == '"') {
            std::string rest;
            for (++i; i < text.size();) (rest += rest.empty() ? "" : ", ") += shown_character(next_code_point(text, i));
            return rest.empty() ? rest : "Extra character(s) found after close quote: " + rest;
        }
        bool escape = c == '\\' && !escaped;
        if (!escape) out.push_back(c);
        escaped = escape;
    }
    return {};
}

struct EmailPieces {
    std::string local; // unquoted
    std::string_view written_local;
    std::string_view domain;
    bool quoted = false;
    bool display_name = false; // "Name <a@b.co>"
};

// What stands between < and > at the end of text; the name before it may hold certain characters only.
FASTAPI_INLINE std::string cut_angle_brackets(std::string_view& text, std::size_t open) {
    std::string unquoted;
    bool quoted = false;
    std::string why = unquote(strip_python_space(text.substr(0, open), false), unquoted, quoted);
    if (why.empty() && !quoted)
        why = refuse_characters("The display name contains invalid characters when not quoted", unquoted,
                                &is_name_character);
    if (why.empty()) why = refuse_unsafe(unquoted, true);
    if (!why.empty()) return why;
    if (text.find('>', open) == std::string_view::npos)
        return "An open angle bracket at the start of the email address has to be followed by a close angle bracket at "
               "the end.";
    while (text.back() == ' ') text.remove_suffix(1);
    if (text.back() != '>') return "There can't be anything after the email address.";
    text = text.substr(open + 1, text.size() - open - 2);
    return {};
}

FASTAPI_INLINE std::string split_email(std::string_view text, EmailPieces& pieces) {
    std::size_t at = 0;
    std::string why = find_at_sign(text, true, at);
    pieces.display_name = why.empty() && text[at] == '<';
    if (pieces.display_name) {
        why = cut_angle_brackets(text, at);
        if (why.empty()) why = find_at_sign(text, false, at);
    }
    if (!why.empty()) return why;
    pieces.written_local = text.substr(0, at);
    pieces.domain = text.substr(at + 1);
    return unquote(pieces.written_local, pieces.local, pieces.quoted);
}

// Periods, and in a domain hyphens, at the ends and side by side.
FASTAPI_INLINE std::string check_dots(std::string_view text, bool domain) {
    constexpr std::string_view have = "An email address cannot have a ", marks = ".-";
    auto has = [&](std::string_view two) { return text.find(two) != std::string_view::npos; };
    for (char mark : marks.substr(0, domain ? 2 : 1)) {
        std::string_view what = mark == '.' ? "period" : "hyphen";
        if (text.ends_with(mark))
            return domain ? concat({"An email address cannot end with a ", what, "."})
                          : concat({have, what, " immediately before the @-sign."});
        if (text.starts_with(mark))
            return domain ? concat({have, what, " immediately after the @-sign."})
                          : concat({"An email address cannot start with a ", what, "."});
        if (mark == '.' && has("..")) return "An email address cannot have two periods in a row.";
        if (mark == '-' && (has(".-") || has("-.")))
            return "An email address cannot have a period and a hyphen next to each other.";
    }
    return {};
}

// What stands before the at-sign, without its quotes.
FASTAPI_INLINE std::string check_local_part(const std::string& local, bool quoted) {
    if (local.empty()) return "There must be something before the @-sign.";
    std::string why = refuse_characters("The email address contains invalid characters before the @-sign", local,
                                        &is_local_character);
    if (why.empty()) why = check_dots(local, false);
    if (why.empty()) return all_ascii(local) ? why : refuse_unsafe(local, false);
    if (!quoted) return why;
    why = refuse_characters("The email address contains invalid characters in quotes before the @-sign", local,
                            &is_quoted_character);
    return why.empty() ? refuse_unsafe(local, true) : why;
}

// --- domains ----------------------------------------------------------------------------------------------------------------

// [127.0.0.1] or [IPv6:::1]: never allowed, but what is wrong in it comes first. literal has no brackets.
FASTAPI_COLD std::string refuse_domain_literal(std::string_view literal) {
    std::string_view digits = literal.ends_with('\n') ? literal.substr(0, literal.size() - 1) : literal;
    IpParts parts;
    if (!digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos) {
        if (!parse_ip_address(literal, false, parts))
            return concat({"The address in brackets after the @-sign is not valid: It is not an IPv4 address (",
                           ip_address_reason(literal, false), ") or is missing an address literal tag."});
    } else if (equals_ignoring_case(literal.substr(0, 5), "ipv6:")) {
        bool good = parse_ip_address(literal.substr(5), true, parts);
        if (!good || !parts.scope.empty())
            return concat({"The IPv6 address in brackets after the @-sign is not valid (",
                           good ? "It has a zone index" : ip_address_reason(literal.substr(5), true), ")."});
    } else if (literal.find(':') == std::string_view::npos) {
        return "The part after the @-sign in brackets is not an IPv4 address and has no address literal tag.";
    } else {
        std::string why = refuse_characters("The part after the @-sign contains invalid characters in brackets", literal,
                                            &is_literal_character);
        return why.empty() ? "The part after the @-sign contains an invalid address literal tag in brackets." : why;
    }
    return "A bracketed IP address after the @-sign is not allowed here.";
}

// UTS 46 and normalisation form C.
FASTAPI_INLINE std::string map_domain(std::string_view domain, std::string& out) {
    std::u32string mapped;
    for (std::size_t at = 0, position = 0; at < domain.size(); ++position) {
        char32_t c = next_code_point(domain, at);
        if (!map_host_character(c, mapped))
            return concat({"The part after the @-sign contains invalid characters (",
                           at_position("Codepoint ", c, " not allowed at position ", position, " in ", domain), ")."});
    }
    normalise(mapped);
    out = to_utf8(mapped);
    return {};
}

// A mapped domain to ASCII.
FASTAPI_INLINE std::string encode_domain(std::string_view domain, std::string& ascii) {
    for (std::string_view label, rest = domain; next_label(rest, label);) {
        std::size_t at = 0; // behind two characters
        for (int i = 0; i < 2 && at < label.size(); ++i) next_code_point(label, at);
        if (label.substr(at).starts_with("--") && !label.starts_with("xn"))
            return "An email address cannot have two letters followed by two dashes immediately after the @-sign or after "
                   "a period, except Punycode.";
    }
    if (all_ascii(domain)) {
        ascii = domain;
        return {};
    }
    for (std::string_view label; next_label(domain, label);) {
        std::string encoded;
        std::string why = label_to_ascii(label, encoded);
        if (!why.empty()) return concat({"The part after the @-sign is invalid (", why, ")."});
        ascii += encoded;
        if (domain.data()) ascii.push_back('.');
    }
    return {};
}

// A domain name in ASCII that has Punycode in it, to Unicode.
FASTAPI_INLINE std::string decode_domain(std::string_view ascii, std::string& out) {
    std::string why;
    bool right_to_left = false;
    for (std::string_view label; why.empty() && next_label(ascii, label);) {
        std::u32string decoded;
        why = label_to_unicode(label, decoded);
        for (char32_t c : decoded) right_to_left = right_to_left || (c >= 0x80 && is_right_to_left(c));
        out += to_utf8(decoded);
        if (ascii.data()) out.push_back('.');
    }
    if (why.empty())
        if (std::string unsafe = refuse_unsafe(out, false); !unsafe.empty()) return unsafe;
    std::string_view rest = out;
    for (std::string_view label; why.empty() && right_to_left && next_label(rest, label);)
        why = check_bidi(to_code_points(label), true);
    return why.empty() ? why : concat({"The part after the @-sign is not valid IDNA (", why, ")."});
}

// A name in ASCII: its lengths, and whether mail can reach it.
FASTAPI_INLINE std::string check_ascii_domain(std::string_view ascii) {
    if (ascii.size() > 253)
        return concat({"The email address is too long after the @-sign (", count_text(ascii.size() - 253, "byte"),
                       " too many after IDNA encoding)."});
    std::string_view label;
    for (std::string_view rest = ascii; next_label(rest, label);)
        if (label.size() > 63)
            return concat({"After the @-sign, periods cannot be separated by so many characters (",
                           count_text(label.size() - 63, "character"), " too many)."});
    if (label.size() == ascii.size()) return "The part after the @-sign is not valid. It should have a period.";
    if (ascii.back() < 'a' || ascii.back() > 'z')
        return "The part after the @-sign is not valid. It is not within a valid top-level domain.";
    for (std::string_view special : {"arpa", "invalid", "local", "localhost", "onion", "test"}) // RFC 6761
        if (label == special)
            return "The part after the @-sign is a special-use or reserved name that cannot be used with email.";
    return {};
}

// domain to its normal form, in ASCII and in Unicode.
FASTAPI_INLINE std::string check_domain(std::string_view domain, std::string& ascii, std::string& unicode) {
    std::size_t size = count_characters(domain);
    if (size > 253)
        return concat({"The email address is too long after the @-sign (", count_text(size - 253, "character"), " too many)."});
    constexpr std::string_view invalid = "The part after the @-sign contains invalid characters";
    std::string mapped;
    std::string why = refuse_characters(invalid, domain, &is_domain_character);
    if (why.empty()) why = refuse_unsafe(domain, false);
    if (why.empty()) why = refuse_characters(invalid, domain, &is_mappable);
    if (why.empty()) why = map_domain(domain, mapped);
    if (why.empty())
        why = refuse_characters("The part after the @-sign contains invalid characters after Unicode normalization", mapped,
                                &is_domain_character);
    if (why.empty()) why = check_dots(mapped, true);
    if (why.empty()) why = encode_domain(mapped, ascii);
    if (why.empty()) why = check_ascii_domain(ascii);
    if (!why.empty()) return why;
    if (ascii.find("xn--") != std::string::npos) return decode_domain(ascii, unicode);
    unicode = ascii;
    return why;
}

// --- the address --------------------------------------------------------------------------------------------------------------

// At most 254 bytes (RFC 5321 4.5.3.1.3), as it was written, in normal form and with its domain in ASCII.
FASTAPI_INLINE std::string check_email_length(const EmailPieces& pieces, std::size_t normal, std::size_t ascii) {
    constexpr std::size_t most = 254;
    std::size_t size = pieces.written_local.size() + 1 + pieces.domain.size();
    std::string_view form = " after normalization";
    if (size > most) {
        std::size_t over = size - most, widest = 1;
        for (std::string_view part : {pieces.written_local, pieces.domain})
            for (std::size_t at = 0; at < part.size();) {
                std::size_t begin = at;
                next_code_point(part, at);
                if (at - begin > widest) widest = at - begin;
            }
        // At least so many, when each takes as many bytes as the widest.
        std::size_t least = over / widest > 0 ? over / widest : 1;
        std::string range;
        if (least != over) {
            write_json_unsigned(range, least);
            range.push_back('-');
        }
        return concat({"The email address is too long (", range, count_text(over, "character"), " too many)."});
    }
    if (normal <= most) {
        normal = ascii;
        form = " when the part after the @-sign is converted to IDNA ASCII";
    }
    if (normal <= most) return {};
    return concat({"The email address is too long", form, " (", count_text(normal - most, "byte"), " too many)."});
}

// One address without a name. parts: the normal form, and what stands before its at-sign.
FASTAPI_INLINE std::string read_address(std::string_view text, EmailParts& parts) {
    EmailPieces pieces;
    std::string why = split_email(text, pieces);
    if (why.empty()) why = check_local_part(pieces.local, pieces.quoted);
    if (!why.empty()) return why;
    parts.name = normalised(pieces.local);
    if (parts.name != pieces.local)
        if (why = check_local_part(parts.name, pieces.quoted); !why.empty()) return "After Unicode normalization: " + why;
    if (pieces.quoted) return "Quoting the part before the @-sign is not allowed here.";
    // Mailbox names that every host has are known in any case (RFC 2142).
    for (std::string_view known : {"info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster",
                                   "hostmaster", "usenet", "news", "webmaster", "www", "uucp", "ftp"})
        if (equals_ignoring_case(parts.name, known)) parts.name = known;
    if (pieces.domain.empty()) return "There must be something after the @-sign.";
    if (pieces.domain.starts_with('[') && pieces.domain.ends_with(']'))
        return refuse_domain_literal(pieces.domain.substr(1, pieces.domain.size() - 2));
    std::string ascii, unicode;
    why = check_domain(pieces.domain, ascii, unicode);
    parts.email = concat({parts.name, "@", unicode});
    if (why.empty()) why = check_email_length(pieces, parts.email.size(), parts.name.size() + 1 + ascii.size());
    if (why.empty() && pieces.display_name)
        why = "A display name and angle brackets around the email address are not permitted here.";
    return why;
}

// "Name <address>" or "\"Name\" <address>", as Pydantic sees it before the address is looked at: when text is of this
// form, it becomes the address, and name the name.
FASTAPI_INLINE void cut_name(std::string_view& text, std::string_view& name) {
    std::string_view whole = strip_python_space(text);
    if (!whole.ends_with('>')) return;
    whole.remove_suffix(1);
    std::size_t line = whole.rfind('\n'); // the address has no newline in it
    std::string_view address, found;
    auto address_at = [&](std::size_t at) { // whether an address begins behind the < that stands at at, after spaces
        std::size_t open = at;
        while (at < whole.size() && is_python_space(next_code_point(whole, at))) open = at;
        if (open + 1 >= whole.size() || whole[open] != '<' || (line != std::string_view::npos && line > open)) return false;
        address = whole.substr(open + 1);
        return true;
    };
    if (whole.starts_with('"')) { // the longest text in quotes that an address follows
        std::size_t close = whole.rfind('"');
        while (close > 1 && !address_at(close + 1)) close = whole.rfind('"', close - 1);
        if (close > 1) found = whole.substr(1, close - 1);
    } else {
        std::size_t open = whole.find('<');
        if (open == std::string_view::npos || !address_at(open)) return;
        found = strip_python_space(whole.substr(0, open));
        for (std::size_t at = 0; at < found.size();) {
            char32_t c = next_code_point(found, at);
            bool word = c >= 0x80 ? character_kind(c) == CharacterKind::letter : is_atom_character(c);
            if (!word && !is_python_space(c)) return;
        }
    }
    if (address.empty()) return;
    name = found;
    text = address;
}

FASTAPI_INLINE std::string read_email(std::string_view text, EmailParts& parts) {
    constexpr std::size_t most = 2048; // characters
    if (count_characters(text) > most) return "Length must not exceed 2048 characters";
    std::string_view name;
    cut_name(text, name);
    std::string why = read_address(strip_python_space(text), parts);
    if (!name.empty()) parts.name = name;
    return why;
}

FASTAPI_INLINE EmailParts parse_email(std::string_view text) {
    EmailParts parts;
    std::string why = is_valid_utf8(text) ? read_email(text, parts) : "The text is no valid UTF-8.";
    if (!why.empty()) throw ValueError(concat({"value is not a valid email address: ", why}));
    return parts;
}

// --- field types --------------------------------------------------------------------------------------------------------

FASTAPI_COLD bool fail_unicode(const Value& value, Context& context) {
    return context.fail("string_unicode", "Input should be a valid string, unable to parse raw data as a unicode string",
                        value);
}

// Surrogates are left to the reader, unless white space is stripped.
FASTAPI_INLINE bool decode_email_parts(const Value& value, EmailParts& parts, bool& lone, Context& context) {
    std::string scratch;
    std::string_view text = value.string(scratch, &lone);
    if (lone && context.strip_whitespace) return fail_unicode(value, context);
    if (context.strip_whitespace) text = trim_unicode(text);
    std::string changed; // as the configuration of a model says
    if (context.text_model) {
        changed = text;
        if (!context.text_model->check_text(no_info, changed, value, context)) return false;
        text = changed;
    }
    std::string why = read_email(text, parts);
    if (why.empty()) return true;
    write_json_string(scratch = {}, why);
    return context.fail("value_error", concat({"value is not a valid email address: ", why}), value,
                        ctx_of("reason", scratch));
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
    parts.email = email;
    return check_text(rest, email, Value::bare(parts.email), context);
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
