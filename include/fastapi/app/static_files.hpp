#pragma once

// Files of a directory, below a path (Starlette's StaticFiles), and a frontend's build, where no route matches.
//   app.mount("/static", StaticFiles("static"), "static");
//   app.frontend("/", {.directory = "dist"});

#include <optional>
#include <string>
#include <utility>

namespace fastapi {

struct StaticFilesOptions {
    bool html = false;           // a directory is its index.html, and what is not there 404.html, when there is one
    bool check_dir = true;       // the directory must exist when this is made
    bool follow_symlink = false; // links may lead out of the directory
};

// Answers GET and HEAD with the file that the rest of the path names, as FileResponse does; with 304 when the client has that
// version (If-None-Match, else If-Modified-Since, RFC 9110 13), with 404 for what is not there or not below the directory, which
// is decided on open directories (openat), not on names. Folders may be nested 100 deep.
class StaticFiles {
  public:
    // Throws std::runtime_error when the directory does not exist.
    template <int Form = 0> // a template, so that programs that do without do not compile it
    explicit StaticFiles(std::string directory, const StaticFilesOptions& options = {});
    [[nodiscard]] const std::string& directory() const { return directory_; }
    [[nodiscard]] const StaticFilesOptions& options() const { return options_; }

  private:
    std::string directory_;
    StaticFilesOptions options_;
};

// What app.frontend() serves: a file, the index.html of a directory, or else the fallback.
struct FrontendOptions {
    std::string directory;
    // "index.html": for GET and HEAD of a browser that goes to a page (Accept names HTML), with 200; "404.html": for all, with 404;
    // "auto": the second when it is there, else the first; none: 404.
    std::optional<std::string> fallback = "auto";
    bool check_dir = true; // directory and fallback must exist at registration
};

} // namespace fastapi
