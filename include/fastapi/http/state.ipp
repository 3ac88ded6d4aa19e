#pragma once

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>

#include "fastapi/http/state.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

struct StateList {
    std::atomic<const StateEntry*> first{nullptr};
    std::atomic<int> references{1};
    std::mutex mutex; // of those who add
};

FASTAPI_COLD void share_state(StateList* list) { list->references.fetch_add(1, std::memory_order_relaxed); }

// In reverse order: what was made first goes last.
FASTAPI_COLD void drop_state(StateList* list) {
    if (list->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    for (const StateEntry* entry = list->first.load(); entry;) {
        const StateEntry* next = entry->next;
        if (entry->dispose) entry->dispose(entry->object);
        delete[] entry->name;
        delete entry;
        entry = next;
    }
    delete list;
}

FASTAPI_COLD void throw_no_state(std::string_view name) {
    throw std::out_of_range(name.empty() ? std::string("fastapi: the state holds no object of this type")
                                         : concat({"fastapi: the state holds no object of this type under the name \"", name, "\""}));
}

} // namespace detail

FASTAPI_COLD State State::shared() {
    if (!list_) list_ = new detail::StateList;
    return *this;
}

FASTAPI_COLD void State::put(std::string_view name, const void* type, void* object, void (*dispose)(void*)) {
    if (!list_) list_ = new detail::StateList;
    char* text = nullptr;
    if (!name.empty()) {
        text = new char[name.size()];
        name.copy(text, name.size());
    }
    std::lock_guard lock(list_->mutex);
    list_->first.store(new detail::StateEntry{list_->first.load(std::memory_order_relaxed), type, object, text, name.size(), dispose},
                       std::memory_order_release);
}

FASTAPI_COLD void State::adopt(const State& other) {
    if (!other.list_) return;
    adopt(other.list_->first.load());
    using Kept = State;
    put("fastapi: kept", &detail::state_mark<Kept>, new Kept(other), [](void* object) { delete static_cast<Kept*>(object); });
}

// In the order in which they were added: the last one of a key is found first.
FASTAPI_COLD void State::adopt(const detail::StateEntry* entry) {
    if (!entry) return;
    adopt(entry->next);
    put(entry->name ? std::string_view(entry->name, entry->name_size) : std::string_view(), entry->type, entry->object, nullptr);
}

FASTAPI_COLD void* State::look(std::string_view name, const void* type) const {
    if (list_) {
        for (const detail::StateEntry* entry = list_->first.load(std::memory_order_acquire); entry; entry = entry->next) {
            bool same_name = name.empty() ? !entry->name : entry->name && std::string_view(entry->name, entry->name_size) == name;
            if (same_name && entry->type == type) return entry->object;
        }
    }
    return below_ ? below_->look(name, type) : nullptr;
}

} // namespace fastapi
