#include "value.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace conformance {

namespace {

void append_code_point(std::string& out, std::uint32_t code) {
    auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6));
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3F));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    std::optional<Value> run() {
        Value value;
        if (!read(value)) return std::nullopt;
        skip();
        if (at_ != text_.size()) return std::nullopt;
        return value;
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;

    void skip() {
        while (at_ < text_.size() && std::string_view{" \t\r\n"}.find(text_[at_]) != std::string_view::npos) ++at_;
    }
    bool take(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    bool read(Value& value) {
        skip();
        if (at_ >= text_.size()) return false;
        switch (text_[at_]) {
        case '{': return read_object(value);
        case '[': return read_array(value);
        case '"': value.kind = Value::Kind::string; return read_string(value.text);
        case 't':
            value.kind = Value::Kind::boolean;
            value.boolean = true;
            return take("true");
        case 'f': value.kind = Value::Kind::boolean; return take("false");
        case 'n': return take("null");
        default: return read_number(value);
        }
    }
    bool read_object(Value& value) {
        value.kind = Value::Kind::object;
        ++at_;
        skip();
        if (take("}")) return true;
        do {
            skip();
            auto& [key, member] = value.members.emplace_back();
            if (at_ >= text_.size() || text_[at_] != '"' || !read_string(key)) return false;
            skip();
            if (!take(":") || !read(member)) return false;
            skip();
        } while (take(","));
        return take("}");
    }
    bool read_array(Value& value) {
        value.kind = Value::Kind::array;
        ++at_;
        skip();
        if (take("]")) return true;
        do {
            if (!read(value.items.emplace_back())) return false;
            skip();
        } while (take(","));
        return take("]");
    }
    bool read_number(Value& value) {
        value.kind = Value::Kind::number;
        std::size_t begin = at_;
        for (std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
            if (!take(word)) continue;
            value.text = word;
            return true;
        }
        while (at_ < text_.size() && std::string_view{"+-.eE0123456789"}.find(text_[at_]) != std::string_view::npos)
            ++at_;
        value.text = text_.substr(begin, at_ - begin);
        return at_ > begin;
    }
    bool read_hex(std::uint32_t& code) {
        if (at_ + 4 > text_.size()) return false;
        code = 0;
        for (int i = 0; i < 4; ++i) {
            std::size_t digit = std::string_view{"0123456789abcdef"}.find(static_cast<char>(text_[at_++] | 0x20));
            if (digit == std::string_view::npos) return false;
            code = code * 16 + static_cast<std::uint32_t>(digit);
        }
        return true;
    }
    bool read_string(std::string& out) {
        ++at_;
        while (at_ < text_.size()) {
            char c = text_[at_++];
            if (c == '"') return true;
            if (c != '\\') {
                out.push_back(c);
                continue;
            }
            if (at_ >= text_.size()) return false;
            c = text_[at_++];
            if (c == 'u') {
                std::uint32_t code = 0;
                if (!read_hex(code)) return false;
                if (code >= 0xD800 && code < 0xDC00 && take("\\u")) {
                    std::uint32_t low = 0;
                    if (!read_hex(low)) return false;
                    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                }
                append_code_point(out, code);
                continue;
            }
            constexpr std::string_view from = "\"\\/bfnrt";
            constexpr std::string_view to = "\"\\/\b\f\n\r\t";
            std::size_t index = from.find(c);
            if (index == std::string_view::npos) return false;
            out.push_back(to[index]);
        }
        return false;
    }
};

// "-12.50e3" becomes "-125e2": the same text for the same number.
std::string canonical_number(std::string_view text) {
    std::string digits;
    bool negative = text.starts_with("-");
    long long exponent = 0;
    bool fraction = false;
    for (std::size_t i = negative ? 1 : 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '.') {
            fraction = true;
        } else if (c == 'e' || c == 'E') {
            exponent += std::atoll(std::string(text.substr(i + 1)).c_str());
            break;
        } else if (c < '0' || c > '9') {
            return std::string(text);
        } else {
            digits.push_back(c);
            if (fraction) --exponent;
        }
    }
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    while (!digits.empty() && digits.back() == '0') {
        digits.pop_back();
        ++exponent;
    }
    if (digits.empty()) return "0";
    return (negative ? "-" : "") + digits + "e" + std::to_string(exponent);
}

bool same_number(const std::string& a, const std::string& b) {
    if (a == b || canonical_number(a) == canonical_number(b)) return true;
    // Two texts of one double; integers are exact.
    bool inexact =
        (a + b).find_first_of(".eE") != std::string::npos && (a + b).find_first_of("NI") == std::string::npos;
    return inexact && std::strtod(a.c_str(), nullptr) == std::strtod(b.c_str(), nullptr);
}

std::string shortened(const Value* value) {
    if (!value) return "nothing";
    std::string text = value->dump();
    return text.size() > 400 ? text.substr(0, 400) + "…" : text;
}

} // namespace

std::optional<Value> parse(std::string_view text) { return Parser{text}.run(); }

std::string quoted_text(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            constexpr std::string_view hex = "0123456789abcdef";
            out += std::string("\\u00") + hex[static_cast<unsigned char>(c) >> 4] +
                   hex[static_cast<unsigned char>(c) & 15];
        } else {
            out.push_back(c);
        }
    }
    return out + "\"";
}

const Value* Value::find(std::string_view key) const {
    const Value* found = nullptr;
    for (const auto& [name, value] : members)
        if (name == key) found = &value;
    return found;
}

const Value* Value::at(std::string_view pointer) const {
    const Value* value = this;
    while (value && !pointer.empty()) {
        pointer.remove_prefix(1);
        std::string part(pointer.substr(0, pointer.find('/')));
        pointer.remove_prefix(part.size());
        for (auto [escape, plain] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}})
            for (std::size_t i = 0; (i = part.find(escape, i)) != std::string::npos; ++i) part.replace(i, 2, plain);
        if (value->kind == Kind::array) {
            auto index = static_cast<std::size_t>(std::atoll(part.c_str()));
            value = index < value->items.size() ? &value->items[index] : nullptr;
        } else {
            value = value->find(part);
        }
    }
    return value;
}

std::string Value::get(std::string_view key, std::string_view otherwise) const {
    const Value* found = find(key);
    return found ? found->text : std::string(otherwise);
}

std::string Value::dump() const {
    std::string out;
    switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return boolean ? "true" : "false";
    case Kind::number: return text;
    case Kind::string: return quoted_text(text);
    case Kind::array:
        for (const Value& item : items) out += (out.empty() ? "" : ",") + item.dump();
        return "[" + out + "]";
    case Kind::object: break;
    }
    for (const auto& [key, value] : members) out += (out.empty() ? "" : ",") + quoted_text(key) + ":" + value.dump();
    return "{" + out + "}";
}

std::optional<Difference> compare(const Value& wanted, const Value& got, const CompareOptions& options,
                                  const std::string& pointer) {
    auto differ = [&] { return Difference{pointer, shortened(&wanted), shortened(&got)}; };
    if (wanted.kind != got.kind) return differ();
    if (options.volatile_pointers.contains(pointer)) return std::nullopt;
    switch (wanted.kind) {
    case Value::Kind::null: return std::nullopt;
    case Value::Kind::boolean: return wanted.boolean == got.boolean ? std::nullopt : std::optional{differ()};
    case Value::Kind::number: return same_number(wanted.text, got.text) ? std::nullopt : std::optional{differ()};
    case Value::Kind::string: return wanted.text == got.text ? std::nullopt : std::optional{differ()};
    case Value::Kind::array: {
        if (options.unordered_arrays) {
            std::vector<bool> used(got.items.size());
            for (const Value& item : wanted.items) {
                std::size_t i = 0;
                while (i < got.items.size() && (used[i] || compare(item, got.items[i], options))) ++i;
                if (i == got.items.size()) return differ();
                used[i] = true;
            }
            return wanted.items.size() == got.items.size() ? std::nullopt : std::optional{differ()};
        }
        for (std::size_t i = 0; i < std::max(wanted.items.size(), got.items.size()); ++i) {
            std::string place = pointer + "/" + std::to_string(i);
            if (i >= wanted.items.size()) return Difference{place, "nothing", shortened(&got.items[i])};
            if (i >= got.items.size()) return Difference{place, shortened(&wanted.items[i]), "nothing"};
            if (auto difference = compare(wanted.items[i], got.items[i], options, place)) return difference;
        }
        return std::nullopt;
    }
    case Value::Kind::object: break;
    }
    auto escaped = [](std::string key) {
        for (auto [plain, escape] : {std::pair{"~", "~0"}, std::pair{"/", "~1"}})
            for (std::size_t i = 0; (i = key.find(plain, i)) != std::string::npos; i += 2) key.replace(i, 1, escape);
        return key;
    };
    for (const auto& [key, value] : wanted.members) {
        std::string place = pointer + "/" + escaped(key);
        const Value* other = got.find(key);
        if (!other) return Difference{place, shortened(&value), "nothing"};
        if (auto difference = compare(value, *other, options, place)) return difference;
    }
    for (const auto& [key, value] : got.members)
        if (!wanted.find(key)) return Difference{pointer + "/" + escaped(key), "nothing", shortened(&value)};
    return std::nullopt;
}

} // namespace conformance
