#pragma once

// Owned<T>: a std::unique_ptr without deleter, arrays and conversions. Each type of std::unique_ptr costs a compiler 10 ms
// (its pointer and deleter are a std::tuple), and every program that includes this library would pay for ours.

#include <utility>

namespace fastapi::detail {

template <class T>
class Owned {
  public:
    Owned() = default;
    explicit Owned(T* made) : pointer_(made) {}
    Owned(Owned&& other) noexcept : pointer_(other.pointer_) { other.pointer_ = nullptr; }
    Owned& operator=(Owned&& other) noexcept {
        T* old = pointer_;
        pointer_ = other.pointer_;
        other.pointer_ = old;
        return *this;
    }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { delete pointer_; }

    [[nodiscard]] T* get() const noexcept { return pointer_; }
    [[nodiscard]] T* release() noexcept {
        T* given = pointer_;
        pointer_ = nullptr;
        return given;
    }
    T* operator->() const noexcept { return pointer_; }
    T& operator*() const noexcept { return *pointer_; }
    explicit operator bool() const noexcept { return pointer_ != nullptr; }

  private:
    T* pointer_ = nullptr;
};

// The same for a T that says itself how it is destroyed, by a pointer `dispose`. A virtual destructor would do, but g++ takes the
// call of a virtual function for a use of every class that overrides it: a program would be compiled with all that it can
// never do. So what every program has calls what some have by pointers, which the constructor of the base class sets.
template <class T>
class Disposed {
  public:
    Disposed() = default;
    explicit Disposed(T* made) : pointer_(made) {}
    Disposed(Disposed&& other) noexcept : pointer_(other.pointer_) { other.pointer_ = nullptr; }
    Disposed& operator=(Disposed&& other) noexcept {
        T* old = pointer_;
        pointer_ = other.pointer_;
        other.pointer_ = old;
        return *this;
    }
    Disposed(const Disposed&) = delete;
    Disposed& operator=(const Disposed&) = delete;
    ~Disposed() {
        if (pointer_) pointer_->dispose(pointer_);
    }

    [[nodiscard]] T* get() const noexcept { return pointer_; }
    [[nodiscard]] T* release() noexcept {
        T* given = pointer_;
        pointer_ = nullptr;
        return given;
    }
    T* operator->() const noexcept { return pointer_; }
    T& operator*() const noexcept { return *pointer_; }
    explicit operator bool() const noexcept { return pointer_ != nullptr; }

  private:
    T* pointer_ = nullptr;
};

} // namespace fastapi::detail
