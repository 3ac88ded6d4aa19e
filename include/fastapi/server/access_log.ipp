#pragma once

// The access log, in uvicorn's form: "INFO:     127.0.0.1:50000 - "GET / HTTP/1.1" 200 OK".

#include <string>

#include "fastapi/http/request.hpp"
#include "fastapi/http/status.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// Text for a log line: bytes that could end or disguise a line are escaped.
FASTAPI_INLINE std::string for_log(std::string_view text) {
    return percent_encode(text.substr(0, 2000), "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}");
}

FASTAPI_INLINE std::string access_log_line(const Request& request, int status) {
    std::string_view phrase = reason_phrase(status);
    return concat({"INFO:     ", request.client.host, ":", integer_text(request.client.port), " - \"", for_log(request.method), " ",
                   for_log(request.target), " HTTP/", request.http_version, "\" ", integer_text(status), phrase.empty() ? "" : " ", phrase,
                   "\n"});
}

} // namespace fastapi::detail
