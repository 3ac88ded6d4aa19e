#pragma once

// Depends<thing>: a parameter that another callable makes, whose own parameters are resolved first. The tree below a route is checked
// by the compiler, brought into steps once, at registration, and each request walks over them.

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/routing/dependency_run.hpp"

namespace fastapi {

namespace detail {

template <auto... Annotations>
struct DependencyAnnotations {
    template <class A>
    static constexpr bool check() {
        static_assert(is_depends_annotation<A>, "fastapi: Depends takes NoCache, FunctionScope, RequestScope and Scopes(\"…\") as annotations");
        return true;
    }
    static_assert((check<std::remove_cvref_t<decltype(Annotations)>>() && ...));
    template <auto A>
    static constexpr void read(DependencyUse& use) {
        using V = std::remove_cvref_t<decltype(A)>;
        if constexpr (requires { V::no_cache; }) use.use_cache = false;
        if constexpr (requires { V::scope; }) use.scope = V::scope;
        if constexpr (requires { V::is_scopes; }) use.scopes = kept_constant<A>.view();
    }
    static constexpr DependencyUse use(const DependencySpec* spec) {
        DependencyUse made{spec, {}, DependencyScope::automatic, true};
        (read<Annotations>(made), ...);
        return made;
    }
};

// What stands for the value of a dependency: a pointer to it. It lives as long as the request's dependencies do.
template <class T>
class DependencyHandle : parameter_operators::Found {
  public:
    using value_type = T;
    explicit DependencyHandle(void* value) : value_(static_cast<T*>(value)) {}
    [[nodiscard]] T& value() const noexcept { return *value_; }
    [[nodiscard]] T& operator*() const noexcept { return *value_; }
    T* operator->() const noexcept { return value_; }
    operator T&() const noexcept // NOLINT: implicit on purpose
        requires(!std::is_same_v<std::remove_const_t<T>, json>) // which is made of anything already
    {
        return *value_;
    }

  private:
    T* value_;
};
template <>
class DependencyHandle<void> {
  public:
    using value_type = void;
    explicit DependencyHandle(void*) {}
};

namespace parameter_operators {
template <class T, class U>
    requires(!is_depends<U>) && EqualityComparable<T, U>
constexpr bool operator==(const DependencyHandle<T>& a, const U& b) {
    return a.value() == b;
}
} // namespace parameter_operators

} // namespace detail

// A parameter that is made by another callable, whose own parameters are resolved from the request. It is called once a
// request, however often it is needed. *dep and dep-> are its value, to which it converts as well.
//
//   User current_user(Depends<get_session> session, Header<std::string, "x_token"> token);
//   app.get("/me", [](Depends<current_user> user) { return *user; });
//
// A function that returns Generator<T> hands one value over at its co_yield and goes on when the answer was sent; what the
// handler throws is thrown there.
template <auto Given, auto... Annotations>
class Depends : public detail::DependencyHandle<typename detail::DependencyOf<Given>::value_type> {
  public:
    static constexpr bool is_dependency_handle = true;
    using Dependency = detail::DependencyOf<Given>;
    using detail::DependencyHandle<typename detail::DependencyOf<Given>::value_type>::DependencyHandle;
    static constexpr detail::DependencyUse use = detail::DependencyAnnotations<Annotations...>::use(&detail::dependency_spec<Given>);
};

// The same, that asks for scopes: Security<current_user, Scopes("items:read")>.
template <auto Given, auto... Annotations>
class Security : public Depends<Given, Annotations...> {
  public:
    using Depends<Given, Annotations...>::Depends;
};

namespace detail {

// --- classes ----------------------------------------------------------------------------------------------------------------

template <class List, class T>
struct InstanceSignature;
template <class... M, class T>
struct InstanceSignature<Pack<M*...>, T> : SignatureOf<T, M...> {};

template <class T>
inline constexpr bool has_static_make = requires { &T::make; };

// Makes a T of its members, of the arguments of T::make, or of the constructor whose parameters are A.
template <class T, class... A>
struct InstanceOf {
    template <class... Given>
    T operator()(Given&&... arguments) const {
        if constexpr (sizeof...(A) == 0 && has_static_make<T>) {
            return T::make(std::forward<Given>(arguments)...);
        } else if constexpr (sizeof...(A) == 0) {
            return T{std::forward<Given>(arguments)...};
        } else {
            return T(std::forward<Given>(arguments)...);
        }
    }
    friend constexpr bool operator==(const InstanceOf&, const InstanceOf&) = default;
};
template <class T, class First, class... A>
struct CallSignature<InstanceOf<T, First, A...>> : SignatureOf<T, First, A...> {
    static_assert(std::is_constructible_v<T, First, A...>,
                  "fastapi: instance_of<T, A...> names the parameters of a constructor that T does not have");
};
template <class T>
    requires has_static_make<T>
struct CallSignature<InstanceOf<T>> : CallSignature<decltype(&T::make)> {};
template <class T>
    requires(!has_static_make<T>)
struct CallSignature<InstanceOf<T>> : InstanceSignature<decltype(member_pointers<T>()), T> {
    static_assert(std::is_aggregate_v<T>,
                  "fastapi: instance_of<T> needs a struct whose members are parameters, a static T make(...), or the parameters of a "
                  "constructor: instance_of<T, Query<int, \"skip\">>; C++20 cannot see those of a constructor by itself");
};

// A member function with its object.
template <auto Object, auto Member>
struct MethodOf {
    template <class... A>
    decltype(auto) operator()(A&&... arguments) const {
        return (Object->*Member)(std::forward<A>(arguments)...);
    }
};
template <auto Object, auto Member>
struct CallSignature<MethodOf<Object, Member>> : MemberSignature<decltype(Member)> {};

// --- checks of a tree at compile time ----------------------------------------------------------------------------------------

template <class D, class... Above>
constexpr std::uint32_t check_dependency_tree(const PathTemplate& path);

template <class A, class... Above>
constexpr std::uint32_t check_dependency_argument_tree(const PathTemplate& path);

// Which placeholders of the path the arguments of a dependency take, one bit each. Bit 31: a name that the path does not have.
template <class D, class List, class... Above>
struct DependencyTree;
template <class D, class... A, class... Above>
struct DependencyTree<D, TypeList<A...>, Above...> {
    static constexpr bool tears_down_late = DependencyResult<typename D::Dependency::Result>::waits && D::use.spec->is_generator &&
                                            D::use.scope != DependencyScope::function;
    template <class Arg>
    static constexpr bool check_scope() {
        if constexpr (Argument<Arg>::is_dependency) {
            static_assert(!tears_down_late || std::remove_cvref_t<Arg>::use.scope != DependencyScope::function,
                          "fastapi: a generator that is torn down after the answer was sent cannot need a dependency with "
                          "FunctionScope, which is gone by then: give it FunctionScope as well");
        }
        return true;
    }
    static_assert((check_scope<A>() && ...));
    static constexpr std::uint32_t placeholders(const PathTemplate& path) {
        return (std::uint32_t{0} | ... | check_dependency_argument_tree<A, Above..., typename D::Dependency>(path));
    }
};

template <class A, class... Above>
constexpr std::uint32_t check_dependency_argument_tree([[maybe_unused]] const PathTemplate& path) {
    if constexpr (Argument<A>::is_dependency) {
        return check_dependency_tree<std::remove_cvref_t<A>, Above...>(path);
    } else {
        return placeholder_bit(path, Argument<A>::path_name());
    }
}

template <class D, class... Above>
constexpr std::uint32_t check_dependency_tree(const PathTemplate& path) {
    constexpr bool cycle = (std::is_same_v<typename D::Dependency, Above> || ...);
    static_assert(!cycle, "fastapi: a dependency needs itself, directly or through others");
    if constexpr (cycle) {
        return 0;
    } else {
        return DependencyTree<D, typename D::Dependency::Signature::Arguments, Above...>::placeholders(path);
    }
}

// False: a dependency needs itself.
template <class A, class... Above>
constexpr bool check_dependency_cycle();
template <class D, class... A, class... Above>
constexpr bool check_dependency_cycles(TypeList<A...>, TypeList<Above...>) {
    return (check_dependency_cycle<A, Above..., D>() && ...);
}
template <class A, class... Above>
constexpr bool check_dependency_cycle() {
    if constexpr (Argument<A>::is_dependency) {
        using D = typename std::remove_cvref_t<A>::Dependency;
        if constexpr ((std::is_same_v<D, Above> || ...)) {
            return false;
        } else {
            return check_dependency_cycles<D>(typename D::Signature::Arguments{}, TypeList<Above...>{});
        }
    }
    return true;
}

// Whether an argument, or what it depends on, comes from somewhere that only some routes have.
template <Source From, class A>
constexpr bool comes_from();
template <Source From, class... A>
constexpr bool any_comes_from(TypeList<A...>) {
    return (comes_from<From, A>() || ...);
}
template <Source From, class A>
constexpr bool comes_from() {
    if constexpr (Argument<A>::is_dependency) {
        return any_comes_from<From>(typename std::remove_cvref_t<A>::Dependency::Signature::Arguments{});
    } else {
        return Argument<A>::source == From;
    }
}

// Reached through pointers, so that a program without dependencies holds nothing of it.
template <class T>
inline constexpr DependencySupport dependency_support{&plan_dependencies, &begin_dependent_call<T>};

inline constexpr PathTemplate any_path{};

template <class D>
constexpr DependencyRef make_dependency_ref() {
    static_cast<void>(check_dependency_tree<D>(any_path));
    return {&D::use, &dependency_support<std::conditional_t<true, void, D>>};
}

} // namespace detail

// A class as a dependency: Depends<instance_of<Pagination>>. Its members are parameters (a struct), or it has a static
// make(...), or the parameters of its constructor follow: instance_of<Checker, Query<int, "limit">>.
template <class T, class... ConstructorParameters>
inline constexpr detail::InstanceOf<T, ConstructorParameters...> instance_of{};

// A member function of a static object as a dependency: Depends<method_of<&store, &Store::current>>.
template <auto Object, auto Member>
    requires std::is_member_function_pointer_v<decltype(Member)>
inline constexpr detail::MethodOf<Object, Member> method_of{};

// A dependency without a value, for the options of a route or an application: .dependencies = {depends<verify_token>}.
template <auto Given, auto... Annotations>
inline constexpr detail::DependencyRef depends = detail::make_dependency_ref<Depends<Given, Annotations...>>();
template <auto Given, auto... Annotations>
inline constexpr detail::DependencyRef security = detail::make_dependency_ref<Security<Given, Annotations...>>();

} // namespace fastapi
