#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "fastapi/model/schema.hpp"
#include "fastapi/settings/dotenv.ipp"
#include "fastapi/settings/settings.hpp"
#include "fastapi/version.hpp"

#if defined(__APPLE__)
#include <crt_externs.h>
#else
extern "C" char** environ; // POSIX
#endif

namespace fastapi {

namespace detail {

// The type inside optionals and fields; of a union all is looked at.
FASTAPI_COLD const Type& plain_type(const Type& type) {
    if (type.kind == Kind::optional) return plain_type(*static_cast<const OptionalTraits*>(type.traits)->inner.type);
    if (type.kind == Kind::field) return plain_type(*static_cast<const FieldTraits*>(type.traits)->inner.type);
    return type;
}
enum class Complexity : std::uint8_t { none, some, all };
// Whether the text of a variable is JSON: always, or when it can be read so.
FASTAPI_COLD Complexity complexity_of(const Type& type) {
    if (type.kind == Kind::optional) return complexity_of(plain_type(type)) == Complexity::none ? Complexity::none : Complexity::some;
    if (type.kind == Kind::field) return complexity_of(plain_type(type));
    if (type.kind == Kind::variant) {
        const auto& traits = *static_cast<const VariantTraits*>(type.traits);
        for (std::size_t i = 0; i < traits.size; ++i)
            if (traits.branches[i].type && complexity_of(*traits.branches[i].type) != Complexity::none) return Complexity::some;
        return Complexity::none;
    }
    bool complex = type.kind == Kind::list || type.kind == Kind::map || type.kind == Kind::model || type.kind == Kind::tuple;
    return complex ? Complexity::all : Complexity::none;
}

FASTAPI_COLD const Model* model_of_type(const Type& type) {
    const Type& plain = plain_type(type);
    return plain.kind == Kind::model ? &static_cast<const ModelTraits*>(plain.traits)->describe() : nullptr;
}

// Objects are merged, anything else is replaced.
template <class Json>
[[gnu::cold]] void deep_update(Json& into, Json&& from) {
    if (!into.is_object() || !from.is_object()) {
        into = std::move(from);
        return;
    }
    for (auto& [key, value] : from.template get_ref<typename Json::object_t&>()) deep_update(into[key], std::move(value));
}

template <int>
class SettingsReader {
  public:
    [[gnu::cold]] SettingsReader(const Model& model, const SettingsOptions& options) : model_(model), options_(options) {}
    std::vector<SettingsProblem> problems;

    [[gnu::cold]] json read() {
        json all = json::object();
        read_secrets();
        add(all, false);
        list_.clear();
        read_file();
        add(all, true);
        if (options_.extra == Extra::forbid) find_strangers();
        list_.clear();
        for (char** entry = environment(); entry && *entry; ++entry) {
            std::string_view text = *entry;
            std::size_t equals = text.find('=', 1);
            if (equals != std::string_view::npos) keep(text.substr(0, equals), text.substr(equals + 1));
        }
        add(all, true);
        if (options_.values.is_object()) deep_update(all, json(options_.values));
        return all;
    }

    // The variable of an error's place: its first part is the key of a member.
    [[gnu::cold]] std::string name_of(const std::vector<std::string>& place, std::string& rest) const {
        std::string name;
        const Model* model = &model_;
        bool joined = true;
        for (std::size_t i = 0; i < place.size(); ++i) {
            std::string part = place[i].front() == '"' ? parse_json(place[i]).get_ref<const std::string&>() : place[i];
            const Member* member = nullptr;
            for (const Member& one : model ? model->members : model_.members)
                if (model && (one.key == part || one.name == part)) member = &one;
            if (i == 0) {
                name = member ? spelled(*member) : part;
            } else if (joined && member && !options_.env_nested_delimiter.empty()) {
                name += options_.env_nested_delimiter + upper(std::string(member->name));
            } else {
                joined = false;
                rest += concat({rest.empty() ? "" : ".", part});
            }
            model = member ? model_of_type(*member->slot.type) : nullptr;
        }
        return name;
    }

  private:
    static constexpr std::size_t most = std::size_t{1} << 20U; // bytes of a file
    const Model& model_;
    const SettingsOptions& options_;
    VariableList list_; // of the source at hand, with the names as they are compared

    static char** environment() {
#if defined(__APPLE__)
        return *_NSGetEnviron();
#else
        return environ;
#endif
    }
    [[nodiscard]] std::string folded(std::string_view name) const { return options_.case_sensitive ? std::string(name) : lower_case(name); }
    [[nodiscard, gnu::cold]] std::string upper(std::string name) const {
        if (!options_.case_sensitive)
            for (char& c : name)
                if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        return name;
    }
    [[gnu::cold]] static std::string_view alias_of(const Member& member) {
        const FieldInfo& info = *member.slot.info;
        return !info.validation_alias.empty() ? info.validation_alias : info.alias;
    }
    [[nodiscard, gnu::cold]] std::string spelled(const Member& member) const {
        std::string_view alias = alias_of(member);
        return upper(alias.empty() ? concat({options_.env_prefix, member.name}) : std::string(alias));
    }
    [[gnu::cold]] void keep(std::string_view name, std::string_view value) {
        if (options_.env_ignore_empty && value.empty()) return;
        std::string key = folded(name);
        if (Variable* found = find_variable(list_, key)) {
            found->second = value;
        } else {
            list_.emplace_back(std::move(key), std::string(value));
        }
    }
    // False: it cannot be read, or is too long.
    [[gnu::cold]] static bool read_text(const std::string& name, std::string& text) {
        std::FILE* file = std::fopen(name.c_str(), "rb");
        if (!file) return false;
        char buffer[4096];
        std::size_t n = 0;
        while (text.size() <= most && (n = std::fread(buffer, 1, sizeof buffer, file)) > 0) text.append(buffer, n);
        bool good = std::ferror(file) == 0;
        std::fclose(file);
        return good && text.size() <= most;
    }
    [[gnu::cold]] static bool is_kind(const std::string& path, unsigned kind) {
        struct stat found {};
        return ::stat(path.c_str(), &found) == 0 && (found.st_mode & S_IFMT) == kind;
    }
    [[gnu::cold]] void read_file() {
        if (options_.env_file.empty() || is_kind(options_.env_file, S_IFDIR) || ::access(options_.env_file.c_str(), F_OK) != 0) return;
        std::string text;
        VariableList found;
        if (!read_text(options_.env_file, text) || !parse_dotenv(text, found, most))
            return problems.push_back({options_.env_file, "the file cannot be read, or is longer than a megabyte"});
        for (const Variable& one : found) keep(one.first, one.second);
    }
    [[gnu::cold]] void read_secrets() {
        if (options_.secrets_dir.empty()) return;
        DIR* directory = ::opendir(options_.secrets_dir.c_str());
        if (!directory) return;
        errno = 0;
        for (const dirent* entry = ::readdir(directory); entry; errno = 0, entry = ::readdir(directory)) {
            std::string path = concat({options_.secrets_dir, "/", entry->d_name});
            std::string text;
            if (!wanted(folded(entry->d_name)) || !is_kind(path, S_IFREG)) continue;
            if (read_text(path, text)) {
                keep(entry->d_name, trim_unicode(text));
            } else {
                problems.push_back({entry->d_name, "the secret cannot be read, or is longer than a megabyte"});
            }
        }
        if (errno != 0) problems.push_back({options_.secrets_dir, concat({"the directory cannot be read: ", std::strerror(errno)})});
        ::closedir(directory);
    }
    [[nodiscard, gnu::cold]] bool wanted(const std::string& name) const {
        for (const Member& member : model_.members)
            if (folded(spelled(member)) == name) return true;
        return false;
    }
    // Variables of the .env file that belong to no field.
    [[gnu::cold]] void find_strangers() {
        for (const Variable& one : list_) {
            bool known = one.second.empty();
            for (const Member& member : model_.members) {
                std::string name = folded(spelled(member));
                known = known || one.first == name || (complexity_of(*member.slot.type) != Complexity::none && one.first.starts_with(name));
            }
            if (!known) problems.push_back({upper(one.first), concat({"Extra inputs are not permitted (", options_.env_file, ")"})});
        }
    }

    [[gnu::cold]] json value_of(const std::string& text) const {
        if (!options_.env_parse_none_str.empty() && text == options_.env_parse_none_str) return nullptr;
        return json(text);
    }
    // The text of a variable as what its type wants. False: it is no JSON.
    [[gnu::cold]] bool read_value(const Type* type, const std::string& text, json& value) const {
        value = value_of(text);
        Complexity complexity = type ? complexity_of(*type) : Complexity::some;
        if (value.is_null() || complexity == Complexity::none) return true;
        try {
            value = parse_json(text);
            return true;
        } catch (const std::exception&) {
            return complexity == Complexity::some;
        }
    }

    // What the variables of one source say, over what was there before.
    [[gnu::cold]] void add(json& all, bool nested) {
        for (const Member& member : model_.members) {
            std::string name = folded(spelled(member));
            bool complex = complexity_of(*member.slot.type) != Complexity::none;
            json value;
            bool found = false;
            if (const Variable* variable = find_variable(list_, name)) {
                found = read_value(member.slot.type, variable->second, value);
                if (!found) problems.push_back({spelled(member), "Input should be valid JSON"});
                if (value.is_null() && options_.env_parse_none_str.empty()) continue; // says nothing
            }
            if (nested && complex && !options_.env_nested_delimiter.empty() && (!found || value.is_object())) {
                json parts = json::object();
                add_nested(member, name + folded(options_.env_nested_delimiter), parts);
                if (!parts.empty()) {
                    if (found) {
                        deep_update(value, std::move(parts));
                    } else {
                        value = std::move(parts);
                    }
                    found = true;
                }
            }
            if (found) deep_update(all[member.key], std::move(value));
        }
    }
    // DATABASE__HOST=…: parts of one member.
    [[gnu::cold]] void add_nested(const Member& member, const std::string& prefix, json& parts) {
        for (const Variable& variable : list_) {
            if (!std::string_view(variable.first).starts_with(prefix)) continue;
            std::string_view rest = std::string_view(variable.first).substr(prefix.size());
            json* place = &parts;
            const Type* type = member.slot.type;
            for (;;) {
                std::size_t end = rest.find(folded(options_.env_nested_delimiter));
                std::string key(rest.substr(0, end));
                type = step_into(type, key);
                if (!place->is_object()) break; // another variable says that it is no object
                json& slot = (*place)[key];
                if (end == std::string_view::npos) {
                    json value;
                    if (!read_value(type, variable.second, value) && model_of_type(*member.slot.type)) {
                        problems.push_back({upper(variable.first), "Input should be valid JSON"});
                    } else {
                        slot = std::move(value);
                    }
                    break;
                }
                if (slot.is_null()) slot = json::object();
                place = &slot;
                rest.remove_prefix(end + options_.env_nested_delimiter.size());
            }
        }
    }
    // The type behind a key, which becomes the member's own; null when nobody knows.
    [[gnu::cold]] const Type* step_into(const Type* type, std::string& key) const {
        if (!type) return nullptr;
        if (const Model* model = model_of_type(*type)) {
            for (const Member& member : model->members) {
                if (folded(member.key) != key && folded(member.name) != key) continue;
                key = member.key;
                return member.slot.type;
            }
            return &unknown_type;
        }
        const Type& plain = plain_type(*type);
        if (plain.kind != Kind::map) return nullptr;
        const Type* value = static_cast<const MapTraits*>(plain.traits)->value.type;
        return plain_type(*value).kind == Kind::any ? nullptr : value;
    }
    static constexpr Type unknown_type{Kind::string}; // a text stays one
};

template <int Form>
[[gnu::cold]] void load_settings(const Type& type, void* target, const SettingsOptions& options) {
    const Model& model = static_cast<const ModelTraits*>(type.traits)->describe();
    SettingsReader<Form> reader(model, options);
    std::string text = to_json_text(reader.read());
    ErrorList errors;
    Context context{errors};
    Document document;
    document.parse(text);
    decode({&type, &no_info}, document.root(), target, context);
    std::vector<SettingsProblem>& problems = reader.problems;
    for (const ErrorDetail& error : errors) {
        std::string rest;
        std::string name = error.loc.empty() ? std::string("settings") : reader.name_of(error.loc, rest);
        bool known = false; // that it is no JSON, and is missing for that
        for (const SettingsProblem& one : problems) known = known || one.variable == name;
        if (!known || error.type != "missing") problems.push_back({name, rest.empty() ? error.msg : concat({rest, ": ", error.msg})});
    }
    if (problems.empty()) return;
    std::string what = concat({"the settings are wrong: ", integer_text(static_cast<std::int64_t>(problems.size())),
                               problems.size() == 1 ? " problem" : " problems"});
    for (const SettingsProblem& one : problems) what += concat({"\n  ", one.variable, ": ", one.message});
    throw SettingsError(what, std::move(problems));
}
#if defined(FASTAPI_IMPLEMENTATION)
template void load_settings<0>(const Type&, void*, const SettingsOptions&);
#endif

} // namespace detail

} // namespace fastapi
