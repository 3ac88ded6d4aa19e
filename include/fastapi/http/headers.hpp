#pragma once

// Header lists: those of a request are views into what the server received, those of a response are owned.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/meta/list.hpp"

namespace fastapi {

namespace detail {
// Whether two header names are the same (ASCII case does not matter, RFC 9110 5.1).
bool same_header(std::string_view a, std::string_view b);
} // namespace detail

// The headers of a request, in the order received. Names and values are views.
class RequestHeaders {
  public:
    using Entry = std::pair<std::string_view, std::string_view>;

    void add(std::string_view name, std::string_view value);
    void set_name(std::size_t index, std::string_view name) { entries_[index].first = name; }
    void set_value(std::size_t index, std::string_view value) { entries_[index].second = value; }
    // Takes all out and keeps the memory.
    void clear() { entries_.clear(); }
    // The first value of a name.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
    [[nodiscard]] std::string_view get(std::string_view name, std::string_view otherwise) const;
    // The same; empty when there is none.
    [[nodiscard]] std::string_view operator[](std::string_view name) const { return get(name, {}); }
    [[nodiscard]] std::vector<std::string_view> get_all(std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const { return get(name).has_value(); }
    [[nodiscard]] auto begin() const { return entries_.begin(); }
    [[nodiscard]] auto end() const { return entries_.end(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    detail::List<Entry> entries_;
};

// The headers of a response, in order. Names go out as given; FastAPI's are lower case.
class Headers {
  public:
    using Entry = std::pair<std::string, std::string>;

    Headers() = default;
    Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> entries);
    Headers(const Headers&);
    Headers& operator=(const Headers&);
    Headers(Headers&&) noexcept;
    Headers& operator=(Headers&&) noexcept;
    ~Headers();

    // Replaces all values of a name. Throws std::invalid_argument for a CR, LF or NUL in name or value.
    void set(std::string_view name, std::string_view value);
    // Adds one more value.
    void append(std::string_view name, std::string_view value);
    // Adds what the library itself wrote, unchecked.
    void append_trusted(std::string_view name, std::string_view value);
    void remove(std::string_view name);
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const { return get(name).has_value(); }
    [[nodiscard]] auto begin() const { return entries_.begin(); }
    [[nodiscard]] auto end() const { return entries_.end(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] bool empty() const { return entries_.empty(); }

  private:
    detail::Sequence<Entry> entries_;
};

} // namespace fastapi
