#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <stdexcept>

#include "fastapi/app/mount.hpp"
#include "fastapi/app/static_files.hpp"
#include "fastapi/http/file_response.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

// --- a file below a directory -----------------------------------------------------------------------------------------------------

class OpenFile {
  public:
    explicit OpenFile(int file = -1) : file_(file) {}
    OpenFile(OpenFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    OpenFile& operator=(OpenFile&& other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (file_ >= 0) ::close(file_);
    }
    [[nodiscard]] int get() const { return file_; }
    int release() { return std::exchange(file_, -1); }

  private:
    int file_;
};

struct FoundFile {
    enum class Kind : std::uint8_t { none, file, directory };
    Kind kind = Kind::none;
    OpenFile file;
    std::string path;
    struct stat status {};
};

// The path without empty parts and dots, as Python's normpath has it. False: it leads out.
FASTAPI_COLD bool normal_path(std::string_view path, std::string& out) {
    if (path.find('\0') != std::string_view::npos || path.starts_with('\\')) return false;
    while (!path.empty()) {
        std::size_t slash = path.find('/');
        std::string_view part = path.substr(0, slash);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
        if (part.empty() || part == ".") continue;
        if (part == "..") {
            if (out.empty()) return false;
            std::size_t last = out.rfind('/');
            out.erase(last == std::string::npos ? 0 : last);
            continue;
        }
        if (!out.empty()) out += '/';
        out += part;
    }
    return !out.starts_with('\\');
}

// Templates, down to the end of this file, so that programs that serve no directories do not compile them.

// Walks from directory to directory, and reads links itself, so that none leads out and nobody can change one in between.
template <int Form>
class DirectoryWalk {
  public:
    explicit DirectoryWalk(const std::string& root) : root_(root) {
        open_.emplace_back(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    [[nodiscard]] bool has_root() const { return open_.front().get() >= 0; }

    // Returns what is at the end of the path; -1, with errno: ENOENT when it is not below the root.
    [[gnu::cold]] OpenFile open(std::string path) {
        int links = 0;
        while (!path.empty()) {
            std::size_t slash = path.find('/');
            std::string part = path.substr(0, slash);
            path.erase(0, slash == std::string::npos ? path.size() : slash + 1);
            if (part.empty() || part == ".") continue;
            if (part == "..") {
                if (open_.size() == 1) return nothing(ENOENT);
                open_.pop_back();
                continue;
            }
            OpenFile next(::openat(open_.back().get(), part.c_str(), flags | O_NOFOLLOW));
            if (next.get() < 0) {
                if (errno != ELOOP && errno != EMLINK) return next;
                if (++links > 40 || !follow(part, path)) return nothing(ENOENT);
                continue;
            }
            struct stat status {};
            if (::fstat(next.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
                if (open_.size() > 100) return nothing(ENOENT);
                open_.push_back(std::move(next));
                continue;
            }
            return path.find_first_not_of('/') == std::string::npos ? std::move(next) : nothing(ENOENT);
        }
        return std::move(open_.back());
    }
    // The same, wherever links lead.
    [[gnu::cold]] OpenFile open_freely(const std::string& path) {
        return path.empty() ? std::move(open_.back()) : OpenFile(::openat(open_.back().get(), path.c_str(), flags));
    }

  private:
    static constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    static OpenFile nothing(int why) {
        errno = why;
        return OpenFile();
    }
    // Puts where a link leads before the rest of the path. False: not below the root.
    [[gnu::cold]] bool follow(const std::string& part, std::string& rest) {
        char text[4096];
        ssize_t size = ::readlinkat(open_.back().get(), part.c_str(), text, sizeof text);
        if (size <= 0 || static_cast<std::size_t>(size) == sizeof text) return false;
        std::string_view target(text, static_cast<std::size_t>(size));
        if (target.front() == '/') {
            char* real = ::realpath(root_.c_str(), nullptr);
            std::string root = real ? real : "";
            std::free(real);
            if (root.empty() || !target.starts_with(root) ||
                (target.size() > root.size() && target[root.size()] != '/'))
                return false;
            target.remove_prefix(root.size());
            while (open_.size() > 1) open_.pop_back();
        }
        rest = concat({target, "/", rest});
        return true;
    }

    const std::string& root_;
    List<OpenFile> open_; // the root and what was walked into
};

// Throws HTTPException 401 for what may not be read, 404 for a name that is too long for a file; std::runtime_error for a
// directory that is not there.
template <int Form>
[[gnu::cold]] FoundFile find_file(const std::string& directory, bool follow_symlink, std::string_view path) {
    FoundFile found;
    std::string rest;
    DirectoryWalk<Form> walk(directory);
    if (!walk.has_root()) throw std::runtime_error(concat({"StaticFiles directory '", directory, "' does not exist."}));
    if (!normal_path(path, rest)) return found;
    found.path = concat({directory, "/", rest});
    found.file = follow_symlink ? walk.open_freely(rest) : walk.open(rest);
    if (found.file.get() < 0) {
        if (errno == EACCES || errno == EPERM) throw HTTPException(401);
        if (errno == ENAMETOOLONG) throw HTTPException(404);
        return found;
    }
    if (::fstat(found.file.get(), &found.status) != 0) return found;
    if (S_ISREG(found.status.st_mode)) found.kind = FoundFile::Kind::file;
    if (S_ISDIR(found.status.st_mode)) found.kind = FoundFile::Kind::directory;
    return found;
}

// --- as an answer -----------------------------------------------------------------------------------------------------------------

// Seconds since 1970 of an HTTP date in one of its three forms (RFC 9110 5.6.7). False: it is none.
template <int Form>
[[gnu::cold]] bool parse_http_date(std::string_view text, std::int64_t& seconds) {
    constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";
    long numbers[5] = {}; // day, hour, minute, second, year in the order of IMF-fixdate once they are found
    std::int64_t day = -1;
    std::int64_t year = -1;
    std::int64_t month = -1;
    bool has_time = false;
    while (!text.empty()) {
        std::size_t end = text.find_first_of(" ,-");
        std::string part = lower_case(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (part.empty()) continue;
        std::size_t digits = part.find_first_not_of("0123456789");
        if (digits == 0) { // the name of a month, of a day or of the time zone
            std::size_t at = part.size() == 3 ? months.find(part) : std::string_view::npos;
            if (month < 0 && at != std::string_view::npos && at % 3 == 0) month = static_cast<std::int64_t>(at / 3);
        } else if (part.find(':') != std::string::npos) {
            if (has_time || std::sscanf(part.c_str(), "%2ld:%2ld:%2ld", &numbers[1], &numbers[2], &numbers[3]) != 3)
                return false;
            has_time = true;
        } else {
            if (digits != std::string::npos || part.size() > 4) return false;
            (day < 0 ? day : year) = std::strtol(part.c_str(), nullptr, 10);
        }
    }
    if (day < 1 || day > 31 || month < 0 || year < 0 || !has_time || numbers[1] > 23 || numbers[2] > 59 ||
        numbers[3] > 60)
        return false;
    if (year < 100) year += year < 70 ? 2000 : 1900; // of two digits, as RFC 850 has it
    // Days from civil: years begin in March.
    std::int64_t shifted = month < 2 ? year - 1 : year;
    std::int64_t days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 +
                        (153 * ((month + 10) % 12) + 2) / 5 + day - 1 - 719468;
    seconds = days * 86400 + numbers[1] * 3600 + numbers[2] * 60 + numbers[3];
    return true;
}

template <int Form>
[[gnu::cold]] bool is_not_modified(const Request& request, const std::string& etag, std::int64_t changed) {
    std::string_view tags = request.headers.get("if-none-match", "");
    if (!tags.empty()) {
        if (trim(tags) == "*") return true;
        while (!tags.empty()) {
            std::size_t comma = tags.find(',');
            std::string_view tag = trim(tags.substr(0, comma));
            if (tag.starts_with("W/")) tag.remove_prefix(2);
            if (tag == etag) return true;
            tags.remove_prefix(comma == std::string_view::npos ? tags.size() : comma + 1);
        }
        return false;
    }
    std::int64_t since = 0;
    return parse_http_date<Form>(request.headers.get("if-modified-since", ""), since) && since >= changed;
}

template <int Form>
Response file_answer(const Request& request, FoundFile found, int status, bool conditional) {
    std::string etag = concat({"\"", md5_text(file_version(found.status)), "\""});
    if (conditional && is_not_modified<Form>(request, etag, found.status.st_mtime))
        return Response("", 304, {{"etag", etag}});
    Response response("", status, {}, guess_media_type(found.path));
    response.headers.append_trusted("accept-ranges", "bytes");
    response.stream = Disposed<BodyStream>(new FileStream<Form>(std::move(found.path), found.file.release()));
    return response;
}

FASTAPI_COLD bool reads_files(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

// The path with a slash behind it.
FASTAPI_COLD Response redirect_to_directory(const Request& request) {
    return redirect_to(request, concat({request.route_path(), "/"}));
}

template <int Form>
struct StaticEndpoint final : Endpoint {
    explicit StaticEndpoint(const StaticFiles& given) : Endpoint(nullptr, 0, {}), files(given) {
        mounted = &place;
        returns.is_response = true;
    }
    StaticFiles files;
    Mounted place;

    [[nodiscard]] FoundFile find(std::string_view path) const {
        return find_file<Form>(files.directory(), files.options().follow_symlink, path);
    }
    [[nodiscard]] Response answer(const Request& request) const {
        if (!reads_files(request)) throw HTTPException(405, nullptr, {{"allow", "GET, HEAD"}});
        std::string_view path = path_below(request);
        FoundFile found = find(path);
        if (found.kind == FoundFile::Kind::file) return file_answer<Form>(request, std::move(found), 200, true);
        if (found.kind == FoundFile::Kind::directory && files.options().html) {
            FoundFile index = find(concat({path, "/index.html"}));
            if (index.kind == FoundFile::Kind::file) {
                if (!request.path().ends_with('/')) return redirect_to_directory(request);
                return file_answer<Form>(request, std::move(index), 200, true);
            }
        }
        if (files.options().html) {
            FoundFile instead = find("404.html");
            if (instead.kind == FoundFile::Kind::file)
                return file_answer<Form>(request, std::move(instead), 404, false);
        }
        throw HTTPException(404);
    }
    void call(const Endpoint& endpoint, Exchange& exchange) const override {
        respond_with(endpoint, exchange, answer(exchange.request));
    }
};

// --- a frontend -------------------------------------------------------------------------------------------------------------------

// Whether a browser asks for a page: a media type of HTML that it does not refuse with q=0.
template <int Form>
[[gnu::cold]] bool asks_for_page(const Request& request) {
    std::string_view accept = request.headers.get("accept", "");
    while (!accept.empty()) {
        std::size_t comma = accept.find(',');
        std::string one = lower_case(accept.substr(0, comma));
        accept.remove_prefix(comma == std::string_view::npos ? accept.size() : comma + 1);
        std::string_view rest = one;
        std::size_t semicolon = rest.find(';');
        std::string_view type = trim(rest.substr(0, semicolon));
        if (type != "text/html" && type != "application/xhtml+xml") continue;
        bool refused = false;
        while (semicolon != std::string_view::npos) {
            rest.remove_prefix(semicolon + 1);
            semicolon = rest.find(';');
            std::string_view parameter = trim(rest.substr(0, semicolon));
            std::size_t equals = parameter.find('=');
            if (equals == std::string_view::npos || trim(parameter.substr(0, equals)) != "q") continue;
            std::string value(trim(parameter.substr(equals + 1)));
            if (value.size() > 1 && value.front() == '"' && value.back() == '"')
                value = value.substr(1, value.size() - 2);
            char* end = nullptr;
            double quality = std::strtod(value.c_str(), &end);
            refused = !value.empty() && *end == '\0' && quality == 0;
        }
        if (!refused) return true;
    }
    return false;
}

struct FrontendPlace : Mounted {
    void (*refuse)(const FrontendPlace& self, const Request& request) = nullptr; // a method that reads no files
    FrontendOptions options;
};

template <int Form>
struct FrontendEndpoint final : Endpoint {
    explicit FrontendEndpoint(const FrontendOptions& given) : Endpoint(nullptr, 0, {}) {
        place.options = given;
        place.refuse = [](const FrontendPlace& self, const Request& request) {
            throw HTTPException(
                resource(self.options, request, path_below(request), nullptr).kind == FoundFile::Kind::file ? 405
                                                                                                            : 404);
        };
        mounted = &place;
        returns.is_response = true;
    }
    FrontendPlace place;

    static FoundFile file(const FrontendOptions& options, std::string_view path) {
        return find_file<Form>(options.directory, false, path);
    }
    // A file, or the index.html of a directory.
    static FoundFile resource(const FrontendOptions& options, const Request&, std::string_view path, bool* is_index) {
        FoundFile found = file(options, path);
        if (found.kind != FoundFile::Kind::directory) return found;
        if (is_index) *is_index = true;
        return file(options, concat({path, "/index.html"}));
    }
    [[nodiscard]] Response fall_back(const Request& request, const char* name, int status) const {
        FoundFile found = file(place.options, name);
        if (found.kind != FoundFile::Kind::file)
            throw std::runtime_error(concat(
                {"Frontend fallback file '", name, "' does not exist in directory '", place.options.directory, "'."}));
        return file_answer<Form>(request, std::move(found), status, true);
    }
    [[nodiscard]] Response answer(const Request& request) const {
        const std::optional<std::string>& fallback = place.options.fallback;
        bool is_index = false;
        FoundFile found = resource(place.options, request, path_below(request), &is_index);
        if (found.kind == FoundFile::Kind::file) {
            if (is_index && !request.path().ends_with('/')) return redirect_to_directory(request);
            return file_answer<Form>(request, std::move(found), 200, true);
        }
        auto is_there = [&](const char* name) { return file(place.options, name).kind == FoundFile::Kind::file; };
        if (fallback == "404.html" || (fallback == "auto" && is_there("404.html")))
            return fall_back(request, "404.html", 404);
        if ((fallback == "index.html" || (fallback == "auto" && is_there("index.html"))) &&
            asks_for_page<Form>(request))
            return fall_back(request, "index.html", 200);
        throw HTTPException(404);
    }
    void call(const Endpoint& endpoint, Exchange& exchange) const override {
        respond_with(endpoint, exchange, answer(exchange.request));
    }
};

// All frontends of an application: the one with the longest path answers.
struct AppFrontends final : AppParts::Cache::Frontends {
    AppFrontends() {
        dispose = &destroy<AppFrontends>;
        find = [](const Frontends& self, Request& request) { return static_cast<const AppFrontends&>(self).find_longest(request); };
    }
    List<Owned<Route>> routes; // without a slash at the end of the path
    const Endpoint* find_longest(Request& request) const {
        const Route* best = nullptr;
        std::string_view path = request.route_path();
        for (const Owned<Route>& route : routes) {
            const std::string& prefix = route->path;
            bool below = path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
            if (below && (!best || prefix.size() > best->path.size())) best = route.get();
        }
        if (!best) return nullptr;
        std::string_view rest = path.substr(best->path.size());
        if (rest.starts_with('/')) rest.remove_prefix(1);
        while (best->path.empty() && rest.starts_with('/')) rest.remove_prefix(1);
        request.path_param_count = request.mounted_params + 1;
        request.path_params[request.mounted_params] = {"path", rest};
        if (!reads_files(request)) {
            const auto& place = static_cast<const FrontendPlace&>(*best->endpoint->mounted);
            place.refuse(place, request);
        }
        return best->endpoint.get();
    }
};

FASTAPI_COLD void install_frontend(FastAPI& app, Owned<Route> route) {
    while (route->path.ends_with('/')) route->path.pop_back();
    AppParts::Cache& cache = AppParts::cache(app);
    if (!cache.frontends) {
        auto* made = new AppFrontends;
        AppParts::attach(app, made);
        cache.frontends = made;
    }
    static_cast<AppFrontends*>(cache.frontends)->routes.push_back(std::move(route));
}

FASTAPI_COLD void attach_frontend(Inclusion& place, RouterEntry& entry) {
    install_frontend(*place.app,
                     make_included_route(place.context, entry, AppParts::options(*place.app), RoutePathRule::whole));
}

template <int Form>
[[gnu::cold]] void check_frontend(std::string_view path, const FrontendOptions& options) {
    if (path.empty() || path.front() != '/')
        throw std::logic_error(concat({"fastapi: the path \"", path, "\" of a frontend must start with a slash"}));
    bool known = !options.fallback || options.fallback == "auto" || options.fallback == "index.html" ||
                 options.fallback == "404.html";
    if (!known)
        throw std::logic_error(
            "fastapi: the fallback of a frontend is \"auto\", \"index.html\", \"404.html\" or std::nullopt");
    if (!options.check_dir) return;
    if (!DirectoryWalk<Form>(options.directory).has_root())
        throw std::runtime_error(concat({"Frontend directory '", options.directory, "' does not exist."}));
    bool named = options.fallback == "index.html" || options.fallback == "404.html";
    if (named && find_file<Form>(options.directory, false, *options.fallback).kind != FoundFile::Kind::file)
        throw std::runtime_error(concat({"Frontend fallback file '", *options.fallback,
                                         "' does not exist in directory '", options.directory, "'."}));
}

template <int Form>
void Registrar::mount(std::string_view path, const StaticFiles& files, std::string_view name) {
    add_mount(*this, path, name, Owned<Endpoint>(new StaticEndpoint<Form>(files)));
}

template <int Form>
void Registrar::frontend(std::string_view path, const FrontendOptions& options) {
    check_frontend<Form>(path, options);
    Owned<RouterEntry> entry(new RouterEntry);
    entry->attach = &attach_frontend;
    entry->path = path;
    entry->name = "frontend";
    entry->endpoint = Owned<Endpoint>(new FrontendEndpoint<Form>(options));
    if (core_) return core_->take(*core_, std::move(entry));
    auto& app = static_cast<FastAPI&>(*this);
    install_frontend(app, make_route({}, path, {}, std::move(entry->endpoint), entry->options, {},
                                     AppParts::options(app), RoutePathRule::whole));
}
#if defined(FASTAPI_IMPLEMENTATION)
template void Registrar::mount(std::string_view, const StaticFiles&, std::string_view);
template void Registrar::frontend(std::string_view, const FrontendOptions&);
#endif

} // namespace detail

template <int Form>
StaticFiles::StaticFiles(std::string directory, const StaticFilesOptions& options)
    : directory_(std::move(directory)), options_(options) {
    if (options.check_dir && !detail::DirectoryWalk<Form>(directory_).has_root())
        throw std::runtime_error(detail::concat({"Directory '", directory_, "' does not exist"}));
}
#if defined(FASTAPI_IMPLEMENTATION)
template StaticFiles::StaticFiles(std::string, const StaticFilesOptions&);
#endif

} // namespace fastapi
