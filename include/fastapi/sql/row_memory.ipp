#pragma once

#include <algorithm>
#include <cstring>
#include <functional>

#include "fastapi/sql/row_memory.hpp"
#include "fastapi/sql/table.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_INLINE void RowBytes::grow(std::size_t bytes) {
    std::size_t wanted = std::max(size_ + bytes, std::max(capacity_ * 4, std::size_t{2048}));
    char* made = new char[wanted];
    std::string_view{*this}.copy(made, size_);
    delete[] data_;
    data_ = made;
    capacity_ = wanted;
}

inline constexpr char long_text = 0x40; // added to the kind
FASTAPI_INLINE char* put_value(char* at, std::string_view text, SqlValue::Kind kind) {
    std::uint64_t size = text.size();
    *at = static_cast<char>(kind);
    if (size <= whole_text) {
        at[1] = static_cast<char>(size);
        text.copy(at + 2, text.size());
        return at + 2 + text.size();
    }
    *at = static_cast<char>(*at | long_text);
    std::uint64_t hash = std::hash<std::string_view>{}(text);
    std::memcpy(at + 1, &size, 8);
    std::memcpy(at + 9, &hash, 8);
    return at + 17;
}
FASTAPI_INLINE char* put_value(char* at, const SqlValue& value) {
    if (value.kind == SqlValue::Kind::integer) return put_value(at, value.integer);
    if (value.kind == SqlValue::Kind::real) return put_value(at, value.real);
    if (value.kind != SqlValue::Kind::null) return put_value(at, value.bytes, value.kind);
    return put_value(at, nullptr);
}
FASTAPI_INLINE void put_value(RowBytes& out, const SqlValue& value) { out.end(put_value(out.room(value_room), value)); }
// The bytes that a value takes in what put_value wrote.
FASTAPI_INLINE std::size_t value_size(const char* at) {
    if (*at & long_text) return 17;
    auto kind = static_cast<SqlValue::Kind>(*at);
    if (kind == SqlValue::Kind::null) return 1;
    if (kind == SqlValue::Kind::integer || kind == SqlValue::Kind::real) return 9;
    return std::size_t{2} + static_cast<unsigned char>(at[1]);
}

FASTAPI_INLINE bool holds_value(const char* at, const SqlValue& value) {
    char made[value_room];
    auto size = static_cast<std::size_t>(put_value(made, value) - made);
    return size == value_size(at) && std::memcmp(made, at, size) == 0;
}

FASTAPI_INLINE void RowMemory::put(const SqlColumn& column, const SqlValue& value) {
    if (!column.primary_key) {
        at_ = put_value(at_, value);
    } else if (value.kind == SqlValue::Kind::integer && tables_[table_]->keys.size() == 1) {
        number_ = static_cast<std::uint64_t>(value.integer);
    } else {
        put_value(key_, value);
    }
}
FASTAPI_INLINE RowMemory::Entry RowMemory::entry_at(std::size_t offset) const {
    Entry entry;
    std::memcpy(&entry, bytes_.data() + offset, sizeof entry);
    return entry;
}
// Of the row that is written down.
FASTAPI_INLINE RowMemory::Entry RowMemory::entry_here() {
    if (key_.size() != 0) number_ = std::hash<std::string_view>{}(key_);
    return {number_, static_cast<std::uint32_t>(at_ - row()), static_cast<std::uint32_t>(key_.size()) & 0xFFFFFU, static_cast<std::uint32_t>(table_) & 0x7FFU, 1U};
}
FASTAPI_INLINE void RowMemory::find_table(const SqlTable& table) {
    table_ = static_cast<std::size_t>(std::find(tables_.begin(), tables_.end(), &table) - tables_.begin());
    if (table_ != tables_.size()) return;
    if (tables_.size() == max_tables) {
        clear();
        tables_.clear();
        table_ = 0;
        at_ = bytes_.data() + sizeof(Entry);
    }
    tables_.push_back(&table);
}
FASTAPI_INLINE void RowMemory::append(bool known) {
    Entry entry = entry_here();
    entry.known = known ? 1U : 0U;
    if (found_ != 0 && entry_at(found_ - 1).row == entry.row) { // in its place
        std::memcpy(bytes_.data() + found_ - 1, &entry, sizeof entry);
        std::memcpy(bytes_.data() + found_ - 1 + sizeof entry, row(), entry.row);
        return;
    }
    if (kept_ + sizeof entry + entry.row + entry.key > max_bytes && kept_ != 0) { // everything else is forgotten
        std::memmove(bytes_.data() + sizeof entry, row(), entry.row);
        clear();
        at_ = bytes_.data() + sizeof entry + entry.row;
    }
    std::memcpy(bytes_.data() + kept_, &entry, sizeof entry);
    last_ = kept_ + 1;
    bytes_.end(at_);
    if (entry.key != 0) {
        char* room = bytes_.room(entry.key);
        std::memcpy(room, key_.data(), entry.key);
        bytes_.end(room + entry.key);
    }
    kept_ = bytes_.size();
}

// MurmurHash3's last steps.
FASTAPI_INLINE std::uint64_t hash_of(const void* table, std::uint64_t number) {
    std::uint64_t mixed = number ^ reinterpret_cast<std::uintptr_t>(table);
    mixed = (mixed ^ mixed >> 33U) * 0xFF51AFD7ED558CCDU;
    mixed = (mixed ^ mixed >> 33U) * 0xC4CEB9FE1A85EC53U;
    return mixed ^ mixed >> 33U;
}
FASTAPI_INLINE bool RowMemory::same_key(std::size_t offset, const Entry& entry, const char* key) const {
    Entry other = entry_at(offset);
    if (other.table != entry.table || other.number != entry.number || other.key != entry.key) return false;
    return entry.key == 0 || std::memcmp(bytes_.data() + offset + sizeof other + other.row, key, entry.key) == 0;
}
// Where the row of an entry is, or could be. There is a free place always.
FASTAPI_INLINE RowMemory::Place& RowMemory::place_of(const Entry& entry, const char* key, std::uint64_t hash) {
    std::size_t mask = places_.size() - 1;
    for (std::size_t i = static_cast<std::size_t>(hash) & mask;; i = (i + 1) & mask) {
        Place& place = places_[i];
        if (place.at == 0) return place;
        if (place.hash != static_cast<std::uint32_t>(hash)) continue;
        if (same_key(place.at - 1, entry, key)) return place;
    }
}
FASTAPI_INLINE void RowMemory::put_in_order() {
    while (in_order_ != kept_) {
        if ((used_ + 1) * 2 > places_.size()) widen();
        Entry entry = entry_at(in_order_);
        std::uint64_t hash = hash_of(tables_[entry.table], entry.number);
        Place& place = place_of(entry, bytes_.data() + in_order_ + sizeof entry + entry.row, hash);
        if (place.at == 0) ++used_;
        place = {static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(in_order_ + 1)};
        in_order_ += sizeof entry + entry.row + entry.key;
    }
}
FASTAPI_INLINE void RowMemory::widen() {
    Sequence<Place> old;
    old.resize(places_.empty() ? 64 : places_.size() * 4);
    old.swap(places_);
    std::size_t mask = places_.size() - 1;
    for (const Place& place : old) {
        if (place.at == 0) continue;
        std::size_t i = place.hash & mask;
        while (places_[i].at != 0) i = (i + 1) & mask;
        places_[i] = place;
    }
}
FASTAPI_INLINE char* RowMemory::find() {
    Entry entry = entry_here();
    if (last_ != 0 && same_key(last_ - 1, entry, key_.data())) { // most often it was read just now
        found_ = last_;
    } else {
        put_in_order();
        if (used_ == 0) return nullptr;
        found_ = place_of(entry, key_.data(), hash_of(tables_[entry.table], entry.number)).at;
    }
    return found_ != 0 && entry_at(found_ - 1).known ? bytes_.data() + found_ - 1 + sizeof entry : nullptr;
}
FASTAPI_INLINE void RowMemory::clear() {
    kept_ = 0;
    in_order_ = 0;
    last_ = 0;
    found_ = 0;
    if (used_ != 0) std::fill(places_.begin(), places_.end(), Place{});
    used_ = 0;
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

} // namespace fastapi::detail
