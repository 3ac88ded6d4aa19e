// libFuzzer: bytes as the text of dates, times and durations, and as JSON.
// What must hold: nothing crashes; what is refused has a reason; what is accepted is written in a form that is accepted
// again as the same value and written the same; the classes read what the fields read.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fastapi.hpp"
#include "fastapi/json/document.hpp"

using namespace fastapi;

namespace {

[[noreturn]] void fail(const char* what, std::string_view one, std::string_view other = {}) {
    std::fprintf(stderr, "%s\n%.*s\n%.*s\n", what, static_cast<int>(one.size()), one.data(),
                 static_cast<int>(other.size()), other.data());
    std::abort();
}

template <class T>
bool decode(const detail::Value& value, const detail::FieldInfo& info, T& target, std::string_view text) {
    ErrorList list;
    detail::Context context{list};
    if (TypeTraits<T>::decode(value, info, target, context)) {
        if (!list.empty()) fail("accepted with an error", text);
        return true;
    }
    if (list.size() != 1 || list[0].type.empty() || list[0].msg.empty()) fail("refused without a reason", text);
    std::string errors = errors_to_text(list);
    detail::Document document;
    // Bytes that are no UTF-8 may stand in the input, which is echoed.
    if (detail::is_valid_utf8(text) && !document.parse(errors)) fail("the errors are no JSON", text, errors);
    return false;
}

template <class T, auto... Annotations>
void check(const detail::Value& value, std::string_view text) {
    T first{};
    if (!decode(value, Field<T, Annotations...>::info(), first, text)) return;
    std::string written;
    TypeTraits<T>::encode(first, written);
    detail::Document document;
    if (!document.parse(written)) fail("what was written is no JSON", text, written);
    T second{};
    if (!decode(document.root(), detail::no_info, second, written)) fail("what was written is not read", text, written);
    if (first != second) fail("another value is read than was written", text, written);
    std::string again;
    TypeTraits<T>::encode(second, again);
    if (written != again) fail("written in two ways", written, again);
}

// The class reads a text as the field does.
template <class T>
void check_class(std::string_view text) {
    T field{};
    bool good = decode(detail::Value::bare(text), detail::no_info, field, text);
    try {
        T made{text};
        if (good && (made != field || made.str() != field.str()))
            fail("class and field differ", made.str(), field.str());
    } catch (const ValueError& error) {
        if (good) fail("the class refuses what the field takes", text, error.what());
    }
}

void check_all(const detail::Value& value, std::string_view text) {
    using namespace std::chrono;
    check<date>(value, text);
    check<date, Ge("1900-01-01"), Lt("2100-01-01")>(value, text);
    check<datetime>(value, text);
    check<datetime, Gt("1900-01-01T00:00+02:00"), Le("2100-01-01")>(value, text);
    check<AwareDatetime>(value, text);
    check<NaiveDatetime>(value, text);
    check<time_of_day>(value, text);
    check<time_of_day, Ge("01:00"), Lt("23:00-02:00")>(value, text);
    check<timedelta>(value, text);
    check<timedelta, Gt("-P1D"), Le("P100D")>(value, text);
    check<year_month_day>(value, text);
    check<sys_days>(value, text);
    check<sys_time<nanoseconds>>(value, text);
    check<sys_time<hours>>(value, text);
    check<local_time<milliseconds>>(value, text);
    check<nanoseconds>(value, text);
    check<seconds>(value, text);
    check<duration<std::int8_t, std::ratio<86400>>>(value, text);
    PastDatetime past;
    decode(value, detail::no_info, past, text);
    FutureDate future;
    decode(value, detail::no_info, future, text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    check_all(detail::Value::bare(text), text);
    check_class<date>(text);
    check_class<datetime>(text);
    check_class<time_of_day>(text);
    check_class<timedelta>(text);
    detail::Document document;
    if (document.parse(text)) check_all(document.root(), text);
    return 0;
}
