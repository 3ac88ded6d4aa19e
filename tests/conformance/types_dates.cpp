// Dates, times, durations: field types of vectors.jsonl and schemas.jsonl.

#include "types.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

SCALAR(date_plain, date)
SCALAR(date_ge, date, Ge("2024-01-01"))
SCALAR(date_past, PastDate)
SCALAR(date_future, FutureDate)
SCALAR(datetime_plain, datetime)
SCALAR(datetime_gt, datetime, Gt("2024-01-01"))
SCALAR(datetime_past, PastDatetime)
SCALAR(datetime_future, FutureDatetime)
SCALAR(datetime_naive, NaiveDatetime)
SCALAR(datetime_aware, AwareDatetime)
SCALAR(time_plain, time_of_day)
SCALAR(timedelta_plain, timedelta)
SCALAR(timedelta_le, timedelta, Le(1h))

void conformance::add_dates_types(TypePorts& types) {
    TYPE("date", date_plain);
    TYPE("date ge=2024-01-01", date_ge);
    TYPE("PastDate", date_past);
    TYPE("FutureDate", date_future);
    TYPE("datetime", datetime_plain);
    TYPE("datetime gt=2024-01-01", datetime_gt);
    TYPE("PastDatetime", datetime_past);
    TYPE("FutureDatetime", datetime_future);
    TYPE("NaiveDatetime", datetime_naive);
    TYPE("AwareDatetime", datetime_aware);
    TYPE("time", time_plain);
    TYPE("timedelta", timedelta_plain);
    TYPE("timedelta le=1h", timedelta_le);
}
