// Our answers to the sequences of generate.py: ours SEQUENCES FOLDER writes a line of JSON for each, as sqlmodel_side.py does for
// SQLModel. Each sequence has a database file of its own, FOLDER/ours-SEED.db.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "queries.hpp"

namespace differential {

// An object that the program holds. It is read again before use when its row may be otherwise by now.
template <class T>
struct Held {
    json key;
    T object;
    bool fresh;
};

json error_of(const DatabaseError& error) {
    if (const auto* integrity = dynamic_cast<const IntegrityError*>(&error)) {
        static constexpr const char* kinds[] = {"other", "unique", "primary_key", "foreign_key", "not_null", "check"};
        return {{"error", "IntegrityError"},
                {"kind", kinds[static_cast<int>(integrity->constraint())]},
                {"columns", integrity->columns()}};
    }
    if (dynamic_cast<const StaleDataError*>(&error)) return {{"error", "StaleDataError"}};
    if (dynamic_cast<const NoResultFound*>(&error)) return {{"error", "NoResultFound"}};
    if (dynamic_cast<const MultipleResultsFound*>(&error)) return {{"error", "MultipleResultsFound"}};
    return {{"error", error.what()}};
}

class Run {
  public:
    Run(int seed, const std::string& folder)
        : engine_("sqlite:///" + folder + "/ours-" + std::to_string(seed) + ".db?synchronous=off") {
        create_all<Country, Team, Hero, Mission, Link>(engine_);
        session_.emplace(engine_);
    }

    json answer(const json& op) {
        const std::string what = op["op"];
        try {
            if (what == "nested") return nested(op);
            if (what == "commit") return session_->commit(), json::object();
            if (what == "rollback") return session_->rollback(), distrust(), json{{"tables", tables()}};
            if (what == "new_session") {
                session_.reset(); // without commit()
                session_.emplace(engine_);
                distrust();
                return {{"tables", tables()}};
            }
            if (what == "columns") return columns(op);
            if (what == "aggregate") return aggregate(op);
            if (what == "group") return group(op);
            if (what == "join") return join(op);
            if (what == "union") return unions(op);
            if (what == "text") return text(op);
            if (what == "rows_of_text")
                return {{"rows",
                         shown_rows(
                             session_->exec<std::tuple<std::int64_t, std::optional<std::string>>>(text_of(op)).all())}};
            json made;
            with_table(op["table"].get<std::string>(),
                       [&]<class T>(std::type_identity<T>) { made = of_table<T>(what, op); });
            return made;
        } catch (const DatabaseError& error) {
            return error_of(error);
        } catch (const std::exception& error) {
            return {{"exception", error.what()}};
        }
    }
    json finish() {
        session_->commit();
        json rows = tables();
        session_.reset();
        return {{"tables", rows}};
    }

  private:
    template <class T>
    json of_table(const std::string& what, const json& op) {
        if (what == "add") return add<T>(op);
        if (what == "add_all") return add_all<T>(op);
        if (what == "get") return get<T>(op);
        if (what == "select") return select_rows<T>(op);
        if (what == "change") return changed<T>(op, false);
        if (what == "expunge") return changed<T>(op, true);
        if (what == "remove") return remove<T>(op);
        if (what == "refresh") return refresh<T>(op);
        if (what == "merge") return merge<T>(op);
        if (what == "stale") return stale<T>(op);
        if (what == "other_session") return other_session<T>(op);
        if (what == "insert") return insert<T>(op);
        if (what == "update") return update<T>(op);
        return remove_rows<T>(op);
    }

    // --- objects that are held ------------------------------------------------------------------------------------------

    template <class T>
    std::vector<Held<T>>& held() {
        return std::get<std::vector<Held<T>>>(held_);
    }
    template <class T>
    void forget(const json& key) {
        std::erase_if(held<T>(), [&](const Held<T>& one) { return one.key == key; });
    }
    template <class T>
    void hold(const T& object) {
        json key = key_of(object);
        forget<T>(key);
        held<T>().push_back({key, object, true});
        if (held<T>().size() > 4) held<T>().erase(held<T>().begin());
    }
    void distrust() {
        std::apply(
            [](auto&... each) {
                ((std::for_each(each.begin(), each.end(), [](auto& one) { one.fresh = false; })), ...);
            },
            held_);
    }
    // A held object as it is in the database; an answer when there is none.
    template <class T>
    Held<T>* taken(const json& op, json& missing) {
        if (held<T>().empty()) {
            missing = {{"none", true}};
            return nullptr;
        }
        Held<T>& one = held<T>()[op["pick"].get<std::size_t>() % held<T>().size()];
        if (!one.fresh) {
            try {
                session_->refresh(one.object);
            } catch (const StaleDataError&) {
                missing = {{"gone", one.key}};
                forget<T>(json(one.key));
                return nullptr;
            }
            one.fresh = true;
        }
        return &one;
    }

    // --- queries --------------------------------------------------------------------------------------------------------

    template <class T>
    json select_rows(const json& op) {
        auto query = select<T>();
        finish_query(query, op);
        const std::string how = op["how"];
        if (how == "count") return {{"value", session_->count(query)}};
        if (how == "all") return {{"rows", shown_rows(session_->exec(query).all())}};
        if (how == "loop") {
            json rows = json::array();
            for (const T& row : session_->exec(query)) {
                rows.push_back(shown(row));
                if (rows.size() == 2) break;
            }
            return {{"rows", rows}};
        }
        std::optional<T> row;
        if (how == "first") row = session_->exec(query).first();
        if (how == "one") row = session_->exec(query).one();
        if (how == "one_or_none") row = session_->exec(query).one_or_none();
        if (row) hold(*row);
        return {{"row", shown(row)}};
    }
    json columns(const json& op) {
        json made;
        with_place(op["column"], [&](const auto& column) {
            if constexpr (is_comparable<typename std::remove_cvref_t<decltype(column)>::value_type>) {
                auto query = select(column);
                finish_query(query, op);
                if (op["how"] == "count") {
                    made = {{"value", session_->count(query)}};
                } else if (op["how"] == "scalar") {
                    made = {{"value", shown(session_->scalar(query))}};
                } else {
                    made = {{"rows", shown_rows(session_->exec(query).all())}};
                }
            }
        });
        return made;
    }
    json aggregate(const json& op) {
        json made;
        const std::string function = op["function"];
        auto run = [&](auto query) {
            add_where(query, op["where"]);
            made = {{"value", shown(session_->exec(query).one())}};
        };
        with_place(op["column"], [&](const auto& column) {
            using T = Inner<typename std::remove_cvref_t<decltype(column)>::value_type>;
            if (function == "count") run(select(func::count(column)));
            if (function == "count_all") {
                auto query = select(func::count(column)).statement();
                query.columns = func::count().nodes;
                run(sql::Select<std::int64_t, NoTable>(query));
            }
            if constexpr (detail::is_sql_number<T>) {
                if (function == "sum") run(select(func::sum(column)));
                if (function == "avg") run(select(func::avg(column)));
            }
            if constexpr (is_comparable<T> && !std::is_same_v<T, Decimal>) {
                if (function == "min") run(select(func::min(column)));
                if (function == "max") run(select(func::max(column)));
            }
        });
        return made;
    }
    json group_of(const json& op, const auto& key, const auto& value) {
        auto query = select(key, func::count(), func::count(value), func::sum(value), func::min(value),
                            func::max(value), func::avg(value))
                         .group_by(key);
        add_where(query, op["where"]);
        if (const json& having = op["having"]; !having.empty()) {
            int number = having[2];
            query.having(having[0] == "count" ? compared(func::count(), having[1], number)
                         : having[0] == "sum" ? compared(loose(func::sum(value)), having[1], number)
                                              : compared(loose(func::max(value)), having[1], number));
        }
        query.order_by(order_term(op["key"], op["descending"].get<bool>() ? "desc" : ""));
        limit_query(query, op);
        return {{"rows", shown_rows(session_->exec(query).all())}};
    }
    json group(const json& op) {
        const std::string key = op["key"], value = op["value"];
        auto of_hero = [&](const auto& column) {
            return value == "heroes.age" ? group_of(op, column, col<&Hero::age>)
                                         : group_of(op, column, col<&Hero::power>);
        };
        if (key == "heroes.rank") return of_hero(col<&Hero::rank>);
        if (key == "heroes.active") return of_hero(col<&Hero::active>);
        if (key == "heroes.team_id") return of_hero(col<&Hero::team_id>);
        if (key == "links.country") return group_of(op, col<&Link::country>, col<&Link::level>);
        return value == "missions.score" ? group_of(op, col<&Mission::hero_id>, col<&Mission::score>)
                                         : group_of(op, col<&Mission::hero_id>, col<&Mission::id>);
    }
    json joined(const json& op, auto query) {
        finish_query(query, op);
        if (op["shape"] == "count") return {{"value", session_->count(query)}};
        return {{"rows", shown_rows(session_->exec(query).all())}};
    }
    template <class First, class Second>
    json join_of(const json& op, const auto& on) {
        bool said = op["explicit"];
        if (op["left"].get<bool>()) {
            if (op["shape"] == "first")
                return joined(op, said ? select<First>().template left_join<Second>(on)
                                       : select<First>().template left_join<Second>());
            auto query = select<First, std::optional<Second>>();
            return joined(op, said ? query.template left_join<Second>(on) : query.template left_join<Second>());
        }
        if (op["shape"] == "first")
            return joined(op,
                          said ? select<First>().template join<Second>(on) : select<First>().template join<Second>());
        auto query = select<First, Second>();
        return joined(op, said ? query.template join<Second>(on) : query.template join<Second>());
    }
    json join(const json& op) {
        const std::string pair = op["pair"];
        if (pair == "heroes-teams") return join_of<Hero, Team>(op, col<&Hero::team_id> == col<&Team::id>);
        if (pair == "missions-heroes") return join_of<Mission, Hero>(op, col<&Mission::hero_id> == col<&Hero::id>);
        if (pair == "links-heroes") return join_of<Link, Hero>(op, col<&Link::hero_id> == col<&Hero::id>);
        return join_of<Team, Country>(op, col<&Team::country> == col<&Country::code>);
    }
    json unions(const json& op) {
        std::vector<sql::Select<std::string, NoTable>> parts;
        for (const json& part : op["parts"]) parts.push_back(query_of_type<std::string>(part["column"], part["where"]));
        auto combined = [&](const auto&... part) {
            if (op["how"] == "union") return union_(part...);
            if (op["how"] == "union_all") return union_all(part...);
            if (op["how"] == "intersect") return intersect_(part...);
            return except_(part...);
        };
        auto query = parts.size() == 2 ? combined(parts[0], parts[1]) : combined(parts[0], parts[1], parts[2]);
        query.order_by(order_term(op["parts"][0]["column"], op["order"] == "desc" ? "desc" : ""));
        limit_query(query, op);
        return {{"rows", shown_rows(session_->exec(query).all())}};
    }

    // --- changes --------------------------------------------------------------------------------------------------------

    // bare: what fails is undone alone, and the transaction goes on; nested, rollback: the program undoes more.
    json guarded(const json& op, const auto& change) {
        const std::string guard = op["guard"];
        std::optional<Session::Nested> nested;
        if (guard == "nested") nested.emplace(*session_);
        try {
            json made = change();
            if (nested) nested->commit();
            return made;
        } catch (const DatabaseError& error) {
            json made = error_of(error);
            if (nested) nested->rollback();
            if (guard == "rollback") session_->rollback();
            distrust();
            if (guard == "rollback") made["tables"] = tables();
            return made;
        }
    }
    template <class T>
    json add(const json& op) {
        T object = made_of<T>(op["values"]);
        return guarded(op, [&]() -> json {
            session_->add(object);
            hold(object);
            return {{"row", shown(object)}};
        });
    }
    template <class T>
    json add_all(const json& op) {
        std::vector<T> objects;
        for (const json& values : op["rows"]) objects.push_back(made_of<T>(values));
        return guarded(op, [&]() -> json {
            session_->add_all(objects);
            hold(objects.back());
            return {{"rows", shown_rows(objects)}};
        });
    }
    template <class T>
    json get(const json& op) {
        const json& key = op["key"];
        std::optional<T> row;
        if constexpr (std::is_same_v<T, Country>) {
            row = session_->get<T>(key[0].get<std::string>());
        } else if constexpr (std::is_same_v<T, Link>) {
            row = session_->get<T>(key[0].get<int>(), key[1].get<std::string>());
        } else {
            row = session_->get<T>(key[0].get<int>());
        }
        if (row) hold(*row);
        return {{"row", shown(row)}};
    }
    template <class T>
    json changed(const json& op, bool expunge) {
        json missing;
        Held<T>* one = taken<T>(op, missing);
        if (!one) return missing;
        T object = one->object;
        return guarded(op, [&]() -> json {
            if (expunge) session_->expunge(object);
            assign(object, op["values"]);
            session_->add(object);
            hold(object);
            return {{"row", shown(object)}};
        });
    }
    template <class T>
    json remove(const json& op) {
        json missing;
        Held<T>* one = taken<T>(op, missing);
        if (!one) return missing;
        json key = one->key;
        return guarded(op, [&]() -> json {
            session_->delete_(one->object);
            forget<T>(key);
            distrust(); // what it took along
            return {{"removed", key}};
        });
    }
    template <class T>
    json refresh(const json& op) {
        json missing;
        Held<T>* one = taken<T>(op, missing);
        if (!one) return missing;
        session_->refresh(one->object);
        return {{"row", shown(one->object)}};
    }
    template <class T>
    json merge(const json& op) {
        T object = made_of<T>(op["values"]);
        return guarded(op, [&]() -> json {
            session_->merge(object);
            hold(object);
            return {{"row", shown(object)}};
        });
    }
    // The row of a held object goes behind the session's back.
    template <class T>
    json stale(const json& op) {
        json missing;
        Held<T>* one = taken<T>(op, missing);
        if (!one) return missing;
        auto nested = session_->begin_nested();
        T object = one->object;
        json made;
        try {
            if constexpr (std::is_same_v<T, Link>) {
                session_->execute(sql::text("DELETE FROM links WHERE hero_id = :k0 AND country = :k1")
                                      .bind("k0", object.hero_id.value())
                                      .bind("k1", object.country.value()));
            } else if constexpr (std::is_same_v<T, Country>) {
                session_->execute(sql::text("DELETE FROM countries WHERE code = :k0").bind("k0", object.code.value()));
            } else {
                session_->execute(sql::text("DELETE FROM " + std::string(T::table) + " WHERE id = :k0")
                                      .bind("k0", object.id.value()));
            }
            json before = shown(object);
            if (op["how"] == "refresh") {
                session_->refresh(object);
            } else if (op["how"] == "remove") {
                session_->delete_(object);
            } else {
                assign(object, op["values"]);
                if (shown(object) == before) { // nothing is to be written on the other side
                    nested.rollback();
                    distrust();
                    return {{"unchanged", true}};
                }
                session_->add(object);
            }
            made = {{"written", true}};
        } catch (const DatabaseError& error) {
            made = error_of(error);
        }
        nested.rollback();
        distrust();
        return made;
    }
    // Another session changes one column of a held object's row, and this one another: both changes stay.
    template <class T>
    json other_session(const json& op) {
        json missing;
        Held<T>* one = taken<T>(op, missing);
        if (!one) return missing;
        T object = one->object;
        session_->commit();
        json made;
        try {
            Session other(engine_);
            auto query = sql::update<T>();
            set_column<T>(query, op["column"], "value", op["value"]);
            add_where(query, key_conditions<T>(one->key));
            made["theirs"] = other.exec(query);
            other.commit();
        } catch (const IntegrityError& error) {
            made["theirs"] = error_of(error);
        }
        try {
            assign(object, op["values"]);
            session_->add(object);
            session_->commit();
            session_->refresh(object);
            made["row"] = shown(object);
        } catch (const DatabaseError& error) {
            session_->rollback();
            made.update(error_of(error));
        }
        distrust();
        return made;
    }

    template <class T>
    void set_column(sql::Change<T>& query, const std::string& name, const std::string& how, const json& value) {
        with_column<T>(name, [&]<auto P>(const detail::ColumnTerm<P>& column) {
            using V = typename detail::ColumnTerm<P>::value_type;
            if (how == "value") query.set(column, read<V>(value));
            if (how == "excluded") query.set(column, sql::excluded<P>);
            if constexpr (is_comparable<V>)
                if (how == "column")
                    query.set(column, column_of_type<Inner<V>>(std::string(T::table) + "." + value.get<std::string>()));
            if constexpr (detail::is_sql_number<Inner<V>>)
                if (how == "plus") query.set(column, column + value.get<int>());
        });
    }
    template <class T>
    json bulk(const json& op, const sql::Change<T>& query) {
        json made = guarded(op, [&]() -> json {
            if (op["returning"].get<bool>()) return {{"rows", shown_rows(session_->exec(query.returning()).all())}};
            return {{"count", session_->exec(query)}};
        });
        distrust();
        return made;
    }
    template <class T>
    json insert(const json& op) {
        auto query = sql::insert<T>();
        std::vector<T> rows;
        for (const json& values : op["rows"]) rows.push_back(made_of<T>(values));
        query.values(rows);
        if (op["conflict"] == "nothing") query.on_conflict_do_nothing();
        if (op["conflict"] == "update") {
            if constexpr (std::is_same_v<T, Country>) {
                query.on_conflict_do_update(col<&Country::code>);
            } else if constexpr (std::is_same_v<T, Team>) {
                query.on_conflict_do_update(col<&Team::name>);
            } else if constexpr (std::is_same_v<T, Hero>) {
                query.on_conflict_do_update(col<&Hero::badge>);
            } else if constexpr (std::is_same_v<T, Mission>) {
                query.on_conflict_do_update(col<&Mission::hero_id>, col<&Mission::title>);
            } else {
                query.on_conflict_do_update(col<&Link::hero_id>, col<&Link::country>);
            }
            for (const json& one : op["set"]) set_column<T>(query, one[0], one[1], one[2]);
        }
        return bulk<T>(op, query);
    }
    template <class T>
    json update(const json& op) {
        auto query = sql::update<T>();
        for (const json& one : op["set"]) set_column<T>(query, one[0], one[1], one[2]);
        add_where(query, op["where"]);
        return bulk<T>(op, query);
    }
    template <class T>
    json remove_rows(const json& op) {
        auto query = sql::delete_<T>();
        add_where(query, op["where"]);
        return bulk<T>(op, query);
    }
    static sql::Text text_of(const json& op) {
        sql::Text statement(op["sql"].get<std::string>());
        for (const auto& [name, value] : op["values"].items()) {
            if (value.is_null()) {
                statement.bind(name, std::nullopt);
            } else if (value.is_string()) {
                statement.bind(name, value.get<std::string>());
            } else {
                statement.bind(name, value.get<std::int64_t>());
            }
        }
        return statement;
    }
    json text(const json& op) {
        json made = guarded(op, [&]() -> json { return {{"count", session_->execute(text_of(op))}}; });
        distrust();
        return made;
    }

    // --- transactions ---------------------------------------------------------------------------------------------------

    json nested(const json& op) {
        json answers = json::array();
        {
            auto nested = session_->begin_nested();
            for (const json& one : op["operations"]) answers.push_back(answer(one));
            if (op["end"] == "commit") nested.commit();
            if (op["end"] == "rollback") nested.rollback();
        }
        if (op["end"] != "commit") distrust();
        return {{"answers", answers}};
    }

    template <class T>
    json rows_of() {
        return shown_rows(session_->exec(select<T>().order_by_key()).all());
    }
    json tables() {
        return {{"countries", rows_of<Country>()},
                {"teams", rows_of<Team>()},
                {"heroes", rows_of<Hero>()},
                {"missions", rows_of<Mission>()},
                {"links", rows_of<Link>()}};
    }

    Engine engine_;
    std::optional<Session> session_;
    std::tuple<std::vector<Held<Country>>, std::vector<Held<Team>>, std::vector<Held<Hero>>, std::vector<Held<Mission>>,
               std::vector<Held<Link>>>
        held_;
};

} // namespace differential

int main(int count, char** arguments) {
    using fastapi::json;
    if (count != 3) return std::cerr << "ours SEQUENCES FOLDER\n", 2;
    std::ifstream lines(arguments[1]);
    for (std::string line; std::getline(lines, line);) {
        json sequence = json::parse(line);
        differential::Run run(sequence["seed"], arguments[2]);
        json answers = json::array();
        for (const json& op : sequence["operations"]) answers.push_back(run.answer(op));
        answers.push_back(run.finish());
        std::cout << json{{"seed", sequence["seed"]}, {"answers", answers}}.dump() << '\n';
    }
    return lines.eof() ? 0 : 1;
}
