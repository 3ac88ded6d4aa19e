#pragma once

// ByteSize: "10 MiB" as a number of bytes. AnyPath, FilePath, DirectoryPath and NewPath: paths of files.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

// A number of bytes, read from a number or from text with a unit: b, kB, MB … EB are powers of 1000, KiB … EiB of 1024,
// k … e are kB … eB, and bit, kbit, Kibit … an eighth. Upper and lower case are the same. Written as a number.
class ByteSize {
  public:
    using is_number = void;

    constexpr ByteSize() = default;
    // Throws ValueError when it is negative.
    template <class Integer>
        requires std::is_integral_v<Integer> && (!std::is_same_v<Integer, bool>)
    constexpr ByteSize(Integer bytes) : bytes_(static_cast<std::uint64_t>(bytes)) { // NOLINT: implicit on purpose
        if (std::is_signed_v<Integer> && bytes < Integer{}) throw ValueError("a ByteSize cannot be negative");
    }
    // Each throws ValueError when text is no size, and when it has more than 64 bits.
    ByteSize(std::string_view text);                                        // NOLINT: implicit on purpose
    ByteSize(const char* text) : ByteSize(std::string_view{text}) {}        // NOLINT: implicit on purpose
    ByteSize(const std::string& text) : ByteSize(std::string_view{text}) {} // NOLINT: implicit on purpose

    constexpr operator std::uint64_t() const noexcept { return bytes_; } // NOLINT: implicit on purpose
    [[nodiscard]] constexpr std::uint64_t bytes() const noexcept { return bytes_; }
    // "44.4PiB"; with decimal units "50.0PB".
    [[nodiscard]] std::string human_readable(bool decimal = false, std::string_view separator = {}) const;
    // The size in a unit: to("MiB"). Throws ValueError when there is no such unit.
    [[nodiscard]] double to(std::string_view unit) const;
    template <class Stream>
    friend auto operator<<(Stream& stream, const ByteSize& size) -> decltype(stream << std::uint64_t{}) {
        return stream << size.bytes_;
    }

  private:
    std::uint64_t bytes_ = 0;
};

// A path of a file (Python: pathlib.Path, whose name the parameter Path has here), in the normal form of Posix: no
// doubled slashes, none at the end, no single dots; nothing at all is ".". What the path names is not looked at.
// Becomes a std::filesystem::path wherever one is wanted. Do not open what a client names without checking where it is.
class AnyPath {
  public:
    AnyPath() : text_(".") {}
    AnyPath(std::string_view text) { assign(text); }                      // NOLINT: implicit on purpose
    AnyPath(const char* text) : AnyPath(std::string_view{text}) {}        // NOLINT: implicit on purpose
    AnyPath(const std::string& text) : AnyPath(std::string_view{text}) {} // NOLINT: implicit on purpose

    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    [[nodiscard]] bool is_absolute() const noexcept { return text_[0] == '/'; }
    // The last part: "c.txt" of "/a/b/c.txt"; nothing of "/" and ".".
    [[nodiscard]] std::string_view name() const;
    // The name's last dot and what is behind it: ".txt".
    [[nodiscard]] std::string_view suffix() const;
    // What is before the name: "/a/b". Of a name alone ".", of "/" the same.
    [[nodiscard]] AnyPath parent() const;
    // An absolute path replaces the first one, as in Python.
    friend AnyPath operator/(const AnyPath& a, const AnyPath& b) {
        return b.is_absolute() ? b : AnyPath(a.text_ + (a.text_.back() == '/' ? "" : "/") + b.text_);
    }

    operator std::string_view() const noexcept { return text_; } // NOLINT: implicit on purpose
    template <class FilesystemPath>
        requires requires { FilesystemPath::preferred_separator; }
    operator FilesystemPath() const { // NOLINT: implicit on purpose
        return FilesystemPath(text_);
    }
    friend bool operator==(const AnyPath& a, const AnyPath& b) { return a.text_ == b.text_; }
    friend std::strong_ordering operator<=>(const AnyPath& a, const AnyPath& b) { return a.text_ <=> b.text_; }
    template <class Stream>
    friend auto operator<<(Stream& stream, const AnyPath& path) -> decltype(stream << std::string_view{}) {
        return stream << std::string_view{path.text_};
    }

  private:
    void assign(std::string_view text);
    std::string text_;
};

namespace detail {

enum class PathRule : unsigned char { any, file, directory, fresh };

// A path that is looked up when it is read, not when a program makes one.
template <PathRule Rule>
class CheckedPath : public AnyPath {
  public:
    using AnyPath::AnyPath;
    CheckedPath(AnyPath path) : AnyPath(std::move(path)) {} // NOLINT: implicit on purpose
};

bool decode_size(const Value& value, const FieldInfo& info, ByteSize& size, Context& context);
void write_size_schema(JsonWriter& writer, const FieldInfo& info, SchemaMode mode);
bool decode_path(const Value& value, const FieldInfo& info, PathRule rule, AnyPath& path, Context& context);
void write_path_schema(JsonWriter& writer, PathRule rule);

// What Pydantic calls these types; in a template, so that it is looked at only where it is used.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define FASTAPI_PATH_LABEL                                                                                             \
    "lax-or-strict[lax=union[json-or-python[json=function-after[path_validator(), str],python=is-instance[Path]],"     \
    "function-after[path_validator(), str]],strict=json-or-python[json=function-after[path_validator(), str],"         \
    "python=is-instance[Path]]]"
template <class T, PathRule Rule>
struct PathTraits {
    static bool decode(const Value& value, const FieldInfo& info, T& target, Context& context) {
        return decode_path(value, info, Rule, target, context);
    }
    static void encode(const T& path, std::string& out) { write_json_string(out, path.str()); }
    static void schema(JsonWriter& writer, const FieldInfo&) { write_path_schema(writer, Rule); }
    static constexpr std::string_view label =
        Rule == PathRule::any         ? FASTAPI_PATH_LABEL
        : Rule == PathRule::file      ? "function-after[validate_file(), " FASTAPI_PATH_LABEL "]"
        : Rule == PathRule::directory ? "function-after[validate_directory(), " FASTAPI_PATH_LABEL "]"
                                      : "function-after[validate_new(), " FASTAPI_PATH_LABEL "]";
};
#undef FASTAPI_PATH_LABEL

} // namespace detail

// An existing file, not a directory.
using FilePath = detail::CheckedPath<detail::PathRule::file>;
// An existing directory.
using DirectoryPath = detail::CheckedPath<detail::PathRule::directory>;
// A path that is not there yet, in a directory that is.
using NewPath = detail::CheckedPath<detail::PathRule::fresh>;

template <>
struct TypeTraits<ByteSize> {
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, ByteSize& target,
                       detail::Context& context) {
        return detail::decode_size(value, info, target, context);
    }
    static void encode(const ByteSize& size, std::string& out) { detail::write_json_unsigned(out, size.bytes()); }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo& info, detail::SchemaMode mode) {
        detail::write_size_schema(writer, info, mode);
    }
    static constexpr std::string_view label = "function-after[_validate(), union[constrained-str,constrained-int]]";
};

template <>
struct TypeTraits<AnyPath> : detail::PathTraits<AnyPath, detail::PathRule::any> {};
template <detail::PathRule Rule>
struct TypeTraits<detail::CheckedPath<Rule>> : detail::PathTraits<detail::CheckedPath<Rule>, Rule> {};

} // namespace fastapi
