#pragma once

// A string literal as a template argument: Path<int, "item_id">, Pattern("^[a-z]+$").

#include <cstddef>
#include <string_view>

namespace fastapi {

template <std::size_t N>
struct FixedString {
    char text[N]{};

    constexpr FixedString() = default;
    // NOLINTNEXTLINE: implicit on purpose, a literal becomes a template argument.
    constexpr FixedString(const char (&literal)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
    }
    [[nodiscard]] constexpr std::string_view view() const { return {text, N - 1}; }
    constexpr operator std::string_view() const { return view(); }
};

template <std::size_t N>
FixedString(const char (&)[N]) -> FixedString<N>;

namespace detail {
// A template argument as an object that has an address.
template <auto A>
inline constexpr auto kept_constant = A;
} // namespace detail

} // namespace fastapi
