#pragma once

// Percent-encoding, query strings and cookies: what a request's target and headers hold, decoded (wire.md 10).

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/meta/list.hpp"

namespace fastapi {

// Keys and values in order; a key may come several times.
class MultiParams {
  public:
    using Entry = std::pair<std::string_view, std::string_view>;
    // The last value of a key, as FastAPI reads a scalar.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const;
    [[nodiscard]] std::vector<std::string_view> get_all(std::string_view key) const;
    [[nodiscard]] bool contains(std::string_view key) const { return get(key).has_value(); }
    [[nodiscard]] auto begin() const { return entries_.begin(); }
    [[nodiscard]] auto end() const { return entries_.end(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    // Reads a=1&b=2. Decoded text is kept here, so that the views stay valid.
    void parse_query(std::string_view query);
    // Reads the value of a Cookie header; called once for each header.
    void parse_cookies(std::string_view header);

    MultiParams() = default;
    MultiParams(const MultiParams&) = delete;
    MultiParams& operator=(const MultiParams&) = delete;

  private:
    std::string_view decode(std::string_view text);
    detail::List<Entry> entries_;
    detail::List<detail::Owned<std::string>> storage_; // decoded texts stay where they are
    bool all_plain_ = true;
};

namespace detail {

// Undoes %XX (and + when plus_is_space); a bad escape stays as it is, bytes that are no UTF-8 become U+FFFD.
std::string percent_decode(std::string_view text, bool plus_is_space);
// Writes text with every byte outside the unreserved set and keep as %XX.
std::string percent_encode(std::string_view text, std::string_view keep);

} // namespace detail

} // namespace fastapi
