#pragma once

// JSON text as a list of tokens: what decoding works on. The text is checked once, completely, with the rules and the
// error messages of CPython's json module (what FastAPI reports), and each value is reachable without reading what
// stands before it. 4 bytes a string, number or literal, 12 a container; their text stays where it is until somebody
// asks for it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/json/json.hpp"
#include "fastapi/meta/list.hpp"

namespace fastapi::detail {

// Where and why a text is not JSON.
struct JsonError {
    enum class Kind : std::uint8_t { none, syntax, encoding, depth, digits, size };
    Kind kind = Kind::none;
    const char* message = "";
    std::size_t offset = 0; // in characters (code points), as CPython counts
};

class Value;

// The words of a token: the offset of its first character in the text, with a flag in the highest bit; of a container
// also the index of the word behind the container, and the number of its children. Behind the last token stands the
// size of the text.
class Document {
  public:
    static constexpr std::uint32_t flag = 0x80000000U;   // a string with escapes, a number with fraction or exponent
    static constexpr std::size_t default_max_depth = 990; // CPython's recursion limit leaves about this much

    Document() {} // NOLINT: the room inside is not to be cleared
    ~Document() {
        if (words_ != inside_) std::free(words_);
    }
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    // Parses text, which must outlive the document. Returns false and fills error() when it is not JSON.
    bool parse(std::string_view text, std::size_t max_depth = default_max_depth);
    [[nodiscard]] const JsonError& error() const { return error_; }
    [[nodiscard]] Value root() const;

  private:
    friend class DocumentParser;
    std::uint32_t* words_ = inside_;
    std::size_t capacity_ = sizeof inside_ / sizeof *inside_;
    std::string_view text_;
    std::string converted_; // a UTF-16 or UTF-32 text, as UTF-8
    JsonError error_;
    std::uint32_t inside_[160]; // of most bodies
};

// One value: a token of a document, a bare string (a query parameter), or nothing at all.
class Value {
  public:
    enum class Kind : std::uint8_t { undefined, null, boolean, integer, number, string, array, object };

    Value() = default;
    Value(const char* text, const std::uint32_t* words, std::uint32_t index)
        : text_(text), words_(words), index_(index) {}
    // A string value that did not come from JSON. The text must outlive the value.
    static Value bare(std::string_view text) {
        Value value;
        value.text_ = text.data() ? text.data() : "";
        value.index_ = static_cast<std::uint32_t>(text.size());
        return value;
    }

    [[nodiscard]] Kind kind() const;
    [[nodiscard]] bool is(Kind wanted) const { return kind() == wanted; }
    [[nodiscard]] bool is_string() const { return words_ ? *begin() == '"' : text_ != nullptr; }
    [[nodiscard]] bool is_integer() const {
        return words_ && !flagged() && (*begin() == '-' || (*begin() >= '0' && *begin() <= '9'));
    }
    [[nodiscard]] bool is_object() const { return words_ && *begin() == '{'; }
    [[nodiscard]] explicit operator bool() const { return text_ != nullptr; }

    [[nodiscard]] bool boolean() const { return *begin() == 't'; }
    // The characters of a number.
    [[nodiscard]] std::string_view number_text() const;
    // The characters of a string; scratch holds them when escapes had to be undone. Lone surrogates become U+FFFD, or
    // are kept (as three bytes) and set *lone when it is given.
    [[nodiscard]] std::string_view string(std::string& scratch, bool* lone = nullptr) const;
    // The bytes of the text that this value takes.
    [[nodiscard]] std::string_view raw() const;
    // Which value of a document this is, as a place in memory; null for a bare string.
    [[nodiscard]] const void* place() const { return words_ ? words_ + index_ : nullptr; }
    // How many words of the tape it takes: itself and all that is in it.
    [[nodiscard]] std::size_t token_count() const;

    // Arrays and objects: children in order. In an object a key is followed by its value.
    class Children;
    [[nodiscard]] Children children() const;
    [[nodiscard]] std::size_t child_count() const;
    // The value of a key of an object (the last one when there are several), else undefined.
    [[nodiscard]] Value find(std::string_view key) const;
    // Another value of the same document, by the index of its token.
    [[nodiscard]] Value at(std::uint32_t index) const { return {text_, words_, index}; }

  private:
    [[nodiscard]] bool flagged() const { return words_[index_] & Document::flag; }
    [[nodiscard]] const char* begin() const { return text_ + (words_[index_] & ~Document::flag); }
    [[nodiscard]] const char* end_of_scalar() const;
    const char* text_ = nullptr;
    const std::uint32_t* words_ = nullptr; // null: a bare string of length index_
    std::uint32_t index_ = 0;
};

class Value::Children {
  public:
    Children(const char* text, const std::uint32_t* words, std::uint32_t begin, std::uint32_t end)
        : text_(text), words_(words), at_(begin), end_(end) {}
    [[nodiscard]] bool done() const { return at_ >= end_; }
    Value next() {
        Value value{text_, words_, at_};
        char c = text_[words_[at_] & ~Document::flag];
        at_ = (c == '{' || c == '[') ? words_[at_ + 1] : at_ + 1;
        return value;
    }
    // Of an object, where a key stands: whether it is written as key (false when it has escapes),
    // the index of its value, and the way to the next key.
    [[nodiscard]] bool key_is(std::string_view key) const;
    [[nodiscard]] std::uint32_t value_index() const { return at_ + 1; }
    void skip_entry() {
        ++at_;
        next();
    }

  private:
    const char* text_;
    const std::uint32_t* words_;
    std::uint32_t at_;
    std::uint32_t end_;
};

// The characters of a string as it is written, with the escapes undone into scratch.
std::string_view without_escapes(std::string_view text, std::string& scratch, bool* lone);
// Marks the entries of an object that a later entry of the same key overrides; returns whether there are any.
bool find_overridden(const Value& object, List<bool>& overridden);
// Compact JSON of a value: no white space, the last of duplicate keys, numbers as written.
void write_value(const Value& value, std::string& out);
// The same of a value that is a bare string or undefined.
void write_bare_value(const Value& value, std::string& out);
// The value as a DOM. Returns false when an integer does not fit 64 bits.
bool value_to_json(const Value& value, json& out);
// The number of code points in valid UTF-8.
std::size_t count_characters(std::string_view text);
bool is_valid_utf8(std::string_view text);
// The length of the valid UTF-8 sequence at p (RFC 3629: no overlong form, no surrogate, up to U+10FFFF), else 0.
std::size_t utf8_sequence(const char* p, const char* end);
// Appends a code point as UTF-8 (a lone surrogate as its three bytes).
void append_utf8(std::string& out, std::uint32_t code_point);

} // namespace fastapi::detail
