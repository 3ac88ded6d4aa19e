#pragma once

#include <stdexcept>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/describe.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD std::string_view first_of(std::string_view a, std::string_view b, std::string_view c) {
    return !a.empty() ? a : !b.empty() ? b : c;
}

FASTAPI_COLD void add_member(Model& model, Member member, bool optional) {
    const FieldInfo& info = *member.slot.info;
    member.required = info.required || !(optional || member.has_default);
    member.key = first_of(info.validation_alias, info.alias, member.name);
    member.out_key = first_of(info.serialization_alias, info.alias, member.name);
    write_json_string(member.prefix, member.out_key);
    member.prefix.push_back(':');
    if (info.matches) info.matches({}); // a wrong pattern is found here, not at the first request
    model.members.push_back(std::move(member));
}

FASTAPI_COLD void check_model(const Model& model) {
    for (std::size_t i = 0; i < model.members.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (model.members[i].key == model.members[j].key)
                throw std::logic_error("fastapi: the members " + std::string(model.members[j].name) + " and " +
                                       std::string(model.members[i].name) + " of " + std::string(model.name) +
                                       " have the same name on the wire, \"" + model.members[i].key +
                                       "\": give one of them another Alias");
}

FASTAPI_COLD void check_plain_default(const Model& model, std::string_view member, const Type& type, const void* value,
                                        const void* zero) {
    std::string written;
    std::string expected;
    encode(type, value, written, {});
    encode(type, zero, expected, {});
    if (written == expected) return;
    throw std::logic_error("fastapi: " + std::string(model.name) + "::" + std::string(member) +
                           " is a plain member with a default (" + written +
                           "), which a plain member cannot keep: write Field<…> " + std::string(member) + " = …;");
}

} // namespace fastapi::detail
