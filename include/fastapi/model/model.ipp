#pragma once

#include "fastapi/json/writer.hpp"
#include "fastapi/model/model.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD void fail_syntax(std::string_view text, const JsonError& error, Context& context) {
    std::string reason;
    write_json_string(reason, error.message);
    std::string input;
    write_json_string(input, is_valid_utf8(text) ? text : std::string_view{});
    context.fail_raw("json_invalid",
                     "Invalid JSON: " + std::string(error.message) + " at character " + integer_text(static_cast<std::int64_t>(error.offset)),
                     input, ctx_of("error", reason));
}

// The title of a ValidationError: that of a model, or what Pydantic calls the validator: list[int].
FASTAPI_COLD std::string error_title(const Type& type) {
    if (type.kind == Kind::model)
        if (const char* title = static_cast<const ModelTraits*>(type.traits)->describe().config.title) return title;
    return type_label(type, no_info);
}

FASTAPI_INLINE void decode_text(const Type& type, std::string_view text, void* target) {
    ErrorList errors;
    Context context{errors};
    Document document;
    if (document.parse(text)) {
        decode({&type, &no_info}, document.root(), target, context);
    } else {
        fail_syntax(text, document.error(), context);
    }
    if (!errors.empty()) throw ValidationError(error_title(type), std::move(errors));
}

FASTAPI_INLINE std::string dump_to_text(const Type& type, const void* source, const DumpOptions& options) {
    std::string text;
    bool asks_unset = options.exclude_unset && !options.exclude_none && !options.exclude_defaults;
    if (!is_filtered(options) && !asks_unset) {
        encode(type, source, text, options);
    } else { // it keeps its place in the options
        DumpOptions own = options;
        own.path = nullptr;
        own.refuses_plain = asks_unset;
        encode(type, source, text, own);
    }
    return text;
}

FASTAPI_COLD json dump_to_json(const Type& type, const void* source, const DumpOptions& options) {
    return parse_json(dump_to_text(type, source, options));
}

FASTAPI_COLD void update_model(const Type& type, const json& update, void* target) {
    const Model& model = static_cast<const ModelTraits*>(type.traits)->describe();
    ErrorList errors;
    Context context{errors};
    std::string text = to_json_text(update);
    Document document;
    document.parse(text);
    Value root = document.root();
    if (!root.is(Value::Kind::object)) {
        context.fail("dict_type", "Input should be a valid dictionary", root);
    } else {
        std::string scratch;
        for (auto children = root.children(); !children.done();) {
            std::string_view key = children.next().string(scratch);
            Value value = children.next();
            std::size_t i = 0;
            while (i < model.members.size() && model.members[i].name != key) ++i;
            LocScope scope{context, key};
            if (i == model.members.size()) {
                std::string name;
                write_json_string(name, key);
                context.fail("no_such_attribute", concat({"Object has no attribute '", key, "'"}), value, ctx_of("attribute", name));
                continue;
            }
            const Member& member = model.members[i];
            auto base = static_cast<char*>(target);
            decode(member.slot, value, base + member.offset, context);
            if (member.has_state) base[member.state_offset] = static_cast<char>(FieldState::set);
        }
    }
    if (!errors.empty()) throw ValidationError(error_title(type), std::move(errors));
}

FASTAPI_COLD json schema_of(const Type& type, SchemaMode mode) {
    Schemas schemas("#/$defs/");
    schemas.collect(type, mode);
    schemas.name();
    JsonWriter writer;
    schemas.write_type(writer, {&type, &no_info}, mode);
    json schema = parse_json(writer.out);
    auto components = schemas.components();
    if (type.kind == Kind::model) {
        const Model& model = static_cast<const ModelTraits*>(type.traits)->describe();
        // A model stands at the top itself, unless something refers to it.
        std::string name = schemas.component_name(&model, mode);
        std::string ref = "\"#/$defs/" + name + "\"";
        bool referred = false;
        for (const auto& one : components) referred = referred || one->text.find(ref) != std::string::npos;
        for (auto& one : components) {
            if (referred || one->name != name) continue;
            schema = parse_json(one->text);
            one = {};
        }
    }
    for (const auto& one : components)
        if (one) schema["$defs"][one->name] = parse_json(one->text);
    return schema;
}

} // namespace fastapi::detail
