#pragma once

// GZipMiddleware: compresses answers, streams as they are made, for clients that say they take it. It needs zlib (-lz).

#include <cstddef>
#include <string>
#include <vector>

#include "fastapi/app/fastapi.hpp"

namespace fastapi {

template <int Form>
class BasicGZipMiddleware {
  public:
    struct Options {
        std::size_t minimum_size = 500; // bytes; shorter bodies go as they are, streams do not
        int compresslevel = 9;          // 0 to 9
        std::vector<std::string> exclude_content_types = {"text/event-stream"}; // what a content type begins with
    };
    // Throws std::logic_error in a program without zlib.
    explicit BasicGZipMiddleware(Options options);
    void after(const Request& request, Response& response) const;

  private:
    Options options_;
};
using GZipMiddleware = BasicGZipMiddleware<0>;

} // namespace fastapi
