#pragma once

// Dates and times as field types: date, time_of_day and datetime with Pydantic's PastDate, FutureDate, PastDatetime,
// FutureDatetime, AwareDatetime and NaiveDatetime, and the types of std::chrono that they stand on. Read from ISO 8601
// and from Unix time, as Pydantic does it; written as ISO 8601. timedelta is in types/duration.hpp.

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fastapi/types/duration.hpp"

namespace fastapi {

namespace detail {

// Throws ValueError when the offset, in minutes, is a day or more.
constexpr Moment moment_at(std::int64_t micros, std::int64_t offset) {
    if (offset <= -1440 || offset >= 1440) throw ValueError("an offset from UTC is less than 24 hours");
    return {micros, static_cast<std::int16_t>(offset)};
}
constexpr std::int64_t days_of(std::int64_t micros) { return micros / day_micros - (micros % day_micros < 0); }
// Naive before aware, so that both may stand in one set.
constexpr std::weak_ordering order_moments(const Moment& a, const Moment& b) {
    if (a.is_aware() != b.is_aware()) return a.is_aware() <=> b.is_aware();
    return a.utc() <=> b.utc();
}

} // namespace detail

// What of std::chrono a member gives is a template argument with a default where that saves a program that does not call
// it the compiler's time.

// A day of the calendar: a std::chrono::year_month_day that can be read and written. 1970-01-01 when nothing is said.
class date : public std::chrono::year_month_day {
  public:
    constexpr date() : date(std::chrono::sys_days{}) {}
    constexpr date(std::chrono::year_month_day value) : year_month_day(value) {} // NOLINT: implicit on purpose
    constexpr date(std::chrono::sys_days value) : year_month_day(value) {}       // NOLINT: implicit on purpose
    // As a field reads it. Throws ValueError when text is no date: "Input should be a valid date or datetime, …".
    date(std::string_view text);                                         // NOLINT: implicit on purpose
    date(const std::string& text) : date(std::string_view{text}) {}      // NOLINT: implicit on purpose
    date(const char* text) : date(std::string_view{text ? text : ""}) {} // NOLINT: implicit on purpose

    // "2024-01-31"
    [[nodiscard]] std::string str() const;
};

// The time of a day in microseconds, and perhaps how far it is ahead of UTC (Python: datetime.time). The name keeps clear
// of time() in <ctime>.
class time_of_day {
  public:
    constexpr time_of_day() = default; // midnight, naive
    // time_of_day(9h + 30min). What is finer than a microsecond is cut off. Throws ValueError outside of 0 to 24 hours.
    template <class Rep, class Period>
    constexpr time_of_day(std::chrono::duration<Rep, Period> since_midnight) // NOLINT: implicit on purpose
        : moment_{std::chrono::floor<std::chrono::microseconds>(since_midnight).count()} {
        if (moment_.micros < 0 || moment_.micros >= detail::day_micros)
            throw ValueError("a time of the day is at least 0 and less than 24 hours");
    }
    // On a clock that is so far ahead of UTC. Throws ValueError when that is 24 hours or more.
    template <class Rep, class Period>
    constexpr time_of_day(std::chrono::duration<Rep, Period> since_midnight, std::chrono::minutes utcoffset)
        : time_of_day(since_midnight) {
        moment_ = detail::moment_at(moment_.micros, utcoffset.count());
    }
    // As a field reads it. Throws ValueError when text is no time: "Input should be in a valid time format, …".
    time_of_day(std::string_view text);                                                // NOLINT: implicit on purpose
    time_of_day(const std::string& text) : time_of_day(std::string_view{text}) {}      // NOLINT: implicit on purpose
    time_of_day(const char* text) : time_of_day(std::string_view{text ? text : ""}) {} // NOLINT: implicit on purpose

    // In microseconds, or cut off to a coarser unit.
    template <class Duration = std::chrono::microseconds>
    [[nodiscard]] constexpr Duration since_midnight() const {
        return std::chrono::floor<Duration>(std::chrono::microseconds{moment_.micros});
    }
    [[nodiscard]] constexpr bool is_aware() const { return moment_.is_aware(); }
    // How far the clock is ahead of UTC; nothing when it is naive.
    template <class Minutes = std::chrono::minutes>
    [[nodiscard]] constexpr std::optional<Minutes> utcoffset() const {
        return is_aware() ? std::optional<Minutes>{moment_.offset} : std::nullopt;
    }
    // "09:30:00", "09:30:00.500000Z", "09:30:00+02:00"
    [[nodiscard]] std::string str() const;

    // Aware ones compare by UTC. A naive one equals no aware one and comes before them all.
    friend constexpr bool operator==(const time_of_day& a, const time_of_day& b) {
        return (a <=> b) == std::weak_ordering::equivalent;
    }
    friend constexpr std::weak_ordering operator<=>(const time_of_day& a, const time_of_day& b) {
        return detail::order_moments(a.moment_, b.moment_);
    }

  private:
    friend struct detail::TemporalAccess;
    detail::Moment moment_;
};

// A date and a time of the day in microseconds, naive or aware: with how far the clock is ahead of UTC
// (Python: datetime.datetime). Years -32767 to 32767; a field reads 1 to 9999.
class datetime {
  public:
    constexpr datetime() = default; // 1970-01-01T00:00:00, naive
    // An instant: aware, in UTC. What is finer than a microsecond is cut off.
    template <class Duration>
    constexpr datetime(std::chrono::sys_time<Duration> instant) // NOLINT: implicit on purpose
        : moment_{std::chrono::floor<std::chrono::microseconds>(instant).time_since_epoch().count(), 0} {}
    // A clock on the wall: naive.
    template <class Duration>
    constexpr datetime(std::chrono::local_time<Duration> wall) // NOLINT: implicit on purpose
        : moment_{std::chrono::floor<std::chrono::microseconds>(wall).time_since_epoch().count()} {}
    // Aware when the time is.
    constexpr datetime(const fastapi::date& day, const time_of_day& time = {}) // NOLINT: implicit on purpose
        : moment_(detail::TemporalAccess::moment(time)) {
        moment_.micros += std::chrono::sys_days{day}.time_since_epoch().count() * detail::day_micros;
    }
    // As a field reads it. Throws ValueError when text is no datetime: "Input should be a valid datetime or date, …".
    datetime(std::string_view text);                                             // NOLINT: implicit on purpose
    datetime(const std::string& text) : datetime(std::string_view{text}) {}      // NOLINT: implicit on purpose
    datetime(const char* text) : datetime(std::string_view{text ? text : ""}) {} // NOLINT: implicit on purpose

    [[nodiscard]] constexpr bool is_aware() const { return moment_.is_aware(); }
    // How far the clock is ahead of UTC; nothing when it is naive.
    template <class Minutes = std::chrono::minutes>
    [[nodiscard]] constexpr std::optional<Minutes> utcoffset() const {
        return is_aware() ? std::optional<Minutes>{moment_.offset} : std::nullopt;
    }
    // The instant, in microseconds or cut off to a coarser unit. Throws ValueError when the datetime is naive, because
    // then nobody knows it.
    template <class Duration = std::chrono::microseconds>
    [[nodiscard]] constexpr std::chrono::sys_time<Duration> sys() const {
        return std::chrono::sys_time<Duration>{std::chrono::floor<Duration>(std::chrono::microseconds{utc_micros()})};
    }
    template <class Duration>
    constexpr explicit operator std::chrono::sys_time<Duration>() const {
        return sys<Duration>();
    }
    // The clock on the wall, without the offset.
    template <class Duration = std::chrono::microseconds>
    [[nodiscard]] constexpr std::chrono::local_time<Duration> local() const {
        return std::chrono::local_time<Duration>{
            std::chrono::floor<Duration>(std::chrono::microseconds{moment_.micros})};
    }
    [[nodiscard]] constexpr fastapi::date date() const {
        return std::chrono::sys_days{std::chrono::days{detail::days_of(moment_.micros)}};
    }
    [[nodiscard]] constexpr time_of_day time() const {
        time_of_day made;
        detail::TemporalAccess::moment(made) = {moment_.micros - detail::days_of(moment_.micros) * detail::day_micros,
                                                moment_.offset};
        return made;
    }
    // The same instant on another clock. Throws ValueError when this is naive, or the offset 24 hours or more.
    [[nodiscard]] constexpr datetime astimezone(std::chrono::minutes utcoffset) const {
        datetime made;
        made.moment_ = detail::moment_at(utc_micros() + utcoffset.count() * detail::minute_micros, utcoffset.count());
        return made;
    }
    // "2024-01-31T12:00:00", "2024-01-31T12:00:00.500000Z", "2024-01-31T12:00:00+02:00"
    [[nodiscard]] std::string str() const;

    // Aware ones compare by the instant. A naive one equals no aware one and comes before them all.
    friend constexpr bool operator==(const datetime& a, const datetime& b) {
        return (a <=> b) == std::weak_ordering::equivalent;
    }
    friend constexpr std::weak_ordering operator<=>(const datetime& a, const datetime& b) {
        return detail::order_moments(a.moment_, b.moment_);
    }
    friend constexpr datetime operator+(datetime a, const timedelta& b) {
        a.moment_.micros +=
            detail::TemporalAccess::seconds(b) * detail::second_micros + detail::TemporalAccess::microseconds(b);
        return a;
    }
    friend constexpr datetime operator-(const datetime& a, const timedelta& b) { return a + -b; }
    // Throws ValueError when one is naive and the other aware.
    friend constexpr timedelta operator-(const datetime& a, const datetime& b) {
        if (a.is_aware() != b.is_aware())
            throw ValueError("between a datetime with an offset from UTC and one without there is no difference");
        std::int64_t micros = a.moment_.utc() - b.moment_.utc();
        return detail::TemporalAccess::duration(micros / detail::second_micros, micros % detail::second_micros);
    }

  private:
    friend struct detail::TemporalAccess;
    [[nodiscard]] constexpr std::int64_t utc_micros() const {
        if (!is_aware()) throw ValueError("a datetime without an offset from UTC is no instant");
        return moment_.utc();
    }
    detail::Moment moment_;
};

// Now, in UTC; now, with the offset of the machine's time zone; the date there.
[[nodiscard]] datetime utc_now();
[[nodiscard]] datetime local_now();
[[nodiscard]] date today();

// A date before today, or after it, by the machine's time zone. Looked at when it is read, not when the program makes one.
class PastDate : public date {
  public:
    using date::date;
    constexpr PastDate(const date& value) : date(value) {} // NOLINT: implicit on purpose
};
class FutureDate : public date {
  public:
    using date::date;
    constexpr FutureDate(const date& value) : date(value) {} // NOLINT: implicit on purpose
};
// A datetime before now, or after it; a naive one is by the clock of the machine's time zone.
class PastDatetime : public datetime {
  public:
    using datetime::datetime;
    constexpr PastDatetime(const datetime& value) : datetime(value) {} // NOLINT: implicit on purpose
};
class FutureDatetime : public datetime {
  public:
    using datetime::datetime;
    constexpr FutureDatetime(const datetime& value) : datetime(value) {} // NOLINT: implicit on purpose
};
// A datetime with an offset from UTC, or without one.
class AwareDatetime : public datetime {
  public:
    using datetime::datetime;
    constexpr AwareDatetime(const datetime& value) : datetime(value) {} // NOLINT: implicit on purpose
};
class NaiveDatetime : public datetime {
  public:
    using datetime::datetime;
    constexpr NaiveDatetime(const datetime& value) : datetime(value) {} // NOLINT: implicit on purpose
};

namespace detail {

template <class T>
concept Temporal = std::is_base_of_v<timedelta, T> || std::is_base_of_v<date, T> || std::is_base_of_v<time_of_day, T> ||
                   std::is_base_of_v<datetime, T>;

} // namespace detail

// All of these print as their str(), and stand so in a json.
template <class Stream, detail::Temporal T>
auto operator<<(Stream& stream, const T& value) -> decltype(stream << std::string_view{}) {
    return stream << std::string_view{value.str()};
}
template <class Json, detail::Temporal T>
auto to_json(Json& target, const T& value) -> decltype(void(target = std::string{})) {
    target = value.str();
}

namespace detail {

enum class When : std::uint8_t { any, past, future };
enum class Zone : std::uint8_t { any, naive, aware };

bool decode_date(const Value& value, const FieldInfo& info, When when, std::int64_t& days, Context& context);
bool decode_time(const Value& value, const FieldInfo& info, Moment& target, Context& context);
bool decode_datetime(const Value& value, const FieldInfo& info, When when, Zone zone, Moment& target, Context& context);
// A datetime as an instant in UTC. The year may have become 0 or 10000, which is an error.
bool decode_instant(const Value& value, const FieldInfo& info, Moment& target, Context& context);
// Quoted.
void write_date(std::string& out, const std::chrono::year_month_day& value);
void write_time(std::string& out, const Moment& value);
void write_datetime(std::string& out, const Moment& value);

template <class T>
concept TimePointValue = requires(T point) { point.time_since_epoch(); };

template <>
struct NumberOf<std::chrono::year_month_day> {
    static constexpr Number make(const std::chrono::sys_days& value) {
        return make_bound(Number::Kind::date, value.time_since_epoch().count());
    }
};
template <>
struct NumberOf<date> : NumberOf<std::chrono::year_month_day> {};
template <>
struct NumberOf<std::chrono::sys_days> : NumberOf<std::chrono::year_month_day> {};
template <>
struct NumberOf<time_of_day> {
    static constexpr Number make(const time_of_day& value) {
        return make_bound(Number::Kind::time, TemporalAccess::moment(value));
    }
};
template <>
struct NumberOf<datetime> {
    static constexpr Number make(const datetime& value) {
        return make_bound(Number::Kind::datetime, TemporalAccess::moment(value));
    }
};
template <class Clock, class Duration>
    requires std::is_convertible_v<std::chrono::time_point<Clock, Duration>, datetime>
struct NumberOf<std::chrono::time_point<Clock, Duration>> : NumberOf<datetime> {};

template <class T, When W = When::any>
struct DateTraits {
    static constexpr std::string_view label = "date";
    template <class Bound>
    static constexpr Number bound(const Bound& given)
        requires requires { date_bound(given); }
    {
        return date_bound(given);
    }
    static bool decode(const Value& value, const FieldInfo& info, T& target, Context& context) {
        Number days;
        if (!decode_date(value, info, W, days.integer, context)) return false;
        target = of_bound(days);
        return true;
    }
    static constexpr T of_bound(const Number& bound) {
        if constexpr (TimePointValue<T>) {
            return T{std::chrono::days{bound.integer}};
        } else {
            return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{bound.integer}}};
        }
    }
    static void encode(const T& value, std::string& out) {
        if constexpr (TimePointValue<T>) {
            write_date(out, std::chrono::sys_days{value.time_since_epoch()});
        } else {
            write_date(out, value);
        }
    }
    static void schema(JsonWriter& writer, const FieldInfo&) { write_format_schema(writer, "date"); }
};

struct DatetimeSchema {
    static constexpr std::string_view label = "datetime";
    template <class Bound>
    static constexpr Number bound(const Bound& given)
        requires requires { datetime_bound(given); }
    {
        return datetime_bound(given);
    }
    static void schema(JsonWriter& writer, const FieldInfo&) { write_format_schema(writer, "date-time"); }
};
template <class T, When W = When::any, Zone Z = Zone::any>
struct DatetimeTraits : DatetimeSchema {
    static bool decode(const Value& value, const FieldInfo& info, T& target, Context& context) {
        return decode_datetime(value, info, W, Z, TemporalAccess::moment(target), context);
    }
    static constexpr T of_bound(const Number& bound) {
        T made;
        TemporalAccess::moment(made) = moment_of(bound);
        return made;
    }
    static void encode(const T& value, std::string& out) { write_datetime(out, TemporalAccess::moment(value)); }
};

template <class Point, Zone Z>
struct TimePointTraits : DatetimeSchema {
    template <class Bound>
    static constexpr Number bound(const Bound& given)
        requires requires { datetime_bound(given); }
    {
        return Z == Zone::aware ? instant_bound(datetime_bound(given)) : wall_bound(datetime_bound(given));
    }
    static bool decode(const Value& value, const FieldInfo& info, Point& target, Context& context) {
        Moment read;
        bool good = Z == Zone::aware ? decode_instant(value, info, read, context)
                                     : decode_datetime(value, info, When::any, Z, read, context);
        return good && fit_duration(std::chrono::microseconds{read.micros},
                                    Z == Zone::aware ? Measure::instant : Measure::wall, value, target, context);
    }
    static Point of_bound(const Number& bound) {
        using Duration = typename Point::duration;
        return Point{timedelta{std::chrono::microseconds{moment_of(bound).utc()}}.template to<Duration>()};
    }
    static void encode(const Point& value, std::string& out) {
        write_datetime(out, TemporalAccess::moment(datetime{value}));
    }
};

} // namespace detail

template <>
struct TypeTraits<date> : detail::DateTraits<date> {};
template <>
struct TypeTraits<PastDate> : detail::DateTraits<PastDate, detail::When::past> {};
template <>
struct TypeTraits<FutureDate> : detail::DateTraits<FutureDate, detail::When::future> {};
template <>
struct TypeTraits<std::chrono::year_month_day> : detail::DateTraits<std::chrono::year_month_day> {};
template <>
struct TypeTraits<std::chrono::sys_days> : detail::DateTraits<std::chrono::sys_days> {};
template <>
struct TypeTraits<std::chrono::local_days> : detail::DateTraits<std::chrono::local_days> {};

template <>
struct TypeTraits<datetime> : detail::DatetimeTraits<datetime> {};
template <>
struct TypeTraits<PastDatetime> : detail::DatetimeTraits<PastDatetime, detail::When::past> {};
template <>
struct TypeTraits<FutureDatetime> : detail::DatetimeTraits<FutureDatetime, detail::When::future> {};
template <>
struct TypeTraits<AwareDatetime> : detail::DatetimeTraits<AwareDatetime, detail::When::any, detail::Zone::aware> {};
template <>
struct TypeTraits<NaiveDatetime> : detail::DatetimeTraits<NaiveDatetime, detail::When::any, detail::Zone::naive> {};

template <>
struct TypeTraits<time_of_day> {
    static constexpr std::string_view label = "time";
    template <class Bound>
    static constexpr detail::Number bound(const Bound& given)
        requires requires { detail::time_bound(given); }
    {
        return detail::time_bound(given);
    }
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, time_of_day& target,
                       detail::Context& context) {
        return detail::decode_time(value, info, detail::TemporalAccess::moment(target), context);
    }
    static constexpr time_of_day of_bound(const detail::Number& bound) {
        time_of_day made;
        detail::TemporalAccess::moment(made) = detail::moment_of(bound);
        return made;
    }
    static void encode(const time_of_day& value, std::string& out) {
        detail::write_time(out, detail::TemporalAccess::moment(value));
    }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo&) {
        detail::write_format_schema(writer, "time");
    }
};

// An instant: an aware datetime, in UTC. A value that is no whole number of the type's unit is an error (multiple_of), as
// is one that the type cannot hold (greater_than_equal, less_than_equal).
template <class Rep, class Period>
struct TypeTraits<std::chrono::sys_time<std::chrono::duration<Rep, Period>>>
    : detail::TimePointTraits<std::chrono::sys_time<std::chrono::duration<Rep, Period>>, detail::Zone::aware> {};
// A clock on the wall: a naive datetime.
template <class Rep, class Period>
struct TypeTraits<std::chrono::local_time<std::chrono::duration<Rep, Period>>>
    : detail::TimePointTraits<std::chrono::local_time<std::chrono::duration<Rep, Period>>, detail::Zone::naive> {};

} // namespace fastapi
