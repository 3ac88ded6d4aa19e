// The table of hostile requests (requests.txt), our parser's reading of them, and the judgement. With a port, the same
// judgement over a socket: hostile::judge_live(block, port).
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/server/http1.hpp"

namespace hostile {

// What a reader sees in bytes: the whole requests, as "METHOD target SIZE", and how it ends: ok, waits, closes, refused N.
struct Seen {
    std::vector<std::string> requests;
    std::string end;

    [[nodiscard]] bool refuses() const { return end.starts_with("refused"); }
    [[nodiscard]] bool accepts() const { return end == "ok" || end == "closes"; }
    // Method and size of each request; targets may be spelled in several ways.
    [[nodiscard]] std::string outline() const {
        std::string out;
        for (const std::string& request : requests)
            out += request.substr(0, request.find(' ')) + request.substr(request.rfind(' ')) + ";";
        return out;
    }
    [[nodiscard]] std::string text() const {
        std::string out;
        for (const std::string& request : requests) out += request + "; ";
        return out + end;
    }
};

struct Block {
    std::string name;
    std::string bytes;
    std::size_t requests = 1; // how many there are, rightly read
    Seen node;
    Seen h11;
    std::string ours; // Seen::text()
    std::string why;  // the reason for an exception
};

inline std::string table_path() {
    std::string path = __FILE__;
    return path.substr(0, path.rfind('/') + 1) + "requests.txt";
}

inline std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        char c = text[++i];
        if (c == '{') {
            std::size_t star = text.find('*', i);
            std::size_t close = text.find('}', i);
            std::string piece = unescape(text.substr(star + 1, close - star - 1));
            for (int n = std::atoi(text.data() + i + 1); n > 0; --n) out += piece;
            i = close;
        } else if (c == 'x') {
            out += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
            i += 2;
        } else {
            out += c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c == '0' ? '\0' : c;
        }
    }
    return out;
}

inline Seen read_seen(std::string_view text) {
    Seen seen;
    for (std::size_t at; (at = text.find("; ")) != std::string_view::npos; text.remove_prefix(at + 2))
        seen.requests.emplace_back(text.substr(0, at));
    seen.end = text;
    return seen;
}

inline std::vector<Block> read_table() {
    std::vector<Block> blocks;
    std::ifstream file(table_path(), std::ios::binary);
    REQUIRE(file.good());
    for (std::string line; std::getline(file, line);) {
        std::string_view rest(line);
        auto take = [&rest](std::string_view prefix) {
            if (!rest.starts_with(prefix)) return false;
            rest.remove_prefix(prefix.size());
            return true;
        };
        if (line.empty() || line[0] == '#') continue;
        if (take("[")) {
            blocks.emplace_back().name = rest.substr(0, rest.size() - 1);
            continue;
        }
        REQUIRE(!blocks.empty());
        Block& block = blocks.back();
        if (take("| ")) {
            block.bytes += unescape(rest);
        } else if (take("requests ")) {
            block.requests = static_cast<std::size_t>(std::atoi(rest.data()));
        } else if (take("node ")) {
            block.node = read_seen(rest);
        } else if (take("h11  ")) {
            block.h11 = read_seen(rest);
        } else if (take("ours ")) {
            block.ours = rest;
        } else if (take("why  ")) {
            block.why = rest;
        } else {
            FAIL("requests.txt: a line of no known kind: " << line);
        }
    }
    return blocks;
}

// As record.py writes a request.
inline std::string spelled(std::string_view method, std::string_view target, std::uint64_t size) {
    std::string out;
    for (char c : target) {
        char text[8];
        std::snprintf(text, sizeof text, c > ' ' && c < 0x7F ? "%c" : "\\x%02x", static_cast<unsigned char>(c));
        out += text;
    }
    if (out.size() > 60) out = out.substr(0, 60) + "…";
    return std::string(method) + " " + out + " " + std::to_string(size);
}

// Reads bytes as a server does that answers every request: they come `step` at a time, and the buffer moves.
inline Seen see(std::string_view bytes, std::size_t step) {
    using namespace fastapi::detail;
    const fastapi::Limits limits;
    Seen seen;
    RequestHead head;
    ChunkedDecoder decoder(limits);
    std::string input;
    std::size_t received = 0;
    std::size_t scanned = 0;
    enum class Part { start, content, chunks } part = Part::start;
    std::string request;
    for (;;) {
        bool moves = false; // on without more bytes
        if (part == Part::start && !input.empty()) {
            HeadResult result = parse_request_head(input, scanned, limits, head);
            if (result.state == HeadState::refused) {
                seen.end = "refused " + std::to_string(result.status);
                return seen;
            }
            if (result.state == HeadState::complete) {
                request = spelled(head.method, head.target, 0);
                request.erase(request.size() - 1);
                input.erase(0, head.size); // head's text is gone now
                part = head.chunked ? Part::chunks : Part::content;
                decoder.reset();
            }
        }
        bool whole = part == Part::content && input.size() >= head.content_length;
        std::uint64_t size = head.content_length;
        if (part == Part::content && whole) input.erase(0, head.content_length);
        if (part == Part::chunks) {
            ChunkedDecoder::Result result = decoder.feed(input.data(), input.size(), input.data());
            if (result.status != 0) {
                seen.end = "refused " + std::to_string(result.status);
                return seen;
            }
            input.erase(0, result.consumed);
            whole = result.done;
            size = decoder.total();
        }
        if (whole) {
            seen.requests.push_back(request + std::to_string(size));
            if (!head.keep_alive) {
                seen.end = "closes";
                return seen;
            }
            part = Part::start;
            scanned = 0;
            moves = !input.empty();
        }
        if (moves) continue;
        if (received == bytes.size()) break;
        std::string moved = input;
        moved += bytes.substr(received, step);
        received = std::min(received + step, bytes.size());
        input.swap(moved);
    }
    bool only_empty_lines = input.find_first_not_of("\r\n") == std::string::npos && part == Part::start;
    seen.end = only_empty_lines ? "ok" : "waits";
    return seen;
}

// The rules; the first that is broken, or nothing.
inline std::string broken_rule(const Block& block, const Seen& ours) {
    if (block.node.refuses() && block.h11.refuses() && !ours.refuses()) return "both others refuse it";
    if (ours.requests.size() > std::max(block.node.requests.size(), block.h11.requests.size())) return "the others see fewer requests";
    bool accepted = block.node.accepts() && block.h11.accepts();
    if (accepted && !ours.accepts()) return "both others accept it";
    if (accepted && block.node.outline() == block.h11.outline() && ours.outline() != block.node.outline())
        return "both others see other requests";
    return {};
}

inline void judge(const Block& block, const Seen& ours) {
    INFO("request: " << block.name << "\nnode " << block.node.text() << "\nh11  " << block.h11.text() << "\nours " << ours.text());
    CHECK(ours.requests.size() <= block.requests); // a request that is not there: no exceptions
    std::string broken = broken_rule(block, ours);
    INFO("rule: " << broken);
    CHECK((broken.empty() || !block.why.empty()));
}

// --- over a socket --------------------------------------------------------------------------------------------------------

// The statuses of the answers that a server at 127.0.0.1 gives, without 1xx. Ends when the server closes, or is silent for
// a moment. `methods` are those of the requests, since an answer to HEAD has no content.
struct Answers {
    std::vector<int> statuses;
    bool closed = false;
};
inline Answers ask(int port, std::string_view bytes, const std::vector<std::string>& methods) {
    Answers answers;
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    std::string text;
    std::size_t at = 0;
    while (!answers.closed) {
        bool enough = answers.statuses.size() > methods.size() || (at == text.size() && answers.statuses.size() == methods.size());
        pollfd one{fd, static_cast<short>(bytes.empty() ? POLLIN : POLLIN | POLLOUT), 0};
        if (::poll(&one, 1, enough ? 100 : 1000) <= 0) break;
        if (one.revents & POLLOUT) {
            auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            bytes.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : bytes.size()); // what a closed connection did not take
        }
        if (!(one.revents & (POLLIN | POLLHUP | POLLERR))) continue;
        char buffer[4096];
        auto n = ::recv(fd, buffer, sizeof buffer, 0);
        if (n <= 0) answers.closed = true;
        if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
        for (;;) { // whole answers at `at`
            std::size_t end = text.find("\r\n\r\n", at);
            if (end == std::string::npos) break;
            std::string head = text.substr(at, end + 2 - at);
            int status = std::atoi(head.c_str() + 9);
            for (char& c : head) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            std::size_t size = 0;
            std::size_t length = head.find("\r\ncontent-length:");
            bool to_head = answers.statuses.size() < methods.size() && methods[answers.statuses.size()] == "HEAD";
            if (length != std::string::npos && !to_head) size = static_cast<std::size_t>(std::atol(head.c_str() + length + 17));
            if (text.size() < end + 4 + size) break;
            at = end + 4 + size;
            if (status >= 200) answers.statuses.push_back(status);
        }
    }
    ::close(fd);
    return answers;
}

// Whether a server at a port of 127.0.0.1 does what `ours` says. Its application must answer every path and method with
// another status than those of refusals: 400, 408, 413, 414, 417, 431, 501, 505. A method may be unknown to it (405).
inline void judge_live(const Block& block, int port) {
    Seen ours = read_seen(block.ours);
    std::vector<std::string> methods;
    for (const std::string& request : ours.requests) methods.push_back(request.substr(0, request.find(' ')));
    Answers answers = ask(port, block.bytes, methods);
    int refusal = 0;
    constexpr int refusals[] = {400, 408, 413, 414, 417, 431, 501, 505};
    if (!answers.statuses.empty() && std::find(std::begin(refusals), std::end(refusals), answers.statuses.back()) != std::end(refusals)) {
        refusal = answers.statuses.back();
        answers.statuses.pop_back();
    }
    INFO("request: " << block.name << "\nours " << block.ours);
    CHECK(answers.statuses.size() <= block.requests);
    CHECK(answers.statuses.size() == ours.requests.size());
    CHECK(refusal == (ours.refuses() ? std::atoi(ours.end.c_str() + 8) : 0));
    CHECK(answers.closed == (ours.refuses() || ours.end == "closes"));
}

} // namespace hostile
