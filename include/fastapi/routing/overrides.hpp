#pragma once

// app.dependency_overrides: other callables in place of dependencies, for tests above all.

#include <atomic>
#include <type_traits>
#include <utility>

#include "fastapi/meta/owned.hpp"
#include "fastapi/routing/depends.hpp"

namespace fastapi {

class FastAPI;

namespace detail {

// What stands in place of a dependency.
struct Override {
    virtual ~Override() = default;
    DependencySpec spec;
    Override* next = nullptr;
};
template <class F>
struct OverrideWith final : Override {
    explicit OverrideWith(F callable) : function(std::move(callable)) {
        spec = DependencyKind<const F, typename CallSignature<F>::Arguments>::spec(&function, {});
    }
    const F function;
};

class OverrideTable;
const OverrideTable* overrides_of(const FastAPI& app);

struct OverrideStorage {
    void (*dispose)(OverrideStorage* self);
};

} // namespace detail

// Replaces dependencies while the application runs; requests that are under way keep what they began with. What was given
// stays in memory until the application ends.
//
//   app.dependency_overrides.set<get_session>(get_test_session);
//   app.dependency_overrides.set<get_settings>([&] { return test_settings; });
class DependencyOverrides {
  public:
    DependencyOverrides() = default;
    DependencyOverrides(const DependencyOverrides&) = delete;
    DependencyOverrides& operator=(const DependencyOverrides&) = delete;

    // The replacement has parameters and dependencies of its own; one that depends on what it replaces gets the original.
    template <auto Given, class F>
    void set(F&& replacement) {
        using V = std::decay_t<F>;
        detail::check_dependency<const V>();
        if constexpr (detail::CallSignature<V>::known && !detail::is_mutable_callable<V>()) {
            check_type<Given, typename detail::CallSignature<V>::Result>();
            put(&detail::dependency_spec<Given>, detail::Owned<detail::Override>(new detail::OverrideWith<V>(std::forward<F>(replacement))));
        }
    }
    template <auto Given, auto Replacement>
    void set() {
        set<Given>(detail::static_function<Replacement>);
    }
    // Takes one override back, or all of them.
    template <auto Given>
    void reset() {
        put(&detail::dependency_spec<Given>, {});
    }
    void reset() { put(nullptr, {}); }

  private:
    friend const detail::OverrideTable* detail::overrides_of(const FastAPI& app);
    template <auto Given, class Result>
    static constexpr void check_type() {
        using Wanted = typename detail::DependencyOf<Given>::value_type;
        using Got = typename detail::DependencyResult<std::remove_const_t<Result>>::value_type;
        static_assert(std::is_same_v<std::remove_const_t<Wanted>, std::remove_const_t<Got>> && (std::is_const_v<Wanted> || !std::is_const_v<Got>),
                      "fastapi: an override gives the same type as the dependency that it stands for");
    }
    void put(const detail::DependencySpec* original, detail::Owned<detail::Override> replacement);

    std::atomic<const detail::OverrideTable*> active_ = nullptr; // null: nothing is overridden
    detail::Disposed<detail::OverrideStorage> storage_;
};

} // namespace fastapi
