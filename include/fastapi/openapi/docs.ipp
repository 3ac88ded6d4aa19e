#pragma once

#include <cstdio>

#include "fastapi/http/url.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/openapi/docs.hpp"
#include "fastapi/openapi/docs_html.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD std::string escape_html(std::string_view text) {
    std::string out;
    for (char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#x27;"; break;
        default: out.push_back(c);
        }
    }
    return out;
}

// A JavaScript string literal that cannot end a script element either.
FASTAPI_COLD std::string script_string(std::string_view text) {
    std::string quoted;
    write_json_string(quoted, text);
    std::string out;
    for (char c : quoted) out += c == '<' ? "\\u003c" : std::string_view(&c, 1);
    return out;
}

// A path inside a JavaScript string in single quotes.
FASTAPI_COLD std::string for_script(std::string_view path) { return percent_encode(path, "/:@!$&()*+,;=~%?#[]"); }

struct Blank {
    std::string_view name;
    std::string value;
};

// Fills the blanks {{name}} of a page.
FASTAPI_COLD std::string fill_page(std::string_view page, std::initializer_list<Blank> blanks) {
    std::string out;
    while (!page.empty()) {
        std::size_t open = page.find("{{");
        out += page.substr(0, open);
        if (open == std::string_view::npos) break;
        std::size_t close = page.find("}}", open);
        std::string_view name = page.substr(open + 2, close - open - 2);
        for (const Blank& blank : blanks)
            if (blank.name == name) out += blank.value;
        page.remove_prefix(close + 2);
    }
    return out;
}

inline constexpr std::string_view favicon_url = "https://fastapi.tiangolo.com/img/favicon.png";
inline constexpr std::string_view swagger_ui_names[] = {"swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"};

// The whole of a file; nothing when it cannot be read.
FASTAPI_COLD std::optional<std::string> read_file(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (!file) return std::nullopt;
    std::string content;
    char buffer[16384];
    while (std::size_t n = std::fread(buffer, 1, sizeof buffer, file)) content.append(buffer, n);
    bool good = std::ferror(file) == 0;
    std::fclose(file);
    return good ? std::optional(std::move(content)) : std::nullopt;
}

FASTAPI_COLD std::vector<std::string> swagger_ui_files(const FastAPIOptions& options) {
    std::vector<std::string> names;
    if (options.swagger_ui_directory.empty()) return names;
    for (std::string_view name : swagger_ui_names) {
        std::FILE* file = std::fopen(concat({options.swagger_ui_directory, "/", name}).c_str(), "rb");
        if (!file) return {}; // all of them or none
        std::fclose(file);
        names.emplace_back(name);
    }
    return names;
}

FASTAPI_COLD Response swagger_ui_file(const FastAPIOptions& options, const std::string& name) {
    auto content = read_file(options.swagger_ui_directory + "/" + name);
    if (!content) throw HTTPException(404);
    std::string_view type = name.ends_with(".js") ? "text/javascript" : name.ends_with(".css") ? "text/css" : "image/png";
    return Response(std::move(*content), 200, {{"cache-control", "max-age=3600"}}, type);
}

FASTAPI_COLD std::string fallback_script(const FastAPIOptions& options, const std::string& root_path) {
    if (!options.docs_fallback || !options.docs_url) return {};
    return fill_page(fallback_html, {{"explorer_url", script_string(root_path + *options.docs_url + "/explorer")}});
}

FASTAPI_COLD Response explorer_page(const FastAPIOptions& options, const std::string& root_path) {
    return HTMLResponse(fill_page(explorer_html, {{"title", escape_html(options.title)},
                                                  {"openapi_url", script_string(root_path + *options.openapi_url)}}));
}

FASTAPI_COLD Response docs_page(const FastAPIOptions& options, const std::string& root_path) {
    if (options.docs_explorer) return explorer_page(options, root_path);
    bool local = !swagger_ui_files(options).empty();
    std::string base = local ? root_path + *options.docs_url + "/" : "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/";
    std::string redirect;
    if (options.swagger_ui_oauth2_redirect_url)
        redirect = concat({"oauth2RedirectUrl: window.location.origin + '", for_script(root_path + *options.swagger_ui_oauth2_redirect_url), "',"});
    return HTMLResponse(fill_page(swagger_html, {{"fallback", fallback_script(options, root_path)},
                                                 {"title", escape_html(options.title) + " - Swagger UI"},
                                                 {"openapi_url", for_script(root_path + *options.openapi_url)},
                                                 {"swagger_js_url", escape_html(base + "swagger-ui-bundle.js")},
                                                 {"swagger_css_url", escape_html(base + "swagger-ui.css")},
                                                 {"favicon_url", local ? escape_html(base + "favicon-32x32.png") : std::string(favicon_url)},
                                                 {"parameters", "\"dom_id\": \"#swagger-ui\",\n\"layout\": \"BaseLayout\",\n"
                                                                "\"deepLinking\": true,\n\"showExtensions\": true,\n"
                                                                "\"showCommonExtensions\": true,\n"},
                                                 {"oauth2_redirect", redirect},
                                                 {"init_oauth", ""}}));
}

FASTAPI_COLD Response redoc_page(const FastAPIOptions& options, const std::string& root_path) {
    if (options.docs_explorer) return explorer_page(options, root_path);
    return HTMLResponse(
        fill_page(redoc_html, {{"fallback", fallback_script(options, root_path)},
                               {"title", escape_html(options.title) + " - ReDoc"},
                               {"openapi_url", escape_html(root_path + *options.openapi_url)},
                               {"redoc_js_url", "https://cdn.jsdelivr.net/npm/redoc@2/bundles/redoc.standalone.js"},
                               {"google_fonts", "    <link href=\"https://fonts.googleapis.com/css?family=Montserrat:300,400,700|"
                                                "Roboto:300,400,700\" rel=\"stylesheet\">\n    \n"},
                               {"favicon_url", std::string(favicon_url)}}));
}

FASTAPI_COLD Response oauth2_redirect_page() { return HTMLResponse(oauth2_redirect_html); }

} // namespace fastapi::detail
