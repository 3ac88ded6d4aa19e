// Dates, times and durations: what is read and how it is written, bounds, the types of std::chrono, past and future, the
// classes as a program uses them, and that writing and reading are inverse.

#include <cstdlib>
#include <ctime>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "support.hpp"

using namespace fastapi;
using namespace std::chrono_literals;
namespace chrono = std::chrono;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace datetime_test {

template <class T, auto... A>
struct Holder {
    Field<T, A...> v;
};

struct Event {
    Field<date> day = "2024-02-29";
    Field<datetime> at = "2024-02-29T12:00:00Z";
    Field<time_of_day> opens = 9h + 30min;
    Field<timedelta> length = 90min;
    Field<chrono::milliseconds> pause = 250ms;
    std::optional<AwareDatetime> seen;
};
struct StrictEvent {
    static constexpr ModelConfig model_config{.strict = true};
    Field<date> day = empty;
    Field<datetime> at = empty;
    Field<time_of_day> opens = empty;
    Field<timedelta> length = empty;
};
struct Keyed {
    Field<std::map<date, int>> days = empty;
    Field<std::map<datetime, int>> times = empty;
    Field<std::map<chrono::seconds, int>> lengths = empty;
    Field<std::set<datetime>> all = empty;
    Field<std::vector<Field<date, Ge("2024-01-01")>>> list = empty;
};

} // namespace datetime_test

using namespace datetime_test;

namespace {

// What a T makes of a JSON value: its JSON again, or "! " and the message.
template <class T, auto... A>
std::string read(std::string_view input) {
    std::string text = "{\"v\":" + std::string(input) + "}";
    try {
        std::string out = model_dump_json(model_validate_json<Holder<T, A...>>(text));
        return out.substr(5, out.size() - 6);
    } catch (const ValidationError& error) {
        return "! " + error.list[0].msg;
    }
}

template <class T, auto... A>
void check(std::initializer_list<std::pair<std::string_view, std::string_view>> cases) {
    for (const auto& one : cases) {
        CAPTURE(one.first);
        CHECK(read<T, A...>(one.first) == one.second);
    }
}

// The machine's time zone, for the life of the scope.
class ZoneScope {
  public:
    explicit ZoneScope(const char* zone) {
        if (const char* before = std::getenv("TZ")) before_ = before;
        set(zone);
    }
    ~ZoneScope() { set(before_ ? before_->c_str() : nullptr); }

  private:
    static void set(const char* zone) {
        zone ? setenv("TZ", zone, 1) : unsetenv("TZ");
        tzset();
    }
    std::optional<std::string> before_;
};

} // namespace

TEST_CASE("date: what is read") {
    check<date>({
        {R"("2024-02-29")", R"("2024-02-29")"},
        {R"("2024-02-29T00:00:00+05:00")", R"("2024-02-29")"},
        {R"("86400")", R"("1970-01-02")"},
        {"0", R"("1970-01-01")"},
        {"-86400.0", R"("1969-12-31")"},
        {"1700006400000", R"("2023-11-15")"},
        {R"("0001-01-01")", R"("0001-01-01")"},
        {R"("9999-12-31")", R"("9999-12-31")"},
        {R"("0000-12-31")", "! Input should be a valid date in the format YYYY-MM-DD, year 0 is out of range"},
        {R"("10000-01-01")", "! Input should be a valid date or datetime, invalid date separator, expected `-`"},
        {R"("2023-02-29")", "! Input should be a valid date or datetime, day value is outside expected range"},
        {R"("2024-W01-1")", "! Input should be a valid date or datetime, invalid character in month"},
        {R"("2024-060")", "! Input should be a valid date or datetime, input is too short"},
        {R"(" 2024-01-01")", "! Input should be a valid date or datetime, invalid character in year"},
        {R"("２024-01-01")", "! Input should be a valid date or datetime, invalid character in year"},
        {R"("2024-01-01T00:00:01")", "! Datetimes provided to dates should have zero time - e.g. be exact dates"},
        {"1", "! Datetimes provided to dates should have zero time - e.g. be exact dates"},
        {"1e300", "! Input should be a valid date or datetime, dates after 9999 are not supported as unix timestamps"},
        {"NaN", "! Input should be a valid date or datetime, NaN values not permitted"},
        {"true", "! Input should be a valid date"},
        {"null", "! Input should be a valid date"},
        {R"("2024-01-01\ud800")", "! Input should be a valid string, unable to parse raw data as a unicode string"},
    });
}

TEST_CASE("datetime: what is read") {
    check<datetime>({
        {R"("2024-01-02T03:04:05")", R"("2024-01-02T03:04:05")"},
        {R"("2024-01-02t03:04z")", R"("2024-01-02T03:04:00Z")"},
        {R"("2024-01-02 03:04:05.5+02:00")", R"("2024-01-02T03:04:05.500000+02:00")"},
        {R"("2024-01-02_03:04:05,1234567-0130")", R"("2024-01-02T03:04:05.123456-01:30")"},
        {R"("2024-01-02T03:04:05\u221200:30")", R"("2024-01-02T03:04:05-00:30")"},
        {R"("2024-01-02T03:04:05-00:00")", R"("2024-01-02T03:04:05Z")"},
        {R"("2024-01-02")", R"("2024-01-02T00:00:00")"},
        {R"("20240102")", R"("1970-08-23T06:15:02Z")"},
        {"20000000000", R"("2603-10-11T11:33:20Z")"},
        {"20000000001", R"("1970-08-20T11:33:20.001000Z")"},
        {R"("1700000000.5")", R"("2023-11-14T22:13:20.500000Z")"},
        {R"("+1.e3")", R"("1970-01-01T00:16:40Z")"},
        {R"("2024-01-02T03:04:05+02")",
         "! Input should be a valid datetime or date, unexpected extra characters at the end of the input"},
        {R"("2024-01-02T24:00")",
         "! Input should be a valid datetime or date, unexpected extra characters at the end of the input"},
        {R"("9999999999999999")",
         "! Input should be a valid datetime or date, dates after 9999 are not supported as unix timestamps"},
        {"-62167219200001",
         "! Input should be a valid datetime, dates before 0000 are not supported as unix timestamps"},
        {"-62167219200000", "! Input should be a valid datetime, year 0 is out of range"},
        {R"("1e3")", "! Input should be a valid datetime or date, input is too short"},
        {"[]", "! Input should be a valid datetime"},
        {"false", "! Input should be a valid datetime"},
    });
    check<AwareDatetime>({{R"("2024-01-02T03:04:05Z")", R"("2024-01-02T03:04:05Z")"},
                          {R"("2024-01-02T03:04:05")", "! Input should have timezone info"}});
    check<NaiveDatetime>({{R"("2024-01-02T03:04:05Z")", "! Input should not have timezone info"},
                          {"0", "! Input should not have timezone info"},
                          {R"("2024-01-02T03:04:05")", R"("2024-01-02T03:04:05")"}});
}

TEST_CASE("time: what is read") {
    check<time_of_day>({
        {R"("03:04")", R"("03:04:00")"},
        {R"("23:59:59.999999Z")", R"("23:59:59.999999Z")"},
        {R"("12:00:00-05:30")", R"("12:00:00-05:30")"},
        {"86399.5", R"("23:59:59.500000Z")"},
        {"86400", "! Input should be in a valid time format, numeric times may not exceed 86,399 seconds"},
        {"86399.9999999", "! Input should be in a valid time format, numeric times may not exceed 86,399 seconds"},
        {"-1", "! Input should be in a valid time format, time in seconds should be positive"},
        {R"("12")", "! Input should be in a valid time format, input is too short"},
        {R"("12:0x")", "! Input should be in a valid time format, invalid character in minute"},
        {R"("12:00:00.")", "! Input should be in a valid time format, second fraction digits missing after `.`"},
        {R"("12:00 Z")", "! Input should be in a valid time format, invalid timezone sign"},
        {R"("12:00+24:00")", "! Input should be in a valid time format, timezone offset must be less than 24 hours"},
        {"true", "! Input should be a valid time"},
    });
}

TEST_CASE("timedelta: what is read") {
    check<timedelta>({
        {"90", R"("PT1M30S")"},
        {"-0.000001", R"("-PT0.000001S")"},
        {"true", R"("PT1S")"},
        {R"("P1Y2M3W4DT5H6M7.89S")", R"("P1Y85DT5H6M7.89S")"},
        {R"("-P0.5D")", R"("-PT12H")"},
        {R"("PT0S")", R"("PT0S")"},
        {R"("1 day, 02:03:04.5")", R"("P1DT2H3M4.5S")"},
        {R"("-3d")", R"("-P3D")"},
        {R"("100:00:00")", R"("P4DT4H")"},
        {R"("P999999999DT23H59M59.999999S")", R"("P2739726Y9DT23H59M59.999999S")"},
        {R"("-P999999999D")", R"("-P2739726Y9D")"},
        {R"("-P999999999DT1S")", "! Input should be a valid timedelta, durations may not exceed 999,999,999 days"},
        {R"("P1000000000D")", "! Input should be a valid timedelta, durations may not exceed 999,999,999 days"},
        {R"("P4294967296D")", "! Input should be a valid timedelta, a numeric value in the duration is too large"},
        {R"("P1.5DT1H")", R"(! Input should be a valid timedelta, quantity fraction invalid in duration)"},
        {R"("PT1HT1M")", "! Input should be a valid timedelta, `t` character repeated in duration"},
        {R"("P1H")", "! Input should be a valid timedelta, quantity invalid in date part of duration"},
        {R"("PT1D")", "! Input should be a valid timedelta, quantity invalid in time part of duration"},
        {R"("1 dai")", R"(! Input should be a valid timedelta, "day" identifier in duration not correctly formatted)"},
        {R"("1d 24:00")", "! Input should be a valid timedelta, durations may not exceed 999,999,999 hours"},
        {R"("P")", "! Input should be a valid timedelta, input is too short"},
        {R"("x:00:00")", "! Input should be a valid timedelta, invalid character in hour"},
        {"1e20", "! Input should be a valid timedelta, durations may not exceed 999,999,999 days"},
        {"null", "! Input should be a valid timedelta"},
    });
}

TEST_CASE("temporal: bounds, as text and as values of std::chrono") {
    using namespace std::chrono;
    check<date, Ge("2024-01-01"), Lt(2024y / 3 / 1)>(
        {{R"("2024-02-29")", R"("2024-02-29")"},
         {R"("2023-12-31")", "! Input should be greater than or equal to 2024-01-01"},
         {R"("2024-03-01")", "! Input should be less than 2024-03-01"},
         {R"("0000-01-01")", "! Input should be greater than or equal to 2024-01-01"}});
    // Both aware: by the instant; else by the clock on the wall.
    check<datetime, Gt("2024-01-01T00:00+02:00")>(
        {{R"("2023-12-31T22:00:00Z")", "! Input should be greater than 2024-01-01T00:00:00+02:00"},
         {R"("2023-12-31T22:00:00.000001Z")", R"("2023-12-31T22:00:00.000001Z")"},
         {R"("2024-01-01T00:00:01")", R"("2024-01-01T00:00:01")"},
         {R"("2023-12-31T23:00:00")", "! Input should be greater than 2024-01-01T00:00:00+02:00"}});
    check<datetime, Le("2024-01-31")>(
        {{R"("2024-02-01")", "! Input should be less than or equal to 2024-01-31T00:00:00"}});
    check<time_of_day, Ge(9h), Le("17:30")>({{R"("08:59:59")", "! Input should be greater than or equal to 09:00:00"},
                                             {R"("17:30")", R"("17:30:00")"},
                                             {R"("17:30:00.1")", "! Input should be less than or equal to 17:30:00"}});
    check<timedelta, Gt(0s), Le("P1DT1H0.000001S")>(
        {{"0", "! Input should be greater than 0 seconds"},
         {R"("-PT0S")", "! Input should be greater than 0 seconds"},
         {"90001", "! Input should be less than or equal to 1 day and 1 hour and 1 microsecond"},
         {"90000.000001", R"("P1DT1H0.000001S")"}});
    check<std::optional<seconds>, Le(2min)>(
        {{"null", "null"}, {"121", "! Input should be less than or equal to 2 minutes"}});
    check<sys_seconds, Ge("2024-01-01")>(
        {{R"("2024-01-01T01:00+02:00")", "! Input should be greater than or equal to 2024-01-01T00:00:00Z"},
         {R"("2024-01-01T02:00+02:00")", R"("2024-01-01T00:00:00Z")"}});

    json list = errors<Holder<timedelta, Le(1h)>>(R"({"v":"PT2H"})");
    CHECK(list ==
          json::parse(R"([{"type":"less_than_equal","loc":["v"],"msg":"Input should be less than or equal to 1 hour",
                                   "input":7200.0,"ctx":{"le":"1 hour"}}])"));
    list = errors<Holder<date, Ge("2024-01-01")>>(R"({"v":"2023-01-01"})");
    CHECK(list == json::parse(R"([{"type":"greater_than_equal","loc":["v"],"input":"2023-01-01",
                                   "msg":"Input should be greater than or equal to 2024-01-01","ctx":{"ge":"2024-01-01"}}])"));
}

TEST_CASE("temporal: the units of std::chrono are exact") {
    using namespace std::chrono;
    check<seconds>({{"90", R"("PT1M30S")"}, {"1.5", "! Input should be a multiple of 1 second"}});
    check<minutes>({{"120", R"("PT2M")"}, {"90", "! Input should be a multiple of 1 minute"}});
    check<milliseconds>({{"0.25", R"("PT0.25S")"}, {"0.0001", "! Input should be a multiple of 1 millisecond"}});
    check<weeks>({{R"("P2W")", R"("P14D")"}, {R"("P8D")", "! Input should be a multiple of 7 days"}});
    check<duration<double>>({{"1.25", R"("PT1.25S")"}});
    check<duration<double, std::milli>>({{"-0.0005", R"("-PT0.0005S")"}});
    check<duration<std::uint8_t>>({{"255", R"("PT4M15S")"},
                                   {"256", "! Input should be less than or equal to 4 minutes and 15 seconds"},
                                   {"-1", "! Input should be greater than or equal to 0 seconds"}});
    check<nanoseconds>(
        {{R"("P106751D")", R"("P292Y171D")"},
         {R"("P106752D")", "! Input should be less than or equal to 106751 days and 23 hours and 47 minutes "
                           "and 16 seconds and 854775 microseconds"},
         {R"("-P106752D")", "! Input should be greater than or equal to -106752 days and 12 minutes and 43 "
                            "seconds and 145225 microseconds"}});
    check<hours>({{R"("-P999999999D")", R"("-P2739726Y9D")"}});

    check<year_month_day>({{R"("2024-02-29")", R"("2024-02-29")"},
                           {R"("x")", "! Input should be a valid date or datetime, "
                                      "input is too short"}});
    check<sys_days>({{R"("2024-02-29")", R"("2024-02-29")"}});
    check<local_days>({{"86400", R"("1970-01-02")"}});
    check<sys_seconds>(
        {{R"("2024-01-01T01:30:00+02:00")", R"("2023-12-31T23:30:00Z")"},
         {"1700000000", R"("2023-11-14T22:13:20Z")"},
         {R"("2024-01-01T00:00:00")", "! Input should have timezone info"},
         {R"("2024-01-01T00:00:00.5Z")", "! Input should be a multiple of 1 second"},
         {R"("0001-01-01T00:00:00+00:01")", "! Input should be a valid datetime, year 0 is out of range"},
         {R"("9999-12-31T23:59:59-00:01")", "! Input should be a valid datetime, year 10000 is out of range"}});
    check<sys_time<nanoseconds>>(
        {{R"("2024-01-01T00:00:00.123456Z")", R"("2024-01-01T00:00:00.123456Z")"},
         {R"("1500-01-01T00:00:00Z")", "! Input should be greater than or equal to 1677-09-21T00:12:43.145225Z"},
         {R"("2500-01-01T00:00:00Z")", "! Input should be less than or equal to 2262-04-11T23:47:16.854775Z"}});
    check<local_seconds>({{R"("2024-01-01T00:00:00")", R"("2024-01-01T00:00:00")"},
                          {R"("2024-01-01T00:00:00Z")", "! Input should not have timezone info"}});
    check<local_time<nanoseconds>>(
        {{R"("2500-01-01T00:00:00")", "! Input should be less than or equal to 2262-04-11T23:47:16.854775"}});
}

TEST_CASE("temporal: past and future by the machine's time zone") {
    for (const char* zone : {"UTC", "UTC-14", "UTC+11:30"}) {
        CAPTURE(zone);
        ZoneScope scope(zone);
        auto quoted = [](const auto& value) { return '"' + value.str() + '"'; };
        date yesterday = chrono::sys_days{today()} - chrono::days{1};
        date tomorrow = chrono::sys_days{today()} + chrono::days{1};
        CHECK(read<PastDate>(quoted(yesterday)) == quoted(yesterday));
        CHECK(read<PastDate>(quoted(today())) == "! Date should be in the past");
        CHECK(read<FutureDate>(quoted(today())) == "! Date should be in the future");
        CHECK(read<FutureDate>(quoted(tomorrow)) == quoted(tomorrow));
        datetime wall = local_now().local();
        for (const datetime& now : {utc_now(), local_now(), wall, utc_now().astimezone(-5h)}) {
            std::string before = quoted(now - 1min);
            std::string after = quoted(now + 1min);
            CHECK(read<PastDatetime>(before) == before);
            CHECK(read<PastDatetime>(after) == "! Input should be in the past");
            CHECK(read<FutureDatetime>(before) == "! Input should be in the future");
            CHECK(read<FutureDatetime>(after) == after);
        }
    }
    ZoneScope scope("UTC-5:30");
    CHECK(local_now().utcoffset() == 330min);
    CHECK(local_now() - utc_now() < 1s);
    CHECK(today() == local_now().date());
}

TEST_CASE("temporal: strict fields take no JSON, because JSON has none of these") {
    CHECK(outcome<StrictEvent>(R"({"day":"2024-01-01","at":0,"opens":"09:00","length":1})") ==
          "! day: date_type | at: datetime_type | opens: time_type | length: time_delta_type");
    CHECK(read<date, Strict>(R"("2024-01-01")") == "! Input should be a valid date");
}

TEST_CASE("temporal: in a union each counts as converted") {
    detail::Document document;
    ErrorList list;
    REQUIRE(document.parse(R"("2024-01-01")"));
    detail::Context context{list};
    date day;
    CHECK(TypeTraits<date>::decode(document.root(), detail::no_info, day, context));
    CHECK(context.exactness == detail::Exactness::lax);
    CHECK(TypeTraits<PastDate>::label == "date");
    CHECK(TypeTraits<AwareDatetime>::label == "datetime");
    CHECK(TypeTraits<time_of_day>::label == "time");
    CHECK(TypeTraits<chrono::seconds>::label == "timedelta");
}

TEST_CASE("temporal: defaults, keys, elements") {
    CHECK(
        model_dump_json(Event{}) ==
        R"({"day":"2024-02-29","at":"2024-02-29T12:00:00Z","opens":"09:30:00","length":"PT1H30M","pause":"PT0.25S","seen":null})");
    CHECK(outcome<Keyed>(
              R"({"days":{"2024-01-02":1,"2024-01-01":2},"times":{"2024-01-01T00:00Z":3},"lengths":{"PT1M":4},)"
              R"("all":["2024-01-01T00:00Z","2024-01-01T02:00+02:00","2024-01-01"],"list":["2024-01-01"]})") ==
          R"({"days":{"2024-01-01":2,"2024-01-02":1},"times":{"2024-01-01T00:00:00Z":3},"lengths":{"PT1M":4},)"
          R"("all":["2024-01-01T00:00:00","2024-01-01T00:00:00Z"],"list":["2024-01-01"]})");
    CHECK(outcome<Keyed>(R"({"days":{"x":1},"list":["2024-01-01","2023-01-01"]})") ==
          "! days/x/[key]: date_from_datetime_parsing | list/1: greater_than_equal");
    CHECK(model_json_schema<Keyed>().at("properties").at("days") ==
          json::parse(R"({"type":"object","title":"Days","default":{},"additionalProperties":{"type":"integer"},
                          "propertyNames":{"format":"date"}})"));
    CHECK(model_json_schema<Event>().at("properties").at("pause") ==
          json::parse(R"({"type":"string","format":"duration","title":"Pause","default":"PT0.25S"})"));
}

TEST_CASE("temporal: parameters") {
    FastAPI app;
    app.get("/days/{day}", [](date day, Query<timedelta, "step", Default("P1D"), Gt(0s)> step,
                              Query<chrono::seconds, "wait", Default(30s)> wait,
                              Query<PastDate, "since", Default("2000-01-01")> since,
                              Header<std::optional<chrono::sys_seconds>, "if_since"> if_since,
                              Query<std::vector<date>, "q", Default("2024-01-01", "2024-01-02")> q) {
        return json{
            {"day", day},     {"step", *step},  {"wait", wait->count()},
            {"since", since}, {"n", q->size()}, {"if_since", *if_since ? (*if_since)->time_since_epoch().count() : 0}};
    });
    TestClient client(app);
    CHECK(client.get("/days/2024-02-29").json() ==
          json::parse(R"({"day":"2024-02-29","step":"P1D","wait":30,"since":"2000-01-01","n":2,"if_since":0})"));
    auto response = client.get("/days/2024-02-29?step=PT1H&wait=PT1M&since=1999-01-01&q=2024-01-01",
                               {.headers = {{"if-since", "2024-01-01T00:00:00Z"}}});
    CHECK(response.json() == json::parse(R"({"day":"2024-02-29","step":"PT1H","wait":60,"since":"1999-01-01","n":1,
                                             "if_since":1704067200})"));
    CHECK(test::short_errors(client.get("/days/2024-02-30?step=PT0S&wait=PT0.5S&since=9999-01-01").json()) ==
          "path/day: date_from_datetime_parsing | query/step: greater_than | query/wait: multiple_of | "
          "query/since: date_past");
    json parameters = app.openapi().at("paths").at("/days/{day}").at("get").at("parameters");
    CHECK(parameters.at(1).at("schema") ==
          json::parse(R"({"type":"string","format":"duration","title":"Step","default":"P1D"})"));
    CHECK(parameters.at(2).at("schema").at("default") == "PT30S");
}

TEST_CASE("date: the class") {
    using namespace std::chrono;
    date day = 2024y / February / 29;
    CHECK(day.str() == "2024-02-29");
    CHECK(day == date("2024-02-29"));
    CHECK(day < date("2024-03-01"));
    CHECK(day + years{4} == 2028y / February / 29);
    CHECK(sys_days{day} - sys_days{date{}} == days{19782});
    CHECK(date{sys_days{day} + days{1}} == 2024y / March / 1);
    PastDate past = day;
    CHECK(past == day);
    day = past;
    std::ostringstream out;
    out << day << ' ' << Field<date>{day};
    CHECK(out.str() == "2024-02-29 2024-02-29");
    CHECK(json{{"day", day}}.dump() == R"({"day":"2024-02-29"})");
    CHECK(date{year{-5} / 1 / 2}.str() == "-0005-01-02");
    CHECK(date{year{12345} / 1 / 2}.str() == "12345-01-02");
    CHECK(thrown_by([] { date{"2024-13-01"}; }) ==
          "Input should be a valid date or datetime, month value is outside expected range of 1-12");
    CHECK(thrown_by([] { date{"2024-01-01T01:00"}; }) ==
          "Datetimes provided to dates should have zero time - e.g. be exact dates");
    static_assert(date{2024y / 1 / 1} < date{2024y / 1 / 2});
}

TEST_CASE("time_of_day: the class") {
    time_of_day opens = 9h + 30min;
    CHECK(opens.str() == "09:30:00");
    CHECK(opens.since_midnight() == 570min);
    CHECK(opens.since_midnight<chrono::hours>() == 9h);
    CHECK(!opens.utcoffset());
    time_of_day berlin(9h + 30min, 1h);
    CHECK(berlin.str() == "09:30:00+01:00");
    CHECK(berlin.utcoffset() == 60min);
    CHECK(berlin == time_of_day("08:30Z"));
    CHECK(berlin < time_of_day("08:30:00.000001Z"));
    CHECK(opens != berlin);
    CHECK(opens < berlin); // naive before aware
    CHECK(time_of_day("12:00") > opens);
    CHECK(time_of_day(1ns).str() == "00:00:00");
    CHECK(thrown_by([] { time_of_day{24h}; }) == "a time of the day is at least 0 and less than 24 hours");
    CHECK(thrown_by([] { time_of_day{-1s}; }) == "a time of the day is at least 0 and less than 24 hours");
    CHECK(thrown_by([] { time_of_day(1h, 24h); }) == "an offset from UTC is less than 24 hours");
    CHECK(thrown_by([] { time_of_day{"25:00"}; }) ==
          "Input should be in a valid time format, hour value is outside expected range of 0-23");
}

TEST_CASE("datetime: the class") {
    using namespace std::chrono;
    datetime utc = sys_days{2024y / 1 / 31} + 12h + 30min;
    CHECK(utc.str() == "2024-01-31T12:30:00Z");
    CHECK(utc.is_aware());
    CHECK(utc.sys() == sys_days{2024y / 1 / 31} + 12h + 30min);
    CHECK(utc.sys<hours>() == sys_days{2024y / 1 / 31} + 12h);
    CHECK(sys_seconds(utc) == sys_days{2024y / 1 / 31} + 12h + 30min);
    datetime tokyo = utc.astimezone(9h);
    CHECK(tokyo.str() == "2024-01-31T21:30:00+09:00");
    CHECK(tokyo == utc);
    CHECK(tokyo.date() == 2024y / 1 / 31);
    CHECK(tokyo.time() == time_of_day(21h + 30min, 9h));
    CHECK(tokyo.utcoffset() == 540min);
    CHECK(tokyo.local() == local_days{2024y / 1 / 31} + 21h + 30min);
    CHECK(datetime{tokyo.date(), tokyo.time()}.str() == tokyo.str());
    datetime naive = local_days{2024y / 1 / 31} + 12h;
    CHECK(naive.str() == "2024-01-31T12:00:00");
    CHECK(!naive.utcoffset());
    CHECK(naive != utc);
    CHECK(naive < datetime{sys_days{}}); // naive before aware
    CHECK(datetime{date{2024y / 1 / 31}, 12h} == naive);
    CHECK((utc + 1h - 90min).str() == "2024-01-31T12:00:00Z");
    CHECK(utc - tokyo == 0s);
    CHECK((utc - datetime("2024-01-31T12:29:59.5Z")).str() == "PT0.5S");
    CHECK((datetime("2024-01-01T00:00Z") - datetime("2024-01-01T00:00:00.25Z")).str() == "-PT0.25S");
    CHECK(utc < system_clock::now());
    datetime before = sys_days{1969y / 12 / 31} + 23h + 59min + 59s + 500ms;
    CHECK(before.str() == "1969-12-31T23:59:59.500000Z");
    CHECK(before.date() == 1969y / 12 / 31);
    CHECK(before.time().str() == "23:59:59.500000Z");
    CHECK(datetime{sys_time<nanoseconds>{-1ns}}.str() == "1969-12-31T23:59:59.999999Z");
    CHECK(datetime{}.str() == "1970-01-01T00:00:00");
    AwareDatetime aware = utc;
    CHECK(aware == utc);
    utc = aware;
    std::ostringstream out;
    out << aware;
    CHECK(out.str() == "2024-01-31T12:30:00Z");
    CHECK(json(aware).dump() == R"("2024-01-31T12:30:00Z")");
    CHECK(thrown_by([&] { (void)naive.sys(); }) == "a datetime without an offset from UTC is no instant");
    CHECK(thrown_by([&] { (void)(naive - aware); }) ==
          "between a datetime with an offset from UTC and one without there is no difference");
    CHECK(thrown_by([&] { (void)aware.astimezone(24h); }) == "an offset from UTC is less than 24 hours");
    CHECK(thrown_by([] { datetime{"now"}; }) == "Input should be a valid datetime or date, input is too short");
    static_assert(datetime{sys_days{2024y / 1 / 1}} < datetime{sys_days{2024y / 1 / 1} + 1us});
}

TEST_CASE("timedelta: the class") {
    timedelta length = 36h;
    CHECK(length.str() == "P1DT12H");
    CHECK(length.to<chrono::minutes>() == 2160min);
    CHECK(length.to<chrono::duration<double, std::ratio<86400>>>().count() == doctest::Approx(1.5));
    CHECK(length.total_seconds() == 129600.0);
    CHECK(length == timedelta("P1.5D"));
    CHECK(length > 1h);
    CHECK(-length + 1us < timedelta{});
    CHECK((timedelta(1500ms) - 2s).str() == "-PT0.5S");
    CHECK((timedelta(-1500ms) + 700ms + 800ms) == 0s);
    CHECK(timedelta(-1ms).total_seconds() == doctest::Approx(-0.001));
    CHECK(timedelta(chrono::duration<double>(0.25)).str() == "PT0.25S");
    CHECK(timedelta(999ns).str() == "PT0S");
    CHECK(timedelta(chrono::hours{24 * 365}).str() == "P1Y");
    std::ostringstream out;
    out << length;
    CHECK(out.str() == "P1DT12H");
    CHECK(json(length).dump() == R"("P1DT12H")");
    CHECK(thrown_by([&] { (void)length.to<chrono::days>(); }) == "the duration P1DT12H is no multiple of 1 day");
    CHECK(thrown_by([] { (void)timedelta("P999999999D").to<chrono::nanoseconds>(); }) ==
          "the duration P2739726Y9D does not fit the type that it is made into");
    CHECK((-timedelta(120s)).to<chrono::minutes>() == -2min);
    CHECK(timedelta(-1500ms).to<chrono::milliseconds>() == -1500ms);
    CHECK(timedelta(-1us).to<chrono::nanoseconds>() == -1000ns);
    CHECK(thrown_by([] { (void)timedelta(-1us).to<chrono::seconds>(); }) == "the duration -PT0.000001S is no multiple of 1 second");
    CHECK(timedelta(9'223'372'036'854'775us).to<chrono::nanoseconds>() == 9'223'372'036'854'775'000ns);
    CHECK(timedelta(-9'223'372'036'854'775us).to<chrono::nanoseconds>() == -9'223'372'036'854'775'000ns);
    CHECK(thrown_by([] { (void)timedelta(9'223'372'036'854'776us).to<chrono::nanoseconds>(); }) ==
          "the duration P292Y171DT23H47M16.854776S does not fit the type that it is made into");
    CHECK(timedelta("P999999999D").to<chrono::days>() == chrono::days{999'999'999});
    CHECK(thrown_by([] { (void)(-timedelta("P999999999D")).to<chrono::microseconds>(); }) ==
          "the duration -P2739726Y9D does not fit the type that it is made into");
    CHECK(timedelta(1001s).to<chrono::duration<int, std::ratio<1001, 30000>>>().count() == 30000);
    CHECK(timedelta(-500ms).to<chrono::duration<int, std::ratio<1, 60>>>().count() == -30);
    CHECK(timedelta(255s).to<chrono::duration<std::uint8_t>>().count() == 255);
    CHECK(thrown_by([] { (void)timedelta(256s).to<chrono::duration<std::uint8_t>>(); }) != "");
    CHECK(thrown_by([] { (void)timedelta(-1s).to<chrono::duration<std::uint8_t>>(); }) != "");
    CHECK(timedelta(-128s).to<chrono::duration<std::int8_t>>().count() == -128);
    CHECK(thrown_by([] { (void)timedelta(-129s).to<chrono::duration<std::int8_t>>(); }) != "");
    CHECK(thrown_by([] { timedelta{"soon"}; }) == R"(Input should be a valid timedelta, invalid digit in duration)");
    static_assert(timedelta(1h) == timedelta(60min));
    static_assert(-timedelta(1us) < timedelta(0s));
}

// --- properties ---------------------------------------------------------------------------------------------------------

namespace {

template <class T>
bool survives(const T& value) {
    std::string text;
    TypeTraits<T>::encode(value, text);
    detail::Document document;
    ErrorList list;
    detail::Context context{list};
    T again{};
    if (!document.parse(text) || !TypeTraits<T>::decode(document.root(), detail::no_info, again, context)) {
        MESSAGE("not read: " << text);
        return false;
    }
    std::string second;
    TypeTraits<T>::encode(again, second);
    return again == value && second == text;
}

} // namespace

TEST_CASE("temporal: what is written is read as the same value") {
    using namespace std::chrono;
    std::mt19937_64 random(20240229);
    auto between = [&](std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(random);
    };
    constexpr std::int64_t first_day = -719162;
    constexpr std::int64_t last_day = 2932896;
    for (int i = 0; i < 5000; ++i) {
        sys_days day{days{between(first_day, last_day)}};
        REQUIRE(survives(date{day}));
        REQUIRE(survives(day));
        REQUIRE(survives(year_month_day{day}));
        // Whole seconds and milliseconds now and then.
        std::int64_t unit = i % 3 == 0 ? 1'000'000 : i % 3 == 1 ? 1000 : 1;
        microseconds clock{between(0, 86'399'999'999) / unit * unit};
        minutes offset{between(-1439, 1439)};
        time_of_day naive{clock};
        time_of_day aware{clock, offset};
        REQUIRE(survives(naive));
        REQUIRE(survives(aware));
        REQUIRE(survives(datetime{date{day}, naive}));
        REQUIRE(survives(AwareDatetime{datetime{date{day}, aware}}));
        REQUIRE(datetime(datetime{date{day}, aware}.str()).utcoffset() == offset);
        REQUIRE(survives(sys_time<microseconds>{day + clock}));
        REQUIRE(survives(sys_time<nanoseconds>{sys_days{days{between(-100000, 100000)}} + clock}));
        REQUIRE(survives(local_time<microseconds>{local_days{day.time_since_epoch()} + clock}));
        std::int64_t reach = between(0, 999'999'998);
        timedelta length = timedelta(days{between(-reach, reach)}) + clock;
        REQUIRE(survives(length));
        REQUIRE(survives(-length));
        REQUIRE(survives(microseconds{between(-9e18, 9e18)}));
        REQUIRE(survives(milliseconds{between(-8e16, 8e16)}));
        REQUIRE(survives(seconds{between(-8e13, 8e13)}));
        std::int64_t micros = between(-9e14, 9e14);
        REQUIRE(survives(duration<double>{static_cast<double>(micros) / 1e6}));
        REQUIRE(survives(duration<double, std::milli>{static_cast<double>(micros) / 1e3}));
        REQUIRE(timedelta(duration<double>{static_cast<double>(micros) / 1e6}) == microseconds{micros});
        // The order is that of the numbers.
        datetime a = sys_days{} + microseconds{between(-1000, 1000)};
        datetime b = a.astimezone(offset) + microseconds{between(-1, 1)};
        REQUIRE((a < b) == (a.sys() < b.sys()));
        REQUIRE((a == b) == (a.sys() == b.sys()));
        REQUIRE(a + (b - a) == b);
    }
}

TEST_CASE("temporal: a long text takes linear time") {
    auto begin = chrono::steady_clock::now();
    for (char c : {'0', '9', '-', ':', 'd'}) {
        for (const char* head : {"", "P", "P1.", "1.", "2024-01-01T00:00:00.", "1 day ", "00:00:00.", "1.0e"}) {
            std::string text = "\"" + std::string(head) + std::string(300'000, c) + "\"";
            (void)read<date>(text);
            (void)read<datetime>(text);
            (void)read<time_of_day>(text);
            (void)read<timedelta>(text);
        }
    }
    // Pairs, too: every second character starts something new.
    for (const char* pair : {"1Y", "1D", "T1", "1:", "1.", "+1", "1d"}) {
        std::string text = "\"P";
        for (int i = 0; i < 150'000; ++i) text += pair;
        text += "\"";
        (void)read<datetime>(text);
        (void)read<timedelta>(text);
    }
    CHECK(read<timedelta>("\"P" + [] {
              std::string text;
              for (int i = 0; i < 200'000; ++i) text += "1D";
              return text;
          }() + "\"") == R"("P547Y345D")");
    CHECK(chrono::steady_clock::now() - begin < 30s);
}
