// libFuzzer: bytes as requests on a connection: heads, and content in chunks. The first byte says how they are cut, and
// its highest bit that what follows is content in chunks alone.
// What must hold: nothing crashes or reads outside the bytes; the result is the same however they are cut and wherever
// the pieces lie; a head ends at its last byte, neither before nor behind; an accepted head, written anew, reads as the
// same; content, put into one chunk, decodes as the same; what is behind the content is neither read nor changed.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "fastapi.hpp"
#include "fastapi/server/http1.hpp"

using namespace fastapi;
using namespace fastapi::detail;

namespace {

[[noreturn]] void fail(const char* what, std::string_view one, std::string_view other = {}) {
    std::fprintf(stderr, "%s\n%.*s\n%.*s\n", what, static_cast<int>(one.size()), one.data(), static_cast<int>(other.size()), other.data());
    std::abort();
}

const Limits& small_limits() {
    static const Limits limits = [] {
        Limits small;
        small.max_body_size = 3000;
        small.max_header_count = 8;
        small.max_head_size = 700;
        small.max_target_size = 200;
        small.max_chunk_line = 40;
        small.max_trailer_size = 100;
        return small;
    }();
    return limits;
}

// A copy with nothing behind it, at an address of its own.
struct Exact {
    explicit Exact(std::string_view text) : bytes(new char[text.size()]), size(text.size()) {
        std::copy(text.begin(), text.end(), bytes.get());
    }
    std::unique_ptr<char[]> bytes;
    std::size_t size;
    [[nodiscard]] std::string_view view() const { return {bytes.get(), size}; }
};

// Sizes of pieces: all at once, single bytes, or what a generator of numbers says.
struct Cuts {
    unsigned seed;
    std::size_t next(std::size_t left) {
        if (seed == 0) return left;
        if (seed == 1) return std::min<std::size_t>(left, 1);
        seed = seed * 1103515245U + 12345U;
        return std::min<std::size_t>(left, 1 + (seed >> 16U) % ((seed >> 8U) % 4 == 0 ? 300 : 12));
    }
};

std::string describe(const RequestHead& head) {
    std::string out = concat({head.method, " ", head.target, " ", head.version, "\n"});
    for (const auto& [name, value] : head.headers) out += concat({name, ": ", value, "\n"});
    for (bool flag : {head.has_length, head.chunked, head.keep_alive, head.expect_continue, head.upgrade_websocket})
        out += flag ? '1' : '0';
    out += std::to_string(head.content_length);
    return out;
}

struct Result {
    HeadState state = HeadState::incomplete;
    int status = 0;
    std::size_t size = 0;
    std::string text;
    bool operator==(const Result&) const = default;
};

Result parse(std::string_view data, Cuts cuts) {
    static RequestHead head; // as a connection uses it: one for all
    std::size_t scanned = 0;
    HeadResult result;
    for (std::size_t size = 0; result.state == HeadState::incomplete && size < data.size();) {
        size += cuts.next(data.size() - size);
        Exact now(data.substr(0, size));
        result = parse_request_head(now.view(), scanned, small_limits(), head);
        if (result.state == HeadState::complete) return {result.state, 0, head.size, describe(head)};
    }
    return {result.state, result.status, 0, {}};
}

// Returns how many bytes the head has; 0 when it is not complete.
std::size_t check_head(std::string_view data, unsigned seed) {
    Result whole = parse(data, {0});
    for (unsigned cut : {1U, seed})
        if (parse(data, {cut}) != whole) fail("another result when cut", data, whole.text);
    if (whole.state == HeadState::refused) {
        if (whole.status < 400 || whole.status > 505 || reason_phrase(whole.status).empty()) fail("refused without a status", data);
        return 0;
    }
    if (whole.state == HeadState::incomplete) return 0;
    if (whole.size > data.size() || !data.substr(0, whole.size).ends_with("\r\n\r\n")) fail("a head that ends elsewhere", data);
    if (parse(data.substr(0, whole.size), {0}) != whole) fail("what is behind matters", data);
    if (parse(data.substr(0, whole.size - 1), {0}).state != HeadState::incomplete) fail("complete too early", data);
    Exact exact(data);
    RequestHead head;
    std::size_t scanned = 0;
    parse_request_head(exact.view(), scanned, small_limits(), head);
    std::string again = concat({head.method, " ", head.target, " HTTP/", head.version, "\r\n"});
    for (const auto& [name, value] : head.headers) again += concat({name, ":", value, "\r\n"});
    again += "\r\n";
    Result second = parse(again, {0});
    bool fits = again.size() <= small_limits().max_head_size && head.headers.size() <= small_limits().max_header_count;
    if (fits && second.text != whole.text) fail("written and read are not the same", data, again);
    return whole.size;
}

struct Decoded {
    std::size_t consumed = 0;
    bool done = false;
    int status = 0;
    std::string content;
    bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view data, Cuts cuts, bool in_place) {
    ChunkedDecoder decoder(small_limits());
    Decoded all;
    while (all.consumed < data.size() && !all.done && all.status == 0) {
        Exact piece(data.substr(all.consumed, cuts.next(data.size() - all.consumed)));
        std::string before(piece.view());
        std::unique_ptr<char[]> other(new char[piece.size]);
        char* out = in_place ? piece.bytes.get() : other.get();
        ChunkedDecoder::Result result = decoder.feed(piece.bytes.get(), piece.size, out);
        if (result.consumed > piece.size || result.produced > result.consumed) fail("more than there was", data);
        if (!result.done && result.status == 0 && result.consumed != piece.size) fail("something is left", data);
        if (piece.view().substr(result.consumed) != std::string_view(before).substr(result.consumed)) fail("changed what is behind", data);
        all.content.append(out, result.produced);
        all.consumed += result.consumed;
        all.done = result.done;
        all.status = result.status;
    }
    if (decoder.total() != all.content.size()) fail("counted otherwise", data);
    return all;
}

void check_chunks(std::string_view data, unsigned seed) {
    Decoded whole = decode(data, {0}, true);
    for (unsigned cut : {1U, seed})
        if (decode(data, {cut}, cut == 1) != whole) fail("other content when cut", data, whole.content);
    if (decode(data, {0}, false) != whole) fail("other content in another place", data);
    if (whole.content.size() > small_limits().max_body_size) fail("more content than allowed", data);
    if (!whole.done) return;
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", whole.content.size());
    std::string again = whole.content.empty() ? "" : concat({size, whole.content, "\r\n"});
    again += "0\r\n\r\n";
    Decoded second = decode(again, {seed}, true);
    if (!second.done || second.content != whole.content || second.consumed != again.size()) fail("written and read are not the same", data,
        again);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    unsigned seed = (data[0] & 0x7FU) + 2;
    std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] & 0x80U) {
        check_chunks(text, seed);
        return 0;
    }
    while (std::size_t head = check_head(text, seed)) {
        std::string_view behind = text.substr(head);
        check_chunks(behind, seed);
        text = behind;
    }
    return 0;
}
