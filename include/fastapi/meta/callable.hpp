#pragma once

// What a callable takes and gives: functions, function pointers, lambdas, function objects, member functions.

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
