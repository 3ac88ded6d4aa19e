#pragma once

// The text of dates, times and durations (ISO 8601, RFC 3339), in the reading and the words of speedate, the parser
// that Pydantic uses (https://docs.rs/speedate). Constant expressions: the bounds of a field are read by the compiler.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "fastapi/model/info.hpp"

namespace fastapi::detail {

// Why a text is none; null when it is one.
using TimeReason = const char*;

inline constexpr std::int64_t second_micros = 1'000'000;
inline constexpr std::int64_t minute_micros = 60 * second_micros;
inline constexpr std::int64_t day_micros = 86'400 * second_micros;
inline constexpr std::int16_t no_offset = -32768;

// A clock on the wall: microseconds since 1970-01-01 (a datetime) or since midnight (a time), and how far the clock is
// ahead of UTC, in minutes.
struct Moment {
    std::int64_t micros = 0;
    std::int16_t offset = no_offset;
    [[nodiscard]] constexpr bool is_aware() const { return offset != no_offset; }
    [[nodiscard]] constexpr std::int64_t utc() const { return is_aware() ? micros - offset * minute_micros : micros; }
};

// By the instant when both know it, else by the clock on the wall.
constexpr int compare_moments(const Moment& a, const Moment& b) {
    bool aware = a.is_aware() && b.is_aware();
    std::int64_t x = aware ? a.utc() : a.micros;
    std::int64_t y = aware ? b.utc() : b.micros;
    return x < y ? -1 : x > y;
}

constexpr bool is_time_digit(char c) { return c >= '0' && c <= '9'; }

// The number that stands in `count` digits, or -1.
constexpr int read_digits(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (i >= text.size() || !is_time_digit(text[i])) return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

// YYYY-MM-DD in the first ten characters, as days since 1970-01-01. There is a year 0.
constexpr TimeReason read_date(std::string_view text, std::int64_t& days) {
    if (text.size() < 10) return "input is too short";
    int year = read_digits(text, 0, 4);
    if (year < 0) return "invalid character in year";
    if (text[4] != '-') return "invalid date separator, expected `-`";
    int month = read_digits(text, 5, 2);
    if (month < 0) return "invalid character in month";
    if (text[7] != '-') return "invalid date separator, expected `-`";
    int day = read_digits(text, 8, 2);
    if (day < 0) return "invalid character in day";
    if (month < 1 || month > 12) return "month value is outside expected range of 1-12";
    std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return "day value is outside expected range";
    days = std::chrono::sys_days{date}.time_since_epoch().count();
    return nullptr;
}

// HH:MM[:SS[.ffffff]] from `at`, which goes behind it; further digits of the fraction are cut off.
constexpr TimeReason read_clock(std::string_view text, std::size_t& at, std::int64_t& micros) {
    if (text.size() < at + 5) return "input is too short";
    int hour = read_digits(text, at, 2);
    if (hour < 0) return "invalid character in hour";
    if (text[at + 2] != ':') return "invalid time separator, expected `:`";
    int minute = read_digits(text, at + 3, 2);
    if (minute < 0) return "invalid character in minute";
    if (hour > 23) return "hour value is outside expected range of 0-23";
    if (minute > 59) return "minute value is outside expected range of 0-59";
    at += 5;
    int second = 0;
    int fraction = 0;
    if (at < text.size() && text[at] == ':') {
        second = read_digits(text, at + 1, 2);
        if (second < 0) return "invalid character in second";
        if (second > 59) return "second value is outside expected range of 0-59";
        at += 3;
        if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
            std::size_t begin = ++at;
            for (; at < text.size() && is_time_digit(text[at]); ++at)
                if (at - begin < 6) fraction = fraction * 10 + (text[at] - '0');
            if (at == begin) return "second fraction digits missing after `.`";
            for (std::size_t i = at - begin; i < 6; ++i) fraction *= 10;
        }
    }
    micros = (hour * 3600 + minute * 60 + second) * second_micros + fraction;
    return nullptr;
}

// A clock and its offset, from `at` to the end of the text: Z, +02:00, -0130, or nothing. The minus may be U+2212.
constexpr TimeReason read_time(std::string_view text, std::size_t at, Moment& moment) {
    if (TimeReason reason = read_clock(text, at, moment.micros)) return reason;
    moment.offset = no_offset;
    if (at == text.size()) return nullptr;
    char sign = text[at++];
    if (sign == 'Z' || sign == 'z') {
        moment.offset = 0;
    } else {
        if (text.substr(at - 1, 3) == "\u2212") {
            sign = '-';
            at += 2;
        }
        if (sign != '+' && sign != '-') return "invalid timezone sign";
        int hours = read_digits(text, at, 2);
        if (hours < 0) return "invalid timezone hour";
        at += at + 2 < text.size() && text[at + 2] == ':' ? 3 : 2;
        int minutes = read_digits(text, at, 2);
        if (minutes < 0) return "invalid timezone minute";
        if (minutes > 59) return "timezone minute value is outside expected range of 0-59";
        if (hours > 23) return "timezone offset must be less than 24 hours";
        minutes += hours * 60;
        moment.offset = static_cast<std::int16_t>(sign == '-' ? -minutes : minutes);
        at += 2;
    }
    return at < text.size() ? "unexpected extra characters at the end of the input" : nullptr;
}

// A date, one of "Tt_ ", a time.
constexpr TimeReason read_datetime(std::string_view text, Moment& moment) {
    std::int64_t days = 0;
    if (TimeReason reason = read_date(text, days)) return reason;
    char between = text.size() > 10 ? text[10] : '\0';
    if (between != 'T' && between != 't' && between != '_' && between != ' ')
        return "invalid datetime separator, expected `T`, `t`, `_` or space";
    if (TimeReason reason = read_time(text, 11, moment)) return reason;
    moment.micros += days * day_micros;
    return nullptr;
}

// --- durations --------------------------------------------------------------------------------------------------------

struct DurationText {
    bool negative = false;
    std::uint64_t days = 0; // these three have 32 bits: more is an error
    std::uint64_t seconds = 0;
    std::uint64_t micros = 0;
};
inline constexpr TimeReason duration_value_too_large = "a numeric value in the duration is too large";
inline constexpr TimeReason duration_hours_too_large = "durations may not exceed 999,999,999 hours";
inline constexpr TimeReason duration_days_too_large = "durations may not exceed 999,999,999 days";
inline constexpr TimeReason duration_days_malformed = "\"day\" identifier in duration not correctly formatted";

constexpr bool add_to_duration(std::uint64_t& sum, std::uint64_t more) {
    sum += more;
    return sum <= 0xFFFF'FFFF;
}

constexpr TimeReason read_duration_number(std::string_view text, std::size_t& at, std::uint64_t& value) {
    std::size_t begin = at;
    for (value = 0; at < text.size() && is_time_digit(text[at]); ++at) {
        value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
        if (value > 0xFFFF'FFFF) return duration_value_too_large;
    }
    return at == begin ? "invalid digit in duration" : nullptr;
}

// What follows the P: 3Y6M4DT12H30M5.5S. A year has 365 days, a month 30. Only the last quantity may have a
// fraction.
constexpr TimeReason read_iso_duration(std::string_view text, DurationText& duration) {
    bool in_time = false;
    bool had_fraction = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == 'T') {
            if (in_time) return "`t` character repeated in duration";
            in_time = true;
            continue;
        }
        std::uint64_t value = 0;
        if (TimeReason reason = read_duration_number(text, at, value)) return reason;
        bool has_fraction = at < text.size() && (text[at] == '.' || text[at] == ',');
        double digits = 0;
        double scale = 1;
        if (has_fraction) {
            for (++at; at < text.size() && is_time_digit(text[at]); ++at) {
                digits = digits * 10 + (text[at] - '0');
                scale *= 10;
            }
        }
        if (had_fraction) return "quantity fraction invalid in duration";
        had_fraction = has_fraction;
        char unit = at < text.size() ? text[at] : '\0';
        std::uint64_t size = in_time ? (unit == 'H'   ? 3600
                                        : unit == 'M' ? 60
                                        : unit == 'S' ? 1
                                                      : 0)
                                     : (unit == 'Y'   ? 365
                                        : unit == 'M' ? 30
                                        : unit == 'W' ? 7
                                        : unit == 'D' ? 1
                                                      : 0);
        if (size == 0)
            return in_time ? "quantity invalid in time part of duration" : "quantity invalid in date part of duration";
        if (!add_to_duration(in_time ? duration.seconds : duration.days, value * size)) return duration_value_too_large;
        double rest = digits / scale * static_cast<double>(size);
        if (!has_fraction || rest != rest) continue; // more than 308 digits are infinite by infinite
        auto whole = static_cast<std::uint64_t>(rest);
        rest -= static_cast<double>(whole);
        if (!add_to_duration(in_time ? duration.seconds : duration.days, whole)) return duration_value_too_large;
        if (!in_time) {
            rest *= 86'400;
            whole = static_cast<std::uint64_t>(rest);
            rest -= static_cast<double>(whole);
            if (!add_to_duration(duration.seconds, whole)) return duration_value_too_large;
        }
        rest *= second_micros;
        whole = static_cast<std::uint64_t>(rest);
        duration.micros += whole + (rest - static_cast<double>(whole) >= 0.5 ? 1 : 0);
    }
    return text.size() < 2 ? "input is too short" : nullptr; // P and PT
}

// HH:MM[:SS[.ffffff]] with any number of hours. What stands behind the sixth digit of the fraction is not looked at.
constexpr TimeReason read_clock_duration(std::string_view text, DurationText& duration) {
    if (text.size() < 5) return "input is too short";
    std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return "invalid character in hour";
    if (colon > 10) return duration_hours_too_large;
    std::uint64_t hours = 0;
    for (std::size_t i = 0; i < colon; ++i) {
        if (!is_time_digit(text[i])) return "invalid character in hour";
        hours = hours * 10 + static_cast<std::uint64_t>(text[i] - '0');
    }
    if (hours > 2'400'000'000) return duration_hours_too_large;
    char clock[] = "00:00:00.000000";
    std::size_t size = 3;
    for (char c : text.substr(colon + 1, 12)) clock[size++] = c;
    std::size_t at = 0;
    std::int64_t micros = 0;
    if (TimeReason reason = read_clock({clock, size}, at, micros)) return reason;
    if (at < size) return "unexpected extra characters at the end of the input";
    duration.days += hours / 24;
    duration.seconds = hours % 24 * 3600 + static_cast<std::uint64_t>(micros / second_micros);
    duration.micros = static_cast<std::uint64_t>(micros % second_micros);
    return nullptr;
}

// D[ ]d[ay[s]][,][ ][HH:MM[:SS[.ffffff]]]
constexpr TimeReason read_days_duration(std::string_view text, DurationText& duration) {
    std::size_t at = 0;
    std::uint64_t days = 0;
    if (TimeReason reason = read_duration_number(text, at, days)) return reason;
    text.remove_prefix(at);
    auto skip = [&text](std::string_view word) {
        bool found = text.starts_with(word);
        if (found) text.remove_prefix(word.size());
        return found;
    };
    skip(" ");
    if (!skip("d") && !skip("D")) return duration_days_malformed;
    if (skip("ay")) {
        skip("s");
    } else if (skip("AY")) {
        skip("S");
    } else if (text.starts_with('a') || text.starts_with('A')) {
        return duration_days_malformed;
    }
    skip(",");
    skip(" ");
    if (!text.empty()) {
        if (TimeReason reason = read_clock_duration(text, duration)) return reason;
        if (duration.days > 0) return duration_hours_too_large;
    }
    duration.days = days;
    return nullptr;
}

// Any of these, with a sign. At most 999,999,999 days.
constexpr TimeReason read_duration(std::string_view text, DurationText& duration) {
    duration.negative = text.starts_with('-');
    if (duration.negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty()) return "input is too short";
    TimeReason reason = nullptr;
    if (text.front() == 'P') {
        reason = read_iso_duration(text.substr(1), duration);
    } else if (text.size() < 5 || text.find_first_of("dD") != std::string_view::npos) {
        reason = read_days_duration(text, duration);
    } else {
        reason = read_clock_duration(text, duration);
    }
    if (reason) return reason;
    if (!add_to_duration(duration.seconds, duration.micros / 1'000'000)) return duration_value_too_large;
    duration.micros %= 1'000'000;
    if (!add_to_duration(duration.days, duration.seconds / 86'400)) return duration_value_too_large;
    duration.seconds %= 86'400;
    // The most that Python's timedelta holds, on either side.
    bool over = duration.days == 999'999'999 && duration.negative && duration.seconds + duration.micros > 0;
    return duration.days > 999'999'999 || over ? duration_days_too_large : nullptr;
}

// --- bounds -------------------------------------------------------------------------------------------------------------

constexpr Number make_bound(Number::Kind kind, std::int64_t integer, std::uint64_t bits = 0) {
    Number bound;
    bound.kind = kind;
    bound.integer = integer;
    bound.bits = bits;
    return bound;
}
constexpr Number make_bound(Number::Kind kind, const Moment& moment) {
    return make_bound(kind, moment.micros, static_cast<std::uint16_t>(moment.offset));
}
// A date or datetime bound, or a time, as a Moment.
constexpr Moment moment_of(const Number& bound) {
    if (bound.kind == Number::Kind::date) return {bound.integer * day_micros, no_offset};
    return {bound.integer, static_cast<std::int16_t>(bound.bits)};
}

constexpr Number date_bound(const Number& bound) {
    if (bound.kind != Number::Kind::date)
        throw std::invalid_argument("fastapi: the bound of a date is a date: Ge(\"2024-01-31\"), Ge(2024y / 1 / 31)");
    return bound;
}
constexpr Number date_bound(std::string_view text) {
    std::int64_t days = 0;
    if (text.size() != 10 || read_date(text, days))
        throw std::invalid_argument("fastapi: this bound is no date: write it as 2024-01-31");
    return make_bound(Number::Kind::date, days);
}
constexpr Number datetime_bound(const Number& bound) {
    if (bound.kind == Number::Kind::date) return make_bound(Number::Kind::datetime, moment_of(bound));
    if (bound.kind != Number::Kind::datetime)
        throw std::invalid_argument("fastapi: the bound of a datetime is a datetime: Ge(\"2024-01-31T12:00:00Z\")");
    return bound;
}
constexpr Number datetime_bound(std::string_view text) {
    if (text.size() == 10) return datetime_bound(date_bound(text));
    Moment moment;
    if (read_datetime(text, moment))
        throw std::invalid_argument("fastapi: this bound is no datetime: write it as 2024-01-31T12:00:00Z");
    return make_bound(Number::Kind::datetime, moment);
}
// The bound of a field that knows the instant: a naive one is in UTC.
constexpr Number instant_bound(Number bound) {
    if (!moment_of(bound).is_aware()) bound.bits = 0;
    return bound;
}
// The bound of a field that knows the clock on the wall only.
constexpr Number wall_bound(const Number& bound) {
    if (moment_of(bound).is_aware())
        throw std::invalid_argument("fastapi: the bound of a datetime without an offset has no offset either");
    return bound;
}
constexpr Number time_bound(const Number& bound) {
    if (bound.kind == Number::Kind::time) return bound;
    bool in_day = bound.integer >= 0 && bound.integer < 86'400;
    if (bound.kind != Number::Kind::duration || !in_day)
        throw std::invalid_argument("fastapi: the bound of a time is a time of the day: Ge(\"09:30\"), Ge(9h + 30min)");
    return make_bound(Number::Kind::time,
                      Moment{bound.integer * second_micros + static_cast<std::int64_t>(bound.bits), no_offset});
}
constexpr Number time_bound(std::string_view text) {
    Moment moment;
    if (read_time(text, 0, moment))
        throw std::invalid_argument("fastapi: this bound is no time: write it as 09:30 or 09:30:15.5");
    return make_bound(Number::Kind::time, moment);
}
constexpr Number duration_bound(const Number& bound) {
    if (bound.kind != Number::Kind::duration)
        throw std::invalid_argument("fastapi: the bound of a duration has a unit: Le(1h), Le(\"PT1H\")");
    return bound;
}
constexpr Number duration_bound(std::string_view text) {
    DurationText read;
    if (read_duration(text, read))
        throw std::invalid_argument("fastapi: this bound is no duration: write it as PT1H30M or 01:30:00");
    auto seconds = static_cast<std::int64_t>(read.days * 86'400 + read.seconds);
    auto micros = static_cast<std::int64_t>(read.micros);
    if (!read.negative) return make_bound(Number::Kind::duration, seconds, read.micros);
    return micros == 0
               ? make_bound(Number::Kind::duration, -seconds)
               : make_bound(Number::Kind::duration, -seconds - 1, static_cast<std::uint64_t>(1'000'000 - micros));
}

} // namespace fastapi::detail
