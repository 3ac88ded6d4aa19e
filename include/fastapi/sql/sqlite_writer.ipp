#pragma once

// Queries as SQLite reads them.

#include <stdexcept>
#include <utility>

#include "fastapi/sql/statement.hpp"
#include "fastapi/sql/table.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

class SqliteWriter {
  public:
    explicit SqliteWriter(WrittenStatement& out) : out_(out), sql_(out.sql) {}

    // One that is not in another.
    void whole(const SelectStatement& statement) {
        loads_ = &statement.loads;
        select(statement);
    }
    void select(const SelectStatement& statement) {
        const Sequence<SqlLoad>* loads = std::exchange(loads_, nullptr);
        if (statement.set_operation) {
            bool first = true;
            for (const SubQuery& operand : statement.set_operands) {
                if (!first) sql_ += statement.set_operation;
                first = false;
                bool plain = (*operand).order_by.empty() && (*operand).limit.integer < 0 && (*operand).offset.integer == 0 && !(*operand).set_operation;
                if (!plain) sql_ += "SELECT * FROM (";
                select(*operand);
                if (!plain) sql_ += ')';
            }
            bool before = std::exchange(qualified_, false); // the result has columns, and no tables
            order_and_limit(statement);
            qualified_ = before;
            return;
        }
        sql_ += statement.distinct ? "SELECT DISTINCT " : "SELECT ";
        list(statement.columns);
        std::string joins = loads ? joined_loads(statement, *loads) : std::string{};
        if (statement.from_query) {
            sql_ += " FROM (";
            select(*statement.from_query);
            sql_ += ')';
        }
        if (!statement.from.empty()) {
            bool first = true;
            for (const SqlTable* table : statement.from) {
                bool joined = false;
                for (const SqlJoin& join : statement.joins) joined = joined || join.table == table;
                if (joined) continue; // it stands there
                sql_ += first ? " FROM " : ", ";
                first = false;
                sql_ += sql_name(table->name);
            }
            if (first) throw std::logic_error("fastapi: a query joins every table that it selects from: one of them comes first");
        }
        for (const SqlJoin& join : statement.joins) {
            sql_ += join.left ? " LEFT JOIN " : " JOIN ";
            sql_ += sql_name(join.table->name);
            sql_ += " ON ";
            if (join.on.empty()) {
                by_foreign_key(statement, join);
            } else {
                all(join.on);
            }
        }
        sql_ += joins;
        conditions(" WHERE ", statement.where);
        if (!statement.group_by.empty()) {
            sql_ += " GROUP BY ";
            list(statement.group_by);
        }
        conditions(" HAVING ", statement.having);
        order_and_limit(statement);
    }

    void order_and_limit(const SelectStatement& statement) {
        if (!statement.order_by.empty()) {
            sql_ += " ORDER BY ";
            list(statement.order_by);
        }
        if (statement.limit.integer >= 0 || statement.offset.integer > 0) {
            sql_ += " LIMIT ?";
            out_.values.push_back(&statement.limit);
            if (statement.offset.integer > 0) {
                sql_ += " OFFSET ?";
                out_.values.push_back(&statement.offset);
            }
        }
    }

    void change(const ChangeStatement& statement) {
        qualified_ = false;
        switch (statement.kind) {
        case ChangeStatement::Kind::insert: insert(statement); break;
        case ChangeStatement::Kind::update:
            if (statement.set.empty()) throw std::logic_error("fastapi: update<T>() has no set(…)");
            sql_ += concat({"UPDATE ", sql_name(statement.table->name), " SET "});
            assignments(statement.set);
            break;
        case ChangeStatement::Kind::remove: sql_ += concat({"DELETE FROM ", sql_name(statement.table->name)}); break;
        }
        conditions(" WHERE ", statement.where);
        if (!statement.returning.empty()) {
            sql_ += " RETURNING ";
            list(statement.returning);
        }
    }

  private:
    // Writes the columns of what is loaded in the same statement; returns its joins, each table under a name of its own.
    std::string joined_loads(const SelectStatement& statement, const Sequence<SqlLoad>& loads) {
        std::string joins;
        std::int64_t number = 0;
        for (const SqlLoad& load : loads) {
            if (!load.joined) continue;
            const SqlTable* owner = statement.from.front();
            std::string owner_name = sql_name(owner->name);
            for (const SqlRelationship* relationship : load.path) {
                RelationshipKeys keys = relationship_keys(*owner, *relationship);
                const SqlTable& target = relationship->target();
                std::string name = sql_name(concat({target.name, " ", integer_text(++number)}));
                for (const SqlColumn& one : target.columns) sql_ += concat({", ", name, ".", sql_name(one.name)});
                joins += concat({" LEFT JOIN ", sql_name(target.name), " AS ", name, " ON ", name, ".", sql_name(keys.other->name), " = ", owner_name, ".",
                                 sql_name(keys.own->name)});
                owner = &target;
                owner_name = std::move(name);
            }
        }
        return joins;
    }
    void insert(const ChangeStatement& statement) {
        std::size_t width = statement.columns.size();
        if (width == 0 || statement.rows.empty()) throw std::logic_error("fastapi: insert<T>() has no values(…)");
        sql_ += concat({"INSERT INTO ", sql_name(statement.table->name), " ("});
        for (std::size_t i = 0; i != width; ++i) sql_ += concat({i ? ", " : "", sql_name(statement.columns[i]->name)});
        sql_ += ") VALUES ";
        for (std::size_t i = 0; i != statement.rows.size(); ++i) {
            sql_ += i % width ? ", ?" : i ? ", (?" : "(?";
            if (i % width == width - 1) sql_ += ')';
            out_.values.push_back(&statement.rows[i]);
        }
        if (statement.conflict_nothing) sql_ += " ON CONFLICT DO NOTHING";
        if (!statement.conflict.empty()) {
            if (statement.set.empty()) throw std::logic_error("fastapi: on_conflict_do_update(…) has no set(…)");
            sql_ += " ON CONFLICT (";
            list(statement.conflict);
            sql_ += ") DO UPDATE SET ";
            assignments(statement.set);
        }
    }
    void assignments(const SqlNodes& nodes) {
        const SqlNode* node = nodes.data();
        const SqlNode* end = node + nodes.size();
        for (bool first = true; node != end; first = false) {
            if (!first) sql_ += ", ";
            node = expression(node);
            sql_ += " = ";
            node = expression(node);
        }
    }
    void list(const SqlNodes& nodes) {
        const SqlNode* node = nodes.data();
        const SqlNode* end = node + nodes.size();
        for (bool first = true; node != end; first = false) {
            if (!first) sql_ += ", ";
            node = expression(node);
        }
    }
    void all(const SqlNodes& nodes) {
        const SqlNode* node = nodes.data();
        const SqlNode* end = node + nodes.size();
        for (bool first = true; node != end; first = false) {
            if (!first) sql_ += " AND ";
            node = expression(node);
        }
    }
    void conditions(std::string_view word, const SqlNodes& nodes) {
        if (nodes.empty()) return;
        sql_ += word;
        all(nodes);
    }
    void column(const SqlTable& table, const SqlColumn& one) {
        if (qualified_) {
            sql_ += sql_name(table.name);
            sql_ += '.';
        }
        sql_ += sql_name(one.name);
    }
    void by_foreign_key(const SelectStatement& statement, const SqlJoin& join) {
        bool found = false;
        auto look = [&](const SqlTable& from, const SqlTable& to) {
            ForeignKeyFound key = find_foreign_key(from, to);
            if (key.count == 0) return;
            if (found || key.count > 1) throw std::logic_error(concat({"fastapi: join: several foreign keys lead to ", join.table->name, ": say which with a condition"}));
            found = true;
            column(from, *key.column);
            sql_ += " = ";
            column(to, *key.target);
        };
        auto both = [&](const SqlTable* other) {
            if (other == join.table) return;
            look(*join.table, *other);
            look(*other, *join.table);
        };
        for (const SqlTable* table : statement.from) both(table);
        for (const SqlJoin& other : statement.joins) {
            if (&other == &join) break;
            both(other.table);
        }
        if (!found) throw std::logic_error(concat({"fastapi: join: no foreign key leads to ", join.table->name, " or from it: say how with a condition"}));
    }
    // Writes a node with its arguments; returns what stands behind them.
    const SqlNode* expression(const SqlNode* node) {
        const SqlNode& one = *node++;
        switch (one.op) {
        case SqlNode::Op::column: column(*one.table, *one.column); break;
        case SqlNode::Op::columns:
            for (const SqlColumn& each : one.table->columns) {
                if (&each != one.table->columns.data()) sql_ += ", ";
                column(*one.table, each);
            }
            break;
        case SqlNode::Op::value:
            sql_ += '?';
            out_.values.push_back(&one.value);
            break;
        case SqlNode::Op::binary:
            sql_ += '(';
            node = expression(node);
            sql_ += one.text;
            node = expression(node);
            sql_ += ')';
            break;
        case SqlNode::Op::prefix:
            sql_ += '(';
            sql_ += one.text;
            node = expression(node);
            sql_ += ')';
            break;
        case SqlNode::Op::suffix:
            node = expression(node);
            sql_ += one.text;
            break;
        case SqlNode::Op::function:
            sql_ += one.text;
            sql_ += '(';
            for (std::uint16_t i = 0; i != one.arguments; ++i) {
                if (i) sql_ += ", ";
                node = expression(node);
            }
            sql_ += ')';
            break;
        case SqlNode::Op::in:
            sql_ += '(';
            node = expression(node);
            sql_ += one.text;
            sql_ += '(';
            for (std::uint16_t i = 1; i != one.arguments; ++i) {
                if (i != 1) sql_ += ", ";
                node = expression(node);
            }
            sql_ += "))";
            break;
        case SqlNode::Op::between:
            sql_ += '(';
            node = expression(node);
            sql_ += " BETWEEN ";
            node = expression(node);
            sql_ += " AND ";
            node = expression(node);
            sql_ += ')';
            break;
        case SqlNode::Op::like:
            sql_ += '(';
            node = expression(node);
            sql_ += one.text;
            node = expression(node);
            sql_ += " ESCAPE '\\')";
            break;
        case SqlNode::Op::number:
            node = expression(node);
            sql_ += " COLLATE fastapi_decimal"; // each connection has it (sql/engine.ipp)
            break;
        case SqlNode::Op::select: {
            bool before = std::exchange(qualified_, true); // it may have columns of the statement around it
            sql_ += '(';
            select(*one.query);
            sql_ += ')';
            qualified_ = before;
            break;
        }
        case SqlNode::Op::star: sql_ += '*'; break;
        case SqlNode::Op::excluded: sql_ += concat({"excluded.", sql_name(one.column->name)}); break;
        }
        return node;
    }

    WrittenStatement& out_;
    std::string& sql_;
    bool qualified_ = true;
    const Sequence<SqlLoad>* loads_ = nullptr;
};

FASTAPI_INLINE void write_select(const SelectStatement& statement, WrittenStatement& out) { SqliteWriter(out).whole(statement); }
FASTAPI_INLINE void write_change(const ChangeStatement& statement, WrittenStatement& out) { SqliteWriter(out).change(statement); }

} // namespace fastapi::detail
