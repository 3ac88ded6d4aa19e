#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "fastapi/http/file_response.hpp"
#include "fastapi/http/stream.hpp"
#include "fastapi/http/url.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// --- names and numbers ----------------------------------------------------------------------------------------------------

// What Python's mimetypes knows without the system's files, with JavaScript as RFC 9239 has it.
FASTAPI_COLD std::string_view type_of_extension(std::string_view extension) {
    static constexpr const char* types[][2] = {
        {"3g2", "audio/3gpp2"}, {"3gp", "audio/3gpp"}, {"3gpp", "audio/3gpp"}, {"3gpp2", "audio/3gpp2"},
        {"a", "application/octet-stream"}, {"aac", "audio/aac"}, {"adts", "audio/aac"}, {"ai", "application/postscript"},
        {"aif", "audio/x-aiff"}, {"aifc", "audio/x-aiff"}, {"aiff", "audio/x-aiff"}, {"ass", "audio/aac"}, {"au", "audio/basic"},
        {"avi", "video/x-msvideo"}, {"avif", "image/avif"}, {"bat", "text/plain"}, {"bcpio", "application/x-bcpio"},
        {"bin", "application/octet-stream"}, {"bmp", "image/bmp"}, {"c", "text/plain"}, {"cdf", "application/x-netcdf"},
        {"cpio", "application/x-cpio"}, {"csh", "application/x-csh"}, {"css", "text/css"}, {"csv", "text/csv"},
        {"dll", "application/octet-stream"}, {"doc", "application/msword"}, {"dot", "application/msword"},
        {"dvi", "application/x-dvi"}, {"eml", "message/rfc822"}, {"eps", "application/postscript"}, {"etx", "text/x-setext"},
        {"exe", "application/octet-stream"}, {"gif", "image/gif"}, {"gtar", "application/x-gtar"}, {"h", "text/plain"},
        {"h5", "application/x-hdf5"}, {"hdf", "application/x-hdf"}, {"heic", "image/heic"}, {"heif", "image/heif"},
        {"htm", "text/html"}, {"html", "text/html"}, {"ico", "image/vnd.microsoft.icon"}, {"ief", "image/ief"},
        {"jpe", "image/jpeg"}, {"jpeg", "image/jpeg"}, {"jpg", "image/jpeg"}, {"js", "text/javascript"},
        {"json", "application/json"}, {"ksh", "text/plain"}, {"latex", "application/x-latex"}, {"loas", "audio/aac"},
        {"m1v", "video/mpeg"}, {"m3u", "application/vnd.apple.mpegurl"}, {"m3u8", "application/vnd.apple.mpegurl"},
        {"man", "application/x-troff-man"}, {"me", "application/x-troff-me"}, {"mht", "message/rfc822"},
        {"mhtml", "message/rfc822"}, {"mif", "application/x-mif"}, {"mjs", "text/javascript"}, {"mov", "video/quicktime"},
        {"movie", "video/x-sgi-movie"}, {"mp2", "audio/mpeg"}, {"mp3", "audio/mpeg"}, {"mp4", "video/mp4"}, {"mpa", "video/mpeg"},
        {"mpe", "video/mpeg"}, {"mpeg", "video/mpeg"}, {"mpg", "video/mpeg"}, {"ms", "application/x-troff-ms"}, {"n3", "text/n3"},
        {"nc", "application/x-netcdf"}, {"nq", "application/n-quads"}, {"nt", "application/n-triples"}, {"nws", "message/rfc822"},
        {"o", "application/octet-stream"}, {"obj", "application/octet-stream"}, {"oda", "application/oda"}, {"opus", "audio/opus"},
        {"p12", "application/x-pkcs12"}, {"p7c", "application/pkcs7-mime"}, {"pbm", "image/x-portable-bitmap"},
        {"pdf", "application/pdf"}, {"pfx", "application/x-pkcs12"}, {"pgm", "image/x-portable-graymap"}, {"pl", "text/plain"},
        {"png", "image/png"}, {"pnm", "image/x-portable-anymap"}, {"pot", "application/vnd.ms-powerpoint"},
        {"ppa", "application/vnd.ms-powerpoint"}, {"ppm", "image/x-portable-pixmap"}, {"pps", "application/vnd.ms-powerpoint"},
        {"ppt", "application/vnd.ms-powerpoint"}, {"ps", "application/postscript"}, {"pwz", "application/vnd.ms-powerpoint"},
        {"py", "text/x-python"}, {"pyc", "application/x-python-code"}, {"pyo", "application/x-python-code"},
        {"qt", "video/quicktime"}, {"ra", "audio/x-pn-realaudio"}, {"ram", "application/x-pn-realaudio"},
        {"ras", "image/x-cmu-raster"}, {"rdf", "application/xml"}, {"rgb", "image/x-rgb"}, {"roff", "application/x-troff"},
        {"rtx", "text/richtext"}, {"sgm", "text/x-sgml"}, {"sgml", "text/x-sgml"}, {"sh", "application/x-sh"},
        {"shar", "application/x-shar"}, {"snd", "audio/basic"}, {"so", "application/octet-stream"},
        {"src", "application/x-wais-source"}, {"srt", "text/plain"}, {"sv4cpio", "application/x-sv4cpio"},
        {"sv4crc", "application/x-sv4crc"}, {"svg", "image/svg+xml"}, {"swf", "application/x-shockwave-flash"},
        {"t", "application/x-troff"}, {"tar", "application/x-tar"}, {"tcl", "application/x-tcl"}, {"tex", "application/x-tex"},
        {"texi", "application/x-texinfo"}, {"texinfo", "application/x-texinfo"}, {"tif", "image/tiff"}, {"tiff", "image/tiff"},
        {"tr", "application/x-troff"}, {"trig", "application/trig"}, {"tsv", "text/tab-separated-values"}, {"txt", "text/plain"},
        {"ustar", "application/x-ustar"}, {"vcf", "text/x-vcard"}, {"vtt", "text/vtt"}, {"wasm", "application/wasm"},
        {"wav", "audio/x-wav"}, {"webm", "video/webm"}, {"webmanifest", "application/manifest+json"}, {"wiz", "application/msword"},
        {"wsdl", "application/xml"}, {"xbm", "image/x-xbitmap"}, {"xlb", "application/vnd.ms-excel"},
        {"xls", "application/vnd.ms-excel"}, {"xml", "text/xml"}, {"xpdl", "application/xml"}, {"xpm", "image/x-xpixmap"},
        {"xsl", "application/xml"}, {"xwd", "image/x-xwindowdump"}, {"zip", "application/zip"},
    };
    std::string lowered = lower_case(extension);
    for (const auto& [name, type] : types)
        if (lowered == name) return type;
    return {};
}

// Takes the extension, without its dot, off a path (Python's splitext).
FASTAPI_COLD std::string_view take_extension(std::string_view& path) {
    std::size_t dot = path.rfind('.');
    std::size_t name = path.find_last_of('/') + 1; // 0 when there is none
    if (dot == std::string_view::npos || dot < name) return {};
    if (path.substr(name, dot - name).find_first_not_of('.') == std::string_view::npos) return {};
    std::string_view extension = path.substr(dot + 1);
    path = path.substr(0, dot);
    return extension;
}

FASTAPI_COLD std::string guess_media_type(std::string_view path) {
    std::string_view extension = take_extension(path);
    std::string lowered = lower_case(extension);
    if (lowered == "svgz") return "image/svg+xml";
    for (std::string_view packed : {"tgz", "taz", "tz", "tbz2", "txz"})
        if (lowered == packed) return "application/x-tar";
    for (std::string_view packed : {"gz", "Z", "bz2", "xz", "br"}) {
        if (extension != packed) continue;
        extension = take_extension(path);
        break;
    }
    std::string_view type = type_of_extension(extension);
    return std::string(type.empty() ? std::string_view{"application/octet-stream"} : type);
}

FASTAPI_COLD std::string md5_text(std::string text) {
    static constexpr int shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    // floor(2^32 abs(sin(i + 1)))
    static constexpr std::uint32_t sines[64] = {
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
        0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453,
        0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
        0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
        0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d,
        0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
    std::uint32_t sum[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    std::uint64_t bits = std::uint64_t{text.size()} * 8;
    text.push_back('\x80');
    while (text.size() % 64 != 56) text.push_back('\0');
    for (unsigned i = 0; i < 8; ++i) text.push_back(static_cast<char>(bits >> (8 * i) & 0xFFU));
    for (std::size_t block = 0; block < text.size(); block += 64) {
        std::uint32_t words[16] = {};
        for (unsigned i = 0; i < 64; ++i)
            words[i / 4] |= std::uint32_t{static_cast<unsigned char>(text[block + i])} << (i % 4 * 8);
        std::uint32_t a = sum[0];
        std::uint32_t b = sum[1];
        std::uint32_t c = sum[2];
        std::uint32_t d = sum[3];
        for (unsigned i = 0; i < 64; ++i) {
            std::uint32_t mixed = i < 16 ? (b & c) | (~b & d) : i < 32 ? (d & b) | (~d & c) : i < 48 ? b ^ c ^ d : c ^ (b | ~d);
            unsigned word = i < 16 ? i : i < 32 ? (5 * i + 1) % 16 : i < 48 ? (3 * i + 5) % 16 : 7 * i % 16;
            mixed += a + sines[i] + words[word];
            a = d;
            d = c;
            c = b;
            b += std::rotl(mixed, shifts[i / 16][i % 4]);
        }
        sum[0] += a;
        sum[1] += b;
        sum[2] += c;
        sum[3] += d;
    }
    std::string out;
    for (std::uint32_t word : sum)
        for (unsigned i = 0; i < 8; ++i) out.push_back("0123456789abcdef"[word >> (i / 2 * 8 + (i % 2 ? 0 : 4)) & 15U]);
    return out;
}

// 13 bytes that nobody can know before, as hexadecimal digits.
FASTAPI_COLD std::string random_boundary() {
    unsigned char bytes[13] = {};
    int file = ::open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool good = file >= 0 && ::read(file, bytes, sizeof bytes) == static_cast<ssize_t>(sizeof bytes);
    if (file >= 0) ::close(file);
    if (!good) throw std::runtime_error("fastapi: /dev/urandom gives nothing");
    std::string out;
    for (unsigned char byte : bytes) {
        out.push_back("0123456789abcdef"[byte >> 4U]);
        out.push_back("0123456789abcdef"[byte & 15U]);
    }
    return out;
}

// --- ranges ---------------------------------------------------------------------------------------------------------------

// A whole number as Python's int() reads it: a sign, digits, single underscores between them. What is beyond 2^62 is 2^62.
FASTAPI_COLD bool read_python_integer(std::string_view text, std::int64_t& value) {
    bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    constexpr std::int64_t most = std::int64_t{1} << 62U;
    value = 0;
    bool digit = false; // in front
    for (char c : text) {
        if (c == '_' && digit) {
            digit = false;
            continue;
        }
        if (c < '0' || c > '9') return false;
        digit = true;
        value = value > (most - 9) / 10 ? most : value * 10 + (c - '0');
    }
    if (negative) value = -value;
    return digit;
}

FASTAPI_COLD RequestedRanges read_ranges(std::string_view header, std::int64_t size) {
    RequestedRanges made;
    auto fail = [&made](int status, const char* problem) {
        made.status = status;
        made.problem = problem;
        made.ranges.clear();
        return std::move(made);
    };
    std::size_t equals = header.find('=');
    if (equals == std::string_view::npos) return fail(400, "Malformed range header.");
    std::string unit(trim(header.substr(0, equals)));
    for (char& c : unit) c = lower(c);
    if (unit != "bytes") return fail(400, "Only support bytes range");
    std::string_view list = header.substr(equals + 1);
    if (std::count(list.begin(), list.end(), ',') + 1 > 100) return made;
    for (;;) {
        std::size_t comma = list.find(',');
        std::string_view part = trim(list.substr(0, comma));
        std::size_t dash = part.find('-');
        if (dash != std::string_view::npos && part.size() > 1) {
            std::string_view first = trim(part.substr(0, dash));
            std::string_view last = trim(part.substr(dash + 1));
            std::int64_t begin = 0;
            std::int64_t end = 0;
            bool known = first.empty() ? read_python_integer(last, end)
                                       : read_python_integer(first, begin) && (last.empty() || read_python_integer(last, end));
            if (known && first.empty()) { // the last bytes
                made.ranges.push_back({std::max<std::int64_t>(size - end, 0), size});
            } else if (known) {
                made.ranges.push_back({begin, !last.empty() && end < size ? end + 1 : size});
            }
        }
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
    if (made.ranges.empty()) return fail(400, "Range header: range must be requested");
    for (const FileRange& range : made.ranges)
        if (range.begin < 0 || range.begin >= size) return fail(416, "");
    for (const FileRange& range : made.ranges)
        if (range.begin >= range.end) return fail(400, "Range header: start must be less than end");
    for (std::size_t i = 1; i < made.ranges.size(); ++i) // at most 100
        for (std::size_t j = i; j > 0 && made.ranges[j].begin < made.ranges[j - 1].begin; --j) std::swap(made.ranges[j], made.ranges[j - 1]);
    std::size_t count = 0;
    for (const FileRange& range : made.ranges) {
        if (count > 0 && range.begin <= made.ranges[count - 1].end) {
            made.ranges[count - 1].end = std::max(made.ranges[count - 1].end, range.end);
        } else {
            made.ranges[count++] = range;
        }
    }
    made.ranges.resize(count);
    return made;
}

// --- the file -------------------------------------------------------------------------------------------------------------

// The part of it that is sent: one range, or several with a head before each (multipart/byteranges, RFC 9110 14.6).
class FileReader {
  public:
    // file: when it is open already, and a regular file.
    explicit FileReader(std::string path, int file = -1) : path_(std::move(path)), file_(file) {}
    ~FileReader() {
        if (file_ >= 0) ::close(file_);
    }
    FileReader(const FileReader&) = delete;
    FileReader& operator=(const FileReader&) = delete;

    // Opens the file and looks what the request wants of it. Returns how many bytes are to be sent; -1: the response is another.
    inline std::int64_t open(const Request& of, Response& response);
    // Appends the next piece. False: there is none.
    inline bool next(std::string& out);
    // Goes on to the next range, and appends what stands between. False: there was no more.
    inline bool advance(std::string& out);
    [[nodiscard]] int file() const { return file_; }
    [[nodiscard]] std::int64_t left() const { return left_; } // bytes of this range, from there on
    [[nodiscard]] std::int64_t place() const { return place_; }
    // Somebody else has sent so many.
    void skip(std::int64_t bytes) {
        place_ += bytes;
        left_ -= bytes;
    }
    // Reads up to `room` bytes of this range. Throws when the file has become shorter.
    inline std::size_t read(char* target, std::size_t room);

  private:
    inline std::int64_t open_file(Response& response);
    [[nodiscard]] inline std::string part_head(const FileRange& range) const;

    std::string path_;
    int file_ = -1;
    std::int64_t size_ = 0;  // of the file
    std::int64_t place_ = 0; // in it
    std::int64_t left_ = 0;
    List<FileRange> ranges_;
    std::size_t next_range_ = 0;
    std::string boundary_; // of several
    std::string type_;     // of each
};

// What an etag is made of: time of modification, as Python's str() writes it, and size.
FASTAPI_COLD std::string file_version(const struct stat& status) {
#if defined(__APPLE__)
    const timespec& changed = status.st_mtimespec;
#else
    const timespec& changed = status.st_mtim;
#endif
    std::string text;
    write_json_double(text, static_cast<double>(changed.tv_sec) + 1e-9 * static_cast<double>(changed.tv_nsec));
    return text += concat({"-", integer_text(status.st_size)});
}

// Opens the file, and sets what it says in the headers. Returns its size.
inline std::int64_t FileReader::open_file(Response& response) {
    if (file_ < 0) file_ = path_.find('\0') == std::string::npos ? ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    int why = file_ < 0 ? errno : 0;
    struct stat status {};
    if (file_ < 0 && (why == ENOENT || path_.find('\0') != std::string::npos))
        throw std::runtime_error(concat({"File at path ", path_, " does not exist."}));
    if (file_ >= 0 && ::fstat(file_, &status) == 0 && !S_ISREG(status.st_mode))
        throw std::runtime_error(concat({"File at path ", path_, " is not a file."}));
    if (file_ < 0) throw std::runtime_error(concat({"File at path ", path_, " cannot be read: ", std::strerror(why)}));
    response.headers.remove("content-length");
    if (!response.headers.contains("last-modified")) response.headers.append("last-modified", http_date(status.st_mtime));
    if (!response.headers.contains("etag")) response.headers.append("etag", concat({"\"", md5_text(file_version(status)), "\""}));
    return status.st_size;
}

inline std::string FileReader::part_head(const FileRange& range) const {
    return concat({"--", boundary_, "\r\nContent-Type: ", type_, "\r\nContent-Range: bytes ", integer_text(range.begin), "-",
                   integer_text(range.end - 1), "/", integer_text(size_), "\r\n\r\n"});
}

inline std::int64_t FileReader::open(const Request& of, Response& response) {
    size_ = open_file(response);
    auto wanted = of.headers.get("range");
    auto version = of.headers.get("if-range");
    bool same = !version || (!version->starts_with("W/") &&
                             (version == response.headers.get("last-modified") || version == response.headers.get("etag")));
    if (wanted && same && response.status_code == 200 && (of.method == "GET" || of.method == "HEAD")) {
        RequestedRanges requested = read_ranges(*wanted, size_);
        if (requested.status != 206) {
            std::string all = concat({"bytes */", integer_text(size_)});
            response.status_code = requested.status;
            response.body = requested.problem;
            response.headers = {{"content-type", "text/plain; charset=utf-8"}};
            if (requested.status == 416) response.headers.append("content-range", all);
            return -1;
        }
        ranges_ = std::move(requested.ranges);
        if (!ranges_.empty()) response.status_code = 206;
    }
    if (ranges_.empty()) ranges_.push_back({0, size_});
    std::int64_t length = 0;
    if (ranges_.size() > 1) {
        boundary_ = random_boundary();
        type_ = response.headers.get("content-type").value_or("");
        response.headers.set("content-type", concat({"multipart/byteranges; boundary=", boundary_}));
        length = static_cast<std::int64_t>(boundary_.size() + 4);
        for (const FileRange& range : ranges_) length += static_cast<std::int64_t>(part_head(range).size() + 2);
    } else if (response.status_code == 206) {
        response.headers.set("content-range", concat({"bytes ", integer_text(ranges_[0].begin), "-", integer_text(ranges_[0].end - 1), "/",
                                                      integer_text(size_)}));
    }
    for (const FileRange& range : ranges_) length += range.end - range.begin;
    return length;
}

inline bool FileReader::advance(std::string& out) {
    if (next_range_ > ranges_.size()) return false;
    bool several = !boundary_.empty();
    if (several && next_range_ > 0) out += "\r\n";
    if (next_range_ == ranges_.size()) {
        if (several) out += concat({"--", boundary_, "--"});
        ++next_range_;
        return several;
    }
    const FileRange& range = ranges_[next_range_++];
    if (several) out += part_head(range);
    place_ = range.begin;
    left_ = range.end - range.begin;
    return true;
}

inline std::size_t FileReader::read(char* target, std::size_t room) {
    auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(left_, static_cast<std::int64_t>(room)));
    ssize_t size = -1;
    do {
        size = ::pread(file_, target, wanted, static_cast<off_t>(place_));
    } while (size < 0 && errno == EINTR);
    if (size <= 0) throw std::runtime_error(concat({"File at path ", path_, size < 0 ? " cannot be read." : " is shorter than expected."}));
    place_ += size;
    left_ -= size;
    return static_cast<std::size_t>(size);
}

inline bool FileReader::next(std::string& out) {
    if (left_ == 0) {
        if (!advance(out)) return false;
        if (left_ == 0) return true;
    }
    std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(std::min<std::int64_t>(left_, std::int64_t{64} << 10U)));
    std::size_t size = read(out.data() + before, out.size() - before);
    out.resize(before + size);
    return true;
}

// A template, as its constructor: a compiler that knew one heir of BodyStream only would put its code into every program.
template <int>
class FileStream final : public BodyStream {
  public:
    explicit FileStream(std::string path, int file = -1) : reader_(std::move(path), file) {}
    bool open(const Request& of, Response& response) override {
        length = reader_.open(of, response);
        if (length < 0) return false;
        // What is short goes in one piece with its head.
        if (length > std::int64_t{16} << 10U || is_bodiless(response.status_code)) return true;
        while (reader_.next(response.body)) {}
        return false;
    }
    Next next(std::string& out) override { return reader_.next(out) ? Next::piece : Next::end; }
    void occupy(Connection& connection, WorkSpace& space, const AnswerForm& form) override {
        if (filter) return occupy_with_stream(*this, connection, space, form);
        occupy_with_file(*this, reader_, connection);
    }
    void collect(std::string& out) override {
        if (filter) return collect_stream(*this, out);
        while (reader_.next(out)) {}
    }

  private:
    FileReader reader_;
};

} // namespace detail

template <int Form>
FileResponse::FileResponse(const std::string& path, const FileOptions& options)
    : Response("", options.status_code, options.headers,
               !options.media_type.empty() ? options.media_type
                                           : detail::guess_media_type(options.filename.empty() ? path : options.filename)) {
    if (!headers.contains("accept-ranges")) headers.append_trusted("accept-ranges", "bytes");
    if (!options.filename.empty() && !headers.contains("content-disposition")) {
        std::string encoded = detail::percent_encode(options.filename, "/");
        bool plain = encoded == options.filename;
        std::string_view before = plain ? "; filename=\"" : "; filename*=utf-8''";
        headers.append("content-disposition", detail::concat({options.content_disposition_type, before, encoded, plain ? "\"" : ""}));
    }
    stream = detail::Disposed<detail::BodyStream>(new detail::FileStream<Form>(path));
}
#if defined(FASTAPI_IMPLEMENTATION)
template FileResponse::FileResponse(const std::string&, const FileOptions&);
#endif

} // namespace fastapi
