#pragma once

#include <stdexcept>

#include "fastapi/app/options.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/openapi/openapi.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD std::string operation_id(std::string_view name, std::string_view path_format, std::string_view method) {
    std::string out = concat({name, path_format});
    for (char& c : out) {
        bool word = is_letter(c) || (c >= '0' && c <= '9') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
        if (!word) c = '_';
    }
    return concat({out, "_", lower_case(method)});
}

FASTAPI_COLD std::string name_from_path(std::string_view method, std::string_view path_format) {
    std::string out = lower_case(method);
    bool gap = true;
    for (char c : path_format) {
        bool word = is_letter(c) || (c >= '0' && c <= '9');
        if (word) {
            if (gap) out.push_back('_');
            out.push_back(c);
        }
        gap = !word;
    }
    return out == lower_case(method) ? out + "_root" : out;
}

// FastAPI's deep update: objects are merged, lists are joined, anything else is replaced.
FASTAPI_COLD void merge_json(json& into, const json& from) {
    for (const auto& [key, value] : from.get_ref<const json::object_t&>()) {
        json& slot = into[key];
        if (slot.is_object() && value.is_object()) {
            merge_json(slot, value);
        } else if (slot.is_array() && value.is_array()) {
            for (const json& item : value.get_ref<const json::array_t&>()) slot.get_ref<json::array_t&>().push_back(item);
        } else {
            slot = value;
        }
    }
}

FASTAPI_COLD void merge_operation(std::string& operation, const json& extra) {
    if (!extra.is_object()) throw std::logic_error("fastapi: openapi_extra must be a JSON object");
    json merged = parse_json(operation);
    merge_json(merged, extra);
    operation = to_json_text(merged);
}

// Writes the parts of one document; the schemas are collected from all routes before.
class OpenApiWriter {
  public:
    [[gnu::cold]] OpenApiWriter(const FastAPIOptions& options, const List<Owned<Route>>& routes, const List<Owned<Route>>* webhooks)
        : options_(options), routes_(routes), webhooks_(webhooks) {
        schemas_.split = options.separate_input_output_schemas;
        collect(routes);
        if (webhooks) collect(*webhooks);
        schemas_.name();
    }

    [[gnu::cold]] std::string write(std::string_view root_path) {
        writer_.begin_object().key("openapi").string("3.1.0");
        write_info();
        write_servers(root_path);
        write_paths("paths", routes_);
        if (webhooks_ && !webhooks_->empty()) write_paths("webhooks", *webhooks_);
        write_components();
        write_tags();
        if (!options_.openapi_external_docs.url.empty()) {
            writer_.key("externalDocs").begin_object();
            writer_.member("description", options_.openapi_external_docs.description).member("url", options_.openapi_external_docs.url);
            writer_.end_object();
        }
        writer_.end_object();
        return std::move(writer_.out);
    }

    // Of routes with callbacks, by the names of their handlers.
    static inline void write_callbacks(OpenApiWriter& self, const Route& of);

  private:
    const FastAPIOptions& options_;
    const List<Owned<Route>>& routes_;
    const List<Owned<Route>>* webhooks_;
    Schemas schemas_;
    JsonWriter writer_;
    SchemaList bodies_; // Body_… components
    SchemaList security_schemes_;
    bool needs_validation_error_ = false;

    [[gnu::cold]] void collect(const List<Owned<Route>>& routes) {
        for (const auto& route : routes) {
            if (!route->in_schema) continue;
            for (const Parameter& parameter : route->endpoint->documented()) collect(parameter);
            const Endpoint& endpoint = *route->endpoint;
            if (endpoint.returns.type) schemas_.collect(*endpoint.returns.type, SchemaMode::output);
            if (const ResponseTable* table = endpoint.options.responses.table()) table->collect(*table, schemas_);
            if (!route->callbacks.empty()) collect(route->callbacks);
        }
    }
    [[gnu::cold]] void collect(const Parameter& parameter) {
        if (!parameter.slot.type || !parameter.slot.info->in_schema) return;
        if (!parameter.is_model) return schemas_.collect(*parameter.slot.type, SchemaMode::input);
        for (const Member& member : model_of(parameter).members) schemas_.collect(*member.slot.type, SchemaMode::input);
    }
    [[gnu::cold]] static const Model& model_of(const Parameter& parameter) {
        return static_cast<const ModelTraits*>(parameter.slot.type->traits)->describe();
    }

    [[gnu::cold]] void write_info() {
        writer_.key("info").begin_object().key("title").string(options_.title);
        writer_.member("summary", options_.summary).member("description", options_.description);
        writer_.member("termsOfService", options_.terms_of_service);
        const Contact& contact = options_.contact;
        if (!contact.name.empty() || !contact.url.empty() || !contact.email.empty()) {
            writer_.key("contact").begin_object();
            writer_.member("name", contact.name).member("url", contact.url).member("email", contact.email).end_object();
        }
        const License& license = options_.license_info;
        if (!license.name.empty()) {
            writer_.key("license").begin_object().key("name").string(license.name);
            writer_.member("identifier", license.identifier).member("url", license.url).end_object();
        }
        writer_.key("version").string(options_.version).end_object();
    }

    [[gnu::cold]] void write_servers(std::string_view root_path) {
        bool add_root = options_.root_path_in_servers && !root_path.empty();
        for (const Server& server : options_.servers) add_root = add_root && server.url != root_path;
        if (!add_root && options_.servers.empty()) return;
        writer_.key("servers").begin_array();
        if (add_root) writer_.begin_object().key("url").string(root_path).end_object();
        for (const Server& server : options_.servers) {
            writer_.begin_object().key("url").string(server.url).member("description", server.description).end_object();
        }
        writer_.end_array();
    }

    // One entry a path, in the order in which paths first appear. A method registered twice on one path is documented as
    // registered last, though the first one answers.
    [[gnu::cold]] void write_paths(std::string_view section, const List<Owned<Route>>& routes) {
        writer_.key(section).begin_object();
        List<bool> done;
        done.resize(routes.size());
        for (std::size_t i = 0; i < routes.size(); ++i) {
            if (!routes[i]->in_schema || done[i]) continue;
            writer_.key(routes[i]->format).begin_object();
            std::string methods = " ";
            for (std::size_t j = i; j < routes.size(); ++j) {
                if (!routes[j]->in_schema || routes[j]->format != routes[i]->format) continue;
                done[j] = true;
                for (const std::string& method : routes[j]->methods) {
                    std::string entry = concat({" ", method, " "});
                    if (methods.find(entry) != std::string::npos) continue;
                    methods += entry;
                    const Route* last = routes[j].get();
                    for (std::size_t k = j; k < routes.size(); ++k)
                        if (routes[k]->in_schema && routes[k]->format == last->format && routes[k]->allows(method)) last = routes[k].get();
                    write_operation(*last, method);
                }
            }
            writer_.end_object();
        }
        writer_.end_object();
    }

    [[gnu::cold]] void write_operation(const Route& route, std::string_view method) {
        const RouteOptions& options = route.endpoint->options;
        std::string id = !options.operation_id.empty() ? options.operation_id
                         : options.generate_unique_id_function
                             ? options.generate_unique_id_function({route.name, route.format, method, options.tags})
                             : operation_id(route.name, route.format, method);
        writer_.key(lower_case(method));
        std::string outer;
        outer.swap(writer_.out);
        writer_.begin_object();
        if (!options.tags.empty()) {
            writer_.key("tags").begin_array();
            for (const std::string& tag : options.tags) writer_.string(tag);
            writer_.end_array();
        }
        writer_.key("summary").string(options.summary.empty() ? title_of(route.name) : options.summary);
        writer_.member("description", trim_unicode(std::string_view(options.description).substr(0, options.description.find('\f'))));
        writer_.key("operationId").string(id);
        if (options.deprecated) writer_.key("deprecated").boolean(true);
        bool any = write_parameters(*route.endpoint);
        bool has_body = route.endpoint->has_body || route.endpoint->form;
        if (has_body) write_request_body(*route.endpoint, id);
        write_responses(*route.endpoint, id, any || has_body);
        if (route.write_callbacks) route.write_callbacks(*this, route);
        if (route.endpoint->dependencies) route.endpoint->dependencies->write_security(*route.endpoint->dependencies, writer_, security_schemes_);
        writer_.end_object();
        if (options.openapi_extra.merge) options.openapi_extra.merge(writer_.out, options.openapi_extra.value);
        writer_.out.insert(0, outer);
    }

    struct Line { // one entry of "parameters"
        std::string_view key; // of the wire, as the title is made from it
        Source source;
        bool required;
        bool dashes; // a header whose underscores are dashes on the wire
        const Slot* slot;
        const Model* model;   // whose prototype has the default, or
        const Member* member; //
        const std::string* default_json;
    };

    [[gnu::cold]] void write_line(const Line& line) {
        std::string name = line.dashes ? dashed(line.key) : std::string(line.key);
        const FieldInfo& info = *line.slot->info;
        std::string member_default;
        if (line.member && line.member->has_default)
            encode(*line.slot->type, static_cast<const char*>(line.model->prototype) + line.member->offset, member_default, {});
        writer_.begin_object().key("name").string(name).key("in").string(source_name(line.source));
        writer_.key("required").boolean(line.required).member("description", info.description);
        if (info.deprecated) writer_.key("deprecated").boolean(true);
        writer_.key("schema");
        schemas_.write_field(writer_, *line.slot, line.key, line.default_json ? *line.default_json : member_default,
                             SchemaMode::input, true);
        if (!info.openapi_examples.empty()) writer_.key("examples").raw(info.openapi_examples);
        writer_.end_object();
    }

    // Adds an entry. The same name from the same place is one entry; the required one wins.
    [[gnu::cold]] static void add_line(List<Line>& lines, const Line& line) {
        if (!line.slot->info->in_schema) return;
        for (Line& other : lines) {
            if (other.key != line.key || other.source != line.source) continue;
            if (line.required && !other.required) other = line;
            return;
        }
        lines.push_back(line);
    }

    // Returns whether the route has parameters at all, shown or not.
    [[gnu::cold]] bool write_parameters(const Endpoint& endpoint) {
        List<Line> lines;
        bool any = false;
        for (const Parameter& parameter : endpoint.documented()) {
            if (parameter.source >= Source::body) continue;
            any = true;
            if (!parameter.is_model) {
                add_line(lines, {parameter.alias, parameter.source, parameter.required, false, &parameter.slot, nullptr, nullptr,
                                 &parameter.default_json});
                continue;
            }
            const Model& model = model_of(parameter);
            for (const Member& member : model.members) {
                std::string_view name = parameter_name(member);
                bool dashes = parameter.source == Source::header && name == member.name &&
                              member.slot.info->convert_underscores && parameter.slot.info->convert_underscores;
                add_line(lines, {name, parameter.source, member.required, dashes, &member.slot, &model, &member, nullptr});
            }
        }
        if (lines.empty()) return any;
        writer_.key("parameters").begin_array();
        for (const Line& line : lines) write_line(line);
        writer_.end_array();
        return any;
    }

    [[gnu::cold]] static std::string_view body_name(const Parameter& parameter) { return parameter.name.empty() ? std::string_view{"body"} : parameter.alias; }

    [[gnu::cold]] static bool is_body(const Parameter& parameter) {
        return parameter.source == Source::body || parameter.source == Source::form;
    }

    [[gnu::cold]] void write_request_body(const Endpoint& endpoint, const std::string& id) {
        std::string media_type = "application/json";
        if (endpoint.form) media_type = endpoint.form->media_type(endpoint);
        bool required = false;
        const Parameter* first = nullptr;
        for (const Parameter& parameter : endpoint.documented()) {
            if (!is_body(parameter)) continue;
            if (!first) first = &parameter;
            if (!parameter.slot.info->media_type.empty()) media_type = parameter.slot.info->media_type;
            required = required || parameter.required;
        }
        writer_.key("requestBody").begin_object().key("content").begin_object().key(media_type).begin_object().key("schema");
        if (endpoint.embed_body) {
            std::string name = "Body_" + id;
            writer_.begin_object().key("$ref").string("#/components/schemas/" + name).end_object();
            add_schema(bodies_, name, body_component(endpoint, name));
        } else {
            schemas_.write_field(writer_, first->slot, body_name(*first), first->default_json, SchemaMode::input, true);
            if (!first->slot.info->openapi_examples.empty()) writer_.key("examples").raw(first->slot.info->openapi_examples);
        }
        writer_.end_object().end_object();
        if (required) writer_.key("required").boolean(true);
        writer_.end_object();
    }

    // Whether a dependency has a body parameter of the same name.
    [[gnu::cold]] static bool written_before(const Endpoint& endpoint, const Parameter& parameter) {
        for (const Parameter& one : endpoint.documented()) {
            if (&one == &parameter) return false;
            if (is_body(one) && one.alias == parameter.alias) return true;
        }
        return false;
    }
    // The object that several body parameters are keys of.
    [[gnu::cold]] std::string body_component(const Endpoint& endpoint, const std::string& name) const {
        JsonWriter writer;
        JsonWriter names;
        names.begin_array();
        writer.begin_object().key("properties").begin_object();
        for (const Parameter& parameter : endpoint.documented()) {
            if (!is_body(parameter) || written_before(endpoint, parameter)) continue;
            writer.key(parameter.alias);
            schemas_.write_field(writer, parameter.slot, parameter.alias, parameter.default_json, SchemaMode::input, false);
            if (parameter.required) names.string(parameter.alias);
        }
        names.end_array();
        writer.end_object().key("type").string("object");
        if (names.out != "[]") writer.key("required").raw(names.out);
        writer.key("title").string(name).end_object();
        return std::move(writer.out);
    }

    [[gnu::cold]] void write_responses(const Endpoint& endpoint, const std::string& id, bool validates) {
        const RouteOptions& options = endpoint.options;
        int status = options.status_code ? options.status_code : endpoint.returns.status_code;
        writer_.key("responses");
        std::size_t at = writer_.out.size();
        writer_.begin_object().key(integer_text(status)).begin_object();
        writer_.key("description").string(options.response_description);
        const ReturnInfo& returns = endpoint.returns;
        const ResponseTable* table = options.responses.table();
        std::string_view media_type = returns.documented_type;
        if (!is_bodiless(status) && !media_type.empty()) {
            bool is_stream = returns.is_stream && !returns.is_text;
            writer_.key("content").begin_object().key(media_type).begin_object().key(is_stream ? "itemSchema" : "schema");
            bool is_typed_event = returns.type && is_stream && media_type == "text/event-stream";
            if (is_typed_event) {
                writer_.begin_object().key("type").string("object").key("properties").begin_object().key("data").begin_object();
                writer_.key("type").string("string").key("contentMediaType").string("application/json").key("contentSchema");
            }
            if (returns.type) {
                schemas_.write_field(writer_, {returns.type, &no_info}, (is_stream ? "StreamItem_" : "Response_") + id, {},
                                     SchemaMode::output, true);
                if (is_typed_event) {
                    writer_.end_object().key("event").raw(R"({"type":"string"})").key("id").raw(R"({"type":"string"})");
                    writer_.key("retry").raw(R"({"type":"integer","minimum":0})").end_object().key("required").raw(R"(["data"])").end_object();
                }
            } else if (is_stream && media_type == "text/event-stream") {
                writer_.raw(R"({"type":"object","properties":{"data":{"type":"string"},"event":{"type":"string"},)"
                            R"("id":{"type":"string"},"retry":{"type":"integer","minimum":0}}})");
            } else {
                writer_.begin_object();
                if (returns.is_text || (media_type.starts_with("text/") && !is_stream)) writer_.key("type").string("string");
                writer_.end_object();
            }
            writer_.end_object().end_object();
        }
        writer_.end_object();
        if (validates && !(table && table->has_error(*table))) {
            needs_validation_error_ = true;
            writer_.key("422").raw(R"({"description":"Validation Error","content":{"application/json":{"schema":{"$ref":)"
                                   R"("#/components/schemas/HTTPValidationError"}}}})");
        }
        writer_.end_object();
        if (table) table->merge(endpoint, schemas_, id, writer_.out, at);
    }

    [[gnu::cold]] void write_named(std::string_view key, const SchemaList& list) {
        if (list.empty()) return;
        writer_.key(key).begin_object();
        for (const auto& one : list) writer_.key(one->name).raw(one->text);
        writer_.end_object();
    }
    [[gnu::cold]] void write_components() {
        SchemaList components = schemas_.components();
        for (auto& body : bodies_) add_schema(components, body->name, body->text);
        if (needs_validation_error_) {
            add_schema(components, "ValidationError",
                                   R"({"properties":{"loc":{"items":{"anyOf":[{"type":"string"},{"type":"integer"}]},)"
                                   R"("type":"array","title":"Location"},"msg":{"type":"string","title":"Message"},)"
                                   R"("type":{"type":"string","title":"Error Type"},"input":{"title":"Input"},)"
                                   R"("ctx":{"type":"object","title":"Context"}},"type":"object",)"
                                   R"("required":["loc","msg","type"],"title":"ValidationError"})");
            add_schema(components, "HTTPValidationError",
                                   R"({"properties":{"detail":{"items":{"$ref":"#/components/schemas/ValidationError"},)"
                                   R"("type":"array","title":"Detail"}},"type":"object","title":"HTTPValidationError"})");
        }
        if (components.empty() && security_schemes_.empty()) return;
        writer_.key("components").begin_object();
        write_named("schemas", components);
        write_named("securitySchemes", security_schemes_);
        writer_.end_object();
    }

    [[gnu::cold]] void write_tags() {
        if (options_.openapi_tags.empty()) return;
        writer_.key("tags").begin_array();
        for (const Tag& tag : options_.openapi_tags) {
            writer_.begin_object().key("name").string(tag.name).member("description", tag.description);
            if (!tag.external_docs.url.empty()) {
                writer_.key("externalDocs").begin_object().member("description", tag.external_docs.description);
                writer_.member("url", tag.external_docs.url).end_object();
            }
            writer_.end_object();
        }
        writer_.end_array();
    }
};

FASTAPI_COLD std::string openapi_document(const FastAPIOptions& options, const List<Owned<Route>>& routes, const List<Owned<Route>>* webhooks,
                                          std::string_view root_path) {
    std::string text = OpenApiWriter{options, routes, webhooks}.write(root_path);
    if (options.extend_openapi) options.extend_openapi(text);
    return text;
}

} // namespace fastapi::detail
