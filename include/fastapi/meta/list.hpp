#pragma once

// List<T>: what this library uses of std::vector, for its own things; what can be moved byte by byte grows in one function for
// all. Sequence<T>: one that can be copied. Each type of std::vector costs a compiler 5 to 15 ms and 30 to 80 functions, and
// every program that includes this library would pay for ours.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <type_traits>
#include <utility>

#include "fastapi/meta/owned.hpp"

namespace fastapi::detail {

// Gives a list at least `least` places of `each` bytes, twice as many as it had. Throws std::bad_alloc.
void grow_list(void** items, std::uint32_t& capacity, std::size_t least, std::size_t each);

template <class T>
inline constexpr bool moves_as_bytes = std::is_trivially_copy_constructible_v<T> && std::is_trivially_destructible_v<T>;
template <class T>
inline constexpr bool moves_as_bytes<Owned<T>> = true;
template <class T>
inline constexpr bool moves_as_bytes<Disposed<T>> = true;

template <class T>
class List {
  public:
    List() = default;
    List(List&& other) noexcept : items_(other.items_), size_(other.size_), capacity_(other.capacity_) {
        other.items_ = nullptr;
        other.size_ = other.capacity_ = 0;
    }
    List& operator=(List&& other) noexcept {
        swap(other);
        return *this;
    }
    List(const List&) = delete;
    List& operator=(const List&) = delete;
    ~List() {
        clear();
        ::operator delete(static_cast<void*>(items_));
    }

    [[nodiscard]] T* data() { return items_; }
    [[nodiscard]] const T* data() const { return items_; }
    [[nodiscard]] T* begin() { return items_; }
    [[nodiscard]] T* end() { return items_ + size_; }
    [[nodiscard]] const T* begin() const { return items_; }
    [[nodiscard]] const T* end() const { return items_ + size_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    T& operator[](std::size_t i) { return items_[i]; }
    const T& operator[](std::size_t i) const { return items_[i]; }
    T& front() { return items_[0]; }
    const T& front() const { return items_[0]; }
    T& back() { return items_[size_ - 1]; }
    const T& back() const { return items_[size_ - 1]; }

    void reserve(std::size_t least) {
        if (least <= capacity_) return;
        if constexpr (moves_as_bytes<T>) {
            grow_list(reinterpret_cast<void**>(&items_), capacity_, least, sizeof(T));
        } else {
            void* grown = nullptr;
            grow_list(&grown, capacity_, least, sizeof(T));
            for (std::uint32_t i = 0; i < size_; ++i) {
                new (static_cast<void*>(static_cast<T*>(grown) + i)) T(std::move(items_[i]));
                items_[i].~T();
            }
            ::operator delete(static_cast<void*>(items_));
            items_ = static_cast<T*>(grown);
        }
    }
    T& push_back(T item) {
        if (size_ == capacity_) reserve(std::size_t{size_} + 1);
        return *new (static_cast<void*>(items_ + size_++)) T(std::move(item));
    }
    template <class... A>
    T& emplace_back(A&&... arguments) {
        if (size_ == capacity_) reserve(std::size_t{size_} + 1);
        T* made = new (static_cast<void*>(items_ + size_)) T(std::forward<A>(arguments)...);
        ++size_;
        return *made;
    }
    // Puts an item before the one at a place.
    void insert(std::size_t at, T item) {
        static_assert(moves_as_bytes<T>);
        push_back(std::move(item));
        alignas(T) char last[sizeof(T)];
        std::memcpy(last, static_cast<void*>(items_ + size_ - 1), sizeof(T));
        std::memmove(static_cast<void*>(items_ + at + 1), static_cast<void*>(items_ + at), (size_ - 1 - at) * sizeof(T));
        std::memcpy(static_cast<void*>(items_ + at), last, sizeof(T));
    }
    // To a size; what is new is T().
    void resize(std::size_t size) {
        reserve(size);
        while (size_ > size) pop_back();
        while (size_ < size) push_back(T());
    }
    void pop_back() { items_[--size_].~T(); }
    void erase(std::size_t at) {
        for (; at + 1 < size_; ++at) items_[at] = std::move(items_[at + 1]);
        pop_back();
    }
    void pop_front() {
        static_assert(moves_as_bytes<T>);
        items_[0].~T();
        std::memmove(static_cast<void*>(items_), static_cast<void*>(items_ + 1), --size_ * sizeof(T));
    }
    void clear() {
        if constexpr (!std::is_trivially_destructible_v<T>)
            for (std::uint32_t i = 0; i < size_; ++i) items_[i].~T();
        size_ = 0;
    }
    void swap(List& other) noexcept {
        std::swap(items_, other.items_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

  private:
    T* items_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

template <class T>
class Sequence : public List<T> {
  public:
    Sequence() = default;
    Sequence(std::initializer_list<T> items) { append(items.begin(), items.size()); }
    // Of any range of them: a std::vector, an array.
    template <class Range>
        requires requires(const Range& range) { static_cast<const T*>(range.data()) + range.size(); }
    Sequence(const Range& range) { // NOLINT: implicit on purpose
        append(range.data(), range.size());
    }
    Sequence(const Sequence& other) : List<T>() { append(other.data(), other.size()); }
    Sequence& operator=(const Sequence& other) {
        if (this == &other) return *this;
        this->clear();
        append(other.data(), other.size());
        return *this;
    }
    Sequence(Sequence&&) noexcept = default;
    Sequence& operator=(Sequence&&) noexcept = default;
    ~Sequence() = default;

  private:
    void append(const T* items, std::size_t size) {
        this->reserve(size);
        for (std::size_t i = 0; i < size; ++i) this->emplace_back(items[i]);
    }
};

} // namespace fastapi::detail
