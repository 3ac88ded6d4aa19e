#pragma once

// What a session knows of the rows that it has read or written, so that it writes what was changed and nothing else.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "fastapi/sql/table.hpp"

namespace fastapi::detail {

// Bytes that grow, without the zeros that a std::string writes first.
class RowBytes {
  public:
    RowBytes() = default;
    RowBytes(const RowBytes&) = delete;
    RowBytes& operator=(const RowBytes&) = delete;
    ~RowBytes() { delete[] data_; }
    void clear() { size_ = 0; }
    // Room for so many bytes more at the end; end() says where those end that were written there.
    char* room(std::size_t bytes) {
        if (size_ + bytes > capacity_) grow(bytes);
        return data_ + size_;
    }
    void end(const char* at) { size_ = static_cast<std::size_t>(at - data_); }
    void cut(std::size_t size) { size_ = size; }
    [[nodiscard]] char* data() const { return data_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    operator std::string_view() const { return {data_, size_}; } // NOLINT: implicit on purpose

  private:
    void grow(std::size_t bytes);
    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// A value for comparison: its kind, then a number, or size and text. Of long text its hash stands for it.
inline constexpr std::size_t whole_text = 255;             // bytes of text at most that stand there themselves
inline constexpr std::size_t value_room = whole_text + 2; // what a value takes at most
// Each returns where it ends.
inline char* put_value(char* at, std::nullptr_t) {
    *at = static_cast<char>(SqlValue::Kind::null);
    return at + 1;
}
inline char* put_value(char* at, std::int64_t number) {
    *at = static_cast<char>(SqlValue::Kind::integer);
    std::memcpy(at + 1, &number, 8);
    return at + 9;
}
inline char* put_value(char* at, double number) {
    *at = static_cast<char>(SqlValue::Kind::real);
    std::memcpy(at + 1, &number, 8);
    return at + 9;
}
char* put_value(char* at, std::string_view text, SqlValue::Kind kind = SqlValue::Kind::text);
char* put_value(char* at, const SqlValue& value);
void put_value(RowBytes& out, const SqlValue& value);
// The bytes that a value takes in what put_value wrote.
std::size_t value_size(const char* at);
// Whether that is what put_value makes of a value.
inline bool holds_value(const char* at, std::nullptr_t) { return *at == static_cast<char>(SqlValue::Kind::null); }
inline bool holds_value(const char* at, std::int64_t number) {
    return *at == static_cast<char>(SqlValue::Kind::integer) && std::memcmp(at + 1, &number, 8) == 0;
}
inline bool holds_value(const char* at, double number) {
    return *at == static_cast<char>(SqlValue::Kind::real) && std::memcmp(at + 1, &number, 8) == 0;
}
bool holds_value(const char* at, const SqlValue& value);
inline bool holds_value(const char* at, std::string_view text) {
    if (text.size() > whole_text) return holds_value(at, SqlValue::of(text));
    return *at == static_cast<char>(SqlValue::Kind::text) && static_cast<unsigned char>(at[1]) == text.size() && std::memcmp(at + 2, text.data(), text.size()) == 0;
}

// What the session knows of the rows that it has read or written: it finds the columns that were changed. Bounded: when it
// is full it forgets, and then all columns of a row are written. A row is written down, one value of each column after the other,
// and kept, or not. That is all for rows that are only read: they are put in order when one is looked for.
class RowMemory {
  public:
    static constexpr std::size_t max_bytes = std::size_t{1} << 18U; // it stays in a processor's own cache, beside SQLite's pages

    void begin(const SqlTable& table) {
        bytes_.cut(kept_);
        at_ = bytes_.room(sizeof(Entry) + (table.columns.size() + 1) * value_room) + sizeof(Entry);
        key_.clear();
        if (table_ >= tables_.size() || tables_[table_] != &table) find_table(table);
        number_ = 0;
        found_ = 0;
    }
    // Those of the key may come at any time, the others in their order.
    void put(const SqlColumn& column, const SqlValue& value);
    // The same in two parts, for a column that has a kind of its own: the key that is one integer, and what is put_… where the row goes on.
    void put_key(std::int64_t number) { number_ = static_cast<std::uint64_t>(number); }
    [[nodiscard]] char* end() const { return at_; }
    void end(char* at) { at_ = at; }
    // The values that were written down, without those of the key.
    [[nodiscard]] const char* row() const { return bytes_.data() + kept_ + sizeof(Entry); }
    // The same of the row with that key as it was; null when it is not known. Both until keep(), begin() or clear(). A value there may be
    // replaced by one of the same size.
    [[nodiscard]] char* find();
    // What was written down is what the row is now.
    void keep() { append(true); }
    // The row with that key is not known any more.
    void forget() { append(false); }
    void clear();

  private:
    // Behind an entry stand its values, then its key's unless that is one integer. Of several of a row the last one counts.
    struct Entry {
        std::uint64_t number;     // the key, or the hash of its values
        std::uint32_t row;        // bytes
        std::uint32_t key : 20;   // bytes
        std::uint32_t table : 11; // in tables_
        std::uint32_t known : 1;
    };
    static constexpr std::size_t max_tables = std::size_t{1} << 11U;
    struct Place {
        std::uint32_t hash = 0;
        std::uint32_t at = 0; // one more than the entry's offset; 0: free
    };
    void append(bool known);
    void find_table(const SqlTable& table);
    [[nodiscard]] Entry entry_at(std::size_t offset) const;
    [[nodiscard]] Entry entry_here();
    [[nodiscard]] bool same_key(std::size_t offset, const Entry& entry, const char* key) const;
    [[nodiscard]] Place& place_of(const Entry& entry, const char* key, std::uint64_t hash);
    void put_in_order();
    void widen();
    RowBytes bytes_;           // entries, and the row that is written down
    std::size_t kept_ = 0;     // the bytes of the entries
    std::size_t in_order_ = 0; // of those that have places
    std::size_t last_ = 0;     // one more than the offset of the last entry; 0: there is none
    std::size_t found_ = 0;    // the same of the one that find() has found
    char* at_ = nullptr;       // of the row that is written down: where it goes on
    RowBytes key_;             // of the same, unless it is number_
    std::size_t table_ = 0;    // of the same
    std::uint64_t number_ = 0;
    Sequence<const SqlTable*> tables_;
    Sequence<Place> places_;
    std::size_t used_ = 0;
};

// Whether an object is a row of the database already: its primary key says so.
bool is_stored(const SqlTable& table, const void* object);
void mark_stored(const SqlTable& table, void* object);

} // namespace fastapi::detail
