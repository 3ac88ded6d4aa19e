#pragma once

// How relationships are found, loaded, and written with the objects that have them.

#include <cstdlib>
#include <stdexcept>

#include "fastapi/json/writer.hpp"
#include "fastapi/meta/list.hpp"
#include "fastapi/model/schema.ipp"
#include "fastapi/sql/relationship.hpp"
#include "fastapi/sql/session.hpp"
#include "fastapi/sql/table.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_COLD void throw_not_loaded(std::string_view target) {
    throw std::logic_error(concat({"fastapi: this relationship to ", target,
                                   " was not loaded: say so in the query, .options(selectinload<&Team::heroes>), or call session.load<&Team::heroes>(team)"}));
}
FASTAPI_COLD void throw_no_row(std::string_view target) {
    throw std::logic_error(concat({"fastapi: this relationship has no ", target, ": test it first, if (*hero.team)"}));
}

// --- loading ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE RelationshipState state_of(const void* relationship) { return *static_cast<const RelationshipState*>(relationship); }

FASTAPI_COLD SqlNode node_of(const SqlTable& table, const SqlColumn& column) {
    SqlNode node{SqlNode::Op::column};
    node.table = &table;
    node.column = &column;
    return node;
}

// An object that waits for its rows, under what they have in common.
struct AwaitedRows {
    std::string key;
    StoredValue value;
    void* relationship;
};

struct RelationshipLoader {
    // SQLAlchemy's number: a statement has not more than it takes, and a list is loaded with as many statements as it has times this.
    static constexpr std::size_t chunk = 500;

    static void load(Session& session, const SqlTable& table, const SqlRelationship* const* path, std::size_t steps, const Sequence<void*>& objects) {
        if (steps == 0 || objects.empty()) return;
        load(session, path[0]->target(), path + 1, steps - 1, load_step(session, table, *path[0], objects));
    }

    // One relationship of the objects. Returns the rows that it leads to.
    static Sequence<void*> load_step(Session& session, const SqlTable& table, const SqlRelationship& relationship, const Sequence<void*>& objects) {
        RelationshipKeys keys = relationship_keys(table, relationship);
        const SqlTable& target = relationship.target();
        List<AwaitedRows> awaited;
        std::string scratch;
        RowBytes bytes;
        for (void* object : objects) {
            void* place = static_cast<char*>(object) + relationship.offset;
            relationship.ops->clear(place);
            SqlValue value = column_value(*keys.own, object, scratch);
            if (value.kind == SqlValue::Kind::null) continue;
            bytes.clear();
            put_value(bytes, value);
            awaited.push_back({std::string(std::string_view{bytes}), StoredValue::of(value), place});
        }
        List<const AwaitedRows*> sorted;
        for (const AwaitedRows& one : awaited) sorted.push_back(&one);
        // By their keys, and those of one key as they came. (qsort: std::stable_sort takes a compiler 40 ms.)
        if (!sorted.empty())
            std::qsort(sorted.data(), sorted.size(), sizeof(const AwaitedRows*), [](const void* a, const void* b) {
                const AwaitedRows* left = *static_cast<const AwaitedRows* const*>(a);
                const AwaitedRows* right = *static_cast<const AwaitedRows* const*>(b);
                int order = left->key.compare(right->key);
                return order != 0 ? order : (left > right) - (left < right);
            });
        for (std::size_t at = 0; at != sorted.size();) at = load_chunk(session, target, relationship, keys, sorted, at);

        Sequence<void*> further;
        for (void* object : objects) {
            void* place = static_cast<char*>(object) + relationship.offset;
            std::size_t count = relationship.ops->count(place);
            if (count == 0 && relationship.ops->form == RelationshipOps::Form::one)
                throw DataError(concat({"the relationship ", table.model, ".", relationship.name, " has no row: declare it Relationship<std::optional<", target.model,
                                        ">>"}), {});
            for (std::size_t i = 0; i != count; ++i) further.push_back(relationship.ops->at(place, i));
        }
        return further;
    }

    // A model and those that led to it.
    struct Way {
        const Model& model;
        const Way* before;
    };
    static void load_members(Session& session, const SqlTable& table, const Way& way, const Sequence<void*>& objects) {
        for (const SqlRelationship& relationship : table.relationships) {
            const Type* type = nullptr;
            for (const Member& member : way.model.members)
                if (member.name == relationship.name) type = member.slot.type;
            if (!type) continue;
            Sequence<void*> further = load_step(session, table, relationship, objects);
            while (type && type->kind != Kind::model) type = inner_type(*type);
            if (!type) continue;
            const Model& next = static_cast<const ModelTraits*>(type->traits)->describe();
            const Way* seen = &way; // a team has heroes, which have a team: that one stays unloaded
            while (seen && &seen->model != &next) seen = seen->before;
            if (!seen && !further.empty()) load_members(session, relationship.target(), {next, &way}, further);
        }
    }

    // One statement, for the keys from at on; returns where the next begin.
    static std::size_t load_chunk(Session& session, const SqlTable& target, const SqlRelationship& relationship, const RelationshipKeys& keys,
                                  const List<const AwaitedRows*>& awaited, std::size_t at) {
        SelectStatement statement;
        SqlNode key = keys.link ? node_of(*keys.link, *keys.link_own) : node_of(target, *keys.other);
        statement.columns.push_back(key);
        SqlNode all{SqlNode::Op::columns};
        all.table = &target;
        statement.columns.push_back(std::move(all));
        statement.from.push_back(&target);
        if (keys.link) {
            SqlJoin join{keys.link, false, {}};
            join.on.push_back({SqlNode::Op::binary, 2});
            join.on.back().text = " = ";
            join.on.push_back(node_of(*keys.link, *keys.link_other));
            join.on.push_back(node_of(target, *keys.other));
            statement.joins.push_back(std::move(join));
        }
        statement.where.push_back({SqlNode::Op::in, 1});
        statement.where.back().text = " IN ";
        statement.where.push_back(std::move(key));
        std::size_t begin = at;
        std::size_t values = 0;
        auto add = [&](const StoredValue& value) {
            statement.where.push_back({SqlNode::Op::value});
            statement.where.back().value = value;
            ++values;
        };
        for (; at != awaited.size() && (values < chunk || awaited[at]->key == awaited[at - 1]->key); ++at)
            if (at == begin || awaited[at]->key != awaited[at - 1]->key) add(awaited[at]->value);
        while (values < chunk && (values & (values - 1)) != 0) add(awaited[at - 1]->value); // few texts, so that each is prepared once
        statement.where.front().arguments = static_cast<std::uint16_t>(1 + values);
        for (std::uint16_t each : target.keys) statement.order_by.push_back(node_of(target, target.columns[each]));

        Cursor cursor = session.run(statement);
        RowBytes bytes;
        while (cursor.step()) {
            bytes.clear();
            put_value(bytes, cursor.column(0));
            std::string_view wanted = bytes;
            std::size_t first = begin;
            for (std::size_t end = at; first != end;) {
                std::size_t middle = first + (end - first) / 2;
                if (awaited[middle]->key < wanted) {
                    first = middle + 1;
                } else {
                    end = middle;
                }
            }
            for (; first != at && awaited[first]->key == wanted; ++first)
                read_model(target, cursor, 1, relationship.ops->append(awaited[first]->relationship), session.memory_);
        }
        return at;
    }

    // --- writing ----------------------------------------------------------------------------------------------------------
    // Written with an object: what was assigned to a relationship, and what is new in one that was loaded. Rows that were loaded are
    // copies, which may be older than the database is by now, so that they are written only when they are added themselves.

    static void set_column(const SqlTable& table, const SqlColumn& column, const SqlValue& value, void* object) {
        read_column(table, column, value, object);
        if (column.has_state) static_cast<char*>(object)[column.state_offset] = static_cast<char>(FieldState::set); // no row yet
    }

    // Before the object's own row: what its foreign keys refer to.
    static void add_referred(Session& session, const SqlTable& table, void* object) {
        for (const SqlRelationship& relationship : table.relationships) {
            void* place = static_cast<char*>(object) + relationship.offset;
            if (state_of(place) != RelationshipState::assigned) continue;
            RelationshipKeys keys = relationship_keys(table, relationship);
            if (!keys.own_refers) continue;
            const SqlTable& target = relationship.target();
            bool there = relationship.ops->count(place) != 0;
            if (there) session.add_object(target, relationship.ops->at(place, 0));
            std::string scratch;
            SqlValue value = there ? column_value(*keys.other, relationship.ops->at(place, 0), scratch) : SqlValue{};
            if (!there && !keys.own->nullable)
                throw std::logic_error(concat({"fastapi: ", table.model, ".", relationship.name, " is empty, and ", keys.own->name, " cannot be NULL"}));
            bool key = keys.own->primary_key && is_stored(table, object);
            if (key) throw std::logic_error(concat({"fastapi: ", table.model, ".", relationship.name, " would change the primary key of a row"}));
            set_column(table, *keys.own, value, object);
            *static_cast<RelationshipState*>(place) = RelationshipState::loaded;
        }
    }
    // Behind it: what refers to it.
    static void add_referring(Session& session, const SqlTable& table, void* object) {
        for (const SqlRelationship& relationship : table.relationships) {
            void* place = static_cast<char*>(object) + relationship.offset;
            if (state_of(place) == RelationshipState::unloaded) continue;
            bool assigned = state_of(place) == RelationshipState::assigned;
            RelationshipKeys keys = relationship_keys(table, relationship);
            if (keys.own_refers) continue;
            const SqlTable& target = relationship.target();
            std::string scratch;
            StoredValue own = StoredValue::of(column_value(*keys.own, object, scratch));
            for (std::size_t i = 0, count = relationship.ops->count(place); i != count; ++i) {
                void* other = relationship.ops->at(place, i);
                if (!keys.link) {
                    if (!is_stored(target, other)) {
                        set_column(target, *keys.other, own.view(), other);
                    } else if (!same_value(column_value(*keys.other, other, scratch), own.view())) {
                        throw std::logic_error(concat({"fastapi: ", table.model, ".", relationship.name, " has a row whose ", keys.other->name,
                                                       " says that it belongs to another one: set that member first"}));
                    }
                }
                if (assigned || !is_stored(target, other)) session.add_object(target, other);
                if (keys.link) add_link(session, keys, own.view(), column_value(*keys.other, other, scratch));
            }
            *static_cast<RelationshipState*>(place) = RelationshipState::loaded;
        }
    }
    static bool same_value(const SqlValue& a, const SqlValue& b) {
        return a.kind == b.kind && a.integer == b.integer && a.real == b.real && a.bytes == b.bytes;
    }
    static void add_link(Session& session, const RelationshipKeys& keys, const SqlValue& own, const SqlValue& other) {
        ChangeStatement statement;
        statement.kind = ChangeStatement::Kind::insert;
        statement.table = keys.link;
        statement.conflict_nothing = true;
        statement.columns = {keys.link_own, keys.link_other};
        statement.rows = {StoredValue::of(own), StoredValue::of(other)};
        WrittenStatement written;
        write_change(statement, written);
        Cursor cursor(session.ready(true), written.sql);
        cursor.bind(1, statement.rows[0].view());
        cursor.bind(2, statement.rows[1].view());
        cursor.step();
    }
};

// What joined loads have added to a row.
FASTAPI_INLINE void read_joined(const Sequence<SqlLoad>& loads, const SqlTable& table, Cursor& cursor, void* object, RowMemory& memory) {
    int at = static_cast<int>(table.columns.size());
    for (const SqlLoad& load : loads) {
        if (!load.joined) continue;
        char* owner = static_cast<char*>(object);
        for (const SqlRelationship* relationship : load.path) {
            const SqlTable& target = relationship->target();
            if (owner) {
                void* place = owner + relationship->offset;
                relationship->ops->clear(place);
                bool empty = row_is_null(target, cursor, at);
                if (empty && relationship->ops->form == RelationshipOps::Form::one)
                    throw DataError(concat({"the relationship ", relationship->name, " has no row: declare it Relationship<std::optional<", target.model, ">>"}), {});
                owner = empty ? nullptr : static_cast<char*>(relationship->ops->append(place));
                if (owner) read_model(target, cursor, at, owner, memory);
            }
            at += static_cast<int>(target.columns.size());
        }
    }
}

FASTAPI_INLINE void load_members(Session& session, const SqlTable& table, const Model& wanted, const Sequence<void*>& objects) {
    if (!objects.empty()) RelationshipLoader::load_members(session, table, {wanted, nullptr}, objects);
}
FASTAPI_INLINE void load_rows(Session& session, const SqlTable& table, const Sequence<SqlLoad>& loads, const Sequence<void*>& objects) {
    for (const SqlLoad& load : loads)
        if (!load.joined) RelationshipLoader::load(session, table, load.path.data(), load.path.size(), objects);
}

} // namespace detail

} // namespace fastapi
