// Settings: where values come from and which goes first, nested ones, the syntax of .env files, what is said of errors.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "support.hpp"

using namespace fastapi;

namespace settings_test {

struct Database {
    std::string host;
    Field<int> port = 5432;
    Field<std::vector<int>> shards = empty;
};
struct Settings {
    Field<std::string> app_name = "Awesome API";
    SecretStr api_key;
    Field<int, Ge(1)> items = 50;
    Field<bool> debug = false;
    Field<std::vector<std::string>> tags = empty;
    std::optional<Database> database;
    Field<std::map<std::string, int>> limits = empty;
    Field<std::string, Alias("HOME_OF_ALL")> home = "/";
};
struct Text {
    Field<std::string> a = "(none)";
    Field<std::string> b = "(none)";
    Field<std::string> c = "(none)";
};

} // namespace settings_test
using namespace settings_test;

namespace {

// Variables for as long as it lives.
class Environment {
  public:
    explicit Environment(std::initializer_list<std::pair<std::string, std::string>> variables) : variables_(variables) {
        for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
    }
    ~Environment() {
        for (const auto& [name, value] : variables_) ::unsetenv(name.c_str());
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

  private:
    std::vector<std::pair<std::string, std::string>> variables_;
};

std::string file_name(const std::string& end) { return "/tmp/fastapi-settings-" + std::to_string(::getpid()) + end; }
std::string write_file(const std::string& end, const std::string& text) {
    std::ofstream(file_name(end), std::ios::binary) << text;
    return file_name(end);
}

// The problems, a line each.
template <class T>
std::string problems(const SettingsOptions& options) {
    try {
        load_settings<T>(options);
        return "";
    } catch (const SettingsError& error) {
        std::string text;
        for (const SettingsProblem& one : error.problems) text += one.variable + ": " + one.message + "\n";
        return text;
    }
}

// a, b and c of a .env file.
std::string from_file(const std::string& text) {
    std::string name = write_file(".env", text);
    Text read = load_settings<Text>({.env_file = name, .extra = Extra::ignore});
    ::unlink(name.c_str());
    return *read.a + "|" + *read.b + "|" + *read.c;
}

} // namespace

TEST_CASE("settings: environment beats .env beats secrets beats defaults") {
    std::string env = write_file(".env", "APP_ITEMS=7\nAPP_APP_NAME=from the file\nAPP_TAGS=[\"file\"]\n");
    std::string secrets = file_name("-secrets");
    ::mkdir(secrets.c_str(), 0700);
    std::ofstream(secrets + "/app_api_key") << " key \n";
    std::ofstream(secrets + "/app_items") << "9";
    std::ofstream(secrets + "/another") << "not ours";
    Environment environment{{"APP_APP_NAME", "from the environment"}, {"app_debug", "yes"}, {"HOME_OF_ALL", "/home"}};
    SettingsOptions options{.env_prefix = "APP_", .env_file = env, .secrets_dir = secrets};
    auto settings = load_settings<Settings>(options);
    CHECK(settings.app_name == "from the environment");
    CHECK(settings.items == 7);
    CHECK(settings.debug == true);
    CHECK(*settings.tags == std::vector<std::string>{"file"});
    CHECK(settings.api_key.get_secret_value() == "key");
    CHECK(settings.home == "/home");
    options.values = json{{"items", 8}, {"debug", false}};
    settings = load_settings<Settings>(options);
    CHECK(settings.items == 8);
    CHECK(settings.debug == false);
    for (const char* name : {"/app_api_key", "/app_items", "/another"}) ::unlink((secrets + name).c_str());
    ::rmdir(secrets.c_str());
    ::unlink(env.c_str());
}

TEST_CASE("settings: nested models, lists and maps") {
    Environment environment{{"API_KEY", "k"}, {"DATABASE", R"({"host": "json", "port": "1"})"}, {"DATABASE__HOST", "variable"},
                             {"DATABASE__SHARDS", "[1, 2]"}, {"LIMITS__READ", "5"}, {"TAGS", R"(["a", "b"])"}};
    auto settings = load_settings<Settings>({.env_nested_delimiter = "__"});
    CHECK(settings.database->host == "variable");
    CHECK(settings.database->port == 1);
    CHECK(*settings.database->shards == std::vector<int>{1, 2});
    CHECK(*settings.limits == std::map<std::string, int>{{"read", 5}});
    CHECK(settings.tags->size() == 2);
    CHECK(load_settings<Settings>().database->host == "json"); // no delimiter: DATABASE alone
}

TEST_CASE("settings: every problem is reported, with its variable, and no value is shown") {
    Environment environment{{"APP_ITEMS", "0"}, {"APP_DEBUG", "perhaps-secret"}, {"APP_TAGS", "secret,secret"}, {"APP_DATABASE__PORT", "secret"},
                             {"APP_LIMITS__A", "secret"}};
    std::string env = write_file(".env", "APP_UNKNOWN=secret\n");
    SettingsOptions options{.env_prefix = "APP_", .env_file = env, .env_nested_delimiter = "__"};
    CHECK(problems<Settings>(options) ==
          "APP_UNKNOWN: Extra inputs are not permitted (" + env + ")\n"
          "APP_TAGS: Input should be valid JSON\n"
          "APP_API_KEY: Field required\n"
          "APP_ITEMS: Input should be greater than or equal to 1\n"
          "APP_DEBUG: Input should be a valid boolean, unable to interpret input\n"
          "APP_DATABASE__HOST: Field required\n"
          "APP_DATABASE__PORT: Input should be a valid integer, unable to parse string as an integer\n"
          "APP_LIMITS: a: Input should be a valid integer, unable to parse string as an integer\n");
    std::string what = test::thrown_by([&] { load_settings<Settings>(options); });
    CHECK(what.starts_with("the settings are wrong: 8 problems\n  APP_UNKNOWN: "));
    CHECK(what.find("secret") == std::string::npos);
    options.extra = Extra::ignore;
    CHECK(problems<Settings>(options).find("UNKNOWN") == std::string::npos);
    ::unlink(env.c_str());
}

TEST_CASE("settings: case, empty variables, null") {
    Environment environment{{"b", "lower"}, {"C", ""}, {"NOTHING_A", "null"}};
    CHECK(*load_settings<Text>().b == "lower");
    CHECK(*load_settings<Text>().c == "");
    CHECK(*load_settings<Text>({.env_ignore_empty = true}).c == "(none)");
    CHECK(*load_settings<Text>({.case_sensitive = true}).c == "(none)");
    CHECK(problems<Text>({.env_prefix = "NOTHING_", .env_parse_none_str = "null"}) == "NOTHING_A: Input should be a valid string\n");
    CHECK(*load_settings<Text>({.env_file = "/nowhere/.env", .secrets_dir = "/nowhere"}).b == "lower");
}

TEST_CASE("settings: the syntax of .env files") {
    Environment environment{{"SETTINGS_HOME", "/home"}};
    CHECK(from_file("a=1\nb = 2 \nexport c=3") == "1|2|3");
    CHECK(from_file("\xEF\xBB\xBF" "a=1\r\nb=2\r\n# c=4\r\nc=3") == "1|2|3");
    CHECK(from_file("a='x # y' # z\nb=\"x # y\"# z\nc=x # y#z") == "x # y|x # y|x");
    CHECK(from_file("a=x#y\nb=#x\nc=\n") == "x#y|#x|");
    CHECK(from_file("a=\"one\ntwo\"\nb='three\nfour'\nc=\"\\t\\n\\\"\\x\"") == "one\ntwo|three\nfour|\t\n\"\\x");
    CHECK(from_file("a='\\n\\''\nb=\\n\n'c'=quoted name") == "\\n'|\\n|quoted name");
    CHECK(from_file("a=${SETTINGS_HOME}/x\nb=\"${a}!\"\nc=${SETTINGS_NONE:-d${}e}") == "/home/x|/home/x!|d${e}");
    CHECK(from_file("a=$SETTINGS_HOME\nb='${a}'\nc=${SETTINGS_NONE}") == "$SETTINGS_HOME|$SETTINGS_HOME|");
    CHECK(from_file("a=1\nnot a line\nb=2\n=3\nc='open\n") == "1|2|(none)");
    CHECK(from_file("a=1\na=2\nb=1\nb\nc = ") == "2|(none)|");
}

TEST_CASE("settings: a .env file that grows without bound") {
    std::string text = "a=" + std::string(1000, 'x') + "\n";
    for (int i = 0; i < 40; ++i) text += "a=${a}${a}\n";
    std::string name = write_file(".env", text);
    CHECK(problems<Text>({.env_file = name}) == name + ": the file cannot be read, or is longer than a megabyte\n");
    std::ofstream(name) << "a=" << std::string(3U << 20U, 'x');
    CHECK(problems<Text>({.env_file = name}) == name + ": the file cannot be read, or is longer than a megabyte\n");
    ::unlink(name.c_str());
}
