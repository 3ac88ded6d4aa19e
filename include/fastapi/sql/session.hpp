#pragma once

// Session: rows read, added, changed and deleted in a transaction.

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/sql/connection.hpp"
#include "fastapi/sql/engine.hpp"
#include "fastapi/sql/query.hpp"

namespace fastapi {

class Session;

namespace detail {

// A value with the room that it needs.
struct HeldValue {
    SqlValue value{};
    std::string scratch{};
};

// Bytes that grow, without the zeros that a std::string writes first.
class RowBytes {
  public:
    RowBytes() = default;
    RowBytes(const RowBytes&) = delete;
    RowBytes& operator=(const RowBytes&) = delete;
    ~RowBytes() { delete[] data_; }
    void clear() { size_ = 0; }
    // Room for so many bytes more at the end, which count at once.
    char* add(std::size_t bytes) {
        if (size_ + bytes > capacity_) grow(bytes);
        char* room = data_ + size_;
        size_ += bytes;
        return room;
    }
    [[nodiscard]] char* data() const { return data_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    operator std::string_view() const { return {data_, size_}; } // NOLINT: implicit on purpose

  private:
    void grow(std::size_t bytes);
    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// What the session knows of the rows that it has read or written: it finds the columns that were changed. Bounded: when it
// is full it forgets, and then all columns of a row are written.
class RowMemory {
  public:
    static constexpr std::size_t max_bytes = std::size_t{1} << 20U; // it stays in the cache

    // The columns of a row as they were; empty when they are not known.
    [[nodiscard]] std::string_view find(const SqlTable& table, std::string_view row_key) const;
    void put(const SqlTable& table, std::string_view row_key, std::string_view row);
    void forget(const SqlTable& table, std::string_view row_key) { put(table, row_key, {}); }
    void clear();
    RowBytes key, columns; // of the row that is looked at

  private:
    struct Place {
        std::uint64_t hash = 0;
        std::uint32_t at = 0; // one more than the entry's offset; 0: free
    };
    [[nodiscard]] std::size_t place_of(const SqlTable& table, std::string_view row_key, std::uint64_t hash) const;
    RowBytes bytes_;
    std::vector<Place> places_;
    std::size_t used_ = 0;
};

} // namespace detail

namespace sql {

// The rows of a query, read as they are asked for: for (auto& hero : session.exec(select<Hero>())) …
template <class Row>
class Result {
  public:
    Result(detail::Cursor cursor, detail::RowMemory& memory) : cursor_(std::move(cursor)), memory_(&memory) {}

    std::vector<Row> all() {
        std::vector<Row> rows;
        while (cursor_.step()) read(rows.emplace_back());
        cursor_.close();
        return rows;
    }
    // Nothing when there is no row.
    std::optional<Row> first() {
        std::optional<Row> row;
        if (cursor_.step()) read(row.emplace());
        cursor_.close();
        return row;
    }
    // Throws NoResultFound or MultipleResultsFound unless there is exactly one row.
    Row one() {
        std::optional<Row> row = one_or_none();
        if (!row) throw NoResultFound();
        return std::move(*row);
    }
    // Throws MultipleResultsFound.
    std::optional<Row> one_or_none() {
        std::optional<Row> row;
        if (cursor_.step()) {
            read(row.emplace());
            if (cursor_.step()) {
                cursor_.close();
                throw MultipleResultsFound();
            }
        }
        cursor_.close();
        return row;
    }
    // The first thing of each row.
    auto scalars() {
        if constexpr (detail::is_std_tuple<Row>) {
            std::vector<std::tuple_element_t<0, Row>> items;
            for (Row& row : all()) items.push_back(std::move(std::get<0>(row)));
            return items;
        } else {
            return all();
        }
    }

    class iterator {
      public:
        using value_type = Row;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        explicit iterator(Result* result) : result_(result) { ++*this; }
        Row& operator*() const { return result_->row_; }
        Row* operator->() const { return &result_->row_; }
        iterator& operator++() {
            if (result_->cursor_.step()) {
                result_->row_ = Row{};
                result_->read(result_->row_);
            } else {
                result_->cursor_.close();
                result_ = nullptr;
            }
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& a, std::default_sentinel_t) { return a.result_ == nullptr; }

      private:
        Result* result_;
    };
    iterator begin() { return iterator{this}; }
    static std::default_sentinel_t end() { return {}; }

  private:
    void read(Row& row) { detail::read_row(cursor_, row, *memory_); }
    detail::Cursor cursor_;
    detail::RowMemory* memory_;
    Row row_{};
};

} // namespace sql

struct SessionOptions {
    bool writes = false; // every transaction begins as one that writes: nobody writes between what it reads and what it writes
};

// Used by one thread at a time. Without commit() nothing stays. It reads from one state of the database until commit() or rollback();
// one that writes what it has read calls begin() first, or has .writes, so that nobody writes in between.
class Session {
  public:
    explicit Session(Engine& engine, const SessionOptions& options = {}) : engine_(&engine), options_(options) {}
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Writes an object: a new row, or the changed columns of the row that it came from. It is written at once, and an object that is
    // changed afterwards is added again. A new row's number is put into the object. Throws IntegrityError, StaleDataError, …
    template <class T>
    void add(T& object) {
        check<T>();
        add_object(detail::table_of<T>(), &object);
    }
    template <class T>
    void add(T&& object)
        requires(!std::is_lvalue_reference_v<T>)
    {
        check<T>();
        add_object(detail::table_of<T>(), &object);
    }
    template <class Objects>
    void add_all(Objects&& objects) {
        for (auto& object : objects) add(object);
    }
    // The row with that primary key, of several columns in their order.
    template <class T, class... Key>
    [[nodiscard]] std::optional<T> get(const Key&... key) {
        check<T>();
        static_assert(sizeof...(Key) > 0, "fastapi: session.get<T>(key): of which row?");
        std::optional<T> found;
        detail::HeldValue keys[] = {hold(key)...};
        const detail::Type* types[] = {&detail::type_of<std::remove_cvref_t<decltype(plain(key))>>...};
        if (!get_object(detail::table_of<T>(), keys, types, sizeof...(Key), &found.emplace())) found.reset();
        return found;
    }
    // Deletes the row that the object came from. Throws IntegrityError, StaleDataError.
    template <class T>
    void delete_(const T& object) {
        check<T>();
        delete_object(detail::table_of<T>(), &object);
    }
    // Reads the object's row anew. Throws StaleDataError when it is gone.
    template <class T>
    void refresh(T& object) {
        check<T>();
        refresh_object(detail::table_of<T>(), &object);
    }
    // Writes an object whose row may be there or not: by its primary key.
    template <class T>
    void merge(T& object) {
        check<T>();
        merge_object(detail::table_of<T>(), &object);
    }
    // Forgets what was read of the object's row: the next add() writes all its columns.
    template <class T>
    void expunge(const T& object) {
        expunge_object(detail::table_of<T>(), &object);
    }

    template <class Row, class Tables>
    [[nodiscard]] sql::Result<Row> exec(const sql::Select<Row, Tables>& query) {
        return {run(query.statement()), memory_};
    }
    // The first thing of the first row; nothing when there is none.
    template <class Row, class Tables>
    [[nodiscard]] auto scalar(const sql::Select<Row, Tables>& query) {
        auto row = exec(query).first();
        if constexpr (detail::is_std_tuple<Row>) {
            using First = std::tuple_element_t<0, Row>;
            return row ? std::optional<First>{std::get<0>(*row)} : std::nullopt;
        } else if constexpr (detail::is_optional<Row>) {
            return row ? *row : Row{};
        } else {
            return row;
        }
    }
    // The number of rows of a query, without its limit and offset.
    template <class Row, class Tables>
    [[nodiscard]] std::int64_t count(const sql::Select<Row, Tables>& query) {
        sql::Result<std::int64_t> result{run(detail::counted(query.statement())), memory_};
        return result.one();
    }
    // INSERT, UPDATE and DELETE: the number of rows that they added or changed; or the rows that they return.
    template <class T>
    std::int64_t exec(const sql::Change<T>& change) {
        return run_change(change.change()).changes();
    }
    template <class Row>
    [[nodiscard]] sql::Result<Row> exec(const sql::Returning<Row>& change) {
        return {run_change(change.change()), memory_};
    }
    // SQL as text, whose columns are read in their order: session.exec<std::tuple<int, std::string>>(text("SELECT id, name FROM heroes")).
    // It may write: what the session remembers of rows is forgotten.
    template <class Row>
    [[nodiscard]] sql::Result<Row> exec(const sql::Text& statement) {
        return {run_text(statement), memory_};
    }
    // The same without rows: the number of rows that it changed.
    std::int64_t execute(const sql::Text& statement);

    // For Repository and pages: the rows in the order of their primary key; the value of a column.
    template <class T>
    [[nodiscard]] static auto select_in_order() {
        auto query = select<T>();
        query.order_by_key();
        return query;
    }
    template <auto P, class T>
    [[nodiscard]] static detail::StoredValue value_of(const detail::ColumnTerm<P>& column, const T& object) {
        detail::SqlNodes nodes = detail::nodes_of<detail::TypeList<T>>(column);
        std::string scratch;
        return detail::StoredValue::of(detail::column_value(*nodes.front().column, &object, scratch));
    }

    // Begins a transaction that writes, or makes the one that reads such a one: no other session writes until it ends.
    void begin();
    // Everything is written already: add() writes at once.
    void flush() {}
    void commit();
    void rollback();
    [[nodiscard]] bool in_transaction() const { return static_cast<bool>(use_); }

    // A transaction in the transaction: what it wrote is undone unless commit() was called.
    class Nested {
      public:
        explicit Nested(Session& session);
        ~Nested();
        Nested(const Nested&) = delete;
        Nested& operator=(const Nested&) = delete;
        void commit();
        void rollback();

      private:
        Session& session_;
        int depth_;
        bool open_ = true;
    };
    [[nodiscard]] Nested begin_nested() { return Nested(*this); }

  private:
    template <class T>
    static void check() {
        static_assert(detail::is_table<T>, "fastapi: this model is no table: give it a name, static constexpr auto table = \"heroes\";");
    }
    template <class K>
    static decltype(auto) plain(const K& key) {
        if constexpr (detail::is_field<K>) {
            return plain(key.value());
        } else if constexpr (std::is_convertible_v<const K&, std::string_view> && !std::is_class_v<std::remove_cvref_t<K>>) {
            return std::string(key);
        } else {
            return (key);
        }
    }
    template <class K>
    static detail::HeldValue hold(const K& key) {
        using V = std::remove_cvref_t<decltype(plain(key))>;
        detail::HeldValue held;
        const V& value = plain(key);
        if constexpr (detail::is_optional<V>) {
            if (value) held = hold(*value);
        } else {
            held.value = detail::SqlType<V>::ops().write(detail::type_of<V>, &value, held.scratch);
            if (held.value.bytes.data() != held.scratch.data()) held.scratch = held.value.bytes;
        }
        return held;
    }
    void add_object(const detail::SqlTable& table, void* object);
    bool get_object(const detail::SqlTable& table, detail::HeldValue* keys, const detail::Type* const* types, std::size_t count, void* object);
    void delete_object(const detail::SqlTable& table, const void* object);
    void refresh_object(const detail::SqlTable& table, void* object);
    void merge_object(const detail::SqlTable& table, void* object);
    void expunge_object(const detail::SqlTable& table, const void* object);
    void insert_object(const detail::SqlTable& table, void* object);
    void update_object(const detail::SqlTable& table, void* object);
    bool read_by_key(const detail::SqlTable& table, const void* with_key, void* object);
    detail::Cursor run(const detail::SelectStatement& statement);
    detail::Cursor run_change(const detail::ChangeStatement& statement);
    detail::Cursor run_text(const sql::Text& statement);
    const detail::ConnectionUse& ready(bool write);
    void end(std::string_view word);
    void snapshot(const detail::SqlTable& table, const void* object);
    void remember(const detail::SqlTable& table, const void* object);

    Engine* engine_;
    SessionOptions options_;
    detail::ConnectionUse use_;
    bool writes_ = false;
    int nested_ = 0;
    detail::RowMemory memory_;
    std::vector<std::string> scratch_{}; // of values, one a column
};

} // namespace fastapi
