#pragma once

#include <cstdio>

#include "fastapi/http/url.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/openapi/docs.hpp"
#include "fastapi/openapi/docs_html.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD void append_html(std::string& out, std::string_view text) {
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
}

// A JavaScript string literal that cannot end a script element either.
FASTAPI_COLD void append_script_string(std::string& out, std::string_view text) {
    std::size_t at = out.size();
    write_json_string(out, text);
    while ((at = out.find('<', at)) != std::string::npos) out.replace(at, 1, "\\u003c");
}

// A path inside a JavaScript string in single quotes.
FASTAPI_COLD void append_for_script(std::string& out, std::string_view path) { out += percent_encode(path, "/:@!$&()*+,;=~%?#[]"); }

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

// What the blanks of a page depend on.
struct PageContext {
    const FastAPIOptions& options;
    const std::string& root_path;
    std::string_view title_suffix;
    std::string base; // where Swagger UI's files are
    bool local = false;
};

FASTAPI_COLD void fill_page(std::string& out, std::string_view page, const PageContext& context);

FASTAPI_COLD void fill_blank(std::string& out, std::string_view name, const PageContext& context) {
    const FastAPIOptions& options = context.options;
    auto rooted = [&](const std::string& path, std::string_view rest = {}) { return concat({context.root_path, path, rest}); };
    bool falls_back = options.docs_fallback && options.docs_url;
    if (name == "title") {
        append_html(out, options.title);
        out += context.title_suffix;
    } else if (name == "fallback" && falls_back) {
        fill_page(out, fallback_html, context);
    } else if (name == "explorer_url") {
        append_script_string(out, rooted(*options.docs_url, "/explorer"));
    } else if (name == "openapi_url_script") {
        append_script_string(out, rooted(*options.openapi_url));
    } else if (name == "openapi_url_html") {
        append_html(out, rooted(*options.openapi_url));
    } else if (name == "openapi_url") {
        append_for_script(out, rooted(*options.openapi_url));
    } else if (name == "swagger_base") {
        append_html(out, context.base);
    } else if (name == "favicon_url") {
        if (context.local) {
            append_html(out, context.base);
            out += swagger_ui_names[2];
        } else {
            out += favicon_url;
        }
    } else if (name == "oauth2_redirect" && options.swagger_ui_oauth2_redirect_url) {
        out += "oauth2RedirectUrl: window.location.origin + '";
        append_for_script(out, rooted(*options.swagger_ui_oauth2_redirect_url));
        out += "',";
    }
}

// Fills the blanks {{name}} of a page.
FASTAPI_COLD void fill_page(std::string& out, std::string_view page, const PageContext& context) {
    while (!page.empty()) {
        std::size_t open = page.find("{{");
        out += page.substr(0, open);
        if (open == std::string_view::npos) return;
        std::size_t close = page.find("}}", open);
        fill_blank(out, page.substr(open + 2, close - open - 2), context);
        page.remove_prefix(close + 2);
    }
}

FASTAPI_COLD Response page_of(std::string_view page, const PageContext& context) {
    std::string text;
    fill_page(text, page, context);
    return HTMLResponse(std::move(text));
}

FASTAPI_COLD Response explorer_page(const FastAPIOptions& options, const std::string& root_path) {
    return page_of(explorer_html, {options, root_path, "", {}});
}

FASTAPI_COLD Response docs_page(const FastAPIOptions& options, const std::string& root_path) {
    if (options.docs_explorer) return explorer_page(options, root_path);
    PageContext context{options, root_path, " - Swagger UI", "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"};
    context.local = !swagger_ui_files(options).empty();
    if (context.local) context.base = concat({root_path, *options.docs_url, "/"});
    Response made = page_of(swagger_html, context);
    options.swagger_ui_parameters.apply(made.body);
    options.swagger_ui_init_oauth.apply(made.body);
    return made;
}

FASTAPI_COLD Response redoc_page(const FastAPIOptions& options, const std::string& root_path) {
    if (options.docs_explorer) return explorer_page(options, root_path);
    return page_of(redoc_html, {options, root_path, " - ReDoc", {}});
}

FASTAPI_COLD Response oauth2_redirect_page() { return HTMLResponse(oauth2_redirect_html); }

} // namespace fastapi::detail
