// Field<T, …>: a value with annotations that knows whether it was set.

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "fastapi.hpp"

using namespace fastapi;
using namespace std::literals;

namespace {

enum class Size { small, medium, large };

struct Inner {
    int a;
    std::string b;
};

struct Item {
    Field<std::string, MinLength(1)> name;
    Field<double, Gt(0)> price;
    Field<int, Ge(0)> stock = 5;
    Field<std::vector<std::string>> tags = empty;
    Field<std::optional<std::string>> note;
    Field<Size> size = Size::medium;
    Field<bool> offer = false;
};

template <class A, class B>
constexpr bool comparable = requires(const A& a, const B& b) { a == b; };
template <class A, class B>
constexpr bool ordered = requires(const A& a, const B& b) { a < b; };

} // namespace

TEST_CASE("a field without initialiser holds a value-initialised T") {
    Field<int> number;
    Field<std::string> text;
    Field<std::optional<int>> maybe;
    CHECK(*number == 0);
    CHECK(text->empty());
    CHECK_FALSE((*maybe).has_value());
    CHECK_FALSE(number.is_set());
    Field<int> braces = {};
    CHECK(*braces == 0);
    CHECK_FALSE(braces.is_set());
}

TEST_CASE("a field takes what a T takes") {
    Field<std::string> text = "abc";
    CHECK(*text == "abc");
    Field<double> number = 3;
    CHECK(*number == 3.0);
    Field<std::optional<int>> some = 4;
    CHECK(**some == 4);
    Field<std::optional<int>> none = std::nullopt;
    CHECK_FALSE((*none).has_value());
    Field<std::optional<std::string>> word = "w";
    CHECK(**word == "w");
    Field<std::vector<int>> list{{1, 2, 3}};
    CHECK(list->size() == 3);
    Field<std::vector<int>> none_yet = empty;
    CHECK(none_yet->empty());
    Field<Size> size = Size::large;
    CHECK(*size == Size::large);
    Field<Literal<"a", "b">> literal = "b";
    CHECK(literal->value() == "b");
    Field<std::map<std::string, int>> map = std::map<std::string, int>{{"x", 1}};
    CHECK(map->at("x") == 1);
    Field<std::unique_ptr<int>> owned = std::make_unique<int>(9);
    CHECK(**owned == 9);
    Field<json> anything = json{{"k", 1}};
    CHECK((*anything)["k"] == 1);
    Field<Inner> inner = Inner{1, "x"};
    CHECK(inner->b == "x");
}

TEST_CASE("an initialiser does not count as set, an assignment does") {
    Item item;
    CHECK_FALSE(item.name.is_set());
    CHECK_FALSE(item.stock.is_set());
    CHECK(*item.stock == 5);
    item.name = "Hammer";
    CHECK(item.name.is_set());
    item.stock = 5;
    CHECK(item.stock.is_set());
    item.note = std::nullopt;
    CHECK(item.note.is_set());
    item.tags = std::vector<std::string>{"a"};
    CHECK(item.tags.is_set());
    *item.price = 2.5;
    CHECK(*item.price == 2.5);
    CHECK_FALSE(item.price.is_set());
}

TEST_CASE("what JSON gives is set, what it leaves out is not") {
    auto item = model_validate_json<Item>(R"({"name":"x","price":1,"note":null,"offer":false})");
    CHECK(item.name.is_set());
    CHECK(item.price.is_set());
    CHECK(item.note.is_set());
    CHECK(item.offer.is_set());
    CHECK_FALSE(item.stock.is_set());
    CHECK_FALSE(item.tags.is_set());
    CHECK_FALSE(item.size.is_set());
    CHECK(*item.size == Size::medium);
}

TEST_CASE("copies and moves keep value and state") {
    Field<std::string> first;
    first = "set";
    Field<std::string> copy = first;
    CHECK(copy.is_set());
    CHECK(*copy == "set");
    Field<std::string> initial = "initial";
    copy = initial;
    CHECK_FALSE(copy.is_set());
    CHECK(*copy == "initial");
    Field<std::unique_ptr<int>> owned;
    owned = std::make_unique<int>(1);
    Field<std::unique_ptr<int>> moved = std::move(owned);
    CHECK(moved.is_set());
    CHECK(**moved == 1);
    // From a field with other annotations: an assignment like any other.
    Field<int, Ge(1)> source = 3;
    Field<int> target;
    target = source;
    CHECK(*target == 3);
    CHECK(target.is_set());
}

TEST_CASE("a field stands for its value") {
    Item item;
    item.price = 4.0;
    item.stock = 3;
    double total = item.price * item.stock;
    CHECK(total == 12.0);
    const std::string& name = item.name;
    CHECK(&name == &*item.name);
    auto takes_int = [](int n) { return n + 1; };
    CHECK(takes_int(item.stock) == 4);
    auto takes_string = [](const std::string& s) { return s.size(); };
    CHECK(takes_string(item.name) == 0);
    if (item.offer) FAIL("offer is false");
    CHECK(item.name->size() == 0);
    item.tags->push_back("x");
    CHECK((*item.tags)[0] == "x");
    std::vector<std::string> seen;
    for (const std::string& tag : *item.tags) seen.push_back(tag);
    CHECK(seen == std::vector<std::string>{"x"});
    switch (*item.size) {
    case Size::medium: break;
    default: FAIL("size is medium");
    }
}

TEST_CASE("the arrow of a pointer-like value is its own") {
    struct Holder {
        Field<std::optional<Inner>> maybe;
        Field<std::unique_ptr<Inner>> owned;
        Field<std::string> text = "abc";
    };
    Holder holder;
    holder.maybe = Inner{1, "one"};
    holder.owned = std::make_unique<Inner>(Inner{2, "two"});
    CHECK(holder.maybe->b == "one");
    CHECK(holder.owned->b == "two");
    CHECK(holder.text->substr(1) == "bc");
    const Holder& constant = holder;
    CHECK(constant.maybe->a == 1);
    CHECK(constant.text->size() == 3);
    holder.maybe->a = 7;
    CHECK(constant.maybe->a == 7);
}

TEST_CASE("fields compare as their values, with values and with each other") {
    Field<int> three = 3;
    Field<int> four = 4;
    Field<int> again;
    again = 3;
    CHECK(three == 3);
    CHECK(3 == three);
    CHECK(three != 4);
    CHECK(three == again); // whether it was set does not matter
    CHECK(three != four);
    CHECK(three < 4);
    CHECK(2 < three);
    CHECK(four >= 4);
    CHECK(three < four);
    CHECK(four > three);
    Field<std::string> text = "b";
    CHECK(text == "b");
    CHECK("b" == text);
    CHECK(text == std::string("b"));
    CHECK(text != "c");
    CHECK(text < "c");
    CHECK(text > std::string("a"));
    Field<std::optional<int>> maybe = 3;
    CHECK(maybe == 3);
    CHECK(maybe != std::nullopt);
    CHECK(maybe == std::optional<int>(3));
    Field<Size> size = Size::small;
    CHECK(size == Size::small);
    CHECK(size != Size::large);
    Field<std::vector<int>> list{{1, 2}};
    CHECK(list == std::vector<int>{1, 2});
    Field<Literal<"a", "b">> literal = "b";
    CHECK(literal->value() == "b");
    CHECK(*literal == "b"sv);
    CHECK(literal == Literal<"a", "b">("b"));
}

TEST_CASE("a field compares with whatever its value compares with") {
    CHECK(comparable<Field<double>, int>); // price == 0
    CHECK(ordered<Field<double, Gt(0)>, int>);
    CHECK(ordered<int, Field<double>>);
    CHECK(comparable<Field<int>, long>);
    CHECK(ordered<Field<int>, double>);
    CHECK(comparable<Field<std::int8_t>, int>);
    CHECK(comparable<Field<std::string>, std::string_view>);
    CHECK(comparable<std::string_view, Field<std::string>>);
    CHECK(comparable<Field<std::optional<int>>, long>);
    CHECK_FALSE(comparable<Field<int>, std::string>);
    CHECK_FALSE(comparable<Field<Inner>, Inner>); // Inner has no ==
}

TEST_CASE("fields with different annotations compare as their values") {
    CHECK(comparable<Field<int, Ge(1)>, Field<int>>);
    CHECK(comparable<Field<std::string, MinLength(1)>, Field<std::string>>);
    CHECK(ordered<Field<int, Ge(1)>, Field<int>>);
    CHECK(comparable<Field<double>, Field<int>>);
    CHECK_FALSE(comparable<Field<int>, Field<std::string>>);
    CHECK_FALSE(comparable<Field<Inner>, Field<Inner>>);
}

TEST_CASE("fields can be keys of ordered containers") {
    std::set<Field<int>> numbers{3, 1, 2, 1};
    CHECK(numbers.size() == 3);
    CHECK(*numbers.begin() == 1);
    std::map<Field<std::string>, int> by_name;
    by_name["x"] = 1;
    by_name["x"] = 2;
    CHECK(by_name.size() == 1);
}

TEST_CASE("fields print as their values") {
    Field<int> number = 42;
    Field<std::string, MinLength(1)> text = "hello";
    Field<double> fraction = 2.5;
    std::ostringstream out;
    out << number << ' ' << text << ' ' << fraction;
    CHECK(out.str() == "42 hello 2.5");
}

TEST_CASE("a field of a literal type is usable at compile time") {
    constexpr Field<int, Ge(1)> three = 3;
    static_assert(*three == 3);
    static_assert(three == 3);
    static_assert(!three.is_set());
    static_assert(std::is_convertible_v<Field<int>, int>);
    static_assert(!std::is_convertible_v<std::string, Field<int>>);
    static_assert(!std::is_constructible_v<Field<std::string>, std::vector<int>>);
    static_assert(std::is_nothrow_move_constructible_v<Field<std::string>>);
    CHECK(three.value() == 3);
}

TEST_CASE("a Literal holds one of its texts") {
    Literal<"small", "large"> size;
    CHECK(size.value() == "small");
    size = "large";
    CHECK(size == "large"sv);
    CHECK("large"sv == size);
    CHECK(size != "small"sv);
    CHECK(size == Literal<"small", "large">("large"));
    CHECK(std::string_view(size) == "large");
    CHECK_THROWS_AS((Literal<"a", "b">(std::string_view("c"))), std::invalid_argument);
    constexpr Literal<"x", "y"> fixed = "y";
    static_assert(fixed.index == 1);
}

TEST_CASE("a Literal compares with a string literal") {
    CHECK(comparable<Literal<"a", "b">, char[2]>);
    CHECK(comparable<Field<Literal<"a", "b">>, char[2]>);
    CHECK(comparable<Literal<"a", "b">, std::string>);
}

TEST_CASE("Flatten gives access to the model inside") {
    struct Whole {
        Flatten<Inner> base;
        int own;
    };
    Whole whole{{{1, "b"}}, 2};
    CHECK(whole.base->a == 1);
    CHECK((*whole.base).b == "b");
    whole.base->a = 5;
    CHECK(model_dump_json(whole) == R"({"a":5,"b":"b","own":2})");
}
