#pragma once

// Containers that Python tells apart and C++ does not: FrozenSet<T>, VariadicTuple<T>; and ExtraFields<T>, the member of
// a model that keeps the keys that the model does not know.

#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/json/json.hpp"

namespace fastapi {

// A set in whose errors Pydantic says frozenset (frozenset[T]).
template <class T>
struct FrozenSet : std::set<T> {
    using std::set<T>::set;
    using is_frozenset = void;
};

// A vector in whose errors Pydantic says tuple (tuple[T, ...]).
template <class T>
struct VariadicTuple : std::vector<T> {
    using std::vector<T>::vector;
    using is_variadic_tuple = void;
};

// The keys of an object that its model has no members for, in the order of the input (Pydantic: extra="allow"; T is the
// type of __pydantic_extra__). A model that has such a member allows them: they are read into it, written behind the
// other members, and the schema has additionalProperties.
//   struct Event { std::string name; ExtraFields<> extra; };
template <class T = json>
class ExtraFields {
  public:
    using value_type = std::pair<std::string, T>;

    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] auto begin() const noexcept { return entries_.begin(); }
    [[nodiscard]] auto end() const noexcept { return entries_.end(); }
    // Null when there is no such key. Takes time with the number of keys.
    [[nodiscard]] const T* find(std::string_view key) const {
        for (const auto& entry : entries_)
            if (entry.first == key) return &entry.second;
        return nullptr;
    }
    [[nodiscard]] bool contains(std::string_view key) const { return find(key) != nullptr; }
    // Throws std::out_of_range when there is no such key.
    [[nodiscard]] const T& at(std::string_view key) const {
        const T* found = find(key);
        if (!found) throw std::out_of_range("fastapi: there is no extra field of this name");
        return *found;
    }
    // Adds the key when it is not there.
    T& operator[](std::string_view key) {
        if (const T* found = find(key)) return const_cast<T&>(*found);
        return emplace_back(key);
    }
    // Adds a key that is not there yet.
    T& emplace_back(std::string_view key) { return entries_.emplace_back(std::string(key), T{}).second; }
    void pop_back() { entries_.pop_back(); }
    void clear() noexcept { entries_.clear(); }
    friend bool operator==(const ExtraFields&, const ExtraFields&) = default;

  private:
    std::vector<value_type> entries_;
};

} // namespace fastapi
