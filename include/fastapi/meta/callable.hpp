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

} // namespace fastapi::detail
