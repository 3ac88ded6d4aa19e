#pragma once

// Queries as SQLite reads them.

#include <stdexcept>

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
        if (node.op != SqlNode::Op::column || node.base != &base) continue;
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
        sql_ += statement.distinct ? "SELECT DISTINCT " : "SELECT ";
        list(statement.columns);
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
        if (statement.remove) {
            sql_ += "DELETE FROM ";
            sql_ += sql_name(statement.table->name);
        } else {
            if (statement.set.empty()) throw std::logic_error("fastapi: update<T>() has no set(…)");
            sql_ += "UPDATE ";
            sql_ += sql_name(statement.table->name);
            sql_ += " SET ";
            const SqlNode* node = statement.set.data();
            const SqlNode* end = node + statement.set.size();
            for (bool first = true; node != end; first = false) {
                if (!first) sql_ += ", ";
                node = expression(node);
                sql_ += " = ";
                node = expression(node);
            }
        }
        conditions(" WHERE ", statement.where);
    }

  private:
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
        }
        return node;
    }

    WrittenStatement& out_;
    std::string& sql_;
    bool qualified_ = true;
};

FASTAPI_INLINE void write_select(const SelectStatement& statement, WrittenStatement& out) { SqliteWriter(out).select(statement); }
FASTAPI_INLINE void write_change(const ChangeStatement& statement, WrittenStatement& out) { SqliteWriter(out).change(statement); }

} // namespace fastapi::detail
