#pragma once

#include <utility>

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

// What Pydantic calls a type that is an argument of a generic model; empty for models.
FASTAPI_COLD std::string_view python_name(std::string_view name) {
    if (name.starts_with("basic_string<") || name == "string") return "str";
    if (name == "bool") return "bool";
    if (name == "double" || name == "float") return "float";
    for (std::string_view integer : {"int", "long", "short", "unsigned", "signed"})
        if (name.starts_with(integer) && (name.size() == integer.size() || name[integer.size()] == ' ')) return "int";
    return {};
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
        while (!argument.empty() && argument.back() == ' ') argument.remove_suffix(1);
        std::size_t scope = argument.substr(0, argument.find('<')).rfind("::");
        if (scope != std::string_view::npos) argument.remove_prefix(scope + 2);
        out += python_name(argument).empty() ? generic_name(argument, open, close) : std::string(python_name(argument));
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
        } else if (constant.number.kind == Number::Kind::large) {
            write_json_unsigned(out, constant.number.bits);
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

// The types directly inside a type.
FASTAPI_COLD const Type* inner_type(const Type& type) {
    switch (type.kind) {
    case Kind::optional: return static_cast<const OptionalTraits*>(type.traits)->inner.type;
    case Kind::list: return static_cast<const ListTraits*>(type.traits)->element.type;
    case Kind::field: return static_cast<const FieldTraits*>(type.traits)->inner.type;
    case Kind::map: return static_cast<const MapTraits*>(type.traits)->value.type;
    default: return nullptr;
    }
}

FASTAPI_COLD void write_enum(JsonWriter& writer, const EnumTraits& traits);
FASTAPI_COLD void write_model(const Schemas& schemas, JsonWriter& writer, const Model& model, SchemaMode mode);

FASTAPI_COLD void collect_inner(Schemas& schemas, const Type& type, SchemaMode mode) { schemas.collect(*inner_type(type), mode); }

FASTAPI_COLD void collect_map(Schemas& schemas, const Type& type, SchemaMode mode) {
    schemas.collect(*static_cast<const MapTraits*>(type.traits)->key.type, mode);
    collect_inner(schemas, type, mode);
}

FASTAPI_COLD void collect_enumeration(Schemas& schemas, const Type& type, SchemaMode mode) {
    const auto& traits = *static_cast<const EnumTraits*>(type.traits);
    if (traits.name.empty()) return;
    Schemas::Component component{&traits, traits.name, traits.qualified};
    component.write = [](const Schemas&, JsonWriter& writer, const void* identity, SchemaMode) {
        writer.begin_object();
        write_enum(writer, *static_cast<const EnumTraits*>(identity));
        writer.end_object();
    };
    schemas.add(component, mode);
}

// The components that a type names, not through other components.
FASTAPI_COLD void find_references(const Type& type, std::vector<const void*>& out) {
    if (const void* identity = component_of(type)) {
        out.push_back(identity);
    } else if (const Type* inner = inner_type(type)) {
        find_references(*inner, out);
    }
}

FASTAPI_COLD void collect_model(Schemas& schemas, const Type& type, SchemaMode mode) {
    const Model& model = static_cast<const ModelTraits*>(type.traits)->describe();
    Schemas::Component component{&model, model.name, model.qualified};
    component.write = [](const Schemas& all, JsonWriter& writer, const void* identity, SchemaMode which) {
        write_model(all, writer, *static_cast<const Model*>(identity), which);
    };
    component.references = [](const void* identity, std::vector<const void*>& out) {
        for (const Member& member : static_cast<const Model*>(identity)->members) find_references(*member.slot.type, out);
    };
    if (!schemas.add(component, mode)) return;
    for (const Member& member : model.members) schemas.collect_slot(member.slot, mode);
    if (mode == SchemaMode::output)
        for (const Computed& computed : model.computed) schemas.collect(*computed.type, mode);
}

FASTAPI_COLD const Schemas::Component* Schemas::find(const void* identity) const {
    for (const Component& component : components_)
        if (component.identity == identity) return &component;
    return nullptr;
}

FASTAPI_COLD bool Schemas::add(const Component& component, SchemaMode mode) {
    auto known = const_cast<Component*>(find(component.identity));
    if (!known) known = &components_.emplace_back(component);
    bool& used = known->used[static_cast<int>(mode)];
    return !std::exchange(used, true);
}

// A component differs when its own two texts do, when one that it refers to does, or when it refers to itself.
FASTAPI_COLD void Schemas::find_differences() {
    for (bool changed = true; changed;) {
        changed = false;
        for (Component& component : components_) {
            if (component.differs || !component.references) continue;
            std::vector<const void*> references;
            component.references(component.identity, references);
            bool differs = false;
            for (const void* other : references) {
                const Component* found = find(other);
                differs = differs || other == component.identity || (found && found->differs);
            }
            if (!differs) {
                JsonWriter texts[2];
                component.write(*this, texts[0], component.identity, SchemaMode::input);
                component.write(*this, texts[1], component.identity, SchemaMode::output);
                differs = texts[0].out != texts[1].out;
            }
            if (differs) changed = component.differs = true;
        }
    }
}

FASTAPI_COLD void Schemas::name() {
    for (Component& component : components_) component.name = generic_name(component.class_name, '_', '_');
    // Classes of the same name from different namespaces go by their qualified names.
    for (Component& component : components_) {
        std::string name = component.name;
        bool clash = false;
        for (Component& other : components_) clash = clash || (&other != &component && generic_name(other.class_name, '_', '_') == name);
        if (!clash) continue;
        component.name.clear();
        for (std::size_t i = 0; i < component.qualified.size(); ++i) {
            char c = component.qualified[i];
            bool scope = component.qualified.substr(i, 2) == "::";
            component.name += scope ? "__" : std::string_view(is_letter(c) || (c >= '0' && c <= '9') ? &component.qualified[i] : "_", 1);
            i += scope;
        }
    }
    if (split) find_differences();
}

FASTAPI_COLD std::string Schemas::name_of(const Component& component, SchemaMode mode) const {
    bool suffix = split && component.differs && component.used[0] && component.used[1];
    return concat({component.name, !suffix ? "" : mode == SchemaMode::input ? "-Input" : "-Output"});
}

FASTAPI_COLD std::string Schemas::component_name(const void* identity, SchemaMode mode) const {
    const Component* component = find(identity);
    return component ? name_of(*component, mode) : std::string{};
}

FASTAPI_COLD void Schemas::write_ref(JsonWriter& writer, const void* identity, SchemaMode mode) const {
    writer.key("$ref").string(concat({ref_prefix_, component_name(identity, mode)}));
}

FASTAPI_COLD void add_schema(SchemaList& list, std::string name, std::string text) {
    auto before = list.before_begin();
    for (auto at = list.begin(); at != list.end() && at->name <= name; before = at++)
        if (at->name == name) return;
    list.emplace_after(before, NamedSchema{std::move(name), std::move(text)});
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
    if (info.read_only) writer.key("readOnly").boolean(true);
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

// What a place writes, or reads: another type than its own when a function of the user's stands there; none.
FASTAPI_COLD const Type* seen_type(const Slot& slot, SchemaMode mode) {
    if (mode == SchemaMode::output && slot.info->serializer) return slot.info->serializer->type;
    return mode == SchemaMode::input && slot.info->any_input ? nullptr : slot.type;
}

FASTAPI_COLD void Schemas::collect_slot(const Slot& slot, SchemaMode mode) {
    if (const Type* type = seen_type(slot, mode)) collect(*type, mode);
}

FASTAPI_COLD void Schemas::write_type(JsonWriter& writer, const Slot& slot, SchemaMode mode) const {
    writer.begin_object();
    if (const Type* type = seen_type(slot, mode)) write_keywords(writer, *type, *slot.info, mode);
    const FieldInfo& info = slot.type->kind == Kind::field
                                ? *static_cast<const FieldTraits*>(slot.type->traits)->inner.info
                                : *slot.info;
    writer.member("title", info.title);
    write_common(writer, info);
    writer.end_object();
}

FASTAPI_COLD void Schemas::write_field(JsonWriter& writer, const Slot& slot, std::string_view name,
                                         std::string_view default_json, SchemaMode mode, bool always_title) const {
    const Type* seen = seen_type(slot, mode);
    const Type* unwrapped = seen;
    bool nullable = seen && seen->kind == Kind::optional;
    while (unwrapped && unwrapped->kind == Kind::optional) unwrapped = static_cast<const OptionalTraits*>(unwrapped->traits)->inner.type;
    bool refers = unwrapped && component_of(*unwrapped) != nullptr;
    writer.begin_object();
    if (seen) write_keywords(writer, *seen, *slot.info, mode);
    if (!slot.info->title.empty()) {
        writer.key("title").string(slot.info->title);
    } else if (!refers || (always_title && nullable)) {
        writer.key("title").string(title_of(name));
    }
    write_common(writer, *slot.info);
    if (!default_json.empty() && default_json != "null") writer.key("default").raw(default_json);
    writer.end_object();
}

FASTAPI_COLD void write_model(const Schemas& schemas, JsonWriter& writer, const Model& model, SchemaMode mode) {
    writer.begin_object().key("properties").begin_object();
    bool any_required = false;
    for (const Member& member : model.members) {
        if (mode == SchemaMode::output && member.slot.info->exclude) continue;
        if (!member.slot.info->in_schema) continue;
        std::string default_json;
        if (member.has_default)
            encode({member.slot.type, mode == SchemaMode::output ? member.slot.info : &no_info},
                   static_cast<const char*>(model.prototype) + member.offset, default_json, {});
        const std::string& key = mode == SchemaMode::input ? member.key : member.out_key;
        writer.key(key);
        schemas.write_field(writer, member.slot, key, default_json, mode, false);
        any_required = any_required || member.required;
    }
    bool output = mode == SchemaMode::output;
    for (const Computed& computed : model.computed) {
        if (!output) break;
        writer.key(computed.name);
        FieldInfo info;
        info.read_only = true;
        schemas.write_field(writer, {computed.type, &info}, computed.name, {}, mode, false);
        any_required = true;
    }
    writer.end_object().key("type").string("object");
    if (any_required) {
        writer.key("required").begin_array();
        for (const Member& member : model.members) {
            if (!member.required || !member.slot.info->in_schema) continue;
            if (mode == SchemaMode::output && member.slot.info->exclude) continue;
            writer.string(mode == SchemaMode::input ? member.key : member.out_key);
        }
        for (const Computed& computed : model.computed)
            if (output) writer.string(computed.name);
        writer.end_array();
    }
    writer.key("title").string(model.config.title ? std::string(model.config.title) : generic_name(model.name, '[', ']'));
    writer.member("description", model.description.substr(0, model.description.find('\f')));
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

FASTAPI_COLD SchemaList Schemas::components() const {
    SchemaList out;
    for (const Component& component : components_) {
        for (SchemaMode mode : {SchemaMode::input, SchemaMode::output}) {
            if (!component.used[static_cast<int>(mode)]) continue;
            JsonWriter writer;
            component.write(*this, writer, component.identity, mode);
            add_schema(out, name_of(component, mode), std::move(writer.out));
        }
    }
    return out;
}

} // namespace fastapi::detail
