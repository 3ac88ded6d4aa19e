#pragma once

#include <cmath>
#include <stdexcept>

#include "fastapi/http/request_notes.hpp"
#include "fastapi/middleware/headers.ipp"
#include "fastapi/middleware/limits.ipp"
#include "fastapi/middleware/observe.hpp"
#include "fastapi/server/access_log.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

// --- the access log -------------------------------------------------------------------------------------------------------

template <int Form>
[[gnu::cold]] bool BasicAccessLogMiddleware<Form>::before(Request& request, Response&) const {
    detail::RequestNotes& notes = request.notes();
    if (!notes.began) notes.began = detail::steady_microseconds();
    return true;
}

template <int Form>
[[gnu::cold]] void BasicAccessLogMiddleware<Form>::write(const Request& request, int status) const {
    const detail::RequestNotes* notes = request.notes_if_any();
    std::int64_t took = notes ? detail::steady_microseconds() - notes->began : 0;
    std::string line;
    if (options_.json) {
        line = detail::access_log_json(request, status);
    } else {
        char milliseconds[32];
        std::snprintf(milliseconds, sizeof milliseconds, "%.3f", static_cast<double>(took) / 1000);
        std::string_view trace = traceparent(request);
        line = detail::access_log_line(request, status);
        line.pop_back();
        line += detail::concat({" ", milliseconds, " ms"});
        if (!request_id(request).empty()) line += detail::concat({" id=", request_id(request)});
        if (!trace.empty()) line += detail::concat({" trace=", trace.substr(3, 32)});
        line += "\n";
    }
    std::fwrite(line.data(), 1, line.size(), options_.out);
    std::fflush(options_.out);
}

// --- metrics --------------------------------------------------------------------------------------------------------------

template <int Form>
struct BasicMetricsMiddleware<Form>::Series {
    std::string labels; // as they are printed, without the status: what it is sorted by first
    int status = 0;
    std::uint64_t requests = 0;
    std::int64_t microseconds = 0;
    std::vector<std::uint64_t> buckets; // each with those below it, as they are printed
};

template <int Form>
[[gnu::cold]] BasicMetricsMiddleware<Form>::BasicMetricsMiddleware(Options options) : options_(std::move(options)) {
    for (std::size_t i = 0; i < options_.buckets.size(); ++i)
        if (!(options_.buckets[i] > (i ? options_.buckets[i - 1] : 0)))
            throw std::logic_error("fastapi: the buckets of MetricsMiddleware are seconds above 0, each more than the one before");
}
template <int Form>
[[gnu::cold]] BasicMetricsMiddleware<Form>::~BasicMetricsMiddleware() {
    for (Series* series : series_) delete series;
}

template <int Form>
[[gnu::cold]] bool BasicMetricsMiddleware<Form>::before(Request& request, Response& response) const {
    if (request.route_path() == options_.path && (request.method == "GET" || request.method == "HEAD")) {
        response = Response(text(*request.app), 200, {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}});
        return false;
    }
    detail::RequestNotes& notes = request.notes();
    if (!notes.began) notes.began = detail::steady_microseconds();
    std::lock_guard lock(mutex_);
    ++begun_;
    return true;
}

template <int Form>
[[gnu::cold]] void BasicMetricsMiddleware<Form>::count(const Request& request, int status) const {
    const detail::RequestNotes* notes = request.notes_if_any();
    std::int64_t took = notes ? detail::steady_microseconds() - notes->began : 0;
    double seconds = static_cast<double>(took) / 1e6;
    // What clients choose freely must not make series: they would fill the memory.
    std::string_view method = "other";
    for (std::string_view known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
        if (request.method == known) method = known;
    std::string labels = detail::concat({"method=\"", method, "\",route=\""});
    for (char c : request.route_template.empty() ? std::string_view("none") : request.route_template) {
        if (c == '"' || c == '\\') labels.push_back('\\');
        labels.push_back(c == '\n' ? ' ' : c);
    }
    labels.push_back('"');
    std::lock_guard lock(mutex_);
    ++ended_;
    std::size_t low = 0;
    std::size_t high = series_.size();
    while (low < high) {
        std::size_t middle = (low + high) / 2;
        int order = series_[middle]->labels.compare(labels);
        if (order < 0 || (order == 0 && series_[middle]->status < status)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == series_.size() || series_[low]->labels != labels || series_[low]->status != status) {
        auto made = new Series;
        made->labels = labels;
        made->status = status;
        made->buckets.resize(options_.buckets.size());
        series_.insert(low, made);
    }
    Series& series = *series_[low];
    ++series.requests;
    series.microseconds += took;
    for (std::size_t i = 0; i < options_.buckets.size(); ++i) series.buckets[i] += seconds <= options_.buckets[i];
}

template <int Form>
[[gnu::cold]] std::string BasicMetricsMiddleware<Form>::text(const FastAPI& app) const {
    std::string out;
    auto head = [&out](std::string_view name, std::string_view type, std::string_view help) {
        out += detail::concat({"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"});
    };
    auto number = [](std::uint64_t value) { return detail::integer_text(static_cast<std::int64_t>(value)); };
    {
        std::lock_guard lock(mutex_);
        head("http_requests_total", "counter", "Requests that were answered.");
        for (const Series* series : series_)
            out += detail::concat({"http_requests_total{", series->labels, ",status=\"",
                                   number(static_cast<std::uint64_t>(series->status)), "\"} ",
                                   number(series->requests), "\n"});
        head("http_request_duration_seconds", "histogram", "Time until there was a response.");
        for (const Series* series : series_) {
            std::string labels = detail::concat({series->labels, ",status=\"", number(static_cast<std::uint64_t>(series->status)), "\""});
            for (std::size_t i = 0; i <= options_.buckets.size(); ++i) {
                bool last = i == options_.buckets.size();
                out += detail::concat({"http_request_duration_seconds_bucket{", labels, ",le=\"",
                                       last ? "+Inf" : detail::number_for_message(options_.buckets[i]), "\"} ",
                                       number(last ? series->requests : series->buckets[i]), "\n"});
            }
            char seconds[48];
            std::snprintf(seconds, sizeof seconds, "%.6f", static_cast<double>(series->microseconds) / 1e6);
            out += detail::concat({"http_request_duration_seconds_sum{", labels, "} ", seconds, "\n"});
            out += detail::concat({"http_request_duration_seconds_count{", labels, "} ", number(series->requests), "\n"});
        }
        head("http_requests_in_progress", "gauge", "Requests that have no response yet.");
        out += detail::concat({"http_requests_in_progress ", number(begun_ - ended_), "\n"});
    }
    ServerCounters counters = app.server_counters();
    const struct {
        std::string_view name;
        std::string_view type;
        std::string_view help;
        std::uint64_t value;
    } rows[] = {
        {"server_connections_open", "gauge", "Connections now.", counters.open},
        {"server_connections_accepted_total", "counter", "Connections.", counters.accepted},
        {"server_connections_turned_away_total", "counter", "Connections beyond a limit.", counters.turned_away},
        {"server_requests_total", "counter", "Requests that reached the application.", counters.requests},
        {"server_requests_refused_total", "counter", "Requests that did not.", counters.refused},
        {"server_timeouts_total", "counter", "Connections cut at a deadline.", counters.timed_out},
        {"server_received_bytes_total", "counter", "Bytes received.", counters.bytes_received},
        {"server_sent_bytes_total", "counter", "Bytes sent.", counters.bytes_sent},
    };
    for (const auto& row : rows) {
        head(row.name, row.type, row.help);
        out += detail::concat({row.name, " ", number(row.value), "\n"});
    }
    return out;
}

// --- traces ---------------------------------------------------------------------------------------------------------------

namespace detail {
FASTAPI_COLD TraceParent read_traceparent(std::string_view header) {
    constexpr std::size_t size = 55; // of version 00; later ones may have more behind it
    if (header.size() < size || (header.size() > size && header[size] != '-')) return {};
    for (std::size_t i = 0; i < size; ++i) {
        bool dash = i == 2 || i == 35 || i == 52;
        bool digit = (header[i] >= '0' && header[i] <= '9') || (header[i] >= 'a' && header[i] <= 'f');
        if (dash ? header[i] != '-' : !digit) return {};
    }
    if (header.starts_with("ff") || (header.starts_with("00") && header.size() != size)) return {};
    std::string_view trace = header.substr(3, 32);
    if (trace.find_first_not_of('0') == std::string_view::npos) return {};
    if (header.substr(36, 16).find_first_not_of('0') == std::string_view::npos) return {};
    return {trace, header.substr(53, 2)};
}
} // namespace detail

template <int Form>
[[gnu::cold]] bool BasicTraceContextMiddleware<Form>::before(Request& request, Response&) const {
    detail::TraceParent given = detail::read_traceparent(request.headers.get("traceparent", ""));
    std::string trace = given.trace.empty() ? detail::random_digits(16) : std::string(given.trace);
    request.notes().trace = detail::concat({"00-", trace, "-", detail::random_digits(8), "-", given.trace.empty() ? "00" : given.flags});
    return true;
}

FASTAPI_COLD std::string_view traceparent(const Request& request) {
    const detail::RequestNotes* notes = request.notes_if_any();
    return notes ? std::string_view(notes->trace) : std::string_view{};
}

#if defined(FASTAPI_IMPLEMENTATION)
template class BasicAccessLogMiddleware<0>;
template class BasicMetricsMiddleware<0>;
template class BasicTraceContextMiddleware<0>;
#endif

} // namespace fastapi
