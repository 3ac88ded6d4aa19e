#pragma once

#include <mutex>

#include "fastapi/routing/overrides.hpp"
#include "fastapi/routing/handler.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

Disposed<EndpointDependencies> plan_with_overrides(const Endpoint& endpoint, const OverrideTable& overrides);

// What is overridden at some time, and the plans that follow from it.
class OverrideTable {
  public:
    OverrideTable() = default;
    OverrideTable(const OverrideTable&) = delete;
    OverrideTable& operator=(const OverrideTable&) = delete;
    [[gnu::cold]] ~OverrideTable() {
        while (entries_) delete std::exchange(entries_, entries_->next);
        while (planned_) delete std::exchange(planned_, planned_->next);
    }

    [[gnu::cold]] void add(const DependencySpec* original, const Override* replacement) { entries_ = new Entry{original, replacement, entries_}; }
    // All of another table but one.
    [[gnu::cold]] void copy(const OverrideTable& other, const DependencySpec* without) {
        for (const Entry* entry = other.entries_; entry; entry = entry->next)
            if (entry->original != without) add(entry->original, entry->replacement);
    }
    [[nodiscard]] bool empty() const { return !entries_; }
    // What stands for a dependency; itself, when nothing does.
    [[nodiscard]] const DependencySpec* replacement(const DependencySpec& original) const {
        for (const Entry* entry = entries_; entry; entry = entry->next)
            if (entry->original == &original) return &entry->replacement->spec;
        return &original;
    }
    // The plan of an endpoint with these overrides; made when it is needed first.
    const EndpointDependencies& plan(const Endpoint& endpoint) const {
        std::lock_guard lock(mutex_);
        for (const Planned* one = planned_; one; one = one->next)
            if (one->endpoint == &endpoint) return *one->plan;
        Disposed<EndpointDependencies> made = plan_with_overrides(endpoint, *this);
        planned_ = new Planned{&endpoint, std::move(made), planned_};
        return *planned_->plan;
    }

    OverrideTable* older = nullptr;

  private:
    struct Entry {
        const DependencySpec* original;
        const Override* replacement;
        Entry* next;
    };
    struct Planned {
        const Endpoint* endpoint;
        Disposed<EndpointDependencies> plan;
        Planned* next;
    };
    Entry* entries_ = nullptr;
    mutable std::mutex mutex_;
    mutable Planned* planned_ = nullptr;
};

// None of it goes before the application does: requests may still use it.
struct OverrideTables : OverrideStorage {
    OverrideTables() : OverrideStorage{[](OverrideStorage* self) { delete static_cast<OverrideTables*>(self); }} {}
    OverrideTables(const OverrideTables&) = delete;
    OverrideTables& operator=(const OverrideTables&) = delete;
    std::mutex mutex;
    Override* overrides = nullptr;
    OverrideTable* tables = nullptr; // the newest first
    ~OverrideTables() {
        while (tables) delete std::exchange(tables, tables->older);
        while (overrides) delete std::exchange(overrides, overrides->next);
    }
};

FASTAPI_COLD std::mutex& override_storage_mutex() {
    static std::mutex mutex;
    return mutex;
}

} // namespace detail

FASTAPI_COLD void DependencyOverrides::put(const detail::DependencySpec* original, detail::Owned<detail::Override> replacement) {
    {
        std::lock_guard lock(detail::override_storage_mutex());
        if (!storage_) storage_ = detail::Disposed<detail::OverrideStorage>(new detail::OverrideTables);
    }
    auto& all = static_cast<detail::OverrideTables&>(*storage_);
    std::lock_guard lock(all.mutex);
    detail::Owned<detail::OverrideTable> table(new detail::OverrideTable);
    if (original && all.tables) table->copy(*all.tables, original);
    if (replacement) {
        replacement->next = all.overrides;
        all.overrides = replacement.release();
        table->add(original, all.overrides);
    }
    table->older = all.tables;
    all.tables = table.release();
    active_.store(all.tables->empty() ? nullptr : all.tables, std::memory_order_release);
}

} // namespace fastapi
