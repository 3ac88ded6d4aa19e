#pragma once

// Json<T>, a string that is JSON, and JsonValue: decode, encode, schema.

#include <utility>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// Checks a text with the grammar, the words and the places of jiter, the JSON parser inside Pydantic: one pass, without
// recursion. (Our own parser speaks CPython's words, which is what FastAPI reports of a body.)
class JiterCheck {
  public:
    explicit JiterCheck(std::string_view text) : text_(text) {}

    // "expected value at line 1 column 3", or nothing when the text is JSON.
    std::string run() {
        if (values()) {
            skip_space();
            if (at_ == text_.size()) return {};
            fail("trailing characters", at_);
        }
        std::size_t line = 1;
        std::size_t start = 0; // of the line
        for (std::size_t i = 0; i <= wrong_ && i < text_.size(); ++i)
            if (text_[i] == '\n') ++line, start = i + 1;
        std::size_t column = wrong_ < text_.size() ? wrong_ + 1 - start : text_.size() - start;
        std::string out = concat({problem_, " at line "});
        write_json_unsigned(out, line);
        out += " column ";
        write_json_unsigned(out, column);
        return out;
    }

  private:
    static constexpr std::size_t max_depth = 200;

    bool fail(std::string_view problem, std::size_t where) {
        problem_ = problem;
        wrong_ = where;
        return false;
    }
    // The character at a place; beyond the end a NUL, which no valid JSON has.
    [[nodiscard]] char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
    [[nodiscard]] bool digit(std::size_t i) const { return at(i) >= '0' && at(i) <= '9'; }
    void skip_space() {
        while (at(at_) == ' ' || at(at_) == '\n' || at(at_) == '\r' || at(at_) == '\t') ++at_;
    }
    bool end_at(std::size_t i) const { return i >= text_.size(); }

    bool values() {
        bool objects[max_depth + 1] = {}; // which of the open containers are objects
        std::size_t depth = 0;
        for (;;) {
            // A value is expected.
            skip_space();
            if (end_at(at_)) return fail("EOF while parsing a value", at_);
            char c = at(at_);
            if (depth > max_depth) return fail("recursion limit exceeded", at_);
            bool closed = false;
            if (c == '[' || c == '{') {
                bool object = c == '{';
                ++at_;
                skip_space();
                if (end_at(at_)) return fail(object ? "EOF while parsing an object" : "EOF while parsing a list", at_);
                if (at(at_) == (object ? '}' : ']')) {
                    ++at_;
                    closed = true;
                } else {
                    objects[depth++] = object;
                    if (object && !key()) return false;
                    continue;
                }
            }
            if (!closed && !scalar(c)) return false;
            // Behind a value: close what ends here.
            for (;;) {
                if (depth == 0) return true;
                bool object = objects[depth - 1];
                skip_space();
                if (end_at(at_)) return fail(object ? "EOF while parsing an object" : "EOF while parsing a list", at_);
                if (at(at_) == (object ? '}' : ']')) {
                    ++at_;
                    --depth;
                    continue;
                }
                if (at(at_) != ',') return fail(object ? "expected `,` or `}`" : "expected `,` or `]`", at_);
                ++at_;
                skip_space();
                if (end_at(at_)) return fail("EOF while parsing a value", at_);
                if (at(at_) == (object ? '}' : ']')) return fail("trailing comma", at_);
                if (object && !key()) return false;
                break;
            }
        }
    }

    bool key() {
        if (at(at_) != '"') return fail("key must be a string", at_);
        if (!string()) return false;
        skip_space();
        if (end_at(at_)) return fail("EOF while parsing an object", at_);
        if (at(at_) != ':') return fail("expected `:`", at_);
        ++at_;
        return true;
    }

    bool scalar(char c) {
        switch (c) {
        case '"': return string();
        case 't': return word("true", at_);
        case 'f': return word("false", at_);
        case 'n': return word("null", at_);
        case 'N': return word("NaN", at_);
        case 'I': return word("Infinity", at_);
        default: return c == '-' || digit(at_) ? number() : fail("expected value", at_);
        }
    }

    bool word(std::string_view wanted, std::size_t from) {
        for (std::size_t i = 1; i < wanted.size(); ++i) {
            if (end_at(from + i)) return fail("EOF while parsing a value", from + i);
            if (at(from + i) != wanted[i]) return fail("expected ident", from + i);
        }
        at_ = from + wanted.size();
        return true;
    }

    bool digits_at(std::size_t& i) {
        if (end_at(i)) return fail("EOF while parsing a value", i);
        if (!digit(i)) return fail("invalid number", i);
        while (digit(i)) ++i;
        return true;
    }

    bool number() {
        std::size_t i = at_ + (at(at_) == '-');
        if (at(i) == 'I') return word("Infinity", i);
        bool zero = at(i) == '0';
        if (zero && digit(i + 1)) return fail("invalid number", i + 1);
        if (!digits_at(i)) return false;
        if (i - at_ > 4300) return fail("number out of range", at_ + 4301);
        if (at(i) == '.' && !digits_at(++i)) return false;
        if (at(i) == 'e' || at(i) == 'E') {
            ++i;
            if (at(i) == '+' || at(i) == '-') ++i;
            if (!digits_at(i)) return false;
        }
        at_ = i;
        return true;
    }

    bool string() {
        for (std::size_t i = at_ + 1;;) {
            if (end_at(i)) return fail("EOF while parsing a string", i);
            char c = at(i);
            if (c == '"') {
                at_ = i + 1;
                return true;
            }
            if (static_cast<unsigned char>(c) < 0x20)
                return fail("control character (\\u0000-\\u001F) found while parsing a string", i);
            if (c != '\\') {
                ++i;
                continue;
            }
            ++i;
            if (end_at(i)) return fail("EOF while parsing a string", i);
            if (at(i) == 'u') {
                if (!unicode(i)) return false;
            } else if (std::string_view("\"\\/bfnrt").find(at(i)) == std::string_view::npos) {
                return fail("invalid escape", i);
            }
            ++i;
        }
    }

    // Four hexadecimal digits behind i, which moves to the last.
    bool hex4(std::size_t& i, unsigned& code) {
        if (i + 4 >= text_.size()) return fail("EOF while parsing a string", text_.size());
        code = 0;
        for (int k = 0; k < 4; ++k) {
            char c = at(++i);
            bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            if (!letter && !digit(i)) return fail("invalid escape", i);
            code = code * 16 + static_cast<unsigned>(letter ? (c | 0x20) - 'a' + 10 : c - '0');
        }
        return true;
    }

    bool unicode(std::size_t& i) {
        unsigned code = 0;
        if (!hex4(i, code)) return false;
        if (code >= 0xDC00 && code < 0xE000) return fail("lone leading surrogate in hex escape", i);
        if (code < 0xD800 || code >= 0xE000) return true;
        bool backslash = at(i + 1) == '\\';
        if (end_at(i + 1) || (end_at(i + 2) && backslash)) return fail("EOF while parsing a string", text_.size());
        if (!backslash) return fail("unexpected end of hex escape", i + 1);
        if (at(i + 2) != 'u') return fail("unexpected end of hex escape", i + 2);
        i += 2;
        if (!hex4(i, code)) return false;
        return (code >= 0xDC00 && code < 0xE000) || fail("lone leading surrogate in hex escape", i);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string_view problem_;
    std::size_t wrong_ = 0;
};

FASTAPI_COLD bool fail_json_text(const std::string& reason, const Value& value, Context& context) {
    std::string quoted;
    write_json_string(quoted, reason);
    return context.fail("json_invalid", concat({"Invalid JSON: ", reason}), value, ctx_of("error", quoted));
}

FASTAPI_INLINE bool decode_json_text(const Type& type, const FieldInfo&, const Value& value, void* target, Context& context) {
    if (!value.is(Value::Kind::string)) return context.fail("json_type", "JSON input should be string, bytes or bytearray", value);
    context.lower(context.json_text ? Exactness::strict : Exactness::lax);
    std::string scratch;
    bool lone = false;
    std::string_view text = value.string(scratch, &lone);
    if (lone)
        return context.fail("string_unicode", "Input should be a valid string, unable to parse raw data as a unicode string", value);
    std::string reason = JiterCheck{text}.run();
    Document document;
    if (reason.empty() && !document.parse(text)) reason = document.error().message;
    if (!reason.empty()) return fail_json_text(reason, value, context);
    // Places in this document are no places of the one around it.
    UnionState* outer_unions = std::exchange(context.unions, nullptr);
    bool outer_mode = std::exchange(context.json_text, true);
    Context::WriteInput outer_writer = context.change_writer(&write_value); // where a parameter holds the text
    bool good = decode(static_cast<const JsonTextTraits*>(type.traits)->inner, document.root(), target, context);
    context.change_writer(outer_writer);
    context.json_text = outer_mode;
    context.unions = outer_unions;
    return good;
}

FASTAPI_INLINE void encode_json_text(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    const Type& inner = *static_cast<const JsonTextTraits*>(type.traits)->inner.type;
    if (!options.round_trip) return encode(inner, source, out, options);
    std::string text;
    encode(inner, source, text, options);
    write_json_string(out, text);
}

FASTAPI_COLD void schema_json_text(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo&, SchemaMode mode) {
    const Slot& inner = static_cast<const JsonTextTraits*>(type.traits)->inner;
    if (mode == SchemaMode::output) return schemas.write_keywords(writer, *inner.type, *inner.info, mode);
    writer.key("type").string("string").key("contentMediaType").string("application/json").key("contentSchema");
    schemas.write_type(writer, inner, mode);
}

// --- JsonValue ----------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool decode_json_value(const Type&, const FieldInfo&, const Value& value, void* target, Context& context) {
    if (context.json_text) context.lower(Exactness::strict); // any JSON there, one of JSON's types elsewhere
    return value_to_json(value, *static_cast<JsonValue*>(target)) || fail_integer_size(value, context);
}
FASTAPI_INLINE void encode_json_value(const Type&, const void* source, std::string& out, const DumpOptions&) {
    write_json(out, *static_cast<const JsonValue*>(source));
}
FASTAPI_COLD void collect_json_value(Schemas& schemas, const Type& type, SchemaMode mode) {
    Schemas::Component component{type.traits, "JsonValue", "fastapi::JsonValue"};
    component.write = [](const Schemas&, JsonWriter& writer, const void*, SchemaMode) { writer.begin_object().end_object(); };
    schemas.add(component, mode);
}
FASTAPI_COLD void schema_json_value(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo&, SchemaMode mode) {
    schemas.write_ref(writer, type.traits, mode);
}

} // namespace fastapi::detail
