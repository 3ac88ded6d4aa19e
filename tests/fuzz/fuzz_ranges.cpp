// libFuzzer: bytes as a Range header, of a file whose size the first byte chooses, and as the name of a file.
// What must hold: ranges are sorted, apart from each other and inside of the file, and asked for again, written plainly, they are
// the same; a name has a media type.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fastapi.hpp"

using namespace fastapi::detail;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static constexpr std::int64_t sizes[] = {0, 1, 27, 100, 65536, std::int64_t{1} << 40U, std::int64_t{1} << 61U};
    std::int64_t file = sizes[data[0] % 7];
    std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    RequestedRanges found = read_ranges(text, file);
    if (found.status != 206 && !found.ranges.empty()) std::abort();
    std::string again = "bytes=";
    std::int64_t behind = -1;
    for (const FileRange& range : found.ranges) {
        if (range.begin <= behind || range.begin >= range.end || range.end > file) std::abort();
        behind = range.end;
        again += std::to_string(range.begin) + "-" + std::to_string(range.end - 1) + ",";
    }
    if (!found.ranges.empty() && found.ranges.size() < 100) {
        RequestedRanges same = read_ranges(again, file);
        if (same.ranges.size() != found.ranges.size()) std::abort();
        for (std::size_t i = 0; i < same.ranges.size(); ++i)
            if (same.ranges[i].begin != found.ranges[i].begin || same.ranges[i].end != found.ranges[i].end) std::abort();
    }
    if (guess_media_type(text).find('/') == std::string::npos) std::abort();
    return 0;
}
