#pragma once

// What a field says of its column: Field<std::optional<int>, PrimaryKey> id; Field<int, ForeignKey("teams.id")> team_id;
// Names and meanings are SQLModel's and SQLAlchemy's.

#include <cstddef>
#include <string_view>

#include "fastapi/meta/fixed_string.hpp"
#include "fastapi/model/annotations.hpp"

namespace fastapi {

// What becomes of a row when the row goes that its foreign key refers to. Without one, it cannot go.
enum class OnDelete : unsigned char { no_action, cascade, set_null, restrict };

namespace detail {

struct PrimaryKeyAnnotation {
    static constexpr Fits fits = Fits::anything;
    template <class T>
    constexpr void apply(FieldInfo& info) const {
        info.column.primary_key = true;
    }
};
struct IndexAnnotation {
    static constexpr Fits fits = Fits::anything;
    template <class T>
    constexpr void apply(FieldInfo& info) const {
        info.column.index = true;
    }
};
struct UniqueAnnotation {
    static constexpr Fits fits = Fits::anything;
    template <class T>
    constexpr void apply(FieldInfo& info) const {
        info.column.unique = true;
    }
};

} // namespace detail

// The column, or one of the columns, that tells rows apart. A std::optional of an integer alone gets its number from the database.
inline constexpr detail::PrimaryKeyAnnotation PrimaryKey{};
// An index, so that the column is searched without a look at every row.
inline constexpr detail::IndexAnnotation Index{};
// No two rows have the same value. Empty ones (NULL) do not count.
inline constexpr detail::UniqueAnnotation Unique{};

// A value of another table's column: ForeignKey("teams.id"), ForeignKey("teams.id", OnDelete::cascade).
template <std::size_t N>
struct ForeignKey {
    FixedString<N> target;
    OnDelete on_delete;
    constexpr explicit ForeignKey(const char (&column)[N], OnDelete action = OnDelete::no_action) : target(column), on_delete(action) {}
    static constexpr detail::Fits fits = detail::Fits::anything;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.column.references = target.view();
        info.column.on_delete = static_cast<unsigned char>(on_delete);
    }
};

// What the database puts where a row is inserted by others than this program: an SQL expression, ServerDefault("CURRENT_TIMESTAMP").
template <std::size_t N>
struct ServerDefault {
    FixedString<N> text;
    constexpr explicit ServerDefault(const char (&expression)[N]) : text(expression) {}
    static constexpr detail::Fits fits = detail::Fits::anything;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.column.server_default = text.view();
    }
};

} // namespace fastapi
