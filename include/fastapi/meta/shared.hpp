#pragma once

// Shared<T>: a pointer that counts in the object itself, which says how it is destroyed. The count is no atomic: what is shared
// belongs to the registration of routes, which one thread does.

#include <cstddef>

namespace fastapi::detail {

struct Counted {
    std::size_t references = 0;
    void (*dispose)(Counted* self) = nullptr;
};

template <class T>
class Shared {
  public:
    Shared() = default;
    explicit Shared(T* object) : pointer_(object) {
        if (pointer_) ++pointer_->references;
    }
    Shared(const Shared& other) : Shared(other.pointer_) {}
    Shared(Shared&& other) noexcept : pointer_(other.pointer_) { other.pointer_ = nullptr; }
    Shared& operator=(Shared other) noexcept {
        T* old = pointer_;
        pointer_ = other.pointer_;
        other.pointer_ = old;
        return *this;
    }
    ~Shared() {
        if (pointer_ && --pointer_->references == 0) pointer_->dispose(pointer_);
    }

    [[nodiscard]] T* get() const noexcept { return pointer_; }
    T* operator->() const noexcept { return pointer_; }
    T& operator*() const noexcept { return *pointer_; }
    explicit operator bool() const noexcept { return pointer_ != nullptr; }

  private:
    T* pointer_ = nullptr;
};

} // namespace fastapi::detail
