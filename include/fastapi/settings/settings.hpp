#pragma once

// Settings: a model read from environment variables, a .env file and a directory of secrets (pydantic-settings' rules).

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fastapi/model/model.hpp"

namespace fastapi {

struct SettingsOptions {
    std::string env_prefix = "";           // of every variable, but not of a field with an Alias, which is the variable's name
    std::string env_file = "";             // a .env file; one that is not there is none
    std::string secrets_dir = "";          // a directory of files, each named as a variable, such as /run/secrets
    std::string env_nested_delimiter = ""; // "__": DATABASE__HOST is the host of database
    bool case_sensitive = false;           // names of variables
    bool env_ignore_empty = false;         // an empty variable is none
    std::string env_parse_none_str = "";   // a text that means null
    Extra extra = Extra::forbid;           // variables of the .env file that no field has: forbid refuses them, ignore does not
    json values = nullptr;                 // an object, by the fields' keys; goes before everything else
};

// One thing that is wrong, and the variable that it is about.
struct SettingsProblem {
    std::string variable;
    std::string message;
};

// Thrown by load_settings with everything that is wrong. what() names the variables, and never shows a value.
class SettingsError : public std::runtime_error {
  public:
    SettingsError(const std::string& text, std::vector<SettingsProblem> found) : std::runtime_error(text), problems(std::move(found)) {}
    std::vector<SettingsProblem> problems;
};

namespace detail {
template <int = 0> // a template, so that programs that do without do not compile it
void load_settings(const Type& type, void* target, const SettingsOptions& options);
} // namespace detail

// Reads a model: from the environment, then the .env file, then secrets, then its defaults. Members that are models, lists or
// maps are JSON, or one variable a member, with env_nested_delimiter. Throws SettingsError with every problem.
//   struct Settings { Field<std::string> app_name = "Awesome API"; SecretStr api_key; Field<int, Ge(1)> items_per_user = 50; };
//   const auto settings = load_settings<Settings>({.env_prefix = "APP_", .env_file = ".env"});
template <class T>
T load_settings(const SettingsOptions& options = {}) {
    static_assert(detail::is_model<T>, "fastapi: load_settings<T> reads a struct whose members are the settings");
    T made{};
    detail::load_settings<0>(detail::type_of<T>, &made, options);
    return made;
}

} // namespace fastapi
