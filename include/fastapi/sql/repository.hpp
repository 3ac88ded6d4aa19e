#pragma once

// Repository: what every list of things in a database needs, with its errors as answers. Its routes: app/crud_router.hpp.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fastapi/model/cast.hpp"
#include "fastapi/model/model.hpp"
#include "fastapi/sql/page.hpp"

namespace fastapi {

namespace detail {

// The type of the first field of the primary key.
template <class T>
struct KeyType;
template <class... M>
constexpr auto key_type_of(TypeList<M...>);
template <class M, class... Rest>
constexpr auto first_key(TypeList<M, Rest...>) {
    if constexpr (is_flatten<M>) {
        using Inner = decltype(key_type_of(MemberTypes<std::remove_cvref_t<decltype(std::declval<M&>().value)>>{}));
        if constexpr (!std::is_same_v<Inner, std::type_identity<void>>) {
            return Inner{};
        } else {
            return key_type_of(TypeList<Rest...>{});
        }
    } else if constexpr (is_field<M>) {
        if constexpr (M::info().column.primary_key) {
            return std::type_identity<typename OptionalInner<typename M::value_type>::type>{};
        } else {
            return key_type_of(TypeList<Rest...>{});
        }
    } else {
        return key_type_of(TypeList<Rest...>{});
    }
}
template <class... M>
constexpr auto key_type_of(TypeList<M...> members) {
    if constexpr (sizeof...(M) == 0) {
        return std::type_identity<void>{};
    } else {
        return first_key(members);
    }
}
template <class T>
using KeyOf = typename decltype(key_type_of(MemberTypes<T>{}))::type;

[[noreturn]] void throw_not_found(std::string_view model);
// 409 for a constraint that other rows break, anything else as it is.
[[noreturn]] void throw_conflict(const IntegrityError& error);
[[noreturn]] void throw_unprocessable(const ValidationError& error);
// "/heroes": heroes
std::string last_segment(std::string_view path);

} // namespace detail

namespace sql {

// One session's view of a table. Create and Update are models of what comes in: every member of Create is one of Model; those of Update are
// Field<std::optional<…>>, and what was not sent stays as it is.
template <class Model, class Create = Model, class Update = Create>
class Repository {
  public:
    using Key = detail::KeyOf<Model>;
    explicit Repository(Session& session) : session_(session) {}

    // In the order of the primary key.
    [[nodiscard]] Page<Model> list(const Pagination& wanted) const { return list(*wanted.page, *wanted.size); }
    [[nodiscard]] Page<Model> list(std::int64_t page, std::int64_t size) const {
        return paginate(session_, select<Model>().order_by_key(), page, size);
    }
    [[nodiscard]] std::optional<Model> find(const Key& key) const { return session_.template get<Model>(key); }
    // Throws HTTPException 404: {"detail": "Hero not found"}.
    [[nodiscard]] Model get(const Key& key) const {
        std::optional<Model> found = find(key);
        if (!found) detail::throw_not_found(detail::type_name<Model>());
        return std::move(*found);
    }
    // Throws HTTPException 409 when another row has what must be unique, or a row is not there that this one refers to.
    Model create(const Create& given) const {
        Model made = [&] {
            if constexpr (std::is_same_v<Model, Create>) {
                return given;
            } else {
                return model_cast<Model>(given);
            }
        }();
        write([&] { session_.add(made); });
        return made;
    }
    // Throws HTTPException 404, 409, and 422 when what was sent does not fit the model.
    Model update(const Key& key, const Update& changes) const {
        Model stored = get(key);
        write([&] {
            stored = model_copy(stored, {.update = model_dump(changes, {.exclude_unset = true, .by_alias = false})});
            session_.add(stored);
        });
        return stored;
    }
    // Throws HTTPException 404, and 409 when other rows refer to this one.
    void remove(const Key& key) const {
        Model stored = get(key);
        write([&] { session_.delete_(stored); });
    }

  private:
    template <class F>
    static void write(const F& change) {
        try {
            change();
        } catch (const IntegrityError& error) {
            detail::throw_conflict(error);
        } catch (const ValidationError& error) {
            detail::throw_unprocessable(error);
        }
    }
    Session& session_;
};

} // namespace sql

} // namespace fastapi
