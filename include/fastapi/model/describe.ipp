#pragma once

#include <stdexcept>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/alias.hpp"
#include "fastapi/model/describe.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

FASTAPI_COLD std::string to_pascal(std::string_view name) {
    std::string out;
    bool inside = false; // a letter before this one
    for (std::size_t i = 0; i < name.size(); ++i) {
        char c = name[i];
        bool is_lower = c >= 'a' && c <= 'z';
        bool is_upper = c >= 'A' && c <= 'Z';
        bool is_number = c >= '0' && c <= '9';
        if (is_lower && !inside) c = static_cast<char>(c - 32);
        if (is_upper && inside) c = static_cast<char>(c + 32);
        inside = is_lower || is_upper;
        // An underscore between two words goes; between a word and another underscore it stays.
        if ((is_lower || is_upper || is_number) && out.size() >= 2 && out.back() == '_' && out[out.size() - 2] != '_') out.pop_back();
        out.push_back(c);
    }
    return out;
}

FASTAPI_COLD std::string to_camel(std::string_view name) {
    bool plain = !name.empty() && name.front() >= 'a' && name.front() <= 'z';
    for (std::size_t i = 0; i < name.size(); ++i) {
        bool is_number = name[i] >= '0' && name[i] <= '9';
        if (name[i] == '_' || (is_number && i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z')) plain = false;
    }
    if (plain) return std::string(name);
    std::string out = to_pascal(name);
    std::size_t first = out.find_first_not_of('_');
    if (first != std::string::npos && out[first] >= 'A' && out[first] <= 'Z') out[first] = static_cast<char>(out[first] + 32);
    return out;
}

FASTAPI_COLD std::string to_snake(std::string_view name) {
    auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    auto is_number = [](char c) { return c >= '0' && c <= '9'; };
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        char c = name[i];
        char before = i > 0 ? name[i - 1] : '_';
        bool ends_capitals = is_upper(before) && is_upper(c) && i + 1 < name.size() && is_lower(name[i + 1]);
        if (ends_capitals || (is_lower(before) && (is_upper(c) || is_number(c))) || (is_number(before) && is_upper(c))) out.push_back('_');
        out.push_back(c == '-' ? '_' : is_upper(c) ? static_cast<char>(c + 32) : c);
    }
    return out;
}

} // namespace fastapi

namespace fastapi::detail {

FASTAPI_COLD std::string_view first_of(std::string_view a, std::string_view b, std::string_view c) {
    return !a.empty() ? a : !b.empty() ? b : c;
}

FASTAPI_COLD void add_member(Model& model, Member member, bool optional) {
    const FieldInfo& info = *member.slot.info;
    member.required = info.required || !(optional || member.has_default);
    if (model.config.validate_by_name) model.config.populate_by_name = true;
    std::string made = model.config.alias_generator ? model.config.alias_generator(member.name) : std::string(member.name);
    member.key = first_of(info.validation_alias, info.alias, made);
    if (info.alias_paths) {
        member.key = member.name;
        const AliasPaths& paths = *info.alias_paths;
        auto is_first = [&](std::size_t i) { return i == paths.size || paths.steps[i].first; };
        for (std::size_t i = paths.size; paths.choices && i-- > 0;)
            if (is_first(i) && is_first(i + 1)) member.key = paths.steps[i].name;
        model.has_alias_paths = true;
    }
    member.out_key = first_of(info.serialization_alias, info.alias, made);
    write_json_string(member.prefix, member.out_key);
    member.prefix.push_back(':');
    if (info.matches) info.matches({}); // a wrong pattern is found here, not at the first request
    model.members.push_back(std::move(member));
}

FASTAPI_COLD void add_computed(Model& model, Computed computed) {
    write_json_string(computed.prefix, computed.name);
    computed.prefix.push_back(':');
    model.computed.push_back(std::move(computed));
}

FASTAPI_COLD void add_extra(Model& model, const ExtraTraits& traits, std::size_t offset) {
    if (model.extra)
        throw std::logic_error("fastapi: " + std::string(model.name) + " has two members ExtraFields: one keeps all unknown keys");
    model.extra = &traits;
    model.extra_offset = offset;
}

FASTAPI_COLD void check_model(const Model& model) {
    if (model.config.extra == Extra::allow && !model.extra)
        throw std::logic_error("fastapi: " + std::string(model.name) +
                               " allows extra fields and has no place for them: give it a member ExtraFields<>");
    if (model.config.extra == Extra::forbid && model.extra)
        throw std::logic_error("fastapi: " + std::string(model.name) +
                               " forbids extra fields and has a member ExtraFields: one of the two must go");
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
    try {
        encode(type, value, written, {});
        encode(type, zero, expected, {});
    } catch (const std::logic_error&) {
        return; // an enum of which zero is no enumerator: no default either
    }
    if (written == expected) return;
    throw std::logic_error("fastapi: " + std::string(model.name) + "::" + std::string(member) +
                           " is a plain member with a default (" + written +
                           "), which a plain member cannot keep: write Field<…> " + std::string(member) + " = …;");
}

} // namespace fastapi::detail
