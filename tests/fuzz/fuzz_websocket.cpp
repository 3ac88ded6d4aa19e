// libFuzzer: bytes as the frames of a WebSocket client, with and without compression, and as messages to send.
// What must hold: however the bytes are split, the same events and answers come; what is sent is received as it was; no
// message is larger than the limit; an opening handshake made of them is answered or refused.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "fastapi.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/server/websocket_protocol.hpp"

using namespace fastapi;
using detail::WebSocketEvent;
using detail::WebSocketProtocol;

namespace {

[[noreturn]] void fail(const char* what, std::string_view one, std::string_view other = {}) {
    std::fprintf(stderr, "%s\n%.*s\n%.*s\n", what, static_cast<int>(one.size()), one.data(), static_cast<int>(other.size()), other.data());
    std::abort();
}

constexpr std::size_t most = 20000; // bytes of a message

struct Settings {
    WebSocketOptions options;
    detail::WebSocketDeflate deflate;
};

// The first byte says how: compression and its windows.
Settings settings_of(std::uint8_t byte) {
    Settings made;
    made.options.max_message_size = most;
    made.options.max_frame_size = most / 2;
    made.options.deflate_threshold = byte & 0x40U ? 8 : 0;
    made.deflate.enabled = (byte & 1U) != 0 && detail::websocket_can_compress();
    made.deflate.server_no_context_takeover = (byte & 2U) != 0;
    made.deflate.client_no_context_takeover = (byte & 4U) != 0;
    made.deflate.server_max_window_bits = byte & 8U ? 9 : 15;
    made.deflate.client_max_window_bits = byte & 16U ? 9 : 12;
    return made;
}

struct Outcome {
    std::string events;
    std::string answers;
    bool failed = false; // the last event is an error
};

// Feeds pieces of random sizes; seed 0: all at once.
Outcome run(const Settings& settings, WebSocketProtocol::Role role, std::string_view input, std::uint32_t seed) {
    auto protocol = detail::make_websocket_protocol(role, settings.options, settings.deflate);
    Outcome made;
    for (std::size_t at = 0; at < input.size();) {
        std::size_t size = input.size();
        if (seed != 0) {
            seed = seed * 1664525U + 1013904223U;
            size = 1 + (seed >> 8) % ((seed & 3U) != 0 ? 5U : 300U);
        }
        size = std::min(size, input.size() - at);
        auto buffer = std::make_unique<char[]>(size);
        std::memcpy(buffer.get(), input.data() + at, size);
        protocol->feed(buffer.get(), size);
        WebSocketEvent event;
        while (protocol->next(event, made.answers)) {
            if (event.data.size() > most) fail("a message beyond the limit", {});
            if (event.kind == WebSocketEvent::Kind::text && !detail::is_valid_utf8(event.data))
                fail("a text that is not UTF-8", event.data);
            if (event.kind == WebSocketEvent::Kind::close && !detail::is_valid_utf8(event.data))
                fail("a reason that is not UTF-8", event.data);
            if (made.failed) fail("an event behind an error", made.events);
            made.failed = event.kind == WebSocketEvent::Kind::error;
            made.events += std::to_string(static_cast<int>(event.kind)) + "," + std::to_string(event.code) + "," +
                           std::to_string(event.data.size()) + ":" + std::string(event.data) + "\n";
        }
        at += size;
    }
    return made;
}

// Any bytes as frames.
void check_frames(const Settings& settings, std::string_view input) {
    for (auto role : {WebSocketProtocol::Role::server, WebSocketProtocol::Role::client}) {
        Outcome whole = run(settings, role, input, 0);
        for (std::uint32_t seed : {1U, 77U}) {
            Outcome split = run(settings, role, input, seed);
            if (split.events != whole.events) fail("other events when split", whole.events, split.events);
            if (split.answers != whole.answers) fail("other answers when split", whole.answers, split.answers);
        }
        // What was answered is itself well-formed to the other side.
        auto other = role == WebSocketProtocol::Role::server ? WebSocketProtocol::Role::client : WebSocketProtocol::Role::server;
        Outcome back = run(settings, other, whole.answers, 0);
        if (back.failed) fail("an answer that is no frame", whole.answers);
    }
}

// Any bytes as payloads in frames that are well-formed: what random bytes rarely are. A byte for the first byte of a
// frame, a byte for the size of its payload.
void check_payloads(const Settings& settings, std::string_view input) {
    std::string frames;
    while (input.size() >= 2) {
        auto first = static_cast<unsigned>(static_cast<unsigned char>(input[0]));
        std::size_t size = std::min<std::size_t>(static_cast<unsigned char>(input[1]), input.size() - 2);
        detail::append_websocket_frame(frames, first, input.substr(2, size), "\x01\x82\x33\xf4");
        input.remove_prefix(2 + size);
    }
    check_frames(settings, frames);
}

// Any bytes as messages: a byte of size for each.
void check_messages(const Settings& settings, std::string_view input) {
    for (auto role : {WebSocketProtocol::Role::server, WebSocketProtocol::Role::client}) {
        auto sender = detail::make_websocket_protocol(role, settings.options, settings.deflate);
        auto other = role == WebSocketProtocol::Role::server ? WebSocketProtocol::Role::client : WebSocketProtocol::Role::server;
        std::string out;
        std::string wanted;
        std::string_view rest = input;
        while (!rest.empty()) {
            std::size_t size = std::min<std::size_t>(static_cast<unsigned char>(rest[0]), rest.size() - 1);
            std::string_view message = rest.substr(1, size);
            bool binary = !detail::is_valid_utf8(message);
            sender->send(out, message, binary);
            wanted += std::to_string(binary ? 1 : 0) + ",0," + std::to_string(size) + ":" + std::string(message) + "\n";
            rest.remove_prefix(1 + size);
        }
        sender->close(out, 1000, "");
        wanted += "4,1000,0:\n";
        Outcome got = run(settings, other, out, 5);
        if (got.events != wanted) fail("what was sent is not what was received", wanted, got.events);
    }
}

void check_handshake(std::string_view input) {
    std::size_t line = input.find('\n');
    Request request;
    request.method = "GET";
    request.headers.add("upgrade", "websocket");
    request.headers.add("connection", input.substr(0, line));
    request.headers.add("sec-websocket-version", "13");
    request.headers.add("sec-websocket-key", line == std::string_view::npos ? "dGhlIHNhbXBsZSBub25jZQ==" : input.substr(line + 1));
    request.headers.add("sec-websocket-extensions", input.substr(0, line));
    (void)detail::wants_websocket(request);
    WebSocketOptions options;
    detail::WebSocketHandshake handshake = detail::check_websocket_handshake(request, options);
    if (handshake.status != 101) {
        if (handshake.why.empty()) fail("refused without a word", input);
        return;
    }
    const detail::WebSocketDeflate& deflate = handshake.deflate;
    if (deflate.server_max_window_bits < 9 || deflate.server_max_window_bits > 15 || deflate.client_max_window_bits < 8 ||
        deflate.client_max_window_bits > 15)
        fail("a window of no size", input);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Settings settings = settings_of(data[0]);
    std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] >> 5 & 1U) {
    case 0: check_frames(settings, input); break;
    default: check_payloads(settings, input); break;
    }
    if (data[0] & 0x80U) check_messages(settings, input);
    if (input.size() < 200) check_handshake(input);
    return 0;
}
