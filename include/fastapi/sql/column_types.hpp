#pragma once

// How values of C++ become values of a database, and back. The kinds of the model's tables are covered by ordinary code
// (sql/column_types.ipp); types with a better form than their JSON text say so in ColumnTraits. Times are written as SQLAlchemy
// writes them, so that a file of either can be read by the other, and sort as they should.

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "fastapi/model/types.hpp"
#include "fastapi/types/bytes.hpp"
#include "fastapi/types/datetime.hpp"
#include "fastapi/types/decimal.hpp"
#include "fastapi/types/duration.hpp"
#include "fastapi/types/secret.hpp"
#include "fastapi/types/uuid.hpp"

namespace fastapi {

namespace detail {

// A value as a database has it. Text and bytes belong to somebody else.
struct SqlValue {
    enum class Kind : std::uint8_t { null, integer, real, text, blob };
    Kind kind = Kind::null;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view bytes{};

    static SqlValue of(std::int64_t value) { return {Kind::integer, value, 0, {}}; }
    static SqlValue of(double value) { return {Kind::real, 0, value, {}}; }
    static SqlValue of(std::string_view text) { return {Kind::text, 0, 0, text}; }
    static SqlValue of_blob(std::string_view bytes) { return {Kind::blob, 0, 0, bytes}; }
};

// Says why a value of the database is none of the member's: "it holds text where an integer is expected".
[[noreturn]] void throw_data_error(std::string_view expected, const SqlValue& found);

struct ColumnOps {
    const char* sql_type;
    // scratch may hold the text; value must live as long as what is returned.
    SqlValue (*write)(const Type& type, const void* value, std::string& scratch);
    // Throws DataError or ValueError when it does not fit.
    void (*read)(const Type& type, const SqlValue& found, void* target);
    bool as_number = false; // text that is compared as a number: a Decimal
};

// Of the kinds. A type that has no form of its own is JSON text.
const ColumnOps& column_ops_of(const Type& type);

} // namespace detail

// A column type of one's own: specialise it with
//   static constexpr const char* sql_type = "TEXT";
//   static detail::SqlValue write(const T& value, std::string& scratch);
//   static void read(const detail::SqlValue& found, T& target);
template <class T>
struct ColumnTraits {};

namespace detail {

template <class T>
struct OwnColumn {
    static SqlValue write(const Type&, const void* value, std::string& scratch) {
        return ColumnTraits<T>::write(*static_cast<const T*>(value), scratch);
    }
    static void read(const Type&, const SqlValue& found, void* target) { ColumnTraits<T>::read(found, *static_cast<T*>(target)); }
    static constexpr bool as_number() {
        if constexpr (requires { ColumnTraits<T>::as_number; }) return ColumnTraits<T>::as_number;
        return false;
    }
    static constexpr ColumnOps ops{ColumnTraits<T>::sql_type, &write, &read, as_number()};
};

// Null: by kind.
template <class T>
constexpr const ColumnOps* own_column_ops() {
    if constexpr (requires { ColumnTraits<T>::sql_type; }) {
        return &OwnColumn<T>::ops;
    } else {
        return nullptr;
    }
}

std::string_view text_of(const SqlValue& found, std::string_view expected);
SqlValue write_sql_datetime(const datetime& value, std::string& scratch);
SqlValue write_sql_uuid(const UUID& value, std::string& scratch);
std::int64_t micros_of(const timedelta& value);
timedelta duration_of(const SqlValue& found);

} // namespace detail

// Times with an offset are turned into UTC, so that text sorts by the instant.
template <class T>
    requires std::is_base_of_v<datetime, T>
struct ColumnTraits<T> {
    static constexpr const char* sql_type = "DATETIME";
    static detail::SqlValue write(const datetime& value, std::string& scratch) { return detail::write_sql_datetime(value, scratch); }
    static void read(const detail::SqlValue& found, T& target) { target = T{datetime(detail::text_of(found, "a date and time"))}; }
};
template <class T>
    requires std::is_base_of_v<timedelta, T>
struct ColumnTraits<T> { // microseconds
    static constexpr const char* sql_type = "INTEGER";
    static detail::SqlValue write(const timedelta& value, std::string&) { return detail::SqlValue::of(detail::micros_of(value)); }
    static void read(const detail::SqlValue& found, T& target) { target = T{detail::duration_of(found)}; }
};
template <class T>
    requires std::is_base_of_v<Bytes, T>
struct ColumnTraits<T> {
    static constexpr const char* sql_type = "BLOB";
    static detail::SqlValue write(const Bytes& value, std::string&) { return detail::SqlValue::of_blob(value.str()); }
    static void read(const detail::SqlValue& found, T& target) { target = T{std::string(detail::text_of(found, "bytes"))}; }
};
template <class T>
    requires std::is_base_of_v<UUID, T>
struct ColumnTraits<T> { // 32 hex digits, as SQLAlchemy has it
    static constexpr const char* sql_type = "CHAR(32)";
    static detail::SqlValue write(const UUID& value, std::string& scratch) { return detail::write_sql_uuid(value, scratch); }
    static void read(const detail::SqlValue& found, T& target) { target = T{detail::text_of(found, "a UUID")}; }
};
template <>
struct ColumnTraits<Decimal> { // exact: text
    static constexpr const char* sql_type = "TEXT";
    static constexpr bool as_number = true;
    static detail::SqlValue write(const Decimal& value, std::string& scratch) {
        scratch = value.str();
        return detail::SqlValue::of(scratch);
    }
    static void read(const detail::SqlValue& found, Decimal& target);
};
template <class T>
    requires requires(const T& secret) {
        { secret.get_secret_value() } -> std::convertible_to<std::string_view>;
    }
struct ColumnTraits<T> { // what is secret, and not its asterisks
    static constexpr const char* sql_type = "VARCHAR";
    static detail::SqlValue write(const T& value, std::string&) { return detail::SqlValue::of(std::string_view{value.get_secret_value()}); }
    static void read(const detail::SqlValue& found, T& target) { target = T{std::string(detail::text_of(found, "text"))}; }
};

} // namespace fastapi
