#pragma once

// UUIDs (RFC 9562) as field types: UUID, and UUID1, UUID3 to UUID8 of one version only. Read in four forms, 32 hex
// digits, with hyphens, in braces, as urn:uuid: (any case but that of urn:uuid:); written with hyphens in lower case.

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

namespace detail {

constexpr int uuid_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = static_cast<char>(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Reads 16 bytes. On failure text is what the error is about: of the forms with braces or urn:uuid: the part inside.
constexpr bool read_uuid(std::string_view& text, unsigned char* bytes) {
    if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
    if (text.size() == 45 && text.starts_with("urn:uuid:")) text.remove_prefix(9);
    if (text.size() != 32 && text.size() != 36) return false;
    bool hyphens = text.size() == 36;
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        if (hyphens && (i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-') return false;
        int high = uuid_digit(text[at]);
        int low = uuid_digit(text[at + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i] = static_cast<unsigned char>(high * 16 + low);
        at += 2;
    }
    return true;
}

// Why a text is no UUID, in the words of Pydantic's parser.
std::string uuid_failure(std::string_view text);

} // namespace detail

class UUID {
  public:
    // 00000000-0000-0000-0000-000000000000
    constexpr UUID() = default;
    // Each throws ValueError when text is no UUID; at compile time that is an error.
    constexpr UUID(std::string_view text) { // NOLINT: implicit on purpose
        std::string_view rest = text;
        if (!detail::read_uuid(rest, bytes_)) throw ValueError("Input should be a valid UUID, " + detail::uuid_failure(rest));
    }
    constexpr UUID(const char* text) : UUID(std::string_view{text}) {}     // NOLINT: implicit on purpose
    UUID(const std::string& text) : UUID(std::string_view{text}) {}        // NOLINT: implicit on purpose
    // From 16 bytes, the most significant first.
    [[nodiscard]] static constexpr UUID from_bytes(const unsigned char* bytes) {
        UUID made;
        for (std::size_t i = 0; i < 16; ++i) made.bytes_[i] = bytes[i];
        return made;
    }

    // 16 bytes, the most significant first.
    [[nodiscard]] constexpr const unsigned char* data() const noexcept { return bytes_; }
    // "6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab"
    [[nodiscard]] std::string str() const;
    // How it was made: 1 to 8, or a number that means nothing. 0 when it is not of the variant that has versions.
    [[nodiscard]] constexpr int version() const noexcept { return bytes_[8] >> 6 == 2 ? bytes_[6] >> 4 : 0; }

    friend constexpr bool operator==(const UUID&, const UUID&) = default;
    friend constexpr std::strong_ordering operator<=>(const UUID&, const UUID&) = default;
    template <class Stream>
    friend auto operator<<(Stream& stream, const UUID& uuid) -> decltype(stream << std::string_view{}) {
        return stream << std::string_view{uuid.str()};
    }

  private:
    unsigned char bytes_[16]{};
};

// A UUID of one version (Pydantic: UUID1 …).
template <int Version>
class VersionedUUID : public UUID {
  public:
    // 00000000-0000-0000-0000-000000000000, which no input is.
    constexpr VersionedUUID() = default;
    // Each throws ValueError when it is no UUID of this version.
    constexpr VersionedUUID(const UUID& uuid) : UUID(uuid) { // NOLINT: implicit on purpose
        if (version() != Version) throw ValueError("UUID version " + std::to_string(Version) + " expected");
    }
    constexpr VersionedUUID(std::string_view text) : VersionedUUID(UUID(text)) {} // NOLINT: implicit on purpose
    constexpr VersionedUUID(const char* text) : VersionedUUID(UUID(text)) {}      // NOLINT: implicit on purpose
    VersionedUUID(const std::string& text) : VersionedUUID(UUID(text)) {}         // NOLINT: implicit on purpose
};

using UUID1 = VersionedUUID<1>;
using UUID3 = VersionedUUID<3>;
using UUID4 = VersionedUUID<4>;
using UUID5 = VersionedUUID<5>;
using UUID6 = VersionedUUID<6>;
using UUID7 = VersionedUUID<7>;
using UUID8 = VersionedUUID<8>;

// A new random UUID (RFC 9562, 5.4), from the system's source of random bytes. Throws std::runtime_error when there are
// none. Who has seen one cannot guess the next, but a UUID is a name, not a secret.
UUID4 uuid4();
// A new UUID that begins with the time (RFC 9562, 5.7): those of one process are in the order of their making, which
// is what an index of a database likes.
UUID7 uuid7();

namespace detail {

// version 0: any.
bool decode_uuid(const Value& value, const FieldInfo& info, int version, UUID& uuid, Context& context);
void write_uuid(const UUID& uuid, std::string& out);
void write_uuid_schema(JsonWriter& writer, int version);

template <class T, int Version>
struct UuidTraits {
    static bool decode(const Value& value, const FieldInfo& info, T& target, Context& context) {
        return decode_uuid(value, info, Version, target, context);
    }
    static void encode(const T& uuid, std::string& out) { write_uuid(uuid, out); }
    static void schema(JsonWriter& writer, const FieldInfo&) { write_uuid_schema(writer, Version); }
    static constexpr std::string_view label = "uuid";
};

} // namespace detail

template <>
struct TypeTraits<UUID> : detail::UuidTraits<UUID, 0> {};
template <int Version>
struct TypeTraits<VersionedUUID<Version>> : detail::UuidTraits<VersionedUUID<Version>, Version> {};

} // namespace fastapi

template <>
struct std::hash<fastapi::UUID> {
    std::size_t operator()(const fastapi::UUID& uuid) const noexcept {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(uuid.data()), 16});
    }
};
template <int Version>
struct std::hash<fastapi::VersionedUUID<Version>> : std::hash<fastapi::UUID> {};
