// The WebSocket protocol as bytes: frame sequences of the families that the Autobahn test suite has (1 framing, 2 pings,
// 3 reserved bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 closing, 9 limits, 10 and 12, 13 compression), each fed whole, byte by
// byte and in random pieces; the handshake (RFC 6455 4.2) and the negotiation of compression (RFC 7692 7.1).

#include "support.hpp"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "fastapi/server/websocket_protocol.hpp"

using namespace fastapi;
using detail::WebSocketDeflate;
using detail::WebSocketEvent;
using detail::WebSocketHandshake;
using detail::WebSocketProtocol;

namespace {

constexpr unsigned fin = 0x80, rsv1 = 0x40;
enum Opcode : unsigned { continuation = 0, text = 1, binary = 2, close_ = 8, ping = 9, pong = 10 };

// A frame of a client.
std::string frame(unsigned first_byte, std::string_view payload = "", const char* mask = "\x37\xfa\x21\x3d") {
    std::string out;
    detail::append_websocket_frame(out, first_byte, payload, mask);
    return out;
}
std::string bytes(std::initializer_list<int> list) {
    std::string out;
    for (int one : list) out.push_back(static_cast<char>(static_cast<unsigned char>(one)));
    return out;
}
std::string close_payload(unsigned code, std::string_view reason = "") {
    return bytes({static_cast<int>(code >> 8), static_cast<int>(code & 0xFF)}) + std::string(reason);
}
std::string close_frame(unsigned code, std::string_view reason = "") { return frame(fin | close_, close_payload(code, reason)); }
std::string repeated(std::string_view one, std::size_t count) {
    std::string out;
    while (count-- > 0) out += one;
    return out;
}
// A message in frames of some bytes each.
std::string fragments(unsigned opcode, std::string_view message, std::size_t size, std::string_view between = "") {
    std::string out;
    for (std::size_t at = 0; at < message.size() || at == 0; at += size) {
        bool last = at + size >= message.size();
        out += frame((last ? fin : 0) | (at == 0 ? opcode : continuation), message.substr(at, size));
        if (!last) out += between;
        if (last) break;
    }
    return out;
}

// A payload in a word: short ones as they are, long ones by size and hash.
std::string shown(std::string_view payload) {
    if (payload.size() <= 60) return std::string(payload);
    std::uint64_t hash = 14695981039346656037U;
    for (char c : payload) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return "<" + std::to_string(payload.size()) + ":" + std::to_string(hash % 1000000) + ">";
}

// What a server did with bytes: "text:Hello ping:x close:1000:bye error:1002", and what it answered "pong:x close:1000".
struct Outcome {
    std::string events;
    std::string answers;
    std::size_t failed_at = 0; // bytes fed when the error came
    bool operator==(const Outcome& other) const { return events == other.events && answers == other.answers; }
};

void add(std::string& list, const std::string& what) { list += (list.empty() ? "" : " ") + what; }

// The frames of a server, read by a reader of our own.
std::string read_answers(std::string_view out) {
    std::string list;
    while (!out.empty()) {
        if (out.size() < 2) return list + " cut off";
        auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(out[i])); };
        std::size_t header = 2;
        std::size_t size = byte(1); // no mask bit
        if (size == 126) {
            size = byte(2) << 8 | byte(3);
            header = 4;
        } else if (size == 127) {
            size = 0;
            for (std::size_t i = 2; i < 10; ++i) size = size << 8 | byte(i);
            header = 10;
        }
        if (out.size() < header + size) return list + " cut off";
        std::string_view payload = out.substr(header, size);
        switch (byte(0)) {
        case fin | text: add(list, "text:" + shown(payload)); break;
        case fin | binary: add(list, "binary:" + shown(payload)); break;
        case fin | ping: add(list, "ping:" + shown(payload)); break;
        case fin | pong: add(list, "pong:" + shown(payload)); break;
        case fin | close_: add(list, payload.empty() ? "close" : "close:" + std::to_string(byte(header) << 8 | byte(header + 1))); break;
        default: add(list, "frame " + std::to_string(byte(0)) + ":" + shown(payload));
        }
        out.remove_prefix(header + size);
    }
    return list;
}

std::string event_text(const WebSocketEvent& event) {
    std::string data = shown(event.data);
    switch (event.kind) {
    case WebSocketEvent::Kind::text: return "text:" + data;
    case WebSocketEvent::Kind::binary: return "binary:" + data;
    case WebSocketEvent::Kind::ping: return "ping:" + data;
    case WebSocketEvent::Kind::pong: return "pong:" + data;
    case WebSocketEvent::Kind::close: return "close:" + std::to_string(event.code) + (data.empty() ? "" : ":" + data);
    case WebSocketEvent::Kind::error: return "error:" + std::to_string(event.code);
    }
    return "?";
}

class Feeder {
  public:
    Feeder(const WebSocketOptions& options, const WebSocketDeflate& deflate)
        : protocol_(detail::make_websocket_protocol(WebSocketProtocol::Role::server, options, deflate)) {}
    void feed(std::string_view piece) {
        // A buffer of just this size, so that reading beyond it shows.
        auto buffer = std::make_unique<char[]>(piece.size());
        if (!piece.empty()) std::memcpy(buffer.get(), piece.data(), piece.size());
        protocol_->feed(buffer.get(), piece.size());
        fed_ += piece.size();
        WebSocketEvent event;
        while (protocol_->next(event, out_)) {
            add(outcome_.events, event_text(event));
            if (event.kind == WebSocketEvent::Kind::error) outcome_.failed_at = fed_;
        }
    }
    Outcome end() {
        outcome_.answers = read_answers(out_);
        return outcome_;
    }
    WebSocketProtocol& protocol() { return *protocol_; }

  private:
    detail::Owned<WebSocketProtocol> protocol_;
    std::string out_;
    Outcome outcome_;
    std::size_t fed_ = 0;
};

struct Settings {
    WebSocketOptions options;
    WebSocketDeflate deflate;
};

Outcome run(const Settings& settings, std::string_view input, const std::vector<std::size_t>& sizes) {
    Feeder feeder(settings.options, settings.deflate);
    std::size_t at = 0;
    for (std::size_t i = 0; at < input.size(); ++i) {
        std::size_t size = std::min(sizes[i % sizes.size()], input.size() - at);
        feeder.feed(input.substr(at, size));
        at += size;
    }
    return feeder.end();
}

struct Sequence {
    std::string name;
    std::string input;
    std::string events;
    std::string answers;
};

void check_all(const std::vector<Sequence>& sequences, const Settings& settings = {}) {
    std::mt19937 random{7};
    for (const Sequence& one : sequences) {
        CAPTURE(one.name);
        Outcome whole = run(settings, one.input, {one.input.size() + 1});
        CHECK(whole.events == one.events);
        CHECK(whole.answers == one.answers);
        CHECK(run(settings, one.input, {one.input.size() > 300000 ? std::size_t{7} : 1}) == whole);
        for (int round = 0; round < 12; ++round) {
            std::vector<std::size_t> sizes;
            std::size_t most = round < 6 ? 9 : one.input.size() + 1;
            for (int i = 0; i < 17; ++i) sizes.push_back(1 + random() % most);
            CHECK(run(settings, one.input, sizes) == whole);
        }
    }
}

const std::string greeting = "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!";

} // namespace

TEST_CASE("websocket: framing (Autobahn 1)") {
    std::vector<Sequence> table;
    for (std::size_t size : std::initializer_list<std::size_t>{
             0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 63, 64, 124, 125, 126, 127, 128, 129, 1000, 65534, 65535, 65536, 65537, 200000}) {
        std::string payload = repeated("*", size);
        std::string data;
        for (std::size_t i = 0; i < size; ++i) data.push_back(static_cast<char>(static_cast<unsigned char>(i * 7)));
        table.push_back({"text of " + std::to_string(size), frame(fin | text, payload), "text:" + shown(payload), ""});
        table.push_back({"binary of " + std::to_string(size), frame(fin | binary, data), "binary:" + shown(data), ""});
    }
    // Lengths in a longer form than needed (RFC 6455 5.2).
    table.push_back({"126 for 125", bytes({0x82, 0xFE, 0, 125, 1, 2, 3, 4}), "error:1002", "close:1002"});
    table.push_back({"126 for 0", bytes({0x82, 0xFE, 0, 0, 1, 2, 3, 4}), "error:1002", "close:1002"});
    table.push_back({"127 for 65535", bytes({0x82, 0xFF, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4}), "error:1002", "close:1002"});
    table.push_back({"127 for 5", bytes({0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}), "error:1002", "close:1002"});
    table.push_back({"64 bits", bytes({0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}), "error:1002", "close:1002"});
    table.push_back({"63 bits", bytes({0x82, 0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4}), "error:1009", "close:1009"});
    table.push_back({"no mask", bytes({0x81, 0x01, 'a'}), "error:1002", "close:1002"});
    table.push_back({"no mask, empty", bytes({0x81, 0x00}), "error:1002", "close:1002"});
    table.push_back({"a key of zeros", frame(fin | text, "abc", "\0\0\0\0"), "text:abc", ""});
    table.push_back({"two", frame(fin | text, "a") + frame(fin | binary, "b"), "text:a binary:b", ""});
    table.push_back({"RFC 6455 5.7", bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}), "text:Hello", ""});
    check_all(table);
}

TEST_CASE("websocket: pings and pongs (Autobahn 2)") {
    std::string all(125, '\xfe');
    std::string binary_payload = bytes({0, 255, 254, 253, 252, 251, 0, 255});
    std::vector<Sequence> table{
        {"2.1", frame(fin | ping), "ping:", "pong:"},
        {"2.2", frame(fin | ping, "Hello, world!"), "ping:Hello, world!", "pong:Hello, world!"},
        {"2.3", frame(fin | ping, binary_payload), "ping:" + binary_payload, "pong:" + binary_payload},
        {"2.4", frame(fin | ping, all), "ping:" + shown(all), "pong:" + shown(all)},
        {"2.5", frame(fin | ping, std::string(126, '\xfe')), "error:1002", "close:1002"},
        {"2.6 ping before 2.5", frame(fin | ping, "x") + frame(fin | ping, std::string(126, 'x')), "ping:x error:1002",
         "pong:x close:1002"},
        {"2.7", frame(fin | pong), "pong:", ""},
        {"2.8", frame(fin | pong, "unsolicited pong payload"), "pong:unsolicited pong payload", ""},
        {"2.9", frame(fin | pong, "unsolicited") + frame(fin | ping, "ping payload"), "pong:unsolicited ping:ping payload",
         "pong:ping payload"},
        {"2.10", repeated(frame(fin | ping, "p"), 10), "ping:p ping:p ping:p ping:p ping:p ping:p ping:p ping:p ping:p ping:p",
         "pong:p pong:p pong:p pong:p pong:p pong:p pong:p pong:p pong:p pong:p"},
        {"pong of 126", frame(fin | pong, std::string(126, 'x')), "error:1002", "close:1002"},
        {"ping of 65536", frame(fin | ping, std::string(65536, 'x')), "error:1002", "close:1002"},
    };
    check_all(table);
}

TEST_CASE("websocket: reserved bits and opcodes (Autobahn 3, 4)") {
    std::vector<Sequence> table;
    for (unsigned rsv = 1; rsv < 8; ++rsv)
        for (unsigned opcode : {text, binary, close_, ping, pong})
            table.push_back({"reserved " + std::to_string(rsv) + " opcode " + std::to_string(opcode),
                             frame(fin | text, "a") + frame(fin | rsv << 4 | opcode, opcode == close_ ? close_payload(1000) : "x") +
                                 frame(fin | ping, "never"),
                             "text:a error:1002", "close:1002"});
    for (unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
        std::string name = "opcode " + std::to_string(opcode);
        table.push_back({name, frame(fin | opcode), "error:1002", "close:1002"});
        table.push_back({name + " payload", frame(fin | opcode, "reserved opcode payload"), "error:1002", "close:1002"});
        table.push_back({name + " behind text", frame(fin | text, "a") + frame(fin | opcode, "x") + frame(fin | ping), "text:a error:1002",
                         "close:1002"});
        table.push_back({name + " in a message", frame(text, "a") + frame(fin | opcode, "x"), "error:1002", "close:1002"});
    }
    table.push_back(
        {"reserved bit of a continuation", frame(text, "a") + frame(fin | rsv1 | continuation, "x"), "error:1002", "close:1002"});
    check_all(table);
}

TEST_CASE("websocket: fragmentation (Autobahn 5)") {
    std::string first = frame(text, "fragment1");
    std::string last = frame(fin | continuation, "fragment2");
    std::string a_ping = frame(fin | ping, "ping payload");
    std::vector<Sequence> table{
        {"5.1 ping in two", frame(ping, "fragment1") + last, "error:1002", "close:1002"},
        {"5.2 pong in two", frame(pong, "fragment1") + last, "error:1002", "close:1002"},
        {"close in two", frame(close_, close_payload(1000)), "error:1002", "close:1002"},
        {"5.3", first + last, "text:fragment1fragment2", ""},
        {"5.6 ping between", first + a_ping + last, "ping:ping payload text:fragment1fragment2", "pong:ping payload"},
        {"5.9 continuation of nothing", frame(fin | continuation, "x") + frame(fin | text, "Hello"), "error:1002", "close:1002"},
        {"5.12 continuation without end", frame(continuation, "x") + frame(fin | text, "Hello"), "error:1002", "close:1002"},
        {"5.15", first + last + frame(continuation, "fragment3") + frame(fin | text, "fragment4"), "text:fragment1fragment2 error:1002",
         "close:1002"},
        {"5.16", repeated(frame(continuation, "fragment1") + frame(text, "fragment2") + last, 2), "error:1002", "close:1002"},
        {"5.17", repeated(frame(fin | continuation, "fragment1") + frame(text, "fragment2") + last, 2), "error:1002", "close:1002"},
        {"5.18", first + frame(fin | text, "fragment2"), "error:1002", "close:1002"},
        {"binary in a text", first + frame(binary, "fragment2"), "error:1002", "close:1002"},
        {"5.19",
         first + frame(continuation, "fragment2") + frame(fin | ping, "one") + frame(continuation, "fragment3") +
             frame(continuation, "fragment4") + frame(fin | ping, "two") + frame(fin | continuation, "fragment5"),
         "ping:one ping:two text:fragment1fragment2fragment3fragment4fragment5", "pong:one pong:two"},
        {"empty fragments", frame(text) + frame(continuation) + frame(fin | continuation), "text:", ""},
        {"5.. middle alone", frame(text) + frame(continuation, "middle frame payload") + frame(fin | continuation),
         "text:middle frame payload", ""},
        {"last alone", frame(binary) + frame(fin | continuation, "x"), "binary:x", ""},
        {"first alone", frame(binary, "x") + frame(fin | continuation), "binary:x", ""},
        {"pong between", first + frame(fin | pong, "p") + last, "pong:p text:fragment1fragment2", ""},
        {"close between", first + close_frame(1000) + last, "close:1000", "close:1000"},
        {"two messages", first + last + frame(binary, "a") + frame(fin | continuation, "b"), "text:fragment1fragment2 binary:ab", ""},
    };
    for (std::size_t size : std::initializer_list<std::size_t>{1, 2, 3, 5, 64, 126, 1000, 65536}) {
        std::string payload;
        for (int i = 0; i < 3000; ++i) payload += std::to_string(i);
        std::string events;
        std::string answers;
        for (std::size_t at = size; at < payload.size() && size > 100; at += size) {
            add(events, "ping:x");
            add(answers, "pong:x");
        }
        add(events, "text:" + shown(payload));
        table.push_back({"pieces of " + std::to_string(size), fragments(text, payload, size, size > 100 ? frame(fin | ping, "x") : ""),
                         events, answers});
    }
    check_all(table);
}

TEST_CASE("websocket: UTF-8 (Autobahn 6)") {
    std::vector<Sequence> table;
    auto good = [&](const std::string& name, const std::string& payload) {
        table.push_back({name, frame(fin | text, payload), "text:" + shown(payload), ""});
        table.push_back({name + " in pieces", fragments(text, payload, 1), "text:" + shown(payload), ""});
    };
    auto bad = [&](const std::string& name, const std::string& payload) {
        table.push_back({name, frame(fin | text, payload), "error:1007", "close:1007"});
        table.push_back({name + " in pieces", fragments(text, payload, 1), "error:1007", "close:1007"});
        table.push_back({name + " as a reason", frame(fin | close_, close_payload(1000, payload)), "error:1007", "close:1007"});
    };
    good("6.1 empty", "");
    good("6.2", greeting);
    good("6.5 kosme", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5");
    for (const char* one : {"\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80", "\x7f", "\xdf\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf",
                            "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd", "\xf0\x9f\xbf\xbe", "\xef\xbf\xbe", "\xf3\xaf\xbf\xbf"})
        good("6 valid", one);
    good("6 a zero", std::string("a\0b", 3));
    good("long", repeated(greeting, 40));
    for (const char* one : {"\x80",
                            "\xbf",
                            "\x80\xbf",
                            "\x80\xbf\x80\xbf\x80\xbf", // continuation bytes alone
                            "\xc0 ",
                            "\xdf ",
                            "\xe0 ",
                            "\xef ",
                            "\xf0 ",
                            "\xf4 ",
                            "\xf8 ",
                            "\xfc ", // first bytes alone
                            "\xc2",
                            "\xdf",
                            "\xe0\xa0",
                            "\xef\xbf",
                            "\xf0\x90\x80",
                            "\xf4\x8f\xbf",
                            "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce", // cut off
                            "\xc0\x80",
                            "\xc0\xaf",
                            "\xc1\xbf",
                            "\xe0\x80\xaf",
                            "\xe0\x9f\xbf",
                            "\xf0\x80\x80\xaf",
                            "\xf0\x8f\xbf\xbf",
                            "\xf8\x80\x80\x80\xaf",
                            "\xfc\x80\x80\x80\x80\xaf",
                            "\xf8\x87\xbf\xbf\xbf",
                            "\xfc\x83\xbf\xbf\xbf\xbf", // longer than needed
                            "\xed\xa0\x80",
                            "\xed\xad\xbf",
                            "\xed\xae\x80",
                            "\xed\xaf\xbf",
                            "\xed\xb0\x80",
                            "\xed\xbf\xbf",
                            "\xed\xa0\x80\xed\xb0\x80", // surrogates
                            "\xf4\x90\x80\x80",
                            "\xf5\x80\x80\x80",
                            "\xf7\xbf\xbf\xbf",
                            "\xf8\x88\x80\x80\x80",
                            "\xfe",
                            "\xff",
                            "\xfe\xfe\xff\xff", // too large
                            "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64"})
        bad("6 invalid", one);
    bad("behind much", repeated("abcdefgh", 12) + "\xff");
    // Characters across frames with a ping between (6.2.3, 6.2.4).
    table.push_back(
        {"6.2.4", fragments(text, greeting, 1, frame(fin | pong)), repeated("pong: ", greeting.size() - 1) + "text:" + greeting, ""});
    table.push_back({"binary is not checked", frame(fin | binary, "\xff\xfe"), "binary:\xff\xfe", ""});
    table.push_back(
        {"text behind a bad binary", frame(fin | binary, "\xce") + frame(fin | text, "\xba"), "binary:\xce error:1007", "close:1007"});
    check_all(table);
}

TEST_CASE("websocket: an invalid text fails at the byte that breaks it (Autobahn 6.3, 6.4)") {
    std::string valid = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
    Settings settings;
    for (std::string broken : {"\xf4\x90", "\xed\xa0", "\xc0", "\xf0\x8f", "\xe0\x80", "\xff"}) {
        std::string message = valid + broken + "\x80\x80" + "edited";
        Outcome outcome = run(settings, frame(fin | text, message), {1});
        CHECK(outcome.events == "error:1007");
        CHECK(outcome.failed_at == 6 + valid.size() + broken.size());
        outcome = run(settings, frame(text, valid) + frame(continuation, broken + "\x80") + frame(fin | continuation, "x"), {1});
        CHECK(outcome.failed_at == 6 + valid.size() + 6 + broken.size());
    }
    // A header is refused as soon as its byte is there.
    CHECK(run(settings, bytes({0x83, 0x80, 1, 2, 3, 4}), {1}).failed_at == 2);
}

TEST_CASE("websocket: closing (Autobahn 7)") {
    std::string longest(123, '*');
    std::vector<Sequence> table{
        {"7.1.1", frame(fin | text, "Hello World!") + close_frame(1000), "text:Hello World! close:1000", "close:1000"},
        {"7.1.2 twice", close_frame(1000) + close_frame(1001), "close:1000", "close:1000"},
        {"7.1.3 ping behind", close_frame(1000) + frame(fin | ping, "x"), "close:1000", "close:1000"},
        {"7.1.4 text behind", close_frame(1000) + frame(fin | text, "x"), "close:1000", "close:1000"},
        {"7.1.5 in a message", frame(text, "fragment1") + close_frame(1000) + frame(fin | continuation, "fragment2"), "close:1000",
         "close:1000"},
        {"7.1.6", frame(fin | text, repeated("x", 70000)) + close_frame(1000) + frame(fin | ping),
         "text:" + shown(repeated("x", 70000)) + " close:1000", "close:1000"},
        {"rubbish behind", close_frame(1000) + "\xff\xff\xff", "close:1000", "close:1000"},
        {"7.3.1 empty", frame(fin | close_), "close:1005", "close"},
        {"7.3.2 half a code", frame(fin | close_, "a"), "error:1002", "close:1002"},
        {"7.3.3", close_frame(1000), "close:1000", "close:1000"},
        {"7.3.4", close_frame(1000, "Hello World!"), "close:1000:Hello World!", "close:1000"},
        {"7.3.5", close_frame(1000, longest), "close:1000:" + shown(longest), "close:1000"},
        {"7.3.6 too long", close_frame(1000, longest + "*"), "error:1002", "close:1002"},
        {"7.5.1", close_frame(1000, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64"), "error:1007",
         "close:1007"},
        {"reason in UTF-8", close_frame(1000, "\xc3\xa4"), "close:1000:\xc3\xa4", "close:1000"},
    };
    for (unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U, 1013U, 1014U, 3000U, 3999U, 4000U, 4999U}) {
        std::string number = std::to_string(code);
        table.push_back({"7.7 " + number, close_frame(code), "close:" + number, "close:" + number});
    }
    for (unsigned code : {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U})
        table.push_back({"7.9, 7.13 " + std::to_string(code), close_frame(code, "x"), "error:1002", "close:1002"});
    check_all(table);
}

TEST_CASE("websocket: after our close frame") {
    WebSocketOptions options;
    Feeder feeder(options, {});
    std::string out;
    CHECK(feeder.protocol().close(out, 1001, "going"));
    CHECK(read_answers(out) == "close:1001");
    CHECK_FALSE(feeder.protocol().close(out, 1000, ""));
    CHECK_FALSE(feeder.protocol().send(out, "x", false));
    CHECK_FALSE(feeder.protocol().ping(out, "x"));
    CHECK_FALSE(feeder.protocol().ended());
    // What was under way is read and dropped; nothing is answered any more.
    feeder.feed(frame(fin | text, "late") + fragments(binary, "later", 2) + frame(fin | ping, "x") + frame(fin | pong));
    feeder.feed(close_frame(1001));
    CHECK(feeder.end().events == "close:1001");
    CHECK(feeder.end().answers.empty());
    CHECK(feeder.protocol().ended());

    Feeder broken(options, {});
    broken.protocol().close(out, 1000, "");
    broken.feed(frame(fin | 3U));
    CHECK(broken.end().events == "error:1002");
    CHECK(broken.end().answers.empty());
    CHECK(broken.protocol().ended());
}

TEST_CASE("websocket: a close frame's reason is cut off between characters") {
    WebSocketOptions options;
    for (std::size_t before : std::initializer_list<std::size_t>{0, 1, 2, 119, 120, 121, 122, 123, 124}) {
        auto server = detail::make_websocket_protocol(WebSocketProtocol::Role::server, options, {});
        auto client = detail::make_websocket_protocol(WebSocketProtocol::Role::client, options, {});
        std::string out;
        server->close(out, 3000, std::string(before, 'x') + repeated("\xf0\x9f\x98\x80", 40));
        client->feed(out.data(), out.size());
        WebSocketEvent event;
        std::string answer;
        REQUIRE(client->next(event, answer));
        CHECK(event.kind == WebSocketEvent::Kind::close);
        CHECK(event.data.size() <= 123);
        CHECK(event.data.size() > 118);
    }
    auto server = detail::make_websocket_protocol(WebSocketProtocol::Role::server, options, {});
    std::string out;
    server->close(out, 1006, "no such code in a frame");
    CHECK(out == bytes({0x88, 0}));
}

TEST_CASE("websocket: limits (Autobahn 9)") {
    Settings settings;
    settings.options.max_message_size = 1000;
    settings.options.max_frame_size = 600;
    std::string part(500, 'a');
    std::vector<Sequence> table{
        {"a frame at its limit", frame(fin | binary, std::string(600, 'a')), "binary:" + shown(std::string(600, 'a')), ""},
        {"a frame beyond", frame(fin | binary, std::string(601, 'a')), "error:1009", "close:1009"},
        {"a message at its limit", frame(binary, part) + frame(fin | continuation, part), "binary:" + shown(part + part), ""},
        {"a message beyond", frame(binary, part) + frame(continuation, part) + frame(fin | continuation, "x"), "error:1009", "close:1009"},
        {"two messages", frame(binary, part) + frame(fin | continuation, part) + frame(fin | binary, part),
         "binary:" + shown(part + part) + " binary:" + shown(part), ""},
        {"a message that never ends", repeated(frame(binary, ""), 1) + repeated(frame(continuation, part), 3), "error:1009", "close:1009"},
    };
    check_all(table, settings);
    // The header alone is enough: nothing is reserved for what was only announced.
    CHECK(run(settings, frame(fin | binary, std::string(601, 'a')).substr(0, 8), {1}).events == "error:1009");

    std::string large(16 << 20, 'z');
    Settings usual;
    std::vector<Sequence> most{{"16 MiB", frame(fin | text, large), "text:" + shown(large), ""},
                               {"16 MiB in pieces", fragments(binary, large, 4 << 20), "binary:" + shown(large), ""},
                               {"one byte more", frame(fin | text, large + "z"), "error:1009", "close:1009"}};
    for (const Sequence& one : most) {
        Outcome outcome = run(usual, one.input, {65536, 1000, 31});
        CHECK(outcome.events == one.events);
        CHECK(outcome.answers == one.answers);
    }
}

// --- compression -----------------------------------------------------------------------------------------------------------

namespace {

Settings with_deflate(WebSocketDeflate deflate = {}) {
    Settings settings;
    settings.deflate = deflate;
    settings.deflate.enabled = true;
    settings.options.deflate_threshold = 0;
    return settings;
}

// What a client of the same settings sends.
std::string compressed(const Settings& settings, const std::vector<std::string>& messages, bool is_binary) {
    auto client = detail::make_websocket_protocol(WebSocketProtocol::Role::client, settings.options, settings.deflate);
    std::string out;
    for (const std::string& message : messages) client->send(out, message, is_binary);
    return out;
}

} // namespace

TEST_CASE("websocket: messages of RFC 7692 7.2.3 (Autobahn 12, 13)") {
    if (!detail::websocket_can_compress()) return;
    std::string hello = bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
    std::string again = bytes({0xf2, 0x00, 0x11, 0x00, 0x00}); // refers to the first
    std::string stored = bytes({0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00});
    std::string final_block = bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00});
    std::string two_blocks = bytes({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00});
    unsigned compressed_text = fin | rsv1 | text;
    std::vector<Sequence> table{
        {"one", frame(compressed_text, hello), "text:Hello", ""},
        {"in two frames", frame(rsv1 | text, hello.substr(0, 3)) + frame(fin | continuation, hello.substr(3)), "text:Hello", ""},
        {"in frames of one", fragments(rsv1 | text, hello, 1), "text:Hello", ""},
        {"ping between", frame(rsv1 | text, hello.substr(0, 3)) + frame(fin | ping, "p") + frame(fin | continuation, hello.substr(3)),
         "ping:p text:Hello", "pong:p"},
        {"with the window of the first", frame(compressed_text, hello) + frame(compressed_text, again), "text:Hello text:Hello", ""},
        {"stored", frame(compressed_text, stored), "text:Hello", ""},
        {"a final block", frame(compressed_text, final_block), "text:Hello", ""},
        {"a final block without padding", frame(compressed_text, final_block.substr(0, 7)), "text:Hello", ""},
        {"behind a final block", frame(compressed_text, final_block) + frame(compressed_text, again) + frame(compressed_text, hello),
         "text:Hello text:Hello text:Hello", ""},
        {"behind one without padding", frame(compressed_text, final_block.substr(0, 7)) + frame(compressed_text, again),
         "text:Hello text:Hello", ""},
        {"two blocks", frame(compressed_text, two_blocks), "text:Hello", ""},
        {"empty", frame(compressed_text, bytes({0x00})), "text:", ""},
        {"not compressed", frame(fin | text, "Hello"), "text:Hello", ""},
        {"both", frame(fin | text, "a") + frame(compressed_text, hello) + frame(fin | binary, "b") + frame(compressed_text, again),
         "text:a text:Hello binary:b text:Hello", ""},
        {"binary", frame(fin | rsv1 | binary, hello), "binary:Hello", ""},
        {"the bit at a continuation", frame(rsv1 | text, hello.substr(0, 3)) + frame(fin | rsv1 | continuation, hello.substr(3)),
         "error:1002", "close:1002"},
        {"the bit at a ping", frame(fin | rsv1 | ping, hello), "error:1002", "close:1002"},
        {"the bit at a pong", frame(fin | rsv1 | pong, hello), "error:1002", "close:1002"},
        {"the bit at a close frame", frame(fin | rsv1 | close_, close_payload(1000)), "error:1002", "close:1002"},
        {"another bit", frame(fin | 0x20U | text, hello), "error:1002", "close:1002"},
        {"no such block", frame(compressed_text, bytes({0x07})), "error:1007", "close:1007"},
        {"rubbish", frame(compressed_text, "\xff\xff\xff\xff\xff"), "error:1007", "close:1007"},
        {"a distance before the start", frame(compressed_text, again), "error:1007", "close:1007"},
        {"cut off", frame(compressed_text, stored.substr(0, 8)), "error:1007", "close:1007"},
        {"no text", frame(compressed_text, bytes({0x00, 0x01, 0x00, 0xfe, 0xff, 0xff, 0x00})), "error:1007", "close:1007"},
        {"no payload, where an empty message is one byte", frame(compressed_text, ""), "error:1007", "close:1007"},
    };
    check_all(table, with_deflate());
    // Without context takeover the second message cannot refer to the first.
    WebSocketDeflate alone;
    alone.client_no_context_takeover = true;
    check_all({{"alone", frame(compressed_text, hello) + frame(compressed_text, hello) + frame(compressed_text, again),
                "text:Hello text:Hello error:1007", "close:1007"}},
              with_deflate(alone));
}

TEST_CASE("websocket: what is compressed is inflated (Autobahn 12, 13)") {
    if (!detail::websocket_can_compress()) return;
    std::mt19937 random{3};
    std::vector<std::string> messages;
    for (std::size_t size : std::initializer_list<std::size_t>{0, 1, 16, 64, 256, 1000, 1024, 4096, 16384, 16385, 65536, 131072}) {
        std::string words;
        while (words.size() < size) words += "word" + std::to_string(random() % 50) + " ";
        messages.push_back(words.substr(0, size));
        std::string noise;
        while (noise.size() < size) noise.push_back(static_cast<char>(static_cast<unsigned char>(random() & 0xFFU)));
        messages.push_back(noise);
        messages.push_back(noise);
    }
    int rows = 0;
    for (int server_bits : {9, 12, 15})
        for (int client_bits : {9, 11, 15})
            for (bool alone : {false, true}) {
                CAPTURE(server_bits);
                CAPTURE(client_bits);
                CAPTURE(alone);
                Settings settings = with_deflate({true, alone, alone, server_bits, client_bits});
                std::string events;
                for (const std::string& message : messages) add(events, "binary:" + shown(message));
                std::string input = compressed(settings, messages, true);
                for (std::size_t step : {std::size_t{1} << 30, std::size_t{1000}, std::size_t{7}})
                    CHECK(run(settings, input, {step}).events == events);
                // The other way: the server sends, the client reads.
                auto server = detail::make_websocket_protocol(WebSocketProtocol::Role::server, settings.options, settings.deflate);
                auto client = detail::make_websocket_protocol(WebSocketProtocol::Role::client, settings.options, settings.deflate);
                std::string out;
                for (const std::string& message : messages) server->send(out, message, true);
                client->feed(out.data(), out.size());
                WebSocketEvent event;
                std::string answer;
                for (const std::string& message : messages) {
                    REQUIRE(client->next(event, answer));
                    CHECK(shown(event.data) == shown(message));
                }
                CHECK_FALSE(client->next(event, answer));
                ++rows;
            }
    CHECK(rows == 18);
}

TEST_CASE("websocket: only messages above the threshold are compressed") {
    if (!detail::websocket_can_compress()) return;
    Settings settings = with_deflate();
    settings.options.deflate_threshold = 100;
    auto server = detail::make_websocket_protocol(WebSocketProtocol::Role::server, settings.options, settings.deflate);
    std::string out;
    server->send(out, std::string(99, 'a'), false);
    CHECK(static_cast<unsigned char>(out[0]) == 0x81);
    CHECK(out.size() == 101);
    out.clear();
    server->send(out, std::string(100, 'a'), false);
    CHECK(static_cast<unsigned char>(out[0]) == 0xC1);
    CHECK(out.size() < 20);
}

TEST_CASE("websocket: inflating is bounded") {
    if (!detail::websocket_can_compress()) return;
    Settings settings = with_deflate();
    Settings generous = with_deflate();
    generous.options.max_message_size = std::size_t{1} << 30;
    std::string bomb = compressed(generous, {std::string(64 << 20, '\0')}, true);
    CHECK(bomb.size() < 100000);
    CHECK(run(settings, bomb, {1000}).events == "error:1009");
    CHECK(run(settings, bomb, {bomb.size()}).events == "error:1009");
    std::string most(16 << 20, 'x');
    CHECK(run(settings, compressed(generous, {most}, true), {65536}).events == "binary:" + shown(most));
    CHECK(run(settings, compressed(generous, {most + "x"}, true), {65536}).events == "error:1009");
    // Of two faults the first is the one that is named, however the bytes are split.
    std::string both = compressed(generous, {"\xff" + most}, false);
    CHECK(run(settings, both, {10}).events == "error:1007");
    CHECK(run(settings, both, {both.size()}).events == "error:1007");
    std::string big_and_broken = compressed(generous, {most + "xx"}, true);
    big_and_broken.back() = '\x07';
    CHECK(run(settings, big_and_broken, {10}).events == "error:1009");
    CHECK(run(settings, big_and_broken, {big_and_broken.size()}).events == "error:1009");
}

// --- the handshake -----------------------------------------------------------------------------------------------------------

namespace {

using Lines = std::vector<std::pair<std::string_view, std::string_view>>;

struct Shaken {
    bool wanted;
    WebSocketHandshake handshake;
};

Shaken shake(const Lines& headers, std::string_view method = "GET", std::string_view version = "1.1",
             const WebSocketOptions& options = {}) {
    Request request;
    request.method = method;
    request.http_version = version;
    for (auto [name, value] : headers) request.headers.add(name, value);
    return {detail::wants_websocket(request), detail::check_websocket_handshake(request, options)};
}

Lines usual(const Lines& more = {}) {
    Lines lines{{"Host", "testserver"},
                {"Upgrade", "websocket"},
                {"Connection", "Upgrade"},
                {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                {"Sec-WebSocket-Version", "13"}};
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
}

std::string without(const WebSocketHandshake& handshake, std::string_view subprotocol = "", const Headers& headers = {}) {
    std::string out;
    detail::append_websocket_accept(out, handshake, subprotocol, headers);
    return out;
}

// What is answered to an offer, "-" when nothing, "400" when it is refused.
std::string negotiated(std::string_view offer, const WebSocketOptions& options = {}) {
    auto [wanted, handshake] = shake(usual({{"Sec-WebSocket-Extensions", offer}}), "GET", "1.1", options);
    if (handshake.status != 101) return std::to_string(handshake.status);
    std::string out = without(handshake);
    std::size_t at = out.find("sec-websocket-extensions: ");
    if (at == std::string::npos) return "-";
    at += 26;
    return out.substr(at, out.find("\r\n", at) - at);
}

} // namespace

TEST_CASE("websocket: the handshake") {
    auto [wanted, handshake] = shake(usual());
    CHECK(wanted);
    CHECK(handshake.status == 101);
    CHECK(handshake.accept_key == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");                                     // RFC 6455 1.3
    CHECK(detail::websocket_accept_key("x3JJHMbDL1EzLkh9GBhXDw==") == "HSmrc0sMlYUkAGmm5OPpG2HaGWk="); // of another document
    CHECK(without(handshake, "chat", {{"x-extra", "1"}}) ==
          "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
          "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nsec-websocket-protocol: chat\r\nx-extra: 1\r\n\r\n");

    CHECK(shake({{"upgrade", "WebSocket"}, {"connection", "keep-alive, Upgrade"}}).wanted);
    CHECK(shake({{"upgrade", "h2c, websocket"}, {"connection", "keep-alive"}, {"connection", "UPGRADE"}}).wanted);
    CHECK_FALSE(shake({{"upgrade", "h2c"}, {"connection", "upgrade"}}).wanted);
    CHECK_FALSE(shake({{"upgrade", "websocket"}, {"connection", "close"}}).wanted);
    CHECK_FALSE(shake({{"upgrade", "websocket"}}).wanted);
    CHECK_FALSE(shake({{"connection", "upgrade"}}).wanted);

    CHECK(shake(usual(), "POST").handshake.status == 405);
    CHECK(shake(usual(), "GET", "1.0").handshake.status == 400);
    auto with = [](std::string_view name, std::string_view value) {
        Lines lines = usual();
        for (auto& line : lines)
            if (line.first == name) line.second = value;
        return shake(lines).handshake.status;
    };
    CHECK(with("Sec-WebSocket-Version", "8") == 426);
    CHECK(with("Sec-WebSocket-Version", "") == 426);
    CHECK(with("Sec-WebSocket-Version", "13, 8") == 426);
    CHECK(with("Sec-WebSocket-Key", "") == 400);
    CHECK(with("Sec-WebSocket-Key", "testserver==") == 400);
    CHECK(with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=") == 400);
    CHECK(with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ===") == 400);
    CHECK(with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j-Q==") == 400);
    CHECK(with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZWFh") == 400); // 18 bytes
    CHECK(shake(usual({{"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}})).handshake.status == 400);
    CHECK(shake(usual({{"sec-websocket-version", "13"}})).handshake.status == 426);
    Response refused = detail::refuse_websocket_handshake(shake({{"upgrade", "websocket"}}).handshake);
    CHECK(refused.status_code == 426);
    CHECK(refused.headers.get("sec-websocket-version") == "13");
    CHECK(refused.headers.get("upgrade") == "websocket");
}

TEST_CASE("websocket: the negotiation of compression") {
    if (!detail::websocket_can_compress()) {
        CHECK(negotiated("permessage-deflate") == "-");
        return;
    }
    WebSocketOptions full;
    full.server_max_window_bits = full.client_max_window_bits = 15;
    struct Row {
        const char* offer;
        const char* answer;
    };
    for (Row row : std::initializer_list<Row>{
             {"permessage-deflate", "permessage-deflate"},
             {"permessage-deflate; client_max_window_bits", "permessage-deflate"},
             {"permessage-deflate;client_max_window_bits=10", "permessage-deflate; client_max_window_bits=10"},
             {"permessage-deflate; client_max_window_bits=\"10\"", "permessage-deflate; client_max_window_bits=10"},
             {"permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8"},
             {"permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10"},
             {"permessage-deflate; server_max_window_bits=9 ; server_no_context_takeover",
              "permessage-deflate; server_no_context_takeover; server_max_window_bits=9"},
             {"permessage-deflate; server_no_context_takeover; client_no_context_takeover",
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
             {"permessage-deflate; server_max_window_bits=8", "-"}, // zlib cannot
             {"permessage-deflate; server_max_window_bits=8, permessage-deflate", "permessage-deflate"},
             {"permessage-deflate; server_max_window_bits", "-"},
             {"permessage-deflate; server_max_window_bits=16", "-"},
             {"permessage-deflate; server_max_window_bits=7", "-"},
             {"permessage-deflate; server_max_window_bits=010", "-"},
             {"permessage-deflate; server_max_window_bits=1000000000000000000000", "-"},
             {"permessage-deflate; client_max_window_bits=x", "-"},
             {"permessage-deflate; server_no_context_takeover=1", "-"},
             {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", "-"},
             {"permessage-deflate; client_max_window_bits; client_max_window_bits=9", "-"},
             {"permessage-deflate; unknown", "-"},
             {"permessage-deflate; unknown=1, permessage-deflate; client_no_context_takeover",
              "permessage-deflate; client_no_context_takeover"},
             {"x-webkit-deflate-frame, permessage-deflate", "permessage-deflate"},
             {"x-other; a=b; c=\"d\"", "-"},
             {", permessage-deflate ,", "permessage-deflate"},
             {"", "-"},
             {"permessage-deflate; ", "400"},
             {"permessage-deflate; =1", "400"},
             {"permessage-deflate; client_max_window_bits=", "400"},
             {"permessage-deflate; client_max_window_bits=\"10", "400"},
             {"permessage-deflate; client_max_window_bits=\"1 0\"", "400"},
             {"permessage deflate", "400"},
             {"(", "400"},
         }) {
        CAPTURE(row.offer);
        CHECK(negotiated(row.offer, full) == row.answer);
    }
    // Our own wishes: windows of 12 bits where the client can be told.
    CHECK(negotiated("permessage-deflate") == "permessage-deflate; server_max_window_bits=12");
    CHECK(negotiated("permessage-deflate; client_max_window_bits") ==
          "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12");
    CHECK(negotiated("permessage-deflate; client_max_window_bits=9; server_max_window_bits=9") ==
          "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9");
    WebSocketOptions alone;
    alone.server_no_context_takeover = alone.client_no_context_takeover = true;
    CHECK(negotiated("permessage-deflate", alone) ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12");
    WebSocketOptions off;
    off.per_message_deflate = false;
    CHECK(negotiated("permessage-deflate", off) == "-");
    CHECK(negotiated("permessage-deflate; =", off) == "400");
}
