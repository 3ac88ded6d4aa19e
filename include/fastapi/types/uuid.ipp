#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <stdexcept>
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#include <unistd.h>
#else
#include <random>
#endif

#include "fastapi/types/text.ipp"
#include "fastapi/types/uuid.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// The rules of the Rust crate uuid: the first wrong character, the number of groups, the first wrong group. Offsets
// and lengths are bytes.
FASTAPI_COLD std::string uuid_failure(std::string_view text) {
    std::string_view inside = text;
    std::size_t offset = 0;
    if (text.size() >= 2 && text.front() == '{' && text.back() == '}') {
        inside = text.substr(1, text.size() - 2);
        offset = 1;
    } else if (text.starts_with("urn:uuid:")) {
        offset = 9;
        inside = text.substr(offset);
    }
    auto number = [](std::size_t n) { return detail::integer_text(static_cast<std::int64_t>(n)); };
    std::size_t hyphens = 0;
    std::size_t ends[4] = {};
    for (std::size_t at = 0; at < inside.size();) {
        std::size_t begin = at;
        python_character(inside, at);
        std::string_view character = inside.substr(begin, at - begin);
        if (character == "-") {
            if (hyphens < 4) ends[hyphens] = begin;
            ++hyphens;
        } else if (character.size() > 1 || uuid_digit(character[0]) < 0) {
            return concat({"invalid character: found `", character, "` at ", number(begin + offset + 1)});
        }
    }
    if (hyphens == 0 && offset == 0)
        return concat({"invalid length: expected length 32 for simple format, found ", number(text.size())});
    if (hyphens != 4) return concat({"invalid group count: expected 5, found ", number(hyphens + 1)});
    constexpr std::size_t begins[] = {0, 9, 14, 19, 24};
    std::size_t group = 0;
    while (group < 4 && ends[group] + 1 == begins[group + 1]) ++group;
    std::size_t found = (group < 4 ? ends[group] : text.size()) - begins[group];
    std::string_view expected = group == 0 ? "8" : group == 4 ? "12" : "4";
    return concat({"invalid group length in group ", number(group), ": expected ", expected, ", found ", number(found)});
}

FASTAPI_COLD bool fail_uuid(const Value& value, std::string_view text, Context& context) {
    std::string reason = uuid_failure(text);
    std::string quoted;
    write_json_string(quoted, reason);
    return context.fail("uuid_parsing", concat({"Input should be a valid UUID, ", reason}), value,
                        ctx_of("error", quoted));
}

FASTAPI_INLINE bool decode_uuid(const Value& value, const FieldInfo& info, int version, UUID& uuid, Context& context) {
    if (info.strict || context.strict) return fail_instance(context, value, "UUID");
    if (!value.is(Value::Kind::string))
        return context.fail("uuid_type", "UUID input should be a string, bytes or UUID object", value);
    bool lone = false;
    std::string scratch;
    std::string_view text = value.string(scratch, &lone);
    if (lone)
        return context.fail("string_unicode",
                            "Input should be a valid string, unable to parse raw data as a unicode string", value);
    unsigned char bytes[16];
    if (!read_uuid(text, bytes)) return fail_uuid(value, text, context);
    context.lower(Exactness::lax);
    uuid = UUID::from_bytes(bytes);
    if (version == 0 || uuid.version() == version) return true;
    std::string number = detail::integer_text(static_cast<std::int64_t>(version));
    return context.fail("uuid_version", concat({"UUID version ", number, " expected"}), value,
                        ctx_of("expected_version", number));
}

FASTAPI_INLINE void write_uuid(const UUID& uuid, std::string& out) {
    char text[38];
    char* p = text;
    *p++ = '"';
    for (std::size_t i = 0; i < 16; ++i) {
        constexpr char digits[] = "0123456789abcdef";
        if (i == 4 || i == 6 || i == 8 || i == 10) *p++ = '-';
        *p++ = digits[uuid.data()[i] >> 4U];
        *p++ = digits[uuid.data()[i] & 15U];
    }
    *p = '"';
    out.append(text, sizeof text);
}

FASTAPI_COLD void write_uuid_schema(JsonWriter& writer, int version) {
    writer.key("type").string("string");
    writer.key("format").string(version == 0 ? "uuid" : concat({"uuid", detail::integer_text(static_cast<std::int64_t>(version))}));
}

FASTAPI_INLINE void fill_random(unsigned char* bytes, std::size_t size) {
#if __has_include(<sys/random.h>)
    if (getentropy(bytes, size) != 0) throw std::runtime_error("fastapi: the system gives no random bytes");
#else
    std::random_device device;
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(device());
#endif
}

// Puts version and variant into 16 bytes.
FASTAPI_INLINE UUID make_uuid(unsigned char* bytes, unsigned version) {
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | version << 4U);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
    return UUID::from_bytes(bytes);
}

} // namespace detail

FASTAPI_INLINE std::string UUID::str() const {
    std::string quoted;
    detail::write_uuid(*this, quoted);
    return quoted.substr(1, 36);
}

FASTAPI_INLINE UUID4 uuid4() {
    unsigned char bytes[16];
    detail::fill_random(bytes, sizeof bytes);
    return detail::make_uuid(bytes, 4);
}

// RFC 9562, 6.2, method 3: the time counts 4096ths of a millisecond, and goes on by one when the clock stands still.
FASTAPI_INLINE UUID7 uuid7() {
    static std::atomic<std::uint64_t> last{0};
    std::timespec now{};
    std::timespec_get(&now, TIME_UTC);
    auto nanoseconds = static_cast<std::uint64_t>(now.tv_nsec);
    std::uint64_t ticks = (static_cast<std::uint64_t>(now.tv_sec) * 1000 + nanoseconds / 1000000) * 4096 +
                          nanoseconds % 1000000 * 4096 / 1000000;
    std::uint64_t before = last.load(std::memory_order_relaxed);
    std::uint64_t mine;
    do {
        mine = ticks > before ? ticks : before + 1;
    } while (!last.compare_exchange_weak(before, mine, std::memory_order_relaxed));
    unsigned char bytes[16];
    detail::fill_random(bytes + 8, 8);
    std::uint64_t head = (mine / 4096) << 16U | (mine % 4096);
    for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(head >> (56 - 8 * i));
    return detail::make_uuid(bytes, 7);
}

} // namespace fastapi
