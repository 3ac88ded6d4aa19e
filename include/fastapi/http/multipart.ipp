#pragma once

#include <algorithm>
#include <cstring>

#include "fastapi/http/multipart.hpp"
#include "fastapi/http/url.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- parameters of a header -------------------------------------------------------------------------------------------------

FASTAPI_INLINE HeaderParameters::HeaderParameters(std::string_view header) {
    if (header.find(';') == std::string_view::npos) {
        value = lower_case(trim(header));
        return;
    }
    text_ = concat({";", header});
    value = lower_case(segment());
}

// One of the segments that start with a semicolon, as CPython's email.message splits them: a semicolon counts when an even number
// of quotes stands before it.
FASTAPI_INLINE std::string HeaderParameters::segment() {
    constexpr std::size_t none = std::string::npos;
    std::string_view text = text_;
    auto quotes = [&](std::size_t from, std::size_t to) {
        std::ptrdiff_t count = 0; // those behind a backslash do not count
        for (std::size_t i = from == none ? text.size() - 1 : from; i < to; ++i) {
            if (text[i] == '"') ++count;
            if (text[i] == '\\' && i + 1 < to && text[i + 1] == '"') --count;
        }
        return count;
    };
    std::size_t start = at_ + 1;
    std::size_t end = text.find(';', start);
    std::size_t from = start;
    std::ptrdiff_t difference = 0;
    while (end != none) {
        difference += quotes(from, end);
        if (difference % 2 == 0) break;
        std::size_t next = text.find(';', end + 1);
        end = std::exchange(from, next);
    }
    if (end == none) end = text.size();
    at_ = end;
    std::string_view segment = text.substr(start, end - start);
    std::size_t equals = segment.find('=');
    if (equals == none) return std::string(trim(segment));
    std::string_view name = segment.substr(0, equals);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
    std::string_view rest = segment.substr(equals + 1);
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
    return std::string(trim(concat({lower_case(name), "=", rest})));
}

FASTAPI_INLINE void replace_pair(std::string& text, char first, char second, char by) {
    std::size_t to = 0;
    for (std::size_t i = 0; i < text.size(); ++i, ++to) {
        bool pair = text[i] == first && i + 1 < text.size() && text[i + 1] == second;
        text[to] = pair ? by : text[i];
        if (pair) ++i;
    }
    text.resize(to);
}

FASTAPI_INLINE bool HeaderParameters::next(std::string& name, std::string& parameter) {
    while (at_ < text_.size() && text_[at_] == ';') {
        std::string one = segment();
        std::size_t equals = std::min(one.find('='), one.size());
        name = one.substr(0, equals);
        if (name.find('*') != std::string::npos) continue;
        parameter = equals < one.size() ? one.substr(equals + 1) : std::string();
        if (parameter.size() >= 2 && parameter.front() == '"' && parameter.back() == '"') {
            parameter = parameter.substr(1, parameter.size() - 2);
            replace_pair(parameter, '\\', '\\', '\\');
            replace_pair(parameter, '\\', '"', '"');
        }
        // Some browsers sent the whole path of a file.
        std::string_view path = parameter;
        if (name == "filename" && (path.starts_with("\\\\") || (path.size() > 2 && path.substr(1, 2) == ":\\")))
            parameter.erase(0, path.rfind('\\') + 1);
        return true;
    }
    return false;
}

// --- the parser -------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE MultipartParser::MultipartParser(std::string_view boundary) : delimiter_(concat({"\r\n--", boundary})) {}

FASTAPI_INLINE const char* MultipartParser::feed(std::string_view piece, MultipartEvents& events) {
    if (delimiter_.size() > max_boundary_size + 4) return invalid;
    const char* p = piece.data();
    const char* end = p + piece.size();
    while (p < end && state_ != State::epilogue)
        if (const char* problem = step(p, end, events)) return problem;
    return nullptr;
}

FASTAPI_INLINE void MultipartParser::begin_part(MultipartEvents& events) {
    header_count_ = 0;
    state_ = State::header_start;
    events.begin_part();
}

// What looked like a boundary was none.
FASTAPI_INLINE const char* MultipartParser::was_data(std::string_view behind, MultipartEvents& events) {
    state_ = State::data;
    if (const char* problem = events.add_data(delimiter_)) return problem;
    return behind.empty() ? nullptr : events.add_data(behind);
}

// A character, or as many as can be taken at once.
FASTAPI_INLINE const char* MultipartParser::step(const char*& p, const char* end, MultipartEvents& events) {
    const char c = *p;
    // Takes the one character that may stand here.
    auto expect = [&](char wanted, State next) -> const char* {
        if (c != wanted) return invalid;
        ++p;
        state_ = next;
        return nullptr;
    };
    switch (state_) {
    case State::start:
        matched_ = 2;
        state_ = c == '\r' || c == '\n' ? State::preamble : State::first_boundary;
        return nullptr;
    case State::preamble: { // behind an empty line there may be anything up to a hyphen
        auto hyphen = static_cast<const char*>(std::memchr(p, '-', static_cast<std::size_t>(end - p)));
        if (hyphen) state_ = State::first_boundary;
        p = hyphen ? hyphen : end;
        return nullptr;
    }
    case State::first_boundary:
        if (matched_ == delimiter_.size()) {
            matched_ = 0;
            return expect(c == '-' ? '-' : '\r', c == '-' ? State::first_closing : State::first_line_end);
        }
        return expect(delimiter_[matched_++], State::first_boundary);
    case State::first_closing: return expect('-', State::epilogue);
    case State::first_line_end:
    case State::padding_line_end:
        if (c != '\n') return invalid;
        ++p;
        if (state_ == State::padding_line_end) events.end_part();
        begin_part(events);
        return nullptr;
    case State::header_start:
        if (c == '\r') return expect('\r', State::headers_end);
        if (++header_count_ > max_header_count) return invalid;
        header_size_ = 0;
        name_.clear();
        value_.clear();
        state_ = State::header_name;
        return nullptr;
    case State::header_name: return read_name(p, end);
    case State::value_start:
        if (c != ' ') {
            state_ = State::value;
        } else if (++p; !add_size(1)) {
            return invalid;
        }
        return nullptr;
    case State::value: {
        const char* stop = std::find(p, end, '\r');
        if (!add_size(static_cast<std::size_t>(stop - p))) return invalid;
        value_.append(p, stop);
        p = stop;
        if (p == end) return nullptr;
        events.add_header(name_, value_);
        ++p;
        state_ = State::value_end;
        return nullptr;
    }
    case State::value_end: return expect('\n', State::header_start);
    case State::headers_end:
        if (c != '\n') return invalid;
        ++p;
        matched_ = 0;
        state_ = State::data;
        return events.end_headers();
    case State::data: return read_data(p, end, events);
    case State::boundary_end:
        if (c == ' ' || c == '\t') return expect(c, State::padding); // no line of a part starts with the boundary (RFC 2046 5.1.1)
        if (c == '\r' || c == '-') return expect(c, c == '-' ? State::boundary_closing : State::boundary_line_end);
        return was_data({}, events);
    case State::boundary_line_end:
        if (c != '\n') return was_data("\r", events);
        ++p;
        events.end_part();
        begin_part(events);
        return nullptr;
    case State::boundary_closing:
        if (c != '-') return was_data("-", events);
        events.end_part();
        return expect('-', State::epilogue);
    case State::padding:
        if (c == ' ' || c == '\t') return expect(c, State::padding);
        return expect('\r', State::padding_line_end);
    case State::epilogue: p = end; return nullptr;
    }
    return invalid;
}

FASTAPI_INLINE bool is_token_character(char c) { // RFC 9110 5.6.2
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c));
}

FASTAPI_INLINE const char* MultipartParser::read_name(const char*& p, const char* end) {
    const char* colon = std::find(p, end, ':');
    auto size = static_cast<std::size_t>(colon - p) + (colon != end);
    if (!add_size(size) || !std::all_of(p, colon, is_token_character)) return invalid;
    name_.append(p, colon);
    p = colon;
    if (p == end) return nullptr;
    ++p;
    state_ = State::value_start;
    return name_.empty() ? invalid : nullptr;
}

// The content of a part, up to where a boundary may begin. A boundary holds no CR, so that this is the last CR.
FASTAPI_INLINE const char* MultipartParser::read_data(const char*& p, const char* end, MultipartEvents& events) {
    while (matched_ > 0) { // began in the piece before
        if (p == end) return nullptr;
        if (*p != delimiter_[matched_]) {
            std::string_view data(delimiter_.data(), std::exchange(matched_, 0));
            if (const char* problem = events.add_data(data)) return problem;
        } else if (++p; ++matched_ == delimiter_.size()) {
            matched_ = 0;
            state_ = State::boundary_end;
            return nullptr;
        }
    }
    std::string_view rest(p, static_cast<std::size_t>(end - p));
    std::size_t size = rest.find(delimiter_);
    if (size != std::string_view::npos) {
        state_ = State::boundary_end;
        p += size + delimiter_.size();
    } else {
        size = rest.size();
        std::size_t last = rest.rfind('\r');
        if (last != std::string_view::npos && std::string_view(delimiter_).starts_with(rest.substr(last))) size = last;
        matched_ = rest.size() - size;
        p = end;
    }
    return size > 0 ? events.add_data(rest.substr(0, size)) : nullptr;
}

// --- text -------------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE std::string part_text(std::string_view bytes, bool said_utf8) {
    return said_utf8 && is_valid_utf8(bytes) ? std::string(bytes) : latin1_to_utf8(bytes);
}

FASTAPI_INLINE std::string decode_form_text(std::string_view text) {
    auto is_high = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    std::string out;
    while (!text.empty()) { // a run of ASCII, and one of other bytes
        auto high = std::find_if(text.begin(), text.end(), is_high);
        auto end = std::find_if_not(high, text.end(), is_high);
        auto ascii_size = static_cast<std::size_t>(high - text.begin());
        auto size = static_cast<std::size_t>(end - text.begin());
        if (ascii_size) out += percent_decode(text.substr(0, ascii_size), true);
        if (size > ascii_size) out += latin1_to_utf8(text.substr(ascii_size, size - ascii_size));
        text.remove_prefix(size);
    }
    return out;
}

} // namespace fastapi::detail
