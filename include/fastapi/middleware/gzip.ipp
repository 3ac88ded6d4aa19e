#pragma once

// gzip (RFC 1952) with zlib, where its header is there; FASTAPI_NO_ZLIB leaves it out.

#include <limits>
#include <new>
#include <stdexcept>

#include "fastapi/middleware/cors.ipp"
#include "fastapi/middleware/gzip.hpp"
#include "fastapi/server/websocket_deflate.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

#if FASTAPI_HAS_ZLIB
// A text or a stream, on its way into gzip.
class GzipFilter final : public BodyFilter {
  public:
    explicit GzipFilter(int level)
        : BodyFilter{[](BodyFilter* self) { delete static_cast<GzipFilter*>(self); },
                     [](BodyFilter& self, std::string& piece, bool at_end) { static_cast<GzipFilter&>(self).replace(piece, at_end); }} {
        constexpr int gzip_window = 15 + 16;
        if (::deflateInit2(&stream_, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
    }
    ~GzipFilter() { ::deflateEnd(&stream_); }
    GzipFilter(const GzipFilter&) = delete;
    GzipFilter& operator=(const GzipFilter&) = delete;

    // What was put in before the end can be read by then: each piece is flushed.
    void replace(std::string& piece, bool at_end) {
        std::string out;
        std::string_view rest = piece;
        constexpr std::size_t largest = std::numeric_limits<uInt>::max();
        do {
            std::string_view part = rest.substr(0, largest);
            rest.remove_prefix(part.size());
            // zlib reads through a pointer that is not const in some versions.
            stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
            stream_.avail_in = static_cast<uInt>(part.size());
            int flush = !rest.empty() ? Z_NO_FLUSH : at_end ? Z_FINISH : Z_SYNC_FLUSH;
            do {
                std::size_t before = out.size();
                std::size_t room = part.size() / 4 + 256;
                if (room > (std::size_t{1} << 20U)) room = std::size_t{1} << 20U;
                out.resize(before + room);
                stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
                stream_.avail_out = static_cast<uInt>(room);
                ::deflate(&stream_, flush);
                out.resize(out.size() - stream_.avail_out);
            } while (stream_.avail_out == 0);
        } while (!rest.empty());
        piece = std::move(out);
    }

  private:
    z_stream stream_{};
};
#endif

} // namespace detail

template <int Form>
[[gnu::cold]] BasicGZipMiddleware<Form>::BasicGZipMiddleware(Options options) : options_(std::move(options)) {
    if (options_.compresslevel < 0 || options_.compresslevel > 9)
        throw std::logic_error("fastapi: the compresslevel of GZipMiddleware is 0 to 9");
    if (!FASTAPI_HAS_ZLIB)
        throw std::logic_error("fastapi: GZipMiddleware needs zlib, whose header was not there when this program was compiled");
}

template <int Form>
[[gnu::cold]] void BasicGZipMiddleware<Form>::after(const Request& request, Response& response) const {
    // A part of a file is one of its bytes as they are.
    if (response.status_code == 206 || detail::is_bodiless(response.status_code) || response.headers.contains("content-encoding")) return;
    std::string_view type = response.headers.get("content-type").value_or("");
    for (const std::string& excluded : options_.exclude_content_types)
        if (type.starts_with(excluded)) return;
    if (response.stream && response.stream->length >= 0) { // a file
        constexpr std::int64_t at_once = std::int64_t{64} << 10U;
        if (static_cast<std::uint64_t>(response.stream->length) < options_.minimum_size) return;
        if (response.stream->length < at_once) collect_body(response);
    }
    if (!response.stream && !response.streamed && response.body.size() < options_.minimum_size) return;
    detail::add_vary(response.headers, "Accept-Encoding");
    if (request.headers.get("accept-encoding", "").find("gzip") == std::string_view::npos) return;
#if FASTAPI_HAS_ZLIB
    auto filter = new detail::GzipFilter(options_.compresslevel);
    detail::Disposed<detail::BodyFilter> owned(filter);
    if (response.stream) {
        response.stream->length = -1;
        response.stream->keep_alive = {}; // it would stand between the pieces
        response.stream->filter = std::move(owned);
    } else {
        filter->replace(response.body, true);
    }
    response.headers.set("content-encoding", "gzip");
    response.headers.remove("content-length");
    // Another sequence of bytes has another strong validator (RFC 9110 8.8.3.3).
    if (auto tag = response.headers.get("etag"); tag && tag->starts_with('"')) response.headers.set("etag", detail::concat({"W/", *tag}));
#endif
}

#if defined(FASTAPI_IMPLEMENTATION)
template class BasicGZipMiddleware<0>;
#endif

} // namespace fastapi
