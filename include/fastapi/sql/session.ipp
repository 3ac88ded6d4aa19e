#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <stdexcept>

#include "fastapi/sql/engine.ipp"
#include "fastapi/sql/query.ipp"
#include "fastapi/sql/session.hpp"
#include "fastapi/version.hpp"

#if !defined(FASTAPI_NO_SQLITE)

namespace fastapi {

namespace detail {

// --- what is remembered -------------------------------------------------------------------------------------------------

FASTAPI_INLINE void RowBytes::grow(std::size_t bytes) {
    std::size_t wanted = std::max(size_ + bytes, std::max(capacity_ * 2, std::size_t{256}));
    char* made = new char[wanted];
    std::string_view{*this}.copy(made, size_);
    delete[] data_;
    data_ = made;
    capacity_ = wanted;
}

// An entry: the table, the size of the key, the size of the columns, key, columns.
struct RowEntry {
    const SqlTable* table;
    std::uint32_t key;
    std::uint32_t columns;
};

FASTAPI_INLINE std::size_t RowMemory::place_of(const SqlTable& table, std::string_view row_key, std::uint64_t hash) const {
    std::size_t mask = places_.size() - 1;
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
        const Place& place = places_[i];
        if (place.at == 0) return i;
        if (place.hash != hash) continue;
        RowEntry entry;
        std::memcpy(&entry, bytes_.data() + place.at - 1, sizeof entry);
        if (entry.table == &table && std::string_view{bytes_.data() + place.at - 1 + sizeof entry, entry.key} == row_key) return i;
    }
}
FASTAPI_INLINE std::uint64_t hash_of(const SqlTable& table, std::string_view row_key) {
    return std::hash<std::string_view>{}(row_key) ^ (reinterpret_cast<std::uintptr_t>(&table) * 0x9E3779B97F4A7C15U);
}
FASTAPI_INLINE std::string_view RowMemory::find(const SqlTable& table, std::string_view row_key) const {
    if (places_.empty()) return {};
    const Place& place = places_[place_of(table, row_key, hash_of(table, row_key))];
    if (place.at == 0) return {};
    RowEntry entry;
    std::memcpy(&entry, bytes_.data() + place.at - 1, sizeof entry);
    return {bytes_.data() + place.at - 1 + sizeof entry + entry.key, entry.columns};
}
FASTAPI_INLINE void RowMemory::put(const SqlTable& table, std::string_view row_key, std::string_view row) {
    if (bytes_.size() + row_key.size() + row.size() + sizeof(RowEntry) > max_bytes) clear();
    if (row.size() > max_bytes / 4) return;
    if ((used_ + 1) * 2 > places_.size()) {
        std::vector<Place> old(places_.empty() ? 64 : places_.size() * 2);
        old.swap(places_);
        for (const Place& place : old) {
            if (place.at == 0) continue;
            std::size_t i = place.hash & (places_.size() - 1);
            while (places_[i].at != 0) i = (i + 1) & (places_.size() - 1);
            places_[i] = place;
        }
    }
    std::uint64_t hash = hash_of(table, row_key);
    Place& place = places_[place_of(table, row_key, hash)];
    if (place.at != 0) {
        RowEntry entry;
        std::memcpy(&entry, bytes_.data() + place.at - 1, sizeof entry);
        if (entry.columns >= row.size() && (entry.columns == row.size() || row.empty())) { // in its place
            entry.columns = static_cast<std::uint32_t>(row.size());
            std::memcpy(bytes_.data() + place.at - 1, &entry, sizeof entry);
            row.copy(bytes_.data() + place.at - 1 + sizeof entry + entry.key, row.size());
            return;
        }
    } else {
        ++used_;
    }
    RowEntry entry{&table, static_cast<std::uint32_t>(row_key.size()), static_cast<std::uint32_t>(row.size())};
    place = {hash, static_cast<std::uint32_t>(bytes_.size() + 1)};
    char* room = bytes_.add(sizeof entry + row_key.size() + row.size());
    std::memcpy(room, &entry, sizeof entry);
    row_key.copy(room + sizeof entry, row_key.size());
    row.copy(room + sizeof entry + row_key.size(), row.size());
}
FASTAPI_INLINE void RowMemory::clear() {
    bytes_.clear();
    places_.clear();
    used_ = 0;
}

// A value for comparison: its kind, then a number, or size and text. Of long text its hash stands for it.
FASTAPI_INLINE void put_value(RowBytes& out, const SqlValue& value) {
    char kind = static_cast<char>(value.kind);
    switch (value.kind) {
    case SqlValue::Kind::null: *out.add(1) = kind; break;
    case SqlValue::Kind::integer:
    case SqlValue::Kind::real: {
        char* room = out.add(9);
        *room = kind;
        if (value.kind == SqlValue::Kind::integer) {
            std::memcpy(room + 1, &value.integer, 8);
        } else {
            std::memcpy(room + 1, &value.real, 8);
        }
        break;
    }
    default: {
        std::uint64_t size = value.bytes.size();
        bool whole = size <= 256;
        char* room = out.add(9 + (whole ? value.bytes.size() : sizeof(std::size_t)));
        *room = kind;
        std::memcpy(room + 1, &size, 8);
        if (whole) {
            value.bytes.copy(room + 9, value.bytes.size());
        } else {
            std::size_t hash = std::hash<std::string_view>{}(value.bytes);
            std::memcpy(room + 9, &hash, sizeof hash);
        }
    }
    }
}
// The bytes that a value takes in what put_value wrote.
FASTAPI_INLINE std::size_t value_size(const char* at) {
    auto kind = static_cast<SqlValue::Kind>(*at);
    if (kind == SqlValue::Kind::null) return 1;
    if (kind == SqlValue::Kind::integer || kind == SqlValue::Kind::real) return 9;
    std::uint64_t size = 0;
    std::memcpy(&size, at + 1, 8);
    return 9 + (size <= 256 ? static_cast<std::size_t>(size) : sizeof(std::size_t));
}

FASTAPI_INLINE bool is_stored(const SqlTable& table, const void* object) {
    for (std::uint16_t key : table.keys) {
        const SqlColumn& column = table.columns[key];
        if (!column.has_state || static_cast<const char*>(object)[column.state_offset] != static_cast<char>(FieldState::stored)) return false;
    }
    return true;
}
FASTAPI_INLINE void mark_stored(const SqlTable& table, void* object) {
    for (std::uint16_t key : table.keys) {
        const SqlColumn& column = table.columns[key];
        if (column.has_state) static_cast<char*>(object)[column.state_offset] = static_cast<char>(FieldState::stored);
    }
}

FASTAPI_INLINE void bind_key(Cursor& cursor, const SqlTable& table, const void* object) {
    std::string scratch;
    int index = 0;
    for (std::uint16_t key : table.keys) cursor.bind_copy(++index, column_value(table.columns[key], object, scratch));
}

FASTAPI_INLINE SqlValue sql_cell(Cursor& cursor, int index) { return cursor.column(index); }
FASTAPI_INLINE void read_model(const SqlTable& table, Cursor& cursor, int first, void* object, RowMemory& memory) {
    RowBytes& key = memory.key;
    RowBytes& columns = memory.columns;
    key.clear();
    columns.clear();
    for (const SqlColumn& column : table.columns) {
        SqlValue value = cursor.column(first++);
        put_value(columns, value);
        if (column.primary_key) put_value(key, value);
        read_column(table, column, value, object);
    }
    memory.put(table, key, columns);
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
            detail::ConnectionUse use = detail::acquire_connection(engine_->pool());
            detail::run_statement(use, write ? "BEGIN IMMEDIATE" : "BEGIN");
            use_ = std::move(use);
        } catch (...) {
            if (write) detail::unlock_writer(engine_->pool());
            throw;
        }
        writes_ = write;
    } else if (write && !writes_) {
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
    detail::run_statement(use_, word);
    nested_ = 0;
    use_ = {};
    if (std::exchange(writes_, false)) detail::unlock_writer(engine_->pool());
}
FASTAPI_INLINE void Session::commit() { end("COMMIT"); }
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
    depth_ = ++session.nested_;
    detail::run_statement(use, detail::concat({"SAVEPOINT nested_", detail::integer_text(depth_)}));
}
FASTAPI_INLINE void Session::Nested::commit() {
    if (!std::exchange(open_, false)) return;
    detail::run_statement(session_.use_, detail::concat({"RELEASE nested_", detail::integer_text(depth_)}));
    session_.nested_ = depth_ - 1;
}
FASTAPI_INLINE void Session::Nested::rollback() {
    if (!std::exchange(open_, false)) return;
    session_.memory_.clear();
    detail::run_statement(session_.use_, detail::concat({"ROLLBACK TO nested_", detail::integer_text(depth_)}));
    detail::run_statement(session_.use_, detail::concat({"RELEASE nested_", detail::integer_text(depth_)}));
    session_.nested_ = depth_ - 1;
}
FASTAPI_INLINE Session::Nested::~Nested() {
    if (!open_ || !session_.use_ || session_.nested_ < depth_) return;
    try {
        rollback();
    } catch (...) { // the transaction is gone, and this with it
    }
}

// --- objects ------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE void Session::snapshot(const detail::SqlTable& table, const void* object) {
    memory_.key.clear();
    memory_.columns.clear();
    std::string scratch;
    for (const detail::SqlColumn& column : table.columns) {
        detail::SqlValue value = detail::column_value(column, object, scratch);
        detail::put_value(memory_.columns, value);
        if (column.primary_key) detail::put_value(memory_.key, value);
    }
}
FASTAPI_INLINE void Session::remember(const detail::SqlTable& table, const void* object) {
    snapshot(table, object);
    memory_.put(table, memory_.key, memory_.columns);
}

FASTAPI_INLINE void Session::add_object(const detail::SqlTable& table, void* object) {
    if (detail::is_stored(table, object)) {
        update_object(table, object);
    } else {
        insert_object(table, object);
    }
}

FASTAPI_INLINE void Session::insert_object(const detail::SqlTable& table, void* object) {
    const detail::ConnectionUse& use = ready(true);
    if (scratch_.size() < table.columns.size()) scratch_.resize(table.columns.size());
    bool without_key = false;
    if (table.key_by_database) {
        const detail::SqlColumn& key = table.columns[table.keys[0]];
        without_key = key.optional->get(static_cast<const char*>(object) + key.offset) == nullptr;
    }
    detail::Cursor cursor(use, without_key ? table.insert_without_key : table.insert);
    int index = 0;
    for (std::size_t i = 0; i != table.columns.size(); ++i) {
        const detail::SqlColumn& column = table.columns[i];
        if (without_key && column.primary_key) continue;
        cursor.bind(++index, detail::column_value(column, object, scratch_[i]));
    }
    cursor.step();
    if (without_key) {
        detail::read_column(table, table.columns[table.keys[0]], detail::SqlValue::of(cursor.last_row_id()), object);
    } else {
        detail::mark_stored(table, object);
    }
    cursor.close();
    remember(table, object);
}

FASTAPI_INLINE void Session::update_object(const detail::SqlTable& table, void* object) {
    snapshot(table, object);
    std::string_view before = memory_.find(table, memory_.key);
    const char* old = before.data();
    const char* now = memory_.columns.data();
    std::string sql = detail::concat({"UPDATE ", detail::sql_name(table.name), " SET "});
    std::vector<const detail::SqlColumn*> changed;
    for (const detail::SqlColumn& column : table.columns) {
        std::size_t size = detail::value_size(now);
        bool same = false;
        if (!before.empty()) {
            std::size_t old_size = detail::value_size(old);
            same = old_size == size && std::memcmp(old, now, size) == 0;
            old += old_size;
        }
        now += size;
        if (same || column.primary_key) continue;
        if (!changed.empty()) sql += ", ";
        sql += detail::sql_name(column.name);
        sql += " = ?";
        changed.push_back(&column);
    }
    if (changed.empty()) return;
    sql += table.by_key;
    const detail::ConnectionUse& use = ready(true);
    if (scratch_.size() < table.columns.size()) scratch_.resize(table.columns.size());
    detail::Cursor cursor(use, sql);
    int index = 0;
    std::size_t room = 0;
    for (const detail::SqlColumn* column : changed) cursor.bind(++index, detail::column_value(*column, object, scratch_[room++]));
    for (std::uint16_t key : table.keys) cursor.bind(++index, detail::column_value(table.columns[key], object, scratch_[room++]));
    cursor.step();
    if (cursor.changes() != 1)
        throw StaleDataError(detail::concat({"the row of ", table.name, " that should be changed is not there: it was deleted, or its insertion was rolled back"}), sql);
    cursor.close();
    memory_.put(table, memory_.key, memory_.columns);
}

FASTAPI_INLINE bool Session::read_by_key(const detail::SqlTable& table, const void* with_key, void* object) {
    const detail::ConnectionUse& use = ready(false);
    detail::Cursor cursor(use, table.select_by_key);
    detail::bind_key(cursor, table, with_key);
    if (!cursor.step()) return false;
    detail::read_model(table, cursor, 0, object, memory_);
    return true;
}

FASTAPI_INLINE bool Session::get_object(const detail::SqlTable& table, detail::HeldValue* keys, const detail::Type* const* types, std::size_t count, void* object) {
    if (count != table.keys.size())
        throw std::logic_error(detail::concat({"fastapi: session.get: the primary key of ", table.name, " has ",
                                               detail::integer_text(static_cast<std::int64_t>(table.keys.size())), " columns"}));
    const detail::ConnectionUse& use = ready(false);
    detail::Cursor cursor(use, table.select_by_key);
    for (std::size_t i = 0; i != count; ++i) {
        const detail::SqlColumn& column = table.columns[table.keys[i]];
        detail::SqlValue value = keys[i].value;
        const detail::Type* type = types[i]->kind == detail::Kind::optional ? static_cast<const detail::OptionalTraits*>(types[i]->traits)->inner.type : types[i];
        if (type->kind != column.type->kind)
            throw std::logic_error(detail::concat({"fastapi: session.get: this is no value of the column ", table.name, ".", column.name}));
        if (value.kind == detail::SqlValue::Kind::text || value.kind == detail::SqlValue::Kind::blob) value.bytes = keys[i].scratch;
        cursor.bind(static_cast<int>(i + 1), value);
    }
    if (!cursor.step()) return false;
    detail::read_model(table, cursor, 0, object, memory_);
    return true;
}

FASTAPI_INLINE void Session::refresh_object(const detail::SqlTable& table, void* object) {
    if (!read_by_key(table, object, object))
        throw StaleDataError(detail::concat({"the row of ", table.name, " that should be read again is not there"}), table.select_by_key);
}

FASTAPI_INLINE void Session::delete_object(const detail::SqlTable& table, const void* object) {
    snapshot(table, object);
    const detail::ConnectionUse& use = ready(true);
    std::string sql = detail::concat({"DELETE FROM ", detail::sql_name(table.name), table.by_key});
    detail::Cursor cursor(use, sql);
    detail::bind_key(cursor, table, object);
    cursor.step();
    if (cursor.changes() != 1) throw StaleDataError(detail::concat({"the row of ", table.name, " that should be deleted is not there"}), sql);
    memory_.forget(table, memory_.key);
}

FASTAPI_INLINE void Session::merge_object(const detail::SqlTable& table, void* object) {
    bool has_key = true;
    if (table.key_by_database) {
        const detail::SqlColumn& key = table.columns[table.keys[0]];
        has_key = key.optional->get(static_cast<const char*>(object) + key.offset) != nullptr;
    }
    if (has_key && !detail::is_stored(table, object)) {
        ready(true);
        detail::Cursor cursor(use_, detail::concat({"SELECT 1 FROM ", detail::sql_name(table.name), table.by_key}));
        detail::bind_key(cursor, table, object);
        if (cursor.step()) detail::mark_stored(table, object);
    }
    add_object(table, object);
}

FASTAPI_INLINE void Session::expunge_object(const detail::SqlTable& table, const void* object) {
    snapshot(table, object);
    memory_.forget(table, memory_.key);
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

#endif
