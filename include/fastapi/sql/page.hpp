#pragma once

// Pages of a list: Page<Hero> is a response model, Paginate the parameters that ask for one.
//   app.get("/heroes", [](sql::Paginate wanted, SqlSession<engine> session) { return sql::paginate(*session, select<Hero>(), *wanted); });

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fastapi/http/response.hpp"
#include "fastapi/routing/depends.hpp"
#include "fastapi/sql/session.hpp"

namespace fastapi {

namespace detail {
std::int64_t page_offset(std::int64_t page, std::int64_t size);
// The text of a cursor, and the value in it. Throws HTTPException 400 when it is none that this made of the column.
std::string cursor_text(const SqlValue& value);
StoredValue cursor_value(std::string_view text, const SqlNodes& column);
// The cursor behind an object: its value of a column.
template <class T, auto P>
std::string cursor_behind(const ColumnTerm<P>& column, const T& object) {
    std::string scratch;
    return cursor_text(column_value(*nodes_of<TypeList<T>>(column).front().column, &object, scratch));
}
} // namespace detail

namespace sql {

// Names and counting as fastapi-pagination has them: pages are counted from 1.
template <class T>
struct Page {
    std::vector<T> items;
    std::int64_t total = 0; // of all pages
    std::int64_t page = 0;
    std::int64_t size = 0; // items of a page, at most
    std::int64_t pages = 0;
};

struct Pagination {
    Query<std::int64_t, "page", Default(1), Ge(1), Description("The page, from 1.")> page;
    Query<std::int64_t, "size", Default(50), Ge(1), Le(100), Description("Items of a page, at most.")> size;
};
using Paginate = Depends<instance_of<Pagination>>;

// One page of a query, which should have an order, and the number of all its rows: two statements.
template <class Row, class Tables>
Page<Row> paginate(Session& session, Select<Row, Tables> query, std::int64_t page, std::int64_t size) {
    Page<Row> made;
    made.page = page;
    made.size = size;
    made.total = session.count(query);
    made.pages = size > 0 ? (made.total + size - 1) / size : 0;
    std::int64_t offset = detail::page_offset(page, size);
    if (offset < made.total) made.items = session.exec(query.limit(size).offset(offset)).all();
    return made;
}
template <class Row, class Tables>
Page<Row> paginate(Session& session, const Select<Row, Tables>& query, const Pagination& wanted) {
    return paginate(session, query, *wanted.page, *wanted.size);
}

// A page that begins behind the last item of the one before: it costs the same however far one goes, and an item that is added
// meanwhile moves none.
template <class T>
struct CursorPage {
    std::vector<T> items;
    std::optional<std::string> next; // the cursor of the next page; null: this is the last one
};

struct CursorPagination {
    Query<std::optional<std::string>, "cursor", MaxLength(4096), Description("The next of the page before.")> cursor;
    Query<std::int64_t, "size", Default(50), Ge(1), Le(100), Description("Items of a page, at most.")> size;
};
using PaginateByCursor = Depends<instance_of<CursorPagination>>;

// By a column whose values differ from row to row: paginate_by<&Hero::id>(session, select<Hero>(), *wanted). The query has no order of
// its own. Throws HTTPException 400 for a cursor that is none.
template <auto Column, class Row, class Tables>
CursorPage<Row> paginate_by(Session& session, Select<Row, Tables> query, const std::optional<std::string>& cursor, std::int64_t size) {
    static_assert(detail::is_table<Row>, "fastapi: paginate_by is for select<Table>()");
    CursorPage<Row> made;
    if (cursor) query.after(col<Column>, detail::cursor_value(*cursor, detail::nodes_of<Tables>(col<Column>)));
    auto rows = session.exec(query.order_by(col<Column>).limit(size + 1)).all();
    if (rows.size() > static_cast<std::size_t>(size)) {
        rows.pop_back();
        made.next = detail::cursor_behind(col<Column>, rows.back());
    }
    made.items = std::move(rows);
    return made;
}
template <auto Column, class Row, class Tables>
CursorPage<Row> paginate_by(Session& session, Select<Row, Tables> query, const CursorPagination& wanted) {
    return paginate_by<Column>(session, std::move(query), *wanted.cursor, *wanted.size);
}

} // namespace sql

} // namespace fastapi
