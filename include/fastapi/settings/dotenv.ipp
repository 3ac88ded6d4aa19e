#pragma once

// The syntax of .env files, as python-dotenv reads it: quotes, escapes, export, comments, values of several lines, ${…}.

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/json/document.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

using Variable = std::pair<std::string, std::string>; // name and value
using VariableList = std::vector<Variable>;

FASTAPI_COLD Variable* find_variable(VariableList& list, std::string_view name) {
    for (Variable& one : list)
        if (one.first == name) return &one;
    return nullptr;
}

template <int>
class DotenvReader {
  public:
    explicit DotenvReader(std::string_view text) : text_(text) {}

    // The next name and value; false at the end. A line that is wrong is passed over; a name without a value has none.
    [[gnu::cold]] bool next(std::string& name, std::optional<std::string>& value) {
        for (;;) {
            while (at_ < text_.size() && is_space(text_[at_])) ++at_;
            if (at_ >= text_.size()) return false;
            if (read_line(name, value)) return true;
        }
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;

    // Python's \s in ASCII; a file has no other white space worth the name.
    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f' || (c >= 0x1C && c <= 0x1F); }
    static bool is_line_end(char c) { return c == '\n' || c == '\r'; }
    static bool is_space(char c) { return is_blank(c) || is_line_end(c); }
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    [[nodiscard]] bool more() const { return at_ < text_.size(); }
    void skip_blanks() {
        while (more() && is_blank(peek())) ++at_;
    }
    void skip_line() {
        while (more() && !is_line_end(peek())) ++at_;
        if (more()) ++at_;
    }

    [[gnu::cold]] bool read_line(std::string& name, std::optional<std::string>& value) {
        if (text_.substr(at_).starts_with("export") && at_ + 6 < text_.size() && is_blank(text_[at_ + 6])) {
            at_ += 6;
            skip_blanks();
        }
        value.reset();
        bool has_name = peek() != '#';
        if (has_name && !read_name(name)) return skip_line(), false;
        skip_blanks();
        if (more() && peek() == '=') {
            ++at_;
            skip_blanks();
            value.emplace();
            if (!read_value(*value)) return skip_line(), false;
        }
        std::size_t before = at_;
        skip_blanks();
        if (more() && peek() == '#') {
            while (more() && !is_line_end(peek())) ++at_;
        } else {
            at_ = before;
        }
        skip_blanks();
        if (more() && !is_line_end(peek())) return skip_line(), false;
        if (more() && peek() == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
        if (more()) ++at_;
        return has_name;
    }
    [[gnu::cold]] bool read_name(std::string& name) {
        std::size_t begin = at_;
        if (peek() == '\'') {
            std::size_t end = text_.find('\'', at_ + 1);
            if (end == std::string_view::npos || end == at_ + 1) return false;
            name = text_.substr(at_ + 1, end - at_ - 1);
            at_ = end + 1;
            return true;
        }
        while (more() && peek() != '=' && peek() != '#' && !is_space(peek())) ++at_;
        name = text_.substr(begin, at_ - begin);
        return at_ > begin;
    }
    [[gnu::cold]] bool read_value(std::string& value) {
        if (!more() || is_line_end(peek())) return true;
        if (peek() == '\'' || peek() == '"') return read_quoted(value, peek());
        std::size_t begin = at_;
        while (more() && !is_line_end(peek())) ++at_;
        std::string_view text = text_.substr(begin, at_ - begin);
        // A comment is behind a blank, and does not begin the value.
        for (std::size_t i = 0; i + 1 < text.size(); ++i) {
            if (!is_blank(text[i])) continue;
            std::size_t mark = i;
            while (mark < text.size() && is_blank(text[mark])) ++mark;
            if (mark < text.size() && text[mark] == '#') text = text.substr(0, i);
        }
        while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
        value = text;
        return true;
    }
    // A quote behind a backslash does not end the value, unless there is no other.
    [[gnu::cold]] bool read_quoted(std::string& value, char quote) {
        std::size_t end = at_ + 1;
        std::size_t last = std::string_view::npos; // a quote behind a backslash
        while (end < text_.size() && text_[end] != quote) {
            if (text_[end] == '\\' && end + 1 < text_.size() && text_[end + 1] == quote) {
                last = end + 1;
                ++end;
            }
            ++end;
        }
        if (end >= text_.size()) end = last;
        if (end == std::string_view::npos) return false;
        unescape(text_.substr(at_ + 1, end - at_ - 1), quote, value);
        at_ = end + 1;
        return true;
    }
    [[gnu::cold]] static void unescape(std::string_view text, char quote, std::string& out) {
        constexpr std::string_view letters = "\\'\"abfnrtv";
        constexpr std::string_view meanings = "\\'\"\a\b\f\n\r\t\v";
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::size_t found = text[i] == '\\' && i + 1 < text.size() ? letters.find(text[i + 1]) : std::string_view::npos;
            if (found == std::string_view::npos || (quote == '\'' && found > 1)) {
                out.push_back(text[i]);
            } else {
                out.push_back(meanings[found]);
                ++i;
            }
        }
    }
};

// ${NAME} and ${NAME:-default}: of the lines before, or of the environment. False: it becomes too long.
template <int = 0>
[[gnu::cold]] bool interpolate(std::string_view text, VariableList& known, std::string& out, std::size_t most) {
    while (!text.empty()) {
        std::size_t open = text.find("${");
        std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
        // The name holds no colon, unless it is the one of a default.
        std::string_view inside = close == std::string_view::npos ? std::string_view() : text.substr(open + 2, close - open - 2);
        std::size_t colon = inside.find(':');
        bool good = close != std::string_view::npos && (colon == std::string_view::npos || inside.substr(colon).starts_with(":-"));
        if (open == std::string_view::npos || close == std::string_view::npos) {
            out += text;
            return out.size() <= most;
        }
        if (!good) {
            out += text.substr(0, open + 2);
            text.remove_prefix(open + 2);
            continue;
        }
        out += text.substr(0, open);
        std::string name(inside.substr(0, colon));
        if (const Variable* found = find_variable(known, name)) {
            out += found->second;
        } else if (const char* variable = std::getenv(name.c_str())) {
            out += variable;
        } else if (colon != std::string_view::npos) {
            out += inside.substr(colon + 2);
        }
        if (out.size() > most) return false;
        text.remove_prefix(close + 1);
    }
    return out.size() <= most;
}

// The variables of a .env file. Of a name that is there twice the last one counts. False: what it comes to is too long.
template <int Form = 0>
[[gnu::cold]] bool parse_dotenv(std::string_view text, VariableList& out, std::size_t most) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3); // a byte order mark
    std::string lines; // Python reads each end of a line as one character
    lines.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        lines.push_back(text[i] == '\r' ? '\n' : text[i]);
    }
    DotenvReader<Form> reader(lines);
    std::string name;
    std::optional<std::string> value;
    VariableList all; // with empty values for names that have none
    std::size_t size = 0;
    while (reader.next(name, value)) {
        std::string full;
        if (value && !interpolate(*value, all, full, most)) return false;
        size += name.size() + full.size();
        if (size > most) return false;
        for (VariableList* list : {&all, &out}) {
            Variable* found = find_variable(*list, name);
            if (found) {
                found->second = full;
            } else if (list == &all || value) {
                list->emplace_back(name, full);
            }
        }
        if (!value) { // it has no value any more
            VariableList rest;
            for (Variable& one : out)
                if (one.first != name) rest.push_back(std::move(one));
            out = std::move(rest);
        }
    }
    return true;
}

} // namespace fastapi::detail
