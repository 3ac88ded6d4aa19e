#pragma once

// List<T>: what this library uses of std::vector, for its own small things: what can be copied byte by byte, and Owned<T>.
// Each type of std::vector costs a compiler 5 to 15 ms and 30 functions, and every program that includes this library would
// pay for ours; here all types share the code that grows.

#include <cstdint>
#include <cstring>
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
        static_assert(moves_as_bytes<T>);
        clear();
        ::operator delete(static_cast<void*>(items_));
    }

    [[nodiscard]] T* data() { return items_; }
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
    T& back() { return items_[size_ - 1]; }

    void reserve(std::size_t least) {
        if (least > capacity_) grow_list(reinterpret_cast<void**>(&items_), capacity_, least, sizeof(T));
    }
    T& push_back(T item) {
        if (size_ == capacity_) reserve(std::size_t{size_} + 1);
        return *new (static_cast<void*>(items_ + size_++)) T(std::move(item));
    }
    // Puts an item before the one at a place.
    void insert(std::size_t at, T item) {
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
    void pop_front() {
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

} // namespace fastapi::detail
