#pragma once

// The opening handshake of a WebSocket (RFC 6455 4.2, 9.1; RFC 7692 5, 7.1).

#include <algorithm>
#include <bit>
#include <cstring>

#include "fastapi/http/url.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/server/websocket_protocol.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- Sec-WebSocket-Accept ---------------------------------------------------------------------------------------------

// SHA-1 (RFC 3174) of the handshake's key, and of nothing else. It keeps no secret and proves no identity here, it shows
// that the server speaks the protocol; so that a handshake needs no cryptographic library it is written out.
// The texts are shorter than 2^29 bytes.
FASTAPI_COLD void websocket_sha1(std::string text, unsigned char (&digest)[20]) {
    std::uint32_t state[5] = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
    auto bits = static_cast<std::uint32_t>(text.size() * 8);
    text.push_back('\x80');
    while (text.size() % 64 != 60) text.push_back('\0');
    for (int shift = 24; shift >= 0; shift -= 8) text.push_back(static_cast<char>(static_cast<unsigned char>(bits >> shift & 0xFFU)));
    for (std::size_t block = 0; block < text.size(); block += 64) {
        std::uint32_t words[80];
        for (std::size_t i = 0; i < 16; ++i) {
            words[i] = 0;
            for (std::size_t k = 0; k < 4; ++k) words[i] = words[i] << 8 | static_cast<unsigned char>(text[block + 4 * i + k]);
        }
        for (std::size_t i = 16; i < 80; ++i) words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (std::size_t i = 0; i < 80; ++i) {
            std::uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
            constexpr std::uint32_t constants[] = {0x5A827999U, 0x6ED9EBA1U, 0x8F1BBCDCU, 0xCA62C1D6U};
            std::uint32_t next = std::rotl(a, 5) + f + e + constants[i / 20] + words[i];
            e = d;
            d = c;
            c = std::rotl(b, 30);
            b = a;
            a = next;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
    }
    for (std::size_t i = 0; i < 20; ++i) digest[i] = static_cast<unsigned char>(state[i / 4] >> (24 - 8 * (i % 4)) & 0xFFU);
}

inline constexpr std::string_view websocket_base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

FASTAPI_COLD std::string websocket_accept_key(std::string_view key) {
    unsigned char digest[21] = {}; // one byte more, so that it is made of whole threes
    unsigned char sum[20];
    websocket_sha1(concat({key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"}), sum);
    std::memcpy(digest, sum, 20);
    std::string out;
    for (std::size_t i = 0; i < 21; i += 3) {
        std::uint32_t three = static_cast<std::uint32_t>(digest[i]) << 16 | static_cast<std::uint32_t>(digest[i + 1]) << 8 | digest[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) out.push_back(websocket_base64[three >> shift & 63U]);
    }
    out.back() = '=';
    return out;
}

// The Base64 of 16 bytes.
FASTAPI_COLD bool is_websocket_key(std::string_view key) {
    return key.size() == 24 && key.ends_with("==") && key.substr(0, 22).find_first_not_of(websocket_base64) == std::string_view::npos;
}

// --- permessage-deflate -----------------------------------------------------------------------------------------------

// Reads `name; key; key=value; key="value", name …`.
class ExtensionScanner {
  public:
    explicit ExtensionScanner(std::string_view text) : rest_(text) { blanks(); }
    [[nodiscard]] bool done() const { return rest_.empty(); }
    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        blanks();
        return true;
    }
    // A token (RFC 9110 5.6.2); empty when none stands here.
    std::string_view token() {
        std::size_t size = 0;
        while (size < rest_.size() && is_token(rest_[size])) ++size;
        std::string_view found = rest_.substr(0, size);
        rest_.remove_prefix(size);
        blanks();
        return found;
    }
    // A token, plain or quoted; RFC 6455 9.1 allows no other text in the quotes.
    std::string_view value() {
        if (rest_.empty() || rest_.front() != '"') return token();
        std::size_t end = rest_.find('"', 1);
        if (end == std::string_view::npos) return {};
        std::string_view found = rest_.substr(1, end - 1);
        for (char c : found)
            if (!is_token(c)) return {};
        rest_.remove_prefix(end + 1);
        blanks();
        return found;
    }

  private:
    static bool is_token(char c) {
        constexpr std::string_view others = "!#$%&'*+-.^_`|~";
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos;
    }
    void blanks() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
    }
    std::string_view rest_;
};

// What one offer of permessage-deflate asks for.
struct DeflateOffer {
    WebSocketDeflate asked;
    bool has_client_bits = false;
    bool has_server_bits = false;
    bool fine = true;

    // 8 to 15, without a leading zero.
    static bool window_bits(std::string_view text, int& out) {
        auto number = text.empty() || text.front() == '0' || text.size() > 2 ? std::nullopt : parse_unsigned(text);
        if (!number || *number < 8 || *number > 15) return false;
        out = static_cast<int>(*number);
        return true;
    }
    void take(std::string_view name, bool has_value, std::string_view value) {
        bool known = false;
        if (name == "server_no_context_takeover") {
            known = !has_value && !asked.server_no_context_takeover;
            asked.server_no_context_takeover = true;
        } else if (name == "client_no_context_takeover") {
            known = !has_value && !asked.client_no_context_takeover;
            asked.client_no_context_takeover = true;
        } else if (name == "server_max_window_bits") {
            known = !has_server_bits && window_bits(value, asked.server_max_window_bits);
            // zlib makes no raw streams with a window of 2^8.
            known = known && asked.server_max_window_bits > 8;
            has_server_bits = true;
        } else if (name == "client_max_window_bits") {
            known = !has_client_bits && (!has_value || window_bits(value, asked.client_max_window_bits));
            has_client_bits = true;
        }
        fine = fine && known;
    }
    // What both sides will do (RFC 7692 7.1.1, 7.1.2).
    [[nodiscard]] WebSocketDeflate agree(const WebSocketOptions& options) const {
        WebSocketDeflate made = asked;
        made.enabled = true;
        made.server_no_context_takeover = made.server_no_context_takeover || options.server_no_context_takeover;
        made.client_no_context_takeover = made.client_no_context_takeover || options.client_no_context_takeover;
        made.server_max_window_bits = std::min(made.server_max_window_bits, std::clamp(options.server_max_window_bits, 9, 15));
        made.client_max_window_bits =
            has_client_bits ? std::min(made.client_max_window_bits, std::clamp(options.client_max_window_bits, 8, 15)) : 15;
        return made;
    }
};

// Takes the first offer of permessage-deflate that we can meet. Returns false when the header is malformed.
FASTAPI_COLD bool negotiate_websocket_deflate(std::string_view header, const WebSocketOptions& options, WebSocketDeflate& out) {
    ExtensionScanner scanner{header};
    while (!scanner.done()) {
        if (scanner.take(',')) continue; // empty elements are allowed (RFC 9110 5.6.1)
        std::string_view name = scanner.token();
        if (name.empty()) return false;
        DeflateOffer offer;
        while (scanner.take(';')) {
            std::string_view key = scanner.token();
            bool has_value = scanner.take('=');
            std::string_view value = has_value ? scanner.value() : std::string_view{};
            if (key.empty() || (has_value && value.empty())) return false;
            offer.take(key, has_value, value);
        }
        if (!scanner.done() && !scanner.take(',')) return false;
        bool wanted = name == "permessage-deflate" && offer.fine && !out.enabled;
        if (wanted && options.per_message_deflate && websocket_can_compress()) out = offer.agree(options);
    }
    return true;
}

// --- the request ------------------------------------------------------------------------------------------------------

// Whether a header that is a list holds a word, in any of its lines and without regard to case.
FASTAPI_INLINE bool header_lists(const Request& request, std::string_view name, std::string_view word) {
    for (const auto& [key, value] : request.headers) {
        if (!same_header(key, name)) continue;
        std::string_view rest = value;
        for (;;) {
            std::size_t comma = rest.find(',');
            if (same_header(trim(rest.substr(0, comma)), word)) return true;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return false;
}

FASTAPI_INLINE bool wants_websocket(const Request& request) {
    return header_lists(request, "upgrade", "websocket") && header_lists(request, "connection", "upgrade");
}

FASTAPI_COLD WebSocketHandshake check_websocket_handshake(const Request& request, const WebSocketOptions& options) {
    WebSocketHandshake made;
    auto refuse = [&](int status, std::string_view why) {
        made.status = status;
        made.why = why;
        return made;
    };
    if (request.method != "GET") return refuse(405, "A WebSocket handshake is a GET request");
    if (request.http_version != "1.1") return refuse(400, "A WebSocket handshake needs HTTP/1.1");
    std::string_view key;
    std::string_view version;
    int keys = 0;
    int versions = 0;
    for (const auto& [name, value] : request.headers) {
        if (same_header(name, "sec-websocket-key")) {
            key = value;
            ++keys;
        } else if (same_header(name, "sec-websocket-version")) {
            version = value;
            ++versions;
        } else if (same_header(name, "sec-websocket-extensions")) {
            if (!negotiate_websocket_deflate(value, options, made.deflate)) return refuse(400, "Sec-WebSocket-Extensions is malformed");
        }
    }
    if (versions != 1 || version != "13") return refuse(426, "Sec-WebSocket-Version must be 13");
    if (keys != 1 || !is_websocket_key(key)) return refuse(400, "Sec-WebSocket-Key must be 16 bytes in Base64");
    made.accept_key = websocket_accept_key(key);
    return made;
}

FASTAPI_COLD Response refuse_websocket_handshake(const WebSocketHandshake& handshake) {
    PlainTextResponse response(std::string(handshake.why), handshake.status);
    if (handshake.status == 405) response.headers.append_trusted("allow", "GET");
    if (handshake.status == 426) {
        response.headers.append_trusted("upgrade", "websocket"); // RFC 9110 15.5.22
        response.headers.append_trusted("connection", "upgrade");
        response.headers.append_trusted("sec-websocket-version", "13"); // RFC 6455 4.4
    }
    return response;
}

FASTAPI_COLD void append_websocket_accept(std::string& out, const WebSocketHandshake& handshake, std::string_view subprotocol,
                                          const Headers& headers) {
    out += concat({"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ",
                   handshake.accept_key, "\r\n"});
    if (!subprotocol.empty()) out += concat({"sec-websocket-protocol: ", subprotocol, "\r\n"});
    const WebSocketDeflate& deflate = handshake.deflate;
    if (deflate.enabled) {
        out += "sec-websocket-extensions: permessage-deflate";
        if (deflate.server_no_context_takeover) out += "; server_no_context_takeover";
        if (deflate.client_no_context_takeover) out += "; client_no_context_takeover";
        if (deflate.server_max_window_bits < 15) out += concat({"; server_max_window_bits=", integer_text(deflate.server_max_window_bits)});
        if (deflate.client_max_window_bits < 15) out += concat({"; client_max_window_bits=", integer_text(deflate.client_max_window_bits)});
        out += "\r\n";
    }
    for (const auto& [name, value] : headers) out += concat({name, ": ", value, "\r\n"});
    out += "\r\n";
}

} // namespace fastapi::detail
