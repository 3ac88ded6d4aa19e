#pragma once

#include <charconv>
#include <cmath>
#include <numeric>

#include "fastapi/model/decode.hpp"
#include "fastapi/types/duration.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- errors of dates and durations --------------------------------------------------------------------------------------

// Why a value is no date, as an error of the 422 answer. No type: nothing is wrong.
struct TemporalError {
    std::string_view type{};
    std::string_view words{}; // what the message begins with; all of it when there is no reason
    std::string_view reason{};
    explicit operator bool() const { return !type.empty(); }
};
FASTAPI_COLD bool fail_temporal(const TemporalError& error, const Value& value, Context& context) {
    if (error.reason.empty()) return context.fail(error.type, std::string(error.words), value);
    std::string reason;
    write_json_string(reason, error.reason);
    return context.fail(error.type, concat({error.words, error.reason}), value, ctx_of("error", reason));
}
FASTAPI_COLD void throw_temporal(const TemporalError& error) { throw ValueError(concat({error.words, error.reason})); }

FASTAPI_COLD bool fail_lone_surrogate(const Value& value, Context& context) {
    return context.fail("string_unicode",
                        "Input should be a valid string, unable to parse raw data as a unicode string", value);
}

// input: JSON text.
FASTAPI_COLD bool fail_temporal_bound(const BrokenBound& broken, std::string_view bound, std::string input,
                                      Context& context) {
    std::string quoted;
    write_json_string(quoted, bound);
    return context.fail_raw(broken.type, concat({"Input should be ", broken.words, bound}), std::move(input),
                            ctx_of(broken.key, quoted));
}

FASTAPI_COLD void write_format_schema(JsonWriter& writer, std::string_view format) {
    writer.key("type").string("string").key("format").string(format);
}

// --- numbers ------------------------------------------------------------------------------------------------------------

// A conversion that stops at the limits instead of overflowing; NaN is 0.
FASTAPI_INLINE std::int64_t clamp_to_int64(double value) {
    if (std::isnan(value)) return 0;
    if (value >= 9223372036854775808.0) return std::numeric_limits<std::int64_t>::max();
    if (value <= -9223372036854775808.0) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(value);
}
FASTAPI_INLINE std::uint32_t clamp_to_uint32(double value) {
    std::int64_t whole = clamp_to_int64(value);
    return whole < 0 ? 0 : whole > 0xFFFF'FFFF ? 0xFFFF'FFFF : static_cast<std::uint32_t>(whole);
}

// A JSON number as Python has it: an int of 64 bits, else a float. Returns false when it is too large for either.
struct JsonNumber {
    bool is_integer = false;
    std::int64_t integer = 0;
    double floating = 0;
};
FASTAPI_INLINE bool read_json_number(const Value& value, JsonNumber& number) {
    std::string_view text = value.number_text();
    number.is_integer = value.is(Value::Kind::integer) &&
                        std::from_chars(text.data(), text.data() + text.size(), number.integer).ec == std::errc{};
    if (!number.is_integer) number.floating = parse_double(text);
    return !value.is(Value::Kind::integer) || number.is_integer || !std::isinf(number.floating);
}

// --- reading ------------------------------------------------------------------------------------------------------------

struct ReadDuration {
    timedelta value;
    bool negative_zero = false; // less than 0, as Pydantic compares
};

FASTAPI_INLINE TemporalError duration_error(TimeReason reason) {
    if (!reason) return {};
    return {"time_delta_parsing", "Input should be a valid timedelta, ", reason};
}

FASTAPI_INLINE TimeReason duration_of(bool negative, std::uint32_t days, std::uint64_t seconds, std::uint64_t micros,
                                      ReadDuration& target) {
    seconds += micros / 1'000'000;
    micros %= 1'000'000;
    std::uint64_t all_days = days + seconds / 86'400;
    seconds %= 86'400;
    bool over = negative && all_days == 999'999'999 && seconds + micros > 0;
    if (all_days > 999'999'999 || over) return duration_days_too_large;
    target.value = TemporalAccess::duration(static_cast<std::int64_t>(all_days * 86'400 + seconds),
                                            static_cast<std::int64_t>(micros));
    if (negative) {
        target.negative_zero = target.value == timedelta{};
        target.value = -target.value;
    }
    return nullptr;
}

FASTAPI_INLINE TimeReason duration_of_text(std::string_view text, ReadDuration& target) {
    DurationText read;
    if (TimeReason reason = read_duration(text, read)) return reason;
    return duration_of(read.negative, static_cast<std::uint32_t>(read.days), read.seconds, read.micros, target);
}

FASTAPI_INLINE TimeReason duration_of_number(const JsonNumber& number, ReadDuration& target) {
    if (number.is_integer) {
        bool negative = number.integer < 0;
        auto magnitude = static_cast<std::uint64_t>(number.integer);
        if (negative) magnitude = 0 - magnitude;
        // Beyond 2^32 days a number begins anew, as it does in Pydantic.
        return duration_of(negative, static_cast<std::uint32_t>(magnitude / 86'400), magnitude % 86'400, 0, target);
    }
    double seconds = number.floating;
    if (std::isnan(seconds)) return "NaN values not permitted";
    bool negative = seconds < 0;
    seconds = std::fabs(seconds);
    double whole = std::trunc(seconds);
    double micros = std::isinf(seconds) ? 0 : std::round((seconds - whole) * 1'000'000.0);
    std::uint64_t all = seconds < 18446744073709551616.0 ? static_cast<std::uint64_t>(seconds) : ~std::uint64_t{0};
    return duration_of(negative, clamp_to_uint32(seconds / 86'400.0), all % 86'400, static_cast<std::uint64_t>(micros),
                       target);
}

FASTAPI_INLINE int order_duration(const Number& bound, const void* value) {
    const ReadDuration& read = *static_cast<const ReadDuration*>(value);
    timedelta limit = TemporalAccess::duration(bound.integer, static_cast<std::int64_t>(bound.bits));
    if (read.negative_zero && limit == timedelta{}) return -1;
    return read.value < limit ? -1 : read.value > limit;
}

// --- words --------------------------------------------------------------------------------------------------------------

// Seconds as a decimal fraction, exact: what Python's total_seconds() gives.
FASTAPI_COLD std::string seconds_json(const timedelta& duration) {
    bool negative = duration < timedelta{};
    timedelta size = negative ? -duration : duration;
    std::string text;
    write_json_integer(text, TemporalAccess::seconds(size));
    std::string micros;
    write_json_integer(micros, 1'000'000 + TemporalAccess::microseconds(size));
    micros.front() = '.';
    std::string out;
    write_json_double(out, parse_double(concat({negative ? "-" : "", text, micros})));
    return out;
}

// "1 day and 2 hours"
FASTAPI_COLD std::string duration_words(const timedelta& duration) {
    std::int64_t seconds = TemporalAccess::seconds(duration);
    std::int64_t days = seconds / 86'400 - (seconds % 86'400 < 0);
    seconds -= days * 86'400;
    const struct {
        std::int64_t count;
        std::string_view unit;
    } parts[] = {{days, " day"},
                 {seconds / 3600, " hour"},
                 {seconds / 60 % 60, " minute"},
                 {seconds % 60, " second"},
                 {TemporalAccess::microseconds(duration), " microsecond"}};
    std::string out;
    for (const auto& part : parts) {
        if (part.count == 0) continue;
        if (!out.empty()) out += " and ";
        write_json_integer(out, part.count);
        out += part.unit;
        if (part.count != 1) out += "s";
    }
    return out.empty() ? "0 seconds" : out;
}

FASTAPI_INLINE void append_iso_duration(std::string& out, const timedelta& duration) {
    bool negative = duration < timedelta{};
    timedelta size = negative ? -duration : duration;
    std::int64_t seconds = TemporalAccess::seconds(size);
    std::int64_t micros = TemporalAccess::microseconds(size);
    auto part = [&out](std::int64_t count, char unit) {
        if (count == 0) return;
        write_json_integer(out, count);
        out.push_back(unit);
    };
    out += negative ? "-P" : "P";
    part(seconds / 86'400 / 365, 'Y');
    part(seconds / 86'400 % 365, 'D');
    if (seconds % 86'400 != 0 || micros != 0) out.push_back('T');
    if (duration == timedelta{}) out += "T0S";
    part(seconds / 3600 % 24, 'H');
    part(seconds / 60 % 60, 'M');
    if (micros == 0) return part(seconds % 60, 'S');
    write_json_integer(out, seconds % 60);
    std::size_t point = out.size();
    write_json_integer(out, 1'000'000 + micros);
    out[point] = '.';
    out.resize(out.find_last_not_of('0') + 1);
    out.push_back('S');
}
FASTAPI_INLINE void write_duration(std::string& out, const timedelta& duration) {
    out.push_back('"');
    append_iso_duration(out, duration);
    out.push_back('"');
}

// --- the units of std::chrono -------------------------------------------------------------------------------------------

// 1'000'000 / den in lowest terms is times / parts; both were divided by steps. So a tick is num * times / parts microseconds. 64
// bits are enough for units of less than 300,000 years; not every machine has more.
struct TickSize {
    std::uint64_t num, steps, times, parts;
    explicit TickSize(const TickSpec& spec)
        : num(static_cast<std::uint64_t>(spec.num)),
          steps(std::gcd(static_cast<std::uint64_t>(spec.den), std::uint64_t{1'000'000})),
          times(1'000'000 / steps),
          parts(static_cast<std::uint64_t>(spec.den) / steps) {}
};

// Cut to whole microseconds, towards zero.
FASTAPI_INLINE timedelta duration_of_ticks(std::uint64_t ticks, bool negative, const TickSpec& spec) {
    TickSize size(spec);
    auto den = static_cast<std::uint64_t>(spec.den);
    std::uint64_t rest = ticks % den;
    std::uint64_t micros = rest / size.parts * size.num * size.times + rest % size.parts * size.num * size.times / size.parts;
    auto seconds = static_cast<std::int64_t>(ticks / den * size.num + micros / 1'000'000);
    auto left = static_cast<std::int64_t>(micros % 1'000'000);
    return negative ? TemporalAccess::duration(-seconds, -left) : TemporalAccess::duration(seconds, left);
}

enum class Ticks : unsigned char { good, uneven, too_few, too_many };
FASTAPI_INLINE Ticks count_ticks(const timedelta& duration, const TickSpec& spec, std::int64_t& ticks) {
    std::int64_t whole = TemporalAccess::seconds(duration);
    auto micros = static_cast<std::uint64_t>(TemporalAccess::microseconds(duration));
    bool negative = whole < 0;
    std::uint64_t seconds = negative ? 0 - static_cast<std::uint64_t>(whole) : static_cast<std::uint64_t>(whole);
    if (negative && micros != 0) {
        seconds -= 1;
        micros = 1'000'000 - micros;
    }
    TickSize size(spec);
    std::uint64_t rest = seconds % size.num * size.steps + micros / size.times;
    if (micros % size.times != 0 || rest % size.num != 0) return Ticks::uneven;
    std::uint64_t count = 0;
    bool beyond = __builtin_mul_overflow(seconds / size.num, size.steps, &count) ||
                  __builtin_add_overflow(count, rest / size.num, &count) ||
                  __builtin_mul_overflow(count, size.parts, &count);
    if (negative && (beyond || count > 0 - static_cast<std::uint64_t>(spec.least))) return Ticks::too_few;
    if (beyond || (!negative && count > spec.most)) return Ticks::too_many;
    ticks = static_cast<std::int64_t>(negative ? 0 - count : count);
    return Ticks::good;
}

FASTAPI_COLD std::string tick_words(const TickSpec& spec) {
    if (spec.num == 1 && spec.den == 1000) return "1 millisecond";
    return duration_words(duration_of_ticks(1, false, spec));
}

FASTAPI_COLD std::int64_t ticks_of(const timedelta& duration, const TickSpec& spec) {
    std::int64_t ticks = 0;
    Ticks result = count_ticks(duration, spec, ticks);
    if (result == Ticks::good) return ticks;
    if (result == Ticks::uneven)
        throw ValueError(concat({"the duration ", duration.str(), " is no multiple of ", tick_words(spec)}));
    throw ValueError(concat({"the duration ", duration.str(), " does not fit the type that it is made into"}));
}

bool fail_ticks(Ticks result, const TickSpec& spec, Measure measure, const Value& value, Context& context);
FASTAPI_INLINE bool fit_ticks(const timedelta& duration, const TickSpec& spec, Measure measure, const Value& value,
                              Context& context, std::int64_t& ticks) {
    Ticks result = count_ticks(duration, spec, ticks);
    return result == Ticks::good || fail_ticks(result, spec, measure, value, context);
}

// --- the field type -----------------------------------------------------------------------------------------------------

FASTAPI_INLINE bool decode_timedelta(const Value& value, const FieldInfo& info, timedelta& target, Context& context) {
    bool strict = info.strict || context.strict;
    ReadDuration read;
    TimeReason reason = nullptr;
    JsonNumber number;
    if (!strict && value.is(Value::Kind::string)) {
        bool lone = false;
        std::string scratch;
        std::string_view text = value.string(scratch, &lone);
        if (lone) return fail_lone_surrogate(value, context);
        reason = duration_of_text(text, read);
    } else if (!strict && value.is(Value::Kind::boolean)) { // true is an int in Python
        read.value = TemporalAccess::duration(value.boolean() ? 1 : 0, 0);
    } else if (!strict && (value.is(Value::Kind::integer) || value.is(Value::Kind::number)) &&
               read_json_number(value, number)) {
        reason = duration_of_number(number, read);
    } else {
        return context.fail("time_delta_type", "Input should be a valid timedelta", value);
    }
    if (reason) return fail_temporal(duration_error(reason), value, context);
    context.lower(Exactness::lax);
    BrokenBound broken = broken_bound(info, &order_duration, &read);
    if (broken.bound) {
        timedelta limit =
            TemporalAccess::duration(broken.bound->integer, static_cast<std::int64_t>(broken.bound->bits));
        return fail_temporal_bound(broken, duration_words(limit), seconds_json(read.value), context);
    }
    target = read.value;
    return true;
}

} // namespace fastapi::detail

namespace fastapi {

FASTAPI_INLINE timedelta::timedelta(std::string_view text) {
    detail::ReadDuration read;
    if (auto error = detail::duration_error(detail::duration_of_text(text, read))) detail::throw_temporal(error);
    *this = read.value;
}
FASTAPI_INLINE std::string timedelta::str() const {
    std::string out;
    detail::append_iso_duration(out, *this);
    return out;
}

} // namespace fastapi
