#pragma once

// Reads a form into parameters (wire.md 7). Texts are read as those of a query are; a file is an object in the JSON that is decoded,
// which UploadFile and Bytes look up in the form.

#include "fastapi/http/form_data.ipp"
#include "fastapi/routing/resolve.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

[[noreturn]] FASTAPI_COLD void refuse_form(std::string_view why) { throw std::logic_error(concat({"fastapi: ", why})); }

// Of an endpoint that takes a form: what it needs for that, and whether the form's fields are parameters of their own.
FASTAPI_COLD void take_form(Endpoint& endpoint, const Parameter& parameter) {
    if (endpoint.form && endpoint.embed_body == parameter.is_whole_form)
        refuse_form("a model of a form takes all of it: it cannot stand beside other fields, in a handler and its dependencies");
    if (endpoint.has_body) refuse_form("a body is a form or JSON: of a handler and its dependencies some take Form or File, others Body");
    endpoint.form = parameter.form;
    endpoint.uploads = &upload_support();
    endpoint.embed_body = !parameter.is_whole_form;
}

FASTAPI_COLD std::string_view form_media_type(const Endpoint& endpoint) {
    for (const Parameter& parameter : endpoint.documented())
        if (parameter.is_file) return "multipart/form-data";
    return "application/x-www-form-urlencoded";
}

// The content of a file, where a File takes Bytes. Whoever reads it reads it from its beginning, as the next one will.
FASTAPI_INLINE bool read_upload(const Value& value, const Context& context, std::string& bytes) {
    const UploadFile* found = find_upload(value, context);
    if (!found) return false;
    UploadFile file(*found);
    file.seek(0);
    bytes = file.read();
    file.seek(0);
    return true;
}

// What a parameter needs of a form while it is decoded.
class FormScope {
  public:
    FormScope(Context& context, const ReceivedForm& form, bool bytes)
        : context_(context), access_{&form, bytes ? &read_upload : nullptr}, writer_(context.change_writer(&write_value)),
          from_(context, "body") {
        context.form = &access_;
    }
    ~FormScope() {
        context_.form = nullptr;
        context_.change_writer(writer_);
    }
    FormScope(const FormScope&) = delete;
    FormScope& operator=(const FormScope&) = delete;

  private:
    Context& context_;
    FormAccess access_;
    Context::WriteInput writer_;
    LocScope from_;
};

// An item as JSON.
FASTAPI_INLINE void write_item(const ReceivedForm& form, const FormItem& item, std::string& out) {
    if (item.is_file) {
        write_upload(item.file, &item - form.items.data(), out);
    } else {
        write_json_string(out, item.text);
    }
}
// All items of a name as a JSON array; empty when there is none.
FASTAPI_INLINE std::string write_items(const ReceivedForm& form, std::string_view name) {
    std::string out;
    for (const FormItem& item : form) {
        if (item.name != name) continue;
        out.push_back(out.empty() ? '[' : ',');
        write_item(form, item, out);
    }
    if (!out.empty()) out.push_back(']');
    return out;
}

FASTAPI_INLINE void decode_form_value(const Parameter& parameter, const ReceivedForm& form, const std::string& text, void* target,
                                      Context& context) {
    FormScope from(context, form, parameter.is_file);
    LocScope scope{context, parameter.alias};
    Document document;
    if (document.parse(text)) decode(parameter.slot, document.root(), target, context);
}

FASTAPI_INLINE void read_form(const Parameter& parameter, Request& request, void* target, Context& context) {
    const ReceivedForm& form = form_of(request);
    const FormItem* item = form.find(parameter.alias);
    if (!item || (!item->is_file && item->text.empty())) return read_scalar(parameter, std::nullopt, target, context);
    if (!item->is_file) return read_scalar(parameter, item->text, target, context);
    std::string text;
    write_item(form, *item, text);
    decode_form_value(parameter, form, text, target, context);
}

// The content of a file as if it was a text, so that an error can show it; of one that is long, or no text, the file itself.
FASTAPI_INLINE void read_form_bytes(const Parameter& parameter, Request& request, void* target, Context& context) {
    const FormItem* item = form_of(request).find(parameter.alias);
    if (parameter.is_file && item && item->is_file && item->file.size <= UploadFile::most_in_memory) {
        UploadFile file(item->file);
        file.seek(0);
        std::string content = file.read();
        file.seek(0);
        if (is_valid_utf8(content)) return read_scalar(parameter, content, target, context);
    }
    read_form(parameter, request, target, context);
}

FASTAPI_INLINE void read_form_list(const Parameter& parameter, Request& request, void* target, Context& context) {
    const ReceivedForm& form = form_of(request);
    std::string text = write_items(form, parameter.alias);
    if (text.empty()) return read_scalar(parameter, std::nullopt, target, context);
    decode_form_value(parameter, form, text, target, context);
}

FASTAPI_INLINE void decode_form(const Parameter& parameter, const ReceivedForm& form, const std::string& text, void* target,
                                Context& context) {
    FormScope from(context, form, false);
    Document document;
    if (document.parse(text)) decode(parameter.slot, document.root(), target, context);
}

// Writes what has no place in the model: of each name its value, or its values when there are several.
FASTAPI_INLINE void write_other_items(const ReceivedForm& form, std::vector<std::string_view>& known, JsonWriter& writer) {
    for (const FormItem& item : form) {
        if (std::find(known.begin(), known.end(), item.name) != known.end()) continue;
        known.push_back(item.name);
        std::size_t count = 0;
        for (const FormItem& other : form) count += other.name == item.name;
        std::string text;
        if (count == 1) write_item(form, item, text);
        writer.key(item.name).raw(count == 1 ? text : write_items(form, item.name));
    }
}

// A model of the form reads an object: each field under its alias (defaults included, as FastAPI does), then every other name.
FASTAPI_INLINE void read_form_model(const Parameter& parameter, Request& request, void* target, Context& context) {
    const ReceivedForm& form = form_of(request);
    const Model& model = static_cast<const ModelTraits*>(parameter.slot.type->traits)->describe();
    JsonWriter writer;
    writer.begin_object();
    std::vector<std::string_view> known;
    for (const Member& member : model.members) {
        std::string_view alias = parameter_name(member);
        std::string text;
        if (is_list_type(member.slot.type) && member.slot.type->kind != Kind::json_text) {
            text = write_items(form, alias);
        } else if (const FormItem* item = form.find(alias)) {
            write_item(form, *item, text);
        }
        if (text.empty() && member.has_default && !member.required) {
            encode(*member.slot.type, static_cast<const char*>(model.prototype) + member.offset, text, {});
            if (text == "null") text.clear();
        }
        if (!text.empty()) writer.key(alias).raw(text);
        known.push_back(alias);
    }
    write_other_items(form, known, writer);
    decode_form(parameter, form, writer.end_object().out, target, context);
}

FASTAPI_INLINE void read_form_object(const Parameter& parameter, Request& request, void* target, Context& context) {
    const ReceivedForm& form = form_of(request);
    JsonWriter writer;
    writer.begin_object();
    std::vector<std::string_view> known;
    write_other_items(form, known, writer);
    decode_form(parameter, form, writer.end_object().out, target, context);
}

} // namespace fastapi::detail
