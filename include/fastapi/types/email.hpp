#pragma once

// EmailStr and NameEmail: e-mail addresses as field types, by the rules of the email-validator package that Pydantic
// uses (RFC 5321, 5322 and 6531 for the address, IDNA 2008 for the domain). No DNS is asked. What is kept is the normal
// form: "A@B.CO" is "A@b.co", "a@xn--tda.de" is "a@\u00fc.de".

#include <compare>
#include <string>
#include <string_view>
#include <utility>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

namespace detail {

// What a text holds: the address in normal form, and the name before it, or the part before the @-sign.
struct EmailParts {
    std::string name;
    std::string email;
};
// Reads text, UTF-8 in which surrogates are allowed. Returns why it is no address; empty: it is one.
std::string read_email(std::string_view text, EmailParts& parts);
// The same. Throws ValueError: "value is not a valid email address: …".
EmailParts parse_email(std::string_view text);

} // namespace detail

// An e-mail address in normal form. "Name <a@b.co>" is read too; the name is dropped. Holds nothing until it is read.
class EmailStr {
  public:
    using has_length = void; // MinLength and MaxLength are allowed: they count the characters of the normal form
    using is_text = void;    // so are Pattern, ToLower and the like: they are about the normal form

    EmailStr() = default;
    // Each throws ValueError when text is no address: "value is not a valid email address: An email address must have
    // an @-sign."
    EmailStr(std::string_view text) : text_(detail::parse_email(text).email) {}    // NOLINT: implicit
    EmailStr(const std::string& text) : EmailStr(std::string_view{text}) {}        // NOLINT: implicit
    EmailStr(const char* text) : EmailStr(std::string_view{text ? text : ""}) {} // NOLINT: implicit

    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    operator std::string_view() const noexcept { return text_; } // NOLINT: implicit on purpose
    // What stands before and behind the @-sign.
    [[nodiscard]] std::string_view local_part() const { return std::string_view{text_}.substr(0, text_.rfind('@')); }
    [[nodiscard]] std::string_view domain() const {
        std::size_t at = text_.rfind('@');
        return at == std::string::npos ? std::string_view{} : std::string_view{text_}.substr(at + 1);
    }

    friend bool operator==(const EmailStr&, const EmailStr&) = default;
    friend bool operator==(const EmailStr& a, std::string_view b) { return a.text_ == b; } // the normal form
    friend bool operator==(const EmailStr& a, const std::string& b) { return a.text_ == b; }
    friend bool operator==(const EmailStr& a, const char* b) { return a.text_ == b; }
    friend std::strong_ordering operator<=>(const EmailStr& a, const EmailStr& b) { return a.text_ <=> b.text_; }
    template <class Stream>
    friend auto operator<<(Stream& stream, const EmailStr& email) -> decltype(stream << std::string_view{}) {
        return stream << std::string_view{email.text_};
    }

  private:
    friend struct TypeTraits<EmailStr>;
    std::string text_;
};

// An e-mail address with a name: "Name <a@b.co>". Without a name it is called by what stands before the @-sign.
class NameEmail {
  public:
    NameEmail() = default;
    // Each throws ValueError when text is none, as EmailStr.
    NameEmail(std::string_view text) : parts_(detail::parse_email(text)) {}        // NOLINT: implicit
    NameEmail(const std::string& text) : NameEmail(std::string_view{text}) {}      // NOLINT: implicit
    NameEmail(const char* text) : NameEmail(std::string_view{text ? text : ""}) {} // NOLINT: implicit
    NameEmail(std::string name, const EmailStr& email) : parts_{std::move(name), email.str()} {}

    [[nodiscard]] const std::string& name() const noexcept { return parts_.name; }
    [[nodiscard]] const std::string& email() const noexcept { return parts_.email; }
    // "Name <a@b.co>"; a name with an @-sign in it stands in quotes.
    [[nodiscard]] std::string str() const {
        bool quotes = parts_.name.find('@') != std::string::npos;
        return detail::concat({quotes ? "\"" : "", parts_.name, quotes ? "\" <" : " <", parts_.email, ">"});
    }

    friend bool operator==(const NameEmail& a, const NameEmail& b) {
        return a.parts_.name == b.parts_.name && a.parts_.email == b.parts_.email;
    }
    friend std::strong_ordering operator<=>(const NameEmail& a, const NameEmail& b) {
        auto order = a.parts_.name <=> b.parts_.name;
        return order != 0 ? order : a.parts_.email <=> b.parts_.email;
    }
    template <class Stream>
    friend auto operator<<(Stream& stream, const NameEmail& email) -> decltype(stream << std::string_view{}) {
        return stream << std::string_view{email.str()};
    }

  private:
    friend struct TypeTraits<NameEmail>;
    detail::EmailParts parts_;
};

namespace detail {

bool decode_email(const Value& value, const FieldInfo& info, std::string& email, Context& context);
bool decode_name_email(const Value& value, EmailParts& parts, Context& context);
void write_email_schema(JsonWriter& writer, const FieldInfo& info);

} // namespace detail

template <>
struct TypeTraits<EmailStr> {
    static constexpr std::string_view label = "function-after[_validate(), str]";
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, EmailStr& target,
                       detail::Context& context) {
        return detail::decode_email(value, info, target.text_, context);
    }
    static void encode(const EmailStr& email, std::string& out) { detail::write_json_string(out, email.str()); }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo& info) {
        detail::write_email_schema(writer, info);
    }
};

template <>
struct TypeTraits<NameEmail> {
    static constexpr std::string_view label =
        "function-after[_validate(), json-or-python[json=str,python=union[is-instance[NameEmail],str]]]";
    static bool decode(const detail::Value& value, const detail::FieldInfo&, NameEmail& target,
                       detail::Context& context) {
        return detail::decode_name_email(value, target.parts_, context);
    }
    static void encode(const NameEmail& email, std::string& out) { detail::write_json_string(out, email.str()); }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo&) {
        writer.key("type").string("string").key("format").string("name-email");
    }
};

} // namespace fastapi
