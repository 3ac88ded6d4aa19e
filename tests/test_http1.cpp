// The request parser (RFC 9110, 9112): heads, content in chunks, limits; in whole and cut at every byte.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/server/http1.hpp"

using namespace fastapi;
using namespace fastapi::detail;

namespace {

struct Parsed {
    HeadState state = HeadState::incomplete;
    int status = 0;
    std::string method, target, version, headers; // headers as "name=value|name=value"
    std::size_t size = 0;
    std::uint64_t length = 0;
    bool has_length = false, chunked = false, keep_alive = false, expects = false, websocket = false;
    bool operator==(const Parsed&) const = default;
};

// Gives a head to the parser up to each of the given sizes, every time at another place in memory.
Parsed parse_at(std::string_view text, const std::vector<std::size_t>& sizes, const Limits& limits = {}) {
    static RequestHead head; // one for all, as a connection has it
    std::size_t scanned = 0;
    std::unique_ptr<char[]> before; // not freed yet, so that the next is elsewhere
    for (std::size_t size : sizes) {
        std::unique_ptr<char[]> bytes(new char[size]);
        text.copy(bytes.get(), size);
        HeadResult result = parse_request_head({bytes.get(), size}, scanned, limits, head);
        before = std::move(bytes);
        if (result.state == HeadState::incomplete) continue;
        Parsed parsed;
        parsed.state = result.state;
        parsed.status = result.status;
        if (result.state == HeadState::refused) return parsed;
        for (const auto& [name, value] : head.headers)
            parsed.headers += (parsed.headers.empty() ? "" : "|") + std::string(name) + "=" + std::string(value);
        parsed.method = head.method;
        parsed.target = head.target;
        parsed.version = head.version;
        parsed.size = head.size;
        parsed.length = head.content_length;
        parsed.has_length = head.has_length;
        parsed.chunked = head.chunked;
        parsed.keep_alive = head.keep_alive;
        parsed.expects = head.expect_continue;
        parsed.websocket = head.upgrade_websocket;
        return parsed;
    }
    return {};
}

Parsed parse(std::string_view text, const Limits& limits = {}) { return parse_at(text, {text.size()}, limits); }

// 0 for accepted, -1 for incomplete, else the status.
int status_of(std::string_view text, const Limits& limits = {}) {
    Parsed parsed = parse(text, limits);
    return parsed.state == HeadState::incomplete ? -1 : parsed.status;
}

std::string get(std::string_view lines) { return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n"; }
std::string first(std::string_view line) { return std::string(line) + "\r\nHost: a\r\n\r\n"; }
std::string host(std::string_view value) { return "GET / HTTP/1.1\r\nHost:" + std::string(value) + "\r\n\r\n"; }

struct Content {
    std::string text;
    std::size_t consumed = 0;
    bool done = false;
    int status = 0;
    bool operator==(const Content&) const = default;
};

Content decode(std::string_view text, std::size_t step, const Limits& limits = {}) {
    ChunkedDecoder decoder(limits);
    Content all;
    std::string input(text);
    while (all.consumed < input.size() && !all.done && all.status == 0) {
        char* at = input.data() + all.consumed;
        ChunkedDecoder::Result result = decoder.feed(at, std::min(step, input.size() - all.consumed), at);
        all.text.append(at, result.produced);
        all.consumed += result.consumed;
        all.done = result.done;
        all.status = result.status;
    }
    CHECK(decoder.total() == all.text.size());
    return all;
}

// 0 for done, -1 for more to come, else the status.
int chunk_status(std::string_view text, const Limits& limits = {}) {
    Content content = decode(text, text.size(), limits);
    for (std::size_t step : {1U, 2U, 3U, 5U}) CHECK(decode(text, step, limits) == content);
    return content.status ? content.status : content.done ? 0 : -1;
}

Limits small_limits() {
    Limits limits;
    limits.max_target_size = 100;
    limits.max_head_size = 400;
    limits.max_header_count = 5;
    limits.max_body_size = 1000;
    limits.max_chunk_line = 30;
    limits.max_trailer_size = 60;
    return limits;
}

} // namespace

TEST_CASE("http1: what a head says") {
    std::string text = "POST /items/1?q=a HTTP/1.1\r\nHost: example.org:80\r\nContent-Type:application/json\r\n"
                       "X-Empty:\r\nX-Spaces: \t a b \t \r\nContent-Length: 12\r\n\r\n";
    Parsed head = parse(text + "GET");
    CHECK(head.state == HeadState::complete);
    CHECK(head.method == "POST");
    CHECK(head.target == "/items/1?q=a");
    CHECK(head.version == "1.1");
    CHECK(head.headers == "Host=example.org:80|Content-Type=application/json|X-Empty=|X-Spaces=a b|Content-Length=12");
    CHECK(head.size == text.size());
    CHECK(head.has_length);
    CHECK(head.length == 12);
    CHECK(!head.chunked);
    CHECK(head.keep_alive);
    CHECK(parse(get("X: \x80\xff\r\n")).headers == "Host=a|X=\x80\xff");
    CHECK(parse(get("X: a\tb \r\n")).headers == "Host=a|X=a\tb");
}

TEST_CASE("http1: keep-alive, Expect, Upgrade") {
    CHECK(parse(get("")).keep_alive);
    CHECK(!parse(get("Connection: close\r\n")).keep_alive);
    CHECK(!parse(get("connection: x , CLOSE\r\n")).keep_alive);
    CHECK(!parse(get("Connection: keep-alive\r\nConnection: close\r\n")).keep_alive);
    CHECK(parse(get("Connection: closed\r\n")).keep_alive);
    CHECK(!parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
    CHECK(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
    CHECK(!parse("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keep_alive);

    CHECK(parse(get("Expect: 100-Continue\r\nContent-Length: 1\r\n")).expects);
    CHECK(parse(get("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n")).expects);
    CHECK(!parse(get("Expect: 100-continue\r\nContent-Length: 0\r\n")).expects);
    CHECK(!parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").expects);
    CHECK(status_of(get("Expect: 200-ok\r\n")) == 417);

    std::string upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: h2c, WebSocket\r\n";
    CHECK(parse(get(upgrade)).websocket);
    CHECK(!parse(get("Upgrade: websocket\r\n")).websocket);
    CHECK(!parse(get("Connection: upgrade\r\nUpgrade: h2c\r\n")).websocket);
    CHECK(!parse(get(upgrade + "Content-Length: 1\r\n")).websocket);
    CHECK(!parse("POST / HTTP/1.1\r\nHost: a\r\n" + upgrade + "\r\n").websocket);
    CHECK(!parse("GET / HTTP/1.0\r\n" + upgrade + "\r\n").websocket);
}

TEST_CASE("http1: forms of the target") {
    CHECK(parse(first("OPTIONS * HTTP/1.1")).target == "*");
    CHECK(status_of(first("GET * HTTP/1.1")) == 400);
    CHECK(parse(first("GET http://b.c:8/x?y HTTP/1.1")).target == "/x?y");
    CHECK(parse(first("GET http://b.c:8/x?y HTTP/1.1")).headers == "Host=b.c:8");
    CHECK(parse(first("GET HTTPS://b HTTP/1.1")).target == "/");
    CHECK(parse(first("GET http://b?q HTTP/1.1")).target == "/?q");
    CHECK(parse("GET http://b/ HTTP/1.0\r\nX: y\r\n\r\n").headers == "X=y|host=b");
    CHECK(status_of("GET http://b/ HTTP/1.1\r\n\r\n") == 400); // no Host at all
    for (const char* line : {"GET http:// HTTP/1.1", "GET http:///x HTTP/1.1", "GET http://u@b/ HTTP/1.1", "GET http://b:x/ HTTP/1.1",
                             "GET ftp://b/ HTTP/1.1", "GET http:/b HTTP/1.1", "GET b:80 HTTP/1.1", "GET x HTTP/1.1", "GET ?x HTTP/1.1",
                             "GET /a#b HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /\xc3\xa4 HTTP/1.1", "GET /\x01 HTTP/1.1",
                             "OPTIONS ** HTTP/1.1"})
        CHECK_MESSAGE(status_of(first(line)) == 400, line);
    CHECK(status_of(first("CONNECT b:443 HTTP/1.1")) == 501);
    CHECK(status_of(first("CONNECT /x HTTP/1.1")) == 501);
    CHECK(parse(first("GET /\"<>\\^`{|}%zz HTTP/1.1")).target == "/\"<>\\^`{|}%zz");
}

TEST_CASE("http1: request lines that are none") {
    for (const char* line : {" GET / HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1",
                             "GET /\tHTTP/1.1", "GET /", "GET / ", "GET", "GET HTTP/1.1", "/ HTTP/1.1", "G(T / HTTP/1.1", "GET: / HTTP/1.1",
                             "GET / http/1.1", "GET / HTTP/1.10", "GET / HTTP/1", "GET / HTTP/1.", "GET / HTTP/a.b", "GET / HTTP 1.1",
                             "GET / x HTTP/1.1", "GET / HTTP/1.1\r", "GET /\r HTTP/1.1",
                             "\xef\xbb\xbfGET / HTTP/1.1"})
        CHECK_MESSAGE(status_of(first(line)) == 400, line);
    for (const char* version : {"0.9", "1.2", "2.0", "3.0", "9.9"}) CHECK(status_of(first(std::string("GET / HTTP/") + version)) == 505);
    CHECK(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
    CHECK(status_of("\x16\x03\x01") == 400); // another protocol: it need not send a line
    CHECK(status_of("\r\n\r\n" + get("")) == 0);
    CHECK(parse("\r\n\r\n" + get("")).size == get("").size() + 4);
    std::string lines;
    for (int i = 0; i < 9; ++i) lines += "\r\n";
    CHECK(status_of(lines + get("")) == 400);
    CHECK(status_of("\n" + get("")) == 400);
    CHECK(status_of("\r" + get("")) == 400);
}

TEST_CASE("http1: headers that are none") {
    for (const char* line : {"X : 1\r\n", "X\t: 1\r\n", "X Y: 1\r\n", ": 1\r\n", " X: 1\r\n", "\tX: 1\r\n", "X: 1\r\n 2\r\n", "X\r\n",
                             "X(: 1\r\n", "X\xe4: 1\r\n", "X: a\x01\r\n", "X: a\x7f\r\n", "X: a\rb\r\n", "X: a\nb\r\n", "X: a\r\r\n",
                             "X: 1\n", "X\r: 1\r\n", "\r X: 1\r\n", "X: 1\x0b\r\n"})
        CHECK_MESSAGE(status_of(get(line)) == 400, line);
    CHECK(status_of(get(std::string("X: a\0b\r\n", 8))) == 400);
    CHECK(status_of(get(std::string("X\0: 1\r\n", 7))) == 400);
    CHECK(status_of("GET / HTTP/1.1\nHost: a\n\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\n\n") == 400);
    CHECK(parse(get("X: \xff~\xff\xff~~~~\xff~\t~ \xff~\r\n")).headers == "Host=a|X=\xff~\xff\xff~~~~\xff~\t~ \xff~");
    // Each byte in each place of a value: where eight are looked at at once, and in the rest.
    for (std::size_t at = 0; at < 20; ++at) {
        for (int c = 0; c < 256; ++c) {
            std::string value(20, 'v');
            value[at] = static_cast<char>(c);
            bool allowed = (c >= 0x20 && c != 0x7F) || c == '\t';
            Parsed head = parse(get("X:" + value + "\r\n"));
            if ((head.state == HeadState::complete) != allowed) FAIL_CHECK("byte " << c << " at " << at);
        }
    }
}

TEST_CASE("http1: Host") {
    for (const char* good : {"", " a", " a.b:80", " a:", " 127.0.0.1", " [::1]", " [::1]:80", " a_b", " a%41", " a,b", " a\t"})
        CHECK_MESSAGE(status_of(host(good)) == 0, good);
    for (const char* bad : {" a b", " a/b", " u@a", " a?b", " a#b", " a:x", " a:1:2", " :80", " [::1", " []", " [::1]x", " ::1", " a%4",
                            " a%4g", " a\\b", " <a>", " \xc3\xa4"})
        CHECK_MESSAGE(status_of(host(bad)) == 400, bad);
    CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 0);
    CHECK(status_of(get("Host: a\r\n")) == 400);
    CHECK(status_of(get("hOST: b\r\n")) == 400);
}

TEST_CASE("http1: how long the content is") {
    CHECK(parse(get("Content-Length: 007\r\n")).length == 7);
    CHECK(parse(get("")).has_length == false);
    for (const char* bad : {"", "+5", "-5", "0x5", "5 5", "5,5", "5, 5", "5.0", "five", "5;", "\xb2", "5\v"})
        CHECK_MESSAGE(status_of(get("Content-Length: " + std::string(bad) + "\r\n")) == 400, bad);
    CHECK(status_of(get("Content-Length: 5\r\nContent-Length: 5\r\n")) == 400);
    CHECK(status_of(get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(status_of(get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")) == 400);
    CHECK(status_of(get("Content-Length: 99999999999999999999\r\n")) == 413);
    CHECK(status_of(get("Content-Length: 18446744073709551615\r\n")) == 413);
    CHECK(status_of(get("Content-Length: 1001\r\n"), small_limits()) == 413);
    CHECK(status_of(get("Content-Length: 1000\r\n"), small_limits()) == 0);

    CHECK(parse(get("Transfer-Encoding: Chunked\r\n")).chunked);
    for (const char* bad : {"", "gzip", "identity", "xchunked", "chunked;q=1", "chunked,", ",chunked", "chunked, gzip", "chunked, chunked",
                            "chun ked", "\"chunked\""})
        CHECK_MESSAGE(status_of(get("Transfer-Encoding: " + std::string(bad) + "\r\n")) == 400, bad);
    CHECK(status_of(get("Transfer-Encoding: gzip, chunked\r\n")) == 501);
    CHECK(status_of(get("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n")) == 501);
    CHECK(status_of(get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("http1: limits of a head") {
    Limits limits = small_limits();
    auto target = [](std::size_t size) { return first("GET /" + std::string(size - 1, 'a') + " HTTP/1.1"); };
    CHECK(status_of(target(100), limits) == 0);
    CHECK(status_of(target(101), limits) == 414);
    CHECK(status_of(std::string(100, 'A'), limits) == -1);
    CHECK(status_of(std::string(165, 'A'), limits) == 414); // without an end so far
    auto headers = [](int count) {
        std::string lines;
        for (int i = 1; i < count; ++i) lines += "X: y\r\n";
        return get(lines);
    };
    CHECK(status_of(headers(5), limits) == 0);
    CHECK(status_of(headers(6), limits) == 431);
    std::size_t rest = get("X: \r\n").size();
    CHECK(status_of(get("X: " + std::string(400 - rest, 'y') + "\r\n"), limits) == 0);
    CHECK(status_of(get("X: " + std::string(401 - rest, 'y') + "\r\n"), limits) == 431);
    CHECK(status_of("GET / HTTP/1.1\r\nX: " + std::string(400, 'y'), limits) == 431);
    CHECK(status_of("GET / HTTP/1.1\r\nX: " + std::string(100, 'y'), limits) == -1);
}

TEST_CASE("http1: chunks") {
    std::string text = "5\r\nhello\r\n00b;x=\"y\"\r\n wide world\r\n0\r\nX: y\r\n\r\nGET";
    for (std::size_t step : {1U, 2U, 3U, 4U, 5U, 8U, 100U}) CHECK(decode(text, step) == Content{"hello wide world", text.size() - 3, true,
                             0});
    CHECK(chunk_status("0\r\n\r\n") == 0);
    CHECK(chunk_status("0\r\n") == -1);
    CHECK(chunk_status("A\r\n0123456789\r\n000\r\n\r\n") == 0);
    for (const char* bad : {"\r\n", " 5\r\n", "5 \r\n", "+5\r\n", "-5\r\n", "0x5\r\n", "g\r\n", "5g\r\n", "5,5\r\n", "5\n", "5\rX", "5;a\n",
                            "5;\x01\r\n", "5;\x7f", "5\r\nhello\n", "5\r\nhello0\r\n", "5\r\nhello\rX", "0\r\nX\r\n", "0\r\n: y\r\n",
                            "0\r\nX : y\r\n", "0\r\nX: y\n", "0\r\nX: y\rZ", "0\r\n X: y\r\n", "0\r\nX: \x7f\r\n", "0\r\n\n", "0\r\n\rX"})
        CHECK_MESSAGE(chunk_status(bad) == 400, bad);
    CHECK(chunk_status("10000000000000000\r\n") == 413);
    CHECK(chunk_status("ffffffffffffffff\r\n") == 413);
    CHECK(chunk_status("5\r\nhello\r\nffffffffffffffff\r\n") == 413);
}

TEST_CASE("http1: limits of chunks") {
    Limits limits = small_limits();
    auto chunk = [](std::size_t size) {
        char line[16];
        std::snprintf(line, sizeof line, "%zx\r\n", size);
        return line + std::string(size, 'x') + "\r\n";
    };
    CHECK(chunk_status(chunk(1000) + "0\r\n\r\n", limits) == 0);
    CHECK(chunk_status(chunk(1001), limits) == 413);
    CHECK(chunk_status(chunk(999) + chunk(1) + "0\r\n\r\n", limits) == 0);
    CHECK(chunk_status(chunk(999) + "2\r\n", limits) == 413);
    CHECK(chunk_status(std::string(29, '0') + "\r\n", small_limits()) == -1);
    CHECK(chunk_status(std::string(31, '0'), limits) == 413);
    CHECK(chunk_status("1;" + std::string(28, 'e') + "\r\n", limits) == -1);
    CHECK(chunk_status("1;" + std::string(29, 'e'), limits) == 413);
    CHECK(chunk_status("0\r\nX: " + std::string(50, 'y') + "\r\n\r\n", limits) == 0);
    CHECK(chunk_status("0\r\nX: " + std::string(60, 'y'), limits) == 431);
    CHECK(chunk_status("0\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\n\r\n", limits) == 0);
    CHECK(chunk_status("0\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF", limits) == 431);
    // Extensions that no content justifies: many long ones on chunks of one byte.
    std::string tiny;
    for (int i = 0; i < 200; ++i) tiny += "1;" + std::string(500, 'e') + "\r\nx\r\n";
    CHECK(chunk_status(tiny) == 413);
    std::string fair; // as a signature on each chunk
    for (int i = 0; i < 200; ++i) fair += "64;signature=" + std::string(64, 'e') + "\r\n" + std::string(100, 'x') + "\r\n";
    CHECK(chunk_status(fair + "0\r\n\r\n") == 0);
}

TEST_CASE("http1: a decoder serves several requests") {
    Limits limits;
    ChunkedDecoder decoder(limits);
    for (int i = 0; i < 2; ++i) {
        std::string text = "3\r\nabc\r\n0\r\n\r\n";
        char out[3];
        ChunkedDecoder::Result result = decoder.feed(text.data(), text.size(), out);
        CHECK(result.done);
        CHECK(std::string_view(out, result.produced) == "abc");
        CHECK(decoder.feed(text.data(), text.size(), out).consumed == 0); // done is done
        decoder.reset();
    }
    std::string bad = "x";
    CHECK(decoder.feed(bad.data(), 1, bad.data()).status == 400);
    CHECK(decoder.feed(bad.data(), 1, bad.data()).status == 400);
}

TEST_CASE("http1: a head is the same however it is cut") {
    const std::vector<std::string> heads = {
        get(""),
        get("X: y\r\n") + "rest",
        "\r\n\r\n" + get("Accept: */*\r\nCookie: a=b\r\n"),
        "POST /items HTTP/1.1\r\nHost: a:80\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\nabc",
        get("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"),
        get("Connection: close\r\n"),
        get("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"),
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        first("GET http://b.c/x?y HTTP/1.1"),
        first("GET http://b?q HTTP/1.1"),
        "GET http://b/ HTTP/1.0\r\n\r\n",
        first("OPTIONS * HTTP/1.1"),
        first("GET * HTTP/1.1"),
        first("CONNECT b:1 HTTP/1.1"),
        first("GET / HTTP/2.0"),
        first("GET / HTTP/1.10"),
        first("GET / http/1.1"),
        first("GET  / HTTP/1.1"),
        first("GET /a#b HTTP/1.1"),
        first("GET /\rb HTTP/1.1"),
        first("GET /" + std::string(100, 'a') + " HTTP/1.1"),
        first("GET /" + std::string(200, 'a') + " HTTP/1.1"),
        first(std::string(200, 'A') + " / HTTP/1.1"),
        first("GET /#" + std::string(200, 'a') + " HTTP/1.1"),
        first("GET / HTTP/2.0" + std::string(200, ' ')),
        first("(" + std::string(200, 'a')),
        "GET /\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\rX\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        get("Host: b\r\n"),
        host(" a b"),
        get("X : y\r\n"),
        get("X: y\r\n z\r\n"),
        get("X: a\rb\r\n"),
        get(std::string("X: a\0b\r\n", 8)),
        get("X: a\tb\t\r\n"),
        get("Content-Length: 5, 5\r\n"),
        get("Content-Length: 5\r\nContent-Length: 5\r\n"),
        get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        get("Content-Length: 2000\r\n"),
        get("Transfer-Encoding: gzip, chunked\r\n"),
        get("Expect: x\r\n"),
        get("A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\n"),
        get("X: " + std::string(400, 'y') + "\r\n"),
        "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n" + get(""),
        "\x16\x03\x01\x02\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX",
    };
    for (const std::string& text : heads) {
        Parsed whole = parse(text, small_limits());
        std::vector<std::size_t> every;
        for (std::size_t at = 1; at <= text.size(); ++at) every.push_back(at);
        CHECK_MESSAGE(parse_at(text, every, small_limits()) == whole, text);
        for (std::size_t at = 0; at < text.size(); ++at) {
            if (parse_at(text, {at, text.size()}, small_limits()) != whole) FAIL_CHECK("cut at " << at << ": " << text);
            if (parse_at(text, {at / 2, at, at, text.size()}, small_limits()) != whole) FAIL_CHECK("cut twice at " << at << ": " << text);
        }
    }
}

TEST_CASE("http1: time is linear in the bytes") {
    // 60 kB in single bytes; were each call to begin anew, this would look at two thousand million of them.
    Limits limits;
    std::string text = get("X: " + std::string(60000, 'y') + "\r\n");
    RequestHead head;
    std::size_t scanned = 0;
    for (std::size_t size = 1; size < text.size(); ++size)
        REQUIRE(parse_request_head(std::string_view(text).substr(0, size), scanned, limits, head).state == HeadState::incomplete);
    CHECK(parse_request_head(text, scanned, limits, head).state == HeadState::complete);
    CHECK(head.headers.get("x")->size() == 60000);
}
