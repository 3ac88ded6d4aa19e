#pragma once

// What is known of characters beyond ASCII: kind, names, composition (normalisation form C). The tables are packed text
// (types/unicode_data.ipp), unpacked when the first such character is met. Names of e-mail addresses and hosts need it.

#include <cstdlib>
#include <string>
#include <string_view>

#include "fastapi/json/document.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/types/unicode_data.ipp"
#include "fastapi/types/unicode_names.ipp"
#include "fastapi/types/text.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- UTF-8 ----------------------------------------------------------------------------------------------------------------

// The code point at text[at] of valid UTF-8, in which surrogates are allowed; at moves behind it.
FASTAPI_INLINE char32_t next_code_point(std::string_view text, std::size_t& at) {
    auto byte = [&] { return at < text.size() ? static_cast<unsigned char>(text[at++]) : 0U; };
    char32_t c = byte();
    if (c < 0xC0) return c;
    int more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    c &= 0x3FU >> static_cast<unsigned>(more);
    for (; more > 0; --more) c = (c << 6U) | (byte() & 0x3FU);
    return c;
}

FASTAPI_INLINE std::u32string to_code_points(std::string_view text) {
    std::u32string out;
    for (std::size_t at = 0; at < text.size();) out.push_back(next_code_point(text, at));
    return out;
}

FASTAPI_INLINE std::string to_utf8(const std::u32string& text) {
    std::string out;
    for (char32_t c : text) append_utf8(out, c);
    return out;
}

FASTAPI_INLINE bool all_ascii(std::string_view text) {
    for (char c : text)
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    return true;
}

// --- the tables -----------------------------------------------------------------------------------------------------------

// Numbers in packed text: digits to the base of 46 in 92 characters, the lowest first.
class PackedReader {
  public:
    explicit PackedReader(std::string_view text) : text_(text) {}
    [[nodiscard]] bool done() const { return at_ == text_.size(); }
    std::uint32_t number() {
        constexpr std::uint32_t base = 46;
        for (std::uint32_t value = 0, weight = 1;; weight *= base) {
            auto c = static_cast<unsigned char>(text_[at_++]);
            std::uint32_t digit = c - 32U - (c > '"' ? 1U : 0U) - (c > '?' ? 1U : 0U) - (c > '\\' ? 1U : 0U);
            value += digit * weight;
            if (digit < base) return value;
        }
    }
    // What a signed number adds, modulo 2^32.
    std::uint32_t distance() {
        std::uint32_t n = number();
        return n & 1U ? ~(n >> 1U) : n >> 1U;
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

template <std::size_t N>
constexpr std::string_view packed(const char (&text)[N]) {
    return {text, N - 1};
}

// A number for each character, as runs.
class RunTable {
  public:
    explicit RunTable(std::string_view text) {
        PackedReader reader(text);
        for (char32_t at = 0; !reader.done();) {
            std::uint32_t length = reader.number();
            runs_.push_back(at << 8U | reader.number());
            at += length;
        }
    }
    unsigned operator[](char32_t c) const { return runs_[find(c)] & 0xFFU; }

  private:
    // The last run that begins at c or before.
    [[nodiscard]] std::size_t find(char32_t c) const {
        std::size_t first = 0;
        for (std::size_t size = runs_.size(); size > 1;) {
            std::size_t half = size / 2;
            if (runs_[first + half] >> 8U <= c) first += half;
            size -= half;
        }
        return first;
    }
    std::u32string runs_; // first character and number
};

// By general category: unassigned, private or surrogate; L and N; P and S; M; Zs; Zl and Zp; Cf; Cc.
enum class CharacterKind : unsigned { other, letter, symbol, mark, space, separator, format, control };
// By bidirectional class: L; R and AL; AN; EN; ES, CS, ET, ON and BN; NSM; anything else.
enum class BidiGroup : unsigned { unknown, left, right, arabic_number, number, neutral, mark, refused };

struct CharacterTables {
    RunTable kinds{packed(unicode_kinds)};
    RunTable combining{packed(unicode_combining)};
    RunTable bidi{packed(unicode_bidi)};
    std::u32string decomposed;     // sorted: characters that are made of others
    std::u32string parts;          // of each the two; the second may be 0
    std::u32string compositions;   // sorted: first, second, what they make
    CharacterTables();
};

FASTAPI_COLD int compare_compositions(const void* a, const void* b) {
    const auto *x = static_cast<const char32_t*>(a), *y = static_cast<const char32_t*>(b);
    std::size_t at = x[0] == y[0] ? 1 : 0;
    return x[at] < y[at] ? -1 : x[at] > y[at];
}

FASTAPI_COLD CharacterTables::CharacterTables() {
    PackedReader reader(packed(unicode_decompositions));
    for (char32_t at = 0, first = 0, second = 0x300; !reader.done();) {
        std::uint32_t step = reader.number(), what = step % 3; // one part; two; two that compose again
        at += step / 3;
        first += reader.distance();
        if (what > 0) second += reader.distance();
        decomposed.push_back(at);
        parts.push_back(first);
        parts.push_back(what > 0 ? second : 0);
        if (what != 2) continue;
        for (char32_t c : {first, second, at}) compositions.push_back(c);
    }
    std::qsort(compositions.data(), compositions.size() / 3, 3 * sizeof(char32_t), &compare_compositions);
}

FASTAPI_INLINE const CharacterTables& character_tables() {
    static const CharacterTables tables;
    return tables;
}

FASTAPI_INLINE CharacterKind character_kind(char32_t c) {
    if (c < 0x80) {
        bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (letter) return CharacterKind::letter;
        return c == ' ' ? CharacterKind::space : c < ' ' || c == 0x7F ? CharacterKind::control : CharacterKind::symbol;
    }
    return static_cast<CharacterKind>(character_tables().kinds[c]);
}

// --- normalisation form C (Unicode Standard 3.11) ---------------------------------------------------------------------------

// Hangul syllables are counted, not listed.
inline constexpr char32_t hangul = 0xAC00, hangul_lead = 0x1100, hangul_vowel = 0x1161, hangul_tail = 0x11A7;
inline constexpr char32_t hangul_vowels = 21, hangul_tails = 28, hangul_count = 19 * hangul_vowels * hangul_tails;

FASTAPI_INLINE void append_decomposed(const CharacterTables& tables, char32_t c, std::u32string& out) {
    if (c - hangul < hangul_count) {
        c -= hangul;
        out.push_back(hangul_lead + c / (hangul_vowels * hangul_tails));
        out.push_back(hangul_vowel + c / hangul_tails % hangul_vowels);
        if (c % hangul_tails > 0) out.push_back(hangul_tail + c % hangul_tails);
        return;
    }
    std::size_t first = 0;
    for (std::size_t size = tables.decomposed.size(); size > 1;) {
        std::size_t half = size / 2;
        if (tables.decomposed[first + half] <= c) first += half;
        size -= half;
    }
    if (tables.decomposed[first] != c) {
        out.push_back(c);
        return;
    }
    append_decomposed(tables, tables.parts[2 * first], out);
    if (char32_t second = tables.parts[2 * first + 1]) append_decomposed(tables, second, out);
}

// What two characters make, or 0.
FASTAPI_INLINE char32_t compose(const CharacterTables& tables, char32_t a, char32_t b) {
    if (a - hangul_lead < 19 && b - hangul_vowel < hangul_vowels)
        return hangul + ((a - hangul_lead) * hangul_vowels + (b - hangul_vowel)) * hangul_tails;
    if (a - hangul < hangul_count && (a - hangul) % hangul_tails == 0 && b - hangul_tail - 1 < hangul_tails - 1)
        return a + (b - hangul_tail);
    const char32_t* entries = tables.compositions.data();
    const char32_t wanted[] = {a, b};
    std::size_t first = 0;
    for (std::size_t size = tables.compositions.size() / 3; size > 1;) {
        std::size_t half = size / 2;
        if (compare_compositions(entries + 3 * (first + half), wanted) <= 0) first += half;
        size -= half;
    }
    return compare_compositions(entries + 3 * first, wanted) == 0 ? entries[3 * first + 2] : 0;
}

// Puts the marks of one character in the order of their classes, which are in the highest eight bits; those of one
// class stay as they come. As many passes as there are classes, for a long row takes no quadratic time.
FASTAPI_INLINE void order_marks(char32_t* marks, std::size_t size) {
    std::u32string sorted;
    for (char32_t order = 0; sorted.size() < size;) {
        char32_t next = 0xFF;
        for (std::size_t i = 0; i < size; ++i)
            if (marks[i] >> 24U > order && marks[i] >> 24U < next) next = marks[i] >> 24U;
        order = next;
        for (std::size_t i = 0; i < size; ++i)
            if (marks[i] >> 24U == order) sorted.push_back(marks[i]);
    }
    for (std::size_t i = 0; i < size; ++i) marks[i] = sorted[i];
}

FASTAPI_INLINE void normalise(std::u32string& text) {
    std::size_t plain = 0; // what is below U+0300 stays as it is
    while (plain < text.size() && text[plain] < 0x300) ++plain;
    if (plain == text.size()) return;
    const CharacterTables& tables = character_tables();
    std::u32string out; // characters with their classes
    for (char32_t c : text) {
        std::size_t at = out.size();
        c < 0xC0 ? out.push_back(c) : append_decomposed(tables, c, out);
        for (; at < out.size(); ++at) out[at] |= char32_t{tables.combining[out[at]]} << 24U;
    }
    for (std::size_t at = 0; at < out.size(); ++at) {
        std::size_t begin = at;
        while (at < out.size() && out[at] >> 24U > 0) ++at;
        if (at - begin > 1) order_marks(out.data() + begin, at - begin);
    }
    constexpr std::size_t none = std::u32string::npos;
    std::size_t size = 0, starter = none; // what is composed so far; the last character of class 0 in it
    char32_t before = 0;                  // the class of the last one
    for (char32_t marked : out) {
        char32_t c = marked & 0xFFFFFFU, order = marked >> 24U;
        bool reaches = starter != none && (before == 0 || before < order);
        if (char32_t made = reaches ? compose(tables, out[starter], c) : 0) {
            out[starter] = made;
            continue;
        }
        if (order == 0) starter = size;
        before = order;
        out[size++] = c;
    }
    out.resize(size);
    text.swap(out);
}

FASTAPI_INLINE std::string normalised(std::string_view text) {
    if (all_ascii(text)) return std::string(text);
    std::u32string characters = to_code_points(text);
    normalise(characters);
    return to_utf8(characters);
}

// --- what is shown to people --------------------------------------------------------------------------------------------

// As Python's repr(): in quotes, with escapes for what cannot be printed.
FASTAPI_COLD std::string python_repr(std::string_view text) {
    bool single = text.find('\'') == std::string_view::npos || text.find('"') != std::string_view::npos;
    const char quote = single ? '\'' : '"';
    std::string out(1, quote);
    for (std::size_t at = 0; at < text.size();) {
        char32_t c = next_code_point(text, at);
        CharacterKind kind = character_kind(c);
        if (c == '\\' || c == static_cast<unsigned char>(quote)) {
            out.push_back('\\');
            out.push_back(static_cast<char>(c));
        } else if (c == '\n' || c == '\r' || c == '\t') {
            out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
        } else if (kind == CharacterKind::letter || kind == CharacterKind::symbol || kind == CharacterKind::mark ||
                   c == ' ') {
            append_utf8(out, c);
        } else {
            out += c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U";
            for (unsigned shift = c < 0x100 ? 8 : c < 0x10000 ? 16 : 32; shift > 0; shift -= 4)
                out.push_back("0123456789abcdef"[(c >> (shift - 4)) & 15U]);
        }
    }
    out.push_back(quote);
    return out;
}

// "U+00E9", at least four digits.
FASTAPI_COLD std::string code_point_text(char32_t c, unsigned digits = 4) {
    std::string out = "U+";
    for (unsigned shift = 32; shift > 0; shift -= 4)
        if (shift <= 4 * digits || c >> (shift - 4) > 0) out.push_back("0123456789ABCDEF"[(c >> (shift - 4)) & 15U]);
    return out;
}

// The names of marks, spaces and format characters: "NO-BREAK SPACE". Empty when there is none.
class CharacterNames {
  public:
    CharacterNames() {
        std::string_view words = packed(unicode_words);
        std::u32string starts(1, 0);
        for (std::size_t i = 0; i < words.size(); ++i)
            if (words[i] == ' ') starts.push_back(static_cast<char32_t>(i + 1));
        starts.push_back(static_cast<char32_t>(words.size() + 1));
        PackedReader reader(packed(unicode_names));
        std::u32string name; // its words, as numbers
        for (char32_t c = 0; !reader.done();) {
            c += reader.number();
            std::uint32_t count = reader.number();
            name.resize(count / 16);
            for (count %= 16; count > 0; --count) name.push_back(reader.number());
            index_.push_back(c);
            index_.push_back(static_cast<char32_t>(text_.size()));
            bool space = false;
            for (char32_t word : name) {
                std::string_view spelled = words.substr(starts[word], starts[word + 1] - starts[word] - 1);
                bool hyphen = spelled == "-";
                if (space && !hyphen) text_.push_back(' ');
                text_ += spelled;
                space = !hyphen;
            }
        }
        index_.push_back(0x110000);
        index_.push_back(static_cast<char32_t>(text_.size()));
    }
    [[nodiscard]] std::string find(char32_t c) const {
        if ((c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF)) {
            std::string out = "VARIATION SELECTOR-";
            write_json_unsigned(out, c <= 0xFE0F ? c - 0xFE00 + 1 : c - 0xE0100 + 17);
            return out;
        }
        std::size_t first = 0;
        for (std::size_t size = index_.size() / 2; size > 1;) {
            std::size_t half = size / 2;
            if (index_[2 * (first + half)] <= c) first += half;
            size -= half;
        }
        if (index_[2 * first] != c) return {};
        return text_.substr(index_[2 * first + 1], index_[2 * first + 3] - index_[2 * first + 1]);
    }

  private:
    std::string text_;
    std::u32string index_; // character and where its name begins
};

FASTAPI_COLD std::string character_name(char32_t c) {
    static const CharacterNames names;
    return names.find(c);
}

} // namespace fastapi::detail
