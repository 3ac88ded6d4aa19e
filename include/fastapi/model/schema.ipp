#pragma once

#include "fastapi/json/writer.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

FASTAPI_COLD std::string title_of(std::string_view name) {
    std::string out;
    bool inside = false; // a letter before this one
    for (char c : name) {
        if (c == '_') c = ' ';
        bool letter = is_letter(c);
        if (letter && !inside && c >= 'a') c = static_cast<char>(c - 32);
        if (letter && inside && c <= 'Z') c = static_cast<char>(c + 32);
        inside = letter;
        out.push_back(c);
    }
    return out;
}

// Page<app::Item> is Page_Item_ as a component and Page[Item] as a title.
FASTAPI_COLD std::string generic_name(std::string_view name, char open, char close) {
    std::size_t at = name.find('<');
    if (at == std::string_view::npos) return std::string(name);
    std::string out(name.substr(0, at));
    out.push_back(open);
    std::string_view rest = name.substr(at + 1, name.size() - at - 2);
    while (!rest.empty()) {
        int depth = 0;
        std::size_t end = 0;
        for (; end < rest.size(); ++end) {
            if (rest[end] == '<') ++depth;
            if (rest[end] == '>') --depth;
            if (depth == 0 && rest[end] == ',') break;
        }
        std::string_view argument = rest.substr(0, end);
        std::size_t scope = argument.substr(0, argument.find('<')).rfind("::");
        if (scope != std::string_view::npos) argument.remove_prefix(scope + 2);
        out += generic_name(argument, open, close);
        rest.remove_prefix(end < rest.size() ? end + 1 : end);
        while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
        if (!rest.empty()) out += open == '[' ? ", " : "_";
    }
    out.push_back(close);
    return out;
}

FASTAPI_COLD void write_constant(std::string& out, const Constant& constant) {
    switch (constant.kind) {
    case Constant::Kind::null: out += "null"; return;
    case Constant::Kind::boolean: out += constant.boolean ? "true" : "false"; return;
    case Constant::Kind::string: write_json_string(out, constant.text); return;
    case Constant::Kind::json: out += constant.text; return;
    case Constant::Kind::number:
        if (constant.number.kind == Number::Kind::integer) {
            write_json_integer(out, constant.number.integer);
        } else {
            write_json_double(out, constant.number.as_double());
        }
        return;
    }
}

// The model or enum that a type is, through Field; null for anything else.
FASTAPI_COLD const void* component_of(const Type& type) {
    if (type.kind == Kind::field) return component_of(*static_cast<const FieldTraits*>(type.traits)->inner.type);
    if (type.kind == Kind::model) return &static_cast<const ModelTraits*>(type.traits)->describe();
    if (type.kind == Kind::enumeration && !static_cast<const EnumTraits*>(type.traits)->name.empty()) return type.traits;
    return nullptr;
}

// Calls visit for the types directly inside a type.
template <class V>
void each_inner(const Type& type, V visit) {
    switch (type.kind) {
    case Kind::optional: visit(*static_cast<const OptionalTraits*>(type.traits)->inner.type); return;
    case Kind::list: visit(*static_cast<const ListTraits*>(type.traits)->element.type); return;
    case Kind::map:
        visit(*static_cast<const MapTraits*>(type.traits)->key.type);
        visit(*static_cast<const MapTraits*>(type.traits)->value.type);
        return;
    case Kind::field: visit(*static_cast<const FieldTraits*>(type.traits)->inner.type); return;
    default: return;
    }
}

FASTAPI_COLD void Schemas::collect(const Type& type, SchemaMode mode) {
    const void* identity = component_of(type);
    if (identity && type.kind != Kind::field) {
        auto [at, fresh] = components_.try_emplace(identity);
        Component& component = at->second;
        if (fresh) order_.push_back(identity);
        bool& used = component.used[static_cast<int>(mode)];
        if (used) return;
        used = true;
        if (type.kind == Kind::enumeration) {
            component.enumeration = static_cast<const EnumTraits*>(type.traits);
            return;
        }
        component.model = &static_cast<const ModelTraits*>(type.traits)->describe();
        for (const Member& member : component.model->members) collect(*member.slot.type, mode);
        return;
    }
    each_inner(type, [&](const Type& inner) { collect(inner, mode); });
}

FASTAPI_COLD void Schemas::find_references(const Type& type, std::set<const void*>& out) const {
    if (const void* identity = component_of(type)) {
        out.insert(identity);
    } else {
        each_inner(type, [&](const Type& inner) { find_references(inner, out); });
    }
}

// A model differs when its own two texts differ, when one that it refers to does, or when it refers to itself.
FASTAPI_COLD void Schemas::find_differences() {
    for (auto& [identity, component] : components_) {
        if (!component.model) continue;
        std::set<const void*> references;
        for (const Member& member : component.model->members) find_references(*member.slot.type, references);
        JsonWriter texts[2];
        write_model(texts[0], *component.model, SchemaMode::input);
        write_model(texts[1], *component.model, SchemaMode::output);
        component.differs = references.contains(identity) || texts[0].out != texts[1].out;
        component.refers[0] = std::move(references);
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (auto& [identity, component] : components_) {
            if (component.differs) continue;
            for (const void* other : component.refers[0])
                if (auto found = components_.find(other); found != components_.end() && found->second.differs)
                    changed = component.differs = true;
        }
    }
}

FASTAPI_COLD void Schemas::name() {
    std::map<std::string, std::vector<Component*>> by_name;
    for (const void* identity : order_) {
        Component& component = components_[identity];
        component.name = generic_name(component.model ? component.model->name : component.enumeration->name, '_', '_');
        by_name[component.name].push_back(&component);
    }
    for (auto& [name, same] : by_name) {
        if (same.size() < 2) continue;
        for (Component* component : same) {
            std::string_view qualified = component->model ? component->model->qualified : component->enumeration->qualified;
            component->name.clear();
            for (std::size_t i = 0; i < qualified.size(); ++i) {
                bool scope = qualified.substr(i, 2) == "::";
                component->name += scope ? "__" : std::string(1, is_letter(qualified[i]) || (qualified[i] >= '0' && qualified[i] <= '9') ? qualified[i] : '_');
                i += scope;
            }
        }
    }
    if (split) find_differences();
}

FASTAPI_COLD std::string Schemas::component_name(const Component& component, SchemaMode mode) const {
    if (!split || !component.differs || !component.used[0] || !component.used[1]) return component.name;
    return component.name + (mode == SchemaMode::input ? "-Input" : "-Output");
}

FASTAPI_COLD std::string Schemas::model_name(const Model& model, SchemaMode mode) const {
    auto found = components_.find(&model);
    return found == components_.end() ? std::string(model.name) : component_name(found->second, mode);
}

FASTAPI_COLD void Schemas::write_ref(JsonWriter& writer, const void* identity, SchemaMode mode) const {
    auto found = components_.find(identity);
    if (found != components_.end()) writer.key("$ref").string(ref_prefix_ + component_name(found->second, mode));
}

FASTAPI_COLD void write_bounds(JsonWriter& writer, const FieldInfo& info) {
    auto write = [&](std::string_view key, const Number& bound) {
        std::string text;
        write_constant(text, {Constant::Kind::number, false, bound, {}});
        if (bound) writer.key(key).raw(text);
    };
    write("exclusiveMinimum", info.gt);
    write("minimum", info.ge);
    write("exclusiveMaximum", info.lt);
    write("maximum", info.le);
    write("multipleOf", info.multiple_of);
}

FASTAPI_COLD void write_lengths(JsonWriter& writer, const FieldInfo& info, std::string_view least, std::string_view most) {
    if (info.min_length >= 0) writer.key(least).integer(info.min_length);
    if (info.max_length >= 0) writer.key(most).integer(info.max_length);
}

FASTAPI_COLD void write_enum(JsonWriter& writer, const EnumTraits& traits) {
    writer.key("type").string("string");
    if (traits.size == 1 && traits.name.empty()) {
        writer.key("const").string(traits.entries[0].name);
    } else {
        writer.key("enum").begin_array();
        for (std::size_t i = 0; i < traits.size; ++i) writer.string(traits.entries[i].name);
        writer.end_array();
    }
    if (!traits.name.empty()) writer.key("title").string(traits.name);
}

FASTAPI_COLD void Schemas::write_keywords(JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) const {
    type.ops->schema(*this, writer, type, info, mode);
}

FASTAPI_COLD void schema_boolean(const Schemas&, JsonWriter& writer, const Type&, const FieldInfo&, SchemaMode) {
    writer.key("type").string("boolean");
}
FASTAPI_COLD void schema_integer(const Schemas&, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode) {
    writer.key("type").string("integer");
    write_bounds(writer, info);
    if (!type.is_signed && !info.ge && !info.gt) writer.key("minimum").integer(0);
}
FASTAPI_COLD void schema_floating(const Schemas&, JsonWriter& writer, const Type&, const FieldInfo& info, SchemaMode) {
    writer.key("type").string("number");
    write_bounds(writer, info);
}
FASTAPI_COLD void schema_string(const Schemas&, JsonWriter& writer, const Type&, const FieldInfo& info, SchemaMode) {
    writer.key("type").string("string");
    write_lengths(writer, info, "minLength", "maxLength");
    writer.member("pattern", info.pattern);
}
FASTAPI_COLD void schema_enumeration(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo&, SchemaMode mode) {
    if (const void* identity = component_of(type)) return schemas.write_ref(writer, identity, mode);
    write_enum(writer, *static_cast<const EnumTraits*>(type.traits));
}
FASTAPI_COLD void schema_optional(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) {
    writer.key("anyOf").begin_array().begin_object();
    schemas.write_keywords(writer, *static_cast<const OptionalTraits*>(type.traits)->inner.type, info, mode);
    writer.end_object().begin_object().key("type").string("null").end_object().end_array();
}
FASTAPI_COLD void schema_list(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) {
    const auto& traits = *static_cast<const ListTraits*>(type.traits);
    writer.key("items");
    schemas.write_type(writer, traits.element, mode);
    writer.key("type").string("array");
    if (traits.shape == ListTraits::Shape::set) writer.key("uniqueItems").boolean(true);
    write_lengths(writer, info, "minItems", "maxItems");
}
FASTAPI_COLD void schema_map(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) {
    const auto& traits = *static_cast<const MapTraits*>(type.traits);
    writer.key("type").string("object").key("additionalProperties");
    if (traits.value.type->kind == Kind::any) {
        writer.boolean(true);
    } else {
        schemas.write_type(writer, traits.value, mode);
    }
    write_lengths(writer, info, "minProperties", "maxProperties");
}
FASTAPI_COLD void schema_field(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo&, SchemaMode mode) {
    const Slot& inner = static_cast<const FieldTraits*>(type.traits)->inner;
    schemas.write_keywords(writer, *inner.type, *inner.info, mode);
}
FASTAPI_COLD void schema_model(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo&, SchemaMode mode) {
    schemas.write_ref(writer, component_of(type), mode);
}
FASTAPI_COLD void schema_any(const Schemas&, JsonWriter&, const Type&, const FieldInfo&, SchemaMode) {}
FASTAPI_COLD void schema_custom(const Schemas&, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode) {
    static_cast<const CustomTraits*>(type.traits)->schema(writer, info);
}

FASTAPI_COLD void write_common(JsonWriter& writer, const FieldInfo& info) {
    writer.member("description", info.description);
    if (info.deprecated) writer.key("deprecated").boolean(true);
    if (info.examples.size > 0) {
        writer.key("examples").begin_array();
        for (std::size_t i = 0; i < info.examples.size; ++i) {
            std::string text;
            write_constant(text, info.examples.items[i]);
            writer.raw(text);
        }
        writer.end_array();
    }
}

FASTAPI_COLD void Schemas::write_type(JsonWriter& writer, const Slot& slot, SchemaMode mode) const {
    writer.begin_object();
    write_keywords(writer, *slot.type, *slot.info, mode);
    const FieldInfo& info = slot.type->kind == Kind::field
                                ? *static_cast<const FieldTraits*>(slot.type->traits)->inner.info
                                : *slot.info;
    writer.member("title", info.title);
    write_common(writer, info);
    writer.end_object();
}

FASTAPI_COLD void Schemas::write_field(JsonWriter& writer, const Slot& slot, std::string_view name,
                                         std::string_view default_json, SchemaMode mode, bool always_title) const {
    const Type* unwrapped = slot.type;
    bool nullable = unwrapped->kind == Kind::optional;
    while (unwrapped->kind == Kind::optional) unwrapped = static_cast<const OptionalTraits*>(unwrapped->traits)->inner.type;
    bool refers = component_of(*unwrapped) != nullptr;
    writer.begin_object();
    write_keywords(writer, *slot.type, *slot.info, mode);
    if (!slot.info->title.empty()) {
        writer.key("title").string(slot.info->title);
    } else if (!refers || (always_title && nullable)) {
        writer.key("title").string(title_of(name));
    }
    write_common(writer, *slot.info);
    if (!default_json.empty() && default_json != "null") writer.key("default").raw(default_json);
    writer.end_object();
}

FASTAPI_COLD void Schemas::write_model(JsonWriter& writer, const Model& model, SchemaMode mode) const {
    writer.begin_object().key("properties").begin_object();
    bool any_required = false;
    for (const Member& member : model.members) {
        if (mode == SchemaMode::output && member.slot.info->exclude) continue;
        if (!member.slot.info->in_schema) continue;
        std::string default_json;
        if (member.has_default)
            encode(*member.slot.type, static_cast<const char*>(model.prototype) + member.offset, default_json, {});
        const std::string& key = mode == SchemaMode::input ? member.key : member.out_key;
        writer.key(key);
        write_field(writer, member.slot, key, default_json, mode, false);
        any_required = any_required || member.required;
    }
    writer.end_object().key("type").string("object");
    if (any_required) {
        writer.key("required").begin_array();
        for (const Member& member : model.members) {
            if (!member.required || !member.slot.info->in_schema) continue;
            if (mode == SchemaMode::output && member.slot.info->exclude) continue;
            writer.string(mode == SchemaMode::input ? member.key : member.out_key);
        }
        writer.end_array();
    }
    writer.key("title").string(model.config.title ? std::string(model.config.title) : generic_name(model.name, '[', ']'));
    writer.member("description", model.description);
    if (model.config.extra == Extra::forbid) writer.key("additionalProperties").boolean(false);
    if (model.config.json_schema_extra) {
        std::string_view extra = model.config.json_schema_extra;
        std::size_t open = extra.find('{');
        std::size_t close = extra.rfind('}');
        std::string_view members = extra.substr(open + 1, close - open - 1);
        if (members.find_first_not_of(" \n\t\r") != std::string_view::npos) writer.raw(members);
    }
    writer.end_object();
}

FASTAPI_COLD std::map<std::string, std::string> Schemas::components() const {
    std::map<std::string, std::string> out;
    for (const auto& [identity, component] : components_) {
        for (SchemaMode mode : {SchemaMode::input, SchemaMode::output}) {
            if (!component.used[static_cast<int>(mode)]) continue;
            std::string& text = out[component_name(component, mode)];
            if (!text.empty()) continue;
            JsonWriter writer;
            if (component.model) {
                write_model(writer, *component.model, mode);
            } else {
                writer.begin_object();
                write_enum(writer, *component.enumeration);
                writer.end_object();
            }
            text = std::move(writer.out);
        }
    }
    return out;
}

} // namespace fastapi::detail
