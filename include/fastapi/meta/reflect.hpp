#pragma once

// Aggregate reflection: how many members a struct has (count), references to them (visit_members), what they are
// called (member_name) and what a type is called (type_name). These primitives are all that C++26 reflection will
// have to replace; nothing else in the library knows how they work.
//
// Techniques: Boost.PFR (count by aggregate initialisation, structured bindings, the self-check).

#include <array>
#include <bit>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/meta/members.hpp"

namespace fastapi::detail {

// Converts to anything but T and its base classes, so that a base is never taken for a member.
template <class T>
struct AnyMember {
    template <class M>
        requires(!std::is_base_of_v<std::remove_cvref_t<M>, T>)
    operator M() const noexcept {
        __builtin_unreachable(); // never called: only whether the conversion exists is asked
    }
};

template <class T, std::size_t... I>
constexpr bool initialisable_with(std::index_sequence<I...>) {
    return requires { T{(static_cast<void>(I), AnyMember<T>{})...}; };
}

template <class T, std::size_t N>
inline constexpr bool takes_members = initialisable_with<T>(std::make_index_sequence<N>{});

// The largest N for which T{any, any, … N times} is well formed: doubling, then halving.
template <class T, std::size_t Low, std::size_t High>
constexpr std::size_t search_member_count() {
    if constexpr (Low + 1 == High) {
        return Low;
    } else if constexpr (constexpr std::size_t middle = (Low + High) / 2; takes_members<T, middle>) {
        return search_member_count<T, middle, High>();
    } else {
        return search_member_count<T, Low, middle>();
    }
}
template <class T, std::size_t High = 4>
constexpr std::size_t find_member_count() {
    if constexpr (High <= max_members && takes_members<T, High>) {
        return find_member_count<T, High * 2>();
    } else {
        return search_member_count<T, High == 4 ? 0 : High / 2, High>();
    }
}

template <class T>
inline constexpr std::size_t member_count = find_member_count<std::remove_cv_t<T>>();

// Whether each of the N members that were counted takes {}. It is not so when one is a C array (aggregate initialisation looks
// into it, so that the count is wrong) or has no default constructor. Half of them are asked at a time, and the others
// converted to: where no array is among the first half, those stand for one member each before the second half.
template <class T, std::size_t N>
constexpr bool takes_empty_braces() {
    constexpr std::size_t half = std::bit_floor(N);
    using Rest = std::make_index_sequence<N - half>;
    return takes_braces<T, half, AnyMember<T>>(Rest{}, std::index_sequence<>{}) &&
           takes_braces<T, half, AnyMember<T>>(std::index_sequence<>{}, Rest{});
}

// Converts to base classes of T only.
template <class T>
struct AnyBase {
    template <class M>
        requires(std::is_base_of_v<std::remove_cvref_t<M>, T> && !std::is_same_v<std::remove_cvref_t<M>, T>)
    operator M() const noexcept {
        __builtin_unreachable(); // never called: only whether the conversion exists is asked
    }
};
// Converts to nothing: what takes this takes anything (nlohmann::json) and proves no base.
template <class T>
struct NoBase {
    template <class M>
        requires(std::is_base_of_v<std::remove_cvref_t<M>, T> && !std::is_same_v<std::remove_cvref_t<M>, T> && sizeof(M) == 0)
    operator M() const noexcept {
        __builtin_unreachable(); // never called: only whether the conversion exists is asked
    }
};
template <class T>
inline constexpr bool has_base = requires { T{AnyBase<T>{}}; } && !requires { T{NoBase<T>{}}; };

// Calls visit(member...) with a reference to each member of object, in the order of declaration.
template <class T, class V>
constexpr decltype(auto) visit_members(T& object, V&& visit) {
    return visit_n_members<member_count<T>>(object, static_cast<V&&>(visit));
}

// One element of a Pack: a tuple with only what is needed here, because std::tuple is slow to compile.
template <std::size_t I, class T>
struct PackElement {
    T value;
};
template <class Indices, class... T>
struct PackBase;
template <std::size_t... I, class... T>
struct PackBase<std::index_sequence<I...>, T...> : PackElement<I, T>... {};
template <class... T>
struct Pack : PackBase<std::index_sequence_for<T...>, T...> {};

template <std::size_t I, class T>
constexpr T& get(PackElement<I, T>& element) noexcept {
    return element.value;
}
template <std::size_t I, class T>
constexpr const T& get(const PackElement<I, T>& element) noexcept {
    return element.value;
}

// An object that is never defined: only addresses of its members are taken, at compile time, for their names.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
template <class T>
struct Undefined {
    T value;
    explicit Undefined();
    ~Undefined();
};
template <class T>
extern Undefined<T> undefined_object;

template <class T>
constexpr auto member_pointers() {
    return visit_members(undefined_object<T>.value, []<class... M>(M&... member) {
        return Pack<M*...>{{{&member}...}};
    });
}

template <class P>
struct PointerHolder {
    P pointer;
};
template <class P>
PointerHolder(P) -> PointerHolder<P>;

// The return types are deduced: a named one would stand in the signature, behind what is looked for.
template <auto Pointer>
constexpr auto pointer_signature() {
    return std::string_view{__PRETTY_FUNCTION__};
}

constexpr bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

// The last identifier in a signature: "…Item::name)}]" gives "name".
constexpr std::string_view last_identifier(std::string_view signature) {
    std::size_t end = signature.size();
    while (end > 0 && !is_name_char(signature[end - 1])) --end;
    std::size_t begin = end;
    while (begin > 0 && is_name_char(signature[begin - 1])) --begin;
    return signature.substr(begin, end - begin);
}

// A copy of the name alone, so that the long signature does not stay in the program.
template <std::size_t N>
struct NameBuffer {
    std::array<char, N + 1> text{};
    constexpr explicit NameBuffer(std::string_view name) {
        for (std::size_t i = 0; i < N; ++i) text[i] = name[i];
    }
    [[nodiscard]] constexpr std::string_view view() const { return {text.data(), N}; }
};

template <auto Holder>
struct MemberName {
    static constexpr std::string_view cut = last_identifier(pointer_signature<Holder>());
    static constexpr NameBuffer<cut.size()> buffer{cut};
};

// The name of member I of T, as written in its declaration.
template <class T, std::size_t I>
consteval std::string_view member_name() {
    return MemberName<PointerHolder{get<I>(member_pointers<T>())}>::buffer.view();
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

template <class T>
constexpr auto type_signature() {
    return std::string_view{__PRETTY_FUNCTION__};
}

// "…type_signature() [with T = app::Item; std::string_view = …]" gives "app::Item".
template <class T>
constexpr std::string_view qualified_type_name() {
    constexpr std::string_view known = type_signature<double>();
    constexpr std::size_t prefix = known.find("double");
    constexpr std::size_t suffix = known.size() - prefix - 6;
    constexpr std::string_view name = type_signature<T>();
    return name.substr(prefix, name.size() - prefix - suffix);
}

// The name without namespaces and enclosing scopes. Template arguments stay as they are: "Page<app::Item>".
constexpr std::string_view unqualified(std::string_view name) {
    std::size_t end = name.find('<');
    if (end == std::string_view::npos || (!name.empty() && name.front() == '<')) end = name.size();
    std::size_t begin = name.substr(0, end).rfind("::");
    return begin == std::string_view::npos ? name : name.substr(begin + 2);
}

template <class T>
struct TypeName {
    static constexpr std::string_view cut = unqualified(qualified_type_name<T>());
    static constexpr NameBuffer<cut.size()> buffer{cut};
};
template <class T>
constexpr std::string_view type_name() {
    return TypeName<std::remove_cv_t<T>>::buffer.view();
}

template <class T>
struct QualifiedTypeName {
    static constexpr std::string_view cut = qualified_type_name<T>();
    static constexpr NameBuffer<cut.size()> buffer{cut};
};

// The name of a function given as a template argument: app.get<read_item>(…).
template <auto Function>
constexpr std::string_view function_name() {
    return MemberName<Function>::buffer.view();
}

struct SelfCheck {
    int first_member;
    bool second;
};
static_assert(member_count<SelfCheck> == 2 && member_name<SelfCheck, 0>() == "first_member" &&
                  member_name<SelfCheck, 1>() == "second" && type_name<SelfCheck>() == "SelfCheck",
              "fastapi: this compiler prints names in a form that fastapi.hpp does not know: please report its version");

} // namespace fastapi::detail
