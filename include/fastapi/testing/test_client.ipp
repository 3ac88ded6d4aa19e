#pragma once

#include <cstdio>

#include "fastapi/http/url.hpp"
#include "fastapi/testing/test_client.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_COLD void add_pair(TextPairs& pairs, std::string_view name, std::string_view value) { pairs.emplace_back(name, value); }

// Removes the pairs of a name; of names that differ in case, too, when they are headers.
FASTAPI_COLD void remove_pairs(TextPairs& pairs, std::string_view name, bool headers) {
    for (std::size_t i = pairs.size(); i-- > 0;)
        if (pairs[i].first == name || (headers && same_header(pairs[i].first, name)))
            pairs.erase(pairs.begin() + static_cast<std::ptrdiff_t>(i));
}

FASTAPI_COLD std::string form_text(const TextPairs& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) {
        if (!out.empty()) out.push_back('&');
        out += percent_encode(name, "") + "=" + percent_encode(value, "");
    }
    return out;
}

// A name in a header of a part, as browsers write it (HTML, 4.10.21.8), control characters escaped as well.
FASTAPI_COLD std::string quoted_name(std::string_view text) {
    constexpr char hex[] = "0123456789ABCDEF";
    std::string out = "\"";
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || byte < 0x20) {
            out += {'%', hex[byte >> 4U], hex[byte & 15U]};
        } else {
            out.append(c == '\\' ? 2 : 1, c);
        }
    }
    return out + "\"";
}

// A boundary that is in none of the texts.
FASTAPI_COLD std::string unused_boundary(const TestRequest& request) {
    for (std::int64_t number = 0;; ++number) {
        std::string boundary = concat({"fastapi-test-boundary-", integer_text(number)});
        bool used = false;
        for (const auto& [name, value] : request.data) used = used || value.find(boundary) != std::string::npos;
        for (const TestFile& file : request.files) used = used || file.content.find(boundary) != std::string::npos;
        if (!used) return boundary;
    }
}

FASTAPI_COLD std::string multipart_text(const TestRequest& request, std::string_view boundary) {
    std::string out;
    for (const auto& [name, value] : request.data)
        out += concat({"--", boundary, "\r\nContent-Disposition: form-data; name=", quoted_name(name), "\r\n\r\n", value, "\r\n"});
    for (const TestFile& file : request.files) {
        std::string type = file.content_type.empty() ? guess_media_type(file.filename) : file.content_type;
        out += concat({"--", boundary, "\r\nContent-Disposition: form-data; name=", quoted_name(file.name), "; filename=",
                       quoted_name(file.filename), "\r\nContent-Type: ", type, "\r\n\r\n", file.content, "\r\n"});
    }
    return out + concat({"--", boundary, "--\r\n"});
}

// A body as a RequestStream gives it: in the pieces of the test, or in some of its own.
class TestBody final : public BodySource {
  public:
    TestBody(std::string_view body, const std::vector<std::string>& pieces) : body_(body), pieces_(pieces) {}
    inline Next next(std::string_view& piece, bool) override {
        while (at_ < pieces_.size() && pieces_[at_].empty()) ++at_;
        piece = body_.substr(given_, at_ < pieces_.size() ? pieces_[at_++].size() : std::size_t{64} << 10U);
        given_ += piece.size();
        if (given_ > most) throw HTTPException(413);
        return piece.empty() ? Next::end : Next::piece;
    }
    std::size_t most = 0;

  private:
    std::string_view body_; // all of it
    const std::vector<std::string>& pieces_;
    std::size_t at_ = 0;
    std::size_t given_ = 0;
};

struct SplitUrl {
    std::string scheme;
    std::string host;
    std::string target;
};

// Whether a URL starts with a scheme.
FASTAPI_COLD bool is_absolute(std::string_view url) {
    std::size_t colon = url.find("://");
    return colon != std::string_view::npos && url.substr(0, colon).find_first_of("/?#") == std::string_view::npos;
}

// "http://host/path?query" in its parts.
FASTAPI_COLD SplitUrl split_url(std::string_view url) {
    SplitUrl made;
    std::size_t colon = url.find("://");
    made.scheme = url.substr(0, colon);
    std::string_view rest = url.substr(colon + 3);
    std::size_t slash = rest.find_first_of("/?");
    made.host = rest.substr(0, slash);
    made.target = slash == std::string_view::npos ? std::string_view{"/"} : rest.substr(slash);
    if (made.target.front() == '?') made.target.insert(0, "/");
    return made;
}

// A Location against the URL that answered it (RFC 3986 5.2, without dot segments).
FASTAPI_COLD std::string resolve_url(std::string_view base, std::string_view location) {
    if (is_absolute(location)) return std::string(location);
    SplitUrl split = split_url(base);
    std::string origin = concat({split.scheme, "://", split.host});
    if (location.starts_with("//")) return concat({split.scheme, ":", location});
    if (location.starts_with("/")) return concat({origin, location});
    std::string_view path = std::string_view(split.target).substr(0, split.target.find('?'));
    if (location.starts_with("?")) return concat({origin, path, location});
    return concat({origin, path.substr(0, path.rfind('/') + 1), location});
}

} // namespace detail

FASTAPI_COLD TestClient::TestClient(FastAPI& app, TestClientOptions options)
    : cookies(options.cookies), app_(app), options_(std::move(options)) {
    if (options_.lifespan) life_.begin(app);
}
FASTAPI_COLD TestClient::Life::~Life() {
    try {
        end();
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "ERROR:    Application shutdown failed: %s\n", exception.what());
    } catch (...) {
        std::fputs("ERROR:    Application shutdown failed\n", stderr);
    }
}

FASTAPI_COLD TestClient::Prepared TestClient::prepare(std::string_view method, std::string_view url,
                                                        const TestRequest& request) const {
    std::string absolute(url);
    if (!detail::is_absolute(absolute))
        absolute = detail::concat({options_.base_url, absolute.starts_with("/") || absolute.starts_with("?") ? "" : "/", absolute});
    detail::SplitUrl split = detail::split_url(absolute);
    Prepared made{std::string(method), split.scheme, split.host, split.target, {}, {}, request.pieces};
    if (!request.params.empty()) {
        made.target += made.target.find('?') == std::string::npos ? "?" : "&";
        made.target += detail::form_text(request.params);
    }
    detail::add_pair(made.headers, "host", made.host);
    detail::add_pair(made.headers, "accept", "*/*");
    detail::add_pair(made.headers, "accept-encoding", "gzip, deflate");
    detail::add_pair(made.headers, "connection", "keep-alive");
    detail::add_pair(made.headers, "user-agent", "testclient");
    if (request.json) {
        made.body = to_json_text(*request.json);
        detail::add_pair(made.headers, "content-type", "application/json");
    } else if (!request.files.empty()) {
        std::string boundary = detail::unused_boundary(request);
        made.body = detail::multipart_text(request, boundary);
        detail::add_pair(made.headers, "content-type", "multipart/form-data; boundary=" + boundary);
    } else if (!request.data.empty()) {
        made.body = detail::form_text(request.data);
        detail::add_pair(made.headers, "content-type", "application/x-www-form-urlencoded");
    } else if (request.content) {
        made.body = *request.content;
    }
    for (const std::string& piece : request.pieces) made.body += piece;
    if (!request.pieces.empty()) detail::add_pair(made.headers, "transfer-encoding", "chunked");
    bool has_form = !request.data.empty() || !request.files.empty();
    bool has_body = request.json || has_form || request.content || method == "POST" || method == "PUT" || method == "PATCH";
    if (has_body && request.pieces.empty())
        detail::add_pair(made.headers, "content-length", detail::integer_text(static_cast<std::int64_t>(made.body.size())));
    // A name given once replaces the default; given several times it is sent as often.
    for (const TextPairs* list : {&options_.headers, &request.headers}) {
        for (const auto& [name, value] : *list) detail::remove_pairs(made.headers, name, true);
        for (const auto& [name, value] : *list) detail::add_pair(made.headers, name, value);
    }
    return made;
}

FASTAPI_COLD std::string TestClient::cookie_header(const Prepared& prepared, const TextPairs& extra_cookies) const {
    std::string text;
    for (const auto& [name, value] : prepared.headers)
        if (detail::same_header(name, "cookie")) return text;
    for (const TextPairs* list : {&cookies, &extra_cookies})
        for (const auto& [name, value] : *list) text += detail::concat({text.empty() ? "" : "; ", name, "=", value});
    return text;
}

FASTAPI_COLD Response TestClient::send(const Prepared& prepared, const TextPairs& extra_cookies) {
    Request request;
    request.method = prepared.method;
    request.scheme = prepared.scheme;
    request.target = prepared.target;
    request.root_path = options_.root_path;
    request.body = prepared.body;
    request.client = {"testclient", 50000};
    std::string cookie_text = cookie_header(prepared, extra_cookies);
    for (const auto& [name, value] : prepared.headers) request.headers.add(name, value);
    if (!cookie_text.empty()) request.headers.add("cookie", cookie_text);
    detail::TestBody stream(prepared.body, prepared.pieces);
    if (app_.upload_support() && app_.streams_body(request, stream.most)) {
        request.body = {};
        request.body_source = &stream;
    }
    std::exception_ptr error;
    Response response = app_.handle(request, &error);
    if (response.afterwards) response.afterwards->conclude(response.afterwards.get(), nullptr, &error);
    response.afterwards = {}; // while the request is there
    if (error && options_.raise_server_exceptions) std::rethrow_exception(error);
    return response;
}

FASTAPI_COLD void TestClient::store_cookies(const Response& response) {
    for (const auto& [name, value] : response.headers) {
        if (!detail::same_header(name, "set-cookie")) continue;
        std::string_view text = value;
        std::string_view pair = text.substr(0, text.find(';'));
        std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) continue;
        std::string key(detail::trim(pair.substr(0, equals)));
        bool deleted = text.find("Max-Age=0") != std::string_view::npos;
        detail::remove_pairs(cookies, key, false);
        if (!deleted) detail::add_pair(cookies, key, detail::trim(pair.substr(equals + 1)));
    }
}

FASTAPI_COLD TestResponse TestClient::request(std::string_view method, std::string_view url, const TestRequest& request) {
    Prepared prepared = prepare(method, url, request);
    bool follow = request.follow_redirects.value_or(options_.follow_redirects);
    for (int redirects = 0;; ++redirects) {
        Response response = send(prepared, request.cookies);
        store_cookies(response);
        auto location = response.headers.get("location");
        int status = response.status_code;
        bool redirect = follow && location && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
        if (!redirect) {
            TestResponse made{response.status_code, std::move(response.headers), std::move(response.body),
                              prepared.scheme + "://" + prepared.host + prepared.target};
            bool bodiless = detail::is_bodiless(made.status_code);
            if (!bodiless && !response.streamed && !made.headers.contains("content-length"))
                made.headers.append("content-length", detail::integer_text(static_cast<std::int64_t>(made.content.size())));
            if (prepared.method == "HEAD") made.content.clear();
            return made;
        }
        if (redirects == 20) throw std::runtime_error("fastapi: more than 20 redirects");
        std::string target = detail::resolve_url(detail::concat({prepared.scheme, "://", prepared.host, prepared.target}), *location);
        detail::SplitUrl split = detail::split_url(target);
        prepared.scheme = split.scheme;
        prepared.host = split.host;
        prepared.target = split.target;
        for (auto& [name, value] : prepared.headers)
            if (detail::same_header(name, "host")) value = split.host;
        bool drop_body = response.status_code == 303 || ((response.status_code == 301 || response.status_code == 302) && prepared.method == "POST");
        if (drop_body && prepared.method != "HEAD") {
            prepared.method = "GET";
            prepared.body.clear();
            prepared.pieces.clear();
            detail::remove_pairs(prepared.headers, "content-length", true);
            detail::remove_pairs(prepared.headers, "transfer-encoding", true);
            detail::remove_pairs(prepared.headers, "content-type", true);
        }
    }
}

} // namespace fastapi
