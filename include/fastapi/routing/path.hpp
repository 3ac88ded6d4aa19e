#pragma once

// Route paths: "/items/{item_id}/files/{rest:path}". Parsed the same way at compile time (to check a handler against
// its route) and at registration (to build the router).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fastapi::detail {

// What a placeholder takes (Starlette's convertors).
enum class Convertor : std::uint8_t { str, path, integer, floating, uuid };

struct Placeholder {
    std::string_view name;
    Convertor convertor = Convertor::str;
    std::size_t begin = 0; // of the brace
    std::size_t end = 0;   // behind the brace
};

enum class PathProblem : std::uint8_t { none, no_slash, open_brace, stray_brace, no_name, unknown_convertor, duplicate, too_many };

inline constexpr std::size_t max_placeholders = 16;

// What a path stands for: all of it, the rest behind a router's prefix, or any text: of a webhook.
enum class RoutePathRule : std::uint8_t { whole, behind_prefix, any_text };

struct PathTemplate {
    std::string_view text;
    Placeholder placeholders[max_placeholders]{};
    std::size_t count = 0;
    PathProblem problem = PathProblem::none;
};

constexpr bool parse_convertor(std::string_view name, Convertor& out) {
    if (name == "str") {
        out = Convertor::str;
    } else if (name == "path") {
        out = Convertor::path;
    } else if (name == "int") {
        out = Convertor::integer;
    } else if (name == "float") {
        out = Convertor::floating;
    } else if (name == "uuid") {
        out = Convertor::uuid;
    } else {
        return false;
    }
    return true;
}

// Whether a text is a path by its beginning. A callback's may begin with an expression: "{$callback_url}/invoices".
constexpr bool begins_path(std::string_view text, RoutePathRule rule) {
    if (rule == RoutePathRule::any_text || text.starts_with('/')) return true;
    return rule == RoutePathRule::behind_prefix && (text.empty() || text.starts_with("{$"));
}

constexpr PathTemplate parse_path_template(std::string_view text, RoutePathRule rule = RoutePathRule::whole) {
    PathTemplate made;
    made.text = text;
    auto fail = [&](PathProblem problem) {
        made.problem = problem;
        return made;
    };
    if (!begins_path(text, rule)) return fail(PathProblem::no_slash);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '}') return fail(PathProblem::stray_brace);
        if (text[i] != '{') continue;
        std::size_t close = text.find('}', i);
        if (close == std::string_view::npos) return fail(PathProblem::open_brace);
        if (made.count == max_placeholders) return fail(PathProblem::too_many);
        Placeholder& placeholder = made.placeholders[made.count++];
        std::string_view inside = text.substr(i + 1, close - i - 1);
        std::size_t colon = inside.find(':');
        placeholder.name = inside.substr(0, colon);
        placeholder.begin = i;
        placeholder.end = close + 1;
        if (placeholder.name.empty() || placeholder.name.find('{') != std::string_view::npos) return fail(PathProblem::no_name);
        if (colon != std::string_view::npos && !parse_convertor(inside.substr(colon + 1), placeholder.convertor))
            return fail(PathProblem::unknown_convertor);
        for (std::size_t j = 0; j + 1 < made.count; ++j)
            if (made.placeholders[j].name == placeholder.name) return fail(PathProblem::duplicate);
        i = close;
    }
    return made;
}

// The bit of a placeholder among those of a path; none for no name, and bit 31 for a name that is not there.
constexpr std::uint32_t placeholder_bit(const PathTemplate& path, std::string_view name) {
    if (name.empty()) return 0;
    for (std::size_t i = 0; i < path.count; ++i)
        if (path.placeholders[i].name == name) return std::uint32_t{1} << i;
    return std::uint32_t{1} << 31U;
}

// Throws std::logic_error with a sentence when a path has a problem.
void check_path_template(const PathTemplate& path);
// The path as OpenAPI has it: placeholders without their convertors.
std::string path_format(const PathTemplate& path);

} // namespace fastapi::detail
