#pragma once

// Upper and lower case beyond ASCII: Latin, Greek, Cyrillic and Armenian letters, which is what ToUpper and ToLower need.
// Other scripts either have no case or are left as they are.

#include <cstdint>
#include <string>
#include <string_view>

#include "fastapi/json/document.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// Letters first..last whose other case is a fixed distance away (step 1), or that alternate with it (step 2: the
// capital is even when first is even).
struct CaseRange {
    std::uint32_t first; // of the capitals
    std::uint32_t last;
    std::uint32_t distance;
    std::uint32_t step;
};
inline constexpr CaseRange case_ranges[] = {
    {'A', 'Z', 32, 1},         {0xC0, 0xD6, 32, 1},       {0xD8, 0xDE, 32, 1},       {0x100, 0x12E, 1, 2},
    {0x132, 0x136, 1, 2},      {0x139, 0x147, 1, 2},      {0x14A, 0x176, 1, 2},      {0x179, 0x17D, 1, 2},
    {0x1CD, 0x1DB, 1, 2},      {0x1DE, 0x1EE, 1, 2},      {0x1F8, 0x21E, 1, 2},      {0x222, 0x232, 1, 2},
    {0x388, 0x38A, 37, 1},     {0x391, 0x3A1, 32, 1},     {0x3A3, 0x3AB, 32, 1},     {0x400, 0x40F, 80, 1},
    {0x410, 0x42F, 32, 1},     {0x460, 0x480, 1, 2},      {0x48A, 0x4BE, 1, 2},      {0x4D0, 0x52E, 1, 2},
    {0x531, 0x556, 48, 1},     {0x1E00, 0x1E94, 1, 2},    {0x1EA0, 0x1EFE, 1, 2},    {0x386, 0x386, 38, 1},
    {0x38C, 0x38C, 64, 1},     {0x38E, 0x38F, 63, 1},
};

FASTAPI_INLINE std::uint32_t change_case(std::uint32_t c, bool upper) {
    if (upper && c == 0xFF) return 0x178;
    if (!upper && c == 0x178) return 0xFF;
    if (upper && c == 0xB5) return 0x39C;
    if (upper && c == 0x3C2) return 0x3A3;
    for (const CaseRange& range : case_ranges) {
        std::uint32_t base = upper ? c - range.distance : c;
        if (base >= range.first && base <= range.last && (base - range.first) % range.step == 0)
            return upper ? base : c + range.distance;
    }
    return c;
}

// Valid UTF-8 in the other case. The German sharp s becomes two capitals.
FASTAPI_INLINE std::string with_case(std::string_view text, bool upper) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        auto lead = static_cast<unsigned char>(text[i]);
        std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        std::uint32_t c = size == 1 ? lead : lead & (0x7FU >> size);
        for (std::size_t k = 1; k < size && i + k < text.size(); ++k)
            c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
        i += size;
        if (upper && c == 0xDF) {
            out += "SS";
        } else {
            append_utf8(out, change_case(c, upper));
        }
    }
    return out;
}

} // namespace fastapi::detail
