#pragma once

// State: objects that belong to an application or a request, found by their type, or by a name.

#include <string_view>
#include <type_traits>
#include <utility>

namespace fastapi {

namespace detail {

// One object. What was there under the same key before stays behind it, so that a reference to it stays good.
struct StateEntry {
    const StateEntry* next = nullptr;
    const void* type = nullptr; // the address of its type's mark
    void* object = nullptr;
    const char* name = nullptr; // null: found by its type
    std::size_t name_size = 0;
    void (*dispose)(void* object) = nullptr; // null: somebody else's
};
template <class T>
inline constexpr char state_mark = 0;

struct StateList; // what the copies of a State share (http/state.ipp)
void share_state(StateList* list);
void drop_state(StateList* list);
[[noreturn]] void throw_no_state(std::string_view name);

} // namespace detail

// Objects by type or by name. Copies share what they hold. Reading is safe while another thread adds: what is replaced lives on
// until the State goes. The objects themselves are the user's to lock.
//   app.state.emplace<Pool>("db.example.com", 5);       Pool& pool = app.state.get<Pool>();
//   request.state.set("user", std::string("Rick"));     auto& user = request.state.get<std::string>("user");
class State {
  public:
    State() = default;
    State(const State& other) : list_(other.list_), below_(other.below_) {
        if (list_) detail::share_state(list_);
    }
    State(State&& other) noexcept : list_(std::exchange(other.list_, nullptr)), below_(other.below_) {}
    State& operator=(State other) noexcept {
        std::swap(list_, other.list_);
        below_ = other.below_;
        return *this;
    }
    ~State() {
        if (list_) detail::drop_state(list_);
    }

    // Makes an object that is found by its type.
    template <class T, class... A>
    T& emplace(A&&... arguments) {
        return *add({}, new T(std::forward<A>(arguments)...));
    }
    // Keeps a copy of an object under a name.
    template <class T>
    std::decay_t<T>& set(std::string_view name, T&& object) {
        return *add(name, new std::decay_t<T>(std::forward<T>(object)));
    }
    // The object of that type, or of that name and type; null when there is none.
    template <class T>
    [[nodiscard]] T* find(std::string_view name = {}) const {
        return static_cast<T*>(look(name, &detail::state_mark<std::remove_const_t<T>>));
    }
    // The same; throws std::out_of_range when there is none.
    template <class T>
    [[nodiscard]] T& get(std::string_view name = {}) const {
        T* found = find<T>(name);
        if (!found) detail::throw_no_state(name);
        return *found;
    }
    // Looks in another one as well for what is not here; that one must live longer.
    void inherit(const State* below) { below_ = below; }
    // Adds the objects of another one, which live on with it.
    void adopt(const State& other);
    // Has another share what this one holds and will hold.
    [[nodiscard]] State shared();

  private:
    template <class T>
    T* add(std::string_view name, T* made) {
        put(name, &detail::state_mark<T>, made, [](void* object) { delete static_cast<T*>(object); });
        return made;
    }
    void put(std::string_view name, const void* type, void* object, void (*dispose)(void*));
    void adopt(const detail::StateEntry* entry);
    [[nodiscard]] void* look(std::string_view name, const void* type) const;

    detail::StateList* list_ = nullptr;
    const State* below_ = nullptr;
};

} // namespace fastapi
