#pragma once

// How descriptions of queries are made.

#include <stdexcept>
#include <utility>

#include "fastapi/sql/statement.hpp"
#include "fastapi/sql/table.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD SubQuery::SubQuery(const SelectStatement& statement) : statement_(new SelectStatement(statement)) {}
FASTAPI_COLD SubQuery::SubQuery(const SubQuery& other) : statement_(other.statement_ ? new SelectStatement(*other.statement_) : nullptr) {}
FASTAPI_INLINE SubQuery::~SubQuery() { delete statement_; }

FASTAPI_INLINE void append_nodes(SqlNodes& to, const SqlNodes& nodes) {
    to.reserve(to.size() + nodes.size());
    for (const SqlNode& node : nodes) to.push_back(node);
}

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

FASTAPI_INLINE void add_text_pattern(SqlNodes& nodes, std::string_view before, std::string_view text, std::string_view behind, bool literal) {
    SqlNode node{SqlNode::Op::value};
    if (text.find(char{}) != std::string_view::npos) {
        nodes.push_back(std::move(node));
        return;
    }
    node.value.kind = SqlValue::Kind::text;
    node.value.bytes = before;
    for (char c : text) {
        if (literal && (c == '%' || c == '_' || c == '\\')) node.value.bytes += '\\';
        node.value.bytes += c;
    }
    node.value.bytes += behind;
    nodes.push_back(std::move(node));
}

FASTAPI_INLINE void add_row(ChangeStatement& statement, const void* object) {
    const SqlTable& table = *statement.table;
    bool without_key = awaits_key(table, object);
    std::size_t width = table.columns.size() - (without_key ? 1 : 0);
    if (!statement.rows.empty() && width != statement.columns.size())
        throw std::invalid_argument("fastapi: insert<T>().values(…): some rows have a primary key, and others have none");
    if (statement.rows.empty())
        for (const SqlColumn& column : table.columns)
            if (!without_key || !column.primary_key) statement.columns.push_back(&column);
    std::string scratch;
    for (const SqlColumn* column : statement.columns) statement.rows.push_back(StoredValue::of(column_value(*column, object, scratch)));
}

FASTAPI_INLINE SelectStatement counted(const SelectStatement& statement) {
    SelectStatement inner = statement;
    inner.order_by.clear();
    inner.loads.clear();
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
