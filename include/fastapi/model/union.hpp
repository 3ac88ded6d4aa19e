#pragma once

// The tables of std::variant (unions) and of std::tuple, std::pair and std::array. What is done with them is in
// model/union.ipp and model/tuple.ipp.

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "fastapi/meta/variant.hpp"
#include "fastapi/model/field.hpp"
#include "fastapi/model/type.hpp"

namespace fastapi::detail {

// What pydantic-core calls a validator: in the place of an error of a union, and in the title of a ValidationError.
// constrained_strings: the configuration of a model says something of all its strings.
std::string type_label(const Type& type, const FieldInfo& info, bool constrained_strings = false);

template <class T>
constexpr Slot slot_of();
template <class T>
struct OptionalOps;
template <class T>
inline constexpr bool is_smart_pointer = false;
template <class T>
inline constexpr bool is_nullable = is_optional<T> || is_smart_pointer<T>;

template <class T>
struct VariantOps;
template <template <class...> class V, class... A>
struct VariantOps<V<A...>> {
    using T = V<A...>;
    using Indices = std::index_sequence_for<A...>;
    static_assert((std::is_default_constructible_v<A> && ...),
                  "fastapi: each alternative of a std::variant needs a default constructor, because it is made before it is read");

    template <class B>
    static constexpr Slot branch() {
        if constexpr (is_none<B>) {
            return {};
        } else if constexpr (is_nullable<B>) {
            return OptionalOps<B>::traits.inner;
        } else {
            return slot_of<B>();
        }
    }
    template <class B>
    static constexpr bool takes_null() {
        if constexpr (is_variant<B>) {
            return VariantOps<B>::null_of() >= 0;
        } else {
            return is_none<B> || is_nullable<B>;
        }
    }
    static constexpr std::int16_t null_of() {
        constexpr bool nulls[] = {takes_null<A>()...};
        for (std::size_t i = 0; i < sizeof...(A); ++i)
            if (nulls[i]) return static_cast<std::int16_t>(i);
        return -1;
    }
    template <class B>
    static void* place_in(B& value, bool null) {
        if constexpr (is_none<B>) {
            return nullptr;
        } else if constexpr (is_nullable<B>) {
            if (!null) return OptionalOps<B>::emplace(&value);
            OptionalOps<B>::reset(&value);
            return nullptr;
        } else {
            if constexpr (is_variant<B>) {
                if (null) return VariantOps<B>::emplace(&value, VariantOps<B>::traits.size);
            }
            return &value;
        }
    }
    template <class B>
    static const void* place_of(const B* value) {
        if constexpr (is_none<B>) {
            return nullptr;
        } else if constexpr (is_nullable<B>) {
            return OptionalOps<B>::get(value);
        } else {
            return value;
        }
    }
    template <std::size_t... I>
    static void* emplace_one(T& variant, std::size_t index, bool null, std::index_sequence<I...>) {
        void* place = nullptr;
        static_cast<void>(((index == I && (place = place_in(variant.template emplace<I>(), null), true)) || ...));
        return place;
    }
    // index: of the alternative; sizeof...(A): null.
    static void* emplace(void* variant, std::size_t index) {
        bool null = index == sizeof...(A);
        return emplace_one(*static_cast<T*>(variant), null ? static_cast<std::size_t>(traits.null) : index, null, Indices{});
    }
    template <std::size_t... I>
    static const void* get_one(const T& variant, std::size_t index, std::index_sequence<I...>) {
        const void* place = nullptr;
        static_cast<void>(((index == I && (place = place_of(get_if<I>(&variant)), true)) || ...));
        return place;
    }
    static const void* get(const void* variant, std::size_t& index) {
        const T& typed = *static_cast<const T*>(variant);
        index = typed.index();
        return get_one(typed, index, Indices{});
    }
    static void with_spare(void (*body)(void* state, void* spare), void* state) {
        T spare{};
        body(state, &spare);
    }
    static void take(void* variant, void* spare) { *static_cast<T*>(variant) = std::move(*static_cast<T*>(spare)); }

    static constexpr Slot branches[] = {branch<A>()...};
    template <class B>
    static constexpr bool flattens() {
        if constexpr (is_nullable<B>) {
            return is_variant<std::remove_cvref_t<decltype(*std::declval<B&>())>>;
        } else {
            return is_variant<B>;
        }
    }
    static constexpr VariantTraits traits{branches, sizeof...(A), null_of(), (flattens<A>() || ...), &emplace, &get, &with_spare, &take};
};

template <class T>
struct TupleOps {
    static constexpr std::size_t size = std::tuple_size_v<T>;
    template <std::size_t... I>
    static void* item_of(T& tuple, std::size_t index, std::index_sequence<I...>) {
        void* place = nullptr;
        static_cast<void>(((index == I && (place = &std::get<I>(tuple), true)) || ...));
        return place;
    }
    static void* item(void* tuple, std::size_t index) {
        return item_of(*static_cast<T*>(tuple), index, std::make_index_sequence<size>{});
    }
    template <std::size_t... I>
    static constexpr std::array<Slot, size> slots(std::index_sequence<I...>) {
        return {slot_of<std::tuple_element_t<I, T>>()...};
    }
    static constexpr auto items = slots(std::make_index_sequence<size>{});
    static constexpr TupleTraits traits{items.data(), size, false, &item};
};
template <class E, std::size_t N>
struct TupleOps<std::array<E, N>> {
    static void* item(void* array, std::size_t index) { return static_cast<std::array<E, N>*>(array)->data() + index; }
    static constexpr Slot items[] = {slot_of<E>()};
    static constexpr TupleTraits traits{items, N, true, &item};
};

} // namespace fastapi::detail
