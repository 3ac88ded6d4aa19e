#pragma once

#include "fastapi/json/writer.hpp"
#include "fastapi/model/model.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD void decode_text(const Type& type, std::string_view title, std::string_view text, void* target) {
    ErrorList errors;
    Context context{errors};
    Document document;
    if (!document.parse(text)) {
        std::string reason;
        write_json_string(reason, document.error().message);
        std::string input;
        write_json_string(input, is_valid_utf8(text) ? text : std::string_view{});
        context.fail_raw("json_invalid",
                         "Invalid JSON: " + std::string(document.error().message) + " at character " +
                             integer_text(static_cast<std::int64_t>(document.error().offset)),
                         input, ctx_of("error", reason));
    } else {
        decode({&type, &no_info}, document.root(), target, context);
    }
    if (!errors.empty()) throw ValidationError(title, std::move(errors));
}

FASTAPI_COLD json dump_to_json(const Type& type, const void* source, const DumpOptions& options) {
    std::string text;
    encode(type, source, text, options);
    return parse_json(text);
}

FASTAPI_COLD json schema_of(const Type& type) {
    Schemas schemas("#/$defs/");
    schemas.collect(type, SchemaMode::input);
    schemas.name();
    JsonWriter writer;
    schemas.write_type(writer, {&type, &no_info}, SchemaMode::input);
    json schema = parse_json(writer.out);
    auto components = schemas.components();
    if (type.kind == Kind::model) {
        const Model& model = static_cast<const ModelTraits*>(type.traits)->describe();
        // A model stands at the top itself, unless something refers to it.
        std::string name = schemas.component_name(&model, SchemaMode::input);
        std::string ref = "\"#/$defs/" + name + "\"";
        bool referred = false;
        for (const NamedSchema& one : components) referred = referred || one.text.find(ref) != std::string::npos;
        auto before = components.before_begin();
        for (auto at = components.begin(); !referred && at != components.end(); before = at++) {
            if (at->name != name) continue;
            schema = parse_json(at->text);
            components.erase_after(before);
            break;
        }
    }
    for (const NamedSchema& one : components) schema["$defs"][one.name] = parse_json(one.text);
    return schema;
}

} // namespace fastapi::detail
