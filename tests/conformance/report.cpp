#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "conformance.hpp"

namespace conformance {

bool matches(std::string_view pattern, std::string_view text) {
    std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == text;
    if (!text.starts_with(pattern.substr(0, star))) return false;
    pattern.remove_prefix(star + 1);
    text.remove_prefix(star);
    for (std::size_t i = 0; i <= text.size(); ++i)
        if (matches(pattern, text.substr(i))) return true;
    return false;
}

std::string shortened(const std::string& text, std::size_t size) {
    return text.size() > size ? text.substr(0, size) + "…" : text;
}

std::optional<std::string> read_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::string> read_lines(const std::string& file) {
    std::vector<std::string> lines;
    std::ifstream in(file, std::ios::binary);
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) lines.push_back(std::move(line));
    return lines;
}

void Report::read_expected(const std::string& file) {
    auto trimmed = [](std::string_view text) {
        std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
        return std::string(text.substr(begin, text.find_last_not_of(' ') + 1 - begin));
    };
    for (const std::string& line : read_lines(file)) {
        if (line.front() == '#') continue;
        std::size_t first = line.find(" | ");
        std::size_t second = first == std::string::npos ? first : line.find(" | ", first + 3);
        if (second == std::string::npos) {
            std::printf("conformance: %s: this line is not \"application | pattern | reason\": %s\n", file.c_str(),
                        line.c_str());
            kinds["expected differences"].failed++;
            continue;
        }
        ExpectedDifference made;
        made.app = trimmed(std::string_view(line).substr(0, first));
        made.pattern = trimmed(std::string_view(line).substr(first + 3, second - first - 3));
        made.reason = trimmed(std::string_view(line).substr(second + 3));
        expected.push_back(std::move(made));
    }
}

void Report::add(const std::string& kind, const std::string& app, const std::string& what, const std::string& heading,
                 const std::vector<std::string>& differences) {
    bool awaited = false;
    for (ExpectedDifference& one : expected) {
        if (!matches(one.app, app) || !matches(one.pattern, what)) continue;
        ++one.met;
        if (differences.empty()) continue;
        ++one.used;
        awaited = true;
    }
    Kind& counts = kinds[kind];
    if (differences.empty()) {
        ++counts.passed;
    } else if (awaited) {
        ++counts.expected;
    } else {
        ++counts.failed;
        int& printed = printed_[kind + " of " + app];
        if (++printed > 8 && !print_all) return;
        std::printf("\n%s\n", heading.c_str());
        for (const std::string& difference : differences) std::printf("%s\n", difference.c_str());
    }
}

int Report::close(bool everything) {
    for (const auto& [name, count] : printed_)
        if (count > 8 && !print_all) std::printf("\n%s: %d more (--all prints them)\n", name.c_str(), count - 8);
    int expected_cases = 0;
    Kind& lines = kinds["expected differences"];
    for (const ExpectedDifference& one : expected) {
        expected_cases += one.used;
        bool stale = one.met > 0 && one.used == 0;
        bool idle = everything && one.met == 0 && ported.contains(one.app);
        if (!stale && !idle) continue;
        ++lines.failed;
        std::printf("\nThe expected difference \"%s | %s\" %s: delete the line.\n", one.app.c_str(),
                    one.pattern.c_str(), stale ? "is none any more" : "is about no recorded case");
    }
    int passed = 0;
    int failed = 0;
    std::printf("\n%-22s %8s %8s %10s %12s\n", "", "passed", "failed", "expected", "not ported");
    for (const auto& [name, counts] : kinds) {
        passed += counts.passed;
        failed += counts.failed;
        if (counts.passed + counts.failed + counts.expected + counts.not_ported > 0)
            std::printf("%-22s %8d %8d %10d %12d\n", name.c_str(), counts.passed, counts.failed, counts.expected,
                        counts.not_ported);
    }
    std::printf("\napplications: %zu ported, %zu not ported\n", ported.size(), not_ported.size());
    std::printf("expected differences: %d cases by %zu lines\n", expected_cases, expected.size());
    std::printf("conformance: %d passed, %d failed\n", passed, failed);
    return failed > 0 ? 1 : 0;
}

} // namespace conformance
