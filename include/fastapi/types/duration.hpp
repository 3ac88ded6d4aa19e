#pragma once

// Durations as field types: timedelta, which holds what Python's does, and every std::chrono::duration. Read from
// seconds as a number, from ISO 8601 ("P1DT2H", "-PT1.5S") and from "[D days, ]HH:MM[:SS[.ffffff]]"; written as ISO 8601.

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/types.hpp"
#include "fastapi/types/iso8601.hpp"

namespace fastapi {

class timedelta;

namespace detail {

struct TemporalAccess;

// What a std::chrono::duration counts: ticks of num / den seconds, from least to most.
struct TickSpec {
    std::intmax_t num;
    std::intmax_t den;
    std::int64_t least;
    std::uint64_t most;
};
template <class Rep, class Period>
inline constexpr TickSpec tick_spec{Period::num, Period::den,
                                    static_cast<std::int64_t>(std::numeric_limits<Rep>::min()),
                                    static_cast<std::uint64_t>(std::numeric_limits<Rep>::max())};

// The duration in ticks. Throws ValueError with a sentence when it is no whole number of them, or too many.
std::int64_t ticks_of(const timedelta& duration, const TickSpec& spec);
// The same of a value that was read, as a duration or as the time since 1970; reports its error.
enum class Measure : std::uint8_t { duration, instant, wall };
bool fit_ticks(const timedelta& duration, const TickSpec& spec, Measure measure, const Value& value, Context& context,
               std::int64_t& ticks);
bool decode_timedelta(const Value& value, const FieldInfo& info, timedelta& target, Context& context);
void write_duration(std::string& out, const timedelta& duration);
void write_format_schema(JsonWriter& writer, std::string_view format);

} // namespace detail

// A duration in microseconds (Python: datetime.timedelta). Reaches over 999,999,999 days on either side, which is more
// than std::chrono::microseconds can count.
class timedelta {
  public:
    constexpr timedelta() = default;
    // What is finer than a microsecond is cut off; a floating-point duration is rounded.
    template <class Rep, class Period>
    constexpr timedelta(std::chrono::duration<Rep, Period> value) { // NOLINT: implicit on purpose
        using namespace std::chrono;
        if constexpr (std::is_floating_point_v<Rep>) {
            auto whole = floor<seconds>(value);
            duration<double, std::micro> rest = duration<double>(value) - whole;
            *this = normal(whole.count(), static_cast<std::int32_t>(rest.count() + 0.5));
        } else if constexpr (std::ratio_less_v<Period, std::micro>) {
            *this = timedelta(duration_cast<microseconds>(value));
        } else {
            auto whole = floor<seconds>(value);
            *this = normal(whole.count(), static_cast<std::int32_t>(microseconds(value - whole).count()));
        }
    }
    // As a field reads it. Throws ValueError when text is no duration: "Input should be a valid timedelta, …".
    timedelta(std::string_view text);                                              // NOLINT: implicit on purpose
    timedelta(const std::string& text) : timedelta(std::string_view{text}) {}      // NOLINT: implicit on purpose
    timedelta(const char* text) : timedelta(std::string_view{text ? text : ""}) {} // NOLINT: implicit on purpose

    // As a std::chrono::duration: length.to<std::chrono::minutes>(). Throws ValueError when it is no whole number of
    // them, or too many.
    template <class Duration>
    [[nodiscard]] Duration to() const {
        using Rep = typename Duration::rep;
        using Period = typename Duration::period;
        if constexpr (std::is_floating_point_v<Rep>) {
            using Unit = std::ratio_divide<Period, std::micro>;
            double micros = static_cast<double>(seconds_) * 1e6 + microseconds_;
            return Duration(static_cast<Rep>(micros * static_cast<double>(Unit::den) / static_cast<double>(Unit::num)));
        } else {
            return Duration(static_cast<Rep>(detail::ticks_of(*this, detail::tick_spec<Rep, Period>)));
        }
    }
    [[nodiscard]] constexpr double total_seconds() const {
        return (static_cast<double>(seconds_) * 1e6 + microseconds_) / 1e6;
    }
    // ISO 8601: "P1DT2H", "PT0S", "-PT1.5S". A year has 365 days.
    [[nodiscard]] std::string str() const;

    friend constexpr bool operator==(const timedelta&, const timedelta&) = default;
    friend constexpr std::strong_ordering operator<=>(const timedelta&, const timedelta&) = default;
    friend constexpr timedelta operator+(const timedelta& a, const timedelta& b) {
        return normal(a.seconds_ + b.seconds_, a.microseconds_ + b.microseconds_);
    }
    friend constexpr timedelta operator-(const timedelta& a, const timedelta& b) {
        return normal(a.seconds_ - b.seconds_, a.microseconds_ - b.microseconds_);
    }
    friend constexpr timedelta operator-(const timedelta& a) { return timedelta{} - a; }

  private:
    friend struct detail::TemporalAccess;
    static constexpr timedelta normal(std::int64_t seconds, std::int32_t microseconds) {
        timedelta made;
        made.seconds_ = seconds + (microseconds < 0 ? -1 : microseconds >= 1'000'000 ? 1 : 0);
        made.microseconds_ = microseconds + (microseconds < 0 ? 1'000'000 : microseconds >= 1'000'000 ? -1'000'000 : 0);
        return made;
    }
    std::int64_t seconds_ = 0;
    std::int32_t microseconds_ = 0; // 0 to 999'999, also of a negative duration
};

namespace detail {

// For the library: what dates and durations are made of.
struct TemporalAccess {
    static constexpr timedelta duration(std::int64_t seconds, std::int64_t microseconds) {
        return timedelta::normal(seconds, static_cast<std::int32_t>(microseconds));
    }
    template <class T>
    static constexpr auto& moment(T&& value) {
        return value.moment_;
    }
    static constexpr std::int64_t seconds(const timedelta& duration) { return duration.seconds_; }
    static constexpr std::int32_t microseconds(const timedelta& duration) { return duration.microseconds_; }
};

template <>
struct NumberOf<timedelta> {
    static constexpr Number make(const timedelta& value) {
        return make_bound(Number::Kind::duration, TemporalAccess::seconds(value),
                          static_cast<std::uint64_t>(TemporalAccess::microseconds(value)));
    }
};
template <class Rep, class Period>
struct NumberOf<std::chrono::duration<Rep, Period>> {
    static constexpr Number make(const std::chrono::duration<Rep, Period>& value) {
        return NumberOf<timedelta>::make(value);
    }
};

// A duration that was read into a std::chrono::duration or a time_point; reports what does not fit.
template <class T>
bool fit_duration(const timedelta& read, Measure measure, const Value& value, T& target, Context& context) {
    using Rep = typename T::rep;
    using Period = typename T::period;
    using Duration = std::chrono::duration<Rep, Period>;
    if constexpr (std::is_floating_point_v<Rep>) {
        target = T(read.to<Duration>());
    } else {
        std::int64_t ticks = 0;
        if (!fit_ticks(read, tick_spec<Rep, Period>, measure, value, context, ticks)) return false;
        target = T(Duration(static_cast<Rep>(ticks)));
    }
    return true;
}

struct DurationTraits {
    static constexpr std::string_view label = "timedelta";
    template <class Bound>
    static constexpr Number bound(const Bound& given)
        requires requires { duration_bound(given); }
    {
        return duration_bound(given);
    }
    static void schema(JsonWriter& writer, const FieldInfo&) { write_format_schema(writer, "duration"); }
};

} // namespace detail

template <>
struct TypeTraits<timedelta> : detail::DurationTraits {
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, timedelta& target,
                       detail::Context& context) {
        return detail::decode_timedelta(value, info, target, context);
    }
    static constexpr timedelta of_bound(const detail::Number& bound) {
        return detail::TemporalAccess::duration(bound.integer, static_cast<std::int64_t>(bound.bits));
    }
    static void encode(const timedelta& value, std::string& out) { detail::write_duration(out, value); }
};

// A duration of any unit. A value that is no whole number of the unit is an error (multiple_of), as is one that the type
// cannot hold (greater_than_equal, less_than_equal).
template <class Rep, class Period>
struct TypeTraits<std::chrono::duration<Rep, Period>> : detail::DurationTraits {
    using Duration = std::chrono::duration<Rep, Period>;
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, Duration& target,
                       detail::Context& context) {
        timedelta read;
        return detail::decode_timedelta(value, info, read, context) &&
               detail::fit_duration(read, detail::Measure::duration, value, target, context);
    }
    static Duration of_bound(const detail::Number& bound) {
        return TypeTraits<timedelta>::of_bound(bound).template to<Duration>();
    }
    static void encode(const Duration& value, std::string& out) { detail::write_duration(out, value); }
};

} // namespace fastapi
