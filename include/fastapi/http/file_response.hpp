#pragma once

// FileResponse: a file as the answer, sent while it is read, whole or the ranges that the request asks for.
//   app.get("/video", [] { return FileResponse("large-video-file.mp4"); });
//   app.get("/report", [] { return FileResponse("/srv/reports/7.pdf", {.filename = "report.pdf"}); });

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/http/response.hpp"

namespace fastapi {

struct FileOptions {
    int status_code = 200;                                // ranges are served with 200 only, as 206
    Headers headers = {};                                 // beside those that the file gives, or instead of them
    std::string media_type = "";                          // empty: by the extension of filename or path
    std::string filename = "";                            // in UTF-8; what the client is to save it as: content-disposition
    std::string content_disposition_type = "attachment";  // or inline
};

// Answers with accept-ranges, content-length, last-modified and etag, as Starlette's does byte for byte: etag is the MD5 of
// modification time and size. A request with Range gets 206, or 416 or 400 (RFC 9110 14), unless its If-Range is another
// version's. The file is opened when the handler has returned: one that does not exist, or is none, is an exception, and a 500,
// as it is there. Whoever takes a path from a request must see to it himself where that leads.
class FileResponse : public Response {
  public:
    template <int Form = 0> // a template, so that programs that do without do not compile it
    explicit FileResponse(const std::string& path, const FileOptions& options = {});
};

namespace detail {

// The media type of a file by its name, as Python guesses it; of a compressed one that of its content.
std::string guess_media_type(std::string_view path);
// MD5 (RFC 1321) as hexadecimal digits. No secret depends on it.
std::string md5_text(std::string text);

struct FileRange {
    std::int64_t begin;
    std::int64_t end; // behind the last byte
};
struct RequestedRanges {
    List<FileRange> ranges; // sorted, apart from each other; empty: all of the file
    int status = 206;
    const char* problem = ""; // with 400
};
// What Starlette makes of a Range header (RFC 9110 14.2): parts that are none are passed over, more than 100 are ignored all
// together, those that overlap become one.
RequestedRanges read_ranges(std::string_view header, std::int64_t size);

} // namespace detail

} // namespace fastapi
