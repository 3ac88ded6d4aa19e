#pragma once

#include "fastapi/sql/order.hpp"
#include "fastapi/sql/statement.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD SqlNodes order_nodes(const SqlTable& table, std::string_view name) {
    SqlNodes nodes;
    nodes.push_back({SqlNode::Op::suffix, 1});
    nodes.back().text = name.starts_with('-') ? " DESC" : " ASC";
    if (name.starts_with('-')) name.remove_prefix(1);
    for (const SqlColumn& column : table.columns) {
        if (column.name != name) continue;
        if (column.ops->as_number) nodes.push_back({SqlNode::Op::number, 1});
        nodes.push_back({SqlNode::Op::column});
        nodes.back().table = &table;
        nodes.back().column = &column;
    }
    return nodes;
}

} // namespace fastapi::detail
