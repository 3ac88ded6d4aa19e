#pragma once

#include <charconv>
#include <cstdlib>
#include <cstring>
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

FASTAPI_INLINE bool is_valid_utf8(std::string_view text) {
    const char* p = text.data();
    const char* end = p + text.size();
    while (p < end) {
        if (static_cast<unsigned char>(*p) < 0x80) {
            ++p;
            continue;
        }
        std::size_t n = utf8_sequence(p, end);
        if (n == 0) return false;
        p += n;
    }
    return true;
}

FASTAPI_INLINE void append_utf8(std::string& out, std::uint32_t c) {
    auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0U | (c >> 6));
        put(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        put(0xE0U | (c >> 12));
        put(0x80U | ((c >> 6) & 0x3FU));
        put(0x80U | (c & 0x3FU));
    } else {
        put(0xF0U | (c >> 18));
        put(0x80U | ((c >> 12) & 0x3FU));
        put(0x80U | ((c >> 6) & 0x3FU));
        put(0x80U | (c & 0x3FU));
    }
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

// One pass over the text. Messages and offsets are those of CPython 3.11's json.decoder.
class DocumentParser {
  public:
    DocumentParser(Document& document, std::size_t max_depth)
        : document_(document), begin_(document.text_.data()), p_(begin_), end_(begin_ + document.text_.size()),
          max_depth_(max_depth) {}

    bool run() {
        document_.tokens_.reserve(document_.text_.size() / 8 + 8);
        skip_space();
        if (!values()) return false;
        skip_space();
        return p_ == end_ || fail("Extra data", p_);
    }

  private:
    Document& document_;
    const char* begin_;
    const char* p_;
    const char* end_;
    std::size_t max_depth_;

    bool fail(const char* message, const char* where, JsonError::Kind kind = JsonError::Kind::syntax) {
        std::string_view before{begin_, static_cast<std::size_t>(where - begin_)};
        document_.error_ = {kind, message, count_characters(before)};
        return false;
    }
    void skip_space() {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
    }
    void push(const char* at, std::size_t end) {
        document_.tokens_.push_back({static_cast<std::uint32_t>(at - begin_), static_cast<std::uint32_t>(end)});
    }

    // Reads values without recursion. An open container keeps the index of its parent in its token until it is closed.
    bool values() {
        constexpr std::uint32_t none = 0xFFFFFFFFU;
        auto& tokens = document_.tokens_;
        std::uint32_t open = none;
        std::size_t depth = 0;
        for (;;) {
            // A value is expected here.
            if (p_ == end_) return fail("Expecting value", p_);
            if (*p_ == '{' || *p_ == '[') {
                if (++depth > max_depth_) return fail("nested too deeply", p_, JsonError::Kind::depth);
                bool object = *p_ == '{';
                push(p_, open);
                open = static_cast<std::uint32_t>(tokens.size() - 1);
                ++p_;
                skip_space();
                if (p_ < end_ && *p_ == (object ? '}' : ']')) {
                    // Closed below, as if behind a value.
                } else if (object) {
                    if (!key()) return false;
                    continue;
                } else {
                    continue;
                }
            } else if (!scalar()) {
                return false;
            }
            // Behind a value, or in an empty container: close what ends here.
            for (;;) {
                if (open == none) return true;
                skip_space();
                bool object = begin_[tokens[open].at] == '{';
                if (p_ < end_ && *p_ == (object ? '}' : ']')) {
                    ++p_;
                    --depth;
                    std::uint32_t parent = tokens[open].end;
                    tokens[open].end = static_cast<std::uint32_t>(tokens.size());
                    open = parent;
                    continue;
                }
                if (p_ == end_ || *p_ != ',') return fail("Expecting ',' delimiter", p_);
                ++p_;
                skip_space();
                if (object && !key()) return false;
                break;
            }
        }
    }

    bool key() {
        if (p_ == end_ || *p_ != '"') return fail("Expecting property name enclosed in double quotes", p_);
        if (!string()) return false;
        skip_space();
        if (p_ == end_ || *p_ != ':') return fail("Expecting ':' delimiter", p_);
        ++p_;
        skip_space();
        return true;
    }

    bool scalar() {
        switch (*p_) {
        case '"': return string();
        case 'n': return literal("null");
        case 't': return literal("true");
        case 'f': return literal("false");
        case 'N': return literal("NaN");
        case 'I': return literal("Infinity");
        default: return number();
        }
    }

    bool literal(std::string_view word) {
        if (std::string_view{p_, static_cast<std::size_t>(end_ - p_)}.substr(0, word.size()) != word)
            return fail("Expecting value", p_);
        push(p_, word.size());
        p_ += word.size();
        return true;
    }

    static bool digit(char c) { return c >= '0' && c <= '9'; }

    bool number() {
        const char* start = p_;
        const char* q = p_;
        if (*q == '-') ++q;
        if (q < end_ && *q == 'I' && *start == '-') {
            constexpr std::string_view word = "Infinity";
            if (std::string_view{q, static_cast<std::size_t>(end_ - q)}.substr(0, word.size()) != word)
                return fail("Expecting value", start);
            p_ = q + word.size();
            push(start, static_cast<std::size_t>(p_ - start) | Document::flag);
            return true;
        }
        if (q == end_ || !digit(*q)) return fail("Expecting value", start);
        if (*q == '0') {
            ++q;
        } else {
            while (q < end_ && digit(*q)) ++q;
        }
        std::size_t digits = static_cast<std::size_t>(q - start);
        bool fraction = false;
        if (q + 1 < end_ && *q == '.' && digit(q[1])) {
            fraction = true;
            ++q;
            while (q < end_ && digit(*q)) ++q;
        }
        if (q < end_ && (*q == 'e' || *q == 'E')) {
            const char* e = q + 1;
            if (e < end_ && (*e == '+' || *e == '-')) ++e;
            if (e < end_ && digit(*e)) {
                fraction = true;
                q = e;
                while (q < end_ && digit(*q)) ++q;
            }
        }
        if (!fraction && digits - (*start == '-') > 4300)
            return fail("an integer of more than 4300 digits", start, JsonError::Kind::digits);
        p_ = q;
        push(start, static_cast<std::size_t>(q - start) | (fraction ? Document::flag : 0U));
        return true;
    }

    // The first byte at or behind p that is a quote, a backslash, a control character or not ASCII, 8 bytes a step.
    const char* scan_plain(const char* p) const {
        constexpr std::uint64_t ones = 0x0101010101010101ULL;
        constexpr std::uint64_t high = 0x8080808080808080ULL;
        while (end_ - p >= 8) {
            std::uint64_t w;
            std::memcpy(&w, p, 8);
            std::uint64_t quote = w ^ (ones * '"');
            std::uint64_t slash = w ^ (ones * '\\');
            std::uint64_t hit = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((w - ones * 0x20) & ~w) | w;
            if (hit & high) break;
            p += 8;
        }
        while (p < end_ && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20 &&
               static_cast<unsigned char>(*p) < 0x80)
            ++p;
        return p;
    }

    bool string() {
        const char* quote = p_;
        const char* p = p_ + 1;
        std::size_t escapes = 0;
        for (;;) {
            p = scan_plain(p);
            if (p == end_) return fail("Unterminated string starting at", quote);
            auto c = static_cast<unsigned char>(*p);
            if (c == '"') break;
            if (c == '\\') {
                escapes = Document::flag;
                if (!escape(p, quote)) return false;
            } else if (c < 0x20) {
                return fail("Invalid control character at", p);
            } else {
                std::size_t n = utf8_sequence(p, end_);
                if (n == 0) return fail("invalid UTF-8", p, JsonError::Kind::encoding);
                p += n;
            }
        }
        push(quote, static_cast<std::size_t>(p - quote - 1) | escapes);
        p_ = p + 1;
        return true;
    }

    bool escape(const char*& p, const char* quote) {
        if (p + 1 == end_) return fail("Unterminated string starting at", quote);
        switch (p[1]) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': p += 2; return true;
        case 'u': break;
        default: return fail("Invalid \\escape", p);
        }
        for (int i = 2; i < 6; ++i) { // CPython wants a character behind the digits, too
            bool hex = p + 6 < end_ && (digit(p[i]) || (p[i] >= 'a' && p[i] <= 'f') || (p[i] >= 'A' && p[i] <= 'F'));
            if (!hex) return fail("Invalid \\uXXXX escape", p + 1);
        }
        p += 6;
        return true;
    }
};

FASTAPI_INLINE bool Document::parse(std::string_view text, std::size_t max_depth) {
    tokens_.clear();
    converted_.clear();
    error_ = {};
    text_ = text;
    if (text.size() >= flag) {
        error_ = {JsonError::Kind::size, "a JSON text of more than 2 GiB", 0};
        return false;
    }
    if (!convert_to_utf8(text_, converted_)) {
        error_ = {JsonError::Kind::encoding, "invalid text encoding", 0};
        return false;
    }
    if (DocumentParser{*this, max_depth}.run()) return true;
    // CPython decodes the whole text before it parses, so that bad bytes anywhere come first.
    if (error_.kind == JsonError::Kind::syntax && !is_valid_utf8(text_)) error_.kind = JsonError::Kind::encoding;
    return false;
}

FASTAPI_INLINE Value Document::root() const { return {text_.data(), tokens_.data(), 0}; }

FASTAPI_INLINE Value::Kind Value::kind() const {
    if (!tokens_) return text_ ? Kind::string : Kind::undefined;
    switch (text_[token().at]) {
    case '{': return Kind::object;
    case '[': return Kind::array;
    case '"': return Kind::string;
    case 'n': return Kind::null;
    case 't': case 'f': return Kind::boolean;
    case 'N': case 'I': return Kind::number;
    default: return token().end & Document::flag ? Kind::number : Kind::integer;
    }
}

FASTAPI_INLINE std::string_view Value::number_text() const {
    return {text_ + token().at, token().end & ~Document::flag};
}

FASTAPI_INLINE std::uint32_t read_hex4(const char* p) {
    std::uint32_t c = 0;
    std::from_chars(p, p + 4, c, 16);
    return c;
}

FASTAPI_INLINE std::string_view Value::string(std::string& scratch, bool* lone) const {
    if (!tokens_) return {text_, index_};
    const char* p = text_ + token().at + 1;
    std::size_t size = token().end & ~Document::flag;
    if (!(token().end & Document::flag)) return {p, size};
    scratch.clear();
    const char* end = p + size;
    while (p < end) {
        if (*p != '\\') {
            const void* next = std::memchr(p, '\\', static_cast<std::size_t>(end - p));
            const char* stop = next ? static_cast<const char*>(next) : end;
            scratch.append(p, stop);
            p = stop;
            continue;
        }
        char c = p[1];
        p += 2;
        switch (c) {
        case 'b': scratch.push_back('\b'); break;
        case 'f': scratch.push_back('\f'); break;
        case 'n': scratch.push_back('\n'); break;
        case 'r': scratch.push_back('\r'); break;
        case 't': scratch.push_back('\t'); break;
        case 'u': {
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
            append_utf8(scratch, unit);
            break;
        }
        default: scratch.push_back(c); break;
        }
    }
    return scratch;
}

FASTAPI_INLINE std::string_view Value::raw() const {
    if (!tokens_) return {text_, index_};
    const char* begin = text_ + token().at;
    switch (kind()) {
    case Kind::array:
    case Kind::object: {
        // The end of the last child is at or before the closing bracket.
        const char* p = begin + 1;
        for (Children c = children(); !c.done();) {
            std::string_view child = c.next().raw();
            p = child.data() + child.size();
        }
        while (*p != '}' && *p != ']') ++p;
        return {begin, static_cast<std::size_t>(p + 1 - begin)};
    }
    case Kind::string: return {begin, (token().end & ~Document::flag) + 2};
    default: return number_text();
    }
}

FASTAPI_INLINE Value::Children Value::children() const {
    if (!tokens_) return {text_, tokens_, 0, 0};
    char c = text_[token().at];
    bool container = c == '{' || c == '[';
    return {text_, tokens_, index_ + 1, container ? token().end : index_ + 1};
}

FASTAPI_INLINE std::size_t Value::token_count() const {
    return is(Kind::array) || is(Kind::object) ? token().end - index_ : 1;
}

FASTAPI_INLINE std::size_t Value::child_count() const {
    std::size_t n = 0;
    for (Children c = children(); !c.done(); c.next()) ++n;
    return n;
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

FASTAPI_COLD bool find_overridden(const Value& object, std::vector<bool>& overridden) {
    std::vector<std::string> keys;
    std::string scratch;
    for (auto children = object.children(); !children.done(); children.next()) keys.emplace_back(children.next().string(scratch));
    overridden.assign(keys.size(), false);
    std::vector<KeyAt> order;
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
        std::vector<bool> overridden;
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
