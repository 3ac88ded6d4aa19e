#pragma once

#include <cstring>
#include <stdexcept>

#include "fastapi/sql/engine.ipp"
#include "fastapi/sql/relationship.ipp"
#include "fastapi/sql/row_memory.ipp"
#include "fastapi/sql/session.hpp"
#include "fastapi/sql/sqlite_writer.ipp"
#include "fastapi/sql/statement.ipp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

FASTAPI_INLINE void bind_key(Cursor& cursor, const SqlTable& table, const void* object) {
    std::string scratch;
    int index = 0;
    for (std::uint16_t key : table.keys) cursor.bind_copy(++index, column_value(table.columns[key], object, scratch));
}

FASTAPI_INLINE SqlValue sql_cell(Cursor& cursor, int index) { return cursor.column(index); }
// A value that is what the member holds: no SqlValue, and none of the column's functions. Returns where the row in the memory goes on;
// null: the number does not fit.
FASTAPI_INLINE char* read_direct(const SqlColumn& column, const Cell& cell, char* object, RowMemory& memory, char* at) {
    using Direct = SqlColumn::Direct;
    void* value = object + column.offset;
    std::int64_t number = 0;
    if (column.kind == SqlValue::Kind::integer) {
        number = cell.integer();
        if (column.direct == Direct::int32 && number != static_cast<std::int32_t>(number)) return nullptr;
    }
    if (column.has_state) object[column.state_offset] = static_cast<char>(column.primary_key ? FieldState::stored : FieldState::set);
    if (column.optional) value = column.optional->emplace(value);
    switch (column.direct) {
    case Direct::text: {
        std::string_view text = cell.text();
        static_cast<std::string*>(value)->assign(text.data(), text.size());
        return put_value(at, text);
    }
    case Direct::float64: {
        double real = cell.real();
        *static_cast<double*>(value) = real;
        return put_value(at, real);
    }
    case Direct::int64: std::memcpy(value, &number, sizeof number); break;
    default: {
        auto narrow = static_cast<std::int32_t>(number);
        std::memcpy(value, &narrow, sizeof narrow);
    }
    }
    if (!column.primary_key) return put_value(at, number);
    memory.put_key(number);
    return at;
}
FASTAPI_INLINE void read_model(const SqlTable& table, Cursor& cursor, int first, void* object, RowMemory& memory) {
    memory.begin(table);
    char* at = memory.end();
    for (const SqlColumn& column : table.columns) {
        Cell cell = cursor.cell(first++);
        SqlValue::Kind kind = cell.kind();
        if (kind == column.kind && kind != SqlValue::Kind::null) {
            if (char* next = read_direct(column, cell, static_cast<char*>(object), memory, at)) {
                at = next;
                continue;
            }
        }
        SqlValue value = cell.value();
        memory.end(at);
        memory.put(column, value);
        at = memory.end();
        read_column(table, column, value, object);
    }
    memory.end(at);
    memory.keep();
}
FASTAPI_INLINE void read_projection(const SqlTable& projection, Cursor& cursor, int first, void* object) {
    for (const SqlColumn& column : projection.columns) read_column(projection, column, cursor.column(first++), object);
}
FASTAPI_INLINE bool row_is_null(const SqlTable& table, Cursor& cursor, int first) {
    for (std::uint16_t key : table.keys)
        if (cursor.column(first + key).kind != SqlValue::Kind::null) return false;
    return true;
}

} // namespace detail

// --- transactions -------------------------------------------------------------------------------------------------------

FASTAPI_INLINE const detail::ConnectionUse& Session::ready(bool write) {
    write = write || options_.writes;
    if (!use_) {
        // Who waits to write holds no connection: readers need them.
        if (write) detail::lock_writer(engine_->pool());
        try {
            detail::ConnectionUse use = detail::acquire_connection(engine_->pool(), write);
            detail::run_statement(use, write ? "BEGIN IMMEDIATE" : "BEGIN");
            use_ = std::move(use);
            ++transactions_;
        } catch (...) {
            if (write) detail::unlock_writer(engine_->pool());
            throw;
        }
        writes_ = write;
    } else if (!detail::in_transaction(use_)) {
        throw OperationalError("the transaction has ended: the database undid it after an error, or a statement that was given as text ended it. "
                               "Call session.rollback() before anything else", {}, 0, OperationalError::Reason::other);
    } else if (write && !writes_) {
        detail::check_file(use_);
        detail::lock_writer(engine_->pool());
        writes_ = true;
    }
    return use_;
}
FASTAPI_INLINE void Session::begin() {
    if (use_ && !writes_) throw std::logic_error("fastapi: session.begin() comes before the session reads");
    ready(true);
}

FASTAPI_INLINE void Session::end(std::string_view word) {
    if (!use_) return;
    if (detail::in_transaction(use_)) detail::run_statement(use_, word);
    nested_ = 0;
    use_ = {};
    if (std::exchange(writes_, false)) detail::unlock_writer(engine_->pool());
}
FASTAPI_INLINE void Session::commit() {
    if (use_) ready(false); // throws when there is nothing any more that could be committed
    end("COMMIT");
}
FASTAPI_INLINE void Session::rollback() {
    memory_.clear();
    end("ROLLBACK");
}
FASTAPI_INLINE Session::~Session() {
    if (!use_) return;
    try {
        end("ROLLBACK");
    } catch (...) { // the connection rolls back when it is given back
        use_ = {};
        if (writes_) detail::unlock_writer(engine_->pool());
    }
}

FASTAPI_INLINE Session::Nested::Nested(Session& session) : session_(session) {
    const detail::ConnectionUse& use = session.ready(true);
    transaction_ = session.transactions_;
    depth_ = ++session.nested_;
    detail::run_statement(use, detail::concat({"SAVEPOINT nested_", detail::integer_text(depth_)}));
}
FASTAPI_INLINE bool Session::Nested::is_there() const {
    return session_.use_ && session_.transactions_ == transaction_ && session_.nested_ >= depth_;
}
FASTAPI_INLINE void Session::Nested::commit() {
    if (!std::exchange(open_, false)) return;
    if (!is_there()) throw std::logic_error("fastapi: a nested transaction cannot be committed when the one around it has ended");
    detail::run_statement(session_.ready(true), detail::concat({"RELEASE nested_", detail::integer_text(depth_)}));
    session_.nested_ = depth_ - 1;
}
FASTAPI_INLINE void Session::Nested::rollback() {
    if (!std::exchange(open_, false) || !is_there()) return;
    session_.memory_.clear();
    if (!detail::in_transaction(session_.use_)) return;
    detail::run_statement(session_.use_, detail::concat({"ROLLBACK TO nested_", detail::integer_text(depth_)}));
    detail::run_statement(session_.use_, detail::concat({"RELEASE nested_", detail::integer_text(depth_)}));
    session_.nested_ = depth_ - 1;
}
FASTAPI_INLINE Session::Nested::~Nested() {
    try {
        rollback();
    } catch (...) { // the transaction is gone, and this with it
    }
}

// --- objects ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE void Session::snapshot(const detail::SqlTable& table, const void* object) {
    memory_.begin(table);
    std::string scratch;
    for (const detail::SqlColumn& column : table.columns) {
        bool direct = !column.primary_key && detail::visit_direct(column, object, [&](auto value) { memory_.end(detail::put_value(memory_.end(), value)); });
        if (!direct) memory_.put(column, detail::column_value(column, object, scratch));
    }
}

FASTAPI_INLINE void Session::add_object(const detail::SqlTable& table, void* object) {
    if (!table.relationships.empty()) detail::RelationshipLoader::add_referred(*this, table, object);
    if (detail::is_stored(table, object)) {
        update_object(table, object);
    } else {
        insert_object(table, object);
    }
    if (!table.relationships.empty()) detail::RelationshipLoader::add_referring(*this, table, object);
}

FASTAPI_INLINE void Session::insert_object(const detail::SqlTable& table, void* object) {
    const detail::ConnectionUse& use = ready(true);
    if (scratch_.size() < table.columns.size()) scratch_.resize(table.columns.size());
    bool without_key = detail::awaits_key(table, object);
    detail::Cursor cursor(use, {&table, without_key ? detail::TableStatement::Kind::insert_without_key : detail::TableStatement::Kind::insert});
    memory_.begin(table);
    int index = 0;
    for (std::size_t i = 0; i != table.columns.size(); ++i) {
        const detail::SqlColumn& column = table.columns[i];
        if (without_key && column.primary_key) continue;
        ++index;
        bool direct = !column.primary_key && detail::visit_direct(column, object, [&](auto value) {
            cursor.bind(index, value);
            memory_.end(detail::put_value(memory_.end(), value));
        });
        if (direct) continue;
        detail::SqlValue value = detail::column_value(column, object, scratch_[i]);
        cursor.bind(index, value);
        memory_.put(column, value);
    }
    cursor.step();
    if (without_key) {
        std::int64_t number = cursor.last_row_id();
        detail::read_column(table, table.columns[table.keys[0]], detail::SqlValue::of(number), object);
        memory_.put_key(number);
    } else {
        detail::mark_stored(table, object);
    }
    cursor.close();
    memory_.keep();
}

FASTAPI_INLINE void Session::update_object(const detail::SqlTable& table, void* object) {
    if (scratch_.size() < table.columns.size()) scratch_.resize(table.columns.size());
    memory_.begin(table);
    for (std::uint16_t key : table.keys) memory_.put(table.columns[key], detail::column_value(table.columns[key], object, scratch_[0]));
    char* known = memory_.find();
    char* was = known;
    changed_.clear();
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i != table.columns.size(); ++i) {
        const detail::SqlColumn& column = table.columns[i];
        if (column.primary_key) continue;
        char* place = was;
        if (was) {
            bool same = false;
            bool direct = detail::visit_direct(column, object, [&](auto value) { same = detail::holds_value(place, value); });
            if (!direct) same = detail::holds_value(place, detail::column_value(column, object, scratch_[0]));
            was += detail::value_size(was);
            if (same) continue;
        }
        bits |= std::uint64_t{1} << (i % detail::TableStatement::max_columns);
        changed_.push_back({&column, place});
    }
    if (changed_.empty()) return;
    const detail::ConnectionUse& use = ready(true);
    bool few = table.columns.size() <= detail::TableStatement::max_columns;
    detail::Cursor cursor = few ? detail::Cursor(use, {&table, detail::TableStatement::Kind::update, bits}) : detail::Cursor(use, detail::update_sql(table, changed_));
    int index = 0;
    std::size_t room = 0;
    auto bind = [&](const detail::SqlColumn& column) {
        ++index;
        bool direct = detail::visit_direct(column, object, [&](auto value) { cursor.bind(index, value); });
        if (!direct) cursor.bind(index, detail::column_value(column, object, scratch_[room++]));
    };
    for (const detail::ChangedColumn& changed : changed_) bind(*changed.column);
    for (std::uint16_t key : table.keys) bind(table.columns[key]);
    cursor.step();
    if (cursor.changes() != 1)
        throw StaleDataError(detail::concat({"the row of ", table.name, " that should be changed is not there: it was deleted, or its insertion was rolled back"}),
                             cursor.sql());
    cursor.close();
    if (known && replace_values(object)) return;
    snapshot(table, object);
    memory_.keep();
}
// The changed values in the row's memory; false: one has another size.
FASTAPI_INLINE bool Session::replace_values(const void* object) {
    for (const detail::ChangedColumn& changed : changed_) {
        char made[detail::value_room];
        char* end = made;
        bool direct = detail::visit_direct(*changed.column, object, [&](auto value) { end = detail::put_value(made, value); });
        if (!direct) end = detail::put_value(made, detail::column_value(*changed.column, object, scratch_[0]));
        auto size = static_cast<std::size_t>(end - made);
        if (size != detail::value_size(changed.was)) return false;
        std::memcpy(changed.was, made, size);
    }
    return true;
}

FASTAPI_INLINE bool Session::read_by_key(const detail::SqlTable& table, const void* with_key, void* object) {
    const detail::ConnectionUse& use = ready(false);
    detail::Cursor cursor(use, {&table, detail::TableStatement::Kind::select});
    detail::bind_key(cursor, table, with_key);
    if (!cursor.step()) return false;
    detail::read_model(table, cursor, 0, object, memory_);
    return true;
}

FASTAPI_INLINE bool Session::get_object(const detail::SqlTable& table, const detail::StoredValue* keys, const detail::Type* const* types, std::size_t count, void* object) {
    if (count != table.keys.size())
        throw std::logic_error(detail::concat({"fastapi: session.get: the primary key of ", table.name, " has ",
                                               detail::integer_text(static_cast<std::int64_t>(table.keys.size())), " columns"}));
    const detail::ConnectionUse& use = ready(false);
    detail::Cursor cursor(use, {&table, detail::TableStatement::Kind::select});
    for (std::size_t i = 0; i != count; ++i) {
        const detail::SqlColumn& column = table.columns[table.keys[i]];
        const detail::Type* type = types[i]->kind == detail::Kind::optional ? static_cast<const detail::OptionalTraits*>(types[i]->traits)->inner.type : types[i];
        if (type->kind != column.type->kind)
            throw std::logic_error(detail::concat({"fastapi: session.get: this is no value of the column ", table.name, ".", column.name}));
        cursor.bind(static_cast<int>(i + 1), keys[i].view());
    }
    if (!cursor.step()) return false;
    detail::read_model(table, cursor, 0, object, memory_);
    return true;
}

FASTAPI_INLINE void Session::refresh_object(const detail::SqlTable& table, void* object) {
    if (!read_by_key(table, object, object))
        throw StaleDataError(detail::concat({"the row of ", table.name, " that should be read again is not there"}), table.select_by_key);
    for (const detail::SqlRelationship& relationship : table.relationships) relationship.ops->unload(static_cast<char*>(object) + relationship.offset);
}

FASTAPI_INLINE void Session::delete_object(const detail::SqlTable& table, const void* object) {
    snapshot(table, object);
    const detail::ConnectionUse& use = ready(true);
    detail::Cursor cursor(use, {&table, detail::TableStatement::Kind::remove});
    detail::bind_key(cursor, table, object);
    cursor.step();
    if (cursor.changes() != 1) throw StaleDataError(detail::concat({"the row of ", table.name, " that should be deleted is not there"}), cursor.sql());
    memory_.forget();
}

FASTAPI_INLINE void Session::merge_object(const detail::SqlTable& table, void* object) {
    if (!detail::awaits_key(table, object) && !detail::is_stored(table, object)) {
        ready(true);
        detail::Cursor cursor(use_, detail::concat({"SELECT 1 FROM ", detail::sql_name(table.name), table.by_key}));
        detail::bind_key(cursor, table, object);
        if (cursor.step()) detail::mark_stored(table, object);
    }
    add_object(table, object);
}

FASTAPI_INLINE void Session::expunge_object(const detail::SqlTable& table, const void* object) {
    snapshot(table, object);
    memory_.forget();
}

// --- queries ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE detail::Cursor Session::run(const detail::SelectStatement& statement) {
    detail::WrittenStatement written;
    detail::write_select(statement, written);
    detail::Cursor cursor(ready(false), written.sql);
    for (std::size_t i = 0; i != written.values.size(); ++i) cursor.bind_copy(static_cast<int>(i + 1), written.values[i]->view());
    return cursor;
}
// The first step is taken: an error is thrown here, and rows are counted.
FASTAPI_INLINE detail::Cursor Session::run_change(const detail::ChangeStatement& statement) {
    detail::WrittenStatement written;
    detail::write_change(statement, written);
    detail::Cursor cursor(ready(true), written.sql);
    for (std::size_t i = 0; i != written.values.size(); ++i) cursor.bind_copy(static_cast<int>(i + 1), written.values[i]->view());
    cursor.begin();
    memory_.clear(); // what it knew may be otherwise now
    return cursor;
}
FASTAPI_INLINE detail::Cursor Session::run_text(const sql::Text& statement) {
    detail::Cursor cursor(ready(false), statement.sql());
    if (!cursor.is_read_only()) {
        ready(true);
        memory_.clear();
    }
    for (const auto& [name, value] : statement.values()) cursor.bind_copy(name, value.view());
    cursor.begin();
    return cursor;
}
FASTAPI_INLINE std::int64_t Session::execute(const sql::Text& statement) { return run_text(statement).changes(); }

} // namespace fastapi
