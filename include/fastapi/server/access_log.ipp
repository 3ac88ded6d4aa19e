#pragma once

// The access log, in uvicorn's form: "INFO:     127.0.0.1:50000 - "GET / HTTP/1.1" 200 OK"; or as a JSON object a line.

#include <cstdio>
#include <ctime>
#include <string>

#include "fastapi/async/operation.hpp"
#include "fastapi/http/request_notes.hpp"
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

// {"time","client","method","target","route","status","duration_ms","request_id","trace_id","span_id","user_agent"}; those that are
// unknown are left out, but for the duration, which is 0.
FASTAPI_COLD std::string access_log_json(const Request& request, int status) {
    const RequestNotes* notes = request.notes_if_any();
    std::string_view trace = notes ? std::string_view(notes->trace) : std::string_view{};
    std::int64_t began = request.began ? request.began : notes ? notes->began : 0;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    std::tm utc{};
    ::gmtime_r(&now.tv_sec, &utc);
    char time[32];
    std::size_t size = std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(time + size, sizeof time - size, ".%03dZ", static_cast<int>(now.tv_nsec / 1000000));
    char numbers[80];
    std::snprintf(numbers, sizeof numbers, "%d,\"duration_ms\":%.3f", status,
                  began ? static_cast<double>(steady_microseconds() - began) / 1000 : 0.0);
    const struct {
        std::string_view name;
        std::string_view text;
    } fields[] = {
        {"time", time},
        {"client", request.client.host},
        {"method", request.method},
        {"target", request.target},
        {"route", request.route_template},
        {"status", numbers},
        {"request_id", notes ? std::string_view(notes->id) : std::string_view{}},
        {"trace_id", trace.substr(trace.empty() ? 0 : 3, 32)},
        {"span_id", trace.substr(trace.empty() ? 0 : 36, 16)},
        {"user_agent", request.headers.get("user-agent", {})},
    };
    JsonWriter writer;
    writer.begin_object();
    for (const auto& field : fields) {
        if (field.text.data() == numbers) {
            writer.key(field.name).raw(field.text);
        } else {
            writer.member(field.name, is_valid_utf8(field.text) ? field.text : std::string_view(for_log(field.text)));
        }
    }
    writer.end_object().out.push_back('\n');
    return std::move(writer.out);
}

// A line of the log that run() writes. A header-only program holds the JSON when it says so.
#if defined(FASTAPI_JSON_ACCESS_LOG) || defined(FASTAPI_IMPLEMENTATION)
inline constexpr bool has_json_access_log = true;
FASTAPI_INLINE std::string access_log_line(const Request& request, int status, bool json) {
    return json ? access_log_json(request, status) : access_log_line(request, status);
}
#else
inline constexpr bool has_json_access_log = false;
FASTAPI_INLINE std::string access_log_line(const Request& request, int status, bool) { return access_log_line(request, status); }
#endif

FASTAPI_INLINE void write_access_log(const Request& request, int status, bool json) {
    std::string line = access_log_line(request, status, json);
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
}

} // namespace fastapi::detail
