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

// Takes the first template argument off a list of them.
FASTAPI_COLD std::string_view next_argument(std::string_view& rest) {
    int depth = 0;
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
        if (rest[end] == '<') ++depth;
        if (rest[end] == '>' && --depth < 0) break;
        if (depth == 0 && rest[end] == ',') break;
    }
    std::string_view argument = rest.substr(0, end);
    rest.remove_prefix(end < rest.size() ? end + 1 : end);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    while (!argument.empty() && argument.back() == ' ') argument.remove_suffix(1);
    return argument;
}

// Templates that are Python's generic types: their names, and how many of their arguments count (0: all).
inline constexpr struct {
    std::string_view name, python;
    int arguments;
    std::string_view behind; // the last argument
} python_generics[] = {{"vector", "list[", 1, "]"},        {"list", "list[", 1, "]"},
                       {"deque", "list[", 1, "]"},         {"array", "list[", 1, "]"},
                       {"set", "set[", 1, "]"},            {"unordered_set", "set[", 1, "]"},
                       {"FrozenSet", "frozenset[", 1, "]"}, {"VariadicTuple", "tuple[", 1, ", ...]"},
                       {"map", "dict[", 2, "]"},           {"unordered_map", "dict[", 2, "]"},
                       {"optional", "Union[", 1, ", NoneType]"}, {"unique_ptr", "Union[", 1, ", NoneType]"},
                       {"shared_ptr", "Union[", 1, ", NoneType]"}, {"variant", "Union[", 0, "]"},
                       {"tuple", "tuple[", 0, "]"},        {"pair", "tuple[", 0, "]"},
                       {"Field", "", 1, ""}};

// What Python calls a type that is an argument of a generic model.
FASTAPI_COLD std::string python_type(std::string_view name) {
    std::size_t scope = name.substr(0, name.find('<')).rfind("::");
    if (scope != std::string_view::npos) name.remove_prefix(scope + 2);
    if (name.starts_with("basic_string<") || name == "string") return "str";
    if (name.starts_with("basic_json<") || name == "json") return "Any";
    if (name == "double" || name == "float") return "float";
    if (name == "monostate" || name == "nullptr_t") return "NoneType";
    for (std::string_view integer : {"int", "long", "short", "unsigned", "signed"})
        if (name.starts_with(integer) && (name.size() == integer.size() || name[integer.size()] == ' ')) return "int";
    std::size_t open = name.find('<');
    if (open != std::string_view::npos) {
        for (const auto& generic : python_generics) {
            if (generic.name != name.substr(0, open)) continue;
            std::string_view rest = name.substr(open + 1);
            std::string out(generic.python);
            for (int i = 0; !rest.empty() && rest != ">" && (i < generic.arguments || generic.arguments == 0); ++i) {
                if (i > 0) out += ", ";
                out += python_type(next_argument(rest));
                if (rest.starts_with('>')) break;
            }
            return out.append(generic.behind);
        }
    }
    return generic_name(name, '[', ']');
}

// Page<app::Item> is Page_Item_ as a component and Page[Item] as a title.
FASTAPI_COLD std::string generic_name(std::string_view name, char open, char close) {
    std::size_t at = name.find('<');
    if (at == std::string_view::npos) return std::string(name);
    std::string out(name.substr(0, at));
    out.push_back(open);
    std::string_view rest = name.substr(at + 1);
    for (bool first = true; !rest.empty() && !rest.starts_with('>'); first = false) {
        if (!first) out += open == '[' ? ", " : "_";
        for (char c : python_type(next_argument(rest)))
            out.push_back(open == '[' || is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' ? c : '_');
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

// Splits the members of an array, without its brackets, at its commas.
FASTAPI_COLD std::string_view next_member(std::string_view& rest) {
    int depth = 0;
    bool string = false;
    std::size_t at = 0;
    for (; at < rest.size(); ++at) {
        char c = rest[at];
        if (string && c == '\\') {
            ++at;
        } else if (c == '"') {
            string = !string;
        } else if (!string) {
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            if (depth < 0 || (depth == 0 && c == ',')) break;
        }
    }
    std::string_view member = rest.substr(0, at);
    rest.remove_prefix(at);
    return member;
}

FASTAPI_COLD void AnyOf::add(std::string_view schema) {
    constexpr std::string_view head = R"({"anyOf":[)";
    if (schema.starts_with(head)) {
        std::string_view rest = schema.substr(head.size());
        std::string_view first = rest;
        while (!next_member(rest).empty() && rest.starts_with(',')) rest.remove_prefix(1);
        if (rest == "]}") { // nothing but the anyOf
            for (;; first.remove_prefix(1)) {
                add(next_member(first));
                if (!first.starts_with(',')) return;
            }
        }
    }
    for (const std::string& known : members_)
        if (known == schema) return;
    members_.emplace_back(schema);
}

FASTAPI_COLD void AnyOf::write(JsonWriter& writer) const {
    if (members_.size() == 1) {
        if (members_[0].size() > 2) writer.raw(std::string_view(members_[0]).substr(1, members_[0].size() - 2));
        return;
    }
    writer.key("anyOf").begin_array();
    for (const std::string& member : members_) writer.raw(member);
    writer.end_array();
}

// The model or enum that a type is, through Field; null for anything else.
FASTAPI_COLD const void* component_of(const Type& type) {
    if (type.kind == Kind::field) return component_of(*static_cast<const FieldTraits*>(type.traits)->inner.type);
    if (type.kind == Kind::model) return &static_cast<const ModelTraits*>(type.traits)->describe();
    if (type.kind == Kind::enumeration && !static_cast<const EnumTraits*>(type.traits)->name.empty()) return type.traits;
    if (type.kind == Kind::any) return type.traits; // JsonValue has a name
    return nullptr;
}

// The types directly inside a type.
FASTAPI_COLD const Type* inner_type(const Type& type) {
    switch (type.kind) {
    case Kind::optional: return static_cast<const OptionalTraits*>(type.traits)->inner.type;
    case Kind::list: return static_cast<const ListTraits*>(type.traits)->element.type;
    case Kind::field: return static_cast<const FieldTraits*>(type.traits)->inner.type;
    case Kind::map: return static_cast<const MapTraits*>(type.traits)->value.type;
    case Kind::json_text: return static_cast<const JsonTextTraits*>(type.traits)->inner.type;
    default: return nullptr;
    }
}

FASTAPI_COLD void write_model(const Schemas& schemas, JsonWriter& writer, const Model& model, SchemaMode mode);

FASTAPI_COLD void collect_inner(Schemas& schemas, const Type& type, SchemaMode mode) { schemas.collect(*inner_type(type), mode); }

FASTAPI_COLD void collect_map(Schemas& schemas, const Type& type, SchemaMode mode) {
    schemas.collect(*static_cast<const MapTraits*>(type.traits)->key.type, mode);
    collect_inner(schemas, type, mode);
}

FASTAPI_COLD void collect_field(Schemas& schemas, const Type& type, SchemaMode mode) {
    const Slot& inner = static_cast<const FieldTraits*>(type.traits)->inner;
    schemas.collect(*inner.type, mode);
    if (inner.info->check) inner.info->check(inner);
}

// The components that a type names, not through other components.
FASTAPI_COLD void find_references(const Type& type, List<const void*>& out) {
    if (const void* identity = component_of(type)) {
        out.push_back(identity);
    } else if (type.kind == Kind::variant) {
        const auto& traits = *static_cast<const VariantTraits*>(type.traits);
        for (std::size_t i = 0; i < traits.size; ++i)
            if (traits.branches[i].type) find_references(*traits.branches[i].type, out);
    } else if (type.kind == Kind::tuple) {
        const auto& traits = *static_cast<const TupleTraits*>(type.traits);
        for (std::size_t i = 0; i < traits.size && !(i > 0 && traits.uniform); ++i) find_references(*traits.items[i].type, out);
    } else if (const Type* inner = inner_type(type)) {
        if (type.kind == Kind::map) find_references(*static_cast<const MapTraits*>(type.traits)->key.type, out);
        find_references(*inner, out);
    }
}

FASTAPI_COLD void collect_model(Schemas& schemas, const Type& type, SchemaMode mode) {
    const Model& model = static_cast<const ModelTraits*>(type.traits)->describe();
    Schemas::Component component{&model, model.name, model.qualified};
    component.write_name = &generic_name;
    component.write = [](const Schemas& all, JsonWriter& writer, const void* identity, SchemaMode which) {
        write_model(all, writer, *static_cast<const Model*>(identity), which);
    };
    component.references = [](const void* identity, List<const void*>& out) {
        const auto& described = *static_cast<const Model*>(identity);
        for (const Member& member : described.members) find_references(*member.slot.type, out);
        if (described.extra) find_references(*described.extra->value.type, out);
    };
    if (!schemas.add(component, mode)) return;
    for (const Member& member : model.members) schemas.collect_slot(member.slot, mode);
    for (const Member& member : model.members)
        if (member.slot.info->check) member.slot.info->check(member.slot);
    if (model.extra) schemas.collect(*model.extra->value.type, mode);
    if (mode == SchemaMode::output)
        for (const Computed& computed : model.computed) schemas.collect(*computed.type, mode);
}

FASTAPI_COLD const Schemas::Component* Schemas::find(const void* identity) const {
    for (const auto& component : components_)
        if (component->identity == identity) return component.get();
    return nullptr;
}

FASTAPI_COLD bool Schemas::add(const Component& component, SchemaMode mode) {
    auto known = const_cast<Component*>(find(component.identity));
    if (!known) known = components_.push_back(Owned<Component>(new Component(component))).get();
    bool& used = known->used[static_cast<int>(mode)];
    return !std::exchange(used, true);
}

// A component differs when its own two texts do, when one that it refers to does, or when it refers to itself.
FASTAPI_COLD void Schemas::find_differences() {
    for (bool changed = true; changed;) {
        changed = false;
        for (auto& one : components_) {
            Component& component = *one;
            if (component.differs || !component.references) continue;
            List<const void*> references;
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
    auto plain_name = [](const Component& component) {
        return component.write_name ? component.write_name(component.class_name, '_', '_') : std::string(component.class_name);
    };
    for (auto& component : components_) component->name = plain_name(*component);
    // Classes of the same name from different namespaces go by their qualified names.
    for (auto& one : components_) {
        Component& component = *one;
        std::string name = component.name;
        bool clash = false;
        for (auto& other : components_) clash = clash || (other.get() != &component && plain_name(*other) == name);
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
    std::size_t place = 0;
    for (; place < list.size() && list[place]->name <= name; ++place)
        if (list[place]->name == name) return;
    list.insert(place, Owned<NamedSchema>(new NamedSchema{std::move(name), std::move(text)}));
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
FASTAPI_COLD void schema_optional(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) {
    JsonWriter inner;
    inner.begin_object();
    schemas.write_keywords(inner, *static_cast<const OptionalTraits*>(type.traits)->inner.type, info, mode);
    AnyOf members;
    members.add(inner.end_object().out);
    members.add(R"({"type":"null"})");
    members.write(writer);
}
FASTAPI_COLD void schema_list(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) {
    const auto& traits = *static_cast<const ListTraits*>(type.traits);
    writer.key("items");
    schemas.write_type(writer, traits.element, mode);
    writer.key("type").string("array");
    if (traits.shape == ListTraits::Shape::set || traits.shape == ListTraits::Shape::frozenset) writer.key("uniqueItems").boolean(true);
    write_lengths(writer, info, "minItems", "maxItems");
}
// The slot of an element: that of a Field holds the annotations.
FASTAPI_COLD const Slot& element_slot(const Slot& slot) {
    return slot.type->kind == Kind::field ? static_cast<const FieldTraits*>(slot.type->traits)->inner : slot;
}

FASTAPI_COLD void schema_map(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) {
    const auto& traits = *static_cast<const MapTraits*>(type.traits);
    FieldInfo key_info = *element_slot(traits.key).info;
    FieldInfo value_info = *element_slot(traits.value).info;
    key_info.title = value_info.title = {};
    std::string_view pattern = std::exchange(key_info.pattern, {});
    JsonWriter keys;
    JsonWriter values;
    schemas.write_type(keys, {element_slot(traits.key).type, &key_info}, mode);
    schemas.write_type(values, {element_slot(traits.value).type, &value_info}, mode);
    writer.key("type").string("object");
    if (!pattern.empty()) {
        writer.key("patternProperties").begin_object().key(pattern).raw(values.out).end_object();
    } else {
        writer.key("additionalProperties").raw(values.out == "{}" ? "true" : values.out);
    }
    // What is asked of keys is said when they are strings with more to them than that, or have a name.
    std::string_view rest = keys.out;
    std::string others;
    bool string = false;
    for (rest.remove_prefix(1); rest != "}"; rest.remove_prefix(rest.starts_with(',') ? 1 : 0)) {
        std::string_view keyword = next_member(rest);
        if (keyword == R"("type":"string")") {
            string = true;
        } else {
            others += (others.empty() ? "" : ",") + std::string(keyword);
        }
    }
    if ((string && !others.empty()) || others.starts_with(R"("$ref":)")) writer.key("propertyNames").raw(concat({"{", others, "}"}));
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
FASTAPI_COLD void schema_custom(const Schemas&, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) {
    static_cast<const CustomTraits*>(type.traits)->schema(writer, info, mode);
}

// The members of a JSON object.
FASTAPI_COLD void write_members(JsonWriter& writer, std::string_view object) {
    std::size_t open = object.find('{');
    std::size_t close = object.rfind('}');
    std::string_view members = object.substr(open + 1, close - open - 1);
    if (members.find_first_not_of(" \n\t\r") != std::string_view::npos) writer.raw(members);
}

FASTAPI_COLD void write_common(JsonWriter& writer, const FieldInfo& info) {
    writer.member("format", info.format).member("description", info.description);
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

// What a place writes, or reads: another type than its own when a function of the user's stands there; none. None as well where the
// schema is given.
FASTAPI_COLD const Type* seen_type(const Slot& slot, SchemaMode mode) {
    if (!slot.info->json_schema.empty()) return nullptr;
    if (mode == SchemaMode::output && slot.info->serializer) return slot.info->serializer->type;
    return mode == SchemaMode::input && slot.info->any_input ? nullptr : slot.type;
}

FASTAPI_COLD void Schemas::collect_slot(const Slot& slot, SchemaMode mode) {
    if (const Type* type = seen_type(slot, mode)) collect(*type, mode);
}

FASTAPI_COLD void Schemas::write_type(JsonWriter& writer, const Slot& slot, SchemaMode mode) const {
    writer.begin_object();
    if (const Type* type = seen_type(slot, mode)) write_keywords(writer, *type, *slot.info, mode);
    if (!slot.info->json_schema.empty()) write_members(writer, slot.info->json_schema);
    const FieldInfo& info = slot.type->kind == Kind::field
                                ? *static_cast<const FieldTraits*>(slot.type->traits)->inner.info
                                : *slot.info;
    writer.member("title", info.title);
    write_common(writer, info);
    writer.end_object();
}

// The type that may be null here: of an optional, or of a union of one type and null.
FASTAPI_COLD const Type* unwrap_nullable(const Type& type, bool& nullable) {
    const Type* at = &type;
    for (;;) {
        const Type* inner = nullptr;
        if (at->kind == Kind::optional) {
            inner = static_cast<const OptionalTraits*>(at->traits)->inner.type;
        } else if (at->kind == Kind::variant) {
            const auto& traits = *static_cast<const VariantTraits*>(at->traits);
            std::size_t branches = 0;
            for (std::size_t i = 0; i < traits.size; ++i)
                if (traits.branches[i].type) ++branches, inner = traits.branches[i].type;
            if (branches != 1 || traits.null < 0) inner = branches == 1 ? inner : nullptr;
            if (traits.null < 0 && inner) {
                at = inner;
                continue;
            }
        }
        if (!inner) return at;
        nullable = true;
        at = inner;
    }
}

FASTAPI_COLD void Schemas::write_field(JsonWriter& writer, const Slot& slot, std::string_view name,
                                         std::string_view default_json, SchemaMode mode, bool always_title) const {
    const Type* seen = seen_type(slot, mode);
    bool nullable = false;
    const Type* unwrapped = seen ? unwrap_nullable(*seen, nullable) : nullptr;
    if (unwrapped && unwrapped->kind == Kind::json_text && mode == SchemaMode::output) unwrapped = inner_type(*unwrapped);
    bool refers = unwrapped && component_of(*unwrapped) != nullptr;
    writer.begin_object();
    if (seen) write_keywords(writer, *seen, *slot.info, mode);
    if (!slot.info->json_schema.empty()) write_members(writer, slot.info->json_schema);
    if (!slot.info->title.empty()) {
        writer.key("title").string(slot.info->title);
    } else if (!refers || (always_title && nullable)) {
        writer.key("title").string(title_of(name));
    }
    write_common(writer, *slot.info);
    if (!default_json.empty() && default_json != "null") writer.key("default").raw(default_json);
    writer.end_object();
}

// Whether a member is among those that are required: what may be left out of an output is not.
FASTAPI_COLD bool is_required(const Member& member, SchemaMode mode) {
    return member.required && !(mode == SchemaMode::output && member.slot.info->exclude_if);
}

FASTAPI_COLD void write_model(const Schemas& schemas, JsonWriter& writer, const Model& model, SchemaMode mode) {
    writer.begin_object().key("properties").begin_object();
    bool any_required = false;
    schemas.bytes = mode == SchemaMode::input ? model.config.val_json_bytes : model.config.ser_json_bytes;
    DumpOptions defaults;
    defaults.bytes = model.config.ser_json_bytes;
    for (const Member& member : model.members) {
        if (mode == SchemaMode::output && member.slot.info->exclude) continue;
        if (!member.slot.info->in_schema) continue;
        std::string default_json;
        if (member.has_default)
            encode({member.slot.type, mode == SchemaMode::output ? member.slot.info : &no_info},
                   static_cast<const char*>(model.prototype) + member.offset, default_json, defaults);
        const std::string& key = mode == SchemaMode::input ? member.key : member.out_key;
        writer.key(key);
        schemas.write_field(writer, member.slot, key, default_json, mode, false);
        any_required = any_required || is_required(member, mode);
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
            if (!is_required(member, mode) || !member.slot.info->in_schema) continue;
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
    if (model.extra) {
        JsonWriter values;
        schemas.write_type(values, model.extra->value, mode);
        writer.key("additionalProperties").raw(values.out == "{}" ? "true" : values.out);
    }
    if (model.config.json_schema_extra) write_members(writer, model.config.json_schema_extra);
    writer.end_object();
    schemas.bytes = BytesMode::utf8;
}

FASTAPI_COLD SchemaList Schemas::components() const {
    SchemaList out;
    for (const auto& one : components_) {
        const Component& component = *one;
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
