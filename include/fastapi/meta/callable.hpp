#pragma once

// What a callable takes and gives: functions, function pointers, lambdas, function objects, member functions.

#include <string_view>
#include <type_traits>

namespace fastapi::detail {

template <class... T>
struct TypeList {
    static constexpr unsigned size = sizeof...(T);
};

template <class F>
struct CallSignature {
    static constexpr bool known = false;
};
template <class R, class... A>
struct SignatureOf {
    static constexpr bool known = true;
    using Result = R;
    using Arguments = TypeList<A...>;
};
template <class R, class... A>
struct CallSignature<R(A...)> : SignatureOf<R, A...> {};
template <class R, class... A>
struct CallSignature<R(A...) noexcept> : SignatureOf<R, A...> {};
template <class F>
    requires std::is_pointer_v<F>
struct CallSignature<F> : CallSignature<std::remove_pointer_t<F>> {};

template <class M>
struct MemberSignature;
template <class C, class R, class... A>
struct MemberSignature<R (C::*)(A...)> : SignatureOf<R, A...> {};
template <class C, class R, class... A>
struct MemberSignature<R (C::*)(A...) const> : SignatureOf<R, A...> {};
template <class C, class R, class... A>
struct MemberSignature<R (C::*)(A...) noexcept> : SignatureOf<R, A...> {};
template <class C, class R, class... A>
struct MemberSignature<R (C::*)(A...) const noexcept> : SignatureOf<R, A...> {};

template <class F>
    requires requires { &F::operator(); }
struct CallSignature<F> : MemberSignature<decltype(&F::operator())> {};

// Whether it is a lambda with an error inside, which its compiler has told: what follows from that need not be told as well.
template <class F>
constexpr bool has_error_inside() {
    if constexpr (CallSignature<F>::known || !std::is_class_v<F>) {
        return false;
    } else {
        constexpr std::string_view name = __PRETTY_FUNCTION__;
#if defined(__clang__)
        constexpr bool takes_auto = requires { &F::template operator()<int>; } || requires { &F::template operator()<int, int>; } ||
                                    requires { &F::template operator()<int, int, int>; };
#else
        constexpr bool takes_auto = name.find("auto:") != std::string_view::npos;
#endif
        return name.find("lambda") != std::string_view::npos && !takes_auto;
    }
}

// Whether a function object can be called only where it is not const: a mutable lambda.
template <class M>
inline constexpr bool is_const_member = false;
template <class C, class R, class... A>
inline constexpr bool is_const_member<R (C::*)(A...) const> = true;
template <class C, class R, class... A>
inline constexpr bool is_const_member<R (C::*)(A...) const noexcept> = true;
template <class F>
constexpr bool is_mutable_callable() {
    if constexpr (requires { &F::operator(); }) {
        return !is_const_member<decltype(&F::operator())>;
    } else {
        return false;
    }
}

} // namespace fastapi::detail
