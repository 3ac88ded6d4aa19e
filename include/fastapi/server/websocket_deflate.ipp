#pragma once

// permessage-deflate (RFC 7692) with zlib, where its header is there; FASTAPI_NO_ZLIB leaves it out. Only programs that
// register WebSocket routes hold this code and link zlib.

#include <algorithm>
#include <new>

#include "fastapi/server/websocket_protocol.hpp"
#include "fastapi/version.hpp"

#if !defined(FASTAPI_NO_ZLIB) && __has_include(<zlib.h>)
#define FASTAPI_HAS_ZLIB 1
#include <zlib.h>
#else
#define FASTAPI_HAS_ZLIB 0
#endif

namespace fastapi::detail {

#if FASTAPI_HAS_ZLIB

FASTAPI_INLINE bool websocket_can_compress() { return true; }

// zlib's state is made at the first message that needs it: most connections send or receive small ones only.
class ZlibCompression final : public WebSocketCompression {
  public:
    ZlibCompression(const WebSocketDeflate& parameters, bool client)
        : out_bits_(client ? parameters.client_max_window_bits : parameters.server_max_window_bits),
          in_bits_(client ? parameters.server_max_window_bits : parameters.client_max_window_bits),
          out_alone_(client ? parameters.client_no_context_takeover : parameters.server_no_context_takeover),
          in_alone_(client ? parameters.server_no_context_takeover : parameters.client_no_context_takeover) {}
    ~ZlibCompression() override {
        if (inflating_) ::inflateEnd(&in_);
        if (deflating_) ::deflateEnd(&out_);
    }
    ZlibCompression(const ZlibCompression&) = delete;
    ZlibCompression& operator=(const ZlibCompression&) = delete;

    Result inflate(const char* data, std::size_t size, std::string& out, std::size_t limit) override {
        if (!inflating_) {
            if (::inflateInit2(&in_, -in_bits_) != Z_OK) throw std::bad_alloc();
            inflating_ = true;
        }
        // uInt may be shorter than a size.
        for (; size > largest; data += largest, size -= largest)
            if (Result result = inflate_piece(data, largest, out, limit); result != Result::ok) return result;
        return inflate_piece(data, size, out, limit);
    }

    Result finish(std::string& out, std::size_t limit) override {
        // A stream that ended with the message needs no tail (RFC 7692 7.2.3.4 asks for a padding byte, which some leave out).
        bool ended = stream_ended_;
        Result result = ended ? Result::ok : inflate("\0\0\xFF\xFF", 4, out, limit);
        if (result != Result::ok) return result;
        // Bit 7 of data_type: inflate stands between two blocks. Else the message was cut off.
        if (!ended && (in_.data_type & 128) == 0) return Result::invalid;
        if (in_alone_) {
            ::inflateReset(&in_);
        } else if (ended) {
            ::inflateResetKeep(&in_);
        }
        stream_ended_ = false;
        return Result::ok;
    }

    void deflate(std::string_view message, std::string& out) override {
        if (!deflating_) {
            // zlib cannot make raw streams with a window of 2^8; one of 2^9 is asked for and refused in the negotiation.
            if (::deflateInit2(&out_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -std::max(out_bits_, 9), memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
                throw std::bad_alloc();
            deflating_ = true;
        }
        std::size_t begin = out.size();
        do {
            std::size_t size = std::min(message.size(), largest);
            bool last = size == message.size();
            // zlib reads through a pointer that is not const in some versions.
            out_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
            out_.avail_in = static_cast<uInt>(size);
            do {
                unsigned char buffer[16384];
                out_.next_out = buffer;
                out_.avail_out = sizeof buffer;
                ::deflate(&out_, last ? Z_SYNC_FLUSH : Z_NO_FLUSH);
                out.append(reinterpret_cast<const char*>(buffer), sizeof buffer - out_.avail_out);
            } while (out_.avail_out == 0);
            message.remove_prefix(size);
        } while (!message.empty());
        // The flush ends with 00 00 FF FF, which are left out. Nothing at all is an empty block (RFC 7692 7.2.3.6).
        if (out.size() - begin >= 4) out.resize(out.size() - 4);
        if (out.size() == begin) out.push_back('\0');
        if (out_alone_) ::deflateReset(&out_);
    }

  private:
    static constexpr std::size_t largest = std::size_t{1} << 30;
    static constexpr int memory_level = 5; // 16 KiB for the hash, as Python's websockets

    Result inflate_piece(const char* data, std::size_t size, std::string& out, std::size_t limit) {
        in_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data));
        in_.avail_in = static_cast<uInt>(size);
        for (;;) {
            unsigned char buffer[16384];
            if (stream_ended_ && in_.avail_in > 0) {
                // A block said that it is the last; what follows is a new stream that may refer to what was before.
                ::inflateResetKeep(&in_);
                stream_ended_ = false;
            }
            in_.next_out = buffer;
            in_.avail_out = sizeof buffer;
            int status = ::inflate(&in_, Z_SYNC_FLUSH);
            std::size_t made = sizeof buffer - in_.avail_out;
            // What comes before a fault is kept, so that the same bytes have the same first fault however they are split.
            std::size_t room = limit - std::min(limit, out.size());
            out.append(reinterpret_cast<const char*>(buffer), std::min(made, room));
            if (made > room) return Result::too_big;
            if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return Result::invalid;
            if (status == Z_STREAM_END) {
                stream_ended_ = true;
                if (in_.avail_in == 0) return Result::ok;
            } else if (in_.avail_out > 0) {
                return in_.avail_in == 0 ? Result::ok : Result::invalid;
            }
        }
    }

    z_stream in_{};
    z_stream out_{};
    const int out_bits_;
    const int in_bits_;
    const bool out_alone_;
    const bool in_alone_;
    bool inflating_ = false;
    bool deflating_ = false;
    bool stream_ended_ = false;
};

FASTAPI_INLINE Owned<WebSocketCompression> make_websocket_compression(const WebSocketDeflate& parameters, bool client) {
    return Owned<WebSocketCompression>(new ZlibCompression(parameters, client));
}

#else

FASTAPI_INLINE bool websocket_can_compress() { return false; }
FASTAPI_INLINE Owned<WebSocketCompression> make_websocket_compression(const WebSocketDeflate&, bool) { return {}; }

#endif

} // namespace fastapi::detail
