#pragma once

// Templates: pages of HTML made from files by Mustache (https://mustache.github.io/mustache.5.html). It is there when the engine's
// header is included first, which Debian has as libkainjow-mustache-dev:
//   #include <kainjow/mustache.hpp>
//   #include "fastapi.hpp"
//   Templates templates("templates");
//   app.get("/items/{item_id}", [&](Request& request, std::string item_id) {
//       return templates.TemplateResponse(request, "item.html", json{{"id", item_id}});
//   });

#include "fastapi/app/fastapi.hpp"

#if defined(KAINJOW_MUSTACHE_HPP)

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "fastapi/json/json.hpp"

namespace fastapi {

class Templates {
  public:
    // Of a directory. Files are read once, and again when they have changed.
    explicit Templates(std::string directory) : directory_(std::move(directory)) {
        while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
    }
    Templates(const Templates&) = delete;
    Templates& operator=(const Templates&) = delete;

    // The page that a template makes of a context. {{name}} is escaped for HTML, {{{name}}} is not; {{#items}}…{{/items}} is repeated
    // for a list, {{^items}}…{{/items}} stands where there is none; {{> header.html}} is another template, in place. The request is
    // there as {{request.method}} and {{request.path}}, and {{#url_for}}read_item item_id={{id}}{{/url_for}} is the URL of a route
    // or a file ({{#url_for}}static path=/styles.css{{/url_for}}). Throws std::runtime_error for a template that is missing or
    // wrong, NoMatchFound for a URL.
    [[nodiscard]] HTMLResponse TemplateResponse(const Request& request, std::string_view name, const json& context = json::object(),
                                                int status_code = 200, Headers headers = {}) const {
        return HTMLResponse(render(name, context, &request), status_code, std::move(headers));
    }
    // The text alone; without a request there is no url_for.
    [[nodiscard]] std::string render(std::string_view name, const json& context = json::object(), const Request* request = nullptr) const {
        using kainjow::mustache::data;
        if (!context.is_object()) throw std::runtime_error("fastapi: the context of a template is a JSON object");
        data values = data_of(context);
        if (request) {
            data about;
            about.set("method", std::string(request->method));
            about.set("path", std::string(request->path()));
            values.set("request", about);
            values.set("url_for", kainjow::mustache::lambda2{[request](const std::string& text, const kainjow::mustache::renderer& expand) {
                           return kainjow::mustache::html_escape<std::string>(url_of(*request, plain(expand(text))));
                       }});
        }
        kainjow::mustache::mustache page(text_of(name));
        if (!page.is_valid()) throw std::runtime_error(detail::concat({"fastapi: the template ", name, ": ", page.error_message()}));
        Context stack(values, *this);
        std::string out = page.render(stack);
        if (!page.is_valid()) throw std::runtime_error(detail::concat({"fastapi: the template ", name, ": ", page.error_message()}));
        return out;
    }

  private:
    struct File {
        std::string text;
        struct timespec changed {};
        off_t size = 0;
    };
    static constexpr off_t max_size = off_t{16} * 1024 * 1024; // bytes of a file
    static constexpr std::ptrdiff_t max_stack = 256 * 1024;      // bytes of it that templates in templates may take

    // Finds a template where another one names it.
    class Context : public kainjow::mustache::context<std::string> {
      public:
        Context(const kainjow::mustache::data& values, const Templates& templates)
            : kainjow::mustache::context<std::string>(&values), templates_(templates) {}
        const kainjow::mustache::data* get_partial(const std::string& name) const override {
            const char* here = static_cast<const char*>(__builtin_frame_address(0));
            if (std::abs(outermost_ - here) > max_stack) throw std::runtime_error("fastapi: a template includes itself without end");
            partial_ = kainjow::mustache::data(templates_.text_of(name));
            return &partial_;
        }

      private:
        const Templates& templates_;
        mutable kainjow::mustache::data partial_;
        const char* outermost_ = static_cast<const char*>(__builtin_frame_address(0)); // the library renders by recursion
    };

    static kainjow::mustache::data data_of(const json& value) {
        using kainjow::mustache::data;
        switch (value.type()) {
        case json::value_t::object: {
            data made(data::type::object);
            for (const auto& [key, item] : value.items()) made.set(key, data_of(item));
            return made;
        }
        case json::value_t::array: {
            data made(data::type::list);
            for (const json& item : value) made.push_back(data_of(item));
            return made;
        }
        case json::value_t::string: return value.get_ref<const std::string&>();
        case json::value_t::boolean: return data(value.get<bool>() ? data::type::bool_true : data::type::bool_false);
        case json::value_t::null: return data(data::type::bool_false);
        default: return to_json_text(value);
        }
    }

    // The text that was escaped for HTML on the way.
    static std::string plain(std::string text) {
        static constexpr std::pair<std::string_view, char> entities[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}};
        for (std::size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1))
            for (const auto& [entity, character] : entities)
                if (text.compare(at, entity.size(), entity) == 0) {
                    text.replace(at, entity.size(), 1, character);
                    break;
                }
        return text;
    }

    // "read_item item_id=5": the URL of a route by its name, with its placeholders.
    static std::string url_of(const Request& request, std::string_view text) {
        auto next = [&text] {
            std::size_t begin = std::min(text.find_first_not_of(" \n\t\r"), text.size());
            std::size_t end = std::min(text.find_first_of(" \n\t\r", begin), text.size());
            std::string_view word = text.substr(begin, end - begin);
            text.remove_prefix(end);
            return word;
        };
        std::string_view name = next();
        std::vector<UrlParam> params;
        for (std::string_view word = next(); !word.empty(); word = next()) {
            std::size_t equals = word.find('=');
            if (equals == std::string_view::npos)
                throw std::runtime_error(detail::concat({"fastapi: url_for in a template: \"", word, "\" is not name=value"}));
            params.emplace_back(word.substr(0, equals), word.substr(equals + 1));
        }
        return request.url_for(name, params.data(), params.size());
    }

    [[nodiscard]] std::string text_of(std::string_view name) const {
        auto fail = [&](std::string_view why) { throw std::runtime_error(detail::concat({"fastapi: the template ", name, " ", why})); };
        bool inside = !name.empty() && name.front() != '/' && name.find('\0') == std::string_view::npos;
        for (std::string_view rest = name; inside && !rest.empty();) {
            std::size_t slash = rest.find('/');
            inside = rest.substr(0, slash) != "..";
            rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
        }
        if (!inside) fail("is no name of a file in the directory");
        struct Open {
            int number;
            ~Open() {
                if (number >= 0) ::close(number);
            }
        } file{::open(detail::concat({directory_, "/", name}).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
        struct stat status {};
        if (file.number < 0 || ::fstat(file.number, &status) != 0) fail(detail::concat({"cannot be read: ", std::strerror(errno)}));
        if (!S_ISREG(status.st_mode)) fail("is not a file");
        if (status.st_size > max_size) fail("has more than 16 MB");
        std::lock_guard lock(mutex_);
        File& known = files_[std::string(name)];
        bool same = known.size == status.st_size && known.changed.tv_sec == status.st_mtim.tv_sec &&
                    known.changed.tv_nsec == status.st_mtim.tv_nsec && !known.text.empty();
        if (same) return known.text;
        std::string text(static_cast<std::size_t>(status.st_size), '\0');
        std::size_t size = 0;
        while (size < text.size()) {
            auto n = ::read(file.number, text.data() + size, text.size() - size);
            if (n <= 0) break; // it has become shorter
            size += static_cast<std::size_t>(n);
        }
        text.resize(size);
        known = {std::move(text), status.st_mtim, status.st_size};
        return known.text;
    }

    std::string directory_;
    mutable std::mutex mutex_;
    mutable std::unordered_map<std::string, File> files_;
};

} // namespace fastapi

#else

namespace fastapi {

template <class Engine = void>
class Templates {
    static_assert(!std::is_void_v<Engine>, "fastapi: Templates needs a template engine: #include <kainjow/mustache.hpp> before fastapi.hpp "
                                           "(Debian: libkainjow-mustache-dev)");

  public:
    template <class... A>
    explicit Templates(A&&...) {}
};

} // namespace fastapi

#endif
