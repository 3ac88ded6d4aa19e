#pragma once

// Secrets as field types: SecretStr and SecretBytes hold a text or bytes and show ********** wherever they are printed
// or written as JSON, so that a password does not end in a log or an answer by accident. What a caller sent stays
// visible to that caller: an error about a secret has its input, as in Pydantic.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

namespace detail {

// Overwrites the characters in a way that the compiler does not leave out, and empties the text.
void wipe(std::string& text) noexcept;
// In a time that depends on the lengths only.
bool equal_secrets(std::string_view a, std::string_view b) noexcept;

// Text is what SecretStr holds, otherwise bytes. The memory is overwritten when the secret goes.
template <bool Text>
class Secret {
  public:
    using has_length = void; // MinLength and MaxLength count code points or bytes
    static constexpr bool is_text_secret = Text;

    Secret() = default;
    Secret(std::string value) : value_(std::move(value)) {}        // NOLINT: implicit on purpose
    Secret(std::string_view value) : value_(value) {}              // NOLINT: implicit on purpose
    Secret(const char* value) : value_(value ? value : "") {}      // NOLINT: implicit on purpose
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); } // a short text stays
    Secret& operator=(Secret other) noexcept {
        value_.swap(other.value_); // the old value is wiped with other
        return *this;
    }
    ~Secret() { wipe(value_); }

    [[nodiscard]] const std::string& get_secret_value() const noexcept { return value_; }
    // What is shown in its place: stars, or nothing when there is nothing to hide.
    [[nodiscard]] std::string_view str() const noexcept { return value_.empty() ? "" : "**********"; }

    friend bool operator==(const Secret& a, const Secret& b) noexcept { return equal_secrets(a.value_, b.value_); }
    template <class Stream>
    friend auto operator<<(Stream& stream, const Secret& secret) -> decltype(stream << std::string_view{}) {
        return stream << secret.str();
    }

  private:
    std::string value_;
};

bool decode_secret(const Value& value, const FieldInfo& info, bool is_text, std::string& secret, Context& context);
void write_secret_schema(JsonWriter& writer, const FieldInfo& info);

} // namespace detail

using SecretStr = detail::Secret<true>;
using SecretBytes = detail::Secret<false>;

template <bool Text>
struct TypeTraits<detail::Secret<Text>> {
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, detail::Secret<Text>& target,
                       detail::Context& context) {
        std::string secret;
        bool good = detail::decode_secret(value, info, Text, secret, context);
        if (good) target = detail::Secret<Text>(std::string_view{secret});
        detail::wipe(secret);
        return good;
    }
    static void encode(const detail::Secret<Text>& secret, std::string& out) {
        detail::write_json_string(out, secret.str());
    }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo& info) {
        detail::write_secret_schema(writer, info);
    }
    static constexpr std::string_view label =
        Text ? "lax-or-strict[lax=json-or-python[json=function-after[SecretStr(), str],python=union[is-instance["
               "SecretStr],function-after[SecretStr(), str]]],strict=json-or-python[json=function-after[SecretStr(), "
               "str],python=union[is-instance[SecretStr],function-after[SecretStr(), str]]]]"
             : "lax-or-strict[lax=json-or-python[json=function-after[SecretBytes(), bytes],python=union[is-instance["
               "SecretBytes],function-after[SecretBytes(), bytes]]],strict=json-or-python[json=function-after["
               "SecretBytes(), bytes],python=union[is-instance[SecretBytes],function-after[SecretBytes(), bytes]]]]";
};

} // namespace fastapi
