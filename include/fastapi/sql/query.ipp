#pragma once

// Queries as SQLite reads them.

#include <stdexcept>
#include <utility>

#include "fastapi/json/writer.hpp"
#include "fastapi/sql/query.hpp"
#include "fastapi/sql/table.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD SubQuery::SubQuery(const SelectStatement& statement) : statement_(new SelectStatement(statement)) {}
FASTAPI_COLD SubQuery::SubQuery(const SubQuery& other) : statement_(other.statement_ ? new SelectStatement(*other.statement_) : nullptr) {}
FASTAPI_INLINE SubQuery::~SubQuery() { delete statement_; }

FASTAPI_INLINE void append_nodes(SqlNodes& to, const SqlNodes& nodes) { to.insert(to.end(), nodes.begin(), nodes.end()); }

FASTAPI_INLINE SqlNode column_node(const SqlTable* table, const Model& model, std::size_t offset) {
    SqlNode node{SqlNode::Op::column};
    if (table) {
        node.table = table;
        node.column = &column_at(*table, offset);
        return node;
    }
    node.base = &model;
    for (const Member& member : model.members)
        if (member.offset == offset) node.value.bytes = member.name;
    return node;
}

FASTAPI_INLINE void resolve_base(SqlNodes& nodes, const Model& base, const SqlTable& table) {
    for (SqlNode& node : nodes) {
        if ((node.op != SqlNode::Op::column && node.op != SqlNode::Op::excluded) || node.base != &base) continue;
        for (const SqlColumn& column : table.columns)
            if (column.name == node.value.bytes) node.column = &column;
        node.table = &table;
        node.base = nullptr;
    }
}

FASTAPI_INLINE void add_text_pattern(SqlNodes& nodes, std::string_view before, std::string_view text, std::string_view behind) {
    SqlNode node{SqlNode::Op::value};
    node.value.kind = SqlValue::Kind::text;
    node.value.bytes = before;
    for (char c : text) {
        if (c == '%' || c == '_' || c == '\\') node.value.bytes += '\\';
        node.value.bytes += c;
    }
    node.value.bytes += behind;
    nodes.push_back(std::move(node));
}

class SqliteWriter {
  public:
    explicit SqliteWriter(WrittenStatement& out) : out_(out), sql_(out.sql) {}

    void select(const SelectStatement& statement) {
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
    void insert(const ChangeStatement& statement) {
        const SqlTable& table = *statement.table;
        std::size_t width = table.columns.size() - (statement.without_key ? 1 : 0);
        if (width == 0 || statement.rows.empty()) throw std::logic_error("fastapi: insert<T>() has no values(…)");
        sql_ += concat({"INSERT INTO ", sql_name(table.name), " ("});
        bool first = true;
        for (const SqlColumn& column : table.columns) {
            if (statement.without_key && column.primary_key) continue;
            if (!first) sql_ += ", ";
            first = false;
            sql_ += sql_name(column.name);
        }
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
            for (const SqlColumn& one : from.columns) {
                std::string_view target = one.info->column.references;
                std::size_t dot = target.find('.');
                if (dot == std::string_view::npos || target.substr(0, dot) != to.name) continue;
                if (found) throw std::logic_error(concat({"fastapi: join: several foreign keys lead to ", join.table->name, ": say which with a condition"}));
                found = true;
                column(from, one);
                sql_ += concat({" = ", sql_name(to.name), ".", sql_name(target.substr(dot + 1))});
            }
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
            sql_ += "CAST(";
            node = expression(node);
            sql_ += " AS NUMERIC)";
            break;
        case SqlNode::Op::select:
            sql_ += '(';
            select(*one.query);
            sql_ += ')';
            break;
        case SqlNode::Op::star: sql_ += '*'; break;
        case SqlNode::Op::excluded: sql_ += concat({"excluded.", sql_name(one.column->name)}); break;
        }
        return node;
    }

    WrittenStatement& out_;
    std::string& sql_;
    bool qualified_ = true;
};

FASTAPI_INLINE void write_select(const SelectStatement& statement, WrittenStatement& out) { SqliteWriter(out).select(statement); }
FASTAPI_INLINE void write_change(const ChangeStatement& statement, WrittenStatement& out) { SqliteWriter(out).change(statement); }

FASTAPI_INLINE void add_row(ChangeStatement& statement, const void* object) {
    const SqlTable& table = *statement.table;
    bool without_key = false;
    if (table.key_by_database) {
        const SqlColumn& key = table.columns[table.keys[0]];
        without_key = key.optional->get(static_cast<const char*>(object) + key.offset) == nullptr;
    }
    if (!statement.rows.empty() && without_key != statement.without_key)
        throw std::invalid_argument("fastapi: insert<T>().values(…): some rows have a primary key, and others have none");
    statement.without_key = without_key;
    std::string scratch;
    for (const SqlColumn& column : table.columns)
        if (!without_key || !column.primary_key) statement.rows.push_back(StoredValue::of(column_value(column, object, scratch)));
}

FASTAPI_INLINE SelectStatement counted(const SelectStatement& statement) {
    SelectStatement inner = statement;
    inner.order_by.clear();
    inner.limit.integer = -1;
    inner.offset.integer = 0;
    SelectStatement made;
    SqlNode count{SqlNode::Op::function, 1};
    count.text = "count";
    made.columns.push_back(std::move(count));
    made.columns.push_back({SqlNode::Op::star});
    made.from_query = SubQuery(inner);
    return made;
}

FASTAPI_INLINE void select_projection(SelectStatement& statement, const SqlTable& table, const SqlTable& projection) {
    statement.columns.clear();
    for (const SqlColumn& wanted : projection.columns)
        for (const SqlColumn& column : table.columns) {
            if (column.name != wanted.name) continue;
            SqlNode node{SqlNode::Op::column};
            node.table = &table;
            node.column = &column;
            statement.columns.push_back(std::move(node));
        }
}

} // namespace fastapi::detail
