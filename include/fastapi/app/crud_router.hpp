#pragma once

// crud_router: the five routes that a table needs.

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "fastapi/app/api_router.hpp"
#include "fastapi/sql/dependency.hpp"
#include "fastapi/sql/repository.hpp"

namespace fastapi {

namespace detail {

// Loads the relationships of rows that the public model has members for.
template <class Public, class Model>
void load_public([[maybe_unused]] Session& session, [[maybe_unused]] Model* rows, [[maybe_unused]] std::size_t count) {
    if constexpr (!std::is_same_v<Public, Model>) {
        Sequence<void*> objects;
        for (std::size_t i = 0; i != count; ++i) objects.push_back(rows + i);
        load_members(session, table_of<Model>(), describe_model<Public>(), objects);
    }
}
template <class Public, class Model>
Public to_public(Session& session, Model row) {
    load_public<Public>(session, &row, 1);
    return model_cast<Public>(row);
}

} // namespace detail

// The routes of a repository: app.include_router(crud_router<engine, Hero, HeroCreate, HeroUpdate, HeroPublic>("/heroes")) has
// POST /heroes (201), GET /heroes?page=&size=, GET, PATCH and DELETE (204) /heroes/{id}. A relationship that Public has a member
// for is loaded, with one statement for all rows of an answer.
template <Engine& Database, class Model, class Create = Model, class Update = Create, class Public = Model>
APIRouter crud_router(const std::string& prefix, RouterOptions options = {}) {
    using Items = sql::Repository<Model, Create, Update>;
    using Key = typename Items::Key;
    using Sql = SqlSession<Database>;
    std::string one = to_snake(detail::type_name<Model>());
    std::string all = detail::last_segment(prefix);
    if (all == one) all += "_list";
    options.prefix = prefix;
    APIRouter router(std::move(options));
    router.post("", [](Create given, Sql session) { return detail::to_public<Public>(*session, Items(*session).create(given)); },
                {.status_code = 201, .name = "create_" + one});
    router.get("", [](sql::Paginate wanted, Sql session) {
        sql::Page<Model> found = Items(*session).list(*wanted);
        sql::Page<Public> made{{}, found.total, found.page, found.size, found.pages};
        detail::load_public<Public>(*session, found.items.data(), found.items.size());
        for (const Model& item : found.items) made.items.push_back(model_cast<Public>(item));
        return made;
    }, {.name = "read_" + all});
    router.get("/{id}", [](Path<Key, "id"> id, Sql session) { return detail::to_public<Public>(*session, Items(*session).get(*id)); }, {.name = "read_" + one});
    router.patch("/{id}", [](Path<Key, "id"> id, Update changes, Sql session) { return detail::to_public<Public>(*session, Items(*session).update(*id, changes)); },
                 {.name = "update_" + one});
    router.delete_("/{id}", [](Path<Key, "id"> id, Sql session) { Items(*session).remove(*id); }, {.status_code = 204, .name = "delete_" + one});
    return router;
}

} // namespace fastapi
