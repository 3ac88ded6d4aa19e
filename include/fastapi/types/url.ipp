#pragma once

#include <utility>

#include "fastapi/model/decode.ipp"
#include "fastapi/types/url.hpp"
#include "fastapi/types/url_host.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// A URL taken apart. What is encoded is in normal form already.
struct UrlParts {
    std::string scheme;
    bool has_authority = false; // "//" stands behind the scheme
    bool is_opaque = false;     // the path does not begin with a slash: mailto:a@b.co
    std::vector<UrlHost> hosts; // of several the last one is the one the path belongs to
    std::string path;
    std::optional<std::string> query, fragment;
};

// --- the parser -------------------------------------------------------------------------------------------------------

// The basic URL parser (URL Standard 4.4) without a base URL, in one pass from left to right.
class UrlParser {
  public:
    explicit UrlParser(UrlParts& url) : url_(url) {}
    // Returns the reason why text is no URL.
    UrlReason parse(std::string_view text);
    // The same for one host, with user and port, of a URL whose scheme is known.
    UrlReason parse_one_host(std::string_view text);
    // The last thing that was repaired, or null.
    UrlReason violation = nullptr;

  private:
    void take_text(std::string_view text, bool at_front);
    bool read_scheme();
    UrlReason read_authority();
    void read_userinfo(std::string_view text);
    UrlReason read_port();
    UrlReason read_file();
    void read_path();
    void finish_segment(std::size_t begin, bool slash);
    void read_query_and_fragment();
    void check_code_points(std::string_view text, UrlReason null_character = "non-URL code point");
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool done() const { return at_ >= text_.size(); }
    [[nodiscard]] bool slash_here() const { return peek() == '/' || (special_ && peek() == '\\'); }
    // From here to the first of characters, not included.
    std::string_view take_until(std::string_view characters) {
        std::size_t end = text_.find_first_of(characters, at_);
        std::string_view taken = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
        at_ += taken.size();
        return taken;
    }
    [[nodiscard]] std::string_view ends() const { return special_ ? "/\\?#" : "/?#"; }

    UrlParts& url_;
    std::string stripped_; // the text when there were tabs or newlines in it
    std::string_view text_;
    std::size_t at_ = 0;
    bool special_ = false;
    bool file_ = false;
    UrlHost host_;
};

FASTAPI_INLINE bool is_drive_letter(std::string_view text) {
    return text.size() == 2 && is_url_alpha(text[0]) && (text[1] == ':' || text[1] == '|');
}

FASTAPI_INLINE void UrlParser::take_text(std::string_view text, bool at_front) {
    std::size_t whole = text.size();
    while (at_front && !text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    if (text.size() < whole) violation = "leading or trailing control or space character are ignored in URLs";
    if (text.find_first_of("\t\n\r") != std::string_view::npos) {
        violation = "tabs or newlines are ignored in URLs";
        for (char c : text)
            if (c != '\t' && c != '\n' && c != '\r') stripped_.push_back(c);
        text = stripped_;
    }
    text_ = text;
}

FASTAPI_INLINE UrlReason UrlParser::parse(std::string_view text) {
    if (text.empty()) return "input is empty";
    take_text(text, true);
    if (!read_scheme()) return "relative URL without a base";
    special_ = is_special_scheme(url_.scheme);
    file_ = url_.scheme == "file";
    if (file_) {
        if (UrlReason reason = read_file()) return reason;
    } else if (special_) {
        std::string_view slashes = text_.substr(at_, text_.find_first_not_of("/\\", at_) - at_);
        if (slashes != "//") violation = "expected //";
        at_ += slashes.size();
        if (UrlReason reason = read_authority()) return reason;
    } else if (peek() == '/' && peek(1) == '/') {
        at_ += 2;
        if (UrlReason reason = read_authority()) return reason;
    } else if (peek() == '/') {
        read_path();
    } else {
        url_.is_opaque = true;
        std::string_view path = take_until("?#");
        check_code_points(path);
        append_url_encoded(url_.path, path, control_set);
    }
    if (!host_.host.empty()) url_.hosts.push_back(std::move(host_));
    read_query_and_fragment();
    return nullptr;
}

FASTAPI_INLINE UrlReason UrlParser::parse_one_host(std::string_view text) {
    take_text(text, false);
    special_ = is_special_scheme(url_.scheme);
    if (UrlReason reason = read_authority()) return reason;
    url_.hosts.push_back(std::move(host_));
    return nullptr;
}

FASTAPI_INLINE bool UrlParser::read_scheme() {
    if (!is_url_alpha(peek())) return false;
    for (; !done(); ++at_) {
        char c = url_lower(text_[at_]);
        if (c == ':') {
            ++at_;
            return true;
        }
        if (!is_url_alpha(c) && !is_url_digit(c) && c != '+' && c != '-' && c != '.') return false;
        url_.scheme.push_back(c);
    }
    return false;
}

// user:password@host:port/path
FASTAPI_INLINE UrlReason UrlParser::read_authority() {
    url_.has_authority = true;
    std::string_view authority = text_.substr(at_, text_.find_first_of(ends(), at_) - at_);
    if (std::size_t sign = authority.rfind('@'); sign != std::string_view::npos) {
        if (authority.find('@') != sign) violation = "unencoded @ sign in username or password";
        if (sign == 0 && authority.size() == 1 && at_ + 1 < text_.size()) return empty_host;
        read_userinfo(authority.substr(0, sign));
        at_ += sign + 1;
        authority.remove_prefix(sign + 1);
    }
    // The host ends at a colon that is not in brackets.
    std::size_t end = 0;
    for (bool brackets = false; end < authority.size() && (brackets || authority[end] != ':'); ++end)
        brackets = authority[end] == '[' || (brackets && authority[end] != ']');
    if (end == 0 && special_) return empty_host;
    if (UrlReason reason = parse_url_host(authority.substr(0, end), special_, host_.host)) return reason;
    at_ += end;
    if (host_.host.empty() && peek() == ':') return empty_host;
    if (UrlReason reason = read_port()) return reason;
    if (host_.host.empty() && (!host_.username.empty() || !host_.password.empty())) return empty_host;
    if (special_ || (!done() && peek() != '?' && peek() != '#')) read_path();
    return nullptr;
}

FASTAPI_INLINE void UrlParser::read_userinfo(std::string_view text) {
    std::size_t colon = text.find(':');
    std::string_view username = text.substr(0, colon);
    check_code_points(username);
    append_url_encoded(host_.username, username, userinfo_set);
    if (colon == std::string_view::npos) return;
    check_code_points(text.substr(colon + 1));
    append_url_encoded(host_.password, text.substr(colon + 1), userinfo_set);
}

FASTAPI_INLINE UrlReason UrlParser::read_port() {
    if (peek() != ':') return nullptr;
    ++at_;
    unsigned port = 0;
    std::size_t begin = at_;
    for (; is_url_digit(peek()); ++at_) {
        port = port * 10 + static_cast<unsigned>(peek() - '0');
        if (port > 65535) return "invalid port number";
    }
    // A backslash ends the port in any scheme, as in the crate.
    if (!done() && std::string_view{"/\\?#"}.find(peek()) == std::string_view::npos) return "invalid port number";
    if (at_ > begin && known_port(url_.scheme) != port) host_.port = static_cast<std::uint16_t>(port);
    return nullptr;
}

// What stands behind "file:".
FASTAPI_INLINE UrlReason UrlParser::read_file() {
    url_.has_authority = true;
    if (peek() != '/' || peek(1) != '/') violation = "expected // after file:";
    if (slash_here() && (peek(1) == '/' || peek(1) == '\\')) {
        if (peek() == '\\' || peek(1) == '\\') violation = "backslash";
        at_ += 2;
        std::size_t begin = at_;
        std::string_view host = take_until("/\\?#");
        if (is_drive_letter(host)) { // file://C:/x: no host, the path begins here
            at_ = begin;
        } else if (!host.empty()) {
            if (UrlReason reason = parse_url_host(host, true, host_.host)) return reason;
            if (host_.host == "localhost") host_.host.clear();
        }
        if (host_.host.empty()) url_.path = "/";
    } else if (slash_here()) {
        if (peek() == '\\') violation = "backslash";
    } else {
        url_.path = "/";
    }
    read_path();
    // The crate keeps no empty segments at the front: file:////x is file:///x.
    std::size_t front = url_.path.find_first_not_of('/');
    url_.path.erase(0, front == std::string::npos ? url_.path.size() : front);
    url_.path.insert(0, 1, '/');
    return nullptr;
}

// Segments up to the query. The path begins with a slash, here or already in url_.path.
FASTAPI_INLINE void UrlParser::read_path() {
    if (url_.path.empty()) {
        if (peek() == '\\' && special_) violation = "backslash";
        url_.path.push_back('/');
        if (slash_here()) ++at_;
    }
    for (bool slash = true; slash;) {
        std::size_t begin = url_.path.size();
        std::string_view segment = take_until(ends());
        check_code_points(segment);
        append_url_encoded(url_.path, segment, path_set);
        slash = slash_here();
        if (slash) {
            if (peek() == '\\') violation = "backslash";
            ++at_;
        }
        finish_segment(begin, slash);
    }
}

// Puts the slash behind the segment that begins at an offset of the path, and takes dot segments away.
FASTAPI_INLINE void UrlParser::finish_segment(std::size_t begin, bool slash) {
    std::string& path = url_.path;
    std::string_view segment = std::string_view{path}.substr(begin);
    std::size_t dots = 0; // "." or "%2e", up to two
    for (; !segment.empty() && dots < 3; ++dots) {
        bool escaped = segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' && url_lower(segment[2]) == 'e';
        if (!escaped && segment[0] != '.') break;
        segment.remove_prefix(escaped ? 3 : 1);
    }
    if (!segment.empty() || dots == 0 || dots > 2) {
        if (file_ && begin == 1 && is_drive_letter(std::string_view{path}.substr(1))) {
            path[2] = ':';
            if (!host_.host.empty()) violation = "file: with host and Windows drive letter";
            host_.host.clear();
        }
        if (slash) path.push_back('/');
        return;
    }
    path.resize(begin);
    if (dots == 1) return;
    // Up: the segment before goes, unless it is the root or looks like a drive letter, as the crate has it in any scheme.
    std::size_t before = begin >= 2 ? path.rfind('/', begin - 2) : std::string::npos;
    if (before == std::string::npos) return;
    std::string_view name = std::string_view{path}.substr(before + 1, begin - before - 2);
    if (!is_drive_letter(name.substr(0, name.find('\\', 2)))) path.resize(before + 1);
}

FASTAPI_INLINE void UrlParser::read_query_and_fragment() {
    if (peek() == '?') {
        ++at_;
        std::string_view query = take_until("#");
        check_code_points(query);
        append_url_encoded(url_.query.emplace(), query, special_ ? special_query_set : query_set);
    }
    if (done()) return;
    ++at_; // #
    std::string_view fragment = text_.substr(at_);
    check_code_points(fragment, "NULL characters are ignored in URL fragment identifiers");
    append_url_encoded(url_.fragment.emplace(), fragment, fragment_set);
}

FASTAPI_INLINE void UrlParser::check_code_points(std::string_view text, UrlReason null_character) {
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '%') {
            char32_t c = next_code_point(text, at);
            if (!is_url_code_point(c)) violation = c == 0 ? null_character : "non-URL code point";
            continue;
        }
        if (at + 2 >= text.size() || hex_value(text[at + 1]) < 0 || hex_value(text[at + 2]) < 0)
            violation = "expected 2 hex digits after %";
        ++at;
    }
}

// --- constraints --------------------------------------------------------------------------------------------------------

// The hosts before the last comma of the authority are views in others; rest is the text without them. As Pydantic
// does it: the text is cut before anything is parsed. Returns the reason why it cannot be cut.
FASTAPI_INLINE UrlReason cut_url_hosts(std::string_view text, std::vector<std::string_view>& others, std::string& rest,
                                       std::string_view& slashes) {
    if (text.empty()) return "input is empty";
    std::size_t at = 0;
    while (at < text.size() && static_cast<unsigned char>(text[at]) <= ' ') ++at;
    std::size_t begin = at;
    std::string scheme;
    auto in_scheme = [](char c) { return is_url_alpha(c) || is_url_digit(c) || c == '+' || c == '-' || c == '.'; };
    for (; at < text.size() && in_scheme(text[at]); ++at) scheme.push_back(url_lower(text[at]));
    if (at == begin || at == text.size() || text[at] != ':') return "relative URL without a base";
    std::size_t end = text.find_first_not_of("/\\", ++at);
    slashes = text.substr(at, end - at);
    at += slashes.size();
    std::string_view prefix = text.substr(0, at);
    std::string_view authority = text.substr(at);
    authority = authority.substr(0, authority.find_first_of(is_special_scheme(scheme) ? "/\\?#" : "/?#"));
    for (std::size_t comma; (comma = authority.find(',')) != std::string_view::npos; at += comma + 1) {
        if (comma == 0) return empty_host;
        others.push_back(authority.substr(0, comma));
        authority.remove_prefix(comma + 1);
    }
    if (!others.empty()) rest = std::string(prefix) + std::string(text.substr(at));
    return nullptr;
}

// Parses text, of one host or several, into parts. When strict, it ends at what was repaired and sets violation.
FASTAPI_INLINE UrlReason parse_url(std::string_view text, bool multi_host, bool strict, UrlParts& parts,
                                   UrlReason& violation) {
    std::vector<std::string_view> others;
    std::string rest;
    std::string_view slashes;
    if (multi_host)
        if (UrlReason reason = cut_url_hosts(text, others, rest, slashes)) return reason;
    UrlParser parser(parts);
    if (UrlReason reason = parser.parse(others.empty() ? text : std::string_view{rest})) return reason;
    if (strict) violation = parser.violation;
    if (others.empty() || violation) return nullptr;
    if (parts.hosts.empty()) return empty_host;
    if (slashes != "//" && (!is_special_scheme(parts.scheme) || parts.scheme == "file")) return empty_host;
    UrlParts hosts;
    hosts.scheme = parts.scheme;
    bool all = true;
    for (std::string_view other : others) {
        UrlParser one(hosts);
        if (UrlReason reason = one.parse_one_host(other)) return reason;
        if (strict) violation = one.violation;
        if (violation) return nullptr;
        all = all && !hosts.hosts.back().host.empty();
    }
    if (!all) return empty_host;
    hosts.hosts.push_back(std::move(parts.hosts.back()));
    parts.hosts = std::move(hosts.hosts);
    return nullptr;
}

// Puts in what the constraints have for what the text leaves out.
FASTAPI_INLINE UrlReason fill_url(const UrlConstraints& constraints, UrlParts& parts) {
    if (parts.hosts.empty() && !constraints.default_host.empty()) {
        if (parts.is_opaque) return "a cannot-be-a-base URL doesn\u2019t have a host to set";
        parts.has_authority = true;
        parts.hosts.emplace_back().host = constraints.default_host;
    } else if (parts.hosts.empty() && constraints.host_required) {
        return empty_host;
    }
    if (constraints.default_port != 0) {
        if (parts.hosts.empty() || parts.scheme == "file") return empty_host;
        std::optional<std::uint16_t>& port = parts.hosts.back().port;
        if (!port && known_port(parts.scheme) != constraints.default_port) port = constraints.default_port;
    }
    if (!constraints.default_path.empty() && !parts.is_opaque && (parts.path.empty() || parts.path == "/"))
        parts.path = constraints.default_path;
    return nullptr;
}

// "'http' or 'https'", when scheme is none of the allowed ones; else nothing.
FASTAPI_INLINE std::string expected_schemes(std::string_view allowed, std::string_view scheme) {
    std::string out;
    while (!allowed.empty()) {
        std::string_view one = allowed.substr(0, allowed.find(' '));
        if (one == scheme) return {};
        allowed.remove_prefix(one.size() < allowed.size() ? one.size() + 1 : one.size());
        if (!out.empty()) out += allowed.empty() ? " or " : ", ";
        out += "'" + std::string(one) + "'";
    }
    return out;
}

FASTAPI_INLINE UrlFailure url_failure(std::string_view type, std::string_view words, std::string_view key,
                                      std::string_view what) {
    std::string text;
    write_json_string(text, what);
    return {type, std::string(words) + std::string(what), ctx_of(key, text)};
}

FASTAPI_INLINE UrlFailure read_url(std::string_view text, const UrlConstraints& constraints, bool strict, Url& url) {
    if (constraints.max_length > 0 && text.size() > constraints.max_length) {
        std::string most = detail::integer_text(static_cast<std::int64_t>(constraints.max_length));
        return {"url_too_long",
                "URL should have at most " + most + (constraints.max_length == 1 ? " character" : " characters"),
                ctx_of("max_length", most)};
    }
    auto wrong = [](UrlReason reason) {
        return url_failure("url_parsing", "Input should be a valid URL, ", "error", reason);
    };
    UrlParts parts;
    UrlReason violation = nullptr;
    // Offsets have 32 bits, and encoding makes text three times as long.
    if (text.size() > (std::size_t{1} << 30U)) return wrong("URLs more than 4 GB are not supported");
    if (UrlReason reason = parse_url(text, constraints.multi_host, strict, parts, violation)) return wrong(reason);
    if (violation)
        return url_failure("url_syntax_violation", "Input violated strict URL syntax rules, ", "error", violation);
    std::string expected = expected_schemes(constraints.allowed_schemes, parts.scheme);
    if (!expected.empty()) return url_failure("url_scheme", "URL scheme should be ", "expected_schemes", expected);
    if (UrlReason reason = fill_url(constraints, parts)) return wrong(reason);
    url.write(parts);
    url.hosts_.clear();
    if (constraints.multi_host) {
        for (UrlHost& host : parts.hosts)
            if (!host.port) host.port = known_port(parts.scheme);
        url.hosts_ = std::move(parts.hosts);
    }
    return {};
}

// --- field types --------------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool decode_url(const Value& value, const FieldInfo& info, const UrlConstraints& constraints, Url& url,
                               Context& context) {
    if (!value.is(Value::Kind::string)) return context.fail("url_type", "URL input should be a string or URL", value);
    bool lone = false;
    std::string scratch;
    std::string_view text = value.string(scratch, &lone);
    if (lone)
        return context.fail("string_unicode",
                            "Input should be a valid string, unable to parse raw data as a unicode string", value);
    UrlFailure failure = read_url(text, constraints, info.strict || context.strict, url);
    if (!failure.type.empty())
        return context.fail(failure.type, std::move(failure.message), value, std::move(failure.ctx));
    return check_items(info, "Value", static_cast<std::int64_t>(url.str().size()), false, value, context);
}

FASTAPI_INLINE void write_url_schema(JsonWriter& writer, const FieldInfo& info, const UrlConstraints& constraints) {
    writer.key("type").string("string");
    writer.key("format").string(constraints.multi_host ? "multi-host-uri" : "uri");
    writer.key("minLength").integer(info.min_length >= 0 ? info.min_length : 1);
    auto most = info.max_length >= 0 ? info.max_length : static_cast<std::int64_t>(constraints.max_length);
    if (most > 0) writer.key("maxLength").integer(most);
}

} // namespace detail

FASTAPI_INLINE void Url::assign(std::string_view text, const UrlConstraints& constraints) {
    detail::UrlFailure failure = detail::read_url(text, constraints, false, *this);
    if (!failure.type.empty()) throw ValueError(failure.message);
}

FASTAPI_INLINE Url::Part Url::add(std::string_view text) {
    Part added{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(text.size())};
    text_ += text;
    return added;
}

// The URL serializer (URL Standard 4.5).
FASTAPI_INLINE void Url::write(const detail::UrlParts& parts) {
    text_.clear();
    username_ = password_ = host_ = query_ = fragment_ = {};
    port_ = parts.hosts.empty() ? std::nullopt : detail::known_port(parts.scheme);
    scheme_ = add(parts.scheme);
    add(parts.has_authority ? "://" : ":");
    for (std::size_t i = 0; i < parts.hosts.size(); ++i) {
        const UrlHost& host = parts.hosts[i];
        if (i > 0) add(",");
        Part username = add(host.username);
        if (!host.password.empty()) add(":");
        Part password = add(host.password);
        if (username.size + password.size > 0) add("@");
        Part name = add(host.host);
        if (host.port) add(":" + detail::integer_text(static_cast<std::int64_t>(*host.port)));
        if (i > 0) continue;
        username_ = username;
        password_ = password;
        host_ = name;
        if (host.port) port_ = host.port;
    }
    // A path with two slashes at the front would be taken for a host.
    if (!parts.has_authority && parts.path.starts_with("//")) add("/.");
    path_ = add(parts.path);
    if (parts.query) {
        add("?");
        query_ = add(*parts.query);
    }
    if (parts.fragment) {
        add("#");
        fragment_ = add(*parts.fragment);
    }
}

} // namespace fastapi
