#pragma once

#include <cmath>
#include <ctime>

#include "fastapi/types/datetime.hpp"
#include "fastapi/types/duration.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- writing --------------------------------------------------------------------------------------------------------------

// A number with zeros in front. More digits than asked for are written as they are.
FASTAPI_INLINE void append_padded(std::string& out, std::int64_t value, std::size_t digits) {
    if (value < 0) out.push_back('-');
    std::size_t at = out.size();
    write_json_integer(out, value < 0 ? -value : value);
    std::size_t written = out.size() - at;
    if (written < digits) out.insert(at, digits - written, '0');
}
FASTAPI_INLINE void append_date(std::string& out, const std::chrono::year_month_day& date) {
    append_padded(out, int{date.year()}, 4);
    out.push_back('-');
    append_padded(out, unsigned{date.month()}, 2);
    out.push_back('-');
    append_padded(out, unsigned{date.day()}, 2);
}
FASTAPI_INLINE void append_time(std::string& out, const Moment& time) {
    std::int64_t seconds = time.micros / second_micros;
    append_padded(out, seconds / 3600, 2);
    out.push_back(':');
    append_padded(out, seconds / 60 % 60, 2);
    out.push_back(':');
    append_padded(out, seconds % 60, 2);
    if (std::int64_t micros = time.micros % second_micros) {
        out.push_back('.');
        append_padded(out, micros, 6);
    }
    if (!time.is_aware()) return;
    if (time.offset == 0) return out.push_back('Z');
    int minutes = time.offset < 0 ? -time.offset : time.offset;
    out.push_back(time.offset < 0 ? '-' : '+');
    append_padded(out, minutes / 60, 2);
    out.push_back(':');
    append_padded(out, minutes % 60, 2);
}
FASTAPI_INLINE std::chrono::sys_days sys_days_of(std::int64_t micros) {
    return std::chrono::sys_days{std::chrono::days{days_of(micros)}};
}
FASTAPI_INLINE void append_datetime(std::string& out, const Moment& moment) {
    append_date(out, sys_days_of(moment.micros));
    out.push_back('T');
    append_time(out, {moment.micros - days_of(moment.micros) * day_micros, moment.offset});
}
FASTAPI_INLINE void write_date(std::string& out, const std::chrono::year_month_day& value) {
    out.push_back('"');
    append_date(out, value);
    out.push_back('"');
}
FASTAPI_INLINE void write_time(std::string& out, const Moment& value) {
    out.push_back('"');
    append_time(out, value);
    out.push_back('"');
}
FASTAPI_INLINE void write_datetime(std::string& out, const Moment& value) {
    out.push_back('"');
    append_datetime(out, value);
    out.push_back('"');
}

// --- Unix time ----------------------------------------------------------------------------------------------------------

inline constexpr std::int64_t first_day = -719'528; // 0000-01-01
inline constexpr std::int64_t first_day_of_year_1 = first_day + 366;
inline constexpr std::int64_t first_day_of_year_10000 = 2'932'897;
inline constexpr std::int64_t most_seconds = 20'000'000'000; // a number beyond, on either side, counts milliseconds
inline constexpr TimeReason year_0 = "year 0 is out of range";
inline constexpr TimeReason time_too_large = "numeric times may not exceed 86,399 seconds";

// Seconds or milliseconds since 1970, and microseconds on top. The arithmetic, up to the error of an overflow, is that of
// speedate.
FASTAPI_INLINE TimeReason read_unix(std::int64_t timestamp, std::uint32_t micros, Moment& moment) {
    constexpr TimeReason too_small = "dates before 0000 are not supported as unix timestamps";
    std::int64_t seconds = timestamp;
    std::int64_t all_micros = micros;
    if (timestamp < -most_seconds || timestamp > most_seconds) {
        if (timestamp == std::numeric_limits<std::int64_t>::min()) return too_small;
        seconds = timestamp / 1000 - (timestamp % 1000 < 0);
        all_micros += (timestamp - seconds * 1000) * 1000;
        if (all_micros > 0xFFFF'FFFF) return time_too_large;
    }
    seconds += all_micros / second_micros;
    if (seconds < first_day * 86'400) return too_small;
    if (seconds >= first_day_of_year_10000 * 86'400) return "dates after 9999 are not supported as unix timestamps";
    moment = {seconds * second_micros + all_micros % second_micros, 0};
    return nullptr;
}

// A number. Of a negative one the fraction is added instead of taken away, as in speedate.
FASTAPI_INLINE TimeReason read_unix(const JsonNumber& number, Moment& moment) {
    if (number.is_integer) return read_unix(number.integer, 0, moment);
    double timestamp = number.floating;
    if (std::isnan(timestamp)) return "NaN values not permitted";
    double fraction = std::isinf(timestamp) ? 0 : std::fabs(timestamp - std::trunc(timestamp));
    fraction *= std::fabs(timestamp) <= most_seconds ? 1'000'000.0 : 1'000.0;
    return read_unix(clamp_to_int64(std::floor(timestamp)), clamp_to_uint32(std::round(fraction)), moment);
}

// [+-]digits, or a decimal number with a point, as speedate reads them: no white space, no underscores.
FASTAPI_INLINE bool read_text_number(std::string_view text, JsonNumber& number) {
    bool negative = text.size() > 1 && text.front() == '-';
    std::size_t begin = text.size() > 1 && (negative || text.front() == '+') ? 1 : 0;
    std::uint64_t value = 0; // may wrap unseen
    std::size_t at = begin;
    for (; at < text.size() && is_time_digit(text[at]); ++at) {
        value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
        if (value > 0x7FFF'FFFF'FFFF'FFFF) return false;
    }
    if (at == text.size() && at > begin) {
        number.is_integer = true;
        number.integer = negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
        return true;
    }
    if (at == text.size() || text[at] != '.') return false;
    bool digits = at > begin || (at + 1 < text.size() && is_time_digit(text[at + 1]));
    for (++at; at < text.size() && is_time_digit(text[at]);) ++at;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        at += at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-') ? 2 : 1;
        digits = digits && at < text.size();
        while (at < text.size() && is_time_digit(text[at])) ++at;
    }
    if (!digits || at < text.size()) return false;
    number.floating = parse_double(text.substr(begin));
    if (negative) number.floating = -number.floating;
    return true;
}

// A number as text. With a point, milliseconds are made seconds first; what is still beyond counts milliseconds again.
FASTAPI_INLINE TimeReason read_unix_text(const JsonNumber& number, Moment& moment) {
    if (number.is_integer) return read_unix(number.integer, 0, moment);
    double timestamp = number.floating;
    if (std::fabs(timestamp) > most_seconds) timestamp /= 1000;
    std::int64_t seconds = clamp_to_int64(std::floor(timestamp));
    double micros = std::round((timestamp - static_cast<double>(seconds)) * 1'000'000.0);
    return read_unix(seconds, std::isinf(micros) ? (micros > 0 ? 0xFFFF'FFFF : 0) : clamp_to_uint32(micros), moment);
}

// --- text ---------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE TemporalError datetime_error(TimeReason reason) {
    if (!reason) return {};
    return {"datetime_parsing", "Input should be a valid datetime, ", reason};
}
FASTAPI_INLINE TemporalError date_error(TimeReason reason) {
    if (!reason) return {};
    return {"date_from_datetime_parsing", "Input should be a valid date or datetime, ", reason};
}
FASTAPI_INLINE TemporalError time_error(TimeReason reason) {
    if (!reason) return {};
    return {"time_parsing", "Input should be in a valid time format, ", reason};
}

// ISO 8601 or Unix time.
FASTAPI_INLINE TimeReason read_datetime_or_unix(std::string_view text, Moment& moment, JsonNumber& number) {
    TimeReason reason = read_datetime(text, moment);
    if (!reason || !read_text_number(text, number)) return reason;
    return read_unix_text(number, moment);
}

// The reason of a text that is none is that of the same text as a date.
FASTAPI_INLINE TemporalError datetime_of_text(std::string_view text, Moment& moment) {
    JsonNumber number;
    TimeReason reason = read_datetime_or_unix(text, moment, number);
    if (!reason) return {};
    if (!number.is_integer) {
        std::int64_t days = 0;
        reason = read_date(text, days);
        if (!reason && text.size() > 10) reason = "unexpected extra characters at the end of the input";
        if (!reason) {
            moment = {days * day_micros, no_offset};
            return {};
        }
    }
    return {"datetime_from_date_parsing", "Input should be a valid datetime or date, ", reason};
}

FASTAPI_INLINE TemporalError date_of_moment(const Moment& moment, std::int64_t& days) {
    days = days_of(moment.micros);
    if (moment.micros == days * day_micros) return {};
    return {"date_from_datetime_inexact", "Datetimes provided to dates should have zero time - e.g. be exact dates"};
}
FASTAPI_INLINE TemporalError date_of_text(std::string_view text, std::int64_t& days) {
    if (text.size() == 10 && !read_date(text, days)) return {};
    Moment moment;
    JsonNumber number;
    TimeReason reason = read_datetime_or_unix(text, moment, number);
    return reason ? date_error(reason) : date_of_moment(moment, days);
}

FASTAPI_INLINE TemporalError time_of_number(const JsonNumber& number, Moment& moment) {
    std::int64_t seconds = number.integer;
    std::int64_t micros = 0;
    if (!number.is_integer) {
        if (std::isnan(number.floating)) return time_error("NaN values not permitted");
        double fraction = std::isinf(number.floating) ? 0 : std::fabs(number.floating - std::trunc(number.floating));
        seconds = clamp_to_int64(std::floor(number.floating));
        micros = static_cast<std::int64_t>(std::round(fraction * 1'000'000.0));
    }
    if (seconds < 0) return time_error("time in seconds should be positive");
    if (seconds >= 86'400 || seconds * second_micros + micros >= day_micros) return time_error(time_too_large);
    moment = {seconds * second_micros + micros, 0};
    return {};
}

// --- now ----------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE Moment now_moment(bool local) {
    std::timespec now{};
    std::timespec_get(&now, TIME_UTC);
    Moment moment{now.tv_sec * second_micros + now.tv_nsec / 1000, 0};
    if (local) {
        std::tm parts{};
        localtime_r(&now.tv_sec, &parts);
        moment.offset = static_cast<std::int16_t>(parts.tm_gmtoff / 60);
        moment.micros += moment.offset * minute_micros;
    }
    return moment;
}
FASTAPI_INLINE bool is_when(When when, const Moment& moment, const Moment& now) {
    int order = compare_moments(moment, now);
    return when == When::past ? order < 0 : order > 0;
}

// --- field types --------------------------------------------------------------------------------------------------------

FASTAPI_INLINE int order_moment(const Number& bound, const void* value) {
    return compare_moments(*static_cast<const Moment*>(value), moment_of(bound));
}
FASTAPI_COLD bool fail_moment_bound(const BrokenBound& broken, const Value& value, Context& context) {
    std::string text;
    Moment bound = moment_of(*broken.bound);
    switch (broken.bound->kind) {
    case Number::Kind::date: append_date(text, sys_days_of(bound.micros)); break;
    case Number::Kind::time: append_time(text, bound); break;
    default: append_datetime(text, bound); break;
    }
    return context.fail(broken.type, concat({"Input should be ", broken.words, text}), value,
                        ctx_of(broken.key, "\"" + text + "\""));
}

// A value that may be a date or time: its text or its number. Reports the error of anything else.
enum class Readable : unsigned char { no, text, number };
FASTAPI_INLINE Readable read_temporal(const Value& value, const FieldInfo& info, Context& context,
                                      const TemporalError& type_error, std::string& scratch, std::string_view& text,
                                      JsonNumber& number) {
    Value::Kind kind = info.strict || context.strict ? Value::Kind::null : value.kind();
    if (kind == Value::Kind::string) {
        bool lone = false;
        text = value.string(scratch, &lone);
        if (!lone) return Readable::text;
        fail_lone_surrogate(value, context);
        return Readable::no;
    }
    if ((kind == Value::Kind::integer || kind == Value::Kind::number) && read_json_number(value, number))
        return Readable::number;
    fail_temporal(type_error, value, context);
    return Readable::no;
}

FASTAPI_INLINE bool decode_date(const Value& value, const FieldInfo& info, When when, std::int64_t& days,
                                Context& context) {
    std::string scratch;
    std::string_view text;
    JsonNumber number;
    Readable readable =
        read_temporal(value, info, context, {"date_type", "Input should be a valid date"}, scratch, text, number);
    if (readable == Readable::no) return false;
    TemporalError error;
    if (readable == Readable::text) {
        error = date_of_text(text, days);
    } else {
        Moment moment;
        TimeReason reason = read_unix(number, moment);
        error = reason ? date_error(reason) : date_of_moment(moment, days);
    }
    if (error) return fail_temporal(error, value, context);
    context.lower(Exactness::lax);
    Moment moment{days * day_micros, no_offset};
    BrokenBound broken = broken_bound(info, &order_moment, &moment);
    if (broken.bound) return fail_moment_bound(broken, value, context);
    if (when != When::any && !is_when(when, moment, {days_of(now_moment(true).micros) * day_micros, no_offset})) {
        if (when == When::past) return context.fail("date_past", "Date should be in the past", value);
        return context.fail("date_future", "Date should be in the future", value);
    }
    if (days < first_day_of_year_1)
        return fail_temporal({"date_parsing", "Input should be a valid date in the format YYYY-MM-DD, ", year_0}, value,
                             context);
    return true;
}

FASTAPI_INLINE bool decode_time(const Value& value, const FieldInfo& info, Moment& target, Context& context) {
    std::string scratch;
    std::string_view text;
    JsonNumber number;
    Readable readable =
        read_temporal(value, info, context, {"time_type", "Input should be a valid time"}, scratch, text, number);
    if (readable == Readable::no) return false;
    Moment moment;
    TemporalError error =
        readable == Readable::text ? time_error(read_time(text, 0, moment)) : time_of_number(number, moment);
    if (error) return fail_temporal(error, value, context);
    context.lower(Exactness::lax);
    BrokenBound broken = broken_bound(info, &order_moment, &moment);
    if (broken.bound) return fail_moment_bound(broken, value, context);
    target = moment;
    return true;
}

FASTAPI_INLINE bool decode_datetime(const Value& value, const FieldInfo& info, When when, Zone zone, Moment& target,
                                    Context& context) {
    std::string scratch;
    std::string_view text;
    JsonNumber number;
    Readable readable = read_temporal(value, info, context, {"datetime_type", "Input should be a valid datetime"},
                                      scratch, text, number);
    if (readable == Readable::no) return false;
    Moment moment;
    TemporalError error =
        readable == Readable::text ? datetime_of_text(text, moment) : datetime_error(read_unix(number, moment));
    if (error) return fail_temporal(error, value, context);
    context.lower(Exactness::lax);
    BrokenBound broken = broken_bound(info, &order_moment, &moment);
    if (broken.bound) return fail_moment_bound(broken, value, context);
    if (when != When::any && !is_when(when, moment, now_moment(true))) {
        if (when == When::past) return context.fail("datetime_past", "Input should be in the past", value);
        return context.fail("datetime_future", "Input should be in the future", value);
    }
    if (zone == Zone::aware && !moment.is_aware())
        return context.fail("timezone_aware", "Input should have timezone info", value);
    if (zone == Zone::naive && moment.is_aware())
        return context.fail("timezone_naive", "Input should not have timezone info", value);
    if (moment.micros < first_day_of_year_1 * day_micros) return fail_temporal(datetime_error(year_0), value, context);
    target = moment;
    return true;
}

FASTAPI_INLINE bool decode_instant(const Value& value, const FieldInfo& info, Moment& target, Context& context) {
    if (!decode_datetime(value, info, When::any, Zone::aware, target, context)) return false;
    target = {target.utc(), 0};
    if (target.micros < first_day_of_year_1 * day_micros) return fail_temporal(datetime_error(year_0), value, context);
    if (target.micros >= first_day_of_year_10000 * day_micros)
        return fail_temporal(datetime_error("year 10000 is out of range"), value, context);
    return true;
}

// A duration, or a time since 1970, that its std::chrono type cannot hold.
FASTAPI_COLD bool fail_ticks(Ticks result, const TickSpec& spec, Measure measure, const Value& value,
                             Context& context) {
    std::string quoted;
    if (result == Ticks::uneven) {
        std::string unit = tick_words(spec);
        write_json_string(quoted, unit);
        return context.fail("multiple_of", concat({"Input should be a multiple of ", unit}), value,
                            ctx_of("multiple_of", quoted));
    }
    bool few = result == Ticks::too_few;
    timedelta limit = few ? duration_of_ticks(0 - static_cast<std::uint64_t>(spec.least), true, spec)
                          : duration_of_ticks(spec.most, false, spec);
    std::string words;
    if (measure != Measure::duration) {
        std::int16_t offset = measure == Measure::instant ? std::int16_t{0} : no_offset;
        append_datetime(words,
                        {TemporalAccess::seconds(limit) * second_micros + TemporalAccess::microseconds(limit), offset});
    } else {
        words = duration_words(limit);
    }
    write_json_string(quoted, words);
    return context.fail(few ? "greater_than_equal" : "less_than_equal",
                        concat({"Input should be ", few ? "greater" : "less", " than or equal to ", words}), value,
                        ctx_of(few ? "ge" : "le", quoted));
}

} // namespace fastapi::detail

namespace fastapi {

FASTAPI_INLINE date::date(std::string_view text) {
    std::int64_t days = 0;
    if (auto error = detail::date_of_text(text, days)) detail::throw_temporal(error);
    *this = std::chrono::sys_days{std::chrono::days{days}};
}
FASTAPI_INLINE std::string date::str() const {
    std::string out;
    detail::append_date(out, *this);
    return out;
}
FASTAPI_INLINE time_of_day::time_of_day(std::string_view text) {
    if (auto error = detail::time_error(detail::read_time(text, 0, moment_))) detail::throw_temporal(error);
}
FASTAPI_INLINE std::string time_of_day::str() const {
    std::string out;
    detail::append_time(out, moment_);
    return out;
}
FASTAPI_INLINE datetime::datetime(std::string_view text) {
    if (auto error = detail::datetime_of_text(text, moment_)) detail::throw_temporal(error);
}
FASTAPI_INLINE std::string datetime::str() const {
    std::string out;
    detail::append_datetime(out, moment_);
    return out;
}

FASTAPI_INLINE datetime utc_now() {
    datetime now;
    detail::TemporalAccess::moment(now) = detail::now_moment(false);
    return now;
}
FASTAPI_INLINE datetime local_now() {
    datetime now;
    detail::TemporalAccess::moment(now) = detail::now_moment(true);
    return now;
}
FASTAPI_INLINE date today() { return local_now().date(); }

} // namespace fastapi
