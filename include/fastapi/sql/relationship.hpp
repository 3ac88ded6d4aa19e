#pragma once

// Relationships between tables: Relationship<std::vector<Hero>> heroes; of a team, Relationship<std::optional<Team>> team; of a hero.
// Names and meanings are SQLModel's. Nothing is loaded behind one's back: a query says what it loads, and a look at what was not
// loaded is an error that says how it is.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastapi/meta/callable.hpp"
#include "fastapi/meta/fixed_string.hpp"
#include "fastapi/meta/list.hpp"
#include "fastapi/model/describe.hpp"

namespace fastapi {

namespace detail {

struct SqlTable;
struct SqlColumn;
template <class T>
const SqlTable& table_of();
template <class T>
inline constexpr bool is_table = requires { std::string_view{T::table}; };

template <class Link>
struct LinkModelOf {
    using model = Link;
};

enum class RelationshipState : unsigned char { unloaded, loaded, assigned };

// What can be done with a Relationship<T> whose T is not known. It begins with its RelationshipState.
struct RelationshipOps {
    enum class Form : std::uint8_t { one, optional, many };
    Form form;
    void (*clear)(void* relationship);   // loaded, with nothing in it
    void (*unload)(void* relationship);
    void* (*append)(void* relationship); // a further object in it
    std::size_t (*count)(const void* relationship);
    void* (*at)(void* relationship, std::size_t index);
};

struct SqlRelationship {
    std::string_view name;
    std::size_t offset = 0;
    const RelationshipOps* ops = nullptr;
    const SqlTable& (*target)() = nullptr; // called when it is needed: tables refer to each other
    const SqlTable& (*link)() = nullptr;   // of a many-to-many relationship
    std::string_view foreign_keys[2]{};    // the columns, when they are named
};

[[noreturn]] void throw_not_loaded(std::string_view target);
[[noreturn]] void throw_no_row(std::string_view target);

// The table that a Relationship leads to.
template <class T>
struct RelationshipTarget {
    using model = T;
    static constexpr auto form = RelationshipOps::Form::one;
};
template <class T>
struct RelationshipTarget<std::optional<T>> {
    using model = T;
    static constexpr auto form = RelationshipOps::Form::optional;
};
template <class T, class A>
struct RelationshipTarget<std::vector<T, A>> {
    using model = T;
    static constexpr auto form = RelationshipOps::Form::many;
};

struct RelationshipAccess;

} // namespace detail

// The table that joins two others: Relationship<std::vector<Team>, LinkModel<HeroTeamLink>> teams;
template <class Link>
inline constexpr detail::LinkModelOf<Link> LinkModel{};

// Which foreign key a relationship goes by, where there are several: ForeignKeys("captain_id"); of a link table the one that refers to
// this table, then the other: ForeignKeys("follower_id", "followed_id").
template <std::size_t N, std::size_t M = 1>
struct ForeignKeys {
    FixedString<N> first;
    FixedString<M> second{};
    constexpr explicit ForeignKeys(const char (&column)[N]) : first(column) {}
    constexpr ForeignKeys(const char (&own)[N], const char (&other)[M]) : first(own), second(other) {}
};
template <std::size_t N>
ForeignKeys(const char (&)[N]) -> ForeignKeys<N>;

// T is std::vector<Hero>, std::optional<Team>, or Team where there always is one. It is no column and not in the JSON of its model;
// model_cast() and a response model take it into a model that has a member of its name.
template <class T, auto... Annotations>
class Relationship {
    using model = typename detail::RelationshipTarget<T>::model;
    static constexpr auto form = detail::RelationshipTarget<T>::form;

  public:
    using value_type = T;
    using private_attribute = void;

    Relationship() = default; // not loaded
    // session.add() of the object writes what is assigned, and what is new in a list that was loaded. Rows that were loaded are copies: one
    // that is changed is added itself.
    Relationship(T value) : state_(detail::RelationshipState::assigned), value_(new T(std::move(value))) {} // NOLINT: implicit on purpose
    Relationship(model one) // NOLINT: implicit on purpose
        requires(form == detail::RelationshipOps::Form::optional)
        : Relationship(T(std::move(one))) {}
    Relationship(std::nullopt_t) // NOLINT: implicit on purpose
        requires(form == detail::RelationshipOps::Form::optional)
        : Relationship(T{}) {}
    Relationship(std::initializer_list<model> items)
        requires(form == detail::RelationshipOps::Form::many)
        : Relationship(T(items)) {}
    Relationship(const Relationship& other) : state_(other.state_), value_(other.value_ ? new T(*other.value_) : nullptr) {}
    Relationship(Relationship&& other) noexcept
        : state_(std::exchange(other.state_, detail::RelationshipState::unloaded)), value_(std::exchange(other.value_, nullptr)) {}
    Relationship& operator=(Relationship other) noexcept {
        std::swap(state_, other.state_);
        std::swap(value_, other.value_);
        return *this;
    }
    ~Relationship() { delete value_; }

    [[nodiscard]] bool is_loaded() const { return value_ != nullptr; }
    // Throws std::logic_error when it was not loaded.
    [[nodiscard]] T& value() {
        if (!value_) detail::throw_not_loaded(detail::type_name<model>());
        return *value_;
    }
    [[nodiscard]] const T& value() const { return const_cast<Relationship*>(this)->value(); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    // The object itself, or the list: hero.team->name, team.heroes->size(). Throws std::logic_error when there is none.
    auto* operator->() {
        if constexpr (form == detail::RelationshipOps::Form::optional) {
            if (!value()) detail::throw_no_row(detail::type_name<model>());
            return &**value_;
        } else {
            return &value();
        }
    }
    const auto* operator->() const { return const_cast<Relationship*>(this)->operator->(); }
    // Not loaded any more.
    void reset() { *this = Relationship(); }
    friend bool operator==(const Relationship& a, const Relationship& b) {
        return a.value_ && b.value_ ? *a.value_ == *b.value_ : a.value_ == b.value_;
    }

  private:
    friend struct detail::RelationshipAccess;
    detail::RelationshipState state_ = detail::RelationshipState::unloaded; // the first member: see RelationshipOps
    T* value_ = nullptr;
};

namespace detail {

template <class M>
inline constexpr bool is_relationship = false;
template <class T, auto... A>
inline constexpr bool is_relationship<Relationship<T, A...>> = true;

struct RelationshipAccess {
    template <class R>
    static void clear(void* relationship) {
        using T = typename R::value_type;
        R& typed = *static_cast<R*>(relationship);
        typed.reset();
        if constexpr (RelationshipTarget<T>::form != RelationshipOps::Form::one) typed.value_ = new T{};
        typed.state_ = RelationshipState::loaded;
    }
    template <class R>
    static void unload(void* relationship) {
        static_cast<R*>(relationship)->reset();
    }
    template <class R>
    static void* append(void* relationship) {
        using T = typename R::value_type;
        R& typed = *static_cast<R*>(relationship);
        if constexpr (RelationshipTarget<T>::form == RelationshipOps::Form::one) {
            if (!typed.value_) typed.value_ = new T{};
            return typed.value_;
        } else if constexpr (RelationshipTarget<T>::form == RelationshipOps::Form::optional) {
            return &typed.value_->emplace();
        } else {
            return &typed.value_->emplace_back();
        }
    }
    template <class R>
    static std::size_t count(const void* relationship) {
        const R& typed = *static_cast<const R*>(relationship);
        if constexpr (RelationshipTarget<typename R::value_type>::form == RelationshipOps::Form::one) {
            return typed.value_ ? 1 : 0;
        } else if constexpr (RelationshipTarget<typename R::value_type>::form == RelationshipOps::Form::optional) {
            return typed.value_ && typed.value_->has_value() ? 1 : 0;
        } else {
            return typed.value_ ? typed.value_->size() : 0;
        }
    }
    template <class R>
    static void* at(void* relationship, [[maybe_unused]] std::size_t index) {
        R& typed = *static_cast<R*>(relationship);
        if constexpr (RelationshipTarget<typename R::value_type>::form == RelationshipOps::Form::one) {
            return typed.value_;
        } else if constexpr (RelationshipTarget<typename R::value_type>::form == RelationshipOps::Form::optional) {
            return &**typed.value_;
        } else {
            return typed.value_->data() + index;
        }
    }
    template <class R>
    static constexpr RelationshipOps ops{RelationshipTarget<typename R::value_type>::form, &clear<R>, &unload<R>, &append<R>, &count<R>, &at<R>};
};

template <class A>
void add_relationship_annotation(SqlRelationship& described, const A& annotation) {
    if constexpr (requires { typename A::model; }) {
        static_assert(is_table<typename A::model>, "fastapi: LinkModel<T>: T is no table");
        described.link = &table_of<typename A::model>;
    } else {
        static_assert(requires { annotation.second; }, "fastapi: a Relationship takes LinkModel<Link> and ForeignKeys(\"column\")");
        described.foreign_keys[0] = annotation.first.view();
        described.foreign_keys[1] = annotation.second.view();
    }
}
template <class T, auto... Annotation>
SqlRelationship describe_relationship(const Relationship<T, Annotation...>&, std::string_view name, std::size_t offset) {
    using Target = typename RelationshipTarget<T>::model;
    static_assert(is_table<Target>, "fastapi: Relationship<T>: T is a table, a std::optional<Table>, or a std::vector<Table>");
    SqlRelationship described;
    described.name = name;
    described.offset = offset;
    described.ops = &RelationshipAccess::ops<Relationship<T, Annotation...>>;
    described.target = &table_of<Target>;
    (add_relationship_annotation(described, kept_constant<Annotation>), ...);
    return described;
}

// How two tables belong together.
struct RelationshipKeys {
    const SqlColumn* own = nullptr;   // of the table that has the relationship
    const SqlColumn* other = nullptr; // of the one that it leads to; has the value of own, or both are in the link
    const SqlTable* link = nullptr;
    const SqlColumn* link_own = nullptr;
    const SqlColumn* link_other = nullptr;
    bool own_refers = false; // own is the foreign key
};
// Throws std::logic_error with a sentence when no foreign key, or more than one, joins the tables.
RelationshipKeys relationship_keys(const SqlTable& table, const SqlRelationship& relationship);

// The relationship that begins at an offset.
const SqlRelationship& relationship_at(const SqlTable& table, std::size_t offset);

template <auto P>
struct RelationshipMember {
    static constexpr bool known = false;
    static constexpr bool many = false;
    static const SqlRelationship& get(); // nobody calls it: check_load has said why
};
template <class C, class M, M C::* P>
    requires is_relationship<M>
struct RelationshipMember<P> {
    using model = C;
    using target = typename RelationshipTarget<typename M::value_type>::model;
    static constexpr bool known = true;
    static constexpr bool many = RelationshipTarget<typename M::value_type>::form == RelationshipOps::Form::many;
    static const SqlRelationship& get() {
        const C& object = *static_cast<const C*>(describe_model<C>().prototype);
        return relationship_at(table_of<C>(), static_cast<std::size_t>(reinterpret_cast<const char*>(&(object.*P)) - reinterpret_cast<const char*>(&object)));
    }
};

// What a query loads beside its rows: a way from table to table.
struct SqlLoad {
    bool joined;
    Sequence<const SqlRelationship*> path;
};
template <class Model, auto First, auto... Rest>
void check_load() {
    static_assert(RelationshipMember<First>::known, "fastapi: selectinload<&Team::heroes>, joinedload<…> and session.load<…> take members that are a Relationship");
    if constexpr (RelationshipMember<First>::known) {
        static_assert(std::is_same_v<typename RelationshipMember<First>::model, Model>,
                      "fastapi: selectinload<…>, joinedload<…> and session.load<…>: this is a relationship of another table");
        if constexpr (sizeof...(Rest) > 0) check_load<typename RelationshipMember<First>::target, Rest...>();
    }
}
template <bool Joined, auto... P>
struct LoadOption {
    static_assert(sizeof...(P) > 0);
    static_assert(!Joined || (!RelationshipMember<P>::many && ...),
                  "fastapi: joinedload is for relationships to one row: selectinload<…> loads lists, and costs one statement");
    template <class Model>
    static SqlLoad load() {
        check_load<Model, P...>();
        return {Joined, {&RelationshipMember<P>::get()...}};
    }
};

} // namespace detail

// For .options(…) of a query: the rows of a relationship, and of further ones behind it, in one more statement for each:
// select<Team>().options(selectinload<&Team::heroes, &Hero::powers>).
template <auto... Member>
inline constexpr detail::LoadOption<false, Member...> selectinload{};
// The same of relationships to one row, in the statement of the query: select<Hero>().options(joinedload<&Hero::team>).
template <auto... Member>
inline constexpr detail::LoadOption<true, Member...> joinedload{};

} // namespace fastapi
