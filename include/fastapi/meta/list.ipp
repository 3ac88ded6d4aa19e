#pragma once

#include <new>

#include "fastapi/meta/list.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

[[gnu::noinline]] FASTAPI_COLD void grow_list(void** items, std::uint32_t& capacity, std::size_t least, std::size_t each) {
    std::size_t wanted = std::size_t{capacity} * 2 < 8 ? 8 : std::size_t{capacity} * 2;
    if (wanted < least) wanted = least;
    if (wanted > 0xFFFFFFFFU) throw std::bad_alloc();
    void* grown = ::operator new(wanted * each);
    if (*items) std::memcpy(grown, *items, capacity * each);
    ::operator delete(*items);
    *items = grown;
    capacity = static_cast<std::uint32_t>(wanted);
}

} // namespace fastapi::detail
