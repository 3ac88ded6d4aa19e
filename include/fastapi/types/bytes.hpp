#pragma once

// Bytes as field types. In JSON they are text: Bytes are the UTF-8 of a string, and what is Base64 there is decoded when
// it is read and encoded when it is written (Base64Bytes, Base64Str, Base64UrlBytes, Base64UrlStr).

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

// Any bytes (Pydantic: bytes). MinLength and MaxLength count them.
class Bytes {
  public:
    Bytes() = default;
    Bytes(std::string data) : data_(std::move(data)) {}            // NOLINT: implicit on purpose
    Bytes(std::string_view data) : data_(data) {}                  // NOLINT: implicit on purpose
    Bytes(const char* text) : data_(text ? text : "") {}           // NOLINT: implicit on purpose
    Bytes(const void* data, std::size_t size) : data_(static_cast<const char*>(data), size) {}

    [[nodiscard]] const std::string& str() const noexcept { return data_; }
    [[nodiscard]] const char* data() const noexcept { return data_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return data_.size(); }
    [[nodiscard]] bool empty() const noexcept { return data_.empty(); }
    operator std::string_view() const noexcept { return data_; } // NOLINT: implicit on purpose

    friend bool operator==(const Bytes& a, const Bytes& b) { return a.data_ == b.data_; }
    friend std::strong_ordering operator<=>(const Bytes& a, const Bytes& b) { return a.data_ <=> b.data_; }
    template <class Stream>
    friend auto operator<<(Stream& stream, const Bytes& bytes) -> decltype(stream << std::string_view{}) {
        return stream << std::string_view{bytes.data_};
    }

  private:
    std::string data_;
};

// Base64 with + and / (RFC 4648, 4), read as leniently as Python's base64.b64decode: characters that are none of Base64
// are skipped, and what stands behind the padding.
struct Base64Encoder {
    // Throws PydanticCustomError base64_decode when digits or padding are missing.
    static std::string decode(std::string_view text);
    static std::string encode(std::string_view data);
    static constexpr std::string_view json_format = "base64";
};
// Base64 with - and _ (RFC 4648, 5); reads + and / as well.
struct Base64UrlEncoder {
    static std::string decode(std::string_view text);
    static std::string encode(std::string_view data);
    static constexpr std::string_view json_format = "base64url";
};

// Bytes that are text on the wire, by an encoder of the form above. What decode throws (ValueError, AssertionError,
// PydanticCustomError) is an error of the field.
template <class Encoder>
class EncodedBytes : public Bytes {
  public:
    using Bytes::Bytes;
    [[nodiscard]] static EncodedBytes decode(std::string_view text) { return EncodedBytes(Encoder::decode(text)); }
    [[nodiscard]] std::string encoded() const { return Encoder::encode(*this); }
};

// The same for text: what is decoded must be UTF-8. MinLength and MaxLength count its code points.
template <class Encoder>
class EncodedStr {
  public:
    using has_length = void;

    EncodedStr() = default;
    EncodedStr(std::string text) : text_(std::move(text)) {}       // NOLINT: implicit on purpose
    EncodedStr(std::string_view text) : text_(text) {}             // NOLINT: implicit on purpose
    EncodedStr(const char* text) : text_(text ? text : "") {}      // NOLINT: implicit on purpose
    // Throws ValueError when it is no UTF-8.
    [[nodiscard]] static EncodedStr decode(std::string_view text);
    [[nodiscard]] std::string encoded() const { return Encoder::encode(text_); }

    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    operator std::string_view() const noexcept { return text_; } // NOLINT: implicit on purpose
    friend bool operator==(const EncodedStr& a, const EncodedStr& b) { return a.text_ == b.text_; }
    friend std::strong_ordering operator<=>(const EncodedStr& a, const EncodedStr& b) { return a.text_ <=> b.text_; }
    template <class Stream>
    friend auto operator<<(Stream& stream, const EncodedStr& text) -> decltype(stream << std::string_view{}) {
        return stream << std::string_view{text.text_};
    }

  private:
    std::string text_;
};

using Base64Bytes = EncodedBytes<Base64Encoder>;
using Base64Str = EncodedStr<Base64Encoder>;
using Base64UrlBytes = EncodedBytes<Base64UrlEncoder>;
using Base64UrlStr = EncodedStr<Base64UrlEncoder>;

namespace detail {

void encode_bytes(const Type& type, const void* source, std::string& out, const DumpOptions& options);
void schema_bytes(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode);
// What is wrong with text as Base64 or digits, in Pydantic's words; empty when nothing is.
std::string read_text_bytes(BytesMode mode, std::string_view text, std::string& bytes);
std::string write_text_bytes(BytesMode mode, std::string_view bytes);

bool decode_bytes(const Value& value, const FieldInfo& info, Bytes& bytes, Context& context);
// Writes UTF-8. Throws std::invalid_argument when the bytes are none: such bytes have no JSON.
void write_bytes(const Bytes& bytes, std::string& out);
void write_bytes_schema(JsonWriter& writer, const FieldInfo& info, std::string_view format, bool bytes);

// What is wrong with text as UTF-8, in the words of Python; empty when nothing is.
std::string utf8_failure(std::string_view text);

// Reads a string and decodes it; checks the lengths of the result.
struct Encoding {
    std::string (*decode)(std::string_view text);
    bool is_text; // code points are counted
};
bool decode_encoded(const Value& value, const FieldInfo& info, const Encoding& encoding, std::string& target,
                    Context& context);
bool check_value_length(const FieldInfo& info, std::size_t length, const Value& value, Context& context);

} // namespace detail

template <class Encoder>
EncodedStr<Encoder> EncodedStr<Encoder>::decode(std::string_view text) {
    std::string decoded = Encoder::decode(text);
    if (std::string failure = detail::utf8_failure(decoded); !failure.empty()) throw ValueError(failure);
    return EncodedStr(std::move(decoded));
}

template <>
struct TypeTraits<Bytes> {
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, Bytes& target,
                       detail::Context& context) {
        return detail::decode_bytes(value, info, target, context);
    }
    static void encode(const Bytes& bytes, std::string& out) { detail::write_bytes(bytes, out); }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo& info) {
        detail::write_bytes_schema(writer, info, {}, true);
    }
    static constexpr std::string_view label = "bytes";
    static constexpr detail::TypeOps ops{&detail::decode_custom, &detail::encode_bytes, &detail::schema_bytes, nullptr};
};

template <class Encoder>
struct TypeTraits<EncodedBytes<Encoder>> {
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, EncodedBytes<Encoder>& target,
                       detail::Context& context) {
        std::string data;
        bool good = detail::decode_encoded(value, info, {&Encoder::decode, false}, data, context);
        if (good) target = EncodedBytes<Encoder>(std::move(data));
        return good;
    }
    static void encode(const EncodedBytes<Encoder>& bytes, std::string& out) {
        detail::write_json_string(out, bytes.encoded());
    }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo& info) {
        detail::write_bytes_schema(writer, info, Encoder::json_format, true);
    }
    static constexpr std::string_view label = "function-after[decode(), bytes]";
};

template <class Encoder>
struct TypeTraits<EncodedStr<Encoder>> {
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, EncodedStr<Encoder>& target,
                       detail::Context& context) {
        std::string text;
        bool good = detail::decode_encoded(value, info, {&Encoder::decode, true}, text, context);
        if (good) target = EncodedStr<Encoder>(std::move(text));
        return good;
    }
    static void encode(const EncodedStr<Encoder>& text, std::string& out) {
        detail::write_json_string(out, text.encoded());
    }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo& info) {
        detail::write_bytes_schema(writer, info, Encoder::json_format, false);
    }
    static constexpr std::string_view label = "function-after[decode_str(), str]";
};

} // namespace fastapi
