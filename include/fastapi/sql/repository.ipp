#pragma once

#include "fastapi/json/writer.hpp"
#include "fastapi/sql/page.ipp"
#include "fastapi/sql/repository.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD void throw_not_found(std::string_view model) { throw HTTPException(404, concat({model, " not found"})); }

FASTAPI_COLD void throw_conflict(const IntegrityError& error) {
    using Constraint = IntegrityError::Constraint;
    switch (error.constraint()) {
    case Constraint::unique:
    case Constraint::primary_key: {
        std::string names; // without the table: the client knows them as members
        std::string_view rest = error.columns();
        while (!rest.empty()) {
            std::string_view one = rest.substr(0, rest.find(','));
            rest.remove_prefix(rest.size() == one.size() ? one.size() : one.size() + 2);
            names += concat({names.empty() ? "" : ", ", one.substr(one.find('.') + 1)});
        }
        throw HTTPException(409, concat({"There is one with the same ", names, " already"}));
    }
    case Constraint::foreign_key: throw HTTPException(409, "It refers to something that is not there, or something refers to it");
    default: throw HTTPException(409, "It breaks a rule of the database");
    }
}
FASTAPI_COLD void throw_unprocessable(const ValidationError& error) { throw HTTPException(422, error.errors()); }

FASTAPI_COLD std::string last_segment(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    std::string out(path.substr(path.rfind('/') + 1));
    for (char& c : out)
        if (c == '-') c = '_';
    return out;
}

} // namespace fastapi::detail
