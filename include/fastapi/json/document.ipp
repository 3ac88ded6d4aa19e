#pragma once

#include <bit>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

#include "fastapi/json/document.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_INLINE std::size_t count_characters(std::string_view text) {
    std::size_t n = 0;
    for (char c : text) n += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    return n;
}

FASTAPI_INLINE std::size_t utf8_sequence(const char* p, const char* end) {
    auto byte = [&](int i) { return static_cast<unsigned char>(p[i]); };
    auto tail = [&](int i) { return (byte(i) & 0xC0U) == 0x80U; };
    unsigned char c = byte(0);
    if (c < 0x80) return 1;
    if (c < 0xC2) return 0;
    if (c < 0xE0) return end - p >= 2 && tail(1) ? 2 : 0;
    if (c < 0xF0) {
        if (end - p < 3 || !tail(1) || !tail(2)) return 0;
        if ((c == 0xE0 && byte(1) < 0xA0) || (c == 0xED && byte(1) >= 0xA0)) return 0;
        return 3;
    }
    if (c > 0xF4 || end - p < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
    if ((c == 0xF0 && byte(1) < 0x90) || (c == 0xF4 && byte(1) >= 0x90)) return 0;
    return 4;
}

// Behind the sequences of several bytes that stand at p: where a byte of ASCII stands, or one that is not valid.
[[gnu::noinline]] FASTAPI_INLINE const char* skip_utf8(const char* p, const char* end) {
    while (p < end && static_cast<unsigned char>(*p) >= 0x80) {
        std::size_t n = utf8_sequence(p, end);
        if (n == 0) break;
        p += n;
    }
    return p;
}

FASTAPI_INLINE bool is_valid_utf8(std::string_view text) {
    const char* p = text.data();
    const char* end = p + text.size();
    while (p < end) {
        if (static_cast<unsigned char>(*p) >= 0x80) {
            p = skip_utf8(p, end);
            if (p == end) return true;
            if (static_cast<unsigned char>(*p) >= 0x80) return false;
        }
        ++p;
    }
    return true;
}

FASTAPI_INLINE char* put_utf8(char* p, std::uint32_t c) {
    if (c < 0x80) {
        *p++ = static_cast<char>(c);
        return p;
    }
    // The first byte says the length and has what is left of the bits, the others have 6 each.
    int tails = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    *p++ = static_cast<char>((0xFF00U >> (tails + 1)) | (c >> (6 * tails)));
    while (tails > 0) *p++ = static_cast<char>(0x80U | ((c >> (6 * --tails)) & 0x3FU));
    return p;
}

FASTAPI_INLINE void append_utf8(std::string& out, std::uint32_t c) {
    char bytes[4];
    out.append(bytes, static_cast<std::size_t>(put_utf8(bytes, c) - bytes));
}

// Turns UTF-16 and UTF-32 into UTF-8; the encoding is guessed from the first bytes as CPython's json does it.
// Returns false when the bytes are not valid in that encoding. UTF-8 is left alone.
FASTAPI_COLD bool convert_to_utf8(std::string_view& text, std::string& storage) {
    auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto starts = [&](std::string_view bom) { return text.substr(0, bom.size()) == bom; };
    std::size_t n = text.size();
    std::size_t unit = 1;
    bool big = false;
    std::size_t skip = 0;
    if (starts({"\x00\x00\xFE\xFF", 4})) {
        unit = 4, big = true, skip = 4;
    } else if (starts({"\xFF\xFE\x00\x00", 4})) {
        unit = 4, skip = 4;
    } else if (starts("\xFE\xFF")) {
        unit = 2, big = true, skip = 2;
    } else if (starts("\xFF\xFE")) {
        unit = 2, skip = 2;
    } else if (starts("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
        return true;
    } else if (n >= 4 && at(0) == 0) {
        unit = at(1) ? 2 : 4, big = true;
    } else if (n >= 4 && at(1) == 0) {
        unit = at(2) || at(3) ? 2 : 4;
    } else if (n == 2 && at(0) == 0) {
        unit = 2, big = true;
    } else if (n == 2 && at(1) == 0) {
        unit = 2;
    } else {
        return true;
    }
    text.remove_prefix(skip);
    if (text.size() % unit != 0) return false;
    auto read = [&](std::size_t i) {
        std::uint32_t c = 0;
        for (std::size_t k = 0; k < unit; ++k) c |= std::uint32_t{at(i + (big ? unit - 1 - k : k))} << (8 * k);
        return c;
    };
    for (std::size_t i = 0; i < text.size(); i += unit) {
        std::uint32_t c = read(i);
        if (unit == 2 && c >= 0xD800 && c < 0xDC00 && i + 4 <= text.size()) {
            std::uint32_t low = read(i + 2);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            }
        }
        if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return false;
        append_utf8(storage, c);
    }
    text = storage;
    return true;
}

// Which of 8 bytes (the first in the lowest 8 bits) cannot stand in a JSON string as they are, or are not ASCII: the
// highest bit of each. The lowest such bit is right; behind it, a byte may be marked that is none.
FASTAPI_INLINE std::uint64_t special_bytes(std::uint64_t eight) {
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    // Of ASCII less a smaller byte only what is 0, or below a space, gets the highest bit.
    std::uint64_t quote = (eight ^ (ones * '"')) - ones;
    std::uint64_t slash = (eight ^ (ones * '\\')) - ones;
    std::uint64_t control = eight - ones * 0x20;
    return (quote | slash | control | eight) & (ones * 0x80);
}
FASTAPI_INLINE bool is_special(char c) {
    return static_cast<unsigned char>(c) - 0x20U > 0x5FU || c == '"' || c == '\\';
}

// The first special byte at or behind p, 8 bytes a step.
FASTAPI_INLINE const char* find_special(const char* p, const char* end) {
    for (std::uint64_t eight; end - p >= 8; p += 8) {
        std::memcpy(&eight, p, 8);
        std::uint64_t hit = special_bytes(eight);
        if (!hit) continue;
        if constexpr (std::endian::native == std::endian::little) return p + std::countr_zero(hit) / 8;
        break;
    }
    while (p < end && !is_special(*p)) ++p;
    return p;
}

FASTAPI_INLINE bool is_json_space(char c) {
    return static_cast<unsigned char>(c) <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

// One pass over the text. Messages and offsets are those of CPython 3.11's json.decoder.
class DocumentParser {
  public:
    DocumentParser(Document& document, std::size_t max_depth)
        : document_(document), begin_(document.text_.data()), end_(begin_ + document.text_.size()),
          max_depth_(max_depth) {}

    // Reads values without recursion. An open container keeps the index of its parent in its second word; while a child
    // of it is open, the number of its children so far is in its third word.
    bool run() {
        constexpr std::uint32_t none = 0xFFFFFFFFU;
        std::uint32_t open = none;
        std::uint32_t count = 0; // children of the open container
        std::size_t depth = 0;
        bool in_object = false;
        bool key = false; // a key is expected
        const char* const end = end_;
        const char* p = begin_;
        std::uint32_t* words = document_.words_;
        std::uint32_t* word = words; // where the next one goes
        const std::uint32_t* last = words + document_.capacity_ - 4; // a container and the end need that many
        for (;;) {
            // A value is expected here, or a key.
            p = skip_space(p, end);
            ++count;
            if (word > last) {
                word = grow(word, p);
                words = document_.words_;
                last = words + document_.capacity_ - 4;
            }
            if (p == end) return fail(key ? key_expected : value_expected, p);
            if (*p == '"') {
                const char* quote = p;
                *word = offset(p);
                p = find_special(p + 1, end);
                if (p == end || *p != '"') {
                    p = rest_of_string(quote, p, *word);
                    if (!p) return false;
                }
                ++word;
                ++p;
                if (key) {
                    p = skip_space(p, end);
                    if (p == end || *p != ':') return fail("Expecting ':' delimiter", p);
                    ++p;
                    key = false;
                    continue;
                }
            } else if (key) {
                return fail(key_expected, p);
            } else if (*p == '{' || *p == '[') {
                if (++depth > max_depth_) return fail("nested too deeply", p, JsonError::Kind::depth);
                if (open != none) words[open + 2] = count;
                in_object = *p == '{';
                *word = offset(p);
                word[1] = open;
                open = static_cast<std::uint32_t>(word - words);
                word += 3;
                count = 0;
                p = skip_space(p + 1, end);
                if (p == end || *p != (in_object ? '}' : ']')) {
                    key = in_object;
                    continue;
                }
                // Closed below, as if behind a value.
            } else {
                *word = offset(p);
                p = scalar(p, *word);
                if (!p) return false;
                ++word;
            }
            // Behind a value, or in an empty container: close what ends here.
            for (;;) {
                p = skip_space(p, end);
                if (open == none) {
                    *word = offset(end);
                    return p == end || fail("Extra data", p);
                }
                if (p == end) return fail("Expecting ',' delimiter", p);
                if (*p == ',') break;
                if (*p != (in_object ? '}' : ']')) return fail("Expecting ',' delimiter", p);
                words[open + 2] = count;
                std::uint32_t parent = words[open + 1];
                words[open + 1] = static_cast<std::uint32_t>(word - words);
                open = parent;
                if (open != none) {
                    count = words[open + 2];
                    in_object = begin_[words[open]] == '{';
                }
                --depth;
                ++p;
            }
            ++p;
            key = in_object;
        }
    }

  private:
    static constexpr const char* key_expected = "Expecting property name enclosed in double quotes";
    static constexpr const char* value_expected = "Expecting value";

    Document& document_;
    const char* begin_;
    const char* end_;
    std::size_t max_depth_;

    [[gnu::cold]] bool fail(const char* message, const char* where, JsonError::Kind kind = JsonError::Kind::syntax) {
        std::string_view before{begin_, static_cast<std::size_t>(where - begin_)};
        document_.error_ = {kind, message, count_characters(before)};
        return false;
    }
    // What reads something returns where it ends, or null when it failed.
    [[gnu::cold]] const char* stop(const char* message, const char* where,
                                   JsonError::Kind kind = JsonError::Kind::syntax) {
        fail(message, where, kind);
        return nullptr;
    }

    // Room for more words: as many as the text needs when it goes on as it began. The block is grown by realloc, which
    // moves a large one without a copy beside it. Returns the new place of word.
    [[gnu::cold]] std::uint32_t* grow(const std::uint32_t* word, const char* p) {
        auto used = static_cast<std::size_t>(word - document_.words_);
        double size = 1.1 * static_cast<double>(document_.text_.size());
        auto guess = static_cast<std::size_t>(static_cast<double>(used) * size / static_cast<double>(p - begin_ + 1));
        std::size_t most = used < 1000 ? document_.text_.size() / 8 : used * 2;
        std::size_t least = used + used / 4 + 16;
        std::size_t wanted = guess < most ? guess : most;
        if (wanted < least) wanted = least;
        bool inside = document_.words_ == document_.inside_;
        void* made = std::realloc(inside ? nullptr : document_.words_, wanted * sizeof *word);
        if (!made) throw std::bad_alloc();
        auto words = static_cast<std::uint32_t*>(made);
        if (inside) std::memcpy(words, document_.inside_, used * sizeof *word);
        document_.words_ = words;
        document_.capacity_ = wanted;
        return words + used;
    }

    static const char* skip_space(const char* p, const char* end) {
        while (p < end && is_json_space(*p)) ++p;
        return p;
    }
    std::uint32_t offset(const char* p) const { return static_cast<std::uint32_t>(p - begin_); }

    const char* scalar(const char* p, std::uint32_t& word) {
        switch (*p) {
        case 'n': return literal(p, "null");
        case 't': return literal(p, "true");
        case 'f': return literal(p, "false");
        case 'N': return literal(p, "NaN");
        case 'I': return literal(p, "Infinity");
        default: return number(p, word);
        }
    }

    bool follows(const char* p, std::string_view word) const {
        return static_cast<std::size_t>(end_ - p) >= word.size() && std::memcmp(p, word.data(), word.size()) == 0;
    }
    const char* literal(const char* p, std::string_view word) {
        return follows(p, word) ? p + word.size() : stop(value_expected, p);
    }

    static bool digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
    static const char* digits(const char* p, const char* end) {
        while (p < end && digit(*p)) ++p;
        return p;
    }

    const char* number(const char* start, std::uint32_t& word) {
        const char* const end = end_;
        const char* p = start + (*start == '-');
        if (p < end && *p == 'I' && *start == '-') {
            word |= Document::flag;
            return follows(p, "Infinity") ? p + 8 : stop(value_expected, start);
        }
        if (p == end || !digit(*p)) return stop(value_expected, start);
        const char* q = *p == '0' ? p + 1 : digits(p, end);
        bool fraction = false;
        auto size = static_cast<std::size_t>(q - p);
        if (end - q > 1 && *q == '.' && digit(q[1])) {
            fraction = true;
            q = digits(q + 2, end);
        }
        if (q < end && (*q | 0x20) == 'e') {
            const char* e = q + 1;
            if (e < end && (*e == '+' || *e == '-')) ++e;
            if (e < end && digit(*e)) {
                fraction = true;
                q = digits(e, end);
            }
        }
        if (fraction) {
            word |= Document::flag;
            return q;
        }
        if (size > 4300) return stop("an integer of more than 4300 digits", start, JsonError::Kind::digits);
        return q;
    }

    // A string from its first special byte on: returns where its closing quote is.
    const char* rest_of_string(const char* quote, const char* p, std::uint32_t& word) {
        for (;; p = find_special(p, end_)) {
            if (p == end_) return stop("Unterminated string starting at", quote);
            if (*p == '"') return p;
            if (*p == '\\') {
                word |= Document::flag;
                p = escape(p, quote);
                if (!p) return p;
            } else if (static_cast<unsigned char>(*p) < 0x20) {
                return stop("Invalid control character at", p);
            } else {
                p = skip_utf8(p, end_);
                if (p < end_ && static_cast<unsigned char>(*p) >= 0x80)
                    return stop("invalid UTF-8", p, JsonError::Kind::encoding);
            }
        }
    }

    const char* escape(const char* p, const char* quote) {
        if (end_ - p == 1) return stop("Unterminated string starting at", quote);
        switch (p[1]) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return p + 2;
        case 'u': break;
        default: return stop("Invalid \\escape", p);
        }
        for (int i = 2; i < 6; ++i) { // CPython wants a character behind the digits, too
            bool hex = end_ - p > 6 && (digit(p[i]) || (p[i] >= 'a' && p[i] <= 'f') || (p[i] >= 'A' && p[i] <= 'F'));
            if (!hex) return stop("Invalid \\uXXXX escape", p + 1);
        }
        return p + 6;
    }
};

FASTAPI_INLINE bool Document::parse(std::string_view text, std::size_t max_depth) {
    error_ = {};
    text_ = text;
    // A text whose first byte is ASCII, with no zero behind it, is UTF-8 already.
    bool plain = text.size() > 1 && static_cast<unsigned char>(text[0]) - 1U < 0x7F && text[1] != 0;
    if (!plain && text.size() < flag) {
        converted_.clear();
        if (!convert_to_utf8(text_, converted_)) {
            error_ = {JsonError::Kind::encoding, "invalid text encoding", 0};
            return false;
        }
    }
    if (text_.size() >= flag) {
        error_ = {JsonError::Kind::size, "a JSON text of more than 2 GiB", 0};
        return false;
    }
    if (DocumentParser{*this, max_depth}.run()) return true;
    // CPython decodes the whole text before it parses, so that bad bytes anywhere come first.
    if (error_.kind == JsonError::Kind::syntax && !is_valid_utf8(text_)) error_.kind = JsonError::Kind::encoding;
    return false;
}

FASTAPI_INLINE Value Document::root() const { return {text_.data(), words_, 0}; }

FASTAPI_INLINE Value::Kind Value::kind() const {
    if (!words_) return text_ ? Kind::string : Kind::undefined;
    switch (*begin()) {
    case '{': return Kind::object;
    case '[': return Kind::array;
    case '"': return Kind::string;
    case 'n': return Kind::null;
    case 't': case 'f': return Kind::boolean;
    case 'N': case 'I': return Kind::number;
    default: return flagged() ? Kind::number : Kind::integer;
    }
}

FASTAPI_INLINE const char* Value::end_of_scalar() const {
    const char* p = text_ + (words_[index_ + 1] & ~Document::flag);
    // Between a string and the next token there is no quote, behind another scalar only what is skipped here.
    if (*begin() == '"') {
        while (p[-1] != '"') --p;
    } else {
        for (char c = p[-1]; c == ',' || c == '}' || c == ']' || is_json_space(c); c = p[-1]) --p;
    }
    return p;
}

FASTAPI_INLINE std::string_view Value::number_text() const {
    const char* p = begin();
    return {p, static_cast<std::size_t>(end_of_scalar() - p)};
}

// Short texts mostly: memcmp would cost more for the call than for the work.
FASTAPI_INLINE bool equal_bytes(const char* a, const char* b, std::size_t size) {
    auto differ = [&](auto word, std::size_t at) {
        auto other = word;
        std::memcpy(&word, a + at, sizeof word);
        std::memcpy(&other, b + at, sizeof word);
        return word != other;
    };
    if (size >= 8) {
        for (std::size_t at = 0; at < size - 8; at += 8)
            if (differ(std::uint64_t{}, at)) return false;
        return !differ(std::uint64_t{}, size - 8);
    }
    if (size >= 4) return !differ(std::uint32_t{}, 0) && !differ(std::uint32_t{}, size - 4);
    for (std::size_t at = 0; at < size; ++at)
        if (a[at] != b[at]) return false;
    return true;
}

FASTAPI_INLINE bool Value::Children::key_is(std::string_view key) const {
    std::uint32_t at = words_[at_];
    // The value comes behind the key, so that all of this is within the text. Without escapes, a key has no quote inside.
    if (at + key.size() + 2 > (words_[at_ + 1] & ~Document::flag)) return false; // also when the key is flagged
    const char* p = text_ + at + 1;
    return p[key.size()] == '"' && equal_bytes(p, key.data(), key.size());
}

FASTAPI_INLINE std::uint32_t read_hex4(const char* p) {
    std::uint32_t c = 0;
    for (int i = 0; i < 4; ++i) {
        auto digit = static_cast<unsigned char>(p[i]);
        c = (c << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20U) - 'a' + 10);
    }
    return c;
}

FASTAPI_INLINE std::string_view Value::string(std::string& scratch, bool* lone) const {
    if (!words_) return {text_, index_};
    const char* p = begin() + 1;
    const char* end = text_ + (words_[index_ + 1] & ~Document::flag) - 1;
    while (*end != '"') --end;
    std::string_view text{p, static_cast<std::size_t>(end - p)};
    return flagged() ? without_escapes(text, scratch, lone) : text;
}

FASTAPI_COLD std::string_view without_escapes(std::string_view text, std::string& scratch, bool* lone) {
    scratch.resize(text.size()); // more than is needed
    char* out = scratch.data();
    const char* p = text.data();
    const char* end = p + text.size();
    while (p < end) {
        if (*p != '\\') {
            *out++ = *p++;
            continue;
        }
        char c = p[1];
        p += 2;
        if (c != 'u') {
            *out++ = c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
            continue;
        }
        std::uint32_t unit = read_hex4(p);
        p += 4;
        if (unit >= 0xD800 && unit < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
            std::uint32_t low = read_hex4(p + 2);
            if (low >= 0xDC00 && low < 0xE000) {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                p += 6;
            }
        }
        if (unit >= 0xD800 && unit < 0xE000) {
            if (lone) {
                *lone = true;
            } else {
                unit = 0xFFFD;
            }
        }
        out = put_utf8(out, unit);
    }
    scratch.resize(static_cast<std::size_t>(out - scratch.data()));
    return scratch;
}

FASTAPI_INLINE std::string_view Value::raw() const {
    if (!words_) return {text_, index_};
    const char* p = begin();
    const char* end = p + 1;
    if (*p == '{' || *p == '[') {
        // The end of the last child is at or before the closing bracket.
        for (Children c = children(); !c.done();) {
            std::string_view child = c.next().raw();
            end = child.data() + child.size();
        }
        while (*end != '}' && *end != ']') ++end;
        ++end;
    } else {
        end = end_of_scalar();
    }
    return {p, static_cast<std::size_t>(end - p)};
}

FASTAPI_INLINE Value::Children Value::children() const {
    if (!words_) return {text_, words_, 0, 0};
    bool container = *begin() == '{' || *begin() == '[';
    return {text_, words_, index_ + 3, container ? words_[index_ + 1] : 0};
}

FASTAPI_INLINE std::size_t Value::token_count() const {
    bool container = words_ && (*begin() == '{' || *begin() == '[');
    return container ? words_[index_ + 1] - index_ : 1;
}

FASTAPI_INLINE std::size_t Value::child_count() const {
    bool container = words_ && (*begin() == '{' || *begin() == '[');
    return container ? words_[index_ + 2] : 0;
}

FASTAPI_INLINE Value Value::find(std::string_view key) const {
    Value found;
    if (kind() != Kind::object) return found;
    std::string scratch;
    for (Children c = children(); !c.done();) {
        Value name = c.next();
        Value value = c.next();
        if (name.string(scratch) == key) found = value;
    }
    return found;
}

struct KeyAt {
    const std::string* key;
    std::size_t index;
};

FASTAPI_COLD bool find_overridden(const Value& object, List<bool>& overridden) {
    std::vector<std::string> keys;
    std::string scratch;
    for (auto children = object.children(); !children.done(); children.next()) keys.emplace_back(children.next().string(scratch));
    overridden.clear();
    overridden.resize(keys.size());
    List<KeyAt> order;
    for (const std::string& key : keys) order.push_back({&key, order.size()});
    // qsort rather than std::sort: much less code, on the way to an error only.
    if (order.size() > 1)
        std::qsort(order.data(), order.size(), sizeof(KeyAt), [](const void* a, const void* b) {
            const auto& x = *static_cast<const KeyAt*>(a);
            const auto& y = *static_cast<const KeyAt*>(b);
            int by_key = x.key->compare(*y.key);
            return by_key != 0 ? by_key : x.index < y.index ? -1 : 1;
        });
    bool any = false;
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        if (*order[i].key != *order[i + 1].key) continue;
        overridden[order[i].index] = true;
        any = true;
    }
    return any;
}

FASTAPI_INLINE void write_value(const Value& value, std::string& out) {
    std::string scratch;
    bool lone = false; // surrogates are kept, and escaped again
    switch (value.kind()) {
    case Value::Kind::undefined:
    case Value::Kind::null: out += "null"; return;
    case Value::Kind::boolean: out += value.boolean() ? "true" : "false"; return;
    case Value::Kind::string: write_json_string(out, value.string(scratch, &lone)); return;
    case Value::Kind::integer: out += value.number_text() == "-0" ? "0" : value.number_text(); return;
    case Value::Kind::number: {
        // NaN and infinities are no JSON: FastAPI fails on them, we answer null (wire.md 20).
        char last = value.number_text().back();
        out += last == 'N' || last == 'y' ? std::string_view{"null"} : value.number_text();
        return;
    }
    case Value::Kind::array: {
        out.push_back('[');
        bool first = true;
        for (auto c = value.children(); !c.done(); first = false) {
            if (!first) out.push_back(',');
            write_value(c.next(), out);
        }
        out.push_back(']');
        return;
    }
    case Value::Kind::object: {
        out.push_back('{');
        bool first = true;
        List<bool> overridden;
        bool any_overridden = find_overridden(value, overridden);
        std::size_t index = 0;
        for (auto c = value.children(); !c.done(); ++index) {
            Value key = c.next();
            Value item = c.next();
            if (any_overridden && overridden[index]) continue;
            if (!first) out.push_back(',');
            first = false;
            write_json_string(out, key.string(scratch, &lone));
            out.push_back(':');
            write_value(item, out);
        }
        out.push_back('}');
        return;
    }
    }
}

FASTAPI_INLINE void write_bare_value(const Value& value, std::string& out) {
    std::string scratch;
    if (value) {
        write_json_string(out, value.string(scratch));
    } else {
        out += "null";
    }
}

// Through value_t and pointers: a conversion from each C++ type would cost every program compile time.
FASTAPI_INLINE bool value_to_json(const Value& value, json& out) {
    std::string scratch;
    bool good = true;
    switch (value.kind()) {
    case Value::Kind::undefined:
    case Value::Kind::null: out = json(json::value_t::null); break;
    case Value::Kind::boolean:
        out = json(json::value_t::boolean);
        *out.get_ptr<json::boolean_t*>() = value.boolean();
        break;
    case Value::Kind::string:
        out = json(json::value_t::string);
        *out.get_ptr<json::string_t*>() = value.string(scratch);
        break;
    case Value::Kind::integer: {
        std::string_view text = value.number_text();
        bool negative = text.front() == '-';
        auto magnitude = parse_unsigned(text.substr(negative));
        constexpr std::uint64_t least = 0x8000000000000000ULL;
        if (!magnitude || (negative && *magnitude > least)) {
            out = json(json::value_t::string); // its digits; who must not lose the difference looks at what is returned
            *out.get_ptr<json::string_t*>() = text;
            return false;
        }
        if (negative || *magnitude < least) {
            out = json(json::value_t::number_integer);
            *out.get_ptr<json::number_integer_t*>() = static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
        } else {
            out = json(json::value_t::number_unsigned);
            *out.get_ptr<json::number_unsigned_t*>() = *magnitude;
        }
        break;
    }
    case Value::Kind::number:
        out = json(json::value_t::number_float);
        *out.get_ptr<json::number_float_t*>() = parse_double(value.number_text());
        break;
    case Value::Kind::array: {
        out = json(json::value_t::array);
        auto& array = *out.get_ptr<json::array_t*>();
        array.reserve(value.child_count());
        for (auto c = value.children(); !c.done();) {
            array.emplace_back(json::value_t::null);
            good = value_to_json(c.next(), array.back()) && good;
        }
        break;
    }
    case Value::Kind::object: {
        out = json(json::value_t::object);
        auto& object = *out.get_ptr<json::object_t*>();
        for (auto c = value.children(); !c.done();) {
            json& slot = object[std::string(c.next().string(scratch))];
            good = value_to_json(c.next(), slot) && good;
        }
        break;
    }
    }
    return good;
}

} // namespace fastapi::detail

namespace fastapi {

FASTAPI_COLD json parse_json(std::string_view text) {
    detail::Document document;
    if (!document.parse(text)) {
        const detail::JsonError& error = document.error();
        throw std::invalid_argument("JSON: " + std::string(error.message) + " (at character " +
                                    detail::integer_text(static_cast<std::int64_t>(error.offset)) + ")");
    }
    json result;
    if (!detail::value_to_json(document.root(), result))
        throw std::invalid_argument("JSON: an integer does not fit 64 bits");
    return result;
}

} // namespace fastapi
