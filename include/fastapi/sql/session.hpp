#pragma once

// Session: rows read, added, changed and deleted in a transaction.

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fastapi/sql/connection.hpp"
#include "fastapi/sql/engine.hpp"
#include "fastapi/sql/row_memory.hpp"
#include "fastapi/sql/change.hpp"

namespace fastapi {

class Session;

namespace detail {

struct RelationshipLoader;
// The rows of relationships for several objects of a table at once.
void load_rows(Session& session, const SqlTable& table, const Sequence<SqlLoad>& loads, const Sequence<void*>& objects);
// Those that a model has a member for, and behind them what the models of these members have.
void load_members(Session& session, const SqlTable& table, const Model& wanted, const Sequence<void*>& objects);
void read_joined(const Sequence<SqlLoad>& loads, const SqlTable& table, Cursor& cursor, void* object, RowMemory& memory);

} // namespace detail

namespace sql {

// The rows of a query, read as they are asked for: for (auto& hero : session.exec(select<Hero>())) …
template <class Row>
class Result {
  public:
    // limit: rows at most; negative when that is not known.
    Result(detail::Cursor cursor, detail::RowMemory& memory, std::int64_t limit = -1) : cursor_(std::move(cursor)), memory_(&memory), limit_(limit) {}
    Result(detail::Cursor cursor, detail::RowMemory& memory, std::int64_t limit, Session& session, const detail::Sequence<detail::SqlLoad>& loads)
        : cursor_(std::move(cursor)), memory_(&memory), limit_(limit), session_(&session), loads_(loads) {}

    std::vector<Row> all() {
        std::vector<Row> rows;
        if (cursor_.step()) {
            // All of a page at once, but not much for a limit that is never reached.
            constexpr std::int64_t most = 16384 / sizeof(Row) + 1;
            if (limit_ > 0) rows.reserve(static_cast<std::size_t>(limit_ < most ? limit_ : most));
            do {
                if constexpr (std::is_same_v<Row, bool>) { // a std::vector<bool> has no element to read into
                    read(row_);
                    rows.push_back(row_);
                } else {
                    read(rows.emplace_back());
                }
            } while (cursor_.step());
        }
        cursor_.close();
        load(rows);
        return rows;
    }
    // Nothing when there is no row.
    std::optional<Row> first() {
        std::optional<Row> row;
        if (cursor_.step()) read(row.emplace());
        cursor_.close();
        load(row);
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
        load(row);
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
        Row& operator*() const { return *result_->current_; }
        Row* operator->() const { return result_->current_; }
        iterator& operator++() {
            if (!result_->next()) result_ = nullptr;
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
    void read(Row& row) {
        detail::read_row(cursor_, row, *memory_);
        if constexpr (detail::is_table<Row>)
            if (!loads_.empty()) detail::read_joined(loads_, detail::table_of<Row>(), cursor_, &row, *memory_);
    }
    template <class Rows>
    void load(Rows& rows) {
        if constexpr (detail::is_table<Row>) {
            if (loads_.empty()) return;
            detail::Sequence<void*> objects;
            if constexpr (std::is_same_v<Rows, std::optional<Row>>) {
                if (rows) objects.push_back(&*rows);
            } else {
                for (Row& row : rows) objects.push_back(&row);
            }
            detail::load_rows(*session_, detail::table_of<Row>(), loads_, objects);
        }
    }
    // The next row of a loop. They are read one by one, or so many at once that loads pay.
    bool next() {
        if constexpr (detail::is_table<Row>)
            if (!loads_.empty()) {
                if (++at_ >= rows_.size()) {
                    rows_.clear();
                    at_ = 0;
                    while (rows_.size() < 100 && cursor_.step()) read(rows_.emplace_back());
                    load(rows_);
                }
                if (rows_.empty()) cursor_.close();
                current_ = rows_.empty() ? nullptr : &rows_[at_];
                return current_ != nullptr;
            }
        if (!cursor_.step()) {
            cursor_.close();
            return false;
        }
        row_ = Row{};
        read(row_);
        current_ = &row_;
        return true;
    }
    detail::Cursor cursor_;
    detail::RowMemory* memory_;
    std::int64_t limit_;
    Session* session_ = nullptr;
    detail::Sequence<detail::SqlLoad> loads_{};
    Row row_{};               // of a loop
    std::vector<Row> rows_{}; // of a loop with loads
    std::size_t at_ = 0;
    Row* current_ = nullptr;
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
        add_object(detail::table_of<T>(), changeable(object));
    }
    template <class T>
    void add(T&& object)
        requires(!std::is_lvalue_reference_v<T>)
    {
        add_object(detail::table_of<T>(), changeable(object));
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
        detail::StoredValue keys[] = {stored(key)...};
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
        refresh_object(detail::table_of<T>(), changeable(object));
    }
    // Writes an object whose row may be there or not: by its primary key.
    template <class T>
    void merge(T& object) {
        merge_object(detail::table_of<T>(), changeable(object));
    }
    // Forgets what was read of the object's row: the next add() writes all its columns.
    template <class T>
    void expunge(const T& object) {
        expunge_object(detail::table_of<T>(), &object);
    }

    template <class Row, class Tables>
    [[nodiscard]] sql::Result<Row> exec(const sql::Select<Row, Tables>& query) {
        if constexpr (detail::is_table<Row>)
            if (!query.statement().loads.empty()) return {run(query.statement()), memory_, query.statement().limit.integer, *this, query.statement().loads};
        return {run(query.statement()), memory_, query.statement().limit.integer};
    }
    // Reads a relationship of an object, or of each in a vector, and further ones behind it: session.load<&Team::heroes, &Hero::powers>(team).
    template <auto... Member, class T>
    void load(T& object) {
        static_assert(sizeof...(Member) > 0, "fastapi: session.load<&Team::heroes>(team): what is to be loaded?");
        detail::load_rows(*this, detail::table_of<T>(), {detail::LoadOption<false, Member...>::template load<T>()}, {changeable(object)});
    }
    template <auto... Member, class T>
    void load(std::vector<T>& objects) {
        check<T>();
        detail::Sequence<void*> all;
        for (T& object : objects) all.push_back(&object);
        detail::load_rows(*this, detail::table_of<T>(), {detail::LoadOption<false, Member...>::template load<T>()}, all);
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

    // Begins a transaction that writes, or makes the one that reads such a one: no other session writes until it ends.
    void begin();
    // Everything is written already: add() writes at once.
    void flush() {}
    void commit();
    void rollback();
    [[nodiscard]] bool in_transaction() const { return static_cast<bool>(use_); }

    // A transaction in the transaction: what it wrote is undone unless commit() was called, which throws std::logic_error when the one
    // around it has ended before.
    class Nested {
      public:
        explicit Nested(Session& session);
        ~Nested();
        Nested(const Nested&) = delete;
        Nested& operator=(const Nested&) = delete;
        void commit();
        void rollback();

      private:
        [[nodiscard]] bool is_there() const;
        Session& session_;
        std::uint64_t transaction_;
        int depth_;
        bool open_ = true;
    };
    [[nodiscard]] Nested begin_nested() { return Nested(*this); }

  private:
    template <class T>
    static void check() {
        static_assert(!detail::is_optional<T>, "fastapi: this is a std::optional of an object, as session.get<Hero>(…) gives it: pass *hero");
        static_assert(detail::is_table<T>, "fastapi: this model is no table: give it a name, static constexpr auto table = \"heroes\";");
    }
    template <class T>
    static void* changeable(T& object) {
        check<T>();
        static_assert(!std::is_const_v<T>, "fastapi: session.add() and its kind write into the object (a new row's number, say), and this one is const");
        return const_cast<std::remove_const_t<T>*>(&object);
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
    static detail::StoredValue stored(const K& key) {
        using V = std::remove_cvref_t<decltype(plain(key))>;
        const V& value = plain(key);
        if constexpr (detail::is_optional<V>) {
            return value ? stored(*value) : detail::StoredValue{};
        } else if constexpr (std::is_integral_v<V> && sizeof(V) > 1 && (std::is_signed_v<V> || sizeof(V) < 8)) {
            return {detail::SqlValue::Kind::integer, std::int64_t{value}, 0, {}};
        } else {
            return detail::SqlType<V>::store(value);
        }
    }
    friend struct detail::RelationshipLoader;
    void add_object(const detail::SqlTable& table, void* object);
    bool get_object(const detail::SqlTable& table, const detail::StoredValue* keys, const detail::Type* const* types, std::size_t count, void* object);
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
    bool replace_values(const void* object);

    Engine* engine_;
    SessionOptions options_;
    detail::ConnectionUse use_;
    bool writes_ = false;
    std::uint64_t transactions_ = 0; // begun so far
    int nested_ = 0;                 // how many are open
    detail::RowMemory memory_;
    std::vector<std::string> scratch_{}; // of values, one a column
    detail::Sequence<detail::ChangedColumn> changed_{}; // of the object that is written
};

} // namespace fastapi
