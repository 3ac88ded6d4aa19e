#pragma once

// The tables of C++ types: type_of<T> for scalars, enums, optionals, containers, Literal and json. A type that none of
// these covers, and that is no plain aggregate, is a sentence at compile time.

#include <array>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "fastapi/json/json.hpp"
#include "fastapi/meta/reflect.hpp"
#include "fastapi/model/field.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/model/type.hpp"

namespace fastapi {

// One of a fixed set of strings (Pydantic: Literal["a", "b"]). Compares and converts to its text.
template <FixedString... Texts>
struct Literal {
    std::uint16_t index = 0;

    constexpr Literal() = default;
    // NOLINTNEXTLINE: implicit on purpose.
    constexpr Literal(const char* text) : Literal(std::string_view{text}) {}
    // Throws std::invalid_argument when text is none of the strings; at compile time that is an error.
    constexpr Literal(std::string_view text) { // NOLINT: implicit on purpose
        bool found = false;
        std::uint16_t i = 0;
        ((Texts.view() == text ? (found = true, index = i) : i, ++i), ...);
        if (!found) throw std::invalid_argument("fastapi: not one of the strings of this Literal");
    }
    [[nodiscard]] constexpr std::string_view value() const {
        constexpr std::string_view texts[] = {Texts.view()...};
        return texts[index];
    }
    constexpr operator std::string_view() const { return value(); } // NOLINT: implicit on purpose
    friend constexpr bool operator==(const Literal&, const Literal&) = default;
    friend constexpr bool operator==(const Literal& a, std::string_view b) { return a.value() == b; }
    friend constexpr bool operator==(const Literal& a, const char* b) { return a.value() == b; }
};

// A field type of your own: specialise TypeTraits with
//   static bool decode(const detail::Value&, const detail::FieldInfo&, T&, detail::Context&);
//   static void encode(const T&, std::string&);  static void schema(detail::JsonWriter&, const detail::FieldInfo&);
// and, where they mean something,
//   static constexpr std::string_view label = "date";      in the loc of an error of a union, and in its messages
//   static constexpr detail::Number bound(std::string_view); of Ge("…"): throws when the text is none

namespace detail {

template <class T>
inline constexpr bool always_false = false;

template <class T>
struct TypeOf;

// The table of a type.
template <class T>
inline constexpr Type type_of = TypeOf<std::remove_cv_t<T>>::make();

template <class T>
constexpr Slot slot_of() {
    return {&type_of<T>, &no_info};
}

// --- enums by name --------------------------------------------------------------------------------------------------

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

template <class E>
struct EnumTable {
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

// --- containers -----------------------------------------------------------------------------------------------------

template <class T>
concept ListLike = !std::is_same_v<T, json> && requires(T t, const T& c) {
    typename T::value_type;
    c.begin();
    c.end();
    c.size();
    t.clear();
} && !requires { typename T::mapped_type; } && !requires(T t) { t.c_str(); };
template <class T>
concept SetLike = ListLike<T> && requires { typename T::key_type; };
template <class T>
concept MapLike = !std::is_same_v<T, json> && requires(T t) {
    typename T::key_type;
    typename T::mapped_type;
    t.clear();
    t.begin();
};

template <class T>
struct ListOps {
    using E = typename T::value_type;
    static void clear(void* list, std::size_t expected) {
        T& typed = *static_cast<T*>(list);
        typed.clear();
        if constexpr (requires { typed.reserve(expected); }) typed.reserve(expected);
    }
    static bool add(void* list, Fill fill, void* state) {
        T& typed = *static_cast<T*>(list);
        if constexpr (SetLike<T>) {
            E element{};
            if (!fill(state, &element)) return false;
            typed.insert(std::move(element));
            return true;
        } else if constexpr (std::is_same_v<decltype(*typed.begin()), E&>) {
            typed.emplace_back();
            if (fill(state, &typed.back())) return true;
            typed.pop_back();
            return false;
        } else { // std::vector<bool>
            E element{};
            if (!fill(state, &element)) return false;
            typed.push_back(element);
            return true;
        }
    }
    static std::size_t size(const void* list) { return static_cast<const T*>(list)->size(); }
    static void each(const void* list, Visit visit, void* state) {
        for (const E& element : *static_cast<const T*>(list)) visit(state, &element);
    }
    static constexpr ListTraits traits{
        slot_of<E>(), SetLike<T> ? ListTraits::Shape::set : ListTraits::Shape::list, &clear, &add, &size, &each};
};

template <class T>
struct MapOps {
    using K = typename T::key_type;
    using V = typename T::mapped_type;
    static_assert(std::is_same_v<K, std::string> || std::is_arithmetic_v<K> || std::is_enum_v<K> || is_field<K>,
                  "fastapi: the keys of a map must be strings, numbers or enums, because JSON has string keys only");
    static void clear(void* map) { static_cast<T*>(map)->clear(); }
    static bool add(void* map, Fill fill_key, Fill fill_value, void* state) {
        K key{};
        V value{};
        bool good = fill_key(state, &key);
        good = fill_value(state, &value) && good;
        if (good) static_cast<T*>(map)->insert_or_assign(std::move(key), std::move(value));
        return good;
    }
    static std::size_t size(const void* map) { return static_cast<const T*>(map)->size(); }
    static void each(const void* map, void (*visit)(void*, const void*, const void*), void* state) {
        for (const auto& [key, value] : *static_cast<const T*>(map)) visit(state, &key, &value);
    }
    static constexpr MapTraits traits{slot_of<K>(), slot_of<V>(), &clear, &add, &size, &each};
};

// --- optional-like --------------------------------------------------------------------------------------------------

template <class T>
struct OptionalOps {
    using V = std::remove_reference_t<decltype(*std::declval<T&>())>;
    static void* emplace(void* optional) {
        T& typed = *static_cast<T*>(optional);
        if constexpr (requires { typed.emplace(); }) {
            return &typed.emplace();
        } else {
            typed = std::make_unique<V>();
            return typed.get();
        }
    }
    static void reset(void* optional) { static_cast<T*>(optional)->reset(); }
    static const void* get(const void* optional) {
        const T& typed = *static_cast<const T*>(optional);
        return typed ? static_cast<const void*>(&*typed) : nullptr;
    }
    static constexpr OptionalTraits traits{slot_of<V>(), &emplace, &reset, &get};
};
template <class T>
inline constexpr bool is_unique_ptr = false;
template <class T>
inline constexpr bool is_unique_ptr<std::unique_ptr<T>> = true;

// --- annotated elements, literals, custom types -----------------------------------------------------------------------

template <class F>
struct FieldOps {
    static void mark_set(void*) {}
    static constexpr FieldTraits traits{{&type_of<typename F::value_type>, &F::info()}, &mark_set};
};

template <class T>
struct LiteralOps;
template <FixedString... Texts>
struct LiteralOps<Literal<Texts...>> {
    template <std::size_t... I>
    static constexpr auto copy(std::index_sequence<I...>) {
        return std::array<EnumEntry, sizeof...(Texts)>{{EnumEntry{Texts.view(), static_cast<std::int64_t>(I)}...}};
    }
    static constexpr auto entries = copy(std::make_index_sequence<sizeof...(Texts)>{});
    static constexpr EnumTraits traits{entries.data(), entries.size(), {}, {}};
};
template <class T>
inline constexpr bool is_literal = requires { LiteralOps<T>::traits; };

template <class T>
concept CustomType = requires(const T& value, std::string& out) { TypeTraits<T>::encode(value, out); };

template <class T>
struct CustomOps {
    static bool decode(const Value& value, const FieldInfo& info, void* target, Context& context) {
        return TypeTraits<T>::decode(value, info, *static_cast<T*>(target), context);
    }
    static void encode(const void* source, std::string& out) { TypeTraits<T>::encode(*static_cast<const T*>(source), out); }
    static void schema(JsonWriter& writer, const FieldInfo& info) { TypeTraits<T>::schema(writer, info); }
    static constexpr std::string_view label() {
        if constexpr (requires { TypeTraits<T>::label; }) {
            return TypeTraits<T>::label;
        } else {
            return type_name<T>();
        }
    }
    static constexpr CustomTraits traits{&decode, &encode, &schema, label()};
};

// --- the choice -------------------------------------------------------------------------------------------------------

template <class T>
const Model& describe_model();

template <class T>
inline constexpr ModelTraits model_traits{&describe_model<T>};

template <class T>
struct TypeOf {
    static constexpr Type make() {
        if constexpr (CustomType<T>) {
            return {Kind::custom, &custom_ops, &CustomOps<T>::traits};
        } else if constexpr (std::is_same_v<T, bool>) {
            return {Kind::boolean, &boolean_ops};
        } else if constexpr (std::is_integral_v<T>) {
            static_assert(!std::is_same_v<T, char> && !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> &&
                              !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t>,
                          "fastapi: a character type is neither number nor text in JSON: use std::string or std::int8_t");
            return {Kind::integer, &integer_ops, nullptr, sizeof(T), std::is_signed_v<T>};
        } else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
            return {Kind::floating, &floating_ops, nullptr, sizeof(T)};
        } else if constexpr (std::is_same_v<T, std::string>) {
            return {Kind::string, &string_ops};
        } else if constexpr (std::is_enum_v<T>) {
            return {Kind::enumeration, &enumeration_ops, &EnumTable<T>::traits, sizeof(T), std::is_signed_v<std::underlying_type_t<T>>};
        } else if constexpr (is_literal<T>) {
            return {Kind::enumeration, &enumeration_ops, &LiteralOps<T>::traits, sizeof(T)};
        } else if constexpr (is_optional<T> || is_unique_ptr<T>) {
            return {Kind::optional, &optional_ops, &OptionalOps<T>::traits};
        } else if constexpr (std::is_same_v<T, json>) {
            return {Kind::any, &any_ops};
        } else if constexpr (is_field<T>) {
            return {Kind::field, &field_ops, &FieldOps<T>::traits};
        } else if constexpr (MapLike<T>) {
            return {Kind::map, &map_ops, &MapOps<T>::traits};
        } else if constexpr (ListLike<T>) {
            return {Kind::list, &list_ops, &ListOps<T>::traits};
        } else {
            static_assert(!std::is_pointer_v<T> && !std::is_reference_v<T>,
                          "fastapi: a pointer or reference cannot be read from JSON: hold the value, std::optional or "
                          "std::unique_ptr");
            static_assert(!std::is_array_v<T>, "fastapi: a C array cannot be a field: use std::vector");
            static_assert(!std::is_union_v<T>, "fastapi: a union cannot be a model: use std::variant");
            static_assert(std::is_class_v<T> || std::is_union_v<T>, "fastapi: this type is no field type");
            static_assert(!std::is_class_v<T> || std::is_aggregate_v<T>,
                          "fastapi: this class cannot be a model: a model is a plain struct without constructors, private "
                          "members or virtual functions; for a field type of your own specialise fastapi::TypeTraits");
            return {Kind::model, &model_ops, &model_traits<T>};
        }
    }
};

template <class T>
inline constexpr bool is_model = std::is_class_v<T> && std::is_aggregate_v<T> && !CustomType<T> && !is_optional<T> &&
                                 !is_field<T> && !is_literal<T> && !ListLike<T> && !MapLike<T> && !is_flatten<T> &&
                                 !std::is_same_v<T, json>;

} // namespace detail

} // namespace fastapi
