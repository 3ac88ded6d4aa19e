#pragma once

// Enums as field types. An enum goes by the names of its enumerators, unless a function enum_values beside it says what
// stands for them on the wire:
//   enum class Colour { red, dark_blue };
//   constexpr auto enum_values(Colour) { return wire_values<Colour>({{Colour::red, "red"}, {Colour::dark_blue, "dark blue"}}); }
//   enum class Level : int { low = 1, high = 900 };
//   constexpr auto enum_values(Level) { return wire_values<Level>({{Level::low, 1}, {Level::high, 900}}); }
//   enum class Bit { zero, one };
//   constexpr auto enum_values(Bit) { return underlying_values; }   // 0 and 1, the enumerators' own values

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/meta/reflect.hpp"
#include "fastapi/model/literal.hpp"
#include "fastapi/model/type.hpp"

namespace fastapi {

// What stands for one enumerator.
template <class E>
struct EnumValue {
    E enumerator;
    LiteralValue value;
};

namespace detail {
template <class E, std::size_t N>
struct EnumValues {
    EnumValue<E> items[N];
};
struct UnderlyingValues {};
} // namespace detail

// The table that enum_values gives: strings, numbers, true, false, null. All integers: read as Pydantic reads an IntEnum,
// "1" and 1.0 too; all strings or all floats: likewise; mixed: by Python's equality, as a plain Enum.
// A value of the enum that is not in the table cannot be written: encoding it throws std::logic_error.
template <class E, std::size_t N>
constexpr detail::EnumValues<E, N> wire_values(const EnumValue<E> (&table)[N]) {
    detail::EnumValues<E, N> made{};
    for (std::size_t i = 0; i < N; ++i) made.items[i] = table[i];
    return made;
}
// Each enumerator stands for its own value; of those that have names, from -16 to 127.
inline constexpr detail::UnderlyingValues underlying_values{};

namespace detail {

// The names of several values at once: one instantiation prints them all, "…Values = {app::Size::small, (app::Size)3}".
template <class E, E... Values>
constexpr auto enum_signature() {
    return std::string_view{__PRETTY_FUNCTION__};
}
// Names are read of values from -16 to 127; of enums of one byte, of every value.
template <class E>
inline constexpr int enum_first = sizeof(E) == 1 ? (std::is_signed_v<std::underlying_type_t<E>> ? -128 : 0)
                                                 : (std::is_signed_v<std::underlying_type_t<E>> ? -16 : 0);
template <class E>
inline constexpr int enum_count = sizeof(E) == 1 ? 256 : 128 - enum_first<E>;

template <class E, std::size_t... I>
constexpr auto enum_signature_of(std::index_sequence<I...>) {
    using U = std::underlying_type_t<E>;
    return enum_signature<E, static_cast<E>(static_cast<U>(enum_first<E> + static_cast<int>(I)))...>();
}

// An enum by the names of its enumerators.
template <class E>
struct NamedEnum {
    static_assert(!std::is_convertible_v<E, std::underlying_type_t<E>>,
                  "fastapi: only enum class has names that can be read: write enum class instead of enum");
    static constexpr std::string_view signature =
        enum_signature_of<E>(std::make_index_sequence<static_cast<std::size_t>(enum_count<E>)>{});
    struct Scan {
        EnumEntry entries[enum_count<E>]{};
        std::size_t size = 0;
    };
    // Walks the list of values at the end of the signature. g++ prints "Values = {A, B}", clang "Values = <A, B>".
    static constexpr Scan scan() {
        Scan made;
        std::size_t at = signature.find("Values = ");
        int value = enum_first<E>;
        at += 10;
        for (int i = 0; i < enum_count<E>; ++i, ++value) {
            int depth = 0; // brackets inside an item: "(app::Size)7", "{anonymous}::Size::small", "<unnamed>::…"
            std::size_t end = at;
            for (; end < signature.size(); ++end) {
                char c = signature[end];
                if (c == '(' || c == '{' || c == '<') ++depth;
                if (c == ')' || c == '}' || c == '>') --depth;
                if (depth < 0 || (depth == 0 && c == ',')) break;
            }
            // A value without a name is printed as a number.
            std::string_view name = last_identifier(signature.substr(at, end - at));
            if (!name.empty() && !(name[0] >= '0' && name[0] <= '9')) made.entries[made.size++] = {name, value};
            at = end + 2;
        }
        return made;
    }
    static constexpr std::size_t size = scan().size;
    static_assert(size > 0, "fastapi: this enum has no enumerator between -16 and 127, the range in which names are read");
    struct Entries {
        EnumEntry items[size]{};
    };
    template <std::size_t I>
    struct Name {
        static constexpr std::string_view cut = scan().entries[I].name;
        static constexpr NameBuffer<cut.size()> buffer{cut};
    };
    template <std::size_t... I>
    static constexpr Entries copy(std::index_sequence<I...>) {
        constexpr Scan found = scan();
        return {{EnumEntry{Name<I>::buffer.view(), found.entries[I].value}...}};
    }
    static constexpr Entries entries = copy(std::make_index_sequence<size>{});
    static constexpr EnumTraits traits{entries.items, size, type_name<E>(), QualifiedTypeName<E>::buffer.view()};
};

template <class E>
concept ValuedEnum = requires { enum_values(E{}); };

// An enum by the constants of its enum_values.
template <class E>
struct EnumConstants {
    static constexpr auto given = enum_values(E{});
    static constexpr bool underlying = std::is_same_v<std::remove_cv_t<decltype(given)>, UnderlyingValues>;
    static constexpr std::size_t count() {
        if constexpr (underlying) {
            return NamedEnum<E>::size;
        } else {
            return sizeof(given.items) / sizeof(given.items[0]);
        }
    }
    static constexpr std::size_t size = count();
    struct Table {
        EnumEntry entries[size]{};
        Constant wire[size]{};
        bool strings = true;
        bool integers = true;
        bool floats = true;
        bool different = true;
    };
    static constexpr Table make() {
        Table made;
        for (std::size_t i = 0; i < size; ++i) {
            LiteralValue value;
            if constexpr (underlying) {
                made.entries[i].value = NamedEnum<E>::entries.items[i].value;
                value = made.entries[i].value;
            } else {
                made.entries[i].value = static_cast<std::int64_t>(given.items[i].enumerator);
                value = given.items[i].value;
            }
            made.entries[i].name = value.string();
            made.wire[i] = value.constant();
            made.strings = made.strings && value.is_string();
            made.integers = made.integers && value.is_integer();
            made.floats = made.floats && value.is_floating();
            for (std::size_t j = 0; j < i; ++j) {
                if constexpr (!underlying) {
                    if (given.items[j].value == value || given.items[j].enumerator == given.items[i].enumerator)
                        made.different = false;
                }
            }
        }
        return made;
    }
    static constexpr Table table = make();
    static_assert(table.different, "fastapi: enum_values gives an enumerator or a value twice");
    static constexpr EnumTraits traits{table.entries,
                                       size,
                                       type_name<E>(),
                                       QualifiedTypeName<E>::buffer.view(),
                                       table.strings    ? EnumTraits::Form::strings
                                       : table.integers ? EnumTraits::Form::integers
                                       : table.floats   ? EnumTraits::Form::floats
                                                        : EnumTraits::Form::mixed,
                                       table.wire};
};

template <class E>
constexpr const EnumTraits& enum_traits() {
    if constexpr (ValuedEnum<E>) {
        return EnumConstants<E>::traits;
    } else {
        return NamedEnum<E>::traits;
    }
}

// --- literals ---------------------------------------------------------------------------------------------------------

template <class T>
struct LiteralOps;
template <LiteralItem... Items>
struct LiteralOps<Literal<Items...>> {
    struct Table {
        EnumEntry entries[sizeof...(Items)];
        Constant wire[sizeof...(Items)];
    };
    template <std::size_t... I>
    static constexpr Table make(std::index_sequence<I...>) {
        return {{EnumEntry{Items.value().string(), static_cast<std::int64_t>(I)}...}, {Items.value().constant()...}};
    }
    static constexpr Table table = make(std::make_index_sequence<sizeof...(Items)>{});
    static constexpr EnumTraits traits{table.entries,
                                       sizeof...(Items),
                                       {},
                                       {},
                                       Literal<Items...>::strings ? EnumTraits::Form::strings : EnumTraits::Form::mixed,
                                       table.wire};
};
template <class T>
inline constexpr bool is_literal = requires { LiteralOps<T>::traits; };

} // namespace detail

} // namespace fastapi
