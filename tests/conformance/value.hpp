#pragma once

// JSON as the runner compares it. It has a reader of its own, so that the library under test does not judge itself:
// numbers stay text (any size is exact), NaN is read, objects keep their order for printing and compare without it.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

struct Value {
    enum class Kind { null, boolean, number, string, array, object };
    Kind kind = Kind::null;
    bool boolean = false;
    std::string text; // of a number or a string
    std::vector<Value> items;
    std::vector<std::pair<std::string, Value>> members;

    // The value of a key, or null when there is none.
    const Value* find(std::string_view key) const;
    // What a JSON pointer leads to, or null.
    const Value* at(std::string_view pointer) const;
    // The text of a string or number member; otherwise when there is none.
    std::string get(std::string_view key, std::string_view otherwise = "") const;
    std::string dump() const;
};

// Reads a whole JSON text. Returns nothing when it is none.
std::optional<Value> parse(std::string_view text);
std::string quoted_text(std::string_view text);

struct Difference {
    std::string pointer;
    std::string wanted;
    std::string got;
};
struct CompareOptions {
    std::set<std::string> volatile_pointers; // values that change from run to run: only their kind is compared
    bool unordered_arrays = false;           // sets
};
// The first place where two values differ: 1 and 1.0 are the same, members have no order.
std::optional<Difference> compare(const Value& wanted, const Value& got, const CompareOptions& options = {},
                                  const std::string& pointer = "");

} // namespace conformance
