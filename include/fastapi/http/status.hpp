#pragma once

// Status codes: which have no body, and their reason phrases (RFC 9110 15).

#include <string_view>

namespace fastapi {

// "Not Found" for 404; empty for a code that has no phrase.
std::string_view reason_phrase(int status_code);

namespace detail {
// Whether an answer with this status has no body: 1xx, 204, 205, 304.
constexpr bool is_bodiless(int status_code) {
    return status_code < 200 || status_code == 204 || status_code == 205 || status_code == 304;
}
} // namespace detail

} // namespace fastapi
