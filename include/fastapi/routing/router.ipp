#pragma once

#include <algorithm>
#include <stdexcept>

#include "fastapi/routing/router.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

FASTAPI_COLD void check_path_template(const PathTemplate& path) {
    const char* why = "";
    switch (path.problem) {
    case PathProblem::none: return;
    case PathProblem::no_slash: why = "must start with a slash"; break;
    case PathProblem::open_brace: why = "has a brace that is not closed"; break;
    case PathProblem::stray_brace: why = "has a closing brace without an opening one"; break;
    case PathProblem::no_name: why = "has a placeholder without a name"; break;
    case PathProblem::unknown_convertor: why = "has an unknown convertor: use str, int, float, uuid or path"; break;
    case PathProblem::duplicate: why = "has two placeholders of one name"; break;
    case PathProblem::too_many: why = "has more than 16 placeholders"; break;
    }
    throw std::logic_error("fastapi: the route \"" + std::string(path.text) + "\" " + why);
}

FASTAPI_COLD std::string path_format(const PathTemplate& path) {
    std::string out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < path.count; ++i) {
        const Placeholder& placeholder = path.placeholders[i];
        out += path.text.substr(at, placeholder.begin - at);
        out += "{" + std::string(placeholder.name) + "}";
        at = placeholder.end;
    }
    return out += path.text.substr(at);
}

FASTAPI_INLINE bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Whether a text is what a convertor takes, whole.
FASTAPI_INLINE bool convertor_takes(Convertor convertor, std::string_view text) {
    auto digits = [](std::string_view part) {
        bool good = !part.empty();
        for (char c : part) good = good && c >= '0' && c <= '9';
        return good;
    };
    switch (convertor) {
    case Convertor::str: return !text.empty() && text.find('/') == std::string_view::npos;
    case Convertor::path: return true;
    case Convertor::integer: return digits(text);
    case Convertor::floating: {
        std::size_t dot = text.find('.');
        return digits(text.substr(0, dot)) && (dot == std::string_view::npos || digits(text.substr(dot + 1)));
    }
    case Convertor::uuid:
        // Starlette's: [0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?…
        for (std::size_t group : {8U, 4U, 4U, 4U, 12U}) {
            if (text.size() < group) return false;
            for (char c : text.substr(0, group))
                if (!is_hex(c)) return false;
            text.remove_prefix(group);
            if (group != 12U && !text.empty() && text.front() == '-') text.remove_prefix(1);
        }
        return text.empty();
    }
    return false;
}

// Matches the rest of a template against the rest of a path. Used from the first segment on that is more than a
// literal or one placeholder: "{name}.json", "{rest:path}/edit". Greedy with backtracking, as the regular expression
// would be; the steps are bounded so that no path can make it slow.
class TailMatcher {
  public:
    TailMatcher(const PathTemplate& path, std::string_view* values) : path_(path), values_(values) {}
    bool match(std::size_t template_at, std::size_t placeholder, std::string_view rest) {
        if (++steps_ > 20000) return false;
        if (placeholder == path_.count) return path_.text.substr(template_at) == rest;
        const Placeholder& next = path_.placeholders[placeholder];
        std::string_view literal = path_.text.substr(template_at, next.begin - template_at);
        if (!rest.starts_with(literal)) return false;
        rest.remove_prefix(literal.size());
        std::size_t most = longest(next.convertor, rest);
        bool any_length = next.convertor != Convertor::floating && next.convertor != Convertor::uuid;
        std::size_t least = next.convertor == Convertor::path ? 0 : 1;
        for (std::size_t length = most + 1; length-- > least;) {
            std::string_view value = rest.substr(0, length);
            if (!any_length && !convertor_takes(next.convertor, value)) continue;
            if (!match(next.end, placeholder + 1, rest.substr(length))) continue;
            values_[placeholder] = value;
            return true;
        }
        return false;
    }

  private:
    // How much of a text a convertor could take at most.
    static std::size_t longest(Convertor convertor, std::string_view text) {
        std::string_view digits = "0123456789";
        auto leading = [&](std::string_view set) { return std::min(text.find_first_not_of(set), text.size()); };
        switch (convertor) {
        case Convertor::path: return text.size();
        case Convertor::str: return std::min(text.find('/'), text.size());
        case Convertor::integer: return leading(digits);
        case Convertor::floating: return std::min<std::size_t>(leading("0123456789."), 400);
        case Convertor::uuid: return std::min<std::size_t>(leading("0123456789abcdefABCDEF-"), 36);
        }
        return 0;
    }

    const PathTemplate& path_;
    std::string_view* values_;
    int steps_ = 0;
};

// A place in the tree: what segments may follow. A path like /items/{id}/x has a node behind each of its segments.
struct Router::Node {
    struct Tail {
        std::uint32_t route;
        std::size_t template_at;
        std::size_t placeholder;
    };
    std::string text;                           // the segment that leads here, when it is a literal
    Convertor convertor = Convertor::str;       // what the segment that leads here holds, when it is a placeholder
    List<Owned<Node>> literals; // sorted by text
    List<Owned<Node>> variables;
    List<Tail> tails;
    List<std::uint32_t> ends; // routes that end here, in order of registration
    Node();
    ~Node();
};
// Out of line: a compiler would put the destruction of some levels into each other.
FASTAPI_COLD Router::Node::Node() = default;
FASTAPI_COLD Router::Node::~Node() = default;

struct Router::Search {
    static constexpr std::uint32_t none = 0xFFFFFFFFU;
    std::string_view path;
    std::string_view method;
    const Request* request = nullptr;
    std::uint32_t full = none;
    std::uint32_t partial = none;
    std::string_view current[max_placeholders];
    std::size_t count = 0;
    std::string_view best[max_placeholders];
};

FASTAPI_INLINE Router::Router() : root_(new Node) {}
FASTAPI_INLINE Router::~Router() = default;

// Where a literal segment is among the children, or belongs.
FASTAPI_INLINE std::size_t Router::find_literal(const Node& node, std::string_view text) {
    std::size_t low = 0;
    std::size_t high = node.literals.size();
    while (low < high) {
        std::size_t middle = (low + high) / 2;
        if (node.literals[middle]->text < text) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

FASTAPI_COLD void Router::link(Route& route, std::uint32_t index) {
    route.path_template = parse_path_template(route.path);
    check_path_template(route.path_template);
    route.format = path_format(route.path_template);
    const PathTemplate& path = route.path_template;

    Node* node = root_.get();
    std::size_t at = 1; // behind the slash
    std::size_t placeholder = 0;
    for (;;) {
        std::size_t end = at; // of the segment; braces hold no slash that counts
        std::size_t inside = placeholder;
        while (end < path.text.size() && path.text[end] != '/') {
            if (path.text[end] == '{') {
                end = path.placeholders[inside++].end;
            } else {
                ++end;
            }
        }
        bool literal = inside == placeholder;
        bool whole = inside == placeholder + 1 && path.placeholders[placeholder].begin == at &&
                     path.placeholders[placeholder].end == end && path.placeholders[placeholder].convertor != Convertor::path;
        if (literal) {
            std::string_view text = path.text.substr(at, end - at);
            std::size_t place = find_literal(*node, text);
            if (place == node->literals.size() || node->literals[place]->text != text) {
                node->literals.insert(place, Owned<Node>(new Node));
                node->literals[place]->text = text;
            }
            node = node->literals[place].get();
        } else if (whole) {
            Convertor convertor = path.placeholders[placeholder].convertor;
            std::size_t place = 0;
            while (place < node->variables.size() && node->variables[place]->convertor != convertor) ++place;
            if (place == node->variables.size()) node->variables.push_back(Owned<Node>(new Node))->convertor = convertor;
            node = node->variables[place].get();
            ++placeholder;
        } else {
            node->tails.push_back({index, at, placeholder});
            break;
        }
        if (end == path.text.size()) {
            node->ends.push_back(index);
            break;
        }
        at = end + 1;
    }
}

FASTAPI_COLD Route& Router::add(Owned<Route> route) {
    link(*route, static_cast<std::uint32_t>(routes_.size()));
    return *routes_.push_back(std::move(route));
}

// Counts on from a place: a route is to be put there.
FASTAPI_COLD void Router::make_room(Node& node, std::uint32_t at) {
    for (std::uint32_t& index : node.ends) index += index >= at;
    for (Node::Tail& tail : node.tails) tail.route += tail.route >= at;
    for (Owned<Node>& below : node.literals) make_room(*below, at);
    for (Owned<Node>& below : node.variables) make_room(*below, at);
}

FASTAPI_COLD Route& Router::insert(Owned<Route> route, std::size_t at) {
    if (at == routes_.size()) return add(std::move(route));
    check_path_template(parse_path_template(route->path));
    make_room(*root_, static_cast<std::uint32_t>(at));
    Route& added = *route;
    link(added, static_cast<std::uint32_t>(at));
    routes_.insert(at, std::move(route));
    return added;
}

// at: where the next segment starts; past the end of the path when there is none.
FASTAPI_INLINE void Router::walk(const Node& node, std::size_t at, Search& search) const {
    auto offer = [&](std::uint32_t index, const std::string_view* values, std::size_t count) {
        const Route& route = *routes_[index];
        if (route.matches && !route.matches(route, *search.request)) return;
        if (!route.allows(search.method)) {
            search.partial = std::min(search.partial, index);
        } else if (index < search.full) {
            search.full = index;
            std::copy(values, values + count, search.best);
        }
    };
    if (at > search.path.size()) {
        for (std::uint32_t index : node.ends) offer(index, search.current, search.count);
        return;
    }
    for (const Node::Tail& tail : node.tails) {
        if (tail.route > search.full) continue;
        std::string_view values[max_placeholders];
        std::copy(search.current, search.current + search.count, values);
        const PathTemplate& path = routes_[tail.route]->path_template;
        if (TailMatcher{path, values}.match(tail.template_at, tail.placeholder, search.path.substr(at)))
            offer(tail.route, values, path.count);
    }
    std::size_t end = std::min(search.path.find('/', at), search.path.size());
    std::string_view segment = search.path.substr(at, end - at);
    std::size_t place = find_literal(node, segment);
    if (place < node.literals.size() && node.literals[place]->text == segment) walk(*node.literals[place], end + 1, search);
    for (const auto& variable : node.variables) {
        if (!convertor_takes(variable->convertor, segment)) continue;
        search.current[search.count++] = segment;
        walk(*variable, end + 1, search);
        --search.count;
    }
}

static_assert(Request::max_path_params == max_placeholders + Request::max_mounted_params);

FASTAPI_INLINE Router::Match Router::find(std::string_view path, std::string_view method, Request* request, bool fill) const {
    Match match;
    if (path.empty() || path.front() != '/') return match;
    Search search;
    search.path = path;
    search.method = method;
    search.request = request;
    walk(*root_, 1, search);
    if (search.full != Search::none) {
        match.full = routes_[search.full].get();
        if (!fill) return match;
        const PathTemplate& route_path = match.full->path_template;
        std::size_t before = request->mounted_params;
        request->path_param_count = before + route_path.count;
        for (std::size_t i = 0; i < route_path.count; ++i)
            request->path_params[before + i] = {route_path.placeholders[i].name, search.best[i]};
    } else if (search.partial != Search::none) {
        match.partial = routes_[search.partial].get();
    }
    return match;
}

} // namespace fastapi::detail
