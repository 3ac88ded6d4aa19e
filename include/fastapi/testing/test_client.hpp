#pragma once

// TestClient: calls an application in process, without sockets, in the shape of httpx (wire.md 19).

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/json/json.hpp"
#include "fastapi/testing/websocket_session.hpp"

namespace fastapi {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

// A JSON body, or none.
class TestJson {
  public:
    TestJson() = default;
    template <class J>
        requires std::is_same_v<std::remove_cvref_t<J>, json>
    TestJson(J&& value) : value_(std::forward<J>(value)), given_(true) {} // NOLINT: implicit on purpose
    [[nodiscard]] explicit operator bool() const { return given_; }
    [[nodiscard]] const json& operator*() const { return value_; }

  private:
    json value_;
    bool given_ = false;
};

// A file of a form, in httpx's shapes: {"name", "content"}, which is called "upload"; {"name", "filename", "content"}, whose content
// type is guessed from the file name; {"name", "filename", "content", "content/type"}.
struct TestFile {
    TestFile(std::string field, std::string data) : name(std::move(field)), filename("upload"), content(std::move(data)) {}
    TestFile(std::string field, std::string called, std::string data, std::string type = {})
        : name(std::move(field)), filename(std::move(called)), content(std::move(data)), content_type(std::move(type)) {}
    std::string name; // of the field; several files may have one
    std::string filename;
    std::string content;
    std::string content_type;
};

// What a test sends beside method and URL.
struct TestRequest {
    TextPairs params = {};                                   // added to the query, percent-encoded
    TextPairs headers = {};                                  // added to the defaults; a default of the same name is replaced
    TextPairs cookies = {};                                  // beside those of the jar
    TestJson json = {};                                      // a JSON body
    TextPairs data = {};                                     // a form: urlencoded, or multipart with files beside it
    std::vector<TestFile> files = {};                        // a form, multipart/form-data
    std::optional<std::string> content = std::nullopt;       // a body as it is
    std::vector<std::string> pieces = {};                    // a body in chunks: those that a RequestStream gives
    std::optional<bool> follow_redirects = std::nullopt;     // else as the client says
};

// What came back.
struct TestResponse {
    int status_code = 0;
    Headers headers;
    std::string content;
    std::string url; // after redirects

    [[nodiscard]] const std::string& text() const { return content; }
    // The body as JSON. Throws std::invalid_argument when it is none.
    [[nodiscard]] fastapi::json json() const { return parse_json(content); }
    [[nodiscard]] bool is_success() const { return status_code >= 200 && status_code < 300; }
};

struct TestClientOptions {
    std::string base_url = "http://testserver";
    bool raise_server_exceptions = true; // what a handler throws leaves the call, instead of a 500
    bool follow_redirects = true;
    std::string root_path = "";
    TextPairs headers = {};              // sent with every request
    TextPairs cookies = {};              // in the jar from the start
    int websocket_timeout_ms = 5000;     // how long a WebSocket's test waits for its handler
    bool lifespan = true;                // the application's lifespan begins and ends with this object
};

// The lifespan of the application runs as long as a TestClient of it lives, as with httpx's `with`: what it throws at its beginning
// leaves the constructor; what it throws at its end leaves close(), or is written to the log. Two clients are one life.
class TestClient {
  public:
    explicit TestClient(FastAPI& app, TestClientOptions options = {});
    // Ends the lifespan now.
    void close() { life_.end(); }

    TestResponse get(std::string_view url, const TestRequest& request = {}) { return this->request("GET", url, request); }
    TestResponse post(std::string_view url, const TestRequest& request = {}) { return this->request("POST", url, request); }
    TestResponse put(std::string_view url, const TestRequest& request = {}) { return this->request("PUT", url, request); }
    TestResponse patch(std::string_view url, const TestRequest& request = {}) { return this->request("PATCH", url, request); }
    TestResponse delete_(std::string_view url, const TestRequest& request = {}) { return this->request("DELETE", url, request); }
    TestResponse options(std::string_view url, const TestRequest& request = {}) { return this->request("OPTIONS", url, request); }
    TestResponse head(std::string_view url, const TestRequest& request = {}) { return this->request("HEAD", url, request); }
    // url: a path with its query, percent-encoded, or an absolute URL. Throws std::runtime_error after 20 redirects.
    TestResponse request(std::string_view method, std::string_view url, const TestRequest& request = {});

    // Opens a WebSocket. Throws WebSocketDisconnect(code, reason) when the handler closes it instead of accepting it,
    // WebSocketDenialResponse when it is answered with an HTTP response, what the handler threw before it accepted it.
    WebSocketTestSession websocket_connect(std::string_view url, const TestWebSocketRequest& request = {});

    // The cookie jar: name and value. A cookie that the application sets or deletes changes it.
    TextPairs cookies;

  private:
    struct Prepared {
        std::string method;
        std::string scheme;
        std::string host;
        std::string target;
        TextPairs headers;
        std::string body;
        std::vector<std::string> pieces;
    };
    Prepared prepare(std::string_view method, std::string_view url, const TestRequest& request) const;
    Response send(const Prepared& prepared, const TextPairs& extra_cookies);
    // The jar's cookies and these, unless a cookie header is among the headers.
    [[nodiscard]] std::string cookie_header(const Prepared& prepared, const TextPairs& extra_cookies) const;
    void store_cookies(const Response& response);

    // What it has begun.
    class Life {
      public:
        Life() = default;
        Life(Life&& other) noexcept : app_(std::exchange(other.app_, nullptr)) {}
        Life& operator=(Life&&) = delete;
        ~Life();
        void begin(FastAPI& app) {
            app.startup();
            app_ = &app;
        }
        void end() {
            if (FastAPI* app = std::exchange(app_, nullptr)) app->shutdown();
        }

      private:
        FastAPI* app_ = nullptr;
    };
    FastAPI& app_;
    TestClientOptions options_;
    Life life_;
};

} // namespace fastapi
