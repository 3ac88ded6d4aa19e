#pragma once

// The documentation's pages made one's own: what Swagger UI is told, and pages for routes of the user's (openapi/docs_pages.ipp).

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "fastapi/http/response.hpp"
#include "fastapi/json/json.hpp"

namespace fastapi {

namespace detail {
// Into the page that has the defaults.
void put_swagger_ui_parameters(std::string& page, const std::string& text);
void put_swagger_ui_oauth(std::string& page, const std::string& text);

// JSON for a page, kept as text for as long as the program runs (there is little of it), with the code that puts it there: a
// program without holds none of that.
struct PageJsonText {
    void (*put)(std::string& page, const std::string& text);
    std::string text;
    const PageJsonText* next; // all there are
};
inline const PageJsonText* page_json_texts = nullptr;
template <void (*Put)(std::string& page, const std::string& text)>
class PageJson {
  public:
    PageJson() = default;
    template <class J>
        requires std::is_same_v<std::remove_cvref_t<J>, json>
    PageJson(J&& value) // NOLINT: implicit on purpose
        : held_(page_json_texts = new PageJsonText{Put, to_json_text(value), page_json_texts}) {}
    void apply(std::string& page) const {
        if (held_) held_->put(page, held_->text);
    }

  private:
    const PageJsonText* held_ = nullptr;
};
} // namespace detail

// An object of parameters of Swagger UI: json{{"deepLinking", false}}. Those that are there by themselves stay unless named.
using SwaggerUIParameters = detail::PageJson<&detail::put_swagger_ui_parameters>;
// What Swagger UI's initOAuth() is called with: json{{"clientId", "…"}}.
using SwaggerUIInitOAuth = detail::PageJson<&detail::put_swagger_ui_oauth>;

// What get_swagger_ui_html() makes its page of.
struct SwaggerUIPage {
    std::string openapi_url;
    std::string title;
    std::string swagger_js_url = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui-bundle.js";
    std::string swagger_css_url = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui.css";
    std::string swagger_favicon_url = "https://fastapi.tiangolo.com/img/favicon.png";
    std::optional<std::string> oauth2_redirect_url = std::nullopt;
    SwaggerUIInitOAuth init_oauth = {};
    SwaggerUIParameters swagger_ui_parameters = {};
};
struct ReDocPage {
    std::string openapi_url;
    std::string title;
    std::string redoc_js_url = "https://cdn.jsdelivr.net/npm/redoc@2/bundles/redoc.standalone.js";
    std::string redoc_favicon_url = "https://fastapi.tiangolo.com/img/favicon.png";
};

// Pages for routes of your own, when FastAPIOptions::docs_url and redoc_url are std::nullopt.
HTMLResponse get_swagger_ui_html(const SwaggerUIPage& page);
HTMLResponse get_redoc_html(const ReDocPage& page);
HTMLResponse get_swagger_ui_oauth2_redirect_html();

} // namespace fastapi
