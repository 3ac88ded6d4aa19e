#pragma once

// The tables of C++ types: type_of<T> for scalars, enums, optionals, containers, tuples, unions, Literal and json. A type
// that none of these covers, and that is no plain aggregate, is a sentence at compile time.

#include <array>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "fastapi/json/json.hpp"
#include "fastapi/meta/reflect.hpp"
#include "fastapi/meta/variant.hpp"
#include "fastapi/model/collections.hpp"
#include "fastapi/model/enums.hpp"
#include "fastapi/model/field.hpp"
#include "fastapi/model/json_text.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/model/type.hpp"
#include "fastapi/model/union.hpp"

namespace fastapi {

// A field type of your own: specialise TypeTraits with
//   static bool decode(const detail::Value&, const detail::FieldInfo&, T&, detail::Context&);
//   static void encode(const T&, std::string&);  static void schema(detail::JsonWriter&, const detail::FieldInfo&);
//   (schema with a detail::SchemaMode behind them, when what is read and what is written have different schemas)
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
    static constexpr ListTraits::Shape shape() {
        if constexpr (requires { typename T::is_frozenset; }) return ListTraits::Shape::frozenset;
        if constexpr (requires { typename T::is_variadic_tuple; }) return ListTraits::Shape::tuple;
        return SetLike<T> ? ListTraits::Shape::set : ListTraits::Shape::list;
    }
    static constexpr ListTraits traits{slot_of<E>(), shape(), &clear, &add, &size, &each};
};

template <class T>
inline constexpr bool is_extra_fields = false;
template <class T>
inline constexpr bool is_extra_fields<ExtraFields<T>> = true;

template <class T>
struct ExtraOps {
    using Extra = ExtraFields<T>;
    static void clear(void* extra) { static_cast<Extra*>(extra)->clear(); }
    static bool add(void* extra, std::string_view key, bool keep, Fill fill, void* state) {
        Extra& typed = *static_cast<Extra*>(extra);
        bool good = fill(state, &typed.emplace_back(key));
        if (!good || !keep) typed.pop_back();
        return good;
    }
    static void each(const void* extra, void (*visit)(void*, std::string_view, const void*), void* state) {
        for (const auto& [key, value] : *static_cast<const Extra*>(extra)) visit(state, key, &value);
    }
    static constexpr ExtraTraits traits{slot_of<T>(), &clear, &add, &each};
};

template <class T>
concept CustomType = requires(const T& value, std::string& out) { TypeTraits<T>::encode(value, out); };

template <class T>
struct MapOps {
    using K = typename T::key_type;
    using V = typename T::mapped_type;
    static_assert(std::is_same_v<K, std::string> || std::is_arithmetic_v<K> || std::is_enum_v<K> || is_field<K> ||
                      CustomType<K> || is_literal<K> || is_variant<K>,
                  "fastapi: the keys of a map must be strings, numbers, enums, literals or field types that are written as "
                  "such, because JSON has string keys only");
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
            if constexpr (requires { typed.release(); }) {
                typed = std::make_unique<V>();
            } else {
                typed = std::make_shared<V>();
            }
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
inline constexpr bool is_smart_pointer<std::unique_ptr<T>> = true;
template <class T>
inline constexpr bool is_smart_pointer<std::shared_ptr<T>> = true;

// --- annotated elements, JSON text, custom types ------------------------------------------------------------------------

template <class F>
struct FieldOps {
    static void mark_set(void*) {}
    static constexpr FieldTraits traits{{&type_of<typename F::value_type>, &F::info()}, &mark_set};
};

template <class J>
struct JsonTextOps {
    static_assert(sizeof(J) == sizeof(typename J::value_type));
    static constexpr JsonTextTraits traits{slot_of<typename J::value_type>()};
};

template <class T>
struct CustomOps {
    static bool decode(const Value& value, const FieldInfo& info, void* target, Context& context) {
        return TypeTraits<T>::decode(value, info, *static_cast<T*>(target), context);
    }
    static void encode(const void* source, std::string& out) { TypeTraits<T>::encode(*static_cast<const T*>(source), out); }
    static void schema(JsonWriter& writer, const FieldInfo& info, [[maybe_unused]] SchemaMode mode) {
        if constexpr (requires { TypeTraits<T>::schema(writer, info, mode); }) {
            TypeTraits<T>::schema(writer, info, mode);
        } else {
            TypeTraits<T>::schema(writer, info);
        }
    }
    static constexpr std::string_view label() {
        if constexpr (requires { TypeTraits<T>::label; }) {
            return TypeTraits<T>::label;
        } else {
            return type_name<T>();
        }
    }
    static bool equal(const void* a, const void* b) {
        const T& one = *static_cast<const T*>(a);
        const T& other = *static_cast<const T*>(b);
        if constexpr (std::equality_comparable<T>) {
            return one == other;
        } else {
            std::string texts[2];
            TypeTraits<T>::encode(one, texts[0]);
            TypeTraits<T>::encode(other, texts[1]);
            return texts[0] == texts[1];
        }
    }
    static constexpr CustomTraits traits{&decode, &encode, &schema, label(), &equal};
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
            if constexpr (requires { TypeTraits<T>::ops; }) { // it knows more than a type of a user's: the model that it stands in
                return {Kind::custom, &TypeTraits<T>::ops, &CustomOps<T>::traits};
            } else {
                return {Kind::custom, &custom_ops, &CustomOps<T>::traits};
            }
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
            return {Kind::enumeration, &enumeration_ops, &enum_traits<T>(), sizeof(T), std::is_signed_v<std::underlying_type_t<T>>};
        } else if constexpr (is_literal<T>) {
            return {Kind::enumeration, &enumeration_ops, &LiteralOps<T>::traits, sizeof(T)};
        } else if constexpr (is_nullable<T>) {
            return {Kind::optional, &optional_ops, &OptionalOps<T>::traits};
        } else if constexpr (is_none<T>) {
            return {Kind::none, &none_ops};
        } else if constexpr (std::is_same_v<T, json>) {
            return {Kind::any, &any_ops};
        } else if constexpr (std::is_same_v<T, JsonValue>) {
            return {Kind::any, &json_value_ops, &json_value_ops};
        } else if constexpr (is_json_text<T>) {
            return {Kind::json_text, &json_text_ops, &JsonTextOps<T>::traits};
        } else if constexpr (is_field<T>) {
            return {Kind::field, &field_ops, &FieldOps<T>::traits};
        } else if constexpr (MapLike<T>) {
            return {Kind::map, &map_ops, &MapOps<T>::traits};
        } else if constexpr (ListLike<T>) {
            return {Kind::list, &list_ops, &ListOps<T>::traits};
        } else if constexpr (is_variant<T>) {
            return {Kind::variant, &variant_ops, &VariantOps<T>::traits};
        } else if constexpr (is_tuple<T>) {
            return {Kind::tuple, &tuple_ops, &TupleOps<T>::traits};
        } else {
            static_assert(!is_extra_fields<T>, "fastapi: ExtraFields is a member of a model, not the type of a value");
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
                                 !std::is_same_v<T, json> && !is_monostate<T> && !is_tuple<T>;

} // namespace detail

} // namespace fastapi
