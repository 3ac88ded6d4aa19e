#pragma once

#include <cctype>
#include <stdexcept>
#include <vector>

#include "fastapi/http/status.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/openapi/openapi.ipp"
#include "fastapi/routing/handler.hpp"
#include "fastapi/routing/replies.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- response_class and response_model ------------------------------------------------------------------------------------

template <int>
[[gnu::cold]] std::string text_of_json(std::string_view json_text) {
    json value = parse_json(json_text);
    if (value.is_null()) return {};
    if (!value.is_string())
        throw std::logic_error(concat({"fastapi: the response_class of this route makes an answer of a text, and the handler returned ", json_text.substr(0, 80)}));
    return std::move(value.get_ref<std::string&>());
}

template <int>
[[gnu::cold]] Response make_text_response(const ResponseClass& self, std::string json_text) {
    return Response(text_of_json<0>(json_text), self.status_code, {}, self.media_type);
}

// Between the JSON of what a handler returned and the answer.
template <int>
[[gnu::cold]] void reply(const Endpoint& endpoint, Exchange& exchange) {
    const RouteOptions& options = endpoint.options;
    Response& response = exchange.response;
    if (options.response_model.filter) {
        options.response_model.filter(response.body, dump_options(options));
    }
    const ResponseClass* given = options.response_class.of;
    if (!given) return;
    if (!given->make) {
        response.headers.set("content-type", given->media_type);
        return;
    }
    Response made = given->make(*given, std::move(response.body));
    if (exchange.injected && !options.status_code && exchange.injected->status_code == 200) exchange.injected->status_code = made.status_code;
    made.background = std::move(response.background);
    response = std::move(made);
    if (response.stream && !response.stream->open(exchange.request, response)) response.stream = {};
}

template <int>
[[gnu::cold]] void install_reply(Endpoint& endpoint, const FastAPIOptions& application) {
    RouteOptions& options = endpoint.options;
    ReturnInfo& returns = endpoint.returns;
    // A handler that returns a Response has said which class it is.
    if (!options.response_class && !returns.is_response) options.response_class = application.default_response_class;
    if (application.responses.table()) options.responses = application.responses | options.responses;
    if (options.response_model && !options.response_class) returns.documented_type = "application/json";
    const ResponseClass* given = options.response_class.of;
    if (options.response_model) {
        returns.type = options.response_model.type;
        if (returns.type) reflect_models(*returns.type, SchemaMode::output);
    }
    if (returns.is_stream) {
        if (!given || !(given->streams || given->events)) return;
        returns.media_type = given->media_type;
        returns.documented_type = given->media_type;
        returns.streams_text = given->streams;
        returns.is_text = given->streams;
        if (given->streams) returns.type = nullptr;
        returns.streams_events = given->events;
        return;
    }
    if (given) {
        returns.status_code = given->status_code;
        returns.documented_type = given->media_type;
        returns.is_text = !given->is_json;
        if (returns.is_text) returns.type = nullptr;
    }
    if (!returns.is_response && (options.response_model.filter || given)) endpoint.reply = &reply<0>;
}

// --- further responses ------------------------------------------------------------------------------------------------------

FASTAPI_COLD ResponseKey::ResponseKey(int status) : text(integer_text(status)) {
    if (status < 100 || status > 599) throw std::logic_error(concat({"fastapi: ", text, " is no status of a response"}));
}
FASTAPI_COLD ResponseKey::ResponseKey(const char* words) : text(words) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (text == "DEFAULT") {
        text = "default";
        return;
    }
    bool digits = text.size() == 3 && text[0] >= '1' && text[0] <= '5';
    bool range = digits && text.substr(1) == "XX";
    for (std::size_t i = 1; digits && !range && i < 3; ++i) digits = text[i] >= '0' && text[i] <= '9';
    if (!digits)
        throw std::logic_error(concat({"fastapi: \"", words, "\" is no status of a response: give a number, \"4XX\" or \"default\""}));
}

template <class Entry>
struct ResponseTableOf : ResponseTable {
    std::vector<Entry> entries;
};
template <class Entry = ResponseEntry>
const std::vector<Entry>& entries_of(const ResponseTable& table) {
    return static_cast<const ResponseTableOf<Entry>&>(table).entries;
}

template <int>
[[gnu::cold]] std::string described_status(const std::string& key) {
    constexpr const char* ranges[] = {"Information", "Success", "Redirection", "Client Error", "Server Error"};
    if (key == "default") return "Default Response";
    if (key.ends_with("XX")) return ranges[key[0] - '1'];
    std::string_view reason = reason_phrase(static_cast<int>(parse_unsigned(key).value_or(0)));
    return reason.empty() ? std::string("Additional Response") : std::string(reason);
}

template <int>
[[gnu::cold]] void merge_responses(const Endpoint& endpoint, const Schemas& schemas, const std::string& operation_id, std::string& text, std::size_t at) {
    const ResponseTable& table = *endpoint.options.responses.table();
    std::string_view media_type = endpoint.options.response_class ? endpoint.returns.documented_type : std::string_view();
    if (media_type.empty()) media_type = "application/json";
    json all = parse_json(std::string_view(text).substr(at));
    for (const ResponseEntry& entry : entries_of(table)) {
        const ResponseInfo& info = entry.response;
        json& slot = all[entry.status.text];
        if (!slot.is_object()) slot = json::object();
        json added = info.extra.is_object() ? info.extra : json::object();
        const struct {
            const char* key;
            const json& value;
        } parts[] = {{"content", info.content}, {"headers", info.headers}, {"links", info.links}};
        for (const auto& part : parts)
            if (part.value.is_object()) added[part.key] = part.value;
        if (info.model.type) {
            JsonWriter writer;
            schemas.write_field(writer, {info.model.type, &no_info}, concat({"Response_", entry.status.text, "_", operation_id}), {},
                                        SchemaMode::output, true);
            json& schema = added["content"][std::string(media_type)]["schema"];
            if (!schema.is_object()) schema = json::object();
            merge_json(schema, parse_json(writer.out));
        }
        json description = info.description;
        if (info.description.empty()) description = slot.contains("description") ? slot["description"] : json(described_status<0>(entry.status.text));
        merge_json(slot, added);
        slot["description"] = std::move(description);
    }
    text.replace(at, text.size() - at, to_json_text(all));
}

template <class ResponseEntry>
[[gnu::cold]] void add_entry(std::vector<ResponseEntry>& entries, const ResponseEntry& entry) {
    for (ResponseEntry& one : entries) {
        if (one.status.text != entry.status.text) continue;
        one = entry;
        return;
    }
    entries.push_back(entry);
}

template <int Form>
[[gnu::cold]] const ResponseTable* make_response_table(const ResponseEntry* entries, std::size_t count) {
    using Table = ResponseTableOf<std::conditional_t<Form == 0, ResponseEntry, void>>;
    auto made = new Table;
    for (std::size_t i = 0; i < count; ++i) add_entry(made->entries, entries[i]);
    made->next = response_tables;
    response_tables = made;
    made->install = &install_reply<0>;
    made->collect = [](const ResponseTable& self, Schemas& schemas) {
        for (const ResponseEntry& entry : entries_of(self))
            if (entry.response.model.type) schemas.collect(*entry.response.model.type, SchemaMode::output);
    };
    made->merge = &merge_responses<0>;
    made->join = [](const ResponseTable& first, const ResponseTable& second) -> const ResponseTable* {
        auto both = entries_of(first);
        for (const auto& entry : entries_of(second)) add_entry(both, entry);
        return make_response_table<Form>(both.data(), both.size());
    };
    made->has_error = [](const ResponseTable& self) {
        for (const ResponseEntry& entry : entries_of(self))
            if (entry.status.text == "422" || entry.status.text == "4XX" || entry.status.text == "default") return true;
        return false;
    };
    return made;
}

#if defined(FASTAPI_IMPLEMENTATION)
template std::string text_of_json<0>(std::string_view);
template Response make_text_response<0>(const ResponseClass&, std::string);
template void install_reply<0>(Endpoint&, const FastAPIOptions&);
template const ResponseTable* make_response_table<0>(const ResponseEntry*, std::size_t);
#endif

} // namespace fastapi::detail
