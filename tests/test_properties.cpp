// Properties of validation that hold for any input: the place of an error holds the value that the error names as its
// input; what was accepted is written in a form that is accepted again, and written the same.

#include <random>
#include <tuple>
#include <variant>

#include "support.hpp"

using namespace fastapi;

namespace {

enum class Level { low, high };
struct Cat {
    Literal<"cat"> kind;
    Field<int, Ge(0)> lives;
};
struct Dog {
    Literal<"dog"> kind;
    std::string name;
};
struct Leaf {
    Field<int, Ge(2), Le(90)> n;
    Field<std::string, MinLength(1), MaxLength(4)> s = "x";
    std::optional<double> f;
};
struct Everything {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    Leaf leaf;
    std::vector<Leaf> leaves;
    std::map<std::string, std::vector<int>> lists;
    Field<std::variant<Cat, Dog>, Discriminator("kind")> pet;
    std::tuple<int, std::string> pair;
    Field<std::set<int>, MaxLength(3)> set = empty;
    Field<Level> level = Level::low;
    Field<date> day = empty;
    Field<UUID> id = empty;
    Field<Decimal, Gt(0), MaxDigits(4)> price = Decimal("1.5");
    Field<std::optional<HttpUrl>> url;
    Field<EmailStr> mail = EmailStr("a@b.co");
    Field<std::optional<timedelta>> wait;
    Field<IPv4Address> address = empty;
    bool flag;
};

// A random JSON value: mostly what the place wants, now and then anything.
class Maker {
  public:
    explicit Maker(unsigned seed) : random_(seed) {}
    json everything() {
        json made{{"leaf", leaf()}, {"leaves", list([this] { return leaf(); })}, {"lists", json::object()},
                  {"pet", pet()}, {"pair", {number(), text()}}, {"flag", one({true, "yes", 1, 0.0, false})}};
        for (int i = below(3); i > 0; --i) made["lists"][text()] = list([this] { return number(); });
        if (below(2)) made["set"] = list([this] { return number(); });
        if (below(2)) made["level"] = one({"low", "high"});
        if (below(2)) made["day"] = one({"2024-02-29", 86400, "2024-01-01T00:00:00"});
        if (below(2)) made["id"] = "12345678-1234-5678-1234-567812345678";
        if (below(2)) made["price"] = one({"1.25", 3, 2.5});
        if (below(2)) made["url"] = one({"http://x.com", nullptr});
        if (below(2)) made["mail"] = "Me <me@X.co>";
        if (below(2)) made["wait"] = one({"PT1H", 3.5, "01:02:03"});
        if (below(2)) made["address"] = one({"10.0.0.1", 7});
        for (int i = below(4); i > 0; --i) spoil(made);
        return made;
    }

  private:
    std::mt19937 random_;
    int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
    json one(std::vector<json> choices) { return choices[static_cast<std::size_t>(below(static_cast<int>(choices.size())))]; }
    json number() { return one({5, "7", 12.0, 88, 3}); }
    json text() { return one({"a", "bc", "def", "\xC3\xA9"}); }
    json leaf() { return {{"n", number()}, {"s", text()}, {"f", one({1.5, nullptr, "2"})}}; }
    json pet() { return below(2) ? json{{"kind", "cat"}, {"lives", 9}} : json{{"kind", "dog"}, {"name", "Rex"}}; }
    template <class F>
    json list(F make) {
        json made = json::array();
        for (int i = below(4); i > 0; --i) made.push_back(make());
        return made;
    }
    json anything() {
        return one({nullptr, true, -1, 1000, 2.5, "", "a string", "12x", json::array(), json{1, nullptr}, json::object(), json{{"kind", "fish"}}});
    }
    // Changes, adds or removes one value somewhere.
    void spoil(json& value) {
        if ((value.is_array() || value.is_object()) && !value.empty() && below(4) > 0) {
            auto child = value.begin();
            std::advance(child, below(static_cast<int>(value.size())));
            if (below(5) == 0) {
                value.erase(child);
            } else {
                spoil(*child);
            }
        } else if (value.is_object() && below(2)) {
            value["extra"] = anything();
        } else {
            value = anything();
        }
    }
};

// The value at a place; parts that name no value (a tag, "[key]") are passed over.
const json* value_at(const json& document, const std::vector<std::string>& loc) {
    const json* at = &document;
    for (const std::string& part : loc) {
        json key = parse_json(part);
        if (key.is_number_unsigned() || key.is_number_integer()) {
            auto index = key.get<std::size_t>();
            if (!at->is_array() || index >= at->size()) return nullptr;
            at = &(*at)[index];
        } else if (at->is_object() && at->contains(key.get<std::string>())) {
            at = &(*at)[key.get<std::string>()];
        } else if (key != "cat" && key != "dog" && key != "[key]") {
            return nullptr;
        }
    }
    return at;
}

} // namespace

TEST_CASE("the input of an error is the value at its place") {
    int refused = 0;
    int accepted = 0;
    for (unsigned seed = 0; seed < 3000; ++seed) {
        json document = Maker(seed).everything();
        CAPTURE(document);
        try {
            std::string text = model_dump_json(model_validate<Everything>(document));
            CHECK(model_dump_json(model_validate_json<Everything>(text)) == text);
            ++accepted;
        } catch (const ValidationError& error) {
            ++refused;
            CHECK(error.error_count() > 0);
            for (const ErrorDetail& one : error.list) {
                CAPTURE(one.type);
                CAPTURE(one.input);
                std::vector<std::string> place = one.loc;
                if (one.type == "missing") place.pop_back(); // its input is what it is missing from
                const json* found = value_at(document, place);
                REQUIRE(found);
                CHECK(*found == parse_json(one.input));
            }
        }
    }
    CHECK(refused > 500);
    CHECK(accepted > 500);
}
