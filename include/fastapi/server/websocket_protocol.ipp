#pragma once

#include <algorithm>
#include <bit>
#include <cstring>

#include "fastapi/json/document.hpp"
#include "fastapi/server/websocket_protocol.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- bytes ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE void mask_websocket_payload(char* data, std::size_t size, std::uint32_t key) {
    std::uint64_t wide = key | static_cast<std::uint64_t>(key) << 32;
    std::size_t at = 0;
    for (; at + 32 <= size; at += 32) {
        std::uint64_t words[4];
        std::memcpy(words, data + at, 32);
        for (std::uint64_t& word : words) word ^= wide;
        std::memcpy(data + at, words, 32);
    }
    for (; at + 8 <= size; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data + at, 8);
        word ^= wide;
        std::memcpy(data + at, &word, 8);
    }
    char bytes[4];
    std::memcpy(bytes, &key, 4);
    for (; at < size; ++at) data[at] = static_cast<char>(data[at] ^ bytes[at % 4]);
}

// The key for what stands behind size bytes.
FASTAPI_INLINE std::uint32_t turned_mask(std::uint32_t key, std::size_t size) {
    int bits = static_cast<int>(size % 4 * 8);
    return std::endian::native == std::endian::little ? std::rotr(key, bits) : std::rotl(key, bits);
}

// Behind the ASCII that stands at p.
FASTAPI_INLINE const char* skip_ascii(const char* p, const char* end) {
    constexpr std::uint64_t high = 0x8080808080808080U;
    while (end - p >= 32) {
        std::uint64_t words[4];
        std::memcpy(words, p, 32);
        if ((words[0] | words[1] | words[2] | words[3]) & high) break;
        p += 32;
    }
    while (p < end && static_cast<unsigned char>(*p) < 0x80) ++p;
    return p;
}

FASTAPI_INLINE bool Utf8Stream::take(const char* p, const char* end) {
    for (;;) {
        while (missing_ == 0) {
            p = skip_ascii(p, end);
            p = skip_utf8(p, end);
            if (p == end) return true;
            auto lead = static_cast<unsigned char>(*p);
            if (lead < 0x80) continue;
            if (lead < 0xC2 || lead > 0xF4) return false;
            missing_ = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
            low_ = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;  // no longer than needed
            high_ = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF; // no surrogates, nothing beyond U+10FFFF
            ++p;
        }
        while (missing_ > 0) {
            if (p == end) return true;
            auto byte = static_cast<unsigned char>(*p);
            if (byte < low_ || byte > high_) return false;
            low_ = 0x80;
            high_ = 0xBF;
            --missing_;
            ++p;
        }
    }
}

FASTAPI_INLINE void append_websocket_frame(std::string& out, unsigned first_byte, std::string_view payload, const char* mask) {
    char header[14];
    std::size_t size = 2;
    std::uint64_t length = payload.size();
    unsigned masked = mask ? 0x80U : 0U;
    auto put = [&](unsigned short_length, int bytes) {
        header[1] = static_cast<char>(static_cast<unsigned char>(masked | short_length));
        for (int i = bytes; i-- > 0;) header[size++] = static_cast<char>(static_cast<unsigned char>(length >> (8 * i) & 0xFFU));
    };
    header[0] = static_cast<char>(static_cast<unsigned char>(first_byte));
    if (length < 126) {
        put(static_cast<unsigned>(length), 0);
    } else if (length < 65536) {
        put(126, 2);
    } else {
        put(127, 8);
    }
    if (mask) {
        std::memcpy(header + size, mask, 4);
        size += 4;
    }
    out.append(header, size);
    std::size_t begin = out.size();
    out.append(payload);
    if (!mask) return;
    std::uint32_t key = 0;
    std::memcpy(&key, mask, 4);
    mask_websocket_payload(out.data() + begin, payload.size(), key);
}

// --- receiving --------------------------------------------------------------------------------------------------------

// Its functions are declared inline, so that no function of it is the one that carries the table of the virtual ones into every
// program.
class FrameProtocol final : public WebSocketProtocol {
  public:
    inline FrameProtocol(Role role, const WebSocketOptions& options, const WebSocketDeflate& deflate);

    void feed(char* data, std::size_t size) override {
        at_ = data;
        end_ = data + size;
    }
    inline bool next(WebSocketEvent& event, std::string& out) override;
    inline bool send(std::string& out, std::string_view message, bool binary) override;
    inline bool ping(std::string& out, std::string_view payload) override;
    inline bool pong(std::string& out, std::string_view payload) override;
    inline bool close(std::string& out, unsigned code, std::string_view reason) override;
    [[nodiscard]] bool close_sent() const override { return close_sent_; }
    [[nodiscard]] bool ended() const override { return ended_; }

  private:
    struct Failure {
        std::uint16_t code = 0; // 0: none
        const char* what = "";
    };
    inline bool read_header();
    [[nodiscard]] inline Failure check_header_start() const;
    [[nodiscard]] inline Failure check_length() const;
    inline bool read_control(WebSocketEvent& event, std::string& out);
    inline bool read_data(WebSocketEvent& event, std::string& out);
    inline bool finish_message(WebSocketEvent& event, std::string& out, std::string_view message);
    inline bool handle_close(WebSocketEvent& event, std::string& out);
    inline bool fail(WebSocketEvent& event, std::string& out, const Failure& failure);
    inline bool fail_inflating(WebSocketEvent& event, std::string& out, WebSocketCompression::Result result);
    inline void append(std::string& out, WebSocketOpcode opcode, std::string_view payload, bool compressed = false);

    const WebSocketOptions& options_;
    Owned<WebSocketCompression> compression_;
    char* at_ = nullptr; // what is left of the bytes that were given
    char* end_ = nullptr;

    std::string message_;    // pieces of the current one
    std::uint64_t left_ = 0; // of the current frame's payload
    std::uint64_t length_ = 0;
    std::uint32_t mask_ = 0; // turned to where the payload is
    std::uint32_t next_mask_ = 0x9E3779B9U;
    Failure failure_;
    Utf8Stream utf8_;
    unsigned char header_[14] = {};
    char control_[125] = {};
    std::uint8_t header_size_ = 0;
    const Role role_;
    WebSocketOpcode opcode_ = WebSocketOpcode::continuation;         // of the current frame
    WebSocketOpcode message_opcode_ = WebSocketOpcode::continuation; // of the message that is being put together; else continuation
    bool fin_ = false;
    bool in_payload_ = false;
    bool compressed_ = false; // the message is
    bool handed_out_ = false; // the message was
    bool close_sent_ = false;
    bool ended_ = false;
};

inline FrameProtocol::FrameProtocol(Role role, const WebSocketOptions& options, const WebSocketDeflate& deflate)
    : options_(options), role_(role) {
    if (deflate.enabled) compression_ = make_websocket_compression(deflate, role == Role::client);
}

FASTAPI_COLD Owned<WebSocketProtocol> make_websocket_protocol(WebSocketProtocol::Role role, const WebSocketOptions& options,
                                                              const WebSocketDeflate& deflate) {
    return Owned<WebSocketProtocol>(new FrameProtocol(role, options, deflate));
}

inline bool FrameProtocol::next(WebSocketEvent& event, std::string& out) {
    if (handed_out_) {
        handed_out_ = false;
        message_.clear();
        if (message_.capacity() > 65536) message_ = {}; // one large message does not stay for the connection's life
    }
    while (!ended_) {
        if (!in_payload_) {
            if (!read_header()) return false;
            if (failure_.code != 0) return fail(event, out, failure_);
            in_payload_ = true;
        }
        std::uint64_t before = left_;
        bool control = opcode_ >= WebSocketOpcode::close;
        if (control ? read_control(event, out) : read_data(event, out)) return true;
        if (left_ == before && left_ > 0) return false;
    }
    return false;
}

// Returns false when it needs more bytes. What is wrong is put into failure_.
inline bool FrameProtocol::read_header() {
    std::size_t need = 2;
    for (bool checked = false;;) {
        while (header_size_ < need) {
            if (at_ == end_) return false;
            header_[header_size_++] = static_cast<unsigned char>(*at_++);
        }
        if (checked) break;
        checked = true;
        failure_ = check_header_start();
        if (failure_.code != 0) return true;
        unsigned length = header_[1] & 0x7FU;
        need = std::size_t{2} + (length == 126 ? 2 : length == 127 ? 8 : 0) + (role_ == Role::server ? 4 : 0);
    }
    header_size_ = 0;
    length_ = header_[1] & 0x7FU;
    int extended = length_ == 126 ? 2 : length_ == 127 ? 8 : 0;
    if (extended > 0) length_ = 0;
    for (int i = 0; i < extended; ++i) length_ = length_ << 8 | header_[2 + i];
    if (role_ == Role::server) std::memcpy(&mask_, header_ + 2 + extended, 4);
    left_ = length_;
    fin_ = (header_[0] & 0x80U) != 0;
    opcode_ = static_cast<WebSocketOpcode>(header_[0] & 0x0FU);
    if (opcode_ == WebSocketOpcode::text || opcode_ == WebSocketOpcode::binary) {
        message_opcode_ = opcode_;
        compressed_ = (header_[0] & 0x40U) != 0;
    }
    failure_ = check_length();
    return true;
}

// Of the two bytes that each frame starts with (RFC 6455 5.2, 5.4, 5.5).
inline FrameProtocol::Failure FrameProtocol::check_header_start() const {
    unsigned first = header_[0];
    unsigned opcode = first & 0x0FU;
    bool control = opcode >= 8;
    bool continuation = opcode == 0;
    bool in_message = message_opcode_ != WebSocketOpcode::continuation;
    if ((first & 0x30U) != 0) return {1002, "reserved bits are set"};
    if ((first & 0x40U) != 0 && (!compression_ || control || continuation)) return {1002, "the first reserved bit is set"};
    if ((opcode > 2 && opcode < 8) || opcode > 10) return {1002, "a reserved opcode"};
    if (control && (first & 0x80U) == 0) return {1002, "a control frame in fragments"};
    if (control && (header_[1] & 0x7FU) > 125) return {1002, "a control frame of more than 125 bytes"};
    if (continuation && !in_message) return {1002, "a continuation frame without a message"};
    if (!control && !continuation && in_message) return {1002, "a new message before the end of the last"};
    bool masked = (header_[1] & 0x80U) != 0;
    if (masked != (role_ == Role::server))
        return {1002, masked ? "a frame of the server is masked" : "a frame of the client is not masked"};
    return {};
}

inline FrameProtocol::Failure FrameProtocol::check_length() const {
    unsigned form = header_[1] & 0x7FU;
    if ((form == 126 && length_ < 126) || (form == 127 && length_ < 65536)) return {1002, "a length in a longer form than needed"};
    if (length_ >> 63 != 0) return {1002, "a length of more than 63 bits"};
    if (length_ > options_.max_frame_size) return {1009, "a frame is too big"};
    bool data = opcode_ < WebSocketOpcode::close;
    if (data && !compressed_ && (message_.size() > options_.max_message_size || length_ > options_.max_message_size - message_.size()))
        return {1009, "a message is too big"};
    return {};
}

inline bool FrameProtocol::read_control(WebSocketEvent& event, std::string& out) {
    auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, static_cast<std::uint64_t>(end_ - at_)));
    if (size > 0) std::memcpy(control_ + (length_ - left_), at_, size);
    at_ += size;
    left_ -= size;
    if (left_ > 0) return false;
    in_payload_ = false;
    auto whole = static_cast<std::size_t>(length_);
    if (role_ == Role::server) mask_websocket_payload(control_, whole, mask_);
    if (opcode_ == WebSocketOpcode::close) return handle_close(event, out);
    if (close_sent_) return false;
    event = {opcode_ == WebSocketOpcode::ping ? WebSocketEvent::Kind::ping : WebSocketEvent::Kind::pong, 0, {control_, whole}};
    if (opcode_ == WebSocketOpcode::ping) append(out, WebSocketOpcode::pong, event.data);
    return true;
}

// RFC 6455 5.5.1, 7.1.5, 7.1.6.
inline bool FrameProtocol::handle_close(WebSocketEvent& event, std::string& out) {
    std::string_view payload(control_, static_cast<std::size_t>(length_));
    unsigned code = 1005;
    if (payload.size() == 1) return fail(event, out, {1002, "a close frame with half a code"});
    if (payload.size() >= 2) {
        code = static_cast<unsigned>(static_cast<unsigned char>(payload[0])) << 8 | static_cast<unsigned char>(payload[1]);
        if (!is_websocket_close_code(code)) return fail(event, out, {1002, "a close frame with a code that may not be sent"});
        if (!is_valid_utf8(payload.substr(2))) return fail(event, out, {1007, "a reason that is not UTF-8"});
    }
    event = {WebSocketEvent::Kind::close, static_cast<std::uint16_t>(code), payload.substr(std::min<std::size_t>(2, payload.size()))};
    if (!close_sent_) append(out, WebSocketOpcode::close, payload);
    close_sent_ = true;
    ended_ = true;
    return true;
}

inline bool FrameProtocol::read_data(WebSocketEvent& event, std::string& out) {
    auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, static_cast<std::uint64_t>(end_ - at_)));
    char* data = at_;
    at_ += size;
    left_ -= size;
    if (role_ == Role::server && size > 0) {
        mask_websocket_payload(data, size, mask_);
        mask_ = turned_mask(mask_, size);
    }
    bool text = message_opcode_ == WebSocketOpcode::text;
    bool direct = !compressed_ && fin_ && left_ == 0 && size == length_ && message_.empty(); // no copy
    const char* fresh = data;
    const char* fresh_end = data + size;
    auto inflated = WebSocketCompression::Result::ok;
    if (compressed_) {
        std::size_t before = message_.size();
        inflated = compression_->inflate(data, size, message_, options_.max_message_size);
        if (inflated == WebSocketCompression::Result::ok && fin_ && left_ == 0)
            inflated = compression_->finish(message_, options_.max_message_size);
        fresh = message_.data() + before;
        fresh_end = message_.data() + message_.size();
    } else if (!direct && size > 0) {
        if (message_.empty()) message_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length_, 65536)));
        message_.append(data, size);
    }
    if (text && !utf8_.take(fresh, fresh_end)) return fail(event, out, {1007, "a text that is not UTF-8"});
    if (inflated != WebSocketCompression::Result::ok) return fail_inflating(event, out, inflated);
    if (left_ > 0) return false;
    in_payload_ = false;
    if (!fin_) return false;
    return finish_message(event, out, direct ? std::string_view(data, size) : std::string_view(message_));
}

inline bool FrameProtocol::finish_message(WebSocketEvent& event, std::string& out, std::string_view message) {
    bool text = message_opcode_ == WebSocketOpcode::text;
    if (text && !utf8_.complete()) return fail(event, out, {1007, "a text that is not UTF-8"});
    message_opcode_ = WebSocketOpcode::continuation;
    if (close_sent_) { // what the other side sent before it saw our close frame
        message_.clear();
        return false;
    }
    handed_out_ = true;
    event = {text ? WebSocketEvent::Kind::text : WebSocketEvent::Kind::binary, 0, message};
    return true;
}

inline bool FrameProtocol::fail(WebSocketEvent& event, std::string& out, const Failure& failure) {
    close(out, failure.code, failure.what);
    ended_ = true;
    event = {WebSocketEvent::Kind::error, failure.code, failure.what};
    return true;
}

inline bool FrameProtocol::fail_inflating(WebSocketEvent& event, std::string& out, WebSocketCompression::Result result) {
    if (result == WebSocketCompression::Result::too_big) return fail(event, out, {1009, "a message is too big"});
    return fail(event, out, {1007, "a compressed message that cannot be inflated"});
}

// --- sending ----------------------------------------------------------------------------------------------------------

inline void FrameProtocol::append(std::string& out, WebSocketOpcode opcode, std::string_view payload, bool compressed) {
    unsigned first = 0x80U | (compressed ? 0x40U : 0U) | static_cast<unsigned>(opcode);
    if (role_ == Role::server) return append_websocket_frame(out, first, payload);
    next_mask_ = next_mask_ * 1664525U + 1013904223U;
    char mask[4];
    std::memcpy(mask, &next_mask_, 4);
    append_websocket_frame(out, first, payload, mask);
}

inline bool FrameProtocol::send(std::string& out, std::string_view message, bool binary) {
    if (close_sent_) return false;
    WebSocketOpcode opcode = binary ? WebSocketOpcode::binary : WebSocketOpcode::text;
    if (!compression_ || message.size() < options_.deflate_threshold) {
        append(out, opcode, message);
        return true;
    }
    std::string deflated;
    compression_->deflate(message, deflated);
    append(out, opcode, deflated, true);
    return true;
}

inline bool FrameProtocol::ping(std::string& out, std::string_view payload) {
    if (!close_sent_) append(out, WebSocketOpcode::ping, payload.substr(0, 125));
    return !close_sent_;
}

inline bool FrameProtocol::pong(std::string& out, std::string_view payload) {
    if (!close_sent_) append(out, WebSocketOpcode::pong, payload.substr(0, 125));
    return !close_sent_;
}

inline bool FrameProtocol::close(std::string& out, unsigned code, std::string_view reason) {
    if (close_sent_) return false;
    std::string payload;
    if (is_websocket_close_code(code)) {
        payload.push_back(static_cast<char>(static_cast<unsigned char>(code >> 8)));
        payload.push_back(static_cast<char>(static_cast<unsigned char>(code & 0xFFU)));
        std::size_t size = std::min<std::size_t>(reason.size(), 123);
        // Not in the middle of a character.
        while (size > 0 && size < reason.size() && (static_cast<unsigned char>(reason[size]) & 0xC0U) == 0x80U) --size;
        payload += reason.substr(0, size);
    }
    append(out, WebSocketOpcode::close, payload);
    close_sent_ = true;
    return true;
}

} // namespace fastapi::detail
