#pragma once

#include <utility>

#include "fastapi/types/bytes.ipp"
#include "fastapi/types/secret.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_INLINE void wipe(std::string& text) noexcept {
    text.resize(text.capacity()); // within the capacity: nothing is allocated
    volatile char* p = text.data();
    for (std::size_t i = 0; i < text.size(); ++i) p[i] = 0;
    text.clear();
}

FASTAPI_INLINE bool equal_secrets(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    unsigned different = 0;
    for (std::size_t i = 0; i < a.size(); ++i) different |= static_cast<unsigned>(a[i] ^ b[i]);
    return different == 0;
}

FASTAPI_INLINE bool decode_secret(const Value& value, const FieldInfo& info, bool is_text, std::string& secret,
                                  Context& context) {
    bool says_why = !is_text || !context.text_model; // Pydantic does not say that the configuration refuses a text
    bool quiet = std::exchange(context.quiet, context.quiet || !says_why);
    bool good = is_text ? decode_string(value, no_info, secret, context) : read_bytes(value, info, secret, context);
    context.quiet = quiet;
    if (!good && !says_why) return context.fail("string_type", "Input should be a valid string", value);
    return good && check_value_length(info, is_text ? count_characters(secret) : secret.size(), value, context);
}

FASTAPI_COLD void write_secret_schema(JsonWriter& writer, const FieldInfo& info) {
    write_bytes_schema(writer, info, "password", false);
    writer.key("writeOnly").boolean(true);
}

} // namespace fastapi::detail
