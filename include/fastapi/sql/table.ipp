#pragma once

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "fastapi/json/writer.hpp"
#include "fastapi/sql/column_types.ipp"
#include "fastapi/sql/table.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD std::string sql_name(std::string_view name) {
    if (name.find('"') == std::string_view::npos) return concat({"\"", name, "\""});
    std::string out = "\"";
    for (char c : name) out.append(c == '"' ? 2 : 1, c);
    return out += '"';
}
FASTAPI_COLD std::string sql_text(std::string_view text) {
    std::string out = "'";
    for (char c : text) out.append(c == '\'' ? 2 : 1, c);
    return out += '\'';
}

FASTAPI_COLD const SqlColumn& column_at(const SqlTable& table, std::size_t offset) {
    for (const SqlColumn& column : table.columns)
        if (column.offset == offset) return column;
    throw std::logic_error(concat({"fastapi: this member of ", table.model, " is no column"}));
}

FASTAPI_COLD const SqlRelationship& relationship_at(const SqlTable& table, std::size_t offset) {
    for (const SqlRelationship& relationship : table.relationships)
        if (relationship.offset == offset) return relationship;
    throw std::logic_error(concat({"fastapi: this member of ", table.model, " is no relationship"}));
}

// The columns of one table that refer to another: the last of them, and how many there are. wanted: the only one of that name.
struct ForeignKeyFound {
    const SqlColumn* column = nullptr;
    const SqlColumn* target = nullptr;
    int count = 0;
};
FASTAPI_COLD ForeignKeyFound find_foreign_key(const SqlTable& from, const SqlTable& to, std::string_view wanted = {}) {
    ForeignKeyFound found;
    for (const SqlColumn& column : from.columns) {
        std::string_view reference = column.info->column.references;
        std::size_t dot = reference.find('.');
        if (dot == std::string_view::npos || reference.substr(0, dot) != to.name || (!wanted.empty() && column.name != wanted)) continue;
        for (const SqlColumn& target : to.columns) {
            if (target.name != reference.substr(dot + 1)) continue;
            found.column = &column;
            found.target = &target;
            ++found.count;
        }
    }
    return found;
}

FASTAPI_COLD RelationshipKeys relationship_keys(const SqlTable& table, const SqlRelationship& relationship) {
    const SqlTable& target = relationship.target();
    std::string_view first = relationship.foreign_keys[0];
    auto fail = [&](std::string_view why) {
        throw std::logic_error(concat({"fastapi: the relationship ", table.model, ".", relationship.name, " to ", target.model, ": ", why}));
    };
    auto check = [&](const ForeignKeyFound& found, const SqlTable& from, const SqlTable& to) {
        if (found.count == 0) fail(concat({"no foreign key of ", from.name, " leads to ", to.name}));
        if (found.count > 1) fail(concat({"several foreign keys of ", from.name, " lead to ", to.name, ": say which, ForeignKeys(\"column\")"}));
    };
    RelationshipKeys keys;
    if (relationship.link) {
        keys.link = &relationship.link();
        ForeignKeyFound own = find_foreign_key(*keys.link, table, first);
        ForeignKeyFound other = find_foreign_key(*keys.link, target, relationship.foreign_keys[1]);
        check(own, *keys.link, table);
        check(other, *keys.link, target);
        keys.own = own.target;
        keys.link_own = own.column;
        keys.other = other.target;
        keys.link_other = other.column;
        return keys;
    }
    bool many = relationship.ops->form == RelationshipOps::Form::many;
    ForeignKeyFound own;
    if (!many) own = find_foreign_key(table, target, first);
    if (own.count > 0) {
        check(own, table, target);
        keys.own = own.column;
        keys.other = own.target;
        keys.own_refers = true;
        return keys;
    }
    ForeignKeyFound other = find_foreign_key(target, table, first);
    check(other, target, table);
    keys.own = other.target;
    keys.other = other.column;
    return keys;
}

FASTAPI_INLINE bool awaits_key(const SqlTable& table, const void* object) {
    if (!table.key_by_database) return false;
    const SqlColumn& key = table.columns[table.keys[0]];
    return key.optional->get(static_cast<const char*>(object) + key.offset) == nullptr;
}
FASTAPI_INLINE SqlValue column_value(const SqlColumn& column, const void* object, std::string& scratch) {
    const void* value = static_cast<const char*>(object) + column.offset;
    if (column.optional) {
        value = column.optional->get(value);
        if (!value) return {};
    }
    return column.ops->write(*column.type, value, scratch);
}

// Calls visit with the text, number or nullptr that a member holds; false: it takes the column's functions.
template <class Visit>
bool visit_direct(const SqlColumn& column, const void* object, const Visit& visit) {
    using Direct = SqlColumn::Direct;
    if (column.direct == Direct::no) return false;
    const void* value = static_cast<const char*>(object) + column.offset;
    if (column.optional) {
        value = column.optional->get(value);
        if (!value) {
            visit(nullptr);
            return true;
        }
    }
    switch (column.direct) {
    case Direct::text: visit(std::string_view{*static_cast<const std::string*>(value)}); break;
    case Direct::float64: {
        double number = *static_cast<const double*>(value);
        if (number != number) return false; // there it is refused
        visit(number);
        break;
    }
    case Direct::int32: {
        std::int32_t number = 0;
        std::memcpy(&number, value, sizeof number);
        visit(std::int64_t{number});
        break;
    }
    default: {
        std::int64_t number = 0;
        std::memcpy(&number, value, sizeof number);
        visit(number);
    }
    }
    return true;
}

FASTAPI_COLD void throw_column_error(const SqlTable& table, const SqlColumn& column, std::string_view why) {
    throw DataError(concat({table.name, ".", column.name, ": ", why}), {});
}

FASTAPI_INLINE void read_column(const SqlTable& table, const SqlColumn& column, const SqlValue& found, void* object) {
    char* base = static_cast<char*>(object);
    void* value = base + column.offset;
    if (column.has_state) base[column.state_offset] = static_cast<char>(column.primary_key ? FieldState::stored : FieldState::set);
    try {
        if (column.optional) {
            if (found.kind == SqlValue::Kind::null) return column.optional->reset(value);
            value = column.optional->emplace(value);
        } else if (found.kind == SqlValue::Kind::null) {
            throw_data_error("a value", found);
        }
        column.ops->read(*column.type, found, value);
    } catch (const DataError& error) {
        throw_column_error(table, column, error.what());
    } catch (const ValidationError& error) {
        throw_column_error(table, column, error.list.front().msg);
    } catch (const ValueError& error) {
        throw_column_error(table, column, error.what());
    }
}

FASTAPI_COLD void set_ops(SqlColumn& column, const ColumnOps& ops) {
    using Direct = SqlColumn::Direct;
    column.ops = &ops;
    column.direct = Direct::no;
    column.kind = SqlValue::Kind::null;
    if (&ops == &string_column) column.direct = Direct::text;
    if (&ops == &floating_column && column.type->width == sizeof(double)) column.direct = Direct::float64;
    if (&ops == &integer_column && column.type->is_signed && column.type->width >= 4) column.direct = column.type->width == 4 ? Direct::int32 : Direct::int64;
    if (column.direct != Direct::no)
        column.kind = column.direct == Direct::text ? SqlValue::Kind::text : column.direct == Direct::float64 ? SqlValue::Kind::real : SqlValue::Kind::integer;
}

FASTAPI_COLD void begin_table(SqlTable& table, const Model& model, std::string_view name) {
    table.name = name;
    table.model = model.name;
    if (model.extra) throw std::logic_error(concat({"fastapi: ", model.name, " cannot be a table: ExtraFields has no column"}));
    for (const Member& member : model.members) {
        SqlColumn column;
        column.name = member.name;
        column.offset = member.offset;
        column.state_offset = member.state_offset;
        column.has_state = member.has_state;
        column.type = member.slot.type;
        column.info = member.slot.info;
        if (column.type->kind == Kind::optional) {
            column.optional = static_cast<const OptionalTraits*>(column.type->traits);
            column.type = column.optional->inner.type;
        }
        set_ops(column, column_ops_of(*column.type));
        column.primary_key = column.info->column.primary_key;
        column.nullable = column.optional && !column.primary_key;
        table.columns.push_back(column);
    }
}

FASTAPI_COLD void set_column_ops(SqlTable& table, std::size_t offset, const ColumnOps& ops) {
    for (SqlColumn& column : table.columns)
        if (column.offset == offset) set_ops(column, ops);
}

FASTAPI_COLD void add_names(std::string& out, const SqlTable& table, std::string_view separator, bool keys, std::string_view behind) {
    bool first = true;
    for (const SqlColumn& column : table.columns) {
        if (keys && !column.primary_key) continue;
        if (!first) out += separator;
        first = false;
        out += sql_name(column.name);
        out += behind;
    }
}

FASTAPI_COLD void finish_table(SqlTable& table) {
    for (std::size_t i = 0; i != table.columns.size(); ++i)
        if (table.columns[i].primary_key) table.keys.push_back(static_cast<std::uint16_t>(i));
    if (table.keys.empty())
        throw std::logic_error(concat({"fastapi: the table ", table.name, " has no primary key: Field<std::optional<int>, PrimaryKey> id;"}));
    for (std::uint16_t key : table.keys) {
        const SqlColumn& column = table.columns[key];
        bool alone = table.keys.size() == 1 && column.type->kind == Kind::integer;
        if (column.optional && !alone)
            throw std::logic_error(concat({"fastapi: ", table.name, ".", column.name,
                                           " cannot be a std::optional: only a key of one integer comes from the database"}));
        table.key_by_database = column.optional != nullptr;
    }
    for (std::uint16_t key : table.keys) {
        SqlColumn& column = table.columns[key];
        if (table.keys.size() == 1 && column.kind == SqlValue::Kind::integer) continue; // this is a row's number
        column.direct = SqlColumn::Direct::no;
        column.kind = SqlValue::Kind::null;
    }
    for (const TableConstraint& constraint : table.constraints)
        for (std::string_view name : constraint.columns)
            if (std::none_of(table.columns.begin(), table.columns.end(), [&](const SqlColumn& column) { return column.name == name; }))
                throw std::logic_error(concat({"fastapi: table_args of ", table.name, " names ", name, ", which is no column of it"}));
    table.insert = concat({"INSERT INTO ", sql_name(table.name), " ("});
    table.insert_without_key = table.insert;
    add_names(table.insert, table, ", ", false, {});
    std::string marks;
    for (std::size_t i = 0; i != table.columns.size(); ++i) marks += i ? ", ?" : "?";
    table.insert += concat({") VALUES (", marks, ")"});
    if (table.key_by_database) {
        bool first = true;
        for (const SqlColumn& column : table.columns) {
            if (column.primary_key) continue;
            if (!first) table.insert_without_key += ", ";
            first = false;
            table.insert_without_key += sql_name(column.name);
        }
        if (first) {
            table.insert_without_key = concat({"INSERT INTO ", sql_name(table.name), " DEFAULT VALUES"});
        } else {
            table.insert_without_key += concat({") VALUES (", std::string_view{marks}.substr(3), ")"});
        }
    }
    table.select = "SELECT ";
    add_names(table.select, table, ", ", false, {});
    table.select += concat({" FROM ", sql_name(table.name)});
    table.by_key = " WHERE ";
    add_names(table.by_key, table, " AND ", true, " = ?");
    table.select_by_key = table.select + table.by_key;
}

FASTAPI_COLD std::string update_sql(const SqlTable& table, const Sequence<ChangedColumn>& columns) {
    std::string sql = concat({"UPDATE ", sql_name(table.name), " SET "});
    for (std::size_t i = 0; i != columns.size(); ++i) sql += concat({i ? ", " : "", sql_name(columns[i].column->name), " = ?"});
    return sql += table.by_key;
}
FASTAPI_COLD std::string sql_of(const TableStatement& statement) {
    const SqlTable& table = *statement.table;
    switch (statement.kind) {
    case TableStatement::Kind::insert: return table.insert;
    case TableStatement::Kind::insert_without_key: return table.insert_without_key;
    case TableStatement::Kind::select: return table.select_by_key;
    case TableStatement::Kind::remove: return concat({"DELETE FROM ", sql_name(table.name), table.by_key});
    case TableStatement::Kind::update: break;
    }
    Sequence<ChangedColumn> changed;
    for (std::size_t i = 0; i != std::min(table.columns.size(), TableStatement::max_columns); ++i)
        if (statement.columns >> i & 1U) changed.push_back({&table.columns[i], nullptr});
    return update_sql(table, changed);
}

// What the constraints of a field say of a column.
FASTAPI_COLD std::string checks_of(const SqlColumn& column) {
    const FieldInfo& info = *column.info;
    std::string name = sql_name(column.name);
    std::string out;
    auto add = [&](std::string_view left, std::string_view comparison, std::string_view right) {
        out += concat({out.empty() ? "" : " AND ", left, comparison, right});
    };
    auto bound = [&](const Number& number, std::string_view comparison) {
        if (!number) return;
        std::string text;
        if (number.kind == Number::Kind::integer) {
            text = integer_text(number.integer);
        } else if (number.kind == Number::Kind::floating) {
            write_json_double(text, number.as_double());
        } else {
            return; // of a date or duration: the form of the column is not that of the bound
        }
        add(column.ops->as_number ? concat({"CAST(", name, " AS NUMERIC)"}) : name, comparison, text);
    };
    if (column.type->kind == Kind::integer || column.type->kind == Kind::floating || column.ops->as_number) {
        bound(info.gt, " > ");
        bound(info.ge, " >= ");
        bound(info.lt, " < ");
        bound(info.le, " <= ");
    }
    if (column.type->kind == Kind::string) {
        std::string length = concat({"length(", name, ")"});
        if (info.min_length > 0) add(length, " >= ", integer_text(info.min_length));
        if (info.max_length >= 0) add(length, " <= ", integer_text(info.max_length));
    }
    if (column.type->kind == Kind::boolean) add(name, " IN ", "(0, 1)");
    if (column.type->kind == Kind::enumeration) {
        const EnumTraits& traits = *static_cast<const EnumTraits*>(column.type->traits);
        if (traits.form == EnumTraits::Form::strings) {
            std::string list = "(";
            for (std::size_t i = 0; i != traits.size; ++i) list += concat({i ? ", " : "", sql_text(traits.entries[i].name)});
            add(name, " IN ", list + ")");
        }
    }
    return out;
}

FASTAPI_COLD std::string listed(const std::vector<std::string_view>& names) {
    std::string out;
    for (std::string_view name : names) out += (out.empty() ? "" : ", ") + sql_name(name);
    return out;
}

FASTAPI_COLD std::vector<std::string> create_statements(const SqlTable& table, bool if_not_exists) {
    std::string_view maybe = if_not_exists ? "IF NOT EXISTS " : "";
    std::vector<std::string> statements;
    std::vector<std::string> indices;
    auto index = [&](const std::vector<std::string_view>& columns, bool unique) {
        std::string name = concat({"ix_", table.name});
        for (std::string_view column : columns) name += concat({"_", column});
        indices.push_back(concat({unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ", maybe, sql_name(name), " ON ", sql_name(table.name), " (", listed(columns), ")"}));
    };
    std::string out = concat({"CREATE TABLE ", maybe, sql_name(table.name), " ("});
    for (const SqlColumn& column : table.columns) {
        const ColumnInfo& info = column.info->column;
        out += concat({&column == table.columns.data() ? "\n\t" : ",\n\t", sql_name(column.name), " ", column.ops->sql_type, column.nullable ? "" : " NOT NULL"});
        if (!info.server_default.empty()) out += concat({" DEFAULT (", info.server_default, ")"});
        if (std::string check = checks_of(column); !check.empty()) out += concat({" CONSTRAINT ", sql_name(concat({"ck_", table.name, "_", column.name})), " CHECK (", check, ")"});
        if (info.unique && !info.index) out += " UNIQUE";
        if (info.index) index({column.name}, info.unique);
    }
    out += ",\n\tPRIMARY KEY (";
    add_names(out, table, ", ", true, {});
    out += ")";
    for (const SqlColumn& column : table.columns) {
        const ColumnInfo& info = column.info->column;
        if (info.references.empty()) continue;
        std::size_t dot = info.references.find('.');
        if (dot == std::string_view::npos)
            throw std::logic_error(concat({"fastapi: ForeignKey(\"", info.references, "\") of ", table.name, ".", column.name, ": write \"table.column\""}));
        static constexpr std::string_view actions[] = {"", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON DELETE RESTRICT"};
        out += concat({",\n\tFOREIGN KEY (", sql_name(column.name), ") REFERENCES ", sql_name(info.references.substr(0, dot)), " (",
                       sql_name(info.references.substr(dot + 1)), ")", actions[info.on_delete]});
    }
    for (const TableConstraint& constraint : table.constraints) {
        if (constraint.kind == TableConstraint::Kind::unique) out += concat({",\n\tUNIQUE (", listed(constraint.columns), ")"});
        if (constraint.kind == TableConstraint::Kind::check) out += concat({",\n\tCHECK (", constraint.text, ")"});
        if (constraint.kind == TableConstraint::Kind::index) index(constraint.columns, false);
    }
    out += "\n)";
    statements.push_back(std::move(out));
    for (std::string& one : indices) statements.push_back(std::move(one));
    return statements;
}

} // namespace fastapi::detail
