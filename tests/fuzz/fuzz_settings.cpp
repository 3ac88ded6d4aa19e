// libFuzzer: bytes as a .env file.
// What must hold: settings are read, or a SettingsError names what is wrong without showing it; the same file twice says the same; a
// value in single quotes, without one inside and without ${, is read as it stands.

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi.hpp"

using namespace fastapi;

namespace {

struct Inner {
    Field<std::string> a = "";
    Field<int> n = 0;
};
struct Settings {
    Field<std::string> a = "";
    Field<int> n = 0;
    std::optional<Inner> inner;
    Field<std::vector<std::string>> list = empty;
    Field<std::map<std::string, int>> map = empty;
};

std::string file_name() { return "/tmp/fastapi-fuzz-settings-" + std::to_string(::getpid()); }

std::string read(std::string_view text, Extra extra) {
    std::string name = file_name();
    std::FILE* file = std::fopen(name.c_str(), "wb");
    if (!file) std::abort();
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
    std::string result;
    try {
        result = model_dump_json(load_settings<Settings>({.env_file = name, .env_nested_delimiter = "__", .extra = extra}));
    } catch (const SettingsError& error) {
        if (error.problems.empty()) std::abort();
        result = error.what();
    }
    ::unlink(name.c_str());
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    if (read(text, Extra::forbid) != read(text, Extra::forbid)) std::abort();
    read(text, Extra::ignore);
    bool plain = !text.empty();
    for (char c : text) plain = plain && c >= ' ' && c < 0x7F && c != '\'' && c != '\\' && c != '$';
    if (!plain) return 0;
    json value = parse_json(read("a='" + std::string(text) + "'\n", Extra::ignore));
    if (value.at("a") != std::string(text)) std::abort();
    return 0;
}
