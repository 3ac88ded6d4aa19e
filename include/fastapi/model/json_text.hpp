#pragma once

// Json<T>: a string that holds JSON, read as a T. JsonValue: any JSON value, under that name in the schema.

#include <type_traits>
#include <utility>

#include "fastapi/json/json.hpp"

namespace fastapi {

// A string of JSON text (Pydantic: Json[T]): "[1, 2]" is read as a T and written as one; with DumpOptions::round_trip it
// is written as text again. Json<> takes any JSON.
template <class T = json>
class Json {
  public:
    using value_type = T;
    Json() = default;
    template <class U = T>
        requires(!std::is_same_v<std::remove_cvref_t<U>, Json> && std::is_convertible_v<U &&, T>)
    Json(U&& value) : value_(std::forward<U>(value)) {} // NOLINT: implicit on purpose

    operator const T&() const noexcept { return value_; } // NOLINT: implicit on purpose
    [[nodiscard]] const T& value() const noexcept { return value_; }
    [[nodiscard]] T& value() noexcept { return value_; }
    [[nodiscard]] const T& operator*() const noexcept { return value_; }
    [[nodiscard]] T& operator*() noexcept { return value_; }
    const T* operator->() const noexcept { return &value_; }
    T* operator->() noexcept { return &value_; }
    friend bool operator==(const Json& a, const Json& b)
        requires requires(const T& x) { x == x; }
    {
        return a.value_ == b.value_;
    }

  private:
    T value_{};
};

// Any JSON value (Pydantic: JsonValue). It is a json; only its schema has a name.
class JsonValue : public json {
  public:
    using json::json;
    JsonValue() = default;
    JsonValue(const json& value) : json(value) {}      // NOLINT: implicit on purpose
    JsonValue(json&& value) : json(std::move(value)) {} // NOLINT: implicit on purpose
};

namespace detail {
template <class T>
inline constexpr bool is_json_text = false;
template <class T>
inline constexpr bool is_json_text<Json<T>> = true;
} // namespace detail

} // namespace fastapi
