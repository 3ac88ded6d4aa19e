#pragma once

// What a model writes that is no plain member: PlainSerializer<f> on a field, and member functions that are written like
// fields (Pydantic: field_serializer, computed_field).

#include <type_traits>

#include "fastapi/meta/reflect.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

namespace detail {

template <auto Function, class T>
struct SerializerOf {
    using R = std::remove_cvref_t<decltype(Function(std::declval<const T&>()))>;
    static void write(const void* value, std::string& out, const DumpOptions& options) {
        const R made = Function(*static_cast<const T*>(value));
        encode(type_of<R>, &made, out, options);
    }
    static constexpr Serializer serializer{&type_of<R>, &write};
};

template <auto Function>
struct SerializerAnnotation {
    static constexpr Fits fits = Fits::anything;
    template <class T>
    constexpr void apply(FieldInfo& info) const {
        constexpr bool callable = requires(const T& t) { Function(t); };
        static_assert(callable, "fastapi: the function of PlainSerializer<…> cannot be called with the type of this field");
        if constexpr (callable) info.serializer = &SerializerOf<Function, T>::serializer;
    }
};

template <auto Predicate>
struct ExcludeIfAnnotation {
    static constexpr Fits fits = Fits::anything;
    template <class T>
    constexpr void apply(FieldInfo& info) const {
        constexpr bool callable = requires(const T& t) { static_cast<bool>(Predicate(t)); };
        static_assert(callable, "fastapi: the function of ExcludeIf<…> must take the type of this field and return bool");
        if constexpr (callable)
            info.exclude_if = [](const void* value) { return static_cast<bool>(Predicate(*static_cast<const T*>(value))); };
    }
};

template <class F>
struct ComputedMember;
template <class R, class C>
struct ComputedMember<R (C::*)() const> {
    using Object = C;
    using Result = std::remove_cvref_t<R>;
};
template <class R, class C>
struct ComputedMember<R (C::*)() const noexcept> : ComputedMember<R (C::*)() const> {};

void add_computed(Model& model, Computed computed);

template <auto... Members>
struct ComputedFields {
    template <auto Member>
    static void write(const void* object, std::string& out, const DumpOptions& options) {
        using M = ComputedMember<decltype(Member)>;
        const typename M::Result made = (static_cast<const typename M::Object*>(object)->*Member)();
        encode(type_of<typename M::Result>, &made, out, options);
    }
    template <auto Member>
    static void describe_one(Model& model) {
        constexpr bool is_const_member = requires { typename ComputedMember<decltype(Member)>::Result; };
        static_assert(is_const_member, "fastapi: computed<…> takes const member functions without parameters: computed<&Box::area>");
        if constexpr (is_const_member)
            add_computed(model, {function_name<Member>(), {}, &type_of<typename ComputedMember<decltype(Member)>::Result>, &write<Member>});
    }
    static void describe(Model& model) { (describe_one<Members>(model), ...); }
};

} // namespace detail

// R f(const T&): what is written instead of the value; the schema of the output is that of R.
template <auto Function>
inline constexpr detail::SerializerAnnotation<Function> PlainSerializer{};

// bool f(const T&): a field is left out of what is written when it says so (Pydantic: exclude_if).
template <auto Predicate>
inline constexpr detail::ExcludeIfAnnotation<Predicate> ExcludeIf{};

// The member functions that a model writes behind its fields, marked readOnly in the schema:
//   struct Box { double width; double area() const; static constexpr auto computed_fields = fastapi::computed<&Box::area>; };
template <auto... Members>
inline constexpr detail::ComputedFields<Members...> computed{};

} // namespace fastapi
