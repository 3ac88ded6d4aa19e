#pragma once

#include <stdexcept>

#include "fastapi/http/stream.hpp"
#include "fastapi/openapi/docs.ipp"
#include "fastapi/openapi/docs_pages.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// JSON inside a script element, which it cannot end.
FASTAPI_COLD std::string script_json(const json& value) {
    std::string text;
    write_python_json(text, value);
    std::string out;
    for (char c : text) {
        switch (c) {
        case '<': out += "\\u003c"; break;
        case '>': out += "\\u003e"; break;
        case '&': out += "\\u0026"; break;
        default: out.push_back(c);
        }
    }
    return out;
}

FASTAPI_COLD void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
}

FASTAPI_COLD void put_swagger_ui_parameters(std::string& page, const std::string& text) {
    json given = parse_json(text);
    if (!given.is_object()) throw std::logic_error("fastapi: swagger_ui_parameters is a JSON object");
    std::size_t begin = page.find("\"dom_id\": ");
    std::size_t end = page.find("\"showCommonExtensions\": ", begin);
    if (begin == std::string::npos || end == std::string::npos) return; // the page of the explorer
    end = page.find('\n', end) + 1;
    json all = json::object();
    constexpr std::string_view defaults[][2] = {{"dom_id", "\"#swagger-ui\""}, {"layout", "\"BaseLayout\""}, {"deepLinking", "true"},
                                                {"showExtensions", "true"}, {"showCommonExtensions", "true"}};
    std::string lines;
    for (const auto& one : defaults) {
        auto found = given.find(std::string(one[0]));
        lines += concat({"\"", one[0], "\": ", found == given.end() ? std::string(one[1]) : script_json(*found), ",\n"});
        if (found != given.end()) given.erase(found);
    }
    for (const auto& [key, value] : given.get_ref<const json::object_t&>()) lines += concat({script_json(json(key)), ": ", script_json(value), ",\n"});
    page.replace(begin, end - begin, lines);
}

FASTAPI_COLD void put_swagger_ui_oauth(std::string& page, const std::string& text) {
    constexpr std::string_view end = "        ],\n    })\n    </script>";
    std::size_t at = page.find(end);
    if (at == std::string::npos) return;
    page.replace(at, end.size(), concat({"        ],\n    })\n        ui.initOAuth(", script_json(parse_json(text)), ")\n        \n    </script>"}));
}

FASTAPI_COLD std::string in_html(std::string_view text) {
    std::string out;
    append_html(out, text);
    return out;
}

} // namespace detail

FASTAPI_COLD HTMLResponse get_swagger_ui_html(const SwaggerUIPage& page) {
    std::string text = detail::swagger_html;
    std::string redirect;
    if (page.oauth2_redirect_url) {
        redirect = "oauth2RedirectUrl: window.location.origin + '";
        detail::append_for_script(redirect, *page.oauth2_redirect_url);
        redirect += "',";
    }
    std::string url;
    detail::append_for_script(url, page.openapi_url);
    detail::replace_all(text, "{{fallback}}", "");
    detail::replace_all(text, "{{swagger_base}}swagger-ui.css", detail::in_html(page.swagger_css_url));
    detail::replace_all(text, "{{swagger_base}}swagger-ui-bundle.js", detail::in_html(page.swagger_js_url));
    detail::replace_all(text, "{{favicon_url}}", detail::in_html(page.swagger_favicon_url));
    detail::replace_all(text, "{{openapi_url}}", url);
    detail::replace_all(text, "{{oauth2_redirect}}", redirect);
    detail::replace_all(text, "{{title}}", detail::in_html(page.title));
    page.swagger_ui_parameters.apply(text);
    page.init_oauth.apply(text);
    return HTMLResponse(std::move(text));
}

FASTAPI_COLD HTMLResponse get_redoc_html(const ReDocPage& page) {
    std::string text = detail::redoc_html;
    detail::replace_all(text, "{{fallback}}", "");
    detail::replace_all(text, "https://cdn.jsdelivr.net/npm/redoc@2/bundles/redoc.standalone.js", detail::in_html(page.redoc_js_url));
    detail::replace_all(text, "{{favicon_url}}", detail::in_html(page.redoc_favicon_url));
    detail::replace_all(text, "{{openapi_url_html}}", detail::in_html(page.openapi_url));
    detail::replace_all(text, "{{title}}", detail::in_html(page.title));
    return HTMLResponse(std::move(text));
}

FASTAPI_COLD HTMLResponse get_swagger_ui_oauth2_redirect_html() { return HTMLResponse(detail::oauth2_redirect_html); }

} // namespace fastapi
