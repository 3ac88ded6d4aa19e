#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "fastapi/http/headers.hpp"
#include "fastapi/http/url.ipp"
#include "fastapi/json/writer.hpp"
#include "fastapi/server/http1.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- characters -----------------------------------------------------------------------------------------------------------

// What a byte may be part of.
inline constexpr unsigned char in_token = 1;  // methods, names (RFC 9110 5.6.2)
inline constexpr unsigned char in_value = 2;  // values of headers: visible, space, tab, beyond ASCII (RFC 9110 5.5)
inline constexpr unsigned char in_target = 4; // visible ASCII but '#'; of it more than URLs may hold, as browsers send it
inline constexpr unsigned char in_host = 8;   // names and IPv4 addresses (RFC 3986 3.2.2), without %XX
inline constexpr unsigned char in_number = 16;

struct ByteClasses {
    unsigned char of[256] = {};
    constexpr ByteClasses() {
        add("!#$%&'*+-.^_`|~", in_token);
        add("-._~!$&'()*+,;=", in_host);
        add("0123456789", in_number | in_token | in_host);
        add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", in_token | in_host);
        add("\t\x20", in_value);
        for (int i = 0x21; i < 0x7F; ++i) of[i] = static_cast<unsigned char>(of[i] | in_value | (i == '#' ? 0 : in_target));
        for (int i = 0x80; i < 0x100; ++i) of[i] = in_value;
    }
    constexpr void add(std::string_view bytes, int part) {
        for (char c : bytes) of[static_cast<unsigned char>(c)] = static_cast<unsigned char>(of[static_cast<unsigned char>(c)] | part);
    }
};
inline constexpr ByteClasses byte_classes;

FASTAPI_INLINE bool is_byte(char c, unsigned char part) { return (byte_classes.of[static_cast<unsigned char>(c)] & part) != 0; }
FASTAPI_INLINE bool is_token_char(char c) { return is_byte(c, in_token); }

// Where the first byte is that is not `part`. There must be one: a line end is part of nothing. Three instructions a byte.
[[gnu::always_inline]] inline const char* skip(const char* p, unsigned char part) {
    for (;; p += 4) {
        if (!is_byte(p[0], part)) break;
        if (!is_byte(p[1], part)) { p += 1; break; }
        if (!is_byte(p[2], part)) { p += 2; break; }
        if (!is_byte(p[3], part)) { p += 3; break; }
    }
#if defined(__GNUC__)
    __asm__("" : "+r"(p)); // who looks at *p next loads it anew; else each step would keep it, with a fourth instruction
#endif
    return p;
}

// Where the first byte is that a header's value cannot hold: a line end, at last. Eight bytes a step up to `last_word`, the
// last place where there are eight.
[[gnu::always_inline]] inline const char* skip_value(const char* p, const char* last_word) {
    if constexpr (std::endian::native == std::endian::little) {
        constexpr std::uint64_t ones = 0x0101010101010101U;
        while (p <= last_word) {
            std::uint64_t word;
            std::memcpy(&word, p, sizeof word);
            // The high bit of each byte below 0x20 or equal to 0x7F. A borrow or a carry may set some behind the first of
            // the former, or behind 0xFF; so the byte is looked at again.
            std::uint64_t stops = ((word - ones * 0x20) | (word + ones)) & ~word & (ones * 0x80);
            if (stops == 0) {
                p += 8;
                continue;
            }
            p += static_cast<unsigned>(std::countr_zero(stops)) / 8;
            if (!is_byte(*p, in_value)) return p;
            ++p; // a tab
        }
    }
    return skip(p, in_value);
}

// Whether a line ends at p; an LF must follow somewhere.
[[gnu::always_inline]] inline bool is_line_end(const char* p) { return p[0] == '\r' && p[1] == '\n'; }

// Whether the characters at p are a word of lower-case letters, digits and hyphens, of four at least, in any case. Characters
// that differ from those in nothing but bit 5 are letters or control characters; the latter must not come here.
[[gnu::always_inline]] inline bool is_word(const char* p, std::string_view lower) {
    using Word = std::uint32_t;
    auto same = [p, lower](std::size_t at) {
        Word a;
        Word b;
        std::memcpy(&a, p + at, sizeof a);
        std::memcpy(&b, lower.data() + at, sizeof b);
        return (a | 0x20202020U) == b;
    };
    for (std::size_t at = 0; at + sizeof(Word) <= lower.size(); at += sizeof(Word))
        if (!same(at)) return false;
    return same(lower.size() - sizeof(Word));
}
[[gnu::always_inline]] inline bool is_word(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() && is_word(text.data(), lower);
}

// The next element of a list separated by commas, without the white space around it; takes it off the list.
FASTAPI_INLINE std::string_view next_element(std::string_view& list) {
    std::size_t comma = list.find(',');
    std::string_view element = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) element.remove_prefix(1);
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) element.remove_suffix(1);
    return element;
}

// host [ ":" port ] of RFC 3986 3.2.2; an empty host is for the caller to judge. Something that is part of no host must follow.
FASTAPI_INLINE bool is_host(std::string_view text) {
    const char* p = text.data();
    const char* end = p + text.size();
    if (p != end && *p == '[') { // an address literal: IPv6 or what a later version brings; it is looked at no further
        const char* first = ++p;
        while (is_byte(*p, in_host) || *p == ':') ++p;
        if (p == first || p >= end || *p != ']') return false;
        ++p;
        if (p != end && *p != ':') return false;
    } else {
        while (*(p = skip(p, in_host)) == '%') {
            if (end - p < 3 || hex_digit(p[1]) < 0 || hex_digit(p[2]) < 0) return false;
            p += 3;
        }
    }
    if (p == end) return true;
    if (*p != ':' || p == text.data()) return false;
    return skip(p + 1, in_number) == end;
}

// --- the head -------------------------------------------------------------------------------------------------------------

// Bits of Progress::seen.
inline constexpr unsigned seen_host = 1;
inline constexpr unsigned seen_coding = 2;         // Transfer-Encoding
inline constexpr unsigned seen_unknown_coding = 4; // and in it something but chunked
inline constexpr unsigned seen_close = 8;
inline constexpr unsigned seen_keep_alive = 16;
inline constexpr unsigned seen_upgrade = 32; // in Connection
inline constexpr unsigned seen_websocket = 64;
inline constexpr unsigned seen_continue = 128;
inline constexpr unsigned seen_authority = 256; // the target is in absolute form

inline constexpr unsigned max_empty_lines = 8;     // before a request line (RFC 9112 2.2 wants one at least)
inline constexpr std::size_t around_target = 64;   // bytes of a request line that are not its target
inline constexpr std::size_t max_chunk_overhead = std::size_t{16} * 1024;

// Reduces a target in absolute form, http://host/path, to its path and query. Returns a status to refuse, or 0.
FASTAPI_COLD int split_absolute_target(RequestHead& head) {
    std::string_view target = head.target;
    if (target.size() > 7 && is_word(target.data(), "http") && target.substr(4, 3) == "://") {
        target.remove_prefix(7);
    } else if (target.size() > 8 && is_word(target.data(), "https") && target.substr(5, 3) == "://") {
        target.remove_prefix(8);
    } else {
        return 400;
    }
    std::size_t size = std::min(target.find_first_of("/?"), target.size());
    std::string_view authority = target.substr(0, size);
    target.remove_prefix(size);
    if (authority.empty() || !is_host(authority)) return 400; // no host, or a user name (RFC 9110 4.2.1, 4.2.4)
    head.progress.authority = authority;
    head.progress.seen |= seen_authority;
    if (target.empty()) {
        head.target = "/";
    } else if (target.front() == '/') {
        head.target = target;
    } else {
        head.own_target.assign(1, '/').append(target);
        head.target = head.own_target;
    }
    return 0;
}

// Every form but a path (RFC 9112 3.2), and CONNECT. Returns a status to refuse, or 0.
FASTAPI_COLD int check_unusual_target(RequestHead& head) {
    if (head.method == "CONNECT") return 501;
    if (head.target.front() == '/') return 0;
    if (head.target == "*") return head.method == "OPTIONS" ? 0 : 400;
    return split_absolute_target(head);
}

// A request line that does not end in " HTTP/1.1": `p` is behind the second space.
FASTAPI_COLD int check_other_version(const char* p, RequestHead& head) {
    if (std::memcmp(p, "HTTP/", 5) != 0 || p[6] != '.' || p[8] != '\r' || p[9] != '\n') return 400;
    if (p[5] < '0' || p[5] > '9' || p[7] < '0' || p[7] > '9') return 400;
    if (p[5] != '1' || p[7] != '0') return 505;
    head.version = "1.0";
    return 0;
}

// Reads a request line, whose LF is in front of `end`. Returns what is behind it; null when it is refused.
FASTAPI_INLINE const char* read_request_line(const char* line, const char* end, const Limits& limits, RequestHead& head, int& status) {
    const char* p = line;
    p = skip(p, in_token);
    if (*p != ' ' || p == line) return nullptr;
    head.method = {line, static_cast<std::size_t>(p - line)};
    const char* target = ++p;
    p = skip(p, in_target);
    if (*p != ' ' || p == target) return nullptr;
    head.target = {target, static_cast<std::size_t>(p - target)};
    ++p;
    if (end - p < 10) return nullptr;
    if (std::memcmp(p, "HTTP/1.1\r\n", 10) == 0) {
        head.version = "1.1";
    } else if (int refusal = check_other_version(p, head)) {
        status = refusal;
        return nullptr;
    }
    p += 10;
    if (head.target.size() > limits.max_target_size) {
        status = 414;
        return nullptr;
    }
    if (*target != '/' || (head.method.size() == 7 && *line == 'C')) {
        if (int refusal = check_unusual_target(head)) {
            status = refusal;
            return nullptr;
        }
    }
    return p;
}

// Reads a header line; an LF must follow somewhere. Returns what is behind it; null when it is refused.
[[gnu::always_inline]] inline const char* read_field(const char* p, const char* last_word, std::string_view& name,
                                                           std::string_view& value) {
    const char* first = p;
    p = skip(p, in_token);
    if (*p != ':' || p == first) return nullptr; // no name, a space before the colon, a folded line
    name = {first, static_cast<std::size_t>(p - first)};
    if (p[1] == ' ' && p[2] > ' ') {
        p += 2;
    } else {
        do { ++p; } while (*p == ' ' || *p == '\t');
    }
    first = p;
    p = skip_value(p, last_word);
    if (!is_line_end(p)) return nullptr;
    const char* last = p;
    while (last != first && static_cast<unsigned char>(last[-1]) <= ' ') --last; // spaces and tabs
    value = {first, static_cast<std::size_t>(last - first)};
    return p + 2;
}

FASTAPI_INLINE int note_length(std::string_view value, RequestHead& head) {
    if (head.has_length) return 400;
    head.has_length = true;
    auto length = parse_unsigned(value);
    if (length) {
        head.content_length = *length;
        return 0;
    }
    bool digits = !value.empty(); // too many of them are a number all the same
    for (char c : value) digits = digits && c >= '0' && c <= '9';
    return digits ? 413 : 400;
}

FASTAPI_INLINE int note_coding(std::string_view value, RequestHead& head) {
    head.progress.seen |= seen_coding;
    if (value.ends_with(',')) return 400;
    do {
        std::string_view coding = next_element(value);
        if (coding.empty() || head.chunked) return 400; // chunked must be the last (RFC 9112 6.1)
        if (is_word(coding, "chunked")) {
            head.chunked = true;
        } else {
            head.progress.seen |= seen_unknown_coding;
        }
    } while (!value.empty());
    return 0;
}

FASTAPI_INLINE void note_connection(std::string_view value, RequestHead& head) {
    while (!value.empty()) {
        std::string_view option = next_element(value);
        if (is_word(option, "close")) head.progress.seen |= seen_close;
        if (is_word(option, "keep-alive")) head.progress.seen |= seen_keep_alive;
        if (is_word(option, "upgrade")) head.progress.seen |= seen_upgrade;
    }
}

inline constexpr char first_letters[] = "\0\0\0\0h\0eu\0\0c\0\0\0c\0\0t";
// Whether a header may be one of those below: the length and the first letter say so.
[[gnu::always_inline]] inline bool may_matter(std::string_view name) {
    return name.size() < sizeof first_letters - 1 && (name[0] | 0x20) == first_letters[name.size()];
}

// The headers that say how to go on. Returns a status to refuse, or 0.
FASTAPI_INLINE int note_field(std::string_view name, std::string_view value, RequestHead& head) {
    const char* p = name.data();
    switch (name.size()) {
    case 4:
        if (!is_word(p, "host")) break;
        if ((head.progress.seen & seen_host) || !is_host(value)) return 400;
        head.progress.seen |= seen_host;
        head.progress.host = head.headers.size() - 1;
        break;
    case 6:
        if (!is_word(p, "expect")) break;
        if (!is_word(value, "100-continue")) return 417; // RFC 9110 10.1.1
        head.progress.seen |= seen_continue;
        break;
    case 7:
        if (!is_word(p, "upgrade")) break;
        while (!value.empty())
            if (is_word(next_element(value), "websocket")) head.progress.seen |= seen_websocket;
        break;
    case 10:
        if (is_word(p, "connection")) note_connection(value, head);
        break;
    case 14:
        if (is_word(p, "content-length")) return note_length(value, head);
        break;
    case 17:
        if (is_word(p, "transfer-encoding")) return note_coding(value, head);
        break;
    default: break;
    }
    return 0;
}

// What only the whole head can tell. Returns a status to refuse, or 0.
FASTAPI_INLINE int finish_head(const Limits& limits, RequestHead& head) {
    unsigned seen = head.progress.seen;
    bool newest = head.version[2] == '1';
    if (newest && seen == seen_host) { // as most are
        head.keep_alive = true;
        head.expect_continue = head.upgrade_websocket = false;
        return head.content_length > limits.max_body_size ? 413 : 0;
    }
    if (seen & seen_coding) {
        // RFC 9112 6.1, 6.3: with a length, in HTTP/1.0, or without chunked at the end nobody knows where it ends.
        if (head.has_length || !newest || !head.chunked) return 400;
        if (seen & seen_unknown_coding) return 501;
    }
    if (newest && !(seen & seen_host)) return 400; // RFC 9112 3.2
    if (head.content_length > limits.max_body_size) return 413;
    if (seen & seen_authority) {
        if (seen & seen_host) {
            head.headers.set_value(head.progress.host, head.progress.authority);
        } else {
            head.headers.add("host", head.progress.authority);
        }
    }
    head.keep_alive = newest ? !(seen & seen_close) : (seen & (seen_close | seen_keep_alive)) == seen_keep_alive;
    head.expect_continue = (seen & seen_continue) && newest && head.has_body();
    head.upgrade_websocket = (seen & (seen_upgrade | seen_websocket)) == (seen_upgrade | seen_websocket) && newest && !head.has_body() &&
                             head.method == "GET";
    return 0;
}

// The line at `line` has no end yet. One that is too long is refused before it has.
[[gnu::noinline]] FASTAPI_INLINE HeadResult wait_for_line(std::string_view data, std::size_t line, std::size_t& scanned,
                                                          const Limits& limits, RequestHead& head) {
    std::string_view rest = data.substr(0, limits.max_head_size).substr(line);
    if (!head.progress.has_request_line) {
        // Another protocol (TLS, say) is told from its first byte: it may never send a line end.
        if (!rest.empty() && rest[0] != '\r' && !is_token_char(rest[0])) return {HeadState::refused, 400};
        if (rest.size() > limits.max_target_size + around_target) return {HeadState::refused, 414};
    }
    if (data.size() > limits.max_head_size) return {HeadState::refused, 431};
    head.progress.begin = data.data();
    head.progress.line = line;
    scanned = data.size();
    return {};
}

// The request line is bad; with the same status as if it had come in pieces.
FASTAPI_COLD HeadResult refuse_request_line(std::string_view line, const Limits& limits, int status) {
    bool too_long = std::min(line.find('\n'), line.size()) > limits.max_target_size + around_target;
    return {HeadState::refused, line[0] != '\r' && !is_token_char(line[0]) ? 400 : too_long ? 414 : status};
}

FASTAPI_INLINE const char* find_line_feed(const char* p, const char* end) {
    return p == end ? nullptr : static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(end - p)));
}

FASTAPI_INLINE void start_head(RequestHead& head) {
    head.headers.clear();
    head.content_length = 0;
    head.has_length = false;
    head.chunked = false;
    head.progress = {};
}

FASTAPI_INLINE HeadResult parse_request_head(std::string_view data, std::size_t& scanned, const Limits& limits, RequestHead& head) {
    const char* const begin = data.data();
    const char* const end = begin + std::min(data.size(), limits.max_head_size);
    if (scanned == 0) {
        start_head(head);
    } else if (head.progress.begin != begin) {
        head.progress.moved = true;
    }
    const char* line = begin + head.progress.line;
    // An LF that lies ahead: up to there lines are whole, and nothing has to look for `end`.
    const char* line_feed = nullptr;
    if (begin + scanned != end) {
        line_feed = end[-1] == '\n' ? end - 1 : find_line_feed(begin + scanned, end);
    }
    if (line_feed == nullptr) return wait_for_line(data, head.progress.line, scanned, limits, head);
    while (!head.progress.has_request_line) {
        if (line > line_feed && (line_feed = find_line_feed(line, end)) == nullptr)
            return wait_for_line(data, static_cast<std::size_t>(line - begin), scanned, limits, head);
        if (is_line_end(line)) {
            if (++head.progress.empty_lines > max_empty_lines) return {HeadState::refused, 400};
            line += 2;
            continue;
        }
        int status = 400;
        const char* next = read_request_line(line, end, limits, head, status);
        if (next == nullptr || static_cast<std::size_t>(next - 1 - line) > limits.max_target_size + around_target)
            return refuse_request_line({line, static_cast<std::size_t>(end - line)}, limits, next ? 414 : status);
        head.progress.has_request_line = true;
        line = next;
    }
    const char* const last_word = end - begin >= 8 ? end - 8 : nullptr;
    for (;;) {
        if (line > line_feed && (line_feed = find_line_feed(line, end)) == nullptr)
            return wait_for_line(data, static_cast<std::size_t>(line - begin), scanned, limits, head);
        if (is_line_end(line)) break;
        std::string_view name;
        std::string_view value;
        line = read_field(line, last_word, name, value);
        if (line == nullptr) return {HeadState::refused, 400};
        if (head.headers.size() == limits.max_header_count) return {HeadState::refused, 431};
        head.headers.add(name, value);
        if (!may_matter(name)) continue;
        if (int refusal = note_field(name, value, head)) return {HeadState::refused, refusal};
    }
    line += 2;
    if (head.progress.moved) { // all is there now: read it once more for the views
        scanned = 0;
        return parse_request_head(data, scanned, limits, head);
    }
    if (int refusal = finish_head(limits, head)) return {HeadState::refused, refusal};
    head.size = static_cast<std::size_t>(line - begin);
    return {HeadState::complete, 0};
}

// --- content in chunks ----------------------------------------------------------------------------------------------------

// Behind the line with a chunk's size.
FASTAPI_INLINE int ChunkedDecoder::end_of_size_line() {
    // Long extensions of tiny chunks would be work without content (as Go's net/http counts it).
    overhead_ += line_;
    overhead_ -= static_cast<std::size_t>(std::min<std::uint64_t>(overhead_, left_ < (1U << 20U) ? 16 + 2 * left_ : 1U << 21U));
    line_ = 0;
    if (overhead_ > max_chunk_overhead || left_ > limits_->max_body_size || total_ > limits_->max_body_size - left_) return 413;
    state_ = left_ > 0 ? State::content : State::trailer;
    return 0;
}

FASTAPI_INLINE int ChunkedDecoder::take(char c) {
    switch (state_) {
    case State::size:
        if (int digit = hex_digit(c); digit >= 0) {
            if (left_ >> 60U) return 413;
            left_ = left_ << 4U | static_cast<unsigned>(digit);
        } else if (line_ > 0 && c == '\r') {
            state_ = State::size_end;
            return 0;
        } else if (line_ > 0 && c == ';') {
            state_ = State::extension;
        } else {
            return 400;
        }
        return ++line_ > limits_->max_chunk_line ? 413 : 0;
    case State::extension:
        if (c == '\r') {
            state_ = State::size_end;
            return 0;
        }
        if (!is_byte(c, in_value)) return 400;
        return ++line_ > limits_->max_chunk_line ? 413 : 0;
    case State::size_end: return c == '\n' ? end_of_size_line() : 400;
    case State::content_cr:
        state_ = State::content_end;
        return c == '\r' ? 0 : 400;
    case State::content_end:
        state_ = State::size;
        return c == '\n' ? 0 : 400;
    case State::trailer:
        if (c == '\r') {
            state_ = State::end;
            return 0;
        }
        if (trailer_count_ == limits_->max_header_count) return 431;
        ++trailer_count_;
        state_ = State::trailer_name;
        if (!is_token_char(c)) return 400;
        break;
    case State::trailer_name:
        if (c == ':') {
            state_ = State::trailer_value;
        } else if (!is_token_char(c)) {
            return 400;
        }
        break;
    case State::trailer_value:
        if (c == '\r') {
            state_ = State::trailer_end;
        } else if (!is_byte(c, in_value)) {
            return 400;
        }
        break;
    case State::trailer_end:
        state_ = State::trailer;
        if (c != '\n') return 400;
        break;
    case State::end:
        state_ = State::done;
        return c == '\n' ? 0 : 400;
    case State::content:
    case State::done: break;
    }
    return ++trailers_ > limits_->max_trailer_size ? 431 : 0;
}

FASTAPI_INLINE ChunkedDecoder::Result ChunkedDecoder::feed(char* data, std::size_t size, char* out) {
    Result result;
    while (status_ == 0 && state_ != State::done && result.consumed < size) {
        if (state_ != State::content) {
            status_ = take(data[result.consumed++]);
            continue;
        }
        auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left_, size - result.consumed));
        std::memmove(out + result.produced, data + result.consumed, piece);
        result.consumed += piece;
        result.produced += piece;
        total_ += piece;
        left_ -= piece;
        if (left_ == 0) state_ = State::content_cr;
    }
    result.status = status_;
    result.done = status_ == 0 && state_ == State::done;
    return result;
}

} // namespace fastapi::detail
